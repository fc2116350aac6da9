/* Oracle: shared/reference/stats/svm (scikit-learn 1.9.1's SVC = libsvm and LinearSVC = liblinear, e1071 1.7.13), at
 * the tolerances that its README recommends; and what must hold of any optimum.
 *
 * libsvm keeps its kernel in single precision, so that with c = 1 and nearly collinear columns (breast_cancer, c150x40)
 * the margins of its free rows are 4e-6 to 5e-6 off 1 whatever its tolerance is (1e-12 gives the same; the other cases:
 * below 1e-6), and decision values of other rows more: hence 3e-5 there instead of 1e-5. */
#include "kernels/models/kernel_matrix.h"
#include "kernels/models/svm.h"
#include "kernels/models/svm_squared.h"
#include "tests/kernels/learning_cases.h"

static double *new_numbers(int64_t n)
{
    double *numbers = calloc((size_t)n + 1, sizeof *numbers);

    assert_non_null(numbers);
    return numbers;
}

/* The rows of the table that train (index % 3 != 2), gathered. */
static int64_t gather_training(const learning *l, double *x, uint8_t *y, int32_t *train_of_row)
{
    int64_t n = 0;

    for (int64_t i = 0; i < l->x.n_rows; ++i) {
        train_of_row[i] = i % 3 != 2 ? (int32_t)n : -1;
        n += i % 3 != 2;
    }
    for (int64_t i = 0; i < l->x.n_rows; ++i)
        if (train_of_row[i] >= 0) y[train_of_row[i]] = l->y[i];
    for (int32_t j = 0; j < l->x.n_columns; ++j)
        for (int64_t i = 0; i < l->x.n_rows; ++i)
            if (train_of_row[i] >= 0) x[j * n + train_of_row[i]] = rml_column(&l->x, j)[i];
    return n;
}

static void check_libsvm(const char *cohort, const char *variant, rml_kernel_kind kind, double gamma, double c,
                         bool balanced)
{
    char name[256];
    learning l;
    rml_table table;
    rml_svm svm;
    rml_svm_settings settings = rml_svm_defaults();
    const double slack = strcmp(variant, "linear_C1") == 0 ? 3e-5 : 1e-5;
    int32_t n_listed;

    snprintf(name, sizeof name, "svm/%s_%s", cohort, variant);
    learning_open(name, "y", 0, &l);
    double *x = new_numbers(l.x.n_rows * l.x.n_columns), *kernel, *cross, *decision, *weights;
    uint8_t *y = calloc((size_t)l.x.n_rows, 1);
    int32_t *train_of_row = calloc((size_t)l.x.n_rows, sizeof *train_of_row);
    const int64_t n = gather_training(&l, x, y, train_of_row);
    const rml_columns training = {.n_rows = n, .stride = n, .n_columns = l.x.n_columns, .x = x};

    if (kind == RML_KERNEL_RBF && gamma == 0.0) {
        assert_int_equal(rml_kernel_scale(&training, &gamma), RML_OK);
        assert_close(gamma, rml_json_number(rml_json(l.reference.result, "gamma")), 1e-12, 0, name);
    }
    settings.c = c;
    settings.balanced = balanced;
    kernel = new_numbers(n * n);
    cross = new_numbers(n * l.x.n_rows);
    decision = new_numbers(l.x.n_rows);
    weights = new_numbers(l.x.n_columns);
    assert_int_equal(rml_kernel_square(&training, kind, gamma, kernel), RML_OK);
    assert_int_equal(rml_svm_fit(kernel, n, y, NULL, &settings, NULL, &svm), RML_OK);
    assert_true(svm.gap <= settings.tolerance);
    assert_close(svm.objective, rml_json_number(rml_json(l.reference.result, "objective")), 1e-8, 0, name);
    assert_close(svm.intercept, rml_json_number(rml_json(l.reference.result, "intercept")), 0, slack, name);

    assert_int_equal(rml_kernel_cross(&l.x, &training, kind, gamma, cross), RML_OK);
    rml_svm_decide(&svm, cross, l.x.n_rows, decision);
    rml_reference_table(&l.reference, "decision.csv", &table);
    double *expected = rml_table_numbers(&table, "decision");
    for (int64_t i = 0; i < l.x.n_rows; ++i) assert_close(decision[i], expected[i], 0, slack, name);
    free(expected);
    rml_table_free(&table);

    if (kind == RML_KERNEL_LINEAR) {
        expected = rml_json_numbers(rml_json(l.reference.result, "coef"), &n_listed);
        assert_int_equal(n_listed, l.x.n_columns);
        assert_int_equal(rml_svm_weights(&svm, &training, weights), RML_OK);
        for (int32_t j = 0; j < n_listed; ++j) assert_close(weights[j], expected[j], 0, slack, name);
        free(expected);
    }
    /* The same support vectors: alphas above 1e-6 C. */
    expected = rml_json_numbers(rml_json(l.reference.result, "sv_rows_in_train"), &n_listed);
    int32_t n_support = 0;
    for (int64_t i = 0; i < n; ++i) n_support += fabs(svm.alpha[i]) > 1e-6 * c;
    assert_int_equal(n_support, n_listed);
    for (int32_t k = 0; k < n_listed; ++k) assert_true(fabs(svm.alpha[(int64_t)expected[k]]) > 1e-6 * c);
    free(expected);

    rml_svm_free(&svm);
    free(x), free(y), free(train_of_row), free(kernel), free(cross), free(decision), free(weights);
    learning_close(&l);
}

