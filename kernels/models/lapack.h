/* The LAPACK routines in use, by their Fortran names: the library has no header of its own. Column-major. */
#ifndef RML_MODELS_LAPACK_H
#define RML_MODELS_LAPACK_H

/* Cholesky factor in place ("L": lower triangle); *info > 0: not positive definite. */
extern void dpotrf_(const char *triangle, const int *n, double *a, const int *stride, int *info);
/* The inverse, in that triangle, from the factor. */
extern void dpotri_(const char *triangle, const int *n, double *a, const int *stride, int *info);

#endif
