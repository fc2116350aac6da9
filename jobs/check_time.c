/* Most features take a time that goes with the ROI's voxels. Two things weigh more under some settings. Matrices of
 * pairs are made for every direction: distances 1 to 6 have 1098, distance 1 has 13. And each direction's features go
 * over the cells that are not empty: with L grey levels there are C = L (L + 1) / 2 of them, and n pairs that fell on
 * them at random would leave C (1 - exp(-n / C)) with any. What L is, binCount says, or binWidth and how far apart the
 * ROI's intensities lie. */
#include "jobs/check_time.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/preprocess/normalise.h"
#include "kernels/texture/offsets.h"

/* radmill's own timings on one core of a 2-core virtual machine. A ROI, with its row of the tables, and each image of
 * it; a voxel of the ROI, for an image (bins and levels) and for a class; a pair of voxels in a direction. */
static const double OF_A_ROI = 5e-5, OF_AN_IMAGE = 3e-5, OF_A_VOXEL = 1e-8;
static const double OF_A_CLASS_VOXEL[RML_N_CLASSES] = {
    [RML_FIRSTORDER] = 1e-8, [RML_SHAPE] = 7e-9, [RML_GLCM] = 7e-9, [RML_GLRLM] = 8e-9,
    [RML_GLSZM] = 1.6e-8,    [RML_GLDM] = 7e-9,  [RML_NGTDM] = 7e-9};
static const double OF_A_GLCM_PAIR = 5e-10, OF_A_GLDM_PAIR = 1e-10, OF_A_NGTDM_PAIR = 1.7e-9;
/* Other filters take less than the classes do over what they make. */
static const double OF_AN_LBP_3D_VOXEL = 8e-7;
/* A direction of GLCM; a cell of its matrix, and how many cells make that twice as much: the largest correlation's
 * iterations leave the cache. */
static const double OF_A_DIRECTION = 2e-6, OF_A_CELL = 3e-8, CELLS_TWICE = 3e4;
/* Profile ibsi: an image of a ROI; a voxel for an image and for a family, with every aggregation; and for morphology,
 * of which Moran's I and Geary's C take most. */
static const double OF_AN_IBSI_IMAGE = 2.5e-4, OF_AN_IBSI_VOXEL = 8e-8, OF_A_FAMILY_VOXEL = 2e-8,
                    OF_A_MORPHOLOGY_VOXEL = 6.5e-7;

enum { USUAL_LEVELS = 32 }; /* where no ROI could be looked at */

bool rml_span_matters(const rml_params *params)
{
    bool uncounted = false;

    if (params->is_ibsi) return params->ibsi.wanted_texture[RML_IBSI_GLCM] && params->ibsi.bins.count == 0;
    for (int32_t t = 0; t < params->n_types; ++t) uncounted |= params->type[t].binning.count == 0;
    return uncounted && params->wanted[RML_GLCM];
}

void rml_span_add(rml_span *span, const rml_params *params, const rml_volume *image, const rml_box *box,
                  const uint8_t *voxels)
{
    double *row = malloc((size_t)box->size[0] * sizeof *row), low = INFINITY, high = -INFINITY, mean, sd = 1.0;
    double unit = 1.0;
    int64_t n_bad;

    if (!row) return;
    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y, voxels += box->size[0]) {
            rml_volume_row(image, box->first[0], box->size[0], box->first[1] + y, box->first[2] + z, row);
            for (int32_t x = 0; x < box->size[0]; ++x) {
                if (!voxels[x] || !isfinite(row[x])) continue;
                low = fmin(low, row[x]);
                high = fmax(high, row[x]);
            }
        }
    free(row);
    if (params->normalise) {
        if (rml_normalise_fit(image, &mean, &sd, &n_bad) != RML_OK) return;
        unit = params->normalise_scale / sd;
    }
    if (!(high >= low)) return;
    span->sum += (high - low) * unit;
    ++span->n;
}

