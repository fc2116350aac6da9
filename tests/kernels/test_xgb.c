/* XGBoost. Oracle: the reference's cases of xgboost 3.2.0 (the library here may be older: exact trees are the same), a
 * stump by hand, what the library's own prediction says, and what must hold for any input. */
#include "kernels/trees/xgb.h"

#include <xgboost/c_api.h>

#include "kernels/trees/xgb_model.h"
#include "tests/kernels/tree_cases.h"

static void cases_match_xgboost(void **state)
{
    static const char *const names[] = {"gbdt/breast_cancer_xgboost_d2", "gbdt/c150x40_xgboost_d2",
                                        "gbdt/breast_cancer_xgboost_d4_l1", "gbdt/c150x40_xgboost_d4_l1"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 4; ++k) {
        rml_xgb_settings settings = rml_xgb_defaults();
        rml_xgb xgb;
        rml_table table;
        tree_case c;
        double *margin, *expected;

        tree_case_open(names[k], "columns", "y", &c);
        settings.n_rounds = 20;
        settings.max_depth = k < 2 ? 2 : 4;
        if (k >= 2) {
            settings.eta = 0.1;
            settings.lambda = 2.0;
            settings.alpha = 0.5;
            settings.min_child_weight = 3.0;
            settings.gamma = 0.1;
        }
        assert_int_equal(rml_xgb_fit(&c.train, c.class_train, 2, NULL, NULL, &settings, &xgb), RML_OK);
        rml_reference_table(&c.reference, "margin.csv", &table);
        expected = rml_table_numbers(&table, "margin");
        margin = malloc((size_t)c.all.n_rows * sizeof *margin);
        assert_int_equal(rml_xgb_decide(&xgb, &c.all, margin), RML_OK);
        for (int64_t i = 0; i < c.all.n_rows; ++i) assert_close(margin[i], expected[i], 0, 2e-4, names[k]);
        for (int32_t j = 0; j < c.all.n_columns; ++j) {
            const char *column = cJSON_GetArrayItem(rml_json(c.reference.result, "columns"), j)->valuestring;
            const cJSON *gain = cJSON_GetObjectItemCaseSensitive(rml_json(c.reference.result, "gain"), column);

            assert_close(xgb.importance[j], gain ? gain->valuedouble : 0.0, 1e-4, 0, column); /* sums of singles */
        }
        free(margin);
        free(expected);
        rml_table_free(&table);
        rml_xgb_free(&xgb);
        tree_case_close(&c);
    }
}

/* One round, depth 1. From p = 1/2 a row's gradient is p - y and its Hessian 1/4: three rows of class 0 give the leaf
 * -eta * 1.5 / (0.75 + lambda), three of class 1 the opposite. Numbers from 0.5: sum of differences / (3 + lambda). */
static void a_stump_by_hand(void **state)
{
    const double x[] = {1, 2, 3, 4, 5, NAN}, number[] = {0, 0, 0, 2, 2, 2};
    const int32_t y[] = {0, 0, 0, 1, 1, 1};
    const rml_columns table = {6, 6, 1, x};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;
    double margin[6];

    (void)state;
    settings.n_rounds = settings.max_depth = 1;
    settings.eta = 0.5;
    settings.min_child_weight = 0.0;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &table, margin), RML_OK);
    for (int i = 0; i < 6; ++i)
        assert_close(margin[i], 0.5 * 1.5 / 1.75 * (i < 3 ? -1 : 1), 1e-6, 0, "class"); /* single */
    rml_xgb_free(&xgb);
    assert_int_equal(rml_xgb_fit(&table, NULL, 0, number, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &table, margin), RML_OK);
    for (int i = 0; i < 6; ++i) assert_close(margin[i], 0.5 + 0.5 * (i < 3 ? -1.5 : 4.5) / 4.0, 1e-6, 0, "number");
    rml_xgb_free(&xgb);
}