static void cases_match_libsvm(void **state)
{
    static const char *const cohorts[] = {"breast_cancer", "c150x40", "c80x400"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        check_libsvm(cohorts[k], "linear_C001", RML_KERNEL_LINEAR, 0.0, 0.01, false);
        check_libsvm(cohorts[k], "linear_C1", RML_KERNEL_LINEAR, 0.0, 1.0, false);
        check_libsvm(cohorts[k], "linear_balanced", RML_KERNEL_LINEAR, 0.0, 0.1, true);
        check_libsvm(cohorts[k], "rbf_g01_C10", RML_KERNEL_RBF, 0.1, 10.0, false);
        check_libsvm(cohorts[k], "rbf_scale_C1", RML_KERNEL_RBF, 0.0, 1.0, false);
    }
}

/* e1071's first class in the data is 0 ("0/1"): its decision is positive for class 0, and its rho has our intercept's
 * sign. Columns scaled with n - 1. */
static void cases_match_e1071(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    for (int radial = 0; radial < 2; ++radial) {
        const char *name = radial ? "svm/Pima_e1071_radial" : "svm/Pima_e1071_linear";
        const rml_kernel_kind kind = radial ? RML_KERNEL_RBF : RML_KERNEL_LINEAR;
        const rml_svm_settings settings = rml_svm_defaults();
        learning l;
        rml_table table;
        rml_svm svm;

        learning_open(name, "type", 1, &l);
        const int64_t n = l.x.n_rows;
        double *kernel = new_numbers(n * n), *decision = new_numbers(n), *expected;

        assert_int_equal(rml_kernel_square(&l.x, kind, 1.0 / 7.0, kernel), RML_OK);
        assert_int_equal(rml_svm_fit(kernel, n, l.y, NULL, &settings, NULL, &svm), RML_OK);
        assert_int_equal(svm.n_support, (int)rml_json_number(rml_json(l.reference.result, "n_sv")));
        rml_svm_decide(&svm, kernel, n, decision);
        rml_reference_table(&l.reference, "decision.csv", &table);
        expected = rml_table_numbers(&table, "decision");
        for (int64_t i = 0; i < n; ++i) assert_close(decision[i], -expected[i], 0, 1e-4, name);
        assert_close(svm.intercept, rml_json_number(rml_json(l.reference.result, "rho")), 0, 1e-4, name);
        free(expected), free(kernel), free(decision);
        rml_table_free(&table);
        rml_svm_free(&svm);
        learning_close(&l);
    }
}

