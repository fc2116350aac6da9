/* The file is read as one block and cut in place: each cell ends in a 0 written over its comma or line feed, quotes
 * are folded away inside it. Beside the block stand one pointer a cell and one line number a row, nothing else. */
#include "io/table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

#define TABLE_LIMIT ((size_t)1 << 30) /* bytes; a cohort of a million rows stays far below */
#define MOST_COLUMNS 1000000          /* the widest arrays of methylation have 930 000 sites */
#define FIRST_ROWS 64

typedef struct cutter {
    const char *path;
    char *at, *end; /* what is left of the text; *end is 0 */
    int64_t line;
    bool header; /* within the line of names */
} cutter;

typedef enum ending { ENDS_CELL, ENDS_ROW, ENDS_FILE } ending;

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Steps over CRLF, LF or CR. */
static void step_line(cutter *cut)
{
    cut->at += cut->at[0] == '\r' && cut->at[1] == '\n' ? 2 : 1;
    ++cut->line;
}

/* Folds a quoted cell to its text; at stands on the opening quote and ends behind the closing one. */
static rml_status cut_quoted(cutter *cut, char **text, rml_error *err)
{
    const int64_t opened = cut->line;
    char *from = cut->at + 1, *to = from;

    *text = to;
    for (;; ++from) {
        if (from == cut->end)
            return rml_fail(err, RML_EFORMAT, "%s line %lld: a quote is opened and never closed", cut->path,
                            (long long)opened);
        if (*from == '"') {
            if (from[1] != '"') break;
            ++from;
        }
        if (*from == '\n' || (*from == '\r' && from[1] != '\n')) ++cut->line;
        *to++ = *from;
    }
    *to = '\0'; /* over the closing quote or before it: the text has shrunk by then */
    cut->at = from + 1;
    return RML_OK;
}

/* Not strcspn, which a checked build lets measure the rest of the file for every cell. */
static bool ends_cell(char c)
{
    return c == ',' || c == '\r' || c == '\n' || c == '\0';
}

/* Whether a number in the line at `at` has a comma before its decimals. number: out, it */
static bool has_decimal_comma(const char *at, char number[24])
{
    while (*at && *at != '\n' && *at != '\r') {
        const size_t whole = strspn(at, "+-0123456789"),
                     part = at[whole] == ',' ? strspn(at + whole + 1, "0123456789") : 0;

        if (whole > 0 && part > 0) {
            snprintf(number, 24, "%.*s", (int)(whole + 1 + part), at);
            return true;
        }
        at += whole > 0 ? whole : 1;
    }
    return false;
}

static void skip_empty_lines(cutter *cut)
{
    for (;;) {
        char *ahead = cut->at;

        while (blank(*ahead)) ++ahead;
        if (ahead < cut->end && *ahead != '\r' && *ahead != '\n') return;
        cut->at = ahead;
        if (ahead == cut->end) return;
        step_line(cut);
    }
}

/* Spreadsheets of some countries write semicolons, and commas in numbers. The names' line is done with. */
static rml_status wrong_separator(cutter *cut, bool semicolons, rml_error *err)
{
    char number[24] = "";

    skip_empty_lines(cut);
    if (!has_decimal_comma(cut->at, number))
        return rml_fail(err, RML_EFORMAT,
                        "%s line 1: columns are separated by %s; commas were expected, with a point in numbers",
                        cut->path, semicolons ? "semicolons" : "tabs");
    return rml_fail(
        err, RML_EFORMAT,
        "%s line 1: columns are separated by %s, and numbers have a decimal comma (%s in line %lld); commas "
        "between columns and a point in numbers were expected",
        cut->path, semicolons ? "semicolons" : "tabs", number, (long long)cut->line);
}

/* What stands behind the closing quote is no comma. A name in quotes with a semicolon or a tab behind it is of a table
 * of these. */
static rml_status wrong_behind_quote(cutter *cut, const char *behind, rml_error *err)
{
    const bool semicolons = *cut->at == ';',
               tabs = cut->at > behind && memchr(behind, '\t', (size_t)(cut->at - behind)) != NULL;

    if (!cut->header || !(semicolons || tabs))
        return rml_fail(err, RML_EFORMAT, "%s line %lld: text behind a closing quote, expected a comma", cut->path,
                        (long long)cut->line);
    while (cut->at < cut->end && *cut->at != '\n' && *cut->at != '\r') ++cut->at;
    return wrong_separator(cut, semicolons, err);
}

