/* The risk sets that glmnet 4.1-6 fits Cox's model to, which are not always the data's. */
#ifndef RML_MODELS_GLMNET_TIMES_H
#define RML_MODELS_GLMNET_TIMES_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Who is censored at an event's time is at risk then. glmnet sees to it by adding 2.2e-14 to the times of the censored,
 * which is lost in times of 256 and more, and then sorts without regard to who had the event: some leave a moment
 * early, and who does depends on the rows' order. Here they are given a time between the moment before and theirs, so
 * that risk sets are glmnet's.
 *
 * time   in   [n] finite
 * event  in   [n] 1: the event, 0: censored
 * weight in   [n] >= 0, or NULL
 * seen   out  [n]
 *
 * RML_ENOMEM. Source of the sort that decides: Singleton, Commun ACM 12(3), 1969, algorithm 347. */
RML_CHECKED rml_status rml_glmnet_times_shift(const double *time, const uint8_t *event, const double *weight, int64_t n,
                                              double *seen);

#endif
