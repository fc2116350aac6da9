/* Oracle: what farm.h promises, held against a plain account of who has what, over random asks, ends and answers. */
#include "tests/support/support.h"

#include "engine/dispatch.h"
#include "engine/pace.h"

enum { N_TASKS = 700, N_RANKS = 13, RANKS_PER_NODE = 3, N_NODES = 5, BUDGET = 100, MOST_MEMORY = 60 };

typedef struct account {
    rml_dispatch *dispatch;
    double cost[N_TASKS];
    int64_t memory[N_TASKS];
    bool queued[N_TASKS], suspect[N_TASKS];
    int holder[N_TASKS]; /* -1: nobody */
    int n_ended[N_TASKS], n_picked_now, to_now, wanted[N_RANKS];
    int64_t order[N_RANKS][RML_HELD_MOST];
    int n_held[N_RANKS];
    int64_t recalled[N_RANKS]; /* -1: nothing is to be answered */
    bool with_memory;
} account;

static int64_t n_in_flight(const account *a)
{
    int64_t n = 0;

    for (int r = 0; r < N_RANKS; ++r) n += a->n_held[r];
    return n;
}

/* Suspects are not there before all else is through. */
static int64_t n_queued(const account *a, bool suspects)
{
    int64_t n = 0;

    for (int t = 0; t < N_TASKS; ++t) n += a->queued[t] && a->suspect[t] == suspects;
    return n;
}

/* A node's ranks count for the largest task each has. */
static void memory_is_kept(const account *a)
{
    for (int node = 0; node < N_NODES; ++node) {
        int64_t used = 0;

        for (int r = node * RANKS_PER_NODE; r < N_RANKS && r < (node + 1) * RANKS_PER_NODE; ++r) {
            int64_t largest = 0;

            for (int h = 0; h < a->n_held[r]; ++h)
                if (a->memory[a->order[r][h]] > largest) largest = a->memory[a->order[r][h]];
            used += largest;
        }
        assert_true(used <= BUDGET);
    }
}

static rml_status pick(void *context, int to, int64_t task, bool *taken)
{
    account *a = context;
    const int64_t share =
        (n_queued(a, a->suspect[task]) + a->n_picked_now) / (2 * N_RANKS); /* of what was left when it began */

    assert_true(a->queued[task]);
    assert_int_equal(a->holder[task], -1);
    assert_true(a->n_picked_now == 0 || a->to_now == to);
    assert_true(a->n_picked_now < (a->wanted[to] < share || share < 1 ? a->wanted[to] : (int)share));
    assert_true(a->n_picked_now == 0 || a->n_picked_now < share);
    for (int64_t t = 0; t < N_TASKS && !a->with_memory; ++t) /* largest first */
        if (a->queued[t] && t != task && a->suspect[t] == a->suspect[task])
            assert_true(a->cost[t] < a->cost[task] || (a->cost[t] == a->cost[task] && t > task));
    if (a->suspect[task]) assert_int_equal(n_in_flight(a) + n_queued(a, false), 0);
    a->queued[task] = false;
    a->holder[task] = to;
    a->order[to][a->n_held[to]++] = task;
    a->to_now = to;
    ++a->n_picked_now;
    memory_is_kept(a);
    *taken = true;
    return RML_OK;
}

static rml_status send(void *context, int to)
{
    account *a = context;

    assert_int_equal(a->to_now, to);
    assert_true(a->n_picked_now > 0);
    a->n_picked_now = 0;
    a->wanted[to] = 0;
    return RML_OK;
}

/* The last task of a rank that has several, and no other rank's last one is larger that would fit. */
static rml_status recall(void *context, int from, int64_t task)
{
    account *a = context;

    assert_true(a->n_held[from] > 1);
    assert_int_equal(a->order[from][a->n_held[from] - 1], task);
    assert_int_equal(a->recalled[from], -1);
    a->recalled[from] = task;
    return RML_OK;
}

