/* Oracle: shared/reference/stats/rfe (scikit-learn 1.9.1's RFE and RFECV). Rankings are equal but for copies, of which
 * scikit-learn lets any leave first: there the groups of copies are compared. */
#include "kernels/models/kernel_matrix.h"
#include "kernels/models/ridge.h"
#include "kernels/models/svm.h"
#include "kernels/select/rfe.h"
#include "kernels/select/rfe_look.h"
#include "kernels/select/rfecv.h"
#include "tests/kernels/learning_cases.h"

/* first[j]: the first column that is a copy of column j, or its negative, up to rounding. */
static void find_copies(const rml_columns *x, int32_t *first)
{
    for (int32_t j = 0; j < x->n_columns; ++j) {
        first[j] = j;
        for (int32_t k = 0; k < j; ++k) {
            double product = 0.0, own = 0.0;

            for (int64_t i = 0; i < x->n_rows; ++i) {
                product += rml_column(x, j)[i] * rml_column(x, k)[i];
                own += rml_column(x, j)[i] * rml_column(x, j)[i];
            }
            if (own > 0.0 && fabs(product) > (1.0 - 1e-9) * own) {
                first[j] = k;
                break;
            }
        }
    }
}

static rml_rfe_settings settings_of(const char *model, int32_t step, int32_t n_select)
{
    rml_rfe_settings settings = rml_rfe_defaults();

    settings.model = strcmp(model, "svm") == 0 ? RML_RFE_SVM : RML_RFE_RIDGE;
    settings.balanced = settings.model == RML_RFE_SVM;
    settings.step = step;
    settings.n_select = n_select;
    return settings;
}

static void check_case(const char *cohort, const char *model, int32_t step, double coefficient_tolerance)
{
    char name[256];
    learning l;
    rml_table table;
    rml_rfe rfe;
    int32_t n_columns;

    snprintf(name, sizeof name, "rfe/%s_%s_step%d", cohort, model, step);
    learning_open(name, "y", 0, &l);
    rml_rfe_settings settings = settings_of(model, step, (int32_t)rml_json_number(rml_json(l.reference.result, "k")));
    settings.coefficient_tolerance = coefficient_tolerance;
    assert_int_equal(rml_rfe_fit(&l.x, l.y, NULL, &settings, &rfe), RML_OK);
    double *expected = rml_json_numbers(rml_json(l.reference.result, "ranking"), &n_columns);
    int32_t *first = calloc((size_t)n_columns, sizeof *first), *balance = calloc((size_t)n_columns, sizeof *balance);
    find_copies(&l.x, first);
    for (int32_t rank = 1; rank <= n_columns; ++rank) { /* as many of each group at each rank */
        memset(balance, 0, (size_t)n_columns * sizeof *balance);
        for (int32_t j = 0; j < n_columns; ++j)
            balance[first[j]] += (rfe.ranking[j] == rank) - ((int32_t)expected[j] == rank);
        for (int32_t j = 0; j < n_columns; ++j)
            if (balance[j] != 0) fail_msg("%s: rank %d, column %d", name, rank, j);
    }
    assert_int_equal(rfe.n_selected, settings.n_select);
    for (int32_t k = 0; k < rfe.n_selected; ++k) assert_int_equal(rfe.ranking[rfe.selected[k]], 1);

    /* The least importance at each step. */
    rml_reference_table(&l.reference, "steps.csv", &table);
    double *importance = rml_table_numbers(&table, "importance");
    for (int64_t s = 0; s < table.n_rows; ++s) {
        double least = INFINITY;

        for (int32_t j = 0; j < n_columns; ++j)
            if (rfe.ranking[j] == table.n_rows - s + 1) least = fmin(least, rfe.importance[j]);
        /* libsvm's single-precision kernel leaves its weights 5e-6 off (see test_svm.c); lbfgs stops near 1e-7. */
        assert_close(sqrt(least), sqrt(importance[s]), coefficient_tolerance, strcmp(model, "svm") == 0 ? 2e-5 : 1e-6,
                     name);
    }
    free(importance), free(expected), free(first), free(balance);
    rml_table_free(&table);
    rml_rfe_free(&rfe);
    learning_close(&l);
}

