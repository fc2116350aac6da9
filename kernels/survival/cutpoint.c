/* 1. Scores   2. Cuts   3. The search */
#include "kernels/survival/cutpoint.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"
#include "kernels/survival/cutpoint_p.h"

/* 1. Scores */

static bool is_outcome(const double *time, const uint8_t *event, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        if (!(time[i] >= 0.0) || isinf(time[i]) || event[i] > 1) return false;
    return true;
}

rml_status rml_cutpoint_scores(const double *time, const uint8_t *event, int64_t n, double *score)
{
    rml_ranked *items = malloc((2 * (size_t)n + 1) * sizeof *items);
    double hazard = 0.0;
    rml_status status = items ? RML_OK : RML_ENOMEM;

    for (int64_t i = 0; i < n; ++i) score[i] = NAN;
    if (status == RML_OK && !is_outcome(time, event, n)) status = RML_EVALUE;
    if (status == RML_OK) status = rml_rank_sort(time, n, items);
    for (int64_t first = 0, last; status == RML_OK && first < n; first = last) {
        for (last = first; last < n && items[last].value == items[first].value; ++last)
            ;
        for (int64_t k = first; k < last; ++k) hazard += event[items[k].row] / (double)(n - last + 1);
        for (int64_t k = first; k < last; ++k) score[items[k].row] = event[items[k].row] - hazard;
    }
    free(items);
    return status;
}

/* 2. Cuts */

typedef struct ordered {
    int64_t n;
    rml_ranked *items; /* [2 n] sorted by x */
    double *score;     /* [n] in that order */
    double sum, squares;
} ordered;

static void free_ordered(ordered *o)
{
    free(o->items);
    free(o->score);
}

static rml_status order_scores(const double *x, const double *time, const uint8_t *event, int64_t n, ordered *o)
{
    double *own = malloc(((size_t)n + 1) * sizeof *own);
    bool varies = false;
    rml_status status;

    *o = (ordered){.n = n,
                   .items = malloc((2 * (size_t)n + 1) * sizeof *o->items),
                   .score = malloc(((size_t)n + 1) * sizeof *o->score)};
    status = own && o->items && o->score ? rml_cutpoint_scores(time, event, n, own) : RML_ENOMEM;
    for (int64_t i = 0; status == RML_OK && i < n; ++i)
        if (!isfinite(x[i])) status = RML_EVALUE;
    if (status == RML_OK) status = rml_rank_sort(x, n, o->items);
    for (int64_t i = 0; status == RML_OK && i < n; ++i) {
        o->score[i] = own[o->items[i].row];
        o->sum += o->score[i];
        o->squares += o->score[i] * o->score[i];
        varies |= o->score[i] != o->score[0];
    }
    free(own);
    return status == RML_OK && !varies ? RML_EEMPTY : status;
}

/* total: of the scores of the first n_low rows */
static rml_cut cut_of(const ordered *o, double cut, int64_t n_low, double total)
{
    rml_cut at = {cut, n_low, o->n - n_low, NAN};
    double mean, deviation;

    if (at.n_low == 0 || at.n_high == 0) return at;
    rml_cutpoint_moments(o->sum, o->squares, o->n, n_low, &mean, &deviation);
    at.statistic = fabs((total - mean) / deviation);
    return at;
}

static rml_cut cut_at(const ordered *o, double cut)
{
    double total = 0.0;
    int64_t n_low = 0;

    for (; n_low < o->n && o->items[n_low].value <= cut; ++n_low) total += o->score[n_low];
    return cut_of(o, cut, n_low, total);
}

rml_status rml_cutpoint_at(const double *x, const double *time, const uint8_t *event, int64_t n, double cut,
                           rml_cut *at)
{
    ordered o;
    rml_status status = order_scores(x, time, event, n, &o);

    *at = (rml_cut){cut, 0, 0, NAN};
    if (status == RML_OK) *at = cut_at(&o, cut);
    free_ordered(&o);
    return status;
}

