/* The leaderboard as a person reads it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "jobs/sweep_board.h"
#include "jobs/sweep_explain.h"
#include "kernels/learn/kinds.h"

/* With fewer digits where they would not fit, as an error of a number may be large. */
static void print_number(double value, int width, int digits)
{
    while (digits > 0 && snprintf(NULL, 0, "%.*f", digits, value) > width) --digits;
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

enum { NAME = 24 }; /* a longer one has a line of its own; all lines together end at column 100 */

/* What an outcome's board tells beside its metric, "pooled" first. */
typedef struct rml_board_column {
    const char *title;
    rml_measure measure;
    int digits;
} rml_board_column;

static int width_of(const rml_board_column *column)
{
    const int n = (int)strlen(column->title);

    return n > 6 ? n : 6;
}

static int32_t columns_of(const rml_study *study, const rml_board_column **columns)
{
    static const rml_board_column of_two[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                              {"sens", RML_MEASURE_SENSITIVITY, 2},
                                              {"spec", RML_MEASURE_SPECIFICITY, 2},
                                              {"Brier", RML_MEASURE_BRIER, 3}};
    static const rml_board_column of_several[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                                  {"bal.acc", RML_MEASURE_BALANCED_ACCURACY, 3},
                                                  {"loss", RML_MEASURE_LOG_LOSS, 3}};
    static const rml_board_column of_number[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                                 {"R2", RML_MEASURE_R2, 3},
                                                 {"rho", RML_MEASURE_SPEARMAN, 3},
                                                 {"MAE", RML_MEASURE_MAE, 3}};

    switch (study->outcome) {
    case RML_OUTCOME_CLASS: *columns = of_two; return RML_COUNT(of_two);
    case RML_OUTCOME_CLASSES: *columns = of_several; return RML_COUNT(of_several);
    default: *columns = of_number; return RML_COUNT(of_number);
    }
}

static void print_row(const rml_study *study, const rml_board_row *row, double low, double high)
{
    const rml_board_column *column;
    const int32_t n = columns_of(study, &column);

    if (strlen(row->name) > NAME)
        printf("%s\n%-*s", row->name, NAME, "");
    else
        printf("%-*s", NAME, row->name);
    print_number(row->mean, 7, 3);
    if (isnan(low))
        printf(" %17s", "-");
    else {
        print_number(low, 6, 3);
        printf(" to");
        print_number(high, 6, 3);
    }
    print_number(row->apparent, 7, 3);
    print_number(row->stability, 6, 2);
    if (row->p_vs_chosen < 0.001)
        printf(" %6s", "<0.001");
    else
        print_number(row->p_vs_chosen, 6, 3);
    /* of a bootstrap, where every repeat is one split, pooled is the mean itself */
    print_number(study->split == RML_SPLIT_BOOTSTRAP ? row->plus : row->measure[column[0].measure], 6, 3);
    for (int32_t c = 1; c < n; ++c)
        if (rml_measure_name(study, column[c].measure))
            print_number(row->measure[column[c].measure], width_of(&column[c]), column[c].digits);
    printf("\n");
}

static void print_gain(const rml_study *study, const char *against, const rml_resampled_interval *gain, double p)
{
    if (isnan(gain->mean)) return;
    printf("\"" RML_CONTROL_COMBINED "\" against %s: %s %+.3f", against, rml_metric_name(study->inner.metric),
           gain->mean);
    if (!isnan(gain->low)) printf(" (95 %% %+.3f to %+.3f)", gain->low, gain->high);
    if (!isnan(p)) printf(p < 0.001 ? ", p < 0.001" : ", p = %.3f", p);
    printf("\n");
}

/* What either adds to the other, in words. */
static void print_combined(const rml_study *study, const rml_board *board)
{
    const rml_board_row *row = rml_board_control(board, RML_CONTROL_COMBINED);

    if (!row) return;
    print_gain(study, "\"" RML_CONTROL_CLINICAL "\" alone", &row->gain[1], row->p_vs_clinical);
    print_gain(study, "\"chosen\" alone", &row->gain[0], row->p_vs_chosen);
}

static void print_constant(const char *name, const char *why, int32_t n, const rml_board_row *row, int32_t n_splits)
{
    if (n > 0)
        printf("%s %s in %d of %d split%s and says the same of every patient there%s\n", name, why, n, n_splits,
               n_splits == 1 ? "" : "s", row->constant ? ": no interval, no p" : "");
}

/* What leaves its models nothing to look at in some splits: a selection, said once, or a penalty. */
static void print_empty(const rml_study *study, const rml_board *board)
{
    static const char kept[] = "kept no feature", zero[] = "has coefficients that are all 0";

    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const int32_t select = row->chosen || row->control ? 0 : row->pipeline / study->n_models;
        bool said = false;

        for (int32_t before = 1; before < r && !said && !row->chosen; ++before)
            said = board->row[before].n_empty > board->row[before].n_zero &&
                   board->row[before].pipeline / study->n_models == select;
        if (!said)
            print_constant(row->chosen ? "\"chosen\"" : study->select[select].name, kept, row->n_empty - row->n_zero,
                           row, board->n_splits);
        print_constant(row->chosen ? "\"chosen\"" : row->name, zero, row->n_zero, row, board->n_splits);
    }
}

