/* Net reclassification and integrated discrimination of the study's two models: made where a reviewer asks for it, and
 * never without the words that say how they mislead.
 *
 * 1. Both risks
 * 2. Limits by resamples
 * 3. Table and summary */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/survive.h"
#include "kernels/prepare/sorted.h"

static const char *const way_name[RML_RECLASSIFIED_WAYS] = {"NRI(>0)", "NRI of categories", "IDI"};
#define CAUTION                                                                                                        \
    "CAUTION: rises for models that are badly calibrated and for markers of noise (Hilden & Gerds 2014; Kerr et al. "  \
    "2014)"
#define BEYOND                                                                                                         \
    "a part beyond 1 comes of Kaplan-Meier's estimates in those who move, which need not add up to that of all"
#define HEADLINE "judge by the difference of C and by the net benefit"

/* 1. Both risks ---------------------------------------------------------------------------------------------------- */

/* The risk of a model of the first n_terms, fitted to these patients. RML_EEMPTY: it did not converge */
static rml_status risks_of(const rml_survive *x, const rml_complete *c, const rml_surv *surv, int32_t n_terms,
                           double *risk)
{
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_columns columns = {c->n, x->dataset.data.n_rows, n_terms, c->x};
    rml_cox fit = {0};
    rml_status status = rml_cox_fit(surv, &columns, NULL, c->offset, &settings, &fit);

    if (fit.coefficient && fit.end != RML_COX_CONVERGED) status = RML_EEMPTY;
    if (status == RML_OK) status = rml_cox_linear(&fit, &columns, c->offset, c->linear);
    if (status == RML_OK) status = rml_survive_risks(x, c, surv, c->linear, x->study.survive.reclassified_at, risk);
    rml_cox_free(&fit);
    return status;
}

static void clear(rml_improvement found[RML_RECLASSIFIED_WAYS])
{
    for (int w = 0; w < RML_RECLASSIFIED_WAYS; ++w) found[w] = (rml_improvement){NAN, NAN, NAN};
}

/* risk: [2][n] work. What is not defined is NaN. */
static rml_status measure(const rml_survive *x, const rml_complete *c, int32_t n_terms, double *risk,
                          rml_improvement found[RML_RECLASSIFIED_WAYS])
{
    const rml_survive_plan *plan = &x->study.survive;
    const double at = plan->reclassified_at, *second = risk + c->n;
    rml_surv surv = {0};
    rml_status status = rml_surv_init(c->time, c->event, c->stratum, c->n, &surv);

    clear(found);
    if (status == RML_OK) status = risks_of(x, c, &surv, x->comparison->n_base, risk);
    if (status == RML_OK) status = risks_of(x, c, &surv, n_terms, risk + c->n);
    rml_surv_free(&surv);
    if (status != RML_OK) return status == RML_ENOMEM ? status : RML_OK;
    status = rml_reclassify(c->time, c->event, risk, second, c->n, at, NULL, 0, &found[RML_RECLASSIFIED_ANY]);
    if (status != RML_ENOMEM && plan->n_reclassified_cuts > 0)
        status = rml_reclassify(c->time, c->event, risk, second, c->n, at, plan->reclassified_cut,
                                plan->n_reclassified_cuts, &found[RML_RECLASSIFIED_CATEGORY]);
    if (status != RML_ENOMEM)
        status = rml_discriminate_better(c->time, c->event, risk, second, c->n, at, &found[RML_RECLASSIFIED_MEAN]);
    return status == RML_ENOMEM ? status : RML_OK;
}

/* 2. Limits by resamples ------------------------------------------------------------------------------------------- */

static void draw_rows(const rml_survive *x, const rml_complete *c, int32_t n_terms, const int32_t *row,
                      rml_complete *drawn)
{
    const int64_t stride = x->dataset.data.n_rows;

    for (int32_t i = 0; i < c->n; ++i) {
        drawn->time[i] = c->time[row[i]];
        drawn->event[i] = c->event[row[i]];
        drawn->stratum[i] = c->stratum[row[i]];
        drawn->offset[i] = c->offset[row[i]];
        for (int32_t t = 0; t < n_terms; ++t) drawn->x[t * stride + i] = c->x[t * stride + row[i]];
    }
}

static double part_of(const rml_improvement *m, int part)
{
    return part == 0 ? m->total : part == 1 ? m->events : m->non_events;
}

/* value: work; found: [n_draws]. The draws that have all three tell of each; what has no estimate has no limits. */
static void limits_of(const rml_improvement *found, int32_t n_draws, double *value, rml_reclassified *out)
{
    double low[3], high[3];

    for (int part = 0; part < 3; ++part) {
        int32_t n = 0;

        for (int32_t b = 0; b < n_draws; ++b)
            if (!isnan(found[b].total)) value[n++] = part_of(&found[b], part);
        rml_sort(value, n);
        low[part] = high[part] = NAN;
        out->n_draws = n;
        if (n == 0 || isnan(part_of(&out->found, part))) continue;
        low[part] = rml_sorted_quantile(value, n, 0.025);
        high[part] = rml_sorted_quantile(value, n, 0.975);
    }
    out->low = (rml_improvement){low[0], low[1], low[2]};
    out->high = (rml_improvement){high[0], high[1], high[2]};
}

