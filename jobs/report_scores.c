/* 1. Patients' held-out scores
 * 2. The waterfall
 * 3. Box plots
 * 4. Confusion */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Patients' held-out scores ------------------------------------------------------------------------------------- */

typedef struct rml_patient_score {
    int32_t patient, n; /* n: times held out */
    double y;
    double probability; /* mean over these */
    double above;       /* mean of the probability less the fold's own threshold, as a probability */
    int32_t n_above;    /* of how many that is the mean */
} rml_patient_score;

/* The threshold of what was chosen in a split, as a probability by the fold's own scaling; NaN without. */
static double threshold_of(const rml_report_input *in, const rml_report_split *split)
{
    char select[2048], model[2048];
    double threshold, slope, intercept;

    if (!split->chosen || !rml_report_fit(in, split->chosen, split->name, select, model)) return NAN;
    threshold = rml_h5_file_said_number(in->h5, model, "threshold");
    slope = rml_h5_file_said_number(in->h5, model, "slope");
    intercept = rml_h5_file_said_number(in->h5, model, "intercept");
    return 1.0 / (1.0 + exp(-(slope * threshold + intercept)));
}

/* [patient.n], those never held out with n 0. */
static rml_patient_score *gather(const rml_report_input *in)
{
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    rml_patient_score *score = calloc((size_t)in->patient.n + 1, sizeof *score);
    double *threshold = malloc(((size_t)in->n_splits + 1) * sizeof *threshold);

    for (int32_t p = 0; score && p < in->patient.n; ++p) score[p] = (rml_patient_score){.patient = p, .y = in->y[p]};
    for (int32_t s = 0; threshold && s < in->n_splits; ++s) threshold[s] = threshold_of(in, &in->split[s]);
    for (int64_t k = 0; score && threshold && k < in->n_said; ++k) {
        const rml_report_said *said = &in->said[k];
        rml_patient_score *of = &score[said->patient];

        if (said->pipeline != chosen || isnan(said->probability)) continue;
        ++of->n;
        of->probability += (said->probability - of->probability) / of->n;
        if (!isfinite(threshold[said->split])) continue;
        ++of->n_above;
        of->above += (said->probability - threshold[said->split] - of->above) / of->n_above;
    }
    if (!threshold) {
        free(score);
        score = NULL;
    }
    free(threshold);
    return score;
}

static int by_above(const void *a, const void *b)
{
    const rml_patient_score *x = a, *y = b;

    if (x->above != y->above) return x->above < y->above ? -1 : 1;
    return x->patient < y->patient ? -1 : 1;
}

/* 2. The waterfall ------------------------------------------------------------------------------------------------- */

static void waterfall(rml_report *r, const rml_patient_score *of)
{
    const rml_report_input *in = &r->in;
    rml_patient_score *score = malloc(((size_t)in->patient.n + 1) * sizeof *score);
    FILE *script, *caption, *csv;
    int32_t n = 0;

    if (!score) {
        r->no_memory = true;
        return;
    }
    for (int32_t p = 0; p < in->patient.n; ++p)
        if (of[p].n_above > 0) score[n++] = of[p];
    if (n == 0) {
        free(score);
        return;
    }
    qsort(score, (size_t)n, sizeof *score, by_above);
    script = rml_report_figure(r, RML_REPORT_MODEL, "waterfall", "Patients by their held-out score", RML_FIGURE_WIDTH,
                               360, &caption);
    csv = rml_report_csv(r, "waterfall");
    fputs("rank,id,y,probability,above_threshold,times_held_out\n", csv);
    for (int32_t class_ = 0; class_ < 2; ++class_) {
        fprintf(script, "$class%d << EOD\n", class_);
        for (int32_t i = 0; i < n; ++i)
            if ((score[i].y > 0.0) == class_) fprintf(script, "%d %.9g\n", i + 1, score[i].above);
        fputs("NaN NaN\nEOD\n", script);
    }
    for (int32_t i = 0; i < n; ++i) {
        fprintf(csv, "%d", i + 1);
        rml_csv_text(csv, in->patient.text[score[i].patient], false);
        rml_csv_number(csv, score[i].y, false);
        rml_csv_number(csv, score[i].probability, false);
        rml_csv_number(csv, score[i].above, false);
        fprintf(csv, ",%d\n", score[i].n);
    }
    fprintf(script,
            "set xrange [0:%d]\nset boxwidth 1 absolute\nset grid noxtics\nset key top left reverse Left\n"
            "set style fill solid 1.0 noborder\nset xzeroaxis linewidth 0.8 linecolor rgb '#444444'\n"
            "set xlabel ",
            n + 1);
    rml_report_textf(r, 60, "%d patients, by score", n);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Probability less the threshold", 60);
    fputs("\nplot $class1 using 1:2 with boxes linecolor rgb '" RML_COLOUR_MAIN "' title ", script);
    rml_report_text(r, "positive", 20);
    fputs(", $class0 using 1:2 with boxes linecolor rgb '" RML_COLOUR_OTHER "' title ", script);
    rml_report_text(r, "negative", 20);
    fputc('\n', script);
    fputs("Each bar a patient: what was said when the patient was held out, less the threshold of that fold, mean over "
          "repeats. Above 0 the patient is called positive.",
          caption);
    free(score);
}

