/* Peaks, autocorrelation and morphology against what their definitions say voxel by voxel, and where they end. */
#include "tests/support/support.h"

#include "kernels/ibsi/autocorrelation.h"
#include "kernels/ibsi/morphology.h"
#include "kernels/ibsi/peak.h"

enum { NX = 11, NY = 9, NZ = 7, N = NX * NY * NZ };

typedef struct blob {
    double image[N];
    uint8_t mask[N];
    rml_ibsi_region region;
} blob;

/* Random intensities; a mask of about half the voxels of a box that stands off the border by `off`. */
static void blob_init(blob *b, uint64_t seed, int off, double sx, double sy, double sz)
{
    uint64_t random = seed;

    for (int i = 0; i < N; ++i) {
        const int x = i % NX, y = i / NX % NY, z = i / (NX * NY);

        b->image[i] = floor(200.0 * rml_test_uniform(&random)) - 100.0;
        b->mask[i] = x >= off && x < NX - off && y >= off && y < NY - off && z >= off && z < NZ - off &&
                     rml_test_uniform(&random) < 0.5;
    }
    b->region = (rml_ibsi_region){{NX, NY, NZ}, {sx, sy, sz}, b->image, b->mask, b->mask};
}

static double distance(const rml_ibsi_region *region, int i, int j)
{
    const int apart[3] = {i % NX - j % NX, i / NX % NY - j / NX % NY, i / (NX * NY) - j / (NX * NY)};
    double square = 0.0;

    for (int a = 0; a < 3; ++a) square += region->spacing[a] * apart[a] * (region->spacing[a] * apart[a]);
    return sqrt(square);
}

/* All pairs, by the definition. Tolerance: an FFT's rounding, some 1e-16 times the root of its length. */
static void autocorrelation_is_all_pairs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        double mean = 0.0, squares = 0.0, weights = 0.0, like = 0.0, unlike = 0.0, moran, geary;
        double n = 0.0;
        blob b;

        blob_init(&b, seed, (int)seed % 3, 0.7, 1.1 * (double)seed, 2.5);
        for (int i = 0; i < N; ++i)
            if (b.mask[i]) mean += b.image[i], n += 1.0;
        mean /= n;
        for (int i = 0; i < N; ++i) {
            if (!b.mask[i]) continue;
            squares += (b.image[i] - mean) * (b.image[i] - mean);
            for (int j = 0; j < N; ++j) {
                const double w = b.mask[j] && i != j ? 1.0 / distance(&b.region, i, j) : 0.0;

                weights += w;
                like += w * (b.image[i] - mean) * (b.image[j] - mean);
                unlike += w * (b.image[i] - b.image[j]) * (b.image[i] - b.image[j]);
            }
        }
        assert_int_equal(rml_autocorrelation(&b.region, &moran, &geary), RML_OK);
        assert_close(moran, n / weights * like / squares, 0.0, 1e-13, "Moran's I");
        assert_close(geary, (n - 1.0) / (2.0 * weights) * unlike / squares, 1e-13, 0.0, "Geary's C");
    }
}

static void autocorrelation_undefined(void **state)
{
    double moran, geary;
    blob b;

    (void)state;
    blob_init(&b, 1, 0, 1, 1, 1);
    for (int i = 0; i < N; ++i) b.image[i] = 0.1;
    assert_int_equal(rml_autocorrelation(&b.region, &moran, &geary), RML_EVALUE);
    assert_true(isnan(moran) && isnan(geary));
    memset(b.mask, 0, sizeof b.mask);
    assert_int_equal(rml_autocorrelation(&b.region, &moran, &geary), RML_EEMPTY);
    b.mask[17] = 1;
    assert_int_equal(rml_autocorrelation(&b.region, &moran, &geary), RML_EEMPTY);
    b.mask[N - 1] = 1; /* two voxels: z = +-d, so I = -1 and C = (1/2) (2d)^2 / (2 d^2) = 1 */
    b.image[17] = 3.0;
    assert_int_equal(rml_autocorrelation(&b.region, &moran, &geary), RML_OK);
    assert_close(moran, -1.0, 1e-13, 0.0, "Moran's I of two");
    assert_close(geary, 1.0, 1e-13, 0.0, "Geary's C of two");
}

static double sphere_mean(const blob *b, int centre)
{
    const double radius = 10.0 * cbrt(3.0 / (4.0 * 3.14159265358979323846));
    double sum = 0.0, n = 0.0;

    for (int j = 0; j < N; ++j)
        if (distance(&b->region, centre, j) <= radius) sum += b->image[j], n += 1.0;
    return sum / n;
}

