/* 1. Held-out scores of one centre
 * 2. Written
 * 3. How well the centre is told */
#include "jobs/sweep_centres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/table.h"
#include "kernels/stats/confusion.h"
#include "kernels/stats/distribution.h"
#include "kernels/stats/roc.h"

typedef struct rml_centres {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    const rml_board *board;
    int32_t n_scores, n_repeats;
    bool *seen;       /* [n_patients] held out with a score, in any repeat */
    uint8_t *y;       /* [n_patients] of one repeat, as are: */
    double *truth;    /* [n_patients] */
    double *decision; /* [n_scores * n_patients] */
} rml_centres;

/* 1. Held-out scores of one centre --------------------------------------------------------------------------------- */

typedef struct rml_centre_row {
    int32_t n, n_events;
    double metric, low, high, balanced_accuracy;
} rml_centre_row;

static int32_t centre_of(const rml_centres *in, int32_t patient)
{
    return in->dataset->data.factor[0][in->dataset->data.first_row[patient]];
}

static const rml_nested_model *speaker(const rml_centres *in, const rml_board_row *row, int32_t split)
{
    return rml_board_model(in->study, in->plan, in->results, split,
                           row->chosen ? in->board->chosen[split] : row->pipeline);
}

/* One repeat's scores of the centre; how many. */
static int32_t gather(const rml_centres *in, const rml_board_row *row, int32_t centre, int32_t repeat,
                      rml_confusion *counts)
{
    const rml_splits *splits = &in->plan->splits;
    const int32_t room = in->dataset->data.n_patients;
    int32_t n = 0;

    for (int32_t i = 0; i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        const rml_nested_model *model = split->repeat == repeat ? speaker(in, row, i) : NULL;

        for (int32_t t = 0; model && t < split->n_test; ++t) {
            const bool yes = in->plan->y[split->test[t]] > 0.5, said = model->decision[t] >= model->threshold;

            if (centre_of(in, split->test[t]) != centre) continue;
            in->seen[split->test[t]] = true;
            in->truth[n] = in->plan->y[split->test[t]];
            in->y[n] = yes;
            for (int32_t s = 0; s < in->n_scores; ++s)
                in->decision[(int64_t)s * room + n] = model->decision[(int64_t)s * split->n_test + t];
            ++n;
            if (!isnan(model->threshold))
                *(yes ? (said ? &counts->tp : &counts->fn) : said ? &counts->fp : &counts->tn) += 1;
        }
    }
    for (int32_t s = 1; s < in->n_scores; ++s) /* to [n_scores][n] */
        for (int32_t i = 0; i < n; ++i) in->decision[(int64_t)s * n + i] = in->decision[(int64_t)s * room + i];
    return n;
}

static void describe(const rml_centres *in, const rml_board_row *row, int32_t centre, rml_centre_row *out)
{
    const rml_data *d = &in->dataset->data;
    const bool class = d->outcome == RML_OUTCOME_CLASS, auc = class && in->study->inner.metric == RML_METRIC_AUC;
    double sum = 0.0, variance = 0.0;
    int32_t n_metric = 0, n_interval = 0;
    rml_confusion counts = {0};

    *out = (rml_centre_row){.metric = NAN, .low = NAN, .high = NAN, .balanced_accuracy = NAN};
    for (int32_t p = 0; p < d->n_patients; ++p) in->seen[p] = false;
    for (int32_t r = 0; r < in->n_repeats; ++r) {
        const int32_t n = gather(in, row, centre, r, &counts);
        const double metric =
            n == 0 ? NAN : rml_metric_of(in->study->inner.metric, d->outcome, d->n_classes, n, in->truth, in->decision);
        rml_roc_interval interval;

        if (isnan(metric)) continue;
        sum += metric;
        ++n_metric;
        if (!auc || rml_roc_delong(in->decision, in->y, n, 0.95, &interval) != RML_OK) continue;
        variance += interval.variance;
        ++n_interval;
    }
    for (int32_t p = 0; p < d->n_patients; ++p) {
        out->n += in->seen[p];
        out->n_events += in->seen[p] && in->plan->y[p] > 0.5;
    }
    if (n_metric > 0) out->metric = sum / n_metric;
    if (n_interval > 0) {
        const double half = rml_normal_quantile(0.975) * sqrt(variance / n_interval);

        out->low = fmax(out->metric - half, 0.0);
        out->high = fmin(out->metric + half, 1.0);
    }
    if (class) out->balanced_accuracy = rml_confusion_rates_of(&counts).balanced_accuracy;
}

/* 2. Written ------------------------------------------------------------------------------------------------------- */

