/* The picture of the ROI's levels. Oracle: the definition, voxel by voxel. */
#include "kernels/texture/levels.h"
#include "tests/support/support.h"

/* What level (x,y,z) should be: the rank of the voxel's bin among the bins that occur, 0 outside. */
static void check_picture(const rml_levels *levels, const uint8_t *mask, const int32_t *bins, int64_t n_voxels)
{
    const int32_t *size = levels->size, m = levels->margin;
    const int32_t *bin = bins;
    int64_t counted = 0;

    assert_int_equal(levels->n_voxels, n_voxels);
    assert_int_equal((uintptr_t)levels->level % 64, 0);
    assert_int_equal(levels->row % 32, 0);
    for (int32_t z = -m; z < size[2] + m; ++z)
        for (int32_t y = -m; y < size[1] + m; ++y)
            for (int32_t x = -m; x < size[0] + m; ++x) {
                const uint16_t level = levels->level[z * levels->slice + y * levels->row + x];
                const bool inside = x >= 0 && x < size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2];

                if (!inside || !mask[((int64_t)z * size[1] + y) * size[0] + x]) {
                    assert_int_equal(level, 0);
                    continue;
                }
                assert_in_range(level, 1, levels->n_levels);
                assert_int_equal(levels->grey[level - 1], *bin++);
            }
    for (int32_t r = 0; r < levels->n_levels; ++r) {
        int64_t n = 0;

        for (int64_t v = 0; v < n_voxels; ++v) n += bins[v] == levels->grey[r];
        assert_int_equal(levels->count[r], n);
        assert_true(n > 0);
        if (r > 0) assert_true(levels->grey[r - 1] < levels->grey[r]);
        counted += n;
    }
    assert_int_equal(counted, n_voxels);
    for (int64_t r = 0; r < (int64_t)size[1] * size[2]; ++r) {
        int32_t first = 1, last = 0;

        for (int32_t x = size[0] - 1; x >= 0; --x)
            if (mask[r * size[0] + x]) {
                last = first > last ? x : last;
                first = x;
            }
        assert_true((levels->extent[r][0] > levels->extent[r][1]) == (first > last));
        if (first > last) continue;
        assert_int_equal(levels->extent[r][0], first);
        assert_int_equal(levels->extent[r][1], last);
    }
}

static void random_pictures_hold_their_voxels(void **state)
{
    static const int32_t sizes[][3] = {{1, 1, 1},  {5, 4, 3},  {31, 3, 2}, {32, 2, 3},
                                       {33, 1, 2}, {1, 40, 1}, {64, 5, 4}};
    static const int32_t scales[] = {1, 7, 300, 40000000}; /* the last goes by sorting */
    uint64_t seed = 7;
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; ++s)
        for (size_t k = 0; k < sizeof scales / sizeof scales[0]; ++k)
            for (int32_t margin = 1; margin <= 35; margin += 17) {
                uint8_t mask[64 * 5 * 4];
                int32_t bins[64 * 5 * 4];
                const int64_t n_box = (int64_t)sizes[s][0] * sizes[s][1] * sizes[s][2];
                int64_t n = 0;
                rml_levels levels;

                for (int64_t v = 0; v < n_box; ++v) {
                    mask[v] = v == 0 || rml_test_uniform(&seed) < 0.6;
                    if (mask[v]) bins[n++] = 1 + scales[k] * (int32_t)(rml_test_random(&seed) % 20);
                }
                assert_int_equal(rml_levels_init(&levels, mask, sizes[s], bins, n, margin), RML_OK);
                check_picture(&levels, mask, bins, n);
                rml_levels_free(&levels);
                assert_null(levels.level);
            }
}

static void wrong_input_is_refused(void **state)
{
    const uint8_t mask[4] = {1, 0, 1, 1}, empty[4] = {0};
    const int32_t bins[3] = {2, 5, 2}, zero[3] = {2, 0, 2}, size[3] = {2, 2, 1}, flat[3] = {2, 0, 1};
    rml_levels levels;
    (void)state;
    assert_int_equal(rml_levels_init(&levels, mask, flat, bins, 3, 1), RML_EINVAL);
    assert_int_equal(rml_levels_init(&levels, mask, size, bins, 2, 1), RML_EINVAL);
    assert_int_equal(rml_levels_init(&levels, mask, size, zero, 3, 1), RML_EINVAL);
    assert_int_equal(rml_levels_init(&levels, mask, size, bins, 3, 0), RML_EINVAL);
    assert_int_equal(rml_levels_init(&levels, empty, size, bins, 0, 1), RML_EEMPTY);
    assert_null(levels.memory);
    rml_levels_free(NULL);
}

/* 65535 levels fit, one more does not. */
static void levels_are_counted(void **state)
{
    const int32_t size[3] = {256, 256, 1};
    uint8_t *mask = malloc(65536);
    int32_t *bins = malloc(65536 * sizeof *bins);
    rml_levels levels;
    (void)state;
    assert_non_null(mask);
    assert_non_null(bins);
    memset(mask, 1, 65536);
    for (int32_t v = 0; v < 65536; ++v) bins[v] = 65536 - v;
    assert_int_equal(rml_levels_init(&levels, mask, size, bins, 65536, 1), RML_ESETTING);
    bins[0] = 7;
    assert_int_equal(rml_levels_init(&levels, mask, size, bins, 65536, 1), RML_OK);
    assert_int_equal(levels.n_levels, 65535);
    assert_int_equal(levels.level[0], 7);
    assert_int_equal(levels.level[1], 65535);
    rml_levels_free(&levels);
    free(bins);
    free(mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pictures_hold_their_voxels),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(levels_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
