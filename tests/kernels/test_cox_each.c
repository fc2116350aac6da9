/* One Cox model a column: the reference's univariable cases, and the same as rml_cox_fit on any data, with missing
 * values, strata, ties, and columns that cannot be fitted. */
#include "kernels/survival/concordance.h"
#include "kernels/survival/cox_each.h"
#include "kernels/survival/cox_zph.h"
#include "tests/kernels/survival_cases.h"

typedef struct each_fit {
    double *number[10]; /* in the order of rml_cox_each */
    int64_t *n_rows, *n_events;
    rml_cox_end *end;
    rml_status *status;
    rml_cox_each out;
} each_fit;

static void each_init(each_fit *f, int32_t p)
{
    for (int k = 0; k < 10; ++k) assert_non_null(f->number[k] = malloc((size_t)p * sizeof(double)));
    f->n_rows = malloc((size_t)p * sizeof *f->n_rows);
    f->n_events = malloc((size_t)p * sizeof *f->n_events);
    f->end = malloc((size_t)p * sizeof *f->end);
    f->status = malloc((size_t)p * sizeof *f->status);
    assert_true(f->n_rows && f->n_events && f->end && f->status);
    f->out =
        (rml_cox_each){f->number[0], f->number[1], f->number[2], f->number[3], f->number[4], f->number[5], f->number[6],
                       f->number[7], f->number[8], f->number[9], f->n_rows,    f->n_events,  f->end,       f->status};
}

static void each_free(each_fit *f)
{
    for (int k = 0; k < 10; ++k) free(f->number[k]);
    free(f->n_rows);
    free(f->n_events);
    free(f->end);
    free(f->status);
}

/* The features of an expected table as columns of the case's input; NaN where a value is missing. */
static double *features_of(const rml_table *expected, const rml_table *input)
{
    double *x = malloc((size_t)(expected->n_rows * input->n_rows) * sizeof *x);

    assert_non_null(x);
    for (int64_t r = 0; r < expected->n_rows; ++r) {
        double *column = rml_table_numbers(input, expected->cell[r * expected->n_columns]);

        memcpy(x + r * input->n_rows, column, (size_t)input->n_rows * sizeof *column);
        free(column);
    }
    return x;
}

/* Concordance and the test of proportional hazards of one feature, which the tables hold beside the fit, and its
 * limits. */
static void check_beside(const rml_table *input, const char *name, rml_ties ties, const double expected[6])
{
    rml_cox_settings settings = rml_cox_defaults();
    const rml_concordance_settings pairs = rml_concordance_defaults();
    double zph[1], zph_p[1], *linear;
    rml_concordance concordance;
    rml_hazard_ratio ratio;
    rml_zph_global global;
    rml_cox fit;
    cohort co;

    cohort_open(input, &name, 1, NULL, &co);
    settings.ties = ties;
    linear = malloc((size_t)co.n * sizeof *linear);
    assert_non_null(linear);
    assert_int_equal(rml_cox_fit(&co.surv, &co.columns, NULL, NULL, &settings, &fit), RML_OK);
    assert_int_equal(rml_cox_linear(&fit, &co.columns, NULL, linear), RML_OK);
    assert_int_equal(rml_concordance_measure(&co.surv, linear, &pairs, &concordance), RML_OK);
    assert_close(concordance.c, expected[0], 0, 1e-12, "c");
    assert_close(concordance.se, expected[1], 1e-8, 0, "c se");
    assert_int_equal(
        rml_cox_zph(&fit, &co.surv, &co.columns, NULL, NULL, settings.ties, RML_ZPH_KM, zph, zph_p, &global), RML_OK);
    assert_close(zph[0], expected[2], 1e-6, 0, "zph chisq");
    assert_close(zph_p[0], expected[3], 1e-6, 0, "zph p");
    assert_int_equal(rml_cox_hazard_ratio(&fit, 0, 0.95, &ratio), RML_OK);
    assert_close(ratio.lower, expected[4], 1e-8, 0, "lower");
    assert_close(ratio.upper, expected[5], 1e-8, 0, "upper");
    rml_cox_free(&fit);
    free(linear);
    cohort_close(&co);
}

