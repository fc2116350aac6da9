/* Average linkage. Oracles: the five taxa worked through in Wikipedia's "UPGMA" (of 2024; heights 17, 22, 28, 33), and
 * the definition itself, by looking for the nearest pair of clusters anew after every join. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/stats/dendrogram.h"
#include "tests/support/support.h"

enum { MOST = 40 };

static void five_taxa(void **state)
{
    /* a-b a-c a-d a-e b-c b-d b-e c-d c-e d-e */
    double distance[] = {17, 21, 31, 23, 30, 34, 21, 28, 39, 43};
    static const rml_join wanted[] = {{0, 1, 17}, {4, 5, 22}, {2, 3, 28}, {6, 7, 33}};
    static const int32_t in_order[] = {0, 1, 4, 2, 3};
    rml_join join[4];
    int32_t order[5], cluster[5], n = 0;
    (void)state;

    assert_int_equal(rml_dendrogram_average(distance, 5, join, order), RML_OK);
    for (int32_t k = 0; k < 4; ++k) {
        assert_int_equal(join[k].a, wanted[k].a);
        assert_int_equal(join[k].b, wanted[k].b);
        assert_close(join[k].height, wanted[k].height, 0, 1e-14, "height");
    }
    assert_memory_equal(order, in_order, sizeof order);
    assert_int_equal(rml_dendrogram_cut(join, order, 5, 22.0, cluster, &n), RML_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(cluster, ((int32_t[]){0, 0, 1, 2, 0}), sizeof cluster);
    assert_int_equal(rml_dendrogram_cut(join, order, 5, 16.0, cluster, &n), RML_OK);
    assert_int_equal(n, 5);
    assert_int_equal(rml_dendrogram_cut(join, order, 5, 33.0, cluster, &n), RML_OK);
    assert_int_equal(n, 1);
}

/* Mean distance between the members of two clusters. */
static double mean_between(const double *distance, int32_t n, const int32_t *of, int32_t a, int32_t b)
{
    double sum = 0.0;
    int32_t m = 0;

    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = 0; j < n; ++j)
            if (of[i] == a && of[j] == b) {
                sum += distance[i < j ? rml_dendrogram_at(n, i, j) : rml_dendrogram_at(n, j, i)];
                ++m;
            }
    return m > 0 ? sum / m : INFINITY;
}

/* The heights of all joins, and the clusters after the first `stop` of them. */
static void by_definition(const double *distance, int32_t n, int32_t stop, double *height, int32_t *at_stop)
{
    int32_t of[MOST];

    for (int32_t i = 0; i < n; ++i) of[i] = i;
    for (int32_t k = 0; k < n - 1; ++k) {
        int32_t a = -1, b = -1;

        if (k == stop) memcpy(at_stop, of, (size_t)n * sizeof *of);
        height[k] = INFINITY;
        for (int32_t x = 0; x < n; ++x)
            for (int32_t y = x + 1; y < n; ++y) {
                const double d = mean_between(distance, n, of, x, y);

                if (d >= height[k]) continue;
                height[k] = d;
                a = x;
                b = y;
            }
        for (int32_t i = 0; i < n; ++i)
            if (of[i] == b) of[i] = a;
    }
}

static void as_defined(void **state)
{
    double distance[MOST * MOST / 2], work[MOST * MOST / 2], height[MOST];
    rml_join join[MOST];
    int32_t order[MOST], cluster[MOST], of[MOST], n_clusters = 0;
    (void)state;

    for (int32_t n = 2; n <= MOST; n += 7) {
        const int32_t n_pairs = n * (n - 1) / 2, stop = n / 3;
        int32_t seen[MOST] = {0}, last = -1, n_changes = 0;

        for (int32_t k = 0; k < n_pairs; ++k)
            work[k] = distance[k] = 0.1 + rml_rng_uniform(7, (uint64_t)n, (uint64_t)k);
        by_definition(distance, n, stop, height, of);
        assert_int_equal(rml_dendrogram_average(work, n, join, order), RML_OK);
        for (int32_t k = 0; k < n - 1; ++k) assert_close(join[k].height, height[k], 1e-13, 0, "height");
        for (int32_t i = 0; i < n; ++i) ++seen[order[i]];
        for (int32_t i = 0; i < n; ++i) assert_int_equal(seen[i], 1);
        if (stop == 0) continue;
        assert_int_equal(rml_dendrogram_cut(join, order, n, join[stop - 1].height, cluster, &n_clusters), RML_OK);
        assert_int_equal(n_clusters, n - stop);
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = 0; j < n; ++j) assert_int_equal(cluster[i] == cluster[j], of[i] == of[j]);
        for (int32_t i = 0; i < n; ++i) { /* every cluster together in the order */
            n_changes += cluster[order[i]] != last;
            if (cluster[order[i]] != last) /* and its lowest member first */
                for (int32_t j = 0; j < order[i]; ++j) assert_int_not_equal(cluster[j], cluster[order[i]]);
            last = cluster[order[i]];
        }
        assert_int_equal(n_changes, n_clusters);
    }
}

static void edges(void **state)
{
    double none[] = {0.0}, same[] = {1, 1, 1, 1, 1, 1}, bad[] = {1, NAN, 2};
    rml_join join[3];
    int32_t order[4], cluster[4], n = 0;
    (void)state;

    assert_int_equal(rml_dendrogram_average(none, 1, join, order), RML_OK);
    assert_int_equal(order[0], 0);
    assert_int_equal(rml_dendrogram_cut(join, order, 1, 1.0, cluster, &n), RML_OK);
    assert_int_equal(n, 1);
    assert_int_equal(rml_dendrogram_average(none, 0, join, order), RML_EINVAL);
    assert_int_equal(rml_dendrogram_average(bad, 3, join, order), RML_EVALUE);
    assert_int_equal(rml_dendrogram_average(same, 4, join, order), RML_OK); /* ties come to an end */
    for (int32_t k = 0; k < 3; ++k) assert_close(join[k].height, 1.0, 0, 0, "height");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(five_taxa), cmocka_unit_test(as_defined),
                                       cmocka_unit_test(edges)};

    return cmocka_run_group_tests_name("kernels/dendrogram", tests, NULL, NULL);
}
