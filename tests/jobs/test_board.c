/* The leaderboard: the order of its rows, and that no board is made whose splits want a score. */
#include "tests/support/support.h"

#include <math.h>

#include "jobs/sweep_board.h"
#include "jobs/sweep_read.h"

enum { N = 36 };

/* Allocations of what is linked here, but for the C library's own. */
static int64_t n_allocations, failing = -1; /* the one that fails; -1: none does */

void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *old, size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *old, size_t n_bytes);

void *__wrap_malloc(size_t n_bytes)
{
    return n_allocations++ == failing ? NULL : __real_malloc(n_bytes);
}

void *__wrap_calloc(size_t n, size_t each)
{
    return n_allocations++ == failing ? NULL : __real_calloc(n, each);
}

void *__wrap_realloc(void *old, size_t n_bytes)
{
    return n_allocations++ == failing ? NULL : __real_realloc(old, n_bytes);
}

typedef struct rml_case {
    char *text;
    rml_study study;
    rml_blob blob;
    rml_dataset dataset;
    rml_sweep_plan plan;
    rml_sweep_results results;
} rml_case;

static void write_table(void)
{
    char path[4096];
    FILE *out;
    uint64_t state = 3;

    snprintf(path, sizeof path, "%s/table.csv", rml_test_folder());
    out = fopen(path, "w");
    assert_non_null(out);
    fputs("id,centre,y,v,age,f0,f1,f2\n", out);
    for (int i = 0; i < N; ++i) {
        const double u = rml_test_uniform(&state);

        fprintf(out, "p%02d,%c,%d,%.17g,%d,%.17g,%.17g,%.17g\n", i, "AB"[i / 3 % 2], i % 2, u, 40 + i * 7 % 30,
                u + rml_test_uniform(&state), rml_test_uniform(&state) + 0.5 * (i % 2), rml_test_uniform(&state));
    }
    fclose(out);
}

static void take(rml_case *c, const rml_sweep_task *task, rml_nested *nested, const rml_error *why)
{
    rml_sweep_results *r = &c->results;
    const int64_t outer = (int64_t)task->split * c->study.n_selects + task->select;
    const int64_t control = (int64_t)task->split * c->plan.control->n + task->select;

    switch (task->part) {
    case RML_SWEEP_OUTER:
        r->outer[outer] = *nested;
        r->why[outer] = *why;
        return;
    case RML_SWEEP_FINAL: r->final[task->select] = *nested; return;
    case RML_SWEEP_CONTROL: r->control[control] = *nested; return;
    default: rml_nested_free(nested);
    }
}

