/* A nested result on its way through the journal. */
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/nested.h"

enum { LAYOUT = 3 }; /* of the bytes below */

static void put_numbers(rml_blob *blob, const double *value, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) rml_blob_put_f64(blob, value[i]);
}

void rml_nested_pack(const rml_nested *nested, rml_blob *blob)
{
    const int64_t n_decisions = (int64_t)nested->n_test * nested->n_scores;
    const int64_t n_train = (int64_t)nested->n_train * nested->n_scores;

    rml_blob_put_i32(blob, LAYOUT);
    rml_blob_put_i32(blob, nested->n_test);
    rml_blob_put_i32(blob, nested->n_scores);
    rml_blob_put_i32(blob, nested->n_steps);
    rml_blob_put_i32(blob, nested->n_models);
    rml_blob_put_i32(blob, nested->n_train);
    for (int32_t s = 0; s < nested->n_steps; ++s) rml_fitted_pack(&nested->step[s], blob);
    for (int32_t m = 0; m < nested->n_models; ++m) {
        const rml_nested_model *model = &nested->model[m];

        rml_blob_put_i32(blob, (int32_t)model->status);
        rml_blob_put_text(blob, model->why);
        rml_blob_put_i32(blob, model->n_points);
        rml_blob_put_i32(blob, model->best);
        put_numbers(blob, model->mean, model->n_points);
        put_numbers(blob, model->se, model->n_points);
        put_numbers(blob,
                    (const double[]){model->threshold, model->slope, model->intercept, model->middle, model->cut,
                                     model->apparent},
                    6);
        put_numbers(blob, model->decision, n_decisions);
        put_numbers(blob, model->unseen, n_train);
        put_numbers(blob, model->own, n_train);
        rml_fitted_pack(&model->fitted, blob);
    }
}

/* Numbers of which as many bytes must be left as they take. NULL: too few, or no memory (*status). */
static double *take_numbers(rml_reader *reader, int64_t n, rml_status *status)
{
    double *value = NULL;

    if (*status != RML_OK) return NULL;
    if (n < 0 || (int64_t)(reader->n_left / 8) < n)
        *status = RML_EFORMAT;
    else
        value = malloc(((size_t)n + 1) * sizeof *value);
    if (*status == RML_OK && !value) *status = RML_ENOMEM;
    for (int64_t i = 0; value && i < n; ++i) value[i] = rml_read_f64(reader);
    return value;
}

static rml_status unpack_model(rml_reader *reader, int64_t n_decisions, int64_t n_train, rml_nested_model *model)
{
    const int32_t code = rml_read_i32(reader);
    const char *why = rml_read_text(reader);
    rml_status status = RML_OK;
    double *six;

    if (code < 0 || code >= RML_N_STATUS) return RML_EFORMAT;
    model->status = (rml_status)code;
    strncpy(model->why, why, sizeof model->why - 1);
    model->n_points = rml_read_i32(reader);
    model->best = rml_read_i32(reader);
    if (model->n_points < 0 || model->best < 0 || (model->best > 0 && model->best >= model->n_points))
        return RML_EFORMAT;
    model->mean = take_numbers(reader, model->n_points, &status);
    model->se = take_numbers(reader, model->n_points, &status);
    six = take_numbers(reader, 6, &status);
    if (six) {
        model->threshold = six[0];
        model->slope = six[1];
        model->intercept = six[2];
        model->middle = six[3];
        model->cut = six[4];
        model->apparent = six[5];
        free(six);
    }
    model->decision = take_numbers(reader, n_decisions, &status);
    if (n_train > 0) {
        model->unseen = take_numbers(reader, n_train, &status);
        model->own = take_numbers(reader, n_train, &status);
    }
    return status == RML_OK ? rml_fitted_unpack(reader, &model->fitted) : status;
}

rml_status rml_nested_unpack(const void *bytes, size_t n_bytes, rml_nested *nested)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);
    const bool known = rml_read_i32(&reader) == LAYOUT;
    rml_nested read = {.n_test = rml_read_i32(&reader)};
    int32_t n_steps, n_models;
    rml_status status = RML_OK;

    read.n_scores = rml_read_i32(&reader);
    n_steps = rml_read_i32(&reader);
    n_models = rml_read_i32(&reader);
    read.n_train = rml_read_i32(&reader);
    if (!known || reader.failed || read.n_test < 0 || read.n_train < 0 || read.n_scores < 1 || n_steps < 0 ||
        n_models < 0 || (size_t)n_steps > n_bytes || (size_t)n_models > n_bytes)
        return RML_EFORMAT;
    read.step = calloc((size_t)n_steps + 1, sizeof *read.step);
    read.model = calloc((size_t)n_models + 1, sizeof *read.model);
    if (!read.step || !read.model) status = RML_ENOMEM;
    while (status == RML_OK && read.n_steps < n_steps) {
        status = rml_fitted_unpack(&reader, &read.step[read.n_steps]);
        read.n_steps += status == RML_OK;
    }
    while (status == RML_OK && read.n_models < n_models) {
        status = unpack_model(&reader, (int64_t)read.n_test * read.n_scores, (int64_t)read.n_train * read.n_scores,
                              &read.model[read.n_models]);
        ++read.n_models; /* also one that is read in part: what it holds is given back below */
    }
    if (status == RML_OK && (reader.failed || reader.n_left > 0)) status = RML_EFORMAT;
    if (status == RML_OK)
        *nested = read;
    else
        rml_nested_free(&read);
    return status;
}
