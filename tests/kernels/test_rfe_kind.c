/* The step rfe. Oracle: tests/oracle/rfe_sklearn.py, scikit-learn 1.9.1's RFE and RFECV with given folds: linear models
 * exactly, forests, which draw, within what seeds make of them. And the step in a study against the kernels on the
 * folds that a sample deals. */
#include "kernels/learn/kinds.h"
#include "kernels/learn/rfe_forest.h"
#include "kernels/select/rfecv.h"
#include "tests/kernels/prepare_cases.h"
#include "tests/oracle/rfe_sklearn.h"
#include "tests/support/reference.h"
#include "tests/support/support.h"

enum { N = 90, P = 9, K = 5 };

typedef struct rml_cohort {
    double *x, *y, *number, weight[N];
    uint8_t positive[N];
    int32_t fold[N], patient[N];
    uint64_t key[N];
    rml_sample sample;
} rml_cohort;

static void cohort_open(rml_cohort *c)
{
    rml_table table;
    double *fold;

    oracle_open("rfe_sklearn.csv", &table);
    assert_int_equal(table.n_rows, N);
    c->x = oracle_matrix(&table, "x", P, 0, N);
    c->y = rml_table_numbers(&table, "y");
    c->number = rml_table_numbers(&table, "number");
    fold = rml_table_numbers(&table, "fold");
    for (int i = 0; i < N; ++i) {
        c->fold[i] = (int32_t)fold[i];
        c->positive[i] = c->y[i] == 1.0;
        c->weight[i] = 1.0;
        c->patient[i] = i;
        c->key[i] = 1000U + (uint64_t)i;
    }
    c->sample = (rml_sample){.n_rows = N,
                             .n_patients = N,
                             .x = {N, N, P, c->x},
                             .outcome = RML_OUTCOME_CLASS,
                             .n_classes = 2,
                             .y = c->y,
                             .weight = c->weight,
                             .patient = c->patient,
                             .key = c->key};
    free(fold);
    rml_table_free(&table);
}

static void cohort_close(rml_cohort *c)
{
    rml_measured_case(NULL, NULL);
    free(c->x);
    free(c->y);
    free(c->number);
}

static void check_linear(const rml_cohort *c, rml_rfe_model model, int32_t step, const int *sizes, const double *auc,
                         const int *chosen, const int *kept)
{
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_rfecv cv;
    int32_t n_kept = 0;

    settings.model = model;
    settings.n_select = 1;
    settings.step = step;
    assert_int_equal(rml_rfecv_fit(&c->sample.x, c->positive, NULL, c->fold, K, 1, false, &settings, &cv), RML_OK);
    assert_int_equal(cv.n_sizes, step == 1 ? 9 : 5);
    for (int32_t k = 0; k < cv.n_sizes; ++k) assert_int_equal(cv.size[k], sizes[k]);
    /* areas are shares of pairs of rows: the last places alone differ */
    for (int32_t k = 0; k < K * cv.n_sizes; ++k) assert_close(cv.auc[k], auc[k], 0, 1e-12, "AUC");
    assert_int_equal(cv.size[cv.best], chosen[0]);
    assert_int_equal(cv.size[rml_rfecv_one_se(&cv)], chosen[1]);
    for (int32_t j = 0; j < P; ++j) n_kept += kept[j];
    assert_int_equal(cv.rfe.n_selected, n_kept);
    for (int32_t k = 0; k < n_kept; ++k) assert_true(kept[cv.rfe.selected[k]]);
    rml_rfecv_free(&cv);
}

