/* 1. Settings and memory   2. Newton's steps   3. Statistics   4. What a fit is used for */
#include "kernels/survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/distribution.h"
#include "kernels/survival/cox_sums.h"
#include "kernels/survival/solve.h"

#define MAX_HALVINGS 30
#define LONGEST_STEP 1e3 /* of log hazards between the two outermost rows */
#define NEARLY_LEVEL 1e-8
#define RIDGE 1e-13       /* of the information at 0 */
#define FADED 1e-9        /* of it: what is left where a coefficient has run off; none that converges comes near */
#define STILL_MOVING 1e-3 /* of log hazards, by a step from where the likelihood no longer grows */

/* 1. Settings and memory */

rml_cox_settings rml_cox_defaults(void)
{
    return (rml_cox_settings){RML_TIES_EFRON, 1e-13, 60, 1e-11};
}

const char *rml_cox_end_text(rml_cox_end end)
{
    static const char *const texts[RML_COX_N_ENDS] = {
        [RML_COX_CONVERGED] = "converged",
        [RML_COX_MONOTONE] = "no finite hazard ratio: the covariate tells the order of the events (separation)",
        [RML_COX_UNFINISHED] = "not converged within the iterations allowed",
        [RML_COX_NO_TERM] = "nothing to estimate: the covariates do not vary among those at risk",
        [RML_COX_NO_EVENT] = "no events"};

    return end < RML_COX_N_ENDS ? texts[end] : "unknown";
}

static rml_status lay_out(rml_cox *fit, int32_t n_terms)
{
    const size_t k = (size_t)n_terms, n_doubles = 4 * k + k * k;
    double *memory = malloc((n_doubles + 1) * sizeof *memory + k * sizeof *fit->diverges);

    if (!memory) return RML_ENOMEM;
    for (size_t c = 0; c < n_doubles; ++c) memory[c] = NAN;
    fit->memory = memory;
    fit->n_terms = n_terms;
    fit->coefficient = memory;
    fit->se = memory + k;
    fit->z = memory + 2 * k;
    fit->p = memory + 3 * k;
    fit->vcov = memory + 4 * k;
    fit->diverges = (bool *)(memory + n_doubles);
    memset(fit->diverges, 0, k * sizeof *fit->diverges);
    return RML_OK;
}

void rml_cox_free(rml_cox *fit)
{
    if (!fit) return;
    free(fit->memory);
    *fit = (rml_cox){0};
}

/* 2. Newton's steps */

/* What a fit works in: all [n_terms], in units of the scaled columns. */
typedef struct newton {
    double *at, *before, *step, *ridge, *spread; /* spread: largest less smallest x of a column */
    double *factor;                              /* [n_terms * n_terms] of the information over the terms kept */
    double *null_score;
    bool *kept;
    void *memory;
} newton;

static rml_status newton_init(newton *work, const rml_cox_sums *sums)
{
    const size_t k = (size_t)sums->n_terms;
    double *memory = calloc((6 * k + k * k + 1) * sizeof *memory + k * sizeof *work->kept, 1);

    if (!memory) return RML_ENOMEM;
    *work = (newton){.at = memory,
                     .before = memory + k,
                     .step = memory + 2 * k,
                     .ridge = memory + 3 * k,
                     .spread = memory + 4 * k,
                     .null_score = memory + 5 * k,
                     .factor = memory + 6 * k,
                     .kept = (bool *)(memory + 6 * k + k * k),
                     .memory = memory};
    for (size_t j = 0; j < k; ++j) {
        double low = INFINITY, high = -INFINITY;

        for (int64_t i = 0; i < sums->surv->n_rows; ++i) {
            low = fmin(low, sums->x[(size_t)i * k + j]);
            high = fmax(high, sums->x[(size_t)i * k + j]);
        }
        work->spread[j] = high - low;
        work->kept[j] = true;
    }
    return RML_OK;
}

