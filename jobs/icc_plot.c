#include "jobs/icc_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"

enum { WIDTH = 720, HEIGHT = 420 };

/* point: out, [n_features] */
static rml_icc_picture picture_of(const rml_icc_figure *f, rml_icc_point *point)
{
    rml_icc_picture picture = {
        .n = f->n_features, .point = point, .form = f->form, .level = f->level, .n_readers = f->n_readers};

    for (int32_t j = 0; j < f->n_features; ++j) {
        const int64_t n = f->squares[j].n_subjects;

        point[j] = (rml_icc_point){f->feature[j], f->icc[j].value, f->icc[j].lower, f->icc[j].upper};
        if (isnan(f->icc[j].value)) continue;
        if (picture.most == 0 || n < picture.fewest) picture.fewest = n;
        if (n > picture.most) picture.most = n;
    }
    rml_icc_order(&picture);
    return picture;
}

static void draw(rml_gnuplot *plots, const rml_icc_figure *f, const rml_icc_picture *picture)
{
    FILE *script = rml_gnuplot_figure(plots, "icc", WIDTH, HEIGHT);
    char text[160], readings[80];

    fputs("set title ", script);
    rml_icc_readings(picture, readings);
    snprintf(text, sizeof text, "%.60s: %s", f->across, readings);
    rml_gnuplot_text(plots, text, 100);
    fputc('\n', script);
    rml_icc_draw(picture, plots, script);
}

rml_status rml_icc_plot(const char *path, const rml_icc_figure *figure, rml_error *err)
{
    rml_icc_point *point = malloc(((size_t)figure->n_features + 1) * sizeof *point);
    rml_icc_picture picture;
    rml_gnuplot *plots = NULL;
    rml_file_writer file;
    rml_status status;

    if (!point) return rml_fail(err, RML_ENOMEM, "no memory for the figure");
    picture = picture_of(figure, point);
    status = picture.n > 0 ? rml_gnuplot_begin(&plots, err)
                           : rml_fail(err, RML_ESETTING, "%s: no feature has a coefficient to draw", path);
    if (status == RML_OK) {
        draw(plots, figure, &picture);
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
    free(point);
    return status;
}
