/* Moments and ranks of one column, by hand. */
#include "kernels/select/moments.h"
#include "tests/support/support.h"

/* Exact: sums are taken about the first value. 0.1 added up 37 times is not 3.7. */
static void constants_are_exact(void **state)
{
    double x[37], z[37];
    (void)state;
    for (int i = 0; i < 37; ++i) x[i] = 0.1;
    assert_true(rml_moments_mean(x, 37) == 0.1);
    assert_true(rml_moments_squares(x, rml_moments_mean(x, 37), 37) == 0.0);
    rml_moments_unit(x, 37, z);
    for (int i = 0; i < 37; ++i) assert_true(z[i] == 0.0);
}

/* Whole numbers far from 0: every sum is exact. 1..19 have mean 10 and squares 570. */
static void sums_by_hand(void **state)
{
    double x[19], z[19];
    (void)state;
    for (int i = 0; i < 19; ++i) x[i] = 1e9 + 1 + (i * 7) % 19;
    for (int i = 0; i < 19; ++i) z[i] = i % 2 ? 1 : 2;
    const double mean = rml_moments_mean(x, 19);
    double product = 0.0;

    assert_true(mean == 1e9 + 10);
    assert_true(rml_moments_squares(x, mean, 19) == 570);
    for (int i = 0; i < 19; ++i) product += ((i * 7) % 19 - 9) * z[i];
    assert_true(rml_moments_product(x, mean, z, 19) == product);
    rml_moments_unit(x, 19, z);
    for (int i = 0; i < 19; ++i) assert_close(z[i], ((i * 7) % 19 - 9) / sqrt(570), 1e-15, 0, "unit");
}

static void ranks_by_hand(void **state)
{
    static const double x[7] = {3, 1, 3, -2, 3, 1, 0};
    int64_t order[7], spare[7];
    double ranks[7];
    (void)state;
    rml_moments_order(x, 7, order, spare);
    assert_memory_equal(order, ((int64_t[]){3, 6, 1, 5, 0, 2, 4}), sizeof order);
    rml_moments_ranks(x, 7, order, spare, ranks);
    assert_memory_equal(ranks, ((double[]){6, 3.5, 6, 1, 6, 3.5, 2}), sizeof ranks);
}

static void finite_means_finite(void **state)
{
    double x[6] = {1, -1e308, 0, 1e308, 1e308, 5};
    const rml_columns columns = {2, 3, 2, x}; /* rows 0 and 1 of a longer column */
    (void)state;
    assert_true(rml_moments_finite(&columns));
    x[2] = x[5] = NAN; /* between the rows */
    assert_true(rml_moments_finite(&columns));
    x[4] = -INFINITY;
    assert_false(rml_moments_finite(&columns));
    x[4] = NAN;
    assert_false(rml_moments_finite(&columns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_exact),
        cmocka_unit_test(sums_by_hand),
        cmocka_unit_test(ranks_by_hand),
        cmocka_unit_test(finite_means_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
