/* The decimated wavelet transform against PyWavelets 1.5.0's dwtn (tests/oracle/ibsi_filters.py), and against the
 * undecimated one at the voxels where its coefficients are said to stand. */
#include "tests/support/measured.h"
#include "tests/support/support.h"

#include "kernels/image/atrous.h"
#include "kernels/image/decimated.h"

#include "tests/oracle/ibsi_decimated.h"
#include "tests/support/measured.h"

/* The oracle's formula, of any size; to be freed with rml_patch_free. */
static rml_patch formula_image(const int32_t size[3])
{
    rml_patch image = {.size = {size[0], size[1], size[2]}, .spacing = {1, 1, 1}, .type = RML_FLOAT64};
    double *to = image.voxels = malloc((size_t)size[0] * (size_t)size[1] * (size_t)size[2] * sizeof *to);

    assert_non_null(to);
    for (int z = 0; z < size[2]; ++z)
        for (int y = 0; y < size[1]; ++y)
            for (int x = 0; x < size[0]; ++x)
                *to++ = (7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20;
    return image;
}

/* A box of coefficients, malloc'ed. */
static double *coefficients(const rml_decimated *transform, const rml_patch *image, const rml_box *box)
{
    const rml_box reach = rml_decimated_reach(transform, image->size, box);
    double *out = malloc((size_t)box->size[0] * (size_t)box->size[1] * (size_t)box->size[2] * sizeof *out);
    rml_patch patch;

    assert_non_null(out);
    for (int a = 0; a < 3; ++a) assert_true(reach.first[a] >= 0 && reach.first[a] + reach.size[a] <= image->size[a]);
    assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = image}, &reach, transform->border, &patch), RML_OK);
    assert_int_equal(rml_decimated_apply(transform, image->size, box, &patch, out), RML_OK);
    rml_patch_free(&patch);
    return out;
}

/* Roundings of sums of hundreds of products. */
static void coefficients_are_pywavelets(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof decimated_cases / sizeof *decimated_cases; ++c) {
        const char *name = decimated_cases[c].bands;
        const double *numbers = decimated_cases[c].numbers;
        const int32_t *n = decimated_cases[c].out;
        const rml_box all = {{0, 0, 0}, {n[0], n[1], n[2]}};
        const rml_box part = {{n[0] / 3, n[1] / 2, n[2] / 2}, {n[0] - n[0] / 3, n[1] / 3 + 1, 1}};
        const int middle = (n[2] / 2 * n[1] + n[1] / 2) * n[0] + n[0] / 2, last = n[0] * n[1] * n[2] - 1;
        rml_patch image = formula_image(decimated_cases[c].size);
        double sum = 0.0, weighted = 0.0, loose, *out, *some, *next;
        rml_decimated_grid grid;
        rml_wavelet wavelet;
        rml_decimated transform = {&wavelet, name, decimated_cases[c].level, decimated_cases[c].border};

        assert_int_equal(rml_wavelet_find(decimated_cases[c].wavelet, &wavelet), RML_OK);
        assert_int_equal(rml_decimated_grid_init(&transform, image.size, &grid), RML_OK);
        assert_memory_equal(grid.size, n, sizeof grid.size);
        out = coefficients(&transform, &image, &all);
        for (int v = 0; v <= last; ++v) {
            sum += fabs(out[v]);
            weighted += out[v] * v;
        }
        loose = 1e-12 * sum / (last + 1);
        rml_measured_case("IBSI-2 filter/Wavelet, decimated", "PyWavelets 1.5.0");
        assert_close(out[0], numbers[0], 1e-12, loose, name);
        assert_close(out[middle], numbers[1], 1e-12, loose, name);
        assert_close(out[last], numbers[2], 1e-12, loose, name);
        assert_close(sum, numbers[3], 1e-12, 0.0, name);
        assert_close(weighted, numbers[4], 0.0, loose * (last + 1) * (last + 1), name);
        rml_measured_case(NULL, NULL);
        some = next = coefficients(&transform, &image, &part); /* the whole's, to the bit */
        for (int z = part.first[2]; z < part.first[2] + part.size[2]; ++z)
            for (int y = part.first[1]; y < part.first[1] + part.size[1]; ++y)
                for (int x = part.first[0]; x < part.first[0] + part.size[0]; ++x)
                    assert_close(*next++, out[(z * n[1] + y) * n[0] + x], 0.0, 0.0, name);
        free(some);
        free(out);
        rml_patch_free(&image);
    }
}

