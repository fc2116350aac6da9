#include "jobs/ibsi_memory.h"

#include <math.h>

#include "jobs/ibsi_filters.h"
#include "kernels/image/resample_spline.h"

/* Measured: a voxel of the box while Moran's I and Geary's C are transformed. */
static const double OF_A_TRANSFORM = 110.0;

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

/* What the families hold at their most beside the ROI, one after the other: n voxels of the box, n_roi of them in it.
 * zones: parents, zones twice and their counts, distances to the border; dependences: one of every voxel, and sorted.
 */
static double family_bytes(const rml_ibsi_params *ibsi, double n, double n_roi)
{
    const double picture = 2.0 * n, bits = n / 8.0;
    double most = 0.0;

    if (ibsi->wanted[RML_IBSI_MORPHOLOGY]) most = OF_A_TRANSFORM * n;
    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES; ++t) {
        double bytes = picture + bits;

        if (!ibsi->wanted_texture[t]) continue;
        if (t == RML_IBSI_GLSZM || t == RML_IBSI_GLDZM) bytes += 4.0 * n + 16.0 * n_roi;
        if (t == RML_IBSI_GLDZM) bytes += 6.0 * n;
        if (t == RML_IBSI_NGLDM) bytes += 4.0 * n_roi;
        most = fmax(most, bytes);
    }
    return most;
}

double rml_ibsi_bytes(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                      int64_t n_voxels)
{
    const rml_ibsi_params *ibsi = &params->ibsi;
    double n_tight = 1.0, n_wide = 1.0, n_read = 1.0, n_stored = 1.0, n_about = 1.0, n_roi = (double)n_voxels;
    double n_seen = 1.0, spacing[3], held, placing, reading;
    int32_t halo, size[3];
    rml_box about = {{0, 0, 0}, {0, 0, 0}};
    bool is_new = false;

    for (int a = 0; a < 3; ++a) is_new |= resampled && ibsi->spacing[a] > 0.0 && ibsi->spacing[a] != grid->spacing[a];
    halo = is_new && ibsi->interpolator == RML_IBSI_CUBIC ? RML_SPLINE_HALO : is_new;
    for (int a = 0; a < 3; ++a) {
        const double old = grid->spacing[a], new = resampled && ibsi->spacing[a] > 0.0 ? ibsi->spacing[a] : old;
        const double tight = ceil(box->size[a] * old / new), all = ceil(grid->size[a] * old / new);
        const double wide = fmin(ibsi->wanted[RML_IBSI_LOCAL] ? tight + 2.0 * ceil(6.3 / new) : tight, all);
        /* where the mask is looked for: all of which a voxel of the ROI has a part in */
        const double looked = is_new ? ceil((box->size[a] + 2.0) * old / new) + 1.0 : tight;

        if (all > INT32_MAX) return INFINITY;
        n_tight *= tight;
        n_wide *= wide;
        n_read *= ceil(wide * new / old) + 2.0 * halo;
        n_about *= looked;
        n_seen *= box->size[a] + 2.0 * halo;
        n_roi *= old / new;
        n_stored *= grid->size[a];
        size[a] = (int32_t)all;
        about.size[a] = (int32_t)wide;
        spacing[a] = new;
    }
    /* the interpolated box and the ROI's part of it, three masks, values, bins, and what statistics sort */
    held = 9.0 * n_wide + 10.0 * n_tight + 12.0 * n_roi;
    if (ibsi->wanted[RML_IBSI_STATISTICS] || ibsi->wanted[RML_IBSI_IVH]) held += 8.0 * n_roi;
    placing = 9.0 * n_about + 8.0 * n_seen;
    /* the passes of the spline are as large as what it reads */
    reading = n_tight + 8.0 * n_wide + (is_new && ibsi->interpolator == RML_IBSI_CUBIC ? 24.0 : 8.0) * n_read;
    held += family_bytes(ibsi, n_tight, n_roi) +
            (has_filter(params) ? filter_bytes(params, size, spacing, &about, n_stored, is_new || ibsi->round) : 0.0);
    return fmax(held, fmax(placing, reading));
}
