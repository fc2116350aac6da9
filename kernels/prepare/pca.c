/* With Z the centred rows (n x p), the components are the eigenvectors v of Z'Z. For n <= p the eigenvectors u of the
 * smaller Z Z' are found instead and v = Z'u / |Z'u|. Squaring Z costs half of the digits of a small eigenvalue, but
 * not of its vector: |Z v| and |Z'u| are measured anew, which errs by the square of the vector's error only. */
#include "kernels/prepare/pca.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "kernels/prepare/scale.h"

/* LAPACK: eigenvalues il..iu (from 1, rising) and vectors of a symmetric matrix, by relatively robust representations.
 */
extern void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda,
                    const double *vl, const double *vu, const int *il, const int *iu, const double *abstol, int *m,
                    double *w, double *z, const int *ldz, int *isuppz, double *work, const int *lwork, int *iwork,
                    const int *liwork, int *info);

rml_status rml_pca_init(rml_pca *fitted, int32_t n_columns, int32_t n_components)
{
    const size_t p = n_columns > 0 ? (size_t)n_columns : 0, m = n_components > 0 ? (size_t)n_components : 0;
    double *memory;

    *fitted = (rml_pca){.n_columns = n_columns, .n_components = n_components, .total = NAN};
    if (n_columns < 0 || n_components < 0) return RML_EINVAL;
    memory = malloc((2 * p + m + m * p + 1) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    for (size_t i = 0; i < 2 * p + m + m * p; ++i) memory[i] = NAN;
    fitted->memory = fitted->centre = memory;
    fitted->scale = memory + p;
    fitted->sdev = memory + 2 * p;
    fitted->rotation = memory + 2 * p + m;
    return RML_OK;
}

void rml_pca_free(rml_pca *fitted)
{
    if (!fitted) return;
    free(fitted->memory);
    *fitted = (rml_pca){0};
}

/* Eight running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT static double dot(const double *a, const double *b, int64_t n)
{
    double sum[8] = {0};
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += a[i + k] * b[i + k];
    for (; i < n; ++i) sum[i & 7] += a[i] * b[i];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

RML_HOT static void add_multiple(double *restrict y, double factor, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

/* The largest m eigenvalues (rising) and vectors of the upper triangle a [n * n], which is overwritten. */
static rml_status largest_eigenvectors(double *a, int n, int m, double *values, double *vectors)
{
    const int il = n - m + 1, ask = -1;
    const double none = 0.0;
    double wanted;
    int found, info, i_wanted, n_work, n_int, *support = malloc(2 * (size_t)n * sizeof *support), *int_work = NULL;
    double *work = NULL;
    rml_status status = RML_ENOMEM;

    if (!support) return RML_ENOMEM;
    dsyevr_("V", "I", "U", &n, a, &n, &none, &none, &il, &n, &none, &found, values, vectors, &n, support, &wanted, &ask,
            &i_wanted, &ask, &info);
    if (info != 0) goto done;
    n_work = (int)wanted;
    n_int = i_wanted;
    work = malloc((size_t)n_work * sizeof *work);
    int_work = malloc((size_t)n_int * sizeof *int_work);
    if (!work || !int_work) goto done;
    dsyevr_("V", "I", "U", &n, a, &n, &none, &none, &il, &n, &none, &found, values, vectors, &n, support, work, &n_work,
            int_work, &n_int, &info);
    status = info == 0 && found == m ? RML_OK : RML_EVALUE; /* only of a matrix that is not finite */
done:
    free(support);
    free(work);
    free(int_work);
    return status;
}

/* Fills rotation row v and returns |Z v|, from the eigenvector of either product. z: [p][n], each column contiguous. */
static double component(const double *z, int64_t n, int64_t p, bool by_rows, const double *vector, double *v,
                        double *score)
{
    double length = 0.0;

    if (by_rows) {
        for (int64_t j = 0; j < p; ++j) v[j] = dot(z + j * n, vector, n);
        length = sqrt(dot(v, v, p));
        for (int64_t j = 0; j < p; ++j) v[j] /= length;
    } else {
        memcpy(v, vector, (size_t)p * sizeof *v);
        memset(score, 0, (size_t)n * sizeof *score);
        for (int64_t j = 0; j < p; ++j) add_multiple(score, v[j], z + j * n, n);
        length = sqrt(dot(score, score, n));
    }
    return length;
}

static void fix_sign(double *v, int64_t p)
{
    int64_t largest = 0;

    for (int64_t j = 1; j < p; ++j)
        if (fabs(v[j]) > fabs(v[largest])) largest = j;
    if (v[largest] < 0.0)
        for (int64_t j = 0; j < p; ++j) v[j] = -v[j];
}

/* Components from m eigenvalues and vectors [m][smaller side], rising. */
static rml_status complete(const double *z, int64_t n, bool by_rows, int32_t m, const double *values,
                           const double *vectors, rml_pca *fitted)
{
    const int64_t p = fitted->n_columns, side = by_rows ? n : p;
    const double noise = 4.0 * (double)(n > p ? n : p) * DBL_EPSILON * values[m - 1];
    double *score = malloc((size_t)n * sizeof *score);
    rml_pca kept = {0};
    rml_status status;
    int32_t n_kept = 0;

    if (!score) return RML_ENOMEM;
    while (n_kept < m && values[m - 1 - n_kept] > noise) ++n_kept;
    if (by_rows && n_kept > n - 1) n_kept = (int32_t)n - 1;
    status = rml_pca_init(&kept, (int32_t)p, n_kept);
    if (status == RML_OK) {
        memcpy(kept.centre, fitted->centre, 2 * (size_t)p * sizeof *kept.centre); /* and scale */
        kept.total = fitted->total;
        for (int32_t c = 0; c < kept.n_components; ++c) {
            double *v = kept.rotation + c * p;

            kept.sdev[c] = component(z, n, p, by_rows, vectors + (m - 1 - c) * side, v, score) / sqrt((double)(n - 1));
            fix_sign(v, p);
        }
        rml_pca_free(fitted);
        *fitted = kept;
    } else
        rml_pca_free(&kept);
    free(score);
    return status;
}

static rml_status decompose(const double *z, int64_t n, bool by_rows, int32_t at_most, rml_pca *fitted)
{
    const int64_t p = fitted->n_columns;
    const int small = (int)(by_rows ? n : p), m = at_most > 0 && at_most < small ? at_most : small;
    const size_t s = (size_t)small;
    double *square = malloc((s * s + s + s * (size_t)m) * sizeof *square), *values, *vectors;
    rml_status status;

    if (!square) return RML_ENOMEM;
    values = square + s * s;
    vectors = values + s;
    cblas_dsyrk(CblasColMajor, CblasUpper, by_rows ? CblasNoTrans : CblasTrans, small, (int)(by_rows ? p : n), 1.0, z,
                (int)n, 0.0, square, small);
    status = largest_eigenvectors(square, small, m, values, vectors);
    if (status == RML_OK) status = complete(z, n, by_rows, m, values, vectors, fitted);
    free(square);
    return status;
}

/* Centre, scale and total of fitted, and z [p][n]; a column without spread is 0. */
static rml_status standardise(const rml_columns *x, bool scale, const rml_scale *standard, rml_pca *fitted, double *z)
{
    const int64_t n = x->n_rows, p = x->n_columns;
    double total = 0.0;

    for (int32_t j = 0; j < p; ++j) {
        const bool flat = standard->state[j] == RML_SCALE_FLAT;

        fitted->centre[j] = standard->offset[j];
        fitted->scale[j] = scale ? standard->scale[j] : 1.0;
        for (int64_t i = 0; i < n; ++i)
            z[j * n + i] = flat ? 0.0 : (rml_column(x, j)[i] - fitted->centre[j]) / fitted->scale[j];
        total += dot(z + j * n, z + j * n, n);
    }
    fitted->total = total / (double)(n - 1);
    return total > 0.0 ? RML_OK : RML_EEMPTY;
}

/* n_found eigenvalues and vectors; 0: they are looked for here, at_most of them. */
static rml_status fit(const rml_columns *x, bool scale, bool by_rows, int32_t at_most, int32_t n_found,
                      const double *values, const double *vectors, rml_pca *fitted)
{
    const int64_t n = x->n_rows, p = x->n_columns;
    rml_scale standard = {0};
    double *z = NULL;
    rml_status status;

    for (int32_t j = 0; j < p; ++j)
        for (int64_t i = 0; i < n; ++i)
            if (!isfinite(rml_column(x, j)[i])) return RML_EVALUE;
    status = rml_scale_fit(x, &(rml_scale_settings){RML_SCALE_STANDARD, true}, &standard);
    if (status != RML_OK) goto done;
    z = calloc((size_t)n * (size_t)p, sizeof *z);
    if (!z) {
        status = RML_ENOMEM;
        goto done;
    }
    status = standardise(x, scale, &standard, fitted, z);
    if (status == RML_OK)
        status = n_found > 0 ? complete(z, n, by_rows, n_found, values, vectors, fitted)
                             : decompose(z, n, by_rows, at_most, fitted);
    for (int32_t j = 0; j < p; ++j) /* the solver leaves a rounding there */
        for (int64_t c = 0; standard.state[j] == RML_SCALE_FLAT && c < fitted->n_components; ++c)
            fitted->rotation[c * p + j] = 0.0;
done:
    rml_scale_free(&standard);
    free(z);
    return status;
}

rml_status rml_pca_fit(const rml_columns *x, bool scale, int32_t at_most, rml_pca *fitted)
{
    const int64_t n = x->n_rows, p = x->n_columns;
    const rml_status status = rml_pca_init(fitted, x->n_columns, 0);

    if (status != RML_OK) return status;
    if (n < 2 || p < 1 || at_most < 0) return RML_EINVAL;
    if ((n <= p ? n : p) > RML_PCA_MOST) return RML_ECAPACITY;
    return fit(x, scale, n <= p, at_most, 0, NULL, NULL, fitted);
}

rml_status rml_pca_complete(const rml_columns *x, bool scale, bool by_rows, int32_t n_found, const double *values,
                            const double *vectors, rml_pca *fitted)
{
    const rml_status status = rml_pca_init(fitted, x->n_columns, 0);

    if (status != RML_OK) return status;
    if (x->n_rows < 2 || x->n_columns < 1 || n_found < 1) return RML_EINVAL;
    return fit(x, scale, by_rows, 0, n_found, values, vectors, fitted);
}

rml_status rml_pca_apply(const rml_pca *fitted, const rml_columns *x, double *scores, int64_t stride)
{
    const int64_t n = x->n_rows, p = x->n_columns;
    double *z;

    if (x->n_columns != fitted->n_columns) return RML_EINVAL;
    z = malloc(((size_t)n + 1) * sizeof *z);
    if (!z) return RML_ENOMEM;
    for (int32_t c = 0; c < fitted->n_components; ++c)
        for (int64_t i = 0; i < n; ++i) scores[c * stride + i] = 0.0;
    for (int32_t j = 0; j < p; ++j) {
        for (int64_t i = 0; i < n; ++i) z[i] = (rml_column(x, j)[i] - fitted->centre[j]) / fitted->scale[j];
        for (int32_t c = 0; c < fitted->n_components; ++c)
            add_multiple(scores + c * stride, fitted->rotation[c * p + j], z, n);
    }
    free(z);
    return RML_OK;
}
