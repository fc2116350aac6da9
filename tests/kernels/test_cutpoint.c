/* Optimal cut-points. Oracle: survminer 0.4.9 and maxstat 0.7-25 (reference folder maxstat, whose tolerances these
 * are), within strata coin 1.4-2; a small table worked through by hand; all orders of it counted. */
#include "kernels/survival/cutpoint.h"
#include "kernels/survival/logrank.h"
#include "tests/kernels/survival_tied.h"
#include "tests/support/measured.h"
#include "tests/support/reference.h"

typedef struct made {
    double *x, *time;
    uint8_t *event;
    int64_t n;
} made;

static void free_made(made *m)
{
    free(m->x);
    free(m->time);
    free(m->event);
}

/* The rows of a case that have all three numbers. */
static made complete(const rml_reference *reference, const char *variable)
{
    made m = {.x = rml_table_numbers(&reference->input, variable),
              .time = rml_table_numbers(&reference->input, "time")};
    double *status = rml_table_numbers(&reference->input, "status");

    m.event = malloc((size_t)reference->input.n_rows + 1);
    assert_non_null(m.event);
    for (int64_t i = 0; i < reference->input.n_rows; ++i) {
        if (isnan(m.x[i]) || isnan(m.time[i]) || isnan(status[i])) continue;
        m.x[m.n] = m.x[i];
        m.time[m.n] = m.time[i];
        m.event[m.n++] = status[i] == 1.0;
    }
    free(status);
    return m;
}

/* The log-rank test of who is above a cut. */
static double chisq_at(const made *m, double cut)
{
    int32_t *high = malloc((size_t)m->n * sizeof *high);
    rml_logrank test;
    rml_surv surv;
    double chisq;

    assert_non_null(high);
    for (int64_t i = 0; i < m->n; ++i) high[i] = m->x[i] > cut;
    assert_int_equal(rml_surv_init(m->time, m->event, NULL, m->n, &surv), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, high, 2, 0.0, &test), RML_OK);
    chisq = test.chisq;
    rml_logrank_free(&test);
    rml_surv_free(&surv);
    free(high);
    return chisq;
}

static void cuts_are_those_of_survminer(void **state)
{
    static const char *const cases[] = {
        "c80x400_dup_f001", "c80x400_f001",       "c80x400_lognorm",  "c80x400_outlier",    "c80x400_ties5",
        "lung_age",         "lung_age_minprop25", "lung_meal.cal",    "lung_ph.karno",      "lung_wt.loss",
        "pbc_age",          "pbc_albumin",        "pbc_bili",         "pbc_bili_minprop25", "pbc_protime",
        "tied_x",           "veteran_age",        "veteran_diagtime", "veteran_karno",      "veteran_karno_minprop25"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        char name[64];
        rml_reference reference;
        rml_cutpoint best;
        rml_cut alone;
        double *cuts, *stats;
        int32_t n_cuts;
        made m;

        (void)snprintf(name, sizeof name, "maxstat/%s", cases[c]);
        rml_reference_open(name, &reference);
        m = complete(&reference, cJSON_GetStringValue(rml_json(reference.result, "variable")));
        assert_int_equal(m.n, rml_json_number(rml_json(reference.result, "n")));
        assert_int_equal(rml_cutpoint_find(m.x, m.time, m.event, m.n,
                                           rml_json_number(rml_json(reference.result, "minprop")), 0, 1, &best),
                         RML_OK);
        cuts = rml_json_numbers(rml_json(reference.result, "cuts"), &n_cuts);
        stats = rml_json_numbers(rml_json(reference.result, "stats"), &n_cuts);
        assert_int_equal(best.n_cuts, n_cuts);
        for (int32_t k = 0; k < n_cuts; ++k) {
            assert_close(best.cuts[k].cut, cuts[k], 0, 0, "cuts");
            assert_close(best.cuts[k].statistic, stats[k], 1e-10, 0, "stats");
        }
        assert_close(best.best.cut, rml_json_number(rml_json(reference.result, "cutpoint")), 0, 0, "cutpoint");
        assert_close(best.best.statistic, rml_json_number(rml_json(reference.result, "statistic")), 1e-10, 0,
                     "statistic");
        assert_int_equal(best.best.n_low, rml_json_number(rml_json(reference.result, "n_low")));
        assert_int_equal(best.best.n_high, rml_json_number(rml_json(reference.result, "n_high")));
        assert_int_equal(rml_cutpoint_best(m.x, m.time, m.event, m.n,
                                           rml_json_number(rml_json(reference.result, "minprop")), &alone),
                         RML_OK);
        assert_close(alone.cut, best.best.cut, 0, 0, "the cut alone");
        assert_close(alone.statistic, best.best.statistic, 0, 0, "its statistic");
        assert_close(chisq_at(&m, best.best.cut), rml_json_number(rml_json(reference.result, "logrank_chisq_at_cut")),
                     1e-10, 0, "log-rank at the cut");
        assert_close(best.p_lausen92, rml_json_number(rml_json(reference.result, "p_lau92")), 1e-6, 0, "p_lau92");
        assert_close(best.p_lausen94, rml_json_number(rml_json(reference.result, "p_lau94")), 1e-6, 0, "p_lau94");
        assert_close(best.p_hothorn, rml_json_number(rml_json(reference.result, "p_hl")), 1e-6, 0, "p_hl");
        rml_cutpoint_free(&best);
        free(cuts);
        free(stats);
        free_made(&m);
        rml_reference_close(&reference);
    }
}

