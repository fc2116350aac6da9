/* Ranks, AUC, DeLong, curve. Oracle: pROC 1.18.0 (reference folder roc) and a few of its numbers typed in; the
 * tolerances are the reference's own. */
#include "kernels/stats/rank.h"
#include "kernels/stats/roc.h"
#include "tests/support/reference.h"

static uint8_t *outcome_of(const rml_table *table)
{
    double *numbers = rml_table_numbers(table, "y");
    uint8_t *y = malloc((size_t)table->n_rows + 1);

    assert_non_null(y);
    for (int64_t i = 0; i < table->n_rows; ++i) y[i] = numbers[i] != 0.0;
    free(numbers);
    return y;
}

static void list_is(const cJSON *list, int32_t k, double value, double tolerance, const char *name)
{
    assert_close(value, rml_json_number(cJSON_GetArrayItem(list, k)), tolerance, 0, name);
}

static void check_score(const double *score, const uint8_t *y, int64_t n, const cJSON *expected)
{
    static const char *const ci_name[] = {"ci", "ci90"};
    const cJSON *best = rml_json(expected, "youden");
    const rml_columns columns = {.n_rows = n, .stride = n, .n_columns = 1, .x = score};
    rml_roc_interval interval;
    rml_roc_curve curve;
    double auc;

    assert_int_equal(rml_roc_auc(score, y, n, &auc), RML_OK);
    assert_close(auc, rml_json_number(rml_json(expected, "auc")), 1e-12, 0, "auc");
    assert_int_equal(rml_roc_auc_columns(&columns, y, &auc), RML_OK);
    assert_close(auc, rml_json_number(rml_json(expected, "auc")), 1e-12, 0, "auc of a column");
    for (int k = 0; k < 2; ++k) {
        const cJSON *ci = rml_json(expected, ci_name[k]);
        const rml_status status = rml_roc_delong(score, y, n, k ? 0.9 : 0.95, &interval);

        assert_int_equal(status, isnan(interval.variance) ? RML_EEMPTY : RML_OK);
        assert_close(interval.auc, rml_json_number(rml_json(expected, "auc")), 1e-12, 0, "auc");
        assert_close(interval.variance, rml_json_number(rml_json(expected, "var_delong")), 1e-12, 0, "variance");
        list_is(ci, 0, interval.low, 1e-12, "low");
        list_is(ci, 2, interval.high, 1e-12, "high");
    }
    assert_int_equal(rml_roc_curve_fit(score, y, n, &curve), RML_OK);
    assert_int_equal(curve.n_best, cJSON_GetArraySize(rml_json(best, "threshold")));
    for (int32_t k = 0; k < curve.n_best; ++k) {
        const int32_t at = curve.best[k];

        list_is(rml_json(best, "threshold"), k, curve.threshold[at], 1e-12, "threshold");
        list_is(rml_json(best, "sensitivity"), k, curve.sensitivity[at], 1e-12, "sensitivity");
        list_is(rml_json(best, "specificity"), k, curve.specificity[at], 1e-12, "specificity");
        list_is(rml_json(best, "tp"), k, (double)curve.tp[at], 0, "tp");
        list_is(rml_json(best, "fp"), k, (double)curve.fp[at], 0, "fp");
        list_is(rml_json(best, "fn"), k, (double)(curve.n_positive - curve.tp[at]), 0, "fn");
        list_is(rml_json(best, "tn"), k, (double)(curve.n_negative - curve.fp[at]), 0, "tn");
    }
    rml_roc_curve_free(&curve);
}

