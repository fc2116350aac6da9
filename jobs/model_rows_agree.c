/* What is read of a patient must be one thing: on all of the patient's rows, and in both files. A missing cell takes
 * the value that another one has (jobs/frame.h). */
#include "jobs/model_rows_build.h"

int32_t rml_rows_n_read(const rml_model *model, const rml_rows_request *request)
{
    return model->n_features + model->n_factors + model->n_covariates + request->n_read;
}

const char *rml_rows_read(const rml_model *model, const rml_rows_request *request, int32_t i)
{
    const int32_t f = i - model->n_features, c = f - model->n_factors, r = c - model->n_covariates;

    if (f < 0) return model->feature[i].column;
    return c < 0 ? model->factor[f].column : r < 0 ? model->covariate[c].column : request->read[r];
}

rml_status rml_rows_agree(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows, rml_error *err)
{
    const int32_t *first = rows->data.first_row;
    rml_status status = RML_OK;

    for (int32_t i = 0; i < rml_rows_n_read(model, request); ++i) {
        const char *name = rml_rows_read(model, request, i);
        const int32_t column = name ? rml_frame_column(&rows->frame, name) : -1;
        const bool both = column >= 0 && rows->joined && rml_frame_column(&rows->clinical, name) >= 0;
        const int32_t f = i - model->n_features;

        /* of a row, such as its scanner, a step may know more: but not of the mean of a patient's rows */
        if (!both && f >= 0 && f < model->n_factors && model->rois != RML_ROIS_MEAN) continue;
        for (int32_t p = 0; column >= 0 && p < rows->data.n_patients && status == RML_OK; ++p) {
            const int64_t *row = rows->row + first[p], n = first[p + 1] - first[p];
            const rml_frame_rows ours = {&rows->frame, rows->table, row, n},
                                 theirs = {&rows->clinical, rows->clinical_path, &rows->clinical_row[p],
                                           rows->clinical_row[p] >= 0};

            status = both ? rml_frame_both_say(name, &ours, &theirs, "", rows->id[p], err)
                          : rml_frame_one_value(&rows->frame, column, row, n, rows->table, rows->id[p], err);
        }
    }
    return status;
}
