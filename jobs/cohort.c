/* 1. What a row is     its files, its keys
 * 2. Reading */
#include "jobs/cohort.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "io/volume.h"
#include "jobs/cohort_build.h"
#include "jobs/diagnostics_columns.h"
#include "jobs/options.h"

/* Inflated voxels for a byte of .gz, and what a case takes beside its volumes: the hand-out weighs tasks by these
 * before any header is opened. Medical images compress two- to fourfold; masks far more, but they are small. A case
 * that takes more asks for it when it knows (jobs/memory.h). */
static const double INFLATION = 4.0;
static const int64_t CASE_MEMORY = (int64_t)64 << 20;

const char *rml_cohort_label(const rml_cohort *cohort, int64_t row)
{
    const char *own = cohort->override_label ? "" : rml_cohort_cell(cohort, row, cohort->manifest.label);

    return *own ? own : cohort->default_label;
}

int32_t rml_cohort_label_channel(const rml_cohort *cohort, int64_t row, const rml_params *params)
{
    const char *own = rml_cohort_cell(cohort, row, cohort->manifest.label_channel);

    return *own ? (int32_t)strtol(own, NULL, 10) : params->label_channel; /* digits: checked on reading */
}

/* 1. What a row is ------------------------------------------------------------------------------------------------ */

typedef struct rml_input {
    rml_file_state file;
    rml_file_state data; /* where the voxels of a detached header are; else as not there */
    bool compressed;
} rml_input;

static bool ends_in(const char *text, const char *ending)
{
    const size_t n = strlen(text), n_ending = strlen(ending);

    return n > n_ending && strcasecmp(text + n - n_ending, ending) == 0;
}

/* Sizes and times. A header is read only where it may name another file, which has a size and a time too; one that
 * cannot be understood names none, and the case fails when it is opened. */
static rml_input input_of(const char *path)
{
    enum { SMALL = 16384 }; /* no .nrrd of this size is worth a guess at how it compresses */
    rml_input input = {.file = rml_file_state_of(path),
                       .data = {.n_bytes = -1},
                       .compressed = ends_in(path, ".gz") || ends_in(path, ".nrrd")};
    char *data = NULL;
    bool compressed;

    if (ends_in(path, ".nhdr") || (ends_in(path, ".nrrd") && input.file.n_bytes <= SMALL))
        data = rml_volume_data_file(path, &compressed);
    if (!data) return input;
    input.data = rml_file_state_of(data);
    input.compressed = compressed;
    free(data);
    return input;
}

static int64_t bytes_of(const rml_input *input)
{
    return (input->file.n_bytes > 0 ? input->file.n_bytes : 0) + (input->data.n_bytes > 0 ? input->data.n_bytes : 0);
}

static void put_state(rml_blob *blob, const rml_file_state *state)
{
    rml_blob_put_i64(blob, state->n_bytes);
    rml_blob_put_i64(blob, state->seconds);
    rml_blob_put_i64(blob, state->nanoseconds);
}

/* Labels as they were understood: "01" is "1". */
static void put_labels(rml_blob *blob, const rml_label_spec *spec)
{
    rml_blob_put_u8(blob, spec->all);
    rml_blob_put_i32(blob, spec->n_rois);
    for (int32_t r = 0; r < spec->n_rois; ++r) {
        rml_blob_put_i32(blob, spec->roi[r].n);
        for (int32_t i = 0; i < spec->roi[r].n; ++i) rml_blob_put_u32(blob, spec->roi[r].label[i]);
    }
}

static void put_key(rml_blob *blob, rml_key key)
{
    rml_blob_put_u64(blob, key.high);
    rml_blob_put_u64(blob, key.low);
}

static rml_key take_key(rml_blob *blob)
{
    const rml_key key = rml_key_of(blob->bytes, blob->n_bytes);

    rml_blob_clear(blob);
    return key;
}

static void put_path(rml_blob *blob, const char *path, char *scratch)
{
    rml_path_tidy(path, scratch);
    rml_blob_put_text(blob, scratch);
}

