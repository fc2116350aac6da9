/* IBSI-2, phase 1: the response maps of the consensus (theibsi/ibsi_2_reference_data), every voxel within 1 % of the
 * map's range, which is what IBSI asks for. Skipped where the reference data are not. */
#include "tests/kernels/image_cases.h"

#include "kernels/image/atrous.h"
#include "kernels/image/energy.h"
#include "kernels/image/fourier.h"
#include "kernels/image/gabor.h"
#include "kernels/image/laws.h"
#include "kernels/image/log_sampled.h"
#include "kernels/image/mean.h"

enum { MAX_VOXELS = 64 * 64 * 64 };

static const double spacing[3] = {2.0, 2.0, 2.0}; /* mm, of every phantom */

/* The digital phantom, whole, with a filter's margin; to be freed with rml_patch_free. */
static rml_patch phantom(const char *name, const rml_margin *margin, rml_border border)
{
    rml_volume image;
    rml_patch patch;
    rml_box box = {{0, 0, 0}, {0, 0, 0}};
    char path[128];

    snprintf(path, sizeof path, "reference/ibsi/data/ibsi_2_digital_phantom/%s.nii.gz", name);
    assert_true(load_image(path, &image));
    memcpy(box.size, image.grid.size, sizeof box.size);
    box = rml_margin_box(&box, margin);
    assert_int_equal(rml_patch_cut(&(rml_patch_source){.volume = &image}, &box, border, &patch), RML_OK);
    rml_volume_free(&image);
    return patch;
}

static void check_map(const char *id, const double *out)
{
    double *map = malloc(MAX_VOXELS * sizeof *map), low = INFINITY, high = -INFINITY, worst = 0.0;
    rml_box box = {{0, 0, 0}, {0, 0, 0}};
    rml_volume reference;
    char path[128];

    assert_non_null(map);
    snprintf(path, sizeof path, "reference/ibsi/data/ibsi_2_reference_response_maps/%s.nii.gz", id);
    assert_true(load_image(path, &reference));
    memcpy(box.size, reference.grid.size, sizeof box.size);
    assert_int_equal((int64_t)box.size[0] * box.size[1] * box.size[2], MAX_VOXELS);
    rml_volume_crop(&reference, &box, map);
    for (int v = 0; v < MAX_VOXELS; ++v) {
        low = fmin(low, map[v]);
        high = fmax(high, map[v]);
        worst = fmax(worst, fabs(out[v] - map[v]));
        if (isnan(out[v])) fail_msg("%s: NaN", id);
    }
    print_message("%s: %.2g %% of the range\n", id, 100.0 * worst / (high - low));
    assert_true(worst <= 0.01 * (high - low));
    rml_volume_free(&reference);
    free(map);
}

static double *response(void)
{
    double *out = malloc(MAX_VOXELS * sizeof *out);

    assert_non_null(out);
    return out;
}

static void mean_maps(void **state)
{
    static const struct {
        const char *id, *phantom;
        rml_border border;
        int n_axes;
    } maps[] = {
        {"1_a_1", "checkerboard", RML_BORDER_ZERO, 3},     {"1_a_2", "checkerboard", RML_BORDER_NEAREST, 3},
        {"1_a_3", "checkerboard", RML_BORDER_PERIODIC, 3}, {"1_a_4", "checkerboard", RML_BORDER_MIRROR, 3},
        {"1_b_1", "impulse", RML_BORDER_ZERO, 2},
    };
    double *out = response();

    (void)state;
    for (size_t m = 0; m < sizeof maps / sizeof *maps; ++m) {
        const rml_margin margin = rml_mean_margin(15, maps[m].n_axes);
        rml_patch patch = phantom(maps[m].phantom, &margin, maps[m].border);

        assert_int_equal(rml_mean_apply(&patch, 15, maps[m].n_axes, out), RML_OK);
        check_map(maps[m].id, out);
        rml_patch_free(&patch);
    }
    free(out);
}

