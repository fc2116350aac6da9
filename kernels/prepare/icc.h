/* Intraclass correlation: how well raters (readers, segmentations, scans) agree on a feature over subjects.
 * Source: Shrout & Fleiss 1979, Psychol Bull 86:420; McGraw & Wong 1996, Psychol Methods 1:30; as irr::icc 0.84.1. */
#ifndef RML_PREPARE_ICC_H
#define RML_PREPARE_ICC_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_icc_model {
    RML_ICC_ONEWAY,      /* ICC(1,1), (1,k): every subject its own raters */
    RML_ICC_AGREEMENT,   /* ICC(2,1), (2,k): the same raters, whose shifts count as error */
    RML_ICC_CONSISTENCY, /* ICC(3,1), (3,k): the same raters, whose shifts do not count */
} rml_icc_model;

/* Mean squares of a feature over the subjects that all raters have rated. */
typedef struct rml_icc_squares {
    rml_status status;  /* RML_OK; RML_EEMPTY: fewer than two such subjects; RML_EVALUE: an infinite rating. The squares
                           are NaN then */
    int64_t n_subjects; /* without a missing rating */
    int32_t n_raters;
    double subjects, within, raters, error; /* a mean square no larger than rounding, (8 eps max|x|)^2, is 0 */
} rml_icc_squares;

typedef struct rml_icc {
    rml_status status; /* as the squares'; RML_EVALUE also where the coefficient is 0 / 0: a constant feature */
    double value;
    double f, df1, df2, p; /* of the hypothesis that the coefficient is 0; df2 of an agreement by Satterthwaite */
    double lower, upper;   /* two-sided confidence bounds */
} rml_icc;

/* Mean squares of every feature.
 *
 * raters   in   [n_raters] a table per rater: the same subjects as rows, the same features as columns. A subject with a
 *               missing rating (NaN) of a feature does not count for that feature
 * squares  out  [n_columns]
 *
 * RML_EINVAL  fewer than 2 raters, or tables of different sizes; RML_ENOMEM */
RML_CHECKED rml_status rml_icc_squares_of(const rml_columns *raters, int32_t n_raters, rml_icc_squares *squares);

/* The coefficient alone, for a filter: no F, no bounds. NaN where undefined. average: of the mean of all raters.
 * The average form is -Inf when the subjects' means do not differ. */
double rml_icc_value(const rml_icc_squares *squares, rml_icc_model model, bool average);

/* Coefficient, test and bounds at level (0.95). A failure is told in the result's status, all numbers NaN.
 * Where irr gives NaN bounds because the error is 0, raters agree wholly and the bounds are 1, their limit, and p is 0;
 * an agreement whose Satterthwaite df2 is below 1e-6 (no variance between subjects) has NaN bounds.
 * A level outside (0, 1) gives RML_EINVAL. */
rml_icc rml_icc_of(const rml_icc_squares *squares, rml_icc_model model, bool average, double level);

#endif
