/* Permutation importance of a tree: how much worse it does on rows when one column is shuffled among them. */
#ifndef RML_TREES_SHUFFLE_IMPORTANCE_H
#define RML_TREES_SHUFFLE_IMPORTANCE_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/trees/trees.h"

/* The memory that it takes, and the rows' outcome. */
typedef struct rml_shuffle {
    const rml_columns *x;
    const int32_t *class; /* or NULL */
    const double *number, *weight;
    int32_t *seen;     /* [n_columns] the last row that a column was met for */
    int64_t *end;      /* [n_columns + 1] where the column's list of rows ends */
    int32_t *shuffled; /* [n_rows] */
    double *loss;      /* [n_rows] */
    int32_t *list;     /* rows (positions) by column whose way down the tree asks it */
    int64_t capacity;
} rml_shuffle;

/* weight: NULL allowed. RML_ENOMEM */
RML_CHECKED rml_status rml_shuffle_init(rml_shuffle *shuffle, const rml_columns *x, const int32_t *class,
                                        const double *number, const double *weight);
void rml_shuffle_free(rml_shuffle *shuffle);

/* Tree t on n rows (their numbers: row), which are not those that it was grown on. Adds the mean increase of the loss
 * (1 for a wrong vote; the squared error) to sum[column], and its square to squares[column]; columns that the tree does
 * not ask get nothing. Shuffles column j by n - 1 draws from (2 + j) 2^32 on. RML_ENOMEM */
RML_CHECKED rml_status rml_shuffle_tree(rml_shuffle *shuffle, const rml_trees *trees, int32_t t, const int32_t *row,
                                        int32_t n, uint64_t seed, uint64_t stream, double *sum, double *squares);

/* The class of the largest share, the lower code of equal ones. */
static inline int32_t rml_vote(const double *share, int32_t k)
{
    int32_t most = 0;

    for (int32_t c = 1; c < k; ++c)
        if (share[c] > share[most]) most = c;
    return most;
}

#endif
