/* Elastic net: least squares, logistic regression or Cox's proportional hazards with an L1 and an L2 penalty, along a
 * path of lambdas. */
#ifndef RML_MODELS_ELASTIC_NET_H
#define RML_MODELS_ELASTIC_NET_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* Exactly one of the three; it decides between logistic regression, least squares and Cox. [n_rows] */
typedef struct rml_elastic_net_outcome {
    const uint8_t *binary; /* 0 or 1 */
    const double *number;
    const double *time;   /* 0 or more, with */
    const uint8_t *event; /* 1: the event was then; 0: censored then */
} rml_elastic_net_outcome;

typedef struct rml_elastic_net_settings {
    double alpha;            /* 1 lasso, 0 ridge; scikit-learn's l1_ratio */
    bool standardise;        /* columns to a standard deviation (n in the denominator) of 1 while fitting */
    bool intercept;          /* free, unless the next; Cox has none, whatever stands here */
    bool penalise_intercept; /* as a column of ones, as liblinear does; with lambdas of one's own only */
    int32_t n_lambda;        /* of the path, or of `lambda` */
    double lambda_min_ratio; /* last lambda of the path / first; 0: 0.01 with fewer rows than columns, else 0.0001 */
    const double *lambda;    /* [n_lambda] descending, all of which are fitted; NULL: the path */
    double tolerance;        /* gradient left over per standard deviation of a column (of number, its own too) */
    double thresh;           /* of times: 0: to the minimum; else glmnet's own steps, ended by its `thresh` of this */
    int64_t maxit;           /* of these steps: passes over columns, of all lambdas together */
} rml_elastic_net_settings;

/* {1, true, true, false, 100, 0, NULL, 1e-10, 0, 100000}: glmnet's defaults, but converged. */
rml_elastic_net_settings rml_elastic_net_defaults(void);

/* scikit-learn's LogisticRegression(C, l1_ratio) as a lambda: 1 / (C sum of weights), with standardise false and alpha
 * its l1_ratio. */
double rml_elastic_net_lambda_of_c(double c, double sum_of_weights);

typedef struct rml_elastic_net {
    int32_t n_columns, n_lambda;
    enum { RML_NET_BINARY, RML_NET_NUMBER, RML_NET_TIME } family;
    double null_deviance;   /* glmnet's: in sums over rows, weights as given */
    double *lambda;         /* [n_lambda] descending */
    double *intercept;      /* [n_lambda] */
    double *coefficient;    /* [n_lambda * n_columns], a lambda's together, on the columns' own scale */
    double *deviance_ratio; /* [n_lambda] 1 - deviance / null deviance */
    int32_t *n_nonzero;     /* [n_lambda] */
    bool *converged;        /* [n_lambda] */
    bool ended_early; /* of `thresh`: the next lambda of the list is one at which glmnet gives up, with a warning */
    void *memory;
} rml_elastic_net;

/* Minimises, with weights that are scaled to a sum of 1,
 *   binary: - sum w loglik + lambda ((1 - alpha)/2 |b|^2 + alpha |b|_1)
 *   number: sum w (y - eta)^2 / 2 + lambda ((1 - alpha)/2 |b|^2 + alpha |b|_1)
 *   time:   - sum over events of w (eta - log of sum at risk of w e^eta) + lambda (the same); ties are Breslow's, and
 *           who is censored at an event's time is at risk then
 *
 * where b are the coefficients of the standardised columns, and a number is divided by its standard deviation, lambda
 * with it: glmnet's parameterisation. Class weights are row weights.
 *
 * The path starts at the lowest lambda that has no coefficient (for alpha below 0.001 that of alpha = 0.001), goes down
 * in equal ratios, and ends early as glmnet's does: from the fifth lambda on when the deviance ratio grows by less than
 * 1e-5 (of itself, for numbers), or is above 0.999; of times when it grew by less than 1e-3 of itself in four lambdas,
 * or is above 0.99. Its first lambda is reported as the second one's extrapolation, and its fit is the null model.
 *
 * columns  in   finite; a flat column has the coefficient 0
 * weight   in   [n_rows] >= 0, or NULL
 * fit      out  freed by rml_elastic_net_free
 *
 * With `thresh` coefficients are not the minimum's but those that glmnet 4.1-6 reports for these rows, to rounding:
 * short of the minimum (descent_glmnet.h) and with its risk sets (glmnet_times.h), for who has a published signature to
 * reproduce. A lambda at which it gives up (`maxit`, a hazard beyond all others) closes the list, as there.
 *
 * Copies of a column: with alpha below 1 they share their coefficient equally; with alpha 1 the solution is not unique,
 * and the first to enter takes what it finds.
 *
 * RML_EVALUE  NaN or infinity, a binary outcome or an event above 1, a time below 0; with `thresh` no lambda at which
 *             glmnet comes to an end
 * RML_EINVAL  settings outside their ranges, a `thresh` without times, lambdas that do not descend or are negative, a
 *             negative weight
 * RML_EEMPTY  no row of positive weight, an outcome that is one class or does not vary, no event among those at risk
 *             with others, or (path only) no column that varies
 * RML_ENOMEM
 * A lambda that rounding kept from its tolerance is told by `converged` alone.
 *
 * Source: Friedman, Hastie & Tibshirani, J Stat Softw 33(1), 2010; Simon et al., J Stat Softw 39(5), 2011;
 * glmnet 4.1-6. */
RML_CHECKED rml_status rml_elastic_net_fit(const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                                           const rml_elastic_net_settings *settings, rml_elastic_net *fit);
void rml_elastic_net_free(rml_elastic_net *fit);

/* Coefficients at any lambda: linear between the path's neighbours, the nearest one's beyond its ends.
 * coefficient out [n_columns]. RML_EINVAL for a NaN lambda or no fit. */
RML_CHECKED rml_status rml_elastic_net_at(const rml_elastic_net *fit, double lambda, double *intercept,
                                          double *coefficient);
/* Linear predictor at lambda for rows, out [n_rows]: a number's prediction, a class' logit, a log hazard. A NaN in a
 * column with a coefficient gives NaN for its row. RML_EINVAL  another number of columns, a NaN lambda;  RML_ENOMEM */
RML_CHECKED rml_status rml_elastic_net_predict(const rml_elastic_net *fit, double lambda, const rml_columns *columns,
                                               double *linear);
double rml_elastic_net_probability(double linear);

#endif
