/* The study file: which rows, which outcome, how they are split, and the pipelines that are tried. docs/study.yaml is a
 * commented one. */
#ifndef RML_JOBS_STUDY_H
#define RML_JOBS_STUDY_H

#include <stdio.h>

#include "jobs/pivot.h"
#include "kernels/learn/nested.h"
#include "kernels/survival/cox_likelihood.h"
#include "kernels/survival/km.h"

enum { RML_STUDY_CATEGORIES = 6 }; /* texts that such a column may hold */
enum { RML_STUDY_COLUMNS = 32 };   /* factors or covariates that one study can name */

typedef struct rml_condition { /* rows whose column has this text, or this number */
    const char *column, *value;
} rml_condition;

typedef struct rml_named_level { /* a text of one of the study's factors */
    const char *text;
    int32_t factor;
} rml_named_level;

typedef struct rml_texts {
    int32_t n;
    const char **text;
} rml_texts;

typedef enum rml_split_kind {
    RML_SPLIT_KFOLD,
    RML_SPLIT_LEAVE_OUT, /* each value of a column */
    RML_SPLIT_COLUMN,    /* each value of a column of fold numbers */
    RML_SPLIT_HOLDOUT,   /* some values of the centre, once */
    RML_SPLIT_BOOTSTRAP
} rml_split_kind;

typedef enum rml_rois { RML_ROIS_ONE, RML_ROIS_LARGEST, RML_ROIS_MEAN, RML_ROIS_SEPARATE } rml_rois;

/* What `radmill survive` is asked beside each feature alone. */
typedef struct rml_survive_plan {
    rml_texts cox;            /* the terms of one model together: features and clinical columns */
    rml_texts groups;         /* columns that patients are grouped by */
    const char *subgroups_of; /* whose hazard ratio is told in each value of subgroups_by; NULL: none asked for */
    rml_texts subgroups_by;
    bool nomogram;              /* of the model of `cox` */
    int32_t nomogram_resamples; /* that correct its calibration for optimism; 0: apparent alone */
    int64_t nomogram_seed;
    rml_texts compare_base, compare_with; /* terms of a model, and those of it that has them as well; none: not asked */
    double reclassified_at;               /* the time of net reclassification between the two; NaN: not asked */
    int32_t n_reclassified_cuts;          /* bounds of risk categories; 0: any rise or fall alone */
    double *reclassified_cut;
    int32_t reclassified_resamples; /* of its limits */
    int64_t reclassified_seed;
    const char *score_name,
        *score_sweep;   /* a column made of a sweep's held-out scores, and that sweep's folder; or NULL */
    rml_texts cutpoint; /* columns that are cut where survival differs most */
    double least;       /* share of the patients that either side of a cut must have */
    int32_t permutations;
    int64_t cutpoint_seed;
    bool unread;          /* a sweep's study names strata or an offset, which only `radmill survive` reads */
    const char *offset;   /* a clinical column added to the log hazard of every Cox model; NULL: none. Also of use */
    const char *strata;   /* a column whose values have baseline hazards of their own; NULL: none. Also a factor */
    rml_ties ties;        /* of events, in every Cox model */
    rml_km_limits limits; /* of curves and medians */
    int32_t n_times;
    double *times; /* [n_times] ascending: where numbers at risk and survival are told; none: quarters of follow-up */
} rml_survive_plan;

extern const char *const rml_study_limits[3]; /* the words for rml_km_limits */
extern const char *const rml_study_ties[3];   /* and for rml_ties */

typedef enum rml_number_test { RML_NUMBERS_WILCOXON, RML_NUMBERS_T, RML_NUMBERS_WELCH } rml_number_test;
typedef enum rml_category_test { RML_CATEGORIES_AUTO, RML_CATEGORIES_CHISQ, RML_CATEGORIES_FISHER } rml_category_test;

typedef struct rml_group_score { /* first components of some features, less those of others */
    const char *name;
    rml_texts plus, minus; /* patterns of features; minus may be empty */
} rml_group_score;

typedef enum rml_cluster_method { RML_CLUSTERS_CONSENSUS, RML_CLUSTERS_KMEANS } rml_cluster_method;
typedef enum rml_cluster_inner { RML_INNER_KMEANS, RML_INNER_PEARSON } rml_cluster_inner;

enum { RML_CLUSTERS_MOST = 12 }; /* clusters, and numbers of clusters that are tried */

typedef struct rml_clusters_plan {
    int32_t n_k, k[RML_CLUSTERS_MOST]; /* ascending; n_k 0: no clusters are asked for */
    rml_cluster_method method;
    rml_cluster_inner inner; /* what clusters a resample */
    int32_t resamples, starts;
    int32_t least; /* training patients that each cluster of a choice has; 0: a twentieth, 3 or more */
    uint64_t seed;
} rml_clusters_plan;

/* What `radmill groups` is asked. */
typedef struct rml_groups_plan {
    rml_texts by, describe; /* columns that make groups, and columns that are described in each */
    rml_texts correlate;    /* columns that everything else is correlated with */
    rml_texts named;        /* all columns of the above */
    rml_number_test numbers;
    rml_category_test categories;
    int32_t n_train;
    rml_condition *train; /* [n_train] whose rows scores and clusters are fitted to; none: all */
    int32_t n_scores;
    rml_group_score *score; /* [n_scores] */
    rml_clusters_plan clusters;
} rml_groups_plan;

