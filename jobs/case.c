/* One case, from its two paths to the rows of its ROIs.
 *
 * The mask comes first and is reduced to the box of the ROIs that are wanted before the image is read, so that the two
 * volumes are never in memory together. Of the image only the ROIs' voxels are ever converted to double.
 *
 * 1. what is wanted      labels of each row, found in the mask
 * 2. reading             mask, cut, image
 * 3. one ROI             cut out, normalised, computed
 * 4. the case
 */
#include "jobs/case.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/volume.h"
#include "jobs/diagnostics.h"
#include "jobs/features.h"
#include "jobs/filtered.h"
#include "jobs/ibsi_features.h"
#include "jobs/memory.h"
#include "jobs/regions.h"
#include "jobs/rois.h"
#include "kernels/preprocess/cut.h"
#include "kernels/preprocess/grid.h"
#include "kernels/preprocess/labels.h"
#include "kernels/preprocess/normalise.h"
#include "kernels/preprocess/summary.h"

typedef struct rml_reading {
    rml_volume_file *image_file, *mask_file;
    rml_volume_info image_info, mask_info;
    rml_volume image, mask; /* mask: cut to mask_box, its index (0,0,0) at mask_box.first */
    rml_memory_rois rois;   /* that are wanted and there */
    int64_t granted;        /* bytes that this case may take */
    double most_bytes;      /* that a resampled or cropped region may take */
    rml_box mask_box;
    rml_labels labels;
    bool regrid;   /* image and mask lie on different grids and correctMask brings them together */
    bool one_file; /* image and mask are the same */
    rml_normalisation normalisation;
    rml_status
        image_status;      /* the image could not be read or normalised, though its header could: only ROIs that are */
    rml_stage image_stage; /* in the mask fail for it, so that what becomes of a row does not hang on its neighbours */
    rml_error image_err;
    rml_ibsi_source ibsi; /* of profile ibsi, once the image is read */
    uint64_t image_checksum, mask_checksum;
    rml_diagnosis image_diagnosis; /* with additionalInfo */
    char mask_hash[RML_SHA1_TEXT];
    double seconds_read, seconds_normalise;
} rml_reading;

static void reading_free(rml_reading *reading)
{
    rml_ibsi_source_free(&reading->ibsi);
    rml_volume_free(&reading->image);
    rml_volume_free(&reading->mask);
    rml_labels_free(&reading->labels);
    rml_volume_close(reading->image_file);
    rml_volume_close(reading->mask_file);
}

/* --- 1. what is wanted ------------------------------------------------------------------------------------------- */

/* A row's label text and the ROIs that it names in this mask ("all" is known only now). */
typedef struct rml_wish {
    rml_label_spec spec;
    rml_label_set *all; /* [n_rois] when the text says "all"; its labels lie in the table of labels */
    uint32_t *all_labels;
    const rml_label_set *roi;
    int32_t n_rois;
    rml_status status;
    rml_error err;
} rml_wish;

/* Forgets what a mask made of it. */
static void wish_clear(rml_wish *wish)
{
    free(wish->all);
    free(wish->all_labels);
    wish->all = NULL;
    wish->all_labels = NULL;
    wish->n_rois = 0;
}

static void wish_free(rml_wish *wish)
{
    rml_label_spec_free(&wish->spec);
    wish_clear(wish);
}

static rml_status wish_resolve(rml_wish *wish, const rml_labels *labels, const char *mask_name, rml_error *err)
{
    wish->roi = wish->spec.roi;
    wish->n_rois = wish->spec.n_rois;
    if (!wish->spec.all) return RML_OK;
    if (labels->n == 0) return rml_rois_absent(labels, mask_name, "all", err);
    wish->all = malloc((size_t)labels->n * sizeof *wish->all);
    wish->all_labels = malloc((size_t)labels->n * sizeof *wish->all_labels);
    if (!wish->all || !wish->all_labels) return rml_fail(err, RML_ENOMEM, "no memory for %d labels", labels->n);
    for (int32_t i = 0; i < labels->n; ++i) {
        wish->all_labels[i] = labels->label[i].label;
        wish->all[i] = (rml_label_set){.n = 1, .label = &wish->all_labels[i]};
    }
    wish->roi = wish->all;
    wish->n_rois = labels->n;
    return RML_OK;
}

