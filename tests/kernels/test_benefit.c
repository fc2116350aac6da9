/* Decision curves. Oracle: reference dca (its own formula, checked there against dcurves 1.1.7), at its 1e-12. */
#include "kernels/stats/benefit.h"
#include "kernels/survival/survival_benefit.h"
#include "tests/support/reference.h"

static void check_model(const rml_reference *reference, const rml_table *table, const char *model)
{
    const int64_t n = reference->input.n_rows;
    const bool all = strcmp(model, "all") == 0, none = strcmp(model, "none") == 0;
    double *p = rml_table_numbers(&reference->input, all || none ? "m1" : model);
    double *outcome = rml_table_numbers(&reference->input, "y"), *number[6], thresholds[100];
    static const char *const columns[] = {"threshold",
                                          "tp_rate",
                                          "fp_rate",
                                          "net_benefit",
                                          "standardised_net_benefit",
                                          "interventions_avoided_per_person"};
    rml_benefit_point points[100];
    uint8_t *y = malloc((size_t)n);
    int32_t k = 0;

    assert_non_null(y);
    for (int64_t i = 0; i < n; ++i) {
        y[i] = outcome[i] != 0.0;
        if (all) p[i] = 1.0;
        if (none) p[i] = 0.0;
    }
    for (int c = 0; c < 6; ++c) number[c] = rml_table_numbers(table, columns[c]);
    for (int t = 0; t < 100; ++t) thresholds[t] = t / 100.0;
    assert_int_equal(rml_benefit_curve(p, y, n, thresholds, 100, points), RML_OK);
    for (int64_t r = 0; r < table->n_rows; ++r) {
        if (strcmp(table->cell[r * table->n_columns], model) != 0) continue;
        assert_close(points[k].threshold, number[0][r], 0, 0, "threshold");
        if (!(none && k == 0)) { /* at threshold 0 everyone is treated, whatever the score */
            assert_close(points[k].tp_rate, number[1][r], 0, 1e-12, "tp rate");
            assert_close(points[k].fp_rate, number[2][r], 0, 1e-12, "fp rate");
            assert_close(points[k].net_benefit, number[3][r], 0, 1e-12, "net benefit");
            if (!isnan(number[4][r])) assert_close(points[k].standardised, number[4][r], 0, 1e-12, "standardised");
            assert_close(points[k].avoided, number[5][r], 0, 1e-12, "avoided");
        }
        if (all) assert_close(points[k].treat_all, number[3][r], 0, 1e-12, "all treated");
        ++k;
    }
    assert_int_equal(k, 100);
    for (int c = 0; c < 6; ++c) free(number[c]);
    free(p);
    free(y);
    free(outcome);
}

static void reference_cases_match(void **state)
{
    static const char *const names[] = {"dca/n82", "dca/on_threshold", "dca/rare"};
    static const char *const models[] = {"m1", "m2", "all", "none"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        rml_reference reference;
        rml_table table;

        rml_reference_open(names[k], &reference);
        rml_reference_table(&reference, "expected.csv", &table);
        for (int m = 0; m < 4; ++m) check_model(&reference, &table, models[m]);
        rml_table_free(&table);
        rml_reference_close(&reference);
    }
}

/* Of times: dcurves' net benefit at a time, at the reference's 1e-9. */
static void times_match_dcurves(void **state)
{
    static const char *const models[] = {"m1", "all", "none"};
    rml_reference reference;
    rml_table table;
    double *time, *status, *given, *number[4], thresholds[19], at;
    static const char *const columns[] = {"threshold", "tp_rate", "fp_rate", "net_benefit"};
    rml_benefit_point points[19];
    double *p;
    uint8_t *event;
    int64_t n;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("dca/survival_lung", &reference);
    rml_reference_table(&reference, "expected.csv", &table);
    n = reference.input.n_rows;
    at = rml_json_number(rml_json(reference.result, "time"));
    time = rml_table_numbers(&reference.input, "time");
    status = rml_table_numbers(&reference.input, "status");
    given = rml_table_numbers(&reference.input, "m1");
    p = malloc((size_t)n * sizeof *p);
    event = malloc((size_t)n);
    assert_true(p && event);
    for (int64_t i = 0; i < n; ++i) event[i] = status[i] != 0.0;
    for (int t = 0; t < 19; ++t) thresholds[t] = (5 * t + 5) / 100.0;
    for (int c = 0; c < 4; ++c) number[c] = rml_table_numbers(&table, columns[c]);
    for (int m = 0; m < 3; ++m) {
        int k = 0;

        for (int64_t i = 0; i < n; ++i) p[i] = m == 0 ? given[i] : m == 1 ? 1.0 : 0.0;
        assert_int_equal(rml_survival_benefit(time, event, p, n, at, thresholds, 19, points), RML_OK);
        for (int64_t r = 0; r < table.n_rows; ++r) {
            if (strcmp(table.cell[r * table.n_columns], models[m]) != 0) continue;
            assert_close(points[k].threshold, number[0][r], 0, 1e-12, "threshold");
            if (!isnan(number[3][r])) {
                assert_close(points[k].tp_rate, number[1][r], 0, 1e-9, "tp rate");
                assert_close(points[k].fp_rate, number[2][r], 0, 1e-9, "fp rate");
                assert_close(points[k].net_benefit, number[3][r], 0, 1e-9, "net benefit at a time");
            }
            if (m == 1) assert_close(points[k].treat_all, number[3][r], 0, 1e-9, "all treated");
            ++k;
        }
        assert_int_equal(k, 19);
    }
    for (int c = 0; c < 4; ++c) free(number[c]);
    free(time);
    free(status);
    free(given);
    free(p);
    free(event);
    rml_table_free(&table);
    rml_reference_close(&reference);
}

