/* Oracle: the rules at the top of engine/ledger.h, played through. */
#include "tests/support/support.h"

#include <time.h>

#include "engine/ledger.h"
#include "engine/names.h"

static rml_ledger ledger;
static int64_t offset = 16; /* of the last record */

static rml_key key_of(int i)
{
    return (rml_key){.high = (uint64_t)i, .low = 7};
}

static void tell(rml_record_kind kind, int i)
{
    const rml_key key = key_of(i);

    offset += 8;
    assert_int_equal(rml_ledger_apply(&ledger, kind, &key, kind == RML_RECORD_START ? 0 : 1, offset,
                                      kind == RML_RECORD_CRASHED ? 11 : 0),
                     RML_OK);
}

static rml_standing unit(int i)
{
    return rml_ledger_find(&ledger, key_of(i));
}

/* Records are missing behind the last one. */
static int64_t gap(bool results)
{
    offset += 8;
    return rml_ledger_gap(&ledger, results, offset);
}

static void begin(void)
{
    tell(RML_RECORD_START, 0);
}

static int fresh(void **state)
{
    (void)state;
    rml_ledger_free(&ledger);
    return 0;
}

static void two_crash_records_quarantine(void **state)
{
    (void)state;
    begin();
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_STARTED, 2);
    tell(RML_RECORD_CRASHED, 1);
    tell(RML_RECORD_CRASHED, 1); /* the same file, folded in twice: the program died in between */
    rml_ledger_settle(&ledger);
    assert_int_equal(unit(1).n_crashes, 1);
    assert_true(unit(1).suspect && !unit(1).quarantined);
    assert_false(unit(2).suspect); /* in flight, but another one did it */
    begin();
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_CRASHED, 1);
    begin();
    assert_true(unit(1).quarantined);
    assert_int_equal(unit(1).signal, 11);
    tell(RML_RECORD_FAILED, 1); /* refused by the farm: stays */
    assert_true(unit(1).quarantined && !unit(1).done && unit(1).offset != 0);
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_FAILED, 1); /* tried again, and it failed in an ordinary way */
    assert_false(unit(1).quarantined || unit(1).suspect);
    assert_int_equal(unit(1).n_crashes, 0);
}

static void three_lone_deaths_quarantine(void **state)
{
    (void)state;
    for (int death = 1; death <= 3; ++death) {
        begin();
        assert_int_equal(unit(1).quarantined, 0);
        if (death == 1) { /* others were done in the first of these runs, before it */
            tell(RML_RECORD_STARTED, 5);
            tell(RML_RECORD_DONE, 5);
        }
        tell(RML_RECORD_STARTED, 6);
        tell(RML_RECORD_FAILED, 6); /* fails again in every run: no progress after the first */
        tell(RML_RECORD_STARTED, 1);
    }
    rml_ledger_settle(&ledger);
    assert_true(unit(1).quarantined);
    assert_false(unit(5).suspect || unit(6).suspect);
}

/* What a run sets aside stays so in every later one, until it has an outcome on request; it is no death. */
static void set_aside_is_no_crash(void **state)
{
    const rml_key key = key_of(1);

    (void)state;
    begin();
    tell(RML_RECORD_STARTED, 1);
    begin();
    assert_true(unit(1).suspect && !unit(1).quarantined);
    assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_CRASHED, &key, 1, 16, 0), RML_OK);
    tell(RML_RECORD_FAILED, 1); /* the refusal */
    assert_true(unit(1).quarantined);
    assert_int_equal(unit(1).n_crashes, 0);
    assert_false(ledger.crashed);
    begin();
    assert_true(unit(1).quarantined);
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_DONE, 1);
    assert_false(unit(1).quarantined || unit(1).suspect);
}

static void progress_between_lone_deaths_acquits(void **state)
{
    (void)state;
    for (int death = 1; death <= 6; ++death) {
        begin();
        if (death % 2) {
            tell(RML_RECORD_STARTED, 10 + death);
            tell(RML_RECORD_DONE, 10 + death);
        }
        tell(RML_RECORD_STARTED, 1);
    }
    rml_ledger_settle(&ledger);
    assert_true(unit(1).suspect && !unit(1).quarantined);
    tell(RML_RECORD_DONE, 1);
    assert_false(unit(1).suspect);
}

static void orderly_ends_are_no_deaths(void **state)
{
    (void)state;
    for (int run = 0; run < 5; ++run) {
        begin();
        tell(RML_RECORD_STARTED, 1); /* stopped by SIGTERM while it ran */
        assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_CLOSED, NULL, 0, 0, 0), RML_OK);
        rml_ledger_settle(&ledger);
    }
    assert_false(unit(1).suspect || unit(1).quarantined);
}

