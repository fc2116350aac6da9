/* The cut of a column at which survival differs most: the statistic at every cut that was tried, and what its largest
 * value says once the search is paid for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

static double number(const rml_report_input *in, int64_t row, const char *column)
{
    return rml_report_number(in, RML_REPORT_CUTPOINTS, row, column);
}

static void put_p(const rml_report_input *in, int64_t row, const char *column, const char *before, FILE *caption)
{
    const double p = number(in, row, column);
    char text[32];

    if (isnan(p)) return;
    fputs(before, caption);
    rml_html_text(caption, rml_report_p(fmin(p, 1.0), text)); /* a bound may exceed 1 */
}

static void describe(const rml_report_input *in, int64_t row, FILE *caption)
{
    char text[32];

    fprintf(caption,
            "Every cut that leaves a share of %s of the patients on either side, and the largest statistic at ",
            rml_report_digits(number(in, row, "least"), 2, text));
    fprintf(caption, "<b>%s%.4g</b>", number(in, row, "cut") < 0.0 ? "−" : "", fabs(number(in, row, "cut")));
    fprintf(caption, " (%.0f at or below, %.0f above", number(in, row, "n_low"), number(in, row, "n_high"));
    if (!isnan(number(in, row, "events_low")))
        fprintf(caption, "; %.0f and %.0f of them with the event", number(in, row, "events_low"),
                number(in, row, "events_high"));
    fputs(").", caption);
    put_p(in, row, "p_permuted", " p of the largest of all cuts, by permutations: ", caption);
    put_p(in, row, "p_lausen92", "; Lausen and Schumacher 1992: ", caption);
    put_p(in, row, "p_lausen94", "; Lausen, Sauerbrei and Schumacher 1994: ", caption);
    put_p(in, row, "p_hothorn", "; Hothorn and Lausen: ", caption);
    put_p(in, row, "median_p", ". At the median, which no outcome chose: p ", caption);
    fputs(". No hazard ratio and no log-rank test is given at the learned cut: the same patients chose it.", caption);
    if (*rml_report_cell(in, RML_REPORT_CUTPOINTS, row, "strata")) {
        fputs(" Statistic and permutations within each ", caption);
        rml_html_text(caption, rml_report_cell(in, RML_REPORT_CUTPOINTS, row, "strata"));
        fputs(".", caption);
    }
}

static void draw(rml_report *r, int64_t row, int32_t n)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_CUTPOINT_SCAN];
    const char *column = rml_report_cell(in, RML_REPORT_CUTPOINTS, row, "column");
    const double cut = number(in, row, "cut"), median = number(in, row, "median");
    double low = INFINITY, high = -INFINITY, most = 0.0;
    char name[32], *title = NULL;
    FILE *script, *caption, *csv;

    snprintf(name, sizeof name, "cutpoint_%d", n);
    if (asprintf(&title, "Where %s is cut: every cut tried", column) < 0) {
        r->no_memory = true;
        return;
    }
    script = rml_report_figure(r, RML_REPORT_SURVIVAL, name, title, RML_FIGURE_WIDTH, 380, &caption);
    free(title);
    csv = rml_report_csv(r, name);
    fputs("cut,n_low,n_high,statistic\n", csv);
    fputs("$scan << EOD\n", script);
    for (int64_t k = 0; k < t->n_rows; ++k) {
        const double at = rml_report_number(in, RML_REPORT_CUTPOINT_SCAN, k, "cut");
        const double statistic = fabs(rml_report_number(in, RML_REPORT_CUTPOINT_SCAN, k, "statistic"));

        if (strcmp(rml_report_cell(in, RML_REPORT_CUTPOINT_SCAN, k, "column"), column) != 0) continue;
        fprintf(script, "%.9g %.9g\n", at, statistic);
        low = fmin(low, at);
        high = fmax(high, at);
        most = fmax(most, statistic);
        rml_csv_number(csv, at, true);
        rml_csv_number(csv, rml_report_number(in, RML_REPORT_CUTPOINT_SCAN, k, "n_low"), false);
        rml_csv_number(csv, rml_report_number(in, RML_REPORT_CUTPOINT_SCAN, k, "n_high"), false);
        rml_csv_number(csv, rml_report_number(in, RML_REPORT_CUTPOINT_SCAN, k, "statistic"), false);
        fputc('\n', csv);
    }
    fprintf(script, "EOD\n$best << EOD\n%.9g %.9g\nEOD\nset yrange [0:%.9g]\n", cut, most,
            most > 0.0 ? 1.08 * most : 1.0);
    if (high > low) {
        fprintf(script, "set xrange [%.9g:%.9g]\n", low - 0.03 * (high - low), high + 0.03 * (high - low));
        rml_report_ticks(script, low, high, 6);
    }
    if (median >= low && median <= high)
        fprintf(script,
                "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead linewidth 1 dashtype (6,4) linecolor rgb "
                "'" RML_COLOUR_QUIET "'\n",
                median, median);
    fputs("set xlabel ", script);
    rml_report_text(r, column, 44);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Standardised log-rank statistic", 40);
    fputs("\n", script);
    rml_report_key_below(script, 3, 0);
    fputs("plot $scan using 1:2 with linespoints pointtype 7 pointsize 0.3 linewidth 1.2 linecolor rgb "
          "'" RML_COLOUR_MAIN "' title ",
          script);
    rml_report_text(r, "every cut", 60);
    fputs(", $best using 1:2 with points pointtype 13 pointsize 1.4 linecolor rgb '" RML_COLOUR_THIRD "' title ",
          script);
    rml_report_text(r, "the largest: learned on these patients", 60);
    fputs(", NaN with lines linewidth 1 dashtype (6,4) linecolor rgb '" RML_COLOUR_QUIET "' title ", script);
    rml_report_text(r, "the median cut", 60);
    fputc('\n', script);
    describe(in, row, caption);
}

void rml_report_cutpoints(rml_report *r)
{
    const rml_report_input *in = &r->in;
    int32_t n = 0;

    if (!in->there[RML_REPORT_CUTPOINTS] || !in->there[RML_REPORT_CUTPOINT_SCAN]) return;
    for (int64_t row = 0; row < in->table[RML_REPORT_CUTPOINTS].n_rows; ++row)
        if (!isnan(number(in, row, "cut"))) draw(r, row, ++n);
}
