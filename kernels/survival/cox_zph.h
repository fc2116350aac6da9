/* Whether hazards are proportional: the score test of a coefficient that changes with time. */
#ifndef RML_SURVIVAL_COX_ZPH_H
#define RML_SURVIVAL_COX_ZPH_H

#include "kernels/survival/cox.h"

typedef enum rml_zph_time {
    RML_ZPH_KM,       /* 1 - S(t-) of all rows together: R's default. Events weigh about the same wherever they are */
    RML_ZPH_IDENTITY, /* t */
    RML_ZPH_RANK,     /* of t among all rows' times, ties sharing the middle rank */
    RML_ZPH_LOG       /* log t */
} rml_zph_time;

/* fit and the arguments after it as of the rml_cox_fit that made it.
 *
 * chisq, p  out  [n_terms] of each term's coefficient + theta g(t), 1 df; NaN for aliased terms
 * global    out  of all terms together, fit's rank of df
 *
 * RML_EVALUE  the fit did not converge, or a time of 0 under RML_ZPH_LOG: all NaN
 * RML_EEMPTY  all events at one time, or in one term's risk sets nothing left to tell: NaN for what has no test
 * RML_EINVAL, RML_ENOMEM
 * Source: Grambsch & Therneau, Biometrika 81 (1994), as the score test that R's cox.zph is since survival 3.0 (older
 * versions and Python's lifelines take an approximation). */
typedef struct rml_zph_global {
    double chisq, p;
    int32_t df;
} rml_zph_global;
RML_CHECKED rml_status rml_cox_zph(const rml_cox *fit, const rml_surv *surv, const rml_columns *columns,
                                   const double *weight, const double *offset, rml_ties ties, rml_zph_time time,
                                   double *chisq, double *p, rml_zph_global *global);

#endif
