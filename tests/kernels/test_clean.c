/* Columns to drop. Oracles: the example of caret's nearZeroVar (1000 rows, one of another value: frequency ratio 999,
 * 0.2 per cent unique) and its cuts at their edges, by its definition; R's coefficients of variation (reference,
 * relative 1e-12 as it states). */
#include "kernels/prepare/clean.h"
#include "tests/kernels/prepare_cases.h"

static rml_clean_column judged(const double *x, int64_t n, const rml_clean_settings *settings)
{
    const rml_columns columns = {n, n, 1, x};
    rml_clean_column result;

    assert_int_equal(rml_clean(&columns, settings, &result), RML_OK);
    return result;
}

/* n rows: one value n_first times, another n_second times, the rest all different. */
static rml_clean_column judged_counts(int64_t n, int64_t n_first, int64_t n_second, const rml_clean_settings *settings)
{
    double *x = malloc((size_t)n * sizeof *x);
    rml_clean_column result;

    for (int64_t i = 0; i < n; ++i)
        x[i * 7 % n] = i < n_first ? 5.0 : i < n_first + n_second ? 3.0 : 100.0 + (double)i; /* n prime to 7 */
    result = judged(x, n, settings);
    free(x);
    return result;
}

static void near_constant_as_caret(void **state)
{
    rml_clean_settings settings = rml_clean_defaults();
    rml_clean_column column = judged_counts(1000, 999, 1, &settings);
    (void)state;

    assert_true(column.freq_ratio == 999.0 && column.percent_unique == 0.2 && column.missing == 0.0);
    assert_int_equal(column.reason, RML_CLEAN_NEAR_CONSTANT);
    column = judged_counts(100, 95, 5, &settings); /* 19 is not above 19 */
    assert_true(column.freq_ratio == 19.0 && column.percent_unique == 2.0);
    assert_int_equal(column.reason, RML_CLEAN_KEEP);
    column = judged_counts(100, 96, 4, &settings);
    assert_int_equal(column.reason, RML_CLEAN_NEAR_CONSTANT);
    column = judged_counts(100, 91, 1, &settings); /* 10 distinct of 100 are not above 10 per cent */
    assert_true(column.percent_unique == 10.0 && column.freq_ratio == 91.0);
    assert_int_equal(column.reason, RML_CLEAN_NEAR_CONSTANT);
    column = judged_counts(100, 90, 1, &settings);
    assert_int_equal(column.reason, RML_CLEAN_KEEP);
    settings.unique_cut = 11.0;
    assert_int_equal(judged_counts(100, 90, 1, &settings).reason, RML_CLEAN_NEAR_CONSTANT);
    settings.freq_cut = INFINITY;
    assert_int_equal(judged_counts(1000, 999, 1, &settings).reason, RML_CLEAN_KEEP);
    assert_int_equal(judged_counts(1000, 1000, 0, &settings).reason, RML_CLEAN_CONSTANT);
}

static void missing_values(void **state)
{
    rml_clean_settings settings = rml_clean_defaults();
    const double half[6] = {NAN, 4, NAN, 4, NAN, 6}, none[3] = {NAN, NAN, NAN}, one[2] = {NAN, 2};
    rml_clean_column column = judged(half, 6, &settings);
    (void)state;

    assert_int_equal(column.reason, RML_CLEAN_KEEP); /* half is not above half */
    assert_true(column.missing == 0.5 && column.freq_ratio == 2.0);
    assert_close(column.percent_unique, 100.0 / 3.0, 1e-15, 0, "of all rows");
    assert_close(column.variation, sqrt(4.0 / 3.0) / (14.0 / 3.0), 1e-15, 0, "of the observed rows");
    settings.max_missing = 0.49;
    assert_int_equal(judged(half, 6, &settings).reason, RML_CLEAN_MISSING);
    settings.max_missing = 1.0;
    column = judged(none, 3, &settings);
    assert_int_equal(column.reason, RML_CLEAN_MISSING);
    assert_true(column.missing == 1.0 && isnan(column.variation) && column.freq_ratio == 0.0);
    assert_int_equal(judged(one, 2, &settings).reason, RML_CLEAN_CONSTANT);
}

static void low_variation(void **state)
{
    rml_clean_settings settings = rml_clean_defaults();
    const double x[4] = {-99, -100, -101, -100}, centred[3] = {-1, 0, 1};
    const double cv = sqrt(2.0 / 3.0) / 100.0;
    (void)state;

    assert_close(judged(x, 4, &settings).variation, cv, 1e-15, 0, "about a negative mean");
    assert_int_equal(judged(x, 4, &settings).reason, RML_CLEAN_KEEP);
    settings.min_variation = 0.9 * cv;
    assert_int_equal(judged(x, 4, &settings).reason, RML_CLEAN_KEEP);
    settings.min_variation = 1.1 * cv;
    assert_int_equal(judged(x, 4, &settings).reason, RML_CLEAN_LOW_VARIATION);
    settings.min_variation = 1e300;
    assert_true(isinf(judged(centred, 3, &settings).variation));
    assert_int_equal(judged(centred, 3, &settings).reason, RML_CLEAN_KEEP);
}

static void variation_is_that_of_r(void **state)
{
    rml_reference reference;
    rml_table expected;
    double *cv, *sd;
    const rml_clean_settings settings = rml_clean_defaults();
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("standardise/c80x400", &reference);
    rml_reference_table(&reference, "expected.csv", &expected);
    cv = rml_table_numbers(&expected, "cv");
    sd = rml_table_numbers(&expected, "sd_n1");
    for (int64_t j = 0; j < expected.n_rows; ++j) {
        const char *name = expected.cell[j * expected.n_columns];
        double *x = rml_table_numbers(&reference.input, name);
        const rml_clean_column column = judged(x, reference.input.n_rows, &settings);

        assert_close(column.variation, fabs(cv[j]), 1e-12, 0, name);
        assert_int_equal(column.reason == RML_CLEAN_CONSTANT, sd[j] == 0.0);
        if (strcmp(name, "nearconst") == 0) assert_int_equal(column.reason, RML_CLEAN_NEAR_CONSTANT);
        free(x);
    }
    rml_table_free(&expected);
    rml_reference_close(&reference);
    free(cv);
    free(sd);
}

static void bad_input_is_refused(void **state)
{
    const double x[2] = {1, INFINITY};
    rml_columns columns = {2, 2, 1, x};
    rml_clean_settings settings = rml_clean_defaults();
    rml_clean_column result;
    (void)state;

    assert_int_equal(rml_clean(&columns, &settings, &result), RML_EVALUE);
    settings.max_missing = NAN;
    assert_int_equal(rml_clean(&columns, &settings, &result), RML_EINVAL);
    settings = rml_clean_defaults();
    columns.n_rows = 0;
    assert_int_equal(rml_clean(&columns, &settings, &result), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_constant_as_caret), cmocka_unit_test(missing_values),
        cmocka_unit_test(low_variation),          cmocka_unit_test(variation_is_that_of_r),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
