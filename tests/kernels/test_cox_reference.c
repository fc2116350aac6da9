/* Cox models against R's coxph, cox.zph, concordance and basehaz: the reference's cases (cox), at their tolerances.
 * What R says of its own way there is not compared: the number of its steps, and where it stopped of a coefficient that
 * runs off. */
#include "kernels/survival/concordance.h"
#include "kernels/survival/cox.h"
#include "kernels/survival/cox_baseline.h"
#include "kernels/survival/cox_zph.h"
#include "tests/kernels/survival_cases.h"

#define MOST_TERMS 8

static int32_t names_of(const cJSON *list, const char **names)
{
    const cJSON *item;
    int32_t n = 0;

    cJSON_ArrayForEach(item, list) names[n++] = item->valuestring;
    return n;
}

/* Terms that were left out have no test in R's list. */
static void check_zph(const cJSON *expected, const rml_cox *fit, const cohort *c, rml_ties ties)
{
    static const char *const names[4] = {"km", "identity", "rank", "log"};

    for (int k = 0; k < 4; ++k) {
        const cJSON *list = rml_json(expected, names[k]);
        double chisq[MOST_TERMS], p[MOST_TERMS], df[MOST_TERMS];
        rml_zph_global global;
        int32_t n = 0;

        assert_int_equal(rml_cox_zph(fit, &c->surv, &c->columns, NULL, NULL, ties, (rml_zph_time)k, chisq, p, &global),
                         RML_OK);
        for (int32_t j = 0; j < fit->n_terms; ++j) {
            if (isnan(fit->coefficient[j])) continue;
            chisq[n] = chisq[j];
            p[n] = p[j];
            df[n++] = 1.0;
        }
        chisq[n] = global.chisq;
        p[n] = global.p;
        df[n] = global.df;
        assert_int_equal(cJSON_GetArraySize(rml_json(list, "chisq")), n + 1);
        assert_numbers(chisq, list, "chisq", 1e-6, 0);
        assert_numbers(p, list, "p", 1e-6, 0);
        assert_numbers(df, list, "df", 0, 0);
    }
}

/* R's list has every time of the rows, in order. Its linear predictor is that less the columns' means, those of -1, 0
 * and 1 alone left as they are. */
static void check_baseline(const cJSON *result, const rml_cox *fit, const cohort *c, rml_ties ties)
{
    const cJSON *expected = rml_json(result, "basehaz_uncentered");
    double *linear = malloc((size_t)c->n * sizeof *linear), *time, *cumhaz, *head, mean[MOST_TERMS] = {0}, less = 0.0;
    rml_cox_baseline baseline;
    int32_t n, n_times = 0;

    assert_non_null(linear);
    assert_int_equal(rml_cox_linear(fit, &c->columns, NULL, linear), RML_OK);
    assert_int_equal(rml_cox_baseline_of(&c->surv, ties, NULL, linear, &baseline), RML_OK);
    time = rml_json_numbers(rml_json(expected, "time"), &n);
    cumhaz = rml_json_numbers(rml_json(expected, "cumhaz"), &n);
    for (int32_t t = 0; t < n; ++t)
        assert_close(rml_cox_baseline_at(&baseline, 0, time[t]), cumhaz[t], 1e-8, 0, "cumulative hazard");
    assert_close(rml_cox_baseline_at(&baseline, 0, time[0] / 2.0), 0.0, 0, 0, "before the first event");
    for (int64_t place = c->n - 1; place >= 0; --place) { /* from the first time on */
        if (place < c->n - 1 && c->surv.time[place] == c->surv.time[place + 1]) continue;
        assert_true(n_times < n);
        assert_close(time[n_times++], c->surv.time[place], 0, 0, "time");
    }
    assert_int_equal(n_times, n);
    for (int32_t j = 0; j < fit->n_terms; ++j) {
        bool plain = true;

        for (int64_t i = 0; i < c->n; ++i) {
            const double x = c->x[j * c->n + i];

            mean[j] += x / (double)c->n;
            plain &= x == -1.0 || x == 0.0 || x == 1.0;
        }
        if (plain) mean[j] = 0.0;
        if (!isnan(fit->coefficient[j])) less += fit->coefficient[j] * mean[j];
    }
    assert_numbers(mean, result, "means", 1e-12, 0);
    head = rml_json_numbers(rml_json(result, "linear_predictor_head"), &n);
    for (int32_t i = 0; i < n; ++i) assert_close(linear[i] - less, head[i], 1e-8, 0, "linear predictor");
    rml_cox_baseline_free(&baseline);
    free(linear);
    free(time);
    free(cumhaz);
    free(head);
}