/* R prints the Wald statistic with two decimals. */
static void univariable_fits_are_those_of_coxph(void **state)
{
    static const char *const cases[3] = {"cox/lung_univariate", "cox/pbc_univariate", "cox/veteran_univariate"};
    static const char *const names[7] = {"coef", "se", "z", "p", "loglik", "lrt", "score"};
    static const int place[7] = {0, 1, 2, 3, 5, 6, 8};
    static const double relative[7] = {1e-8, 1e-8, 1e-8, 1e-8, 1e-12, 1e-8, 1e-8};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        static const char *const beside[10] = {"n",    "events",       "wald",     "hr",    "c",
                                               "c_se", "zph_km_chisq", "zph_km_p", "lower", "upper"};
        rml_reference reference;
        double *x, *time, *status, *expected[10];
        uint8_t *event;
        rml_table table;
        each_fit f;

        rml_reference_open(cases[k], &reference);
        rml_reference_table(&reference, "expected.csv", &table);
        time = rml_table_numbers(&reference.input, "time");
        status = rml_table_numbers(&reference.input, "status");
        event = malloc((size_t)reference.input.n_rows);
        assert_non_null(event);
        for (int64_t i = 0; i < reference.input.n_rows; ++i) event[i] = status[i] == 1.0;
        x = features_of(&table, &reference.input);
        each_init(&f, (int32_t)table.n_rows);
        for (int ties = 0; ties < 2; ++ties) {
            const rml_cox_settings settings = {(rml_ties)ties, 1e-13, 60, 1e-11};
            const rml_columns columns = {reference.input.n_rows, reference.input.n_rows, (int32_t)table.n_rows, x};
            const int32_t of_ties = rml_table_column(&table, "ties");

            assert_int_equal(rml_cox_fit_each(time, event, NULL, NULL, &columns, &settings, &f.out), RML_OK);
            for (int b = 0; b < 10; ++b) expected[b] = rml_table_numbers(&table, beside[b]);
            for (int64_t r = 0; r < table.n_rows; ++r) {
                double of_row[6];

                if ((strcmp(table.cell[r * table.n_columns + of_ties], "breslow") == 0) != ties) continue;
                assert_int_equal(f.status[r], RML_OK);
                for (int what = 0; what < 7; ++what) {
                    double *numbers = rml_table_numbers(&table, names[what]);

                    assert_close(f.number[place[what]][r], numbers[r], relative[what], 0, names[what]);
                    free(numbers);
                }
                assert_close((double)f.n_rows[r], expected[0][r], 0, 0, "n");
                assert_close((double)f.n_events[r], expected[1][r], 0, 0, "events");
                assert_close(f.number[2][r] * f.number[2][r], expected[2][r], 0, 0.005001, "wald");
                assert_close(exp(f.number[0][r]), expected[3][r], 1e-8, 0, "hr");
                for (int b = 0; b < 6; ++b) of_row[b] = expected[4 + b][r];
                check_beside(&reference.input, table.cell[r * table.n_columns], settings.ties, of_row);
            }
            for (int b = 0; b < 10; ++b) free(expected[b]);
        }
        each_free(&f);
        free(x);
        free(time);
        free(status);
        free(event);
        rml_table_free(&table);
        rml_reference_close(&reference);
    }
}

/* At the case's tolerances: R's default control stops at 1e-9 of the likelihood, so that a test near 0 has no more
 * digits than that leaves. */
