/* 1. Rows, and what a model says of them
 * 2. One draw
 * 3. All of them */
#include "kernels/survival/cox_optimism.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/survival/concordance.h"
#include "kernels/survival/cox_baseline.h"
#include "kernels/survival/km.h"

/* 1. Rows, and what a model says of them --------------------------------------------------------------------------- */

typedef struct sample {
    double *time, *x, *linear; /* x: [n_columns][n] */
    uint8_t *event;
    rml_columns columns;
    rml_surv surv;
} sample;

typedef struct said { /* of a part */
    int64_t n;
    double predicted, observed;
} said;

typedef struct optimism {
    const rml_cox_settings *settings;
    const rml_optimism_ask *ask;
    int64_t n;
    sample all, drawn;
    int32_t *part_of;    /* [n] */
    double *kept_time;   /* [n] of a part */
    uint8_t *kept_event; /* [n] */
    said *told[2];       /* [n_at * n_parts] of the drawn rows and of all */
    double *sum;         /* [n_at * n_parts] of their differences */
} optimism;

static rml_status sample_init(int64_t n, int32_t n_columns, sample *s)
{
    const size_t rows = (size_t)n + 1;

    *s = (sample){.time = malloc(rows * sizeof(double)),
                  .x = malloc(rows * ((size_t)n_columns + 1) * sizeof(double)),
                  .linear = malloc(rows * sizeof(double)),
                  .event = malloc(rows)};
    s->columns = (rml_columns){n, n, n_columns, s->x};
    return s->time && s->x && s->linear && s->event ? RML_OK : RML_ENOMEM;
}

static void sample_free(sample *s)
{
    rml_surv_free(&s->surv);
    free(s->time);
    free(s->x);
    free(s->linear);
    free(s->event);
}

/* row: [n]; NULL: all as they are */
static rml_status take(const double *time, const uint8_t *event, const rml_columns *columns, const int32_t *row,
                       sample *s)
{
    const int64_t n = s->columns.n_rows;

    for (int64_t i = 0; i < n; ++i) {
        const int64_t from = row ? row[i] : i;

        if (from < 0 || from >= n) return RML_EINVAL;
        s->time[i] = time[from];
        s->event[i] = event[from];
        for (int32_t j = 0; j < columns->n_columns; ++j) s->x[j * n + i] = rml_column(columns, j)[from];
    }
    rml_surv_free(&s->surv);
    return rml_surv_init(s->time, s->event, NULL, n, &s->surv);
}

/* Predicted and observed at a time, by part. s->linear: under the model, whose cumulative hazard at that time is hazard
 */
