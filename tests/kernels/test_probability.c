/* Probabilities. Oracle: scikit-learn 1.9.1 (reference metrics), at the reference's 1e-12; closed forms. */
#include "kernels/stats/probability.h"
#include "tests/support/reference.h"

static void check_bins(const double *p, const uint8_t *y, int64_t n, rml_calibration_bins kind, const cJSON *expected)
{
    const cJSON *observed = rml_json(expected, "observed"), *predicted = rml_json(expected, "predicted");
    rml_calibration_bin bins[5];
    int32_t k = 0;

    assert_int_equal(rml_probability_calibration(p, y, n, kind, 5, bins), RML_OK);
    for (int b = 0; b < 5; ++b) {
        if (bins[b].n == 0) continue; /* the reference leaves empty ones out */
        assert_close(bins[b].observed, rml_json_number(cJSON_GetArrayItem(observed, k)), 1e-12, 0, "observed");
        assert_close(bins[b].predicted, rml_json_number(cJSON_GetArrayItem(predicted, k++)), 1e-12, 0, "predicted");
    }
    assert_int_equal(k, cJSON_GetArraySize(observed));
}

static void scikit_learn_matches(void **state)
{
    static const char *const names[] = {"metrics/n82", "metrics/rare", "metrics/rounded"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        rml_reference reference;
        double *p, *numbers, value;
        uint8_t y[1000];
        int64_t n;

        rml_reference_open(names[k], &reference);
        n = reference.input.n_rows;
        assert_true(n <= 1000);
        p = rml_table_numbers(&reference.input, "p");
        numbers = rml_table_numbers(&reference.input, "y");
        for (int64_t i = 0; i < n; ++i) y[i] = numbers[i] != 0.0;
        assert_int_equal(rml_probability_brier(p, y, NULL, n, &value), RML_OK);
        assert_close(value, rml_json_number(rml_json(reference.result, "brier")), 1e-12, 0, "brier");
        assert_int_equal(rml_probability_log_loss(p, y, NULL, n, &value), RML_OK);
        assert_close(value, rml_json_number(rml_json(reference.result, "log_loss_clipped")), 1e-12, 0, "log loss");
        assert_int_equal(rml_probability_average_precision(p, y, n, &value), RML_OK);
        assert_close(value, rml_json_number(rml_json(reference.result, "average_precision")), 1e-12, 0, "precision");
        check_bins(p, y, n, RML_BINS_UNIFORM, rml_json(reference.result, "calibration_curve_uniform"));
        check_bins(p, y, n, RML_BINS_QUANTILE, rml_json(reference.result, "calibration_curve_quantile"));
        free(p);
        free(numbers);
        rml_reference_close(&reference);
    }
}

/* Worked by hand. */
static void four_rows_match_by_hand(void **state)
{
    const double p[4] = {0.5, 1.0, 0.25, 0.25}, weight[4] = {1, 1, 2, 0};
    const uint8_t y[4] = {1, 0, 0, 1};
    rml_calibration_bin bins[2];
    double value;
    (void)state;

    assert_int_equal(rml_probability_brier(p, y, NULL, 4, &value), RML_OK);
    assert_close(value, (0.25 + 1.0 + 0.0625 + 0.5625) / 4.0, 1e-15, 0, "brier");
    assert_int_equal(rml_probability_brier(p, y, weight, 4, &value), RML_OK);
    assert_close(value, (0.25 + 1.0 + 2 * 0.0625) / 4.0, 1e-15, 0, "weighted brier");
    assert_int_equal(rml_probability_log_loss(p, y, NULL, 4, &value), RML_OK);
    assert_close(value, (log(2) + 52 * log(2) + log(4.0 / 3.0) + log(4)) / 4.0, 1e-14, 0, "log loss");
    assert_int_equal(rml_probability_log_loss(p, y, weight, 4, &value), RML_OK);
    assert_close(value, (log(2) + 52 * log(2) + 2 * log(4.0 / 3.0)) / 4.0, 1e-14, 0, "weighted log loss");
    /* from the top: 1.0 is wrong, 0.5 right (1 of 2), the tie of 0.25 brings the rest (2 of 4) */
    assert_int_equal(rml_probability_average_precision(p, y, 4, &value), RML_OK);
    assert_close(value, 0.5 * 0.5 + 0.5 * 0.5, 1e-15, 0, "average precision");
    assert_int_equal(rml_probability_calibration(p, y, 4, RML_BINS_UNIFORM, 2, bins), RML_OK);
    assert_int_equal(bins[0].n, 3); /* 0.5 lies in the lower bin */
    assert_close(bins[0].predicted, 1.0 / 3.0, 1e-15, 0, "predicted");
    assert_close(bins[0].observed, 2.0 / 3.0, 1e-15, 0, "observed");
    assert_close(bins[1].observed, 0, 0, 0, "observed");
}