rml_status rml_survive_reclassify_make(rml_survive *x, const rml_survive_term *term, int32_t n_terms,
                                       const rml_complete *c)
{
    const rml_survive_plan *plan = &x->study.survive;
    const int32_t n_draws = plan->reclassified_resamples;
    int32_t *draw = rml_survive_draws(c->n, n_draws, plan->reclassified_seed);
    double *risk = malloc((2 * (size_t)c->n + 1) * sizeof *risk);
    double *value = malloc(((size_t)n_draws + 1) * sizeof *value);
    rml_improvement *found = malloc(((size_t)n_draws + 1) * RML_RECLASSIFIED_WAYS * sizeof *found);
    rml_improvement of_all[RML_RECLASSIFIED_WAYS], of_draw[RML_RECLASSIFIED_WAYS];
    rml_complete drawn = {0};
    rml_status status = rml_complete_init(x, term, n_terms, &drawn); /* as large; its rows are then drawn */

    if (!draw || !risk || !value || !found) status = RML_ENOMEM;
    clear(of_all);
    if (status == RML_OK) status = measure(x, c, n_terms, risk, of_all);
    for (int32_t b = 0; status == RML_OK && b < n_draws; ++b) {
        draw_rows(x, c, n_terms, draw + (int64_t)b * c->n, &drawn);
        status = measure(x, &drawn, n_terms, risk, of_draw);
        for (int w = 0; w < RML_RECLASSIFIED_WAYS; ++w) found[(int64_t)w * n_draws + b] = of_draw[w];
    }
    for (int w = 0; status == RML_OK && w < RML_RECLASSIFIED_WAYS; ++w) {
        x->comparison->reclassified[w].found = of_all[w];
        limits_of(found + (int64_t)w * n_draws, n_draws, value, &x->comparison->reclassified[w]);
    }
    rml_complete_free(&drawn);
    free(draw);
    free(risk);
    free(value);
    free(found);
    return status;
}

/* 3. Table and summary --------------------------------------------------------------------------------------------- */

static bool is_asked(const rml_survive *x)
{
    return x->comparison && !isnan(x->study.survive.reclassified_at);
}

/* A part of NRI that no share could be: it is made of Kaplan-Meier's estimates in those who move, over that in all. */
static bool is_beyond(const rml_improvement *r)
{
    return fabs(r->events) > 1.0 || fabs(r->non_events) > 1.0;
}

/* Why a measure has no estimate; NULL: it has one. */
static const char *why_none(const rml_survive *x, const rml_reclassified *r)
{
    const rml_survive_comparison *m = x->comparison;

    if (!isnan(r->found.total)) return NULL;
    if (m->side[0].end != RML_COX_CONVERGED || m->side[1].end != RML_COX_CONVERGED)
        return "no estimate: one of the two models has no finite ratios";
    return "no estimate: nobody (of all, of those who move one way, or of a stratum) was followed beyond that time, or "
           "had the event by then";
}

void rml_survive_reclassified_write(const rml_survive *x, FILE *out)
{
    static const char *const part_name[3] = {"both", "events", "non-events"};
    const rml_survive_plan *plan = &x->study.survive;
    char cuts[512] = "";
    size_t used = 0;

    fputs("measure,of,time,cuts,apparent,lower,upper,resamples,caution,note\n", out);
    if (!is_asked(x)) return;
    for (int32_t k = 0; k < plan->n_reclassified_cuts && used < sizeof cuts; ++k)
        used += (size_t)snprintf(cuts + used, sizeof cuts - used, "%s%g", k > 0 ? "; " : "", plan->reclassified_cut[k]);
    for (int w = 0; w < RML_RECLASSIFIED_WAYS; ++w) {
        const rml_reclassified *r = &x->comparison->reclassified[w];

        if (w == RML_RECLASSIFIED_CATEGORY && plan->n_reclassified_cuts == 0) continue;
        for (int k = 0; k < 3; ++k) {
            rml_csv_text(out, way_name[w], true);
            rml_csv_text(out, part_name[k], false);
            rml_csv_number(out, plan->reclassified_at, false);
            rml_csv_text(out, w == RML_RECLASSIFIED_CATEGORY ? cuts : "", false);
            rml_csv_number(out, part_of(&r->found, k), false);
            rml_csv_number(out, part_of(&r->low, k), false);
            rml_csv_number(out, part_of(&r->high, k), false);
            rml_csv_number(out, r->n_draws, false);
            rml_csv_text(out, CAUTION "; " HEADLINE, false);
            rml_csv_text(out, isnan(part_of(&r->found, k)) && why_none(x, r) ? why_none(x, r) : "", false);
            fputc('\n', out);
        }
    }
}

void rml_survive_reclassified_print(const rml_survive *x)
{
    if (!is_asked(x)) return;
    printf("  asked for: reclassification at %.4g, apparent%s\n", x->study.survive.reclassified_at,
           x->study.survive.reclassified_resamples > 0 ? ", limits by resamples" : "");
    for (int w = 0; w < RML_RECLASSIFIED_WAYS; ++w) {
        const rml_reclassified *r = &x->comparison->reclassified[w];

        if (w == RML_RECLASSIFIED_CATEGORY && x->study.survive.n_reclassified_cuts == 0) continue;
        if (isnan(r->found.total)) {
            printf("    %-18s %s\n", way_name[w], why_none(x, r));
            continue;
        }
        printf("    %-18s %.3f", way_name[w], r->found.total);
        if (!isnan(r->low.total)) printf(" (%.3f to %.3f)", r->low.total, r->high.total);
        printf(": events %.3f, non-events %.3f\n", r->found.events, r->found.non_events);
    }
    for (int w = 0; w < RML_RECLASSIFIED_WAYS; ++w) {
        const rml_reclassified *r = &x->comparison->reclassified[w];

        if (!is_beyond(&r->found) && !is_beyond(&r->low) && !is_beyond(&r->high)) continue;
        printf("    " BEYOND "\n");
        break;
    }
    printf("    " CAUTION ";\n    " HEADLINE "\n");
}
