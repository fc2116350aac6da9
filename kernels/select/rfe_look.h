/* Logistic regression's rows at given weights: log odds, pulls and curvatures (ridge.h), and X' times the pulls, from
 * scratch or by what changed since the last look. Used by rfe_ridge.c alone. */
#ifndef RML_SELECT_RFE_LOOK_H
#define RML_SELECT_RFE_LOOK_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

enum { RML_RFE_TILE = 8 }; /* rows that are read together */

typedef struct rml_rfe_look {
    int32_t n, p; /* rows; places of columns */
    const uint8_t *y;
    double *x;                           /* [p][n] */
    double *cost, *f, *pull, *curvature; /* [n] cost: of the caller; the others as of the last look */
    double *slope;                       /* [p] X' pull */
    double b, pulled;                    /* of the last look: the intercept; 1' pull */
    double f_error, slope_error;         /* bounds: of every f, and of the slope's length; 0 after an exact look */

    double *w;           /* [p] the weights of the last look */
    float *rows;         /* [n up to a whole tile][stride] */
    float *change;       /* [stride] */
    int64_t stride;      /* p up to whole lanes */
    double longest, all; /* bounds of the length of a row, and of all of them together */
    bool quick;          /* whether the rows' lengths allow singles */
    double *memory;
} rml_rfe_look;

/* Copies the columns. RML_ENOMEM: still to be freed. */
RML_CHECKED rml_status rml_rfe_look_init(rml_rfe_look *look, const rml_columns *x, const uint8_t *y);
void rml_rfe_look_free(rml_rfe_look *look);
/* Keeps the columns at the n_in rising places, at places 0.. from now on. */
void rml_rfe_look_pack(rml_rfe_look *look, const int32_t *place, int32_t n_in);

void rml_rfe_look_exact(rml_rfe_look *look, const double *w, double b);
/* By the change since the last look, in single precision, at less than half of the time. */
void rml_rfe_look_quick(rml_rfe_look *look, const double *w, double b);

/* Products of v [p] with the rows of the tile that begins at this row, into out [RML_RFE_TILE], each off by no more
 * than RML_RFE_DOT_ERROR |v| look->longest. First hand v to rml_rfe_look_direct. */
#define RML_RFE_DOT_ERROR 0x1.8p-21 /* 12 halves of a unit in the last place of a float */
void rml_rfe_look_direct(rml_rfe_look *look, const double *v);
void rml_rfe_look_dot(const rml_rfe_look *look, int32_t row, double *out);

#endif
