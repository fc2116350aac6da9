/* 1. A column by place   2. Sums along the risk sets   3. Newton's steps   4. Columns
 *
 * With one term the score falls all the way as the coefficient grows, so that its sign tells on which side the maximum
 * is: steps are kept between the nearest two points known to lie either side, and no likelihood is needed on the way.
 */
#include "kernels/survival/cox_each.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/distribution.h"

#define CLOSE_ENOUGH 1e-18 /* of score^2 / information: a step of 1e-9 standard errors */
#define LONGEST_STEP 1e3   /* of log hazards between the two outermost rows */
#define MAX_HALVINGS 60
#define LARGE 1e150 /* products of risk sums are turned into their log before they leave a double's range */

typedef struct one_column {
    const rml_surv *surv;
    rml_ties ties;
    double *x, *r;  /* [n_rows] by place: centred and scaled; exp(b x + offset - largest) */
    double *offset; /* [n_rows] by place; 0 without */
    double low, high, scale;
    double loglik, score, information; /* of the last evaluation */
} one_column;

/* 1. A column by place */

/* offset: [n_rows] or NULL. RML_EVALUE  not finite. RML_EEMPTY  constant. */
static rml_status place(one_column *c, const double *column, const double *offset)
{
    const int64_t n = c->surv->n_rows;
    double mean = 0.0, rest = 0.0, deviation = 0.0;

    c->low = INFINITY;
    c->high = -INFINITY;
    for (int64_t i = 0; i < n; ++i) {
        c->x[i] = column[c->surv->row[i]];
        c->offset[i] = offset ? offset[c->surv->row[i]] : 0.0;
        mean += c->x[i];
        c->low = c->x[i] < c->low ? c->x[i] : c->low;
        c->high = c->x[i] > c->high ? c->x[i] : c->high;
    }
    mean /= (double)n;
    if (!isfinite(mean)) return RML_EVALUE;
    if (c->low == c->high) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i) rest += c->x[i] - mean;
    mean += rest / (double)n;
    for (int64_t i = 0; i < n; ++i) deviation += fabs(c->x[i] - mean);
    c->scale = deviation / (double)n;
    if (!isfinite(c->scale) || !(c->scale > 0.0)) return RML_EVALUE;
    for (int64_t i = 0; i < n; ++i) c->x[i] = (c->x[i] - mean) / c->scale;
    c->low = (c->low - mean) / c->scale;
    c->high = (c->high - mean) / c->scale;
    return RML_OK;
}

/* 2. Sums along the risk sets */

typedef struct running {
    double s, first, second;
} running;

static inline running add_rows(const one_column *c, int64_t start, int64_t end, running sums)
{
    for (int64_t i = start; i < end; ++i) {
        const double value = c->r[i] * c->x[i];

        sums.s += c->r[i];
        sums.first += value;
        sums.second += value * c->x[i];
    }
    return sums;
}

/* times equal steps of one moment. */
static inline void add_step(one_column *c, running sums, int64_t times, double *product)
{
    const double inverse = 1.0 / sums.s, mean = sums.first * inverse;

    c->score -= (double)times * mean;
    c->information += (double)times * (sums.second * inverse - mean * mean);
    for (int64_t k = 0; k < times; ++k) {
        *product *= sums.s;
        if (*product<LARGE && * product> 1.0 / LARGE) continue;
        c->loglik -= log(*product);
        *product = 1.0;
    }
}

/* r of the rows that come in, with the largest log hazard of the risk set so far taken off before exp. Returns by what
 * the sums before them are to be multiplied: of no risk set is nothing left, however far others are ahead of it. */
static inline double exponentials(one_column *c, const rml_surv_moment *moment, double b, double *largest)
{
    const bool first = moment->start == moment->first;
    const double before = *largest;

    if (first) *largest = -INFINITY;
    for (int64_t i = moment->start; i < moment->end; ++i) {
        c->r[i] = b * c->x[i] + c->offset[i];
        *largest = c->r[i] > *largest ? c->r[i] : *largest;
    }
    for (int64_t i = moment->start; i < moment->end; ++i) c->r[i] = exp(c->r[i] - *largest);
    return first ? 0.0 : before == *largest ? 1.0 : exp(before - *largest);
}

static void evaluate(one_column *c, double b)
{
    double product = 1.0, largest = 0.0;
    running risk = {0};

    c->loglik = c->score = c->information = 0.0;
    for (int64_t m = 0; m < c->surv->n_moments; ++m) {
        const rml_surv_moment *moment = c->surv->moment + m;
        const int64_t d = moment->end - moment->first_event;
        const double scale = exponentials(c, moment, b, &largest);
        running own;

        risk = (running){scale * risk.s, scale * risk.first, scale * risk.second};
        risk = add_rows(c, moment->start, moment->first_event, risk);
        own = add_rows(c, moment->first_event, moment->end, (running){0});
        risk = (running){risk.s + own.s, risk.first + own.first, risk.second + own.second};
        for (int64_t i = moment->first_event; i < moment->end; ++i) {
            c->score += c->x[i];
            c->loglik += b * c->x[i] + c->offset[i] - largest;
        }
        if (d == 1 || c->ties == RML_TIES_BRESLOW) {
            add_step(c, risk, d, &product);
            continue;
        }
        for (int64_t l = 0; l < d; ++l) {
            const double part = (double)l / (double)d;

            add_step(c,
                     (running){risk.s - part * own.s, risk.first - part * own.first, risk.second - part * own.second},
                     1, &product);
        }
    }
    c->loglik -= log(product);
}

