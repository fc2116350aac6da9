/* Random forests. Oracle: bands over 50 seeds of randomForest 4.7 (R) and scikit-learn 1.9.1, which no two programs
 * meet bit for bit; forests of which the answer is known; and what must hold for any input. */
#include "kernels/base/rng.h"
#include "kernels/stats/roc.h"
#include "kernels/trees/forest.h"
#include "tests/kernels/tree_cases.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLOW 1 /* a sanitizer takes ten times as long: fewer seeds, and the bands of fewer */
#else
#define SLOW 0
#endif

enum { SEEDS = SLOW ? 3 : 12 };

/* Mean over the seeds within 3 standard errors of the oracle's (of 50 seeds), each run within 2 sd of its range. */
static void in_band(const char *name, const cJSON *result, const char *field, const double *value)
{
    const cJSON *band = rml_json(result, field);
    const double mean = rml_json_number(rml_json(band, "mean")), sd = rml_json_number(rml_json(band, "sd"));
    const double low = rml_json_number(rml_json(band, "min")), high = rml_json_number(rml_json(band, "max"));
    const double stands_for = SEEDS > 10 ? 10 : SEEDS; /* the stated band is that of 10 seeds */
    double sum = 0.0;
    char what[128];

    (void)snprintf(what, sizeof what, "%s %s", name, field);
    for (int s = 0; s < SEEDS; ++s) {
        sum += value[s];
        if (value[s] < low - 2 * sd - 1e-12 || value[s] > high + 2 * sd + 1e-12)
            fail_msg("%s: seed %d gives %g, outside %g to %g with sd %g", what, s, value[s], low, high, sd);
    }
    assert_close(sum / SEEDS, mean, 0, 3.0 * sd / sqrt(stands_for) + 1e-12, what);
}

static double correlation_of_ranks(const double *a, const double *b, int32_t n)
{
    double sum = 0.0;

    for (int32_t i = 0; i < n; ++i) {
        int32_t rank_a = 0, rank_b = 0;

        for (int32_t j = 0; j < n; ++j) {
            rank_a += a[j] < a[i];
            rank_b += b[j] < b[i];
        }
        sum += (rank_a - rank_b) * (double)(rank_a - rank_b);
    }
    return 1.0 - 6.0 * sum / ((double)n * ((double)n * n - 1.0));
}

/* How far the seeds' mean is from the oracle's, column by column: the largest number of joint standard errors among the
 * columns that matter (those of at least `least` of the largest). */
static double furthest(const rml_reference *reference, const char *file, const double *mean, int32_t p, double least)
{
    rml_table table;
    double *expected, *sd, most = 0.0, worst = 0.0;

    rml_reference_table(reference, file, &table);
    expected = rml_table_numbers(&table, "mean");
    sd = rml_table_numbers(&table, "sd");
    assert_int_equal(table.n_rows, p);
    for (int32_t j = 0; j < p; ++j) most = fmax(most, expected[j]);
    for (int32_t j = 0; j < p; ++j)
        if (expected[j] >= least * most)
            worst = fmax(worst, fabs(mean[j] - expected[j]) / (sd[j] * sqrt(1.0 / SEEDS + 1.0 / 50)));
    free(expected);
    free(sd);
    rml_table_free(&table);
    return worst;
}

/* Rank correlation with the oracle's mean ranks (1 for the largest). */
static double as_ranked(const rml_reference *reference, const char *file, const double *value)
{
    rml_table table;
    double *rank, result;

    rml_reference_table(reference, file, &table);
    rank = rml_table_numbers(&table, "mean_rank");
    for (int64_t j = 0; j < table.n_rows; ++j) rank[j] = -rank[j];
    result = correlation_of_ranks(value, rank, (int32_t)table.n_rows);
    free(rank);
    rml_table_free(&table);
    return result;
}

