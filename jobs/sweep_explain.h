/* What a sweep works on and would do, in words on stdout. */
#ifndef RML_JOBS_SWEEP_EXPLAIN_H
#define RML_JOBS_SWEEP_EXPLAIN_H

#include "jobs/sweep_plan.h"

/* Patients, rows, features, centres; who is left out or not found; selections that leave nothing out. */
void rml_sweep_print_data(const rml_study *study, const rml_dataset *dataset);

/* How many splits hold out patients of one outcome alone, on which the metric is undefined. None: nothing. */
void rml_sweep_print_undefined(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan);

/* Of a study that lists outcomes: which this is, and what being one of several changes. Else nothing. */
void rml_sweep_print_outcome(const rml_study *study);

/* All of that, every default, and how much there is to compute. */
void rml_sweep_explain(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan);

#endif
