/* Grey level dependence matrix and its features. */
#include "tests/support/sizes.h"

#include "kernels/texture/gldm.h"
#include "tests/oracle/pyradiomics_sizes.h"
#include "tests/support/measured.h"

#define N_FEATURES 16

/* 1 + the neighbours of each voxel within alpha, looked at one by one. */
static dense plain_dependences(const picture *image, const rml_texture_settings *settings)
{
    int32_t reach = 0;

    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > reach) reach = settings->distances[d];
    const int32_t side = 2 * reach + 1;
    dense matrix = dense_new(picture_highest(image), (int64_t)side * side * side);

    for (int32_t z = 0; z < image->size[2]; ++z)
        for (int32_t y = 0; y < image->size[1]; ++y)
            for (int32_t x = 0; x < image->size[0]; ++x) {
                const int32_t grey = picture_get(image, x, y, z);
                int64_t dependence = 1;

                if (!grey) continue;
                for (int32_t dz = -reach; dz <= reach; ++dz)
                    for (int32_t dy = -reach; dy <= reach; ++dy)
                        for (int32_t dx = -reach; dx <= reach; ++dx) {
                            const int32_t step[3] = {abs(dz), abs(dy), abs(dx)};
                            const int32_t other = picture_get(image, x + dx, y + dy, z + dz);
                            int32_t distance = step[0];
                            bool counts = false;

                            for (int axis = 1; axis < 3; ++axis)
                                if (step[axis] > distance) distance = step[axis];
                            for (int32_t d = 0; d < settings->n_distances; ++d)
                                if (settings->distances[d] == distance) counts = true;
                            if (settings->force_2d && step[settings->force_2d_axis]) counts = false;
                            dependence += counts && other && abs(other - grey) <= settings->gldm_alpha;
                        }
                *dense_at(&matrix, grey, dependence) += 1.0;
            }
    return matrix;
}

static void features(const picture *image, const rml_texture_settings *settings, double *value)
{
    rml_levels levels = picture_levels(image, 3);
    void *scratch = scratch_new(rml_gldm_scratch_bytes(&levels, settings));
    uint8_t reason[N_FEATURES];

    assert_int_equal(rml_gldm_features(&levels, settings, ~(rml_wanted)0, scratch, value, reason), RML_OK);
    for (int f = 0; f < N_FEATURES; ++f) assert_int_equal(reason[f], RML_DEFINED);
    free(scratch);
    rml_levels_free(&levels);
}

/* Oracle: the 5x5 image and its matrix (alpha 0, distance 1) of PyRadiomics' documentation of GLDM, after Sun & Wee
 * 1983: exact. */
