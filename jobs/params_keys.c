/* 1. Keys: every setting of PyRadiomics' schema, its type and range, and at which step it acts
 * 2. Values: one setting read and checked against its row */
#include "jobs/params_keys.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "jobs/nearest.h"
#include "jobs/params.h"
#include "kernels/image/lbp3d.h"

#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* --- 1. Keys ------------------------------------------------------------------------------------------------------ */

static const char *const resegment_modes[] = {"absolute", "relative", "sigma", NULL};
static const char *const weightings[] = {"euclidean", "manhattan", "infinity", "no_weighting", NULL};
static const char *const lbp_methods[] = {"default", "ror", "uniform", "var", NULL};
static const char *const interpolators[] = {"sitkNearestNeighbor",
                                            "sitkLinear",
                                            "sitkBSpline",
                                            "sitkGaussian",
                                            "sitkLabelGaussian",
                                            "sitkHammingWindowedSinc",
                                            "sitkCosineWindowedSinc",
                                            "sitkWelchWindowedSinc",
                                            "sitkLanczosWindowedSinc",
                                            "sitkBlackmanWindowedSinc",
                                            NULL};

static const rml_interpolator interpolator_kinds[] = {
    RML_INTERPOLATE_NEAREST,        RML_INTERPOLATE_LINEAR,  RML_INTERPOLATE_BSPLINE, RML_INTERPOLATE_GAUSSIAN,
    RML_INTERPOLATE_LABEL_GAUSSIAN, RML_INTERPOLATE_HAMMING, RML_INTERPOLATE_COSINE,  RML_INTERPOLATE_WELCH,
    RML_INTERPOLATE_LANCZOS,        RML_INTERPOLATE_BLACKMAN};

/* Source: PyRadiomics 3.0.1, the parameter file's schema. */
const setting rml_setting_keys[] = {
    {"minimumROIDimensions", MINIMUM_ROI_DIMENSIONS, INTEGER, EARLY, 0, 1, 3, false, NULL},
    {"minimumROISize", MINIMUM_ROI_SIZE, INTEGER, EARLY, 0, 0, INFINITY, true, NULL},
    {"geometryTolerance", GEOMETRY_TOLERANCE, NUMBER, EARLY, 0, 0, INFINITY, true, NULL},
    {"correctMask", CORRECT_MASK, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"additionalInfo", ADDITIONAL_INFO, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"label", LABEL, INTEGER, EARLY, 0, 0, UINT32_MAX, true, NULL},
    {"label_channel", LABEL_CHANNEL, INTEGER, EARLY, 0, 0, INT32_MAX, false, NULL},
    {"binWidth", BIN_WIDTH, NUMBER, FEATURES, 0, 0, INFINITY, true, NULL},
    {"binCount", BIN_COUNT, INTEGER, FEATURES, 0, 0, INT32_MAX, true, NULL},
    {"normalize", NORMALIZE, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"normalizeScale", NORMALIZE_SCALE, NUMBER, EARLY, 0, 0, INFINITY, true, NULL},
    {"removeOutliers", REMOVE_OUTLIERS, NUMBER, EARLY, 0, 0, INFINITY, true, NULL},
    {"resampledPixelSpacing", RESAMPLED_PIXEL_SPACING, NUMBERS, RESAMPLE, 3, 0, INFINITY, false, NULL},
    {"interpolator", INTERPOLATION, INTERPOLATOR, RESAMPLE, 0, 1, 10, false, interpolators},
    {"padDistance", PAD_DISTANCE, INTEGER, RESAMPLE, 0, 0, INT32_MAX, false, NULL},
    {"distances", DISTANCES, INTEGERS, FEATURES, RML_MAX_DISTANCES, 0, INT32_MAX, true, NULL},
    {"force2D", FORCE_2D, TRUTH, FEATURES, 0, 0, 0, false, NULL},
    {"force2Ddimension", FORCE_2D_DIMENSION, INTEGER, FEATURES, 0, 0, 2, false, NULL},
    {"resegmentRange", RESEGMENT_RANGE, NUMBERS, EARLY, 2, -INFINITY, INFINITY, false, NULL},
    {"resegmentMode", RESEGMENT_MODE, WORD, EARLY, 0, 0, 0, false, resegment_modes},
    {"resegmentShape", RESEGMENT_SHAPE, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"preCrop", PRE_CROP, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"sigma", SIGMA, NUMBERS, FILTER, RML_MAX_SIGMAS, 0, INFINITY, true, NULL},
    {"start_level", START_LEVEL, INTEGER, FILTER, 0, 0, RML_MAX_WAVELET_LEVELS, false, NULL},
    {"level", LEVEL, INTEGER, FILTER, 0, 0, RML_MAX_WAVELET_LEVELS, true, NULL},
    {"wavelet", WAVELET, ANY_TEXT, FILTER, 0, 0, 0, false, NULL},
    {"gradientUseSpacing", GRADIENT_USE_SPACING, TRUTH, FILTER, 0, 0, 0, false, NULL},
    {"lbp2DRadius", LBP2D_RADIUS, NUMBER, FILTER, 0, 0, INFINITY, true, NULL},
    {"lbp2DSamples", LBP2D_SAMPLES, INTEGER, FILTER, 0, 1, INT32_MAX, false, NULL},
    {"lbp2DMethod", LBP2D_METHOD, WORD, FILTER, 0, 0, 0, false, lbp_methods},
    {"lbp3DLevels", LBP3D_LEVELS, INTEGER, FILTER, 0, 1, RML_LBP3D_LEVELS, false, NULL},
    {"lbp3DIcosphereRadius", LBP3D_RADIUS, NUMBER, FILTER, 0, 0, INFINITY, true, NULL},
    {"lbp3DIcosphereSubdivision", LBP3D_SUBDIVISION, INTEGER, FILTER, 0, 0, INT32_MAX, false, NULL},
    {"voxelArrayShift", VOXEL_ARRAY_SHIFT, INTEGER, FEATURES, 0, -INFINITY, INFINITY, false, NULL},
    {"symmetricalGLCM", SYMMETRICAL_GLCM, TRUTH, FEATURES, 0, 0, 0, false, NULL},
    {"weightingNorm", WEIGHTING_NORM, WORD, FEATURES, 0, 0, 0, false, weightings},
    {"gldm_a", GLDM_A, INTEGER, FEATURES, 0, 0, INT32_MAX, false, NULL},
};

