/* radmill groups: what its parts share. All of it is made on rank 0. */
#ifndef RML_JOBS_GROUPS_H
#define RML_JOBS_GROUPS_H

#include <mpi.h>
#include <stdbool.h>

#include "engine/farm.h"
#include "engine/share.h"
#include "jobs/dataset_build.h"
#include "kernels/stats/consensus.h"
#include "kernels/stats/correlation.h"
#include "kernels/survival/km.h"
#include "kernels/survival/logrank.h"

enum {
    RML_GROUPS_LEVELS = 6,      /* a column of numbers with more different values is a number, else a category */
    RML_GROUPS_MOST = 12,       /* groups that one column can make */
    RML_GROUPS_CATEGORIES = 50, /* values that a described column of texts can have */
    RML_GROUPS_DRAWN = 9999
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
    double drawn;                /* Fisher's by RML_GROUPS_DRAWN tables, where walking all takes too long */
    bool doubtful;               /* chi-square: a count below 5 is expected */
    bool circular;               /* groups and column are made of the same features: p says nothing */
    bool itself;                 /* the column is the one that the groups are of: nor does its p */
} rml_table1_row;

typedef struct rml_groups_pair { /* two columns over the patients who have both */
    const char *with;
    int64_t n;
    rml_correlation_test pearson, spearman, kendall;
    bool circular;                              /* both are made of the same features: in no family of tests */
    double pearson_bh, spearman_bh, kendall_bh; /* over all that a column is correlated with and not circular */
} rml_groups_pair;

/* Patients with all features, standardised by the training patients: what clusters are made of. */
typedef struct rml_groups_matrix {
    int32_t n_train, n, p;  /* n: of both parts */
    int32_t *patient;       /* [n] training patients first, each part in the study's order */
    int32_t *feature;       /* [p] those with spread in training */
    double *offset, *scale; /* [p] */
    double *z;              /* [n * p] a patient's numbers contiguous */
} rml_groups_matrix;

typedef struct rml_groups_division { /* into k clusters */
    int32_t k;
    double within, silhouette; /* of the training patients, in standardised features */
    rml_consensus consensus;   /* NaN of k-means alone */
    double own[RML_CLUSTERS_MOST];
    int32_t smallest; /* training patients of the smallest cluster */
    int32_t *label;   /* [n_train] 0 .. k - 1, numbered by first patients */
    double *centre;   /* [k * p] mean of the cluster's training patients */
    double *with_own; /* [n_train] mean consensus with the others of the cluster; NaN of k-means alone */
} rml_groups_division;

enum { RML_GROUPS_PARTS = 2 }; /* training, independent */

typedef struct rml_groups_lost { /* patients of a cluster who are in no curve */
    int32_t without_outcome, before_landmark, landmark_unknown;
} rml_groups_lost;

typedef struct rml_groups_curves { /* time to the event by cluster, in one part */
    rml_groups_lost lost[RML_CLUSTERS_MOST];
    bool there[RML_CLUSTERS_MOST];
    rml_km km[RML_CLUSTERS_MOST];
    rml_km_time median[RML_CLUSTERS_MOST];
    rml_logrank logrank; /* p NaN where there is no test */
    double pair_p[RML_CLUSTERS_MOST * RML_CLUSTERS_MOST], pair_p_bh[RML_CLUSTERS_MOST * RML_CLUSTERS_MOST];
} rml_groups_curves;

