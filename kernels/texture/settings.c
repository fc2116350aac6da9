#include "kernels/texture/settings.h"

#include <math.h>

rml_texture_settings rml_texture_defaults(void)
{
    return (rml_texture_settings){
        .n_distances = 1,
        .distances = {1},
        .weighting = RML_WEIGHT_NONE,
        .symmetrical_glcm = true,
        .spacing = {1.0, 1.0, 1.0},
    };
}

bool rml_texture_settings_valid(const rml_texture_settings *settings, int32_t margin)
{
    if (settings->n_distances < 1 || settings->n_distances > RML_MAX_DISTANCES) return false;
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] < 1 || settings->distances[d] > margin) return false;
    for (int axis = 0; axis < 3; ++axis)
        if (!(settings->spacing[axis] > 0.0) || !isfinite(settings->spacing[axis])) return false;
    return settings->force_2d_axis >= 0 && settings->force_2d_axis <= 2 && (int)settings->weighting >= 0 &&
           settings->weighting <= RML_WEIGHT_NO_WEIGHTING && settings->gldm_alpha >= 0.0;
}
