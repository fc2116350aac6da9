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
        cmocka_unit_test(sizes_must_be_equal),
        cmocka_unit_test(nan_never_matches),
        cmocka_unit_test(corrected_masks_are_pyradiomics),
        cmocka_unit_test(a_roi_outside_the_image_is_refused),
        cmocka_unit_test(a_roi_between_the_voxels_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
