#include "kernels/models/svm.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/svm_solver.h"

rml_svm_settings rml_svm_defaults(void)
{
    return (rml_svm_settings){.c = 1.0, .class_c = {1.0, 1.0}, .tolerance = 1e-8, .max_pairs = 10000000};
}

rml_status rml_svm_bounds(int64_t n, const uint8_t *y, const double *weight, const rml_svm_settings *settings,
                          double *bounds)
{
    double factor[2] = {settings->class_c[0], settings->class_c[1]};
    double of[2] = {0.0, 0.0}; /* sums of weights */

    if (!(settings->c > 0.0) || !isfinite(settings->c) || !(settings->tolerance > 0.0) || settings->max_pairs < 1)
        return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i) of[y[i] != 0] += weight ? weight[i] : 1.0;
    for (int k = 0; k < 2; ++k) {
        if (settings->balanced && of[k] > 0.0 && isfinite(of[0] + of[1])) factor[k] = (of[0] + of[1]) / (2.0 * of[k]);
        if (!(factor[k] >= 0.0) || !isfinite(factor[k])) return RML_EINVAL;
    }
    for (int64_t i = 0; i < n; ++i) {
        bounds[i] = settings->c * factor[y[i] != 0] * (weight ? weight[i] : 1.0);
        if (!(bounds[i] >= 0.0) || !isfinite(bounds[i])) return RML_EVALUE;
    }
    return RML_OK;
}

rml_status rml_svm_fit(const double *kernel, int64_t n, const uint8_t *y, const double *weight,
                       const rml_svm_settings *settings, const double *start, rml_svm *svm)
{
    rml_svm_solver solver = {0};
    double *bounds = NULL;
    rml_status status;

    *svm = (rml_svm){0};
    if (n < 1 || n > 46000) return RML_EINVAL;
    bounds = malloc((size_t)n * sizeof *bounds);
    svm->alpha = malloc((size_t)n * sizeof *svm->alpha);
    status = bounds && svm->alpha ? RML_OK : RML_ENOMEM;
    if (status == RML_OK) status = rml_svm_bounds(n, y, weight, settings, bounds);
    /* The solver reads the kernel alone; its field is writable for the elimination, which owns its matrix. */
    if (status == RML_OK)
        status = rml_svm_solver_init(&solver, (double *)(uintptr_t)kernel, (int32_t)n, y, bounds, start);
    if (status != RML_OK) goto done;
    rml_svm_solver_run(&solver, settings->tolerance, settings->max_pairs);
    svm->n_rows = (int32_t)n;
    memcpy(svm->alpha, solver.beta, (size_t)n * sizeof *svm->alpha);
    for (int64_t i = 0; i < n; ++i) svm->n_support += solver.beta[i] != 0.0;
    svm->intercept = -solver.offset;
    svm->objective = rml_svm_solver_objective(&solver);
    svm->gap = solver.gap;
    svm->n_pairs = solver.n_pairs;
done:
    rml_svm_solver_free(&solver);
    free(bounds);
    if (status != RML_OK) rml_svm_free(svm);
    return status;
}

void rml_svm_free(rml_svm *svm)
{
    if (!svm) return;
    free(svm->alpha);
    *svm = (rml_svm){0};
}

void rml_svm_decide(const rml_svm *svm, const double *cross, int64_t m, double *decision)
{
    for (int64_t i = 0; i < m; ++i)
        decision[i] = svm->intercept + cblas_ddot(svm->n_rows, cross + i * svm->n_rows, 1, svm->alpha, 1);
}

rml_status rml_svm_weights(const rml_svm *svm, const rml_columns *x, double *weights)
{
    if (x->n_rows != svm->n_rows) return RML_EINVAL;
    for (int32_t j = 0; j < x->n_columns; ++j) weights[j] = cblas_ddot(svm->n_rows, rml_column(x, j), 1, svm->alpha, 1);
    return RML_OK;
}
