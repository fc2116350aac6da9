/* Intraclass correlation. Oracles: Shrout & Fleiss 1979, their four judges and six targets; irr::icc 0.84.1 (reference:
 * coefficient and bounds absolute 1e-9, F and p relative 1e-8, as it states); identities. */
#include "kernels/prepare/icc.h"
#include "tests/kernels/prepare_cases.h"

enum { MAX_RATERS = 8 };

/* Table 2 of the paper, a column a judge. */
static const double judges[4][6] = {{9, 6, 8, 7, 10, 6}, {2, 1, 4, 1, 5, 2}, {5, 3, 6, 2, 6, 4}, {8, 2, 8, 6, 9, 7}};

static rml_icc_squares squares_of(const double *const *rating, int64_t n, int32_t k)
{
    rml_columns raters[MAX_RATERS];
    rml_icc_squares squares;

    for (int32_t r = 0; r < k; ++r) raters[r] = (rml_columns){n, n, 1, rating[r]};
    assert_int_equal(rml_icc_squares_of(raters, k, &squares), RML_OK);
    return squares;
}

static rml_icc_squares squares_of_judges(void)
{
    const double *const rating[4] = {judges[0], judges[1], judges[2], judges[3]};

    return squares_of(rating, 6, 4);
}

/* Tables 3 and 4 of the paper (two digits), and the same numbers by irr 0.84.1 in full. */
static void shrout_and_fleiss(void **state)
{
    static const struct {
        rml_icc_model model;
        bool average;
        double paper, value, f, df2, p, lower, upper;
    } want[] = {
        {RML_ICC_ONEWAY, false, 0.17, 0.1657417684054754, 1.7946784922394678, 18, 0.1647688083446397,
         -0.13293232487475098, 0.722560062328121},
        {RML_ICC_ONEWAY, true, 0.44, 0.4427971336792686, 1.7946784922394678, 18, 0.1647688083446397,
         -0.8844421552381201, 0.9124154203407755},
        {RML_ICC_AGREEMENT, false, 0.29, 0.28976377952755905, 11.027247956403277, 4.785143862212762,
         0.011269860052555897, 0.018786513374712023, 0.761084369648953},
        {RML_ICC_AGREEMENT, true, 0.62, 0.620050547598989, 11.027247956403277, 4.189092917592714, 0.016478103696478317,
         0.039440179921391136, 0.928573183377168},
        {RML_ICC_CONSISTENCY, false, 0.71, 0.7148407148407151, 11.027247956403277, 15, 0.0001345665164843362,
         0.3424647650339255, 0.9458582599553595},
        {RML_ICC_CONSISTENCY, true, 0.91, 0.9093155423770695, 11.027247956403277, 15, 0.0001345665164843362,
         0.6756747138163048, 0.9858916781690623},
    };
    const rml_icc_squares squares = squares_of_judges();
    (void)state;

    assert_close(squares.subjects, 11.24, 0, 0.005, "between targets, table 3");
    assert_close(squares.within, 6.26, 0, 0.005, "within targets");
    assert_close(squares.raters, 32.49, 0, 0.005, "between judges");
    assert_close(squares.error, 1.02, 0, 0.005, "residual");
    for (size_t i = 0; i < sizeof want / sizeof *want; ++i) {
        const rml_icc icc = rml_icc_of(&squares, want[i].model, want[i].average, 0.95);

        assert_close(icc.value, want[i].paper, 0, 0.005, "the paper's coefficient");
        assert_close(icc.value, want[i].value, 1e-9, 0, "coefficient");
        assert_close(icc.f, want[i].f, 1e-9, 0, "F");
        assert_true(icc.df1 == 5.0);
        assert_close(icc.df2, want[i].df2, 1e-9, 0, "df2");
        assert_close(icc.p, want[i].p, 1e-9, 0, "p");
        assert_close(icc.lower, want[i].lower, 1e-9, 0, "lower bound");
        assert_close(icc.upper, want[i].upper, 1e-9, 0, "upper bound");
        assert_true(rml_icc_value(&squares, want[i].model, want[i].average) == icc.value);
    }
}

/* Not compared, as the reference says: F, p and bounds of features whose error (identical, shift_only) or subjects
 * (negated) mean square is only rounding; the average and agreement coefficient of negated is 0 / noise. */
