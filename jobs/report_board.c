/* Every pipeline with its interval, as a figure and as a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

enum { MOST_ROWS = 24, NAME = 22 }; /* of figure and table; the sweep’s leaderboard.csv has all */

typedef struct rml_board_line {
    int64_t row; /* of the leaderboard */
    int32_t kind;
    double value, low, high, apparent;
} rml_board_line;

enum { CHOSEN, PIPELINE, CONTROL };

static int32_t kind_of(const rml_report_input *in, int64_t row)
{
    if (strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "corrected_for_choice"), "yes") == 0) return CHOSEN;
    return strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "control"), "yes") == 0 ? CONTROL : PIPELINE;
}

static double metric(const rml_report_input *in, int64_t row, const char *ending)
{
    char name[96];

    snprintf(name, sizeof name, "%.60s%s", in->metric, ending);
    return rml_report_number(in, RML_REPORT_BOARD, row, name);
}

/* The rows that the figure shows, in the leaderboard's order: of many pipelines the first ones, which are the best. */
static int32_t list_lines(const rml_report_input *in, rml_board_line *line, int32_t *n_left_out)
{
    const int64_t n_rows = in->table[RML_REPORT_BOARD].n_rows;
    int32_t n = 0, n_others = 0;

    for (int64_t r = 0; r < n_rows; ++r) n_others += kind_of(in, r) != PIPELINE;
    *n_left_out = 0;
    for (int64_t r = 0; r < n_rows; ++r) {
        const int32_t kind = kind_of(in, r);

        if (kind == PIPELINE && n >= MOST_ROWS - n_others) {
            ++*n_left_out;
            continue;
        }
        line[n] = (rml_board_line){
            .row = r, .kind = kind, .value = metric(in, r, ""), .apparent = metric(in, r, "_apparent")};
        rml_report_limits(in, r, &line[n].low, &line[n].high);
        ++n;
    }
    return n;
}

static void put_data(FILE *script, const char *name, const rml_board_line *line, int32_t n, int32_t kind)
{
    fprintf(script, "$%s << EOD\n", name);
    for (int32_t i = 0; i < n; ++i)
        if (line[i].kind == kind && !isnan(line[i].value))
            fprintf(script, "%.17g %d %.17g %.17g\n", line[i].value, n - i,
                    isnan(line[i].low) ? line[i].value : line[i].low,
                    isnan(line[i].high) ? line[i].value : line[i].high);
    fputs("NaN NaN NaN NaN\nEOD\n", script); /* a block without a line is an error */
}

static const char *name_of(const rml_report_input *in, const rml_board_line *line)
{
    return rml_report_cell(in, RML_REPORT_BOARD, line->row, "pipeline");
}

static FILE *begin_figure(rml_report *r, const rml_board_line *line, int32_t n, FILE **caption)
{
    /* lines that the chance's label, which is upright, needs beside it */
    const int32_t least = isnan(rml_report_number(&r->in, RML_REPORT_BOARD, 0, "permutation_chance")) ? 5 : 6;
    int32_t height = 19;

    for (int32_t i = 0; i < n; ++i) {
        const char *name = name_of(&r->in, &line[i]);

        height = rml_report_row_height(&name, 1, 0, NAME, height);
    }
    return rml_report_figure(r, RML_REPORT_PERFORMANCE, "leaderboard", "Every pipeline and control, held-out patients",
                             RML_FIGURE_WIDTH, 165 + height * (n > least ? n : least), caption);
}

static void put_axes(rml_report *r, const rml_board_line *line, int32_t n, FILE *script)
{
    fputs("set ytics (", script);
    for (int32_t i = 0; i < n; ++i) {
        if (i > 0) fputs(", ", script);
        rml_report_name(r, script, name_of(&r->in, &line[i]), NAME);
        fprintf(script, " %d", n - i);
    }
    fprintf(script, ")\nset yrange [0.4:%d.6]\nset grid noytics\nset xlabel ", n);
    rml_report_textf(
        r, 60, rml_report_single(&r->in) ? "%s (95 %%, of the fixed model)" : "%s (95 %%, corrected, approximate)",
        rml_report_metric(&r->in));
    fputs("\n", script);
    rml_report_key_below(script, 4, 0);
}

/* Where the values lie; and what chance is, by the metric and by the permutations (NaN: none), whose label stands left
 * of its line. */
