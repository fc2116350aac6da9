/* Calibration against R 4.2.2's glm, rms 6.5-0 and ResourceSelection 0.3-6, and what must hold for any predictions. */
#include "kernels/stats/calibration.h"
#include "kernels/stats/distribution.h"
#include "tests/support/reference.h"

static const char *const cases[] = {"calibration/extreme", "calibration/few_values", "calibration/n400",
                                    "calibration/n82", "calibration/rounded_ties"};

static uint8_t *read_case(const char *name, rml_reference *reference, double **p)
{
    double *numbers;
    uint8_t *y;

    rml_reference_open(name, reference);
    *p = rml_table_numbers(&reference->input, "p");
    numbers = rml_table_numbers(&reference->input, "y");
    y = malloc((size_t)reference->input.n_rows);
    assert_non_null(y);
    for (int64_t i = 0; i < reference->input.n_rows; ++i) y[i] = numbers[i] != 0.0;
    free(numbers);
    return y;
}

static double number(const cJSON *object, const char *name)
{
    return rml_json_number(rml_json(object, name));
}

static void check_list(const cJSON *object, const char *name, const double *value, double relative)
{
    int32_t n;
    double *expected = rml_json_numbers(rml_json(object, name), &n);

    for (int32_t i = 0; i < n; ++i) assert_close(value[i], expected[i], relative, 0, name);
    free(expected);
}

static void check_test(const cJSON *expected, int32_t n_asked, const uint8_t *y, const double *p, int64_t n)
{
    double counts[RML_HOSLEM_GROUPS], others[RML_HOSLEM_GROUPS];
    rml_hoslem test, other;

    assert_int_equal(rml_hoslem_test(y, p, n, n_asked, RML_HOSLEM_FITTED, &test),
                     number(expected, "df") > 0.0 ? RML_OK : RML_EVALUE);
    assert_close(test.chisq, number(expected, "chisq"), 1e-10, 0, "chisq");
    assert_int_equal(test.df, number(expected, "df"));
    assert_close(test.p, number(expected, "p"), 1e-9, 1e-15, "p"); /* R takes it from 1: good to 1e-16 */
    /* Of rows that nothing was fitted to: the same quotient, and two degrees more. */
    assert_int_equal(rml_hoslem_test(y, p, n, n_asked, 0, &other), RML_OK);
    assert_true(other.chisq == test.chisq && other.df == test.df + 2);
    assert_close(other.p, rml_chisq_upper(number(expected, "chisq"), other.df), 1e-10, 0, "p of other rows");
    assert_int_equal(test.n_groups, cJSON_GetArraySize(rml_json(expected, "groups")));
    for (int32_t g = 0; g < test.n_groups; ++g) {
        counts[g] = (double)test.n[g];
        others[g] = counts[g] - test.observed[g];
    }
    check_list(expected, "n", counts, 0);
    check_list(expected, "observed1", test.observed, 0);
    check_list(expected, "observed0", others, 0);
    check_list(expected, "expected1", test.expected, 1e-12);
}

static void tests_are_those_of_hoslem(void **state)
{
    static const struct {
        const char *name;
        int32_t n;
    } asked[] = {{"g10", 10}, {"g8", 8}, {"g5", 5}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_reference reference;
        rml_hoslem test;
        double *p, *breaks;
        uint8_t *y = read_case(cases[c], &reference, &p);
        int32_t n_breaks, at = 0;

        for (int k = 0; k < 3; ++k)
            check_test(rml_json(rml_json(reference.result, "hl"), asked[k].name), asked[k].n, y, p,
                       reference.input.n_rows);
        breaks = rml_json_numbers(rml_json(reference.result, "quantile_breaks_g10"), &n_breaks);
        if (rml_hoslem_test(y, p, reference.input.n_rows, 10, RML_HOSLEM_FITTED, &test) == RML_EINVAL) fail();
        for (int32_t b = 0; b < n_breaks; ++b) /* of i / 10, where hoslem.test has i * 0.1; equal ones are one break */
            if (b == 0 || breaks[b] != breaks[b - 1]) assert_close(test.break_at[at++], breaks[b], 1e-14, 0, "break");
        assert_int_equal(at, test.n_groups + 1);
        free(breaks);
        free(p);
        free(y);
        rml_reference_close(&reference);
    }
}

