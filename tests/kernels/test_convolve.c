/* Convolution along an axis against the sum written out, in the same order and so to the bit. */
#include "tests/support/support.h"

#include "kernels/image/convolve.h"

enum { MAX_COUNT = 80, MAX_TAPS = 9, MAX_STRIDE = 5, N_IN = MAX_COUNT + MAX_TAPS * MAX_STRIDE };

/* Every length: whole blocks, what is left of them, and less than one. Nothing is written beyond the end. */
static void runs_are_plain_sums(void **state)
{
    double in[N_IN], h[MAX_TAPS], out[MAX_COUNT + 1];
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < N_IN; ++i) in[i] = (float)(rml_test_uniform(&seed) - 0.5);
    for (int j = 0; j < MAX_TAPS; ++j) h[j] = (float)(rml_test_uniform(&seed) - 0.5);
    for (int count = 1; count <= MAX_COUNT; ++count)
        for (int n = 1; n <= MAX_TAPS; n += 4)
            for (int stride = 1; stride <= MAX_STRIDE; stride += 2)
                for (int single = 0; single < 2; ++single) {
                    out[count] = 1e9;
                    (single ? rml_convolve_run_single : rml_convolve_run)(in, stride, h, n, count, out);
                    assert_true(out[count] == 1e9);
                    for (int i = 0; i < count; ++i) {
                        double sum = 0.0;
                        float sum_single = 0.0F;

                        for (int j = 0; j < n; ++j) {
                            sum += h[j] * in[i + (n - 1 - j) * stride];
                            sum_single += (float)h[j] * (float)in[i + (n - 1 - j) * stride];
                        }
                        assert_true(out[i] == (single ? (double)sum_single : sum));
                    }
                }
}

/* y[k] = sum_j h[j] x[k + ahead - j step] along each axis, by an impulse. */
static void axes_are_told_apart(void **state)
{
    const double h[3] = {2.0, 3.0, 5.0};
    const rml_taps taps = {h, 3, 2, 3}; /* 1 behind, 3 ahead */
    const int32_t size[3] = {9, 8, 10};
    double in[9 * 8 * 10] = {0}, out[9 * 8 * 10];

    (void)state;
    in[(5 * 8 + 4) * 9 + 4] = 1.0;
    assert_int_equal(rml_taps_behind(&taps), 1);
    for (int axis = 0; axis < 3; ++axis) {
        const int32_t first = 1, count = size[axis] - 4;
        int32_t out_size[3] = {9, 8, 10};
        const double *at = out;

        out_size[axis] = count;
        rml_convolve_axis(in, size, axis, &taps, first, count, out);
        for (int z = 0; z < out_size[2]; ++z)
            for (int y = 0; y < out_size[1]; ++y)
                for (int x = 0; x < out_size[0]; ++x, ++at) {
                    const int place[3] = {x, y, z}, peak[3] = {4, 4, 5};
                    const int k = place[axis] + first;
                    double expected = 0.0;

                    for (int j = 0; j < 3; ++j)
                        if (k + 3 - 2 * j == peak[axis]) expected = h[j];
                    for (int other = 0; other < 3; ++other)
                        if (other != axis && place[other] != peak[other]) expected = 0.0;
                    assert_true(*at == expected);
                }
    }
}

/* Slices longer than the columns that a pass goes by. */
static void long_slices_are_whole(void **state)
{
    enum { NX = 47, NY = 31, NZ = 5 };
    const double h[3] = {2.0, -3.0, 5.0};
    const rml_taps taps = {h, 3, 1, 1};
    const int32_t size[3] = {NX, NY, NZ};
    double in[NX * NY * NZ], out[NX * NY * NZ];
    uint64_t seed = 11;

    (void)state;
    for (int i = 0; i < NX * NY * NZ; ++i) in[i] = rml_test_uniform(&seed);
    for (int axis = 1; axis < 3; ++axis) {
        const int stride = axis == 1 ? NX : NX * NY,
                  inside[3] = {NX, NY - (axis == 1 ? 2 : 0), NZ - (axis == 2 ? 2 : 0)};
        const double *at = out;

        rml_convolve_axis(in, size, axis, &taps, 1, size[axis] - 2, out);
        for (int z = 0; z < inside[2]; ++z)
            for (int y = 0; y < inside[1]; ++y)
                for (int x = 0; x < inside[0]; ++x) {
                    const double *low = in + (z * NY + y) * NX + x;

                    assert_true(*at++ == h[0] * low[2 * stride] + h[1] * low[stride] + h[2] * low[0]);
                }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_plain_sums),
        cmocka_unit_test(axes_are_told_apart),
        cmocka_unit_test(long_slices_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
