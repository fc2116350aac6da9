/* Of a sweep whose outcome is a time: how the chosen pipeline's held-out scores separate the patients, and how well
 * they tell who has the event by a time.
 *
 * 1. Kaplan-Meier curves of held-out patients
 * 2. AUC at times
 * 3. Numbers of all pipelines */
#include <math.h>
#include <string.h>

#include "jobs/report.h"

static bool says(const rml_report_input *in, rml_report_table table, int64_t row, const char *column, const char *value)
{
    return strcmp(rml_report_cell(in, table, row, column), value) == 0;
}

/* 1. Kaplan-Meier curves of held-out patients ---------------------------------------------------------------------- */

static int64_t find_test(const rml_report_input *in, const char *pipeline, const char *cut, const char *repeat)
{
    for (int64_t r = 0; in->there[RML_REPORT_TIME_TESTS] && r < in->table[RML_REPORT_TIME_TESTS].n_rows; ++r)
        if (says(in, RML_REPORT_TIME_TESTS, r, "pipeline", pipeline) &&
            says(in, RML_REPORT_TIME_TESTS, r, "cut", cut) && says(in, RML_REPORT_TIME_TESTS, r, "repeat", repeat))
            return r;
    return -1;
}

static void describe_groups(const rml_report_input *in, const char *cut, const char *repeat, FILE *caption)
{
    for (int64_t r = 0; in->there[RML_REPORT_TIME_GROUPS] && r < in->table[RML_REPORT_TIME_GROUPS].n_rows; ++r) {
        const double median = rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "median");
        const double low = rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "median_lower");
        const double high = rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "median_upper");
        char text[32];

        if (!says(in, RML_REPORT_TIME_GROUPS, r, "pipeline", "chosen") ||
            !says(in, RML_REPORT_TIME_GROUPS, r, "cut", cut) || !says(in, RML_REPORT_TIME_GROUPS, r, "repeat", repeat))
            continue;
        fputs(" <b>", caption);
        rml_html_text(caption, rml_report_cell(in, RML_REPORT_TIME_GROUPS, r, "group"));
        fprintf(caption, "</b>: %.0f events of %.0f, median %s",
                rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "events"),
                rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "n"),
                isnan(median) ? "not reached" : rml_report_time(median, text));
        if (rml_report_single(in) && !isnan(low)) { /* of several models limits would pay for none of their training */
            fprintf(caption, " (%s to ", rml_report_time(low, text));
            fprintf(caption, "%s)", isnan(high) ? "not reached" : rml_report_time(high, text));
        }
        fputs(".", caption);
    }
}

