/* 1. Names
 * 2. What every fit has: settings, arrays
 * 3. Steps
 * 4. Models
 * 5. One selection in one split
 * 6. The file */
#include "jobs/sweep_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/h5_tree.h"
#include "jobs/sweep_tables.h"
#include "jobs/version.h"

enum { PATH_ROOM = 2048 }; /* of a path in the file */

typedef struct rml_h5_sources {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    const rml_board *board;
    rml_h5_tree *tree;
    const char **name[2]; /* [widest] work: a step's names of columns, before and after */
    char (*made)[32];     /* [widest] names of columns that a step made; no step after it makes others */
} rml_h5_sources;

/* 1. Names --------------------------------------------------------------------------------------------------------- */

/* Folds by what they are called in the study; numbers from 1 where they are drawn. */
static void name_split(const rml_h5_sources *in, const rml_split *split, char name[256])
{
    const bool named = in->study->split != RML_SPLIT_KFOLD && in->study->split != RML_SPLIT_BOOTSTRAP;

    if (named)
        snprintf(name, 256, "%d_%.200s", split->repeat + 1, in->dataset->group_name[split->fold]);
    else
        snprintf(name, 256, "%d_%d", split->repeat + 1, split->fold + 1);
}

static void say_pipeline(const rml_h5_sources *in, int32_t pipeline)
{
    const rml_study *s = in->study;
    char name[160];

    if (pipeline < 0) return;
    snprintf(name, sizeof name, "%.70s/%.70s", s->select[pipeline / s->n_models].name,
             s->model[pipeline % s->n_models].name);
    rml_h5_tree_say(in->tree, NULL, "chosen", name);
}

/* 2. What every fit has: settings, arrays -------------------------------------------------------------------------- */

static void put_settings(const rml_h5_sources *in, const rml_kind *kind, const double *param)
{
    rml_h5_tree_enter(in->tree, "settings");
    for (int32_t p = 0; p < kind->n_params; ++p) {
        char value[512];

        rml_study_value(in->study, &kind->param[p], param[p], value, sizeof value);
        if (kind->param[p].type == RML_PARAM_NUMBER || kind->param[p].type == RML_PARAM_WHOLE)
            rml_h5_tree_say_number(in->tree, NULL, kind->param[p].name, param[p]);
        else
            rml_h5_tree_say(in->tree, NULL, kind->param[p].name, value);
    }
    rml_h5_tree_leave(in->tree);
}

/* names_in, names_out: what the datasets are called that name the columns of an array. */
static void put_fitted(const rml_h5_sources *in, const rml_fitted *fitted, const char *names_in, const char *names_out)
{
    rml_h5_tree_enter(in->tree, "fitted");
    rml_h5_tree_say(in->tree, NULL, "kind", fitted->kind);
    if (fitted->holds_rows) rml_h5_tree_say(in->tree, NULL, "note", "holds rows of patients");
    for (int32_t a = 0; a < fitted->n_arrays; ++a) {
        const rml_array *array = &fitted->array[a];

        rml_h5_tree_numbers(in->tree, array->name, array->n_rows == 1 ? 1 : 2, array->n_rows, array->n_columns,
                            array->value);
        if (array->by_column)
            rml_h5_tree_say(in->tree, array->name, "columns", array->n_columns == fitted->n_in ? names_in : names_out);
    }
    rml_h5_tree_leave(in->tree);
}

/* 3. Steps --------------------------------------------------------------------------------------------------------- */

/* The names of the columns that a step puts out; whether they are those that came in, one by one. */
static bool name_columns(const rml_h5_sources *in, const rml_fitted *fitted, const char *const *before,
                         const char **after)
{
    bool same = fitted->kept && fitted->n_out == fitted->n_in;

    for (int32_t k = 0; k < fitted->n_out; ++k) {
        if (!fitted->kept) snprintf(in->made[k], sizeof in->made[k], "component_%d", k + 1);
        after[k] = fitted->kept ? before[fitted->kept[k]] : in->made[k];
        same &= after[k] == before[k];
    }
    return same;
}

