/* Principal components. Oracles: R 4.2.2's prcomp (reference: sdev relative 1e-10, scores absolute 1e-8 sdev, as it
 * states); two columns by hand; identities. */
#include "kernels/prepare/pca.h"
#include "tests/kernels/prepare_cases.h"

static void components_of_prcomp(const char *name)
{
    rml_reference reference;
    rml_table rotation, scores;
    rml_pca fitted;
    double *x, *sdev, *centre, *scale, *ratio, *out;
    int32_t p, n_sdev, n;
    int64_t n_rows;
    bool scaled;

    rml_reference_open(name, &reference);
    x = rml_table_matrix(&reference.input, rml_json(reference.result, "columns"), &p);
    sdev = rml_json_numbers(rml_json(reference.result, "sdev"), &n_sdev);
    centre = rml_json_numbers(rml_json(reference.result, "center"), &n);
    scale = rml_json_numbers(rml_json(reference.result, "scale_values"), &n);
    ratio = rml_json_numbers(rml_json(reference.result, "var_ratio"), &n);
    scaled = cJSON_IsTrue(rml_json(reference.result, "scale"));
    n_rows = reference.input.n_rows;
    {
        const rml_columns columns = {n_rows, n_rows, p, x};

        assert_int_equal(rml_pca_fit(&columns, scaled, 0, &fitted), RML_OK);
        out = malloc((size_t)n_rows * (size_t)fitted.n_components * sizeof *out);
        assert_int_equal(rml_pca_apply(&fitted, &columns, out, n_rows), RML_OK);
    }
    assert_int_equal(fitted.n_components, n_sdev == n_rows ? n_sdev - 1 : n_sdev); /* R keeps one of rounding */
    for (int32_t c = 0; c < fitted.n_components; ++c) {
        assert_close(fitted.sdev[c], sdev[c], 1e-10, 0, "sdev");
        assert_close(fitted.sdev[c] * fitted.sdev[c] / fitted.total, ratio[c], 1e-10, 0, "part of the variance");
    }
    for (int32_t j = 0; j < p; ++j) {
        assert_close(fitted.centre[j], centre[j], 1e-12, 0, "centre");
        if (scaled) assert_close(fitted.scale[j], scale[j], 1e-12, 0, "scale");
    }
    rml_reference_table(&reference, "rotation.csv", &rotation);
    rml_reference_table(&reference, "scores.csv", &scores);
    for (int32_t c = 0; c < scores.n_columns; ++c) {
        double *want = rml_table_numbers(&scores, scores.header[c]),
               *loading = rml_table_numbers(&rotation, scores.header[c]);

        assert_all_close(out + c * n_rows, want, n_rows, 0, 1e-8 * sdev[c], scores.header[c]);
        assert_all_close(fitted.rotation + (int64_t)c * p, loading, p, 0, 1e-8, scores.header[c]);
        free(want);
        free(loading);
    }
    rml_table_free(&rotation);
    rml_table_free(&scores);
    rml_pca_free(&fitted);
    rml_reference_close(&reference);
    free(x);
    free(sdev);
    free(centre);
    free(scale);
    free(ratio);
    free(out);
}

static void as_prcomp(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    components_of_prcomp("pca/c150x40_scaled");
    components_of_prcomp("pca/c150x40_unscaled");
    components_of_prcomp("pca/c80x400_n_lt_p");
}

/* x = (0, 2, 4, 6), y = (1, 1, 3, 3): variances 20/3 and 4/3, covariance 8/3, so the variances of the components are
 * 4 +- sqrt(64/9 + 64/9); scaled, r = 2/sqrt(5) and they are 1 +- r with loadings 1/sqrt(2). */
