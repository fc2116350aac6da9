/* Scaling. Oracles: R's mean, sd, median, mad, IQR, min and max (reference, relative 1e-12 as it states); scikit-learn
 * 1.5.2 on a small table (tests/oracle/prepare_sklearn.py); identities. */
#include "kernels/prepare/scale.h"
#include "tests/kernels/prepare_cases.h"

enum { TRAIN = 24, ALL = 36, P = 6 };

static rml_scale fitted_on(const rml_columns *x, rml_scale_kind kind, bool sample)
{
    rml_scale fitted;
    const rml_scale_settings settings = {kind, sample};

    assert_int_equal(rml_scale_fit(x, &settings, &fitted), RML_OK);
    return fitted;
}

static void moments_are_those_of_r(void **state)
{
    rml_reference reference;
    rml_table expected;
    const cJSON *names;
    double *x;
    int32_t p;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("standardise/c80x400", &reference);
    rml_reference_table(&reference, "expected.csv", &expected);
    {
        cJSON *list = cJSON_CreateArray();

        for (int64_t r = 0; r < expected.n_rows; ++r)
            cJSON_AddItemToArray(list, cJSON_CreateString(expected.cell[r * expected.n_columns]));
        names = list;
        x = rml_table_matrix(&reference.input, names, &p);
        cJSON_Delete(list);
    }
    for (int kind = RML_SCALE_STANDARD; kind <= RML_SCALE_UNIT; ++kind)
        for (int sample = 0; sample <= (kind == RML_SCALE_STANDARD); ++sample) {
            static const char *const spread_of[] = {"sd_n", "iqr7", "mad", "max"};
            static const char *const offset_of[] = {"mean", "median", "median", "min"};
            const rml_columns columns = {reference.input.n_rows, reference.input.n_rows, p, x};
            rml_scale fitted = fitted_on(&columns, kind, sample);
            double *spread = rml_table_numbers(&expected, sample ? "sd_n1" : spread_of[kind]);
            double *offset = rml_table_numbers(&expected, offset_of[kind]);

            for (int32_t j = 0; j < p; ++j) {
                const double want = spread[j] - (kind == RML_SCALE_UNIT ? offset[j] : 0.0);

                assert_close(fitted.offset[j], offset[j], 1e-12, 0, expected.cell[(int64_t)j * expected.n_columns]);
                assert_close(fitted.scale[j], want > 0.0 ? want : 1.0, 1e-12, 0,
                             expected.cell[(int64_t)j * expected.n_columns]);
                assert_int_equal(fitted.state[j], want > 0.0 ? RML_SCALE_OK : RML_SCALE_FLAT);
            }
            rml_scale_free(&fitted);
            free(spread);
            free(offset);
        }
    rml_table_free(&expected);
    rml_reference_close(&reference);
    free(x);
}

/* Fitted on 24 rows, applied to 36. Yeo-Johnson: scikit-learn's lambda is as good as its likelihood's rounding, for
 * feature 4, which lies at 50, some 3e-6 from the best one (lambda_is_the_best); the values follow it. */
static void transforms_as_scikit_learn(void **state)
{
    static const struct {
        rml_scale_kind kind;
        const char *data, *want;
        double relative;
    } run[] = {
        {RML_SCALE_STANDARD, "x", "s", 1e-12},   {RML_SCALE_IQR, "x", "r", 1e-12},
        {RML_SCALE_UNIT, "x", "m", 1e-12},       {RML_SCALE_SYMMETRIC, "x", "q", 1e-12},
        {RML_SCALE_YEO_JOHNSON, "x", "y", 1e-5}, {RML_SCALE_STANDARD, "g", "z", 1e-12},
        {RML_SCALE_YEO_JOHNSON, "g", "v", 1e-5},
    };
    rml_table table;
    (void)state;

    oracle_open("prepare_small.csv", &table);
    for (size_t r = 0; r < sizeof run / sizeof *run; ++r) {
        double *x = oracle_matrix(&table, run[r].data, P, 0, ALL),
               *want = oracle_matrix(&table, run[r].want, P, 0, ALL);
        double *lambda = oracle_matrix(&table, "l", P, 0, ALL), out[ALL * P];
        const rml_columns train = {TRAIN, ALL, P, x}, all = {ALL, ALL, P, x};
        rml_scale fitted = fitted_on(&train, run[r].kind, false);

        assert_int_equal(rml_scale_apply(&fitted, &all, out, ALL), RML_OK);
        assert_all_close(out, want, (int64_t)ALL * P, run[r].relative, run[r].relative, run[r].want);
        for (int j = 0; run[r].want[0] == 'y' && j < P; ++j)
            assert_close(fitted.lambda[j], lambda[(ptrdiff_t)j * ALL], 1e-5, 0, "lambda");
        rml_scale_free(&fitted);
        free(x);
        free(want);
        free(lambda);
    }
    oracle_close(&table);
}

