/* XGBoost. Oracle: the reference's cases of xgboost 3.2.0 (the library here may be older: exact trees are the same), a
 * stump by hand, and what must hold for any input. */
#include "kernels/trees/xgb.h"
#include "tests/kernels/tree_cases.h"

static void cases_match_xgboost(void **state)
{
    static const char *const names[] = {"gbdt/breast_cancer_xgboost_d2", "gbdt/c150x40_xgboost_d2",
                                        "gbdt/breast_cancer_xgboost_d4_l1", "gbdt/c150x40_xgboost_d4_l1"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 4; ++k) {
        rml_xgb_settings settings = rml_xgb_defaults();
        rml_xgb xgb;
        rml_table table;
        tree_case c;
        double *margin, *expected;

        tree_case_open(names[k], "columns", "y", &c);
        settings.n_rounds = 20;
        settings.max_depth = k < 2 ? 2 : 4;
        if (k >= 2) {
            settings.eta = 0.1;
            settings.lambda = 2.0;
            settings.alpha = 0.5;
            settings.min_child_weight = 3.0;
            settings.gamma = 0.1;
        }
        assert_int_equal(rml_xgb_fit(&c.train, c.y_train, NULL, NULL, &settings, &xgb), RML_OK);
        rml_reference_table(&c.reference, "margin.csv", &table);
        expected = rml_table_numbers(&table, "margin");
        margin = malloc((size_t)c.all.n_rows * sizeof *margin);
        assert_int_equal(rml_xgb_decide(&xgb, &c.all, margin), RML_OK);
        for (int64_t i = 0; i < c.all.n_rows; ++i) assert_close(margin[i], expected[i], 0, 2e-4, names[k]);
        for (int32_t j = 0; j < c.all.n_columns; ++j) {
            const char *column = cJSON_GetArrayItem(rml_json(c.reference.result, "columns"), j)->valuestring;
            const cJSON *gain = cJSON_GetObjectItemCaseSensitive(rml_json(c.reference.result, "gain"), column);

            assert_close(xgb.importance[j], gain ? gain->valuedouble : 0.0, 1e-4, 0, column); /* sums of singles */
        }
        free(margin);
        free(expected);
        rml_table_free(&table);
        rml_xgb_free(&xgb);
        tree_case_close(&c);
    }
}

/* One round, depth 1. From p = 1/2 a row's gradient is p - y and its Hessian 1/4: three rows of class 0 give the leaf
 * -eta * 1.5 / (0.75 + lambda), three of class 1 the opposite. Numbers from 0.5: sum of differences / (3 + lambda). */
static void a_stump_by_hand(void **state)
{
    const double x[] = {1, 2, 3, 4, 5, NAN}, number[] = {0, 0, 0, 2, 2, 2};
    const uint8_t y[] = {0, 0, 0, 1, 1, 1};
    const rml_columns table = {6, 6, 1, x};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;
    double margin[6];

    (void)state;
    settings.n_rounds = settings.max_depth = 1;
    settings.eta = 0.5;
    settings.min_child_weight = 0.0;
    assert_int_equal(rml_xgb_fit(&table, y, NULL, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &table, margin), RML_OK);
    for (int i = 0; i < 6; ++i)
        assert_close(margin[i], 0.5 * 1.5 / 1.75 * (i < 3 ? -1 : 1), 1e-6, 0, "class"); /* single */
    rml_xgb_free(&xgb);
    assert_int_equal(rml_xgb_fit(&table, NULL, number, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &table, margin), RML_OK);
    for (int i = 0; i < 6; ++i) assert_close(margin[i], 0.5 + 0.5 * (i < 3 ? -1.5 : 4.5) / 4.0, 1e-6, 0, "number");
    rml_xgb_free(&xgb);
}

