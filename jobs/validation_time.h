/* How a fixed model of times to an event does on patients that it was not fitted to. Weights for censoring are by these
 * patients' own follow-up: no model is fitted with them, and those of the training patients are another study's. */
#ifndef RML_JOBS_VALIDATION_TIME_H
#define RML_JOBS_VALIDATION_TIME_H

#include "kernels/learn/kind.h"
#include "kernels/survival/cox.h"
#include "kernels/survival/km.h"

enum { RML_VALIDATION_TIMES = 20, RML_VALIDATION_PARTS = 5, RML_VALIDATION_CUTS = 2, RML_VALIDATION_COMPARED = 2 };

/* NaN: not defined, as beyond these patients' or the training patients' follow-up. */
typedef struct rml_validation_at {           /* at one time */
    double time, auc, brier, brier_no_model; /* of these patients' own Kaplan-Meier curve */
    double predicted;                        /* mean probability of the event by then */
    double observed, low, high;              /* 1 - Kaplan-Meier, with log limits; none where the curve is 1 or 0 */
    double part_predicted[RML_VALIDATION_PARTS], part_observed[RML_VALIDATION_PARTS], part_low[RML_VALIDATION_PARTS],
        part_high[RML_VALIDATION_PARTS]; /* the same in each part of rising score */
} rml_validation_at;

typedef struct rml_validation_cut { /* low: at most the cut; high: above. A side that nobody is on has no curve */
    double cut;
    rml_km km[2]; /* n_times 0: nobody */
    rml_km_time median[2];
    int64_t n_compared;              /* events while patients of both sides were at risk: what a test can go by */
    double logrank_chisq, logrank_p; /* NaN where these are fewer than RML_VALIDATION_COMPARED */
    rml_hazard_ratio ratio;          /* of high against low */
    rml_cox_end end;                 /* why it has no value */
} rml_validation_cut;

typedef struct rml_validation_time {
    int64_t n, n_events;
    double c, c_se, c_low, c_high; /* Harrell's, 95 %; NaN but for c where the standard error comes out as 0 */
    double uno, tau;               /* up to the last of the times that these patients were followed to; NaN: none */
    double brier_mean, brier_mean_no_model; /* integrated from 0 to tau, by tau */
    rml_hazard_ratio slope; /* of the score in a Cox model of these patients: coefficient, not its exponential. 1 where
                               scores are as far apart as they should be */
    int32_t n_times, n_parts; /* parts of rising score; 0 below 20 patients */
    int64_t part_n[RML_VALIDATION_PARTS];
    rml_validation_at at[RML_VALIDATION_TIMES];
    rml_validation_cut by_cut[RML_VALIDATION_CUTS];
} rml_validation_time;

/* fitted: the model, with its baseline. decision, time, event: [n], decision without NaN. times: [n_times] ascending,
 * at most RML_VALIDATION_TIMES. cut: NaN, there is none. RML_EVALUE: a time that is negative or not finite; RML_ENOMEM
 */
RML_CHECKED rml_status rml_validation_measure_time(const rml_fitted *fitted, const double *decision, const double *time,
                                                   const uint8_t *event, int64_t n, const double *times,
                                                   int32_t n_times, const double cut[RML_VALIDATION_CUTS],
                                                   rml_validation_time *out);
void rml_validation_time_free(rml_validation_time *measured);

#endif
