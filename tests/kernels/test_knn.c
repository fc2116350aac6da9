/* k nearest neighbours. Oracle: scikit-learn 1.9.1 by the reference, and neighbours by hand. */
#include "kernels/simple/knn.h"
#include "tests/support/reference.h"

/* Rows r % 3 != 2 train, the others are predicted, as the reference says; columns standardised over all rows. */
static void split(const double *x, int64_t n, int32_t n_columns, bool scale, double *training, double *test)
{
    int64_t n_training = 0, n_test = 0;

    for (int64_t i = 0; i < n; ++i) n_training += i % 3 != 2;
    for (int32_t j = 0; j < n_columns; ++j) {
        const double *own = x + j * n;
        double mean = 0.0, squares = 0.0;
        int64_t a = 0, b = 0;

        for (int64_t i = 0; i < n; ++i) mean += own[i] / (double)n;
        for (int64_t i = 0; i < n; ++i) squares += (own[i] - mean) * (own[i] - mean);
        const double sd = sqrt(squares / (double)n) > 1e-12 ? sqrt(squares / (double)n) : 1.0;
        n_test = n - n_training;
        for (int64_t i = 0; i < n; ++i) {
            const double value = scale ? (own[i] - mean) / sd : own[i];

            if (i % 3 != 2)
                training[j * n_training + a++] = value;
            else
                test[j * n_test + b++] = value;
        }
    }
}

/* Shares to 1e-12 where the k-th and the next distance differ, as the cases state; distances to 1e-9, because
 * scikit-learn takes them from products. */
static void shares_match_scikit_learn(void **state)
{
    static const char *const names[] = {"knn/breast_cancer", "knn/c150x40", "knn/c150x40_ties"};
    static const int32_t k_of[] = {1, 5, 7, 15};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int c = 0; c < 3; ++c) {
        rml_reference reference;
        rml_table shares;
        int32_t n_columns, n_compared = 0;

        rml_reference_open(names[c], &reference);
        rml_reference_table(&reference, "proba.csv", &shares);
        double *x = rml_table_matrix(&reference.input, rml_json(reference.result, "columns"), &n_columns);
        double *y = rml_table_numbers(&reference.input, "y");
        const int64_t n = reference.input.n_rows, n_test = n / 3, n_training = n - n_test;
        double *training = malloc((size_t)(n_training * n_columns) * sizeof *training);
        double *test = malloc((size_t)(n_test * n_columns) * sizeof *test), *out = malloc((size_t)n * sizeof *out);
        int32_t *classes = malloc((size_t)n * sizeof *classes);
        int64_t *index = malloc((size_t)(n * 16) * sizeof *index);
        double *distance = malloc((size_t)(n * 16) * sizeof *distance);
        const rml_columns columns = {n_training, n_training, n_columns, training},
                          rows = {n_test, n_test, n_columns, test};
        const cJSON *nearest = rml_json(reference.result, "nearest8_train_positions");
        const cJSON *far = rml_json(reference.result, "nearest8_distance");
        rml_knn knn;

        assert_int_equal(shares.n_rows, n_test);
        split(x, n, n_columns, c < 2, training, test);
        for (int64_t i = 0, a = 0; i < n; ++i)
            if (i % 3 != 2) classes[a++] = (int32_t)y[i];
        assert_int_equal(rml_knn_fit(&columns, classes, 2, NULL, 16, RML_KNN_UNIFORM, &knn), RML_OK);
        assert_int_equal(rml_knn_nearest(&knn, &rows, index, distance), RML_OK);
        rml_knn_free(&knn);
        for (int64_t i = 0; i < n_test; ++i)
            for (int k = 0; k < 8; ++k) {
                const double *d = distance + i * 16 + k;
                const bool tied = d[1] - d[0] < 1e-9 || (k > 0 && d[0] - d[-1] < 1e-9);

                assert_close(*d, cJSON_GetArrayItem(cJSON_GetArrayItem(far, (int)i), k)->valuedouble, 1e-9, 1e-7,
                             names[c]);
                if (!tied)
                    assert_int_equal(index[i * 16 + k],
                                     cJSON_GetArrayItem(cJSON_GetArrayItem(nearest, (int)i), k)->valueint);
            }
        for (int k = 0; k < 4; ++k)
            for (int by_distance = 0; by_distance < 2; ++by_distance) {
                char name[32];

                snprintf(name, sizeof name, "k%d_%s", (int)k_of[k], by_distance ? "distance" : "uniform");
                double *expected = rml_table_numbers(&shares, name);
                assert_int_equal(rml_knn_fit(&columns, classes, 2, NULL, k_of[k], (rml_knn_weighting)by_distance, &knn),
                                 RML_OK);
                assert_int_equal(rml_knn_predict(&knn, &rows, out), RML_OK);
                rml_knn_free(&knn);
                for (int64_t i = 0; i < n_test; ++i) {
                    if (distance[i * 16 + k_of[k]] - distance[i * 16 + k_of[k] - 1] < 1e-9) continue;
                    assert_close((1.0 + out[i]) / 2.0, expected[i], 0, 1e-12, names[c]);
                    ++n_compared;
                }
                free(expected);
            }
        if (c < 2) assert_int_equal(n_compared, 8 * n_test); /* nearly all distances of the third are tied */
        rml_table_free(&shares);
        rml_reference_close(&reference);
        free(x);
        free(y);
        free(training);
        free(test);
        free(out);
        free(classes);
        free(index);
        free(distance);
    }
}

