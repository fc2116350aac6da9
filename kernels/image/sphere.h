/* Points spread evenly over a sphere, and spherical harmonics at them: what LBP3D samples and sums over. */
#ifndef RML_IMAGE_SPHERE_H
#define RML_IMAGE_SPHERE_H

#include <stdint.h>

#include "kernels/base/status.h"

enum { RML_SPHERE_SUBDIVISIONS = 4 }; /* at most: 2562 points */

/* 10 * 4^subdivisions + 2; 0 for a number outside 0 .. RML_SPHERE_SUBDIVISIONS */
int32_t rml_sphere_points(int32_t subdivisions);

/* The vertices of an icosphere: an icosahedron, (0, +-1, +-golden ratio) and its cyclic exchanges, whose faces are cut
 * into four by the middles of their edges, subdivisions times, every vertex being put on the sphere after each.
 * points  out  [rml_sphere_points][3], (x, y, z), in trimesh's order: sums over the points keep their last places
 * RML_EINVAL  a number of subdivisions out of range; RML_ENOMEM
 * Source: the construction of trimesh.creation.icosphere. */
RML_CHECKED rml_status rml_sphere_fill(int32_t subdivisions, double radius, double *points);

/* The spherical harmonic of degree n and order m, -n <= m <= n, orthonormal, with the Condon-Shortley phase, at azimuth
 * theta and polar angle phi; the sine of phi is taken as positive. value: real and imaginary part.
 * Source: scipy.special.sph_harm(m, n, theta, phi). */
void rml_sphere_harmonic(int32_t m, int32_t n, double theta, double phi, double value[2]);

#endif
