/* Grey level run length matrix and its features. */
#include "tests/support/sizes.h"

#include "kernels/texture/glrlm.h"
#include "kernels/texture/offsets.h"
#include "tests/oracle/pyradiomics_sizes.h"

#define N_FEATURES 16

/* One direction's runs, walked line by line from where each line enters the box. False when no line holds two voxels.
 */
static bool plain_runs(const picture *image, const int32_t step[3], double weight, dense *matrix)
{
    bool any = false;

    for (int pass = 0; pass < 2; ++pass) {
        if (pass == 1 && !any) return false;
        for (int32_t z = 0; z < image->size[2]; ++z)
            for (int32_t y = 0; y < image->size[1]; ++y)
                for (int32_t x = 0; x < image->size[0]; ++x) {
                    int64_t at[3] = {x, y, z}, length = 0;
                    int32_t previous = 0, n_on_line = 0;

                    const bool enters = x - step[0] < 0 || x - step[0] >= image->size[0] || y - step[1] < 0 ||
                                        y - step[1] >= image->size[1] || z - step[2] < 0 ||
                                        z - step[2] >= image->size[2];
                    if (!enters) continue;
                    for (;;) {
                        const bool inside = at[0] >= 0 && at[1] >= 0 && at[2] >= 0 && at[0] < image->size[0] &&
                                            at[1] < image->size[1] && at[2] < image->size[2];
                        const int32_t grey = inside ? picture_get(image, at[0], at[1], at[2]) : 0;

                        n_on_line += grey != 0;
                        if (grey == previous) {
                            ++length;
                        } else {
                            if (pass == 1 && previous) *dense_at(matrix, previous, length) += weight;
                            previous = grey;
                            length = 1;
                        }
                        if (!inside) break;
                        for (int axis = 0; axis < 3; ++axis) at[axis] += step[axis];
                    }
                    if (n_on_line > 1) any = true;
                }
    }
    return true;
}

static int32_t longest_side(const picture *image)
{
    int32_t longest = 1;

    for (int axis = 0; axis < 3; ++axis)
        if (image->size[axis] > longest) longest = image->size[axis];
    return longest;
}

static void features(const picture *image, const rml_texture_settings *settings, double *value, uint8_t *reason)
{
    rml_levels levels = picture_levels(image, 1);
    void *scratch = scratch_new(rml_glrlm_scratch_bytes(&levels, settings));

    assert_int_equal(rml_glrlm_features(&levels, settings, ~(rml_wanted)0, scratch, value, reason), RML_OK);
    free(scratch);
    rml_levels_free(&levels);
}

/* Oracle: the 4x4 image and its 0-degree run lengths of Galloway 1975 (Computer Graphics and Image Processing 4),
 * levels 0..3 there, 1..4 here: counts are integers, so the comparison is exact. The other directions are the plain
 * walk's. */
