/* Features that tell the outcome all by themselves are it in disguise, more often than not. */
#include <math.h>
#include <string.h>

#include "jobs/dataset_build.h"
#include "kernels/learn/metric.h"

static bool allowed(const rml_study *s, const char *name)
{
    for (int32_t i = 0; i < s->allow.n; ++i)
        if (strcmp(s->allow.text[i], name) == 0) return true;
    return false;
}

rml_status rml_build_check_telling(const rml_build *b, bool feature, const char *name, const double *x, double *scratch,
                                   rml_error *err)
{
    const rml_study *s = b->study;
    const rml_metric metric = s->outcome == RML_OUTCOME_VALUE ? RML_METRIC_SPEARMAN : RML_METRIC_AUC;
    double told = NAN;
    int32_t n = 0;

    if (s->outcome == RML_OUTCOME_CLASSES || allowed(s, name)) return RML_OK;
    for (int32_t p = 0; p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            scratch[n] = b->y[p];
            scratch[b->n_patients + n++] = x[p];
        }
    for (int32_t i = 0; i < n; ++i) scratch[n + i] = scratch[b->n_patients + i];
    if (n > 2 && rml_metric_of(metric, s->outcome, 2, n, scratch, scratch + n, &told) == RML_ENOMEM)
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
