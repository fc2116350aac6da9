#include "kernels/learn/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/split.h"

void rml_sample_free(rml_sample *sample)
{
    if (!sample) return;
    free(sample->matrix);
    free(sample->mark);
    free(sample->memory);
    *sample = (rml_sample){0};
}

/* A run of memory cut into pieces: first counted, then handed out. */
typedef struct rml_cut {
    unsigned char *memory; /* NULL while counting */
    size_t used;
} rml_cut;

static void *cut(rml_cut *from, size_t n, size_t size)
{
    void *piece = from->memory ? from->memory + from->used : NULL;

    from->used += (n * size + 15) / 16 * 16;
    return piece;
}

static void lay_out(rml_sample *s, rml_cut *from, bool with_outcome, int32_t n_features)
{
    const size_t n = (size_t)s->n_rows;

    s->y = with_outcome ? cut(from, n, sizeof *s->y) : NULL;
    s->event = with_outcome && s->outcome == RML_OUTCOME_TIME ? cut(from, n, sizeof *s->event) : NULL;
    s->weight = cut(from, n, sizeof *s->weight);
    s->patient = cut(from, n, sizeof *s->patient);
    s->key = cut(from, (size_t)s->n_patients, sizeof *s->key);
    s->factor = cut(from, (size_t)s->n_factors, sizeof *s->factor);
    s->covariate = cut(from, (size_t)s->n_covariates, sizeof *s->covariate);
    for (int32_t f = 0; f < s->n_factors; ++f) {
        int32_t *codes = cut(from, n, sizeof *codes);

        if (s->factor) s->factor[f] = codes;
    }
    for (int32_t c = 0; c < s->n_covariates; ++c) {
        double *values = cut(from, n, sizeof *values);

        if (s->covariate) s->covariate[c] = values;
    }
    s->reading = cut(from, (size_t)s->n_raters, sizeof *s->reading);
    s->told = cut(from, (size_t)s->n_told, sizeof *s->told);
    for (int32_t t = 0; t < s->n_told; ++t) {
        double *values = cut(from, (size_t)n_features, sizeof *values);

        if (s->told) s->told[t] = values;
    }
    for (int32_t r = 0; r < s->n_raters; ++r) {
        const double *values = cut(from, (size_t)s->n_subjects * (size_t)n_features, sizeof *values);

        if (s->reading) s->reading[r] = (rml_columns){s->n_subjects, s->n_subjects, n_features, values};
    }
}

static void gather_row(const rml_data *data, rml_sample *s, int32_t from, int32_t to)
{
    for (int32_t f = 0; f < s->n_factors; ++f) s->factor[f][to] = data->factor[f][from];
    for (int32_t c = 0; c < s->n_covariates; ++c) s->covariate[c][to] = data->covariate[c][from];
}

static void gather_readings(const rml_data *data, const int32_t *patients, int32_t n_patients, rml_sample *s)
{
    for (int32_t r = 0; r < s->n_raters; ++r)
        for (int32_t j = 0; j < data->x.n_columns; ++j) {
            double *to = (double *)(uintptr_t)rml_column(&s->reading[r], j);
            const double *from = rml_column(&data->reading[r], j);

            for (int32_t p = 0; p < n_patients; ++p)
                if (data->subject[patients[p]] >= 0) *to++ = from[data->subject[patients[p]]];
        }
}

