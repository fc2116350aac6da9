/* Ties by the discrete likelihood: of all choices of as many rows from those at risk, how likely those were that had
 * the event. Not for callers outside kernels/survival. */
#ifndef RML_SURVIVAL_COX_EXACT_H
#define RML_SURVIVAL_COX_EXACT_H

#include "kernels/survival/cox_sums.h"

/* Room for the choices of sums->surv, in sums->choices. RML_ENOMEM */
RML_CHECKED rml_status rml_cox_exact_init(rml_cox_sums *sums);
/* Adds all moments to loglik, score and information, from sums->linear. Time: n_rows times the most tied events times
 * the square of n_terms. loglik is not finite where two rows' hazards
 * are further apart than a double goes.
 * Source: Cox 1972; the recursion over rows: Gail, Lubin & Rubinstein, Biometrika 68 (1981). */
void rml_cox_exact_add(rml_cox_sums *sums);

#endif
