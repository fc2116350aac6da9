/* Re-segmentation against PyRadiomics. */
#include "tests/support/support.h"

#include "kernels/preprocess/resegment.h"

/* A line of voxels as a ROI. */
static rml_roi line_of(double *values, uint8_t *mask, int32_t n, rml_scalar type)
{
    rml_roi roi = {.box = {{10, 20, 30}, {n, 1, 1}}, .spacing = {1, 2, 3}, .type = type, .n_voxels = n};

    memset(mask, 1, (size_t)n);
    roi.mask = mask;
    roi.values = values;
    return roi;
}

static int64_t n_left(const rml_roi *roi, rml_resegment_mode mode, int32_t n_bounds, double a, double b)
{
    const rml_resegmentation how = {n_bounds, {a, b}, mode};
    rml_roi rest = {0};
    rml_error err;
    int64_t n = 0;

    if (rml_resegment(roi, &how, &rest, &err) == RML_OK) n = rest.n_voxels;
    rml_roi_free(&rest);
    return n;
}

/* Oracle: PyRadiomics 3.0.1 on the intensities 1 to 5: ranges are closed, in any order; one bound is the lower. */
static void modes_match_pyradiomics(void **state)
{
    double one_to_five[5] = {1, 2, 3, 4, 5}, negative[4] = {-5, -4, -3, -2};
    uint8_t mask[5];
    rml_roi roi = line_of(one_to_five, mask, 5, RML_INT16);
    (void)state;

    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 2, 4), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 4, 2), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 1, 3, 0), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 3, 4), 2);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_RELATIVE, 2, 0.4, 0.8), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_RELATIVE, 1, 0.8, 0), 2);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -1, 1), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, 1, -1), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 1, -1, 0), 4);
    roi = line_of(negative, mask, 4, RML_INT16); /* a range of a negative maximum is upside down: nothing is left */
    assert_int_equal(n_left(&roi, RML_RESEGMENT_RELATIVE, 2, 0.5, 2), 0);
}

/* Oracle: PyRadiomics 3.0.1: a float32 image is compared with the threshold rounded to float32, a float64 image and
 * integers with the threshold as it is. */
static void thresholds_round_as_the_image(void **state)
{
    double floats[4] = {(double)0.1f, (double)0.2f, (double)0.3f, (double)0.4f}, doubles[4] = {0.1, 0.2, 0.3, 0.4};
    double bytes[3] = {199, 200, 201};
    uint8_t mask[4];
    rml_roi roi = line_of(floats, mask, 4, RML_FLOAT32);
    (void)state;

    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 0.1, 0.3), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 0.1 - 1e-10, 0.3), 3);
    roi = line_of(doubles, mask, 4, RML_FLOAT64);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 0.1, 0.3), 3);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 0.1 + 1e-12, 0.3), 2);
    roi = line_of(bytes, mask, 3, RML_UINT8);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 100, 200.9), 2);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_ABSOLUTE, 2, 199, 200.04), 2);
}

/* Oracle: PyRadiomics 3.0.1 with numpy 1.26.4 on float32 images by formula, chosen so that statistics in double leave
 * two voxels (474, 762, 772) or one (1962, 4358) fewer. */
static void sigma_in_float32(void **state)
{
    static double values[5000];
    static uint8_t mask[5000];
    rml_roi roi = line_of(values, mask, 2000, RML_FLOAT32);
    (void)state;

    for (int i = 0; i < 2000; ++i) values[i] = i * 389 % 997 * 0.125 + 100000;
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -0.41, 0.41), 476);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -0.66, 0.66), 764);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -0.67, 0.67), 774);
    roi.type = RML_FLOAT64;
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -0.41, 0.41), 474);
    roi = line_of(values, mask, 5000, RML_FLOAT32);
    for (int i = 0; i < 5000; ++i) values[i] = i * 1371 % 4999 * 0.0625 + 4096;
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -0.68, 0.68), 1963);
    assert_int_equal(n_left(&roi, RML_RESEGMENT_SIGMA, 2, -1.51, 1.51), 4359);
}

/* What is left: a tight box in the image's grid, the mask and the values in index order. The values of 3x2x2 voxels,
 * one of them outside the ROI, by hand. */
static void the_rest_is_a_tight_roi(void **state)
{
    uint8_t mask[12] = {1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1};
    double values[11] = {0, 9, 9, 0, 7, 0, 0, 0, 0, 8, 0}; /* voxels 0 1 2 3 5 6 7 8 9 10 11 */
    const uint8_t expected_mask[8] = {1, 1, 0, 1, 0, 0, 1, 0};
    const double expected[4] = {9, 9, 7, 8};
    const rml_roi roi = {.box = {{4, 5, 6}, {3, 2, 2}},
                         .spacing = {1, 2, 3},
                         .type = RML_INT16,
                         .n_voxels = 11,
                         .mask = mask,
                         .values = values};
    const rml_resegmentation how = {2, {7, 9}, RML_RESEGMENT_ABSOLUTE};
    rml_roi rest;
    rml_error err;
    (void)state;

    assert_int_equal(rml_resegment(&roi, &how, &rest, &err), RML_OK);
    assert_int_equal(rest.n_voxels, 4);
    assert_int_equal(rest.type, RML_INT16);
    for (int a = 0; a < 3; ++a) {
        assert_int_equal(rest.box.first[a], a == 0 ? 5 : roi.box.first[a]);
        assert_int_equal(rest.box.size[a], 2);
        assert_true(rest.spacing[a] == roi.spacing[a]);
    }
    assert_memory_equal(rest.mask, expected_mask, sizeof expected_mask);
    assert_memory_equal(rest.values, expected, sizeof expected);
    rml_roi_free(&rest);
}

static void too_few_voxels(void **state)
{
    double values[5] = {1, 2, 3, 4, 5};
    uint8_t mask[5];
    const rml_roi roi = line_of(values, mask, 5, RML_INT16);
    const rml_resegmentation one = {2, {3, 3}, RML_RESEGMENT_ABSOLUTE}, none = {2, {9, 10}, RML_RESEGMENT_ABSOLUTE};
    rml_roi rest = {0};
    rml_error err;
    (void)state;

    assert_int_equal(rml_resegment(&roi, &one, &rest, &err), RML_EROI);
    assert_non_null(strstr(err.text, "[3, 3] leaves 1 of 5 voxels"));
    assert_int_equal(rml_resegment(&roi, &none, &rest, &err), RML_EROI);
    assert_non_null(strstr(err.text, "[9, 10] leaves 0 of 5 voxels"));
    assert_null(rest.mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_match_pyradiomics), cmocka_unit_test(thresholds_round_as_the_image),
        cmocka_unit_test(sigma_in_float32),        cmocka_unit_test(the_rest_is_a_tight_roi),
        cmocka_unit_test(too_few_voxels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