static void counts_match_worked_example(void **state)
{
    static const int32_t grey[25] = {5, 2, 5, 4, 4, 3, 3, 3, 1, 3, 2, 1, 1, 1, 3, 4, 2, 2, 2, 3, 3, 5, 3, 3, 2};
    static const int32_t expected[5][4] = {{0, 1, 2, 1}, {1, 2, 3, 0}, {1, 4, 4, 0}, {1, 2, 0, 0}, {3, 0, 0, 0}};
    const rml_texture_settings settings = rml_texture_defaults();
    picture image = picture_new(5, 5, 1);
    uint16_t sorted[25];
    int64_t v = 0;
    (void)state;

    memcpy(image.grey, grey, sizeof grey);
    rml_levels levels = picture_levels(&image, 1);
    void *work = scratch_new(rml_gldm_work_bytes(&levels, &settings));
    assert_int_equal(rml_gldm_count(&levels, &settings, work, sorted), RML_OK);
    for (int r = 0; r < 5; ++r) {
        int32_t row[4] = {0};

        for (const int64_t end = v + levels.count[r]; v < end; ++v) {
            assert_in_range(sorted[v], 1, 4);
            ++row[sorted[v] - 1];
        }
        assert_memory_equal(row, expected[r], sizeof row);
    }
    free(work);
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: IBSI reference manual, digital phantom, NGLDM with alpha 0 and distance 1, to the three digits published; the
 * centre voxel counts there too. 2.5D is PyRadiomics' force2D. */
static void phantom_matches_ibsi(void **state)
{
    static const struct {
        const char *aggregation;
        double published[N_FEATURES];
    } tables[] = {
        {"3D", {4.4, 4.86, 0.0657, 1, 22.1, 37.9, 0.512, 3.05, 7.66, 109, 235, 102, 0.693, 0.045, 0.736, 0.00963}},
        {"2.5D", {3.36, 12.4, 0.167, 1, 3.27, 37.9, 0.512, 3.05, 7.66, 18.8, 50.8, 17.2, 0.693, 0.159, 3.07, 0.0477}},
    };
    picture image = picture_phantom();
    (void)state;

    for (int t = 0; t < 2; ++t) {
        rml_texture_settings settings = rml_texture_defaults();
        double value[N_FEATURES];

        settings.force_2d = t == 1;
        features(&image, &settings, value);
        assert_published(value, tables[t].published, RML_GLDM, tables[t].aggregation);
    }
    free(image.grey);
}

/* Oracle: PyRadiomics 3.0.1, tests/oracle/pyradiomics_sizes.h. */
static void values_match_pyradiomics(void **state)
{
    int n = 0;
    (void)state;

    for (size_t row = 0; row < sizeof oracle / sizeof *oracle; ++row) {
        if (strcmp(oracle[row].class_, "gldm") != 0) continue;
        const rml_texture_settings settings = oracle_settings(oracle[row].config);
        picture image = picture_oracle(oracle[row].image);
        double value[N_FEATURES];

        features(&image, &settings, value);
        assert_oracle(value, oracle[row].value, RML_GLDM, oracle[row].config);
        free(image.grey);
        ++n;
    }
    assert_int_equal(n, 21);
}

/* Oracle: the plain loop above, on boxes whose rows end before, at and after a register's end, with gaps between the
 * grey levels (alpha compares bin numbers, not ranks). */
static void matches_plain_loop(void **state)
{
    static const int32_t extents[] = {1, 2, 7, 8, 9, 15, 31, 32, 33, 63, 64, 65, 130};
    (void)state;

    for (size_t e = 0; e < sizeof extents / sizeof *extents; ++e)
        for (int variant = 0; variant < 8; ++variant) {
            picture image =
                picture_random(extents[e], variant % 3 + 1 + (variant > 5) * 4, (variant + 1) / 2 + 1, 6,
                               variant == 4 ? 0.3 : 0.9, variant % 2 ? 0.7 : 0.1, 17 * e + (uint64_t)variant);
            rml_texture_settings settings = rml_texture_defaults();
            double value[N_FEATURES];

            for (int64_t v = 0; v < picture_cells(&image); ++v) /* 1..6 become 1, 2, 4, 7, 11, 16 */
                if (image.grey[v]) image.grey[v] = 1 + image.grey[v] * (image.grey[v] - 1) / 2;
            settings.gldm_alpha = variant % 4;
            if (variant == 2 || variant == 7) settings.distances[settings.n_distances++] = 3;
            if (variant == 3) settings.distances[0] = 2;
            settings.force_2d = variant > 4;
            settings.force_2d_axis = settings.force_2d ? variant - 5 : 0;
            dense matrix = plain_dependences(&image, &settings);
            features(&image, &settings, value);
            assert_dense_features(&matrix, RML_GLDM, value, "dependences");
            free(matrix.cell);
            free(image.grey);
        }
}

/* Identity: flips, transposes and background change nothing. The matrix is the same, so the values are, bit for bit. */
static void flips_and_background_change_nothing(void **state)
{
    picture image = picture_random(40, 13, 11, 4, 0.8, 0.4, 5);
    picture other[7] = {picture_flipped(&image, 0),       picture_flipped(&image, 1),
                        picture_flipped(&image, 2),       picture_transposed(&image, 0, 1),
                        picture_transposed(&image, 0, 2), picture_transposed(&image, 1, 2),
                        picture_padded(&image, 3, 61)};
    rml_texture_settings settings = rml_texture_defaults();
    double expected[N_FEATURES], value[N_FEATURES];
    (void)state;

    settings.gldm_alpha = 1;
    settings.distances[settings.n_distances++] = 2;
    features(&image, &settings, expected);
    for (int o = 0; o < 7; ++o) {
        features(&other[o], &settings, value);
        assert_memory_equal(value, expected, sizeof value);
        free(other[o].grey);
    }
    free(image.grey);
}

/* Oracle: by hand. One voxel; two far voxels; a flat block; a checkerboard. */
static void small_cases(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    picture one = picture_new(1, 1, 1), far = picture_new(70, 5, 4), flat = picture_new(2, 2, 2),
            board = picture_new(3, 3, 1);
    const int32_t large = rml_feature_index(RML_GLDM, "LargeDependenceEmphasis"),
                  variance = rml_feature_index(RML_GLDM, "DependenceVariance"),
                  entropy = rml_feature_index(RML_GLDM, "DependenceEntropy");
    double value[N_FEATURES];
    (void)state;

    one.grey[0] = 7;
    features(&one, &settings, value);
    assert_close(value[large], 1, 0, 0, "one voxel");
    assert_close(value[rml_feature_index(RML_GLDM, "HighGrayLevelEmphasis")], 49, 0, 0, "one voxel");

    *picture_at(&far, 0, 0, 0) = *picture_at(&far, 69, 4, 3) = 1;
    features(&far, &settings, value);
    assert_close(value[large], 1, 0, 0, "two far voxels");

    for (int v = 0; v < 8; ++v) flat.grey[v] = 1;
    features(&flat, &settings, value);
    assert_close(value[large], 64, 0, 0, "one level");
    assert_close(value[variance], 0, 0, 0, "one level");
    assert_close(value[entropy], 0, 0, 0, "one level");

    /* corners and centre: 2 and 5; edges: 3 */
    for (int v = 0; v < 9; ++v) board.grey[v] = 1 + v % 2;
    features(&board, &settings, value);
    assert_close(value[large], (4 * 4 + 25 + 4 * 9) / 9.0, 1e-15, 0, "checkerboard");
    settings.gldm_alpha = 1; /* everything within reach depends: 4, 6 and 9 */
    features(&board, &settings, value);
    assert_close(value[large], (4 * 16 + 4 * 36 + 81) / 9.0, 1e-15, 0, "checkerboard, alpha 1");

    free(one.grey);
    free(far.grey);
    free(flat.grey);
    free(board.grey);
}

/* The 65535 ranks that a picture can hold, the largest alpha and every neighbour: no rank wraps into another's range.
 */
static void ranks_at_their_limit(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    picture image = picture_new(256, 256, 1);
    double value[N_FEATURES];
    (void)state;

    for (int32_t v = 0; v < 65535; ++v) image.grey[v] = 1 + v;
    features(&image, &settings, value);
    assert_close(value[rml_feature_index(RML_GLDM, "LargeDependenceEmphasis")], 1, 0, 0, "alpha 0");
    settings.gldm_alpha = 1e9;
    features(&image, &settings, value);
    /* 256x256 less its last corner: 254^2 voxels inside with 9, 4*254 on the sides with 6, 4 corners with 4; without
     * the last corner its neighbours lose one each: the inner one 9 to 8, two on the sides 6 to 5 */
    const double sum = 254.0 * 254 * 81 + 4 * 254 * 36 + 3 * 16 - (81 - 64) - 2 * (36 - 25);
    assert_close(value[rml_feature_index(RML_GLDM, "LargeDependenceEmphasis")], sum / 65535, 1e-14, 0, "alpha 1e9");
    free(image.grey);
}

/* Deprecated features come only when named; settings outside their ranges are refused. */
static void wanted_and_refused(void **state)
{
    picture image = picture_phantom();
    rml_levels levels = picture_levels(&image, 1);
    rml_texture_settings settings = rml_texture_defaults();
    void *scratch = scratch_new(rml_gldm_scratch_bytes(&levels, &settings));
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
    (void)state;

    assert_int_equal(rml_gldm_features(&levels, &settings, rml_class_default(RML_GLDM), scratch, value, reason),
                     RML_OK);
    for (int f = 0; f < N_FEATURES; ++f)
        assert_int_equal(isnan(value[f]) != 0, rml_class_features(RML_GLDM)[f].deprecated);
    settings.gldm_alpha = -1;
    assert_int_equal(rml_gldm_features(&levels, &settings, 1, scratch, value, reason), RML_EINVAL);
    settings.gldm_alpha = NAN;
    assert_int_equal(rml_gldm_features(&levels, &settings, 1, scratch, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.distances[0] = 2; /* beyond the margin */
    assert_int_equal(rml_gldm_features(&levels, &settings, 1, scratch, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.n_distances = RML_MAX_DISTANCES + 1;
    assert_true(rml_gldm_scratch_bytes(&levels, &settings) > 0);
    assert_int_equal(rml_gldm_features(&levels, &settings, 1, scratch, value, reason), RML_EINVAL);
    assert_true(isnan(value[0]));
    free(scratch);
    rml_levels_free(&levels);
    free(image.grey);
}

/* PyRadiomics 3.0.1 refuses to compute these. Oracle: its documentation: one is always 1, the other is first-order
 * Uniformity, which MIRP 2.7.0 has of the digital phantom. */
static void deprecated_match_documentation(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    picture image = picture_phantom();
    double value[N_FEATURES];
    (void)state;

    features(&image, &settings, value);
    rml_measured_case("PyRadiomics/original_gldm_DependencePercentage", "always 1 (PyRadiomics' documentation)");
    assert_close(value[rml_feature_index(RML_GLDM, "DependencePercentage")], 1, 0, 0, "digital phantom");
    rml_measured_case("PyRadiomics/original_gldm_GrayLevelNonUniformityNormalized", "MIRP 2.7.0: Uniformity");
    assert_close(value[rml_feature_index(RML_GLDM, "GrayLevelNonUniformityNormalized")], 0.5124178232286339, 1e-14, 0,
                 "digital phantom");
    rml_measured_case(NULL, NULL);
    free(image.grey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_match_worked_example),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(values_match_pyradiomics),
        cmocka_unit_test(matches_plain_loop),
        cmocka_unit_test(flips_and_background_change_nothing),
        cmocka_unit_test(small_cases),
        cmocka_unit_test(ranks_at_their_limit),
        cmocka_unit_test(wanted_and_refused),
        cmocka_unit_test(deprecated_match_documentation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
