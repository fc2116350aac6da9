/* IBSI's statistics, histogram, intensity-volume histogram, levels and intensity mask. */
#include "tests/kernels/ibsi_cases.h"

#include "kernels/ibsi/masks.h"
#include "tests/support/measured.h"

enum { N = 203 };

/* x <- 1103515245 x + 12345 mod 2^31 from 12345; u = (x / 256) / 2^23 * 200 - 50, u^2 / 30 - 40: skewed. */
static void skewed(double values[N])
{
    int64_t x = 12345;

    for (int i = 0; i < N; ++i) {
        double u;

        x = (x * 1103515245 + 12345) % (INT64_C(1) << 31);
        u = (double)(x >> 8) / 8388608.0 * 200.0 - 50.0;
        values[i] = u * u / 30.0 - 40.0;
    }
}

/* Oracle: numpy 1.26.4 (mean, var, percentile) and scipy.stats skew, kurtosis (1.11.4). */
static void statistics_are_numpys(void **state)
{
    static const double expected[RML_IBSI_N_STATISTICS] = {
        158.20460228752273,  45659.344194973266, 1.006598205714712,  -0.19625632623499056, 53.788222609437824,
        -39.999999912385341, -35.86839566374389, 531.66884089579071, 699.05674508114316,   304.05642065878163,
        739.05674499352847,  179.00575193649956, 133.58122324043799, 168.27327927926069,   1.3506590143363433,
        1.1362903459620322,  14349672.197125081, 265.87222566474765};
    double values[N], work[N], value[RML_IBSI_N_STATISTICS];
    uint8_t reason[RML_IBSI_N_STATISTICS];

    (void)state;
    skewed(values);
    assert_int_equal(rml_ibsi_statistics(values, N, work, value, reason), RML_OK);
    for (int f = 0; f < RML_IBSI_N_STATISTICS; ++f) {
        rml_measured_of("numpy 1.26.4, scipy 1.11.4", "IBSI-1/%s",
                        rml_ibsi_family_features(RML_IBSI_STATISTICS)[f].tag);
        assert_close(value[f], expected[f], 1e-13, 0.0, "skewed numbers");
    }
    rml_measured_case(NULL, NULL);
}

static void statistics_of_few(void **state)
{
    const double flat[3] = {0.1, 0.1, 0.1}, two[2] = {3.0, -3.0};
    double work[3], value[RML_IBSI_N_STATISTICS];
    uint8_t reason[RML_IBSI_N_STATISTICS];

    (void)state;
    assert_int_equal(rml_ibsi_statistics(flat, 0, work, value, reason), RML_EEMPTY);
    assert_true(isnan(value[RML_IBSI_STAT_MEAN]));
    for (int n = 1; n <= 3; n += 2) {
        assert_int_equal(rml_ibsi_statistics(flat, n, work, value, reason), RML_OK);
        assert_true(value[RML_IBSI_STAT_MEAN] == 0.1 && value[RML_IBSI_STAT_VAR] == 0.0);
        assert_true(value[RML_IBSI_STAT_P10] == 0.1 && value[RML_IBSI_STAT_RMAD] == 0.0);
        assert_true(isnan(value[RML_IBSI_STAT_SKEW]) && reason[RML_IBSI_STAT_SKEW] == RML_WHY_FLAT);
        assert_true(isnan(value[RML_IBSI_STAT_KURT]) && reason[RML_IBSI_STAT_KURT] == RML_WHY_FLAT);
    }
    /* mean 0, quartiles -1.5 and 1.5, nothing between the 10th and the 90th percentile */
    assert_int_equal(rml_ibsi_statistics(two, 2, work, value, reason), RML_OK);
    assert_true(value[RML_IBSI_STAT_IQR] == 3.0 && value[RML_IBSI_STAT_KURT] == -2.0);
    assert_int_equal(reason[RML_IBSI_STAT_RMAD], RML_WHY_EMPTY_RANGE);
    assert_int_equal(reason[RML_IBSI_STAT_COV], RML_WHY_DEGENERATE);
    assert_int_equal(reason[RML_IBSI_STAT_QCOD], RML_WHY_DEGENERATE);
    /* powers that leave a double, above and below */
    assert_int_equal(rml_ibsi_statistics((const double[2]){1e200, -1e200}, 2, work, value, reason), RML_OK);
    assert_true(isnan(value[RML_IBSI_STAT_ENERGY]) && reason[RML_IBSI_STAT_ENERGY] == RML_WHY_OVERFLOW);
    assert_true(isnan(value[RML_IBSI_STAT_KURT]) && reason[RML_IBSI_STAT_KURT] == RML_WHY_OVERFLOW);
    assert_int_equal(rml_ibsi_statistics((const double[2]){1e-120, -1e-120}, 2, work, value, reason), RML_OK);
    assert_true(isnan(value[RML_IBSI_STAT_KURT]) && reason[RML_IBSI_STAT_KURT] == RML_WHY_UNDERFLOW);
}

