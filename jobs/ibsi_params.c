/* 1. Settings
 * 2. Families and features
 * 3. The file, and what its settings say together */
#include "jobs/ibsi_params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "jobs/ibsi_columns.h"
#include "jobs/ibsi_keys.h"
#include "jobs/ibsi_reading.h"

#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* --- 1. Settings -------------------------------------------------------------------------------------------------- */

rml_status rml_ibsi_unknown(const rml_params_file *in, const rml_yaml *node, const char *what, const char *const *known,
                            int32_t n)
{
    for (int32_t k = 0; k < rml_n_setting_keys; ++k)
        if (strcmp(rml_setting_keys[k].name, node->key) == 0)
            return rml_params_refuse(in, node, "%s is PyRadiomics'; profile ibsi has no meaning for it", node->key);
    return rml_params_unknown(in, node, what, node->key, known, n);
}

static rml_status set_range(const rml_params_file *in, const setting_value *value, rml_ibsi_params *params)
{
    if (value->n != 2)
        return rml_params_refuse(
            in, value->node, "resegmentRange is a list of %d, expected the lowest and the highest intensity", value->n);
    if (!(value->list[0] <= value->list[1]))
        return rml_params_refuse(in, value->node, "resegmentRange goes from %g to %g, expected the lower one first",
                                 value->list[0], value->list[1]);
    params->low = value->list[0];
    params->high = value->list[1];
    return RML_OK;
}

static rml_status apply(const rml_params_file *in, const setting *key, const setting_value *value, rml_params *params,
                        rml_ibsi_image *base)
{
    rml_ibsi_params *ibsi = &params->ibsi;

    switch (key->id) {
    case MINIMUM_ROI_DIMENSIONS: params->minimum_roi_dimensions = (int32_t)value->integer; break;
    case MINIMUM_ROI_SIZE: params->minimum_roi_size = value->integer; break;
    case GEOMETRY_TOLERANCE: params->geometry_tolerance = value->number; break;
    case CORRECT_MASK: params->correct_mask = value->truth; break;
    case ADDITIONAL_INFO: params->additional_info = value->truth; break;
    case LABEL: params->label = (uint32_t)value->integer; break;
    case LABEL_CHANNEL: params->label_channel = (int32_t)value->integer; break;
    case RESAMPLED_PIXEL_SPACING: memcpy(ibsi->spacing, value->list, sizeof ibsi->spacing); break;
    case INTERPOLATION: ibsi->interpolator = (rml_ibsi_method)value->word; break;
    case MASK_INTERPOLATOR: ibsi->mask_interpolator = (rml_ibsi_method)value->word; break;
    case MASK_THRESHOLD: ibsi->mask_threshold = value->number; break;
    case ROUND_INTENSITIES: ibsi->round = value->truth; break;
    case RESEGMENT_RANGE: return set_range(in, value, ibsi);
    case OUTLIER_SIGMA: ibsi->outlier_sigma = value->number; break;
    case BIN_COUNT: ibsi->bins.count = (int32_t)value->integer; break;
    case BIN_WIDTH: ibsi->bins.width = value->number; break;
    case IVH_BIN_COUNT: ibsi->ivh_bins.count = (int32_t)value->integer; break;
    case IVH_BIN_WIDTH: ibsi->ivh_bins.width = value->number; break;
    case NGLDM_ALPHA: ibsi->ngldm_alpha = value->number; break;
    case NGLDM_DISTANCE: ibsi->ngldm_distance = (int32_t)value->integer; break;
    case DIMENSIONS: base->n_axes = (int)value->integer; break;
    case BOUNDARY: base->border = (rml_border)value->word; break;
    default: return RML_EINVAL;
    }
    return RML_OK;
}

/* Rows of families with directions; the others have those of as many dimensions. */
static rml_status read_aggregation(const rml_params_file *in, const setting *key, const rml_yaml *node,
                                   rml_ibsi_params *params)
{
    setting_value value = {0};

    if (node->kind != RML_YAML_LIST || node->n < 1)
        return rml_params_refuse(in, node, "aggregation is not a list of such as [3D:avg, 3D:mrg]");
    params->rows = params->whole_rows = 0;
    for (int32_t i = 0; i < node->n; ++i) {
        const rml_status status = rml_setting_read(in, key, &node->child[i], &value);

        if (status != RML_OK) return status;
        params->rows |= 1U << value.word;
        params->whole_rows |= 1U << value.word / 2;
    }
    return RML_OK;
}