/* Every ROI of every wish that is in the mask. */
static void find_rois(const rml_wish *wishes, int32_t n, const rml_labels *labels, const rml_params *params,
                      const rml_grid *grid, rml_memory_rois *rois)
{
    *rois = (rml_memory_rois){0};
    for (int32_t w = 0; w < n; ++w)
        for (int32_t r = 0; r < wishes[w].n_rois; ++r) {
            rml_box box;
            int64_t n_voxels;

            if (rml_rois_find(labels, &wishes[w].roi[r], &box, &n_voxels))
                rml_memory_add_roi(rois, params, grid, &box, n_voxels);
        }
}

/* --- 2. reading -------------------------------------------------------------------------------------------------- */

/* Whether a sentence begins with the path, of which rml_fail makes blanks of control characters. */
static bool begins_with(const char *sentence, const char *path)
{
    rml_error alone = {0};

    (void)rml_fail(&alone, RML_OK, "%s", path);
    return strncmp(sentence, alone.text, strlen(path)) == 0;
}

/* Puts the mark where a reader's sentence begins with the path. */
static void mark(rml_error *err, const char *path, const char *name)
{
    rml_error shorter = {.status = err->status};

    if (err->status == RML_OK || !begins_with(err->text, path)) return;
    rml_fail(&shorter, err->status, "%s%s", name, err->text + strlen(path));
    *err = shorter;
}

/* Keeps of the mask what lies in the box, as it is stored. */
static rml_status keep_box(rml_volume *mask, const rml_box *box, rml_error *err)
{
    const size_t bytes = rml_scalar_bytes(mask->stored), row_bytes = bytes * (size_t)box->size[0];
    const int64_t nx = mask->grid.size[0], ny = mask->grid.size[1];
    unsigned char *kept = malloc(row_bytes * (size_t)box->size[1] * (size_t)box->size[2]), *out = kept;

    if (!kept)
        return rml_fail(err, RML_ENOMEM, "no memory for the mask's %d x %d x %d voxels", box->size[0], box->size[1],
                        box->size[2]);
    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y) {
            const int64_t index =
                ((int64_t)(box->first[2] + z - mask->first_slice) * ny + box->first[1] + y) * nx + box->first[0];
            const unsigned char *in = mask->voxels + (size_t)(index * mask->step) * bytes;

            for (int32_t x = 0; x < box->size[0]; ++x, in += (size_t)mask->step * bytes, out += bytes)
                memcpy(out, in, bytes);
        }
    free(mask->memory);
    mask->memory = kept;
    mask->voxels = kept;
    mask->step = 1;
    mask->first_slice = 0;
    mask->n_slices = box->size[2];
    for (int32_t axis = 0; axis < 3; ++axis) mask->grid.size[axis] = box->size[axis];
    return RML_OK;
}

/* Headers are believed now, so what the hand-out could only guess from the files' sizes is known. */
static rml_status reserve(const rml_case *job, rml_reading *reading, const char *name, int64_t needed, rml_error *err)
{
    rml_status status;

    if (!job->need || needed <= reading->granted) return RML_OK;
    status = job->need(job->context, needed, true);
    if (status == RML_OK) reading->granted = needed;
    if (status == RML_ECAPACITY)
        return rml_fail(err, status, "%s: needs %.2f GiB of memory, and a node has %.2f GiB for all ranks (--memory)",
                        name, (double)needed / 0x1p30, (double)job->memory_limit / 0x1p30);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: nobody waits for this case any more", name);
}

/* What is computed must be what the key names: a file that was written since the cohort was read has another key now.
 * Asked of what is open, and once more when it has been read. */
static rml_status check_state(const rml_case *job, const rml_volume_file *file, const char *name, rml_case_file which,
                              rml_error *err)
{
    const rml_file_state *then = &job->state[which];
    rml_file_state now[2];

    if (!job->watched) return RML_OK;
    rml_volume_state(file, &now[0], &now[1]);
    for (int f = 0; f < 2; ++f) {
        const char *what = f == 0 ? "" : "its data file ";

        if (rml_file_unchanged(&now[f], &then[f]) || (f == 1 && then[f].n_bytes == -1)) continue;
        if (now[f].n_bytes != then[f].n_bytes && then[f].n_bytes >= 0)
            return rml_fail(
                err, RML_EIO,
                "%s: %shas changed since the cohort was read: %lld bytes, expected %lld; --resume computes it "
                "as it is now",
                name, what, (long long)now[f].n_bytes, (long long)then[f].n_bytes);
        return rml_fail(err, RML_EIO,
                        "%s: %shas changed since the cohort was read, by its time; --resume computes it as it is now",
                        name, what);
    }
    return RML_OK;
}