typedef struct rml_study {
    const char *path; /* as given; names of other files are relative to its folder */
    /* table and clinical */
    const char *table, *clinical, *clinical_by;
    rml_texts use;
    bool categories;       /* a column of `use` may hold several texts: codes of its levels, no numbers */
    bool clinical_control; /* those columns are for the controls alone, no features */
    int32_t n_rows;
    rml_condition *rows;          /* [n_rows] */
    const char *patient, *centre; /* columns; centre may be NULL */
    rml_rois rois;
    rml_pivot pivot; /* rows of a patient side by side */
    rml_texts match; /* features, with * and ?; none: all */
    rml_texts allow; /* features that may tell the outcome */
    /* outcome */
    rml_outcome_kind outcome;
    const char *outcome_column, *positive; /* positive: of a class; NULL: 1 */
    const char *event_column;              /* of a time: 1 the event, 0 none so far */
    const char *landmark; /* of a time: when observation begins, after the times' own zero; NULL: there. As written: */
    double landmark_time; /* a number; NaN: a column of numbers */
    const char *outcome_name; /* of one in a list: its own, else its column's; NULL: a map, no list */
    rml_texts outcomes;       /* columns of all that are listed, this one and events too: never features */
    int32_t n_outcomes;       /* how many are listed; 1 of a map, 0 of groups without one */
    rml_texts unfit;          /* models and selections left out: they are for another kind of outcome */
    /* split */
    rml_split_kind split;
    int32_t k, repeats, draws;
    bool stratify, shuffle;
    uint64_t seed;
    const char *split_column;
    rml_texts holdout;
    rml_inner inner;          /* given is filled by the table */
    const char *inner_column; /* of given inner folds, {fold} for the outer fold's value; NULL: drawn */
    /* pipelines */
    int32_t n_selects, n_models;
    rml_select *select;     /* [n_selects] */
    rml_model_grid *model;  /* [n_models] */
    int32_t n_prepare;      /* the first steps of every selection */
    int32_t n_named;        /* levels that steps name */
    rml_texts factor;       /* columns that steps name: rml_sample.factor in this order; the centre first, if any */
    rml_named_level *named; /* [n_named] rml_sample.named in this order */
    rml_texts covariate;
    const char *reader; /* the column that tells readings apart; NULL when no step asks */
    /* What files say of features: rml_sample.told in this order. The dataset says of each what it found (its form, its
     * checksum), which belongs to what the study is. */
    rml_texts told_file, told_column;   /* as many of each */
    const char *const *told_provenance; /* [told_file.n], of the dataset; NULL: not read yet */
    rml_survive_plan survive;
    rml_groups_plan groups;
    /* what is only told beside the features: columns of a file, never used by any step */
    const char *report, *report_by;
    rml_texts report_columns;
    /* controls */
    bool baselines; /* the volume and the clinical columns alone, as pipelines beside the others */
    int32_t permute, permute_repeats;
    void *memory;
} rml_study;

/* The file's contents, malloc'ed. What rml_file_read says; a study of more than 1 MiB is none. */
RML_CHECKED rml_status rml_study_file_read(const char *path, char **text, size_t *n_bytes, rml_error *err);

/* text: the file's contents, which must outlive the study; path is for sentences and relative names. Of several
 * outcomes that are listed, the first.
 * RML_EFORMAT as rml_yaml_parse; RML_ESETTING with file, line, what was found and what was expected. */
RML_CHECKED rml_status rml_study_parse(const char *text, size_t n_bytes, const char *path, rml_study *study,
                                       rml_error *err);
/* The study of one of the outcomes that the file lists (from 0; n_outcomes says how many): all of it as if that one
 * stood there alone, but that models and selections for another listed outcome's kind are left out (unfit), and that
 * no other outcome's column can be a feature. RML_EINVAL  there are not so many; else as rml_study_parse */
RML_CHECKED rml_status rml_study_parse_outcome(const char *text, size_t n_bytes, const char *path, int32_t which,
                                               rml_study *study, rml_error *err);
/* A study of a time to an event, for `radmill survive`: rows, outcome (of a list the first that is a time), features
 * and "survive"; what a sweep does with them (split, inner, prepare, select, models, controls, report) may stand there
 * and is not read. */
RML_CHECKED rml_status rml_study_parse_survival(const char *text, size_t n_bytes, const char *path, rml_study *study,
                                                rml_error *err);
/* A study of groups of patients, for `radmill groups`: rows, features, an outcome if there is one, and "groups". What a
 * sweep or `radmill survive` does with them may stand there and is not read. */
RML_CHECKED rml_status rml_study_parse_groups(const char *text, size_t n_bytes, const char *path, rml_study *study,
                                              rml_error *err);
void rml_study_free(rml_study *study);

/* Everything that the study says and leaves to defaults, a line each: what `--explain` prints and what a journal is
 * known by. */
void rml_study_print(const rml_study *study, FILE *out);

/* Every step and model that a study can name, with its settings, their defaults and what they mean. */
void rml_study_print_kinds(FILE *out);

/* A setting's value in words: a number as short as it round-trips, a word, the columns that it names. */
void rml_study_value(const rml_study *study, const rml_param *param, double value, char *text, size_t n_bytes);

/* "two classes", "several classes", "a number" or "the time to an event". */
const char *rml_study_outcome_kind(rml_outcome_kind kind);

/* A file's name as the study gives it, made openable: relative to the study's folder. Malloc'ed, NULL without memory.
 */
char *rml_study_path(const rml_study *study, const char *name);

#endif
