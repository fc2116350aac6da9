/* 1. Keys: every setting of PyRadiomics' schema, its type and range, and at which step it acts
 * 2. Values: one setting read and checked against its row
 * 3. Settings: a checked value put where the steps look for it
 * 4. The file: imageType, featureClass, setting, voxelSetting
 * 5. The canonical text
 * 6. Columns */
#include "jobs/params.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/yaml.h"
#include "jobs/nearest.h"

#define PARAMS_LIMIT ((size_t)1 << 20) /* bytes */
#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* --- 1. Keys ------------------------------------------------------------------------------------------------------ */

typedef enum kind { TRUTH, INTEGER, INTEGERS, NUMBER, NUMBERS, WORD, INTERPOLATOR, ANY_TEXT } kind;

/* When a setting acts: PyRadiomics hands those under an image type to that image's features alone, so one that acts
 * earlier has no effect there. */
typedef enum stage {
    EARLY,    /* reading, normalisation, the mask's checks, re-segmentation */
    FEATURES, /* binning and features: may stand under an image type */
    FILTER,   /* for filters: without effect on the original image */
    RESAMPLE,
    VOXELS /* for maps of features voxel by voxel: without effect on a segment's features */
} stage;

typedef enum key_id {
    ADDITIONAL_INFO,
    BIN_COUNT,
    BIN_WIDTH,
    CORRECT_MASK,
    DISTANCES,
    FORCE_2D,
    FORCE_2D_DIMENSION,
    GEOMETRY_TOLERANCE,
    GLDM_A,
    LABEL,
    LABEL_CHANNEL,
    MINIMUM_ROI_DIMENSIONS,
    MINIMUM_ROI_SIZE,
    NORMALIZE,
    NORMALIZE_SCALE,
    PAD_DISTANCE,
    PRE_CROP,
    REMOVE_OUTLIERS,
    RESAMPLED_PIXEL_SPACING,
    RESEGMENT_MODE,
    RESEGMENT_RANGE,
    RESEGMENT_SHAPE,
    SYMMETRICAL_GLCM,
    VOXEL_ARRAY_SHIFT,
    WEIGHTING_NORM,
    INTERPOLATION,
    INERT
} key_id;

typedef struct setting {
    const char *name;
    key_id id;
    kind kind;
    stage stage;
    int32_t n_max; /* values of a list; each list has at least one */
    double least;  /* of the value or of each of the values */
    double most;   /* … and the largest; INFINITY: as large as the type holds */
    bool above;    /* the least itself is too small */
    const char *const *words;
} setting;

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

#define MAX_LIST 1024 /* values of a list that nothing reads */

/* Source: PyRadiomics 3.0.1, the parameter file's schema. */
static const setting setting_keys[] = {
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
    {"padDistance", PAD_DISTANCE, INTEGER, FILTER, 0, 0, INT32_MAX, false, NULL},
    {"distances", DISTANCES, INTEGERS, FEATURES, RML_MAX_DISTANCES, 0, INT32_MAX, true, NULL},
    {"force2D", FORCE_2D, TRUTH, FEATURES, 0, 0, 0, false, NULL},
    {"force2Ddimension", FORCE_2D_DIMENSION, INTEGER, FEATURES, 0, 0, 2, false, NULL},
    {"resegmentRange", RESEGMENT_RANGE, NUMBERS, EARLY, 2, -INFINITY, INFINITY, false, NULL},
    {"resegmentMode", RESEGMENT_MODE, WORD, EARLY, 0, 0, 0, false, resegment_modes},
    {"resegmentShape", RESEGMENT_SHAPE, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"preCrop", PRE_CROP, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"sigma", INERT, NUMBERS, FILTER, MAX_LIST, 0, INFINITY, true, NULL},
    {"start_level", INERT, INTEGER, FILTER, 0, 0, INT32_MAX, false, NULL},
    {"level", INERT, INTEGER, FILTER, 0, 0, INT32_MAX, true, NULL},
    {"wavelet", INERT, ANY_TEXT, FILTER, 0, 0, 0, false, NULL},
    {"gradientUseSpacing", INERT, TRUTH, FILTER, 0, 0, 0, false, NULL},
    {"lbp2DRadius", INERT, NUMBER, FILTER, 0, 0, INFINITY, true, NULL},
    {"lbp2DSamples", INERT, INTEGER, FILTER, 0, 1, INT32_MAX, false, NULL},
    {"lbp2DMethod", INERT, WORD, FILTER, 0, 0, 0, false, lbp_methods},
    {"lbp3DLevels", INERT, INTEGER, FILTER, 0, 1, INT32_MAX, false, NULL},
    {"lbp3DIcosphereRadius", INERT, NUMBER, FILTER, 0, 0, INFINITY, true, NULL},
    {"lbp3DIcosphereSubdivision", INERT, INTEGER, FILTER, 0, 0, INT32_MAX, false, NULL},
    {"voxelArrayShift", VOXEL_ARRAY_SHIFT, INTEGER, FEATURES, 0, -INFINITY, INFINITY, false, NULL},
    {"symmetricalGLCM", SYMMETRICAL_GLCM, TRUTH, FEATURES, 0, 0, 0, false, NULL},
    {"weightingNorm", WEIGHTING_NORM, WORD, FEATURES, 0, 0, 0, false, weightings},
    {"gldm_a", GLDM_A, INTEGER, FEATURES, 0, 0, INT32_MAX, false, NULL},
};