static rml_status read_mask(const rml_case *job, rml_reading *reading, rml_error *err)
{
    const rml_volume_info *info = &reading->mask_info;
    rml_status status = rml_volume_open(job->mask, &reading->mask_file, &reading->mask_info, err);
    int32_t component = 0;

    mark(err, job->mask, RML_MASK_MARK);
    if (status == RML_OK) status = check_state(job, reading->mask_file, RML_MASK_MARK, RML_MASK_FILE, err);
    if (status == RML_OK) status = reserve(job, reading, RML_MASK_MARK, rml_memory_of_mask(info), err);
    if (status != RML_OK) return status;
    if (info->n_components > 1) {
        component = job->label_channel;
        if (component >= info->n_components)
            return rml_fail(err, RML_ESETTING, "%s: label_channel %d, but each voxel has %d values (channels 0 to %d)",
                            RML_MASK_MARK, component, info->n_components, info->n_components - 1);
    }
    status = rml_volume_load(reading->mask_file, 0, info->grid.size[2], component, &reading->mask,
                             &reading->mask_checksum, err);
    mark(err, job->mask, RML_MASK_MARK);
    if (status == RML_OK) status = check_state(job, reading->mask_file, RML_MASK_MARK, RML_MASK_FILE, err);
    if (status != RML_OK) return status;
    status = rml_labels_scan(&reading->mask, &reading->labels, err);
    if (status != RML_OK) {
        rml_error inner = *err;

        return rml_fail(err, status, "%s: %s", RML_MASK_MARK, inner.text);
    }
    if (job->hashes) rml_summary_mask_hash(&reading->mask, reading->mask_hash);
    return RML_OK;
}

static rml_status open_image(const rml_case *job, rml_reading *reading, rml_error *err)
{
    rml_status status = rml_volume_open(job->image, &reading->image_file, &reading->image_info, err);

    mark(err, job->image, RML_IMAGE_MARK);
    if (status == RML_OK) status = check_state(job, reading->image_file, RML_IMAGE_MARK, RML_IMAGE_FILE, err);
    if (status != RML_OK) return status;
    if (reading->image_info.n_components > 1)
        return rml_fail(err, RML_EUNSUPPORTED,
                        "%s: each voxel has %d values; an image of one value a voxel was expected", RML_IMAGE_MARK,
                        reading->image_info.n_components);
    return RML_OK;
}

static rml_status match_grids(const rml_params *params, rml_reading *reading, rml_error *err)
{
    rml_error inner = {0};
    const rml_status status =
        rml_grid_match(&reading->image_info.grid, &reading->mask_info.grid, params->geometry_tolerance, &inner);

    if (status == RML_OK || params->resample)
        return RML_OK; /* a new grid is made from the mask's, whatever the image's */
    if (status == RML_EGEOMETRY && params->correct_mask) {
        reading->regrid = true;
        return RML_OK;
    }
    return rml_fail(err, status, "%s does not lie on the grid of %s: %s", RML_MASK_MARK, RML_IMAGE_MARK, inner.text);
}

static rml_status read_image(const rml_case *job, const rml_params *params, rml_reading *reading, rml_error *err)
{
    const bool all = reading->regrid || rml_memory_of_whole(params);
    const int32_t first = all ? 0 : reading->mask_box.first[2];
    const int32_t n = all ? reading->image_info.grid.size[2] : reading->mask_box.size[2];
    const double begun = rml_seconds();
    int64_t n_bad = 0;
    rml_status status =
        rml_diagnostics_load(reading->image_file, first, n, params->additional_info ? &reading->image_diagnosis : NULL,
                             job->hashes, &reading->image, &reading->image_checksum, err);
    double loaded;

    mark(err, job->image, RML_IMAGE_MARK);
    if (status == RML_OK) status = check_state(job, reading->image_file, RML_IMAGE_MARK, RML_IMAGE_FILE, err);
    if (status != RML_OK) return status;
    loaded = rml_seconds();
    reading->seconds_read += loaded - begun;
    if (params->is_ibsi) return rml_ibsi_source_init(params, &reading->image, reading->most_bytes, &reading->ibsi, err);
    if (!params->normalise) return RML_OK;
    reading->image_stage = RML_STAGE_PREPROCESS;
    reading->normalisation = (rml_normalisation){.scale = params->normalise_scale, .limit = params->remove_outliers};
    status = rml_normalise_fit(&reading->image, &reading->normalisation.mean, &reading->normalisation.sd, &n_bad);
    reading->seconds_normalise = rml_seconds() - loaded;
    if (status == RML_EVALUE && n_bad > 0)
        return rml_fail(
            err, status,
            "%s: %lld voxels of the whole image are NaN or infinite, so it cannot be normalised (--nan-policy "
            "concerns the ROI alone)",
            RML_IMAGE_MARK, (long long)n_bad);
    if (status == RML_EVALUE)
        return rml_fail(err, status, "%s: all voxels are equal, so the image cannot be normalised", RML_IMAGE_MARK);
    if (status != RML_OK)
        return rml_fail(err, status, "%s: not normalised (%s)", RML_IMAGE_MARK, rml_status_name(status));
    return RML_OK;
}