const setting rml_voxel_keys[] = {
    {"kernelRadius", INERT, INTEGER, VOXELS, 0, 0, INT32_MAX, true, NULL},
    {"maskedKernel", INERT, TRUTH, VOXELS, 0, 0, 0, false, NULL},
    {"initValue", INERT, NUMBER, VOXELS, 0, -INFINITY, INFINITY, false, NULL},
    {"voxelBatch", INERT, INTEGER, VOXELS, 0, 0, INT32_MAX, true, NULL},
};

const int32_t rml_n_setting_keys = COUNT(rml_setting_keys), rml_n_voxel_keys = COUNT(rml_voxel_keys);

/* --- 2. Values ---------------------------------------------------------------------------------------------------- */

rml_status rml_params_refuse(const rml_params_file *in, const rml_yaml *where, const char *format, ...)
{
    char sentence[RML_ERROR_TEXT];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return rml_fail(in->err, RML_ESETTING, "%s line %d: %s", in->path, where->line, sentence);
}

rml_status rml_params_unknown(const rml_params_file *in, const rml_yaml *where, const char *what, const char *name,
                              const char *const *known, int32_t n)
{
    const char *nearest = rml_nearest(name, known, n);

    if (nearest) return rml_params_refuse(in, where, "unknown %s \"%.80s\": did you mean \"%s\"?", what, name, nearest);
    return rml_params_refuse(in, where, "unknown %s \"%.80s\"", what, name);
}

static void describe(const rml_yaml *node, char *text, size_t n_bytes)
{
    switch (node->kind) {
    case RML_YAML_NULL: snprintf(text, n_bytes, "empty"); break;
    case RML_YAML_LIST: snprintf(text, n_bytes, "a list of %d", node->n); break;
    case RML_YAML_MAP: snprintf(text, n_bytes, "a map"); break;
    case RML_YAML_SCALAR: snprintf(text, n_bytes, node->quoted ? "the text \"%.60s\"" : "%.60s", node->text); break;
    }
}

/* too_large: the upper bound is what the value missed, so it is named even where it is the type's own. */
static void describe_range(const setting *key, bool whole, bool too_large, char *text, size_t n_bytes)
{
    const char *what = whole ? "a whole number" : "a number";

    if (isinf(key->least))
        snprintf(text, n_bytes, "%s", what);
    else if (isinf(key->most) || (key->most >= INT32_MAX && !too_large))
        snprintf(text, n_bytes, "%s %s %g", what, key->above ? "above" : "from", key->least);
    else
        snprintf(text, n_bytes, "%s from %g to %.10g", what, key->least + key->above, key->most);
}

static rml_status expected(const rml_params_file *in, const setting *key, const rml_yaml *node, const char *what)
{
    char found[96];

    describe(node, found, sizeof found);
    return rml_params_refuse(in, node, "%s is %s, expected %s", key->name, found, what);
}