static const setting voxel_keys[] = {
    {"kernelRadius", INERT, INTEGER, VOXELS, 0, 0, INT32_MAX, true, NULL},
    {"maskedKernel", INERT, TRUTH, VOXELS, 0, 0, 0, false, NULL},
    {"initValue", INERT, NUMBER, VOXELS, 0, -INFINITY, INFINITY, false, NULL},
    {"voxelBatch", INERT, INTEGER, VOXELS, 0, 0, INT32_MAX, true, NULL},
};

static const char *const sections[] = {"imageType", "featureClass", "setting", "voxelSetting"};
static const char *const image_types[] = {"Original",  "LoG",         "Wavelet",  "Square", "SquareRoot",
                                          "Logarithm", "Exponential", "Gradient", "LBP2D",  "LBP3D"};

/* --- 2. Values ---------------------------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    rml_params *params;
    const rml_yaml *spacing, *interpolator; /* resampling is on when both are set */
    bool interpolator_off;
    const rml_yaml *empty[INERT]; /* by key: where it is given without a value */
    rml_error *err;
} reader;

typedef struct setting_value {
    int64_t integer;
    double number;
    bool truth;
    int32_t word; /* index into the key's words */
    int32_t n;
    double list[MAX_LIST];
} setting_value;

/* "p.yaml line 4: sentence" */
static rml_status RML_PRINTF(3, 4) refuse(const reader *in, const rml_yaml *where, const char *format, ...)
{
    char sentence[RML_ERROR_TEXT];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return rml_fail(in->err, RML_ESETTING, "%s line %d: %s", in->path, where->line, sentence);
}

/* A name that nobody knows, with the nearest that somebody does. */
static rml_status unknown(const reader *in, const rml_yaml *where, const char *what, const char *name,
                          const char *const *known, int32_t n)
{
    const char *nearest = rml_nearest(name, known, n);

    if (nearest) return refuse(in, where, "unknown %s \"%.80s\": did you mean \"%s\"?", what, name, nearest);
    return refuse(in, where, "unknown %s \"%.80s\"", what, name);
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

static rml_status expected(const reader *in, const setting *key, const rml_yaml *node, const char *what)
{
    char found[96];

    describe(node, found, sizeof found);
    return refuse(in, node, "%s is %s, expected %s", key->name, found, what);
}

static rml_status expected_word(const reader *in, const setting *key, const rml_yaml *node)
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

static rml_status read_number(const reader *in, const setting *key, const rml_yaml *node, bool whole, double *number,
                              int64_t *integer)
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

static rml_status read_list(const reader *in, const setting *key, const rml_yaml *node, setting_value *out)
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
                return refuse(in, &node->child[i], "%s has %.0f twice, expected each distance once", key->name,
                              out->list[i]);
    return RML_OK;
}

static int32_t find_word(const char *const *words, const char *text)
{
    for (int32_t w = 0; words[w]; ++w)
        if (strcmp(words[w], text) == 0) return w;
    return -1;
}

