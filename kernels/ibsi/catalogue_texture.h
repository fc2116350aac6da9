/* The IBSI-1 features of texture, and how the matrices of slices and directions become one value. Each family's kernel
 * fills one row an aggregation, in the order of its features here, which is IBSI's own. */
#ifndef RML_IBSI_CATALOGUE_TEXTURE_H
#define RML_IBSI_CATALOGUE_TEXTURE_H

#include <stdint.h>

typedef enum rml_ibsi_texture {
    RML_IBSI_GLCM,  /* LFYI, 25 features */
    RML_IBSI_GLRLM, /* TP0I, 16 */
    RML_IBSI_GLSZM, /* 9SAK, 16 */
    RML_IBSI_GLDZM, /* VMDZ, 16 */
    RML_IBSI_NGTDM, /* IPET, 5 */
    RML_IBSI_NGLDM, /* REK0, 17 */
    RML_IBSI_N_TEXTURES
} rml_ibsi_texture;

#define RML_IBSI_MAX_TEXTURE 25 /* features of the largest family */

/* The rows of GLCM and GLRLM, whose matrices have a direction. Slices lie across z. */
enum {
    RML_IBSI_2D_AVG,  /* BTW3: values of every slice and direction, averaged */
    RML_IBSI_2D_MRG,  /* SUJT: a slice's directions merged, the slices' values averaged */
    RML_IBSI_25D_AVG, /* JJUI: a direction's slices merged, the directions' values averaged */
    RML_IBSI_25D_MRG, /* ZW7Z: slices and directions merged */
    RML_IBSI_3D_AVG,  /* ITBB: the 13 directions' values averaged */
    RML_IBSI_3D_MRG,  /* IAZD: the 13 directions merged */
    RML_IBSI_N_DIRECTIONAL
};

/* The rows of the other families. */
enum {
    RML_IBSI_2D,  /* 8QNN: the slices' values averaged */
    RML_IBSI_25D, /* 62GR: slices merged */
    RML_IBSI_3D,  /* KOBO */
    RML_IBSI_N_WHOLE
};

/* Bit r stands for row r. */
typedef uint32_t rml_ibsi_rows;
#define RML_IBSI_ALL_ROWS (~(rml_ibsi_rows)0)

typedef struct rml_ibsi_texture_feature {
    const char *tag;  /* IBSI's spreadsheet tag without aggregation: "cm_joint_max" */
    const char *code; /* "GYBY" */
    const char *name; /* "Joint maximum" */
} rml_ibsi_texture_feature;

typedef struct rml_ibsi_aggregation {
    const char *name; /* "2.5D:mrg" */
    const char *tag;  /* what follows a feature's tag and "_" in IBSI's spreadsheet: "2_5D_comb" */
    const char *code; /* "ZW7Z" */
} rml_ibsi_aggregation;

const char *rml_ibsi_texture_name(rml_ibsi_texture family);                         /* "glcm" */
const char *rml_ibsi_texture_code(rml_ibsi_texture family);                         /* "LFYI" */
int32_t rml_ibsi_texture_size(rml_ibsi_texture family);                             /* features */
int32_t rml_ibsi_texture_rows(rml_ibsi_texture family);                             /* aggregations */
const rml_ibsi_texture_feature *rml_ibsi_texture_features(rml_ibsi_texture family); /* [rml_ibsi_texture_size] */
const rml_ibsi_aggregation *rml_ibsi_texture_aggregations(rml_ibsi_texture family); /* [rml_ibsi_texture_rows] */

#endif
