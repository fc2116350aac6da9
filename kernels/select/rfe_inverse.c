/* Columns of the inverse are made when they are needed: those at the last renewal less the vectors in `gone` since,
 * which are subtracted together once they are a block. With more columns than twice the rows the inverse stays I - U'U,
 * where U = L^-1 Z and LL' = I + ZZ' (Woodbury). */
#include "kernels/select/rfe_inverse.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "kernels/models/lapack.h"

static void pack_vector(const rml_rfe_ridge *e, const double *from, double *to)
{
    for (int32_t k = 0; k < e->n_in; ++k) to[k] = from[e->place[k]]; /* to never overtakes from */
}

void rml_rfe_inverse_pack(rml_rfe_ridge *e)
{
    const int32_t p = e->p;

    if (e->n_in == p) return;
    rml_rfe_look_pack(&e->look, e->place, e->n_in);
    pack_vector(e, e->mean, e->mean);
    for (int32_t k = 0; k < e->n_points; ++k) {
        pack_vector(e, e->point[k].w, e->point[k].w);
        pack_vector(e, e->point[k].slope, e->point[k].slope);
        e->point[k].n_steps = 0;
        if (k + 1 == e->n_points) break;
        pack_vector(e, e->gone + k * rml_rfe_stride(p), e->gone + k * rml_rfe_stride(e->n_in));
        for (int32_t l = 0; l < e->n_in; ++l)
            if (e->place[l] == e->point[k].leaver) {
                e->point[k].leaver = l;
                break;
            }
    }
    for (int32_t k = 0; e->dense && k < e->n_in; ++k)
        pack_vector(e, e->inverse + e->place[k] * rml_rfe_stride(p), e->inverse + k * rml_rfe_stride(e->n_in));
    e->p = e->n_in;
    for (int32_t k = 0; k < e->p; ++k) {
        e->place[k] = k;
        e->in[k] = true;
    }
}

/* By squares that the cache holds. */
static void mirror(double *a, int32_t n, int64_t stride)
{
    enum { SIDE = 16 };

    for (int64_t left = 0; left < n; left += SIDE)
        for (int64_t top = left; top < n; top += SIDE)
            for (int64_t c = left; c < n && c < left + SIDE; ++c)
                for (int64_t r = top > c ? top : c + 1; r < n && r < top + SIDE; ++r)
                    a[r * stride + c] = a[c * stride + r];
}

void rml_rfe_inverse_flush(rml_rfe_ridge *e)
{
    if (e->n_gone > 0 && e->dense && e->fresh) {
        const int64_t stride = rml_rfe_stride(e->p);

        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, (int)stride, 1.0,
                    e->inverse, (int)stride);
        mirror(e->inverse, e->p, stride);
        memmove(e->gone, e->gone + e->n_gone * stride,
                (size_t)(e->n_points - 1) * (size_t)stride * sizeof *e->gone); /* those of the points ahead */
        e->n_gone = 0;
        if (e->n_in < e->p - e->p / 8) rml_rfe_inverse_pack(e);
    } else if (e->n_gone > 0) {
        e->fresh = false;
    }
}

void rml_rfe_inverse_apply(rml_rfe_ridge *e, rml_rfe_point *const *points, int32_t n_points)
{
    enum { TILE = RML_RFE_TILE };
    const int32_t n_gone = points[n_points - 1]->gone;
    const double *row[TILE];
    double *v[RML_RFE_AHEAD], *out[RML_RFE_AHEAD], part[RML_RFE_AHEAD * TILE];

    for (int32_t k = 0; k < n_points; ++k) {
        v[k] = points[k]->gradient;
        out[k] = points[k]->step;
    }
    for (int32_t first = 0; e->dense && first < e->p; first += TILE) {
        const int32_t n_here = rml_rfe_tile_rows(e->inverse, first, e->p, rml_rfe_stride(e->p), row);

        rml_rfe_tile_dot(row, e->p, v, n_points, part);
        for (int32_t k = 0; k < n_points; ++k)
            memcpy(out[k] + first, part + (int64_t)k * TILE, (size_t)n_here * sizeof *part);
    }
    for (int32_t k = 0; !e->dense && k < n_points; ++k) {
        memcpy(out[k], v[k], (size_t)e->p * sizeof *out[k]);
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->n, e->p, 1.0, e->u, e->n, v[k], 1, 0.0, e->row, 1);
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, e->row, 1, 1.0, out[k], 1);
    }
    for (int32_t first = 0; first < n_gone; first += TILE) {
        (void)rml_rfe_tile_rows(e->gone, first, n_gone, rml_rfe_stride(e->p), row);
        rml_rfe_tile_dot(row, e->p, v, n_points, part);
        for (int32_t k = 0; k < n_points; ++k)
            for (int32_t r = 0; r < TILE; ++r)
                part[k * TILE + r] = first + r < points[k]->gone ? -part[k * TILE + r] : 0.0;
        rml_rfe_tile_add(row, e->p, part, out, n_points);
    }
}

