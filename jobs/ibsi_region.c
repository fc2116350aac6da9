/* 1. the grid, and the whole image for filters
 * 2. the morphological mask
 * 3. the image
 * 4. the intensity mask
 * 5. all of it */
#include "jobs/ibsi_region.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/rois.h"
#include "kernels/ibsi/masks.h"
#include "kernels/ibsi/peak.h"

/* --- 1. the grid -------------------------------------------------------------------------------------------------- */

double rml_ibsi_meant_spacing(double stored)
{
    char text[32];

    if ((double)(float)stored != stored) return stored;
    for (int digits = 1; digits <= 9; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, stored);
        if (strtof(text, NULL) == (float)stored) return strtod(text, NULL);
    }
    return stored;
}

rml_status rml_ibsi_source_init(const rml_params *params, const rml_volume *image, double most_bytes,
                                rml_ibsi_source *source, rml_error *err)
{
    double wanted[3];
    rml_status status;

    *source = (rml_ibsi_source){.volume = *image, .same_grid = true, .most_bytes = most_bytes};
    for (int a = 0; a < 3; ++a) {
        double *spacing = &source->volume.grid.spacing[a];

        *spacing = rml_ibsi_meant_spacing(*spacing);
        wanted[a] = params->ibsi.spacing[a] > 0.0 ? params->ibsi.spacing[a] : *spacing;
        source->same_grid &= wanted[a] == *spacing;
    }
    status = rml_ibsi_grid_init(image->grid.size, source->volume.grid.spacing, wanted, &source->grid);
    if (status == RML_OK) return RML_OK;
    return rml_fail(err, RML_ESETTING, "resampledPixelSpacing %g %g %g makes a grid of more voxels than can be counted",
                    params->ibsi.spacing[0], params->ibsi.spacing[1], params->ibsi.spacing[2]);
}

rml_grid rml_ibsi_source_grid(const rml_ibsi_source *source)
{
    const rml_grid *stored = &source->volume.grid;
    rml_grid grid = *stored;

    for (int a = 0; a < 3; ++a) {
        grid.size[a] = source->grid.size[a];
        grid.spacing[a] = source->grid.spacing[a];
        for (int r = 0; r < 3; ++r)
            grid.origin[r] += stored->direction[r][a] * stored->spacing[a] * source->grid.first[a];
    }
    return grid;
}

void rml_ibsi_source_free(rml_ibsi_source *source)
{
    rml_patch_free(&source->whole);
}

/* A box of the interpolated image, malloc'ed. Where no axis is interpolated every method gives the voxels themselves.
 */
static rml_status interpolate(const rml_params *params, const rml_ibsi_source *source, const rml_box *box, double **out,
                              rml_error *err)
{
    const rml_ibsi_method method = source->same_grid ? RML_IBSI_NEAREST : params->ibsi.interpolator;
    const rml_box reach = rml_ibsi_interpolate_reach(&source->grid, box, method);
    const double bytes = 8.0 * (2.0 * (double)rml_box_voxels(&reach) + (double)rml_box_voxels(box));
    rml_patch patch = {0};
    rml_status status;

    *out = NULL;
    if (bytes > source->most_bytes)
        return rml_fail(err, RML_ECAPACITY, "%s%d x %d x %d voxels take %.2f GiB, more than the %.2f GiB there are",
                        source->same_grid ? "" : "on the grid of resampledPixelSpacing ", box->size[0], box->size[1],
                        box->size[2], bytes / 0x1p30, source->most_bytes / 0x1p30);
    status = rml_patch_cut(&(rml_patch_source){.volume = &source->volume}, &reach, RML_BORDER_NEAREST, &patch);
    if (status == RML_OK) {
        *out = malloc((size_t)rml_box_voxels(box) * sizeof **out);
        status = *out ? rml_ibsi_interpolate(&source->grid, box, method, &patch, *out) : RML_ENOMEM;
        rml_patch_free(&patch);
    }
    if (status == RML_OK) {
        if (params->ibsi.round) rml_ibsi_round(*out, rml_box_voxels(box));
        return RML_OK;
    }
    free(*out);
    *out = NULL;
    if (status == RML_EVALUE)
        return rml_fail(err, status,
                        "a voxel near the ROI is NaN or infinite, which a cubic spline spreads over all others");
    return rml_fail(err, status, "no memory for %d x %d x %d interpolated voxels", box->size[0], box->size[1],
                    box->size[2]);
}

