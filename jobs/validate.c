/* radmill validate: a model on patients with outcome, as it is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/model_json.h"
#include "jobs/validate_own.h"
#include "jobs/verbs.h"

enum { OUTCOME_KEY = 0x180, MAP_KEY, EVENT_KEY, TIME_KEY, CENTRE_KEY, SEX_KEY, AGE_KEY };

static const struct argp_option option_list[] = {
    {"outcome", OUTCOME_KEY, "COLUMN[=POSITIVE]", 0,
     "The outcome (required); POSITIVE, if given, must be what the model predicts", 1},
    {"map", MAP_KEY, "THEIRS=MODELS", 0,
     "THEIRS in the outcome's column is what the model calls MODELS, as in --map dead=1; may be given several times",
     1},
    {"event", EVENT_KEY, "COLUMN", 0,
     "Of a model of times: 1 the event, 0 none so far (default: the column that the model knows)", 1},
    {"time", TIME_KEY, "TIME", 0,
     "Of a model of times: judge probabilities at this time, in the outcome's unit; may be given several times", 1},
    {"centre", CENTRE_KEY, "COLUMN", 0, "Also each centre by itself", 1},
    {"sex", SEX_KEY, "COLUMN", 0, "Also each sex by itself", 1},
    {"age", AGE_KEY, "COLUMN", 0, "Also those below 50, from 50 to 65, and above 65", 1},
    {"out", 'o', "FOLDER", 0, "Tables: validation.csv, features.csv, about.csv, and more by the outcome (below)", 1},
    RML_MODEL_OPTIONS,
    {0}};

static const char doc[] =
    "Evaluates a model on patients with a known outcome that it was not fitted to. Nothing is fitted again: threshold "
    "and probabilities are the model's own."
    "\v"
    "Of a model of two classes, printed and in FOLDER: AUC with DeLong's interval; at the threshold frozen in "
    "model.json (told as a score and as a probability) sensitivity, specificity, PPV and NPV with Clopper-Pearson "
    "intervals; Brier score and log loss; calibration in the large and slope; the Hosmer-Lemeshow test (10 groups, as "
    "many degrees of freedom, since nothing was fitted to these patients); net benefit at thresholds from 0.01 to 0.99 "
    "beside treating all (net_benefit.csv).\n\n"
    "Of several classes: the mean over classes of the AUC of one against the others, each with DeLong's interval "
    "(classes.csv); log loss; accuracy, balanced accuracy; who was called what (confusion.csv). Of a number: R2, mean "
    "absolute error, Spearman's correlation, and the line of the observed on the predicted, slope and intercept with "
    "Student's intervals. Measures named without an interval have none.\n\n"
    "Of times to an event (--outcome TIME --event EVENT): Harrell's C-index with its interval, Uno's C, and at each "
    "--time "
    "AUC, Brier score, and the share with the event by then, predicted and observed (times.csv; in five parts of "
    "rising "
    "score calibration.csv); the calibration slope; below and above the cuts of the training patients, which "
    "model.json "
    "holds, curves, hazard ratio and log-rank test (cuts.csv, curves.csv). Weights for censoring are by these "
    "patients' own "
    "follow-up. Without --time: where a fifth, two, three and four of the patients with the event have had it.\n\n"
    "An interval whose standard error comes out as 0 is none, in files too: of a C-index or an AUC by pairs that all "
    "agree, and of the observed share before anybody had the event. A cut is tested where two events or more "
    "fell while patients of both sides were at risk.\n\n"
    "Each of it also by centre, sex and age. features.csv has for every feature how many of the patients with a score "
    "lack it or lie outside the range of the training rows, and how many have no score and lack it.\n\n"
    "Patients with a row that the model was trained on are counted (trained_on in validation.csv): of these it is "
    "apparent "
    "performance. They are found by their features' values, so that a rounded table may hold them unseen.\n\n"
    "What counts as positive, and the classes' names, are the model's. Another POSITIVE is refused: a model of y = 1 "
    "does not predict y = 0. A table that names the classes otherwise is read by --map: \"--outcome vital --map "
    "dead=1\", or where 1 and 2 stand for the model's 0 and 1, \"--map 1=0 --map 2=1\". Of a published score, which "
    "names no outcome, POSITIVE is what it predicts (default 1).\n\n"
    "Rows are taken as the model's study took them (`radmill score --help`). Patients without an outcome, and those "
    "without a score for want of a value, are left out, counted and named.\n\n"
    "Example: radmill validate sweep/model.json new.h5ad --clinical new.csv --by ID --outcome y --centre Centre -o "
    "validation\n\n"
    "Exit status: 0 done, 1 done with patients that have no score, 2 files that do not fit the model, 3 could not go "
    "on.";

static error_t take_outcome(rml_validating *x, char *argument, struct argp_state *state)
{
    char *mark = strchr(argument, '=');

    x->outcome = argument;
    if (mark) {
        *mark = '\0';
        x->positive = mark + 1;
    }
    if (!*x->outcome || (mark && !*x->positive))
        return rml_options_refuse(state, "--outcome: COLUMN or COLUMN=POSITIVE was expected");
    return 0;
}

static error_t add_map(rml_validating *x, char *argument, struct argp_state *state)
{
    char *mark = strchr(argument, '=');
    rml_condition *grown;

    if (!mark || mark == argument || !mark[1])
        return rml_options_refuse(state, "--map %s: THEIRS=MODELS was expected, such as dead=1", argument);
    *mark = '\0';
    for (int32_t m = 0; m < x->n_maps; ++m)
        if (rml_text_same(x->map[m].column, argument))
            return rml_options_refuse(state, "--map: %s is %s and %s; one was expected", argument, x->map[m].value,
                                      mark + 1);
    grown = realloc(x->map, ((size_t)x->n_maps + 1) * sizeof *grown);
    if (!grown) return rml_options_refuse(state, "no memory");
    x->map = grown;
    grown[x->n_maps++] = (rml_condition){argument, mark + 1};
    return 0;
}

/* Into its place among those before. */
static error_t add_time(rml_validating *x, const char *argument, struct argp_state *state)
{
    double time;
    int32_t at = 0;

    if (!rml_text_number(argument, &time) || !(time > 0.0) || !isfinite(time))
        return rml_options_refuse(state, "--time %s; a number above 0, in the unit of the outcome, was expected",
                                  argument);
    while (at < x->n_times && x->time[at] < time) ++at;
    if (at < x->n_times && x->time[at] == time) return 0;
    if (x->n_times == RML_VALIDATION_TIMES)
        return rml_options_refuse(state, "--time: at most %d were expected", RML_VALIDATION_TIMES);
    for (int32_t k = x->n_times++; k > at; --k) x->time[k] = x->time[k - 1];
    x->time[at] = time;
    return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_validating *x = state->input;

    switch (key) {
    case OUTCOME_KEY: return take_outcome(x, argument, state);
    case MAP_KEY: return add_map(x, argument, state);
    case EVENT_KEY: x->event = argument; return 0;
    case TIME_KEY: return add_time(x, argument, state);
    case CENTRE_KEY: x->by[1] = argument; return 0;
    case SEX_KEY: x->by[2] = argument; return 0;
    case AGE_KEY: x->by[3] = argument; return 0;
    case 'o': x->out = argument; return 0;
    case ARGP_KEY_END:
        if (x->common.request.table && !x->outcome) return rml_options_refuse(state, "--outcome COLUMN is missing");
        break;
    default: break;
    }
    return rml_model_option(&x->common, key, argument, state);
}