static void linear_sizes_match_scikit_learn(void **state)
{
    rml_cohort c;

    (void)state;
    cohort_open(&c);
    check_linear(&c, RML_RFE_RIDGE, 1, logistic_1_sizes, logistic_1_auc, logistic_1_chosen, logistic_1_kept);
    check_linear(&c, RML_RFE_RIDGE, 2, logistic_2_sizes, logistic_2_auc, logistic_2_chosen, logistic_2_kept);
    check_linear(&c, RML_RFE_SVM, 1, svm_1_sizes, svm_1_auc, svm_1_chosen, svm_1_kept);
    check_linear(&c, RML_RFE_SVM, 2, svm_2_sizes, svm_2_auc, svm_2_chosen, svm_2_kept);
    cohort_close(&c);
}

/* 0.1 over five splits is an error of 0.1 / 2: the limit is 0.75. */
static void one_standard_error_by_hand(void **state)
{
    double mean[] = {0.70, 0.751, 0.8, 0.8}, sd[] = {0.5, 0.5, 0.1, 0.0};
    rml_rfecv cv = {.n_sizes = 4, .n_splits = 5, .mean_auc = mean, .sd_auc = sd, .best = 2};

    (void)state;
    assert_int_equal(rml_rfecv_one_se(&cv), 1);
    mean[1] = 0.749;
    assert_int_equal(rml_rfecv_one_se(&cv), 2);
    cv.n_splits = 1;
    assert_int_equal(rml_rfecv_one_se(&cv), 2);
}

static void forests_agree_with_scikit_learn(void **state)
{
    rml_cohort c;

    (void)state;
    cohort_open(&c);
    for (int value = 0; value < 2; ++value) {
        const int *kept = value ? forest_number_kept : forest_class_kept;
        rml_forest_settings settings = rml_forest_defaults(value ? 0 : 2);
        rml_rfecv cv, again;
        rml_rfe rfe;

        c.sample.outcome = value ? RML_OUTCOME_VALUE : RML_OUTCOME_CLASS;
        c.sample.y = value ? c.number : c.y;
        settings.n_trees = 200;
        settings.seed = 3;
        assert_int_equal(rml_rfe_forest_fit(&c.sample, &settings, 2, 1, &rfe), RML_OK);
        assert_int_equal(rfe.n_selected, 2);
        assert_true(kept[rfe.selected[0]] && kept[rfe.selected[1]]);
        assert_int_equal(rfe.ranking[rfe.selected[1]], 1);
        rml_rfe_free(&rfe);
        assert_int_equal(rml_rfe_forest_cv(&c.sample, c.fold, K, &settings, 1, 1, &cv), RML_OK);
        assert_int_equal(cv.n_sizes, P);
        for (int32_t k = 0; k < P; ++k) {
            const double mean = (value ? forest_number_mean : forest_class_mean)[k];
            const double sd = (value ? forest_number_sd : forest_class_sd)[k];

            if (fabs(cv.mean_auc[k] - mean) > 4.0 * sd + 0.01) /* the sd of few seeds is no more than a guess */
                fail_msg("%d columns: %.4f, %.4f (sd %.4f) was expected", k + 1, cv.mean_auc[k], mean, sd);
        }
        assert_int_equal(cv.rfe.n_selected, cv.size[cv.best]);
        assert_int_equal(rml_rfe_forest_cv(&c.sample, c.fold, K, &settings, 1, 1, &again), RML_OK);
        assert_memory_equal(cv.auc, again.auc, K * P * sizeof *cv.auc);
        rml_rfecv_free(&again);
        rml_rfecv_free(&cv);
        c.fold[0] = K;
        assert_int_equal(rml_rfe_forest_cv(&c.sample, c.fold, K, &settings, 1, 1, &cv), RML_EINVAL);
        c.fold[0] = 0;
        assert_int_equal(rml_rfe_forest_cv(&c.sample, c.fold, K + 1, &settings, 1, 1, &cv), RML_EEMPTY);
    }
    cohort_close(&c);
}

static void set(double *param, const char *name, double value)
{
    const int32_t p = rml_kind_param(&rml_kind_rfe, name);

    assert_true(p >= 0);
    param[p] = value;
}

