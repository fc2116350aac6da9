/* A Cox model's optimism by the bootstrap. Oracle: its definition worked out by coxph, survfit and concordance on the
 * same draws, and rms::validate and calibrate on them (tests/oracle/survival_bootstrap.R), whose fits stop early: to
 * 1e-5. */
#include "kernels/survival/cox_optimism.h"
#include "tests/oracle/survival_bootstrap.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

static const rml_columns columns = {ORACLE_ROWS, ORACLE_ROWS, ORACLE_TERMS, oracle_x};

static rml_optimism_ask ask_all(void)
{
    return (rml_optimism_ask){oracle_at, ORACLE_TIMES, ORACLE_PARTS, oracle_cut, oracle_draw, ORACLE_DRAWS};
}

static void optimism_is_that_of_coxph_and_rms(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    const rml_optimism_ask ask = ask_all();
    rml_optimism_part part[ORACLE_TIMES * ORACLE_PARTS];
    rml_optimism found = {.part = part};
    (void)state;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_OK);
    assert_int_equal(found.n_fitted, ORACLE_DRAWS);
    rml_measured_case("optimism/definition", "coxph, concordance, survfit (survival 3.5-3)");
    assert_close(found.c, oracle_c[0], 1e-12, 0, "C");
    assert_close(found.c_optimism, oracle_c[1], 1e-8, 0, "optimism of C");
    for (int k = 0; k < ORACLE_TIMES * ORACLE_PARTS; ++k) {
        assert_close(part[k].predicted, oracle_predicted[k], 1e-8, 0, "predicted");
        assert_close(part[k].observed, oracle_observed[k], 1e-12, 0, "observed");
        assert_close(part[k].optimism, oracle_optimism[k], 1e-8, 0, "optimism of calibration");
        assert_int_equal(part[k].n_draws, oracle_counted[k]);
    }
    rml_measured_case("optimism/rms", "validate, calibrate (rms 6.5-0)");
    assert_close(found.c_optimism, oracle_c_rms[1], 1e-12, 0, "optimism of C");
    for (int k = 0; k < ORACLE_TIMES * ORACLE_PARTS; ++k)
        assert_close(part[k].optimism, oracle_optimism_rms[k], 0, 1e-5, "optimism of calibration");
    rml_measured_case(NULL, NULL);
}

/* A draw of every row once is the rows: no optimism. One without an event has no fit and does not count. */
static void odd_draws(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    int32_t draw[2 * ORACLE_ROWS], censored = 0;
    rml_optimism_ask ask = ask_all();
    rml_optimism_part part[ORACLE_TIMES * ORACLE_PARTS];
    rml_optimism found = {.part = part};
    (void)state;
    while (oracle_event[censored]) ++censored;
    for (int32_t i = 0; i < ORACLE_ROWS; ++i) {
        draw[i] = (i + 17) % ORACLE_ROWS;
        draw[ORACLE_ROWS + i] = censored;
    }
    ask.draw = draw;
    ask.n_draws = 2;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_OK);
    assert_int_equal(found.n_fitted, 1);
    assert_close(found.c_optimism, 0.0, 0, 1e-12, "optimism of C");
    for (int k = 0; k < ORACLE_TIMES * ORACLE_PARTS; ++k) {
        assert_int_equal(part[k].n_draws, 1);
        assert_close(part[k].optimism, 0.0, 0, 1e-12, "optimism of calibration");
    }
    ask.draw = draw + ORACLE_ROWS;
    ask.n_draws = 1;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_OK);
    assert_true(found.n_fitted == 0 && isnan(found.c_optimism) && !isnan(found.c) && isnan(part[0].optimism));
    ask.n_draws = 0;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_OK);
    assert_true(found.n_fitted == 0 && isnan(found.c_optimism) && part[0].n > 0);
    draw[3] = ORACLE_ROWS;
    ask.draw = draw;
    ask.n_draws = 1;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_EINVAL);
}

static void odd_rows(void **state)
{
    const rml_cox_settings settings = rml_cox_defaults();
    const uint8_t none[ORACLE_ROWS] = {0};
    double constant[ORACLE_TERMS * ORACLE_ROWS], at[2] = {180.0, 0.0}, late[1] = {5000.0};
    const rml_columns no_terms = {ORACLE_ROWS, ORACLE_ROWS, 1, constant};
    rml_optimism_ask ask = ask_all();
    rml_optimism_part part[ORACLE_TIMES * ORACLE_PARTS];
    rml_optimism found = {.part = part};
    (void)state;
    for (int i = 0; i < ORACLE_TERMS * ORACLE_ROWS; ++i) constant[i] = 1.0;
    assert_int_equal(rml_cox_optimism(oracle_time, none, &columns, &settings, &ask, &found), RML_EEMPTY);
    assert_true(isnan(found.c) && isnan(part[0].predicted));
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &no_terms, &settings, &ask, &found), RML_EEMPTY);
    for (int i = 0; i < ORACLE_ROWS; ++i) constant[i] = -oracle_time[i]; /* it tells the order: no finite ratio */
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &no_terms, &settings, &ask, &found), RML_EEMPTY);
    assert_true(isnan(found.c) && found.n_fitted == 0);
    ask.at = late; /* nobody is followed so long: C alone is told */
    ask.n_at = 1;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_OK);
    assert_close(found.c_optimism, oracle_c[1], 1e-8, 0, "optimism of C");
    ask.n_at = 2;
    ask.at = at;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &columns, &settings, &ask, &found), RML_EINVAL);
    constant[5] = NAN;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &no_terms, &settings, &ask, &found), RML_EINVAL);
    ask.n_at = 1;
    assert_int_equal(rml_cox_optimism(oracle_time, oracle_event, &no_terms, &settings, &ask, &found), RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(optimism_is_that_of_coxph_and_rms), cmocka_unit_test(odd_draws),
                                       cmocka_unit_test(odd_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
