/* How held-out patients of a sweep whose outcome is a time are separated by their scores: above a cut that comes from
 * the training patients of their own split (rml_nested_model's), or not. All held-out patients of a repeat are one
 * curve a group, as in Simon et al., Brief Bioinform 12 (2011): every patient is in the group that a model which had
 * never seen it put it into. The log-rank test of such groups is not one: what the models of two splits know overlaps.
 * Its p is that of (time, event) pairs permuted before everything (rml_sweep_results.separated). */
#ifndef RML_JOBS_SWEEP_SEPARATION_H
#define RML_JOBS_SWEEP_SEPARATION_H

#include "kernels/learn/nested.h"

typedef enum rml_cut_rule { RML_CUT_MEDIAN, RML_CUT_LEARNED, RML_N_CUTS } rml_cut_rule;

/* "median", "learned" */
extern const char *const rml_cut_names[RML_N_CUTS];

/* The held-out patients of each repeat. */
typedef struct rml_separation {
    int32_t n_repeats, n_patients;
    int32_t *n;                 /* [n_repeats] of them are there */
    double *time;               /* [n_repeats][n_patients] */
    uint8_t *event;             /* the same */
    int32_t *group[RML_N_CUTS]; /* the same: 1 above the cut, 0 not, -1 the split has no cut, or its model says the
                                   same of everybody, which is no side */
    /* what was gathered last */
    int32_t n_in;
    double *in_time; /* [n_patients] */
    uint8_t *in_event;
    int32_t *in_group;
} rml_separation;

RML_CHECKED rml_status rml_separation_init(int32_t n_repeats, int32_t n_patients, rml_separation *s);
void rml_separation_free(rml_separation *s);
void rml_separation_clear(rml_separation *s);

/* A split's held-out patients into its repeat. time, event: [n_patients] */
void rml_separation_add(rml_separation *s, const rml_split *split, const double *time, const uint8_t *event,
                        const rml_nested_model *model);

/* One repeat's patients who are in a group, into in_time, in_event and in_group. */
void rml_separation_gather(rml_separation *s, int32_t repeat, rml_cut_rule rule);

/* The log-rank test's signed root: observed - expected events of the high group by their standard deviation; above 0
 * where high scores have the event earlier. Of what was gathered last; NaN without a test. RML_ENOMEM */
RML_CHECKED rml_status rml_separation_z(const rml_separation *s, double *z);

/* Its mean over the first n_repeats repeats in which it is defined; NaN: in none. RML_ENOMEM */
RML_CHECKED rml_status rml_separation_mean(rml_separation *s, int32_t n_repeats, rml_cut_rule rule, double *z);

#endif
