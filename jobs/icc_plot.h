/* The figure of radmill icc, a file of its own. */
#ifndef RML_JOBS_ICC_PLOT_H
#define RML_JOBS_ICC_PLOT_H

#include "jobs/icc_picture.h"
#include "kernels/prepare/icc.h"

typedef struct rml_icc_figure {
    const char *form;   /* "2,1" */
    const char *across; /* the column that tells readings apart */
    int32_t n_features, n_readers;
    double level;
    const char *const *feature;     /* [n_features] */
    const rml_icc *icc;             /* [n_features] */
    const rml_icc_squares *squares; /* [n_features] */
} rml_icc_figure;

/* Writes an SVG: features by falling coefficient; those without one are left out, and counted on it. RML_EIO  without
 * gnuplot, which draws; or the file cannot be written. RML_ESETTING  no feature has a coefficient. RML_ENOMEM */
RML_CHECKED rml_status rml_icc_plot(const char *path, const rml_icc_figure *figure, rml_error *err);

#endif
