#include "jobs/sweep_outcomes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/table.h"
#include "kernels/stats/adjust.h"

void rml_sweep_outcome_begin(const rml_study *study, rml_sweep_outcome *outcome)
{
    *outcome = (rml_sweep_outcome){.kind = study->outcome,
                                   .metric = study->inner.metric,
                                   .mean = NAN,
                                   .low = NAN,
                                   .high = NAN,
                                   .p = NAN,
                                   .q = NAN,
                                   .n_permuted = study->permute};
    snprintf(outcome->name, sizeof outcome->name, "%s", study->outcome_name ? study->outcome_name : "");
    snprintf(outcome->column, sizeof outcome->column, "%s", study->outcome_column);
}

void rml_sweep_outcome_judge(const rml_board *board, int32_t n_splits, rml_sweep_outcome *outcome)
{
    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const bool single = isnan(row->low);

        if (!row->chosen) continue;
        outcome->mean = row->mean;
        outcome->low = single ? row->fixed_low : row->low;
        outcome->high = single ? row->fixed_high : row->high;
        outcome->p = row->p;
        if (row->n_failed > 0)
            snprintf(outcome->why, sizeof outcome->why, "%d of %d splits have no model: failures.csv in its folder",
                     row->n_failed, n_splits);
    }
}

rml_status rml_sweep_outcomes_adjust(rml_sweep_outcome *outcome, int32_t n, rml_error *err)
{
    double *p = calloc((size_t)n + 1, sizeof *p);
    rml_status status;

    if (!p) return rml_fail(err, RML_ENOMEM, "no memory for the outcomes");
    for (int32_t o = 0; o < n; ++o) p[o] = outcome[o].p;
    status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int32_t o = 0; status == RML_OK && o < n; ++o) outcome[o].q = p[o];
    free(p);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the outcomes");
}

rml_status rml_sweep_outcomes_write(const rml_sweep_outcome *outcome, int32_t n, const char *folder, rml_error *err)
{
    char *path = NULL;
    rml_file_writer file;
    rml_status status;

    if (asprintf(&path, "%s/outcomes.csv", folder) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_file_create(path, &file, err);
    if (status == RML_OK) {
        fputs("outcome,column,kind,patients,without_outcome,metric,mean,low,high,permutation_p,q,why\n", file.stream);
        for (int32_t o = 0; o < n; ++o) {
            const double number[] = {outcome[o].mean, outcome[o].low, outcome[o].high, outcome[o].p, outcome[o].q};

            rml_csv_text(file.stream, outcome[o].name, true);
            rml_csv_text(file.stream, outcome[o].column, false);
            rml_csv_text(file.stream, rml_study_outcome_kind(outcome[o].kind), false);
            fprintf(file.stream, ",%d,%d", outcome[o].n_patients, outcome[o].n_without);
            rml_csv_text(file.stream, rml_metric_name(outcome[o].metric), false);
            for (size_t i = 0; i < sizeof number / sizeof *number; ++i) rml_csv_number(file.stream, number[i], false);
            rml_csv_text(file.stream, outcome[o].why, false);
            fputc('\n', file.stream);
        }
        status = rml_file_commit(&file, err);
    }
    free(path);
    return status;
}

static void print_number(double value, int width, const char *format)
{
    char text[32] = "-";

    if (!isnan(value)) snprintf(text, sizeof text, format, value);
    printf(" %*s", width, text);
}

void rml_sweep_outcomes_print(const rml_sweep_outcome *outcome, int32_t n)
{
    int32_t n_permuted = 0;

    printf("\n%-24s %-20s %8s %-9s %6s  %-15s %8s %8s\n", "Outcome", "kind", "patients", "metric", "chosen",
           "95 % (approx.)", "p", "q");
    for (int32_t o = 0; o < n; ++o) {
        const rml_sweep_outcome *at = &outcome[o];

        n_permuted += at->n_permuted;
        printf("%-24.24s %-20s %8d %-9s", at->name, rml_study_outcome_kind(at->kind), at->n_patients,
               rml_metric_name(at->metric));
        print_number(at->mean, 6, "%.3f");
        if (isnan(at->low))
            printf("  %-15s", "-");
        else
            printf("  %6.3f to %5.3f", at->low, at->high);
        print_number(at->p, 8, "%.3g");
        print_number(at->q, 8, "%.3g");
        printf("%s%s\n", at->why[0] ? "  " : "", at->why);
    }
    if (n_permuted > 0)
        printf("q: p of the permuted outcome, adjusted for the outcomes that have one (Benjamini and Hochberg).\n");
    else
        printf("No outcome was permuted (controls: permute: 0), so there is neither p nor q.\n");
}
