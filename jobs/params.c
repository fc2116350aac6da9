/* 1. Settings: a checked value put where the steps look for it
 * 2. The file: imageType, featureClass, setting, voxelSetting
 * 3. Defaults */
#include "jobs/params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/ibsi_reading.h"
#include "jobs/params_canonical.h"
#include "jobs/params_images.h"
#include "jobs/params_keys.h"

#define PARAMS_LIMIT ((size_t)1 << 20) /* bytes */
#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

static const char *const sections[] = {"imageType", "featureClass", "setting", "voxelSetting", "profile"};
static const char *const profiles[] = {"pyradiomics", "ibsi"};

typedef struct reader {
    rml_params_file file;
    rml_params *params;
    rml_image_type *type;         /* whose settings are read */
    const rml_yaml *interpolator; /* where it is given */
    bool interpolator_off;
    const rml_yaml *empty[INERT]; /* by key: where it is given without a value */
} reader;

/* --- 1. Settings ---------------------------------------------------------------------------------------------------
 */

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

/* Python's str of the file's number, with - for the point: what stands in the image's name. */
static void name_sigma(const rml_yaml *node, double sigma, char name[24])
{
    int64_t whole;
    char number[32];

    if (rml_yaml_integer(node, &whole)) {
        snprintf(name, 24, "%lld", (long long)whole);
        return;
    }
    rml_number_text(sigma, number);
    snprintf(name, 24, "%.20s%s", number, strpbrk(number, ".e") ? "" : ".0");
    for (char *c = name; *c; ++c)
        if (*c == '.') *c = '-';
}

static void set_sigmas(rml_image_type *type, const setting_value *value)
{
    type->n_sigmas = value->n;
    for (int32_t i = 0; i < value->n; ++i) {
        type->sigma[i] = value->list[i];
        name_sigma(&value->node->child[i], value->list[i], type->sigma_name[i]);
    }
}

/* What an image type may say for itself. false: another key. */
static bool apply_to_type(rml_image_type *type, key_id id, const setting_value *value)
{
    switch (id) {
    case BIN_COUNT: type->binning.count = (int32_t)value->integer; return true;
    case BIN_WIDTH: type->binning.width = value->number; return true;
    case DISTANCES: set_distances(&type->texture, value); return true;
    case FORCE_2D: type->texture.force_2d = value->truth; return true;
    case FORCE_2D_DIMENSION: type->texture.force_2d_axis = (int32_t)value->integer; return true;
    case GLDM_A: type->texture.gldm_alpha = value->number; return true;
    case SYMMETRICAL_GLCM: type->texture.symmetrical_glcm = value->truth; return true;
    case VOXEL_ARRAY_SHIFT: type->voxel_array_shift = value->number; return true;
    case WEIGHTING_NORM: type->texture.weighting = (rml_weighting)(RML_WEIGHT_EUCLIDEAN + value->word); return true;
    case SIGMA: set_sigmas(type, value); return true;
    case START_LEVEL: type->start_level = (int32_t)value->integer; return true;
    case LEVEL: type->level = (int32_t)value->integer; return true;
    case WAVELET: return true; /* by read_wavelet */
    case GRADIENT_USE_SPACING: type->gradient_use_spacing = value->truth; return true;
    case LBP2D_RADIUS: type->lbp2d_radius = value->number; return true;
    case LBP2D_SAMPLES: type->lbp2d_samples = (int32_t)value->integer; return true;
    case LBP2D_METHOD: return rml_lbp2d_method_of(value->node->text, &type->lbp2d_method) == RML_OK;
    case LBP3D_LEVELS: type->lbp3d_levels = (int32_t)value->integer; return true;
    case LBP3D_RADIUS: type->lbp3d_radius = value->number; return true;
    case LBP3D_SUBDIVISION: type->lbp3d_subdivisions = (int32_t)value->integer; return true;
    default: return false;
    }
}

