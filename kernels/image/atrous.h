/* Separable undecimated wavelets as IBSI-2 defines them (25BO): the low-pass along every axis at the levels below, then
 * the band, each level's filters with 2^(level - 1) - 1 holes between their taps (à trous). They are not those of
 * PyRadiomics (kernels/image/wavelet.h), which has no holes.
 *
 * All levels along an axis are one kernel here. A border's rule thus holds for the image, which every level sees go on
 * beyond the border; it is not applied anew to what a level makes. */
#ifndef RML_IMAGE_ATROUS_H
#define RML_IMAGE_ATROUS_H

#include "kernels/image/separable.h"
#include "kernels/image/wavelet_table.h"

enum { RML_ATROUS_MAX_LEVEL = 12 };

typedef struct rml_atrous {
    rml_separable filter; /* asked for its margin and applied as any separable one */
    double *memory;       /* its taps */
} rml_atrous;

/* bands: a letter an axis, x first: "LHL"; two letters: axial slices. level: 1 .. RML_ATROUS_MAX_LEVEL. With a pool,
 * the levels below are rotated with the band. out: to be freed with rml_atrous_free.
 *
 * RML_ESETTING  other bands, or a level out of range; RML_ENOMEM. *out is all zero then */
RML_CHECKED rml_status rml_atrous_init(const rml_wavelet *wavelet, const char *bands, int32_t level, rml_pool pool,
                                       rml_atrous *out);

void rml_atrous_free(rml_atrous *atrous);

#endif