static void check_cases(const char *model)
{
    for (int32_t step = 1; step <= 5; step += 4) {
        for (int precise = 0; precise < 2; ++precise) {
            const double tolerance = precise ? 1e-10 : rml_rfe_defaults().coefficient_tolerance;

            check_case("breast_cancer", model, step, tolerance);
            check_case("c150x40_unique", model, step, tolerance);
            check_case("c150x40_duplicates", model, step, tolerance);
            check_case("c80x400_unique", model, step, tolerance);
        }
    }
}

static void svm_cases_match(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    check_cases("svm");
}

static void ridge_cases_match(void **state)
{
    (void)state;
    if (!rml_reference_present()) skip();
    check_cases("lr");
}

/* The folds, the mean and every split's area of RFECV; "n_features" is the first maximum. */
static void rfecv_case_matches(void **state)
{
    learning l;
    rml_rfecv cv;
    rml_rfe_settings settings = rml_rfe_defaults();
    int32_t n, n_sizes;

    (void)state;
    if (!rml_reference_present()) skip();
    learning_open("rfe/c150x40_rfecv_lr", "y", 0, &l);
    double *listed = rml_json_numbers(rml_json(l.reference.result, "fold"), &n);
    int32_t *fold = calloc((size_t)n, sizeof *fold);
    for (int32_t i = 0; i < n; ++i) fold[i] = (int32_t)listed[i];
    free(listed);
    settings.model = RML_RFE_RIDGE;
    settings.n_select = 1;
    assert_int_equal(rml_rfecv_fit(&l.x, l.y, NULL, fold, 5, 1, false, &settings, &cv), RML_OK);
    double *mean = rml_json_numbers(rml_json(l.reference.result, "mean_auc"), &n_sizes);
    double *sd = rml_json_numbers(rml_json(l.reference.result, "std_auc"), &n_sizes);
    assert_int_equal(cv.n_sizes, n_sizes);
    for (int32_t k = 0; k < n_sizes; ++k) {
        assert_int_equal(cv.size[k], k + 1);
        assert_close(cv.mean_auc[k], mean[k], 0, 1e-12, "mean AUC");
        assert_close(cv.sd_auc[k], sd[k], 0, 1e-12, "sd of the AUC");
    }
    for (int s = 0; s < 5; ++s) {
        char name[64];

        snprintf(name, sizeof name, "split%d_test_score", s);
        double *auc = rml_json_numbers(rml_json(rml_json(l.reference.result, "folds"), name), &n_sizes);
        for (int32_t k = 0; k < n_sizes; ++k) assert_close(cv.auc[s * n_sizes + k], auc[k], 0, 1e-12, name);
        free(auc);
    }
    assert_int_equal(cv.size[cv.best], (int)rml_json_number(rml_json(l.reference.result, "n_features")));
    assert_int_equal(cv.rfe.n_selected, cv.size[cv.best]);
    free(mean), free(sd), free(fold);
    rml_rfecv_free(&cv);
    learning_close(&l);
}

