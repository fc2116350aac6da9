/* Small symmetric systems: information matrices of a few terms, some of which may depend on others. */
#ifndef RML_SURVIVAL_SOLVE_H
#define RML_SURVIVAL_SOLVE_H

#include <stdint.h>

/* Factors v = L D L' in place: D on the diagonal, L below it; what stands above is left alone. A row that keeps
 * tolerance or less of its diagonal beside the earlier ones gets D = 0 and counts nothing from then on. Returns the
 * rank: how many do not.
 *
 * v  in/out  [n * n], positive semidefinite; only the lower triangle is read */
int32_t rml_solve_factor(double *v, int32_t n, double tolerance);
/* x = V^-1 u over the rows that count, 0 elsewhere. x may be u. */
void rml_solve(const double *factor, int32_t n, const double *u, double *x);
/* u' V^-1 u over the rows that count; u is used up. */
double rml_solve_quadratic(const double *factor, int32_t n, double *u);
/* The inverse over the rows that count, 0 elsewhere. inverse [n * n]. */
void rml_solve_invert(const double *factor, int32_t n, double *inverse);

#endif
