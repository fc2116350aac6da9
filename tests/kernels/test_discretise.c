/* Bins against PyRadiomics, and against edges counted one by one. */
#include "tests/support/support.h"

#include "kernels/preprocess/discretise.h"

static void check(const double *x, int n, double width, int32_t count, rml_scalar type, const int32_t *expected)
{
    const rml_binning binning = {width, count};
    int32_t bins[64];

    assert_int_equal(rml_discretise(x, n, &binning, type, bins), RML_OK);
    for (int i = 0; i < n; ++i) assert_int_equal(bins[i], expected[i]);
}

/* Oracle: PyRadiomics 3.0.1 with numpy 1.26.4. Values on edges, as i/10 and as sums of 0.1: all land one above the
 * closed form floor(x/w) - floor(min/w) + 1, because 0.5 mod 0.1 is a little below 0.1. */
static void ties_match_pyradiomics(void **state)
{
    double tenths[20], sums[24];
    int32_t expected[24];
    (void)state;

    for (int i = 0; i < 24; ++i) {
        if (i < 20) tenths[i] = (i + 5) / 10.0;
        sums[i] = i * 0.1 + 0.5;
        expected[i] = i + 2;
    }
    check(tenths, 20, 0.1, 0, RML_FLOAT64, expected);
    check(sums, 24, 0.1, 0, RML_FLOAT64, expected);
}

/* Oracle: PyRadiomics 3.0.1: negative integers, a fractional width, float32 values between doubles' edges. */
static void widths_match_pyradiomics(void **state)
{
    static const double negative[11] = {-51, -50, -26, -25, -24, -1, 0, 1, 24, 25, 49};
    static const int32_t of_negative[11] = {1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5};
    static const double fraction[8] = {-1.3, 0, 0.29, 0.3, 0.31, 3.7, 7.4, 11.1};
    static const int32_t of_fraction[8] = {1, 2, 2, 2, 2, 3, 3, 4};
    static const int32_t of_floats[31] = {1,  2,  4,  4,  6,  6,  7,  9,  9,  11, 11, 12, 13, 15, 16, 16,
                                          17, 18, 20, 21, 21, 22, 23, 25, 26, 26, 27, 28, 30, 31, 31};
    double floats[31];
    (void)state;

    check(negative, 11, 25, 0, RML_INT16, of_negative);
    check(fraction, 8, 3.7, 0, RML_FLOAT64, of_fraction);
    for (int i = 0; i < 31; ++i) floats[i] = (double)(float)(0.1 * i + 3);
    check(floats, 31, 0.1, 0, RML_FLOAT32, of_floats);
}

/* Oracle: PyRadiomics 3.0.1: float32 images have float32 edges, on which their values lie; the same values in a float64
 * image have not. The maximum stays in the last bin. */
static void counts_match_pyradiomics(void **state)
{
    static const double whole[17] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static const int32_t of_whole[17] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4};
    static const int32_t of_tenths[11] = {1, 2, 2, 4, 5, 6, 6, 8, 9, 10, 10};
    static const int32_t of_float_tenths[11] = {1, 2, 3, 4, 5, 6, 7, 8, 8, 10, 10};
    static const int32_t of_doubles[31] = {1,  1,  3,  3,  5,  6,  6,  8,  8,  10, 11, 11, 12, 14, 15, 16,
                                           16, 17, 19, 20, 21, 21, 22, 24, 25, 26, 26, 27, 29, 30, 30};
    double tenths[11], float_tenths[11], floats[31];
    int32_t of_floats[31];
    (void)state;

    check(whole, 17, 0, 4, RML_INT16, of_whole);
    for (int i = 0; i < 11; ++i) {
        tenths[i] = (i + 1) / 10.0;
        float_tenths[i] = (double)(float)tenths[i];
    }
    check(tenths, 11, 0, 10, RML_FLOAT64, of_tenths);
    check(float_tenths, 11, 0, 10, RML_FLOAT32, of_float_tenths);
    for (int i = 0; i < 31; ++i) {
        floats[i] = (double)(float)(0.1 * i + 3);
        of_floats[i] = i < 30 ? i + 1 : 30;
    }
    check(floats, 31, 0, 30, RML_FLOAT32, of_floats);
    check(floats, 31, 0, 30, RML_FLOAT64, of_doubles);
}

/* Oracle: PyRadiomics 3.0.1: a flat ROI is in the middle of a bin count, and in bin 1 of a width. */
static void flat_and_single(void **state)
{
    static const double flat[3] = {40, 40, 40}, one[1] = {7};
    static const int32_t middle[3] = {17, 17, 17}, third[3] = {3, 3, 3}, first[3] = {1, 1, 1}, fifth[1] = {5};
    (void)state;

    check(flat, 3, 0, 32, RML_INT16, middle);
    check(flat, 3, 0, 5, RML_FLOAT32, third);
    check(flat, 3, 25, 0, RML_FLOAT64, first);
    check(one, 1, 0, 8, RML_INT16, fifth);
    check(one, 1, 25, 0, RML_INT16, first);
}