rml_status rml_ibsi_source_seen(rml_ibsi_source *source, const rml_params *params, rml_ibsi_seen *seen, rml_error *err)
{
    const bool rounded = params->ibsi.round && (source->volume.scaled || rml_scalar_is_float(source->volume.stored));

    *seen = (rml_ibsi_seen){.source = {.volume = &source->volume}, .most_bytes = source->most_bytes};
    memcpy(seen->size, source->grid.size, sizeof seen->size);
    memcpy(seen->spacing, source->grid.spacing, sizeof seen->spacing);
    if (source->same_grid && !rounded) return RML_OK;
    if (source->whole.size[0] == 0 && source->made == RML_OK) {
        rml_box all = {{0, 0, 0}, {0, 0, 0}};

        memcpy(all.size, source->grid.size, sizeof all.size);
        source->made = interpolate(params, source, &all, &source->whole.voxels, &source->made_err);
        if (source->made == RML_OK) {
            memcpy(source->whole.size, source->grid.size, sizeof source->whole.size);
            memcpy(source->whole.spacing, source->grid.spacing, sizeof source->whole.spacing);
            source->whole.type = RML_FLOAT64;
        }
    }
    if (source->made != RML_OK) return rml_fail(err, source->made, "%s", source->made_err.text);
    seen->source = (rml_patch_source){.patch = &source->whole};
    return RML_OK;
}

/* --- 2. the morphological mask ------------------------------------------------------------------------------------ */

/* The ROI as an image, where interpolation reads it: 0 without its box, and beyond the border as within. */
static rml_status mask_patch(const rml_ibsi_source *source, const rml_box *box, const uint8_t *voxels,
                             const rml_box *reach, rml_patch *patch)
{
    const int32_t *size = source->volume.grid.size;
    double *to;

    *patch = (rml_patch){.type = RML_UINT8};
    memcpy(patch->size, reach->size, sizeof patch->size);
    memcpy(patch->spacing, source->volume.grid.spacing, sizeof patch->spacing);
    patch->voxels = to = calloc((size_t)rml_box_voxels(reach), sizeof *to);
    if (!to) return RML_ENOMEM;
    for (int32_t z = 0; z < reach->size[2]; ++z)
        for (int32_t y = 0; y < reach->size[1]; ++y, to += reach->size[0]) {
            const int32_t in_y =
                rml_border_place(RML_BORDER_NEAREST, (int64_t)reach->first[1] + y, size[1]) - box->first[1];
            const int32_t in_z =
                rml_border_place(RML_BORDER_NEAREST, (int64_t)reach->first[2] + z, size[2]) - box->first[2];

            if (in_y < 0 || in_y >= box->size[1] || in_z < 0 || in_z >= box->size[2]) continue;
            for (int32_t x = 0; x < reach->size[0]; ++x) {
                const int32_t in_x =
                    rml_border_place(RML_BORDER_NEAREST, (int64_t)reach->first[0] + x, size[0]) - box->first[0];

                if (in_x < 0 || in_x >= box->size[0]) continue;
                to[x] = voxels[((int64_t)in_z * box->size[1] + in_y) * box->size[0] + in_x];
            }
        }
    return RML_OK;
}

int64_t rml_ibsi_tighten(const uint8_t *mask, const rml_box *of, rml_box *tight)
{
    int32_t low[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, high[3] = {-1, -1, -1};
    int64_t n = 0;

    for (int32_t z = 0; z < of->size[2]; ++z)
        for (int32_t y = 0; y < of->size[1]; ++y, mask += of->size[0])
            for (int32_t x = 0; x < of->size[0]; ++x) {
                const int32_t at[3] = {x, y, z};

                if (!mask[x]) continue;
                ++n;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < low[a]) low[a] = at[a];
                    if (at[a] > high[a]) high[a] = at[a];
                }
            }
    for (int a = 0; a < 3; ++a) {
        tight->first[a] = of->first[a] + (n > 0 ? low[a] : 0);
        tight->size[a] = n > 0 ? high[a] - low[a] + 1 : 0;
    }
    return n;
}

