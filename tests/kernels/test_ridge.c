/* Oracle: the l2 cases of shared/reference/stats/logistic_penalised (scikit-learn 1.9.1, lbfgs at 1e-10): objective
 * within 1e-8 relative, coefficients within 1e-4; lbfgs is that far off, the optimality conditions hold to rounding. */
#include "kernels/models/ridge.h"
#include "tests/kernels/learning_cases.h"

static void check_case(const char *name, double c, bool balanced)
{
    learning l;
    rml_ridge ridge;
    rml_ridge_settings settings = rml_ridge_defaults();
    int32_t p;

    learning_open(name, "y", 0, &l);
    settings.c = c;
    settings.balanced = balanced;
    assert_int_equal(rml_ridge_fit(&l.x, l.y, NULL, &settings, NULL, &ridge), RML_OK);
    double *expected = rml_json_numbers(rml_json(l.reference.result, "coef"), &p);
    assert_int_equal(p, l.x.n_columns);
    for (int32_t j = 0; j < p; ++j) assert_close(ridge.weights[j], expected[j], 0, 1e-4, name);
    assert_close(ridge.intercept, rml_json_number(rml_json(l.reference.result, "intercept")), 0, 1e-4, name);
    const double objective = rml_json_number(rml_json(l.reference.result, "objective"));
    assert_close(ridge.objective, objective, 1e-8, 0, name);
    assert_true(ridge.objective <= objective * (1.0 + 1e-12));
    free(expected);
    rml_ridge_free(&ridge);
    learning_close(&l);
}

static void cases_match(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    check_case("logistic_penalised/breast_cancer_l2_C001", 0.01, false);
    check_case("logistic_penalised/breast_cancer_l2_C1", 1.0, false);
    check_case("logistic_penalised/breast_cancer_l2_C1_balanced", 1.0, true);
    check_case("logistic_penalised/c80x400_l2_C001", 0.01, false);
    check_case("logistic_penalised/c80x400_l2_C1", 1.0, false);
    check_case("logistic_penalised/c80x400_l2_C1_balanced", 1.0, true);
}

enum { N = 90, P = 200 };

/* Largest component of the gradient, from the definition with plain logistic functions. */
static double worst_gradient(const rml_ridge *ridge, const rml_columns *x, const uint8_t *y, const double *weight,
                             double c)
{
    double f[N], sum = 0.0, worst;

    assert_int_equal(rml_ridge_decide(ridge, x, f), RML_OK);
    for (int i = 0; i < N; ++i) {
        f[i] = c * weight[i] * (1.0 / (1.0 + exp(-f[i])) - y[i]);
        sum += f[i];
    }
    worst = fabs(sum);
    for (int32_t j = 0; j < x->n_columns; ++j) {
        double gradient = ridge->weights[j];

        for (int i = 0; i < N; ++i) gradient += f[i] * rml_column(x, j)[i];
        worst = fmax(worst, fabs(gradient));
    }
    return worst;
}

static void gradient_is_zero_and_paths_agree(void **state)
{
    static const int32_t widths[] = {0, 1, 20, N, N + 1, P};
    static const double costs[] = {1e-3, 0.1, 1.0, 50.0, 1e4};
    double *x = calloc((size_t)N * P, sizeof *x), weight[N], start[P + 1];
    uint8_t y[N];
    uint64_t seed = 3;

    (void)state;
    assert_non_null(x);
    for (int w = 0; w < 6; ++w) {
        const rml_columns columns = {N, N, widths[w], x};
        rml_ridge path[5], one;
        rml_ridge_settings settings = rml_ridge_defaults();

        random_problem(N, P, (uint64_t)w, x, y);
        for (int i = 0; i < N; ++i) weight[i] = i % 13 == 5 ? 0.0 : 0.2 + rml_test_uniform(&seed);
        assert_int_equal(rml_ridge_path(&columns, y, weight, &settings, costs, 5, path), RML_OK);
        for (int k = 0; k < 5; ++k) {
            settings.c = costs[k];
            assert_true(worst_gradient(&path[k], &columns, y, weight, costs[k]) <= 1e-11 * fmax(1.0, costs[k]));
            for (int j = 0; j <= widths[w]; ++j) start[j] = 4.0 * rml_test_uniform(&seed) - 2.0;
            assert_int_equal(rml_ridge_fit(&columns, y, weight, &settings, start, &one), RML_OK);
            for (int j = 0; j < widths[w]; ++j) assert_close(one.weights[j], path[k].weights[j], 0, 1e-9, "weight");
            assert_close(one.objective, path[k].objective, 1e-12, 0, "objective");
            rml_ridge_free(&one);
            rml_ridge_free(&path[k]);
        }
    }
    free(x);
}

/* Without columns the intercept is the log odds of the weighted classes. */
static void intercept_alone_is_log_odds(void **state)
{
    const uint8_t y[] = {1, 0, 0, 1, 0};
    const double weight[] = {1.0, 2.0, 1.0, 0.5, 0.0};
    const rml_columns none = {5, 5, 0, NULL};
    const rml_ridge_settings settings = rml_ridge_defaults();
    rml_ridge ridge;

    (void)state;
    assert_int_equal(rml_ridge_fit(&none, y, weight, &settings, NULL, &ridge), RML_OK);
    assert_close(ridge.intercept, log(1.5 / 3.0), 1e-13, 0, "log odds");
    rml_ridge_free(&ridge);
}

static void bad_input_is_refused(void **state)
{
    const double x[] = {1.0, NAN}, good[] = {1.0, 2.0};
    double weight[] = {1.0, 0.0};
    const uint8_t y[] = {0, 1}, one_class[] = {1, 1};
    const rml_columns bad = {2, 2, 1, x}, columns = {2, 2, 1, good}, empty = {0, 0, 1, good};
    rml_ridge_settings settings = rml_ridge_defaults();
    rml_ridge ridge;

    (void)state;
    assert_int_equal(rml_ridge_fit(&bad, y, NULL, &settings, NULL, &ridge), RML_EVALUE);
    assert_int_equal(rml_ridge_fit(&columns, one_class, NULL, &settings, NULL, &ridge), RML_EEMPTY);
    assert_int_equal(rml_ridge_fit(&columns, y, weight, &settings, NULL, &ridge), RML_EEMPTY);
    assert_int_equal(rml_ridge_fit(&empty, y, NULL, &settings, NULL, &ridge), RML_EEMPTY);
    weight[1] = -1.0;
    assert_int_equal(rml_ridge_fit(&columns, y, weight, &settings, NULL, &ridge), RML_EVALUE);
    assert_int_equal(rml_ridge_fit(&columns, y, NULL, &settings, x, &ridge), RML_EVALUE);
    settings.c = -1.0;
    assert_int_equal(rml_ridge_fit(&columns, y, NULL, &settings, NULL, &ridge), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_match),
        cmocka_unit_test(gradient_is_zero_and_paths_agree),
        cmocka_unit_test(intercept_alone_is_log_odds),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
