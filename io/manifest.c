#include "io/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/h5ad.h"

/* --- label specifications ---------------------------------------------------------------------------------------- */

static const char expected_label[] = "a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all";

static bool white(char c)
{
    return c == ' ' || c == '\t';
}

/* One number at *at, with white space around it; false when there is none or it is not 1..2^32-1. */
static bool take_label(const char **at, uint32_t *label)
{
    uint64_t value = 0;
    const char *c = *at;

    while (white(*c)) ++c;
    if (*c < '0' || *c > '9') return false;
    for (; *c >= '0' && *c <= '9'; ++c) {
        value = 10 * value + (uint64_t)(*c - '0');
        if (value > UINT32_MAX) return false;
    }
    if (*c == '.' && c[1] == '0') /* 1.0: how spreadsheets and pandas write a column of numbers with gaps */
        for (++c; *c == '0';) ++c;
    while (white(*c)) ++c;
    *at = c;
    *label = (uint32_t)value;
    return value > 0;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int by_labels(const void *a, const void *b)
{
    const rml_label_set *x = a, *y = b;

    for (int32_t i = 0; i < x->n && i < y->n; ++i)
        if (x->label[i] != y->label[i]) return x->label[i] < y->label[i] ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

/* No label twice in a set, no set twice. Sorts the labels of each set; the sets keep their order. */
static rml_status check_sets(const char *text, const rml_label_spec *spec, rml_error *err)
{
    const size_t n_bytes = (size_t)spec->n_rois * sizeof *spec->roi;
    rml_label_set *sorted = malloc(n_bytes);
    rml_status status = RML_OK;
    char name[128];

    if (!sorted) return rml_fail(err, RML_ENOMEM, "no memory for the labels \"%.60s\"", text);
    for (int32_t r = 0; r < spec->n_rois; ++r) {
        const rml_label_set *set = &spec->roi[r];

        qsort(set->label, (size_t)set->n, sizeof *set->label, by_number);
        for (int32_t i = 1; i < set->n && status == RML_OK; ++i)
            if (set->label[i] == set->label[i - 1])
                status =
                    rml_fail(err, RML_ESETTING, "label \"%.60s\": %u stands twice in one union", text, set->label[i]);
    }
    memcpy(sorted, spec->roi, n_bytes);
    qsort(sorted, (size_t)spec->n_rois, sizeof *sorted, by_labels);
    for (int32_t r = 1; r < spec->n_rois && status == RML_OK; ++r)
        if (by_labels(&sorted[r - 1], &sorted[r]) == 0) {
            rml_label_set_text(&sorted[r], name, sizeof name);
            status = rml_fail(err, RML_ESETTING, "label \"%.60s\": %s is listed twice", text, name);
        }
    free(sorted);
    return status;
}

rml_status rml_label_spec_parse(const char *text, rml_label_spec *spec, rml_error *err)
{
    rml_label_spec parsed = {0};
    size_t n_labels = 1, n_rois = 1;
    const char *at = text;
    uint32_t *label;
    rml_status status;

    while (white(*at)) ++at;
    if (strncmp(at, "all", 3) == 0 && at[3 + strspn(at + 3, " \t")] == '\0') {
        *spec = (rml_label_spec){.all = true};
        return RML_OK;
    }
    if (!*at) return rml_fail(err, RML_ESETTING, "label is empty, expected %s", expected_label);
    for (const char *c = at; *c; ++c) {
        n_labels += *c == ';' || *c == '+';
        n_rois += *c == ';';
    }
    if (n_labels > INT32_MAX) return rml_fail(err, RML_ESETTING, "label \"%.60s…\": too many labels", text);
    parsed.memory = label = malloc(n_labels * sizeof *label);
    parsed.roi = calloc(n_rois, sizeof *parsed.roi);
    if (!label || !parsed.roi) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the labels \"%.60s\"", text);
        goto done;
    }
    parsed.n_rois = 1;
    parsed.roi[0].label = label;
    for (;;) {
        if (!take_label(&at, label)) {
            status = rml_fail(err, RML_ESETTING, "label \"%.60s\": expected %s", text, expected_label);
            goto done;
        }
        ++label;
        ++parsed.roi[parsed.n_rois - 1].n;
        if (!*at) break;
        if (*at == ';') parsed.roi[parsed.n_rois++].label = label;
        if (*at != ';' && *at != '+') {
            status = rml_fail(err, RML_ESETTING, "label \"%.60s\": expected %s", text, expected_label);
            goto done;
        }
        ++at;
    }
    status = check_sets(text, &parsed, err);
    if (status != RML_OK) goto done;
    *spec = parsed;
    parsed = (rml_label_spec){0};
done:
    rml_label_spec_free(&parsed);
    return status;
}

