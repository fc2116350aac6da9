/* ReliefF. Oracle: tests/oracle/make_relief.py, the paper's pseudocode; and a table by hand. */
#include "kernels/select/relief.h"
#include "tests/oracle/relief.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

#define ROWS 45
#define COLUMNS 11

static const rml_columns table = {ROWS, ROWS, COLUMNS, relief_x};

/* 1e-12: the same sums in another order. */
static void weights_match_the_paper(void **state)
{
    static const int32_t k[] = {1, 5, 10, 40};
    static const double *const expected[] = {relief_1, relief_5, relief_10, relief_40};
    double weight[COLUMNS];
    (void)state;
    rml_measured_case("relief", "ReliefF by its paper's formula (numpy)");
    for (int c = 0; c < 4; ++c) {
        assert_int_equal(rml_relief(&table, relief_y, k[c], weight), RML_OK);
        for (int j = 0; j < COLUMNS; ++j) assert_close(weight[j], expected[c][j], 0, 1e-12, "weight");
        assert_true(weight[3] == 0.0); /* a constant */
    }
    rml_measured_case(NULL, NULL);
}

/* By hand, k = 1, both columns 0..1. Rows 00, 10 | 01, 11: for every row the hit differs in the first column alone and
 * the nearest miss in the second alone. */
static void corners_by_hand(void **state)
{
    static const double x[2][4] = {{0, 3, 0, 3}, {-1, -1, 1, 1}};
    static const uint8_t y[4] = {0, 0, 1, 1}, alone[4] = {0, 0, 0, 1};
    double weight[2];
    (void)state;
    assert_int_equal(rml_relief(&(rml_columns){4, 4, 2, x[0]}, y, 1, weight), RML_OK);
    assert_true(weight[0] == -1.0 && weight[1] == 1.0);
    /* k beyond all: misses are two corners, a side and a diagonal away: (1 + 0) / 2 - 1 and 1 - 0 */
    assert_int_equal(rml_relief(&(rml_columns){4, 4, 2, x[0]}, y, 9, weight), RML_OK);
    assert_true(weight[0] == -0.5 && weight[1] == 1.0);
    /* row 11 alone: hits 00-10, 10-00 (the lower row first), 01-00, none; misses 11 (1 1), (0 1), (1 0), and 10 (0 1)
     */
    assert_int_equal(rml_relief(&(rml_columns){4, 4, 2, x[0]}, alone, 1, weight), RML_OK);
    assert_close(weight[0], (-1 - 1 - 0 + 1 + 0 + 1 + 0) / 4.0, 0, 1e-15, "first");
    assert_close(weight[1], (-0 - 0 - 1 + 1 + 1 + 0 + 1) / 4.0, 0, 1e-15, "second");
}

/* By hand, k = 2: row 00 alone in its class; of the others, 10 and 01 are as far from it, and the lower row stays when
 * the nearer last one is found. Second column: 0, 0 - 1/2, 1 - 1, 0 - 1/2. */
static void ties_go_to_the_lowest_row(void **state)
{
    static const double x[2][4] = {{0, 1, 0, 0.5}, {0, 0, 1, 0}};
    static const uint8_t y[4] = {0, 1, 1, 1};
    double weight[2];
    (void)state;
    assert_int_equal(rml_relief(&(rml_columns){4, 4, 2, x[0]}, y, 2, weight), RML_OK);
    assert_close(weight[1], -0.25, 0, 1e-15, "second");
}

/* Scaling and moving columns changes rounding alone; many columns pass through several chunks. */
static void units_do_not_matter(void **state)
{
    static double x[30 * COLUMNS][ROWS];
    double weight[30 * COLUMNS];
    (void)state;
    for (int j = 0; j < 30 * COLUMNS; ++j)
        for (int i = 0; i < ROWS; ++i) x[j][i] = (j % 2 ? -3.0 : 8.0) * relief_x[j % COLUMNS * ROWS + i];
    assert_int_equal(rml_relief(&(rml_columns){ROWS, ROWS, 30 * COLUMNS, x[0]}, relief_y, 5, weight), RML_OK);
    for (int j = 0; j < 30 * COLUMNS; ++j) assert_close(weight[j], relief_5[j % COLUMNS], 0, 1e-12, "weight");
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[3] = {1, 2, NAN}, wide[2] = {-1.5e308, 1.5e308};
    static const uint8_t y[3] = {0, 1, 1}, bad[3] = {0, 1, 2}, one[3] = {1, 1, 1};
    double weight[1];
    (void)state;
    assert_int_equal(rml_relief(&(rml_columns){3, 3, 1, x}, y, 1, weight), RML_EVALUE);
    assert_int_equal(rml_relief(&(rml_columns){2, 2, 1, wide}, y, 1, weight), RML_EVALUE);
    assert_int_equal(rml_relief(&(rml_columns){3, 3, 1, x}, bad, 1, weight), RML_EINVAL);
    assert_int_equal(rml_relief(&(rml_columns){2, 2, 1, x}, y, 0, weight), RML_EINVAL);
    assert_int_equal(rml_relief(&(rml_columns){2, 2, 1, x}, one, 1, weight), RML_EEMPTY);
    assert_int_equal(rml_relief(&(rml_columns){2, 2, 1, x}, y, 1, weight), RML_OK);
    assert_true(weight[0] == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_match_the_paper),     cmocka_unit_test(corners_by_hand),
        cmocka_unit_test(ties_go_to_the_lowest_row),   cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
