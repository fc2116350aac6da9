/* The catalogue against the documented lists of PyRadiomics 3.0.1 (107 features and 9 of a slice, 11 deprecated ones)
 * and IBSI's tags.
 */
#include "kernels/features/catalogue.h"
#include "tests/support/support.h"

/* Oracle: PyRadiomics 3.0.1, enableAllFeatures, features a class; deprecated ones counted apart. */
static const struct {
    const char *name;
    int32_t enabled, deprecated;
} expected[RML_N_CLASSES] = {
    {"shape", 14, 3}, {"shape2D", 9, 1}, {"firstorder", 18, 1}, {"glcm", 24, 4},
    {"gldm", 14, 2},  {"glrlm", 16, 0},  {"glszm", 16, 0},      {"ngtdm", 5, 0},
};

static void classes_have_their_features(void **state)
{
    int total = 0;
    (void)state;
    for (int c = 0; c < RML_N_CLASSES; ++c) {
        const int32_t enabled = __builtin_popcount(rml_class_default((rml_class)c));

        assert_string_equal(rml_class_name((rml_class)c), expected[c].name);
        assert_int_equal(enabled, expected[c].enabled);
        assert_int_equal(rml_class_size((rml_class)c), expected[c].enabled + expected[c].deprecated);
        assert_true(rml_class_size((rml_class)c) <= RML_MAX_CLASS_FEATURES);
        total += enabled;
    }
    assert_int_equal(total, 107 + 9);
}

static void names_ascend_and_are_found(void **state)
{
    (void)state;
    for (int c = 0; c < RML_N_CLASSES; ++c) {
        const rml_feature *features = rml_class_features((rml_class)c);

        for (int32_t f = 0; f < rml_class_size((rml_class)c); ++f) {
            if (f > 0) assert_true(strcmp(features[f - 1].name, features[f].name) < 0);
            assert_int_equal(rml_feature_index((rml_class)c, features[f].name), f);
            assert_int_equal(rml_class_default((rml_class)c) >> f & 1, !features[f].deprecated);
            assert_true(features[f].ibsi_tag[0] == '\0' || strlen(features[f].ibsi_tag) == 4);
        }
    }
    assert_int_equal(rml_feature_index(RML_GLCM, "Contrastive"), -1);
    assert_int_equal(rml_feature_index(RML_NGTDM, "JointEntropy"), -1);
    assert_int_equal(rml_feature_index(RML_FIRSTORDER, "10Percentile"), 0);
}

static void check_tag(rml_class class_, const char *name, const char *tag, bool deprecated)
{
    const int32_t f = rml_feature_index(class_, name);

    assert_true(f >= 0);
    assert_string_equal(rml_class_features(class_)[f].ibsi_tag, tag);
    assert_int_equal(rml_class_features(class_)[f].deprecated, deprecated);
}

/* Oracle: the codes of the IBSI reference manual; "" where PyRadiomics' number is another one. */
static void tags_are_those_of_ibsi(void **state)
{
    (void)state;
    check_tag(RML_GLCM, "JointEntropy", "TU9B", false);
    check_tag(RML_GLCM, "MCC", "", false);
    check_tag(RML_GLCM, "SumVariance", "OEEB", true);
    check_tag(RML_GLCM, "Homogeneity1", "IB1Z", true);
    check_tag(RML_GLCM, "Id", "IB1Z", false);
    check_tag(RML_FIRSTORDER, "Kurtosis", "", false);
    check_tag(RML_FIRSTORDER, "Skewness", "KE2A", false);
    check_tag(RML_FIRSTORDER, "StandardDeviation", "", true);
    check_tag(RML_SHAPE, "MajorAxisLength", "", false);
    check_tag(RML_SHAPE, "Elongation", "Q3CK", false);
    check_tag(RML_SHAPE, "Compactness2", "BQWJ", true);
    check_tag(RML_GLDM, "DependencePercentage", "6XV8", true);
    check_tag(RML_GLDM, "GrayLevelNonUniformityNormalized", "5SPA", true);
    check_tag(RML_GLDM, "SmallDependenceEmphasis", "SODN", false);
    check_tag(RML_GLRLM, "RunEntropy", "HJ9O", false);
    check_tag(RML_GLSZM, "SmallAreaEmphasis", "5QRC", false);
    check_tag(RML_NGTDM, "Coarseness", "QCDE", false);
}

/* Oracle: the published table that maps PyRadiomics' names to IBSI's codes. */
static void tags_agree_with_the_map(void **state)
{
    const char *path = rml_shared("reference/ibsi/pyradiomics_map.csv");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[4096];
    int n_rows = 0;
    (void)state;
    if (!file) {
        print_message("skipped: the IBSI map is not here\n");
        skip();
    }
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char *rest = line, *field[6];

        for (int i = 0; i < 6; ++i) field[i] = strsep(&rest, ",");
        for (int c = 0; c < RML_N_CLASSES; ++c) {
            if (strcmp(rml_class_name((rml_class)c), field[0]) != 0) continue;
            const int32_t f = rml_feature_index((rml_class)c, field[1]);

            assert_true(f >= 0);
            assert_string_equal(rml_class_features((rml_class)c)[f].ibsi_tag,
                                strcmp(field[5], "same") == 0 ? field[2] : "");
            ++n_rows;
        }
    }
    fclose(file);
    assert_int_equal(n_rows, 115); /* the map leaves the two deprecated gldm features out */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_have_their_features),
        cmocka_unit_test(names_ascend_and_are_found),
        cmocka_unit_test(tags_are_those_of_ibsi),
        cmocka_unit_test(tags_agree_with_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
