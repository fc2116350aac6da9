/* What the journal of a sweep holds in the end. */
#ifndef RML_JOBS_SWEEP_READ_H
#define RML_JOBS_SWEEP_READ_H

#include "engine/journal.h"
#include "jobs/sweep_results.h"

/* Reads every part; one that failed is its reason. rml_sweep_results_free gives it back, whatever came of it.
 * RML_EFORMAT  a record that is none; RML_ENOMEM, RML_EIO */
RML_CHECKED rml_status rml_sweep_results_read(const rml_study *study, const rml_dataset *dataset,
                                              const rml_sweep_plan *plan, const rml_journal *journal,
                                              rml_sweep_results *results, rml_error *err);
void rml_sweep_results_free(const rml_study *study, const rml_sweep_plan *plan, rml_sweep_results *results);

#endif
