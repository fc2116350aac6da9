#include "tests/support/support.h"

#include "kernels/base/rng.h"

/* Oracle: the known-answer vectors of Random123 1.14 (file kat_vectors, lines "philox4x32 10"). */
static const struct {
    uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static uint64_t both(const uint32_t word[2])
{
    return (uint64_t)word[1] << 32 | word[0];
}

static void blocks_match_random123(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        uint32_t out[4];

        rml_rng_block(known[i].counter, known[i].key, out);
        assert_memory_equal(out, known[i].out, sizeof out);
        assert_true(rml_rng_bits(both(known[i].key), both(known[i].counter + 2), both(known[i].counter)) ==
                    both(known[i].out));
    }
}

/* Oracle: the distribution function by erfc of the C library, applied to the draw, must give back the uniform number
 * that the same bits stand for. An error of z grows by z^2 + 1 on its way to the tail (its relative slope), so
 * 1e-15 (z^2 + 1) relative to the smaller tail allows a few ulp of z and of erfc. */
static void normal_inverts_the_distribution(void **state)
{
    double extreme = 0.0;

    (void)state;
    for (uint64_t draw = 0; draw < 200000; ++draw) {
        const uint64_t bits = rml_rng_bits(7, 1, draw);
        const double p = ((double)(bits >> 12) + 0.5) * 0x1p-52, z = rml_rng_normal(7, 1, draw);
        const double lower = p < 0.5 ? p : 1.0 - p;

        assert_close(0.5 * erfc(fabs(z) / sqrt(2.0)), lower, 1e-15 * (z * z + 1), 0, "tail");
        assert_true((z < 0) == (p < 0.5));
        if (fabs(z) > extreme) extreme = fabs(z);
    }
    assert_true(extreme > 4.0 && extreme < 6.0); /* 200000 draws: beyond 4 with probability 1 - 3e-6, beyond 6 4e-4 */
}

/* Identity: many at once are those one by one, whatever the chunks. */
static void many_are_the_same_as_single(void **state)
{
    enum { N = 1500 };
    static double out[N];
    const uint64_t first = 0xfffffff0u; /* the low word wraps inside */

    (void)state;
    for (int64_t n = 1; n <= N; n = n * 3 + 1) {
        rml_rng_normals(3, 1ull << 40, first, n, out);
        for (int64_t i = 0; i < n; ++i) {
            const double one = rml_rng_normal(3, 1ull << 40, first + (uint64_t)i);

            assert_memory_equal(&out[i], &one, sizeof one);
        }
    }
}

/* Moments of N draws: bounds are 4.5 standard errors (1/sqrt N, sqrt(2/N), 1/sqrt(12 N), ...): a fixed seed passes
 * unless something is wrong with probability 1e-5. */
static void moments_are_those_of_the_distribution(void **state)
{
    enum { N = 200000 };
    double mean = 0, square = 0, fourth = 0, uniform = 0, lag = 0, before = 0, across = 0;

    (void)state;
    for (uint64_t i = 0; i < N; ++i) {
        const double z = rml_rng_normal(11, 5, i), u = rml_rng_uniform(11, 6, i);

        assert_true(u >= 0.0 && u < 1.0);
        mean += z;
        square += z * z;
        fourth += z * z * z * z;
        uniform += u;
        lag += z * before;
        across += z * rml_rng_normal(11, 7, i); /* streams are independent */
        before = z;
    }
    assert_close(mean / N, 0, 0, 4.5 / sqrt(N), "mean");
    assert_close(square / N, 1, 0, 4.5 * sqrt(2.0 / N), "variance");
    assert_close(fourth / N, 3, 0, 4.5 * sqrt(96.0 / N), "fourth moment");
    assert_close(uniform / N, 0.5, 0, 4.5 / sqrt(12.0 * N), "mean of the uniform");
    assert_close(lag / N, 0, 0, 4.5 / sqrt(N), "neighbouring draws");
    assert_close(across / N, 0, 0, 4.5 / sqrt(N), "neighbouring streams");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_match_random123),
        cmocka_unit_test(normal_inverts_the_distribution),
        cmocka_unit_test(many_are_the_same_as_single),
        cmocka_unit_test(moments_are_those_of_the_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