/* 1e-7 is the cases' tolerance; val.prob's optimiser agrees with glm to some 1e-7 only. */
static void measures_are_those_of_glm_and_rms(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_reference reference;
        rml_calibration out;
        double *p;
        uint8_t *y = read_case(cases[c], &reference, &p);
        const cJSON *all = reference.result, *slope = rml_json(all, "slope_model"), *citl = rml_json(all, "citl");
        const cJSON *rms = rml_json(all, "val_prob");

        assert_int_equal(rml_calibration_measure(y, p, reference.input.n_rows, &out), RML_OK);
        const double se[2] = {out.intercept_se, out.slope_se};
        assert_close(out.intercept, number(slope, "intercept"), 1e-7, 0, "intercept");
        assert_close(out.slope, number(slope, "slope"), 1e-7, 0, "slope");
        check_list(slope, "se", se, 1e-7);
        assert_close(out.in_the_large, number(citl, "intercept"), 1e-7, 0, "in the large");
        assert_close(out.in_the_large_se, number(citl, "se"), 1e-7, 0, "in the large, se");
        assert_close(out.brier, number(all, "brier"), 1e-12, 0, "brier");
        assert_close(out.brier_reference, number(all, "brier_ref"), 1e-12, 0, "brier_ref");
        assert_close(out.brier_scaled, number(all, "brier_scaled"), 1e-12, 0, "brier_scaled");
        assert_close(out.log_loss, number(all, "log_loss"), 1e-12, 0, "log_loss");
        assert_close(out.r2, number(rms, "R2"), 1e-7, 0, "R2");
        assert_close(out.d, number(rms, "D"), 1e-7, 0, "D");
        assert_close(out.d_chisq, number(rms, "D:Chi-sq"), 1e-7, 0, "D:Chi-sq");
        assert_close(out.u, number(rms, "U"), 1e-7, 0, "U");
        assert_close(out.u_chisq, number(rms, "U:Chi-sq"), 1e-7, 0, "U:Chi-sq");
        assert_close(out.u_p, number(rms, "U:p"), 1e-7, 0, "U:p");
        assert_close(out.q, number(rms, "Q"), 1e-7, 0, "Q");
        assert_close(out.spiegelhalter_z, number(rms, "S:z"), 1e-10, 0, "S:z");
        assert_close(out.spiegelhalter_p, number(rms, "S:p"), 1e-9, 0, "S:p");
        free(p);
        free(y);
        rml_reference_close(&reference);
    }
}

/* Two groups of frequencies worked by hand: 0.2 predicted and 0.25 observed (12 of 48), 0.5 predicted and 0.5 observed.
 * The slope model passes through both: slope (logit 1/2 - logit 1/4) / (logit 1/2 - logit 1/5) = log 3 / log 4. */
static void two_values_have_a_closed_form(void **state)
{
    uint8_t y[96];
    double p[96];
    rml_calibration out;
    rml_hoslem test;
    (void)state;
    for (int i = 0; i < 96; ++i) {
        p[i] = i < 48 ? 0.2 : 0.5;
        y[i] = i < 48 ? i % 4 == 0 : i % 2 == 0;
    }
    assert_int_equal(rml_calibration_measure(y, p, 96, &out), RML_OK);
    assert_close(out.slope, log(3.0) / log(4.0), 1e-7, 0, "slope");
    assert_close(out.intercept, 0.0, 0, 1e-7, "intercept");
    assert_close(out.brier, 0.5 * (0.25 * 0.64 + 0.75 * 0.04) + 0.5 * 0.25, 1e-13, 0, "Brier");
    /* The median of the 96 lies midway: groups {0.2} and {0.5}; (12 - 9.6)^2 (1/9.6 + 1/38.4). */
    assert_int_equal(rml_hoslem_test(y, p, 96, 2, RML_HOSLEM_FITTED, &test), RML_EVALUE);
    assert_int_equal(test.n_groups, 2);
    assert_close(test.chisq, 2.4 * 2.4 * (1 / 9.6 + 1 / 38.4), 1e-12, 0, "chisq");
}

