/* One training part of a study from end to end: the inner folds, the choice of each model's settings, the refit, and
 * what is said of the held-out patients. Nothing of a held-out patient but its own row, at the very end, is ever read.
 *
 * The inner folds repeat the whole of it (preparation, selection, model) on their own training parts, so that a
 * setting's inner score is as honest as the outer one. */
#ifndef RML_LEARN_NESTED_H
#define RML_LEARN_NESTED_H

#include "kernels/learn/chain.h"
#include "kernels/learn/metric.h"
#include "kernels/learn/split.h"

typedef struct rml_model_grid {
    const char *name;
    const rml_kind *kind;
    int32_t n_points;
    double (*point)[RML_KIND_PARAMS]; /* [n_points] */
} rml_model_grid;

typedef struct rml_select {
    const char *name;
    rml_chain chain; /* the study's preparation, then this selection's own steps */
} rml_select;

typedef enum rml_choose {
    RML_CHOOSE_BEST,  /* the first of the highest mean inner scores */
    RML_CHOOSE_ONE_SE /* the first point whose mean is within one standard error of the highest: list the simplest first
                       */
} rml_choose;

typedef struct rml_inner {
    int32_t k, repeats;
    bool stratify, shuffle;
    rml_metric metric;
    rml_choose choose;
    const int32_t *given; /* [n_patients] the inner fold of each patient, -1 of the held-out ones; or NULL: drawn */
    bool keep;            /* what is said of the training patients stays in the result: `unseen` and `own` below */
} rml_inner;

#define RML_NESTED_LEAST 0.1

/* What became of one model. */
typedef struct rml_nested_model {
    rml_status status; /* RML_OK, or why there is no score */
    char why[256];
    int32_t n_points, best;
    double *mean, *se; /* [n_points] of the metric over inner folds; NaN: the point could not be fitted in one */
    double threshold;  /* decision at which the inner out-of-fold scores have the highest Youden index; class only */
    double slope, intercept; /* probability = 1 / (1 + exp(-(slope * decision + intercept))), class only: 1 and 0 of a
                                model whose decisions are log-odds, else Platt's, by the inner out-of-fold decisions */
    double
        middle; /* times only: the median of what the fit says of its training patients, a cut that no outcome chose */
    double cut; /* times only: where the inner out-of-fold decisions separate survival best (survival/cutpoint.h, at
                   least RML_NESTED_LEAST of the patients on either side); patients above either cut are high */
    double apparent;  /* the metric on the training patients themselves */
    double *decision; /* [n_scores * n_test], a patient's mean over its rows */
    /* Of the training patients, where the inner folds are to keep it; else NULL. */
    double *unseen; /* [n_scores * n_train] at the point used, by the inner folds that held the patient out: the mean
                       over the inner repeats; NaN of a patient that no inner fold holds out */
    double *own;    /* [n_scores * n_train] by the fit itself, which has seen them */
    rml_fitted fitted;
} rml_nested_model;

typedef struct rml_nested {
    int32_t n_test, n_scores, n_steps, n_models;
    int32_t n_train;  /* training patients, copies once, in the split's order; 0 unless they are kept */
    rml_fitted *step; /* [n_steps] */
    rml_nested_model *model;
} rml_nested;

/* Runs one split with all selections and all models. What selections begin with alike (at least the preparation) is
 * fitted once in every training part.
 *
 * split    test may be empty: the final model
 * inner    k 0 (and nothing given) runs no inner folds: best is 0, mean NaN, no threshold
 * seed     of all draws; the same split gives the same numbers whatever runs beside it
 * cancel   looked at between fits; NULL allowed
 * nested   out [n_selects]; empty where a selection failed
 * why      out [n_selects] of each selection: RML_OK, also when single models failed (each has its status);
 *          RML_ESTOPPED, cancelled; else what stood in its way or in that of the inner folds, with its sentence. One
 *          that fails leaves the others as they would be without it. */
void rml_nested_run(const rml_data *data, const rml_split *split, const rml_select *select, int32_t n_selects,
                    const rml_model_grid *models, int32_t n_models, const rml_inner *inner, uint64_t seed,
                    const volatile bool *cancel, rml_nested *nested, rml_error *why);
void rml_nested_free(rml_nested *nested);

/* For the journal. Unpacking: RML_EFORMAT, RML_ENOMEM. */
void rml_nested_pack(const rml_nested *nested, rml_blob *blob);
RML_CHECKED rml_status rml_nested_unpack(const void *bytes, size_t n_bytes, rml_nested *nested);

#endif
