/* Adjusted p values. Oracle: R 4.2.2 p.adjust (reference fdr), at its 1e-14; the definition; an example by hand. */
#include "kernels/stats/adjust.h"
#include "tests/support/reference.h"

static const struct {
    const char *name;
    rml_adjust_method method;
} methods[] = {{"BH", RML_ADJUST_BH},         {"BY", RML_ADJUST_BY},
               {"holm", RML_ADJUST_HOLM},     {"hochberg", RML_ADJUST_HOCHBERG},
               {"hommel", RML_ADJUST_HOMMEL}, {"bonferroni", RML_ADJUST_BONFERRONI}};

static void reference_case_matches(void **state)
{
    rml_reference reference;
    double *given;
    (void)state;

    if (!rml_reference_present()) skip();
    rml_reference_open("fdr/p_adjust", &reference);
    given = rml_table_numbers(&reference.input, "p");
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; ++m) {
        int32_t n, k = 0;
        double *expected = rml_json_numbers(rml_json(reference.result, methods[m].name), &n);
        double *p = malloc((size_t)n * sizeof *p);

        assert_non_null(p);
        /* a missing value in a table of one column is an empty line, which the reader skips */
        for (int32_t i = 0; i < n; ++i) p[i] = isnan(expected[i]) ? NAN : given[k++];
        assert_int_equal(k, reference.input.n_rows);
        assert_int_equal(rml_adjust(p, n, methods[m].method, p), RML_OK);
        for (int32_t i = 0; i < n; ++i) assert_close(p[i], expected[i], 1e-14, 0, methods[m].name);
        free(expected);
        free(p);
    }
    free(given);
    rml_reference_close(&reference);
}

/* Hommel by its definition: the closed test in which every intersection is tested by Simes. Never above
 * Hochberg's. */
static void hommel_is_the_closed_simes_test(void **state)
{
    enum { N = 7 };
    uint64_t seed = 3;
    double p[N], out[N], other[N];
    (void)state;

    for (int trial = 0; trial < 50; ++trial) {
        for (int i = 0; i < N; ++i) p[i] = pow(rml_test_uniform(&seed), 3.0);
        if (trial % 5 == 0) p[3] = p[1];
        assert_int_equal(rml_adjust(p, N, RML_ADJUST_HOMMEL, out), RML_OK);
        for (int i = 0; i < N; ++i) {
            double largest = 0.0;

            for (unsigned set = 1; set < 1u << N; ++set) {
                double simes = INFINITY;
                int size = 0;

                if (!(set >> i & 1)) continue;
                for (int a = 0; a < N; ++a) size += set >> a & 1;
                for (int a = 0; a < N; ++a) {
                    int rank = 0;

                    if (!(set >> a & 1)) continue;
                    for (int b = 0; b < N; ++b) rank += (set >> b & 1) && p[b] <= p[a];
                    simes = fmin(simes, size * p[a] / rank);
                }
                largest = fmax(largest, simes);
            }
            assert_close(out[i], fmin(largest, 1.0), 1e-14, 0, "closed test");
        }
        assert_int_equal(rml_adjust(p, N, RML_ADJUST_HOCHBERG, other), RML_OK);
        for (int i = 0; i < N; ++i) assert_true(out[i] <= other[i] * (1 + 1e-15));
    }
}

/* Worked by hand: 0.01, 0.04, 0.03 and a missing one. */
static void three_match_by_hand(void **state)
{
    const double p[4] = {0.01, NAN, 0.04, 0.03};
    static const double expected[][3] = {{0.03, 0.04, 0.04}, {0.055, 0.22 / 3, 0.22 / 3}, {0.03, 0.06, 0.06},
                                         {0.03, 0.04, 0.04}, {0.03, 0.04, 0.04},          {0.03, 0.12, 0.09}};
    double out[4];
    (void)state;

    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; ++m) {
        assert_int_equal(rml_adjust(p, 4, methods[m].method, out), RML_OK);
        assert_close(out[0], expected[m][0], 1e-14, 0, methods[m].name);
        assert_true(isnan(out[1]));
        assert_close(out[2], expected[m][1], 1e-14, 0, methods[m].name);
        assert_close(out[3], expected[m][2], 1e-14, 0, methods[m].name);
    }
}

static void edges_hold(void **state)
{
    double p[3] = {0.5, 1.2, 0.1}, missing[2] = {NAN, NAN}, one[1] = {0.3};
    (void)state;

    assert_int_equal(rml_adjust(p, 3, (rml_adjust_method)99, p), RML_EVALUE);
    assert_true(isnan(p[0]));
    assert_int_equal(rml_adjust(one, 1, (rml_adjust_method)99, missing), RML_EINVAL);
    assert_true(isnan(missing[0]));
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; ++m) {
        one[0] = 0.3;
        assert_int_equal(rml_adjust(one, 1, methods[m].method, one), RML_OK);
        assert_close(one[0], 0.3, 0, 0, "one alone, in place");
        assert_int_equal(rml_adjust(missing, 2, methods[m].method, missing), RML_OK);
        assert_true(isnan(missing[0]) && isnan(missing[1]));
        assert_int_equal(rml_adjust(NULL, 0, methods[m].method, NULL), RML_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_case_matches),
        cmocka_unit_test(hommel_is_the_closed_simes_test),
        cmocka_unit_test(three_match_by_hand),
        cmocka_unit_test(edges_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
