/* What the header of an image says, as the readers of the formats hand it to io/volume.c. */
#ifndef RML_IO_HEADER_H
#define RML_IO_HEADER_H

#include "io/file.h"
#include "kernels/base/volume.h"

typedef struct rml_header {
    const char *format; /* "NIfTI-1", "NIfTI-2", "NRRD" */
    rml_grid grid;
    rml_scalar stored;
    bool swapped;
    bool scaled; /* as rml_volume has it */
    double slope, intercept;
    int32_t n_components;
    bool interleaved; /* a voxel's components lie side by side; else volume after volume */

    /* where the voxels are */
    char *data_file; /* as the header spells it; malloc'ed; NULL: the file of the header itself */
    bool gzip;       /* the voxels are compressed; the stream begins after the lines skipped */
    int64_t start;   /* where in that file the data begin, before anything is skipped */
    int64_t n_lines; /* then so many lines are skipped … */
    int64_t n_skip;  /* … then so many bytes (of the inflated stream where compressed); -1: as many as leave the data
                        at the file's end (never compressed) */
    char warning[256];
} rml_header;

/* The sentence of what was taken otherwise than written; the first one stays. */
void rml_header_warn(rml_header *header, const char *format, ...) RML_PRINTF(2, 3);
/* A negative spacing along an axis: its absolute value is taken and the axis turned round, with a warning, as ITK does.
 * grid.spacing[axis] holds the absolute value already. */
void rml_header_negative(rml_header *header, int axis, double spacing);
void rml_header_free(rml_header *header);

#endif
