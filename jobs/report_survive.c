/* What `radmill survive` found: hazard ratios together, alone and in subgroups.
 *
 * 1. Where there is no sweep: the page's head
 * 2. Rows of ratios, as a figure
 * 3. Terms together
 * 4. Subgroups
 * 5. Every feature alone */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"
#include "kernels/stats/adjust.h"

static double number(const rml_report_input *in, rml_report_table table, int64_t row, const char *column)
{
    return rml_report_number(in, table, row, column);
}

static void put_p_cell(FILE *out, double p)
{
    char text[32];

    fputs("<td>", out);
    rml_html_text(out, rml_report_p(p, text));
    fputs("</td>", out);
}

/* A ratio with its limits: of one standard deviation of the column, where the table has one; else of one unit. */
static void read_ratio(const rml_report_input *in, rml_report_table table, int64_t row, const char *before,
                       double ratio[3])
{
    static const char *const end[] = {"", "_lower", "_upper"};
    const bool of_sd = !isnan(number(in, table, row, "sd"));

    for (int k = 0; k < 3; ++k) {
        char name[48];

        snprintf(name, sizeof name, "%shr%s%s", before, of_sd ? "_sd" : "", end[k]);
        ratio[k] = number(in, table, row, name);
    }
}

static void put_ratio_cell(const rml_report_input *in, rml_report_table table, int64_t row, const char *before,
                           FILE *out)
{
    double ratio[3];
    char text[96];

    read_ratio(in, table, row, before, ratio);
    fprintf(out, "<td>%s</td>", rml_report_ratio(ratio[0], ratio[1], ratio[2], text));
}

static bool is_offset(const rml_report_input *in, const char *column)
{
    return *column && strcmp(column, rml_report_about(in, "offset", 0)) == 0;
}

/* Under a table that shows it. */
static const char own_ratio[] = "<p class=\"note\">* The offset’s own ratio is not its effect: it is what its "
                                "coefficient of 1 lacks (above 1) or has too much (below).</p>\n";

/* A column's name, and how much one standard deviation of it is. */
static void put_column_cell(const rml_report_input *in, rml_report_table table, int64_t row, const char *name,
                            FILE *out)
{
    const double sd = number(in, table, row, "sd");

    fputs("<td>", out);
    rml_html_text(out, rml_report_cell(in, table, row, name));
    if (is_offset(in, rml_report_cell(in, table, row, name))) fputs(" (the offset*)", out);
    if (!isnan(sd)) fprintf(out, " (%.3g)", sd);
    if (*rml_report_cell(in, table, row, "against"))
        rml_html_print(out, " (against %.1000s)", rml_report_cell(in, table, row, "against"));
    fputs("</td>", out);
}

#define OF_SD                                                                                                          \
    "A ratio is of one standard deviation of the column, the number in brackets where its name stands (over all "      \
    "patients who have a value); of a column of two values of one unit. "

/* 1. Where there is no sweep: the page's head ---------------------------------------------------------------------- */

static int64_t n_rows_of(const rml_report_input *in, rml_report_table table)
{
    return in->there[table] ? in->table[table].n_rows : 0;
}