/* Identity: a histogram's features are the statistics of its levels, where both have them. */
static void histogram_is_statistics(void **state)
{
    static const int pair[][2] = {
        {RML_IBSI_STAT_MEAN, RML_IBSI_IH_MEAN},     {RML_IBSI_STAT_VAR, RML_IBSI_IH_VAR},
        {RML_IBSI_STAT_SKEW, RML_IBSI_IH_SKEW},     {RML_IBSI_STAT_KURT, RML_IBSI_IH_KURT},
        {RML_IBSI_STAT_MEDIAN, RML_IBSI_IH_MEDIAN}, {RML_IBSI_STAT_MIN, RML_IBSI_IH_MIN},
        {RML_IBSI_STAT_P10, RML_IBSI_IH_P10},       {RML_IBSI_STAT_P90, RML_IBSI_IH_P90},
        {RML_IBSI_STAT_MAX, RML_IBSI_IH_MAX},       {RML_IBSI_STAT_IQR, RML_IBSI_IH_IQR},
        {RML_IBSI_STAT_RANGE, RML_IBSI_IH_RANGE},   {RML_IBSI_STAT_MAD, RML_IBSI_IH_MAD},
        {RML_IBSI_STAT_RMAD, RML_IBSI_IH_RMAD},     {RML_IBSI_STAT_MEDAD, RML_IBSI_IH_MEDAD},
        {RML_IBSI_STAT_COV, RML_IBSI_IH_COV},       {RML_IBSI_STAT_QCOD, RML_IBSI_IH_QCOD},
    };
    double values[N], work[N], stat[RML_IBSI_N_STATISTICS], ih[RML_IBSI_N_HISTOGRAM];
    uint8_t reason[32];

    (void)state;
    for (int n = 1; n <= N; n += 1 + n / 3) {
        for (int32_t n_bins = 2; n_bins <= 50; n_bins += 8) {
            const rml_ibsi_binning binning = {.count = n_bins};
            int64_t count[50] = {0};
            int32_t levels[N], n_levels;

            skewed(values);
            assert_int_equal(rml_ibsi_levels(values, n, &binning, levels, &n_levels), RML_OK);
            for (int i = 0; i < n; ++i) {
                values[i] = levels[i];
                ++count[levels[i] - 1];
            }
            assert_int_equal(rml_ibsi_statistics(values, n, work, stat, reason), RML_OK);
            assert_int_equal(rml_ibsi_histogram(count, n_levels, ih, reason), RML_OK);
            for (size_t k = 0; k < sizeof pair / sizeof *pair; ++k)
                assert_close(ih[pair[k][1]], stat[pair[k][0]], 1e-12, 1e-12,
                             rml_ibsi_family_features(RML_IBSI_HISTOGRAM)[pair[k][1]].tag);
        }
    }
}

/* By hand: counts 3 3 0 1 3 of levels 2 .. 6; mean 3.8. Modes 2, 3 and 6 are as many: 3 is the nearest. Gradients 0,
 * -1.5, -1, 1.5, 2. */
