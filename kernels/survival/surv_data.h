/* Times to an event or to the end of observation, sorted once: what Kaplan-Meier, log-rank, Cox and concordance walk
 * over. Any number of columns and models share one of these. */
#ifndef RML_SURVIVAL_SURV_DATA_H
#define RML_SURVIVAL_SURV_DATA_H

#include <stdint.h>

#include "kernels/base/status.h"

/* A time at which there are events, in one stratum. Places count in the sorted order. Rows [start, end) come newly into
 * the risk set: those with a time from this moment's up to, not including, the next later one's. The last of them,
 * [first_event, end), have their event here; the risk set is [first, end). */
typedef struct rml_surv_moment {
    int64_t first; /* of the stratum */
    int64_t start, first_event, end;
    double time;
} rml_surv_moment;

/* Sorted by stratum upwards, then time downwards, then censored before events, then row. A risk set is then all of its
 * stratum down to a place, and sums over it run along. */
typedef struct rml_surv {
    int64_t n_rows, n_events, n_moments;
    int32_t n_strata;        /* with at least one row */
    int64_t *row;            /* [n_rows] place -> row as given */
    double *time;            /* [n_rows] by place, nearly equal ones made equal */
    uint8_t *event;          /* [n_rows] by place */
    int64_t *stratum_first;  /* [n_strata + 1] places */
    int32_t *stratum_label;  /* [n_strata] as given, ascending */
    rml_surv_moment *moment; /* [n_moments] in sorted order: by stratum, then time downwards */
    void *memory;
} rml_surv;

/* time     in   [n] at least 0, finite
 * event    in   [n] 1: the event was at that time; 0: censored then, that is without it so far
 * stratum  in   [n] any numbers, or NULL: one stratum
 * surv     out  freed by rml_surv_free; empty unless RML_OK
 *
 * Times that differ by less than 1.5e-8 (sqrt of 2^-52) of the mean distinct time count as equal, as in R's aeqSurv
 * (differences of dates divided by 365.25 are ties that rounding tore apart): the smallest of them stands for all.
 * No event at all is RML_OK here, with n_moments 0: which result then is missing is for each user to say.
 *
 * RML_EVALUE  a time that is negative or not finite, an event above 1
 * RML_EEMPTY  n is 0
 * RML_ENOMEM */
RML_CHECKED rml_status rml_surv_init(const double *time, const uint8_t *event, const int32_t *stratum, int64_t n,
                                     rml_surv *surv);
void rml_surv_free(rml_surv *surv);

#endif