static void apply(rml_params *params, const setting *key, const setting_value *value)
{
    switch (key->id) {
    case ADDITIONAL_INFO: params->additional_info = value->truth; break;
    case CORRECT_MASK: params->correct_mask = value->truth; break;
    case GEOMETRY_TOLERANCE: params->geometry_tolerance = value->number; break;
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
    case RESAMPLED_PIXEL_SPACING:
        params->resample = true;
        memcpy(params->resample_spacing, value->list, sizeof params->resample_spacing);
        break;
    case INTERPOLATION: params->interpolator = rml_setting_interpolator(value); break;
    default: break;
    }
}

/* An empty value is None in PyRadiomics. Of most keys that is "off" or nobody asks for it; these cannot do without a
 * value there: it fails, makes NaN (voxelArrayShift) or takes None for false (symmetricalGLCM). */
static bool needs_value(const rml_params *params, const rml_image_type *type, key_id id)
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
    case BIN_WIDTH: return type->binning.count == 0;
    case NORMALIZE_SCALE: return params->normalise;
    case PAD_DISTANCE: return params->pre_crop || params->resample;
    case RESEGMENT_MODE: return params->resegment.n_bounds > 0;
    case SIGMA: return type->filter == RML_LOG;
    case WAVELET:
    case LEVEL:
    case START_LEVEL: return type->filter == RML_WAVELET;
    case LBP2D_RADIUS:
    case LBP2D_SAMPLES:
    case LBP2D_METHOD: return type->filter == RML_LBP_2D;
    case LBP3D_LEVELS:
    case LBP3D_RADIUS:
    case LBP3D_SUBDIVISION: return type->filter == RML_LBP_3D;
    default: return false;
    }
}

/* Of an image type, once it is read; `setting` alone does not know yet what is asked for. */
static rml_status refuse_empty(const reader *in)
{
    setting_value value;

    for (int32_t k = 0; k < rml_n_setting_keys; ++k) {
        const setting *key = &rml_setting_keys[k];
        const rml_yaml *node = key->id == INERT ? NULL : in->empty[key->id];

        if (node && needs_value(in->params, in->type, key->id)) return rml_setting_read(&in->file, key, node, &value);
    }
    return RML_OK;
}

/* An empty value under an image type takes a global one away where "none" is a value. */
static void take_away(rml_image_type *type, const setting *key)
{
    if (key->id == BIN_COUNT) type->binning.count = 0;
    if (key->id == WEIGHTING_NORM) type->texture.weighting = RML_WEIGHT_NONE;
}

static rml_status read_wavelet(const reader *in, const setting_value *value)
{
    if (rml_wavelet_find(value->node->text, &in->type->wavelet) == RML_OK) return RML_OK;
    return rml_params_unknown(&in->file, value->node, "wavelet", value->node->text, rml_wavelet_names, RML_N_WAVELETS);
}

static rml_status read_settings(reader *in, const rml_yaml *map, const setting *keys, int32_t n_keys, bool per_image)
{
    const char *names[64];
    const rml_yaml *width = NULL;
    setting_value value = {0};

    if (map->kind == RML_YAML_NULL) return RML_OK;
    if (map->kind != RML_YAML_MAP) return rml_params_refuse(&in->file, map, "%s is not a map of settings", map->key);
    for (int32_t k = 0; k < n_keys; ++k) names[k] = keys[k].name;
    for (int32_t c = 0; c < map->n; ++c) {
        const rml_yaml *node = &map->child[c];
        const setting *key = NULL;
        rml_status status;

        for (int32_t k = 0; k < n_keys && !key; ++k)
            if (strcmp(keys[k].name, node->key) == 0) key = &keys[k];
        if (!key) return rml_params_unknown(&in->file, node, "setting", node->key, names, n_keys);
        if (node->kind == RML_YAML_NULL) {
            if (per_image) take_away(in->type, key);
            if (key->id != INERT && (!per_image || key->stage == FEATURES || key->stage == FILTER))
                in->empty[key->id] = node;
            if (!per_image && key->id == INTERPOLATION) in->interpolator_off = true;
            continue;
        }
        status = rml_setting_read(&in->file, key, node, &value);
        if (status != RML_OK) return status;
        if (per_image && key->id == LABEL) /* PyRadiomics: shape's ROI is one label, the textures' another */
            return rml_params_refuse(
                &in->file, node, "label under %s is not computed by this version, expected under setting", map->key);
        if (per_image && (key->stage == EARLY || key->id == RESAMPLED_PIXEL_SPACING))
            return rml_params_refuse(&in->file, node, "%s has no effect under %s, expected under setting", key->name,
                                     map->key);
        if (key->id != INERT) in->empty[key->id] = NULL;
        if (key->id == WAVELET) {
            status = read_wavelet(in, &value);
            if (status != RML_OK) return status;
        }
        if (key->id == INTERPOLATION && !per_image) in->interpolator = node;
        if (key->id == BIN_WIDTH) width = node;
        if (!apply_to_type(in->type, key->id, &value) && !per_image) apply(in->params, key, &value);
    }
    if (width && in->type->binning.count > 0 && in->params->warning.status == RML_OK)
        (void)rml_fail(&in->params->warning, RML_ESETTING,
                       "%s line %d: binWidth has no effect beside binCount %d, which is taken, as by PyRadiomics",
                       in->file.path, width->line, in->type->binning.count);
    return RML_OK;
}

