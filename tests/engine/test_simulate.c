/* Oracles: Graham's bound for schedules that leave no rank without work while a task waits; closed forms on machines
 * whose ways cost nothing; sums that must come out. */
#include "tests/support/support.h"

#include "engine/simulate.h"
#include "kernels/base/rng.h"

enum { MOST = 4000 };

static double seconds[MOST];

static rml_sim_machine free_machine(int n_ranks)
{
    return (rml_sim_machine){
        .n_ranks = n_ranks, .ranks_per_node = 4, .copy = 1e300, .disk = 1e300, .bandwidth = 1e300, .seed = 3};
}

static rml_sim_machine costly_machine(int n_ranks)
{
    rml_sim_machine machine = free_machine(n_ranks);

    machine.message = 4e-6;
    machine.hand_out = machine.record = 3e-6;
    machine.sync = 2e-3;
    machine.latency = 5e-6;
    machine.begin = 1e-5;
    machine.wake = 5e-5;
    machine.result_bytes = 2000;
    machine.task_bytes = 200;
    machine.disk = machine.bandwidth = machine.copy = 1e8;
    return machine;
}

static rml_simulated simulate(int64_t n, const rml_sim_machine *machine)
{
    rml_simulated result;

    assert_int_equal(rml_simulate(n, seconds, seconds, machine, &result), RML_OK);
    return result;
}

/* Naps of at most 10 ms are the only thing that takes time there. */
static void equal_tasks_take_their_rounds(void **state)
{
    (void)state;
    for (int n_ranks = 1; n_ranks <= 64; n_ranks *= 4)
        for (int64_t n = 1; n <= 200; n += 33) {
            const rml_sim_machine machine = free_machine(n_ranks);
            const int64_t n_rounds = (n + n_ranks - 1) / n_ranks;
            rml_simulated run;

            for (int64_t t = 0; t < n; ++t) seconds[t] = 2.0;
            run = simulate(n, &machine);
            assert_close(run.seconds, 2.0 * (double)n_rounds, 0, 0.05, "rounds of equal tasks");
            assert_int_equal(run.n_records, 2 * n + run.n_recalls); /* handed out, recorded, handed out again */
        }
}

static void draw_lengths(int64_t n, double mean)
{
    for (int64_t t = 0; t < n; ++t) seconds[t] = mean * exp(rml_rng_normal(7, 1, (uint64_t)t) - 0.5);
}

static void within_grahams_bound(void **state)
{
    (void)state;
    for (int n_ranks = 1; n_ranks <= 256; n_ranks *= 2) {
        const rml_sim_machine machine = free_machine(n_ranks);
        rml_simulated run;
        double sum = 0.0;

        draw_lengths(500, 1.0);
        for (int t = 0; t < 500; ++t) sum += seconds[t];
        run = simulate(500, &machine);
        assert_close(run.busy, sum, 1e-12, 0, "busy");
        assert_true(run.seconds >= (1.0 - 1e-12) * fmax(sum / n_ranks, run.longest));
        assert_true(run.seconds <= sum / n_ranks + (1.0 - 1.0 / n_ranks) * run.longest + 0.1);
    }
}

static void same_seed_same_run(void **state)
{
    rml_sim_machine machine = costly_machine(100);
    rml_simulated a, b;
    (void)state;

    draw_lengths(MOST, 0.05);
    machine.slow_share = 0.1;
    machine.slow_factor = 4.0;
    a = simulate(MOST, &machine);
    b = simulate(MOST, &machine);
    assert_memory_equal(&a, &b, sizeof a);
    machine.seed = 4;
    b = simulate(MOST, &machine);
    assert_true(a.seconds != b.seconds);
}

/* All ranks slow: as if all tasks were longer. */
static void slow_ranks(void **state)
{
    rml_sim_machine machine = free_machine(8);
    double plain;
    (void)state;

    draw_lengths(400, 1.0);
    plain = simulate(400, &machine).seconds;
    machine.slow_share = 1.0;
    machine.slow_factor = 3.0;
    assert_close(simulate(400, &machine).seconds, 3.0 * plain, 0, 0.2, "three times as slow");
}

/* One rank and one node: the mean of exponential lives is as stated, every death costs what was in hand and the
 * restart, and what was recorded before it is not done again. */
static void deaths(void **state)
{
    rml_sim_machine machine = free_machine(1);
    int64_t n_deaths = 0;
    (void)state;

    for (int t = 0; t < 1000; ++t) seconds[t] = 1.0;
    machine.node_seconds = 50.0;
    machine.restart = 7.0;
    for (machine.seed = 1; machine.seed <= 40; ++machine.seed) {
        const rml_simulated run = simulate(1000, &machine);

        n_deaths += run.n_deaths;
        assert_true(run.lost >= 0.0 && run.lost <= 1.1 * (double)run.n_deaths);
        assert_close(run.seconds, 1000.0 + run.lost + 7.0 * (double)run.n_deaths, 0, 0.1 + 0.02 * (double)run.n_deaths,
                     "what a death costs");
    }
    /* Some 1010 s a run at 50 s a life: 20.3 deaths, their number Poisson: five deviations of the mean of 40. */
    assert_close((double)n_deaths / 40.0, 20.3, 0, 3.6, "deaths a run");
    machine.node_seconds = 0.1; /* no task of a second gets through */
    assert_true(isinf(simulate(1000, &machine).seconds));
}

/* Thousands of ranks with short tasks: batches take messages off rank 0, and nothing is lost or done twice. */
static void batches_take_messages(void **state)
{
    rml_sim_machine machine = costly_machine(512);
    rml_simulated batches, singles;
    (void)state;

    for (int t = 0; t < MOST; ++t) seconds[t] = 1e-3;
    machine.ahead = 0.02;
    machine.n_ranks = 16;
    machine.disk = machine.copy = 1e9; /* what is written last is not what this is about */
    batches = simulate(MOST, &machine);
    machine.ahead = -1.0;
    singles = simulate(MOST, &machine);
    assert_true(batches.n_messages * 3 < singles.n_messages);
    assert_true(batches.seconds < 1.05 * singles.seconds);
    assert_int_equal(singles.n_records, 2 * MOST + singles.n_recalls);
    assert_true(batches.n_records >= 2 * MOST && batches.n_records <= 2 * MOST + batches.n_recalls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_tasks_take_their_rounds),
        cmocka_unit_test(within_grahams_bound),
        cmocka_unit_test(same_seed_same_run),
        cmocka_unit_test(slow_ranks),
        cmocka_unit_test(deaths),
        cmocka_unit_test(batches_take_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
