/* Who trains and who is held out: folds of patients, never of rows, so that no patient stands on both sides. */
#ifndef RML_LEARN_SPLIT_H
#define RML_LEARN_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* One training part and what it is judged on. */
typedef struct rml_split {
    int32_t repeat, fold;
    int32_t n_train, n_test; /* patients */
    int32_t *train;          /* [n_train] ascending; a bootstrap has copies */
    int32_t *test;           /* [n_test] ascending */
} rml_split;

typedef struct rml_splits {
    int32_t n;
    rml_split *split;
    int32_t *memory;
} rml_splits;

void rml_splits_free(rml_splits *splits);

/* k folds, dealt `repeats` times.
 *
 * n        patients
 * class    in  [n] codes from 0, or NULL: each fold gets its share of every class, within one patient
 * key      in  [n] what a patient is (a hash of the name): the draw hangs on it, not on the order of the patients; or
 *              NULL: no shuffle. Then the rule is scikit-learn's StratifiedKFold(shuffle=False), or consecutive blocks
 *              (the first n mod k one longer) without classes; repeats must be 1
 * seed, stream: of the draw; repeat r draws from stream + r
 *
 * RML_EINVAL  k below 2 or above n, repeats below 1
 * RML_EVALUE  a class has fewer patients than there are folds; *rare is its code (NULL allowed)
 * RML_ENOMEM */
RML_CHECKED rml_status rml_split_kfold(int32_t n, const int32_t *class, const uint64_t *key, int32_t k, int32_t repeats,
                                       uint64_t seed, uint64_t stream, rml_splits *splits, int32_t *rare);

/* Each group is held out once, in the order of the codes 0 .. n_groups-1; a patient with code -1 always trains.
 * RML_EVALUE: a group is everybody, or nobody. */
RML_CHECKED rml_status rml_split_groups(int32_t n, const int32_t *group, int32_t n_groups, rml_splits *splits);

/* n_draws times n patients drawn with replacement (as many of each class as there are, when class is given); held out
 * are those not drawn. A draw that leaves nobody out, or a class without a patient left out, is drawn again (at most
 * 100 times, then RML_EVALUE). repeat is the draw's number, fold 0. */
RML_CHECKED rml_status rml_split_bootstrap(int32_t n, const int32_t *class, const uint64_t *key, int32_t n_draws,
                                           uint64_t seed, uint64_t stream, rml_splits *splits);

/* Everybody trains, nobody is held out: what the final model is made from. */
RML_CHECKED rml_status rml_split_all(int32_t n, rml_splits *splits);

#endif
