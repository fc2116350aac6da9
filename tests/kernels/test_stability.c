/* Stability. Oracle: tests/oracle/scores.py (the paper's formula in numpy); its limits. */
#include "kernels/stats/stability.h"
#include "tests/oracle/scores.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

static void check(const uint8_t *chosen, int32_t n_runs, double level, const double expected[5])
{
    rml_stability result;

    assert_int_equal(rml_stability_nogueira(chosen, n_runs, 30, level, &result), RML_OK);
    assert_close(result.stability, expected[0], 1e-13, 0, "stability");
    assert_close(result.variance, expected[1], 1e-12, 0, "variance");
    assert_close(result.low, expected[2], 1e-12, 0, "low");
    assert_close(result.high, expected[3], 1e-12, 0, "high");
    assert_close(result.mean_selected, expected[4], 1e-14, 0, "features a run");
}

static void the_formula_matches_numpy(void **state)
{
    (void)state;
    rml_measured_case("stability", "Nogueira, Sechidis & Brown's formula (numpy 2.4.6)");
    check(stability_chosen, 12, 0.95, stability_expected);
    check(stability_chosen, 5, 0.9, stability_expected_90);
    rml_measured_case(NULL, NULL);
}

/* The paper's properties: 1 for equal sets whatever their size, its least value -1/(M-1) for halves that never meet,
 * and the order of runs and of features is of no account. */
static void limits_hold(void **state)
{
    uint8_t same[4 * 6], halves[2 * 6], turned[12 * 30];
    rml_stability result, other;
    (void)state;

    for (int i = 0; i < 24; ++i) same[i] = i % 6 < 2;
    assert_int_equal(rml_stability_nogueira(same, 4, 6, 0.95, &result), RML_OK);
    assert_close(result.stability, 1, 1e-15, 0, "equal sets");
    assert_close(result.variance, 0, 0, 1e-30, "equal sets");
    for (int i = 0; i < 12; ++i) halves[i] = i % 6 < 3 ? i < 6 : i >= 6;
    assert_int_equal(rml_stability_nogueira(halves, 2, 6, 0.95, &result), RML_OK);
    assert_close(result.stability, -1, 1e-15, 0, "two halves");
    for (int i = 0; i < 12; ++i)
        for (int f = 0; f < 30; ++f) turned[i * 30 + f] = stability_chosen[(11 - i) * 30 + (f + 7) % 30];
    assert_int_equal(rml_stability_nogueira(stability_chosen, 12, 30, 0.95, &result), RML_OK);
    assert_int_equal(rml_stability_nogueira(turned, 12, 30, 0.95, &other), RML_OK);
    assert_close(other.stability, result.stability, 1e-14, 0, "order");
    assert_close(other.variance, result.variance, 1e-13, 0, "order");
}

static void what_has_no_value_says_so(void **state)
{
    const uint8_t none[6] = {0}, all[6] = {1, 1, 1, 1, 1, 1};
    rml_stability result;
    (void)state;

    assert_int_equal(rml_stability_nogueira(none, 2, 3, 0.95, &result), RML_EEMPTY);
    assert_true(isnan(result.stability) && isnan(result.low) && result.mean_selected == 0.0);
    assert_int_equal(rml_stability_nogueira(all, 2, 3, 0.95, &result), RML_EEMPTY);
    assert_true(isnan(result.stability));
    assert_int_equal(rml_stability_nogueira(all, 1, 6, 0.95, &result), RML_EEMPTY);
    assert_int_equal(rml_stability_nogueira(all, 2, 3, 0, &result), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula_matches_numpy),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(what_has_no_value_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