void rml_label_spec_free(rml_label_spec *spec)
{
    if (!spec) return;
    free(spec->roi);
    free(spec->memory);
    *spec = (rml_label_spec){0};
}

void rml_label_set_text(const rml_label_set *set, char *text, size_t n_bytes)
{
    size_t used = 0;

    if (n_bytes) text[0] = '\0';
    for (int32_t i = 0; i < set->n && used < n_bytes; ++i)
        used += (size_t)snprintf(text + used, n_bytes - used, "%s%u", i ? "+" : "", set->label[i]);
}

/* --- the cohort --------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns go into the file of results under their names with _ for /: some cannot be one there, and no two may be the
 * same. */
static rml_status check_names(const char *path, const rml_table *table, rml_error *err)
{
    const size_t n = (size_t)table->n_columns;
    const char **names = malloc((n + 1) * sizeof *names);
    size_t n_bytes = 1;
    char *memory, *at;
    rml_status status = RML_OK;

    for (size_t c = 0; c < n; ++c) n_bytes += strlen(table->header[c]) + 1;
    at = memory = malloc(n_bytes);
    if (!names || !memory) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory for its columns", path);
        goto done;
    }
    for (size_t c = 0; c < n && status == RML_OK; ++c) {
        rml_h5ad_name(table->header[c], at);
        names[c] = at;
        at += strlen(at) + 1;
        if (strcmp(names[c], ".") == 0 || strcmp(names[c], "_index") == 0 || strcmp(names[c], "__categories") == 0)
            status = rml_fail(err, RML_ESETTING, "%s: column \"%s\" cannot be carried into the results under that name",
                              path, table->header[c]);
    }
    if (status != RML_OK) goto done;
    qsort(names, n, sizeof *names, by_text);
    for (size_t c = 1; c < n && status == RML_OK; ++c)
        if (strcmp(names[c - 1], names[c]) == 0)
            status = rml_fail(err, RML_ESETTING, "%s: two columns are named \"%s\" in the results (with _ for /)", path,
                              names[c]);
done:
    free(names);
    free(memory);
    return status;
}

static rml_status find_columns(const char *path, rml_manifest *manifest, rml_error *err)
{
    const struct {
        const char *name;
        int32_t *column;
        bool needed;
    } known[] = {
        {"Image", &manifest->image, true},
        {"Mask", &manifest->mask, true},
        {"ID", &manifest->id, false},
        {"Label", &manifest->label, false},
        {"Sequence", &manifest->sequence, false},
        {"Label_channel", &manifest->label_channel, false},
        {"Timepoint", &manifest->timepoint, false},
        {"Reader", &manifest->reader, false},
    };
    const rml_table *table = &manifest->table;

    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        *known[k].column = rml_table_column(table, known[k].name);
        for (int32_t c = 0; c < table->n_columns; ++c)
            if (c != *known[k].column && strcasecmp(table->header[c], known[k].name) == 0)
                return rml_fail(err, RML_ESETTING, "%s: column \"%s\": did you mean \"%s\"?", path, table->header[c],
                                known[k].name);
    }
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
        if (known[k].needed && *known[k].column < 0)
            return rml_fail(err, RML_ESETTING, "%s: no column \"%s\"; the first column is \"%s\"", path, known[k].name,
                            table->header[0]);
    return check_names(path, table, err);
}

static rml_status check_row(const char *path, const rml_manifest *manifest, int64_t row, rml_error *err)
{
    const rml_table *table = &manifest->table;
    const int32_t needed[] = {manifest->image, manifest->mask, manifest->id};

    for (size_t k = 0; k < sizeof needed / sizeof *needed; ++k)
        if (needed[k] >= 0 && !*table->cell[row * table->n_columns + needed[k]])
            return rml_fail(err, RML_ESETTING, "%s line %lld: %s is empty", path, (long long)table->line[row],
                            table->header[needed[k]]);
    return RML_OK;
}

