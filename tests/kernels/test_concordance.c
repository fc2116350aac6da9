/* Concordance, time-dependent AUC and the Brier score of survival: the reference's cases of R survival, Hmisc, survAUC
 * and scikit-survival, pairs counted by hand, and what must hold for any data. */
#include "kernels/base/rng.h"
#include "kernels/survival/concordance.h"
#include "kernels/survival/cox_baseline.h"
#include "kernels/survival/survival_brier.h"
#include "kernels/survival/time_auc.h"
#include "tests/kernels/survival_cases.h"

/* Unweighted pairs are counted: exact. */
static void check_concordance(const cJSON *expected, const rml_concordance *c, bool weighted)
{
    static const char *const names[5] = {"concordant", "discordant", "tied.x", "tied.y", "tied.xy"};
    const double counts[5] = {c->concordant, c->discordant, c->tied_score, c->tied_time, c->tied_both};

    assert_close(c->c, rml_json_number(rml_json(expected, "c")), weighted ? 1e-9 : 0, weighted ? 0 : 1e-12, "c");
    assert_close(c->se, rml_json_number(rml_json(expected, "se")), 1e-8, 0, "se");
    for (int k = 0; k < 5; ++k)
        assert_close(counts[k], rml_json_number(rml_json(rml_json(expected, "count"), names[k])), weighted ? 1e-9 : 0,
                     0, names[k]);
}

/* Hmisc counts a pair from either side, and a tied score as half concordant; its scores are ours turned round, so that
 * what is tied counts half both ways. Uncertain are pairs that are neither comparable nor both events at one time. */
static void check_hmisc(const cJSON *expected, const rml_concordance *c, const rml_surv *surv)
{
    const double comparable = c->concordant + c->discordant + c->tied_score, n = (double)surv->n_rows;

    assert_close(c->c, rml_json_number(rml_json(expected, "C Index")), 0, 1e-12, "Hmisc C");
    assert_close(2.0 * c->c - 1.0, rml_json_number(rml_json(expected, "Dxy")), 0, 1e-12, "Hmisc Dxy");
    assert_close(2.0 * c->se, rml_json_number(rml_json(expected, "S.D.")), 1e-8, 0, "Hmisc S.D.");
    assert_close(n, rml_json_number(rml_json(expected, "n")), 0, 0, "Hmisc n");
    assert_close(0.0, rml_json_number(rml_json(expected, "missing")), 0, 0, "Hmisc missing");
    assert_close((double)surv->n_events, rml_json_number(rml_json(expected, "uncensored")), 0, 0, "Hmisc uncensored");
    assert_close(2.0 * comparable, rml_json_number(rml_json(expected, "Relevant Pairs")), 0, 0, "Hmisc relevant");
    assert_close(2.0 * c->concordant + c->tied_score, rml_json_number(rml_json(expected, "Concordant")), 0, 0,
                 "Hmisc concordant");
    assert_close(n * (n - 1.0) - 2.0 * (comparable + c->tied_time + c->tied_both),
                 rml_json_number(rml_json(expected, "Uncertain")), 0, 0, "Hmisc uncertain");
}

/* Higher x = higher risk, as the cases have it (R: reverse = TRUE). */
static void pairs_are_those_of_concordance(void **state)
{
    static const char *const cases[11] = {"lung_age",    "lung_meal.cal", "lung_ph.karno",   "lung_wt.loss",
                                          "pbc_age",     "pbc_albumin",   "pbc_bili",        "pbc_protime",
                                          "veteran_age", "veteran_karno", "veteran_diagtime"};
    static const char *const weights[4] = {"n", "uno_n_G2", "S", "SG"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 11; ++k) {
        rml_concordance_settings settings = rml_concordance_defaults();
        rml_reference reference;
        const char *variable;
        rml_concordance c;
        char name[64];
        cohort co;

        snprintf(name, sizeof name, "cindex/%s", cases[k]);
        rml_reference_open(name, &reference);
        variable = rml_json(reference.result, "variable")->valuestring;
        cohort_open(&reference.input, &variable, 1, NULL, &co);
        for (int w = 0; w < 4; ++w) {
            settings.weight = (rml_pair_weight)w;
            assert_int_equal(rml_concordance_measure(&co.surv, co.x, &settings, &c), RML_OK);
            check_concordance(rml_json(reference.result, weights[w]), &c, w > 0);
            if (w == 0) check_hmisc(rml_json(reference.result, "hmisc"), &c, &co.surv);
        }
        settings.weight = RML_PAIRS_UNO;
        settings.tau = rml_json_number(rml_json(rml_json(reference.result, "uno_tau"), "tau"));
        settings.tau = nextafter(settings.tau, INFINITY); /* R counts an event at its ymax */
        assert_int_equal(rml_concordance_measure(&co.surv, co.x, &settings, &c), RML_OK);
        check_concordance(rml_json(rml_json(reference.result, "uno_tau"), "r"), &c, true);
        cohort_close(&co);
        rml_reference_close(&reference);
    }
}

