/* Elastic net against glmnet 4.1-6 and scikit-learn 1.9.1, and what must hold for any data. */
#include "kernels/models/elastic_net.h"
#include "tests/support/reference.h"

typedef struct data {
    rml_columns columns;
    double *x, *number;
    uint8_t *binary;
    double *weight;
} data;

static data read_data(const rml_reference *reference, const char *outcome)
{
    const int64_t n = reference->input.n_rows;
    data d = {.columns = {.n_rows = n, .stride = n}};

    d.columns.x = d.x =
        rml_table_matrix(&reference->input, rml_json(reference->result, "columns"), &d.columns.n_columns);
    d.number = rml_table_numbers(&reference->input, outcome);
    d.binary = malloc((size_t)n);
    d.weight = malloc((size_t)n * sizeof(double));
    assert_non_null(d.binary);
    assert_non_null(d.weight);
    for (int64_t i = 0; i < n; ++i) {
        d.binary[i] = d.number[i] == 1.0;
        d.weight[i] = 1.0;
    }
    return d;
}

static void free_data(data *d)
{
    free(d->x);
    free(d->number);
    free(d->binary);
    free(d->weight);
}

/* Mean 0, standard deviation 1 with n in the denominator; a flat column becomes 0. */
static void standardise(data *d)
{
    const int64_t n = d->columns.n_rows;

    for (int32_t j = 0; j < d->columns.n_columns; ++j) {
        double *x = d->x + (int64_t)j * n, mean = 0.0, square = 0.0;

        for (int64_t i = 0; i < n; ++i) mean += x[i] / (double)n;
        for (int64_t i = 0; i < n; ++i) square += (x[i] - mean) * (x[i] - mean) / (double)n;
        if (square <= 1e-24 * mean * mean) square = 1.0;
        for (int64_t i = 0; i < n; ++i) x[i] = (x[i] - mean) / sqrt(square);
    }
}

static double objective(const data *d, const rml_elastic_net *fit, double c, double alpha, bool with_intercept)
{
    const int64_t n = d->columns.n_rows;
    double *eta = malloc((size_t)n * sizeof *eta), sum = 0.0;

    assert_non_null(eta);
    assert_int_equal(rml_elastic_net_predict(fit, fit->lambda[0], &d->columns, eta), RML_OK);
    for (int64_t i = 0; i < n; ++i)
        sum += c * d->weight[i] * (log1p(exp(-fabs(eta[i]))) + fmax(eta[i], 0.0) - d->binary[i] * eta[i]);
    for (int32_t j = 0; j < fit->n_columns; ++j) {
        const double b = fit->coefficient[j];

        sum += alpha * fabs(b) + (1.0 - alpha) / 2.0 * b * b;
    }
    if (with_intercept) sum += alpha * fabs(fit->intercept[0]);
    free(eta);
    return sum;
}

