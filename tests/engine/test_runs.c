/* Oracle: arithmetic in the head; and what the test itself put into a journal. */
#include "tests/support/support.h"

#include <string.h>

#include "engine/journal.h"

static void pace_is_outcomes_by_seconds(void **state)
{
    rml_pace pace = rml_pace_of(30, 60, 1000.0, 1010.0, 1010.0); /* 30 in 10 s; 60 more take 20 s */
    (void)state;

    assert_close(pace.rate, 3.0, 0, 0, "rate");
    assert_close(pace.left, 20.0, 0, 0, "left");
    pace = rml_pace_of(30, 60, 1000.0, 1010.0, 1015.0); /* of which 5 s have passed */
    assert_close(pace.rate, 3.0, 0, 0, "rate, later");
    assert_close(pace.left, 15.0, 0, 0, "left, later");
    pace = rml_pace_of(30, 60, 1000.0, 1010.0, 2000.0);
    assert_close(pace.left, 0.0, 0, 0, "left, overdue");
    pace = rml_pace_of(30, 60, 1000.0, 1010.0, 1009.0); /* the file system's clock goes before this one */
    assert_close(pace.left, 20.0, 0, 0, "left, clocks apart");
    pace = rml_pace_of(0, 60, 1000.0, 1010.0, 1010.0);
    assert_true(isnan(pace.rate) && isnan(pace.left));
    pace = rml_pace_of(5, 60, 1000.0, 1000.0, 1010.0); /* no time has passed by the clock */
    assert_true(isnan(pace.rate) && isnan(pace.left));
    pace = rml_pace_of(0, 0, 1000.0, 1000.0, 1010.0);
    assert_true(isnan(pace.rate));
    assert_close(pace.left, 0.0, 0, 0, "nothing left");
}

static void effort_is_told_in_a_line(void **state)
{
    rml_effort effort = {.cpu_seconds = 360.0,
                         .wall_seconds = 100.0,
                         .n_ranks = 4,
                         .peak_rank = 2,
                         .peak_bytes = 412 << 20,
                         .needed_bytes = 530 << 20};
    char line[256];
    (void)state;

    assert_close(rml_effort_efficiency(&effort), 0.9, 1e-15, 0, "efficiency"); /* 360 of 400 */
    rml_effort_line(&effort, line, sizeof line);
    assert_string_equal(line, "CPU 90.0 % of 4 ranks for 100.0 s (360.0 s); memory at most 412 MiB (rank 2), at most "
                              "530 MiB set aside for a task");
    effort.needed_bytes = 400 << 10; /* of a small sweep: its table's part */
    rml_effort_line(&effort, line, sizeof line);
    assert_non_null(strstr(line, "(rank 2), less than 1 MiB set aside for a task"));
    effort = (rml_effort){.n_ranks = 1, .peak_bytes = 9 << 20};
    assert_true(isnan(rml_effort_efficiency(&effort)));
    rml_effort_line(&effort, line, sizeof line);
    assert_string_equal(line, "CPU of 1 rank for 0.0 s (0.0 s); memory at most 9 MiB (rank 0)");
}

static rml_key key_of(int i)
{
    return rml_key_of(&i, sizeof i);
}

static void append(rml_journal *journal, rml_record_kind kind, int unit, const rml_blob *blob)
{
    const rml_key key = key_of(unit);
    rml_error err = {0};

    if (rml_journal_append(journal, kind, &key, unit >= 0, blob ? blob->bytes : NULL, blob ? blob->n_bytes : 0, &err) !=
        RML_OK)
        fail_msg("%s", err.text);
}

static void begin(rml_journal *journal, int64_t n_before, int64_t n_pending)
{
    rml_begun begun = {.n_before = n_before, .n_pending = n_pending, .n_ranks = 3, .noun = "cases"};
    rml_blob blob = {0};

    rml_begun_here(&begun);
    rml_begun_pack(&begun, &blob);
    append(journal, RML_RECORD_START, -1, &blob);
    rml_blob_free(&blob);
}

