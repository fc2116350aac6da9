/* radmill select: one selection of a study, fitted to all of its patients.
 *
 * 1. Options
 * 2. The fit
 * 3. Which column each kept one was, and what the steps said of it
 * 4. The table and the summary
 * 5. The verb */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/inputs.h"
#include "jobs/nearest.h"
#include "jobs/options.h"
#include "jobs/sweep_plan.h"
#include "jobs/verbs.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_selecting {
    const char *study_path, *select, *csv;
    char *text; /* of the study file */
    rml_study study;
    rml_blob bytes;
    rml_dataset dataset;
    const rml_select *chosen;
    rml_sample sample;
    rml_fitted *step; /* [chosen->chain.n] */
    int32_t n_kept;   /* columns in the end */
    int32_t *place;   /* [chain.n + 1][n_kept] of kept column k among those that go into step s; -1: not yet made */
    int32_t n_all;    /* columns before the first step */
} rml_selecting;

enum { SELECT_KEY = 0x180, CSV_KEY };

static const struct argp_option option_list[] = {
    {"csv", CSV_KEY, "FILE", 0, "The kept features (required); an older FILE is replaced", 1},
    {"select", SELECT_KEY, "NAME", 0, "The selection, as the study names it (needed when there are several)", 1},
    {0}};

