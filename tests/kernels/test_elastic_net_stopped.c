/* Penalised Cox models ended where R's glmnet ends them at its default thresh (tests/oracle/coxnet_stopped.csv, glmnet
 * 4.1-6), and the risk sets that it sees. The reference folder's tables are held in test_elastic_net_cox.c. */
#include "io/table.h"
#include "kernels/models/elastic_net.h"
#include "kernels/models/elastic_net_cv.h"
#include "kernels/models/glmnet_times.h"
#include "tests/support/support.h"

enum { N = 90, P = 120, FOLDS = 5 };

static double x[P * N], time[N], weight[N];
static uint8_t event[N];
static int32_t fold[N];
static const rml_columns columns = {N, N, P, x};
static const rml_elastic_net_outcome y = {.time = time, .event = event};

/* Days, 20 apart, so that events and the censored share many: those of coxnet_stopped.py. */
static void make_rows(void)
{
    uint64_t seed = 20261;

    for (int c = 0; c < P * N; ++c) x[c] = rml_test_uniform(&seed) - 0.5;
    for (int i = 0; i < N; ++i) {
        const double u = rml_test_uniform(&seed), v = rml_test_uniform(&seed), w = rml_test_uniform(&seed);

        time[i] = 200.0 + floor(40.0 * u) * 20.0 + (x[i] + x[N + i] < 0.0 ? 300.0 : 0.0);
        event[i] = v < 0.6;
        weight[i] = floor(4.0 * w);
        fold[i] = i % FOLDS;
    }
}

static rml_elastic_net_settings as_r(void)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();

    settings.thresh = 1e-7;
    return settings;
}

static void check_fit(const rml_elastic_net *fit, const char *what, int32_t k, int32_t column, double value)
{
    if (strcmp(what, "n_lambda") == 0)
        assert_int_equal(fit->n_lambda, value);
    else if (strcmp(what, "null") == 0)
        assert_close(fit->null_deviance, value, 1e-12, 0, "null deviance");
    else if (strcmp(what, "lambda") == 0)
        assert_close(fit->lambda[k], value, 1e-10, 0, "lambda");
    else if (strcmp(what, "df") == 0)
        assert_int_equal(fit->n_nonzero[k], value);
    else if (strcmp(what, "ratio") == 0)
        assert_close(fit->deviance_ratio[k], value, 0, 1e-10, "deviance ratio");
    else
        assert_close(fit->coefficient[(int64_t)k * fit->n_columns + column], value, 0, 1e-9, "coefficient");
}

/* Against the rows of coxnet_stopped.csv of one name; cv NULL: those of the fit. How many there were. */
static int32_t check_case(const char *name, const rml_elastic_net *fit, const rml_elastic_net_cv *cv)
{
    char path[4096];
    int32_t n = 0;
    rml_table table;
    rml_error err;

    (void)snprintf(path, sizeof path, "%s/tests/oracle/coxnet_stopped.csv", getenv("RADMILL_SOURCE"));
    if (rml_table_read(path, &table, &err) != RML_OK) fail_msg("%s", err.text);
    for (int64_t r = 0; r < table.n_rows; ++r) {
        const char **cell = &table.cell[r * table.n_columns];
        const bool is_mean = strcmp(cell[1], "mean") == 0;
        const double value = strtod(cell[4], NULL);
        const int32_t k = atoi(cell[2]) - 1;

        if (strcmp(cell[0], name) != 0) continue;
        if (is_mean || strcmp(cell[1], "deviation") == 0) {
            if (!cv) continue;
            assert_close(is_mean ? cv->mean[k] : cv->deviation[k], value, 1e-9, 0, cell[1]);
        } else {
            if (cv) continue;
            check_fit(fit, cell[1], k, atoi(cell[3]) - 1, value);
        }
        ++n;
    }
    rml_table_free(&table);
    return n;
}

static void fits_are_those_that_r_reports(void **state)
{
    static const double own[] = {0.3, 0.12, 0.05, 0.02};
    static const struct {
        const char *name;
        double alpha;
        const double *lambda;
        int32_t n_lambda;
        int64_t maxit;
    } fits[] = {{"path", 1.0, NULL, 100, 100000},
                {"weighted", 1.0, NULL, 100, 100000},
                {"net", 0.3, NULL, 100, 100000},
                {"own", 1.0, own, 4, 100000},
                {"short", 1.0, NULL, 100, 500}}; /* ended early by the passes */
    (void)state;
    make_rows();
    for (size_t c = 0; c < sizeof fits / sizeof *fits; ++c) {
        rml_elastic_net_settings settings = as_r();
        rml_elastic_net fit;

        settings.alpha = fits[c].alpha;
        settings.lambda = fits[c].lambda;
        settings.n_lambda = fits[c].n_lambda;
        settings.maxit = fits[c].maxit;
        assert_int_equal(rml_elastic_net_fit(&columns, y, c == 1 ? weight : NULL, &settings, &fit), RML_OK);
        assert_true(check_case(fits[c].name, &fit, NULL) > 10);
        for (int32_t k = 0; k < fit.n_lambda; ++k) assert_true(fit.converged[k]);
        rml_elastic_net_free(&fit);
    }
}