/* Copies rows of what lies in both boxes, from one array to the other. */
static void copy_rows(const void *from, const rml_box *from_box, size_t n_bytes, void *to, const rml_box *to_box)
{
    int32_t first[3], end[3];

    for (int a = 0; a < 3; ++a) {
        const int32_t from_end = from_box->first[a] + from_box->size[a], to_end = to_box->first[a] + to_box->size[a];

        first[a] = from_box->first[a] > to_box->first[a] ? from_box->first[a] : to_box->first[a];
        end[a] = from_end < to_end ? from_end : to_end;
    }
    for (int32_t z = first[2]; z < end[2]; ++z)
        for (int32_t y = first[1]; y < end[1]; ++y) {
            const int64_t in =
                ((int64_t)(z - from_box->first[2]) * from_box->size[1] + y - from_box->first[1]) * from_box->size[0] +
                first[0] - from_box->first[0];
            const int64_t out =
                ((int64_t)(z - to_box->first[2]) * to_box->size[1] + y - to_box->first[1]) * to_box->size[0] +
                first[0] - to_box->first[0];

            memcpy((char *)to + (size_t)out * n_bytes, (const char *)from + (size_t)in * n_bytes,
                   (size_t)(end[0] - first[0]) * n_bytes);
        }
}

void rml_ibsi_crop(const double *from, const rml_box *wide, const rml_box *box, double *to)
{
    copy_rows(from, wide, sizeof *from, to, box);
}

rml_status rml_ibsi_place(const rml_params *params, const rml_ibsi_source *source, const rml_box *box,
                          const uint8_t *voxels, rml_ibsi_prepared *p, rml_error *err)
{
    const rml_ibsi_method method = source->same_grid ? RML_IBSI_NEAREST : params->ibsi.mask_interpolator;
    rml_box seen = *box, about, reach;
    rml_patch patch = {0};
    double *inside = NULL;
    uint8_t *mask = NULL;
    int64_t n;
    rml_status status;

    *p = (rml_ibsi_prepared){0};
    for (int a = 0; a < 3 && method == RML_IBSI_CUBIC; ++a) { /* a spline reaches one voxel further */
        seen.first[a] -= 1;
        seen.size[a] += 2;
    }
    about = rml_ibsi_interpolate_image_of(&source->grid, &seen);
    reach = rml_ibsi_interpolate_reach(&source->grid, &about, method);
    n = rml_box_voxels(&about);
    if (8.0 * ((double)n + (double)rml_box_voxels(&reach)) > source->most_bytes)
        return rml_fail(err, RML_ECAPACITY, "the ROI's %d x %d x %d voxels%s take more than %.2f GiB", about.size[0],
                        about.size[1], about.size[2], source->same_grid ? "" : " on the grid of resampledPixelSpacing",
                        source->most_bytes / 0x1p30);
    status = mask_patch(source, box, voxels, &reach, &patch);
    if (status == RML_OK) {
        inside = malloc((size_t)n * sizeof *inside);
        mask = calloc((size_t)n, 1);
        status = inside && mask ? rml_ibsi_interpolate(&source->grid, &about, method, &patch, inside) : RML_ENOMEM;
    }
    if (status == RML_OK) {
        rml_ibsi_mask(inside, n, params->ibsi.mask_threshold, mask);
        p->n_morphological = rml_ibsi_tighten(mask, &about, &p->box);
        if (p->n_morphological > 0) {
            p->morphological = malloc((size_t)rml_box_voxels(&p->box));
            if (p->morphological)
                copy_rows(mask, &about, 1, p->morphological, &p->box);
            else
                status = RML_ENOMEM;
        }
    }
    free(mask);
    free(inside);
    rml_patch_free(&patch);
    if (status != RML_OK) return rml_fail(err, status, "no memory for the ROI's mask");
    if (p->n_morphological > 0) return RML_OK;
    return rml_fail(err, RML_EROI, "no voxel of the new grid is in the ROI");
}

