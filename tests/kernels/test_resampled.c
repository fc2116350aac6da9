/* Corrected intervals and tests, .632 and .632+. Oracle: tests/oracle/scores.py (the papers' formulas in numpy, scipy's
 * paired t where there is no correction). */
#include "kernels/stats/resampled.h"
#include "tests/oracle/scores.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

static void check(const rml_resampled_interval *interval, const double *expected)
{
    assert_close(interval->mean, expected[0], 1e-12, 0, "mean");
    assert_close(interval->se, expected[1], 1e-12, 0, "standard error");
    assert_close(interval->df, expected[2], 0, 0, "df");
    assert_close(interval->low, expected[3], 1e-11, 0, "low");
    assert_close(interval->high, expected[4], 1e-11, 0, "high");
}

static void the_formulas_match_numpy(void **state)
{
    rml_resampled_interval interval;
    rml_resampled_test test, turned;
    (void)state;
    rml_measured_case("corrected interval", "Nadeau & Bengio's formula (numpy, scipy 1.17.1)");

    assert_int_equal(rml_resampled_mean(resampled_first, 50, 0.25, 0.95, &interval), RML_OK);
    check(&interval, resampled_mean);
    assert_int_equal(rml_resampled_compare(resampled_first, resampled_second, 50, 0.25, 0.95, &test), RML_OK);
    check(&test.difference, resampled_difference);
    assert_close(test.t, resampled_difference[5], 1e-11, 0, "t");
    assert_close(test.p, resampled_difference[6], 1e-11, 0, "p");
    assert_int_equal(rml_resampled_compare(resampled_second, resampled_first, 50, 0.25, 0.95, &turned), RML_OK);
    assert_close(turned.t, -test.t, 1e-14, 0, "turned around");
    assert_close(turned.difference.low, -test.difference.high, 1e-13, 0, "turned around");
    assert_int_equal(rml_resampled_compare(resampled_first, resampled_second, 50, 0, 0.95, &test), RML_OK);
    assert_close(test.t, resampled_plain_t[0], 1e-11, 0, "no correction");
    assert_close(test.p, resampled_plain_t[1], 1e-10, 0, "no correction");
    rml_measured_case(NULL, NULL);
}

static void the_632_estimates_match_numpy(void **state)
{
    rml_resampled_632 estimate;
    (void)state;
    rml_measured_case(".632+", "Efron & Tibshirani's formula (numpy 2.4.6)");

    for (size_t k = 0; k < sizeof resampled_632_errors / sizeof *resampled_632_errors; k += 7) {
        const double *e = resampled_632_errors + k;

        assert_int_equal(rml_resampled_632_error(e[0], e[1], e[2], &estimate), RML_OK);
        assert_close(estimate.plain, e[3], 1e-14, 1e-16, "plain");
        assert_close(estimate.plus, e[4], 1e-14, 1e-16, "plus");
        assert_close(estimate.overfitting, e[5], 1e-13, 0, "overfitting");
        assert_close(estimate.weight, e[6], 1e-14, 0, "weight");
    }
    for (size_t k = 0; k < sizeof resampled_632_aucs / sizeof *resampled_632_aucs; k += 6) {
        const double *e = resampled_632_aucs + k;

        assert_int_equal(rml_resampled_632_auc(e[0], e[1], &estimate), RML_OK);
        assert_close(estimate.plain, e[2], 1e-14, 0, "plain AUC");
        assert_close(estimate.plus, e[3], 1e-14, 0, "plus AUC");
        assert_close(estimate.overfitting, e[4], 1e-13, 0, "overfitting");
        assert_close(estimate.weight, e[5], 1e-14, 0, "weight");
    }
    rml_measured_case(NULL, NULL);
}

/* Closed forms: a model that learnt everything by heart and knows nothing (weight 1, no information); one that does not
 * overfit (plus equals plain). */
static void ends_of_632_hold(void **state)
{
    rml_resampled_632 estimate;
    double error;
    (void)state;

    assert_int_equal(rml_resampled_632_auc(1.0, 0.5, &estimate), RML_OK);
    assert_close(estimate.plus, 0.5, 1e-15, 0, "by heart");
    assert_close(estimate.weight, 1.0, 1e-15, 0, "by heart");
    assert_int_equal(rml_resampled_632_auc(0.8, 0.8, &estimate), RML_OK);
    assert_close(estimate.plus, 0.8, 1e-15, 0, "no overfitting");
    assert_int_equal(rml_resampled_632_error(0.2, 0.1, 0.5, &estimate), RML_OK);
    assert_close(estimate.plus, estimate.plain, 1e-15, 0, "better out of the bag");
    assert_int_equal(rml_resampled_no_information(multiclass_predicted, multiclass_y, 60, 4, &error), RML_OK);
    assert_close(error, multiclass_no_information[0], 1e-14, 0, "no information");
}

static void what_has_no_value_says_so(void **state)
{
    const double score[3] = {0.7, 0.8, NAN}, same[3] = {0.7, 0.7, 0.7}, above[3] = {0.95, 0.95, 0.95};
    const int32_t code[3] = {0, 1, 2};
    rml_resampled_interval interval;
    rml_resampled_test test;
    rml_resampled_632 estimate;
    double error;
    (void)state;

    assert_int_equal(rml_resampled_mean(score, 3, 0.25, 0.95, &interval), RML_EVALUE);
    assert_true(isnan(interval.mean));
    assert_int_equal(rml_resampled_mean(score, 1, 0.25, 0.95, &interval), RML_EEMPTY);
    assert_true(interval.mean == 0.7 && isnan(interval.se));
    assert_int_equal(rml_resampled_mean(score, 0, 0.25, 0.95, &interval), RML_EEMPTY);
    assert_int_equal(rml_resampled_mean(score, 2, -1, 0.95, &interval), RML_EINVAL);
    assert_int_equal(rml_resampled_mean(score, 2, 0.25, 1, &interval), RML_EINVAL);
    assert_int_equal(rml_resampled_mean(same, 3, 0.25, 0.95, &interval), RML_OK);
    assert_true(interval.se == 0.0 && interval.low == interval.mean && interval.mean == 0.7);
    assert_int_equal(rml_resampled_compare(same, same, 3, 0.25, 0.95, &test), RML_EEMPTY);
    assert_true(isnan(test.t) && isnan(test.p) && test.difference.low == 0.0);
    assert_int_equal(rml_resampled_compare(same, above, 3, 0.25, 0.95, &test), RML_OK);
    assert_true(test.t == -INFINITY && test.p == 0.0);
    assert_int_equal(rml_resampled_632_error(NAN, 0.1, 0.5, &estimate), RML_EVALUE);
    assert_true(isnan(estimate.plus));
    assert_int_equal(rml_resampled_632_auc(0.9, 1.1, &estimate), RML_EVALUE);
    assert_true(isnan(estimate.plain));
    assert_int_equal(rml_resampled_no_information(code, code, 3, 2, &error), RML_EVALUE);
    assert_int_equal(rml_resampled_no_information(code, code, 0, 2, &error), RML_EEMPTY);
    assert_true(isnan(error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formulas_match_numpy),
        cmocka_unit_test(the_632_estimates_match_numpy),
        cmocka_unit_test(ends_of_632_hold),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