static rml_status read_value(const reader *in, const setting *key, const rml_yaml *node, setting_value *out)
{
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
        if (rml_yaml_integer(node, &out->integer)) return read_number(in, key, node, true, &out->number, &out->integer);
        out->word = node->kind == RML_YAML_SCALAR ? find_word(key->words, node->text) : -1;
        return out->word >= 0 ? RML_OK : expected_word(in, key, node);
    case ANY_TEXT: return node->kind == RML_YAML_SCALAR ? RML_OK : expected(in, key, node, "a name");
    }
    return RML_EINVAL;
}

/* --- 3. Settings -------------------------------------------------------------------------------------------------- */

static void set_distances(rml_texture_settings *texture, const setting_value *value)
{
    /* ascending: their order changes nothing, so neither may it change the canonical text */
    for (int32_t i = 0; i < value->n; ++i) {
        const int32_t distance = (int32_t)value->list[i];
        int32_t at = i;

        for (; at > 0 && texture->distances[at - 1] > distance; --at)
            texture->distances[at] = texture->distances[at - 1];
        texture->distances[at] = distance;
    }
    texture->n_distances = value->n;
}

static void apply(rml_params *params, const setting *key, const setting_value *value)
{
    switch (key->id) {
    case ADDITIONAL_INFO: params->additional_info = value->truth; break;
    case BIN_COUNT: params->binning.count = (int32_t)value->integer; break;
    case BIN_WIDTH: params->binning.width = value->number; break;
    case CORRECT_MASK: params->correct_mask = value->truth; break;
    case DISTANCES: set_distances(&params->texture, value); break;
    case FORCE_2D: params->texture.force_2d = value->truth; break;
    case FORCE_2D_DIMENSION: params->texture.force_2d_axis = (int32_t)value->integer; break;
    case GEOMETRY_TOLERANCE: params->geometry_tolerance = value->number; break;
    case GLDM_A: params->texture.gldm_alpha = value->number; break;
    case LABEL: params->label = (uint32_t)value->integer; break;
    case LABEL_CHANNEL: params->label_channel = (int32_t)value->integer; break;
    case MINIMUM_ROI_DIMENSIONS: params->minimum_roi_dimensions = (int32_t)value->integer; break;
    case MINIMUM_ROI_SIZE: params->minimum_roi_size = value->integer; break;
    case NORMALIZE: params->normalise = value->truth; break;
    case NORMALIZE_SCALE: params->normalise_scale = value->number; break;
    case PAD_DISTANCE: params->pad_distance = value->number; break;
    case PRE_CROP: params->pre_crop = value->truth; break;
    case REMOVE_OUTLIERS: params->remove_outliers = value->number; break;
    case RESEGMENT_MODE: params->resegment.mode = (rml_resegment_mode)value->word; break;
    case RESEGMENT_RANGE:
        params->resegment.n_bounds = value->n;
        memcpy(params->resegment.bounds, value->list, (size_t)value->n * sizeof *value->list);
        break;
    case RESEGMENT_SHAPE: params->resegment_shape = value->truth; break;
    case SYMMETRICAL_GLCM: params->texture.symmetrical_glcm = value->truth; break;
    case VOXEL_ARRAY_SHIFT: params->voxel_array_shift = value->number; break;
    case WEIGHTING_NORM: params->texture.weighting = (rml_weighting)(RML_WEIGHT_EUCLIDEAN + value->word); break;
    case RESAMPLED_PIXEL_SPACING:
    case INTERPOLATION:
    case INERT: break;
    }
}

/* An empty value is None in PyRadiomics. Of most keys that is "off" or nobody asks for it; these cannot do without a
 * value there: it fails, makes NaN (voxelArrayShift) or takes None for false (symmetricalGLCM). */
static bool needs_value(const rml_params *params, key_id id)
{
    switch (id) {
    case MINIMUM_ROI_DIMENSIONS:
    case LABEL:
    case DISTANCES:
    case FORCE_2D:
    case FORCE_2D_DIMENSION:
    case GLDM_A:
    case SYMMETRICAL_GLCM:
    case VOXEL_ARRAY_SHIFT: return true;
    case BIN_WIDTH: return params->binning.count == 0;
    case NORMALIZE_SCALE: return params->normalise;
    case PAD_DISTANCE: return params->pre_crop;
    case RESEGMENT_MODE: return params->resegment.n_bounds > 0;
    default: return false;
    }
}

