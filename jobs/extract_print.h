/* What an extraction says of itself at its end, on the standard output: the parts that `extract` and `merge` share. */
#ifndef RML_JOBS_EXTRACT_PRINT_H
#define RML_JOBS_EXTRACT_PRINT_H

#include "engine/farm.h"
#include "jobs/tables.h"

/* The tables' files, the first failures and the first warning. csv: NULL where none was asked for; run: the run folder.
 */
void rml_print_tables(const rml_tables_counts *counts, const char *out, const char *csv, const char *run,
                      int32_t n_columns);
/* The first n_failed sentences, indented, and how many more there are. */
void rml_print_failures(const rml_error *shown, int64_t n_failed);

/* Where the ranks' time went, and each rank's part.
 *
 * seconds        in  [RML_N_STAGES] of the cases, over all ranks
 * write_seconds  in  of the tables; 0: none were written */
void rml_print_effort(const rml_farm_report *report, const double *seconds, double write_seconds);

#endif
