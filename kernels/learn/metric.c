#include "kernels/learn/metric.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/rank.h"
#include "kernels/stats/roc.h"
#include "kernels/survival/concordance.h"

static const char *const names[RML_N_METRICS] = {"auc", "r2", "spearman", "mae", "c-index"};

const char *rml_metric_name(rml_metric metric)
{
    return names[metric];
}

rml_metric rml_metric_default(rml_outcome_kind outcome)
{
    return outcome == RML_OUTCOME_VALUE  ? RML_METRIC_R2
           : outcome == RML_OUTCOME_TIME ? RML_METRIC_CINDEX
                                         : RML_METRIC_AUC;
}

bool rml_metric_fits(rml_metric metric, rml_outcome_kind outcome)
{
    if (outcome == RML_OUTCOME_TIME || metric == RML_METRIC_CINDEX)
        return outcome == RML_OUTCOME_TIME && metric == RML_METRIC_CINDEX;
    return (metric == RML_METRIC_AUC) == (outcome != RML_OUTCOME_VALUE);
}

static double auc_of_class(int32_t class, int64_t n, const double *y, const double *score, uint8_t *positive)
{
    double auc = NAN;

    for (int64_t i = 0; i < n; ++i) positive[i] = (int32_t)y[i] == class;
    return rml_roc_auc(score, positive, n, &auc) == RML_OK ? auc : NAN;
}

/* Of several classes: the mean over those that are there. */
static double auc_of(rml_outcome_kind outcome, int32_t n_classes, int64_t n, const double *y, const double *score)
{
    uint8_t *positive = malloc((size_t)n + 1);
    double sum = 0.0;
    int32_t n_there = 0;

    if (!positive) return NAN;
    if (outcome == RML_OUTCOME_CLASS) {
        sum = auc_of_class(1, n, y, score, positive);
        n_there = 1;
    }
    for (int32_t c = 0; outcome == RML_OUTCOME_CLASSES && c < n_classes; ++c) {
        const double auc = auc_of_class(c, n, y, score + c * n, positive);

        if (isnan(auc)) continue;
        sum += auc;
        ++n_there;
    }
    free(positive);
    return n_there > 0 ? sum / n_there : NAN;
}

static double r2_of(int64_t n, const double *y, const double *score)
{
    double mean = 0.0, around = 0.0, left = 0.0;

    for (int64_t i = 0; i < n; ++i) mean += y[i] / (double)n;
    for (int64_t i = 0; i < n; ++i) {
        around += (y[i] - mean) * (y[i] - mean);
        left += (y[i] - score[i]) * (y[i] - score[i]);
    }
    return around > 0.0 ? 1.0 - left / around : NAN;
}

static double mae_of(int64_t n, const double *y, const double *score)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += fabs(y[i] - score[i]);
    return n > 0 ? -sum / (double)n : NAN;
}

static double spearman_of(int64_t n, const double *y, const double *score)
{
    double *rank = malloc((2 * (size_t)n + 1) * sizeof *rank), rho = NAN;
    rml_ranked *items = malloc((2 * (size_t)n + 1) * sizeof *items);
    double sum_xy = 0.0, sum_xx = 0.0, sum_yy = 0.0;
    const double mean = 0.5 * (double)(n + 1);

    if (rank && items && rml_rank_middle(y, n, items, rank, NULL) == RML_OK &&
        rml_rank_middle(score, n, items, rank + n, NULL) == RML_OK) {
        for (int64_t i = 0; i < n; ++i) {
            const double u = rank[i] - mean, v = rank[n + i] - mean;

            sum_xy += u * v;
            sum_xx += u * u;
            sum_yy += v * v;
        }
        rho = sum_xx > 0.0 && sum_yy > 0.0 ? sum_xy / sqrt(sum_xx * sum_yy) : NAN;
    }
    free(rank);
    free(items);
    return rho;
}

static double cindex_of(int64_t n, const double *y, const uint8_t *event, const double *score)
{
    const rml_concordance_settings settings = rml_concordance_defaults();
    rml_surv surv = {0};
    rml_concordance c = {.c = NAN};

    if (rml_surv_init(y, event, NULL, n, &surv) != RML_OK ||
        rml_concordance_measure(&surv, score, &settings, &c) != RML_OK)
        c.c = NAN;
    rml_surv_free(&surv);
    return c.c;
}

double rml_metric_of(rml_metric metric, rml_outcome_kind outcome, int32_t n_classes, int64_t n, const double *y,
                     const uint8_t *event, const double *score)
{
    switch (metric) {
    case RML_METRIC_AUC: return auc_of(outcome, n_classes, n, y, score);
    case RML_METRIC_R2: return r2_of(n, y, score);
    case RML_METRIC_MAE: return mae_of(n, y, score);
    case RML_METRIC_SPEARMAN: return spearman_of(n, y, score);
    case RML_METRIC_CINDEX: return cindex_of(n, y, event, score);
    default: return NAN;
    }
}
