#include "kernels/learn/kinds.h"

#include <stdlib.h>

const char *const rml_no_yes[] = {"false", "true", NULL};
const char *const rml_class_weights[] = {"none", "balanced", NULL};

uint8_t *rml_sample_positive(const rml_sample *sample)
{
    uint8_t *y = malloc((size_t)sample->n_rows + 1);

    for (int32_t i = 0; y && i < sample->n_rows; ++i) y[i] = sample->y[i] > 0.5;
    return y;
}

int32_t *rml_sample_codes(const rml_sample *sample)
{
    int32_t *code = malloc(((size_t)sample->n_rows + 1) * sizeof *code);

    for (int32_t i = 0; code && i < sample->n_rows; ++i)
        code[i] = sample->outcome >= RML_OUTCOME_VALUE ? 0 : (int32_t)sample->y[i]; /* a number may be any */
    return code;
}

const double *rml_sample_weights(const rml_sample *sample)
{
    for (int32_t i = 0; i < sample->n_rows; ++i)
        if (sample->weight[i] != 1.0) return sample->weight;
    return NULL;
}

rml_status rml_sample_weigh(const rml_sample *sample, bool balanced, double **weight, rml_error *err)
{
    const double *own = rml_sample_weights(sample);
    const int32_t n_classes = sample->outcome == RML_OUTCOME_CLASSES ? sample->n_classes : 2;
    double *of, total = 0.0; /* sums of weights, of a class and of all */
    int32_t n_present = 0;

    *weight = NULL;
    if (balanced && sample->outcome >= RML_OUTCOME_VALUE)
        return rml_fail(err, RML_ESETTING, "class_weight balanced is for classes, the outcome is a %s",
                        sample->outcome == RML_OUTCOME_TIME ? "time" : "number");
    if (!own && !balanced) return RML_OK;
    of = calloc((size_t)n_classes, sizeof *of);
    *weight = malloc(((size_t)sample->n_rows + 1) * sizeof **weight);
    if (!of || !*weight) {
        free(of);
        free(*weight);
        *weight = NULL;
        return RML_ENOMEM;
    }
    for (int32_t i = 0; balanced && i < sample->n_rows; ++i) {
        double *class = &of[(int32_t)sample->y[i]];

        n_present += *class == 0.0;
        *class += own ? own[i] : 1.0;
        total += own ? own[i] : 1.0;
    }
    for (int32_t i = 0; i < sample->n_rows; ++i) {
        const double factor = balanced ? total / (n_present * of[(int32_t)sample->y[i]]) : 1.0;

        (*weight)[i] = (own ? own[i] : 1.0) * factor;
    }
    free(of);
    return RML_OK;
}

double *rml_sample_room(const rml_sample *sample, int32_t n_columns)
{
    return malloc(((size_t)sample->n_rows * (size_t)n_columns + 1) * sizeof(double));
}

rml_status rml_keep_marked(rml_fitted *fitted, const char *kind, int32_t n_in, const bool *keep)
{
    int32_t n = 0;
    rml_status status;

    for (int32_t j = 0; j < n_in; ++j) n += keep[j];
    rml_fitted_init(fitted, kind, n_in, n);
    status = rml_fitted_keep(fitted, NULL);
    for (int32_t j = 0, k = 0; status == RML_OK && j < n_in; ++j)
        if (keep[j]) fitted->kept[k++] = j;
    return status;
}

rml_status rml_keep_largest(rml_fitted *fitted, const char *kind, int32_t n_in, const double *worth, int32_t k)
{
    bool *keep = calloc((size_t)n_in + 1, sizeof *keep);
    rml_status status = RML_ENOMEM;

    for (int32_t n = 0; keep && n < k && n < n_in; ++n) {
        int32_t best = -1;

        for (int32_t j = 0; j < n_in; ++j)
            if (!keep[j] && (best < 0 || worth[j] > worth[best])) best = j;
        keep[best] = true;
    }
    if (keep) status = rml_keep_marked(fitted, kind, n_in, keep);
    free(keep);
    return status;
}

rml_status rml_keep_listed(rml_fitted *fitted, const char *kind, int32_t n_in, const int32_t *columns, int32_t n)
{
    bool *keep = calloc((size_t)n_in + 1, sizeof *keep);
    rml_status status = RML_ENOMEM;

    for (int32_t k = 0; keep && k < n; ++k) keep[columns[k]] = true;
    if (keep) status = rml_keep_marked(fitted, kind, n_in, keep);
    free(keep);
    return status;
}
