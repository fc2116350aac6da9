/* Log-rank tests against R's survdiff: the reference's cases, R's trend typed in, and what must hold for any data. */
#include "kernels/survival/logrank.h"
#include "tests/kernels/survival_cases.h"
#include "tests/kernels/survival_tied.h"
#include "tests/support/measured.h"

static void check_test(const cJSON *expected, const rml_logrank *test)
{
    int32_t n;
    double *numbers = rml_json_numbers(rml_json(expected, "n"), &n);

    assert_int_equal(n, test->n_groups);
    for (int32_t g = 0; g < n; ++g) assert_close((double)test->n[g], numbers[g], 0, 0, "n");
    free(numbers);
    assert_numbers(test->observed, expected, "observed", 1e-12, 0);
    assert_numbers(test->expected, expected, "expected", 1e-12, 0);
    for (int32_t g = 0; g < n; ++g) {
        numbers = rml_json_numbers(cJSON_GetArrayItem(rml_json(expected, "var"), g), &n);
        for (int32_t h = 0; h < n; ++h) assert_close(test->variance[g * n + h], numbers[h], 1e-10, 1e-12, "var");
        free(numbers);
    }
}

/* One field of a case: "two", "two_peto_rho1", or the result itself (NULL). */
static void check_case(const rml_reference *reference, const char *field, const char *group, const char *stratum,
                       double rho)
{
    const cJSON *expected = field ? rml_json(reference->result, field) : reference->result;
    const char *texts[16];
    const double chisq = rml_json_number(rml_json(expected, "chisq"));
    rml_logrank test;
    int32_t *label, n_groups;
    cohort c;

    cohort_open(&reference->input, stratum ? &group : NULL, stratum ? 1 : 0, stratum ? stratum : group, &c);
    label = malloc((size_t)c.n * sizeof *label);
    assert_non_null(label);
    n_groups = cohort_groups(&c, &reference->input, group, label, texts);
    if (!stratum) { /* the groups were but to drop rows without one */
        rml_surv_free(&c.surv);
        assert_int_equal(rml_surv_init(c.time, c.event, NULL, c.n, &c.surv), RML_OK);
    }
    if (rml_json_number(rml_json(expected, "df")) < 0.0) {
        assert_int_equal(rml_logrank_test(&c.surv, label, n_groups, rho, &test), RML_EEMPTY);
        assert_true(isnan(test.chisq) && isnan(test.p));
    } else {
        assert_int_equal(rml_logrank_test(&c.surv, label, n_groups, rho, &test), RML_OK);
        assert_close(test.chisq, chisq, 1e-10, 0, "chisq");
        assert_close(test.p, rml_json_number(rml_json(expected, "p")), 1e-9, 0, "p");
        assert_close(test.df, rml_json_number(rml_json(expected, "df")), 0, 0, "df");
    }
    check_test(expected, &test);
    rml_logrank_free(&test);
    free(label);
    cohort_close(&c);
}

static void check_pairs(const rml_reference *reference, const char *group)
{
    const cJSON *expected = rml_json(reference->result, "pairwise");
    const cJSON *raw = rml_json(expected, "p_raw"), *adjusted = rml_json(expected, "p_bh");
    const char *texts[16];
    double p[256], p_adjusted[256];
    int32_t *label, n;
    cohort c;

    cohort_open(&reference->input, NULL, 0, group, &c);
    label = malloc((size_t)c.n * sizeof *label);
    assert_non_null(label);
    n = cohort_groups(&c, &reference->input, group, label, texts);
    assert_int_equal(rml_logrank_pairwise(c.time, c.event, NULL, label, c.n, n, 0.0, p, p_adjusted), RML_OK);
    for (int32_t a = 1; a < n; ++a)
        for (int32_t b = 0; b < a; ++b) {
            const double of_raw = rml_json_number(cJSON_GetArrayItem(cJSON_GetArrayItem(raw, a - 1), b));
            const double of_bh = rml_json_number(cJSON_GetArrayItem(cJSON_GetArrayItem(adjusted, a - 1), b));

            assert_close(p[a * n + b], of_raw, 1e-9, 0, "pairwise p");
            assert_close(p_adjusted[b * n + a], of_bh, 1e-9, 0, "pairwise BH");
        }
    free(label);
    cohort_close(&c);
}

