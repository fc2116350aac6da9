/* Tasks dealt to a number of takers, so that each has about the same to do. */
#ifndef RML_JOBS_DEAL_H
#define RML_JOBS_DEAL_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Each task, in the order given, goes to the taker with the least cost so far, then with the fewest tasks, then with
 * the lowest number. Given the dearest first, the fullest then has at most 4/3 of what the fullest has under the best
 * of all ways (Graham 1969).
 *
 * cost     in   [n_tasks] not negative
 * n        in   takers, at least 1
 * taker    out  [n_tasks] 0 .. n - 1
 * RML_ENOMEM */
RML_CHECKED rml_status rml_deal(const double *cost, int64_t n_tasks, int32_t n, int32_t *taker);

#endif
