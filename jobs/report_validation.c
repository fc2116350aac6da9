/* The same measures of the training patients, of those held out, and of others that `radmill validate` was given. */
#include <math.h>
#include <string.h>

#include "jobs/report.h"

typedef struct rml_compared {
    const char *word;
    const char *apparent, *board, *validated; /* columns of the leaderboard and of validation.csv; NULL: not there */
    bool limits[2];                           /* whether board and validated have _low and _high */
    bool p;
} rml_compared;

static const rml_compared of_classes[] = {
    {"AUC", "auc_apparent", "auc", "auc", {true, true}, false},
    {"Sensitivity", NULL, "sensitivity", "sensitivity", {false, true}, false},
    {"Specificity", NULL, "specificity", "specificity", {false, true}, false},
    {"PPV", NULL, "ppv", "ppv", {false, true}, false},
    {"NPV", NULL, "npv", "npv", {false, true}, false},
    {"Brier score", NULL, "brier", "brier", {false, false}, false},
    {"Calibration slope", NULL, "calibration_slope", "calibration_slope", {false, false}, false},
    {"Calibration in the large", NULL, "calibration_in_the_large", "calibration_in_the_large", {false, false}, false},
    {"Hosmer-Lemeshow p", NULL, "hosmer_lemeshow_p", "hosmer_lemeshow_p", {false, false}, true}};

static const rml_compared of_times[] = {{"C-index", "c-index_apparent", "c-index", "c_index", {true, true}, false},
                                        {"Calibration slope", NULL, NULL, "calibration_slope", {false, true}, false}};

static double number(const rml_report_input *in, rml_report_table table, const char *column, const char *ending)
{
    char name[96];

    if (!column) return NAN;
    snprintf(name, sizeof name, "%.60s%s", column, ending);
    return rml_report_number(in, table, 0, name);
}

static void put_cell(FILE *out, FILE *csv, const rml_report_input *in, rml_report_table table, const char *column,
                     bool limits, bool p)
{
    const double value = number(in, table, column, ""), low = limits ? number(in, table, column, "_low") : NAN,
                 high = limits ? number(in, table, column, "_high") : NAN;
    char text[96];

    fputs("<td>", out);
    rml_html_text(out, p            ? rml_report_p(value, text)
                       : isnan(low) ? rml_report_digits(value, 3, text)
                                    : rml_report_interval(value, low, high, 3, text));
    fputs("</td>", out);
    rml_csv_number(csv, value, false);
    rml_csv_number(csv, low, false);
    rml_csv_number(csv, high, false);
}

/* "chosen" is the leaderboard's first row, all patients validation.csv's. */
void rml_report_validation(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const bool times = in->event != NULL;
    const rml_compared *row = times ? of_times : of_classes;
    const size_t n = times ? sizeof of_times / sizeof *of_times : sizeof of_classes / sizeof *of_classes;
    const char *known = rml_report_cell(in, RML_REPORT_VALIDATION, 0, "trained_on");
    FILE *out, *csv;

    if (!in->there[RML_REPORT_VALIDATION] || (!times && !in->two_classes)) return;
    out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    csv = rml_report_csv(r, "validation");
    fputs("measure,apparent,apparent_low,apparent_high,held_out,held_out_low,held_out_high,others,others_low,"
          "others_high\n",
          csv);
    fprintf(
        out,
        "<h3>Training, held-out and other patients</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>"
        "</th><th>Training, apparent</th><th>Held out</th><th>%s %s</th></tr></thead>"
        "<tbody>\n",
        rml_report_cell(in, RML_REPORT_VALIDATION, 0, "n"),
        *known && strcmp(known, "0") != 0 ? "given, not all others" : "others");
    for (size_t k = 0; k < n; ++k) {
        fputs("<tr><td>", out);
        rml_html_text(out, row[k].word);
        fputs("</td>", out);
        rml_csv_text(csv, row[k].word, true);
        put_cell(out, csv, in, RML_REPORT_BOARD, row[k].apparent, false, row[k].p);
        put_cell(out, csv, in, RML_REPORT_BOARD, row[k].board, row[k].limits[0], row[k].p);
        put_cell(out, csv, in, RML_REPORT_VALIDATION, row[k].validated, row[k].limits[1], row[k].p);
        fputs("</tr>\n", out);
        fputc('\n', csv);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">The first column is apparent. The second is of <b>chosen</b> "
          "(limits "
          "corrected for overlapping training parts, approximate",
          out);
    if (!times) fputs("; Hosmer-Lemeshow: the mean p over repeats, which is no p itself", out);
    fputs(
        "). The third is of <code>model.json</code> on patients of <code>radmill validate</code>, nothing fitted again",
        out);
    if (strcmp(rml_report_cell(in, RML_REPORT_VALIDATION, 0, "trained_on"), "0") != 0) {
        fputs("; <b>", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_VALIDATION, 0, "trained_on"));
        fputs(" of these were trained on</b>", out);
    }
    fputs(".</p>\n", out);
}
