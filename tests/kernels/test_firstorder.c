/* First-order features against PyRadiomics, IBSI's phantom and sorting. */
#include "tests/support/ibsi_phantom.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

#include "kernels/firstorder/firstorder.h"
#include "kernels/preprocess/discretise.h"

static double value[RML_MAX_CLASS_FEATURES];
static uint8_t reason[RML_MAX_CLASS_FEATURES];

static double of(const char *name)
{
    const int32_t f = rml_feature_index(RML_FIRSTORDER, name);

    assert_true(f >= 0);
    return value[f];
}

static int why(const char *name)
{
    return reason[rml_feature_index(RML_FIRSTORDER, name)];
}

/* All features, the histogram by binWidth. */
static void compute(const double *x, int64_t n, double width, double volume, double shift)
{
    const rml_binning binning = {.width = width};
    int32_t *bins = malloc((size_t)n * sizeof *bins), most = 0;
    void *scratch = aligned_alloc(64, rml_firstorder_scratch_bytes(n));
    int64_t *count;

    assert_true(bins && scratch);
    assert_int_equal(rml_discretise(x, n, &binning, RML_FLOAT64, bins), RML_OK);
    for (int64_t i = 0; i < n; ++i)
        if (bins[i] > most) most = bins[i];
    count = calloc((size_t)most, sizeof *count);
    assert_non_null(count);
    for (int64_t i = 0; i < n; ++i) ++count[bins[i] - 1];
    assert_int_equal(rml_firstorder_features(x, n, count, most, volume, shift, UINT32_MAX, scratch, value, reason),
                     RML_OK);
    free(count);
    free(scratch);
    free(bins);
}

static const char *const names[18] = {"10Percentile",
                                      "90Percentile",
                                      "Energy",
                                      "Entropy",
                                      "InterquartileRange",
                                      "Kurtosis",
                                      "Maximum",
                                      "Mean",
                                      "MeanAbsoluteDeviation",
                                      "Median",
                                      "Minimum",
                                      "Range",
                                      "RobustMeanAbsoluteDeviation",
                                      "RootMeanSquared",
                                      "Skewness",
                                      "TotalEnergy",
                                      "Uniformity",
                                      "Variance"};

/* Oracle: PyRadiomics 3.0.1 on three images by formula, spacing 0.8, 1.1, 2.5 mm, binWidth 25, 5 and 0.4. */
static void formula_images_match_pyradiomics(void **state)
{
    enum { NX = 9, NY = 8, NZ = 7 };
    static const double width[3] = {25, 5, 0.4};
    static const double expected[3][18] = {
        {9.0, 87.0, 1221428.0, 1.9980002783495334, 47.0, 1.8157275739338061, 96.0, 47.483870967741936,
         24.053790122468584, 48.0, 0.0, 96.0, 19.793036279522767, 55.05305359085379, 0.0015652185812724028, 2687141.6,
         0.25068192033692716, 776.1207075962539},
        {-58.0, 49.60000000000002, 255120.0, 4.937524141255171, 58.0, 2.429255879483297, 90.0, -8.0, 32.94117647058823,
         -12.0, -90.0, 180.0, 23.8680462241333, 40.83443375868162, 0.32428361494496566, 561264.0, 0.03626810201204665,
         1603.4509803921567},
        {-1.76, 4.9, 1596.051, 4.380744135047297, 4.255, 1.8175512924910817, 5.640000000000001, 1.5641884816753926,
         2.094235903621063, 1.5700000000000003, -2.5, 8.14, 1.7139575642013876, 2.8907244694220138, 0.01176844135432699,
         3511.3122000000003, 0.050738740714344456, 5.909602351909213},
    };
    double x[NX * NY * NZ];
    (void)state;

    for (int which = 0; which < 3; ++which) {
        int64_t n = 0;
        for (int k = 0; k < NZ; ++k)
            for (int j = 0; j < NY; ++j)
                for (int i = 0; i < NX; ++i) {
                    const int squares = 2 * ((i - 4) * (i - 4) + (j - 4) * (j - 4)) + 3 * (k - 3) * (k - 3);
                    const bool in = which == 0   ? (i * 7 + j * 11 + k * 13) % 5 != 0
                                    : which == 1 ? squares <= 25
                                                 : (i + 2 * j + 3 * k) % 4 < 2 && i * j + k > 5;
                    if (!in) continue;
                    x[n++] = which == 0   ? (3 * i * i + 17 * j + 29 * k + i * j) % 97
                             : which == 1 ? (i * 5 - j * 3) * (k + 1) - 40
                                          : (i * i + j * k) % 23 * 0.37 - 2.5;
                }
        compute(x, n, width[which], 0.8 * 1.1 * 2.5, 0);
        for (int f = 0; f < 18; ++f) {
            rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_firstorder_%s", names[f]);
            assert_close(of(names[f]), expected[which][f], 1e-11, 0, "images by formula");
        }
        rml_measured_case("PyRadiomics/original_firstorder_StandardDeviation",
                          "PyRadiomics 3.0.1, root of its Variance");
        assert_close(of("StandardDeviation"), sqrt(expected[which][17]), 1e-13, 0, "images by formula");
        rml_measured_case(NULL, NULL);
    }
}

