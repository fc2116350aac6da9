/* Which rows a model was trained on. model.json holds a hash of each training row, so that a validation on these rows,
 * some of them, or more than them can say so; the rows themselves stand nowhere. */
#ifndef RML_JOBS_MODEL_TRAINED_H
#define RML_JOBS_MODEL_TRAINED_H

#include "jobs/model_rows.h"

/* Lists the hashes of the rows that a model is made from; its features must be there.
 *
 * A row's hash is the XXH3 of its values of the model's features, in the model's order and before any step, as
 * little-endian doubles; every missing value is the same. Where no value has more than six significant digits, as
 * of ages and codes, which two patients may share by chance, the key of the patient goes in, too.
 *
 * column  [model->n_features] the places of the features in data->x
 * RML_ENOMEM */
RML_CHECKED rml_status rml_model_trained_take(rml_model *model, const rml_data *data, const int32_t *column);

/* Which patients have a row that the model was trained on. of: out, [rows->data.n_patients]; all false where the model
 * does not list them. Rounded values are others. RML_ENOMEM */
RML_CHECKED rml_status rml_model_trained_on(const rml_model *model, const rml_model_rows *rows, bool *of);

#endif
