/* Every texture family of IBSI-1 on one ROI. */
#ifndef RML_TESTS_IBSI_TEXTURE_CASES_H
#define RML_TESTS_IBSI_TEXTURE_CASES_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/ibsi/glcm.h"
#include "kernels/ibsi/glrlm.h"
#include "kernels/ibsi/ngldm.h"
#include "kernels/ibsi/ngtdm.h"
#include "kernels/ibsi/zones.h"
#include "tests/support/sizes.h"

typedef struct textures {
    double value[RML_IBSI_N_TEXTURES][RML_IBSI_N_DIRECTIONAL * RML_IBSI_MAX_TEXTURE];
} textures;

static inline void take_textures(const rml_levels *levels, const uint8_t *morphological, int32_t distance, double alpha,
                                 rml_ibsi_rows rows, textures *of)
{
    assert_int_equal(rml_ibsi_glcm(levels, 0, rows, of->value[RML_IBSI_GLCM]), RML_OK);
    assert_int_equal(rml_ibsi_glrlm(levels, rows, of->value[RML_IBSI_GLRLM]), RML_OK);
    assert_int_equal(
        rml_ibsi_zones(levels, morphological, rows, rows, of->value[RML_IBSI_GLSZM], of->value[RML_IBSI_GLDZM]),
        RML_OK);
    assert_int_equal(rml_ibsi_ngtdm(levels, rows, of->value[RML_IBSI_NGTDM]), RML_OK);
    assert_int_equal(rml_ibsi_ngldm(levels, distance, alpha, rows, of->value[RML_IBSI_NGLDM]), RML_OK);
}

static inline double texture_at(const textures *of, rml_ibsi_texture family, int row, int feature)
{
    return of->value[family][row * rml_ibsi_texture_size(family) + feature];
}

#endif
