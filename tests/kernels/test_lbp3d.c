/* Oracle: PyRadiomics 3.0.1 (numpy 1.26.4, scipy 1.11.4, trimesh 5.2.0): small images typed into
 * tests/oracle/image_filters.h, and first-order features of three images' regions in the reference data. Which samples
 * are above their centre agrees for every voxel; the sums over them are held to 1e-13 and the kurtosis of float32
 * images exactly. */
#include "tests/kernels/formula_cases.h"
#include "tests/kernels/region_cases.h"

#include "kernels/image/lbp3d.h"
#include "kernels/image/sphere.h"
#include "tests/oracle/image_filters.h"
#include "tests/support/measured.h"

enum { MOST = 4 };
static const struct lbp_case {
    rml_scalar type;
    rml_lbp3d_settings settings;
    const double (*expected[MOST])[FORMULA_X];
} cases[] = {
    {RML_INT16, {1, 2, 1}, {oracle_lbp_3d_m1_int16, oracle_lbp_3d_m2_int16, oracle_lbp_3d_k_int16}},
    {RML_FLOAT32, {1.5, 2, 2}, {oracle_lbp_3d_m1_float32, oracle_lbp_3d_m2_float32, oracle_lbp_3d_k_float32}},
    {RML_FLOAT64,
     {2, 3, 0},
     {oracle_lbp_3d_m1_float64, oracle_lbp_3d_m2_float64, oracle_lbp_3d_m3_float64, oracle_lbp_3d_k_float64}},
};
enum { N_CASES = sizeof cases / sizeof *cases };
static const int32_t origin[3] = {0, 0, 0};

static void patterns_are_those_of_pyradiomics(void **state)
{
    static double voxels[FORMULA_VOXELS], out[MOST * FORMULA_VOXELS];
    const rml_box all = {{0, 0, 0}, {FORMULA_X, FORMULA_Y, FORMULA_Z}};
    rml_patch image;

    (void)state;
    for (int c = 0; c < N_CASES; ++c) {
        const int levels = cases[c].settings.levels;

        formula_image(cases[c].type, voxels, &image);
        assert_int_equal(rml_lbp3d(&cases[c].settings, &image, origin, image.size, &all, NULL, out), RML_OK);
        rml_measured_case("PyRadiomics image/LBP3D", "PyRadiomics 3.0.1 (scipy 1.11.4, trimesh 5.2.0)");
        for (int k = 0; k <= levels; ++k)
            assert_rows(out + (size_t)k * FORMULA_VOXELS, cases[c].expected[k],
                        k == levels && cases[c].type == RML_FLOAT32 ? 0 : 1e-13, k == levels ? "kurtosis" : "level");
        rml_measured_case(NULL, NULL);
    }
}

/* The ROI's box with the margin that is asked for, as far as the image goes. */
static void regions_are_those_of_pyradiomics(void **state)
{
    static const char *const names[3] = {"brain1", "brain2", "breast1"}, *const levels[3] = {"lbp-3D-m1", "lbp-3D-m2",
                                                                                             "lbp-3D-k"};
    static const rml_lbp3d_settings settings = {1, 2, 1};

    (void)state;
    for (int i = 0; i < 3; ++i) {
        char path[128];
        rml_patch image, mask, cut, cut_mask;
        rml_box roi = {{INT32_MAX, INT32_MAX, INT32_MAX}, {0, 0, 0}}, box, inside;
        int32_t last[3] = {0, 0, 0};
        int64_t n;
        uint8_t *in;
        double *out;

        (void)snprintf(path, sizeof path, "reference/pyradiomics/data/%s_image.nrrd", names[i]);
        image = shared_image(path);
        (void)snprintf(path, sizeof path, "reference/pyradiomics/data/%s_label.nrrd", names[i]);
        mask = shared_image(path);
        for (int32_t z = 0, v = 0; z < mask.size[2]; ++z)
            for (int32_t y = 0; y < mask.size[1]; ++y)
                for (int32_t x = 0; x < mask.size[0]; ++x, ++v) {
                    const int32_t at[3] = {x, y, z};

                    for (int axis = 0; axis < 3 && mask.voxels[v] == 1.0; ++axis) {
                        if (at[axis] < roi.first[axis]) roi.first[axis] = at[axis];
                        if (at[axis] > last[axis]) last[axis] = at[axis];
                    }
                }
        for (int axis = 0; axis < 3; ++axis) {
            const int32_t margin = rml_lbp3d_margin(&settings), end = last[axis] + 1 + margin;

            roi.size[axis] = last[axis] + 1 - roi.first[axis];
            box.first[axis] = roi.first[axis] > margin ? roi.first[axis] - margin : 0;
            box.size[axis] = (end < image.size[axis] ? end : image.size[axis]) - box.first[axis];
            inside.first[axis] = roi.first[axis] - box.first[axis];
            inside.size[axis] = roi.size[axis];
        }
        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &image}, &box, RML_BORDER_NEAREST, &cut), RML_OK);
        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &mask}, &roi, RML_BORDER_NEAREST, &cut_mask),
                         RML_OK);
        n = (int64_t)roi.size[0] * roi.size[1] * roi.size[2];
        in = malloc((size_t)n);
        out = malloc((size_t)n * 3 * sizeof *out);
        assert_non_null(in);
        assert_non_null(out);
        for (int64_t v = 0; v < n; ++v) in[v] = cut_mask.voxels[v] == 1.0;
        assert_int_equal(rml_lbp3d(&settings, &cut, box.first, image.size, &inside, in, out), RML_OK);
        for (int level = 0; level < 3; ++level) {
            double *const x = out + level * n;
            int64_t kept = 0;

            for (int64_t v = 0; v < n; ++v) {
                assert_true(in[v] || isnan(x[v]));
                if (in[v]) x[kept++] = x[v];
            }
            assert_first_order(x, kept, "reference/pyradiomics/features_filter_lbp3d.csv", levels[level], i, 1e-12);
        }
        free(in);
        free(out);
        rml_patch_free(&cut);
        rml_patch_free(&cut_mask);
        rml_patch_free(&image);
        rml_patch_free(&mask);
    }
}

