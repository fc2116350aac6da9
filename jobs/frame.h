/* A table of features and what is known of its rows, from an h5ad file or a CSV: text columns beside a matrix. */
#ifndef RML_JOBS_FRAME_H
#define RML_JOBS_FRAME_H

#include "io/h5ad.h"
#include "io/table.h"

typedef struct rml_frame {
    int64_t n_rows;
    int32_t n_columns; /* of text: obs of an h5ad file, all columns of a CSV */
    const char **name; /* [n_columns] */
    int32_t n_features;
    const char **feature; /* [n_features] */
    double *x;            /* [n_features][n_rows]; NaN is missing; malloc'ed */
    char *parameters;     /* the extraction's canonical settings; "" when unknown; malloc'ed */
    /* what the names and cells point into */
    rml_table table;                       /* of a CSV */
    rml_h5ad_text_column obs, var, *cells; /* of an h5ad file */
    int64_t *line;                         /* NULL for h5ad; of the file's rows */
    /* Of a frame whose rows were put side by side (jobs/pivot.h): the file's row that a row takes its texts from, and
     * what the features' names point into. Both malloc'ed; NULL: rows are the file's. */
    int64_t *row;
    char *made;
} rml_frame;

/* Reads a file by its name's ending (.h5ad, else CSV). Features are those that match any of the patterns (* and ?) and
 * none of `never` (patterns too).
 * Diagnostics (diagnostics_…) are features for patterns that begin with their name alone, and the text columns of an
 * h5ad file are without those that say the program and the configuration.
 * h5ad without patterns: all of X but diagnostics. A CSV without patterns has no features: its columns cannot be told
 * apart; a matched cell that is no number is an error, an empty one, NA and NaN are missing.
 * RML_ESETTING  such a cell, a pattern that no column fits, or no feature that matches (when patterns are given)
 * else as rml_h5ad_open, rml_table_read */
RML_CHECKED rml_status rml_frame_read(const char *path, const char *const *patterns, int32_t n_patterns,
                                      const char *const *never, int32_t n_never, rml_frame *frame, rml_error *err);
/* The same with the features of these names, in the file's order; names that are not there are the caller's to miss. */
RML_CHECKED rml_status rml_frame_read_named(const char *path, const char *const *names, int32_t n_names,
                                            rml_frame *frame, rml_error *err);
void rml_frame_free(rml_frame *frame);

/* Puts a column of numbers behind the columns of text: value[n_rows], NaN an empty cell. name must outlive the frame,
 * which must be the file's rows (no pivot). RML_ENOMEM */
RML_CHECKED rml_status rml_frame_add(rml_frame *frame, const char *name, const double *value, rml_error *err);

/* A text column by name: as written, else with another case of letters when only one fits; -1 when there is none. */
int32_t rml_frame_column(const rml_frame *frame, const char *name);
const char *rml_frame_cell(const rml_frame *frame, int64_t row, int32_t column);
/* A row of the frame as a row of the file. */
int64_t rml_frame_row(const rml_frame *frame, int64_t row);

/* "", NA, NaN, null, None, N/A, #N/A, <NA>, a lone point and a lone hyphen, in whatever case. */
bool rml_text_missing(const char *text);
/* A finite number to the end of the text; false otherwise. */
bool rml_text_number(const char *text, double *value);
/* The same text, or the same number. */
bool rml_text_same(const char *a, const char *b);

typedef struct rml_frame_rows { /* a patient's rows of a file */
    rml_frame *frame;
    const char *path;
    const int64_t *row; /* [n] */
    int64_t n;
} rml_frame_rows;

/* What is said of a patient is one value, by one rule: a missing cell does not contradict a value, and the value is the
 * patient's. It is put into the cells that miss it, so that whoever reads any one of them has it.
 *
 * Of two files, where both have the column: of `read`, which is the one that is read, the missing cells are filled.
 * Both frames must be freed together, none read thereafter: cells of a CSV point into the other one's texts. where:
 * what the sentence begins with. RML_ESETTING naming the patient, the column, both values and files; RML_ENOMEM
 */
RML_CHECKED rml_status rml_frame_both_say(const char *name, const rml_frame_rows *one, const rml_frame_rows *read,
                                          const char *where, const char *patient, rml_error *err);

/* The same of all of a patient's rows in one file, row[0 .. n-1]. RML_ESETTING naming the patient, two rows and both
 * values; RML_ENOMEM */
RML_CHECKED rml_status rml_frame_one_value(rml_frame *frame, int32_t column, const int64_t *row, int64_t n,
                                           const char *where, const char *patient, rml_error *err);

#endif