static void head(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n = n_rows_of(in, RML_REPORT_UNIVARIABLE);
    double n_patients = 0.0, n_events = 0.0;
    int64_t n_found = 0, n_tested = 0;
    int32_t n_texts = 0;
    const bool together = n_rows_of(in, RML_REPORT_COX) > 0;
    const double c = together ? number(in, RML_REPORT_COX, 0, "c_index_apparent") : NAN,
                 se = together ? number(in, RML_REPORT_COX, 0, "c_index_se") : NAN;
    const char *event = rml_report_about(in, "event", 0);
    FILE *out = rml_report_piece(r, RML_REPORT_HEAD);
    char text[96];

    if (!rml_text_number(rml_report_about(in, "patients", 0), &n_patients)) n_patients = 0.0;
    if (!rml_text_number(rml_report_about(in, "events", 0), &n_events)) n_events = 0.0;
    for (int64_t k = 0; k < n; ++k) {
        n_tested += !isnan(number(in, RML_REPORT_UNIVARIABLE, k, "lrt_p"));
        n_found += number(in, RML_REPORT_UNIVARIABLE, k, "lrt_p_bh") <= 0.05;
    }
    fputs("<h1>Time to the event", out); /* the column is called as it is: "dead", "status", "progression" */
    if (*event) rml_html_print(out, " “%.200s” (%.200s)", event, rml_report_about(in, "time", 0));
    while (*rml_report_about(in, "texts", n_texts)) ++n_texts;
    fprintf(out, "</h1>\n<p class=\"lead\">%.0f patients, %.0f with the event; %lld features and clinical columns",
            n_patients, n_events, (long long)n + n_texts);
    if (n_texts > 0) fprintf(out, " (%d of three or more texts)", n_texts);
    if (*rml_report_about(in, "strata", 0))
        rml_html_print(out, "; models and tests stratified by %.200s", rml_report_about(in, "strata", 0));
    if (*rml_report_about(in, "offset", 0))
        rml_html_print(out, "; hazard ratios beside an offset, %.200s", rml_report_about(in, "offset", 0));
    fputs(".</p>\n<div class=\"headline\">\n", out);
    if (!isnan(c)) {
        fprintf(out, "<div><b>%s</b><span>C-index of the terms together,<br>apparent, standard error ",
                rml_report_digits(c, 2, text));
        fprintf(out, "%s</span></div>\n", rml_report_digits(se, 2, text));
    }
    fprintf(out,
            "<div><b>%lld</b><span>of %lld columns tested alone with p &le; 0.05<br>corrected by Benjamini and "
            "Hochberg</span></div>\n</div>\n",
            (long long)n_found, (long long)n_tested);
    if (together && isnan(c))
        rml_html_print(out, "<p>The terms together have no C-index: %.400s.</p>\n",
                       rml_report_cell(in, RML_REPORT_COX, 0, "fit"));
    fputs("<p>Everything on this page describes the patients at hand: nothing is held "
          "out. A C-index is apparent, and p of a feature that was picked for its p is no evidence.</p>\n",
          out);
}

/* 2. Rows of ratios, as a figure ----------------------------------------------------------------------------------- */

enum { MOST_RATIOS = 40, NAME = 26 };

typedef struct rml_ratio_line {
    const char *name;
    double hr, low, high; /* NaN: a row without a mark */
    double other, other_low, other_high;
} rml_ratio_line;

static void put_ratios(FILE *script, const char *name, const rml_ratio_line *line, int32_t n, bool other, double beside)
{
    fprintf(script, "$%s << EOD\n", name);
    for (int32_t k = 0; k < n; ++k) {
        const double hr = other ? line[k].other : line[k].hr;
        const double low = other ? line[k].other_low : line[k].low, high = other ? line[k].other_high : line[k].high;

        if (hr > 0.0 && low > 0.0 && isfinite(high))
            fprintf(script, "%.9g %g %.9g %.9g\n", hr, n - k + beside, low, high);
    }
    fputs("NaN NaN NaN NaN\nEOD\n", script);
}

/* Ticks of a logarithmic axis at 1, 2, 5 and their powers of ten; finer where the range is narrow. */
static void ticks(FILE *script, double low, double high)
{
    static const double coarse[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};
    static const double fine[] = {0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2};
    const bool narrow = high / low < 3.0;
    const double *at = narrow ? fine : coarse;
    const int32_t n = narrow ? (int32_t)(sizeof fine / sizeof *fine) : (int32_t)(sizeof coarse / sizeof *coarse);
    bool first = true;

    if (high / low < 1.25 || high / low > 1e4) return; /* gnuplot's own */
    fputs("set xtics (", script);
    for (int32_t k = 0; k < n; ++k) {
        if (at[k] < low || at[k] > high) continue;
        fprintf(script, "%s'%g' %g", first ? "" : ", ", at[k], at[k]);
        first = false;
    }
    fputs(")\n", script);
}

