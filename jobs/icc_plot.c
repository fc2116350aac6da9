#include "jobs/icc_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/gnuplot.h"

enum { WIDTH = 720, HEIGHT = 420 };

static const struct {
    double from, to;
    const char *word, *colour;
} band[] = {{-1.0, 0.5, "poor", "#F1F1F1"},
            {0.5, 0.75, "moderate", "#E4E4E4"},
            {0.75, 0.9, "good", "#D6E6F0"},
            {0.9, 1.0, "excellent", "#BCD9EA"}};
enum { N_BANDS = sizeof band / sizeof *band };

typedef struct point {
    double value, low, high;
    int32_t feature;
} point;

static int falling(const void *a, const void *b)
{
    const point *x = a, *y = b;

    return x->value != y->value ? (x->value < y->value) - (x->value > y->value)
                                : (x->feature > y->feature) - (x->feature < y->feature);
}

/* Coefficients below the figure's floor, -Inf too, stand on it. */
static int32_t list(const rml_icc_figure *f, point *of, int32_t *count, double *least)
{
    int32_t n = 0;

    for (int32_t j = 0; j < f->n_features; ++j) {
        const rml_icc *c = &f->icc[j];

        if (isnan(c->value)) continue;
        for (int32_t b = 0; b < N_BANDS; ++b)
            count[b] += (b == 0 || c->value >= band[b].from) && (b == N_BANDS - 1 || c->value < band[b].to);
        of[n++] = (point){c->value, isnan(c->lower) ? c->value : c->lower, isnan(c->upper) ? c->value : c->upper, j};
    }
    qsort(of, (size_t)n, sizeof *of, falling);
    *least = n > 0 && of[n - 1].value < 0.0 ? -0.5 : 0.0;
    for (int32_t k = 0; k < n; ++k) {
        of[k].value = fmax(of[k].value, *least);
        of[k].low = fmax(of[k].low, *least);
        of[k].high = fmax(of[k].high, *least);
    }
    return n;
}

static void draw(rml_gnuplot *plots, const rml_icc_figure *f, const point *of, int32_t n, const int32_t *count,
                 double least)
{
    FILE *script = rml_gnuplot_figure(plots, "icc", WIDTH, HEIGHT);
    char text[160];

    fputs("$icc << EOD\n", script);
    for (int32_t k = 0; k < n; ++k) fprintf(script, "%d %.9g %.9g %.9g\n", k + 1, of[k].value, of[k].low, of[k].high);
    fputs("EOD\n", script);
    for (int32_t b = 0; b < N_BANDS; ++b) {
        const double from = fmax(band[b].from, least);

        fprintf(script,
                "set object %d rectangle from graph 0, first %g to graph 1, first %g behind fillcolor rgb '%s' "
                "fillstyle solid noborder\nset label ",
                b + 1, from, band[b].to, band[b].colour);
        snprintf(text, sizeof text, "%s: %d", band[b].word, count[b]);
        rml_gnuplot_text(plots, text, 40);
        fprintf(script, " at graph 1.02, first %g left\n", 0.5 * (from + band[b].to));
    }
    fprintf(script,
            "set xrange [0:%d]\nset yrange [%g:1]\nset rmargin 16\nset ytics (%s0, 0.25, 0.5, 0.75, 0.9, 1)\n"
            "unset key\nset xlabel ",
            n + 1, least, least < 0.0 ? "-0.5, " : "");
    snprintf(text, sizeof text, "%d features, by coefficient", n);
    rml_gnuplot_text(plots, text, 60);
    fputs("\nset ylabel ", script);
    snprintf(text, sizeof text, "ICC(%s) with %g %% limits", f->form, 100.0 * f->level);
    rml_gnuplot_text(plots, text, 60);
    fputs("\nset title ", script);
    snprintf(text, sizeof text, "%.60s: %d readings of %d patients", f->across, f->n_readers, f->n_subjects);
    rml_gnuplot_text(plots, text, 100);
    fputs("\nplot $icc using 1:3:(0):($4-$3) with vectors nohead linewidth 1 linecolor rgb '#666666', "
          "$icc using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '#0072B2'\n",
          script);
}

rml_status rml_icc_plot(const char *path, const rml_icc_figure *figure, rml_error *err)
{
    point *of = malloc(((size_t)figure->n_features + 1) * sizeof *of);
    int32_t count[N_BANDS] = {0}, n;
    double least;
    rml_gnuplot *plots = NULL;
    rml_file_writer file;
    rml_status status;

    if (!of) return rml_fail(err, RML_ENOMEM, "no memory for the figure");
    n = list(figure, of, count, &least);
    status = n > 0 ? rml_gnuplot_begin(&plots, err)
                   : rml_fail(err, RML_ESETTING, "%s: no feature has a coefficient to draw", path);
    if (status == RML_OK) {
        draw(plots, figure, of, n, count, least);
        status = rml_gnuplot_run(plots, err);
    }
    if (status == RML_OK) status = rml_file_create(path, &file, err);
    if (status == RML_OK)
        status =
            rml_file_finish(&file,
                            rml_gnuplot_write(plots, "icc", "Intraclass correlation of every feature, by coefficient",
                                              file.stream, err),
                            err);
    rml_gnuplot_free(plots);
    free(of);
    return status;
}
