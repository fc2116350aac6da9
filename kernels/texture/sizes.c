#include "kernels/texture/sizes.h"

#include <assert.h>
#include <string.h>

void rml_sizes_finish(rml_sizes *sums, double *value)
{
    const double total = sums->total;
    const int32_t n_levels = sums->levels->n_levels, *grey = sums->levels->grey;
    double grey_nu = 0.0, size_nu = 0.0, grey_mean = 0.0, size_mean = 0.0, grey_var = 0.0, size_var = 0.0;

    assert(sums->row == 0.0 && total > 0.0);
    for (int32_t r = 0; r < n_levels; ++r) {
        grey_nu += sums->by_level[r] * sums->by_level[r];
        grey_mean += sums->by_level[r] / total * grey[r];
    }
    for (int32_t r = 0; r < n_levels; ++r)
        grey_var += sums->by_level[r] / total * (grey[r] - grey_mean) * (grey[r] - grey_mean);

    for (int64_t size = 1; size <= sums->largest; ++size) {
        size_nu += sums->by_size[size] * sums->by_size[size];
        size_mean += sums->by_size[size] * (double)size;
    }
    value[RML_SIZE_PERCENTAGE] = total / size_mean; /* still the sum of P j */
    size_mean /= total;
    for (int64_t size = 1; size <= sums->largest; ++size)
        size_var += sums->by_size[size] / total * ((double)size - size_mean) * ((double)size - size_mean);
    memset(sums->by_size, 0, (size_t)(sums->largest + 1) * sizeof *sums->by_size);

    value[RML_SIZE_SMALL] = sums->small / total;
    value[RML_SIZE_LARGE] = sums->large / total;
    value[RML_SIZE_LOW] = sums->low / total;
    value[RML_SIZE_HIGH] = sums->high / total;
    value[RML_SIZE_SMALL_LOW] = sums->small_low / total;
    value[RML_SIZE_SMALL_HIGH] = sums->small_high / total;
    value[RML_SIZE_LARGE_LOW] = sums->large_low / total;
    value[RML_SIZE_LARGE_HIGH] = sums->large_high / total;
    value[RML_SIZE_GREY_NU] = grey_nu / total;
    value[RML_SIZE_GREY_NU_N] = grey_nu / (total * total);
    value[RML_SIZE_SIZE_NU] = size_nu / total;
    value[RML_SIZE_SIZE_NU_N] = size_nu / (total * total);
    value[RML_SIZE_GREY_VAR] = grey_var;
    value[RML_SIZE_SIZE_VAR] = size_var;
    value[RML_SIZE_ENTROPY] = sums->bits;
}

void rml_sizes_place(const rml_size_feature *order, int32_t n, rml_wanted wanted, const double *from, double *value,
                     uint8_t *reason)
{
    for (int32_t f = 0; f < n; ++f) {
        value[f] = wanted >> f & 1 ? from[order[f]] : NAN;
        reason[f] = RML_DEFINED;
    }
}
