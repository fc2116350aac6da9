#include "kernels/learn/metric.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/correlation.h"
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

static rml_status auc_of_class(int32_t class, int64_t n, const double *y, const double *score, uint8_t *positive,
                               double *auc)
{
    for (int64_t i = 0; i < n; ++i) positive[i] = (int32_t)y[i] == class;
    return rml_roc_auc(score, positive, n, auc);
}

/* Of several classes: the mean over those that are there. */
static rml_status auc_of(rml_outcome_kind outcome, int32_t n_classes, int64_t n, const double *y, const double *score,
                         double *value)
{
    const bool several = outcome == RML_OUTCOME_CLASSES;
    uint8_t *positive = malloc((size_t)n + 1);
    rml_status status = positive ? RML_OK : RML_ENOMEM;
    double sum = 0.0;
    int32_t n_there = 0;

    for (int32_t c = several ? 0 : 1; status != RML_ENOMEM && c < (several ? n_classes : 2); ++c) {
        double auc;

        status = auc_of_class(c, n, y, several ? score + c * n : score, positive, &auc);
        if (status != RML_OK) continue;
        sum += auc;
        ++n_there;
    }
    free(positive);
    if (status == RML_ENOMEM) return status;
    *value = n_there > 0 ? sum / n_there : NAN;
    return RML_OK;
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

static rml_status cindex_of(int64_t n, const double *y, const uint8_t *event, const double *score, double *value)
{
    const rml_concordance_settings settings = rml_concordance_defaults();
    rml_surv surv = {0};
    rml_concordance c = {.c = NAN};
    rml_status status = event ? rml_surv_init(y, event, NULL, n, &surv) : RML_EINVAL;

    if (status == RML_OK) status = rml_concordance_measure(&surv, score, &settings, &c);
    rml_surv_free(&surv);
    *value = c.c;
    return status;
}

rml_status rml_metric_of(rml_metric metric, rml_outcome_kind outcome, int32_t n_classes, int64_t n, const double *y,
                         const uint8_t *event, const double *score, double *value)
{
    rml_status status = RML_OK;

    *value = NAN;
    if (!rml_metric_fits(metric, outcome)) return RML_EINVAL;
    switch (metric) {
    case RML_METRIC_AUC: status = auc_of(outcome, n_classes, n, y, score, value); break;
    case RML_METRIC_R2: *value = r2_of(n, y, score); break;
    case RML_METRIC_MAE: *value = mae_of(n, y, score); break;
    case RML_METRIC_SPEARMAN: status = rml_correlation_spearman(y, score, n, value); break;
    case RML_METRIC_CINDEX: status = cindex_of(n, y, event, score, value); break;
    default: return RML_EINVAL;
    }
    return status == RML_OK && isnan(*value) ? RML_EEMPTY : status;
}