/* Elimination as its definition has it: a new fit from nothing at every size. */
static void eliminate_plainly(const rml_columns *x, const uint8_t *y, const double *weight,
                              const rml_rfe_settings *settings, int32_t *ranking, double *importance)
{
    const int64_t n = x->n_rows;
    double *copy = calloc((size_t)n * (size_t)x->n_columns, sizeof *copy), *kernel = calloc((size_t)(n * n), 8);
    double *w = calloc((size_t)x->n_columns + 1, sizeof *w), *scratch = calloc((size_t)x->n_columns, sizeof *scratch);
    int32_t *in = calloc((size_t)x->n_columns, sizeof *in), n_in = x->n_columns;
    uint8_t *leaves = calloc((size_t)x->n_columns, 1);

    for (int32_t j = 0; j < n_in; ++j) {
        in[j] = j;
        ranking[j] = 1;
    }
    for (;;) {
        const rml_columns part = {n, n, n_in, copy};
        int32_t n_drop = n_in - settings->n_select, kept = 0;
        double largest = 0.0;

        if (n_drop > settings->step) n_drop = settings->step;
        for (int32_t k = 0; k < n_in; ++k) memcpy(copy + k * n, rml_column(x, in[k]), (size_t)n * sizeof *copy);
        if (settings->model == RML_RFE_SVM) {
            rml_svm svm;
            rml_svm_settings plain = rml_svm_defaults();

            plain.c = settings->c;
            assert_int_equal(rml_kernel_square(&part, RML_KERNEL_LINEAR, 0, kernel), RML_OK);
            assert_int_equal(rml_svm_fit(kernel, n, y, weight, &plain, NULL, &svm), RML_OK);
            assert_int_equal(rml_svm_weights(&svm, &part, w), RML_OK);
            rml_svm_free(&svm);
        } else {
            rml_ridge ridge;
            rml_ridge_settings plain = rml_ridge_defaults();

            plain.c = settings->c;
            assert_int_equal(rml_ridge_fit(&part, y, weight, &plain, NULL, &ridge), RML_OK);
            memcpy(w, ridge.weights, (size_t)n_in * sizeof *w);
            rml_ridge_free(&ridge);
        }
        for (int32_t k = 0; k < n_in; ++k) {
            w[k] = fabs(w[k]);
            largest = fmax(largest, w[k]);
            importance[in[k]] = w[k] * w[k];
        }
        if (n_drop <= 0) break;
        rml_rfe_choose(w, n_in, n_drop, 1e-9 * largest, leaves, scratch);
        for (int32_t j = 0; j < x->n_columns; ++j) ranking[j] += ranking[j] > 1;
        for (int32_t k = 0; k < n_in; ++k) {
            if (leaves[k])
                ranking[in[k]] = 2;
            else
                in[kept++] = in[k];
        }
        n_in = kept;
    }
    free(copy), free(kernel), free(w), free(scratch), free(in), free(leaves);
}

/* Kept matrices, warm starts and proven bounds change nothing: with p above and below n, one column or many a step
 * (more than a block of the inverse holds), a strong and a weak penalty (so weak that the optimum goes far where the
 * classes cease to be separable), weights, copies and a constant column. */
static void matches_the_plain_loop(void **state)
{
    static const struct shape {
        int32_t n, p, step;
        double c;
    } shapes[] = {{30, 90, 1, 1.0}, {30, 90, 7, 0.05},  {60, 40, 1, 1.0},  {40, 300, 70, 20.0}, {80, 12, 1, 100.0},
                  {70, 50, 1, 3e4}, {80, 110, 1, 30.0}, {80, 150, 1, 3.0}, {24, 70, 1, 1e3}};
    uint64_t seed = 11;

    (void)state;
    for (int s = 0; s < 9; ++s)
        for (int model = 0; model < 2; ++model) {
            const struct shape *shape = &shapes[s];
            double *x = calloc((size_t)shape->n * (size_t)shape->p, sizeof *x), weight[80];
            double *importance = calloc((size_t)shape->p, sizeof *importance);
            int32_t *ranking = calloc((size_t)shape->p, sizeof *ranking);
            uint8_t y[80];
            const rml_columns columns = {shape->n, shape->n, shape->p, x};
            rml_rfe_settings settings = rml_rfe_defaults();
            rml_rfe rfe;

            random_problem(shape->n, shape->p, (uint64_t)s, x, y);
            for (int i = 0; i < shape->n; ++i) {
                weight[i] = 0.5 + rml_test_uniform(&seed);
                x[5 * shape->n + i] = 0.0;
                x[7 * shape->n + i] = x[2 * shape->n + i];
                x[8 * shape->n + i] = -x[2 * shape->n + i];
            }
            settings.model = model ? RML_RFE_RIDGE : RML_RFE_SVM;
            settings.c = shape->c;
            settings.step = shape->step;
            settings.n_select = 3;
            eliminate_plainly(&columns, y, weight, &settings, ranking, importance);
            for (int precise = 0; precise < 4; ++precise) {
                const double tolerance[] = {1e3, rml_rfe_defaults().coefficient_tolerance, 1e-5, 1e-12};
                settings.coefficient_tolerance = tolerance[precise];
                assert_int_equal(rml_rfe_fit(&columns, y, weight, &settings, &rfe), RML_OK);
                for (int32_t j = 0; j < shape->p; ++j) {
                    assert_int_equal(rfe.ranking[j], ranking[j]);
                    if (model && precise == 0) continue; /* the ranking is exact whatever the importances are */
                    assert_close(sqrt(rfe.importance[j]), sqrt(importance[j]),
                                 precise == 3 || !model ? 1e-6 : tolerance[precise], 1e-8, "coefficient");
                }
                rml_rfe_free(&rfe);
            }
            free(x), free(importance), free(ranking);
        }
}

