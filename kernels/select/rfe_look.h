/* Logistic regression's rows, looked at from several points at once: curvatures (ridge.h), and X' times the pulls. Used
 * by rfe_ridge.c alone. */
#ifndef RML_SELECT_RFE_LOOK_H
#define RML_SELECT_RFE_LOOK_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/select/rfe_tile.h"

typedef struct rml_rfe_look {
    int32_t n, p; /* rows; places of columns */
    const uint8_t *y;
    double *x;    /* [p][n] */
    double *rows; /* [n][p] the same */
    double *cost; /* [n] of the caller */
    double *memory;
} rml_rfe_look;

/* Where the weights are or could come to be. */
typedef struct rml_rfe_point {
    double *w, b;      /* [p] the weights there, and the intercept: may have moved since the look */
    double *curvature; /* [n] */
    double *slope;     /* [p] X' pull */
    double pulled;     /* 1' pull */

    double *gradient, *step;                                         /* [p] from where the rows were looked at */
    double decrement;                                                /* length of the step */
    double *last_w, *last_gradient, *last_step, last_b, last_pulled; /* the same a look before */
    int32_t n_steps;                                                 /* whole steps in a row by the same H */
    int32_t gone;   /* columns that left between the inverse as it is stored and here */
    int32_t leaver; /* place of the column that leaves from here, when another point follows */
    int32_t n_looks;
    bool known; /* the step was a whole one, and which column leaves is proven */
} rml_rfe_point;

/* Copies the columns. RML_ENOMEM: still to be freed. */
RML_CHECKED rml_status rml_rfe_look_init(rml_rfe_look *look, const rml_columns *x, const uint8_t *y);
void rml_rfe_look_free(rml_rfe_look *look);
/* Keeps the columns at the n_in rising places, at places 0.. from now on. */
void rml_rfe_look_pack(rml_rfe_look *look, const int32_t *place, int32_t n_in);
/* Curvatures, slopes and pulled of the points, 1 to RML_RFE_AHEAD. */
void rml_rfe_look_at(const rml_rfe_look *look, rml_rfe_point *const *points, int32_t n_points);

#endif
