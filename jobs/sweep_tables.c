/* 1. What the tables share
 * 2. Predictions
 * 3. Selected features
 * 4. Leaderboard
 * 5. Settings
 * 6. Failures
 * 7. Timings */
#include "jobs/sweep_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"

/* 1. What the tables share ----------------------------------------------------------------------------------------- */

typedef struct rml_sources {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    const rml_board *board;
} rml_sources;

typedef void writer(const rml_sources *in, FILE *out);

static rml_status write_table(const rml_sources *in, const char *folder, const char *name, writer *write,
                              rml_error *err)
{
    rml_file_writer file;
    rml_status status = rml_file_create_in(folder, name, &file, err);

    if (status != RML_OK) return status;
    write(in, file.stream);
    return rml_file_commit(&file, err);
}

static void put_whole(FILE *out, int64_t value)
{
    fprintf(out, ",%lld", (long long)value);
}

/* Folds by what they are called in the study; numbers from 1 where they are drawn. */
static void put_split(const rml_sources *in, const rml_split *split, FILE *out)
{
    const bool named = in->study->split != RML_SPLIT_KFOLD && in->study->split != RML_SPLIT_BOOTSTRAP;

    if (split == &in->plan->all.split[0]) {
        fputs(",all,all", out);
        return;
    }
    put_whole(out, split->repeat + 1);
    if (named)
        rml_csv_text(out, in->dataset->group_name[split->fold], false);
    else
        put_whole(out, split->fold + 1);
}

/* 2. Predictions --------------------------------------------------------------------------------------------------- */

static void put_predictions(const rml_sources *in, const char *pipeline, int32_t i, const rml_nested_model *model,
                            FILE *out)
{
    const rml_split *split = &in->plan->splits.split[i];
    const int32_t n_scores = in->study->outcome == RML_OUTCOME_CLASSES ? in->dataset->data.n_classes : 1;

    for (int32_t t = 0; t < split->n_test; ++t) {
        const int32_t patient = split->test[t];

        rml_csv_text(out, pipeline, true);
        put_split(in, split, out);
        rml_csv_text(out, in->dataset->patient[patient], false);
        if (in->study->outcome == RML_OUTCOME_CLASSES)
            rml_csv_text(out, in->dataset->class_name[(int32_t)in->plan->y[patient]], false);
        else
            rml_csv_number(out, in->plan->y[patient], false);
        if (in->plan->event) put_whole(out, in->plan->event[patient]);
        for (int32_t s = 0; s < n_scores; ++s)
            rml_csv_number(out, model->decision[(int64_t)s * split->n_test + t], false);
        if (in->study->outcome == RML_OUTCOME_CLASS) {
            rml_csv_number(out, rml_sweep_probability(model, model->decision[t]), false);
            if (isnan(model->threshold))
                fputs(",", out);
            else
                put_whole(out, model->decision[t] >= model->threshold);
        }
        fputc('\n', out);
    }
}

static void write_predictions(const rml_sources *in, FILE *out)
{
    const rml_study *s = in->study;
    const int32_t n_pipelines = s->n_selects * s->n_models;
    char name[160];

    fputs(s->outcome == RML_OUTCOME_TIME ? "pipeline,repeat,fold,id,time,event" : "pipeline,repeat,fold,id,y", out);
    if (s->outcome == RML_OUTCOME_CLASSES)
        for (int32_t c = 0; c < in->dataset->data.n_classes; ++c) {
            snprintf(name, sizeof name, "score_%.100s", in->dataset->class_name[c]);
            rml_csv_text(out, name, false);
        }
    else
        fputs(",score", out);
    fputs(s->outcome == RML_OUTCOME_CLASS ? ",probability,positive\n" : "\n", out);
    for (int32_t p = -1; p < n_pipelines; ++p)
        for (int32_t i = 0; i < in->plan->splits.n; ++i) {
            const int32_t speaker = p < 0 ? in->board->chosen[i] : p;
            const rml_nested *nested;

            if (speaker < 0) continue;
            nested = &in->results->outer[(int64_t)i * s->n_selects + speaker / s->n_models];
            if (nested->n_models == 0 || nested->model[speaker % s->n_models].status != RML_OK) continue;
            if (p < 0)
                snprintf(name, sizeof name, "chosen");
            else
                snprintf(name, sizeof name, "%.70s/%.70s", s->select[p / s->n_models].name,
                         s->model[p % s->n_models].name);
            put_predictions(in, name, i, &nested->model[speaker % s->n_models], out);
        }
    for (int32_t c = 0; c < in->plan->control->n; ++c)
        for (int32_t i = 0; i < in->plan->splits.n; ++i) {
            const rml_nested *nested = &in->results->control[(int64_t)i * in->plan->control->n + c];

            if (nested->n_models > 0 && nested->model[0].status == RML_OK)
                put_predictions(in, in->plan->control->select[c].name, i, &nested->model[0], out);
        }
}