static rml_status expected_word(const rml_params_file *in, const setting *key, const rml_yaml *node)
{
    char what[512] = "";
    size_t used = 0;

    for (int32_t w = 0; key->words[w] && used < sizeof what; ++w)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s%s",
                                 w == 0              ? ""
                                 : key->words[w + 1] ? ", "
                                                     : " or ",
                                 key->words[w]);
    return expected(in, key, node, what);
}

static bool within(const setting *key, double number)
{
    return number <= key->most && (key->above ? number > key->least : number >= key->least);
}

static rml_status read_number(const rml_params_file *in, const setting *key, const rml_yaml *node, bool whole,
                              double *number, int64_t *integer)
{
    const bool read = whole ? rml_yaml_integer(node, integer) : rml_yaml_number(node, number);
    char what[96];

    if (read && whole) *number = (double)*integer;
    /* an infinite bound of a range is a bound; an infinite width is not a width */
    if (read && !isnan(*number) && within(key, *number) && (isfinite(*number) || key->id == RESEGMENT_RANGE))
        return RML_OK;
    describe_range(key, whole, read && *number > key->most, what, sizeof what);
    return expected(in, key, node, what);
}

static rml_status read_list(const rml_params_file *in, const setting *key, const rml_yaml *node, setting_value *out)
{
    if (node->kind != RML_YAML_LIST) return expected(in, key, node, "a list of numbers");
    if (node->n < 1) return expected(in, key, node, "at least one number");
    if (node->n > key->n_max || (key->id == RESAMPLED_PIXEL_SPACING && node->n != 3)) {
        char what[64];

        snprintf(what, sizeof what, "%s%d numbers", key->id == RESAMPLED_PIXEL_SPACING ? "" : "at most ", key->n_max);
        return expected(in, key, node, what);
    }
    for (int32_t i = 0; i < node->n; ++i) {
        int64_t integer;
        const rml_status status = read_number(in, key, &node->child[i], key->kind == INTEGERS, &out->list[i], &integer);

        if (status != RML_OK) return status;
    }
    out->n = node->n;
    if (key->id != DISTANCES) return RML_OK;
    /* PyRadiomics counts the neighbours at a repeated distance as often as it stands there */
    for (int32_t i = 1; i < out->n; ++i)
        for (int32_t k = 0; k < i; ++k)
            if (out->list[k] == out->list[i])
                return rml_params_refuse(in, &node->child[i], "%s has %.0f twice, expected each distance once",
                                         key->name, out->list[i]);
    return RML_OK;
}

static int32_t find_word(const char *const *words, const char *text)
{
    for (int32_t w = 0; words[w]; ++w)
        if (strcmp(words[w], text) == 0) return w;
    return -1;
}

rml_status rml_setting_read(const rml_params_file *in, const setting *key, const rml_yaml *node, setting_value *out)
{
    out->node = node;
    switch (key->kind) {
    case TRUTH: return rml_yaml_truth(node, &out->truth) ? RML_OK : expected(in, key, node, "true or false");
    case INTEGER: return read_number(in, key, node, true, &out->number, &out->integer);
    case NUMBER:
        /* PyRadiomics' own example writes nan without YAML's point */
        if (key->stage == VOXELS && node->kind == RML_YAML_SCALAR &&
            (strcasecmp(node->text, "nan") == 0 || strcasecmp(node->text, ".nan") == 0))
            return RML_OK;
        return read_number(in, key, node, false, &out->number, &out->integer);
    case INTEGERS:
    case NUMBERS: return read_list(in, key, node, out);
    case WORD:
        out->word = node->kind == RML_YAML_SCALAR ? find_word(key->words, node->text) : -1;
        return out->word >= 0 ? RML_OK : expected_word(in, key, node);
    case INTERPOLATOR:
        out->word = -1;
        if (rml_yaml_integer(node, &out->integer)) return read_number(in, key, node, true, &out->number, &out->integer);
        out->word = node->kind == RML_YAML_SCALAR ? find_word(key->words, node->text) : -1;
        return out->word >= 0 ? RML_OK : expected_word(in, key, node);
    case ANY_TEXT: return node->kind == RML_YAML_SCALAR ? RML_OK : expected(in, key, node, "a name");
    }
    return RML_EINVAL;
}

rml_interpolator rml_setting_interpolator(const setting_value *value)
{
    return value->word >= 0 ? interpolator_kinds[value->word] : (rml_interpolator)value->integer;
}

const char *rml_interpolator_name(rml_interpolator interpolator)
{
    for (int32_t k = 0; k < COUNT(interpolator_kinds); ++k)
        if (interpolator_kinds[k] == interpolator) return interpolators[k];
    return "";
}
