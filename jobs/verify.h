/* --verify: whether the files of rows that are done still hold what they held, though size and time say so. */
#ifndef RML_JOBS_VERIFY_H
#define RML_JOBS_VERIFY_H

#include <mpi.h>

#include "engine/journal.h"
#include "jobs/cohort.h"

/* Reads the files of every row that the journal has as done, shared among the ranks, and compares their checksums with
 * the recorded ones. Collective over comm.
 *
 * cohort, journal  rank 0; elsewhere NULL
 * n_columns        of a result
 * changed          rank 0: [n_rows], set where a file holds something else or cannot be read any more
 * n_changed        rank 0
 *
 * The same status on every rank: RML_ENOMEM, or what reading the journal gave. */
RML_CHECKED rml_status rml_verify(MPI_Comm comm, const rml_cohort *cohort, const rml_journal *journal,
                                  int32_t n_columns, bool *changed, int64_t *n_changed, rml_error *err);

#endif
