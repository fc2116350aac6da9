#include "jobs/memory.h"

#include <math.h>

#include "jobs/filtered.h"
#include "jobs/ibsi_memory.h"
#include "jobs/regions.h"
#include "jobs/rois.h"
#include "kernels/base/kept.h"
#include "kernels/base/volume.h"
#include "kernels/image/resample_spline.h"

/* Measured, as a rank that has computed a small case (RML_MEMORY_OF_A_RANK): bytes beside the ROI's mask for a voxel of
 * the box (levels, which are the picture, zones, bits of equality) and for a voxel of the ROI (its value; its level,
 * sizes and runs). */
static const double OF_A_PICTURE = 2.5, OF_A_ZONE = 4.5, OF_A_VALUE = 8.0, OF_A_ROI_VOXEL = 6.0;
static const double PAGE =
    4096.0; /* of what is as large as the box, pages that no voxel of the ROI lies on stay untouched */

bool rml_memory_of_whole(const rml_params *params)
{
    return params->is_ibsi || params->normalise || params->resample || rml_params_has_filter(params);
}

/* Where a ROI lies once it is cut out: in the image itself, or in a region of its own. */
typedef struct rml_place {
    int32_t size[3]; /* of what it lies in */
    double spacing[3];
    rml_box box;            /* of the ROI in it */
    double n_box, n_voxels; /* of the ROI there */
    double held;            /* bytes of the region for as long as the ROI is computed: values and mask */
    double filling;         /* bytes of all of it while it is filled */
} rml_place;

/* The larger grids are refused; below it sizes and margins add up in 32 bits. */
enum { MOST_EXTENT = 1 << 28 };

/* Bytes that filling takes at its most beside the mask: spline coefficients, first as all slices that settle them and
 * as what is read of them; then that and the planes that are made of it along x and y, and the region itself. */
static double bytes_filling(const rml_params *params, const rml_grid *grid, const int32_t size[3],
                            const double spacing[3])
{
    const double taps = rml_resample_reach(params->interpolator).n;
    const double n_new = (double)size[0] * size[1] * size[2];
    double n_field = 1.0, n_lines = 1.0, field[3], planes;

    for (int axis = 0; axis < 3; ++axis) {
        const double whole = grid->size[axis];

        field[axis] = fmin(ceil(size[axis] * spacing[axis] / grid->spacing[axis]), whole) + taps;
        n_field *= field[axis];
        n_lines *= axis < 2 ? field[axis] : fmin(field[axis] + 2.0 * RML_SPLINE_HALO, whole);
    }
    planes = (double)size[0] * size[1] * field[2] + (double)size[0] * field[1];
    if (params->interpolator != RML_INTERPOLATE_BSPLINE) n_lines = 0.0;
    return 8.0 * n_field + 8.0 * fmax(n_lines, n_new + planes);
}

/* Onto the new grid, by PyRadiomics' arithmetic, as far as the mask's header tells it. */
static void place_resampled(const rml_params *params, const rml_grid *grid, const rml_box *box, rml_place *place)
{
    double n_new = 1.0;
    bool interpolated = false;

    for (int axis = 0; axis < 3; ++axis) {
        const double old = grid->spacing[axis], wanted = params->resample_spacing[axis],
                     new = wanted > 0.0 && box->size[axis] > 1 ? wanted : old, ratio = old / new;
        const double first = box->first[axis], end = first + box->size[axis];
        const double low = fmax(floor((first - 0.5) * ratio - params->pad_distance), 0.0);
        const double high =
            fmin(ceil((end - 0.5) * ratio + params->pad_distance), ceil(grid->size[axis] * ratio) - 1.0);
        const double n = fmin(high - low + 1.0, MOST_EXTENT), n_roi = fmin(ceil(box->size[axis] * ratio), n);

        interpolated = interpolated || fabs(old - new) > 1e-8 + 1e-5 * new;
        place->size[axis] = (int32_t)n;
        place->spacing[axis] = new;
        place->box.size[axis] = (int32_t)n_roi;
        place->box.first[axis] = (int32_t)fmin(fmax(floor(first * ratio) - low, 0.0), n - n_roi);
        place->n_box *= n_roi / box->size[axis];
        place->n_voxels *= n_roi / box->size[axis];
        n_new *= n;
    }
    place->held = 9.0 * n_new;
    if (interpolated) place->filling = n_new + bytes_filling(params, grid, place->size, place->spacing);
}

/* Into PyRadiomics' preCrop. */
static void place_cropped(const rml_params *params, const rml_grid *grid, const rml_box *box, rml_place *place)
{
    double n_new = 1.0;

    for (int axis = 0; axis < 3; ++axis) {
        const double first = fmax(box->first[axis] - params->pad_distance, 0.0),
                     end = fmin((double)box->first[axis] + box->size[axis] + params->pad_distance, grid->size[axis]);

        place->size[axis] = (int32_t)(end - first);
        place->box.first[axis] = box->first[axis] - (int32_t)first;
        n_new *= end - first;
    }
    place->held = 9.0 * n_new;
}

static rml_place place_of(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                          int64_t n_voxels)
{
    rml_place place = {.box = *box, .n_box = (double)rml_box_voxels(box), .n_voxels = (double)n_voxels};

    for (int axis = 0; axis < 3; ++axis) {
        place.size[axis] = grid->size[axis];
        place.spacing[axis] = grid->spacing[axis];
    }
    if (resampled && params->resample)
        place_resampled(params, grid, box, &place);
    else if (!params->resample && rml_params_has_region(params))
        place_cropped(params, grid, box, &place);
    return place;
}

