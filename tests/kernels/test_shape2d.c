/* Shape features of one slice against PyRadiomics, and by symmetry. */
#include "tests/support/support.h"

#include "kernels/shape/shape.h"
#include "kernels/shape/shape2d.h"
#include "tests/support/measured.h"

#define ALL UINT32_MAX

enum { NU = 9, NV = 8, N = 10 };

static double value[RML_MAX_CLASS_FEATURES];
static uint8_t reason[RML_MAX_CLASS_FEATURES];

/* Four slices of 9x8 pixels by formula; the third has saddles of both kinds, the last is a line. */
static void fill(int which, uint8_t *mask)
{
    for (int v = 0; v < NV; ++v)
        for (int u = 0; u < NU; ++u)
            *mask++ = which == 0   ? (u * 7 + v * 11) % 5 != 0
                      : which == 1 ? 2 * (u - 4) * (u - 4) + 3 * (v - 4) * (v - 4) <= 25
                      : which == 2 ? (u + 2 * v) % 4 < 2 && u * v > 5
                                   : v == 3;
}

static void place(int32_t axis, int32_t size[3])
{
    size[0] = axis == 0 ? 1 : NU;
    size[1] = axis == 0 ? NU : axis == 1 ? 1 : NV;
    size[2] = axis == 2 ? 1 : NV;
}

/* Oracle: PyRadiomics 3.0.1, class RadiomicsShape2D on the slices of fill(), force2Ddimension 0, 1, 2 (across z, y, x),
 * spacing {0.8, 1.1, 2.5}. In the catalogue's order. */
static void slices_match_pyradiomics(void **state)
{
    static const double spacing[3] = {0.8, 1.1, 2.5};
    static const double expected[4][3][N] = {
        {{0.8166234798674736, 10.152057608240597, 10.881176406988356, 54.56000000000001, 8.290408611856497,
          58.14426447533281, 1.0656939969819061, 51.040000000000006, 2.2205715341767704, 0.45033451280853637},
         {0.35967669387323087, 23.061232689468046, 20.9990475974507, 124.00000000000003, 8.294587930389143,
          107.42154754075884, 0.8663028027480549, 116.0, 2.721295039696639, 0.3674720989134191},
         {0.4945085268820105, 23.06232688016557, 21.85040045399626, 170.5, 11.40451729198207, 113.80770164573651,
          0.6674938512946423, 159.5, 2.4586942702653807, 0.40671994566126535}},
        {{0.9907929516689769, 5.861190014587208, 6.363175307973214, 26.840000000000003, 5.807225754845592,
          18.960882305241274, 0.7064412185261278, 27.280000000000005, 1.0324341342190837, 0.9685847908897197},
         {0.44408874655277514, 13.198240351921793, 12.90310040261642, 61.00000000000001, 5.861190014587208,
          32.149285698088036, 0.5270374704604596, 62.0, 1.1611851644970965, 0.8611890941898961},
         {0.6106220265100658, 13.198240351921793, 13.251792331605563, 83.87500000000003, 8.05913627005741,
          35.1878003404972, 0.41952668066166543, 85.25, 1.0838543387747486, 0.9226332028438965}},
        {{0.7171379570835185, 8.723299818597955, 8.676981041814026, 14.960000000000026, 6.255809410936365,
          54.08411742445923, 3.615248490939782, 21.120000000000005, 3.9445641039039603, 0.25351343612600785},
         {0.3381971613202412, 19.15009077639596, 17.95132307101624, 33.99999999999999, 6.4765063396020475,
          89.49666659107749, 2.6322548997375734, 48.0, 4.329746494527719, 0.23096040409383786},
         {0.4609782674606876, 19.23388164923081, 18.34393632784414, 46.75000000000003, 8.866401439206332,
          98.47640158898696, 2.106447092812554, 66.0, 4.062902787144786, 0.24612944300908374}},
        {{0.0, 8.262364471909155, 7.2, 7.480000000000004, 0.0, 15.520294101747096, 2.074905628575814, 7.920000000000001,
          1.6008263184331015, 0.6246773859757666},
         {0.0, 8.262364471909155, 7.2, 17.0, 0.0, 18.049761899362682, 1.0617506999625108, 18.0, 1.2349292710166813,
          0.8097629746655282},
         {0.0, 11.36075114887509, 9.9, 23.374999999999996, 0.0, 23.062600113499073, 0.9866352989732226, 24.75,
          1.345635781927482, 0.7431431397934477}},
    };
    uint8_t mask[NU * NV];
    (void)state;

    assert_int_equal(rml_class_size(RML_SHAPE_2D), N);
    for (int which = 0; which < 4; ++which)
        for (int dimension = 0; dimension < 3; ++dimension) {
            int32_t size[3];
            fill(which, mask);
            place(2 - dimension, size);
            assert_int_equal(rml_shape2d_features(mask, size, spacing, 2 - dimension, ALL, value, reason), RML_OK);
            for (int f = 0; f < N; ++f) {
                rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_shape2D_%s",
                                rml_class_features(RML_SHAPE_2D)[f].name);
                assert_close(value[f], expected[which][dimension][f], 1e-13, 0, "slices by formula");
                assert_int_equal(reason[f], RML_DEFINED);
            }
        }
    rml_measured_case(NULL, NULL);
}

/* Oracle: the definition, worked out by hand. One pixel has a rhombus around it; two that touch at a corner have two.
 */
