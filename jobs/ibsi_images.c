/* imageType of profile ibsi: every type is expanded into images, one a value of the key that may be a list. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/table.h"
#include "jobs/ibsi_keys.h"
#include "jobs/ibsi_reading.h"

/* A number in a name: "1-5" for 1.5. */
static const char *spelled(double value, char text[32])
{
    rml_number_text(value, text);
    for (char *c = text; *c; ++c)
        if (*c == '.') *c = '-';
    return text;
}

/* The name without what all have at its end; its length, also where it did not fit. */
static int name_filter(const rml_ibsi_image *image, char name[RML_IBSI_IMAGE_NAME])
{
    const size_t n = RML_IBSI_IMAGE_NAME;
    const char *pool = image->pool == RML_POOL_NONE ? "" : rml_ibsi_pool_name(image->pool);
    const char *dash = image->pool == RML_POOL_NONE ? "" : "-";
    char a[32], b[32], c[32], d[32];

    switch (image->filter) {
    case RML_IBSI_MEAN: return snprintf(name, n, "mean-%d", image->support);
    case RML_IBSI_LOG: return snprintf(name, n, "log-sigma-%s-mm", spelled(image->sigma, a));
    case RML_IBSI_LAWS:
        if (image->energy_delta > 0)
            return snprintf(name, n, "laws-%s%s%s-energy-%d", image->kernel, dash, pool, image->energy_delta);
        return snprintf(name, n, "laws-%s%s%s", image->kernel, dash, pool);
    case RML_IBSI_GABOR:
        return snprintf(name, n, "gabor-sigma-%s-lambda-%s-gamma-%s-%s-%s%s%s", spelled(image->sigma, a),
                        spelled(image->wavelength, b), spelled(image->aspect_ratio, c),
                        image->orientation_step > 0.0 ? "step" : "theta",
                        spelled(image->orientation_step > 0.0 ? image->orientation_step : image->orientation, d), dash,
                        pool);
    case RML_IBSI_WAVELET:
        return snprintf(name, n, "wavelet-%s%s-%s-level-%d%s%s", image->decimated ? "decimated-" : "",
                        image->wavelet.name, image->kernel, image->level, dash, pool);
    case RML_IBSI_SIMONCELLI: return snprintf(name, n, "simoncelli-%d", image->level);
    default: return snprintf(name, n, "original");
    }
}

static bool name_image(rml_ibsi_image *image)
{
    char name[RML_IBSI_IMAGE_NAME] = "";
    int used = name_filter(image, name);

    if (image->filter != RML_IBSI_ORIGINAL && used < RML_IBSI_IMAGE_NAME)
        used += snprintf(name + used, (size_t)(RML_IBSI_IMAGE_NAME - used), "-%dD", image->n_axes);
    if (image->riesz[0] + image->riesz[1] + image->riesz[2] > 0 && used < RML_IBSI_IMAGE_NAME)
        used += snprintf(name + used, (size_t)(RML_IBSI_IMAGE_NAME - used), "-riesz-%d-%d-%d", image->riesz[0],
                         image->riesz[1], image->riesz[2]);
    memcpy(image->name, name, sizeof name);
    return used < RML_IBSI_IMAGE_NAME;
}

/* One key's value. */
static rml_status apply(const rml_params_file *in, const setting *key, const setting_value *value,
                        rml_ibsi_image *image)
{
    const char *text = value->node->kind == RML_YAML_SCALAR ? value->node->text : "";

    switch (key->id) {
    case DIMENSIONS: image->n_axes = (int)value->integer; break;
    case BOUNDARY: image->border = (rml_border)value->word; break;
    case SUPPORT:
        if (value->integer % 2 == 0)
            return rml_params_refuse(in, value->node, "support is %lld, expected an odd number of voxels",
                                     (long long)value->integer);
        image->support = (int32_t)value->integer;
        break;
    case SIGMA: image->sigma = value->number; break;
    case CUT_OFF: image->cut_off = value->number; break;
    case RIESZ:
        if (value->n != 3)
            return rml_params_refuse(in, value->node, "riesz is a list of %d, expected the orders along x, y and z",
                                     value->n);
        for (int a = 0; a < 3; ++a) image->riesz[a] = (int32_t)value->list[a];
        if (image->riesz[0] + image->riesz[1] + image->riesz[2] > RML_FOURIER_MAX_ORDER ||
            image->riesz[0] + image->riesz[1] + image->riesz[2] == 0)
            return rml_params_refuse(in, value->node, "riesz' orders add to %d, expected a sum from 1 to %d",
                                     image->riesz[0] + image->riesz[1] + image->riesz[2], RML_FOURIER_MAX_ORDER);
        break;
    case KERNEL:
    case BANDS:
        if (strlen(text) >= sizeof image->kernel)
            return rml_params_refuse(in, value->node, "%s is %.40s, expected such as %s", key->name, text,
                                     key->id == BANDS ? "LLH" : "L5E5E5");
        snprintf(image->kernel, sizeof image->kernel, "%s", text);
        break;
    case POOL: image->pool = (rml_pool)value->word; break;
    case ENERGY_DELTA: image->energy_delta = (int32_t)value->integer; break;
    case WAVELENGTH: image->wavelength = value->number; break;
    case ASPECT_RATIO: image->aspect_ratio = value->number; break;
    case ORIENTATION: image->orientation = value->number; break;
    case ORIENTATION_STEP: image->orientation_step = value->number; break;
    case WAVELET:
        if (rml_wavelet_find(text, &image->wavelet) != RML_OK)
            return rml_params_unknown(in, value->node, "wavelet", text, rml_wavelet_names, RML_N_WAVELETS);
        break;
    case LEVEL: image->level = (int32_t)value->integer; break;
    case DECIMATED: image->decimated = value->truth; break;
    default: return RML_EINVAL;
    }
    return RML_OK;
}