/* 3. Selected features --------------------------------------------------------------------------------------------- */

static void put_selected(const rml_sources *in, int32_t c, const rml_split *split, const rml_nested *nested, FILE *out)
{
    const rml_chain *chain = &in->study->select[c].chain;
    const int32_t n = nested->n_steps > 0 ? nested->step[nested->n_steps - 1].n_out : in->dataset->data.x.n_columns;

    for (int32_t k = 0; k < n; ++k) {
        const int32_t j = rml_chain_column(chain, nested->step, k);
        char made[32];

        snprintf(made, sizeof made, "component_%d", k + 1);
        rml_csv_text(out, in->study->select[c].name, true);
        if (split)
            put_split(in, split, out);
        else
            fputs(",all,all", out);
        rml_csv_text(out, j >= 0 ? in->dataset->feature[j] : made, false);
        fputc('\n', out);
    }
}

static void write_selected(const rml_sources *in, FILE *out)
{
    const rml_study *s = in->study;

    fputs("select,repeat,fold,feature\n", out);
    for (int32_t c = 0; c < s->n_selects; ++c) {
        if (in->results->final[c].n_models > 0) put_selected(in, c, NULL, &in->results->final[c], out);
        for (int32_t i = 0; i < in->plan->splits.n; ++i) {
            const rml_nested *nested = &in->results->outer[(int64_t)i * s->n_selects + c];

            if (nested->n_models > 0) put_selected(in, c, &in->plan->splits.split[i], nested, out);
        }
    }
}

/* 4. Leaderboard --------------------------------------------------------------------------------------------------- */

static void write_board(const rml_sources *in, FILE *out)
{
    const char *metric = rml_metric_name(in->study->inner.metric);
    const char *fixed = in->study->outcome == RML_OUTCOME_TIME ? "jackknife" : "delong";

    fprintf(
        out,
        "pipeline,corrected_for_choice,control,splits,failed,%s,%s_low,%s_high,%s_pooled,%s_apparent,optimism,%s_inner,"
        "permutation_p,permutation_observed,permutation_chance,permutations,permutations_failed,selection_stability,"
        "kept_none,coefficients_zero,p_vs_chosen,p_vs_clinical,auc_632plus,%s_low,%s_high,"
        "gain_vs_chosen,gain_vs_chosen_low,gain_vs_chosen_high,"
        "gain_vs_clinical,gain_vs_clinical_low,gain_vs_clinical_high",
        metric, metric, metric, metric, metric, metric, fixed, fixed);
    for (int32_t m = 0; m < RML_N_MEASURES; ++m)
        if (rml_measure_name(in->study, m)) rml_csv_text(out, rml_measure_name(in->study, m), false);
    fputs(",approximate\n", out);
    for (int32_t r = 0; r < in->board->n; ++r) {
        const rml_board_row *row = &in->board->row[r];
        const double first[] = {
            row->mean,  row->low, row->high, row->measure[RML_MEASURE_METRIC], row->apparent, row->apparent - row->mean,
            row->inner, row->p};
        const double second[] = {row->stability,
                                 row->control ? NAN : row->n_empty,
                                 row->control ? NAN : row->n_zero,
                                 row->p_vs_chosen,
                                 row->p_vs_clinical,
                                 row->plus,
                                 row->fixed_low,
                                 row->fixed_high,
                                 row->gain[0].mean,
                                 row->gain[0].low,
                                 row->gain[0].high,
                                 row->gain[1].mean,
                                 row->gain[1].low,
                                 row->gain[1].high};

        rml_csv_text(out, row->name, true);
        rml_csv_text(out, row->chosen ? "yes" : "no", false);
        rml_csv_text(out, row->control ? "yes" : "no", false);
        put_whole(out, row->n_scored);
        put_whole(out, row->n_failed);
        for (size_t v = 0; v < sizeof first / sizeof *first; ++v) rml_csv_number(out, first[v], false);
        if (row->chosen && in->board->n_permuted > 0) {
            rml_csv_number(out, in->board->observed, false);
            rml_csv_number(out, in->board->chance, false);
            put_whole(out, in->board->n_permuted);
            put_whole(out, in->board->n_permuted_failed);
        } else
            fputs(",,,,", out);
        for (size_t v = 0; v < sizeof second / sizeof *second; ++v) rml_csv_number(out, second[v], false);
        for (int32_t m = 0; m < RML_N_MEASURES; ++m)
            if (rml_measure_name(in->study, m)) rml_csv_number(out, row->measure[m], false);
        fprintf(out, ",%s_low %s_high p_vs_chosen p_vs_clinical\n", metric, metric);
    }
}