static FILE *forest(rml_report *r, const char *name, const char *title, const char *axis, const rml_ratio_line *line,
                    int32_t n, const char *other)
{
    const char *names[MOST_RATIOS];
    double low = 0.8, high = 1.25; /* 1 is in it */
    FILE *script, *caption;

    for (int32_t k = 0; k < n; ++k) {
        names[k] = line[k].name;
        if (line[k].low > 0.0 && isfinite(line[k].high)) {
            low = fmin(low, line[k].low);
            high = fmax(high, line[k].high);
        }
        if (other && line[k].other_low > 0.0 && isfinite(line[k].other_high)) {
            low = fmin(low, line[k].other_low);
            high = fmax(high, line[k].other_high);
        }
    }
    low /= 1.05;
    high *= 1.05;
    script = rml_report_figure(
        r, RML_REPORT_SURVIVAL, name, title, RML_FIGURE_WIDTH,
        100 + (other ? 40 : 0) + rml_report_row_height(names, n, 0, NAME, other ? 26 : 21) * (n > 2 ? n : 2), &caption);
    put_ratios(script, "ratios", line, n, false, other ? 0.14 : 0.0);
    if (other) put_ratios(script, "others", line, n, true, -0.18);
    fputs("set ytics (", script);
    for (int32_t k = 0; k < n; ++k) {
        if (k > 0) fputs(", ", script);
        rml_report_name(r, script, line[k].name, NAME);
        fprintf(script, " %d", n - k);
    }
    fprintf(script, ") font ',10.5'\nset yrange [0.4:%d.6]\nset grid noytics\nset logscale x\nset xrange [%.9g:%.9g]\n",
            n, low, high);
    ticks(script, low, high);
    fputs("set arrow from 1, graph 0 to 1, graph 1 nohead linewidth 1 dashtype (6,4) linecolor rgb "
          "'" RML_COLOUR_QUIET "'\nset xlabel ",
          script);
    rml_report_text(r, axis, 60);
    fputs("\n", script);
    if (other)
        rml_report_key_below(script, 2, 0);
    else
        fputs("unset key\n", script);
    fputs("plot ", script);
    if (other) {
        fputs("$others using 1:2:3:4 with xerrorbars pointtype 6 pointsize 0.7 linewidth 1.2 linecolor rgb "
              "'" RML_COLOUR_THIRD "' title ",
              script);
        rml_report_text(r, other, 60);
        fputs(", ", script);
    }
    fputs("$ratios using 1:2:3:4 with xerrorbars pointtype 5 pointsize 0.8 linewidth 1.8 linecolor rgb "
          "'" RML_COLOUR_MAIN "' title ",
          script);
    rml_report_text(r, "together, in one model", 60);
    fputc('\n', script);
    rml_report_names_said(names, n, 0, NAME, caption);
    return caption;
}

static void put_ratio_csv(FILE *csv, double hr, double low, double high)
{
    rml_csv_number(csv, hr, false);
    rml_csv_number(csv, low, false);
    rml_csv_number(csv, high, false);
}

/* How many units of the column a drawn ratio is of. */
static void put_units_csv(const rml_report_input *in, rml_report_table table, int64_t row, FILE *csv)
{
    const double sd = number(in, table, row, "sd");

    rml_csv_number(csv, isnan(sd) ? 1.0 : sd, false);
}

/* 3. Terms together ------------------------------------------------------------------------------------------------ */

enum { EVENTS_A_TERM = 10 }; /* as in the summary of `radmill survive` */

static void put_events_a_term(const rml_report_input *in, FILE *out)
{
    const double n_terms = (double)n_rows_of(in, RML_REPORT_MULTIVARIABLE),
                 a_term = number(in, RML_REPORT_COX, 0, "events") / n_terms;

    if (a_term < EVENTS_A_TERM)
        fprintf(out,
                "<p class=\"note\"><b>Caution</b>: %.1f events a term; below %d ratios are likely to be too far from "
                "1.</p>\n",
                a_term, EVENTS_A_TERM);
}