/* The same bytes again; a row of weight 2 is that row twice, but for the order of single-precision sums. */
static void repeats_and_weights(void **state)
{
    enum { N = 80, P = 3 };
    static double x[N * P], twice[2 * N * P], weight[N], one[N], other[N];
    static int32_t y[N], y_twice[2 * N];
    const rml_columns table = {N, N, P, x};
    rml_columns copied = {.n_rows = 0, .stride = 2L * N, .n_columns = P, .x = twice};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb a, b;
    uint64_t seed = 4;

    (void)state;
    settings.n_rounds = 5;
    settings.max_depth = 3;
    for (int k = 0; k < N * P; ++k) x[k] = rml_test_uniform(&seed);
    for (int i = 0; i < N; ++i) {
        y[i] = x[i] + x[N + i] + 0.3 * rml_test_uniform(&seed) > 1.1;
        weight[i] = i % 3;
        for (int c = 0; c < i % 3; ++c) {
            for (int j = 0; j < P; ++j) twice[j * 2 * N + copied.n_rows] = x[j * N + i];
            y_twice[copied.n_rows++] = y[i];
        }
    }
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, weight, &settings, &a), RML_OK);
    assert_int_equal(rml_xgb_decide(&a, &table, one), RML_OK);
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, weight, &settings, &b), RML_OK);
    assert_int_equal(a.n_bytes, b.n_bytes);
    assert_memory_equal(a.bytes, b.bytes, (size_t)a.n_bytes);
    rml_xgb_free(&b);
    assert_int_equal(rml_xgb_fit(&copied, y_twice, 2, NULL, NULL, &settings, &b), RML_OK);
    assert_int_equal(rml_xgb_decide(&b, &table, other), RML_OK);
    rml_xgb_free(&a);
    rml_xgb_free(&b);
    for (int i = 0; i < N; ++i) {
        const int sign = y[i] ? 1 : -1;

        if (weight[i] > 0.0) assert_close(one[i], other[i], 0, 1e-4, "margin");
        if (fabs(x[i] + x[N + i] - 0.95) > 0.6) assert_true(sign * one[i] > 0.0);
    }
}

static void bad_input_is_refused(void **state)
{
    const double x[] = {1, 2, 3, 4}, bad[] = {1, 2, INFINITY, 4}, large[] = {1, 2, 1e39, 4}, zero[] = {0, 0, 0, 0};
    const int32_t y[] = {0, 1, 0, 1}, one_class[] = {0, 0, 0, 0}, wrong[] = {0, 1, 2, 0};
    const rml_columns table = {4, 4, 1, x}, infinite = {4, 4, 1, bad}, too_large = {4, 4, 1, large};
    const rml_columns wide = {2, 2, 2, x}, empty = {0, 0, 1, x};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;
    double margin[4];

    (void)state;
    assert_int_equal(rml_xgb_fit(&empty, y, 2, NULL, NULL, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&table, one_class, 2, NULL, NULL, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, zero, &settings, &xgb), RML_EEMPTY);
    assert_int_equal(rml_xgb_fit(&infinite, y, 2, NULL, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&too_large, y, 2, NULL, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&table, wrong, 2, NULL, NULL, &settings, &xgb), RML_EINVAL);
    assert_int_equal(rml_xgb_fit(&table, NULL, 0, bad, NULL, &settings, &xgb), RML_EVALUE);
    assert_int_equal(rml_xgb_fit(&table, y, 2, x, NULL, &settings, &xgb), RML_EINVAL);
    settings.base_score = 1.0;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_EINVAL);
    settings = rml_xgb_defaults();
    settings.eta = 0.0;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_EINVAL);
    settings = rml_xgb_defaults();
    settings.n_rounds = 1;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_OK);
    assert_int_equal(rml_xgb_decide(&xgb, &wide, margin), RML_EINVAL);
    assert_int_equal(rml_xgb_decide(&xgb, &infinite, margin), RML_EVALUE);
    assert_true(isnan(margin[0]));
    rml_xgb_free(&xgb);
    settings.subsample = 0.0;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_EINVAL);
}