/* Identity: what a look from several points gives, summed up row by row; with numbers of rows, columns and points that
 * fill no tile, and log odds far out in both tails. */
static void looks_match_sums(void **state)
{
    enum { N = 77, P = 301, POINTS = 5 };
    static double x[N * P], memory[POINTS][3 * P + N];
    uint8_t y[N];
    const rml_columns columns = {N, N, P, x};
    uint64_t seed = 3;
    rml_rfe_look look;
    rml_rfe_point point[POINTS], *list[POINTS];

    (void)state;
    random_problem(N, P, 5, x, y);
    assert_int_equal(rml_rfe_look_init(&look, &columns, y), RML_OK);
    for (int i = 0; i < N; ++i) look.cost[i] = i % 10 == 0 ? 0.0 : 2.0 + i % 3;
    for (int k = 0; k < POINTS; ++k) {
        list[k] = &point[k];
        point[k] =
            (rml_rfe_point){.w = memory[k], .slope = memory[k] + P, .curvature = memory[k] + 2 * P, .b = 0.1 * k};
        for (int j = 0; j < P; ++j) point[k].w[j] = pow(10.0, k - 2) * (rml_test_uniform(&seed) - 0.5);
    }
    rml_rfe_look_at(&look, list, POINTS);
    for (int k = 0; k < POINTS; ++k) {
        double slope[P] = {0}, size[P] = {0}, pulled = 0.0;

        for (int i = 0; i < N; ++i) {
            double f = point[k].b, pull, curvature;

            for (int j = 0; j < P; ++j) f += point[k].w[j] * x[j * N + i];
            rml_ridge_row(f, y[i], look.cost[i], &pull, &curvature);
            assert_close(point[k].curvature[i], curvature, 1e-13 * (1.0 + fabs(f)), 1e-300, "curvature");
            pulled += pull;
            for (int j = 0; j < P; ++j) {
                slope[j] += x[j * N + i] * pull;
                size[j] += fabs(x[j * N + i]);
            }
        }
        assert_close(point[k].pulled, pulled, 0, 1e-11 * N, "pulled");
        for (int j = 0; j < P; ++j) assert_close(point[k].slope[j], slope[j], 0, 1e-11 * size[j], "slope");
    }
    rml_rfe_look_free(&look);
}

/* Copies leave from the right; the column of zeros before everything else. */
static void ties_leave_from_the_right(void **state)
{
    const double size[] = {2.0, 1.0, 1.0 + 1e-12, 3.0, 1.0};
    uint8_t leaves[5];
    double scratch[5];

    (void)state;
    rml_rfe_choose(size, 5, 1, 1e-9, leaves, scratch);
    assert_memory_equal(leaves, ((uint8_t[]){0, 0, 0, 0, 1}), 5);
    rml_rfe_choose(size, 5, 2, 1e-9, leaves, scratch);
    assert_memory_equal(leaves, ((uint8_t[]){0, 0, 1, 0, 1}), 5);
    rml_rfe_choose(size, 5, 4, 1e-9, leaves, scratch);
    assert_memory_equal(leaves, ((uint8_t[]){1, 1, 1, 0, 1}), 5);
}

