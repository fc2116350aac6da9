/* The selection by a forest's importance: a study's forest with the same settings says what is important, and the
 * planted columns come first. */
#include "kernels/base/rng.h"
#include "kernels/learn/kinds.h"
#include "tests/support/support.h"

enum { N = 80, P = 12, K = 3, SEED = 5 };
static const int planted[] = {2, 7};

static void sample_open(rml_sample *s, double *x, double *y, double *weight)
{
    for (int i = 0; i < N; ++i) {
        y[i] = i % 2;
        weight[i] = 1.0;
        for (int j = 0; j < P; ++j)
            x[j * N + i] =
                rml_rng_uniform(1, 0, (uint64_t)(j * N + i)) + (j == planted[0] || j == planted[1] ? 0.6 * y[i] : 0.0);
    }
    *s = (rml_sample){.n_rows = N,
                      .n_patients = N,
                      .x = {N, N, P, x},
                      .outcome = RML_OUTCOME_CLASS,
                      .n_classes = 2,
                      .y = y,
                      .weight = weight};
}

static void fit(const rml_kind *kind, const rml_sample *s, double k, rml_fitted *fitted)
{
    double param[RML_KIND_PARAMS];
    rml_error err = {0};

    rml_kind_defaults(kind, param);
    param[rml_kind_param(kind, "trees")] = 60;
    if (kind == &rml_kind_important) param[rml_kind_param(kind, "k")] = k;
    assert_int_equal(kind->fit(s, param, SEED, NULL, fitted, &err), RML_OK);
}

static void the_most_important_columns_stay(void **state)
{
    double x[N * P], y[N], weight[N];
    rml_sample s;
    rml_fitted model, step;
    const rml_array *of_model, *of_step;
    (void)state;

    sample_open(&s, x, y, weight);
    fit(&rml_kind_forest, &s, 0, &model);
    fit(&rml_kind_important, &s, K, &step);
    of_model = rml_fitted_shaped(&model, "importance", 1, P);
    of_step = rml_fitted_shaped(&step, "importance", 1, P);
    assert_non_null(of_model);
    assert_non_null(of_step);
    assert_memory_equal(of_model->value, of_step->value, P * sizeof(double));
    assert_int_equal(step.n_out, K);
    for (int a = 0; a < K; ++a)
        for (int j = 0; j < P; ++j) {
            bool kept = false;

            for (int b = 0; b < K; ++b) kept |= step.kept[b] == j;
            if (!kept) assert_true(of_step->value[j] <= of_step->value[step.kept[a]]);
        }
    assert_true(step.kept[0] == planted[0] || step.kept[1] == planted[0]);
    assert_true(step.kept[1] == planted[1] || step.kept[2] == planted[1]);
    rml_fitted_free(&model);
    rml_fitted_free(&step);

    fit(&rml_kind_important, &s, P + 5, &step); /* more than there are: all */
    assert_int_equal(step.n_out, P);
    rml_fitted_free(&step);
}

static void of_equal_worth_the_first_stays(void **state)
{
    static const double worth[5] = {1, 3, 2, 3, 2};
    rml_fitted step;
    (void)state;

    assert_int_equal(rml_keep_largest(&step, "relief", 5, worth, 3), RML_OK);
    assert_int_equal(step.n_out, 3);
    assert_int_equal(step.kept[0], 1);
    assert_int_equal(step.kept[1], 2);
    assert_int_equal(step.kept[2], 3);
    rml_fitted_free(&step);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_most_important_columns_stay),
                                       cmocka_unit_test(of_equal_worth_the_first_stays)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
