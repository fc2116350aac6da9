/* Of `radmill survive`: what more terms add to a model, on the patients that both were fitted to.
 *
 * 1. Differences
 * 2. Net benefit at a time
 * 3. Reclassification, where it was asked for */
#include <math.h>
#include <string.h>

#include "jobs/report.h"

static int64_t n_rows_of(const rml_report_input *in, rml_report_table table)
{
    return in->there[table] ? in->table[table].n_rows : 0;
}

/* 1. Differences --------------------------------------------------------------------------------------------------- */

static void put_row(FILE *out, const char *name, double smaller, double larger)
{
    const double value[] = {smaller, larger, larger - smaller};
    char text[32];

    fprintf(out, "<tr><td>%s</td>", name);
    for (size_t k = 0; k < sizeof value / sizeof *value; ++k)
        fprintf(out, "<td>%s</td>", rml_report_digits(value[k], 3, text));
    fputs("</tr>\n", out);
}

static void differences(rml_report *r)
{
    const rml_report_input *in = &r->in;
    FILE *out = rml_report_piece(r, RML_REPORT_SURVIVAL);
    char text[96];

    fputs("<h3>What is added by ", out);
    rml_html_text(out, rml_report_cell(in, RML_REPORT_NESTED, 0, "added"));
    fputs(" to ", out);
    rml_html_text(out, rml_report_cell(in, RML_REPORT_NESTED, 0, "base"));
    fputs(
        "</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Apparent</th><th>Without</th><th>With</th>"
        "<th>Difference</th></tr></thead><tbody>\n",
        out);
    put_row(out, "C-index", rml_report_number(in, RML_REPORT_NESTED, 0, "c_index_base_apparent"),
            rml_report_number(in, RML_REPORT_NESTED, 0, "c_index_with_apparent"));
    for (int64_t k = 0; k < n_rows_of(in, RML_REPORT_NESTED_TIMES); ++k) {
        snprintf(text, sizeof text, "AUC at %.4g", rml_report_number(in, RML_REPORT_NESTED_TIMES, k, "time"));
        put_row(out, text, rml_report_number(in, RML_REPORT_NESTED_TIMES, k, "auc_base_apparent"),
                rml_report_number(in, RML_REPORT_NESTED_TIMES, k, "auc_with_apparent"));
    }
    fprintf(out,
            "</tbody></table></div>\n<p class=\"note\">%.0f patients with %.0f events, %.0f left out for a missing "
            "value. Likelihood ratio %s",
            rml_report_number(in, RML_REPORT_NESTED, 0, "n"), rml_report_number(in, RML_REPORT_NESTED, 0, "events"),
            rml_report_number(in, RML_REPORT_NESTED, 0, "left_out"),
            rml_report_digits(rml_report_number(in, RML_REPORT_NESTED, 0, "lrt"), 2, text));
    fprintf(out, " (degrees of freedom: %.0f), p ", rml_report_number(in, RML_REPORT_NESTED, 0, "df"));
    rml_html_text(out, rml_report_p(rml_report_number(in, RML_REPORT_NESTED, 0, "p"), text));
    for (int side = 0; side < 2; ++side) {
        const char *fit = rml_report_cell(in, RML_REPORT_NESTED, 0, side == 0 ? "base_fit" : "with_fit");

        if (*fit && strcmp(fit, "converged") != 0)
            rml_html_print(out, ". The fit %s, so that there is no AUC or net benefit: %.300s",
                           side == 0 ? "without them" : "with them", fit);
    }
    fputs(". C-index and AUC are <b>apparent</b>: on the patients that both models were fitted to, where more terms "
          "seldom look worse.",
          out);
    if (*rml_report_about(in, "strata", 0))
        rml_html_print(
            out,
            " C is within each %.200s; AUC and net benefit are of the risk by the own baseline of the patient’s "
            "%.200s, and so of what lies between them as well.",
            rml_report_about(in, "strata", 0), rml_report_about(in, "strata", 0));
    fputs("</p>\n", out);
}

/* 2. Net benefit at a time ----------------------------------------------------------------------------------------- */

/* The middle one of the times that there are; NaN without any. */
static double middle_time(const rml_report_input *in)
{
    const int64_t n = n_rows_of(in, RML_REPORT_NESTED_TIMES);

    return n > 0 ? rml_report_number(in, RML_REPORT_NESTED_TIMES, n / 2, "time") : NAN;
}