/* The mask, and what of it is wanted. */
static rml_status read_rois(const rml_case *job, const rml_params *params, rml_wish *wishes, rml_reading *reading,
                            rml_stage *stage, rml_error *err)
{
    const double begun = rml_seconds();
    rml_status status;

    *stage = RML_STAGE_READ;
    status = read_mask(job, reading, err);
    reading->seconds_read += rml_seconds() - begun;
    if (status != RML_OK) return status;
    *stage = RML_STAGE_PREPROCESS;
    status = match_grids(params, reading, err);
    if (status != RML_OK) return status;
    for (int32_t u = 0; u < job->n_units; ++u) {
        rml_wish *wish = &wishes[u];

        if (wish->status == RML_OK) wish->status = wish_resolve(wish, &reading->labels, RML_MASK_MARK, &wish->err);
    }
    find_rois(wishes, job->n_units, &reading->labels, params, &reading->mask_info.grid, &reading->rois);
    return RML_OK;
}

static void forget_mask(rml_reading *reading, rml_wish *wishes, int32_t n)
{
    for (int32_t u = 0; u < n; ++u) wish_clear(&wishes[u]);
    rml_volume_free(&reading->mask);
    rml_labels_free(&reading->labels);
    rml_volume_close(reading->mask_file);
    reading->mask = (rml_volume){0};
    reading->labels = (rml_labels){0};
    reading->mask_file = NULL;
}

/* Everything that all ROIs share. Who waits for memory must hold none, else two could wait for each other: where what
 * the image takes is not free at once, the mask is given up, and read again when it is. */
static rml_status read_case(const rml_case *job, const rml_params *params, rml_wish *wishes, rml_reading *reading,
                            rml_stage *stage, rml_error *err)
{
    const double begun = rml_seconds();
    int64_t needed;
    rml_status status;

    *stage = RML_STAGE_READ;
    reading->granted = job->granted;
    reading->most_bytes = job->memory_limit > 0 ? (double)job->memory_limit : RML_REGION_BYTES;
    status = open_image(job, reading, err);
    reading->seconds_read = rml_seconds() - begun;
    if (status == RML_OK) status = read_rois(job, params, wishes, reading, stage, err);
    if (status != RML_OK || !reading->rois.any) return status; /* each ROI will say that it is not there */
    needed = rml_memory_of_image(&reading->image_info, &reading->mask_info, &reading->rois,
                                 reading->regrid || rml_memory_of_whole(params));
    if (job->need && needed > reading->granted && job->need(job->context, needed, false) != RML_OK) {
        reading->image_stage = RML_STAGE_READ;
        if (needed > job->memory_limit) {
            reading->image_status = reserve(job, reading, RML_IMAGE_MARK, needed, &reading->image_err);
        } else {
            forget_mask(reading, wishes, job->n_units);
            status = reserve(job, reading, RML_IMAGE_MARK, needed, err);
            if (status == RML_OK) status = read_rois(job, params, wishes, reading, stage, err);
            if (status != RML_OK) return status;
        }
    }
    reading->mask_box = reading->rois.box;
    status = keep_box(&reading->mask, &reading->mask_box, err);
    if (status != RML_OK || reading->image_status != RML_OK) return status;
    reading->image_stage = RML_STAGE_READ;
    reading->image_status = read_image(job, params, reading, &reading->image_err);
    return RML_OK;
}

/* Recorded of every row that names the files, whatever became of it. */
static void complete_checksums(const rml_case *job, rml_reading *reading)
{
    if (reading->image_checksum == 0 && rml_volume_checksum(job->image, &reading->image_checksum, NULL) != RML_OK)
        reading->image_checksum = 0;
    if (reading->mask_checksum == 0 && rml_volume_checksum(job->mask, &reading->mask_checksum, NULL) != RML_OK)
        reading->mask_checksum = 0;
}

/* --- 3. one ROI -------------------------------------------------------------------------------------------------- */