/* --- 2. The file -------------------------------------------------------------------------------------------------- */

/* LoG's, which make an image each, and its columns. */
static rml_status check_sigmas(const rml_params_file *file, const rml_yaml *log, const rml_image_type *type)
{
    if (type->n_sigmas == 0)
        return rml_params_refuse(file, log, "LoG makes no image without sigma, expected such as {sigma: [1.0, 3.0]}");
    for (int32_t i = 1; i < type->n_sigmas; ++i)
        for (int32_t before = 0; before < i; ++before)
            if (strcmp(type->sigma_name[i], type->sigma_name[before]) == 0)
                return rml_params_refuse(file, log, "the image log-sigma-%s-mm-3D is asked for twice",
                                         type->sigma_name[i]);
    return RML_OK;
}

static rml_status add_type(reader *in, rml_filter filter, const rml_yaml *settings)
{
    rml_params *params = in->params;
    reader own = *in;
    rml_status status = RML_OK;

    own.type = &params->type[params->n_types++];
    *own.type = params->base;
    own.type->filter = filter;
    if (settings) status = read_settings(&own, settings, rml_setting_keys, rml_n_setting_keys, true);
    if (status == RML_OK) status = refuse_empty(&own);
    return status == RML_OK && filter == RML_LOG ? check_sigmas(&in->file, settings, own.type) : status;
}

static rml_status read_image_types(reader *in, const rml_yaml *map)
{
    const char *names[RML_N_FILTERS];

    if (map->kind != RML_YAML_MAP)
        return rml_params_refuse(&in->file, map, "imageType is not a map of image types, such as {Original: {}}");
    for (int32_t f = 0; f < RML_N_FILTERS; ++f) names[f] = rml_filter_name((rml_filter)f);
    for (int32_t c = 0; c < map->n; ++c) {
        const rml_yaml *type = &map->child[c];
        int32_t filter = 0;
        rml_status status;

        while (filter < RML_N_FILTERS && strcmp(names[filter], type->key) != 0) ++filter;
        if (filter == RML_N_FILTERS)
            return rml_params_unknown(&in->file, type, "image type", type->key, names, RML_N_FILTERS);
        status = add_type(in, (rml_filter)filter, type);
        if (status != RML_OK) return status;
    }
    return map->n == 0 ? add_type(in, RML_ORIGINAL, NULL) : RML_OK;
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
        return rml_params_refuse(&in->file, list, "%s is neither empty nor a list of feature names", list->key);
    for (int32_t f = 0; f < rml_class_size(class_); ++f) names[f] = features[f].name;
    for (int32_t i = 0; i < list->n; ++i) {
        const rml_yaml *name = &list->child[i];
        int32_t f;

        if (name->kind != RML_YAML_SCALAR)
            return rml_params_refuse(&in->file, name, "%s lists something other than a name", list->key);
        f = rml_feature_index(class_, name->text);
        if (f < 0) {
            char what[64];

            snprintf(what, sizeof what, "%s feature", list->key);
            return rml_params_unknown(&in->file, name, what, name->text, names, rml_class_size(class_));
        }
        if (params->wanted[class_] & (rml_wanted)1 << f) continue; /* named twice: computed once, as PyRadiomics does */
        params->wanted[class_] |= (rml_wanted)1 << f;
        params->listed[class_][params->n_listed[class_]++] = f;
    }
    return RML_OK;
}

