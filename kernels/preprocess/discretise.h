/* Grey level discretisation: fixed bin width or fixed bin count, exactly as PyRadiomics cuts. */
#ifndef RML_PREPROCESS_DISCRETISE_H
#define RML_PREPROCESS_DISCRETISE_H

#include <stdint.h>

#include "kernels/base/status.h"
#include "kernels/base/volume.h"

typedef struct rml_binning {
    double width;  /* binWidth, above 0; used when count is 0 */
    int32_t count; /* binCount, or 0 */
} rml_binning;

/* The bin number of each value, from 1.
 *
 * values  in   [n] finite
 * type    in   the type of the image they come from: under a bin count a float32 image's edges round to float32
 * bins    out  [n]
 *
 * RML_EINVAL    neither width nor count above 0
 * RML_EEMPTY    n is 0
 * RML_ESETTING  the range over the width gives more bins than an int32 holds
 * Source: PyRadiomics imageoperations.getBinEdges. */
RML_CHECKED rml_status rml_discretise(const double *values, int64_t n, const rml_binning *binning, rml_scalar type,
                                      int32_t *bins);

#endif
