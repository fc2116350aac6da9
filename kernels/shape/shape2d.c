/* Marching squares on a binary slice.
 *
 * 1. The cell. A cell has four pixel centres as corners. The contour cuts each edge between a corner inside the ROI and
 *    one outside in its middle; every such edge belongs to two cells, so the contour is closed, and its area is the sum
 *    of what it encloses of each cell, wherever the origin.
 * 2. The saddle. With two opposite corners inside, the four middles can be joined in two ways. PyRadiomics cuts both
 *    corners off (two ROI pixels that touch at a corner are kept apart): of the area's two possible values, a quarter
 *    and three quarters of the cell, its MeshSurface of random masks (3.0.1, 60 for each axis) leaves the quarter, for
 *    both of the codes. The perimeter is the same for both ways.
 * 3. The sums. A cell depends on its corners alone, by their number and by how two of them lie: counts of these kinds
 *    give perimeter and area, the area in exact eighths of a pixel.
 * 4. The diameter. Vertices of the slice's contour are those of the marching-cubes mesh that lie in the slice's own
 *    plane. The mesh's others are pixel centres, moved half a slice up or down: no two of them are as far apart as two
 *    of the contour, which lies beyond the outermost pixels. So the planar maximum of the mesh is the contour's. */
#include "kernels/shape/shape2d.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/shape/axes.h"
#include "kernels/shape/bits.h"
#include "kernels/shape/diameter.h"

/* By the cell's code: bit 0 is the corner (u, v), bit 1 (u+1, v), bit 2 (u, v+1), bit 3 (u+1, v+1). */
static const int8_t eighths[16] = {0, 1, 1, 4, 1, 4, 2, 7, 1, 2, 4, 7, 4, 7, 7, 8};
static const int8_t n_slanted[16] = {0, 1, 1, 0, 1, 0, 2, 1, 1, 2, 0, 1, 0, 1, 1, 0}; /* half a pixel's diagonal each */
static const int8_t n_along_u[16] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}; /* a pixel's width each */
static const int8_t n_along_v[16] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}; /* a pixel's height each */

void rml_contour_measure(const uint8_t *plane, const int32_t size[2], const double spacing[2], double *perimeter,
                         double *area)
{
    const int64_t stride = (int64_t)size[0] + 2;
    int64_t count[16] = {0}, area_eighths = 0, slanted = 0, along_u = 0, along_v = 0;

    for (int32_t v = 0; v <= size[1]; ++v) {
        const uint8_t *low = plane + v * stride, *high = low + stride;
        int code = 0; /* in the margin */

        for (int32_t u = 1; u < stride; ++u) { /* the right corners of one cell are the left ones of the next */
            code = (code >> 1 & 5) | low[u] << 1 | high[u] << 3;
            ++count[code];
        }
    }
    for (int code = 0; code < 16; ++code) {
        area_eighths += count[code] * eighths[code];
        slanted += count[code] * n_slanted[code];
        along_u += count[code] * n_along_u[code];
        along_v += count[code] * n_along_v[code];
    }
    *perimeter = (double)slanted * (sqrt(spacing[0] * spacing[0] + spacing[1] * spacing[1]) / 2) +
                 (double)along_u * spacing[0] + (double)along_v * spacing[1];
    *area = (double)area_eighths / 8 * (spacing[0] * spacing[1]);
}

static void put(rml_wanted wanted, const char *name, double number, rml_reason why, double *value, uint8_t *reason)
{
    const int32_t f = rml_feature_index(RML_SHAPE_2D, name);

    if (f < 0 || !(wanted >> f & 1)) return;
    value[f] = number;
    reason[f] = (uint8_t)why;
}

/* The axes that the slice lies in, the one that runs faster first. */
static void axes_of_slice(int32_t axis, int32_t in_slice[2])
{
    in_slice[0] = axis == 0 ? 1 : 0;
    in_slice[1] = axis == 2 ? 1 : 2;
}

