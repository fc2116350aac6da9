/* The neighbouring grey tone difference features. */
#include "kernels/texture/ngtdm.h"
#include "tests/kernels/texture_cases.h"

#define N_FEATURES 5

static roi r;

typedef struct result {
    double value[N_FEATURES];
    uint8_t reason[N_FEATURES];
} result;

static result run(const roi *of, const rml_texture_settings *settings)
{
    int32_t margin = 1;
    result got;

    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > margin) margin = settings->distances[d];
    rml_levels levels = roi_levels(of, margin);
    const size_t n_bytes = rml_ngtdm_scratch_bytes(&levels, settings);
    void *scratch = aligned_alloc(64, n_bytes);

    assert_non_null(scratch);
    memset(scratch, 0xA5, n_bytes);
    assert_int_equal(rml_ngtdm_features(&levels, settings, ~(rml_wanted)0, scratch, got.value, got.reason), RML_OK);
    free(scratch);
    rml_levels_free(&levels);
    return got;
}

static int32_t feature(const char *name)
{
    const int32_t f = rml_feature_index(RML_NGTDM, name);

    assert_true(f >= 0);
    return f;
}

/* Oracle: the consensus values of the Image Biomarker Standardisation Initiative for its digital phantom (reference
 * manual; three significant digits, tolerance 0). Columns: 3D, 2.5D. */
static void phantom_matches_ibsi(void **state)
{
    static const struct {
        const char *name;
        double value[2];
    } ibsi[] = {{"Coarseness", {0.0296, 0.0285}},
                {"Contrast", {0.584, 0.601}},
                {"Busyness", {6.54, 6.8}},
                {"Complexity", {13.5, 14.1}},
                {"Strength", {0.763, 0.741}}};
    (void)state;
    roi_phantom(&r);
    for (int flat = 0; flat < 2; ++flat) {
        rml_texture_settings settings = rml_texture_defaults();

        settings.force_2d = flat;
        const result got = run(&r, &settings);
        for (size_t i = 0; i < sizeof ibsi / sizeof ibsi[0]; ++i)
            assert_close(three_digits(got.value[feature(ibsi[i].name)]), ibsi[i].value[flat], 1e-12, 0, ibsi[i].name);
    }
}

static void formulas_match_pyradiomics(void **state)
{
    (void)state;
    for (int which = 0; which < N_ORACLE_CASES; ++which) {
        const rml_texture_settings settings = roi_oracle(&r, which);
        const result got = run(&r, &settings);

        for (size_t i = 0; i < sizeof oracle_ngtdm / sizeof oracle_ngtdm[0]; ++i)
            assert_close(got.value[feature(oracle_ngtdm[i].name)], oracle_ngtdm[i].value[which], 1e-12, 0,
                         oracle_ngtdm[i].name);
    }
}

/* The definition, voxel by voxel and pair by pair. */
static void by_definition(const roi *of, const rml_texture_settings *settings, double *value)
{
    static double n[64], s[64];
    double total = 0.0, coarse = 0.0, apart = 0.0, n_levels = 0.0, contrast = 0.0, busy = 0.0, complexity = 0.0;
    double strength = 0.0;
    int32_t at[3], step[3], reach = 0;

    memset(n, 0, sizeof n);
    memset(s, 0, sizeof s);
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > reach) reach = settings->distances[d];
    for (at[2] = 0; at[2] < of->size[2]; ++at[2])
        for (at[1] = 0; at[1] < of->size[1]; ++at[1])
            for (at[0] = 0; at[0] < of->size[0]; ++at[0]) {
                const int64_t v = ((int64_t)at[2] * of->size[1] + at[1]) * of->size[0] + at[0];
                double sum = 0.0, count = 0.0;

                if (!of->mask[v]) continue;
                for (step[2] = -reach; step[2] <= reach; ++step[2])
                    for (step[1] = -reach; step[1] <= reach; ++step[1])
                        for (step[0] = -reach; step[0] <= reach; ++step[0]) {
                            int64_t to = 0;
                            bool inside = true, listed = false;
                            int32_t norm = 0;

                            for (int axis = 2; axis >= 0; --axis) {
                                const int32_t there = at[axis] + step[axis];

                                inside = inside && there >= 0 && there < of->size[axis];
                                to = to * of->size[axis] + there;
                                if (abs(step[axis]) > norm) norm = abs(step[axis]);
                            }
                            if (settings->force_2d && step[2 - settings->force_2d_axis] != 0) continue;
                            for (int32_t d = 0; d < settings->n_distances; ++d)
                                listed = listed || settings->distances[d] == norm;
                            if (!inside || !listed || !of->mask[to]) continue;
                            sum += of->bin[to];
                            count += 1.0;
                        }
                n[of->bin[v]] += 1.0;
                if (count > 0.0) s[of->bin[v]] += fabs(of->bin[v] - sum / count);
                total += 1.0;
            }
    for (int i = 1; i < 64; ++i) {
        coarse += n[i] / total * s[i];
        apart += s[i];
        n_levels += n[i] > 0.0;
        for (int j = 1; j < 64; ++j) {
            const double p = n[i] / total, q = n[j] / total;

            if (p == 0.0 || q == 0.0) continue;
            contrast += p * q * (i - j) * (i - j);
            busy += fabs(i * p - j * q);
            complexity += abs(i - j) * (p * s[i] + q * s[j]) / (p + q);
            strength += (p + q) * (i - j) * (i - j);
        }
    }
    value[feature("Coarseness")] = 1.0 / coarse;
    value[feature("Contrast")] = contrast / (n_levels * (n_levels - 1.0)) * apart / total;
    value[feature("Busyness")] = coarse / busy;
    value[feature("Complexity")] = complexity / total;
    value[feature("Strength")] = strength / apart;
}

