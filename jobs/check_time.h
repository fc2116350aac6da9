/* What seconds a ROI takes on one core, as `check` foretells them. */
#ifndef RML_JOBS_CHECK_TIME_H
#define RML_JOBS_CHECK_TIME_H

#include "jobs/params.h"

/* How far apart the intensities of a cohort's ROIs lie: the mean of those that were looked at. {0}: none yet. */
typedef struct rml_span {
    double sum;
    int64_t n;
} rml_span;

/* Whether the time hangs on it: matrices of pairs are wanted, and no bin count says how many grey levels there are. */
bool rml_span_matters(const rml_params *params);

/* Takes in a ROI's image, cut at `box`, voxels 1 inside; normalised where the parameters ask for it. A ROI without
 * finite voxels changes nothing.
 *
 * image    in  the box's slices at least; all of them where the parameters normalise
 * voxels   in  [box] */
void rml_span_add(rml_span *span, const rml_params *params, const rml_volume *image, const rml_box *box,
                  const uint8_t *voxels);

/* Seconds of a ROI on the grid that it is computed on.
 *
 * size      in  of its tight box
 * n_voxels  in  of the ROI */
double rml_seconds_of_roi(const rml_params *params, const int32_t size[3], int64_t n_voxels, const rml_span *span);

#endif
