/* Subgroups and their interaction against R's coxph and anova: the reference's cases, and levels that cannot be fitted.
 */
#include "kernels/survival/subgroup.h"
#include "tests/kernels/survival_cases.h"
#include "tests/kernels/survival_tied.h"
#include "tests/support/measured.h"

static void check_level(const cJSON *expected, const rml_subgroup *subgroup)
{
    static const char *const names[6] = {"coef", "se", "hr", "lower", "upper", "p"};
    const double value[6] = {subgroup->coefficient, subgroup->se,          subgroup->ratio.ratio,
                             subgroup->ratio.lower, subgroup->ratio.upper, subgroup->p};

    assert_close((double)subgroup->n_rows, rml_json_number(rml_json(expected, "n")), 0, 0, "n");
    assert_close((double)subgroup->n_events, rml_json_number(rml_json(expected, "events")), 0, 0, "events");
    if (cJSON_GetArraySize(rml_json(expected, "warnings")) > 0) { /* runs off, or nothing to estimate */
        assert_int_not_equal(subgroup->status, RML_OK);
        assert_true(isnan(subgroup->ratio.ratio) && isnan(subgroup->p));
        return;
    }
    assert_int_equal(subgroup->status, RML_OK);
    for (int k = 0; k < 6; ++k)
        assert_close(value[k], rml_json_number(rml_json(expected, names[k])), 1e-7, 0, names[k]);
}

/* Rows of a level that have the treatment's second code, the higher one. */
static double treated(const cohort *c, const int32_t *label, int32_t level)
{
    double most = -INFINITY, n = 0.0;

    for (int64_t i = 0; i < c->n; ++i) most = fmax(most, c->x[i]);
    for (int64_t i = 0; i < c->n; ++i) n += label[i] == level && c->x[i] == most;
    return n;
}

static void subgroups_are_those_of_coxph(void **state)
{
    static const char *const cases[6] = {"subgroup/lung_sex_by_age70",       "subgroup/lung_sex_by_ph.ecog",
                                         "subgroup/pbc_trt_by_hepato",       "subgroup/pbc_trt_by_stage",
                                         "subgroup/veteran_trt_by_celltype", "subgroup/veteran_trt_by_prior"};
    const rml_cox_settings settings = rml_cox_defaults();
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 6; ++k) {
        const char *texts[16], *treat, *by;
        rml_subgroup_interaction interaction;
        rml_subgroup subgroup[16];
        rml_reference reference;
        const cJSON *expected;
        rml_hazard_ratio all;
        bool monotone = false;
        int32_t *label, n;
        rml_cox fit;
        cohort c;

        rml_reference_open(cases[k], &reference);
        treat = rml_json(reference.result, "treat")->valuestring;
        by = rml_json(reference.result, "by")->valuestring;
        cohort_open(&reference.input, &treat, 1, by, &c);
        label = malloc((size_t)c.n * sizeof *label);
        assert_non_null(label);
        n = cohort_groups(&c, &reference.input, by, label, texts);
        assert_int_equal(
            rml_subgroup_test(c.time, c.event, NULL, NULL, c.x, label, c.n, n, &settings, subgroup, &interaction),
            RML_OK);
        expected = rml_json(reference.result, "subgroups");
        assert_int_equal(cJSON_GetArraySize(expected), n);
        for (int32_t l = 0; l < n; ++l) {
            check_level(cJSON_GetArrayItem(expected, l), subgroup + l);
            assert_close(treated(&c, label, l), rml_json_number(rml_json(cJSON_GetArrayItem(expected, l), "n_treat")),
                         0, 0, "n_treat");
            monotone |= subgroup[l].end == RML_COX_MONOTONE;
        }
        assert_close(interaction.loglik_main, rml_json_number(rml_json(reference.result, "loglik_main")), 1e-9, 0,
                     "loglik main");
        assert_close(interaction.loglik, rml_json_number(rml_json(reference.result, "loglik_interaction")), 1e-9, 0,
                     "loglik interaction");
        assert_close(interaction.df, rml_json_number(rml_json(reference.result, "df")), 0, 0, "df");
        /* Where a level's ratio runs off R stops 1e-6 short of the supremum: the case's "compare loglik only". */
        assert_close(interaction.lrt, rml_json_number(rml_json(reference.result, "lrt")), 1e-7, monotone ? 2e-6 : 0.0,
                     "lrt");
        assert_close(interaction.p, rml_json_number(rml_json(reference.result, "p_interaction")), 1e-7,
                     monotone ? 1e-6 : 0.0, "p");
        rml_surv_free(&c.surv); /* all rows together */
        assert_int_equal(rml_surv_init(c.time, c.event, NULL, c.n, &c.surv), RML_OK);
        assert_int_equal(rml_cox_fit(&c.surv, &c.columns, NULL, NULL, &settings, &fit), RML_OK);
        assert_int_equal(rml_cox_hazard_ratio(&fit, 0, 0.95, &all), RML_OK);
        expected = rml_json(reference.result, "overall");
        assert_close(all.ratio, rml_json_number(rml_json(expected, "hr")), 1e-7, 0, "hr");
        assert_close(all.lower, rml_json_number(rml_json(expected, "lower")), 1e-7, 0, "lower");
        assert_close(all.upper, rml_json_number(rml_json(expected, "upper")), 1e-7, 0, "upper");
        assert_close(fit.p[0], rml_json_number(rml_json(expected, "p")), 1e-7, 0, "p");
        rml_cox_free(&fit);
        free(label);
        cohort_close(&c);
        rml_reference_close(&reference);
    }
}

