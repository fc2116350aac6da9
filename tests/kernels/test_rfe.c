/* Oracle: shared/reference/stats/rfe (scikit-learn 1.9.1's RFE and RFECV). Rankings are equal but for copies, of which
 * scikit-learn lets any leave first: there the groups of copies are compared. */
#include "kernels/select/rfe.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svm_cases_match),
        cmocka_unit_test(ridge_cases_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