static double levels_of(int32_t count, double width, int64_t n_voxels, const rml_span *span)
{
    double n = USUAL_LEVELS;

    if (count > 0)
        n = count;
    else if (span->n > 0) /* neither of profile ibsi: intensities as they are */
        n = span->sum / (double)span->n / (width > 0.0 ? width : 1.0) + 1.0;
    return fmin(fmax(n, 1.0), (double)n_voxels);
}

/* Seconds of one direction's matrix beside its pairs. */
static double seconds_of_cells(double n_levels, double n_pairs)
{
    const double room = 0.5 * n_levels * (n_levels + 1.0), n_cells = -room * expm1(-n_pairs / room);

    return OF_A_DIRECTION + OF_A_CELL * n_cells * (1.0 + n_cells / CELLS_TWICE);
}

static double seconds_of_type(const rml_params *params, const rml_image_type *type, const int32_t size[3],
                              int64_t n_voxels, const rml_span *span)
{
    const rml_texture_settings *texture = &type->texture;
    const double n = (double)n_voxels;
    const bool near = texture->n_distances == 1 && texture->distances[0] == 1;
    const double n_directions = rml_offsets_list(size, texture->distances, texture->n_distances, texture->force_2d,
                                                 texture->force_2d_axis, NULL, 0);
    const double n_levels = levels_of(type->binning.count, type->binning.width, n_voxels, span);
    double seconds = OF_AN_IMAGE + OF_A_VOXEL * n;

    for (int32_t c = 0; c < params->n_classes; ++c)
        if (!rml_class_is_shape(params->classes[c])) seconds += OF_A_CLASS_VOXEL[params->classes[c]] * n;
    if (params->wanted[RML_GLCM]) seconds += n_directions * (OF_A_GLCM_PAIR * n + seconds_of_cells(n_levels, n));
    if (params->wanted[RML_GLDM]) seconds += n_directions * OF_A_GLDM_PAIR * n;
    if (params->wanted[RML_NGTDM] && !near) seconds += n_directions * OF_A_NGTDM_PAIR * n;
    return type->n_images * seconds + (type->filter == RML_LBP_3D ? OF_AN_LBP_3D_VOXEL * n : 0.0);
}

static double seconds_of_ibsi(const rml_ibsi_params *ibsi, int64_t n_voxels, const rml_span *span)
{
    enum { DIRECTIONS = 13 };
    const double n = (double)n_voxels;
    const double n_levels = levels_of(ibsi->bins.count, ibsi->bins.width, n_voxels, span);
    double seconds = OF_AN_IBSI_IMAGE + OF_AN_IBSI_VOXEL * n;

    for (int32_t f = 0; f < RML_IBSI_N_FAMILIES; ++f)
        if (ibsi->wanted[f] && f != RML_IBSI_MORPHOLOGY) seconds += OF_A_FAMILY_VOXEL * n;
    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES; ++t)
        if (ibsi->wanted_texture[t]) seconds += OF_A_FAMILY_VOXEL * n;
    if (ibsi->wanted_texture[RML_IBSI_GLCM]) seconds += DIRECTIONS * seconds_of_cells(n_levels, n);
    return seconds * ibsi->n_images + (ibsi->wanted[RML_IBSI_MORPHOLOGY] ? OF_A_MORPHOLOGY_VOXEL * n : 0.0);
}

double rml_seconds_of_roi(const rml_params *params, const int32_t size[3], int64_t n_voxels, const rml_span *span)
{
    double seconds = OF_A_ROI;

    if (params->is_ibsi) return seconds + seconds_of_ibsi(&params->ibsi, n_voxels, span);
    if (params->wanted[RML_SHAPE]) seconds += OF_A_CLASS_VOXEL[RML_SHAPE] * (double)n_voxels;
    for (int32_t t = 0; t < params->n_types; ++t)
        seconds += seconds_of_type(params, &params->type[t], size, n_voxels, span);
    return seconds;
}
