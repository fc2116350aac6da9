/* Gaussian naive Bayes. Oracle: scikit-learn 1.7.2 (tests/oracle/make_simple_models.py); sums of closed forms. */
#include "kernels/simple/naive_bayes.h"
#include "tests/kernels/simple_cases.h"
#include "tests/support/measured.h"

/* To 1e-9. In the table "flat" a column without spread has its variance from smoothing alone. */
static void decisions_match_scikit_learn(void **state)
{
    double out[64];
    (void)state;
    rml_measured_case("naive-bayes", "GaussianNB (scikit-learn 1.7.2)");
    for (int k = 0; k < N_SIMPLE_CASES; ++k)
        for (int weighted = 0; weighted < 2; ++weighted) {
            const simple_case *c = simple_cases + k;
            rml_naive_bayes model;

            assert_int_equal(rml_naive_bayes_fit(&c->training, c->classes, c->n_classes, weighted ? c->weight : NULL,
                                                 RML_NAIVE_BAYES_SMOOTHING, &model),
                             RML_OK);
            assert_int_equal(rml_naive_bayes_predict(&model, &c->rows, out), RML_OK);
            check_decisions(c, out, weighted ? c->bayes_weighted : c->bayes, 1e-9);
            rml_naive_bayes_free(&model);
        }
    rml_measured_case(NULL, NULL);
}

/* By hand: class 0 at -1, 1 and class 1 at 2, 4, both of variance 1: log-odds (x^2 - (x - 3)^2) / 2 = 3 x - 4.5. A
 * third class far away leaves the ratio as it is. */
static void odds_by_hand(void **state)
{
    static const double x[6] = {-1, 1, 2, 4, 99, 101}, at[3] = {0, 1.5, 2};
    static const int32_t classes[6] = {0, 0, 1, 1, 2, 2};
    const rml_columns two = {4, 4, 1, x}, three = {6, 6, 1, x}, rows = {3, 3, 1, at};
    rml_naive_bayes model;
    double out[9];
    (void)state;
    assert_int_equal(rml_naive_bayes_fit(&two, classes, 2, NULL, 0.0, &model), RML_OK);
    assert_int_equal(rml_naive_bayes_predict(&model, &rows, out), RML_OK);
    for (int i = 0; i < 3; ++i) assert_close(out[i], 3 * at[i] - 4.5, 1e-14, 1e-14, "log-odds");
    rml_naive_bayes_free(&model);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 3, NULL, 0.0, &model), RML_OK);
    assert_int_equal(rml_naive_bayes_predict(&model, &rows, out), RML_OK);
    for (int i = 0; i < 3; ++i) {
        assert_close(out[3 + i] - out[i], 3 * at[i] - 4.5, 1e-13, 1e-13, "log-odds of three");
        assert_close(exp(out[i]) + exp(out[3 + i]) + exp(out[6 + i]), 1, 1e-14, 0, "sum");
    }
    rml_naive_bayes_free(&model);
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[4] = {1, 2, 3, NAN}, flat[3] = {2, 2, 2}, weight[3] = {1, 0, 0}, bad[3] = {1, -1, 1};
    static const int32_t classes[4] = {0, 1, 1, 2};
    const rml_columns three = {3, 3, 1, x}, four = {4, 4, 1, x}, same = {3, 3, 1, flat};
    double out[4];
    rml_naive_bayes model;
    (void)state;
    assert_int_equal(rml_naive_bayes_fit(&four, classes, 3, NULL, 1e-9, &model), RML_EVALUE);
    assert_int_equal(rml_naive_bayes_fit(&four, classes, 2, NULL, 1e-9, &model), RML_EINVAL);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 1, NULL, 1e-9, &model), RML_EINVAL);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 2, NULL, -1, &model), RML_EINVAL);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 2, bad, 1e-9, &model), RML_EINVAL);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 2, weight, 1e-9, &model), RML_EEMPTY);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 3, NULL, 1e-9, &model), RML_EEMPTY);
    assert_int_equal(rml_naive_bayes_fit(&same, classes, 2, NULL, 1e-9, &model), RML_EEMPTY);
    assert_int_equal(rml_naive_bayes_fit(&three, classes, 2, NULL, 1e-9, &model), RML_OK);
    assert_int_equal(rml_naive_bayes_predict(&model, &four, out), RML_EVALUE);
    assert_int_equal(rml_naive_bayes_predict(&model, &(rml_columns){1, 1, 2, x}, out), RML_EINVAL);
    rml_naive_bayes_free(&model);
    rml_naive_bayes_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_match_scikit_learn),
        cmocka_unit_test(odds_by_hand),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