/* Oracle: IBSI 1 reference values of the digital phantom, exact to the published digits. */
static void phantom_matches_ibsi(void **state)
{
    double x[80];
    int64_t n = 0;
    (void)state;

    for (int v = 0; v < 80; ++v)
        if (ibsi_phantom_mask[v]) x[n++] = ibsi_phantom_image[v];
    assert_int_equal(n, 74);
    compute(x, n, 1, 8, 0);
    assert_close(of("Mean"), 2.15, 0, 0.005, "Q4LE");
    assert_close(of("Variance"), 3.05, 0, 0.005, "ECT3");
    assert_close(of("Skewness"), 1.08, 0, 0.005, "KE2A");
    assert_close(of("Kurtosis") - 3, -0.355, 0, 0.0005, "IPH6");
    assert_close(of("Median"), 1, 0, 0, "Y12H");
    assert_close(of("Minimum"), 1, 0, 0, "1GSF");
    assert_close(of("10Percentile"), 1, 0, 0, "QG58");
    assert_close(of("90Percentile"), 4, 0, 0, "8DWT");
    assert_close(of("Maximum"), 6, 0, 0, "84IY");
    assert_close(of("InterquartileRange"), 3, 0, 0, "SALO");
    assert_close(of("Range"), 5, 0, 0, "2OJQ");
    assert_close(of("MeanAbsoluteDeviation"), 1.55, 0, 0.005, "4FUA");
    assert_close(of("RobustMeanAbsoluteDeviation"), 1.11, 0, 0.005, "1128");
    assert_close(of("Energy"), 567, 0, 0, "N8CA");
    assert_close(of("RootMeanSquared"), 2.77, 0, 0.005, "5ZWQ");
    assert_close(of("Entropy"), 1.27, 0, 0.005, "TLU2"); /* of the discretised phantom, one bin a level */
    assert_close(of("Uniformity"), 0.512, 0, 0.0005, "BJ5W");
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* numpy.percentile(…, 100 q) of sorted x, method "linear". */
static double percentile_of(const double *sorted, int64_t n, double q)
{
    const double place = (double)(n - 1) * q, t = place - floor(place);
    const double a = sorted[(int64_t)place], b = sorted[(int64_t)place + 1 < n ? (int64_t)place + 1 : n - 1];

    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/* Oracle: sorting, for every kind of distribution that a selection by buckets could stumble on. */
static void percentiles_match_sorting(void **state)
{
    static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 21, 41, 100, 1001, 4096, 20000};
    static double x[20000];
    uint64_t seed = 5;
    (void)state;

    for (int kind = 0; kind < 7; ++kind)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
            const int64_t n = sizes[s];
            for (int64_t i = 0; i < n; ++i) {
                const double u = rml_test_uniform(&seed);
                x[i] = kind == 0   ? u * 100 - 50
                       : kind == 1 ? floor(u * 4)                /* many ties */
                       : kind == 2 ? exp(40 * u)                 /* nearly all in the first bucket */
                       : kind == 3 ? (double)i                   /* in order */
                       : kind == 4 ? (i == 0 ? 1e300 : u)        /* one far away */
                       : kind == 5 ? (i % 2 ? 1e308 : -1e308)    /* a range beyond a double */
                                   : 1 + floor(u * 3) * 0x1p-52; /* three neighbouring doubles */
            }
            if (kind == 5 || kind == 4) { /* the sums overflow, the order statistics do not */
                void *scratch = aligned_alloc(64, rml_firstorder_scratch_bytes(n));
                assert_non_null(scratch);
                assert_int_equal(rml_firstorder_features(x, n, &n, 1, 1, 0, UINT32_MAX, scratch, value, reason),
                                 RML_OK);
                free(scratch);
            } else {
                compute(x, n, kind == 2 ? 1e13 : 0.7, 1, 0);
            }
            qsort(x, (size_t)n, sizeof *x, ascending);
            assert_close(of("10Percentile"), percentile_of(x, n, 0.1), 0, 0, "10Percentile");
            assert_close(of("90Percentile"), percentile_of(x, n, 0.9), 0, 0, "90Percentile");
            assert_close(of("InterquartileRange"), percentile_of(x, n, 0.75) - percentile_of(x, n, 0.25), 0, 0, "IQR");
            assert_close(of("Median"), x[(n - 1) / 2] / 2 + x[n / 2] / 2, 0, 0, "Median");
            assert_close(of("Minimum"), x[0], 0, 0, "Minimum");
            assert_close(of("Maximum"), x[n - 1], 0, 0, "Maximum");
        }
}

