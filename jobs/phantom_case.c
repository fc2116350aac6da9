#include "jobs/phantom_case.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/nifti_write.h"

enum { RECORD_VERSION = 1 };

/* --- names ---------------------------------------------------------------------------------------------------------
 */

void rml_phantom_id(int64_t number, char id[16])
{
    snprintf(id, 16, "P%04" PRId64, number);
}

void rml_phantom_file_name(const rml_phantom_file *file, char name[RML_PHANTOM_NAME])
{
    if (file->reader == 0)
        snprintf(name, RML_PHANTOM_NAME, "images/P%04" PRId64 "_t%d.nii.gz", file->number, file->timepoint);
    else
        snprintf(name, RML_PHANTOM_NAME, "masks/P%04" PRId64 "_t%d_r%d.nii.gz", file->number, file->timepoint,
                 file->reader);
}

bool rml_phantom_file_parse(const char *name, bool in_masks, rml_phantom_file *file)
{
    char again[RML_PHANTOM_NAME];
    const char *plain;
    size_t n;

    file->reader = 0;
    if (sscanf(name, in_masks ? "P%8" SCNd64 "_t%1d_r%1d" : "P%8" SCNd64 "_t%1d", &file->number, &file->timepoint,
               &file->reader) != (in_masks ? 3 : 2))
        return false;
    if (file->number < 1 || file->number > RML_PHANTOM_MAX_PATIENTS || file->timepoint < 1 || file->timepoint > 2 ||
        file->reader < 0 || file->reader > 2 || (in_masks && file->reader == 0))
        return false;
    rml_phantom_file_name(file, again); /* leading zeros, signs, what stands behind: told by writing it again */
    plain = strchr(again, '/') + 1;
    n = strlen(plain);
    return strncmp(name, plain, n) == 0 && (name[n] == '\0' || strcmp(name + n, ".tmp") == 0);
}

int rml_phantom_files(const rml_phantom_task *task, rml_phantom_file files[RML_PHANTOM_MAX_FILES])
{
    int n = 0;

    files[n++] = (rml_phantom_file){task->number, 1, 0};
    files[n++] = (rml_phantom_file){task->number, 1, 1};
    if (task->second_reader) files[n++] = (rml_phantom_file){task->number, 1, 2};
    if (task->second_time) {
        files[n++] = (rml_phantom_file){task->number, 2, 0};
        files[n++] = (rml_phantom_file){task->number, 2, 1};
    }
    return n;
}

/* --- the record ----------------------------------------------------------------------------------------------------
 */

void rml_phantom_record_pack(const rml_phantom_record *record, rml_blob *blob)
{
    const rml_patient *truth = &record->truth;

    rml_blob_put_u32(blob, RECORD_VERSION);
    rml_blob_put_i64(blob, record->task.number);
    rml_blob_put_u8(blob, record->task.second_reader);
    rml_blob_put_u8(blob, record->task.second_time);
    rml_blob_put_u32(blob, (uint32_t)record->error.status);
    if (record->error.status != RML_OK) {
        rml_blob_put_text(blob, record->error.text);
        return;
    }
    rml_blob_put_text(blob, record->centre);
    rml_blob_put_f64(blob, record->gain);
    rml_blob_put_f64(blob, record->offset);
    rml_blob_put_f64(blob, record->noise);
    rml_blob_put_f64(blob, truth->biology);
    rml_blob_put_f64(blob, truth->age);
    rml_blob_put_u8(blob, truth->male);
    for (int a = 0; a < 3; ++a) rml_blob_put_f64(blob, truth->position[a]);
    rml_blob_put_f64(blob, truth->radius);
    rml_blob_put_f64(blob, truth->irregularity);
    rml_blob_put_f64(blob, truth->core_logit);
    rml_blob_put_f64(blob, truth->oedema);
    rml_blob_put_f64(blob, truth->ell);
    rml_blob_put_f64(blob, truth->contrast);
    rml_blob_put_f64(blob, truth->response);
    rml_blob_put_u8(blob, record->outcome.y);
    rml_blob_put_f64(blob, record->outcome.months);
    rml_blob_put_u8(blob, record->outcome.died);
    rml_blob_put_f64(blob, record->outcome.marker);
    rml_blob_put_u32(blob, (uint32_t)record->n_files);
    for (int f = 0; f < record->n_files; ++f) rml_blob_put_i64(blob, record->n_bytes[f]);
}

