/* k-means. Oracle: R 4.2.2 kmeans (Lloyd, and Hartigan-Wong) and scikit-learn 1.9.1 KMeans and silhouette_score from
 * given starts (reference kmeans); labels are exact, sums 1e-10. */
#include "kernels/stats/kmeans.h"
#include "tests/support/measured.h"
#include "tests/support/reference.h"

typedef struct cohort {
    int32_t n, p;
    double *x; /* [n * p] */
} cohort;

/* The case's columns, less their means and over their standard deviations with divisor n - less. */
static cohort read_cohort(const rml_reference *reference, double less)
{
    cohort c;
    double *columns = rml_table_matrix(&reference->input, rml_json(reference->result, "columns"), &c.p);

    c.n = (int32_t)reference->input.n_rows;
    c.x = malloc((size_t)c.n * (size_t)c.p * sizeof *c.x);
    assert_non_null(c.x);
    for (int32_t j = 0; j < c.p; ++j) {
        const double *column = columns + (int64_t)j * c.n;
        double mean = 0.0, squares = 0.0;

        for (int32_t i = 0; i < c.n; ++i) mean += column[i] / c.n;
        for (int32_t i = 0; i < c.n; ++i) squares += (column[i] - mean) * (column[i] - mean);
        for (int32_t i = 0; i < c.n; ++i) c.x[i * c.p + j] = (column[i] - mean) / sqrt(squares / (c.n - less));
    }
    free(columns);
    return c;
}

static double *start(const cohort *c, const cJSON *rows, int32_t first, int32_t *k)
{
    double *centres;

    *k = cJSON_GetArraySize(rows);
    centres = malloc((size_t)*k * (size_t)c->p * sizeof *centres);
    assert_non_null(centres);
    for (int32_t g = 0; g < *k; ++g) {
        const int32_t row = (int32_t)rml_json_number(cJSON_GetArrayItem(rows, g)) - first;

        memcpy(centres + (int64_t)g * c->p, c->x + (int64_t)row * c->p, (size_t)c->p * sizeof *centres);
    }
    return centres;
}

static void check_labels(const int32_t *label, const cJSON *expected, int32_t first, int32_t n)
{
    assert_int_equal(cJSON_GetArraySize(expected), n);
    for (int32_t i = 0; i < n; ++i)
        assert_int_equal(label[i] + first, (int)rml_json_number(cJSON_GetArrayItem(expected, i)));
}

/* What R says of a division, from the rows and ours. The number of its steps is R's own. */
static void check_division(const cJSON *expected, const cohort *c, int32_t k, const int32_t *label,
                           const double *centres, double within)
{
    double between = 0.0, of_cluster[8] = {0}, size[8] = {0};

    check_labels(label, rml_json(expected, "cluster"), 1, c->n);
    for (int32_t i = 0; i < c->n; ++i) {
        ++size[label[i]];
        for (int32_t j = 0; j < c->p; ++j) {
            const double off = c->x[i * c->p + j] - centres[label[i] * c->p + j];

            of_cluster[label[i]] += off * off;
            between += centres[label[i] * c->p + j] * centres[label[i] * c->p + j]; /* the columns' means are 0 */
        }
    }
    assert_close(within, rml_json_number(rml_json(expected, "tot_withinss")), 1e-10, 0, "sum within");
    assert_close(between, rml_json_number(rml_json(expected, "betweenss")), 1e-10, 0, "sum between");
    for (int32_t g = 0; g < k; ++g) {
        const cJSON *centre = cJSON_GetArrayItem(rml_json(expected, "centers"), g);

        assert_close(of_cluster[g], rml_json_number(cJSON_GetArrayItem(rml_json(expected, "withinss"), g)), 1e-10,
                     1e-12, "within");
        assert_close(size[g], rml_json_number(cJSON_GetArrayItem(rml_json(expected, "size"), g)), 0, 0, "size");
        for (int32_t j = 0; j < c->p; ++j)
            assert_close(centres[g * c->p + j], rml_json_number(cJSON_GetArrayItem(centre, j)), 1e-10, 1e-12, "centre");
    }
}

/* From R's starts. Lloyd's end is R's. Of single moves R's order (Hartigan and Wong 1979) is another one: from these
 * starts both come to the same end. */