static void tests_are_those_of_survdiff(void **state)
{
    static const char *const cohorts[3] = {"logrank/lung", "logrank/pbc", "logrank/veteran"};
    rml_reference reference;
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        const char *two, *three;

        rml_reference_open(cohorts[k], &reference);
        two = rml_json(reference.result, "g2")->valuestring;
        three = rml_json(reference.result, "g3")->valuestring;
        check_case(&reference, "two", two, NULL, 0.0);
        check_case(&reference, "three", three, NULL, 0.0);
        check_case(&reference, "two_peto_rho1", two, NULL, 1.0);
        check_case(&reference, "three_peto_rho1", three, NULL, 1.0);
        check_case(&reference, "stratified", two, three, 0.0);
        check_pairs(&reference, three);
        rml_reference_close(&reference);
    }
    rml_reference_open("logrank/tied", &reference);
    check_case(&reference, "g", "g", NULL, 0.0);
    check_case(&reference, "z", "z", NULL, 0.0);
    rml_reference_close(&reference);
    rml_reference_open("logrank/no_event_group", &reference);
    check_case(&reference, NULL, "g", NULL, 0.0);
    rml_reference_close(&reference);
    rml_reference_open("logrank/all_censored", &reference);
    check_case(&reference, NULL, "g", NULL, 0.0);
    rml_reference_close(&reference);
}

/* R: coxph(Surv(time, status) ~ score, ties = "exact") of numbers, whose score test is the log-rank's trend: both have
 * the hypergeometric variance. */
static void a_trend_is_the_exact_score_test(void **state)
{
    static const double linear[3] = {0, 1, 2}, squares[3] = {0, 1, 4};
    double chisq, p;
    rml_logrank test;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(tied_time, tied_event, NULL, 60, &surv), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, tied_group, 3, 0.0, &test), RML_OK);
    rml_measured_case("logrank/trend", "coxph(ties = \"exact\") score test (survival 3.5-3)");
    assert_int_equal(rml_logrank_trend(&test, linear, &chisq, &p), RML_OK);
    assert_close(chisq, 0.92832169535905684, 1e-10, 0, "chisq");
    assert_close(p, 0.33529941154337356, 1e-10, 0, "p");
    assert_int_equal(rml_logrank_trend(&test, squares, &chisq, &p), RML_OK);
    assert_close(chisq, 1.5806870589401012, 1e-10, 0, "chisq");
    rml_measured_case(NULL, NULL);
    rml_logrank_free(&test);
    rml_surv_free(&surv);
}

/* Of two groups the trend is the test itself, whatever the scores; of one score it is nothing. */
static void a_trend_over_two_groups_is_the_test(void **state)
{
    static const double scores[2] = {3.0, -1.5}, same[2] = {1.0, 1.0};
    double time[80], x[80], chisq, p;
    uint8_t event[80];
    int32_t group[80];
    rml_logrank test;
    rml_surv surv;
    (void)state;
    random_cohort(80, 1, 9, true, time, event, x);
    for (int i = 0; i < 80; ++i) group[i] = x[i] > 0.2;
    assert_int_equal(rml_surv_init(time, event, NULL, 80, &surv), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, group, 2, 0.0, &test), RML_OK);
    assert_int_equal(rml_logrank_trend(&test, scores, &chisq, &p), RML_OK);
    assert_close(chisq, test.chisq, 1e-12, 0, "trend of two");
    assert_close(p, test.p, 1e-12, 0, "p");
    assert_int_equal(rml_logrank_trend(&test, same, &chisq, &p), RML_EEMPTY);
    assert_true(isnan(chisq) && isnan(p));
    rml_logrank_free(&test);
    rml_surv_free(&surv);
}

/* Groups that no one is in, or that are never at risk at an event, change nothing; one group alone is no test. */
static void empty_groups_change_nothing(void **state)
{
    static const double time[6] = {5, 6, 7, 8, 1, 2};
    static const uint8_t event[6] = {1, 1, 0, 1, 0, 0};
    static const int32_t two[6] = {0, 1, 1, 0, 0, 1}, more[6] = {1, 3, 3, 1, 0, 0}, one[6] = {2, 2, 2, 2, 0, 1};
    rml_logrank few, many;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 6, &surv), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, two, 2, 0.0, &few), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, more, 4, 0.0, &many), RML_OK);
    assert_int_equal(many.df, 1);
    assert_close(many.chisq, few.chisq, 1e-12, 0, "chisq");
    rml_logrank_free(&few);
    rml_logrank_free(&many);
    assert_int_equal(rml_logrank_test(&surv, one, 3, 0.0, &few), RML_EEMPTY);
    assert_true(isnan(few.p));
    rml_logrank_free(&few);
    assert_int_equal(rml_logrank_test(&surv, more, 3, 0.0, &few), RML_EVALUE);
    assert_int_equal(rml_logrank_test(&surv, two, 2, -1.0, &few), RML_EINVAL);
    rml_surv_free(&surv);
}

