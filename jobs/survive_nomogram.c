/* The model of the study's terms as a scale of points: each term's part of the linear predictor, 100 for the one that
 * moves it most between its lowest and highest value, and what a sum of points means at the times.
 *
 * With b the coefficient and x0 the end of the term's range where b x is least, points(x) = 100 b (x - x0) / largest
 * range, so that linear predictor = sum of points * largest range / 100 + sum of b x0.
 *
 * 1. Points
 * 2. Calibration
 * 3. Made
 * 4. Tables and summary */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/survive.h"
#include "jobs/validation_time.h"
#include "kernels/survival/cox_baseline.h"

enum { TICKS = 11, TOTALS = 51 };

/* 1. Points -------------------------------------------------------------------------------------------------------- */

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Each value, of a few; else even steps from the lowest to the highest. */
static rml_status choose_ticks(const rml_complete *c, const double *value, rml_survive_scale *scale)
{
    double *sorted = malloc(((size_t)c->n + 1) * sizeof *sorted);

    if (!sorted) return RML_ENOMEM;
    for (int32_t i = 0; i < c->n; ++i) sorted[i] = value[i];
    qsort(sorted, (size_t)c->n, sizeof *sorted, upwards);
    scale->low = sorted[0];
    scale->high = sorted[c->n - 1];
    for (int32_t i = 0; i < c->n && scale->n <= RML_SURVIVE_LEVELS; ++i) {
        if (i > 0 && sorted[i] == sorted[i - 1]) continue;
        scale->value[scale->n++] = sorted[i];
    }
    if (scale->n > RML_SURVIVE_LEVELS) {
        scale->n = TICKS;
        for (int32_t k = 0; k < TICKS; ++k) scale->value[k] = scale->low + (scale->high - scale->low) * k / (TICKS - 1);
    }
    free(sorted);
    return RML_OK;
}

static rml_status make_scales(const rml_survive *x, const rml_complete *c, rml_survive_nomogram *out)
{
    for (int32_t t = 0; t < x->model.n_terms; ++t) {
        rml_survive_scale *scale = &out->scale[t];
        const double b = x->model.fit.coefficient[t];
        const rml_status status = choose_ticks(c, c->x + (int64_t)t * x->dataset.data.n_rows, scale);

        if (status != RML_OK) return status;
        scale->coefficient = isnan(b) ? 0.0 : b; /* said by the other terms */
        out->least += scale->coefficient * (scale->coefficient >= 0.0 ? scale->low : scale->high);
        out->range = fmax(out->range, fabs(scale->coefficient) * (scale->high - scale->low));
        out->most += fabs(scale->coefficient) * (scale->high - scale->low);
    }
    return out->range > 0.0 ? RML_OK : RML_EEMPTY;
}

static double points_of(const rml_survive_nomogram *m, const rml_survive_scale *scale, double value)
{
    const double from = scale->coefficient >= 0.0 ? scale->low : scale->high;

    return 100.0 * scale->coefficient * (value - from) / m->range + 0.0; /* no -0 */
}

/* 2. Calibration --------------------------------------------------------------------------------------------------- */

static rml_status calibrate(const rml_survive *x, const rml_complete *c, const rml_surv *surv,
                            rml_survive_nomogram *out)
{
    const double no_cut[RML_VALIDATION_CUTS] = {NAN, NAN};
    double followed = 0.0;
    rml_cox_baseline baseline = {0};
    rml_status status = rml_cox_baseline_of(surv, rml_survive_settings(&x->study).ties, NULL, c->linear, &baseline);

    for (int32_t i = 0; i < c->n; ++i) followed = fmax(followed, c->time[i]);
    rml_fitted_init(&out->baseline, "cox", 0, 1);
    if (status == RML_OK &&
        (!rml_fitted_add(&out->baseline, "baseline_time", false, 1, (int32_t)baseline.first[1], baseline.time) ||
         !rml_fitted_add(&out->baseline, "baseline_hazard", false, 1, (int32_t)baseline.first[1], baseline.cumhaz) ||
         !rml_fitted_add(&out->baseline, "followed", false, 1, 1, &followed)))
        status = RML_ENOMEM;
    if (status == RML_OK)
        status = rml_validation_measure_time(&out->baseline, c->linear, c->time, c->event, c->n, x->times, x->n_times,
                                             no_cut, &out->calibration);
    rml_cox_baseline_free(&baseline);
    return status;
}

/* 3. Made ---------------------------------------------------------------------------------------------------------- */

const char *rml_survive_no_nomogram(const rml_survive *x)
{
    if (!x->study.survive.nomogram || x->nomogram) return NULL;
    return x->model.ended;
}