/* The information with the rows and columns of terms not kept taken out. */
static void copy_information(newton *work, const rml_cox_sums *sums)
{
    const int64_t k = sums->n_terms;

    memcpy(work->factor, sums->information, (size_t)(k * k) * sizeof *work->factor);
    for (int64_t a = 0; a < k; ++a)
        for (int64_t b = 0; b <= a; ++b)
            if (!work->kept[a] || !work->kept[b]) work->factor[a * k + b] = 0.0;
}

/* At 0, where no hazard has run off yet: which terms the data can tell anything of. A term's own information counts as
 * 0 below what rounding leaves of a column that is constant in every risk set. Returns the rank. */
static int32_t find_aliased(newton *work, const rml_cox_sums *sums, double tolerance)
{
    const int64_t k = sums->n_terms;
    const double rounding = 1e-14 * (double)sums->surv->n_events;
    int32_t rank;

    for (int64_t j = 0; j < k; ++j)
        if (!(sums->information[j * k + j] > rounding)) work->kept[j] = false;
    copy_information(work, sums);
    rank = rml_solve_factor(work->factor, sums->n_terms, tolerance);
    for (int64_t j = 0; j < k; ++j) {
        if (!(work->factor[j * k + j] > 0.0)) work->kept[j] = false;
        work->ridge[j] = work->kept[j] ? RIDGE * sums->information[j * k + j] : 0.0;
    }
    return rank;
}

static bool finite_sums(const rml_cox_sums *sums)
{
    const int64_t k = sums->n_terms;
    bool finite = isfinite(sums->loglik);

    for (int64_t j = 0; j < k; ++j) finite &= isfinite(sums->score[j]) && isfinite(sums->information[j * k + j]);
    return finite;
}

/* A step back towards where it came from until the likelihood is no lower. */
static void step_on(newton *work, rml_cox_sums *sums)
{
    const int64_t k = sums->n_terms;
    const double old = sums->loglik;

    memcpy(work->before, work->at, (size_t)k * sizeof *work->at);
    for (int64_t j = 0; j < k; ++j) work->at[j] += work->step[j];
    rml_cox_sums_at(sums, work->at);
    for (int h = 0; h < MAX_HALVINGS; ++h) {
        if (finite_sums(sums) && sums->loglik >= old - 1e-12 * (fabs(old) + 0.1)) return;
        for (int64_t j = 0; j < k; ++j) work->at[j] = 0.5 * (work->at[j] + work->before[j]);
        rml_cox_sums_at(sums, work->at);
    }
}

/* Newton's step from where the sums are. Where hazards run off, score and information fade together: a little of the
 * information at 0 is added, so that a direction stands still once no more than rounding is left of it, and no
 * step is beyond reason. */
static void next_step(newton *work, const rml_cox_sums *sums)
{
    const int64_t k = sums->n_terms;
    double low = 0.0, high = 0.0;

    copy_information(work, sums);
    for (int64_t j = 0; j < k; ++j) work->factor[j * k + j] += work->ridge[j];
    (void)rml_solve_factor(work->factor, sums->n_terms, 0.0);
    rml_solve(work->factor, sums->n_terms, sums->score, work->step);
    for (int64_t i = 0; i < sums->surv->n_rows; ++i) {
        double change = 0.0;

        for (int64_t j = 0; j < k; ++j) change += work->step[j] * sums->x[i * k + j];
        low = fmin(low, change);
        high = fmax(high, change);
    }
    for (int64_t j = 0; high - low > LONGEST_STEP && j < k; ++j) work->step[j] *= LONGEST_STEP / (high - low);
}

static bool still_moves(const newton *work, const rml_cox_sums *sums, bool *diverges)
{
    bool any = false;

    for (int64_t j = 0; j < sums->n_terms; ++j) { /* what told something at 0 and tells nothing here has run off */
        const bool faded = work->kept[j] && work->factor[j * sums->n_terms + j] < FADED / RIDGE * work->ridge[j];

        diverges[j] = faded || fabs(work->step[j]) * work->spread[j] > STILL_MOVING;
        any |= diverges[j];
    }
    return any;
}