static void histogram_by_hand(void **state)
{
    const int64_t count[7] = {0, 3, 3, 0, 1, 3, 0}, one[3] = {0, 4, 0}, none[2] = {0, 0};
    double value[RML_IBSI_N_HISTOGRAM];
    uint8_t reason[RML_IBSI_N_HISTOGRAM];

    (void)state;
    assert_int_equal(rml_ibsi_histogram(count, 7, value, reason), RML_OK);
    assert_close(value[RML_IBSI_IH_MEAN], 3.8, 1e-15, 0.0, "mean");
    assert_true(value[RML_IBSI_IH_MODE] == 3.0);
    assert_true(value[RML_IBSI_IH_MAX_GRAD] == 2.0 && value[RML_IBSI_IH_MAX_GRAD_G] == 6.0);
    assert_true(value[RML_IBSI_IH_MIN_GRAD] == -1.5 && value[RML_IBSI_IH_MIN_GRAD_G] == 3.0);
    assert_close(value[RML_IBSI_IH_UNIFORMITY], 0.28, 1e-15, 0.0, "uniformity");
    assert_close(value[RML_IBSI_IH_ENTROPY], -0.9 * log2(0.3) - 0.1 * log2(0.1), 1e-15, 0.0, "entropy");
    /* modes 1 and 3 are as near the mean: the lower; all gradients are 1: the lowest level */
    assert_int_equal(rml_ibsi_histogram((const int64_t[3]){3, 0, 3}, 3, value, reason), RML_OK);
    assert_true(value[RML_IBSI_IH_MODE] == 1.0);
    assert_int_equal(rml_ibsi_histogram((const int64_t[3]){1, 2, 3}, 3, value, reason), RML_OK);
    assert_true(value[RML_IBSI_IH_MAX_GRAD_G] == 1.0 && value[RML_IBSI_IH_MIN_GRAD_G] == 1.0);
    assert_int_equal(rml_ibsi_histogram(one, 3, value, reason), RML_OK);
    assert_true(value[RML_IBSI_IH_MEAN] == 2.0 && value[RML_IBSI_IH_ENTROPY] == 0.0);
    assert_int_equal(reason[RML_IBSI_IH_MAX_GRAD_G], RML_WHY_FLAT);
    assert_int_equal(reason[RML_IBSI_IH_SKEW], RML_WHY_FLAT);
    assert_int_equal(rml_ibsi_histogram(none, 2, value, reason), RML_EEMPTY);
    assert_true(isnan(value[RML_IBSI_IH_MAX]));
}

/* The definition, read off voxel by voxel for each intensity of the axis. */
static void ivh_is_its_definition(void **state)
{
    static const rml_ibsi_ivh_axis axes[] = {
        {-40, 1, 741}, {-500, 1, 1401}, {-38.75, 2.5, 300}, {1, 1, 1000}, {1, 90, 11}};
    double values[N], value[RML_IBSI_N_IVH];
    uint8_t reason[RML_IBSI_N_IVH];

    (void)state;
    for (size_t k = 0; k < sizeof axes / sizeof *axes; ++k) {
        const rml_ibsi_ivh_axis *axis = &axes[k];
        double v[2] = {0.0, 0.0}, i[2] = {INFINITY, INFINITY}, area = 0.0, before = 0.0;
        const double part[2] = {0.1, 0.9};
        int64_t count[1500];

        skewed(values);
        for (int n = 0; n < N; ++n) values[n] = axis->first + axis->step * floor(fabs(values[n]) / axis->step);
        for (int32_t at = 0; at < axis->n; ++at) {
            const double intensity = axis->first + at * axis->step, gamma = (double)at / (axis->n - 1);
            double nu = 0.0;

            for (int n = 0; n < N; ++n) nu += values[n] >= intensity ? 1.0 / N : 0.0;
            for (int x = 0; x < 2; ++x) {
                if (gamma >= part[x] && nu > v[x]) v[x] = nu;
                if (nu <= part[x] && intensity < i[x]) i[x] = intensity;
            }
            if (at > 0) area += (nu + before) / 2.0 / (axis->n - 1);
            before = nu;
        }
        rml_ibsi_ivh_count(values, N, axis, count);
        assert_int_equal(rml_ibsi_ivh(count, N, axis, value, reason), RML_OK);
        assert_close(value[RML_IBSI_IVH_V10], v[0], 1e-12, 0.0, "V10");
        assert_close(value[RML_IBSI_IVH_V90], v[1], 1e-12, 0.0, "V90");
        assert_close(value[RML_IBSI_IVH_I10], i[0], 0.0, 0.0, "I10");
        assert_close(value[RML_IBSI_IVH_I90], i[1], 0.0, 0.0, "I90");
        assert_close(value[RML_IBSI_IVH_DIFF_V10_V90], v[0] - v[1], 1e-12, 0.0, "V10 - V90");
        assert_close(value[RML_IBSI_IVH_DIFF_I10_I90], i[0] - i[1], 0.0, 0.0, "I10 - I90");
        assert_close(value[RML_IBSI_IVH_AUC], area, 1e-12, 0.0, "area");
    }
}