static void cases_are_in_their_bands(void **state)
{
    static const struct {
        const char *name, *columns, *outcome;
        int32_t n_trees;
        bool r;
    } cases[] = {{"randomforest/Pima_R", "features", "type", 500, true},
                 {"randomforest/breast_cancer_sklearn", "columns", "y", 200, false},
                 {"randomforest/c80x400_R", "importance_gini.csv", "y", 300, true},
                 {"randomforest/c80x400_sklearn", "columns", "y", 200, false}};
    static double value[4][SEEDS];

    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        rml_forest_settings settings = rml_forest_defaults(2);
        const bool permutation = strcmp(cases[k].outcome, "type") == 0;
        tree_case c;
        double *gini, *permuted, *of_class, *positive;
        int32_t p;
        int64_t n;

        tree_case_open(cases[k].name, cases[k].columns, cases[k].outcome, &c);
        p = c.all.n_columns;
        n = c.test.n_rows;
        gini = calloc((size_t)p, sizeof *gini);
        permuted = calloc((size_t)p, sizeof *permuted);
        of_class = malloc((size_t)(2 * n) * sizeof *of_class);
        positive = malloc((size_t)n * sizeof *positive);
        settings.n_trees = cases[k].n_trees;
        settings.permutation = permutation;
        for (int s = 0; s < SEEDS; ++s) {
            rml_forest forest;

            settings.seed = (uint64_t)s;
            assert_int_equal(rml_forest_fit(&c.train, c.class_train, 2, NULL, NULL, &settings, &forest), RML_OK);
            assert_int_equal(
                rml_forest_predict(&forest, &c.test, cases[k].r ? of_class : NULL, cases[k].r ? NULL : of_class),
                RML_OK);
            value[0][s] = forest.oob_error;
            value[2][s] = value[3][s] = 0.0;
            for (int64_t i = 0; i < n; ++i) {
                positive[i] = of_class[2 * i + 1];
                value[2][s] += (double)((positive[i] > 0.5) == c.y_test[i]) / (double)n;
                value[3][s] += (positive[i] - c.y_test[i]) * (positive[i] - c.y_test[i]) / (double)n;
            }
            assert_int_equal(rml_roc_auc(positive, c.y_test, n, &value[1][s]), RML_OK);
            for (int32_t j = 0; j < p; ++j) {
                gini[j] += (cases[k].r ? forest.gain[j] : forest.importance[j]) / SEEDS;
                if (permutation) permuted[j] += forest.permuted[j] / SEEDS;
            }
            rml_forest_free(&forest);
        }
        in_band(cases[k].name, c.reference.result, "oob_error", value[0]);
        in_band(cases[k].name, c.reference.result, "test_auc", value[1]);
        if (!cases[k].r) in_band(cases[k].name, c.reference.result, "test_acc", value[2]);
        if (strstr(cases[k].name, "c80x400_R") == NULL)
            in_band(cases[k].name, c.reference.result, "test_brier", value[3]);
        /* A dozen columns a case: 4.5 standard errors of either mean. */
        assert_true(furthest(&c.reference, "importance_gini.csv", gini, p, 0.1) < 4.5);
        if (permutation) {
            assert_true(furthest(&c.reference, "importance_permutation.csv", permuted, p, 0.1) < 4.5);
            assert_true(as_ranked(&c.reference, "importance_gini.csv", gini) >= 0.9);
            assert_true(as_ranked(&c.reference, "importance_permutation.csv", permuted) >= 0.9);
        }
        free(gini);
        free(permuted);
        free(of_class);
        free(positive);
        tree_case_close(&c);
    }
}

/* tests/oracle/forest_sklearn.csv: numbers and three classes, with weights and with balanced classes. */
enum { QUANTITIES = 64 };

typedef struct bands {
    rml_table table;
    double *mean, *sd, *low, *high;
    double sum[QUANTITIES];
} bands;

static void take(bands *b, const char *name, const char *mark, double value)
{
    char full[64];

    (void)snprintf(full, sizeof full, "%s%s", name, mark);
    for (int64_t q = 0; q < b->table.n_rows; ++q)
        if (strcmp(b->table.cell[q * b->table.n_columns], full) == 0) {
            b->sum[q] += value;
            if (value < b->low[q] - 2 * b->sd[q] || value > b->high[q] + 2 * b->sd[q])
                fail_msg("%s: %g, outside %g to %g", full, value, b->low[q], b->high[q]);
            return;
        }
    fail_msg("no quantity %s", full);
}

