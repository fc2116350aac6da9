/* Rank tests and t tests. Oracle: R 4.2.2 (reference wilcoxon), at the reference's tolerances; scipy 1.17.1 for what
 * the reference leaves out (tests/oracle/scores.py). */
#include "kernels/stats/adjust.h"
#include "kernels/stats/ttest.h"
#include "kernels/stats/wilcoxon.h"
#include "tests/oracle/scores.h"
#include "tests/support/reference.h"

static const rml_wilcoxon_settings standard = {RML_WILCOXON_DEFAULT, RML_TWO_SIDED, true};

/* Values of one group, in the order of the file; malloc'ed. */
static double *group_of(const rml_table *table, const char *name, int64_t *n)
{
    const int32_t column = rml_table_column(table, "g");
    double *all = rml_table_numbers(table, "v");

    *n = 0;
    for (int64_t i = 0; i < table->n_rows; ++i)
        if (strcmp(table->cell[i * table->n_columns + column], name) == 0) all[(*n)++] = all[i];
    return all;
}

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The ranks balance where as many differences are below as above: of an even number over a stretch (big: from -0.12654
 * to -0.1236). Ours is its middle; R's root finder stops somewhere in it, or within its 1e-4. */
static void check_estimate(const double *x, int64_t n_x, const double *y, int64_t n_y, double ours, double expected)
{
    const int64_t n = n_x * n_y;
    double *difference = malloc((size_t)n * sizeof *difference), from, to;

    assert_non_null(difference);
    for (int64_t i = 0; i < n; ++i) difference[i] = x[i / n_y] - y[i % n_y];
    qsort(difference, (size_t)n, sizeof *difference, upwards);
    from = difference[(n - 1) / 2];
    to = difference[n / 2];
    assert_close(ours, 0.5 * (from + to), 0, 1e-12, "middle");
    assert_close(expected, fmin(fmax(expected, from), to), 0, 1e-4, "shift");
    free(difference);
}

static void check_case(const char *name)
{
    static const struct {
        const char *key;
        rml_wilcoxon_settings settings;
    } forms[] = {{"default", {RML_WILCOXON_DEFAULT, RML_TWO_SIDED, true}},
                 {"exact", {RML_WILCOXON_EXACT, RML_TWO_SIDED, true}},
                 {"normal_correct", {RML_WILCOXON_NORMAL, RML_TWO_SIDED, true}},
                 {"normal_nocorrect", {RML_WILCOXON_NORMAL, RML_TWO_SIDED, false}},
                 {"greater", {RML_WILCOXON_DEFAULT, RML_GREATER, true}},
                 {"less", {RML_WILCOXON_DEFAULT, RML_LESS, true}}};
    rml_reference reference;
    int64_t n_x, n_y;
    double *x, *y;

    rml_reference_open(name, &reference);
    x = group_of(&reference.input, "x", &n_x);
    y = group_of(&reference.input, "y", &n_y);
    assert_int_equal(n_x + n_y, reference.input.n_rows);
    for (size_t k = 0; k < sizeof forms / sizeof forms[0]; ++k) {
        const cJSON *expected = rml_json(reference.result, forms[k].key);
        const double p = rml_json_number(rml_json(expected, "p"));
        rml_wilcoxon test;
        const rml_status status = rml_wilcoxon_rank_sum(x, n_x, y, n_y, &forms[k].settings, &test);

        assert_int_equal(status, strcmp(name, "wilcoxon/allequal") == 0 ? RML_EEMPTY : RML_OK);
        assert_close(test.statistic, rml_json_number(rml_json(expected, "W")), 0, 0, "W");
        assert_close(test.p, p, 1e-10, 0, forms[k].key);
    }
    if (cJSON_HasObjectItem(reference.result, "hl")) {
        const cJSON *expected = rml_json(reference.result, "hl"), *ci = rml_json(expected, "ci");
        rml_hodges_lehmann shift;

        assert_int_equal(rml_wilcoxon_shift(x, n_x, y, n_y, &standard, 0.95, &shift), RML_OK);
        check_estimate(x, n_x, y, n_y, shift.estimate, rml_json_number(rml_json(expected, "estimate")));
        assert_close(shift.low, rml_json_number(cJSON_GetArrayItem(ci, 0)), 1e-12, 1e-4, "low");
        assert_close(shift.high, rml_json_number(cJSON_GetArrayItem(ci, 1)), 1e-12, 1e-4, "high");
    }
    if (cJSON_HasObjectItem(reference.result, "welch")) {
        const cJSON *expected = rml_json(reference.result, "welch");
        rml_ttest test;

        assert_int_equal(rml_ttest_two(x, n_x, y, n_y, false, 0.95, &test), RML_OK);
        assert_close(test.t, rml_json_number(rml_json(expected, "t")), 1e-10, 0, "t");
        assert_close(test.df, rml_json_number(rml_json(expected, "df")), 1e-10, 0, "df");
        assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-10, 0, "p of t");
    }
    free(x);
    free(y);
    rml_reference_close(&reference);
}