static void put_range(rml_report *r, const rml_board_line *line, int32_t n, double permuted, FILE *script)
{
    const bool of_pairs = rml_report_of_pairs(&r->in);
    double low = INFINITY, high = -INFINITY;

    for (int32_t i = 0; i < n; ++i) {
        low = fmin(low, fmin(line[i].value, line[i].low)); /* fmin passes NaN over */
        high = fmax(high, fmax(line[i].apparent, fmax(line[i].value, line[i].high)));
    }
    if (!isnan(permuted)) {
        low = fmin(low, permuted) - 0.15 * (high - fmin(low, permuted));
        fprintf(script, "set xrange [%.17g:%.17g]\n", low, of_pairs && high > 0.97 ? 1.0 : high + 0.03 * (high - low));
    }
    rml_report_ticks(script, low, high, 6);
    if (of_pairs)
        fprintf(script, "set arrow from 0.5, graph 0 to 0.5, graph 1 nohead linewidth 1 dashtype (6,4) linecolor rgb "
                        "'" RML_COLOUR_QUIET "'\n");
    if (isnan(permuted)) return;
    fprintf(script,
            "set arrow from %.17g, graph 0 to %.17g, graph 1 nohead linewidth 1 dashtype (2,3) linecolor rgb "
            "'" RML_COLOUR_THIRD "'\nset label ",
            permuted, permuted);
    rml_report_text(r, n > 6 ? "outcome permuted" : "permuted", 40);
    fprintf(script,
            " at %.17g, graph 1 right rotate by 90 offset character -0.7, -0.3 font ',10' textcolor rgb "
            "'" RML_COLOUR_THIRD "'\n",
            permuted);
}

static void plot(rml_report *r, const rml_board_line *line, int32_t n, FILE *script)
{
    bool any_control = false;

    for (int32_t i = 0; i < n; ++i) any_control |= line[i].kind == CONTROL;
    put_data(script, "chosen", line, n, CHOSEN);
    put_data(script, "pipelines", line, n, PIPELINE);
    put_data(script, "controls", line, n, CONTROL);
    fputs("$apparent << EOD\n", script);
    for (int32_t i = 0; i < n; ++i) fprintf(script, "%.17g %d\n", line[i].apparent, n - i);
    fputs("EOD\nplot NaN notitle", script);
    if (any_control) {
        fputs(", $controls using 1:2:3:4 with xerrorbars pointtype 4 linewidth 1.4 linecolor rgb '" RML_COLOUR_THIRD
              "' title ",
              script);
        rml_report_text(r, "controls, never chosen", 60);
    }
    fputs(", $pipelines using 1:2:3:4 with xerrorbars pointtype 7 linewidth 1.4 linecolor rgb '" RML_COLOUR_SIXTH
          "' title ",
          script);
    rml_report_text(r, "single pipelines: not corrected for choice", 60);
    fputs(", $apparent using 1:2 with points pointtype 2 linecolor rgb '" RML_COLOUR_QUIET "' title ", script);
    rml_report_text(r, "apparent: on the training patients", 60);
    fputs(", $chosen using 1:2:3:4 with xerrorbars pointtype 13 pointsize 1.2 linewidth 2.4 linecolor rgb "
          "'" RML_COLOUR_MAIN "' title ",
          script);
    rml_report_text(r, "chosen: corrected for choice", 60);
    fputc('\n', script);
}

static void describe(const rml_report_input *in, double permuted, int32_t n_left_out, FILE *caption)
{
    fputs(rml_report_single(in) ? "Of one held-out part, with a fixed model’s interval there"
                                : "Mean over the held-out parts, with Nadeau and Bengio’s corrected interval",
          caption);
    fprintf(caption,
            "%s. <b>chosen</b> picks pipeline and settings inside %s training part and is the figure to report; the "
            "best of the others was picked by looking, which its interval does not pay for. ",
            rml_report_fixed(in), rml_report_single(in) ? "the" : "every");
    if (!isnan(permuted))
        fprintf(caption, "Dotted: mean of the whole procedure on outcomes permuted%s. ",
                rml_report_centres(in) ? " within centres" : "");
    if (n_left_out > 0) fprintf(caption, "%d more pipelines stand in the sweep’s leaderboard.csv. ", n_left_out);
}

static void put_csv(const rml_report_input *in, const rml_board_line *line, int32_t n, FILE *csv)
{
    static const char *const kind[] = {"corrected for choice", "not corrected for choice", "control"};

    fputs("pipeline,kind,metric,value,low,high,apparent\n", csv);
    for (int32_t i = 0; i < n; ++i) {
        rml_csv_text(csv, name_of(in, &line[i]), true);
        rml_csv_text(csv, kind[line[i].kind], false);
        rml_csv_text(csv, in->metric, false);
        rml_csv_number(csv, line[i].value, false);
        rml_csv_number(csv, line[i].low, false);
        rml_csv_number(csv, line[i].high, false);
        rml_csv_number(csv, line[i].apparent, false);
        fputc('\n', csv);
    }
}

