/* Net reclassification and integrated discrimination under censoring. Oracle: their formulas worked out in R on 80
 * patients (tests/oracle/survival_bootstrap.R), of which nricens's Kaplan-Meier form and survIDINRI's weights give the
 * same; sums by hand without censoring; and what must hold of any rows. */
#include "kernels/survival/reclassify.h"
#include "tests/oracle/survival_bootstrap.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

static void check_parts(const char *name, const rml_improvement *found, const double expected[2])
{
    assert_close(found->events, expected[0], 1e-12, 0, name);
    assert_close(found->non_events, expected[1], 1e-12, 0, name);
    assert_close(found->total, expected[0] + expected[1], 1e-12, 0, name);
}

static void values_are_the_formulas(void **state)
{
    const double cut[2] = {0.5, 0.7};
    rml_improvement found;
    (void)state;
    rml_measured_case("reclassification/net", "Pencina 2011 by survfit (survival 3.5-3)");
    assert_int_equal(
        rml_reclassify(oracle_time, oracle_event, oracle_first, oracle_second, ORACLE_ROWS, 365.0, NULL, 0, &found),
        RML_OK);
    check_parts("NRI(>0)", &found, oracle_nri_any);
    assert_int_equal(
        rml_reclassify(oracle_time, oracle_event, oracle_first, oracle_second, ORACLE_ROWS, 365.0, cut, 2, &found),
        RML_OK);
    check_parts("NRI of categories", &found, oracle_nri_category);
    rml_measured_case("reclassification/integrated discrimination", "Uno 2013 by survfit (survival 3.5-3)");
    assert_int_equal(
        rml_discriminate_better(oracle_time, oracle_event, oracle_first, oracle_second, ORACLE_ROWS, 365.0, &found),
        RML_OK);
    check_parts("IDI", &found, oracle_idi);
    rml_measured_case(NULL, NULL);
}

