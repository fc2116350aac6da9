/* 1. Calibration
 * 2. Decision curves */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Calibration --------------------------------------------------------------------------------------------------- */

/* Wilson's interval of a share of n; shares of means over repeats need not be whole counts. */
static void wilson(double share, double n, double *low, double *high)
{
    const double z = 1.959963984540054, zz = z * z / n, middle = (share + zz / 2.0) / (1.0 + zz);
    const double half = z * sqrt(share * (1.0 - share) / n + zz / (4.0 * n)) / (1.0 + zz);

    *low = middle - half < 0.0 ? 0.0 : middle - half;
    *high = middle + half > 1.0 ? 1.0 : middle + half;
}

static int64_t mean_row(const rml_report_input *in, const char *pipeline, const char *group)
{
    const rml_table *t = &in->table[RML_REPORT_CALIBRATION];

    for (int64_t r = 0; in->there[RML_REPORT_CALIBRATION] && r < t->n_rows; ++r)
        if (strcmp(rml_report_cell(in, RML_REPORT_CALIBRATION, r, "pipeline"), pipeline) == 0 &&
            strcmp(rml_report_cell(in, RML_REPORT_CALIBRATION, r, "repeat"), "mean") == 0 &&
            strcmp(rml_report_cell(in, RML_REPORT_CALIBRATION, r, "group"), group) == 0)
            return r;
    return -1;
}

enum { BINS = 25 }; /* of the probabilities beneath the curve */

/* Shares of the predictions of either class in bins, the largest bin of both as 1. */
static void count_bins(const rml_report_input *in, int32_t pipeline, double share[2][BINS])
{
    double most = 0.0;

    memset(share, 0, 2 * sizeof *share);
    for (int64_t k = 0; k < in->n_said; ++k) {
        const rml_report_said *said = &in->said[k];
        int32_t bin;

        if (said->pipeline != pipeline || !(said->probability >= 0.0 && said->probability <= 1.0)) continue;
        bin = (int32_t)(said->probability * BINS);
        ++share[said->y > 0.0][bin < BINS ? bin : BINS - 1];
    }
    for (int32_t b = 0; b < BINS; ++b)
        for (int32_t y = 0; y < 2; ++y) most = share[y][b] > most ? share[y][b] : most;
    for (int32_t b = 0; b < BINS && most > 0.0; ++b)
        for (int32_t y = 0; y < 2; ++y) share[y][b] /= most;
}

static void put_groups(rml_report *r, FILE *script, FILE *csv)
{
    const rml_report_input *in = &r->in;

    fputs("$groups << EOD\n", script);
    for (int32_t g = 1; g <= 100; ++g) {
        char name[16];
        double n, observed, expected, low, high;
        int64_t row;

        snprintf(name, sizeof name, "%d", g);
        row = mean_row(in, "chosen", name);
        if (row < 0) break;
        n = rml_report_number(in, RML_REPORT_CALIBRATION, row, "n");
        observed = rml_report_number(in, RML_REPORT_CALIBRATION, row, "observed") / n;
        expected = rml_report_number(in, RML_REPORT_CALIBRATION, row, "expected") / n;
        if (isnan(observed) || isnan(expected)) continue;
        wilson(observed, n, &low, &high);
        fprintf(script, "%.17g %.17g %.17g %.17g\n", expected, observed, low, high);
        fprintf(csv, "%d", g);
        rml_csv_number(csv, expected, false);
        rml_csv_number(csv, observed, false);
        rml_csv_number(csv, low, false);
        rml_csv_number(csv, high, false);
        rml_csv_number(csv, n, false);
        fputc('\n', csv);
    }
    fputs("NaN NaN NaN NaN\nEOD\n", script);
}

