/* Gradient boosting. Oracle: the reference's cases of scikit-learn 1.9.1 and gbm 2.1.8.1, a stump by hand, and what
 * must hold for any input. */
#include "kernels/trees/boost.h"
#include "tests/kernels/tree_cases.h"

static void cases_match_sklearn(void **state)
{
    static const struct {
        const char *name;
        int32_t depth, n_trees, min_leaf;
    } cases[] = {{"gbdt/breast_cancer_sklearn_d1", 1, 50, 1},
                 {"gbdt/c150x40_sklearn_d1", 1, 50, 1},
                 {"gbdt/breast_cancer_sklearn_d3", 3, 20, 5},
                 {"gbdt/c150x40_sklearn_d3", 3, 20, 5}};

    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        rml_boost_settings settings = rml_boost_sklearn();
        rml_boost boost;
        rml_table table;
        tree_case c;
        double *decision, *expected, *spread, *loss, *importance;
        int32_t n, n_compared = 0;

        tree_case_open(cases[k].name, "columns", "y", &c);
        settings.max_depth = cases[k].depth;
        settings.n_trees = cases[k].n_trees;
        settings.min_leaf = cases[k].min_leaf;
        assert_int_equal(rml_boost_fit(&c.train, c.y_train, NULL, NULL, &settings, &boost), RML_OK);
        assert_close(boost.start, rml_json_number(rml_json(c.reference.result, "init")), 1e-13, 0, "init");
        rml_reference_table(&c.reference, "decision.csv", &table);
        expected = rml_table_numbers(&table, "decision");
        spread = rml_table_numbers(&table, "spread_over_seeds");
        decision = malloc((size_t)c.all.n_rows * sizeof *decision);
        assert_int_equal(rml_boost_decide(&boost, &c.all, 0, decision), RML_OK);
        for (int64_t i = 0; i < c.all.n_rows; ++i) {
            if (spread[i] != 0.0) continue;
            ++n_compared;
            assert_close(decision[i], expected[i], 0, 1e-8, cases[k].name);
        }
        loss = rml_json_numbers(rml_json(c.reference.result, "train_loss"), &n);
        assert_int_equal(n, settings.n_trees);
        /* With depth 3 every row hangs on how scikit-learn draws ties, from the second tree on (over 60 of its seeds
         * the second loss of breast_cancer is 1.01469 or 1.01474, the value here): the first tree is left to compare,
         * and where it ends. Without ties: trees_match_sklearn. */
        for (int32_t t = 0; t < n; ++t)
            assert_close(boost.training[t], loss[t], cases[k].depth == 1 || t < 1 ? 1e-10 : 0.05, 0, "training loss");
        if (cases[k].depth == 1) assert_true(n_compared >= c.all.n_rows - 1);
        if (n_compared == c.all.n_rows) { /* no tie between columns either */
            importance = rml_json_numbers(rml_json(c.reference.result, "importance"), &n);
            for (int32_t j = 0; j < n; ++j) assert_close(boost.importance[j], importance[j], 1e-9, 1e-12, "importance");
            free(importance);
        }
        free(loss);
        free(decision);
        free(expected);
        free(spread);
        rml_table_free(&table);
        rml_boost_free(&boost);
        tree_case_close(&c);
    }
}

/* tests/oracle/trees_sklearn.csv: depth 3, 12 trees, the same for every seed of scikit-learn. */
static void trees_match_sklearn(void **state)
{
    static const char *const columns[2][2] = {{"boost_number_0", "boost_number_1"}, {"boost_y_0", "boost_y_1"}};
    rml_boost_settings settings = rml_boost_sklearn();
    tree_oracle o;

    (void)state;
    settings.n_trees = 12;
    settings.learning_rate = 0.2;
    settings.min_leaf = 9;
    tree_oracle_open(&o);
    for (int binary = 0; binary < 2; ++binary)
        for (int weighted = 0; weighted < 2; ++weighted) {
            double *expected = rml_table_numbers(&o.table, columns[binary][weighted]), decision[160];
            rml_boost boost;

            assert_int_equal(rml_boost_fit(&o.train, binary ? o.y : NULL, binary ? NULL : o.number,
                                           weighted ? o.weight : NULL, &settings, &boost),
                             RML_OK);
            assert_int_equal(rml_boost_decide(&boost, &o.all, 0, decision), RML_OK);
            for (int64_t i = 0; i < o.all.n_rows; ++i)
                assert_close(decision[i], expected[i], 0, 1e-12, columns[binary][weighted]);
            rml_boost_free(&boost);
            free(expected);
        }
    tree_oracle_close(&o);
}