/* Rows with even and with odd numbers, counted from 1. */
static void check_unpaired(const double *score, const uint8_t *y, int64_t n, const cJSON *expected)
{
    rml_roc_interval half[2];
    rml_roc_unpaired test;
    double *part = malloc((size_t)n * sizeof *part), expected_t;
    uint8_t *part_y = malloc((size_t)n);

    if (cJSON_HasObjectItem(expected, "error")) goto done; /* the reference's own call went wrong */
    assert_non_null(part);
    assert_non_null(part_y);
    for (int odd = 0; odd < 2; ++odd) {
        int64_t m = 0;

        for (int64_t i = odd ? 0 : 1; i < n; i += 2) {
            part[m] = score[i];
            part_y[m++] = y[i];
        }
        assert_int_equal(rml_roc_delong(part, part_y, m, 0.95, &half[odd]), RML_OK);
    }
    assert_close(half[0].auc, rml_json_number(rml_json(expected, "auc1")), 1e-12, 0, "auc1");
    assert_close(half[1].auc, rml_json_number(rml_json(expected, "auc2")), 1e-12, 0, "auc2");
    expected_t = rml_json_number(rml_json(expected, "d"));
    assert_int_equal(rml_roc_unpaired_test(&half[0], &half[1], &test), isnan(expected_t) ? RML_EEMPTY : RML_OK);
    assert_close(test.t, expected_t, 1e-9, 0, "unpaired t");
    assert_close(test.df, rml_json_number(rml_json(expected, "df")), 1e-9, 0, "unpaired df");
    assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-9, 0, "unpaired p");
done:
    free(part);
    free(part_y);
}

static void check_case(const char *name)
{
    rml_reference reference;
    rml_table expected;
    rml_roc_curve curve;
    rml_roc_paired test;
    double *s1, *s2, *column[3];
    uint8_t *y;
    const cJSON *paired;
    rml_status status;
    int64_t n;

    rml_reference_open(name, &reference);
    n = reference.input.n_rows;
    s1 = rml_table_numbers(&reference.input, "s1");
    s2 = rml_table_numbers(&reference.input, "s2");
    y = outcome_of(&reference.input);
    check_score(s1, y, n, rml_json(reference.result, "s1"));
    check_score(s2, y, n, rml_json(reference.result, "s2"));

    paired = rml_json(reference.result, "paired");
    status = rml_roc_paired_test(s1, s2, y, n, 0.95, &test);
    assert_int_equal(status, isnan(rml_json_number(rml_json(paired, "z"))) ? RML_EEMPTY : RML_OK);
    /* 1e-15: a covariance near 0 is a difference of terms of 1e-3 */
    assert_close(test.covariance, rml_json_number(rml_json(reference.result, "delong_cov")), 1e-12, 1e-15,
                 "covariance");
    assert_close(test.z, rml_json_number(rml_json(paired, "z")), 1e-9, 0, "z");
    assert_close(test.p, rml_json_number(rml_json(paired, "p")), 1e-9, 0, "p");
    list_is(rml_json(paired, "ci_diff"), 0, test.low, 1e-9, "low difference");
    list_is(rml_json(paired, "ci_diff"), 1, test.high, 1e-9, "high difference");
    check_unpaired(s1, y, n, rml_json(reference.result, "unpaired_even_vs_odd_rows_s1"));

    rml_reference_table(&reference, "curve_s1.csv", &expected);
    column[0] = rml_table_numbers(&expected, "threshold");
    column[1] = rml_table_numbers(&expected, "sensitivity");
    column[2] = rml_table_numbers(&expected, "specificity");
    assert_int_equal(rml_roc_curve_fit(s1, y, n, &curve), RML_OK);
    assert_int_equal(curve.n_points, expected.n_rows);
    for (int32_t k = 0; k < curve.n_points; ++k) {
        assert_close(curve.threshold[k], column[0][k], 1e-15, 0, "threshold");
        assert_close(curve.sensitivity[k], column[1][k], 1e-15, 0, "sensitivity");
        assert_close(curve.specificity[k], column[2][k], 1e-15, 0, "specificity");
    }
    rml_roc_curve_free(&curve);
    for (int k = 0; k < 3; ++k) free(column[k]);
    rml_table_free(&expected);
    free(s1);
    free(s2);
    free(y);
    rml_reference_close(&reference);
}

static void reference_cases_match(void **state)
{
    static const char *const names[] = {"roc/constant", "roc/imbalanced_n150", "roc/n60",      "roc/one_event",
                                        "roc/outlier",  "roc/perfect",         "roc/reversed", "roc/ties_n80"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k) {
        print_message("%s\n", names[k]);
        check_case(names[k]);
    }
}