/* Once all sections are read: only then is it known what is asked for. */
static rml_status refuse_empty(const reader *in)
{
    setting_value value;

    for (int32_t k = 0; k < COUNT(setting_keys); ++k) {
        const setting *key = &setting_keys[k];
        const rml_yaml *node = key->id == INERT ? NULL : in->empty[key->id];

        if (node && needs_value(in->params, key->id)) return read_value(in, key, node, &value);
    }
    return RML_OK;
}

/* An empty value under an image type takes a global one away where "none" is a value. */
static void take_away(rml_params *params, const setting *key)
{
    if (key->id == BIN_COUNT) params->binning.count = 0;
    if (key->id == WEIGHTING_NORM) params->texture.weighting = RML_WEIGHT_NONE;
}

static rml_status read_settings(reader *in, const rml_yaml *map, const setting *keys, int32_t n_keys, bool per_image)
{
    const char *names[COUNT(setting_keys)];
    setting_value value = {0};

    if (map->kind == RML_YAML_NULL) return RML_OK;
    if (map->kind != RML_YAML_MAP) return refuse(in, map, "%s is not a map of settings", map->key);
    for (int32_t k = 0; k < n_keys; ++k) names[k] = keys[k].name;
    for (int32_t c = 0; c < map->n; ++c) {
        const rml_yaml *node = &map->child[c];
        const setting *key = NULL;
        rml_status status;

        for (int32_t k = 0; k < n_keys && !key; ++k)
            if (strcmp(keys[k].name, node->key) == 0) key = &keys[k];
        if (!key) return unknown(in, node, "setting", node->key, names, n_keys);
        if (node->kind == RML_YAML_NULL) {
            if (per_image) take_away(in->params, key);
            if (key->id != INERT && (!per_image || key->stage == FEATURES)) in->empty[key->id] = node;
            if (!per_image && key->id == INTERPOLATION) in->interpolator_off = true;
            continue;
        }
        status = read_value(in, key, node, &value);
        if (status != RML_OK) return status;
        if (per_image && key->id == LABEL) /* PyRadiomics: shape's ROI is one label, the textures' another */
            return refuse(in, node, "label under %s is not computed by this version, expected under setting", map->key);
        if (per_image && (key->stage == EARLY || key->id == RESAMPLED_PIXEL_SPACING))
            return refuse(in, node, "%s has no effect under %s, expected under setting", key->name, map->key);
        if (key->id == RESAMPLED_PIXEL_SPACING) in->spacing = node;
        if (key->id != INERT) in->empty[key->id] = NULL;
        apply(in->params, key, &value);
    }
    return RML_OK;
}

/* --- 4. The file -------------------------------------------------------------------------------------------------- */

