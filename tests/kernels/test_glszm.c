/* Grey level size zone matrix and its features. */
#include "tests/support/sizes.h"

#include "kernels/texture/glszm.h"
#include "tests/oracle/pyradiomics_sizes.h"

#define N_FEATURES 16

/* Zones by flood filling from each voxel not yet in one; axis of the planes as PyRadiomics counts it, or -1. */
static dense plain_zones(const picture *image, int32_t axis)
{
    dense matrix = dense_new(picture_highest(image), picture_cells(image));
    picture left = {{image->size[0], image->size[1], image->size[2]}, NULL};
    int64_t *queue = malloc((size_t)picture_cells(image) * sizeof *queue);

    left.grey = malloc((size_t)picture_cells(image) * sizeof *left.grey);
    memcpy(left.grey, image->grey, (size_t)picture_cells(image) * sizeof *left.grey);
    for (int64_t seed = 0; seed < picture_cells(image); ++seed) {
        const int32_t grey = left.grey[seed];
        int64_t n = 0;

        if (!grey) continue;
        queue[n++] = seed;
        left.grey[seed] = 0;
        for (int64_t q = 0; q < n; ++q) {
            const int64_t x = queue[q] % image->size[0], y = queue[q] / image->size[0] % image->size[1],
                          z = queue[q] / image->size[0] / image->size[1];

            for (int code = 0; code < 27; ++code) {
                const int32_t dx = code % 3 - 1, dy = code / 3 % 3 - 1, dz = code / 9 - 1;

                if ((axis == 0 && dz) || (axis == 1 && dy) || (axis == 2 && dx)) continue;
                if (picture_get(&left, x + dx, y + dy, z + dz) != grey) continue;
                int32_t *cell = picture_at(&left, (int32_t)x + dx, (int32_t)y + dy, (int32_t)z + dz);
                queue[n++] = cell - left.grey;
                *cell = 0;
            }
        }
        *dense_at(&matrix, grey, n) += 1.0;
    }
    free(left.grey);
    free(queue);
    return matrix;
}

static void features(const picture *image, const rml_texture_settings *settings, double *value)
{
    rml_levels levels = picture_levels(image, 1);
    void *scratch = scratch_new(rml_glszm_scratch_bytes(&levels, settings));
    uint8_t reason[N_FEATURES];

    assert_int_equal(rml_glszm_features(&levels, settings, ~(rml_wanted)0, scratch, value, reason), RML_OK);
    for (int f = 0; f < N_FEATURES; ++f) assert_int_equal(reason[f], RML_DEFINED);
    free(scratch);
    rml_levels_free(&levels);
}

/* zones out [n_voxels], rows as first says; returns the number of zones */
static int64_t count(const rml_levels *levels, const rml_texture_settings *settings, int64_t *first, uint32_t *zones)
{
    void *work = scratch_new(rml_glszm_work_bytes(levels));
    int64_t n_zones;

    rml_glszm_rows(levels, first);
    assert_int_equal(rml_glszm_count(levels, settings, first, work, zones, &n_zones), RML_OK);
    free(work);
    return n_zones;
}

/* Oracle: the 4x4 texture and its matrix worked through in Thibault et al. 2009 (Texture indexes and gray level size
 * zone matrix), 8-connected: exact. */
