/* 1. What both ways need   2. By singular values   3. By shrunken covariances   4. Fit and predict */
#include "kernels/simple/lda.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/moments.h"
#include "kernels/simple/classes.h"

#define TOLERANCE 1e-4 /* scikit-learn's tol */
#define FLAT 1e-12     /* within-class sd over the range: rounding of the means */

/* LAPACK by its Fortran names; matrices column by column. */
extern void dgesvd_(const char *job_u, const char *job_vt, const int *m, const int *n, double *a, const int *lda,
                    double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *n_work,
                    int *info);
extern void dgelsd_(const int *m, const int *n, const int *n_rhs, double *a, const int *lda, double *b, const int *ldb,
                    double *s, const double *rcond, int *rank, double *work, const int *n_work, int *int_work,
                    int *info);

/* 1. What both ways need */

typedef struct task {
    const rml_columns *training;
    const int32_t *classes;
    const int64_t *n_of_class;
    const double *prior; /* [n_classes] sum 1 */
    const double *mean;  /* [n_classes * n_columns] */
    int32_t n_classes;
} task;

static void fill_means(const rml_columns *training, const int32_t *classes, const int64_t *n_of_class,
                       int32_t n_classes, double *mean)
{
    const int64_t p = training->n_columns;

    memset(mean, 0, (size_t)(n_classes * p) * sizeof *mean);
    for (int64_t j = 0; j < p; ++j) {
        const double *x = rml_column(training, (int32_t)j);

        for (int64_t i = 0; i < training->n_rows; ++i) mean[classes[i] * p + j] += x[i] - x[0];
        for (int64_t c = 0; c < n_classes; ++c) mean[c * p + j] = x[0] + mean[c * p + j] / (double)n_of_class[c];
    }
}

/* Right singular vectors and values of a[m * n], which is used up: vt[k * n], s[k], k = min(m, n). */
static rml_status decompose(double *a, int m, int n, double *s, double *vt)
{
    const int k = m < n ? m : n, one = 1;
    int n_work = -1, info;
    double best, none, *work;

    dgesvd_("N", "S", &m, &n, a, &m, s, &none, &one, vt, &k, &best, &n_work, &info);
    n_work = (int)best;
    work = malloc((size_t)n_work * sizeof *work);
    if (!work) return RML_ENOMEM;
    dgesvd_("N", "S", &m, &n, a, &m, s, &none, &one, vt, &k, work, &n_work, &info);
    free(work);
    return info == 0 ? RML_OK : RML_EVALUE;
}

/* 2. By singular values
 *
 * Columns centred by class and scaled to sd 1 are U S V', the pooled covariance V S^2 V'; W = V / (sd S) whitens.
 * The centres span n_classes - 1 directions of the whitened space at most; the scores are taken there. */

/* Centred and scaled columns in a[n * p], their within-class sds in sd[p] (infinite: left out). */
static bool whiten(const task *t, double *a, double *sd)
{
    const int64_t n = t->training->n_rows, p = t->training->n_columns;
    const double share = sqrt(1.0 / (double)(n - t->n_classes));
    bool any = false;

    for (int64_t j = 0; j < p; ++j) {
        const double *x = rml_column(t->training, (int32_t)j);
        double *own = a + j * n, range = 0.0;

        for (int64_t i = 0; i < n; ++i) {
            own[i] = x[i] - t->mean[t->classes[i] * p + j];
            range = fmax(range, fabs(x[i] - x[0]));
        }
        sd[j] = sqrt(rml_moments_squares(own, rml_moments_mean(own, n), n) / (double)n);
        if (!(sd[j] > FLAT * range)) sd[j] = INFINITY;
        any = any || sd[j] < INFINITY;
        for (int64_t i = 0; i < n; ++i) own[i] = share * (own[i] / sd[j]);
    }
    return any;
}

