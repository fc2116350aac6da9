/* What rml_h5_tree wrote, read again: texts, numbers and attributes by their path from the root. */
#ifndef RML_IO_H5_TREE_READ_H
#define RML_IO_H5_TREE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_h5_file rml_h5_file;

typedef struct rml_h5_texts {
    int64_t n;
    char **text; /* [n] malloc'ed */
} rml_h5_texts;

typedef struct rml_h5_numbers {
    int64_t n_rows, n_columns; /* a list is one row */
    double *value;             /* [n_rows][n_columns] malloc'ed */
} rml_h5_numbers;

/* RML_EMISSING, RML_EIO as rml_file_open; RML_EFORMAT  no HDF5; RML_ENOMEM */
RML_CHECKED rml_status rml_h5_file_open(const char *path, rml_h5_file **file, rml_error *err);
void rml_h5_file_close(rml_h5_file *file); /* NULL allowed */

/* Whether there is an object at a path such as "fits/mrmr-rfe/1_1"; links within the file
 * are followed. */
bool rml_h5_file_has(rml_h5_file *file, const char *where);

/* The names of what a group holds, sorted. RML_EMISSING, RML_EFORMAT (no group), RML_EUNSUPPORTED (it, or another part
 * of the path, leads into another file), RML_ENOMEM */
RML_CHECKED rml_status rml_h5_file_names(rml_h5_file *file, const char *where, rml_h5_texts *names, rml_error *err);
/* A list of texts, or a single one. What the file could not hold is refused before any memory is taken.
 * RML_EMISSING, RML_EFORMAT, RML_EUNSUPPORTED (its values lie in another file), RML_ENOMEM */
RML_CHECKED rml_status rml_h5_file_texts(rml_h5_file *file, const char *where, rml_h5_texts *texts, rml_error *err);
/* A list or a table of numbers of whatever type. Statuses as above. */
RML_CHECKED rml_status rml_h5_file_numbers(rml_h5_file *file, const char *where, rml_h5_numbers *numbers,
                                           rml_error *err);
/* An attribute that is a text, malloc'ed; NULL where there is none. */
char *rml_h5_file_said(rml_h5_file *file, const char *where, const char *name);
/* An attribute that is a number; NaN where there is none. */
double rml_h5_file_said_number(rml_h5_file *file, const char *where, const char *name);

void rml_h5_texts_free(rml_h5_texts *texts);
void rml_h5_numbers_free(rml_h5_numbers *numbers);

#endif
