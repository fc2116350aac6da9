/* A model.json of either form, and what it says of two patients: one whose features are all 1, one who has none. */
#include <math.h>
#include <stdlib.h>

#include "jobs/model_json.h"
#include "tests/fuzz/fuzz.h"

enum { N_ROWS = 2, MOST = 64 }; /* factors and covariates that this asks for; a study names 32 at most */

static void ask(const rml_model *model)
{
    static const int32_t first_row[N_ROWS + 1] = {0, 1, 2}, code[N_ROWS] = {0, 0};
    static const uint64_t key[N_ROWS] = {1, 2};
    static const double covariate[N_ROWS] = {0.0, 1.0};
    const int32_t *codes[MOST];
    const char *const *levels[MOST];
    const double *covariates[MOST];
    int32_t n_levels[MOST];
    double *x = malloc(((size_t)model->n_features + 1) * N_ROWS * sizeof *x);
    double *decision = malloc(((size_t)rml_model_n_scores(model) + 1) * N_ROWS * sizeof *decision);
    rml_sample rows = {0};
    rml_error err = {0};

    fuzz_require(x && decision, "no memory for two rows");
    if (model->n_factors > MOST || model->n_covariates > MOST) goto done;
    for (int64_t i = 0; i < (int64_t)N_ROWS * model->n_features; ++i) x[i] = i % N_ROWS ? NAN : 1.0;
    for (int32_t f = 0; f < model->n_factors; ++f) {
        codes[f] = code;
        levels[f] = model->factor[f].level;
        n_levels[f] = model->factor[f].n_levels;
    }
    for (int32_t c = 0; c < model->n_covariates; ++c) covariates[c] = covariate;
    if (rml_sample_gather(&(rml_data){.n_rows = N_ROWS,
                                      .n_patients = N_ROWS,
                                      .x = {N_ROWS, N_ROWS, model->n_features, x},
                                      .first_row = first_row,
                                      .key = key,
                                      .outcome = model->outcome,
                                      .n_classes = model->n_classes,
                                      .n_factors = model->n_factors,
                                      .n_levels = n_levels,
                                      .factor = codes,
                                      .level = levels,
                                      .n_covariates = model->n_covariates,
                                      .covariate = covariates},
                          (const int32_t[N_ROWS]){0, 1}, N_ROWS, false, &rows) != RML_OK)
        goto done;
    if (rml_model_apply(model, &rows, decision, &err) != RML_OK)
        fuzz_require(err.text[0] != '\0', "a model that cannot be applied, without a sentence");
    rml_sample_free(&rows);
done:
    free(x);
    free(decision);
}

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    rml_model model;
    const rml_status status = rml_model_read(fuzz_file(bytes, n), &model, err);

    if (status != RML_OK) return status;
    ask(&model);
    rml_model_free(&model);
    return RML_OK;
}