static void log_maps(void **state)
{
    static const struct {
        const char *id, *phantom;
        rml_border border;
        rml_log_sampled filter;
    } maps[] = {
        {"2_a", "impulse", RML_BORDER_ZERO, {3.0, 4.0, 3}},
        {"2_b", "checkerboard", RML_BORDER_MIRROR, {5.0, 4.0, 3}},
        {"2_c", "checkerboard", RML_BORDER_MIRROR, {5.0, 4.0, 2}},
    };
    double *out = response();

    (void)state;
    for (size_t m = 0; m < sizeof maps / sizeof *maps; ++m) {
        rml_margin margin;
        rml_patch patch;

        assert_int_equal(rml_log_sampled_margin(&maps[m].filter, spacing, &margin), RML_OK);
        patch = phantom(maps[m].phantom, &margin, maps[m].border);
        assert_int_equal(rml_log_sampled_apply(&patch, &maps[m].filter, out), RML_OK);
        check_map(maps[m].id, out);
        rml_patch_free(&patch);
    }
    free(out);
}

/* delta 0: no energy */
static void laws_map(const char *id, const char *name, const char *image, rml_border border, rml_pool pool,
                     int32_t delta)
{
    rml_separable filter;
    rml_margin margin;
    rml_patch patch, wide, filtered = {.size = {64, 64, 64}, .voxels = response()};
    double *energy = response();

    assert_int_equal(rml_laws_init(name, pool, &filter), RML_OK);
    margin = rml_separable_margin(&filter);
    patch = phantom(image, &margin, border);
    assert_int_equal(rml_separable_apply(&patch, &filter, filtered.voxels), RML_OK);
    if (delta == 0) {
        check_map(id, filtered.voxels);
    } else {
        const rml_box whole = {{0, 0, 0}, {64, 64, 64}};
        const rml_margin more = rml_energy_margin(delta, filter.n_axes);
        const rml_box box = rml_margin_box(&whole, &more);

        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &filtered}, &box, border, &wide), RML_OK);
        assert_int_equal(rml_energy_apply(&wide, delta, filter.n_axes, energy), RML_OK);
        check_map(id, energy);
        rml_patch_free(&wide);
    }
    free(energy);
    rml_patch_free(&filtered);
    rml_patch_free(&patch);
}