static void take_numbers(bands *b, tree_oracle *o, uint64_t seed, bool weighted)
{
    rml_forest_settings settings = rml_forest_defaults(0);
    const rml_columns test = {.n_rows = 40, .stride = 160, .n_columns = 6, .x = o->memory + 120};
    const char *mark = weighted ? "_w" : "";
    rml_forest forest;
    double value[40], error = 0.0;

    settings.n_trees = 200;
    settings.mtry = 2;
    settings.min_split = 2;
    settings.min_leaf = 3;
    settings.seed = seed;
    assert_int_equal(rml_forest_fit(&o->train, NULL, 0, o->number, weighted ? o->weight : NULL, &settings, &forest),
                     RML_OK);
    assert_int_equal(rml_forest_predict(&forest, &test, NULL, value), RML_OK);
    for (int i = 0; i < 40; ++i) error += (value[i] - o->number[120 + i]) * (value[i] - o->number[120 + i]) / 40;
    if (!weighted) take(b, "number_oob", mark, forest.oob_error);
    take(b, "number_test", mark, error);
    for (int j = 0; j < 6; ++j) {
        char name[] = "number_importance0";

        name[17] = (char)('0' + j);
        take(b, name, mark, forest.importance[j]);
    }
    rml_forest_free(&forest);
}

static int largest_of_3(const double *share)
{
    return share[1] > share[0] ? (share[2] > share[1] ? 2 : 1) : (share[2] > share[0] ? 2 : 0);
}

static void take_classes(bands *b, tree_oracle *o, uint64_t seed, bool balanced)
{
    rml_forest_settings settings = rml_forest_defaults(3);
    const rml_columns test = {.n_rows = 40, .stride = 160, .n_columns = 6, .x = o->memory + 120};
    const char *mark = balanced ? "_w" : "";
    rml_forest forest;
    double share[120], wrong = 0.0, brier = 0.0, out = 0.0;

    settings.n_trees = 200;
    settings.mtry = 2;
    settings.seed = seed;
    settings.balanced = balanced;
    assert_int_equal(rml_forest_fit(&o->train, o->class, 3, NULL, NULL, &settings, &forest), RML_OK);
    assert_int_equal(rml_forest_predict(&forest, &test, NULL, share), RML_OK);
    for (int i = 0; i < 40; ++i) {
        wrong += largest_of_3(share + 3 * i) == o->class[120 + i] ? 0.0 : 1.0 / 40;
        for (int c = 0; c < 3; ++c) {
            const double off = share[3 * i + c] - (o->class[120 + i] == c);

            brier += off * off / 40;
        }
    }
    for (int i = 0; i < 120; ++i) /* scikit-learn's comes from the shares, oob_error from the votes */
        out += largest_of_3(forest.oob_value + 3 * i) == o->class[i] ? 0.0 : 1.0 / 120;
    take(b, "class_oob", mark, out);
    take(b, "class_test", mark, wrong);
    take(b, "class_brier", mark, brier);
    for (int j = 0; j < 6; ++j) {
        char name[] = "class_importance0";

        name[16] = (char)('0' + j);
        take(b, name, mark, forest.importance[j]);
    }
    rml_forest_free(&forest);
}

static void numbers_and_classes_match_sklearn(void **state)
{
    bands b = {0};
    tree_oracle o;

    (void)state;
    oracle_open("forest_sklearn.csv", &b.table);
    assert_true(b.table.n_rows <= QUANTITIES);
    b.mean = rml_table_numbers(&b.table, "mean");
    b.sd = rml_table_numbers(&b.table, "sd");
    b.low = rml_table_numbers(&b.table, "min");
    b.high = rml_table_numbers(&b.table, "max");
    tree_oracle_open(&o);
    for (int s = 0; s < SEEDS; ++s)
        for (int mark = 0; mark < 2; ++mark) {
            take_numbers(&b, &o, (uint64_t)s, mark);
            take_classes(&b, &o, (uint64_t)s, mark);
        }
    for (int64_t q = 0; q < b.table.n_rows; ++q) /* 33 quantities: 4 standard errors of both means */
        assert_close(b.sum[q] / SEEDS, b.mean[q], 0, 4.0 * b.sd[q] * sqrt(1.0 / SEEDS + 1.0 / 50),
                     b.table.cell[q * b.table.n_columns]);
    tree_oracle_close(&o);
    free(b.mean);
    free(b.sd);
    free(b.low);
    free(b.high);
    oracle_close(&b.table);
}