static void two_columns_by_hand(void **state)
{
    const double x[8] = {0, 2, 4, 6, 1, 1, 3, 3}, r = 2.0 / sqrt(5.0), root = 8.0 * sqrt(2.0) / 3.0;
    const rml_columns columns = {4, 4, 2, x}, row = {1, 4, 2, x};
    double score[2];
    rml_pca fitted;
    (void)state;

    assert_int_equal(rml_pca_fit(&columns, false, 0, &fitted), RML_OK);
    assert_int_equal(fitted.n_components, 2);
    assert_close(fitted.sdev[0], sqrt(4.0 + root), 1e-14, 0, "sdev 1");
    assert_close(fitted.sdev[1], sqrt(4.0 - root), 1e-14, 0, "sdev 2");
    assert_close(fitted.rotation[1] / fitted.rotation[0], sqrt(2.0) - 1.0, 1e-14, 0,
                 "direction"); /* (root - 8/3) / (8/3) */
    assert_close(fitted.total, 8.0, 1e-14, 0, "total");
    rml_pca_free(&fitted);

    assert_int_equal(rml_pca_fit(&columns, true, 1, &fitted), RML_OK);
    assert_int_equal(fitted.n_components, 1);
    assert_close(fitted.sdev[0], sqrt(1.0 + r), 1e-14, 0, "scaled sdev");
    assert_close(fitted.rotation[0], sqrt(0.5), 1e-14, 0, "loading");
    assert_int_equal(rml_pca_apply(&fitted, &row, score, 1), RML_OK);
    assert_close(score[0], (-3.0 / sqrt(20.0 / 3.0) - 1.0 / sqrt(4.0 / 3.0)) * sqrt(0.5), 1e-14, 0, "score");
    rml_pca_free(&fitted);
}

/* Loadings are orthonormal, scores uncorrelated with variance sdev^2, loadings of largest size positive, and the rows
 * are put together again; for more rows than columns and for fewer, with spreads from 1 to 1e-2 (a vector's
 * error is 2e-16 of the largest variance over the distance to the next). */
static void what_makes_components(void **state)
{
    enum { N = 40, P = 60 };
    double x[P * N], scores[P * N];
    uint64_t seed = 77;
    (void)state;

    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i) {
            x[j * N + i] = 10.0 + pow(10.0, -(j % 3)) * (rml_test_uniform(&seed) - 0.5);
            if (j > 0) x[j * N + i] += 0.3 * pow(10.0, -(j % 3)) * x[i];
        }
    for (int p = 12; p <= P; p += 48) {
        const rml_columns columns = {N, N, p, x};
        rml_pca fitted;
        double explained = 0.0;

        assert_int_equal(rml_pca_fit(&columns, false, 0, &fitted), RML_OK);
        assert_int_equal(fitted.n_components, p < N ? p : N - 1);
        assert_int_equal(rml_pca_apply(&fitted, &columns, scores, N), RML_OK);
        for (int c = 0; c < fitted.n_components; ++c) {
            const double *v = fitted.rotation + (ptrdiff_t)c * p;
            double most = 0.0;

            explained += fitted.sdev[c] * fitted.sdev[c];
            for (int j = 0; j < p; ++j)
                if (fabs(v[j]) > fabs(most)) most = v[j];
            assert_true(most > 0.0 && (c == 0 || fitted.sdev[c] <= fitted.sdev[c - 1]));
            for (int d = 0; d <= c; ++d) {
                double inner = 0.0, product = 0.0;

                for (int j = 0; j < p; ++j) inner += v[j] * fitted.rotation[d * p + j];
                for (int i = 0; i < N; ++i) product += scores[c * N + i] * scores[d * N + i];
                assert_close(inner, c == d, 0, 1e-9, "orthonormal");
                assert_close(product / (N - 1) / fitted.sdev[c] / fitted.sdev[d], c == d, 0, 1e-9, "uncorrelated");
            }
        }
        assert_close(explained, fitted.total, 1e-12, 0, "total variance");
        for (int i = 0; i < N; ++i)
            for (int j = 0; j < p; ++j) {
                double again = fitted.centre[j];

                for (int c = 0; c < fitted.n_components; ++c) again += scores[c * N + i] * fitted.rotation[c * p + j];
                assert_close(again, x[j * N + i], 1e-12, 0, "put together again");
            }
        rml_pca_free(&fitted);
    }
}

/* From vectors that are known, of columns' products (the loadings) or rows' (the scores), in either sign and any length
 * of the values, come the components again; a value that is rounding beside the largest is none. */
