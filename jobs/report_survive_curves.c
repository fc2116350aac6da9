/* Kaplan-Meier curves with a band, and the numbers at risk beneath.
 *
 * 1. Lines of a table that belong together
 * 2. The figure
 * 3. Of `radmill survive` */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Lines of a table that belong together ------------------------------------------------------------------------- */

static bool is_of(const rml_report_input *in, const rml_report_km *km, rml_report_table table, int64_t row,
                  const char *group)
{
    for (int32_t k = 0; k < 3 && km->key[k]; ++k)
        if (strcmp(rml_report_cell(in, table, row, km->key[k]), km->value[k]) != 0) return false;
    return !group || strcmp(rml_report_cell(in, table, row, "group"), group) == 0;
}

/* The groups, as the curves' table has them; at most RML_REPORT_CURVES_MOST. */
static int32_t list_groups(const rml_report_input *in, const rml_report_km *km, const char *group[])
{
    int32_t n = 0;

    for (int64_t r = 0; r < in->table[km->curves].n_rows; ++r) {
        bool known = false;

        if (!is_of(in, km, km->curves, r, NULL)) continue;
        for (int32_t g = 0; g < n; ++g) known |= is_of(in, km, km->curves, r, group[g]);
        if (!known && n < RML_REPORT_CURVES_MOST) group[n++] = rml_report_cell(in, km->curves, r, "group");
    }
    return n;
}

/* 2. The figure ---------------------------------------------------------------------------------------------------- */

static void put_step(FILE *script, double time, const double before[3], const double now[3])
{
    fprintf(script, "%.9g %.9g %.9g %.9g\n%.9g %.9g %.9g %.9g\n", time, before[0], before[1], before[2], time, now[0],
            now[1], now[2]);
}

/* The last time of all curves. */
static double find_last(const rml_report_input *in, const rml_report_km *km)
{
    double last = 0.0;

    for (int64_t r = 0; r < in->table[km->curves].n_rows; ++r)
        if (is_of(in, km, km->curves, r, NULL)) last = fmax(last, rml_report_number(in, km->curves, r, "time"));
    return last > 0.0 ? last : 1.0; /* all at time 0: an axis all the same */
}

/* So little of either axis is a fifth of a pixel: of ten thousand patients most steps are. */
enum { FINE = 2000 };

/* A step is two points, so that the band has its corners where the curve has them. The CSV has every step. */
static void put_curve(const rml_report_input *in, const rml_report_km *km, const char *group, int32_t number,
                      double last, FILE *script, FILE *csv)
{
    double before[3] = {1.0, 1.0, 1.0}, drawn = 0.0, crossed = -INFINITY, left_out[4] = {NAN, NAN, NAN, NAN};

    fprintf(script, "$curve%d << EOD\n0 1 1 1\n", number);
    for (int64_t r = 0; r < in->table[km->curves].n_rows; ++r) {
        static const char *const column[] = {"survival", "lower", "upper"};
        const double time = rml_report_number(in, km->curves, r, "time");
        double now[3];

        if (!is_of(in, km, km->curves, r, group)) continue;
        for (int32_t k = 0; k < 3; ++k) now[k] = rml_report_number(in, km->curves, r, column[k]);
        rml_csv_text(csv, group, true);
        rml_csv_number(csv, time, false);
        for (int32_t k = 0; k < 3; ++k) rml_csv_number(csv, now[k], false);
        rml_csv_number(csv, rml_report_number(in, km->curves, r, "n_risk"), false);
        rml_csv_number(csv, rml_report_number(in, km->curves, r, "n_censor"), false);
        fputc('\n', csv);
        for (int32_t k = 1; k < 3; ++k) /* limits end with the last patient: there the band goes on as it was */
            if (isnan(now[k])) now[k] = before[k];
        left_out[0] = time;
        memcpy(left_out + 1, now, sizeof now);
        if (time - drawn < last / FINE && fabs(before[0] - now[0]) < 1.0 / FINE) continue;
        put_step(script, time, before, now);
        memcpy(before, now, sizeof before);
        drawn = time;
        left_out[0] = NAN;
    }
    if (!isnan(left_out[0])) put_step(script, left_out[0], before, left_out + 1);
    fprintf(script, "EOD\n$censored%d << EOD\n", number);
    for (int64_t r = 0; r < in->table[km->curves].n_rows; ++r) {
        const double time = rml_report_number(in, km->curves, r, "time");

        if (!is_of(in, km, km->curves, r, group) || !(rml_report_number(in, km->curves, r, "n_censor") > 0.0) ||
            time - crossed < last / FINE)
            continue;
        fprintf(script, "%.9g %.9g\n", time, rml_report_number(in, km->curves, r, "survival"));
        crossed = time;
    }
    fputs("NaN NaN\nEOD\n", script);
}