/* Quantiles by linear interpolation: of five values the thirds lie at places 4/3 and 8/3. */
static void quantile_edges_interpolate(void **state)
{
    const double p[5] = {0.7, 0.0, 1.0, 0.3, 0.1};
    const uint8_t y[5] = {1, 0, 1, 0, 0};
    rml_calibration_bin bins[3];
    (void)state;

    assert_int_equal(rml_probability_calibration(p, y, 5, RML_BINS_QUANTILE, 3, bins), RML_OK);
    assert_close(bins[0].low, 0.0, 0, 0, "the least");
    assert_close(bins[0].high, 0.1 + 0.2 / 3.0, 1e-14, 0, "first third");
    assert_close(bins[2].low, 0.7 - 0.4 / 3.0, 1e-14, 0, "second third");
    assert_close(bins[2].high, 1.0, 0, 0, "the largest");
    assert_true(bins[0].n == 2 && bins[1].n == 1 && bins[2].n == 2);
}

static void what_has_no_value_says_so(void **state)
{
    const double p[3] = {0.2, 0.5, 0.7}, missing[3] = {0.2, NAN, 0.7}, above[3] = {0.2, 1.5, 0.7}, zero[3] = {0};
    const double same[3] = {0.4, 0.4, 0.4}, negative[3] = {1, -1, 1};
    const uint8_t y[3] = {0, 0, 0};
    rml_calibration_bin bins[4];
    double value = 0.0;
    (void)state;

    assert_int_equal(rml_probability_brier(missing, y, NULL, 3, &value), RML_EVALUE);
    assert_true(isnan(value));
    assert_int_equal(rml_probability_brier(above, y, NULL, 3, &value), RML_EVALUE);
    assert_int_equal(rml_probability_brier(p, y, zero, 3, &value), RML_EEMPTY);
    assert_int_equal(rml_probability_brier(p, y, negative, 3, &value), RML_EVALUE);
    assert_int_equal(rml_probability_log_loss(p, y, NULL, 0, &value), RML_EEMPTY);
    assert_int_equal(rml_probability_log_loss(p, y, zero, 3, &value), RML_EEMPTY);
    assert_true(isnan(value));
    assert_int_equal(rml_probability_average_precision(p, y, 3, &value), RML_EEMPTY);
    assert_true(isnan(value));
    assert_int_equal(rml_probability_calibration(p, y, 3, RML_BINS_UNIFORM, 0, bins), RML_EINVAL);
    assert_int_equal(rml_probability_calibration(missing, y, 3, RML_BINS_UNIFORM, 4, bins), RML_EVALUE);
    assert_true(isnan(bins[3].observed));
    assert_int_equal(rml_probability_calibration(same, y, 3, RML_BINS_QUANTILE, 4, bins), RML_OK);
    assert_int_equal(bins[0].n, 3); /* all edges fall together */
    assert_true(bins[3].n == 0 && isnan(bins[3].predicted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scikit_learn_matches),
        cmocka_unit_test(four_rows_match_by_hand),
        cmocka_unit_test(quantile_edges_interpolate),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
