/* Tables of counts. Oracle: R 4.2.2 chisq.test and fisher.test (reference contingency), at the reference's tolerances:
 * R's roots for odds ratio and interval are good to 1e-4 and 1e-3. */
#include "kernels/stats/contingency.h"
#include "tests/support/measured.h"
#include "tests/support/reference.h"

static void check_chisq(const int64_t *count, int32_t n_rows, int32_t n_columns, bool yates, const cJSON *expected,
                        double tolerance)
{
    const cJSON *rows = rml_json(expected, "expected");
    rml_chisq_test test;
    double mean[64];
    const double statistic = rml_json_number(rml_json(expected, "chisq"));
    const rml_status status = rml_contingency_chisq(count, n_rows, n_columns, yates, mean, &test);

    assert_int_equal(status, isnan(statistic) ? RML_EEMPTY : RML_OK);
    assert_close(test.statistic, statistic, tolerance, 0, "chi-square");
    assert_close(test.p, rml_json_number(rml_json(expected, "p")), tolerance, 0, "p");
    assert_close(test.df, rml_json_number(rml_json(expected, "df")), 0, 0, "df");
    assert_int_equal(test.doubtful, cJSON_GetArraySize(rml_json(expected, "warnings")) > 0);
    for (int32_t r = 0; r < n_rows; ++r)
        for (int32_t c = 0; c < n_columns; ++c)
            assert_close(mean[r * n_columns + c], rml_json_number(cJSON_GetArrayItem(cJSON_GetArrayItem(rows, r), c)),
                         1e-12, 0, "expected");
}

/* The logarithm of how many tables of these margins have k in the first cell, but for a factor, times t^-k. */
static double log_weight(const int64_t *count, int64_t k, double t)
{
    const int64_t row = count[0] + count[1], column = count[0] + count[2], rest = count[3] - count[0];

    return -lgamma((double)k + 1.0) - lgamma((double)(row - k) + 1.0) - lgamma((double)(column - k) + 1.0) -
           lgamma((double)(rest + k) + 1.0) - (double)k * log(t);
}

/* P(X <= the first cell | margins, odds ratio 1 / t), by its definition. */
static double lower_tail(const int64_t *count, double t)
{
    const int64_t row = count[0] + count[1], column = count[0] + count[2], rest = count[3] - count[0];
    const int64_t first = rest < 0 ? -rest : 0, last = row < column ? row : column;
    double most = -INFINITY, below = 0.0, total = 0.0;

    for (int64_t k = first; k <= last; ++k) most = fmax(most, log_weight(count, k, t));
    for (int64_t k = first; k <= last; ++k) {
        const double weight = exp(log_weight(count, k, t) - most);

        total += weight;
        if (k <= count[0]) below += weight;
    }
    return below / total;
}

/* Where R's uniroot stops: Brent's method (1973, ch. 4) on t in [eps, 1] at its tolerance of eps^0.25. */
static double stopped(const int64_t *count, double tail)
{
    const double eps = 2.220446049250313e-16, tolerance = pow(eps, 0.25);
    double a = eps, b = 1.0, fa = lower_tail(count, a) - tail, fb = lower_tail(count, b) - tail, c = a, fc = fa;

    for (int k = 0; k < 1000; ++k) {
        const double before = b - a;
        double enough, step, p, q;

        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        enough = 2.0 * eps * fabs(b) + tolerance / 2.0;
        step = (c - b) / 2.0;
        if (fabs(step) <= enough || fb == 0.0) break;
        if (fabs(before) >= enough && fabs(fa) > fabs(fb)) {
            const double r = fb / fc, s = fb / fa;

            if (a == c) {
                p = (c - b) * s;
                q = 1.0 - s;
            } else {
                p = s * ((c - b) * (fa / fc) * (fa / fc - r) - (b - a) * (r - 1.0));
                q = (fa / fc - 1.0) * (r - 1.0) * (s - 1.0);
            }
            if (p > 0.0)
                q = -q;
            else
                p = -p;
            if (p < 0.75 * (c - b) * q - fabs(enough * q) / 2.0 && p < fabs(before * q / 2.0)) step = p / q;
        }
        if (fabs(step) < enough) step = copysign(enough, step);
        a = b, fa = fb;
        b += step;
        fb = lower_tail(count, b) - tail;
        if ((fb > 0.0) == (fc > 0.0)) c = a, fc = fa;
    }
    return 1.0 / b;
}