/* Whole intensities: the order of the sums changes nothing. */
static void peaks_are_sphere_means(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        double value[RML_IBSI_N_LOCAL], highest = -INFINITY, local = -INFINITY, global = -INFINITY;
        blob b;

        blob_init(&b, seed, (int)seed % 3, 1.0 + 0.5 * (double)seed, 2.5, 3.1);
        for (int i = 0; i < N && seed > 3; ++i) b.image[i] = fmin(b.image[i], 50.0); /* many maxima */
        for (int i = 0; i < N; ++i)
            if (b.mask[i]) highest = fmax(highest, b.image[i]);
        for (int i = 0; i < N; ++i) {
            if (!b.mask[i]) continue;
            global = fmax(global, sphere_mean(&b, i));
            if (b.image[i] == highest) local = fmax(local, sphere_mean(&b, i));
        }
        assert_int_equal(rml_ibsi_peaks(&b.region, value), RML_OK);
        assert_close(value[RML_IBSI_LOC_PEAK_LOC], local, 0.0, 0.0, "local peak");
        assert_close(value[RML_IBSI_LOC_PEAK_GLOB], global, 0.0, 0.0, "global peak");
    }
}

static void peaks_undefined(void **state)
{
    const double spacing[3] = {0.977, 2.0, 7.0};
    const rml_margin margin = rml_ibsi_peak_margin(spacing);
    double value[RML_IBSI_N_LOCAL];
    blob b;

    (void)state;
    assert_true(margin.before[0] == 6 && margin.after[1] == 3 && margin.after[2] == 0);
    blob_init(&b, 1, 3, 2.0, 2.0, 2.0);
    for (int i = 0; i < N; ++i) b.image[i] = b.mask[i] ? 1.0 : NAN;
    assert_int_equal(rml_ibsi_peaks(&b.region, value), RML_EVALUE);
    assert_true(isnan(value[0]) && isnan(value[1]));
    for (int sign = -1; sign <= 1;
         sign += 2) { /* spheres with an infinite voxel are passed over: here all but the first */
        double row[5] = {1.0, 3.0, 8.0, 2.0, sign * INFINITY};
        uint8_t mask[5] = {1, 1, 1, 1, 0};
        rml_ibsi_region line = {{5, 1, 1}, {2.0, 7.0, 7.0}, row, mask, mask}; /* mm: three voxels either way */

        assert_int_equal(rml_ibsi_peaks(&line, value), RML_EVALUE);
        assert_true(isnan(value[RML_IBSI_LOC_PEAK_LOC]));
        assert_close(value[RML_IBSI_LOC_PEAK_GLOB], (1.0 + 3.0 + 8.0 + 2.0) / 4.0, 0.0, 0.0, "global peak");
    }
    memset(b.mask, 0, sizeof b.mask);
    assert_int_equal(rml_ibsi_peaks(&b.region, value), RML_EEMPTY);
    assert_true(isnan(value[0]) && isnan(value[1]));
}

/* One voxel of 1 x 2 x 3 mm: its mesh is an octahedron of 1/6 of the voxel. */
static void morphology_of_one_voxel(void **state)
{
    double value[RML_IBSI_N_MORPHOLOGY], image = 5.0;
    uint8_t reason[RML_IBSI_N_MORPHOLOGY], mask = 1, none = 0;
    rml_ibsi_region region = {{1, 1, 1}, {1.0, 2.0, 3.0}, &image, &mask, &mask};

    (void)state;
    assert_int_equal(rml_ibsi_morphology(&region, value, reason), RML_OK);
    assert_close(value[RML_IBSI_MORPH_VOLUME], 1.0, 1e-15, 0.0, "volume");
    assert_close(value[RML_IBSI_MORPH_VOL_APPROX], 6.0, 1e-15, 0.0, "voxels' volume");
    assert_close(value[RML_IBSI_MORPH_INTEG_INT], 5.0, 1e-15, 0.0, "integrated intensity");
    assert_close(value[RML_IBSI_MORPH_COM], 0.0, 0.0, 0.0, "shift");
    assert_close(value[RML_IBSI_MORPH_DIAM], 3.0, 1e-15, 0.0, "diameter");
    assert_close(value[RML_IBSI_MORPH_VOL_DENS_AABB], 1.0 / 6.0, 1e-15, 0.0, "box");
    assert_close(value[RML_IBSI_MORPH_VOL_DENS_CONV_HULL], 1.0, 1e-15, 0.0, "hull");
    assert_close(value[RML_IBSI_MORPH_AREA_DENS_CONV_HULL], 1.0, 1e-15, 0.0, "hull's area");
    /* the octahedron's corners lie on the ellipsoid of the same semi-axes: 1 of 4/3 pi 1/2 1 3/2 */
    assert_close(value[RML_IBSI_MORPH_VOL_DENS_MVEE], 1.0 / 3.14159265358979323846, 1e-6, 0.0, "ellipsoid");
    assert_int_equal(reason[RML_IBSI_MORPH_PCA_FLATNESS], RML_WHY_ONE_VOXEL);
    assert_int_equal(reason[RML_IBSI_MORPH_VOL_DENS_AEE], RML_WHY_ONE_VOXEL);
    assert_int_equal(reason[RML_IBSI_MORPH_MORAN_I], RML_WHY_ONE_VOXEL);
    image = 0.0; /* no weight to have a centre */
    assert_int_equal(rml_ibsi_morphology(&region, value, reason), RML_OK);
    assert_int_equal(reason[RML_IBSI_MORPH_COM], RML_WHY_DEGENERATE);
    region.intensity = &none;
    assert_int_equal(rml_ibsi_morphology(&region, value, reason), RML_EEMPTY);
    region.morphological = &none;
    assert_int_equal(rml_ibsi_morphology(&region, value, reason), RML_EEMPTY);
    for (int f = 0; f < RML_IBSI_N_MORPHOLOGY; ++f) assert_true(isnan(value[f]));
}