int64_t rml_cohort_row_of(const rml_cohort *cohort, uint64_t device, uint64_t inode, const char **role)
{
    static const char *const roles[RML_N_CASE_FILES] = {"image", "image's data file", "mask", "mask's data file"};

    for (int64_t r = 0; r < cohort->n_rows; ++r)
        for (int f = 0; f < RML_N_CASE_FILES; ++f) {
            const rml_file_state *state = &cohort->state[r * RML_N_CASE_FILES + f];

            if (state->n_bytes < 0 || state->inode != inode || state->device != device) continue;
            *role = roles[f];
            return r;
        }
    return -1;
}

static rml_key key_of_row(const rml_place *place, const rml_file_state state[RML_N_CASE_FILES], rml_blob *scratch)
{
    put_key(scratch, place->own);
    put_labels(scratch, &place->spec);
    for (int f = 0; f < RML_N_CASE_FILES; ++f) put_state(scratch, &state[f]);
    return take_key(scratch);
}

/* The keys that a row with all its files would have without some of them: who later finds a file gone knows by them
 * whose result that was. */
static void list_gone(const rml_place *place, const rml_file_state state[RML_N_CASE_FILES], rml_key gone[RML_N_GONE],
                      rml_blob *scratch)
{
    const rml_file_state nothing = {.n_bytes = -1};

    for (int g = 0; g < RML_N_GONE; ++g) {
        rml_file_state left[RML_N_CASE_FILES];

        memcpy(left, state, sizeof left);
        if (g != RML_MASK_GONE) left[RML_IMAGE_FILE] = left[RML_IMAGE_DATA] = nothing;
        if (g != RML_IMAGE_GONE) left[RML_MASK_FILE] = left[RML_MASK_DATA] = nothing;
        gone[g] = key_of_row(place, left, scratch);
    }
}

static rml_status describe_row(rml_cohort *cohort, int64_t row, rml_place *place, rml_blob *scratch, rml_error *err)
{
    const rml_manifest *m = &cohort->manifest;
    char *image = rml_manifest_path(m, row, m->image), *mask = rml_manifest_path(m, row, m->mask);
    char *tidy =
        malloc(strlen(rml_cohort_cell(cohort, row, m->image)) + strlen(rml_cohort_cell(cohort, row, m->mask)) + 2);
    rml_input image_input, mask_input;
    rml_file_state *state;
    rml_status status = RML_OK;
    double bytes;

    cohort->id[row] = rml_manifest_id(m, row);
    if (!image || !mask || !tidy || !cohort->id[row]) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)cohort->n_rows);
        goto done;
    }
    image_input = input_of(image);
    mask_input = strcmp(image, mask) == 0 ? image_input : input_of(mask);
    state = &cohort->state[row * RML_N_CASE_FILES];
    state[RML_IMAGE_FILE] = image_input.file;
    state[RML_IMAGE_DATA] = image_input.data;
    state[RML_MASK_FILE] = mask_input.file;
    state[RML_MASK_DATA] = mask_input.data;
    bytes = (double)(bytes_of(&image_input) + bytes_of(&mask_input));
    cohort->cost[row] = bytes;
    cohort->memory[row] = (int64_t)(bytes * (image_input.compressed ? 1.0 + INFLATION : 1.0)) + CASE_MEMORY;

    rml_blob_clear(scratch);
    rml_blob_put_text(scratch, cohort->id[row]);
    rml_blob_put_text(scratch, rml_cohort_cell(cohort, row, m->sequence));
    rml_blob_put_text(scratch, rml_cohort_cell(cohort, row, m->timepoint));
    rml_blob_put_text(scratch, rml_cohort_cell(cohort, row, m->reader));
    place->who = take_key(scratch);
    put_path(scratch, rml_cohort_cell(cohort, row, m->image), tidy);
    put_path(scratch, rml_cohort_cell(cohort, row, m->mask), tidy);
    place->files = take_key(scratch);
    rml_blob_put_text(scratch, cohort->id[row]);
    put_key(scratch, place->files);
    rml_blob_put_i32(scratch, cohort->channel[row]);
    place->own = take_key(scratch);
    cohort->key[row] = key_of_row(place, state, scratch);
    list_gone(place, state, &cohort->gone[row * RML_N_GONE], scratch);
    if (scratch->failed) status = rml_fail(err, RML_ENOMEM, "no memory for the description of a case");