/* pROC 1.18.0 on twelve rows (the reference's roc/constant, s1 and s2). */
static void a_small_table_matches_proc(void **state)
{
    static const uint8_t y[12] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    double flat[12], rising[12];
    rml_roc_interval interval;
    rml_roc_paired paired;
    rml_roc_curve curve;
    (void)state;

    for (int i = 0; i < 12; ++i) {
        flat[i] = 1.0;
        rising[i] = i + 1.0;
    }
    assert_int_equal(rml_roc_delong(rising, y, 12, 0.95, &interval), RML_OK);
    assert_close(interval.auc, 0.5833333333333334, 1e-15, 0, "auc");
    assert_close(interval.variance, 0.03240740740740741, 1e-14, 0, "variance");
    assert_close(interval.low, 0.23049948994382335, 1e-13, 0, "low");
    assert_close(interval.high, 0.9361671767228434, 1e-13, 0, "high");
    assert_int_equal(rml_roc_paired_test(flat, rising, y, 12, 0.95, &paired), RML_OK);
    assert_close(paired.z, -0.4629100498862759, 1e-12, 0, "z");
    assert_close(paired.p, 0.6434288435636204, 1e-12, 0, "p");
    assert_int_equal(rml_roc_curve_fit(rising, y, 12, &curve), RML_OK);
    assert_int_equal(curve.n_points, 13);
    assert_int_equal(curve.n_best, 4); /* six on paper; two sums round down, and pROC reports four */
    rml_roc_curve_free(&curve);
    assert_int_equal(rml_roc_curve_fit(flat, y, 12, &curve), RML_OK);
    assert_int_equal(curve.n_points, 2);
    assert_int_equal(curve.n_best, 2);
    rml_roc_curve_free(&curve);
}

/* The definition: pairs counted one by one. */
static void auc_counts_pairs(void **state)
{
    enum { N = 137 };
    uint64_t seed = 5;
    double score[N], turned[N], auc, other, won = 0.0;
    uint8_t y[N];
    int64_t pairs = 0;
    (void)state;

    for (int i = 0; i < N; ++i) {
        score[i] = floor(20.0 * rml_test_uniform(&seed)) - 4.0;
        if (score[i] == 0.0 && i % 2) score[i] = -0.0; /* equal to 0 */
        y[i] = rml_test_uniform(&seed) < 0.3;
    }
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j)
            if (y[i] && !y[j]) {
                ++pairs;
                won += score[i] > score[j] ? 1.0 : score[i] == score[j] ? 0.5 : 0.0;
            }
    assert_int_equal(rml_roc_auc(score, y, N, &auc), RML_OK);
    assert_close(auc, won / (double)pairs, 1e-15, 0, "pairs");
    for (int i = 0; i < N; ++i) turned[i] = -score[i];
    assert_int_equal(rml_roc_auc(turned, y, N, &other), RML_OK);
    assert_close(other, 1.0 - auc, 1e-15, 0, "turned around");
    for (int i = 0; i < N; ++i) turned[i] = exp(3.0 * score[i]);
    assert_int_equal(rml_roc_auc(turned, y, N, &other), RML_OK);
    assert_close(other, auc, 0, 0, "monotone");
    for (int i = 0; i < N; ++i) turned[i] = score[i] == 15.0 ? INFINITY : score[i];
    assert_int_equal(rml_roc_auc(turned, y, N, &other), RML_OK);
    assert_close(other, auc, 0, 0, "infinite");
    for (int i = 0; i < N / 2; ++i) { /* rows in another order */
        const double s = score[i];
        const uint8_t t = y[i];

        score[i] = score[N - 1 - i], score[N - 1 - i] = s;
        y[i] = y[N - 1 - i], y[N - 1 - i] = t;
    }
    assert_int_equal(rml_roc_auc(score, y, N, &other), RML_OK);
    assert_close(other, auc, 0, 0, "order of rows");
}

