/* Trees. Oracle: scikit-learn 1.9.1 (tests/oracle/trees_sklearn.csv), small trees by hand, every split of random data
 * tried one by one, and what must hold for any input. */
#include "kernels/trees/tree.h"
#include "tests/kernels/tree_cases.h"

static void grow_one(const rml_columns *x, const int32_t *class, const double *number, const double *weight,
                     const rml_tree_settings *settings, uint64_t seed, rml_trees *trees)
{
    rml_presort sorted;
    rml_grower *grower;

    rml_trees_init(trees, class ? settings->n_classes : 1);
    assert_int_equal(rml_presort_init(&sorted, x), RML_OK);
    assert_int_equal(rml_grower_make(&sorted, settings, &grower), RML_OK);
    assert_int_equal(rml_tree_grow(grower, class, number, weight, seed, 0, 0, trees), RML_OK);
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const int32_t leaf = rml_grower_leaves(grower)[i];

        assert_int_equal(leaf, weight && weight[i] == 0.0 ? -1 : rml_trees_leaf(trees, 0, x, i));
    }
    assert_int_equal(rml_trees_check(trees, x->n_columns), RML_OK);
    rml_grower_free(grower);
    rml_presort_free(&sorted);
}

static void trees_match_sklearn(void **state)
{
    tree_oracle o;

    (void)state;
    tree_oracle_open(&o);
    for (int numbers = 0; numbers < 2; ++numbers)
        for (int weighted = 0; weighted < 2; ++weighted)
            for (int friedman = 0; friedman <= numbers; ++friedman) {
                rml_tree_settings settings = rml_tree_defaults(numbers ? 0 : 3);
                rml_trees trees;
                double got[3 * 160] = {0};
                const int k = numbers ? 1 : 3;

                settings.max_depth = numbers ? 5 : 4;
                settings.min_leaf = numbers ? 6 : 7;
                settings.min_split = numbers ? 2 : 20;
                if (friedman) settings.criterion = RML_TREE_FRIEDMAN;
                grow_one(&o.train, numbers ? NULL : o.class, numbers ? o.number : NULL, weighted ? o.weight : NULL,
                         &settings, 0, &trees);
                assert_int_equal(rml_trees_sum(&trees, &o.all, 1.0, got), RML_OK);
                for (int v = 0; v < k; ++v) {
                    char name[32];
                    double *expected;

                    if (numbers)
                        (void)snprintf(name, sizeof name, "tree_number_%d", weighted);
                    else
                        (void)snprintf(name, sizeof name, "tree_class%d_%d", v, weighted);
                    expected = rml_table_numbers(&o.table, name);
                    for (int i = 0; i < 160; ++i) assert_close(got[i * k + v], expected[i], 0, 1e-12, name);
                    free(expected);
                }
                rml_trees_free(&trees);
            }
    tree_oracle_close(&o);
}

/* Four rows, classes 0 0 1 1 of column 0 (and of column 1, its copy; column 2 is flat): one split at 2.5, of gain
 * 4 (1 - 1/4 - 1/4) = 2; the copy ties, and the first column stands. */
static void ties_go_to_the_first(void **state)
{
    const double x[] = {1, 2, 3, 4, 1, 2, 3, 4, 7, 7, 7, 7};
    const rml_columns table = {4, 4, 3, x};
    const int32_t class[] = {0, 0, 1, 1}, middle[] = {0, 1, 1, 0};
    const double low[] = {0, 1, 0, 1};
    rml_tree_settings settings = rml_tree_defaults(2);
    rml_trees trees;
    double total[3] = {0};

    (void)state;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 3);
    assert_int_equal(trees.feature[0], 0);
    assert_close(trees.threshold[0], 2.5, 0, 0, "threshold");
    assert_close(trees.gain[0], 2.0, 0, 0, "gain");
    assert_close(trees.value[0], 0.5, 0, 0, "share");
    assert_close(trees.value[trees.left[0] * 2], 1.0, 0, 0, "left");
    assert_close(trees.value[trees.right[0] * 2 + 1], 1.0, 0, 0, "right");
    rml_tree_gains(&trees, 0, total);
    assert_close(total[0], 2.0, 0, 0, "importance");
    rml_trees_free(&trees);
    /* 0 1 1 0: behind the first and behind the third row the gain is the same; the lower threshold stands */
    settings.max_depth = 1;
    grow_one(&table, middle, NULL, NULL, &settings, 0, &trees);
    assert_close(trees.threshold[0], 1.5, 0, 0, "lower threshold");
    rml_trees_free(&trees);
    settings = rml_tree_defaults(0);
    settings.max_depth = 1; /* numbers 0 1 0 1: behind the first and the third, 1/3 each */
    grow_one(&table, NULL, low, NULL, &settings, 0, &trees);
    assert_close(trees.threshold[0], 1.5, 0, 0, "lower threshold of numbers");
    assert_close(trees.gain[0], 1.0 / 3.0, 1e-15, 0, "gain of numbers");
    rml_trees_free(&trees);
}

