/* 1. What a row is     its files, its keys
 * 2. ROIs claimed twice
 * 3. Names
 * 4. Reading
 * 5. Tasks */
#include "jobs/cohort.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "io/volume.h"
#include "jobs/diagnostics_columns.h"
#include "jobs/options.h"

/* Inflated voxels for a byte of .gz, and what a case takes beside its volumes: the hand-out weighs tasks by these
 * before any header is opened. Medical images compress two- to fourfold; masks far more, but they are small. A case
 * that takes more asks for it when it knows (jobs/memory.h). */
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

/* 1. What a row is ------------------------------------------------------------------------------------------------ */

typedef struct rml_input {
    rml_file_state file;
    rml_file_state data; /* where the voxels of a detached header are; else as not there */
    bool compressed;
} rml_input;

/* What tells rows apart, as numbers that sort fast: keys of 128 bits stand for the texts. */
typedef struct rml_place {
    rml_key who;   /* ID, Sequence, Timepoint, Reader */
    rml_key files; /* image and mask, their paths tidied */
    rml_key own;   /* ID, files and channel: rows alike in these must not share a ROI */
    rml_label_spec spec;
} rml_place;

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
    char *tidy = malloc(strlen(cell(cohort, row, m->image)) + strlen(cell(cohort, row, m->mask)) + 2);
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
    rml_blob_put_text(scratch, cell(cohort, row, m->sequence));
    rml_blob_put_text(scratch, cell(cohort, row, m->timepoint));
    rml_blob_put_text(scratch, cell(cohort, row, m->reader));
    place->who = take_key(scratch);
    put_path(scratch, cell(cohort, row, m->image), tidy);
    put_path(scratch, cell(cohort, row, m->mask), tidy);
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
    const char *channel = cell(cohort, row, cohort->manifest.label_channel);
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

/* 2. ROIs claimed twice ------------------------------------------------------------------------------------------- */

/* One ROI that a row asks for. Rows are compared by groups of claims with the same set, so that no two rows need be
 * held against each other. "all" may be any single label: rows with it, and rows with a single label, claim the set
 * NULL too, wild where it is "all"; two claims of one group and set collide if either is wild. ROIs that are known to
 * clash are computed for no row and claim nothing. */
typedef struct rml_claim {
    const rml_key *group, *files;
    const rml_label_set *set;
    int64_t row;
    int32_t channel;
    int32_t roi; /* its place in the row's list; -1 of the set NULL */
    bool wild;
} rml_claim;

static int compare_keys(const rml_key *x, const rml_key *y)
{
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return (x->low > y->low) - (x->low < y->low);
}

static int compare_sets(const rml_label_set *x, const rml_label_set *y)
{
    if (!x || !y) return (x != NULL) - (y != NULL);
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    for (int32_t i = 0; i < x->n; ++i)
        if (x->label[i] != y->label[i]) return x->label[i] < y->label[i] ? -1 : 1;
    return 0;
}

