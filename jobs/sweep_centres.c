/* 1. One centre's row
 * 2. Written
 * 3. How well the centre is told */
#include "jobs/sweep_centres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/table.h"
#include "kernels/stats/distribution.h"

/* 1. One centre's row ---------------------------------------------------------------------------------------------- */

typedef struct rml_centres {
    const rml_board *board;
    rml_pool pool;
    int32_t *speaker; /* [n_splits] */
    bool *seen;       /* [n_patients] held out with a score, in any repeat */
    int32_t *n_of;    /* [n_classes + 1] of them, and of each class */
} rml_centres;

static void count(rml_centres *in, int32_t centre)
{
    const rml_data *d = &in->pool.dataset->data;
    const bool time = d->outcome == RML_OUTCOME_TIME;
    const int32_t n_classes = d->outcome == RML_OUTCOME_CLASS || time ? 2 : d->n_classes;

    for (int32_t p = 0; p < d->n_patients; ++p) in->seen[p] = false;
    for (int32_t c = 0; c <= n_classes; ++c) in->n_of[c] = 0;
    for (int32_t r = 0; r < in->pool.n_repeats; ++r) {
        rml_pool_gather(&in->pool, in->speaker, r, centre);
        for (int32_t i = 0; i < in->pool.n; ++i) {
            const int32_t patient = in->pool.patient[i];

            if (in->seen[patient]) continue;
            in->seen[patient] = true;
            ++in->n_of[0];
            if (d->outcome != RML_OUTCOME_VALUE)
                ++in->n_of[1 + (time ? in->pool.event[i] : (int32_t)in->pool.truth[i])];
        }
    }
}

static void put_row(const rml_centres *in, const rml_board_row *row, int32_t centre, const double *value, FILE *out)
{
    const rml_study *study = in->pool.study;
    const rml_data *d = &in->pool.dataset->data;
    const double metric = value[RML_MEASURE_METRIC];
    const double half = row->constant ? NAN : rml_normal_quantile(0.975) * sqrt(value[RML_MEASURE_VARIANCE]);
    const double low = isnan(half) ? NAN : fmax(metric - half, 0.0),
                 high = isnan(half) ? NAN : fmin(metric + half, 1.0);

    rml_csv_text(out, row->name, true);
    rml_csv_text(out, row->control ? "yes" : "no", false);
    rml_csv_text(out, in->pool.dataset->level[0][centre], false);
    fprintf(out, ",%d,", in->n_of[0]);
    if (d->outcome == RML_OUTCOME_CLASS || d->outcome == RML_OUTCOME_TIME) fprintf(out, "%d", in->n_of[2]);
    for (int32_t c = 0; d->outcome == RML_OUTCOME_CLASSES && c < d->n_classes; ++c)
        fprintf(out, ",%d", in->n_of[1 + c]);
    rml_csv_number(out, metric, false);
    rml_csv_number(out, low, false);
    rml_csv_number(out, high, false);
    for (int32_t m = 0; m < RML_N_MEASURES; ++m)
        if (rml_measure_name(study, m)) rml_csv_number(out, value[m], false);
    fputs(isnan(low) ? ",\n" : ",interval ignores training variability\n", out);
}

/* 2. Written ------------------------------------------------------------------------------------------------------- */

static rml_status write_rows(rml_centres *in, FILE *out, rml_error *err)
{
    const rml_study *study = in->pool.study;
    const rml_dataset *dataset = in->pool.dataset;
    const rml_data *d = &dataset->data;
    const char *metric = rml_metric_name(study->inner.metric);
    rml_status status = RML_OK;

    fputs("pipeline,control,centre,n,events", out);
    for (int32_t c = 0; d->outcome == RML_OUTCOME_CLASSES && c < d->n_classes; ++c) {
        char name[160];

        snprintf(name, sizeof name, "n_%.150s", dataset->class_name[c]);
        rml_csv_text(out, name, false);
    }
    fprintf(out, ",%s,%s_low,%s_high", metric, metric, metric);
    for (int32_t m = 0; m < RML_N_MEASURES; ++m)
        if (rml_measure_name(study, m)) rml_csv_text(out, rml_measure_name(study, m), false);
    fputs(",note\n", out);
    for (int32_t r = 0; r < in->board->n; ++r) {
        rml_board_speakers(in->board, &in->board->row[r], in->pool.plan->splits.n, in->speaker);
        for (int32_t c = 0; status == RML_OK && study->centre && c < d->n_levels[0]; ++c) {
            double value[RML_N_MEASURES];

            count(in, c);
            status = rml_pool_average(&in->pool, in->speaker, c, value, err);
            if (in->board->row[r].constant) value[RML_MEASURE_HOSLEM_P] = NAN;
            if (status == RML_OK) put_row(in, &in->board->row[r], c, value, out);
        }
    }
    return status;
}

rml_status rml_sweep_centres_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results, const rml_board *board, const char *folder,
                                   rml_error *err)
{
    rml_centres in = {.board = board,
                      .speaker = malloc(((size_t)plan->splits.n + 1) * sizeof *in.speaker),
                      .seen = malloc(((size_t)dataset->data.n_patients + 1) * sizeof *in.seen),
                      .n_of = malloc(((size_t)dataset->data.n_classes + 3) * sizeof *in.n_of)};
    rml_file_writer file;
    rml_status status = rml_pool_init(study, dataset, plan, results, &in.pool, err);

    if (status == RML_OK && (!in.speaker || !in.seen || !in.n_of))
        status = rml_fail(err, RML_ENOMEM, "no memory for the table of centres");
    if (status == RML_OK) status = rml_file_create_in(folder, "centres.csv", &file, err);
    if (status == RML_OK) status = rml_file_finish(&file, write_rows(&in, file.stream, err), err);
    rml_pool_free(&in.pool);
    free(in.speaker);
    free(in.seen);
    free(in.n_of);
    return status;
}

/* 3. How well the centre is told ----------------------------------------------------------------------------------- */

rml_status rml_sweep_harmonisation_write(const rml_sweep_plan *plan, const rml_sweep_results *results,
                                         const char *folder, rml_error *err)
{
    static const char *const stage[] = {"as they are", "prepared"};
    const rml_sweep_told *told = plan->told;
    rml_file_writer file;
    rml_status status = rml_file_create_in(folder, "harmonisation.csv", &file, err);

    if (status == RML_OK) {
        fputs("features,centres,patients_left_out,folds,centre_auc\n", file.stream);
        for (int32_t s = 0; s < told->n_stages && s < RML_TOLD_STAGES; ++s) {
            fprintf(file.stream, "%s,%d,%d,%d", stage[s], told->n_centres, told->n_left_out, told->splits.n);
            rml_csv_number(file.stream, results->told[s], false);
            fputc('\n', file.stream);
        }
        status = rml_file_commit(&file, err);
    }
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
