/* Counts and rates. Oracle: caret 6.0.93 (reference roc/confusion) and scikit-learn 1.9.1 (reference metrics), at the
 * reference's 1e-12. */
#include "kernels/stats/confusion.h"
#include "tests/support/reference.h"

static double member(const cJSON *object, const char *name)
{
    return rml_json_number(rml_json(object, name));
}

static void count_of(const rml_reference *reference, double threshold, rml_confusion *counts)
{
    double *p = rml_table_numbers(&reference->input, "p"), *numbers = rml_table_numbers(&reference->input, "y");
    const int64_t n = reference->input.n_rows;
    uint8_t *y = malloc((size_t)n);

    assert_non_null(y);
    for (int64_t i = 0; i < n; ++i) y[i] = numbers[i] != 0.0;
    assert_int_equal(rml_confusion_count(p, y, n, threshold, counts), RML_OK);
    free(p);
    free(numbers);
    free(y);
}

static void caret_matches(void **state)
{
    rml_reference reference;
    rml_confusion counts;
    rml_confusion_rates rates;
    const cJSON *result, *table;
    double low, high;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("roc/confusion", &reference);
    result = reference.result;
    table = rml_json(result, "table");
    count_of(&reference, member(result, "threshold"), &counts);
    rates = rml_confusion_rates_of(&counts);
    assert_int_equal(counts.tn, cJSON_GetArrayItem(cJSON_GetArrayItem(table, 0), 0)->valueint);
    assert_int_equal(counts.fn, cJSON_GetArrayItem(cJSON_GetArrayItem(table, 0), 1)->valueint);
    assert_int_equal(counts.fp, cJSON_GetArrayItem(cJSON_GetArrayItem(table, 1), 0)->valueint);
    assert_int_equal(counts.tp, cJSON_GetArrayItem(cJSON_GetArrayItem(table, 1), 1)->valueint);
    assert_close(rates.accuracy, member(result, "Accuracy"), 1e-12, 0, "accuracy");
    assert_close(rates.kappa, member(result, "Kappa"), 1e-12, 0, "kappa");
    assert_close(rates.sensitivity, member(result, "Sensitivity"), 1e-12, 0, "sensitivity");
    assert_close(rates.specificity, member(result, "Specificity"), 1e-12, 0, "specificity");
    assert_close(rates.ppv, member(result, "Pos Pred Value"), 1e-12, 0, "ppv");
    assert_close(rates.npv, member(result, "Neg Pred Value"), 1e-12, 0, "npv");
    assert_close(rates.f1, member(result, "F1"), 1e-12, 0, "f1");
    assert_close(rates.balanced_accuracy, member(result, "Balanced Accuracy"), 1e-12, 0, "balanced accuracy");
    assert_close(rates.prevalence, member(result, "Prevalence"), 1e-12, 0, "prevalence");
    assert_close(rates.accuracy_p, member(result, "AccuracyPValue"), 1e-12, 0, "p of the accuracy");
    assert_close(rates.mcnemar_p, member(result, "McnemarPValue"), 1e-12, 0, "McNemar's p");
    assert_int_equal(rml_confusion_interval(counts.tp + counts.tn, 60, 0.95, &low, &high), RML_OK);
    assert_close(low, member(result, "AccuracyLower"), 1e-12, 0, "low");
    assert_close(high, member(result, "AccuracyUpper"), 1e-12, 0, "high");
    rml_reference_close(&reference);
}

static void scikit_learn_matches(void **state)
{
    static const char *const names[] = {"metrics/n82", "metrics/rare", "metrics/rounded"};
    static const char *const thresholds[] = {"0.1", "0.5", "0.9", "1.01"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 12; ++k) {
        rml_reference reference;
        rml_confusion counts;
        rml_confusion_rates rates;
        const cJSON *expected;
        char key[32];

        rml_reference_open(names[k / 4], &reference);
        snprintf(key, sizeof key, "threshold_%s", thresholds[k % 4]);
        expected = rml_json(reference.result, key);
        count_of(&reference, strtod(thresholds[k % 4], NULL), &counts);
        rates = rml_confusion_rates_of(&counts);
        assert_close((double)counts.tp, member(expected, "tp"), 0, 0, "tp");
        assert_close((double)counts.fp, member(expected, "fp"), 0, 0, "fp");
        assert_close((double)counts.fn, member(expected, "fn"), 0, 0, "fn");
        assert_close((double)counts.tn, member(expected, "tn"), 0, 0, "tn");
        assert_close(rates.accuracy, member(expected, "acc"), 1e-12, 0, "accuracy");
        assert_close(rates.balanced_accuracy, member(expected, "balanced_acc"), 1e-12, 0, "balanced accuracy");
        assert_close(rates.sensitivity, member(expected, "sen"), 1e-12, 0, "sensitivity");
        assert_close(rates.specificity, member(expected, "spe"), 1e-12, 0, "specificity");
        assert_close(rates.ppv, member(expected, "ppv"), 1e-12, 0, "ppv");
        assert_close(rates.npv, member(expected, "npv"), 1e-12, 0, "npv");
        assert_close(rates.f1, member(expected, "f1_sklearn"), 1e-12, 0, "f1");
        assert_close(rates.mcc, member(expected, "mcc"), 1e-12, 0, "mcc");
        assert_close(rates.kappa, member(expected, "kappa"), 1e-12, 0, "kappa");
        rml_reference_close(&reference);
    }
}

