/* Minimum redundancy, maximum relevance: columns chosen one by one, each for what it says about the outcome and against
 * what the columns chosen before it say already. Three families of scores, one search. */
#ifndef RML_SELECT_MRMR_H
#define RML_SELECT_MRMR_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_mrmr_form {
    /* On levels, I the mutual information; mean over the chosen columns s. Peng, Long & Ding 2005. */
    RML_MRMR_MID, /* I(x, y) - mean I(x, s), in nats */
    RML_MRMR_MIQ, /* I(x, y) / (mean I(x, s) + 0.0001), both in bits, as the authors' program has it */
    /* On numbers, r Pearson's. Zhao, Anand & Wang 2019, as the package mrmr_selection has it. */
    RML_MRMR_F_MEAN, /* F(x, y) / mean of max(|r(x, s)|, 0.001) */
    RML_MRMR_F_MAX,  /* F(x, y) / max of the same */
    /* On numbers. De Jay et al. 2013 (mRMRe): I = -1/2 ln(1 - r^2). */
    RML_MRMR_LN, /* I(x, y) - mean I(x, s), in nats */
    RML_N_MRMR
} rml_mrmr_form;

/* What the search found; the caller owns the arrays. The score of the first choice is its relevance: F, or I in nats.
 */
typedef struct rml_mrmr_choice {
    int32_t n;         /* chosen; fewer than asked for when no column is left */
    int32_t *column;   /* [n_wanted] in the order of choice */
    double *score;     /* [n_wanted] at the moment of choice */
    double *relevance; /* [n_columns] or NULL; NaN: the column cannot be chosen. I in nats also for MIQ */
} rml_mrmr_choice;

/* Chooses among columns cut into levels.
 *
 * levels     in   [n_columns * n_rows], column by column, 0..n_levels-1 (kernels/select/bins.h)
 * n_levels   in   2..64
 * classes    in   [n_rows], 0..n_classes-1
 * n_classes  in   2..64
 * form       in   MID or MIQ
 * n_wanted   in   at least 1
 * choice     out  n and the arrays
 *
 * Equal scores: the lowest column. Sums of c ln c over counts c are taken in whole numbers of a small unit, so a column
 * and its copy with levels renamed tie to the last bit.
 * A column with one level, or an outcome with one class, has information 0 and may be chosen.
 *
 * RML_EINVAL  a form of the other function, a size outside its range, a class or level outside its range
 * RML_EEMPTY  no rows or no columns
 * RML_ENOMEM */
RML_CHECKED rml_status rml_mrmr_levels(const uint8_t *levels, int64_t n_rows, int32_t n_columns, int32_t n_levels,
                                       const int32_t *classes, int32_t n_classes, rml_mrmr_form form, int32_t n_wanted,
                                       rml_mrmr_choice *choice);

/* Chooses among columns of numbers; the outcome is either classes or numbers.
 *
 * classes    in   [n_rows], 0..n_classes-1, or NULL. For F, the analysis of variance; for LN exactly two classes, taken
 *                 as the numbers 0 and 1
 * target     in   [n_rows], or NULL. For F, r^2 (n - 2) / (1 - r^2)
 * form       in   F_MEAN, F_MAX or LN
 *
 * Equal scores: the lowest column. Never chosen: a constant column; for F one with F = 0; for LN a copy of a chosen
 * column (|r| > 1 - 1e-12), whose information would be infinite. mrmr_selection lets a column whose mean (or largest)
 * |r| is 1 to the last bit lose against all others; here it loses by the quotient alone. An F or I that is infinite is
 * chosen first.
 *
 * RML_EINVAL  a form of the other function, both or neither of classes and target, a class outside its range, LN with
 *             n_classes other than 2, n_wanted below 1
 * RML_EEMPTY  no columns, or fewer than 3 rows
 * RML_EVALUE  a value that is not finite in the table or the target
 * RML_ENOMEM */
RML_CHECKED rml_status rml_mrmr_numbers(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                        const double *target, rml_mrmr_form form, int32_t n_wanted,
                                        rml_mrmr_choice *choice);

#endif
