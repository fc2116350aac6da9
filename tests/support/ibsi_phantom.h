/* The digital phantom of the Image Biomarker Standardisation Initiative: 5x4x4 voxels of 2 mm, x fastest, 74 of them
 * in the ROI, whose levels are 1, 3, 4 and 6 (a 9 lies outside).
 * Source: github.com/theibsi/data_sets, ibsi_1_digital_phantom, CC BY 4.0; Zwanenburg et al., Radiology 295 (2020). */
#ifndef RML_TESTS_IBSI_PHANTOM_H
#define RML_TESTS_IBSI_PHANTOM_H

#include <stdint.h>

static const int32_t ibsi_phantom_size[3] = {5, 4, 4};
static const double ibsi_phantom_spacing[3] = {2.0, 2.0, 2.0};

/* clang-format off */
static const int32_t ibsi_phantom_image[80] = {
    1, 4, 4, 1, 1,   1, 4, 6, 1, 1,   4, 1, 6, 4, 1,   4, 4, 6, 4, 1,
    1, 4, 4, 1, 1,   1, 1, 6, 1, 1,   1, 1, 3, 1, 1,   4, 4, 6, 1, 1,
    1, 4, 4, 1, 1,   1, 1, 1, 1, 1,   1, 1, 9, 1, 1,   1, 1, 6, 1, 1,
    1, 4, 4, 1, 1,   1, 1, 1, 1, 1,   1, 1, 1, 1, 1,   1, 1, 6, 1, 1,
};

static const uint8_t ibsi_phantom_mask[80] = {
    1, 1, 1, 1, 1,   1, 1, 1, 1, 1,   1, 1, 1, 1, 1,   1, 1, 1, 1, 1,
    1, 1, 1, 1, 1,   1, 1, 1, 1, 1,   0, 1, 1, 1, 1,   1, 1, 1, 1, 1,
    1, 1, 1, 0, 0,   1, 1, 1, 1, 1,   1, 1, 0, 1, 1,   1, 1, 1, 1, 1,
    1, 1, 1, 0, 0,   1, 1, 1, 1, 1,   1, 1, 1, 1, 1,   1, 1, 1, 1, 1,
};
/* clang-format on */

#endif
