/* Oracle for the match: where SimpleITK 2.3.1 changes its mind. For the corrected mask: PyRadiomics 3.0.1's checkMask
 * with correctMask on the same grids; its voxels are typed in. */
#include "tests/support/support.h"

#include "kernels/preprocess/grid.h"

static rml_grid plain(double spacing)
{
    return (rml_grid){.size = {8, 7, 6},
                      .spacing = {spacing, spacing, spacing},
                      .origin = {-10, 20, 30},
                      .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

/* ITK asks the mask, the second input, for the spacing. Oracle: SimpleITK 2.3.1 with a coordinate tolerance of 0.5. */
static void the_bound_is_the_masks(void **state)
{
    rml_grid image = plain(1.0), mask = image;
    rml_error err;

    (void)state;
    mask.spacing[0] = 1.4;
    mask.origin[1] += 0.6;
    assert_int_equal(rml_grid_match(&image, &mask, 0.5, &err), RML_OK);
    assert_int_equal(rml_grid_match(&mask, &image, 0.5, &err), RML_EGEOMETRY);
    mask = image;
    mask.spacing[1] = 1.4; /* of the first axis only */
    mask.origin[1] += 0.6;
    assert_int_equal(rml_grid_match(&image, &mask, 0.5, &err), RML_EGEOMETRY);
}

/* With 5 mm and 1e-6 the bound is 5e-6 mm for origin and spacing, 1e-6 for cosines. */
static void the_bound_scales_with_the_first_spacing(void **state)
{
    const rml_grid image = plain(5.0);
    rml_error err;

    (void)state;
    for (int a = 0; a < 3; ++a)
        for (int sign = -1; sign <= 1; sign += 2) {
            rml_grid mask = image;

            mask.origin[a] = image.origin[a] + sign * 4.9e-6;
            assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_OK);
            mask.origin[a] = image.origin[a] + sign * 5.1e-6;
            assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_EGEOMETRY);
            assert_non_null(strstr(err.text, "origin"));
            assert_int_equal(rml_grid_match(&image, &mask, 2e-6, &err), RML_OK);
            mask = image;
            mask.spacing[a] += sign * 4.9e-6;
            assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_OK);
            mask.spacing[a] += sign * 0.2e-6;
            assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_EGEOMETRY);
            assert_non_null(strstr(err.text, "spacing"));
            for (int b = 0; b < 3; ++b) {
                mask = image;
                mask.direction[b][a] += sign * 0.9e-6;
                assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_OK);
                mask.direction[b][a] += sign * 0.2e-6;
                assert_int_equal(rml_grid_match(&image, &mask, 1e-6, &err), RML_EGEOMETRY);
                assert_non_null(strstr(err.text, "direction"));
            }
        }
}

static void sizes_must_be_equal(void **state)
{
    const rml_grid image = plain(1.0);
    rml_error err;

    (void)state;
    for (int a = 0; a < 3; ++a) {
        rml_grid mask = image;

        mask.size[a] += 1;
        assert_int_equal(rml_grid_match(&image, &mask, 1.0, &err), RML_EGEOMETRY);
        assert_non_null(strstr(err.text, "8 x 7 x 6"));
    }
}

static void nan_never_matches(void **state)
{
    const rml_grid image = plain(1.0);
    rml_grid mask = image;

    (void)state;
    mask.origin[2] = NAN;
    assert_int_equal(rml_grid_match(&image, &mask, 1.0, NULL), RML_EGEOMETRY);
    mask = image;
    mask.direction[1][2] = NAN;
    assert_int_equal(rml_grid_match(&image, &mask, 1.0, NULL), RML_EGEOMETRY);
}

static const rml_grid image_grid = {.size = {8, 7, 6},
                                    .spacing = {1.0, 1.2, 1.5},
                                    .origin = {-2, 3, 5},
                                    .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/* The ROI of the oracle: 0 where (x + 2y + 3z) mod 5 is 4, counted from the box's corner. */
static rml_status correct(const rml_grid *mask, const rml_box *box, rml_box *out_box, uint8_t **out, rml_error *err)
{
    uint8_t voxels[512];
    uint8_t *next = voxels;

    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y)
            for (int32_t x = 0; x < box->size[0]; ++x) *next++ = (x + 2 * y + 3 * z) % 5 != 4;
    return rml_grid_correct(&image_grid, mask, box, voxels, out_box, out, err);
}

