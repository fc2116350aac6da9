#include "jobs/cohort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Inflated voxels for a byte of .gz, and what a case takes beside its volumes: the hand-out weighs tasks by these
 * before any header is opened. Medical images compress two- to fourfold; masks far more, but they are small. */
static const double INFLATION = 4.0;
static const int64_t CASE_MEMORY = (int64_t)64 << 20;

static const char *cell(const rml_cohort *cohort, int64_t row, int32_t column)
{
    return column < 0 ? "" : cohort->manifest.table.cell[row * cohort->manifest.table.n_columns + column];
}

const char *rml_cohort_label(const rml_cohort *cohort, int64_t row)
{
    const char *own = cohort->override_label ? "" : cell(cohort, row, cohort->manifest.label);

    return *own ? own : cohort->default_label;
}

int32_t rml_cohort_label_channel(const rml_cohort *cohort, int64_t row, const rml_params *params)
{
    const char *own = cell(cohort, row, cohort->manifest.label_channel);

    return *own ? (int32_t)strtol(own, NULL, 10) : params->label_channel; /* digits: checked on reading */
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

typedef struct rml_file_state {
    int64_t n_bytes; /* -1: not there */
    int64_t seconds, nanoseconds;
} rml_file_state;

static rml_file_state state_of(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0) return (rml_file_state){.n_bytes = -1};
    return (rml_file_state){info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

static void put_state(rml_blob *blob, const rml_file_state *state)
{
    rml_blob_put_i64(blob, state->n_bytes);
    rml_blob_put_i64(blob, state->seconds);
    rml_blob_put_i64(blob, state->nanoseconds);
}

static rml_status describe_row(rml_cohort *cohort, int64_t row, const rml_params *params, rml_blob *scratch,
                               rml_error *err)
{
    const rml_manifest *manifest = &cohort->manifest;
    char *image = rml_manifest_path(manifest, row, manifest->image),
         *mask = rml_manifest_path(manifest, row, manifest->mask);
    rml_file_state image_state, mask_state;
    rml_status status = RML_OK;

    cohort->id[row] = rml_manifest_id(manifest, row);
    if (!image || !mask || !cohort->id[row]) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)cohort->n_rows);
        goto done;
    }
    image_state = state_of(image);
    mask_state = strcmp(image, mask) == 0 ? image_state : state_of(mask);
    cohort->cost[row] = (double)(image_state.n_bytes > 0 ? image_state.n_bytes : 0) +
                        (double)(mask_state.n_bytes > 0 ? mask_state.n_bytes : 0);
    rml_blob_clear(scratch);
    rml_blob_put_text(scratch, cohort->id[row]);
    rml_blob_put_text(scratch, rml_cohort_label(cohort, row));
    rml_blob_put_i32(scratch, rml_cohort_label_channel(cohort, row, params));
    rml_blob_put_text(scratch, cell(cohort, row, manifest->image));
    put_state(scratch, &image_state);
    rml_blob_put_text(scratch, cell(cohort, row, manifest->mask));
    put_state(scratch, &mask_state);
    if (scratch->failed) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the description of a case");
        goto done;
    }
    cohort->key[row] = rml_key_of(scratch->bytes, scratch->n_bytes);
done:
    free(image);
    free(mask);
    return status;
}

static rml_status check_row(const rml_cohort *cohort, const char *path, int64_t row, rml_error *err)
{
    const char *channel = cell(cohort, row, cohort->manifest.label_channel);
    rml_label_spec spec = {0};
    rml_error inner = {0};
    const rml_status status = rml_label_spec_parse(rml_cohort_label(cohort, row), &spec, &inner);

    rml_label_spec_free(&spec);
    if (status != RML_OK)
        return rml_fail(err, status, "%s line %lld: %s", path, (long long)cohort->manifest.table.line[row], inner.text);
    if (*channel && (strspn(channel, "0123456789") != strlen(channel) || strlen(channel) > 6))
        return rml_fail(err, RML_ESETTING, "%s line %lld: Label_channel \"%s\"; a number from 0 was expected", path,
                        (long long)cohort->manifest.table.line[row], channel);
    return RML_OK;
}

/* --- rows that are alike ----------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b, void *context)
{
    const rml_cohort *cohort = context;
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const rml_key *x = &cohort->key[i], *y = &cohort->key[j];

    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    return (i > j) - (i < j);
}

static void find_twins(rml_cohort *cohort, int64_t *order)
{
    const int64_t n = cohort->n_rows;

    qsort_r(order, (size_t)n, sizeof *order, by_key, cohort);
    for (int64_t i = 0; i < n; ++i) cohort->twin[i] = -1;
    for (int64_t i = 1; i < n; ++i) {
        const rml_key *a = &cohort->key[order[i - 1]], *b = &cohort->key[order[i]];

        if (a->high != b->high || a->low != b->low) continue;
        cohort->twin[order[i]] = order[i - 1];
        if (cohort->twin[order[i - 1]] < 0) cohort->twin[order[i - 1]] = order[i];
    }
}

/* Rows of one ID together, then those that only the files could tell apart. */
static int by_name(const void *a, const void *b, void *context)
{
    const rml_cohort *cohort = context;
    const rml_manifest *m = &cohort->manifest;
    const int32_t columns[3] = {m->sequence, m->timepoint, m->reader};
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    int order = strcmp(cohort->id[i], cohort->id[j]);

    for (int c = 0; c < 3 && order == 0; ++c) order = strcmp(cell(cohort, i, columns[c]), cell(cohort, j, columns[c]));
    return order ? order : (i > j) - (i < j);
}

