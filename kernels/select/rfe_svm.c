/* The Gram matrix K = XX' is all that the dual sees of the columns, and dropping column x leaves K - xx'. Each
 * subtraction errs by half a unit in the last place of what stands there, so the matrix is computed anew when half of
 * its trace has gone: its error stays below (columns dropped since) * 2^-52 of the trace, and all renewals together
 * cost less than two first ones. */
#include "kernels/select/rfe_svm.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/models/kernel_matrix.h"
#include "kernels/models/svm.h"
#include "kernels/models/svm_solver.h"

enum { RENEW_GRADIENT = 32, MAX_AT_ONCE = 4 };

struct rml_rfe_svm {
    int32_t n, n_in;
    double *x;             /* the columns still in, packed at each renewal */
    const double **column; /* [n_in] */
    const double **gone;   /* scratch, [columns] */
    double *kernel, *bound;
    double trace, trace_then;
    int32_t n_runs;
    double tolerance;
    int64_t max_pairs;
    rml_svm_solver solver;
};

static rml_status renew(rml_rfe_svm *e)
{
    rml_columns packed = {.n_rows = e->n, .stride = e->n, .n_columns = e->n_in, .x = e->x};
    rml_status status;

    for (int32_t j = 0; j < e->n_in; ++j) { /* places only move left */
        double *to = e->x + (int64_t)j * e->n;

        if (e->column[j] != to) memmove(to, e->column[j], (size_t)e->n * sizeof *to);
        e->column[j] = to;
    }
    status = rml_kernel_square(&packed, RML_KERNEL_LINEAR, 0.0, e->kernel);
    e->trace = 0.0;
    for (int32_t i = 0; i < e->n; ++i) e->trace += e->kernel[(int64_t)i * e->n + i];
    e->trace_then = e->trace;
    return status;
}

rml_status rml_rfe_svm_init(rml_rfe_svm **engine, const rml_columns *x, const uint8_t *y, const double *weight,
                            const rml_rfe_settings *settings)
{
    rml_rfe_svm *e = calloc(1, sizeof *e);
    rml_svm_settings svm = rml_svm_defaults();
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns;
    rml_status status = RML_ENOMEM;

    *engine = e;
    if (!e) return RML_ENOMEM;
    e->n = (int32_t)n;
    e->n_in = x->n_columns;
    e->x = malloc(n * p * sizeof *e->x);
    e->column = malloc(2 * p * sizeof *e->column);
    e->kernel = malloc((n * n + n) * sizeof *e->kernel);
    if (!e->x || !e->column || !e->kernel) return RML_ENOMEM;
    e->gone = e->column + p;
    e->bound = e->kernel + n * n;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        e->column[j] = e->x + (int64_t)j * e->n;
        memcpy(e->x + (int64_t)j * e->n, rml_column(x, j), n * sizeof *e->x);
    }
    svm.c = settings->c;
    svm.class_c[0] = settings->class_c[0];
    svm.class_c[1] = settings->class_c[1];
    svm.balanced = settings->balanced;
    e->tolerance = svm.tolerance;
    e->max_pairs = svm.max_pairs;
    status = rml_svm_bounds(x->n_rows, y, weight, &svm, e->bound);
    if (status == RML_OK) status = renew(e);
    if (status == RML_OK) status = rml_svm_solver_init(&e->solver, e->kernel, e->n, y, e->bound, NULL);
    return status;
}

void rml_rfe_svm_free(rml_rfe_svm *e)
{
    if (!e) return;
    rml_svm_solver_free(&e->solver);
    free(e->x);
    free((void *)e->column);
    free(e->kernel);
    free(e);
}

rml_status rml_rfe_svm_run(rml_rfe_svm *e, double *coefficient, double *intercept)
{
    if (e->n_runs++ % RENEW_GRADIENT == 0) rml_svm_solver_refresh(&e->solver);
    rml_svm_solver_run(&e->solver, e->tolerance, e->max_pairs);
    for (int32_t j = 0; j < e->n_in; ++j) coefficient[j] = cblas_ddot(e->n, e->column[j], 1, e->solver.beta, 1);
    *intercept = -e->solver.offset;
    return e->solver.gap <= RML_SVM_NEAR ? RML_OK : RML_EVALUE;
}

/* K - sum of outer products, both triangles. Up to four columns a pass; absent ones repeat the first with
 * weight 0. */
RML_HOT static void subtract_outer(double *kernel, int32_t n, const double *const *c, const double *weight)
{
    for (int32_t i = 0; i < n; ++i) {
        double *row = kernel + (int64_t)i * n;
        const double a = weight[0] * c[0][i], b = weight[1] * c[1][i], d = weight[2] * c[2][i], f = weight[3] * c[3][i];

        if (weight[1] == 0.0)
            for (int32_t k = 0; k < n; ++k) row[k] -= a * c[0][k];
        else
            for (int32_t k = 0; k < n; ++k) row[k] -= (a * c[0][k] + b * c[1][k]) + (d * c[2][k] + f * c[3][k]);
    }
}

void rml_rfe_svm_drop(rml_rfe_svm *e, const uint8_t *leaves)
{
    int32_t n_in = 0, n_gone = 0;

    for (int32_t j = 0; j < e->n_in; ++j) {
        if (leaves[j])
            e->gone[n_gone++] = e->column[j];
        else
            e->column[n_in++] = e->column[j];
    }
    e->n_in = n_in;
    for (int32_t g = 0; g < n_gone; ++g) e->trace -= cblas_ddot(e->n, e->gone[g], 1, e->gone[g], 1);
    if (e->trace < 0.5 * e->trace_then) {
        (void)renew(e); /* its values were finite at the start */
        rml_svm_solver_refresh(&e->solver);
        return;
    }
    for (int32_t g = 0; g < n_gone; g += MAX_AT_ONCE) {
        const double *c[MAX_AT_ONCE], weight[MAX_AT_ONCE] = {1.0, g + 1 < n_gone, g + 2 < n_gone, g + 3 < n_gone};

        for (int32_t l = 0; l < MAX_AT_ONCE; ++l) c[l] = e->gone[g + l < n_gone ? g + l : g];
        subtract_outer(e->kernel, e->n, c, weight);
    }
    rml_svm_solver_drop(&e->solver, e->gone, n_gone);
}