/* The step keeps what the kernels keep on the folds that the sample deals with the step's seed; one_se keeps fewer. */
static void the_step_is_the_kernels(void **state)
{
    rml_cohort c;

    (void)state;
    cohort_open(&c);
    for (int k = 0; k < 6; ++k) {
        const bool forest = k >= 4, one_se = k % 2;
        rml_rfe_settings settings = rml_rfe_defaults();
        rml_forest_settings trees = rml_forest_defaults(2);
        double param[RML_KIND_PARAMS];
        int32_t fold[N], at;
        rml_fitted fitted = {0};
        rml_rfecv cv;
        rml_error err = {0};

        for (int32_t p = 0; p < rml_kind_rfe.n_params; ++p) param[p] = rml_kind_rfe.param[p].fallback;
        set(param, "to", 1);
        set(param, "kfold", K);
        set(param, "trees", 20);
        set(param, "model", k < 2 ? 0 : k < 4 ? 1 : 2);
        set(param, "choose", one_se);
        assert_int_equal(rml_sample_folds(&c.sample, K, 77, fold), RML_OK);
        settings.model = k / 2 == 1 ? RML_RFE_RIDGE : RML_RFE_SVM;
        settings.n_select = 1;
        trees.n_trees = 20;
        trees.seed = 77;
        if (forest)
            assert_int_equal(rml_rfe_forest_cv(&c.sample, fold, K, &trees, 1, 1, &cv), RML_OK);
        else
            assert_int_equal(rml_rfecv_fit(&c.sample.x, c.positive, NULL, fold, K, 1, false, &settings, &cv), RML_OK);
        if (rml_kind_rfe.fit(&c.sample, param, 77, NULL, &fitted, &err) != RML_OK) fail_msg("%s", err.text);
        at = one_se ? rml_rfecv_one_se(&cv) : cv.best;
        assert_int_equal(fitted.n_out, cv.size[at]);
        for (int32_t j = 0; j < fitted.n_out; ++j) { /* one path: those that leave last */
            bool found = false;

            for (int32_t s = 0; s < cv.rfe.n_selected; ++s) found |= cv.rfe.selected[s] == fitted.kept[j];
            assert_true(found);
        }
        for (int32_t s = 0; s < cv.n_sizes; ++s) {
            assert_true(rml_fitted_array(&fitted, "sizes")->value[s] == cv.size[s]);
            assert_true(rml_fitted_array(&fitted, "scores")->value[s] == cv.mean_auc[s]);
        }
        rml_fitted_free(&fitted);
        rml_rfecv_free(&cv);
    }
    cohort_close(&c);
}

static void what_cannot_be_is_a_sentence(void **state)
{
    double param[RML_KIND_PARAMS];
    rml_fitted fitted = {0};
    rml_error err = {0};
    rml_cohort c;

    (void)state;
    cohort_open(&c);
    for (int32_t p = 0; p < rml_kind_rfe.n_params; ++p) param[p] = rml_kind_rfe.param[p].fallback;
    assert_null(rml_kind_rfe.refuse(param));
    set(param, "kfold", 1);
    assert_non_null(rml_kind_rfe.refuse(param));
    set(param, "kfold", 80); /* more folds than rows of a class */
    assert_int_not_equal(rml_kind_rfe.fit(&c.sample, param, 1, NULL, &fitted, &err), RML_OK);
    assert_non_null(strstr(err.text, "80 folds"));
    c.sample.outcome = RML_OUTCOME_VALUE;
    assert_int_equal(rml_kind_rfe.fit(&c.sample, param, 1, NULL, &fitted, &err), RML_ESETTING);
    assert_non_null(strstr(err.text, "forest was expected"));
    cohort_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_sizes_match_scikit_learn), cmocka_unit_test(one_standard_error_by_hand),
        cmocka_unit_test(forests_agree_with_scikit_learn), cmocka_unit_test(the_step_is_the_kernels),
        cmocka_unit_test(what_cannot_be_is_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