static void scores_are_those_of_exactRankTests(void **state)
{
    rml_reference reference;
    double *time, *status, *expected, score[64];
    uint8_t event[64];
    int32_t n;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("maxstat/logrank_scores", &reference);
    time = rml_table_numbers(&reference.input, "time");
    status = rml_table_numbers(&reference.input, "status");
    expected = rml_json_numbers(rml_json(reference.result, "scores"), &n);
    assert_true(n == reference.input.n_rows && n <= 64);
    for (int32_t i = 0; i < n; ++i) event[i] = status[i] == 1.0;
    assert_int_equal(rml_cutpoint_scores(time, event, n, score), RML_OK);
    for (int32_t i = 0; i < n; ++i) assert_close(score[i], expected[i], 0, 1e-12, "score");
    free(time);
    free(status);
    free(expected);
    rml_reference_close(&reference);
}

/* By hand: times 1 2 3 4 5, of which the third is censored. At the events 5, 4, 2 and 1 rows are left, so the scores
 * are 1 - 1/5, 1 - 1/5 - 1/4, -9/20, 1 - 9/20 - 1/2, 1 - 9/20 - 1/2 - 1 and sum to 0. Their squares sum to 0.64 +
 * 0.3025 + 0.2025 + 0.0025 + 0.9025 = 2.05, so that two of five have the variance 2 * 3 / (5 * 4) * 2.05 = 0.615. */
static const double five_x[] = {1, 2, 3, 4, 5}, five_time[] = {1, 2, 3, 4, 5};
static const uint8_t five_event[] = {1, 1, 0, 1, 1};

static void five_rows_are_worked_through(void **state)
{
    static const double expected[] = {0.8, 0.55, -0.45, 0.05, -0.95};
    double score[5];
    rml_cutpoint best;
    rml_cut at;
    (void)state;
    assert_int_equal(rml_cutpoint_scores(five_time, five_event, 5, score), RML_OK);
    for (int i = 0; i < 5; ++i) assert_close(score[i], expected[i], 0, 1e-15, "score");
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, 0.4, 0, 1, &best), RML_OK);
    assert_int_equal(best.n_cuts, 2); /* two or three rows low */
    assert_close(best.best.cut, 2.0, 0, 0, "cut");
    assert_close(best.best.statistic, 1.35 / sqrt(0.615), 1e-14, 0, "statistic");
    assert_close(best.median.cut, 3.0, 0, 0, "median");
    assert_close(best.median.statistic, 0.9 / sqrt(0.615), 1e-14, 0, "at the median");
    assert_close(best.p_median, erfc(0.9 / sqrt(0.615) / sqrt(2.0)), 1e-12, 0, "p at the median");
    rml_cutpoint_free(&best);
    assert_int_equal(rml_cutpoint_at(five_x, five_time, five_event, 5, 2.5, &at), RML_OK);
    assert_true(at.n_low == 2 && at.n_high == 3);
    assert_close(at.statistic, 1.35 / sqrt(0.615), 1e-14, 0, "between two values");
    assert_int_equal(rml_cutpoint_at(five_x, five_time, five_event, 5, 5.0, &at), RML_OK);
    assert_true(at.n_high == 0 && isnan(at.statistic));
}