static rml_status tell_at(optimism *o, const sample *s, double hazard, int32_t at, said *told)
{
    const int32_t n_parts = o->ask->n_parts;
    const double *cut = o->ask->cut + (int64_t)at * (n_parts - 1);

    for (int32_t k = 0; k < n_parts; ++k) told[k] = (said){0, 0.0, NAN};
    for (int64_t i = 0; i < o->n; ++i) {
        const double risk = -expm1(-hazard * exp(s->linear[i]));
        int32_t k = 0;

        while (k < n_parts - 1 && risk >= cut[k]) ++k;
        o->part_of[i] = k;
        told[k].predicted += risk;
        ++told[k].n;
    }
    for (int32_t k = 0; k < n_parts; ++k) {
        int64_t m = 0;
        rml_status status;

        told[k].predicted = told[k].n < 2 ? NAN : told[k].predicted / (double)told[k].n;
        if (told[k].n < 2) continue;
        for (int64_t i = 0; i < o->n; ++i) {
            if (o->part_of[i] != k) continue;
            o->kept_time[m] = s->time[i];
            o->kept_event[m++] = s->event[i];
        }
        status = rml_km_risk(o->kept_time, o->kept_event, m, o->ask->at[at], &told[k].observed);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

static rml_status tell(optimism *o, sample *s, const rml_cox *fit, const rml_cox_baseline *baseline, double *c,
                       said *told)
{
    const rml_concordance_settings pairs = rml_concordance_defaults();
    rml_concordance found = {.c = NAN};
    rml_status status = rml_cox_linear(fit, &s->columns, NULL, s->linear);

    if (status == RML_OK) status = rml_concordance_measure(&s->surv, s->linear, &pairs, &found);
    *c = found.c;
    if (status == RML_EEMPTY) status = RML_OK; /* no pair: NaN */
    for (int32_t t = 0; status == RML_OK && t < o->ask->n_at; ++t)
        status = tell_at(o, s, rml_cox_baseline_at(baseline, 0, o->ask->at[t]), t, told + (int64_t)t * o->ask->n_parts);
    return status;
}

/* 2. One draw ------------------------------------------------------------------------------------------------------ */

/* The model of `own`, on its rows and, where it is given, on others. RML_EEMPTY: it did not converge */
static rml_status judge(optimism *o, sample *own, sample *other, double c[2])
{
    rml_cox_baseline baseline = {0};
    rml_cox fit = {0};
    rml_status status = rml_cox_fit(&own->surv, &own->columns, NULL, NULL, o->settings, &fit);

    if (fit.coefficient && fit.end != RML_COX_CONVERGED) status = RML_EEMPTY;
    if (status == RML_OK) status = rml_cox_linear(&fit, &own->columns, NULL, own->linear);
    if (status == RML_OK) status = rml_cox_baseline_of(&own->surv, o->settings->ties, NULL, own->linear, &baseline);
    if (status == RML_OK) status = tell(o, own, &fit, &baseline, &c[0], o->told[0]);
    if (status == RML_OK && other) status = tell(o, other, &fit, &baseline, &c[1], o->told[1]);
    rml_cox_baseline_free(&baseline);
    rml_cox_free(&fit);
    return status;
}

static bool is_told(const said *told)
{
    return !isnan(told->predicted) && !isnan(told->observed);
}

static void add_draw(optimism *o, const double c[2], double *c_sum, rml_optimism *out)
{
    const int64_t n = (int64_t)o->ask->n_at * o->ask->n_parts;

    ++out->n_fitted;
    *c_sum += c[0] - c[1];
    for (int64_t k = 0; k < n; ++k) {
        const said *own = &o->told[0][k], *all = &o->told[1][k];

        if (!is_told(own) || !is_told(all)) continue;
        o->sum[k] += (own->observed - own->predicted) - (all->observed - all->predicted);
        ++out->part[k].n_draws;
    }
}

/* 3. All of them --------------------------------------------------------------------------------------------------- */

static rml_status begin(optimism *o, const rml_columns *columns)
{
    const size_t n = (size_t)o->n + 1, n_parts = (size_t)o->ask->n_at * (size_t)o->ask->n_parts + 1;
    rml_status status = sample_init(o->n, columns->n_columns, &o->all);

    if (status == RML_OK) status = sample_init(o->n, columns->n_columns, &o->drawn);
    o->part_of = malloc(n * sizeof *o->part_of);
    o->kept_time = malloc(n * sizeof *o->kept_time);
    o->kept_event = malloc(n);
    o->told[0] = malloc(n_parts * sizeof **o->told);
    o->told[1] = malloc(n_parts * sizeof **o->told);
    o->sum = calloc(n_parts, sizeof *o->sum);
    return status == RML_OK && o->part_of && o->kept_time && o->kept_event && o->told[0] && o->told[1] && o->sum
               ? RML_OK
               : RML_ENOMEM;
}

static void end(optimism *o)
{
    sample_free(&o->all);
    sample_free(&o->drawn);
    free(o->part_of);
    free(o->kept_time);
    free(o->kept_event);
    free(o->told[0]);
    free(o->told[1]);
    free(o->sum);
}

rml_status rml_cox_optimism(const double *time, const uint8_t *event, const rml_columns *columns,
                            const rml_cox_settings *settings, const rml_optimism_ask *ask, rml_optimism *out)
{
    optimism o = {.settings = settings, .ask = ask, .n = columns->n_rows};
    const int64_t n_told = (int64_t)ask->n_at * ask->n_parts;
    double c[2] = {NAN, NAN}, c_sum = 0.0;
    rml_status status = begin(&o, columns);

    out->c = out->c_optimism = NAN;
    out->n_fitted = 0;
    for (int64_t k = 0; k < n_told; ++k) out->part[k] = (rml_optimism_part){0, NAN, NAN, NAN, 0};
    for (int32_t t = 0; t < ask->n_at; ++t)
        if (!(ask->at[t] > 0.0) && status == RML_OK) status = RML_EINVAL;
    if (status == RML_OK) status = take(time, event, columns, NULL, &o.all);
    if (status == RML_OK) status = judge(&o, &o.all, NULL, c);
    out->c = c[0];
    for (int64_t k = 0; status == RML_OK && k < n_told; ++k)
        out->part[k] = (rml_optimism_part){o.told[0][k].n, o.told[0][k].predicted, o.told[0][k].observed, NAN, 0};
    for (int32_t b = 0; status == RML_OK && b < ask->n_draws; ++b) {
        status = take(time, event, columns, ask->draw + (int64_t)b * o.n, &o.drawn);
        if (status == RML_OK) status = judge(&o, &o.drawn, &o.all, c);
        if (status == RML_OK && !isnan(c[0]) && !isnan(c[1])) add_draw(&o, c, &c_sum, out);
        if (status == RML_EEMPTY || status == RML_EVALUE) status = RML_OK; /* this draw has no model */
    }
    if (out->n_fitted > 0) out->c_optimism = c_sum / out->n_fitted;
    for (int64_t k = 0; k < n_told; ++k)
        if (out->part[k].n_draws > 0) out->part[k].optimism = o.sum[k] / out->part[k].n_draws;
    end(&o);
    return status;
}