void rml_rfe_inverse_column(const rml_rfe_ridge *e, int32_t n_gone, int32_t j, double *out)
{
    if (e->dense) {
        memcpy(out, e->inverse + j * rml_rfe_stride(e->p), (size_t)e->p * sizeof *out);
    } else {
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, e->u + (int64_t)j * e->n, 1, 0.0, out, 1);
        out[j] += 1.0;
    }
    if (n_gone > 0) {
        double part[RML_RFE_BLOCK];

        for (int32_t k = 0; k < n_gone; ++k) part[k] = e->gone[k * rml_rfe_stride(e->p) + j];
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->p, n_gone, -1.0, e->gone, (int)rml_rfe_stride(e->p), part, 1, 1.0,
                    out, 1);
    }
}

void rml_rfe_inverse_lose(rml_rfe_ridge *e, int32_t n_gone, int32_t j, const double *h)
{
    double *const kept = e->gone + n_gone * rml_rfe_stride(e->p), root = sqrt(h[j]);

    for (int32_t k = 0; k < e->p; ++k) kept[k] = h[k] / root;
}

bool rml_rfe_inverse_renew(rml_rfe_ridge *e, const double *curvature)
{
    int info = 0, size, stride;

    rml_rfe_inverse_pack(e); /* may leave the inverse in its old state: it is about to be overwritten */
    e->n_gone = 0;
    e->dense = 2 * (int64_t)e->n >= e->p && rml_rfe_stride(e->p) * e->p <= e->inverse_cells;
    e->curved = 0.0;
    for (int32_t i = 0; i < e->n; ++i) {
        e->then[i] = curvature[i];
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
        const double square = e->reach[i];
        const bool counts = e->look.cost[i] > 0.0;

        e->length[i] = sqrt(square);
        e->reach[i] = counts ? square / (1.0 + e->then[i] * square) + 1.0 / e->curved : 0.0;
        e->idle[i] = counts ? 0.0 : 1.0;
        e->inverse_then[i] = counts ? 1.0 / e->then[i] : 0.0;
        if (e->reach[i] > e->farthest) {
            e->farthest = e->reach[i];
            e->farthest_row = i;
        }
    }
    e->farthest = sqrt(e->farthest);
    size = e->dense ? e->p : e->n;
    stride = e->dense ? (int)rml_rfe_stride(e->p) : e->n;
    double *const a = e->dense ? e->inverse : e->small;
    cblas_dsyrk(CblasColMajor, CblasLower, e->dense ? CblasTrans : CblasNoTrans, size, e->dense ? e->n : e->p, 1.0,
                e->u, e->n, 0.0, a, stride);
    for (int64_t k = 0; k < size; ++k) a[k * stride + k] += 1.0;
    dpotrf_("L", &size, a, &stride, &info);
    if (info != 0) return false;
    if (e->dense) {
        dpotri_("L", &size, a, &stride, &info);
        mirror(a, size, stride);
    } else {
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, e->n, e->p, 1.0, a, e->n, e->u,
                    e->n);
    }
    e->fresh = true;
    e->drift = 0.0;
    e->work = 0.0;
    return info == 0;
}
