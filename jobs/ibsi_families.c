/* 1. levels
 * 2. families
 * 3. all that are wanted */
#include "jobs/ibsi_families.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ibsi/glcm.h"
#include "kernels/ibsi/glrlm.h"
#include "kernels/ibsi/histogram.h"
#include "kernels/ibsi/ivh.h"
#include "kernels/ibsi/levels.h"
#include "kernels/ibsi/morphology.h"
#include "kernels/ibsi/ngldm.h"
#include "kernels/ibsi/ngtdm.h"
#include "kernels/ibsi/peak.h"
#include "kernels/ibsi/statistics.h"
#include "kernels/ibsi/zones.h"

enum { MOST_BINS = 1 << 24 };

/* Under which of PyRadiomics' classes a family's seconds are counted. */
static const rml_class peer[RML_IBSI_N_CLASSES] = {[RML_IBSI_MORPHOLOGY] = RML_SHAPE,
                                                   [RML_IBSI_LOCAL] = RML_FIRSTORDER,
                                                   [RML_IBSI_STATISTICS] = RML_FIRSTORDER,
                                                   [RML_IBSI_HISTOGRAM] = RML_FIRSTORDER,
                                                   [RML_IBSI_IVH] = RML_FIRSTORDER,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_GLCM] = RML_GLCM,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_GLRLM] = RML_GLRLM,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_GLSZM] = RML_GLSZM,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_GLDZM] = RML_GLSZM,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_NGTDM] = RML_NGTDM,
                                                   [RML_IBSI_N_FAMILIES + RML_IBSI_NGLDM] = RML_GLDM};

static bool stopped(const rml_ibsi_computing *c)
{
    return c->cancel && __atomic_load_n(c->cancel, __ATOMIC_RELAXED);
}

static rml_status fail_class(const rml_ibsi_computing *c, int32_t class_, rml_status status)
{
    return rml_fail(c->err, status, "family %s could not be computed (%s)", rml_ibsi_class_name(class_),
                    rml_status_name(status));
}

/* --- 1. levels -------------------------------------------------------------------------------- */

static void find_range(const rml_ibsi_computing *c, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (int64_t i = 0; i < c->roi->n_intensity; ++i) {
        *least = fmin(*least, c->values[i]);
        *most = fmax(*most, c->values[i]);
    }
}

/* Bins of a fixed size begin at the re-segmentation range's lower bound, else (IBSI's choice as well) at the ROI's
 * lowest intensity; of a response, which has another unit than the range, always there. */
static rml_ibsi_binning binning_of(const rml_ibsi_computing *c, const rml_ibsi_bins *bins)
{
    rml_ibsi_binning binning = {.count = bins->count, .width = bins->width, .lowest = c->params->ibsi.low};
    double most;

    if (c->filtered || isinf(binning.lowest)) find_range(c, &binning.lowest, &most);
    return binning;
}

static rml_status discretise(const rml_ibsi_computing *c, const rml_ibsi_bins *bins, const char *of, int32_t *n_levels)
{
    const rml_ibsi_binning binning = binning_of(c, bins);
    const rml_status status = rml_ibsi_levels(c->values, c->roi->n_intensity, &binning, c->bins, n_levels);

    if (status == RML_EVALUE)
        return rml_fail(
            c->err, status,
            "without binCount and binWidth the intensities are the grey levels, but the ROI has one that is "
            "no whole number from 1 on");
    if (status == RML_ESETTING)
        return rml_fail(c->err, status,
                        "%s %g cuts the ROI into more levels than can be counted; a larger one is needed", of,
                        bins->width);
    if (status != RML_OK)
        return rml_fail(c->err, status, "the ROI could not be discretised (%s)", rml_status_name(status));
    return RML_OK;
}

/* --- 2. families -------------------------------------------------------------------------------------------------- */

