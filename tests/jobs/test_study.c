/* The study file: the commented example is read as it explains itself; what is wrong is said with its line. */
#include "tests/support/support.h"

#include "io/file.h"
#include "jobs/study.h"

static rml_status parse(const char *text, rml_study *study, rml_error *err)
{
    return rml_study_parse(text, strlen(text), "study.yaml", study, err);
}

static void the_commented_example_is_read(void **state)
{
    const char *source = getenv("RADMILL_SOURCE");
    char path[4096], *text = NULL;
    size_t n_bytes;
    rml_study study;
    rml_error err = {0};

    (void)state;
    snprintf(path, sizeof path, "%s/docs/study.yaml", source ? source : ".");
    assert_int_equal(rml_file_read(path, 1 << 20, &text, &n_bytes, &err), RML_OK);
    if (rml_study_parse(text, n_bytes, path, &study, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(study.n_rows, 3);
    assert_int_equal(study.k, 5);
    assert_int_equal(study.repeats, 10);
    assert_int_equal(study.n_prepare, 5);
    assert_int_equal(study.n_selects, 2);
    assert_string_equal(study.select[0].name, "mrmr-rfe");
    assert_int_equal(study.select[0].chain.n, 7);
    assert_int_equal(study.select[1].chain.n, 5);
    assert_int_equal(study.n_models, 2);
    assert_int_equal(study.model[0].n_points, 4);
    assert_string_equal(study.reader, "reader");
    assert_string_equal(study.factor.text[0], "centre");
    assert_int_equal(study.permute, 200);
    rml_study_free(&study);
    free(text);
}

/* Whether the text has it as a word of its own. */
static bool has_word(const char *text, const char *word)
{
    static const char part[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const size_t n = strlen(word);

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if ((at == text || !strchr(part, at[-1])) && (!at[n] || !strchr(part, at[n]))) return true;
    return false;
}

static void the_commented_example_names_every_step_and_setting(void **state)
{
    const char *source = getenv("RADMILL_SOURCE");
    char path[4096], *text = NULL;
    size_t n_bytes;
    rml_error err = {0};
    int32_t n_settings = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/docs/study.yaml", source ? source : ".");
    assert_int_equal(rml_file_read(path, 1 << 20, &text, &n_bytes, &err), RML_OK);
    for (rml_role role = RML_ROLE_PREPARE; role <= RML_ROLE_MODEL; ++role) {
        int32_t n;
        const rml_kind *const *kinds = rml_kinds(role, &n);

        for (int32_t k = 0; k < n; ++k) {
            if (!has_word(text, kinds[k]->name)) fail_msg("%s is not in docs/study.yaml", kinds[k]->name);
            for (int32_t p = 0; p < kinds[k]->n_params; ++p, ++n_settings) {
                const rml_param *param = &kinds[k]->param[p];

                if (!has_word(text, param->name))
                    fail_msg("%s: %s is not in docs/study.yaml", kinds[k]->name, param->name);
                for (int32_t w = 0; param->type == RML_PARAM_WORD && param->words[w]; ++w)
                    if (!has_word(text, param->words[w]))
                        fail_msg("%s: %s: %s is not in docs/study.yaml", kinds[k]->name, param->name, param->words[w]);
            }
        }
    }
    assert_true(n_settings > 80);
    free(text);
}

#define HEAD "table: t.csv\npatient: id\noutcome: {class: y}\n"

#define VALUE "table: t.csv\npatient: id\noutcome: {value: y}\nmodels: {linear: {}}\n"

/* A list is a grid in the order written, the last setting fastest; what is not said has its default. */
static void lists_make_grids(void **state)
{
    rml_study study;
    rml_error err = {0};
    const rml_model_grid *grid;

    (void)state;
    if (parse(HEAD "models:\n  svm-rbf: {C: [1, 10], gamma: [0.1, 0.2, 0.3]}\n  mine: {kind: logistic, penalty: l1}\n",
              &study, &err) != RML_OK)
        fail_msg("%s", err.text);
    grid = &study.model[0];
    assert_int_equal(grid->n_points, 6);
    for (int32_t g = 0; g < 6; ++g) {
        assert_true(grid->point[g][rml_kind_param(grid->kind, "C")] == (g < 3 ? 1 : 10));
        assert_close(grid->point[g][rml_kind_param(grid->kind, "gamma")], 0.1 * (g % 3 + 1), 1e-15, 0, "gamma");
    }
    assert_string_equal(study.model[1].name, "mine");
    assert_string_equal(study.model[1].kind->name, "logistic");
    assert_true(study.model[1].point[0][rml_kind_param(study.model[1].kind, "C")] == 1.0);
    assert_int_equal(study.n_selects, 1);
    assert_string_equal(study.select[0].name, "none");
    rml_study_free(&study);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *sentence;
    } wrong[] = {
        {"patient: id\noutcome: {class: y}\nmodels: {logistic: {}}\n", "\"table\" is missing"},
        {HEAD, "\"models\" is missing"},
        {HEAD "models: {logistic: {c: 1}}\n", "study.yaml line 4: logistic has no key \"c\"; did you mean \"C\"?"},
        {HEAD "models: {logistic: {C: 0}}\n", "logistic: C is 0; a number from 1e-12 to 1e+12 was expected"},
        {HEAD "models: {logistic: {C: []}}\n", "C: an empty list"},
        {HEAD "models: {linear: {}}\n", "linear cannot be fitted to an outcome of two classes"},
        {HEAD "models: {logistic: {}}\nprepare: [{combat: {}}]\n", "combat: \"batch\" is missing"},
        {HEAD "models: {logistic: {}}\nprepare: [{mrmr: {k: 3}}]\n", "mrmr is no step of \"prepare\""},
        {HEAD "models: {logistic: {}}\nprepare: [{combat: {batch: c, covariates: [y]}}]\n", "y is the outcome"},
        {HEAD "models: {logistic: {}}\nsplit: {kfold: 5, column: f}\n", "one of kfold, leave_out"},
        {HEAD "models: {logistic: {}}\nsplit: {kfold: 1}\n", "kfold is 1; a whole number from 2"},
        {HEAD "models: {logistic: {}}\nsplit: {kfold: 5, shuffle: false, repeats: 2}\n",
         "every repeat would be the same"},
        {HEAD "models: {logistic: {}}\ninner: {metric: r2}\n", "r2 does not fit the outcome"},
        {HEAD "models: {logistic: {}}\nsplit: {holdout: [A]}\n", "the study has no centre"},
        {HEAD "models: {logistic: {}}\npivot: {by: []}\n", "by: at least one column"},
        {HEAD "models: {logistic: {}}\npivot: {delta: {from: 1, to: 2}}\n", "\"by\" is missing"},
        {HEAD "models: {logistic: {}}\npivot: {by: [t], delta: {from: 1, to: 1.0}}\n", "two different values of t"},
        {HEAD "models: {logistic: {}}\npivot: {by: [t], detla: {}}\n", "did you mean \"delta\""},
        {HEAD "models: {logistic: {}}\npivot: {by: [id]}\n", "id names the patient"},
        {HEAD "models: {logistic: {}}\nrois: mean\npivot: {by: [t]}\n", "\"rois\" is for several"},
        {HEAD "models: {logistic: {}}\nprepare: [{icc: {readers: r}}]\npivot: {by: [t, r]}\n",
         "r tells readings apart"},
        {HEAD "models: {logistic: {}}\nprepare: [{icc: {table: a.csv, readers: r}}]\n", "one of readers"},
        {HEAD "models: {logistic: {}}\nprepare: [{scale: zscore}, {icc: {readers: r}}]\n",
         "line 5: icc: it compares second readings as the table has them, not as scale leaves the first ones"},
        {HEAD "models: {logistic: {}}\nprepare: [{impute: median}]\nselect: {a: [{icc: {readers: r}}]}\n",
         "line 6: icc: it compares second readings as the table has them, not as impute leaves"},
        {HEAD "models: {logistic: {}}\nprepare: [{pca: {k: 2}}]\nselect: {a: [{icc: {table: a.csv}}]}\n",
         "put icc before pca"},
        {HEAD "models: {logistic: {}}\nprepare: [{impute: median}]\nselect: {a: [{clean: {max_missing: 0.2}}]}\n",
         "put clean before impute"},
        {HEAD "models: {logistic: {}}\nsplit: {kfold: 3}\ninner: {column: f}\n",
         "line 6: inner: given folds (column) are of given outer parts"},
        {HEAD "models: {logistic: {}}\nsplit: {bootstrap: 3}\ninner: {column: f}\n", "are of given outer parts"},
        {VALUE "select: {a: [{mrmr: {k: 3}}]}\n", "line 5: mrmr: form mid is for classes; f-mean, f-max or ln was"},
        {"table: t.csv\npatient: id\noutcome: {classes: y}\nmodels: {knn: {}}\nselect: {a: [{mrmr: {form: ln}}]}\n",
         "mrmr: form ln is for two classes or numbers; mid, miq, f-mean or f-max was expected"},
        {VALUE "select: {a: [{univariate: {k: 3}}]}\n", "univariate: test wilcoxon is for two classes; anova was"},
        {VALUE "select: {a: [{univariate: {test: chi2}}]}\n", "univariate: test chi2 is for classes; anova was"},
        {VALUE "select: {a: [{rfe: {to: 3}}]}\n", "rfe: model svm-linear is for two classes; forest was"},
        {VALUE "select: {a: [{rfe: {to: 3, model: forest, class_weight: balanced}}]}\n",
         "rfe: class_weight balanced is for classes"},
        {"table: t.csv\npatient: id\noutcome: {class: y, value: v}\nmodels: {logistic: {}}\n", "one of class"},
    };

    (void)state;
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; ++w) {
        rml_study study;
        rml_error err = {0};

        assert_int_equal(parse(wrong[w].text, &study, &err), RML_ESETTING);
        if (!strstr(err.text, wrong[w].sentence)) fail_msg("expected «%s», found «%s»", wrong[w].sentence, err.text);
    }
}

/* Each of a list is read for itself: its kind's metric, the models that fit, all columns known. */
static void outcomes_are_read_one_by_one(void **state)
{
    static const char text[] =
        "table: t.csv\npatient: id\noutcome: [{class: y, positive: b}, {value: v, name: level}]\n"
        "select: {a: [{lasso: {}}], b: [{mrmr: {k: 3}}]}\nmodels: {logistic: {}, linear: {}, knn: {}}\n";
    rml_study study;
    rml_error err = {0};

    (void)state;
    for (int32_t which = 0; which < 2; ++which) {
        if (rml_study_parse_outcome(text, strlen(text), "study.yaml", which, &study, &err) != RML_OK)
            fail_msg("%s", err.text);
        assert_string_equal(study.outcome_name, which ? "level" : "y");
        assert_string_equal(study.outcome_column, which ? "v" : "y");
        assert_true(which ? study.positive == NULL : strcmp(study.positive, "b") == 0);
        assert_int_equal(study.inner.metric, which ? RML_METRIC_R2 : RML_METRIC_AUC);
        assert_int_equal(study.n_outcomes, 2);
        assert_int_equal(study.n_models, 2);
        assert_string_equal(study.model[0].name, which ? "linear" : "logistic");
        assert_string_equal(study.model[1].name, "knn");
        assert_int_equal(study.n_selects, which ? 1 : 2); /* mrmr's form mid is for classes */
        assert_int_equal(study.unfit.n, which ? 2 : 1);
        assert_string_equal(study.unfit.text[0], which ? "b" : "linear");
        rml_study_free(&study);
    }
    assert_int_equal(rml_study_parse_outcome(text, strlen(text), "study.yaml", 2, &study, &err), RML_EINVAL);
}

/* A list may hold a time: it is one outcome, its event no other; `radmill survive` is about it, wherever it stands. */
static void a_listed_time_is_one_outcome(void **state)
{
    static const char text[] = "table: t.csv\npatient: id\noutcome: [{class: y}, {time: t, event: d, name: death}]\n"
                               "survive: {times: [12, 24], cutpoint: [f]}\nmodels: {logistic: {}, cox: {}}\n";
    static const char none[] = "table: t.csv\npatient: id\noutcome: [{class: y}, {value: v}]\n";
    rml_study study;
    rml_error err = {0};

    (void)state;
    for (int32_t which = 0; which < 2; ++which) {
        if (rml_study_parse_outcome(text, strlen(text), "study.yaml", which, &study, &err) != RML_OK)
            fail_msg("%s", err.text);
        assert_int_equal(study.n_outcomes, 2);
        assert_int_equal(study.outcomes.n, 3); /* y, t and d are features of neither */
        assert_int_equal(study.outcome, which ? RML_OUTCOME_TIME : RML_OUTCOME_CLASS);
        assert_int_equal(study.survive.n_times, which ? 2 : 0);
        assert_string_equal(study.model[0].name, which ? "cox" : "logistic");
        rml_study_free(&study);
    }
    assert_int_equal(rml_study_parse_outcome(text, strlen(text), "study.yaml", 2, &study, &err), RML_EINVAL);
    if (rml_study_parse_survival(text, strlen(text), "study.yaml", &study, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(study.outcome, RML_OUTCOME_TIME);
    assert_string_equal(study.outcome_column, "t");
    assert_string_equal(study.event_column, "d");
    assert_int_equal(study.outcomes.n, 3);
    assert_int_equal(study.survive.cutpoint.n, 1);
    rml_study_free(&study);
    assert_int_equal(rml_study_parse_survival(none, strlen(none), "study.yaml", &study, &err), RML_ESETTING);
    assert_non_null(strstr(err.text, "line 3: outcome: none of the list is {time: COLUMN, event: COLUMN}"));
}

/* Random cuts and changed letters of the example: an error or a study, never harm. */
static void broken_studies_do_no_harm(void **state)
{
    static const char whole[] =
        HEAD "centre: c\nsplit: {kfold: 5, repeats: 2}\ninner: {kfold: 3}\nprepare: [{scale: zscore}, {combat: {batch: "
             "c}}]\n"
             "select: {a: [{mrmr: {k: 3}}, {rfe: {to: 2}}], none: []}\nmodels: {logistic: {C: [1, 2]}, knn: {}}\n";
    uint64_t seed = 11;

    (void)state;
    for (int i = 0; i < 3000; ++i) {
        char text[sizeof whole];
        rml_study study = {0};
        rml_error err = {0};
        size_t n = sizeof whole - 1;

        memcpy(text, whole, sizeof whole);
        if (i % 2) n = (size_t)(rml_test_uniform(&seed) * (double)n);
        for (int c = 0; c < 1 + i % 3; ++c)
            text[(size_t)(rml_test_uniform(&seed) * (double)(n + 1))] = "[]{}:,\n -aZ01"[rml_test_random(&seed) % 13];
        if (rml_study_parse(text, n, "broken.yaml", &study, &err) == RML_OK)
            rml_study_free(&study);
        else
            assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commented_example_is_read),
        cmocka_unit_test(the_commented_example_names_every_step_and_setting),
        cmocka_unit_test(lists_make_grids),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(outcomes_are_read_one_by_one),
        cmocka_unit_test(a_listed_time_is_one_outcome),
        cmocka_unit_test(broken_studies_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