static void cases_match_liblinear(void **state)
{
    static const char *const cohorts[] = {"breast_cancer", "c150x40", "c80x400"};

    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 3; ++k) {
        char name[256];
        learning l;
        rml_table table;
        rml_svm_squared svm;
        const rml_svm_settings settings = rml_svm_defaults();
        int32_t p;

        snprintf(name, sizeof name, "svm/%s_liblinear_l2", cohorts[k]);
        learning_open(name, "y", 0, &l);
        double *decision = new_numbers(l.x.n_rows), *x = new_numbers(l.x.n_rows * l.x.n_columns);
        uint8_t *y = calloc((size_t)l.x.n_rows, 1);
        int32_t *train_of_row = calloc((size_t)l.x.n_rows, sizeof *train_of_row);
        const int64_t n = gather_training(&l, x, y, train_of_row);
        const rml_columns training = {.n_rows = n, .stride = n, .n_columns = l.x.n_columns, .x = x};
        assert_int_equal(rml_svm_squared_fit(&training, y, NULL, &settings, &svm), RML_OK);
        double *expected = rml_json_numbers(rml_json(l.reference.result, "coef"), &p);
        for (int32_t j = 0; j < p; ++j) assert_close(svm.weights[j], expected[j], 0, 1e-6, name);
        assert_close(svm.intercept, rml_json_number(rml_json(l.reference.result, "intercept")), 0, 1e-6, name);
        free(expected);
        rml_reference_table(&l.reference, "decision.csv", &table);
        expected = rml_table_numbers(&table, "decision");
        assert_int_equal(rml_svm_squared_decide(&svm, &l.x, decision), RML_OK);
        for (int64_t i = 0; i < l.x.n_rows; ++i) assert_close(decision[i], expected[i], 0, 1e-4, name);
        free(expected), free(decision), free(x), free(y), free(train_of_row);
        rml_table_free(&table);
        rml_svm_squared_free(&svm);
        learning_close(&l);
    }
}

/* Two points at -1 and 1, one a class: w = 1, b = 0, alpha = 1/2 each, objective 1/2, when C is at least 1/2. By hand.
 */
static void two_points_by_hand(void **state)
{
    const double x[] = {-1.0, 1.0}, kernel[] = {1.0, -1.0, -1.0, 1.0};
    const uint8_t y[] = {0, 1};
    const rml_columns columns = {2, 2, 1, x};
    rml_svm_settings settings = rml_svm_defaults();
    rml_svm svm;
    double w;

    (void)state;
    assert_int_equal(rml_svm_fit(kernel, 2, y, NULL, &settings, NULL, &svm), RML_OK);
    assert_int_equal(rml_svm_weights(&svm, &columns, &w), RML_OK);
    assert_close(w, 1.0, 0, 1e-12, "w");
    assert_close(svm.intercept, 0.0, 0, 1e-12, "b");
    assert_close(svm.alpha[1], 0.5, 0, 1e-12, "alpha");
    assert_close(svm.objective, 0.5, 0, 1e-12, "objective");
    rml_svm_free(&svm);
    settings.c = 0.25; /* both at the bound: w = 1/2, every b in [-1/2, 1/2] is optimal, the middle is taken */
    assert_int_equal(rml_svm_fit(kernel, 2, y, NULL, &settings, NULL, &svm), RML_OK);
    assert_int_equal(rml_svm_weights(&svm, &columns, &w), RML_OK);
    assert_close(w, 0.5, 0, 1e-12, "w at the bound");
    assert_close(svm.intercept, 0.0, 0, 1e-12, "b at the bound");
    rml_svm_free(&svm);
}

enum { N = 120 };

/* Largest violation of the optimality conditions, from the definition: t f >= 1 at alpha 0, <= 1 at C, = 1 between. */
static double worst_condition(const rml_svm *svm, const double *kernel, const uint8_t *y, const double *bound)
{
    double decision[N], worst = 0.0, sum = 0.0;

    rml_svm_decide(svm, kernel, svm->n_rows, decision);
    for (int i = 0; i < svm->n_rows; ++i) {
        const double alpha = fabs(svm->alpha[i]), margin = (y[i] ? decision[i] : -decision[i]) - 1.0;

        assert_true(svm->alpha[i] == 0.0 || (svm->alpha[i] > 0.0) == (y[i] != 0));
        assert_true(alpha <= bound[i]);
        if (bound[i] > 0.0 && alpha < bound[i]) worst = fmax(worst, -margin);
        if (alpha > 0.0) worst = fmax(worst, margin);
        sum += svm->alpha[i];
    }
    return fmax(worst, fabs(sum));
}

/* n < p, p < n, copies of rows and columns, weak to very strong c, RBF: the conditions hold, and a start elsewhere
 * changes nothing. */