static void cases_match_gbm(void **state)
{
    static const char *const names[] = {"gbdt/Pima_gbm_depth1", "gbdt/Pima_gbm_depth2"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 2; ++k) {
        rml_boost_settings settings = rml_boost_gbm();
        rml_boost boost;
        rml_table table;
        tree_case c;
        const cJSON *relative;
        double *link, *at_10, *at_50, *deviance;
        int32_t n;

        tree_case_open(names[k], "features", "type", &c);
        settings.n_trees = 50;
        settings.n_splits = k + 1;
        assert_int_equal(rml_boost_fit(&c.all, c.y, NULL, NULL, &settings, &boost), RML_OK);
        assert_close(boost.start, rml_json_number(rml_json(c.reference.result, "init")), 1e-12, 0, "init");
        rml_reference_table(&c.reference, "link.csv", &table);
        at_10 = rml_table_numbers(&table, "t10");
        at_50 = rml_table_numbers(&table, "t50");
        link = malloc((size_t)c.all.n_rows * sizeof *link);
        assert_int_equal(rml_boost_decide(&boost, &c.all, 10, link), RML_OK);
        for (int64_t i = 0; i < c.all.n_rows; ++i) assert_close(link[i], at_10[i], 0, 1e-6, "10 trees");
        assert_int_equal(rml_boost_decide(&boost, &c.all, 0, link), RML_OK);
        for (int64_t i = 0; i < c.all.n_rows; ++i) assert_close(link[i], at_50[i], 0, 1e-6, "50 trees");
        deviance = rml_json_numbers(rml_json(c.reference.result, "train_deviance"), &n);
        assert_int_equal(n, 50);
        for (int32_t t = 0; t < n; ++t) assert_close(boost.training[t], deviance[t], 1e-9, 0, "deviance");
        relative = rml_json(c.reference.result, "rel_inf");
        for (int32_t j = 0; j < c.all.n_columns; ++j) {
            const char *column = cJSON_GetArrayItem(rml_json(c.reference.result, "features"), j)->valuestring;

            assert_close(100.0 * boost.importance[j], rml_json_number(rml_json(relative, column)), 1e-8, 1e-10, column);
        }
        free(link);
        free(at_10);
        free(at_50);
        free(deviance);
        rml_table_free(&table);
        rml_boost_free(&boost);
        tree_case_close(&c);
    }
}

/* Six rows, one stump. Log-odds of 2 in 6: -log 2, p = 1/3. The split behind 3 leaves residuals -1/3 x 3 on the left:
 * -1 / (3 * 2/9) = -1.5, and 2/3, 2/3, -1/3 on the right: 1 / (2/3) = 1.5; its gain is 3*3/6 (1/3 + 1/3)^2. */
static void a_stump_by_hand(void **state)
{
    const double x[] = {1, 2, 3, 4, 5, 6, 4, 4, 4, 4, 4, 4};
    const uint8_t y[] = {0, 0, 0, 1, 1, 0};
    const rml_columns table = {.n_rows = 6, .stride = 6, .n_columns = 2, .x = x};
    const double p[] = {1.0 / (1.0 + exp(log(2.0) + 0.75)), 1.0 / (1.0 + exp(log(2.0) - 0.75))};

    (void)state;
    for (int manner = 0; manner < 2; ++manner) {
        rml_boost_settings settings = manner ? rml_boost_gbm() : rml_boost_sklearn();
        rml_boost boost;
        double decision[6];

        settings.n_trees = 1;
        settings.max_depth = 1;
        settings.min_leaf = 3;
        settings.learning_rate = 0.5;
        assert_int_equal(rml_boost_fit(&table, y, NULL, NULL, &settings, &boost), RML_OK);
        assert_int_equal(boost.trees.n_nodes, 3);
        assert_int_equal(boost.trees.feature[0], 0);
        assert_close(boost.trees.gain[0], 9.0 / 6.0 * 4.0 / 9.0, 1e-14, 0, "gain");
        assert_int_equal(rml_boost_decide(&boost, &table, 0, decision), RML_OK);
        for (int i = 0; i < 6; ++i) assert_close(decision[i], -log(2.0) + (i < 3 ? -0.75 : 0.75), 1e-14, 0, "decision");
        assert_close(boost.importance[0], 1.0, 0, 0, "importance");
        assert_close(boost.importance[1], 0.0, 0, 0, "importance of a constant");
        assert_close(boost.training[0],
                     -(2.0 * 3.0 * log(1.0 - p[0]) + 2.0 * 2.0 * log(p[1]) + 2.0 * log(1.0 - p[1])) / 6.0, 1e-13, 0,
                     "deviance");
        { /* a value on the threshold: left in scikit-learn, right in gbm */
            const double on[] = {3.5, 4};
            const rml_columns one = {.n_rows = 1, .stride = 1, .n_columns = 2, .x = on};

            assert_int_equal(rml_boost_decide(&boost, &one, 0, decision), RML_OK);
            assert_close(decision[0], -log(2.0) + (manner ? 0.75 : -0.75), 1e-14, 0, "on the threshold");
        }
        rml_boost_free(&boost);
    }
}

