/* Laws' kernels as IBSI-2 defines them (JTXT): products of one-dimensional ones of 3 or 5 taps, each of unit length. */
#ifndef RML_IMAGE_LAWS_H
#define RML_IMAGE_LAWS_H

#include "kernels/image/separable.h"

/* Two or three of L5 E5 S5 W5 R5 L3 E3 S3, along x, y and z ("E5L5S5"); two: axial slices. The filter is then asked for
 * its margin and applied as any separable one; it needs no freeing. Energies of a response: kernels/image/energy.h.
 *
 * RML_ESETTING  any other name; *filter is all zero then */
RML_CHECKED rml_status rml_laws_init(const char *name, rml_pool pool, rml_separable *filter);

#endif