/* The objective at the cases' 1e-8, coefficients at 1e-4 but where copies make the lasso's not unique. */
static void fits_are_those_of_scikit_learn(void **state)
{
    static const struct {
        const char *name;
        double c, alpha;
        bool liblinear, balanced;
    } kinds[] = {{"enet05_saga_C05", 0.5, 0.5, false, false}, {"l1_liblinear_C05", 0.5, 1.0, true, false},
                 {"l1_saga_C05", 0.5, 1.0, false, false},     {"l2_C001", 0.01, 0.0, false, false},
                 {"l2_C1", 1.0, 0.0, false, false},           {"l2_C1_balanced", 1.0, 0.0, false, true}};
    static const char *const sets[] = {"breast_cancer", "c80x400"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t s = 0; s < 2; ++s)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; ++k) {
            const bool copies = s == 1 && kinds[k].alpha == 1.0;
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            rml_elastic_net fit;
            rml_reference reference;
            char name[128];
            double lambda, total = 0.0, n1 = 0.0, *coef, value, expected;
            int32_t n;
            data d;

            (void)snprintf(name, sizeof name, "logistic_penalised/%s_%s", sets[s], kinds[k].name);
            rml_reference_open(name, &reference);
            d = read_data(&reference, "y");
            standardise(&d);
            for (int64_t i = 0; i < d.columns.n_rows; ++i) n1 += d.binary[i];
            for (int64_t i = 0; i < d.columns.n_rows; ++i) {
                if (kinds[k].balanced)
                    d.weight[i] = (double)d.columns.n_rows / 2.0 / (d.binary[i] ? n1 : (double)d.columns.n_rows - n1);
                total += d.weight[i];
            }
            lambda = rml_elastic_net_lambda_of_c(kinds[k].c, total);
            settings.alpha = kinds[k].alpha;
            settings.standardise = false;
            settings.penalise_intercept = kinds[k].liblinear;
            settings.lambda = &lambda;
            settings.n_lambda = 1;
            assert_int_equal(rml_elastic_net_fit(&d.columns, (rml_elastic_net_outcome){.binary = d.binary}, d.weight,
                                                 &settings, &fit),
                             RML_OK);
            assert_true(fit.converged[0]);
            value = objective(&d, &fit, kinds[k].c, kinds[k].alpha, kinds[k].liblinear);
            expected = rml_json_number(rml_json(reference.result, "objective"));
            assert_close(value, expected, 1e-8, 0, name);
            assert_true(value <= expected * (1.0 + 1e-8));
            coef = rml_json_numbers(rml_json(reference.result, "coef"), &n);
            for (int32_t j = 0; j < n && !copies; ++j) assert_close(fit.coefficient[j], coef[j], 0, 1e-4, name);
            if (!copies)
                assert_close(fit.intercept[0], rml_json_number(rml_json(reference.result, "intercept")), 0, 1e-4,
                             "intercept");
            free(coef);
            rml_elastic_net_free(&fit);
            free_data(&d);
            rml_reference_close(&reference);
        }
}

/* path.csv against a fit: the non-zero coefficients, and that there are no others. */
static void check_path(const rml_reference *reference, const rml_elastic_net *fit)
{
    const int64_t cells = (int64_t)fit->n_lambda * fit->n_columns;
    const cJSON *names = rml_json(reference->result, "columns");
    double *expected = calloc((size_t)cells, sizeof *expected), *index, *coef, largest = 0.0;
    rml_table table;
    int32_t feature;

    assert_non_null(expected);
    rml_reference_table(reference, "path.csv", &table);
    index = rml_table_numbers(&table, "lambda_index");
    coef = rml_table_numbers(&table, "coef");
    feature = rml_table_column(&table, "feature");
    for (int64_t r = 0; r < table.n_rows; ++r) largest = fmax(largest, fabs(coef[r]));
    for (int64_t r = 0, j = 0; r < table.n_rows; ++r) {
        const char *name = table.cell[r * table.n_columns + feature];
        const int32_t k = (int32_t)index[r] - 1;

        if (strcmp(name, "(Intercept)") == 0) {
            assert_close(fit->intercept[k], coef[r], 0, 1e-6 * fmax(largest, fabs(coef[r])), "intercept");
            j = 0; /* a lambda's features follow in the order of the columns */
            continue;
        }
        while (j < fit->n_columns && strcmp(cJSON_GetArrayItem(names, (int)j)->valuestring, name) != 0) ++j;
        assert_true(j < fit->n_columns);
        expected[(int64_t)k * fit->n_columns + j] = coef[r];
    }
    for (int64_t c = 0; c < cells; ++c)
        assert_close(fit->coefficient[c], expected[c], 0, 1e-6 * largest, "coefficient");
    free(expected);
    free(index);
    free(coef);
    rml_table_free(&table);
}

