/* The model of the terms as a scale of points, and how what it predicts agrees with what was observed.
 *
 * 1. Axes, one beneath the other: all as wide as 100 points
 * 2. The nomogram
 * 3. Its calibration */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Axes, one beneath the other: all as wide as 100 points -------------------------------------------------------- */

typedef struct rml_axes {
    rml_report *report;
    FILE *script, *csv;
    int32_t n, number; /* how many there are; of the one that is drawn, from 0 */
    const char *name;
    double last_end; /* where the last label of it ends */
} rml_axes;

static double height_of(const rml_axes *a)
{
    return a->n - a->number;
}

static void begin_axis(rml_axes *a, const char *name, double from, double to)
{
    a->name = name;
    a->last_end = -INFINITY;
    fprintf(a->script, "set arrow from %.6g,%g to %.6g,%g nohead linewidth 1 linecolor rgb '#222222'\n", from,
            height_of(a), to, height_of(a));
}

/* How much of an axis a label takes, with room beside it. */
static double width_of(const char *label)
{
    int32_t n = 0;

    for (; *label; ++label) n += ((unsigned char)*label & 0xC0) != 0x80; /* letters of UTF-8 */
    return 2.7 * n + 3.0;
}

static void put_label(const rml_axes *a, double at, const char *label, const char *side)
{
    fputs("set label ", a->script);
    rml_report_text(a->report, label, 14);
    fprintf(a->script, " at %.6g,%g %s font ',10'\n", at, height_of(a) + 0.36, side);
}

/* A tick, with what is `shown` over it where there is room behind the last one; NULL: nothing. label: in the CSV */
static void put_tick_as(rml_axes *a, double at, const char *label, const char *shown)
{
    const double width = shown ? width_of(shown) : 0.0, y = height_of(a);

    fprintf(a->script, "set arrow from %.6g,%g to %.6g,%g nohead linewidth 0.8 linecolor rgb '#222222'\n", at, y, at,
            y + 0.14);
    rml_csv_text(a->csv, a->name, true);
    rml_csv_text(a->csv, label, false);
    rml_csv_number(a->csv, at, false);
    fputc('\n', a->csv);
    if (!shown || at - width / 2.0 < a->last_end) return;
    put_label(a, at, shown, "center");
    a->last_end = at + width / 2.0;
}

static void put_tick(rml_axes *a, double at, const char *label, bool labelled)
{
    put_tick_as(a, at, label, labelled ? label : NULL);
}

typedef struct rml_range { /* an axis' values and where they stand; either may fall */
    double low, high, at_low, at_high;
} rml_range;

static double place_of(const rml_range *range, double value)
{
    return range->at_low + (value - range->low) / (range->high - range->low) * (range->at_high - range->at_low);
}

static void write_round(double value, char label[32])
{
    snprintf(label, 32, "%s%.10g", value < 0.0 ? "−" : "", fabs(value));
}

/* The multiples of a step within the range: whether there are two at least, and all labels have room. */
static bool fits(const rml_range *range, double step)
{
    const double first = ceil(range->low / step - 1e-9), last = floor(range->high / step + 1e-9);
    char label[2][32];

    if (!(last > first)) return false;
    for (int32_t k = 0; k < (int32_t)(last - first); ++k) {
        const double here = (first + k) * step, next = (first + k + 1.0) * step;

        write_round(here, label[0]);
        write_round(next, label[1]);
        if (fabs(place_of(range, here) - place_of(range, next)) < 0.5 * (width_of(label[0]) + width_of(label[1])))
            return false;
    }
    return true;
}

/* The finest step of 1, 2 or 5 and a power of ten whose labels have room; NaN: none has. between: parts of a step, at
 * which there are ticks without a label */
static double round_step(const rml_range *range, int32_t *between)
{
    static const double parts[] = {1.0, 2.0, 5.0};
    const int finest = (int)floor(log10((range->high - range->low) / 40.0));

    for (int power = finest; power < finest + 3; ++power)
        for (int32_t k = 0; k < 3; ++k) {
            const double step = power < 0 ? parts[k] / pow(10.0, -power) : parts[k] * pow(10.0, power);

            *between = parts[k] > 2.0 ? 5 : 2;
            if (isfinite(step) && step > 0.0 && fits(range, step)) return step;
        }
    return NAN;
}