/* What the library says with the bytes that it wrote. */
static void ask_library(const rml_xgb *xgb, const rml_columns *x, double *margin)
{
    const int64_t n = x->n_rows, p = x->n_columns;
    float *rows = malloc((size_t)(n * p) * sizeof *rows);
    DMatrixHandle matrix;
    BoosterHandle booster;
    const bst_ulong *shape;
    const float *said;
    bst_ulong n_dimensions;

    assert_non_null(rows);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < p; ++j) rows[i * p + j] = (float)rml_column(x, (int32_t)j)[i];
    assert_int_equal(XGDMatrixCreateFromMat_omp(rows, (bst_ulong)n, (bst_ulong)p, NAN, &matrix, 1), 0);
    assert_int_equal(XGBoosterCreate(NULL, 0, &booster), 0);
    assert_int_equal(XGBoosterLoadModelFromBuffer(booster, xgb->bytes, (bst_ulong)xgb->n_bytes), 0);
    assert_int_equal(XGBoosterPredictFromDMatrix(booster, matrix,
                                                 "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, "
                                                 "\"iteration_end\": 0, \"strict_shape\": true}",
                                                 &shape, &n_dimensions, &said),
                     0);
    assert_int_equal(n_dimensions, 2);
    assert_int_equal(shape[1], xgb->n_groups);
    for (int64_t i = 0; i < n; ++i)
        for (int32_t g = 0; g < xgb->n_groups; ++g) margin[g * n + i] = (double)said[i * xgb->n_groups + g];
    XGBoosterFree(booster);
    XGDMatrixFree(matrix);
    free(rows);
}

/* Our own walk through the trees against the library's, to the bit: two classes, three and numbers, values that are
 * missing, rows and columns drawn, pruning (gamma), values on the thresholds (tenths). And every prefix of the bytes is
 * refused, as are bytes with one of them changed unless they still hold trees. */
static void trees_say_what_the_library_says(void **state)
{
    enum { N = 120, P = 5 };
    static double x[N * P], number[N], own[3 * N], library[3 * N], other[3 * N];
    static int32_t class[N], two[N];
    const rml_columns table = {N, N, P, x};
    uint64_t seed = 11;

    (void)state;
    for (int k = 0; k < N * P; ++k)
        x[k] = rml_test_uniform(&seed) < 0.1 ? NAN : floor(10.0 * rml_test_uniform(&seed)) / 10.0;
    for (int i = 0; i < N; ++i) {
        number[i] = 1e3 + (isnan(x[i]) ? 2.0 : x[i]) + 0.2 * rml_test_uniform(&seed);
        class[i] = number[i] < 1000.4 ? 0 : number[i] < 1000.8 ? 1 : 2;
        two[i] = class[i] > 0;
    }
    for (int k = 0; k < 12; ++k) {
        const int32_t n_classes = k % 3 == 0 ? 0 : k % 3 + 1;
        rml_xgb_settings settings = rml_xgb_defaults();
        rml_trees trees;
        uint8_t *missing;
        rml_xgb xgb, again;

        settings.n_rounds = 12;
        settings.base_score = NAN;
        settings.gamma = k / 3 == 1 ? 0.5 : 0.0;
        settings.subsample = k / 3 >= 2 ? 0.6 : 1.0;
        settings.colsample = k / 3 == 3 ? 0.5 : 1.0;
        settings.seed = 5;
        assert_int_equal(rml_xgb_fit(&table,
                                     n_classes == 3   ? class
                                     : n_classes == 2 ? two
                                                      : NULL,
                                     n_classes, n_classes ? NULL : number, NULL, &settings, &xgb),
                         RML_OK);
        assert_int_equal(xgb.trees.n_trees, 12 * xgb.n_groups);
        assert_int_equal(rml_xgb_decide(&xgb, &table, own), RML_OK);
        ask_library(&xgb, &table, library);
        for (int i = 0; i < N * xgb.n_groups; ++i)
            if (own[i] != library[i]) fail_msg("%d, row %d: %.9g and %.9g", k, i, own[i], library[i]);
        /* the same again though the thread has drawn, and another seed draws otherwise */
        assert_int_equal(rml_xgb_fit(&table,
                                     n_classes == 3   ? class
                                     : n_classes == 2 ? two
                                                      : NULL,
                                     n_classes, n_classes ? NULL : number, NULL, &settings, &again),
                         RML_OK);
        assert_int_equal(again.n_bytes, xgb.n_bytes);
        assert_memory_equal(again.bytes, xgb.bytes, (size_t)xgb.n_bytes);
        rml_xgb_free(&again);
        settings.seed = 6;
        assert_int_equal(rml_xgb_fit(&table,
                                     n_classes == 3   ? class
                                     : n_classes == 2 ? two
                                                      : NULL,
                                     n_classes, n_classes ? NULL : number, NULL, &settings, &again),
                         RML_OK);
        assert_int_equal(rml_xgb_decide(&again, &table, other), RML_OK);
        assert_int_equal(memcmp(own, other, (size_t)xgb.n_groups * N * sizeof *own) != 0, k >= 6);
        rml_xgb_free(&again);
        for (int64_t n = 0; n < xgb.n_bytes; n += 1 + n / 4) {
            char *part = malloc((size_t)n + 1); /* of its very length, so that a sanitizer sees a read beyond it */

            assert_non_null(part);
            memcpy(part, xgb.bytes, (size_t)n);
            if (n < 3000) assert_int_equal(rml_xgb_model_read(part, n, &trees, &missing), RML_EFORMAT);
            free(part);
        }
        for (int r = 0; r < 300; ++r) {
            const size_t at = (size_t)(rml_test_random(&seed) % (uint64_t)xgb.n_bytes);
            const char was = xgb.bytes[at];

            xgb.bytes[at] = (char)rml_test_random(&seed);
            if (rml_xgb_model_read(xgb.bytes, xgb.n_bytes, &trees, &missing) == RML_OK) {
                rml_trees_free(&trees);
                free(missing);
            }
            xgb.bytes[at] = was;
        }
        rml_xgb_free(&xgb);
    }
}

