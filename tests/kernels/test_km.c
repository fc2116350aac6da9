/* Kaplan-Meier against R's survfit: the reference's cases, a textbook's curve typed in, and what must hold for any
 * data.
 */
#include "kernels/survival/km.h"
#include "tests/kernels/survival_cases.h"

static const struct {
    const char *name, *group;
} cases[] = {{"km/km_allcens", "g"},       {"km/km_half", "g"},      {"km/km_lastevent", "g"}, {"km/km_never", "g"},
             {"km/km_noevent_group", "g"}, {"km/km_one", "g"},       {"km/km_zero", "g"},      {"km/lung_sex", "sex"},
             {"km/pbc_trt", "trt"},        {"km/tied_3groups", "g"}, {"km/veteran_trt", "trt"}};
static const char *const limit_names[3] = {"log", "log-log", "plain"};

static rml_km_limits limits_of(const char *name)
{
    for (int l = 0; l < 3; ++l)
        if (strcmp(name, limit_names[l]) == 0) return (rml_km_limits)l;
    fail_msg("no limits are called %s", name);
    return RML_LIMITS_LOG;
}

/* Rows of the expected curve, which stands group by group and time by time. */
static void check_curve(const rml_table *curve, const char *limits, const char *group, const rml_km *km)
{
    static const char *const names[11] = {"time",    "n_risk", "n_event", "n_censor", "surv",     "se_logsurv",
                                          "se_surv", "lower",  "upper",   "cumhaz",   "se_cumhaz"};
    const int32_t of_limits = rml_table_column(curve, "conf_type"), of_group = rml_table_column(curve, "group");
    double *expected[11];
    int64_t t = 0;

    for (int k = 0; k < 11; ++k) expected[k] = rml_table_numbers(curve, names[k]);
    for (int64_t r = 0; r < curve->n_rows; ++r) {
        if (strcmp(curve->cell[r * curve->n_columns + of_limits], limits) != 0) continue;
        if (strcmp(curve->cell[r * curve->n_columns + of_group], group) != 0) continue;
        const double se_surv = km->surv[t] > 0.0 ? km->se_log[t] * km->surv[t] : NAN;
        const double value[11] = {km->time[t],
                                  (double)km->n_risk[t],
                                  (double)km->n_event[t],
                                  (double)km->n_censor[t],
                                  km->surv[t],
                                  km->se_log[t],
                                  se_surv,
                                  km->lower[t],
                                  km->upper[t],
                                  km->cumhaz[t],
                                  km->se_cumhaz[t]};

        for (int k = 0; k < 11; ++k) assert_close(value[k], expected[k][r], 1e-12, 1e-15, names[k]);
        ++t;
    }
    assert_int_equal(t, km->n_times);
    for (int k = 0; k < 11; ++k) free(expected[k]);
}

static double member(const cJSON *object, const char *name, int32_t group)
{
    return rml_json_number(cJSON_GetArrayItem(rml_json(object, name), group));
}

static void check_mean(const cJSON *expected, int32_t group, const rml_km *km, double tau)
{
    rml_km_time median;
    double mean, se;

    assert_int_equal(rml_km_restricted_mean(km, tau, &mean, &se), RML_OK);
    assert_close(mean, member(expected, "rmean", group), 1e-12, 0, "rmean");
    assert_close(se, member(expected, "se", group), 1e-12, 1e-15, "rmean se");
    assert_int_equal(rml_km_quantile(km, 0.5, &median), RML_OK);
    assert_close(median.time, member(expected, "median", group), 1e-12, 0, "median");
    assert_close(median.lower, member(expected, "lcl", group), 1e-12, 0, "median lower");
    assert_close(median.upper, member(expected, "ucl", group), 1e-12, 0, "median upper");
}

static void check_quantiles(const cJSON *expected, int32_t group, const rml_km *km)
{
    for (int k = 0; k < 3; ++k) {
        const char *const names[3] = {"est", "lower", "upper"};
        rml_km_time at;
        double value[3];

        assert_int_equal(rml_km_quantile(km, 0.25 * (k + 1), &at), RML_OK);
        value[0] = at.time;
        value[1] = at.lower;
        value[2] = at.upper;
        for (int what = 0; what < 3; ++what) {
            const cJSON *list = cJSON_GetArrayItem(rml_json(expected, names[what]), group);

            assert_close(value[what], rml_json_number(cJSON_GetArrayItem(list, k)), 1e-12, 0, names[what]);
        }
    }
}

