/* LASSO-Cox and elastic net Cox against glmnet 4.1-6 (reference folder coxnet, and tests/oracle/coxnet.csv), the
 * optimality conditions by a likelihood written out anew, and what must hold for any rows.
 *
 * The reference's tables are glmnet's at thresh 1e-11. It is not at its end there: at 1e-15, which coxnet.csv holds,
 * its coefficients differ from its own tables by up to 2e-5 of the largest one (2e-3 with more columns than rows) and
 * its deviance ratios by up to 1e-5. So the tables are held to that, coxnet.csv tighter, and at every lambda what both
 * minimise is no larger at our coefficients than at the tables'.
 *
 * glmnet puts rows that are censored at an event's time behind it by adding 2e-14, which is lost in times above some
 * 200, and then sorts by a rule that keeps no order: some of them leave the risk set too early. Which ones its null
 * deviance tells: in these two cases they are given to us as a quarter of a day earlier, so that both see the same risk
 * sets. */
#include "kernels/models/elastic_net.h"
#include "kernels/models/elastic_net_cv.h"
#include "tests/support/reference.h"

typedef struct made {
    rml_columns columns;
    double *time;
    uint8_t *event;
} made;

static void free_made(made *m)
{
    free((void *)(uintptr_t)m->columns.x);
    free(m->time);
    free(m->event);
}

/* Rows that are complete, in their order. */
static made complete(const rml_reference *reference, const int32_t *early)
{
    const int64_t n = reference->input.n_rows;
    made m = {.time = rml_table_numbers(&reference->input, "time"), .event = malloc((size_t)n + 1)};
    double *status = rml_table_numbers(&reference->input, "status"), *x;

    assert_non_null(m.event);
    x = rml_table_matrix(&reference->input, rml_json(reference->result, "columns"), &m.columns.n_columns);
    for (int64_t i = 0; i < n; ++i) {
        bool whole = !isnan(m.time[i]) && !isnan(status[i]);

        for (int32_t j = 0; j < m.columns.n_columns; ++j) whole &= !isnan(x[j * n + i]);
        if (!whole) continue;
        for (int32_t j = 0; j < m.columns.n_columns; ++j) x[j * n + m.columns.n_rows] = x[j * n + i];
        m.time[m.columns.n_rows] = m.time[i];
        m.event[m.columns.n_rows++] = status[i] == 1.0;
    }
    m.columns.stride = n;
    m.columns.x = x;
    for (int32_t k = 0; early && early[k] >= 0; ++k) m.time[early[k]] -= 0.25;
    free(status);
    return m;
}

static const struct {
    const char *name;
    double alpha, ratio;
    int32_t early[4];              /* ended by -1 */
    double coefficient, explained; /* how far the reference is from its end: of the largest coefficient; of 1 */
    double mean, deviation, c;     /* its cross-validation likewise: of itself; of 1, by concordance */
} cases[] = {{"coxnet/veteran", 1.0, 1e-4, {-1}, 2e-5, 1e-7, 1e-5, 1e-5, 1e-10},
             {"coxnet/lung", 1.0, 1e-4, {169, 147, 142, -1}, 2e-5, 2e-7, 1e-4, 4e-3, 2e-3},
             {"coxnet/pbc", 1.0, 1e-4, {276, 20, -1}, 2e-5, 2e-7, 2e-5, 1e-3, 2e-4},
             {"coxnet/c80x400_lasso", 1.0, 0.05, {-1}, 3e-3, 2e-5, 1e-3, 2e-3, 4e-3},
             {"coxnet/c80x400_enet05", 0.5, 0.05, {-1}, 2e-4, 2e-5, 1e-4, 2e-4, 4e-3}};

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