static rml_status read_image_types(reader *in, const rml_yaml *map)
{
    if (map->kind != RML_YAML_MAP)
        return refuse(in, map, "imageType is not a map of image types, such as {Original: {}}");
    in->params->original = map->n == 0;
    for (int32_t c = 0; c < map->n; ++c) {
        const rml_yaml *type = &map->child[c];
        bool known = false;
        rml_status status;

        for (int32_t i = 0; i < COUNT(image_types); ++i) known = known || strcmp(image_types[i], type->key) == 0;
        if (!known) return unknown(in, type, "image type", type->key, image_types, COUNT(image_types));
        if (strcmp(type->key, "Original") != 0)
            return refuse(in, type, "image type %s is not computed by this version", type->key);
        in->params->original = true;
        status = read_settings(in, type, setting_keys, COUNT(setting_keys), true);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

/* PyRadiomics sorts its methods "get<Name>FeatureValue": a name that begins another one counts as followed by F, so
 * MeanAbsoluteDeviation stands before Mean. */
static int by_method(const char *a, const char *b)
{
    while (*a && *a == *b) ++a, ++b;
    return (*a ? *a : *b ? 'F' : 0) - (*b ? *b : *a ? 'F' : 0);
}

static void all_features(rml_params *params, rml_class class_)
{
    const rml_feature *features = rml_class_features(class_);
    int32_t *order = params->listed[class_], n = 0;

    params->wanted[class_] = rml_class_default(class_);
    for (int32_t f = 0; f < rml_class_size(class_); ++f) {
        int32_t at = n;

        if (!(params->wanted[class_] & (rml_wanted)1 << f)) continue;
        for (; at > 0 && by_method(features[f].name, features[order[at - 1]].name) < 0; --at) order[at] = order[at - 1];
        order[at] = f;
        ++n;
    }
    params->n_listed[class_] = n;
}

static rml_status read_features(reader *in, const rml_yaml *list, rml_class class_)
{
    rml_params *params = in->params;
    const rml_feature *features = rml_class_features(class_);
    const char *names[RML_MAX_CLASS_FEATURES];

    if (list->kind == RML_YAML_NULL || (list->kind == RML_YAML_LIST && list->n == 0)) {
        all_features(params, class_);
        return RML_OK;
    }
    if (list->kind != RML_YAML_LIST)
        return refuse(in, list, "%s is neither empty nor a list of feature names", list->key);
    for (int32_t f = 0; f < rml_class_size(class_); ++f) names[f] = features[f].name;
    for (int32_t i = 0; i < list->n; ++i) {
        const rml_yaml *name = &list->child[i];
        int32_t f;

        if (name->kind != RML_YAML_SCALAR) return refuse(in, name, "%s lists something other than a name", list->key);
        f = rml_feature_index(class_, name->text);
        if (f < 0) {
            char what[64];

            snprintf(what, sizeof what, "%s feature", list->key);
            return unknown(in, name, what, name->text, names, rml_class_size(class_));
        }
        if (params->wanted[class_] & (rml_wanted)1 << f) continue; /* named twice: computed once, as PyRadiomics does */
        params->wanted[class_] |= (rml_wanted)1 << f;
        params->listed[class_][params->n_listed[class_]++] = f;
    }
    return RML_OK;
}

static void default_classes(rml_params *params)
{
    params->n_classes = RML_N_CLASSES;
    for (int32_t c = 0; c < RML_N_CLASSES; ++c) {
        params->classes[c] = (rml_class)c;
        all_features(params, (rml_class)c);
    }
}

static rml_status read_classes(reader *in, const rml_yaml *map)
{
    rml_params *params = in->params;
    const char *names[RML_N_CLASSES];

    if (map->kind != RML_YAML_MAP) return refuse(in, map, "featureClass names no class; leave it out for all of them");
    if (map->n == 0) return RML_OK; /* {}: all of them */
    params->n_classes = 0;
    memset(params->wanted, 0, sizeof params->wanted);
    memset(params->n_listed, 0, sizeof params->n_listed);
    for (int32_t c = 0; c < RML_N_CLASSES; ++c) names[c] = rml_class_name((rml_class)c);
    for (int32_t i = 0; i < map->n; ++i) {
        const rml_yaml *node = &map->child[i];
        int32_t c = 0;
        rml_status status;

        if (strcmp(node->key, "shape2D") == 0) return refuse(in, node, "class shape2D is not computed by this version");
        while (c < RML_N_CLASSES && strcmp(names[c], node->key) != 0) ++c;
        if (c == RML_N_CLASSES) return unknown(in, node, "feature class", node->key, names, RML_N_CLASSES);
        status = read_features(in, node, (rml_class)c);
        if (status != RML_OK) return status;
        if (c == RML_SHAPE) { /* computed before any image type, so its columns come first */
            memmove(params->classes + 1, params->classes, (size_t)params->n_classes * sizeof *params->classes);
            params->classes[0] = RML_SHAPE;
        } else {
            params->classes[params->n_classes] = (rml_class)c;
        }
        ++params->n_classes;
    }
    return RML_OK;
}

static rml_status read_file(reader *in, const rml_yaml *root)
{
    const rml_yaml *section;
    rml_status status;

    if (root->kind == RML_YAML_NULL) return rml_fail(in->err, RML_ESETTING, "%s: holds no parameters", in->path);
    if (root->kind != RML_YAML_MAP)
        return refuse(in, root, "not a parameter file: expected a map of imageType, featureClass and setting");
    for (int32_t c = 0; c < root->n; ++c) {
        bool known = false;

        for (int32_t s = 0; s < COUNT(sections); ++s) known = known || strcmp(sections[s], root->child[c].key) == 0;
        if (!known) return unknown(in, &root->child[c], "key", root->child[c].key, sections, COUNT(sections));
    }
    /* in this order whatever the file's: what stands under an image type overrides what stands under setting */
    if ((section = rml_yaml_get(root, "setting")) != NULL) {
        status = read_settings(in, section, setting_keys, COUNT(setting_keys), false);
        if (status != RML_OK) return status;
    }
    if ((section = rml_yaml_get(root, "voxelSetting")) != NULL) {
        status = read_settings(in, section, voxel_keys, COUNT(voxel_keys), false);
        if (status != RML_OK) return status;
    }
    if ((section = rml_yaml_get(root, "imageType")) != NULL) {
        status = read_image_types(in, section);
        if (status != RML_OK) return status;
    }
    if ((section = rml_yaml_get(root, "featureClass")) != NULL) {
        status = read_classes(in, section);
        if (status != RML_OK) return status;
    }
    status = refuse_empty(in);
    if (status != RML_OK) return status;
    if (in->spacing && !in->interpolator_off)
        return refuse(in, in->spacing, "resampledPixelSpacing: resampling is not computed by this version");
    return RML_OK;
}

/* --- 5. The canonical text ---------------------------------------------------------------------------------------- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void write_settings(FILE *out, const rml_params *params)
{
    static const char *const weights[] = {"null", "euclidean", "manhattan", "infinity", "no_weighting"};
    const rml_texture_settings *texture = &params->texture;
    const rml_resegmentation *resegment = &params->resegment;

    fprintf(out, "binCount: %d\n", params->binning.count);
    fprintf(out, "binWidth: %.17g\n", params->binning.width);
    fprintf(out, "correctMask: %s\n", truth(params->correct_mask));
    fprintf(out, "distances:");
    for (int32_t d = 0; d < texture->n_distances; ++d) fprintf(out, " %d", texture->distances[d]);
    fprintf(out, "\nforce2D: %s\n", truth(texture->force_2d));
    fprintf(out, "force2Ddimension: %d\n", texture->force_2d_axis);
    fprintf(out, "geometryTolerance: %.17g\n", params->geometry_tolerance);
    fprintf(out, "gldm_a: %.17g\n", texture->gldm_alpha);
    fprintf(out, "imageType: %s\n", params->original ? "Original" : "");
    fprintf(out, "label_channel: %d\n", params->label_channel);
    fprintf(out, "minimumROIDimensions: %d\n", params->minimum_roi_dimensions);
    fprintf(out, "minimumROISize: %lld\n", (long long)params->minimum_roi_size);
    fprintf(out, "normalize: %s\n", truth(params->normalise));
    fprintf(out, "normalizeScale: %.17g\n", params->normalise_scale);
    fprintf(out, "removeOutliers: %.17g\n", params->remove_outliers);
    fprintf(out, "resegmentMode: %s\n", resegment_modes[resegment->mode]);
    fprintf(out, "resegmentRange:");
    for (int32_t b = 0; b < resegment->n_bounds; ++b) fprintf(out, " %.17g", resegment->bounds[b]);
    fprintf(out, "\nresegmentShape: %s\n", truth(params->resegment_shape));
    fprintf(out, "symmetricalGLCM: %s\n", truth(texture->symmetrical_glcm));
    fprintf(out, "voxelArrayShift: %.17g\n", params->voxel_array_shift);
    fprintf(out, "weightingNorm: %s\n", weights[texture->weighting]);
}

static void write_classes(FILE *out, const rml_params *params)
{
    int32_t open = -1;

    fprintf(out, "featureClass:");
    for (int32_t c = 0; c < params->n_classes; ++c) fprintf(out, " %s", rml_class_name(params->classes[c]));
    for (int32_t c = 0; c < rml_params_n_columns(params); ++c) {
        rml_class class_;
        int32_t feature;
        char name[96];

        rml_params_column(params, c, &class_, &feature, name);
        if ((int32_t)class_ != open) fprintf(out, "\n%s:", rml_class_name(class_));
        fprintf(out, " %s", rml_class_features(class_)[feature].name);
        open = (int32_t)class_;
    }
    fputc('\n', out);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *sort_lines(char *text)
{
    const char *lines[64];
    int32_t n = 0;
    char *sorted = malloc(strlen(text) + 1), *rest = NULL;

    if (!sorted) return NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && n < COUNT(lines); line = strtok_r(NULL, "\n", &rest))
        lines[n++] = line;
    qsort(lines, (size_t)n, sizeof *lines, by_text);
    *sorted = '\0';
    for (int32_t l = 0; l < n; ++l) strcat(strcat(sorted, lines[l]), "\n");
    return sorted;
}

/* Left out: label, which is each task's own, and what the original image's features do not feel: preCrop, padDistance
 * and additionalInfo. */
static char *canonical(const rml_params *params)
{
    char *text = NULL, *sorted = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);

    if (!out) return NULL;
    write_settings(out, params);
    write_classes(out, params);
    if (fclose(out) == 0) sorted = sort_lines(text);
    free(text);
    return sorted;
}

static void set_defaults(rml_params *params)
{
    *params = (rml_params){.original = true,
                           .binning = {.width = 25.0},
                           .normalise_scale = 1.0,
                           .remove_outliers = INFINITY,
                           .label = 1,
                           .additional_info = true,
                           .texture = rml_texture_defaults(),
                           .minimum_roi_dimensions = 2,
                           .minimum_roi_size = -1,
                           .geometry_tolerance = 1e-6,
                           .pad_distance = 5.0};
    default_classes(params);
}

/* Left out is what no number stands for: minimumROISize, removeOutliers, binCount and resegmentRange are off. */
const char *rml_params_defaults(void)
{
    return "# PyRadiomics' defaults\n"
           "imageType:\n"
           "  Original: {}\n"
           "featureClass:\n"
           "  shape:\n"
           "  firstorder:\n"
           "  glcm:\n"
           "  gldm:\n"
           "  glrlm:\n"
           "  glszm:\n"
           "  ngtdm:\n"
           "setting:\n"
           "  additionalInfo: true\n"
           "  binWidth: 25\n"
           "  correctMask: false\n"
           "  distances: [1]\n"
           "  force2D: false\n"
           "  force2Ddimension: 0\n"
           "  geometryTolerance: 1.0e-06\n"
           "  gldm_a: 0\n"
           "  label: 1\n"
           "  label_channel: 0\n"
           "  minimumROIDimensions: 2\n"
           "  normalize: false\n"
           "  normalizeScale: 1\n"
           "  padDistance: 5\n"
           "  preCrop: false\n"
           "  resegmentMode: absolute\n"
           "  resegmentShape: false\n"
           "  symmetricalGLCM: true\n"
           "  voxelArrayShift: 0\n";
}

rml_status rml_params_read(const char *path, rml_params *params, rml_error *err)
{
    rml_params read;
    rml_yaml *root = NULL;
    size_t n_bytes = 0;
    rml_status status = RML_OK;

    set_defaults(&read);
    if (path) {
        reader in = {.path = path, .params = &read, .err = err};

        status = rml_file_read(path, PARAMS_LIMIT, &read.source, &n_bytes, err);
        if (status != RML_OK) goto done;
        status = rml_yaml_parse(read.source, n_bytes, path, &root, err);
        if (status != RML_OK) goto done;
        status = read_file(&in, root);
        if (status != RML_OK) goto done;
    } else {
        read.source = strdup("");
    }
    read.canonical = canonical(&read);
    if (!read.source || !read.canonical) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the parameters");
        goto done;
    }
    *params = read;
    read = (rml_params){0};
done:
    rml_yaml_free(root);
    rml_params_free(&read);
    return status;
}

void rml_params_free(rml_params *params)
{
    if (!params) return;
    free(params->canonical);
    free(params->source);
    *params = (rml_params){0};
}

/* --- 6. Columns --------------------------------------------------------------------------------------------------- */

int32_t rml_params_n_columns(const rml_params *params)
{
    int32_t n = 0;

    for (int32_t c = 0; c < params->n_classes; ++c) n += params->n_listed[params->classes[c]];
    return n;
}

void rml_params_column(const rml_params *params, int32_t c, rml_class *class_, int32_t *feature, char name[96])
{
    int32_t at = 0, f;
    rml_class of;

    while (c >= params->n_listed[params->classes[at]]) c -= params->n_listed[params->classes[at++]];
    of = params->classes[at];
    f = params->listed[of][c];
    if (class_) *class_ = of;
    if (feature) *feature = f;
    if (name) snprintf(name, 96, "original_%s_%s", rml_class_name(of), rml_class_features(of)[f].name);
}