/* The tolerances are the cases' own. */
static void paths_are_those_of_glmnet(void **state)
{
    static const struct {
        const char *name, *outcome;
        double alpha, ratio;
    } cases[] = {{"glmnet/Pima_lasso", "type", 1.0, 1e-4},
                 {"glmnet/c150x40_gaussian_age", "age", 1.0, 1e-4},
                 {"glmnet/c80x400_lasso", "y", 1.0, 0.05},
                 {"glmnet/c80x400_ridge", "y", 0.0, 0.05},
                 {"glmnet/c80x400_enet05_allcols", "y", 0.5, 0.05}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_elastic_net_settings settings = rml_elastic_net_defaults();
        rml_elastic_net_outcome y = {0};
        rml_elastic_net fit;
        rml_reference reference;
        double *lambda, *ratio, *df;
        int32_t n;
        data d;

        rml_reference_open(cases[c].name, &reference);
        d = read_data(&reference, cases[c].outcome);
        if (strstr(cases[c].name, "gaussian"))
            y.number = d.number;
        else
            y.binary = d.binary;
        settings.alpha = cases[c].alpha;
        settings.lambda_min_ratio = cases[c].ratio;
        assert_int_equal(rml_elastic_net_fit(&d.columns, y, NULL, &settings, &fit), RML_OK);
        lambda = rml_json_numbers(rml_json(reference.result, "lambda"), &n);
        ratio = rml_json_numbers(rml_json(reference.result, "dev_ratio"), &n);
        df = rml_json_numbers(rml_json(reference.result, "df"), &n);
        assert_int_equal(fit.n_lambda, n);
        assert_close(fit.null_deviance, rml_json_number(rml_json(reference.result, "nulldev")), 1e-10, 0, "nulldev");
        for (int32_t k = 0; k < n; ++k) {
            assert_true(fit.converged[k]);
            assert_close(fit.lambda[k], lambda[k], 1e-10, 0, "lambda");
            assert_close(fit.deviance_ratio[k], ratio[k], 0, 1e-7, "dev.ratio");
            if (k > 0) assert_int_equal(fit.n_nonzero[k], df[k]); /* glmnet's first ridge fit is 1e-37, not 0 */
        }
        check_path(&reference, &fit);
        free(lambda);
        free(ratio);
        free(df);
        rml_elastic_net_free(&fit);
        free_data(&d);
        rml_reference_close(&reference);
    }
}

#define N 60
#define P 200 /* more than the Gram matrix takes: 1.5 rows */

static double x_made[P * N];
static uint8_t y_made[N];
static double number_made[N];

static void make_data(uint64_t seed)
{
    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i)
            x_made[j * N + i] =
                (j + 1) * (rml_test_uniform(&seed) + (j % 3 && j > 2 ? 2.0 * x_made[(j - 3) * N + i] / (j - 2) : 0.0));
    for (int i = 0; i < N; ++i) {
        const double eta = 4.0 * (x_made[i] - 0.5) - x_made[N + i] + 1.0;

        y_made[i] = rml_test_uniform(&seed) < 1.0 / (1.0 + exp(-eta));
        number_made[i] = 10.0 * eta + rml_test_uniform(&seed) * 5.0;
    }
}

/* The optimality conditions, taken anew from coefficients and data, are what defines a solution: gradient = lambda
 * (alpha sign b + (1 - alpha) b) on the standardised scale. */
static void check_conditions(const rml_columns *columns, const double *number, const uint8_t *binary,
                             const double *weight, double alpha, const rml_elastic_net *fit)
{
    double total = 0.0, mean = 0.0, square = 0.0, eta[N];

    for (int i = 0; i < N; ++i) total += weight ? weight[i] : 1.0;
    for (int i = 0; i < N; ++i) mean += (weight ? weight[i] : 1.0) / total * (number ? number[i] : binary[i]);
    for (int i = 0; number && i < N; ++i)
        square += (weight ? weight[i] : 1.0) / total * (number[i] - mean) * (number[i] - mean);
    const double y_scale = number ? sqrt(square) : 1.0;
    for (int32_t k = alpha == 0.0; k < fit->n_lambda; ++k) { /* the first fit is the null model, which ridge never is */
        const double *b = fit->coefficient + (int64_t)k * fit->n_columns, lambda = fit->lambda[k] / y_scale;

        assert_int_equal(rml_elastic_net_predict(fit, fit->lambda[k], columns, eta), RML_OK);
        for (int32_t j = 0; j < fit->n_columns; ++j) {
            const double *x = rml_column(columns, j);
            double xm = 0.0, xs = 0.0, gradient = 0.0;

            for (int i = 0; i < N; ++i) xm += (weight ? weight[i] : 1.0) / total * x[i];
            for (int i = 0; i < N; ++i) xs += (weight ? weight[i] : 1.0) / total * (x[i] - xm) * (x[i] - xm);
            xs = sqrt(xs);
            for (int i = 0; i < N; ++i) {
                const double off =
                    number ? (number[i] - eta[i]) / y_scale : binary[i] - rml_elastic_net_probability(eta[i]);

                gradient += (weight ? weight[i] : 1.0) / total * off * (x[i] - xm) / xs;
            }
            const double scaled = b[j] * xs / y_scale;
            if (b[j] == 0.0)
                assert_true(fabs(gradient) <= lambda * alpha + 1e-9);
            else
                assert_close(gradient, lambda * (alpha * copysign(1.0, b[j]) + (1.0 - alpha) * scaled), 0, 1e-9,
                             "condition");
        }
    }
}