/* What a file's header said; image and mask may say the same, and each is named. */
static void add_header_warnings(const rml_reading *reading, rml_result *result)
{
    const char *said[2] = {reading->image_info.warning, reading->mask_info.warning};
    static const char *const name[2] = {RML_IMAGE_MARK, RML_MASK_MARK};

    for (int f = 0; f < 2; ++f) {
        rml_error text;

        if (!said[f][0] || (f == 1 && reading->one_file)) continue;
        rml_fail(&text, RML_EVALUE, "%s: %s", name[f], said[f]);
        rml_result_warn(&result->warning, text.text);
    }
}

/* A union is the ROI of those of its labels that are there; that some are not is said. */
static void warn_of_absent(const rml_labels *labels, const rml_label_set *set, const char *label, char **warning)
{
    rml_error text;

    for (int32_t i = 0; i < set->n; ++i) {
        if (rml_labels_find(labels, set->label[i])) continue;
        rml_fail(&text, RML_ELABEL, "%s: label %u of %s is not in the mask", RML_MASK_MARK, set->label[i], label);
        rml_result_warn(warning, text.text);
    }
}

/* A ROI in memory, and what filters are made of. */
typedef struct rml_cut {
    rml_roi roi;
    rml_region region; /* where the parameters ask for one; else all 0 */
    rml_filtered filtered;
    /* for the diagnostics: the grid that the ROI lies on by now, and the index in the ROI's own at which it begins */
    rml_grid grid;
    int32_t first[3];
    rml_diagnostics *diagnostics; /* the result's; NULL: not wanted */
} rml_cut;

static void cut_free(rml_cut *cut)
{
    rml_roi_free(&cut->roi);
    rml_region_free(&cut->region);
    rml_filtered_free(&cut->filtered);
}

/* The voxels of a ROI in the box, brought onto the image's grid where that is needed; malloc'ed. */
static rml_status cut_mask(const rml_params *params, rml_reading *reading, const rml_label_set *set, const char *label,
                           rml_diagnostics *diagnostics, rml_box *box, uint8_t **voxels, rml_error *err)
{
    rml_box in_mask = *box, moved_box;
    uint8_t *moved = NULL;
    rml_error inner = {0};
    rml_status status;

    for (int32_t axis = 0; axis < 3; ++axis) in_mask.first[axis] -= reading->mask_box.first[axis];
    *voxels = malloc((size_t)box->size[0] * (size_t)box->size[1] * (size_t)box->size[2]);
    if (!*voxels)
        return rml_fail(err, RML_ENOMEM, "no memory for a ROI of %d x %d x %d voxels", box->size[0], box->size[1],
                        box->size[2]);
    rml_labels_cut(&reading->mask, &in_mask, set->label, set->n, *voxels);
    if (diagnostics) {
        status = rml_diagnostics_mask(diagnostics, RML_MASK_ORIGINAL, &reading->mask_info.grid, box, *voxels);
        if (status != RML_OK) {
            free(*voxels);
            *voxels = NULL;
            return rml_fail(err, status, "no memory for a description of the mask");
        }
        memcpy(diagnostics->of[RML_MASK_ORIGINAL].hash, reading->mask_hash, sizeof reading->mask_hash);
    }
    if (!reading->regrid || params->resample) return RML_OK;
    status =
        rml_grid_correct(&reading->image_info.grid, &reading->mask_info.grid, box, *voxels, &moved_box, &moved, &inner);
    free(*voxels);
    *voxels = moved;
    *box = moved_box;
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: label %s: %s", RML_MASK_MARK, label, inner.text);
}

/* The ROI out of the image as it is, or out of the region that the parameters ask for. voxels: handed over. */
static rml_status cut_values(const rml_params *params, const rml_reading *reading, bool drop_invalid,
                             const rml_box *box, uint8_t *voxels, rml_cut *cut, int64_t *n_invalid, int32_t first[3],
                             rml_error *err)
{
    const rml_normalisation *normalise = params->normalise ? &reading->normalisation : NULL;
    const bool own_grid = reading->regrid && !params->resample; /* the mask was put onto the image's */
    rml_patch_source source = {.volume = &reading->image};
    rml_status status;

    if (rml_params_has_region(params)) {
        const rml_region_case of = {.image = &reading->image,
                                    .normalise = normalise,
                                    .mask_grid = own_grid ? &reading->image_info.grid : &reading->mask_info.grid,
                                    .box = *box,
                                    .voxels = voxels,
                                    .most_bytes = reading->most_bytes,
                                    .drop_invalid = drop_invalid};

        status = rml_region_make(params, &of, &cut->region, &cut->roi, n_invalid, first, err);
        free(voxels);
        source = (rml_patch_source){.patch = &cut->region.image};
        rml_filtered_init(params, &source, NULL, &cut->filtered);
        return status;
    }
    status = rml_roi_cut(&reading->image, box, voxels, drop_invalid, &cut->roi, n_invalid, first);
    if (status != RML_OK) return rml_fail(err, status, "%s", rml_status_name(status));
    if (params->normalise) {
        rml_normalise_apply(&reading->normalisation, cut->roi.values, cut->roi.n_voxels);
        cut->roi.type = RML_FLOAT64;
    }
    rml_filtered_init(params, &source, normalise, &cut->filtered);
    return RML_OK;
}

