#include "kernels/ibsi/morphology.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/ibsi/autocorrelation.h"
#include "kernels/ibsi/ellipsoid.h"
#include "kernels/ibsi/enclosing.h"
#include "kernels/ibsi/hull.h"
#include "kernels/shape/axes.h"
#include "kernels/shape/diameter.h"
#include "kernels/shape/mesh.h"

static const double pi = 3.14159265358979323846;

typedef struct output {
    double *value;
    uint8_t *reason;
    double volume, area; /* of the mesh */
} output;

static void put(output *o, int32_t f, double number, rml_reason why)
{
    if (why == RML_DEFINED && !isfinite(number)) why = RML_WHY_OVERFLOW;
    o->value[f] = why == RML_DEFINED ? number : NAN;
    o->reason[f] = (uint8_t)why;
}

static void clear(const output *o)
{
    for (int32_t f = 0; f < RML_IBSI_N_MORPHOLOGY; ++f) {
        o->value[f] = NAN;
        o->reason[f] = RML_DEFINED;
    }
}

static void put_densities(output *o, int32_t volume_density, double volume, double area, rml_reason why)
{
    put(o, volume_density, o->volume / volume, why);
    put(o, volume_density + 1, o->area / area, why); /* a catalogue's density of area stands behind that of volume */
}

static void put_mesh(output *o, const rml_bits *bits, const double spacing[3])
{
    double v, a, sphere;

    rml_mesh_measure_closed(bits, spacing, &o->volume, &o->area);
    v = o->volume;
    a = o->area;
    sphere = cbrt(36.0 * pi * v * v); /* area of the sphere of that volume */
    put(o, RML_IBSI_MORPH_VOLUME, v, RML_DEFINED);
    put(o, RML_IBSI_MORPH_VOL_APPROX, (double)bits->n_voxels * (spacing[0] * spacing[1] * spacing[2]), RML_DEFINED);
    put(o, RML_IBSI_MORPH_AREA_MESH, a, RML_DEFINED);
    put(o, RML_IBSI_MORPH_AV, a / v, RML_DEFINED);
    put(o, RML_IBSI_MORPH_COMP_1, v / (sqrt(pi) * a * sqrt(a)), RML_DEFINED);
    put(o, RML_IBSI_MORPH_COMP_2, 36.0 * pi * v * v / (a * a * a), RML_DEFINED);
    put(o, RML_IBSI_MORPH_SPH_DISPR, a / sphere, RML_DEFINED);
    put(o, RML_IBSI_MORPH_SPHERICITY, sphere / a, RML_DEFINED);
    put(o, RML_IBSI_MORPH_ASPHERICITY, a / sphere - 1.0, RML_DEFINED);
}

static double box_area(const double side[3])
{
    return 2.0 * (side[0] * side[1] + side[1] * side[2] + side[2] * side[0]);
}

static double ellipsoid_volume(const double semi[3])
{
    return 4.0 / 3.0 * pi * semi[0] * semi[1] * semi[2];
}

static void put_axes(output *o, const rml_bits *bits, const double spacing[3])
{
    const double n = (double)bits->n_voxels;
    double lambda[3], semi[3] = {0};
    rml_reason why = bits->n_voxels > 1 ? RML_DEFINED : RML_WHY_ONE_VOXEL;

    rml_axes_measure(bits, spacing, lambda);
    for (int a = 0; a < 3 && why == RML_DEFINED; ++a) semi[a] = 2.0 * sqrt(lambda[2 - a] * (n / (n - 1.0)));
    put(o, RML_IBSI_MORPH_PCA_MAJ_AXIS, 2.0 * semi[0], why);
    put(o, RML_IBSI_MORPH_PCA_MIN_AXIS, 2.0 * semi[1], why);
    put(o, RML_IBSI_MORPH_PCA_LEAST_AXIS, 2.0 * semi[2], why);
    put(o, RML_IBSI_MORPH_PCA_ELONGATION, semi[1] / semi[0], why);
    put(o, RML_IBSI_MORPH_PCA_FLATNESS, semi[2] / semi[0], why);
    if (why == RML_DEFINED && semi[2] == 0.0) why = RML_WHY_DEGENERATE;
    put_densities(o, RML_IBSI_MORPH_VOL_DENS_AEE, ellipsoid_volume(semi),
                  why == RML_DEFINED ? rml_ellipsoid_area(semi[0], semi[1], semi[2]) : NAN, why);
}

