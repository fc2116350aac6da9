/* Tails and quantiles of the distributions behind tests and intervals. Plain functions of their arguments: no error
 * handler, no state. Relative error about 1e-13 also far out in a tail (1e-300). NaN in, or a parameter outside its
 * range, gives NaN. */
#ifndef RML_STATS_DISTRIBUTION_H
#define RML_STATS_DISTRIBUTION_H

double rml_normal_lower(double z); /* P(Z <= z) */
double rml_normal_upper(double z);
double rml_normal_two_sided(double z);    /* P(|Z| >= |z|) */
double rml_normal_quantile(double lower); /* lower 0 and 1: -inf and inf */
double rml_t_lower(double t, double df);  /* df above 0, may be fractional; +-inf allowed as t */
double rml_t_upper(double t, double df);
double rml_t_two_sided(double t, double df);
double rml_t_quantile(double lower, double df);
double rml_chisq_upper(double x, double df);          /* x below 0 counts as 0 */
double rml_f_upper(double f, double df1, double df2); /* as above */
/* Regularised incomplete beta function I_x(a, b), and 1 - I_x(a, b) without cancellation; a, b above 0, x in [0, 1]. */
double rml_beta_lower(double x, double a, double b);
double rml_beta_upper(double x, double a, double b);
/* x with I_x(a, b) = lower. */
double rml_beta_quantile(double lower, double a, double b);
/* Regularised incomplete gamma functions P(a, x) and Q(a, x); a above 0, x at least 0. */
double rml_gamma_lower(double a, double x);
double rml_gamma_upper(double a, double x);
double rml_log_choose(double n, double k); /* log of the binomial coefficient; 0 <= k <= n */

#endif
