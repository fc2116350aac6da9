/* The number of columns that recursive feature elimination should keep, by cross-validation. */
#ifndef RML_SELECT_RFECV_H
#define RML_SELECT_RFECV_H

#include "kernels/select/rfe.h"

typedef struct rml_rfecv {
    int32_t n_sizes, n_splits;
    int32_t *size;    /* [n_sizes] numbers of columns, rising */
    double *auc;      /* [n_splits * n_sizes] of each split's test rows, or another score, the higher the better; splits
                         in the order of repeat, fold */
    double *mean_auc; /* [n_sizes] */
    double *sd_auc;   /* [n_sizes] over the splits, with n */
    int32_t best;     /* index of the first largest mean: the fewest columns */
    rml_rfe rfe;      /* of all rows, down to size[best] columns */
} rml_rfecv;

/* Eliminates on the training rows of every split, scores the model on its test rows at every size (area under the ROC
 * curve, ties count half), and eliminates on all rows down to the best size.
 *
 * fold      [n_repeats * n_rows], each 0..n_folds - 1 in a repeat, or negative: a row that always trains. A split's
 *           test rows are those with its number.
 * scale     whether each split standardises its columns by its own training rows (mean, standard deviation with n,
 *           a constant column becomes 0), and the final elimination by all rows. Without it, x is taken as it is: if
 *           it was standardised by all rows, the scores have seen the test rows.
 * settings  of rml_rfe_fit with a model of its own; n_select is the least size; no observer
 * weight    of rows in training; the areas are unweighted
 * cv        out, to be freed with rml_rfecv_free
 *
 * Statuses as rml_rfe_fit, and RML_EINVAL without a fold or a repeat, with a fold above n_folds - 1, or with a model
 * RML_RFE_CALLER; RML_EEMPTY when a split has no test row, or not both classes among its test or training rows.
 * Source: scikit-learn's RFECV (means over splits are compared as sums, in the order of the splits). */
RML_CHECKED rml_status rml_rfecv_fit(const rml_columns *x, const uint8_t *y, const double *weight, const int32_t *fold,
                                     int32_t n_folds, int32_t n_repeats, bool scale, const rml_rfe_settings *settings,
                                     rml_rfecv *cv);
void rml_rfecv_free(rml_rfecv *cv);

/* The fewest columns whose mean is within one standard error (deviation with n - 1 over the splits / sqrt(n)) of the
 * best size's: an index of size. With one split the best itself. Source: Breiman, Friedman, Olshen & Stone,
 * Classification and Regression Trees, 1984, 3.4.3. */
int32_t rml_rfecv_one_se(const rml_rfecv *cv);

/* What another model's cross-validation shares with the above: the sizes on the way from n_columns down to n_select,
 * with room for the scores; and, once these are there, their means and the best size. RML_ENOMEM: nothing to free. */
RML_CHECKED rml_status rml_rfecv_init(int32_t n_columns, int32_t n_select, int32_t step, int32_t n_splits,
                                      rml_rfecv *cv);
void rml_rfecv_summarise(rml_rfecv *cv);

#endif