done:
    free(image);
    free(mask);
    free(tidy);
    return status;
}

static rml_status check_row(const rml_cohort *cohort, const char *path, int64_t row, rml_label_spec *spec,
                            rml_error *err)
{
    const char *channel = rml_cohort_cell(cohort, row, cohort->manifest.label_channel);
    rml_error inner = {0};
    const rml_status status = rml_label_spec_parse(rml_cohort_label(cohort, row), spec, &inner);

    if (status != RML_OK)
        return rml_fail(err, status, "%s line %lld: %s", path, (long long)cohort->manifest.table.line[row], inner.text);
    if (*channel && (strspn(channel, "0123456789") != strlen(channel) || strlen(channel) > 6))
        return rml_fail(err, RML_ESETTING, "%s line %lld: Label_channel \"%s\"; a number from 0 was expected", path,
                        (long long)cohort->manifest.table.line[row], channel);
    return RML_OK;
}

static int by_column_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The CSV has the manifest's columns and the features' in one header. */
static rml_status check_columns(const rml_cohort *cohort, const char *path, const rml_params *params, rml_error *err)
{
    const rml_table *table = &cohort->manifest.table;
    const size_t n = (size_t)table->n_columns;
    const char **names = malloc((n + 1) * sizeof *names);
    rml_status status = RML_OK;

    if (!names) return rml_fail(err, RML_ENOMEM, "%s: no memory for its columns", path);
    memcpy(names, table->header, n * sizeof *names);
    qsort(names, n, sizeof *names, by_column_name);
    for (int32_t c = 0; c < rml_params_n_columns(params) && status == RML_OK; ++c) {
        char name[RML_COLUMN_NAME];
        const char *key = name;

        rml_params_column(params, c, NULL, name);
        if (bsearch(&key, names, n, sizeof *names, by_column_name))
            status = rml_fail(err, RML_ESETTING,
                              "%s: column \"%s\" has the name of a feature that is computed, expected another name",
                              path, name);
    }
    for (size_t c = 0; c < n && status == RML_OK; ++c)
        if (rml_diagnostic_names(params, names[c]))
            status = rml_fail(err, RML_ESETTING,
                              "%s: column \"%s\" has the name of a diagnostic that is computed, expected another name "
                              "(or additionalInfo: false)",
                              path, names[c]);
    free(names);
    return status;
}

/* 2. Reading ------------------------------------------------------------------------------------------------------ */

void rml_cohort_free(rml_cohort *cohort)
{
    if (!cohort) return;
    for (int64_t r = 0; cohort->id && r < cohort->n_rows; ++r) free(cohort->id[r]);
    free(cohort->id);
    free(cohort->key);
    free(cohort->gone);
    free(cohort->all);
    free(cohort->clash);
    free(cohort->twin);
    free(cohort->cost);
    free(cohort->memory);
    free(cohort->state);
    free(cohort->channel);
    free((void *)(uintptr_t)cohort->default_label);
    rml_manifest_free(&cohort->manifest);
    *cohort = (rml_cohort){0};
}

