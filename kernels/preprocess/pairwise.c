#include "kernels/preprocess/pairwise.h"

#include <string.h>

#define BUFFER_SUM(name, real)                                                                                         \
    static real name(const real *x, int32_t n)                                                                         \
    {                                                                                                                  \
        const int32_t whole = n - n % 8, half = n / 2 - n / 2 % 8;                                                     \
        real r[8], sum = 0;                                                                                            \
        if (n > 128) return name(x, half) + name(x + half, n - half);                                                  \
        if (n < 8) {                                                                                                   \
            for (int32_t i = 0; i < n; ++i) sum += x[i];                                                               \
            return sum;                                                                                                \
        }                                                                                                              \
        for (int k = 0; k < 8; ++k) r[k] = x[k];                                                                       \
        for (int32_t i = 8; i < whole; i += 8)                                                                         \
            for (int k = 0; k < 8; ++k) r[k] += x[i + k];                                                              \
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));                                       \
        for (int32_t i = whole; i < n; ++i) sum += x[i];                                                               \
        return sum;                                                                                                    \
    }

BUFFER_SUM(buffer_sum, double)
BUFFER_SUM(buffer_sum_float, float)

void rml_pairwise_begin(rml_pairwise *pairwise)
{
    pairwise->filled = 0;
    pairwise->sum = 0.0;
}

void rml_pairwise_add(rml_pairwise *pairwise, const double *values, int64_t n)
{
    while (n > 0) {
        const int32_t room = RML_PAIRWISE_BUFFER - pairwise->filled, taken = n < room ? (int32_t)n : room;

        if (taken == RML_PAIRWISE_BUFFER) { /* a whole buffer is added where it lies */
            pairwise->sum += buffer_sum(values, taken);
        } else {
            memcpy(pairwise->value + pairwise->filled, values, (size_t)taken * sizeof *values);
            pairwise->filled += taken;
            if (pairwise->filled == RML_PAIRWISE_BUFFER) {
                pairwise->sum += buffer_sum(pairwise->value, RML_PAIRWISE_BUFFER);
                pairwise->filled = 0;
            }
        }
        values += taken;
        n -= taken;
    }
}

double rml_pairwise_end(const rml_pairwise *pairwise)
{
    return pairwise->filled ? pairwise->sum + buffer_sum(pairwise->value, pairwise->filled) : pairwise->sum;
}

double rml_pairwise_sum(const double *values, int64_t n)
{
    double sum = 0.0;

    for (; n > RML_PAIRWISE_BUFFER; values += RML_PAIRWISE_BUFFER, n -= RML_PAIRWISE_BUFFER)
        sum += buffer_sum(values, RML_PAIRWISE_BUFFER);
    return n > 0 ? sum + buffer_sum(values, (int32_t)n) : sum;
}

float rml_pairwise_sum_float(const float *values, int64_t n)
{
    float sum = 0.0F;

    for (; n > RML_PAIRWISE_BUFFER; values += RML_PAIRWISE_BUFFER, n -= RML_PAIRWISE_BUFFER)
        sum += buffer_sum_float(values, RML_PAIRWISE_BUFFER);
    return n > 0 ? sum + buffer_sum_float(values, (int32_t)n) : sum;
}