/* At level 1 everywhere, above it where no level reaches over the border. */
static void coefficients_stand_in_their_voxels(void **state)
{
    static const char *const wavelets[] = {"haar", "db2", "db3", "bior2.2"}, *const bands[] = {"LHL", "HH"};
    static const int32_t size[3] = {30, 28, 26};
    rml_patch image = formula_image(size);
    int n_compared = 0;

    (void)state;
    for (size_t c = 0; c < 4 * 2 * 2 * 5; ++c) {
        const rml_border border = (rml_border)(c / 16);
        rml_wavelet wavelet;
        rml_decimated transform = {&wavelet, bands[c / 4 % 2], (int32_t)(c / 8 % 2) + 1, border};
        const int far = transform.level == 1 ? 0 : 10; /* 3 * (6 - 1) taps, less those behind or ahead */
        const rml_box voxels = {{far, far, transform.bands[2] ? far : 4},
                                {30 - 2 * far, 28 - 2 * far, transform.bands[2] ? 26 - 2 * far : 3}};
        rml_decimated_grid grid;
        rml_atrous atrous;
        rml_margin margin;
        rml_patch patch;
        rml_box box, wide;
        double *out, *undecimated, *next;

        assert_int_equal(rml_wavelet_find(wavelets[c % 4], &wavelet), RML_OK);
        assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
        assert_int_equal(grid.step[0], 1 << transform.level);
        assert_int_equal(grid.step[2], transform.bands[2] ? 1 << transform.level : 1);
        box = rml_decimated_box(&grid, &voxels);
        out = next = coefficients(&transform, &image, &box);
        assert_int_equal(rml_atrous_init(&wavelet, transform.bands, transform.level, RML_POOL_NONE, &atrous), RML_OK);
        margin = rml_separable_margin(&atrous.filter);
        wide = rml_margin_box(&voxels, &margin);
        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &image}, &wide, border, &patch), RML_OK);
        undecimated = malloc((size_t)voxels.size[0] * (size_t)voxels.size[1] * (size_t)voxels.size[2] * sizeof(double));
        assert_non_null(undecimated);
        assert_int_equal(rml_separable_apply(&patch, &atrous.filter, undecimated), RML_OK);
        for (int z = 0; z < box.size[2]; ++z)
            for (int y = 0; y < box.size[1]; ++y)
                for (int x = 0; x < box.size[0]; ++x, ++next, ++n_compared) {
                    const int k[3] = {x, y, z};
                    int at[3];

                    for (int a = 0; a < 3; ++a)
                        at[a] = grid.first[a] + (box.first[a] + k[a]) * grid.step[a] - voxels.first[a];
                    assert_close(*next, undecimated[(at[2] * voxels.size[1] + at[1]) * voxels.size[0] + at[0]], 0.0,
                                 1e-11, wavelets[c % 4]);
                }
        free(undecimated);
        rml_patch_free(&patch);
        rml_atrous_free(&atrous);
        free(out);
    }
    assert_true(n_compared > 40 * 200);
    rml_patch_free(&image);
}

/* By hand: of db2 (four taps) level 1, coefficients stand at the odd voxels -1, 1, 3, …; periodic: at the even ones;
 * of level 2 at -3, 1, 5, … */
