/* The images that a parameter file asks for, and the columns that their features stand in. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "jobs/ibsi_columns.h"
#include "jobs/params.h"
#include "jobs/params_images.h"

static const char *const filter_names[RML_N_FILTERS] = {"Original",  "LoG",         "Wavelet",  "Square", "SquareRoot",
                                                        "Logarithm", "Exponential", "Gradient", "LBP2D",  "LBP3D"};

const char *rml_filter_name(rml_filter filter)
{
    return filter < RML_N_FILTERS ? filter_names[filter] : NULL;
}

/* Axes that a wavelet runs along. */
static int32_t n_axes(const rml_image_type *type)
{
    return type->texture.force_2d ? 2 : 3;
}

static int32_t count(const rml_image_type *type)
{
    switch (type->filter) {
    case RML_LOG: return type->n_sigmas;
    case RML_WAVELET: return type->level * ((1 << n_axes(type)) - 1) + 1; /* details a level, the last approximation */
    case RML_LBP_3D: return type->lbp3d_levels + 1;
    default: return 1;
    }
}

void rml_params_count_images(rml_params *params)
{
    params->n_images = 0;
    for (int32_t t = 0; t < params->n_types; ++t) {
        rml_image_type *type = &params->type[t];

        type->first_image = params->n_images;
        type->n_images = count(type);
        params->n_images += type->n_images;
    }
}

/* "wavelet-LLH", "wavelet2-HL": the first letter is x (of two axes the first of them), H the detail. */
static void name_wavelet(const rml_image_type *type, int32_t index, char name[RML_IMAGE_NAME])
{
    const int32_t axes = n_axes(type), details = (1 << axes) - 1,
                  level = index < type->n_images - 1 ? index / details : type->level - 1,
                  bits = index < type->n_images - 1 ? index % details + 1 : 0;
    char letters[4] = "";

    for (int32_t a = 0; a < axes; ++a) letters[a] = bits >> (axes - 1 - a) & 1 ? 'H' : 'L';
    if (level == 0)
        snprintf(name, RML_IMAGE_NAME, "wavelet-%s", letters);
    else
        snprintf(name, RML_IMAGE_NAME, "wavelet%d-%s", level + 1, letters);
}

const rml_image_type *rml_params_image(const rml_params *params, int32_t image, char name[RML_IMAGE_NAME])
{
    const rml_image_type *type = params->type;
    int32_t index;

    while (image >= type->first_image + type->n_images) ++type;
    index = image - type->first_image;
    if (!name) return type;
    switch (type->filter) {
    case RML_ORIGINAL: snprintf(name, RML_IMAGE_NAME, "original"); break;
    case RML_LOG: snprintf(name, RML_IMAGE_NAME, "log-sigma-%s-mm-3D", type->sigma_name[index]); break;
    case RML_WAVELET: name_wavelet(type, index, name); break;
    case RML_LBP_2D: snprintf(name, RML_IMAGE_NAME, "lbp-2D"); break;
    case RML_LBP_3D:
        if (index < type->n_images - 1)
            snprintf(name, RML_IMAGE_NAME, "lbp-3D-m%d", index + 1);
        else
            snprintf(name, RML_IMAGE_NAME, "lbp-3D-k");
        break;
    default: /* square, squareroot, logarithm, exponential, gradient */
        snprintf(name, RML_IMAGE_NAME, "%s", filter_names[type->filter]);
        for (char *c = name; *c; ++c)
            if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    }
    return type;
}

bool rml_params_has_filter(const rml_params *params)
{
    for (int32_t t = 0; t < params->n_types; ++t)
        if (params->type[t].filter != RML_ORIGINAL) return true;
    return false;
}

/* The mask's own: they stand before those of the images. */
static int32_t n_shape_columns(const rml_params *params)
{
    int32_t n = 0;

    for (int32_t c = 0; c < params->n_classes; ++c)
        if (rml_class_is_shape(params->classes[c])) n += params->n_listed[params->classes[c]];
    return n;
}

int32_t rml_params_n_columns(const rml_params *params)
{
    int32_t n_image = 0;

    if (params->is_ibsi) return rml_ibsi_n_columns(&params->ibsi);
    for (int32_t c = 0; c < params->n_classes; ++c)
        if (!rml_class_is_shape(params->classes[c])) n_image += params->n_listed[params->classes[c]];
    return n_shape_columns(params) + n_image * params->n_images;
}

void rml_params_column(const rml_params *params, int32_t c, rml_feature_column *column, char name[RML_COLUMN_NAME])
{
    const int32_t n_shape = n_shape_columns(params);
    const bool of_mask = c < n_shape;
    rml_feature_column found = {.image = -1};
    char image[RML_IMAGE_NAME] = "original";
    int32_t at = 0;

    if (params->is_ibsi) {
        rml_ibsi_column_at(&params->ibsi, c, NULL, name);
        return;
    }
    if (!of_mask) {
        const int32_t n_image = (rml_params_n_columns(params) - n_shape) / params->n_images;

        assert(n_image > 0);
        c -= n_shape;
        found.image = c / n_image;
        c %= n_image;
        if (name) rml_params_image(params, found.image, image);
    }
    while (rml_class_is_shape(params->classes[at]) != of_mask || c >= params->n_listed[params->classes[at]]) {
        if (rml_class_is_shape(params->classes[at]) == of_mask) c -= params->n_listed[params->classes[at]];
        ++at;
    }
    found.class_ = params->classes[at];
    found.feature = params->listed[found.class_][c];
    if (column) *column = found;
    if (name)
        snprintf(name, RML_COLUMN_NAME, "%s_%s_%s", image, rml_class_name(found.class_),
                 rml_class_features(found.class_)[found.feature].name);
}
