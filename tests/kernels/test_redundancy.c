/* Redundant columns. Oracle: caret 6.0.93 by the reference, R's cor matrices, and clusters by the definition. */
#include "kernels/select/redundancy.h"
#include "tests/support/reference.h"

#define MOST 60

static int32_t column_named(const cJSON *names, const char *name)
{
    for (int32_t j = 0; j < cJSON_GetArraySize(names); ++j)
        if (strcmp(cJSON_GetArrayItem(names, j)->valuestring, name) == 0) return j;
    fail_msg("no column %s", name);
    return -1;
}

static void pairs_match_caret(void **state)
{
    static const char *const keys[] = {"c09", "c075", "c05"};
    static const double cutoffs[] = {0.9, 0.75, 0.5};
    rml_reference reference;
    rml_correlations correlations;
    int32_t n;
    (void)state;
    if (!rml_reference_present()) skip();
    rml_reference_open("correlation/findCorrelation", &reference);
    const cJSON *names = rml_json(reference.result, "columns");
    double *x = rml_table_matrix(&reference.input, names, &n);
    const rml_columns columns = {reference.input.n_rows, reference.input.n_rows, n, x};

    assert_int_equal(rml_correlations_fit(&columns, false, &correlations), RML_OK);
    for (int exact = 0; exact < 2; ++exact) {
        const cJSON *of_kind = rml_json(reference.result, exact ? "removed_exact" : "removed_notexact");

        for (int k = 0; k < 2 + exact; ++k) {
            const cJSON *expected = rml_json(of_kind, keys[k]), *name;
            uint8_t removed[MOST], wanted[MOST] = {0};

            cJSON_ArrayForEach(name, expected) wanted[column_named(names, name->valuestring)] = 1;
            assert_int_equal(rml_redundancy_pairs(&correlations, cutoffs[k], exact, removed), RML_OK);
            for (int32_t j = 0; j < n; ++j)
                if (removed[j] != wanted[j])
                    fail_msg("%s exact %d: %s", keys[k], exact, cJSON_GetArrayItem(names, j)->valuestring);
        }
    }
    rml_correlations_free(&correlations);
    rml_reference_close(&reference);
    free(x);
}

/* R's cor() to 1e-12, as the cases state; a constant column is NA there and 0 here. */
static void sizes_match_r(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (int by_ranks = 0; by_ranks < 2; ++by_ranks) {
        rml_reference reference;
        rml_table expected;
        rml_correlations correlations;
        int32_t n, first;

        rml_reference_open(by_ranks ? "correlation/matrix_spearman" : "correlation/matrix_pearson", &reference);
        rml_reference_table(&reference, "expected.csv", &expected);
        cJSON *names = cJSON_CreateArray();
        first = rml_table_column(&reference.input, expected.header[0]) < 0; /* a column of row names */
        for (int32_t c = first; c < expected.n_columns; ++c)
            cJSON_AddItemToArray(names, cJSON_CreateString(expected.header[c]));
        double *r = rml_table_matrix(&expected, names, &n), *x = rml_table_matrix(&reference.input, names, &n);
        const rml_columns columns = {reference.input.n_rows, reference.input.n_rows, n, x};

        assert_int_equal(rml_correlations_fit(&columns, by_ranks, &correlations), RML_OK);
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = i + 1; j < n; ++j) {
                const double value = r[(int64_t)j * n + i];

                assert_close(correlations.size[rml_correlations_at(n, i, j)], isnan(value) ? 0.0 : fabs(value), 0,
                             1e-12, expected.header[first + j]);
            }
        cJSON_Delete(names);
        rml_table_free(&expected);
        rml_correlations_free(&correlations);
        rml_reference_close(&reference);
        free(r);
        free(x);
    }
}

/* By hand: 0-1 0.95, 1-2 0.92, 0-2 0.85, 3-4 0.9, the rest 0.1. At 0.9 a chain joins 0, 1, 2; complete linkage joins 0
 * and 1 and leaves 2 alone. Sums of |r|: 0 2.0, 1 2.07, 2 1.97, 3 and 4 1.2. */
