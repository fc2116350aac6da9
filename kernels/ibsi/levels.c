#include "kernels/ibsi/levels.h"

#include <math.h>

static rml_status fixed_number(const double *values, int64_t n, int32_t count, int32_t *levels, int32_t *n_levels)
{
    double low = values[0], high = values[0];

    for (int64_t i = 1; i < n; ++i) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    *n_levels = low < high ? count : 1;
    for (int64_t i = 0; i < n; ++i) {
        const double level = floor(count * (values[i] - low) / (high - low)) + 1.0;

        /* Rounding can lift what is just below the maximum to it. */
        levels[i] = *n_levels == 1 ? 1 : values[i] < high && level < count ? (int32_t)level : count;
    }
    return RML_OK;
}

rml_status rml_ibsi_levels(const double *values, int64_t n, const rml_ibsi_binning *binning, int32_t *levels,
                           int32_t *n_levels)
{
    *n_levels = 0;
    if (n < 1) return RML_EEMPTY;
    if (binning->count > 0) return fixed_number(values, n, binning->count, levels, n_levels);
    for (int64_t i = 0; i < n; ++i) {
        const double level =
            binning->width > 0.0 ? floor((values[i] - binning->lowest) / binning->width) + 1.0 : values[i];

        if (!(level >= 1.0) || level != floor(level)) return RML_EVALUE;
        if (level > INT32_MAX - 1) return RML_ESETTING;
        levels[i] = (int32_t)level;
        if (levels[i] > *n_levels) *n_levels = levels[i];
    }
    return RML_OK;
}
