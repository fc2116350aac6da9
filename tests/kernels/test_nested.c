/* Selections of one split together: each gets what it gets alone, what they begin with alike is fitted once, and one
 * that fails leaves the others alone. What is kept of the training patients is said by fits that may say it. */
#include "tests/support/support.h"

#include "kernels/learn/nested.h"
#include "kernels/survival/cutpoint.h"

enum { N = 60, P = 9, K = 3 };

typedef struct rml_small {
    double x[P * N], y[N];
    int32_t first_row[N + 1];
    uint64_t key[N];
    rml_data data;
} rml_small;

static void fill(rml_small *s)
{
    uint64_t state = 11;

    *s = (rml_small){0};
    for (int32_t i = 0; i < N; ++i) {
        s->first_row[i + 1] = i + 1;
        s->key[i] = (uint64_t)i * 7919;
        s->y[i] = i % 2;
    }
    for (int32_t j = 0; j < P; ++j)
        for (int32_t i = 0; i < N; ++i) s->x[j * N + i] = rml_test_uniform(&state) + (j < 3 ? 0.2 * s->y[i] : 0.0);
    s->x[4 * N + 5] = NAN;
    s->data = (rml_data){.n_rows = N,
                         .n_patients = N,
                         .x = {N, N, P, s->x},
                         .first_row = s->first_row,
                         .key = s->key,
                         .n_classes = 2,
                         .y = s->y};
}

/* Steps of the test's own: one counts its fits and keeps all columns, one fails in the training parts that are told. */
static int32_t n_fits;
static int32_t fails_below; /* training rows */

static rml_status count_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                            rml_fitted *fitted, rml_error *err)
{
    (void)param, (void)seed, (void)shared, (void)err;
    ++n_fits;
    rml_fitted_init(fitted, "count", train->x.n_columns, train->x.n_columns);
    return rml_fitted_keep(fitted, NULL);
}

static rml_status fail_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                           rml_fitted *fitted, rml_error *err)
{
    if (train->n_rows < fails_below) return rml_fail(err, RML_EVALUE, "%d rows", train->n_rows);
    return count_fit(train, param, seed, shared, fitted, err);
}

static const rml_param which[] = {{"which", RML_PARAM_WHOLE, 0, 0, 9, NULL, ""}};
static const rml_kind counting = {
    .name = "count", .role = RML_ROLE_PREPARE, .param = which, .n_params = 1, .fit = count_fit};
static const rml_kind failing = {
    .name = "fail", .role = RML_ROLE_SELECT, .param = which, .n_params = 1, .fit = fail_fit};

static rml_step step_of(const char *name, double first)
{
    rml_step step = {.kind = rml_kind_find(name, RML_ROLE_SELECT)};

    assert_non_null(step.kind);
    for (int32_t p = 0; p < step.kind->n_params; ++p) step.param[p] = step.kind->param[p].fallback;
    if (!isnan(first)) step.param[rml_kind_param(step.kind, "k")] = first;
    return step;
}

enum { N_SELECTS = 6, MOST = 5 };

typedef struct rml_study_of_test {
    rml_small small;
    rml_step step[N_SELECTS][MOST];
    rml_select select[N_SELECTS];
    double point[2][RML_KIND_PARAMS];
    rml_model_grid model;
    rml_split split;
    int32_t who[N];
    rml_inner inner;
} rml_study_of_test;