static int compare_claims(const void *a, const void *b)
{
    const rml_claim *x = a, *y = b;
    int order = compare_keys(x->group, y->group);

    if (order == 0) order = compare_sets(x->set, y->set);
    if (order == 0) order = compare_keys(x->files, y->files);
    if (order == 0) order = (x->channel > y->channel) - (x->channel < y->channel);
    if (order == 0) order = y->wild - x->wild;
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_group(const void *a, const void *b, void *context)
{
    const rml_key *group = context;
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const int order = compare_keys(&group[i], &group[j]);

    return order ? order : (i > j) - (i < j);
}

static void add_claims(const rml_cohort *cohort, int64_t row, const rml_place *place, const rml_key *group,
                       rml_claim *claims, int64_t *n)
{
    const rml_label_spec *spec = &place->spec;
    rml_claim claim = {
        .group = group, .files = &place->files, .row = row, .channel = cohort->channel[row], .wild = true};
    bool single = false;

    for (int32_t r = 0; r < spec->n_rois; ++r) {
        if (rml_cohort_clash(cohort, row, r, 0, NULL) >= 0) continue;
        claim.set = &spec->roi[r];
        claim.roi = r;
        single |= claim.set->n == 1;
        claims[(*n)++] = claim;
    }
    if (!spec->all && !single) return;
    claim.set = NULL;
    claim.roi = -1;
    claim.wild = spec->all;
    claims[(*n)++] = claim;
}

/* The claims of all rows that will be computed and share their group with another such row, sorted.
 *
 * group   in   [n_rows]
 * order   scratch, [n_rows]
 * claims  out  malloc'ed, [*n]; points into places and group */
static rml_status list_claims(const rml_cohort *cohort, const rml_place *places, const rml_key *group, int64_t *order,
                              rml_claim **claims, int64_t *n, rml_error *err)
{
    int64_t n_rows = 0, most = 0;

    *n = 0;
    for (int64_t r = 0; r < cohort->n_rows; ++r)
        if (cohort->twin[r] < 0) order[n_rows++] = r;
    qsort_r(order, (size_t)n_rows, sizeof *order, by_group, (void *)(uintptr_t)group);
    for (int64_t i = 0; i < n_rows; ++i) most += places[order[i]].spec.n_rois + 1;
    *claims = malloc(((size_t)most + 1) * sizeof **claims);
    if (!*claims) return rml_fail(err, RML_ENOMEM, "no memory for %lld ROIs", (long long)most);
    for (int64_t i = 0; i < n_rows; ++i) {
        const rml_key *own = &group[order[i]];

        if ((i > 0 && compare_keys(own, &group[order[i - 1]]) == 0) ||
            (i + 1 < n_rows && compare_keys(own, &group[order[i + 1]]) == 0))
            add_claims(cohort, order[i], &places[order[i]], own, *claims, n);
    }
    qsort(*claims, (size_t)*n, sizeof **claims, compare_claims);
    return RML_OK;
}

/* How many claims from the first on have its group and set; *wild: whether one of them is. */
static int64_t claims_alike(const rml_claim *claims, int64_t n, bool *wild)
{
    int64_t i = 0;

    *wild = false;
    for (; i < n && compare_keys(claims[i].group, claims[0].group) == 0 &&
           compare_sets(claims[i].set, claims[0].set) == 0;
         ++i)
        *wild |= claims[i].wild;
    return i;
}

static int by_roi(const void *a, const void *b)
{
    const rml_clash *x = a, *y = b;

    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->roi > y->roi) - (x->roi < y->roi);
}

/* Of several clashes of one ROI the one that does not hang on the mask comes first, then the first row's. */
static int compare_clashes(const void *a, const void *b)
{
    const rml_clash *x = a, *y = b;
    int order = by_roi(a, b);

    if (order == 0) order = x->if_present - y->if_present;
    return order ? order : (x->other > y->other) - (x->other < y->other);
}

int64_t rml_cohort_clash(const rml_cohort *cohort, int64_t row, int32_t place, uint32_t label, bool *if_present)
{
    rml_clash key = {.row = row};
    const rml_clash *found = NULL;

    if (cohort->n_clashes == 0) return -1;
    if (cohort->all[row]) found = bsearch(&key, cohort->clash, (size_t)cohort->n_clashes, sizeof key, by_roi);
    key.roi = cohort->all[row] ? label : (uint32_t)place;
    if (!found) found = bsearch(&key, cohort->clash, (size_t)cohort->n_clashes, sizeof key, by_roi);
    if (if_present) *if_present = found && found->if_present;
    return found ? found->other : -1;
}

/* The claims n with one set, of several rows. */
static void clash_listed(const rml_claim *claims, int64_t n, rml_clash *clashes, int64_t *n_clashes)
{
    for (int64_t j = 0; j < n && n > 1; ++j)
        clashes[(*n_clashes)++] =
            (rml_clash){.row = claims[j].row, .other = claims[j == 0].row, .roi = (uint32_t)claims[j].roi};
}

/* The claims n of the set NULL: rows that say "all", then rows with single labels. Rows that both say "all" share every
 * label, whatever else asks for one. */