/* By hand: of the three acted on one has the event at 1, one is censored at 2, one at 5: their risk at 3 is a third,
 * and nobody who is acted on at the higher threshold is followed to 3. */
static void times_match_by_hand(void **state)
{
    const double time[4] = {1, 2, 5, 4}, p[4] = {0.6, 0.9, 0.5, 0.1}, thresholds[3] = {0.5, 0.8, 0.95},
                 wrong[4] = {0.6, 0.9, 1.5};
    const uint8_t event[4] = {1, 0, 1, 0};
    rml_benefit_point points[3];
    (void)state;

    assert_int_equal(rml_survival_benefit(time, event, p, 4, 3.0, thresholds, 3, points), RML_OK);
    assert_close(points[0].tp_rate, 0.75 / 3, 1e-15, 0, "a third of three in four");
    assert_close(points[0].net_benefit, 0.25 - 0.5, 1e-14, 0, "even odds");
    assert_close(points[0].treat_all, 0.25 - 0.75, 1e-14, 0, "all treated");
    assert_true(isnan(points[1].net_benefit));
    assert_close(points[2].net_benefit, 0, 0, 0, "nobody treated");
    assert_int_equal(rml_survival_benefit(time, event, wrong, 4, 3.0, thresholds, 3, points), RML_EVALUE);
    assert_true(isnan(points[0].net_benefit));
    assert_int_equal(rml_survival_benefit(time, event, p, 4, 0.0, thresholds, 3, points), RML_EINVAL);
    assert_int_equal(rml_survival_benefit(time, event, p, 0, 3.0, thresholds, 3, points), RML_EEMPTY);
}

/* Worked by hand: ten rows, three positives; p on the threshold counts. */
static void ten_rows_match_by_hand(void **state)
{
    const double p[10] = {0.29, 0.9, 0.8, 0.1, 0.29, 0.28, 0.05, 0.6, 0, 1}, thresholds[3] = {0.5, 29 / 100.0, 0.2};
    const uint8_t y[10] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0}, none[10] = {0};
    rml_benefit_point points[3];
    (void)state;

    assert_int_equal(rml_benefit_curve(p, y, 10, thresholds, 3, points), RML_OK);
    assert_close(points[0].net_benefit, 0.2 - 0.2, 0, 1e-15, "even odds"); /* 2 right, 2 wrong */
    assert_close(points[1].tp_rate, 0.3, 1e-15, 0, "on the threshold");
    assert_close(points[1].fp_rate, 0.3, 1e-15, 0, "on the threshold");
    assert_close(points[2].net_benefit, 0.3 - 0.4 * 0.25, 1e-14, 0, "odds of a quarter");
    assert_close(points[2].treat_all, 0.3 - 0.7 * 0.25, 1e-14, 0, "all treated");
    assert_close(points[2].standardised, (0.3 - 0.1) / 0.3, 1e-14, 0, "standardised");
    assert_close(points[2].avoided, 0.3, 1e-14, 0, "avoided"); /* three negatives left alone, no positive missed */
    assert_int_equal(rml_benefit_curve(p, none, 10, thresholds, 3, points), RML_OK);
    assert_true(isnan(points[0].standardised));
    assert_close(points[0].net_benefit, -0.4, 1e-15, 0, "no positives");
}

static void what_cannot_be_taken_is_refused(void **state)
{
    const double p[2] = {0.2, 0.7}, missing[2] = {0.2, NAN}, above[2] = {0.2, 1.1}, fine[1] = {0.3}, one[1] = {1.0};
    const uint8_t y[2] = {0, 1};
    rml_benefit_point point;
    (void)state;

    assert_int_equal(rml_benefit_curve(missing, y, 2, fine, 1, &point), RML_EVALUE);
    assert_true(isnan(point.net_benefit));
    assert_int_equal(rml_benefit_curve(above, y, 2, fine, 1, &point), RML_EVALUE);
    assert_int_equal(rml_benefit_curve(p, y, 2, one, 1, &point), RML_EINVAL);
    assert_int_equal(rml_benefit_curve(p, y, 0, fine, 1, &point), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_cases_match),
        cmocka_unit_test(times_match_dcurves),
        cmocka_unit_test(times_match_by_hand),
        cmocka_unit_test(ten_rows_match_by_hand),
        cmocka_unit_test(what_cannot_be_taken_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
