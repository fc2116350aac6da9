/* Oracle: scikit-image 0.26.0 through PyRadiomics 3.0.1, every voxel exactly: small images typed into
 * tests/oracle/image_filters.h, and first-order features of three images' regions in the reference data. */
#include "tests/kernels/formula_cases.h"
#include "tests/kernels/region_cases.h"

#include "kernels/image/lbp2d.h"
#include "tests/oracle/image_filters.h"
#include "tests/support/measured.h"

static const struct lbp_case {
    rml_scalar type;
    rml_lbp2d_settings settings;
    const double (*expected)[FORMULA_X];
} cases[] = {
    {RML_INT16, {1, 8, RML_LBP2D_UNIFORM, 2}, oracle_lbp2d_int16_0_8_uniform},
    {RML_INT16, {1, 8, RML_LBP2D_UNIFORM, 1}, oracle_lbp2d_int16_1_8_uniform},
    {RML_INT16, {2.5, 12, RML_LBP2D_UNIFORM, 0}, oracle_lbp2d_int16_2_12_uniform},
    {RML_FLOAT32, {3, 24, RML_LBP2D_UNIFORM, 2}, oracle_lbp2d_float32_0_24_uniform},
    {RML_INT16, {2, 16, RML_LBP2D_DEFAULT, 2}, oracle_lbp2d_int16_0_16_default},
    {RML_FLOAT64, {1.5, 16, RML_LBP2D_DEFAULT, 0}, oracle_lbp2d_float64_2_16_default},
    {RML_INT16, {1, 8, RML_LBP2D_ROR, 2}, oracle_lbp2d_int16_0_8_ror},
    {RML_FLOAT32, {2, 12, RML_LBP2D_ROR, 1}, oracle_lbp2d_float32_1_12_ror},
    {RML_INT16, {1, 8, RML_LBP2D_NRI_UNIFORM, 2}, oracle_lbp2d_int16_0_8_nri_uniform},
    {RML_FLOAT64, {2.2, 10, RML_LBP2D_NRI_UNIFORM, 1}, oracle_lbp2d_float64_1_10_nri_uniform},
    {RML_INT16, {1, 8, RML_LBP2D_VAR, 2}, oracle_lbp2d_int16_0_8_var},
    {RML_FLOAT32, {1, 8, RML_LBP2D_VAR, 2}, oracle_lbp2d_float32_0_8_var},
    {RML_FLOAT64, {1.5, 6, RML_LBP2D_VAR, 0}, oracle_lbp2d_float64_2_6_var},
    {RML_FLOAT64, {1, 8, RML_LBP2D_DEFAULT, 2}, oracle_lbp2d_ramp_0_8_default},
    {RML_FLOAT64, {2, 16, RML_LBP2D_DEFAULT, 2}, oracle_lbp2d_ramp_0_16_default},
};
enum { N_CASES = sizeof cases / sizeof *cases, FIRST_RAMP = N_CASES - 2 }; /* the last two are of the ramp */

static void case_image(const struct lbp_case *c, double voxels[FORMULA_VOXELS], rml_patch *image)
{
    if (c - cases >= FIRST_RAMP)
        ramp_image(voxels, image);
    else
        formula_image(c->type, voxels, image);
}

/* Filters the whole image behind its margin of zeros. */
static void filter_whole(const rml_lbp2d_settings *settings, const rml_patch *image, double *out)
{
    int32_t margin[3];
    rml_patch cut;
    rml_box inside;

    rml_lbp2d_margin(settings, margin);
    inside = with_margin(image, margin, RML_BORDER_ZERO, &cut);
    assert_int_equal(rml_lbp2d(settings, &cut, (const int32_t[]){-margin[0], -margin[1], -margin[2]}, &inside, out),
                     RML_OK);
    rml_patch_free(&cut);
}

static void patterns_are_those_of_scikit_image(void **state)
{
    double voxels[FORMULA_VOXELS], out[FORMULA_VOXELS];
    rml_patch image;

    (void)state;
    for (int c = 0; c < N_CASES; ++c) {
        char name[32];

        (void)snprintf(name, sizeof name, "case %d", c);
        case_image(&cases[c], voxels, &image);
        filter_whole(&cases[c].settings, &image, out);
        rml_measured_case("PyRadiomics image/LBP2D", "PyRadiomics 3.0.1 (scikit-image 0.26.0)");
        assert_rows(out, cases[c].expected, 0, name);
    }
    rml_measured_case(NULL, NULL);
}

