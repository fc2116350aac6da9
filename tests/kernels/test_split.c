/* Oracles: scikit-learn 1.9.1's StratifiedKFold without shuffle (reference cases, and a small one typed here that was
 * run with it); the reference's centres left out (R 4.2.2); for drawn folds what the definition demands of any draw. */
#include "tests/support/reference.h"

#include "kernels/learn/split.h"

/* Every patient is held out exactly once a repeat, trains otherwise, and both lists ascend. */
static void check_partition(const rml_splits *splits, int32_t n, int32_t k)
{
    int32_t *times = calloc((size_t)n, sizeof *times);

    for (int32_t i = 0; i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];

        if (split->fold == 0) memset(times, 0, (size_t)n * sizeof *times);
        assert_int_equal(split->n_train + split->n_test, n);
        for (int32_t t = 0; t < split->n_test; ++t) ++times[split->test[t]];
        for (int32_t t = 1; t < split->n_test; ++t) assert_true(split->test[t] > split->test[t - 1]);
        for (int32_t t = 0, h = 0; t < split->n_train; ++t) {
            while (h < split->n_test && split->test[h] < split->train[t]) ++h;
            assert_true(h == split->n_test || split->test[h] != split->train[t]);
        }
        if (split->fold == k - 1)
            for (int32_t p = 0; p < n; ++p) assert_int_equal(times[p], 1);
    }
    free(times);
}

static void check_folds(const int32_t *class, int32_t n, int32_t k, const double *expected)
{
    rml_splits splits;

    assert_int_equal(rml_split_kfold(n, class, NULL, k, 1, 0, 0, &splits, NULL), RML_OK);
    check_partition(&splits, n, k);
    for (int32_t f = 0; f < k; ++f)
        for (int32_t t = 0; t < splits.split[f].n_test; ++t)
            assert_int_equal((int32_t)expected[splits.split[f].test[t]], f);
    rml_splits_free(&splits);
}

static void without_shuffle_as_scikit_learn(void **state)
{
    static const char *const cases[] = {"splits/c150x40_stratified_k10", "splits/c150x40_stratified_k5",
                                        "splits/c80x400_stratified_k10", "splits/c80x400_stratified_k5",
                                        "splits/c82x107_stratified_k10", "splits/c82x107_stratified_k5"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        rml_reference reference;
        int32_t n, class[512];
        double *y, *folds;

        rml_reference_open(cases[c], &reference);
        y = rml_table_numbers(&reference.input, "y");
        folds = rml_json_numbers(rml_json(reference.result, "fold_noshuffle"), &n);
        assert_int_equal(n, reference.input.n_rows);
        for (int32_t i = 0; i < n; ++i) class[i] = (int32_t)y[i];
        check_folds(class, n, strstr(cases[c], "k10") ? 10 : 5, folds);
        free(y);
        free(folds);
        rml_reference_close(&reference);
    }
}

/* Each centre once, its patients' rows in order; who trains is the rest. */
static void centres_as_reference(void **state)
{
    static const char *const cases[] = {"splits/c150x40_leave_centre_out", "splits/c80x400_leave_centre_out",
                                        "splits/c82x107_leave_centre_out"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        rml_reference reference;
        rml_splits splits;
        int32_t group[512], n, centre;

        rml_reference_open(cases[c], &reference);
        n = (int32_t)reference.input.n_rows;
        centre = rml_table_column(&reference.input, "centre");
        assert_true(n <= 512 && centre >= 0);
        for (int32_t i = 0; i < n; ++i)
            group[i] = reference.input.cell[i * reference.input.n_columns + centre][0] - 'A';
        assert_int_equal(rml_split_groups(n, group, 3, &splits), RML_OK);
        check_partition(&splits, n, 3);
        assert_int_equal(splits.n, cJSON_GetArraySize(reference.result));
        for (int32_t f = 0; f < splits.n; ++f) {
            const cJSON *expected = rml_json(reference.result, (const char[]){(char)('A' + f), '\0'});
            int32_t n_test;
            double *row = rml_json_numbers(rml_json(expected, "test_rows_1based"), &n_test);

            assert_int_equal(splits.split[f].n_test, n_test);
            assert_int_equal(splits.split[f].n_train, (int32_t)rml_json_number(rml_json(expected, "n_train")));
            for (int32_t t = 0; t < n_test; ++t) assert_int_equal(splits.split[f].test[t] + 1, (int32_t)row[t]);
            free(row);
        }
        rml_splits_free(&splits);
        rml_reference_close(&reference);
    }
}

/* StratifiedKFold(3).split(X, [1,0,0,1,0,1,0,0,0,1,2,2,2]), scikit-learn 1.9.1. */
static void a_small_case_as_scikit_learn(void **state)
{
    static const int32_t class[] = {1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 2, 2, 2};
    static const double expected[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 1, 2};

    (void)state;
    check_folds(class, 13, 3, expected);
}

static void drawn_folds_are_even(void **state)
{
    enum { N = 103, K = 5, REPEATS = 7 };
    int32_t class[N];
    uint64_t key[N];
    rml_splits splits;

    (void)state;
    for (int32_t i = 0; i < N; ++i) {
        class[i] = i % 7 == 0 ? 1 : i % 5 == 0 ? 2 : 0;
        key[i] = (uint64_t)i * 77 + 5;
    }
    assert_int_equal(rml_split_kfold(N, class, key, K, REPEATS, 3, 0, &splits, NULL), RML_OK);
    assert_int_equal(splits.n, K * REPEATS);
    check_partition(&splits, N, K);
    for (int32_t r = 0; r < REPEATS; ++r)
        for (int32_t c = 0; c < 3; ++c) {
            int32_t least = N, most = 0;

            for (int32_t f = 0; f < K; ++f) {
                const rml_split *split = &splits.split[r * K + f];
                int32_t n = 0;

                for (int32_t t = 0; t < split->n_test; ++t) n += class[split->test[t]] == c;
                least = n < least ? n : least;
                most = n > most ? n : most;
            }
            assert_true(most - least <= 1);
        }
    assert_true(memcmp(splits.split[0].test, splits.split[K].test, sizeof(int32_t) * 20) != 0);
    rml_splits_free(&splits);
}

