/* 1. Each centre's held-out patients
 * 2. How much of the features the centres explain
 * 3. Agreement of readers */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Each centre's held-out patients ------------------------------------------------------------------------------- */

static void centres(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_CENTRES];
    char low[96], high[96];
    FILE *script, *caption, *csv;
    double least = INFINITY, most = -INFINITY, limits = INFINITY;
    int32_t n = 0, at;
    bool any_events = false, any = false;

    if (!in->there[RML_REPORT_CENTRES]) return;
    for (int64_t row = 0; row < t->n_rows; ++row) {
        if (strcmp(rml_report_cell(in, RML_REPORT_CENTRES, row, "pipeline"), "chosen") != 0) continue;
        ++n;
        any |= !isnan(rml_report_number(in, RML_REPORT_CENTRES, row, in->metric));
    }
    if (!any) return; /* no centre has a number to draw */
    snprintf(low, sizeof low, "%.60s_low", in->metric);
    snprintf(high, sizeof high, "%.60s_high", in->metric);
    script = rml_report_figure(r, RML_REPORT_QUALITY, "centres", "The chosen pipeline, centre by centre",
                               RML_FIGURE_WIDTH, 100 + 26 * n, &caption);
    csv = rml_report_csv(r, "centres");
    fprintf(csv, "centre,n,events,%s,low,high\n", in->metric);
    fputs("$centre << EOD\n", script);
    at = n;
    for (int64_t row = 0; row < t->n_rows; ++row) {
        const double value = rml_report_number(in, RML_REPORT_CENTRES, row, in->metric);
        const double from = rml_report_number(in, RML_REPORT_CENTRES, row, low);
        const double to = rml_report_number(in, RML_REPORT_CENTRES, row, high);

        if (strcmp(rml_report_cell(in, RML_REPORT_CENTRES, row, "pipeline"), "chosen") != 0) continue;
        fprintf(script, "%.17g %d %.17g %.17g\n", value, at--, isnan(from) ? value : from, isnan(to) ? value : to);
        least = fmin(least, fmin(value, from)); /* fmin passes NaN over */
        most = fmax(most, fmax(value, to));
        limits = fmin(limits, from);
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_CENTRES, row, "centre"), true);
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_CENTRES, row, "n"), false);
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_CENTRES, row, "events"), false);
        rml_csv_number(csv, value, false);
        rml_csv_number(csv, from, false);
        rml_csv_number(csv, to, false);
        fputc('\n', csv);
    }
    fputs("NaN NaN NaN NaN\nEOD\nset ytics (", script);
    at = n;
    for (int64_t row = 0; row < t->n_rows; ++row) {
        const char *events = rml_report_cell(in, RML_REPORT_CENTRES, row, "events");

        if (strcmp(rml_report_cell(in, RML_REPORT_CENTRES, row, "pipeline"), "chosen") != 0) continue;
        if (at < n) fputs(", ", script);
        any_events |= *events != '\0';
        rml_report_textf(r, 26, "%.60s (%s%s%s)", rml_report_cell(in, RML_REPORT_CENTRES, row, "centre"), events,
                         *events ? " of " : "", rml_report_cell(in, RML_REPORT_CENTRES, row, "n"));
        fprintf(script, " %d", at--);
    }
    fprintf(script, ")\nset yrange [0.4:%d.6]\nset grid noytics\nunset key\n", n);
    if (rml_report_of_pairs(in))
        fputs("set xrange [*<0.5:1]\nset arrow from 0.5, graph 0 to 0.5, graph 1 nohead linewidth 1 dashtype (6,4) "
              "linecolor rgb '" RML_COLOUR_QUIET "'\n",
              script);
    if (rml_report_of_pairs(in))
        rml_report_ticks(script, fmin(least, 0.5), 1.0, 5);
    else
        rml_report_ticks(script, least, most, 5);
    fputs("set bmargin 3.6\nset label ", script); /* a label: longer than the axis */
    rml_report_textf(r, 60, isfinite(limits) ? "%s, 95 %% limits without training variability" : "%s",
                     rml_report_metric(in));
    fputs(" at screen 0.55, screen 0.05 center\n", script);
    fputs("plot $centre using 1:2:3:4 with xerrorbars pointtype 7 pointsize 0.8 linewidth 1.6 linecolor rgb "
          "'" RML_COLOUR_MAIN "'\n",
          script);
    fprintf(caption, "Held-out patients of each centre (%s), mean over repeats%s",
            any_events ? "events of patients" : "how many",
            isfinite(limits) ? "; DeLong’s limits, which ignore the variability of training" : "");
    fputs(". Where no centre was held out as a whole, the others had patients of the same "
          "centre in "
          "training: this is not performance at a new centre.",
          caption);
}