static rml_status compute_local(rml_ibsi_computing *c)
{
    rml_ibsi_region wide = {.image = c->wide_image,
                            .morphological = c->roi->wide_intensity, /* not read: peaks are of the intensity mask */
                            .intensity = c->roi->wide_intensity};
    double *value = c->value[RML_IBSI_LOCAL];
    rml_status status;

    memcpy(wide.size, c->roi->wide.size, sizeof wide.size);
    memcpy(wide.spacing, c->spacing, sizeof wide.spacing);
    status = rml_ibsi_peaks(&wide, value);
    for (int f = 0; f < RML_IBSI_N_LOCAL; ++f)
        c->reason[RML_IBSI_LOCAL][f] = isnan(value[f]) ? RML_WHY_NOT_FINITE : RML_DEFINED;
    return status == RML_EVALUE ? RML_OK : status; /* which the reason says */
}

static rml_status compute_histogram(rml_ibsi_computing *c)
{
    int32_t n_levels;
    int64_t *count;
    rml_status status = discretise(c, &c->params->ibsi.bins, "binWidth", &n_levels);

    if (status != RML_OK) return status;
    if (n_levels > MOST_BINS)
        return rml_fail(c->err, RML_ESETTING,
                        "the intensity histogram has more than %d levels; binCount, or a larger binWidth, is needed",
                        MOST_BINS);
    count = calloc((size_t)n_levels, sizeof *count);
    if (!count) return rml_fail(c->err, RML_ENOMEM, "no memory for a histogram of %d levels", n_levels);
    for (int64_t i = 0; i < c->roi->n_intensity; ++i) ++count[c->bins[i] - 1];
    status = rml_ibsi_histogram(count, n_levels, c->value[RML_IBSI_HISTOGRAM], c->reason[RML_IBSI_HISTOGRAM]);
    free(count);
    return status == RML_OK ? RML_OK : fail_class(c, RML_IBSI_HISTOGRAM, status);
}

/* Where the histogram stands: from the re-segmentation range's bounds, else the ROI's. n: 0 for too many. */
static rml_ibsi_ivh_axis ivh_axis(const rml_ibsi_computing *c, const rml_ibsi_bins *bins, int32_t highest_bin)
{
    const rml_ibsi_params *ibsi = &c->params->ibsi;
    rml_ibsi_ivh_axis axis = {1.0, 1.0, bins->count};
    double low, high, n;

    if (bins->count > 0) return axis;
    find_range(c, &low, &high);
    if (!c->filtered && isfinite(ibsi->low)) low = ibsi->low;
    if (bins->width > 0.0) {
        axis.step = bins->width;
        axis.first = low + 0.5 * bins->width;
        n = !c->filtered && isfinite(ibsi->high) ? ceil((ibsi->high - low) / bins->width - 1e-9) : highest_bin;
    } else {
        if (!c->filtered && isfinite(ibsi->high)) high = ibsi->high;
        axis.first = low;
        n = floor(high - low + 1e-9) + 1.0;
    }
    axis.n = n > MOST_BINS ? 0 : n < 1.0 ? 1 : (int32_t)n;
    return axis;
}

static rml_status compute_ivh(rml_ibsi_computing *c)
{
    const rml_ibsi_bins *bins = &c->params->ibsi.ivh_bins;
    const bool binned = bins->count > 0 || bins->width > 0.0;
    rml_ibsi_ivh_axis axis;
    int32_t highest = 0;
    int64_t *count;
    rml_status status = binned ? discretise(c, bins, "ivhBinWidth", &highest) : RML_OK;

    if (status != RML_OK) return status;
    axis = ivh_axis(c, bins, highest);
    if (axis.n == 0)
        return rml_fail(c->err, RML_ESETTING,
                        "the intensity-volume histogram has more than %d steps of %g; ivhBinCount, or a larger "
                        "ivhBinWidth, is needed",
                        MOST_BINS, axis.step);
    count = malloc((size_t)axis.n * sizeof *count);
    if (!count) return rml_fail(c->err, RML_ENOMEM, "no memory for a histogram of %d intensities", axis.n);
    if (binned) {
        const rml_ibsi_ivh_axis numbers = {1.0, 1.0, axis.n};

        for (int64_t i = 0; i < c->roi->n_intensity; ++i) c->work[i] = c->bins[i];
        rml_ibsi_ivh_count(c->work, c->roi->n_intensity, &numbers, count);
    } else {
        rml_ibsi_ivh_count(c->values, c->roi->n_intensity, &axis, count);
    }
    status = rml_ibsi_ivh(count, c->roi->n_intensity, &axis, c->value[RML_IBSI_IVH], c->reason[RML_IBSI_IVH]);
    free(count);
    return status == RML_OK ? RML_OK : fail_class(c, RML_IBSI_IVH, status);
}

