#include "kernels/survival/subgroup.h"

#include <math.h>
#include <stdlib.h>

/* Rows of one level, in memory of n each. */
typedef struct level_rows {
    double *time, *x, *offset;
    uint8_t *event;
    int32_t *stratum;
} level_rows;

static rml_status fit_level(const rml_surv *surv, const level_rows *rows, const rml_cox_settings *settings,
                            rml_subgroup *subgroup)
{
    const rml_columns column = {surv->n_rows, surv->n_rows, 1, rows->x};
    rml_cox fit;
    rml_status status = rml_cox_fit(surv, &column, NULL, rows->offset, settings, &fit);

    subgroup->status = status;
    if (fit.coefficient) {
        subgroup->end = fit.end;
        subgroup->coefficient = fit.coefficient[0];
        subgroup->se = fit.se[0];
        subgroup->p = fit.p[0];
        status = rml_cox_hazard_ratio(&fit, 0, 0.95, &subgroup->ratio);
    }
    rml_cox_free(&fit);
    return status;
}

static rml_status one_level(const double *time, const uint8_t *event, const int32_t *stratum, const double *offset,
                            const double *x, const int32_t *level, int64_t n, int32_t own,
                            const rml_cox_settings *settings, const level_rows *rows, rml_subgroup *subgroup)
{
    int64_t n_kept = 0;
    rml_surv surv = {0};
    rml_status status;

    *subgroup = (rml_subgroup){.coefficient = NAN, .se = NAN, .p = NAN, .ratio = {NAN, NAN, NAN}};
    subgroup->status = RML_EEMPTY;
    subgroup->end = RML_COX_NO_EVENT;
    for (int64_t i = 0; i < n; ++i) {
        if (level[i] != own) continue;
        rows->time[n_kept] = time[i];
        rows->x[n_kept] = x[i];
        rows->offset[n_kept] = offset ? offset[i] : 0.0;
        rows->stratum[n_kept] = stratum ? stratum[i] : 0;
        rows->event[n_kept++] = event[i];
    }
    if (n_kept == 0) return RML_OK;
    status = rml_surv_init(rows->time, rows->event, rows->stratum, n_kept, &surv);
    subgroup->n_rows = surv.n_rows;
    subgroup->n_events = surv.n_events;
    if (status == RML_OK) status = fit_level(&surv, rows, settings, subgroup);
    rml_surv_free(&surv);
    return status;
}

/* The rows of levels with events, with these levels counted from 0; how many rows. A level without any would only run
 * off: as its hazard goes to 0 its rows leave the others' risk sets, and what is left is the likelihood without them.
 */
static int64_t keep_levels(const double *time, const uint8_t *event, const int32_t *stratum, const double *offset,
                           const double *x, const int32_t *level, int64_t n, int32_t n_levels,
                           const rml_subgroup *subgroup, const level_rows *rows, int32_t *kept, int32_t *n_kept)
{
    int64_t n_rows = 0;

    *n_kept = 0;
    for (int32_t l = 0; l < n_levels; ++l) *n_kept += subgroup[l].n_events > 0;
    for (int64_t i = 0; i < n; ++i) {
        if (subgroup[level[i]].n_events == 0) continue;
        kept[n_rows] = 0;
        for (int32_t l = 0; l < level[i]; ++l) kept[n_rows] += subgroup[l].n_events > 0;
        rows->time[n_rows] = time[i];
        rows->x[n_rows] = x[i];
        rows->offset[n_rows] = offset ? offset[i] : 0.0;
        rows->stratum[n_rows] = stratum ? stratum[i] : 0;
        rows->event[n_rows++] = event[i];
    }
    return n_rows;
}