static void a_wide_table_is_that_of_coxph(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    const rml_concordance_settings pairs = rml_concordance_defaults();
    double *x, *time, *status, *expected[7], *linear;
    static const char *const names[7] = {"coef", "se", "p", "loglik", "lrt", "score", "c"};
    static const int place[6] = {0, 1, 3, 5, 6, 8};
    rml_concordance concordance;
    rml_reference reference;
    uint8_t *event;
    rml_columns columns;
    rml_surv surv;
    rml_table table;
    each_fit f;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("cox/c80x400_univariate_all", &reference);
    rml_reference_table(&reference, "expected.csv", &table);
    time = rml_table_numbers(&reference.input, "time");
    status = rml_table_numbers(&reference.input, "status");
    event = malloc((size_t)reference.input.n_rows);
    assert_non_null(event);
    for (int64_t i = 0; i < reference.input.n_rows; ++i) event[i] = status[i] == 1.0;
    x = features_of(&table, &reference.input);
    columns = (rml_columns){reference.input.n_rows, reference.input.n_rows, (int32_t)table.n_rows, x};
    each_init(&f, columns.n_columns);
    assert_int_equal(rml_cox_fit_each(time, event, NULL, NULL, &columns, &settings, &f.out), RML_OK);
    for (int what = 0; what < 7; ++what) expected[what] = rml_table_numbers(&table, names[what]);
    linear = malloc((size_t)reference.input.n_rows * sizeof *linear);
    assert_non_null(linear);
    assert_int_equal(rml_surv_init(time, event, NULL, reference.input.n_rows, &surv), RML_OK);
    for (int64_t r = 0; r < table.n_rows; ++r) {
        const char *name = table.cell[r * table.n_columns];
        const bool rough = strcmp(name, "outlier") == 0 || strcmp(name, "huge") == 0 || strcmp(name, "tiny") == 0;

        if (strcmp(name, "const") == 0) {
            assert_int_equal(f.status[r], RML_EEMPTY);
            assert_int_equal(f.end[r], RML_COX_NO_TERM);
            assert_true(isnan(f.number[0][r]) && isnan(f.number[3][r]));
            continue;
        }
        assert_close(f.number[5][r], expected[3][r], 1e-9, 0, "loglik");
        if (strcmp(name, "nearconst") == 0) { /* R's coefficient, -23, is where it stopped */
            assert_int_equal(f.status[r], RML_EVALUE);
            assert_int_equal(f.end[r], RML_COX_MONOTONE);
            assert_true(f.number[0][r] < 0.0 && isnan(f.number[1][r]) && isnan(f.number[3][r]));
            continue;
        }
        assert_int_equal(f.status[r], RML_OK);
        for (int what = 0; what < 6; ++what)
            assert_close(f.number[place[what]][r], expected[what][r],
                         what == 3 ? 1e-9
                         : rough   ? 1e-4
                                   : 1e-6,
                         1e-9, names[what]);
        for (int64_t i = 0; i < surv.n_rows; ++i) linear[i] = f.number[0][r] * x[r * surv.n_rows + i];
        assert_int_equal(rml_concordance_measure(&surv, linear, &pairs, &concordance), RML_OK);
        assert_close(concordance.c, expected[6][r], 0, 1e-12, "c");
    }
    for (int what = 0; what < 7; ++what) free(expected[what]);
    rml_surv_free(&surv);
    free(linear);
    each_free(&f);
    free(x);
    free(time);
    free(status);
    free(event);
    rml_table_free(&table);
    rml_reference_close(&reference);
}

enum { N = 90, P = 8 };

/* Both are of the same likelihood, by other sums. */
static void a_column_is_as_a_model_of_its_own(void **state)
{
    double time[N], x[P * N], offset[N];
    uint8_t event[N];
    int32_t stratum[N];
    const rml_columns columns = {N, N, P, x};
    each_fit f;
    (void)state;
    random_cohort(N, P, 4, true, time, event, x);
    for (int i = 0; i < N; ++i) stratum[i] = i % 3;
    for (int i = 0; i < N; i += 7) x[N + i] = NAN;
    for (int i = 0; i < N; ++i) x[2 * N + i] = i < 3 ? 1e5 : x[2 * N + i];
    for (int i = 0; i < N; ++i) x[3 * N + i] = i % 5 == 0;
    for (int i = 0; i < N; ++i) offset[i] = 40.0 + 0.8 * sin(1.7 * i);
    each_init(&f, P);
    for (int kind = 0; kind < 8; ++kind) {
        const rml_cox_settings settings = {(rml_ties)(kind / 2 % 2), 1e-13, 60, 1e-11};
        const int32_t *strata = kind % 2 ? stratum : NULL;
        const double *beside = kind < 4 ? NULL : offset;

        assert_int_equal(rml_cox_fit_each(time, event, strata, beside, &columns, &settings, &f.out), RML_OK);
        for (int32_t j = 0; j < P; ++j) {
            double kept_time[N], kept_x[N], kept_offset[N];
            uint8_t kept_event[N];
            int32_t kept_stratum[N];
            rml_columns column = {0, N, 1, kept_x};
            rml_surv surv;
            rml_cox fit;

            for (int i = 0; i < N; ++i) {
                if (isnan(x[j * N + i])) continue;
                kept_time[column.n_rows] = time[i];
                kept_event[column.n_rows] = event[i];
                kept_stratum[column.n_rows] = stratum[i];
                kept_offset[column.n_rows] = beside ? beside[i] : 0.0;
                kept_x[column.n_rows++] = x[j * N + i];
            }
            assert_int_equal(rml_surv_init(kept_time, kept_event, strata ? kept_stratum : NULL, column.n_rows, &surv),
                             RML_OK);
            assert_int_equal(rml_cox_fit(&surv, &column, NULL, kept_offset, &settings, &fit), RML_OK);
            assert_int_equal(f.status[j], RML_OK);
            assert_int_equal(f.end[j], RML_COX_CONVERGED);
            assert_int_equal(f.n_rows[j], column.n_rows);
            assert_int_equal(f.n_events[j], fit.n_events);
            assert_close(f.number[0][j], fit.coefficient[0], 1e-8, 1e-12, "coefficient");
            assert_close(f.number[1][j], fit.se[0], 1e-8, 0, "se");
            assert_close(f.number[3][j], fit.p[0], 1e-8, 0, "p");
            assert_close(f.number[4][j], fit.loglik_null, 1e-12, 0, "loglik_null");
            assert_close(f.number[5][j], fit.loglik, 1e-12, 0, "loglik");
            assert_close(f.number[7][j], fit.lrt_p, 1e-8, 0, "lrt p");
            assert_close(f.number[9][j], fit.score_p, 1e-8, 0, "score p");
            rml_cox_free(&fit);
            rml_surv_free(&surv);
        }
    }
    each_free(&f);
}

