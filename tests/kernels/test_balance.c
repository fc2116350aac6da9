/* Standardised differences. Oracle: the formulas of Austin 2009 and of Yang and Dalton 2012, worked by hand. */
#include "kernels/stats/balance.h"
#include "tests/support/support.h"

static void numbers_by_hand(void **state)
{
    /* means 2 and 5, variances 1 and 36 / 6 */
    const double x[] = {1, 2, 3}, y[] = {2, 5, 5, 8, 5, 2, 8}, flat[] = {2, 2}, other[] = {3, 3};
    double d;
    (void)state;

    assert_int_equal(rml_balance_numbers(x, 3, y, 7, &d), RML_OK);
    assert_close(d, 3.0 / sqrt(0.5 * (1.0 + 6.0)), 1e-15, 0, "two means");
    assert_int_equal(rml_balance_numbers(flat, 2, flat, 2, &d), RML_OK);
    assert_close(d, 0.0, 0, 0, "equal");
    assert_int_equal(rml_balance_numbers(flat, 2, other, 2, &d), RML_OK);
    assert_true(isinf(d));
    assert_int_equal(rml_balance_numbers(x, 1, y, 7, &d), RML_EEMPTY);
    assert_true(isnan(d));
    assert_int_equal(rml_balance_numbers((const double[]){1, INFINITY}, 2, y, 7, &d), RML_EVALUE);
    assert_true(isnan(d));
}

static void categories_by_hand(void **state)
{
    /* d = (-1/4, 0), S = ((7/32, -3/32), (-3/32, 6/32)): d' S^-1 d = 4/11 */
    const int64_t x[] = {1, 1, 2}, y[] = {2, 1, 1}, with_empty[] = {1, 0, 1, 2}, against[] = {2, 0, 1, 1};
    double d;
    (void)state;

    assert_int_equal(rml_balance_categories(x, y, 3, &d), RML_OK);
    assert_close(d, sqrt(4.0 / 11.0), 1e-14, 0, "three categories");
    assert_int_equal(rml_balance_categories(y, x, 3, &d), RML_OK);
    assert_close(d, sqrt(4.0 / 11.0), 1e-14, 0, "the other way round");
    assert_int_equal(rml_balance_categories(with_empty, against, 4, &d), RML_OK);
    assert_close(d, sqrt(4.0 / 11.0), 1e-14, 0, "a level that nobody has");
    assert_int_equal(rml_balance_categories((const int64_t[]){5, 5}, (const int64_t[]){2, 8}, 2, &d), RML_OK);
    assert_close(d, 0.3 / sqrt(0.5 * (0.25 + 0.16)), 1e-14, 0, "two categories");
    assert_int_equal(rml_balance_categories(x, x, 3, &d), RML_OK);
    assert_close(d, 0.0, 0, 0, "equal");
}

/* Group one wholly in a level where nobody of group two is: no spread tells them apart, in whatever order levels come.
 */
static void apart_is_infinite(void **state)
{
    double d;
    (void)state;

    for (int32_t at = 0; at < 3; ++at) {
        int64_t x[3] = {0, 0, 0}, y[3] = {4, 4, 4};

        x[at] = 9;
        y[at] = 0;
        assert_int_equal(rml_balance_categories(x, y, 3, &d), RML_OK);
        assert_true(isinf(d));
    }
    assert_int_equal(rml_balance_categories((const int64_t[]){3}, (const int64_t[]){7}, 1, &d), RML_OK);
    assert_close(d, 0.0, 0, 0, "one level");
    assert_int_equal(rml_balance_categories((const int64_t[]){0, 0}, (const int64_t[]){7, 1}, 2, &d), RML_EEMPTY);
    assert_int_equal(rml_balance_categories((const int64_t[]){-1, 2}, (const int64_t[]){7, 1}, 2, &d), RML_EVALUE);
    assert_int_equal(rml_balance_categories(NULL, NULL, 0, &d), RML_EINVAL);
    assert_true(isnan(d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_by_hand), cmocka_unit_test(categories_by_hand),
                                       cmocka_unit_test(apart_is_infinite)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
