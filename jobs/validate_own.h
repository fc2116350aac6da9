/* What the files of `radmill validate` share; for jobs/validate*.c alone. */
#ifndef RML_JOBS_VALIDATE_OWN_H
#define RML_JOBS_VALIDATE_OWN_H

#include <stdio.h>

#include "jobs/model_options.h"
#include "jobs/model_scores.h"
#include "jobs/validation.h"
#include "jobs/validation_time.h"

enum { RML_VALIDATE_KINDS = 4 }; /* of groups: all, centre, sex, age */
extern const char *const rml_validate_kinds[RML_VALIDATE_KINDS];

typedef struct rml_validating { /* the command line */
    rml_model_options common;
    const char *outcome;
    const char *event; /* of times; NULL: the column that the model knows */
    int32_t n_times;
    double time[RML_VALIDATION_TIMES]; /* --time, ascending */
    const char *positive;              /* NULL: the model's */
    int32_t n_maps;
    rml_condition *map;                 /* [n_maps] column: a text of the outcome; value: what the model calls it */
    const char *by[RML_VALIDATE_KINDS]; /* columns of the kinds of groups; the first is for all */
    const char *out;
} rml_validating;

typedef struct rml_group {
    int32_t kind;
    const char *value; /* NULL: all */
    int64_t n;
    int64_t n_trained;  /* of these, patients with a row that the model was trained on */
    rml_validation two; /* one of these, by the model's outcome */
    rml_validation_number number;
    rml_validation_classes classes;
    rml_validation_time time;
} rml_group;

typedef struct rml_validated {
    rml_model model;
    uint64_t model_sum; /* XXH3 of its file */
    rml_model_rows rows;
    rml_model_scores scores;
    const char *outcome_file; /* where the outcome stands */
    const char *positive;     /* of two classes: what counts as positive */
    /* patients with outcome and score */
    int32_t n;
    int32_t *patient; /* [n] */
    uint8_t *y;       /* [n] of two classes */
    int32_t *code;    /* [n] of several */
    double *truth;    /* [n] a number, or a time */
    uint8_t *event;   /* [n] of times */
    double *decision; /* [n_scores][n], as is: */
    double *probability;
    /* the others */
    int32_t n_without_outcome, n_unscored, n_before_landmark;
    const char **without_outcome, **unscored; /* names */
    int32_t *unscored_patient;                /* [n_unscored] */
    int32_t n_times;
    double time[RML_VALIDATION_TIMES]; /* at which times are judged */
    int32_t n_groups;
    rml_group *group;
} rml_validated;

/* Outcomes of the patients that were scored (jobs/validate_outcomes.c). RML_ESETTING: not what the model predicts */
RML_CHECKED rml_status rml_validate_outcomes(const rml_validating *x, rml_validated *v, rml_error *err);

/* All of them, then each kind of group that was asked for (jobs/validate_groups.c). */
RML_CHECKED rml_status rml_validate_groups(const rml_validating *x, rml_validated *v, rml_error *err);

typedef struct rml_feature_count { /* patients with outcome and score, by any of their rows */
    int32_t missing, below, above;
    int32_t unscored; /* patients with outcome but without a score who lack it */
    double mean;      /* over the rows of those with a score */
} rml_feature_count;

/* Of the model's feature k. */
rml_feature_count rml_validate_feature(const rml_validated *v, int32_t k);

/* The tables of a folder, and their names in words (jobs/validate_tables.c). */
RML_CHECKED rml_status rml_validate_write(const rml_validated *v, const rml_model_options *common, const char *folder,
                                          rml_error *err);
const char *rml_validate_files(const rml_model *model);

/* Of times (jobs/validate_time.c). As asked; else where a fifth, two, three and four of the patients with the event
 * have had it. RML_ENOMEM */
RML_CHECKED rml_status rml_validate_choose_times(const rml_validating *x, rml_validated *v, rml_error *err);
void rml_validate_write_time(const rml_validated *v, FILE *out);
void rml_validate_write_times(const rml_validated *v, FILE *out);
void rml_validate_write_time_calibration(const rml_validated *v, FILE *out);
void rml_validate_write_cuts(const rml_validated *v, FILE *out);
void rml_validate_write_curves(const rml_validated *v, FILE *out);
void rml_validate_print_time(const rml_validated *v);
void rml_validate_print_group_time(const rml_group *group);
void rml_validate_print_followed(const rml_validated *v); /* groups with less follow-up than all of them */
void rml_validate_print_unsure(const rml_validated *v);   /* groups whose C has no interval, or whose cuts no test */

/* On stdout (jobs/validate_print.c). */
void rml_validate_print(const rml_validating *x, const rml_validated *v);

#endif