static void benefit(rml_report *r)
{
    static const char *const column[] = {"threshold", "base_apparent", "with_apparent", "treat_all"};
    const rml_report_input *in = &r->in;
    const double time = middle_time(in);
    double top = 0.05;
    bool any = false;
    FILE *script, *caption, *csv;

    for (int64_t row = 0; row < n_rows_of(in, RML_REPORT_NESTED_BENEFIT); ++row)
        any |= rml_report_number(in, RML_REPORT_NESTED_BENEFIT, row, "time") == time &&
               !isnan(rml_report_number(in, RML_REPORT_NESTED_BENEFIT, row, "with_apparent"));
    if (!any) return;
    script = rml_report_figure(r, RML_REPORT_SURVIVAL, "nested_benefit", "What the added terms are worth: apparent",
                               RML_FIGURE_WIDTH, 400, &caption);
    csv = rml_report_csv(r, "nested_benefit");
    fputs("time,threshold,base_apparent,with_apparent,treat_all\n", csv);
    fputs("$benefit << EOD\n", script);
    for (int64_t row = 0; row < n_rows_of(in, RML_REPORT_NESTED_BENEFIT); ++row) {
        if (rml_report_number(in, RML_REPORT_NESTED_BENEFIT, row, "time") != time) continue;
        rml_csv_number(csv, time, true);
        for (int32_t k = 0; k < 4; ++k) {
            const double value = rml_report_number(in, RML_REPORT_NESTED_BENEFIT, row, column[k]);

            rml_csv_number(csv, value, false);
            fprintf(script, k > 0 ? " %.9g" : "%.9g", value);
            if (k > 0) top = fmax(top, value); /* fmax passes NaN over */
        }
        fputc('\n', csv);
        fputc('\n', script);
    }
    fprintf(script, "EOD\nset xrange [0:0.99]\nset yrange [%.9g:%.9g]\nset xtics 0.2\nset xlabel ", -0.2 * top,
            1.08 * top);
    rml_report_textf(r, 60, "Threshold of the risk by %.4g", time);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Net benefit, apparent", 40);
    fputs("\n", script);
    rml_report_key_below(script, 2, 0);
    fputs("plot 0 with lines linewidth 1.2 dashtype (6,4) linecolor rgb '#222222' title ", script);
    rml_report_text(r, "treat none", 20);
    fputs(", $benefit using 1:4 with lines linewidth 1.2 linecolor rgb '#222222' title ", script);
    rml_report_text(r, "treat all", 20);
    fprintf(script, ", $benefit using 1:3 with lines %s title ", rml_report_line(0));
    rml_report_text(r, "with the added terms", 30);
    fprintf(script, ", $benefit using 1:2 with lines %s title ", rml_report_line(1));
    rml_report_text(r, "without them", 30);
    fputc('\n', script);
    fprintf(caption,
            "Net benefit of acting on a predicted risk of the event by %.4g of at least the threshold. On the patients "
            "that both models were fitted to. Other times are in nested_benefit.csv.",
            time);
}

/* 3. Reclassification, where it was asked for ---------------------------------------------------------------------- */

static void reclassification(rml_report *r)
{
    const rml_report_input *in = &r->in;
    static const char *const limit[] = {"apparent", "lower", "upper"};
    const int64_t n = n_rows_of(in, RML_REPORT_RECLASSIFICATION);
    bool beyond = false;
    const char *none = "";
    FILE *out;
    char text[96];

    if (n == 0) return;
    out = rml_report_piece(r, RML_REPORT_SURVIVAL);
    fprintf(out, "<h3>Reclassification at %.4g, which the study asks for</h3>\n<p><b>",
            rml_report_number(in, RML_REPORT_RECLASSIFICATION, 0, "time"));
    rml_html_text(out, rml_report_cell(in, RML_REPORT_RECLASSIFICATION, 0, "caution"));
    fputs("</b>.</p>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Measure</th><th>of</th><th>apparent "
          "(95 %)</th></tr></thead><tbody>\n",
          out);
    for (int64_t k = 0; k < n; ++k) {
        const char *cuts = rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "cuts");
        const bool both = strcmp(rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "of"), "both") == 0;

        for (int32_t c = 0; c < 3; ++c) /* NRI of both is the sum of the parts, and up to 2 */
            beyond |= fabs(rml_report_number(in, RML_REPORT_RECLASSIFICATION, k, limit[c])) > (both ? 2.0 : 1.0);
        if (*rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "note"))
            none = rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "note");
        fputs("<tr><td>", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "measure"));
        if (*cuts) {
            fputs(", cut at ", out);
            rml_html_text(out, cuts);
        }
        fputs("</td><td>", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_RECLASSIFICATION, k, "of"));
        fprintf(out, "</td><td>%s</td></tr>\n",
                rml_report_interval(rml_report_number(in, RML_REPORT_RECLASSIFICATION, k, "apparent"),
                                    rml_report_number(in, RML_REPORT_RECLASSIFICATION, k, "lower"),
                                    rml_report_number(in, RML_REPORT_RECLASSIFICATION, k, "upper"), 3, text));
    }
    fprintf(out,
            "</tbody></table></div>\n<p class=\"note\">NRI by Kaplan and Meier’s estimate among those who move%s; IDI "
            "weighted for censoring; on the patients that both models were fitted to, limits by up to %.0f "
            "resamples.",
            beyond ? ", which need not add up to that of all: a part beyond 1 comes of it" : "",
            rml_report_number(in, RML_REPORT_RECLASSIFICATION, 0, "resamples"));
    if (*none) rml_html_print(out, " –: %.400s.", none);
    fputs("</p>\n", out);
}

void rml_report_nested(rml_report *r)
{
    if (n_rows_of(&r->in, RML_REPORT_NESTED) == 0) return;
    differences(r);
    benefit(r);
    reclassification(r);
}
