/* The choice of lambda against cv.glmnet of glmnet 4.1-6, and what must hold for any folds. */
#include "kernels/models/elastic_net_cv.h"
#include "tests/support/reference.h"

static void check_cv(const cJSON *expected, const rml_elastic_net_cv *cv, const char *name)
{
    int32_t n;
    double *lambda = rml_json_numbers(rml_json(expected, "lambda"), &n);
    double *mean = rml_json_numbers(rml_json(expected, "cvm"), &n);
    double *deviation = rml_json_numbers(rml_json(expected, "cvsd"), &n);
    double *df = rml_json_numbers(rml_json(expected, "nzero"), &n);

    assert_int_equal(cv->fit.n_lambda, n);
    for (int32_t k = 0; k < n; ++k) {
        assert_close(cv->fit.lambda[k], lambda[k], 1e-10, 0, name);
        assert_close(cv->mean[k], mean[k], 1e-5, 0, name);
        assert_close(cv->deviation[k], deviation[k], 1e-5, 0, name);
        if (k > 0) assert_int_equal(cv->fit.n_nonzero[k], df[k]); /* at the first lambda it hangs on the last digit */
    }
    assert_close(cv->lambda_min, rml_json_number(rml_json(expected, "lambda_min")), 1e-10, 0, name);
    assert_close(cv->lambda_1se, rml_json_number(rml_json(expected, "lambda_1se")), 1e-10, 0, name);
    assert_true(cv->lambda_min == cv->fit.lambda[cv->at_min] && cv->lambda_1se == cv->fit.lambda[cv->at_1se]);
    free(lambda);
    free(mean);
    free(deviation);
    free(df);
}

/* 1e-5 is the cases' tolerance. "own": a path for every fold; "user": the whole table's path for all. */
static void choices_are_those_of_cv_glmnet(void **state)
{
    static const struct {
        const char *name, *outcome;
        double alpha, ratio;
    } cases[] = {{"glmnet/Pima_lasso", "type", 1.0, 1e-4},
                 {"glmnet/c150x40_gaussian_age", "age", 1.0, 1e-4},
                 {"glmnet/c80x400_lasso", "y", 1.0, 0.05},
                 {"glmnet/c80x400_ridge", "y", 0.0, 0.05},
                 {"glmnet/c80x400_enet05_allcols", "y", 0.5, 0.05}};
    static const struct {
        const char *name;
        rml_elastic_net_measure measure;
    } measures[] = {{"deviance", RML_NET_DEVIANCE},
                    {"class", RML_NET_CLASS},
                    {"auc", RML_NET_AUC},
                    {"mse", RML_NET_MSE},
                    {"mae", RML_NET_MAE}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
        rml_elastic_net_settings settings = rml_elastic_net_defaults();
        rml_reference reference;
        rml_columns columns;
        double *numbers, *lambda, *folds;
        int32_t n, n_lambda, n_folds = 0, n_done = 0, fold[1000];
        uint8_t binary[1000];
        const cJSON *cv;

        rml_reference_open(cases[c].name, &reference);
        columns = (rml_columns){.n_rows = reference.input.n_rows, .stride = reference.input.n_rows};
        columns.x = rml_table_matrix(&reference.input, rml_json(reference.result, "columns"), &columns.n_columns);
        numbers = rml_table_numbers(&reference.input, cases[c].outcome);
        folds = rml_json_numbers(rml_json(reference.result, "foldid"), &n);
        lambda = rml_json_numbers(rml_json(reference.result, "lambda"), &n_lambda);
        assert_true(n <= 1000 && n == columns.n_rows);
        for (int32_t i = 0; i < n; ++i) {
            fold[i] = (int32_t)folds[i] - 1;
            n_folds = fold[i] + 1 > n_folds ? fold[i] + 1 : n_folds;
            binary[i] = numbers[i] == 1.0;
        }
        settings.alpha = cases[c].alpha;
        cv = rml_json(reference.result, "cv");
        for (size_t m = 0; m < sizeof measures / sizeof measures[0]; ++m)
            for (int user = 0; user < 2; ++user) {
                const bool is_number = strcmp(cases[c].outcome, "age") == 0;
                const rml_elastic_net_outcome y = {.binary = is_number ? NULL : binary,
                                                   .number = is_number ? numbers : NULL};
                rml_elastic_net_cv chosen;
                char name[64];

                (void)snprintf(name, sizeof name, "%s_%s", measures[m].name, user ? "user" : "own");
                if (!cJSON_HasObjectItem(cv, name)) continue;
                settings.lambda = user ? lambda : NULL;
                settings.n_lambda = user ? n_lambda : 100;
                settings.lambda_min_ratio = user ? 0.0 : cases[c].ratio;
                assert_int_equal(
                    rml_elastic_net_cv_fit(&columns, y, NULL, fold, n_folds, measures[m].measure, &settings, &chosen),
                    RML_OK);
                check_cv(rml_json(cv, name), &chosen, name);
                rml_elastic_net_cv_free(&chosen);
                ++n_done;
            }
        assert_int_equal(n_done, cJSON_GetArraySize(cv));
        free(numbers);
        free(folds);
        free(lambda);
        free((void *)(uintptr_t)columns.x);
        rml_reference_close(&reference);
    }
}