static void calibration(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    const double slope = rml_report_number(in, RML_REPORT_BOARD, chosen, "calibration_slope");
    const double intercept = rml_report_number(in, RML_REPORT_BOARD, chosen, "calibration_intercept");
    const double large = rml_report_number(in, RML_REPORT_BOARD, chosen, "calibration_in_the_large");
    const double hl = rml_report_number(in, RML_REPORT_BOARD, chosen, "hosmer_lemeshow");
    double share[2][BINS];
    FILE *script, *caption, *csv, *bins;
    char a[32], b[32], c[32], d[32];

    if (mean_row(in, "chosen", "all") < 0) return;
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "calibration", "Calibration of the chosen pipeline",
                               RML_FIGURE_WIDTH, 450, &caption);
    bins = rml_report_csv(r, "probabilities");
    fputs("probability,negatives,positives\n", bins); /* shares of the largest bin of both */
    csv = rml_report_csv(r, "calibration");
    fputs("group,predicted,observed,low,high,n\n", csv);
    put_groups(r, script, csv);
    count_bins(in, chosen, share);
    fputs("$bins << EOD\n", script);
    for (int32_t k = 0; k < BINS; ++k) {
        const double at = (k + 0.5) / BINS;

        fprintf(script, "%.17g -0.13 %.17g %.17g\n", at, -0.13 + 0.1 * share[1][k], -0.13 - 0.1 * share[0][k]);
        fprintf(bins, "%.17g,%.17g,%.17g\n", at, share[0][k], share[1][k]);
    }
    fputs(
        "EOD\nset size ratio 1.1\nset xrange [0:1]\nset yrange [-0.25:1]\nset xtics 0.2\nset ytics 0,0.2\nset xlabel ",
        script);
    rml_report_text(r, "Predicted probability", 40);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Observed share", 40);
    fputs("\nset arrow from 0,0 to 1,1 nohead linewidth 0.8 dashtype (6,4) linecolor rgb "
          "'" RML_COLOUR_QUIET "'\n",
          script);
    fputs("set ytics add (", script);
    rml_report_text(r, "positive", 20);
    fputs(" -0.085, ", script);
    rml_report_text(r, "negative", 20);
    fputs(" -0.175)\n", script);
    rml_report_key_below(script, 2, 0);
    fprintf(script,
            "logit(p) = log(p / (1 - p))\ncurve(p) = 1 / (1 + exp(-(%.17g + %.17g * logit(p))))\nset samples 200\n",
            isnan(intercept) ? 0.0 : intercept, isnan(slope) ? 0.0 : slope);
    fprintf(script,
            "plot $bins using 1:2:(0):($3-$2) with vectors nohead linewidth 5 linecolor rgb '" RML_COLOUR_MAIN
            "' notitle, $bins using 1:2:(0):($4-$2) with vectors nohead linewidth 5 linecolor rgb '" RML_COLOUR_OTHER
            "' notitle, ");
    if (!isnan(slope) && !isnan(intercept)) {
        fprintf(script, "[0.01:0.99] curve(x) %s title ",
                "with lines linewidth 2.4 linecolor rgb '" RML_COLOUR_MAIN "'");
        rml_report_text(r, "logistic recalibration", 40);
        fputs(", ", script);
    }
    fputs(
        "$groups using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.7 linewidth 1.2 linecolor rgb '#222222' title ",
        script);
    rml_report_text(r, "groups by predicted probability", 40);
    fputc('\n', script);
    fprintf(caption, "Held-out patients, means over repeats. Slope %s, intercept %s, in the large %s (ideal: 1, 0, 0)",
            rml_report_digits(slope, 2, a), rml_report_digits(intercept, 2, b), rml_report_digits(large, 2, c));
    if (!isnan(hl))
        fprintf(caption,
                "; Hosmer–Lemeshow χ² %s on average (a mean over repeats is no test; each repeat’s own p stands in "
                "the sweep’s calibration.csv)",
                rml_report_digits(hl, 1, d));
    fputs(". Bars: Wilson’s 95 % limits of a group of one repeat, without the variation of training. Beneath: how "
          "often each "
          "probability was predicted.",
          caption);
}

/* 2. Decision curves ----------------------------------------------------------------------------------------------- */

enum { MOST_POINTS = 200, N_BELOW = 6 };

typedef struct rml_benefit {
    int32_t n;
    double threshold[MOST_POINTS], benefit[MOST_POINTS], all[MOST_POINTS];
} rml_benefit;

static void read_benefit(const rml_report_input *in, const char *pipeline, rml_benefit *b)
{
    const rml_table *t = &in->table[RML_REPORT_DECISION];

    b->n = 0;
    for (int64_t r = 0; r < t->n_rows && b->n < MOST_POINTS; ++r) {
        if (strcmp(rml_report_cell(in, RML_REPORT_DECISION, r, "pipeline"), pipeline) != 0 ||
            strcmp(rml_report_cell(in, RML_REPORT_DECISION, r, "repeat"), "mean") != 0)
            continue;
        b->threshold[b->n] = rml_report_number(in, RML_REPORT_DECISION, r, "threshold");
        b->benefit[b->n] = rml_report_number(in, RML_REPORT_DECISION, r, "net_benefit");
        b->all[b->n++] = rml_report_number(in, RML_REPORT_DECISION, r, "treat_all");
    }
}

