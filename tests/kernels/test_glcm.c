/* The grey level co-occurrence features. */
#include "kernels/texture/glcm.h"
#include "kernels/texture/offsets.h"
#include "tests/kernels/texture_cases.h"
#include "tests/support/measured.h"

#define N_FEATURES 28

static roi r; /* too large for the stack of some systems */

typedef struct result {
    rml_status status;
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
} result;

static result run_as(const roi *of, const rml_texture_settings *settings, rml_pair_form form, rml_wanted wanted)
{
    int32_t margin = 1;
    result got;

    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > margin) margin = settings->distances[d];
    rml_levels levels = roi_levels(of, margin);
    const size_t n_bytes = rml_glcm_scratch_bytes_as(&levels, settings, form);
    void *scratch = aligned_alloc(64, n_bytes);

    assert_non_null(scratch);
    assert_int_equal(n_bytes % 64, 0);
    memset(scratch, 0xA5, n_bytes); /* scratch comes with anything in it */
    got.status = rml_glcm_features_as(&levels, settings, wanted, form, scratch, got.value, got.reason);
    free(scratch);
    rml_levels_free(&levels);
    return got;
}

static result run(const roi *of, const rml_texture_settings *settings)
{
    return run_as(of, settings, RML_PAIRS_AUTO, ~(rml_wanted)0);
}

static int32_t feature(const char *name)
{
    const int32_t f = rml_feature_index(RML_GLCM, name);

    assert_true(f >= 0);
    return f;
}

/* Oracle: the 4x4 image and its four matrices worked through in Haralick, Shanmugam & Dinstein 1973, figure 3 (their
 * levels 0..3 are 1..4 here). Counts, so the comparison is exact. */
static void counts_match_haralick(void **state)
{
    static const int32_t image[16] = {1, 1, 2, 2, 1, 1, 2, 2, 1, 3, 3, 3, 3, 3, 4, 4};
    static const int32_t steps[4][3] = {{1, 0, 0}, {1, -1, 0}, {0, 1, 0}, {1, 1, 0}}; /* 0, 45, 90, 135 degrees */
    static const int64_t expected[4][16] = {{4, 2, 1, 0, 2, 4, 0, 0, 1, 0, 6, 1, 0, 0, 1, 2},
                                            {4, 1, 0, 0, 1, 2, 2, 0, 0, 2, 4, 1, 0, 0, 1, 0},
                                            {6, 0, 2, 0, 0, 4, 2, 0, 2, 2, 2, 2, 0, 0, 2, 0},
                                            {2, 1, 3, 0, 1, 2, 1, 0, 3, 1, 0, 2, 0, 0, 2, 0}};
    int64_t counts[16];
    (void)state;
    r = (roi){.size = {4, 4, 1}};
    memset(r.mask, 1, 16);
    memcpy(r.bin, image, sizeof image);
    rml_levels levels = roi_levels(&r, 1);
    for (int d = 0; d < 4; ++d)
        for (int sign = -1; sign <= 1; sign += 2) { /* a step and its opposite give the same symmetrical matrix */
            const int32_t step[3] = {sign * steps[d][0], sign * steps[d][1], 0};

            assert_int_equal(rml_glcm_count(&levels, step, true, counts), RML_OK);
            assert_memory_equal(counts, expected[d], sizeof counts);
        }
    assert_int_equal(rml_glcm_count(&levels, (int32_t[3]){0, 0, 1}, true, counts), RML_EEMPTY);
    assert_int_equal(rml_glcm_count(&levels, (int32_t[3]){0, 0, 0}, true, counts), RML_EINVAL);
    rml_levels_free(&levels);
}

/* Oracle: the consensus values of the Image Biomarker Standardisation Initiative for its digital phantom (reference
 * manual; three significant digits, tolerance 0). Columns: 3D averaged, 3D merged, 2.5D averaged, 2.5D merged. */
