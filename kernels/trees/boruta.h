/* Boruta: which columns beat the best of shuffled copies of all columns more often than chance. */
#ifndef RML_TREES_BORUTA_H
#define RML_TREES_BORUTA_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_boruta_decision {
    RML_BORUTA_TENTATIVE,
    RML_BORUTA_CONFIRMED,
    RML_BORUTA_REJECTED
} rml_boruta_decision;

typedef struct rml_boruta_settings {
    int32_t max_runs; /* forests are grown while a column is undecided, at most max_runs - 1 of them (as R's does); 2 or
                         more */
    double p_value;   /* in (0, 1) */
    bool bonferroni;  /* p-values times the number of columns */
    int32_t n_trees;  /* of a forest */
    int32_t mtry;     /* 0: the forest's own, of the columns and shadows there are in a run */
    int32_t max_depth, min_leaf; /* of its trees */
    uint64_t seed;
} rml_boruta_settings;

/* R's: 100 runs, p 0.01, Bonferroni, 500 trees (ranger's) without a limit. */
rml_boruta_settings rml_boruta_defaults(void);

typedef struct rml_boruta {
    int32_t n_columns, n_runs, n_selected;
    rml_boruta_decision *decision; /* [n_columns] */
    int32_t *hits;                 /* [n_columns] runs in which it beat the best shadow */
    int32_t *decided;              /* [n_columns] run (1 the first) that decided it, 0 never */
    double *importance;            /* [n_columns] mean of the z-scores over the runs it took part in */
    double *shadow;                /* [n_runs] the best shadow's z-score */
    int32_t *selected;             /* [n_selected] confirmed columns, rising */
} rml_boruta;

/* x: training rows. Outcome: class [n] codes 0..n_classes-1, or number [n] with n_classes 0.
 * weight  in   [n] or NULL: as rml_forest_fit
 * boruta  out  to be freed with rml_boruta_free
 *
 * A run: every column not rejected is copied, and the copies are taken again while there are fewer than 5; each is
 * shuffled. A forest gives permutation z-scores; a hit is a score above all shadows'. Then each undecided column is
 * held against a fair coin: confirmed when P(X >= hits) times the columns is below p_value, rejected when P(X <= hits)
 * is. Draws: run r grows its forest with the seed rml_rng_bits(seed, 2^63, r), and shuffles shadow s by stream s of
 * that seed's own draws rml_rng_bits(seed, 2^63 + 1, r). A column that no tree uses has score 0 and so can be a hit
 * only when all shadows' are below 0. Columns are tried by the trees in drawn order: none is favoured by its place. For
 * numbers the forest is R's (mtry p / 3, nodes of up to 5 rows are leaves). RML_EINVAL a setting out of its range; else
 * as rml_forest_fit; RML_ECAPACITY more than 2^30 columns Source: Kursa & Rudnicki, "Feature selection with the Boruta
 * package", Journal of Statistical Software 36 (2010); Boruta 8.0 (getImpRfZ). */
RML_CHECKED rml_status rml_boruta_fit(const rml_columns *x, const int32_t *class, int32_t n_classes,
                                      const double *number, const double *weight, const rml_boruta_settings *settings,
                                      rml_boruta *boruta);
void rml_boruta_free(rml_boruta *boruta);

/* What a run decides of columns that are undecided: decision [n_columns] in and out, from hits in n_runs runs; the
 * decided ones stay. */
void rml_boruta_judge(const int32_t *hits, int32_t n_columns, int32_t n_runs, double p_value, bool bonferroni,
                      rml_boruta_decision *decision);

#endif