rml_status rml_cohort_read_on(const char *path, const char *label, const rml_params *params, rml_cohort *cohort,
                              rml_faults *faults, rml_error *err)
{
    rml_cohort read = {0};
    rml_blob scratch = {0};
    int64_t *order = NULL;
    rml_place *places = NULL;
    int64_t n_places = 0;
    rml_key *group = NULL;
    char *default_label = NULL;
    bool repeat = false;
    rml_error why = {0};
    rml_status status = rml_manifest_read_on(path, &read.manifest, faults, err);

    if (status == RML_OK) status = check_columns(&read, path, params, err);
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
    read.gone = calloc((size_t)read.n_rows + 1, RML_N_GONE * sizeof *read.gone);
    read.all = calloc((size_t)read.n_rows + 1, sizeof *read.all);
    read.twin = malloc(((size_t)read.n_rows + 1) * sizeof *read.twin);
    read.cost = calloc((size_t)read.n_rows + 1, sizeof *read.cost);
    read.memory = calloc((size_t)read.n_rows + 1, sizeof *read.memory);
    read.state = calloc((size_t)read.n_rows + 1, RML_N_CASE_FILES * sizeof *read.state);
    read.channel = calloc((size_t)read.n_rows + 1, sizeof *read.channel);
    order = malloc(((size_t)read.n_rows + 1) * sizeof *order);
    n_places = read.n_rows;
    places = calloc((size_t)n_places + 1, sizeof *places);
    group = malloc(((size_t)read.n_rows + 1) * sizeof *group);
    if (!default_label || !read.id || !read.key || !read.gone || !read.all || !read.twin || !read.cost ||
        !read.memory || !read.state || !read.channel || !order || !places || !group) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)read.n_rows);
        goto done;
    }
    for (int64_t r = 0; r < read.n_rows; ++r) {
        status = check_row(&read, path, r, &places[r].spec, &why);
        if (status != RML_OK) status = rml_faults_add(faults, read.manifest.table.line[r], &why, err);
        if (status != RML_OK) goto done;
    }
    status = rml_faults_end(faults, path, err);
    if (status != RML_OK) goto done;
    for (int64_t r = 0; r < read.n_rows; ++r) {
        read.channel[r] = rml_cohort_label_channel(&read, r, params);
        status = describe_row(&read, r, &places[r], &scratch, err);
        if (status != RML_OK) goto done;
    }
    status = rml_cohort_find_clashes(&read, places, group, order, err);
    if (status == RML_OK) status = rml_cohort_find_distinctions(&read, places, group, order, err);
    if (status == RML_OK) status = rml_cohort_names_repeat(&read, places, group, order, &repeat, err);
    if (status != RML_OK) goto done;
    assert(!repeat);
    *cohort = read;
    read = (rml_cohort){0};
done:
    for (int64_t r = 0; places && r < n_places; ++r) rml_label_spec_free(&places[r].spec);
    rml_blob_free(&scratch);
    free(order);
    free(places);
    free(group);
    rml_cohort_free(&read);
    return status;
}

rml_status rml_cohort_read(const char *path, const char *label, const rml_params *params, rml_cohort *cohort,
                           rml_error *err)
{
    return rml_cohort_read_on(path, label, params, cohort, NULL, err);
}

void rml_cohort_complain(const char *verb, const rml_faults *faults, const rml_error *err)
{
    rml_error rest;

    for (int64_t f = 0; f < faults->n_kept; ++f) rml_complain(verb, &faults->kept[f].why);
    if (faults->n > faults->n_kept) {
        (void)rml_fail(&rest, RML_ESETTING, "… and %lld more wrong lines", (long long)(faults->n - faults->n_kept));
        rml_complain(verb, &rest);
    }
    rml_complain(verb, err);
}

void rml_cohort_tell_formulas(const char *verb, const char *path, const rml_cohort *cohort)
{
    const rml_table *table = &cohort->manifest.table;
    const int64_t n_cells = table->n_rows * table->n_columns;
    int64_t n = 0, first = 0;
    rml_error said = {0};

    for (int64_t c = 0; c < n_cells; ++c)
        if (rml_csv_is_formula(table->cell[c]) && n++ == 0) first = c;
    if (n == 0) return;
    (void)rml_fail(&said, RML_OK,
                   "%s: %lld cell%s as a spreadsheet's formula does, and the tables have %s as written; the first: "
                   "line %lld, case %.60s, column %.60s: %.60s",
                   path, (long long)n, n == 1 ? " begins" : "s begin", n == 1 ? "it" : "them",
                   (long long)table->line[first / table->n_columns], cohort->id[first / table->n_columns],
                   table->header[first % table->n_columns], table->cell[first]);
    rml_complain(verb, &said);
}
