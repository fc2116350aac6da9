/* 1. Each centre's held-out patients
 * 2. How much of the features the centres explain
 * 3. Agreement of readers */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/icc_picture.h"
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

static const char *text_in(const rml_table *t, int64_t row, const char *column)
{
    const int32_t c = rml_table_column(t, column);

    return c >= 0 ? t->cell[row * t->n_columns + c] : "";
}

/* Infinite ones, too: the coefficient of an average may be -Inf. */
static double number_in(const rml_table *t, int64_t row, const char *column)
{
    const char *text = text_in(t, row, column);
    char *end;
    const double value = strtod(text, &end);

    return *text && *end == '\0' ? value : NAN;
}

/* A column's number where all rows agree on it, else NaN. */
static double same_number(const rml_table *t, const char *column)
{
    const double first = number_in(t, 0, column);

    for (int64_t row = 1; row < t->n_rows; ++row)
        if (number_in(t, row, column) != first) return NAN;
    return first;
}

/* From the file of `radmill icc`. picture->point: [n_rows] room */
static void from_table(const rml_table *t, rml_icc_picture *picture)
{
    const double n_readers = same_number(t, "n_readers");

    picture->level = same_number(t, "level");
    picture->n_readers = n_readers >= 2.0 && n_readers <= INT32_MAX ? (int32_t)n_readers : 0;
    picture->form = text_in(t, 0, "form");
    for (int64_t row = 0; row < t->n_rows; ++row) {
        const double value = number_in(t, row, "icc"), n = number_in(t, row, "n_subjects");

        picture->point[picture->n++] =
            (rml_icc_point){text_in(t, row, "feature"), value, number_in(t, row, "lower"), number_in(t, row, "upper")};
        if (picture->form && strcmp(picture->form, text_in(t, row, "form")) != 0) picture->form = NULL;
        if (isnan(value) || !(n >= 2.0 && n < 1e9)) continue;
        if (picture->most == 0 || (int64_t)n < picture->fewest) picture->fewest = (int64_t)n;
        if ((int64_t)n > picture->most) picture->most = (int64_t)n;
    }
    if (picture->form && *picture->form == '\0') picture->form = NULL;
}

/* From the first step of the fit to all patients. */
static void from_fit(const rml_report_input *in, rml_h5_texts *feature, rml_icc_picture *picture)
{
    char *selection = rml_report_selection(in), name[256], where[2048];
    char *step = rml_report_study(in, "  icc", 0);
    rml_h5_numbers value = {0};

    picture->lower = step && strstr(step, ", on lower");
    free(step);
    if (!selection) return;
    snprintf(name, sizeof name, "%.80s/x", selection); /* a pipeline's name, for the path */
    if (rml_report_fit(in, name, NULL, where, NULL)) {
        const size_t end = strlen(where);

        snprintf(where + end, sizeof where - end, "/steps/01_icc/fitted/icc");
        if (rml_h5_file_has(in->h5, where) && rml_h5_file_numbers(in->h5, where, &value, NULL) == RML_OK) {
            snprintf(where + end, sizeof where - end, "/steps/01_icc/features_in");
            if (rml_h5_file_texts(in->h5, where, feature, NULL) == RML_OK && feature->n == value.n_columns)
                picture->point = malloc(((size_t)feature->n + 1) * sizeof *picture->point);
            for (int64_t j = 0; picture->point && j < feature->n; ++j)
                picture->point[picture->n++] = (rml_icc_point){feature->text[j], value.value[j], NAN, NAN};
        }
    }
    rml_h5_numbers_free(&value);
    free(selection);
}

/* "3 excellent, 2 good, 1 moderate, 0 poor" */
static void put_counts(const rml_icc_picture *picture, bool lower, FILE *caption)
{
    int32_t count[RML_ICC_BANDS];

    rml_icc_count(picture, lower, count);
    for (int32_t b = RML_ICC_BANDS - 1; b >= 0; --b)
        fprintf(caption, "%d %s%s", count[b], rml_icc_bands[b], b > 0 ? ", " : "");
}

/* given: by a table, else by the study's step */
static void tell_agreement(const rml_report_input *in, const rml_icc_picture *picture, bool given, FILE *caption)
{
    char *step = rml_report_study(in, "  icc", 0), name[80], readings[80];
    int32_t n_below;

    rml_icc_name(picture, name);
    rml_icc_readings(picture, readings);
    if (given) {
        rml_html_text(caption, name);
        fprintf(caption, "%s%s, of the given table.", *readings ? ", " : "", readings);
    } else {
        fputs("What the step <code>icc</code> went by on all patients", caption);
        if (step) {
            fputs(" (", caption);
            rml_html_text(caption, step);
            fputc(')', caption);
        }
        fputs("; `radmill icc` gives limits.", caption);
    }
    if (picture->most > 0 && picture->most < 30)
        fputs(" Fewer than the 30 patients that Koo and Li ask for: the limits count.", caption);
    if (picture->n_undefined > 0)
        fprintf(caption, " Features without a coefficient, left out: %d.", picture->n_undefined);
    rml_icc_floor(picture, &n_below);
    if (n_below > 0) fprintf(caption, " Triangles: %d go on below, as estimates or limits.", n_below);
    fputs(" Bands at 0.5, 0.75 and 0.9 (Koo and Li 2016) count ", caption);
    fputs(picture->lower ? "lower limits: " : "estimates: ", caption);
    put_counts(picture, false, caption);
    if (rml_icc_has_limits(picture)) {
        fputs("; they ask for the limits to be judged, and by the lower one it is ", caption);
        put_counts(picture, true, caption);
    }
    fputc('.', caption);
    free(step);
}

static void draw_agreement(rml_report *r, const rml_icc_picture *picture, bool given)
{
    FILE *caption, *csv;
    FILE *script = rml_report_figure(r, RML_REPORT_QUALITY, "icc", "Agreement of readers, feature by feature",
                                     RML_FIGURE_WIDTH, 360, &caption);

    csv = rml_report_csv(r, "icc");
    fputs("rank,feature,icc,lower,upper\n", csv);
    for (int32_t k = 0; k < picture->n; ++k) {
        fprintf(csv, "%d", k + 1);
        rml_csv_text(csv, picture->point[k].feature, false);
        rml_csv_number(csv, picture->point[k].value, false);
        rml_csv_number(csv, picture->point[k].low, false);
        rml_csv_number(csv, picture->point[k].high, false);
        fputc('\n', csv);
    }
    rml_icc_draw(picture, r->plots, script);
    tell_agreement(&r->in, picture, given, caption);
}

static void agreement(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const bool given = in->agreement.n_columns > 0;
    rml_icc_picture picture = {.level = NAN};
    rml_h5_texts feature = {0};

    if (given && in->agreement.n_rows > 0) {
        picture.point = malloc(((size_t)in->agreement.n_rows + 1) * sizeof *picture.point);
        if (picture.point) from_table(&in->agreement, &picture);
    } else if (!given) {
        from_fit(in, &feature, &picture);
    }
    rml_icc_order(&picture);
    if (picture.n > 0) draw_agreement(r, &picture, given);
    free(picture.point);
    rml_h5_texts_free(&feature);
}

void rml_report_quality(rml_report *r)
{
    centres(r);
    harmonisation(r);
    agreement(r);
}