static void clash_all(const rml_claim *claims, int64_t n, const rml_place *places, rml_clash *clashes,
                      int64_t *n_clashes)
{
    const int64_t all = claims[0].row;
    int64_t n_wild = 0;

    while (n_wild < n && claims[n_wild].wild) ++n_wild;
    for (int64_t j = 0; j < n_wild && n_wild > 1; ++j)
        clashes[(*n_clashes)++] = (rml_clash){.row = claims[j].row, .other = claims[j == 0].row};
    for (int64_t j = n_wild; j < n && n_wild > 0; ++j) {
        const int64_t row = claims[j].row;
        const rml_label_spec *spec = &places[row].spec;

        for (int32_t r = 0; r < spec->n_rois; ++r) {
            if (spec->roi[r].n != 1) continue;
            clashes[(*n_clashes)++] = (rml_clash){row, all, (uint32_t)r, true};
            if (n_wild == 1) clashes[(*n_clashes)++] = (rml_clash){all, row, spec->roi[r].label[0], true};
        }
    }
}

/* Rows of which nothing is left to compute, whatever the mask has. */
static void find_twins(rml_cohort *cohort, const rml_place *places)
{
    for (int64_t i = 0, end; i < cohort->n_clashes; i = end) {
        const rml_clash *first = &cohort->clash[i];
        int32_t n_sure = 0;

        for (end = i; end < cohort->n_clashes && cohort->clash[end].row == first->row; ++end)
            n_sure += !cohort->clash[end].if_present;
        if (cohort->all[first->row] ? first->roi == 0 : n_sure == places[first->row].spec.n_rois)
            cohort->twin[first->row] = first->other;
    }
}

/* The ROIs that several rows of one ID, pair of files and channel ask for. */
static rml_status find_clashes(rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                               rml_error *err)
{
    rml_claim *claims;
    rml_clash *clashes;
    int64_t n, alike, n_clashes = 0;
    rml_status status;

    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        group[r] = places[r].own;
        cohort->twin[r] = -1;
        cohort->all[r] = places[r].spec.all;
    }
    status = list_claims(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    /* a claim clashes for its own row, and one of a single label in a row's list once more with "all" and for it */
    clashes = malloc(((size_t)n * 3 + 1) * sizeof *clashes);
    if (!clashes) {
        free(claims);
        return rml_fail(err, RML_ENOMEM, "no memory for %lld ROIs", (long long)n);
    }
    for (int64_t i = 0; i < n; i += alike) {
        bool wild;

        alike = claims_alike(claims + i, n - i, &wild);
        if (claims[i].set)
            clash_listed(claims + i, alike, clashes, &n_clashes);
        else
            clash_all(claims + i, alike, places, clashes, &n_clashes);
    }
    free(claims);
    qsort(clashes, (size_t)n_clashes, sizeof *clashes, compare_clashes);
    n = n_clashes;
    n_clashes = 0;
    for (int64_t i = 0; i < n; ++i)
        if (i == 0 || by_roi(&clashes[i], &clashes[n_clashes - 1]) != 0) clashes[n_clashes++] = clashes[i];
    cohort->clash = clashes;
    cohort->n_clashes = n_clashes;
    find_twins(cohort, places);
    return RML_OK;
}

/* 3. Names -------------------------------------------------------------------------------------------------------- */

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

/* Which columns the index needs: those in which two rows of one ID differ. */
static void find_columns(rml_cohort *cohort, int64_t *order)
{
    const rml_manifest *m = &cohort->manifest;
    const int32_t columns[3] = {m->sequence, m->timepoint, m->reader};
    bool *needed[3] = {&cohort->with_sequence, &cohort->with_timepoint, &cohort->with_reader};

    qsort_r(order, (size_t)cohort->n_rows, sizeof *order, by_name, cohort);
    for (int64_t i = 1; i <= cohort->n_rows; ++i) {
        bool same = i < cohort->n_rows && strcmp(cohort->id[order[i - 1]], cohort->id[order[i]]) == 0;

        for (int c = 0; same && c < 3; ++c)
            if (columns[c] >= 0 &&
                strcmp(cell(cohort, order[i - 1], columns[c]), cell(cohort, order[i], columns[c])) != 0) {
                *needed[c] = true;
                same = false;
            }
    }
}