/* Ticks at round values from left to right; false: there is no room for two of them. */
static bool put_round(rml_axes *a, const rml_range *range)
{
    int32_t between = 1;
    const double step = round_step(range, &between), first = ceil(range->low / step * between - 1e-9);
    const int32_t n = isnan(step) ? 0 : (int32_t)(floor(range->high / step * between + 1e-9) - first) + 1;
    char label[32], shown[32];

    for (int32_t k = 0; k < n; ++k) {
        const double at = first + (range->at_high < range->at_low ? n - 1 - k : k), value = at * step / between;

        snprintf(label, sizeof label, "%.10g", value);
        write_round(value, shown);
        put_tick_as(a, place_of(range, value), label, fmod(at, between) == 0.0 ? shown : NULL);
    }
    return n > 0;
}

/* 2. The nomogram -------------------------------------------------------------------------------------------------- */

enum { MOST_LEVELS = 6 }; /* values of a term that stand each for itself, as survive has them */

static const char *label_of(const rml_report_input *in, int64_t row, char rounded[32])
{
    const char *label = rml_report_cell(in, RML_REPORT_NOMOGRAM, row, "label");
    double value;

    if (!rml_text_number(label, &value)) return label;
    snprintf(rounded, 32, "%s%.3g", value < 0.0 ? "−" : "", fabs(value));
    return rounded;
}

/* A column of two texts is a term by one of them, "sex=M"; its axis has both, and is called "sex". */
static const char *axis_name(const rml_report_input *in, int64_t first, int64_t end, char name[256])
{
    const char *term = rml_report_cell(in, RML_REPORT_NOMOGRAM, first, "term");
    const char *of = rml_report_cell(in, RML_REPORT_NOMOGRAM, end - 1, "label");
    const size_t n = strlen(term), n_of = strlen(of);
    double value;

    if (end - first != 2 || n <= n_of + 1 || n - n_of > 256 || rml_text_number(of, &value) ||
        term[n - n_of - 1] != '=' || strcmp(term + n - n_of, of) != 0)
        return term;
    snprintf(name, 256, "%.*s", (int)(n - n_of - 1), term);
    return name;
}

/* Of two values that are too near to each other each stands on its own side of both, so that neither is left out.
 * Points may fall with the value: labels are put from left to right. */
static void put_term(rml_axes *a, int64_t first, int64_t end)
{
    const rml_report_input *in = &a->report->in;
    const double at_first = rml_report_number(in, RML_REPORT_NOMOGRAM, first, "points");
    const double at_last = rml_report_number(in, RML_REPORT_NOMOGRAM, end - 1, "points");
    const bool falls = at_last < at_first;
    const int64_t left = falls ? end - 1 : first, right = falls ? first : end - 1;
    char text[2][32];
    const char *of_left = label_of(in, left, text[0]), *of_right = label_of(in, right, text[1]);
    const bool two = end - first == 2,
               apart = fabs(at_last - at_first) >= 0.5 * (width_of(of_left) + width_of(of_right));

    begin_axis(a, rml_report_cell(in, RML_REPORT_NOMOGRAM, first, "term"), fmin(at_first, at_last),
               fmax(at_first, at_last));
    if (end - first > MOST_LEVELS) { /* even steps along a number, of which the ends are known */
        const rml_range range = {rml_report_number(in, RML_REPORT_NOMOGRAM, first, "value"),
                                 rml_report_number(in, RML_REPORT_NOMOGRAM, end - 1, "value"), at_first, at_last};

        if (put_round(a, &range)) return;
        put_tick(a, at_first, of_left, false);
        put_tick(a, at_last, of_right, false);
        put_label(a, fmin(at_first, at_last), of_left, "right");
        put_label(a, fmax(at_first, at_last), of_right, "left");
        return;
    }
    for (int64_t k = 0; k < end - first; ++k) {
        const int64_t row = falls ? end - 1 - k : first + k;
        char rounded[32];

        put_tick(a, rml_report_number(in, RML_REPORT_NOMOGRAM, row, "points"), label_of(in, row, rounded),
                 !two || apart);
    }
    if (!two || apart) return;
    put_label(a, fmin(at_first, at_last), of_left, "right");
    put_label(a, fmax(at_first, at_last), of_right, "left");
}

