/* ROIs that the texture tests share: the digital phantom, formula-generated ones, random ones, and running a class on
 * them. */
#ifndef RML_TESTS_TEXTURE_CASES_H
#define RML_TESTS_TEXTURE_CASES_H

#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"
#include "tests/oracle/glcm_ngtdm.h"
#include "tests/support/ibsi_phantom.h"
#include "tests/support/support.h"

#define ROI_CAPACITY 40000 /* voxels of the largest box here */

typedef struct roi {
    int32_t size[3];
    uint8_t mask[ROI_CAPACITY];
    int32_t bin[ROI_CAPACITY]; /* of every voxel of the box */
} roi;

static inline rml_levels roi_levels(const roi *r, int32_t margin)
{
    static int32_t bins[ROI_CAPACITY];
    const int64_t n_box = (int64_t)r->size[0] * r->size[1] * r->size[2];
    int64_t n = 0;
    rml_levels levels;

    assert_true(n_box <= ROI_CAPACITY);
    for (int64_t v = 0; v < n_box; ++v)
        if (r->mask[v]) bins[n++] = r->bin[v];
    assert_int_equal(rml_levels_init(&levels, r->mask, r->size, bins, n, margin), RML_OK);
    return levels;
}

static inline void roi_phantom(roi *r)
{
    memcpy(r->size, ibsi_phantom_size, sizeof r->size);
    memcpy(r->mask, ibsi_phantom_mask, sizeof ibsi_phantom_mask);
    memcpy(r->bin, ibsi_phantom_image, sizeof ibsi_phantom_image);
}

/* The ROIs of tests/oracle/glcm_ngtdm.h. */
static inline rml_texture_settings roi_oracle(roi *r, int which)
{
    static const int32_t sizes[N_ORACLE_CASES][3] = {{6, 5, 4}, {7, 6, 3}, {9, 4, 5}};
    rml_texture_settings settings = rml_texture_defaults();
    int64_t v = 0;

    memcpy(r->size, sizes[which], sizeof r->size);
    for (int32_t z = 0; z < r->size[2]; ++z)
        for (int32_t y = 0; y < r->size[1]; ++y)
            for (int32_t x = 0; x < r->size[0]; ++x, ++v) {
                const int32_t a = 2 * x - 6, b = 2 * y - 5, c = 6 * z - 6;

                if (which == ORACLE_PLAIN) {
                    r->bin[v] = 1 + (3 * x + 5 * y + 7 * z + x * y) % 9;
                    r->mask[v] = (x + 2 * y + 3 * z) % 7 != 0;
                } else if (which == ORACLE_GAPS) {
                    r->bin[v] = 1 + 4 * ((x * x + 3 * y + 5 * z) % 5);
                    r->mask[v] = a * a + b * b + c * c <= 61;
                } else {
                    r->bin[v] = 1 + (x * y + z * z + x / 2) % 32;
                    r->mask[v] = (3 * x + 5 * y + 11 * z) % 4 != 1;
                }
            }
    if (which == ORACLE_GAPS) {
        settings.symmetrical_glcm = false;
        settings.n_distances = 2;
        settings.distances[1] = 2;
    }
    if (which == ORACLE_WEIGHTED) {
        settings.weighting = RML_WEIGHT_MANHATTAN;
        settings.spacing[0] = 0.9;
        settings.spacing[1] = 1.1;
        settings.spacing[2] = 1.3;
    }
    return settings;
}

/* A random ROI of about density of the box, levels that depend on their place. The corners are in, so that the box is
 * the ROI's own. */
static inline void roi_random(roi *r, uint64_t *seed, int32_t nx, int32_t ny, int32_t nz, int32_t n_levels,
                              double density)
{
    const int64_t n_box = (int64_t)nx * ny * nz;

    r->size[0] = nx, r->size[1] = ny, r->size[2] = nz;
    for (int64_t v = 0; v < n_box; ++v) {
        const double place = (double)(v % nx) / nx, noise = rml_test_uniform(seed);

        r->bin[v] = 1 + (int32_t)(n_levels * (0.5 * place + 0.5 * noise));
        r->mask[v] = v == 0 || v == n_box - 1 || rml_test_uniform(seed) < density;
    }
}

/* The value of the IBSI tables is printed with three significant digits, and a tolerance of 0 means equal there. */
static inline double three_digits(double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.2e", value);
    return strtod(text, NULL);
}

#endif
