/* What a sweep consists of: its splits; a task for every result that is recorded, failed and resumed on its own; and
 * what of them the farm computes together, since it shares the work of the steps. */
#ifndef RML_JOBS_SWEEP_PLAN_H
#define RML_JOBS_SWEEP_PLAN_H

#include "engine/farm.h"
#include "jobs/sweep_controls.h"
#include "jobs/sweep_told.h"

typedef enum rml_sweep_part {
    RML_SWEEP_OUTER,    /* one outer split with one selection and all models */
    RML_SWEEP_FINAL,    /* the same on all patients: the model that is handed out */
    RML_SWEEP_PERMUTED, /* an outer split with the outcome permuted */
    RML_SWEEP_CONTROL,  /* an outer split, or all patients, with a control of its own */
    RML_SWEEP_TOLD      /* a fold of sweep_told.h; select is the stage */
} rml_sweep_part;

typedef struct rml_sweep_task {
    rml_sweep_part part;
    int32_t split, select; /* select of a control: which one; its split n_splits: all patients */
    int32_t permutation;   /* from 1; 0 where nothing is permuted */
} rml_sweep_task;

typedef struct rml_sweep_plan {
    rml_splits splits;
    rml_splits all;         /* one split in which everybody trains */
    int32_t n_permutations; /* the study's; 0 where no permutation can move an outcome */
    double *y;              /* [1 + n_permutations][n_patients] outcomes, the true ones first */
    uint8_t *event;         /* the same of times, whose pairs are permuted together; else NULL */
    rml_sweep_controls *control;
    rml_sweep_told *told;
    int64_t n_tasks, first_control, first_told;
    rml_sweep_task *task; /* [n_tasks] outer, final, permuted, own controls (a split's together), told (a stage's) */
    rml_key *key;         /* [n_tasks] */
    int64_t n_groups;
    int64_t *first;      /* [n_groups + 1] of the tasks of a group: selections of one part, split and permutation */
    rml_farm_task *farm; /* [n_groups] */
} rml_sweep_plan;

/* The same on every rank: a function of study and dataset alone.
 * RML_ESETTING  the patients cannot be split as the study says, in words */
RML_CHECKED rml_status rml_sweep_plan_make(const rml_study *study, const rml_dataset *dataset, rml_sweep_plan *plan,
                                           rml_error *err);
void rml_sweep_plan_free(rml_sweep_plan *plan);

/* Bytes that a task of so many selections of one training part is reckoned to take on a table of that size. */
int64_t rml_sweep_memory(const rml_study *study, int64_t n_rows, int64_t n_columns, int64_t n_selects);

/* Computes a group. nested, why: out, [its tasks] the results, as rml_nested_run's. */
void rml_sweep_compute(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan, int64_t group,
                       const volatile bool *cancel, rml_nested *nested, rml_error *why);

/* A part's name in keys and tables. */
const char *rml_sweep_part_name(rml_sweep_part part);

/* What a task selects by, and who trains in it. */
const rml_select *rml_sweep_select(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_task *task);
const rml_split *rml_sweep_split(const rml_sweep_plan *plan, const rml_sweep_task *task);

/* A split's name for people: "repeat 2, fold 3", "Bergen held out". */
void rml_sweep_split_name(const rml_study *study, const rml_dataset *dataset, const rml_split *split, char name[128]);

/* What the steps of a split draw from; split -1: of all patients. */
uint64_t rml_sweep_seed(const rml_study *study, int32_t split);

#endif