static void rows_of_irr(const char *name)
{
    rml_reference reference;
    rml_table expected;
    double *level, *want[9];
    static const char *const number[9] = {"icc", "F", "df1", "df2", "p", "lower", "upper", "subjects", "raters"};
    int64_t n_compared = 0;

    rml_reference_open(name, &reference);
    rml_reference_table(&reference, "expected.csv", &expected);
    level = rml_table_numbers(&expected, "conf");
    for (int c = 0; c < 9; ++c) want[c] = rml_table_numbers(&expected, number[c]);
    for (int64_t row = 0; row < expected.n_rows; ++row) {
        const char *const *cell = expected.cell + row * expected.n_columns; /* feature, model, type, unit */
        const bool average = strcmp(cell[3], "average") == 0, oneway = strcmp(cell[1], "oneway") == 0;
        const bool agreement = strcmp(cell[2], "agreement") == 0, negated = strcmp(cell[0], "negated") == 0;
        double *rating[MAX_RATERS];
        rml_icc_squares squares;
        rml_icc icc;
        char text[256];
        int32_t k = 0;

        for (;; ++k) {
            (void)snprintf(text, sizeof text, "%s__r%d", cell[0], k + 1);
            if (k == MAX_RATERS || rml_table_column(&reference.input, text) < 0) break;
            rating[k] = rml_table_numbers(&reference.input, text);
        }
        squares = squares_of((const double *const *)rating, reference.input.n_rows, k);
        icc = rml_icc_of(&squares,
                         oneway      ? RML_ICC_ONEWAY
                         : agreement ? RML_ICC_AGREEMENT
                                     : RML_ICC_CONSISTENCY,
                         average, level[row]);
        for (int32_t r = 0; r < k; ++r) free(rating[r]);
        (void)snprintf(text, sizeof text, "%s, %s, %s %s %s at %g", name, cell[0], cell[1], cell[2], cell[3],
                       level[row]);
        assert_close((double)squares.n_subjects, want[7][row], 0, 0, "subjects");
        assert_close(squares.n_raters, want[8][row], 0, 0, "raters");
        if (!(negated && squares.subjects == 0.0 && (average || agreement)))
            assert_close(icc.value, want[0][row], 0, 1e-9, text);
        assert_int_equal(icc.status, isnan(want[0][row]) ? RML_EVALUE : RML_OK);
        if (icc.status != RML_OK || squares.error == 0.0 || squares.within == 0.0 || squares.subjects == 0.0) continue;
        ++n_compared;
        assert_close(icc.f, want[1][row], 1e-8, 0, text);
        assert_true(icc.df1 == want[2][row]);
        assert_close(icc.df2, want[3][row], 1e-8, 0, text);
        assert_close(icc.p, want[4][row], 1e-8, 0, text);
        assert_close(icc.lower, want[5][row], 0, 1e-9, text);
        assert_close(icc.upper, want[6][row], 0, 1e-9, text);
    }
    assert_true(2 * n_compared > expected.n_rows);
    rml_table_free(&expected);
    rml_reference_close(&reference);
    free(level);
    for (int c = 0; c < 9; ++c) free(want[c]);
}

static void as_irr(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    rows_of_irr("icc/shrout_fleiss_6x4");
    rows_of_irr("icc/n12_r3");
    rows_of_irr("icc/n20_r2");
    rows_of_irr("icc/missing");
}

/* psych 2.2.9's ICC(lmer = FALSE) by the same case: the six coefficients, F, and the bounds but of ICC(2,k), which
 * psych takes with the degrees of freedom of ICC(2,1); its test of agreements has the degrees of freedom of a
 * consistency. Features of rounding alone (const, which psych gives its noise, identical, shift_only, negated) are left
 * out. expected_psych_lmer.csv is information only. */