static void check_path(const rml_reference *reference, const rml_elastic_net *fit, double coefficient, double explained)
{
    const int32_t p = fit->n_columns;
    int32_t n;
    double *lambda = rml_json_numbers(rml_json(reference->result, "lambda"), &n);
    double *ratio = rml_json_numbers(rml_json(reference->result, "dev_ratio"), &n);
    double *df = rml_json_numbers(rml_json(reference->result, "df"), &n);
    double *path = path_of(reference, n), largest = 0.0;

    for (int64_t i = 0; i < (int64_t)n * p; ++i) largest = fmax(largest, fabs(path[i]));
    assert_int_equal(fit->n_lambda, n);
    assert_close(fit->null_deviance, rml_json_number(rml_json(reference->result, "nulldev")), 1e-12, 0, "nulldev");
    for (int32_t k = 0; k < n; ++k) {
        assert_close(fit->lambda[k], lambda[k], 1e-10, 0, "lambda");
        assert_close(fit->deviance_ratio[k], ratio[k], 0, explained, "deviance ratio");
        for (int32_t j = 0; j < p; ++j)
            assert_close(fit->coefficient[k * p + j], path[k * p + j], 0, coefficient * largest, "coefficient");
        if (explained < 1e-6) assert_int_equal(fit->n_nonzero[k], df[k]);
        assert_true(fit->converged[k]);
    }
    free(lambda);
    free(ratio);
    free(df);
    free(path);
}

typedef struct fitted {
    rml_reference reference;
    made rows;
    rml_elastic_net fit;
} fitted;

static void fit_case(size_t c, fitted *f)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();

    rml_reference_open(cases[c].name, &f->reference);
    f->rows = complete(&f->reference, cases[c].early);
    settings.alpha = cases[c].alpha;
    settings.lambda_min_ratio = cases[c].ratio;
    assert_int_equal(rml_elastic_net_fit(&f->rows.columns,
                                         (rml_elastic_net_outcome){.time = f->rows.time, .event = f->rows.event}, NULL,
                                         &settings, &f->fit),
                     RML_OK);
}

static void free_fitted(fitted *f)
{
    rml_elastic_net_free(&f->fit);
    free_made(&f->rows);
    rml_reference_close(&f->reference);
}

static void paths_are_those_of_glmnet(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        fitted f;

        fit_case(c, &f);
        check_path(&f.reference, &f.fit, cases[c].coefficient, cases[c].explained);
        free_fitted(&f);
    }
}

/* What glmnet minimises, by its definition: for every event a sum over everybody who is at risk then (Breslow), over
 * the number of rows, and the penalty of coefficients by standard deviations. */
static double objective(const made *m, const double *b, double alpha, double lambda)
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
        double *path;
        fitted f;

        fit_case(c, &f);
        path = path_of(&f.reference, f.fit.n_lambda);
        for (int32_t k = 0; k < f.fit.n_lambda; ++k) {
            const int64_t at = (int64_t)k * f.fit.n_columns;
            const double ours = objective(&f.rows, f.fit.coefficient + at, cases[c].alpha, f.fit.lambda[k]);
            const double theirs = objective(&f.rows, path + at, cases[c].alpha, f.fit.lambda[k]);

            if (!(ours <= theirs + 1e-13))
                fail_msg("%s, lambda %d: %.17g, glmnet %.17g", cases[c].name, k, ours, theirs);
        }
        free(path);
        free_fitted(&f);
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

/* The rows as they are: glmnet was given a risk set's ties apart. Lambdas are the path's own, so that a mean over folds
 * is at the reference's lambda but for 1e-10. */