static void pixels_are_rhombi(void **state)
{
    static const uint8_t one[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t falling[16] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
    static const uint8_t rising[16] = {0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    static const double spacing[2] = {3, 4};
    double perimeter, area;
    (void)state;

    rml_contour_measure(one, (int32_t[2]){1, 1}, spacing, &perimeter, &area);
    assert_close(perimeter, 10, 0, 0, "perimeter"); /* four sides of 5 / 2 */
    assert_close(area, 6, 0, 0, "area");
    rml_contour_measure(falling, (int32_t[2]){2, 2}, spacing, &perimeter, &area);
    assert_close(perimeter, 20, 0, 0, "perimeter, falling");
    assert_close(area, 12, 0, 0, "area, falling");
    rml_contour_measure(rising, (int32_t[2]){2, 2}, spacing, &perimeter, &area);
    assert_close(perimeter, 20, 0, 0, "perimeter, rising");
    assert_close(area, 12, 0, 0, "area, rising");
}

static int32_t at(const char *name)
{
    return rml_feature_index(RML_SHAPE_2D, name);
}

/* Oracle: brute force over all pairs of middles of cut edges (MaximumDiameter), and identities. A mirrored mask and one
 * with a wide margin give the same; what is not wanted stays NaN. */
static void random_slices_hold_to_the_definition(void **unused)
{
    static const double spacing[3] = {0.9, 1.7, 2.6};
    uint64_t state = 3;
    (void)unused;

    for (int trial = 0; trial < 40; ++trial) {
        uint8_t mask[NU * NV], mirrored[NU * NV], wide[(NU + 4) * (NV + 6)] = {0};
        double point[4 * NU * NV][2], longest = 0, first[N];
        int n = 0, n_pixels = 0;

        for (int v = 0; v < NV; ++v)
            for (int u = 0; u < NU; ++u) {
                mask[v * NU + u] = (u == 2 && v == 3) || rml_test_random(&state) % 8 < (uint64_t)(1 + trial % 7);
                mirrored[v * NU + NU - 1 - u] = mask[v * NU + u];
                wide[(v + 1) * (NU + 4) + u + 3] = mask[v * NU + u];
                n_pixels += mask[v * NU + u];
            }
        for (int v = -1; v < NV; ++v)
            for (int u = -1; u < NU; ++u) {
                const bool here = u >= 0 && v >= 0 && mask[v * NU + u];
                const bool right = v >= 0 && u + 1 < NU && mask[v * NU + u + 1];
                const bool above = u >= 0 && v + 1 < NV && mask[(v + 1) * NU + u];
                if (here != right) point[n][0] = (u + 0.5) * spacing[0], point[n++][1] = v * spacing[1];
                if (here != above) point[n][0] = u * spacing[0], point[n++][1] = (v + 0.5) * spacing[1];
            }
        for (int a = 0; a < n; ++a)
            for (int b = 0; b < a; ++b) {
                const double d = hypot(point[a][0] - point[b][0], point[a][1] - point[b][1]);
                if (d > longest) longest = d;
            }
        assert_int_equal(rml_shape2d_features(mask, (int32_t[3]){NU, NV, 1}, spacing, 2, ALL, first, reason), RML_OK);
        assert_close(first[at("MaximumDiameter")], longest, 1e-14, 0, "MaximumDiameter");
        assert_close(first[at("PixelSurface")], n_pixels * spacing[0] * spacing[1], 1e-14, 0, "PixelSurface");
        assert_close(first[at("Sphericity")] * first[at("SphericalDisproportion")], 1, 1e-14, 0, "inverse");
        assert_true(first[at("Sphericity")] > 0 && first[at("Sphericity")] < 1);
        assert_int_equal(rml_shape2d_features(mirrored, (int32_t[3]){NU, NV, 1}, spacing, 2, ALL, value, reason),
                         RML_OK);
        for (int f = 0; f < N; ++f)
            if (!isnan(first[f])) assert_close(value[f], first[f], 1e-12, 0, rml_class_features(RML_SHAPE_2D)[f].name);
        assert_int_equal(rml_shape2d_features(wide, (int32_t[3]){NU + 4, NV + 6, 1}, spacing, 2, 1u << at("Perimeter"),
                                              value, reason),
                         RML_OK);
        for (int f = 0; f < N; ++f) assert_true(f == at("Perimeter") ? value[f] == first[f] : isnan(value[f]));
    }
}

static void what_is_no_slice_is_refused(void **state)
{
    static const uint8_t none[8] = {0}, some[8] = {1, 1, 1, 1, 1, 1, 1, 1}, one[1] = {1};
    static const double spacing[3] = {1, 1, 1};
    (void)state;

    assert_int_equal(rml_shape2d_features(some, (int32_t[3]){2, 2, 2}, spacing, 2, ALL, value, reason), RML_EINVAL);
    assert_int_equal(rml_shape2d_features(some, (int32_t[3]){4, 2, 1}, spacing, 1, ALL, value, reason), RML_EINVAL);
    assert_int_equal(rml_shape2d_features(some, (int32_t[3]){4, 2, 1}, spacing, 3, ALL, value, reason), RML_EINVAL);
    assert_int_equal(rml_shape2d_features(some, (int32_t[3]){4, 2, 1}, spacing, -1, ALL, value, reason), RML_EINVAL);
    assert_int_equal(rml_shape2d_features(none, (int32_t[3]){4, 2, 1}, spacing, 2, ALL, value, reason), RML_EEMPTY);
    for (int f = 0; f < N; ++f) assert_true(isnan(value[f]));
    assert_int_equal(rml_shape2d_features(one, (int32_t[3]){1, 1, 1}, spacing, 2, ALL, value, reason), RML_OK);
    assert_true(isnan(value[at("Elongation")]));
    assert_int_equal(reason[at("Elongation")], RML_WHY_ONE_VOXEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_match_pyradiomics),
        cmocka_unit_test(pixels_are_rhombi),
        cmocka_unit_test(random_slices_hold_to_the_definition),
        cmocka_unit_test(what_is_no_slice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