static void rows_of_psych(const char *name)
{
    rml_reference reference;
    rml_table expected;
    double *want[7];
    static const char *const number[7] = {"icc", "F", "p", "lower", "upper", "df1", "df2"};

    rml_reference_open(name, &reference);
    rml_reference_table(&reference, "expected_psych.csv", &expected);
    for (int c = 0; c < 7; ++c) want[c] = rml_table_numbers(&expected, number[c]);
    for (int64_t row = 0; row < expected.n_rows; ++row) {
        const char *feature = expected.cell[row * expected.n_columns],
                   *type = expected.cell[row * expected.n_columns + 1];
        const rml_icc_model model =
            (rml_icc_model[]){RML_ICC_ONEWAY, RML_ICC_AGREEMENT, RML_ICC_CONSISTENCY}[type[3] - '1'];
        double *rating[MAX_RATERS];
        rml_icc_squares squares;
        rml_icc icc;
        char text[256];
        int32_t k = 0;

        if (strcmp(feature, "const") == 0 || strcmp(feature, "identical") == 0 || strcmp(feature, "shift_only") == 0 ||
            strcmp(feature, "negated") == 0)
            continue;
        for (;; ++k) {
            (void)snprintf(text, sizeof text, "%s__r%d", feature, k + 1);
            if (k == MAX_RATERS || rml_table_column(&reference.input, text) < 0) break;
            rating[k] = rml_table_numbers(&reference.input, text);
        }
        squares = squares_of((const double *const *)rating, reference.input.n_rows, k);
        icc = rml_icc_of(&squares, model, type[4] == 'k', 0.95);
        for (int32_t r = 0; r < k; ++r) free(rating[r]);
        (void)snprintf(text, sizeof text, "%s, %s, %s", name, feature, type);
        assert_close(icc.value, want[0][row], 0, 1e-9, text);
        assert_close(icc.f, want[1][row], 1e-8, 0, text);
        assert_close(icc.df1, want[5][row], 0, 0, text);
        if (model != RML_ICC_AGREEMENT) assert_close(icc.df2, want[6][row], 0, 0, text);
        if (model != RML_ICC_AGREEMENT) assert_close(icc.p, want[2][row], 1e-8, 0, text);
        if (model == RML_ICC_AGREEMENT && type[4] == 'k') continue;
        assert_close(icc.lower, want[3][row], 0, 1e-9, text);
        assert_close(icc.upper, want[4][row], 0, 1e-9, text);
    }
    rml_table_free(&expected);
    rml_reference_close(&reference);
    for (int c = 0; c < 7; ++c) free(want[c]);
}

static void as_psych_where_it_is_irr(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    rows_of_psych("icc/shrout_fleiss_6x4");
    rows_of_psych("icc/n12_r3");
    rows_of_psych("icc/n20_r2");
}

/* Raters who agree wholly: 1, with bounds 1 (irr's limit); a rater's shift counts for agreement alone. */
static void whole_agreement(void **state)
{
    const double a[5] = {0.1, 0.7, -3.3, 12.9, 1e-3}, constant[5] = {7, 7, 7, 7, 7};
    double b[5], c[5];
    const double *const same[3] = {a, a, a}, *const shifted[3] = {a, b, c}, *const flat[2] = {constant, constant};
    rml_icc_squares squares = squares_of(same, 5, 3);
    rml_icc icc;
    (void)state;

    for (int model = RML_ICC_ONEWAY; model <= RML_ICC_CONSISTENCY; ++model)
        for (int average = 0; average <= 1; ++average) {
            icc = rml_icc_of(&squares, model, average, 0.95);
            assert_true(icc.value == 1.0 && icc.lower == 1.0 && icc.upper == 1.0 && icc.p == 0.0 && isinf(icc.f));
        }
    for (int s = 0; s < 5; ++s) {
        b[s] = a[s] + 0.3;
        c[s] = a[s] - 0.7;
    }
    squares = squares_of(shifted, 5, 3);
    assert_true(squares.error == 0.0);
    icc = rml_icc_of(&squares, RML_ICC_CONSISTENCY, false, 0.95);
    assert_true(icc.value == 1.0 && icc.lower == 1.0);
    icc = rml_icc_of(&squares, RML_ICC_AGREEMENT, false, 0.95);
    assert_true(icc.value < 1.0 && icc.lower < icc.value && icc.value < icc.upper && icc.df2 == 2.0);
    squares = squares_of(flat, 5, 2);
    icc = rml_icc_of(&squares, RML_ICC_ONEWAY, false, 0.95);
    assert_true(icc.status == RML_EVALUE && isnan(icc.value) && isnan(icc.lower) && isnan(icc.p));
}

/* Ratings that differ in their last bits are the same ratings, and so are subjects and raters. */
static void rounding_is_no_difference(void **state)
{
    double a[6], b[6];
    const double *const readers[2] = {a, b};
    rml_icc_squares squares;
    (void)state;

    for (int s = 0; s < 6; ++s) {
        a[s] = 0.1 * (s + 1);
        b[s] = nextafter(a[s], s % 3 ? 1.0 : 0.0);
    }
    squares = squares_of(readers, 6, 2);
    assert_true(squares.within == 0.0 && squares.error == 0.0 && squares.raters == 0.0 && squares.subjects > 0.01);
    for (int s = 0; s < 6; ++s) {
        a[s] = s % 2 ? 0.3 : 0.3 + 0x1p-52;
        b[s] = s % 2 ? 0.7 : 0.7 + 0x1p-52;
    }
    squares = squares_of(readers, 6, 2);
    assert_true(squares.subjects == 0.0 && squares.error == 0.0 && squares.raters > 0.1);
}