static void optimality_conditions_hold(void **state)
{
    static const int32_t widths[] = {1, 5, 40, 300};
    static const double costs[] = {1e-3, 1.0, 100.0, 1e6};
    double *x = new_numbers((int64_t)N * 300), *kernel = new_numbers((int64_t)N * N), bound[N], weight[N];
    uint8_t y[N];
    uint64_t seed = 7;

    (void)state;
    for (int w = 0; w < 4; ++w)
        for (int copies = 0; copies < 2; ++copies)
            for (int rbf = 0; rbf < 2; ++rbf) {
                const rml_columns columns = {N, N, widths[w], x};

                random_problem(N, widths[w], (uint64_t)(10 * w + copies), x, y);
                for (int32_t j = 0; copies && j < widths[w]; ++j) /* every second row twice; a few with both labels */
                    for (int i = 0; i < N; i += 2) x[j * N + i + 1] = x[j * N + i];
                for (int i = 0; copies && i < N - 4; i += 2) y[i + 1] = i % 16 ? y[i] : !y[i];
                assert_int_equal(rml_kernel_square(&columns, rbf ? RML_KERNEL_RBF : RML_KERNEL_LINEAR, 0.1, kernel),
                                 RML_OK);
                for (int c = 0; c < 4; ++c) {
                    rml_svm_settings settings = rml_svm_defaults();
                    rml_svm one, two;

                    settings.c = costs[c];
                    settings.class_c[1] = 1.7;
                    for (int i = 0; i < N; ++i) {
                        weight[i] = i % 11 == 3 ? 0.0 : 0.5 + rml_test_uniform(&seed);
                        bound[i] = settings.c * (y[i] ? 1.7 : 1.0) * weight[i];
                    }
                    assert_int_equal(rml_svm_fit(kernel, N, y, weight, &settings, NULL, &one), RML_OK);
                    assert_true(one.gap <= 1e-8);
                    assert_true(worst_condition(&one, kernel, y, bound) <=
                                2e-8 + 1e-13 * costs[c]); /* alphas' rounding */
                    assert_true(one.n_pairs <= 1000 * N); /* a large c is no reason for more */
                    for (int i = 0; i < N; ++i) bound[i] *= rml_test_uniform(&seed) * (y[i] ? 1.0 : -1.0);
                    assert_int_equal(rml_svm_fit(kernel, N, y, weight, &settings, bound, &two), RML_OK);
                    assert_close(two.objective, one.objective, 1e-8 + 1e-13 * costs[c], 1e-9,
                                 "objective from another start");
                    rml_svm_free(&one);
                    rml_svm_free(&two);
                }
            }
    free(x), free(kernel);
}

static void bad_input_is_refused(void **state)
{
    double kernel[] = {1.0, 0.0, 0.0, 1.0}, weight[] = {1.0, 0.0};
    const uint8_t y[] = {0, 1}, one_class[] = {1, 1};
    const double bad[] = {NAN, 1.0};
    const rml_columns table = {2, 2, 1, bad}, flat = {2, 2, 1, kernel + 1};
    rml_svm_settings settings = rml_svm_defaults();
    rml_svm svm;
    rml_svm_squared squared;
    double gamma;

    (void)state;
    assert_int_equal(rml_svm_fit(kernel, 2, one_class, NULL, &settings, NULL, &svm), RML_EEMPTY);
    assert_int_equal(rml_svm_fit(kernel, 2, y, weight, &settings, NULL, &svm), RML_EEMPTY);
    weight[1] = NAN;
    assert_int_equal(rml_svm_fit(kernel, 2, y, weight, &settings, NULL, &svm), RML_EVALUE);
    assert_int_equal(rml_svm_fit(kernel, 0, y, NULL, &settings, NULL, &svm), RML_EINVAL);
    assert_int_equal(rml_svm_squared_fit(&table, y, NULL, &settings, &squared), RML_EVALUE);
    assert_int_equal(rml_svm_squared_fit(&flat, one_class, NULL, &settings, &squared), RML_EEMPTY);
    settings.c = 0.0;
    assert_int_equal(rml_svm_fit(kernel, 2, y, NULL, &settings, NULL, &svm), RML_EINVAL);
    assert_int_equal(rml_svm_squared_fit(&flat, y, NULL, &settings, &squared), RML_EINVAL);
    settings.c = 1.0;
    kernel[3] = NAN;
    assert_int_equal(rml_svm_fit(kernel, 2, y, NULL, &settings, NULL, &svm), RML_EVALUE);
    assert_int_equal(rml_kernel_square(&table, RML_KERNEL_LINEAR, 0.0, kernel), RML_EVALUE);
    assert_int_equal(rml_kernel_square(&flat, RML_KERNEL_RBF, 0.0, kernel), RML_EINVAL);
    assert_int_equal(rml_kernel_scale(&flat, &gamma), RML_EINVAL); /* zeros */
    assert_true(isnan(gamma));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_points_by_hand),         cmocka_unit_test(cases_match_libsvm),
        cmocka_unit_test(cases_match_e1071),          cmocka_unit_test(cases_match_liblinear),
        cmocka_unit_test(optimality_conditions_hold), cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
