#include "kernels/ibsi/masks.h"

#include <math.h>

void rml_ibsi_resegment(const double *image, int64_t n, double low, double high, uint8_t *mask, int64_t *left)
{
    *left = 0;
    for (int64_t i = 0; i < n; ++i) {
        mask[i] = (uint8_t)(mask[i] && image[i] >= low && image[i] <= high);
        *left += mask[i];
    }
}

rml_status rml_ibsi_outliers(const double *image, int64_t n, double n_sigma, uint8_t *mask, int64_t *left)
{
    double mean = 0.0, squares = 0.0, reach;
    int64_t n_inside = 0;

    *left = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (!mask[i]) continue;
        mean += image[i];
        ++n_inside;
    }
    if (n_inside == 0) return RML_EEMPTY;
    mean /= (double)n_inside;
    for (int64_t i = 0; i < n; ++i)
        if (mask[i]) squares += (image[i] - mean) * (image[i] - mean);
    reach = n_sigma * sqrt(squares / (double)n_inside);
    /* A flat ROI's mean may differ from its voxels in the last place, with a deviation of the same size. */
    reach += 1e-12 * fabs(mean);
    rml_ibsi_resegment(image, n, mean - reach, mean + reach, mask, left);
    return RML_OK;
}