/* The bin of x by its definition: edges made one after the other as numpy makes them, and counted while not above x. */
static int32_t plain_bin(double x, double low, double high, double width, int32_t count, rml_scalar type)
{
    int32_t bin = 0;

    if (count > 0) {
        for (int32_t i = 0; i <= count; ++i) {
            double e = i == count ? high : low + i * ((high - low) / count);
            if (type == RML_FLOAT32) e = (double)(float)e;
            if (i == count) e = type == RML_FLOAT32 ? (double)((float)e + 1.0f) : e + 1;
            bin += e <= x;
        }
    } else {
        double rest = fmod(low, width), first;
        int64_t n;
        if (rest < 0) rest += width;
        first = low - rest;
        n = (int64_t)ceil((high + 2 * width - first) / width);
        for (int64_t i = 0; i < n; ++i) bin += first + (double)i * (first + width - first) <= x;
    }
    return bin;
}

/* Oracle: counting edges, on random values and on values that lie on edges or one step beside. */
static void fast_form_matches_counting(void **state)
{
    static const double widths[] = {25, 5, 1, 0.1, 0.3, 3.7, 1.0 / 3, 0x1p-10, 1e-9};
    static const int32_t counts[] = {1, 2, 7, 16, 32, 128, 255};
    static const double centres[] = {0, -1000, 12345.678, 1e6, -4e15};
    uint64_t seed = 77;
    int n_compared = 0;
    (void)state;

    for (int round = 0; round < 1500; ++round) {
        enum { N = 60 };
        const rml_scalar type = round % 2 ? RML_FLOAT32 : RML_FLOAT64;
        const bool counted = round % 3 == 0;
        const double centre = centres[rml_test_random(&seed) % 5];
        const double width = widths[rml_test_random(&seed) % 9];
        const rml_binning binning = {width, counted ? counts[rml_test_random(&seed) % 7] : 0};
        double x[N], low, high;
        int32_t bins[N];
        for (int i = 0; i < N; ++i) {
            const double step = floor(rml_test_uniform(&seed) * 40) * width;
            x[i] = centre + (i % 3 ? step : width * 40 * rml_test_uniform(&seed));
            if (i % 3 == 2) x[i] = nextafter(x[i], i % 2 ? 1e300 : -1e300);
            if (type == RML_FLOAT32) x[i] = (double)(float)x[i];
        }
        low = high = x[0];
        for (int i = 1; i < N; ++i) {
            low = fmin(low, x[i]);
            high = fmax(high, x[i]);
        }
        if (low == high || (!counted && (high - low) / width > 1000)) continue; /* counting takes its time */
        assert_int_equal(rml_discretise(x, N, &binning, type, bins), RML_OK);
        for (int i = 0; i < N; ++i) assert_int_equal(bins[i], plain_bin(x[i], low, high, width, binning.count, type));
        ++n_compared;
    }
    assert_true(n_compared > 1000);
}

static void refusals(void **state)
{
    static const double wide[2] = {-1e300, 1e300}, huge[2] = {-1.7e308, 1.7e308}, small[2] = {0, 1};
    const rml_binning none = {0, 0}, nan = {NAN, 0}, width = {25, 0}, tiny = {1e-10, 0}, count = {0, 8};
    int32_t bins[2];
    (void)state;

    assert_int_equal(rml_discretise(small, 2, &none, RML_FLOAT64, bins), RML_EINVAL);
    assert_int_equal(rml_discretise(small, 2, &nan, RML_FLOAT64, bins), RML_EINVAL);
    assert_int_equal(rml_discretise(small, 0, &width, RML_FLOAT64, bins), RML_EEMPTY);
    assert_int_equal(rml_discretise(wide, 2, &width, RML_FLOAT64, bins), RML_ESETTING);
    assert_int_equal(rml_discretise(small, 2, &tiny, RML_FLOAT64, bins), RML_ESETTING);
    assert_int_equal(rml_discretise(huge, 2, &width, RML_FLOAT64, bins), RML_ESETTING);
    assert_int_equal(rml_discretise(huge, 2, &count, RML_FLOAT64, bins), RML_ESETTING);
    assert_int_equal(rml_discretise(wide, 2, &count, RML_FLOAT64, bins), RML_OK);
    assert_int_equal(bins[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties_match_pyradiomics),     cmocka_unit_test(widths_match_pyradiomics),
        cmocka_unit_test(counts_match_pyradiomics),   cmocka_unit_test(flat_and_single),
        cmocka_unit_test(fast_form_matches_counting), cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