rml_status rml_sample_gather(const rml_data *data, const int32_t *patients, int32_t n_patients, bool with_outcome,
                             rml_sample *sample)
{
    rml_sample s = {.n_patients = n_patients,
                    .outcome = data->outcome,
                    .n_classes = data->n_classes,
                    .n_factors = data->n_factors,
                    .n_levels = data->n_levels,
                    .level = data->level,
                    .named = data->named,
                    .n_covariates = data->n_covariates,
                    .n_raters = with_outcome ? data->n_raters : 0,
                    .n_told = with_outcome ? data->n_told : 0};
    rml_cut from = {0};
    int32_t *row;

    for (int32_t p = 0; p < n_patients; ++p) {
        s.n_rows += data->first_row[patients[p] + 1] - data->first_row[patients[p]];
        s.n_subjects += s.n_raters > 0 && data->subject[patients[p]] >= 0;
    }
    row = calloc((size_t)s.n_rows + 1, sizeof *row);
    lay_out(&s, &from, with_outcome, data->x.n_columns);
    s.memory = from.memory = malloc(from.used + 1);
    s.matrix = malloc(((size_t)s.n_rows * (size_t)data->x.n_columns + 1) * sizeof *s.matrix);
    if (data->mark) s.mark = malloc((size_t)data->x.n_columns + 1);
    if (!row || !s.memory || !s.matrix || (data->mark && !s.mark)) {
        free(row);
        rml_sample_free(&s);
        return RML_ENOMEM;
    }
    from.used = 0;
    lay_out(&s, &from, with_outcome, data->x.n_columns);
    for (int32_t p = 0, to = 0; p < n_patients; ++p) {
        const int32_t first = data->first_row[patients[p]], end = data->first_row[patients[p] + 1];

        s.key[p] = data->key[patients[p]];
        for (int32_t r = first; r < end; ++r, ++to) {
            row[to] = r;
            s.patient[to] = p;
            s.weight[to] = 1.0 / (end - first);
            if (s.y) s.y[to] = data->y[patients[p]];
            if (s.event) s.event[to] = data->event[patients[p]];
            gather_row(data, &s, r, to);
        }
    }
    for (int32_t j = 0; j < data->x.n_columns; ++j) {
        const double *values = rml_column(&data->x, j);
        double *to = s.matrix + (int64_t)j * s.n_rows;

        for (int32_t i = 0; i < s.n_rows; ++i) to[i] = values[row[i]];
    }
    s.x = (rml_columns){s.n_rows, s.n_rows, data->x.n_columns, s.matrix};
    if (s.mark && data->mark) memcpy(s.mark, data->mark, (size_t)data->x.n_columns);
    gather_readings(data, patients, n_patients, &s);
    for (int32_t t = 0; t < s.n_told; ++t)
        memcpy(s.told[t], data->told[t], (size_t)data->x.n_columns * sizeof **s.told);
    free(row);
    *sample = s;
    return RML_OK;
}

static void copy_columns(const rml_columns *from, const rml_columns *to)
{
    for (int32_t j = 0; j < from->n_columns; ++j)
        memcpy((double *)(uintptr_t)rml_column(to, j), rml_column(from, j),
               (size_t)from->n_rows * sizeof(double)); /* to: room that the caller owns */
}

rml_status rml_sample_copy(const rml_sample *sample, rml_sample *copy)
{
    const size_t n = (size_t)sample->n_rows, p = (size_t)sample->x.n_columns;
    rml_sample s = *sample;
    rml_cut from = {0};

    s.matrix = NULL;
    s.mark = NULL;
    *copy = (rml_sample){0};
    lay_out(&s, &from, sample->y != NULL, sample->x.n_columns);
    s.memory = from.memory = malloc(from.used + 1);
    s.matrix = malloc((n * p + 1) * sizeof *s.matrix);
    if (sample->mark) s.mark = malloc(p + 1);
    if (!s.memory || !s.matrix || (sample->mark && !s.mark)) {
        rml_sample_free(&s);
        return RML_ENOMEM;
    }
    from.used = 0;
    lay_out(&s, &from, sample->y != NULL, sample->x.n_columns);
    s.x = (rml_columns){s.n_rows, s.n_rows, s.x.n_columns, s.matrix};
    copy_columns(&sample->x, &s.x);
    if (s.mark && sample->mark) memcpy(s.mark, sample->mark, p);
    if (s.y && sample->y) memcpy(s.y, sample->y, n * sizeof *s.y);
    if (s.event && sample->event) memcpy(s.event, sample->event, n * sizeof *s.event);
    memcpy(s.weight, sample->weight, n * sizeof *s.weight);
    memcpy(s.patient, sample->patient, n * sizeof *s.patient);
    memcpy(s.key, sample->key, (size_t)s.n_patients * sizeof *s.key);
    for (int32_t f = 0; f < s.n_factors; ++f) memcpy(s.factor[f], sample->factor[f], n * sizeof **s.factor);
    for (int32_t c = 0; c < s.n_covariates; ++c) memcpy(s.covariate[c], sample->covariate[c], n * sizeof **s.covariate);
    for (int32_t r = 0; r < s.n_raters; ++r) copy_columns(&sample->reading[r], &s.reading[r]);
    for (int32_t t = 0; t < s.n_told; ++t) memcpy(s.told[t], sample->told[t], p * sizeof **s.told);
    *copy = s;
    return RML_OK;
}

static void take_matrix(rml_sample *sample, double *matrix, int32_t n_columns)
{
    free(sample->matrix);
    sample->matrix = matrix;
    sample->x = (rml_columns){sample->n_rows, sample->n_rows, n_columns, matrix};
    sample->n_raters = 0;
}