/* The last steps towards a supremum at infinity may be many and gain next to nothing: that is level enough to say so.
 */
static rml_cox_end iterate(newton *work, rml_cox_sums *sums, const rml_cox_settings *settings, rml_cox *fit)
{
    double gain = INFINITY; /* of the last step, as a share of the log likelihood */

    while (gain > settings->epsilon && fit->iterations < settings->max_iterations) {
        const double old = sums->loglik;

        ++fit->iterations;
        step_on(work, sums);
        gain = fabs(sums->loglik - old) / (fabs(sums->loglik) + 1.0);
        next_step(work, sums);
    }
    if (still_moves(work, sums, fit->diverges) && gain <= fmax(settings->epsilon, NEARLY_LEVEL))
        return RML_COX_MONOTONE;
    return gain <= settings->epsilon ? RML_COX_CONVERGED : RML_COX_UNFINISHED;
}

/* 3. Statistics */

static void fill_statistics(rml_cox *fit, newton *work, rml_cox_sums *sums)
{
    const int64_t k = fit->n_terms;
    double *se = work->before; /* no step is taken any more */

    fit->loglik = sums->loglik;
    fit->lrt = 2.0 * (fit->loglik - fit->loglik_null);
    fit->lrt_p = rml_chisq_upper(fit->lrt, fit->rank);
    for (int64_t j = 0; j < k; ++j)
        if (work->kept[j]) fit->coefficient[j] = work->at[j] / sums->scale[j];
    if (fit->end != RML_COX_CONVERGED && fit->end != RML_COX_MONOTONE) return;
    copy_information(work, sums);
    (void)rml_solve_factor(work->factor, fit->n_terms, 0.0);
    rml_solve_invert(work->factor, fit->n_terms, fit->vcov);
    for (int64_t j = 0; j < k; ++j) se[j] = sqrt(fit->vcov[j * k + j]);
    for (int64_t a = 0; a < k; ++a)
        for (int64_t b = 0; b < k; ++b) {
            const bool both = work->kept[a] && work->kept[b] && !fit->diverges[a] && !fit->diverges[b];

            fit->vcov[a * k + b] = both ? fit->vcov[a * k + b] / sums->scale[a] / sums->scale[b] : NAN;
        }
    for (int64_t j = 0; j < k; ++j) { /* of the scaled columns first: a variance of huge ones is below a double */
        fit->se[j] = isnan(fit->vcov[j * k + j]) ? NAN : se[j] / sums->scale[j];
        fit->z[j] = isnan(fit->se[j]) ? NAN : work->at[j] / se[j];
        fit->p[j] = rml_normal_two_sided(fit->z[j]);
    }
    if (fit->end != RML_COX_CONVERGED) return;
    fit->wald = 0.0; /* beta' I beta, of the information itself */
    for (int64_t a = 0; a < k; ++a)
        for (int64_t b = 0; b <= a; ++b)
            fit->wald += (a == b ? 1.0 : 2.0) * work->at[a] * work->at[b] * sums->information[a * k + b];
    fit->wald_p = rml_chisq_upper(fit->wald, fit->rank);
}

static rml_status fit_terms(newton *work, rml_cox_sums *sums, const rml_cox_settings *settings, rml_cox *fit)
{
    rml_cox_sums_at(sums, work->at);
    fit->loglik_null = fit->loglik = sums->loglik;
    if (!isfinite(sums->loglik)) return RML_EVALUE; /* an offset beyond what exp can hold together */
    if (fit->n_terms == 0) return RML_OK;
    fit->rank = find_aliased(work, sums, settings->alias_tolerance);
    if (fit->rank == 0) {
        fit->end = RML_COX_NO_TERM;
        return RML_EEMPTY;
    }
    memcpy(work->null_score, sums->score, (size_t)fit->n_terms * sizeof *sums->score);
    rml_solve(work->factor, fit->n_terms, sums->score, work->step);
    fit->score = rml_solve_quadratic(work->factor, fit->n_terms, work->null_score);
    fit->score_p = rml_chisq_upper(fit->score, fit->rank);
    fit->end = iterate(work, sums, settings, fit);
    fill_statistics(fit, work, sums);
    return fit->end == RML_COX_CONVERGED ? RML_OK : RML_EVALUE;
}

