/* Figures drawn by gnuplot: one script for all of them, run as a process of its own in a folder of its own, and the SVG
 * of each taken into a page.
 *
 * No text from outside ever reaches gnuplot: a text that is to stand on a figure goes into the script as as many
 * characters of a private plane as it is long (so that gnuplot leaves it its room), and into the SVG as itself,
 * escaped, once gnuplot is done. So there is nothing in a patient's name that gnuplot could take for a command. */
#ifndef RML_IO_GNUPLOT_H
#define RML_IO_GNUPLOT_H

#include <stdint.h>
#include <stdio.h>

#include "kernels/base/status.h"

typedef struct rml_gnuplot rml_gnuplot;

/* Makes the folder (under $TMPDIR, for this user alone) and begins the script. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_gnuplot_begin(rml_gnuplot **plots, rml_error *err);
void rml_gnuplot_free(rml_gnuplot *plots); /* removes the folder; NULL allowed */

/* What follows in the script draws a figure of this name (letters and _; its own) and of so many pixels. All of
 * gnuplot's settings are at their defaults again. Returns the script, to write to with stdio: `$data << EOD` keeps
 * numbers in it. */
FILE *rml_gnuplot_figure(rml_gnuplot *plots, const char *name, int32_t width, int32_t height);

/* Writes a text into the script as a quoted string; of one with more than `most` characters the middle is left out. */
void rml_gnuplot_text(rml_gnuplot *plots, const char *text, int32_t most);

/* Runs the script.
 * RML_EIO     gnuplot is not installed: what to install; or it failed: what it said
 * RML_ENOMEM  also of what was written before */
RML_CHECKED rml_status rml_gnuplot_run(rml_gnuplot *plots, rml_error *err);

/* Writes a figure's SVG as an element of an HTML page, with names of its own for its parts. label: what a reader who
 * does not see it is told. RML_EIO, RML_ENOMEM, RML_EFORMAT (what gnuplot wrote is no SVG). */
RML_CHECKED rml_status rml_gnuplot_place(rml_gnuplot *plots, const char *name, const char *label, FILE *page,
                                         rml_error *err);
/* The same as a file of its own. */
RML_CHECKED rml_status rml_gnuplot_write(rml_gnuplot *plots, const char *name, const char *label, FILE *file,
                                         rml_error *err);

#endif