static rml_status own_importance(void *context, const int32_t *columns, int32_t n_columns, double *importance)
{
    const double *value = context;

    for (int32_t k = 0; k < n_columns; ++k) importance[k] = value[columns[k]];
    return RML_OK;
}

static void caller_decides(void **state)
{
    double value[] = {4.0, 1.0, 9.0, 1.0, 0.0};
    const double x[10] = {0};
    const uint8_t y[] = {0, 1};
    const rml_columns columns = {2, 2, 5, x};
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_rfe rfe;

    (void)state;
    settings.model = RML_RFE_CALLER;
    settings.importance = own_importance;
    settings.context = value;
    settings.n_select = 1;
    assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_OK);
    assert_memory_equal(rfe.ranking, ((int32_t[]){2, 3, 1, 4, 5}), sizeof(int32_t[5]));
    assert_int_equal(rfe.n_fits, 5);
    assert_close(rfe.importance[0], 4.0, 1e-15, 0, "importance");
    rml_rfe_free(&rfe);
    settings.n_select = 9; /* more than there are: all stay */
    assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_OK);
    assert_int_equal(rfe.n_selected, 5);
    rml_rfe_free(&rfe);
    value[2] = NAN;
    assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_EVALUE);
}

static void bad_input_is_refused(void **state)
{
    double x[] = {1.0, 2.0, 3.0, -1.0, 0.5, 0.0};
    const uint8_t y[] = {0, 1, 0}, one_class[] = {1, 1, 1};
    const int32_t fold[] = {0, 1, 2};
    const rml_columns columns = {3, 3, 2, x}, none = {3, 3, 0, x};
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_rfe rfe;
    rml_rfecv cv;

    (void)state;
    for (int model = 0; model < 2; ++model) {
        settings.model = model ? RML_RFE_RIDGE : RML_RFE_SVM;
        settings.n_select = 1;
        assert_int_equal(rml_rfe_fit(&columns, one_class, NULL, &settings, &rfe), RML_EEMPTY);
        assert_int_equal(rml_rfe_fit(&none, y, NULL, &settings, &rfe), RML_EEMPTY);
        settings.c = 0.0;
        assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_EINVAL);
        settings.c = 1.0;
        settings.step = 0;
        assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_EINVAL);
        settings.step = 1;
        assert_int_equal(rml_rfecv_fit(&columns, y, NULL, fold, 3, 1, true, &settings, &cv), RML_EEMPTY);
        assert_int_equal(rml_rfecv_fit(&columns, y, NULL, fold, 2, 1, true, &settings, &cv), RML_EINVAL);
        x[4] = NAN;
        assert_int_equal(rml_rfe_fit(&columns, y, NULL, &settings, &rfe), RML_EVALUE);
        x[4] = 0.5;
    }
}

/* Scaling inside the splits undoes any shift and scale of the columns: the same areas and ranking. */
static void scaling_inside_undoes_units(void **state)
{
    enum { N = 60, P = 10 };
    double x[N * P], other[N * P];
    uint8_t y[N];
    int32_t fold[2 * N];
    const rml_columns columns = {N, N, P, x}, shifted = {N, N, P, other};
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_rfecv one, two;

    (void)state;
    random_problem(N, P, 5, x, y);
    for (int i = 0; i < 2 * N; ++i) fold[i] = i < N ? i % 4 : (i / 3) % 4;
    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i) other[j * N + i] = 100.0 + (j + 1) * x[j * N + i];
    settings.n_select = 1;
    for (int model = 0; model < 2; ++model) {
        settings.model = model ? RML_RFE_RIDGE : RML_RFE_SVM;
        assert_int_equal(rml_rfecv_fit(&columns, y, NULL, fold, 4, 2, true, &settings, &one), RML_OK);
        assert_int_equal(rml_rfecv_fit(&shifted, y, NULL, fold, 4, 2, true, &settings, &two), RML_OK);
        assert_int_equal(one.n_splits, 8);
        assert_int_equal(one.n_sizes, P);
        for (int k = 0; k < 8 * P; ++k) assert_close(two.auc[k], one.auc[k], 0, 0, "AUC");
        assert_int_equal(one.best, two.best);
        assert_memory_equal(one.rfe.ranking, two.rfe.ranking, P * sizeof *one.rfe.ranking);
        rml_rfecv_free(&one);
        rml_rfecv_free(&two);
    }
}

