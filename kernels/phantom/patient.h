/* A digital patient in numbers: the biology behind the images, what it leaves in the tumour, and what became of the
 * person. No voxels here; a thousand patients take a millisecond or two. */
#ifndef RML_PHANTOM_PATIENT_H
#define RML_PHANTOM_PATIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/phantom/centre.h"

/* Which draws a stream holds. Every (patient, purpose) is a stream of its own, so that a purpose more or fewer draws
 * nothing else anew. The numbers are part of what a seed means: append only. */
typedef enum rml_phantom_purpose {
    RML_DRAW_BIOLOGY = 0,   /* b, age, sex, position, the tumour's own variation, the response */
    RML_DRAW_OUTCOME = 1,   /* class, survival, censoring, marker */
    RML_DRAW_READER = 2,    /* the second reader's bias */
    RML_DRAW_SUBSETS = 3,   /* who has a second reader, who a second time point */
    RML_FIELD_MATTER = 8,   /* G(6) */
    RML_FIELD_DETAIL = 9,   /* G(2.5) */
    RML_FIELD_SHAPE = 10,   /* G(7) */
    RML_FIELD_TEXTURE = 11, /* G(ell) */
    RML_FIELD_READER = 12,  /* G(3) */
    RML_FIELD_BIAS = 16,    /* G(28), + time point - 1 */
    RML_DRAW_NOISE = 24     /* two a voxel, + time point - 1 */
} rml_phantom_purpose;

/* The stream of a patient's purpose. patient  0 .. 2^56 - 1 */
uint64_t rml_phantom_stream(int64_t patient, int purpose);

typedef struct rml_patient {
    double biology;      /* b: the latent truth, N(0, 1) */
    double age;          /* years */
    bool male;           /* without effect */
    double position[3];  /* of the tumour's centre from the grid's middle, mm; without effect */
    double radius;       /* R, mm */
    double irregularity; /* irr, in units of phi */
    double core_logit;   /* of the share of the tumour that is necrotic */
    double oedema;       /* how far below 0 phi still means oedema; no biology */
    double ell;          /* correlation length of the texture, mm */
    double contrast;     /* c, of the texture */
    double response;     /* r to the treatment before time point 2, N(0, 1) */
} rml_patient;

/* What became of the person; what a model is to predict. */
typedef struct rml_patient_outcome {
    bool y;        /* the class */
    double months; /* to death or to the end of observation */
    bool died;     /* false: censored */
    double marker; /* an expression value that knows a part of b */
} rml_patient_outcome;

/* Draws a patient as a pure function of (seed, patient). Cannot fail. */
void rml_patient_draw(uint64_t seed, int64_t patient, rml_patient *truth);

/* The same patient at time point 2, after treatment: smaller and less contrasted by the response, more necrotic. */
void rml_patient_treat(const rml_patient *before, rml_patient *after);

double rml_patient_core_fraction(const rml_patient *truth); /* logistic of core_logit */

/* Draws the outcome: y ~ Bernoulli(logistic(centre's intercept + coefficient * b)); survival Weibull, shape 1.3, scale
 * 24 months, log hazard 0.70 b + 0.02 (age - 58), censored at U(6, 72) months; marker 0.6 b + 0.8 e. */
void rml_patient_follow(uint64_t seed, int64_t patient, const rml_patient *truth, double intercept, double coefficient,
                        rml_patient_outcome *outcome);

#endif
