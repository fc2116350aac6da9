/* What a sweep works on and would do, in words on stdout. */
#ifndef RML_JOBS_SWEEP_EXPLAIN_H
#define RML_JOBS_SWEEP_EXPLAIN_H

#include "jobs/sweep_results.h"

/* Patients, rows, features, centres; who is left out or not found. */
void rml_sweep_print_data(const rml_study *study, const rml_dataset *dataset);

/* Steps told to keep a number of features that have kept all in every split. */
void rml_sweep_print_idle(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results);

/* How many splits hold out patients of one outcome alone, on which the metric is undefined. None: nothing. */
void rml_sweep_print_undefined(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan);

/* Of a study that lists outcomes: which this is, and what being one of several changes. Else nothing. */
void rml_sweep_print_outcome(const rml_study *study);

/* That no permutation can move an outcome, and there is no p. */
void rml_sweep_print_stuck(const rml_study *study);

/* All of that, every default, steps that will keep all features, and how much there is to compute. */
void rml_sweep_explain(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan);

#endif