static rml_status fit_svd(const task *t, rml_lda *lda)
{
    const int64_t n = t->training->n_rows, p = t->training->n_columns, k = t->n_classes;
    const int64_t most = n < p ? n : p;
    int64_t rank = 0, kept = 0;
    double *a = malloc((size_t)(n * p) * sizeof *a), *sd = malloc((size_t)p * sizeof *sd);
    double *s = malloc((size_t)(most + k) * sizeof *s), *vt = malloc((size_t)(most * p) * sizeof *vt);
    double *centre = calloc((size_t)p, sizeof *centre); /* the mean of the class means by their priors */
    double *far = calloc((size_t)(k * most), sizeof *far), *work = malloc((size_t)(k * most) * sizeof *work);
    double *turn = calloc((size_t)(k * most), sizeof *turn), *place = malloc((size_t)(k * k) * sizeof *place);
    double *second = s ? s + most : NULL;
    rml_status status = RML_ENOMEM;

    if (!a || !sd || !s || !vt || !centre || !far || !work || !turn || !place) goto done;
    status = whiten(t, a, sd) ? decompose(a, (int)n, (int)p, s, vt) : RML_EEMPTY;
    if (status != RML_OK) goto done;
    while (rank < most && s[rank] > TOLERANCE) ++rank;
    if (rank == 0) status = RML_EEMPTY;
    if (rank == 0) goto done;
    for (int64_t j = 0; j < p; ++j) {
        centre[j] = 0.0;
        for (int64_t c = 0; c < k; ++c) centre[j] += t->prior[c] * t->mean[c * p + j];
        for (int64_t r = 0; r < rank; ++r) vt[j * most + r] /= sd[j] * s[r]; /* now W' */
    }
    for (int64_t r = 0; r < rank; ++r) /* far[k * rank], column by column: the centres in the whitened space */
        for (int64_t c = 0; c < k; ++c) {
            double sum = 0.0;

            for (int64_t j = 0; j < p; ++j) sum += (t->mean[c * p + j] - centre[j]) * vt[j * most + r];
            far[r * k + c] = sum;
            work[r * k + c] = sqrt((double)n * t->prior[c] / (double)(k - 1)) * sum;
        }
    status = decompose(work, (int)k, (int)rank, second, turn);
    if (status != RML_OK) goto done;
    const int64_t n_turned = k < rank ? k : rank;
    while (kept < n_turned && second[kept] > TOLERANCE * second[0]) ++kept;
    for (int64_t c = 0; c < k; ++c) {
        lda->intercept[c] = log(t->prior[c]);
        for (int64_t q = 0; q < kept; ++q) {
            double sum = 0.0;

            for (int64_t r = 0; r < rank; ++r) sum += far[r * k + c] * turn[r * n_turned + q];
            place[c * k + q] = sum;
            lda->intercept[c] -= 0.5 * sum * sum;
        }
    }
    for (int64_t j = 0; j < p; ++j)
        for (int64_t c = 0; c < k; ++c) {
            double coef = 0.0;

            for (int64_t q = 0; q < kept; ++q) {
                double sum = 0.0;

                for (int64_t r = 0; r < rank; ++r) sum += vt[j * most + r] * turn[r * n_turned + q];
                coef += place[c * k + q] * sum;
            }
            lda->coef[c * p + j] = coef;
            lda->intercept[c] -= centre[j] * coef;
        }
done:
    free(a);
    free(sd);
    free(s);
    free(vt);
    free(centre);
    free(far);
    free(work);
    free(turn);
    free(place);
    return status;
}

/* 3. By shrunken covariances */

/* Rows of one class in z[n_own * p], centred, column by column; divided by their sds when scale[p] is wanted. */
static void gather_class(const task *t, int32_t c, double *z, double *scale)
{
    const int64_t n_own = t->n_of_class[c], p = t->training->n_columns;

    for (int64_t j = 0; j < p; ++j) {
        const double *x = rml_column(t->training, (int32_t)j);
        double *own = z + j * n_own;
        int64_t k = 0;

        for (int64_t i = 0; i < t->training->n_rows; ++i)
            if (t->classes[i] == c) own[k++] = x[i];
        const double mean = rml_moments_mean(own, n_own);
        const double sd = sqrt(rml_moments_squares(own, mean, n_own) / (double)n_own);

        if (scale) scale[j] = sd > 0.0 ? sd : 1.0;
        for (k = 0; k < n_own; ++k) own[k] = (own[k] - mean) / (scale ? scale[j] : 1.0);
    }
}