static void no_classes(rml_params *params)
{
    params->n_classes = 0;
    memset(params->wanted, 0, sizeof params->wanted);
    memset(params->n_listed, 0, sizeof params->n_listed);
}

/* Of a file that names none: shape2D too, but only with force2D. */
static void default_classes(rml_params *params)
{
    no_classes(params);
    for (int32_t c = 0; c < RML_N_CLASSES; ++c) {
        if (c == RML_SHAPE_2D && !params->base.texture.force_2d) continue;
        params->classes[params->n_classes++] = (rml_class)c;
        all_features(params, (rml_class)c);
    }
}

/* Shape and then shape2D are computed before any image type, so their columns come first, whatever the file's order. */
static void add_class(rml_params *params, rml_class class_)
{
    int32_t at = params->n_classes++;

    if (rml_class_is_shape(class_))
        for (; at > 0 && params->classes[at - 1] > class_; --at) params->classes[at] = params->classes[at - 1];
    params->classes[at] = class_;
}

static rml_status read_classes(reader *in, const rml_yaml *map)
{
    rml_params *params = in->params;
    const char *names[RML_N_CLASSES];

    if (map->kind != RML_YAML_MAP)
        return rml_params_refuse(&in->file, map, "featureClass names no class; leave it out for all of them");
    if (map->n == 0) return RML_OK; /* {}: all of them */
    no_classes(params);
    for (int32_t c = 0; c < RML_N_CLASSES; ++c) names[c] = rml_class_name((rml_class)c);
    for (int32_t i = 0; i < map->n; ++i) {
        const rml_yaml *node = &map->child[i];
        int32_t c = 0;
        rml_status status;

        while (c < RML_N_CLASSES && strcmp(names[c], node->key) != 0) ++c;
        if (c == RML_N_CLASSES)
            return rml_params_unknown(&in->file, node, "feature class", node->key, names, RML_N_CLASSES);
        if (c == RML_SHAPE_2D && !params->base.texture.force_2d)
            return rml_params_refuse(&in->file, node,
                                     "class shape2D needs force2D: true under setting (PyRadiomics leaves it out)");
        status = read_features(in, node, (rml_class)c);
        if (status != RML_OK) return status;
        add_class(params, (rml_class)c);
    }
    return RML_OK;
}

/* Which of the profiles the file is of; PyRadiomics' where it does not say. */
static rml_status read_profile(const reader *in, const rml_yaml *node, bool *is_ibsi)
{
    *is_ibsi = false;
    if (!node) return RML_OK;
    if (node->kind != RML_YAML_SCALAR)
        return rml_params_refuse(&in->file, node, "profile is not a name, expected pyradiomics or ibsi");
    *is_ibsi = strcmp(node->text, "ibsi") == 0;
    if (*is_ibsi || strcmp(node->text, "pyradiomics") == 0) return RML_OK;
    return rml_params_unknown(&in->file, node, "profile", node->text, profiles, COUNT(profiles));
}

