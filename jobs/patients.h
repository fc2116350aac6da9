/* What a study's table and a model's rows do with patients alike: names are found, and of several rows one is kept. */
#ifndef RML_JOBS_PATIENTS_H
#define RML_JOBS_PATIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A name and the place it stands at. */
typedef struct rml_named {
    const char *name;
    int64_t place;
} rml_named;

/* By name, of one name by place. */
void rml_named_sort(rml_named *named, int64_t n);
/* The first of a name in a sorted list, or n. */
int64_t rml_named_find(const rml_named *named, int64_t n, const char *name);

enum { RML_PATIENTS_PRINTED = 20 };
/* "BEFORE12 WHAT: a, b, ... and 3 others" on stdout: of n names the first
 * RML_PATIENTS_PRINTED, which alone need be there; nothing of none. */
void rml_patients_print(const char *before, const char *what, int32_t n, const char *const *name);

/* The features that say how large an ROI is: the first that a table has counts. */
enum { RML_VOLUMES = 2 };
extern const char *const rml_volume_features[RML_VOLUMES];

/* Whether a column is volume feature v, or one of several beside each other (sequences, labels, time points): with text
 * before or behind its name that begins or ends with no letter or digit there ("original_shape_VoxelVolume_T1",
 * "T1.original_shape_VoxelVolume", "VoxelVolume.original").
 *
 * n_before, n_behind  out  how much text that is; what a table's other columns of the same ROI have in common with it
 */
bool rml_is_volume(const char *column, int32_t v, size_t *n_before, size_t *n_behind);

/* Of each patient's rows the one with the largest volume stays, the first of equals; any volume is more than a
 * missing one.
 *
 * volume       in      of the table's rows
 * first_row    in      [n_patients + 1] of row
 * row          in/out  [first_row[n_patients]] rows of the table, then [n_patients]
 * first_kept   out     [n_patients + 1], may be first_row */
void rml_patients_keep_largest(const double *volume, int32_t n_patients, const int32_t *first_row, int64_t *row,
                               int32_t *first_kept);

#endif
