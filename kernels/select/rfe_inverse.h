/* The state of an elimination with L2-penalised logistic regression, and in it the inverse H^-1 of the Hessian that
 * rfe_ridge.c steps by and rfe_bound.c judges by. Used by these two alone. */
#ifndef RML_SELECT_RFE_INVERSE_H
#define RML_SELECT_RFE_INVERSE_H

#include "kernels/models/ridge.h"
#include "kernels/select/rfe_look.h"
#include "kernels/select/rfe_ridge.h"

enum { RML_RFE_BLOCK = 64 }; /* eliminated columns that the inverse may lack */

struct rml_rfe_ridge {
    int32_t n, p, n_in; /* rows; places; how many of them are still in */
    int32_t n_gone;     /* columns that left before the current point, and the inverse does not have yet */
    int32_t *place;     /* [n_in] rising */
    bool *in;           /* [p] by place */
    rml_rfe_look look;
    const double *weight; /* of the rows, or NULL */
    rml_ridge_settings ridge;
    double tolerance;

    rml_rfe_point *point; /* [n_points] the current one and those ahead, a column less in each */
    int32_t n_points;
    double *mean, *column, *sizes; /* [p] by place; the last two are scratch */
    double *columns;               /* [8][p] scratch */
    double *then, *inverse_then;   /* [n] the curvatures D of H; 1 / D, 0 for a row without cost */
    double *idle;                  /* [n] 1 for a row without cost, else 0 */
    double *length, *reach;        /* [n] of a_i; bound of (change of f_i / |v|_H)^2 */
    double *row_reach;             /* [n] scratch */
    double *row;                   /* [n] scratch */
    double curved;                 /* 1'D1 of H */
    double farthest;               /* root of the largest reach, */
    int32_t farthest_row;          /* and where it is */

    double *inverse; /* [p * p], both triangles, when dense */
    double *u;       /* [p][n] U, when not; else scratch: Z */
    double *small;   /* [n * n] */
    double *gone;    /* [RML_RFE_BLOCK][p] */
    double *memory;  /* of all these */
    int64_t inverse_cells;

    double drift;  /* largest |ratio - 1| of the curvatures, at the current point when last looked at, to H's */
    double record; /* decrement before the last whole step since an elimination */
    double work;   /* of looking again because H is old, since the last renewal */
    int32_t n_select, n_ahead; /* columns to keep; how many points to have at once */
    bool one_by_one;           /* columns may leave ahead of their fits */
    bool exact;                /* someone sees every fit */
    bool anew;                 /* the weights were fitted anew since the last elimination */
    bool dense;                /* the inverse is there as a matrix; else as I - U'U */
    bool fresh;                /* the inverse may be used; renewed when not */
};

/* Closes the gaps that eliminated columns have left. Needs n_gone = 0, or a renewal to follow. */
void rml_rfe_inverse_pack(rml_rfe_ridge *e);
/* Takes the columns that left before the current point out of the inverse for good, and may pack; without a matrix,
 * asks for a renewal. */
void rml_rfe_inverse_flush(rml_rfe_ridge *e);
/* step = H^-1 gradient for these points, whose gradients are 0 where a column has left. */
void rml_rfe_inverse_apply(rml_rfe_ridge *e, rml_rfe_point *const *points, int32_t n_points);
/* Column j of H^-1 after n_gone columns left, [p]; without meaning where they were. */
void rml_rfe_inverse_column(const rml_rfe_ridge *e, int32_t n_gone, int32_t j, double *out);
/* Keeps what column j's leaving takes from the inverse, as the number n_gone; h: its column, 0 where others left. */
void rml_rfe_inverse_lose(rml_rfe_ridge *e, int32_t n_gone, int32_t j, const double *h);
/* The inverse anew from these curvatures; packs. false: beyond factorising. */
RML_CHECKED bool rml_rfe_inverse_renew(rml_rfe_ridge *e, const double *curvature);

#endif
