/* The packed dataset as arrays: nothing is copied but names' places. */
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset.h"
#include "jobs/patients.h"

typedef struct rml_walk {
    rml_reader reader;
    void **item; /* what is to be given back */
    int32_t n, room;
    rml_status status;
} rml_walk;

static void *take(rml_walk *w, size_t n, size_t size)
{
    void *memory = NULL;

    if (w->n == w->room) {
        const int32_t room = w->room ? 2 * w->room : 32;
        void **item = realloc(w->item, (size_t)room * sizeof *item);

        if (item) {
            w->item = item;
            w->room = room;
        }
    }
    if (w->n < w->room) memory = calloc(n + 1, size);
    if (memory)
        w->item[w->n++] = memory;
    else
        w->status = RML_ENOMEM;
    return memory;
}

/* The next piece, which must have n_bytes; any length when n_bytes is -1. */
static const void *piece(rml_walk *w, int64_t n_bytes, size_t *found)
{
    const uint64_t n = rml_read_u64(&w->reader);
    const void *bytes;

    if (w->status != RML_OK) return NULL;
    if (w->reader.failed || n > w->reader.n_left || (n_bytes >= 0 && n != (uint64_t)n_bytes)) {
        w->status = RML_EFORMAT;
        return NULL;
    }
    bytes = rml_read_bytes(&w->reader, n);
    rml_read_bytes(&w->reader, (8 - n % 8) % 8);
    if (found) *found = n;
    return bytes;
}

static const char **names(rml_walk *w, int32_t n)
{
    size_t n_bytes = 0;
    const char *text = piece(w, -1, &n_bytes), *end = text ? text + n_bytes : NULL;
    const char **name = take(w, (size_t)n, sizeof *name);

    for (int32_t i = 0; w->status == RML_OK && i < n; ++i) {
        const char *stop = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

        if (!stop) {
            w->status = RML_EFORMAT;
            return NULL;
        }
        name[i] = text;
        text = stop + 1;
    }
    return name;
}

static int32_t number(rml_walk *w)
{
    const int32_t *value = piece(w, sizeof *value, NULL);

    return value ? *value : 0;
}

static rml_dataset_texts texts(rml_walk *w)
{
    rml_dataset_texts read = {.n = number(w)};

    read.text = names(w, read.n);
    return read;
}

static void read_factors(rml_walk *w, rml_dataset *d)
{
    const int32_t n = d->data.n_factors;
    int32_t *n_levels = take(w, (size_t)n, sizeof *n_levels);
    const int32_t **code = take(w, (size_t)n, sizeof *code);

    d->level = take(w, (size_t)n, sizeof *d->level);
    for (int32_t f = 0; w->status == RML_OK && f < n; ++f) {
        n_levels[f] = number(w);
        d->level[f] = names(w, n_levels[f]);
        code[f] = piece(w, (int64_t)d->data.n_rows * (int64_t)sizeof **code, NULL);
    }
    d->data.n_levels = n_levels;
    d->data.factor = code;
    d->data.level = (const char *const *const *)d->level; /* what the steps' sentences say */
    d->data.named = piece(w, -1, NULL);
}

static void read_covariates(rml_walk *w, rml_dataset *d)
{
    const double **value = take(w, (size_t)d->data.n_covariates, sizeof *value);
    rml_dataset_texts *text = take(w, (size_t)d->data.n_covariates, sizeof *text);

    for (int32_t c = 0; w->status == RML_OK && c < d->data.n_covariates; ++c) {
        value[c] = piece(w, (int64_t)d->data.n_rows * (int64_t)sizeof **value, NULL);
        text[c] = texts(w);
    }
    d->data.covariate = value;
    d->covariate_text = text;
}

static void read_readings(rml_walk *w, rml_dataset *d, int32_t n_subjects)
{
    const int32_t n = d->data.n_raters, p = d->all.n_columns;
    const int64_t each = (int64_t)p * n_subjects;
    rml_columns *reading = take(w, (size_t)n, sizeof *reading);
    const double *x;

    d->data.subject = piece(w, n > 0 ? (int64_t)d->data.n_patients * (int64_t)sizeof(int32_t) : -1, NULL);
    x = piece(w, n * each * (int64_t)sizeof *x, NULL);
    for (int32_t r = 0; w->status == RML_OK && r < n; ++r)
        reading[r] = (rml_columns){n_subjects, n_subjects, d->data.x.n_columns, x + r * each};
    d->data.reading = reading;
}

static void read_told(rml_walk *w, rml_dataset *d)
{
    const int32_t n = number(w), p = d->all.n_columns;
    const char **provenance = names(w, n);
    const double *x = piece(w, (int64_t)n * p * (int64_t)sizeof *x, NULL), **told = take(w, (size_t)n, sizeof *told);

    for (int32_t t = 0; w->status == RML_OK && t < n; ++t) told[t] = x + (int64_t)t * p;
    d->told_provenance = provenance;
    d->data.n_told = n;
    d->data.told = told;
}

