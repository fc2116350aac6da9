/* Kernel matrices between the rows of tables: what the support vector machine and the dual ridge are fitted on. */
#ifndef RML_MODELS_KERNEL_MATRIX_H
#define RML_MODELS_KERNEL_MATRIX_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_kernel_kind {
    RML_KERNEL_LINEAR, /* x'z */
    RML_KERNEL_RBF,    /* exp(-gamma |x - z|^2) */
} rml_kernel_kind;

/* gamma = 1 / (p * variance of all n*p values together), scikit-learn's 'scale'.
 * RML_EEMPTY no value; RML_EVALUE NaN or infinity; RML_EINVAL all values are equal (*gamma is NaN in all three). */
RML_CHECKED rml_status rml_kernel_scale(const rml_columns *x, double *gamma);

/* The matrix of the table's rows with themselves, both triangles.
 *
 * gamma   of the RBF, above 0; not read by the linear kernel
 * kernel  out [n * n], symmetric to the last bit
 *
 * The RBF takes |x - z|^2 from the Gram matrix of the columns less their means (equal rows: exactly 1).
 * RML_EEMPTY no row; RML_EVALUE NaN or infinity in the table; RML_EINVAL gamma; RML_ENOMEM. */
RML_CHECKED rml_status rml_kernel_square(const rml_columns *x, rml_kernel_kind kind, double gamma, double *kernel);

/* Rows of x (index m) against rows of the training table z (index n): kernel[m * z->n_rows + n].
 * RML_EINVAL another number of columns, or gamma; RML_EEMPTY a table without rows; RML_EVALUE; RML_ENOMEM. */
RML_CHECKED rml_status rml_kernel_cross(const rml_columns *x, const rml_columns *z, rml_kernel_kind kind, double gamma,
                                        double *kernel);

#endif