static void describe(const rml_report_input *in, const char *cut, const char *repeat, FILE *caption)
{
    const int64_t of_repeat = find_test(in, "chosen", cut, repeat), mean = find_test(in, "chosen", cut, "mean");
    const double p = rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutation_p");
    const double naive = rml_report_number(in, RML_REPORT_TIME_TESTS, of_repeat, "naive_p");
    const double plain = rml_report_number(in, RML_REPORT_TIME_TESTS, of_repeat, "logrank_p");
    const double n_permuted = rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutations");
    const int32_t n_repeats = rml_report_repeats(in);
    char text[32];

    fputs(strcmp(cut, "median") == 0 ? "Each patient by a model that had not seen the patient, at the median of that "
                                       "model’s training patients."
                                     : "Each patient by a model that had not seen the patient, at the cut at which "
                                       "survival differed most among that model’s training patients.",
          caption);
    describe_groups(in, cut, repeat, caption);
    if (!isnan(p)) {
        fputs(" p of the separation ", caption);
        rml_html_text(caption, rml_report_p(p, text));
        fprintf(caption, ", by %.0f permutations of time and event through the whole procedure%s", n_permuted,
                p <= (1.0 + 1e-9) / (n_permuted + 1.0) ? ", which cannot give less" : "");
        if (rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutation_repeats") > 1.0)
            fprintf(
                caption, ": of the log-rank z that is %s as a mean of %.0f repeats",
                rml_report_digits(rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutation_observed"), 2, text),
                rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutation_repeats"));
        fputc('.', caption);
    } else {
        fputs(isnan(plain) ? " No p: nothing was permuted." : " Nothing was permuted.", caption);
    }
    if (!isnan(naive)) {
        fputs(" The log-rank p of these groups as if they were given, ", caption);
        rml_html_text(caption, rml_report_p(naive, text));
        fputs(", is <b>naive</b>: their models share patients.", caption);
    }
    if (!isnan(plain)) {
        fputs(" Log-rank p ", caption);
        rml_html_text(caption, rml_report_p(plain, text));
        fputs(": one model and its cut, both frozen before these patients were looked at.", caption);
    }
    if (n_repeats > 1) fprintf(caption, " Repeat 1 of %d.", n_repeats);
    fputs(" Bands: 95 % limits point by point, without training variability; crosses: censored.", caption);
}

/* What stands on the figure; false: nothing was tested. */
static bool say_test(const rml_report_input *in, const char *cut, char test[96])
{
    const double plain = rml_report_number(in, RML_REPORT_TIME_TESTS, find_test(in, "chosen", cut, "1"), "logrank_p");
    const int64_t mean = find_test(in, "chosen", cut, "mean");
    const double p = rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutation_p");
    char text[32];

    if (!isnan(plain))
        snprintf(test, 96, "Log-rank p %.24s", rml_report_p(plain, text));
    else if (!isnan(p))
        snprintf(test, 96, "p %.24s, by %.0f permutations", rml_report_p(p, text),
                 rml_report_number(in, RML_REPORT_TIME_TESTS, mean, "permutations"));
    else
        return false;
    return true;
}

/* Patients whom a model held out, in repeat 1, and how many of these are in a group. n_groups: out */
static int64_t count_held(const rml_report_input *in, const char *cut, int64_t *n_in, int32_t *n_groups)
{
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    int64_t n = 0;

    *n_in = *n_groups = 0;
    for (int64_t s = 0; s < in->n_said; ++s)
        n += in->said[s].pipeline == chosen && strcmp(in->split[in->said[s].split].repeat, "1") == 0;
    for (int64_t r = 0; in->there[RML_REPORT_TIME_GROUPS] && r < in->table[RML_REPORT_TIME_GROUPS].n_rows; ++r)
        if (says(in, RML_REPORT_TIME_GROUPS, r, "pipeline", "chosen") &&
            says(in, RML_REPORT_TIME_GROUPS, r, "cut", cut) && says(in, RML_REPORT_TIME_GROUPS, r, "repeat", "1")) {
            *n_in += (int64_t)rml_report_number(in, RML_REPORT_TIME_GROUPS, r, "n");
            ++*n_groups;
        }
    return n;
}

/* Who is in no curve, and why. */
static void say_left_out(int64_t n_out, int64_t n, const char *cut, FILE *out)
{
    if (n_out > 0)
        fprintf(out, " %lld of %lld held-out patients are in neither group: their model says the same of everybody%s.",
                (long long)n_out, (long long)n,
                strcmp(cut, "median") == 0 ? "" : ", or its training patients gave no such cut");
}

/* One group is no comparison. */
static void say_no_groups(rml_report *r, const char *title, const char *cut, int64_t n_in, int64_t n)
{
    FILE *out = rml_report_piece(r, RML_REPORT_PERFORMANCE);

    fprintf(out, "<p class=\"note\">%s: no curves.", title);
    if (n_in > 0)
        fprintf(out, " %lld of %lld held-out patients are on one side of the cut and none is on the other.",
                (long long)n_in, (long long)n);
    say_left_out(n - n_in, n, cut, out);
    fputs("</p>\n", out);
}

static void curves(rml_report *r)
{
    static const char *const cut[] = {"median", "learned"},
                             *const title[] = {"Kaplan–Meier, held-out patients, cut at the training median",
                                               "Kaplan–Meier, held-out patients, cut learned in training"},
                             *const name[] = {"held_out_median", "held_out_learned"};

    if (!r->in.there[RML_REPORT_TIME_CURVES]) return;
    for (int32_t k = 0; k < 2; ++k) {
        char test[96];
        int64_t n_in;
        int32_t n_groups;
        const int64_t n = count_held(&r->in, cut[k], &n_in, &n_groups);
        FILE *caption;

        if (n_groups < 2) {
            if (n > 0) say_no_groups(r, title[k], cut[k], n_in, n);
            continue;
        }
        caption = rml_report_curves_of(
            r, &(rml_report_km){.section = RML_REPORT_PERFORMANCE,
                                .name = name[k],
                                .title = title[k],
                                .curves = RML_REPORT_TIME_CURVES,
                                .key = {"pipeline", "cut", "repeat"},
                                .value = {"chosen", cut[k], "1"},
                                .at_risk = RML_N_REPORT_TABLES,
                                .before = "score",
                                .test = say_test(&r->in, cut[k], test) ? test : NULL,
                                .note = rml_report_single(&r->in) ? "by the scores of one model, on held-out patients"
                                                                  : "by held-out scores: a plain log-rank p is naive"});

        if (!caption) continue;
        describe(&r->in, cut[k], "1", caption);
        say_left_out(n - n_in, n, cut[k], caption);
    }
}

/* 2. AUC at times -------------------------------------------------------------------------------------------------- */

enum { MOST_LINES = 6 };

/* "chosen", then controls that have numbers there. */
static int32_t list_lines(const rml_report_input *in, const char *name[MOST_LINES])
{
    int32_t n = 0;

    for (int64_t row = 0; row < in->table[RML_REPORT_BOARD].n_rows && n < MOST_LINES; ++row) {
        const char *pipeline = rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline");
        bool there = false;

        if (!says(in, RML_REPORT_BOARD, row, "corrected_for_choice", "yes") &&
            !says(in, RML_REPORT_BOARD, row, "control", "yes"))
            continue;
        for (int64_t r = 0; r < in->table[RML_REPORT_TIME_AUC].n_rows && !there; ++r)
            there = says(in, RML_REPORT_TIME_AUC, r, "pipeline", pipeline) &&
                    !isnan(rml_report_number(in, RML_REPORT_TIME_AUC, r, "auc"));
        if (there) name[n++] = pipeline;
    }
    return n;
}

static void put_line(const rml_report_input *in, const char *pipeline, int32_t number, FILE *script, FILE *csv)
{
    fprintf(script, "$line%d << EOD\n", number);
    for (int64_t r = 0; r < in->table[RML_REPORT_TIME_AUC].n_rows; ++r) {
        static const char *const column[] = {"time", "auc", "auc_low", "auc_high"};
        double value[4];

        if (!says(in, RML_REPORT_TIME_AUC, r, "pipeline", pipeline)) continue;
        rml_csv_text(csv, pipeline, true);
        for (int32_t k = 0; k < 4; ++k) {
            value[k] = rml_report_number(in, RML_REPORT_TIME_AUC, r, column[k]);
            rml_csv_number(csv, value[k], false);
        }
        fputc('\n', csv);
        if (!isnan(value[1]))
            fprintf(script, "%.9g %.9g %.9g %.9g\n", value[0], value[1], isnan(value[2]) ? value[1] : value[2],
                    isnan(value[3]) ? value[1] : value[3]);
    }
    fputs("NaN NaN NaN NaN\nEOD\n", script);
}

/* Of one held-out part the AUC at a time has none. */
static bool any_limits(const rml_report_input *in)
{
    bool any = false;

    for (int64_t r = 0; r < in->table[RML_REPORT_TIME_AUC].n_rows; ++r)
        any |= !isnan(rml_report_number(in, RML_REPORT_TIME_AUC, r, "auc_low"));
    return any;
}

static void auc(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const char *name[MOST_LINES];
    const int32_t n = in->there[RML_REPORT_TIME_AUC] ? list_lines(in, name) : 0;
    double low = INFINITY, high = 0.0;
    FILE *script, *caption, *csv;

    if (n == 0) return;
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "time_auc", "AUC at times, held-out patients",
                               RML_FIGURE_WIDTH, 360 + 16 * n, &caption);
    csv = rml_report_csv(r, "time_auc");
    fputs("pipeline,time,auc,low,high\n", csv);
    for (int32_t k = 0; k < n; ++k) put_line(in, name[k], k, script, csv);
    for (int64_t row = 0; row < in->table[RML_REPORT_TIME_AUC].n_rows; ++row) {
        const double time = rml_report_number(in, RML_REPORT_TIME_AUC, row, "time");

        low = fmin(low, time);
        high = fmax(high, time);
    }
    fprintf(script,
            "set xrange [%.9g:%.9g]\nset yrange [0:1]\nset ytics 0.2\nset arrow from graph 0, first 0.5 to graph 1, "
            "first 0.5 nohead linewidth 0.8 dashtype (6,4) linecolor rgb '" RML_COLOUR_QUIET "'\n",
            low - 0.06 * (high - low) - (high > low ? 0.0 : 1.0),
            high + 0.06 * (high - low) + (high > low ? 0.0 : 1.0));
    rml_report_ticks(script, low, high, 6);
    fputs("set xlabel ", script);
    rml_report_time_label(r);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "AUC: event by then or not", 40);
    fputs("\n", script);
    rml_report_key_below(script, n, 0);
    fputs("plot $line0 using 1:3:4 with filledcurves fillcolor rgb '" RML_COLOUR_MAIN
          "' fillstyle transparent solid 0.16 noborder notitle",
          script);
    for (int32_t k = 0; k < n; ++k) {
        fprintf(script, ", $line%d using 1:2 with linespoints pointtype %d pointsize 0.5 %s title ", k, k == 0 ? 7 : 6,
                rml_report_line(k));
        rml_report_text(r, name[k], 40);
    }
    fputc('\n', script);
    fprintf(caption,
            "Of patients who had the event by a time and those who had not, %s; censoring weighted by training "
            "patients. %sDashed: chance.",
            rml_report_single(in) ? "in the held-out part" : "mean over the held-out parts",
            any_limits(in) ? "Band: 95 % limits of <b>chosen</b>, corrected for overlapping training parts and "
                             "approximate. "
                           : "");
}

/* 3. Numbers of all pipelines -------------------------------------------------------------------------------------- */

static void put_interval(const rml_report_input *in, int64_t row, const char *name, FILE *out)
{
    char column[2][48], text[96];

    snprintf(column[0], sizeof column[0], "%s_low", name);
    snprintf(column[1], sizeof column[1], "%s_high", name);
    fprintf(out, "<td>%s</td>",
            rml_report_interval(rml_report_number(in, RML_REPORT_TIMES, row, name),
                                rml_report_number(in, RML_REPORT_TIMES, row, column[0]),
                                rml_report_number(in, RML_REPORT_TIMES, row, column[1]), 3, text));
}

static void tabulate(rml_report *r)
{
    const rml_report_input *in = &r->in;
    FILE *out;
    char text[32];

    if (!in->there[RML_REPORT_TIMES] || in->table[RML_REPORT_TIMES].n_rows == 0) return;
    out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    fprintf(out,
            "<h3>Uno’s C and the Brier score</h3>\n<div class=\"wide\"><table "
            "class=\"numbers\"><thead><tr><th>Pipeline</th><th>Uno’s C%s</th><th>Integrated Brier score%s</th><th>of "
            "no model</th></tr></thead><tbody>\n",
            rml_report_single(in) ? "" : " (95 %)", rml_report_single(in) ? "" : " (95 %)");
    for (int64_t row = 0; row < in->table[RML_REPORT_TIMES].n_rows; ++row) {
        fprintf(out, "<tr class=\"%s\"><td>",
                says(in, RML_REPORT_TIMES, row, "pipeline", "chosen") ? "chosen"
                : says(in, RML_REPORT_TIMES, row, "control", "yes")   ? "control"
                                                                      : "");
        rml_html_text(out, rml_report_cell(in, RML_REPORT_TIMES, row, "pipeline"));
        fputs("</td>", out);
        put_interval(in, row, "uno_c", out);
        put_interval(in, row, "integrated_brier", out);
        fprintf(out, "<td>%s</td></tr>\n",
                rml_report_digits(rml_report_number(in, RML_REPORT_TIMES, row, "integrated_brier_no_model"), 3, text));
    }
    fprintf(
        out,
        "</tbody></table></div>\n<p class=\"note\">Held-out patients up to %s%s; censoring weighted by training "
        "patients. A Brier score is better when smaller; that of no model is of the training patients’ Kaplan–Meier "
        "curve. In italics: controls, never chosen.</p>\n",
        rml_report_time(rml_report_number(in, RML_REPORT_TIMES, 0, "tau"), text),
        rml_report_single(in) ? "" : ", means over held-out parts with corrected limits");
}

void rml_report_times(rml_report *r)
{
    curves(r);
    auc(r);
    rml_report_times_added(r);
    tabulate(r);
}