static void solutions_meet_their_conditions(void **state)
{
    static const double alphas[] = {1.0, 0.5, 0.05, 0.0};
    double weight[N];
    const rml_columns columns = {N, N, P, x_made}, few = {N, N, 7, x_made};
    (void)state;
    make_data(17);
    for (int i = 0; i < N; ++i) weight[i] = i % 4;
    for (size_t a = 0; a < 4; ++a)
        for (int kind = 0; kind < 8; ++kind) {
            const rml_columns *use = kind & 1 ? &few : &columns;
            const double *w = kind & 2 ? weight : NULL;
            const bool binary = kind & 4;
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            rml_elastic_net_outcome y = {.binary = binary ? y_made : NULL, .number = binary ? NULL : number_made};
            rml_elastic_net fit;

            settings.alpha = alphas[a];
            settings.n_lambda = 30;
            assert_int_equal(rml_elastic_net_fit(use, y, w, &settings, &fit), RML_OK);
            for (int32_t k = 0; k < fit.n_lambda; ++k) assert_true(fit.converged[k]);
            check_conditions(use, binary ? NULL : number_made, binary ? y_made : NULL, w, alphas[a], &fit);
            rml_elastic_net_free(&fit);
        }
}

/* A weight of 2 is a row given twice, of 0 a row left out; columns scaled and shifted, and in another order, give the
 * same model. */
static void the_same_data_give_the_same_model(void **state)
{
    static double twice[P * 3 * N], moved[P * N];
    double weight[N], eta[N], other_eta[N];
    uint8_t y_twice[3 * N];
    const rml_columns columns = {N, N, P, x_made};
    rml_columns many = {0, 3 * N, P, twice}, other = {N, N, P, moved};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net a, b;
    (void)state;
    make_data(5);
    settings.alpha = 0.7;
    settings.n_lambda = 20;
    settings.lambda_min_ratio = 0.05;
    for (int i = 0; i < N; ++i) weight[i] = i % 3;
    for (int i = N - 1; i >= 0; --i)
        for (int k = 0; k < i % 3; ++k) {
            for (int j = 0; j < P; ++j) twice[j * 3 * N + many.n_rows] = x_made[j * N + i];
            y_twice[many.n_rows++] = y_made[i];
        }
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.binary = y_made}, weight, &settings, &a),
                     RML_OK);
    assert_int_equal(rml_elastic_net_fit(&many, (rml_elastic_net_outcome){.binary = y_twice}, NULL, &settings, &b),
                     RML_OK);
    assert_int_equal(a.n_lambda, b.n_lambda);
    for (int64_t c = 0; c < (int64_t)a.n_lambda * P; ++c)
        assert_close(a.coefficient[c], b.coefficient[c], 0, 1e-7, "coefficient");
    rml_elastic_net_free(&b);
    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i) moved[(P - 1 - j) * N + i] = 7.0 - 1000.0 * x_made[j * N + i];
    assert_int_equal(rml_elastic_net_fit(&other, (rml_elastic_net_outcome){.binary = y_made}, weight, &settings, &b),
                     RML_OK);
    for (int32_t k = 0; k < a.n_lambda; ++k) {
        assert_close(a.lambda[k], b.lambda[k], 1e-10, 0, "lambda");
        assert_int_equal(rml_elastic_net_predict(&a, a.lambda[k], &columns, eta), RML_OK);
        assert_int_equal(rml_elastic_net_predict(&b, b.lambda[k], &other, other_eta), RML_OK);
        for (int i = 0; i < N; ++i) assert_close(other_eta[i], eta[i], 0, 1e-6, "logit");
    }
    rml_elastic_net_free(&a);
    rml_elastic_net_free(&b);
}