/* A box of a patch gives what the whole gives there. */
static void boxes_are_parts_of_the_whole(void **state)
{
    double voxels[FORMULA_VOXELS], whole[FORMULA_VOXELS], out[FORMULA_VOXELS];
    const rml_box wanted = {{4, 1, 3}, {7, 8, 5}};
    rml_patch image, cut;

    (void)state;
    for (int c = 0; c < N_CASES; ++c) {
        const rml_patch_source source = {.patch = &image};
        rml_box box, inside;
        int32_t margin[3];

        case_image(&cases[c], voxels, &image);
        filter_whole(&cases[c].settings, &image, whole);
        rml_lbp2d_margin(&cases[c].settings, margin);
        for (int axis = 0; axis < 3; ++axis) {
            box.first[axis] = wanted.first[axis] - margin[axis] - axis;
            box.size[axis] = wanted.size[axis] + 2 * margin[axis] + axis;
            inside.first[axis] = margin[axis] + axis;
            inside.size[axis] = wanted.size[axis];
        }
        assert_int_equal(rml_patch_cut(&source, &box, RML_BORDER_ZERO, &cut), RML_OK);
        assert_int_equal(rml_lbp2d(&cases[c].settings, &cut, box.first, &inside, out), RML_OK);
        for (int z = 0, i = 0; z < 5; ++z)
            for (int y = 0; y < 8; ++y)
                for (int x = 0; x < 7; ++x, ++i)
                    assert_close(out[i], whole[((z + 3) * FORMULA_Y + y + 1) * FORMULA_X + x + 4], 0, 0, "box");
        rml_patch_free(&cut);
    }
}

static void regions_are_those_of_pyradiomics(void **state)
{
    static const char *const names[3] = {"brain1", "brain2", "breast1"};
    static const rml_lbp2d_settings settings = {1, 8, RML_LBP2D_UNIFORM, 2};

    (void)state;
    for (int i = 0; i < 3; ++i) {
        char path[128];
        rml_patch image, mask;
        int64_t n, kept = 0;
        double *out;

        (void)snprintf(path, sizeof path, "reference/pyradiomics/data/%s_image.nrrd", names[i]);
        image = shared_image(path);
        (void)snprintf(path, sizeof path, "reference/pyradiomics/data/%s_label.nrrd", names[i]);
        mask = shared_image(path);
        n = (int64_t)image.size[0] * image.size[1] * image.size[2];
        out = malloc((size_t)n * sizeof *out);
        assert_non_null(out);
        filter_whole(&settings, &image, out);
        for (int64_t v = 0; v < n; ++v)
            if (mask.voxels[v] == 1.0) out[kept++] = out[v];
        assert_first_order(out, kept, "reference/pyradiomics/features_filter_lbp2d.csv", "lbp-2D", i, 1e-12);
        free(out);
        rml_patch_free(&image);
        rml_patch_free(&mask);
    }
}

