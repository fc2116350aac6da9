/* Of a sweep whose outcome is a time: what clinical columns and the chosen pipeline's score add to each other, and what
 * acting on the predicted risk is worth.
 *
 * 1. Differences
 * 2. Net benefit at a time */
#include <math.h>
#include <string.h>

#include "jobs/report.h"

static bool says(const rml_report_input *in, rml_report_table table, int64_t row, const char *column, const char *value)
{
    return strcmp(rml_report_cell(in, table, row, column), value) == 0;
}

/* 1. Differences --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *measure, *word;
} measure[] = {{"c_index", "C-index"}, {"uno_c", "Uno’s C"}, {"integrated_brier", "integrated Brier score"}};
enum { N_MEASURES = sizeof measure / sizeof *measure };

static void differences(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_TIME_ADDED];
    FILE *out;
    char text[96];

    if (!in->there[RML_REPORT_TIME_ADDED] || t->n_rows == 0) return;
    out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    fputs("<h3>What each adds to the other</h3>\n<div class=\"wide\"><table "
          "class=\"numbers\"><thead><tr><th>Pipeline</th>"
          "<th>against</th><th>measure</th><th>difference (95 %)</th><th>p</th></tr></thead><tbody>\n",
          out);
    for (int64_t row = 0; row < t->n_rows; ++row)
        for (int32_t k = 0; k < N_MEASURES; ++k) { /* those at single times are in the sweep's table */
            if (!says(in, RML_REPORT_TIME_ADDED, row, "measure", measure[k].measure)) continue;
            fputs("<tr><td>", out);
            rml_html_text(out, rml_report_cell(in, RML_REPORT_TIME_ADDED, row, "pipeline"));
            fputs("</td><td>", out);
            rml_html_text(out, rml_report_cell(in, RML_REPORT_TIME_ADDED, row, "against"));
            fprintf(out, "</td><td>%s</td><td>%s</td><td>", measure[k].word,
                    rml_report_interval(rml_report_number(in, RML_REPORT_TIME_ADDED, row, "difference"),
                                        rml_report_number(in, RML_REPORT_TIME_ADDED, row, "low"),
                                        rml_report_number(in, RML_REPORT_TIME_ADDED, row, "high"), 3, text));
            rml_html_text(out, rml_report_p(rml_report_number(in, RML_REPORT_TIME_ADDED, row, "p"), text));
            fputs("</td></tr>\n", out);
        }
    fprintf(out,
            "</tbody></table></div>\n<p class=\"note\">The same held-out patients%s A lower Brier score is the better "
            "one. Single times are in survival_added.csv.</p>\n",
            rml_report_single(in) ? "; of one held-out part there are neither limits nor p."
                                  : ", part by part; limits and p by the corrected paired t test, approximate.");
}

/* 2. Net benefit at a time ----------------------------------------------------------------------------------------- */

enum { MOST_LINES = 6 };

/* The middle one of the times that there are; NaN without any. */
static double middle_time(const rml_report_input *in)
{
    const rml_table *t = &in->table[RML_REPORT_TIME_BENEFIT];
    double time[64], before = NAN;
    int32_t n = 0;

    for (int64_t row = 0; row < t->n_rows && n < 64; ++row) { /* ascending, within the first pipeline */
        const double at = rml_report_number(in, RML_REPORT_TIME_BENEFIT, row, "time");

        if (!says(in, RML_REPORT_TIME_BENEFIT, row, "pipeline", "chosen") || at == before) continue;
        time[n++] = before = at;
    }
    return n > 0 ? time[n / 2] : NAN;
}

/* Whether there are numbers; they are put into the script and the CSV. top: raised to the largest */
static bool put_benefit(const rml_report_input *in, const char *pipeline, double time, int32_t number, FILE *script,
                        FILE *csv, double *top)
{
    static const char *const column[] = {"threshold", "net_benefit", "treat_all"};
    bool any = false;

    fprintf(script, "$benefit%d << EOD\n", number);
    for (int64_t row = 0; row < in->table[RML_REPORT_TIME_BENEFIT].n_rows; ++row) {
        double value[3];

        if (!says(in, RML_REPORT_TIME_BENEFIT, row, "pipeline", pipeline) ||
            rml_report_number(in, RML_REPORT_TIME_BENEFIT, row, "time") != time)
            continue;
        rml_csv_text(csv, pipeline, true);
        rml_csv_number(csv, time, false);
        for (int32_t k = 0; k < 3; ++k) {
            value[k] = rml_report_number(in, RML_REPORT_TIME_BENEFIT, row, column[k]);
            rml_csv_number(csv, value[k], false);
        }
        fputc('\n', csv);
        if (isnan(value[1])) continue;
        fprintf(script, "%.9g %.9g %.9g\n", value[0], value[1], value[2]);
        *top = fmax(*top, fmax(value[1], value[2]));
        any = true;
    }
    fputs("NaN NaN NaN\nEOD\n", script);
    return any;
}

static void benefit(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const double time = in->there[RML_REPORT_TIME_BENEFIT] ? middle_time(in) : NAN;
    const char *name[MOST_LINES];
    double top = 0.05;
    int32_t n = 0;
    FILE *script, *caption, *csv;

    if (isnan(time)) return;
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "time_benefit", "Decision curve at a time, held-out patients",
                               RML_FIGURE_WIDTH, 430, &caption);
    csv = rml_report_csv(r, "time_benefit");
    fputs("pipeline,time,threshold,net_benefit,treat_all\n", csv);
    for (int64_t row = 0; row < in->table[RML_REPORT_BOARD].n_rows && n < MOST_LINES; ++row) {
        const char *pipeline = rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline");

        if ((says(in, RML_REPORT_BOARD, row, "corrected_for_choice", "yes") ||
             says(in, RML_REPORT_BOARD, row, "control", "yes")) &&
            put_benefit(in, pipeline, time, n, script, csv, &top))
            name[n++] = pipeline;
    }
    fprintf(script, "set xrange [0:0.99]\nset yrange [%.9g:%.9g]\nset xtics 0.2\nset xlabel ", -0.2 * top, 1.08 * top);
    rml_report_textf(r, 60, "Threshold of the risk by %.4g", time);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Net benefit", 40);
    fputs("\n", script);
    rml_report_key_below(script, (n + 3) / 2, 0);
    fputs("plot 0 with lines linewidth 1.2 dashtype (6,4) linecolor rgb '#222222' title ", script);
    rml_report_text(r, "treat none", 20);
    if (n > 0) {
        fputs(", $benefit0 using 1:3 with lines linewidth 1.2 linecolor rgb '#222222' title ", script);
        rml_report_text(r, "treat all", 20);
    }
    for (int32_t k = 0; k < n; ++k) {
        fprintf(script, ", $benefit%d using 1:2 with lines %s title ", k, rml_report_line(k));
        rml_report_text(r, name[k], 30);
    }
    fputc('\n', script);
    fprintf(
        caption,
        "Net benefit of acting on a predicted risk of the event by %.4g of at least the threshold, mean over repeats. "
        "Other times are in survival_benefit.csv.",
        time);
}

void rml_report_times_added(rml_report *r)
{
    benefit(r);
    differences(r);
}
