#include "jobs/ibsi_features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/ibsi_decimated.h"
#include "jobs/ibsi_families.h"
#include "jobs/ibsi_filters.h"
#include "kernels/base/reason.h"

/* The ROI's voxels of the image in wide_image. False: one of the intensity mask is not finite. */
static bool take_values(rml_ibsi_computing *c)
{
    const int64_t n = rml_box_voxels(&c->roi->box);
    int64_t taken = 0;
    bool finite = true;

    rml_ibsi_crop(c->wide_image, &c->roi->wide, &c->roi->box, c->image);
    for (int64_t i = 0; i < n; ++i) {
        if (!c->roi->intensity[i]) continue;
        finite &= isfinite(c->image[i]) != 0;
        c->values[taken++] = c->image[i];
    }
    return finite;
}

/* A response that is not there, or not finite, somewhere in the ROI gives no values. why: of the first such image */
static void skip_image(rml_ibsi_computing *c, rml_reason reason, const char *why)
{
    for (int32_t class_ = 0; class_ < RML_IBSI_N_CLASSES; ++class_)
        for (int32_t v = 0; v < RML_IBSI_MOST_VALUES; ++v) {
            c->value[class_][v] = NAN;
            c->reason[class_][v] = (uint8_t)reason;
        }
    if (c->row->skipped.status == RML_OK) rml_fail(&c->row->skipped, RML_EVALUE, "%s; its features are NaN", why);
}

/* Puts the values into the order of the columns, from *column on. */
static void gather(const rml_ibsi_computing *c, bool morphology, int32_t *column)
{
    rml_ibsi_column columns[RML_IBSI_MOST_COLUMNS];
    const int32_t n = rml_ibsi_columns(&c->params->ibsi, morphology, columns);

    for (int32_t k = 0; k < n; ++k, ++*column) {
        const rml_ibsi_column *of = &columns[k];
        const int32_t at =
            of->class_ < RML_IBSI_N_FAMILIES
                ? of->feature
                : of->row * rml_ibsi_texture_size((rml_ibsi_texture)(of->class_ - RML_IBSI_N_FAMILIES)) + of->feature;

        c->row->value[*column] = c->value[of->class_][at];
        c->row->reason[*column] = c->reason[of->class_][at];
    }
}

/* wide_image: the response of the whole image, as far as the ROI's box. */
static rml_status make_response(rml_ibsi_computing *c, const rml_ibsi_image *image)
{
    rml_ibsi_seen seen;
    const rml_status status = rml_ibsi_source_seen(c->source, c->params, &seen, c->err);

    return status == RML_OK ? rml_ibsi_respond(image, &seen, &c->roi->wide, c->wide_image, c->err) : status;
}

/* What is in wide_image, if it can be. */
static rml_status compute_finite(rml_ibsi_computing *c, const rml_ibsi_image *image)
{
    char why[RML_IBSI_IMAGE_NAME + 64];

    if (take_values(c)) return rml_ibsi_compute_image(c);
    snprintf(why, sizeof why, "image %s is NaN or infinite somewhere in the ROI", image->name);
    skip_image(c, RML_WHY_NOT_FINITE, why);
    return RML_OK;
}

/* The coefficients in the ROI as a ROI of their own, for the time of this. */
static rml_status compute_decimated(rml_ibsi_computing *c, const rml_ibsi_image *image)
{
    const rml_ibsi_prepared *roi = c->roi;
    const double *voxel = c->spacing, begun = rml_seconds();
    rml_ibsi_prepared coefficients = {0};
    rml_ibsi_seen seen;
    double spacing[3];
    rml_error few = {0};
    rml_status status = rml_ibsi_source_seen(c->source, c->params, &seen, c->err);

    if (status != RML_OK) return status;
    c->row->stage = RML_STAGE_FILTER;
    status = rml_ibsi_decimate(c->params, image, &seen, roi, &coefficients, spacing, &few);
    c->row->seconds[RML_STAGE_FILTER] += rml_seconds() - begun;
    if (status == RML_OK) {
        c->roi = &coefficients;
        c->spacing = spacing;
        c->wide_image = coefficients.image;
        status = compute_finite(c, image);
        c->roi = roi;
        c->spacing = voxel;
    } else if (status == RML_EROI) {
        skip_image(c, RML_WHY_NO_IMAGE, few.text);
        status = RML_OK;
    } else {
        rml_fail(c->err, status, "%s", few.text);
    }
    rml_ibsi_prepared_free(&coefficients);
    return status;
}

static rml_status compute_images(rml_ibsi_computing *c)
{
    const rml_ibsi_params *ibsi = &c->params->ibsi;
    double *response = NULL;
    int32_t column = 0;
    rml_status status;

    c->wide_image = c->roi->image;
    take_values(c);
    status = rml_ibsi_compute_morphology(c);
    if (status != RML_OK) return status;
    gather(c, true, &column);
    for (int32_t i = 0; i < ibsi->n_images && status == RML_OK; ++i) {
        c->filtered = ibsi->image[i].filter != RML_IBSI_ORIGINAL;
        c->wide_image = c->roi->image;
        if (c->filtered && !ibsi->image[i].decimated) {
            const double begun = rml_seconds();

            c->row->stage = RML_STAGE_FILTER;
            if (!response) response = malloc((size_t)rml_box_voxels(&c->roi->wide) * sizeof *response);
            if (!response) return rml_fail(c->err, RML_ENOMEM, "no memory for the image %s", ibsi->image[i].name);
            c->wide_image = response;
            status = make_response(c, &ibsi->image[i]);
            c->row->seconds[RML_STAGE_FILTER] += rml_seconds() - begun;
            if (status != RML_OK) break;
        }
        status = ibsi->image[i].decimated ? compute_decimated(c, &ibsi->image[i]) : compute_finite(c, &ibsi->image[i]);
        if (status == RML_OK) gather(c, false, &column);
    }
    free(response);
    return status;
}

rml_status rml_ibsi_features(const rml_params *params, rml_ibsi_source *source, const rml_ibsi_prepared *prepared,
                             const volatile bool *cancel, rml_feature_row *row, rml_error *err)
{
    const size_t n = (size_t)prepared->n_intensity;
    rml_ibsi_computing *c = calloc(1, sizeof *c);
    rml_status status;

    row->skipped = (rml_error){0};
    row->stage = RML_STAGE_PREPROCESS;
    if (!c) return rml_fail(err, RML_ENOMEM, "no memory for a ROI's features");
    c->params = params;
    c->source = source;
    c->roi = prepared;
    c->spacing = source->grid.spacing;
    c->cancel = cancel;
    c->row = row;
    c->err = err;
    c->image = malloc((size_t)rml_box_voxels(&prepared->box) * sizeof *c->image);
    c->values = malloc(n * sizeof *c->values);
    c->work = malloc(n * sizeof *c->work);
    c->bins = malloc(n * sizeof *c->bins);
    if (c->image && c->values && c->work && c->bins)
        status = compute_images(c);
    else
        status = rml_fail(err, RML_ENOMEM, "no memory for a ROI of %zu voxels", n);
    if (status == RML_OK) row->n_voxels = prepared->n_intensity;
    free(c->image);
    free(c->values);
    free(c->work);
    free(c->bins);
    free(c);
    return status;
}