static void converged_fits_are_those_of_glmnet(void **state)
{
    enum { MOST = 1000 };
    static held rows[MOST];
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_elastic_net_settings settings = rml_elastic_net_defaults();
        const int32_t n_rows = read_held(cases[c].name, rows, MOST);
        int32_t fold[500], n, n_folds = 0;
        rml_reference reference;
        rml_elastic_net_cv cv[2];                    /* every fold goes its own path; that of all rows */
        const bool wide = cases[c].explained > 1e-6; /* more columns than rows: 1e-15 is not its end either */
        double *folds, largest = 0.0;
        made m;

        rml_reference_open(cases[c].name, &reference);
        m = complete(&reference, NULL);
        folds = rml_json_numbers(rml_json(reference.result, "foldid"), &n);
        assert_true(n == m.columns.n_rows && n <= 500);
        for (int32_t i = 0; i < n; ++i) {
            fold[i] = (int32_t)folds[i] - 1;
            if (fold[i] >= n_folds) n_folds = fold[i] + 1;
        }
        settings.alpha = cases[c].alpha;
        settings.lambda_min_ratio = cases[c].ratio;
        for (int user = 0; user < 2; ++user) {
            assert_int_equal(rml_elastic_net_cv_fit(&m.columns,
                                                    (rml_elastic_net_outcome){.time = m.time, .event = m.event}, NULL,
                                                    fold, n_folds, RML_NET_DEVIANCE, &settings, &cv[user]),
                             RML_OK);
            settings.lambda = cv[0].fit.lambda;
            settings.n_lambda = cv[0].fit.n_lambda;
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
                assert_close(cv[0].fit.coefficient[(int64_t)k * m.columns.n_columns + rows[r].column], rows[r].value, 0,
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
        free(folds);
        free_made(&m);
        rml_reference_close(&reference);
    }
}

/* The path that was judged, how many columns are in, and what was chosen of it. Of unfinished digits neither the count
 * of the wide cases is exact, nor which of nearly equal concordances is the largest. */
static void check_lambdas(const rml_elastic_net_cv *cv, const cJSON *expected, bool counted, bool chosen)
{
    int32_t n;
    double *lambda = rml_json_numbers(rml_json(expected, "lambda"), &n);
    double *nonzero = rml_json_numbers(rml_json(expected, "nzero"), &n);

    assert_int_equal(n, cv->fit.n_lambda);
    for (int32_t k = 0; k < n; ++k) {
        assert_close(cv->fit.lambda[k], lambda[k], 1e-10, 0, "lambda");
        if (counted && k > 0)
            assert_close(cv->fit.n_nonzero[k], nonzero[k], 0, 0, "nzero"); /* at the first, of rounding */
    }
    if (chosen) {
        assert_close(cv->lambda_min, rml_json_number(rml_json(expected, "lambda_min")), 1e-10, 0, "lambda_min");
        assert_close(cv->lambda_1se, rml_json_number(rml_json(expected, "lambda_1se")), 1e-10, 0, "lambda_1se");
    }
    free(lambda);
    free(nonzero);
}

/* The same by concordance, of the cases that have it: veteran's exactly; in others a pair of a fold that a
 * coefficient's digits turn, or one of glmnet's risk sets, counts one in some hundred. */
static void concordances_are_near_those_of_the_reference(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c)
        for (int user = 0; user < 2; ++user) {
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            int32_t fold[500], n, n_lambda, n_folds = 0;
            rml_reference reference;
            rml_elastic_net_cv cv;
            const cJSON *expected;
            double *folds, *mean, *deviation, *lambda;
            made m;

            rml_reference_open(cases[c].name, &reference);
            expected = cJSON_GetObjectItem(rml_json(reference.result, "cv"), user ? "C_user" : "C_own");
            if (!expected) {
                rml_reference_close(&reference);
                continue;
            }
            m = complete(&reference, cases[c].early);
            folds = rml_json_numbers(rml_json(reference.result, "foldid"), &n);
            for (int32_t i = 0; i < n; ++i) {
                fold[i] = (int32_t)folds[i] - 1;
                if (fold[i] >= n_folds) n_folds = fold[i] + 1;
            }
            lambda = rml_json_numbers(rml_json(reference.result, "lambda"), &n_lambda);
            settings.alpha = cases[c].alpha;
            settings.lambda_min_ratio = cases[c].ratio;
            if (user) settings.lambda = lambda;
            if (user) settings.n_lambda = n_lambda;
            assert_int_equal(rml_elastic_net_cv_fit(&m.columns,
                                                    (rml_elastic_net_outcome){.time = m.time, .event = m.event}, NULL,
                                                    fold, n_folds, RML_NET_CINDEX, &settings, &cv),
                             RML_OK);
            mean = rml_json_numbers(rml_json(expected, "cvm"), &n);
            deviation = rml_json_numbers(rml_json(expected, "cvsd"), &n);
            for (int32_t k = 0; k < n; ++k) {
                assert_close(cv.mean[k], mean[k], 0, cases[c].c, "mean C");
                assert_close(cv.deviation[k], deviation[k], 0, cases[c].c, "deviation of C");
            }
            check_lambdas(&cv, expected, cases[c].explained < 1e-6, cases[c].c < 1e-6);
            rml_elastic_net_cv_free(&cv);
            free(folds);
            free(mean);
            free(deviation);
            free(lambda);
            free_made(&m);
            rml_reference_close(&reference);
        }
}

