/* A centre of the digital cohort: its scanner and its case mix. */
#ifndef RML_PHANTOM_CENTRE_H
#define RML_PHANTOM_CENTRE_H

#include <stdint.h>

typedef struct rml_centre {
    char name[8];      /* "A" .. "Z", then "AA", "AB", … */
    double gain;       /* times 300 image units a unit of tissue signal */
    double offset;     /* image units */
    double noise;      /* of each of the two channels, tissue units */
    double spacing[3]; /* mm */
    double bias;       /* amplitude of the log of the bias field */
    double blur;       /* mm, standard deviation */
    double intercept;  /* a_k of the class's log odds */
} rml_centre;

enum { RML_PHANTOM_MAX_CENTRES = 100000 };

/* Centre `number` (from 0) of a cohort. The first four are given; later ones repeat them in turn, with gain, noise,
 * bias and blur each times exp(0.15 e). shift scales the case mix: intercepts shift * (1, -1, 0, 0) in turn. Cannot
 * fail. number  0 .. RML_PHANTOM_MAX_CENTRES - 1 */
void rml_centre_draw(uint64_t seed, int32_t number, double shift, rml_centre *centre);

#endif