rml_status rml_survive_nomogram_make(rml_survive *x, rml_error *err)
{
    const rml_survive_model *m = &x->model;
    rml_complete c = {0};
    rml_surv surv = {0};
    rml_status status = RML_OK;

    if (!x->study.survive.nomogram) return RML_OK;
    if (m->n_terms == 0 || x->study.survive.strata)
        return rml_fail(err, RML_ESETTING, "%s: survive: nomogram: %s", x->study.path,
                        m->n_terms == 0 ? "it draws the model of \"cox\", which names no term"
                                        : "a model with strata has no one survival for a sum of points");
    for (int32_t t = 0; t < m->n_terms; ++t)
        if (m->terms.term[t].level > 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: survive: nomogram: %s of \"cox\" has more than two texts, which have no one axis; a "
                            "column of numbers or of two texts was expected",
                            x->study.path, x->dataset.feature[m->terms.term[t].column]);
    if (m->fit.end != RML_COX_CONVERGED) return RML_OK; /* told by rml_survive_no_nomogram */
    x->nomogram = calloc(1, sizeof *x->nomogram);
    if (x->nomogram) x->nomogram->scale = calloc((size_t)m->n_terms + 1, sizeof *x->nomogram->scale);
    status = x->nomogram && x->nomogram->scale ? rml_complete_init(x, m->terms.term, m->n_terms, &c) : RML_ENOMEM;
    if (status == RML_OK) status = rml_surv_init(c.time, c.event, NULL, c.n, &surv);
    if (status == RML_OK) {
        const rml_columns columns = {c.n, x->dataset.data.n_rows, m->n_terms, c.x};

        status = rml_cox_linear(&m->fit, &columns, NULL, c.linear);
    }
    if (status == RML_OK) status = make_scales(x, &c, x->nomogram);
    if (status == RML_OK) status = calibrate(x, &c, &surv, x->nomogram);
    if (status == RML_OK) status = rml_survive_optimism_make(x, &c, x->nomogram);
    if (status != RML_OK) rml_fail(err, status, "%s: survive: nomogram: %s", x->study.path, rml_status_name(status));
    rml_surv_free(&surv);
    rml_complete_free(&c);
    return status;
}

void rml_survive_nomogram_free(rml_survive *x)
{
    if (!x->nomogram) return;
    rml_fitted_free(&x->nomogram->baseline);
    rml_validation_time_free(&x->nomogram->calibration);
    free(x->nomogram->optimism.part);
    free(x->nomogram->scale);
    free(x->nomogram);
    x->nomogram = NULL;
}

/* 4. Tables and summary -------------------------------------------------------------------------------------------- */

void rml_survive_points_write(const rml_survive *x, FILE *out)
{
    const rml_survive_nomogram *m = x->nomogram;

    fputs("term,label,value,points\n", out);
    for (int32_t t = 0; m && t < x->model.n_terms; ++t)
        for (int32_t k = 0; k < m->scale[t].n; ++k) {
            const rml_survive_label name = rml_survive_label_of(x, x->model.terms.term[t].column, m->scale[t].value[k]);

            rml_csv_text(out, x->dataset.feature[x->model.terms.term[t].column], true);
            rml_csv_text(out, rml_survive_label_text(&name), false);
            rml_csv_number(out, m->scale[t].value[k], false);
            rml_csv_number(out, points_of(m, &m->scale[t], m->scale[t].value[k]), false);
            fputc('\n', out);
        }
}

void rml_survive_totals_write(const rml_survive *x, FILE *out)
{
    const rml_survive_nomogram *m = x->nomogram;

    fputs("time,total_points,linear_predictor,survival\n", out);
    for (int32_t t = 0; m && t < x->n_times; ++t)
        for (int32_t k = 0; k < TOTALS; ++k) {
            const double over = m->most * k / (TOTALS - 1);

            rml_csv_number(out, x->times[t], true);
            rml_csv_number(out, 100.0 * over / m->range, false);
            rml_csv_number(out, m->least + over, false);
            rml_csv_number(out, rml_baseline_survival(&m->baseline, x->times[t], m->least + over), false);
            fputc('\n', out);
        }
}

void rml_survive_calibration_write(const rml_survive *x, FILE *out)
{
    const rml_survive_nomogram *m = x->nomogram;

    fputs("time,part,n,predicted_apparent,observed_apparent,observed_lower,observed_upper,optimism,observed_corrected,"
          "resamples\n",
          out);
    for (int32_t t = 0; m && t < x->n_times; ++t)
        for (int32_t k = 0; k < m->calibration.n_parts; ++k) {
            const rml_validation_at *at = &m->calibration.at[t];
            const rml_optimism_part *part = &m->optimism.part[t * m->calibration.n_parts + k];
            const double value[] = {k + 1,
                                    (double)m->calibration.part_n[k],
                                    at->part_predicted[k],
                                    at->part_observed[k],
                                    at->part_low[k],
                                    at->part_high[k],
                                    part->optimism,
                                    at->part_observed[k] - part->optimism,
                                    part->n_draws};

            rml_csv_number(out, x->times[t], true);
            for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
            fputc('\n', out);
        }
}

void rml_survive_nomogram_print(const rml_survive *x)
{
    const rml_survive_nomogram *m = x->nomogram;

    if (rml_survive_no_nomogram(x))
        printf("\nNo nomogram: the model together has no finite ratios for its points (%s)\n",
               rml_survive_no_nomogram(x));
    if (!m) return;
    printf("\nNomogram of the model together: points from the lowest to the highest value\n");
    for (int32_t t = 0; t < x->model.n_terms; ++t) {
        const rml_survive_scale *scale = &m->scale[t];

        printf("  ");
        rml_survive_print_name(x->dataset.feature[x->model.terms.term[t].column], 36);
        printf(" %8.4g: %3.0f   %8.4g: %3.0f\n", scale->low, points_of(m, scale, scale->low), scale->high,
               points_of(m, scale, scale->high));
    }
    rml_survive_optimism_print(x);
}