/* Ledoit & Wolf 2004 in scikit-learn's form. cov[p * p] = z' z / n. */
static double ledoit_wolf(const double *z, int64_t n, int64_t p, const double *cov)
{
    double trace = 0.0, squares = 0.0, fourth = 0.0;

    if (p == 1) return 0.0;
    for (int64_t j = 0; j < p; ++j) trace += cov[j * p + j];
    for (int64_t k = 0; k < p * p; ++k) squares += cov[k] * cov[k];
    for (int64_t i = 0; i < n; ++i) {
        double length = 0.0;

        for (int64_t j = 0; j < p; ++j) length += z[j * n + i] * z[j * n + i];
        fourth += length * length;
    }
    const double mean = trace / (double)p;
    const double delta = (squares - 2.0 * mean * trace + (double)p * mean * mean) / (double)p;
    const double beta = fmin((fourth / (double)n - squares) / (double)(n * p), delta);

    return beta == 0.0 ? 0.0 : beta / delta;
}

/* Adds prior times one class's shrunken covariance to sum[p * p]. */
static void add_class(const task *t, int32_t c, rml_lda_kind kind, double shrinkage, double *z, double *scale,
                      double *cov, double *sum)
{
    const int64_t n_own = t->n_of_class[c], p = t->training->n_columns;
    const bool by_data = kind == RML_LDA_LEDOIT_WOLF;
    double trace = 0.0;

    gather_class(t, c, z, by_data ? scale : NULL);
    for (int64_t i = 0; i < p; ++i)
        for (int64_t j = i; j < p; ++j)
            cov[i * p + j] = cov[j * p + i] =
                rml_moments_product(z + i * n_own, 0.0, z + j * n_own, n_own) / (double)n_own;
    if (by_data) shrinkage = ledoit_wolf(z, n_own, p, cov);
    for (int64_t j = 0; j < p; ++j) trace += cov[j * p + j];
    for (int64_t i = 0; i < p; ++i)
        for (int64_t j = 0; j < p; ++j) {
            const double own = (1.0 - shrinkage) * cov[i * p + j] + (i == j ? shrinkage * trace / (double)p : 0.0);

            sum[i * p + j] += t->prior[c] * (by_data ? scale[i] * own * scale[j] : own);
        }
}

/* b[n * n_rhs] becomes the solution of least length of a b' = b; a[n * n] is used up. */
static rml_status solve_least(double *a, int n, double *b, int n_rhs, double *s)
{
    const double rcond = DBL_EPSILON;
    int rank, n_work = -1, info, n_int, *int_work;
    double best, *work;

    dgelsd_(&n, &n, &n_rhs, a, &n, b, &n, s, &rcond, &rank, &best, &n_work, &n_int, &info);
    n_work = (int)best;
    work = malloc((size_t)n_work * sizeof *work);
    int_work = malloc((size_t)(n_int > 0 ? n_int : 1) * sizeof *int_work);
    if (work && int_work) dgelsd_(&n, &n, &n_rhs, a, &n, b, &n, s, &rcond, &rank, work, &n_work, int_work, &info);
    const rml_status status = !work || !int_work ? RML_ENOMEM : info != 0 ? RML_EVALUE : RML_OK;
    free(work);
    free(int_work);
    return status;
}

static rml_status fit_covariance(const task *t, rml_lda_kind kind, double shrinkage, rml_lda *lda)
{
    const int64_t n = t->training->n_rows, p = t->training->n_columns;
    double *z = calloc((size_t)(n * p), sizeof *z), *scale = malloc((size_t)p * sizeof *scale);
    double *cov = calloc((size_t)(p * p), sizeof *cov), *sum = calloc((size_t)(p * p), sizeof *sum);
    rml_status status = RML_ENOMEM;
    bool any = false;

    if (!z || !scale || !cov || !sum) goto done;
    for (int32_t c = 0; c < t->n_classes; ++c) add_class(t, c, kind, shrinkage, z, scale, cov, sum);
    for (int64_t j = 0; j < p; ++j) any = any || sum[j * p + j] > 0.0;
    memcpy(lda->coef, t->mean, (size_t)(t->n_classes * p) * sizeof *lda->coef);
    status = any ? solve_least(sum, (int)p, lda->coef, t->n_classes, scale) : RML_EEMPTY;
    for (int64_t c = 0; c < t->n_classes && status == RML_OK; ++c) {
        double product = 0.0;

        for (int64_t j = 0; j < p; ++j) product += t->mean[c * p + j] * lda->coef[c * p + j];
        lda->intercept[c] = log(t->prior[c]) - 0.5 * product;
    }
done:
    free(z);
    free(scale);
    free(cov);
    free(sum);
    return status;
}

