/* Columns that no batch shifts: ComBat leaves them as they are, and the marks go where the columns go. The oracle is
 * the same step on a table without them. */
#include "tests/support/support.h"

#include "kernels/learn/chain.h"

enum { N = 60, P = 7, AGE = 2, SEX = 5 };

static const char *const levels[] = {"A", "B"};
static const char *const *const level[] = {levels};
static const int32_t n_levels[] = {2};

typedef struct rml_small {
    double x[P * N], y[N];
    int32_t first_row[N + 1], centre[N];
    const int32_t *factor[1];
    uint64_t key[N];
    uint8_t mark[P]; /* RML_MARK_FIXED */
    rml_data data;
} rml_small;

/* Centre B is shifted and stretched in every column, those that are marked too. */
static void fill(rml_small *s, bool with_marked)
{
    uint64_t state = 3;
    int32_t n = 0;

    *s = (rml_small){0};
    for (int32_t j = 0; j < P; ++j) {
        const bool marked = j == AGE || j == SEX;

        for (int32_t i = 0; i < N; ++i) {
            const double u = rml_test_uniform(&state);

            if (marked && !with_marked) continue;
            s->x[n * N + i] = j == SEX ? u < (i % 3 ? 0.3 : 0.8) : u * (1 + i % 3) + 2 * (i % 3 == 0);
        }
        s->mark[n] = marked;
        n += !marked || with_marked;
    }
    for (int32_t i = 0; i < N; ++i) {
        s->first_row[i + 1] = i + 1;
        s->centre[i] = i % 3 == 0;
        s->key[i] = (uint64_t)i;
        s->y[i] = i % 2;
    }
    s->factor[0] = s->centre;
    s->data = (rml_data){.n_rows = N,
                         .n_patients = N,
                         .x = {N, N, n, s->x},
                         .mark = with_marked ? s->mark : NULL,
                         .first_row = s->first_row,
                         .key = s->key,
                         .n_classes = 2,
                         .y = s->y,
                         .n_factors = 1,
                         .n_levels = n_levels,
                         .factor = s->factor,
                         .level = level};
}

static rml_step step_of(const char *name)
{
    rml_step step = {.kind = rml_kind_find(name, RML_ROLE_SELECT)};

    assert_non_null(step.kind);
    for (int32_t p = 0; p < step.kind->n_params; ++p) step.param[p] = step.kind->param[p].fallback;
    if (strcmp(name, "combat") == 0) step.param[0] = 0;
    return step;
}

/* Fits to the first 40 patients and applies to the others. */
static void run(const rml_small *s, rml_step step, rml_fitted *fitted, rml_sample *train, rml_sample *test)
{
    const rml_chain chain = {1, &step};
    int32_t who[N];
    rml_error err = {0};

    for (int32_t i = 0; i < N; ++i) who[i] = i;
    assert_int_equal(rml_sample_gather(&s->data, who, 40, true, train), RML_OK);
    assert_int_equal(rml_sample_gather(&s->data, who + 40, N - 40, false, test), RML_OK);
    if (rml_chain_fit(&chain, train, 1, fitted, &err) != RML_OK ||
        rml_chain_apply(&chain, fitted, test, &err) != RML_OK)
        fail_msg("%s", err.text);
}

static void combat_leaves_marked_columns_alone(void **state)
{
    static rml_small with, without;

    (void)state;
    fill(&with, true);
    fill(&without, false);
    for (int variant = 0; variant < 4; ++variant) {
        rml_step step = step_of("combat");
        rml_fitted fitted[2] = {0};
        rml_sample train[2], test[2];

        step.param[rml_kind_param(step.kind, "prior")] = variant % 3;
        step.param[rml_kind_param(step.kind, "mean_only")] = variant == 3;
        run(&with, step, &fitted[0], &train[0], &test[0]);
        run(&without, step, &fitted[1], &train[1], &test[1]);
        assert_int_equal(fitted[0].n_out, P);
        for (int side = 0; side < 2; ++side) {
            const rml_sample *a = side ? &test[0] : &train[0], *b = side ? &test[1] : &train[1];
            const int32_t first = side ? 40 : 0;

            for (int32_t j = 0, k = 0; j < P; ++j)
                if (j == AGE || j == SEX)
                    assert_memory_equal(rml_column(&a->x, j), with.x + j * N + first,
                                        (size_t)a->n_rows * sizeof(double));
                else {
                    assert_memory_equal(rml_column(&a->x, j), rml_column(&b->x, k), (size_t)a->n_rows * sizeof(double));
                    assert_memory_not_equal(rml_column(&a->x, j), with.x + j * N + first,
                                            (size_t)a->n_rows * sizeof(double));
                    ++k;
                }
            assert_memory_equal(a->mark, with.mark, P);
        }
        for (int c = 0; c < 2; ++c) {
            rml_fitted_free(&fitted[c]);
            rml_sample_free(&train[c]);
            rml_sample_free(&test[c]);
        }
    }
}

static void marks_go_where_columns_go(void **state)
{
    static rml_small s;
    static const int32_t kept[] = {SEX, 0, AGE, AGE}, who[] = {3, 4, 5};
    rml_step pca = step_of("pca");
    rml_sample sample, train, test;
    rml_fitted fitted = {0};

    (void)state;
    fill(&s, true);
    assert_int_equal(rml_sample_gather(&s.data, who, 3, false, &sample), RML_OK);
    assert_int_equal(rml_sample_keep(&sample, kept, 4), RML_OK);
    assert_memory_equal(sample.mark, ((const bool[]){true, false, true, true}), 4);
    rml_sample_free(&sample);

    run(&s, step_of("scale"), &fitted, &train, &test);
    assert_memory_equal(test.mark, s.mark, P);
    rml_fitted_free(&fitted);
    rml_sample_free(&train);
    rml_sample_free(&test);

    pca.param[0] = P;
    run(&s, pca, &fitted, &train, &test); /* what it makes is of all columns together */
    assert_null(train.mark);
    assert_null(test.mark);
    rml_fitted_free(&fitted);
    rml_sample_free(&train);
    rml_sample_free(&test);
}

static void nothing_to_shift_is_said(void **state)
{
    static rml_small s;
    static const int32_t kept[] = {AGE, SEX};
    rml_step step = step_of("combat");
    const rml_chain chain = {1, &step};
    int32_t who[N];
    rml_sample sample;
    rml_fitted fitted = {0};
    rml_error err = {0};

    (void)state;
    fill(&s, true);
    for (int32_t i = 0; i < N; ++i) who[i] = i;
    assert_int_equal(rml_sample_gather(&s.data, who, N, true, &sample), RML_OK);
    assert_int_equal(rml_sample_keep(&sample, kept, 2), RML_OK);
    assert_int_equal(rml_chain_fit(&chain, &sample, 1, &fitted, &err), RML_EEMPTY);
    assert_string_equal(err.text, "combat: no column that a batch could shift is left");
    rml_fitted_free(&fitted);
    rml_sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combat_leaves_marked_columns_alone),
        cmocka_unit_test(marks_go_where_columns_go),
        cmocka_unit_test(nothing_to_shift_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