static void from_vectors_found_elsewhere(void **state)
{
    enum { N = 14, P = 9, K = 4 };
    double x[P * N], scores[P * N], vectors[(K + 1) * N], values[K + 1] = {0};
    const rml_columns columns = {N, N, P, x};
    uint64_t seed = 9;
    rml_pca fitted, again;
    (void)state;

    for (int i = 0; i < P * N; ++i) x[i] = rml_test_uniform(&seed) * (i < N ? 1.0 : 3.0);
    assert_int_equal(rml_pca_fit(&columns, true, K, &fitted), RML_OK);
    assert_int_equal(rml_pca_apply(&fitted, &columns, scores, N), RML_OK);
    for (int by_rows = 0; by_rows <= 1; ++by_rows) {
        const int side = by_rows ? N : P;

        memset(vectors, 0, sizeof vectors);
        vectors[0] = 1.0; /* of the value that is nothing: the rising order begins with it */
        for (int c = 0; c < K; ++c) {
            values[K - c] = 0.3 * fitted.sdev[c] * fitted.sdev[c];
            for (int k = 0; k < side; ++k) {
                const double length = by_rows ? fitted.sdev[c] * sqrt(N - 1) : 1.0;

                vectors[(K - c) * side + k] =
                    (c % 2 ? -1 : 1) / length * (by_rows ? scores[c * N + k] : fitted.rotation[c * P + k]);
            }
        }
        values[0] = 1e-16 * values[K];
        assert_int_equal(rml_pca_complete(&columns, true, by_rows, K + 1, values, vectors, &again), RML_OK);
        assert_int_equal(again.n_components, K);
        assert_all_close(again.sdev, fitted.sdev, K, 1e-13, 0, "sdev");
        assert_all_close(again.rotation, fitted.rotation, (int64_t)K * P, 0, 1e-13, "loadings");
        assert_all_close(again.centre, fitted.centre, P, 0, 0, "centre");
        assert_close(again.total, fitted.total, 0, 0, "total");
        rml_pca_free(&again);
    }
    assert_int_equal(rml_pca_complete(&columns, true, false, 0, values, vectors, &again), RML_EINVAL);
    rml_pca_free(&again);
    rml_pca_free(&fitted);
}

/* Copies and sums of columns, and columns without spread, add no component; a missing value gives its row NaN. */
static void columns_that_add_nothing(void **state)
{
    enum { N = 9, P = 5 };
    double x[P * N], scores[P * N];
    uint64_t seed = 5;
    rml_pca fitted;
    (void)state;

    for (int i = 0; i < N; ++i) {
        x[i] = rml_test_uniform(&seed);
        x[N + i] = rml_test_uniform(&seed);
        x[2 * N + i] = x[i];
        x[3 * N + i] = 0.1;
        x[4 * N + i] = 3.0 * x[i] - x[N + i];
    }
    for (int scale = 0; scale <= 1; ++scale)
        for (int n = 3; n <= N; n += N - 3) { /* by rows, by columns */
            const rml_columns columns = {n, N, P, x};

            assert_int_equal(rml_pca_fit(&columns, scale, 0, &fitted), RML_OK);
            assert_int_equal(fitted.n_components, 2);
            assert_true(fitted.rotation[3] == 0.0 && fitted.rotation[P + 3] == 0.0);
            assert_close(fitted.rotation[2], fitted.rotation[0], 1e-12, 0, "a copy loads alike");
            const double kept = x[N + 1];

            x[N + 1] = NAN;
            assert_int_equal(rml_pca_apply(&fitted, &columns, scores, N), RML_OK);
            assert_true(isnan(scores[1]) && !isnan(scores[0]));
            rml_pca_free(&fitted);
            assert_int_equal(rml_pca_fit(&columns, scale, 0, &fitted), RML_EVALUE);
            rml_pca_free(&fitted);
            x[N + 1] = kept;
        }
}

static void bad_input_is_refused(void **state)
{
    double x[6] = {2, 2, 2, 7, 7, 7}, scores[6];
    rml_columns columns = {3, 3, 2, x};
    rml_pca fitted;
    (void)state;

    assert_int_equal(rml_pca_fit(&columns, true, 0, &fitted), RML_EEMPTY);
    rml_pca_free(&fitted);
    x[0] = 3;
    assert_int_equal(rml_pca_fit(&columns, true, -1, &fitted), RML_EINVAL);
    rml_pca_free(&fitted);
    assert_int_equal(rml_pca_fit(&columns, true, 0, &fitted), RML_OK);
    columns.n_columns = 1;
    assert_int_equal(rml_pca_apply(&fitted, &columns, scores, 3), RML_EINVAL);
    rml_pca_free(&fitted);
    columns.n_rows = 1;
    assert_int_equal(rml_pca_fit(&columns, true, 0, &fitted), RML_EINVAL);
    rml_pca_free(&fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_prcomp),
        cmocka_unit_test(two_columns_by_hand),
        cmocka_unit_test(what_makes_components),
        cmocka_unit_test(from_vectors_found_elsewhere),
        cmocka_unit_test(columns_that_add_nothing),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