static const struct {
    const char *name;
    double value[4];
} ibsi[] = {
    {"Autocorrelation", {5.06, 5.19, 5.4, 5.45}},
    {"JointAverage", {2.14, 2.15, 2.2, 2.2}},
    {"ClusterProminence", {145, 147, 147, 142}},
    {"ClusterShade", {16.6, 17.4, 16.6, 16.4}},
    {"ClusterTendency", {7.07, 7.41, 7.48, 7.65}},
    {"Contrast", {5.32, 5.12, 5.39, 5.29}},
    {"Correlation", {0.157, 0.183, 0.178, 0.182}},
    {"DifferenceAverage", {1.43, 1.38, 1.46, 1.44}},
    {"DifferenceEntropy", {1.56, 1.64, 1.61, 1.67}},
    {"DifferenceVariance", {3.06, 3.21, 3.11, 3.23}},
    {"JointEnergy", {0.303, 0.291, 0.286, 0.277}},
    {"JointEntropy", {2.4, 2.57, 2.48, 2.61}},
    {"Imc1", {-0.157, -0.0288, -0.124, -0.0334}},
    {"Imc2", {0.52, 0.269, 0.487, 0.291}},
    {"Idm", {0.618, 0.631, 0.606, 0.613}},
    {"Homogeneity2", {0.618, 0.631, 0.606, 0.613}},
    {"Idmn", {0.898, 0.902, 0.897, 0.899}},
    {"Id", {0.677, 0.688, 0.668, 0.673}},
    {"Homogeneity1", {0.677, 0.688, 0.668, 0.673}},
    {"Idn", {0.851, 0.856, 0.847, 0.85}},
    {"InverseVariance", {0.0604, 0.0574, 0.0597, 0.0582}},
    {"MaximumProbability", {0.503, 0.509, 0.489, 0.492}},
    {"SumAverage", {4.29, 4.3, 4.41, 4.41}},
    {"SumEntropy", {1.92, 2.11, 2.01, 2.14}},
    {"SumSquares", {3.1, 3.13, 3.22, 3.24}},
    {"SumVariance", {7.07, 7.41, 7.48, 7.65}},
    {"Dissimilarity", {1.43, 1.38, 1.46, 1.44}},
};

static void phantom_matches_ibsi(void **state)
{
    (void)state;
    roi_phantom(&r);
    for (int aggregation = 0; aggregation < 4; ++aggregation) {
        rml_texture_settings settings = rml_texture_defaults();

        settings.force_2d = aggregation >= 2;
        settings.weighting = aggregation % 2 ? RML_WEIGHT_NO_WEIGHTING : RML_WEIGHT_NONE;
        const result got = run(&r, &settings);

        assert_int_equal(got.status, RML_OK);
        for (size_t i = 0; i < sizeof ibsi / sizeof ibsi[0]; ++i)
            assert_close(three_digits(got.value[feature(ibsi[i].name)]), ibsi[i].value[aggregation], 1e-12, 0,
                         ibsi[i].name);
    }
}

/* 1e-9 is what is promised against PyRadiomics; 1e-12 holds here. MCC: it has 2.2e-16 in a denominator, we have not. */
static void formulas_match_pyradiomics(void **state)
{
    (void)state;
    for (int which = 0; which < N_ORACLE_CASES; ++which) {
        const rml_texture_settings settings = roi_oracle(&r, which);
        const result got = run(&r, &settings);

        for (size_t i = 0; i < sizeof oracle_glcm / sizeof oracle_glcm[0]; ++i) {
            const int32_t f = feature(oracle_glcm[i].name);

            rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_glcm_%s", oracle_glcm[i].name);
            assert_close(got.value[f], oracle_glcm[i].value[which], 1e-12, 0, "ROIs by formula");
            assert_int_equal(got.reason[f], RML_DEFINED);
        }
        rml_measured_case(NULL, NULL);
    }
}

/* Identity: the deprecated features are others under an older name. */
static void deprecated_are_synonyms(void **state)
{
    const rml_texture_settings settings = roi_oracle(&r, ORACLE_PLAIN);
    const result got = run(&r, &settings);
    static const char *const names[][2] = {{"Dissimilarity", "DifferenceAverage"},
                                           {"Homogeneity1", "Id"},
                                           {"Homogeneity2", "Idm"},
                                           {"SumVariance", "ClusterTendency"}};

    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        char oracle[128];

        snprintf(oracle, sizeof oracle, "identity with %s (PyRadiomics' documentation)", names[k][1]);
        rml_measured_of(oracle, "PyRadiomics/original_glcm_%s", names[k][0]);
        assert_close(got.value[feature(names[k][0])], got.value[feature(names[k][1])], 0, 0, "a ROI by formula");
    }
    rml_measured_case(NULL, NULL);
}