/* Where the survival of a time is so much, between the table's totals; NaN: nowhere. */
static double total_of(const rml_report_input *in, double time, double survival)
{
    const rml_table *t = &in->table[RML_REPORT_NOMOGRAM_TOTAL];
    double total_before = NAN, before = NAN;

    for (int64_t k = 0; k < t->n_rows; ++k) {
        const double total = rml_report_number(in, RML_REPORT_NOMOGRAM_TOTAL, k, "total_points");
        const double now = rml_report_number(in, RML_REPORT_NOMOGRAM_TOTAL, k, "survival");

        if (rml_report_number(in, RML_REPORT_NOMOGRAM_TOTAL, k, "time") != time) continue;
        if (before >= survival && now <= survival)
            return before > now ? total_before + (before - survival) / (before - now) * (total - total_before) : total;
        before = now;
        total_before = total;
    }
    return NAN;
}

static void put_survival(rml_axes *a, double time, double most)
{
    static const double survival[] = {0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.01};
    const rml_report_input *in = &a->report->in;
    double low = INFINITY, high = -INFINITY;
    char name[64], label[32], percent[32];

    for (size_t k = 0; k < sizeof survival / sizeof *survival; ++k) {
        const double total = total_of(in, time, survival[k]);

        low = fmin(low, total); /* fmin passes NaN over */
        high = fmax(high, total);
    }
    snprintf(name, sizeof name, "Without the event at %.4g", time); /* in the CSV as a share, on the figure in % */
    begin_axis(a, name, isfinite(low) ? 100.0 * low / most : 0.0, isfinite(high) ? 100.0 * high / most : 0.0);
    for (size_t k = 0; k < sizeof survival / sizeof *survival; ++k) {
        const double total = total_of(in, time, survival[k]);

        snprintf(label, sizeof label, "%g", survival[k]);
        snprintf(percent, sizeof percent, "%g", 100.0 * survival[k]);
        if (!isnan(total)) put_tick_as(a, 100.0 * total / most, label, percent);
    }
}

enum { MOST_TERMS = 40, MOST_TIMES = 20, NAME = 22 };

/* Ranges of rows of the terms, and the times; n[0], n[1]: how many. Returns how many terms there are. */
static int32_t list_axes(const rml_report_input *in, int64_t *first, double *time, int32_t n[2])
{
    const char *before = NULL;
    int32_t n_terms = 0;

    n[0] = n[1] = 0;
    for (int64_t k = 0; k < in->table[RML_REPORT_NOMOGRAM].n_rows; ++k) {
        const char *term = rml_report_cell(in, RML_REPORT_NOMOGRAM, k, "term");

        if (!before || strcmp(term, before) != 0) {
            if (n_terms < MOST_TERMS) first[n[0]++] = k;
            ++n_terms;
        }
        before = term;
        if (n_terms <= MOST_TERMS) first[n[0]] = k + 1;
    }
    for (int64_t k = 0; k < in->table[RML_REPORT_NOMOGRAM_TOTAL].n_rows && n[1] < MOST_TIMES; ++k) {
        const double at = rml_report_number(in, RML_REPORT_NOMOGRAM_TOTAL, k, "time");

        if (n[1] == 0 || time[n[1] - 1] != at) time[n[1]++] = at;
    }
    return n_terms;
}

