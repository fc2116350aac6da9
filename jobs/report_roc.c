/* The ROC curve of what is chosen, with a band, beside those of the controls; of several classes a curve each, against
 * all others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"
#include "kernels/stats/resampled.h"
#include "kernels/stats/roc.h"

enum { GRID = 101 }; /* false positive rates 0, 0.01 .. 1 at which curves are averaged */

typedef struct rml_mean_curve {
    int32_t n_curves;
    double auc;                                      /* mean over the curves */
    double sensitivity[GRID], low[GRID], high[GRID]; /* limits NaN with one curve */
} rml_mean_curve;

/* The step curve's height at every place of the grid: the largest sensitivity of a point that is no further right. */
static void on_grid(const rml_roc_curve *curve, double *height)
{
    for (int32_t g = 0; g < GRID; ++g) {
        const double at = g / (GRID - 1.0) + 1e-12;

        height[g] = 0.0;
        for (int32_t k = 0; k < curve->n_points; ++k)
            if (1.0 - curve->specificity[k] <= at && curve->sensitivity[k] > height[g])
                height[g] = curve->sensitivity[k];
    }
}

/* A curve a split, averaged at every false positive rate; the band as the leaderboard's interval is made.
 * share: mean over splits of patients held out over patients trained on */
static rml_status average(const double *height, int32_t n, double share, rml_mean_curve *mean)
{
    double *column = malloc(((size_t)n + 1) * sizeof *column);

    if (!column) return RML_ENOMEM;
    mean->n_curves = n;
    for (int32_t g = 0; g < GRID; ++g) {
        rml_resampled_interval interval = {.mean = NAN, .low = NAN, .high = NAN};

        for (int32_t i = 0; i < n; ++i) column[i] = height[(int64_t)i * GRID + g];
        if (rml_resampled_mean(column, n, share, 0.95, &interval) == RML_ENOMEM) {
            free(column);
            return RML_ENOMEM;
        }
        mean->sensitivity[g] = interval.mean;
        mean->low[g] = interval.low < 0.0 ? 0.0 : interval.low;
        mean->high[g] = interval.high > 1.0 ? 1.0 : interval.high;
    }
    free(column);
    return RML_OK;
}

/* A class against all others: its name, its column of predictions.csv and that of the outcome. */
typedef struct rml_one_class {
    const char *name;
    int32_t score, y;
} rml_one_class;

static bool read_said(const rml_report_input *in, int64_t k, const rml_one_class *of, double *score, uint8_t *y)
{
    const rml_table *t = &in->table[RML_REPORT_PREDICTIONS];
    const char *const *cell = t->cell + k * t->n_columns;

    *score = in->said[k].score;
    *y = of ? strcmp(cell[of->y], of->name) == 0 : in->said[k].y > 0.0;
    return !of || rml_text_number(cell[of->score], score);
}

/* Splits in which one of the classes is not held out have no curve. of: NULL of two classes */
static rml_status mean_curve(const rml_report_input *in, int32_t pipeline, const rml_one_class *of,
                             rml_mean_curve *mean)
{
    double *score = malloc(((size_t)in->patient.n + 1) * sizeof *score);
    double *height = malloc(((size_t)in->n_splits * GRID + 1) * sizeof *height), share = 0.0;
    uint8_t *y = malloc((size_t)in->patient.n + 1);
    int32_t n = 0;
    rml_status status = score && height && y ? RML_OK : RML_ENOMEM;

    mean->n_curves = 0;
    mean->auc = 0.0;
    for (int32_t s = 0; status == RML_OK && s < in->n_splits; ++s) {
        rml_roc_curve curve = {0};
        int64_t m = 0;
        rml_status fit;
        double auc = NAN;

        for (int64_t k = 0; k < in->n_said; ++k)
            if (in->said[k].pipeline == pipeline && in->said[k].split == s && m < in->patient.n)
                m += read_said(in, k, of, score + m, y + m);
        fit = rml_roc_curve_fit(score, y, m, &curve);
        if (fit == RML_OK) fit = rml_roc_auc(score, y, m, &auc);
        if (fit == RML_ENOMEM) status = fit;
        if (fit == RML_OK) {
            mean->auc += auc;
            on_grid(&curve, height + (int64_t)n++ * GRID);
            share += in->split[s].n_train > 0 ? (double)in->split[s].n_test / in->split[s].n_train : 0.0;
        }
        rml_roc_curve_free(&curve);
    }
    if (status == RML_OK && n > 0) status = average(height, n, share / n, mean);
    mean->auc = n > 0 ? mean->auc / n : NAN;
    free(score);
    free(height);
    free(y);
    return status;
}

