/* Logistic regression against R 4.2.2's glm(binomial): the reference's cases, a few of their numbers typed in, and what
 * must hold for any data. */
#include "kernels/models/glm.h"
#include "tests/support/reference.h"

static uint8_t *outcomes(const rml_table *table, const char *column)
{
    double *numbers = rml_table_numbers(table, column);
    uint8_t *y = malloc((size_t)table->n_rows);

    assert_non_null(y);
    for (int64_t i = 0; i < table->n_rows; ++i) y[i] = numbers[i] != 0.0;
    free(numbers);
    return y;
}

static void assert_list(const double *value, const rml_reference *reference, const char *name, double relative)
{
    int32_t n;
    double *expected = rml_json_numbers(rml_json(reference->result, name), &n);
    char text[300];

    for (int32_t i = 0; i < n; ++i) {
        (void)snprintf(text, sizeof text, "%s %s[%d]", reference->name, name, (int)i);
        assert_close(value[i], expected[i], relative, 0, text);
    }
    free(expected);
}

static void assert_number(double value, const rml_reference *reference, const char *name, double relative)
{
    char text[300];

    (void)snprintf(text, sizeof text, "%s %s", reference->name, name);
    assert_close(value, rml_json_number(rml_json(reference->result, name)), relative, 0, text);
}

/* The terms of a case without the intercept, as columns. */
static rml_columns terms_of(const rml_reference *reference, const char *field)
{
    cJSON *names = cJSON_Duplicate(rml_json(reference->result, field), true);
    rml_columns columns = {.n_rows = reference->input.n_rows, .stride = reference->input.n_rows};

    if (strcmp(field, "term") == 0) cJSON_DeleteItemFromArray(names, 0);
    columns.x = rml_table_matrix(&reference->input, names, &columns.n_columns);
    cJSON_Delete(names);
    return columns;
}

static void free_columns(rml_columns *columns)
{
    free((void *)(uintptr_t)columns->x);
}

static const char *outcome_of(const char *name)
{
    return strstr(name, "Pima") ? "type" : "y";
}

static void check_tables(const rml_reference *reference, const rml_glm *fit, double relative)
{
    const cJSON *terms = rml_json(reference->result, "term"), *term;
    rml_table vcov, fitted;
    double *p, *linear;
    int32_t column = 0;

    rml_reference_table(reference, "vcov.csv", &vcov);
    rml_reference_table(reference, "fitted.csv", &fitted);
    p = rml_table_numbers(&fitted, "p");
    linear = rml_table_numbers(&fitted, "linear");
    for (int64_t i = 0; i < fit->n_rows; ++i) {
        assert_close(fit->fitted[i], p[i], relative, 0, "fitted");
        assert_close(fit->linear[i], linear[i], relative, relative, "linear");
    }
    cJSON_ArrayForEach(term, terms)
    {
        if (rml_table_column(&vcov, term->valuestring) >= 0) { /* aliased terms have none, or are empty */
            double *values = rml_table_numbers(&vcov, term->valuestring);

            for (int64_t r = 0; r < vcov.n_rows; ++r) {
                int32_t row = 0;

                while (strcmp(cJSON_GetArrayItem(terms, row)->valuestring, vcov.cell[r * vcov.n_columns]) != 0) ++row;
                assert_close(fit->vcov[row * fit->n_terms + column], values[r], relative, 0, "vcov");
            }
            free(values);
        }
        ++column;
    }
    free(p);
    free(linear);
    rml_table_free(&vcov);
    rml_table_free(&fitted);
}