static void check_group(const rml_reference *reference, const rml_table *curve, const rml_surv *surv, int32_t stratum,
                        const char *name, int32_t group, double last)
{
    for (int l = 0; l < 3; ++l) {
        const cJSON *expected = rml_json(reference->result, limit_names[l]);
        const cJSON *tau = rml_json(expected, "rmean_tau");
        rml_km km;

        assert_int_equal(rml_km_fit(surv, stratum, limits_of(limit_names[l]), 0.95, &km), RML_OK);
        assert_close((double)km.n_rows, member(expected, "n", group), 0, 0, "n");
        assert_close((double)km.n_events, member(expected, "events", group), 0, 0, "events");
        check_curve(curve, limit_names[l], name, &km);
        check_quantiles(rml_json(expected, "quantile"), group, &km);
        check_mean(rml_json(expected, "rmean_common"), group, &km, last);
        check_mean(rml_json(expected, "rmean_individual"), group, &km, km.time[km.n_times - 1]);
        check_mean(rml_json(tau, "r"), group, &km, rml_json_number(rml_json(tau, "tau")));
        rml_km_free(&km);
    }
}

static void curves_are_those_of_survfit(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const char *texts[16];
        rml_reference reference;
        rml_table curve;
        int32_t *label;
        int32_t n_groups;
        cohort c;
        rml_surv surv;
        double last = 0.0;

        rml_reference_open(cases[k].name, &reference);
        rml_reference_table(&reference, "curve.csv", &curve);
        cohort_open(&reference.input, NULL, 0, cases[k].group, &c);
        label = malloc((size_t)c.n * sizeof *label);
        assert_non_null(label);
        n_groups = cohort_groups(&c, &reference.input, cases[k].group, label, texts);
        assert_int_equal(rml_surv_init(c.time, c.event, label, c.n, &surv), RML_OK);
        for (int64_t i = 0; i < c.n; ++i) last = fmax(last, c.time[i]);
        for (int32_t g = 0; g < n_groups; ++g) check_group(&reference, &curve, &surv, g, texts[g], g, last);
        rml_surv_free(&surv);
        free(label);
        cohort_close(&c);
        rml_table_free(&curve);
        rml_reference_close(&reference);
    }
}

/* Freireich's 6-MP arm of 21 patients (Gehan 1965): S and Greenwood's se as Kalbfleisch & Prentice print them,
 * table 1.2: three decimals. */
static const double freireich_time[21] = {6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
static const uint8_t freireich_event[21] = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};

static void freireichs_patients_are_those_of_the_books(void **state)
{
    static const double at[7] = {6, 7, 10, 13, 16, 22, 23};
    static const double s[7] = {0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448};
    static const double se[7] = {0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346};
    rml_surv surv;
    rml_km km;
    rml_km_time median;
    (void)state;
    assert_int_equal(rml_surv_init(freireich_time, freireich_event, NULL, 21, &surv), RML_OK);
    assert_int_equal(rml_km_fit(&surv, 0, RML_LIMITS_LOG, 0.95, &km), RML_OK);
    for (int k = 0; k < 7; ++k) {
        int64_t t = 0;

        while (km.time[t] != at[k]) ++t;
        assert_close(km.surv[t], s[k], 0, 0.00051, "S");
        assert_close(km.surv[t] * km.se_log[t], se[k], 0, 0.000051, "Greenwood's se");
    }
    assert_int_equal(rml_km_quantile(&km, 0.5, &median), RML_OK);
    assert_close(median.time, 23.0, 0, 0, "median");
    assert_int_equal(rml_km_at_risk(&km, 0.0), 21);
    assert_int_equal(rml_km_at_risk(&km, 6.0), 21);
    assert_int_equal(rml_km_at_risk(&km, 6.5), 17);
    assert_int_equal(rml_km_at_risk(&km, 20.0), 8);
    assert_int_equal(rml_km_at_risk(&km, 36.0), 0);
    assert_close(rml_km_at(&km, 5.9, false), 1.0, 0, 0, "before the first");
    assert_close(rml_km_at(&km, 6.0, true), 1.0, 0, 0, "just before the first");
    assert_close(rml_km_at(&km, 6.0, false), 18.0 / 21.0, 1e-15, 0, "at the first");
    assert_close(rml_km_at(&km, 1e9, false), km.surv[km.n_times - 1], 0, 0, "after the last");
    assert_close(rml_km_followed(&km, 6.0), 18.0 / 21.0, 1e-15, 0, "where it is followed");
    assert_true(isnan(rml_km_followed(&km, 1e9)));
    rml_km_free(&km);
    rml_surv_free(&surv);
}