/* Ours is the root. R's is where its root finder stops, 1.2e-4 off in 1/OR: at an upper end of 549 (t22_small,
 * two-sided) that is 0.5 per cent, elsewhere below the reference's 1e-3. */
static void check_high(const int64_t *count, double high, double tail, double expected)
{
    if (isinf(expected) || isnan(expected)) {
        assert_close(high, expected, 0, 0, "high");
        return;
    }
    assert_close(lower_tail(count, 1.0 / high), tail, 1e-9, 0, "tail at high");
    if (high > 1.0)
        assert_close(stopped(count, tail), expected, 1e-9, 0, "high, as R stops");
    else
        assert_close(high, expected, 1e-3, 0, "high");
}

static void check_fisher(const int64_t *count, rml_alternative alternative, const cJSON *expected)
{
    const cJSON *ci = rml_json(expected, "ci");
    rml_fisher_test test;

    assert_int_equal(rml_contingency_fisher_2x2(count, alternative, 0.95, &test), RML_OK);
    assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-7, 0, "p");
    assert_close(test.odds_ratio, rml_json_number(rml_json(expected, "or")), 1e-4, 0, "odds ratio");
    assert_close(test.low, rml_json_number(cJSON_GetArrayItem(ci, 0)), 1e-3, 0, "low");
    check_high(count, test.high, alternative == RML_TWO_SIDED ? 0.025 : 0.05,
               rml_json_number(cJSON_GetArrayItem(ci, 1)));
}

static void reference_cases_match(void **state)
{
    static const char *const names[] = {"t22",          "t22_big",    "t22_near", "t22_small", "t22_zero",
                                        "t22_zero_row", "t23_sparse", "t32",      "t34"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k) {
        rml_reference reference;
        char name[64];
        int64_t count[64];
        int32_t n_rows, n_columns;
        double p;

        snprintf(name, sizeof name, "contingency/%s", names[k]);
        print_message("%s\n", name);
        rml_reference_open(name, &reference);
        n_rows = (int32_t)reference.input.n_rows, n_columns = reference.input.n_columns;
        assert_true(n_rows * n_columns <= 64);
        for (int32_t i = 0; i < n_rows * n_columns; ++i) count[i] = strtol(reference.input.cell[i], NULL, 10);
        check_chisq(count, n_rows, n_columns, false, rml_json(reference.result, "nocorrect"), 1e-12);
        assert_int_equal(rml_contingency_fisher(count, n_rows, n_columns, &p), RML_OK);
        assert_close(p, rml_json_number(rml_json(rml_json(reference.result, "fisher"), "p")), 1e-7, 0, "any size");
        if (n_rows == 2 && n_columns == 2) {
            check_chisq(count, 2, 2, true, rml_json(reference.result, "yates_default"), 1e-12);
            check_fisher(count, RML_TWO_SIDED, rml_json(reference.result, "fisher"));
            check_fisher(count, RML_GREATER, rml_json(reference.result, "fisher_greater"));
            check_fisher(count, RML_LESS, rml_json(reference.result, "fisher_less"));
        }
        rml_reference_close(&reference);
    }
}