/* 5. Settings ------------------------------------------------------------------------------------------------------ */

void rml_sweep_setting(const rml_study *study, const rml_model_grid *grid, int32_t point, char text[512])
{
    size_t used = 0;

    text[0] = '\0';
    for (int32_t p = 0; p < grid->kind->n_params && used < 512; ++p) {
        char value[64];

        rml_study_value(study, &grid->kind->param[p], grid->point[point][p], value, sizeof value);
        used +=
            (size_t)snprintf(text + used, 512 - used, "%s%s=%s", p > 0 ? " " : "", grid->kind->param[p].name, value);
    }
}

static void put_points(const rml_sources *in, int32_t c, int32_t m, const rml_split *split, const rml_nested *nested,
                       FILE *out)
{
    const rml_model_grid *grid = &in->study->model[m];
    const rml_nested_model *model = &nested->model[m];

    for (int32_t g = 0; g < model->n_points; ++g) {
        char settings[512];
        int32_t n_nonzero;
        bool used;

        rml_sweep_setting(in->study, grid, g, settings);
        rml_csv_text(out, in->study->select[c].name, true);
        rml_csv_text(out, grid->name, false);
        if (split)
            put_split(in, split, out);
        else
            fputs(",all,all", out);
        rml_csv_text(out, settings, false);
        rml_csv_number(out, model->mean[g], false);
        rml_csv_number(out, model->se[g], false);
        used = g == model->best && model->status == RML_OK;
        put_whole(out, used);
        n_nonzero =
            used && grid->kind->sparse && grid->kind->sparse(grid->point[g]) ? rml_fitted_nonzero(&model->fitted) : -1;
        rml_csv_number(out, n_nonzero < 0 ? NAN : n_nonzero, false);
        fputc('\n', out);
    }
}

static void write_settings(const rml_sources *in, FILE *out)
{
    const rml_study *s = in->study;

    fputs("select,model,repeat,fold,settings,inner_mean,inner_se,used,nonzero\n", out);
    for (int32_t c = 0; c < s->n_selects; ++c)
        for (int32_t m = 0; m < s->n_models; ++m) {
            if (in->results->final[c].n_models > 0) put_points(in, c, m, NULL, &in->results->final[c], out);
            for (int32_t i = 0; i < in->plan->splits.n; ++i) {
                const rml_nested *nested = &in->results->outer[(int64_t)i * s->n_selects + c];

                if (nested->n_models > 0) put_points(in, c, m, &in->plan->splits.split[i], nested, out);
            }
        }
}

/* 6. Failures ------------------------------------------------------------------------------------------------------ */

static void put_failure(const rml_sources *in, const char *select, const char *model, const rml_split *split,
                        const char *code, const char *why, FILE *out)
{
    rml_csv_text(out, select, true);
    rml_csv_text(out, model, false);
    put_split(in, split, out);
    rml_csv_text(out, code, false);
    rml_csv_text(out, why, false);
    fputc('\n', out);
}