/* Left to itself the start is the class' share of the weight, or the mean. */
static void the_start_is_estimated(void **state)
{
    const double x[] = {1, 1, 1, 1}, number[] = {1, 2, 3, 6}, weight[] = {1, 1, 1, 3};
    const int32_t y[] = {0, 0, 0, 1};
    const rml_columns table = {4, 4, 1, x};
    rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;

    (void)state;
    settings.base_score = NAN;
    settings.n_rounds = 1;
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, NULL, &settings, &xgb), RML_OK);
    assert_close(xgb.start, log(1.0 / 3.0), 1e-6, 0, "log-odds"); /* single */
    rml_xgb_free(&xgb);
    assert_int_equal(rml_xgb_fit(&table, y, 2, NULL, weight, &settings, &xgb), RML_OK);
    assert_true(xgb.start == 0.0);
    rml_xgb_free(&xgb);
    assert_int_equal(rml_xgb_fit(&table, NULL, 0, number, NULL, &settings, &xgb), RML_OK);
    assert_true(xgb.start == 3.0);
    rml_xgb_free(&xgb);
}

/* Stumps on Cox's likelihood by their definition: Breslow's first and second derivatives by every log hazard, of every
 * column and place the split with the largest G^2 / (H + lambda) of its sides, leaves of -eta G / (H + lambda). */
enum { TIMES = 40, TIME_COLUMNS = 3, ROUNDS = 6 };

static void differentiate(const double *time, const uint8_t *event, const double *hazard, double *g, double *h)
{
    for (int i = 0; i < TIMES; ++i) {
        double first = 0.0, second = 0.0;

        for (int k = 0; k < TIMES; ++k) {
            double at_risk = 0.0;

            if (!event[k] || time[k] > time[i]) continue;
            for (int r = 0; r < TIMES; ++r) at_risk += time[r] >= time[k] ? exp(hazard[r]) : 0.0;
            first += 1.0 / at_risk;
            second += 1.0 / (at_risk * at_risk);
        }
        g[i] = exp(hazard[i]) * first - event[i];
        h[i] = exp(hazard[i]) * first - exp(2.0 * hazard[i]) * second;
    }
}

