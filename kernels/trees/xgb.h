/* XGBoost through its C interface: one thread, exact greedy trees. The library fits; its trees are then ours, and what
 * they say of rows takes no library. */
#ifndef RML_TREES_XGB_H
#define RML_TREES_XGB_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/trees/trees.h"

typedef struct rml_xgb_settings {
    int32_t n_rounds;        /* 1 or more */
    int32_t max_depth;       /* 0: no limit */
    double eta;              /* in (0, 1] */
    double subsample;        /* share of the rows that a round is given, in (0, 1]; the library draws them one by one */
    double colsample;        /* share of the columns that a tree is given, in (0, 1]: its colsample_bytree */
    double lambda, alpha;    /* penalties of the leaves' squares and sizes, 0 or more */
    double gamma;            /* least gain of a split, 0 or more */
    double min_child_weight; /* least sum of p (1 - p) times weight in a leaf (of numbers: of weight), 0 or more */
    double base_score;       /* where it starts: a probability in (0, 1), or a number; NAN: class 1's share of the
                                weight, or the mean. Of several classes it is 0.5 whatever stands here */
    uint64_t seed;           /* of both shares: its low 31 bits seed the library's generator, once a fit */
} rml_xgb_settings;

/* The library's: 100 rounds of depth 6, eta 0.3, all rows and columns, lambda 1, min_child_weight 1; base_score 0.5,
 * which the library from 2.0 on estimates when it is not given. */
rml_xgb_settings rml_xgb_defaults(void);

typedef struct rml_xgb {
    int32_t n_columns;
    int32_t n_groups;      /* margins a row: 1, or the number of classes when there are several */
    double start;          /* a margin before the first tree: a single-precision number, as the leaves' values are */
    rml_trees trees;       /* tree t is of group t % n_groups; values cut to single precision are compared */
    uint8_t *missing_left; /* [trees.n_nodes] 1 where a missing value goes left */
    double *importance;    /* [n_columns] mean gain of the splits on a column ("gain"); 0 for one without a split */
    int64_t n_bytes;
    char *bytes; /* [n_bytes] the model as the library writes it (UBJSON), for whoever has the library */
} rml_xgb;

/* x: training rows; a NaN is a missing value, and each split learns to which side it goes. All is cut to single
 * precision. Outcome: class [n], codes 0..n_classes-1: of two classes (binary:logistic), of more (multi:softprob); or
 * number [n] with n_classes 0 (reg:squarederror); the other one is NULL.
 * weight  in   [n] or NULL (all 1)
 * xgb     out  to be freed with rml_xgb_free
 *
 * The same bytes on every call and machine as far as the library does so: tree_method exact, nthread 1. Sets the
 * library's verbosity, which is the calling thread's, to 0. Ties: the library's (the first column).
 * RML_EINVAL a setting or stride out of its range, not one of both outcomes, or a code outside 0..n_classes-1;
 * RML_EEMPTY no row of positive weight, no column, or one class only; RML_EVALUE infinity, or beyond single precision,
 * in x or number, NaN in number, a weight that is not finite or negative, classes so uneven that the start is infinite;
 * RML_ENOMEM, RML_ECAPACITY; RML_EUNSUPPORTED the library refused for a reason of its own; RML_EFORMAT its model is not
 * written as 1.7 does.
 * Source: Chen & Guestrin, "XGBoost: a scalable tree boosting system", KDD 2016; libxgboost 1.7. */
RML_CHECKED rml_status rml_xgb_fit(const rml_columns *x, const int32_t *class, int32_t n_classes, const double *number,
                                   const double *weight, const rml_xgb_settings *settings, rml_xgb *xgb);
/* The same of times (survival:cox): margins are log hazards against those of the start, which is 0, and base_score is
 * not looked at. time, event in [n]: 0 or more; 1 the event was then, 0 none until then. Only the order of times
 * counts. Events at one time share their risk set (Breslow), but of rows at that time each has the hazard of the events
 * before it in the order of rows alone, as the library has it. Statuses as above, and RML_EEMPTY without an event;
 * RML_EVALUE a time below 0 or not finite, an event above 1. */
RML_CHECKED rml_status rml_xgb_fit_times(const rml_columns *x, const double *time, const uint8_t *event,
                                         const double *weight, const rml_xgb_settings *settings, rml_xgb *xgb);
void rml_xgb_free(rml_xgb *xgb);

/* margin: [n_groups * n_rows], group by group: log-odds of class 1, or each class' score, whose softmax is the
 * probability, or the number, or the log hazard. NaN when it fails. Summed in single precision in the order of the
 * trees, as the library does: the same bits. Importance and bytes are not looked at. RML_EINVAL another number of
 * columns; RML_EVALUE infinity, or beyond single precision */
RML_CHECKED rml_status rml_xgb_decide(const rml_xgb *xgb, const rml_columns *x, double *margin);

#endif