static rml_status unpack(rml_reader *from, rml_phantom_record *record)
{
    rml_phantom_file files[RML_PHANTOM_MAX_FILES];
    rml_patient *truth = &record->truth;
    uint32_t status, n_files;

    if (rml_read_u32(from) != RECORD_VERSION) return RML_EFORMAT;
    record->task.number = rml_read_i64(from);
    record->task.second_reader = rml_read_u8(from) != 0;
    record->task.second_time = rml_read_u8(from) != 0;
    status = rml_read_u32(from);
    if (status >= RML_N_STATUS) return RML_EFORMAT;
    if (status != RML_OK) {
        rml_fail(&record->error, (rml_status)status, "%s", rml_read_text(from));
        return from->failed ? RML_EFORMAT : RML_OK;
    }
    snprintf(record->centre, sizeof record->centre, "%s", rml_read_text(from));
    record->gain = rml_read_f64(from);
    record->offset = rml_read_f64(from);
    record->noise = rml_read_f64(from);
    truth->biology = rml_read_f64(from);
    truth->age = rml_read_f64(from);
    truth->male = rml_read_u8(from) != 0;
    for (int a = 0; a < 3; ++a) truth->position[a] = rml_read_f64(from);
    truth->radius = rml_read_f64(from);
    truth->irregularity = rml_read_f64(from);
    truth->core_logit = rml_read_f64(from);
    truth->oedema = rml_read_f64(from);
    truth->ell = rml_read_f64(from);
    truth->contrast = rml_read_f64(from);
    truth->response = rml_read_f64(from);
    record->outcome.y = rml_read_u8(from) != 0;
    record->outcome.months = rml_read_f64(from);
    record->outcome.died = rml_read_u8(from) != 0;
    record->outcome.marker = rml_read_f64(from);
    n_files = rml_read_u32(from);
    if (n_files != (uint32_t)rml_phantom_files(&record->task, files)) return RML_EFORMAT;
    record->n_files = (int)n_files;
    for (int f = 0; f < record->n_files; ++f) record->n_bytes[f] = rml_read_i64(from);
    return from->failed ? RML_EFORMAT : RML_OK;
}

rml_status rml_phantom_record_unpack(const void *bytes, size_t n_bytes, rml_phantom_record *record, rml_error *err)
{
    rml_reader from = rml_reader_of(bytes, n_bytes);

    memset(record, 0, sizeof *record);
    if (unpack(&from, record) != RML_OK || from.n_left != 0)
        return rml_fail(err, RML_EFORMAT, "the journal holds %zu bytes that are no record of a patient", n_bytes);
    return RML_OK;
}

/* --- making it -----------------------------------------------------------------------------------------------------
 */

static rml_status write_file(const char *folder, const rml_phantom_file *file, const rml_grid *grid,
                             const rml_phantom_images *images, int64_t *n_bytes, rml_error *err)
{
    const void *voxels = file->reader == 0   ? (const void *)images->image[file->timepoint - 1]
                         : file->reader == 1 ? (const void *)images->mask[file->timepoint - 1]
                                             : (const void *)images->reread;
    char name[RML_PHANTOM_NAME], *path;
    struct stat info;
    rml_status status;

    rml_phantom_file_name(file, name);
    if (asprintf(&path, "%s/%s", folder, name) < 0) return rml_fail(err, RML_ENOMEM, "%s: no memory", name);
    status = rml_nifti_write(path, grid, file->reader == 0 ? RML_INT16 : RML_UINT8, voxels, err);
    if (status == RML_OK && stat(path, &info) != 0)
        status = rml_fail(err, RML_EIO, "%s: gone as soon as it was written", path);
    if (status == RML_OK) *n_bytes = info.st_size;
    free(path);
    return status;
}

static rml_status draw_and_write(const rml_phantom_cohort *cohort, const rml_phantom_patient *patient,
                                 const char *folder, rml_phantom_record *record)
{
    const rml_phantom_task *task = &record->task;
    const size_t n = (size_t)patient->grid.size[0] * (size_t)patient->grid.size[1] * (size_t)patient->grid.size[2];
    const size_t n_scratch = rml_phantom_scratch_bytes(patient);
    rml_phantom_file files[RML_PHANTOM_MAX_FILES];
    rml_phantom_images images = {0};
    void *scratch = n_scratch > 0 ? aligned_alloc(64, n_scratch) : NULL;
    int16_t *image = malloc(2 * n * sizeof *image);
    uint8_t *mask = malloc(3 * n * sizeof *mask);
    rml_error *err = &record->error;
    rml_status status;

    if (n_scratch == 0) {
        status = rml_fail(err, RML_EINVAL, "texture of %g mm: a field can have 0.1 to 64", patient->truth.ell);
        goto done;
    }
    if (!scratch || !image || !mask) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a patient (%zu bytes)", n_scratch + 7 * n);
        goto done;
    }
    images.image[0] = image;
    images.mask[0] = mask;
    if (task->second_time) {
        images.image[1] = image + n;
        images.mask[1] = mask + n;
    }
    if (task->second_reader) images.reread = mask + 2 * n;
    status = rml_phantom_images_draw(cohort, patient, scratch, &images);
    if (status != RML_OK) {
        rml_fail(err, status, status == RML_EEMPTY ? "no tumour is left" : "its images could not be drawn");
        goto done;
    }
    record->n_files = rml_phantom_files(task, files);
    for (int f = 0; f < record->n_files && status == RML_OK; ++f)
        status = write_file(folder, &files[f], &patient->grid, &images, &record->n_bytes[f], err);
done:
    free(mask);
    free(image);
    free(scratch);
    return status;
}

rml_status rml_phantom_make(const rml_phantom_cohort *cohort, const rml_phantom_task *task, const char *folder,
                            rml_phantom_record *record)
{
    rml_phantom_patient patient;

    memset(record, 0, sizeof *record);
    record->task = *task;
    rml_phantom_describe(cohort, task->number, &patient);
    snprintf(record->centre, sizeof record->centre, "%s", patient.centre.name);
    record->gain = patient.centre.gain;
    record->offset = patient.centre.offset;
    record->noise = patient.centre.noise;
    record->truth = patient.truth;
    record->outcome = patient.outcome;
    return draw_and_write(cohort, &patient, folder, record);
}