/* 3. The search */

static const rml_cutpoint nothing = {.best = {NAN, 0, 0, NAN},
                                     .median = {NAN, 0, 0, NAN},
                                     .p_median = NAN,
                                     .p_lausen92 = NAN,
                                     .p_lausen94 = NAN,
                                     .p_hothorn = NAN,
                                     .p_permuted = NAN};

/* size: [n_cuts] rows below each; it and best->cuts may be NULL */
static void try_cuts(const ordered *o, double least, rml_cutpoint *best, int64_t *size)
{
    const double n = (double)o->n;
    const int64_t from = (int64_t)fmax(1.0, floor(n * least)), to = (int64_t)floor(n * (1.0 - least));
    double total = 0.0;
    rml_cut at;

    for (int64_t i = 0; i + 1 < o->n; ++i) {
        total += o->score[i];
        if (o->items[i].value == o->items[i + 1].value || i + 1 < from || i + 1 > to) continue;
        at = cut_of(o, o->items[i].value, i + 1, total);
        if (size) size[best->n_cuts] = i + 1;
        if (best->cuts) best->cuts[best->n_cuts] = at;
        if (best->n_cuts == 0 || at.statistic > best->best.statistic) best->best = at;
        ++best->n_cuts;
    }
}

rml_status rml_cutpoint_find(const double *x, const double *time, const uint8_t *event, int64_t n, double least,
                             int32_t n_permutations, uint64_t seed, rml_cutpoint *best)
{
    ordered o = {0};
    int64_t *size = NULL;
    rml_status status;

    *best = nothing;
    if (!(least >= 0.0 && least < 0.5) || n_permutations < 0 || n < 0 || n > INT32_MAX) return RML_EINVAL;
    status = order_scores(x, time, event, n, &o);
    if (status != RML_OK) goto done;
    status = RML_ENOMEM;
    best->cuts = malloc((size_t)n * sizeof *best->cuts);
    size = malloc((size_t)n * sizeof *size);
    if (!best->cuts || !size) goto done;
    try_cuts(&o, least, best, size);
    status = RML_EEMPTY;
    if (best->n_cuts == 0) goto done;
    best->median = cut_at(&o, (o.items[(n - 1) / 2].value + o.items[n / 2].value) / 2.0);
    best->p_median = rml_normal_two_sided(best->median.statistic);
    best->p_lausen92 = rml_cutpoint_lausen92(best->best.statistic, least);
    best->p_lausen94 = rml_cutpoint_lausen94(best->best.statistic, n, size, best->n_cuts);
    status = rml_cutpoint_hothorn(o.score, (int32_t)n, size, best->n_cuts, &best->p_hothorn);
    if (status == RML_OK && n_permutations > 0)
        status = rml_cutpoint_permuted(best->best.statistic, o.score, n, size, best->n_cuts, n_permutations, seed,
                                       &best->p_permuted);
done:
    free_ordered(&o);
    free(size);
    best->n_permutations = n_permutations;
    if (status != RML_OK) rml_cutpoint_free(best);
    return status;
}

rml_status rml_cutpoint_best(const double *x, const double *time, const uint8_t *event, int64_t n, double least,
                             rml_cut *best)
{
    ordered o = {0};
    rml_cutpoint found = nothing;
    rml_status status;

    *best = nothing.best;
    if (!(least >= 0.0 && least < 0.5) || n < 0 || n > INT32_MAX) return RML_EINVAL;
    status = order_scores(x, time, event, n, &o);
    if (status == RML_OK) try_cuts(&o, least, &found, NULL);
    if (status == RML_OK && found.n_cuts == 0) status = RML_EEMPTY;
    if (status == RML_OK) *best = found.best;
    free_ordered(&o);
    return status;
}

void rml_cutpoint_free(rml_cutpoint *best)
{
    if (!best) return;
    free(best->cuts);
    *best = nothing;
}
