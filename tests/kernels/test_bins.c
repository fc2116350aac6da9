/* Columns cut into levels. Oracle: the tables discretised.csv of the reference's mRMR cases (numpy), and cuts by hand.
 */
#include "kernels/select/bins.h"
#include "tests/support/reference.h"

static const struct {
    const char *word;
    rml_bins_kind kind;
    int32_t n_levels;
} forms[] = {{"mean_sd3", RML_BINS_MEAN_SD, 3}, {"width5", RML_BINS_WIDTH, 5}, {"quantile4", RML_BINS_QUANTILE, 4}};

/* Exact: levels are whole numbers. */
static void levels_match_reference(void **state)
{
    static const char *const data[] = {"breast_cancer", "c150x40", "c80x400"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int d = 0; d < 3; ++d)
        for (int f = 0; f < 3; ++f) {
            char name[128];
            rml_reference reference;
            rml_table discretised;
            rml_bins bins;
            int32_t n_columns;

            snprintf(name, sizeof name, "mrmr/%s_mi_%s", data[d], forms[f].word);
            rml_reference_open(name, &reference);
            rml_reference_table(&reference, "discretised.csv", &discretised);
            const cJSON *names = rml_json(reference.result, "columns");
            double *x = rml_table_matrix(&reference.input, names, &n_columns);
            double *expected = rml_table_matrix(&discretised, names, &n_columns);
            const int64_t n = reference.input.n_rows;
            const rml_columns columns = {n, n, n_columns, x};
            uint8_t *levels = malloc((size_t)(n * n_columns));

            assert_int_equal(rml_bins_fit(&columns, forms[f].kind, forms[f].n_levels, &bins), RML_OK);
            assert_int_equal(rml_bins_apply(&bins, &columns, levels), RML_OK);
            for (int64_t i = 0; i < n * n_columns; ++i)
                if (levels[i] != expected[i]) fail_msg("%s: column %d row %d", name, (int)(i / n), (int)(i % n));
            rml_bins_free(&bins);
            rml_table_free(&discretised);
            rml_reference_close(&reference);
            free(x);
            free(expected);
            free(levels);
        }
}

static void check(rml_bins_kind kind, int32_t n_levels, const double *x, int32_t n, const double *other,
                  int32_t n_other, const int *of_x, const int *of_other)
{
    const rml_columns training = {n, n, 1, x}, rows = {n_other, n_other, 1, other};
    uint8_t levels[16];
    rml_bins bins;

    assert_int_equal(rml_bins_fit(&training, kind, n_levels, &bins), RML_OK);
    assert_int_equal(rml_bins_apply(&bins, &training, levels), RML_OK);
    for (int i = 0; i < n; ++i) assert_int_equal(levels[i], of_x[i]);
    assert_int_equal(rml_bins_apply(&bins, &rows, levels), RML_OK);
    for (int i = 0; i < n_other; ++i) assert_int_equal(levels[i], of_other[i]);
    rml_bins_free(&bins);
}

/* Worked by hand. Mean 3, sd sqrt(2.5): the middle goes from 1.42 to 4.58. Quantiles of 1..5 at quarters: 2, 3, 4. */
static void cuts_by_hand(void **state)
{
    static const double x[5] = {1, 2, 3, 4, 5}, other[4] = {-9, 1.5, 4.5, 99};
    static const double ties[5] = {7, 7, 7, 7, 9}, flat[3] = {0.1, 0.1, 0.1}, near[3] = {0.1, 0.0999, 0.2};
    (void)state;
    check(RML_BINS_MEAN_SD, 3, x, 5, other, 4, (int[]){0, 1, 1, 1, 2}, (int[]){0, 1, 1, 2});
    check(RML_BINS_WIDTH, 4, x, 5, other, 4, (int[]){0, 1, 2, 3, 3}, (int[]){0, 0, 3, 3});
    check(RML_BINS_QUANTILE, 4, x, 5, other, 4, (int[]){0, 0, 1, 2, 3}, (int[]){0, 0, 3, 3});
    check(RML_BINS_QUANTILE, 4, ties, 5, other, 2, (int[]){0, 0, 0, 0, 1}, (int[]){0, 0}); /* one cut, at 7 */
    check(RML_BINS_MEAN_SD, 3, flat, 3, near, 3, (int[]){1, 1, 1}, (int[]){1, 0, 2});
    check(RML_BINS_WIDTH, 5, flat, 3, near, 3, (int[]){0, 0, 0}, (int[]){0, 0, 0});
    check(RML_BINS_QUANTILE, 5, flat, 3, near, 3, (int[]){0, 0, 0}, (int[]){0, 0, 1});
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[4] = {1, 2, 3, NAN}, wide[2] = {-1.5e308, 1.5e308};
    uint8_t levels[4];
    rml_bins bins;
    (void)state;
    assert_int_equal(rml_bins_fit(&(rml_columns){4, 4, 1, x}, RML_BINS_WIDTH, 4, &bins), RML_EVALUE);
    assert_int_equal(rml_bins_fit(&(rml_columns){2, 2, 1, wide}, RML_BINS_WIDTH, 4, &bins), RML_EVALUE);
    assert_int_equal(rml_bins_fit(&(rml_columns){0, 0, 1, x}, RML_BINS_WIDTH, 4, &bins), RML_EEMPTY);
    assert_int_equal(rml_bins_fit(&(rml_columns){3, 3, 1, x}, RML_BINS_MEAN_SD, 4, &bins), RML_EINVAL);
    assert_int_equal(rml_bins_fit(&(rml_columns){3, 3, 1, x}, RML_BINS_WIDTH, 1, &bins), RML_EINVAL);
    assert_int_equal(rml_bins_fit(&(rml_columns){3, 3, 1, x}, RML_BINS_WIDTH, 65, &bins), RML_EINVAL);
    assert_int_equal(rml_bins_fit(&(rml_columns){3, 3, 1, x}, RML_BINS_WIDTH, 64, &bins), RML_OK);
    assert_int_equal(rml_bins_apply(&bins, &(rml_columns){4, 4, 1, x}, levels), RML_EVALUE);
    assert_int_equal(rml_bins_apply(&bins, &(rml_columns){2, 2, 2, x}, levels), RML_EINVAL);
    rml_bins_free(&bins);
    rml_bins_free(&bins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_match_reference),
        cmocka_unit_test(cuts_by_hand),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