/* Wrong rows leave the table: who reads on finds no second thing wrong with their lines. */
static rml_status check_rows(const char *path, rml_manifest *manifest, rml_faults *faults, rml_error *err)
{
    rml_table *table = &manifest->table;
    const size_t n_columns = (size_t)table->n_columns;
    rml_error why = {0};
    int64_t n_right = 0;

    for (int64_t r = 0; r < table->n_rows; ++r) {
        rml_status status = check_row(path, manifest, r, &why);

        if (status == RML_OK) {
            memmove(table->cell + (size_t)n_right * n_columns, table->cell + (size_t)r * n_columns,
                    n_columns * sizeof *table->cell);
            table->line[n_right++] = table->line[r];
            continue;
        }
        status = rml_faults_add(faults, table->line[r], &why, err);
        if (status != RML_OK) return status;
    }
    table->n_rows = n_right;
    return RML_OK;
}

rml_status rml_manifest_read_on(const char *path, rml_manifest *manifest, rml_faults *faults, rml_error *err)
{
    rml_manifest read = {0};
    const char *slash = strrchr(path, '/');
    rml_status status = rml_table_read_on(path, &read.table, faults, err);

    if (status != RML_OK) goto done;
    status = find_columns(path, &read, err);
    if (status != RML_OK) goto done;
    if (read.table.n_rows == 0 && (!faults || faults->n == 0)) {
        status = rml_fail(err, RML_ESETTING, "%s: a header and no rows", path);
        goto done;
    }
    status = check_rows(path, &read, faults, err);
    if (status != RML_OK) goto done;
    /* "/cohort.csv" lies in "/": the slash itself is the folder then */
    read.folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup("");
    if (!read.folder) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory for its path", path);
        goto done;
    }
    *manifest = read;
    read = (rml_manifest){0};
done:
    rml_manifest_free(&read);
    return status;
}

rml_status rml_manifest_read(const char *path, rml_manifest *manifest, rml_error *err)
{
    return rml_manifest_read_on(path, manifest, NULL, err);
}

void rml_manifest_free(rml_manifest *manifest)
{
    if (!manifest) return;
    rml_table_free(&manifest->table);
    free(manifest->folder);
    *manifest = (rml_manifest){0};
}

char *rml_manifest_path(const rml_manifest *manifest, int64_t row, int32_t column)
{
    const char *cell = manifest->table.cell[row * manifest->table.n_columns + column];
    const size_t n_folder = strlen(manifest->folder), n_cell = strlen(cell);
    const bool joined = cell[0] != '/' && n_folder > 0;
    const bool slash = joined && manifest->folder[n_folder - 1] != '/';
    char *path = malloc(n_folder + n_cell + 2);

    if (!path) return NULL;
    path[0] = '\0';
    if (joined) strcpy(path, manifest->folder);
    if (slash) strcat(path, "/");
    strcat(path, cell);
    return path;
}

void rml_path_tidy(const char *path, char *tidy)
{
    char *out = tidy;
    bool folder = false; /* ends in a slash or "/.": a file's path with that is no file's */

    if (*path == '/') *out++ = '/';
    while (*path) {
        const size_t n = strcspn(path, "/");
        const bool nothing = n == 0 || (n == 1 && *path == '.');

        if (!nothing) {
            if (out > tidy && out[-1] != '/') *out++ = '/';
            memcpy(out, path, n);
            out += n;
        }
        path += n;
        folder = nothing || *path == '/';
        path += *path == '/';
    }
    if (out == tidy && folder)
        *out++ = '.';
    else if (folder && out[-1] != '/')
        *out++ = '/';
    *out = '\0';
}

char *rml_manifest_id(const rml_manifest *manifest, int64_t row)
{
    static const char *const endings[] = {".nii.gz", ".nii", ".nrrd", ".nhdr"};
    const char **cells = manifest->table.cell + row * manifest->table.n_columns;
    const char *image = cells[manifest->image], *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image;
    size_t n = strlen(name);

    if (manifest->id >= 0) return strdup(cells[manifest->id]);
    for (size_t e = 0; e < sizeof endings / sizeof *endings; ++e) {
        const size_t n_ending = strlen(endings[e]);

        if (n > n_ending && strcasecmp(name + n - n_ending, endings[e]) == 0) {
            n -= n_ending;
            break;
        }
    }
    return strndup(name, n);
}