static rml_status compute_family(rml_ibsi_computing *c, rml_ibsi_family family)
{
    rml_status status;

    switch (family) {
    case RML_IBSI_LOCAL: status = compute_local(c); break;
    case RML_IBSI_STATISTICS:
        status = rml_ibsi_statistics(c->values, c->roi->n_intensity, c->work, c->value[family], c->reason[family]);
        break;
    case RML_IBSI_HISTOGRAM: return compute_histogram(c);
    case RML_IBSI_IVH: return compute_ivh(c);
    default: status = RML_EINVAL; break;
    }
    return status == RML_OK ? RML_OK : fail_class(c, (int32_t)family, status);
}

static rml_ibsi_rows rows_of(const rml_ibsi_params *ibsi, rml_ibsi_texture texture)
{
    if (!ibsi->wanted_texture[texture]) return 0;
    return rml_ibsi_texture_rows(texture) == RML_IBSI_N_DIRECTIONAL ? ibsi->rows : ibsi->whole_rows;
}

/* Texture kernels give values alone: what is NaN is so for want of pairs (then nothing of the matrix is defined), or
 * because a matrix of one level has no spread. */
static void explain(rml_ibsi_computing *c, rml_ibsi_texture texture)
{
    const int32_t class_ = RML_IBSI_N_FAMILIES + (int32_t)texture, n = rml_ibsi_texture_size(texture);

    for (int32_t row = 0; row < rml_ibsi_texture_rows(texture); ++row) {
        const double *value = c->value[class_] + (ptrdiff_t)row * n;
        uint8_t *reason = c->reason[class_] + (ptrdiff_t)row * n;

        for (int32_t f = 0; f < n; ++f)
            reason[f] = !isnan(value[f]) ? RML_DEFINED : isnan(value[0]) ? RML_WHY_NO_PAIRS : RML_WHY_FLAT;
    }
}

static rml_status compute_texture(rml_ibsi_computing *c, rml_ibsi_texture texture, const rml_levels *levels)
{
    const rml_ibsi_params *ibsi = &c->params->ibsi;
    const int32_t class_ = RML_IBSI_N_FAMILIES + (int32_t)texture;
    const rml_ibsi_rows rows = rows_of(ibsi, texture);
    rml_status status = RML_OK;

    switch (texture) {
    case RML_IBSI_GLCM: status = rml_ibsi_glcm(levels, 0, rows, c->value[class_]); break;
    case RML_IBSI_GLRLM: status = rml_ibsi_glrlm(levels, rows, c->value[class_]); break;
    case RML_IBSI_GLSZM: /* and GLDZM: the zones are the same */
        status = rml_ibsi_zones(levels, c->roi->morphological, rows, rows_of(ibsi, RML_IBSI_GLDZM), c->value[class_],
                                c->value[class_ + 1]);
        break;
    case RML_IBSI_NGTDM: status = rml_ibsi_ngtdm(levels, rows, c->value[class_]); break;
    case RML_IBSI_NGLDM:
        /* a distance of the box's largest extent has no neighbours, like every larger one */
        status = rml_ibsi_ngldm(levels, levels->margin < ibsi->ngldm_distance ? levels->margin : ibsi->ngldm_distance,
                                ibsi->ngldm_alpha, rows, c->value[class_]);
        break;
    default: break;
    }
    if (status == RML_ESETTING)
        return rml_fail(c->err, status, "family %s: grey levels further apart than %d; fewer bins are needed",
                        rml_ibsi_class_name(class_), RML_IBSI_MOST_GREY);
    return status == RML_OK ? RML_OK : fail_class(c, class_, status);
}

