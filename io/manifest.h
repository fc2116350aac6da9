/* The cohort: one row an image and its mask. */
#ifndef RML_IO_MANIFEST_H
#define RML_IO_MANIFEST_H

#include "io/table.h"

/* Which labels of a mask make which ROIs. "1" one ROI; "1;2;5" three; "1+3" one of both; "all" one for each present. */
typedef struct rml_label_set {
    int32_t n;       /* labels united into this ROI */
    uint32_t *label; /* [n] ascending */
} rml_label_set;

typedef struct rml_label_spec {
    bool all;
    int32_t n_rois;
    rml_label_set *roi; /* [n_rois]; in the order written */
    uint32_t *memory;
} rml_label_spec;

/* RML_ESETTING with what was found and what may stand there. */
RML_CHECKED rml_status rml_label_spec_parse(const char *text, rml_label_spec *spec, rml_error *err);
void rml_label_spec_free(rml_label_spec *spec);
/* "1+3" for a set; "7" for one label. */
void rml_label_set_text(const rml_label_set *set, char *text, size_t n_bytes);

typedef struct rml_manifest {
    rml_table table;                     /* all columns as written */
    int32_t image, mask;                 /* columns; always there */
    int32_t id, label;                   /* columns, or -1 */
    int32_t label_channel;               /* column, or -1 */
    int32_t sequence, timepoint, reader; /* columns, or -1 */
    char *folder;                        /* of the CSV, for relative paths; "" for the current one */
} rml_manifest;

/* Reads a cohort CSV (columns Image and Mask, optional ID, Label, Label_channel, Sequence, Timepoint, Reader, any other
 * carried; names as PyRadiomics spells them, case-sensitive; one that differs in case alone is an error that says so).
 * RML_EFORMAT and others as rml_table_read; RML_ESETTING for a missing column or a cell that must not be empty. */
RML_CHECKED rml_status rml_manifest_read(const char *path, rml_manifest *manifest, rml_error *err);
/* As rml_manifest_read, but reads on behind rows with another number of cells or with an empty one that must not be:
 * they are left out of the manifest, which may then have no row, and noted in faults ({0} before; NULL: the first ends
 * the reading). */
RML_CHECKED rml_status rml_manifest_read_on(const char *path, rml_manifest *manifest, rml_faults *faults,
                                            rml_error *err);
void rml_manifest_free(rml_manifest *manifest);

/* A cell of row r as a path one can open: relative ones under the CSV's folder. Malloc'ed; NULL without memory. */
char *rml_manifest_path(const rml_manifest *manifest, int64_t row, int32_t column);
/* A path without "./" and doubled slashes, so that two spellings of one file compare as equal: by its letters alone, no
 * folder is asked ("a/../b" stays: a may be a link). tidy: [strlen(path) + 2]. */
void rml_path_tidy(const char *path, char *tidy);
/* The row's ID, or without that column the image's file name without .nii, .nii.gz, .nrrd, .nhdr. Malloc'ed. */
char *rml_manifest_id(const rml_manifest *manifest, int64_t row);

#endif
