/* One text for every parameter set: what a journal and a feature file are known by. */
#include "jobs/params_canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/ibsi_columns.h"
#include "jobs/params_keys.h"

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* What both profiles have. */
static void write_reading(FILE *out, const rml_params *params)
{
    fprintf(out, "correctMask: %s\n", truth(params->correct_mask));
    fprintf(out, "geometryTolerance: %.17g\n", params->geometry_tolerance);
    fprintf(out, "label_channel: %d\n", params->label_channel);
    fprintf(out, "minimumROIDimensions: %d\n", params->minimum_roi_dimensions);
    fprintf(out, "minimumROISize: %lld\n", (long long)params->minimum_roi_size);
}

/* What holds for every image. */
static void write_settings(FILE *out, const rml_params *params)
{
    static const char *const modes[] = {"absolute", "relative", "sigma"};
    const rml_resegmentation *resegment = &params->resegment;

    write_reading(out, params);
    fprintf(out, "imageType:");
    for (int32_t t = 0; t < params->n_types; ++t) fprintf(out, " %s", rml_filter_name(params->type[t].filter));
    fprintf(out, "\nnormalize: %s\n", truth(params->normalise));
    fprintf(out, "normalizeScale: %.17g\n", params->normalise_scale);
    fprintf(out, "removeOutliers: %.17g\n", params->remove_outliers);
    fprintf(out, "resegmentMode: %s\n", modes[resegment->mode]);
    fprintf(out, "resegmentRange:");
    for (int32_t b = 0; b < resegment->n_bounds; ++b) fprintf(out, " %.17g", resegment->bounds[b]);
    fprintf(out, "\nresegmentShape: %s\n", truth(params->resegment_shape));
    if (params->resample) {
        fprintf(out, "resampledPixelSpacing: %.17g %.17g %.17g\n", params->resample_spacing[0],
                params->resample_spacing[1], params->resample_spacing[2]);
        fprintf(out, "interpolator: %s\n", rml_interpolator_name(params->interpolator));
    }
    if (rml_params_has_filter(params)) { /* the part of the image that filters see */
        fprintf(out, "padDistance: %.17g\n", params->pad_distance);
        fprintf(out, "preCrop: %s\n", truth(params->pre_crop));
    }
}

/* A filter's own settings. */
static void write_filter(FILE *out, const rml_image_type *type, const char *name)
{
    switch (type->filter) {
    case RML_LOG:
        fprintf(out, "%s.sigma:", name);
        for (int32_t i = 0; i < type->n_sigmas; ++i) fprintf(out, " %.17g (%s)", type->sigma[i], type->sigma_name[i]);
        fputc('\n', out);
        break;
    case RML_WAVELET:
        fprintf(out, "%s.level: %d\n%s.start_level: %d\n", name, type->level, name, type->start_level);
        fprintf(out, "%s.wavelet: %s\n", name, type->wavelet.name);
        break;
    case RML_GRADIENT: fprintf(out, "%s.gradientUseSpacing: %s\n", name, truth(type->gradient_use_spacing)); break;
    case RML_LBP_2D:
        fprintf(out, "%s.lbp2D: radius %.17g, samples %d, method %d\n", name, type->lbp2d_radius, type->lbp2d_samples,
                type->lbp2d_method);
        break;
    case RML_LBP_3D:
        fprintf(out, "%s.lbp3D: levels %d, radius %.17g, subdivision %d\n", name, type->lbp3d_levels,
                type->lbp3d_radius, type->lbp3d_subdivisions);
        break;
    default: break;
    }
}

/* What one image type may have otherwise than the others. */
static void write_type(FILE *out, const rml_image_type *type)
{
    static const char *const weights[] = {"null", "euclidean", "manhattan", "infinity", "no_weighting"};
    const rml_texture_settings *texture = &type->texture;
    const char *name = rml_filter_name(type->filter);

    fprintf(out, "%s.binCount: %d\n", name, type->binning.count);
    fprintf(out, "%s.binWidth: %.17g\n", name, type->binning.width);
    fprintf(out, "%s.distances:", name);
    for (int32_t d = 0; d < texture->n_distances; ++d) fprintf(out, " %d", texture->distances[d]);
    fprintf(out, "\n%s.force2D: %s\n", name, truth(texture->force_2d));
    fprintf(out, "%s.force2Ddimension: %d\n", name, texture->force_2d_axis);
    fprintf(out, "%s.gldm_a: %.17g\n", name, texture->gldm_alpha);
    fprintf(out, "%s.symmetricalGLCM: %s\n", name, truth(texture->symmetrical_glcm));
    fprintf(out, "%s.voxelArrayShift: %.17g\n", name, type->voxel_array_shift);
    fprintf(out, "%s.weightingNorm: %s\n", name, weights[texture->weighting]);
    write_filter(out, type, name);
}

static void write_classes(FILE *out, const rml_params *params)
{
    fprintf(out, "featureClass:");
    for (int32_t c = 0; c < params->n_classes; ++c) fprintf(out, " %s", rml_class_name(params->classes[c]));
    fputc('\n', out);
    for (int32_t c = 0; c < params->n_classes; ++c) {
        const rml_class class_ = params->classes[c];

        fprintf(out, "%s:", rml_class_name(class_));
        for (int32_t f = 0; f < params->n_listed[class_]; ++f)
            fprintf(out, " %s", rml_class_features(class_)[params->listed[class_][f]].name);
        fputc('\n', out);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *sort_lines(char *text)
{
    const char *lines[256];
    int32_t n = 0;
    char *sorted = malloc(strlen(text) + 1), *to = sorted, *rest = NULL;

    if (!sorted) return NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && n < 256; line = strtok_r(NULL, "\n", &rest))
        lines[n++] = line;
    qsort(lines, (size_t)n, sizeof *lines, by_text);
    for (int32_t l = 0; l < n; ++l) to += sprintf(to, "%s\n", lines[l]);
    *to = '\0';
    return sorted;
}

/* Left out: label, which is each task's own; additionalInfo; and padDistance and preCrop where nothing feels them. */
char *rml_params_canonical(const rml_params *params)
{
    char *text = NULL, *sorted = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);

    if (!out) return NULL;
    if (params->is_ibsi) {
        write_reading(out, params);
        rml_ibsi_write(&params->ibsi, out);
    } else {
        write_settings(out, params);
        for (int32_t t = 0; t < params->n_types; ++t) write_type(out, &params->type[t]);
        write_classes(out, params);
    }
    if (fclose(out) == 0) sorted = sort_lines(text);
    free(text);
    return sorted;
}