/* numpy 1.26.4 on x86-64: the variance of a flat region is no number, and of 0 and 60000 it is beyond 16 bits. */
static void responses_take_the_type_of_the_image(void **state)
{
    static const struct {
        rml_scalar type;
        double flat, steep; /* what NaN and 900000000 become */
    } kept[] = {{RML_INT8, 0, 0},          {RML_UINT8, 0, 0},         {RML_INT16, 0, -5888},
                {RML_UINT16, 0, 59648},    {RML_INT32, -0x1p31, 9e8}, {RML_UINT32, 0x1p31, 9e8},
                {RML_INT64, -0x1p63, 9e8}, {RML_UINT64, 0x1p63, 9e8}, {RML_FLOAT32, NAN, 9e8},
                {RML_FLOAT64, NAN, 9e8}};
    static const rml_lbp2d_settings settings = {1, 2, RML_LBP2D_VAR, 2}; /* samples right and left */
    double voxels[6] = {7, 7, 7, 0, 5, 60000}, out;
    rml_patch image = {.size = {3, 2, 1}, .spacing = {1, 1, 1}, .voxels = voxels};

    (void)state;
    for (size_t k = 0; k < sizeof kept / sizeof *kept; ++k) {
        static const int32_t at[3] = {0, 0, 0};
        rml_patch cut;
        const rml_box inside = with_margin(&image, (const int32_t[]){0, 1, 0}, RML_BORDER_NEAREST, &cut);

        cut.type = kept[k].type;
        assert_int_equal(inside.size[1], 2);
        assert_int_equal(rml_lbp2d(&settings, &cut, at, &(rml_box){{1, 1, 0}, {1, 1, 1}}, &out), RML_OK);
        assert_close(out, kept[k].flat, 0, 0, rml_scalar_name(cut.type));
        assert_int_equal(rml_lbp2d(&settings, &cut, at, &(rml_box){{1, 2, 0}, {1, 1, 1}}, &out), RML_OK);
        assert_close(out, kept[k].steep, 0, 0, rml_scalar_name(cut.type));
        rml_patch_free(&cut);
    }
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const rml_lbp2d_settings refused[] = {{0, 8, RML_LBP2D_UNIFORM, 2},  {NAN, 8, RML_LBP2D_UNIFORM, 2},
                                                 {2e6, 8, RML_LBP2D_VAR, 2},    {1, 0, RML_LBP2D_UNIFORM, 2},
                                                 {1, 65, RML_LBP2D_UNIFORM, 2}, {1, 32, RML_LBP2D_ROR, 2},
                                                 {1, 8, RML_LBP2D_UNIFORM, 3},  {1, 8, RML_LBP2D_UNIFORM, -1}};
    static const rml_lbp2d_settings right = {1, 64, RML_LBP2D_UNIFORM, 2};
    rml_lbp2d_method method = RML_LBP2D_VAR;
    double voxels[27] = {0}, out[27];
    const rml_patch image = {.size = {3, 3, 3}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};
    const int32_t at[3] = {0, 0, 0};
    rml_error err;

    (void)state;
    for (size_t r = 0; r < sizeof refused / sizeof *refused; ++r) {
        assert_int_equal(rml_lbp2d_check(&refused[r], &err), RML_ESETTING);
        assert_int_equal(rml_lbp2d(&refused[r], &image, at, &(rml_box){{1, 1, 0}, {1, 1, 3}}, out), RML_EINVAL);
    }
    assert_int_equal(rml_lbp2d_check(&refused[5], &err), RML_ESETTING);
    assert_string_equal(err.text,
                        "lbp2DSamples: 32 is not within 1 to 31, the most whose pattern is a number of 32 bits");
    assert_int_equal(rml_lbp2d_check(&right, &err), RML_OK);
    assert_int_equal(rml_lbp2d(&right, &image, at, &(rml_box){{1, 1, 0}, {1, 1, 3}}, out), RML_OK);
    assert_close(out[0], 64, 0, 0, "all samples alike");
    assert_int_equal(rml_lbp2d(&right, &image, at, &(rml_box){{0, 1, 0}, {1, 1, 3}}, out), RML_EINVAL);
    assert_int_equal(rml_lbp2d(&right, &image, at, &(rml_box){{1, 1, 0}, {1, 2, 3}}, out), RML_EINVAL);
    assert_int_equal(rml_lbp2d(&right, &image, at, &(rml_box){{1, 1, 0}, {1, 1, 0}}, out), RML_EINVAL);
    assert_int_equal(rml_lbp2d_method_of("Uniform", &method), RML_OK);
    assert_int_equal(method, RML_LBP2D_UNIFORM);
    assert_int_equal(rml_lbp2d_method_of("nri_uniform", &method), RML_OK);
    assert_int_equal(method, RML_LBP2D_NRI_UNIFORM);
    assert_int_equal(rml_lbp2d_method_of("uni", &method), RML_ESETTING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_those_of_scikit_image), cmocka_unit_test(boxes_are_parts_of_the_whole),
        cmocka_unit_test(regions_are_those_of_pyradiomics),   cmocka_unit_test(responses_take_the_type_of_the_image),
        cmocka_unit_test(what_is_no_pattern_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
