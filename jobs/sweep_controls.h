/* What the study's pipelines are held against: the volume alone, the clinical columns alone, and the clinical columns
 * together with the score of what is chosen. They stand in the tables; nothing ever chooses them. */
#ifndef RML_JOBS_SWEEP_CONTROLS_H
#define RML_JOBS_SWEEP_CONTROLS_H

#include "jobs/dataset.h"

enum { RML_CONTROLS = 3, RML_CONTROL_STEPS = 3 };

#define RML_CONTROL_CLINICAL "clinical"
#define RML_CONTROL_COMBINED "clinical + chosen"

/* Points into itself: made on the heap, never copied. */
typedef struct rml_sweep_controls {
    int32_t n;
    int32_t n_own;    /* the first of them: pipelines on columns of the dataset's `all`, which are tasks */
    int32_t combined; /* which one follows from what the tasks have found (sweep_combined.h); -1: none */
    rml_select select[RML_CONTROLS]; /* [n] */
    rml_model_grid model;            /* one setting, the same for all */
    rml_step step[RML_CONTROLS][RML_CONTROL_STEPS];
    double point[1][RML_KIND_PARAMS];
    int32_t n_scores; /* columns that say what was chosen's score */
    int32_t n_columns;
    char **column; /* [n_columns] names of the combined one's columns, the clinical ones first */
} rml_sweep_controls;

/* "volume" where the table has such a feature, "clinical" and "clinical + chosen" where the study uses clinical
 * columns; none without `baselines`. Medians for missing values, z-scores, and a plain model of the outcome's kind with
 * its defaults: logistic (l2, C 1), linear (ridge, lambda 0.1), LDA for several classes. NULL without memory. */
rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset);
void rml_sweep_controls_free(rml_sweep_controls *controls); /* NULL allowed */

/* How many columns hold a ROI's volume: one of each sequence, label or time point that stands side by side. first: out,
 * -1 without. */
int32_t rml_sweep_volumes(const rml_dataset *dataset, int32_t *first);

#endif