static rml_status read_file(reader *in, const rml_yaml *root)
{
    const rml_yaml *section;
    rml_status status;
    bool is_ibsi;

    if (root->kind == RML_YAML_NULL)
        return rml_fail(in->file.err, RML_ESETTING, "%s: holds no parameters", in->file.path);
    if (root->kind != RML_YAML_MAP)
        return rml_params_refuse(&in->file, root,
                                 "not a parameter file: expected a map of imageType, featureClass and setting");
    status = read_profile(in, rml_yaml_get(root, "profile"), &is_ibsi);
    if (status != RML_OK) return status;
    if (is_ibsi) {
        in->params->type[in->params->n_types++] = in->params->base;
        return rml_ibsi_read(&in->file, root, in->params);
    }
    for (int32_t c = 0; c < root->n; ++c) {
        bool known = false;

        for (int32_t s = 0; s < COUNT(sections); ++s) known = known || strcmp(sections[s], root->child[c].key) == 0;
        if (!known)
            return rml_params_unknown(&in->file, &root->child[c], "key", root->child[c].key, sections, COUNT(sections));
    }
    /* in this order whatever the file's: what stands under an image type overrides what stands under setting */
    if ((section = rml_yaml_get(root, "setting")) != NULL) {
        status = read_settings(in, section, rml_setting_keys, rml_n_setting_keys, false);
        if (status != RML_OK) return status;
    }
    if ((section = rml_yaml_get(root, "voxelSetting")) != NULL) {
        status = read_settings(in, section, rml_voxel_keys, rml_n_voxel_keys, false);
        if (status != RML_OK) return status;
    }
    if (in->interpolator_off) in->params->resample = false;
    if (in->params->resample && !rml_interpolator_known(in->params->interpolator))
        return rml_params_refuse(&in->file, in->interpolator,
                                 "interpolator %d is none of SimpleITK's, expected 1, 2, 4 to 10 or a name such as "
                                 "sitkBSpline",
                                 in->params->interpolator);
    section = rml_yaml_get(root, "imageType");
    status = section ? read_image_types(in, section) : add_type(in, RML_ORIGINAL, NULL);
    if (status != RML_OK) return status;
    default_classes(in->params); /* once force2D is known */
    if ((section = rml_yaml_get(root, "featureClass")) != NULL) {
        status = read_classes(in, section);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

/* --- 3. Defaults ---------------------------------------------------------------------------------------------------
 */

static void set_defaults(rml_params *params)
{
    *params = (rml_params){.base = {.binning = {.width = 25.0},
                                    .texture = rml_texture_defaults(),
                                    .level = 1,
                                    .gradient_use_spacing = true,
                                    .lbp2d_radius = 1.0,
                                    .lbp2d_samples = 8,
                                    .lbp2d_method = RML_LBP2D_UNIFORM,
                                    .lbp3d_levels = 2,
                                    .lbp3d_radius = 1.0,
                                    .lbp3d_subdivisions = 1},
                           .normalise_scale = 1.0,
                           .remove_outliers = INFINITY,
                           .label = 1,
                           .additional_info = true,
                           .minimum_roi_dimensions = 2,
                           .minimum_roi_size = -1,
                           .geometry_tolerance = 1e-6,
                           .pad_distance = 5.0,
                           .interpolator = RML_INTERPOLATE_BSPLINE};
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

static rml_status read_params(const char *path, bool images_only, rml_params *params, rml_error *err)
{
    rml_params read;
    rml_yaml *root = NULL;
    size_t n_bytes = 0;
    rml_status status = RML_OK;

    set_defaults(&read);
    status = rml_wavelet_find("coif1", &read.base.wavelet);
    if (status != RML_OK) return status;
    if (path) {
        reader in = {
            .file = {.path = path, .err = err, .images_only = images_only}, .params = &read, .type = &read.base};

        status = rml_file_read(path, PARAMS_LIMIT, &read.source, &n_bytes, err);
        if (status != RML_OK) goto done;
        status = rml_yaml_parse(read.source, n_bytes, path, &root, err);
        if (status != RML_OK) goto done;
        status = read_file(&in, root);
        if (status != RML_OK) goto done;
    } else {
        read.source = strdup("");
        read.type[read.n_types++] = read.base;
    }
    rml_params_count_images(&read);
    read.canonical = rml_params_canonical(&read);
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

rml_status rml_params_read(const char *path, rml_params *params, rml_error *err)
{
    return read_params(path, false, params, err);
}

rml_status rml_params_read_images(const char *path, rml_params *params, rml_error *err)
{
    return read_params(path, true, params, err);
}

void rml_params_free(rml_params *params)
{
    if (!params) return;
    free(params->canonical);
    free(params->source);
    *params = (rml_params){0};
}