/* Where the ROI lies: on the new grid, in PyRadiomics' pre-cropped part of its own (which the image's features need not
 * know where nothing is filtered), or on its own: the mask's, or the image's once it was put there.
 *
 * box  in  of the ROI as it was cropped to */
static void find_grid(const rml_params *params, const rml_reading *reading, const rml_box *box, rml_cut *cut)
{
    const rml_grid *own = reading->regrid ? &reading->image_info.grid : &reading->mask_info.grid;
    int32_t low[3], size[3];

    cut->grid = params->resample ? cut->region.grid : *own;
    if (params->resample || !params->pre_crop) return;
    for (int a = 0; a < 3; ++a) {
        const double first = box->first[a] - params->pad_distance,
                     end = box->first[a] + (double)box->size[a] + params->pad_distance;

        low[a] = first > 0.0 ? (int32_t)first : 0;
        size[a] = (end < own->size[a] ? (int32_t)end : own->size[a]) - low[a];
        cut->first[a] = rml_params_has_region(params) ? 0 : low[a]; /* a region's ROI counts from it already */
    }
    cut->grid = rml_diagnostics_part(own, low, size);
}

/* Of the stages that lie before re-segmentation. */
static rml_status diagnose(const rml_params *params, const rml_reading *reading, rml_cut *cut)
{
    rml_diagnostics *d = cut->diagnostics;
    rml_status status = RML_OK;

    if (params->resample) {
        rml_diagnosis *of = &d->of[RML_IMAGE_INTERPOLATED];
        const rml_patch *image = &cut->region.image;

        for (int a = 0; a < 3; ++a) of->size[a] = cut->grid.size[a];
        for (int a = 0; a < 3; ++a) of->spacing[a] = cut->grid.spacing[a];
        rml_summary_of(image->voxels, (int64_t)image->size[0] * image->size[1] * image->size[2], &of->mean,
                       &of->minimum, &of->maximum);
        d->stages |= 1U << RML_IMAGE_INTERPOLATED;
        status = rml_diagnostics_roi(d, RML_MASK_INTERPOLATED, &cut->grid, cut->first, &cut->roi);
    } else if (reading->regrid && !params->pre_crop) { /* pre-cropped, PyRadiomics corrects without a word */
        status = rml_diagnostics_roi(d, RML_MASK_CORRECTED, &cut->grid, cut->first, &cut->roi);
    }
    return status;
}

static rml_status diagnose_resegmented(void *context, const rml_roi *roi)
{
    const rml_cut *cut = context;

    return rml_diagnostics_roi(cut->diagnostics, RML_MASK_RESEGMENTED, &cut->grid, cut->first, roi);
}

/* What the ROI was when it was cut, of either profile: said of voxels that are no numbers, or of another failure. */
static rml_status judge_cut(rml_status status, const rml_error *inner, rml_nan_policy policy, int64_t n_invalid,
                            const int32_t first[3], rml_roi_result *out)
{
    rml_error *err = &out->error, warning;
    const char *label = out->label;

    if (n_invalid > 0 && (policy == RML_NAN_ERROR || status == RML_EEMPTY))
        return rml_fail(
            err, RML_EVALUE,
            "%s: %lld of the ROI's voxels are NaN or infinite, the first at (%d, %d, %d); finite numbers were "
            "expected (--nan-policy exclude %s)",
            RML_IMAGE_MARK, (long long)n_invalid, first[0], first[1], first[2],
            policy == RML_NAN_EXCLUDE ? "leaves none" : "leaves them out");
    if (status != RML_OK) return rml_fail(err, status, "%s: label %s: %s", RML_MASK_MARK, label, inner->text);
    if (n_invalid > 0) {
        rml_fail(&warning, RML_EVALUE, "%s: label %s: %lld voxels that are NaN or infinite were left out of the ROI",
                 RML_IMAGE_MARK, label, (long long)n_invalid);
        rml_result_warn(&out->warning, warning.text);
    }
    return RML_OK;
}

