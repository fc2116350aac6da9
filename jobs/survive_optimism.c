/* The nomogram's calibration and concordance, corrected for having been judged on the patients that it was fitted to.
 * Parts are between the same predicted probabilities in every resample: half-way between those of the apparent parts.
 *
 * 1. Resamples
 * 2. Made
 * 3. Tables and summary */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/survive.h"
#include "kernels/base/rng.h"
#include "kernels/learn/baseline.h"
#include "kernels/prepare/sorted.h"

/* 1. Resamples ----------------------------------------------------------------------------------------------------- */

int32_t *rml_survive_draws(int32_t n, int32_t n_draws, int64_t seed)
{
    int32_t *draw = malloc(((size_t)n_draws * (size_t)n + 1) * sizeof *draw);

    for (int64_t b = 0; draw && b < n_draws; ++b)
        for (int64_t i = 0; i < n; ++i)
            draw[b * n + i] = (int32_t)(rml_rng_uniform((uint64_t)seed, (uint64_t)b, (uint64_t)i) * n);
    return draw;
}

/* 2. Made ---------------------------------------------------------------------------------------------------------- */

/* The apparent parts follow the score, and so do risks: the k-th part has the next part_n[k] of them. Beyond follow-up
 * there is no risk, nor anything observed: cuts are then NaN. */
static rml_status find_cuts(const rml_survive *x, const rml_complete *c, const rml_survive_nomogram *m, double *cut)
{
    const int32_t n_parts = m->calibration.n_parts;
    double *risk = calloc((size_t)c->n + 1, sizeof *risk);

    if (!risk) return RML_ENOMEM;
    for (int32_t t = 0; t < x->n_times; ++t) {
        int64_t first = 0;

        for (int32_t i = 0; i < c->n; ++i)
            risk[i] = 1.0 - rml_baseline_survival(&m->baseline, x->times[t], c->linear[i]);
        rml_sort(risk, c->n);
        for (int32_t k = 0; k < n_parts - 1; ++k) {
            first += m->calibration.part_n[k];
            cut[t * (n_parts - 1) + k] = first == 0      ? risk[0]
                                         : first == c->n ? INFINITY
                                                         : 0.5 * (risk[first - 1] + risk[first]);
        }
    }
    free(risk);
    return RML_OK;
}

rml_status rml_survive_optimism_make(rml_survive *x, const rml_complete *c, rml_survive_nomogram *m)
{
    const rml_survive_plan *plan = &x->study.survive;
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_columns columns = {c->n, x->dataset.data.n_rows, x->model.n_terms, c->x};
    const int32_t n_parts = m->calibration.n_parts;
    const size_t n_told = (size_t)x->n_times * (size_t)n_parts + 1;
    double *cut = malloc(n_told * sizeof *cut);
    int32_t *draw = rml_survive_draws(c->n, plan->nomogram_resamples, plan->nomogram_seed);
    const rml_optimism_ask ask = {x->times, n_parts > 0 ? x->n_times : 0, n_parts, cut, draw, plan->nomogram_resamples};
    rml_status status;

    m->optimism.part = malloc(n_told * sizeof *m->optimism.part);
    status = cut && draw && m->optimism.part ? RML_OK : RML_ENOMEM;
    if (status == RML_OK && n_parts > 0) status = find_cuts(x, c, m, cut);
    if (status == RML_OK) status = rml_cox_optimism(c->time, c->event, &columns, &settings, &ask, &m->optimism);
    free(cut);
    free(draw);
    return status;
}

/* 3. Tables and summary -------------------------------------------------------------------------------------------- */

/* Mean over patients of how far predicted is from observed, in the parts that have both: apparent, corrected. */
static void errors_at(const rml_survive_nomogram *m, int32_t t, double *apparent, double *corrected)
{
    const rml_validation_at *at = &m->calibration.at[t];
    const rml_optimism_part *part = m->optimism.part + (int64_t)t * m->calibration.n_parts;
    double sum[2] = {0.0, 0.0}, n = 0.0;

    for (int32_t k = 0; k < m->calibration.n_parts; ++k) {
        const double off = at->part_observed[k] - at->part_predicted[k], size = (double)m->calibration.part_n[k];

        if (isnan(off)) continue;
        n += size;
        sum[0] += size * fabs(off);
        sum[1] += size * fabs(off - part[k].optimism); /* NaN: no resample tells of this part, nor then of them all */
    }
    *apparent = n > 0.0 ? sum[0] / n : NAN;
    *corrected = n > 0.0 ? sum[1] / n : NAN;
}

void rml_survive_validation_write(const rml_survive *x, FILE *out)
{
    const rml_survive_nomogram *m = x->nomogram;

    fputs("measure,time,apparent,optimism,corrected,resamples,resamples_without_a_fit\n", out);
    if (!m) return;
    for (int32_t t = -1; t < x->n_times; ++t) {
        double value[] = {t < 0 ? NAN : x->times[t], m->optimism.c,
                          m->optimism.c_optimism,    m->optimism.c - m->optimism.c_optimism,
                          m->optimism.n_fitted,      x->study.survive.nomogram_resamples - m->optimism.n_fitted};

        if (t >= 0) {
            errors_at(m, t, &value[1], &value[3]);
            value[2] = value[1] - value[3];
        }
        rml_csv_text(out, t < 0 ? "C-index" : "mean absolute error of calibration", true);
        for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
        fputc('\n', out);
    }
}

void rml_survive_optimism_print(const rml_survive *x)
{
    const rml_survive_nomogram *m = x->nomogram;

    if (m->optimism.n_fitted == 0) {
        printf(
            "  its calibration (nomogram_calibration.csv) is apparent: on the patients that the model was fitted to\n");
        return;
    }
    printf("  C-index %.3f apparent, %.3f corrected for optimism by %d resamples", m->optimism.c,
           m->optimism.c - m->optimism.c_optimism, m->optimism.n_fitted);
    if (m->optimism.n_fitted < x->study.survive.nomogram_resamples)
        printf(" (%d more had no fit)", x->study.survive.nomogram_resamples - m->optimism.n_fitted);
    printf("\n");
    for (int32_t t = 0; t < x->n_times; ++t) {
        double apparent, corrected;

        errors_at(m, t, &apparent, &corrected);
        if (!isnan(corrected))
            printf("  calibration at %.4g: mean error %.3f apparent, %.3f corrected\n", x->times[t], apparent,
                   corrected);
    }
    printf("  corrected is for having been fitted to these patients; only others can validate it\n");
}