rml_status rml_cox_fit(const rml_surv *surv, const rml_columns *columns, const double *weight, const double *offset,
                       const rml_cox_settings *settings, rml_cox *fit)
{
    rml_cox_sums sums = {0};
    newton work = {0};
    rml_status status;

    *fit = (rml_cox){.loglik_null = NAN, .loglik = NAN};
    fit->lrt = fit->lrt_p = fit->score = fit->score_p = fit->wald = fit->wald_p = NAN;
    if (!(settings->epsilon > 0.0) || settings->max_iterations < 1) return RML_EINVAL;
    if (!(settings->alias_tolerance >= 0.0 && settings->alias_tolerance < 1.0)) return RML_EINVAL;
    status = rml_cox_sums_init(surv, columns, weight, offset, settings->ties, &sums);
    if (status == RML_OK) status = newton_init(&work, &sums);
    if (status == RML_OK) status = lay_out(fit, columns->n_columns);
    if (status != RML_OK) goto done;
    fit->n_rows = surv->n_rows;
    fit->n_events = surv->n_events;
    if (surv->n_events == 0) {
        fit->end = RML_COX_NO_EVENT;
        status = RML_EEMPTY;
        goto done;
    }
    status = fit_terms(&work, &sums, settings, fit);
done:
    free(work.memory);
    rml_cox_sums_free(&sums);
    return status;
}

/* 4. What a fit is used for */

rml_status rml_cox_hazard_ratio(const rml_cox *fit, int32_t term, double level, rml_hazard_ratio *ratio)
{
    double z;

    *ratio = (rml_hazard_ratio){NAN, NAN, NAN};
    if (!fit->coefficient || term < 0 || term >= fit->n_terms || !(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (isnan(fit->se[term])) return RML_OK;
    z = rml_normal_quantile(0.5 + 0.5 * level);
    ratio->ratio = exp(fit->coefficient[term]);
    ratio->lower = exp(fit->coefficient[term] - z * fit->se[term]);
    ratio->upper = exp(fit->coefficient[term] + z * fit->se[term]);
    return RML_OK;
}

rml_status rml_cox_linear(const rml_cox *fit, const rml_columns *columns, const double *offset, double *linear)
{
    if (!fit->coefficient || columns->n_columns != fit->n_terms) return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i) linear[i] = offset ? offset[i] : 0.0;
    for (int32_t j = 0; j < columns->n_columns; ++j) {
        const double b = fit->coefficient[j];

        for (int64_t i = 0; !isnan(b) && i < columns->n_rows; ++i) linear[i] += b * rml_column(columns, j)[i];
    }
    return RML_OK;
}

rml_status rml_cox_compare(const rml_cox *small, const rml_cox *large, double *chisq, int32_t *df, double *p)
{
    *chisq = *p = NAN;
    *df = large->rank - small->rank;
    if (small->n_rows != large->n_rows || small->n_events != large->n_events || *df < 0) return RML_EINVAL;
    if (!(fabs(small->loglik_null - large->loglik_null) <= 1e-9 * fabs(small->loglik_null))) return RML_EINVAL;
    *chisq = 2.0 * (large->loglik - small->loglik);
    if (*chisq < 0.0 && *chisq > -1e-9 * fabs(small->loglik)) *chisq = 0.0; /* of rounding: more terms lose nothing */
    if (*df == 0) return RML_EEMPTY;
    *p = rml_chisq_upper(*chisq, *df);
    return RML_OK;
}