static void same(const result *a, const result *b, double relative, double absolute)
{
    assert_int_equal(a->status, RML_OK);
    assert_int_equal(b->status, RML_OK);
    for (int f = 0; f < N_FEATURES; ++f) {
        assert_close(a->value[f], b->value[f], relative, absolute, rml_class_features(RML_GLCM)[f].name);
        assert_int_equal(a->reason[f], b->reason[f]);
    }
}

static rml_texture_settings random_settings(uint64_t *seed)
{
    rml_texture_settings settings = rml_texture_defaults();

    settings.symmetrical_glcm = rml_test_random(seed) % 3 != 0;
    settings.weighting = rml_test_random(seed) % 2 ? RML_WEIGHT_NONE : (rml_weighting)(rml_test_random(seed) % 5);
    settings.distances[0] = 1 + (int32_t)(rml_test_random(seed) % 2);
    return settings;
}

/* Property: cells are cells, whether they are counted in a square or sorted. */
static void sparse_is_dense(void **state)
{
    uint64_t seed = 11;
    (void)state;
    for (int round = 0; round < 40; ++round) {
        const rml_texture_settings settings = random_settings(&seed);
        const int32_t n_levels = 1 + (int32_t)(rml_test_random(&seed) % 300);

        roi_random(&r, &seed, 17, 9, 6, n_levels, 0.7);
        const result dense = run_as(&r, &settings, RML_PAIRS_DENSE, ~(rml_wanted)0);
        const result sparse = run_as(&r, &settings, RML_PAIRS_SPARSE, ~(rml_wanted)0);
        same(&dense, &sparse, 0, 0);
    }
}

/* Property: the fast counts are the plain count, in every direction and for every number of levels. */
static void fast_counts_are_plain_counts(void **state)
{
    static const int32_t n_levels[] = {1, 2, 40, 100, 300}; /* four squares, two, one */
    uint64_t seed = 5;
    (void)state;
    for (size_t k = 0; k < sizeof n_levels / sizeof n_levels[0]; ++k) {
        roi_random(&r, &seed, 21, 8, 7, n_levels[k], 0.6);
        rml_levels levels = roi_levels(&r, 2);
        const int64_t n = levels.n_levels;
        int64_t *plain = malloc((size_t)(n * n) * sizeof *plain);

        assert_non_null(plain);
        for (int form = RML_PAIRS_DENSE; form <= RML_PAIRS_SPARSE; ++form)
            for (int folded = 0; folded < 2; ++folded) {
                const int32_t distances[2] = {1, 2};
                const size_t capacity = (size_t)rml_pairs_capacity(&levels, folded);
                rml_offset offsets[62];
                rml_pairs pairs;
                void *scratch = aligned_alloc(64, rml_pairs_init(&pairs, &levels, (rml_pair_form)form, NULL));
                rml_cells cells = {.row = malloc(capacity * sizeof(uint16_t)),
                                   .column = malloc(capacity * sizeof(uint16_t)),
                                   .count = malloc(capacity * sizeof(double))};
                const int32_t n_offsets = rml_offsets_list(levels.size, distances, 2, false, 0, offsets, 62);

                rml_pairs_init(&pairs, &levels, (rml_pair_form)form, scratch);
                for (int32_t d = 0; d < n_offsets; ++d) {
                    const int64_t n_pairs = rml_pairs_count(&pairs, offsets[d].step, folded, &cells);
                    int64_t total = 0, n_cells = 0;

                    const rml_status status = rml_glcm_count(&levels, offsets[d].step, folded, plain);
                    assert_int_equal(status, n_pairs > 0 ? RML_OK : RML_EEMPTY);
                    for (int64_t c = 0; c < cells.n; ++c) {
                        const int64_t i = cells.row[c], j = cells.column[c];

                        assert_true(cells.count[c] * (folded && i == j ? 2.0 : 1.0) == (double)plain[i * n + j]);
                        assert_true(!folded || i <= j);
                        if (c > 0)
                            assert_true(cells.row[c - 1] < i || (cells.row[c - 1] == i && cells.column[c - 1] < j));
                        total += (int64_t)cells.count[c];
                    }
                    assert_int_equal(total, n_pairs);
                    for (int64_t i = 0; i < n; ++i)
                        for (int64_t j = folded ? i : 0; j < n; ++j) {
                            n_cells += plain[i * n + j] != 0;
                            if (folded) assert_int_equal(plain[i * n + j], plain[j * n + i]);
                        }
                    assert_int_equal(cells.n, n_cells);
                }
                free(cells.row);
                free(cells.column);
                free(cells.count);
                free(scratch);
            }
        free(plain);
        rml_levels_free(&levels);
    }
}