static void counts_match_galloway(void **state)
{
    static const int32_t grey[16] = {1, 2, 3, 4, 1, 3, 4, 4, 3, 3, 3, 3, 4, 1, 4, 1};
    static const uint32_t horizontal[4][4] = {{4, 0, 0, 0}, {1, 0, 0, 0}, {2, 0, 0, 1}, {3, 1, 0, 0}};
    static const uint32_t diagonal[4][4] = {{4, 0, 0, 0}, {1, 0, 0, 0}, {3, 0, 1, 0}, {3, 1, 0, 0}};
    picture image = picture_new(4, 4, 1);
    (void)state;

    memcpy(image.grey, grey, sizeof grey);
    rml_levels levels = picture_levels(&image, 1);
    uint64_t *bits = malloc((size_t)rml_glrlm_bits(&levels) * sizeof *bits);
    int64_t first[5], n_runs;

    rml_glrlm_rows(&levels, first);
    for (int sign = -1; sign <= 1; sign += 2) /* a step and its opposite meet the same runs */
        for (int which = 0; which < 2; ++which) {
            const int32_t step[3] = {sign, which ? -sign : 0, 0};
            uint32_t runs[16] = {0}, sum = 0;

            assert_int_equal(rml_glrlm_count(&levels, step, first, bits, runs, &n_runs), which ? 3 : 4);
            for (int r = 0; r < 4; ++r)
                for (int k = 0; k < 4; ++k) {
                    const uint32_t expected = which ? diagonal[r][k] : horizontal[r][k];
                    const uint32_t found = k < first[r + 1] - first[r] ? runs[first[r] + k] : 0;
                    assert_int_equal(found, expected);
                    sum += found;
                }
            assert_int_equal(n_runs, sum);
        }
    free(bits);
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: IBSI reference manual, digital phantom, to the three digits published. 3D:mrg is PyRadiomics' no_weighting,
 * and 2.5D its force2D. */
static void phantom_matches_ibsi(void **state)
{
    static const struct {
        const char *aggregation;
        bool force_2d, merged;
        double published[N_FEATURES];
    } tables[] = {
        {"3D:avg",
         false,
         false,
         {21.8, 0.43, 3.46, 9.7, 3.06, 17.6, 2.39, 0.603, 2.43, 26.9, 0.513, 0.68, 0.574, 0.705, 8.54, 0.352}},
        {"3D:mrg",
         false,
         true,
         {281, 0.43, 3.48, 9.64, 2.76, 15.6, 2.16, 0.607, 2.62, 328, 0.501, 0.68, 0.598, 0.729, 8.67, 0.372}},
        {"2.5D:avg",
         true,
         false,
         {19.5, 0.413, 3.58, 10.3, 3.46, 17.9, 2.79, 0.58, 2.52, 22.3, 0.461, 0.632, 0.758, 0.665, 9.03, 0.296}},
        {"2.5D:mrg",
         true,
         true,
         {77.1, 0.412, 3.59, 10.2, 3.27, 17, 2.63, 0.585, 2.76, 83.2, 0.445, 0.632, 0.767, 0.68, 9.05, 0.312}},
    };
    picture image = picture_phantom();
    (void)state;

    for (size_t t = 0; t < sizeof tables / sizeof *tables; ++t) {
        rml_texture_settings settings = rml_texture_defaults();
        double value[N_FEATURES];
        uint8_t reason[N_FEATURES];

        settings.force_2d = tables[t].force_2d;
        if (tables[t].merged) settings.weighting = RML_WEIGHT_NO_WEIGHTING;
        features(&image, &settings, value, reason);
        assert_published(value, tables[t].published, RML_GLRLM, tables[t].aggregation);
    }
    free(image.grey);
}

/* Oracle: PyRadiomics 3.0.1, tests/oracle/pyradiomics_sizes.h. */
static void values_match_pyradiomics(void **state)
{
    int n = 0;
    (void)state;

    for (size_t row = 0; row < sizeof oracle / sizeof *oracle; ++row) {
        if (strcmp(oracle[row].class_, "glrlm") != 0) continue;
        const rml_texture_settings settings = oracle_settings(oracle[row].config);
        picture image = picture_oracle(oracle[row].image);
        double value[N_FEATURES];
        uint8_t reason[N_FEATURES];

        features(&image, &settings, value, reason);
        assert_oracle(value, oracle[row].value, RML_GLRLM, oracle[row].config);
        free(image.grey);
        ++n;
    }
    assert_int_equal(n, 27);
}

/* Oracle: the plain walk above and the definitions, on boxes whose rows end before, at and after a word's end. */
static void matches_plain_walk(void **state)
{
    static const int32_t extents[] = {1, 2, 3, 31, 32, 33, 63, 64, 65, 128, 130};
    const int32_t distance = 1;
    (void)state;

    for (size_t e = 0; e < sizeof extents / sizeof *extents; ++e)
        for (int variant = 0; variant < 6; ++variant) {
            const int32_t ny = variant % 3 + 1 + (variant == 5) * 6, nz = (variant + 1) / 2 + 1;
            picture image = picture_random(extents[e], ny, nz, variant < 2 ? 2 : 6, variant == 4 ? 0.3 : 0.9,
                                           variant % 2 ? 0.8 : 0.2, 7 * e + (uint64_t)variant);
            rml_texture_settings settings = rml_texture_defaults();
            double value[N_FEATURES], mean[N_FEATURES] = {0};
            uint8_t reason[N_FEATURES];
            rml_offset steps[13];
            int32_t n_used = 0;

            const int32_t n_steps = rml_offsets_list(image.size, &distance, 1, false, 0, steps, 13);
            dense merged = dense_new(picture_highest(&image), longest_side(&image));
            for (int32_t s = 0; s < n_steps; ++s) {
                dense matrix = dense_new(picture_highest(&image), longest_side(&image));

                if (plain_runs(&image, steps[s].step, 1.0, &matrix)) {
                    double voxels = 0.0;

                    ++n_used;
                    (void)plain_runs(&image, steps[s].step, 1.0, &merged);
                    for (int32_t i = 1; i <= matrix.n_greys; ++i)
                        for (int64_t j = 1; j <= matrix.n_sizes; ++j) voxels += (double)j * *dense_at(&matrix, i, j);
                    assert_close(voxels, (double)picture_voxels(&image), 0, 0, "voxels in the plain runs");
                    for (int f = 0; f < N_FEATURES; ++f)
                        mean[f] += dense_feature(&matrix, rml_class_features(RML_GLRLM)[f].name);
                }
                free(matrix.cell);
            }
            features(&image, &settings, value, reason);
            for (int f = 0; f < N_FEATURES; ++f) {
                if (n_used > 0)
                    assert_close(value[f], mean[f] / n_used, 1e-11, 1e-13, rml_class_features(RML_GLRLM)[f].name);
                else
                    assert_int_equal(reason[f], RML_WHY_NO_RUNS);
            }
            settings.weighting = RML_WEIGHT_NO_WEIGHTING;
            features(&image, &settings, value, reason);
            if (n_used > 0) assert_dense_features(&merged, RML_GLRLM, value, "merged");
            free(merged.cell);
            free(image.grey);
        }
}

/* Identity: the runs of a direction hold every voxel once; their number is what the call returns. */
static void runs_hold_every_voxel(void **state)
{
    picture image = picture_random(70, 9, 8, 4, 0.8, 0.6, 3);
    rml_levels levels = picture_levels(&image, 1);
    uint64_t *bits = malloc((size_t)rml_glrlm_bits(&levels) * sizeof *bits);
    int64_t first[5];
    (void)state;

    rml_glrlm_rows(&levels, first);
    uint32_t *runs = malloc((size_t)first[4] * sizeof *runs);
    for (int32_t code = 0; code < 27; ++code) {
        const int32_t step[3] = {code % 3 - 1, code / 3 % 3 - 1, code / 9 - 1};
        int64_t n_runs, sum = 0;

        if (code == 13) continue;
        memset(runs, 0, (size_t)first[4] * sizeof *runs);
        assert_true(rml_glrlm_count(&levels, step, first, bits, runs, &n_runs) > 1);
        for (int r = 0; r < 4; ++r) {
            int64_t voxels = 0;

            for (int64_t c = first[r]; c < first[r + 1]; ++c) {
                voxels += runs[c] * (c - first[r] + 1);
                sum += runs[c];
            }
            assert_int_equal(voxels, levels.count[r]);
        }
        assert_int_equal(sum, n_runs);
    }
    free(runs);
    free(bits);
    rml_levels_free(&levels);
    free(image.grey);
}

/* Identity: flips and transposes permute the directions, and background of any width is no voxel. The mean over
 * directions is summed in another order, hence not bit for bit. */
static void flips_and_background_change_nothing(void **state)
{
    picture image = picture_random(13, 9, 6, 5, 0.7, 0.6, 11);
    const rml_texture_settings settings = rml_texture_defaults();
    double expected[N_FEATURES], value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    picture other[7] = {picture_flipped(&image, 0),       picture_flipped(&image, 1),
                        picture_flipped(&image, 2),       picture_transposed(&image, 0, 1),
                        picture_transposed(&image, 0, 2), picture_transposed(&image, 1, 2),
                        picture_padded(&image, 2, 60)};
    (void)state;

    features(&image, &settings, expected, reason);
    for (int o = 0; o < 7; ++o) {
        features(&other[o], &settings, value, reason);
        for (int f = 0; f < N_FEATURES; ++f)
            assert_close(value[f], expected[f], 1e-13, 0, rml_class_features(RML_GLRLM)[f].name);
        free(other[o].grey);
    }
    free(image.grey);
}

static void assert_no_runs(const picture *image, const rml_texture_settings *settings, bool matrix_left)
{
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];

    features(image, settings, value, reason);
    for (int f = 0; f < N_FEATURES; ++f) {
        const char *name = rml_class_features(RML_GLRLM)[f].name;
        const bool zero = matrix_left && (strcmp(name, "RunEntropy") == 0 || strcmp(name, "RunVariance") == 0);

        assert_close(value[f], zero ? 0.0 : NAN, 0, 0, name);
        assert_int_equal(reason[f], RML_WHY_NO_RUNS);
    }
}