/* Every second row, from first on, of a case's table; of_train: by its column train instead (NULL: none). */
typedef struct half {
    int64_t n;
    double time[256], linear[256];
    uint8_t event[256];
    rml_surv surv;
} half;

static void half_open(const rml_reference *reference, bool train, half *h)
{
    const cJSON *covariates = cJSON_GetObjectItemCaseSensitive(reference->result, "covariates"), *coef, *item;
    double *time = rml_table_numbers(&reference->input, "time");
    double *event = rml_table_numbers(&reference->input, "status"), *mark = NULL;
    int32_t j = 0;

    if (rml_table_column(&reference->input, "train") >= 0) mark = rml_table_numbers(&reference->input, "train");
    *h = (half){0};
    for (int64_t i = 0; i < reference->input.n_rows; ++i) {
        if ((mark ? mark[i] == 1.0 : i % 2 == 0) != train) continue;
        h->time[h->n] = time[i];
        h->event[h->n++] = event[i] == 1.0;
    }
    if (covariates) {
        coef = rml_json(reference->result, "coef");
        cJSON_ArrayForEach(item, covariates)
        {
            double *x = rml_table_numbers(&reference->input, item->valuestring);
            int64_t n = 0;

            for (int64_t i = 0; i < reference->input.n_rows; ++i)
                if ((i % 2 == 0) == train) h->linear[n++] += rml_json_number(cJSON_GetArrayItem(coef, j)) * x[i];
            free(x);
            ++j;
        }
    }
    assert_int_equal(rml_surv_init(h->time, h->event, NULL, h->n, &h->surv), RML_OK);
    free(time);
    free(event);
    free(mark);
}

/* The reference keeps, for AUC and Brier score, the test rows before the last time of training and of test. */
static void keep_followed(const half *train, half *test)
{
    double last[2] = {0.0, 0.0};
    int64_t n = 0;

    for (int64_t i = 0; i < train->n; ++i) last[0] = fmax(last[0], train->time[i]);
    for (int64_t i = 0; i < test->n; ++i) last[1] = fmax(last[1], test->time[i]);
    for (int64_t i = 0; i < test->n; ++i) {
        if (test->time[i] >= fmin(last[0], last[1])) continue;
        test->time[n] = test->time[i];
        test->event[n] = test->event[i];
        test->linear[n++] = test->linear[i];
    }
    test->n = n;
    rml_surv_free(&test->surv);
    assert_int_equal(rml_surv_init(test->time, test->event, NULL, n, &test->surv), RML_OK);
}

/* scikit-survival's baseline is Breslow's, whatever the ties of the fit. */
static void check_brier(const cJSON *expected, const half *train, const half *test, const rml_ipcw *ipcw)
{
    rml_cox_baseline baseline;
    double *times, *values, *survival, *brier, mean;
    int32_t n;

    times = rml_json_numbers(rml_json(expected, "times"), &n);
    values = rml_json_numbers(rml_json(expected, "values"), &n);
    survival = malloc((size_t)(n * test->n) * sizeof *survival);
    brier = malloc((size_t)n * sizeof *brier);
    assert_true(survival && brier);
    assert_int_equal(rml_cox_baseline_of(&train->surv, RML_TIES_BRESLOW, NULL, train->linear, &baseline), RML_OK);
    for (int32_t k = 0; k < n; ++k)
        for (int64_t i = 0; i < test->n; ++i)
            survival[k * test->n + i] = exp(-rml_cox_baseline_at(&baseline, 0, times[k]) * exp(test->linear[i]));
    assert_int_equal(rml_survival_brier(&test->surv, survival, ipcw, times, n, brier, &mean), RML_OK);
    for (int32_t k = 0; k < n; ++k) assert_close(brier[k], values[k], 1e-7, 0, "Brier score");
    assert_close(mean, rml_json_number(rml_json(expected, "ibs")), 1e-7, 0, "integrated Brier score");
    rml_cox_baseline_free(&baseline);
    free(times);
    free(values);
    free(survival);
    free(brier);
}