static bool finite_sums(const one_column *c)
{
    return isfinite(c->loglik) && isfinite(c->score) && isfinite(c->information) && c->information > 0.0;
}

/* 3. Newton's steps */

/* Whether the likelihood grows for ever: at each event's time those with the event have the largest value of the risk
 * set, or always the smallest. */
static bool grows_for_ever(const one_column *c)
{
    double low = 0.0, high = 0.0;
    bool largest = true, smallest = true;

    for (int64_t m = 0; (largest || smallest) && m < c->surv->n_moments; ++m) {
        const rml_surv_moment *moment = c->surv->moment + m;

        if (moment->start == moment->first) {
            low = INFINITY;
            high = -INFINITY;
        }
        for (int64_t i = moment->start; i < moment->end; ++i) {
            low = c->x[i] < low ? c->x[i] : low;
            high = c->x[i] > high ? c->x[i] : high;
        }
        for (int64_t i = moment->first_event; i < moment->end; ++i) {
            largest &= c->x[i] == high;
            smallest &= c->x[i] == low;
        }
    }
    return largest || smallest;
}

/* From 0, evaluated, to the maximum, or so far that the likelihood no longer grows; *at out. */
static rml_cox_end climb(one_column *c, const rml_cox_settings *settings, double *at)
{
    const bool endless = grows_for_ever(c);
    const double spread = c->high - c->low;
    double below = -INFINITY, above = INFINITY, b = 0.0;
    bool level = false;

    for (int32_t k = 0; k < settings->max_iterations; ++k) {
        const double old = c->loglik;
        double step = c->score / c->information, next;

        if (c->score >= 0.0) below = b;
        if (c->score <= 0.0) above = b; /* both at the maximum itself, where the next point is this one */
        step = fmax(-LONGEST_STEP / spread, fmin(step, LONGEST_STEP / spread));
        next = b + step;
        /* The one beyond which it goes, or from which it would only come back, is finite. */
        if (step > 0.0 ? next >= above : next <= below) next = 0.5 * (below + above);
        evaluate(c, next);
        for (int h = 0; h < MAX_HALVINGS && !finite_sums(c); ++h) {
            next = 0.5 * (b + next);
            evaluate(c, next);
        }
        b = next;
        step = c->score / c->information;
        level = fabs(c->loglik - old) <= settings->epsilon * (fabs(c->loglik) + 1.0);
        if (!level && (endless || c->score * step > CLOSE_ENOUGH)) continue;
        *at = endless ? b : b + step;
        return endless ? RML_COX_MONOTONE : RML_COX_CONVERGED;
    }
    *at = b;
    return RML_COX_UNFINISHED;
}

static void put(double *array, int32_t j, double value)
{
    if (array) array[j] = value;
}

static void put_nothing(const rml_cox_each *out, int32_t j)
{
    double *const arrays[] = {out->coefficient, out->se,  out->z,     out->p,     out->loglik_null,
                              out->loglik,      out->lrt, out->lrt_p, out->score, out->score_p};

    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; ++a) put(arrays[a], j, NAN);
}

static rml_status fit_column(one_column *c, const rml_cox_settings *settings, const rml_cox_each *out, int32_t j)
{
    double null_loglik, score, b, se;
    rml_cox_end end;

    evaluate(c, 0.0);
    null_loglik = c->loglik;
    put(out->loglik_null, j, null_loglik);
    if (!(c->information > 1e-14 * (double)c->surv->n_events)) {
        if (out->end) out->end[j] = RML_COX_NO_TERM;
        return RML_EEMPTY;
    }
    score = c->score * c->score / c->information;
    end = climb(c, settings, &b);
    put(out->coefficient, j, b / c->scale);
    put(out->loglik, j, c->loglik);
    put(out->lrt, j, 2.0 * (c->loglik - null_loglik));
    put(out->lrt_p, j, rml_chisq_upper(2.0 * (c->loglik - null_loglik), 1.0));
    put(out->score, j, score);
    put(out->score_p, j, rml_chisq_upper(score, 1.0));
    if (out->end) out->end[j] = end;
    if (end != RML_COX_CONVERGED) return RML_EVALUE;
    se = 1.0 / sqrt(c->information);
    put(out->se, j, se / c->scale);
    put(out->z, j, b / se);
    put(out->p, j, rml_normal_two_sided(b / se));
    return RML_OK;
}