/* Oracle: PyRadiomics 3.0.1 run on the same voxels: all NaN where every direction is dropped; 0 for RunEntropy and
 * RunVariance where one empty matrix is left. A single voxel, which it refuses, is all NaN. */
static void without_runs_there_is_no_value(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    picture one = picture_new(1, 1, 1), far = picture_new(6, 5, 4), diagonal = picture_new(2, 1, 2);
    (void)state;

    one.grey[0] = 3;
    assert_no_runs(&one, &settings, false);
    *picture_at(&far, 0, 0, 0) = *picture_at(&far, 5, 4, 3) = 1;
    assert_no_runs(&far, &settings, false);
    settings.force_2d = true;
    *picture_at(&diagonal, 0, 0, 0) = *picture_at(&diagonal, 1, 0, 1) = 1;
    assert_no_runs(&diagonal, &settings, true); /* one direction in the plane, none of whose lines has two voxels */
    settings.force_2d = false;
    settings.weighting = RML_WEIGHT_MANHATTAN;
    assert_no_runs(&one, &settings, false);
    assert_no_runs(&far, &settings, true);
    free(one.grey);
    free(far.grey);
    free(diagonal.grey);
}

/* Oracle: by hand. Two voxels on one line, not adjacent: that direction stays, with two runs of length 1; the twelve
 * others are dropped. */
