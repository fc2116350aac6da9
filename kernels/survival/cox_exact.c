/* With r_i = exp(linear_i), let B_m be the sum over all choices of m rows of those at risk of the product of their r,
 * and B_m' and B_m'' the same of the product times the choice's sum of x, and of that sum's square. A time of d events
 * adds to the log likelihood the events' linear less log B_d, to the score their x less B_d' / B_d, and to the
 * information B_d'' / B_d less the square of B_d' / B_d.
 *
 * A row that comes in is in a choice or not:
 *   B_m   <- B_m + r B_{m-1}
 *   B_m'  <- B_m' + r (B_{m-1}' + x B_{m-1})
 *   B_m'' <- B_m'' + r (B_{m-1}'' + x B_{m-1}' + B_{m-1}' x + x x B_{m-1})
 * so that one walk along the rows serves all moments of a stratum. What is kept is the mean over choices, B_m over the
 * binomial coefficient of rows over m, each m with a scale of its own that keeps it near 1: of 1000 rows half of which
 * are tied both are beyond a double. */
#include "kernels/survival/cox_exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 1e50

static size_t size_of_one(const rml_cox_sums *sums)
{
    return 1 + (size_t)sums->n_terms + (size_t)sums->n_terms * (size_t)sums->n_terms;
}

rml_status rml_cox_exact_init(rml_cox_sums *sums)
{
    size_t most;

    for (int64_t m = 0; m < sums->surv->n_moments; ++m) {
        const int64_t n_events = sums->surv->moment[m].end - sums->surv->moment[m].first_event;

        if (n_events > sums->most_events) sums->most_events = n_events;
    }
    most = (size_t)sums->most_events + 1;
    sums->choices = calloc(most, (size_of_one(sums) + 2) * sizeof *sums->choices);
    if (!sums->choices) return RML_ENOMEM;
    sums->log_scale = sums->choices + most * size_of_one(sums);
    sums->lift = sums->log_scale + most;
    return RML_OK;
}

static double *choices_of(const rml_cox_sums *sums, int64_t m)
{
    return sums->choices + (size_t)m * size_of_one(sums);
}

/* The choices of m rows from those of m and m - 1 among one row less: stay and join are by what either is multiplied.
 */
static void add_to(double *of, const double *fewer, const double *x, int32_t k, double stay, double join)
{
    const double *first = fewer + 1, *second = first + k;
    double *own_first = of + 1, *own_second = own_first + k;

    for (int32_t a = 0; a < k; ++a)
        for (int32_t b = 0; b <= a; ++b) {
            const int64_t at = (int64_t)a * k + b;

            own_second[at] = stay * own_second[at] +
                             join * (second[at] + x[a] * first[b] + first[a] * x[b] + x[a] * x[b] * fewer[0]);
        }
    for (int32_t a = 0; a < k; ++a) own_first[a] = stay * own_first[a] + join * (first[a] + x[a] * fewer[0]);
    of[0] = stay * of[0] + join * fewer[0];
}

/* Choices of m and m - 1 stand next to each other by the ratio of their scales. */
static void set_scale(rml_cox_sums *sums, int64_t m, double log_scale)
{
    sums->log_scale[m] = log_scale;
    if (m > 0) sums->lift[m] = exp(sums->log_scale[m - 1] - log_scale);
    if (m < sums->most_events) sums->lift[m + 1] = exp(log_scale - sums->log_scale[m + 1]);
}

/* A row that is r times as likely as that of the reference hazard joins the n that are at risk already. */
static void add_row(rml_cox_sums *sums, const double *x, double r, int64_t n)
{
    const int64_t most = n + 1 < sums->most_events ? n + 1 : sums->most_events;
    const size_t one = size_of_one(sums);

    for (int64_t m = most; m > 0; --m) {
        const double share = (double)m / (double)(n + 1); /* of the choices, that have the row */
        double *of = choices_of(sums, m), size;

        if (m > n) set_scale(sums, m, sums->log_scale[m - 1]); /* the first ones of as many rows */
        add_to(of, choices_of(sums, m - 1), x, sums->n_terms, 1.0 - share, share * r * sums->lift[m]);
        size = of[0];
        if (!(size > 0.0) || (size < LARGE && size > 1.0 / LARGE)) continue;
        for (size_t c = 0; c < one; ++c) of[c] /= size;
        set_scale(sums, m, sums->log_scale[m] + log(size));
    }
}

static void add_score(rml_cox_sums *sums, int32_t term, double value, double g)
{
    sums->score[term] += value;
    if (sums->time_value) sums->score_time[term] += g * value;
}

/* n are at risk; g is the moment's value of the function of time. */
static void add_moment(rml_cox_sums *sums, const rml_surv_moment *moment, int64_t n, double reference, double g)
{
    const int64_t d = moment->end - moment->first_event;
    const int32_t k = sums->n_terms;
    const double *of = choices_of(sums, d), *first = of + 1, *second = first + k;

    sums->loglik -= log(of[0]) + sums->log_scale[d];
    sums->loglik -= lgamma((double)n + 1.0) - lgamma((double)d + 1.0) - lgamma((double)(n - d) + 1.0);
    for (int64_t i = moment->first_event; i < moment->end; ++i) {
        sums->loglik += sums->linear[i] - reference;
        for (int32_t a = 0; a < k; ++a) add_score(sums, a, sums->x[i * k + a], g);
    }
    for (int32_t a = 0; a < k; ++a) {
        add_score(sums, a, -first[a] / of[0], g);
        for (int32_t b = 0; b <= a; ++b) {
            const int64_t at = (int64_t)a * k + b;
            const double spread = second[at] / of[0] - first[a] / of[0] * (first[b] / of[0]);

            sums->information[at] += spread;
            if (!sums->time_value) continue;
            sums->cross[at] += g * spread;
            sums->square[at] += g * g * spread;
        }
    }
}

void rml_cox_exact_add(rml_cox_sums *sums)
{
    const size_t most = (size_t)sums->most_events + 1;
    const int64_t n_rows = sums->surv->n_rows;
    double reference = 0.0;
    int64_t n = 0;

    for (int64_t i = 0; i < n_rows; ++i) reference += sums->linear[i] / (double)n_rows;
    for (int64_t m = 0; m < sums->surv->n_moments; ++m) {
        const rml_surv_moment *moment = sums->surv->moment + m;

        if (moment->start == moment->first) { /* a stratum begins */
            memset(sums->choices, 0, most * size_of_one(sums) * sizeof *sums->choices);
            memset(sums->log_scale, 0, most * sizeof *sums->log_scale);
            sums->choices[0] = 1.0; /* nobody, in one way */
            n = 0;
        }
        for (int64_t i = moment->start; i < moment->end; ++i)
            add_row(sums, sums->x + i * sums->n_terms, exp(sums->linear[i] - reference), n++);
        add_moment(sums, moment, n, reference, sums->time_value ? sums->time_value[m] : 0.0);
    }
}