static void what_has_no_value_says_so(void **state)
{
    const double score[4] = {1, 2, 3, 4}, missing[4] = {1, NAN, 3, 4}, infinite[4] = {1, 2, 3, INFINITY};
    const double both[8] = {1, NAN, 3, 4, 1, 2, 3, 4};
    const uint8_t none[4] = {0}, some[4] = {0, 1, 0, 1}, one[4] = {0, 0, 1, 0};
    const rml_columns columns = {.n_rows = 4, .stride = 4, .n_columns = 2, .x = both};
    rml_roc_interval interval;
    rml_roc_paired paired;
    rml_roc_curve curve;
    double auc, aucs[2];
    (void)state;

    assert_int_equal(rml_roc_auc(score, none, 4, &auc), RML_EEMPTY);
    assert_true(isnan(auc));
    assert_int_equal(rml_roc_auc(missing, some, 4, &auc), RML_EVALUE);
    assert_true(isnan(auc));
    assert_int_equal(rml_roc_auc_columns(&columns, some, aucs), RML_OK);
    assert_true(isnan(aucs[0]));
    assert_close(aucs[1], 0.75, 0, 0, "the other column");
    assert_int_equal(rml_roc_auc_columns(&columns, none, aucs), RML_EEMPTY);
    assert_int_equal(rml_roc_delong(score, none, 4, 0.95, &interval), RML_EEMPTY);
    assert_true(isnan(interval.auc) && isnan(interval.low));
    assert_int_equal(rml_roc_delong(score, one, 4, 0.95, &interval), RML_EEMPTY);
    assert_close(interval.auc, 2.0 / 3.0, 1e-15, 0, "one positive");
    assert_true(isnan(interval.variance) && isnan(interval.high));
    assert_int_equal(rml_roc_delong(missing, some, 4, 0.95, &interval), RML_EVALUE);
    assert_int_equal(rml_roc_delong(score, some, 4, 1.0, &interval), RML_EINVAL);
    assert_int_equal(rml_roc_paired_test(score, missing, some, 4, 0.95, &paired), RML_EVALUE);
    assert_int_equal(rml_roc_paired_test(score, score, some, 4, 0.95, &paired), RML_OK);
    assert_close(paired.p, 1.0, 0, 0, "two equal scores");
    assert_int_equal(rml_roc_curve_fit(infinite, some, 4, &curve), RML_EVALUE);
    assert_null(curve.threshold);
    assert_int_equal(rml_roc_curve_fit(missing, some, 4, &curve), RML_EVALUE);
    assert_int_equal(rml_roc_curve_fit(score, none, 4, &curve), RML_EEMPTY);
    rml_roc_curve_free(NULL);
}

/* Closed form: the ranks of a list with groups of ties; sorting is stable at every length. */
static void ranks_share_ties(void **state)
{
    const double x[7] = {3, 1, 3, -0.0, 0.0, 3, 7};
    static const double expected[7] = {5, 3, 5, 1.5, 1.5, 5, 7};
    rml_ranked items[14], *many = malloc(2000 * sizeof *many);
    double rank[7], ties, value[1000];
    uint64_t seed = 9;
    (void)state;

    assert_non_null(many);
    assert_int_equal(rml_rank_middle(x, 7, items, rank, &ties), RML_OK);
    for (int i = 0; i < 7; ++i) assert_close(rank[i], expected[i], 0, 0, "rank");
    assert_close(ties, 6 + 24, 0, 0, "ties");
    for (int64_t n = 0; n <= 1000; n = n < 70 ? n + 1 : n + 155) {
        for (int64_t i = 0; i < n; ++i) value[i] = floor(30.0 * rml_test_uniform(&seed));
        assert_int_equal(rml_rank_sort(value, n, many), RML_OK);
        for (int64_t i = 1; i < n; ++i)
            assert_true(many[i - 1].value < many[i].value ||
                        (many[i - 1].value == many[i].value && many[i - 1].row < many[i].row));
    }
    value[500] = NAN;
    assert_int_equal(rml_rank_middle(value, 1000, many, value, &ties), RML_EVALUE);
    assert_true(isnan(ties) && isnan(value[0]));
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_cases_match), cmocka_unit_test(a_small_table_matches_proc),
        cmocka_unit_test(auc_counts_pairs),      cmocka_unit_test(what_has_no_value_says_so),
        cmocka_unit_test(ranks_share_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