/* How many of a group are at risk at a time: those of its first step that is no earlier. */
static double at_risk_at(const rml_report_input *in, const rml_report_km *km, const char *group, double time)
{
    for (int64_t r = 0; r < in->table[km->curves].n_rows; ++r)
        if (is_of(in, km, km->curves, r, group) && rml_report_number(in, km->curves, r, "time") >= time)
            return rml_report_number(in, km->curves, r, "n_risk");
    return 0.0;
}

/* Whether a number has room beneath the axis behind the one before it. */
static bool has_room(int32_t n, const double *time, double next, double last)
{
    return n == 0 || next - time[n - 1] >= 0.11 * last;
}

enum { MOST_STEPS = 100000 }; /* that are looked at for room */

typedef struct rml_at_risk {
    int32_t n;
    double time[RML_REPORT_TIMES_MOST], number[RML_REPORT_TIMES_MOST];
} rml_at_risk;

static void put_at_risk(rml_at_risk *list, double time, double number, double last)
{
    if (list->n >= RML_REPORT_TIMES_MOST || time > last || !has_room(list->n, list->time, time, last)) return;
    list->time[list->n] = time;
    list->number[list->n++] = number;
}

/* Numbers at risk of a group at the times that the study tells (those that have room), at 0 where there is room before
 * them, and beyond the last of them in the step that leads to it; at round times where it tells none. last: of all
 * groups */
static rml_at_risk list_at_risk(const rml_report_input *in, const rml_report_km *km, const char *group, double last)
{
    const bool told = km->at_risk < RML_N_REPORT_TABLES && in->there[km->at_risk];
    const double power = pow(10.0, floor(log10(last / 4.0)));
    double step = power * floor(last / 4.0 / power), to = 0.0;
    rml_at_risk list = {0}, with_0 = {0};

    for (int64_t r = 0; told && r < in->table[km->at_risk].n_rows; ++r) {
        const double time = rml_report_number(in, km->at_risk, r, "time");

        if (!is_of(in, km, km->at_risk, r, group) || !(time > 0.0) || time > last) continue; /* 0 is always told */
        put_at_risk(&list, time, rml_report_number(in, km->at_risk, r, "at_risk"), last);
        if (time > to) step = time - to;
        to = fmax(to, time);
    }
    if (list.n == 0 || has_room(1, &(double){0.0}, list.time[0], last))
        put_at_risk(&with_0, 0.0, at_risk_at(in, km, group, 0.0), last);
    for (int32_t k = 0; k < list.n; ++k) put_at_risk(&with_0, list.time[k], list.number[k], last);
    for (int32_t k = 1; to + k * step <= last && k < MOST_STEPS; ++k)
        if (has_room(with_0.n, with_0.time, to + k * step, last))
            put_at_risk(&with_0, to + k * step, at_risk_at(in, km, group, to + k * step), last);
    return with_0;
}

/* Where the numbers at risk stand. */
static void put_ticks(FILE *script, const double *time, int32_t n)
{
    fputs("set xtics (", script);
    for (int32_t k = 0; k < n; ++k) fprintf(script, "%s'%g' %.9g", k > 0 ? ", " : "", time[k], time[k]);
    fputs(")\n", script);
}