static void draw(rml_report *r, const rml_board_line *line, int32_t n, int32_t n_left_out)
{
    const double permuted = rml_report_number(&r->in, RML_REPORT_BOARD, 0, "permutation_chance");
    FILE *caption, *script = begin_figure(r, line, n, &caption);

    put_axes(r, line, n, script);
    put_range(r, line, n, permuted, script);
    plot(r, line, n, script);
    describe(&r->in, permuted, n_left_out, caption);
    put_csv(&r->in, line, n, rml_report_csv(r, "leaderboard"));
}

/* Columns of the leaderboard that the table shows where they are there. */
static const struct {
    const char *column, *word;
    bool p;
} shown[] = {{"sensitivity", "Sens.", false},
             {"specificity", "Spec.", false},
             {"balanced_accuracy", "Bal. acc.", false},
             {"brier", "Brier", false},
             {"spearman", "ρ", false},
             {"mae", "MAE", false},
             {"selection_stability", "Stability", false},
             {"p_vs_chosen", "p, against chosen", true}};
enum { N_SHOWN = sizeof shown / sizeof *shown };

static bool is_shown(const rml_report_input *in, int32_t k)
{
    return rml_table_column(&in->table[RML_REPORT_BOARD], shown[k].column) >= 0 &&
           strcmp(shown[k].column, in->metric) != 0;
}

static void tabulate(rml_report *r, const rml_board_line *line, int32_t n)
{
    const rml_report_input *in = &r->in;
    FILE *out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    char text[96];

    fputs("<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Pipeline</th><th>", out);
    rml_html_text(out, rml_report_metric(in));
    fputs(" (95 %)</th><th>Apparent</th>", out);
    for (int32_t k = 0; k < N_SHOWN; ++k)
        if (is_shown(in, k)) fprintf(out, "<th>%s</th>", shown[k].word);
    fputs("</tr></thead><tbody>\n", out);
    for (int32_t i = 0; i < n; ++i) {
        fprintf(out, "<tr class=\"%s\"><td>",
                line[i].kind == CHOSEN    ? "chosen"
                : line[i].kind == CONTROL ? "control"
                                          : "");
        rml_html_text(out, rml_report_cell(in, RML_REPORT_BOARD, line[i].row, "pipeline"));
        fprintf(out, "</td><td>%s</td>", rml_report_interval(line[i].value, line[i].low, line[i].high, 3, text));
        fprintf(out, "<td>%s</td>", rml_report_digits(line[i].apparent, 3, text));
        for (int32_t k = 0; k < N_SHOWN; ++k) {
            const double value = rml_report_number(in, RML_REPORT_BOARD, line[i].row, shown[k].column);

            if (!is_shown(in, k)) continue;
            fputs("<td>", out);
            rml_html_text(out, shown[k].p ? rml_report_p(value, text) : rml_report_digits(value, 2, text));
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">In italics: controls, never chosen. Apparent values are of the "
          "training "
          "patients themselves. ",
          out);
    fputs(!rml_report_single(in) ? "p by the corrected paired t test, approximate."
          : in->two_classes      ? "p by DeLong’s paired test of the fixed models."
                                 : "Of one held-out part there is no p against chosen.",
          out);
    if (in->two_classes) fputs(" Sensitivity and specificity at each fold’s own threshold.", out);
    fputs("</p>\n", out);
    for (int32_t i = 0; i < n; ++i) {
        if (!rml_report_constant(in, line[i].row, NULL)) continue;
        fputs("<p class=\"note\"><b>", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_BOARD, line[i].row, "pipeline"));
        fputs("</b>: ", out);
        (void)rml_report_constant(in, line[i].row, out);
        fputs("</p>\n", out);
    }
}

void rml_report_board(rml_report *r)
{
    rml_board_line *line = malloc(((size_t)r->in.table[RML_REPORT_BOARD].n_rows + 1) * sizeof *line);
    int32_t n, n_left_out;
    bool any = false;

    if (!line) {
        r->no_memory = true;
        return;
    }
    n = list_lines(&r->in, line, &n_left_out);
    tabulate(r, line, n);
    for (int32_t i = 0; i < n; ++i) any |= !isnan(line[i].value);
    if (any) draw(r, line, n, n_left_out);
    free(line);
}
