/* 1. The patients who have a value
 * 2. One column, all of them
 * 3. Tables and summary */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/survive.h"

/* 1. The patients who have a value --------------------------------------------------------------------------------- */

typedef struct valued {
    int32_t n;
    double *time, *value;
    uint8_t *event;
    int32_t *stratum;
} valued;

static void valued_free(valued *v)
{
    free(v->time);
    free(v->value);
    free(v->event);
    free(v->stratum);
}

static rml_status valued_init(const rml_survive *x, rml_survive_cutpoint *out, valued *v)
{
    const rml_data *data = &x->dataset.data;
    const double *value = rml_column(&x->dataset.all, out->column);
    const int32_t *stratum = rml_survive_strata(x);
    const size_t n = (size_t)data->n_rows + 1;

    *v = (valued){0, calloc(n, sizeof(double)), calloc(n, sizeof(double)), calloc(n, 1), calloc(n, sizeof(int32_t))};
    if (!v->time || !v->value || !v->event || !v->stratum) return RML_ENOMEM;
    for (int32_t i = 0; i < data->n_rows; ++i) {
        if (!isfinite(value[i])) continue;
        v->time[v->n] = data->y[i];
        v->value[v->n] = value[i];
        v->stratum[v->n] = stratum ? stratum[i] : 0;
        v->event[v->n++] = data->event[i];
        out->n_events += data->event[i];
    }
    out->n = v->n;
    return RML_OK;
}

/* Events on either side of a cut: [0] at or below it. */
static void count_events(const valued *v, double cut, int64_t n_events[2])
{
    n_events[0] = n_events[1] = 0;
    for (int32_t i = 0; i < v->n; ++i) n_events[v->value[i] > cut] += v->event[i];
}

/* 2. One column, all of them --------------------------------------------------------------------------------------- */

/* Where the study has strata, scores and permutations stay within them: a stratum whose patients live longer, and whose
 * values are lower, would else make a cut of its own. */
static rml_status find_cut(const rml_survive *x, const valued *v, rml_cutpoint *found)
{
    const rml_survive_plan *plan = &x->study.survive;

    if (!plan->strata)
        return rml_cutpoint_find(v->value, v->time, v->event, v->n, plan->least, plan->permutations,
                                 (uint64_t)plan->cutpoint_seed, found);
    return rml_cutpoint_find_within(v->value, v->time, v->event, v->stratum, rml_survive_n_strata(x), v->n, plan->least,
                                    plan->permutations, (uint64_t)plan->cutpoint_seed, found);
}

rml_status rml_survive_cutpoints_make(rml_survive *x, rml_error *err)
{
    const rml_survive_plan *plan = &x->study.survive;
    rml_status status = RML_OK;

    x->cutpoint = calloc((size_t)plan->cutpoint.n + 1, sizeof *x->cutpoint);
    if (!x->cutpoint) return rml_fail(err, RML_ENOMEM, "no memory for the cut-points");
    for (int32_t k = 0; status == RML_OK && k < plan->cutpoint.n; ++k) {
        rml_survive_cutpoint *out = x->cutpoint + k;
        valued v = {0};

        ++x->n_cutpoints;
        status = rml_survive_number(x, "cutpoint", plan->cutpoint.text[k], &out->column, err);
        if (status != RML_OK) break;
        status = valued_init(x, out, &v);
        if (status == RML_OK) out->status = find_cut(x, &v, &out->found);
        if (status == RML_OK && out->status == RML_OK) {
            count_events(&v, out->found.best.cut, out->best_events);
            count_events(&v, out->found.median.cut, out->median_events);
        }
        valued_free(&v);
        if (out->status == RML_ENOMEM) status = RML_ENOMEM;
        if (status != RML_OK) rml_fail(err, status, "no memory for the cut-points");
    }
    return status;
}

void rml_survive_cutpoints_free(rml_survive *x)
{
    for (int32_t k = 0; k < x->n_cutpoints; ++k) rml_cutpoint_free(&x->cutpoint[k].found);
    free(x->cutpoint);
    x->cutpoint = NULL;
}

const char *rml_survive_cutpoint_note(const rml_survive_cutpoint *c)
{
    if (c->status == RML_OK)
        return "no hazard ratio and no log-rank test at this cut: the same patients chose it, so that neither is "
               "evidence; p_permuted is";
    if (c->n_events == 0) return "no cut: nobody with a value has the event";
    return "no cut: none leaves enough patients on both sides, or all of them have one outcome";
}

/* 3. Tables and summary -------------------------------------------------------------------------------------------- */