/* Units, an offset of all ratings and the raters' order leave all as it is; a missing rating takes the subject out. */
static void invariances(void **state)
{
    double x[4][7], y[4][6];
    const double *const longer[4] = {x[0], x[1], x[2], x[3]}, *const other[4] = {y[2], y[0], y[3], y[1]};
    const rml_icc_squares squares = squares_of_judges();
    (void)state;

    for (int r = 0; r < 4; ++r)
        for (int s = 0; s < 7; ++s) {
            x[r][s] = s == 3 ? (r == 2 ? NAN : 1e6) : judges[r][s < 3 ? s : s - 1];
            if (s < 6) y[r][s] = 1e4 - 0.03 * judges[r][s];
        }
    for (int model = RML_ICC_ONEWAY; model <= RML_ICC_CONSISTENCY; ++model) {
        const rml_icc_squares with_gap = squares_of(longer, 7, 4), moved = squares_of(other, 6, 4);
        const rml_icc want = rml_icc_of(&squares, model, false, 0.9), icc = rml_icc_of(&with_gap, model, false, 0.9);
        const rml_icc third = rml_icc_of(&moved, model, false, 0.9);

        assert_int_equal(with_gap.n_subjects, 6);
        assert_true(icc.value == want.value && icc.p == want.p && icc.lower == want.lower && icc.upper == want.upper);
        assert_close(third.value, want.value, 1e-10, 0, "units, offset, order");
        assert_close(third.upper, want.upper, 1e-10, 0, "units, offset, order");
    }
}

/* A bound at level 1 - alpha lets F's tail be alpha / 2: the hypothesis that the coefficient is the lower bound of the
 * one-way form has that chance (Shrout & Fleiss, the derivation of the bounds), at any level. */
static void bounds_are_quantiles(void **state)
{
    const rml_icc_squares squares = squares_of_judges();
    double before = 2.0;
    (void)state;

    for (double level = 0.01; level < 0.999999; level = 1.0 - 0.7 * (1.0 - level)) {
        const rml_icc icc = rml_icc_of(&squares, RML_ICC_ONEWAY, false, level);

        assert_true(icc.lower < before && icc.lower < icc.upper);
        before = icc.lower;
        rml_icc_squares as_if = squares; /* the ratio that is left when the bound is the truth */
        as_if.within *= (1.0 + 3.0 * icc.lower) / (1.0 - icc.lower);
        assert_close(rml_icc_of(&as_if, RML_ICC_ONEWAY, false, 0.5).p, (1.0 - level) / 2.0, 1e-10, 0, "tail");
    }
}

static void bad_input_is_refused(void **state)
{
    double a[3] = {1, 2, 4}, b[3] = {1, NAN, NAN};
    rml_columns raters[2] = {{3, 3, 1, a}, {3, 3, 1, b}};
    rml_icc_squares squares;
    (void)state;

    assert_int_equal(rml_icc_squares_of(raters, 1, &squares), RML_EINVAL);
    assert_int_equal(rml_icc_squares_of(raters, 2, &squares), RML_OK);
    assert_int_equal(squares.status, RML_EEMPTY);
    assert_int_equal(rml_icc_of(&squares, RML_ICC_ONEWAY, false, 0.95).status, RML_EEMPTY);
    assert_true(isnan(rml_icc_value(&squares, RML_ICC_ONEWAY, false)));
    b[1] = INFINITY;
    assert_int_equal(rml_icc_squares_of(raters, 2, &squares), RML_OK);
    assert_int_equal(squares.status, RML_EVALUE);
    b[1] = b[2] = 3;
    assert_int_equal(rml_icc_squares_of(raters, 2, &squares), RML_OK);
    assert_int_equal(rml_icc_of(&squares, RML_ICC_ONEWAY, false, 1.0).status, RML_EINVAL);
    raters[1].n_rows = 2;
    assert_int_equal(rml_icc_squares_of(raters, 2, &squares), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrout_and_fleiss),
        cmocka_unit_test(as_irr),
        cmocka_unit_test(as_psych_where_it_is_irr),
        cmocka_unit_test(whole_agreement),
        cmocka_unit_test(invariances),
        cmocka_unit_test(rounding_is_no_difference),
        cmocka_unit_test(bounds_are_quantiles),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
