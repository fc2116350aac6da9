/* How alike the feature sets are that several runs of a selection chose. */
#ifndef RML_STATS_STABILITY_H
#define RML_STATS_STABILITY_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_stability {
    double stability;     /* 1: always the same set; about 0: as alike as sets drawn at random; at most 1 */
    double variance;      /* of that estimate */
    double low, high;     /* normal interval, not cut */
    double mean_selected; /* features a run */
} rml_stability;

/* chosen  in   [n_runs * n_features], a run's features contiguous; 1 selected, 0 not
 * level   in   coverage, inside (0, 1)
 *
 * RML_EINVAL  level outside (0, 1)
 * RML_EEMPTY  fewer than 2 runs, no features, or no run selected anything, or all selected everything; NaN but for
 *             mean_selected where there are runs
 * RML_ENOMEM
 * Source: Nogueira, Sechidis & Brown, JMLR 18(174), 2018: definition 4 and the variance of theorem 7. */
RML_CHECKED rml_status rml_stability_nogueira(const uint8_t *chosen, int32_t n_runs, int32_t n_features, double level,
                                              rml_stability *result);

#endif