static void boost_stumps(const double *x, const double *time, const uint8_t *event, double eta, double lambda,
                         double *hazard)
{
    double g[TIMES], h[TIMES];

    memset(hazard, 0, TIMES * sizeof *hazard);
    for (int round = 0; round < ROUNDS; ++round) {
        double best = -1.0, cut = NAN, leaf[2] = {0};
        int column = 0;

        differentiate(time, event, hazard, g, h);
        for (int j = 0; j < TIME_COLUMNS; ++j)
            for (int at = 0; at < TIMES; ++at) {
                double sum_g[2] = {0}, sum_h[2] = {0}, gain;
                int n_right = 0;

                for (int i = 0; i < TIMES; ++i) {
                    const int right = x[j * TIMES + i] > x[j * TIMES + at];

                    sum_g[right] += g[i];
                    sum_h[right] += h[i];
                    n_right += right;
                }
                gain = sum_g[0] * sum_g[0] / (sum_h[0] + lambda) + sum_g[1] * sum_g[1] / (sum_h[1] + lambda);
                if (n_right == 0 || gain <= best) continue;
                best = gain;
                column = j;
                cut = x[j * TIMES + at];
                for (int side = 0; side < 2; ++side) leaf[side] = -eta * sum_g[side] / (sum_h[side] + lambda);
            }
        for (int i = 0; i < TIMES; ++i) hazard[i] += leaf[x[column * TIMES + i] > cut];
    }
}

/* The library works in single precision. Times in another unit are the same times. */
static void stumps_of_times_follow_the_definition(void **state)
{
    double x[TIME_COLUMNS * TIMES], time[TIMES], expected[TIMES], margin[TIMES];
    uint8_t event[TIMES];
    rml_xgb_settings settings = rml_xgb_defaults();
    (void)state;
    settings.n_rounds = ROUNDS;
    settings.max_depth = 1;
    settings.min_child_weight = 0.0;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        uint64_t random = seed;
        rml_xgb xgb;

        for (int c = 0; c < TIME_COLUMNS * TIMES; ++c) x[c] = (double)(float)rml_test_uniform(&random);
        for (int i = 0; i < TIMES; ++i) {
            time[i] = i == 0 ? 0.0 : (i + rml_test_uniform(&random)) * exp(-x[i]);
            event[i] = rml_test_uniform(&random) < 0.6;
        }
        boost_stumps(x, time, event, settings.eta, settings.lambda, expected);
        for (int unit = 0; unit < 2; ++unit) {
            const rml_columns columns = {TIMES, TIMES, TIME_COLUMNS, x};

            assert_int_equal(rml_xgb_fit_times(&columns, time, event, NULL, &settings, &xgb), RML_OK);
            assert_int_equal(rml_xgb_decide(&xgb, &columns, margin), RML_OK);
            for (int i = 0; i < TIMES; ++i) assert_close(margin[i], expected[i], 0, 1e-5, "log hazard");
            rml_xgb_free(&xgb);
            for (int i = 0; i < TIMES; ++i) time[i] *= 365.25;
        }
    }
}

static void times_that_cannot_be_boosted_are_refused(void **state)
{
    double x[4] = {1, 2, 3, 4}, time[4] = {1, 2, 3, 4}, weight[4] = {1, 0, 1, 1};
    uint8_t event[4] = {0, 1, 0, 0};
    const rml_columns columns = {4, 4, 1, x};
    const rml_xgb_settings settings = rml_xgb_defaults();
    rml_xgb xgb;
    (void)state;
    assert_int_equal(rml_xgb_fit_times(&columns, time, event, weight, &settings, &xgb), RML_EEMPTY);
    time[1] = -2.0;
    assert_int_equal(rml_xgb_fit_times(&columns, time, event, NULL, &settings, &xgb), RML_EVALUE);
    time[1] = 2.0;
    event[1] = 2;
    assert_int_equal(rml_xgb_fit_times(&columns, time, event, NULL, &settings, &xgb), RML_EVALUE);
    event[1] = 0;
    assert_int_equal(rml_xgb_fit_times(&columns, time, event, NULL, &settings, &xgb), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_match_xgboost),
        cmocka_unit_test(a_stump_by_hand),
        cmocka_unit_test(repeats_and_weights),
        cmocka_unit_test(trees_say_what_the_library_says),
        cmocka_unit_test(the_start_is_estimated),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(stumps_of_times_follow_the_definition),
        cmocka_unit_test(times_that_cannot_be_boosted_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
