#include "jobs/verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "engine/log.h"
#include "io/volume.h"
#include "jobs/result.h"

/* What every rank is told: rows in the manifest's order, each with its two paths and what they should give. */
static rml_status list_files(const rml_cohort *cohort, const rml_journal *journal, int32_t n_columns, rml_blob *list,
                             int64_t *n_listed, rml_error *err)
{
    const rml_manifest *m = &cohort->manifest;
    rml_blob record = {0};
    rml_status status = RML_OK;

    *n_listed = 0;
    for (int64_t r = 0; r < cohort->n_rows && status == RML_OK; ++r) {
        char *image, *mask;
        rml_result result;
        bool done;

        if (cohort->twin[r] >= 0 || rml_journal_state(journal, cohort->key[r]) != RML_UNIT_DONE) continue;
        status = rml_journal_read(journal, cohort->key[r], &done, &record, err);
        if (status == RML_OK) status = rml_result_unpack(record.bytes, record.n_bytes, n_columns, &result, err);
        if (status != RML_OK) break;
        image = rml_manifest_path(m, r, m->image);
        mask = rml_manifest_path(m, r, m->mask);
        rml_blob_put_i64(list, r);
        rml_blob_put_text(list, image);
        rml_blob_put_u64(list, result.image_checksum);
        rml_blob_put_text(list, mask);
        rml_blob_put_u64(list, result.mask_checksum);
        if (!image || !mask || list->failed) status = rml_fail(err, RML_ENOMEM, "no memory for a list of files");
        ++*n_listed;
        free(image);
        free(mask);
        rml_result_free(&result);
    }
    rml_blob_free(&record);
    return status;
}

static bool holds(const char *path, uint64_t expected)
{
    uint64_t found = 0;

    return rml_volume_checksum(path, &found, NULL) == RML_OK && found == expected;
}

/* Every n-th row of the list is this rank's. 1 where a file has changed. */
static void compare_share(const void *bytes, int64_t n_bytes, int rank, int n_ranks, int64_t n_listed, uint8_t *changed)
{
    rml_reader reader = rml_reader_of(bytes, (size_t)n_bytes);

    for (int64_t i = 0; i < n_listed; ++i) {
        const char *image, *mask;
        uint64_t image_sum, mask_sum;

        (void)rml_read_i64(&reader);
        image = rml_read_text(&reader);
        image_sum = rml_read_u64(&reader);
        mask = rml_read_text(&reader);
        mask_sum = rml_read_u64(&reader);
        if (i % n_ranks == rank) changed[i] = !holds(image, image_sum) || !holds(mask, mask_sum);
    }
}

rml_status rml_verify(MPI_Comm comm, const rml_cohort *cohort, const rml_journal *journal, int32_t n_columns,
                      bool *changed, int64_t *n_changed, rml_error *err)
{
    rml_blob list = {0};
    void *bytes = NULL;
    int64_t n_bytes = 0, n_listed = 0;
    uint8_t *found = NULL;
    int rank, n_ranks;
    rml_status status = RML_OK;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &n_ranks);
    if (rank == 0) {
        status = list_files(cohort, journal, n_columns, &list, &n_listed, err);
        bytes = list.bytes;
        n_bytes = (int64_t)list.n_bytes;
    }
    status = rml_agree(comm, status, err);
    if (status != RML_OK) goto done;
    rml_bcast_quietly(&n_listed, 1, MPI_INT64_T, comm);
    status = rml_share_blob(comm, &bytes, &n_bytes);
    if (status == RML_OK && !(found = calloc((size_t)n_listed + 1, 1))) status = RML_ENOMEM;
    status = rml_agree(comm, status, err);
    if (status != RML_OK) goto done;
    assert(found);
    compare_share(bytes, n_bytes, rank, n_ranks, n_listed, found);
    for (int64_t at = 0; at < n_listed; at += INT32_MAX / 2) { /* counts beyond an int in pieces */
        const int n = n_listed - at < INT32_MAX / 2 ? (int)(n_listed - at) : INT32_MAX / 2;

        rml_max_quietly(found + at, n, MPI_UINT8_T, comm);
    }
    if (rank == 0) {
        rml_reader reader = rml_reader_of(bytes, (size_t)n_bytes);

        assert(changed);

        *n_changed = 0;
        for (int64_t i = 0; i < n_listed; ++i) {
            const int64_t row = rml_read_i64(&reader);

            (void)rml_read_text(&reader), (void)rml_read_u64(&reader);
            (void)rml_read_text(&reader), (void)rml_read_u64(&reader);
            changed[row] = found[i];
            *n_changed += found[i];
            if (found[i])
                rml_log(RML_LOG_BOTH, "%s: its files hold something else than when it was computed; computed again",
                        cohort->id[row]);
        }
    }
done:
    free(found);
    if (rank != 0) free(bytes);
    rml_blob_free(&list);
    return status;
}