/* What a thread keeps of a buffer until it is needed again. */
static double kept(double bytes)
{
    return bytes <= (double)RML_KEPT_MOST ? bytes : 0.0;
}

/* What a filter takes beside the images that it makes. *stays: what of it is there while features are computed. */
static double bytes_of_filter(const rml_params *params, const rml_image_type *type, const rml_place *place,
                              double *stays)
{
    const rml_box wide = rml_filtered_patch(type, place->size, place->spacing, &place->box);
    const double along = (double)wide.size[0] * wide.size[1], n = along * wide.size[2];

    *stays = 0.0;
    switch (type->filter) {
    case RML_LOG: /* an image after one pass, and one after two; in float32 where that loses nothing */
        if (params->normalise) return 16.0 * n;
        *stays = kept(4.0 * n);
        return 12.0 * n;
    case RML_WAVELET: /* bands of a slab of slices, and what further levels start from */
        return 8.0 * n + 8.0 * 4.0 * along * 2.0 * (wide.size[2] - place->box.size[2] + 8.0) +
               (type->level + type->start_level > 1 ? 16.0 * n : 0.0);
    case RML_LBP_3D: return 8.0 * n + 8.0 * type->n_images * place->n_box; /* the images a second time */
    case RML_LBP_2D: return 12.0 * n;
    case RML_GRADIENT: return 8.0 * n;
    default: return 0.0; /* in place */
    }
}

/* The most that image types take beside the ROI's mask and values: one after the other, each first its filter, and then
 * the classes beside all the images that it makes.
 * scratch  in  of the classes, over an image; picture: what of it is given back with the image */
static double bytes_of_types(const rml_params *params, const rml_place *place, double scratch, double picture)
{
    double most = scratch, left = 0.0;

    for (int32_t t = 0; t < params->n_types; ++t) {
        const rml_image_type *type = &params->type[t];
        const double made = 8.0 * (place->n_voxels + type->n_images * place->n_box);
        double work, stays;

        if (type->filter != RML_ORIGINAL) {
            work = bytes_of_filter(params, type, place, &stays);
            most = fmax(most, made + fmax(work + left, stays + scratch));
        }
        left = kept(scratch - picture);
    }
    return most;
}

/* resampled: on the grid that the parameters ask for; else on the mask's. */
static double bytes_of_place(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                             int64_t n_voxels)
{
    const rml_place place = place_of(params, resampled, grid, box, n_voxels);
    const double n = place.n_box, n_roi = place.n_voxels;
    const double of_box = OF_A_PICTURE + (params->wanted[RML_GLSZM] ? OF_A_ZONE : 0.0);
    const double scratch = fmin(n_roi * PAGE, n * of_box) + n_roi * OF_A_ROI_VOXEL;
    const double picture = fmin(scratch, n * OF_A_PICTURE), before = (double)rml_box_voxels(box);
    double bytes = n + n_roi * OF_A_VALUE;

    if (params->resegment.n_bounds > 0) bytes += 2.0 * n + n_roi * 9.0; /* a second ROI, and the mask under it */
    bytes += bytes_of_types(params, &place, scratch, picture);
    if (place.held > 0.0) bytes += before + place.held; /* what the mask leaves behind is too small to be given back */
    return fmax(bytes, before + place.filling);
}

static int64_t bytes_of_roi(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                            int64_t n_voxels)
{
    const double bytes = params->is_ibsi
                             ? (double)rml_box_voxels(box) + rml_ibsi_bytes(params, resampled, grid, box, n_voxels)
                             : bytes_of_place(params, resampled, grid, box, n_voxels);

    return bytes < 0x1p62 ? (int64_t)bytes : INT64_MAX / 2;
}

void rml_memory_add_roi(rml_memory_rois *rois, const rml_params *params, const rml_grid *grid, const rml_box *box,
                        int64_t n_voxels)
{
    const int64_t bytes = bytes_of_roi(params, true, grid, box, n_voxels),
                  as_is = bytes_of_roi(params, false, grid, box, n_voxels);

    rml_memory_join(rois, &(rml_memory_rois){.any = true, .box = *box, .largest = bytes, .as_is = as_is});
}

void rml_memory_join(rml_memory_rois *rois, const rml_memory_rois *more)
{
    if (!more->any) return;
    if (more->largest > rois->largest) rois->largest = more->largest;
    if (more->as_is > rois->as_is) rois->as_is = more->as_is;
    if (!rois->any) rois->box = more->box;
    rml_box_join(&rois->box, &more->box);
    rois->any = true;
}

int64_t rml_memory_of_mask(const rml_volume_info *mask)
{
    return RML_MEMORY_OF_A_RANK + mask->memory_bytes;
}

int64_t rml_memory_of_image(const rml_volume_info *image, const rml_volume_info *mask, const rml_memory_rois *rois,
                            bool whole)
{
    const int64_t slice = image->memory_bytes / image->grid.size[2];

    if (!rois->any) return RML_MEMORY_OF_A_RANK;
    return RML_MEMORY_OF_A_RANK + (whole || image->compressed ? image->memory_bytes : slice * rois->box.size[2]) +
           rml_box_voxels(&rois->box) * (int64_t)rml_scalar_bytes(mask->stored) + rois->largest;
}
