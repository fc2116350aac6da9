/* IBSI's interpolation grid, and what is made on it. */
#include "tests/support/support.h"

#include "kernels/ibsi/interpolate.h"
#include "tests/support/measured.h"

static const int32_t size[3] = {7, 6, 5};
static const double spacing[3] = {1.0, 1.5, 2.0}, wanted[3] = {0.8, 0.8, 0.8};

/* x <- 1103515245 x + 12345 mod 2^31 from 12345; 1000 * (x / 256) / 2^23, x fastest, as the oracle's script. */
static rml_patch source(void)
{
    rml_patch patch = {.type = RML_FLOAT64, .voxels = malloc(210 * sizeof(double))};
    int64_t x = 12345;

    assert_non_null(patch.voxels);
    memcpy(patch.size, size, sizeof size);
    memcpy(patch.spacing, spacing, sizeof spacing);
    for (int i = 0; i < 210; ++i) {
        x = (x * 1103515245 + 12345) % (INT64_C(1) << 31);
        patch.voxels[i] = (double)(x >> 8) / 8388608.0 * 1000.0;
    }
    return patch;
}

static void on_grid(const rml_ibsi_grid *grid, const rml_box *box, rml_ibsi_method method, double *out)
{
    const rml_box reach = rml_ibsi_interpolate_reach(grid, box, method);
    rml_patch from = source(), cut;

    assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &from}, &reach, RML_BORDER_NEAREST, &cut), RML_OK);
    assert_int_equal(rml_ibsi_interpolate(grid, box, method, &cut, out), RML_OK);
    rml_patch_free(&cut);
    rml_patch_free(&from);
}

/* Oracle: the dimensions of IBSI-1's diagnostics (configurations B and C); places by the definition. */
static void grid_is_ibsis(void **state)
{
    const int32_t ct[3] = {204, 201, 60}, ten[3] = {10, 10, 1};
    const double from[3] = {0.977, 0.977, 3.0}, to_b[3] = {2.0, 2.0, 3.0}, to_c[3] = {2.0, 2.0, 2.0};
    const double tenths[3] = {1.2, 0.3, 5.0}, thirds[3] = {3.0, 0.1, 50.0}, none[3] = {1.0, 0.0, 1.0};
    rml_ibsi_grid grid;

    (void)state;
    assert_int_equal(rml_ibsi_grid_init(ct, from, to_b, &grid), RML_OK);
    assert_int_equal(grid.size[0], 100);
    assert_int_equal(grid.size[1], 99);
    assert_int_equal(grid.size[2], 60);
    assert_close(grid.first[0], 101.5 - 49.5 * 2.0 / 0.977, 1e-15, 0.0, "first x");
    assert_close(grid.first[2], 0.0, 0.0, 0.0, "first z");
    assert_int_equal(rml_ibsi_grid_init(ct, from, to_c, &grid), RML_OK);
    assert_int_equal(grid.size[2], 90);
    /* quotients that are whole numbers but for rounding; an image thinner than a voxel */
    assert_int_equal(rml_ibsi_grid_init(ten, tenths, thirds, &grid), RML_OK);
    assert_int_equal(grid.size[0], 4);
    assert_int_equal(grid.size[1], 30);
    assert_int_equal(grid.size[2], 1);
    assert_int_equal(rml_ibsi_grid_init(ten, from, none, &grid), RML_EINVAL);
    assert_int_equal(rml_ibsi_grid_init(ten, from, (const double[3]){1e-10, 1.0, 1.0}, &grid), RML_ESETTING);
}

/* Oracle: scipy.ndimage.map_coordinates (scipy 1.11.4), orders 0, 1 and 3, of the image widened by 60 voxels of its
 * border; 9 x 12 x 13 voxels from 7 x 6 x 5. */
static void values_are_scipys(void **state)
{
    static const struct {
        int32_t at[3];
        double nearest, linear, cubic;
    } expected[] = {
        {{0, 0, 0}, 655.1539897918701, 655.15398979187012, 735.44473380886291},
        {{4, 5, 6}, 3.7071704864501953, 175.82011620203724, 159.50697057230923},
        {{3, 11, 1}, 182.6164722442627, 275.28460025787484, 189.893761105854},
        {{8, 2, 12}, 55.44853210449219, 329.51457897822098, 335.42414480437458},
        {{8, 11, 8}, 590.3705358505249, 542.65904426574639, 521.4729783457318},
    };
    const rml_box box = {{0, 0, 0}, {9, 12, 13}};
    double nearest[9 * 12 * 13], linear[9 * 12 * 13], cubic[9 * 12 * 13];
    rml_ibsi_grid grid;

    (void)state;
    assert_int_equal(rml_ibsi_grid_init(size, spacing, wanted, &grid), RML_OK);
    assert_memory_equal(grid.size, box.size, sizeof box.size);
    on_grid(&grid, &box, RML_IBSI_NEAREST, nearest);
    on_grid(&grid, &box, RML_IBSI_LINEAR, linear);
    on_grid(&grid, &box, RML_IBSI_CUBIC, cubic);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; ++k) {
        const int32_t *at = expected[k].at;
        const int32_t i = (at[2] * 12 + at[1]) * 9 + at[0];

        rml_measured_case("IBSI-1 interpolator/nearest", "scipy.ndimage.map_coordinates (scipy 1.11.4)");
        assert_close(nearest[i], expected[k].nearest, 0.0, 0.0, "voxels");
        rml_measured_case("IBSI-1 interpolator/linear", "scipy.ndimage.map_coordinates (scipy 1.11.4)");
        assert_close(linear[i], expected[k].linear, 1e-12, 0.0, "voxels");
        rml_measured_case("IBSI-1 interpolator/cubic", "scipy.ndimage.map_coordinates (scipy 1.11.4)");
        assert_close(cubic[i], expected[k].cubic, 1e-12, 0.0, "voxels");
    }
    rml_measured_case(NULL, NULL);
}

