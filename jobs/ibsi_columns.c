#include "jobs/ibsi_columns.h"

#include <stdio.h>

#include "jobs/ibsi_keys.h"

const char *rml_ibsi_class_name(int32_t class_)
{
    return class_ < RML_IBSI_N_FAMILIES ? rml_ibsi_family_name((rml_ibsi_family)class_)
                                        : rml_ibsi_texture_name((rml_ibsi_texture)(class_ - RML_IBSI_N_FAMILIES));
}

int32_t rml_ibsi_columns(const rml_ibsi_params *params, bool morphology, rml_ibsi_column out[RML_IBSI_MOST_COLUMNS])
{
    int32_t n = 0;

    for (int32_t class_ = 0; class_ < RML_IBSI_N_FAMILIES; ++class_)
        for (int32_t f = 0; f < rml_ibsi_family_size((rml_ibsi_family)class_); ++f)
            if ((class_ == RML_IBSI_MORPHOLOGY) == morphology && params->wanted[class_] >> f & 1)
                out[n++] = (rml_ibsi_column){.class_ = class_, .feature = f};
    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES && !morphology; ++t) {
        const rml_ibsi_texture texture = (rml_ibsi_texture)t;
        const rml_ibsi_rows rows =
            rml_ibsi_texture_rows(texture) == RML_IBSI_N_DIRECTIONAL ? params->rows : params->whole_rows;

        for (int32_t row = 0; row < rml_ibsi_texture_rows(texture); ++row)
            for (int32_t f = 0; f < rml_ibsi_texture_size(texture); ++f)
                if (rows >> row & 1 && params->wanted_texture[t] >> f & 1)
                    out[n++] = (rml_ibsi_column){.class_ = RML_IBSI_N_FAMILIES + t, .row = row, .feature = f};
    }
    return n;
}

int32_t rml_ibsi_n_columns(const rml_ibsi_params *params)
{
    rml_ibsi_column columns[RML_IBSI_MOST_COLUMNS];
    const int32_t n = rml_ibsi_columns(params, true, columns);

    return n + params->n_images * rml_ibsi_columns(params, false, columns);
}

void rml_ibsi_column_tag(const rml_ibsi_column *column, char tag[RML_COLUMN_NAME])
{
    if (column->class_ < RML_IBSI_N_FAMILIES) {
        snprintf(tag, RML_COLUMN_NAME, "%s",
                 rml_ibsi_family_features((rml_ibsi_family)column->class_)[column->feature].tag);
    } else {
        const rml_ibsi_texture texture = (rml_ibsi_texture)(column->class_ - RML_IBSI_N_FAMILIES);

        snprintf(tag, RML_COLUMN_NAME, "%s_%s", rml_ibsi_texture_features(texture)[column->feature].tag,
                 rml_ibsi_texture_aggregations(texture)[column->row].tag);
    }
}

const char *rml_ibsi_column_code(const rml_ibsi_column *column)
{
    return column->class_ < RML_IBSI_N_FAMILIES
               ? rml_ibsi_family_features((rml_ibsi_family)column->class_)[column->feature].code
               : rml_ibsi_texture_features((rml_ibsi_texture)(column->class_ - RML_IBSI_N_FAMILIES))[column->feature]
                     .code;
}

void rml_ibsi_column_at(const rml_ibsi_params *params, int32_t c, rml_ibsi_column *column, char name[RML_COLUMN_NAME])
{
    rml_ibsi_column columns[RML_IBSI_MOST_COLUMNS];
    const int32_t n_morphology = rml_ibsi_columns(params, true, columns);
    rml_ibsi_column found;

    if (c < n_morphology) {
        found = columns[c];
        found.image = -1;
    } else {
        const int32_t n_image = rml_ibsi_columns(params, false, columns);

        found = columns[(c - n_morphology) % n_image];
        found.image = (c - n_morphology) / n_image;
    }
    if (column) *column = found;
    if (name) {
        char tag[RML_COLUMN_NAME];

        rml_ibsi_column_tag(&found, tag);
        if (found.image < 0 || params->image[found.image].filter == RML_IBSI_ORIGINAL)
            snprintf(name, RML_COLUMN_NAME, "%s", tag);
        else
            snprintf(name, RML_COLUMN_NAME, "%.63s_%.31s", params->image[found.image].name, tag);
    }
}

