#include "kernels/texture/small_eigen.h"

#include <math.h>
#include <stdbool.h>

void rml_eigen_tridiagonal(double *d, double *e, int32_t m, double *z, int32_t n_rows)
{
    int32_t high = m - 1, n_left = 60 * m; /* two or three steps a value are usual; the bound only ends a NaN */

    while (high > 0 && n_left-- > 0) {
        int32_t low = high;

        while (low > 0 && fabs(e[low - 1]) > 0x1p-53 * (fabs(d[low - 1]) + fabs(d[low]))) --low;
        if (low > 0) e[low - 1] = 0.0;
        if (low == high) {
            --high;
            continue;
        }
        /* Wilkinson's shift: the eigenvalue of the last 2x2 block that is nearer to its corner. */
        const double half = (d[high - 1] - d[high]) / 2.0, last = e[high - 1];
        const double shift = d[high] - last * last / (half + copysign(sqrt(half * half + last * last), half));
        double x = d[low] - shift, bulge = e[low];

        for (int32_t k = low; k < high; ++k) {
            const double r = sqrt(x * x + bulge * bulge), c = r > 0.0 ? x / r : 1.0, s = r > 0.0 ? bulge / r : 0.0;
            const double d1 = d[k], d2 = d[k + 1], off = e[k];

            if (k > low) e[k - 1] = r;
            d[k] = c * c * d1 + 2.0 * c * s * off + s * s * d2;
            d[k + 1] = s * s * d1 - 2.0 * c * s * off + c * c * d2;
            e[k] = (c * c - s * s) * off + c * s * (d2 - d1);
            if (k + 1 < high) {
                bulge = s * e[k + 1];
                e[k + 1] *= c;
            }
            x = e[k];
            for (int32_t row = 0; row < n_rows; ++row) {
                double *zk = z + (int64_t)row * m + k;
                const double z1 = zk[0], z2 = zk[1];

                zk[0] = c * z1 + s * z2;
                zk[1] = c * z2 - s * z1;
            }
        }
    }
}

void rml_eigen_hessenberg(double *h, int32_t n, int32_t ld, double *real, double *imaginary)
{
#define H(i, j) h[(int64_t)(i)*ld + (j)]
    int32_t high = n - 1, n_tries = 0;

    while (high >= 0) {
        int32_t low = high;

        for (; low > 0; --low) {
            double size = fabs(H(low - 1, low - 1)) + fabs(H(low, low));

            if (size == 0.0) size = 1.0;
            if (fabs(H(low, low - 1)) <= 0x1p-53 * size) break;
        }
        if (low > 0) H(low, low - 1) = 0.0;
        if (low == high) {
            real[high] = H(high, high);
            imaginary[high] = 0.0;
            --high;
            n_tries = 0;
            continue;
        }
        const double a = H(high - 1, high - 1), b = H(high - 1, high), c = H(high, high - 1), d = H(high, high);

        if (low == high - 1 || n_tries == 200) { /* the bound only ends a NaN */
            const double half = (a - d) / 2.0, inside = half * half + b * c, size = sqrt(fabs(inside));

            if (inside >= 0.0) { /* the larger first, the other from the determinant's part: no cancellation */
                const double far = half + copysign(size, half);

                real[high - 1] = d + far;
                real[high] = far != 0.0 ? d - b * c / far : d;
                imaginary[high - 1] = imaginary[high] = 0.0;
            } else {
                real[high - 1] = real[high] = d + half;
                imaginary[high - 1] = size;
                imaginary[high] = -size;
            }
            high -= 2;
            n_tries = 0;
            continue;
        }
        double trace = a + d, determinant = a * d - b * c;

        if (++n_tries % 10 == 0) { /* stuck: another shift */
            const double off = fabs(H(high, high - 1)) + fabs(H(high - 1, high - 2));

            trace = 1.5 * off;
            determinant = off * off;
        }
        double x = H(low, low) * (H(low, low) - trace) + H(low, low + 1) * H(low + 1, low) + determinant;
        double y = H(low + 1, low) * (H(low, low) + H(low + 1, low + 1) - trace);
        double z = H(low + 1, low) * H(low + 2, low + 1);

        for (int32_t k = low; k < high; ++k) { /* a reflection of three rows and columns, at the end of two */
            const bool three = k + 2 <= high;
            const double size = fabs(x) + fabs(y) + (three ? fabs(z) : 0.0);
            const int32_t first = k > low ? k - 1 : low, last = k + 3 < high ? k + 3 : high;

            if (size > 0.0) {
                x /= size, y /= size, z = three ? z / size : 0.0;
                const double norm = copysign(sqrt(x * x + y * y + z * z), x), v = x + norm, beta = v / norm;
                const double p = y / v, q = z / v;

                for (int32_t j = first; j <= high; ++j) {
                    const double t = beta * (H(k, j) + p * H(k + 1, j) + (three ? q * H(k + 2, j) : 0.0));

                    H(k, j) -= t;
                    H(k + 1, j) -= p * t;
                    if (three) H(k + 2, j) -= q * t;
                }
                for (int32_t i = low; i <= last; ++i) {
                    const double t = beta * (H(i, k) + p * H(i, k + 1) + (three ? q * H(i, k + 2) : 0.0));

                    H(i, k) -= t;
                    H(i, k + 1) -= p * t;
                    if (three) H(i, k + 2) -= q * t;
                }
                if (k > low) { /* what the reflection has made 0 */
                    H(k + 1, k - 1) = 0.0;
                    if (three) H(k + 2, k - 1) = 0.0;
                }
            }
            x = H(k + 1, k);
            y = k + 2 <= high ? H(k + 2, k) : 0.0;
            z = k + 3 <= high ? H(k + 3, k) : 0.0;
        }
    }
#undef H
}
