/* Columns of unit length and their products. Oracle: the definitions in long double; what a product has alone it has
 * among others, to the bit. */
#include <math.h>
#include <stdlib.h>

#include "kernels/base/rng.h"
#include "kernels/stats/unit.h"
#include "tests/support/support.h"

/* Every remainder of the eight lanes, and tables that end within and beyond what is cached at a time. */
static void products_among_others(void **state)
{
    static const int64_t rows[] = {0, 1, 2, 7, 8, 9, 16, 23, 500, 40000};
    enum { A = 5, B = 131 };
    double *a = malloc(A * 40000 * sizeof *a), *b = malloc((size_t)B * 40000 * sizeof *b),
           *r = malloc(A * B * sizeof *r);

    (void)state;
    for (size_t s = 0; s < sizeof rows / sizeof *rows; ++s) {
        const int64_t n = rows[s];
        const int32_t n_b = n > 1000 ? 3 : B;

        rml_rng_normals(1, 0, 0, A * n, a);
        rml_rng_normals(2, 0, 0, n_b * n, b);
        rml_unit_products(a, A, b, n_b, n, r);
        for (int32_t i = 0; i < A; ++i)
            for (int32_t j = 0; j < n_b; ++j) {
                long double sum = 0.0L, size = 0.0L;

                for (int64_t k = 0; k < n; ++k) {
                    sum += (long double)a[i * n + k] * b[j * n + k];
                    size += fabsl((long double)a[i * n + k] * b[j * n + k]);
                }
                assert_true(r[i * n_b + j] == rml_unit_product(a + i * n, b + j * n, n));
                assert_true(r[i * n_b + j] == rml_unit_product(b + j * n, a + i * n, n)); /* a matrix is symmetric */
                /* n / 8 + 3 additions of a sum, each half a last place of at most the sum of sizes */
                assert_true(fabsl(r[i * n_b + j] - sum) <= ((double)n / 8 + 4) * 0x1p-53 * size);
            }
    }
    free(a);
    free(b);
    free(r);
}

static void length_one_about_the_mean(void **state)
{
    static const double place[] = {0.0, 1e6, -3e300}, spread[] = {1.0, 1e-3, 1e299};
    double x[101], out[101];

    (void)state;
    for (size_t s = 0; s < sizeof place / sizeof *place; ++s) {
        long double mean = 0.0L, squares = 0.0L, sum = 0.0L, length = 0.0L;

        rml_rng_normals(3, s, 0, 101, x);
        for (int i = 0; i < 101; ++i) x[i] = place[s] + spread[s] * x[i];
        assert_int_equal(rml_unit_of(x, 101, out), RML_OK);
        for (int i = 0; i < 101; ++i) mean += (long double)x[i] / 101;
        for (int i = 0; i < 101; ++i) squares += (x[i] - mean) * (x[i] - mean);
        for (int i = 0; i < 101; ++i) {
            /* the mean is rounded to a last place of what stands there */
            assert_close(out[i], (double)((x[i] - mean) / sqrtl(squares)), 1e-14, 1e-16 * fabs(place[s]) / spread[s],
                         "element");
            sum += out[i];
            length += (long double)out[i] * out[i];
        }
        assert_close((double)length, 1.0, 1e-14, 0, "length");
        assert_close((double)sum, 0.0, 0, 1e-13 + 1e-14 * fabs(place[s]) / spread[s], "sum");
        assert_int_equal(rml_unit_of(x, 101, x), RML_OK); /* in place */
        for (int i = 0; i < 101; ++i) assert_true(x[i] == out[i]);
    }
}

static void what_has_no_length(void **state)
{
    double x[4] = {0.1, 0.1, 0.1, 0.1}, out[4];

    (void)state;
    assert_int_equal(rml_unit_of(x, 4, out), RML_EEMPTY);
    assert_int_equal(rml_unit_of(x, 1, out), RML_EEMPTY);
    x[2] = NAN;
    assert_int_equal(rml_unit_of(x, 4, out), RML_EVALUE);
    x[2] = INFINITY;
    assert_int_equal(rml_unit_of(x, 4, out), RML_EVALUE);
    x[1] = -1.7e308;
    x[2] = 1.7e308; /* from the mean each is near the largest double: still a length */
    assert_int_equal(rml_unit_of(x, 4, out), RML_OK);
    assert_close(out[2], sqrt(0.5), 1e-15, 0, "a spread near the largest double");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_among_others),
                                       cmocka_unit_test(length_one_about_the_mean),
                                       cmocka_unit_test(what_has_no_length)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