/* Selections that part at once, later, or never (one is the beginning of another, two are the same). */
static void set_up(rml_study_of_test *s)
{
    const rml_step impute = step_of("impute", NAN), scale = step_of("scale", NAN), mrmr = step_of("mrmr", 5);
    const rml_step count = {.kind = &counting}, fail = {.kind = &failing};
    const rml_step own[N_SELECTS][2] = {{mrmr, step_of("univariate", 2)}, {mrmr, fail}, {mrmr},
                                        {step_of("mrmr", 4), count},      {mrmr},       {{0}}};
    const int32_t n_own[N_SELECTS] = {2, 2, 1, 2, 1, 0};

    fill(&s->small);
    for (int32_t c = 0; c < N_SELECTS; ++c) {
        s->step[c][0] = impute;
        s->step[c][1] = count;
        s->step[c][2] = scale;
        for (int32_t o = 0; o < n_own[c]; ++o) s->step[c][3 + o] = own[c][o];
        s->select[c] = (rml_select){"", {3 + n_own[c], s->step[c]}};
    }
    s->model = (rml_model_grid){"logistic", rml_kind_find("logistic", RML_ROLE_MODEL), 2, s->point};
    for (int32_t p = 0; p < s->model.kind->n_params; ++p)
        s->point[0][p] = s->point[1][p] = s->model.kind->param[p].fallback;
    s->point[0][rml_kind_param(s->model.kind, "C")] = 0.01;
    for (int32_t i = 0; i < N; ++i) s->who[i] = i;
    s->split = (rml_split){.n_train = 40, .train = s->who, .n_test = 20, .test = s->who + 40};
    s->inner = (rml_inner){.k = K, .repeats = 1, .stratify = true, .shuffle = true, .metric = RML_METRIC_AUC};
}

static void run(const rml_study_of_test *s, int32_t first, int32_t n, rml_nested *nested, rml_error *why)
{
    n_fits = 0;
    rml_nested_run(&s->small.data, &s->split, &s->select[first], n, &s->model, 1, &s->inner, 5, NULL, nested, why);
}

static void assert_same(const rml_nested *a, const rml_nested *b)
{
    rml_blob left = {0}, right = {0};

    rml_nested_pack(a, &left);
    rml_nested_pack(b, &right);
    assert_int_equal(left.n_bytes, right.n_bytes);
    assert_memory_equal(left.bytes, right.bytes, left.n_bytes);
    rml_blob_free(&left);
    rml_blob_free(&right);
}

/* Of all selections together against each of them alone: results, statuses and sentences. */
static void compare(int32_t rows, int32_t n_failing)
{
    rml_study_of_test s;
    rml_nested nested[N_SELECTS] = {0}, alone = {0};
    rml_error why[N_SELECTS], own;
    int32_t n_failed = 0;

    set_up(&s);
    fails_below = rows;
    run(&s, 0, N_SELECTS, nested, why);
    for (int32_t c = 0; c < N_SELECTS; ++c) {
        run(&s, c, 1, &alone, &own);
        assert_int_equal(why[c].status, own.status);
        assert_string_equal(why[c].text, own.text);
        assert_same(&nested[c], &alone);
        n_failed += why[c].status != RML_OK;
        rml_nested_free(&nested[c]);
        rml_nested_free(&alone);
    }
    assert_int_equal(n_failed, n_failing);
}

static void together_is_as_alone(void **state)
{
    (void)state;
    compare(0, 0);
}

static void one_fails_alone(void **state)
{
    (void)state;
    compare(N, 1);  /* in the first inner fold */
    compare(27, 1); /* the inner parts have 26, 27 and 27 rows: there */
}

static void fitted_once(void **state)
{
    rml_study_of_test s;
    rml_nested nested[N_SELECTS] = {0};
    rml_error why[N_SELECTS];

    (void)state;
    set_up(&s);
    fails_below = 0;
    run(&s, 0, N_SELECTS, nested, why);
    /* a training part: the preparation's for all, the fourth selection's own, and the one that could have failed */
    assert_int_equal(n_fits, (K + 1) * 3);
    for (int32_t c = 0; c < N_SELECTS; ++c) rml_nested_free(&nested[c]);
}

static void preparation_fails_for_all(void **state)
{
    rml_study_of_test s;
    rml_nested nested[N_SELECTS] = {0};
    rml_error why[N_SELECTS];

    (void)state;
    set_up(&s);
    for (int32_t c = 0; c < N_SELECTS; ++c) s.step[c][1].kind = &failing;
    fails_below = N;
    run(&s, 0, N_SELECTS, nested, why);
    for (int32_t c = 0; c < N_SELECTS; ++c) {
        assert_int_equal(why[c].status, RML_EVALUE);
        assert_int_equal(strncmp(why[c].text, "fail: 2", 7), 0);
        assert_null(nested[c].model);
    }
    assert_int_equal(n_fits, 0);
}

