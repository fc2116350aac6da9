/* Oracle: SimpleITK 2.3.1's LaplacianRecursiveGaussianImageFilter as PyRadiomics 3.0.1 calls it, to the last bit of
 * its float32: small images typed into tests/oracle/image_filters.h, and the whole of breast1 in the reference data. */
#include "tests/kernels/formula_cases.h"

#include "kernels/image/log.h"
#include "kernels/image/recursive.h"
#include "tests/oracle/image_filters.h"
#include "tests/support/measured.h"

static const struct log_case {
    rml_scalar type;
    double sigma;
    const double (*expected)[FORMULA_X];
} cases[] = {{RML_INT16, 1.0, oracle_log_sigma_1_0_int16},
             {RML_INT16, 2.5, oracle_log_sigma_2_5_int16},
             {RML_FLOAT64, 0.5, oracle_log_sigma_0_5_float64},
             {RML_FLOAT64, 4.0, oracle_log_sigma_4_0_float64}};
enum { N_CASES = sizeof cases / sizeof *cases };

/* With no margin at all where the patch ends with the image, and with the margin that is asked for. */
static void responses_are_those_of_itk(void **state)
{
    double voxels[FORMULA_VOXELS], out[FORMULA_VOXELS];
    rml_patch image;

    (void)state;
    for (int c = 0; c < N_CASES; ++c) {
        const double sigma = cases[c].sigma;

        formula_image(cases[c].type, voxels, &image);
        for (int asked = 0; asked < 2; ++asked) {
            const int32_t margin[3] = {asked * rml_log_margin(sigma, 0.75), asked * rml_log_margin(sigma, 1.25),
                                       asked * rml_log_margin(sigma, 2.5)};
            rml_patch cut;
            const rml_box inside = with_margin(&image, margin, RML_BORDER_NEAREST, &cut);

            assert_int_equal(rml_log_apply(&cut, &inside, sigma, out), RML_OK);
            rml_measured_case("PyRadiomics image/LoG", "PyRadiomics 3.0.1 (SimpleITK 2.3.1)");
            assert_rows(out, cases[c].expected, 0, "voxels");
            rml_measured_case(NULL, NULL);
            rml_patch_free(&cut);
        }
    }
}

/* 21 x 120 x 45 voxels as PyRadiomics filtered them whole. A box of them needs its margin alone. */
static void breast1_is_that_of_pyradiomics(void **state)
{
    rml_patch image = shared_image("reference/pyradiomics/data/breast1_image.nrrd");
    const int64_t row = image.size[0], slice = row * image.size[1], n = slice * image.size[2];
    const rml_box all = {{0, 0, 0}, {image.size[0], image.size[1], image.size[2]}}, part = {{9, 50, 3}, {33, 7, 11}};
    double *const out = malloc((size_t)n * sizeof *out);
    float *const singles = malloc((size_t)n * sizeof *singles);
    rml_patch from_float32 = image;

    (void)state;
    assert_non_null(out);
    assert_non_null(singles);
    from_float32.voxels = NULL;
    from_float32.singles = singles;
    for (int sigma = 1; sigma <= 3; ++sigma) {
        char name[128];
        rml_patch expected;

        (void)snprintf(name, sizeof name, "reference/pyradiomics/stages/breast1_log-sigma-%d-0-mm-3D.nrrd", sigma);
        expected = shared_image(name);
        assert_int_equal(rml_log_apply(&image, &all, sigma, out), RML_OK);
        rml_measured_case("PyRadiomics image/LoG", "PyRadiomics 3.0.1 (SimpleITK 2.3.1)");
        for (int64_t i = 0; i < n; ++i) assert_close(out[i], expected.voxels[i], 0, 0, "voxels");
        rml_measured_case(NULL, NULL);
        for (int64_t i = 0; i < n; ++i) singles[i] = (float)image.voxels[i];
        assert_int_equal(rml_log_apply(&from_float32, &all, sigma, out), RML_OK);
        for (int64_t i = 0; i < n; ++i) assert_close(out[i], expected.voxels[i], 0, 0, "voxels, from float32");
        assert_int_equal(rml_log_apply(sigma == 1 ? &from_float32 : &image, &part, sigma, out), RML_OK);
        for (int32_t z = 0, i = 0; z < part.size[2]; ++z)
            for (int32_t y = 0; y < part.size[1]; ++y)
                for (int32_t x = 0; x < part.size[0]; ++x, ++i)
                    assert_close(out[i], expected.voxels[(z + 3) * slice + (y + 50) * row + x + 9], 0, 0, name);
        rml_patch_free(&expected);
    }
    rml_patch_free(&image);
    free(singles);
    free(out);
}