/* 4. Fit and predict */

static rml_status fill_priors(const double *given, const int64_t *n_of_class, int32_t n_classes, double *prior)
{
    double sum = 0.0;

    for (int32_t c = 0; c < n_classes; ++c) {
        prior[c] = given ? given[c] : (double)n_of_class[c];
        if (!(prior[c] > 0.0 && prior[c] < INFINITY)) return RML_EINVAL;
        sum += prior[c];
    }
    for (int32_t c = 0; c < n_classes; ++c) prior[c] /= sum;
    return RML_OK;
}

rml_status rml_lda_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes, const double *prior,
                       rml_lda_kind kind, double shrinkage, rml_lda *lda)
{
    const size_t p = (size_t)training->n_columns;
    int64_t *n_of_class = NULL;
    double *own_prior = NULL, *mean = NULL;
    rml_status status = RML_ENOMEM;

    *lda = (rml_lda){0};
    if (n_classes < 2 || kind < RML_LDA_SVD || kind > RML_LDA_LEDOIT_WOLF) return RML_EINVAL;
    if (kind == RML_LDA_SHRINKAGE && !(shrinkage >= 0.0 && shrinkage <= 1.0)) return RML_EINVAL;
    if (p < 1 || training->n_rows <= n_classes) return RML_EEMPTY;
    *lda = (rml_lda){.n_classes = n_classes, .n_columns = training->n_columns};
    n_of_class = malloc((size_t)n_classes * sizeof *n_of_class);
    own_prior = malloc((size_t)n_classes * sizeof *own_prior);
    mean = malloc((size_t)n_classes * p * sizeof *mean);
    lda->intercept = malloc((size_t)n_classes * sizeof *lda->intercept);
    lda->coef = malloc((size_t)n_classes * p * sizeof *lda->coef);
    if (!n_of_class || !own_prior || !mean || !lda->intercept || !lda->coef) goto done;
    status = rml_classes_count(classes, training->n_rows, n_classes, n_of_class);
    if (status == RML_OK) status = fill_priors(prior, n_of_class, n_classes, own_prior);
    if (status == RML_OK && !rml_moments_finite(training)) status = RML_EVALUE;
    if (status != RML_OK) goto done;
    fill_means(training, classes, n_of_class, n_classes, mean);
    const task t = {training, classes, n_of_class, own_prior, mean, n_classes};
    status = kind == RML_LDA_SVD ? fit_svd(&t, lda) : fit_covariance(&t, kind, shrinkage, lda);
done:
    free(n_of_class);
    free(own_prior);
    free(mean);
    if (status != RML_OK) rml_lda_free(lda);
    return status;
}

rml_status rml_lda_predict(const rml_lda *lda, const rml_columns *rows, double *out)
{
    const int64_t n = rows->n_rows, p = lda->n_columns;

    if (rows->n_columns != lda->n_columns) return RML_EINVAL;
    if (!rml_moments_finite(rows)) return RML_EVALUE;
    for (int32_t c = 0; c < (lda->n_classes > 2 ? lda->n_classes : 1); ++c) {
        const bool two = lda->n_classes == 2;
        double *own = out + c * n;

        for (int64_t i = 0; i < n; ++i) own[i] = two ? lda->intercept[1] - lda->intercept[0] : lda->intercept[c];
        for (int64_t j = 0; j < p; ++j) {
            const double *x = rml_column(rows, (int32_t)j);
            const double coef = two ? lda->coef[p + j] - lda->coef[j] : lda->coef[c * p + j];

            for (int64_t i = 0; i < n; ++i) own[i] += coef * x[i];
        }
    }
    return RML_OK;
}

void rml_lda_free(rml_lda *lda)
{
    free(lda->intercept);
    free(lda->coef);
    *lda = (rml_lda){0};
}
