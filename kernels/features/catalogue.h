/* Every feature that radmill computes: class, PyRadiomics name, IBSI tag. Each class kernel fills one array in the
 * order of this catalogue: ASCII order of the names, deprecated ones included. */
#ifndef RML_FEATURES_CATALOGUE_H
#define RML_FEATURES_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

/* In PyRadiomics' order: the shapes first, then the default order of its texture classes. */
typedef enum rml_class {
    RML_SHAPE,
    RML_SHAPE_2D,
    RML_FIRSTORDER,
    RML_GLCM,
    RML_GLDM,
    RML_GLRLM,
    RML_GLSZM,
    RML_NGTDM,
    RML_N_CLASSES
} rml_class;

#define RML_MAX_CLASS_FEATURES 32

typedef struct rml_feature {
    const char *name;     /* "JointEntropy" */
    const char *ibsi_tag; /* "TU9B", or "" where IBSI has no such feature */
    bool deprecated;      /* not computed unless named */
} rml_feature;

const char *rml_class_name(rml_class class_);            /* "glcm" */
bool rml_class_is_shape(rml_class class_);               /* of the mask alone: computed once, whatever the images */
int32_t rml_class_size(rml_class class_);                /* features, deprecated ones included; at most 32 */
const rml_feature *rml_class_features(rml_class class_); /* [rml_class_size], ASCII order of the names */

/* The index of a feature by name, or -1. */
int32_t rml_feature_index(rml_class class_, const char *name);

/* Bit f stands for feature f of the catalogue. */
typedef uint32_t rml_wanted;
rml_wanted rml_class_default(rml_class class_); /* all that are not deprecated */

#endif
