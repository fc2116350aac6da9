/* Nearest centroids. Oracle: scikit-learn 1.7.2 (tests/oracle/make_simple_models.py); closed forms, so a few ulp of the
 * largest number are allowed. */
#include "kernels/simple/centroid.h"
#include "tests/kernels/simple_cases.h"
#include "tests/support/measured.h"

static void centres_match_scikit_learn(void **state)
{
    static const double threshold[3] = {0.0, 0.4, 50.0};
    double out[64];
    (void)state;
    rml_measured_case("centroid", "NearestCentroid (scikit-learn 1.7.2)");
    for (int k = 0; k < N_SIMPLE_CASES; ++k)
        for (int f = 0; f < 3; ++f) {
            const simple_case *c = simple_cases + k;
            rml_centroid centroid;

            assert_int_equal(rml_centroid_fit(&c->training, c->classes, c->n_classes, threshold[f], &centroid), RML_OK);
            for (int i = 0; i < c->n_classes * c->training.n_columns; ++i)
                assert_close(centroid.centre[i], c->centre[f][i], 1e-12, 1e-12, c->name);
            assert_int_equal(rml_centroid_predict(&centroid, &c->rows, out), RML_OK);
            check_decisions(c, out, c->centroid[f], 1e-9);
            rml_centroid_free(&centroid);
        }
    rml_measured_case(NULL, NULL);
}

/* By hand: classes at 0 0 6 and 8 8 2 (means 2 and 6, overall 4): within-class sd sqrt((8 + 16 + 8 + 16) / 4) =
 * sqrt(12), s twice that, m = sqrt(1/6): a threshold of 0.5 takes 0.5 m s = sqrt(2). */
static void shrinks_by_hand(void **state)
{
    static const double x[2][6] = {{0, 0, 6, 8, 8, 2}, {5, 5, 5, 5, 5, 5}}, at[3] = {4, 7, 0};
    static const int32_t classes[6] = {0, 0, 0, 1, 1, 1};
    const rml_columns one = {6, 6, 1, x[0]}, flat = {6, 6, 1, x[1]};
    rml_centroid centroid;
    double out[3];
    (void)state;
    assert_int_equal(rml_centroid_fit(&one, classes, 2, 0.5, &centroid), RML_OK);
    assert_close(centroid.centre[0], 2 + sqrt(2), 1e-15, 0, "centre 0");
    assert_close(centroid.centre[1], 6 - sqrt(2), 1e-15, 0, "centre 1");
    assert_int_equal(rml_centroid_predict(&centroid, &(rml_columns){3, 3, 1, at}, out), RML_OK);
    assert_close(out[0], 0, 0, 1e-15, "between");
    assert_close(out[1], 4 - 2 * sqrt(2), 1e-14, 0, "beyond 1");
    rml_centroid_free(&centroid);
    assert_int_equal(rml_centroid_fit(&flat, classes, 2, 0.5, &centroid), RML_OK);
    assert_true(centroid.centre[0] == 5.0 && centroid.centre[1] == 5.0);
    rml_centroid_free(&centroid);
}

static void refuses_what_it_cannot_take(void **state)
{
    static const double x[4] = {1, 2, 3, NAN};
    static const int32_t classes[4] = {0, 1, 1, 2}, one[3] = {0, 0, 0};
    const rml_columns three = {3, 3, 1, x}, four = {4, 4, 1, x}, two = {2, 2, 1, x};
    double out[4];
    rml_centroid centroid;
    (void)state;
    assert_int_equal(rml_centroid_fit(&four, classes, 3, 0, &centroid), RML_EVALUE);
    assert_int_equal(rml_centroid_fit(&four, classes, 2, 0, &centroid), RML_EINVAL);
    assert_int_equal(rml_centroid_fit(&three, classes, 2, -1, &centroid), RML_EINVAL);
    assert_int_equal(rml_centroid_fit(&three, classes, 2, NAN, &centroid), RML_EINVAL);
    assert_int_equal(rml_centroid_fit(&three, one, 2, 0, &centroid), RML_EEMPTY);
    assert_int_equal(rml_centroid_fit(&two, classes, 2, 1, &centroid), RML_EEMPTY);
    assert_int_equal(rml_centroid_fit(&two, classes, 2, 0, &centroid), RML_OK);
    assert_int_equal(rml_centroid_predict(&centroid, &four, out), RML_EVALUE);
    assert_int_equal(rml_centroid_predict(&centroid, &(rml_columns){1, 1, 2, x}, out), RML_EINVAL);
    rml_centroid_free(&centroid);
    rml_centroid_free(&centroid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centres_match_scikit_learn),
        cmocka_unit_test(shrinks_by_hand),
        cmocka_unit_test(refuses_what_it_cannot_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
