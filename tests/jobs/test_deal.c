/* Oracle: the rule in jobs/deal.h, by looking at every taker for every task. */
#include "tests/support/support.h"

#include <time.h>

#include "jobs/deal.h"
#include "kernels/base/rng.h"

enum { TASKS = 400 };

/* Costs with many ties and zeros: whole numbers and tenths, whose sums hang on their order. */
static void every_task_goes_to_the_least_loaded(void **state)
{
    static const int32_t takers[] = {1, 2, 3, 7, 64, 399, 400, 1000};
    double cost[TASKS], load[1000];
    int64_t has[1000];
    int32_t taker[TASKS];
    (void)state;

    for (uint64_t draw = 0; draw < 200; ++draw) {
        const int32_t n = takers[draw % 8];

        for (int t = 0; t < TASKS; ++t)
            cost[t] = (double)(rml_rng_bits(5, draw, (uint64_t)t) % 9) / (draw % 2 ? 10.0 : 1.0);
        assert_int_equal(rml_deal(cost, TASKS, n, taker), RML_OK);
        memset(load, 0, sizeof load);
        memset(has, 0, sizeof has);
        for (int t = 0; t < TASKS; ++t) {
            int32_t least = 0;

            for (int32_t k = 1; k < n; ++k)
                if (load[k] < load[least] || (load[k] == load[least] && has[k] < has[least])) least = k;
            assert_int_equal(taker[t], least);
            load[least] += cost[t];
            ++has[least];
        }
    }
}

/* A cohort as large as the NLST's to as many elements as a job array may have: each of them deals it when it begins.
 * Looking at every taker for every task would be 1.3e9 steps, seconds each time. */
static void many_tasks_to_many_takers(void **state)
{
    enum { N = 126000, TAKERS = 10000 };
    double *cost = malloc(N * sizeof *cost);
    int32_t *taker = malloc(N * sizeof *taker), has[TAKERS] = {0};
    const clock_t before = clock();
    (void)state;

    assert_true(cost && taker);
    for (int t = 0; t < N; ++t) cost[t] = 1.0;
    assert_int_equal(rml_deal(cost, N, TAKERS, taker), RML_OK);
    assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.5);
    for (int t = 0; t < N; ++t) ++has[taker[t]];
    for (int k = 0; k < TAKERS; ++k) assert_in_range(has[k], N / TAKERS, N / TAKERS + 1);
    free(cost);
    free(taker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_goes_to_the_least_loaded),
        cmocka_unit_test(many_tasks_to_many_takers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