static bool labels_overlap(const char *a, const char *b)
{
    rml_label_spec x = {0}, y = {0};
    bool overlap = true;

    if (strcmp(a, b) != 0 && rml_label_spec_parse(a, &x, NULL) == RML_OK &&
        rml_label_spec_parse(b, &y, NULL) == RML_OK && !x.all && !y.all) {
        overlap = false;
        for (int32_t i = 0; i < x.n_rois; ++i)
            for (int32_t j = 0; j < y.n_rois; ++j)
                overlap |= x.roi[i].n == y.roi[j].n &&
                           memcmp(x.roi[i].label, y.roi[j].label, (size_t)x.roi[i].n * sizeof *x.roi[i].label) == 0;
    }
    rml_label_spec_free(&x);
    rml_label_spec_free(&y);
    return overlap;
}

/* Whether two of the rows, alike in all but their files, name one ROI. */
static bool any_overlap(const rml_cohort *cohort, const int64_t *rows, int64_t n)
{
    enum { MOST = 64 }; /* beyond this the pairs are too many to ask: better a long name than a slow start */

    if (n > MOST) return true;
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = i + 1; j < n; ++j) {
            if (cohort->twin[rows[i]] >= 0 && cohort->twin[rows[j]] >= 0) continue; /* neither gets a row */
            if (labels_overlap(rml_cohort_label(cohort, rows[i]), rml_cohort_label(cohort, rows[j]))) return true;
        }
    return false;
}

/* Which columns the index needs: those in which two rows of one ID differ. Where rows are alike in all of them and name
 * the same ROI, the files' names tell them apart. */
static void find_distinctions(rml_cohort *cohort, int64_t *order)
{
    const rml_manifest *m = &cohort->manifest;
    const int32_t columns[3] = {m->sequence, m->timepoint, m->reader};
    bool *needed[3] = {&cohort->with_sequence, &cohort->with_timepoint, &cohort->with_reader};
    int64_t alike = 0; /* where the run of rows begins that are alike so far */

    qsort_r(order, (size_t)cohort->n_rows, sizeof *order, by_name, cohort);
    for (int64_t i = 1; i <= cohort->n_rows; ++i) {
        bool same = i < cohort->n_rows && strcmp(cohort->id[order[i - 1]], cohort->id[order[i]]) == 0;

        for (int c = 0; same && c < 3; ++c)
            if (columns[c] >= 0 &&
                strcmp(cell(cohort, order[i - 1], columns[c]), cell(cohort, order[i], columns[c])) != 0) {
                *needed[c] = true;
                same = false;
            }
        if (same) continue;
        if (i - alike > 1 && !cohort->with_files) cohort->with_files = any_overlap(cohort, order + alike, i - alike);
        alike = i;
    }
}

char *rml_cohort_index(const rml_cohort *cohort, int64_t row, const char *label)
{
    const rml_manifest *m = &cohort->manifest;
    char *text = NULL;

    if (asprintf(&text, "%s|%s%s%s%s%s%s%s%s%s%s%s", cohort->id[row], label, cohort->with_sequence ? "|" : "",
                 cohort->with_sequence ? cell(cohort, row, m->sequence) : "", cohort->with_timepoint ? "|" : "",
                 cohort->with_timepoint ? cell(cohort, row, m->timepoint) : "", cohort->with_reader ? "|" : "",
                 cohort->with_reader ? cell(cohort, row, m->reader) : "", cohort->with_files ? "|" : "",
                 cohort->with_files ? cell(cohort, row, m->image) : "", cohort->with_files ? "|" : "",
                 cohort->with_files ? cell(cohort, row, m->mask) : "") < 0)
        return NULL;
    return text;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

void rml_cohort_free(rml_cohort *cohort)
{
    if (!cohort) return;
    for (int64_t r = 0; cohort->id && r < cohort->n_rows; ++r) free(cohort->id[r]);
    free(cohort->id);
    free(cohort->key);
    free(cohort->twin);
    free(cohort->cost);
    free((void *)(uintptr_t)cohort->default_label);
    rml_manifest_free(&cohort->manifest);
    *cohort = (rml_cohort){0};
}

rml_status rml_cohort_read(const char *path, const char *label, const rml_params *params, rml_cohort *cohort,
                           rml_error *err)
{
    rml_cohort read = {0};
    rml_blob scratch = {0};
    int64_t *order = NULL;
    char *default_label = NULL;
    rml_status status = rml_manifest_read(path, &read.manifest, err);

    if (status != RML_OK) goto done;
    read.n_rows = read.manifest.table.n_rows;
    read.override_label = label != NULL;
    if (label)
        default_label = strdup(label);
    else if (asprintf(&default_label, "%u", params->label) < 0)
        default_label = NULL;
    read.default_label = default_label;
    read.id = calloc((size_t)read.n_rows + 1, sizeof *read.id);
    read.key = calloc((size_t)read.n_rows + 1, sizeof *read.key);
    read.twin = malloc(((size_t)read.n_rows + 1) * sizeof *read.twin);
    read.cost = calloc((size_t)read.n_rows + 1, sizeof *read.cost);
    order = malloc(((size_t)read.n_rows + 1) * sizeof *order);
    if (!default_label || !read.id || !read.key || !read.twin || !read.cost || !order) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)read.n_rows);
        goto done;
    }
    for (int64_t r = 0; r < read.n_rows; ++r) {
        order[r] = r;
        status = check_row(&read, path, r, err);
        if (status == RML_OK) status = describe_row(&read, r, params, &scratch, err);
        if (status != RML_OK) goto done;
    }
    find_twins(&read, order);
    find_distinctions(&read, order);
    *cohort = read;
    read = (rml_cohort){0};
