/* Correlations. Oracle: R 4.2.2 cor and cor.test (reference correlation), at the reference's tolerances. */
#include "kernels/stats/correlation.h"
#include "tests/support/reference.h"

static void check(const rml_correlation_test *test, const cJSON *expected, double least_p, const char *name)
{
    const cJSON *ci = rml_json(expected, "ci");

    assert_close(test->estimate, rml_json_number(rml_json(expected, "est")), 0, 1e-12, name);
    assert_close(test->statistic, rml_json_number(rml_json(expected, "stat")), 1e-9, 0, name);
    assert_close(test->p, rml_json_number(rml_json(expected, "p")), 1e-9, least_p, name);
    if (!cJSON_IsArray(ci)) return;
    assert_close(test->low, rml_json_number(cJSON_GetArrayItem(ci, 0)), 0, 1e-12, name);
    assert_close(test->high, rml_json_number(cJSON_GetArrayItem(ci, 1)), 0, 1e-12, name);
}

static void check_case(const char *name)
{
    rml_reference reference;
    rml_correlation_test test;
    double *x, *y;
    int64_t n = 0;

    rml_reference_open(name, &reference);
    x = rml_table_numbers(&reference.input, "x");
    y = rml_table_numbers(&reference.input, "y");
    for (int64_t i = 0; i < reference.input.n_rows; ++i) { /* complete rows */
        x[n] = x[i];
        y[n] = y[i];
        n += !isnan(x[i]) && !isnan(y[i]);
    }
    {
        const rml_status flat = strcmp(name, "correlation/const") == 0 ? RML_EEMPTY : RML_OK;

        assert_int_equal(rml_correlation_pearson_test(x, y, n, 0.95, &test), flat);
        check(&test, rml_json(reference.result, "pearson"), 0, "pearson");
        assert_int_equal(rml_correlation_spearman_test(x, y, n, RML_FORM_DEFAULT, false, &test), flat);
        check(&test, rml_json(reference.result, "spearman_default"), 0, "spearman");
        assert_int_equal(rml_correlation_spearman_test(x, y, n, RML_FORM_ASYMPTOTIC, false, &test), flat);
        check(&test, rml_json(reference.result, "spearman_t"), 0, "spearman t");
        assert_int_equal(rml_correlation_spearman_test(x, y, n, RML_FORM_ASYMPTOTIC, true, &test), flat);
        check(&test, rml_json(reference.result, "spearman_continuity"), 0, "spearman continuity");
        /* R's upper tail is 2 (1 - P): below 1e-6 its last places are those of 1 */
        assert_int_equal(rml_correlation_kendall_test(x, y, n, RML_FORM_DEFAULT, false, &test), flat);
        check(&test, rml_json(reference.result, "kendall"), 2e-15, "kendall");
    }
    free(x);
    free(y);
    rml_reference_close(&reference);
}

static void reference_cases_match(void **state)
{
    static const char *const names[] = {"catastrophic", "const", "missing", "n10",     "n1300", "n40",
                                        "n8",           "n9",    "outlier", "perfect", "ties"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k) {
        char name[64];

        snprintf(name, sizeof name, "correlation/%s", names[k]);
        print_message("%s\n", name);
        check_case(name);
    }
}

static void matrices_match(void **state)
{
    static const char *const names[] = {"correlation/matrix_pearson", "correlation/matrix_spearman"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int kind = 0; kind < 2; ++kind) {
        rml_reference reference;
        rml_table table;
        const cJSON *features;
        int32_t p;
        double *x, *expected, *r;

        rml_reference_open(names[kind], &reference);
        features = rml_json(reference.result, "columns");
        rml_reference_table(&reference, "expected.csv", &table);
        x = rml_table_matrix(&reference.input, features, &p);
        expected = rml_table_matrix(&table, features, &p);
        r = malloc((size_t)p * (size_t)p * sizeof *r);
        assert_non_null(r);
        {
            const int64_t n = reference.input.n_rows;
            const rml_columns columns = {.n_rows = n, .stride = n, .n_columns = p, .x = x};

            assert_int_equal(rml_correlation_matrix(&columns, kind ? RML_SPEARMAN : RML_PEARSON, r), RML_OK);
        }
        for (int32_t k = 0; k < p * p; ++k) assert_close(r[k], expected[k], 0, 1e-12, names[kind]);
        free(x);
        free(expected);
        free(r);
        rml_table_free(&table);
        rml_reference_close(&reference);
    }
}