/* One column that tells the classes apart without error: an area of 1 at one column and at more; the fewest win. */
static void fewest_columns_win(void **state)
{
    enum { N = 40, P = 4 };
    double x[N * P];
    uint8_t y[N];
    int32_t fold[N];
    const rml_columns columns = {N, N, P, x};
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_rfecv cv;

    (void)state;
    random_problem(N, P, 9, x, y);
    for (int i = 0; i < N; ++i) {
        x[2 * N + i] = (y[i] ? 3.0 : -3.0) + 0.01 * x[2 * N + i];
        fold[i] = i / 2 % 4;
    }
    settings.n_select = 1;
    for (int model = 0; model < 2; ++model) {
        settings.model = model ? RML_RFE_RIDGE : RML_RFE_SVM;
        assert_int_equal(rml_rfecv_fit(&columns, y, NULL, fold, 4, 1, true, &settings, &cv), RML_OK);
        assert_close(cv.mean_auc[0], 1.0, 0, 0, "area at one column");
        assert_close(cv.mean_auc[1], 1.0, 0, 0, "area at two columns");
        assert_int_equal(cv.best, 0);
        assert_int_equal(cv.rfe.n_selected, 1);
        assert_int_equal(cv.rfe.selected[0], 2);
        rml_rfecv_free(&cv);
    }
}

/* A design of its own for every number: plain, badly scaled, correlated, or with outlier rows; weights, some of them 0.
 */
typedef struct rml_design {
    int32_t n, p;
    double c, *x, *weight; /* weight NULL: none */
    uint8_t *y;
    bool balanced;
} rml_design;

static double draw_normal(uint64_t *seed)
{
    double sum = -6.0;

    for (int k = 0; k < 12; ++k) sum += rml_test_uniform(seed);
    return sum;
}

static void make_design(int number, rml_design *d)
{
    uint64_t seed = 1000 + 7919 * (uint64_t)number;
    const int kind = number % 4;

    d->n = 12 + (int32_t)(rml_test_uniform(&seed) * 90);
    d->p = 5 + (int32_t)(rml_test_uniform(&seed) * 110);
    d->c = pow(10.0, -3.0 + 7.0 * rml_test_uniform(&seed));
    d->balanced = rml_test_uniform(&seed) < 0.3;
    d->x = malloc((size_t)d->n * (size_t)d->p * sizeof *d->x);
    d->y = malloc((size_t)d->n);
    d->weight = rml_test_uniform(&seed) < 0.5 ? malloc((size_t)d->n * sizeof *d->weight) : NULL;
    assert_true(d->x && d->y);
    for (int32_t j = 0; j < d->p; ++j) {
        const double scale = kind == 1 ? pow(10.0, 4.0 * rml_test_uniform(&seed) - 2.0) : 1.0;

        for (int32_t i = 0; i < d->n; ++i) d->x[j * d->n + i] = scale * draw_normal(&seed);
        for (int32_t i = 0; kind == 2 && j > 0 && i < d->n; ++i)
            d->x[j * d->n + i] = 0.95 * d->x[(j - 1) * d->n + i] + 0.3 * d->x[j * d->n + i];
    }
    for (int32_t i = 0; kind == 3 && i < d->n; ++i)
        if (rml_test_uniform(&seed) < 0.05)
            for (int32_t j = 0; j < d->p; ++j) d->x[j * d->n + i] *= 20.0;
    for (int32_t i = 0; i < d->n; ++i) {
        double score = 2.0 * draw_normal(&seed);

        for (int32_t j = 0; j < d->p && j < 6; ++j) score += d->x[j * d->n + i];
        d->y[i] = i < 2 ? i == 1 : score > 0.0;
        if (d->weight)
            d->weight[i] =
                i > 1 && rml_test_uniform(&seed) < 0.15 ? 0.0 : pow(10.0, 2.0 * rml_test_uniform(&seed) - 1.0);
    }
}