/* Copies share their coefficient, a flat column has none, whatever it is between. */
static void copies_share_and_flat_columns_have_none(void **state)
{
    const rml_columns columns = {N, N, 12, x_made};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net fit;
    (void)state;
    make_data(9);
    settings.alpha = 0.5;
    for (int i = 0; i < N; ++i) {
        x_made[5 * N + i] = x_made[i];
        x_made[7 * N + i] = 0.1; /* whose mean has a rounding error */
    }
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.binary = y_made}, NULL, &settings, &fit),
                     RML_OK);
    for (int32_t k = 0; k < fit.n_lambda; ++k) {
        assert_close(fit.coefficient[k * 12 + 5], fit.coefficient[k * 12], 0, 1e-7, "copy");
        assert_true(fit.coefficient[k * 12 + 7] == 0.0);
    }
    assert_true(fit.coefficient[(fit.n_lambda - 1) * 12] != 0.0);
    rml_elastic_net_free(&fit);
    settings.alpha = 1.0; /* any split is a solution */
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.binary = y_made}, NULL, &settings, &fit),
                     RML_OK);
    for (int32_t k = 0; k < fit.n_lambda; ++k) assert_true(fit.converged[k]);
    rml_elastic_net_free(&fit);
}

/* Between two lambdas a quarter of the way; beyond the ends the ends. */
static void coefficients_are_interpolated(void **state)
{
    static double lambda[3] = {0.4, 0.2, 0.1}, intercept[3] = {1.0, 2.0, 4.0}, b[6] = {0.0, 1.0, 2.0, 1.0, 4.0, -1.0};
    const rml_elastic_net fit = {
        .n_columns = 2, .n_lambda = 3, .lambda = lambda, .intercept = intercept, .coefficient = b};
    double at, out[2];
    (void)state;
    assert_int_equal(rml_elastic_net_at(&fit, 0.35, &at, out), RML_OK);
    assert_close(at, 1.25, 1e-14, 0, "intercept");
    assert_close(out[0], 0.5, 1e-14, 0, "b");
    assert_close(out[1], 1.0, 1e-14, 0, "b");
    assert_int_equal(rml_elastic_net_at(&fit, 0.2, &at, out), RML_OK);
    assert_close(at, 2.0, 0, 0, "intercept");
    assert_int_equal(rml_elastic_net_at(&fit, 9.0, &at, out), RML_OK);
    assert_close(at, 1.0, 0, 0, "intercept");
    assert_int_equal(rml_elastic_net_at(&fit, 0.0, &at, out), RML_OK);
    assert_close(out[1], -1.0, 0, 0, "b");
    assert_int_equal(rml_elastic_net_at(&fit, NAN, &at, out), RML_EINVAL);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    static const double up[2] = {0.1, 0.2};
    const rml_columns columns = {N, N, 3, x_made};
    const rml_elastic_net_outcome y = {.binary = y_made}, both = {.binary = y_made, .number = number_made};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    double none[N] = {0};
    uint8_t ones[N];
    rml_elastic_net fit;
    (void)state;
    make_data(3);
    memset(ones, 1, sizeof ones);
    assert_int_equal(rml_elastic_net_fit(&columns, both, NULL, &settings, &fit), RML_EINVAL);
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.binary = ones}, NULL, &settings, &fit),
                     RML_EEMPTY);
    assert_int_equal(rml_elastic_net_fit(&columns, (rml_elastic_net_outcome){.number = none}, NULL, &settings, &fit),
                     RML_EEMPTY);
    assert_int_equal(rml_elastic_net_fit(&columns, y, none, &settings, &fit), RML_EEMPTY);
    none[1] = -1.0;
    assert_int_equal(rml_elastic_net_fit(&columns, y, none, &settings, &fit), RML_EINVAL);
    settings.penalise_intercept = true;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EINVAL);
    settings = rml_elastic_net_defaults();
    settings.lambda = up;
    settings.n_lambda = 2;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EINVAL);
    settings = rml_elastic_net_defaults();
    x_made[4] = NAN;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EVALUE);
    for (int i = 0; i < 3 * N; ++i) x_made[i] = 1.0;
    assert_int_equal(rml_elastic_net_fit(&columns, y, NULL, &settings, &fit), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_those_of_scikit_learn),          cmocka_unit_test(paths_are_those_of_glmnet),
        cmocka_unit_test(solutions_meet_their_conditions),         cmocka_unit_test(the_same_data_give_the_same_model),
        cmocka_unit_test(copies_share_and_flat_columns_have_none), cmocka_unit_test(coefficients_are_interpolated),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
