/* The convex hull of points with whole coordinates, exact: no predicate rounds, so no tolerance decides what is on it.
 */
#ifndef RML_IBSI_HULL_H
#define RML_IBSI_HULL_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Coordinates of at most this size, so that determinants of differences stay in 64 bits. */
enum { RML_HULL_MAX_COORDINATE = 200000 };

typedef struct rml_hull {
    int32_t n_points;
    int32_t (*point)[3]; /* [n_points] the corners; a few may lie within an edge or a face of the hull */
    int32_t n_faces;
    int32_t (*face)[3];   /* [n_faces] triangles, counterclockwise seen from outside; flat faces are several of them */
    int64_t (*normal)[3]; /* [n_faces] (b-a) x (c-a), outward, twice the area */
} rml_hull;

/* point  in   [n][3] 0 .. RML_HULL_MAX_COORDINATE, in any order; some may be equal
 * hull   out  give back with rml_hull_free
 *
 * RML_EINVAL  a coordinate out of range, or all points in one plane
 * RML_ENOMEM
 * Source: Barber, Dobkin & Huhdanpaa 1996 (quickhull). */
RML_CHECKED rml_status rml_hull_init(rml_hull *hull, const int32_t (*point)[3], int64_t n);
void rml_hull_free(rml_hull *hull);

/* Volume and area with axes scaled by unit[3] (mm a coordinate). */
void rml_hull_measure(const rml_hull *hull, const double unit[3], double *volume, double *area);

#endif