static void laws_maps(void **state)
{
    (void)state;
    laws_map("3_a_1", "E5L5S5", "impulse", RML_BORDER_ZERO, RML_POOL_NONE, 0);
    laws_map("3_a_2", "E5L5S5", "impulse", RML_BORDER_ZERO, RML_POOL_MAX, 0);
    laws_map("3_a_3", "E5L5S5", "impulse", RML_BORDER_ZERO, RML_POOL_MAX, 7);
    laws_map("3_b_1", "E3W5R5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_NONE, 0);
    laws_map("3_b_2", "E3W5R5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_MAX, 0);
    laws_map("3_b_3", "E3W5R5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_MAX, 7);
    laws_map("3_c_1", "L5S5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_NONE, 0);
    laws_map("3_c_2", "L5S5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_MAX, 0);
    laws_map("3_c_3", "L5S5", "checkerboard", RML_BORDER_MIRROR, RML_POOL_MAX, 7);
}

static void wavelet_maps(void **state)
{
    static const struct {
        const char *id, *phantom, *wavelet, *bands;
        int32_t level;
        rml_border border;
        rml_pool pool;
    } maps[] = {
        {"5_a_1", "impulse", "db2", "LHL", 1, RML_BORDER_ZERO, RML_POOL_NONE},
        {"5_a_2", "impulse", "db2", "LHL", 1, RML_BORDER_ZERO, RML_POOL_MEAN},
        {"6_a_1", "sphere", "coif1", "HHL", 1, RML_BORDER_PERIODIC, RML_POOL_NONE},
        {"6_a_2", "sphere", "coif1", "HHL", 1, RML_BORDER_PERIODIC, RML_POOL_MEAN},
        {"7_a_1", "checkerboard", "haar", "LLL", 2, RML_BORDER_MIRROR, RML_POOL_MEAN},
        {"7_a_2", "checkerboard", "haar", "HHH", 2, RML_BORDER_MIRROR, RML_POOL_MEAN},
    };
    double *out = response();

    (void)state;
    for (size_t m = 0; m < sizeof maps / sizeof *maps; ++m) {
        rml_wavelet wavelet;
        rml_atrous atrous;
        rml_margin margin;
        rml_patch patch;

        assert_int_equal(rml_wavelet_find(maps[m].wavelet, &wavelet), RML_OK);
        assert_int_equal(rml_atrous_init(&wavelet, maps[m].bands, maps[m].level, maps[m].pool, &atrous), RML_OK);
        margin = rml_separable_margin(&atrous.filter);
        patch = phantom(maps[m].phantom, &margin, maps[m].border);
        assert_int_equal(rml_separable_apply(&patch, &atrous.filter, out), RML_OK);
        check_map(maps[m].id, out);
        rml_patch_free(&patch);
        rml_atrous_free(&atrous);
    }
    free(out);
}

static void gabor_maps(void **state)
{
    static const struct {
        const char *id, *phantom;
        rml_border border;
        rml_gabor filter;
    } maps[] = {
        {"4_a_1", "impulse", RML_BORDER_ZERO, {10, 4, 0.5, M_PI / 3, 0, false, RML_POOL_NONE}},
        {"4_a_2", "impulse", RML_BORDER_ZERO, {10, 4, 0.5, 0, M_PI / 4, true, RML_POOL_MEAN}},
        {"4_b_1", "sphere", RML_BORDER_MIRROR, {20, 8, 2.5, 5 * M_PI / 4, 0, false, RML_POOL_NONE}},
        {"4_b_2", "sphere", RML_BORDER_MIRROR, {20, 8, 2.5, 0, M_PI / 8, true, RML_POOL_MEAN}},
    };
    double *out = response();

    (void)state;
    for (size_t m = 0; m < sizeof maps / sizeof *maps; ++m) {
        rml_margin margin;
        rml_patch patch;

        assert_int_equal(rml_gabor_margin(&maps[m].filter, spacing, &margin), RML_OK);
        patch = phantom(maps[m].phantom, &margin, maps[m].border);
        assert_int_equal(rml_gabor_apply(&patch, &maps[m].filter, out), RML_OK);
        check_map(maps[m].id, out);
        rml_patch_free(&patch);
    }
    free(out);
}

static void fourier_maps(void **state)
{
    static const struct {
        const char *id, *phantom;
        double log_sigma; /* of a LoG before it, with zeros beyond the border; 0: none */
        rml_fourier filter;
    } maps[] = {
        {"8_a_1", "checkerboard", 0.0, {1, {0, 0, 0}, 3}}, {"8_a_2", "checkerboard", 0.0, {2, {0, 0, 0}, 3}},
        {"8_a_3", "checkerboard", 0.0, {3, {0, 0, 0}, 3}}, {"9_a", "impulse", 3.0, {0, {1, 0, 0}, 3}},
        {"9_b_1", "sphere", 3.0, {0, {0, 2, 0}, 3}},       {"10_b_1", "pattern_1", 0.0, {1, {0, 2, 0}, 3}},
    };
    double *out = response(), *filtered = response();

    (void)state;
    for (size_t m = 0; m < sizeof maps / sizeof *maps; ++m) {
        const rml_log_sampled log = {maps[m].log_sigma, 4.0, 3};
        rml_patch patch, image = {.size = {64, 64, 64}, .voxels = filtered};
        rml_margin margin = {{0}, {0}};

        if (maps[m].log_sigma > 0.0) assert_int_equal(rml_log_sampled_margin(&log, spacing, &margin), RML_OK);
        patch = phantom(maps[m].phantom, &margin, RML_BORDER_ZERO);
        if (maps[m].log_sigma > 0.0)
            assert_int_equal(rml_log_sampled_apply(&patch, &log, filtered), RML_OK);
        else
            memcpy(filtered, patch.voxels, MAX_VOXELS * sizeof *filtered);
        assert_int_equal(rml_fourier_apply(&image, &maps[m].filter, out), RML_OK);
        check_map(maps[m].id, out);
        rml_patch_free(&patch);
    }
    free(out);
    free(filtered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_maps),    cmocka_unit_test(log_maps),   cmocka_unit_test(laws_maps),
        cmocka_unit_test(wavelet_maps), cmocka_unit_test(gabor_maps), cmocka_unit_test(fourier_maps),
    };

    if (!rml_shared("reference/ibsi/data")) rml_skip_program("the reference data of IBSI-2 are not here");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
