/* The steps and models that a study can name: one table of what each is called, which settings it takes with their
 * defaults, and the functions behind it. The study file, --explain, the documentation and the dispatch all read it. */
#ifndef RML_LEARN_KIND_H
#define RML_LEARN_KIND_H

#include "kernels/learn/fitted.h"
#include "kernels/learn/sample.h"

enum { RML_KIND_PARAMS = 12 };

typedef enum rml_param_type {
    RML_PARAM_NUMBER,
    RML_PARAM_WHOLE,      /* a whole number */
    RML_PARAM_WORD,       /* one of words; the value is its place */
    RML_PARAM_FACTOR,     /* a column of codes (centre): the value is its place in rml_sample.factor, or -1 */
    RML_PARAM_COVARIATES, /* a list of columns: bit c for covariate c */
    RML_PARAM_READERS,    /* the column that tells readings apart: the value is 1 when given */
    RML_PARAM_LEVEL,      /* one of the texts of the step's column of codes (which comes before it): the value is the
                             place of its code in rml_sample.named, or -1; in a model the code itself */
    RML_PARAM_TABLE       /* a file with numbers of every feature in the columns `words`: the value is the place of the
                             first of them in rml_sample.told, or -1 */
} rml_param_type;

typedef struct rml_param {
    const char *name;
    rml_param_type type;
    double fallback, least, most; /* NAN as fallback: it must be given */
    const char *const *words;     /* of a word, or a file's columns; ended by NULL */
    const char *help;
} rml_param;

typedef enum rml_role {
    RML_ROLE_PREPARE, /* changes or drops columns without looking at the outcome (icc, combat, scale …) */
    RML_ROLE_SELECT,  /* chooses columns by the outcome */
    RML_ROLE_MODEL
} rml_role;

typedef struct rml_kind {
    const char *name;
    rml_role role;
    const char *help;
    const rml_param *param; /* [n_params]; a study's short form ("impute: median") sets the first */
    int32_t n_params;
    bool for_class, for_classes, for_value, for_time; /* outcomes that it can be fitted to */
    bool pairs;                                       /* its memory: a double for every pair of columns */
    bool whole; /* a step that needs all of its columns to be applied to one; others work column by column */
    bool (*whole_if)(const double *param);      /* the same where the settings decide; NULL: whole says it */
    const char *(*refuse)(const double *param); /* a sentence where settings contradict one another; NULL: never */
    bool (*sparse)(const double *param);        /* a model whose penalty sets coefficients to 0; NULL: never */
    /* What of the settings is for another outcome than this one, and what was expected instead; NULL: nothing. */
    const char *(*misfit)(const double *param, rml_outcome_kind outcome);

    /* Fits to train. param: [n_params]. seed: for random draws; shared: see below.
     * The sentence in err says what in the training part is in the way; without one, the status says it. */
    rml_status (*fit)(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                      rml_error *err);
    /* A step: changes rows->x as fitted says. NULL: keeps the kept columns as they are. */
    rml_status (*apply)(const rml_fitted *fitted, const double *param, rml_sample *rows, rml_error *err);
    /* A model: what it says of each row. A class: one value, higher is more positive; a number: the prediction; of
     * several classes: a score each, decision[class * n_rows + row]; a time: the log hazard. */
    rml_status (*decide)(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision);
    /* What all settings of a model share on one training part (a Gram matrix, where the last fit ended): made once,
     * handed to fit for one setting after the other. NULL when there is nothing to share; fit takes NULL too. */
    rml_status (*share)(const rml_sample *train, void **shared);
    void (*unshare)(void *shared);
    /* A model whose decisions are log-odds: their logistic function is the probability, unless classes are balanced. */
    bool log_odds;
    bool takes_missing; /* a model that a NaN tells something */
    bool shares; /* a model whose scores of several classes are their probabilities; with log_odds: their softmax */
} rml_kind;

/* A model's fit and decisions, whatever the number of columns: without any it is constant, named "constant", with the
 * log-odds (or the mean, or each class' share; of times 0) of the training rows, weights counted. The fit of a model of
 * times has a baseline, too (baseline.h). Statuses as the kind's, and
 * RML_ESETTING: RML_OUTCOME_CLASSES with fewer than three. */
RML_CHECKED rml_status rml_model_fit(const rml_kind *kind, const rml_sample *train, const double *param, uint64_t seed,
                                     void *shared, rml_fitted *fitted, rml_error *err);
RML_CHECKED rml_status rml_model_decide(const rml_kind *kind, const rml_fitted *fitted, const double *param,
                                        const rml_columns *x, double *decision);

/* A row's probabilities of several classes by a model's decision; NaN of a model that has none.
 * decision, probability: of class c at c * stride */
void rml_model_probabilities(const rml_kind *kind, const rml_fitted *fitted, int32_t n_classes, int64_t stride,
                             const double *decision, double *probability);

/* Whether it can be fitted to an outcome of this kind. */
bool rml_kind_fits(const rml_kind *kind, rml_outcome_kind outcome);
/* By name among the roles that fit; NULL when there is none. */
const rml_kind *rml_kind_find(const char *name, rml_role role);
/* All kinds of a role, in order; *n their number. */
const rml_kind *const *rml_kinds(rml_role role, int32_t *n);
/* Whether a step with these settings needs all of its columns to be applied to one of them. */
bool rml_kind_whole(const rml_kind *kind, const double *param);
/* Every setting as it is when nothing is said, NaN where something must be. param: out, [kind->n_params] */
void rml_kind_defaults(const rml_kind *kind, double *param);
/* A setting's place by name, or -1. */
int32_t rml_kind_param(const rml_kind *kind, const char *name);
/* The place of a step's column of codes, of which a level is one; -1 without. */
int32_t rml_kind_factor(const rml_kind *kind);

#endif