#define N 48
#define P 5

static double x_made[P * N], number_made[N];
static uint8_t y_made[N];
static int32_t fold_made[N];

static void make_data(uint64_t seed)
{
    for (int c = 0; c < P * N; ++c) x_made[c] = rml_test_uniform(&seed);
    for (int i = 0; i < N; ++i) {
        number_made[i] = 3.0 * x_made[i] - x_made[N + i] + rml_test_uniform(&seed);
        y_made[i] = number_made[i] > 1.3;
        fold_made[i] = i % 4;
    }
}

/* By hand from the folds' fits: what the mean and its deviation are means of. A fold of double weight counts double. */
static void means_are_those_of_the_folds(void **state)
{
    static double training[P * N];
    const rml_columns columns = {N, N, P, x_made};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    double lambda[2] = {0.3, 0.05}, error[4], weight[N], mean, square = 0.0, y[N], eta[N];
    rml_elastic_net_cv cv;
    (void)state;
    make_data(8);
    settings.lambda = lambda;
    settings.n_lambda = 2;
    for (int i = 0; i < N; ++i) weight[i] = fold_made[i] == 2 ? 2.0 : 1.0;
    assert_int_equal(rml_elastic_net_cv_fit(&columns, (rml_elastic_net_outcome){.number = number_made}, weight,
                                            fold_made, 4, RML_NET_MSE, &settings, &cv),
                     RML_OK);
    for (int f = 0; f < 4; ++f) {
        rml_columns rest = {0, N, P, training};
        double w[N];
        rml_elastic_net fit;

        for (int i = 0; i < N; ++i) {
            if (fold_made[i] == f) continue;
            for (int j = 0; j < P; ++j) training[j * N + rest.n_rows] = x_made[j * N + i];
            w[rest.n_rows] = weight[i];
            y[rest.n_rows++] = number_made[i];
        }
        assert_int_equal(rml_elastic_net_fit(&rest, (rml_elastic_net_outcome){.number = y}, w, &settings, &fit),
                         RML_OK);
        assert_int_equal(rml_elastic_net_predict(&fit, 0.05, &columns, eta), RML_OK);
        error[f] = 0.0;
        for (int i = f; i < N; i += 4) error[f] += (number_made[i] - eta[i]) * (number_made[i] - eta[i]) / (N / 4.0);
        rml_elastic_net_free(&fit);
    }
    mean = (error[0] + error[1] + 2.0 * error[2] + error[3]) / 5.0;
    for (int f = 0; f < 4; ++f) square += (f == 2 ? 2.0 : 1.0) / 5.0 * (error[f] - mean) * (error[f] - mean);
    assert_close(cv.mean[1], mean, 1e-12, 0, "mean");
    assert_close(cv.deviation[1], sqrt(square / 3.0), 1e-12, 0, "deviation");
    rml_elastic_net_cv_free(&cv);
}