/* What has a reason is NaN and the other way round; boxes and ellipsoids hold the hull, which holds the mesh; a margin
 * changes nothing; a flat ROI has no ellipsoid by its axes. */
static void morphology_holds_together(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        double value[RML_IBSI_N_MORPHOLOGY], cut_value[RML_IBSI_N_MORPHOLOGY], cut_image[N];
        uint8_t reason[RML_IBSI_N_MORPHOLOGY], cut_mask[N];
        rml_ibsi_region cut;
        const int32_t inner[3] = {NX - 4, NY - 4, NZ - 4};
        blob b;

        blob_init(&b, seed, 2, 1.0, 0.8, 2.0);
        for (int i = 0; i < N && seed == 8; ++i)
            if (i / (NX * NY) != 3) b.mask[i] = 0;
        assert_int_equal(rml_ibsi_morphology(&b.region, value, reason), RML_OK);
        for (int f = 0; f < RML_IBSI_N_MORPHOLOGY; ++f) assert_int_equal(isnan(value[f]), reason[f] != RML_DEFINED);
        assert_int_equal(reason[RML_IBSI_MORPH_AREA_DENS_AEE], seed == 8 ? RML_WHY_DEGENERATE : RML_DEFINED);
        assert_true(value[RML_IBSI_MORPH_VOL_DENS_CONV_HULL] <= 1.0);
        assert_true(value[RML_IBSI_MORPH_VOL_DENS_OMBB] < value[RML_IBSI_MORPH_VOL_DENS_CONV_HULL]);
        assert_true(value[RML_IBSI_MORPH_VOL_DENS_OMBB] >= value[RML_IBSI_MORPH_VOL_DENS_AABB] * (1.0 - 1e-12));
        assert_true(value[RML_IBSI_MORPH_VOL_DENS_MVEE] < value[RML_IBSI_MORPH_VOL_DENS_CONV_HULL]);

        for (int z = 0; z < inner[2]; ++z)
            for (int y = 0; y < inner[1]; ++y)
                for (int x = 0; x < inner[0]; ++x) {
                    const int from = ((z + 2) * NY + y + 2) * NX + x + 2, to = (z * inner[1] + y) * inner[0] + x;

                    cut_image[to] = b.image[from];
                    cut_mask[to] = b.mask[from];
                }
        cut = (rml_ibsi_region){{inner[0], inner[1], inner[2]}, {1.0, 0.8, 2.0}, cut_image, cut_mask, cut_mask};
        assert_int_equal(rml_ibsi_morphology(&cut, cut_value, reason), RML_OK);
        for (int f = 0; f < RML_IBSI_N_MORPHOLOGY; ++f)
            assert_close(cut_value[f], value[f], 1e-12, 0.0, rml_ibsi_family_features(RML_IBSI_MORPHOLOGY)[f].tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autocorrelation_is_all_pairs), cmocka_unit_test(autocorrelation_undefined),
        cmocka_unit_test(peaks_are_sphere_means),       cmocka_unit_test(peaks_undefined),
        cmocka_unit_test(morphology_of_one_voxel),      cmocka_unit_test(morphology_holds_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
