/* What the tests of IBSI's features share: all families of a region in one go, and IBSI's way to compare. */
#ifndef RML_TESTS_IBSI_CASES_H
#define RML_TESTS_IBSI_CASES_H

#include "tests/support/support.h"

#include "kernels/ibsi/histogram.h"
#include "kernels/ibsi/ivh.h"
#include "kernels/ibsi/levels.h"
#include "kernels/ibsi/morphology.h"
#include "kernels/ibsi/peak.h"
#include "kernels/ibsi/statistics.h"

enum { IBSI_MAX_FAMILY = 32 };

typedef struct ibsi_values {
    double value[RML_IBSI_N_FAMILIES][IBSI_MAX_FAMILY];
    uint8_t reason[RML_IBSI_N_FAMILIES][IBSI_MAX_FAMILY];
} ibsi_values;

/* ivh_binning: none (count and width 0): the intensities as they are; else their bins, whose numbers or centres the
 * axis has. */
static inline void ibsi_all(const rml_ibsi_region *region, const rml_ibsi_binning *binning,
                            const rml_ibsi_binning *ivh_binning, const rml_ibsi_ivh_axis *axis, ibsi_values *all)
{
    const int64_t n_voxels = rml_ibsi_region_voxels(region);
    double *values = malloc((size_t)n_voxels * sizeof *values), *work = malloc((size_t)n_voxels * sizeof *work);
    int32_t *levels = malloc((size_t)n_voxels * sizeof *levels), n_levels;
    int64_t *count, n = 0;

    assert_true(values && work && levels);
    for (int64_t i = 0; i < n_voxels; ++i)
        if (region->intensity[i]) values[n++] = region->image[i];
    assert_int_equal(rml_ibsi_morphology(region, all->value[RML_IBSI_MORPHOLOGY], all->reason[RML_IBSI_MORPHOLOGY]),
                     RML_OK);
    assert_int_equal(rml_ibsi_peaks(region, all->value[RML_IBSI_LOCAL]), RML_OK);
    memset(all->reason[RML_IBSI_LOCAL], 0, sizeof all->reason[RML_IBSI_LOCAL]);
    assert_int_equal(
        rml_ibsi_statistics(values, n, work, all->value[RML_IBSI_STATISTICS], all->reason[RML_IBSI_STATISTICS]),
        RML_OK);
    assert_int_equal(rml_ibsi_levels(values, n, binning, levels, &n_levels), RML_OK);
    count = calloc((size_t)n_levels, sizeof *count);
    assert_non_null(count);
    for (int64_t i = 0; i < n; ++i) ++count[levels[i] - 1];
    assert_int_equal(
        rml_ibsi_histogram(count, n_levels, all->value[RML_IBSI_HISTOGRAM], all->reason[RML_IBSI_HISTOGRAM]), RML_OK);
    free(count);
    count = malloc((size_t)axis->n * sizeof *count);
    assert_non_null(count);
    if (ivh_binning->count > 0 || ivh_binning->width > 0.0) {
        const rml_ibsi_ivh_axis numbers = {1.0, 1.0, axis->n};

        assert_int_equal(rml_ibsi_levels(values, n, ivh_binning, levels, &n_levels), RML_OK);
        for (int64_t i = 0; i < n; ++i) work[i] = levels[i];
        rml_ibsi_ivh_count(work, n, &numbers, count);
    } else {
        rml_ibsi_ivh_count(values, n, axis, count);
    }
    assert_int_equal(rml_ibsi_ivh(count, n, axis, all->value[RML_IBSI_IVH], all->reason[RML_IBSI_IVH]), RML_OK);
    free(count);
    free(levels);
    free(work);
    free(values);
}

/* The value of a feature by its tag; ends the test when there is none. */
static inline double ibsi_value(const ibsi_values *all, const char *tag)
{
    for (int f = 0; f < RML_IBSI_N_FAMILIES; ++f) {
        const rml_ibsi_feature *features = rml_ibsi_family_features((rml_ibsi_family)f);

        for (int32_t k = 0; k < rml_ibsi_family_size((rml_ibsi_family)f); ++k)
            if (strcmp(features[k].tag, tag) == 0) return all->value[f][k];
    }
    fail_msg("no feature %s", tag);
    return NAN;
}

/* IBSI prints three digits: the value rounded to as many lies within the tolerance of the reference, 0 being equal. */
static inline bool ibsi_agrees(double value, double reference, double tolerance)
{
    char text[32];

    snprintf(text, sizeof text, "%.2e", value);
    return fabs(strtod(text, NULL) - reference) <= tolerance * (1.0 + 1e-9) + 1e-9 * fabs(reference);
}

#endif
