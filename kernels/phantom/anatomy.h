/* Head, tumour, core and oedema of a digital patient on the fine grid, before any scanner has seen them. */
#ifndef RML_PHANTOM_ANATOMY_H
#define RML_PHANTOM_ANATOMY_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"
#include "kernels/phantom/patient.h"

/* The fine grid: 1 mm, x fastest; every volume below has this shape. */
enum {
    RML_FINE_NX = 72,
    RML_FINE_NY = 72,
    RML_FINE_NZ = 60,
    RML_FINE_PLANE = RML_FINE_NX * RML_FINE_NY,
    RML_FINE_VOXELS = RML_FINE_PLANE * RML_FINE_NZ
};

typedef enum rml_tissue {
    RML_TISSUE_HEALTHY = 0, /* and everything outside the head */
    RML_TISSUE_SOLID = 1,
    RML_TISSUE_OEDEMA = 2,
    RML_TISSUE_CORE = 3
} rml_tissue;

/* The fields that a patient keeps for life: time point 2 and the second reader start from them. */
typedef struct rml_anatomy {
    double *matter;  /* [RML_FINE_VOXELS] 0.8 + 0.18 G(6) + 0.05 G(2.5) */
    double *shape;   /* G(7), which makes the tumour irregular */
    double *texture; /* G(ell), which the solid tumour and the core show */
} rml_anatomy;

/* What rml_anatomy_draw and rml_anatomy_misread want, 64-byte aligned; 0 when ell is outside 0.1..64. */
size_t rml_anatomy_scratch_bytes(double ell);

/* RML_EINVAL  ell outside 0.1..64
 * RML_ENOMEM  FFTW had no memory for its plan */
RML_CHECKED rml_status rml_anatomy_draw(uint64_t seed, int64_t patient, double ell, void *scratch,
                                        rml_anatomy *anatomy);

/* phi = 1 - d / R + irr * shape inside the head, d in mm from the tumour's centre; -infinity outside the head. */
void rml_anatomy_phi(const rml_patient *truth, const double *shape, double *phi);

/* Where a second reader sees the border: phi + 0.05 G(3) + N(0.02, 0.03).
 * misread  out  [RML_FINE_VOXELS]
 * scratch  as rml_anatomy_scratch_bytes
 * RML_ENOMEM  FFTW had no memory for its plan */
RML_CHECKED rml_status rml_anatomy_misread(uint64_t seed, int64_t patient, const double *phi, double *misread,
                                           void *scratch);

/* The tumour is the face-connected component of phi > 0 at the tumour's centre, or, should the centre lie outside, the
 * one that comes nearest to it (ties: the lowest index); oedema is all else with phi > -truth->oedema.
 *
 * labels   out  SOLID, OEDEMA, HEALTHY; *n_tumour the number of SOLID
 * stack    scratch  [RML_FINE_VOXELS]
 * RML_EEMPTY  no voxel has phi > 0 */
RML_CHECKED rml_status rml_anatomy_segment(const rml_patient *truth, const double *phi, int32_t *stack, uint8_t *labels,
                                           int32_t *n_tumour);

/* The phi above which `fraction` (rounded to whole voxels) of the SOLID voxels lie: infinity for none.
 * sorted   scratch  [n_tumour] */
double rml_anatomy_core_border(const double *phi, const uint8_t *labels, int32_t n_tumour, double fraction,
                               double *sorted);

/* SOLID with phi above the border becomes CORE. */
void rml_anatomy_hollow(const double *phi, double border, uint8_t *labels);

/* The signal of each voxel: 0.02 outside the head, matter, 1.3 + c T (solid), 0.75 + 0.5 c T (core), 0.6 matter + 0.46
 * (oedema). phi tells the head. */
void rml_anatomy_signal(const rml_anatomy *anatomy, double contrast, const double *phi, const uint8_t *labels,
                        double *signal);

#endif