static rml_status compute_textures(rml_ibsi_computing *c)
{
    const rml_ibsi_params *ibsi = &c->params->ibsi;
    rml_levels levels = {0};
    int32_t n_levels, extent = 1;
    bool any = false;
    rml_status status;

    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES; ++t) any |= rows_of(ibsi, (rml_ibsi_texture)t) != 0;
    if (!any) return RML_OK;
    for (int a = 0; a < 3; ++a)
        if (c->roi->box.size[a] > extent) extent = c->roi->box.size[a];
    status = discretise(c, &ibsi->bins, "binWidth", &n_levels);
    if (status != RML_OK) return status;
    status = rml_levels_init(&levels, c->roi->intensity, c->roi->box.size, c->bins, c->roi->n_intensity,
                             ibsi->ngldm_distance < extent ? ibsi->ngldm_distance : extent);
    if (status == RML_ESETTING)
        return rml_fail(c->err, status, "the ROI has more than %d grey levels; binCount or a larger binWidth is needed",
                        RML_MAX_LEVELS);
    if (status != RML_OK) return rml_fail(c->err, status, "no picture of the levels (%s)", rml_status_name(status));
    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES && status == RML_OK; ++t) {
        const rml_ibsi_texture texture = (rml_ibsi_texture)t;
        const bool zones = texture == RML_IBSI_GLSZM && rows_of(ibsi, RML_IBSI_GLDZM) != 0;
        const double begun = rml_seconds();

        if (!rows_of(ibsi, texture) && !zones) continue;
        if (stopped(c)) {
            status = rml_fail(c->err, RML_ESTOPPED, "nobody waits for this case any more");
            break;
        }
        c->row->stage = (rml_stage)(RML_STAGE_CLASSES + peer[RML_IBSI_N_FAMILIES + t]);
        status = compute_texture(c, texture, &levels);
        explain(c, texture);
        c->row->seconds[c->row->stage] += rml_seconds() - begun;
    }
    rml_levels_free(&levels);
    return status;
}

/* --- 3. all that are wanted
 * ------------------------------------------------------------------------------------------- */

rml_status rml_ibsi_compute_morphology(rml_ibsi_computing *c)
{
    rml_ibsi_region region = {
        .image = c->image, .morphological = c->roi->morphological, .intensity = c->roi->intensity};
    const double begun = rml_seconds();
    rml_status status;

    if (!c->params->ibsi.wanted[RML_IBSI_MORPHOLOGY]) return RML_OK;
    c->row->stage = (rml_stage)(RML_STAGE_CLASSES + peer[RML_IBSI_MORPHOLOGY]);
    memcpy(region.size, c->roi->box.size, sizeof region.size);
    memcpy(region.spacing, c->spacing, sizeof region.spacing);
    status = rml_ibsi_morphology(&region, c->value[RML_IBSI_MORPHOLOGY], c->reason[RML_IBSI_MORPHOLOGY]);
    c->row->seconds[c->row->stage] += rml_seconds() - begun;
    return status == RML_OK ? RML_OK : fail_class(c, RML_IBSI_MORPHOLOGY, status);
}

rml_status rml_ibsi_compute_image(rml_ibsi_computing *c)
{
    rml_status status = RML_OK;

    for (int32_t f = RML_IBSI_MORPHOLOGY + 1; f < RML_IBSI_N_FAMILIES && status == RML_OK; ++f) {
        const double begun = rml_seconds();

        if (!c->params->ibsi.wanted[f]) continue;
        if (stopped(c)) return rml_fail(c->err, RML_ESTOPPED, "nobody waits for this case any more");
        c->row->stage = (rml_stage)(RML_STAGE_CLASSES + peer[f]);
        status = compute_family(c, (rml_ibsi_family)f);
        c->row->seconds[c->row->stage] += rml_seconds() - begun;
    }
    return status == RML_OK ? compute_textures(c) : status;
}