static void nomogram(rml_report *r)
{
    const rml_report_input *in = &r->in;
    int64_t first[MOST_TERMS + 1] = {0};
    const char *name[MOST_TERMS];
    char named[256];
    double time[MOST_TIMES], most = 0.0;
    int32_t n[2], n_terms;
    FILE *caption;
    rml_axes a = {.report = r};

    n_terms = list_axes(in, first, time, n);
    for (int64_t k = 0; k < in->table[RML_REPORT_NOMOGRAM_TOTAL].n_rows; ++k)
        most = fmax(most, rml_report_number(in, RML_REPORT_NOMOGRAM_TOTAL, k, "total_points"));
    if (n[0] == 0 || n[1] == 0 || !(most > 0.0)) return;
    a.n = n[0] + n[1] + 2;
    a.script =
        rml_report_figure(r, RML_REPORT_SURVIVAL, "nomogram", "Nomogram", RML_FIGURE_WIDTH, 70 + 38 * a.n, &caption);
    a.csv = rml_report_csv(r, "nomogram");
    fputs("axis,label,position\n", a.csv);
    fputs("set ytics (", a.script);
    for (int32_t k = 0; k < a.n; ++k) {
        if (k > 0) fputs(", ", a.script);
        if (k == 0)
            rml_report_text(r, "Points", 24);
        else if (k <= n[0])
            rml_report_name(r, a.script, axis_name(in, first[k - 1], first[k], named), NAME);
        else if (k == n[0] + 1)
            rml_report_text(r, "Total points", 24);
        else
            rml_report_textf(r, 24, "Event-free at %.4g, %%", time[k - n[0] - 2]);
        fprintf(a.script, " %d", a.n - k);
    }
    fprintf(a.script,
            ") scale 0 font ',10.5'\nset yrange [0.5:%d.7]\nset xrange [-3:103]\nunset border\nunset xtics\nunset "
            "grid\nunset key\n",
            a.n);
    begin_axis(&a, "Points", 0.0, 100.0);
    put_round(&a, &(rml_range){0.0, 100.0, 0.0, 100.0});
    for (int32_t t = 0; t < n[0]; ++t) {
        ++a.number;
        put_term(&a, first[t], first[t + 1]);
    }
    ++a.number;
    begin_axis(&a, "Total points", 0.0, 100.0);
    put_round(&a, &(rml_range){0.0, most, 0.0, 100.0});
    for (int32_t t = 0; t < n[1]; ++t) {
        ++a.number;
        put_survival(&a, time[t], most);
    }
    fputs("set xlabel ", a.script);
    rml_report_text(r, "apparent: fitted to all of these patients", 60);
    fputs("\nplot NaN notitle\n", a.script);
    fputs(
        "The model of the terms together: read the points above each value, add them, and read the probability to be "
        "without the event beneath the total. <b>Apparent</b>: fitted to all of these patients; it has to be validated "
        "on others before anybody is told a number.",
        caption);
    for (int32_t t = 0; t < n[0]; ++t) name[t] = rml_report_cell(in, RML_REPORT_NOMOGRAM, first[t], "term");
    rml_report_names_said(name, n[0], 0, NAME, caption);
    if (n_terms > n[0])
        fprintf(caption,
                " <b>Not drawn: %d of the %d terms</b>, whose points the total needs as well; the study’s nomogram.csv "
                "has them.",
                n_terms - n[0], n_terms);
}

/* 3. Its calibration ----------------------------------------------------------------------------------------------- */

enum { MOST_CALIBRATED = 6 }; /* times that colours tell apart */

/* Whether the table has anything corrected: of resamples: 0 it has not. */
static bool is_corrected(const rml_report_input *in)
{
    bool any = false;

    for (int64_t row = 0; row < in->table[RML_REPORT_NOMOGRAM_CALIBRATION].n_rows; ++row)
        any |= !isnan(rml_report_number(in, RML_REPORT_NOMOGRAM_CALIBRATION, row, "observed_corrected"));
    return any;
}

/* The parts of a time as gnuplot's data and the figure's CSV. */
static void put_parts(const rml_report_input *in, double time, int32_t number, FILE *script, FILE *csv)
{
    static const char *const column[] = {"predicted_apparent", "observed_apparent", "observed_lower", "observed_upper",
                                         "observed_corrected"};

    fprintf(script, "$time%d << EOD\n", number);
    for (int64_t row = 0; row < in->table[RML_REPORT_NOMOGRAM_CALIBRATION].n_rows; ++row) {
        double value[5];

        if (rml_report_number(in, RML_REPORT_NOMOGRAM_CALIBRATION, row, "time") != time) continue;
        rml_csv_number(csv, time, true);
        for (int32_t c = 0; c < 5; ++c) {
            value[c] = rml_report_number(in, RML_REPORT_NOMOGRAM_CALIBRATION, row, column[c]);
            rml_csv_number(csv, value[c], false);
        }
        fputc('\n', csv);
        if (!isnan(value[0]) && !isnan(value[1]))
            fprintf(script, "%.9g %.9g %.9g %.9g %.9g\n", value[0], value[1], isnan(value[2]) ? value[1] : value[2],
                    isnan(value[3]) ? value[1] : value[3], value[4]);
    }
    fputs("NaN NaN NaN NaN NaN\nEOD\n", script);
}