/* Cross-validation against the reference's own tables, as near as these are to their end. */
static void choices_are_near_those_of_the_reference(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c)
        for (int user = 0; user < 2; ++user) {
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            int32_t fold[500], n, n_lambda, n_folds = 0;
            rml_reference reference;
            rml_elastic_net_cv cv;
            const cJSON *expected;
            double *folds, *mean, *deviation, *lambda;
            made m;

            rml_reference_open(cases[c].name, &reference);
            m = complete(&reference, cases[c].early);
            folds = rml_json_numbers(rml_json(reference.result, "foldid"), &n);
            for (int32_t i = 0; i < n; ++i) {
                fold[i] = (int32_t)folds[i] - 1;
                if (fold[i] >= n_folds) n_folds = fold[i] + 1;
            }
            lambda = rml_json_numbers(rml_json(reference.result, "lambda"), &n_lambda);
            settings.alpha = cases[c].alpha;
            settings.lambda_min_ratio = cases[c].ratio;
            if (user) settings.lambda = lambda;
            if (user) settings.n_lambda = n_lambda;
            assert_int_equal(rml_elastic_net_cv_fit(&m.columns,
                                                    (rml_elastic_net_outcome){.time = m.time, .event = m.event}, NULL,
                                                    fold, n_folds, RML_NET_DEVIANCE, &settings, &cv),
                             RML_OK);
            expected = rml_json(rml_json(reference.result, "cv"), user ? "deviance_user" : "deviance_own");
            mean = rml_json_numbers(rml_json(expected, "cvm"), &n);
            deviation = rml_json_numbers(rml_json(expected, "cvsd"), &n);
            assert_int_equal(n, cv.fit.n_lambda);
            for (int32_t k = 0; k < n; ++k) {
                assert_close(cv.mean[k], mean[k], cases[c].mean, 0, "mean");
                assert_close(cv.deviation[k], deviation[k], cases[c].deviation, 0, "deviation");
            }
            check_lambdas(&cv, expected, cases[c].explained < 1e-6, true);
            rml_elastic_net_cv_free(&cv);
            free(folds);
            free(mean);
            free(deviation);
            free(lambda);
            free_made(&m);
            rml_reference_close(&reference);
        }
}

enum { N = 48, P = 6, MANY = 2100 };

static double x_made[MANY * N], time_made[N], weight_made[N];
static uint8_t event_made[N];

/* Ties among times, among a column's values, rows without weight, time 0. */
static void make_rows(uint64_t seed, int32_t p)
{
    for (int c = 0; c < p * N; ++c) x_made[c] = rml_test_uniform(&seed) - 0.5;
    for (int i = 0; i < N; ++i) {
        x_made[N + i] = floor(4.0 * x_made[N + i]);
        time_made[i] = floor(15.0 * rml_test_uniform(&seed) * exp(-x_made[i]));
        event_made[i] = rml_test_uniform(&seed) < 0.6;
        weight_made[i] = floor(3.0 * rml_test_uniform(&seed));
    }
}