/* What lies beyond the margin cannot be seen: far voxels are changed by the image's whole range. */
static void margins_are_wide_enough(void **state)
{
    static const double spacings[3] = {0.5, 1.0, 2.0};
    enum { LENGTH = 400 };
    double voxels[LENGTH], near[8], far[8];

    (void)state;
    for (int s = 0; s < 3; ++s)
        for (int sigma = 1; sigma <= 4; ++sigma)
            for (int axis = 0; axis < 3; ++axis) {
                const int32_t margin = rml_log_margin(sigma, spacings[s]);
                rml_patch line = {.size = {1, 1, 1}, .spacing = {2, 2, 2}, .type = RML_FLOAT32, .voxels = voxels};
                rml_box inside = {{0, 0, 0}, {1, 1, 1}};

                line.size[axis] = margin * 2 + 8 + 20;
                line.spacing[axis] = spacings[s];
                inside.first[axis] = margin + 10;
                inside.size[axis] = 8;
                assert_true(line.size[axis] <= LENGTH);
                for (int changed = 0; changed < 2; ++changed) {
                    for (int i = 0; i < line.size[axis]; ++i) {
                        const bool beyond = i < 10 || i >= line.size[axis] - 10;

                        voxels[i] = beyond ? changed : (i * 7 % 5) / 4.0;
                    }
                    assert_int_equal(rml_log_apply(&line, &inside, sigma, changed ? far : near), RML_OK);
                }
                for (int i = 0; i < 8; ++i) assert_close(far[i], near[i], 0, 0, "beyond the margin");
            }
}

/* The bound that the margin claims: both kernels' tails beyond it, on recursions that are run on one voxel. */
static void tails_are_below_the_bound(void **state)
{
    static const double sigmas[] = {0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 20.0, 100.0};

    (void)state;
    for (size_t s = 0; s < sizeof sigmas / sizeof *sigmas; ++s)
        for (int order = 0; order <= 2; order += 2) {
            const int32_t margin = rml_log_margin(sigmas[s], 1.0);
            double y[4] = {0}, tail = 0.0;
            rml_recursive filter;

            assert_int_equal(rml_recursive_init(sigmas[s], order, sigmas[s] * sigmas[s], &filter), RML_OK);
            for (int i = 0; i < 4 * margin; ++i) {
                double now = i < 4 ? filter.n[i] : 0.0;

                for (int j = 0; j < 4; ++j) now -= filter.d[j] * y[j];
                memmove(y + 1, y, 3 * sizeof *y);
                y[0] = now;
                if (i >= margin) tail += fabs(now);
            }
            if (!(tail < 1e-10)) fail_msg("sigma %g, order %d: %g", sigmas[s], order, tail);
        }
}

/* A constant vanishes; a shift of the grey levels does not show beyond float32; turning an image's axes turns the
 * response (to float32, as the passes come in another order). */