static void tabulate_terms(rml_report *r)
{
    const rml_report_input *in = &r->in;
    FILE *out = rml_report_piece(r, RML_REPORT_SURVIVAL);
    bool offset = false;
    char text[32];

    fputs("<h3>Hazard ratios of the terms</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Term</th>"
          "<th>Together (95 %)</th><th>p (Wald)</th><th>Alone (95 %)</th><th>p (Wald)</th><th>p, proportional "
          "hazards</th></tr></thead><tbody>\n",
          out);
    for (int64_t k = 0; k < n_rows_of(in, RML_REPORT_MULTIVARIABLE); ++k) {
        fputs("<tr>", out);
        offset |= is_offset(in, rml_report_cell(in, RML_REPORT_MULTIVARIABLE, k, "term"));
        put_column_cell(in, RML_REPORT_MULTIVARIABLE, k, "term", out);
        put_ratio_cell(in, RML_REPORT_MULTIVARIABLE, k, "", out);
        put_p_cell(out, number(in, RML_REPORT_MULTIVARIABLE, k, "p"));
        put_ratio_cell(in, RML_REPORT_MULTIVARIABLE, k, "alone_", out);
        put_p_cell(out, number(in, RML_REPORT_MULTIVARIABLE, k, "alone_p"));
        put_p_cell(out, number(in, RML_REPORT_MULTIVARIABLE, k, "ph_p"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">" OF_SD "</p>\n", out);
    if (offset) fputs(own_ratio, out);
    if (n_rows_of(in, RML_REPORT_COX) == 0) return;
    fprintf(out, "<p class=\"note\">Limits and p of each term are Wald’s. Cox’s model (%s",
            rml_report_ties(rml_report_cell(in, RML_REPORT_COX, 0, "ties")));
    if (*rml_report_cell(in, RML_REPORT_COX, 0, "strata")) {
        fputs("; a baseline hazard for each ", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_COX, 0, "strata"));
    }
    if (*rml_report_cell(in, RML_REPORT_COX, 0, "offset")) {
        fputs("; offset ", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_COX, 0, "offset"));
    }
    fprintf(out, ") of %.0f patients with %.0f events, %.0f left out for a missing value. Likelihood ratio %s",
            number(in, RML_REPORT_COX, 0, "n"), number(in, RML_REPORT_COX, 0, "events"),
            number(in, RML_REPORT_COX, 0, "left_out"),
            rml_report_digits(number(in, RML_REPORT_COX, 0, "lrt"), 2, text));
    fprintf(out, " on %.0f degrees of freedom, p ", number(in, RML_REPORT_COX, 0, "df"));
    rml_html_text(out, rml_report_p(number(in, RML_REPORT_COX, 0, "lrt_p"), text));
    fprintf(out,
            "; C-index %s, <b>apparent</b>: on the patients that it was fitted to. Proportional hazards over all "
            "terms: p ",
            rml_report_digits(number(in, RML_REPORT_COX, 0, "c_index_apparent"), 3, text));
    rml_html_text(out, rml_report_p(number(in, RML_REPORT_COX, 0, "ph_p"), text));
    fputs(". The fit: ", out);
    rml_html_text(out, rml_report_cell(in, RML_REPORT_COX, 0, "fit"));
    fputs(".</p>\n", out);
    put_events_a_term(in, out);
}