static void reference_cases_match(void **state)
{
    static const char *const names[] = {"wilcoxon/allequal",     "wilcoxon/big", "wilcoxon/n1",
                                        "wilcoxon/n49",          "wilcoxon/n50", "wilcoxon/outlier",
                                        "wilcoxon/small_noties", "wilcoxon/ties"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k) {
        print_message("%s\n", names[k]);
        check_case(names[k]);
    }
}

static void paired_case_matches(void **state)
{
    const rml_wilcoxon_settings normal = {RML_WILCOXON_NORMAL, RML_TWO_SIDED, true};
    rml_reference reference;
    rml_wilcoxon test;
    double *x, *y;
    const cJSON *expected;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("wilcoxon/paired", &reference);
    x = rml_table_numbers(&reference.input, "x");
    y = rml_table_numbers(&reference.input, "y");
    expected = rml_json(reference.result, "default");
    assert_int_equal(rml_wilcoxon_signed_rank(x, y, reference.input.n_rows, &standard, &test), RML_OK);
    assert_close(test.statistic, rml_json_number(rml_json(expected, "W")), 0, 0, "V");
    assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-10, 0, "p");
    assert_true(test.exact);
    expected = rml_json(reference.result, "normal");
    assert_int_equal(rml_wilcoxon_signed_rank(x, y, reference.input.n_rows, &normal, &test), RML_OK);
    assert_close(test.statistic, rml_json_number(rml_json(expected, "W")), 0, 0, "V");
    assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-10, 0, "p");
    free(x);
    free(y);
    rml_reference_close(&reference);
}

static void all_features_match(void **state)
{
    const rml_wilcoxon_settings normal = {RML_WILCOXON_NORMAL, RML_TWO_SIDED, true};
    rml_reference reference;
    rml_table table;
    double *outcome, *x, *w, *p, *adjusted, *expected[3];
    uint8_t *y;
    int64_t n, m;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("wilcoxon/c80x400_all_features", &reference);
    rml_reference_table(&reference, "expected.csv", &table);
    n = reference.input.n_rows, m = table.n_rows;
    outcome = rml_table_numbers(&reference.input, "y");
    y = malloc((size_t)n);
    x = malloc((size_t)(n * m) * sizeof *x);
    w = malloc(3 * (size_t)m * sizeof *w);
    assert_true(y && x && w);
    p = w + m, adjusted = p + m;
    for (int64_t i = 0; i < n; ++i) y[i] = outcome[i] != 0.0;
    for (int64_t j = 0; j < m; ++j) {
        double *column = rml_table_numbers(&reference.input, table.cell[j * table.n_columns]);

        memcpy(x + j * n, column, (size_t)n * sizeof *x);
        free(column);
    }
    expected[0] = rml_table_numbers(&table, "W");
    expected[1] = rml_table_numbers(&table, "p");
    expected[2] = rml_table_numbers(&table, "p_bh");
    {
        const rml_columns columns = {.n_rows = n, .stride = n, .n_columns = (int32_t)m, .x = x};

        assert_int_equal(rml_wilcoxon_columns(&columns, y, &normal, w, p), RML_OK);
    }
    assert_int_equal(rml_adjust(p, m, RML_ADJUST_BH, adjusted), RML_OK);
    for (int64_t j = 0; j < m; ++j) {
        assert_close(w[j], expected[0][j], 0, 0, "W");
        assert_close(p[j], expected[1][j], 1e-10, 0, "p");
        assert_close(adjusted[j], expected[2][j], 1e-10, 0, "adjusted p");
    }
    for (int k = 0; k < 3; ++k) free(expected[k]);
    free(outcome);
    free(x);
    free(y);
    free(w);
    rml_table_free(&table);
    rml_reference_close(&reference);
}