static void put_curve(FILE *script, int32_t number, const rml_mean_curve *mean)
{
    fprintf(script, "$curve%d << EOD\n", number);
    fprintf(script, "0 0 0 0\n");
    for (int32_t g = 0; g < GRID; ++g)
        fprintf(script, "%.17g %.17g %.17g %.17g\n", g / (GRID - 1.0), mean->sensitivity[g],
                isnan(mean->low[g]) ? mean->sensitivity[g] : mean->low[g],
                isnan(mean->high[g]) ? mean->sensitivity[g] : mean->high[g]);
    fputs("EOD\n", script);
}

static void put_numbers(FILE *csv, const char *name, const rml_mean_curve *mean)
{
    for (int32_t g = 0; g < GRID; ++g) {
        rml_csv_text(csv, name, true);
        rml_csv_number(csv, g / (GRID - 1.0), false);
        rml_csv_number(csv, mean->sensitivity[g], false);
        rml_csv_number(csv, mean->low[g], false);
        rml_csv_number(csv, mean->high[g], false);
        fputc('\n', csv);
    }
}

/* "chosen", then the controls. */
static bool is_drawn(const rml_report_input *in, int64_t row)
{
    return strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "corrected_for_choice"), "yes") == 0 ||
           strcmp(rml_report_cell(in, RML_REPORT_BOARD, row, "control"), "yes") == 0;
}

/* The axes, the line of chance, and room below for so many lines of the key. */
static void put_axes(rml_report *r, FILE *script, int32_t n_keys)
{
    fputs("set size ratio 1\nset xrange [0:1]\nset yrange [0:1]\nset xtics 0.2\nset ytics 0.2\nset xlabel ", script);
    rml_report_text(r, "1 − specificity", 40);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Sensitivity", 40);
    fputs("\nset arrow from 0,0 to 1,1 nohead linewidth 0.8 dashtype (6,4) linecolor rgb '" RML_COLOUR_QUIET "'\n",
          script);
    rml_report_key_below(script, n_keys, 0);
}

/* At most six classes: more lines cannot be told apart. No bands, which would lie over each other; their limits stand
 * in the CSV. */
void rml_report_roc_of_classes(rml_report *r)
{
    enum { MOST = 6 };
    const rml_report_input *in = &r->in;
    const rml_report_class_list classes = rml_report_class_names(in);
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    rml_mean_curve *mean = calloc(MOST, sizeof *mean);
    const char *name[MOST] = {NULL};
    FILE *script, *caption, *csv;
    int32_t n = 0;
    char text[96];

    if (!mean) r->no_memory = true;
    for (int32_t c = 0; mean && chosen >= 0 && classes.n_all <= MOST && c < classes.n; ++c) {
        const rml_one_class of = {classes.name[c], classes.score[c], classes.y};

        if (mean_curve(in, chosen, &of, &mean[n]) != RML_OK) r->no_memory = true;
        name[n] = of.name;
        n += mean[n].n_curves > 0;
    }
    if (r->no_memory || n == 0) {
        if (!r->no_memory)
            fputs(classes.n_all > MOST
                      ? "<p class=\"note\">No ROC curves: more than six cannot be told apart in one figure.</p>\n"
                      : "<p class=\"note\">No ROC curves: no part that was held out has patients of a class and of "
                        "others.</p>\n",
                  rml_report_piece(r, RML_REPORT_PERFORMANCE));
        free(mean);
        return;
    }
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "roc",
                               "ROC curves of held-out patients, each class against all others", RML_FIGURE_WIDTH, 480,
                               &caption);
    csv = rml_report_csv(r, "roc");
    fputs("class,false_positive_rate,sensitivity,low,high\n", csv);
    put_axes(r, script, n);
    for (int32_t c = 0; c < n; ++c) {
        put_curve(script, c, &mean[c]);
        put_numbers(csv, name[c], &mean[c]);
    }
    fputs("plot NaN notitle", script);
    for (int32_t c = 0; c < n; ++c) {
        fprintf(script, ", $curve%d using 1:2 with steps %s title ", c, rml_report_line(c));
        rml_report_textf(r, 28, "%.60s, AUC %s", name[c], rml_report_digits(mean[c].auc, 2, text));
    }
    fputc('\n', script);
    fputs("Of <b>chosen</b>: a class’s score against all other classes. Curves and AUC are means over the held-out "
          "parts that have patients of the class and others; the leaderboard’s AUC is the mean over classes.",
          caption);
    free(mean);
}

