/* The maximal correlation coefficient. Oracle: GSL's dense symmetric eigenvalues of the whole of B B' (its square root
 * is the singular value), and closed forms. */
#include <gsl/gsl_eigen.h>

#include "kernels/texture/maximal.h"
#include "tests/support/support.h"

#define MAX_LEVELS 420

static double matrix[MAX_LEVELS * MAX_LEVELS]; /* counts, unfolded */
static int32_t grey[MAX_LEVELS];

/* Cells of the matrix, folded if asked (it must be symmetrical then), and the coefficient. */
static double coefficient(int32_t n, bool folded)
{
    const size_t capacity = (size_t)n * (size_t)n;
    rml_cells cells = {.row = malloc(capacity * sizeof(uint16_t)),
                       .column = malloc(capacity * sizeof(uint16_t)),
                       .count = malloc(capacity * sizeof(double))};
    double *px = calloc((size_t)n, sizeof *px), *py = calloc((size_t)n, sizeof *py), all = 0.0, total = 0.0, value;
    const size_t n_bytes = rml_maximal_scratch_bytes(n, (int64_t)capacity, folded);
    void *scratch = aligned_alloc(64, n_bytes);

    memset(scratch, 0xA5, n_bytes);
    for (int32_t i = 0; i < n; ++i) {
        grey[i] = i + 1;
        for (int32_t j = 0; j < n; ++j) {
            const double count = matrix[i * n + j];

            px[i] += count;
            py[j] += count;
            all += count;
            if (count == 0.0 || (folded && j < i)) continue;
            cells.row[cells.n] = (uint16_t)i;
            cells.column[cells.n] = (uint16_t)j;
            cells.count[cells.n] = folded && i == j ? count / 2.0 : count; /* pairs: a diagonal one counts twice */
            total += cells.count[cells.n++];
        }
    }
    for (int32_t i = 0; i < n; ++i) {
        px[i] /= all;
        py[i] /= all;
    }
    value = rml_maximal_correlation(&cells, folded, total, px, folded ? px : py, grey, n, scratch);
    free(cells.row);
    free(cells.column);
    free(cells.count);
    free(px);
    free(py);
    free(scratch);
    return value;
}

/* The second largest singular value of B through the dense eigenvalues of (0 B; B' 0), which are plus and minus them.
 */
static double by_dense_solver(int32_t n)
{
    const size_t dim = 2 * (size_t)n;
    gsl_matrix *a = gsl_matrix_calloc(dim, dim);
    gsl_vector *eigenvalues = gsl_vector_alloc(dim);
    gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(dim);
    double first = 0.0, second = 0.0;

    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = 0; j < n; ++j) {
            double row = 0.0, column = 0.0;

            if (matrix[i * n + j] == 0.0) continue;
            for (int32_t k = 0; k < n; ++k) {
                row += matrix[i * n + k];
                column += matrix[k * n + j];
            }
            gsl_matrix_set(a, (size_t)i, (size_t)(n + j), matrix[i * n + j] / sqrt(row * column));
            gsl_matrix_set(a, (size_t)(n + j), (size_t)i, matrix[i * n + j] / sqrt(row * column));
        }
    gsl_eigen_symm(a, eigenvalues, work);
    for (size_t k = 0; k < dim; ++k) {
        const double value = gsl_vector_get(eigenvalues, k);

        if (value > first) {
            second = first;
            first = value;
        } else if (value > second) {
            second = value;
        }
    }
    gsl_eigen_symm_free(work);
    gsl_vector_free(eigenvalues);
    gsl_matrix_free(a);
    return second;
}

/* Random counts near the diagonal, as texture has them, or anywhere. */
static void fill_random(int32_t n, bool symmetrical, double width, double density, uint64_t *seed)
{
    memset(matrix, 0, sizeof matrix);
    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = symmetrical ? i : 0; j < n; ++j) {
            const double far = (i - j) / (width * n), count = floor(40.0 * rml_test_uniform(seed) * exp(-far * far));

            if (rml_test_uniform(seed) > density) continue;
            matrix[i * n + j] += count;
            if (symmetrical) matrix[j * n + i] += count; /* twice on the diagonal */
        }
}