/* R: anova(coxph(Surv(time, status) ~ x + factor(g)), coxph(Surv(time, status) ~ x * factor(g))). */
static void a_score_may_be_a_number(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    rml_subgroup_interaction interaction;
    rml_subgroup subgroup[3];
    (void)state;
    rml_measured_case("subgroup/number", "coxph, anova.coxph (survival 3.5-3)");
    assert_int_equal(rml_subgroup_test(tied_time, tied_event, NULL, NULL, tied_x, tied_group, 60, 3, &settings,
                                       subgroup, &interaction),
                     RML_OK);
    assert_close(interaction.loglik_main, -122.11218347870906, 1e-12, 0, "loglik main");
    assert_close(interaction.loglik, -120.43551262289608, 1e-12, 0, "loglik interaction");
    assert_close(interaction.p, 0.18699547583555445, 1e-10, 0, "p");
    assert_int_equal(interaction.df, 2);
    rml_measured_case(NULL, NULL);
}

/* R: coxph(Surv(time, status) ~ x * factor(g) + strata(s)), and with strata(g), which leaves nothing of g alone. */
static void strata_have_baselines_of_their_own(void **state)
{
    static const double coefficient[3] = {0.63989659058390769, 0.65656638934012557, 0.11072809508656077};
    static const double p[3] = {0.074724952993654614, 0.1267497477215643, 0.72116959906721256};
    const rml_cox_settings settings = rml_cox_defaults();
    rml_subgroup_interaction interaction;
    rml_subgroup subgroup[3];
    int32_t stratum[60];
    (void)state;
    for (int i = 0; i < 60; ++i) stratum[i] = tied_x[60 + i] > 0.5 ? 7 : -2; /* any numbers */
    rml_measured_case("subgroup/strata", "coxph, anova.coxph (survival 3.5-3)");
    assert_int_equal(rml_subgroup_test(tied_time, tied_event, stratum, NULL, tied_x, tied_group, 60, 3, &settings,
                                       subgroup, &interaction),
                     RML_OK);
    for (int l = 0; l < 3; ++l) {
        assert_int_equal(subgroup[l].n_rows, 20);
        assert_close(subgroup[l].coefficient, coefficient[l], 1e-7, 0, "coef");
        assert_close(subgroup[l].p, p[l], 1e-7, 0, "p");
    }
    assert_close(interaction.loglik_main, -97.002026857883351, 1e-9, 0, "loglik main");
    assert_close(interaction.loglik, -95.239735678938416, 1e-9, 0, "loglik interaction");
    assert_close(interaction.p, 0.17165112948363156, 1e-7, 0, "p");
    assert_int_equal(rml_subgroup_test(tied_time, tied_event, tied_group, NULL, tied_x, tied_group, 60, 3, &settings,
                                       subgroup, &interaction),
                     RML_OK);
    assert_close(interaction.loglik_main, -82.036032095178726, 1e-9, 0, "loglik main");
    assert_close(interaction.loglik, -80.932261764883037, 1e-9, 0, "loglik interaction");
    assert_close(interaction.p, 0.33161841274221526, 1e-7, 0, "p");
    assert_int_equal(interaction.df, 2);
    rml_measured_case(NULL, NULL);
}