static double sd_of(const double *x, const double *weight)
{
    double total = 0.0, mean = 0.0, square = 0.0;

    for (int i = 0; i < N; ++i) total += weight[i];
    for (int i = 0; i < N; ++i) mean += weight[i] / total * x[i];
    for (int i = 0; i < N; ++i) square += weight[i] / total * (x[i] - mean) * (x[i] - mean);
    return sqrt(square);
}

/* Cox's log likelihood over the sum of weights, its gradient by column j, both by their definition: for every event a
 * sum over everybody who is at risk then. */
static double gradient_of(int32_t j, const double *b, int32_t p)
{
    double gradient = 0.0, total = 0.0, eta[N] = {0};

    for (int i = 0; i < N; ++i) {
        total += weight_made[i];
        for (int32_t c = 0; c < p; ++c) eta[i] += b[c] * x_made[c * N + i];
    }
    for (int i = 0; i < N; ++i) {
        double below = 0.0, above = 0.0;

        if (!event_made[i] || weight_made[i] == 0.0) continue;
        for (int k = 0; k < N; ++k) {
            if (time_made[k] < time_made[i]) continue;
            below += weight_made[k] * exp(eta[k]);
            above += weight_made[k] * exp(eta[k]) * x_made[j * N + k];
        }
        gradient += weight_made[i] * (x_made[j * N + i] - above / below);
    }
    return gradient / total;
}

static void meets_conditions(int32_t p, double alpha, double lambda, const double *b)
{
    for (int32_t j = 0; j < p; ++j) {
        const double sd = sd_of(x_made + j * N, weight_made), own = b[j] * sd;
        const double gradient = gradient_of(j, b, p) / sd - lambda * (1.0 - alpha) * own;

        if (own == 0.0)
            assert_true(fabs(gradient) <= lambda * alpha + 1e-9);
        else
            assert_close(gradient, copysign(lambda * alpha, own), 0, 1e-9, "condition");
    }
}

/* The minimum is where the subgradient is 0, and the function is convex. */
static void solutions_meet_their_conditions(void **state)
{
    static const double alphas[] = {1.0, 0.5, 0.0}, lambda[] = {0.1, 0.02, 0.001, 0.0};
    (void)state;
    for (uint64_t seed = 1; seed <= 8; ++seed)
        for (int a = 0; a < 3; ++a) {
            const rml_columns columns = {N, N, P, x_made};
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            rml_elastic_net fit;

            make_rows(seed, P);
            settings.alpha = alphas[a];
            settings.lambda = lambda;
            settings.n_lambda = 4;
            assert_int_equal(rml_elastic_net_fit(&columns,
                                                 (rml_elastic_net_outcome){.time = time_made, .event = event_made},
                                                 weight_made, &settings, &fit),
                             RML_OK);
            for (int k = 0; k < 4; ++k) {
                assert_true(fit.converged[k] && fit.intercept[k] == 0.0);
                meets_conditions(P, alphas[a], lambda[k], fit.coefficient + (int64_t)k * P);
            }
            rml_elastic_net_free(&fit);
        }
}

/* Of columns that are sums of others but for their eighth digit the Hessian is all but singular, and the minimum lies
 * far along directions that hardly bend it: it is reached all the same. */
static void near_sums_meet_their_conditions(void **state)
{
    enum { COLUMNS = 24 };
    static const double lambda[] = {0.1, 0.02, 0.004, 0.001, 0.0002, 0.00005};
    const int n_lambda = sizeof lambda / sizeof lambda[0];
    (void)state;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const rml_columns columns = {N, N, COLUMNS, x_made};
        rml_elastic_net_settings settings = rml_elastic_net_defaults();
        uint64_t draw = 100 + seed;
        rml_elastic_net fit;

        make_rows(seed, COLUMNS);
        for (int i = 0; i < N; ++i) weight_made[i] = 1.0;
        for (int j = 5; j < COLUMNS; j += 3)
            for (int i = 0; i < N; ++i)
                x_made[j * N + i] = x_made[(j - 1) * N + i] + (j % 2 ? 0.5 : -2.0) * x_made[(j - 4) * N + i] +
                                    1e-8 * rml_test_uniform(&draw);
        settings.lambda = lambda;
        settings.n_lambda = n_lambda;
        assert_int_equal(rml_elastic_net_fit(&columns,
                                             (rml_elastic_net_outcome){.time = time_made, .event = event_made}, NULL,
                                             &settings, &fit),
                         RML_OK);
        for (int k = 0; k < n_lambda; ++k) {
            assert_true(fit.converged[k]);
            meets_conditions(COLUMNS, 1.0, lambda[k], fit.coefficient + (int64_t)k * COLUMNS);
        }
        rml_elastic_net_free(&fit);
    }
}