static void masks_are_read_at_the_coefficients(void **state)
{
    static const int32_t size[3] = {9, 8, 6};
    const rml_box mask_box = {{2, 1, 3}, {4, 3, 2}};
    uint8_t mask[4 * 3 * 2], out[8];
    rml_decimated_grid grid;
    rml_wavelet wavelet;
    rml_decimated transform = {&wavelet, "LLL", 1, RML_BORDER_MIRROR};
    rml_box box;

    (void)state;
    for (int v = 0; v < 24; ++v) mask[v] = (uint8_t)(v + 1);
    assert_int_equal(rml_wavelet_find("db2", &wavelet), RML_OK);
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
    assert_true(grid.first[0] == -1 && grid.step[0] == 2 && grid.size[0] == 6);
    box = rml_decimated_box(&grid, &mask_box); /* x 3 5, y 1 3, z 3 */
    assert_memory_equal(&box, (&(rml_box){{2, 1, 2}, {2, 2, 1}}), sizeof box);
    assert_int_equal(rml_decimated_mask(&grid, &mask_box, mask, &box, out), 4);
    assert_memory_equal(out, ((const uint8_t[]){2, 4, 10, 12}), 4);
    mask[3] = 0;
    assert_int_equal(rml_decimated_mask(&grid, &mask_box, mask, &box, out), 3);
    box.first[0] = 1; /* x 1 3: the first is without the box */
    assert_int_equal(rml_decimated_mask(&grid, &mask_box, mask, &box, out), 2);
    assert_memory_equal(out, ((const uint8_t[]){0, 2, 0, 10}), 4);

    transform.level = 2;
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
    assert_true(grid.first[0] == -3 && grid.step[0] == 4 && grid.size[0] == 4);
    box = rml_decimated_box(&grid, &mask_box); /* x 5, y 1, no z of 1 5 */
    assert_true(box.size[0] == 1 && box.size[1] == 1 && box.size[2] == 0);

    transform = (rml_decimated){&wavelet, "HL", 1, RML_BORDER_PERIODIC};
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
    assert_true(grid.first[0] == 0 && grid.size[0] == 5 && grid.size[1] == 4 && grid.size[2] == 6);
    box = rml_decimated_box(&grid, &mask_box); /* x 2 4, y 2, z 3 4 */
    assert_memory_equal(&box, (&(rml_box){{1, 1, 3}, {2, 1, 2}}), sizeof box);
    assert_int_equal(rml_decimated_mask(&grid, &mask_box, mask, &box, out), 4);
    assert_memory_equal(out, ((const uint8_t[]){5, 7, 17, 19}), 4);
}

/* By hand: db2's second coefficient stands at voxel 1 of every axis, its third at voxel 3, 2 voxels further. */
static void coefficients_stand_in_the_world(void **state)
{
    static const int32_t size[3] = {9, 8, 6};
    const rml_grid image = {.size = {9, 8, 6},
                            .spacing = {0.5, 2, 3},
                            .origin = {10, 20, 30},
                            .direction = {{0, 1, 0}, {-1, 0, 0}, {0, 0, 1}}};
    const rml_box box = {{1, 2, 1}, {4, 2, 3}};
    rml_decimated_grid grid;
    rml_wavelet wavelet;
    rml_decimated transform = {&wavelet, "LH", 1, RML_BORDER_MIRROR};
    rml_grid world;

    (void)state;
    assert_int_equal(rml_wavelet_find("db2", &wavelet), RML_OK);
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
    world = rml_decimated_world(&grid, &image, &box); /* x 1, y 3, z 1: slices stay as they are */
    assert_memory_equal(world.size, box.size, sizeof world.size);
    assert_true(world.spacing[0] == 1 && world.spacing[1] == 4 && world.spacing[2] == 3);
    assert_true(world.origin[0] == 16 && world.origin[1] == 19.5 && world.origin[2] == 33);
    assert_memory_equal(world.direction, image.direction, sizeof world.direction);
}