static void check_concordance(const cJSON *expected, const rml_cox *fit, const cohort *c)
{
    static const char *const names[5] = {"concordant", "discordant", "tied_x", "tied_y", "tied_xy"};
    const rml_concordance_settings settings = rml_concordance_defaults();
    double *linear = malloc((size_t)c->n * sizeof *linear), count[5];
    rml_concordance pairs;

    assert_non_null(linear);
    assert_int_equal(rml_cox_linear(fit, &c->columns, NULL, linear), RML_OK);
    assert_int_equal(rml_concordance_measure(&c->surv, linear, &settings, &pairs), RML_OK);
    assert_close(pairs.c, rml_json_number(rml_json(expected, "c")), 0, 1e-12, "c");
    assert_close(pairs.se, rml_json_number(rml_json(expected, "se")), 1e-8, 0, "c se");
    count[0] = pairs.concordant;
    count[1] = pairs.discordant;
    count[2] = pairs.tied_score;
    count[3] = pairs.tied_time;
    count[4] = pairs.tied_both;
    for (int k = 0; k < 5; ++k) assert_close(count[k], rml_json_number(rml_json(expected, names[k])), 0, 0, names[k]);
    free(linear);
}

static void check_test(const cJSON *expected, const char *name, double value, double p, int32_t df, double relative)
{
    const cJSON *test = rml_json(expected, name);

    assert_close(value, rml_json_number(rml_json(test, "test")), relative, 0, name);
    assert_close(p, rml_json_number(rml_json(test, "pvalue")), relative, 0, name);
    assert_close(df, rml_json_number(rml_json(test, "df")), 0, 0, "df");
}

/* R prints the Wald statistic with two decimals: 0.005 absolute; its p is of all digits. A term that was left out has 0
 * for its variance in R. */
static void check_fit(const rml_reference *reference, const rml_cox *fit)
{
    const cJSON *expected = reference->result;
    double ratio[3][MOST_TERMS];

    for (int32_t j = 0; j < fit->n_terms; ++j) {
        rml_hazard_ratio hr;

        assert_int_equal(rml_cox_hazard_ratio(fit, j, 0.95, &hr), RML_OK);
        ratio[0][j] = hr.ratio;
        ratio[1][j] = hr.lower;
        ratio[2][j] = hr.upper;
    }
    assert_numbers(fit->coefficient, expected, "coef", 1e-8, 0);
    for (int32_t j = 0; j < fit->n_terms; ++j) {
        const double se = rml_json_number(cJSON_GetArrayItem(rml_json(expected, "se"), j));

        assert_close(fit->se[j], isnan(fit->coefficient[j]) && se == 0.0 ? NAN : se, 1e-8, 0, "se");
    }
    assert_numbers(fit->z, expected, "z", 1e-8, 0);
    assert_numbers(fit->p, expected, "p", 1e-7, 0);
    assert_numbers(ratio[0], expected, "hr", 1e-8, 0);
    assert_numbers(ratio[1], expected, "lower", 1e-8, 0);
    assert_numbers(ratio[2], expected, "upper", 1e-8, 0);
    assert_close(fit->loglik_null, rml_json_number(rml_json(expected, "loglik_null")), 1e-12, 0, "loglik_null");
    assert_close(fit->loglik, rml_json_number(rml_json(expected, "loglik")), 1e-12, 0, "loglik");
    check_test(expected, "lrt", fit->lrt, fit->lrt_p, fit->rank, 1e-7);
    check_test(expected, "score", fit->score, fit->score_p, fit->rank, 1e-7);
    assert_close(fit->wald, rml_json_number(rml_json(rml_json(expected, "wald"), "test")), 0, 0.005001, "wald");
    assert_close(fit->wald_p, rml_json_number(rml_json(rml_json(expected, "wald"), "pvalue")), 1e-7, 0, "wald p");
    assert_close(fit->rank, rml_json_number(rml_json(rml_json(expected, "wald"), "df")), 0, 0, "df");
    for (int32_t a = 0; a < fit->n_terms; ++a) {
        const cJSON *row = cJSON_GetArrayItem(rml_json(expected, "vcov"), a);

        for (int32_t b = 0; b < fit->n_terms; ++b) {
            const double of = rml_json_number(cJSON_GetArrayItem(row, b));
            const bool out = isnan(fit->coefficient[a]) || isnan(fit->coefficient[b]);

            assert_close(fit->vcov[a * fit->n_terms + b], out && of == 0.0 ? NAN : of, 1e-8, 0, "vcov");
        }
    }
}