/* Exclusive or: no first split gains anything, and two levels part everything. By gain nothing is split. */
static void a_split_without_gain_is_made(void **state)
{
    const double x[] = {0, 0, 1, 1, 0, 1, 0, 1};
    const rml_columns table = {4, 4, 2, x};
    const int32_t class[] = {0, 1, 1, 0};
    rml_tree_settings settings = rml_tree_defaults(2);
    rml_trees trees;

    (void)state;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 7);
    assert_close(trees.gain[0], 0.0, 0, 0, "gain");
    for (int i = 0; i < 4; ++i)
        assert_close(trees.value[2 * rml_trees_leaf(&trees, 0, &table, i) + class[i]], 1.0, 0, 0, "share");
    rml_trees_free(&trees);
    settings.max_splits = 5;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 1);
    rml_trees_free(&trees);
}

/* Weighted impurity of a set by its definition. */
static double impurity(int64_t n, const bool *in, const int32_t *class, const double *number, const double *weight)
{
    double sum = 0.0, mean = 0.0, of_class[3] = {0}, value = 0.0;

    for (int64_t i = 0; i < n; ++i)
        if (in[i]) {
            sum += weight[i];
            mean += class ? 0.0 : weight[i] * number[i];
            if (class) of_class[class[i]] += weight[i];
        }
    mean /= sum;
    if (class) return sum - (of_class[0] * of_class[0] + of_class[1] * of_class[1] + of_class[2] * of_class[2]) / sum;
    for (int64_t i = 0; i < n; ++i)
        if (in[i]) value += weight[i] * (number[i] - mean) * (number[i] - mean);
    return value;
}

enum { N = 300, P = 4 };

/* Every node's split is the best of all that there are, at sizes that take all three ways of sorting; gains add up. */
static void every_split_is_the_best(void **state)
{
    static double x[N * P], number[N], weight[N];
    static int32_t class[N];
    const rml_columns table = {N, N, P, x};
    uint64_t seed = 5;

    (void)state;
    for (int k = 0; k < N * P; ++k) x[k] = floor(rml_test_uniform(&seed) * (k / N ? 1e6 : 12)); /* column 0 has ties */
    for (int i = 0; i < N; ++i) {
        number[i] = x[i] + x[N + i] * 1e-5 + rml_test_uniform(&seed) * 4;
        class[i] = (int32_t)(rml_test_random(&seed) % 3);
        weight[i] = i % 17 == 4 ? 0.0 : 0.25 * (double)(1 + rml_test_random(&seed) % 8);
    }
    for (int numbers = 0; numbers < 2; ++numbers)
        for (int by_gain = 0; by_gain < 2; ++by_gain) {
            rml_tree_settings settings = rml_tree_defaults(numbers ? 0 : 3);
            rml_trees trees;

            settings.min_leaf = 4;
            settings.max_splits = by_gain ? 9 : 0;
            grow_one(&table, numbers ? NULL : class, numbers ? number : NULL, weight, &settings, 0, &trees);
            if (by_gain) assert_int_equal(trees.n_nodes, 19);
            for (int32_t node = 0; node < trees.n_nodes; ++node) {
                bool in[N] = {false}, side[2][N];
                double all, best = 0.0;
                int32_t n_in = 0;

                for (int i = 0; i < N; ++i) { /* who comes by this node */
                    int32_t at = 0;

                    while (at != node && trees.feature[at] >= 0)
                        at = x[trees.feature[at] * N + i] <= trees.threshold[at] ? trees.left[at] : trees.right[at];
                    in[i] = at == node && weight[i] > 0.0;
                    n_in += in[i];
                }
                assert_int_equal(trees.n_rows[node], n_in);
                if (trees.feature[node] < 0) continue;
                all = impurity(N, in, numbers ? NULL : class, number, weight);
                for (int j = 0; j < P; ++j)
                    for (int cut = 0; cut < N; ++cut) {
                        int32_t n_left = 0;

                        if (!in[cut]) continue;
                        for (int i = 0; i < N; ++i) {
                            side[0][i] = in[i] && x[j * N + i] <= x[j * N + cut];
                            side[1][i] = in[i] && !side[0][i];
                            n_left += side[0][i];
                        }
                        if (n_left < 4 || n_in - n_left < 4) continue;
                        best = fmax(best, all - impurity(N, side[0], numbers ? NULL : class, number, weight) -
                                              impurity(N, side[1], numbers ? NULL : class, number, weight));
                    }
                assert_close(trees.gain[node], best, 1e-9, 1e-9, "gain"); /* differences of sums of some 100 */
            }
            rml_trees_free(&trees);
        }
}