/* Nobody censored: of 3 with the event by 5 two rise and one falls, of 5 without it one rises and three fall. */
static void counts_without_censoring(void **state)
{
    const double time[8] = {1, 2, 5, 6, 7, 8, 9, 9}, first[8] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    const double second[8] = {0.6, 0.4, 0.2, 0.5, 0.1, 0.2, 0.29, 0.3}, cut[1] = {0.5};
    const uint8_t event[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    rml_improvement found;
    (void)state;
    assert_int_equal(rml_reclassify(time, event, first, second, 8, 5.0, NULL, 0, &found), RML_OK);
    assert_close(found.events, 1.0 / 3.0, 1e-14, 0, "events");
    assert_close(found.non_events, 2.0 / 5.0, 1e-14, 0, "non-events");
    assert_int_equal(rml_reclassify(time, event, first, second, 8, 5.0, cut, 1, &found), RML_OK);
    assert_close(found.events, 1.0 / 3.0, 1e-14, 0, "one rises above 0.5");
    assert_close(found.non_events, -1.0 / 5.0, 1e-14, 0, "at a cut is above it");
    assert_int_equal(rml_discriminate_better(time, event, first, second, 8, 5.0, &found), RML_OK);
    assert_close(found.events, (0.3 + 0.1 - 0.1) / 3.0, 1e-14, 0, "mean rise");
    assert_close(found.non_events, -(0.2 - 0.2 - 0.1 - 0.01) / 5.0, 1e-14, 0, "mean fall");
}

static void one_model_against_itself_is_nothing(void **state)
{
    double nearly[ORACLE_ROWS], constant[ORACLE_ROWS];
    const double cut[1] = {oracle_first[7]};
    rml_improvement found, back;
    (void)state;
    for (int i = 0; i < ORACLE_ROWS; ++i) {
        nearly[i] = oracle_first[i] * (1.0 + (i % 2 ? 2e-16 : -2e-16)); /* rounding, also across a cut */
        constant[i] = 0.4;
    }
    for (int n_cuts = 0; n_cuts < 2; ++n_cuts) {
        assert_int_equal(
            rml_reclassify(oracle_time, oracle_event, oracle_first, nearly, ORACLE_ROWS, 365.0, cut, n_cuts, &found),
            RML_OK);
        assert_true(found.total == 0.0 && found.events == 0.0 && found.non_events == 0.0);
    }
    assert_int_equal(rml_discriminate_better(oracle_time, oracle_event, constant, constant, ORACLE_ROWS, 365.0, &found),
                     RML_OK);
    assert_true(found.total == 0.0 && found.events == 0.0 && found.non_events == 0.0);
    /* the other way round it is the opposite */
    assert_int_equal(
        rml_reclassify(oracle_time, oracle_event, oracle_first, oracle_second, ORACLE_ROWS, 365.0, NULL, 0, &found),
        RML_OK);
    assert_int_equal(
        rml_reclassify(oracle_time, oracle_event, oracle_second, oracle_first, ORACLE_ROWS, 365.0, NULL, 0, &back),
        RML_OK);
    assert_close(back.events, -found.events, 1e-14, 0, "events, back");
    assert_close(back.non_events, -found.non_events, 1e-14, 0, "non-events, back");
}

static void what_is_not_defined_is_nan(void **state)
{
    const double time[6] = {2, 3, 4, 5, 6, 7}, first[6] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    const double second[6] = {0.2, 0.1, 0.4, 0.3, 0.6, 0.5}, wrong[6] = {0.2, 0.1, 1.4, 0.3, 0.6, 0.5};
    const double falling[2] = {0.5, 0.4};
    const uint8_t none[6] = {0}, late[6] = {0, 0, 0, 0, 1, 1}, all[6] = {1, 1, 1, 1, 1, 1}, few[6] = {1, 1, 0, 0, 0, 0};
    rml_improvement found;
    (void)state;
    assert_int_equal(rml_reclassify(time, none, first, second, 6, 3.5, NULL, 0, &found), RML_EEMPTY); /* all censored */
    assert_true(isnan(found.events) && isnan(found.total) && found.non_events == 0.0);
    assert_int_equal(rml_discriminate_better(time, none, first, second, 6, 3.5, &found), RML_EEMPTY);
    assert_true(isnan(found.events) && isnan(found.total) && !isnan(found.non_events));
    assert_int_equal(rml_reclassify(time, late, first, second, 6, 3.5, NULL, 0, &found), RML_EEMPTY); /* none by then */
    assert_true(isnan(found.events) && isnan(found.total));
    assert_int_equal(rml_reclassify(time, all, first, second, 6, 8.0, NULL, 0, &found), RML_EEMPTY); /* all by then */
    assert_true(isnan(found.non_events) && isnan(found.total) && found.events == 0.0);
    assert_int_equal(rml_discriminate_better(time, all, first, second, 6, 8.0, &found), RML_EEMPTY);
    assert_true(isnan(found.non_events) && isnan(found.total));
    assert_int_equal(rml_reclassify(time, few, first, second, 6, 9.0, NULL, 0, &found), RML_EEMPTY); /* not so long */
    assert_true(isnan(found.events) && isnan(found.non_events));
    assert_int_equal(rml_reclassify(time, all, first, wrong, 6, 3.5, NULL, 0, &found), RML_EVALUE);
    assert_true(isnan(found.total));
    assert_int_equal(rml_discriminate_better(time, all, first, wrong, 6, 3.5, &found), RML_EVALUE);
    assert_int_equal(rml_reclassify(time, all, first, second, 6, 0.0, NULL, 0, &found), RML_EINVAL);
    assert_int_equal(rml_reclassify(time, all, first, second, 6, 3.5, falling, 2, &found), RML_EINVAL);
    assert_int_equal(rml_reclassify(time, all, first, second, 0, 3.5, NULL, 0, &found), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_formulas), cmocka_unit_test(counts_without_censoring),
        cmocka_unit_test(one_model_against_itself_is_nothing), cmocka_unit_test(what_is_not_defined_is_nan)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
