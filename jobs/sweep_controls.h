/* What the study's pipelines are held against: the volume alone, and the clinical columns alone. They run in the same
 * splits and inner folds, and stand in the tables; nothing ever chooses them. */
#ifndef RML_JOBS_SWEEP_CONTROLS_H
#define RML_JOBS_SWEEP_CONTROLS_H

#include "jobs/dataset.h"

enum { RML_CONTROLS = 2, RML_CONTROL_STEPS = 3 };

/* Points into itself: made on the heap, never copied. */
typedef struct rml_sweep_controls {
    int32_t n;
    rml_select select[RML_CONTROLS]; /* [n] */
    rml_model_grid model;            /* one setting, the same for all */
    rml_step step[RML_CONTROLS][RML_CONTROL_STEPS];
    double point[1][RML_KIND_PARAMS];
} rml_sweep_controls;

/* "volume" where the table has such a feature, "clinical" where the study uses clinical columns; none without
 * `baselines`. Medians for missing values, z-scores, and a plain model of the outcome's kind with its defaults:
 * logistic (l2, C 1), linear (ridge, lambda 0.1), LDA for several classes. To be freed with free(); NULL without
 * memory. */
rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset);

/* How many columns hold a ROI's volume: one of each sequence, label or time point that stands side by side. first: out,
 * -1 without. */
int32_t rml_sweep_volumes(const rml_dataset *dataset, int32_t *first);

#endif