/* The ROI with its axes put in another order and some of them turned round. */
static void turn(const roi *from, roi *to, const int axes[3], int flips)
{
    int32_t at[3];

    for (int axis = 0; axis < 3; ++axis) to->size[axis] = from->size[axes[axis]];
    for (at[2] = 0; at[2] < to->size[2]; ++at[2])
        for (at[1] = 0; at[1] < to->size[1]; ++at[1])
            for (at[0] = 0; at[0] < to->size[0]; ++at[0]) {
                int32_t source[3] = {0};

                for (int axis = 0; axis < 3; ++axis)
                    source[axes[axis]] = flips >> axis & 1 ? to->size[axis] - 1 - at[axis] : at[axis];
                const int64_t f = ((int64_t)source[2] * from->size[1] + source[1]) * from->size[0] + source[0];
                const int64_t t = ((int64_t)at[2] * to->size[1] + at[1]) * to->size[0] + at[0];

                to->mask[t] = from->mask[f];
                to->bin[t] = from->bin[f];
            }
}

/* Property: a turned ROI has its directions in another order, so symmetrical features stay but for the rounding of
 * their mean. */
static void turning_changes_nothing(void **state)
{
    static const int axes[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static roi turned;
    const rml_texture_settings settings = rml_texture_defaults();
    uint64_t seed = 3;
    (void)state;
    roi_random(&r, &seed, 9, 7, 5, 12, 0.8);
    const result before = run(&r, &settings);
    for (int order = 0; order < 6; ++order)
        for (int flips = 0; flips < 8; ++flips) {
            turn(&r, &turned, axes[order], flips);
            const result after = run(&turned, &settings);
            same(&before, &after, 1e-12, 1e-13);
        }
}

/* Property: voxels outside the ROI do not count, wherever the box ends. */
static void background_changes_nothing(void **state)
{
    static roi wide;
    const rml_texture_settings settings = rml_texture_defaults();
    uint64_t seed = 29;
    (void)state;
    roi_random(&r, &seed, 8, 6, 4, 9, 0.7);
    wide = (roi){.size = {13, 9, 6}};
    for (int32_t z = 0; z < 4; ++z)
        for (int32_t y = 0; y < 6; ++y)
            for (int32_t x = 0; x < 8; ++x) {
                const int64_t to = ((z + 1) * 9 + y + 2) * 13 + x + 3, from = (z * 6 + y) * 8 + x;

                wide.mask[to] = r.mask[from];
                wide.bin[to] = r.bin[from];
            }
    const result a = run(&r, &settings), b = run(&wide, &settings);
    same(&a, &b, 0, 0);
}

/* Identity: with bins far apart the sums and differences are hashed; features that do not know the distance of levels
 * stay, and those of second order scale with its square. */
static void hashed_sums_are_direct_sums(void **state)
{
    static const char *const kept[] = {"JointEntropy", "SumEntropy", "DifferenceEntropy", "JointEnergy",       "Imc1",
                                       "Imc2",         "MCC",        "Correlation",       "MaximumProbability"};
    const rml_texture_settings settings = rml_texture_defaults();
    uint64_t seed = 17;
    (void)state;
    roi_random(&r, &seed, 20, 12, 10, 40, 0.7);
    const result near = run(&r, &settings);
    for (int64_t v = 0; v < 20 * 12 * 10; ++v) r.bin[v] = 1 + (r.bin[v] - 1) * 50000000;
    const result far = run(&r, &settings);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; ++i)
        assert_close(far.value[feature(kept[i])], near.value[feature(kept[i])], 1e-11, 1e-13, kept[i]);
    assert_close(far.value[feature("Contrast")], 2.5e15 * near.value[feature("Contrast")], 1e-12, 0, "Contrast");
    assert_close(far.value[feature("DifferenceVariance")], 2.5e15 * near.value[feature("DifferenceVariance")], 1e-12, 0,
                 "DifferenceVariance");
    assert_close(far.value[feature("ClusterTendency")], 2.5e15 * near.value[feature("ClusterTendency")], 1e-12, 0,
                 "ClusterTendency");
}