/* Few rows that a few columns put in order: glmnet ends where a hazard is so far beyond the others that no curvature is
 * left of it. */
static void a_path_ends_where_a_hazard_is_beyond_all_others(void **state)
{
    enum { FEW = 25, OF = 10 };
    const rml_columns few = {FEW, N, OF, x};
    const rml_elastic_net_settings settings = as_r();
    double strong[FEW];
    uint8_t all[FEW];
    rml_elastic_net fit;
    (void)state;
    make_rows();
    for (int i = 0; i < FEW; ++i) {
        strong[i] = 10.0 + round(400.0 * exp(-2.0 * (x[i] + x[N + i]) - x[2 * N + i]));
        all[i] = 1;
    }
    assert_int_equal(
        rml_elastic_net_fit(&few, (rml_elastic_net_outcome){.time = strong, .event = all}, NULL, &settings, &fit),
        RML_OK);
    assert_true(check_case("far", &fit, NULL) > 40 && fit.n_lambda < 100);
    rml_elastic_net_free(&fit);
}

static void choices_are_those_that_r_reports(void **state)
{
    static const char *const names[] = {"path", "weighted", "c"};
    (void)state;
    make_rows();
    for (int c = 0; c < 3; ++c) {
        const rml_elastic_net_settings settings = as_r();
        rml_elastic_net_cv cv;

        assert_int_equal(rml_elastic_net_cv_fit(&columns, y, c == 1 ? weight : NULL, fold, FOLDS,
                                                c == 2 ? RML_NET_CINDEX : RML_NET_DEVIANCE, &settings, &cv),
                         RML_OK);
        assert_int_equal(check_case(names[c], NULL, &cv), 40);
        rml_elastic_net_cv_free(&cv);
    }
}

/* The smaller thresh is, the nearer to the minimum, and at 1e-7 it is not there. */
static void a_small_thresh_leads_to_the_minimum(void **state)
{
    static const double threshes[] = {1e-7, 1e-10, 1e-15}, own[] = {0.2, 0.1, 0.06};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    double off[3] = {0};
    rml_elastic_net end;
    (void)state;
    make_rows();
    for (int i = 0; i < N; ++i) time[i] /= 100.0; /* where glmnet's risk sets are the data's */
    settings.lambda = own;
    settings.n_lambda = 3;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &end), RML_OK);
    for (int t = 0; t < 3; ++t) {
        rml_elastic_net fit;

        settings.thresh = threshes[t];
        assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_OK);
        for (int j = 0; j < 3 * P; ++j) off[t] = fmax(off[t], fabs(fit.coefficient[j] - end.coefficient[j]));
        rml_elastic_net_free(&fit);
    }
    assert_true(off[0] > 1e-4 && off[1] < off[0] / 5.0 && off[2] < 1e-5);
    rml_elastic_net_free(&end);
}

/* Below 256 days 2.2e-14 still counts, and nobody leaves early; above it depends on the order. */
static void who_is_censored_with_an_event_may_leave_early(void **state)
{
    enum { ROWS = 40 };
    double days[ROWS], seen[ROWS];
    uint8_t had[ROWS];
    int n_early = 0;
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        days[i] = 10.0 + 20.0 * (i % 7);
        had[i] = i % 3 == 0;
    }
    assert_int_equal(rml_glmnet_times_shift(days, had, NULL, ROWS, seen), RML_OK);
    for (int i = 0; i < ROWS; ++i) assert_true(seen[i] == days[i]);
    for (int i = 0; i < ROWS; ++i) days[i] += 500.0;
    assert_int_equal(rml_glmnet_times_shift(days, had, NULL, ROWS, seen), RML_OK);
    for (int i = 0; i < ROWS; ++i) {
        if (seen[i] == days[i]) continue;
        assert_true(!had[i] && seen[i] < days[i] && seen[i] > days[i] - 20.0 && days[i] > 510.0);
        ++n_early;
    }
    assert_true(n_early > 0);
}

static void a_thresh_is_for_times(void **state)
{
    rml_elastic_net_settings settings = as_r();
    rml_elastic_net fit;
    (void)state;
    make_rows();
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.binary = event}, NULL, &settings, &fit),
                     RML_EINVAL);
    settings.thresh = 1.0;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EINVAL);
    settings.thresh = NAN;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EINVAL);
    settings = as_r();
    settings.maxit = 0;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EINVAL);
    settings.maxit = 1; /* not one lambda */
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_OK);
    assert_int_equal(fit.n_lambda, 1); /* but the null model's, which takes no steps */
    rml_elastic_net_free(&fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_those_that_r_reports),
        cmocka_unit_test(a_path_ends_where_a_hazard_is_beyond_all_others),
        cmocka_unit_test(choices_are_those_that_r_reports),
        cmocka_unit_test(a_small_thresh_leads_to_the_minimum),
        cmocka_unit_test(who_is_censored_with_an_event_may_leave_early),
        cmocka_unit_test(a_thresh_is_for_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
