#include "kernels/stats/stability.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"

rml_status rml_stability_nogueira(const uint8_t *chosen, int32_t n_runs, int32_t n_features, double level,
                                  rml_stability *result)
{
    const double m = n_runs, d = n_features;
    double spread = 0.0, mean = 0.0, squares = 0.0, share, chance, *frequency, *part;
    int64_t total = 0;

    *result = (rml_stability){NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (n_runs < 2 || n_features < 1) return RML_EEMPTY;
    frequency = calloc((size_t)n_features + (size_t)n_runs, sizeof *frequency);
    if (!frequency) return RML_ENOMEM;
    part = frequency + n_features; /* [n_runs] a run's part in the estimate, whose spread is the variance */
    for (int32_t i = 0; i < n_runs; ++i)
        for (int32_t f = 0; f < n_features; ++f) {
            const int on = chosen[(int64_t)i * n_features + f] != 0;

            frequency[f] += on;
            total += on;
        }
    result->mean_selected = (double)total / m;
    share = result->mean_selected / d;
    chance = share * (1.0 - share);
    if (total == 0 || total == (int64_t)n_runs * n_features) {
        free(frequency);
        return RML_EEMPTY;
    }
    for (int32_t f = 0; f < n_features; ++f) {
        frequency[f] /= m;
        spread += frequency[f] * (1.0 - frequency[f]);
    }
    result->stability = 1.0 - m / (m - 1.0) * spread / d / chance;
    for (int32_t i = 0; i < n_runs; ++i) {
        double common = 0.0, size = 0.0;

        for (int32_t f = 0; f < n_features; ++f)
            if (chosen[(int64_t)i * n_features + f]) {
                common += frequency[f];
                size += 1.0;
            }
        size /= d;
        part[i] =
            (common / d - size * share + 0.5 * result->stability * (2.0 * size * share - size - share + 1.0)) / chance;
        mean += part[i];
    }
    mean /= m;
    for (int32_t i = 0; i < n_runs; ++i) squares += (part[i] - mean) * (part[i] - mean);
    result->variance = 4.0 / (m * m) * squares;
    {
        const double half = rml_normal_quantile(0.5 + 0.5 * level) * sqrt(result->variance);

        result->low = result->stability - half;
        result->high = result->stability + half;
    }
    free(frequency);
    return RML_OK;
}