/* Kendall by its definition: every pair looked at. With ties in both. */
static void kendall_counts_pairs(void **state)
{
    enum { N = 83 };
    double x[N], y[N], tau, score = 0.0, tied_x = 0.0, tied_y = 0.0;
    uint64_t seed = 11;
    (void)state;

    for (int i = 0; i < N; ++i) {
        x[i] = floor(9.0 * rml_test_uniform(&seed));
        y[i] = floor(0.5 * x[i] + 6.0 * rml_test_uniform(&seed));
    }
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < i; ++j) {
            score += (double)((x[i] > x[j]) - (x[i] < x[j])) * ((y[i] > y[j]) - (y[i] < y[j]));
            tied_x += x[i] == x[j];
            tied_y += y[i] == y[j];
        }
    assert_int_equal(rml_correlation_kendall(x, y, N, &tau), RML_OK);
    assert_close(tau, score / sqrt((0.5 * N * (N - 1) - tied_x) * (0.5 * N * (N - 1) - tied_y)), 1e-14, 0, "tau-b");
    assert_int_equal(rml_correlation_kendall(y, x, N, &score), RML_OK);
    assert_close(score, tau, 1e-15, 0, "symmetric");
}

/* R 4.2.2 typed in (correlation/n9 and its like), and permutations counted by hand: three things in order are one of
 * six. */
static void exact_p_values_count_permutations(void **state)
{
    const double x[4] = {1, 2, 3, 4}, y[4] = {10, 20, 30, 40}, mixed[4] = {2, 1, 3, 4};
    static const double ten[] = {3, 1, 4, 10, 5, 9, 2, 6, 8, 7};
    static const double many[] = {12, 3,  17, 9, 25, 1,  14, 20, 6,  23, 11, 2, 19,
                                  8,  15, 24, 5, 10, 22, 4,  18, 13, 7,  21, 16};
    double rising[30], falling[30];
    rml_correlation_test test;
    (void)state;

    assert_int_equal(rml_correlation_spearman_test(x, y, 4, RML_FORM_DEFAULT, false, &test), RML_OK);
    assert_close(test.p, 2.0 / 24.0, 1e-15, 0, "in order");
    assert_int_equal(rml_correlation_spearman_test(x, mixed, 4, RML_FORM_DEFAULT, false, &test), RML_OK);
    assert_close(test.p, 8.0 / 24.0, 1e-15, 0, "one exchange"); /* S <= 2: the order itself and three exchanges */
    assert_int_equal(rml_correlation_kendall_test(x, mixed, 4, RML_FORM_DEFAULT, false, &test), RML_OK);
    assert_close(test.p, 8.0 / 24.0, 1e-15, 0, "one exchange");
    for (int k = 0; k < 2; ++k) { /* against its order and the reverse: cor.test, R 4.2.2 */
        for (int i = 0; i < 25; ++i) rising[i] = k ? -i : i;
        assert_int_equal(rml_correlation_spearman_test(rising, ten, 10, RML_FORM_DEFAULT, false, &test), RML_OK);
        assert_close(test.p, 0.19093201931611148, 1e-12, 0, "Spearman's of ten");
        assert_int_equal(rml_correlation_spearman_test(rising, many, 25, RML_FORM_DEFAULT, false, &test), RML_OK);
        assert_close(test.p, 0.56128071337554697, 1e-12, 0, "Spearman's of 25");
    }
    for (int i = 0; i < 30; ++i) {
        rising[i] = i;
        falling[i] = -i;
    }
    assert_int_equal(rml_correlation_kendall_test(rising, falling, 30, RML_FORM_DEFAULT, false, &test), RML_OK);
    assert_close(test.p, 2.0 / tgamma(31), 1e-13, 0, "one of 30!");
    assert_int_equal(rml_correlation_kendall_test(rising, rising, 30, RML_FORM_DEFAULT, false, &test), RML_OK);
    assert_close(test.p, 2.0 / tgamma(31), 1e-13, 0, "one of 30!, the other end");
}