/* By hand on a line: training 0 1 2 3 10; at 1.5 the distances are 1.5 0.5 0.5 1.5 8.5. */
static void neighbours_by_hand(void **state)
{
    static const double line[5] = {0, 1, 2, 3, 10}, target[5] = {5, 1, 2, 40, 0}, at[3] = {1.5, 2, 99};
    static const int32_t classes[5] = {0, 1, 2, 1, 0}, two[5] = {0, 1, 0, 1, 0};
    const rml_columns training = {5, 5, 1, line}, rows = {3, 3, 1, at};
    double out[9], distance[9];
    int64_t index[9];
    rml_knn knn;
    (void)state;
    assert_int_equal(rml_knn_fit(&training, NULL, 0, target, 3, RML_KNN_UNIFORM, &knn), RML_OK);
    assert_int_equal(rml_knn_nearest(&knn, &rows, index, distance), RML_OK);
    assert_memory_equal(index, ((int64_t[]){1, 2, 0, 2, 1, 3, 4, 3, 2}), sizeof index); /* ties: the lower row */
    assert_true(distance[0] == 0.5 && distance[2] == 1.5 && distance[3] == 0.0 && distance[8] == 97.0);
    assert_int_equal(rml_knn_predict(&knn, &rows, out), RML_OK);
    assert_close(out[0], 8.0 / 3, 1e-15, 0, "mean of 1, 2, 5");
    rml_knn_free(&knn);
    assert_int_equal(rml_knn_fit(&training, NULL, 0, target, 3, RML_KNN_DISTANCE, &knn), RML_OK);
    assert_int_equal(rml_knn_predict(&knn, &rows, out), RML_OK);
    assert_close(out[0], (2 * 1 + 2 * 2 + 5 / 1.5) / (4 + 1 / 1.5), 1e-15, 0, "weighted mean");
    assert_true(out[1] == 2.0); /* a neighbour at distance 0 counts alone */
    rml_knn_free(&knn);
    assert_int_equal(rml_knn_fit(&training, classes, 3, NULL, 3, RML_KNN_DISTANCE, &knn), RML_OK);
    assert_int_equal(rml_knn_predict(&knn, &rows, out), RML_OK);
    assert_close(out[0], 1 / 1.5 / (4 + 1 / 1.5), 1e-15, 0, "class 0 at 1.5");
    assert_close(out[3], 2 / (4 + 1 / 1.5), 1e-15, 0, "class 1 at 1.5");
    assert_close(out[6], 2 / (4 + 1 / 1.5), 1e-15, 0, "class 2 at 1.5");
    assert_true(out[1] == 0.0 && out[4] == 0.0 && out[7] == 1.0);
    rml_knn_free(&knn);
    assert_int_equal(rml_knn_fit(&training, two, 2, NULL, 3, RML_KNN_UNIFORM, &knn), RML_OK);
    assert_int_equal(rml_knn_predict(&knn, &rows, out), RML_OK);
    assert_close(out[0], -1.0 / 3, 1e-15, 0, "1 of 3");
    assert_close(out[1], 1.0 / 3, 1e-15, 0, "2 of 3");
    rml_knn_free(&knn);
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[3] = {1, 2, NAN}, target[3] = {1, NAN, 0};
    static const int32_t classes[3] = {0, 1, 2};
    const rml_columns two = {2, 2, 1, x}, three = {3, 3, 1, x};
    double out[3];
    rml_knn knn;
    (void)state;
    assert_int_equal(rml_knn_fit(&three, classes, 3, NULL, 1, RML_KNN_UNIFORM, &knn), RML_EVALUE);
    assert_int_equal(rml_knn_fit(&two, NULL, 0, target, 1, RML_KNN_UNIFORM, &knn), RML_EVALUE);
    assert_int_equal(rml_knn_fit(&two, classes, 3, target, 1, RML_KNN_UNIFORM, &knn), RML_EINVAL);
    assert_int_equal(rml_knn_fit(&two, NULL, 0, NULL, 1, RML_KNN_UNIFORM, &knn), RML_EINVAL);
    assert_int_equal(rml_knn_fit(&three, classes, 2, NULL, 1, RML_KNN_UNIFORM, &knn), RML_EINVAL);
    assert_int_equal(rml_knn_fit(&two, classes, 2, NULL, 3, RML_KNN_UNIFORM, &knn), RML_EINVAL);
    assert_int_equal(rml_knn_fit(&two, classes, 2, NULL, 0, RML_KNN_UNIFORM, &knn), RML_EINVAL);
    assert_int_equal(rml_knn_fit(&(rml_columns){0, 0, 1, x}, classes, 2, NULL, 1, RML_KNN_UNIFORM, &knn), RML_EEMPTY);
    assert_int_equal(rml_knn_fit(&two, classes, 2, NULL, 1, RML_KNN_UNIFORM, &knn), RML_OK);
    assert_int_equal(rml_knn_predict(&knn, &three, out), RML_EVALUE);
    assert_int_equal(rml_knn_predict(&knn, &(rml_columns){1, 1, 2, x}, out), RML_EINVAL);
    rml_knn_free(&knn);
    rml_knn_free(&knn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_match_scikit_learn),
        cmocka_unit_test(neighbours_by_hand),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
