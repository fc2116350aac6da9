/* Order statistics by selection. */
#ifndef RML_FIRSTORDER_SELECT_H
#define RML_FIRSTORDER_SELECT_H

#include <stdint.h>

/* The element that would stand at place k, from 0, if x[n] were sorted; x is permuted so that those before place k are
 * not above it, and those behind not below. */
double rml_select_rank(double *x, int64_t n, int64_t k);

#endif
