/* Imputation. Oracle: scikit-learn 1.5.2's SimpleImputer and KNNImputer (tests/oracle/prepare_sklearn.py), relative
 * 1e-9: scikit-learn's distances are |a|^2 - 2ab + |b|^2; absolute 1e-15 for a mean of z-scores, which is 0. By hand.
 */
#include "kernels/prepare/impute.h"
#include "tests/kernels/prepare_cases.h"

enum { TRAIN = 24, ALL = 36, P = 6 };

static rml_impute fitted_on(const rml_columns *x, rml_impute_kind kind, int32_t n_neighbours, bool by_distance)
{
    const rml_impute_settings settings = {kind, n_neighbours, by_distance};
    rml_impute fitted;

    assert_int_equal(rml_impute_fit(x, &settings, &fitted), RML_OK);
    return fitted;
}

static void fills_as_scikit_learn(void **state)
{
    static const char *const want_of[3] = {"i", "k", "w"};
    rml_table table;
    (void)state;

    oracle_open("prepare_small.csv", &table);
    for (int run = 0; run < 3; ++run) {
        double *x = oracle_matrix(&table, run ? "z" : "g", P, 0, ALL);
        const rml_columns train = {TRAIN, ALL, P, x}, all = {ALL, ALL, P, x};
        rml_impute fitted = fitted_on(&train, run ? RML_IMPUTE_NEAREST : RML_IMPUTE_MEDIAN, 3, run == 2);
        double *want = oracle_matrix(&table, want_of[run], P, 0, ALL), out[ALL * P];

        assert_int_equal(rml_impute_apply(&fitted, &all, out, ALL), RML_OK);
        assert_all_close(out, want, (int64_t)ALL * P, 1e-9, 1e-15, want_of[run]);
        for (int c = 0; c < ALL * P; ++c) assert_true(isnan(x[c]) || out[c] == x[c]);
        assert_int_equal(fitted.n_empty, 0);
        rml_impute_free(&fitted);
        free(want);
        free(x);
    }
    oracle_close(&table);
}

/* Worked by hand: columns a, b, c of five training rows; c is asked for at (a, b). */
static void nearest_by_hand(void **state)
{
    const double train[] = {0, 1, 1, 3, NAN, /**/ 0, 0, 0, 4, 7, /**/ NAN, 10, 20, 40, 80};
    const double rows[] = {0, 3, NAN, 1, /**/ 0, 4, NAN, NAN, /**/ NAN, NAN, NAN, NAN};
    const rml_columns x = {5, 5, 3, train}, asked = {4, 4, 3, rows};
    rml_impute fitted = fitted_on(&x, RML_IMPUTE_NEAREST, 2, false);
    double out[12];
    (void)state;

    assert_int_equal(rml_impute_apply(&fitted, &asked, out, 4), RML_OK);
    assert_true(out[8] == 15.0); /* the two at (1, 0); the row at (0, 0) has no c */
    assert_true(out[9] == 60.0); /* (3, 4) at 0; (?, 7) at sqrt(3 * 9) before (1, 0) at sqrt(1.5 * 20) */
    assert_true(out[10] == 37.5 && out[2] == 1.25 && out[6] == 2.2); /* nothing known: means */
    assert_true(out[11] == 15.0 && out[7] == 0.0); /* ties of three at distance 1 or 0 go to the first rows */
    rml_impute_free(&fitted);

    fitted = fitted_on(&x, RML_IMPUTE_NEAREST, 3, true);
    assert_int_equal(rml_impute_apply(&fitted, &asked, out, 4), RML_OK);
    assert_close(out[8], 38.0 / 2.2, 1e-14, 0, "by distance"); /* (3, 4) is 5 times as far: (10 + 20 + 40 / 5) / 2.2 */
    assert_true(out[9] == 40.0);                               /* at distance 0 one counts alone */
    assert_true(out[11] == 15.0);                              /* or two */
    rml_impute_free(&fitted);
}

/* Columns that nothing is known of are named and stay missing; other rows than the row itself do not matter. */
static void empty_columns_are_named(void **state)
{
    const double train[] = {1, 2, 4, /**/ NAN, NAN, NAN, /**/ 3, NAN, 5, /**/ NAN, NAN, NAN};
    const double rows[] = {NAN, 1, /**/ 5, NAN, /**/ 4, NAN, /**/ NAN, 2};
    const rml_columns x = {3, 3, 4, train}, asked = {2, 2, 4, rows}, second = {1, 2, 4, rows + 1};
    (void)state;

    for (int kind = RML_IMPUTE_MEDIAN; kind <= RML_IMPUTE_NEAREST; ++kind) {
        rml_impute fitted = fitted_on(&x, kind, 1, false);
        double out[8], alone[4];

        assert_int_equal(fitted.n_empty, 2);
        assert_true(fitted.empty[0] == 1 && fitted.empty[1] == 3 && isnan(fitted.fill[3]));
        assert_int_equal(rml_impute_apply(&fitted, &asked, out, 2), RML_OK);
        assert_true(out[0] == (kind ? 1.0 : 2.0) && out[2] == 5.0 && isnan(out[3]) && isnan(out[6]) && out[7] == 2.0);
        assert_true(out[5] == (kind ? 3.0 : 4.0));
        assert_int_equal(rml_impute_apply(&fitted, &second, alone, 1), RML_OK);
        for (int j = 0; j < 4; ++j)
            assert_true(alone[j] == out[2 * j + 1] || (isnan(alone[j]) && isnan(out[2 * j + 1])));
        rml_impute_free(&fitted);
    }
}

static void bad_input_is_refused(void **state)
{
    double x[4] = {1, NAN, 3, INFINITY}, out[4];
    rml_columns columns = {2, 2, 2, x};
    rml_impute_settings settings = {RML_IMPUTE_NEAREST, 1, false};
    rml_impute fitted;
    (void)state;

    assert_int_equal(rml_impute_fit(&columns, &settings, &fitted), RML_EVALUE);
    rml_impute_free(&fitted);
    x[3] = 5;
    assert_int_equal(rml_impute_fit(&columns, &settings, &fitted), RML_OK);
    x[3] = INFINITY;
    assert_int_equal(rml_impute_apply(&fitted, &columns, out, 2), RML_EVALUE);
    columns.n_columns = 1;
    assert_int_equal(rml_impute_apply(&fitted, &columns, out, 2), RML_EINVAL);
    rml_impute_free(&fitted);
    settings.n_neighbours = 0;
    assert_int_equal(rml_impute_fit(&columns, &settings, &fitted), RML_EINVAL);
    rml_impute_free(&fitted);
    settings.n_neighbours = 1;
    columns.n_rows = 0;
    assert_int_equal(rml_impute_fit(&columns, &settings, &fitted), RML_EINVAL);
    rml_impute_free(&fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_as_scikit_learn),
        cmocka_unit_test(nearest_by_hand),
        cmocka_unit_test(empty_columns_are_named),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
