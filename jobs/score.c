/* radmill score: what a model says of new patients. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/inputs.h"
#include "jobs/model_json.h"
#include "jobs/model_options.h"
#include "jobs/model_scores.h"
#include "jobs/options.h"
#include "jobs/verbs.h"
#include "kernels/learn/baseline.h"

typedef struct rml_scoring {
    rml_model_options common;
    const char *csv;
    double time; /* NAN: none */
} rml_scoring;

enum { CSV_KEY = 0x180, TIME_KEY };

static const struct argp_option option_list[] = {
    {"csv", CSV_KEY, "FILE", 0, "The scores (required); an older FILE is replaced", 1},
    {"time", TIME_KEY, "T", 0,
     "Of a model of times: also the probability to be without the event at T (from its landmark, if it has one)", 1},
    RML_MODEL_OPTIONS,
    {0}};

static const char doc[] =
    "Applies a model to a table of features: the model.json of a sweep, or a published score."
    "\v"
    "TABLE is an h5ad file or a CSV. Columns are found by name; their order and others do not matter. A patient's "
    "score depends on that patient's rows alone, but for a centre that ComBat has not seen in a model of "
    "\"unseen: own\": such patients are adjusted by the rows of their centre in this table, and another table gives "
    "other scores.\n\n"
    "Rows are taken as the model's study took them: those of its \"rows\", put side by side as its \"pivot\" says, of "
    "several of a patient the largest, the mean of the features, or the mean of the scores as its \"rois\" says. "
    "model.json holds this; what is done is printed. --rows COLUMN=VALUE takes another value of one of these columns, "
    "or "
    "narrows the rows further; --all-rows asks none of these conditions, as for a model of one centre on others. A "
    "table whose columns are side by side already is taken as it is.\n\n"
    "FILE gets a line a row of TABLE (a line a patient where the model was trained on several rows of one): id, score, "
    "probability, positive (1 from the model's threshold on; which value of the outcome that is, is printed), "
    "survival with --time (the probability to be without the event then, by the training rows' baseline; of a model "
    "whose times begin at a landmark the column is survival_from_landmark, and T counts from there), "
    "n_out_of_range (features outside the range of the "
    "training rows), missing (features without a value: then there is no score, unless the model imputes or takes "
    "missing values) and trained_on (1 where the model was trained on this row, 0 where not, empty where model.json "
    "does "
    "not say).\n\n"
    "Example: radmill score sweep/model.json new.h5ad --csv scores.csv\n\n"
    "Exit status: 0 done, 1 done with patients that have no score, 2 a table that does not fit the model, 3 could not "
    "go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_scoring *x = state->input;

    if (key == CSV_KEY) {
        x->csv = argument;
        return 0;
    }
    if (key == TIME_KEY) {
        if (!rml_text_number(argument, &x->time) || !(x->time >= 0.0) || isinf(x->time))
            return rml_options_refuse(state, "--time %s: a number, 0 or more, was expected", argument);
        return 0;
    }
    if (key == ARGP_KEY_END && !x->csv && x->common.model) return rml_options_refuse(state, "--csv FILE is missing");
    return rml_model_option(&x->common, key, argument, state);
}

static void write_header(const rml_model *model, double time, FILE *out)
{
    char name[160];

    fputs("id", out);
    if (model->outcome == RML_OUTCOME_CLASSES) {
        for (int32_t c = 0; c < model->n_classes; ++c) {
            snprintf(name, sizeof name, "score_%.140s", model->class_name[c]);
            rml_csv_text(out, name, false);
        }
        fputs(",predicted", out);
    } else {
        fputs(model->outcome == RML_OUTCOME_CLASS ? ",score,probability,positive" : ",score", out);
        if (!isnan(time)) fputs(model->landmark ? ",survival_from_landmark" : ",survival", out);
    }
    fputs(",n_out_of_range,missing,trained_on\n", out);
}

static void write_predicted(const rml_model *model, const rml_model_scores *scores, int32_t p, FILE *out)
{
    int32_t best = 0;

    for (int32_t c = 1; c < model->n_classes; ++c)
        if (scores->decision[(int64_t)c * scores->n + p] > scores->decision[(int64_t)best * scores->n + p]) best = c;
    rml_csv_text(out, isnan(scores->decision[p]) ? "" : model->class_name[best], false);
}