static rml_status put_contour(const uint8_t *mask, const int32_t size[3], const double spacing[3],
                              const int32_t in_slice[2], rml_wanted wanted, double *value, uint8_t *reason)
{
    const double pi = 3.14159265358979323846;
    const int32_t plane_size[2] = {size[in_slice[0]], size[in_slice[1]]};
    const double plane_spacing[2] = {spacing[in_slice[0]], spacing[in_slice[1]]};
    const size_t stride = (size_t)plane_size[0] + 2;
    uint8_t *plane = calloc(stride * ((size_t)plane_size[1] + 2), 1), *row = plane;
    double perimeter, area, circle;

    if (!plane) return RML_ENOMEM;
    for (int32_t v = 0; v < plane_size[1]; ++v) { /* of one slice, the mask's voxels are the plane's, u fastest */
        row += stride;
        for (int32_t u = 0; u < plane_size[0]; ++u) row[u + 1] = *mask++;
    }
    rml_contour_measure(plane, plane_size, plane_spacing, &perimeter, &area);
    free(plane);
    circle = 2 * sqrt(pi * area); /* perimeter of the circle of that area */
    put(wanted, "MeshSurface", area, RML_DEFINED, value, reason);
    put(wanted, "Perimeter", perimeter, RML_DEFINED, value, reason);
    put(wanted, "PerimeterSurfaceRatio", perimeter / area, RML_DEFINED, value, reason);
    put(wanted, "SphericalDisproportion", perimeter / circle, RML_DEFINED, value, reason);
    put(wanted, "Sphericity", circle / perimeter, RML_DEFINED, value, reason);
    return RML_OK;
}

/* The two axes of the slice: across it the spread is 0, the least of the three. */
static void put_axes(const rml_bits *bits, const double spacing[3], rml_wanted wanted, double *value, uint8_t *reason)
{
    double lambda[3];
    rml_reason why;

    rml_axes_measure(bits, spacing, lambda);
    why = lambda[2] > 0.0 ? RML_DEFINED : RML_WHY_ONE_VOXEL;
    put(wanted, "MajorAxisLength", 4 * sqrt(lambda[2]), RML_DEFINED, value, reason);
    put(wanted, "MinorAxisLength", 4 * sqrt(lambda[1]), RML_DEFINED, value, reason);
    put(wanted, "Elongation", why ? NAN : sqrt(lambda[1] / lambda[2]), why, value, reason);
}

rml_status rml_shape2d_features(const uint8_t *mask, const int32_t size[3], const double spacing[3], int32_t axis,
                                rml_wanted wanted, double *value, uint8_t *reason)
{
    int32_t in_slice[2];
    rml_bits bits;
    rml_diameters diameters;
    rml_status status;

    for (int32_t f = 0; f < rml_class_size(RML_SHAPE_2D); ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (axis < 0 || axis > 2 || size[axis] != 1) return RML_EINVAL;
    axes_of_slice(axis, in_slice);
    status = rml_bits_init(&bits, mask, size);
    if (status != RML_OK) goto done;
    put(wanted, "PixelSurface", (double)bits.n_voxels * (spacing[in_slice[0]] * spacing[in_slice[1]]), RML_DEFINED,
        value, reason);
    status = put_contour(mask, size, spacing, in_slice, wanted, value, reason);
    if (status != RML_OK) goto done;
    put_axes(&bits, spacing, wanted, value, reason);
    if (wanted >> rml_feature_index(RML_SHAPE_2D, "MaximumDiameter") & 1) {
        status = rml_diameters_measure(&bits, spacing, &diameters);
        if (status != RML_OK) goto done;
        put(wanted, "MaximumDiameter",
            axis == 2   ? diameters.slice
            : axis == 1 ? diameters.column
                        : diameters.row,
            RML_DEFINED, value, reason);
    }
done:
    rml_bits_free(&bits);
    return status;
}