static void what_cannot_be_is_refused(void **state)
{
    static const char *const bands[] = {"", "L", "LLLL", "LX", "ll"};
    static const int32_t size[3] = {4, 4, 4};
    double voxels[64] = {0}, out[64];
    const rml_patch image = {.size = {4, 4, 4}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};
    const rml_box all = {{0, 0, 0}, {2, 2, 2}};
    const rml_box bad[] = {{{0, 0, 0}, {2, 0, 2}}, {{1, 0, 0}, {2, 1, 1}}, {{0, -1, 0}, {1, 1, 1}}};
    rml_decimated_grid grid;
    rml_wavelet wavelet;
    rml_decimated transform = {&wavelet, "LLH", 1, RML_BORDER_MIRROR};

    (void)state;
    assert_int_equal(rml_wavelet_find("haar", &wavelet), RML_OK);
    assert_int_equal(rml_decimated_apply(&transform, size, &all, &image, out), RML_OK);
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const rml_box reach = rml_decimated_reach(&transform, size, &bad[b]); /* the patch is not what is wrong */
        const rml_patch patch = {.size = {reach.size[0], reach.size[1], reach.size[2]}, .voxels = voxels};

        assert_int_equal(rml_decimated_apply(&transform, size, &bad[b], &patch, out), RML_EINVAL);
    }
    assert_int_equal(rml_decimated_apply(&transform, size, &(rml_box){{0, 0, 0}, {1, 1, 1}}, &image, out), RML_EINVAL);
    assert_int_equal(rml_decimated_grid_init(&transform, (const int32_t[]){4, 0, 4}, &grid), RML_EINVAL);
    transform.level = 0;
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_ESETTING);
    transform.level = RML_DECIMATED_MAX_LEVEL + 1;
    assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_ESETTING);
    for (size_t b = 0; b < sizeof bands / sizeof *bands; ++b) {
        transform = (rml_decimated){&wavelet, bands[b], 1, RML_BORDER_MIRROR};
        assert_int_equal(rml_decimated_apply(&transform, size, &all, &image, out), RML_ESETTING);
    }
}

/* One voxel is all there is of every level; of the longest wavelet, level 12: the rule is followed as far as that. */
static void one_voxel_is_enough(void **state)
{
    static const int32_t size[3] = {1, 1, 1};
    rml_patch image = formula_image(size);
    rml_wavelet wavelet;

    (void)state;
    assert_int_equal(rml_wavelet_find("coif17", &wavelet), RML_OK);
    for (int border = RML_BORDER_ZERO; border <= RML_BORDER_WHOLE; ++border) {
        rml_decimated transform = {&wavelet, "LLL", RML_DECIMATED_MAX_LEVEL, (rml_border)border};
        const rml_box voxels = {{0, 0, 0}, {1, 1, 1}};
        rml_decimated_grid grid;
        double *out;
        rml_box box;

        assert_int_equal(rml_decimated_grid_init(&transform, size, &grid), RML_OK);
        box = rml_decimated_box(&grid, &voxels);
        if (box.size[0] == 0) box = (rml_box){{grid.size[0] / 2, 0, 0}, {1, 1, 1}};
        assert_true(rml_decimated_bytes(&transform, size, box.size) > 0.0);
        out = coefficients(&transform, &image, &box);
        /* a constant grows by the square root of 2 at each level and axis; zero knows no constant */
        if (border != RML_BORDER_ZERO) assert_close(*out, -20.0 * 0x1p18, 1e-9, 0.0, "one voxel");
        free(out);
    }
    rml_patch_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficients_are_pywavelets),        cmocka_unit_test(coefficients_stand_in_their_voxels),
        cmocka_unit_test(masks_are_read_at_the_coefficients), cmocka_unit_test(coefficients_stand_in_the_world),
        cmocka_unit_test(what_cannot_be_is_refused),          cmocka_unit_test(one_voxel_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
