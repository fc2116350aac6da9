#include "jobs/study_share.h"

#include <stdlib.h>

#include "engine/farm.h"

static int rank_in(MPI_Comm comm)
{
    int rank;

    MPI_Comm_rank(comm, &rank);
    return rank;
}

rml_status rml_study_share(MPI_Comm comm, const char *path, void **text, int64_t *n_bytes, rml_error *err)
{
    char *bytes = NULL;
    size_t n = 0;
    rml_status status = rank_in(comm) == 0 ? rml_study_file_read(path, &bytes, &n, err) : RML_OK;

    status = rml_agree(comm, status, err);
    if (status != RML_OK) return status;
    *text = bytes;
    *n_bytes = (int64_t)n;
    status = rml_share_blob(comm, text, n_bytes);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the study");
}

rml_status rml_dataset_share(MPI_Comm comm, const rml_study *study, rml_shared *table, rml_dataset *dataset,
                             rml_error *err)
{
    rml_blob blob = {0};
    rml_status status = rank_in(comm) == 0 ? rml_dataset_read(study, &blob, err) : RML_OK;

    status = rml_agree(comm, status, err);
    if (status != RML_OK) {
        rml_blob_free(&blob);
        return status;
    }
    status = rml_share_node(comm, blob.bytes, (int64_t)blob.n_bytes, table);
    if (status == RML_OK) status = rml_dataset_unpack(table->bytes, (size_t)table->n_bytes, dataset);
    if (status != RML_OK) rml_fail(err, status, "the study's table could not be taken apart");
    return rml_agree(comm, status, err);
}