static void the_baseline_table_matches(void **state)
{
    rml_reference reference;
    int64_t count[2 * 4] = {0};
    int32_t sex, ecog;
    double p;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("contingency/baseline_real", &reference);
    sex = rml_table_column(&reference.input, "sex"), ecog = rml_table_column(&reference.input, "ph.ecog");
    for (int64_t i = 0; i < reference.input.n_rows; ++i) {
        const char *row = reference.input.cell[i * reference.input.n_columns + sex];
        const char *column = reference.input.cell[i * reference.input.n_columns + ecog];

        if (*row && *column) ++count[4 * (*row - '0') + (*column - '0')];
    }
    for (int32_t cell = 0; cell < 2 * 4; ++cell) {
        const cJSON *row = cJSON_GetArrayItem(rml_json(reference.result, "table"), cell / 4);

        assert_close((double)count[cell], rml_json_number(cJSON_GetArrayItem(row, cell % 4)), 0, 0, "count");
    }
    check_chisq(count, 2, 4, true, rml_json(reference.result, "chisq"), 1e-7);
    assert_int_equal(rml_contingency_fisher(count, 2, 4, &p), RML_OK);
    assert_close(p, rml_json_number(rml_json(rml_json(reference.result, "fisher"), "p")), 1e-7, 0, "p");
    rml_reference_close(&reference);
}

/* scipy 1.17.1, scipy.stats.contingency.odds_ratio(kind="conditional"), whose roots are good to 1e-12; the tea is also
 * R's documented example (odds ratio 6.408309, from 0.3135693, by R's coarser root). */
static void odds_ratios_match_scipy(void **state)
{
    static const struct {
        int64_t count[4];
        rml_alternative alternative;
        double odds_ratio, low, high;
    } cases[] = {{{12, 7, 5, 19}, RML_TWO_SIDED, 6.1934395308278365, 1.413970912455257, 31.864963092811795},
                 {{3, 2, 1, 6}, RML_TWO_SIDED, 7.218096151645116, 0.3527682433902656, 548.9882013747002},
                 {{3, 2, 1, 6}, RML_GREATER, 7.218096151645116, 0.5042094430763492, INFINITY},
                 {{3, 2, 1, 6}, RML_LESS, 7.218096151645116, 0.0, 268.9760058900831},
                 {{3, 1, 1, 3}, RML_GREATER, 6.408319658199662, 0.3135737675049858, INFINITY},
                 {{0, 6, 8, 4}, RML_TWO_SIDED, 0.0, 0.0, 0.7283642753037237}};
    const int64_t tea[4] = {3, 1, 1, 3};
    rml_fisher_test test;
    double p;
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        assert_int_equal(rml_contingency_fisher_2x2(cases[k].count, cases[k].alternative, 0.95, &test), RML_OK);
        assert_close(test.odds_ratio, cases[k].odds_ratio, 1e-9, 0, "odds ratio");
        assert_close(test.low, cases[k].low, 1e-9, 0, "low");
        assert_close(test.high, cases[k].high, 1e-9, 0, "high");
    }
    assert_int_equal(rml_contingency_fisher_2x2(tea, RML_GREATER, 0.95, &test), RML_OK);
    assert_close(test.p, 17.0 / 70.0, 1e-14, 0, "three or four of four cups");
    assert_int_equal(rml_contingency_fisher(tea, 2, 2, &p), RML_OK);
    assert_close(p, 34.0 / 70.0, 1e-13, 0, "two-sided");
}

/* R's documented example of a larger table (Agresti, job satisfaction): p = 0.7827. Also in another order, and with
 * empty rows and columns. */
static void job_satisfaction_matches(void **state)
{
    static const int64_t job[16] = {1, 3, 10, 6, 2, 3, 10, 7, 1, 6, 14, 12, 0, 1, 9, 11};
    int64_t turned[5 * 5] = {0};
    double p, other;
    (void)state;

    assert_int_equal(rml_contingency_fisher(job, 4, 4, &p), RML_OK);
    assert_close(p, 0.7827, 0, 5e-5, "p");
    for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 4; ++c) turned[(c < 2 ? c : c + 1) * 5 + (4 - r)] = job[r * 4 + c];
    assert_int_equal(rml_contingency_fisher(turned, 5, 5, &other), RML_OK);
    assert_close(other, p, 1e-10, 0, "turned");
}