/* The tolerances are the cases' own. */
static void fits_are_those_of_glm(void **state)
{
    static const struct {
        const char *name;
        double coef, p;
    } cases[] = {{"logistic/Pima", 1e-8, 1e-7},
                 {"logistic/c150x40_8feat", 1e-8, 1e-7},
                 {"logistic/c150x40_collinear", 1e-8, 1e-7},
                 {"logistic/c150x40_scales", 1e-5, 1e-5},
                 {"logistic/imbalanced", 1e-7, 1e-7}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_glm_settings settings = rml_glm_defaults();
        const double relative = cases[c].coef;
        double lower[16], upper[16], odds[16];
        rml_reference reference;
        rml_columns columns;
        const cJSON *control;
        uint8_t *y;
        rml_glm fit;

        rml_reference_open(cases[c].name, &reference);
        y = outcomes(&reference.input, outcome_of(cases[c].name));
        columns = terms_of(&reference, "term");
        assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_OK);
        assert_list(fit.coefficient, &reference, "coef", relative);
        assert_list(fit.se, &reference, "se", relative);
        assert_list(fit.z, &reference, "z", relative);
        assert_list(fit.p, &reference, "p", cases[c].p);
        for (int32_t t = 0; t < fit.n_terms; ++t) odds[t] = exp(fit.coefficient[t]);
        assert_list(odds, &reference, "or", 10 * relative);
        assert_int_equal(rml_glm_wald(&fit, 0.95, lower, upper), RML_OK);
        assert_list(lower, &reference, "wald_lower", relative);
        assert_list(upper, &reference, "wald_upper", relative);
        assert_number(fit.deviance, &reference, "deviance", relative);
        assert_number(fit.null_deviance, &reference, "null_deviance", 1e-12);
        assert_number(fit.aic, &reference, "aic", relative);
        assert_number(fit.lrt, &reference, "lrt_vs_null", relative);
        assert_number(fit.lrt_p, &reference, "lrt_p", cases[c].p);
        assert_number((double)fit.rank, &reference, "rank", 0);
        assert_number((double)fit.df_residual, &reference, "df_residual", 0);
        assert_number((double)fit.df_null, &reference, "df_null", 0);
        check_tables(&reference, &fit, relative);
        rml_glm_free(&fit);

        settings.epsilon = 1e-8;
        settings.max_iterations = 25;
        control = rml_json(reference.result, "default_control");
        assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_OK);
        assert_int_equal(fit.iterations, rml_json_number(rml_json(control, "iterations")));
        assert_true(fit.converged);
        rml_glm_free(&fit);
        free_columns(&columns);
        free(y);
        rml_reference_close(&reference);
    }
}

/* Separation: flagged; the deviance at the cases' 1e-6, rank exact. */
static void separation_is_that_of_the_cases(void **state)
{
    static const struct {
        const char *name, *field;
        rml_separation separation;
        double deviance;
    } cases[] = {{"logistic/perfect_separation", "term", RML_SEPARATION_COMPLETE, 0.0},
                 {"logistic/quasi_separation", "term", RML_SEPARATION_QUASI, 2.7725887222397811},
                 {"logistic/n_less_than_p", "features", RML_SEPARATION_COMPLETE, 0.0}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c)
        for (int strict = 0; strict < 2; ++strict) {
            rml_glm_settings settings = rml_glm_defaults();
            rml_reference reference;
            rml_columns columns;
            uint8_t *y;
            rml_glm fit;
            int32_t n_aliased = 0;

            if (!strict) settings.epsilon = 1e-8, settings.max_iterations = 25;
            rml_reference_open(cases[c].name, &reference);
            y = outcomes(&reference.input, "y");
            columns = terms_of(&reference, cases[c].field);
            assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_EVALUE);
            assert_int_equal(fit.separation, cases[c].separation);
            assert_close(fit.deviance, cases[c].deviance, 0, 1e-6, cases[c].name);
            assert_number((double)fit.rank, &reference, "rank", 0);
            for (int32_t t = 0; t < fit.n_terms; ++t) {
                n_aliased += isnan(fit.coefficient[t]);
                assert_true(isnan(fit.se[t]) && isnan(fit.p[t]));
            }
            assert_int_equal(n_aliased, fit.n_terms - fit.rank);
            rml_glm_free(&fit);
            free_columns(&columns);
            free(y);
            rml_reference_close(&reference);
        }
}

static void univariate_fits_are_those_of_glm(void **state)
{
    static const char *const names[6] = {"intercept", "coef", "se", "z", "p", "deviance"};
    const rml_glm_settings settings = rml_glm_defaults();
    double value[6][7];
    rml_status status[7];
    rml_reference reference;
    rml_table table;
    rml_columns columns;
    cJSON *features = cJSON_CreateArray();
    uint8_t *y;
    (void)state;
    if (!rml_reference_present()) {
        cJSON_Delete(features);
        skip();
    }
    rml_reference_open("logistic/Pima_univariate", &reference);
    rml_reference_table(&reference, "expected.csv", &table);
    for (int64_t r = 0; r < table.n_rows; ++r)
        cJSON_AddItemToArray(features, cJSON_CreateString(table.cell[r * table.n_columns]));
    columns = (rml_columns){.n_rows = reference.input.n_rows, .stride = reference.input.n_rows};
    columns.x = rml_table_matrix(&reference.input, features, &columns.n_columns);
    assert_int_equal(columns.n_columns, 7);
    y = outcomes(&reference.input, "type");
    const rml_glm_univariate out = {value[0], value[1], value[2], value[3], value[4], value[5], NULL, status};
    assert_int_equal(rml_glm_fit_each(&columns, y, NULL, &settings, &out), RML_OK);
    for (int k = 0; k < 6; ++k) {
        double *expected = rml_table_numbers(&table, names[k]);

        for (int32_t j = 0; j < 7; ++j) {
            assert_int_equal(status[j], RML_OK);
            assert_close(value[k][j], expected[j], 1e-9, 0, names[k]);
        }
        free(expected);
    }
    free_columns(&columns);
    free(y);
    cJSON_Delete(features);
    rml_table_free(&table);
    rml_reference_close(&reference);
}