static rml_status grant(void *context, int to, int64_t task)
{
    (void)context, (void)to, (void)task;
    fail_msg("nobody waits for memory");
    return RML_OK;
}

static void drop(account *a, int r, int64_t task)
{
    int kept = 0;

    for (int h = 0; h < a->n_held[r]; ++h)
        if (a->order[r][h] != task) a->order[r][kept++] = a->order[r][h];
    assert_int_equal(kept, a->n_held[r] - 1);
    a->n_held[r] = kept;
    a->holder[task] = -1;
}

/* Something that a rank may say now. */
static void say(account *a, int r, uint64_t *random)
{
    if (a->recalled[r] >= 0 && rml_test_random(random) % 2) {
        const int64_t task = a->recalled[r];
        const bool waits = a->n_held[r] > 1 && a->holder[task] == r && a->order[r][0] != task;

        a->recalled[r] = -1;
        if (!waits) {
            rml_dispatch_kept(a->dispatch, r);
            return;
        }
        drop(a, r, task);
        a->queued[task] = true;
        assert_true(rml_dispatch_given_back(a->dispatch, r, task));
    } else if (a->n_held[r] > 0 && rml_test_random(random) % 3) {
        const int64_t task = a->order[r][0];

        drop(a, r, task);
        ++a->n_ended[task];
        assert_true(rml_dispatch_ended(a->dispatch, r, task));
        assert_false(rml_dispatch_ended(a->dispatch, r, task)); /* twice is once */
    } else if (a->wanted[r] == 0 && a->n_held[r] < RML_HELD_MOST - RML_BATCH_MOST) {
        a->wanted[r] = 1 + (int)(rml_test_random(random) % 9);
        rml_dispatch_asks(a->dispatch, r, a->wanted[r]);
    }
}

static void run_through(bool with_memory, int n_suspects, uint64_t seed)
{
    static account a;
    const rml_orders orders = {.context = &a, .pick = pick, .send = send, .recall = recall, .grant = grant};
    const int64_t budget[N_NODES] = {BUDGET, BUDGET, BUDGET, BUDGET, BUDGET};
    int32_t node_of[N_RANKS];
    uint64_t random = seed;

    a = (account){.with_memory = with_memory};
    for (int r = 0; r < N_RANKS; ++r) {
        node_of[r] = r / RANKS_PER_NODE;
        a.recalled[r] = -1;
    }
    for (int t = 0; t < N_TASKS; ++t) {
        a.cost[t] = (double)(rml_test_random(&random) % 50);
        a.memory[t] = with_memory ? (int64_t)(rml_test_random(&random) % (MOST_MEMORY + 1)) : 0;
        a.holder[t] = -1;
    }
    assert_int_equal(rml_dispatch_init(N_TASKS, a.cost, a.memory, N_RANKS, node_of, N_NODES, budget, &a.dispatch),
                     RML_OK);
    for (int t = 0; t < N_TASKS; ++t) {
        a.suspect[t] = t < n_suspects;
        a.queued[t] = true;
        if (!a.suspect[t]) rml_dispatch_put(a.dispatch, t);
    }
    for (int t = 0; t < n_suspects; ++t) rml_dispatch_suspect(a.dispatch, t);
    for (int turn = 0; turn < 200000 && !rml_dispatch_is_through(a.dispatch); ++turn) {
        const int n = 1 + (int)(rml_test_random(&random) % 4);

        for (int i = 0; i < n; ++i) say(&a, (int)(rml_test_random(&random) % N_RANKS), &random);
        assert_int_equal(rml_dispatch_grant(a.dispatch, &orders), RML_OK);
        assert_int_equal(rml_dispatch_serve(a.dispatch, &orders), RML_OK);
        assert_int_equal(rml_dispatch_in_flight(a.dispatch), n_in_flight(&a));
    }
    assert_true(rml_dispatch_is_through(a.dispatch));
    for (int t = 0; t < N_TASKS; ++t) assert_int_equal(a.n_ended[t], 1);
    rml_dispatch_free(a.dispatch);
}