/* mtry: all columns are tried at some node, the same seed gives the same tree, another seed another one. */
static void draws_depend_on_the_seed(void **state)
{
    static double x[N * P], number[N];
    const rml_columns table = {N, N, P, x};
    rml_tree_settings settings = rml_tree_defaults(0);
    rml_trees one, same, other;
    uint64_t seed = 6;
    int n_of[P] = {0};
    bool differs = false;

    (void)state;
    for (int k = 0; k < N * P; ++k) x[k] = k / N == 3 ? 1.0 : rml_test_uniform(&seed); /* column 3 is flat */
    for (int i = 0; i < N; ++i) number[i] = rml_test_uniform(&seed);
    settings.mtry = 1;
    grow_one(&table, NULL, number, NULL, &settings, 1, &one);
    grow_one(&table, NULL, number, NULL, &settings, 1, &same);
    grow_one(&table, NULL, number, NULL, &settings, 2, &other);
    assert_int_equal(one.n_nodes, 2 * N - 1); /* a flat column drawn does not end a branch */
    assert_int_equal(one.n_nodes, same.n_nodes);
    for (int32_t node = 0; node < one.n_nodes; ++node) {
        assert_int_equal(one.feature[node], same.feature[node]);
        differs |= one.feature[node] != other.feature[node];
        if (one.feature[node] >= 0) ++n_of[one.feature[node]];
    }
    assert_true(differs);
    assert_int_equal(n_of[3], 0);
    for (int j = 0; j < 3; ++j) assert_true(n_of[j] > N / 3 - 50 && n_of[j] < N / 3 + 50); /* 6 sd of a third of 299 */
    rml_trees_free(&one);
    rml_trees_free(&same);
    rml_trees_free(&other);
}

/* Neighbours of which the middle is one of them, and those that single precision does not tell apart. */
static void close_neighbours(void **state)
{
    const double next = nextafter(1.0, 2.0), x[] = {1.0, 1.0, next, next};
    const rml_columns table = {4, 4, 1, x};
    const int32_t class[] = {0, 0, 1, 1};
    rml_tree_settings settings = rml_tree_defaults(2);
    rml_trees trees;

    (void)state;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 3);
    assert_close(trees.threshold[0], 1.0, 0, 0, "threshold");
    rml_trees_free(&trees);
    settings.below = true;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 3);
    rml_trees_free(&trees);
    settings.least_gap = 1e-7F;
    grow_one(&table, class, NULL, NULL, &settings, 0, &trees);
    assert_int_equal(trees.n_nodes, 1);
    rml_trees_free(&trees);
}

static void bad_input_is_refused(void **state)
{
    const double x[] = {1, 2, 3, 4}, bad[] = {1, 2, INFINITY, 4}, zero[] = {0, 0, 0, 0};
    const rml_columns table = {4, 4, 1, x}, infinite = {4, 4, 1, bad}, empty = {0, 0, 1, x}, narrow = {4, 3, 1, x};
    const int32_t class[] = {0, 1, 0, 1};
    rml_tree_settings settings = rml_tree_defaults(2);
    rml_presort sorted;
    rml_grower *grower;
    rml_trees trees;
    double sums[4] = {0};

    (void)state;
    assert_int_equal(rml_presort_init(&sorted, &infinite), RML_EVALUE);
    assert_int_equal(rml_presort_init(&sorted, &empty), RML_EEMPTY);
    assert_int_equal(rml_presort_init(&sorted, &narrow), RML_EINVAL);
    assert_int_equal(rml_presort_init(&sorted, &table), RML_OK);
    settings.min_split = 1;
    assert_int_equal(rml_grower_make(&sorted, &settings, &grower), RML_EINVAL);
    settings = rml_tree_defaults(1);
    assert_int_equal(rml_grower_make(&sorted, &settings, &grower), RML_EINVAL);
    settings = rml_tree_defaults(2);
    assert_int_equal(rml_grower_make(&sorted, &settings, &grower), RML_OK);
    rml_trees_init(&trees, 3);
    assert_int_equal(rml_tree_grow(grower, class, NULL, NULL, 0, 0, 0, &trees), RML_EINVAL);
    rml_trees_init(&trees, 2);
    assert_int_equal(rml_tree_grow(grower, NULL, x, NULL, 0, 0, 0, &trees), RML_EINVAL);
    assert_int_equal(rml_tree_grow(grower, class, NULL, zero, 0, 0, 0, &trees), RML_EEMPTY);
    assert_int_equal(rml_tree_grow(grower, class, NULL, NULL, 0, 0, 0, &trees), RML_OK);
    assert_int_equal(rml_trees_sum(&trees, &infinite, 1.0, sums), RML_EVALUE);
    trees.right[0] = 0; /* a loop */
    assert_int_equal(rml_trees_check(&trees, 1), RML_EFORMAT);
    trees.right[0] = trees.n_nodes;
    assert_int_equal(rml_trees_check(&trees, 1), RML_EFORMAT);
    trees.feature[0] = 1;
    assert_int_equal(rml_trees_sum(&trees, &table, 1.0, sums), RML_EINVAL);
    rml_trees_free(&trees);
    rml_grower_free(grower);
    rml_presort_free(&sorted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_match_sklearn),          cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(a_split_without_gain_is_made), cmocka_unit_test(every_split_is_the_best),
        cmocka_unit_test(draws_depend_on_the_seed),     cmocka_unit_test(close_neighbours),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