static void kruskal_case_matches(void **state)
{
    rml_reference reference;
    int32_t groups[1000], df, by;
    double *x, h, p;
    const cJSON *ties;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("wilcoxon/kruskal_centre", &reference);
    by = rml_table_column(&reference.input, rml_json(reference.result, "by")->valuestring);
    assert_true(by >= 0 && reference.input.n_rows <= 1000);
    for (int64_t i = 0; i < reference.input.n_rows; ++i) /* centres A, B, C */
        groups[i] = reference.input.cell[i * reference.input.n_columns + by][0] - 'A';
    x = rml_table_numbers(&reference.input, rml_json(reference.result, "feature")->valuestring);
    assert_int_equal(rml_wilcoxon_kruskal(x, groups, reference.input.n_rows, 5, &h, &df, &p), RML_OK);
    assert_close(h, rml_json_number(rml_json(reference.result, "H")), 1e-10, 0, "H");
    assert_close(df, rml_json_number(rml_json(reference.result, "df")), 0, 0, "df");
    assert_close(p, rml_json_number(rml_json(reference.result, "p")), 1e-10, 0, "p");
    free(x);
    ties = rml_json(reference.result, "ties5");
    x = rml_table_numbers(&reference.input, "ties5");
    assert_int_equal(rml_wilcoxon_kruskal(x, groups, reference.input.n_rows, 3, &h, &df, &p), RML_OK);
    assert_close(h, rml_json_number(rml_json(ties, "H")), 1e-10, 0, "H");
    assert_close(p, rml_json_number(rml_json(ties, "p")), 1e-10, 0, "p");
    free(x);
    rml_reference_close(&reference);
}

/* Typed from the reference (R 4.2.2): wilcoxon/n1, and exact tails that follow from counting. */
static void small_samples_count_arrangements(void **state)
{
    const double x[3] = {5, 6, 7}, y[4] = {1, 2, 3, 4}, pairs[5] = {1, 2, 3, 4, -5};
    const rml_wilcoxon_settings greater = {RML_WILCOXON_DEFAULT, RML_GREATER, true};
    rml_wilcoxon test;
    rml_hodges_lehmann shift;
    (void)state;

    assert_int_equal(rml_wilcoxon_rank_sum(x, 3, y, 4, &greater, &test), RML_OK);
    assert_close(test.p, 1.0 / 35.0, 1e-15, 0, "one of 7 choose 3");
    assert_int_equal(rml_wilcoxon_rank_sum(x, 3, y, 4, &standard, &test), RML_OK);
    assert_close(test.p, 2.0 / 35.0, 1e-15, 0, "both ends");
    assert_int_equal(rml_wilcoxon_shift(x, 3, y, 4, &standard, 0.95, &shift), RML_OK);
    assert_close(shift.estimate, 3.5, 1e-15, 0, "median of differences");
    assert_close(shift.low, 1, 1e-15, 0, "the least difference");
    assert_int_equal(rml_wilcoxon_signed_rank(pairs, NULL, 5, &greater, &test), RML_OK);
    assert_close(test.statistic, 10, 0, 0, "V");
    assert_close(test.p, 10.0 / 32.0, 1e-15, 0, "subsets of 1..5 that reach 10"); /* as many as stay at 5 or below */
}

/* Turning the samples around; any monotone change of the values; another order of rows; the two-sample test's normal
 * form is Kruskal-Wallis' for two groups. */
