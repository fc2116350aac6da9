#include "kernels/shape/axes.h"

#include <math.h>

/* Divided by N. The sums are integers about the first voxel and are moved to the voxel nearest to the centre before
 * anything is divided, so that nothing large cancels. */
static void find_covariance(const rml_bits *bits, const double spacing[3], double c[3][3])
{
    const int64_t n = bits->n_voxels;
    int64_t sum[3] = {0}, product[3][3] = {{0}}, near[3];
    double rest[3];

    for (int32_t z = 0; z < bits->size[2]; ++z)
        for (int32_t y = 0; y < bits->size[1]; ++y) {
            const uint64_t *row = rml_bits_row(bits, y, z);
            int64_t in_row = 0, x_sum = 0, x_square = 0;
            for (int32_t w = 0; w < bits->n_words; ++w)
                for (uint64_t left = row[w]; left;) {
                    /* A run of set bits from b, m long: sums of the first m integers and of their squares. */
                    const int b = __builtin_ctzll(left);
                    const uint64_t behind = ~(left >> b);
                    const int64_t m = behind ? __builtin_ctzll(behind) : 64, x = 64 * w + b - 1;
                    in_row += m;
                    x_sum += m * x + m * (m - 1) / 2;
                    x_square += m * x * x + x * m * (m - 1) + (m - 1) * m * (2 * m - 1) / 6;
                    left = b + m < 64 ? left >> (b + m) << (b + m) : 0;
                }
            sum[0] += x_sum;
            sum[1] += in_row * y;
            sum[2] += in_row * z;
            product[0][0] += x_square;
            product[0][1] += x_sum * y;
            product[0][2] += x_sum * z;
            product[1][1] += in_row * y * y;
            product[1][2] += in_row * y * z;
            product[2][2] += in_row * z * z;
        }
    for (int a = 0; a < 3; ++a) {
        near[a] = (2 * sum[a] + n) / (2 * n);
        rest[a] = (double)(sum[a] - n * near[a]) / (double)n;
    }
    for (int a = 0; a < 3; ++a)
        for (int b = a; b < 3; ++b) {
            const int64_t about_near = product[a][b] - near[a] * sum[b] - near[b] * sum[a] + n * near[a] * near[b];
            c[a][b] = c[b][a] = ((double)about_near / (double)n - rest[a] * rest[b]) * spacing[a] * spacing[b];
        }
}

/* By Jacobi rotations: slower than the closed form and exact to the last digits also where two eigenvalues meet or one
 * is 0. */
void rml_axes_eigenvalues(double c[3][3], double value[3])
{
    for (int round = 0; round < 32; ++round) {
        const double off = fabs(c[0][1]) + fabs(c[0][2]) + fabs(c[1][2]);
        if (off == 0.0) break;
        for (int p = 0; p < 2; ++p)
            for (int q = p + 1; q < 3; ++q) {
                const int r = 3 - p - q;
                double ratio, t, cosine, sine, rp, rq;
                if (fabs(c[p][q]) <= 1e-300 || fabs(c[p][q]) < 1e-18 * sqrt(fabs(c[p][p] * c[q][q]))) {
                    c[p][q] = 0.0;
                    continue;
                }
                ratio = (c[q][q] - c[p][p]) / (2 * c[p][q]);
                t = copysign(1.0, ratio) / (fabs(ratio) + sqrt(ratio * ratio + 1));
                cosine = 1 / sqrt(t * t + 1);
                sine = t * cosine;
                c[p][p] -= t * c[p][q];
                c[q][q] += t * c[p][q];
                c[p][q] = 0.0;
                rp = p < r ? c[p][r] : c[r][p];
                rq = q < r ? c[q][r] : c[r][q];
                *(p < r ? &c[p][r] : &c[r][p]) = cosine * rp - sine * rq;
                *(q < r ? &c[q][r] : &c[r][q]) = sine * rp + cosine * rq;
            }
    }
    for (int a = 0; a < 3; ++a) value[a] = c[a][a];
    for (int a = 0; a < 2; ++a) /* three values: sorted by exchange */
        for (int b = 0; b < 2 - a; ++b)
            if (value[b] > value[b + 1]) {
                const double low = value[b + 1];
                value[b + 1] = value[b];
                value[b] = low;
            }
    /* A flat or straight ROI has eigenvalues of exactly 0, which rounding turns into a few ulp of the largest, of
     * either sign. PyRadiomics sets -1e-10 .. 0 to 0 and takes the root of what happens to come out above. */
    for (int a = 0; a < 2; ++a)
        if (fabs(value[a]) <= 1e-14 * value[2]) value[a] = 0.0;
}

void rml_axes_measure(const rml_bits *bits, const double spacing[3], double variance[3])
{
    double c[3][3];

    find_covariance(bits, spacing, c);
    rml_axes_eigenvalues(c, variance);
}