/* 1e-3 is the case's tolerance; MASS interpolates the profile. */
static void profile_limits_are_those_of_mass(void **state)
{
    const rml_glm_settings settings = rml_glm_defaults();
    rml_reference reference;
    rml_columns columns;
    double lower[8], upper[8], *expected_lower, *expected_upper;
    int32_t n;
    uint8_t *y;
    rml_glm fit;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("logistic/Pima_profile_ci", &reference);
    y = outcomes(&reference.input, "type");
    columns = terms_of(&reference, "term");
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_OK);
    assert_int_equal(rml_glm_profile(&fit, &columns, y, NULL, NULL, &settings, 0.95, lower, upper), RML_OK);
    expected_lower = rml_json_numbers(rml_json(reference.result, "lower"), &n);
    expected_upper = rml_json_numbers(rml_json(reference.result, "upper"), &n);
    for (int32_t t = 0; t < n; ++t) { /* 1e-3, and of a standard error as well: most coefficients are below 0.1 */
        assert_close(lower[t], expected_lower[t], 0, fmin(1e-3, 1e-3 * fit.se[t]), "lower");
        assert_close(upper[t], expected_upper[t], 0, fmin(1e-3, 1e-3 * fit.se[t]), "upper");
    }
    free(expected_lower);
    free(expected_upper);
    rml_glm_free(&fit);
    free_columns(&columns);
    free(y);
    rml_reference_close(&reference);
}

/* Two by two table: the coefficient is the log odds ratio, its variance the sum of the four reciprocals (Woolf 1955);
 * with counts 20, 10, 15, 30. Standard errors to 1e-8: they are from the weights one step before the end, as R's. */
static const double cells[4] = {20.0, 10.0, 15.0, 30.0};
static const double exposed[4] = {0.0, 0.0, 1.0, 1.0};
static const uint8_t diseased[4] = {0, 1, 0, 1};

static void two_by_two_has_a_closed_form(void **state)
{
    const rml_columns columns = {4, 4, 1, exposed};
    const rml_glm_settings settings = rml_glm_defaults();
    double lower[2], upper[2];
    rml_glm fit;
    (void)state;
    assert_int_equal(rml_glm_fit(&columns, diseased, cells, NULL, &settings, &fit), RML_OK);
    assert_close(fit.coefficient[0], log(10.0 / 20.0), 1e-13, 0, "log odds");
    assert_close(fit.coefficient[1], log(30.0 * 20.0 / (15.0 * 10.0)), 1e-13, 0, "log odds ratio");
    assert_close(fit.se[1], sqrt(1 / 20.0 + 1 / 10.0 + 1 / 15.0 + 1 / 30.0), 1e-8, 0, "Woolf");
    assert_close(fit.vcov[1], -(1 / 20.0 + 1 / 10.0), 1e-8, 0, "covariance");
    assert_int_equal(fit.df_residual, 2);
    /* The limits satisfy what defines them: the deviance there is 3.8415 higher (chi square 1 df, 95 %). */
    assert_int_equal(rml_glm_profile(&fit, &columns, diseased, cells, NULL, &settings, 0.95, lower, upper), RML_OK);
    for (int side = 0; side < 2; ++side) {
        const rml_columns none = {4, 4, 0, exposed};
        double offset[4];
        rml_glm held;

        for (int i = 0; i < 4; ++i) offset[i] = exposed[i] * (side ? upper[1] : lower[1]);
        assert_int_equal(rml_glm_fit(&none, diseased, cells, offset, &settings, &held), RML_OK);
        assert_close(held.deviance - fit.deviance, 3.841458820694124, 1e-9, 0, "deviance at the limit");
        rml_glm_free(&held);
    }
    rml_glm_free(&fit);
}

