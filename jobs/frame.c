/* 1. Texts
 * 2. CSV
 * 3. h5ad
 * 4. A column added
 * 5. One value a patient */
#include "jobs/frame.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jobs/diagnostics_columns.h"
#include "jobs/nearest.h"

/* 1. Texts -------------------------------------------------------------------------------------------------------- */

bool rml_text_missing(const char *text)
{
    static const char *const words[] = {"na", "nan", "null", "none", "n/a", "#n/a", "<na>", ".", "-"};

    for (size_t w = 0; w < sizeof words / sizeof *words; ++w)
        if (strcasecmp(text, words[w]) == 0) return true;
    return !*text;
}

bool rml_text_number(const char *text, double *value)
{
    char *end;

    if (!*text || strpbrk(text, "xX")) return false; /* strtod would read 0x10 as 16 */
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

bool rml_text_same(const char *a, const char *b)
{
    double x, y;

    return strcmp(a, b) == 0 || (rml_text_number(a, &x) && rml_text_number(b, &y) && x == y);
}

/* What makes a column a feature. */
typedef struct rml_choice {
    const char *const *patterns, *const *never;
    int32_t n_patterns, n_never;
    bool exact; /* patterns are names, sorted */
} rml_choice;

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool matches(const char *name, const char *const *patterns, int32_t n)
{
    for (int32_t p = 0; p < n; ++p)
        if (fnmatch(patterns[p], name, 0) == 0) return true;
    return false;
}

/* Diagnostics are no features: a pattern that does not begin with their name passes them by. */
static bool matches_feature(const char *name, const char *const *patterns, int32_t n)
{
    const bool diagnostic = rml_is_diagnostic(name);

    for (int32_t p = 0; p < n; ++p)
        if ((!diagnostic || rml_is_diagnostic(patterns[p])) && fnmatch(patterns[p], name, 0) == 0) return true;
    return false;
}

static bool chosen(const rml_choice *choice, const char *name)
{
    if (choice->exact)
        return bsearch(&name, choice->patterns, (size_t)choice->n_patterns, sizeof name, by_text) != NULL;
    return matches_feature(name, choice->patterns, choice->n_patterns) &&
           !matches(name, choice->never, choice->n_never);
}

int32_t rml_frame_column(const rml_frame *frame, const char *name)
{
    int32_t near = -1, n_near = 0;

    for (int32_t c = 0; c < frame->n_columns; ++c) {
        if (strcmp(frame->name[c], name) == 0) return c;
        if (strcasecmp(frame->name[c], name) != 0) continue;
        near = c;
        ++n_near;
    }
    return n_near == 1 ? near : -1;
}

int64_t rml_frame_row(const rml_frame *frame, int64_t row)
{
    return frame->row ? frame->row[row] : row;
}

const char *rml_frame_cell(const rml_frame *frame, int64_t row, int32_t column)
{
    row = rml_frame_row(frame, row);
    return frame->cells ? frame->cells[column].value[row] : frame->table.cell[row * frame->table.n_columns + column];
}

void rml_frame_free(rml_frame *frame)
{
    if (!frame) return;
    for (int32_t c = 0; frame->cells && c < frame->n_columns; ++c) rml_h5ad_texts_free(&frame->cells[c]);
    free(frame->cells);
    rml_h5ad_texts_free(&frame->obs);
    rml_h5ad_texts_free(&frame->var);
    rml_table_free(&frame->table);
    free(frame->name);
    free(frame->feature);
    free(frame->x);
    free(frame->parameters);
    free(frame->row);
    free(frame->made);
    *frame = (rml_frame){0};
}

/* 2. CSV ---------------------------------------------------------------------------------------------------------- */

static bool has_decimal_comma(const char *cell)
{
    const size_t n = strspn(cell, "+-0123456789");

    return cell[n] == ',' && strspn(cell + n + 1, "0123456789eE+-") == strlen(cell + n + 1);
}

static rml_status read_numbers(const char *path, rml_frame *f, const int32_t *column, rml_error *err)
{
    for (int32_t j = 0; j < f->n_features; ++j)
        for (int64_t r = 0; r < f->n_rows; ++r) {
            const char *cell = rml_frame_cell(f, r, column[j]);
            double *value = &f->x[j * f->n_rows + r];

            if (rml_text_missing(cell))
                *value = NAN;
            else if (!rml_text_number(cell, value))
                return rml_fail(err, RML_ESETTING, "%s line %lld: %s is \"%s\", a number%s was expected", path,
                                (long long)f->table.line[r], f->feature[j], cell,
                                has_decimal_comma(cell) ? " with a decimal point" : "");
        }
    return RML_OK;
}

static rml_status read_csv(const char *path, const rml_choice *choice, rml_frame *f, rml_error *err)
{
    rml_status status = rml_table_read(path, &f->table, err);
    int32_t *column;

    if (status != RML_OK) return status;
    f->n_rows = f->table.n_rows;
    f->n_columns = f->table.n_columns;
    f->line = f->table.line;
    f->parameters = strdup("");
    f->name = malloc(((size_t)f->n_columns + 1) * sizeof *f->name);
    f->feature = calloc((size_t)f->n_columns + 1, sizeof *f->feature);
    column = calloc((size_t)f->n_columns + 1, sizeof *column);
    if (f->name && f->feature && column && f->parameters) {
        for (int32_t c = 0; c < f->n_columns; ++c) f->name[c] = f->table.header[c];
        for (int32_t n = 0; n < choice->n_never; ++n) { /* as the study finds the column: in other letters, too */
            const int32_t c = rml_frame_column(f, choice->never[n]);

            if (c >= 0) column[c] = -1;
        }
        for (int32_t c = 0; c < f->n_columns; ++c) {
            if (column[c] < 0 || !chosen(choice, f->name[c])) continue;
            column[f->n_features] = c;
            f->feature[f->n_features++] = f->name[c];
        }
        f->x = malloc(((size_t)f->n_features * (size_t)f->n_rows + 1) * sizeof *f->x);
    }
    if (!f->x || !column || !f->feature)
        status = rml_fail(err, RML_ENOMEM, "%s: no memory for its numbers", path);
    else
        status = read_numbers(path, f, column, err);
    free(column);
    return status;
}

/* 3. h5ad --------------------------------------------------------------------------------------------------------- */

/* Rows are read some at a time and turned: X lies by rows, the matrix by features. */
static rml_status read_matrix(rml_h5ad_reader *reader, int32_t n_all, const int32_t *column, rml_frame *f,
                              rml_error *err)
{
    enum { AT_A_TIME = 64 };
    double *rows = malloc(((size_t)n_all * AT_A_TIME + 1) * sizeof *rows);
    rml_status status = rows ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for the features");

    for (int64_t first = 0; status == RML_OK && first < f->n_rows; first += AT_A_TIME) {
        const int64_t n = f->n_rows - first < AT_A_TIME ? f->n_rows - first : AT_A_TIME;

        status = rml_h5ad_read_rows(reader, first, n, rows, NULL, err);
        for (int32_t j = 0; status == RML_OK && j < f->n_features; ++j)
            for (int64_t r = 0; r < n; ++r) f->x[j * f->n_rows + first + r] = rows[r * n_all + column[j]];
    }
    free(rows);
    return status;
}

/* The whole configuration in every row: nothing that a table is read for, and uns has it. */
static bool is_constant(const char *name)
{
    static const char *const begins[] = {RML_DIAGNOSTICS_PREFIX "Configuration_", RML_DIAGNOSTICS_PREFIX "Versions_"};

    return strncmp(name, begins[0], strlen(begins[0])) == 0 || strncmp(name, begins[1], strlen(begins[1])) == 0;
}

static rml_status read_columns(rml_h5ad_reader *reader, rml_frame *f, rml_error *err)
{
    rml_status status = rml_h5ad_columns(reader, "obs", &f->obs, err);

    if (status != RML_OK) return status;
    f->cells = calloc((size_t)f->obs.n + 1, sizeof *f->cells);
    f->name = malloc(((size_t)f->obs.n + 1) * sizeof *f->name);
    if (!f->cells || !f->name) return rml_fail(err, RML_ENOMEM, "no memory for the columns of obs");
    for (int64_t c = 0; c < f->obs.n && status == RML_OK; ++c) {
        if (is_constant(f->obs.value[c])) continue;
        f->name[f->n_columns] = f->obs.value[c];
        status = rml_h5ad_column_read(reader, "obs", f->obs.value[c], &f->cells[f->n_columns], err);
        if (status == RML_OK) ++f->n_columns;
    }
    return status;
}

static rml_status read_h5ad(const char *path, const rml_choice *choice, rml_frame *f, rml_error *err)
{
    rml_h5ad_reader *reader = NULL;
    int64_t n_all = 0;
    int32_t *column = NULL;
    rml_status status = rml_h5ad_open(path, &reader, &f->n_rows, &n_all, err);

    if (status != RML_OK) return status;
    status = read_columns(reader, f, err);
    if (status == RML_OK) status = rml_h5ad_column_read(reader, "var", "_index", &f->var, err);
    if (status != RML_OK) goto done;
    if (rml_h5ad_read_text(reader, "uns/radmill/settings", &f->parameters, NULL) != RML_OK) f->parameters = strdup("");
    column = calloc((size_t)n_all + 1, sizeof *column);
    f->feature = calloc((size_t)n_all + 1, sizeof *f->feature);
    if (column && f->feature && f->parameters) {
        for (int32_t c = 0; c < n_all; ++c) {
            const char *name = f->var.value[c];

            if (choice->exact || choice->n_patterns > 0
                    ? !chosen(choice, name)
                    : rml_is_diagnostic(name) || matches(name, choice->never, choice->n_never))
                continue;
            column[f->n_features] = c;
            f->feature[f->n_features++] = name;
        }
        f->x = malloc(((size_t)f->n_features * (size_t)f->n_rows + 1) * sizeof *f->x);
    }
    status = f->x && column ? read_matrix(reader, (int32_t)n_all, column, f, err)
                            : rml_fail(err, RML_ENOMEM, "%s: no memory for its numbers", path);
done:
    free(column);
    rml_h5ad_close(reader);
    return status;
}

/* A pattern that no column fits is a slip of the pen: the study would go on without the feature. Of those that a column
 * fits, whether it may be a feature or not, nothing is said. */
static rml_status every_pattern_fits(const char *path, const rml_choice *choice, const rml_frame *f, rml_error *err)
{
    const char *const *name = f->var.n > 0 ? (const char *const *)f->var.value : f->name;
    const int32_t n = f->var.n > 0 ? (int32_t)f->var.n : f->n_columns;

    for (int32_t p = 0; p < choice->n_patterns; ++p) {
        const char *near;
        int32_t c = 0;

        while (c < n && strcmp(choice->patterns[p], name[c]) != 0) ++c; /* most often a name: told at once */
        if (c == n)
            for (c = 0; c < n && fnmatch(choice->patterns[p], name[c], 0) != 0;) ++c;
        if (c < n) continue;
        near = rml_nearest(choice->patterns[p], name, n);
        return rml_fail(err, RML_ESETTING, "%s: no feature matches \"%s\"%s%s%s", path, choice->patterns[p],
                        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return RML_OK;
}

static rml_status read_frame(const char *path, const rml_choice *choice, rml_frame *frame, rml_error *err)
{
    const size_t n = strlen(path);
    const bool h5ad = n > 5 && strcasecmp(path + n - 5, ".h5ad") == 0;
    rml_frame read = {0};
    rml_status status = (h5ad ? read_h5ad : read_csv)(path, choice, &read, err);

    if (status == RML_OK && !choice->exact) status = every_pattern_fits(path, choice, &read, err);
    if (status == RML_OK && !choice->exact && choice->n_patterns > 0 && read.n_features == 0)
        status = rml_fail(err, RML_ESETTING, "%s: no feature matches \"%s\"%s", path, choice->patterns[0],
                          choice->n_patterns > 1 ? " or the other patterns" : "");
    if (status == RML_OK)
        *frame = read;
    else
        rml_frame_free(&read);
    return status;
}

rml_status rml_frame_read(const char *path, const char *const *patterns, int32_t n_patterns, const char *const *never,
                          int32_t n_never, rml_frame *frame, rml_error *err)
{
    return read_frame(path, &(rml_choice){patterns, never, n_patterns, n_never, false}, frame, err);
}

rml_status rml_frame_read_named(const char *path, const char *const *names, int32_t n_names, rml_frame *frame,
                                rml_error *err)
{
    const char **sorted = malloc(((size_t)n_names + 1) * sizeof *sorted);
    rml_status status;

    if (!sorted) return rml_fail(err, RML_ENOMEM, "%s: no memory for its columns", path);
    for (int32_t i = 0; i < n_names; ++i) sorted[i] = names[i];
    qsort(sorted, (size_t)n_names, sizeof *sorted, by_text);
    status = read_frame(path, &(rml_choice){sorted, NULL, n_names, 0, true}, frame, err);
    free(sorted);
    return status;
}

/* 4. A column added ------------------------------------------------------------------------------------------------ */

/* The table a column wider. text: as many as rows, in memory that the frame keeps */
static rml_status widen_table(rml_table *table, const char *name, const char *const *text)
{
    const int32_t n = table->n_columns;
    const char **header = calloc((size_t)n + 1, sizeof *header);
    const char **cell = calloc((size_t)(n + 1) * (size_t)table->n_rows + 1, sizeof *cell);

    if (!header || !cell) {
        free(header);
        free(cell);
        return RML_ENOMEM;
    }
    memcpy(header, table->header, (size_t)n * sizeof *header);
    header[n] = name;
    for (int64_t r = 0; r < table->n_rows; ++r) {
        memcpy(cell + r * (n + 1), table->cell + r * n, (size_t)n * sizeof *cell);
        cell[r * (n + 1) + n] = text[r];
    }
    free(table->header);
    free(table->cell);
    table->header = header;
    table->cell = cell;
    table->n_columns = n + 1;
    return RML_OK;
}

static rml_status add_texts(rml_frame *frame, const char *name, const char *const *text)
{
    rml_h5ad_text_column *cells;

    if (!frame->cells) return widen_table(&frame->table, name, text);
    cells = realloc(frame->cells, ((size_t)frame->n_columns + 1) * sizeof *cells);
    if (!cells) return RML_ENOMEM;
    frame->cells = cells;
    cells += frame->n_columns;
    *cells = (rml_h5ad_text_column){0, calloc((size_t)frame->n_rows + 1, sizeof *cells->value)};
    for (; cells->value && cells->n < frame->n_rows; ++cells->n)
        if (!(cells->value[cells->n] = strdup(text[cells->n]))) break;
    if (cells->n == frame->n_rows && cells->value) return RML_OK;
    rml_h5ad_texts_free(cells);
    return RML_ENOMEM;
}

rml_status rml_frame_add(rml_frame *frame, const char *name, const double *value, rml_error *err)
{
    enum { WIDTH = 32 };
    const size_t n = (size_t)frame->n_rows;
    char *made = malloc((n + 1) * WIDTH);
    const char **text = calloc(n + 1, sizeof *text), **names = calloc((size_t)frame->n_columns + 2, sizeof *names);
    rml_status status = made && text && names ? RML_OK : RML_ENOMEM;

    for (size_t r = 0; status == RML_OK && r < n; ++r) {
        rml_number_text(value[r], made + r * WIDTH);
        text[r] = made + r * WIDTH;
    }
    if (status == RML_OK) status = add_texts(frame, name, text);
    if (status == RML_OK) {
        memcpy(names, frame->name, (size_t)frame->n_columns * sizeof *names);
        names[frame->n_columns++] = name;
        free(frame->name);
        frame->name = names;
        free(frame->made);
        frame->made = made;
        names = NULL;
        made = NULL;
    } else
        rml_fail(err, RML_ENOMEM, "no memory for the column %s", name);
    free(names);
    free(made);
    free(text);
    return status;
}

/* 5. One value a patient ------------------------------------------------------------------------------------------- */

/* Puts a text into a cell. It must live as long as a CSV's frame, whose cells only point. */
static rml_status set_cell(rml_frame *frame, int64_t row, int32_t column, const char *text, rml_error *err)
{
    char *copy;

    row = rml_frame_row(frame, row);
    if (!frame->cells) {
        frame->table.cell[row * frame->table.n_columns + column] = text;
        return RML_OK;
    }
    copy = strdup(text);
    if (!copy) return rml_fail(err, RML_ENOMEM, "no memory for a cell of %s", frame->name[column]);
    free(frame->cells[column].value[row]);
    frame->cells[column].value[row] = copy;
    return RML_OK;
}

/* What both files say of a patient in one of its rows each. */
static rml_status settle(const char *name, const rml_frame_rows *one, int64_t a_row, const rml_frame_rows *read,
                         int64_t b_row, const char *where, const char *patient, rml_error *err)
{
    const int32_t ours = rml_frame_column(one->frame, name), theirs = rml_frame_column(read->frame, name);
    const char *a = rml_frame_cell(one->frame, a_row, ours), *b = rml_frame_cell(read->frame, b_row, theirs);

    if (rml_text_missing(a) || rml_text_same(a, b)) return RML_OK;
    if (rml_text_missing(b)) return set_cell(read->frame, b_row, theirs, a, err);
    return rml_fail(err, RML_ESETTING,
                    "%spatient %s has %s \"%s\" in %s and \"%s\" in %s; they must agree, or the column have another "
                    "name in one of them",
                    where, patient, name, a, one->path, b, read->path);
}

rml_status rml_frame_both_say(const char *name, const rml_frame_rows *one, const rml_frame_rows *read,
                              const char *where, const char *patient, rml_error *err)
{
    rml_status status = RML_OK;

    if (rml_frame_column(one->frame, name) < 0 || rml_frame_column(read->frame, name) < 0) return RML_OK;
    for (int64_t i = 0; i < one->n; ++i)
        for (int64_t j = 0; j < read->n && status == RML_OK; ++j)
            status = settle(name, one, one->row[i], read, read->row[j], where, patient, err);
    return status;
}

rml_status rml_frame_one_value(rml_frame *frame, int32_t column, const int64_t *row, int64_t n, const char *where,
                               const char *patient, rml_error *err)
{
    const char *value = NULL;
    int64_t at = 0;
    rml_status status = RML_OK;

    for (int64_t i = 0; i < n; ++i) {
        const char *said = rml_frame_cell(frame, row[i], column);

        if (rml_text_missing(said)) continue;
        if (value && !rml_text_same(value, said))
            return rml_fail(err, RML_ESETTING,
                            "%s: patient %s has %s \"%s\" on row %lld and \"%s\" on row %lld; one value a patient was "
                            "expected",
                            where, patient, frame->name[column], value, (long long)rml_frame_row(frame, row[at]) + 1,
                            said, (long long)rml_frame_row(frame, row[i]) + 1);
        if (!value) {
            value = said;
            at = i;
        }
    }
    for (int64_t i = 0; value && i < n && status == RML_OK; ++i)
        if (rml_text_missing(rml_frame_cell(frame, row[i], column)))
            status = set_cell(frame, row[i], column, value, err);
    return status;
}