/* Yeo & Johnson 2000, equation 2: the four branches, worked by hand; continuous in lambda at 0 and 2. */
static void power_transform_by_hand(void **state)
{
    (void)state;
    assert_close(rml_yeo_johnson(3.0, 2.0), 7.5, 1e-15, 0, "(4^2 - 1) / 2");
    assert_close(rml_yeo_johnson(3.0, 0.0), log(4.0), 1e-15, 0, "log 4");
    assert_close(rml_yeo_johnson(-3.0, 2.0), -log(4.0), 1e-15, 0, "-log 4");
    assert_close(rml_yeo_johnson(-3.0, 0.0), -7.5, 1e-15, 0, "-(4^2 - 1) / 2");
    assert_close(rml_yeo_johnson(-3.0, 3.0), -0.75, 1e-15, 0, "-(1 / 4 - 1) / -1");
    assert_true(rml_yeo_johnson(0.3, 1.0) == 0.3 && rml_yeo_johnson(-7.0, 1.0) == -7.0);
    assert_close(rml_yeo_johnson(3.0, 1e-9), log(4.0), 1e-8, 0, "near 0");
    assert_true(isnan(rml_yeo_johnson(NAN, 0.5)));
}

/* The lambdas of the largest likelihood, in 60 digits: ours are as near as the likelihood's rounding lets one see. */
static void lambda_is_the_best(void **state)
{
    rml_table table;
    (void)state;

    oracle_open("prepare_small.csv", &table);
    {
        double *x = oracle_matrix(&table, "x", P, 0, TRAIN), *exact = oracle_matrix(&table, "e", P, 0, 1);
        const rml_columns train = {TRAIN, TRAIN, P, x};
        rml_scale fitted = fitted_on(&train, RML_SCALE_YEO_JOHNSON, false);

        for (int j = 0; j < P; ++j) assert_close(fitted.lambda[j], exact[j], 1e-7, 0, "lambda");
        rml_scale_free(&fitted);
        free(x);
        free(exact);
    }
    oracle_close(&table);
}

/* No spread: scale 1, value 0. No value: NaN. Missing values take no part and stay. */
static void flat_and_empty_columns(void **state)
{
    const double x[5 * 5] = {0.1, 0.1, 0.1, 0.1, 0.1, /**/ NAN, NAN, NAN,    NAN, NAN, /**/ 2, 2, 2,
                             2,   9,   NAN, 4,   NAN, NAN,      NAN, /**/ 1, 3,   NAN, 5,      7};
    const rml_columns columns = {5, 5, 5, x};
    (void)state;

    for (int kind = RML_SCALE_STANDARD; kind <= RML_SCALE_YEO_JOHNSON; ++kind) {
        rml_scale fitted = fitted_on(&columns, kind, true);
        const bool robust = kind == RML_SCALE_IQR || kind == RML_SCALE_MAD;
        double out[25];

        assert_int_equal(rml_scale_apply(&fitted, &columns, out, 5), RML_OK);
        assert_int_equal(fitted.state[0], RML_SCALE_FLAT);
        assert_int_equal(fitted.state[1], RML_SCALE_EMPTY);
        assert_int_equal(fitted.state[2], robust ? RML_SCALE_FLAT : RML_SCALE_OK);
        assert_int_equal(fitted.state[3], RML_SCALE_FLAT);
        assert_int_equal(fitted.state[4], RML_SCALE_OK);
        for (int i = 0; i < 5; ++i) {
            assert_true(out[i] == 0.0);
            assert_true(isnan(out[5 + i]));
        }
        if (robust) assert_true(out[10] == 0.0 && out[14] == 7.0);
        assert_true(out[16] == 0.0 && isnan(out[15]) && isnan(out[22]));
        if (kind == RML_SCALE_STANDARD) /* 1, 3, 5, 7: mean 4, variance 20 / 3 */
            assert_close(out[20], -3.0 / sqrt(20.0 / 3.0), 1e-15, 0, "z");
        if (kind == RML_SCALE_MAD) assert_close(out[24], 3.0 / (1.4826 * 2.0), 1e-15, 0, "by MAD");
        if (kind == RML_SCALE_IQR) assert_close(out[24], 3.0 / 3.0, 1e-15, 0, "by IQR");
        if (kind == RML_SCALE_SYMMETRIC) assert_true(out[20] == -1.0 && out[24] == 1.0);
        if (kind == RML_SCALE_UNIT) assert_true(out[20] == 0.0 && out[24] == 1.0);
        rml_scale_free(&fitted);
    }
}