/* 2. How much of the features the centres explain ------------------------------------------------------------------ */

static double told(const rml_report_input *in, const char *which)
{
    for (int64_t r = 0; r < in->table[RML_REPORT_HARMONISATION].n_rows; ++r)
        if (strcmp(rml_report_cell(in, RML_REPORT_HARMONISATION, r, "features"), which) == 0)
            return rml_report_number(in, RML_REPORT_HARMONISATION, r, "centre_auc");
    return NAN;
}

static void harmonisation(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_FEATURES];
    const double before = told(in, "as they are"), after = told(in, "prepared");
    char *prepare = rml_report_study(in, "  combat", 0);
    FILE *script, *caption, *csv;
    int64_t n = 0;
    char a[32], b[32];

    for (int64_t row = 0; in->there[RML_REPORT_FEATURES] && row < t->n_rows; ++row)
        n += !isnan(rml_report_number(in, RML_REPORT_FEATURES, row, "centre_eta2_prepared"));
    if (n == 0 || !rml_report_centres(in)) { /* one centre explains nothing */
        free(prepare);
        return;
    }
    script =
        rml_report_figure(r, RML_REPORT_QUALITY, "harmonisation",
                          "Centres in the features, before and after preparation", RML_FIGURE_WIDTH, 400, &caption);
    csv = rml_report_csv(r, "harmonisation");
    fputs("feature,centre_eta2,centre_eta2_prepared\n", csv);
    fputs("$eta << EOD\n", script);
    for (int64_t row = 0; row < t->n_rows; ++row) {
        const double x = rml_report_number(in, RML_REPORT_FEATURES, row, "centre_eta2");
        const double y = rml_report_number(in, RML_REPORT_FEATURES, row, "centre_eta2_prepared");

        if (isnan(x) || isnan(y)) continue;
        fprintf(script, "%.9g %.9g\n", x, y);
        rml_csv_text(csv, rml_report_cell(in, RML_REPORT_FEATURES, row, "feature"), true);
        rml_csv_number(csv, x, false);
        rml_csv_number(csv, y, false);
        fputc('\n', csv);
    }
    fputs("EOD\nset size ratio 1\nset xrange [0:1]\nset yrange [0:1]\nset xtics 0.2\nset ytics 0.2\nunset key\n"
          "set arrow from 0,0 to 1,1 nohead linewidth 0.8 dashtype (6,4) linecolor rgb '" RML_COLOUR_QUIET "'\n",
          script);
    if (!isnan(before)) {
        fputs("set label ", script);
        rml_report_text(r, "Centre told by the features, AUC:", 60);
        fputs(" at graph 0.04, graph 0.95 left\nset label ", script);
        rml_report_textf(r, 60, "%s as they are", rml_report_digits(before, 2, a));
        fputs(" at graph 0.04, graph 0.89 left\nset label ", script);
        rml_report_textf(r, 60, "%s prepared (0.5 is chance)", rml_report_digits(after, 2, b));
        fputs(" at graph 0.04, graph 0.83 left\n", script);
    }
    if (prepare) {
        fputs("set label ", script);
        rml_report_text(r, "all patients: transductive, for description", 60);
        fputs(" at graph 0.98, graph 0.13 right font ',10' textcolor rgb '" RML_COLOUR_THIRD "'\n", script);
    }
    fputs("set xlabel ", script);
    rml_report_text(r, "Variance between centres as they are, η²", 60);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Variance between centres prepared, η²", 60);
    fputs("\nplot $eta using 1:2 with points pointtype 6 pointsize 0.5 linewidth 1.2 linecolor rgb '" RML_COLOUR_MAIN
          "'\n",
          script);
    fprintf(
        caption,
        "Share of each of %lld features’ ranks that the centres explain, before and after the study’s preparation%s. "
        "The AUC "
        "is of a nearest centroid that is asked for the centre, cross-validated. What differs between centres because "
        "their patients differ is taken out, too.",
        (long long)n, prepare ? " (ComBat)" : "");
    free(prepare);
}

