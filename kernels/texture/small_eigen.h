/* Eigenvalues of matrices so small that a library's call would cost more than they do: what Lanczos and Arnoldi steps
 * leave. Matrices are stored row by row. */
#ifndef RML_TEXTURE_SMALL_EIGEN_H
#define RML_TEXTURE_SMALL_EIGEN_H

#include <stdint.h>

/* Eigenvalues of the symmetric tridiagonal matrix with diagonal d[m] and off-diagonal e[m-1] by implicitly shifted QR
 * steps (Golub & Van Loan, Matrix Computations, section 8.3). d becomes the eigenvalues, unordered; e is used up. The
 * rows z[n_rows][m], on entry rows of the identity, become the same rows of the eigenvectors' matrix. */
void rml_eigen_tridiagonal(double *d, double *e, int32_t m, double *z, int32_t n_rows);

/* Eigenvalues of the upper Hessenberg matrix h[n][ld], used up, by Francis' double steps (Golub & Van Loan, Matrix
 * Computations, section 7.5). */
void rml_eigen_hessenberg(double *h, int32_t n, int32_t ld, double *real, double *imaginary);

#endif