/* Whether every column that left was the least of an exact fit to those still in, and its importance within the
 * tolerance. Oracle: rml_ridge_fit, which has oracles of its own, from scratch at every size. */
static void replay(const rml_design *d, const rml_rfe *rfe, int number)
{
    double *copy = malloc((size_t)d->n * (size_t)d->p * sizeof *copy);
    int32_t *in = malloc((size_t)d->p * sizeof *in), n_in = d->p;

    assert_true(copy && in);
    for (int32_t j = 0; j < d->p; ++j) in[j] = j;
    while (n_in > 1) {
        const rml_columns still = {d->n, d->n, n_in, copy};
        rml_ridge_settings settings = rml_ridge_defaults();
        rml_ridge fit;
        double least = INFINITY, largest = 0.0;
        int32_t leaver = 0;

        for (int32_t k = 0; k < n_in; ++k) {
            memcpy(copy + (size_t)k * (size_t)d->n, d->x + (size_t)in[k] * (size_t)d->n, (size_t)d->n * sizeof *copy);
            if (rfe->ranking[in[k]] > rfe->ranking[in[leaver]]) leaver = k;
        }
        settings.c = d->c;
        settings.balanced = d->balanced;
        assert_int_equal(rml_ridge_fit(&still, d->y, d->weight, &settings, NULL, &fit), RML_OK);
        for (int32_t k = 0; k < n_in; ++k) {
            least = fmin(least, fabs(fit.weights[k]));
            largest = fmax(largest, fabs(fit.weights[k]));
        }
        const double left = fabs(fit.weights[leaver]), told = sqrt(rfe->importance[in[leaver]]);

        if (left > least + 2e-9 * largest || fabs(told - left) > 1.01e-2 * left + 3e-10 * largest)
            fail_msg("design %d, %d of %d columns in: the one that left has %.17g (told %.17g), the least %.17g",
                     number, n_in, d->p, left, told, least);
        rml_ridge_free(&fit);
        memmove(in + leaver, in + leaver + 1, (size_t)(--n_in - leaver) * sizeof *in);
    }
    free(copy);
    free(in);
}

static void hard_designs_lose_their_least_column(void **state)
{
    (void)state;
    for (int k = 0; k <= 120; ++k) {
        /* of the last a row's curvature is tiny at one fit and not at the next ones */
        const int number = k < 120 ? k : 1182;
        rml_rfe_settings settings = rml_rfe_defaults();
        rml_design d;
        rml_rfe rfe;

        make_design(number, &d);
        const rml_columns x = {d.n, d.n, d.p, d.x};
        settings.model = RML_RFE_RIDGE;
        settings.c = d.c;
        settings.balanced = d.balanced;
        settings.n_select = 1;
        if (rml_rfe_fit(&x, d.y, d.weight, &settings, &rfe) != RML_OK) fail_msg("design %d is not fitted", number);
        replay(&d, &rfe, number);
        rml_rfe_free(&rfe);
        free(d.x);
        free(d.y);
        free(d.weight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_designs_lose_their_least_column),
        cmocka_unit_test(svm_cases_match),
        cmocka_unit_test(ridge_cases_match),
        cmocka_unit_test(rfecv_case_matches),
        cmocka_unit_test(matches_the_plain_loop),
        cmocka_unit_test(looks_match_sums),
        cmocka_unit_test(ties_leave_from_the_right),
        cmocka_unit_test(caller_decides),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(scaling_inside_undoes_units),
        cmocka_unit_test(fewest_columns_win),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