/* R: glm(c(0,0,1,0,1,1) ~ 1, offset = c(-1,0,1,2,0,1)): the score sum(y) = sum(p) defines the intercept. */
static void offset_is_kept(void **state)
{
    static const double offset[6] = {-1, 0, 1, 2, 0, 1};
    static const uint8_t y[6] = {0, 0, 1, 0, 1, 1};
    const rml_columns columns = {6, 6, 0, offset};
    const rml_glm_settings settings = rml_glm_defaults();
    double sum = 0.0;
    rml_glm fit;
    (void)state;
    assert_int_equal(rml_glm_fit(&columns, y, NULL, offset, &settings, &fit), RML_OK);
    for (int i = 0; i < 6; ++i) {
        assert_close(fit.linear[i], fit.coefficient[0] + offset[i], 1e-14, 0, "linear");
        sum += fit.fitted[i];
    }
    assert_close(sum, 3.0, 1e-13, 0, "score");
    assert_close(fit.null_deviance, fit.deviance, 1e-13, 0, "the model is the null model");
    rml_glm_free(&fit);
}

#define N 60

static void make_data(double *x, uint8_t *y, int32_t p, uint64_t seed)
{
    for (int32_t j = 0; j < p; ++j)
        for (int i = 0; i < N; ++i) x[j * N + i] = 2.0 * rml_test_uniform(&seed) - 1.0;
    for (int i = 0; i < N; ++i) y[i] = rml_test_uniform(&seed) < 1.0 / (1.0 + exp(-x[i] + x[N + i]));
}

/* A weight of 2 is a row given twice, one of 0 a row left out; any order of rows gives the same fit. */
static void weights_count_rows(void **state)
{
    double x[3 * N], twice[3 * 2 * N], weight[N];
    uint8_t y[N], y_twice[2 * N];
    const rml_glm_settings settings = rml_glm_defaults();
    rml_columns columns = {N, N, 3, x}, many = {0, 2 * N, 3, twice};
    rml_glm weighted, repeated;
    (void)state;
    make_data(x, y, 3, 7);
    for (int i = 0; i < N; ++i) weight[i] = i % 3;
    for (int i = N - 1; i >= 0; --i)
        for (int k = 0; k < i % 3; ++k) {
            for (int j = 0; j < 3; ++j) twice[j * 2 * N + many.n_rows] = x[j * N + i];
            y_twice[many.n_rows++] = y[i];
        }
    assert_int_equal(rml_glm_fit(&columns, y, weight, NULL, &settings, &weighted), RML_OK);
    assert_int_equal(rml_glm_fit(&many, y_twice, NULL, NULL, &settings, &repeated), RML_OK);
    for (int t = 0; t < 4; ++t) {
        assert_close(weighted.coefficient[t], repeated.coefficient[t], 1e-11, 0, "coefficient");
        assert_close(weighted.se[t], repeated.se[t], 1e-8, 0, "se");
    }
    assert_close(weighted.null_deviance, repeated.null_deviance, 1e-13, 0, "null deviance");
    assert_int_equal(weighted.n_used, 40);
    rml_glm_free(&weighted);
    rml_glm_free(&repeated);
}

/* Each univariate fit is the fit of that column alone; predictions on the training rows are the fitted values. */
static void fits_agree_with_one_another(void **state)
{
    double x[4 * N], b[4], p[4], again[N];
    uint8_t y[N];
    rml_status status[4];
    const rml_glm_settings settings = rml_glm_defaults();
    const rml_columns columns = {N, N, 4, x};
    const rml_glm_univariate out = {.coefficient = b, .p = p, .status = status};
    rml_glm fit;
    (void)state;
    make_data(x, y, 4, 11);
    for (int i = 0; i < N; ++i) x[2 * N + i] = 3.5; /* flat: aliased */
    x[3 * N + 5] = NAN;
    assert_int_equal(rml_glm_fit_each(&columns, y, NULL, &settings, &out), RML_OK);
    for (int j = 0; j < 2; ++j) {
        const rml_columns one = {N, N, 1, x + j * N};

        assert_int_equal(status[j], RML_OK);
        assert_int_equal(rml_glm_fit(&one, y, NULL, NULL, &settings, &fit), RML_OK);
        assert_close(b[j], fit.coefficient[1], 0, 0, "coefficient");
        assert_close(p[j], fit.p[1], 1e-13, 0, "p");
        assert_int_equal(rml_glm_predict(&fit, true, &one, NULL, again), RML_OK);
        for (int i = 0; i < N; ++i) assert_close(again[i], fit.fitted[i], 1e-14, 0, "prediction");
        rml_glm_free(&fit);
    }
    assert_int_equal(status[2], RML_EEMPTY);
    assert_true(isnan(b[2]) && isnan(p[2]));
    assert_int_equal(status[3], RML_EVALUE);
    assert_true(isnan(b[3]) && isnan(p[3]));
}

