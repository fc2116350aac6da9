#include "jobs/ibsi_memory.h"

#include <math.h>

#include "jobs/ibsi_filters.h"
#include "kernels/image/resample_spline.h"

static bool has_filter(const rml_params *params)
{
    for (int32_t i = 0; i < params->ibsi.n_images; ++i)
        if (params->ibsi.image[i].filter != RML_IBSI_ORIGINAL) return true;
    return false;
}

/* What filters take beside the ROI: the image that they read, where one is made, while it is made (source and passes)
 * or while the largest of them answers. */
static double filter_bytes(const rml_params *params, const int32_t size[3], const double spacing[3],
                           const rml_box *wide, double n_stored, bool is_made)
{
    const double n_all = (double)size[0] * size[1] * size[2], made = is_made ? 8.0 * n_all : 0.0;
    double most = is_made ? 16.0 * n_stored : 0.0;

    for (int32_t i = 0; i < params->ibsi.n_images; ++i)
        if (params->ibsi.image[i].filter != RML_IBSI_ORIGINAL)
            most = fmax(most, rml_ibsi_respond_bytes(&params->ibsi.image[i], size, spacing, wide));
    return made + most + 8.0 * (double)rml_box_voxels(wide);
}

double rml_ibsi_bytes(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box)
{
    const rml_ibsi_params *ibsi = &params->ibsi;
    const int32_t halo = ibsi->interpolator == RML_IBSI_CUBIC ? RML_SPLINE_HALO : 1;
    double n_tight = 1.0, n_wide = 1.0, n_read = 1.0, n_stored = 1.0, spacing[3], per_voxel;
    int32_t size[3];
    rml_box about = {{0, 0, 0}, {0, 0, 0}};
    bool is_new = false;

    for (int a = 0; a < 3; ++a) {
        const double old = grid->spacing[a], new = resampled && ibsi->spacing[a] > 0.0 ? ibsi->spacing[a] : old;
        const double tight = ceil(box->size[a] * old / new) + 2.0, all = ceil(grid->size[a] * old / new);
        const double wide = ibsi->wanted[RML_IBSI_LOCAL] ? tight + 2.0 * ceil(6.3 / new) : tight;

        if (all > INT32_MAX) return INFINITY;
        is_new |= new != old;
        n_tight *= tight;
        n_wide *= wide;
        n_read *= wide * new / old + 2.0 * halo;
        n_stored *= grid->size[a];
        size[a] = (int32_t)all;
        about.size[a] = (int32_t)fmin(wide, all);
        spacing[a] = new;
    }
    /* held throughout: image, values, levels, masks; beside them the transforms of Moran's I (110 bytes a voxel), else
     * picture and zones; what is interpolated, with the passes between */
    per_voxel = 34.0 + (ibsi->wanted[RML_IBSI_MORPHOLOGY] ? 110.0 : 40.0);
    return per_voxel * n_tight + 26.0 * n_wide + 16.0 * n_read +
           (has_filter(params) ? filter_bytes(params, size, spacing, &about, n_stored, is_new || ibsi->round) : 0.0);
}