static void edges_are_as_declared(void **state)
{
    static const uint8_t y[6] = {0, 0, 0, 1, 1, 1}, ones[6] = {1, 1, 1, 1, 1, 1}, two[6] = {2};
    static const double ordered[6] = {0.1, 0.2, 0.3, 0.6, 0.7, 0.9}, flat[6] = {0.4, 0.4, 0.4, 0.4, 0.4, 0.4};
    static const double sure[6] = {0.0, 0.2, 0.3, 0.6, 0.7, 1.0}, bad[6] = {0.1, NAN, 0.3, 0.6, 0.7, 0.9};
    rml_calibration out;
    rml_hoslem test;
    (void)state;
    assert_int_equal(rml_calibration_measure(y, ordered, 6, &out), RML_EVALUE); /* the slope is infinite */
    assert_true(isnan(out.slope) && isnan(out.slope_se));
    assert_true(isfinite(out.in_the_large) && isfinite(out.brier) && isfinite(out.log_loss));
    assert_int_equal(rml_calibration_measure(y, flat, 6, &out), RML_EVALUE);
    assert_true(isnan(out.slope) && isfinite(out.in_the_large));
    assert_int_equal(rml_calibration_measure(ones, ordered, 6, &out), RML_EVALUE);
    assert_true(isnan(out.in_the_large) && isnan(out.brier_scaled) && isfinite(out.brier));
    assert_int_equal(rml_calibration_measure(y, sure, 6, &out), RML_EVALUE);
    assert_true(isnan(out.slope) && isnan(out.log_loss) && isfinite(out.brier));
    assert_int_equal(rml_calibration_measure(y, bad, 6, &out), RML_EVALUE);
    assert_true(isnan(out.brier));
    assert_int_equal(rml_calibration_measure(two, ordered, 6, &out), RML_EVALUE);
    assert_int_equal(rml_calibration_measure(y, ordered, 0, &out), RML_EEMPTY);

    assert_int_equal(rml_hoslem_test(y, flat, 6, 3, RML_HOSLEM_FITTED, &test), RML_EEMPTY);
    assert_true(isnan(test.chisq) && isnan(test.p));
    assert_int_equal(rml_hoslem_test(y, bad, 6, 3, RML_HOSLEM_FITTED, &test), RML_EVALUE);
    assert_int_equal(rml_hoslem_test(y, ordered, 6, 1, RML_HOSLEM_FITTED, &test), RML_EINVAL);
    assert_int_equal(rml_hoslem_test(y, ordered, 6, RML_HOSLEM_GROUPS + 1, RML_HOSLEM_FITTED, &test), RML_EINVAL);
    assert_int_equal(rml_hoslem_test(y, ordered, 6, 3, -1, &test), RML_EINVAL);
    assert_int_equal(rml_hoslem_test(y, ordered, 6, 3, RML_HOSLEM_FITTED, &test), RML_OK);
    assert_int_equal(test.n_groups, 3);
    assert_int_equal(rml_hoslem_test(y, ordered, 0, 3, RML_HOSLEM_FITTED, &test), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_are_those_of_hoslem),
        cmocka_unit_test(measures_are_those_of_glm_and_rms),
        cmocka_unit_test(two_values_have_a_closed_form),
        cmocka_unit_test(edges_are_as_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
