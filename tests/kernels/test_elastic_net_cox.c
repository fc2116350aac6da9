/* LASSO-Cox and elastic net Cox against glmnet 4.1-6: as it stops (reference folder coxnet, all tables at thresh 1e-11)
 * and at the minimum (tests/oracle/coxnet.csv, glmnet at thresh 1e-15).
 *
 * The reference is not at its end: at thresh 1e-15 its coefficients differ from its own tables by up to 2e-5 of the
 * largest one (2e-3 with more columns than rows) and its deviance ratios by up to 1e-5. At every lambda what both
 * minimise is no larger at our minimum than at the tables. */
#include "kernels/models/elastic_net.h"
#include "kernels/models/elastic_net_cv.h"
#include "tests/support/reference.h"

#define THRESH 1e-11 /* the reference's, with a maxit of 1e7 */

static const struct {
    const char *name;
    double alpha, ratio;
    bool is_wide; /* more columns than rows: 1e-15 is not glmnet's end either */
} cases[] = {{"coxnet/veteran", 1.0, 1e-4, false},
             {"coxnet/lung", 1.0, 1e-4, false},
             {"coxnet/pbc", 1.0, 1e-4, false},
             {"coxnet/c80x400_lasso", 1.0, 0.05, true},
             {"coxnet/c80x400_enet05", 0.5, 0.05, true}};

/* A case's rows that are complete, in their order. */
typedef struct opened {
    rml_reference reference;
    rml_columns columns;
    double *time;
    uint8_t *event;
    int32_t *fold, n_folds;
    rml_elastic_net_settings settings;
} opened;

static rml_elastic_net_outcome outcome_of(const opened *o)
{
    return (rml_elastic_net_outcome){.time = o->time, .event = o->event};
}

static void open_case(size_t c, double thresh, opened *o)
{
    int64_t n;
    double *status, *x, *folds;
    int32_t n_rows;

    *o = (opened){0};
    rml_reference_open(cases[c].name, &o->reference);
    n = o->reference.input.n_rows;
    o->time = rml_table_numbers(&o->reference.input, "time");
    o->event = malloc((size_t)n + 1);
    status = rml_table_numbers(&o->reference.input, "status");
    assert_non_null(o->event);
    x = rml_table_matrix(&o->reference.input, rml_json(o->reference.result, "columns"), &o->columns.n_columns);
    for (int64_t i = 0; i < n; ++i) {
        bool whole = !isnan(o->time[i]) && !isnan(status[i]);

        for (int32_t j = 0; j < o->columns.n_columns; ++j) whole &= !isnan(x[j * n + i]);
        if (!whole) continue;
        for (int32_t j = 0; j < o->columns.n_columns; ++j) x[j * n + o->columns.n_rows] = x[j * n + i];
        o->time[o->columns.n_rows] = o->time[i];
        o->event[o->columns.n_rows++] = status[i] == 1.0;
    }
    o->columns.stride = n;
    o->columns.x = x;
    folds = rml_json_numbers(rml_json(o->reference.result, "foldid"), &n_rows);
    assert_true(n_rows == o->columns.n_rows);
    o->fold = calloc((size_t)n_rows + 1, sizeof *o->fold);
    assert_non_null(o->fold);
    for (int32_t i = 0; i < n_rows; ++i) {
        o->fold[i] = (int32_t)folds[i] - 1;
        if (o->fold[i] >= o->n_folds) o->n_folds = o->fold[i] + 1;
    }
    o->settings = rml_elastic_net_defaults();
    o->settings.alpha = cases[c].alpha;
    o->settings.lambda_min_ratio = cases[c].ratio;
    o->settings.thresh = thresh;
    o->settings.maxit = 10000000;
    free(status);
    free(folds);
}

static void close_case(opened *o)
{
    free((void *)(uintptr_t)o->columns.x);
    free(o->time);
    free(o->event);
    free(o->fold);
    rml_reference_close(&o->reference);
}

