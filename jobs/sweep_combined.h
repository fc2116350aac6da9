/* What the images add to the clinical columns, and these to the images: the control "clinical + chosen". In every
 * split a plain model (sweep_controls.h) of the clinical columns and of one more, the score of the pipeline that
 * "chosen" picks there; of several classes each score's difference from the first class'.
 *
 * Of a training patient the score is what the inner folds said that held the patient out, the mean over inner repeats:
 * the fit's own would look as good as on no other patient, and the model would trust it too much. Of a held-out patient
 * it is what the pipeline says that was fitted to the whole training part. A patient is one row.
 *
 * The control's inner score and threshold, by the same inner folds, are a little too good, as every training patient's
 * score comes from fits that have seen the patients of the other folds; nothing is chosen by that score. And since
 * "chosen" picks by these very scores, the weight of the training patients' score may be a little too large; the
 * held-out patients' are of none of it, so that what is said of them stays honest. Its apparent
 * metric is that of the whole procedure on its training patients, scored by the fit that has seen them. */
#ifndef RML_JOBS_SWEEP_COMBINED_H
#define RML_JOBS_SWEEP_COMBINED_H

#include "jobs/sweep_results.h"

/* Fits it in every split and on all patients, into results->control; where no pipeline was chosen, or a training
 * patient has no such score, control_why says so. Nothing to do without the control. It is a function of what the
 * tasks have found, and small beside them: rank 0 does it before it writes, so that the journal holds no part of it.
 * RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_combine(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                         rml_sweep_results *results, rml_error *err);

#endif