/* 3. Agreement of readers ------------------------------------------------------------------------------------------ */

typedef struct rml_agreement_point {
    const char *feature;
    double value, low, high;
} rml_agreement_point;

static int by_value(const void *a, const void *b)
{
    const rml_agreement_point *x = a, *y = b;

    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return strcmp(x->feature, y->feature);
}

static double number_in(const rml_table *t, int64_t row, const char *column)
{
    const int32_t c = rml_table_column(t, column);
    double value = NAN;

    return c >= 0 && rml_text_number(t->cell[row * t->n_columns + c], &value) ? value : NAN;
}

/* From the file of `radmill icc`. */
static int32_t from_table(const rml_table *t, rml_agreement_point *point)
{
    const int32_t feature = rml_table_column(t, "feature");
    int32_t n = 0;

    for (int64_t row = 0; row < t->n_rows; ++row) {
        const double value = number_in(t, row, "icc");

        if (!isnan(value))
            point[n++] = (rml_agreement_point){t->cell[row * t->n_columns + feature], value, number_in(t, row, "lower"),
                                               number_in(t, row, "upper")};
    }
    return n;
}

/* From the first step of the fit to all patients. */
static int32_t from_fit(const rml_report_input *in, rml_h5_texts *feature, rml_agreement_point **point)
{
    char *selection = rml_report_selection(in), name[256], where[2048];
    rml_h5_numbers value = {0};
    int32_t n = 0;

    if (!selection) return 0;
    snprintf(name, sizeof name, "%.80s/x", selection); /* a pipeline's name, for the path */
    if (rml_report_fit(in, name, NULL, where, NULL)) {
        const size_t end = strlen(where);

        snprintf(where + end, sizeof where - end, "/steps/01_icc/fitted/icc");
        if (rml_h5_file_has(in->h5, where) && rml_h5_file_numbers(in->h5, where, &value, NULL) == RML_OK) {
            snprintf(where + end, sizeof where - end, "/steps/01_icc/features_in");
            if (rml_h5_file_texts(in->h5, where, feature, NULL) == RML_OK && feature->n == value.n_columns)
                *point = malloc(((size_t)feature->n + 1) * sizeof **point);
            for (int64_t j = 0; *point && j < feature->n; ++j)
                if (!isnan(value.value[j]))
                    (*point)[n++] = (rml_agreement_point){feature->text[j], value.value[j], NAN, NAN};
        }
    }
    rml_h5_numbers_free(&value);
    free(selection);
    return n;
}

/* What the given table's coefficients are, by its first line that has one. */
static void say_form(const rml_table *t, FILE *caption)
{
    const int32_t form = rml_table_column(t, "form");
    int64_t row = 0;

    while (row + 1 < t->n_rows && isnan(number_in(t, row, "icc"))) ++row;
    if (form < 0 || t->n_rows == 0 || isnan(number_in(t, row, "n_subjects"))) {
        fputs("Coefficients of the given table with their 95 % limits. ", caption);
        return;
    }
    rml_html_print(caption, "ICC(%s) of %.0f readings of %.0f patients, with %.3g %% limits. ",
                   t->cell[row * t->n_columns + form], number_in(t, row, "n_readers"), number_in(t, row, "n_subjects"),
                   100.0 * number_in(t, row, "level"));
    if (number_in(t, row, "n_subjects") < 30.0)
        fputs("Fewer than the 30 patients that Koo and Li ask for: the limits count. ", caption);
}