static void write_scores(const rml_model *model, const rml_model_rows *rows, const rml_model_scores *scores,
                         double time, FILE *out)
{
    write_header(model, time, out);
    for (int32_t p = 0; p < scores->n; ++p) {
        const double decision = scores->decision[p];

        rml_csv_text(out, rows->id[p], true);
        for (int32_t s = 0; s < scores->n_scores; ++s)
            rml_csv_number(out, scores->decision[(int64_t)s * scores->n + p], false);
        if (model->outcome == RML_OUTCOME_CLASSES) write_predicted(model, scores, p, out);
        if (model->outcome == RML_OUTCOME_CLASS) {
            rml_csv_number(out, rml_model_probability(model, decision), false);
            rml_csv_number(out, isnan(decision) || isnan(model->threshold) ? NAN : decision >= model->threshold, false);
        }
        if (!isnan(time)) rml_csv_number(out, rml_baseline_survival(&model->fitted, time, decision), false);
        rml_csv_number(out, scores->n_out_of_range[p], false);
        rml_csv_text(out, scores->missing[p], false);
        rml_csv_number(out, model->trained ? scores->trained[p] : NAN, false);
        fputc('\n', out);
    }
}

/* A score, and a survival, are of who is still observed at the landmark: of nobody else, and of no earlier time. */
static void print_landmark(const rml_model *model, double time)
{
    double at;

    printf("  times begin at the model's landmark, %s%s",
           rml_text_number(model->landmark, &at) ? "" : "each patient's ", model->landmark);
    if (!isnan(time)) printf(": survival_from_landmark is that of %g more", time);
    printf("; scores are of patients who are without the event and observed then\n");
}

static rml_status score(const void *options, int *exit_status, rml_error *err)
{
    const rml_scoring *x = options;
    const char *const input[] = {x->common.model, x->common.request.table, x->common.request.clinical};
    rml_model model = {0};
    rml_model_rows rows = {0};
    rml_model_scores scores = {0};
    rml_file_writer file;
    int32_t n_unscored = 0, n_outside = 0, n_trained = 0;
    rml_status status = rml_model_read(x->common.model, &model, err);

    if (status == RML_OK && !isnan(x->time) && model.outcome != RML_OUTCOME_TIME)
        status = rml_fail(err, RML_ESETTING, "--time: %s predicts %s; it is for a model of times to an event",
                          x->common.model, rml_study_outcome_kind(model.outcome));
    if (status == RML_OK && !isnan(x->time) && x->time > rml_fitted_number(&model.fitted, "followed"))
        status =
            rml_fail(err, RML_ESETTING,
                     "--time %g: no patient that %s was trained on was followed so long%s; at most %g was expected",
                     x->time, x->common.model, model.landmark ? " from the landmark on" : "",
                     rml_fitted_number(&model.fitted, "followed"));
    if (status == RML_OK) status = rml_model_rows_read(&model, &x->common.request, &rows, err);
    if (status == RML_OK) status = rml_model_score(&model, &rows, &scores, err);
    if (status == RML_OK) status = rml_inputs_spare("--csv", NULL, x->csv, input, sizeof input / sizeof *input, err);
    if (status == RML_OK) status = rml_file_create(x->csv, &file, err);
    if (status == RML_OK) {
        write_scores(&model, &rows, &scores, x->time, file.stream);
        status = rml_file_commit(&file, err);
    }
    for (int32_t p = 0; status == RML_OK && p < scores.n; ++p) {
        n_unscored += isnan(scores.decision[p]);
        n_outside += scores.n_out_of_range[p] > 0;
        n_trained += scores.trained[p];
    }
    if (status == RML_OK) {
        rml_model_introduce(&model, &rows);
        printf("%s: %d scored, %d without a score for want of a value", x->csv, scores.n - n_unscored, n_unscored);
        if (n_outside > 0) printf("; %d with features outside the training range", n_outside);
        printf("\n");
        if (model.landmark) print_landmark(&model, x->time);
        if (n_trained > 0)
            printf(
                "  %d of %d are rows that the model was trained on (`trained_on`): what it says of them is apparent\n",
                n_trained, scores.n);
        rml_model_scores_print_lacking(&model, &rows, &scores, NULL, 0);
        rml_model_scores_print_own(&model, &rows, &scores);
        *exit_status = n_unscored > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    }
    rml_model_scores_free(&scores);
    rml_model_rows_free(&rows);
    rml_model_free(&model);
    return status;
}

int rml_verb_score(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "MODEL.json TABLE", doc, NULL, NULL, NULL};
    rml_scoring x = {.time = NAN};

    return rml_model_verb("score", &argp, argc, argv, &x, &x.common, score);
}
