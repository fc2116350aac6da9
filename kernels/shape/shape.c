#include "kernels/shape/shape.h"

#include <math.h>

#include "kernels/shape/axes.h"
#include "kernels/shape/bits.h"
#include "kernels/shape/diameter.h"
#include "kernels/shape/mesh.h"

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
    double lambda[3];
    rml_reason why;

    rml_axes_measure(bits, spacing, lambda);
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
