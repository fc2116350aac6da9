/* 1. AUC   2. DeLong   3. The curve
 *
 * Placements: for a positive i the share of negatives below it, ties half, is (R_i - r_i) / n_negative, with R_i its
 * midrank among all rows and r_i its midrank among the positives. DeLong's variance is that of the placements' means.
 */
#include "kernels/stats/roc.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"

/* 1. AUC */

static int64_t count_positive(const uint8_t *y, int64_t n)
{
    int64_t n_positive = 0;

    for (int64_t i = 0; i < n; ++i) n_positive += y[i] != 0;
    return n_positive;
}

/* From sorted items: twice the pairs won, in integers. */
static rml_status auc_of(const double *score, const uint8_t *y, int64_t n, int64_t n_positive, rml_ranked *items,
                         double *auc)
{
    const int64_t n_negative = n - n_positive;
    int64_t below = 0, twice = 0; /* negatives below; 2 * (won + tied / 2) */

    *auc = NAN;
    if (rml_rank_sort(score, n, items) != RML_OK) return RML_EVALUE;
    for (int64_t first = 0, end; first < n; first = end) {
        int64_t positives = 0;

        for (end = first; end < n && items[end].value == items[first].value; ++end) positives += y[items[end].row] != 0;
        twice += positives * (2 * below + (end - first - positives));
        below += end - first - positives;
    }
    *auc = (double)twice / (2.0 * (double)n_positive * (double)n_negative);
    return RML_OK;
}

rml_status rml_roc_auc(const double *score, const uint8_t *y, int64_t n, double *auc)
{
    const int64_t n_positive = count_positive(y, n);
    rml_ranked *items;
    rml_status status;

    *auc = NAN;
    if (n_positive == 0 || n_positive == n) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    if (!items) return RML_ENOMEM;
    status = auc_of(score, y, n, n_positive, items, auc);
    free(items);
    return status;
}

rml_status rml_roc_auc_columns(const rml_columns *scores, const uint8_t *y, double *auc)
{
    const int64_t n = scores->n_rows, n_positive = count_positive(y, n);
    rml_ranked *items;

    for (int32_t j = 0; j < scores->n_columns; ++j) auc[j] = NAN;
    if (n_positive == 0 || n_positive == n) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    if (!items) return RML_ENOMEM;
    for (int32_t j = 0; j < scores->n_columns; ++j)
        (void)auc_of(rml_column(scores, j), y, n, n_positive, items, &auc[j]); /* a NaN: no AUC */
    free(items);
    return RML_OK;
}

/* 2. DeLong */

typedef struct delong {
    rml_ranked *items; /* [2 n] */
    double *rank;      /* [n] */
    double *gathered;  /* [n] one outcome's scores, then their ranks */
    double *placement; /* [n] positives' first, then negatives' */
    double mean[2];    /* of the positives' and the negatives' placements */
} delong;

static double mean_of(const double *x, int64_t n)
{
    double sum = 0.0, rest = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += x[i];
    sum /= (double)n;
    for (int64_t i = 0; i < n; ++i) rest += x[i] - sum;
    return sum + rest / (double)n;
}

static double covariance_of(const double *x, double mean_x, const double *y, double mean_y, int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
    return sum / (double)(n - 1); /* 0/0 for one row: NaN, as it should be */
}

/* Fills placement and mean. */
static rml_status place(delong *d, const double *score, const uint8_t *y, int64_t n, int64_t n_positive)
{
    int64_t at = 0;

    if (rml_rank_middle(score, n, d->items, d->rank, NULL) != RML_OK) return RML_EVALUE;
    for (int positive = 1; positive >= 0; --positive) {
        const int64_t n_own = positive ? n_positive : n - n_positive, n_other = n - n_own, from = at;
        int64_t k = 0;

        for (int64_t i = 0; i < n; ++i)
            if ((y[i] != 0) == positive) d->gathered[k++] = score[i];
        if (rml_rank_middle(d->gathered, n_own, d->items, d->gathered, NULL) != RML_OK) return RML_EVALUE;
        k = 0;
        for (int64_t i = 0; i < n; ++i) {
            double below;

            if ((y[i] != 0) != positive) continue;
            below = d->rank[i] - d->gathered[k++];
            d->placement[at++] = (positive ? below : (double)n_other - below) / (double)n_other;
        }
        d->mean[!positive] = mean_of(d->placement + from, n_own);
    }
    return RML_OK;
}