static const char doc[] =
    "Fits the preparation and one selection of a study to all of its patients, and lists the features that are kept."
    "\v"
    "NOT BEFORE A SPLIT. These features were chosen with every patient's outcome in sight; a model that is then judged "
    "on the same patients is judged too well. `radmill sweep` chooses anew inside the training part of every fold and "
    "says how often each feature came up; this is the list that the whole table gives, for description and use "
    "elsewhere.\n\n"
    "STUDY.yaml is a study as `radmill sweep` takes it; its split, models and controls are not used. FILE gets a line "
    "a feature in the order in which the last step gives them (mRMR: of choice): place, feature, and what the steps "
    "said of it (icc, univariate_p, mrmr_score, lasso_coefficient, relief_weight, boruta_importance).\n\n"
    "Example: radmill select study.yaml --select mrmr-rfe --csv kept.csv\n\n"
    "Exit status: 0 done, 2 wrong study, 3 could not go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_selecting *x = state->input;

    switch (key) {
    case SELECT_KEY: x->select = argument; return 0;
    case CSV_KEY: x->csv = argument; return 0;
    case ARGP_KEY_ARG:
        if (x->study_path)
            return rml_options_refuse(state, "one study was expected, but %s follows %s", argument, x->study_path);
        x->study_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->study_path) return rml_options_refuse(state, "which study? A YAML file was expected");
        if (!x->csv) return rml_options_refuse(state, "--csv FILE is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. The fit ------------------------------------------------------------------------------------------------------- */

static rml_status choose(rml_selecting *x, rml_error *err)
{
    const rml_study *s = &x->study;
    const char **names = malloc(((size_t)s->n_selects + 1) * sizeof *names), *near = NULL;

    if (!names) return rml_fail(err, RML_ENOMEM, "no memory for the study");
    if (!x->select && s->n_selects == 1) x->chosen = &s->select[0];
    for (int32_t c = 0; c < s->n_selects; ++c) {
        names[c] = s->select[c].name;
        if (x->select && strcmp(x->select, names[c]) == 0) x->chosen = &s->select[c];
    }
    near = x->select ? rml_nearest(x->select, names, s->n_selects) : NULL;
    free(names);
    if (x->chosen) return RML_OK;
    if (!x->select)
        return rml_fail(err, RML_ESETTING, "%s has %d selections, such as %s; --select NAME was expected", s->path,
                        s->n_selects, s->select[0].name);
    return rml_fail(err, RML_ESETTING, "--select %s: %s has no such selection%s%s%s", x->select, s->path,
                    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static rml_status read_study(rml_selecting *x, rml_error *err)
{
    size_t n_bytes = 0;
    rml_status status = rml_study_file_read(x->study_path, &x->text, &n_bytes, err);

    if (status == RML_OK) status = rml_study_parse(x->text, n_bytes, x->study_path, &x->study, err);
    if (status == RML_OK && x->study.n_outcomes > 1)
        status = rml_fail(err, RML_ESETTING, "%s lists %d outcomes; a study of one was expected", x->study_path,
                          x->study.n_outcomes);
    if (status == RML_OK) status = choose(x, err);
    if (status == RML_OK) status = rml_dataset_read(&x->study, &x->bytes, err);
    if (status != RML_OK) return status;
    status = rml_dataset_unpack(x->bytes.bytes, x->bytes.n_bytes, &x->dataset);
    return status == RML_OK ? status : rml_fail(err, status, "the study's table could not be taken apart");
}

static rml_status fit(rml_selecting *x, rml_error *err)
{
    const rml_chain *chain = &x->chosen->chain;
    const int32_t n = x->dataset.data.n_patients;
    int32_t *all = malloc(((size_t)n + 1) * sizeof *all);
    rml_status status = RML_ENOMEM;

    x->step = calloc((size_t)chain->n + 1, sizeof *x->step);
    for (int32_t p = 0; all && p < n; ++p) all[p] = p;
    if (all && x->step) status = rml_sample_gather(&x->dataset.data, all, n, true, &x->sample);
    free(all);
    if (status != RML_OK) return rml_fail(err, status, "no memory for %d patients", n);
    return rml_chain_fit(chain, &x->sample, rml_sweep_seed(&x->study, -1), x->step, err);
}

/* 3. Which column each kept one was, and what the steps said of it ------------------------------------------------- */

static rml_status trace(rml_selecting *x, rml_error *err)
{
    const int32_t n_steps = x->chosen->chain.n;

    assert(n_steps >= 0);
    x->n_all = x->dataset.data.x.n_columns;
    x->n_kept = n_steps > 0 ? x->step[n_steps - 1].n_out : x->n_all;
    x->place = malloc(((size_t)n_steps + 1) * ((size_t)x->n_kept + 1) * sizeof *x->place);
    if (!x->place) return rml_fail(err, RML_ENOMEM, "no memory for the kept features");
    for (int32_t k = 0; k < x->n_kept; ++k) {
        int32_t at = k;

        for (int32_t s = n_steps; s >= 0; --s) {
            x->place[(int64_t)s * x->n_kept + k] = at;
            if (s > 0) at = at >= 0 && x->step[s - 1].kept ? x->step[s - 1].kept[at] : -1;
        }
    }
    return RML_OK;
}

/* What a step that leaves columns out says of each that came in: its score. Others have none to show. */
static const rml_array *score_of(const rml_selecting *x, int32_t s)
{
    const rml_fitted *fitted = &x->step[s];

    if (x->chosen->chain.step[s].kind->apply || !fitted->kept) return NULL;
    for (int32_t a = 0; a < fitted->n_arrays; ++a)
        if (fitted->array[a].by_column && fitted->array[a].n_rows == 1 && fitted->array[a].n_columns == fitted->n_in)
            return &fitted->array[a];
    return NULL;
}

/* "mrmr_score", "icc"; a step's second time "mrmr_score_2". */
static void name_score(const rml_selecting *x, int32_t s, char name[64])
{
    const rml_kind *kind = x->chosen->chain.step[s].kind;
    const rml_array *score = score_of(x, s);
    const bool same = strcmp(kind->name, score->name) == 0;
    int32_t time = 1;

    for (int32_t t = 0; t < s; ++t) time += x->chosen->chain.step[t].kind == kind;
    snprintf(name, 64, "%s%s%s", kind->name, same ? "" : "_", same ? "" : score->name);
    if (time > 1) snprintf(name + strlen(name), 64 - strlen(name), "_%d", time);
}

static const char *feature_of(const rml_selecting *x, int32_t k, char made[32])
{
    const int32_t j = x->place[k];

    if (j >= 0) return x->dataset.feature[j];
    snprintf(made, 32, "component_%d", k + 1);
    return made;
}

/* 4. The table and the summary ------------------------------------------------------------------------------------- */

static rml_status write_table(const rml_selecting *x, rml_error *err)
{
    const int32_t n_steps = x->chosen->chain.n;
    rml_file_writer file;
    rml_status status = rml_file_create(x->csv, &file, err);
    char text[64];

    if (status != RML_OK) return status;
    fputs("place,feature", file.stream);
    for (int32_t s = 0; s < n_steps; ++s) {
        if (!score_of(x, s)) continue;
        name_score(x, s, text);
        rml_csv_text(file.stream, text, false);
    }
    fputc('\n', file.stream);
    for (int32_t k = 0; k < x->n_kept; ++k) {
        rml_csv_number(file.stream, k + 1, true);
        rml_csv_text(file.stream, feature_of(x, k, text), false);
        for (int32_t s = 0; s < n_steps; ++s) {
            const int32_t at = x->place[(int64_t)s * x->n_kept + k];

            if (score_of(x, s)) rml_csv_number(file.stream, at < 0 ? NAN : score_of(x, s)->value[at], false);
        }
        fputc('\n', file.stream);
    }
    return rml_file_commit(&file, err);
}

static void print_summary(const rml_selecting *x)
{
    enum { SHOWN = 30 };
    const rml_chain *chain = &x->chosen->chain;
    char made[32];

    printf("%s: %s of %s, fitted to all %d patients\n  %d features", x->csv, x->chosen->name, x->study_path,
           x->dataset.data.n_patients, x->n_all);
    for (int32_t s = 0; s < chain->n; ++s) printf(", %s %d", chain->step[s].kind->name, x->step[s].n_out);
    printf("\n");
    for (int32_t k = 0; k < x->n_kept && k < SHOWN; ++k) printf("  %3d  %s\n", k + 1, feature_of(x, k, made));
    if (x->n_kept > SHOWN) printf("  and %d others\n", x->n_kept - SHOWN);
    printf("\nNOT BEFORE A SPLIT: these were chosen with every patient's outcome in sight, so a model that is judged "
           "on the same patients is judged too well.\nThe list is for description and use elsewhere; `radmill sweep` "
           "chooses anew in the training part of every fold.\n");
}

/* 5. The verb ------------------------------------------------------------------------------------------------------ */

int rml_verb_select(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    rml_selecting x = {0};
    rml_error err = {0};
    int exit_status = rml_options_parse(&argp, argc, argv, &x);
    rml_status status = RML_OK;

    if (exit_status < 0 && rml_first_rank()) {
        status = read_study(&x, &err);
        if (status == RML_OK) status = rml_inputs_spare_study("--csv", NULL, x.csv, &x.study, &err);
        if (status == RML_OK) status = fit(&x, &err);
        if (status == RML_OK) status = trace(&x, &err);
        if (status == RML_OK) status = write_table(&x, &err);
        if (status == RML_OK) print_summary(&x);
    }
    if (x.step) rml_chain_fitted_free(&x.chosen->chain, x.step);
    free(x.step);
    free(x.place);
    rml_sample_free(&x.sample);
    rml_dataset_free(&x.dataset);
    rml_blob_free(&x.bytes);
    rml_study_free(&x.study);
    free(x.text);
    if (exit_status >= 0) return exit_status;
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("select", &err);
    return status == RML_ENOMEM || status == RML_EIO ? RML_EXIT_CANNOT : RML_EXIT_USAGE;
}
