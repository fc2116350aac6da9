/* A volume of voxels as a file stores it, read where it lies: no whole-volume copy, no conversion before a voxel is
 * wanted. Index order everywhere: x fastest, then y, then z; axis 0 is x. World coordinates are LPS, in mm. */
#ifndef RML_BASE_VOLUME_H
#define RML_BASE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef enum rml_scalar {
    RML_INT8,
    RML_UINT8,
    RML_INT16,
    RML_UINT16,
    RML_INT32,
    RML_UINT32,
    RML_INT64,
    RML_UINT64,
    RML_FLOAT32,
    RML_FLOAT64,
    RML_N_SCALARS
} rml_scalar;

/* The nearest float32 as a double. Not a plain cast where two of them stand side by side outside a loop: GCC 12 makes
 * a vector of such a pair and forgets to round it. */
static inline double rml_single(double value)
{
    volatile float rounded = (float)value;

    return (double)rounded;
}

size_t rml_scalar_bytes(rml_scalar type);
const char *rml_scalar_name(rml_scalar type); /* "int16" */
bool rml_scalar_is_float(rml_scalar type);

typedef struct rml_grid {
    int32_t size[3];        /* voxels, each at least 1 */
    double spacing[3];      /* mm, each above 0 */
    double origin[3];       /* mm, LPS: the centre of voxel (0,0,0) */
    double direction[3][3]; /* column a: the unit vector along which index a grows.
                               world = origin + direction * (spacing ∘ index) */
} rml_grid;

typedef struct rml_box {
    int32_t first[3]; /* the lowest index inside, per axis */
    int32_t size[3];
} rml_box;

static inline int64_t rml_box_voxels(const rml_box *box)
{
    return (int64_t)box->size[0] * box->size[1] * box->size[2];
}

typedef struct rml_volume {
    rml_grid grid;
    rml_scalar stored; /* the type in memory */
    bool swapped;      /* in the other byte order than this machine's */
    bool scaled;       /* value = slope * stored + intercept, in double, then cast to float32 (float64 stays) */
    double slope, intercept;
    int64_t step;        /* elements from a voxel to the next along x: 1, or the components of an interleaved vector */
    int32_t first_slice; /* what is loaded: slices first_slice .. first_slice + n_slices - 1; n_slices 0: nothing yet */
    int32_t n_slices;
    const unsigned char *voxels; /* voxel (0, 0, first_slice) of the chosen component; may be unaligned */
    void *memory;                /* what rml_volume_free gives back (malloc'ed); voxels points into it */
} rml_volume;

/* Gives back the memory; NULL and a half-built volume allowed. */
void rml_volume_free(rml_volume *volume);

/* The type in which ITK would hold these voxels: float32 when scaled (float64 stays), else the stored type. */
rml_scalar rml_volume_type(const rml_volume *volume);

/* Decodes n voxels of row (y, z) from x on into out[n]. The row must lie in the loaded slices. */
void rml_volume_row(const rml_volume *volume, int32_t x, int32_t n, int32_t y, int32_t z, double *out);

/* Decodes a box into out[nz*ny*nx], x fastest. The box must lie in the loaded slices. */
void rml_volume_crop(const rml_volume *volume, const rml_box *box, double *out);

#endif