void rml_report_roc(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n_rows = in->table[RML_REPORT_BOARD].n_rows;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    rml_mean_curve *mean = calloc((size_t)n_rows + 1, sizeof *mean);
    FILE *script, *caption, *csv;
    int32_t n = 0;
    char text[96];

    if (!mean) r->no_memory = true;
    for (int64_t row = 0; !r->no_memory && row < n_rows; ++row)
        if (is_drawn(in, row) && mean_curve(in, (int32_t)row, NULL, &mean[row]) != RML_OK) r->no_memory = true;
    if (!r->no_memory && chosen >= 0 && mean[chosen].n_curves == 0)
        fputs("<p class=\"note\">No ROC curve: no part that was held out has patients of both classes.</p>\n",
              rml_report_piece(r, RML_REPORT_PERFORMANCE));
    if (r->no_memory || chosen < 0 || mean[chosen].n_curves == 0) {
        free(mean);
        return;
    }
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "roc", "ROC curve, held-out patients", RML_FIGURE_WIDTH, 480,
                               &caption);
    csv = rml_report_csv(r, "roc");
    fputs("pipeline,false_positive_rate,sensitivity,low,high\n", csv);
    for (int64_t row = 0; row < n_rows; ++row) n += mean[row].n_curves > 0;
    put_axes(r, script, n);
    n = 0;
    for (int64_t row = 0; row < n_rows; ++row) {
        if (mean[row].n_curves == 0) continue;
        put_curve(script, (int32_t)row, &mean[row]);
        put_numbers(csv, rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline"), &mean[row]);
    }
    fputs("plot NaN notitle", script);
    if (mean[chosen].n_curves > 1)
        fprintf(script,
                ", $curve%d using 1:3:4 with filledcurves fillcolor rgb '" RML_COLOUR_MAIN
                "' fillstyle transparent solid 0.16 noborder notitle",
                chosen);
    for (int64_t row = 0; row < n_rows; ++row) {
        if (mean[row].n_curves == 0) continue;
        fprintf(script, ", $curve%d using 1:2 with steps %s title ", (int32_t)row, rml_report_line(n++));
        rml_report_textf(r, 28, "%.60s, AUC %s", rml_report_cell(in, RML_REPORT_BOARD, row, "pipeline"),
                         rml_report_digits(rml_report_number(in, RML_REPORT_BOARD, row, in->metric), 2, text));
    }
    fputc('\n', script);
    if (mean[chosen].n_curves > 1)
        fprintf(caption,
                "Mean over the curves of %d held-out parts at every false positive rate. Band: 95 %% limits of the "
                "sensitivity, corrected for overlapping training parts, point by point and approximate.",
                mean[chosen].n_curves);
    else
        fputs("Of the one part that was held out; one part has no band.", caption);
    fputs(" The AUC is the leaderboard’s. The controls are never chosen.", caption);
    free(mean);
}
