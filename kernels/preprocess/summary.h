/* What is said of a whole image for the record: its mean and its ends, and a hash of its voxels, from the bytes as they
 * pass by on reading, so that no image is kept or read again for it. */
#ifndef RML_PREPROCESS_SUMMARY_H
#define RML_PREPROCESS_SUMMARY_H

#include "kernels/base/sha1.h"
#include "kernels/base/volume.h"
#include "kernels/preprocess/pairwise.h"

typedef struct rml_summary {
    rml_volume type; /* how voxels are stored; holds none */
    int64_t n, n_seen;
    bool hashed;
    double mean, minimum, maximum; /* once all voxels were seen; NaN when a voxel is */
    char hash[RML_SHA1_TEXT];      /* "" unless asked for; then too */
    /* on the way */
    bool small;        /* whole numbers of at most 16 bits: the sum is exact in whatever order */
    bool plain_floats; /* float32 as this machine has them */
    bool nan;          /* one was seen */
    int64_t whole_sum;
    rml_pairwise sum;
    rml_sha1 sha1;
    unsigned char cut[8]; /* the first bytes of a voxel whose others come with the next piece */
    size_t n_cut;
} rml_summary;

/* image: its grid and type; nothing of it need be loaded. Components beside the first are not seen: step 1. */
void rml_summary_begin(rml_summary *summary, const rml_volume *image, bool hashed);
/* The next bytes of the voxels as they are stored, x fastest; pieces may end within a voxel. */
void rml_summary_add(rml_summary *summary, const unsigned char *bytes, size_t n_bytes);
/* False: not all voxels have come; nothing is known then.
 * mean, minimum, maximum  of the values as ITK has them, in double: numpy's mean (its order of adding), min and max
 * hash                    SHA-1 of the buffer in ITK's type, little-endian: SimpleITK's Hash
 * Source: PyRadiomics 3.0.1, generalinfo, Image-original. */
bool rml_summary_end(rml_summary *summary);

/* The same of values in memory, without a hash: n above 0. */
void rml_summary_of(const double *values, int64_t n, double *mean, double *minimum, double *maximum);

/* SHA-1 of a mask as PyRadiomics hashes it: cast to uint32 (negative values wrap, fractions are cut). All of it is
 * loaded and no voxel NaN, infinite or beyond a uint32. */
void rml_summary_mask_hash(const rml_volume *mask, char hash[RML_SHA1_TEXT]);

#endif