static rml_grid mask_grid(double x, double y, double z)
{
    return (rml_grid){.size = {6, 5, 4},
                      .spacing = {0.8, 0.9, 1.7},
                      .origin = {x, y, z},
                      .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

static void assert_voxels(const rml_grid *mask, const rml_box *box, const uint8_t (*expected)[3], int n)
{
    rml_box out_box;
    uint8_t *out;
    rml_error err = {0};
    int k = 0;

    if (correct(mask, box, &out_box, &out, &err) != RML_OK) fail_msg("%s", err.text);
    for (int32_t z = 0; z < out_box.size[2]; ++z)
        for (int32_t y = 0; y < out_box.size[1]; ++y)
            for (int32_t x = 0; x < out_box.size[0]; ++x) {
                if (!out[(z * out_box.size[1] + y) * out_box.size[0] + x]) continue;
                assert_true(k < n);
                assert_int_equal(out_box.first[0] + x, expected[k][0]);
                assert_int_equal(out_box.first[1] + y, expected[k][1]);
                assert_int_equal(out_box.first[2] + z, expected[k][2]);
                ++k;
            }
    assert_int_equal(k, n);
    free(out);
}

static void corrected_masks_are_pyradiomics(void **state)
{
    static const uint8_t rotated[18][3] = {{1, 2, 1}, {2, 2, 1}, {3, 2, 1}, {2, 3, 1}, {3, 3, 1}, {1, 1, 2},
                                           {1, 2, 2}, {2, 2, 2}, {3, 2, 2}, {1, 3, 2}, {2, 3, 2}, {3, 3, 2},
                                           {1, 1, 3}, {1, 2, 3}, {2, 2, 3}, {3, 2, 3}, {1, 3, 3}, {2, 3, 3}};
    static const uint8_t shifted[6][3] = {{2, 2, 1}, {2, 3, 1}, {3, 3, 1}, {2, 2, 2}, {3, 2, 2}, {2, 3, 2}};
    static const uint8_t whole[79][3] = {
        {1, 1, 0}, {2, 1, 0}, {3, 1, 0}, {5, 1, 0}, {2, 2, 0}, {3, 2, 0}, {4, 2, 0}, {1, 3, 0}, {2, 3, 0}, {4, 3, 0},
        {5, 3, 0}, {1, 4, 0}, {2, 4, 0}, {3, 4, 0}, {4, 4, 0}, {5, 4, 0}, {1, 1, 1}, {2, 1, 1}, {3, 1, 1}, {4, 1, 1},
        {5, 1, 1}, {1, 2, 1}, {3, 2, 1}, {4, 2, 1}, {5, 2, 1}, {2, 3, 1}, {3, 3, 1}, {4, 3, 1}, {1, 4, 1}, {2, 4, 1},
        {4, 4, 1}, {5, 4, 1}, {1, 1, 2}, {2, 1, 2}, {4, 1, 2}, {5, 1, 2}, {1, 2, 2}, {2, 2, 2}, {3, 2, 2}, {5, 2, 2},
        {1, 3, 2}, {3, 3, 2}, {4, 3, 2}, {5, 3, 2}, {2, 4, 2}, {3, 4, 2}, {4, 4, 2}, {2, 1, 3}, {3, 1, 3}, {4, 1, 3},
        {1, 2, 3}, {2, 2, 3}, {3, 2, 3}, {4, 2, 3}, {5, 2, 3}, {1, 3, 3}, {2, 3, 3}, {3, 3, 3}, {5, 3, 3}, {1, 4, 3},
        {3, 4, 3}, {4, 4, 3}, {5, 4, 3}, {2, 1, 4}, {3, 1, 4}, {4, 1, 4}, {1, 2, 4}, {2, 2, 4}, {3, 2, 4}, {4, 2, 4},
        {5, 2, 4}, {1, 3, 4}, {2, 3, 4}, {3, 3, 4}, {5, 3, 4}, {1, 4, 4}, {3, 4, 4}, {4, 4, 4}, {5, 4, 4}};
    const rml_box box = {{1, 1, 1}, {3, 3, 2}}, all = {{0, 0, 0}, {6, 5, 4}};
    const double ca = cos(0.1), sa = sin(0.1), cb = cos(-0.05), sb = sin(-0.05), cc = cos(0.07), sc = sin(0.07);
    const double turn[3][3] = {{ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc},
                               {sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc},
                               {-sb, cb * sc, cb * cc}};
    rml_grid mask = mask_grid(-1.3, 3.9, 5.2);

    (void)state;
    assert_voxels(&mask, &box, shifted, 6);
    assert_voxels(&mask, &all, whole, 79);
    memcpy(mask.direction, turn, sizeof turn);
    assert_voxels(&mask, &box, rotated, 18);
}

/* A mask twice as fine in plane whose corners are the image's: every centre of the image is half-way between two voxels
 * of the mask, and the last bit decides. Oracle: SimpleITK 2.3.1, ResampleImageFilter, nearest neighbour; its voxels,
 * row after row, of a mask that is 0 where (x + 2y + 3z) mod 5 is 4. */
static void ties_fall_as_in_itk(void **state)
{
    static const struct {
        rml_grid image;
        double spacing[3], origin[3]; /* of the mask */
        const char *voxels;
    } cases[] = {
        {{{9, 5, 2}, {0.7, 0.7, 2.5}, {-123.4, 57.1, -310.2}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
         {0.35, 0.35, 2.5},
         {-0x1.ee4cccccccccdp+6, 0x1.c766666666667p+5, -0x1.3633333333333p+8},
         "110111101111101111111011110101111011111101111"
         "111011110011110111111101111110111101011110111"},
        {{{9, 5, 2}, {0.7, 0.9, 2.5}, {-123.4, 57.1, -310.2}, {{0.8, -0.36, 0.48}, {0.6, 0.48, -0.64}, {0, 0.8, 0.6}}},
         {0.35, 0.45, 2.5},
         {-0x1.edd604189374cp+6, 0x1.c7189374bc6a8p+5, -0x1.366147ae147aep+8},
         "101111011101101111110111101110110111111011110"
         "110111101110111111011011110111011111111101111"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        const rml_box box = {{0, 0, 0}, {18, 10, 2}};
        rml_grid mask = cases[k].image;
        uint8_t voxels[18 * 10 * 2], *out, found[9 * 5 * 2] = {0};
        rml_box at;
        rml_error err = {0};

        memcpy(mask.size, box.size, sizeof mask.size);
        memcpy(mask.spacing, cases[k].spacing, sizeof mask.spacing);
        memcpy(mask.origin, cases[k].origin, sizeof mask.origin);
        for (int v = 0; v < 18 * 10 * 2; ++v) voxels[v] = (v % 18 + 2 * (v / 18 % 10) + 3 * (v / 180)) % 5 != 4;
        if (rml_grid_correct(&cases[k].image, &mask, &box, voxels, &at, &out, &err) != RML_OK) fail_msg("%s", err.text);
        for (int32_t z = 0, v = 0; z < at.size[2]; ++z)
            for (int32_t y = 0; y < at.size[1]; ++y)
                for (int32_t x = 0; x < at.size[0]; ++x, ++v)
                    found[((at.first[2] + z) * 5 + at.first[1] + y) * 9 + at.first[0] + x] = out[v];
        for (int v = 0; v < 9 * 5 * 2; ++v)
            if (found[v] != cases[k].voxels[v] - '0') fail_msg("grid %zu, voxel %d: %d", k, v, found[v]);
        free(out);
    }
}

static void a_roi_outside_the_image_is_refused(void **state)
{
    const rml_box box = {{1, 1, 1}, {3, 3, 2}};
    rml_grid mask = mask_grid(-5.3, 3.9, 5.2);
    rml_box out_box;
    uint8_t *out;
    rml_error err = {0};

    (void)state;
    assert_int_equal(correct(&mask, &box, &out_box, &out, &err), RML_EGEOMETRY);
    assert_non_null(strstr(err.text, "outside the image"));
    assert_null(out);
    mask = mask_grid(3.7, 10.2, 11.0); /* beyond the far end of z */
    mask.direction[0][0] = mask.direction[1][1] = -1;
    assert_int_equal(correct(&mask, &box, &out_box, &out, &err), RML_EGEOMETRY);
}

/* A ROI thinner than the image's slices can fall between them. */
static void a_roi_between_the_voxels_is_lost(void **state)
{
    const rml_box box = {{1, 1, 1}, {1, 1, 1}};
    rml_grid mask = mask_grid(0, 5, 7);
    rml_box out_box;
    uint8_t *out;
    rml_error err = {0};

    (void)state;
    for (int a = 0; a < 3; ++a) mask.spacing[a] = 0.1;
    mask.origin[0] = 0.4; /* the only voxel at 0.5, half-way between centres */
    assert_int_equal(correct(&mask, &box, &out_box, &out, &err), RML_EROI);
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_scales_with_the_first_spacing),
        cmocka_unit_test(the_bound_is_the_masks),
        cmocka_unit_test(sizes_must_be_equal),
        cmocka_unit_test(nan_never_matches),
        cmocka_unit_test(corrected_masks_are_pyradiomics),
        cmocka_unit_test(ties_fall_as_in_itk),
        cmocka_unit_test(a_roi_outside_the_image_is_refused),
        cmocka_unit_test(a_roi_between_the_voxels_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