static void responses_keep_their_symmetries(void **state)
{
    double voxels[FORMULA_VOXELS], turned[FORMULA_VOXELS], flat[FORMULA_VOXELS], out[FORMULA_VOXELS],
        other[FORMULA_VOXELS];
    rml_patch image, across;
    const rml_box all = {{0, 0, 0}, {FORMULA_X, FORMULA_Y, FORMULA_Z}},
                  all_across = {{0, 0, 0}, {FORMULA_Z, FORMULA_Y, FORMULA_X}};

    (void)state;
    formula_image(RML_INT16, voxels, &image);
    assert_int_equal(rml_log_apply(&image, &all, 1.5, out), RML_OK);
    across = image;
    across.voxels = turned;
    for (int axis = 0; axis < 3; ++axis) {
        across.size[axis] = image.size[2 - axis];
        across.spacing[axis] = image.spacing[2 - axis];
    }
    for (int z = 0, i = 0; z < FORMULA_Z; ++z)
        for (int y = 0; y < FORMULA_Y; ++y)
            for (int x = 0; x < FORMULA_X; ++x, ++i) turned[(x * FORMULA_Y + y) * FORMULA_Z + z] = voxels[i];
    assert_int_equal(rml_log_apply(&across, &all_across, 1.5, other), RML_OK);
    for (int z = 0, i = 0; z < FORMULA_Z; ++z)
        for (int y = 0; y < FORMULA_Y; ++y)
            for (int x = 0; x < FORMULA_X; ++x, ++i)
                assert_close(other[(x * FORMULA_Y + y) * FORMULA_Z + z], out[i], 0, 1e-4, "turned");
    for (int i = 0; i < FORMULA_VOXELS; ++i) flat[i] = 1000.0;
    image.voxels = flat;
    assert_int_equal(rml_log_apply(&image, &all, 1.5, out), RML_OK);
    for (int i = 0; i < FORMULA_VOXELS; ++i) assert_close(out[i], 0, 0, 1e-9, "flat");
}

static void what_pyradiomics_leaves_out_is_refused(void **state)
{
    static const struct {
        int32_t size[3];
        rml_status status;
        double sigma;
        const char *text;
    } refused[] = {
        {{10, 10, 10}, RML_ESETTING, 0.0, "LoG: sigma 0 mm is not above 0"},
        {{10, 10, 10}, RML_ESETTING, NAN, "LoG: sigma nan mm is not above 0"},
        {{10, 3, 10}, RML_EROI, 1.0, "LoG of sigma 1 mm: the image has 3 voxels of 1 mm along y, and needs at least 4"},
        {{10, 10, 1},
         RML_EROI,
         1.0,
         "LoG of sigma 1 mm: the image has 1 voxel of 2.5 mm along z, and needs at least 4"},
        {{10, 10, 4},
         RML_EROI,
         7.6,
         "LoG of sigma 7.6 mm: the image has 4 voxels of 2.5 mm along z, and needs at least 5"},
    };
    static const double spacing[3] = {1.0, 1.0, 2.5};
    double voxels[8] = {0}, out[8];
    const rml_patch small = {.size = {2, 2, 2}, .spacing = {1, 1, 1}, .type = RML_INT16, .voxels = voxels};
    rml_error err;

    (void)state;
    for (size_t r = 0; r < sizeof refused / sizeof *refused; ++r) {
        assert_int_equal(rml_log_check(refused[r].size, spacing, refused[r].sigma, &err), refused[r].status);
        assert_string_equal(err.text, refused[r].text);
    }
    assert_int_equal(rml_log_check((const int32_t[]){10, 10, 4}, spacing, 7.5, &err), RML_OK);
    assert_int_equal(rml_log_apply(&small, &(rml_box){{0, 0, 0}, {2, 2, 3}}, 1.0, out), RML_EINVAL);
    assert_int_equal(rml_log_apply(&small, &(rml_box){{-1, 0, 0}, {1, 1, 1}}, 1.0, out), RML_EINVAL);
    assert_int_equal(rml_log_apply(&small, &(rml_box){{0, 0, 0}, {2, 0, 2}}, 1.0, out), RML_EINVAL);
    assert_int_equal(rml_log_apply(&small, &(rml_box){{0, 0, 0}, {2, 2, 2}}, -1.0, out), RML_EVALUE);
    assert_int_equal(rml_log_apply(&small, &(rml_box){{0, 0, 0}, {2, 2, 2}}, 1e-4, out), RML_EVALUE);
    assert_int_equal(rml_log_margin(1e12, 1.0), 1 << 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_those_of_itk),      cmocka_unit_test(breast1_is_that_of_pyradiomics),
        cmocka_unit_test(margins_are_wide_enough),         cmocka_unit_test(tails_are_below_the_bound),
        cmocka_unit_test(responses_keep_their_symmetries), cmocka_unit_test(what_pyradiomics_leaves_out_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