/* 1e-9 is what is promised; the dense solver itself is good to 1e-13. */
static void lanczos_is_dense(void **state)
{
    static const int32_t sizes[] = {2, 3, 5, 17, 64, 120, 257}; /* the last without a square */
    static const double widths[] = {0.05, 0.3, 100.0}, densities[] = {1.0, 0.3};
    uint64_t seed = 41;
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; ++s)
        for (int k = 0; k < 6; ++k)
            for (int symmetrical = 0; symmetrical < 2; ++symmetrical) {
                if (sizes[s] > 100 && k > 2) continue; /* the oracle's time */
                fill_random(sizes[s], symmetrical, widths[k % 3], densities[k / 3], &seed);
                matrix[0] += 2.0; /* never empty */
                assert_close(coefficient(sizes[s], symmetrical), by_dense_solver(sizes[s]), 1e-11, 1e-13, "MCC");
            }
}

/* A long chain of levels that only meet their neighbours: the slowest case for the iteration, eigenvalues crowd at 1.
 * With c on the diagonal: also checked against the dense solver. 1e-9 as promised. */
static void chains_converge(void **state)
{
    const int32_t n = 300;
    (void)state;
    memset(matrix, 0, sizeof matrix);
    for (int32_t i = 0; i < n; ++i) {
        matrix[i * n + i] = 2.0;
        if (i + 1 < n) matrix[i * n + i + 1] = matrix[(i + 1) * n + i] = 1.0;
    }
    assert_close(coefficient(n, true), by_dense_solver(n), 1e-9, 0, "chain");
}

/* Closed form: of two levels the second eigenvalue is the trace less 1: p11/p1 + p22/p2 - 1. */
static void two_levels_have_a_closed_form(void **state)
{
    static const double counts[][3] = {{2, 5, 8}, {4, 1, 6}, {2, 2, 2}, {2, 4, 8}, {2, 1000000, 4}, {0, 3, 2}};
    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; ++k) {
        const double a = counts[k][0], b = counts[k][1], c = counts[k][2];

        matrix[0] = a, matrix[1] = matrix[2] = b, matrix[3] = c;
        const double expected = fabs(a / (a + b) + c / (b + c) - 1.0);
        assert_close(coefficient(2, true), expected, 1e-12, 1e-15, "folded");
        assert_close(coefficient(2, false), expected, 1e-12, 1e-15, "unfolded");
    }
}

/* Levels in groups that never meet: several singular values 1, exactly. Two that only meet each other: -1. One level:
 * no second value, 0. */
/* Three neighbouring levels, mirrored about the middle one: the second vector is odd, and a start that is linear in the
 * level's place but for its mean would have to be even to miss it. Oracle: numpy 1.26's singular values of
 * P / sqrt(p p') for P = [[2 1 0] [1 0 1] [0 1 2]] / 8: 1, 2/3, 1/3; for P = [[0 1 2] [1 0 1] [2 1 0]] / 8 the same. */
static void mirrored_levels_are_not_missed(void **state)
{
    static const double counts[9] = {2, 1, 0, 1, 0, 1, 0, 1, 2}, turned[9] = {0, 1, 2, 1, 0, 1, 2, 1, 0};
    static const double line[9] = {0, 1, 0, 1, 4,
                                   1, 0, 1, 0}; /* 1 2 2 2 3 in a row: PyRadiomics 3.0.1 gives 0.3333333333333327 */

    (void)state;
    memcpy(matrix, counts, sizeof counts);
    assert_close(coefficient(3, true), 2.0 / 3.0, 1e-12, 0, "mirrored, folded");
    assert_close(coefficient(3, false), 2.0 / 3.0, 1e-12, 0, "mirrored");
    memcpy(matrix, line, sizeof line);
    assert_close(coefficient(3, true), 1.0 / 3.0, 1e-12, 0, "a line, folded");
    memcpy(matrix, turned, sizeof turned);
    assert_close(coefficient(3, true), 2.0 / 3.0, 1e-12, 0, "turned, folded");
    assert_close(coefficient(3, false), 2.0 / 3.0, 1e-12, 0, "turned");
}

static void groups_give_one(void **state)
{
    (void)state;
    memset(matrix, 0, sizeof matrix);
    matrix[0] = 2, matrix[1] = matrix[5] = 3, matrix[12] = 4,
    matrix[13] = matrix[17] = 1; /* {1,2} and {3,4}, 5 absent */
    assert_close(coefficient(5, true), 1.0, 0, 0, "two groups");
    assert_close(coefficient(5, false), 1.0, 0, 0, "two groups");
    memset(matrix, 0, sizeof matrix);
    matrix[1] = matrix[3] = 3, matrix[5] = matrix[7] = 2; /* 1-2-3, no level beside itself */
    assert_close(coefficient(3, true), 1.0, 0, 0, "bipartite");
    memset(matrix, 0, sizeof matrix);
    matrix[4] = 6;
    assert_close(coefficient(3, true), 0.0, 0, 0, "one level");
    assert_close(coefficient(3, false), 0.0, 0, 0, "one level");
    memset(matrix, 0, sizeof matrix);
    matrix[3] = 1, matrix[4] = 2, matrix[5] = 4; /* one row: independent */
    assert_close(coefficient(3, false), 0.0, 0, 1e-15, "one row");
}

