/* IBSI's families of one image of a ROI. Used by ibsi_features.c alone. */
#ifndef RML_JOBS_IBSI_FAMILIES_H
#define RML_JOBS_IBSI_FAMILIES_H

#include "jobs/features.h"
#include "jobs/ibsi_columns.h"
#include "jobs/ibsi_region.h"

enum { RML_IBSI_MOST_VALUES = RML_IBSI_N_DIRECTIONAL * RML_IBSI_MAX_TEXTURE };

/* What computes one ROI, image after image. */
typedef struct rml_ibsi_computing {
    const rml_params *params;
    rml_ibsi_source *source;
    const volatile bool *cancel;
    rml_feature_row *row;
    rml_error *err;
    /* of the image that is computed */
    const rml_ibsi_prepared *roi; /* the ROI; of a decimated wavelet: its coefficients */
    const double *spacing;        /* [3] mm */
    bool filtered;
    double *wide_image; /* [roi->wide] */
    double *image;      /* [roi->box] */
    double *values;     /* [roi->n_intensity] of the intensity mask, in index order */
    double *work;       /* the same */
    int32_t *bins;      /* the same: levels */
    double value[RML_IBSI_N_CLASSES][RML_IBSI_MOST_VALUES];
    uint8_t reason[RML_IBSI_N_CLASSES][RML_IBSI_MOST_VALUES];
} rml_ibsi_computing;

/* Morphology, where it is wanted, and every other family that is, from image and values into value and reason. Seconds
 * and stages as rml_ibsi_features. RML_EVALUE, RML_ESETTING, RML_ENOMEM, RML_ESTOPPED (rml_ibsi_compute_image); in
 * words */
RML_CHECKED rml_status rml_ibsi_compute_morphology(rml_ibsi_computing *c);
RML_CHECKED rml_status rml_ibsi_compute_image(rml_ibsi_computing *c);

#endif