static void write_bins(FILE *out, const char *name, const rml_ibsi_bins *bins)
{
    fprintf(out, "%sCount: %d\n%sWidth: %.17g\n", name, bins->count, name, bins->count > 0 ? 0.0 : bins->width);
}

static void write_image(FILE *out, const rml_ibsi_image *image)
{
    fprintf(out, "%s:", image->name);
    if (image->filter != RML_IBSI_ORIGINAL)
        fprintf(out, " dimensions %d, boundary %s", image->n_axes, rml_ibsi_border_name(image->border));
    switch (image->filter) {
    case RML_IBSI_MEAN: fprintf(out, ", support %d", image->support); break;
    case RML_IBSI_LOG: fprintf(out, ", sigma %.17g, cutOff %.17g", image->sigma, image->cut_off); break;
    case RML_IBSI_LAWS:
        fprintf(out, ", kernel %s, pool %s, energyDelta %d", image->kernel, rml_ibsi_pool_name(image->pool),
                image->energy_delta);
        break;
    case RML_IBSI_GABOR:
        fprintf(out, ", sigma %.17g, wavelength %.17g, aspectRatio %.17g, orientation %.17g, orientationStep %.17g",
                image->sigma, image->wavelength, image->aspect_ratio, image->orientation, image->orientation_step);
        fprintf(out, ", pool %s", rml_ibsi_pool_name(image->pool));
        break;
    case RML_IBSI_WAVELET:
        fprintf(out, ", wavelet %s, bands %s, level %d, pool %s%s", image->wavelet.name, image->kernel, image->level,
                rml_ibsi_pool_name(image->pool), image->decimated ? ", decimated" : "");
        break;
    case RML_IBSI_SIMONCELLI: fprintf(out, ", level %d", image->level); break;
    default: break;
    }
    if (image->riesz[0] + image->riesz[1] + image->riesz[2] > 0)
        fprintf(out, ", riesz %d %d %d", image->riesz[0], image->riesz[1], image->riesz[2]);
    fputc('\n', out);
}

static void write_classes(FILE *out, const rml_ibsi_params *params)
{
    for (int32_t c = 0; c < RML_IBSI_N_CLASSES; ++c) {
        const int32_t t = c - RML_IBSI_N_FAMILIES;
        const uint32_t wanted = t < 0 ? params->wanted[c] : params->wanted_texture[t];

        if (!wanted) continue;
        fprintf(out, "%s:", rml_ibsi_class_name(c));
        for (int32_t f = 0; f < 32; ++f)
            if (wanted >> f & 1)
                fprintf(out, " %s",
                        t < 0 ? rml_ibsi_family_features((rml_ibsi_family)c)[f].tag
                              : rml_ibsi_texture_features((rml_ibsi_texture)t)[f].tag);
        fputc('\n', out);
    }
}

void rml_ibsi_write(const rml_ibsi_params *params, FILE *out)
{
    fprintf(out, "profile: ibsi\nimages:");
    for (int32_t i = 0; i < params->n_images; ++i) fprintf(out, " %s", params->image[i].name);
    fputc('\n', out);
    for (int32_t i = 0; i < params->n_images; ++i) write_image(out, &params->image[i]);
    write_classes(out, params);
    fprintf(out, "aggregation:");
    for (int32_t row = 0; row < RML_IBSI_N_DIRECTIONAL; ++row)
        if (params->rows >> row & 1) fprintf(out, " %s", rml_ibsi_texture_aggregations(RML_IBSI_GLCM)[row].name);
    fprintf(out, "\nresampledPixelSpacing: %.17g %.17g %.17g\n", params->spacing[0], params->spacing[1],
            params->spacing[2]);
    fprintf(out, "interpolator: %s\nmaskInterpolator: %s\n", rml_ibsi_method_name(params->interpolator),
            rml_ibsi_method_name(params->mask_interpolator));
    fprintf(out, "maskThreshold: %.17g\nroundIntensities: %s\n", params->mask_threshold,
            params->round ? "true" : "false");
    fprintf(out, "resegmentRange: %.17g %.17g\noutlierSigma: %.17g\n", params->low, params->high,
            params->outlier_sigma);
    write_bins(out, "bin", &params->bins);
    write_bins(out, "ivhBin", &params->ivh_bins);
    fprintf(out, "ngldmAlpha: %.17g\nngldmDistance: %d\n", params->ngldm_alpha, params->ngldm_distance);
}