/* One event, first of four: its score is 3/4, the others' -1/4, and -1/4 or 3/4 - 2/4 are as far from 0. */
static void of_equals_the_lowest_cut_is_taken(void **state)
{
    static const double x[] = {1, 2, 2, 4}, time[] = {5, 1, 5, 5};
    static const uint8_t event[] = {0, 1, 0, 0};
    rml_cutpoint best;
    (void)state;
    assert_int_equal(rml_cutpoint_find(x, time, event, 4, 0.1, 0, 1, &best), RML_OK);
    assert_int_equal(best.n_cuts, 2);
    assert_true(best.cuts[0].statistic == best.cuts[1].statistic);
    assert_close(best.best.cut, 1.0, 0, 0, "cut");
    assert_true(isnan(best.p_permuted));
    rml_cutpoint_free(&best);
}

/* All 120 orders of the five scores: the share with as large a statistic at two or three low rows. */
static int count_orders(double *score, int from, double bound)
{
    int n = 0;

    if (from == 5) {
        const double two = fabs(score[0] + score[1]), three = fabs(score[0] + score[1] + score[2]);

        return fmax(two, three) / sqrt(0.615) >= bound - 1e-12;
    }
    for (int i = from; i < 5; ++i) {
        double first = score[from];

        score[from] = score[i];
        score[i] = first;
        n += count_orders(score, from + 1, bound);
        first = score[from];
        score[from] = score[i];
        score[i] = first;
    }
    return n;
}

static void permutations_come_near_all_orders(void **state)
{
    double score[5], share;
    rml_cutpoint best, again, other;
    (void)state;
    assert_int_equal(rml_cutpoint_scores(five_time, five_event, 5, score), RML_OK);
    share = count_orders(score, 0, 1.35 / sqrt(0.615)) / 120.0;
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, 0.4, 9999, 7, &best), RML_OK);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, 0.4, 9999, 7, &again), RML_OK);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, 0.4, 9999, 8, &other), RML_OK);
    assert_close(best.p_permuted, share, 0, 5.0 * sqrt(share * (1.0 - share) / 9999.0), "of all orders");
    assert_true(best.p_permuted == again.p_permuted && best.p_permuted != other.p_permuted);
    assert_int_equal(best.n_permutations, 9999);
    rml_cutpoint_free(&best);
    rml_cutpoint_free(&again);
    rml_cutpoint_free(&other);
}

/* Without any effect p is uniform: over 400 tables its mean is 1/2 within five standard errors, and a twentieth is
 * below 0.05; the smallest p of plain tests at the best cut would be below it in every second table. */
static void noise_stays_noise(void **state)
{
    enum { N = 60, TABLES = 400 };
    uint64_t seed = 5;
    double x[N], time[N], sum = 0.0;
    uint8_t event[N];
    int n_small = 0;
    (void)state;
    for (int t = 0; t < TABLES; ++t) {
        rml_cutpoint best;

        for (int i = 0; i < N; ++i) {
            x[i] = rml_test_uniform(&seed);
            time[i] = 1.0 + floor(20.0 * rml_test_uniform(&seed));
            event[i] = rml_test_uniform(&seed) < 0.6;
        }
        assert_int_equal(rml_cutpoint_find(x, time, event, N, 0.1, 199, (uint64_t)t, &best), RML_OK);
        sum += best.p_permuted / TABLES;
        n_small += best.p_permuted <= 0.05;
        rml_cutpoint_free(&best);
    }
    assert_close(sum, 0.5, 0, 5.0 * sqrt(1.0 / 12.0 / TABLES), "mean p");
    assert_true(n_small >= 4 && n_small <= 42);
}

