#include "kernels/ibsi/ivh.h"

#include <math.h>
#include <string.h>

void rml_ibsi_ivh_count(const double *values, int64_t n, const rml_ibsi_ivh_axis *axis, int64_t *count)
{
    memset(count, 0, (size_t)axis->n * sizeof *count);
    for (int64_t i = 0; i < n; ++i) {
        const double k = floor((values[i] - axis->first) / axis->step);

        if (k >= 0.0) ++count[k < axis->n ? (int32_t)k : axis->n - 1];
    }
}

static void put(int32_t f, double number, rml_reason why, double *value, uint8_t *reason)
{
    value[f] = why == RML_DEFINED ? number : NAN;
    reason[f] = (uint8_t)why;
}

static void put_difference(int32_t f, int32_t a, int32_t b, double *value, uint8_t *reason)
{
    put(f, value[a] - value[b], (rml_reason)(reason[a] ? reason[a] : reason[b]), value, reason);
}

rml_status rml_ibsi_ivh(const int64_t *count, int64_t n_voxels, const rml_ibsi_ivh_axis *axis, double *value,
                        uint8_t *reason)
{
    const double last = axis->n - 1, n = (double)n_voxels;
    const rml_reason one = axis->n > 1 ? RML_DEFINED : RML_WHY_FLAT;
    double v10 = NAN, v90 = NAN, i10 = NAN, i90 = NAN, area = 0.0, above = 0.0;
    int64_t at_least = 0;

    for (int32_t f = 0; f < RML_IBSI_N_IVH; ++f) put(f, NAN, RML_DEFINED, value, reason);
    if (n_voxels < 1) return RML_EEMPTY;
    /* From the highest intensity down nu grows: what is found last is the largest nu, the lowest intensity. */
    for (int32_t k = axis->n - 1; k >= 0; --k) {
        double nu;

        at_least += count[k];
        nu = (double)at_least / n;
        /* k / last against x in whole numbers: no quotient's rounding decides */
        if (10.0 * k >= last) v10 = nu;
        if (10.0 * k >= 9.0 * last) v90 = nu;
        if (10 * at_least <= n_voxels) i10 = axis->first + k * axis->step;
        if (10 * at_least <= 9 * n_voxels) i90 = axis->first + k * axis->step;
        if (k < axis->n - 1) area += (nu + above) / 2.0 / last;
        above = nu;
    }
    put(RML_IBSI_IVH_V10, v10, one, value, reason);
    put(RML_IBSI_IVH_V90, v90, one, value, reason);
    put(RML_IBSI_IVH_I10, i10, isnan(i10) ? RML_WHY_NO_LEVEL : RML_DEFINED, value, reason);
    put(RML_IBSI_IVH_I90, i90, isnan(i90) ? RML_WHY_NO_LEVEL : RML_DEFINED, value, reason);
    put_difference(RML_IBSI_IVH_DIFF_V10_V90, RML_IBSI_IVH_V10, RML_IBSI_IVH_V90, value, reason);
    put_difference(RML_IBSI_IVH_DIFF_I10_I90, RML_IBSI_IVH_I10, RML_IBSI_IVH_I90, value, reason);
    put(RML_IBSI_IVH_AUC, area, one, value, reason);
    return RML_OK;
}
