/* A small box in any direction about a convex hull. */
#ifndef RML_IBSI_ENCLOSING_H
#define RML_IBSI_ENCLOSING_H

#include "kernels/ibsi/hull.h"

/* The smallest box found among those with a side in a face of the hull or in an axis plane, and with an edge of the
 * hull in a second side; turned, from there, about each of its own axes in turn to the smallest box about it, for as
 * long as that makes it smaller. IBSI's oriented minimum bounding box leaves the way to it open and has no reference
 * value. The true minimum has two sides that hold an edge each, none of which need lie in a face of the hull; it can
 * be smaller than what is found.
 *
 * unit  in   mm a coordinate of the hull
 * side  out  mm, descending
 *
 * RML_ENOMEM
 * Source: O'Rourke 1985 (what the minimum is like); Chan & Tan 2001 (turning about one axis after the other). */
RML_CHECKED rml_status rml_enclosing_box(const rml_hull *hull, const double unit[3], double side[3]);

#endif
