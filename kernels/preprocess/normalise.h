/* Whole-image normalisation in one pass over the stored voxels, without a copy. */
#ifndef RML_PREPROCESS_NORMALISE_H
#define RML_PREPROCESS_NORMALISE_H

#include <stdint.h>

#include "kernels/base/volume.h"

typedef struct rml_normalisation {
    double mean, sd; /* of the whole image; sd with N - 1 */
    double scale;    /* normalizeScale */
    double limit;    /* removeOutliers: clipped to ±limit before scaling; infinity for none */
} rml_normalisation;

/* Mean and standard deviation (N - 1) of all voxels, to the last bit those of ITK's StatisticsImageFilter: of an
 * integer image whose squares add up to less than 2^53 always, else when ITK runs on one thread (on several its own
 * last bit depends on their number). The image must be loaded whole. Needs no scratch. RML_EVALUE  a NaN or infinite
 * voxel (the count of them in *n_bad), or a standard deviation of 0, also where rounding makes it so */
RML_CHECKED rml_status rml_normalise_fit(const rml_volume *image, double *mean, double *sd, int64_t *n_bad);

/* values[n]: (x - mean) / sd, clipped to ±limit, times scale; in place. */
void rml_normalise_apply(const rml_normalisation *normalisation, double *values, int64_t n);

#endif
