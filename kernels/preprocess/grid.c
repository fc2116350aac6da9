#include "kernels/preprocess/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rml_status rml_grid_match(const rml_grid *image, const rml_grid *mask, double tolerance, rml_error *err)
{
    const double bound = fabs(tolerance * image->spacing[0]);

    for (int a = 0; a < 3; ++a)
        if (image->size[a] != mask->size[a])
            return rml_fail(err, RML_EGEOMETRY, "image and mask differ in size: %d x %d x %d and %d x %d x %d voxels",
                            image->size[0], image->size[1], image->size[2], mask->size[0], mask->size[1],
                            mask->size[2]);
    for (int a = 0; a < 3; ++a) /* written so that NaN fails */
        if (!(fabs(image->origin[a] - mask->origin[a]) <= bound))
            return rml_fail(err, RML_EGEOMETRY,
                            "image and mask differ in origin: (%.9g, %.9g, %.9g) and (%.9g, %.9g, %.9g) mm, "
                            "expected within %.3g mm",
                            image->origin[0], image->origin[1], image->origin[2], mask->origin[0], mask->origin[1],
                            mask->origin[2], bound);
    for (int a = 0; a < 3; ++a)
        if (!(fabs(image->spacing[a] - mask->spacing[a]) <= bound))
            return rml_fail(err, RML_EGEOMETRY,
                            "image and mask differ in spacing: (%.9g, %.9g, %.9g) and (%.9g, %.9g, %.9g) mm, "
                            "expected within %.3g mm",
                            image->spacing[0], image->spacing[1], image->spacing[2], mask->spacing[0], mask->spacing[1],
                            mask->spacing[2], bound);
    for (int a = 0; a < 3; ++a)
        for (int c = 0; c < 3; ++c)
            if (!(fabs(image->direction[a][c] - mask->direction[a][c]) <= fabs(tolerance)))
                return rml_fail(err, RML_EGEOMETRY,
                                "image and mask differ in direction: axis %c runs along (%.9g, %.9g, %.9g) and (%.9g, "
                                "%.9g, %.9g), expected within %.3g",
                                "xyz"[c], image -> direction[0][c], image -> direction[1][c], image -> direction[2][c],
                                mask -> direction[0][c], mask -> direction[1][c], mask -> direction[2][c], tolerance);
    return RML_OK;
}

/* index (continuous) of one grid -> index of another: matrix * index + shift. */
typedef struct mapping {
    double matrix[3][3], shift[3];
} mapping;

/* direction * spacing, and its inverse by cofactors; false when singular. */
static bool invert(const rml_grid *grid, double inverse[3][3])
{
    double m[3][3], determinant;

    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) m[r][c] = grid->direction[r][c] * grid->spacing[c];
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) {
            const int r1 = (c + 1) % 3, r2 = (c + 2) % 3, c1 = (r + 1) % 3, c2 = (r + 2) % 3;

            inverse[r][c] = m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
        }
    determinant = m[0][0] * inverse[0][0] + m[0][1] * inverse[1][0] + m[0][2] * inverse[2][0];
    if (!(fabs(determinant) > 0.0) || !isfinite(determinant)) return false;
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) inverse[r][c] /= determinant;
    return true;
}

static bool map_between(const rml_grid *from, const rml_grid *to, mapping *map)
{
    double inverse[3][3];

    if (!invert(to, inverse)) return false;
    for (int r = 0; r < 3; ++r) {
        map->shift[r] = 0.0;
        for (int k = 0; k < 3; ++k) map->shift[r] += inverse[r][k] * (from->origin[k] - to->origin[k]);
        for (int c = 0; c < 3; ++c) {
            map->matrix[r][c] = 0.0;
            for (int k = 0; k < 3; ++k) map->matrix[r][c] += inverse[r][k] * from->direction[k][c] * from->spacing[c];
        }
    }
    return true;
}

static void apply(const mapping *map, const double index[3], double mapped[3])
{
    for (int r = 0; r < 3; ++r)
        mapped[r] =
            map->shift[r] + map->matrix[r][0] * index[0] + map->matrix[r][1] * index[1] + map->matrix[r][2] * index[2];
}

/* PyRadiomics' test: the box's two opposite corners, in the image's index space. */
static rml_status check_inside(const mapping *to_image, const rml_grid *image, const rml_box *box, rml_error *err)
{
    double corner[2][3];

    for (int k = 0; k < 2; ++k) {
        double index[3];

        for (int a = 0; a < 3; ++a) index[a] = (double)box->first[a] - 0.5 + (k ? (double)box->size[a] : 0.0);
        apply(to_image, index, corner[k]);
    }
    for (int a = 0; a < 3; ++a) {
        const double low = fmin(corner[0][a], corner[1][a]), high = fmax(corner[0][a], corner[1][a]);

        if (!(low >= -0.5 - 1e-3) || !(high <= image->size[a] - 0.5 + 1e-3))
            return rml_fail(err, RML_EGEOMETRY,
                            "the ROI reaches outside the image: voxels %.6g to %.6g along %c, expected within -0.5 to "
                            "%.6g",
                            low, high, "xyz"[a], image -> size[a] - 0.5);
    }
    return RML_OK;
}