static void cancelled(void **state)
{
    rml_study_of_test s;
    rml_nested nested[N_SELECTS] = {0};
    rml_error why[N_SELECTS];
    const volatile bool cancel = true;

    (void)state;
    set_up(&s);
    rml_nested_run(&s.small.data, &s.split, s.select, N_SELECTS, &s.model, 1, &s.inner, 5, &cancel, nested, why);
    for (int32_t c = 0; c < N_SELECTS; ++c) assert_int_equal(why[c].status, RML_ESTOPPED);
}

/* With several rows a patient the fit's own metric is of patients, as every other is: held out for once are those who
 * train, so that their decisions are there. */
static void apparent_counts_patients(void **state)
{
    rml_study_of_test s;
    rml_nested nested;
    rml_error why = {0};
    double y[N / 2], auc;

    (void)state;
    set_up(&s);
    for (int32_t p = 0; p <= N / 2; ++p) s.small.first_row[p] = 2 * p;
    for (int32_t p = 0; p < N / 2; ++p) y[p] = s.small.y[p];
    s.small.data.n_patients = N / 2;
    s.split = (rml_split){.n_train = N / 2, .train = s.who, .n_test = N / 2, .test = s.who};
    run(&s, N_SELECTS - 1, 1, &nested, &why);
    assert_int_equal(why.status, RML_OK);
    assert_int_equal(nested.model[0].status, RML_OK);
    assert_int_equal(
        rml_metric_of(RML_METRIC_AUC, RML_OUTCOME_CLASS, 2, N / 2, y, NULL, nested.model[0].decision, &auc), RML_OK);
    assert_close(nested.model[0].apparent, auc, 0, 1e-15, "apparent AUC");
    rml_nested_free(&nested);
}

enum { N_UNIQUE = 30, REPEATS = 2 };

/* Thirty patients, every third twice: a bootstrap's training part. */
static void draw_copies(rml_study_of_test *s, int32_t *train)
{
    set_up(s);
    s->model.n_points = 1;
    s->split = (rml_split){.train = train, .n_test = 20, .test = s->who + 40};
    for (int32_t p = 0; p < N_UNIQUE; ++p)
        for (int32_t copy = 0; copy < (p % 3 == 0 ? 2 : 1); ++copy) train[s->split.n_train++] = p;
}

/* What the inner folds say of each training patient: the mean over repeats of what a run says that holds the fold out
 * and has no inner folds of its own. */
static void unseen_is_by_others(void **state)
{
    rml_study_of_test s;
    rml_nested kept, other;
    rml_error why = {0};
    rml_splits folds = {0};
    int32_t train[2 * N], code[N_UNIQUE];
    double mean[N_UNIQUE] = {0};
    const rml_inner none = {.metric = RML_METRIC_AUC};

    (void)state;
    draw_copies(&s, train);
    s.inner.repeats = REPEATS;
    s.inner.keep = true;
    run(&s, 0, 1, &kept, &why);
    assert_int_equal(why.status, RML_OK);
    assert_int_equal(kept.n_train, N_UNIQUE);
    for (int32_t p = 0; p < N_UNIQUE; ++p) code[p] = (int32_t)s.small.y[p];
    assert_int_equal(rml_split_kfold(N_UNIQUE, code, s.small.key, K, REPEATS, 5, 0, &folds, NULL), RML_OK);
    for (int32_t f = 0; f < folds.n; ++f) {
        int32_t copies[2 * N], n = 0;
        rml_split split = {.train = copies, .n_test = folds.split[f].n_test, .test = folds.split[f].test};

        for (int32_t i = 0; i < folds.split[f].n_train; ++i)
            for (int32_t c = 0; c < s.split.n_train; ++c)
                if (train[c] == folds.split[f].train[i]) copies[n++] = train[c];
        split.n_train = n;
        rml_nested_run(&s.small.data, &split, s.select, 1, &s.model, 1, &none, 5, NULL, &other, &why);
        assert_int_equal(why.status, RML_OK);
        for (int32_t i = 0; i < split.n_test; ++i) mean[split.test[i]] += other.model[0].decision[i] / REPEATS;
        rml_nested_free(&other);
    }
    for (int32_t p = 0; p < N_UNIQUE; ++p) assert_close(kept.model[0].unseen[p], mean[p], 0, 1e-12, "unseen");
    rml_nested_free(&kept);
    rml_splits_free(&folds);
}