static void write_rows(const rml_centres *in, FILE *out)
{
    const rml_data *d = &in->dataset->data;
    const char *metric = rml_metric_name(in->study->inner.metric);

    fprintf(out, "pipeline,control,centre,n,events,%s,%s_low,%s_high,balanced_accuracy,note\n", metric, metric, metric);
    for (int32_t r = 0; r < in->board->n; ++r)
        for (int32_t c = 0; in->study->centre && c < d->n_levels[0]; ++c) {
            const rml_board_row *row = &in->board->row[r];
            rml_centre_row centre;

            describe(in, row, c, &centre);
            rml_csv_text(out, row->name, true);
            rml_csv_text(out, row->control ? "yes" : "no", false);
            rml_csv_text(out, in->dataset->level[0][c], false);
            fprintf(out, ",%d,", centre.n);
            if (d->outcome == RML_OUTCOME_CLASS) fprintf(out, "%d", centre.n_events);
            rml_csv_number(out, centre.metric, false);
            rml_csv_number(out, centre.low, false);
            rml_csv_number(out, centre.high, false);
            rml_csv_number(out, centre.balanced_accuracy, false);
            fputs(isnan(centre.low) ? ",\n" : ",interval ignores training variability\n", out);
        }
}

rml_status rml_sweep_centres_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results, const rml_board *board, const char *folder,
                                   rml_error *err)
{
    const size_t n = (size_t)dataset->data.n_patients + 1;
    rml_centres in = {.study = study,
                      .dataset = dataset,
                      .plan = plan,
                      .results = results,
                      .board = board,
                      .n_scores = study->outcome == RML_OUTCOME_CLASSES ? dataset->data.n_classes : 1,
                      .seen = malloc(n * sizeof *in.seen),
                      .y = malloc(n),
                      .truth = malloc(n * sizeof *in.truth)};
    char *path = NULL;
    rml_file_writer file;
    rml_status status = RML_OK;

    in.decision = malloc(n * (size_t)in.n_scores * sizeof *in.decision);
    for (int32_t i = 0; i < plan->splits.n; ++i)
        if (plan->splits.split[i].repeat >= in.n_repeats) in.n_repeats = plan->splits.split[i].repeat + 1;
    if (!in.seen || !in.y || !in.truth || !in.decision || asprintf(&path, "%s/centres.csv", folder) < 0) {
        path = NULL;
        status = rml_fail(err, RML_ENOMEM, "no memory for the table of centres");
    }
    if (status == RML_OK) status = rml_file_create(path, &file, err);
    if (status == RML_OK) {
        write_rows(&in, file.stream);
        status = rml_file_commit(&file, err);
    }
    free(path);
    free(in.seen);
    free(in.y);
    free(in.truth);
    free(in.decision);
    return status;
}

/* 3. How well the centre is told ----------------------------------------------------------------------------------- */

rml_status rml_sweep_harmonisation_write(const rml_sweep_plan *plan, const rml_sweep_results *results,
                                         const char *folder, rml_error *err)
{
    static const char *const stage[] = {"as they are", "prepared"};
    const rml_sweep_told *told = plan->told;
    char *path = NULL;
    rml_file_writer file;
    rml_status status;

    if (asprintf(&path, "%s/harmonisation.csv", folder) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_file_create(path, &file, err);
    if (status == RML_OK) {
        fputs("features,centres,patients_left_out,folds,centre_auc\n", file.stream);
        for (int32_t s = 0; s < told->n_stages && s < RML_TOLD_STAGES; ++s) {
            fprintf(file.stream, "%s,%d,%d,%d", stage[s], told->n_centres, told->n_left_out, told->splits.n);
            rml_csv_number(file.stream, results->told[s], false);
            fputc('\n', file.stream);
        }
        status = rml_file_commit(&file, err);
    }
    free(path);
    return status;
}

static void print_told(double auc)
{
    if (isnan(auc))
        printf("-");
    else
        printf("%.3f", auc);
}

void rml_sweep_harmonisation_print(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results)
{
    const rml_sweep_told *told = plan->told;

    if (told->n_stages == 0) return;
    printf("The features tell the %s (nearest centroid, %d folds): auc ", study->centre, told->splits.n);
    print_told(results->told[0]);
    printf(" as they are");
    if (told->n_stages > 1) {
        printf(", ");
        print_told(results->told[1]);
        printf(" prepared");
    }
    if (told->n_left_out > 0)
        printf("; %d patients are left out (fewer than %d of a %s)", told->n_left_out, RML_TOLD_LEAST, study->centre);
    printf(".\n");
}