/* Numbers of folds change nothing but the order of sums. */
static void folds_may_be_renumbered(void **state)
{
    const rml_columns columns = {N, N, P, x_made};
    const rml_elastic_net_settings settings = rml_elastic_net_defaults();
    int32_t other[N];
    rml_elastic_net_cv a, b;
    (void)state;
    make_data(21);
    for (int i = 0; i < N; ++i) other[i] = (fold_made[i] + 3) % 4;
    for (int m = RML_NET_DEVIANCE; m <= RML_NET_MAE; ++m) {
        const rml_elastic_net_outcome y = {.binary = y_made};

        assert_int_equal(
            rml_elastic_net_cv_fit(&columns, y, NULL, fold_made, 4, (rml_elastic_net_measure)m, &settings, &a), RML_OK);
        assert_int_equal(rml_elastic_net_cv_fit(&columns, y, NULL, other, 4, (rml_elastic_net_measure)m, &settings, &b),
                         RML_OK);
        for (int32_t k = 0; k < a.fit.n_lambda; ++k) {
            assert_close(a.mean[k], b.mean[k], 1e-12, 0, "mean");
            assert_close(a.deviation[k], b.deviation[k], 1e-10, 1e-14, "deviation");
        }
        assert_true(a.lambda_min <= a.lambda_1se);
        rml_elastic_net_cv_free(&a);
        rml_elastic_net_cv_free(&b);
    }
}

/* A fold with one class has no AUC: the mean is that of the others. */
static void a_fold_of_one_class_is_left_out(void **state)
{
    const rml_columns columns = {N, N, P, x_made};
    const rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net_cv cv;
    (void)state;
    make_data(4);
    for (int i = 0; i < N; ++i) y_made[i] = fold_made[i] == 1 ? 0 : i % 8 < 4;
    assert_int_equal(rml_elastic_net_cv_fit(&columns, (rml_elastic_net_outcome){.binary = y_made}, NULL, fold_made, 4,
                                            RML_NET_AUC, &settings, &cv),
                     RML_OK);
    for (int32_t k = 0; k < cv.fit.n_lambda; ++k) assert_true(cv.mean[k] >= 0.0 && cv.mean[k] <= 1.0); /* not NaN */
    assert_true(isfinite(cv.lambda_min) && isfinite(cv.deviation[0]));
    rml_elastic_net_cv_free(&cv);
}

static void what_cannot_be_done_is_refused(void **state)
{
    const rml_columns columns = {N, N, P, x_made};
    const rml_elastic_net_settings settings = rml_elastic_net_defaults();
    const rml_elastic_net_outcome y = {.binary = y_made}, number = {.number = number_made};
    rml_elastic_net_cv cv;
    (void)state;
    make_data(4);
    assert_int_equal(rml_elastic_net_cv_fit(&columns, number, NULL, fold_made, 4, RML_NET_AUC, &settings, &cv),
                     RML_EINVAL);
    assert_int_equal(rml_elastic_net_cv_fit(&columns, y, NULL, fold_made, 3, RML_NET_AUC, &settings, &cv), RML_EINVAL);
    assert_int_equal(rml_elastic_net_cv_fit(&columns, y, NULL, fold_made, 5, RML_NET_AUC, &settings, &cv), RML_EINVAL);
    for (int i = 0; i < N; ++i) y_made[i] = fold_made[i] == 1; /* without fold 1 there is one class */
    assert_int_equal(rml_elastic_net_cv_fit(&columns, y, NULL, fold_made, 4, RML_NET_DEVIANCE, &settings, &cv),
                     RML_EEMPTY);
    x_made[3] = NAN;
    assert_int_equal(rml_elastic_net_cv_fit(&columns, y, NULL, fold_made, 4, RML_NET_DEVIANCE, &settings, &cv),
                     RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_are_those_of_cv_glmnet), cmocka_unit_test(means_are_those_of_the_folds),
        cmocka_unit_test(folds_may_be_renumbered),        cmocka_unit_test(a_fold_of_one_class_is_left_out),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
