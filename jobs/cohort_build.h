/* How a cohort is made of its manifest (jobs/cohort.h): what its parts share while it is read. */
#ifndef RML_JOBS_COHORT_BUILD_H
#define RML_JOBS_COHORT_BUILD_H

#include "jobs/cohort.h"

static inline const char *rml_cohort_cell(const rml_cohort *cohort, int64_t row, int32_t column)
{
    return column < 0 ? "" : cohort->manifest.table.cell[row * cohort->manifest.table.n_columns + column];
}

static inline int rml_key_order(const rml_key *x, const rml_key *y)
{
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return (x->low > y->low) - (x->low < y->low);
}

/* What tells rows apart, as numbers that sort fast: keys of 128 bits stand for the texts. */
typedef struct rml_place {
    rml_key who;   /* ID, Sequence, Timepoint, Reader */
    rml_key files; /* image and mask, their paths tidied */
    rml_key own;   /* ID, files and channel: rows alike in these must not share a ROI */
    rml_label_spec spec;
} rml_place;

/* One ROI that a row asks for. Rows are compared by groups of claims with the same set, so that no two rows need be
 * held against each other. "all" may be any single label: rows with it, and rows with a single label, claim the set
 * NULL too, wild where it is "all"; two claims of one group and set collide if either is wild. ROIs that are known to
 * clash are computed for no row and claim nothing. */
typedef struct rml_claim {
    const rml_key *group, *files;
    const rml_label_set *set;
    int64_t row;
    int32_t channel;
    int32_t roi; /* its place in the row's list; -1 of the set NULL */
    bool wild;
} rml_claim;

/* The claims of all rows that will be computed and share their group with another such row, sorted.
 *
 * group   in    [n_rows]
 * order   work  [n_rows]
 * claims  out   malloc'ed, [*n]; points into places and group
 *
 * RML_ENOMEM, as those below. */
RML_CHECKED rml_status rml_claims_list(const rml_cohort *cohort, const rml_place *places, const rml_key *group,
                                       int64_t *order, rml_claim **claims, int64_t *n, rml_error *err);

/* How many claims from the first on have its group and set; *wild: whether one of them is. */
int64_t rml_claims_alike(const rml_claim *claims, int64_t n, bool *wild);

/* Fills clash, twin and all: the ROIs that several rows of one ID, pair of files and channel ask for.
 *
 * group, order  work  [n_rows] each, as below */
RML_CHECKED rml_status rml_cohort_find_clashes(rml_cohort *cohort, const rml_place *places, rml_key *group,
                                               int64_t *order, rml_error *err);

/* Fills with_…: the columns in which rows of one ID differ. Where rows are alike in those and name the same ROI, their
 * files tell them apart, or, if it is these that they share, the channel does. ROIs alike in both clash and have no
 * names. */
RML_CHECKED rml_status rml_cohort_find_distinctions(rml_cohort *cohort, const rml_place *places, rml_key *group,
                                                    int64_t *order, rml_error *err);

/* Whether two ROIs that will be computed can have one name: what all of the above must rule out. Names are compared as
 * they are written, but for the label, which the claims hold. */
RML_CHECKED rml_status rml_cohort_names_repeat(const rml_cohort *cohort, const rml_place *places, rml_key *group,
                                               int64_t *order, bool *repeat, rml_error *err);

#endif
