/* What writing and reading model.json share; for jobs/model_json*.c alone. */
#ifndef RML_JOBS_MODEL_JSON_WORDS_H
#define RML_JOBS_MODEL_JSON_WORDS_H

#define RML_MODEL_FORMAT "radmill-model"
enum { RML_MODEL_FORMAT_VERSION = 1 };

/* By rml_outcome_kind and rml_rois. */
static const char *const rml_model_outcomes[] = {"class", "classes", "value", "time"};
static const char *const rml_model_rois[] = {"one", "largest", "mean", "separate"};

#endif