enum { N = 60, P = 5, TREES = 12 };

static double x[N * P], number[N], weight[N];
static int32_t class[N];
static const rml_columns table = {.n_rows = N, .stride = N, .n_columns = P, .x = x};

static void make_problem(void)
{
    uint64_t seed = 3;

    for (int k = 0; k < N * P; ++k) x[k] = k / N == 4 ? 7.0 : rml_test_uniform(&seed); /* column 4 is flat */
    for (int i = 0; i < N; ++i) {
        number[i] = x[i] + x[N + i] + 0.2 * rml_test_uniform(&seed);
        class[i] = number[i] > 1.2 ? 2 : number[i] > 0.9;
        weight[i] = i % 7 == 2 ? 0.0 : 0.5 + rml_test_uniform(&seed);
    }
}

/* What a tree says of row i when its value of column `shuffled` is that of row `other`. */
static const double *ask(const rml_trees *trees, int32_t t, int i, int32_t shuffled, int other)
{
    int32_t node = trees->first[t];

    while (trees->feature[node] >= 0) {
        const int32_t j = trees->feature[node];

        node =
            x[j * N + (j == shuffled ? other : i)] <= trees->threshold[node] ? trees->left[node] : trees->right[node];
    }
    return trees->value + (int64_t)node * trees->n_values;
}

static double loss(const double *value, int i, bool numbers)
{
    return numbers ? (value[0] - number[i]) * (value[0] - number[i]) : (double)(largest_of_3(value) != class[i]);
}

