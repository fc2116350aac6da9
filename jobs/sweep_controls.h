/* What the study's pipelines are held against: the volume alone, and the clinical columns alone. They run in the same
 * splits and inner folds, and stand in the tables; nothing ever chooses them. */
#ifndef RML_JOBS_SWEEP_CONTROLS_H
#define RML_JOBS_SWEEP_CONTROLS_H

#include "jobs/dataset.h"

enum { RML_CONTROLS = 2, RML_CONTROL_STEPS = 3 };

/* Columns first, first + step, ...: n of them. */
typedef struct rml_sweep_columns {
    int32_t first, n, step;
} rml_sweep_columns;

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

/* The columns of the ROI's volume, of voxels if there, else of the mesh: one of each sequence, label or time point that
 * stands side by side; n 0 without. */
rml_sweep_columns rml_sweep_volume(const rml_dataset *dataset);

#endif
