/* What files say of features, whoever the patients are: a number a feature, found by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/dataset_build.h"
#include "jobs/patients.h"

#define TOLD_LIMIT ((size_t)1 << 28) /* bytes */

/* What is known of a file beside its name: the form of its coefficients, if it says one, and its checksum. */
static rml_status describe(const char *path, const rml_table *table, char **text, rml_error *err)
{
    const int32_t form = rml_table_column(table, "form");
    rml_checksum *sum = rml_checksum_begin();
    char *bytes = NULL;
    size_t n_bytes = 0;
    rml_status status = sum ? rml_file_read(path, TOLD_LIMIT, &bytes, &n_bytes, err) : rml_build_no_memory(err);

    if (status == RML_OK) {
        rml_checksum_add(sum, bytes, n_bytes);
        if (asprintf(text, "%s%s%schecksum %016llx", form >= 0 && table->n_rows > 0 ? "form " : "",
                     form >= 0 && table->n_rows > 0 ? table->cell[form] : "",
                     form >= 0 && table->n_rows > 0 ? ", " : "", (unsigned long long)rml_checksum_value(sum)) < 0) {
            *text = NULL;
            status = rml_build_no_memory(err);
        }
    }
    rml_checksum_free(sum);
    free(bytes);
    return status;
}

/* line: [table->n_rows] sorted by name. */
static rml_status sort_lines(const char *file, const rml_table *table, int32_t column, rml_named *line, rml_error *err)
{
    for (int64_t r = 0; r < table->n_rows; ++r) line[r] = (rml_named){table->cell[r * table->n_columns + column], r};
    rml_named_sort(line, table->n_rows);
    for (int64_t r = 1; r < table->n_rows; ++r)
        if (strcmp(line[r].name, line[r - 1].name) == 0)
            return rml_fail(err, RML_ESETTING, "%s: feature %s stands on lines %lld and %lld", file, line[r].name,
                            (long long)table->line[line[r - 1].place], (long long)table->line[line[r].place]);
    return RML_OK;
}

/* A number, or nothing: an undefined one, which no limit accepts. */
static rml_status take_number(const char *file, const rml_table *table, int64_t row, int32_t column, double *value,
                              rml_error *err)
{
    const char *cell = table->cell[row * table->n_columns + column];
    char *end;

    *value = NAN;
    if (rml_text_missing(cell)) return RML_OK;
    *value = strtod(cell, &end);
    if (end == cell || *end)
        return rml_fail(err, RML_ESETTING, "%s line %lld: %s is \"%s\", a number was expected", file,
                        (long long)table->line[row], table->header[column], cell);
    return RML_OK;
}

/* The line of a feature; of one beside others ("feature|T1|1") also that of the feature as such, but not of a
 * difference, whose agreement is another. */
static const rml_named *find_line(const rml_build *b, const rml_named *line, int64_t n, const char *feature)
{
    const char *mark = strchr(feature, '|');
    int64_t at = rml_named_find(line, n, feature);
    char name[512];

    if (at == n && mark && b->study->pivot.n_by > 0 && !b->study->pivot.from) {
        snprintf(name, sizeof name, "%.*s", (int)(mark - feature), feature);
        at = rml_named_find(line, n, name);
    }
    return at < n ? &line[at] : NULL;
}

/* The table's features by name; a clinical one, which no reader reads, agrees wholly. */
static rml_status take_numbers(const rml_build *b, const char *file, const rml_table *table, int32_t column,
                               const rml_named *line, double *value, rml_error *err)
{
    const char *missing = NULL;
    int32_t n_missing = 0;

    for (int32_t j = 0; j < b->frame.n_features; ++j) {
        const rml_named *found = find_line(b, line, table->n_rows, b->frame.feature[j]);
        rml_status status;

        if (!found) {
            if (n_missing++ == 0) missing = b->frame.feature[j];
            continue;
        }
        status = take_number(file, table, found->place, column, &value[j], err);
        if (status != RML_OK) return status;
    }
    for (int32_t u = 0; u < b->study->use.n; ++u) value[b->frame.n_features + u] = 1.0;
    if (n_missing == 0) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: %s says nothing of feature %s%s; a line for each of the %d features was expected",
                    b->study->path, file, missing, n_missing > 1 ? " and others" : "", b->frame.n_features);
}

/* told: the numbers of column t of the study's files. */
static rml_status read_told(rml_build *b, int32_t t, double *told, rml_error *err)
{
    const rml_study *s = b->study;
    const char *file = s->told_file.text[t], *name = s->told_column.text[t];
    char *path = rml_study_path(s, file);
    rml_table table = {0};
    rml_named *line = NULL;
    int32_t feature = -1, column = -1;
    rml_status status = path ? rml_table_read(path, &table, err) : rml_build_no_memory(err);

    if (status != RML_OK) goto done;
    feature = rml_table_column(&table, "feature");
    column = rml_table_column(&table, name);
    line = malloc(((size_t)table.n_rows + 1) * sizeof *line);
    if (!line) status = rml_build_no_memory(err);
    if (status == RML_OK && (feature < 0 || column < 0))
        status =
            rml_fail(err, RML_ESETTING, "%s: %s has no column \"%s\"", s->path, file, feature < 0 ? "feature" : name);
    if (status == RML_OK) status = sort_lines(file, &table, feature, line, err);
    if (status == RML_OK) status = take_numbers(b, file, &table, column, line, told, err);
    if (status == RML_OK) status = describe(path, &table, &b->told_provenance[t], err);
done:
    free(line);
    free(path);
    rml_table_free(&table);
    return status;
}

rml_status rml_build_told(rml_build *b, rml_error *err)
{
    const int32_t n = b->study->told_file.n, p = b->frame.n_features + b->study->use.n;
    rml_status status = RML_OK;

    b->told = calloc((size_t)n * (size_t)p + 1, sizeof *b->told);
    b->told_provenance = calloc((size_t)n + 1, sizeof *b->told_provenance);
    if (!b->told || !b->told_provenance) return rml_build_no_memory(err);
    for (int32_t t = 0; t < n && status == RML_OK; ++t) status = read_told(b, t, b->told + (int64_t)t * p, err);
    return status;
}