static double *delong_take(delong *d, int64_t n)
{
    d->items = malloc(2 * (size_t)n * sizeof *d->items + 3 * (size_t)n * sizeof(double));
    if (!d->items) return NULL;
    d->rank = (double *)(d->items + 2 * n);
    d->gathered = d->rank + n;
    d->placement = d->gathered + n;
    return d->rank;
}

static rml_status interval_of(const delong *d, double auc, int64_t n, int64_t n_positive, double level,
                              rml_roc_interval *interval)
{
    const int64_t n_negative = n - n_positive;
    const double z = rml_normal_quantile(0.5 + 0.5 * level), *other = d->placement + n_positive;
    double half;

    *interval =
        (rml_roc_interval){.n_positive = n_positive, .n_negative = n_negative, .auc = auc, .low = NAN, .high = NAN};
    interval->variance =
        covariance_of(d->placement, d->mean[0], d->placement, d->mean[0], n_positive) / (double)n_positive +
        covariance_of(other, d->mean[1], other, d->mean[1], n_negative) / (double)n_negative;
    if (n_positive < 2 || n_negative < 2) {
        interval->variance = NAN;
        return RML_EEMPTY;
    }
    half = z * sqrt(interval->variance);
    interval->low = fmax(auc - half, 0.0);
    interval->high = fmin(auc + half, 1.0);
    return RML_OK;
}

static const rml_roc_interval undefined = {.auc = NAN, .variance = NAN, .low = NAN, .high = NAN};

rml_status rml_roc_delong(const double *score, const uint8_t *y, int64_t n, double level, rml_roc_interval *interval)
{
    const int64_t n_positive = count_positive(y, n);
    delong d = {0};
    double auc;
    rml_status status = RML_OK;

    *interval = undefined;
    interval->n_positive = n_positive;
    interval->n_negative = n - n_positive;
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (n_positive == 0 || n_positive == n) return RML_EEMPTY;
    if (!delong_take(&d, n)) return RML_ENOMEM;
    status = auc_of(score, y, n, n_positive, d.items, &auc);
    if (status == RML_OK) status = place(&d, score, y, n, n_positive);
    if (status == RML_OK) status = interval_of(&d, auc, n, n_positive, level, interval);
    free(d.items);
    return status;
}

