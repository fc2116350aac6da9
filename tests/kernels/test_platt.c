/* Platt scaling against scikit-learn 1.7.2 and the exact minimum (tests/oracle/platt.py), and what must hold. */
#include "kernels/models/platt.h"
#include "tests/oracle/platt.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

#define N 60
#define N_CASES (sizeof oracle / sizeof oracle[0])

static rml_status fit_case(size_t c, rml_platt *fit)
{
    uint8_t y[N];

    for (int i = 0; i < N; ++i) y[i] = (uint8_t)oracle[c].y[i];
    return rml_platt_fit(oracle[c].decision, y, oracle[c].weight[0] > 0.0 ? oracle[c].weight : NULL, N, fit);
}

/* 1e-10: MINPACK's root is good to some 1e-12; scikit-learn stops at a gradient of 1e-6. */
static void parameters_are_the_minimum(void **state)
{
    (void)state;
    rml_measured_case("platt", "CalibratedClassifierCV's sigmoid (scikit-learn 1.7.2) and the exact minimum");
    for (size_t c = 0; c < N_CASES; ++c) {
        rml_platt fit;

        assert_int_equal(fit_case(c, &fit), RML_OK);
        assert_close(fit.a, oracle[c].exact[0], 1e-10, 0, oracle[c].name);
        assert_close(fit.b, oracle[c].exact[1], 1e-10, 0, oracle[c].name);
        assert_close(fit.a, oracle[c].sklearn[0], 2e-6, 0, oracle[c].name);
        assert_close(fit.b, oracle[c].sklearn[1], 2e-6, 0, oracle[c].name);
    }
    rml_measured_case(NULL, NULL);
}

static void values_may_be_scaled_and_shifted(void **state)
{
    static const double scales[] = {1e-9, 3.0, 1e12};
    uint8_t y[N];
    double moved[N], p[N], p_moved[N];
    rml_platt fit, other;
    (void)state;
    assert_int_equal(fit_case(0, &fit), RML_OK);
    rml_platt_predict(&fit, oracle[0].decision, N, p);
    for (size_t s = 0; s < 3; ++s) {
        for (int i = 0; i < N; ++i) {
            moved[i] = -scales[s] * (oracle[0].decision[i] - 0.25);
            y[i] = (uint8_t)oracle[0].y[i];
        }
        assert_int_equal(rml_platt_fit(moved, y, NULL, N, &other), RML_OK);
        assert_close(other.a, -fit.a / scales[s], 1e-9, 0, "a");
        rml_platt_predict(&other, moved, N, p_moved);
        for (int i = 0; i < N; ++i) assert_close(p_moved[i], p[i], 1e-9, 0, "probability");
    }
}

/* Sum of probabilities is the sum of targets (the gradient in b); a far value stays within [0, 1]. */
static void probabilities_keep_the_targets_sum(void **state)
{
    static const double far[3] = {-1e308, 1e308, NAN};
    double p[N], sum = 0.0, expected = 0.0, n1 = 0.0;
    rml_platt fit;
    (void)state;
    assert_int_equal(fit_case(0, &fit), RML_OK);
    rml_platt_predict(&fit, oracle[0].decision, N, p);
    for (int i = 0; i < N; ++i) n1 += oracle[0].y[i];
    for (int i = 0; i < N; ++i) {
        sum += p[i];
        expected += oracle[0].y[i] ? (n1 + 1.0) / (n1 + 2.0) : 1.0 / (N - n1 + 2.0);
    }
    assert_close(sum, expected, 1e-12, 0, "sum");
    rml_platt_predict(&fit, far, 3, p);
    assert_close(p[0], 0.0, 0, 0, "far below");
    assert_close(p[1], 1.0, 0, 0, "far above");
    assert_true(isnan(p[2]));
}

/* One class: the constant target, (8 + 1) / (8 + 2). */
static void edges_are_as_declared(void **state)
{
    static const double f[8] = {1, 2, 3, 4, 5, 6, 7, 8}, flat[8] = {2, 2, 2, 2, 2, 2, 2, 2};
    static const double bad[8] = {1, 2, NAN, 4, 5, 6, 7, 8}, none[8] = {0}, negative[8] = {1, 1, -1};
    static const uint8_t ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, two[8] = {2};
    double p[8];
    rml_platt fit;
    (void)state;
    assert_int_equal(rml_platt_fit(f, ones, NULL, 8, &fit), RML_OK);
    rml_platt_predict(&fit, f, 8, p);
    for (int i = 0; i < 8; ++i) assert_close(p[i], 0.9, 1e-9, 0, "one class");
    assert_int_equal(rml_platt_fit(flat, ones, NULL, 8, &fit), RML_EEMPTY);
    assert_true(isnan(fit.a) && isnan(fit.b));
    assert_int_equal(rml_platt_fit(f, ones, none, 8, &fit), RML_EEMPTY);
    assert_int_equal(rml_platt_fit(f, ones, NULL, 0, &fit), RML_EEMPTY);
    assert_int_equal(rml_platt_fit(f, ones, negative, 8, &fit), RML_EINVAL);
    assert_int_equal(rml_platt_fit(bad, ones, NULL, 8, &fit), RML_EVALUE);
    assert_int_equal(rml_platt_fit(f, two, NULL, 8, &fit), RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_the_minimum),
        cmocka_unit_test(values_may_be_scaled_and_shifted),
        cmocka_unit_test(probabilities_keep_the_targets_sum),
        cmocka_unit_test(edges_are_as_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