/* By the definition: every table of the margins, one by one. */
static void fisher_walks_all_tables(void **state)
{
    uint64_t seed = 23;
    (void)state;

    for (int trial = 0; trial < 40; ++trial) {
        int64_t count[9], row[3] = {0}, column[3] = {0}, total = 0;
        double observed = 0.0, constant = 0.0, sum = 0.0, p;

        for (int k = 0; k < 9; ++k) {
            count[k] = (int64_t)(6.0 * rml_test_uniform(&seed));
            row[k / 3] += count[k], column[k % 3] += count[k], total += count[k];
            observed += lgamma((double)count[k] + 1.0);
        }
        constant = -lgamma((double)total + 1.0);
        for (int k = 0; k < 3; ++k) constant += lgamma((double)row[k] + 1.0) + lgamma((double)column[k] + 1.0);
        for (int64_t a = 0; a <= row[0]; ++a)
            for (int64_t b = 0; a + b <= row[0]; ++b)
                for (int64_t c = 0; c <= row[1]; ++c)
                    for (int64_t d = 0; c + d <= row[1]; ++d) {
                        const int64_t cell[9] = {a,
                                                 b,
                                                 row[0] - a - b,
                                                 c,
                                                 d,
                                                 row[1] - c - d,
                                                 column[0] - a - c,
                                                 column[1] - b - d,
                                                 column[2] - row[0] + a + b - row[1] + c + d};
                        double spent = 0.0;

                        if (cell[6] < 0 || cell[7] < 0 || cell[8] < 0) continue;
                        for (int k = 0; k < 9; ++k) spent += lgamma((double)cell[k] + 1.0);
                        if (-spent <= -observed + 1e-7) sum += exp(constant - spent);
                    }
        assert_int_equal(rml_contingency_fisher(count, 3, 3, &p), RML_OK);
        assert_close(p, fmin(sum, 1.0), 1e-10, 0, "all tables");
    }
}

static void what_has_no_value_says_so(void **state)
{
    const int64_t none[4] = {0}, negative[4] = {1, 2, -1, 3}, empty_row[4] = {0, 0, 5, 7};
    int64_t large[36];
    rml_chisq_test chisq;
    rml_fisher_test fisher;
    double p;
    (void)state;

    assert_int_equal(rml_contingency_chisq(none, 2, 2, true, NULL, &chisq), RML_EEMPTY);
    assert_true(isnan(chisq.statistic) && isnan(chisq.p));
    assert_int_equal(rml_contingency_chisq(negative, 2, 2, true, NULL, &chisq), RML_EVALUE);
    assert_int_equal(rml_contingency_chisq(none, 1, 4, true, NULL, &chisq), RML_EINVAL);
    assert_int_equal(rml_contingency_chisq(empty_row, 2, 2, true, NULL, &chisq), RML_EEMPTY);
    assert_true(isnan(chisq.p) && chisq.df == 1);
    assert_int_equal(rml_contingency_fisher_2x2(none, RML_LESS, 0.95, &fisher), RML_EEMPTY);
    assert_true(isnan(fisher.p) && isnan(fisher.odds_ratio));
    assert_int_equal(rml_contingency_fisher_2x2(negative, RML_LESS, 0.95, &fisher), RML_EVALUE);
    assert_int_equal(rml_contingency_fisher_2x2(empty_row, RML_LESS, 1.0, &fisher), RML_EINVAL);
    assert_int_equal(rml_contingency_fisher(none, 2, 2, &p), RML_EEMPTY);
    assert_int_equal(rml_contingency_fisher(negative, 2, 2, &p), RML_EVALUE);
    assert_int_equal(rml_contingency_fisher(none, 4, 1, &p), RML_EINVAL);
    assert_int_equal(rml_contingency_fisher(empty_row, 2, 2, &p), RML_OK);
    assert_close(p, 1, 1e-14, 0, "one table alone");
    for (int k = 0; k < 36; ++k) large[k] = INT64_MAX / 2;
    assert_int_equal(rml_contingency_fisher(large, 6, 6, &p), RML_ECAPACITY);
    assert_true(isnan(p));
}

/* Drawn tables against the sum over all of them, R 4.2.2: fisher.test(matrix(c(...), byrow = TRUE, nrow))$p.value; the
 * last is too large for it: fisher.test(simulate.p.value = TRUE, B = 1e6), seed 3. A share of 9999 draws has the
 * standard error sqrt(p (1 - p) / 9999): 5 of them are allowed, of a p of 8e-8 no draw is as unlikely. */
