/* How far a sweep's held-out probabilities of two classes can be trusted, and what acting on them is worth. */
#ifndef RML_JOBS_SWEEP_CALIBRATION_H
#define RML_JOBS_SWEEP_CALIBRATION_H

#include "jobs/sweep_board.h"

/* FOLDER/calibration.csv     of each pipeline and repeat a row "all" (slope, intercept, calibration in the large,
 *                            Hosmer-Lemeshow) and one for each of that test's groups, from the lowest probabilities
 * FOLDER/decision_curve.csv  net benefit at thresholds from 0.01 to 0.99, of the pipeline, of treating all and none,
 * and of the clinical columns alone ("clinical", empty without that control)
 *
 * Repeat "mean": each column's mean over the repeats in which it is defined; of the groups only where all repeats have
 * as many. The chi square has as many degrees of freedom as groups. No curve without probabilities; of other outcomes
 * both have a header alone. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_sweep_calibration_write(const rml_study *study, const rml_dataset *dataset,
                                                   const rml_sweep_plan *plan, const rml_sweep_results *results,
                                                   const rml_board *board, const char *folder, rml_error *err);

#endif
