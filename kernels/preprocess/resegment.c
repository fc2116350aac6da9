#include "kernels/preprocess/resegment.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/preprocess/pairwise.h"

/* Mean and population standard deviation of the ROI, in the image's own precision; work [n] doubles. */
static void mean_and_sd(const rml_roi *roi, double *work, double *mean, double *sd)
{
    const int64_t n = roi->n_voxels;

    if (roi->type == RML_FLOAT32) {
        float *x = (float *)work, centre;
        for (int64_t i = 0; i < n; ++i) x[i] = (float)roi->values[i];
        centre = rml_pairwise_sum_float(x, n) / (float)n;
        *mean = (double)centre;
        for (int64_t i = 0; i < n; ++i) x[i] = (x[i] - centre) * (x[i] - centre);
        *sd = (double)sqrtf(rml_pairwise_sum_float(x, n) / (float)n);
    } else {
        *mean = rml_pairwise_sum(roi->values, n) / (double)n;
        for (int64_t i = 0; i < n; ++i) work[i] = (roi->values[i] - *mean) * (roi->values[i] - *mean);
        *sd = sqrt(rml_pairwise_sum(work, n) / (double)n);
    }
}

/* The closed range [low, high] that voxels must lie in to stay. */
static rml_status thresholds(const rml_roi *roi, const rml_resegmentation *how, double *low, double *high)
{
    double bound[2] = {how->bounds[0], INFINITY}, most, mean, sd;
    double *work = NULL;

    if (how->n_bounds == 2) {
        bound[0] = fmin(how->bounds[0], how->bounds[1]);
        bound[1] = fmax(how->bounds[0], how->bounds[1]);
    }
    switch (how->mode) {
    case RML_RESEGMENT_ABSOLUTE: break;
    case RML_RESEGMENT_RELATIVE:
        most = roi->values[0];
        for (int64_t i = 1; i < roi->n_voxels; ++i)
            if (roi->values[i] > most) most = roi->values[i];
        bound[0] *= most; /* a negative maximum turns the range over, and nothing is left: as PyRadiomics */
        if (how->n_bounds == 2) bound[1] *= most;
        break;
    case RML_RESEGMENT_SIGMA:
        work = malloc((size_t)roi->n_voxels * sizeof *work);
        if (!work) return RML_ENOMEM;
        mean_and_sd(roi, work, &mean, &sd);
        free(work);
        bound[0] = mean + sd * bound[0];
        if (how->n_bounds == 2) bound[1] = mean + sd * bound[1];
        break;
    }
    if (roi->type == RML_FLOAT32) { /* numpy compares a float32 array with the threshold's float32 */
        bound[0] = rml_single(bound[0]);
        bound[1] = rml_single(bound[1]);
    }
    *low = bound[0];
    *high = bound[1];
    return RML_OK;
}

/* Number of voxels in [low, high], and their box within roi's. */
static int64_t find_rest(const rml_roi *roi, double low, double high, int32_t first[3], int32_t last[3])
{
    const int32_t *size = roi->box.size;
    const double *v = roi->values;
    const uint8_t *inside = roi->mask;
    int64_t n = 0;

    for (int a = 0; a < 3; ++a) first[a] = size[a], last[a] = -1;
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y)
            for (int32_t x = 0; x < size[0]; ++x) {
                const int32_t at[3] = {x, y, z};
                double value;
                if (!*inside++) continue;
                value = *v++;
                if (!(value >= low && value <= high)) continue;
                ++n;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < first[a]) first[a] = at[a];
                    if (at[a] > last[a]) last[a] = at[a];
                }
            }
    return n;
}

rml_status rml_resegment(const rml_roi *roi, const rml_resegmentation *how, rml_roi *out, rml_error *err)
{
    const int32_t *size = roi->box.size;
    const double *v = roi->values;
    const uint8_t *inside = roi->mask;
    rml_roi rest = {0};
    int32_t first[3], last[3];
    double low = -INFINITY, high = INFINITY;
    rml_status status = RML_OK;
    int64_t k = 0;

    if (roi->n_voxels > 0 && how->n_bounds > 0) status = thresholds(roi, how, &low, &high);
    if (status != RML_OK) return rml_fail(err, status, "no memory to re-segment %lld voxels", (long long)roi->n_voxels);
    rest.n_voxels = find_rest(roi, low, high, first, last);
    if (rest.n_voxels < 2)
        return rml_fail(err, RML_EROI,
                        "re-segmentation to [%g, %g] leaves %lld of %lld voxels of the ROI; at least 2 are needed", low,
                        high, (long long)rest.n_voxels, (long long)roi->n_voxels);
    for (int a = 0; a < 3; ++a) {
        rest.box.first[a] = roi->box.first[a] + first[a];
        rest.box.size[a] = last[a] - first[a] + 1;
        rest.spacing[a] = roi->spacing[a];
    }
    rest.type = roi->type;
    rest.mask = calloc((size_t)((int64_t)rest.box.size[0] * rest.box.size[1] * rest.box.size[2]), 1);
    rest.values = malloc((size_t)rest.n_voxels * sizeof *rest.values);
    if (!rest.mask || !rest.values) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a re-segmented ROI of %lld voxels", (long long)rest.n_voxels);
        goto done;
    }
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y)
            for (int32_t x = 0; x < size[0]; ++x) {
                double value;
                if (!*inside++) continue;
                value = *v++;
                if (!(value >= low && value <= high)) continue;
                rest.mask[((int64_t)(z - first[2]) * rest.box.size[1] + (y - first[1])) * rest.box.size[0] +
                          (x - first[0])] = 1;
                rest.values[k++] = value;
            }
    *out = rest; /* handed over */
    rest = (rml_roi){0};
done:
    rml_roi_free(&rest);
    return status;
}