/* As R 4.2.2, survival 3.5-3, prints of survfit(Surv(time, event) ~ 1). */
static void medians_of_flat_curves(void **state)
{
    static const double time[2][4] = {{1, 2, 3, 4}, {288, 1962, 0, 0}};
    static const uint8_t event[3][4] = {{1, 1, 0, 1}, {1, 1, 0, 0}, {1, 0, 0, 0}};
    static const double median[3] = {3, 2, 288};
    (void)state;
    for (int k = 0; k < 3; ++k) {
        rml_surv surv;
        rml_km km;
        rml_km_time found;

        assert_int_equal(rml_surv_init(time[k / 2], event[k], NULL, k < 2 ? 4 : 2, &surv), RML_OK);
        assert_int_equal(rml_km_fit(&surv, 0, RML_LIMITS_LOG, 0.95, &km), RML_OK);
        assert_int_equal(rml_km_quantile(&km, 0.5, &found), RML_OK);
        assert_close(found.time, median[k], 0, 0, "median of a flat curve");
        assert_true(isnan(found.upper));
        rml_km_free(&km);
        rml_surv_free(&surv);
    }
}

/* Without censoring S is the share still free, and the restricted mean to the last time the mean of the times. */
static void without_censoring_all_is_counting(void **state)
{
    static const double time[5] = {4, 1, 3, 3, 9};
    static const uint8_t event[5] = {1, 1, 1, 1, 1};
    rml_surv surv;
    rml_km km, censoring;
    double mean, se;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 5, &surv), RML_OK);
    assert_int_equal(rml_km_fit(&surv, 0, RML_LIMITS_PLAIN, 0.95, &km), RML_OK);
    assert_close(km.surv[1], 2.0 / 5.0, 1e-15, 0, "S(3)");
    assert_int_equal(rml_km_restricted_mean(&km, 9.0, &mean, &se), RML_OK);
    assert_close(mean, 4.0, 1e-15, 0, "mean");
    assert_int_equal(rml_km_restricted_mean(&km, -1.0, &mean, &se), RML_EINVAL);
    assert_true(isnan(mean) && isnan(se));
    assert_int_equal(rml_km_fit_censoring(&surv, 0, &censoring), RML_OK);
    assert_close(rml_km_at(&censoring, 9.0, false), 1.0, 0, 0, "no one was censored");
    rml_km_free(&censoring);
    rml_km_free(&km);
    assert_int_equal(rml_km_fit(&surv, 1, RML_LIMITS_LOG, 0.95, &km), RML_EINVAL);
    assert_int_equal(rml_km_fit(&surv, 0, RML_LIMITS_LOG, 1.0, &km), RML_EINVAL);
    rml_km_free(&km);
    rml_surv_free(&surv);
}

/* S G = the share not yet gone, when no event is tied with a censoring or events leave first. */
static void survival_and_censoring_share_the_rows(void **state)
{
    double time[200], x[200];
    uint8_t event[200];
    rml_surv surv;
    rml_km km, censoring;
    (void)state;
    random_cohort(200, 1, 5, true, time, event, x);
    assert_int_equal(rml_surv_init(time, event, NULL, 200, &surv), RML_OK);
    assert_int_equal(rml_km_fit(&surv, 0, RML_LIMITS_LOG, 0.95, &km), RML_OK);
    assert_int_equal(rml_km_fit_censoring(&surv, 0, &censoring), RML_OK);
    for (int64_t t = 0; t + 1 < km.n_times; ++t)
        assert_close(km.surv[t] * censoring.surv[t], (double)km.n_risk[t + 1] / 200.0, 1e-12, 0, "S G");
    rml_km_free(&censoring);
    rml_km_free(&km);
    rml_surv_free(&surv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_those_of_survfit), cmocka_unit_test(freireichs_patients_are_those_of_the_books),
        cmocka_unit_test(without_censoring_all_is_counting), cmocka_unit_test(medians_of_flat_curves),
        cmocka_unit_test(survival_and_censoring_share_the_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
