/* How far the optimum can be from where a Newton step ends. Used by rfe_ridge.c alone. */
#ifndef RML_SELECT_RFE_BOUND_H
#define RML_SELECT_RFE_BOUND_H

#include "kernels/select/rfe_inverse.h"

/* Whether the weights at point k are good enough after the whole step just taken: which n_drop columns leave is known,
 * up to sizes closer than equal times the largest, and the tolerance is kept. The columns that left before the point
 * are not in. scratch: [p]. */
bool rml_rfe_is_known(rml_rfe_ridge *e, int32_t k, int32_t n_drop, double equal, double *scratch);

#endif