static void read_groups(rml_walk *w, rml_dataset *d, bool given)
{
    const int32_t n = d->data.n_patients;
    size_t n_bytes = 0;

    d->n_groups = number(w);
    d->group_name = names(w, d->n_groups);
    d->group = piece(w, -1, &n_bytes);
    if (n_bytes == 0) d->group = NULL;
    if (n_bytes > 0 && n_bytes != (size_t)n * sizeof *d->group) w->status = RML_EFORMAT;
    if (!given || w->status != RML_OK) return;
    d->given = take(w, (size_t)d->n_groups, sizeof *d->given);
    for (int32_t g = 0; w->status == RML_OK && g < d->n_groups; ++g)
        d->given[g] = piece(w, n * (int64_t)sizeof **d->given, NULL);
}

/* Clinical columns are the last; of volumes those of voxels count if there are any, else the mesh's. */
static void mark_columns(const rml_dataset *d, uint8_t *mark)
{
    const int32_t n = d->all.n_columns;
    size_t n_before, n_behind;
    bool found = false;

    for (int32_t j = n - d->n_clinical; j < n; ++j) mark[j] |= RML_MARK_FIXED;
    for (int32_t v = 0; v < RML_VOLUMES && !found; ++v)
        for (int32_t j = 0; j < n - d->n_clinical; ++j)
            if (rml_is_volume(d->feature[j], v, &n_before, &n_behind)) {
                mark[j] |= RML_MARK_VOLUME;
                found = true;
            }
}

rml_status rml_dataset_unpack(const void *bytes, size_t n_bytes, rml_dataset *dataset)
{
    enum { N_COUNTS = 19 };
    rml_walk w = {.reader = rml_reader_of(bytes, n_bytes)};
    rml_dataset d = {0};
    const int32_t *count = piece(&w, N_COUNTS * sizeof *count, NULL);
    const int64_t *pivoted = piece(&w, 2 * sizeof *pivoted, NULL);
    const char **parameters;
    rml_dataset_texts *clinical;
    uint8_t *mark;

    if (!count || !pivoted) return w.status;
    for (int32_t c = 0; c < N_COUNTS; ++c)
        if (count[c] < 0) return RML_EFORMAT;
    d.data.n_rows = count[0];
    d.data.n_patients = count[1];
    d.data.outcome = (rml_outcome_kind)count[3];
    d.data.n_classes = count[4];
    d.data.n_factors = count[5];
    d.data.n_covariates = count[6];
    d.data.n_raters = count[7];
    d.n_clinical = count[9];
    d.n_without_outcome = count[10];
    d.n_without_clinical = count[11];
    d.n_clinical_unused = count[12];
    d.n_before_landmark = count[15];
    d.n_without_landmark = count[16];
    d.n_without_stratum = count[17];
    d.n_without_offset = count[18];
    d.n_pivot_without = pivoted[0];
    d.n_pivot_negligible = pivoted[1];
    d.patient = names(&w, d.data.n_patients);
    d.data.key = piece(&w, d.data.n_patients * (int64_t)sizeof *d.data.key, NULL);
    d.data.y = piece(&w, d.data.n_patients * (int64_t)sizeof *d.data.y, NULL);
    d.data.event = piece(&w, d.data.outcome == RML_OUTCOME_TIME ? d.data.n_patients : 0, NULL);
    if (d.data.outcome != RML_OUTCOME_TIME) d.data.event = NULL;
    d.class_name = names(&w, d.data.n_classes);
    parameters = names(&w, 1);
    d.parameters = w.status == RML_OK ? parameters[0] : "";
    d.feature = names(&w, count[2]);
    d.all = (rml_columns){d.data.n_rows, d.data.n_rows, count[2],
                          piece(&w, (int64_t)count[2] * d.data.n_rows * (int64_t)sizeof(double), NULL)};
    if (d.n_clinical > count[2]) w.status = RML_EFORMAT;
    d.data.x = d.all;
    if (count[14] && w.status == RML_OK) d.data.x.n_columns -= d.n_clinical;
    mark = take(&w, (size_t)count[2], sizeof *mark);
    if (w.status == RML_OK) mark_columns(&d, mark);
    d.data.mark = mark;
    clinical = take(&w, (size_t)d.n_clinical, sizeof *clinical);
    for (int32_t u = 0; w.status == RML_OK && u < d.n_clinical; ++u) clinical[u] = texts(&w);
    d.clinical_text = clinical;
    d.data.first_row = piece(&w, ((int64_t)d.data.n_patients + 1) * (int64_t)sizeof *d.data.first_row, NULL);
    read_factors(&w, &d);
    read_covariates(&w, &d);
    read_readings(&w, &d, count[8]);
    read_told(&w, &d);
    read_groups(&w, &d, count[13] != 0);
    d.n_reports = number(&w);
    d.report_name = names(&w, d.n_reports);
    d.report = piece(&w, (int64_t)d.n_reports * d.data.n_patients * (int64_t)sizeof(double), NULL);
    d.without_clinical = names(&w, d.n_without_clinical);
    d.clinical_unused = names(&w, d.n_clinical_unused);
    if (w.status == RML_OK && w.reader.failed) w.status = RML_EFORMAT;
    if (w.status != RML_OK) {
        for (int32_t i = 0; i < w.n; ++i) free(w.item[i]);
        free(w.item);
        return w.status;
    }
    d.index = w.item;
    d.n_index = w.n;
    *dataset = d;
    return RML_OK;
}

void rml_dataset_free(rml_dataset *dataset)
{
    if (!dataset) return;
    for (int32_t i = 0; i < dataset->n_index; ++i) free(dataset->index[i]);
    free(dataset->index);
    *dataset = (rml_dataset){0};
}