/* What scikit-survival calls tied in time: who has the event and who is censored at the same time, which are
 * comparable. */
static double at_one_time(const rml_surv *surv)
{
    double n = 0.0;

    for (int64_t i = 0; i < surv->n_rows; ++i)
        for (int64_t j = 0; j < surv->n_rows; ++j)
            n += surv->event[i] && !surv->event[j] && surv->time[i] == surv->time[j];
    return n;
}

static void held_out_rows_are_judged_as_by_scikit_survival(void **state)
{
    static const char *const cases[2] = {"cindex/lung_sksurv", "cindex/veteran_sksurv"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 2; ++k) {
        rml_concordance_settings settings = rml_concordance_defaults();
        const cJSON *expected, *harrell;
        double *linear, *times, *auc, value[8], mean;
        rml_reference reference;
        rml_concordance c;
        half train, test;
        rml_km censoring;
        int32_t n;

        rml_reference_open(cases[k], &reference);
        half_open(&reference, true, &train);
        half_open(&reference, false, &test);
        linear = rml_json_numbers(rml_json(reference.result, "lp_test"), &n);
        assert_int_equal(n, test.n);
        for (int64_t i = 0; i < n; ++i) assert_close(test.linear[i], linear[i], 1e-12, 1e-12, "linear predictor");
        assert_int_equal(rml_concordance_measure(&test.surv, test.linear, &settings, &c), RML_OK);
        harrell = rml_json(reference.result, "harrell");
        assert_close(c.c, rml_json_number(rml_json(harrell, "c")), 1e-15, 0, "Harrell");
        assert_close(c.concordant, rml_json_number(rml_json(harrell, "concordant")), 0, 0, "concordant");
        assert_close(c.discordant, rml_json_number(rml_json(harrell, "discordant")), 0, 0, "discordant");
        assert_close(c.tied_score, rml_json_number(rml_json(harrell, "tied_risk")), 0, 0, "tied risk");
        assert_close(at_one_time(&test.surv), rml_json_number(rml_json(harrell, "tied_time")), 0, 0, "tied time");
        assert_int_equal(rml_km_fit_censoring(&train.surv, 0, &censoring), RML_OK);
        settings.weight = RML_PAIRS_UNO;
        settings.ipcw = (rml_ipcw){&censoring, RML_IPCW_AT};
        settings.tau = rml_json_number(rml_json(rml_json(reference.result, "uno"), "tau"));
        assert_int_equal(rml_concordance_measure(&test.surv, test.linear, &settings, &c), RML_OK);
        assert_close(c.c, rml_json_number(rml_json(rml_json(reference.result, "uno"), "c")), 1e-7, 0, "Uno");
        keep_followed(&train, &test);
        expected = rml_json(reference.result, "td_auc");
        times = rml_json_numbers(rml_json(expected, "times"), &n);
        auc = rml_json_numbers(rml_json(expected, "auc"), &n);
        assert_int_equal(rml_time_auc(&test.surv, test.linear, &settings.ipcw, times, n, value, &mean), RML_OK);
        for (int32_t t = 0; t < n; ++t) assert_close(value[t], auc[t], 1e-7, 0, "time-dependent AUC");
        assert_close(mean, rml_json_number(rml_json(expected, "mean")), 1e-7, 0, "mean AUC");
        check_brier(rml_json(reference.result, "brier"), &train, &test, &settings.ipcw);
        rml_km_free(&censoring);
        rml_surv_free(&train.surv);
        rml_surv_free(&test.surv);
        free(linear);
        free(times);
        free(auc);
        rml_reference_close(&reference);
    }
}

/* survAUC's own curve: where rows are tied, each event takes off all of the tied rows at once and again (km_Daim). It
 * is not Kaplan-Meier, but the weights that its numbers stand on: sums over pairs are compared, not the curve. status:
 * what counts as an event. */
