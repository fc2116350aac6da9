/* The state of an elimination with L2-penalised logistic regression, and in it the inverse H^-1 of the Hessian that
 * rfe_ridge.c steps by. Used by rfe_ridge.c alone. */
#ifndef RML_SELECT_RFE_INVERSE_H
#define RML_SELECT_RFE_INVERSE_H

#include "kernels/models/ridge.h"
#include "kernels/select/rfe_look.h"
#include "kernels/select/rfe_ridge.h"

enum { RML_RFE_BLOCK = 64 }; /* eliminated columns that the inverse may lack */

struct rml_rfe_ridge {
    int32_t n, p, n_in; /* rows; places; how many of them are still in */
    int32_t n_gone;     /* eliminations that the inverse does not have yet */
    int32_t *place;     /* [n_in] rising */
    bool *in;           /* [p] by place */
    rml_rfe_look look;
    const double *weight; /* of the rows, or NULL */
    rml_ridge_settings ridge;
    double tolerance;

    double *w, *mean, *gradient, *step, *column; /* [p] */
    double b;
    double *row;          /* [n] scratch */
    double *then, *reach; /* [n] the curvatures of H; bound of |change of f_i| / |v|_H */
    double *ratio;        /* [n] of the curvature to H's when the rows were last looked at */
    double curved;        /* 1'D1 of H */
    double farthest;      /* largest reach */

    double *inverse; /* [p * p], both triangles, when dense */
    double *u;       /* [p][n] U, when not; else scratch: Z */
    double *small;   /* [n * n] */
    double *gone;    /* [n_gone][p] */
    double *memory;  /* of all these */
    int64_t inverse_cells;

    double drift;     /* largest |ratio - 1| */
    double low;       /* least ratio, at most 1 */
    double decrement; /* length of the Newton step from there */
    double slack;     /* bound of its error */
    double record;    /* the same before the last whole step since an elimination */
    double work;      /* of looking at the rows again because H is old, since the last renewal */
    bool exact;       /* someone sees every fit */
    bool anew;        /* the weights were fitted anew since the last elimination */
    bool dense;       /* the inverse is there as a matrix; else as I - U'U */
    bool fresh;       /* the inverse may be used; renewed when not */
};

/* Closes the gaps that eliminated columns have left. Needs n_gone = 0, or a renewal to follow. */
void rml_rfe_inverse_pack(rml_rfe_ridge *e);
/* Takes the eliminated columns out of the inverse for good, and may pack; without a matrix, asks for a renewal. */
void rml_rfe_inverse_flush(rml_rfe_ridge *e);
/* out = H^-1 v on the columns still in; v, [p], is 0 elsewhere. small: scratch, [n]. */
void rml_rfe_inverse_apply(const rml_rfe_ridge *e, const double *v, double *out, double *small);
/* Column j of H^-1 among the columns still in, [p]; elsewhere out is without meaning. */
void rml_rfe_inverse_column(const rml_rfe_ridge *e, int32_t j, double *out);
/* The inverse anew from the curvatures of the last look; packs. false: beyond factorising. */
RML_CHECKED bool rml_rfe_inverse_renew(rml_rfe_ridge *e);

#endif