/* What the codes of a step's batches stand for. */
static void put_levels(const rml_h5_sources *in, const rml_step *step)
{
    for (int32_t p = 0; p < step->kind->n_params; ++p) {
        const int32_t f = step->kind->param[p].type == RML_PARAM_FACTOR ? (int32_t)step->param[p] : -1;

        if (f < 0) continue;
        rml_h5_tree_texts(in->tree, "levels", in->dataset->data.n_levels[f], in->dataset->level[f]);
        return;
    }
}

/* What the columns of a table are called, and the dataset that holds it. */
typedef struct rml_h5_columns {
    int32_t n;
    const char *const *name;
    const char *path;
} rml_h5_columns;

/* where: the path of the group that we are in. Leaves in `names` the path of the dataset that holds the names of what
 * the last step puts out. */
static void put_steps(const rml_h5_sources *in, const rml_chain *chain, const rml_h5_columns *columns,
                      const rml_nested *nested, const char *where, char names[PATH_ROOM])
{
    const char **before = in->name[0], **after = in->name[1];

    for (int32_t j = 0; j < columns->n; ++j) before[j] = columns->name[j];
    snprintf(names, PATH_ROOM, "%s", columns->path);
    rml_h5_tree_enter(in->tree, "steps");
    for (int32_t s = 0; s < nested->n_steps; ++s) {
        const rml_fitted *fitted = &nested->step[s];
        const char **swap;
        char name[64];

        snprintf(name, sizeof name, "%02d_%s", s + 1, chain->step[s].kind->name);
        rml_h5_tree_enter(in->tree, name);
        rml_h5_tree_link(in->tree, "features_in", names);
        if (name_columns(in, fitted, before, after)) {
            rml_h5_tree_link(in->tree, "features_out", names);
        } else {
            rml_h5_tree_texts(in->tree, "features_out", fitted->n_out, after);
            snprintf(names, PATH_ROOM, "%s/steps/%s/features_out", where, name);
        }
        put_settings(in, chain->step[s].kind, chain->step[s].param);
        put_levels(in, &chain->step[s]);
        put_fitted(in, fitted, "features_in", "features_out");
        rml_h5_tree_leave(in->tree);
        swap = before;
        before = after;
        after = swap;
    }
    rml_h5_tree_leave(in->tree);
}

/* 4. Models -------------------------------------------------------------------------------------------------------- */

static void put_inner(const rml_h5_sources *in, const rml_model_grid *grid, const rml_nested_model *model)
{
    char(*text)[512] = calloc((size_t)model->n_points + 1, sizeof *text);
    const char **setting = malloc(((size_t)model->n_points + 1) * sizeof *setting);

    rml_h5_tree_enter(in->tree, "inner");
    for (int32_t g = 0; text && setting && g < model->n_points; ++g) {
        rml_sweep_setting(in->study, grid, g, text[g]);
        setting[g] = text[g];
    }
    if (text && setting)
        rml_h5_tree_texts(in->tree, "setting", model->n_points, setting);
    else
        rml_h5_tree_no_memory(in->tree);
    rml_h5_tree_numbers(in->tree, "mean", 1, 1, model->n_points, model->mean);
    rml_h5_tree_numbers(in->tree, "se", 1, 1, model->n_points, model->se);
    if (model->status == RML_OK) rml_h5_tree_say_integer(in->tree, NULL, "used", model->best);
    rml_h5_tree_leave(in->tree);
    free(setting);
    free(text);
}

static void put_held_out(const rml_h5_sources *in, const rml_split *split, const rml_nested *nested,
                         const rml_nested_model *model)
{
    double *probability;

    rml_h5_tree_enter(in->tree, "held_out");
    rml_h5_tree_integers(in->tree, "patient", split->n_test, split->test);
    rml_h5_tree_numbers(in->tree, "decision", nested->n_scores > 1 ? 2 : 1, nested->n_scores, nested->n_test,
                        model->decision);
    if (in->study->outcome == RML_OUTCOME_CLASS) {
        probability = malloc(((size_t)nested->n_test + 1) * sizeof *probability);
        for (int32_t t = 0; probability && t < nested->n_test; ++t)
            probability[t] = rml_sweep_probability(model, model->decision[t]);
        if (probability)
            rml_h5_tree_numbers(in->tree, "probability", 1, 1, nested->n_test, probability);
        else
            rml_h5_tree_no_memory(in->tree);
        free(probability);
    }
    rml_h5_tree_leave(in->tree);
}

