#include "jobs/validation.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/multiclass.h"
#include "kernels/stats/probability.h"

enum { HOSLEM_GROUPS = 10, HOSLEM_LEAST = 3 };

static rml_proportion proportion(int64_t found, int64_t n)
{
    rml_proportion p = {NAN, NAN, NAN};

    if (n > 0) p.value = (double)found / (double)n;
    if (rml_confusion_interval(found, n, 0.95, &p.low, &p.high) != RML_OK) p.low = p.high = NAN;
    return p;
}

/* A variance of 0 is what the formula makes of an order without a mistake (all wrong and all tied alike), however few
 * the patients: not a sure AUC. */
static rml_status delong(const double *decision, const uint8_t *y, int64_t n, rml_roc_interval *auc)
{
    const rml_status status = rml_roc_delong(decision, y, n, 0.95, auc);

    if (auc->variance == 0.0) auc->low = auc->high = NAN;
    return status;
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
    if (delong(decision, y, n, &out->auc) == RML_ENOMEM ||
        rml_calibration_measure(y, probability, n, &out->calibration) == RML_ENOMEM ||
        rml_probability_log_loss(probability, y, NULL, n, &out->log_loss) == RML_ENOMEM ||
        rml_hoslem_test(y, probability, n, HOSLEM_GROUPS, 0, &out->hoslem) == RML_ENOMEM ||
        rml_benefit_curve(probability, y, n, grid, RML_VALIDATION_THRESHOLDS, out->benefit) == RML_ENOMEM)
        return RML_ENOMEM;
    for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) out->benefit[t].threshold = grid[t];
    if (out->hoslem.n_groups < HOSLEM_LEAST) out->hoslem.chisq = out->hoslem.p = NAN; /* too coarse to say anything */
    classify(counts, out);
    return RML_OK;
}

rml_status rml_validation_measure_number(const double *predicted, const double *y, int64_t n,
                                         rml_validation_number *out)
{
    double observed = 0.0, said = 0.0;

    *out = (rml_validation_number){.n = n};
    for (int64_t i = 0; i < n; ++i) {
        observed += y[i];
        said += predicted[i];
    }
    out->mean_observed = observed / (double)n;
    out->mean_predicted = said / (double)n;
    if (rml_continuous_score(predicted, y, n, &out->score) == RML_ENOMEM ||
        rml_continuous_calibrate(predicted, y, n, 0.95, &out->line) == RML_ENOMEM)
        return RML_ENOMEM;
    return RML_OK;
}

void rml_validation_classes_free(rml_validation_classes *measured)
{
    if (!measured) return;
    free(measured->class);
    free(measured->confusion);
    *measured = (rml_validation_classes){0};
}

/* The class of the highest decision, the first of equals. */
static int32_t called(const double *decision, int64_t n, int32_t n_classes, int64_t i)
{
    int32_t best = 0;

    for (int32_t c = 1; c < n_classes; ++c)
        if (decision[c * n + i] > decision[best * n + i]) best = c;
    return best;
}

/* is: room for [n] */
static rml_status measure_class(const double *decision, const int32_t *y, int32_t c, uint8_t *is,
                                rml_validation_classes *out)
{
    rml_validation_class *class = &out->class[c];
    const int64_t *row = out->confusion + (int64_t)c * out->n_classes;

    for (int64_t i = 0; i < out->n; ++i) is[i] = y[i] == c;
    for (int32_t d = 0; d < out->n_classes; ++d) {
        class->n += row[d];
        class->n_called += out->confusion[(int64_t)d * out->n_classes + c];
    }
    out->n_present += class->n > 0;
    class->recall = proportion(row[c], class->n);
    return delong(decision + c * out->n, is, out->n, &class->auc) == RML_ENOMEM ? RML_ENOMEM : RML_OK;
}

rml_status rml_validation_measure_classes(const double *decision, const double *probability, const int32_t *y,
                                          int64_t n, int32_t n_classes, rml_validation_classes *out)
{
    const size_t k = (size_t)n_classes;
    uint8_t *is = malloc((size_t)n + 1);
    int32_t *call = malloc(((size_t)n + 1) * sizeof *call);
    int64_t n_right = 0;
    rml_status status = RML_OK;

    *out = (rml_validation_classes){.n = n, .n_classes = n_classes};
    out->class = calloc(k + 1, sizeof *out->class);
    out->confusion = calloc(k * k + 1, sizeof *out->confusion);
    if (!is || !call || !out->class || !out->confusion) status = RML_ENOMEM;
    for (int64_t i = 0; status == RML_OK && i < n; ++i) {
        call[i] = called(decision, n, n_classes, i);
        n_right += call[i] == y[i];
        ++out->confusion[(int64_t)y[i] * n_classes + call[i]];
    }
    for (int32_t c = 0; status == RML_OK && c < n_classes; ++c) status = measure_class(decision, y, c, is, out);
    /* As above: what is undefined is NaN by the kernels' own word. */
    if (status == RML_OK &&
        (rml_multiclass_auc(decision, y, n, n_classes, NULL, &out->auc) == RML_ENOMEM ||
         rml_multiclass_log_loss(probability, y, n, n_classes, &out->log_loss) == RML_ENOMEM ||
         rml_multiclass_balanced_accuracy(call, y, n, n_classes, NULL, &out->balanced_accuracy) == RML_ENOMEM))
        status = RML_ENOMEM;
    out->accuracy = n > 0 ? (double)n_right / (double)n : NAN;
    free(is);
    free(call);
    if (status != RML_OK) rml_validation_classes_free(out);
    return status;
}