/* One split's result, or why there is none; models: [n_models] of the result. */
static void put_failures(const rml_sources *in, const char *select, const rml_model_grid *models,
                         const rml_split *split, const rml_nested *nested, const rml_error *why, FILE *out)
{
    if (nested->n_models == 0) put_failure(in, select, "", split, rml_status_name(why->status), why->text, out);
    for (int32_t m = 0; m < nested->n_models; ++m)
        if (nested->model[m].status != RML_OK)
            put_failure(in, select, models[m].name, split, rml_status_name(nested->model[m].status),
                        nested->model[m].why, out);
}

static void write_failures(const rml_sources *in, FILE *out)
{
    const rml_study *s = in->study;
    const rml_sweep_controls *controls = in->plan->control;
    const rml_sweep_told *told = in->plan->told;

    fputs("select,model,repeat,fold,code,sentence\n", out);
    for (int32_t i = 0; i <= in->plan->splits.n; ++i) { /* the last: all patients */
        const bool all = i == in->plan->splits.n;
        const rml_split *split = all ? &in->plan->all.split[0] : &in->plan->splits.split[i];

        for (int32_t c = 0; c < s->n_selects; ++c) {
            const int64_t at = (int64_t)i * s->n_selects + c;

            put_failures(in, s->select[c].name, s->model, split, all ? &in->results->final[c] : &in->results->outer[at],
                         all ? &in->results->final_why[c] : &in->results->why[at], out);
        }
        for (int32_t c = 0; c < controls->n; ++c) {
            const int64_t at = (int64_t)i * controls->n + c;

            put_failures(in, controls->select[c].name, &controls->model, split, &in->results->control[at],
                         &in->results->control_why[at], out);
        }
    }
    for (int32_t t = 0; t < told->n_stages * told->splits.n; ++t) {
        const rml_error *why = &in->results->told_why[t];

        if (why->status == RML_OK) continue;
        rml_csv_text(out, told->select[t / told->splits.n].name, true);
        fprintf(out, ",,1,%d", t % told->splits.n + 1);
        rml_csv_text(out, rml_status_name(why->status), false);
        rml_csv_text(out, why->text, false);
        fputc('\n', out);
    }
}

rml_status rml_sweep_tables_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                  const rml_sweep_results *results, const rml_board *board, const char *folder,
                                  rml_error *err)
{
    const rml_sources in = {study, dataset, plan, results, board};
    rml_status status = write_table(&in, folder, "predictions.csv", write_predictions, err);

    if (status == RML_OK) status = write_table(&in, folder, "selected.csv", write_selected, err);
    if (status == RML_OK) status = write_table(&in, folder, "leaderboard.csv", write_board, err);
    if (status == RML_OK) status = write_table(&in, folder, "settings.csv", write_settings, err);
    if (status == RML_OK) status = write_table(&in, folder, "failures.csv", write_failures, err);
    return status;
}

/* 7. Timings ------------------------------------------------------------------------------------------------------- */

static void write_timings(const rml_sources *in, FILE *out)
{
    fputs("task,part,select,repeat,fold,permutation,seconds\n", out);
    for (int64_t t = 0; t < in->plan->n_tasks; ++t) {
        const rml_sweep_task *task = &in->plan->task[t];

        fprintf(out, "%lld", (long long)t + 1);
        rml_csv_text(out, rml_sweep_part_name(task->part), false);
        rml_csv_text(out, rml_sweep_select(in->study, in->plan, task)->name, false);
        if (task->part == RML_SWEEP_TOLD)
            fprintf(out, ",1,%d", task->split + 1);
        else
            put_split(in, rml_sweep_split(in->plan, task), out);
        if (task->part == RML_SWEEP_PERMUTED)
            put_whole(out, task->permutation);
        else
            fputc(',', out);
        rml_csv_number(out, in->results->seconds[t], false);
        fputc('\n', out);
    }
}

rml_status rml_sweep_timings_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results, const char *folder, rml_error *err)
{
    const rml_sources in = {study, dataset, plan, results, NULL};

    return write_table(&in, folder, "timings.csv", write_timings, err);
}