/* The order of the rows, the scale of time and any rising function of x change nothing but the cut's own scale. */
static void only_orders_count(void **state)
{
    enum { N = 40 };
    uint64_t seed = 11;
    double x[N], time[N], other_x[N], other_time[N];
    uint8_t event[N], other_event[N];
    rml_cutpoint a, b;
    (void)state;
    for (int i = 0; i < N; ++i) {
        x[i] = floor(10.0 * rml_test_uniform(&seed));
        time[i] = floor(20.0 * rml_test_uniform(&seed));
        event[i] = rml_test_uniform(&seed) < 0.5;
        other_x[N - 1 - i] = exp(x[i]);
        other_time[N - 1 - i] = 3.0 * time[i];
        other_event[N - 1 - i] = event[i];
    }
    assert_int_equal(rml_cutpoint_find(x, time, event, N, 0.1, 99, 3, &a), RML_OK);
    assert_int_equal(rml_cutpoint_find(other_x, other_time, other_event, N, 0.1, 99, 3, &b), RML_OK);
    assert_int_equal(a.n_cuts, b.n_cuts);
    assert_close(b.best.cut, exp(a.best.cut), 1e-15, 0, "cut");
    for (int32_t k = 0; k < a.n_cuts; ++k)
        assert_close(b.cuts[k].statistic, a.cuts[k].statistic, 1e-12, 1e-13, "statistic");
    assert_close(b.p_hothorn, a.p_hothorn, 1e-9, 0, "Hothorn and Lausen");
    assert_true(a.p_hothorn > 0.0 && a.p_hothorn <= 1.0);
    rml_cutpoint_free(&a);
    rml_cutpoint_free(&b);
}

static void what_cannot_be_cut_is_told(void **state)
{
    static const uint8_t none[] = {0, 0, 0, 0, 0}, wrong[] = {1, 0, 2, 0, 0};
    static const double flat[] = {2, 2, 2, 2, 2}, missing[] = {1, 2, NAN, 4, 5}, negative[] = {1, 2, -1, 4, 5};
    static const double at_once[] = {0, 0, 0, 0, 0};
    static const uint8_t all[] = {1, 1, 1, 1, 1};
    rml_cutpoint best;
    rml_cut at;
    (void)state;
    assert_int_equal(rml_cutpoint_find(five_x, five_time, none, 5, 0.1, 9, 1, &best), RML_EEMPTY);
    assert_true(isnan(best.p_permuted) && isnan(best.best.cut) && best.n_cuts == 0 && !best.cuts);
    assert_int_equal(rml_cutpoint_find(flat, five_time, five_event, 5, 0.1, 9, 1, &best), RML_EEMPTY);
    assert_int_equal(rml_cutpoint_find(five_x, at_once, all, 5, 0.1, 9, 1, &best), RML_EEMPTY);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 0, 0.1, 9, 1, &best), RML_EEMPTY);
    assert_int_equal(rml_cutpoint_find(missing, five_time, five_event, 5, 0.1, 9, 1, &best), RML_EVALUE);
    assert_int_equal(rml_cutpoint_find(five_x, negative, five_event, 5, 0.1, 9, 1, &best), RML_EVALUE);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, wrong, 5, 0.1, 9, 1, &best), RML_EVALUE);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, 0.5, 9, 1, &best), RML_EINVAL);
    assert_int_equal(rml_cutpoint_find(five_x, five_time, five_event, 5, NAN, 9, 1, &best), RML_EINVAL);
    assert_int_equal(rml_cutpoint_at(five_x, five_time, none, 5, 2.0, &at), RML_EEMPTY);
    assert_true(isnan(at.statistic));
    /* time 0 is a time, and a least share of 0 leaves Lausen's limit without a number */
    assert_int_equal(rml_cutpoint_find(five_x, (const double[]){0, 2, 3, 4, 5}, five_event, 5, 0.0, 9, 1, &best),
                     RML_OK);
    assert_true(isnan(best.p_lausen92) && isfinite(best.p_lausen94) && best.n_cuts == 4);
    rml_cutpoint_free(&best);
}

