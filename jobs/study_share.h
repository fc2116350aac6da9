/* A study file and its patients, read once and then on every rank: how `sweep`, `survive` and others begin. */
#ifndef RML_JOBS_STUDY_SHARE_H
#define RML_JOBS_STUDY_SHARE_H

#include <mpi.h>

#include "engine/share.h"
#include "jobs/dataset.h"

/* The study's file on every rank. Collective; a failure of rank 0 is everyone's.
 *
 * text  out  malloc'ed, [*n_bytes]; must outlive what is parsed from it
 *
 * What rml_study_file_read says; RML_ENOMEM */
RML_CHECKED rml_status rml_study_share(MPI_Comm comm, const char *path, void **text, int64_t *n_bytes, rml_error *err);

/* The study's patients on every rank: read by rank 0, once a node in memory. Collective; a failure is everyone's.
 *
 * table    out  the bytes, which the dataset points into; rml_share_free ends them
 * dataset  out
 *
 * What rml_dataset_read says; RML_ENOMEM */
RML_CHECKED rml_status rml_dataset_share(MPI_Comm comm, const rml_study *study, rml_shared *table, rml_dataset *dataset,
                                         rml_error *err);

#endif
