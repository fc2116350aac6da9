/* LASSO-Cox and elastic net Cox of made rows: the optimality conditions by a likelihood written out anew, what must
 * hold for any rows, and what is refused. */
#include "kernels/models/elastic_net.h"
#include "kernels/models/elastic_net_cv.h"
#include "tests/support/support.h"

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
        cmocka_unit_test(solutions_meet_their_conditions),
        cmocka_unit_test(near_sums_meet_their_conditions),
        cmocka_unit_test(many_columns_meet_their_conditions),
        cmocka_unit_test(the_same_data_give_the_same_model),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(a_monotone_likelihood_is_held_by_the_penalty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
