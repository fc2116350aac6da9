#include "kernels/prepare/design.h"

#include <math.h>
#include <string.h>

/* What is left of a covariate's squares, once batches and earlier covariates are taken out, to count as its own. */
#define INDEPENDENT 1e-12

/* Covariate c centred in each batch over the rows where x (NULL: all rows) is observed. Returns false when the batches
 * determine it. */
static bool centre_covariate(rml_design *d, int32_t c, const double *x)
{
    const double *raw = d->raw + (int64_t)c * d->n_rows;
    double *centred = d->centred + (int64_t)c * d->n_rows;
    double total = 0.0, n_total = 0.0, whole = 0.0, within = 0.0;

    for (int32_t b = 0; b < d->n_batches; ++b) {
        double sum = 0.0, n = 0.0;

        for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i)
            if (!x || !isnan(x[i])) {
                sum += raw[i];
                n += 1.0;
            }
        d->mean[c * d->n_batches + b] = n > 0.0 ? sum / n : 0.0;
        total += sum;
        n_total += n;
        for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i) {
            centred[i] = !x || !isnan(x[i]) ? raw[i] - d->mean[c * d->n_batches + b] : 0.0;
            within += centred[i] * centred[i];
        }
    }
    for (int64_t i = 0; i < d->n_rows; ++i)
        if (!x || !isnan(x[i])) whole += (raw[i] - total / n_total) * (raw[i] - total / n_total);
    return within > INDEPENDENT * whole;
}

bool rml_design_centre(rml_design *d, const double *x)
{
    for (int32_t c = 0; c < d->k; ++c) {
        if (d->flat[c])
            memset(d->centred + (int64_t)c * d->n_rows, 0, (size_t)d->n_rows * sizeof(double));
        else if (!centre_covariate(d, c, x))
            return false;
    }
    for (int32_t r = 0; r < d->k; ++r)
        for (int32_t c = 0; c <= r; ++c) {
            const double *u = d->centred + (int64_t)r * d->n_rows, *v = d->centred + (int64_t)c * d->n_rows;
            double *l = d->factor, sum = 0.0, left;

            for (int64_t i = 0; i < d->n_rows; ++i) sum += u[i] * v[i];
            left = sum;
            for (int32_t t = 0; t < c; ++t) left -= l[r * d->k + t] * l[c * d->k + t];
            if (r != c)
                l[r * d->k + c] = left / l[c * d->k + c];
            else if (d->flat[r])
                l[r * d->k + r] = 1.0;
            else if (left > INDEPENDENT * sum)
                l[r * d->k + r] = sqrt(left);
            else
                return false;
        }
    return true;
}

void rml_design_solve(const rml_design *d, double *v)
{
    for (int32_t r = 0; r < d->k; ++r) {
        for (int32_t c = 0; c < r; ++c) v[r] -= d->factor[r * d->k + c] * v[c];
        v[r] /= d->factor[r * d->k + r];
    }
    for (int32_t r = d->k - 1; r >= 0; --r) {
        for (int32_t c = r + 1; c < d->k; ++c) v[r] -= d->factor[c * d->k + r] * v[c];
        v[r] /= d->factor[r * d->k + r];
    }
}

void rml_design_fill(rml_design *d, const int32_t *batch, const rml_columns *covariates)
{
    memset(d->start, 0, ((size_t)d->n_batches + 1) * sizeof *d->start);
    for (int64_t i = 0; i < d->n_rows; ++i) ++d->start[batch[i] + 1];
    for (int32_t b = 0; b < d->n_batches; ++b) d->start[b + 1] += d->start[b];
    for (int64_t i = 0; i < d->n_rows; ++i) d->order[d->start[batch[i]]++] = i;
    for (int32_t b = d->n_batches; b > 0; --b) d->start[b] = d->start[b - 1];
    d->start[0] = 0;
    for (int32_t c = 0; c < d->k; ++c) {
        const double *from = rml_column(covariates, c);
        double *raw = d->raw + (int64_t)c * d->n_rows;

        d->flat[c] = true;
        for (int64_t i = 0; i < d->n_rows; ++i) {
            raw[i] = from[d->order[i]];
            d->flat[c] = d->flat[c] && raw[i] == raw[0];
        }
    }
}