/* More columns than a Hessian is kept for: the descent goes by the residual and a diagonal. */
static void many_columns_meet_their_conditions(void **state)
{
    const rml_columns columns = {N, N, MANY, x_made};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    const double lambda = 2.0;
    rml_elastic_net fit;
    (void)state;
    make_rows(3, MANY);
    for (int i = 0; i < N; ++i) weight_made[i] = 1.0;
    settings.alpha = 0.0;
    settings.lambda = &lambda;
    settings.n_lambda = 1;
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.time = time_made, .event = event_made},
                                         NULL, &settings, &fit),
                     RML_OK);
    assert_true(fit.converged[0] && fit.n_nonzero[0] == MANY);
    meets_conditions(MANY, 0.0, lambda, fit.coefficient);
    rml_elastic_net_free(&fit);
}

/* The order of rows, a scale of time, of a column, and rows given twice instead of with twice the weight. */
static void the_same_data_give_the_same_model(void **state)
{
    static double x[2 * P * N], time[2 * N];
    static uint8_t event[2 * N];
    const rml_columns columns = {N, N, P, x_made};
    const rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net a, b;
    int32_t n = 0;
    (void)state;
    make_rows(5, P);
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.time = time_made, .event = event_made},
                                         weight_made, &settings, &a),
                     RML_OK);
    for (int i = N - 1; i >= 0; --i)
        for (int copy = 0; copy < (int)weight_made[i]; ++copy) {
            for (int j = 0; j < P; ++j) x[j * 2 * N + n] = 3.0 * x_made[j * N + i] - 7.0;
            time[n] = 10.0 * time_made[i];
            event[n++] = event_made[i];
        }
    assert_int_equal(rml_elastic_net_fit(&(rml_columns){n, 2 * N, P, x},
                                         (rml_elastic_net_outcome){.time = time, .event = event}, NULL, &settings, &b),
                     RML_OK);
    assert_int_equal(a.n_lambda, b.n_lambda);
    assert_close(b.null_deviance, a.null_deviance, 1e-12, 0, "null deviance");
    for (int32_t k = 0; k < a.n_lambda; ++k) {
        assert_close(b.lambda[k], a.lambda[k], 1e-10, 0, "lambda");
        for (int j = 0; j < P; ++j)
            assert_close(3.0 * b.coefficient[k * P + j], a.coefficient[k * P + j], 1e-7, 1e-9, "coefficient");
    }
    rml_elastic_net_free(&a);
    rml_elastic_net_free(&b);
}