/* The image's voxels that may meet the ROI: the box around its eight corners, clipped to the image. False: none. */
static bool reach(const mapping *to_image, const rml_grid *image, const rml_box *box, rml_box *region)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};

    for (int k = 0; k < 8; ++k) {
        double index[3], mapped[3];

        for (int a = 0; a < 3; ++a) index[a] = (double)box->first[a] - 0.5 + (k >> a & 1 ? (double)box->size[a] : 0.0);
        apply(to_image, index, mapped);
        for (int a = 0; a < 3; ++a) {
            low[a] = fmin(low[a], mapped[a]);
            high[a] = fmax(high[a], mapped[a]);
        }
    }
    for (int a = 0; a < 3; ++a) {
        const double first = fmax(0.0, floor(low[a]) - 1.0), last = fmin(image->size[a] - 1.0, ceil(high[a]) + 1.0);

        if (!(first <= last)) return false;
        region->first[a] = (int32_t)first;
        region->size[a] = (int32_t)(last - first) + 1;
    }
    return true;
}

/* Nearest neighbour, halves up: out[region] = 1 where the image voxel's centre falls into a ROI voxel. tight's size is
 * 0 when none does. */
static void resample(const mapping *to_mask, const rml_box *region, const rml_box *box, const uint8_t *voxels,
                     uint8_t *out, rml_box *tight)
{
    int32_t first[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, last[3] = {-1, -1, -1}, at[3];

    for (at[2] = region->first[2]; at[2] < region->first[2] + region->size[2]; ++at[2])
        for (at[1] = region->first[1]; at[1] < region->first[1] + region->size[1]; ++at[1])
            for (at[0] = region->first[0]; at[0] < region->first[0] + region->size[0]; ++at[0], ++out) {
                const double index[3] = {at[0], at[1], at[2]};
                double mapped[3];
                int64_t nearest[3];
                bool inside = true;

                apply(to_mask, index, mapped);
                for (int a = 0; a < 3; ++a) {
                    const double n = floor(mapped[a] + 0.5) - box->first[a];

                    inside &= n >= 0.0 && n < box->size[a];
                    nearest[a] = inside ? (int64_t)n : 0;
                }
                *out = inside && voxels[(nearest[2] * box->size[1] + nearest[1]) * box->size[0] + nearest[0]] != 0;
                if (!*out) continue;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < first[a]) first[a] = at[a];
                    if (at[a] > last[a]) last[a] = at[a];
                }
            }
    for (int a = 0; a < 3; ++a) {
        tight->first[a] = first[a];
        tight->size[a] = last[a] < 0 ? 0 : last[a] - first[a] + 1;
    }
}

rml_status rml_grid_correct(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                            const uint8_t *mask_voxels, rml_box *out_box, uint8_t **out_voxels, rml_error *err)
{
    mapping to_image, to_mask;
    rml_box region, tight;
    uint8_t *wide = NULL, *voxels = NULL;
    rml_status status = RML_OK;

    *out_voxels = NULL;
    if (!map_between(mask, image, &to_image) || !map_between(image, mask, &to_mask))
        return rml_fail(err, RML_EGEOMETRY, "the directions of image or mask are singular");
    status = check_inside(&to_image, image, mask_box, err);
    if (status != RML_OK) return status;
    if (!reach(&to_image, image, mask_box, &region))
        return rml_fail(err, RML_EROI, "no voxel of the ROI lies on the image's grid");
    wide = malloc((size_t)region.size[0] * (size_t)region.size[1] * (size_t)region.size[2]);
    if (!wide) return rml_fail(err, RML_ENOMEM, "no memory for the corrected mask");
    resample(&to_mask, &region, mask_box, mask_voxels, wide, &tight);
    if (tight.size[0] == 0) {
        status = rml_fail(err, RML_EROI, "no voxel of the ROI remains on the image's grid");
        goto done;
    }
    voxels = malloc((size_t)tight.size[0] * (size_t)tight.size[1] * (size_t)tight.size[2]);
    if (!voxels) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the corrected mask");
        goto done;
    }
    for (int32_t z = 0; z < tight.size[2]; ++z)
        for (int32_t y = 0; y < tight.size[1]; ++y) {
            const int64_t from = ((int64_t)(tight.first[2] - region.first[2] + z) * region.size[1] +
                                  (tight.first[1] - region.first[1] + y)) *
                                     region.size[0] +
                                 (tight.first[0] - region.first[0]);

            memcpy(voxels + ((int64_t)z * tight.size[1] + y) * tight.size[0], wide + from, (size_t)tight.size[0]);
        }
    *out_box = tight;
    *out_voxels = voxels;
done:
    free(wide);
    return status;
}