static void ivh_undefined(void **state)
{
    const rml_ibsi_ivh_axis one = {7, 1, 1}, three = {1, 1, 3};
    const int64_t all[1] = {5}, top[3] = {0, 0, 10}, below[3] = {0, 1, 0};
    double value[RML_IBSI_N_IVH];
    uint8_t reason[RML_IBSI_N_IVH];

    (void)state;
    assert_int_equal(rml_ibsi_ivh(all, 0, &one, value, reason), RML_EEMPTY);
    assert_int_equal(rml_ibsi_ivh(all, 5, &one, value, reason), RML_OK);
    assert_true(isnan(value[RML_IBSI_IVH_V10]) && reason[RML_IBSI_IVH_V10] == RML_WHY_FLAT);
    assert_true(isnan(value[RML_IBSI_IVH_I10]) && reason[RML_IBSI_IVH_I10] == RML_WHY_NO_LEVEL);
    assert_int_equal(rml_ibsi_ivh(top, 10, &three, value, reason), RML_OK);
    assert_true(value[RML_IBSI_IVH_V90] == 1.0 && reason[RML_IBSI_IVH_DIFF_I10_I90] == RML_WHY_NO_LEVEL);
    assert_int_equal(rml_ibsi_ivh(below, 10, &three, value, reason), RML_OK); /* nine lie below the axis */
    assert_true(value[RML_IBSI_IVH_V10] == 0.1 && value[RML_IBSI_IVH_I10] == 1.0 && value[RML_IBSI_IVH_V90] == 0.0);
}

static void levels_by_hand(void **state)
{
    const double values[6] = {-500, -475.0001, -475, -474, 0, 400};
    const rml_ibsi_binning size = {.width = 25, .lowest = -500}, number = {.count = 4}, as_is = {0};
    const double tenths[4] = {0.1, nextafter(0.4, 0.0), 0.4, 0.3}, whole[3] = {3, 1, 9}, half[1] = {1.5};
    const double lifted[3] = {-1.37, nextafter(1.3, 0.0), 1.3}; /* 3 (x - min) / (max - min) of the middle one is 3 */
    int32_t levels[6], n_levels;

    (void)state;
    assert_int_equal(rml_ibsi_levels(values, 6, &size, levels, &n_levels), RML_OK);
    assert_memory_equal(levels, ((const int32_t[6]){1, 1, 2, 2, 21, 37}), sizeof levels);
    assert_int_equal(n_levels, 37);
    assert_int_equal(rml_ibsi_levels(values, 6, &number, levels, &n_levels), RML_OK);
    assert_memory_equal(levels, ((const int32_t[6]){1, 1, 1, 1, 3, 4}), sizeof levels);
    assert_int_equal(rml_ibsi_levels(tenths, 4, &number, levels, &n_levels), RML_OK);
    assert_true(levels[0] == 1 && levels[1] == 4 && levels[2] == 4 && levels[3] == 3 && n_levels == 4);
    assert_int_equal(rml_ibsi_levels(lifted, 3, &(rml_ibsi_binning){.count = 3}, levels, &n_levels), RML_OK);
    assert_true(levels[0] == 1 && levels[1] == 3 && levels[2] == 3);
    assert_int_equal(rml_ibsi_levels(values, 1, &number, levels, &n_levels), RML_OK);
    assert_true(levels[0] == 1 && n_levels == 1);
    assert_int_equal(rml_ibsi_levels(whole, 3, &as_is, levels, &n_levels), RML_OK);
    assert_true(levels[0] == 3 && levels[2] == 9 && n_levels == 9);
    assert_int_equal(rml_ibsi_levels(half, 1, &as_is, levels, &n_levels), RML_EVALUE);
    assert_int_equal(rml_ibsi_levels(values, 6, &as_is, levels, &n_levels), RML_EVALUE);
    assert_int_equal(rml_ibsi_levels(values, 6, &(rml_ibsi_binning){.width = 25, .lowest = -499}, levels, &n_levels),
                     RML_EVALUE);
    assert_int_equal(rml_ibsi_levels(values, 6, &(rml_ibsi_binning){.width = 1e-9, .lowest = -500}, levels, &n_levels),
                     RML_ESETTING);
    assert_int_equal(rml_ibsi_levels(values, 0, &size, levels, &n_levels), RML_EEMPTY);
}