static void put_model(const rml_h5_sources *in, const rml_model_grid *grid, const rml_split *split,
                      const rml_nested *nested, const rml_nested_model *model, const char *names)
{
    rml_h5_tree_enter(in->tree, grid->name);
    rml_h5_tree_say(in->tree, NULL, "kind", grid->kind->name);
    put_inner(in, grid, model);
    if (model->status != RML_OK) {
        rml_h5_tree_say(in->tree, NULL, "failed", model->why);
        rml_h5_tree_leave(in->tree);
        return;
    }
    if (in->study->outcome == RML_OUTCOME_CLASS) {
        rml_h5_tree_say_number(in->tree, NULL, "threshold", model->threshold);
        rml_h5_tree_say_number(in->tree, NULL, "slope", model->slope);
        rml_h5_tree_say_number(in->tree, NULL, "intercept", model->intercept);
    }
    if (in->study->outcome == RML_OUTCOME_TIME) {
        rml_h5_tree_say_number(in->tree, NULL, "median_cut", model->middle);
        rml_h5_tree_say_number(in->tree, NULL, "learned_cut", model->cut);
    }
    rml_h5_tree_say_number(in->tree, NULL, "apparent", model->apparent);
    rml_h5_tree_link(in->tree, "features", names);
    put_settings(in, grid->kind, grid->point[model->best]);
    put_fitted(in, &model->fitted, "features", "features");
    if (split->n_test > 0) put_held_out(in, split, nested, model);
    rml_h5_tree_leave(in->tree);
}

/* 5. One selection in one split ------------------------------------------------------------------------------------ */

/* What a selection is given, and the grids of its models. */
typedef struct rml_h5_pipelines {
    const rml_h5_columns *columns;
    const rml_select *select;
    const rml_model_grid *model;
} rml_h5_pipelines;

/* where: the path of the group that we are in. */
static void put_nested(const rml_h5_sources *in, const rml_h5_pipelines *of, const rml_split *split,
                       const rml_nested *nested, const rml_error *why, const char *where)
{
    char names[PATH_ROOM];

    if (nested->n_models == 0) {
        rml_h5_tree_say(in->tree, NULL, "failed", why->text);
        return;
    }
    put_steps(in, &of->select->chain, of->columns, nested, where, names);
    rml_h5_tree_enter(in->tree, "models");
    for (int32_t m = 0; m < nested->n_models; ++m)
        put_model(in, &of->model[m], split, nested, &nested->model[m], names);
    rml_h5_tree_leave(in->tree);
}

/* A group of a group a split, of selection c of n. group: the one that we are in; nested, why: [n_splits * n]. */
static void put_fits(const rml_h5_sources *in, const char *group, const rml_h5_pipelines *of, int32_t c, int32_t n,
                     const rml_nested *nested, const rml_error *why)
{
    const rml_splits *splits = &in->plan->splits;

    rml_h5_tree_enter(in->tree, of->select->name);
    for (int32_t i = 0; i < splits->n; ++i) {
        const int64_t at = (int64_t)i * n + c;
        char name[256], of_select[256], of_split[256], where[PATH_ROOM / 2];

        name_split(in, &splits->split[i], name);
        rml_h5_tree_name(of->select->name, of_select);
        rml_h5_tree_name(name, of_split);
        snprintf(where, sizeof where, "/%s/%s/%s", group, of_select, of_split);
        rml_h5_tree_enter(in->tree, name);
        put_nested(in, of, &splits->split[i], &nested[at], &why[at], where);
        rml_h5_tree_leave(in->tree);
    }
    rml_h5_tree_leave(in->tree);
}

static void put_selections(const rml_h5_sources *in, const rml_h5_columns *features)
{
    const rml_study *s = in->study;

    rml_h5_tree_enter(in->tree, "fits");
    for (int32_t c = 0; c < s->n_selects; ++c)
        put_fits(in, "fits", &(const rml_h5_pipelines){features, &s->select[c], s->model}, c, s->n_selects,
                 in->results->outer, in->results->why);
    rml_h5_tree_leave(in->tree);
}

