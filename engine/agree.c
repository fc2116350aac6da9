#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "engine/post.h"

enum { PIECE = 1 << 25 }; /* bytes a broadcast: below what an int counts */

rml_status rml_agree(MPI_Comm comm, rml_status status, rml_error *err)
{
    /* One number orders by status first and lets the lowest rank win. */
    long long mine, worst = 0;
    rml_error sentence = {.status = status};
    MPI_Request request;
    int rank, speaker;

    MPI_Comm_rank(comm, &rank);
    mine = ((long long)status << 32) + (INT32_MAX - rank);
    MPI_Iallreduce(&mine, &worst, 1, MPI_LONG_LONG, MPI_MAX, comm, &request);
    rml_wait_quietly(&request);
    status = (rml_status)(worst >> 32);
    if (status == RML_OK) return RML_OK;
    speaker = INT32_MAX - (int)(worst & INT32_MAX);
    if (rank == speaker) {
        if (err && err->status == status)
            sentence = *err;
        else
            (void)rml_fail(&sentence, status, "%s", rml_status_name(status));
    }
    MPI_Ibcast(sentence.text, RML_ERROR_TEXT, MPI_CHAR, speaker, comm, &request);
    rml_wait_quietly(&request);
    return rml_fail(err, status, "%s", sentence.text);
}

void rml_bcast_quietly(void *items, int n, MPI_Datatype type, MPI_Comm comm)
{
    MPI_Request request;

    MPI_Ibcast(items, n, type, 0, comm, &request);
    rml_wait_quietly(&request);
}

void rml_bcast_bytes(void *bytes, int64_t n_bytes, MPI_Comm comm)
{
    for (int64_t at = 0; at < n_bytes; at += PIECE)
        rml_bcast_quietly((char *)bytes + at, (int)(n_bytes - at < PIECE ? n_bytes - at : PIECE), MPI_BYTE, comm);
}

void rml_max_quietly(void *items, int n, MPI_Datatype type, MPI_Comm comm)
{
    MPI_Request request;
    int rank;

    MPI_Comm_rank(comm, &rank);
    MPI_Ireduce(rank == 0 ? MPI_IN_PLACE : items, rank == 0 ? items : NULL, n, type, MPI_MAX, 0, comm, &request);
    rml_wait_quietly(&request);
}

rml_status rml_share_blob(MPI_Comm comm, void **bytes, int64_t *n_bytes)
{
    long long n = *n_bytes;
    void *all = NULL;
    rml_status status = RML_OK;
    int rank;

    MPI_Comm_rank(comm, &rank);
    rml_bcast_quietly(&n, 1, MPI_LONG_LONG, comm);
    all = rank == 0 ? *bytes : malloc(n > 0 ? (size_t)n : 1);
    if (!all && n > 0) status = RML_ENOMEM;
    status = rml_agree(comm, status, NULL);
    if (status != RML_OK) {
        if (rank != 0) free(all);
        return status;
    }
    rml_bcast_bytes(all, n, comm);
    *bytes = all;
    *n_bytes = n;
    return RML_OK;
}
