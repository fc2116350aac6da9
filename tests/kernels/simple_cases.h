/* The tables of tests/oracle/simple_models.h as the simple models take them. */
#ifndef RML_TESTS_SIMPLE_CASES_H
#define RML_TESTS_SIMPLE_CASES_H

#include "kernels/base/columns.h"
#include "tests/oracle/simple_models.h"
#include "tests/support/support.h"

#define SIMPLE_TEST_ROWS 9

typedef struct simple_case {
    const char *name;
    rml_columns training, rows;
    const int32_t *classes;
    int32_t n_classes;
    const double *weight;
    const double *bayes, *bayes_weighted;
    const double *svd, *svd_prior, *lsqr, *shrunk, *automatic, *automatic_prior; /* lsqr NULL: not of full rank */
    const double *centre[3], *centroid[3];                                       /* plain, 0.4, 50 */
} simple_case;

#define SIMPLE_CASE(NAME, N, P, K, LSQR)                                                                               \
    {                                                                                                                  \
#NAME, {N, N, P, NAME##_x },                                                                                   \
                {SIMPLE_TEST_ROWS, SIMPLE_TEST_ROWS, P, NAME##_t }, NAME##_y, K, NAME##_w, NAME##_bayes,               \
                 NAME##_bayes_weighted, NAME##_lda_svd, NAME##_lda_svd_prior, LSQR, NAME##_lda_shrunk,                 \
                 NAME##_lda_auto, NAME##_lda_auto_prior,                                                               \
                 {NAME##_centre_plain, NAME##_centre_shrunk, NAME##_centre_far },                                      \
                  {NAME##_centroid_plain, NAME##_centroid_shrunk, NAME##_centroid_far },                               \
    }

static const simple_case simple_cases[] = {
    SIMPLE_CASE(two, 32, 5, 2, two_lda_lsqr),
    SIMPLE_CASE(three, 41, 6, 3, three_lda_lsqr),
    SIMPLE_CASE(flat, 32, 5, 2, NULL),
    SIMPLE_CASE(wide, 14, 20, 2, NULL),
};
#define N_SIMPLE_CASES ((int)(sizeof simple_cases / sizeof simple_cases[0]))

static inline void check_decisions(const simple_case *c, const double *out, const double *expected, double tolerance)
{
    const int n = SIMPLE_TEST_ROWS * (c->n_classes > 2 ? c->n_classes : 1);

    for (int i = 0; i < n; ++i) assert_close(out[i], expected[i], tolerance, tolerance, c->name);
}

#endif