static void validated_free(rml_validated *v)
{
    for (int32_t g = 0; g < v->n_groups; ++g) {
        rml_validation_classes_free(&v->group[g].classes);
        rml_validation_time_free(&v->group[g].time);
    }
    rml_model_scores_free(&v->scores);
    rml_model_rows_free(&v->rows);
    rml_model_free(&v->model);
    free(v->patient);
    free(v->y);
    free(v->code);
    free(v->truth);
    free(v->event);
    free(v->decision);
    free(v->probability);
    free(v->without_outcome);
    free(v->unscored);
    free(v->unscored_patient);
    free(v->group);
}

static rml_status validate(const void *options, int *exit_status, rml_error *err)
{
    const rml_validating *x = options;
    const char *read[RML_VALIDATE_KINDS + 2] = {x->outcome};
    double landmark;
    rml_validated v = {0};
    rml_rows_request request = x->common.request;
    rml_status status = rml_model_read(x->common.model, &v.model, err);

    if (status == RML_OK) status = rml_file_sum_of(x->common.model, &v.model_sum, err);
    request.one_a_patient = true;
    request.read = read;
    request.n_read = 1;
    for (int32_t kind = 1; kind < RML_VALIDATE_KINDS; ++kind)
        if (x->by[kind]) read[request.n_read++] = x->by[kind];
    if (status == RML_OK && v.model.outcome == RML_OUTCOME_TIME)
        read[request.n_read++] = x->event ? x->event : v.model.event_column;
    if (status == RML_OK && v.model.landmark && !rml_text_number(v.model.landmark, &landmark))
        read[request.n_read++] = v.model.landmark;
    if (status == RML_OK) status = rml_model_rows_read(&v.model, &request, &v.rows, err);
    if (status == RML_OK) status = rml_model_score(&v.model, &v.rows, &v.scores, err);
    if (status == RML_OK) status = rml_validate_outcomes(x, &v, err);
    if (status == RML_OK) status = rml_validate_groups(x, &v, err);
    if (status == RML_OK && x->out) status = rml_validate_write(&v, &x->common, x->out, err);
    if (status == RML_OK) {
        rml_validate_print(x, &v);
        *exit_status = v.n_unscored > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    }
    validated_free(&v);
    return status;
}

int rml_verb_validate(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "MODEL.json TABLE", doc, NULL, NULL, NULL};
    rml_validating x = {0};
    const int exit_status = rml_model_verb("validate", &argp, argc, argv, &x, &x.common, validate);

    free(x.map);
    return exit_status;
}