rml_status rml_roc_paired_test(const double *first, const double *second, const uint8_t *y, int64_t n, double level,
                               rml_roc_paired *test)
{
    const int64_t n_positive = count_positive(y, n), n_negative = n - n_positive;
    const double *score[2] = {first, second};
    rml_roc_interval *interval[2] = {&test->first, &test->second};
    delong d[2] = {0};
    double sd, half;
    rml_status status = RML_OK;

    *test = (rml_roc_paired){undefined, undefined, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (n_positive == 0 || n_negative == 0) return RML_EEMPTY;
    for (int k = 0; k < 2; ++k) {
        double auc;

        status = delong_take(&d[k], n) ? RML_OK : RML_ENOMEM;
        if (status != RML_OK) goto done;
        status = auc_of(score[k], y, n, n_positive, d[k].items, &auc);
        if (status == RML_OK) status = place(&d[k], score[k], y, n, n_positive);
        if (status != RML_OK) goto done;
        status = interval_of(&d[k], auc, n, n_positive, level, interval[k]);
        if (status != RML_OK && status != RML_EEMPTY) goto done;
    }
    test->difference = test->first.auc - test->second.auc;
    if (status != RML_OK) goto done;
    test->covariance =
        covariance_of(d[0].placement, d[0].mean[0], d[1].placement, d[1].mean[0], n_positive) / (double)n_positive +
        covariance_of(d[0].placement + n_positive, d[0].mean[1], d[1].placement + n_positive, d[1].mean[1],
                      n_negative) /
            (double)n_negative;
    sd = sqrt(fmax(test->first.variance + test->second.variance - 2.0 * test->covariance, 0.0));
    test->z = test->difference == 0.0 && sd == 0.0 ? 0.0 : test->difference / sd;
    test->p = rml_normal_two_sided(test->z);
    half = rml_normal_quantile(0.5 + 0.5 * level) * sd;
    test->low = test->difference - half;
    test->high = test->difference + half;
done:
    free(d[0].items);
    free(d[1].items);
    return status;
}

rml_status rml_roc_unpaired_test(const rml_roc_interval *first, const rml_roc_interval *second, rml_roc_unpaired *test)
{
    const double v1 = first->variance, v2 = second->variance, v = v1 + v2;
    const double df1 = (double)(first->n_positive + first->n_negative - 1);
    const double df2 = (double)(second->n_positive + second->n_negative - 1);

    *test = (rml_roc_unpaired){NAN, NAN, NAN};
    if (!(v > 0.0)) return RML_EEMPTY;
    test->t = (first->auc - second->auc) / sqrt(v);
    test->df = v * v / (v1 * v1 / df1 + v2 * v2 / df2);
    test->p = rml_t_two_sided(test->t, test->df);
    return RML_OK;
}

/* 3. The curve */

/* Halfway between two neighbouring scores, so that the upper one counts as positive and the lower one does not. */
static double between(double lower, double upper)
{
    const double middle = 0.5 * lower + 0.5 * upper;

    return middle > lower && middle <= upper ? middle : upper;
}

rml_status rml_roc_curve_fit(const double *score, const uint8_t *y, int64_t n, rml_roc_curve *curve)
{
    const int64_t n_positive = count_positive(y, n), n_negative = n - n_positive, most = n + 1;
    rml_ranked *items = NULL;
    int64_t tp = n_positive, fp = n_negative;
    double largest = -1.0;
    int32_t k = 0;
    rml_status status;

    *curve = (rml_roc_curve){0};
    if (n_positive == 0 || n_negative == 0) return RML_EEMPTY;
    if (n >= INT32_MAX) return RML_EINVAL;
    items = malloc(2 * (size_t)n * sizeof *items);
    curve->threshold = malloc((size_t)most * (3 * sizeof(double) + 2 * sizeof(int64_t) + sizeof(int32_t)));
    status = items && curve->threshold ? rml_rank_sort(score, n, items) : RML_ENOMEM;
    if (status == RML_OK && (isinf(items[0].value) || isinf(items[n - 1].value))) status = RML_EVALUE;
    if (status != RML_OK) goto done;
    curve->n_positive = n_positive;
    curve->n_negative = n_negative;
    curve->sensitivity = curve->threshold + most;
    curve->specificity = curve->sensitivity + most;
    curve->tp = (int64_t *)(curve->specificity + most);
    curve->fp = curve->tp + most;
    curve->best = (int32_t *)(curve->fp + most);
    for (int64_t first = 0; first <= n; ++k) { /* rows from `first` on count as positive */
        double sum;

        curve->threshold[k] = first == 0   ? -INFINITY
                              : first == n ? INFINITY
                                           : between(items[first - 1].value, items[first].value);
        curve->tp[k] = tp;
        curve->fp[k] = fp;
        curve->sensitivity[k] = (double)tp / (double)n_positive;
        curve->specificity[k] = (double)(n_negative - fp) / (double)n_negative;
        sum = curve->sensitivity[k] + curve->specificity[k];
        if (sum > largest) curve->n_best = 0, largest = sum;
        if (sum == largest) curve->best[curve->n_best++] = k;
        if (first == n) {
            ++k;
            break;
        }
        do {
            if (y[items[first].row])
                --tp;
            else
                --fp;
            ++first;
        } while (first < n && items[first].value == items[first - 1].value);
    }
    curve->n_points = k;
done:
    free(items);
    if (status != RML_OK) rml_roc_curve_free(curve);
    return status;
}

void rml_roc_curve_free(rml_roc_curve *curve)
{
    if (!curve) return;
    free(curve->threshold);
    *curve = (rml_roc_curve){0};
}