/* By hand: ten voxels of 0 and one of 11 in the mask: mean 1, variance 10, so 11 lies 10 / sqrt 10 = 3.16 deviations
 * off; a 1000 outside the mask has no part in it. */
static void intensity_mask(void **state)
{
    double image[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 1000};
    const uint8_t start[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    uint8_t mask[12];
    int64_t left;

    (void)state;
    memcpy(mask, start, sizeof mask);
    assert_int_equal(rml_ibsi_outliers(image, 12, 3.17, mask, &left), RML_OK);
    assert_int_equal(left, 11);
    assert_int_equal(rml_ibsi_outliers(image, 12, 3.0, mask, &left), RML_OK);
    assert_int_equal(left, 10);
    assert_int_equal(mask[10], 0);
    memcpy(mask, start, sizeof mask);
    rml_ibsi_resegment(image, 12, 0.0, 11.0, mask, &left); /* closed */
    assert_int_equal(left, 11);
    rml_ibsi_resegment(image, 12, -INFINITY, 10.9, mask, &left);
    assert_int_equal(left, 10);
    for (int i = 0; i < 12; ++i) image[i] = 0.1; /* equal voxels are no outliers */
    assert_int_equal(rml_ibsi_outliers(image, 12, 3.0, mask, &left), RML_OK);
    assert_int_equal(left, 10);
    rml_ibsi_resegment(image, 12, 1.0, 2.0, mask, &left);
    assert_int_equal(left, 0);
    assert_int_equal(rml_ibsi_outliers(image, 12, 3.0, mask, &left), RML_EEMPTY);
}

/* Every family's features have names of their own. */
static void catalogue(void **state)
{
    int32_t n = 0;

    (void)state;
    for (int f = 0; f < RML_IBSI_N_FAMILIES; ++f) {
        const rml_ibsi_feature *features = rml_ibsi_family_features((rml_ibsi_family)f);

        for (int32_t k = 0; k < rml_ibsi_family_size((rml_ibsi_family)f); ++k, ++n) {
            assert_int_equal(strlen(features[k].code), 4);
            assert_true(*features[k].tag && *features[k].name);
            for (int32_t j = 0; j < k; ++j) assert_string_not_equal(features[k].tag, features[j].tag);
        }
    }
    assert_int_equal(n, 79);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_numpys),
        cmocka_unit_test(statistics_of_few),
        cmocka_unit_test(histogram_is_statistics),
        cmocka_unit_test(histogram_by_hand),
        cmocka_unit_test(ivh_is_its_definition),
        cmocka_unit_test(ivh_undefined),
        cmocka_unit_test(levels_by_hand),
        cmocka_unit_test(intensity_mask),
        cmocka_unit_test(catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