static rml_status fit_to(const double *time, const uint8_t *event, const double *weight, const double *lambda,
                         rml_elastic_net *fit)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();

    settings.lambda = lambda;
    settings.n_lambda = lambda ? 1 : 100;
    return rml_elastic_net_fit(&(rml_columns){N, N, P, x_made}, (rml_elastic_net_outcome){.time = time, .event = event},
                               weight, &settings, fit);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    static uint8_t none[N], two[N], last[N];
    static double zero[N], at_once[N], early[N], lambda = 0.001;
    const rml_elastic_net_outcome all = {.time = time_made, .event = event_made, .number = time_made},
                                  half = {.time = time_made};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    const rml_columns columns = {N, N, P, x_made};
    rml_elastic_net_cv cv;
    rml_elastic_net fit;
    int32_t fold[N];
    (void)state;
    make_rows(2, P);
    for (int i = 0; i < N; ++i) {
        two[i] = 2;
        early[i] = time_made[i];
        fold[i] = i % 4;
    }
    early[7] = -1.0;
    assert_int_equal(fit_to(time_made, none, NULL, NULL, &fit), RML_EEMPTY);
    assert_int_equal(fit_to(time_made, event_made, zero, NULL, &fit), RML_EEMPTY);
    assert_int_equal(fit_to(time_made, two, NULL, NULL, &fit), RML_EVALUE);
    assert_int_equal(fit_to(early, event_made, NULL, NULL, &fit), RML_EVALUE);
    assert_int_equal(rml_elastic_net_fit(&columns, all, NULL, &settings, &fit), RML_EINVAL);
    assert_int_equal(rml_elastic_net_fit(&columns, half, NULL, &settings, &fit), RML_EINVAL);
    settings.penalise_intercept = true;
    settings.lambda = &lambda;
    settings.n_lambda = 1;
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.time = time_made, .event = event_made},
                                         NULL, &settings, &fit),
                     RML_EINVAL);
    for (int i = 0; i < N; ++i) early[i] = i;
    last[N - 1] = 1; /* at risk alone: it tells nothing */
    assert_int_equal(fit_to(early, last, NULL, NULL, &fit), RML_EEMPTY);
    memset(last, 1, sizeof last);
    assert_int_equal(fit_to(at_once, last, NULL, &lambda, &fit), RML_OK); /* everybody at once: no column counts */
    assert_int_equal(fit.n_nonzero[0], 0);
    rml_elastic_net_free(&fit);
    settings = rml_elastic_net_defaults();
    assert_int_equal(rml_elastic_net_cv_fit(&columns, (rml_elastic_net_outcome){.time = time_made, .event = event_made},
                                            NULL, fold, 4, RML_NET_MSE, &settings, &cv),
                     RML_EINVAL);
    for (int i = 0; i < N; ++i) last[i] = fold[i] == 1; /* no event in the others */
    assert_int_equal(rml_elastic_net_cv_fit(&columns, (rml_elastic_net_outcome){.time = time_made, .event = last}, NULL,
                                            fold, 4, RML_NET_DEVIANCE, &settings, &cv),
                     RML_EEMPTY);
}

/* A column that orders all events: the coefficient has no bound but its penalty's. */
static void a_monotone_likelihood_is_held_by_the_penalty(void **state)
{
    static const double lambda[] = {1e-2, 1e-4, 0.0};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net fit;
    (void)state;
    make_rows(4, P);
    for (int i = 0; i < N; ++i) {
        time_made[i] = 1.0 + i;
        x_made[i] = -i;
        event_made[i] = 1;
    }
    settings.lambda = lambda;
    settings.n_lambda = 3;
    assert_int_equal(rml_elastic_net_fit(&(rml_columns){N, N, 1, x_made},
                                         (rml_elastic_net_outcome){.time = time_made, .event = event_made}, NULL,
                                         &settings, &fit),
                     RML_OK);
    assert_true(fit.converged[0] && fit.converged[1]);
    for (int k = 0; k < 3; ++k) assert_true(isfinite(fit.coefficient[k]) && fit.coefficient[k] > 0.0);
    assert_true(fit.coefficient[1] > fit.coefficient[0] && fit.deviance_ratio[2] <= 1.0);
    rml_elastic_net_free(&fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_glmnet),
        cmocka_unit_test(nowhere_is_the_reference_nearer_to_the_minimum),
        cmocka_unit_test(converged_fits_are_those_of_glmnet),
        cmocka_unit_test(choices_are_near_those_of_the_reference),
        cmocka_unit_test(concordances_are_near_those_of_the_reference),
        cmocka_unit_test(solutions_meet_their_conditions),
        cmocka_unit_test(near_sums_meet_their_conditions),
        cmocka_unit_test(many_columns_meet_their_conditions),
        cmocka_unit_test(the_same_data_give_the_same_model),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(a_monotone_likelihood_is_held_by_the_penalty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