/* Coefficients of path.csv, [n_lambda][n_columns]. */
static double *path_of(const rml_reference *reference, int32_t n_lambda)
{
    const cJSON *columns = rml_json(reference->result, "columns");
    const int32_t p = cJSON_GetArraySize(columns);
    double *path = calloc((size_t)n_lambda * (size_t)p, sizeof *path), *at, *coefficient;
    int32_t name;
    rml_table table;

    assert_non_null(path);
    rml_reference_table(reference, "path.csv", &table);
    name = rml_table_column(&table, "feature");
    at = rml_table_numbers(&table, "lambda_index");
    coefficient = rml_table_numbers(&table, "coef");
    for (int64_t r = 0; r < table.n_rows; ++r)
        for (int32_t j = 0; j < p; ++j)
            if (strcmp(cJSON_GetArrayItem(columns, j)->valuestring, table.cell[r * table.n_columns + name]) == 0)
                path[((int32_t)at[r] - 1) * p + j] = coefficient[r];
    free(at);
    free(coefficient);
    rml_table_free(&table);
    return path;
}

static void check_path(const opened *o, const rml_elastic_net *fit)
{
    const cJSON *result = o->reference.result;
    const int32_t p = fit->n_columns;
    int32_t n;
    double *lambda = rml_json_numbers(rml_json(result, "lambda"), &n);
    double *ratio = rml_json_numbers(rml_json(result, "dev_ratio"), &n);
    double *df = rml_json_numbers(rml_json(result, "df"), &n);
    double *path = path_of(&o->reference, n), largest = 0.0;

    for (int64_t i = 0; i < (int64_t)n * p; ++i) largest = fmax(largest, fabs(path[i]));
    assert_int_equal(fit->n_lambda, n);
    assert_close(fit->null_deviance, rml_json_number(rml_json(result, "nulldev")), 1e-12, 0, "nulldev");
    for (int32_t k = 0; k < n; ++k) {
        assert_close(fit->lambda[k], lambda[k], 1e-10, 0, "lambda");
        assert_close(fit->deviance_ratio[k], ratio[k], 0, 1e-10, "deviance ratio");
        for (int32_t j = 0; j < p; ++j)
            assert_close(fit->coefficient[k * p + j], path[k * p + j], 0, 1e-9 * largest, "coefficient");
        assert_int_equal(fit->n_nonzero[k], df[k]);
        assert_true(fit->converged[k]);
    }
    free(lambda);
    free(ratio);
    free(df);
    free(path);
}

static void tables_are_those_of_glmnet(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_elastic_net fit;
        opened o;

        open_case(c, THRESH, &o);
        assert_int_equal(rml_elastic_net_fit(&o.columns, outcome_of(&o), NULL, &o.settings, &fit), RML_OK);
        check_path(&o, &fit);
        rml_elastic_net_free(&fit);
        close_case(&o);
    }
}

static void check_choice(const opened *o, const cJSON *expected, rml_elastic_net_measure measure)
{
    rml_elastic_net_cv cv;
    int32_t n;
    double *mean = rml_json_numbers(rml_json(expected, "cvm"), &n);
    double *deviation = rml_json_numbers(rml_json(expected, "cvsd"), &n);
    double *lambda = rml_json_numbers(rml_json(expected, "lambda"), &n);
    double *nonzero = rml_json_numbers(rml_json(expected, "nzero"), &n);

    assert_int_equal(
        rml_elastic_net_cv_fit(&o->columns, outcome_of(o), NULL, o->fold, o->n_folds, measure, &o->settings, &cv),
        RML_OK);
    assert_int_equal(cv.fit.n_lambda, n);
    for (int32_t k = 0; k < n; ++k) {
        assert_close(cv.mean[k], mean[k], 1e-9, 0, measure == RML_NET_CINDEX ? "mean C" : "mean");
        assert_close(cv.deviation[k], deviation[k], 1e-9, 0,
                     measure == RML_NET_CINDEX ? "deviation of C" : "deviation");
        assert_close(cv.fit.lambda[k], lambda[k], 1e-10, 0, "lambda");
        if (k > 0) assert_close(cv.fit.n_nonzero[k], nonzero[k], 0, 0, "nzero"); /* at the first, of rounding */
    }
    assert_close(cv.lambda_min, rml_json_number(rml_json(expected, "lambda_min")), 1e-10, 0, "lambda_min");
    assert_close(cv.lambda_1se, rml_json_number(rml_json(expected, "lambda_1se")), 1e-10, 0, "lambda_1se");
    rml_elastic_net_cv_free(&cv);
    free(mean);
    free(deviation);
    free(lambda);
    free(nonzero);
}

