#include "jobs/icc_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const rml_icc_bands[RML_ICC_BANDS] = {"poor", "moderate", "good", "excellent"};

static const double bound[RML_ICC_BANDS + 1] = {-INFINITY, 0.5, 0.75, 0.9, 1.0};
static const char *const colour[RML_ICC_BANDS] = {"#F1F1F1", "#E4E4E4", "#D6E6F0", "#BCD9EA"};

static int falling(const void *a, const void *b)
{
    const rml_icc_point *x = a, *y = b;

    return x->value != y->value ? (x->value < y->value) - (x->value > y->value) : strcmp(x->feature, y->feature);
}

void rml_icc_order(rml_icc_picture *picture)
{
    int32_t n = 0;

    for (int32_t k = 0; k < picture->n; ++k)
        if (!isnan(picture->point[k].value)) picture->point[n++] = picture->point[k];
    picture->n_undefined += picture->n - n;
    picture->n = n;
    if (picture->n > 0) qsort(picture->point, (size_t)n, sizeof *picture->point, falling);
}

void rml_icc_count(const rml_icc_picture *picture, bool lower, int32_t *count)
{
    for (int32_t b = 0; b < RML_ICC_BANDS; ++b) count[b] = 0;
    for (int32_t k = 0; k < picture->n; ++k) {
        const double value = lower ? picture->point[k].low : picture->point[k].value;
        int32_t b = 0;

        if (isnan(value)) continue;
        while (b + 1 < RML_ICC_BANDS && value >= bound[b + 1]) ++b;
        ++count[b];
    }
}

bool rml_icc_has_limits(const rml_icc_picture *picture)
{
    for (int32_t k = 0; k < picture->n; ++k)
        if (!isnan(picture->point[k].low)) return true;
    return false;
}

void rml_icc_name(const rml_icc_picture *picture, char text[80])
{
    char form[24] = "Intraclass correlation", limits[32] = "";

    if (picture->form) snprintf(form, sizeof form, "ICC(%.8s)", picture->form);
    if (rml_icc_has_limits(picture)) {
        if (isnan(picture->level))
            snprintf(limits, sizeof limits, " with limits");
        else
            snprintf(limits, sizeof limits, " with %.4g %% limits", 100.0 * picture->level);
    }
    snprintf(text, 80, "%s%s", form, limits);
}

void rml_icc_readings(const rml_icc_picture *picture, char text[80])
{
    if (picture->n_readers == 0 || picture->most == 0)
        *text = '\0';
    else if (picture->fewest == picture->most)
        snprintf(text, 80, "%d readings of %lld patients", picture->n_readers, (long long)picture->most);
    else
        snprintf(text, 80, "%d readings of %lld to %lld patients", picture->n_readers, (long long)picture->fewest,
                 (long long)picture->most);
}

double rml_icc_floor(const rml_icc_picture *picture, int32_t *n_below)
{
    double least = 0.0;

    for (int32_t k = 0; k < picture->n; ++k)
        if (picture->point[k].value < 0.0 || picture->point[k].low < 0.0) least = -0.5;
    *n_below = 0;
    for (int32_t k = 0; k < picture->n; ++k)
        *n_below += picture->point[k].value < least || picture->point[k].low < least;
    return least;
}

/* What goes on below the floor stands on it, and a triangle says so. */
static void put_numbers(const rml_icc_picture *picture, double least, FILE *script)
{
    fputs("$icc << EOD\n", script);
    for (int32_t k = 0; k < picture->n; ++k) {
        const rml_icc_point *p = picture->point + k;
        const double low = isnan(p->low) ? p->value : p->low, high = isnan(p->high) ? p->value : p->high;

        fprintf(script, "%d %.9g %.9g %.9g\n", k + 1, fmax(p->value, least), fmax(low, least), fmax(high, least));
    }
    fputs("EOD\n$below << EOD\n", script);
    for (int32_t k = 0; k < picture->n; ++k)
        if (picture->point[k].value < least || picture->point[k].low < least)
            fprintf(script, "%d %.9g\n", k + 1, least);
    fputs("EOD\n", script);
}

static void put_bands(const rml_icc_picture *picture, double least, rml_gnuplot *plots, FILE *script)
{
    int32_t count[RML_ICC_BANDS];
    char text[40];

    rml_icc_count(picture, false, count);
    for (int32_t b = 0; b < RML_ICC_BANDS; ++b) {
        const double from = fmax(bound[b], least);

        fprintf(script,
                "set object %d rectangle from graph 0, first %g to graph 1, first %g behind fillcolor rgb '%s' "
                "fillstyle solid noborder\nset label ",
                b + 1, from, bound[b + 1], colour[b]);
        snprintf(text, sizeof text, "%s: %d", rml_icc_bands[b], count[b]);
        rml_gnuplot_text(plots, text, 40);
        fprintf(script, " at graph 1.02, first %g left font ',11'\n", 0.5 * (from + bound[b + 1]));
    }
    fputs("set label ", script);
    rml_gnuplot_text(plots, picture->lower ? "by lower limit" : "by estimate", 40);
    fprintf(script, " at graph 1.02, first %g left font ',10'\n",
            0.5 * (fmax(bound[0], least) + bound[1]) - 0.06 * (1.0 - least));
}

/* Ticks at features, never between them. */
static int32_t step_of(int32_t n)
{
    static const int32_t of_ten[] = {1, 2, 5};
    int32_t step = 1;

    for (int32_t power = 1; power <= 100000000; power *= 10)
        for (size_t k = 0; k < sizeof of_ten / sizeof *of_ten; ++k) {
            step = of_ten[k] * power;
            if (n <= 8 * (int64_t)step) return step;
        }
    return step;
}

void rml_icc_draw(const rml_icc_picture *picture, rml_gnuplot *plots, FILE *script)
{
    int32_t n_below;
    const double least = rml_icc_floor(picture, &n_below);
    char text[96];

    put_numbers(picture, least, script);
    put_bands(picture, least, plots, script);
    fprintf(script,
            "set xrange [0:%d]\nset yrange [%g:1]\nset rmargin 14\nunset grid\nset xtics %d\n"
            "set ytics (%s0, 0.25, 0.5, 0.75, 0.9, 1)\nunset key\nset xlabel ",
            picture->n + 1, least, step_of(picture->n), least < 0.0 ? "-0.5, " : "");
    if (picture->n_undefined > 0)
        snprintf(text, sizeof text, "%d features, by coefficient; %d without one left out", picture->n,
                 picture->n_undefined);
    else
        snprintf(text, sizeof text, "%d features, by coefficient", picture->n);
    rml_gnuplot_text(plots, text, 80);
    fputs("\nset ylabel ", script);
    rml_icc_name(picture, text);
    rml_gnuplot_text(plots, text, 60);
    if (n_below > 0) {
        fputs("\nset label ", script);
        snprintf(text, sizeof text, "%d go on below", n_below);
        rml_gnuplot_text(plots, text, 40);
        fprintf(script, " at graph 1.02, first %g left font ',10'", least);
    }
    fprintf(script, "\nplot %s%s$icc using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '#0072B2'\n",
            rml_icc_has_limits(picture)
                ? "$icc using 1:3:(0):($4-$3) with vectors nohead linewidth 0.9 linecolor rgb '#666666', "
                : "",
            n_below > 0 ? "$below using 1:2 with points pointtype 11 pointsize 0.7 linecolor rgb '#D55E00', " : "");
}
