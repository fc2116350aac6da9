/* model.json: what it says of rows is what the fit in memory says, to the bit, whatever steps and columns there are.
 * The oracle is the chain in memory on the whole matrix, as nested cross-validation runs it. */
#include "tests/support/support.h"

#include "io/file.h"
#include "jobs/model_json.h"
#include "jobs/sweep_plan.h"

enum { N = 90, P = 40 };

/* 1. A study in memory */

typedef struct rml_case {
    char *text;
    rml_study study;
    rml_blob blob;
    rml_dataset dataset;
    rml_sweep_plan plan;
    rml_nested fit;
} rml_case;

static const char *path_of(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", rml_test_folder(), name);
    return path;
}

static double normal(uint64_t *state)
{
    double sum = -6.0;

    for (int i = 0; i < 12; ++i) sum += rml_test_uniform(state);
    return sum;
}

/* 90 patients of 3 centres, 40 features, of which f03 and f17 carry signal; holes in f05, f20 constant. */
static void write_table(void)
{
    FILE *out = fopen(path_of("table.csv"), "w");
    uint64_t state = 7;

    assert_non_null(out);
    fputs("id,centre,age,sex,y", out);
    for (int j = 0; j < P; ++j) fprintf(out, ",f%02d", j);
    for (int i = 0; i < N; ++i) {
        const int y = rml_test_uniform(&state) < 0.45;

        fprintf(out, "\np%03d,%c,%d,%s,%s", i, "ABC"[i % 3], 40 + (i * 7) % 40, i % 5 < 2 ? "f" : "m",
                y ? "yes" : "no");
        for (int j = 0; j < P; ++j) {
            const double x = normal(&state) * (1 + i % 3) + (j == 3 || j == 17 ? 1.5 * y : 0) + i % 3;

            if (j == 5 && i % 9 == 4)
                fputs(",", out);
            else
                fprintf(out, ",%.17g", j == 20 ? 1.0 : x);
        }
    }
    fputc('\n', out);
    fclose(out);
}

