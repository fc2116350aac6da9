/* radmill groups: what its parts share. All of it is made on rank 0. */
#ifndef RML_JOBS_GROUPS_H
#define RML_JOBS_GROUPS_H

#include <stdbool.h>

#include "jobs/dataset_build.h"
#include "kernels/stats/correlation.h"

enum {
    RML_GROUPS_LEVELS = 6,     /* a column of numbers with more different values is a number, else a category */
    RML_GROUPS_MOST = 12,      /* groups that one column can make */
    RML_GROUPS_CATEGORIES = 50 /* values that a described column of texts can have */
};

/* A column that the study names, or a feature: a value a patient. */
typedef struct rml_groups_column {
    const char *name;
    double *value;   /* [n_patients] NaN where missing; NULL: texts that are no numbers */
    bool category;   /* described by counts */
    rml_codes codes; /* of a category: -1 missing */
} rml_groups_column;

/* A described column in one group, or (the last) in all patients who are in one. */
typedef struct rml_table1_group {
    int64_t n, n_missing;
    double mean, sd, median, q1, q3, least, most; /* of a number */
} rml_table1_group;

typedef struct rml_table1_row { /* one column over the groups of another */
    int32_t by, column;
    rml_table1_group *group;     /* [groups + 1] */
    int64_t *count;              /* of a category: [groups + 1][levels] */
    const char *test;            /* which p is the headline; NULL: none can be made */
    double p, smd;               /* smd: mean over the pairs of groups */
    double wilcoxon, t, welch;   /* p of two groups */
    double kruskal;              /* p of two and more */
    double chisq, yates, fisher; /* p of categories; yates of 2 x 2 alone */
} rml_table1_row;

typedef struct rml_groups_pair { /* two columns over the patients who have both */
    const char *with;
    int64_t n;
    rml_correlation_test pearson, spearman, kendall;
    double pearson_bh, spearman_bh, kendall_bh; /* over all that a column is correlated with */
} rml_groups_pair;

typedef struct rml_groups {
    rml_study study;
    rml_build build;
    int32_t n_by, n_describe, n_of;
    rml_groups_column *by, *describe, *of; /* [n_by], [n_describe], [n_of] */
    rml_table1_row *row;                   /* [n_by * n_describe], the grouping slowest */
    int32_t n_with;
    rml_groups_pair *pair; /* [n_of * n_with] */
} rml_groups;

/* Reads the study's files and takes its columns apart. RML_ESETTING  a column that is not there (the nearest named), or
 * of too many values; else as rml_build_patients (groups_read.c) */
RML_CHECKED rml_status rml_groups_read(rml_groups *x, rml_error *err);
void rml_groups_free(rml_groups *x);
/* A feature's values, of several rows a patient their mean. value: out, [n_patients] */
void rml_groups_feature(const rml_groups *x, int32_t feature, double *value);

/* Every described column over every grouping. (groups_table1.c) */
RML_CHECKED rml_status rml_groups_table1(rml_groups *x, rml_error *err);
/* The named columns against every feature and described column of numbers. (groups_correlate.c) */
RML_CHECKED rml_status rml_groups_correlate(rml_groups *x, rml_error *err);

/* Names of the tables, and all of them in a folder that is there. (groups_tables.c) */
enum { RML_GROUPS_TABLES = 3 };
extern const char *const rml_groups_tables[RML_GROUPS_TABLES];
RML_CHECKED rml_status rml_groups_write(const rml_groups *x, const char *out, rml_error *err);

/* What a clinician reads. (groups_print.c) */
void rml_groups_print(const rml_groups *x, const char *out);

#endif