/* --- 3. the image ------------------------------------------------------------------------------------------------- */

static void widen(const rml_params *params, const rml_ibsi_grid *grid, rml_ibsi_prepared *p)
{
    const rml_margin margin = rml_ibsi_peak_margin(grid->spacing);

    p->wide = p->box;
    if (!params->ibsi.wanted[RML_IBSI_LOCAL]) return;
    p->wide = rml_margin_box(&p->box, &margin);
    for (int a = 0; a < 3; ++a) { /* what lies beyond the grid is not there */
        int32_t end = p->wide.first[a] + p->wide.size[a];

        if (end > grid->size[a]) end = grid->size[a];
        if (p->wide.first[a] < 0) p->wide.first[a] = 0;
        p->wide.size[a] = end - p->wide.first[a];
    }
}

/* From a voxel of the grid that is no number to one of the stored image that it is made from and that is none. */
static void find_stored(const rml_params *params, const rml_ibsi_source *source, int32_t index[3])
{
    const rml_ibsi_method method = source->same_grid ? RML_IBSI_NEAREST : params->ibsi.interpolator;
    const rml_box one = {{index[0], index[1], index[2]}, {1, 1, 1}};
    const rml_box reach = rml_ibsi_interpolate_reach(&source->grid, &one, method);
    int32_t at[3];

    for (int64_t v = 0; v < rml_box_voxels(&reach); ++v) {
        const int64_t off[3] = {v % reach.size[0], v / reach.size[0] % reach.size[1],
                                v / reach.size[0] / reach.size[1]};
        double value;

        for (int a = 0; a < 3; ++a)
            at[a] = rml_border_place(RML_BORDER_NEAREST, reach.first[a] + off[a], source->volume.grid.size[a]);
        rml_volume_row(&source->volume, at[0], 1, at[1], at[2], &value);
        if (isfinite(value)) continue;
        memcpy(index, at, sizeof at);
        return;
    }
}

/* Voxels of the ROI that are no numbers, which leave its masks. */
static int64_t drop(const rml_ibsi_prepared *p, const double *image, int32_t first_invalid[3])
{
    int64_t n = 0, i = 0;

    for (int32_t z = 0; z < p->box.size[2]; ++z)
        for (int32_t y = 0; y < p->box.size[1]; ++y)
            for (int32_t x = 0; x < p->box.size[0]; ++x, ++i) {
                const int32_t at[3] = {x, y, z};

                if (!p->morphological[i] || isfinite(image[i])) continue;
                for (int a = 0; a < 3 && n == 0; ++a) first_invalid[a] = p->box.first[a] + at[a];
                p->morphological[i] = 0;
                ++n;
            }
    return n;
}

/* --- 4. the intensity mask ---------------------------------------------------------------------------------------- */

static rml_status make_intensity(const rml_params *params, const double *image, rml_ibsi_prepared *p, rml_error *err)
{
    const int64_t n = rml_box_voxels(&p->box);
    rml_box tight;
    rml_status status = RML_OK;

    p->intensity = malloc((size_t)n);
    p->wide_intensity = calloc((size_t)rml_box_voxels(&p->wide), 1);
    if (!p->intensity || !p->wide_intensity) return rml_fail(err, RML_ENOMEM, "no memory for the intensity mask");
    memcpy(p->intensity, p->morphological, (size_t)n);
    rml_ibsi_resegment(image, n, params->ibsi.low, params->ibsi.high, p->intensity, &p->n_intensity);
    if (p->n_intensity == 0)
        return rml_fail(err, RML_EROI, "no voxel of the ROI is in resegmentRange %g to %g", params->ibsi.low,
                        params->ibsi.high);
    if (params->ibsi.outlier_sigma > 0.0)
        status = rml_ibsi_outliers(image, n, params->ibsi.outlier_sigma, p->intensity, &p->n_intensity);
    if (status != RML_OK) return rml_fail(err, status, "outliers could not be found (%s)", rml_status_name(status));
    if (p->n_intensity == 0)
        return rml_fail(err, RML_EROI,
                        "no voxel of the ROI is within %g standard deviations of its mean (outlierSigma)",
                        params->ibsi.outlier_sigma);
    rml_ibsi_tighten(p->intensity, &p->box, &tight);
    status = rml_rois_check_size(params, tight.size, p->n_intensity,
                                 p->n_intensity < p->n_morphological ? " after re-segmentation" : "", err);
    if (status != RML_OK) return status;
    copy_rows(p->intensity, &p->box, 1, p->wide_intensity, &p->wide);
    return RML_OK;
}