static void tied_curve(const half *h, bool of_censoring, double *time, double *surv, rml_km *km)
{
    double s = 1.0;

    *km = (rml_km){.n_rows = h->n, .n_times = h->n, .time = time, .surv = surv};
    for (int64_t i = 0; i < h->n; ++i) { /* by place they stand downwards, stable up to ties that have one value */
        const int64_t place = h->n - 1 - i;
        int64_t at_risk = 0, tied = 0;

        for (int64_t j = 0; j < h->n; ++j) {
            at_risk += h->surv.time[j] >= h->surv.time[place];
            tied += h->surv.time[j] == h->surv.time[place];
        }
        if (h->surv.event[place] != of_censoring) s *= 1.0 - (double)tied / (double)at_risk;
        time[i] = h->surv.time[place];
        surv[i] = s;
    }
}

static void weights_of_training_rows_are_those_of_survauc(void **state)
{
    rml_concordance_settings settings = rml_concordance_defaults();
    double time[2][256], surv[2][256], *linear, *at, *auc, value[8], mean = 0.0, before = 1.0, s = 1.0;
    rml_reference reference;
    rml_km censoring, survival;
    rml_concordance c;
    half train, test;
    int32_t n;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("cindex/lung_uno_train_test", &reference);
    half_open(&reference, true, &train);
    half_open(&reference, false, &test);
    linear = rml_json_numbers(rml_json(reference.result, "lp_test"), &n);
    assert_int_equal(n, test.n);
    tied_curve(&train, true, time[0], surv[0], &censoring);
    tied_curve(&test, false, time[1], surv[1], &survival); /* what weighs its mean */
    settings.weight = RML_PAIRS_UNO;
    settings.ipcw = (rml_ipcw){&censoring, RML_IPCW_AT};
    /* It takes tied scores for discordant, and an event's time that is tied with a censoring for no order: whole days,
     * so that taking a thousandth off the censored ones' undoes these ties alone. */
    for (int64_t i = 0; i < test.n; ++i) test.time[i] -= test.event[i] ? 0.0 : 1e-3;
    rml_surv_free(&test.surv);
    assert_int_equal(rml_surv_init(test.time, test.event, NULL, test.n, &test.surv), RML_OK);
    assert_int_equal(rml_concordance_measure(&test.surv, linear, &settings, &c), RML_OK);
    assert_close(c.concordant / (c.concordant + c.discordant + c.tied_score),
                 rml_json_number(rml_json(reference.result, "uno_c")), 1e-7, 0, "Uno");
    at = rml_json_numbers(rml_json(reference.result, "auc_times"), &n);
    auc = rml_json_numbers(rml_json(reference.result, "auc_uno"), &n);
    assert_int_equal(rml_time_auc(&test.surv, linear, &settings.ipcw, at, n, value, NULL), RML_OK);
    for (int32_t t = 0; t < n; ++t) assert_close(value[t], auc[t], 1e-7, 0, "time-dependent AUC");
    for (int32_t t = 0; t < n; ++t) {
        s = rml_km_at(&survival, at[t], false);
        mean += (before - s) * value[t];
        before = s;
    }
    assert_close(mean / (1.0 - s), rml_json_number(rml_json(reference.result, "iauc")), 1e-7, 0, "mean AUC");
    rml_surv_free(&train.surv);
    rml_surv_free(&test.surv);
    free(linear);
    free(at);
    free(auc);
    rml_reference_close(&reference);
}

/* By hand: times 1 2 2+ 3 3, scores 5 4 4 1 1. Of the event at 1: four pairs, all won. Of that at 2: its tie with the
 * censored row is comparable (equal scores), and both at 3 are won. The two at 3 are tied in both. */