/* Groups that share no stratum cannot be compared: a third that is all of a stratum changes nothing, and of four in
 * pairs the two tests add up. (survdiff of R stops with a singular matrix.) */
static void groups_of_other_strata_are_not_compared(void **state)
{
    static const double time[12] = {5, 6, 7, 8, 1, 2, 3, 3, 4, 9, 2, 5};
    static const uint8_t event[12] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1};
    static const int32_t stratum[12] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
    static const int32_t two[12] = {0, 1, 1, 0, 0, 1}, three[12] = {0, 1, 1, 0, 0, 1, 2, 2, 2, 2, 2, 2};
    static const int32_t four[12] = {0, 1, 1, 0, 0, 1, 2, 3, 2, 3, 3, 2}, pair[6] = {0, 1, 0, 1, 1, 0};
    rml_logrank first, second, all;
    rml_surv surv, own, other;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, stratum, 12, &surv), RML_OK);
    assert_int_equal(rml_surv_init(time, event, NULL, 6, &own), RML_OK);
    assert_int_equal(rml_surv_init(time + 6, event + 6, NULL, 6, &other), RML_OK);
    assert_int_equal(rml_logrank_test(&own, two, 2, 0.0, &first), RML_OK);
    assert_int_equal(rml_logrank_test(&other, pair, 2, 0.0, &second), RML_OK);
    assert_int_equal(rml_logrank_test(&surv, three, 3, 0.0, &all), RML_OK);
    assert_int_equal(all.df, 1);
    assert_close(all.chisq, first.chisq, 1e-12, 0, "chisq");
    assert_close(all.p, first.p, 1e-12, 0, "p");
    rml_logrank_free(&all);
    assert_int_equal(rml_logrank_test(&surv, four, 4, 0.0, &all), RML_OK);
    assert_int_equal(all.df, 2);
    assert_close(all.chisq, first.chisq + second.chisq, 1e-12, 0, "chisq");
    rml_logrank_free(&all);
    assert_int_equal(rml_logrank_test(&surv, stratum, 2, 0.0, &all), RML_EEMPTY);
    rml_logrank_free(&all);
    rml_logrank_free(&first);
    rml_logrank_free(&second);
    rml_surv_free(&surv);
    rml_surv_free(&own);
    rml_surv_free(&other);
}

/* R's survdiff(Surv(time, event) ~ factor(group) + strata(stratum)) stops: "system is exactly singular". Its
 * coxph(..., ties = "exact")$score of the same rows is 0.2977192185946125 on 1 df, p 0.5853158113606172, which is also
 * survdiff(Surv(time, event) ~ group) of stratum 1 alone. */
static void a_group_alone_in_its_stratum_is_no_degree_of_freedom(void **state)
{
    static const double time[12] = {5, 8, 12, 3, 9, 14, 2, 7, 11, 4, 6, 10};
    static const uint8_t event[12] = {1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1};
    static const int32_t stratum[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2};
    static const int32_t group[2][12] = {{0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 0, 0}};
    static const int32_t apart[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1};
    rml_logrank test;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, stratum, 12, &surv), RML_OK);
    for (int k = 0; k < 2; ++k) {
        assert_int_equal(rml_logrank_test(&surv, group[k], 3, 0.0, &test), RML_OK);
        assert_int_equal(test.df, 1);
        assert_close(test.chisq, 0.2977192185946125, 1e-14, 0, "chisq");
        assert_close(test.p, 0.5853158113606172, 1e-14, 0, "p");
        rml_logrank_free(&test);
    }
    assert_int_equal(rml_logrank_test(&surv, apart, 2, 0.0, &test), RML_EEMPTY);
    assert_int_equal(test.df, 0);
    assert_true(isnan(test.chisq) && isnan(test.p));
    rml_logrank_free(&test);
    rml_surv_free(&surv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_of_other_strata_are_not_compared),

                                       cmocka_unit_test(tests_are_those_of_survdiff),
                                       cmocka_unit_test(a_trend_is_the_exact_score_test),
                                       cmocka_unit_test(a_trend_over_two_groups_is_the_test),
                                       cmocka_unit_test(empty_groups_change_nothing),
                                       cmocka_unit_test(a_group_alone_in_its_stratum_is_no_degree_of_freedom)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