static void invariances_hold(void **state)
{
    enum { N = 61, M = 24 };
    const rml_wilcoxon_settings plain = {RML_WILCOXON_NORMAL, RML_TWO_SIDED, false};
    double v[N], other[N], h, p;
    int32_t groups[N], df;
    uint64_t seed = 77;
    rml_wilcoxon test, turned;
    (void)state;

    for (int i = 0; i < N; ++i) {
        v[i] = floor(12.0 * rml_test_uniform(&seed)) + (i < M ? 2.0 : 0.0);
        other[i] = exp(v[i] / 3.0);
        groups[i] = i < M;
    }
    assert_int_equal(rml_wilcoxon_rank_sum(v, M, v + M, N - M, &plain, &test), RML_OK);
    assert_int_equal(rml_wilcoxon_rank_sum(v + M, N - M, v, M, &plain, &turned), RML_OK);
    assert_close(turned.p, test.p, 1e-13, 0, "turned around");
    assert_close(turned.statistic, M * (N - M) - test.statistic, 0, 0, "turned around");
    assert_int_equal(rml_wilcoxon_rank_sum(other, M, other + M, N - M, &plain, &turned), RML_OK);
    assert_close(turned.p, test.p, 0, 0, "monotone");
    assert_int_equal(rml_wilcoxon_kruskal(v, groups, N, 2, &h, &df, &p), RML_OK);
    assert_close(p, test.p, 1e-11, 0, "two groups");
    for (int i = 0; i < N; ++i) other[i] = v[N - 1 - i];
    assert_int_equal(rml_wilcoxon_rank_sum(other + (N - M), M, other, N - M, &plain, &turned), RML_OK);
    assert_close(turned.p, test.p, 0, 0, "order of rows");
}

/* Ties and zeros rule out the exact form. */
static void signed_ranks_with_ties_match_scipy(void **state)
{
    rml_wilcoxon test;
    (void)state;

    assert_int_equal(rml_wilcoxon_signed_rank(signed_x, signed_y, 25, &standard, &test), RML_OK);
    assert_false(test.exact);
    assert_close(test.statistic, signed_expected[0], 0, 0, "V");
    assert_close(test.p, signed_expected[1], 1e-12, 0, "p");
}

static void t_tests_match_scipy(void **state)
{
    static const double *const expected = ttest_expected;
    rml_ttest test[3];
    (void)state;

    assert_int_equal(rml_ttest_two(resampled_first, 20, ttest_y, 15, false, 0.9, &test[0]), RML_OK);
    assert_int_equal(rml_ttest_two(resampled_first, 20, ttest_y, 15, true, 0.9, &test[1]), RML_OK);
    assert_int_equal(rml_ttest_paired(resampled_first, ttest_y, 15, 0.9, &test[2]), RML_OK);
    for (int k = 0; k < 3; ++k) {
        assert_close(test[k].t, expected[5 * k], 1e-11, 0, "t");
        assert_close(test[k].df, expected[5 * k + 1], 1e-12, 0, "df");
        assert_close(test[k].p, expected[5 * k + 2], 1e-10, 0, "p");
        assert_close(test[k].low, expected[5 * k + 3], 1e-10, 0, "low");
        assert_close(test[k].high, expected[5 * k + 4], 1e-10, 0, "high");
    }
}