/* Oracle: the definitions, summed plainly in long double. */
static void moments_match_definitions(void **state)
{
    enum { N = 10007 };
    static double x[N];
    long double mean = 0, m2 = 0, m3 = 0, m4 = 0, absolute = 0, squares = 0;
    uint64_t seed = 8;
    (void)state;

    for (int i = 0; i < N; ++i) {
        x[i] = 1000 + 30 * rml_test_uniform(&seed) * rml_test_uniform(&seed);
        mean += x[i];
        squares += ((long double)x[i] + 300) * ((long double)x[i] + 300);
    }
    mean /= N;
    for (int i = 0; i < N; ++i) {
        const long double d = x[i] - mean;
        m2 += d * d / N;
        m3 += d * d * d / N;
        m4 += d * d * d * d / N;
        absolute += fabsl(d) / N;
    }
    compute(x, N, 25, 2.5, 300);
    assert_close(of("Mean"), (double)mean, 1e-15, 0, "Mean");
    assert_close(of("Variance"), (double)m2, 1e-12, 0, "Variance");
    assert_close(of("Skewness"), (double)(m3 / (m2 * sqrtl(m2))), 1e-12, 0, "Skewness");
    assert_close(of("Kurtosis"), (double)(m4 / (m2 * m2)), 1e-12, 0, "Kurtosis");
    assert_close(of("MeanAbsoluteDeviation"), (double)absolute, 1e-12, 0, "MeanAbsoluteDeviation");
    assert_close(of("Energy"), (double)squares, 1e-14, 0, "Energy");
    assert_close(of("TotalEnergy"), (double)squares * 2.5, 1e-14, 0, "TotalEnergy");
    assert_close(of("RootMeanSquared"), (double)sqrtl(squares / N), 1e-14, 0, "RootMeanSquared");
}

/* Oracle: PyRadiomics 3.0.1: a flat ROI, two voxels (18 and 80), three (98, 99, 99). */
static void small_and_flat(void **state)
{
    static const double flat[12] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    static const double two[2] = {18, 80}, three[3] = {98, 99, 99};
    (void)state;

    compute(flat, 12, 25, 1, 0);
    assert_close(of("Skewness"), 0, 0, 0, "flat");
    assert_close(of("Kurtosis"), 0, 0, 0, "flat");
    assert_int_equal(why("Skewness"), RML_WHY_FLAT);
    assert_int_equal(why("Kurtosis"), RML_WHY_FLAT);
    assert_int_equal(why("Variance"), RML_DEFINED);
    assert_close(of("Variance"), 0, 0, 0, "flat");
    assert_close(of("Mean"), 0.1, 0, 0, "flat");
    assert_close(of("RobustMeanAbsoluteDeviation"), 0, 0, 0, "flat");
    assert_close(of("Entropy"), -3.203426503814917e-16, 0, 1e-20, "flat");
    assert_close(of("Uniformity"), 1, 0, 0, "flat");

    compute(flat, 1, 25, 1, 0);
    assert_close(of("90Percentile"), 0.1, 0, 0, "one voxel");
    assert_int_equal(why("Kurtosis"), RML_WHY_FLAT);

    compute(two, 2, 25, 1, 0);
    assert_close(of("10Percentile"), 24.2, 1e-15, 0, "two voxels");
    assert_close(of("90Percentile"), 73.8, 1e-15, 0, "two voxels");
    assert_close(of("InterquartileRange"), 31, 1e-15, 0, "two voxels");
    assert_close(of("Kurtosis"), 1, 1e-15, 0, "two voxels");
    assert_close(of("Entropy"), 0.9999999999999993, 1e-15, 0, "two voxels");
    assert_true(isnan(of("RobustMeanAbsoluteDeviation")));
    assert_int_equal(why("RobustMeanAbsoluteDeviation"), RML_WHY_EMPTY_RANGE);

    compute(three, 3, 25, 2, 0);
    assert_close(of("10Percentile"), 98.2, 1e-15, 0, "three voxels");
    assert_close(of("RobustMeanAbsoluteDeviation"), 0, 0, 0, "three voxels");
    assert_close(of("Skewness"), -0.7071067811865779, 1e-12, 0, "three voxels");
    assert_close(of("TotalEnergy"), 58412, 0, 0, "three voxels");
}