/* The ROI's voxels, if it can be had at all: it is in the mask, and the image was read. box: tight, in the mask's grid;
 * voxels: [box] malloc'ed */
static rml_status find_roi(const rml_params *params, rml_reading *reading, const rml_label_set *set,
                           rml_roi_result *out, rml_box *box, uint8_t **voxels)
{
    rml_error *err = &out->error;

    if (!rml_rois_find(&reading->labels, set, box, NULL))
        return rml_rois_absent(&reading->labels, RML_MASK_MARK, out->label, err);
    if (reading->image_status != RML_OK) {
        out->stage = reading->image_stage;
        return rml_fail(err, reading->image_status, "%s", reading->image_err.text);
    }
    warn_of_absent(&reading->labels, set, out->label, &out->warning);
    return cut_mask(params, reading, set, out->label, out->diagnostics, box, voxels, err);
}

static rml_status cut_roi(const rml_params *params, rml_nan_policy policy, rml_reading *reading,
                          const rml_label_set *set, rml_roi_result *out, rml_cut *cut)
{
    rml_error inner = {0};
    rml_box box;
    uint8_t *voxels = NULL;
    int64_t n_invalid = 0;
    int32_t first[3] = {0, 0, 0};
    rml_status status = find_roi(params, reading, set, out, &box, &voxels);

    if (status != RML_OK) return status;
    status = cut_values(params, reading, policy == RML_NAN_EXCLUDE, &box, voxels, cut, &n_invalid, first, &inner);
    status = judge_cut(status, &inner, policy, n_invalid, first, out);
    if (status != RML_OK || !cut->diagnostics) return status;
    find_grid(params, reading, &box, cut);
    status = diagnose(params, reading, cut);
    return status == RML_OK ? RML_OK : rml_fail(&out->error, status, "no memory for a description of the ROI");
}

/* The ROI of profile ibsi, prepared. */
static rml_status cut_ibsi(const rml_params *params, rml_nan_policy policy, rml_reading *reading,
                           const rml_label_set *set, rml_roi_result *out, rml_ibsi_prepared *prepared)
{
    rml_error inner = {0};
    rml_box box;
    uint8_t *voxels = NULL;
    int64_t n_invalid = 0;
    int32_t first[3] = {0, 0, 0};
    rml_status status = find_roi(params, reading, set, out, &box, &voxels);

    if (status != RML_OK) return status;
    status = rml_ibsi_prepare(params, &reading->ibsi, &box, voxels, policy == RML_NAN_EXCLUDE, prepared, &n_invalid,
                              first, &inner);
    free(voxels);
    status = judge_cut(status, &inner, policy, n_invalid, first, out);
    if (status != RML_OK || !out->diagnostics) return status;
    status = rml_ibsi_diagnose(params, &reading->ibsi, prepared, out->diagnostics);
    return status == RML_OK ? RML_OK : rml_fail(&out->error, status, "no memory for a description of the ROI");
}

static void run_roi(const rml_params *params, rml_nan_policy policy, const volatile bool *cancel, rml_reading *reading,
                    const rml_label_set *set, rml_result *result, int32_t r)
{
    rml_roi_result *out = &result->roi[r];
    rml_cut cut = {0};
    rml_ibsi_prepared prepared = {0};
    const double begun = rml_seconds();
    rml_status status = RML_OK;

    out->label = rml_label_set_copy(set);
    out->stage = RML_STAGE_PREPROCESS;
    if (!out->label) status = rml_fail(&out->error, RML_ENOMEM, "no memory for a ROI");
    if (status == RML_OK && params->additional_info) {
        cut.diagnostics = out->diagnostics = calloc(1, sizeof *out->diagnostics);
        if (!out->diagnostics) status = rml_fail(&out->error, RML_ENOMEM, "no memory for the diagnostics of a ROI");
    }
    if (status == RML_OK && out->diagnostics) {
        out->diagnostics->of[RML_IMAGE_ORIGINAL] = reading->image_diagnosis;
        out->diagnostics->stages |= 1U << RML_IMAGE_ORIGINAL;
    }
    if (status == RML_OK)
        status = params->is_ibsi ? cut_ibsi(params, policy, reading, set, out, &prepared)
                                 : cut_roi(params, policy, reading, set, out, &cut);
    out->seconds[RML_STAGE_PREPROCESS] += rml_seconds() - begun;
    if (status == RML_OK) {
        status = rml_result_allocate(result, r);
        if (status != RML_OK) rml_fail(&out->error, status, "no memory for %d features", result->n_columns);
    }
    if (status == RML_OK) {
        const rml_images images = {rml_filtered_values, &cut.filtered};
        rml_feature_row row = {.value = out->value,
                               .reason = out->reason,
                               .seconds = out->seconds,
                               .resegmented = cut.diagnostics ? diagnose_resegmented : NULL,
                               .context = &cut};
        rml_error inner = {0};

        status = params->is_ibsi ? rml_ibsi_features(params, &reading->ibsi, &prepared, cancel, &row, &inner)
                                 : rml_features_compute(params, &cut.roi, &images, cancel, &row, &inner);
        out->stage = row.stage;
        out->n_voxels = row.n_voxels;
        if (status != RML_OK) rml_fail(&out->error, status, "%s: label %s: %s", RML_MASK_MARK, out->label, inner.text);
        if (status == RML_OK && row.skipped.status != RML_OK) {
            rml_fail(&inner, RML_EROI, "%s: label %s: %s", RML_IMAGE_MARK, out->label, row.skipped.text);
            rml_result_warn(&out->warning, inner.text);
        }
    }
    rml_ibsi_prepared_free(&prepared);
    cut_free(&cut);
}