static void fruitless_deaths_make_suspects(void **state)
{
    (void)state;
    for (int death = 1; death <= 2; ++death) { /* both times 1 and 2, the second time 3 as well */
        begin();
        assert_false(unit(1).suspect);
        tell(RML_RECORD_STARTED, 1);
        tell(RML_RECORD_STARTED, 2);
        if (death == 2) tell(RML_RECORD_STARTED, 3);
    }
    rml_ledger_settle(&ledger);
    assert_true(unit(1).suspect && unit(2).suspect && !unit(3).suspect && !unit(1).quarantined);
}

static void deaths_with_progress_make_none(void **state)
{
    (void)state;
    for (int death = 1; death <= 5; ++death) { /* a job that is killed every hour */
        begin();
        tell(RML_RECORD_STARTED, 1);
        tell(RML_RECORD_STARTED, 2);
        tell(RML_RECORD_STARTED, 10 + death);
        tell(RML_RECORD_DONE, 10 + death);
    }
    rml_ledger_settle(&ledger);
    assert_false(unit(1).suspect || unit(2).suspect);
}

static void recalled_tasks_count_once(void **state)
{
    (void)state;
    begin();
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_STARTED, 1); /* handed out, called back, handed out again */
    assert_int_equal(ledger.n_in_flight, 1);
    tell(RML_RECORD_STARTED, 2);
    tell(RML_RECORD_DONE, 1);
    tell(RML_RECORD_DONE, 2);
    assert_int_equal(ledger.n_in_flight, 0);
}

/* Starts in a row without anything new, whether the run died, was stopped in order, or failed again what had failed. */
static void barren_runs_are_counted(void **state)
{
    (void)state;
    begin();
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_STARTED, 2);
    tell(RML_RECORD_DONE, 2);
    rml_ledger_settle(&ledger);
    assert_int_equal(ledger.n_barren, 0);
    assert_true(unit(1).cut_short && !unit(2).cut_short);
    begin(); /* killed */
    tell(RML_RECORD_STARTED, 3);
    rml_ledger_settle(&ledger);
    assert_int_equal(ledger.n_barren, 1);
    assert_true(unit(3).cut_short && !unit(1).cut_short);
    begin(); /* stopped in order */
    tell(RML_RECORD_STARTED, 1);
    tell(RML_RECORD_CLOSED, 0);
    rml_ledger_settle(&ledger); /* opened again: the end counts once */
    assert_int_equal(ledger.n_barren, 2);
    assert_true(unit(1).cut_short && !unit(3).cut_short);
    begin();
    tell(RML_RECORD_STARTED, 4);
    tell(RML_RECORD_FAILED, 4); /* a first failure is news */
    tell(RML_RECORD_CLOSED, 0);
    assert_int_equal(ledger.n_barren, 0);
    begin();
    tell(RML_RECORD_STARTED, 4);
    tell(RML_RECORD_FAILED, 4); /* the second is not */
    tell(RML_RECORD_CLOSED, 0);
    assert_int_equal(ledger.n_barren, 1);
}

/* Three deaths with one task in flight quarantine it; where records are missing, who knows what was in flight. */
static void gaps_hold_nothing_against_anyone(void **state)
{
    (void)state;
    begin();
    tell(RML_RECORD_DONE, 7);
    for (int death = 1; death <= 5; ++death) {
        begin();
        tell(RML_RECORD_STARTED, 1);
        assert_int_equal(gap(false), 0);
    }
    rml_ledger_settle(&ledger);
    assert_false(unit(1).suspect || unit(1).quarantined);
    assert_int_equal(ledger.n_barren, 0); /* what they brought is not known */
    assert_true(unit(7).done);
    begin(); /* and what lay between two runs, neither */
    tell(RML_RECORD_CLOSED, 0);
    assert_int_equal(ledger.n_barren, 1);
    assert_int_equal(gap(false), 0);
    assert_int_equal(ledger.n_barren, 0);
    assert_int_equal(gap(true), 1);
    assert_false(unit(7).done);
    assert_int_equal(unit(7).offset, 0);
}

/* Two deaths with the same units in flight; but between them a death of others, an outcome, or a gap; or the first one
 * brought something new. */
static void deaths_must_follow_each_other(void **state)
{
    for (int between = 0; between < 5; ++between) {
        fresh(state);
        for (int death = 0; death < 2; ++death) {
            begin();
            tell(RML_RECORD_STARTED, 1);
            tell(RML_RECORD_STARTED, 2);
            if (death == 1) break;
            if (between == 4) tell(RML_RECORD_DONE, 5);
            begin();
            if (between == 1) { /* others died here: 1 and 2 were not among them */
                tell(RML_RECORD_STARTED, 3);
                tell(RML_RECORD_STARTED, 4);
            }
            if (between == 2) tell(RML_RECORD_DONE, 1);
            if (between == 3) gap(false);
        }
        rml_ledger_settle(&ledger);
        assert_int_equal(unit(1).suspect, between == 0);
        assert_int_equal(unit(2).suspect, between == 0 || between == 2);
    }
}