/* Property: box sums and offset lists give what the plain loops give. 1e-11: sums of a few hundred terms. */
static void fast_is_plain(void **state)
{
    static const int32_t distances[][3] = {{1, 0, 0}, {2, 0, 0}, {1, 2, 0}, {3, 1, 0}};
    uint64_t seed = 23;
    (void)state;
    for (int round = 0; round < 48; ++round) {
        rml_texture_settings settings = rml_texture_defaults();
        double expected[N_FEATURES];

        memcpy(settings.distances, distances[round % 4], sizeof distances[0]);
        settings.n_distances = round % 4 < 2 ? 1 : 2;
        settings.force_2d = round % 3 == 2;
        settings.force_2d_axis = round / 4 % 3;
        roi_random(&r, &seed, 3 + round % 7, 4 + round % 5, 3 + round % 4, 3 + round, 0.7);
        const result got = run(&r, &settings);
        by_definition(&r, &settings, expected);
        for (int f = 0; f < N_FEATURES; ++f)
            assert_close(got.value[f], expected[f], 1e-11, 0, rml_class_features(RML_NGTDM)[f].name);
    }
}

/* Property: levels enter as differences alone in s, so a shift of the bins leaves all but Busyness. */
static void shifted_levels(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    uint64_t seed = 31;
    (void)state;
    roi_random(&r, &seed, 9, 8, 7, 20, 0.8);
    const result before = run(&r, &settings);
    for (int64_t v = 0; v < 9 * 8 * 7; ++v) r.bin[v] += 2000000000;
    const result after = run(&r, &settings);
    for (int f = 0; f < N_FEATURES; ++f)
        if (f != feature("Busyness"))
            assert_close(after.value[f], before.value[f], 1e-12, 0, rml_class_features(RML_NGTDM)[f].name);
}

/* Oracle: PyRadiomics 3.0.1, whose constants these are. */
static void degenerate_rois(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    result got;
    (void)state;
    for (int which = 0; which < 3; ++which) { /* flat; two far voxels of two levels; one voxel */
        r = (roi){.size = {3, which == 2 ? 1 : 3, which == 2 ? 1 : 3}};
        for (int v = 0; v < 27; ++v) {
            r.mask[v] = which == 0 || v == 0 || (which == 1 && v == 26);
            r.bin[v] = which == 1 && v ? 3 : 1;
        }
        if (which == 2) r.size[0] = 1;
        got = run(&r, &settings);
        assert_close(got.value[feature("Coarseness")], 1e6, 0, 0, "Coarseness");
        assert_close(got.value[feature("Contrast")], 0.0, 0, 0, "Contrast");
        assert_close(got.value[feature("Complexity")], 0.0, 0, 0, "Complexity");
        assert_close(got.value[feature("Busyness")], 0.0, 0, 0, "Busyness");
        assert_close(got.value[feature("Strength")], 0.0, 0, 0, "Strength");
        assert_int_equal(got.reason[feature("Coarseness")], RML_WHY_FLAT + which);
        assert_int_equal(got.reason[feature("Strength")], RML_WHY_FLAT + which);
        assert_int_equal(got.reason[feature("Complexity")], RML_DEFINED);
    }
}

/* Oracle: PyRadiomics 3.0.1: a voxel without a neighbour adds nothing to s but is counted in n. By hand: levels 1 1 . 4
 * along x: s = 0 for both, so Coarseness is its constant; 1 2 . 4: s(1) = s(2) = 1, n = 3, Coarseness 3 / 2. */
static void lonely_voxels_count(void **state)
{
    const rml_texture_settings settings = rml_texture_defaults();
    (void)state;
    r = (roi){.size = {4, 1, 1}, .mask = {1, 1, 0, 1}, .bin = {1, 1, 0, 4}};
    assert_close(run(&r, &settings).value[feature("Coarseness")], 1e6, 0, 0, "Coarseness");
    r = (roi){.size = {4, 1, 1}, .mask = {1, 1, 0, 1}, .bin = {1, 2, 0, 4}};
    assert_close(run(&r, &settings).value[feature("Coarseness")], 1.5, 1e-15, 0, "Coarseness");
}

static void wrong_settings_are_refused(void **state)
{
    rml_texture_settings settings = rml_texture_defaults();
    uint8_t reason[N_FEATURES];
    double value[N_FEATURES];
    (void)state;
    roi_phantom(&r);
    rml_levels levels = roi_levels(&r, 1);
    settings.distances[0] = 2;
    assert_int_equal(rml_ngtdm_features(&levels, &settings, 1, NULL, value, reason), RML_EINVAL);
    rml_levels_free(&levels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(formulas_match_pyradiomics),
        cmocka_unit_test(fast_is_plain),
        cmocka_unit_test(shifted_levels),
        cmocka_unit_test(degenerate_rois),
        cmocka_unit_test(lonely_voxels_count),
        cmocka_unit_test(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