/* Cross-validation by deviance, and by concordance where the reference has it; folds on their own paths, then all at
 * the whole table's lambdas. */
static void choices_are_those_of_glmnet(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        int32_t n_lambda;
        double *lambda;
        const cJSON *of;
        opened o;

        open_case(c, THRESH, &o);
        of = rml_json(o.reference.result, "cv");
        lambda = rml_json_numbers(rml_json(o.reference.result, "lambda"), &n_lambda);
        for (int user = 0; user < 2; ++user) {
            const cJSON *pairs = cJSON_GetObjectItem(of, user ? "C_user" : "C_own");

            if (user) o.settings.lambda = lambda;
            if (user) o.settings.n_lambda = n_lambda;
            check_choice(&o, rml_json(of, user ? "deviance_user" : "deviance_own"), RML_NET_DEVIANCE);
            if (pairs) check_choice(&o, pairs, RML_NET_CINDEX);
        }
        free(lambda);
        close_case(&o);
    }
}

/* What glmnet minimises, by its definition: for every event a sum over everybody who is at risk then (Breslow), over
 * the number of rows, and the penalty of coefficients by standard deviations. */
static double objective(const opened *m, const double *b, double alpha, double lambda)
{
    const int64_t n = m->columns.n_rows, p = m->columns.n_columns;
    double *eta = calloc((size_t)n, sizeof *eta), sum = 0.0, penalty = 0.0;

    assert_non_null(eta);
    for (int32_t j = 0; j < p; ++j) {
        const double *x = rml_column(&m->columns, j);
        double mean = 0.0, square = 0.0, own;

        for (int64_t i = 0; i < n; ++i) mean += x[i] / (double)n;
        for (int64_t i = 0; i < n; ++i) square += (x[i] - mean) * (x[i] - mean) / (double)n;
        for (int64_t i = 0; b[j] != 0.0 && i < n; ++i) eta[i] += b[j] * (x[i] - mean);
        own = fabs(b[j]) * sqrt(square);
        penalty += alpha * own + 0.5 * (1.0 - alpha) * own * own;
    }
    for (int64_t i = 0; i < n; ++i) {
        double at_risk = 0.0;

        for (int64_t k = 0; m->event[i] && k < n; ++k)
            if (m->time[k] >= m->time[i]) at_risk += exp(eta[k]);
        if (m->event[i]) sum += eta[i] - log(at_risk);
    }
    free(eta);
    return -sum / (double)n + lambda * penalty;
}

/* What the reference's tables leave over is in the reference: at every lambda our coefficients make what both minimise
 * no larger than its own do. */
static void nowhere_is_the_reference_nearer_to_the_minimum(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_elastic_net fit;
        double *path;
        opened o;

        open_case(c, 0.0, &o);
        assert_int_equal(rml_elastic_net_fit(&o.columns, outcome_of(&o), NULL, &o.settings, &fit), RML_OK);
        path = path_of(&o.reference, fit.n_lambda);
        for (int32_t k = 0; k < fit.n_lambda; ++k) {
            const int64_t at = (int64_t)k * fit.n_columns;
            const double ours = objective(&o, fit.coefficient + at, cases[c].alpha, fit.lambda[k]);
            const double theirs = objective(&o, path + at, cases[c].alpha, fit.lambda[k]);

            if (!(ours <= theirs + 1e-13))
                fail_msg("%s, lambda %d: %.17g, glmnet %.17g", cases[c].name, k, ours, theirs);
        }
        free(path);
        rml_elastic_net_free(&fit);
        close_case(&o);
    }
}

/* A case's rows of tests/oracle/coxnet.csv: of which number, lambda and column; NaN ends the list. */
typedef struct held {
    char what[24];
    int32_t lambda, column;
    double value;
} held;