/* Bags and shuffles follow from the draws that forest.h states: every row of every tree is asked anew. */
static void out_of_bag_by_definition(void **state)
{
    (void)state;
    make_problem();
    for (int numbers = 0; numbers < 2; ++numbers) {
        const int k = numbers ? 1 : 3;
        rml_forest_settings settings = rml_forest_defaults(numbers ? 0 : 3);
        rml_forest forest;
        int count[N] = {0};
        double vote[N * 3] = {0}, value[N * 3] = {0}, sum[P] = {0}, squares[P] = {0}, wrong = 0.0, total = 0.0;

        settings.n_trees = TREES;
        settings.permutation = true;
        settings.seed = 77;
        assert_int_equal(rml_forest_fit(&table, numbers ? NULL : class, numbers ? 0 : 3, numbers ? number : NULL,
                                        weight, &settings, &forest),
                         RML_OK);
        for (int32_t t = 0; t < TREES; ++t) {
            int present[N], n_present = 0, out[N], n_out = 0, drawn[N] = {0};
            double all = 0.0, sum_of_weights = 0.0;

            for (int i = 0; i < N; ++i) {
                sum_of_weights += weight[i];
                if (weight[i] > 0.0) present[n_present++] = i;
            }
            for (int d = 0; d < n_present; ++d) {
                const double at = rml_rng_uniform(77, (uint64_t)t, (uint64_t)d) * sum_of_weights;
                double upto = weight[0];
                int row = 0;

                while (!(upto > at)) upto += weight[++row];
                ++drawn[row];
            }
            for (int r = 0; r < n_present; ++r)
                if (!drawn[present[r]]) out[n_out++] = present[r];
            for (int o = 0; o < n_out; ++o) {
                const double *said = ask(&forest.trees, t, out[o], -1, 0);

                all += weight[out[o]];
                ++count[out[o]];
                for (int v = 0; v < k; ++v) value[out[o] * k + v] += said[v];
                if (!numbers) vote[out[o] * 3 + largest_of_3(said)] += 1.0;
            }
            for (int32_t j = 0; j < P; ++j) {
                int with[N];
                double worse = 0.0;

                memcpy(with, out, sizeof with);
                for (int i = n_out - 1, d = 0; i > 0; --i, ++d) {
                    const int other =
                        (int)(rml_rng_uniform(77, (uint64_t)t, ((uint64_t)(2 + j) << 32) + (uint64_t)d) * (i + 1));
                    const int held = with[i];

                    with[i] = with[other];
                    with[other] = held;
                }
                for (int o = 0; o < n_out; ++o)
                    worse += weight[out[o]] * (loss(ask(&forest.trees, t, out[o], j, with[o]), out[o], numbers) -
                                               loss(ask(&forest.trees, t, out[o], -1, 0), out[o], numbers));
                sum[j] += worse / all / TREES;
                squares[j] += worse / all * worse / all / TREES;
            }
        }
        for (int i = 0; i < N; ++i) {
            double mean[3];

            assert_int_equal(forest.oob_count[i], count[i]);
            if (count[i] == 0) {
                assert_true(isnan(forest.oob_value[i * k]));
                continue;
            }
            for (int v = 0; v < k; ++v) {
                mean[v] = (numbers ? value : vote)[i * k + v] / count[i];
                assert_close(forest.oob_value[i * k + v], value[i * k + v] / count[i], 1e-14, 0, "value");
                if (!numbers) assert_close(forest.oob_vote[i * k + v], mean[v], 1e-15, 0, "vote");
            }
            wrong += weight[i] * loss(mean, i, numbers);
            total += weight[i];
        }
        assert_close(forest.oob_error, wrong / total, 1e-13, 0, "error");
        for (int j = 0; j < P; ++j) {
            assert_close(forest.permuted[j], sum[j], 1e-12, 1e-15, "permuted");
            if (j < 4)
                assert_close(forest.permuted_z[j], sum[j] / sqrt((squares[j] - sum[j] * sum[j]) / TREES), 1e-10, 0,
                             "z");
        }
        for (int32_t j = 0; j < P; ++j) { /* a tree's gains as they are, and as shares of its own sum */
            double gain = 0.0, share = 0.0;

            for (int32_t t = 0; t < TREES; ++t) {
                double here = 0.0, all = 0.0;

                for (int32_t node = forest.trees.first[t]; node < forest.trees.first[t + 1]; ++node) {
                    if (forest.trees.feature[node] == j) here += forest.trees.gain[node];
                    all += forest.trees.gain[node];
                }
                gain += here / TREES;
                share += here / all / TREES;
            }
            assert_close(forest.gain[j], gain, 1e-13, 0, "gain");
            assert_close(forest.importance[j], share, 1e-13, 0, "importance");
        }
        assert_close(forest.permuted_z[4], 0, 0, 0, "z of a flat column");
        assert_close(forest.importance[4], 0, 0, 0, "importance of a flat column");
        assert_close(forest.importance[0] + forest.importance[1] + forest.importance[2] + forest.importance[3], 1,
                     1e-14, 0, "sum of the importance");
        rml_forest_free(&forest);
    }
}

static void same_trees(const rml_trees *a, const rml_trees *b, int32_t n_nodes)
{
    for (int32_t node = 0; node < n_nodes; ++node) {
        assert_int_equal(a->feature[node], b->feature[node]);
        assert_int_equal(a->left[node], b->left[node]);
        assert_close(a->threshold[node], b->threshold[node], 0, 0, "threshold");
        for (int v = 0; v < a->n_values; ++v)
            assert_close(a->value[node * a->n_values + v], b->value[node * b->n_values + v], 0, 0, "value");
    }
}

/* Exact: a tree is the same in a longer forest, in one whose rows of weight 0 are left out, and with the columns in
 * other units; the weights' own unit changes nothing but the gains. */
