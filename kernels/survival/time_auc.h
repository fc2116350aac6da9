/* Time-dependent AUC: cumulative cases (event by t) against dynamic controls (still free of it at t). */
#ifndef RML_SURVIVAL_TIME_AUC_H
#define RML_SURVIVAL_TIME_AUC_H

#include "kernels/survival/ipcw.h"
#include "kernels/survival/surv_data.h"

/* surv    in   the rows that are judged; strata do not matter
 * score   in   [n_rows] by row as given; higher means earlier event
 * ipcw    in   cases are weighed by 1 / G of their time
 * at      in   [n_at] times, ascending
 * auc     out  [n_at]; ties of score count one half. NaN where there is no case or no control
 * mean    out  over the times, each by how much the rows' own survival falls from the one before, from 1 for the first;
 *              NaN if one of those that count is. NULL allowed
 *
 * RML_EVALUE  a NaN score or time, or a case at which G is 0
 * RML_EINVAL  times not ascending   RML_EEMPTY  some auc NaN   RML_ENOMEM
 *
 * Source: Uno et al., JASA 102 (2007); Hung & Chiang 2010; mean as in Lambert & Chevret 2016, scikit-survival. */
RML_CHECKED rml_status rml_time_auc(const rml_surv *surv, const double *score, const rml_ipcw *ipcw, const double *at,
                                    int32_t n_at, double *auc, double *mean);

#endif