/* Any units give the same z; a huge offset is no spread lost; rounding of a constant column's mean is no spread. */
static void units_and_offsets(void **state)
{
    double x[3 * 40], out[3 * 40];
    uint64_t seed = 3;
    const rml_columns columns = {40, 40, 3, x};
    rml_scale fitted;
    (void)state;

    for (int i = 0; i < 40; ++i) {
        x[i] = floor(1000.0 * rml_test_uniform(&seed));
        x[40 + i] = 1e9 + x[i];
        x[80 + i] = 1e-200 * x[i];
    }
    fitted = fitted_on(&columns, RML_SCALE_MAD, false);
    assert_int_equal(rml_scale_apply(&fitted, &columns, out, 40), RML_OK);
    for (int i = 0; i < 40; ++i) {
        assert_true(out[40 + i] == out[i]);
        assert_close(out[80 + i], out[i], 1e-14, 0, "tiny units");
    }
    rml_scale_free(&fitted);
    for (int i = 0; i < 40; ++i) x[80 + i] = i % 2 ? 1e9 : nextafter(1e9, 0.0);
    fitted = fitted_on(&columns, RML_SCALE_STANDARD, false);
    assert_int_equal(rml_scale_apply(&fitted, &columns, out, 40), RML_OK);
    for (int i = 0; i < 40; ++i) assert_close(out[40 + i], out[i], 0, 1e-9, "offset");
    assert_int_equal(fitted.state[2], RML_SCALE_FLAT);
    rml_scale_free(&fitted);
    x[0] = 1e16, x[1] = 1.0, x[2] = -1e16; /* lost in a plain sum */
    fitted = fitted_on(&(rml_columns){3, 3, 1, x}, RML_SCALE_STANDARD, false);
    assert_close(fitted.offset[0], 1.0 / 3.0, 1e-15, 0, "mean");
    rml_scale_free(&fitted);
}

static void bad_input_is_refused(void **state)
{
    double x[4] = {1, 2, 3, INFINITY}, out[4];
    rml_columns columns = {2, 2, 2, x};
    const rml_scale_settings settings = {RML_SCALE_STANDARD, false};
    rml_scale fitted;
    (void)state;

    assert_int_equal(rml_scale_fit(&columns, &settings, &fitted), RML_EVALUE);
    rml_scale_free(&fitted);
    x[3] = 4;
    assert_int_equal(rml_scale_fit(&columns, &settings, &fitted), RML_OK);
    columns.n_columns = 1;
    assert_int_equal(rml_scale_apply(&fitted, &columns, out, 2), RML_EINVAL);
    rml_scale_free(&fitted);
    columns.n_rows = 0;
    assert_int_equal(rml_scale_fit(&columns, &settings, &fitted), RML_EINVAL);
    rml_scale_free(&fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_r),  cmocka_unit_test(transforms_as_scikit_learn),
        cmocka_unit_test(power_transform_by_hand), cmocka_unit_test(lambda_is_the_best),
        cmocka_unit_test(flat_and_empty_columns),  cmocka_unit_test(units_and_offsets),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