void rml_board_print(const rml_study *study, const rml_board *board)
{
    const rml_board_column *column;
    const int32_t n = columns_of(study, &column);
    const bool bootstrap = study->split == RML_SPLIT_BOOTSTRAP;
    const bool of_time = study->outcome == RML_OUTCOME_TIME;
    bool fixed = false;

    printf("\n%-*s %7s %17s %7s %6s %6s %6s", NAME, "Pipeline", rml_metric_name(study->inner.metric), "95 % (approx.)",
           "appar.", "steady", "p", bootstrap ? ".632+" : column[0].title);
    for (int32_t c = 1; c < n; ++c)
        if (rml_measure_name(study, column[c].measure)) printf(" %*s", width_of(&column[c]), column[c].title);
    printf("\n");
    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const bool single = isnan(row->low); /* of one split there is that of the fixed model alone */
        const double low = single ? row->fixed_low : row->low, high = single ? row->fixed_high : row->high;

        fixed |= single && !isnan(low);
        if (row->control && !board->row[r - 1].control) printf("Controls, never chosen:\n");
        print_row(study, row, low, high);
    }
    for (int32_t r = 0; r < board->n; ++r)
        if (board->row[r].n_failed > 0)
            printf("%s: %d split%s failed%s%s (failures.csv)\n", board->row[r].name, board->row[r].n_failed,
                   board->row[r].n_failed == 1 ? "" : "s", board->row[r].why ? "; the first: " : "",
                   board->row[r].why ? board->row[r].why : "");
    print_empty(study, board);
    printf("\"chosen\" is the honest figure: it picks pipeline and settings inside every training part; the other\n"
           "rows are not corrected for choice. appar.: on the training patients themselves.\n");
    if (!fixed || !of_time) /* of one C-index beside another there is none */
        printf("p: against \"chosen\", by %s.\n",
               fixed ? "DeLong's paired test of the fixed models" : "the corrected paired t test (approximate)");
    print_combined(study, board);
    if (fixed)
        printf("95 %%: %s interval of the fixed model on the held-out patients.\n",
               of_time ? "the infinitesimal jackknife's" : "DeLong's");
    if (!isnan(board->row[0].p))
        printf("Outcome permuted%s: %s %.3f on average, where the true one has %.3f;\np = %.3g for the chosen one.\n",
               study->centre ? " within centres" : "", rml_metric_name(study->inner.metric), board->chance,
               board->observed, board->row[0].p);
    if (board->stuck) rml_sweep_print_stuck(study);
    if (board->n_permuted_failed > 0)
        printf("%d of %d permutations failed: in p they count as at least as good, the average is without them.\n",
               board->n_permuted_failed, board->n_permuted);
}
