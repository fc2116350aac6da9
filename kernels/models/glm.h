/* Unpenalised logistic regression by iteratively reweighted least squares, as R's glm(family = binomial): the same
 * start, clipping, stopping rule and handling of collinear columns. */
#ifndef RML_MODELS_GLM_H
#define RML_MODELS_GLM_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_glm_settings {
    bool intercept;         /* a first term of ones */
    double epsilon;         /* stop at |deviance - previous| < epsilon (|deviance| + 0.1) */
    int32_t max_iterations; /* at least 1 */
    double alias_tolerance; /* a column with less than this share of its length left over is aliased */
} rml_glm_settings;

/* {true, 1e-14, 100, 1e-11}: R's tolerance for aliased columns with its default control, the rest converged as far as
 * doubles go. R's own default is epsilon 1e-8 and 25 iterations. */
rml_glm_settings rml_glm_defaults(void);

typedef enum rml_separation {
    RML_SEPARATION_NONE = 0,
    RML_SEPARATION_QUASI,   /* a direction orders the classes but for rows on its boundary; some coefficients diverge */
    RML_SEPARATION_COMPLETE /* a linear rule classifies every row (one class alone included); all coefficients diverge
                             */
} rml_separation;

/* Terms: the intercept first, if any, then the columns in their order. A term that depends linearly on earlier ones is
 * aliased: NaN in all of its fields. */
typedef struct rml_glm {
    int32_t n_terms, rank;
    int32_t iterations;
    bool converged;
    rml_separation separation;
    int64_t n_rows, n_used; /* n_used: rows of positive weight */
    int64_t df_residual, df_null;
    double deviance, null_deviance, aic; /* aic = deviance + 2 rank */
    double lrt, lrt_p;                   /* against the null model: chi square with df_null - df_residual */
    double *coefficient;                 /* [n_terms] */
    double *se, *z, *p; /* [n_terms] Wald, from the weights of the last step, as R; NaN when separated */
    double *vcov;       /* [n_terms * n_terms]; NaN when separated */
    double *fitted;     /* [n_rows] probabilities */
    double *linear;     /* [n_rows] logits, offset included */
    void *memory;
} rml_glm;

/* columns  in   n_rows × n_columns, finite; n_columns may be 0 with an intercept
 * y        in   [n_rows] 0 or 1
 * weight   in   [n_rows] case weights >= 0, or NULL; rows of weight 0 are fitted, but have no influence
 * offset   in   [n_rows] finite, added to the logit, or NULL
 * fit      out  freed by rml_glm_free; filled on RML_OK and when separation or converged says why it is RML_EVALUE
 *
 * The deviance's null model is the intercept (with the offset), or the offset alone.
 *
 * RML_EVALUE  NaN or infinity among columns, weight or offset, y above 1: fit is empty (coefficient NULL). Separation
 *             or no convergence: fit is filled; coefficients and deviance are those of the last iteration (the deviance
 *             within 1e-6 of its infimum), standard errors NaN, since there is no finite maximum
 * RML_EINVAL  no term, a negative weight, a setting outside its range
 * RML_EEMPTY  no row of positive weight
 * RML_ENOMEM
 *
 * Source: McCullagh & Nelder, Generalized Linear Models, 2.5; R 4.2.2 stats::glm.fit and its dqrdc2. Unlike R a step
 * that increases the deviance is halved (Marschner, R Journal 3(2), 2011). Separation: complete when the fitted
 * coefficients classify every row; quasi-complete when at the end the logits still grow by a step of one half or
 * more, and no row's against its own class (Albert & Anderson, Biometrika 71, 1984, by the direction of recession). */
RML_CHECKED rml_status rml_glm_fit(const rml_columns *columns, const uint8_t *y, const double *weight,
                                   const double *offset, const rml_glm_settings *settings, rml_glm *fit);
void rml_glm_free(rml_glm *fit);

/* Probabilities of new rows. Aliased terms count nothing, as in R. intercept: as in the fit's settings.
 * RML_EINVAL  another number of columns than fitted
 * A NaN among a row's values gives NaN for that row. */
RML_CHECKED rml_status rml_glm_predict(const rml_glm *fit, bool intercept, const rml_columns *columns,
                                       const double *offset, double *probability);

/* Wald limits coefficient -+ z se; lower, upper out [n_terms]. RML_EINVAL when level is outside (0, 1). */
RML_CHECKED rml_status rml_glm_wald(const rml_glm *fit, double level, double *lower, double *upper);

/* Profile-likelihood limits: where the deviance, minimised over all other terms, exceeds the fit's by the level's
 * quantile of chi square with 1 df. Solved to 1e-9 of a standard error (MASS interpolates the profile by a spline,
 * which is some 1e-5 of it off). Arguments as given to rml_glm_fit; lower, upper out [n_terms], NaN for aliased terms
 * and where the deviance does not reach the level within 200 standard errors. RML_EVALUE  the fit is separated or not
 * converged: all NaN RML_EINVAL, RML_ENOMEM */
RML_CHECKED rml_status rml_glm_profile(const rml_glm *fit, const rml_columns *columns, const uint8_t *y,
                                       const double *weight, const double *offset, const rml_glm_settings *settings,
                                       double level, double *lower, double *upper);

/* One model a column, each with an intercept: out arrays are [n_columns], any of them may be NULL but status.
 * status  out  per column: RML_OK; RML_EEMPTY flat, coefficient, se, z, p NaN; RML_EVALUE a value that is not finite
 *              (all NaN) or separation (se, z, p NaN)
 * The whole: as rml_glm_fit of the outcome and weights. */
typedef struct rml_glm_univariate {
    double *intercept, *coefficient, *se, *z, *p, *deviance;
    rml_separation *separation;
    rml_status *status;
} rml_glm_univariate;

RML_CHECKED rml_status rml_glm_fit_each(const rml_columns *columns, const uint8_t *y, const double *weight,
                                        const rml_glm_settings *settings, const rml_glm_univariate *out);

#endif
