/* features.h5ad: the AnnData layout in plain HDF5, written row by row and appearing whole or not at all. */
#ifndef RML_IO_H5AD_H
#define RML_IO_H5AD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_h5ad rml_h5ad;             /* a file being written */
typedef struct rml_h5ad_frame rml_h5ad_frame; /* a table being written: obs, var, or one under uns */

typedef enum rml_h5ad_type {
    RML_H5AD_TEXT,        /* string-array */
    RML_H5AD_CATEGORICAL, /* text of few different values */
    RML_H5AD_INTEGER,     /* int64 */
    RML_H5AD_NUMBER,      /* float64 */
    RML_H5AD_TRUTH        /* bool */
} rml_h5ad_type;

typedef struct rml_h5ad_column {
    const char *name;
    rml_h5ad_type type;
    int32_t n_categories;          /* CATEGORICAL: at most 32767 */
    const char *const *categories; /* [n_categories] */
} rml_h5ad_column;

/* A text as the name of a column: with _ for every /, which in HDF5 parts a group from what is in it and which anndata
 * takes in no name. name: [strlen(text) + 1]. */
void rml_h5ad_name(const char *text, char *name);

/* Begins PATH.tmp (where PATH is a link: its target's) with X float64 [n_rows][n_columns] and the layer "reason" uint8
 * of the same shape, chunked, shuffled, deflated, checksummed, without times: the same contents give the same bytes.
 * One thread; not collective. */
RML_CHECKED rml_status rml_h5ad_create(const char *path, int64_t n_rows, int64_t n_columns, rml_h5ad **file,
                                       rml_error *err);

/* Appends rows to X and layers/reason. x, reason: [n][n_columns]. */
RML_CHECKED rml_status rml_h5ad_append(rml_h5ad *file, int64_t n, const double *x, const uint8_t *reason,
                                       rml_error *err);

/* Begins a table at "obs", "var" or "uns/radmill/…" of n_rows rows and the given columns beside its index. */
RML_CHECKED rml_status rml_h5ad_frame_create(rml_h5ad *file, const char *where, int64_t n_rows, int32_t n_columns,
                                             const rml_h5ad_column *columns, rml_h5ad_frame **frame, rml_error *err);
/* Appends one row: its index, then one value a column, each by type: text (TEXT), category code or -1 (CATEGORICAL, as
 * integer), integer (INTEGER, TRUTH), number (NUMBER). Rows are buffered and written a chunk at a time. */
typedef struct rml_h5ad_value {
    const char *text;
    int64_t integer;
    double number;
} rml_h5ad_value;
RML_CHECKED rml_status rml_h5ad_frame_append(rml_h5ad_frame *frame, const char *index, const rml_h5ad_value *values,
                                             rml_error *err);
/* Ends the table and frees it; RML_EINVAL when the rows are not as many as said. */
RML_CHECKED rml_status rml_h5ad_frame_close(rml_h5ad_frame *frame, rml_error *err);

/* Scalars and lists under "uns/radmill/…"; folders on the way are made. */
RML_CHECKED rml_status rml_h5ad_text(rml_h5ad *file, const char *where, const char *text, rml_error *err);
RML_CHECKED rml_status rml_h5ad_texts(rml_h5ad *file, const char *where, int64_t n, const char *const *texts,
                                      rml_error *err);
RML_CHECKED rml_status rml_h5ad_integer(rml_h5ad *file, const char *where, int64_t value, rml_error *err);
RML_CHECKED rml_status rml_h5ad_number(rml_h5ad *file, const char *where, double value, rml_error *err);

/* Closes, syncs, renames to its path. RML_EINVAL when rows or tables are missing; RML_EIO on a full disk: the temporary
 * is removed and an older file at the path is left as it was. */
RML_CHECKED rml_status rml_h5ad_commit(rml_h5ad *file, rml_error *err);
void rml_h5ad_abandon(rml_h5ad *file); /* removes the temporary; NULL allowed */

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct rml_h5ad_reader rml_h5ad_reader;

typedef struct rml_h5ad_text_column {
    int64_t n;
    char **value; /* [n]; malloc'ed, to be freed with rml_h5ad_texts_free */
} rml_h5ad_text_column;

/* Opens an h5ad file, whoever wrote it, with a dense X. What its numbers claim is held against the file's length.
 * RML_EMISSING, RML_EIO  as rml_file_open
 * RML_EFORMAT            not HDF5, or without X, obs and var; damaged
 * RML_EUNSUPPORTED       X is sparse, or not of numbers; it, or another part, lies in another file: so for every call
 */
RML_CHECKED rml_status rml_h5ad_open(const char *path, rml_h5ad_reader **reader, int64_t *n_rows, int64_t *n_columns,
                                     rml_error *err);
void rml_h5ad_close(rml_h5ad_reader *reader);

/* Rows first … first+n-1. x, reason: [n][n_columns], either may be NULL; reason is all 0 where the file has none. */
RML_CHECKED rml_status rml_h5ad_read_rows(rml_h5ad_reader *reader, int64_t first, int64_t n, double *x, uint8_t *reason,
                                          rml_error *err);

/* The columns of a table in their order, without its index; of a folder, what is in it, by name. RML_EMISSING when
 * there is nothing at `where`. */
RML_CHECKED rml_status rml_h5ad_columns(rml_h5ad_reader *reader, const char *where, rml_h5ad_text_column *names,
                                        rml_error *err);
/* A column's values as text: numbers printed to round-trip, truth as true and false, missing as "". Column "_index" is
 * the table's index under whatever name. A list of texts in a folder reads the same way. RML_EMISSING when absent. */
RML_CHECKED rml_status rml_h5ad_column_read(rml_h5ad_reader *reader, const char *where, const char *column,
                                            rml_h5ad_text_column *values, rml_error *err);
/* A single text or number as text; malloc'ed. RML_EMISSING when absent. */
RML_CHECKED rml_status rml_h5ad_read_text(rml_h5ad_reader *reader, const char *where, char **text, rml_error *err);
void rml_h5ad_texts_free(rml_h5ad_text_column *texts);

#endif
