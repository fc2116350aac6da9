/* Ellipsoids about a ROI: the area of one, and the smallest that holds all points. */
#ifndef RML_IBSI_ELLIPSOID_H
#define RML_IBSI_ELLIPSOID_H

#include <stdint.h>

#include "kernels/base/status.h"

/* What IBSI takes for the area of an ellipsoid of semi-axes a >= b >= c >= 0, a above 0:
 * 4 pi a b sum_{nu = 0}^{20} (alpha beta)^nu / (1 - 4 nu^2) P_nu((alpha^2 + beta^2) / (2 alpha beta)),
 * alpha = sqrt(1 - b^2/a^2), beta = sqrt(1 - c^2/a^2).
 * The true area has 1 - c^2/a^2 and 1 - c^2/b^2 under the roots; but for a sphere it is another (57.81 for (3, 2, 1.5),
 * where this gives 55.77). The reference values are of the series as it stands here.
 * Source: IBSI reference manual, "Area density (approximate enclosing ellipsoid)", RDD2. */
double rml_ellipsoid_area(double a, double b, double c);

/* Semi-axes, descending, of the ellipsoid of smallest volume that holds n points; its volume is above the smallest
 * one's by less than 1e-7 of it.
 *
 * point  in   [n][3] mm, not all in one plane
 *
 * RML_EINVAL  fewer than 4 points, or all in one plane
 * RML_ENOMEM
 * Source: Khachiyan 1996, Math. Oper. Res. 21, 307 (the dual); Böhning 1986, Metrika 33, 337 (vertex exchange). */
RML_CHECKED rml_status rml_ellipsoid_enclosing(const double (*point)[3], int32_t n, double semi[3]);

#endif
