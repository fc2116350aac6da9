/* What a fit leaves behind, in one form for every step and every model: the columns it keeps, and named arrays of
 * numbers. So packing it for the journal, writing it for a person (model.json) or for HDF5, and reading it back exist
 * once, and a new method adds nothing to them. */
#ifndef RML_LEARN_FITTED_H
#define RML_LEARN_FITTED_H

#include "kernels/base/blob.h"
#include "kernels/base/status.h"

enum { RML_FITTED_ARRAYS = 12, RML_FITTED_NAME = 24 };

typedef struct rml_array {
    char name[RML_FITTED_NAME];
    bool by_column; /* a value a column that came in or was kept: n_columns is n_in or n_out, named by feature */
    int32_t n_rows, n_columns;
    double *value; /* [n_rows * n_columns], row by row; malloc'ed */
} rml_array;

typedef struct rml_fitted {
    char kind[RML_FITTED_NAME]; /* of the step or model: what knows how to apply it */
    int32_t n_in, n_out;        /* columns that came in; that go out (a model: 1) */
    int32_t *kept;              /* [n_out] of a step: which of the columns that came in, ascending unless the step ranks
                                   them; NULL for a model and for a step that makes new columns; malloc'ed */
    int32_t n_arrays;
    rml_array array[RML_FITTED_ARRAYS];
    bool holds_rows; /* an array holds rows of patients (support vectors, neighbours) */
} rml_fitted;

/* A fitted object of `kind` without arrays. */
void rml_fitted_init(rml_fitted *fitted, const char *kind, int32_t n_in, int32_t n_out);
void rml_fitted_free(rml_fitted *fitted); /* leaves it empty; NULL allowed */

/* A new array of n_rows x n_columns, to be filled by the caller; values: what to copy into it, or NULL for zeros. NULL
 * without memory, or when there are RML_FITTED_ARRAYS already. */
double *rml_fitted_add(rml_fitted *fitted, const char *name, bool by_column, int32_t n_rows, int32_t n_columns,
                       const double *values);
/* An array by name: NULL when there is none. */
const rml_array *rml_fitted_array(const rml_fitted *fitted, const char *name);
/* The same when it has this shape, else NULL: what apply and decide ask for, since a fitted object may come from a file
 * that somebody edited. -1: any number. */
const rml_array *rml_fitted_shaped(const rml_fitted *fitted, const char *name, int32_t n_rows, int32_t n_columns);
/* The first value of an array; NAN when there is none. */
double rml_fitted_number(const rml_fitted *fitted, const char *name);
/* How many coefficients of a linear model are not 0; -1: it has none. */
int32_t rml_fitted_nonzero(const rml_fitted *fitted);
/* Fills kept with 0 .. n_out-1 (all columns) or a copy of the list. RML_ENOMEM. */
RML_CHECKED rml_status rml_fitted_keep(rml_fitted *fitted, const int32_t *kept);

/* A copy that owns what it holds. RML_ENOMEM: it is left empty. */
RML_CHECKED rml_status rml_fitted_copy(const rml_fitted *fitted, rml_fitted *copy);

void rml_fitted_pack(const rml_fitted *fitted, rml_blob *blob);
/* RML_EFORMAT: lengths that do not fit, or columns out of range. RML_ENOMEM. */
RML_CHECKED rml_status rml_fitted_unpack(rml_reader *reader, rml_fitted *fitted);

#endif
