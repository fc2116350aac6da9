#include "jobs/diagnostics.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/result.h" /* RML_IMAGE_MARK */
#include "kernels/preprocess/frame.h"
#include "kernels/preprocess/summary.h"

typedef struct rml_watch {
    rml_summary summary;
    bool begun, hashed;
} rml_watch;

static void see_voxels(void *context, const rml_volume *volume, const unsigned char *bytes, size_t n_bytes)
{
    rml_watch *watch = context;

    if (!watch->begun) rml_summary_begin(&watch->summary, volume, watch->hashed);
    watch->begun = true;
    rml_summary_add(&watch->summary, bytes, n_bytes);
}

rml_status rml_diagnostics_load(rml_volume_file *file, int32_t first_slice, int32_t n_slices, rml_diagnosis *of,
                                bool hashed, rml_volume *image, uint64_t *checksum, rml_error *err)
{
    rml_watch watch = {.begun = false, .hashed = hashed};
    const rml_volume_watch seeing = {see_voxels, &watch};
    const rml_status status =
        rml_volume_load_watched(file, first_slice, n_slices, of ? &seeing : NULL, image, checksum, err);

    if (status != RML_OK || !of) return status;
    if (!watch.begun || !rml_summary_end(&watch.summary))
        return rml_fail(err, RML_EFORMAT, "%s: not all of its voxels were read", RML_IMAGE_MARK);
    memcpy(of->size, image->grid.size, sizeof of->size);
    memcpy(of->spacing, image->grid.spacing, sizeof of->spacing);
    of->mean = watch.summary.mean;
    of->minimum = watch.summary.minimum;
    of->maximum = watch.summary.maximum;
    memcpy(of->hash, watch.summary.hash, sizeof of->hash);
    return RML_OK;
}

rml_grid rml_diagnostics_part(const rml_grid *grid, const int32_t first[3], const int32_t size[3])
{
    rml_grid part = *grid;

    for (int a = 0; a < 3; ++a) {
        part.size[a] = size[a];
        for (int r = 0; r < 3; ++r) /* the origin, then axis after axis */
            part.origin[r] += grid->direction[r][a] * grid->spacing[a] * first[a];
    }
    return part;
}

static void take_grid(rml_diagnosis *of, const rml_grid *grid)
{
    rml_frame frame;

    memcpy(of->size, grid->size, sizeof of->size);
    memcpy(of->spacing, grid->spacing, sizeof of->spacing);
    (void)rml_frame_of(grid, &frame); /* only its inverse may fail */
    rml_frame_point(&frame, of->extent.centre, of->point);
}

rml_status rml_diagnostics_mask(rml_diagnostics *diagnostics, rml_diagnosed stage, const rml_grid *grid,
                                const rml_box *box, const uint8_t *voxels)
{
    rml_diagnosis *of = &diagnostics->of[stage];
    const rml_status status = rml_extent_find(box, voxels, &of->extent);

    if (status != RML_OK) return status;
    take_grid(of, grid);
    diagnostics->stages |= 1U << stage;
    return RML_OK;
}

rml_status rml_diagnostics_roi(rml_diagnostics *diagnostics, rml_diagnosed stage, const rml_grid *grid,
                               const int32_t first[3], const rml_roi *roi)
{
    rml_diagnosis *of = &diagnostics->of[stage];
    rml_box box = roi->box;

    for (int a = 0; a < 3; ++a) box.first[a] -= first[a];
    rml_summary_of(roi->values, roi->n_voxels, &of->mean, &of->minimum, &of->maximum);
    return rml_diagnostics_mask(diagnostics, stage, grid, &box, roi->mask);
}

/* --- packing ------------------------------------------------------------------------------------------------------ */

void rml_diagnostics_pack(const rml_diagnostics *diagnostics, rml_blob *blob)
{
    const uint32_t stages = diagnostics ? diagnostics->stages : 0;

    rml_blob_put_u32(blob, stages);
    for (int s = 0; s < RML_N_DIAGNOSED; ++s) {
        const rml_diagnosis *of = diagnostics ? &diagnostics->of[s] : NULL;

        if (!of || !(stages >> s & 1)) continue;
        for (int a = 0; a < 3; ++a) rml_blob_put_i32(blob, of->size[a]);
        for (int a = 0; a < 3; ++a) rml_blob_put_f64(blob, of->spacing[a]);
        rml_blob_put_f64(blob, of->mean);
        rml_blob_put_f64(blob, of->minimum);
        rml_blob_put_f64(blob, of->maximum);
        rml_blob_put_text(blob, of->hash);
        if (rml_diagnosed_image((rml_diagnosed)s)) continue;
        for (int a = 0; a < 3; ++a) rml_blob_put_i32(blob, of->extent.box.first[a]);
        for (int a = 0; a < 3; ++a) rml_blob_put_i32(blob, of->extent.box.size[a]);
        rml_blob_put_i64(blob, of->extent.n_voxels);
        rml_blob_put_i64(blob, of->extent.n_volumes);
        for (int a = 0; a < 3; ++a) rml_blob_put_f64(blob, of->extent.centre[a]);
        for (int a = 0; a < 3; ++a) rml_blob_put_f64(blob, of->point[a]);
    }
}

static rml_status unpack_one(rml_reader *reader, bool image, rml_diagnosis *of)
{
    const char *hash;

    for (int a = 0; a < 3; ++a) of->size[a] = rml_read_i32(reader);
    for (int a = 0; a < 3; ++a) of->spacing[a] = rml_read_f64(reader);
    of->mean = rml_read_f64(reader);
    of->minimum = rml_read_f64(reader);
    of->maximum = rml_read_f64(reader);
    hash = rml_read_text(reader);
    if (strlen(hash) >= sizeof of->hash) return RML_EFORMAT;
    strcpy(of->hash, hash);
    if (image) return RML_OK;
    for (int a = 0; a < 3; ++a) of->extent.box.first[a] = rml_read_i32(reader);
    for (int a = 0; a < 3; ++a) of->extent.box.size[a] = rml_read_i32(reader);
    of->extent.n_voxels = rml_read_i64(reader);
    of->extent.n_volumes = rml_read_i64(reader);
    for (int a = 0; a < 3; ++a) of->extent.centre[a] = rml_read_f64(reader);
    for (int a = 0; a < 3; ++a) of->point[a] = rml_read_f64(reader);
    return RML_OK;
}

rml_status rml_diagnostics_unpack(rml_reader *reader, rml_diagnostics **diagnostics)
{
    const uint32_t stages = rml_read_u32(reader);
    rml_diagnostics *read;
    rml_status status = RML_OK;

    *diagnostics = NULL;
    if (stages >> RML_N_DIAGNOSED) return RML_EFORMAT;
    if (stages == 0) return RML_OK;
    read = calloc(1, sizeof *read);
    if (!read) return RML_ENOMEM;
    read->stages = stages;
    for (int s = 0; s < RML_N_DIAGNOSED && status == RML_OK; ++s)
        if (stages >> s & 1) status = unpack_one(reader, rml_diagnosed_image((rml_diagnosed)s), &read->of[s]);
    if (status == RML_OK && reader->failed) status = RML_EFORMAT;
    if (status == RML_OK)
        *diagnostics = read;
    else
        free(read);
    return status;
}