static void clusters_by_hand(void **state)
{
    double size[10];
    const rml_correlations c = {5, size};
    static const double relevance[5] = {1, 3, 3, NAN, -9};
    int32_t cluster[5];
    uint8_t removed[5];
    (void)state;
    for (int k = 0; k < 10; ++k) size[k] = 0.1;
    size[rml_correlations_at(5, 0, 1)] = 0.95;
    size[rml_correlations_at(5, 1, 2)] = 0.92;
    size[rml_correlations_at(5, 0, 2)] = 0.85;
    size[rml_correlations_at(5, 3, 4)] = 0.9;
    assert_int_equal(rml_redundancy_clusters(&c, 0.9, RML_LINKAGE_SINGLE, relevance, cluster, removed), RML_OK);
    assert_memory_equal(cluster, ((int32_t[]){0, 0, 0, 1, 1}), sizeof cluster);
    assert_memory_equal(removed, ((uint8_t[]){1, 0, 1, 1, 0}), sizeof removed);
    assert_int_equal(rml_redundancy_clusters(&c, 0.9, RML_LINKAGE_COMPLETE, relevance, cluster, removed), RML_OK);
    assert_memory_equal(cluster, ((int32_t[]){0, 0, 1, 2, 2}), sizeof cluster);
    assert_memory_equal(removed, ((uint8_t[]){1, 0, 0, 1, 0}), sizeof removed);
    assert_int_equal(rml_redundancy_clusters(&c, 0.9, RML_LINKAGE_SINGLE, NULL, NULL, removed), RML_OK);
    assert_memory_equal(removed, ((uint8_t[]){1, 1, 0, 0, 1}), sizeof removed);
    assert_int_equal(rml_redundancy_clusters(&c, 0.0, RML_LINKAGE_SINGLE, NULL, NULL, removed), RML_EINVAL);
    assert_int_equal(rml_redundancy_clusters(&c, NAN, RML_LINKAGE_SINGLE, NULL, NULL, removed), RML_EINVAL);
    assert_int_equal(rml_redundancy_pairs(&c, 1.5, true, removed), RML_EINVAL);
}

/* Columns 0 and 1 have the |r| 0.92, 0.56, 0.2 in another order; their sums differ by a rounding. Equal means: the
 * first of the pair goes. */
static void means_agree_in_15_digits(void **state)
{
    double size[6] = {0.92, 0.56, 0.2, 0.2, 0.56, 0};
    uint8_t removed[4];
    (void)state;
    assert_int_equal(rml_redundancy_pairs(&(rml_correlations){4, size}, 0.9, false, removed), RML_OK);
    assert_memory_equal(removed, ((uint8_t[]){1, 0, 0, 0}), 4);
}

/* Complete linkage by trying all pairs of clusters each time, lowest first of equals. */
static void link_by_definition(const rml_correlations *c, double cutoff, int32_t *label)
{
    for (int32_t j = 0; j < c->n; ++j) label[j] = j;
    for (;;) {
        int32_t best_a = -1, best_b = -1;
        double highest = -1.0;

        for (int32_t a = 0; a < c->n; ++a)
            for (int32_t b = a + 1; b < c->n; ++b) {
                double lowest = 2.0;

                for (int32_t i = 0; i < c->n; ++i)
                    for (int32_t j = 0; j < c->n; ++j)
                        if (label[i] == a && label[j] == b)
                            lowest = fmin(lowest, c->size[rml_correlations_at(c->n, i < j ? i : j, i < j ? j : i)]);
                if (lowest > 1.5 || !(lowest > highest)) continue;
                highest = lowest;
                best_a = a;
                best_b = b;
            }
        if (best_a < 0 || highest < cutoff) return;
        for (int32_t j = 0; j < c->n; ++j)
            if (label[j] == best_b) label[j] = best_a;
    }
}

