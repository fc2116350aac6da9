/* Consensus clustering. Oracle: ConsensusClusterPlus 1.62 (reference consensus). hc: the same resamples, so that all is
 * exact (1e-12). km: starts are drawn, so that the reference's bounds hold: classes by an adjusted Rand index of 0.9.
 */
#include "kernels/stats/consensus.h"
#include "kernels/stats/dendrogram.h"
#include "kernels/stats/kmeans.h"
#include "tests/kernels/prepare_cases.h"

enum { MOST = 64 };

typedef struct columns {
    int32_t n, p;
    double *x; /* [n * p], of the table's columns but the first */
} columns;

static columns read_columns(const rml_table *table)
{
    columns c = {.n = table->n_columns - 1, .p = (int32_t)table->n_rows};

    c.x = malloc((size_t)c.n * (size_t)c.p * sizeof *c.x);
    assert_non_null(c.x);
    for (int32_t i = 0; i < c.n; ++i)
        for (int32_t j = 0; j < c.p; ++j)
            c.x[i * c.p + j] = strtod(table->cell[(int64_t)j * table->n_columns + 1 + i], NULL);
    return c;
}

/* Adjusted Rand index (Hubert and Arabie 1985). */
static double rand_index(const int32_t *a, const int32_t *b, int32_t n)
{
    double both = 0, one = 0, other = 0, expected;
    const double all = 0.5 * n * (n - 1);

    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = i + 1; j < n; ++j) {
            both += a[i] == a[j] && b[i] == b[j];
            one += a[i] == a[j];
            other += b[i] == b[j];
        }
    expected = one * other / all;
    return (both - expected) / (0.5 * (one + other) - expected);
}

static const cJSON *of_k(const rml_reference *reference, int32_t k)
{
    char name[8];

    snprintf(name, sizeof name, "k%d", k);
    return rml_json(reference->result, name);
}

static void check_matrix(const rml_reference *reference, int32_t k, const double *consensus, int32_t n, double within)
{
    char file[32];
    rml_table table;

    snprintf(file, sizeof file, "consensus_k%d.csv", k);
    rml_reference_table(reference, file, &table);
    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = 0; j < n; ++j)
            assert_close(i == j ? 1.0 : consensus[rml_dendrogram_at(n, i < j ? i : j, i < j ? j : i)],
                         strtod(table.cell[i * table.n_columns + j], NULL), 0, within, "consensus");
    rml_table_free(&table);
}

/* The part of all pairs whose consensus is at most 0.01, 0.02, .. 1, as R's hist counts: to 1e-7 of a bin. */
static void check_cumulative(const cJSON *expected, const double *consensus, int64_t n_pairs)
{
    const cJSON *list = rml_json(expected, "cdf");

    assert_int_equal(cJSON_GetArraySize(list), 100);
    for (int b = 0; b < 100; ++b) {
        int64_t n = 0;

        for (int64_t pair = 0; pair < n_pairs; ++pair) n += consensus[pair] <= (b + 1 + 1e-7) / 100.0;
        assert_close((double)n / (double)n_pairs, rml_json_number(cJSON_GetArrayItem(list, b)), 0, 1e-12, "cdf");
    }
}