static void r_cases_match(void **state)
{
    static const char *const names[] = {"kmeans/c150x40_k2", "kmeans/c150x40_k3", "kmeans/c150x40_k4"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t t = 0; t < sizeof names / sizeof *names; ++t) {
        rml_reference reference;
        const cJSON *lloyd, *moved;
        cohort c;
        int32_t k, *label;
        double *centres;
        rml_kmeans result;

        rml_reference_open(names[t], &reference);
        lloyd = rml_json(reference.result, "Lloyd");
        moved = rml_json(reference.result, "HartiganWong");
        c = read_cohort(&reference, 1.0);
        label = malloc((size_t)c.n * sizeof *label);
        centres = start(&c, rml_json(reference.result, "start_rows_1based"), 1, &k);
        assert_int_equal(rml_kmeans_from(c.x, c.n, c.p, k, false, centres, label, &result), RML_OK);
        check_division(lloyd, &c, k, label, centres, result.within);
        free(centres);
        centres = start(&c, rml_json(reference.result, "start_rows_1based"), 1, &k);
        assert_int_equal(rml_kmeans_from(c.x, c.n, c.p, k, true, centres, label, &result), RML_OK);
        check_division(moved, &c, k, label, centres, result.within);
        free(centres);
        centres = malloc((size_t)k * (size_t)c.p * sizeof *centres);
        assert_int_equal(rml_kmeans_fit(c.x, c.n, c.p, k, 25, 1, 0, centres, label, &result), RML_OK);
        assert_true(result.within <= rml_json_number(rml_json(moved, "tot_withinss")) * (1.0 + 1e-10));
        free(centres);
        free(label);
        free(c.x);
        rml_reference_close(&reference);
    }
}

static void sklearn_cases_match(void **state)
{
    static const char *const names[] = {"kmeans/c150x40_sklearn_k2", "kmeans/c150x40_sklearn_k3",
                                        "kmeans/c150x40_sklearn_k5"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t t = 0; t < sizeof names / sizeof *names; ++t) {
        rml_reference reference;
        cohort c;
        int32_t k, *label;
        double *centres, silhouette;
        rml_kmeans result;

        rml_reference_open(names[t], &reference);
        c = read_cohort(&reference, 0.0);
        label = malloc((size_t)c.n * sizeof *label);
        centres = start(&c, rml_json(reference.result, "start_rows_0based"), 0, &k);
        assert_int_equal(rml_kmeans_from(c.x, c.n, c.p, k, false, centres, label, &result), RML_OK);
        check_labels(label, rml_json(reference.result, "labels"), 0, c.n);
        assert_close(result.within, rml_json_number(rml_json(reference.result, "inertia")), 1e-10, 0, "inertia");
        for (int32_t g = 0; g < k; ++g) {
            const cJSON *centre = cJSON_GetArrayItem(rml_json(reference.result, "centers"), g);

            for (int32_t j = 0; j < cJSON_GetArraySize(centre); ++j)
                assert_close(centres[g * c.p + j], rml_json_number(cJSON_GetArrayItem(centre, j)), 1e-10, 1e-12,
                             "centre");
        }
        assert_int_equal(rml_kmeans_silhouette(c.x, c.n, c.p, label, k, &silhouette), RML_OK);
        assert_close(silhouette, rml_json_number(rml_json(reference.result, "silhouette")), 1e-10, 0, "silhouette");
        for (int32_t i = 0; i < c.n; ++i)
            assert_int_equal(rml_kmeans_nearest(c.x + (int64_t)i * c.p, c.p, centres, k), label[i]);
        free(centres);
        free(label);
        free(c.x);
        rml_reference_close(&reference);
    }
}

/* Three heaps far apart are found from any seed, numbered by first rows, and the same numbers come again. */
static void heaps_are_found(void **state)
{
    double x[60], centres[6], again[6];
    int32_t label[30], other[30];
    uint64_t random = 7;
    rml_kmeans result, second;
    (void)state;

    for (int32_t i = 0; i < 30; ++i)
        for (int32_t j = 0; j < 2; ++j) x[2 * i + j] = 100.0 * ((i + j) % 3) + rml_test_uniform(&random);
    for (uint64_t seed = 0; seed < 20; ++seed) {
        assert_int_equal(rml_kmeans_fit(x, 30, 2, 3, 10, seed, 5, centres, label, &result), RML_OK);
        for (int32_t i = 0; i < 30; ++i) assert_int_equal(label[i], i % 3);
        assert_int_equal(rml_kmeans_fit(x, 30, 2, 3, 10, seed, 5, again, other, &second), RML_OK);
        assert_memory_equal(centres, again, sizeof centres);
    }
}

