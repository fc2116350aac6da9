/* Sorted survival times: the order worked out by hand, ties that rounding tore apart, what is refused. */
#include "kernels/survival/surv_data.h"
#include "tests/support/support.h"

/* By hand: time (+ censored) 3 5 5+ 2+ 5 8+ in one stratum, downwards 8+ | 5+ 5 5 | 3 | 2+. */
static void the_order_is_that_worked_by_hand(void **state)
{
    static const double time[6] = {3, 5, 5, 2, 5, 8};
    static const uint8_t event[6] = {1, 1, 0, 0, 1, 0};
    static const int64_t row[6] = {5, 2, 1, 4, 0, 3};
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 6, &surv), RML_OK);
    assert_memory_equal(surv.row, row, sizeof row);
    assert_int_equal(surv.n_events, 3);
    assert_int_equal(surv.n_moments, 2);
    assert_int_equal(surv.n_strata, 1);
    assert_true(surv.moment[0].time == 5.0 && surv.moment[0].start == 0 && surv.moment[0].first_event == 2 &&
                surv.moment[0].end == 4);
    assert_true(surv.moment[1].time == 3.0 && surv.moment[1].start == 4 && surv.moment[1].first_event == 4 &&
                surv.moment[1].end == 5);
    rml_surv_free(&surv);
}

static void strata_stand_apart(void **state)
{
    static const double time[5] = {1, 2, 1, 4, 2};
    static const uint8_t event[5] = {1, 1, 0, 1, 1};
    static const int32_t stratum[5] = {7, -1, 7, 7, -1};
    static const int64_t row[5] = {1, 4, 3, 2, 0};
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, stratum, 5, &surv), RML_OK);
    assert_memory_equal(surv.row, row, sizeof row);
    assert_int_equal(surv.n_strata, 2);
    assert_int_equal(surv.stratum_label[0], -1);
    assert_int_equal(surv.stratum_label[1], 7);
    assert_int_equal(surv.stratum_first[1], 2);
    assert_int_equal(surv.n_moments, 3);
    assert_int_equal(surv.moment[0].end - surv.moment[0].first_event, 2);
    assert_int_equal(surv.moment[1].first, 2);
    assert_int_equal(surv.moment[2].first, 2);
    assert_int_equal(surv.moment[2].start, 3);
    rml_surv_free(&surv);
}

/* 0.1 + 0.2 is not 0.3, but a tie of days that were divided; 1e-6 apart is none. */
static void rounding_tears_no_ties_apart(void **state)
{
    static const double time[4] = {0.1 + 0.2, 0.3, 0.300001, 1.0};
    static const uint8_t event[4] = {1, 1, 1, 1};
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 4, &surv), RML_OK);
    assert_int_equal(surv.n_moments, 3);
    assert_int_equal(surv.moment[2].end - surv.moment[2].first_event, 2);
    assert_true(surv.moment[2].time == 0.3);
    rml_surv_free(&surv);
}

static void what_is_no_time_is_refused(void **state)
{
    static const double bad[3] = {-1.0, NAN, INFINITY};
    static const uint8_t event[2] = {1, 1}, wrong[2] = {1, 2};
    double time[2] = {1.0, 2.0};
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(time, event, NULL, 0, &surv), RML_EEMPTY);
    assert_int_equal(rml_surv_init(time, wrong, NULL, 2, &surv), RML_EVALUE);
    for (int k = 0; k < 3; ++k) {
        time[1] = bad[k];
        assert_int_equal(rml_surv_init(time, event, NULL, 2, &surv), RML_EVALUE);
        assert_null(surv.memory);
    }
    rml_surv_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_that_worked_by_hand), cmocka_unit_test(strata_stand_apart),
        cmocka_unit_test(rounding_tears_no_ties_apart), cmocka_unit_test(what_is_no_time_is_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
