/* What a sweep says of single features: how often each selection kept it, and what it hangs on besides the outcome. */
#ifndef RML_JOBS_SWEEP_FEATURES_H
#define RML_JOBS_SWEEP_FEATURES_H

#include "jobs/sweep_board.h"

typedef struct rml_feature_facts {
    double *kept;    /* [n_selects] share of the outer splits in which the selection kept it */
    double *nonzero; /* [n_pipelines] share of the outer splits with a model in which its coefficient is not 0; NaN of a
                        pipeline that sets none to 0 */
    double volume;   /* Spearman with the ROI's volume; NaN without such a feature */
    double centre;   /* share of the variance of its ranks that the centres explain, as it is in the table */
    double prepared; /* the same behind the study's preparation, fitted to all patients; NaN: dropped there */
    double *report;  /* [n_reports] Spearman with each of the study's report columns */
} rml_feature_facts;

typedef struct rml_sweep_features {
    int32_t n;
    rml_feature_facts *fact; /* [n] */
    double *memory;
} rml_sweep_features;

/* Descriptions of all patients together: no estimates of how a model will do. RML_ENOMEM; a preparation that cannot be
 * fitted to all patients leaves `prepared` NaN. */
RML_CHECKED rml_status rml_sweep_features_make(const rml_study *study, const rml_dataset *dataset,
                                               const rml_sweep_plan *plan, const rml_sweep_results *results,
                                               rml_sweep_features *features, rml_error *err);
void rml_sweep_features_free(rml_sweep_features *features);

/* FOLDER/features.csv, a row a feature. */
RML_CHECKED rml_status rml_sweep_features_write(const rml_study *study, const rml_dataset *dataset,
                                                const rml_sweep_features *features, const char *folder, rml_error *err);
/* The features that the selections kept most often, with what they hang on. */
void rml_sweep_features_print(const rml_study *study, const rml_dataset *dataset, const rml_sweep_features *features);

#endif