/* --- 4. the case ------------------------------------------------------------------------------------------------- */

/* Without memory even for a sentence, the unit stays without ROIs; the caller counts that as a failure too. */
static void fail_unit(rml_result *result, int32_t n_columns, const char *label, rml_stage stage, const rml_error *err)
{
    result->n_columns = n_columns;
    if (rml_result_fail(result, label, stage, err) != RML_OK) rml_result_free(result);
}

static void run_unit(const rml_params *params, rml_nan_policy policy, const volatile bool *cancel, rml_reading *reading,
                     const rml_wish *wish, const char *label, rml_result *result)
{
    const int32_t n_columns = rml_params_n_columns(params);
    rml_error err = {0};

    if (wish->status != RML_OK) {
        fail_unit(result, n_columns, label, RML_STAGE_PREPROCESS, &wish->err);
        return;
    }
    if (rml_result_init(result, wish->n_rois, n_columns) != RML_OK) {
        rml_fail(&err, RML_ENOMEM, "no memory for the features of %d ROIs", wish->n_rois);
        fail_unit(result, n_columns, label, RML_STAGE_PREPROCESS, &err);
        return;
    }
    add_header_warnings(reading, result);
    if (rml_rois_warning(&reading->labels, RML_MASK_MARK, &err)) rml_result_warn(&result->warning, err.text);
    for (int32_t r = 0; r < wish->n_rois; ++r) run_roi(params, policy, cancel, reading, &wish->roi[r], result, r);
}

void rml_case_run(const rml_case *job, const rml_params *params, rml_nan_policy policy, const volatile bool *cancel,
                  rml_result *results)
{
    rml_reading reading = {0};
    rml_wish *wishes = calloc((size_t)job->n_units, sizeof *wishes);
    rml_stage stage = RML_STAGE_READ;
    rml_error err = {0};
    rml_status status = RML_OK;

    for (int32_t u = 0; u < job->n_units; ++u) results[u] = (rml_result){0};
    if (!wishes) status = rml_fail(&err, RML_ENOMEM, "no memory for a case of %d rows", job->n_units);
    for (int32_t u = 0; u < job->n_units && status == RML_OK; ++u)
        wishes[u].status = rml_label_spec_parse(job->labels[u], &wishes[u].spec, &wishes[u].err);
    reading.one_file = strcmp(job->image, job->mask) == 0;
    if (status == RML_OK) status = read_case(job, params, wishes, &reading, &stage, &err);
    complete_checksums(job, &reading);
    for (int32_t u = 0; u < job->n_units; ++u) {
        if (status != RML_OK) {
            fail_unit(&results[u], rml_params_n_columns(params), job->labels[u], stage, &err);
        } else {
            run_unit(params, policy, cancel, &reading, &wishes[u], job->labels[u], &results[u]);
        }
        results[u].image_checksum = reading.image_checksum;
        results[u].mask_checksum = reading.mask_checksum;
    }
    if (job->n_units > 0 && results[0].n_rois > 0) { /* what all ROIs share is counted once, with the first */
        results[0].roi[0].seconds[RML_STAGE_READ] += reading.seconds_read;
        results[0].roi[0].seconds[RML_STAGE_PREPROCESS] += reading.seconds_normalise;
    }
    for (int32_t u = 0; wishes && u < job->n_units; ++u) wish_free(&wishes[u]);
    free(wishes);
    reading_free(&reading);
}
