/* A grid's index -> world and back, in ITK's arithmetic: what is nearest, and what lies inside, hangs on the last bit.
 */
#ifndef RML_PREPROCESS_FRAME_H
#define RML_PREPROCESS_FRAME_H

#include "kernels/base/volume.h"

typedef struct rml_frame {
    double origin[3], to_world[3][3], to_index[3][3];
} rml_frame;

/* False: the grid's matrix is singular. */
bool rml_frame_of(const rml_grid *grid, rml_frame *frame);

/* The (continuous) index of one grid that stands where index stands in another. */
void rml_frame_map(const rml_frame *from, const rml_frame *to, const double index[3], double mapped[3]);

/* The point of a continuous index in mm. ITK adds the origin last here, and first where it maps whole indices (as
 * rml_frame_map does). */
void rml_frame_point(const rml_frame *frame, const double index[3], double point[3]);

#endif
