#include "kernels/ibsi/slices.h"

#include <math.h>
#include <string.h>

const int32_t rml_ibsi_step[RML_IBSI_STEPS][3] = {
    {1, 0, 0}, {0, 1, 0},  {1, 1, 0}, {-1, 1, 0}, {0, 0, 1},  {1, 0, 1},   {-1, 0, 1},
    {0, 1, 1}, {0, -1, 1}, {1, 1, 1}, {-1, 1, 1}, {1, -1, 1}, {-1, -1, 1},
};

int64_t rml_ibsi_slice(const rml_levels *levels, int32_t z, int64_t *count, rml_levels *view)
{
    const int32_t ny = levels->size[1];

    *view = *levels;
    view->size[2] = 1;
    view->level += z * levels->slice;
    view->extent += (int64_t)z * ny;
    view->count = count;
    view->n_voxels = 0;
    view->memory = NULL;
    memset(count, 0, (size_t)levels->n_levels * sizeof *count);
    for (int32_t y = 0; y < ny; ++y) {
        const uint16_t *row = view->level + y * levels->row;

        for (int32_t x = view->extent[y][0]; x <= view->extent[y][1]; ++x) {
            if (!row[x]) continue;
            ++count[row[x] - 1];
            ++view->n_voxels;
        }
    }
    return view->n_voxels;
}

void rml_ibsi_mean_add(rml_ibsi_mean *mean, int32_t n_features, const double *value)
{
    for (int32_t f = 0; f < n_features; ++f) {
        if (isnan(value[f])) continue;
        mean->sum[f] += value[f];
        ++mean->n[f];
    }
}

void rml_ibsi_mean_take(const rml_ibsi_mean *mean, int32_t n_features, double *value)
{
    for (int32_t f = 0; f < n_features; ++f) value[f] = mean->n[f] > 0 ? mean->sum[f] / (double)mean->n[f] : NAN;
}

void rml_ibsi_sizes_place(const double *from, double *value)
{
    static const rml_size_feature order[RML_IBSI_N_SIZES] = {
        RML_SIZE_SMALL,      RML_SIZE_LARGE,      RML_SIZE_LOW,       RML_SIZE_HIGH,
        RML_SIZE_SMALL_LOW,  RML_SIZE_SMALL_HIGH, RML_SIZE_LARGE_LOW, RML_SIZE_LARGE_HIGH,
        RML_SIZE_GREY_NU,    RML_SIZE_GREY_NU_N,  RML_SIZE_SIZE_NU,   RML_SIZE_SIZE_NU_N,
        RML_SIZE_PERCENTAGE, RML_SIZE_GREY_VAR,   RML_SIZE_SIZE_VAR,  RML_SIZE_ENTROPY,
    };

    for (int f = 0; f < RML_IBSI_N_SIZES; ++f) value[f] = from[order[f]];
}

void rml_ibsi_undefined(int64_t n, double *value)
{
    for (int64_t v = 0; v < n; ++v) value[v] = NAN;
}