/* Integers are rounded and kept in their range: PyRadiomics 3.0.1 on a step along x from a type's least number to its
 * largest one, where the spline overshoots; 8 bits differ from 16 by how coarsely they round. x = 2 .. 6. */
static void samples_stay_in_the_range_of_their_type(void **state)
{
    static const struct {
        rml_scalar type;
        double low, high, kurtosis[5];
    } steps[] = {
        {RML_INT8,
         -0x1p7,
         0x1p7 - 1,
         {-0.8767726596955092, -0.594808839086495, -0.6052665244006246, -0.8767726596955092, -1.5282531097890797}},
        {RML_UINT8,
         0,
         0x1p8 - 1,
         {-0.8767726596955057, -0.594808839086495, -0.6052665244006246, -0.8767726596954923, -1.5282531097890684}},
        {RML_INT16,
         -0x1p15,
         0x1p15 - 1,
         {-0.7970501700498853, -0.6011912273304052, -0.6015170899381248, -0.8164456549092569, -1.4472184616199386}},
        {RML_UINT16,
         0,
         0x1p16 - 1,
         {-0.7970501700498782, -0.6011912273304052, -0.6015170899381248, -0.8164456549092569, -1.4472184616199386}},
    };
    static const double levels[2][5] = {
        {21.660280258017085, 21.660280258017085, 12.893023963105417, 13.408744921629642, 13.408744921629642},
        {18.401806215963283, 18.401806215963283, 12.130100298349701, 12.28209696890371, 12.28209696890371}};
    static const rml_lbp3d_settings settings = {1, 2, 1};
    enum { SIDE = 9, N = SIDE * SIDE * SIDE };
    const rml_box row = {{2, 4, 4}, {5, 1, 1}}, middle = {{4, 4, 4}, {1, 1, 1}};
    double voxels[N], out[15];
    rml_patch image = {.size = {SIDE, SIDE, SIDE}, .spacing = {1, 1, 1}, .voxels = voxels};

    (void)state;
    for (size_t k = 0; k < sizeof steps / sizeof *steps; ++k) {
        image.type = steps[k].type;
        for (int i = 0; i < N; ++i) voxels[i] = i % SIDE < 4 ? steps[k].low : steps[k].high;
        assert_int_equal(rml_lbp3d(&settings, &image, origin, image.size, &row, NULL, out), RML_OK);
        for (int x = 0; x < 5; ++x) {
            for (int level = 0; level < 2; ++level)
                assert_close(out[5 * level + x], levels[level][x], 1e-14, 0, rml_scalar_name(image.type));
            assert_close(out[10 + x], steps[k].kurtosis[x], 1e-12, 0, rml_scalar_name(image.type));
        }
    }
    /* a constant image: every sample is its centre (but for what rounding makes of a float64), without a kurtosis */
    for (int type = 0; type < RML_N_SCALARS; ++type) {
        image.type = (rml_scalar)type;
        for (int i = 0; i < N; ++i) voxels[i] = 100;
        assert_int_equal(rml_lbp3d(&settings, &image, origin, image.size, &middle, NULL, out), RML_OK);
        if (type != RML_FLOAT64) assert_close(out[0], 42 / (16 * atan(1.0)) * sqrt(42.0), 1e-14, 0, "all above");
        assert_close(out[2], NAN, 0, 0, "kurtosis");
    }
}