/* What the keys say together. */
static rml_status check(const rml_params_file *in, const rml_yaml *where, const rml_ibsi_image *image)
{
    rml_separable laws;
    rml_atrous atrous;
    rml_status status;
    size_t n_axes;

    switch (image->filter) {
    case RML_IBSI_LAWS:
        status = rml_laws_init(image->kernel, image->pool, &laws);
        n_axes = strlen(image->kernel) / 2;
        if (status != RML_OK)
            return rml_params_refuse(in, where,
                                     "kernel is %s, expected two or three of L5, E5, S5, W5, R5, L3, E3 and S3, such "
                                     "as L5E5E5",
                                     image->kernel);
        break;
    case RML_IBSI_WAVELET:
        status = rml_atrous_init(&image->wavelet, image->kernel, image->level, image->pool, &atrous);
        rml_atrous_free(&atrous);
        n_axes = strlen(image->kernel);
        if (status == RML_ENOMEM) return rml_fail(in->err, status, "no memory for a wavelet");
        if (status != RML_OK)
            return rml_params_refuse(in, where, "bands is %s, expected L or H for each axis, such as LLH",
                                     image->kernel);
        if (image->decimated && image->pool != RML_POOL_NONE)
            return rml_params_refuse(in, where,
                                     "pool is %s, but rotations of a decimated wavelet have their coefficients at "
                                     "different voxels, which cannot be pooled; expected none",
                                     rml_ibsi_pool_name(image->pool));
        break;
    case RML_IBSI_GABOR:
        if (image->pool == RML_POOL_NONE && (image->n_axes == 3 || image->orientation_step > 0.0))
            return rml_params_refuse(in, where,
                                     "Gabor has several planes or orientations here, so pool cannot be none, expected "
                                     "max, mean or min");
        return RML_OK;
    default:
        if (image->n_axes == 2 && image->riesz[2] > 0)
            return rml_params_refuse(in, where, "riesz has an order along z, which dimensions: 2 does not look along");
        return RML_OK;
    }
    if ((int)n_axes == image->n_axes) return RML_OK;
    return rml_params_refuse(in, where, "%s is of %zu axes, but dimensions is %d", image->kernel, n_axes,
                             image->n_axes);
}

static rml_status add(const rml_params_file *in, const rml_yaml *where, const rml_ibsi_image *image,
                      rml_ibsi_params *params)
{
    rml_ibsi_image *added = &params->image[params->n_images];
    const rml_status status = check(in, where, image);

    if (status != RML_OK) return status;
    if (params->n_images == RML_IBSI_MAX_IMAGES)
        return rml_params_refuse(in, where, "more than %d images are asked for", RML_IBSI_MAX_IMAGES);
    *added = *image;
    if (!name_image(added))
        return rml_params_refuse(in, where,
                                 "the image's name %s… has more than %d characters; numbers of fewer digits "
                                 "are needed",
                                 added->name, RML_IBSI_IMAGE_NAME - 1);
    for (int32_t i = 0; i < params->n_images; ++i)
        if (strcmp(params->image[i].name, added->name) == 0)
            return rml_params_refuse(in, where, "the image %s is asked for twice", added->name);
    ++params->n_images;
    return RML_OK;
}

/* What an image type cannot do without. */
static rml_status need(const rml_params_file *in, const rml_yaml *type, rml_ibsi_filter filter)
{
    static const struct {
        rml_ibsi_filter filter;
        const char *key, *example;
    } needed[] = {{RML_IBSI_MEAN, "support", "{support: 5}"},
                  {RML_IBSI_LOG, "sigma", "{sigma: 1.5}"},
                  {RML_IBSI_LAWS, "kernel", "{kernel: L5E5E5, pool: max}"},
                  {RML_IBSI_GABOR, "sigma", "{sigma: 5, wavelength: 2, orientationStep: 22.5, pool: mean}"},
                  {RML_IBSI_GABOR, "wavelength", "{sigma: 5, wavelength: 2, orientationStep: 22.5, pool: mean}"},
                  {RML_IBSI_WAVELET, "wavelet", "{wavelet: db3, bands: LLH}"},
                  {RML_IBSI_WAVELET, "bands", "{wavelet: db3, bands: LLH}"}};

    for (size_t k = 0; k < sizeof needed / sizeof *needed; ++k)
        if (needed[k].filter == filter && !rml_yaml_get(type, needed[k].key))
            return rml_params_refuse(in, type, "%s makes no image without %s, expected such as %s", type->key,
                                     needed[k].key, needed[k].example);
    return RML_OK;
}