static void unwanted_empty_and_overflow(void **state)
{
    static const double large[8] = {1e200, -1e200, 2e200, 3, 4, 5, 6, 7};
    static const int64_t count[1] = {8};
    const int32_t f = rml_feature_index(RML_FIRSTORDER, "Mean");
    _Alignas(64) unsigned char scratch[64];
    (void)state;

    assert_int_equal(rml_firstorder_scratch_bytes(8), 64);
    assert_int_equal(rml_firstorder_features(large, 0, count, 0, 1, 0, UINT32_MAX, scratch, value, reason), RML_EEMPTY);
    assert_true(isnan(of("Mean")));
    assert_int_equal(rml_firstorder_features(large, 8, count, 1, 1, 0, 1u << f, scratch, value, reason), RML_OK);
    for (int32_t k = 0; k < rml_class_size(RML_FIRSTORDER); ++k) assert_int_equal(isnan(value[k]), k != f);
    assert_int_equal(rml_firstorder_features(large, 8, count, 1, 1, 0, UINT32_MAX, scratch, value, reason), RML_OK);
    assert_int_equal(why("Energy"), RML_WHY_OVERFLOW);
    assert_int_equal(why("Mean"), RML_DEFINED);
}

/* Oracle: numpy 1.26.4 on PyRadiomics 3.0.1's formulas: 0 where the variance is 0, nan where only its powers are, or
 * are infinite. */
static void spreads_at_the_ends_of_a_double(void **state)
{
    static const struct {
        double unit, skewness, kurtosis;
        rml_reason why_skewness, why_kurtosis;
    } cases[] = {
        {1e-298, 0, 0, RML_WHY_FLAT, RML_WHY_FLAT},
        {1e-110, NAN, NAN, RML_WHY_UNDERFLOW, RML_WHY_UNDERFLOW},
        {1e-100, 0.43465076, NAN, RML_DEFINED, RML_WHY_UNDERFLOW},
        {1e80, 0.43465076, NAN, RML_DEFINED, RML_WHY_OVERFLOW},
        {1e200, NAN, NAN, RML_WHY_OVERFLOW, RML_WHY_OVERFLOW},
    };
    static const int64_t count[1] = {4};
    _Alignas(64) unsigned char scratch[64];

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        const double u = cases[k].unit, x[4] = {1 * u, 2 * u, 3 * u, 5 * u};

        assert_int_equal(rml_firstorder_features(x, 4, count, 1, 1, 0, UINT32_MAX, scratch, value, reason), RML_OK);
        assert_int_equal(why("Skewness"), cases[k].why_skewness);
        assert_int_equal(why("Kurtosis"), cases[k].why_kurtosis);
        if (isnan(cases[k].skewness))
            assert_true(isnan(of("Skewness")));
        else
            assert_close(of("Skewness"), cases[k].skewness, 1e-7, 0, "Skewness"); /* the digits that numpy printed */
        if (isnan(cases[k].kurtosis))
            assert_true(isnan(of("Kurtosis")));
        else
            assert_close(of("Kurtosis"), cases[k].kurtosis, 0, 0, "Kurtosis");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_images_match_pyradiomics),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(percentiles_match_sorting),
        cmocka_unit_test(moments_match_definitions),
        cmocka_unit_test(small_and_flat),
        cmocka_unit_test(spreads_at_the_ends_of_a_double),
        cmocka_unit_test(unwanted_empty_and_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