static void open_case(const char *prepare, const char *select, const char *model, rml_case *c)
{
    rml_error err = {0};

    *c = (rml_case){0};
    write_table();
    assert_true(asprintf(&c->text,
                         "table: table.csv\n"
                         "clinical: {file: table.csv, by: id, use: [age, sex]}\n"
                         "patient: id\ncentre: centre\noutcome: {class: y, positive: yes}\n"
                         "features: {match: [\"f*\"]}\nsplit: {kfold: 3}\ninner: {kfold: 3}\n"
                         "prepare: [%s]\nselect: {s: [%s]}\nmodels: {m: %s}\ncontrols: {permute: 0}\n",
                         prepare, select, model) > 0);
    if (rml_study_parse(c->text, strlen(c->text), path_of("study.yaml"), &c->study, &err) != RML_OK ||
        rml_dataset_read(&c->study, &c->blob, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_int_equal(rml_dataset_unpack(c->blob.bytes, c->blob.n_bytes, &c->dataset), RML_OK);
    if (rml_sweep_plan_make(&c->study, &c->dataset, &c->plan, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(c->plan.task[c->plan.splits.n].part, RML_SWEEP_FINAL); /* a group each: there is one selection */
    rml_sweep_compute(&c->study, &c->dataset, &c->plan, c->plan.splits.n, NULL, &c->fit, &err);
    if (err.status != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(c->fit.model[0].status, RML_OK);
}

static void close_case(rml_case *c)
{
    rml_nested_free(&c->fit);
    rml_sweep_plan_free(&c->plan);
    rml_dataset_free(&c->dataset);
    rml_blob_free(&c->blob);
    rml_study_free(&c->study);
    free(c->text);
}

/* What the fit in memory says of all patients. */
static void say_in_memory(const rml_case *c, double *decision)
{
    const rml_split *all = &c->plan.all.split[0];
    const rml_model_grid *grid = &c->study.model[0];
    rml_sample sample;
    rml_error err = {0};

    assert_int_equal(rml_sample_gather(&c->dataset.data, all->train, all->n_train, false, &sample), RML_OK);
    if (rml_chain_apply(&c->study.select[0].chain, c->fit.step, &sample, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(
        rml_model_decide(grid->kind, &c->fit.model[0].fitted, grid->point[c->fit.model[0].best], &sample.x, decision),
        RML_OK);
    rml_sample_free(&sample);
}

/* What a model says of them: its columns found by name. */
static void say_by_model(const rml_case *c, const rml_model *model, double *decision)
{
    const rml_split *all = &c->plan.all.split[0];
    const rml_data *from = &c->dataset.data;
    double *x = malloc((size_t)model->n_features * N * sizeof *x + 1);
    const int32_t *factor[1] = {from->factor[0]};
    const double *covariate[4] = {NULL};
    const char *const *level[1] = {model->n_factors > 0 ? model->factor[0].level : NULL};
    const int32_t n_levels[1] = {model->n_factors > 0 ? model->factor[0].n_levels : 0};
    rml_data data = *from;
    rml_sample sample;
    rml_error err = {0};

    assert_non_null(x);
    for (int32_t k = 0; k < model->n_features; ++k) {
        int32_t j = 0;

        while (j < from->x.n_columns && strcmp(c->dataset.feature[j], model->feature[k].name) != 0) ++j;
        assert_true(j < from->x.n_columns);
        memcpy(x + (int64_t)k * N, rml_column(&from->x, j), N * sizeof *x);
    }
    for (int32_t k = 0; k < model->n_covariates; ++k)
        for (int32_t j = 0; j < c->study.covariate.n; ++j)
            if (strcmp(c->study.covariate.text[j], model->covariate[k].column) == 0) covariate[k] = from->covariate[j];
    data.x = (rml_columns){N, N, model->n_features, x};
    data.n_factors = model->n_factors;
    data.factor = factor;
    data.level = level;
    data.n_levels = n_levels;
    data.n_covariates = model->n_covariates;
    data.covariate = covariate;
    assert_int_equal(rml_sample_gather(&data, all->train, all->n_train, false, &sample), RML_OK);
    if (rml_model_apply(model, &sample, decision, &err) != RML_OK) fail_msg("%s", err.text);
    rml_sample_free(&sample);
    free(x);
}

/* 2. The tests */

static const struct {
    const char *prepare, *select, *model;
    int32_t n_features;
    bool patients;
} cases[] = {
    {"{clean: constant}, {impute: median}, {combat: {batch: centre, covariates: [sex]}}, {scale: zscore}",
     "{mrmr: {k: 10}}, {rfe: {to: 5}}", "{kind: logistic, C: [0.1, 1]}", 5, false},
    {"{clean: constant}, {impute: median}, {combat: {batch: centre}}, {scale: yeo-johnson}", "{mrmr: {k: 41}}",
     "{kind: svm-linear}", 41, false},
    /* whole steps take all that comes to them, and give all that they make */
    {"{clean: constant}, {impute: median}, {scale: robust}, {pca: {k: 6}}", "{mrmr: {k: 6}}, {rfe: {to: 3}}",
     "{kind: logistic}", 41, false},
    {"{clean: constant}, {scale: unit}, {impute: {method: nearest, neighbours: 3}}", "{univariate: {k: 4}}",
     "{kind: logistic}", 41, true},
    {"{clean: constant}, {impute: median}, {combat: {batch: centre, unseen: own}}, {scale: mad}", "{rfe: {to: 2}}",
     "{kind: logistic}", 41, false},
    {"{clean: constant}, {impute: median}, {combat: {batch: centre, unseen: own, prior: none}}, {scale: symmetric}",
     "{rfe: {to: 2}}", "{kind: logistic}", 2, false},
    {"{impute: median}, {scale: zscore}", "{univariate: {k: 3}}", "{kind: svm-rbf, C: [1, 10]}", 3, true},
    {"{impute: median}", "", "{kind: logistic}", 42, false},
    {"{impute: median}, {combat: {batch: centre}}, {scale: zscore}", "{univariate: {max_p: 1e-300}}",
     "{kind: logistic}", 0, false}, /* nothing is kept: a constant */
    {"{impute: median}, {scale: zscore}", "{relief: {k: 5}}", "{kind: knn, k: [3, 7]}", 5, true},
    {"{impute: median}, {scale: zscore}", "{univariate: {k: 3}}", "{kind: naive-bayes}", 3, false},
    {"{impute: median}, {scale: zscore}", "{univariate: {k: 3}}", "{kind: lda, solver: ledoit-wolf}", 3, false},
    {"{clean: constant}, {impute: median}, {redundancy: {cutoff: 0.5}}, {scale: zscore}", "{univariate: {k: 4}}",
     "{kind: centroid}", 4, false},
    {"{clean: constant}, {impute: median}", "{univariate: {k: 4}}", "{kind: forest, trees: 20, class_weight: balanced}",
     4, false},
    {"{clean: constant}, {impute: median}", "{univariate: {k: 4}}",
     "{kind: boosting, trees: 20, class_weight: [none, balanced]}", 4, false},
    {"{clean: constant}, {impute: median}, {scale: zscore}", "{rfe: {model: forest, trees: 10, step: 10, to: 3}}",
     "{kind: logistic}", 3, false},
    {"{clean: constant}, {impute: median}, {scale: zscore}", "{rfe: {step: 5, to: 2, kfold: 3, choose: one_se}}",
     "{kind: logistic}", -1, false},
    /* missing values reach the model; rows and columns are drawn */
    {"{clean: constant}", "", "{kind: xgboost, rounds: 10, max_depth: [1, 3], subsample: 0.8, colsample: 0.5}", 41,
     false},
    {"{clean: constant}, {impute: median}", "{forest: {k: 4, trees: 20}}", "{kind: logistic}", 4, false},
    {"{clean: constant}, {impute: median}", "{boruta: {trees: 50, runs: 30, p: 0.05}}",
     "{kind: xgboost, rounds: 5, class_weight: balanced}", -1, false},
};

static void same_bits(const double *a, const double *b, const char *what)
{
    for (int i = 0; i < N; ++i) {
        uint64_t x, y;

        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        if (x != y) fail_msg("%s: patient %d: %.17g and %.17g", what, i, a[i], b[i]);
    }
}

static void the_file_says_what_the_fit_says(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        double memory[N], whole[N], pruned[N], read[N];
        rml_model model = {0}, again = {0};
        rml_error err = {0};
        char *text = NULL, *rewritten = NULL;
        size_t n, m;
        rml_case c;

        open_case(cases[k].prepare, cases[k].select, cases[k].model, &c);
        say_in_memory(&c, memory);
        assert_int_equal(rml_model_make(&c.study, &c.dataset, 0, &c.fit, 0, false, &model, &err), RML_OK);
        assert_int_equal(model.n_features, P + 2);
        say_by_model(&c, &model, whole);
        same_bits(whole, memory, "unpruned");
        rml_model_free(&model);

        assert_int_equal(rml_model_make(&c.study, &c.dataset, 0, &c.fit, 0, true, &model, &err), RML_OK);
        if (cases[k].n_features >= 0) assert_int_equal(model.n_features, cases[k].n_features);
        assert_true(model.n_features > 0 || cases[k].n_features == 0);
        say_by_model(&c, &model, pruned);
        same_bits(pruned, memory, "pruned");

        if (rml_model_write(&model, path_of("model.json"), &err) != RML_OK) fail_msg("%s", err.text);
        if (rml_model_read(path_of("model.json"), &again, &err) != RML_OK) fail_msg("%s", err.text);
        assert_int_equal(again.n_features, model.n_features);
        say_by_model(&c, &again, read);
        same_bits(read, memory, "read back");
        assert_int_equal(rml_model_holds_rows(&again), cases[k].patients);
        assert_memory_equal(&again.threshold, &model.threshold, sizeof again.threshold);
        assert_memory_equal(&again.slope, &model.slope, sizeof again.slope);
        assert_int_equal(again.n_positive, model.n_positive);
        assert_int_equal(again.n_trained, N); /* every patient's row is another */
        assert_memory_equal(again.trained, model.trained, sizeof *again.trained * N);

        assert_int_equal(rml_file_read(path_of("model.json"), 1 << 24, &text, &n, NULL), RML_OK);
        assert_int_equal(rml_model_write(&again, path_of("again.json"), &err), RML_OK);
        assert_int_equal(rml_file_read(path_of("again.json"), 1 << 24, &rewritten, &m, NULL), RML_OK);
        assert_string_equal(text, rewritten); /* the same file from what was read */
        assert_int_equal(strstr(text, "\"contains_patient_data\": true") != NULL, cases[k].patients);
        for (int j = 0; j < P && model.n_features < 6; ++j) { /* a feature that is not needed is not named */
            char name[16], quoted[20];
            bool needed = false;

            snprintf(name, sizeof name, "f%02d", j);
            for (int32_t f = 0; f < model.n_features; ++f) needed |= strcmp(model.feature[f].name, name) == 0;
            snprintf(quoted, sizeof quoted, "\"%s\"", name);
            assert_int_equal(strstr(text, quoted) != NULL, needed);
        }
        free(text);
        free(rewritten);
        rml_model_free(&model);
        rml_model_free(&again);
        close_case(&c);
    }
}

/* A threshold below all decisions calls everybody positive; a model without one has NaN. */
static void numbers_that_are_none_come_back(void **state)
{
    static const double odd[] = {-INFINITY, INFINITY, NAN, -0.0, 5e-324, 0.1};

    (void)state;
    for (size_t k = 0; k < sizeof odd / sizeof *odd; ++k) {
        rml_model model = {0}, again = {0};
        uint64_t written, read;
        rml_case c;

        open_case(cases[6].prepare, cases[6].select, "{kind: logistic}", &c);
        assert_int_equal(rml_model_make(&c.study, &c.dataset, 0, &c.fit, 0, true, &model, NULL), RML_OK);
        model.threshold = model.slope = model.feature[0].low = odd[k];
        assert_int_equal(rml_model_write(&model, path_of("odd.json"), NULL), RML_OK);
        assert_int_equal(rml_model_read(path_of("odd.json"), &again, NULL), RML_OK);
        memcpy(&written, &model.threshold, sizeof written);
        memcpy(&read, &again.threshold, sizeof read);
        assert_true(written == read || (isnan(odd[k]) && isnan(again.threshold)));
        assert_true(again.slope == odd[k] || (isnan(odd[k]) && isnan(again.slope)));
        assert_true(again.feature[0].low == odd[k] || (isnan(odd[k]) && isnan(again.feature[0].low)));
        rml_model_free(&model);
        rml_model_free(&again);
        close_case(&c);
    }
}

/* Every prefix of a model's file, and the file with single characters changed: a sentence or a model, never a crash. */
static void break_the_file(size_t of)
{
    double decision[N];
    rml_model model = {0};
    rml_error err = {0};
    char *text;
    size_t n;
    uint64_t random = 3 + of;
    rml_case c;

    open_case(cases[of].prepare, cases[of].select, cases[of].model, &c);
    assert_int_equal(rml_model_make(&c.study, &c.dataset, 0, &c.fit, 0, true, &model, &err), RML_OK);
    assert_int_equal(rml_model_write(&model, path_of("model.json"), &err), RML_OK);
    rml_model_free(&model);
    assert_int_equal(rml_file_read(path_of("model.json"), 1 << 24, &text, &n, NULL), RML_OK);
    for (int round = 0; round < 150; ++round) {
        const size_t length = round < 60 ? (size_t)round * n / 61 : n;
        FILE *out = fopen(path_of("broken.json"), "w");
        char *broken = strdup(text);
        rml_status status;

        assert_non_null(out);
        assert_non_null(broken);
        if (round >= 60) broken[rml_test_random(&random) % n] = "0-]}[{,\":ax"[rml_test_random(&random) % 11];
        fwrite(broken, 1, length, out);
        fclose(out);
        err = (rml_error){0};
        status = rml_model_read(path_of("broken.json"), &model, &err);
        if (round < 60) assert_int_not_equal(status, RML_OK);
        if (status == RML_OK) { /* still a model: its columns may have other names, so it is applied by place */
            rml_sample sample;
            double *x = calloc((size_t)model.n_features * N + 1, sizeof *x);
            rml_data data = c.dataset.data;
            const double *covariate[RML_STUDY_COLUMNS];

            for (int k = 0; k < RML_STUDY_COLUMNS; ++k) covariate[k] = c.dataset.data.covariate[0];
            data.x = (rml_columns){N, N, model.n_features, x};
            data.n_covariates = model.n_covariates;
            data.covariate = covariate;
            assert_int_equal(
                rml_sample_gather(&data, c.plan.all.split[0].train, c.plan.all.split[0].n_train, false, &sample),
                RML_OK);
            (void)!rml_model_apply(&model, &sample, decision, &err);
            rml_sample_free(&sample);
            free(x);
            rml_model_free(&model);
        } else {
            assert_true(strlen(err.text) > 20);
        }
        free(broken);
    }
    free(text);
    close_case(&c);
}

static void a_broken_file_is_refused(void **state)
{
    (void)state;
    break_the_file(0);
    break_the_file(2);
    break_the_file(3);
    break_the_file(6);
    break_the_file(9);
    break_the_file(10);
    break_the_file(12);
    break_the_file(13);
    break_the_file(14);
    break_the_file(16);
    break_the_file(17);
    break_the_file(18);
}

/* Trees whose arrays were edited: what cannot be walked, or would be walked out of, is refused by name. */
static void edited_trees_are_refused(void **state)
{
    static const struct {
        const char *array;
        int32_t row, column; /* of the array; -1: the last row */
        double value;
    } edits[] = {
        {"nodes", 0, 0, 4000},  {"nodes", 0, 0, 0.5},        {"nodes", 0, 0, 1e300}, {"nodes", 0, 0, NAN},
        {"nodes", 0, 1, NAN},   {"nodes", 0, 2, 0},          {"nodes", 0, 2, -1},    {"nodes", 0, 3, 1e9},
        {"nodes", 0, 2, 1.5},   {"first", 0, 0, 1},          {"first", 0, 1, 0},     {"first", 0, 1, 1e9},
        {"values", -1, 0, NAN}, {"values", -1, 0, INFINITY},
    };

    (void)state;
    for (size_t of = 13; of <= 17; ++of) {
        rml_model model = {0}, read = {0};
        rml_error err = {0};
        rml_case c;

        if (strstr(cases[of].model, "logistic")) continue;
        open_case(cases[of].prepare, cases[of].select, cases[of].model, &c);
        assert_int_equal(rml_model_make(&c.study, &c.dataset, 0, &c.fit, 0, true, &model, &err), RML_OK);
        for (size_t e = 0; e < sizeof edits / sizeof *edits; ++e) {
            const rml_array *array = rml_fitted_array(&model.fitted, edits[e].array);
            const int32_t row = edits[e].row < 0 ? array->n_rows - 1 : edits[e].row;
            double *value = &array->value[(int64_t)row * array->n_columns + edits[e].column];
            const double was = *value;

            *value = edits[e].value;
            assert_int_equal(rml_model_write(&model, path_of("edited.json"), &err), RML_OK);
            *value = was;
            err = (rml_error){0};
            if (rml_model_read(path_of("edited.json"), &read, &err) != RML_EFORMAT)
                fail_msg("%s, %s[%d][%d] = %g was taken", cases[of].model, edits[e].array, row, edits[e].column,
                         edits[e].value);
            assert_non_null(strstr(err.text, "edited.json"));
            assert_non_null(strstr(err.text, "do not fit together"));
        }
        for (int32_t a = 0; a < model.fitted.n_arrays; ++a) { /* one array narrower than it was */
            rml_array *array = &model.fitted.array[a];

            if (strcmp(array->name, "importance") == 0) continue;
            if (array->n_columns == 1) continue;
            --array->n_columns;
            assert_int_equal(rml_model_write(&model, path_of("edited.json"), &err), RML_OK);
            ++array->n_columns;
            assert_int_equal(rml_model_read(path_of("edited.json"), &read, &err), RML_EFORMAT);
        }
        if (strstr(cases[of].model, "xgboost")) { /* as many starts as a model of three classes has */
            rml_array *start = &model.fitted.array[3], was = *start;

            assert_string_equal(start->name, "start");
            start->n_columns = 3;
            start->value = (double[]){0.0, 0.0, 0.0};
            assert_int_equal(rml_model_write(&model, path_of("edited.json"), &err), RML_OK);
            *start = was;
            assert_int_equal(rml_model_read(path_of("edited.json"), &read, &err), RML_EFORMAT);
            assert_non_null(strstr(err.text, "another number of classes"));
        }
        { /* two classes by the name of several */
            const char *names[] = {"no", "yes"};

            model.outcome = RML_OUTCOME_CLASSES;
            model.class_name = names;
            model.n_classes = 2;
            assert_int_equal(rml_model_write(&model, path_of("edited.json"), &err), RML_OK);
            model.outcome = RML_OUTCOME_CLASS;
            model.class_name = NULL;
            model.n_classes = 0;
            assert_int_equal(rml_model_read(path_of("edited.json"), &read, &err), RML_EFORMAT);
            assert_non_null(strstr(err.text, "three or more"));
        }
        rml_model_free(&model);
        close_case(&c);
    }
}

static void wrong_members_are_named(void **state)
{
    static const struct {
        const char *text, *sentence;
    } wrong[] = {
        {"", "ends in its middle"},
        {"{\"a\": 1,\n \"b\": tru }", "line 2"},
        {"[1, 2]", "radmill-model"},
        {"{\"format\": \"radmill-model\", \"format_version\": 2}", "\"trained_on\" is missing"},
        {"{\"type\": \"logistic\", \"features\": []}", "\"intercept\" is missing"},
        {"{\"type\": \"logistic\", \"intercept\": 1, \"features\": [{\"name\": \"a\"}]}", "\"coef\" is missing"},
        {"{\"type\": \"logistic\", \"intercept\": 1, \"features\": [{\"name\": \"a\", \"coef\": 1}, {\"name\": \"a\", "
         "\"coef\": 1}]}",
         "a stands there twice"},
        {"{\"type\": \"logistic\", \"intercept\": 1, \"features\": [{\"name\": \"a\", \"coef\": 1}], \"standardise\": "
         "{\"means\": [0, 1], \"sds\": [1]}}",
         "means: a list of 1 numbers"},
        {"{\"type\": \"forest\"}", "radmill-model"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
        FILE *out = fopen(path_of("wrong.json"), "w");
        rml_model model = {0};
        rml_error err = {0};

        assert_non_null(out);
        fputs(wrong[k].text, out);
        fclose(out);
        assert_int_not_equal(rml_model_read(path_of("wrong.json"), &model, &err), RML_OK);
        if (!strstr(err.text, wrong[k].sentence)) fail_msg("«%s» expected in: %s", wrong[k].sentence, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_says_what_the_fit_says), cmocka_unit_test(numbers_that_are_none_come_back),
        cmocka_unit_test(a_broken_file_is_refused),        cmocka_unit_test(edited_trees_are_refused),
        cmocka_unit_test(wrong_members_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