/* Values 1e-9 apart are one value to scikit-learn, whose FEATURE_THRESHOLD is 1e-7, and four to gbm. */
static void close_values(void **state)
{
    const double x[] = {1e-9, 2e-9, 3e-9, 4e-9};
    const uint8_t y[] = {0, 0, 1, 1};
    const rml_columns table = {4, 4, 1, x};

    (void)state;
    for (int manner = 0; manner < 2; ++manner) {
        rml_boost_settings settings = manner ? rml_boost_gbm() : rml_boost_sklearn();
        rml_boost boost;

        settings.n_trees = 1;
        settings.min_leaf = 1;
        assert_int_equal(rml_boost_fit(&table, y, NULL, NULL, &settings, &boost), RML_OK);
        assert_int_equal(boost.trees.n_nodes, manner ? 3 : 1);
        assert_close(boost.importance[0], manner ? 1.0 : 0.0, 0, 0, "importance");
        rml_boost_free(&boost);
    }
}

enum { N = 90, P = 5 };

static void make_problem(double *x, uint8_t *y, double *number)
{
    uint64_t seed = 11;

    for (int k = 0; k < N * P; ++k) x[k] = rml_test_uniform(&seed) - 0.5;
    for (int i = 0; i < N; ++i) {
        number[i] = 3.0 * x[i] - x[N + i] * x[2 * N + i] + 0.3 * rml_test_uniform(&seed);
        y[i] = number[i] > 0.1;
    }
}

/* A row of weight 2 is a row twice, one of weight 0 is not there. Exact in theory; the sums' order differs. */
static void weights_are_copies(void **state)
{
    static double x[N * P], number[N], twice[2 * N * P], twice_number[2 * N], weight[N], one[N], other[N];
    static uint8_t y[N], twice_y[2 * N];
    int n_twice = 0;

    (void)state;
    make_problem(x, y, number);
    for (int i = 0; i < N; ++i) {
        weight[i] = i % 3;
        for (int c = 0; c < i % 3; ++c) {
            for (int j = 0; j < P; ++j) twice[j * 2 * N + n_twice] = x[j * N + i];
            twice_y[n_twice] = y[i];
            twice_number[n_twice++] = number[i];
        }
    }
    for (int manner = 0; manner < 2; ++manner)
        for (int binary = 0; binary < 2; ++binary) {
            const rml_columns table = {.n_rows = N, .stride = N, .n_columns = P, .x = x};
            const rml_columns copied = {.n_rows = n_twice, .stride = 2L * N, .n_columns = P, .x = twice};
            rml_boost_settings settings = manner ? rml_boost_gbm() : rml_boost_sklearn();
            rml_boost a, b;

            settings.n_trees = 8;
            settings.n_splits = 3;
            settings.min_leaf = 1;
            assert_int_equal(rml_boost_fit(&table, binary ? y : NULL, binary ? NULL : number, weight, &settings, &a),
                             RML_OK);
            assert_int_equal(
                rml_boost_fit(&copied, binary ? twice_y : NULL, binary ? NULL : twice_number, NULL, &settings, &b),
                RML_OK);
            assert_int_equal(rml_boost_decide(&a, &table, 0, one), RML_OK);
            assert_int_equal(rml_boost_decide(&b, &table, 0, other), RML_OK);
            for (int i = 0; i < N; ++i) assert_close(one[i], other[i], 1e-9, 1e-9, "decision");
            rml_boost_free(&a);
            rml_boost_free(&b);
        }
}