/* Whether the likelihood grows for ever: each event has the largest value of its risk set, or each the smallest, and
 * somewhere the set has another (then it is no constant that nothing can be said of). */
static bool grows_for_ever(const rml_surv *surv, const double *x)
{
    bool largest = true, smallest = true, varies = false;

    for (int64_t m = 0; m < surv->n_moments; ++m) {
        double low = INFINITY, high = -INFINITY;

        for (int64_t i = surv->moment[m].first; i < surv->moment[m].end; ++i) {
            low = fmin(low, x[surv->row[i]]);
            high = fmax(high, x[surv->row[i]]);
        }
        varies |= low < high;
        for (int64_t i = surv->moment[m].first_event; i < surv->moment[m].end; ++i) {
            largest &= x[surv->row[i]] == high;
            smallest &= x[surv->row[i]] == low;
        }
    }
    return varies && (largest || smallest);
}

/* Of few rows with coarse values most is degenerate: what each fit comes to is decided exactly, and both ways of
 * fitting say it. */
static void small_cohorts_end_as_they_must(void **state)
{
    uint64_t seed = 99;
    int n_of[RML_COX_N_ENDS] = {0};
    (void)state;
    for (int round = 0; round < 4000; ++round) {
        const int n = 2 + (int)(10.0 * rml_test_uniform(&seed)), values = 2 + (int)(3.0 * rml_test_uniform(&seed));
        const rml_cox_settings settings = {(rml_ties)(round % 2), 1e-13, 60, 1e-11};
        double time[12], x[12], loglik, coefficient, se;
        uint8_t event[12];
        int32_t stratum[12];
        const rml_columns column = {n, n, 1, x};
        rml_status status;
        rml_cox_end end;
        const rml_cox_each out = {
            .coefficient = &coefficient, .se = &se, .loglik = &loglik, .end = &end, .status = &status};
        rml_surv surv;
        rml_cox fit;

        for (int i = 0; i < n; ++i) {
            time[i] = floor(6.0 * rml_test_uniform(&seed));
            event[i] = rml_test_uniform(&seed) < 0.5;
            x[i] = floor(values * rml_test_uniform(&seed)) - 1.0;
            stratum[i] = rml_test_uniform(&seed) < 0.3;
        }
        assert_int_equal(rml_surv_init(time, event, stratum, n, &surv), RML_OK);
        assert_int_equal(rml_cox_fit_each(time, event, stratum, NULL, &column, &settings, &out), RML_OK);
        assert_int_equal(rml_cox_fit(&surv, &column, NULL, NULL, &settings, &fit), status);
        if (status == RML_EEMPTY) {
            assert_false(grows_for_ever(&surv, x));
        } else {
            assert_int_equal(fit.end, end);
            assert_int_equal(end, grows_for_ever(&surv, x) ? RML_COX_MONOTONE : RML_COX_CONVERGED);
            assert_close(loglik, fit.loglik, 1e-9, 1e-9, "loglik");
            if (status == RML_OK) {
                assert_close(coefficient, fit.coefficient[0], 1e-7, 1e-7, "coefficient");
                assert_close(se, fit.se[0], 1e-7, 0, "se");
            }
        }
        ++n_of[end];
        rml_cox_free(&fit);
        rml_surv_free(&surv);
    }
    for (int e = 0; e < RML_COX_N_ENDS; ++e) assert_true(e == RML_COX_UNFINISHED ? n_of[e] == 0 : n_of[e] > 100);
}

