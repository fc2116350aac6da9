#include "kernels/shape/shape.h"

#include <math.h>

#include "kernels/shape/bits.h"
#include "kernels/shape/diameter.h"
#include "kernels/shape/mesh.h"

/* Covariance (divided by N) of the ROI's voxel centres, in mm^2. The sums are integers about the first voxel and are
 * moved to the voxel nearest to the centre before anything is divided, so that nothing large cancels. */
static void covariance(const rml_bits *bits, const double spacing[3], double c[3][3])
{
    const int64_t n = bits->n_voxels;
    int64_t sum[3] = {0}, product[3][3] = {{0}}, near[3];
    double rest[3];

    for (int32_t z = 0; z < bits->size[2]; ++z)
        for (int32_t y = 0; y < bits->size[1]; ++y) {
            const uint64_t *row = rml_bits_row(bits, y, z);
            int64_t in_row = 0, x_sum = 0, x_square = 0;
            for (int32_t w = 0; w < bits->n_words; ++w)
                for (uint64_t left = row[w]; left;) {
                    /* A run of set bits from b, m long: sums of the first m integers and of their squares. */
                    const int b = __builtin_ctzll(left);
                    const uint64_t behind = ~(left >> b);
                    const int64_t m = behind ? __builtin_ctzll(behind) : 64, x = 64 * w + b - 1;
                    in_row += m;
                    x_sum += m * x + m * (m - 1) / 2;
                    x_square += m * x * x + x * m * (m - 1) + (m - 1) * m * (2 * m - 1) / 6;
                    left = b + m < 64 ? left >> (b + m) << (b + m) : 0;
                }
            sum[0] += x_sum;
            sum[1] += in_row * y;
            sum[2] += in_row * z;
            product[0][0] += x_square;
            product[0][1] += x_sum * y;
            product[0][2] += x_sum * z;
            product[1][1] += in_row * y * y;
            product[1][2] += in_row * y * z;
            product[2][2] += in_row * z * z;
        }
    for (int a = 0; a < 3; ++a) {
        near[a] = (2 * sum[a] + n) / (2 * n);
        rest[a] = (double)(sum[a] - n * near[a]) / (double)n;
    }
    for (int a = 0; a < 3; ++a)
        for (int b = a; b < 3; ++b) {
            const int64_t about_near = product[a][b] - near[a] * sum[b] - near[b] * sum[a] + n * near[a] * near[b];
            c[a][b] = c[b][a] = ((double)about_near / (double)n - rest[a] * rest[b]) * spacing[a] * spacing[b];
        }
}

/* Eigenvalues of a symmetric 3x3 matrix, ascending, by Jacobi rotations: slower than the closed form and exact to the
 * last digits also where two eigenvalues meet or one is 0. c is overwritten. */
static void eigenvalues(double c[3][3], double value[3])
{
    for (int round = 0; round < 32; ++round) {
        const double off = fabs(c[0][1]) + fabs(c[0][2]) + fabs(c[1][2]);
        if (off == 0.0) break;
        for (int p = 0; p < 2; ++p)
            for (int q = p + 1; q < 3; ++q) {
                const int r = 3 - p - q;
                double ratio, t, cosine, sine, rp, rq;
                if (fabs(c[p][q]) <= 1e-300 || fabs(c[p][q]) < 1e-18 * sqrt(fabs(c[p][p] * c[q][q]))) {
                    c[p][q] = 0.0;
                    continue;
                }
                ratio = (c[q][q] - c[p][p]) / (2 * c[p][q]);
                t = copysign(1.0, ratio) / (fabs(ratio) + sqrt(ratio * ratio + 1));
                cosine = 1 / sqrt(t * t + 1);
                sine = t * cosine;
                c[p][p] -= t * c[p][q];
                c[q][q] += t * c[p][q];
                c[p][q] = 0.0;
                rp = p < r ? c[p][r] : c[r][p];
                rq = q < r ? c[q][r] : c[r][q];
                *(p < r ? &c[p][r] : &c[r][p]) = cosine * rp - sine * rq;
                *(q < r ? &c[q][r] : &c[r][q]) = sine * rp + cosine * rq;
            }
    }
    for (int a = 0; a < 3; ++a) value[a] = c[a][a];
    for (int a = 0; a < 2; ++a) /* three values: sorted by exchange */
        for (int b = 0; b < 2 - a; ++b)
            if (value[b] > value[b + 1]) {
                const double low = value[b + 1];
                value[b + 1] = value[b];
                value[b] = low;
            }
    /* A flat or straight ROI has eigenvalues of exactly 0, which rounding turns into a few ulp of the largest, of
     * either sign. PyRadiomics sets -1e-10 .. 0 to 0 and takes the root of what happens to come out above. */
    for (int a = 0; a < 2; ++a)
        if (fabs(value[a]) <= 1e-14 * value[2]) value[a] = 0.0;
}

