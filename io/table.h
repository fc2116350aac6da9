/* A CSV file in memory: every cell as text, by row and column. */
#ifndef RML_IO_TABLE_H
#define RML_IO_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "io/faults.h"
#include "io/file.h"

typedef struct rml_table {
    int32_t n_columns;
    int64_t n_rows;      /* without the header */
    const char **header; /* [n_columns] */
    const char **cell;   /* [n_rows * n_columns], row by row; "" when empty, never NULL */
    int64_t *line;       /* [n_rows] the line of the file on which the row begins, from 1 */
    void *memory;
} rml_table;

/* Reads RFC 4180 CSV: quoted cells, doubled quotes, CRLF or LF, a byte-order mark, empty lines skipped. White space
 * around a cell is dropped unless quoted.
 * RML_EFORMAT   a row with another number of cells than the header (line, both numbers), an open quote, a repeated or
 *               empty column name, no header, columns separated by semicolons or tabs, not UTF-8, more than a million
 *               columns
 * RML_EMISSING, RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_table_read(const char *path, rml_table *table, rml_error *err);
/* As rml_table_read, but reads on behind rows with another number of cells: they are left out of the table and noted in
 * faults (NULL: the first ends the reading). */
RML_CHECKED rml_status rml_table_read_on(const char *path, rml_table *table, rml_faults *faults, rml_error *err);
void rml_table_free(rml_table *table);
int32_t rml_table_column(const rml_table *table, const char *name); /* -1 when absent */

/* Writes one cell, quoted where it must be, with a comma before it unless first. */
void rml_csv_text(FILE *stream, const char *text, bool first);
/* Whether Excel, LibreOffice and the like would compute a cell of this text instead of showing it. */
bool rml_csv_is_formula(const char *text);
void rml_csv_number(FILE *stream, double value, bool first); /* as rml_number_text */
/* %.17g shortened to what round-trips; NaN is empty. */
void rml_number_text(double value, char text[32]);

#endif
