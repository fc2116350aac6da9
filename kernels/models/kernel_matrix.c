#include "kernels/models/kernel_matrix.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A sum is finite exactly when nothing in it is NaN or infinite, but for an overflow, which no kernel can take either.
 */
static bool is_finite_table(const rml_columns *x)
{
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *column = rml_column(x, j);
        double sum = 0.0;

        for (int64_t i = 0; i < x->n_rows; ++i) sum += column[i];
        if (!isfinite(sum)) return false;
    }
    return true;
}

rml_status rml_kernel_scale(const rml_columns *x, double *gamma)
{
    const double n_values = (double)x->n_rows * x->n_columns;
    double sum = 0.0, squares = 0.0, mean;

    *gamma = NAN;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    if (!is_finite_table(x)) return RML_EVALUE;
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i) sum += rml_column(x, j)[i];
    mean = sum / n_values;
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i) squares += (rml_column(x, j)[i] - mean) * (rml_column(x, j)[i] - mean);
    if (!(squares > 0.0)) return RML_EINVAL;
    *gamma = n_values / squares / x->n_columns;
    return RML_OK;
}

/* Columns of x less the means of z's columns, densely: out[j * x->n_rows + i]. */
static void copy_centred(const rml_columns *x, const rml_columns *z, double *out)
{
    for (int32_t j = 0; j < x->n_columns; ++j) {
        double mean = 0.0;

        for (int64_t i = 0; i < z->n_rows; ++i) mean += rml_column(z, j)[i];
        mean /= (double)z->n_rows;
        for (int64_t i = 0; i < x->n_rows; ++i) out[(int64_t)j * x->n_rows + i] = rml_column(x, j)[i] - mean;
    }
}

static void square_gram(const double *x, int64_t stride, int64_t n, int32_t p, double *kernel)
{
    if (p > 0)
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, (int)n, p, 1.0, x, (int)stride, 0.0, kernel, (int)n);
    else
        for (int64_t i = 0; i < n * n; ++i) kernel[i] = 0.0;
    for (int64_t column = 0; column < n; ++column)
        for (int64_t row = column + 1; row < n; ++row) kernel[row * n + column] = kernel[column * n + row];
}

rml_status rml_kernel_square(const rml_columns *x, rml_kernel_kind kind, double gamma, double *kernel)
{
    const int64_t n = x->n_rows;
    double *centred, *diagonal;

    if (n < 1) return RML_EEMPTY;
    if (kind == RML_KERNEL_RBF && !(gamma > 0.0 && isfinite(gamma))) return RML_EINVAL;
    if (!is_finite_table(x)) return RML_EVALUE;
    if (kind == RML_KERNEL_LINEAR) {
        square_gram(x->x, x->stride, n, x->n_columns, kernel);
        return RML_OK;
    }
    centred = malloc(((size_t)n * ((size_t)x->n_columns + 1)) * sizeof *centred);
    if (!centred) return RML_ENOMEM;
    diagonal = centred + n * x->n_columns;
    copy_centred(x, x, centred);
    square_gram(centred, n, n, x->n_columns, kernel);
    for (int64_t i = 0; i < n; ++i) diagonal[i] = kernel[i * n + i];
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j <= i; ++j) {
            const double distance = fmax(diagonal[i] + diagonal[j] - 2.0 * kernel[i * n + j], 0.0);

            kernel[i * n + j] = kernel[j * n + i] = i == j ? 1.0 : exp(-gamma * distance);
        }
    free(centred);
    return RML_OK;
}

rml_status rml_kernel_cross(const rml_columns *x, const rml_columns *z, rml_kernel_kind kind, double gamma,
                            double *kernel)
{
    const int64_t n = x->n_rows, m = z->n_rows;
    const int32_t p = x->n_columns;
    double *a, *b, *length_a, *length_b;

    if (p != z->n_columns || (kind == RML_KERNEL_RBF && !(gamma > 0.0 && isfinite(gamma)))) return RML_EINVAL;
    if (n < 1 || m < 1) return RML_EEMPTY;
    if (!is_finite_table(x) || !is_finite_table(z)) return RML_EVALUE;
    if (kind == RML_KERNEL_LINEAR && p > 0) {
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, p, 1.0, z->x, (int)z->stride, x->x,
                    (int)x->stride, 0.0, kernel, (int)m);
        return RML_OK;
    }
    for (int64_t i = 0; i < n * m; ++i) kernel[i] = kind == RML_KERNEL_RBF ? 1.0 : 0.0;
    if (p == 0) return RML_OK;
    a = malloc((size_t)(n + m) * ((size_t)p + 1) * sizeof *a);
    if (!a) return RML_ENOMEM;
    b = a + n * p;
    length_a = b + m * p;
    length_b = length_a + n;
    copy_centred(x, z, a);
    copy_centred(z, z, b);
    for (int64_t i = 0; i < n + m; ++i) length_a[i] = 0.0;
    for (int32_t j = 0; j < p; ++j) {
        for (int64_t i = 0; i < n; ++i) length_a[i] += a[j * n + i] * a[j * n + i];
        for (int64_t i = 0; i < m; ++i) length_b[i] += b[j * m + i] * b[j * m + i];
    }
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, p, 1.0, b, (int)m, a, (int)n, 0.0, kernel,
                (int)m);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < m; ++j)
            kernel[i * m + j] = exp(-gamma * fmax(length_a[i] + length_b[j] - 2.0 * kernel[i * m + j], 0.0));
    free(a);
    return RML_OK;
}
