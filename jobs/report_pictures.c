/* Figures as pictures of dots, for those who cannot take the page's own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/browser.h"
#include "io/file.h"
#include "io/process.h"
#include "jobs/report.h"

enum { TIMES = 4 }; /* a column of a paper, 75 mm, at 600 dots an inch */

/* A page of one figure alone, as wide as its window. */
static rml_status write_figure(rml_report *r, const rml_report_block *block, const char *path, rml_error *err)
{
    rml_file_writer file;
    rml_status status = rml_file_create(path, &file, err);

    if (status != RML_OK) return status;
    fputs("<!DOCTYPE html>\n<html><head><meta "
          "charset=\"utf-8\"><style>body{margin:0;background:#fff;font-family:system-ui,"
          "Arial,sans-serif}svg{display:block;width:100%}svg text,svg tspan,svg g{font-family:inherit}"
          "svg image{image-rendering:pixelated}</style></head><body>",
          file.stream);
    status = rml_gnuplot_place(r->plots, block->name, block->title, file.stream, err);
    fputs("</body></html>\n", file.stream);
    return rml_file_finish(&file, status, err);
}

rml_status rml_report_pictures(rml_report *r, const char *folder, rml_error *err)
{
    char *own = NULL, *page = NULL, *png = NULL;
    rml_status status = rml_process_folder(&own, err);

    if (status == RML_OK && asprintf(&page, "%s/figure.html", own) < 0) {
        page = NULL;
        status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    }
    if (status == RML_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = rml_fail(err, RML_EIO, "--png %s: the folder cannot be made: %s", folder, strerror(errno));
    for (int32_t b = 0; status == RML_OK && b < r->n_blocks; ++b) {
        const rml_report_block *block = r->block[b];

        if (!block->name) continue;
        if (asprintf(&png, "%s/%s.png", folder, block->name) < 0) {
            png = NULL;
            status = rml_fail(err, RML_ENOMEM, "no memory for a path");
            break;
        }
        status = write_figure(r, block, page, err);
        if (status == RML_OK) status = rml_browser_picture(page, TIMES * block->width, TIMES * block->height, png, err);
        free(png);
        png = NULL;
    }
    rml_process_folder_remove(own);
    free(page);
    free(png);
    return status;
}
