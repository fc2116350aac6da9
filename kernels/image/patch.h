/* A part of an image as numbers, with a margin that goes on beyond the image's border: what every filter reads. The
 * margin is made here, so that no filter tests a bound or knows a boundary rule; a filter asks for the margin that its
 * kernel reaches over, and writes the inside alone. */
#ifndef RML_IMAGE_PATCH_H
#define RML_IMAGE_PATCH_H

#include "kernels/base/volume.h"

/* How an image goes on beyond its border; a b c d is the image. */
typedef enum rml_border {
    RML_BORDER_ZERO,     /* 0 0 | a b c d | 0 0 */
    RML_BORDER_NEAREST,  /* a a | a b c d | d d */
    RML_BORDER_PERIODIC, /* c d | a b c d | a b */
    RML_BORDER_MIRROR,   /* b a | a b c d | d c: about the border (IBSI's mirror, scipy's "reflect") */
    RML_BORDER_WHOLE     /* c b | a b c d | c b: about the border voxel's centre (scipy's "mirror", ITK's splines) */
} rml_border;

/* Dense voxels, x fastest. */
typedef struct rml_patch {
    int32_t size[3];
    double spacing[3]; /* mm */
    rml_scalar type;   /* the type in which ITK would hold them: every value is one of it */
    double *voxels;    /* [size[2] * size[1] * size[0]] malloc'ed */
    float *singles;    /* the same as float32, from rml_patch_cut_single: then voxels is NULL */
} rml_patch;

void rml_patch_free(rml_patch *patch);

/* What patches are cut from: a stored image, or a patch (a resampled part); the other is NULL. */
typedef struct rml_patch_source {
    const rml_volume *volume; /* all slices that the cut reaches, also by its border rule, are loaded */
    const rml_patch *patch;
    bool even; /* RML_BORDER_PERIODIC repeats after an even number of voxels: an odd axis has its first one twice
                  (PyRadiomics pads so before a wavelet) */
} rml_patch_source;

/* Cuts a box that may reach beyond the source, which goes on there by the border's rule, however far.
 * out: to be freed with rml_patch_free; of the source's spacing and type.
 * RML_EINVAL  an empty box; RML_ENOMEM */
RML_CHECKED rml_status rml_patch_cut(const rml_patch_source *source, const rml_box *box, rml_border border,
                                     rml_patch *out);

/* Whether float32 holds every value of the source's type. */
bool rml_patch_single(const rml_patch_source *source);
/* The same of such a source as float32: half of the memory, for a filter that takes either.
 * singles: [box] the caller's, and not freed with the patch. */
RML_CHECKED rml_status rml_patch_cut_single(const rml_patch_source *source, const rml_box *box, rml_border border,
                                            float *singles, rml_patch *out);

/* The place within an axis of n voxels that stands at index i, which may lie outside; -1: none (zero). */
int32_t rml_border_place(rml_border border, int64_t i, int32_t n);

#endif