/* Controls may have other columns than the study's pipelines: their names stand at the root. */
static void put_controls(const rml_h5_sources *in, const rml_h5_columns *features)
{
    const rml_sweep_controls *controls = in->plan->control;
    const rml_h5_columns all = {in->dataset->all.n_columns, in->dataset->feature, "/control_features"};
    const rml_h5_columns combined = {controls->n_columns, (const char *const *)controls->column, "/combined_features"};
    const bool more = all.n != features->n;

    if (more) rml_h5_tree_texts(in->tree, "control_features", all.n, all.name);
    if (controls->combined >= 0) rml_h5_tree_texts(in->tree, "combined_features", combined.n, combined.name);
    rml_h5_tree_enter(in->tree, "controls");
    for (int32_t c = 0; c < controls->n; ++c) {
        const rml_h5_columns *own = c == controls->combined ? &combined : more ? &all : features;

        put_fits(in, "controls", &(const rml_h5_pipelines){own, &controls->select[c], &controls->model}, c, controls->n,
                 in->results->control, in->results->control_why);
    }
    rml_h5_tree_leave(in->tree);
}

static void put_final(const rml_h5_sources *in, const rml_h5_columns *features)
{
    rml_h5_tree_enter(in->tree, "final");
    say_pipeline(in, in->board->final);
    for (int32_t c = 0; c < in->study->n_selects; ++c) {
        char select[256], where[PATH_ROOM / 2];

        rml_h5_tree_name(in->study->select[c].name, select);
        snprintf(where, sizeof where, "/final/%s", select);
        rml_h5_tree_enter(in->tree, in->study->select[c].name);
        put_nested(in, &(const rml_h5_pipelines){features, &in->study->select[c], in->study->model},
                   &in->plan->all.split[0], &in->results->final[c], &in->results->final_why[c], where);
        rml_h5_tree_leave(in->tree);
    }
    rml_h5_tree_leave(in->tree);
}

/* 6. The file ------------------------------------------------------------------------------------------------------ */

static const char about[] =
    "/features and /patients are names; whatever numbers a patient counts from 0 in /patients. /centre: where the "
    "study "
    "names a column of it, each patient's. /cohort: rows and patients, and how many patients had no outcome or no line "
    "in "
    "the clinical file.\n"
    "/splits/REPEAT_FOLD: who trained and who was held out; chosen: the pipeline that the inner folds chose there.\n"
    "/fits/SELECT/REPEAT_FOLD: what one selection and the models after it made of that training part. steps: in their "
    "order, each with the names of the columns that came in and went out, its settings and its fitted arrays (columns "
    "says which names go with an array; levels what its rows stand for). models: each with the settings that were "
    "used, "
    "the inner score of every setting, the fitted arrays, and what it says of the held-out patients.\n"
    "/controls: the same of what stands beside the leaderboard as a control. \"clinical + chosen\" has columns of its "
    "own, /combined_features: its training patients' scores are those of the inner folds that held them out. Where "
    "clinical columns are for controls alone, the other controls' columns are /control_features.\n"
    "/final: the same, fitted to all patients.\n"
    "Names that are the same as before are links to them.\n";

static void put_splits(const rml_h5_sources *in)
{
    rml_h5_tree_enter(in->tree, "splits");
    for (int32_t i = 0; i < in->plan->splits.n; ++i) {
        const rml_split *split = &in->plan->splits.split[i];
        char name[256];

        name_split(in, split, name);
        rml_h5_tree_enter(in->tree, name);
        say_pipeline(in, in->board->chosen[i]);
        rml_h5_tree_integers(in->tree, "train", split->n_train, split->train);
        rml_h5_tree_integers(in->tree, "test", split->n_test, split->test);
        rml_h5_tree_leave(in->tree);
    }
    rml_h5_tree_leave(in->tree);
}

