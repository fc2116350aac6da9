/* ComBat: the shift and spread of every batch (centre, scanner) taken out of every feature, with the batches' effects
 * shrunk towards what they are over all features. Fitted on training rows, applied to any rows.
 *
 *   x = grand + C beta + sqrt(var_pooled) * (gamma_b + sqrt(delta_b) * error)
 *
 * Least squares of batch and covariates; z = (x - grand - C beta) / sqrt(var_pooled); gamma and delta from z in each
 * batch, shrunk to gamma* and delta*; harmonised = (z - gamma*) / sqrt(delta*) * sqrt(var_pooled) + grand + C beta.
 * Everything but x and C comes from the training rows.
 * Source: Johnson, Li & Rabinovic 2007; sva::ComBat 3.46.0, whose stop rule is kept: a feature's result depends, in
 * the fourth digit, on which other features are in the call. */
#ifndef RML_PREPARE_COMBAT_H
#define RML_PREPARE_COMBAT_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/prepare/shrink.h"

typedef struct rml_combat_settings {
    bool parametric;   /* else the non-parametric prior (sva par.prior = FALSE) */
    bool mean_only;    /* only shifts are adjusted */
    bool shrink;       /* false: gamma* and delta* are the raw estimates (neuroCombat eb = False) */
    int32_t reference; /* the batch that stays as it is and gives grand mean and variance; -1: none */
    int32_t min_rows;  /* fewest training rows of a batch that has any; 1 allows a batch of one row, which makes all
                          mean-only as in sva */
} rml_combat_settings;

/* parametric, both moments, shrunk, no reference, at least 3 rows. */
rml_combat_settings rml_combat_defaults(void);

/* Why a feature is adjusted or comes back as it is. */
typedef enum rml_combat_state {
    RML_COMBAT_ADJUSTED,
    RML_COMBAT_CONSTANT,  /* all values of some batch (2 rows or more) are equal: sva leaves it out of the priors too */
    RML_COMBAT_SPARSE,    /* too few observed values: none in some batch, one where a variance is needed, or none left
                             to tell a covariate from the batches */
    RML_COMBAT_EXPLAINED, /* batch and covariates explain it wholly: nothing left to scale by */
    RML_COMBAT_FIXED      /* not one that batches shift: the caller left it out of the fit */
} rml_combat_state;

typedef struct rml_combat {
    rml_combat_settings settings; /* as used: mean_only is set by a batch of one row */
    int32_t n_features, n_batches, n_covariates;
    int32_t n_adjusted; /* features that are */
    bool missing;       /* a value of an adjusted feature was: var_pooled then has the divisor observed - 1 */
    int32_t *n_rows;    /* [n_batches] training rows; 0: a batch not seen */
    uint8_t *state;     /* [n_features] rml_combat_state */
    double *grand_mean; /* [n_features] this and all below NaN where not adjusted or not seen */
    double *var_pooled; /* [n_features] */
    double *beta;       /* [n_covariates * n_features] covariate k, feature j at k * n_features + j */
    double *gamma_hat, *delta_hat; /* [n_batches * n_features] batch b, feature j at b * n_features + j */
    double *gamma_star, *delta_star;
    rml_shrink_prior *prior; /* [n_batches]; NaN for the reference and without shrinkage */
    rml_shrink_prior pooled; /* of all batches' raw estimates but the reference's: for a batch not seen */
    int32_t *rounds;         /* [n_batches] of the parametric loop */
    void *memory;
} rml_combat;

/* Allocates all arrays, NaN and 0. For a caller that reads a fitted object back. RML_EINVAL (a size below 0, or no
 * feature or batch), RML_ENOMEM. */
RML_CHECKED rml_status rml_combat_init(rml_combat *fitted, int32_t n_features, int32_t n_batches, int32_t n_covariates);
void rml_combat_free(rml_combat *fitted);

/* Fits on training rows. NaN in x is a missing value: least squares and variances use the observed rows.
 *
 * batch       in  [n_rows] codes 0..n_batches-1; a code without rows is a batch not seen
 * covariates  in  as many rows as x, no intercept, classes as 0/1 columns; NULL: none. Their effect is kept in the
 * data. A covariate that is constant over the rows gets beta 0 (sva drops a column of ones). fitted      out to be
 * freed, also after a failure
 *
 * RML_EINVAL  no rows or features, a code out of range, covariates of another number of rows, a batch with fewer than
 *             min_rows rows, min_rows below 1
 * RML_ELABEL  the reference has no training rows
 * RML_EEMPTY  fewer than two batches with rows, or shrinkage with fewer than two features that can be adjusted
 * RML_EVALUE  an infinite value, a covariate that is not finite, covariates that the batches or one another determine
 * RML_ENOMEM
 * Deviations from sva, all where it stops with an error or has NaN: features of the states SPARSE and EXPLAINED come
 * back as they are. As in sva a batch with missing values does not make a feature CONSTANT, unless without shrinkage.
 */
RML_CHECKED rml_status rml_combat_fit(const rml_columns *x, const int32_t *batch, int32_t n_batches,
                                      const rml_columns *covariates, const rml_combat_settings *settings,
                                      rml_combat *fitted);

/* Harmonises rows of the fitted batches. Rows of the reference, and features that are not adjusted, come back bit for
 * bit; NaN stays NaN.
 *
 * batch   in   [n_rows]; a code below 0, above n_batches - 1 or without training rows is a batch not seen
 * pass    in   rows of a batch not seen come back as they are; false: RML_ELABEL, out untouched
 * out     out  column j, row i at out[j * stride + i]; may be x itself
 *
 * RML_EINVAL  other numbers of features or covariates than fitted, rows of covariates other than x's
 * RML_ELABEL  as said
 * RML_EVALUE  a covariate that is not finite; out untouched */
RML_CHECKED rml_status rml_combat_apply(const rml_combat *fitted, const rml_columns *x, const int32_t *batch,
                                        const rml_columns *covariates, bool pass, double *out, int64_t stride);

#define RML_COMBAT_OWN_ROWS 10

/* gamma* and delta* of a batch not seen in training, from that batch's own rows alone (features and covariates, never
 * an outcome): z by the training's grand mean, beta and variance; shrunk with the training's pooled prior, which takes
 * every training batch's every feature as a draw (non-parametric: these estimates as points, the feature's own left
 * out).
 *
 * gamma, delta  out  [n_features], for rml_combat_apply_own; NaN where the feature is not adjusted
 *
 * RML_EEMPTY  fewer than RML_COMBAT_OWN_ROWS rows
 * RML_EVALUE  a covariate or value that is not finite (NaN in x is missing); a feature to be adjusted with fewer than 2
 *             observed rows, or constant without shrinkage: its gamma and delta are NaN, the others are good
 * RML_EINVAL  as rml_combat_apply; RML_ENOMEM */
RML_CHECKED rml_status rml_combat_own(const rml_combat *fitted, const rml_columns *x, const rml_columns *covariates,
                                      double *gamma, double *delta);

/* Harmonises rows of that batch; a feature without gamma becomes NaN. RML_EINVAL, RML_EVALUE as rml_combat_apply. */
RML_CHECKED rml_status rml_combat_apply_own(const rml_combat *fitted, const double *gamma, const double *delta,
                                            const rml_columns *x, const rml_columns *covariates, double *out,
                                            int64_t stride);

#endif