FILE *rml_report_curves_of(rml_report *r, const rml_report_km *km)
{
    const rml_report_input *in = &r->in;
    const char *group[RML_REPORT_CURVES_MOST];
    const double last = find_last(in, km);
    const int32_t n = list_groups(in, km, group);
    size_t longest = 8;
    FILE *script, *caption, *csv;

    if (n == 0) return NULL;
    for (int32_t g = 0; g < n; ++g) longest = strlen(group[g]) > longest ? strlen(group[g]) : longest;
    if (longest > 18) longest = 18;
    script = rml_report_figure(r, km->section, km->name, km->title, RML_FIGURE_WIDTH, 378 + 34 * n, &caption);
    csv = rml_report_csv(r, km->name);
    fputs("group,time,survival,lower,upper,n_risk,n_censor\n", csv);
    for (int32_t g = 0; g < n; ++g) put_curve(in, km, group[g], g, last, script, csv);
    fprintf(script, "set xrange [0:%.9g]\nset yrange [0:1]\nset ytics 0.2\nset lmargin %g\nset rmargin 2\nset xlabel ",
            last, 3.0 + 0.95 * (double)longest);
    rml_report_time_label(r);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Without the event", 40);
    fputs("\n", script);
    if (list_at_risk(in, km, group[0], last).n < 3) rml_report_ticks(script, 0.0, last, 6);
    rml_report_key_below(script, n + 1, n + 1);
    if (km->test) { /* where curves seldom are */
        fputs("set label ", script);
        rml_report_text(r, km->test, 40);
        fputs(" at graph 0.03, graph 0.06 left font ',11'\n", script);
    }
    for (int32_t g = 0; g < n; ++g) {
        const rml_at_risk list = list_at_risk(in, km, group[g], last);

        if (g == 0) rml_report_row_below(r, script, 0, "At risk", 0, list.time, list.number, 0);
        if (g == 0 && list.n > 2) put_ticks(script, list.time, list.n);
        rml_report_row_below(r, script, g + 1, group[g], list.n, list.time, list.number, 0);
    }
    fputs("plot NaN notitle", script);
    for (int32_t g = 0; g < n; ++g)
        fprintf(script,
                ", $curve%d using 1:3:4 with filledcurves fillcolor rgb '%s' fillstyle transparent solid 0.13 "
                "noborder notitle",
                g, rml_report_colour(g));
    for (int32_t g = 0; g < n; ++g) {
        fprintf(script, ", $curve%d using 1:2 with lines %s title ", g, rml_report_line(g));
        rml_report_textf(r, 48, "%s%s%.200s", km->before ? km->before : "", km->before ? ": " : "", group[g]);
        fprintf(script,
                ", $censored%d using 1:2 with points pointtype 1 pointsize 0.75 linewidth 1.4 linecolor rgb '%s' "
                "notitle",
                g, rml_report_colour(g));
    }
    fputs(", NaN with lines linecolor rgb '#FFFFFF' title ", script); /* a row of the key without a line */
    rml_report_text(r, km->note, 60);
    fputc('\n', script);
    return caption;
}

/* 3. Of `radmill survive` ------------------------------------------------------------------------------------------ */

static bool is_column(const rml_report_input *in, rml_report_table table, int64_t row, const char *column)
{
    return strcmp(rml_report_cell(in, table, row, "column"), column) == 0;
}

static int64_t find_test(const rml_report_input *in, const char *column, const char *test)
{
    for (int64_t r = 0; in->there[RML_REPORT_TESTS] && r < in->table[RML_REPORT_TESTS].n_rows; ++r)
        if (is_column(in, RML_REPORT_TESTS, r, column) &&
            strcmp(rml_report_cell(in, RML_REPORT_TESTS, r, "test"), test) == 0)
            return r;
    return -1;
}

/* Whether its groups are both sides of a cut, and not its values. */
static bool is_cut(const rml_report_input *in, const char *column)
{
    for (int64_t r = 0; in->there[RML_REPORT_GROUPS] && r < in->table[RML_REPORT_GROUPS].n_rows; ++r)
        if (is_column(in, RML_REPORT_GROUPS, r, column))
            return !isnan(rml_report_number(in, RML_REPORT_GROUPS, r, "cut"));
    return true;
}

static void put_p(const rml_report_input *in, const char *column, const char *test, const char *word, FILE *caption)
{
    const int64_t row = find_test(in, column, test);
    const double p = rml_report_number(in, RML_REPORT_TESTS, row, "p");
    char text[32];

    if (isnan(p)) return;
    fprintf(caption, " %s p ", word);
    rml_html_text(caption, rml_report_p(p, text));
    fputs(".", caption);
}

/* A limit that the curve does not reach is said to be that. */
static void put_median(const rml_report_input *in, int64_t row, FILE *caption)
{
    const double median = rml_report_number(in, RML_REPORT_GROUPS, row, "median");
    const double low = rml_report_number(in, RML_REPORT_GROUPS, row, "median_lower");
    const double high = rml_report_number(in, RML_REPORT_GROUPS, row, "median_upper");
    char text[32];

    fputs(isnan(median) ? "not reached" : rml_report_time(median, text), caption);
    if (isnan(low)) return;
    fprintf(caption, " (%s to ", rml_report_time(low, text));
    fprintf(caption, "%s)", isnan(high) ? "not reached" : rml_report_time(high, text));
}