static void few_pairs_are_counted_by_hand(void **state)
{
    static const double time[5] = {1, 2, 2, 3, 3}, score[5] = {5, 4, 4, 1, 1};
    static const uint8_t event[5] = {1, 1, 0, 1, 1}, none[5] = {0, 0, 0, 0, 0};
    rml_concordance_settings settings = rml_concordance_defaults();
    rml_km censoring;
    static const double tied[5] = {5, 4, 4, 4, 1}, at[1] = {2};
    const rml_ipcw ipcw = {&censoring, RML_IPCW_BEFORE};
    double bad[5] = {5, 4, NAN, 1, 1}, auc;
    rml_concordance c;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 5, &surv), RML_OK);
    assert_int_equal(rml_concordance_measure(&surv, score, &settings, &c), RML_OK);
    assert_close(c.concordant, 6, 0, 0, "concordant");
    assert_close(c.discordant, 0, 0, 0, "discordant");
    assert_close(c.tied_score, 1, 0, 0, "tied score");
    assert_close(c.tied_time, 0, 0, 0, "tied time");
    assert_close(c.tied_both, 1, 0, 0, "tied both");
    assert_close(c.c, 6.5 / 7.0, 1e-15, 0, "c");
    /* Event by 2: those at 1 and 2, against the two that are free of it after 2; of the four pairs the score of one is
     * tied. */
    assert_int_equal(rml_km_fit_censoring(&surv, 0, &censoring), RML_OK);
    assert_int_equal(rml_time_auc(&surv, tied, &ipcw, at, 1, &auc, NULL), RML_OK);
    assert_close(auc, 3.5 / 4.0, 1e-15, 0, "AUC with a tie");
    rml_km_free(&censoring);
    settings.tau = 2.0;
    assert_int_equal(rml_concordance_measure(&surv, score, &settings, &c), RML_OK);
    assert_close(c.concordant, 4, 0, 0, "before tau");
    settings.tau = NAN;
    assert_int_equal(rml_concordance_measure(&surv, score, &settings, &c), RML_EINVAL);
    settings.tau = INFINITY;
    assert_int_equal(rml_concordance_measure(&surv, bad, &settings, &c), RML_EVALUE);
    assert_true(isnan(c.c));
    rml_surv_free(&surv);
    assert_int_equal(rml_surv_init(time, none, NULL, 5, &surv), RML_OK);
    assert_int_equal(rml_concordance_measure(&surv, score, &settings, &c), RML_EEMPTY);
    assert_true(isnan(c.c) && isnan(c.se));
    rml_surv_free(&surv);
}

/* Without censoring G is 1: Uno's is Harrell's, the AUC at t that of "event by t", the Brier score a plain mean. */
static void without_censoring_weights_are_one(void **state)
{
    double time[40], x[40], survival[40], auc[2], brier, mean;
    uint8_t event[40];
    const double at[2] = {3.0, 1e9};
    rml_concordance_settings settings = rml_concordance_defaults();
    rml_concordance harrell, uno;
    double better = 0.0, pairs = 0.0, squares = 0.0;
    rml_km censoring;
    rml_surv surv;
    (void)state;
    random_cohort(40, 1, 21, true, time, event, x);
    for (int i = 0; i < 40; ++i) {
        event[i] = 1;
        survival[i] = 0.5 - 0.4 * x[i];
    }
    assert_int_equal(rml_surv_init(time, event, NULL, 40, &surv), RML_OK);
    assert_int_equal(rml_km_fit_censoring(&surv, 0, &censoring), RML_OK);
    assert_int_equal(rml_concordance_measure(&surv, x, &settings, &harrell), RML_OK);
    settings.weight = RML_PAIRS_UNO;
    settings.ipcw.censoring = &censoring;
    assert_int_equal(rml_concordance_measure(&surv, x, &settings, &uno), RML_OK);
    assert_close(uno.c, harrell.c, 1e-15, 0, "Uno without censoring");
    for (int i = 0; i < 40; ++i) {
        squares += (time[i] > 3.0 ? (1.0 - survival[i]) * (1.0 - survival[i]) : survival[i] * survival[i]) / 40.0;
        for (int j = 0; j < 40; ++j)
            if (time[i] <= 3.0 && time[j] > 3.0) {
                better += x[i] > x[j];
                pairs += 1.0;
            }
    }
    assert_int_equal(rml_time_auc(&surv, x, &settings.ipcw, at, 2, auc, &mean), RML_EEMPTY); /* no control at the end */
    assert_close(auc[0], better / pairs, 1e-15, 0, "AUC");
    assert_true(isnan(auc[1]) && isnan(mean));
    assert_int_equal(rml_survival_brier(&surv, survival, &settings.ipcw, at, 1, &brier, &mean), RML_OK);
    assert_close(brier, squares, 1e-14, 0, "Brier score");
    assert_close(mean, brier, 0, 0, "of one time");
    survival[3] = 1.5;
    assert_int_equal(rml_survival_brier(&surv, survival, &settings.ipcw, at, 1, &brier, &mean), RML_EVALUE);
    assert_true(isnan(brier) && isnan(mean));
    rml_km_free(&censoring);
    rml_surv_free(&surv);
}