/* The draw hangs on who a patient is: in another order the same patients are held out together. */
static void the_order_of_patients_does_not_matter(void **state)
{
    enum { N = 40 };
    int32_t class[N], turned_class[N];
    uint64_t key[N], turned_key[N];
    rml_splits splits, turned;

    (void)state;
    for (int32_t i = 0; i < N; ++i) {
        class[i] = turned_class[N - 1 - i] = i % 3 == 0;
        key[i] = turned_key[N - 1 - i] = (uint64_t)(i * i) * 0x9E3779B97F4A7C15u;
    }
    assert_int_equal(rml_split_kfold(N, class, key, 4, 2, 9, 0, &splits, NULL), RML_OK);
    assert_int_equal(rml_split_kfold(N, turned_class, turned_key, 4, 2, 9, 0, &turned, NULL), RML_OK);
    for (int32_t i = 0; i < splits.n; ++i) {
        assert_int_equal(splits.split[i].n_test, turned.split[i].n_test);
        for (int32_t t = 0; t < splits.split[i].n_test; ++t)
            assert_int_equal(splits.split[i].test[t], N - 1 - turned.split[i].test[turned.split[i].n_test - 1 - t]);
    }
    rml_splits_free(&splits);
    rml_splits_free(&turned);
}

static void each_group_is_held_out_once(void **state)
{
    static const int32_t group[] = {0, 1, 2, 0, 1, -1, 2};
    rml_splits splits;

    (void)state;
    assert_int_equal(rml_split_groups(7, group, 3, &splits), RML_OK);
    assert_int_equal(splits.n, 3);
    for (int32_t g = 0; g < 3; ++g) {
        assert_int_equal(splits.split[g].n_test, 2);
        assert_int_equal(splits.split[g].n_train, 5);
        for (int32_t t = 0; t < 2; ++t) assert_int_equal(group[splits.split[g].test[t]], g);
    }
    rml_splits_free(&splits);
    assert_int_equal(rml_split_groups(7, group, 4, &splits), RML_EVALUE); /* nobody is of group 3 */
    assert_int_equal(rml_split_groups(2, (const int32_t[]){0, 0}, 1, &splits), RML_EVALUE);
}

static void bootstraps_hold_out_who_is_not_drawn(void **state)
{
    enum { N = 30, DRAWS = 50 };
    int32_t class[N], n_out = 0;
    rml_splits splits;

    (void)state;
    for (int32_t i = 0; i < N; ++i) class[i] = i < 8;
    assert_int_equal(rml_split_bootstrap(N, class, NULL, DRAWS, 4, 0, &splits), RML_OK);
    for (int32_t b = 0; b < DRAWS; ++b) {
        const rml_split *split = &splits.split[b];
        int32_t n_positive = 0, out_positive = 0;

        assert_int_equal(split->n_train, N);
        for (int32_t t = 0; t < N; ++t) {
            n_positive += class[split->train[t]];
            for (int32_t h = 0; h < split->n_test; ++h) assert_int_not_equal(split->train[t], split->test[h]);
        }
        for (int32_t h = 0; h < split->n_test; ++h) out_positive += class[split->test[h]];
        assert_int_equal(n_positive, 8);
        assert_true(out_positive > 0 && out_positive < split->n_test);
        n_out += split->n_test;
    }
    /* (1 - 1/8)^8 * 8 + (1 - 1/22)^22 * 22 = 10.65 a draw; its standard deviation over 50 draws is about 0.25. */
    assert_close(n_out / (double)DRAWS, 10.65, 0, 1.0, "left out");
    rml_splits_free(&splits);
}

static void what_cannot_be_split_is_refused(void **state)
{
    static const int32_t class[] = {0, 0, 0, 0, 1, 1};
    static const uint64_t key[6] = {1, 2, 3, 4, 5, 6};
    rml_splits splits;
    int32_t rare = -1;

    (void)state;
    assert_int_equal(rml_split_kfold(6, class, key, 3, 1, 0, 0, &splits, &rare), RML_EVALUE);
    assert_int_equal(rare, 1);
    assert_int_equal(rml_split_kfold(6, NULL, key, 7, 1, 0, 0, &splits, NULL), RML_EINVAL);
    assert_int_equal(rml_split_kfold(6, NULL, key, 1, 1, 0, 0, &splits, NULL), RML_EINVAL);
    assert_int_equal(rml_split_kfold(6, NULL, NULL, 2, 2, 0, 0, &splits, NULL), RML_EINVAL);
    assert_int_equal(rml_split_bootstrap(2, (const int32_t[]){0, 1}, NULL, 1, 0, 0, &splits), RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_shuffle_as_scikit_learn),       cmocka_unit_test(centres_as_reference),
        cmocka_unit_test(a_small_case_as_scikit_learn),          cmocka_unit_test(drawn_folds_are_even),
        cmocka_unit_test(the_order_of_patients_does_not_matter), cmocka_unit_test(each_group_is_held_out_once),
        cmocka_unit_test(bootstraps_hold_out_who_is_not_drawn),  cmocka_unit_test(what_cannot_be_split_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