typedef struct rml_groups {
    rml_study study;
    bool is_own; /* the folder is one that an earlier run of this verb wrote */
    rml_build build;
    bool *train; /* [n_patients] */
    int32_t n_train;
    double *score; /* [n_scores][3][n_patients]: the score, its plus, its minus; NaN where a feature is missing */
    rml_groups_matrix matrix;
    int32_t chosen; /* of the divisions */
    rml_groups_division division[RML_CLUSTERS_MOST];
    int32_t *cluster, *nearest; /* [n_patients] -1 none; nearest: by centroids, also of training patients */
    rml_groups_curves curves[RML_GROUPS_PARTS];
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

/* Who is trained on, and every patient's scores: the first component of the standardised plus features less that of the
 * minus features, each fitted to the training patients and turned so that its loadings sum to 0 or more. After the
 * build is there. RML_ESETTING  a pattern that fits no feature, too few training patients (groups_scores.c) */
RML_CHECKED rml_status rml_groups_scores(rml_groups *x, rml_error *err);
/* A score's place by name, -1: none. */
int32_t rml_groups_score_of(const rml_groups *x, const char *name);

/* The matrix of complete patients. RML_ESETTING  too few for the clusters, no feature with spread (groups_clusters.c)
 */
RML_CHECKED rml_status rml_groups_matrix_make(rml_groups *x, rml_error *err);
/* Patients of n that a cluster should have: as the study says, else a twentieth and 3 or more. (groups_clusters.c) */
int32_t rml_groups_least(const rml_groups *x, int32_t n);
/* Up to which mean silhouette "no substantial structure has been found": Kaufman and Rousseeuw 1990, table 4 of ch. 2.
 */
#define RML_GROUPS_SILHOUETTE 0.25
/* From which share of the pairs that are ever together resamples agree on too few. */
#define RML_GROUPS_AMBIGUOUS 0.5

/* The divisions by k-means alone. (groups_clusters.c) */
RML_CHECKED rml_status rml_groups_kmeans(rml_groups *x, rml_error *err);
/* Chooses among the divisions, gives every patient a cluster, fills in the columns that are called "cluster", and
 * follows each cluster in time where the study has an outcome in time. (groups_clusters.c) */
RML_CHECKED rml_status rml_groups_assign(rml_groups *x, rml_error *err);
RML_CHECKED rml_status rml_groups_follow(rml_groups *x, rml_error *err); /* groups_curves.c */
/* Whether a cluster's curve in a part is of so few patients that a test of it says little. (groups_curves.c) */
bool rml_groups_few(const rml_groups *x, int32_t part, int32_t cluster);

/* What resamples are clustered from, as bytes for every rank; n_bytes 0: no consensus is asked for. (groups_resample.c)
 */
RML_CHECKED rml_status rml_groups_pack(const rml_groups *x, rml_blob *blob, rml_error *err);
/* Clusters the resamples over the farm; the divisions on rank 0. Collective; shared must live until the process ends
 * when this fails. RML_ECRASH  resamples could not be clustered; else as rml_farm_run */
RML_CHECKED rml_status rml_groups_resample(MPI_Comm comm, rml_groups *x, const rml_shared *shared, rml_journal *journal,
                                           const rml_farm_options *options, rml_farm_report *report, rml_error *err);

/* Which features a column is made of: a score of those of its patterns, "cluster" of those that were clustered, a
 * feature of itself, any other column of none. of: out, [n_features] (groups_circular.c) */
void rml_groups_made_of(const rml_groups *x, const char *name, bool *of);
/* Whether a test of two columns finds what went into making them: they have a feature in common.
 * a, b: [n_features] (groups_circular.c) */
bool rml_groups_circular(const bool *a, const bool *b, int32_t n_features);

/* Every described column over every grouping. (groups_table1.c) */
RML_CHECKED rml_status rml_groups_table1(rml_groups *x, rml_error *err);
/* The named columns against every feature and described column of numbers. (groups_correlate.c) */
RML_CHECKED rml_status rml_groups_correlate(rml_groups *x, rml_error *err);

/* A table's name; which a study asks for, how many; and all of these in a folder that is there, of which those of an
 * earlier run that are not asked for go. (groups_tables.c) */
enum { RML_GROUPS_TABLES = 9 };
const char *rml_groups_table(int32_t t);
int32_t rml_groups_tables_asked(const rml_study *study, const char *name[RML_GROUPS_TABLES]);
RML_CHECKED rml_status rml_groups_write(const rml_groups *x, const char *out, rml_error *err);

/* What a clinician reads. (groups_print.c) */
void rml_groups_print(const rml_groups *x, const char *out);

#endif