static void counts_match_thibault(void **state)
{
    static const int32_t grey[16] = {1, 2, 3, 4, 1, 3, 4, 4, 3, 2, 2, 2, 4, 1, 4, 1};
    static const uint32_t expected[4][3] = {{2, 1, 0}, {1, 0, 1}, {0, 0, 1}, {2, 0, 1}};
    const rml_texture_settings settings = rml_texture_defaults();
    picture image = picture_new(4, 4, 1);
    uint32_t zones[16];
    int64_t first[5];
    (void)state;

    memcpy(image.grey, grey, sizeof grey);
    rml_levels levels = picture_levels(&image, 1);
    assert_int_equal(count(&levels, &settings, first, zones), 9);
    for (int r = 0; r < 4; ++r)
        for (int64_t size = 1; size <= levels.count[r]; ++size)
            assert_int_equal(zones[first[r] + size - 1], size <= 3 ? expected[r][size - 1] : 0);
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: IBSI reference manual, digital phantom, to the three digits published. 2.5D is PyRadiomics' force2D. */
static void phantom_matches_ibsi(void **state)
{
    static const struct {
        const char *aggregation;
        double published[N_FEATURES];
    } tables[] = {
        {"3D", {1.4, 0.28, 2.64, 15.6, 550, 1490, 503, 0.253, 1, 0.2, 0.255, 2.76, 0.0256, 2.32, 0.0676, 331}},
        {"2.5D",
         {5.44, 0.302, 3.92, 16.2, 34.2, 107, 30.6, 0.368, 3.44, 0.191, 0.368, 9.87, 0.0295, 3.08, 0.243, 17.3}},
    };
    picture image = picture_phantom();
    (void)state;

    for (int t = 0; t < 2; ++t) {
        rml_texture_settings settings = rml_texture_defaults();
        double value[N_FEATURES];

        settings.force_2d = t == 1;
        features(&image, &settings, value);
        assert_published(value, tables[t].published, RML_GLSZM, tables[t].aggregation);
    }
    free(image.grey);
}

/* Oracle: PyRadiomics 3.0.1, tests/oracle/pyradiomics_sizes.h. */
static void values_match_pyradiomics(void **state)
{
    int n = 0;
    (void)state;

    for (size_t row = 0; row < sizeof oracle / sizeof *oracle; ++row) {
        if (strcmp(oracle[row].class_, "glszm") != 0) continue;
        const rml_texture_settings settings = oracle_settings(oracle[row].config);
        picture image = picture_oracle(oracle[row].image);
        double value[N_FEATURES];

        features(&image, &settings, value);
        assert_oracle(value, oracle[row].value, RML_GLSZM, oracle[row].config);
        free(image.grey);
        ++n;
    }
    assert_int_equal(n, 12);
}

/* Oracle: flood filling, on boxes whose rows end before, at and after a word's end; the counts are compared exactly. */
static void matches_flood_filling(void **state)
{
    static const int32_t extents[] = {1, 2, 3, 31, 32, 33, 63, 64, 65, 128, 130};
    (void)state;

    for (size_t e = 0; e < sizeof extents / sizeof *extents; ++e)
        for (int variant = 0; variant < 8; ++variant) {
            const int32_t ny = variant % 3 + 1 + (variant > 5) * 6, nz = (variant + 1) / 2 + 1;
            picture image = picture_random(extents[e], ny, nz, variant % 4 < 2 ? 2 : 5, variant == 4 ? 0.3 : 0.9,
                                           variant % 2 ? 0.7 : 0.1, 31 * e + (uint64_t)variant);
            rml_levels levels = picture_levels(&image, 1);
            uint32_t *zones = malloc((size_t)levels.n_voxels * sizeof *zones);

            for (int32_t axis = -1; axis < 3; ++axis) {
                rml_texture_settings settings = rml_texture_defaults();
                int64_t first[6];
                double value[N_FEATURES], sum = 0.0;

                settings.force_2d = axis >= 0;
                settings.force_2d_axis = axis >= 0 ? axis : 0;
                dense matrix = plain_zones(&image, axis);
                const int64_t n_zones = count(&levels, &settings, first, zones);
                for (int32_t r = 0; r < levels.n_levels; ++r)
                    for (int64_t size = 1; size <= levels.count[r]; ++size) {
                        assert_true(zones[first[r] + size - 1] == *dense_at(&matrix, levels.grey[r], size));
                        sum += *dense_at(&matrix, levels.grey[r], size);
                    }
                assert_close((double)n_zones, sum, 0, 0, "zones");
                features(&image, &settings, value);
                assert_dense_features(&matrix, RML_GLSZM, value, "zones");
                free(matrix.cell);
            }
            free(zones);
            rml_levels_free(&levels);
            free(image.grey);
        }
}

/* Identity: sizes add up to the voxels of each level; flips, transposes and background change nothing; a permutation of
 * the levels permutes the rows. Counts, so exact. */
static void zones_hold_every_voxel_however_turned(void **state)
{
    picture image = picture_random(40, 13, 11, 3, 0.8, 0.4, 5);
    picture other[8] = {picture_flipped(&image, 0),       picture_flipped(&image, 1),
                        picture_flipped(&image, 2),       picture_transposed(&image, 0, 1),
                        picture_transposed(&image, 0, 2), picture_transposed(&image, 1, 2),
                        picture_padded(&image, 3, 61),    picture_padded(&image, 0, 0)};
    const int32_t permuted[4] = {0, 2, 3, 1};
    const rml_texture_settings settings = rml_texture_defaults();
    rml_levels levels = picture_levels(&image, 1);
    uint32_t *zones = malloc((size_t)levels.n_voxels * sizeof *zones);
    uint32_t *turned = malloc((size_t)levels.n_voxels * sizeof *turned);
    int64_t first[4], first_turned[4];
    (void)state;

    (void)count(&levels, &settings, first, zones);
    for (int r = 0; r < 3; ++r) {
        int64_t voxels = 0;

        for (int64_t c = first[r]; c < first[r + 1]; ++c) voxels += zones[c] * (c - first[r] + 1);
        assert_int_equal(voxels, levels.count[r]);
    }
    for (int64_t v = 0; v < picture_cells(&other[7]); ++v) other[7].grey[v] = permuted[other[7].grey[v]];
    for (int o = 0; o < 8; ++o) {
        rml_levels of_other = picture_levels(&other[o], 1);

        (void)count(&of_other, &settings, first_turned, turned);
        for (int r = 0; r < 3; ++r) {
            const int to = o == 7 ? permuted[r + 1] - 1 : r;

            assert_int_equal(of_other.count[to], levels.count[r]);
            assert_memory_equal(turned + first_turned[to], zones + first[r], (size_t)levels.count[r] * sizeof *zones);
        }
        rml_levels_free(&of_other);
        free(other[o].grey);
    }
    free(turned);
    free(zones);
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: by hand. One voxel; one level; two far voxels; a checkerboard, whose colours touch across corners; the same
 * in the planes; a comb whose teeth meet in the last row only. */
static void small_cases(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    picture one = picture_new(1, 1, 1), flat = picture_new(5, 4, 3), far = picture_new(70, 5, 4),
            board = picture_new(4, 4, 4), comb = picture_new(129, 20, 1);
    const int32_t percentage = rml_feature_index(RML_GLSZM, "ZonePercentage"),
                  large = rml_feature_index(RML_GLSZM, "LargeAreaEmphasis"),
                  entropy = rml_feature_index(RML_GLSZM, "ZoneEntropy"),
                  low = rml_feature_index(RML_GLSZM, "LowGrayLevelZoneEmphasis");
    double value[N_FEATURES];
    (void)state;

    one.grey[0] = 7;
    features(&one, &settings, value);
    assert_close(value[percentage], 1, 0, 0, "one voxel");
    assert_close(value[low], 1 / 49.0, 1e-15, 0, "one voxel");
    assert_close(value[entropy], 0, 0, 0, "one voxel");

    for (int v = 0; v < 60; ++v) flat.grey[v] = 1;
    features(&flat, &settings, value);
    assert_close(value[large], 3600, 0, 0, "one level");
    settings.force_2d = true;
    features(&flat, &settings, value);
    assert_close(value[large], 400, 0, 0, "one level in three slices");
    settings.force_2d = false;

    *picture_at(&far, 0, 0, 0) = *picture_at(&far, 69, 4, 3) = 1;
    features(&far, &settings, value);
    assert_close(value[percentage], 1, 0, 0, "two far voxels");

    for (int32_t z = 0; z < 4; ++z)
        for (int32_t y = 0; y < 4; ++y)
            for (int32_t x = 0; x < 4; ++x) *picture_at(&board, x, y, z) = 1 + (x + y + z) % 2;
    features(&board, &settings, value);
    assert_close(value[large], 32 * 32, 0, 0, "checkerboard");

    for (int32_t y = 0; y < 20; ++y)
        for (int32_t x = 0; x < 129; ++x) *picture_at(&comb, x, y, 0) = x % 2 == 0 || y == 19 ? 1 : 2;
    features(&comb, &settings, value);
    const double handle = 65 * 20 + 64, tooth = 19;
    assert_close(value[large], (handle * handle + 64 * tooth * tooth) / 65, 1e-15, 0, "comb");

    free(one.grey);
    free(flat.grey);
    free(far.grey);
    free(board.grey);
    free(comb.grey);
}

/* 50 000 levels in one ROI, and one zone of a million voxels, need no more scratch than some tens of bytes a voxel. */
static void scratch_stays_in_proportion(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    picture many = picture_new(50, 50, 20), huge = picture_new(100, 100, 100);
    double value[N_FEATURES];
    (void)state;

    for (int32_t v = 0; v < 50000; ++v) many.grey[v] = 1 + v;
    for (int32_t v = 0; v < 1000000; ++v) huge.grey[v] = 3;
    rml_levels levels = picture_levels(&many, 1);
    assert_true(rml_glszm_scratch_bytes(&levels, &settings) < (size_t)64 * 50000);
    rml_levels_free(&levels);
    levels = picture_levels(&huge, 1);
    assert_true(rml_glszm_scratch_bytes(&levels, &settings) < (size_t)32 * 1000000);
    rml_levels_free(&levels);

    features(&many, &settings, value);
    assert_close(value[rml_feature_index(RML_GLSZM, "ZoneEntropy")], log2(50000), 1e-12, 0, "ZoneEntropy");
    features(&huge, &settings, value);
    assert_close(value[rml_feature_index(RML_GLSZM, "LargeAreaEmphasis")], 1e12, 0, 0, "LargeAreaEmphasis");
    free(many.grey);
    free(huge.grey);
}

/* What is not wanted stays NaN, and settings outside their ranges are refused. */
static void wanted_and_refused(void **state)
{
    picture image = picture_phantom();
    rml_levels levels = picture_levels(&image, 1);
    rml_texture_settings settings = rml_texture_defaults();
    void *scratch = scratch_new(rml_glszm_scratch_bytes(&levels, &settings));
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    assert_int_equal(rml_glszm_features(&levels, &settings, 1u << 15, scratch, value, reason), RML_OK);
    for (int f = 0; f < N_FEATURES; ++f) assert_int_equal(isnan(value[f]) != 0, f != 15);
    settings.force_2d = true;
    settings.force_2d_axis = -1;
    assert_int_equal(rml_glszm_features(&levels, &settings, 1u << 15, scratch, value, reason), RML_EINVAL);
    assert_true(isnan(value[15]));
    free(scratch);
    rml_levels_free(&levels);
    free(image.grey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_match_thibault),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(values_match_pyradiomics),
        cmocka_unit_test(matches_flood_filling),
        cmocka_unit_test(zones_hold_every_voxel_however_turned),
        cmocka_unit_test(small_cases),
        cmocka_unit_test(scratch_stays_in_proportion),
        cmocka_unit_test(wanted_and_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
