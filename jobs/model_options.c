#include "jobs/model_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/patients.h"
#include "jobs/verbs.h"

error_t rml_model_option(rml_model_options *options, int key, char *argument, struct argp_state *state)
{
    rml_rows_request *request = &options->request;
    error_t wrong;

    switch (key) {
    case RML_MODEL_ID_KEY: request->id = argument; return 0;
    case RML_MODEL_ROWS_KEY:
        wrong = rml_options_condition(&options->condition, &request->n_conditions, argument, state);
        request->condition = options->condition;
        return wrong;
    case RML_MODEL_ALL_KEY: request->all_rows = true; return 0;
    case RML_MODEL_CLINICAL_KEY: request->clinical = argument; return 0;
    case RML_MODEL_BY_KEY: request->by = argument; return 0;
    case RML_MODEL_ALLOW_KEY: request->allow_parameters = true; return 0;
    case ARGP_KEY_ARG:
        if (request->table)
            return rml_options_refuse(state, "a model and a table were expected, but %s follows %s", argument,
                                      request->table);
        *(options->model ? &request->table : &options->model) = argument;
        return 0;
    case ARGP_KEY_END:
        request->model = options->model;
        if (!options->model) return rml_options_refuse(state, "which model? A model.json and a table were expected");
        if (!request->table) return rml_options_refuse(state, "which table? An h5ad file or a CSV was expected");
        if (!request->clinical != !request->by)
            return rml_options_refuse(state, "--clinical FILE and --by COLUMN go together");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

void rml_model_options_free(rml_model_options *options)
{
    free(options->condition);
    *options = (rml_model_options){0};
}

static void print_unmatched(const rml_model_rows *rows)
{
    const char *name[RML_PATIENTS_PRINTED];
    int32_t n = 0;

    for (int32_t p = 0; p < rows->data.n_patients && n < RML_PATIENTS_PRINTED; ++p)
        if (rows->clinical_row[p] < 0) name[n++] = rows->id[p];
    rml_patients_print("  ", "patients of the table are not in the clinical file", rows->n_without_clinical, name);
}

static void print_conditions(const char *what, const rml_condition *condition, int32_t n)
{
    printf("%s", what);
    for (int32_t c = 0; c < n; ++c) printf("%s%s = %s", c > 0 ? ", " : "", condition[c].column, condition[c].value);
}

/* Which rows are used, and what becomes of several of a patient. */
static void print_rows(const rml_model *model, const rml_model_rows *rows)
{
    static const char *const become[] = {[RML_ROIS_ONE] = "each scored by itself, as the model says nothing of them",
                                         [RML_ROIS_LARGEST] = "the largest counts, as the model says",
                                         [RML_ROIS_MEAN] = "the means of their features count, as the model says",
                                         [RML_ROIS_SEPARATE] = "the mean of their scores counts, as the model says"};
    const int32_t n_own = rows->n_conditions - rows->n_of_model;

    if (rows->n_of_model > 0) print_conditions("  rows, as in the model's study: ", rows->condition, rows->n_of_model);
    if (n_own > 0)
        print_conditions(
            rows->n_of_model > 0 ? "; by --rows: " : "  rows, by --rows: ", rows->condition + rows->n_of_model, n_own);
    if (rows->n_conditions > 0)
        printf("; %lld other%s left out\n", (long long)rows->n_left_out, rows->n_left_out == 1 ? "" : "s");
    if (rows->n_absent > 0) {
        print_conditions("  the model's study took rows with ", rows->absent, rows->n_absent);
        printf(": the table has no such column%s, all its rows count\n", rows->n_absent == 1 ? "" : "s");
    }
    if (rows->all_rows && model->n_conditions > 0) {
        print_conditions("  the model's study took rows with ", model->condition, model->n_conditions);
        printf(": not asked (--all-rows)\n");
    }
    if (rows->side_by_side) {
        printf("  rows of a patient side by side by ");
        for (int32_t b = 0; b < model->pivot.n_by; ++b) printf("%s%s", b > 0 ? ", " : "", model->pivot.by[b]);
        if (model->pivot.from)
            printf(" (%s less %s%s)", model->pivot.to, model->pivot.from,
                   model->pivot.relative ? ", over the latter" : "");
        printf(", as in the model's study: %d patients; %lld without one of these rows\n", rows->data.n_patients,
               (long long)rows->pivoted.n_without);
    } else if (model->pivot.n_by > 0)
        printf("  the table has the model's features side by side already\n");
    if (rows->numbered)
        printf(
            "  no column names the patients (\"%s\" was looked for): rows are numbered from 1; --id COLUMN names one\n",
            model->patient ? model->patient : "id");
    if (rows->n_repeated > 0)
        printf("  %d patient%s several rows (%lld in all): %s\n", rows->n_repeated,
               rows->n_repeated == 1 ? " has" : "s have", (long long)rows->n_repeated_rows, become[model->rois]);
}

void rml_model_introduce(const rml_model *model, const rml_model_rows *rows)
{
    const rml_model_estimate *e = &model->estimate;

    printf("%s: %d feature%s", model->name, model->n_features, model->n_features == 1 ? "" : "s");
    if (model->n_patients > 0) printf(", fitted to %d patients", model->n_patients);
    if (model->n_patients > 0 && model->outcome == RML_OUTCOME_CLASS)
        printf(" (%d positive: %s = %s)", model->n_positive, model->outcome_column, model->positive);
    if (model->source) printf("; %s", model->source);
    printf("\n");
    if (e->metric)
        printf("  cross-validated %s of the whole procedure: %.3f (%.3f to %.3f)\n", e->metric, e->mean, e->low,
               e->high);
    print_rows(model, rows);
    if (rows->n_without_clinical > 0) print_unmatched(rows);
    if (rows->parameters_unknown)
        printf("  the table does not say with which parameters its features were extracted: not compared\n");
    if (rows->parameters_differ)
        printf("  the table was extracted with other parameters than the model's (--allow-parameters)\n");
}

int rml_model_verb(const char *verb, const struct argp *argp, int argc, char **argv, void *options,
                   rml_model_options *common, rml_model_run *run)
{
    rml_error err = {0};
    int exit_status = rml_options_parse(argp, argc, argv, options);
    rml_status status = RML_OK;

    if (exit_status < 0) {
        exit_status = RML_EXIT_DONE;
        if (rml_first_rank()) status = run(options, &exit_status, &err);
    }
    rml_model_options_free(common);
    if (status == RML_OK) return exit_status;
    rml_complain(verb, &err);
    return status == RML_ENOMEM || status == RML_EIO ? RML_EXIT_CANNOT : RML_EXIT_USAGE;
}