static void invariances_hold(void **state)
{
    enum { N = 45 };
    double x[N], y[N], table[3 * N], r, other, matrix[9];
    const rml_columns columns = {.n_rows = N, .stride = N, .n_columns = 3, .x = table};
    uint64_t seed = 19;
    (void)state;

    for (int i = 0; i < N; ++i) {
        x[i] = rml_test_uniform(&seed);
        y[i] = x[i] + rml_test_uniform(&seed);
        table[i] = 1e9 + 1e-3 * x[i];
        table[N + i] = 1e300 * y[i];
        table[2 * N + i] = -1e-300 * y[i];
    }
    assert_int_equal(rml_correlation_pearson(x, y, N, &r), RML_OK);
    assert_int_equal(rml_correlation_matrix(&columns, RML_PEARSON, matrix), RML_OK);
    assert_close(matrix[1], r, 1e-3, 0, "shifted far"); /* the table's own digits end there */
    assert_close(matrix[5], -1, 1e-14, 0, "huge and tiny");
    assert_close(matrix[3], matrix[1], 0, 0, "symmetric");
    assert_close(matrix[8], 1, 0, 0, "diagonal");
    assert_int_equal(rml_correlation_spearman(x, y, N, &r), RML_OK);
    for (int i = 0; i < N; ++i) y[i] = pow(y[i], 5.0);
    assert_int_equal(rml_correlation_spearman(x, y, N, &other), RML_OK);
    assert_close(other, r, 0, 0, "monotone");
    for (int i = 0; i < N / 2; ++i) {
        const double a = x[i], b = y[i];

        x[i] = x[N - 1 - i], x[N - 1 - i] = a;
        y[i] = y[N - 1 - i], y[N - 1 - i] = b;
    }
    assert_int_equal(rml_correlation_spearman(x, y, N, &other), RML_OK);
    assert_close(other, r, 1e-14, 0, "order of rows");
}

static void what_has_no_value_says_so(void **state)
{
    const double x[3] = {1, 2, 4}, y[3] = {1, 3, 2}, same[3] = {5, 5, 5}, missing[3] = {1, NAN, 2};
    const double table[9] = {1, 2, 4, 5, 5, 5, 1, NAN, 2};
    const rml_columns columns = {.n_rows = 3, .stride = 3, .n_columns = 3, .x = table};
    rml_correlation_test test;
    double r, matrix[9];
    (void)state;

    assert_int_equal(rml_correlation_pearson(x, same, 3, &r), RML_EEMPTY);
    assert_true(isnan(r));
    assert_int_equal(rml_correlation_pearson(x, missing, 3, &r), RML_EVALUE);
    assert_int_equal(rml_correlation_spearman(missing, x, 3, &r), RML_EVALUE);
    assert_int_equal(rml_correlation_spearman(same, x, 3, &r), RML_EEMPTY);
    assert_int_equal(rml_correlation_kendall(x, missing, 3, &r), RML_EVALUE);
    assert_int_equal(rml_correlation_kendall(x, same, 3, &r), RML_EEMPTY);
    assert_true(isnan(r));
    assert_int_equal(rml_correlation_pearson(x, y, 1, &r), RML_EEMPTY);
    assert_int_equal(rml_correlation_pearson_test(x, y, 2, 0.95, &test), RML_EEMPTY);
    assert_true(test.estimate == 1.0 && isnan(test.p));
    assert_int_equal(rml_correlation_pearson_test(x, y, 3, 0.95, &test), RML_OK);
    assert_true(isnan(test.low) && test.df == 1.0);
    assert_int_equal(rml_correlation_pearson_test(x, y, 3, 0, &test), RML_EINVAL);
    assert_int_equal(rml_correlation_matrix(&columns, RML_SPEARMAN, matrix), RML_OK);
    for (int k = 0; k < 9; ++k) /* the usable column and the constant one with themselves */
        assert_close(matrix[k], k == 0 || k == 4 ? 1.0 : NAN, 0, 0, "matrix");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_cases_match), cmocka_unit_test(matrices_match),
        cmocka_unit_test(kendall_counts_pairs),  cmocka_unit_test(exact_p_values_count_permutations),
        cmocka_unit_test(invariances_hold),      cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
