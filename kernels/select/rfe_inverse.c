/* Columns of the inverse are made when they are needed: those at the last renewal less the vectors in `gone` since,
 * which are subtracted together once they are a block. With more columns than twice the rows the inverse stays I - U'U,
 * where U = L^-1 Z and LL' = I + ZZ' (Woodbury). */
#include "kernels/select/rfe_inverse.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "kernels/models/lapack.h"

void rml_rfe_inverse_pack(rml_rfe_ridge *e)
{
    const int32_t p = e->p;

    if (e->n_in == p) return;
    rml_rfe_look_pack(&e->look, e->place, e->n_in);
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t from = e->place[k];

        e->w[k] = e->w[from];
        e->mean[k] = e->mean[from];
    }
    for (int32_t k = 0; e->dense && k < e->n_in; ++k) {
        const double *from = e->inverse + (int64_t)e->place[k] * p;
        double *to = e->inverse + (int64_t)k * e->n_in;

        for (int32_t l = 0; l < e->n_in; ++l) to[l] = from[e->place[l]]; /* to never overtakes from */
    }
    e->p = e->n_in;
    for (int32_t k = 0; k < e->p; ++k) {
        e->place[k] = k;
        e->in[k] = true;
    }
}

/* By squares that the cache holds. */
static void mirror(double *a, int32_t n)
{
    enum { SIDE = 16 };

    for (int64_t left = 0; left < n; left += SIDE)
        for (int64_t top = left; top < n; top += SIDE)
            for (int64_t c = left; c < n && c < left + SIDE; ++c)
                for (int64_t r = top > c ? top : c + 1; r < n && r < top + SIDE; ++r) a[r * n + c] = a[c * n + r];
}

void rml_rfe_inverse_flush(rml_rfe_ridge *e)
{
    if (e->n_gone > 0 && e->dense && e->fresh) {
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, 1.0, e->inverse,
                    e->p);
        mirror(e->inverse, e->p);
        e->n_gone = 0;
        if (e->n_in < e->p - e->p / 8) rml_rfe_inverse_pack(e);
    } else if (e->n_gone > 0) {
        e->fresh = false;
    }
}

void rml_rfe_inverse_apply(const rml_rfe_ridge *e, const double *v, double *out, double *small)
{
    if (e->dense) {
        cblas_dsymv(CblasColMajor, CblasLower, e->p, 1.0, e->inverse, e->p, v, 1, 0.0, out, 1);
    } else {
        memcpy(out, v, (size_t)e->p * sizeof *out);
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->n, e->p, 1.0, e->u, e->n, v, 1, 0.0, small, 1);
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, small, 1, 1.0, out, 1);
    }
    if (e->n_gone > 0) {
        double part[RML_RFE_BLOCK];

        cblas_dgemv(CblasColMajor, CblasTrans, e->p, e->n_gone, 1.0, e->gone, e->p, v, 1, 0.0, part, 1);
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, part, 1, 1.0, out, 1);
    }
}

void rml_rfe_inverse_column(const rml_rfe_ridge *e, int32_t j, double *out)
{
    if (e->dense) {
        memcpy(out, e->inverse + (int64_t)j * e->p, (size_t)e->p * sizeof *out);
    } else {
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, e->u + (int64_t)j * e->n, 1, 0.0, out, 1);
        out[j] += 1.0;
    }
    if (e->n_gone > 0) {
        double part[RML_RFE_BLOCK];

        for (int32_t k = 0; k < e->n_gone; ++k) part[k] = e->gone[(int64_t)k * e->p + j];
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, part, 1, 1.0, out, 1);
    }
}

bool rml_rfe_inverse_renew(rml_rfe_ridge *e)
{
    int info = 0, size;

    rml_rfe_inverse_pack(e); /* may leave the inverse in its old state: it is about to be overwritten */
    e->n_gone = 0;
    e->dense = 2 * (int64_t)e->n >= e->p && (int64_t)e->p * e->p <= e->inverse_cells;
    e->curved = 0.0;
    for (int32_t i = 0; i < e->n; ++i) {
        e->then[i] = e->look.curvature[i];
        e->curved += e->then[i];
        e->reach[i] = 0.0;
        e->row[i] = sqrt(e->then[i]);
    }
    if (!(e->curved > 0.0)) return false;
    for (int32_t j = 0; j < e->p; ++j) {
        const double *x = e->look.x + (int64_t)j * e->n, mean = cblas_ddot(e->n, x, 1, e->then, 1) / e->curved;
        double *z = e->u + (int64_t)j * e->n;

        e->mean[j] = mean;
        for (int32_t i = 0; i < e->n; ++i) {
            z[i] = e->row[i] * (x[i] - mean);
            e->reach[i] += (x[i] - mean) * (x[i] - mean);
        }
    }
    e->farthest = 0.0;
    for (int32_t i = 0; i < e->n; ++i) { /* z_i'(I + z_i z_i')^-1 z_i bounds z_i'H^-1 z_i */
        e->reach[i] = sqrt(e->reach[i] / (1.0 + e->then[i] * e->reach[i]) + 1.0 / e->curved);
        if (e->look.cost[i] > 0.0 && e->reach[i] > e->farthest) e->farthest = e->reach[i];
        e->ratio[i] = 1.0;
    }
    size = e->dense ? e->p : e->n;
    double *const a = e->dense ? e->inverse : e->small;
    cblas_dsyrk(CblasColMajor, CblasLower, e->dense ? CblasTrans : CblasNoTrans, size, e->dense ? e->n : e->p, 1.0,
                e->u, e->n, 0.0, a, size);
    for (int64_t k = 0; k < size; ++k) a[k * size + k] += 1.0;
    dpotrf_("L", &size, a, &size, &info);
    if (info != 0) return false;
    if (e->dense) {
        dpotri_("L", &size, a, &size, &info);
        mirror(a, size);
    } else {
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, e->n, e->p, 1.0, a, e->n, e->u,
                    e->n);
    }
    e->fresh = true;
    e->drift = 0.0;
    e->low = 1.0;
    e->work = 0.0;
    return info == 0;
}