/* The next cell; what follows it says whether the row or the file ends there. */
static rml_status cut_cell(cutter *cut, char **text, ending *how, rml_error *err)
{
    char *last;

    while (blank(*cut->at)) ++cut->at;
    if (*cut->at == '"') {
        const rml_status status = cut_quoted(cut, text, err);

        const char *behind;

        if (status != RML_OK) return status;
        behind = cut->at;
        while (blank(*cut->at)) ++cut->at;
        if (cut->at < cut->end && !strchr(",\r\n", *cut->at)) return wrong_behind_quote(cut, behind, err);
        last = NULL;
    } else {
        *text = cut->at;
        while (!ends_cell(*cut->at)) ++cut->at;
        last = cut->at;
        while (last > *text && blank(last[-1])) --last;
    }
    if (cut->at == cut->end) {
        *how = ENDS_FILE;
    } else if (*cut->at == ',') {
        *how = ENDS_CELL;
        ++cut->at;
    } else {
        *how = ENDS_ROW;
        step_line(cut);
    }
    if (last) *last = '\0'; /* only now: this may be the separator itself */
    return RML_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static rml_status check_header(const cutter *cut, int64_t line, const rml_table *table, rml_error *err)
{
    const size_t n = (size_t)table->n_columns;
    const char **sorted = malloc(n * sizeof *sorted);
    rml_status status = RML_OK;

    if (!sorted) return rml_fail(err, RML_ENOMEM, "%s: no memory for its columns", cut->path);
    for (size_t c = 0; c < n && status == RML_OK; ++c)
        if (!*table->header[c])
            status =
                rml_fail(err, RML_EFORMAT, "%s line %lld: column %zu has no name", cut->path, (long long)line, c + 1);
    memcpy(sorted, table->header, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t c = 1; c < n && status == RML_OK; ++c)
        if (strcmp(sorted[c - 1], sorted[c]) == 0)
            status = rml_fail(err, RML_EFORMAT, "%s line %lld: two columns are named \"%s\"", cut->path,
                              (long long)line, sorted[c]);
    free(sorted);
    return status;
}

static rml_status read_header(cutter *cut, rml_table *table, rml_error *err)
{
    int64_t line;
    int32_t room = 0;
    ending how = ENDS_CELL;

    skip_empty_lines(cut);
    line = cut->line;
    if (cut->at == cut->end)
        return rml_fail(err, RML_EFORMAT, "%s: is empty, expected a line of column names", cut->path);
    cut->header = true;
    while (how == ENDS_CELL) {
        char *text;
        const rml_status status = cut_cell(cut, &text, &how, err);

        if (status != RML_OK) return status;
        if (table->n_columns == MOST_COLUMNS)
            return rml_fail(err, RML_EFORMAT, "%s line %lld: more than %d columns, expected at most so many", cut->path,
                            (long long)line, MOST_COLUMNS);
        if (table->n_columns == room) {
            const char **grown;

            room = room ? 2 * room : 16;
            grown = realloc(table->header, (size_t)room * sizeof *grown);
            if (!grown) return rml_fail(err, RML_ENOMEM, "%s: no memory for its columns", cut->path);
            table->header = grown;
        }
        table->header[table->n_columns++] = text;
    }
    cut->header = false;
    return check_header(cut, line, table, err);
}

/* One column that holds them is a table that was not cut. */
static rml_status check_separator(cutter *cut, const rml_table *table, rml_error *err)
{
    const bool semicolons = strchr(table->header[0], ';') != NULL;

    if (table->n_columns > 1 || !strpbrk(table->header[0], ";\t")) return RML_OK;
    return wrong_separator(cut, semicolons, err);
}

/* n_left: bytes of the text from this row on. Each of its cells has one that ends it, but for the last, so that no more
 * rows are made room for than they can hold. */
static bool reserve_row(rml_table *table, int64_t n_left, int64_t *room)
{
    int64_t wider, most;
    const char **cell;
    int64_t *line;

    if (table->n_rows < *room) return true;
    assert(table->n_columns > 0);
    wider = *room ? 2 * *room : FIRST_ROWS;
    most = table->n_rows + n_left / table->n_columns + 1;
    if (wider > most) wider = most;
    cell = realloc(table->cell, (size_t)(wider * table->n_columns) * sizeof *cell);
    if (!cell) return false;
    table->cell = cell;
    line = realloc(table->line, (size_t)wider * sizeof *line);
    if (!line) return false;
    table->line = line;
    *room = wider;
    return true;
}

static rml_status read_rows(cutter *cut, rml_table *table, rml_faults *faults, rml_error *err)
{
    rml_error why = {0};
    int64_t room = 0;

    for (skip_empty_lines(cut); cut->at < cut->end; skip_empty_lines(cut)) {
        const int64_t line = cut->line;
        int64_t n = 0;
        bool empty = true; /* a spreadsheet's row whose cells were cleared: ",," */
        rml_status status;

        if (!reserve_row(table, cut->end - cut->at, &room))
            return rml_fail(err, RML_ENOMEM, "%s: no memory beyond row %lld", cut->path, (long long)table->n_rows);
        for (ending how = ENDS_CELL; how == ENDS_CELL; ++n) {
            char *text;

            status = cut_cell(cut, &text, &how, err);
            if (status != RML_OK) return status;
            empty &= !*text;
            if (n < table->n_columns) table->cell[table->n_rows * table->n_columns + n] = text;
        }
        if (empty) continue;
        if (n == table->n_columns) {
            table->line[table->n_rows++] = line;
            continue;
        }
        (void)rml_fail(&why, RML_EFORMAT, "%s line %lld: %lld cell%s, expected %d as in the header", cut->path,
                       (long long)line, (long long)n, n == 1 ? "" : "s", table->n_columns);
        status = rml_faults_add(faults, line, &why, err);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

static rml_status check_text(const char *path, const char *text, size_t n_bytes, rml_error *err)
{
    const char *zero = memchr(text, '\0', n_bytes);
    size_t valid, line = 1;

    if (n_bytes >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return rml_fail(err, RML_EFORMAT, "%s: is UTF-16, expected UTF-8", path);
    if (n_bytes >= 2 && memcmp(text, "\x1F\x8B", 2) == 0)
        return rml_fail(err, RML_EFORMAT, "%s: is compressed by gzip, a plain text was expected: gunzip -k makes one",
                        path);
    valid = rml_utf8_valid(text, n_bytes);
    if (zero && (size_t)(zero - text) < valid) valid = (size_t)(zero - text);
    if (valid == n_bytes) return RML_OK;
    for (size_t i = 0; i < valid; ++i) line += text[i] == '\n';
    if (text[valid] == '\0')
        return rml_fail(err, RML_EFORMAT, "%s line %zu: byte 0x00, which no text holds; a CSV was expected", path,
                        line);
    return rml_fail(err, RML_EFORMAT, "%s line %zu: byte 0x%02X is not UTF-8 text", path, line,
                    (unsigned)(unsigned char)text[valid]);
}

rml_status rml_table_read_on(const char *path, rml_table *table, rml_faults *faults, rml_error *err)
{
    rml_table read = {0};
    char *text = NULL;
    size_t n_bytes = 0;
    cutter cut = {.path = path, .line = 1};
    rml_status status = rml_file_read(path, TABLE_LIMIT, &text, &n_bytes, err);

    if (status != RML_OK) goto done;
    read.memory = text;
    status = check_text(path, text, n_bytes, err);
    if (status != RML_OK) goto done;
    cut.at = text;
    cut.end = text + n_bytes;
    if (n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) cut.at += 3;
    status = read_header(&cut, &read, err);
    if (status == RML_OK) status = check_separator(&cut, &read, err);
    if (status != RML_OK) goto done;
    status = read_rows(&cut, &read, faults, err);
    if (status != RML_OK) goto done;
    *table = read;
    read = (rml_table){0};
done:
    rml_table_free(&read);
    return status;
}

rml_status rml_table_read(const char *path, rml_table *table, rml_error *err)
{
    return rml_table_read_on(path, table, NULL, err);
}

void rml_table_free(rml_table *table)
{
    if (!table) return;
    free(table->header);
    free(table->cell);
    free(table->line);
    free(table->memory);
    *table = (rml_table){0};
}

int32_t rml_table_column(const rml_table *table, const char *name)
{
    for (int32_t c = 0; c < table->n_columns; ++c)
        if (strcmp(table->header[c], name) == 0) return c;
    return -1;
}