/* 3. Box plots ----------------------------------------------------------------------------------------------------- */

enum { MOST_GROUPS = 12, MOST_POINTS = 100 }; /* points of a box that are drawn besides */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(const double *sorted, int32_t n, double share) /* type 7 */
{
    const double at = share * (n - 1);
    const int32_t k = (int32_t)at;

    return k + 1 < n ? sorted[k] + (at - k) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

/* A box at x of the sorted values: quartiles, whiskers to the last value within 1.5 of their distance. */
static void put_box(FILE *script, FILE *csv, double x, const double *value, int32_t n, const char *group, int32_t y)
{
    const double q1 = quantile(value, n, 0.25), q2 = quantile(value, n, 0.5), q3 = quantile(value, n, 0.75);
    int32_t low = 0, high = n - 1;

    while (value[low] < q1 - 1.5 * (q3 - q1)) ++low;
    while (value[high] > q3 + 1.5 * (q3 - q1)) --high;
    fprintf(script, "%.9g %.9g %.9g %.9g %.9g %.9g\n", x, q1, value[low], value[high], q3, q2);
    rml_csv_text(csv, group, true);
    fprintf(csv, ",%d,%d,%.17g,%.17g,%.17g,%.17g,%.17g\n", y, n, value[low], q1, q2, q3, value[high]);
}

typedef struct rml_groups {
    int32_t n;
    const char *name[MOST_GROUPS];
} rml_groups;

/* "all", then the centres in the order of their names. */
static rml_groups list_groups(const rml_report_input *in)
{
    rml_groups groups = {1, {"all"}};

    if (!rml_report_centres(in)) return groups; /* one centre is all over again */
    for (int64_t p = 0; p < in->centre.n; ++p) {
        int32_t at = 1;

        while (at < groups.n && strcmp(groups.name[at], in->centre.text[p]) < 0) ++at;
        if (at < groups.n && strcmp(groups.name[at], in->centre.text[p]) == 0) continue;
        if (groups.n == MOST_GROUPS) return (rml_groups){1, {"all"}}; /* too many for one figure */
        memmove(groups.name + at + 1, groups.name + at, (size_t)(groups.n - at) * sizeof *groups.name);
        groups.name[at] = in->centre.text[p];
        ++groups.n;
    }
    return groups;
}

static int32_t take_group(const rml_report_input *in, const rml_patient_score *of, const rml_groups *groups, int32_t g,
                          int32_t y, double *value)
{
    int32_t n = 0;

    for (int32_t p = 0; p < in->patient.n; ++p)
        if (of[p].n > 0 && (of[p].y > 0.0) == y && (g == 0 || strcmp(groups->name[g], in->centre.text[p]) == 0))
            value[n++] = of[p].probability;
    qsort(value, (size_t)n, sizeof *value, by_value);
    return n;
}

static void boxes(rml_report *r, const rml_patient_score *of)
{
    const rml_report_input *in = &r->in;
    const rml_groups groups = list_groups(in);
    double *value = malloc(((size_t)in->patient.n + 1) * sizeof *value);
    FILE *script, *caption, *csv;

    if (!value) {
        r->no_memory = true;
        return;
    }
    script = rml_report_figure(r, RML_REPORT_MODEL, "groups",
                               groups.n > 1 ? "Held-out probability by outcome and centre"
                                            : "Held-out probability by outcome",
                               RML_FIGURE_WIDTH, 360, &caption);
    csv = rml_report_csv(r, "groups");
    fputs("group,y,n,low_whisker,first_quartile,median,third_quartile,high_whisker\n", csv);
    for (int32_t y = 0; y < 2; ++y) {
        fprintf(script, "$box%d << EOD\n", y);
        for (int32_t g = 0; g < groups.n; ++g) {
            const int32_t n = take_group(in, of, &groups, g, y, value);

            if (n > 0) put_box(script, csv, g + (y ? 0.2 : -0.2), value, n, groups.name[g], y);
        }
        fprintf(script, "NaN NaN NaN NaN NaN NaN\nEOD\n$point%d << EOD\n", y);
        for (int32_t g = 0; g < groups.n; ++g) {
            const int32_t n = take_group(in, of, &groups, g, y, value);

            for (int32_t i = 0; n <= MOST_POINTS && i < n; ++i) /* side by side by the golden ratio, not by a draw */
                fprintf(script, "%.6g %.9g\n", g + (y ? 0.2 : -0.2) + 0.22 * (fmod(i * 0.6180339887498949, 1.0) - 0.5),
                        value[i]);
        }
        fputs("NaN NaN\nEOD\n", script);
    }
    fprintf(script,
            "set xrange [-0.6:%g]\nset yrange [0:1]\nset boxwidth 0.32 absolute\nset grid noxtics\n"
            "set key outside top center horizontal reverse Left\nset xtics (",
            groups.n - 0.4);
    for (int32_t g = 0; g < groups.n; ++g) {
        if (g > 0) fputs(", ", script);
        rml_report_text(r, groups.name[g], groups.n > 6 ? 6 : 12);
        fprintf(script, " %d", g);
    }
    fputs(")\nset ylabel ", script);
    rml_report_text(r, "Held-out probability", 40);
    fputs("\nset style fill solid 0.35 border -1\nplot "
          "$box0 using 1:2:3:4:5 with candlesticks whiskerbars 0.5 linewidth 1.2 linecolor rgb '" RML_COLOUR_OTHER
          "' title ",
          script);
    rml_report_text(r, "negative", 20);
    fputs(", $box1 using 1:2:3:4:5 with candlesticks whiskerbars 0.5 linewidth 1.2 linecolor rgb '" RML_COLOUR_MAIN
          "' title ",
          script);
    rml_report_text(r, "positive", 20);
    for (int32_t y = 0; y < 2; ++y)
        fprintf(
            script,
            ", $box%d using 1:6:6:6:6 with candlesticks linewidth 2.4 linecolor rgb '#222222' notitle, $point%d using "
            "1:2 with points pointtype %d pointsize 0.35 linecolor rgb '#222222' notitle",
            y, y, y ? 7 : 6);
    fprintf(script, "\n");
    fprintf(caption,
            "Mean over repeats of what was said of each patient when held out. Boxes: quartiles; whiskers: to the last "
            "patient within 1.5 times their distance; points where a group has at most %d patients. No test: the "
            "patients were trained on in the other folds.",
            MOST_POINTS);
    free(value);
}

/* 4. Confusion ----------------------------------------------------------------------------------------------------- */

static void confusion(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    double count[2][2] = {{0}}; /* of y, of the call */
    const int32_t n_repeats = rml_report_repeats(in);
    FILE *out, *csv;
    char text[32];

    for (int64_t k = 0; k < in->n_said; ++k)
        if (in->said[k].pipeline == chosen && in->said[k].positive >= 0)
            ++count[in->said[k].y > 0.0][in->said[k].positive];
    if (n_repeats == 0 || count[0][0] + count[0][1] + count[1][0] + count[1][1] == 0.0) return;
    out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    csv = rml_report_csv(r, "confusion");
    fputs("outcome,called,patients_a_repeat\n", csv);
    fputs("<h3>Confusion at the threshold</h3>\n<table class=\"confusion\"><thead><tr><th></th><th>called negative</th>"
          "<th>called positive</th></tr></thead><tbody>\n",
          out);
    for (int32_t y = 1; y >= 0; --y) {
        fprintf(out, "<tr><th>outcome %s</th>", y ? "positive" : "negative");
        for (int32_t call = 0; call < 2; ++call) {
            const double n = count[y][call] / n_repeats;

            fprintf(out, "<td%s>%s</td>", y == call ? " class=\"right\"" : "", rml_report_digits(n, 1, text));
            fprintf(csv, "%d,%d,%.17g\n", y, call, n);
        }
        fputs("</tr>\n", out);
    }
    fprintf(
        out,
        "</tbody></table>\n<p class=\"note\">Held-out patients of <b>chosen</b>, a repeat; mean of %d. Each fold has "
        "its own threshold (Youden’s, on the inner out-of-fold scores of its training patients).</p>\n",
        n_repeats);
}

void rml_report_scores(rml_report *r)
{
    rml_patient_score *score = gather(&r->in);

    if (!score) {
        r->no_memory = true;
        return;
    }
    confusion(r);
    waterfall(r, score);
    boxes(r, score);
    free(score);
}