/* All that a case of one stratum has. */
static void check_case(const rml_reference *reference, const rml_cox *fit, const cohort *c, rml_ties ties)
{
    assert_close((double)c->n, rml_json_number(rml_json(reference->result, "n")), 0, 0, "n");
    assert_close((double)fit->n_events, rml_json_number(rml_json(reference->result, "nevent")), 0, 0, "nevent");
    check_fit(reference, fit);
    check_concordance(rml_json(reference->result, "concordance"), fit, c);
    check_zph(rml_json(reference->result, "zph"), fit, c, ties);
    check_baseline(reference->result, fit, c, ties);
}

static void multivariable_fits_are_those_of_coxph(void **state)
{
    static const char *const cases[8] = {
        "cox/lung_multi_efron",    "cox/lung_multi_breslow",    "cox/pbc_multi_efron", "cox/pbc_multi_breslow",
        "cox/veteran_multi_efron", "cox/veteran_multi_breslow", "cox/tied_efron",      "cox/tied_breslow"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 8; ++k) {
        const char *names[MOST_TERMS];
        rml_cox_settings settings = rml_cox_defaults();
        rml_reference reference;
        int32_t n;
        rml_cox fit;
        cohort c;

        rml_reference_open(cases[k], &reference);
        n = names_of(rml_json(reference.result, "term"), names);
        cohort_open(&reference.input, names, n, NULL, &c);
        if (strstr(cases[k], "breslow")) settings.ties = RML_TIES_BRESLOW;
        assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_OK);
        assert_int_equal(fit.end, RML_COX_CONVERGED);
        assert_int_equal(fit.rank, n);
        check_case(&reference, &fit, &c, settings.ties);
        rml_cox_free(&fit);
        cohort_close(&c);
        rml_reference_close(&reference);
    }
}

static void exact_ties_are_those_of_coxph(void **state)
{
    const char *names[2] = {"x", "z"};
    rml_cox_settings settings = rml_cox_defaults();
    rml_reference reference;
    double loglik[2];
    rml_cox fit;
    cohort c;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("cox/tied_exact", &reference);
    cohort_open(&reference.input, names, 2, NULL, &c);
    settings.ties = RML_TIES_EXACT;
    assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_OK);
    assert_numbers(fit.coefficient, reference.result, "coef", 1e-9, 0);
    assert_numbers(fit.se, reference.result, "se", 1e-9, 0);
    loglik[0] = fit.loglik_null;
    loglik[1] = fit.loglik;
    assert_numbers(loglik, reference.result, "loglik", 1e-12, 0);
    rml_cox_free(&fit);
    cohort_close(&c);
    rml_reference_close(&reference);
}

