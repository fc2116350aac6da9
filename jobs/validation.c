#include "jobs/validation.h"

#include <math.h>

enum { HOSLEM_GROUPS = 10, HOSLEM_LEAST = 3 };

static rml_proportion proportion(int64_t found, int64_t n)
{
    rml_proportion p = {NAN, NAN, NAN};

    if (n > 0) p.value = (double)found / (double)n;
    if (rml_confusion_interval(found, n, 0.95, &p.low, &p.high) != RML_OK) p.low = p.high = NAN;
    return p;
}

static void classify(const rml_confusion *c, rml_validation *out)
{
    out->counts = *c;
    out->sensitivity = proportion(c->tp, c->tp + c->fn);
    out->specificity = proportion(c->tn, c->tn + c->fp);
    out->ppv = proportion(c->tp, c->tp + c->fp);
    out->npv = proportion(c->tn, c->tn + c->fn);
}

rml_status rml_validation_measure(const double *decision, const double *probability, const uint8_t *y, int64_t n,
                                  const rml_confusion *counts, rml_validation *out)
{
    double grid[RML_VALIDATION_THRESHOLDS];

    *out = (rml_validation){.n = n};
    for (int64_t i = 0; i < n; ++i) out->n_positive += y[i];
    for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) grid[t] = (t + 1) / 100.0;
    /* Whatever is undefined is NaN by their own word; only memory stops the whole. */
    if (rml_roc_delong(decision, y, n, 0.95, &out->auc) == RML_ENOMEM ||
        rml_calibration_measure(y, probability, n, &out->calibration) == RML_ENOMEM ||
        rml_hoslem_test(y, probability, n, HOSLEM_GROUPS, 0, &out->hoslem) == RML_ENOMEM ||
        rml_benefit_curve(probability, y, n, grid, RML_VALIDATION_THRESHOLDS, out->benefit) == RML_ENOMEM)
        return RML_ENOMEM;
    for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) out->benefit[t].threshold = grid[t];
    if (out->hoslem.n_groups < HOSLEM_LEAST) out->hoslem.chisq = out->hoslem.p = NAN; /* too coarse to say anything */
    classify(counts, out);
    return RML_OK;
}
