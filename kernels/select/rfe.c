#include "kernels/select/rfe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/rfe_ridge.h"
#include "kernels/select/rfe_svm.h"

static const double EQUAL = 1e-9; /* of the largest coefficient: above the rounding of either engine */

rml_rfe_settings rml_rfe_defaults(void)
{
    return (rml_rfe_settings){.c = 1.0, .class_c = {1.0, 1.0}, .n_select = 8, .step = 1, .coefficient_tolerance = 1e-2};
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void rml_rfe_choose(const double *size, int32_t n, int32_t n_drop, double equal, uint8_t *leaves, double *scratch)
{
    double cut = INFINITY;
    int32_t n_left = n_drop;

    memset(leaves, 0, (size_t)n);
    if (n_drop == 1) {
        for (int32_t j = 0; j < n; ++j) cut = fmin(cut, size[j]);
    } else {
        memcpy(scratch, size, (size_t)n * sizeof *scratch);
        qsort(scratch, (size_t)n, sizeof *scratch, compare_numbers);
        cut = scratch[n_drop - 1];
    }
    for (int32_t j = 0; j < n; ++j)
        if (size[j] < cut - equal) leaves[j] = 1, --n_left;
    for (int32_t j = n - 1; j >= 0 && n_left > 0; --j)
        if (!leaves[j] && size[j] <= cut + equal) leaves[j] = 1, --n_left;
}

typedef struct elimination {
    const rml_rfe_settings *settings;
    rml_rfe_svm *svm;
    rml_rfe_ridge *ridge;
    int32_t n_in;
    int32_t *in;                /* [n_in] columns still in, rising */
    double *coefficient, *size; /* [n_in] */
    double *scratch;
    uint8_t *leaves;
} elimination;

/* One fit; sizes of the coefficients, n_drop of which are about to leave. */
static rml_status fit_once(elimination *e, int32_t n_drop)
{
    const rml_rfe_settings *settings = e->settings;
    double intercept = NAN;
    rml_status status = RML_OK;

    if (settings->model == RML_RFE_CALLER) {
        status = settings->importance(settings->context, e->in, e->n_in, e->size);
        for (int32_t j = 0; status == RML_OK && j < e->n_in; ++j) {
            if (!(e->size[j] >= 0.0)) status = RML_EVALUE;
            e->size[j] = sqrt(e->size[j]);
        }
        return status;
    }
    if (settings->model == RML_RFE_SVM)
        status = rml_rfe_svm_run(e->svm, e->coefficient, &intercept);
    else
        status = rml_rfe_ridge_run(e->ridge, n_drop, EQUAL, e->coefficient, &intercept);
    for (int32_t j = 0; j < e->n_in; ++j) e->size[j] = fabs(e->coefficient[j]);
    if (status == RML_OK && settings->observer)
        status = settings->observer(settings->context, e->in, e->n_in, e->coefficient, intercept);
    return status;
}

static rml_status eliminate(elimination *e, rml_rfe *rfe)
{
    const rml_rfe_settings *settings = e->settings;
    const int32_t n_select = settings->n_select < e->n_in ? settings->n_select : e->n_in;

    for (;;) {
        const int32_t too_many = e->n_in - n_select, n_drop = too_many < settings->step ? too_many : settings->step;
        const rml_status status = fit_once(e, n_drop);
        double largest = 0.0;
        int32_t n_in = 0;

        if (status != RML_OK) return status;
        ++rfe->n_fits;
        for (int32_t j = 0; j < e->n_in; ++j) {
            rfe->importance[e->in[j]] = e->size[j] * e->size[j];
            largest = fmax(largest, e->size[j]);
        }
        if (n_drop == 0) break;
        rml_rfe_choose(e->size, e->n_in, n_drop, EQUAL * largest, e->leaves, e->scratch);
        if (e->svm) rml_rfe_svm_drop(e->svm, e->leaves);
        if (e->ridge) rml_rfe_ridge_drop(e->ridge, e->leaves);
        for (int32_t j = 0; j < e->n_in; ++j) {
            if (e->leaves[j])
                rfe->ranking[e->in[j]] = rfe->n_fits; /* for now: after which fit it left */
            else
                e->in[n_in++] = e->in[j];
        }
        e->n_in = n_in;
    }
    for (int32_t j = 0; j < e->n_in; ++j) rfe->ranking[e->in[j]] = rfe->n_fits;
    for (int32_t j = 0; j < rfe->n_columns; ++j) rfe->ranking[j] = rfe->n_fits - rfe->ranking[j] + 1;
    rfe->n_selected = e->n_in;
    memcpy(rfe->selected, e->in, (size_t)e->n_in * sizeof *rfe->selected);
    return RML_OK;
}

static rml_status check(const rml_columns *x, const rml_rfe_settings *settings)
{
    const bool is_model = settings->model == RML_RFE_SVM || settings->model == RML_RFE_RIDGE;

    if (!is_model && settings->model != RML_RFE_CALLER) return RML_EINVAL;
    if (settings->model == RML_RFE_CALLER && !settings->importance) return RML_EINVAL;
    if (settings->n_select < 1 || settings->step < 1 || !(settings->coefficient_tolerance > 0.0)) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    if (x->n_rows > 46000) return RML_EINVAL;
    for (int32_t j = 0; is_model && j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i)
            if (!isfinite(rml_column(x, j)[i])) return RML_EVALUE;
    return RML_OK;
}

rml_status rml_rfe_fit(const rml_columns *x, const uint8_t *y, const double *weight, const rml_rfe_settings *settings,
                       rml_rfe *rfe)
{
    const size_t p = x->n_columns > 0 ? (size_t)x->n_columns : 1;
    elimination e = {.settings = settings, .n_in = x->n_columns};
    rml_status status = check(x, settings);

    *rfe = (rml_rfe){.n_columns = x->n_columns};
    if (status != RML_OK) return status;
    rfe->ranking = calloc(p, sizeof *rfe->ranking);
    rfe->selected = malloc(p * sizeof *rfe->selected);
    rfe->importance = malloc(p * sizeof *rfe->importance);
    e.in = malloc(p * sizeof *e.in);
    e.coefficient = malloc(3 * p * sizeof *e.coefficient);
    e.leaves = malloc(p);
    status = RML_ENOMEM;
    if (!rfe->ranking || !rfe->selected || !rfe->importance || !e.in || !e.coefficient || !e.leaves) goto done;
    e.size = e.coefficient + p;
    e.scratch = e.size + p;
    for (int32_t j = 0; j < x->n_columns; ++j) e.in[j] = j;
    status = RML_OK;
    if (settings->model == RML_RFE_SVM) status = rml_rfe_svm_init(&e.svm, x, y, weight, settings);
    if (settings->model == RML_RFE_RIDGE) status = rml_rfe_ridge_init(&e.ridge, x, y, weight, settings);
    if (status == RML_OK) status = eliminate(&e, rfe);
done:
    rml_rfe_svm_free(e.svm);
    rml_rfe_ridge_free(e.ridge);
    free(e.in);
    free(e.coefficient);
    free(e.leaves);
    if (status != RML_OK) rml_rfe_free(rfe);
    return status;
}

void rml_rfe_free(rml_rfe *rfe)
{
    if (!rfe) return;
    free(rfe->ranking);
    free(rfe->importance);
    free(rfe->selected);
    *rfe = (rml_rfe){0};
}