/* The fit's own word of those who trained is what it says when they are held out for once; and both travel. */
static void own_is_by_the_fit(void **state)
{
    rml_study_of_test s;
    rml_nested kept, other, back;
    rml_error why = {0};
    rml_blob blob = {0};
    int32_t train[2 * N];

    (void)state;
    draw_copies(&s, train);
    s.inner.keep = true;
    run(&s, 0, 1, &kept, &why);
    assert_int_equal(why.status, RML_OK);
    s.split.test = s.who;
    s.split.n_test = N_UNIQUE;
    s.inner.keep = false;
    run(&s, 0, 1, &other, &why);
    assert_int_equal(other.n_train, 0);
    assert_null(other.model[0].unseen);
    assert_null(other.model[0].own);
    for (int32_t p = 0; p < N_UNIQUE; ++p)
        assert_close(kept.model[0].own[p], other.model[0].decision[p], 0, 1e-12, "own");
    rml_nested_pack(&kept, &blob);
    assert_int_equal(rml_nested_unpack(blob.bytes, blob.n_bytes, &back), RML_OK);
    assert_int_equal(back.n_train, N_UNIQUE);
    assert_same(&kept, &back);
    assert_int_equal(rml_nested_unpack(blob.bytes, blob.n_bytes - 8, &back), RML_EFORMAT);
    rml_nested_free(&kept);
    rml_nested_free(&other);
    rml_nested_free(&back);
    rml_blob_free(&blob);
}

/* Of times: the median of the fit's own word of those who trained, and the best cut of what the inner folds say. The
 * cut's definition is that of rml_cutpoint_find, which test_cutpoint holds against maxstat. */
static void cuts_come_from_those_who_train(void **state)
{
    rml_study_of_test s;
    rml_nested kept, back;
    rml_error why = {0};
    rml_blob blob = {0};
    rml_cutpoint found;
    uint8_t event[N];
    int32_t below = 0, above = 0;

    (void)state;
    set_up(&s);
    for (int32_t i = 0; i < N; ++i) {
        s.small.y[i] = 1.0 + (i * 37) % 7 + 30.0 * s.small.x[i];
        event[i] = i % 4 != 0;
    }
    s.small.data.event = event;
    s.small.data.outcome = RML_OUTCOME_TIME;
    s.small.data.n_classes = 0;
    s.model = (rml_model_grid){"cox", rml_kind_find("cox", RML_ROLE_MODEL), 1, s.point};
    for (int32_t p = 0; p < s.model.kind->n_params; ++p) s.point[0][p] = s.model.kind->param[p].fallback;
    s.point[0][rml_kind_param(s.model.kind, "kfold")] = 3;
    s.inner.metric = RML_METRIC_CINDEX;
    s.inner.keep = true;
    run(&s, 5, 1, &kept, &why);
    assert_int_equal(why.status, RML_OK);
    assert_int_equal(kept.model[0].status, RML_OK);
    for (int32_t p = 0; p < 40; ++p) {
        below += kept.model[0].own[p] < kept.model[0].middle;
        above += kept.model[0].own[p] > kept.model[0].middle;
    }
    assert_int_equal(below, 20);
    assert_int_equal(above, 20);
    assert_int_equal(rml_cutpoint_find(kept.model[0].unseen, s.small.y, event, 40, 0.1, 0, 1, &found), RML_OK);
    assert_close(kept.model[0].cut, found.best.cut, 0, 0, "cut");
    rml_nested_pack(&kept, &blob);
    assert_int_equal(rml_nested_unpack(blob.bytes, blob.n_bytes, &back), RML_OK);
    assert_close(back.model[0].middle, kept.model[0].middle, 0, 0, "middle, packed");
    assert_close(back.model[0].cut, kept.model[0].cut, 0, 0, "cut, packed");
    rml_cutpoint_free(&found);
    rml_nested_free(&kept);
    rml_nested_free(&back);
    rml_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_is_as_alone),
        cmocka_unit_test(one_fails_alone),
        cmocka_unit_test(fitted_once),
        cmocka_unit_test(preparation_fails_for_all),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(apparent_counts_patients),
        cmocka_unit_test(unseen_is_by_others),
        cmocka_unit_test(own_is_by_the_fit),
        cmocka_unit_test(cuts_come_from_those_who_train),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