/* The same bytes again; a row of weight 2 is that row twice, but for the order of single-precision sums. */
static void repeats_and_weights(void **state)
{
    enum { N = 80, P = 3 };
    static double x[N * P], twice[2 * N * P], weight[N], one[N], other[N];
    static uint8_t y[N], y_twice[2 * N];
    const rml_columns table = {N, N, P, x};
    rml_columns copied = {.n_rows = 0, .stride = 2L * N, .n_columns = P, .x = twice};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb a, b;
    uint64_t seed = 4;

    (void)state;
    settings.n_rounds = 5;
    settings.max_depth = 3;
    for (int k = 0; k < N * P; ++k) x[k] = rml_test_uniform(&seed);
    for (int i = 0; i < N; ++i) {
        y[i] = x[i] + x[N + i] + 0.3 * rml_test_uniform(&seed) > 1.1;
        weight[i] = i % 3;
        for (int c = 0; c < i % 3; ++c) {
            for (int j = 0; j < P; ++j) twice[j * 2 * N + copied.n_rows] = x[j * N + i];
            y_twice[copied.n_rows++] = y[i];
        }
    }
    assert_int_equal(rml_xgb_fit(&table, y, NULL, weight, &settings, &a), RML_OK);
    assert_int_equal(rml_xgb_decide(&a, &table, one), RML_OK);
    assert_int_equal(rml_xgb_fit(&table, y, NULL, weight, &settings, &b), RML_OK);
    assert_int_equal(a.n_bytes, b.n_bytes);
    assert_memory_equal(a.bytes, b.bytes, (size_t)a.n_bytes);
    rml_xgb_free(&b);
    assert_int_equal(rml_xgb_fit(&copied, y_twice, NULL, NULL, &settings, &b), RML_OK);
    assert_int_equal(rml_xgb_decide(&b, &table, other), RML_OK);
    rml_xgb_free(&a);
    rml_xgb_free(&b);
    for (int i = 0; i < N; ++i) {
        const int sign = y[i] ? 1 : -1;

        if (weight[i] > 0.0) assert_close(one[i], other[i], 0, 1e-4, "margin");
        if (fabs(x[i] + x[N + i] - 0.95) > 0.6) assert_true(sign * one[i] > 0.0);
    }
}

static void bad_input_is_refused(void **state)
{
    const double x[] = {1, 2, 3, 4}, bad[] = {1, 2, INFINITY, 4}, large[] = {1, 2, 1e39, 4}, zero[] = {0, 0, 0, 0};
    const uint8_t y[] = {0, 1, 0, 1}, one_class[] = {0, 0, 0, 0}, wrong[] = {0, 1, 2, 0};
    const rml_columns table = {4, 4, 1, x}, infinite = {4, 4, 1, bad}, too_large = {4, 4, 1, large};
    const rml_columns wide = {2, 2, 2, x}, empty = {0, 0, 1, x};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;
    double margin[4];

    (void)state;
    assert_int_equal(rml_xgb_fit(&empty, y, NULL, NULL, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&table, one_class, NULL, NULL, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&table, y, NULL, zero, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&infinite, y, NULL, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&too_large, y, NULL, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&table, wrong, NULL, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&table, NULL, bad, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&table, y, x, NULL, &settings, &xgb), RML_EINVAL);
    settings.base_score = 1.0;
    assert_int_equal(rml_xgb_fit(&table, y, NULL, NULL, &settings, &xgb), RML_EINVAL);
    settings = rml_xgb_defaults();
    settings.eta = 0.0;
    assert_int_equal(rml_xgb_fit(&table, y, NULL, NULL, &settings, &xgb), RML_EINVAL);
    settings = rml_xgb_defaults();
    settings.n_rounds = 1;
    assert_int_equal(rml_xgb_fit(&table, y, NULL, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &wide, margin), RML_EINVAL);
    assert_int_equal(rml_xgb_decide(&xgb, &infinite, margin), RML_EVALUE);
    assert_true(isnan(margin[0]));
    memset(xgb.bytes, 'x', (size_t)xgb.n_bytes);
    assert_int_equal(rml_xgb_decide(&xgb, &table, margin), RML_EFORMAT);
    rml_xgb_free(&xgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_match_xgboost),
        cmocka_unit_test(a_stump_by_hand),
        cmocka_unit_test(repeats_and_weights),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