/* Known functions, and sums over the sphere that must vanish. */
static void harmonics_are_orthonormal(void **state)
{
    const double pi = 4 * atan(1.0), theta = 0.7, phi = 1.1;
    double value[2], *points;

    (void)state;
    rml_sphere_harmonic(0, 0, theta, phi, value);
    assert_close(value[0], sqrt(1 / (4 * pi)), 1e-15, 0, "Y00");
    rml_sphere_harmonic(1, 1, theta, phi, value);
    assert_close(value[0], -sqrt(3 / (8 * pi)) * sin(phi) * cos(theta), 1e-14, 0, "Y11");
    assert_close(value[1], -sqrt(3 / (8 * pi)) * sin(phi) * sin(theta), 1e-14, 0, "Y11");
    rml_sphere_harmonic(-1, 2, theta, phi, value);
    assert_close(value[0], sqrt(15 / (8 * pi)) * sin(phi) * cos(phi) * cos(theta), 1e-14, 0, "Y2-1");
    assert_close(value[1], -sqrt(15 / (8 * pi)) * sin(phi) * cos(phi) * sin(theta), 1e-14, 0, "Y2-1");
    for (int32_t subdivisions = 0; subdivisions <= RML_SPHERE_SUBDIVISIONS; ++subdivisions) {
        const int32_t n = rml_sphere_points(subdivisions);
        double sum[3] = {0}, square[3] = {0};

        points = malloc((size_t)n * 3 * sizeof *points);
        assert_non_null(points);
        assert_int_equal(rml_sphere_fill(subdivisions, 1.7, points), RML_OK);
        for (int32_t p = 0; p < 3 * n; ++p) {
            sum[p % 3] += points[p];
            square[p % 3] += points[p] * points[p];
        }
        for (int axis = 0; axis < 3; ++axis) {
            assert_close(sum[axis], 0, 0, 1e-10, "centre");
            assert_close(square[axis], n * 1.7 * 1.7 / 3, 1e-12, 0, "second moment");
        }
        free(points);
    }
    assert_int_equal(rml_sphere_points(-1), 0);
    assert_int_equal(rml_sphere_points(5), 0);
    assert_int_equal(rml_sphere_fill(5, 1, NULL), RML_EINVAL);
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const rml_lbp3d_settings refused[] = {{1, 0, 1},   {1, 17, 1},   {0, 2, 1},
                                                 {NAN, 2, 1}, {1001, 2, 1}, {1, 2, 5}};
    static const rml_lbp3d_settings right = {1, 2, 1};
    static const int32_t larger[3] = {3, 3, 4}, shifted[3] = {0, 0, 1};
    double voxels[27] = {0}, out[81];
    const rml_patch image = {.size = {3, 3, 3}, .spacing = {1, 1, 1}, .type = RML_INT16, .voxels = voxels};
    const rml_box all = {{0, 0, 0}, {3, 3, 3}};
    rml_error err;

    (void)state;
    for (size_t r = 0; r < sizeof refused / sizeof *refused; ++r) {
        assert_int_equal(rml_lbp3d_check(&refused[r], &err), RML_ESETTING);
        assert_int_equal(rml_lbp3d(&refused[r], &image, origin, image.size, &all, NULL, out), RML_EINVAL);
    }
    assert_int_equal(rml_lbp3d_check(&refused[5], &err), RML_ESETTING);
    assert_string_equal(err.text, "lbp3DIcosphereSubdivision: 5 is not within 0 to 4");
    assert_int_equal(rml_lbp3d(&right, &image, origin, image.size, &all, NULL, out), RML_OK);
    assert_int_equal(rml_lbp3d(&right, &image, origin, larger, &all, NULL, out), RML_EINVAL);
    assert_int_equal(rml_lbp3d(&right, &image, shifted, larger, &all, NULL, out), RML_EINVAL);
    assert_int_equal(rml_lbp3d(&right, &image, shifted, image.size, &all, NULL, out), RML_EINVAL);
    assert_int_equal(rml_lbp3d(&right, &image, origin, image.size, &(rml_box){{0, 0, 0}, {3, 3, 4}}, NULL, out),
                     RML_EINVAL);
    assert_int_equal(rml_lbp3d(&right, &image, origin, image.size, &(rml_box){{0, 0, 0}, {3, 0, 3}}, NULL, out),
                     RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_those_of_pyradiomics),       cmocka_unit_test(regions_are_those_of_pyradiomics),
        cmocka_unit_test(samples_stay_in_the_range_of_their_type), cmocka_unit_test(harmonics_are_orthonormal),
        cmocka_unit_test(what_is_no_pattern_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