/* computed: else every part has failed. */
static void open_case(const char *keys, bool computed, rml_case *c)
{
    char path[4096];
    rml_error err = {0};
    size_t n_outer, n_controls;

    *c = (rml_case){0};
    write_table();
    snprintf(path, sizeof path, "%s/study.yaml", rml_test_folder());
    assert_true(asprintf(&c->text,
                         "table: table.csv\npatient: id\nfeatures: {match: [\"f*\"]}\nprepare: [{scale: zscore}]\n"
                         "select:\n  zeta: [{lasso: {kfold: 3}}]\n  alpha: []\n%s",
                         keys) > 0);
    if (rml_study_parse(c->text, strlen(c->text), path, &c->study, &err) != RML_OK ||
        rml_dataset_read(&c->study, &c->blob, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_int_equal(rml_dataset_unpack(c->blob.bytes, c->blob.n_bytes, &c->dataset), RML_OK);
    if (rml_sweep_plan_make(&c->study, &c->dataset, &c->plan, &err) != RML_OK) fail_msg("%s", err.text);
    n_outer = (size_t)c->plan.splits.n * (size_t)c->study.n_selects;
    n_controls = ((size_t)c->plan.splits.n + 1) * (size_t)c->plan.control->n;
    c->results.outer = calloc(n_outer + 1, sizeof *c->results.outer);
    c->results.why = calloc(n_outer + 1, sizeof *c->results.why);
    c->results.final = calloc((size_t)c->study.n_selects + 1, sizeof *c->results.final);
    c->results.final_why = calloc((size_t)c->study.n_selects + 1, sizeof *c->results.final_why);
    c->results.control = calloc(n_controls + 1, sizeof *c->results.control);
    c->results.control_why = calloc(n_controls + 1, sizeof *c->results.control_why);
    c->results.permuted = calloc((size_t)c->plan.n_permutations + 1, sizeof *c->results.permuted);
    for (int64_t g = 0; computed && g < c->plan.n_groups; ++g) {
        const int64_t first = c->plan.first[g], n = c->plan.first[g + 1] - first;
        rml_nested *nested = calloc((size_t)n, sizeof *nested);
        rml_error *why = calloc((size_t)n, sizeof *why);

        rml_sweep_compute(&c->study, &c->dataset, &c->plan, g, NULL, nested, why);
        for (int64_t t = 0; t < n; ++t) take(c, &c->plan.task[first + t], &nested[t], &why[t]);
        free(nested);
        free(why);
    }
}

static void close_case(rml_case *c)
{
    rml_sweep_results_free(&c->study, &c->plan, &c->results);
    rml_sweep_plan_free(&c->plan);
    rml_dataset_free(&c->dataset);
    rml_blob_free(&c->blob);
    rml_study_free(&c->study);
    free(c->text);
}

static void rows_without_a_mean_go_by_name(void **state)
{
    static const char *const expected[] = {"chosen", "alpha/knn", "alpha/linear", "zeta/knn", "zeta/linear"};
    rml_case c;
    rml_board board;
    rml_error err = {0};

    (void)state;
    open_case("outcome: {value: v}\nsplit: {kfold: 3}\ninner: {kfold: 2}\nmodels: {linear: {}, knn: {}}\ncontrols: "
              "{baselines: false}\n",
              false, &c);
    if (rml_board_make(&c.study, &c.dataset, &c.plan, &c.results, &board, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(board.n, 5);
    for (int32_t r = 0; r < board.n; ++r) {
        assert_string_equal(board.row[r].name, expected[r]);
        assert_int_equal(board.row[r].n_failed, 3);
        assert_true(isnan(board.row[r].mean));
    }
    rml_board_free(&board);
    close_case(&c);
}

/* Of one split, of several, of a number ranked by Spearman. */
static void without_memory_there_is_no_board(void **state)
{
    static const char *const keys[] = {
        "outcome: {class: y}\nsplit: {kfold: 3}\ninner: {kfold: 2}\nmodels: {logistic: {}}\n"
        "clinical: {file: table.csv, by: id, use: [age], as: control}\n",
        "outcome: {class: y}\ncentre: centre\nsplit: {holdout: [B]}\ninner: {kfold: 2}\nmodels: {logistic: {}}\n",
        "outcome: {value: v}\nsplit: {kfold: 3}\ninner: {kfold: 2, metric: spearman}\nmodels: {linear: {}}\n",
        "outcome: {time: v, event: y}\ncentre: centre\nsplit: {holdout: [B]}\ninner: {kfold: 2}\n"
        "models: {cox: {penalty: ridge, choose: given}}\n",
    };

    (void)state;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k) {
        rml_case c;
        rml_board board;
        rml_error err = {0};
        int64_t n;

        open_case(keys[k], true, &c);
        n_allocations = 0;
        if (rml_board_make(&c.study, &c.dataset, &c.plan, &c.results, &board, &err) != RML_OK) fail_msg("%s", err.text);
        n = n_allocations;
        assert_true(n > 20 && !isnan(board.row[1].mean));
        rml_board_free(&board);
        for (int64_t a = 0; a < n; ++a) {
            rml_status status;

            err = (rml_error){0};
            n_allocations = 0;
            failing = a;
            status = rml_board_make(&c.study, &c.dataset, &c.plan, &c.results, &board, &err);
            failing = -1;
            if (status != RML_ENOMEM || strncmp(err.text, "no memory", 9) != 0)
                fail_msg("%s: allocation %lld of %lld: %s, \"%s\"", keys[k], (long long)a, (long long)n,
                         rml_status_name(status), err.text);
        }
        close_case(&c);
    }
}

static void without_memory_nothing_is_told_of_centres(void **state)
{
    rml_case c;
    rml_nested nested = {0};
    rml_error err = {0};
    double auc, again;
    int64_t n;

    (void)state;
    open_case("outcome: {class: y}\ncentre: centre\nsplit: {kfold: 3}\ninner: {kfold: 2}\nmodels: {logistic: {}}\n",
              false, &c);
    assert_int_equal(c.plan.told->n_centres, 2);
    rml_sweep_told_run(&c.study, &c.dataset, c.plan.told, 0, 0, NULL, &nested, &err);
    if (err.status != RML_OK) fail_msg("%s", err.text);
    n_allocations = 0;
    assert_int_equal(rml_sweep_told_auc(c.plan.told, 0, &nested, &auc), RML_OK);
    n = n_allocations;
    assert_true(n >= 3 && !isnan(auc));
    for (int64_t a = 0; a < n; ++a) {
        n_allocations = 0;
        failing = a;
        assert_int_equal(rml_sweep_told_auc(c.plan.told, 0, &nested, &again), RML_ENOMEM);
        failing = -1;
        assert_true(isnan(again));
    }
    assert_int_equal(rml_sweep_told_auc(c.plan.told, 0, &nested, &again), RML_OK);
    assert_true(again == auc);
    rml_nested_free(&nested);
    close_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_without_a_mean_go_by_name),
                                       cmocka_unit_test(without_memory_there_is_no_board),
                                       cmocka_unit_test(without_memory_nothing_is_told_of_centres)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