/* Identity: with powers of three for levels no two pairs share a sum, and none but the equal ones a difference, so the
 * distributions are those of the pairs; the keys lie anywhere in the hash table and collide. */
static void hashed_sums_are_kept_apart(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    const int32_t one[1] = {1};
    double sum_entropy = 0.0, difference_entropy = 0.0, sum_average = 0.0, contrast = 0.0;
    int64_t counts[14 * 14];
    uint64_t seed = 43;
    rml_offset offsets[13];
    (void)state;
    roi_random(&r, &seed, 12, 9, 7, 14, 0.8);
    for (int64_t v = 0; v < 12 * 9 * 7; ++v) r.bin[v] = (int32_t)pow(3.0, r.bin[v] - 1);
    const result got = run(&r, &settings);
    rml_levels levels = roi_levels(&r, 1);
    const int32_t n = levels.n_levels;
    assert_int_equal(n, 14);
    assert_int_equal(rml_offsets_list(levels.size, one, 1, false, 0, offsets, 13), 13);
    for (int d = 0; d < 13; ++d) {
        double total = 0.0, equal = 0.0;

        assert_int_equal(rml_glcm_count(&levels, offsets[d].step, true, counts), RML_OK);
        for (int32_t c = 0; c < n * n; ++c) total += (double)counts[c];
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = i; j < n; ++j) {
                const double p = (i == j ? 1.0 : 2.0) * (double)counts[i * n + j] / total;
                const double apart = (double)levels.grey[j] - levels.grey[i];

                if (p == 0.0) continue;
                sum_entropy -= p * log2(p) / 13.0;
                sum_average += p * ((double)levels.grey[i] + levels.grey[j]) / 13.0;
                contrast += p * apart * apart / 13.0;
                if (i == j)
                    equal += p;
                else
                    difference_entropy -= p * log2(p) / 13.0;
            }
        difference_entropy -= equal * log2(equal) / 13.0;
    }
    assert_close(got.value[feature("SumEntropy")], sum_entropy, 1e-12, 0, "SumEntropy");
    assert_close(got.value[feature("DifferenceEntropy")], difference_entropy, 1e-12, 0, "DifferenceEntropy");
    assert_close(got.value[feature("SumAverage")], sum_average, 1e-12, 0, "SumAverage");
    assert_close(got.value[feature("Contrast")], contrast, 1e-12, 0, "Contrast");
    rml_levels_free(&levels);
}

static void line(roi *to, int32_t n, const int32_t *bins)
{
    *to = (roi){.size = {n, 1, 1}};
    for (int32_t x = 0; x < n; ++x) {
        to->mask[x] = bins[x] > 0;
        to->bin[x] = bins[x];
    }
}