/* Exact: trees see the order of values alone, and halving is exact; the squared error of the training rows falls. */
static void other_units_give_the_same(void **state)
{
    static double x[N * P], number[N], scaled[N * P], one[N], other[N];
    static uint8_t y[N];
    const rml_columns table = {.n_rows = N, .stride = N, .n_columns = P, .x = x};
    const rml_columns units = {.n_rows = N, .stride = N, .n_columns = P, .x = scaled};
    rml_boost_settings settings = rml_boost_gbm();
    rml_boost boost;

    (void)state;
    make_problem(x, y, number);
    for (int k = 0; k < N * P; ++k) scaled[k] = ldexp(x[k], k / N * 7 - 9);
    settings.n_splits = 4;
    settings.n_trees = 20;
    assert_int_equal(rml_boost_fit(&table, NULL, number, NULL, &settings, &boost), RML_OK);
    assert_int_equal(rml_boost_decide(&boost, &table, 0, one), RML_OK);
    for (int t = 1; t < 20; ++t) assert_true(boost.training[t] < boost.training[t - 1]);
    rml_boost_free(&boost);
    assert_int_equal(rml_boost_fit(&units, NULL, number, NULL, &settings, &boost), RML_OK);
    assert_int_equal(rml_boost_decide(&boost, &units, 0, other), RML_OK);
    for (int i = 0; i < N; ++i) assert_close(one[i], other[i], 0, 0, "decision");
    rml_boost_free(&boost);
}

static void bad_input_is_refused(void **state)
{
    const double x[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4}, large[] = {1, 2, 3, 1e300}, weight[] = {1, 1, 1, -1};
    const uint8_t y[] = {0, 1, 0, 1}, one_class[] = {1, 1, 1, 1}, wrong[] = {0, 1, 2, 1};
    const rml_columns table = {4, 4, 1, x}, with_nan = {4, 4, 1, bad}, too_large = {4, 4, 1, large};
    const rml_columns empty = {0, 0, 1, x}, wide = {2, 2, 2, x};
    rml_boost_settings settings = rml_boost_sklearn();
    rml_boost boost;
    double decision[4];

    (void)state;
    assert_int_equal(rml_boost_fit(&table, one_class, NULL, NULL, &settings, &boost), RML_EEMPTY);
    assert_int_equal(rml_boost_fit(&empty, y, NULL, NULL, &settings, &boost), RML_EEMPTY);
    assert_int_equal(rml_boost_fit(&table, wrong, NULL, NULL, &settings, &boost), RML_EVALUE);
    assert_int_equal(rml_boost_fit(&table, y, NULL, weight, &settings, &boost), RML_EVALUE);
    assert_int_equal(rml_boost_fit(&with_nan, y, NULL, NULL, &settings, &boost), RML_EVALUE);
    assert_int_equal(rml_boost_fit(&too_large, y, NULL, NULL, &settings, &boost), RML_EVALUE);
    assert_int_equal(rml_boost_fit(&table, y, x, NULL, &settings, &boost), RML_EINVAL);
    settings.learning_rate = 0.0;
    assert_int_equal(rml_boost_fit(&table, y, NULL, NULL, &settings, &boost), RML_EINVAL);
    settings = rml_boost_gbm();
    settings.n_splits = 0;
    assert_int_equal(rml_boost_fit(&table, y, NULL, NULL, &settings, &boost), RML_EINVAL);
    settings = rml_boost_gbm();
    settings.min_leaf = 1;
    assert_int_equal(rml_boost_fit(&too_large, y, NULL, NULL, &settings, &boost), RML_OK); /* in double precision */
    assert_int_equal(rml_boost_decide(&boost, &wide, 0, decision), RML_EINVAL);
    assert_int_equal(rml_boost_decide(&boost, &table, 101, decision), RML_EINVAL);
    assert_int_equal(rml_boost_decide(&boost, &with_nan, 0, decision), RML_EVALUE);
    assert_true(isnan(decision[0]));
    rml_boost_free(&boost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_match_sklearn),
        cmocka_unit_test(trees_match_sklearn),
        cmocka_unit_test(cases_match_gbm),
        cmocka_unit_test(a_stump_by_hand),
        cmocka_unit_test(close_values),
        cmocka_unit_test(weights_are_copies),
        cmocka_unit_test(other_units_give_the_same),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