/* Rows and centres are taken several at a time: to the last bit what one row beside one centre gives, whatever is left
 * over. */
static void blocks_are_the_plain_loop(void **state)
{
    enum { N = 37, P = 53, MOST = 9 };
    double x[N * P], centres[MOST * P];
    uint64_t random = 11;
    (void)state;

    for (int32_t i = 0; i < N * P; ++i) x[i] = rml_test_uniform(&random) - 0.5;
    for (int32_t k = 1; k <= MOST; ++k) {
        double within = 0.0, silhouette, expected = 0.0;
        int32_t label[N], size[MOST] = {0};
        rml_kmeans result;

        memcpy(centres, x, (size_t)k * P * sizeof *x);
        assert_int_equal(rml_kmeans_from(x, N, P, k, true, centres, label, &result), RML_OK);
        for (int32_t i = 0; i < N; ++i) {
            double off = 0.0;

            for (int32_t j = 0; j < P; ++j)
                off += (x[i * P + j] - centres[label[i] * P + j]) * (x[i * P + j] - centres[label[i] * P + j]);
            within += off;
            ++size[label[i]];
        }
        assert_true(result.within == within);
        if (k == 1) continue;
        for (int32_t i = 0; i < N; ++i) {
            double sum[MOST] = {0}, own, other = INFINITY;

            for (int32_t j = 0; j < N; ++j) {
                double off = 0.0;

                for (int32_t c = 0; c < P; ++c) off += (x[i * P + c] - x[j * P + c]) * (x[i * P + c] - x[j * P + c]);
                sum[label[j]] += sqrt(off);
            }
            if (size[label[i]] < 2) continue;
            own = sum[label[i]] / (size[label[i]] - 1);
            for (int32_t c = 0; c < k; ++c)
                if (c != label[i]) other = fmin(other, sum[c] / size[c]);
            expected += (other - own) / fmax(own, other);
        }
        assert_int_equal(rml_kmeans_silhouette(x, N, P, label, k, &silhouette), RML_OK);
        assert_true(silhouette == expected / N);
    }
}

static void edges_hold(void **state)
{
    const double same[] = {1, 1, 1, 1}, two[] = {0, 1, 10, 11};
    double centres[4] = {5, 5, 5, 5}, silhouette;
    int32_t label[4];
    rml_kmeans result;
    (void)state;

    /* more clusters than different rows: every cluster has a row, nothing goes round */
    assert_int_equal(rml_kmeans_from(same, 4, 1, 3, true, centres, label, &result), RML_OK);
    assert_close(result.within, 0.0, 0, 0, "equal rows");
    assert_int_equal(rml_kmeans_fit(same, 4, 1, 4, 3, 1, 0, centres, label, &result), RML_OK);
    for (int32_t i = 0; i < 4; ++i) assert_int_equal(label[i], i);
    assert_int_equal(rml_kmeans_silhouette(same, 4, 1, label, 4, &silhouette), RML_OK);
    assert_close(silhouette, 0.0, 0, 0, "alone");
    /* a centre that nobody is near takes the row that is farthest from its own */
    centres[0] = 5, centres[1] = 1000;
    assert_int_equal(rml_kmeans_from(two, 4, 1, 2, false, centres, label, &result), RML_OK);
    assert_close(result.within, 1.0, 1e-15, 0, "two pairs");
    assert_int_equal(label[0], label[1]);
    assert_int_equal(rml_kmeans_nearest((const double[]){NAN}, 1, centres, 2), -1);
    assert_int_equal(rml_kmeans_from(two, 4, 1, 5, false, centres, label, &result), RML_EINVAL);
    assert_int_equal(rml_kmeans_fit(two, 4, 1, 2, 0, 1, 0, centres, label, &result), RML_EINVAL);
    assert_int_equal(rml_kmeans_fit((const double[]){1, NAN}, 2, 1, 1, 1, 1, 0, centres, label, &result), RML_EVALUE);
    label[0] = label[1] = label[2] = label[3] = 0;
    assert_int_equal(rml_kmeans_silhouette(two, 4, 1, label, 2, &silhouette), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(r_cases_match), cmocka_unit_test(sklearn_cases_match),
                                       cmocka_unit_test(heaps_are_found), cmocka_unit_test(blocks_are_the_plain_loop),
                                       cmocka_unit_test(edges_hold)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