static rml_status read_settings(const rml_params_file *in, const rml_yaml *map, rml_params *params,
                                rml_ibsi_image *base)
{
    const char *names[32];
    setting_value value = {0};

    if (map->kind == RML_YAML_NULL) return RML_OK;
    if (map->kind != RML_YAML_MAP) return rml_params_refuse(in, map, "%s is not a map of settings", map->key);
    for (int32_t k = 0; k < rml_n_ibsi_setting_keys; ++k) names[k] = rml_ibsi_setting_keys[k].name;
    for (int32_t c = 0; c < map->n; ++c) {
        const rml_yaml *node = &map->child[c];
        const setting *key = NULL;
        rml_status status;

        for (int32_t k = 0; k < rml_n_ibsi_setting_keys && !key; ++k)
            if (strcmp(names[k], node->key) == 0) key = &rml_ibsi_setting_keys[k];
        if (!key) return rml_ibsi_unknown(in, node, "setting", names, rml_n_ibsi_setting_keys);
        if (key->id == AGGREGATION) {
            status = read_aggregation(in, key, node, &params->ibsi);
        } else {
            status = rml_setting_read(in, key, node, &value);
            if (status == RML_OK) status = apply(in, key, &value, params, base);
        }
        if (status != RML_OK) return status;
    }
    for (int ivh = 0; ivh < 2; ++ivh) {
        const rml_yaml *width = rml_yaml_get(map, ivh ? "ivhBinWidth" : "binWidth");

        if (width && rml_yaml_get(map, ivh ? "ivhBinCount" : "binCount"))
            return rml_params_refuse(in, width, "%s has no meaning together with %s", width->key,
                                     ivh ? "ivhBinCount" : "binCount");
    }
    return RML_OK;
}

/* --- 2. Families and features ------------------------------------------------------------------------------------- */

static int32_t class_size(int32_t class_)
{
    return class_ < RML_IBSI_N_FAMILIES ? rml_ibsi_family_size((rml_ibsi_family)class_)
                                        : rml_ibsi_texture_size((rml_ibsi_texture)(class_ - RML_IBSI_N_FAMILIES));
}

static const char *class_tag(int32_t class_, int32_t feature)
{
    return class_ < RML_IBSI_N_FAMILIES
               ? rml_ibsi_family_features((rml_ibsi_family)class_)[feature].tag
               : rml_ibsi_texture_features((rml_ibsi_texture)(class_ - RML_IBSI_N_FAMILIES))[feature].tag;
}

static void want(rml_ibsi_params *params, int32_t class_, uint32_t features)
{
    if (class_ < RML_IBSI_N_FAMILIES)
        params->wanted[class_] |= features;
    else
        params->wanted_texture[class_ - RML_IBSI_N_FAMILIES] |= features;
}

static rml_status read_features(const rml_params_file *in, const rml_yaml *list, int32_t class_,
                                rml_ibsi_params *params)
{
    const int32_t n = class_size(class_);
    const char *tags[32];

    if (list->kind == RML_YAML_NULL || (list->kind == RML_YAML_LIST && list->n == 0)) {
        want(params, class_, (1U << n) - 1U);
        return RML_OK;
    }
    if (list->kind != RML_YAML_LIST)
        return rml_params_refuse(in, list, "%s is neither empty nor a list of IBSI's tags, such as %s", list->key,
                                 class_tag(class_, 0));
    for (int32_t f = 0; f < n; ++f) tags[f] = class_tag(class_, f);
    for (int32_t i = 0; i < list->n; ++i) {
        const rml_yaml *name = &list->child[i];
        int32_t f = 0;

        if (name->kind != RML_YAML_SCALAR)
            return rml_params_refuse(in, name, "%s lists something other than a tag", list->key);
        while (f < n && strcmp(tags[f], name->text) != 0) ++f;
        if (f == n) {
            char what[64];

            snprintf(what, sizeof what, "%.40s feature", list->key);
            return rml_params_unknown(in, name, what, name->text, tags, n);
        }
        want(params, class_, 1U << f);
    }
    return RML_OK;
}

