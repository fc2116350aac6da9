/* The files of a case, read: the mask first, and of the image what the ROIs ask for.
 *
 * The mask comes first and is reduced to the box of the ROIs that are wanted before the image is read, so that the two
 * volumes are never in memory together. Of the image only the ROIs' voxels are ever converted to double. */
#include "jobs/case_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "jobs/regions.h"
#include "jobs/rois.h"
#include "kernels/preprocess/grid.h"
#include "kernels/preprocess/summary.h"

void rml_reading_free(rml_reading *reading)
{
    rml_ibsi_source_free(&reading->ibsi);
    rml_volume_free(&reading->image);
    rml_volume_free(&reading->mask);
    rml_labels_free(&reading->labels);
    rml_volume_close(reading->image_file);
    rml_volume_close(reading->mask_file);
}

/* --- what is wanted ---------------------------------------------------------------------------------------------- */

/* Forgets what a mask made of it. */
static void wish_clear(rml_wish *wish)
{
    free(wish->all);
    free(wish->all_labels);
    wish->all = NULL;
    wish->all_labels = NULL;
    wish->n_rois = 0;
}

void rml_wish_free(rml_wish *wish)
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

/* --- reading ----------------------------------------------------------------------------------------------------- */

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

/* Headers are believed now, so what the hand-out could only guess from the files' sizes is known. what_for: what most
 * of it is for, or "" */
static rml_status reserve(const rml_case *job, rml_reading *reading, const char *name, int64_t needed,
                          const char *what_for, rml_error *err)
{
    char needs[32], has[32];
    rml_status status;

    if (!job->need || needed <= reading->granted) return RML_OK;
    status = job->need(job->context, needed, true);
    if (status == RML_OK) reading->granted = needed;
    if (status == RML_ECAPACITY)
        return rml_fail(err, status, "%s: needs %s of memory%s, and a node has %s for all ranks (--memory)", name,
                        rml_memory_text(needed, needs), what_for, rml_memory_text(job->memory_limit, has));
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
    if (status == RML_OK) status = reserve(job, reading, RML_MASK_MARK, rml_memory_of_mask(info), "", err);
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
            "%s: %lld voxel%s of the whole image %s NaN or infinite, so it cannot be normalised (--nan-policy "
            "concerns the ROI alone)",
            RML_IMAGE_MARK, (long long)n_bad, n_bad == 1 ? "" : "s", n_bad == 1 ? "is" : "are");
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

/* Who waits for memory must hold none, else two could wait for each other: where what
 * the image takes is not free at once, the mask is given up, and read again when it is. */
rml_status rml_case_read(const rml_case *job, const rml_params *params, rml_wish *wishes, rml_reading *reading,
                         rml_stage *stage, rml_error *err)
{
    const double begun = rml_seconds();
    const char *what_for = "";
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
    if (reading->rois.largest - reading->rois.as_is > needed / 2)
        what_for = ", most of it for the grid that resampledPixelSpacing asks for";
    if (job->need && needed > reading->granted && job->need(job->context, needed, false) != RML_OK) {
        reading->image_stage = RML_STAGE_READ;
        if (needed > job->memory_limit) {
            reading->image_status = reserve(job, reading, RML_IMAGE_MARK, needed, what_for, &reading->image_err);
        } else {
            forget_mask(reading, wishes, job->n_units);
            status = reserve(job, reading, RML_IMAGE_MARK, needed, what_for, err);
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

void rml_case_complete_checksums(const rml_case *job, rml_reading *reading)
{
    if (reading->image_checksum == 0 && rml_volume_checksum(job->image, &reading->image_checksum, NULL) != RML_OK)
        reading->image_checksum = 0;
    if (reading->mask_checksum == 0 && rml_volume_checksum(job->mask, &reading->mask_checksum, NULL) != RML_OK)
        reading->mask_checksum = 0;
}