/* Patients of a hundred whose held-out probability is at least a threshold. */
static double called(const rml_report_input *in, int32_t pipeline, double threshold)
{
    int64_t n = 0, n_called = 0;

    for (int64_t k = 0; k < in->n_said; ++k) {
        if (in->said[k].pipeline != pipeline || isnan(in->said[k].probability)) continue;
        ++n;
        n_called += in->said[k].probability >= threshold;
    }
    return n > 0 ? 100.0 * (double)n_called / (double)n : NAN;
}

static void put_benefit(FILE *script, FILE *csv, int32_t number, const char *name, const rml_benefit *b)
{
    fprintf(script, "$benefit%d << EOD\n", number);
    for (int32_t k = 0; k < b->n; ++k) {
        fprintf(script, "%.17g %.17g %.17g\n", b->threshold[k], b->benefit[k], b->all[k]);
        rml_csv_text(csv, name, true);
        rml_csv_number(csv, b->threshold[k], false);
        rml_csv_number(csv, b->benefit[k], false);
        rml_csv_number(csv, b->all[k], false);
        fputs(",0\n", csv);
    }
    fputs("EOD\n", script);
}

static void decision(rml_report *r)
{
    static const double below[N_BELOW] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    const rml_report_input *in = &r->in;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    rml_benefit *b = malloc(sizeof *b);
    double share[N_BELOW], odds[N_BELOW], top = 0.05;
    FILE *script, *caption, *csv;
    int32_t n = 0;

    if (!b) {
        r->no_memory = true;
        return;
    }
    read_benefit(in, "chosen", b);
    if (!in->there[RML_REPORT_DECISION] || b->n == 0) {
        free(b);
        return;
    }
    for (int32_t k = 0; k < b->n; ++k) {
        if (b->benefit[k] > top) top = b->benefit[k];
        if (b->all[k] > top) top = b->all[k];
    }
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "decision_curve", "Decision curve, held-out patients",
                               RML_FIGURE_WIDTH, 450, &caption);
    csv = rml_report_csv(r, "decision_curve");
    fputs("pipeline,threshold,net_benefit,treat_all,treat_none\n", csv);
    fprintf(script, "set xrange [0:0.7]\nset yrange [%.17g:%.17g]\nset xtics 0.1\nset lmargin 12\nset xlabel ",
            -0.2 * top, 1.08 * top);
    rml_report_text(r, "Threshold probability", 40);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Net benefit", 40);
    fputs(" offset 1,0\n", script);
    for (int32_t k = 0; k < N_BELOW; ++k) {
        share[k] = called(in, chosen, below[k]);
        odds[k] = (1.0 - below[k]) / below[k];
    }
    for (int64_t row = 0; row < in->table[RML_REPORT_BOARD].n_rows; ++row)
        n += row == chosen || strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "control"), "yes") == 0;
    rml_report_key_below(script, (n + 3) / 2, 2);
    n = 0;
    rml_report_row_below(r, script, 0, "called, %", N_BELOW, below, share, 0);
    rml_report_row_below(r, script, 1, "FP per TP", N_BELOW, below, odds, 1);
    for (int64_t row = 0; row < in->table[RML_REPORT_BOARD].n_rows; ++row) {
        const char *name = rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline");

        if (row != chosen && strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "control"), "yes") != 0) continue;
        read_benefit(in, name, b);
        if (b->n > 0) put_benefit(script, csv, (int32_t)row, name, b);
    }
    fprintf(script, "plot $benefit%d using 1:3 with lines linewidth 1.2 linecolor rgb '#222222' title ", chosen);
    rml_report_text(r, "treat all", 20);
    fputs(", 0 with lines linewidth 1.2 dashtype (6,4) linecolor rgb '#222222' title ", script);
    rml_report_text(r, "treat none", 20);
    for (int64_t row = 0; row < in->table[RML_REPORT_BOARD].n_rows; ++row) {
        const char *name = rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline");

        if (row != chosen && strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "control"), "yes") != 0) continue;
        read_benefit(in, name, b);
        if (b->n == 0) continue;
        fprintf(script, ", $benefit%d using 1:2 with lines %s title ", (int32_t)row, rml_report_line(n++));
        rml_report_text(r, name, 30);
    }
    fputc('\n', script);
    fputs("Net benefit of acting on a probability of at least the threshold, mean over repeats. Beneath: patients of a "
          "hundred whom <b>chosen</b> calls positive there, and how many false positives one true positive is taken to "
          "be "
          "worth.",
          caption);
    free(b);
}

void rml_report_curves(rml_report *r)
{
    calibration(r);
    decision(r);
}