/* coxph's default control stops earlier: the cases' 1e-7 of coefficients. */
static void strata_are_those_of_coxph(void **state)
{
    static const char *const cases[3] = {"cox/lung_strata", "cox/pbc_strata", "cox/veteran_strata"};
    const rml_cox_settings settings = rml_cox_defaults();
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        const char *names[MOST_TERMS];
        rml_reference reference;
        double loglik[2];
        rml_cox fit;
        cohort c;

        rml_reference_open(cases[k], &reference);
        cohort_open(&reference.input, names, names_of(rml_json(reference.result, "term"), names),
                    rml_json(reference.result, "strata")->valuestring, &c);
        assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_OK);
        assert_close((double)c.n, rml_json_number(rml_json(reference.result, "n")), 0, 0, "n");
        assert_numbers(fit.coefficient, reference.result, "coef", 1e-7, 0);
        assert_numbers(fit.se, reference.result, "se", 1e-7, 0);
        loglik[0] = fit.loglik_null;
        loglik[1] = fit.loglik;
        assert_numbers(loglik, reference.result, "loglik", 1e-9, 0);
        rml_cox_free(&fit);
        cohort_close(&c);
        rml_reference_close(&reference);
    }
}

/* lin = 2 x + 1 and a constant beside x and z: NaN, and x and z as without them. */
static void terms_that_depend_on_others_are_left_out(void **state)
{
    static const char *const cases[2] = {"cox/tied_aliased_efron", "cox/tied_aliased_breslow"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 2; ++k) {
        const char *names[MOST_TERMS];
        rml_cox_settings settings = rml_cox_defaults();
        rml_reference reference;
        int32_t n;
        rml_cox fit;
        cohort c;

        rml_reference_open(cases[k], &reference);
        n = names_of(rml_json(reference.result, "term"), names);
        cohort_open(&reference.input, names, n, NULL, &c);
        if (k == 1) settings.ties = RML_TIES_BRESLOW;
        assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_OK);
        assert_int_equal(fit.rank, 2);
        assert_true(isnan(fit.se[1]) && isnan(fit.p[2]));
        check_case(&reference, &fit, &c, settings.ties);
        rml_cox_free(&fit);
        cohort_close(&c);
        rml_reference_close(&reference);
    }
}

static void monotone_likelihood_is_said(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    const char *names[1] = {"x"};
    rml_reference reference;
    rml_hazard_ratio ratio;
    const cJSON *loglik;
    rml_cox fit;
    cohort c;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("cox/monotone_likelihood", &reference);
    cohort_open(&reference.input, names, 1, NULL, &c);
    assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_EVALUE);
    assert_int_equal(fit.end, RML_COX_MONOTONE);
    assert_true(fit.diverges[0] && fit.coefficient[0] > 10.0);
    assert_true(isnan(fit.se[0]) && isnan(fit.p[0]) && isnan(fit.wald_p));
    assert_int_equal(rml_cox_hazard_ratio(&fit, 0, 0.95, &ratio), RML_OK);
    assert_true(isnan(ratio.ratio) && isnan(ratio.lower));
    loglik = rml_json(reference.result, "loglik");
    assert_close(fit.loglik, rml_json_number(cJSON_GetArrayItem(loglik, cJSON_GetArraySize(loglik) - 1)), 0, 1e-4,
                 "loglik");
    /* the events leave in turn out of 4, 3, 2 and 1 rows of the higher hazard */
    assert_close(fit.loglik, -log(24.0), 1e-9, 0, "supremum");
    assert_true(fit.lrt_p < 0.01);
    rml_cox_free(&fit);
    cohort_close(&c);
    rml_reference_close(&reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multivariable_fits_are_those_of_coxph), cmocka_unit_test(strata_are_those_of_coxph),
        cmocka_unit_test(exact_ties_are_those_of_coxph), cmocka_unit_test(terms_that_depend_on_others_are_left_out),
        cmocka_unit_test(monotone_likelihood_is_said)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