/* Three levels whose pairs are 2^-bits of the others': there PyRadiomics' epsilon counts. Oracle: getMCCFeatureValue of
 * PyRadiomics 3.0.1 (numpy 1.26.4) on the same matrix divided by its sum. Without the epsilon the values are those of
 * few bits: 0.91, 0.86, 0.774, 0.800. 1e-8: 1e-7 is promised, and what is left out is a tenth of that. */
static void rare_levels_feel_the_epsilon(void **state)
{
    static const struct {
        int32_t n;
        bool symmetrical;
        int bits;
        double expected;
    } cases[] = {
        {6, true, 10, 0.9112298236045601},    {6, true, 14, 0.9114216524328679},
        {6, true, 18, 0.9114236184072202},    {6, true, 22, 0.9088676788112922},
        {6, true, 26, 0.5840492366406892},    {6, false, 14, 0.8606678171622755},
        {6, false, 18, 0.8606724924970988},   {6, false, 26, 0.5362149009325334},
        {40, true, 10, 0.7740954457078999},   {40, true, 18, 0.4958176991887961},
        {40, true, 26, 0.214527563741139},    {40, false, 14, 0.7974194551284626},
        {40, false, 18, 0.5028633668903268},  {150, true, 10, 0.7712549791088891},
        {150, true, 14, 0.49540699697086676}, {150, true, 22, 0.20189172546970746},
        {150, false, 10, 0.7975112806055756}, {150, false, 18, 0.25185553884082934},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const int32_t n = cases[k].n;

        memset(matrix, 0, sizeof matrix);
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = 0; j < n; ++j) {
                const bool turned = cases[k].symmetrical && j < i, rare = i >= n - 3 || j >= n - 3;
                const int32_t a = turned ? j : i, b = turned ? i : j;

                if (rare && abs(i - j) > 2) continue;
                matrix[i * n + j] = ldexp((7 * a + 13 * b + 3 * a * b) % 11 + 1, rare ? -cases[k].bits : 0);
            }
        assert_close(coefficient(n, cases[k].symmetrical), cases[k].expected, 1e-8, 0, "MCC");
    }
}

/* Groups that never meet, of which one is rare, and an outlier that meets itself alone. Oracle: as above. */
static void rare_groups_feel_the_epsilon(void **state)
{
    static const struct {
        int32_t n;
        bool symmetrical;
        double counts[16], expected;
    } cases[] = {
        {3, true, {2e6, 3, 0, 3, 4, 0, 0, 0, 2}, 0.9998889948512165},
        {2, true, {2, 0, 0, 1e-7}, 0.9583461087872212},
        {2, true, {2, 0, 0, 1e-5}, 0.9999955590930751},
        {2, false, {0, 2, 1e-6, 0}, 0.9995562059507083},
        {3, false, {0, 0, 5, 1e-7, 0, 0, 0, 0, 0}, 0.8018981816544412},
        {4, true, {2e7, 5e6, 0, 0, 5e6, 1, 0, 0, 0, 0, 30, 20, 0, 0, 20, 4}, 0.9999294198359365},
        {3, true, {20000000, 3000, 0, 3000, 4000, 2, 0, 2, 10}, 0.8332576371193947},
        {3, false, {20000000, 4000000, 1, 5000000, 4000000, 2, 1, 0, 8}, 0.8030500831189512},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        memcpy(matrix, cases[k].counts, sizeof cases[k].counts);
        assert_close(coefficient(cases[k].n, cases[k].symmetrical), cases[k].expected, 1e-8, 0, "MCC");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanczos_is_dense),
        cmocka_unit_test(chains_converge),
        cmocka_unit_test(two_levels_have_a_closed_form),
        cmocka_unit_test(mirrored_levels_are_not_missed),
        cmocka_unit_test(groups_give_one),
        cmocka_unit_test(rare_levels_feel_the_epsilon),
        cmocka_unit_test(rare_groups_feel_the_epsilon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