static void put(rml_wanted wanted, const char *name, double number, rml_reason why, double *value, uint8_t *reason)
{
    const int32_t f = rml_feature_index(RML_SHAPE, name);

    if (f < 0 || !(wanted >> f & 1)) return;
    value[f] = number;
    reason[f] = (uint8_t)why;
}

static bool any_wanted(rml_wanted wanted, const char *const *names, int n)
{
    for (int k = 0; k < n; ++k) {
        const int32_t f = rml_feature_index(RML_SHAPE, names[k]);
        if (f >= 0 && wanted >> f & 1) return true;
    }
    return false;
}

static void put_mesh(const rml_bits *bits, const double spacing[3], rml_wanted wanted, double *value, uint8_t *reason)
{
    const double pi = 3.14159265358979323846;
    const int32_t corner[3] = {0, 0, 0};
    double volume, area, sphere;

    rml_mesh_measure(bits, spacing, corner, &volume, &area);
    sphere = cbrt(36 * pi * volume * volume); /* area of the sphere of that volume */
    put(wanted, "MeshVolume", volume, RML_DEFINED, value, reason);
    put(wanted, "SurfaceArea", area, RML_DEFINED, value, reason);
    put(wanted, "SurfaceVolumeRatio", area / volume, RML_DEFINED, value, reason);
    put(wanted, "Sphericity", sphere / area, RML_DEFINED, value, reason);
    put(wanted, "SphericalDisproportion", area / sphere, RML_DEFINED, value, reason);
    put(wanted, "Compactness1", volume / (sqrt(pi) * area * sqrt(area)), RML_DEFINED, value, reason);
    put(wanted, "Compactness2", 36 * pi * volume * volume / (area * area * area), RML_DEFINED, value, reason);
}

static void put_axes(const rml_bits *bits, const double spacing[3], rml_wanted wanted, double *value, uint8_t *reason)
{
    double c[3][3], lambda[3];
    rml_reason why;

    covariance(bits, spacing, c);
    eigenvalues(c, lambda);
    why = lambda[2] > 0.0 ? RML_DEFINED : RML_WHY_ONE_VOXEL;
    put(wanted, "MajorAxisLength", 4 * sqrt(lambda[2]), RML_DEFINED, value, reason);
    put(wanted, "MinorAxisLength", 4 * sqrt(lambda[1]), RML_DEFINED, value, reason);
    put(wanted, "LeastAxisLength", 4 * sqrt(lambda[0]), RML_DEFINED, value, reason);
    put(wanted, "Elongation", why ? NAN : sqrt(lambda[1] / lambda[2]), why, value, reason);
    put(wanted, "Flatness", why ? NAN : sqrt(lambda[0] / lambda[2]), why, value, reason);
}

static const char *const mesh_names[] = {"MeshVolume",   "SurfaceArea",  "SurfaceVolumeRatio",    "Sphericity",
                                         "Compactness1", "Compactness2", "SphericalDisproportion"};
static const char *const axis_names[] = {"MajorAxisLength", "MinorAxisLength", "LeastAxisLength", "Elongation",
                                         "Flatness"};
static const char *const diameter_names[] = {"Maximum3DDiameter", "Maximum2DDiameterSlice", "Maximum2DDiameterColumn",
                                             "Maximum2DDiameterRow"};

rml_status rml_shape_features(const uint8_t *mask, const int32_t size[3], const double spacing[3], rml_wanted wanted,
                              double *value, uint8_t *reason)
{
    rml_bits bits;
    rml_status status;

    for (int32_t f = 0; f < rml_class_size(RML_SHAPE); ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    status = rml_bits_init(&bits, mask, size);
    if (status != RML_OK) goto done;
    put(wanted, "VoxelVolume", (double)bits.n_voxels * (spacing[0] * spacing[1] * spacing[2]), RML_DEFINED, value,
        reason);
    if (any_wanted(wanted, mesh_names, 7)) put_mesh(&bits, spacing, wanted, value, reason);
    if (any_wanted(wanted, axis_names, 5)) put_axes(&bits, spacing, wanted, value, reason);
    if (any_wanted(wanted, diameter_names, 4)) {
        rml_diameters d;
        status = rml_diameters_measure(&bits, spacing, &d);
        if (status != RML_OK) goto done;
        put(wanted, "Maximum3DDiameter", d.whole, RML_DEFINED, value, reason);
        put(wanted, "Maximum2DDiameterSlice", d.slice, RML_DEFINED, value, reason);
        put(wanted, "Maximum2DDiameterColumn", d.column, RML_DEFINED, value, reason);
        put(wanted, "Maximum2DDiameterRow", d.row, RML_DEFINED, value, reason);
    }
done:
    rml_bits_free(&bits);
    return status;
}
