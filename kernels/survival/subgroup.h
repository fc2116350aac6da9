/* Whether a covariate's hazard ratio differs between subgroups. */
#ifndef RML_SURVIVAL_SUBGROUP_H
#define RML_SURVIVAL_SUBGROUP_H

#include "kernels/survival/cox.h"

typedef struct rml_subgroup {
    int64_t n_rows, n_events;
    double coefficient, se, p;
    rml_hazard_ratio ratio; /* 0.95 */
    rml_status status;      /* of the subgroup's fit, as of rml_cox_fit: RML_EEMPTY, RML_EVALUE */
    rml_cox_end end;
} rml_subgroup;

typedef struct rml_subgroup_interaction {
    double loglik_main, loglik; /* x + level; x + level + x : level */
    double lrt, p;
    int32_t df;
} rml_subgroup_interaction;

/* Cox models of x alone within each level, and the likelihood-ratio test of their difference in all rows: x + level
 * against x + level + x : level, with level as a factor. With strata all of these models have a baseline hazard a
 * stratum; where the levels are the strata themselves, or nested in them, the strata say what the level alone would.
 *
 * time, event  in   [n] as of rml_surv_init
 * stratum      in   [n] as of rml_surv_init; NULL: one
 * offset       in   [n] finite, added to every model's log hazard, or NULL
 * x            in   [n] finite: a treatment, a score
 * level        in   [n] 0 .. n_levels - 1
 * subgroup     out  [n_levels]
 * interaction  out  of the levels with events: another's ratio is not known, so it is no part of the models and adds no
 *                   df. p NaN when nothing can be tested (fewer than two of those). A level in which the hazard ratio
 *                   runs off is no obstacle: the likelihood has its limit
 *
 * RML_EVALUE  what rml_surv_init and rml_cox_fit refuse, a level outside   RML_EINVAL  n_levels below 1
 * RML_EEMPTY  no event, or no interaction to test: subgroups are filled    RML_ENOMEM */
RML_CHECKED rml_status rml_subgroup_test(const double *time, const uint8_t *event, const int32_t *stratum,
                                         const double *offset, const double *x, const int32_t *level, int64_t n,
                                         int32_t n_levels, const rml_cox_settings *settings, rml_subgroup *subgroup,
                                         rml_subgroup_interaction *interaction);

#endif