static void terms(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n = n_rows_of(in, RML_REPORT_MULTIVARIABLE);
    const int32_t shown = n > MOST_RATIOS ? MOST_RATIOS : (int32_t)n;
    rml_ratio_line line[MOST_RATIOS] = {0};
    FILE *caption, *csv;

    if (n == 0) return;
    for (int32_t k = 0; k < shown; ++k) {
        double together[3], own[3];

        read_ratio(in, RML_REPORT_MULTIVARIABLE, k, "", together);
        read_ratio(in, RML_REPORT_MULTIVARIABLE, k, "alone_", own);
        line[k] = (rml_ratio_line){rml_report_cell(in, RML_REPORT_MULTIVARIABLE, k, "term"),
                                   together[0],
                                   together[1],
                                   together[2],
                                   own[0],
                                   own[1],
                                   own[2]};
    }
    caption = forest(r, "forest", "Hazard ratios, together and alone", "Hazard ratio of one SD, 95 % limits", line,
                     shown, "alone");
    csv = rml_report_csv(r, "forest");
    fputs("term,hr,hr_lower,hr_upper,alone_hr,alone_hr_lower,alone_hr_upper,units\n", csv);
    for (int32_t k = 0; k < shown; ++k) {
        rml_csv_text(csv, line[k].name, true);
        put_ratio_csv(csv, line[k].hr, line[k].low, line[k].high);
        put_ratio_csv(csv, line[k].other, line[k].other_low, line[k].other_high);
        put_units_csv(in, RML_REPORT_MULTIVARIABLE, k, csv);
        fputc('\n', csv);
    }
    fputs(
        " Above 1 the event comes sooner. A ratio is of one standard deviation of the column over all patients; of a "
        "column of two values of one unit, which cannot be held against the others. Terms without a finite ratio have "
        "no mark.",
        caption);
    for (int32_t k = 0; k < shown; ++k) {
        if (!is_offset(in, line[k].name)) continue;
        fputs(" The ratio of ", caption);
        rml_html_text(caption, line[k].name);
        fputs(", the offset, is not its effect, but what its coefficient of 1 lacks (above 1) or has too much (below).",
              caption);
    }
}

/* 4. Subgroups ----------------------------------------------------------------------------------------------------- */

static void tabulate_subgroups(rml_report *r)
{
    const rml_report_input *in = &r->in;
    FILE *out = rml_report_piece(r, RML_REPORT_SURVIVAL);
    const char *before = "";

    fputs("<h3>In subgroups</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Subgroup</th>"
          "<th>Patients</th><th>Events</th><th>Hazard ratio (95 %)</th><th>p (Wald)</th><th>p, "
          "interaction</th></tr></thead><tbody>\n",
          out);
    for (int64_t k = 0; k < n_rows_of(in, RML_REPORT_SUBGROUPS); ++k) {
        const char *by = rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "by");

        fputs("<tr><td>", out);
        rml_html_print(out, "%.1000s: %.1000s", by, rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "subgroup"));
        fprintf(out, "</td><td>%.0f</td><td>%.0f</td>", number(in, RML_REPORT_SUBGROUPS, k, "n"),
                number(in, RML_REPORT_SUBGROUPS, k, "events"));
        if (number(in, RML_REPORT_SUBGROUPS, k, "events") == 0.0)
            fputs("<td>no events</td>", out);
        else
            put_ratio_cell(in, RML_REPORT_SUBGROUPS, k, "", out);
        put_p_cell(out, number(in, RML_REPORT_SUBGROUPS, k, "p"));
        if (strcmp(by, before) != 0)
            put_p_cell(out, number(in, RML_REPORT_SUBGROUPS, k, "interaction_p"));
        else
            fputs("<td></td>", out);
        fputs("</tr>\n", out);
        before = by;
    }
    fputs("</tbody></table></div>\n<p class=\"note\">" OF_SD
          "Whether subgroups differ is said by the interaction (likelihood "
          "ratio), not by one p being small and another not.</p>\n",
          out);
}

