/* Features that tell the outcome all by themselves are it in disguise, more often than not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"
#include "kernels/learn/metric.h"
#include "kernels/survival/concordance.h"

enum { FEW_ROWS = 60 }; /* pairs among these show whether a column may be a time in disguise */

static bool allowed(const rml_study *s, const char *name)
{
    for (int32_t i = 0; i < s->allow.n; ++i)
        if (strcmp(s->allow.text[i], name) == 0) return true;
    return false;
}

/* Of a time: that the order of the events is the order of the values. */
static rml_status check_telling_time(const rml_build *b, const char *name, const double *x, rml_error *err)
{
    const rml_concordance_settings settings = rml_concordance_defaults();
    const size_t n_all = (size_t)b->n_patients + 1;
    double *time = malloc(n_all * sizeof *time), *score = malloc(n_all * sizeof *score);
    uint8_t *event = malloc(n_all);
    rml_status status = time && score && event ? RML_OK : rml_build_no_memory(err);
    rml_concordance c = {.c = NAN};
    rml_surv surv = {0};
    int32_t n = 0;

    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            time[n] = b->y[p];
            event[n] = b->event[p];
            score[n++] = x[p];
        }
    /* A few rows are enough to see that a column does not. */
    for (int32_t some = n < FEW_ROWS ? n : FEW_ROWS; status == RML_OK && n >= 10; some = n) {
        status = rml_surv_init(time, event, NULL, some, &surv);
        if (status == RML_OK) status = rml_concordance_measure(&surv, score, &settings, &c);
        rml_surv_free(&surv);
        if (status == RML_EEMPTY) status = RML_OK; /* no pair among the few */
        if (some == n || fabs(2.0 * c.c - 1.0) < 0.9) break;
    }
    free(time);
    free(score);
    free(event);
    if (status == RML_ENOMEM) return rml_build_no_memory(err);
    /* A column that is the time itself ties where an event and a censoring share a time: such pairs count one half in
     * C, so that it is asked for less, and for almost no pair the other way round. */
    if (status != RML_OK || isnan(c.c) || fmax(c.c, 1.0 - c.c) < 0.95) return RML_OK;
    if (fmin(c.concordant, c.discordant) > 0.001 * (c.concordant + c.discordant)) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: feature %s tells the outcome (C-index %.4f over %d patients): is it the outcome in disguise? "
                    "Leave it out, or list it under \"features: {allow: [%s]}\"",
                    b->study->path, name, fmax(c.c, 1.0 - c.c), n, name);
}

rml_status rml_build_check_telling(const rml_build *b, bool feature, const char *name, const double *x, double *scratch,
                                   rml_error *err)
{
    const rml_study *s = b->study;
    const rml_metric metric = s->outcome == RML_OUTCOME_VALUE ? RML_METRIC_SPEARMAN : RML_METRIC_AUC;
    double told = NAN;
    int32_t n = 0;

    if (s->outcome == RML_OUTCOME_CLASSES || allowed(s, name)) return RML_OK;
    if (s->outcome == RML_OUTCOME_TIME) return check_telling_time(b, name, x, err);
    for (int32_t p = 0; p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            scratch[n] = b->y[p];
            scratch[b->n_patients + n++] = x[p];
        }
    for (int32_t i = 0; i < n; ++i) scratch[n + i] = scratch[b->n_patients + i];
    if (n > 2 && rml_metric_of(metric, s->outcome, 2, n, scratch, NULL, scratch + n, &told) == RML_ENOMEM)
        return rml_build_no_memory(err);
    if (metric == RML_METRIC_AUC) told = fmax(told, 1.0 - told);
    if (n < 10 || isnan(told) || fabs(told) < 0.999) return RML_OK;
    if (!feature)
        return rml_fail(err, RML_ESETTING,
                        "%s: covariates: %s is the outcome in other words (%s %.4f over %d patients); a step that "
                        "knows it would leak it into every feature",
                        s->path, name, metric == RML_METRIC_AUC ? "AUC" : "|Spearman|", fabs(told), n);
    return rml_fail(err, RML_ESETTING,
                    "%s: feature %s tells the outcome (%s %.4f over %d patients): is it the outcome in disguise? Leave "
                    "it out, or list it under \"features: {allow: [%s]}\"",
                    s->path, name, metric == RML_METRIC_AUC ? "AUC" : "|Spearman|", fabs(told), n, name);
}