/* --- 5. all of it ------------------------------------------------------------------------------------------------- */

void rml_ibsi_prepared_free(rml_ibsi_prepared *p)
{
    free(p->image);
    free(p->morphological);
    free(p->intensity);
    free(p->wide_intensity);
    *p = (rml_ibsi_prepared){0};
}

rml_status rml_ibsi_prepare(const rml_params *params, const rml_ibsi_source *source, const rml_box *box,
                            const uint8_t *voxels, bool drop_invalid, rml_ibsi_prepared *p, int64_t *n_invalid,
                            int32_t first_invalid[3], rml_error *err)
{
    double *image = NULL;
    rml_status status;

    *n_invalid = 0;
    status = rml_ibsi_place(params, source, box, voxels, p, err);
    if (status != RML_OK) return status;
    widen(params, &source->grid, p);
    status = interpolate(params, source, &p->wide, &p->image, err);
    if (status != RML_OK) return status;
    image = malloc((size_t)rml_box_voxels(&p->box) * sizeof *image);
    if (!image) return rml_fail(err, RML_ENOMEM, "no memory for the ROI's voxels");
    rml_ibsi_crop(p->image, &p->wide, &p->box, image);
    *n_invalid = drop(p, image, first_invalid);
    if (*n_invalid > 0) find_stored(params, source, first_invalid);
    p->n_morphological -= *n_invalid;
    if (*n_invalid > 0 && (!drop_invalid || p->n_morphological == 0))
        status = rml_fail(err, drop_invalid ? RML_EEMPTY : RML_EVALUE, "voxels of the ROI are NaN or infinite");
    if (status == RML_OK) status = make_intensity(params, image, p, err);
    free(image);
    return status;
}

/* --- 6. what it was on the way ------------------------------------------------------------------------------------ */

static rml_status diagnose(const rml_ibsi_prepared *p, uint8_t *mask, int64_t n, const rml_grid *grid,
                           rml_diagnosed stage, rml_diagnostics *diagnostics)
{
    static const int32_t none[3] = {0, 0, 0};
    const int64_t n_box = rml_box_voxels(&p->box);
    rml_roi roi = {.box = p->box, .type = RML_FLOAT64, .n_voxels = n, .mask = mask};
    double *image = calloc((size_t)n_box, sizeof *image);
    int64_t taken = 0;
    rml_status status;

    if (!image) return RML_ENOMEM;
    rml_ibsi_crop(p->image, &p->wide, &p->box, image);
    for (int64_t i = 0; i < n_box; ++i) /* to the front, over what is read already */
        if (mask[i]) image[taken++] = image[i];
    roi.values = image;
    status = rml_diagnostics_roi(diagnostics, stage, grid, none, &roi);
    free(image);
    return status;
}

rml_status rml_ibsi_diagnose(const rml_params *params, const rml_ibsi_source *source, const rml_ibsi_prepared *p,
                             rml_diagnostics *diagnostics)
{
    const rml_grid grid = rml_ibsi_source_grid(source);
    rml_status status = RML_OK;

    if (!source->same_grid)
        status = diagnose(p, p->morphological, p->n_morphological, &grid, RML_MASK_INTERPOLATED, diagnostics);
    if (status == RML_OK && rml_ibsi_resegments(params))
        status = diagnose(p, p->intensity, p->n_intensity, &grid, RML_MASK_RESEGMENTED, diagnostics);
    return status;
}

bool rml_ibsi_resegments(const rml_params *params)
{
    return isfinite(params->ibsi.low) || isfinite(params->ibsi.high) || params->ibsi.outlier_sigma > 0.0;
}