static void draw_agreement(rml_report *r, const rml_agreement_point *point, int32_t n)
{
    const rml_report_input *in = &r->in;
    static const struct {
        double from, to;
        const char *word, *colour;
    } band[] = {{-1.0, 0.5, "poor", "#F1F1F1"},
                {0.5, 0.75, "moderate", "#E4E4E4"},
                {0.75, 0.9, "good", "#D6E6F0"},
                {0.9, 1.0, "excellent", "#BCD9EA"}};
    const double least = point[n - 1].value < 0.0 ? -0.5 : 0.0;
    bool limits = false;
    int32_t count[4] = {0};
    FILE *script, *caption, *csv;

    script = rml_report_figure(r, RML_REPORT_QUALITY, "icc",
                               in->agreement.n_columns > 0 ? "Agreement of readings, feature by feature"
                                                           : "Agreement of readers, feature by feature",
                               RML_FIGURE_WIDTH, 360, &caption);
    csv = rml_report_csv(r, "icc");
    fputs("rank,feature,icc,lower,upper\n", csv);
    fputs("$icc << EOD\n", script);
    for (int32_t k = 0; k < n; ++k) {
        fprintf(script, "%d %.9g %.9g %.9g\n", k + 1, point[k].value,
                isnan(point[k].low) ? point[k].value : point[k].low,
                isnan(point[k].high) ? point[k].value : point[k].high);
        limits |= !isnan(point[k].low);
        for (int32_t b = 0; b < 4; ++b)
            count[b] += point[k].value >= band[b].from && (b == 3 || point[k].value < band[b].to);
        fprintf(csv, "%d", k + 1);
        rml_csv_text(csv, point[k].feature, false);
        rml_csv_number(csv, point[k].value, false);
        rml_csv_number(csv, point[k].low, false);
        rml_csv_number(csv, point[k].high, false);
        fputc('\n', csv);
    }
    fputs("EOD\n", script);
    for (int32_t b = 0; b < 4; ++b) {
        const double from = band[b].from < least ? least : band[b].from;

        fprintf(script,
                "set object %d rectangle from graph 0, first %g to graph 1, first %g behind fillcolor rgb '%s' "
                "fillstyle solid noborder\nset label ",
                b + 1, from, band[b].to, band[b].colour);
        rml_report_textf(r, 40, "%s: %d", band[b].word, count[b]);
        fprintf(script, " at graph 1.02, first %g left font ',11'\n", 0.5 * (from + band[b].to));
    }
    fprintf(script,
            "set xrange [0:%d]\nset yrange [%g:1]\nset rmargin 13\nunset grid\nset ytics (%s0, 0.25, 0.5, 0.75, 0.9, "
            "1)\nunset key\n"
            "set xlabel ",
            n + 1, least, least < 0.0 ? "-0.5, " : "");
    rml_report_textf(r, 60, "%d features, by coefficient", n);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Intraclass correlation", 40);
    fprintf(script,
            "\nplot %s$icc using 1:2 with points pointtype 7 pointsize 0.4 linecolor rgb '" RML_COLOUR_MAIN "'\n",
            limits ? "$icc using 1:3:(0):($4-$3) with vectors nohead linewidth 0.8 linecolor rgb '#666666', " : "");
    if (in->agreement.n_columns > 0)
        say_form(&in->agreement, caption);
    else
        fputs("Coefficients of the step <code>icc</code> on all patients who were read by all readers (estimates; "
              "`radmill icc` gives limits). ",
              caption);
    fputs("Bands at 0.5, 0.75 and 0.9: Koo and Li 2016.", caption);
}

static void agreement(rml_report *r)
{
    const rml_report_input *in = &r->in;
    rml_agreement_point *point = NULL;
    rml_h5_texts feature = {0};
    int32_t n = 0;

    if (in->agreement.n_columns > 0) {
        point = malloc(((size_t)in->agreement.n_rows + 1) * sizeof *point);
        if (point) n = from_table(&in->agreement, point);
    } else {
        n = from_fit(in, &feature, &point);
    }
    if (n > 0) {
        qsort(point, (size_t)n, sizeof *point, by_value);
        draw_agreement(r, point, n);
    }
    free(point);
    rml_h5_texts_free(&feature);
}

void rml_report_quality(rml_report *r)
{
    centres(r);
    harmonisation(r);
    agreement(r);
}