/* The later of two copies goes, whatever stands between; the rest is the fit without it. */
static void the_later_copy_is_dropped(void **state)
{
    double x[4 * N];
    uint8_t y[N];
    const rml_glm_settings settings = rml_glm_defaults();
    const rml_columns columns = {N, N, 4, x}, without = {N, N, 2, x};
    rml_glm fit, plain;
    (void)state;
    make_data(x, y, 4, 23);
    for (int i = 0; i < N; ++i) {
        x[2 * N + i] = 2.0 * x[i] - x[N + i] + 3.0;
        x[3 * N + i] = x[i];
    }
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_OK);
    assert_int_equal(rml_glm_fit(&without, y, NULL, NULL, &settings, &plain), RML_OK);
    assert_int_equal(fit.rank, 3);
    assert_true(isnan(fit.coefficient[3]) && isnan(fit.coefficient[4]) && isnan(fit.vcov[3]));
    for (int t = 0; t < 3; ++t) assert_close(fit.coefficient[t], plain.coefficient[t], 0, 0, "coefficient");
    rml_glm_free(&fit);
    rml_glm_free(&plain);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    double x[2 * N], weight[N];
    uint8_t y[N];
    rml_glm_settings settings = rml_glm_defaults();
    const rml_columns columns = {N, N, 2, x};
    rml_glm fit;
    (void)state;
    make_data(x, y, 2, 3);
    for (int i = 0; i < N; ++i) weight[i] = 0.0;
    assert_int_equal(rml_glm_fit(&columns, y, weight, NULL, &settings, &fit), RML_EEMPTY);
    weight[3] = -1.0;
    assert_int_equal(rml_glm_fit(&columns, y, weight, NULL, &settings, &fit), RML_EINVAL);
    x[7] = NAN;
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_EVALUE);
    assert_null(fit.coefficient);
    x[7] = 0.0;
    memset(y, 1, sizeof y); /* one class */
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_EVALUE);
    assert_int_equal(fit.separation, RML_SEPARATION_COMPLETE);
    assert_true(fit.deviance < 1e-6);
    rml_glm_free(&fit);
    settings.epsilon = 0.0;
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_EINVAL);
}

/* A rare marker that only one class has: quasi-complete whatever else is in the model, also in a large sample, where
 * the deviance hardly notices. */
static void a_rare_marker_separates(void **state)
{
    enum { MANY = 2000 };
    static double x[3 * MANY];
    static uint8_t y[MANY];
    const rml_glm_settings settings = rml_glm_defaults();
    rml_columns columns = {MANY, MANY, 3, x};
    uint64_t seed = 5;
    rml_glm fit;
    (void)state;
    for (int i = 0; i < MANY; ++i) {
        x[i] = rml_test_uniform(&seed);
        x[MANY + i] = 1e6 * rml_test_uniform(&seed);
        y[i] = rml_test_uniform(&seed) < 0.3;
        x[2 * MANY + i] = 0.0;
    }
    for (int i = 0, left = 3; left > 0; ++i)
        if (y[i]) x[2 * MANY + i] = 1.0, --left;
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_EVALUE);
    assert_int_equal(fit.separation, RML_SEPARATION_QUASI);
    rml_glm_free(&fit);
    columns.n_columns = 2;
    assert_int_equal(rml_glm_fit(&columns, y, NULL, NULL, &settings, &fit), RML_OK);
    rml_glm_free(&fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_those_of_glm),
        cmocka_unit_test(separation_is_that_of_the_cases),
        cmocka_unit_test(univariate_fits_are_those_of_glm),
        cmocka_unit_test(profile_limits_are_those_of_mass),
        cmocka_unit_test(two_by_two_has_a_closed_form),
        cmocka_unit_test(offset_is_kept),
        cmocka_unit_test(weights_count_rows),
        cmocka_unit_test(fits_agree_with_one_another),
        cmocka_unit_test(the_later_copy_is_dropped),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(a_rare_marker_separates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
