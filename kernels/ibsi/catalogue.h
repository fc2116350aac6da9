/* The IBSI-1 features of morphology and of intensity: those that have no texture matrix and so one value a ROI. Each
 * family's kernel fills one array in the order of this catalogue, which is IBSI's own. */
#ifndef RML_IBSI_CATALOGUE_H
#define RML_IBSI_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum rml_ibsi_family {
    RML_IBSI_MORPHOLOGY, /* HCUG */
    RML_IBSI_LOCAL,      /* 9ST6, local intensity */
    RML_IBSI_STATISTICS, /* UHIW */
    RML_IBSI_HISTOGRAM,  /* ZVCW, intensity histogram */
    RML_IBSI_IVH,        /* P88C, intensity-volume histogram */
    RML_IBSI_N_FAMILIES
} rml_ibsi_family;

/* Where a feature's value stands in its family's array. */
enum {
    RML_IBSI_MORPH_VOLUME,
    RML_IBSI_MORPH_VOL_APPROX,
    RML_IBSI_MORPH_AREA_MESH,
    RML_IBSI_MORPH_AV,
    RML_IBSI_MORPH_COMP_1,
    RML_IBSI_MORPH_COMP_2,
    RML_IBSI_MORPH_SPH_DISPR,
    RML_IBSI_MORPH_SPHERICITY,
    RML_IBSI_MORPH_ASPHERICITY,
    RML_IBSI_MORPH_COM,
    RML_IBSI_MORPH_DIAM,
    RML_IBSI_MORPH_PCA_MAJ_AXIS,
    RML_IBSI_MORPH_PCA_MIN_AXIS,
    RML_IBSI_MORPH_PCA_LEAST_AXIS,
    RML_IBSI_MORPH_PCA_ELONGATION,
    RML_IBSI_MORPH_PCA_FLATNESS,
    RML_IBSI_MORPH_VOL_DENS_AABB,
    RML_IBSI_MORPH_AREA_DENS_AABB,
    RML_IBSI_MORPH_VOL_DENS_OMBB,
    RML_IBSI_MORPH_AREA_DENS_OMBB,
    RML_IBSI_MORPH_VOL_DENS_AEE,
    RML_IBSI_MORPH_AREA_DENS_AEE,
    RML_IBSI_MORPH_VOL_DENS_MVEE,
    RML_IBSI_MORPH_AREA_DENS_MVEE,
    RML_IBSI_MORPH_VOL_DENS_CONV_HULL,
    RML_IBSI_MORPH_AREA_DENS_CONV_HULL,
    RML_IBSI_MORPH_INTEG_INT,
    RML_IBSI_MORPH_MORAN_I,
    RML_IBSI_MORPH_GEARY_C,
    RML_IBSI_N_MORPHOLOGY
};
enum { RML_IBSI_LOC_PEAK_LOC, RML_IBSI_LOC_PEAK_GLOB, RML_IBSI_N_LOCAL };
enum {
    RML_IBSI_STAT_MEAN,
    RML_IBSI_STAT_VAR,
    RML_IBSI_STAT_SKEW,
    RML_IBSI_STAT_KURT,
    RML_IBSI_STAT_MEDIAN,
    RML_IBSI_STAT_MIN,
    RML_IBSI_STAT_P10,
    RML_IBSI_STAT_P90,
    RML_IBSI_STAT_MAX,
    RML_IBSI_STAT_IQR,
    RML_IBSI_STAT_RANGE,
    RML_IBSI_STAT_MAD,
    RML_IBSI_STAT_RMAD,
    RML_IBSI_STAT_MEDAD,
    RML_IBSI_STAT_COV,
    RML_IBSI_STAT_QCOD,
    RML_IBSI_STAT_ENERGY,
    RML_IBSI_STAT_RMS,
    RML_IBSI_N_STATISTICS
};
enum {
    RML_IBSI_IH_MEAN,
    RML_IBSI_IH_VAR,
    RML_IBSI_IH_SKEW,
    RML_IBSI_IH_KURT,
    RML_IBSI_IH_MEDIAN,
    RML_IBSI_IH_MIN,
    RML_IBSI_IH_P10,
    RML_IBSI_IH_P90,
    RML_IBSI_IH_MAX,
    RML_IBSI_IH_MODE,
    RML_IBSI_IH_IQR,
    RML_IBSI_IH_RANGE,
    RML_IBSI_IH_MAD,
    RML_IBSI_IH_RMAD,
    RML_IBSI_IH_MEDAD,
    RML_IBSI_IH_COV,
    RML_IBSI_IH_QCOD,
    RML_IBSI_IH_ENTROPY,
    RML_IBSI_IH_UNIFORMITY,
    RML_IBSI_IH_MAX_GRAD,
    RML_IBSI_IH_MAX_GRAD_G,
    RML_IBSI_IH_MIN_GRAD,
    RML_IBSI_IH_MIN_GRAD_G,
    RML_IBSI_N_HISTOGRAM
};
enum {
    RML_IBSI_IVH_V10,
    RML_IBSI_IVH_V90,
    RML_IBSI_IVH_I10,
    RML_IBSI_IVH_I90,
    RML_IBSI_IVH_DIFF_V10_V90,
    RML_IBSI_IVH_DIFF_I10_I90,
    RML_IBSI_IVH_AUC,
    RML_IBSI_N_IVH
};

typedef struct rml_ibsi_feature {
    const char *tag;   /* IBSI's spreadsheet tag without aggregation: "morph_volume"; unique, which codes are not */
    const char *code;  /* "RNU0" */
    const char *name;  /* "Volume (mesh)" */
    bool standardised; /* has a reference value */
} rml_ibsi_feature;

const char *rml_ibsi_family_name(rml_ibsi_family family); /* "intensity_histogram" */
int32_t rml_ibsi_family_size(rml_ibsi_family family);
const rml_ibsi_feature *rml_ibsi_family_features(rml_ibsi_family family); /* [rml_ibsi_family_size] */

#endif
