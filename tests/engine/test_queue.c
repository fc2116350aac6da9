/* Oracle: the definition, by a search through all tasks. */
#include "tests/support/support.h"

#include "engine/queue.h"

enum { N = 300 };

static double costs[N];
static int64_t memory[N];
static bool waits[N];

static int64_t first_by_search(int64_t limit)
{
    int64_t best = -1;

    for (int64_t t = 0; t < N; ++t)
        if (waits[t] && memory[t] <= limit && (best < 0 || costs[t] > costs[best])) best = t;
    return best;
}

static void first_is_the_largest_that_fits(void **state)
{
    uint64_t random = 5;
    int64_t n_waiting = 0;
    rml_queue *queue = NULL;
    (void)state;

    for (int t = 0; t < N; ++t) {
        costs[t] = (double)(rml_test_random(&random) % 40); /* many ties */
        memory[t] = (int64_t)(rml_test_random(&random) % 30);
        waits[t] = false;
    }
    assert_int_equal(rml_queue_init(N, costs, memory, &queue), RML_OK);
    assert_int_equal(rml_queue_first(queue), -1);
    for (int turn = 0; turn < 20000; ++turn) {
        const int64_t t = (int64_t)(rml_test_random(&random) % N);
        const int64_t limit = (int64_t)(rml_test_random(&random) % 32) - 1;

        if (rml_test_random(&random) & 1) {
            rml_queue_put(queue, t); /* twice is once */
            n_waiting += !waits[t];
            waits[t] = true;
        } else {
            rml_queue_remove(queue, t);
            n_waiting -= waits[t];
            waits[t] = false;
        }
        assert_int_equal(rml_queue_length(queue), n_waiting);
        assert_int_equal(rml_queue_first(queue), first_by_search(INT64_MAX));
        assert_int_equal(rml_queue_first_fitting(queue, limit), first_by_search(limit));
    }
    rml_queue_free(queue);
}

static void odd_costs_have_an_order(void **state)
{
    const double odd[5] = {NAN, -INFINITY, 0.0, INFINITY, NAN};
    const int64_t sizes[5] = {INT64_MAX, -1, 0, 7, 0}, order[5] = {3, 2, 0, 1, 4}; /* NaN and -inf tie, by number */
    rml_queue *queue = NULL;
    (void)state;

    assert_int_equal(rml_queue_init(5, odd, sizes, &queue), RML_OK);
    for (int t = 0; t < 5; ++t) rml_queue_put(queue, t);
    assert_int_equal(rml_queue_first_fitting(queue, 0), 2);
    for (int i = 0; i < 5; ++i) {
        assert_int_equal(rml_queue_first(queue), order[i]);
        rml_queue_remove(queue, order[i]);
    }
    assert_int_equal(rml_queue_first(queue), -1);
    rml_queue_free(queue);
    assert_int_equal(rml_queue_init(0, NULL, NULL, &queue), RML_OK);
    assert_int_equal(rml_queue_first(queue), -1);
    rml_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_is_the_largest_that_fits),
        cmocka_unit_test(odd_costs_have_an_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