static rml_journal_counts count(const char *folder, rml_runs *runs)
{
    rml_journal *journal = NULL;
    rml_journal_counts counts;
    rml_error err = {0};

    if (rml_journal_open_read(folder, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(rml_journal_count(journal, &counts, NULL), RML_OK);
    *runs = *rml_journal_runs(journal);
    rml_journal_close(journal);
    return counts;
}

/* Two crash records quarantine unit 3 (ledger.h); the second run refuses it, does 1 again in vain and has 4 at work. */
static void journal_counts_the_last_run(void **state)
{
    static const unsigned char killed[8] = {1, 0, 0, 0, 11, 0, 0, 0};
    const rml_effort effort = {.cpu_seconds = 1.5, .wall_seconds = 2.5, .n_ranks = 3, .peak_rank = 1, .peak_bytes = 7};
    rml_blob blob = {0}, crash = {.bytes = (void *)(uintptr_t)killed, .n_bytes = sizeof killed};
    rml_journal *journal = NULL;
    rml_journal_counts counts;
    rml_runs runs;
    rml_error err = {0};
    char folder[4200];
    (void)state;

    setenv("SLURM_JOB_ID", "4711", 1);
    snprintf(folder, sizeof folder, "%s/run", rml_test_folder());
    if (rml_journal_open(folder, "program: test\n", false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    counts = count(folder, &runs);
    assert_int_equal(runs.n, 0);
    assert_false(counts.open || runs.described || runs.spent);

    begin(journal, 0, 5);
    for (int unit = 0; unit < 4; ++unit) append(journal, RML_RECORD_STARTED, unit, NULL);
    append(journal, RML_RECORD_DONE, 0, NULL);
    append(journal, RML_RECORD_FAILED, 1, NULL);
    append(journal, RML_RECORD_DONE, 2, NULL);
    append(journal, RML_RECORD_CRASHED, 3, &crash);
    counts = count(folder, &runs);
    assert_int_equal(counts.n_done, 2);
    assert_int_equal(counts.n_failed, 1);
    assert_int_equal(counts.n_running, 1);
    assert_int_equal(counts.n_ended, 3);
    assert_true(counts.open);
    assert_true(counts.written > runs.begun.time - 2.0 && counts.written < runs.begun.time + 600.0);
    assert_int_equal(runs.begun.n_pending, 5);
    assert_string_equal(runs.begun.slurm_job, "4711");

    rml_effort_pack(&effort, &blob);
    append(journal, RML_RECORD_EFFORT, -1, &blob);
    append(journal, RML_RECORD_CLOSED, -1, NULL);
    counts = count(folder, &runs);
    assert_false(counts.open);
    assert_int_equal(counts.n_running, 0);
    assert_true(runs.spent);
    assert_memory_equal(&runs.effort, &effort, sizeof effort);

    begin(journal, 2, 3);
    append(journal, RML_RECORD_CRASHED, 3, &crash);
    append(journal, RML_RECORD_FAILED, 3, NULL);
    append(journal, RML_RECORD_STARTED, 1, NULL);
    append(journal, RML_RECORD_FAILED, 1, NULL);
    append(journal, RML_RECORD_STARTED, 4, NULL);
    counts = count(folder, &runs);
    assert_int_equal(runs.n, 2);
    assert_false(runs.spent); /* that was the first run's */
    assert_int_equal(runs.begun.n_before, 2);
    assert_int_equal(counts.n_done, 0);
    assert_int_equal(counts.n_failed, 1);
    assert_int_equal(counts.n_quarantined, 1);
    assert_int_equal(counts.n_running, 1);
    assert_int_equal(counts.n_ended, 2);
    rml_blob_free(&blob);
    rml_journal_close(journal);
}

/* A cohort with a case that always fails may be gone on with as often as one likes; not one whose run is stopped each
 * time when that case has failed again. */
static void runs_to_the_end_are_not_barren(void **state)
{
    rml_journal *journal = NULL;
    rml_error err = {0};
    char folder[4200];
    (void)state;

    snprintf(folder, sizeof folder, "%s/barren", rml_test_folder());
    if (rml_journal_open(folder, "program: test\n", false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    for (int run = 0; run < 6; ++run) {
        begin(journal, 0, run < 4 ? 1 : 2); /* from the fifth on there is another to do */
        append(journal, RML_RECORD_STARTED, 0, NULL);
        append(journal, RML_RECORD_FAILED, 0, NULL);
        append(journal, RML_RECORD_CLOSED, -1, NULL);
        assert_int_equal(rml_journal_barren(journal), run < 4 ? 0 : run - 3);
    }
    rml_journal_close(journal);
    if (rml_journal_open(folder, "program: test\n", false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(rml_journal_barren(journal), 2);
    rml_journal_close(journal);
}

static void foreign_blobs_describe_nothing(void **state)
{
    rml_begun begun = {.n_pending = 5, .n_ranks = 1, .noun = "cases", .host = "n1"};
    rml_blob blob = {0};
    rml_runs runs = {0};
    (void)state;

    rml_begun_pack(&begun, &blob);
    for (size_t n = 0; n < blob.n_bytes; ++n) { /* cut anywhere */
        rml_runs_apply(&runs, RML_RECORD_START, blob.bytes, n, 16);
        assert_false(runs.described);
    }
    rml_runs_apply(&runs, RML_RECORD_START, blob.bytes, blob.n_bytes, 16);
    assert_true(runs.described);
    rml_runs_apply(&runs, RML_RECORD_EFFORT, blob.bytes, 3, 16);
    assert_false(runs.spent);
    assert_int_equal(runs.n, (int)blob.n_bytes + 1);
    for (int odd = 0; odd < 4; ++odd) { /* nothing that can be: sums and times of it would overflow */
        const rml_begun wrong = {.n_before = odd == 0 ? INT64_MAX : 0,
                                 .n_pending = odd == 1 ? INT64_MAX : 1,
                                 .time = odd == 2   ? 1e300
                                         : odd == 3 ? NAN
                                                    : 1e9,
                                 .noun = "cases"};

        rml_blob_clear(&blob);
        rml_begun_pack(&wrong, &blob);
        rml_runs_apply(&runs, RML_RECORD_START, blob.bytes, blob.n_bytes, 16);
        assert_false(runs.described);
    }
    rml_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace_is_outcomes_by_seconds),    cmocka_unit_test(effort_is_told_in_a_line),
        cmocka_unit_test(journal_counts_the_last_run),    cmocka_unit_test(runs_to_the_end_are_not_barren),
        cmocka_unit_test(foreign_blobs_describe_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
