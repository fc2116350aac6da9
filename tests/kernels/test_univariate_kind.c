/* The step univariate: how k, max_p and adjust go together, against the tests and R's p.adjust as the kernels have them
 * (tests/kernels/test_univariate.c holds those against their oracles). */
#include "kernels/learn/kinds.h"
#include "kernels/select/univariate.h"
#include "tests/support/reference.h"
#include "tests/support/support.h"

enum { N = 40, P = 20 };

/* How many of the columns the step keeps; every one of them must have a p no higher than any other's. */
static int32_t n_kept(const rml_sample *sample, double k, double max_p, double adjust, const double *p)
{
    const rml_kind *kind = rml_kind_find("univariate", RML_ROLE_SELECT);
    double param[RML_KIND_PARAMS], worst = 0.0, best_left = 1.0;
    bool kept[P] = {false};
    int32_t n;
    rml_fitted fitted = {0};
    rml_error err = {0};

    rml_kind_defaults(kind, param);
    param[rml_kind_param(kind, "k")] = k;
    if (max_p > 0.0) param[rml_kind_param(kind, "max_p")] = max_p;
    param[rml_kind_param(kind, "adjust")] = adjust;
    assert_int_equal(kind->fit(sample, param, 1, NULL, &fitted, &err), RML_OK);
    for (int32_t c = 0; c < fitted.n_out; ++c) {
        kept[fitted.kept[c]] = true;
        worst = fmax(worst, p[fitted.kept[c]]);
    }
    for (int32_t j = 0; j < P; ++j)
        if (!kept[j]) best_left = fmin(best_left, p[j]);
    assert_true(worst <= best_left);
    n = fitted.n_out;
    rml_fitted_free(&fitted);
    return n;
}

static int32_t n_below(const double *p, double limit)
{
    int32_t n = 0;

    for (int32_t j = 0; j < P; ++j) n += p[j] < limit;
    return n;
}

static void number_and_limit_both_hold(void **state)
{
    double x[N * P], y[N], weight[N], score[P], p[P], adjusted[P];
    uint8_t positive[N];
    int32_t patient[N];
    uint64_t key[N], seed = 5;

    (void)state;
    for (int i = 0; i < N; ++i) {
        y[i] = positive[i] = i % 2;
        weight[i] = 1.0;
        patient[i] = i;
        key[i] = (uint64_t)i;
    }
    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i) x[j * N + i] = rml_test_uniform(&seed) + (j < 8 ? 0.06 * j * y[i] : 0.0);
    const rml_sample sample = {.n_rows = N,
                               .n_patients = N,
                               .x = {N, N, P, x},
                               .outcome = RML_OUTCOME_CLASS,
                               .n_classes = 2,
                               .y = y,
                               .weight = weight,
                               .patient = patient,
                               .key = key};
    assert_int_equal(rml_univariate_wilcoxon(&sample.x, positive, score, p), RML_OK);
    assert_int_equal(rml_univariate_adjust(p, P, adjusted), RML_OK);
    assert_true(n_below(adjusted, 0.05) >= 2 && n_below(p, 0.05) > n_below(adjusted, 0.05)); /* the cases differ */

    assert_int_equal(n_kept(&sample, 0, 0, 1, p), n_below(adjusted, 0.05)); /* the limit unless said */
    assert_int_equal(n_kept(&sample, 0, 0, 0, p), n_below(p, 0.05));
    assert_int_equal(n_kept(&sample, 0, 0.3, 1, p), n_below(adjusted, 0.3));
    assert_int_equal(n_kept(&sample, 10, 0, 1, p), 10); /* a number alone has no limit */
    assert_int_equal(n_kept(&sample, P + 5, 0, 1, p), P);
    assert_int_equal(n_kept(&sample, 10, 0.05, 1, p), n_below(adjusted, 0.05)); /* both: the limit takes off more */
    assert_int_equal(n_kept(&sample, 1, 0.05, 1, p), 1);                        /* both: the number does */
    assert_int_equal(n_kept(&sample, 10, 1e-9, 1, p), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(number_and_limit_both_hold)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
