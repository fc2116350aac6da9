/* p values adjusted for being many. */
#ifndef RML_STATS_ADJUST_H
#define RML_STATS_ADJUST_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef enum rml_adjust_method {
    RML_ADJUST_BONFERRONI,
    RML_ADJUST_HOLM,
    RML_ADJUST_HOCHBERG,
    RML_ADJUST_HOMMEL, /* time grows with n^2 */
    RML_ADJUST_BH,     /* Benjamini & Hochberg: false discovery rate */
    RML_ADJUST_BY,     /* Benjamini & Yekutieli */
} rml_adjust_method;

/* p         in   [n] in [0, 1]; NaN stays NaN and does not count in n
 * adjusted  out  [n], may be p itself
 *
 * RML_EVALUE  a p outside [0, 1]   RML_EINVAL  no such method   RML_ENOMEM; adjusted is then all NaN. No rows: RML_OK.
 * Source: R stats::p.adjust; Hommel's by Wright 1992. */
RML_CHECKED rml_status rml_adjust(const double *p, int64_t n, rml_adjust_method method, double *adjusted);

#endif