static void describe(const rml_report_input *in, const char *column, FILE *caption)
{
    const int64_t ratio = find_test(in, column, "hazard ratio"), log_rank = find_test(in, column, "log-rank");
    const bool tested = !isnan(rml_report_number(in, RML_REPORT_TESTS, log_rank, "p"));
    const char *strata = rml_report_about(in, "strata", 0);
    int32_t n_groups = 0;
    char text[96];

    for (int64_t r = 0; in->there[RML_REPORT_GROUPS] && r < in->table[RML_REPORT_GROUPS].n_rows; ++r) {
        if (!is_column(in, RML_REPORT_GROUPS, r, column)) continue;
        fputs("<b>", caption);
        rml_html_text(caption, rml_report_cell(in, RML_REPORT_GROUPS, r, "group"));
        fprintf(caption, "</b>: %.0f events of %.0f, median ", rml_report_number(in, RML_REPORT_GROUPS, r, "events"),
                rml_report_number(in, RML_REPORT_GROUPS, r, "n"));
        put_median(in, r, caption);
        fputs(". ", caption);
        ++n_groups;
    }
    if (is_cut(in, column)) fputs("Cut at the median, which no outcome chose.", caption);
    if (!tested) {
        const char *note = rml_report_cell(in, RML_REPORT_TESTS, log_rank, "note");

        if (*note) rml_html_print(caption, " %c%.200s.", toupper((unsigned char)*note), note + 1);
    }
    if (tested && *strata) {
        fputs(" Tests and ratio within each ", caption);
        rml_html_text(caption, strata);
        fputs(".", caption);
    }
    if (tested && n_groups > 2 && rml_report_number(in, RML_REPORT_TESTS, log_rank, "df") < n_groups - 1)
        fputs(" Groups that share none of these are not compared.", caption);
    put_p(in, column, "log-rank", *strata ? "Stratified log-rank" : "Log-rank", caption);
    put_p(in, column, "Peto-Peto", "Peto–Peto", caption);
    put_p(in, column, "trend", "Trend (the groups scored 1, 2, 3 … in their order)", caption);
    if (ratio >= 0 && !isnan(rml_report_number(in, RML_REPORT_TESTS, ratio, "hr"))) {
        fputs(" Hazard ratio of ", caption);
        rml_html_text(caption, rml_report_cell(in, RML_REPORT_TESTS, ratio, "group"));
        if (*rml_report_about(in, "offset", 0))
            rml_html_print(caption, ", beside the offset %.200s, of which the tests do not know,",
                           rml_report_about(in, "offset", 0));
        fprintf(caption, " %s.",
                rml_report_ratio(rml_report_number(in, RML_REPORT_TESTS, ratio, "hr"),
                                 rml_report_number(in, RML_REPORT_TESTS, ratio, "hr_lower"),
                                 rml_report_number(in, RML_REPORT_TESTS, ratio, "hr_upper"), text));
    }
    fputs(" Bands: 95 % limits point by point; crosses: censored. These patients described, nothing held out.",
          caption);
}

void rml_report_survive_curves(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const char *before = "";
    int32_t n = 0;

    for (int64_t row = 0; in->there[RML_REPORT_CURVES] && row < in->table[RML_REPORT_CURVES].n_rows; ++row) {
        const char *column = rml_report_cell(in, RML_REPORT_CURVES, row, "column");
        const double p = rml_report_number(in, RML_REPORT_TESTS, find_test(in, column, "log-rank"), "p");
        char name[32], test[64], text[32], *title = NULL;
        FILE *caption;

        if (strcmp(column, before) == 0) continue;
        before = column;
        snprintf(name, sizeof name, "kaplan_meier_%d", ++n);
        if (asprintf(&title, "Kaplan–Meier curves by %s", column) < 0) {
            r->no_memory = true;
            return;
        }
        snprintf(test, sizeof test, "%s p %.24s",
                 *rml_report_about(in, "strata", 0) ? "Stratified log-rank" : "Log-rank", rml_report_p(p, text));
        caption = rml_report_curves_of(r, &(rml_report_km){.section = RML_REPORT_SURVIVAL,
                                                           .name = name,
                                                           .title = title,
                                                           .curves = RML_REPORT_CURVES,
                                                           .key = {"column"},
                                                           .value = {column},
                                                           .at_risk = RML_REPORT_AT_RISK,
                                                           .before = is_cut(in, column) ? NULL : column,
                                                           .test = isnan(p) ? NULL : test,
                                                           .note = "all patients described, nothing held out"});
        if (caption) describe(in, column, caption);
        free(title);
    }
}
