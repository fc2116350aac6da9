#include "kernels/texture/settings.h"

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
