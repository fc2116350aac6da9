#include "kernels/base/rng.h"

#include <math.h>

#include "kernels/base/attributes.h"

enum { ROUNDS = 10, CHUNK = 512 };

/* Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, table 2 and section 3.3). */
static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

static inline void round_of(uint32_t c[4], const uint32_t k[2])
{
    const uint64_t p = (uint64_t)multiplier[0] * c[0], q = (uint64_t)multiplier[1] * c[2];
    const uint32_t c1 = c[1], c3 = c[3];

    c[0] = (uint32_t)(q >> 32) ^ c1 ^ k[0];
    c[1] = (uint32_t)q;
    c[2] = (uint32_t)(p >> 32) ^ c3 ^ k[1];
    c[3] = (uint32_t)p;
}

void rml_rng_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};

    for (int r = 0; r < ROUNDS; ++r) {
        round_of(c, k);
        k[0] += weyl[0];
        k[1] += weyl[1];
    }
    for (int w = 0; w < 4; ++w) out[w] = c[w];
}

uint64_t rml_rng_bits(uint64_t seed, uint64_t stream, uint64_t draw)
{
    const uint32_t counter[4] = {(uint32_t)draw, (uint32_t)(draw >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];

    rml_rng_block(counter, key, out);
    return (uint64_t)out[1] << 32 | out[0];
}

double rml_rng_uniform(uint64_t seed, uint64_t stream, uint64_t draw)
{
    return (double)(rml_rng_bits(seed, stream, draw) >> 11) * 0x1p-53;
}

/* --- the normal quantile: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
 * Statistics 37 (1988), PPND16: rational functions of degree 7, relative accuracy about 1e-16. -----------------------
 */

static const double near_top[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                   1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                   3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double near_bottom[8] = {1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
static const double middle_top[8] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                     3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                     2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double middle_bottom[8] = {1.0,
                                        2.05319162663775882187e0,
                                        1.67638483018380384940e0,
                                        6.89767334985100004550e-1,
                                        1.48103976427480074590e-1,
                                        1.51986665636164571966e-2,
                                        5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
static const double far_top[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                  2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double far_bottom[8] = {1.0,
                                     5.99832206555887937690e-1,
                                     1.36929880922735805310e-1,
                                     1.48753612908506148525e-2,
                                     7.86869131145613259100e-4,
                                     1.84631831751005468180e-5,
                                     1.42151175831644588870e-7,
                                     2.04426310338993978564e-15};

static inline double ratio(const double top[8], const double bottom[8], double x)
{
    double t = top[7], b = bottom[7];

    for (int i = 6; i >= 0; --i) {
        t = t * x + top[i];
        b = b * x + bottom[i];
    }
    return t / b;
}

static double tail(double p) /* for p or 1 - p below 0.075, where the sign is that of p - 0.5 */
{
    const double r = sqrt(-log(p < 0.5 ? p : 1.0 - p));
    const double z = r <= 5.0 ? ratio(middle_top, middle_bottom, r - 1.6) : ratio(far_top, far_bottom, r - 5.0);

    return p < 0.5 ? -z : z;
}

/* The middle of one of 2^52 equal parts of (0, 1): exact, symmetric about 0.5, never 0 or 1. */
static inline double open_uniform(uint64_t bits)
{
    return ((double)(int64_t)(bits >> 12) + 0.5) * 0x1p-52;
}

/* 0.425^2 - q^2 with q = p - 0.5: below 0 in the tails. */
static inline double centred(double p)
{
    return 0.180625 - (p - 0.5) * (p - 0.5);
}

double rml_rng_normal(uint64_t seed, uint64_t stream, uint64_t draw)
{
    const double p = open_uniform(rml_rng_bits(seed, stream, draw)), r = centred(p);

    return r >= 0.0 ? (p - 0.5) * ratio(near_top, near_bottom, r) : tail(p);
}

/* The centre of the distribution for all, without a branch, so that the loop runs in vectors; the tails are mended
 * afterwards. n at most CHUNK. */
RML_HOT static void normals_chunk(uint64_t seed, uint64_t stream, uint64_t first, int n, double *out)
{
    double p[CHUNK];

    for (int i = 0; i < n; ++i) {
        const uint64_t draw = first + (uint64_t)i;
        uint32_t c[4] = {(uint32_t)draw, (uint32_t)(draw >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
        uint32_t k[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};

        for (int r = 0; r < ROUNDS; ++r) {
            round_of(c, k);
            k[0] += weyl[0];
            k[1] += weyl[1];
        }
        p[i] = open_uniform((uint64_t)c[1] << 32 | c[0]);
    }
    for (int i = 0; i < n; ++i) out[i] = (p[i] - 0.5) * ratio(near_top, near_bottom, centred(p[i]));
    for (int i = 0; i < n; ++i)
        if (!(centred(p[i]) >= 0.0)) out[i] = tail(p[i]);
}

void rml_rng_normals(uint64_t seed, uint64_t stream, uint64_t first, int64_t n, double *out)
{
    for (int64_t done = 0; done < n; done += CHUNK)
        normals_chunk(seed, stream, first + (uint64_t)done, (int)(n - done < CHUNK ? n - done : CHUNK), out + done);
}