/* Oracle: PyRadiomics 3.0.1 on the same ROIs; what it makes constant is constant, all else NaN. */
static void degenerate_rois(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    result got;
    (void)state;
    line(&r, 1, (int32_t[]){1}); /* PyRadiomics refuses one voxel */
    got = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f) {
        assert_true(isnan(got.value[f]));
        assert_int_equal(got.reason[f], RML_WHY_ONE_VOXEL);
    }

    r = (roi){.size = {3, 3, 3}};
    r.mask[0] = r.mask[26] = 1;
    r.bin[0] = r.bin[26] = 1; /* two far voxels of one level: several directions, all empty */
    got = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f) {
        if (f == feature("MCC"))
            assert_close(got.value[f], 1.0, 0, 0, "MCC");
        else
            assert_true(isnan(got.value[f]));
        assert_int_equal(got.reason[f], RML_WHY_NO_PAIRS);
    }
    settings.weighting = RML_WEIGHT_EUCLIDEAN;
    got = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f) {
        if (f == feature("InverseVariance"))
            assert_close(got.value[f], 0.0, 0, 0, "InverseVariance");
        else
            assert_true(isnan(got.value[f]));
        assert_int_equal(got.reason[f], RML_WHY_NO_PAIRS);
    }
    r.bin[26] = 3; /* of two levels */
    for (int weighting = 0; weighting < 2; ++weighting) {
        settings.weighting = (rml_weighting)weighting;
        got = run(&r, &settings);
        for (int f = 0; f < N_FEATURES; ++f) assert_true(isnan(got.value[f]));
    }

    settings = rml_texture_defaults();
    line(&r, 5, (int32_t[]){1, 1, 1, 1, 1}); /* flat */
    got = run(&r, &settings);
    assert_close(got.value[feature("Correlation")], 1.0, 0, 0, "Correlation");
    assert_close(got.value[feature("MCC")], 1.0, 0, 0, "MCC");
    assert_close(got.value[feature("Imc1")], 0.0, 0, 0, "Imc1");
    assert_close(got.value[feature("Imc2")], 0.0, 0, 0, "Imc2");
    assert_close(got.value[feature("JointEntropy")], -3.2034265038149176e-16, 1e-12, 0, "JointEntropy");
    assert_close(got.value[feature("Id")], 1.0, 0, 0, "Id");
    assert_close(got.value[feature("InverseVariance")], 0.0, 0, 0, "InverseVariance");
    assert_int_equal(got.reason[feature("Correlation")], RML_WHY_FLAT);
    assert_int_equal(got.reason[feature("MCC")], RML_WHY_FLAT);
    assert_int_equal(got.reason[feature("Imc1")], RML_WHY_FLAT);
    assert_int_equal(got.reason[feature("Id")], RML_DEFINED);

    line(&r, 5, (int32_t[]){1, 1, 0, 0, 3}); /* two levels, but pairs of one alone */
    got = run(&r, &settings);
    assert_close(got.value[feature("Correlation")], 1.0, 0, 0, "Correlation");
    assert_close(got.value[feature("MCC")], 0.0, 0, 0, "MCC");
    assert_close(got.value[feature("Idn")], 1.0, 0, 0, "Idn");

    line(&r, 5, (int32_t[]){1, 2, 2, 1, 3}); /* values of PyRadiomics 3.0.1 */
    got = run(&r, &settings);
    assert_close(got.value[feature("MCC")], 0.7287135538781679, 1e-9, 0, "MCC");
    assert_close(got.value[feature("Imc2")], 0.8213118729411132, 1e-12, 0, "Imc2");
    assert_close(got.value[feature("JointEntropy")], 2.25, 1e-12, 0, "JointEntropy");
    settings.symmetrical_glcm = false;
    got = run(&r, &settings);
    assert_close(got.value[feature("MCC")], 0.7071067811865469, 1e-9, 0, "MCC");
    assert_close(got.value[feature("JointAverage")], 1.5, 1e-12, 0, "JointAverage");
    assert_close(got.value[feature("SumAverage")], 3.5, 1e-12, 0, "SumAverage");
}

/* exp(-d^2) of 40 mm is 0 in a double: no weight is left, and the reason says that numbers ended. */
static void weights_may_vanish(void **state)
{
    rml_texture_settings settings = roi_oracle(&r, ORACLE_WEIGHTED);
    result got;
    (void)state;
    for (int axis = 0; axis < 3; ++axis) settings.spacing[axis] = 40.0;
    got = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f) {
        assert_true(isnan(got.value[f]));
        assert_int_equal(got.reason[f], RML_WHY_OVERFLOW);
    }
    settings.spacing[0] = 25.0; /* exp(-625): along x alone there is weight, and it is not squared into nothing */
    got = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f) assert_true(isfinite(got.value[f]));
    assert_true(got.value[feature("JointEnergy")] > 0.0);
}

static void only_what_is_wanted(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    const int32_t contrast = feature("Contrast");
    (void)state;
    roi_phantom(&r);
    const result all = run(&r, &settings), one = run_as(&r, &settings, RML_PAIRS_AUTO, (rml_wanted)1 << contrast);
    for (int f = 0; f < N_FEATURES; ++f)
        if (f == contrast)
            assert_close(one.value[f], all.value[f], 0, 0, "Contrast");
        else
            assert_true(isnan(one.value[f]));
}