static void columns_that_cannot_be_fitted_say_so(void **state)
{
    double time[N], x[6 * N], offset[N] = {0};
    uint8_t event[N];
    const rml_columns columns = {N, N, 6, x};
    const rml_cox_settings settings = rml_cox_defaults();
    rml_cox_settings bad = settings;
    double lrt_p[6];
    rml_status status[6];
    rml_cox_end end[6];
    const rml_cox_each out = {.lrt_p = lrt_p, .end = end, .status = status};
    (void)state;
    random_cohort(N, 6, 8, true, time, event, x);
    for (int i = 0; i < N; ++i) {
        x[i] = 3.25;                                  /* constant */
        x[N + i] = i == 5 ? INFINITY : x[N + i];      /* infinite */
        x[2 * N + i] = NAN;                           /* no value */
        x[3 * N + i] = event[i] ? NAN : x[3 * N + i]; /* a value of the censored alone */
        x[4 * N + i] = -time[i];                      /* the order of the events */
    }
    assert_int_equal(rml_cox_fit_each(time, event, NULL, NULL, &columns, &settings, &out), RML_OK);
    assert_int_equal(status[0], RML_EEMPTY);
    assert_int_equal(end[0], RML_COX_NO_TERM);
    assert_int_equal(status[1], RML_EVALUE);
    assert_int_equal(status[2], RML_EEMPTY);
    assert_int_equal(status[3], RML_EEMPTY);
    assert_int_equal(end[3], RML_COX_NO_EVENT);
    assert_int_equal(status[4], RML_EVALUE);
    assert_int_equal(end[4], RML_COX_MONOTONE);
    assert_true(lrt_p[4] < 1e-6 && isnan(lrt_p[0]) && isnan(lrt_p[1]) && isnan(lrt_p[2]));
    assert_int_equal(status[5], RML_OK);
    bad.max_iterations = 0;
    assert_int_equal(rml_cox_fit_each(time, event, NULL, NULL, &columns, &bad, &out), RML_EINVAL);
    offset[N - 1] = INFINITY;
    assert_int_equal(rml_cox_fit_each(time, event, NULL, offset, &columns, &settings, &out), RML_EVALUE);
    time[0] = -1.0;
    assert_int_equal(rml_cox_fit_each(time, event, NULL, NULL, &columns, &settings, &out), RML_EVALUE);
}

/* An offset that is the column itself, many times over: what its coefficient has too much, from far away. */
static void a_column_beside_itself(void **state)
{
    static const double times[] = {1.0, 7.0, -20.0, 60.0, 150.0};
    const rml_cox_settings settings = rml_cox_defaults();
    double time[N], x[N], offset[N];
    uint8_t event[N];
    const rml_columns column = {N, N, 1, x};
    rml_surv surv;
    each_fit f;
    (void)state;
    random_cohort(N, 1, 11, true, time, event, x);
    assert_int_equal(rml_surv_init(time, event, NULL, N, &surv), RML_OK);
    each_init(&f, 1);
    for (size_t k = 0; k < sizeof times / sizeof times[0]; ++k) {
        rml_cox fit;

        for (int i = 0; i < N; ++i) offset[i] = times[k] * x[i];
        assert_int_equal(rml_cox_fit(&surv, &column, NULL, NULL, &settings, &fit), RML_OK);
        assert_int_equal(rml_cox_fit_each(time, event, NULL, offset, &column, &settings, &f.out), RML_OK);
        assert_int_equal(f.status[0], RML_OK);
        assert_int_equal(f.end[0], RML_COX_CONVERGED);
        assert_close(f.number[0][0], fit.coefficient[0] - times[k], 1e-8, 0, "coefficient");
        assert_close(f.number[1][0], fit.se[0], 1e-7, 0, "se");
        rml_cox_free(&fit);
    }
    each_free(&f);
    rml_surv_free(&surv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(univariable_fits_are_those_of_coxph),
                                       cmocka_unit_test(a_wide_table_is_that_of_coxph),
                                       cmocka_unit_test(a_column_beside_itself),
                                       cmocka_unit_test(small_cohorts_end_as_they_must),
                                       cmocka_unit_test(a_column_is_as_a_model_of_its_own),
                                       cmocka_unit_test(columns_that_cannot_be_fitted_say_so)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