rml_status rml_sample_keep(rml_sample *sample, const int32_t *kept, int32_t n_kept)
{
    const size_t n = (size_t)sample->n_rows;
    double *matrix = malloc((n * (size_t)n_kept + 1) * sizeof *matrix);
    uint8_t *mark = sample->mark ? malloc((size_t)n_kept + 1) : NULL;
    double *told = malloc(((size_t)n_kept + 1) * sizeof *told);

    if (!matrix || !told || (sample->mark && !mark)) {
        free(matrix);
        free(mark);
        free(told);
        return RML_ENOMEM;
    }
    for (int32_t t = 0; t < sample->n_told; ++t) {
        for (int32_t k = 0; k < n_kept; ++k) told[k] = sample->told[t][kept[k]];
        memcpy(sample->told[t], told, (size_t)n_kept * sizeof *told);
    }
    free(told);
    for (int32_t k = 0; k < n_kept; ++k) {
        memcpy(matrix + n * (size_t)k, rml_column(&sample->x, kept[k]), n * sizeof *matrix);
        if (mark) mark[k] = sample->mark[kept[k]];
    }
    take_matrix(sample, matrix, n_kept);
    free(sample->mark);
    sample->mark = mark;
    return RML_OK;
}

void rml_sample_replace(rml_sample *sample, double *matrix)
{
    take_matrix(sample, matrix, sample->x.n_columns);
}

void rml_sample_renew(rml_sample *sample, double *matrix, int32_t n_columns)
{
    take_matrix(sample, matrix, n_columns);
    free(sample->mark);
    sample->mark = NULL;
    sample->n_told = 0;
}

const int32_t *rml_outcome_strata(rml_outcome_kind outcome, int32_t n, const double *y, const uint8_t *event,
                                  int32_t *class)
{
    if (outcome == RML_OUTCOME_VALUE) return NULL;
    for (int32_t i = 0; i < n; ++i) class[i] = event ? event[i] : (int32_t)y[i];
    return class;
}

typedef struct rml_who {
    uint64_t key;
    int32_t patient, class;
} rml_who;

static int by_key(const void *a, const void *b)
{
    const rml_who *x = a, *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->patient > y->patient) - (x->patient < y->patient);
}

rml_status rml_sample_folds(const rml_sample *sample, int32_t k, uint64_t seed, int32_t *fold)
{
    const int32_t n = sample->n_patients;
    rml_who *who = calloc((size_t)n + 1, sizeof *who);
    int32_t *class = calloc(2 * (size_t)n + 1, sizeof *class), *of_patient = class ? class + n : NULL, n_unique = 0;
    uint64_t *key = calloc((size_t)n + 1, sizeof *key);
    rml_splits splits = {0};
    rml_status status = who && class && key ? RML_OK : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < sample->n_rows; ++i) {
        int32_t code = 0;

        (void)rml_outcome_strata(sample->outcome, 1, &sample->y[i], sample->event ? &sample->event[i] : NULL, &code);
        who[sample->patient[i]] = (rml_who){sample->key[sample->patient[i]], sample->patient[i], code};
    }
    if (status == RML_OK) qsort(who, (size_t)n, sizeof *who, by_key);
    for (int32_t i = 0; status == RML_OK && i < n; ++i)
        if (i == 0 || who[i].key != who[i - 1].key) {
            key[n_unique] = who[i].key;
            class[n_unique++] = who[i].class;
        }
    if (status == RML_OK)
        status = rml_split_kfold(n_unique, sample->outcome == RML_OUTCOME_VALUE ? NULL : class, key, k, 1, seed, 0,
                                 &splits, NULL);
    for (int32_t f = 0; status == RML_OK && f < k; ++f) /* class is free again: it holds the unique patients' folds */
        for (int32_t t = 0; t < splits.split[f].n_test; ++t) class[splits.split[f].test[t]] = f;
    for (int32_t i = 0, unique = -1; status == RML_OK && i < n; ++i) {
        unique += i == 0 || who[i].key != who[i - 1].key;
        of_patient[who[i].patient] = class[unique];
    }
    for (int32_t i = 0; status == RML_OK && i < sample->n_rows; ++i) fold[i] = of_patient[sample->patient[i]];
    rml_splits_free(&splits);
    free(who);
    free(class);
    free(key);
    return status;
}

void rml_sample_patient_mean(const rml_sample *sample, const double *value, double *mean)
{
    int32_t i = 0;

    for (int32_t p = 0; p < sample->n_patients; ++p) {
        const int32_t first = i;
        double sum = 0.0;

        for (; i < sample->n_rows && sample->patient[i] == p; ++i) sum += value[i];
        mean[p] = sum / (i - first);
    }
}

bool rml_sample_missing(const rml_sample *sample)
{
    for (int32_t j = 0; j < sample->x.n_columns; ++j) {
        const double *value = rml_column(&sample->x, j);

        for (int32_t i = 0; i < sample->n_rows; ++i)
            if (!isfinite(value[i])) return true;
    }
    return false;
}