/* Who is in the study, who is not, and which centre each is of. */
static void put_cohort(const rml_h5_sources *in)
{
    const rml_data *data = &in->dataset->data;
    const char **centre;

    rml_h5_tree_enter(in->tree, "cohort");
    rml_h5_tree_say_integer(in->tree, NULL, "rows", data->n_rows);
    rml_h5_tree_say_integer(in->tree, NULL, "patients", data->n_patients);
    rml_h5_tree_say_integer(in->tree, NULL, "without_outcome", in->dataset->n_without_outcome);
    rml_h5_tree_say_integer(in->tree, NULL, "without_clinical", in->dataset->n_without_clinical);
    rml_h5_tree_leave(in->tree);
    if (!in->study->centre) return; /* the first factor, where the study names one */
    centre = malloc(((size_t)data->n_patients + 1) * sizeof *centre);
    for (int32_t p = 0; centre && p < data->n_patients; ++p) {
        const int32_t code = data->factor[0][data->first_row[p]];

        centre[p] = code >= 0 ? in->dataset->level[0][code] : "";
    }
    if (centre)
        rml_h5_tree_texts(in->tree, "centre", data->n_patients, centre);
    else
        rml_h5_tree_no_memory(in->tree);
    free(centre);
}

static void put_study(const rml_h5_sources *in)
{
    const rml_data *data = &in->dataset->data;
    char *study = NULL;
    size_t n = 0;
    FILE *text = open_memstream(&study, &n);

    rml_h5_tree_say(in->tree, NULL, "program", "radmill sweep");
    rml_h5_tree_say(in->tree, NULL, "version", rml_version());
    rml_h5_tree_say(in->tree, NULL, "commit", rml_version_commit());
    rml_h5_tree_say_integer(in->tree, NULL, "layout", 1);
    rml_h5_tree_text(in->tree, "about", about);
    if (text) rml_study_print(in->study, text);
    if (text && fclose(text) == 0)
        rml_h5_tree_text(in->tree, "study", study);
    else
        rml_h5_tree_no_memory(in->tree);
    free(study);
    rml_h5_tree_texts(in->tree, "features", data->x.n_columns, in->dataset->feature);
    rml_h5_tree_texts(in->tree, "patients", data->n_patients, in->dataset->patient);
    if (in->study->outcome == RML_OUTCOME_CLASSES)
        rml_h5_tree_texts(in->tree, "classes", data->n_classes, in->dataset->class_name);
    rml_h5_tree_numbers(in->tree, "outcome", 1, 1, data->n_patients, data->y);
    if (data->event) {
        int32_t *event = malloc(((size_t)data->n_patients + 1) * sizeof *event);

        for (int32_t p = 0; event && p < data->n_patients; ++p) event[p] = data->event[p];
        if (event)
            rml_h5_tree_integers(in->tree, "event", data->n_patients, event);
        else
            rml_h5_tree_no_memory(in->tree);
        free(event);
    }
    put_cohort(in);
}

rml_status rml_sweep_h5_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                              const rml_sweep_results *results, const rml_board *board, const char *folder,
                              rml_error *err)
{
    const rml_h5_columns features = {dataset->data.x.n_columns, dataset->feature, "/features"};
    const size_t widest = (size_t)dataset->all.n_columns + (size_t)plan->control->n_columns + 1; /* no step puts out
                                                                                                    more than come in */
    rml_h5_sources in = {study, dataset, plan, results, board, .made = malloc(widest * sizeof *in.made)};
    char *path = NULL;
    rml_status status = RML_OK;

    in.name[0] = malloc(widest * sizeof *in.name[0]);
    in.name[1] = malloc(widest * sizeof *in.name[1]);
    if (asprintf(&path, "%s/sweep.h5", folder) < 0) path = NULL;
    if (!path || !in.made || !in.name[0] || !in.name[1])
        status = rml_fail(err, RML_ENOMEM, "no memory for what was fitted");
    if (status == RML_OK) status = rml_h5_tree_create(path, &in.tree, err);
    if (status == RML_OK) {
        put_study(&in);
        put_splits(&in);
        put_selections(&in, &features);
        put_controls(&in, &features);
        put_final(&in, &features);
        status = rml_h5_tree_commit(in.tree, err);
    }
    free(path);
    free(in.made);
    free(in.name[0]);
    free(in.name[1]);
    return status;
}