static void subgroups(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n = n_rows_of(in, RML_REPORT_SUBGROUPS);
    const int32_t shown = n > MOST_RATIOS ? MOST_RATIOS : (int32_t)n;
    rml_ratio_line line[MOST_RATIOS] = {0};
    char *name[MOST_RATIOS] = {NULL}, *title = NULL;
    FILE *caption, *csv;

    if (n == 0) return;
    for (int32_t k = 0; k < shown; ++k) {
        double ratio[3];

        if (asprintf(&name[k], "%s: %s", rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "by"),
                     rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "subgroup")) < 0)
            name[k] = NULL;
        read_ratio(in, RML_REPORT_SUBGROUPS, k, "", ratio);
        line[k] = (rml_ratio_line){name[k] ? name[k] : "", ratio[0], ratio[1], ratio[2], NAN, NAN, NAN};
    }
    if (asprintf(&title, "Hazard ratio of %s in subgroups", rml_report_cell(in, RML_REPORT_SUBGROUPS, 0, "feature")) <
        0)
        title = NULL;
    caption = forest(r, "subgroups", title ? title : "",
                     isnan(number(in, RML_REPORT_SUBGROUPS, 0, "sd")) ? "Hazard ratio of one unit, 95 % limits"
                                                                      : "Hazard ratio of one SD, 95 % limits",
                     line, shown, NULL);
    csv = rml_report_csv(r, "subgroups");
    fputs("by,subgroup,hr,hr_lower,hr_upper,units\n", csv);
    for (int32_t k = 0; k < shown; ++k) {
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "by"), true);
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_SUBGROUPS, k, "subgroup"), false);
        put_ratio_csv(csv, line[k].hr, line[k].low, line[k].high);
        put_units_csv(in, RML_REPORT_SUBGROUPS, k, csv);
        fputc('\n', csv);
        free(name[k]);
    }
    free(title);
    fputs("A model a subgroup. Limits that overlap say nothing of an interaction, and neither does one p beside "
          "another: the table has the test.",
          caption);
}

/* 5. Every feature alone ------------------------------------------------------------------------------------------- */

enum { MOST_ALONE = 20 };

typedef struct rml_alone {
    int64_t row;
    double p;
} rml_alone;

static int by_p(const void *a, const void *b)
{
    const rml_alone *x = a, *y = b;

    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

enum { MOST_NAMED = 3 };

/* The first few of them by name. */
static void put_untested(const rml_report_input *in, FILE *out)
{
    const char *before = "";
    int32_t n_named = 0;

    for (int64_t k = 0; k < n_rows_of(in, RML_REPORT_UNIVARIABLE) && n_named < MOST_NAMED; ++k) {
        if (!isnan(number(in, RML_REPORT_UNIVARIABLE, k, "lrt_p"))) continue;
        fputs(before, out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_UNIVARIABLE, k, "feature"));
        before = ", ";
        ++n_named;
    }
    fputs("; univariable.csv says why.", out);
}

/* Columns that have no row in it. */
static void put_texts(const rml_report_input *in, FILE *out)
{
    const char *name;
    int32_t n = 0;

    while (*(name = rml_report_about(in, "texts", n))) {
        fputs(n++ > 0 ? ", " : " Not here, as of three or more texts: ", out);
        rml_html_text(out, name);
    }
    if (n > 0) fputs(": such columns are groups, subgroups or terms of models.", out);
}

/* Of many columns some have a small p of proportional hazards by chance alone. */
static void put_proportional(rml_report *r, int64_t n, FILE *out)
{
    double *p = malloc(((size_t)n + 1) * sizeof *p);
    int64_t n_tested = 0, n_small[2] = {0, 0};
    rml_status status = p ? RML_OK : RML_ENOMEM;

    for (int64_t k = 0; p && k < n; ++k) {
        p[k] = number(&r->in, RML_REPORT_UNIVARIABLE, k, "ph_p");
        n_tested += !isnan(p[k]);
        n_small[0] += p[k] <= 0.05;
    }
    if (status == RML_OK) status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int64_t k = 0; status == RML_OK && k < n; ++k) n_small[1] += p[k] <= 0.05;
    free(p);
    if (status == RML_ENOMEM) r->no_memory = true;
    if (status != RML_OK || n_tested < 20) return; /* of fewer chance alone gives not one */
    fprintf(out,
            " p of proportional hazards is not corrected: %lld of %lld columns have at most 0.05, where chance alone "
            "gives some %.0f; corrected by Benjamini and Hochberg %lld have.",
            (long long)n_small[0], (long long)n_tested, 0.05 * (double)n_tested, (long long)n_small[1]);
}

