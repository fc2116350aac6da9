/* What the texture families share: directions, a slice of the picture as a picture of its own, and means over matrices.
 *
 * Every matrix is counted by the kernels that PyRadiomics' features come from (kernels/texture), on a slice or on the
 * whole; an aggregation is a way to add these counts up. */
#ifndef RML_IBSI_SLICES_H
#define RML_IBSI_SLICES_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"
#include "kernels/texture/sizes.h"

#define RML_IBSI_STEPS 13
#define RML_IBSI_STEPS_2D 4 /* the first of them lie in a slice */

extern const int32_t rml_ibsi_step[RML_IBSI_STEPS][3]; /* {dx, dy, dz} */

/* One slice of the picture as a picture: what is counted on it may step within the slice alone, since beyond it lie the
 * next slices. Ranks and grey levels are the whole ROI's, also those that the slice does not have.
 *
 * count  out  [levels->n_levels] voxels of each level in the slice; the view points to it
 * view   out  nothing to be freed
 * returns the slice's ROI voxels */
int64_t rml_ibsi_slice(const rml_levels *levels, int32_t z, int64_t *count, rml_levels *view);

/* Where an aggregation's values begin in a family's array. */
static inline double *rml_ibsi_row(double *value, int row, int32_t n_features)
{
    return value + (int64_t)row * n_features;
}

/* Means over matrices: what is undefined of one does not enter. */
typedef struct rml_ibsi_mean {
    double sum[RML_IBSI_MAX_TEXTURE];
    int64_t n[RML_IBSI_MAX_TEXTURE];
} rml_ibsi_mean;

void rml_ibsi_mean_add(rml_ibsi_mean *mean, int32_t n_features, const double *value);
void rml_ibsi_mean_take(const rml_ibsi_mean *mean, int32_t n_features, double *value); /* NaN where nothing entered */

#define RML_IBSI_N_SIZES 16

/* The features that GLRLM, GLSZM, GLDZM and NGLDM share, in the order of their catalogues.
 *
 * from   in   [RML_N_SIZE_FEATURES]
 * value  out  [RML_IBSI_N_SIZES] */
void rml_ibsi_sizes_place(const double *from, double *value);

void rml_ibsi_undefined(int64_t n, double *value); /* n times NaN */

#endif