static int32_t read_held(const char *name, held *rows, int32_t most)
{
    char path[4096];
    int32_t n = 0;
    rml_table table;
    rml_error err;

    (void)snprintf(path, sizeof path, "%s/tests/oracle/coxnet.csv", getenv("RADMILL_SOURCE"));
    if (rml_table_read(path, &table, &err) != RML_OK) fail_msg("%s", err.text);
    for (int64_t r = 0; r < table.n_rows; ++r) {
        const char **cell = &table.cell[r * table.n_columns];

        if (strcmp(cell[0], strchr(name, '/') + 1) != 0) continue;
        assert_true(n < most);
        (void)snprintf(rows[n].what, sizeof rows[n].what, "%s", cell[1]);
        rows[n].lambda = atoi(cell[2]) - 1;
        rows[n].column = atoi(cell[3]) - 1;
        rows[n++].value = strtod(cell[4], NULL);
    }
    rml_table_free(&table);
    assert_true(n > 0);
    return n;
}

/* The data's own risk sets: glmnet was given a risk set's ties apart. Lambdas are the path's own, so that a mean over
 * folds is at the reference's lambda but for 1e-10. */
static void converged_fits_are_those_of_glmnet(void **state)
{
    enum { MOST = 1000 };
    static held rows[MOST];
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        const int32_t n_rows = read_held(cases[c].name, rows, MOST);
        const bool wide = cases[c].is_wide;
        rml_elastic_net_cv cv[2]; /* every fold goes its own path; that of all rows */
        double largest = 0.0;
        opened o;

        open_case(c, 0.0, &o);
        for (int user = 0; user < 2; ++user) {
            assert_int_equal(rml_elastic_net_cv_fit(&o.columns, outcome_of(&o), NULL, o.fold, o.n_folds,
                                                    RML_NET_DEVIANCE, &o.settings, &cv[user]),
                             RML_OK);
            o.settings.lambda = cv[0].fit.lambda;
            o.settings.n_lambda = cv[0].fit.n_lambda;
        }
        for (int32_t r = 0; r < n_rows; ++r)
            if (strcmp(rows[r].what, "coefficient") == 0) largest = fmax(largest, fabs(rows[r].value));
        for (int32_t r = 0; r < n_rows; ++r) {
            const rml_elastic_net_cv *of = &cv[strstr(rows[r].what, "_user") != NULL];
            const int32_t k = rows[r].lambda;

            if (strcmp(rows[r].what, "lambda") == 0)
                assert_close(cv[0].fit.lambda[k], rows[r].value, 1e-10, 0, "lambda");
            else if (strcmp(rows[r].what, "ratio") == 0)
                assert_close(cv[0].fit.deviance_ratio[k], rows[r].value, 0, wide ? 5e-7 : 1e-7, "deviance ratio");
            else if (strcmp(rows[r].what, "coefficient") == 0)
                assert_close(cv[0].fit.coefficient[(int64_t)k * o.columns.n_columns + rows[r].column], rows[r].value, 0,
                             (wide ? 5e-4 : 1e-6) * largest, "coefficient");
            else if (strncmp(rows[r].what, "mean", 4) == 0)
                assert_close(of->mean[k], rows[r].value, wide ? 1e-4 : 1e-5, 0, "mean");
            else if (strncmp(rows[r].what, "deviation", 9) == 0)
                assert_close(of->deviation[k], rows[r].value, wide ? 1e-3 : 1e-5, 0, "deviation");
            else if (strncmp(rows[r].what, "min", 3) == 0)
                assert_close(of->lambda_min, rows[r].value, 1e-10, 0, "lambda_min");
            else
                assert_close(of->lambda_1se, rows[r].value, 1e-10, 0, "lambda_1se");
        }
        rml_elastic_net_cv_free(&cv[1]);
        rml_elastic_net_cv_free(&cv[0]);
        close_case(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_those_of_glmnet),
        cmocka_unit_test(choices_are_those_of_glmnet),
        cmocka_unit_test(nowhere_is_the_reference_nearer_to_the_minimum),
        cmocka_unit_test(converged_fits_are_those_of_glmnet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