/* Convex hull, and what is wrapped around it. */
static rml_status put_hull(output *o, const rml_bits *bits, const double spacing[3])
{
    const double unit[3] = {spacing[0] / 2.0, spacing[1] / 2.0, spacing[2] / 2.0};
    int32_t(*corner)[3] = NULL;
    double(*point)[3] = NULL;
    double volume, area, side[3], semi[3];
    rml_hull hull = {0};
    int64_t n;
    rml_status status = rml_mesh_corners(bits, &corner, &n);

    if (status == RML_OK) status = rml_hull_init(&hull, (const int32_t(*)[3])corner, n);
    if (status == RML_OK) status = rml_enclosing_box(&hull, unit, side);
    if (status != RML_OK) goto done;
    rml_hull_measure(&hull, unit, &volume, &area);
    put_densities(o, RML_IBSI_MORPH_VOL_DENS_CONV_HULL, volume, area, RML_DEFINED);
    put_densities(o, RML_IBSI_MORPH_VOL_DENS_OMBB, side[0] * side[1] * side[2], box_area(side), RML_DEFINED);
    status = RML_ENOMEM;
    point = malloc((size_t)hull.n_points * sizeof *point);
    if (!point) goto done;
    for (int32_t i = 0; i < hull.n_points; ++i)
        for (int a = 0; a < 3; ++a) point[i][a] = hull.point[i][a] * unit[a];
    status = rml_ellipsoid_enclosing((const double(*)[3])point, hull.n_points, semi);
    if (status != RML_OK) goto done;
    put_densities(o, RML_IBSI_MORPH_VOL_DENS_MVEE, ellipsoid_volume(semi),
                  rml_ellipsoid_area(semi[0], semi[1], semi[2]), RML_DEFINED);
done:
    free(point);
    rml_hull_free(&hull);
    free(corner);
    return status;
}

/* The centre of the morphological mask against that of the intensities, and their mean. */
static rml_status put_mass(output *o, const rml_ibsi_region *region)
{
    double centre[3] = {0}, moment[3] = {0}, mass = 0.0, square = 0.0;
    int64_t n = 0, n_intensity = 0, i = 0;

    for (int32_t z = 0; z < region->size[2]; ++z)
        for (int32_t y = 0; y < region->size[1]; ++y) {
            double row_mass = 0.0, row_moment = 0.0, row_n = 0.0, row_x = 0.0;

            for (int32_t x = 0; x < region->size[0]; ++x, ++i) {
                if (region->morphological[i]) {
                    row_n += 1.0;
                    row_x += x;
                }
                if (region->intensity[i]) {
                    row_mass += region->image[i];
                    row_moment += region->image[i] * x;
                    ++n_intensity;
                }
            }
            n += (int64_t)row_n;
            centre[0] += row_x;
            centre[1] += row_n * y;
            centre[2] += row_n * z;
            mass += row_mass;
            moment[0] += row_moment;
            moment[1] += row_mass * y;
            moment[2] += row_mass * z;
        }
    if (n_intensity == 0) return RML_EEMPTY;
    for (int a = 0; a < 3; ++a) {
        const double d = region->spacing[a] * (centre[a] / (double)n - moment[a] / mass);

        square += d * d;
    }
    put(o, RML_IBSI_MORPH_COM, sqrt(square), mass == 0.0 ? RML_WHY_DEGENERATE : RML_DEFINED);
    put(o, RML_IBSI_MORPH_INTEG_INT, mass / (double)n_intensity * o->volume, RML_DEFINED);
    return RML_OK;
}

static rml_status put_autocorrelation(output *o, const rml_ibsi_region *region)
{
    double moran, geary;
    rml_status status = rml_autocorrelation(region, &moran, &geary);
    rml_reason why = RML_DEFINED;

    if (status == RML_EEMPTY) why = RML_WHY_ONE_VOXEL; /* that there is one is known by now */
    if (status == RML_EVALUE) why = RML_WHY_FLAT;
    if (status != RML_OK && why == RML_DEFINED) return status;
    put(o, RML_IBSI_MORPH_MORAN_I, moran, why);
    put(o, RML_IBSI_MORPH_GEARY_C, geary, why);
    return RML_OK;
}

rml_status rml_ibsi_morphology(const rml_ibsi_region *region, double *value, uint8_t *reason)
{
    output o = {.value = value, .reason = reason};
    rml_diameters diameters;
    double side[3];
    rml_bits bits;
    rml_status status;

    clear(&o);
    status = rml_bits_init(&bits, region->morphological, region->size);
    if (status != RML_OK) return status;
    status = RML_ECAPACITY;
    for (int a = 0; a < 3; ++a) {
        if (bits.size[a] >= RML_HULL_MAX_COORDINATE / 2) goto done;
        side[a] = bits.size[a] * region->spacing[a];
    }
    put_mesh(&o, &bits, region->spacing);
    status = put_mass(&o, region);
    if (status != RML_OK) goto done;
    put_densities(&o, RML_IBSI_MORPH_VOL_DENS_AABB, side[0] * side[1] * side[2], box_area(side), RML_DEFINED);
    put_axes(&o, &bits, region->spacing);
    status = rml_diameters_measure(&bits, region->spacing, &diameters);
    if (status != RML_OK) goto done;
    put(&o, RML_IBSI_MORPH_DIAM, diameters.whole, RML_DEFINED);
    status = put_hull(&o, &bits, region->spacing);
    if (status == RML_OK) status = put_autocorrelation(&o, region);
done:
    if (status != RML_OK) clear(&o);
    rml_bits_free(&bits);
    return status;
}