/* Followed by training rows until 2 alone: an event at 5 has no weight, and that is said. */
static void an_event_beyond_training_follow_up_is_refused(void **state)
{
    static const double time[3] = {1, 2, 2}, later[3] = {1, 5, 6}, score[3] = {1, 2, 3}, at[1] = {5.5};
    static const double survival[3] = {0.5, 0.5, 0.5};
    static const uint8_t censored[3] = {1, 0, 0}, event[3] = {1, 1, 0};
    rml_concordance_settings settings = rml_concordance_defaults();
    double auc, brier, mean;
    rml_surv train, test;
    rml_concordance c;
    rml_km censoring;
    (void)state;
    assert_int_equal(rml_surv_init(time, censored, NULL, 3, &train), RML_OK);
    assert_int_equal(rml_surv_init(later, event, NULL, 3, &test), RML_OK);
    assert_int_equal(rml_km_fit_censoring(&train, 0, &censoring), RML_OK);
    settings.weight = RML_PAIRS_UNO;
    settings.ipcw.censoring = &censoring;
    assert_int_equal(rml_concordance_measure(&test, score, &settings, &c), RML_EVALUE);
    assert_true(isnan(c.c) && isnan(c.concordant));
    settings.tau = 5.0;
    assert_int_equal(rml_concordance_measure(&test, score, &settings, &c), RML_OK);
    assert_int_equal(rml_time_auc(&test, score, &settings.ipcw, at, 1, &auc, NULL), RML_EVALUE);
    assert_int_equal(rml_survival_brier(&test, survival, &settings.ipcw, at, 1, &brier, &mean), RML_EVALUE);
    /* and of themselves beyond their last, who is censored: what became of him is not known */
    assert_int_equal(rml_survival_brier(&train, survival, &settings.ipcw, at, 1, &brier, &mean), RML_EEMPTY);
    assert_true(isnan(brier) && isnan(mean));
    rml_km_free(&censoring);
    rml_surv_free(&train);
    rml_surv_free(&test);
}

/* Ten rows followed to 10, then all but the early events cut at 5: from there on only those with the event are known.
 * By hand: G is 1 up to 5, so a survival of 0.5 misses each of the ten by 0.25 at 4. */
static void beyond_follow_up_there_is_no_brier_score(void **state)
{
    static const double at[3] = {4.0, 5.0, 8.0};
    double time[10], survival[30], brier[3], mean;
    uint8_t event[10];
    rml_surv train, cut;
    rml_km censoring;
    rml_ipcw ipcw = {&censoring, RML_IPCW_BEFORE};
    (void)state;
    for (int i = 0; i < 10; ++i) {
        time[i] = i + 1.0;
        event[i] = 1;
    }
    for (int k = 0; k < 30; ++k) survival[k] = 0.5;
    assert_int_equal(rml_surv_init(time, event, NULL, 10, &train), RML_OK);
    assert_int_equal(rml_km_fit_censoring(&train, 0, &censoring), RML_OK);
    assert_int_equal(rml_survival_brier(&train, survival, &ipcw, at, 3, brier, &mean), RML_OK);
    assert_true(rml_survival_is_followed(&train, 1e9)); /* the last of all had the event: the curve is 0 */
    for (int i = 5; i < 10; ++i) {
        time[i] = 5.0;
        event[i] = 0;
    }
    assert_int_equal(rml_surv_init(time, event, NULL, 10, &cut), RML_OK);
    assert_true(rml_survival_is_followed(&cut, 4.5) && !rml_survival_is_followed(&cut, 5.0));
    assert_int_equal(rml_survival_brier(&cut, survival, &ipcw, at, 3, brier, &mean), RML_EEMPTY);
    assert_close(brier[0], 0.25, 1e-15, 0, "within follow-up");
    assert_true(isnan(brier[1]) && isnan(brier[2]) && isnan(mean));
    survival[0] = NAN;
    assert_int_equal(rml_survival_brier(&cut, survival, &ipcw, at, 3, brier, &mean), RML_EVALUE);
    assert_true(isnan(brier[0]));
    rml_km_free(&censoring);
    rml_surv_free(&train);
    rml_surv_free(&cut);
}