done:
    rml_blob_free(&scratch);
    free(order);
    rml_cohort_free(&read);
    return status;
}

/* --- tasks ------------------------------------------------------------------------------------------------------- */

static int by_files(const void *a, const void *b, void *context)
{
    const rml_cohort *cohort = context;
    const rml_manifest *m = &cohort->manifest;
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const int32_t columns[3] = {m->image, m->mask, m->label_channel};

    for (int c = 0; c < 3; ++c) {
        const int order = strcmp(cell(cohort, i, columns[c]), cell(cohort, j, columns[c]));

        if (order) return order;
    }
    return (i > j) - (i < j);
}

static bool same_files(const rml_cohort *cohort, int64_t i, int64_t j)
{
    const rml_manifest *m = &cohort->manifest;

    return strcmp(cell(cohort, i, m->image), cell(cohort, j, m->image)) == 0 &&
           strcmp(cell(cohort, i, m->mask), cell(cohort, j, m->mask)) == 0 &&
           strcmp(cell(cohort, i, m->label_channel), cell(cohort, j, m->label_channel)) == 0;
}

static bool compressed(const char *path)
{
    const size_t n = strlen(path);

    return (n > 3 && strcmp(path + n - 3, ".gz") == 0) || (n > 5 && strcmp(path + n - 5, ".nrrd") == 0);
}

void rml_tasks_free(rml_tasks *tasks)
{
    free(tasks->first);
    free(tasks->row);
    free(tasks->key);
    free(tasks->task);
    *tasks = (rml_tasks){0};
}

rml_status rml_cohort_tasks(const rml_cohort *cohort, const bool *pending, rml_tasks *tasks, rml_error *err)
{
    int64_t n = 0, t = 0;

    *tasks = (rml_tasks){0};
    for (int64_t r = 0; r < cohort->n_rows; ++r) n += pending[r];
    tasks->row = malloc(((size_t)n + 1) * sizeof *tasks->row);
    tasks->key = malloc(((size_t)n + 1) * sizeof *tasks->key);
    tasks->first = malloc(((size_t)n + 1) * sizeof *tasks->first);
    tasks->task = calloc((size_t)n + 1, sizeof *tasks->task);
    if (!tasks->row || !tasks->key || !tasks->first || !tasks->task) {
        rml_tasks_free(tasks);
        return rml_fail(err, RML_ENOMEM, "no memory for %lld tasks", (long long)n);
    }
    for (int64_t r = 0, i = 0; r < cohort->n_rows; ++r)
        if (pending[r]) tasks->row[i++] = r;
    qsort_r(tasks->row, (size_t)n, sizeof *tasks->row, by_files, (void *)(uintptr_t)cohort);
    for (int64_t i = 0; i < n; ++t) {
        rml_farm_task *task = &tasks->task[t];
        const int64_t row = tasks->row[i];
        const bool gz = compressed(cell(cohort, row, cohort->manifest.image));

        tasks->first[t] = i;
        task->keys = &tasks->key[i];
        task->cost = cohort->cost[row];
        task->memory_bytes = (int64_t)(cohort->cost[row] * (gz ? 1.0 + INFLATION : 1.0)) + CASE_MEMORY;
        for (; i < n && same_files(cohort, row, tasks->row[i]); ++i) {
            tasks->key[i] = cohort->key[tasks->row[i]];
            ++task->n_units;
        }
    }
    tasks->n = t;
    tasks->first[t] = n;
    return RML_OK;
}