static void what_does_not_change_a_tree(void **state)
{
    static double some[N * P], some_weight[N], scaled[N * P], heavy[N];
    static int32_t some_class[N];
    const rml_columns units = {.n_rows = N, .stride = N, .n_columns = P, .x = scaled};
    rml_columns few = {.stride = N, .n_columns = P, .x = some};
    rml_forest_settings settings = rml_forest_defaults(3);
    rml_forest forest, other;

    (void)state;
    make_problem();
    for (int i = 0; i < N; ++i) {
        heavy[i] = 4.0 * weight[i];
        for (int j = 0; j < P; ++j) scaled[j * N + i] = ldexp(x[j * N + i], j - 2);
        if (weight[i] == 0.0) continue;
        for (int j = 0; j < P; ++j) some[j * N + few.n_rows] = x[j * N + i];
        some_class[few.n_rows] = class[i];
        some_weight[few.n_rows++] = weight[i];
    }
    settings.n_trees = TREES;
    settings.seed = 8;
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, weight, &settings, &forest), RML_OK);
    assert_int_equal(rml_forest_fit(&few, some_class, 3, NULL, some_weight, &settings, &other), RML_OK);
    same_trees(&forest.trees, &other.trees, forest.trees.n_nodes);
    assert_close(forest.oob_error, other.oob_error, 0, 0, "error");
    rml_forest_free(&other);
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, heavy, &settings, &other), RML_OK);
    same_trees(&forest.trees, &other.trees, forest.trees.n_nodes);
    rml_forest_free(&other);
    assert_int_equal(rml_forest_fit(&units, class, 3, NULL, weight, &settings, &other), RML_OK);
    for (int32_t node = 0; node < forest.trees.n_nodes; ++node)
        assert_int_equal(forest.trees.feature[node], other.trees.feature[node]);
    rml_forest_free(&other);
    settings.n_trees = TREES / 2;
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, weight, &settings, &other), RML_OK);
    same_trees(&forest.trees, &other.trees, other.trees.n_nodes);
    rml_forest_free(&other);
    rml_forest_free(&forest);
}

static void bad_input_is_refused(void **state)
{
    static double bad[N * P], infinite[N];
    static int32_t one_class[N], wrong[N];
    const rml_columns with_nan = {.n_rows = N, .stride = N, .n_columns = P, .x = bad};
    const rml_columns empty = {.n_rows = 0, .stride = 0, .n_columns = P, .x = x};
    const rml_columns narrow = {.n_rows = N, .stride = N, .n_columns = P - 1, .x = x};
    const double factors[] = {1, 0, 1};
    rml_forest_settings settings = rml_forest_defaults(3);
    rml_forest forest;
    double value[N * 3];

    (void)state;
    make_problem();
    memcpy(bad, x, sizeof bad);
    bad[N + 3] = NAN;
    wrong[5] = 3;
    infinite[2] = INFINITY;
    settings.n_trees = 2;
    assert_int_equal(rml_forest_fit(&empty, class, 3, NULL, NULL, &settings, &forest), RML_EEMPTY);
    assert_int_equal(rml_forest_fit(&table, one_class, 3, NULL, NULL, &settings, &forest), RML_EEMPTY);
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, infinite, &settings, &forest), RML_EVALUE);
    assert_int_equal(rml_forest_fit(&with_nan, class, 3, NULL, NULL, &settings, &forest), RML_EVALUE);
    assert_int_equal(rml_forest_fit(&table, wrong, 3, NULL, NULL, &settings, &forest), RML_EINVAL);
    assert_int_equal(rml_forest_fit(&table, class, 3, number, NULL, &settings, &forest), RML_EINVAL);
    assert_int_equal(rml_forest_fit(&table, NULL, 0, infinite, NULL, &settings, &forest), RML_EVALUE);
    settings.class_weight = factors;
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, NULL, &settings, &forest), RML_EINVAL);
    settings = rml_forest_defaults(3);
    settings.min_leaf = 0;
    assert_int_equal(rml_forest_fit(&table, class, 3, NULL, NULL, &settings, &forest), RML_EINVAL);
    settings = rml_forest_defaults(0);
    settings.n_trees = 2;
    assert_int_equal(rml_forest_fit(&table, NULL, 0, number, NULL, &settings, &forest), RML_OK);
    assert_int_equal(forest.mtry, 1);
    assert_int_equal(rml_forest_predict(&forest, &narrow, NULL, value), RML_EINVAL);
    assert_int_equal(rml_forest_predict(&forest, &table, value, NULL), RML_EINVAL);
    assert_int_equal(rml_forest_predict(&forest, &with_nan, NULL, value), RML_EVALUE);
    assert_true(isnan(value[0]));
    rml_forest_free(&forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_in_their_bands), cmocka_unit_test(numbers_and_classes_match_sklearn),
        cmocka_unit_test(out_of_bag_by_definition), cmocka_unit_test(what_does_not_change_a_tree),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