static void hc_matches(void **state)
{
    rml_reference reference;
    rml_table drawn_rows;
    columns c;
    double *distance, *consensus, own[4];
    int64_t n_pairs;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("consensus/hc", &reference);
    rml_reference_table(&reference, "subsamples.csv", &drawn_rows);
    c = read_columns(&reference.input);
    assert_true(c.n <= MOST);
    n_pairs = (int64_t)c.n * (c.n - 1) / 2;
    distance = malloc((size_t)n_pairs * sizeof *distance);
    consensus = malloc((size_t)n_pairs * sizeof *consensus);
    assert_int_equal(rml_consensus_pearson(c.x, c.n, c.p, distance), RML_OK);
    for (int32_t k = 2; k <= 4; ++k) {
        int32_t together[MOST * MOST / 2] = {0}, drawn[MOST * MOST / 2] = {0}, label[MOST];
        const cJSON *expected = of_k(&reference, k), *within = rml_json(reference.result, "cluster_consensus");
        int64_t n_joined = 0;
        rml_consensus result;

        for (int64_t r = 0; r < drawn_rows.n_rows; ++r) {
            const int32_t m = drawn_rows.n_columns;
            int32_t row[MOST], part[MOST];

            for (int32_t i = 0; i < m; ++i) row[i] = (int32_t)strtol(drawn_rows.cell[r * m + i], NULL, 10) - 1;
            assert_int_equal(rml_consensus_linkage(distance, c.n, row, m, k, part), RML_OK);
            rml_consensus_count(c.n, row, part, m, together, drawn);
        }
        assert_int_equal(rml_consensus_conclude(c.n, k, together, drawn, consensus, label, own, &result), RML_OK);
        check_matrix(&reference, k, consensus, c.n, 1e-12);
        check_cumulative(expected, consensus, n_pairs);
        for (int32_t i = 0; i < c.n; ++i)
            assert_int_equal(label[i] + 1, (int)rml_json_number(cJSON_GetArrayItem(rml_json(expected, "class"), i)));
        assert_close(result.area, rml_json_number(rml_json(expected, "cdf_area")), 1e-12, 0, "area");
        assert_close(result.pac, rml_json_number(rml_json(expected, "pac_01_09")), 1e-12, 0, "ambiguous pairs");
        for (int64_t pair = 0; pair < n_pairs; ++pair) n_joined += consensus[pair] > 0.1; /* held to CCP's above */
        assert_close(result.pac_of_joined,
                     rml_json_number(rml_json(expected, "pac_01_09")) * (double)n_pairs / (double)n_joined, 1e-12, 0,
                     "ambiguous among those ever together");
        for (int32_t row = 0; row < cJSON_GetArraySize(within); ++row) {
            const cJSON *line = cJSON_GetArrayItem(within, row);

            if ((int32_t)rml_json_number(cJSON_GetArrayItem(line, 0)) == k)
                assert_close(own[(int)rml_json_number(cJSON_GetArrayItem(line, 1)) - 1],
                             rml_json_number(cJSON_GetArrayItem(line, 2)), 1e-12, 0, "consensus within");
        }
    }
    rml_table_free(&drawn_rows);
    free(distance);
    free(consensus);
    free(c.x);
    rml_reference_close(&reference);
}

/* With what CCP drew (tests/oracle/consensus_km.R). Hartigan's moves may end elsewhere than Hartigan and Wong's from
 * the same start: the reference's bounds are for such ends. */