/* x, the levels but the first, x times these; each column [n]. */
static void write_design(const double *x, const int32_t *level, int64_t n, int32_t n_levels, double *design)
{
    for (int64_t i = 0; i < n; ++i) {
        design[i] = x[i];
        for (int32_t l = 1; l < n_levels; ++l) {
            design[l * n + i] = level[i] == l;
            design[(n_levels - 1 + l) * n + i] = level[i] == l ? x[i] : 0.0;
        }
    }
}

/* Whether a fit's likelihood can be used: it is the maximum, or as near to its supremum as may be. */
static rml_status usable(rml_status status, const rml_cox *fit)
{
    return status == RML_EVALUE && fit->coefficient && fit->end == RML_COX_MONOTONE ? RML_OK : status;
}

static rml_status test_interaction(const rml_surv *surv, const double *offset, const double *design, int32_t n_levels,
                                   const rml_cox_settings *settings, rml_subgroup_interaction *interaction)
{
    const int64_t n = surv->n_rows;
    const rml_columns main_terms = {n, n, n_levels, design}, all_terms = {n, n, 2 * n_levels - 1, design};
    rml_cox small = {0}, large = {0};
    rml_status status = usable(rml_cox_fit(surv, &main_terms, NULL, offset, settings, &small), &small);

    if (status == RML_OK) status = usable(rml_cox_fit(surv, &all_terms, NULL, offset, settings, &large), &large);
    if (status == RML_OK) {
        interaction->loglik_main = small.loglik;
        interaction->loglik = large.loglik;
        status = rml_cox_compare(&small, &large, &interaction->lrt, &interaction->df, &interaction->p);
    }
    rml_cox_free(&small);
    rml_cox_free(&large);
    return status;
}

rml_status rml_subgroup_test(const double *time, const uint8_t *event, const int32_t *stratum, const double *offset,
                             const double *x, const int32_t *level, int64_t n, int32_t n_levels,
                             const rml_cox_settings *settings, rml_subgroup *subgroup,
                             rml_subgroup_interaction *interaction)
{
    level_rows rows = {0};
    double *design = NULL;
    int32_t *kept = NULL, n_kept = 0;
    rml_surv surv = {0};
    rml_status status;

    *interaction = (rml_subgroup_interaction){NAN, NAN, NAN, NAN, 0};
    if (n_levels < 1) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i)
        if (level[i] < 0 || level[i] >= n_levels || !isfinite(x[i]) || (offset && !isfinite(offset[i])))
            return RML_EVALUE;
    status = rml_surv_init(time, event, stratum, n, &surv);
    if (status != RML_OK) return status;
    rml_surv_free(&surv);
    rows = (level_rows){malloc((size_t)n * sizeof(double)), malloc((size_t)n * sizeof(double)),
                        malloc((size_t)n * sizeof(double)), malloc((size_t)n), malloc((size_t)n * sizeof(int32_t))};
    design = malloc((size_t)n * (2 * (size_t)n_levels - 1) * sizeof *design);
    kept = malloc((size_t)n * sizeof *kept);
    if (!kept || !rows.time || !rows.x || !rows.offset || !rows.event || !rows.stratum || !design) status = RML_ENOMEM;
    for (int32_t l = 0; status == RML_OK && l < n_levels; ++l)
        status = one_level(time, event, stratum, offset, x, level, n, l, settings, &rows, subgroup + l);
    if (status == RML_OK) {
        const int64_t n_rows =
            keep_levels(time, event, stratum, offset, x, level, n, n_levels, subgroup, &rows, kept, &n_kept);

        status = n_kept < 2 ? RML_EEMPTY : rml_surv_init(rows.time, rows.event, rows.stratum, n_rows, &surv);
        if (status == RML_OK) {
            write_design(rows.x, kept, n_rows, n_kept, design);
            status = test_interaction(&surv, rows.offset, design, n_kept, settings, interaction);
        }
    }
    free(rows.time);
    free(rows.x);
    free(rows.offset);
    free(rows.event);
    free(rows.stratum);
    free(design);
    free(kept);
    rml_surv_free(&surv);
    return status;
}