/* Where rows are alike in those columns and name the same ROI, their files tell them apart, or, if it is these that
 * they share, the channel does. ROIs alike in both clash and have no names. */
static rml_status find_distinctions(rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                                    rml_error *err)
{
    rml_claim *claims;
    int64_t n, alike;
    rml_status status;

    for (int64_t r = 0; r < cohort->n_rows; ++r) order[r] = r;
    find_columns(cohort, order);
    for (int64_t r = 0; r < cohort->n_rows; ++r) group[r] = places[r].who;
    status = list_claims(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; i += alike) {
        bool wild, wild_here = false, channels = false; /* here: among the claims of one pair of files */

        alike = claims_alike(claims + i, n - i, &wild);
        if (!wild) continue;
        for (int64_t j = i; j < i + alike; ++j) {
            if (j > i && compare_keys(claims[j].files, claims[j - 1].files) != 0) {
                cohort->with_files = true; /* the wild one's are others than at least one of these two */
                wild_here = channels = false;
            } else if (j > i) {
                channels |= claims[j].channel != claims[j - 1].channel;
            }
            wild_here |= claims[j].wild;
            cohort->with_channel |= wild_here && channels;
        }
    }
    free(claims);
    return RML_OK;
}

/* |text, in which | is written \| and \ is written \\: no text can pass for two. */
static void put_name(FILE *stream, const char *text, bool first)
{
    if (!first) fputc('|', stream);
    for (; *text; ++text) {
        if (*text == '|' || *text == '\\') fputc('\\', stream);
        fputc(*text, stream);
    }
}

char *rml_cohort_index(const rml_cohort *cohort, int64_t row, const char *label)
{
    const rml_manifest *m = &cohort->manifest;
    char *text = NULL;
    size_t n;
    bool failed;
    FILE *stream = open_memstream(&text, &n);

    if (!stream) return NULL;
    put_name(stream, cohort->id[row], true);
    put_name(stream, label, false);
    if (cohort->with_sequence) put_name(stream, cell(cohort, row, m->sequence), false);
    if (cohort->with_timepoint) put_name(stream, cell(cohort, row, m->timepoint), false);
    if (cohort->with_reader) put_name(stream, cell(cohort, row, m->reader), false);
    if (cohort->with_channel) fprintf(stream, "|%d", cohort->channel[row]);
    if (cohort->with_files) {
        put_name(stream, cell(cohort, row, m->image), false);
        put_name(stream, cell(cohort, row, m->mask), false);
    }
    failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* Whether two ROIs that will be computed can have one name: what all of the above must rule out. Names are compared as
 * they are written, but for the label, which the claims hold. */
static rml_status names_repeat(const rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                               bool *repeat, rml_error *err)
{
    rml_claim *claims;
    int64_t n, alike;
    rml_status status;

    *repeat = false;
    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        char *name = rml_cohort_index(cohort, r, "");

        if (!name) return rml_fail(err, RML_ENOMEM, "no memory for a name");
        group[r] = rml_key_of(name, strlen(name));
        free(name);
    }
    status = list_claims(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; i += alike) {
        bool wild;

        alike = claims_alike(claims + i, n - i, &wild);
        *repeat |= wild && alike > 1;
    }
    free(claims);
    return RML_OK;
}

/* 4. Reading ------------------------------------------------------------------------------------------------------ */

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
    status = find_clashes(&read, places, group, order, err);
    if (status == RML_OK) status = find_distinctions(&read, places, group, order, err);
    if (status == RML_OK) status = names_repeat(&read, places, group, order, &repeat, err);
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

/* 5. Tasks -------------------------------------------------------------------------------------------------------- */

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

        tasks->first[t] = i;
        task->keys = &tasks->key[i];
        task->cost = cohort->cost[row];
        task->memory_bytes = cohort->memory[row];
        for (; i < n && same_files(cohort, row, tasks->row[i]); ++i) {
            tasks->key[i] = cohort->key[tasks->row[i]];
            ++task->n_units;
        }
    }
    tasks->n = t;
    tasks->first[t] = n;
    return RML_OK;
}