static void second_column(int32_t *stratum)
{
    for (int i = 0; i < 60; ++i) stratum[i] = tied_x[60 + i] > 0.5;
}

/* R: maxstat_test(Surv(time, status) ~ x | s, minprob = 0.1, maxprob = 0.9) of coin 1.4-2, log-rank scores with
 * ties.method = "Hothorn-Lausen" within each block; at the median independence_test of x <= 0.35. Its p by 999 999
 * resamplings has the 0.99 limits 0.001495 and 0.001726; ours of 9 999 lies within five standard errors of its
 * 0.001596. */
static void cuts_within_strata_are_those_of_coin(void **state)
{
    int32_t stratum[60];
    rml_cutpoint best;
    (void)state;
    second_column(stratum);
    rml_measured_case("maxstat/strata", "maxstat_test, independence_test (coin 1.4-2)");
    assert_int_equal(rml_cutpoint_find_within(tied_x, tied_time, tied_event, stratum, 2, 60, 0.1, 9999, 1, &best),
                     RML_OK);
    assert_int_equal(best.n_cuts, 43);
    assert_close(best.best.cut, -0.59, 0, 0, "cut");
    assert_close(best.best.statistic, 3.9219024960077964, 1e-12, 0, "statistic");
    assert_close(best.median.cut, 0.35, 1e-15, 0, "median");
    assert_int_equal(best.median.n_low, 30);
    assert_close(best.median.statistic, 2.4038129461813718, 1e-12, 0, "at the median");
    assert_true(fabs(best.p_permuted - 0.001596) < 5.0 * sqrt(0.001596 / 9999.0) + 1e-4);
    assert_true(isnan(best.p_lausen92) && isnan(best.p_lausen94) && isnan(best.p_hothorn));
    rml_measured_case(NULL, NULL);
    rml_cutpoint_free(&best);
}

/* One stratum, and strata that no one is in: the plain search, to its draws. */
static void one_stratum_is_the_plain_search(void **state)
{
    int32_t stratum[60] = {0};
    rml_cutpoint plain, within;
    (void)state;
    assert_int_equal(rml_cutpoint_find(tied_x, tied_time, tied_event, 60, 0.1, 999, 4, &plain), RML_OK);
    assert_int_equal(rml_cutpoint_find_within(tied_x, tied_time, tied_event, stratum, 1, 60, 0.1, 999, 4, &within),
                     RML_OK);
    assert_int_equal(plain.n_cuts, within.n_cuts);
    for (int32_t k = 0; k < plain.n_cuts; ++k) {
        assert_true(plain.cuts[k].cut == within.cuts[k].cut && plain.cuts[k].n_low == within.cuts[k].n_low);
        assert_close(within.cuts[k].statistic, plain.cuts[k].statistic, 1e-11, 1e-12, "statistic");
    }
    assert_true(plain.best.cut == within.best.cut && plain.p_permuted == within.p_permuted);
    assert_close(within.p_median, plain.p_median, 1e-11, 0, "p at the median");
    rml_cutpoint_free(&within);
    assert_int_equal(rml_cutpoint_find_within(tied_x, tied_time, tied_event, stratum, 3, 60, 0.1, 0, 4, &within),
                     RML_OK);
    assert_true(within.best.cut == plain.best.cut && isnan(within.p_permuted));
    rml_cutpoint_free(&within);
    rml_cutpoint_free(&plain);
}

