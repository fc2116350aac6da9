/* What the files that read rows for a model share; for jobs/model_rows*.c alone. */
#ifndef RML_JOBS_MODEL_ROWS_BUILD_H
#define RML_JOBS_MODEL_ROWS_BUILD_H

#include "jobs/listing.h"
#include "jobs/model_rows.h"
#include "jobs/patients.h"

/* Memory that lives as long as the rows, zeroed; NULL without. */
static inline void *rml_rows_take(rml_model_rows *rows, int64_t n, size_t size)
{
    return rml_model_take(&rows->memory, (size_t)n, size);
}

static inline rml_status rml_rows_no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the model's rows");
}

/* Compares how the table and the model's features were extracted (jobs/model_rows_parameters.c). */
RML_CHECKED rml_status rml_rows_compare_parameters(const rml_model *model, const rml_rows_request *request,
                                                   rml_model_rows *rows, rml_error *err);

/* Which rows of the frame are used, put side by side where the model's study did so, and whose they are: row, id and
 * data's patients (jobs/model_rows_pick.c). */
RML_CHECKED rml_status rml_rows_pick(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                     rml_error *err);

/* The columns of the patient that the model and the verb read, by name: NULL where i is a feature of the table. i: from
 * 0 to n_read - 1. */
int32_t rml_rows_n_read(const rml_model *model, const rml_rows_request *request);
const char *rml_rows_read(const rml_model *model, const rml_rows_request *request, int32_t i);

/* Sees to it that they say one thing of each patient that was picked and joined, on all rows and in both files, as
 * rml_build_agree does. RML_ESETTING naming the patient and both values (jobs/model_rows_agree.c). */
RML_CHECKED rml_status rml_rows_agree(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                      rml_error *err);

/* Features, factors and covariates of the patients that were picked and joined (jobs/model_rows_columns.c). */
RML_CHECKED rml_status rml_rows_take_columns(const rml_model *model, rml_model_rows *rows, rml_error *err);

#endif
