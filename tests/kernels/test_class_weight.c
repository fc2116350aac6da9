/* class_weight: balanced. Oracle: scikit-learn's formula, n / (k n_c), by hand; and a model fitted with it must be the
 * model fitted to rows that carry these weights. */
#include "kernels/learn/kinds.h"
#include "tests/support/support.h"

enum { N = 60, P = 4 };

static double x[N * P], y[N], weight[N];

/* Classes of n, 2 n and 3 n rows, or of n and 5 n; shifted by class. */
static rml_sample sample_of(rml_outcome_kind outcome)
{
    uint64_t seed = 21;

    for (int i = 0; i < N; ++i) {
        y[i] = i % 6 == 0 ? 0 : outcome == RML_OUTCOME_CLASSES && i % 6 > 2 ? 2 : 1;
        weight[i] = 1.0;
    }
    for (int k = 0; k < N * P; ++k) x[k] = rml_test_uniform(&seed) + 0.4 * y[k % N] * (k / N % 2);
    return (rml_sample){.n_rows = N,
                        .n_patients = N,
                        .x = {N, N, P, x},
                        .outcome = outcome,
                        .n_classes = outcome == RML_OUTCOME_CLASSES ? 3 : 2,
                        .y = y,
                        .weight = weight};
}

static void weights_are_scikit_learns(void **state)
{
    rml_sample sample = sample_of(RML_OUTCOME_CLASSES);
    double *given;
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_sample_weigh(&sample, false, &given, &err), RML_OK);
    assert_null(given);
    assert_int_equal(rml_sample_weigh(&sample, true, &given, &err), RML_OK);
    assert_true(given[0] == 60.0 / (3 * 10.0) && given[1] == 60.0 / (3 * 20.0) && given[5] == 60.0 / (3 * 30.0));
    free(given);
    weight[5] = 0.25;
    assert_int_equal(rml_sample_weigh(&sample, true, &given, &err), RML_OK);
    {
        double of[3] = {0, 0, 0};

        for (int i = 0; i < N; ++i) of[(int)y[i]] += given[i];
        for (int c = 0; c < 3; ++c) assert_close(of[c], 59.25 / 3, 1e-14, 0, "classes weigh alike");
        assert_true(given[5] == 0.25 * given[9]);
    }
    free(given);
    sample.n_classes = 4; /* one that the training rows lack does not count */
    sample.n_rows = 3;
    weight[5] = 1.0;
    assert_int_equal(rml_sample_weigh(&sample, true, &given, &err), RML_OK);
    assert_true(given[0] == 3.0 / 2.0 && given[1] == 3.0 / 4.0);
    free(given);
    sample.outcome = RML_OUTCOME_VALUE;
    assert_int_equal(rml_sample_weigh(&sample, true, &given, &err), RML_ESETTING);
    assert_non_null(strstr(err.text, "the outcome is a number"));
}

static void fit(const rml_kind *kind, const rml_sample *sample, bool balanced, double *decision)
{
    double param[RML_KIND_PARAMS];
    rml_fitted fitted = {0};
    rml_error err = {0};

    for (int32_t p = 0; p < kind->n_params; ++p) param[p] = kind->param[p].fallback;
    param[rml_kind_param(kind, "class_weight")] = balanced;
    if (rml_kind_param(kind, "trees") >= 0) param[rml_kind_param(kind, "trees")] = 20;
    if (rml_model_fit(kind, sample, param, 7, NULL, &fitted, &err) != RML_OK) fail_msg("%s: %s", kind->name, err.text);
    assert_int_equal(rml_model_decide(kind, &fitted, param, &sample->x, decision), RML_OK);
    rml_fitted_free(&fitted);
}

static void models_take_them_as_row_weights(void **state)
{
    static double plain[3 * N], balanced[3 * N], weighted[3 * N];
    int32_t n, n_tried = 0;
    const rml_kind *const *kinds = rml_kinds(RML_ROLE_MODEL, &n);

    (void)state;
    for (int32_t k = 0; k < 2 * n; ++k) {
        const rml_kind *kind = kinds[k / 2];
        const bool several = k % 2;
        rml_sample sample = sample_of(several ? RML_OUTCOME_CLASSES : RML_OUTCOME_CLASS);
        double *given, largest = 0.0;
        rml_error err = {0};

        if (rml_kind_param(kind, "class_weight") < 0 || !(several ? kind->for_classes : kind->for_class)) continue;
        ++n_tried;
        fit(kind, &sample, false, plain);
        fit(kind, &sample, true, balanced);
        for (int i = 0; i < (several ? 3 : 1) * N; ++i) largest = fmax(largest, fabs(balanced[i] - plain[i]));
        if (!(largest > 1e-3)) fail_msg("%s: the weights change nothing", kind->name);
        assert_int_equal(rml_sample_weigh(&sample, true, &given, &err), RML_OK);
        memcpy(weight, given, sizeof weight);
        free(given);
        if (strcmp(kind->name, "lda") == 0) { /* equal priors: another constant for each class, log of the old share */
            for (int i = 0; i < N && !several; ++i)
                assert_close(plain[i] - balanced[i], log(50.0 / 10.0), 1e-9, 0, "lda, two");
            for (int i = 0; i < N && several; ++i) {
                const double first = plain[i] - balanced[i];

                assert_close(plain[N + i] - balanced[N + i] - first, log(2.0), 1e-9, 0, "lda, second");
                assert_close(plain[2 * N + i] - balanced[2 * N + i] - first, log(3.0), 1e-9, 0, "lda, third");
            }
            continue;
        }
        fit(kind, &sample, false, weighted);
        /* products in another order; solvers that stop within 1e-6 */
        for (int i = 0; i < (several ? 3 : 1) * N; ++i) assert_close(weighted[i], balanced[i], 1e-6, 1e-6, kind->name);
    }
    assert_int_equal(n_tried, 4 + 2 * 4); /* logistic, two svm, boosting; twice naive-bayes, lda, forest, xgboost */
}

/* Two classes are an outcome of one decision: as `classes` they would be read as two scores. */
static void classes_are_three_or_more(void **state)
{
    rml_sample sample = sample_of(RML_OUTCOME_CLASS);
    double param[RML_KIND_PARAMS] = {0};
    int32_t n;
    const rml_kind *const *kinds = rml_kinds(RML_ROLE_MODEL, &n);

    (void)state;
    sample.outcome = RML_OUTCOME_CLASSES;
    for (int32_t k = 0; k < n; ++k) {
        rml_fitted fitted = {0};
        rml_error err = {0};

        assert_int_equal(rml_model_fit(kinds[k], &sample, param, 1, NULL, &fitted, &err), RML_ESETTING);
        assert_non_null(strstr(err.text, "instead of"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_scikit_learns),
        cmocka_unit_test(models_take_them_as_row_weights),
        cmocka_unit_test(classes_are_three_or_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