/* Choices of tied rows have no one running sum: the model of several terms, of one. */
static rml_status fit_exactly(const rml_surv *surv, const double *column, const double *offset,
                              const rml_cox_settings *settings, const rml_cox_each *out, int32_t j)
{
    const rml_columns one = {surv->n_rows, surv->n_rows, 1, column};
    rml_cox fit;
    const rml_status status = rml_cox_fit(surv, &one, NULL, offset, settings, &fit);

    if (fit.coefficient) {
        if (out->end) out->end[j] = fit.end;
        put(out->loglik_null, j, fit.loglik_null);
        put(out->coefficient, j, fit.coefficient[0]);
        put(out->loglik, j, fit.loglik);
        put(out->lrt, j, fit.lrt);
        put(out->lrt_p, j, fit.lrt_p);
        put(out->score, j, fit.score);
        put(out->score_p, j, fit.score_p);
        put(out->se, j, fit.se[0]);
        put(out->z, j, fit.z[0]);
        put(out->p, j, fit.p[0]);
    }
    rml_cox_free(&fit);
    return status;
}

/* 4. Columns */

typedef struct each {
    const double *time, *offset;
    const uint8_t *event;
    const int32_t *stratum;
    rml_surv all;
    double *memory; /* [6 n_rows]: x, r and offset by place, then times, values and offsets of the rows that have one */
    int32_t *kept_stratum;
    uint8_t *kept_event;
} each;

/* The rows that have a value, as data of their own. kept->row is theirs, not the table's. values, offsets: out */
static rml_status without_missing(const each *e, const double *column, rml_surv *kept, const double **values,
                                  const double **offsets)
{
    const int64_t n = e->all.n_rows;
    double *time = e->memory + 3 * n, *value = e->memory + 4 * n, *offset = e->memory + 5 * n;
    int64_t n_kept = 0;

    for (int64_t i = 0; i < n; ++i) {
        if (isnan(column[i])) continue;
        time[n_kept] = e->time[i];
        value[n_kept] = column[i];
        offset[n_kept] = e->offset ? e->offset[i] : 0.0;
        e->kept_event[n_kept] = e->event[i];
        e->kept_stratum[n_kept++] = e->stratum ? e->stratum[i] : 0;
    }
    *values = value;
    *offsets = offset;
    return rml_surv_init(time, e->kept_event, e->kept_stratum, n_kept, kept);
}

static rml_status one_of_each(const each *e, const double *column, const rml_cox_settings *settings,
                              const rml_cox_each *out, int32_t j)
{
    const int64_t n = e->all.n_rows;
    one_column c = {
        .surv = &e->all, .ties = settings->ties, .x = e->memory, .r = e->memory + n, .offset = e->memory + 2 * n};
    const double *offset = e->offset;
    rml_status status = RML_OK;
    rml_surv kept = {0};
    bool missing = false;

    for (int64_t i = 0; i < n; ++i) missing |= isnan(column[i]) != 0;
    put_nothing(out, j);
    if (out->end) out->end[j] = RML_COX_NO_TERM;
    if (missing) {
        status = without_missing(e, column, &kept, &column, &offset);
        c.surv = &kept;
    }
    if (out->n_rows) out->n_rows[j] = c.surv->n_rows;
    if (out->n_events) out->n_events[j] = c.surv->n_events;
    if (status == RML_OK && c.surv->n_events == 0) {
        if (out->end) out->end[j] = RML_COX_NO_EVENT;
        status = RML_EEMPTY;
    }
    if (status == RML_OK && settings->ties == RML_TIES_EXACT) {
        status = fit_exactly(c.surv, column, offset, settings, out, j);
    } else {
        if (status == RML_OK) status = place(&c, column, offset);
        if (status == RML_OK) status = fit_column(&c, settings, out, j);
    }
    rml_surv_free(&kept);
    return status;
}

rml_status rml_cox_fit_each(const double *time, const uint8_t *event, const int32_t *stratum, const double *offset,
                            const rml_columns *columns, const rml_cox_settings *settings, const rml_cox_each *out)
{
    const size_t n = columns->n_rows > 0 ? (size_t)columns->n_rows : 0;
    each e = {.time = time, .offset = offset, .event = event, .stratum = stratum};
    rml_status status;

    if (columns->n_columns < 0 || columns->stride < columns->n_rows) return RML_EINVAL;
    if (!(settings->epsilon > 0.0) || settings->max_iterations < 1) return RML_EINVAL;
    for (size_t i = 0; offset && i < n; ++i)
        if (!isfinite(offset[i])) return RML_EVALUE;
    status = rml_surv_init(time, event, stratum, columns->n_rows, &e.all);
    if (status != RML_OK) return status;
    e.memory = malloc((6 * n + 1) * sizeof *e.memory);
    e.kept_stratum = malloc((n + 1) * sizeof *e.kept_stratum);
    e.kept_event = malloc(n + 1);
    if (!e.memory || !e.kept_stratum || !e.kept_event) status = RML_ENOMEM;
    for (int32_t j = 0; status == RML_OK && j < columns->n_columns; ++j) {
        out->status[j] = one_of_each(&e, rml_column(columns, j), settings, out, j);
        if (out->status[j] == RML_ENOMEM) status = RML_ENOMEM;
    }
    free(e.memory);
    free(e.kept_stratum);
    free(e.kept_event);
    rml_surv_free(&e.all);
    return status;
}
