#include "jobs/ibsi_keys.h"

#include <math.h>
#include <stddef.h>

#include "jobs/params.h"
#include "kernels/texture/levels.h"

#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* In the order of their enums. */
static const char *const methods[] = {"nearest", "linear", "cubic", NULL};
static const char *const borders[] = {"zero", "nearest", "periodic", "mirror", NULL};
static const char *const pools[] = {"none", "max", "mean", "min", NULL};
static const char *const aggregations[] = {"2D:avg", "2D:mrg", "2.5D:avg", "2.5D:mrg", "3D:avg", "3D:mrg", NULL};
static const char *const filters[RML_IBSI_N_FILTERS] = {"Original", "Mean",    "LoG",       "Laws",
                                                        "Gabor",    "Wavelet", "Simoncelli"};

const setting rml_ibsi_setting_keys[] = {
    {"minimumROIDimensions", MINIMUM_ROI_DIMENSIONS, INTEGER, EARLY, 0, 1, 3, false, NULL},
    {"minimumROISize", MINIMUM_ROI_SIZE, INTEGER, EARLY, 0, 0, INFINITY, true, NULL},
    {"geometryTolerance", GEOMETRY_TOLERANCE, NUMBER, EARLY, 0, 0, INFINITY, true, NULL},
    {"correctMask", CORRECT_MASK, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"additionalInfo", ADDITIONAL_INFO, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"label", LABEL, INTEGER, EARLY, 0, 0, UINT32_MAX, true, NULL},
    {"label_channel", LABEL_CHANNEL, INTEGER, EARLY, 0, 0, INT32_MAX, false, NULL},
    {"resampledPixelSpacing", RESAMPLED_PIXEL_SPACING, NUMBERS, EARLY, 3, 0, INFINITY, false, NULL},
    {"interpolator", INTERPOLATION, WORD, EARLY, 0, 0, 0, false, methods},
    {"maskInterpolator", MASK_INTERPOLATOR, WORD, EARLY, 0, 0, 0, false, methods},
    {"maskThreshold", MASK_THRESHOLD, NUMBER, EARLY, 0, 0, 1, true, NULL},
    {"roundIntensities", ROUND_INTENSITIES, TRUTH, EARLY, 0, 0, 0, false, NULL},
    {"resegmentRange", RESEGMENT_RANGE, NUMBERS, EARLY, 2, -INFINITY, INFINITY, false, NULL},
    {"outlierSigma", OUTLIER_SIGMA, NUMBER, EARLY, 0, 0, INFINITY, true, NULL},
    {"binCount", BIN_COUNT, INTEGER, FEATURES, 0, 0, RML_MAX_LEVELS, true, NULL},
    {"binWidth", BIN_WIDTH, NUMBER, FEATURES, 0, 0, INFINITY, true, NULL},
    {"ivhBinCount", IVH_BIN_COUNT, INTEGER, FEATURES, 0, 1, 1 << 24, true, NULL},
    {"ivhBinWidth", IVH_BIN_WIDTH, NUMBER, FEATURES, 0, 0, INFINITY, true, NULL},
    {"aggregation", AGGREGATION, WORD, FEATURES, 0, 0, 0, false, aggregations},
    {"ngldmAlpha", NGLDM_ALPHA, NUMBER, FEATURES, 0, 0, INFINITY, false, NULL},
    {"ngldmDistance", NGLDM_DISTANCE, INTEGER, FEATURES, 0, 0, RML_MAX_DISTANCES, true, NULL},
    {"dimensions", DIMENSIONS, INTEGER, FILTER, 0, 2, 3, false, NULL},
    {"boundary", BOUNDARY, WORD, FILTER, 0, 0, 0, false, borders},
};

enum {
    MEAN = 1 << RML_IBSI_MEAN,
    LOG = 1 << RML_IBSI_LOG,
    LAWS = 1 << RML_IBSI_LAWS,
    GABOR = 1 << RML_IBSI_GABOR,
    WAVELETS = 1 << RML_IBSI_WAVELET,
    SIMONCELLI = 1 << RML_IBSI_SIMONCELLI,
    ALL = MEAN | LOG | LAWS | GABOR | WAVELETS | SIMONCELLI
};

enum { MOST_VOXELS = 1 << 24 }; /* along an axis, of a filter's box: far above any image's */

const rml_ibsi_filter_key rml_ibsi_filter_keys[] = {
    {{"dimensions", DIMENSIONS, INTEGER, FILTER, 0, 2, 3, false, NULL}, ALL, 0},
    {{"boundary", BOUNDARY, WORD, FILTER, 0, 0, 0, false, borders}, ALL, 0},
    {{"support", SUPPORT, INTEGER, FILTER, 0, 0, MOST_VOXELS, true, NULL}, MEAN, MEAN},
    {{"sigma", SIGMA, NUMBER, FILTER, 0, 0, INFINITY, true, NULL}, LOG | GABOR, LOG | GABOR},
    {{"cutOff", CUT_OFF, NUMBER, FILTER, 0, 0, INFINITY, true, NULL}, LOG, 0},
    {{"riesz", RIESZ, INTEGERS, FILTER, 3, 0, RML_FOURIER_MAX_ORDER, false, NULL}, LOG | SIMONCELLI, 0},
    {{"kernel", KERNEL, ANY_TEXT, FILTER, 0, 0, 0, false, NULL}, LAWS, LAWS},
    {{"pool", POOL, WORD, FILTER, 0, 0, 0, false, pools}, LAWS | GABOR | WAVELETS, 0},
    {{"energyDelta", ENERGY_DELTA, INTEGER, FILTER, 0, 0, MOST_VOXELS, false, NULL}, LAWS, 0},
    {{"wavelength", WAVELENGTH, NUMBER, FILTER, 0, 0, INFINITY, true, NULL}, GABOR, 0},
    {{"aspectRatio", ASPECT_RATIO, NUMBER, FILTER, 0, 0, INFINITY, true, NULL}, GABOR, 0},
    {{"orientation", ORIENTATION, NUMBER, FILTER, 0, -INFINITY, INFINITY, false, NULL}, GABOR, 0},
    {{"orientationStep", ORIENTATION_STEP, NUMBER, FILTER, 0, 0, 360, true, NULL}, GABOR, 0},
    {{"wavelet", WAVELET, ANY_TEXT, FILTER, 0, 0, 0, false, NULL}, WAVELETS, 0},
    {{"bands", BANDS, ANY_TEXT, FILTER, 0, 0, 0, false, NULL}, WAVELETS, WAVELETS},
    {{"level", LEVEL, INTEGER, FILTER, 0, 0, RML_ATROUS_MAX_LEVEL, true, NULL}, WAVELETS | SIMONCELLI, SIMONCELLI},
    {{"decimated", DECIMATED, TRUTH, FILTER, 0, 0, 0, false, NULL}, WAVELETS, 0},
};

const int32_t rml_n_ibsi_setting_keys = COUNT(rml_ibsi_setting_keys),
              rml_n_ibsi_filter_keys = COUNT(rml_ibsi_filter_keys);

const char *rml_ibsi_filter_name(rml_ibsi_filter filter)
{
    return filters[filter];
}

const char *rml_ibsi_border_name(rml_border border)
{
    return borders[border];
}

const char *rml_ibsi_pool_name(rml_pool pool)
{
    return pools[pool];
}

const char *rml_ibsi_method_name(rml_ibsi_method method)
{
    return methods[method];
}
