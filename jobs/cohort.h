/* The cohort as work: what each row of the manifest is called, its key in the journal, and which rows share a read. */
#ifndef RML_JOBS_COHORT_H
#define RML_JOBS_COHORT_H

#include "engine/farm.h"
#include "io/manifest.h"
#include "jobs/case.h"

/* A ROI that another row of the same ID, image, mask and channel asks for too. */
typedef struct rml_clash {
    int64_t row, other; /* the first other one */
    uint32_t roi;       /* its place in the row's list; of a row "all" the label, 0: of every label */
    bool if_present;    /* one of the two rows says "all": it asks for the label only if the mask has it */
} rml_clash;

enum { RML_IMAGE_GONE, RML_MASK_GONE, RML_BOTH_GONE, RML_N_GONE };

typedef struct rml_cohort {
    rml_manifest manifest;
    int64_t n_rows;
    const char *default_label; /* where a row names none; malloc'ed */
    bool override_label;       /* default_label stands for every row */
    char **id;                 /* [n_rows] the case's name */
    rml_key *key;              /* [n_rows] */
    rml_key *gone;             /* [n_rows][RML_N_GONE] the keys that the row will have when files of it are gone */
    bool *all;                 /* [n_rows] every label of the mask is asked for */
    rml_clash *clash;          /* [n_clashes] by row and roi, each once */
    int64_t n_clashes;
    int64_t *twin;         /* [n_rows] where no ROI of the row is computed, whatever the mask: a row that asks for
                              one of them too; else -1 */
    int32_t *channel;      /* [n_rows] component of a vector mask: the row's, else the parameters' */
    double *cost;          /* [n_rows] bytes to read */
    int64_t *memory;       /* [n_rows] bytes that the task of this row may need */
    rml_file_state *state; /* [n_rows][RML_N_CASE_FILES] as the key has it */
    /* what tells rows of one ID apart in obs/_index */
    bool with_sequence, with_timepoint, with_reader, with_channel, with_files;
} rml_cohort;

/* Reads the manifest and asks the file system for sizes and times; headers are not opened, but those of small NRRD
 * files, whose voxels may lie in another file. label: --label, or NULL; the parameters' label stands where neither it
 * nor the column names one.
 *
 * A row is known by what it asks for, not by how that is spelled: label 01 is 1, ./a.nii is a.nii. A ROI that two rows
 * of one ID, image, mask and channel ask for ("all" asks for every single label) clashes and is computed for neither;
 * of the others no two have one name. RML_ESETTING, RML_EFORMAT and others as rml_manifest_read; also a label that
 * cannot be read, with its line.
 */
RML_CHECKED rml_status rml_cohort_read(const char *path, const char *label, const rml_params *params,
                                       rml_cohort *cohort, rml_error *err);
/* As rml_cohort_read, but finds all wrong lines of the manifest: faults ({0} before, the caller's to free) has a
 * sentence each, and *err what follows them, which is how many they are or what ended the reading before its end. One
 * wrong line alone is *err, and faults is empty. */
RML_CHECKED rml_status rml_cohort_read_on(const char *path, const char *label, const rml_params *params,
                                          rml_cohort *cohort, rml_faults *faults, rml_error *err);
/* Both as rml_complain, faults first. */
void rml_cohort_complain(const char *verb, const rml_faults *faults, const rml_error *err);
/* Says of cells that a spreadsheet would compute how many there are, and which is the first; nothing where there is
 * none. They are written as they are, so that the tables can be joined with the cohort. */
void rml_cohort_tell_formulas(const char *verb, const char *path, const rml_cohort *cohort);
void rml_cohort_free(rml_cohort *cohort);

/* The first row that reads the given file, and what the file is to it ("image"); -1 when none does. */
int64_t rml_cohort_row_of(const rml_cohort *cohort, uint64_t device, uint64_t inode, const char **role);

/* The row's label text: --label, else its cell, else the parameters'. */
const char *rml_cohort_label(const rml_cohort *cohort, int64_t row);
int32_t rml_cohort_label_channel(const rml_cohort *cohort, int64_t row, const rml_params *params);

/* The other row that asks for this ROI, or -1.
 *
 * place       in   of the ROI in the row's list
 * label       in   of a row "all": the ROI's
 * if_present  out  the clash is none when the mask has not the label; NULL allowed */
int64_t rml_cohort_clash(const rml_cohort *cohort, int64_t row, int32_t place, uint32_t label, bool *if_present);

/* The name of one ROI in obs/_index: ID|label and, where rows of one ID need it, |Sequence|Timepoint|Reader, then
 * |Label_channel, then |Image|Mask. A | inside one of these is written \|, and \ is written \\. Malloc'ed, NULL without
 * memory. */
char *rml_cohort_index(const rml_cohort *cohort, int64_t row, const char *label);

/* The rows of `pending` grouped by what they read: task t has rows row[first[t]] .. row[first[t + 1] - 1]. */
typedef struct rml_tasks {
    int64_t n;
    int64_t *first;      /* [n + 1] */
    int64_t *row;        /* pending rows, those of one task together, in the manifest's order */
    rml_key *key;        /* as row */
    rml_farm_task *task; /* [n]; keys point into key */
} rml_tasks;

/* pending: [n_rows] rows to compute. RML_ENOMEM. */
RML_CHECKED rml_status rml_cohort_tasks(const rml_cohort *cohort, const bool *pending, rml_tasks *tasks,
                                        rml_error *err);
void rml_tasks_free(rml_tasks *tasks);

/* The task of every row when the whole cohort is computed: what one rank reads once.
 *
 * number  out  [n_rows] from 1, of the same files the same wherever the rows stand; 0: of the row nothing is computed
 * RML_ENOMEM */
RML_CHECKED rml_status rml_cohort_number_tasks(const rml_cohort *cohort, int64_t *number, rml_error *err);

#endif