/* A record with the same key twice is one hand-out of one unit. */
static void a_unit_named_twice_flies_once(void **state)
{
    const rml_key twice[2] = {key_of(1), key_of(1)};
    (void)state;

    begin();
    assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_STARTED, twice, 2, 0, 0), RML_OK);
    assert_int_equal(ledger.n_in_flight, 1);
    tell(RML_RECORD_FAILED, 1);
    assert_int_equal(ledger.n_in_flight, 0);
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* What a record costs hangs on what it names, not on how many units there are: anyone may hand over a journal of many
 * units and many starts, and a machine that is switched off every hour writes one. All of it takes some hundredths of a
 * second; with a pass over all units for each start or gap it took a minute and more. */
static void many_units_and_many_runs(void **state)
{
    enum { UNITS = 160000, RUNS = 60000, GAPS = 20000, DEATHS = 20000 };
    const double before = cpu_seconds();
    (void)state;

    for (int i = 0; i < UNITS; ++i) tell(RML_RECORD_DONE, i);
    for (int run = 0; run < RUNS; ++run) begin();
    for (int run = 0; run < DEATHS; ++run) {
        begin();
        tell(RML_RECORD_STARTED, 2 * run);
        tell(RML_RECORD_STARTED, 2 * run + 1);
        if (run % 2) tell(RML_RECORD_CRASHED, 2 * run);
        if (cpu_seconds() - before > 5.0) break;
    }
    assert_int_equal(gap(true), UNITS);
    for (int n = 1; n < GAPS && cpu_seconds() - before < 5.0; ++n) {
        tell(RML_RECORD_DONE, n);
        assert_int_equal(gap(n % 2), n % 2 ? n == 1 ? 1 : 2 : 0);
    }
    assert_true(cpu_seconds() - before < 5.0);
}

/* Keys that were chosen to be alike in their low or in their high bits. */
static void chosen_keys_find_their_places(void **state)
{
    enum { N = 150000 };
    const double before = cpu_seconds();
    rml_names names = {0};
    (void)state;

    for (int i = 0; i < N && cpu_seconds() - before < 5.0; ++i) {
        const rml_key low = {.high = (uint64_t)i, .low = 7}, high = {.high = 7, .low = (uint64_t)i << 40};

        assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_FAILED, &low, 1, 8 * i + 8, 0), RML_OK);
        assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_DONE, &high, 1, 8 * i + 8, 0), RML_OK);
        assert_int_equal(rml_names_put(&names, low, high), RML_OK);
        assert_int_equal(rml_names_put(&names, high, low), RML_OK);
    }
    assert_true(cpu_seconds() - before < 5.0);
    for (int i = 1; i < N; ++i) { /* (7, 7) might be either */
        const rml_key low = {.high = (uint64_t)i, .low = 7}, high = {.high = 7, .low = (uint64_t)i << 40};

        assert_int_equal(rml_ledger_find(&ledger, low).offset, 8 * i + 8);
        assert_true(rml_ledger_find(&ledger, high).done);
        assert_true(rml_names_has_other(&names, low, low) && !rml_names_has_other(&names, low, high));
        assert_int_equal(rml_names_find(&names, high).high, i);
    }
    rml_names_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_crash_records_quarantine, fresh),
        cmocka_unit_test_setup(three_lone_deaths_quarantine, fresh),
        cmocka_unit_test_setup(set_aside_is_no_crash, fresh),
        cmocka_unit_test_setup(progress_between_lone_deaths_acquits, fresh),
        cmocka_unit_test_setup(orderly_ends_are_no_deaths, fresh),
        cmocka_unit_test_setup(fruitless_deaths_make_suspects, fresh),
        cmocka_unit_test_setup(deaths_with_progress_make_none, fresh),
        cmocka_unit_test_setup(gaps_hold_nothing_against_anyone, fresh),
        cmocka_unit_test_setup(deaths_must_follow_each_other, fresh),
        cmocka_unit_test_setup(a_unit_named_twice_flies_once, fresh),
        cmocka_unit_test_setup(many_units_and_many_runs, fresh),
        cmocka_unit_test_setup(chosen_keys_find_their_places, fresh),
        cmocka_unit_test_setup_teardown(recalled_tasks_count_once, fresh, fresh),
        cmocka_unit_test_setup_teardown(barren_runs_are_counted, fresh, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