void rml_survive_cutpoints_write(const rml_survive *x, FILE *out)
{
    const rml_survive_plan *plan = &x->study.survive;

    fputs(
        "column,n,events,left_out,least,cuts,cut,n_low,n_high,events_low,events_high,statistic,p_permuted,permutations,"
        "seed,p_lausen92,p_lausen94,p_hothorn,median,median_n_low,median_n_high,median_events_low,median_events_high,"
        "median_statistic,median_p,strata,note\n",
        out);
    for (int32_t k = 0; k < x->n_cutpoints; ++k) {
        const rml_survive_cutpoint *c = x->cutpoint + k;
        const rml_cutpoint *f = &c->found;
        const bool found = c->status == RML_OK;
        const double value[] = {c->n,
                                (double)c->n_events,
                                x->dataset.data.n_rows - c->n,
                                plan->least,
                                f->n_cuts,
                                found ? f->best.cut : NAN,
                                found ? (double)f->best.n_low : NAN,
                                found ? (double)f->best.n_high : NAN,
                                found ? (double)c->best_events[0] : NAN,
                                found ? (double)c->best_events[1] : NAN,
                                found ? f->best.statistic : NAN,
                                found ? f->p_permuted : NAN,
                                plan->permutations,
                                (double)plan->cutpoint_seed,
                                found ? f->p_lausen92 : NAN,
                                found ? f->p_lausen94 : NAN,
                                found ? f->p_hothorn : NAN,
                                found ? f->median.cut : NAN,
                                found ? (double)f->median.n_low : NAN,
                                found ? (double)f->median.n_high : NAN,
                                found ? (double)c->median_events[0] : NAN,
                                found ? (double)c->median_events[1] : NAN,
                                found ? f->median.statistic : NAN,
                                found ? f->p_median : NAN};

        rml_csv_text(out, x->dataset.feature[c->column], true);
        for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
        rml_csv_text(out, plan->strata ? plan->strata : "", false);
        rml_csv_text(out, rml_survive_cutpoint_note(c), false);
        fputc('\n', out);
    }
}

void rml_survive_scan_write(const rml_survive *x, FILE *out)
{
    fputs("column,cut,n_low,n_high,statistic,best\n", out);
    for (int32_t k = 0; k < x->n_cutpoints; ++k)
        for (int32_t t = 0; t < x->cutpoint[k].found.n_cuts; ++t) {
            const rml_cutpoint *f = &x->cutpoint[k].found;
            const double value[] = {f->cuts[t].cut, (double)f->cuts[t].n_low, (double)f->cuts[t].n_high,
                                    f->cuts[t].statistic, f->cuts[t].cut == f->best.cut};

            rml_csv_text(out, x->dataset.feature[x->cutpoint[k].column], true);
            for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
            fputc('\n', out);
        }
}

static const char *p_text(double p, char text[32])
{
    if (isnan(p))
        snprintf(text, 32, "-");
    else if (p < 0.001)
        snprintf(text, 32, "<0.001");
    else
        snprintf(text, 32, "%.3f", fmin(p, 1.0)); /* Lausen's of 1994 is a bound that may exceed 1 */
    return text;
}

void rml_survive_cutpoints_print(const rml_survive *x)
{
    char p[4][32];

    for (int32_t k = 0; k < x->n_cutpoints; ++k) {
        const rml_survive_cutpoint *c = x->cutpoint + k;
        const rml_cutpoint *f = &c->found;
        const char *between = x->study.survive.strata ? "" : "; ";

        printf("\n%s, cut where survival differs most", x->dataset.feature[c->column]);
        if (c->n < x->dataset.data.n_rows) printf("; %d without a value", x->dataset.data.n_rows - c->n);
        printf("\n");
        if (c->status != RML_OK) {
            printf("  %s\n", rml_survive_cutpoint_note(c));
            continue;
        }
        printf(
            "  at %.4g: %lld low (<=) with %lld events, %lld high with %lld; statistic %.3f, the largest of %d cuts\n",
            f->best.cut, (long long)f->best.n_low, (long long)c->best_events[0], (long long)f->best.n_high,
            (long long)c->best_events[1], f->best.statistic, f->n_cuts);
        if (x->study.survive.strata)
            printf("  statistic and permutations within each %s, for which Lausen's and Hothorn's p are not made\n",
                   x->study.survive.strata);
        if (f->n_permutations > 0)
            printf("  p %s by %d permutations (that any cut does as well by chance)%s", p_text(f->p_permuted, p[0]),
                   f->n_permutations, between);
        else
            printf("  no permutations were asked for%s", between);
        if (!x->study.survive.strata)
            printf("Lausen 1992 %s, 1994 %s, Hothorn-Lausen %s", p_text(f->p_lausen92, p[1]),
                   p_text(f->p_lausen94, p[2]), p_text(f->p_hothorn, p[3]));
        printf("\n");
        if (isnan(f->median.statistic))
            printf("  at the median, %.4g, nobody is above it\n", f->median.cut);
        else
            printf("  at the median, %.4g (which no outcome chose): statistic %.3f, p %s\n", f->median.cut,
                   f->median.statistic, p_text(f->p_median, p[0]));
        printf("  no hazard ratio or log-rank test at the learned cut: the same patients chose it\n");
    }
}