/* A stratum that lives shorter and whose x is lower: without strata the cut between both is found in every table,
 * within them p is that of noise (its mean over 200 tables within five standard errors of 1/2). */
static void strata_are_no_cut(void **state)
{
    enum { N = 60, TABLES = 200 };
    uint64_t seed = 11;
    double x[N], time[N], sum = 0.0;
    uint8_t event[N];
    int32_t stratum[N];
    int n_plain = 0;
    (void)state;
    for (int t = 0; t < TABLES; ++t) {
        rml_cutpoint plain, within;

        for (int i = 0; i < N; ++i) {
            stratum[i] = i % 2;
            x[i] = rml_test_uniform(&seed) + stratum[i];
            time[i] = (1.0 + floor(20.0 * rml_test_uniform(&seed))) * (stratum[i] ? 4.0 : 1.0);
            event[i] = rml_test_uniform(&seed) < 0.7;
        }
        assert_int_equal(rml_cutpoint_find(x, time, event, N, 0.1, 99, (uint64_t)t, &plain), RML_OK);
        assert_int_equal(rml_cutpoint_find_within(x, time, event, stratum, 2, N, 0.1, 99, (uint64_t)t, &within),
                         RML_OK);
        n_plain += plain.p_permuted < 0.05;
        sum += within.p_permuted;
        rml_cutpoint_free(&plain);
        rml_cutpoint_free(&within);
    }
    assert_true(n_plain > 190);
    assert_close(sum / TABLES, 0.5, 0, 5.0 * sqrt(1.0 / 12.0 / TABLES), "mean p");
}

static void what_strata_leave_uncut_is_told(void **state)
{
    static const int32_t stratum[] = {0, 0, 0, 0, 0}, each[] = {0, 1, 2, 3, 4}, outside[] = {0, 1, 0, 2, 0};
    static const double last_twice[] = {1, 2, 3, 3, 3};
    rml_cutpoint best;
    (void)state;
    assert_int_equal(rml_cutpoint_find_within(five_x, five_time, five_event, each, 5, 5, 0.1, 9, 1, &best), RML_EEMPTY);
    assert_true(isnan(best.best.cut) && best.n_cuts == 0 && !best.cuts);
    assert_int_equal(rml_cutpoint_find_within(five_x, five_time, five_event, stratum, 1, 0, 0.1, 9, 1, &best),
                     RML_EEMPTY);
    assert_int_equal(rml_cutpoint_find_within(five_x, five_time, five_event, outside, 2, 5, 0.1, 9, 1, &best),
                     RML_EVALUE);
    assert_int_equal(rml_cutpoint_find_within(five_x, five_time, five_event, stratum, 0, 5, 0.1, 9, 1, &best),
                     RML_EINVAL);
    assert_int_equal(rml_cutpoint_find_within(five_x, five_time, five_event, stratum, 1, 5, 0.5, 9, 1, &best),
                     RML_EINVAL);
    assert_int_equal(rml_cutpoint_find_within(last_twice, five_time, five_event, stratum, 1, 5, 0.1, 9, 1, &best),
                     RML_OK);
    assert_true(best.median.n_high == 0 && isnan(best.median.statistic) &&
                isnan(best.p_median)); /* half are the most */
    rml_cutpoint_free(&best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_are_those_of_survminer),
        cmocka_unit_test(scores_are_those_of_exactRankTests),
        cmocka_unit_test(five_rows_are_worked_through),
        cmocka_unit_test(permutations_come_near_all_orders),
        cmocka_unit_test(noise_stays_noise),
        cmocka_unit_test(only_orders_count),
        cmocka_unit_test(of_equals_the_lowest_cut_is_taken),
        cmocka_unit_test(what_cannot_be_cut_is_told),
        cmocka_unit_test(cuts_within_strata_are_those_of_coin),
        cmocka_unit_test(one_stratum_is_the_plain_search),
        cmocka_unit_test(strata_are_no_cut),
        cmocka_unit_test(what_strata_leave_uncut_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
