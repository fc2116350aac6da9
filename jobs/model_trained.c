#include "jobs/model_trained.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"

/* More digits than two patients share by chance, or than a person types. */
static bool tells(double value)
{
    char text[32];
    double rounded;

    if (!isfinite(value)) return false;
    snprintf(text, sizeof text, "%.6g", value);
    return !rml_text_number(text, &rounded) || rounded != value;
}

static void add_bits(rml_checksum *sum, uint64_t bits)
{
    unsigned char bytes[8];

    for (int32_t b = 0; b < 8; ++b) bytes[b] = (unsigned char)(bits >> (8 * b));
    rml_checksum_add(sum, bytes, sizeof bytes);
}

/* value: [n]. key: the patient's, NULL where nobody is named. *told: whether the row can be told from others. */
static rml_status hash_row(const double *value, int32_t n, const uint64_t *key, uint64_t *hash, bool *told)
{
    rml_checksum *sum = rml_checksum_begin();
    bool by_value = false;

    if (!sum) return RML_ENOMEM;
    for (int32_t k = 0; k < n; ++k) {
        const double x = value[k] == 0.0 ? 0.0 : value[k]; /* -0 is 0 */
        uint64_t bits = UINT64_MAX;                        /* missing */

        by_value = by_value || tells(x);
        if (isfinite(x)) memcpy(&bits, &x, sizeof bits);
        add_bits(sum, bits);
    }
    if (!by_value && key) add_bits(sum, *key);
    *told = by_value || key;
    *hash = rml_checksum_value(sum);
    rml_checksum_free(sum);
    return RML_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

rml_status rml_model_trained_take(rml_model *model, const rml_data *data, const int32_t *column)
{
    const int32_t n = model->n_features;
    double *value = malloc(((size_t)n + 1) * sizeof *value);
    uint64_t *hash = rml_model_take(model, (size_t)data->n_rows, sizeof *hash);
    rml_status status = value && hash ? RML_OK : RML_ENOMEM;
    int32_t kept = 0;

    for (int32_t p = 0; status == RML_OK && p < data->n_patients; ++p)
        for (int32_t i = data->first_row[p]; i < data->first_row[p + 1] && status == RML_OK; ++i) {
            bool told;

            for (int32_t k = 0; k < n; ++k) value[k] = rml_column(&data->x, column[k])[i];
            status = hash_row(value, n, &data->key[p], &hash[i], &told);
        }
    free(value);
    if (status != RML_OK) return status;
    qsort(hash, (size_t)data->n_rows, sizeof *hash, by_number); /* so that their order says nothing of the patients' */
    for (int32_t i = 0; i < data->n_rows; ++i)
        if (kept == 0 || hash[i] != hash[kept - 1]) hash[kept++] = hash[i];
    model->trained = hash;
    model->n_trained = kept;
    return RML_OK;
}

rml_status rml_model_trained_on(const rml_model *model, const rml_model_rows *rows, bool *of)
{
    const rml_data *d = &rows->data;
    double *value = malloc(((size_t)model->n_features + 1) * sizeof *value);
    rml_status status = value ? RML_OK : RML_ENOMEM;

    for (int32_t p = 0; status == RML_OK && p < d->n_patients; ++p) {
        of[p] = false;
        for (int32_t i = d->first_row[p]; i < d->first_row[p + 1] && status == RML_OK && model->trained; ++i) {
            uint64_t hash = 0;
            bool told = false;

            for (int32_t k = 0; k < model->n_features; ++k) value[k] = rml_column(&d->x, k)[i];
            status = hash_row(value, model->n_features, rows->numbered ? NULL : &d->key[p], &hash, &told);
            of[p] |= told && bsearch(&hash, model->trained, (size_t)model->n_trained, sizeof hash, by_number);
        }
    }
    free(value);
    return status;
}
