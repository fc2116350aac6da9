/* Several classes, and numbers. Oracle: scikit-learn 1.9.1 and scipy 1.17.1 (tests/oracle/scores.py). */
#include "kernels/stats/continuous.h"
#include "kernels/stats/multiclass.h"
#include "tests/oracle/scores.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

static void classes_match_scikit_learn(void **state)
{
    double by_class[4], auc, loss, accuracy;
    (void)state;
    rml_measured_case("several classes", "roc_auc_score, log_loss, balanced_accuracy_score (scikit-learn 1.9.1)");

    assert_int_equal(rml_multiclass_auc(multiclass_p, multiclass_y, 60, 4, by_class, &auc), RML_OK);
    for (int c = 0; c < 4; ++c) assert_close(by_class[c], multiclass_auc[c], 1e-14, 0, "AUC of a class");
    assert_close(auc, multiclass_auc[4], 1e-14, 0, "AUC");
    assert_int_equal(rml_multiclass_log_loss(multiclass_p, multiclass_y, 60, 4, &loss), RML_OK);
    assert_close(loss, multiclass_log_loss[0], 1e-13, 0, "log loss");
    assert_int_equal(rml_multiclass_balanced_accuracy(multiclass_predicted, multiclass_y, 60, 4, by_class, &accuracy),
                     RML_OK);
    for (int c = 0; c < 4; ++c) assert_close(by_class[c], multiclass_recall[c], 1e-14, 0, "recall");
    assert_close(accuracy, multiclass_recall[4], 1e-14, 0, "balanced accuracy");
    rml_measured_case(NULL, NULL);
}

static void numbers_match_scikit_learn(void **state)
{
    rml_continuous result;
    rml_continuous_line line;
    (void)state;
    rml_measured_case("numbers", "r2_score, mean_absolute_error (scikit-learn 1.9.1), spearmanr (scipy 1.17.1)");

    assert_int_equal(rml_continuous_score(continuous_predicted, continuous_y, 40, &result), RML_OK);
    assert_close(result.r2, continuous_expected[0], 1e-13, 0, "r2");
    assert_close(result.mae, continuous_expected[1], 1e-14, 0, "mae");
    assert_close(result.rmse, continuous_expected[2], 1e-14, 0, "rmse");
    assert_close(result.spearman, continuous_expected[3], 1e-13, 0, "spearman");
    rml_measured_case("numbers", "linregress of the observed on the predicted (scipy 1.17.1)");
    assert_int_equal(rml_continuous_calibrate(continuous_predicted, continuous_y, 40, 0.95, &line), RML_OK);
    assert_close(line.slope, continuous_line[0], 1e-13, 0, "slope");
    assert_close(line.slope_se, continuous_line[1], 1e-13, 0, "slope's error");
    assert_close(line.slope_low, continuous_line[2], 1e-12, 0, "slope's lower bound");
    assert_close(line.slope_high, continuous_line[3], 1e-12, 0, "slope's upper bound");
    assert_close(line.intercept, continuous_line[4], 1e-13, 0, "intercept");
    assert_close(line.intercept_se, continuous_line[5], 1e-13, 0, "intercept's error");
    assert_close(line.intercept_low, continuous_line[6], 1e-12, 0, "intercept's lower bound");
    assert_close(line.intercept_high, continuous_line[7], 1e-12, 0, "intercept's upper bound");
    rml_measured_case(NULL, NULL);
}

static void what_has_no_value_says_so(void **state)
{
    const double p[6] = {0.2, 0.7, 0.1, 0.8, 0.3, NAN}, fine[6] = {0.2, 0.7, 0.1, 0.8, 0.3, 0.9};
    const double flat[3] = {0.1, 0.1, 0.1}, rising[3] = {1, 2, 4}, missing[3] = {1, NAN, 2};
    const int32_t y[3] = {0, 1, 0}, one[3] = {0, 0, 0}, beyond[3] = {0, 2, 0};
    double value[2], auc;
    rml_continuous result;
    rml_continuous_line line;
    (void)state;

    assert_int_equal(rml_multiclass_auc(fine, one, 3, 2, value, &auc), RML_EEMPTY);
    assert_true(isnan(auc) && isnan(value[0]));
    assert_int_equal(rml_multiclass_auc(p, y, 3, 2, value, &auc), RML_EVALUE);
    assert_int_equal(rml_multiclass_auc(fine, beyond, 3, 2, NULL, &auc), RML_EVALUE);
    assert_int_equal(rml_multiclass_auc(fine, y, 3, 1, NULL, &auc), RML_EINVAL);
    assert_int_equal(rml_multiclass_log_loss(p, y, 3, 2, &auc), RML_EVALUE);
    assert_int_equal(rml_multiclass_log_loss(p, y, 0, 2, &auc), RML_EEMPTY);
    assert_int_equal(rml_multiclass_balanced_accuracy(y, one, 3, 2, value, &auc), RML_OK); /* absent classes: none */
    assert_close(auc, 2.0 / 3.0, 1e-15, 0, "one class");
    assert_true(isnan(value[1]));
    assert_int_equal(rml_multiclass_balanced_accuracy(beyond, y, 3, 2, value, &auc), RML_EVALUE);
    assert_true(isnan(auc));
    assert_int_equal(rml_continuous_score(rising, flat, 3, &result), RML_EEMPTY);
    assert_true(isnan(result.r2) && isnan(result.spearman) && result.mae > 0);
    assert_int_equal(rml_continuous_score(flat, rising, 3, &result), RML_EEMPTY);
    assert_true(isnan(result.spearman) && result.r2 < 0);
    assert_int_equal(rml_continuous_score(missing, rising, 3, &result), RML_EVALUE);
    assert_true(isnan(result.mae));
    assert_int_equal(rml_continuous_score(rising, rising, 3, &result), RML_OK);
    assert_true(result.r2 == 1.0 && result.rmse == 0.0);
    assert_int_equal(rml_continuous_score(rising, rising, 0, &result), RML_EEMPTY);

    assert_int_equal(rml_continuous_calibrate(rising, rising, 3, 0.95, &line), RML_OK); /* no error at all */
    assert_close(line.slope, 1.0, 1e-15, 0, "slope of the truth itself");
    assert_close(line.intercept, 0.0, 0, 1e-15, "intercept of the truth itself");
    assert_int_equal(rml_continuous_calibrate(flat, rising, 3, 0.95, &line), RML_EEMPTY);
    assert_true(isnan(line.slope) && isnan(line.intercept_se));
    assert_int_equal(rml_continuous_calibrate(rising, flat, 2, 0.95, &line),
                     RML_EEMPTY); /* two points: no error left */
    assert_close(line.slope, 0.0, 0, 1e-15, "slope of two points");
    assert_true(isnan(line.slope_se) && isnan(line.slope_low));
    assert_int_equal(rml_continuous_calibrate(missing, rising, 3, 0.95, &line), RML_EVALUE);
    assert_int_equal(rml_continuous_calibrate(rising, rising, 3, 1.0, &line), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_match_scikit_learn),
        cmocka_unit_test(numbers_match_scikit_learn),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