/* caret 6.0.93 again, typed in: 25 of 30 positives and 21 of 30 negatives. */
static void a_typed_table_matches_caret(void **state)
{
    const rml_confusion counts = {.tp = 25, .fp = 9, .fn = 5, .tn = 21},
                        turned = {.tp = 21, .fp = 5, .fn = 9, .tn = 25};
    const rml_confusion_rates rates = rml_confusion_rates_of(&counts), other = rml_confusion_rates_of(&turned);
    (void)state;

    assert_close(rates.kappa, 0.5333333333333334, 1e-14, 0, "kappa");
    assert_close(rates.f1, 0.78125, 1e-14, 0, "f1");
    assert_close(rates.accuracy_p, 2.111852281133987e-05, 1e-12, 0, "p of the accuracy");
    assert_close(rates.mcnemar_p, 0.42267807417063535, 1e-12, 0, "McNemar's p");
    assert_close(other.sensitivity, rates.specificity, 0, 0, "outcomes swapped");
    assert_close(other.ppv, rates.npv, 0, 0, "outcomes swapped");
    assert_close(other.mcc, rates.mcc, 1e-15, 0, "outcomes swapped");
    assert_close(other.kappa, rates.kappa, 1e-15, 0, "outcomes swapped");
}

static void what_has_no_value_says_so(void **state)
{
    const double p[3] = {0.2, 0.5, 0.7}, missing[3] = {0.2, NAN, 0.7};
    const uint8_t y[3] = {1, 1, 1};
    rml_confusion counts;
    rml_confusion_rates rates;
    double low, high;
    (void)state;

    assert_int_equal(rml_confusion_count(p, y, 3, 0.5, &counts), RML_OK); /* at the threshold is above it */
    assert_int_equal(counts.tp, 2);
    rates = rml_confusion_rates_of(&counts); /* one outcome alone */
    assert_true(isnan(rates.specificity) && isnan(rates.balanced_accuracy) && isnan(rates.mcc));
    assert_close(rates.ppv, 1, 0, 0, "ppv");
    assert_int_equal(rml_confusion_count(missing, y, 3, 0.5, &counts), RML_EVALUE);
    assert_int_equal(rml_confusion_count(p, y, 3, NAN, &counts), RML_EVALUE);
    assert_int_equal(rml_confusion_count(p, y, 0, 0.5, &counts), RML_EEMPTY);
    rates = rml_confusion_rates_of(&counts);
    assert_true(isnan(rates.accuracy) && isnan(rates.f1) && isnan(rates.kappa) && isnan(rates.accuracy_p));
    assert_int_equal(rml_confusion_interval(0, 10, 0.95, &low, &high), RML_OK);
    assert_close(low, 0, 0, 0, "none of ten");
    assert_close(high, 1 - pow(0.025, 0.1), 1e-14, 0, "none of ten"); /* closed form */
    assert_int_equal(rml_confusion_interval(10, 10, 0.95, &low, &high), RML_OK);
    assert_close(low, pow(0.025, 0.1), 1e-14, 0, "all of ten");
    assert_int_equal(rml_confusion_interval(0, 0, 0.95, &low, &high), RML_EEMPTY);
    assert_true(isnan(low) && isnan(high));
    assert_int_equal(rml_confusion_interval(11, 10, 0.95, &low, &high), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caret_matches),
        cmocka_unit_test(scikit_learn_matches),
        cmocka_unit_test(a_typed_table_matches_caret),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