static void two_voxels_on_a_line_keep_its_direction(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    picture image = picture_new(5, 5, 5);
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    *picture_at(&image, 4, 0, 0) = *picture_at(&image, 0, 4, 4) = 2;
    features(&image, &settings, value, reason);
    assert_close(value[rml_feature_index(RML_GLRLM, "GrayLevelNonUniformity")], 2.0, 0, 0, "GrayLevelNonUniformity");
    assert_close(value[rml_feature_index(RML_GLRLM, "RunPercentage")], 1.0, 0, 0, "RunPercentage");
    assert_close(value[rml_feature_index(RML_GLRLM, "HighGrayLevelRunEmphasis")], 4.0, 0, 0, "high");
    assert_close(value[rml_feature_index(RML_GLRLM, "RunEntropy")], 0.0, 0, 0, "RunEntropy");
    free(image.grey);
}

/* Oracle: by hand. A flat 4x3x2 block: along x six runs of 4; a checkerboard of two levels: runs of 1 along the axes,
 * and every diagonal in a plane follows one level. */
static void flat_and_checkerboard(void **state)
{
    picture flat = picture_new(4, 3, 2), board = picture_new(4, 4, 1);
    rml_texture_settings settings = rml_texture_defaults();
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    for (int v = 0; v < 24; ++v) flat.grey[v] = 17;
    for (int32_t y = 0; y < 4; ++y)
        for (int32_t x = 0; x < 4; ++x) *picture_at(&board, x, y, 0) = 1 + (x + y) % 2;

    features(&flat, &settings, value, reason);
    assert_close(value[rml_feature_index(RML_GLRLM, "GrayLevelVariance")], 0.0, 0, 0, "GrayLevelVariance");
    assert_close(value[rml_feature_index(RML_GLRLM, "GrayLevelNonUniformityNormalized")], 1.0, 0, 0, "normalised");
    assert_close(value[rml_feature_index(RML_GLRLM, "HighGrayLevelRunEmphasis")], 289.0, 1e-15, 0, "high");

    features(&board, &settings, value, reason);
    /* 16 runs along x and along y; 7 along each diagonal */
    assert_close(value[rml_feature_index(RML_GLRLM, "RunPercentage")], (1 + 1 + 7 / 16.0 + 7 / 16.0) / 4, 1e-15, 0,
                 "RunPercentage");
    free(flat.grey);
    free(board.grey);
}