/* Pairs that count 1 are counted by a tree; weights of 1 / G of rows without censoring are 1 too, and go through every
 * pair. Ties of times and scores, a tau, and strata against each stratum alone: all to the bit. */
static void a_tree_counts_what_each_pair_does(void **state)
{
    enum { N = 300 };
    double time[N], score[N], ones[2] = {1, 2};
    uint8_t event[N], both[2] = {1, 1};
    int32_t stratum[N];
    rml_km uncensored;
    rml_surv whole, surv;
    (void)state;
    assert_int_equal(rml_surv_init(ones, both, NULL, 2, &whole), RML_OK);
    assert_int_equal(rml_km_fit_censoring(&whole, 0, &uncensored), RML_OK);
    for (int k = 0; k < 12; ++k) {
        rml_concordance_settings settings = rml_concordance_defaults();
        rml_concordance tree, loop, sum = {0}, part;

        for (int i = 0; i < N; ++i) {
            double draw[4];

            for (int d = 0; d < 4; ++d) draw[d] = rml_rng_uniform(7, (uint64_t)k, (uint64_t)(4 * i + d));
            time[i] = floor(draw[0] * (k % 2 ? 8.0 : 500.0));
            score[i] = k % 3 ? draw[1] : floor(draw[1] * 5.0) - 2.0;
            event[i] = draw[2] < 0.6;
            stratum[i] = (int32_t)(draw[3] * 4.0);
        }
        score[0] = INFINITY;
        score[1] = score[2] = -INFINITY;
        if (k > 5) settings.tau = k % 2 ? 5.0 : 300.0;
        assert_int_equal(rml_surv_init(time, event, NULL, N, &surv), RML_OK);
        assert_int_equal(rml_concordance_measure(&surv, score, &settings, &tree), RML_OK);
        settings.weight = RML_PAIRS_UNO;
        settings.ipcw.censoring = &uncensored;
        assert_int_equal(rml_concordance_measure(&surv, score, &settings, &loop), RML_OK);
        assert_memory_equal(&tree, &loop, sizeof tree);
        rml_surv_free(&surv);
        settings.weight = RML_PAIRS_EQUAL;
        assert_int_equal(rml_surv_init(time, event, stratum, N, &surv), RML_OK);
        assert_int_equal(rml_concordance_measure(&surv, score, &settings, &tree), RML_OK);
        rml_surv_free(&surv);
        for (int32_t s = 0; s < 4; ++s) {
            double own_time[N], own_score[N];
            uint8_t own_event[N];
            int64_t n = 0;

            for (int i = 0; i < N; ++i) {
                own_time[n] = time[i];
                own_score[n] = score[i];
                own_event[n] = event[i];
                n += stratum[i] == s;
            }
            assert_int_equal(rml_surv_init(own_time, own_event, NULL, n, &surv), RML_OK);
            assert_int_equal(rml_concordance_measure(&surv, own_score, &settings, &part), RML_OK);
            sum.concordant += part.concordant;
            sum.discordant += part.discordant;
            sum.tied_score += part.tied_score;
            sum.tied_time += part.tied_time;
            sum.tied_both += part.tied_both;
            rml_surv_free(&surv);
        }
        assert_true(sum.concordant == tree.concordant && sum.discordant == tree.discordant &&
                    sum.tied_score == tree.tied_score && sum.tied_time == tree.tied_time &&
                    sum.tied_both == tree.tied_both);
    }
    rml_km_free(&uncensored);
    rml_surv_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_are_those_of_concordance),
                                       cmocka_unit_test(held_out_rows_are_judged_as_by_scikit_survival),
                                       cmocka_unit_test(weights_of_training_rows_are_those_of_survauc),
                                       cmocka_unit_test(few_pairs_are_counted_by_hand),
                                       cmocka_unit_test(without_censoring_weights_are_one),
                                       cmocka_unit_test(an_event_beyond_training_follow_up_is_refused),
                                       cmocka_unit_test(beyond_follow_up_there_is_no_brier_score),
                                       cmocka_unit_test(a_tree_counts_what_each_pair_does)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