static void alone(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n = n_rows_of(in, RML_REPORT_UNIVARIABLE);
    rml_alone *order = malloc(((size_t)n + 1) * sizeof *order);
    int64_t n_tested = 0;
    bool offset = false;
    FILE *out;

    if (!order) {
        r->no_memory = true;
        return;
    }
    for (int64_t k = 0; k < n; ++k) {
        const double p = number(in, RML_REPORT_UNIVARIABLE, k, "lrt_p");

        if (!isnan(p)) order[n_tested++] = (rml_alone){k, p};
    }
    qsort(order, (size_t)n_tested, sizeof *order, by_p);
    out = rml_report_piece(r, RML_REPORT_SURVIVAL);
    fputs("<h3>Each column alone</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Column</th>"
          "<th>Hazard ratio (95 %)</th><th>p (likelihood ratio)</th><th>corrected</th><th>C-index</th><th>p, "
          "proportional "
          "hazards</th></tr></thead><tbody>\n",
          out);
    for (int64_t k = 0; k < n_tested && k < MOST_ALONE; ++k) {
        const int64_t row = order[k].row;
        char text[32];

        fputs("<tr>", out);
        offset |= is_offset(in, rml_report_cell(in, RML_REPORT_UNIVARIABLE, row, "feature"));
        put_column_cell(in, RML_REPORT_UNIVARIABLE, row, "feature", out);
        put_ratio_cell(in, RML_REPORT_UNIVARIABLE, row, "", out);
        put_p_cell(out, order[k].p);
        put_p_cell(out, number(in, RML_REPORT_UNIVARIABLE, row, "lrt_p_bh"));
        fprintf(out, "<td>%s</td>", rml_report_digits(number(in, RML_REPORT_UNIVARIABLE, row, "c_index"), 3, text));
        put_p_cell(out, number(in, RML_REPORT_UNIVARIABLE, row, "ph_p"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">", out);
    if (n_tested > MOST_ALONE)
        fprintf(out, "The %d smallest p of %lld; all are in univariable.csv. ", MOST_ALONE, (long long)n_tested);
    fprintf(out,
            OF_SD
            "p by the likelihood ratio, of all patients who have the column’s value, corrected by Benjamini and "
            "Hochberg over all %lld; limits are Wald’s, so that either may lie on the other side of its bound. The "
            "C-index is the column’s own, below 0.5 where high values live longer, and apparent.",
            (long long)n_tested);
    put_proportional(r, n, out);
    if (n_tested < n) {
        fprintf(out, " %lld of %lld columns %s no model%s", (long long)(n - n_tested), (long long)n,
                n - n_tested > 1 ? "have" : "has", n - n_tested > MOST_NAMED ? ", such as " : ": ");
        put_untested(in, out);
    }
    put_texts(in, out);
    fputs("</p>\n", out);
    if (offset) fputs(own_ratio, out);
    free(order);
}

void rml_report_survive(rml_report *r)
{
    if (!r->in.folder)
        head(r);
    else
        fputs("<p>Everything in this section describes the patients at hand: nothing is held out. A C-index is "
              "apparent, and p of a feature that was picked for its p is no evidence.</p>\n",
              rml_report_piece(r, RML_REPORT_SURVIVAL));
    rml_report_survive_curves(r);
    terms(r);
    subgroups(r);
    rml_report_cutpoints(r);
    rml_report_nomogram(r);
    rml_report_nested(r);
    if (n_rows_of(&r->in, RML_REPORT_MULTIVARIABLE) > 0) tabulate_terms(r);
    if (n_rows_of(&r->in, RML_REPORT_SUBGROUPS) > 0) tabulate_subgroups(r);
    alone(r);
}