/* 50 000 levels in one ROI need no more scratch than some tens of bytes a voxel. Oracle: by hand, as every voxel is a
 * run in every direction; and a line of 1000 voxels, one run in the only direction that its box has. */
static void scratch_stays_in_proportion(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    picture many = picture_new(50, 50, 20), line = picture_new(1000, 1, 1);
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    settings.weighting = RML_WEIGHT_EUCLIDEAN;
    for (int32_t v = 0; v < 50000; ++v) many.grey[v] = 1 + v;
    for (int32_t v = 0; v < 1000; ++v) line.grey[v] = 2;
    rml_levels levels = picture_levels(&many, 1);
    assert_true(rml_glrlm_scratch_bytes(&levels, &settings) < (size_t)64 * 50000);
    rml_levels_free(&levels);

    features(&many, &settings, value, reason);
    assert_close(value[rml_feature_index(RML_GLRLM, "RunEntropy")], log2(50000), 1e-12, 0, "RunEntropy");
    settings.weighting = RML_WEIGHT_NONE;
    features(&many, &settings, value, reason);
    assert_close(value[rml_feature_index(RML_GLRLM, "RunPercentage")], 1, 0, 0, "RunPercentage");
    features(&line, &settings, value, reason);
    assert_close(value[rml_feature_index(RML_GLRLM, "LongRunEmphasis")], 1e6, 0, 0, "LongRunEmphasis");
    free(many.grey);
    free(line.grey);
}

/* What is not wanted stays NaN, and settings outside their ranges are refused. */
static void wanted_and_refused(void **state)
{
    picture image = picture_phantom();
    rml_levels levels = picture_levels(&image, 1);
    rml_texture_settings settings = rml_texture_defaults();
    void *scratch = scratch_new(rml_glrlm_scratch_bytes(&levels, &settings));
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    assert_int_equal(rml_glrlm_features(&levels, &settings, 1u << 3, scratch, value, reason), RML_OK);
    for (int f = 0; f < N_FEATURES; ++f) assert_int_equal(isnan(value[f]) != 0, f != 3);
    settings.force_2d = true;
    settings.force_2d_axis = 3;
    assert_int_equal(rml_glrlm_features(&levels, &settings, 1u << 3, scratch, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.weighting = (rml_weighting)9;
    assert_int_equal(rml_glrlm_features(&levels, &settings, 1u << 3, scratch, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.spacing[1] = NAN;
    assert_int_equal(rml_glrlm_features(&levels, &settings, 1u << 3, scratch, value, reason), RML_EINVAL);
    assert_true(isnan(value[3]));
    free(scratch);
    rml_levels_free(&levels);
    free(image.grey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_match_galloway),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(values_match_pyradiomics),
        cmocka_unit_test(matches_plain_walk),
        cmocka_unit_test(runs_hold_every_voxel),
        cmocka_unit_test(flips_and_background_change_nothing),
        cmocka_unit_test(without_runs_there_is_no_value),
        cmocka_unit_test(two_voxels_on_a_line_keep_its_direction),
        cmocka_unit_test(flat_and_checkerboard),
        cmocka_unit_test(scratch_stays_in_proportion),
        cmocka_unit_test(wanted_and_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