/* What nomogram_validation.csv says, in words. */
static void say_validation(const rml_report_input *in, FILE *caption)
{
    const rml_table *t = &in->table[RML_REPORT_NOMOGRAM_VALIDATION];
    char text[2][32];

    for (int64_t row = 0; in->there[RML_REPORT_NOMOGRAM_VALIDATION] && row < t->n_rows; ++row) {
        const double time = rml_report_number(in, RML_REPORT_NOMOGRAM_VALIDATION, row, "time");
        const double apparent = rml_report_number(in, RML_REPORT_NOMOGRAM_VALIDATION, row, "apparent");
        const double corrected = rml_report_number(in, RML_REPORT_NOMOGRAM_VALIDATION, row, "corrected");

        if (isnan(corrected)) continue;
        if (isnan(time))
            fprintf(caption, " C-index %s apparent, %s corrected by %.0f resamples.",
                    rml_report_digits(apparent, 3, text[0]), rml_report_digits(corrected, 3, text[1]),
                    rml_report_number(in, RML_REPORT_NOMOGRAM_VALIDATION, row, "resamples"));
        else
            fprintf(caption, " Mean distance from the line at %.4g: %s apparent, %s corrected.", time,
                    rml_report_digits(apparent, 3, text[0]), rml_report_digits(corrected, 3, text[1]));
    }
}

static void calibration(rml_report *r)
{
    const rml_report_input *in = &r->in;
    int64_t first[MOST_TERMS + 1];
    double time[MOST_TIMES];
    int32_t n[2], n_times;
    bool corrected;
    FILE *script, *caption, *csv;

    if (!in->there[RML_REPORT_NOMOGRAM_CALIBRATION] || in->table[RML_REPORT_NOMOGRAM_CALIBRATION].n_rows == 0) return;
    corrected = is_corrected(in);
    (void)list_axes(in, first, time, n);
    n_times = n[1];
    if (n[1] > MOST_CALIBRATED) n[1] = MOST_CALIBRATED;
    script = rml_report_figure(r, RML_REPORT_SURVIVAL, "nomogram_calibration",
                               corrected ? "Calibration of the nomogram: apparent and corrected for optimism"
                                         : "Calibration of the nomogram: apparent",
                               RML_FIGURE_WIDTH, 400 + 18 * n[1], &caption);
    csv = rml_report_csv(r, "nomogram_calibration");
    fputs("time,predicted_apparent,observed_apparent,lower,upper,observed_corrected\n", csv);
    for (int32_t k = 0; k < n[1]; ++k) put_parts(in, time[k], k, script, csv);
    fputs("set size ratio 1\nset xrange [0:1]\nset yrange [0:1]\nset xtics 0.2\nset ytics 0.2\n"
          "set arrow from 0,0 to 1,1 nohead linewidth 0.8 dashtype (6,4) linecolor rgb '" RML_COLOUR_QUIET
          "'\nset xlabel ",
          script);
    rml_report_text(r, "Predicted share with the event", 40);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Observed share with the event", 40);
    fputs("\n", script);
    rml_report_key_below(script, n[1], 0);
    fputs("plot NaN notitle", script);
    for (int32_t k = 0; k < n[1]; ++k) {
        static const int point[] = {6, 4, 8, 12, 10, 14};

        if (corrected)
            fprintf(
                script,
                ", $time%d using 1:2:3:4 with yerrorbars pointtype %d pointsize 0.7 linewidth 0.8 linecolor rgb '%s' "
                "title ",
                k, point[k % 6], rml_report_colour(k));
        else
            fprintf(script, ", $time%d using 1:2:3:4 with yerrorlines pointtype %d pointsize 0.7 %s title ", k,
                    point[k % 6], rml_report_line(k));
        rml_report_textf(r, 40, "at %.4g, apparent", time[k]);
    }
    for (int32_t k = 0; corrected && k < n[1]; ++k) {
        fprintf(script, ", $time%d using 1:5 with linespoints pointtype 2 pointsize 0.5 %s title ", k,
                rml_report_line(k));
        rml_report_textf(r, 40, "at %.4g, corrected", time[k]);
    }
    fputc('\n', script);
    fputs("Patients in parts of rising risk: the event by a time as predicted, and Kaplan and Meier’s estimate of it. "
          "<b>Apparent</b>, with 95 % limits: on the patients that the model was fitted to.",
          caption);
    if (corrected)
        fputs(" <b>Corrected</b>: less what a model fitted to patients drawn with replacement does better on these "
              "than on "
              "all.",
              caption);
    say_validation(in, caption);
    if (n_times > n[1]) fprintf(caption, " The first %d of %d times; nomogram_calibration.csv has all.", n[1], n_times);
}

void rml_report_nomogram(rml_report *r)
{
    if (!r->in.there[RML_REPORT_NOMOGRAM] || !r->in.there[RML_REPORT_NOMOGRAM_TOTAL]) return;
    nomogram(r);
    calibration(r);
}
