/* What a sweep leaves for people: tables, and the model. */
#ifndef RML_JOBS_SWEEP_TABLES_H
#define RML_JOBS_SWEEP_TABLES_H

#include "jobs/sweep_board.h"

/* FOLDER/predictions.csv   every held-out score: pipeline, repeat, fold, id, y, score, probability, positive
 * FOLDER/selected.csv      the features that each selection kept in each split
 * FOLDER/leaderboard.csv   a row a pipeline, "chosen" first, with the measures of sweep_pool.h
 * FOLDER/settings.csv      every setting's inner score in each split, and which was used
 * FOLDER/failures.csv      parts that could not be computed, with their sentences
 * Each appears whole or not at all. RML_EIO. */
RML_CHECKED rml_status rml_sweep_tables_write(const rml_study *study, const rml_dataset *dataset,
                                              const rml_sweep_plan *plan, const rml_sweep_results *results,
                                              const rml_board *board, const char *folder, rml_error *err);

/* One setting of a model in words: "C=0.01 class_weight=none". */
void rml_sweep_setting(const rml_study *study, const rml_model_grid *grid, int32_t point, char text[512]);

/* FOLDER/timings.csv: the seconds that each task took, empty where the farm failed it. No two runs agree on them, so
 * they stand in the run folder. RML_EIO. */
RML_CHECKED rml_status rml_sweep_timings_write(const rml_study *study, const rml_dataset *dataset,
                                               const rml_sweep_plan *plan, const rml_sweep_results *results,
                                               const char *folder, rml_error *err);

#endif