static void drawn_tables_match_all_of_them(void **state)
{
    static const struct {
        int32_t n_rows, n_columns;
        int64_t count[20];
        double p;
    } cases[] = {{4, 4, {1, 3, 10, 6, 2, 3, 10, 7, 1, 6, 14, 12, 0, 1, 9, 11}, 0.782684938965675},
                 {3, 4, {9, 3, 1, 2, 2, 8, 3, 2, 1, 2, 7, 6}, 0.00177301615696812},
                 {3, 4, {12, 0, 1, 30, 0, 9, 1, 25, 1, 2, 8, 28}, 8.02698085064986e-08},
                 {2, 2, {40, 31, 22, 12}, 0.525414136090057},
                 {4, 5, {36, 16, 14, 5, 5, 23, 29, 15, 8, 6, 14, 18, 17, 11, 2, 21, 23, 17, 16, 3}, 0.04449696}};
    (void)state;

    rml_measured_case("contingency/drawn", "fisher.test (R 4.2.2 stats)");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const int64_t *count = cases[k].count;
        const int32_t n_rows = cases[k].n_rows, n_columns = cases[k].n_columns;
        const double expected = (1.0 + 9999.0 * cases[k].p) / 10000.0;
        double p, again, other;

        assert_int_equal(rml_contingency_fisher_drawn(count, n_rows, n_columns, 9999, 1, &p), RML_OK);
        assert_close(p, expected, 0, 5.0 * sqrt(cases[k].p * (1.0 - cases[k].p) / 9999.0) + 1e-12, "p of drawn tables");
        assert_int_equal(rml_contingency_fisher_drawn(count, n_rows, n_columns, 9999, 1, &again), RML_OK);
        assert_int_equal(rml_contingency_fisher_drawn(count, n_rows, n_columns, 9999, 2, &other), RML_OK);
        assert_true(again == p);
        if (k != 2) assert_true(other != p);
    }
    rml_measured_case(NULL, NULL);
}

/* Empty rows and columns change nothing; a table that is the only one of its margins has p 1. */
static void drawn_tables_at_the_borders(void **state)
{
    const int64_t with_empty[3 * 3] = {40, 0, 31, 0, 0, 0, 22, 0, 12}, only[4] = {5, 0, 7, 0}, none[4] = {0},
                                 wrong[4] = {1, 2, -1, 3}, large[4] = {9000000, 1, 1, 9000000};
    double p;
    (void)state;

    assert_int_equal(rml_contingency_fisher_drawn(with_empty, 3, 3, 9999, 1, &p), RML_OK);
    assert_close(p, 0.525414136090057, 0, 0.025, "empty rows and columns");
    assert_int_equal(rml_contingency_fisher_drawn(only, 2, 2, 99, 1, &p), RML_OK);
    assert_close(p, 1.0, 0, 0, "one table alone");
    assert_int_equal(rml_contingency_fisher_drawn(none, 2, 2, 99, 1, &p), RML_EEMPTY);
    assert_true(isnan(p));
    assert_int_equal(rml_contingency_fisher_drawn(wrong, 2, 2, 99, 1, &p), RML_EVALUE);
    assert_int_equal(rml_contingency_fisher_drawn(large, 2, 2, 99, 1, &p), RML_ECAPACITY);
    assert_int_equal(rml_contingency_fisher_drawn(only, 1, 2, 99, 1, &p), RML_EINVAL);
    assert_int_equal(rml_contingency_fisher_drawn(only, 2, 2, 0, 1, &p), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_cases_match),          cmocka_unit_test(the_baseline_table_matches),
        cmocka_unit_test(odds_ratios_match_scipy),        cmocka_unit_test(job_satisfaction_matches),
        cmocka_unit_test(fisher_walks_all_tables),        cmocka_unit_test(what_has_no_value_says_so),
        cmocka_unit_test(drawn_tables_match_all_of_them), cmocka_unit_test(drawn_tables_at_the_borders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