static rml_status read_classes(const rml_params_file *in, const rml_yaml *map, rml_ibsi_params *params)
{
    static const struct {
        const char *pyradiomics, *ibsi;
    } peers[] = {{"shape", "morphology"}, {"shape2D", "morphology"}, {"firstorder", "statistics"}, {"gldm", "ngldm"}};
    const char *names[RML_IBSI_N_CLASSES];

    if (map && map->kind != RML_YAML_MAP)
        return rml_params_refuse(in, map, "featureClass names no family; leave it out for all of them");
    for (int32_t c = 0; c < RML_IBSI_N_CLASSES; ++c) names[c] = rml_ibsi_class_name(c);
    if (!map || map->n == 0) {
        for (int32_t c = 0; c < RML_IBSI_N_CLASSES; ++c) want(params, c, (1U << class_size(c)) - 1U);
        return RML_OK;
    }
    for (int32_t i = 0; i < map->n; ++i) {
        const rml_yaml *node = &map->child[i];
        int32_t c = 0;
        rml_status status;

        while (c < RML_IBSI_N_CLASSES && strcmp(names[c], node->key) != 0) ++c;
        for (int32_t p = 0; c == RML_IBSI_N_CLASSES && p < COUNT(peers); ++p)
            if (strcmp(peers[p].pyradiomics, node->key) == 0)
                return rml_params_refuse(in, node, "feature class %s is PyRadiomics'; profile ibsi has %s", node->key,
                                         peers[p].ibsi);
        if (c == RML_IBSI_N_CLASSES)
            return rml_params_unknown(in, node, "feature class of profile ibsi", node->key, names, RML_IBSI_N_CLASSES);
        status = read_features(in, node, c, params);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

/* --- 3. The file -------------------------------------------------------------------------------------------------- */

/* A response is continuous: its values are no grey levels, nor do steps of 1 fit them. */
static rml_status check_responses(const rml_params_file *in, const rml_yaml *where, const rml_ibsi_params *params)
{
    bool responses = false, levels = params->wanted[RML_IBSI_HISTOGRAM] != 0;

    for (int32_t i = 0; i < params->n_images; ++i) responses |= params->image[i].filter != RML_IBSI_ORIGINAL;
    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES; ++t) levels |= params->wanted_texture[t] != 0;
    if (responses && levels && params->bins.count == 0 && !(params->bins.width > 0.0))
        return rml_params_refuse(
            in, where,
            "what filters make has no grey levels of its own: binCount or binWidth is needed under "
            "setting, or a featureClass without intensity_histogram and textures");
    if (responses && params->wanted[RML_IBSI_IVH] && params->ivh_bins.count == 0 && !(params->ivh_bins.width > 0.0))
        return rml_params_refuse(in, where,
                                 "what filters make has no intensities in steps of 1: ivhBinCount or ivhBinWidth is "
                                 "needed under setting, or a featureClass without intensity_volume_histogram");
    return RML_OK;
}

rml_status rml_ibsi_read(const rml_params_file *in, const rml_yaml *root, rml_params *params)
{
    static const char *const sections[] = {"profile", "imageType", "featureClass", "setting"};
    rml_ibsi_image base = {.border = RML_BORDER_MIRROR, .n_axes = 3, .cut_off = 4.0, .aspect_ratio = 1.0, .level = 1};
    const rml_yaml *section;
    rml_status status = RML_OK;

    for (int32_t c = 0; c < root->n; ++c) {
        bool known = false;

        for (int32_t s = 0; s < COUNT(sections); ++s) known = known || strcmp(sections[s], root->child[c].key) == 0;
        if (!known && strcmp(root->child[c].key, "voxelSetting") == 0)
            return rml_params_refuse(in, &root->child[c],
                                     "voxelSetting is PyRadiomics'; profile ibsi has no meaning for it");
        if (!known)
            return rml_params_unknown(in, &root->child[c], "key", root->child[c].key, sections, COUNT(sections));
    }
    params->is_ibsi = true;
    params->minimum_roi_dimensions = 1; /* IBSI defines its features of flat ROIs too */
    params->ibsi = (rml_ibsi_params){.rows = (1U << RML_IBSI_N_DIRECTIONAL) - 1U,
                                     .whole_rows = (1U << RML_IBSI_N_WHOLE) - 1U,
                                     .interpolator = RML_IBSI_LINEAR,
                                     .mask_interpolator = RML_IBSI_LINEAR,
                                     .mask_threshold = 0.5,
                                     .low = -INFINITY,
                                     .high = INFINITY,
                                     .ngldm_distance = 1};
    if ((section = rml_yaml_get(root, "setting")) != NULL) status = read_settings(in, section, params, &base);
    if (status == RML_OK) status = rml_ibsi_read_images(in, rml_yaml_get(root, "imageType"), &base, &params->ibsi);
    if (status == RML_OK) status = read_classes(in, rml_yaml_get(root, "featureClass"), &params->ibsi);
    section = rml_yaml_get(root, "imageType");
    return status == RML_OK && !in->images_only ? check_responses(in, section ? section : root, &params->ibsi) : status;
}
