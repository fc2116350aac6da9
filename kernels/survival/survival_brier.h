/* The Brier score of predicted survival: how far probabilities at a time are from what happened. */
#ifndef RML_SURVIVAL_SURVIVAL_BRIER_H
#define RML_SURVIVAL_SURVIVAL_BRIER_H

#include <stdbool.h>

#include "kernels/survival/ipcw.h"
#include "kernels/survival/surv_data.h"

/* Whether anything is known of these rows after a time: somebody is still free of the event then, or the last one of
 * all had it (the curve is 0). Beyond it a Brier score would be of early events alone, and small for that. */
bool rml_survival_is_followed(const rml_surv *surv, double at);

/* surv      in   the rows that are judged; strata do not matter
 * survival  in   [n_at * n_rows] predicted probability of no event until at[k], of row i as given: k * n_rows + i
 * ipcw      in   a row with its event by t counts 1 / G of its time, one still free of it 1 / G(t), one censored by t 0
 * at        in   [n_at] times, ascending
 * brier     out  [n_at]
 * mean      out  the integrated Brier score: trapezoid area over [at[0], at[n_at - 1]] by its length; the value itself
 *                when n_at is 1. NULL allowed
 *
 * RML_EVALUE  a probability outside [0, 1] or NaN, a NaN time, or a row that counts where G is 0: all NaN
 * RML_EEMPTY  a time that rml_survival_is_followed denies: NaN there, and the mean is
 * RML_EINVAL  times not ascending, n_at below 1
 * Source: Graf et al., Stat Med 18 (1999). */
RML_CHECKED rml_status rml_survival_brier(const rml_surv *surv, const double *survival, const rml_ipcw *ipcw,
                                          const double *at, int32_t n_at, double *brier, double *mean);

#endif
