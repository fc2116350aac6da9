#include "kernels/preprocess/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/preprocess/frame.h"

#define SINGULAR "the directions of image or mask are singular"

rml_status rml_grid_match(const rml_grid *image, const rml_grid *mask, double tolerance, rml_error *err)
{
    const double bound = fabs(tolerance * mask->spacing[0]);

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

/* PyRadiomics' test: the box's two opposite corners, in the image's index space. */
static rml_status check_inside(const rml_frame *from, const rml_frame *to, const rml_grid *image, const rml_box *box,
                               rml_error *err)
{
    double corner[2][3];

    for (int k = 0; k < 2; ++k) {
        double index[3];

        for (int a = 0; a < 3; ++a) index[a] = (double)box->first[a] - 0.5 + (k ? (double)box->size[a] : 0.0);
        rml_frame_map(from, to, index, corner[k]);
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
static bool reach(const rml_frame *from, const rml_frame *to, const rml_grid *image, const rml_box *box,
                  rml_box *region)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};

    for (int k = 0; k < 8; ++k) {
        double index[3], mapped[3];

        for (int a = 0; a < 3; ++a) index[a] = (double)box->first[a] - 0.5 + (k >> a & 1 ? (double)box->size[a] : 0.0);
        rml_frame_map(from, to, index, mapped);
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

static bool holds(const rml_box *box, const uint8_t *voxels, const double index[3])
{
    int64_t at[3];

    for (int a = 0; a < 3; ++a) {
        const double nearest = floor(index[a] + 0.5) - box->first[a]; /* halves up */

        if (!(nearest >= 0.0 && nearest < box->size[a])) return false;
        at[a] = (int64_t)nearest;
    }
    return voxels[(at[2] * box->size[1] + at[1]) * box->size[0] + at[0]] != 0;
}

/* Nearest neighbour: out[region] = 1 where the image voxel's centre falls into a ROI voxel. tight's size is 0 when none
 * does. As in ITK only the first index of a row and the one past its end are mapped, and those between lie on the line:
 * where the mask is twice as fine, every centre is half-way between two of its voxels, and rounding decides. */
static void sample(const rml_frame *image, const rml_frame *mask, int32_t n_x, const rml_box *region,
                   const rml_box *box, const uint8_t *voxels, uint8_t *out, rml_box *tight)
{
    int32_t first[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, last[3] = {-1, -1, -1}, at[3];

    for (at[2] = region->first[2]; at[2] < region->first[2] + region->size[2]; ++at[2])
        for (at[1] = region->first[1]; at[1] < region->first[1] + region->size[1]; ++at[1]) {
            double start[3], end[3], index[3];

            rml_frame_map(image, mask, (double[3]){0.0, at[1], at[2]}, start);
            rml_frame_map(image, mask, (double[3]){n_x, at[1], at[2]}, end);
            for (at[0] = region->first[0]; at[0] < region->first[0] + region->size[0]; ++at[0], ++out) {
                const double part = (double)at[0] / (double)n_x;

                for (int a = 0; a < 3; ++a) index[a] = start[a] + part * (end[a] - start[a]);
                *out = holds(box, voxels, index);
                if (!*out) continue;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < first[a]) first[a] = at[a];
                    if (at[a] > last[a]) last[a] = at[a];
                }
            }
        }
    for (int a = 0; a < 3; ++a) {
        tight->first[a] = first[a];
        tight->size[a] = last[a] < 0 ? 0 : last[a] - first[a] + 1;
    }
}

rml_status rml_grid_holds(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box, rml_error *err)
{
    rml_frame image_frame, mask_frame;

    if (!rml_frame_of(image, &image_frame) || !rml_frame_of(mask, &mask_frame))
        return rml_fail(err, RML_EGEOMETRY, SINGULAR);
    return check_inside(&mask_frame, &image_frame, image, mask_box, err);
}

rml_status rml_grid_sample(const rml_grid *grid, const rml_grid *mask, const rml_box *mask_box,
                           const uint8_t *mask_voxels, uint8_t *out, rml_box *tight, rml_error *err)
{
    const rml_box whole = {.size = {grid->size[0], grid->size[1], grid->size[2]}};
    rml_frame grid_frame, mask_frame;

    if (!rml_frame_of(grid, &grid_frame) || !rml_frame_of(mask, &mask_frame))
        return rml_fail(err, RML_EGEOMETRY, SINGULAR);
    sample(&grid_frame, &mask_frame, grid->size[0], &whole, mask_box, mask_voxels, out, tight);
    if (tight->size[0] == 0) return rml_fail(err, RML_EROI, "no voxel of the ROI remains on the new grid");
    return RML_OK;
}

rml_status rml_grid_correct(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                            const uint8_t *mask_voxels, rml_box *out_box, uint8_t **out_voxels, rml_error *err)
{
    rml_frame image_frame, mask_frame;
    rml_box region, tight;
    uint8_t *wide = NULL, *voxels = NULL;
    rml_status status = RML_OK;

    *out_voxels = NULL;
    if (!rml_frame_of(image, &image_frame) || !rml_frame_of(mask, &mask_frame))
        return rml_fail(err, RML_EGEOMETRY, SINGULAR);
    status = check_inside(&mask_frame, &image_frame, image, mask_box, err);
    if (status != RML_OK) return status;
    if (!reach(&mask_frame, &image_frame, image, mask_box, &region))
        return rml_fail(err, RML_EROI, "no voxel of the ROI lies on the image's grid");
    wide = malloc((size_t)region.size[0] * (size_t)region.size[1] * (size_t)region.size[2]);
    if (!wide) return rml_fail(err, RML_ENOMEM, "no memory for the corrected mask");
    sample(&image_frame, &mask_frame, image->size[0], &region, mask_box, mask_voxels, wide, &tight);
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