static void every_task_once_by_the_rules(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        run_through(false, 0, seed);
        run_through(true, 0, seed);
        run_through(false, 5, seed);
    }
}

/* What is asked back for an idle rank is the largest of all last tasks that fit its node. */
static void largest_is_asked_back(void **state)
{
    static account a;
    const rml_orders orders = {.context = &a, .pick = pick, .send = send, .recall = recall, .grant = grant};
    const double cost[6] = {9, 8, 7, 3, 5, 4};
    const int64_t memory[6] = {0}, budget = BUDGET;
    const int32_t node_of[4] = {0};
    (void)state;

    a = (account){.with_memory = true}; /* the order is not what is tested here */
    assert_int_equal(rml_dispatch_init(6, cost, memory, 4, node_of, 1, &budget, &a.dispatch), RML_OK);
    for (int t = 0; t < 6; ++t) {
        a.queued[t] = true;
        a.holder[t] = -1;
        rml_dispatch_put(a.dispatch, t);
    }
    for (int r = 0; r < N_RANKS; ++r) a.recalled[r] = -1;
    for (int round = 0; round < 2; ++round)
        for (int r = 0; r < 3; ++r) { /* 9 8 7, then 5 4 3 behind them */
            a.wanted[r] = 1;
            rml_dispatch_asks(a.dispatch, r, 1);
            assert_int_equal(rml_dispatch_serve(a.dispatch, &orders), RML_OK);
        }
    rml_dispatch_asks(a.dispatch, 3, 1);
    assert_int_equal(rml_dispatch_serve(a.dispatch, &orders), RML_OK);
    assert_int_equal(a.recalled[0], 4); /* cost 5, behind 9 */
    assert_int_equal(a.recalled[1], -1);
    assert_int_equal(rml_dispatch_n_idle(a.dispatch), 1);
    rml_dispatch_kept(a.dispatch, 0); /* has begun: the next largest */
    assert_int_equal(rml_dispatch_serve(a.dispatch, &orders), RML_OK);
    assert_int_equal(a.recalled[1], 5);
    a.wanted[3] = 1;
    drop(&a, 1, 5);
    a.queued[5] = true;
    assert_true(rml_dispatch_given_back(a.dispatch, 1, 5));
    assert_int_equal(rml_dispatch_serve(a.dispatch, &orders), RML_OK);
    assert_int_equal(a.holder[5], 3);
    rml_dispatch_free(a.dispatch);
}

/* Batches: half an hour's worth of tasks is never asked for where they are long, and many at a time where they are
 * short; as many as the worked figures of pace.h. */
static void asked_for_by_length(void **state)
{
    rml_task_pace pace = {0};
    (void)state;

    assert_int_equal(rml_pace_wanted(&pace, 0.1, 0.0, 0), 1);    /* nothing known */
    assert_int_equal(rml_pace_wanted(&pace, 0.1, 0.04, 1), 2);   /* 40 ms each, 100 ms ahead */
    assert_int_equal(rml_pace_wanted(&pace, 0.1, 0.04, 1), 2);   /* nothing new */
    assert_int_equal(rml_pace_wanted(&pace, 0.1, 0.05, 11), 32); /* since then 1 ms each: the most */
    assert_int_equal(rml_pace_wanted(&pace, 0.1, 1.05, 12), 1);  /* and now 1 s */
    assert_true(rml_pace_asks(0, 0) && rml_pace_asks(0, 1) && !rml_pace_asks(1, 1));
    assert_true(rml_pace_asks(16, 32) && !rml_pace_asks(17, 32));
    assert_close(rml_pace_ahead(1024), 0.1024, 1e-12, 0, "seconds ahead");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_once_by_the_rules),
        cmocka_unit_test(largest_is_asked_back),
        cmocka_unit_test(asked_for_by_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
