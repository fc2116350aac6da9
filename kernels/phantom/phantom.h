/* One digital patient of a multi-centre cohort: from numbers to images and masks, as a pure function of the cohort's
 * description and the patient's number, so that neither ranks nor order nor the number of patients changes a voxel. */
#ifndef RML_PHANTOM_PHANTOM_H
#define RML_PHANTOM_PHANTOM_H

#include "kernels/phantom/scanner.h"

typedef struct rml_phantom_cohort {
    uint64_t seed;
    int32_t n_centres;  /* 1 .. RML_PHANTOM_MAX_CENTRES; patients go round them in turn */
    double shift;       /* of the case mix between the centres */
    double coefficient; /* of b in the class's log odds */
} rml_phantom_cohort;

/* All that is known of a patient without a voxel. */
typedef struct rml_phantom_patient {
    int64_t number; /* from 1 */
    rml_centre centre;
    rml_grid grid; /* of this patient's images and masks */
    rml_patient truth;
    rml_patient_outcome outcome;
} rml_phantom_patient;

/* number  1 .. 2^56 - 1. Cannot fail. */
void rml_phantom_describe(const rml_phantom_cohort *cohort, int64_t number, rml_phantom_patient *patient);

/* The buffers to fill, each [nz*ny*nx] of the patient's grid, x fastest. Masks: 1 solid tumour, 2 oedema, 3 core. */
typedef struct rml_phantom_images {
    int16_t *image[2]; /* time points 1 and 2; [1] NULL when not wanted */
    uint8_t *mask[2];  /* by the first reader; [1] NULL exactly when image[1] is */
    uint8_t *reread;   /* time point 1 by the second reader, or NULL */
} rml_phantom_images;

/* 64-byte aligned; 0 when the patient's ell is outside what a field can have (0.1..64 mm). */
size_t rml_phantom_scratch_bytes(const rml_phantom_patient *patient);

/* RML_EINVAL  ell outside 0.1..64 mm
 * RML_EEMPTY  no tumour is left
 * RML_ENOMEM  FFTW had no memory for its plan */
RML_CHECKED rml_status rml_phantom_images_draw(const rml_phantom_cohort *cohort, const rml_phantom_patient *patient,
                                               void *scratch, rml_phantom_images *images);

typedef enum rml_phantom_subset { RML_SUBSET_SECOND_READER = 0, RML_SUBSET_SECOND_TIME = 1 } rml_phantom_subset;

/* Chooses n_chosen of patients 1 .. n_patients by their own draws, independent of centre and biology.
 * chosen  out      [n_patients], patient 1 first
 * order   scratch  [n_patients]
 * RML_EINVAL  n_chosen outside 0 .. n_patients */
RML_CHECKED rml_status rml_phantom_choose(uint64_t seed, rml_phantom_subset subset, int64_t n_patients,
                                          int64_t n_chosen, uint64_t (*order)[2], bool *chosen);

#endif