static void what_has_no_value_says_so(void **state)
{
    const double x[3] = {1, 2, 3}, missing[3] = {1, NAN, 3}, same[3] = {2, 2, 2}, infinite[3] = {1, 2, INFINITY};
    const int32_t groups[3] = {0, 1, 0}, alone[3] = {1, 1, 1}, beyond[3] = {0, 1, 7};
    const uint8_t y[3] = {0, 1, 0}, none[3] = {0};
    const double both[6] = {1, NAN, 3, 1, 2, 3};
    const rml_columns columns = {.n_rows = 3, .stride = 3, .n_columns = 2, .x = both};
    const rml_wilcoxon_settings exact = {RML_WILCOXON_EXACT, RML_TWO_SIDED, true};
    double w[2], p[2], *many = malloc(1200 * sizeof *many);
    int32_t df;
    rml_wilcoxon test;
    rml_hodges_lehmann shift;
    rml_ttest t;
    (void)state;

    assert_non_null(many);
    assert_int_equal(rml_wilcoxon_rank_sum(x, 3, missing, 3, &standard, &test), RML_EVALUE);
    assert_true(isnan(test.statistic) && isnan(test.p));
    assert_int_equal(rml_wilcoxon_rank_sum(x, 3, x, 0, &standard, &test), RML_EEMPTY);
    assert_int_equal(rml_wilcoxon_rank_sum(same, 3, same, 3, &standard, &test), RML_EEMPTY);
    assert_true(test.statistic == 4.5 && isnan(test.p));
    for (int i = 0; i < 1200; ++i) many[i] = i;
    assert_int_equal(rml_wilcoxon_rank_sum(many, 600, many + 600, 600, &exact, &test), RML_ECAPACITY);
    assert_true(test.statistic == 0.0 && isnan(test.p));
    assert_int_equal(rml_wilcoxon_columns(&columns, y, &standard, w, p), RML_OK);
    assert_true(isnan(w[0]) && isnan(p[0]) && w[1] == 1.0 && p[1] == 1.0);
    assert_int_equal(rml_wilcoxon_columns(&columns, none, &standard, w, p), RML_EEMPTY);
    assert_int_equal(rml_wilcoxon_signed_rank(x, x, 3, &standard, &test), RML_EEMPTY);
    assert_true(test.statistic == 0.0 && isnan(test.p));
    assert_int_equal(rml_wilcoxon_signed_rank(x, missing, 3, &standard, &test), RML_EVALUE);
    assert_int_equal(rml_wilcoxon_signed_rank(x, NULL, 0, &standard, &test), RML_EEMPTY);
    assert_int_equal(rml_wilcoxon_shift(same, 3, same, 3, &standard, 0.95, &shift), RML_EEMPTY);
    assert_true(isnan(shift.estimate));
    assert_int_equal(rml_wilcoxon_shift(x, 3, infinite, 3, &standard, 0.95, &shift), RML_EVALUE);
    assert_int_equal(rml_wilcoxon_shift(x, 3, same, 3, &standard, 1.5, &shift), RML_EINVAL);
    assert_int_equal(rml_wilcoxon_kruskal(x, alone, 3, 2, w, &df, p), RML_EEMPTY);
    assert_int_equal(rml_wilcoxon_kruskal(same, groups, 3, 2, w, &df, p), RML_EEMPTY);
    assert_true(isnan(w[0]) && isnan(p[0]) && df == 1);
    assert_int_equal(rml_wilcoxon_kruskal(x, beyond, 3, 2, w, &df, p), RML_EVALUE);
    assert_int_equal(rml_wilcoxon_kruskal(missing, groups, 3, 2, w, &df, p), RML_EVALUE);
    assert_int_equal(rml_ttest_two(x, 3, missing, 3, false, 0.95, &t), RML_EVALUE);
    assert_true(isnan(t.mean_x));
    assert_int_equal(rml_ttest_two(same, 3, same, 3, false, 0.95, &t), RML_EEMPTY);
    assert_true(t.mean_x == 2.0 && isnan(t.t));
    assert_int_equal(rml_ttest_two(x, 1, same, 3, false, 0.95, &t), RML_EEMPTY);
    assert_int_equal(rml_ttest_two(same, 1, x, 3, true, 0.95, &t), RML_OK);
    assert_true(t.df == 2.0 && t.p == 1.0);
    assert_int_equal(rml_ttest_paired(x, x, 3, 0.95, &t), RML_EEMPTY);
    assert_true(t.mean_y == 2.0 && isnan(t.p));
    assert_int_equal(rml_ttest_paired(x, missing, 3, 0.95, &t), RML_EVALUE);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_cases_match),
        cmocka_unit_test(paired_case_matches),
        cmocka_unit_test(all_features_match),
        cmocka_unit_test(kruskal_case_matches),
        cmocka_unit_test(small_samples_count_arrangements),
        cmocka_unit_test(invariances_hold),
        cmocka_unit_test(signed_ranks_with_ties_match_scipy),
        cmocka_unit_test(t_tests_match_scipy),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