static void wrong_settings_are_refused(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    uint8_t reason[N_FEATURES];
    double value[N_FEATURES];
    (void)state;
    roi_phantom(&r);
    rml_levels levels = roi_levels(&r, 1);
    settings.distances[0] = 2; /* beyond the margin */
    assert_int_equal(rml_glcm_features(&levels, &settings, 1, NULL, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.n_distances = 0;
    assert_int_equal(rml_glcm_features(&levels, &settings, 1, NULL, value, reason), RML_EINVAL);
    settings = rml_texture_defaults();
    settings.spacing[1] = 0.0;
    assert_int_equal(rml_glcm_features(&levels, &settings, 1, NULL, value, reason), RML_EINVAL);
    rml_levels_free(&levels);
}

/* Weights exp(-d^2) that leave a level with hardly any mass. Oracle: PyRadiomics 3.0.1 (numpy 1.26.4, SimpleITK 2.3.1),
 * euclidean weights, bin width 1, on the voxels 1 1 1 with a 3 above the first, slices `spacing` apart. Bounds: 1e-9
 * where the entropies are above 1e-3; the oracle's own rounding, 2^-52 over the entropy, else. */
static void hardly_any_mass(void **state)
{
    static const struct {
        double spacing, imc1, imc1_bound, correlation, mcc;
        rml_reason reason;
    } cases[] = {
        {2, -0.003283768706481046, 0, -0.016740655818526334, 0.016740655818526008, RML_DEFINED},
        {3, -1.1387135826727188e-05, 1e-12, -0.00011470494926248499, 0.00011470494926226892, RML_DEFINED},
        {4, -6.100242219020827e-09, 1e-10, -1.0460936280664009e-07, 1.0460936261494255e-07, RML_DEFINED},
        {8, 0, 0, 0, 0, RML_WHY_ROUNDING},
    };
    (void)state;
    r = (roi){.size = {3, 1, 2}, .mask = {1, 1, 1, 1}, .bin = {1, 1, 1, 3}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        rml_texture_settings settings = rml_texture_defaults();
        result got;

        settings.weighting = RML_WEIGHT_EUCLIDEAN;
        settings.spacing[0] = settings.spacing[1] = 1;
        settings.spacing[2] = cases[k].spacing;
        got = run(&r, &settings);
        assert_close(got.value[feature("Imc1")], cases[k].imc1, 1e-9, cases[k].imc1_bound, "Imc1");
        assert_close(got.value[feature("Correlation")], cases[k].correlation, 1e-9, 1e-16, "Correlation");
        assert_close(got.value[feature("MCC")], cases[k].mcc, 1e-7, 1e-13, "MCC");
        assert_int_equal(got.reason[feature("Imc1")], cases[k].reason);

        settings.symmetrical_glcm = false; /* one row has all pairs: by definition, and at most spacings the oracle's */
        got = run(&r, &settings);
        assert_close(got.value[feature("Imc1")], 0, 0, 0, "Imc1 of a row");
        assert_close(got.value[feature("Imc2")], 0, 0, 0, "Imc2 of a row");
        assert_close(got.value[feature("Correlation")], 1, 0, 0, "Correlation of a row");
        assert_close(got.value[feature("MCC")], 0, 0, 1e-15, "MCC of a row");
        assert_int_equal(got.reason[feature("Correlation")], RML_WHY_FLAT);
    }
}

/* Directions of an asymmetrical matrix with all pairs in one row or column: by definition 1, and 1 or about 0 in
 * PyRadiomics as its sum of the level falls out. Oracle: PyRadiomics 3.0.1 (numpy 1.26.4, SimpleITK 2.3.1),
 * RadiomicsGLCM with symmetricalGLCM False and binWidth 1 on these voxels (x fastest, 0 outside the mask), repr() of
 * Correlation. */
static void one_row_adds_as_pyradiomics(void **state)
{
    static const struct {
        const char *what;
        int32_t size[3], n_distances; /* 1 to that */
        bool merged;                  /* with no_weighting */
        double expected;
        int32_t bins[30];
    } cases[] = {
        {"two empty of several",
         {3, 3, 2},
         4,
         false,
         0.9512699189224011,
         {1, 8, 8, 7, 8, 8, 5, 8, 8, 0, 8, 0, 0, 8, 8, 1, 8, 8}},
        {"and off", {3, 3, 3}, 4, false, 0.9161628524131993, {5, 2, 2, 1, 0, 2, 2, 2, 2, 2, 2, 2, 4, 2,
                                                              2, 2, 2, 2, 4, 2, 2, 3, 2, 2, 0, 2, 0}},
        {"a level missing", {2, 5, 3}, 4, false, 0.8281460039219117, {4, 0, 3, 5, 4, 5, 1, 5, 3, 5, 0, 5, 1, 5, 5,
                                                                      0, 4, 5, 1, 5, 3, 0, 5, 0, 4, 5, 1, 5, 3, 5}},
        {"two empty of three", {27, 1, 1}, 3, false, 1.0, {4, 2, 0, 0, 0, 4, 2, 0, 0, 0, 4, 1, 0, 0,
                                                           0, 4, 6, 0, 0, 0, 4, 4, 0, 0, 0, 4, 2}},
        {"one empty of three", {22, 1, 1}, 3, false, 0.5, {7, 4, 0, 0, 1, 4, 0, 0, 6, 4, 0,
                                                           0, 6, 4, 0, 0, 6, 4, 0, 0, 1, 4}},
        {"one empty of two", {27, 1, 1}, 2, false, 1.0, {1, 6, 0, 0, 0, 1, 6, 0, 0, 0, 1, 3, 0, 0,
                                                         0, 1, 6, 0, 0, 0, 1, 4, 0, 0, 0, 1, 3}},
        {"none empty of two", {17, 1, 1}, 2, false, 0.5, {3, 4, 0, 3, 3, 0, 3, 3, 0, 3, 1, 0, 3, 4, 0, 3, 1}},
        {"one direction", {17, 1, 1}, 1, false, 1.0, {3, 2, 0, 2, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 2}},
        {"and off", {26, 1, 1}, 1, false, 3.028442954220037e-17, {3, 2, 0, 0, 2, 2, 0, 0, 1, 2, 0, 0, 3,
                                                                  2, 0, 0, 3, 2, 0, 0, 1, 2, 0, 0, 2, 2}},
        {"and a level missing", {22, 1, 1}, 1, false, 1.0, {6, 1, 0, 0, 1, 1, 0, 0, 4, 1, 0,
                                                            0, 3, 1, 0, 0, 2, 1, 0, 0, 1, 1}},
        {"merged", {27, 1, 1}, 2, true, 1.0, {5, 1, 0, 0, 0, 2, 1, 0, 0, 0, 3, 1, 0, 0,
                                              0, 6, 1, 0, 0, 0, 2, 1, 0, 0, 0, 8, 1}},
    };
    /* Many levels, more places than numpy's buffer: 1 + (step k mod 103) and a 5 for each k below n_pairs. */
    static const struct {
        int32_t step, n_pairs;
        double expected;
    } lines[] = {{3, 110, 1.0}, {7, 170, 9.620218331616435e-17}, {37, 150, 1.0}};
    rml_texture_settings settings = rml_texture_defaults();
    (void)state;
    settings.symmetrical_glcm = false;
    for (int32_t d = 0; d < 4; ++d) settings.distances[d] = d + 1;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const int32_t *size = cases[k].size;

        r = (roi){.size = {size[0], size[1], size[2]}};
        for (int32_t v = 0; v < size[0] * size[1] * size[2]; ++v) {
            r.mask[v] = cases[k].bins[v] > 0;
            r.bin[v] = cases[k].bins[v];
        }
        settings.n_distances = cases[k].n_distances;
        settings.weighting = cases[k].merged ? RML_WEIGHT_NO_WEIGHTING : RML_WEIGHT_NONE;
        assert_close(run(&r, &settings).value[feature("Correlation")], cases[k].expected, 1e-12, 1e-15, cases[k].what);
    }
    settings.n_distances = 1;
    settings.weighting = RML_WEIGHT_NONE;
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; ++k) {
        r = (roi){.size = {3 * lines[k].n_pairs - 1, 1, 1}};
        for (int32_t pair = 0; pair < lines[k].n_pairs; ++pair) {
            r.mask[3 * pair] = r.mask[3 * pair + 1] = 1;
            r.bin[3 * pair] = 1 + lines[k].step * pair % 103;
            r.bin[3 * pair + 1] = 5;
        }
        assert_close(run(&r, &settings).value[feature("Correlation")], lines[k].expected, 1e-12, 1e-15, "a long line");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_match_haralick),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(formulas_match_pyradiomics),
        cmocka_unit_test(deprecated_are_synonyms),
        cmocka_unit_test(sparse_is_dense),
        cmocka_unit_test(fast_counts_are_plain_counts),
        cmocka_unit_test(turning_changes_nothing),
        cmocka_unit_test(background_changes_nothing),
        cmocka_unit_test(hashed_sums_are_direct_sums),
        cmocka_unit_test(hashed_sums_are_kept_apart),
        cmocka_unit_test(degenerate_rois),
        cmocka_unit_test(weights_may_vanish),
        cmocka_unit_test(only_what_is_wanted),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(hardly_any_mass),
        cmocka_unit_test(one_row_adds_as_pyradiomics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