static void linkage_is_complete(void **state)
{
    static double x[24][30];
    uint64_t seed = 2;
    (void)state;
    for (int round = 0; round < 12; ++round) {
        rml_correlations c;
        int32_t label[24], cluster[24];
        uint8_t removed[24];

        for (int j = 0; j < 24; ++j)
            for (int i = 0; i < 30; ++i)
                x[j][i] = j < 8 ? rml_test_uniform(&seed) : x[j % 8][i] + 0.1 * (j % 7) * rml_test_uniform(&seed);
        assert_int_equal(rml_correlations_fit(&(rml_columns){30, 30, 24, x[0]}, round % 2, &c), RML_OK);
        if (round > 5)
            for (int k = 0; k < 24 * 23 / 2; ++k) c.size[k] = floor(5 * c.size[k]) / 5; /* many ties */
        const double cutoff = 0.2 * (1 + round % 4);
        link_by_definition(&c, cutoff, label);
        assert_int_equal(rml_redundancy_clusters(&c, cutoff, RML_LINKAGE_COMPLETE, NULL, cluster, removed), RML_OK);
        for (int i = 0; i < 24; ++i)
            for (int j = 0; j < 24; ++j) assert_true((label[i] == label[j]) == (cluster[i] == cluster[j]));
        for (int k = 0; k < 24; ++k) { /* each cluster keeps one */
            int n_kept = 0;

            for (int j = 0; j < 24; ++j) n_kept += cluster[j] == cluster[k] && !removed[j];
            assert_int_equal(n_kept, 1);
        }
        rml_correlations_free(&c);
    }
}

/* Copies, also scaled ones, have |r| = 1; a constant has 0 and stays; ranks see through an increasing map. */
static void copies_and_constants(void **state)
{
    double x[5][9];
    uint64_t seed = 8;
    rml_correlations c;
    uint8_t removed[5];
    (void)state;
    for (int i = 0; i < 9; ++i) {
        x[0][i] = 1e6 + rml_test_uniform(&seed);
        x[1][i] = -1e-9 * (x[0][i] - 1e6);
        x[2][i] = 0.3;
        x[3][i] = exp(9 * (x[0][i] - 1e6));
        x[4][i] = x[0][i];
    }
    rml_columns columns = {9, 9, 5, x[0]};
    assert_int_equal(rml_correlations_fit(&columns, true, &c), RML_OK);
    assert_true(c.size[rml_correlations_at(5, 0, 1)] == 1.0 && c.size[rml_correlations_at(5, 0, 3)] == 1.0);
    assert_int_equal(rml_redundancy_clusters(&c, 1.0, RML_LINKAGE_COMPLETE, NULL, NULL, removed), RML_OK);
    assert_memory_equal(removed, ((uint8_t[]){0, 1, 0, 1, 1}), 5);
    rml_correlations_free(&c);
    assert_int_equal(rml_correlations_fit(&columns, false, &c), RML_OK);
    assert_true(c.size[rml_correlations_at(5, 0, 4)] == 1.0 && c.size[rml_correlations_at(5, 1, 2)] == 0.0);
    assert_int_equal(rml_redundancy_pairs(&c, 0.99, true, removed), RML_OK);
    assert_int_equal(removed[0] + removed[1] + removed[4], 2);
    assert_int_equal(removed[2] + removed[3], 0);
    rml_correlations_free(&c);
    columns.n_rows = 1;
    assert_int_equal(rml_correlations_fit(&columns, false, &c), RML_EEMPTY);
    x[3][3] = INFINITY;
    columns.n_rows = 9;
    assert_int_equal(rml_correlations_fit(&columns, false, &c), RML_EVALUE);
    columns.n_columns = 1;
    assert_int_equal(rml_correlations_fit(&columns, false, &c), RML_OK);
    assert_int_equal(rml_redundancy_pairs(&c, 0.5, true, removed), RML_OK);
    assert_int_equal(rml_redundancy_clusters(&c, 0.5, RML_LINKAGE_COMPLETE, NULL, NULL, removed), RML_OK);
    assert_int_equal(removed[0], 0);
    rml_correlations_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_match_caret),   cmocka_unit_test(sizes_match_r),
        cmocka_unit_test(clusters_by_hand),    cmocka_unit_test(means_agree_in_15_digits),
        cmocka_unit_test(linkage_is_complete), cmocka_unit_test(copies_and_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
