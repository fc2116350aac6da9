/* An HDF5 file as a tree of groups, arrays, texts and links, written from its root in one go.
 *
 * Identical contents give identical bytes: no times, and everything lies in the order in which it was written. The file
 * appears whole or not at all. Calls that put something into the tree return nothing: after the first failure they do
 * nothing any more, and rml_h5_tree_commit says what it was.
 *
 * Names may hold any character: what HDF5 cannot take ("/", an empty name, ".") is written as %2F, %00, %2E, and "%"
 * itself as %25. One thread a process, as for all of HDF5. */
#ifndef RML_IO_H5_TREE_H
#define RML_IO_H5_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_h5_tree rml_h5_tree;

/* Begins PATH.tmp beside path. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_h5_tree_create(const char *path, rml_h5_tree **tree, rml_error *err);

/* Goes down into a group, which is made where it is not there yet; at most 16 deep. And back. */
void rml_h5_tree_enter(rml_h5_tree *tree, const char *name);
void rml_h5_tree_leave(rml_h5_tree *tree);

/* Arrays in the current group. Stored as little-endian float64 and int32, the larger ones compressed.
 * rank 1: [n_columns] (n_rows is 1), 2: [n_rows][n_columns]; either may be 0 */
void rml_h5_tree_numbers(rml_h5_tree *tree, const char *name, int32_t rank, int32_t n_rows, int32_t n_columns,
                         const double *value);
/* An array [n_rows][n_columns] of float64 that follows row by row: in one piece and not compressed, so that readers may
 * map it and no row costs more than itself. Nothing else may be put into the tree until all rows are there. */
void rml_h5_tree_begin_rows(rml_h5_tree *tree, const char *name, int64_t n_rows, int64_t n_columns);
void rml_h5_tree_rows(rml_h5_tree *tree, int64_t n, const double *value); /* the next n rows */
void rml_h5_tree_integers(rml_h5_tree *tree, const char *name, int32_t n, const int32_t *value);
/* [n] texts, UTF-8 of a fixed length, the longest one's, padded with zeros. */
void rml_h5_tree_texts(rml_h5_tree *tree, const char *name, int32_t n, const char *const *text);
/* One text. */
void rml_h5_tree_text(rml_h5_tree *tree, const char *name, const char *text);
/* Another name for an object: target is its path from the root (HDF5 knows no ".."), its parts as they are written
 * (rml_h5_tree_name). Readers follow at most 16 links of links. */
void rml_h5_tree_link(rml_h5_tree *tree, const char *name, const char *target);

/* Attributes of an object in the current group, or (NULL) of that group itself. */
void rml_h5_tree_say(rml_h5_tree *tree, const char *object, const char *name, const char *text);
void rml_h5_tree_say_number(rml_h5_tree *tree, const char *object, const char *name, double value);
void rml_h5_tree_say_integer(rml_h5_tree *tree, const char *object, const char *name, int64_t value);

/* The caller had no memory for what it was to put: the tree fails with RML_ENOMEM. */
void rml_h5_tree_no_memory(rml_h5_tree *tree);

/* A name as it is written: at most 255 bytes, longer ones are cut. */
void rml_h5_tree_name(const char *text, char name[256]);

/* Puts the file in place; the tree is freed in any case. RML_EIO, RML_ENOMEM; RML_EINVAL: two objects of one name, or
 * rows that did not follow. */
RML_CHECKED rml_status rml_h5_tree_commit(rml_h5_tree *tree, rml_error *err);
/* Throws away what was written. NULL allowed. */
void rml_h5_tree_abandon(rml_h5_tree *tree);

#endif
