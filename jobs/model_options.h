/* What the verbs that use a model have in common on their command lines. */
#ifndef RML_JOBS_MODEL_OPTIONS_H
#define RML_JOBS_MODEL_OPTIONS_H

#include "jobs/model_rows.h"
#include "jobs/options.h"

typedef struct rml_model_options {
    const char *model;
    rml_rows_request request;
    rml_condition *condition; /* what request points into */
} rml_model_options;

enum {
    RML_MODEL_ID_KEY = 0x1A0,
    RML_MODEL_ROWS_KEY,
    RML_MODEL_ALL_KEY,
    RML_MODEL_CLINICAL_KEY,
    RML_MODEL_BY_KEY,
    RML_MODEL_ALLOW_KEY
};

/* For an array of options. */
#define RML_MODEL_OPTIONS                                                                                              \
    {"clinical", RML_MODEL_CLINICAL_KEY, "FILE", 0, "A CSV of patients with columns that are not in TABLE", 2},        \
        {"by", RML_MODEL_BY_KEY, "COLUMN", 0, "The column of the clinical file that names patients", 2},               \
        {"id", RML_MODEL_ID_KEY, "COLUMN", 0, "The column of TABLE that names patients (default: the model's)", 3},    \
        {"rows",                                                                                                       \
         RML_MODEL_ROWS_KEY,                                                                                           \
         "COLUMN=VALUE",                                                                                               \
         0,                                                                                                            \
         "Only rows with this value, not the model's own; may be repeated",                                            \
         3},                                                                                                           \
        {"all-rows", RML_MODEL_ALL_KEY, NULL, 0, "All rows (or all that --rows names), not the model's own", 3},       \
    {                                                                                                                  \
        "allow-parameters", RML_MODEL_ALLOW_KEY, NULL, 0,                                                              \
            "Go on although TABLE was extracted with other parameters than the model's", 3                             \
    }

/* One of them, or one of the two arguments (model and table), which must be there at ARGP_KEY_END. */
error_t rml_model_option(rml_model_options *options, int key, char *argument, struct argp_state *state);
void rml_model_options_free(rml_model_options *options);

/* Which model it is and what to bear in mind, on stdout. */
void rml_model_introduce(const rml_model *model, const rml_model_rows *rows);

/* A verb from its command line to its exit status: parsed into options, of which common is a part and freed, then run
 * on the first rank, which sets *exit_status when it is another than 0. What fails is complained of: 2 when the model,
 * the table, or the two together are not as they should be, 3 when the machine is in the way. */
typedef rml_status rml_model_run(const void *options, int *exit_status, rml_error *err);
int rml_model_verb(const char *verb, const struct argp *argp, int argc, char **argv, void *options,
                   rml_model_options *common, rml_model_run *run);

#endif
