/* Probabilities of several classes by a model's scores: they are such, or their softmax is, or there are none. */
#include "tests/support/support.h"

#include <math.h>

#include "kernels/learn/kind.h"

enum { CLASSES = 3, ROWS = 2 };

/* A row's probabilities by a kind's name; scores of class c at 2 c, as two rows side by side have them. */
static void probabilities(const char *name, const char *fitted_kind, const double *score, double *probability)
{
    const rml_kind *kind = rml_kind_find(name, RML_ROLE_MODEL);
    rml_fitted fitted;

    assert_non_null(kind);
    rml_fitted_init(&fitted, fitted_kind, 0, 1);
    for (int32_t i = 0; i < ROWS; ++i)
        rml_model_probabilities(kind, &fitted, CLASSES, ROWS, score + i, probability + i);
    rml_fitted_free(&fitted);
}

/* By hand: exp of 0, log 2 and log 5 is 1, 2, 5, of sum 8; the second row's scores are equal, and far beyond what exp
 * can hold. */
static void scores_of_log_odds_are_a_softmax(void **state)
{
    const double score[] = {0.0, 5000.0, log(2.0), 5000.0, log(5.0), 5000.0};
    const double wanted[] = {1.0 / 8.0, 1.0 / 3.0, 2.0 / 8.0, 1.0 / 3.0, 5.0 / 8.0, 1.0 / 3.0};
    static const char *const names[] = {"lda", "naive-bayes", "xgboost"};
    double probability[CLASSES * ROWS];

    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        probabilities(names[k], names[k], score, probability);
        for (int32_t i = 0; i < CLASSES * ROWS; ++i) assert_close(probability[i], wanted[i], 1e-15, 0, names[k]);
    }
}

/* A vote is a probability as it is; so is what a constant model of any kind says; a distance is none. */
static void shares_stay_and_distances_are_none(void **state)
{
    const double score[] = {0.2, 1.0, 0.3, 0.0, 0.5, 0.0};
    static const char *const as_they_are[][2] = {
        {"knn", "knn"}, {"forest", "forest"}, {"lda", "constant"}, {"centroid", "constant"}};
    double probability[CLASSES * ROWS];

    (void)state;
    for (size_t k = 0; k < sizeof as_they_are / sizeof *as_they_are; ++k) {
        probabilities(as_they_are[k][0], as_they_are[k][1], score, probability);
        for (int32_t i = 0; i < CLASSES * ROWS; ++i) assert_close(probability[i], score[i], 0, 0, as_they_are[k][0]);
    }
    probabilities("centroid", "centroid", score, probability);
    for (int32_t i = 0; i < CLASSES * ROWS; ++i) assert_true(isnan(probability[i]));
}

/* Every model of several classes is one of the three: a new kind has to say which. */
static void every_kind_of_several_classes_says_what_its_scores_are(void **state)
{
    int32_t n, n_without = 0;
    const rml_kind *const *kinds = rml_kinds(RML_ROLE_MODEL, &n);

    (void)state;
    for (int32_t k = 0; k < n; ++k) {
        if (!kinds[k]->for_classes) continue;
        assert_false(kinds[k]->shares && kinds[k]->log_odds);
        if (kinds[k]->shares || kinds[k]->log_odds) continue;
        assert_string_equal(kinds[k]->name, "centroid");
        ++n_without;
    }
    assert_int_equal(n_without, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_of_log_odds_are_a_softmax),
        cmocka_unit_test(shares_stay_and_distances_are_none),
        cmocka_unit_test(every_kind_of_several_classes_says_what_its_scores_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