static void km_matches(void **state)
{
    rml_reference reference;
    rml_table drawn_rows;
    columns c;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("consensus/km", &reference);
    oracle_open("consensus_km.csv", &drawn_rows);
    rml_measured_case("consensus/km", "ConsensusClusterPlus 1.62.0");
    c = read_columns(&reference.input);
    for (int32_t k = 2; k <= 4; ++k) {
        int32_t together[MOST * MOST / 2] = {0}, drawn[MOST * MOST / 2] = {0}, label[MOST], theirs[MOST];
        double consensus[MOST * MOST / 2], own[4];
        const int32_t m = 32;
        rml_consensus result;

        for (int64_t r = 0; r < drawn_rows.n_rows; ++r) {
            const char *const *cell = drawn_rows.cell + r * drawn_rows.n_columns;
            int32_t row[MOST], part[MOST];
            double *x = malloc((size_t)m * (size_t)c.p * sizeof *x);
            double *centres = malloc((size_t)k * (size_t)c.p * sizeof *centres);
            rml_kmeans one;

            for (int32_t i = 0; i < m; ++i) {
                row[i] = (int32_t)strtol(cell[i], NULL, 10) - 1;
                memcpy(x + (int64_t)i * c.p, c.x + (int64_t)row[i] * c.p, (size_t)c.p * sizeof *x);
            }
            for (int32_t g = 0; g < k; ++g) {
                const long start = strtol(cell[m + k * (k - 1) / 2 - 1 + g], NULL, 10) - 1;

                memcpy(centres + (int64_t)g * c.p, x + start * c.p, (size_t)c.p * sizeof *x);
            }
            assert_int_equal(rml_kmeans_from(x, m, c.p, k, true, centres, part, &one), RML_OK);
            rml_consensus_count(c.n, row, part, m, together, drawn);
            free(x);
            free(centres);
        }
        assert_int_equal(rml_consensus_conclude(c.n, k, together, drawn, consensus, label, own, &result), RML_OK);
        for (int32_t i = 0; i < c.n; ++i)
            theirs[i] = (int32_t)rml_json_number(cJSON_GetArrayItem(rml_json(of_k(&reference, k), "class"), i));
        print_message("k %d: Rand index %g, area %g (CCP %g)\n", k, rand_index(label, theirs, c.n), result.area,
                      rml_json_number(rml_json(of_k(&reference, k), "cdf_area")));
        check_matrix(&reference, k, consensus, c.n, 0.15);
        assert_true(rand_index(label, theirs, c.n) >= 0.9);
    }
    free(c.x);
    rml_table_free(&drawn_rows);
    rml_reference_close(&reference);
}

/* Every row as often as every other, none twice, and each resample its own. */
static void draws_are_even(void **state)
{
    int32_t count[10] = {0}, row[10], same = 0, last[10] = {0};
    (void)state;

    for (uint64_t r = 0; r < 5000; ++r) {
        assert_int_equal(rml_consensus_draw(10, 4, 3, r, row), RML_OK);
        for (int32_t i = 0; i < 4; ++i) {
            assert_true(row[i] >= 0 && row[i] < 10 && (i == 0 || row[i] > row[i - 1]));
            ++count[row[i]];
        }
        same += memcmp(row, last, 4 * sizeof *row) == 0;
        memcpy(last, row, sizeof last);
    }
    for (int32_t i = 0; i < 10; ++i) assert_true(abs(count[i] - 2000) < 5 * 35); /* five standard deviations */
    assert_true(same < 60);                                                      /* one in 210 */
    assert_int_equal(rml_consensus_draw(3, 3, 1, 0, row), RML_OK);
    assert_int_equal(row[2], 2);
    assert_int_equal(rml_consensus_draw(3, 4, 1, 0, row), RML_EINVAL);
}

static void edges_hold(void **state)
{
    const double x[] = {1, 2, 3, 1, 1, 1};
    const int32_t row[] = {0, 1, 2}, pairs[] = {2, 0, 0}, never[] = {2, 0, 4};
    double distance[3], consensus[3], own[3];
    int32_t label[3];
    rml_consensus result;
    (void)state;

    assert_int_equal(rml_consensus_pearson(x, 2, 3, distance), RML_EEMPTY);
    assert_int_equal(rml_consensus_pearson((const double[]){1, 2, 1, NAN}, 2, 2, distance), RML_EVALUE);
    distance[0] = distance[1] = distance[2] = 1.0;
    assert_int_equal(rml_consensus_linkage(distance, 3, row, 3, 4, label), RML_EINVAL);
    assert_int_equal(rml_consensus_linkage(distance, 3, row, 3, 3, label), RML_OK);
    assert_int_equal(label[2], 2);
    assert_int_equal(rml_consensus_conclude(3, 2, pairs, never, consensus, label, own, &result), RML_OK);
    assert_close(consensus[1], 0.0, 0, 0, "a pair that was never drawn");
    assert_int_equal(label[0] == label[1] && label[0] != label[2], 1);
    assert_close(own[0], 1.0, 0, 0, "a pair");
    assert_true(isnan(own[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hc_matches), cmocka_unit_test(km_matches),
                                       cmocka_unit_test(draws_are_even), cmocka_unit_test(edges_hold)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