static void levels_without_events_are_said(void **state)
{
    double time[30], x[30];
    uint8_t event[30];
    int32_t level[30];
    const rml_cox_settings settings = rml_cox_defaults();
    rml_subgroup_interaction interaction;
    rml_subgroup subgroup[3];
    (void)state;
    random_cohort(30, 1, 2, true, time, event, x);
    for (int i = 0; i < 30; ++i) level[i] = i < 10 ? 1 : 0;
    for (int i = 0; i < 10; ++i) event[i] = 0;
    assert_int_equal(rml_subgroup_test(time, event, NULL, NULL, x, level, 30, 3, &settings, subgroup, &interaction),
                     RML_EEMPTY);
    assert_true(isnan(interaction.p) && isnan(interaction.lrt) && interaction.df == 0);
    assert_int_equal(subgroup[0].status, RML_OK);
    assert_int_equal(subgroup[1].status, RML_EEMPTY);
    assert_int_equal(subgroup[1].end, RML_COX_NO_EVENT);
    assert_int_equal(subgroup[1].n_rows, 10);
    assert_int_equal(subgroup[2].n_rows, 0);
    assert_int_equal(rml_subgroup_test(time, event, NULL, NULL, x, level, 30, 1, &settings, subgroup, &interaction),
                     RML_EVALUE);
    for (int i = 0; i < 30; ++i) level[i] = 0;
    assert_int_equal(rml_subgroup_test(time, event, NULL, NULL, x, level, 30, 1, &settings, subgroup, &interaction),
                     RML_EEMPTY);
    assert_true(isnan(interaction.p));
}

/* Two levels with events, and a third without: the test is of the two, whatever the third's patients are. */
static void levels_without_events_add_no_df(void **state)
{
    double time[60], x[60];
    uint8_t event[60];
    int32_t level[60];
    const rml_cox_settings settings = rml_cox_defaults();
    rml_subgroup_interaction two, three;
    rml_subgroup subgroup[3];
    (void)state;
    random_cohort(60, 1, 2, true, time, event, x);
    for (int i = 0; i < 60; ++i) {
        level[i] = i < 40 ? 2 * (i % 2) : 1;
        if (i >= 40) event[i] = 0;
    }
    assert_int_equal(rml_subgroup_test(time, event, NULL, NULL, x, level, 60, 3, &settings, subgroup, &three), RML_OK);
    assert_int_equal(subgroup[1].status, RML_EEMPTY);
    for (int i = 0; i < 40; ++i) level[i] /= 2;
    assert_int_equal(rml_subgroup_test(time, event, NULL, NULL, x, level, 40, 2, &settings, subgroup, &two), RML_OK);
    assert_int_equal(three.df, 1);
    assert_float_equal(three.p, two.p, 0.0);
    assert_float_equal(three.lrt, two.lrt, 0.0);
    assert_true(two.p > 0.0 && two.p < 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subgroups_are_those_of_coxph), cmocka_unit_test(a_score_may_be_a_number),
        cmocka_unit_test(strata_have_baselines_of_their_own), cmocka_unit_test(levels_without_events_are_said),
        cmocka_unit_test(levels_without_events_add_no_df)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
