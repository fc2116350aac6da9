/* What a sweep says of single centres. */
#ifndef RML_JOBS_SWEEP_CENTRES_H
#define RML_JOBS_SWEEP_CENTRES_H

#include "jobs/sweep_board.h"

/* FOLDER/centres.csv: a row a pipeline and centre, of its held-out patients: how many, events (of several classes: how
 * many of each), the metric with DeLong's interval (of two classes), and the measures of sweep_pool.h. All are those of
 * a repeat's held-out patients together, the mean over the repeats in which they are defined; the interval has the mean
 * of DeLong's variances there. Empty where undefined; no rows without a centre. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_sweep_centres_write(const rml_study *study, const rml_dataset *dataset,
                                               const rml_sweep_plan *plan, const rml_sweep_results *results,
                                               const rml_board *board, const char *folder, rml_error *err);

/* How well the features tell the centre, before and after the preparation: FOLDER/harmonisation.csv, a row a stage
 * (RML_EIO, RML_ENOMEM), and a line for people. */
RML_CHECKED rml_status rml_sweep_harmonisation_write(const rml_sweep_plan *plan, const rml_sweep_results *results,
                                                     const char *folder, rml_error *err);
void rml_sweep_harmonisation_print(const rml_study *study, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results);

#endif