static rml_status read_type(const rml_params_file *in, const rml_yaml *type, rml_ibsi_filter filter,
                            const rml_ibsi_image *base, rml_ibsi_params *params)
{
    const rml_ibsi_filter_key *many = NULL;
    const rml_yaml *values = NULL;
    const char *names[32];
    rml_ibsi_image image = *base;
    setting_value value = {0};
    int32_t n_names = 0;
    rml_status status;

    image.filter = filter;
    if (filter == RML_IBSI_GABOR) image.pool = RML_POOL_MEAN;
    for (int32_t k = 0; k < rml_n_ibsi_filter_keys; ++k)
        if (rml_ibsi_filter_keys[k].filters >> filter & 1) names[n_names++] = rml_ibsi_filter_keys[k].key.name;
    if (type->kind != RML_YAML_NULL && type->kind != RML_YAML_MAP)
        return rml_params_refuse(in, type, "%s is not a map of settings", type->key);
    for (int32_t c = 0; type->kind == RML_YAML_MAP && c < type->n; ++c) {
        const rml_yaml *node = &type->child[c];
        const rml_ibsi_filter_key *key = NULL;

        for (int32_t k = 0; k < rml_n_ibsi_filter_keys && !key; ++k)
            if (rml_ibsi_filter_keys[k].filters >> filter & 1 &&
                strcmp(rml_ibsi_filter_keys[k].key.name, node->key) == 0)
                key = &rml_ibsi_filter_keys[k];
        if (!key) {
            for (int32_t k = 0; k < rml_n_ibsi_setting_keys; ++k)
                if (strcmp(rml_ibsi_setting_keys[k].name, node->key) == 0)
                    return rml_params_refuse(
                        in, node, "%s holds for all images in profile ibsi and stands under setting", node->key);
            return rml_ibsi_unknown(in, node, "setting", names, n_names);
        }
        if (node->kind == RML_YAML_LIST && key->many >> filter & 1) {
            if (node->n < 1) return rml_params_refuse(in, node, "%s is a list of 0, expected a value", node->key);
            many = key;
            values = node;
            continue;
        }
        status = rml_setting_read(in, &key->key, node, &value);
        if (status == RML_OK) status = apply(in, &key->key, &value, &image);
        if (status != RML_OK) return status;
    }
    status = need(in, type, filter);
    if (status != RML_OK) return status;
    if (filter == RML_IBSI_SIMONCELLI && rml_yaml_get(type, "boundary") && image.border != RML_BORDER_PERIODIC)
        return rml_params_refuse(in, rml_yaml_get(type, "boundary"),
                                 "boundary is %s, but Simoncelli takes the image as periodic",
                                 rml_ibsi_border_name(image.border));
    if (filter == RML_IBSI_SIMONCELLI) image.border = RML_BORDER_PERIODIC;
    if (rml_yaml_get(type, "orientation") && rml_yaml_get(type, "orientationStep"))
        return rml_params_refuse(in, rml_yaml_get(type, "orientation"),
                                 "orientation has no meaning together with orientationStep");
    if (!many) return add(in, type, &image, params);
    for (int32_t i = 0; i < values->n && status == RML_OK; ++i) {
        status = rml_setting_read(in, &many->key, &values->child[i], &value);
        if (status == RML_OK) status = apply(in, &many->key, &value, &image);
        if (status == RML_OK) status = add(in, &values->child[i], &image, params);
    }
    return status;
}

rml_status rml_ibsi_read_images(const rml_params_file *in, const rml_yaml *map, const rml_ibsi_image *base,
                                rml_ibsi_params *params)
{
    const char *names[RML_IBSI_N_FILTERS];
    const rml_ibsi_image original = {.filter = RML_IBSI_ORIGINAL, .name = "original", .n_axes = 3};

    if (map && map->kind != RML_YAML_MAP)
        return rml_params_refuse(in, map, "imageType is not a map of image types, such as {Original: {}}");
    for (int32_t f = 0; f < RML_IBSI_N_FILTERS; ++f) names[f] = rml_ibsi_filter_name((rml_ibsi_filter)f);
    for (int32_t c = 0; map && c < map->n; ++c) {
        const rml_yaml *type = &map->child[c];
        int32_t filter = 0;
        rml_status status;

        while (filter < RML_IBSI_N_FILTERS && strcmp(names[filter], type->key) != 0) ++filter;
        if (filter == RML_IBSI_N_FILTERS)
            return rml_params_unknown(in, type, "image type of profile ibsi", type->key, names, RML_IBSI_N_FILTERS);
        status = read_type(in, type, (rml_ibsi_filter)filter, filter == RML_IBSI_ORIGINAL ? &original : base, params);
        if (status != RML_OK) return status;
    }
    if (params->n_images == 0) params->image[params->n_images++] = original;
    return RML_OK;
}
