/* Linear discriminant analysis. Oracle: scikit-learn 1.7.2 (tests/oracle/make_simple_models.py). */
#include "kernels/simple/lda.h"
#include "tests/kernels/simple_cases.h"
#include "tests/support/measured.h"

static void check(const simple_case *c, const double *prior, rml_lda_kind kind, double shrinkage,
                  const double *expected, double tolerance)
{
    double out[64];
    rml_lda lda;

    if (!expected) return;
    assert_int_equal(rml_lda_fit(&c->training, c->classes, c->n_classes, prior, kind, shrinkage, &lda), RML_OK);
    assert_int_equal(rml_lda_predict(&lda, &c->rows, out), RML_OK);
    check_decisions(c, out, expected, tolerance);
    rml_lda_free(&lda);
}

/* Columns span five decades, and the solution passes through a decomposition: 1e-8. With little shrinkage the
 * covariance is solved as it is, unscaled, and what LAPACK says of it moves by 2e-8 from processor to processor: 1e-6.
 */
static void decisions_match_scikit_learn(void **state)
{
    static const double prior[3] = {1, 2, 3}; /* scaled to sum 1 */
    (void)state;
    rml_measured_case("lda", "LinearDiscriminantAnalysis (scikit-learn 1.7.2)");
    for (int k = 0; k < N_SIMPLE_CASES; ++k) {
        const simple_case *c = simple_cases + k;

        check(c, NULL, RML_LDA_SVD, 0, c->svd, 1e-8);
        check(c, prior, RML_LDA_SVD, 0, c->svd_prior, 1e-8);
        check(c, NULL, RML_LDA_SHRINKAGE, 0, c->lsqr, 1e-6);
        check(c, NULL, RML_LDA_SHRINKAGE, 0.3, c->shrunk, 1e-8);
        check(c, NULL, RML_LDA_LEDOIT_WOLF, 0, c->automatic, 1e-6);
        check(c, prior, RML_LDA_LEDOIT_WOLF, 0, c->automatic_prior, 1e-6);
    }
    rml_measured_case(NULL, NULL);
}

/* By hand: classes at -1, 1 and 2, 4: pooled variance 4 / 2 = 2, means 0 and 3: log-odds (3 x - 4.5) / 2; with class
 * variances over n, 1: 3 x - 4.5, whatever the shrinkage of one column. Priors 1:3 add log 3. */
static void odds_by_hand(void **state)
{
    static const double x[4] = {-1, 1, 2, 4}, at[3] = {0, 1.5, 2}, prior[2] = {1, 3};
    static const int32_t classes[4] = {0, 0, 1, 1};
    const rml_columns training = {4, 4, 1, x}, rows = {3, 3, 1, at};
    (void)state;
    for (int kind = RML_LDA_SVD; kind <= RML_LDA_LEDOIT_WOLF; ++kind)
        for (int with_prior = 0; with_prior < 2; ++with_prior) {
            double out[3];
            rml_lda lda;

            assert_int_equal(
                rml_lda_fit(&training, classes, 2, with_prior ? prior : NULL, (rml_lda_kind)kind, 0.7, &lda), RML_OK);
            assert_int_equal(rml_lda_predict(&lda, &rows, out), RML_OK);
            for (int i = 0; i < 3; ++i)
                assert_close(out[i], (3 * at[i] - 4.5) / (kind == RML_LDA_SVD ? 2 : 1) + with_prior * log(3), 1e-13,
                             1e-13, "log-odds");
            rml_lda_free(&lda);
        }
}

/* SVD: scaling or moving a column changes nothing; a copied column does not either, nor
 * one that differs from its copy by 1e-8 of itself: its direction lies below the tolerance. */
static void scale_does_not_matter(void **state)
{
    const simple_case *c = simple_cases;
    const int32_t n = (int32_t)c->training.n_rows, p = c->training.n_columns;
    double x[6 * 32], t[6 * SIMPLE_TEST_ROWS], out[SIMPLE_TEST_ROWS];
    rml_lda lda;
    (void)state;
    for (int j = 0; j < 6; ++j) {
        const int from = j < p ? j : 1;

        for (int i = 0; i < n; ++i)
            x[j * n + i] = 3.0 * (j + 1) * c->training.x[from * n + i] * (j < p ? 1 : 1 + 1e-8 * (i % 3 - 1)) - j;
        for (int i = 0; i < SIMPLE_TEST_ROWS; ++i)
            t[j * SIMPLE_TEST_ROWS + i] = 3.0 * (j + 1) * c->rows.x[from * SIMPLE_TEST_ROWS + i] - j;
    }
    assert_int_equal(rml_lda_fit(&(rml_columns){n, n, 6, x}, c->classes, 2, NULL, RML_LDA_SVD, 0, &lda), RML_OK);
    assert_int_equal(rml_lda_predict(&lda, &(rml_columns){SIMPLE_TEST_ROWS, SIMPLE_TEST_ROWS, 6, t}, out), RML_OK);
    check_decisions(c, out, c->svd, 1e-5);
    rml_lda_free(&lda);
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[4] = {1, 2, 3, NAN}, flat[4] = {1, 5, 5, 1}, bad[2] = {0, 1};
    static const int32_t classes[4] = {0, 1, 1, 0}, one[3] = {1, 1, 1};
    const rml_columns three = {3, 3, 1, x}, four = {4, 4, 1, x}, same = {4, 4, 1, flat};
    double out[4];
    rml_lda lda;
    (void)state;
    assert_int_equal(rml_lda_fit(&four, classes, 2, NULL, RML_LDA_SVD, 0, &lda), RML_EVALUE);
    assert_int_equal(rml_lda_fit(&three, classes, 1, NULL, RML_LDA_SVD, 0, &lda), RML_EINVAL);
    assert_int_equal(rml_lda_fit(&three, classes, 2, NULL, RML_LDA_SHRINKAGE, 1.5, &lda), RML_EINVAL);
    assert_int_equal(rml_lda_fit(&three, classes, 2, bad, RML_LDA_SVD, 0, &lda), RML_EINVAL);
    assert_int_equal(rml_lda_fit(&three, one, 2, NULL, RML_LDA_SVD, 0, &lda), RML_EEMPTY);
    assert_int_equal(rml_lda_fit(&(rml_columns){2, 2, 1, x}, classes, 2, NULL, RML_LDA_SVD, 0, &lda), RML_EEMPTY);
    static const double rounded[4] = {0.1, 0.5, 0.5, 0.5}; /* the mean of the second class is 1e-16 above 0.5 */
    assert_int_equal(
        rml_lda_fit(&(rml_columns){4, 4, 1, rounded}, (int32_t[]){0, 1, 1, 1}, 2, NULL, RML_LDA_SVD, 0, &lda),
        RML_EEMPTY);
    for (int kind = RML_LDA_SVD; kind <= RML_LDA_LEDOIT_WOLF; ++kind)
        assert_int_equal(rml_lda_fit(&same, classes, 2, NULL, (rml_lda_kind)kind, 0.1, &lda), RML_EEMPTY);
    assert_int_equal(rml_lda_fit(&three, classes, 2, NULL, RML_LDA_SVD, 0, &lda), RML_OK);
    assert_int_equal(rml_lda_predict(&lda, &four, out), RML_EVALUE);
    assert_int_equal(rml_lda_predict(&lda, &(rml_columns){1, 1, 2, x}, out), RML_EINVAL);
    rml_lda_free(&lda);
    rml_lda_free(&lda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_match_scikit_learn),
        cmocka_unit_test(odds_by_hand),
        cmocka_unit_test(scale_does_not_matter),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