/* A part of the grid has the values of the whole, and its image of a box holds every voxel that the box has a part in.
 */
static void parts_are_the_whole(void **state)
{
    static const rml_ibsi_method methods[3] = {RML_IBSI_NEAREST, RML_IBSI_LINEAR, RML_IBSI_CUBIC};
    const rml_box box = {{0, 0, 0}, {9, 12, 13}}, part = {{2, 5, 3}, {4, 3, 7}}, voxel = {{3, 2, 1}, {1, 1, 1}};
    double whole[9 * 12 * 13], some[4 * 3 * 7];
    rml_ibsi_grid grid;
    rml_box image;

    (void)state;
    assert_int_equal(rml_ibsi_grid_init(size, spacing, wanted, &grid), RML_OK);
    for (int m = 0; m < 3; ++m) {
        on_grid(&grid, &box, methods[m], whole);
        on_grid(&grid, &part, methods[m], some);
        for (int32_t z = 0; z < 7; ++z)
            for (int32_t y = 0; y < 3; ++y)
                for (int32_t x = 0; x < 4; ++x)
                    assert_close(some[(z * 3 + y) * 4 + x], whole[((z + 3) * 12 + y + 5) * 9 + x + 2], 1e-13, 0.0,
                                 "part");
    }
    image = rml_ibsi_interpolate_image_of(&grid, &voxel);
    for (int32_t z = 0; z < 13; ++z)
        for (int32_t y = 0; y < 12; ++y)
            for (int32_t x = 0; x < 9; ++x) {
                const int32_t at[3] = {x, y, z};
                bool near = true, inside = true;

                for (int a = 0; a < 3; ++a) {
                    near = near && fabs(grid.first[a] + at[a] * grid.step[a] - voxel.first[a]) < 1.0;
                    inside = inside && at[a] >= image.first[a] && at[a] < image.first[a] + image.size[a];
                }
                assert_true(!near || inside);
            }
}

/* On the image's own grid every method gives the voxels back; a patch that was cut for something else is refused. */
static void own_grid_keeps(void **state)
{
    static const rml_ibsi_method methods[3] = {RML_IBSI_NEAREST, RML_IBSI_LINEAR, RML_IBSI_CUBIC};
    const rml_box box = {{0, 0, 0}, {7, 6, 5}}, less = {{1, 0, 0}, {5, 6, 5}};
    rml_patch from = source();
    double out[210];
    rml_ibsi_grid grid;

    (void)state;
    assert_int_equal(rml_ibsi_grid_init(size, spacing, spacing, &grid), RML_OK);
    for (int m = 0; m < 3; ++m) {
        on_grid(&grid, &box, methods[m], out);
        for (int i = 0; i < 210; ++i)
            assert_close(out[i], from.voxels[i], methods[m] == RML_IBSI_CUBIC ? 1e-12 : 0.0, 1e-10, "voxel");
    }
    assert_int_equal(rml_ibsi_interpolate(&grid, &less, RML_IBSI_LINEAR, &from, out), RML_EINVAL);
    rml_patch_free(&from);
}

static void rounding_and_threshold(void **state)
{
    double values[5] = {-0.5, 0.5, 1.5, -1.2, 2.7};
    double halves[4] = {14.5 - 2e-15, 14.5 + 2e-15, 15.5 - 2e-15, 14.5 + 1e-8};
    const double inside[4] = {0.5, 0.5 - 1e-10, 0.4999, 1.0};
    uint8_t mask[4];

    (void)state;
    rml_ibsi_round(values, 5);
    rml_ibsi_round(halves, 4);
    assert_true(halves[0] == 14.0 && halves[1] == 14.0 && halves[2] == 16.0 && halves[3] == 15.0);
    assert_true(values[0] == 0.0 && values[1] == 0.0 && values[2] == 2.0 && values[3] == -1.0 && values[4] == 3.0);
    rml_ibsi_mask(inside, 4, 0.5, mask);
    assert_true(mask[0] == 1 && mask[1] == 1 && mask[2] == 0 && mask[3] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_is_ibsis),          cmocka_unit_test(values_are_scipys),
        cmocka_unit_test(parts_are_the_whole),    cmocka_unit_test(own_grid_keeps),
        cmocka_unit_test(rounding_and_threshold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
