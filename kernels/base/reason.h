/* Why a feature has no value, or has the constant that its definition gives for such a case. Kept beside every value
 * in the output file; the numbers are part of the file format: append only. */
#ifndef RML_BASE_REASON_H
#define RML_BASE_REASON_H

#include <stdint.h>

typedef enum rml_reason {
    RML_DEFINED = 0,         /* an ordinary value */
    RML_WHY_FLAT = 1,        /* all ROI voxels are equal (or in one bin) and the formula divides by their spread */
    RML_WHY_NO_PAIRS = 2,    /* no two ROI voxels are neighbours in any direction */
    RML_WHY_ONE_VOXEL = 3,   /* one voxel is too few for this feature */
    RML_WHY_NO_RUNS = 4,     /* no line in any direction holds two ROI voxels */
    RML_WHY_EMPTY_RANGE = 5, /* no voxel lies between the 10th and the 90th percentile */
    RML_WHY_DEGENERATE = 6,  /* the ROI has no extent along an axis that the formula divides by */
    RML_WHY_OVERFLOW = 7,    /* the value is beyond a double */
    RML_WHY_ROUNDING = 8,  /* a root of what should be 0 and came out below it, or a quotient by what is but rounding */
    RML_WHY_UNDERFLOW = 9, /* the powers of the ROI's spread are too small for a double */
    RML_WHY_NO_IMAGE = 10, /* the filter makes no image of so small a one */
    RML_WHY_NOT_FINITE = 11, /* the filter's image is NaN or infinite somewhere in the ROI */
    RML_WHY_NO_LEVEL = 12,   /* even the highest intensity has a larger part of the ROI */
    RML_N_REASONS
} rml_reason;

/* A sentence for the file and the reader, never NULL. */
const char *rml_reason_text(rml_reason reason);

#endif
