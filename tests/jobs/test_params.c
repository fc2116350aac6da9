#include "tests/support/support.h"

#include "jobs/params.h"

static const char *write_file(const char *text)
{
    static char path[4200];
    FILE *out;

    snprintf(path, sizeof path, "%s/p.yaml", rml_test_folder());
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
    return path;
}

static void read_text(const char *text, rml_params *params)
{
    rml_error err = {0};

    if (rml_params_read(write_file(text), params, &err) != RML_OK) fail_msg("%s\nis refused: %s", text, err.text);
}

static char *canonical_of(const char *text)
{
    rml_params params;
    char *canonical;

    read_text(text, &params);
    canonical = strdup(params.canonical);
    rml_params_free(&params);
    return canonical;
}

/* An identity: the defaults written as a file read as no file does, in what is not canonical too. */
static void defaults_as_a_file(void **state)
{
    rml_params written, none;

    (void)state;
    assert_int_equal(rml_params_read(NULL, &none, NULL), RML_OK);
    read_text(rml_params_defaults(), &written);
    assert_string_equal(written.canonical, none.canonical);
    assert_true(written.label == none.label && written.additional_info == none.additional_info &&
                written.pre_crop == none.pre_crop && written.pad_distance == none.pad_distance);
    rml_params_free(&written);
    rml_params_free(&none);
}

/* Oracle: the defaults that PyRadiomics' documentation lists. */
static void defaults_are_pyradiomics(void **state)
{
    rml_params params;

    (void)state;
    assert_int_equal(rml_params_read(NULL, &params, NULL), RML_OK);
    assert_int_equal(rml_params_n_columns(&params), 107);
    assert_int_equal(params.n_classes, 7);
    assert_int_equal(params.n_types, 1);
    assert_int_equal(params.type[0].filter, RML_ORIGINAL);
    assert_true(params.type[0].binning.width == 25 && params.type[0].binning.count == 0);
    assert_false(params.normalise);
    assert_true(params.normalise_scale == 1 && isinf(params.remove_outliers) && params.type[0].voxel_array_shift == 0);
    assert_int_equal(params.label, 1);
    assert_int_equal(params.label_channel, 0);
    assert_true(params.additional_info);
    assert_int_equal(params.type[0].texture.n_distances, 1);
    assert_int_equal(params.type[0].texture.distances[0], 1);
    assert_false(params.type[0].texture.force_2d);
    assert_int_equal(params.type[0].texture.weighting, RML_WEIGHT_NONE);
    assert_true(params.type[0].texture.symmetrical_glcm && params.type[0].texture.gldm_alpha == 0);
    assert_int_equal(params.resegment.n_bounds, 0);
    assert_false(params.resegment_shape);
    assert_int_equal(params.minimum_roi_dimensions, 2);
    assert_int_equal(params.minimum_roi_size, -1);
    assert_true(params.geometry_tolerance == 1e-6);
    assert_false(params.correct_mask || params.pre_crop);
    assert_true(params.pad_distance == 5);
    assert_string_equal(params.source, "");
    rml_params_free(&params);
}

static void every_setting_arrives(void **state)
{
    static const char text[] = "setting:\n"
                               "  minimumROIDimensions: 3\n"
                               "  minimumROISize: 50\n"
                               "  geometryTolerance: 1e-3\n"
                               "  correctMask: true\n"
                               "  additionalInfo: false\n"
                               "  label: 4294967295\n"
                               "  label_channel: 2\n"
                               "  binWidth: 0.5\n"
                               "  binCount: 32\n"
                               "  normalize: true\n"
                               "  normalizeScale: 100\n"
                               "  removeOutliers: 3\n"
                               "  padDistance: 10\n"
                               "  distances: [3, 1]\n"
                               "  force2D: true\n"
                               "  force2Ddimension: 2\n"
                               "  resegmentRange: [-2.5, .inf]\n"
                               "  resegmentMode: sigma\n"
                               "  resegmentShape: true\n"
                               "  preCrop: true\n"
                               "  voxelArrayShift: -300\n"
                               "  symmetricalGLCM: false\n"
                               "  weightingNorm: no_weighting\n"
                               "  gldm_a: 2\n";
    rml_params params;

    (void)state;
    read_text(text, &params);
    assert_int_equal(params.minimum_roi_dimensions, 3);
    assert_int_equal(params.minimum_roi_size, 50);
    assert_true(params.geometry_tolerance == 1e-3 && params.correct_mask && !params.additional_info);
    assert_true(params.label == UINT32_MAX);
    assert_int_equal(params.label_channel, 2);
    assert_true(params.type[0].binning.width == 0.5 && params.type[0].binning.count == 32);
    assert_true(params.normalise && params.normalise_scale == 100 && params.remove_outliers == 3);
    assert_true(params.pad_distance == 10 && params.pre_crop);
    assert_int_equal(params.type[0].texture.n_distances, 2);
    assert_int_equal(params.type[0].texture.distances[0], 1);
    assert_int_equal(params.type[0].texture.distances[1], 3);
    assert_true(params.type[0].texture.force_2d);
    assert_int_equal(params.type[0].texture.force_2d_axis, 2);
    assert_int_equal(params.resegment.n_bounds, 2);
    assert_true(params.resegment.bounds[0] == -2.5 && isinf(params.resegment.bounds[1]));
    assert_int_equal(params.resegment.mode, RML_RESEGMENT_SIGMA);
    assert_true(params.resegment_shape && params.type[0].voxel_array_shift == -300);
    assert_false(params.type[0].texture.symmetrical_glcm);
    assert_int_equal(params.type[0].texture.weighting, RML_WEIGHT_NO_WEIGHTING);
    assert_true(params.type[0].texture.gldm_alpha == 2);
    assert_string_equal(params.source, text);
    rml_params_free(&params);
}

/* Oracle: PyRadiomics sorts its methods' names, getMeanAbsoluteDeviationFeatureValue before getMeanFeatureValue. */
static void mean_stands_behind_the_mean_deviation(void **state)
{
    static const char *const names[] = {"original_firstorder_Maximum", "original_firstorder_MeanAbsoluteDeviation",
                                        "original_firstorder_Mean", "original_firstorder_Median"};
    rml_params params;

    (void)state;
    read_text("featureClass:\n  firstorder:\n", &params);
    assert_int_equal(rml_params_n_columns(&params), 18);
    for (int32_t c = 0; c < 4; ++c) {
        rml_feature_column column;
        char name[RML_COLUMN_NAME];

        rml_params_column(&params, 6 + c, &column, name);
        assert_string_equal(name, names[c]);
    }
    rml_params_free(&params);
}

/* Oracle: PyRadiomics' order of columns: shape first, then the file's order of classes, then ASCII or the list's. */
static void columns_stand_in_order(void **state)
{
    static const char *const names[] = {"original_shape_Sphericity",
                                        "original_ngtdm_Busyness",
                                        "original_ngtdm_Coarseness",
                                        "original_ngtdm_Complexity",
                                        "original_ngtdm_Contrast",
                                        "original_ngtdm_Strength",
                                        "original_firstorder_StandardDeviation",
                                        "original_firstorder_10Percentile",
                                        "original_firstorder_Mean"};
    rml_params params;

    (void)state;
    read_text("featureClass:\n  ngtdm:\n  firstorder: [StandardDeviation, 10Percentile, Mean, Mean]\n"
              "  shape: [Sphericity]\n",
              &params);
    assert_int_equal(rml_params_n_columns(&params), 9);
    for (int32_t c = 0; c < 9; ++c) {
        rml_feature_column column;
        char name[RML_COLUMN_NAME];

        rml_params_column(&params, c, &column, name);
        assert_string_equal(name, names[c]);
        assert_int_equal(column.class_, c < 1 ? RML_SHAPE : c < 6 ? RML_NGTDM : RML_FIRSTORDER);
        assert_string_equal(rml_class_features(column.class_)[column.feature].name, strrchr(name, '_') + 1);
    }
    rml_params_free(&params);
}

/* Oracle: PyRadiomics 3.0.1. A file that names no class enables shape2D too, which gives columns only with force2D
 * under setting; what an image type says of force2D does not count. Both shapes come before the images, shape first. */
static void a_slice_has_columns_with_force2d(void **state)
{
    static const struct {
        const char *text;
        int32_t n_columns;
        const char *first[3];
    } files[] = {
        {"setting: {force2D: true}\n", 107 + 9, {NULL}},
        {"featureClass: {}\nsetting: {force2D: true, force2Ddimension: 2}\n", 107 + 9, {NULL}},
        {"setting: {force2D: false}\n", 107, {NULL}},
        {"imageType: {Original: {force2D: true}}\n", 107, {NULL}},
        {"imageType: {Original: {force2D: false}}\nsetting: {force2D: true}\n", 107 + 9, {NULL}},
        {"featureClass: {firstorder: [Mean], shape2D: [Perimeter, Elongation], shape: [VoxelVolume]}\n"
         "imageType: {Square: {}, SquareRoot: {}}\nsetting: {force2D: true}\n",
         5,
         {"original_shape_VoxelVolume", "original_shape2D_Perimeter", "original_shape2D_Elongation"}},
    };

    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; ++f) {
        rml_params params;
        char name[RML_COLUMN_NAME];

        read_text(files[f].text, &params);
        assert_int_equal(rml_params_n_columns(&params), files[f].n_columns);
        for (int32_t c = 0; c < 3 && files[f].first[c]; ++c) {
            rml_params_column(&params, c, NULL, name);
            assert_string_equal(name, files[f].first[c]);
        }
        rml_params_column(&params, files[f].n_columns - 1, NULL, name);
        assert_string_equal(name, f == 5 ? "squareroot_firstorder_Mean" : "original_ngtdm_Strength");
        if (files[f].n_columns == 107 + 9) {
            rml_params_column(&params, 14, NULL, name);
            assert_string_equal(name, "original_shape2D_Elongation");
            rml_params_column(&params, 14 + 9, NULL, name);
            assert_string_equal(name, "original_firstorder_10Percentile");
        }
        rml_params_free(&params);
    }
}

/* Oracle: the first column of PyRadiomics' own output for its default parameters, a feature a line. */
static void columns_are_those_of_the_reference(void **state)
{
    char parameters[4096], line[4096];
    const char *path = rml_shared("reference/pyradiomics/params/default.yaml");
    FILE *in;
    rml_params params;
    int32_t c = 0;

    (void)state;
    if (!path) skip();
    strcpy(parameters, path);
    in = fopen(rml_shared("reference/pyradiomics/features_default.csv"), "r");
    assert_non_null(in);
    assert_int_equal(rml_params_read(parameters, &params, NULL), RML_OK);
    while (fgets(line, sizeof line, in)) {
        rml_feature_column column;
        char name[RML_COLUMN_NAME];

        line[strcspn(line, ",")] = '\0';
        if (strcmp(line, "feature") == 0) continue;
        assert_true(c < rml_params_n_columns(&params));
        rml_params_column(&params, c++, &column, name);
        assert_string_equal(name, line);
    }
    fclose(in);
    assert_int_equal(c, 107);
    rml_params_free(&params);
}

/* What the reference folder holds is accepted, with as many columns as PyRadiomics gives. */
static void reference_files_are_read(void **state)
{
    static const struct {
        const char *name;
        int32_t n_columns;
    } files[] = {
        {"params/default.yaml", 107},
        {"params/paper_mr.yaml", 107},
        {"params/paper_mr_shift300.yaml", 18},
        {"params/normalize_outliers.yaml", 107},
        {"params/bincount32.yaml", 107},
        {"params/force2D.yaml", 107},
        {"params/distances123.yaml", 43},
        {"params/gldm_a1.yaml", 14},
        {"params/asymmetric_glcm.yaml", 24},
        {"params/voxelarrayshift300.yaml", 18},
        {"params/weight_euclidean.yaml", 40},
        {"params/weight_manhattan.yaml", 40},
        {"params/weight_infinity.yaml", 40},
        {"params/weight_no_weighting.yaml", 40},
        {"params/resegment_absolute.yaml", 107},
        {"params/resegment_absolute_shape.yaml", 107},
        {"params/resegment_sigma.yaml", 107},
        {"params/tiny_default.yaml", 107},
        {"params/tiny_2d.yaml", 107},
        {"params/tiny_bc8.yaml", 107},
        {"params/tiny_bw10_d12.yaml", 107},
        {"params/tiny_wman.yaml", 40},
        {"params/tiny_shape2d.yaml", 9},
        {"params/slice_shape2D.yaml", 9 + 93},
        {"params/log123.yaml", 3 * 93},
        {"params/wavelet_coif1.yaml", 8 * 93},
        {"params/filter_square.yaml", 93},
        {"params/filter_squareroot.yaml", 93},
        {"params/filter_logarithm.yaml", 93},
        {"params/filter_exponential.yaml", 93},
        {"params/filter_gradient.yaml", 93},
        {"params/filter_lbp2d.yaml", 93},
        {"params/filter_lbp3d.yaml", 3 * 93},
        {"params/resample111.yaml", 107},
        {"params/resample111_paper_mr.yaml", 107},
        {"params/resample222_linear.yaml", 107},
        {"params/precrop_pad10_log2.yaml", 14 + 10 * 93},
        {"example_params/Params.yaml", 100},
        {"example_params/exampleVoxel.yaml", 1},
        {"example_params/example_allShape.yaml", 17},
        {"example_params/exampleCT.yaml", 14 + 14 * 86},
        {"example_params/exampleMR_3mm.yaml", 14 + 13 * 86},
        {"example_params/exampleMR_5mm.yaml", 14 + 11 * 86},
        {"example_params/exampleMR_NoResampling.yaml", 14 + 8 * 86},
        {"example_params/MR_2D_extraction.yaml", 9 + 9 * 91},
    };

    (void)state;
    if (!rml_shared("")) skip();
    for (size_t f = 0; f < sizeof files / sizeof *files; ++f) {
        char name[256];
        rml_params params;
        rml_error err = {0};

        snprintf(name, sizeof name, "reference/pyradiomics/%s", files[f].name);
        if (rml_params_read(rml_shared(name), &params, &err) != RML_OK) fail_msg("%s", err.text);
        assert_int_equal(rml_params_n_columns(&params), files[f].n_columns);
        rml_params_free(&params);
    }
}

/* A file's comments, order, empty values and spelled-out defaults do not make it another parameter set. */
static void equal_settings_have_one_text(void **state)
{
    static const char *const equal[] = {
        "setting: {binWidth: 25}\n",
        "# comment\nsetting:\n",
        "imageType: {}\nsetting: {label: 3}\n", /* each task's own */
        "imageType: {Original: {}}\n",
        "imageType: {Original: }\nvoxelSetting: {kernelRadius: 2, maskedKernel: true, initValue: nan, voxelBatch: "
        "10}\n",
        "setting: {binCount: , distances: [1], normalize: no, interpolator: sitkLinear, resampledPixelSpacing: }\n",
        "setting: {interpolator: , resampledPixelSpacing: [1, 1, 1]}\n", /* an empty interpolator switches it off */
        "setting: {interpolator: 3, padDistance: 20, preCrop: true, additionalInfo: false}\n",
        "setting: {sigma: [1, 2], wavelet: haar, level: 2, start_level: 1, lbp2DMethod: uniform, lbp2DRadius: 1.5,\n"
        "          lbp2DSamples: 9, lbp3DLevels: 3, lbp3DIcosphereRadius: 1, lbp3DIcosphereSubdivision: 0,\n"
        "          gradientUseSpacing: false}\n",
        "imageType: {Original: {binWidth: 25, padDistance: 3, interpolator: sitkLinear, sigma: [2]}}\n",
        "imageType: {Original: {binCount: , weightingNorm: }}\nsetting: {binCount: 8, weightingNorm: euclidean}\n",
        "featureClass: {firstorder: , glcm: [], gldm: ~, glrlm: null, glszm: , ngtdm: , shape: }\n",
        "featureClass: {shape: , firstorder: , glcm: , gldm: , glrlm: , glszm: , ngtdm: }\n",
        "{\"setting\": {\"binWidth\": 25.0, \"geometryTolerance\": 0.000001}}\n",
        "featureClass: {}\n",
        /* empty, and PyRadiomics 3.0.1 computes the same with and without them */
        "setting: {minimumROISize: , geometryTolerance: , correctMask: , additionalInfo: , label_channel: , binCount: "
        ",\n"
        "          normalize: , normalizeScale: , removeOutliers: , padDistance: , resegmentRange: , resegmentMode: ,\n"
        "          resegmentShape: , preCrop: , weightingNorm: , sigma: , level: }\n",
        "imageType: {Original: {label: , normalizeScale: , padDistance: }}\nsetting: {preCrop: true}\n",
        "imageType: {Original: {binWidth: 25, distances: [1]}}\nsetting: {binWidth: , distances: }\n",
    };
    rml_params defaults;

    (void)state;
    assert_int_equal(rml_params_read(NULL, &defaults, NULL), RML_OK);
    for (size_t e = 0; e < sizeof equal / sizeof *equal; ++e) {
        char *canonical = canonical_of(equal[e]);

        assert_string_equal(canonical, defaults.canonical);
        free(canonical);
    }
    rml_params_free(&defaults);
}

static void different_settings_differ(void **state)
{
    static const char *const texts[] = {
        "setting: {}\n",
        "setting: {binWidth: 25.000000000000004}\n",
        "setting: {binCount: 16}\n",
        "setting: {correctMask: true}\n",
        "setting: {distances: [1, 2]}\n",
        "setting: {distances: [2]}\n",
        "setting: {force2D: true}\n",
        "setting: {force2Ddimension: 1}\n",
        "setting: {geometryTolerance: 1.0000000000000002e-6}\n",
        "setting: {gldm_a: 1}\n",
        "setting: {label_channel: 1}\n",
        "setting: {minimumROIDimensions: 1}\n",
        "setting: {minimumROISize: 1}\n",
        "setting: {normalize: true}\n",
        "setting: {normalizeScale: 2}\n",
        "setting: {removeOutliers: 3}\n",
        "setting: {resegmentMode: sigma}\n",
        "setting: {resegmentRange: [1]}\n",
        "setting: {resegmentRange: [1, 2]}\n",
        "setting: {resegmentShape: true}\n",
        "setting: {symmetricalGLCM: false}\n",
        "setting: {voxelArrayShift: 1}\n",
        "setting: {weightingNorm: manhattan}\n",
        "setting: {weightingNorm: no_weighting}\n",
        "featureClass: {shape: , firstorder: , glcm: , glrlm: , gldm: , glszm: , ngtdm: }\n",
        "setting: {resampledPixelSpacing: [1, 1, 1]}\n",
        "setting: {resampledPixelSpacing: [1, 1, 2]}\n",
        "setting: {resampledPixelSpacing: [1, 1, 1], interpolator: sitkLinear}\n",
        "imageType: {LoG: {sigma: [1.0]}}\n",
        "imageType: {LoG: {sigma: [1]}}\n",
        "imageType: {LoG: {sigma: [1.0]}}\nsetting: {padDistance: 6}\n",
        "imageType: {LoG: {sigma: [1.0]}}\nsetting: {preCrop: true}\n",
        "imageType: {LoG: {sigma: [1.0], binWidth: 5}}\n",
        "imageType: {Wavelet: {}}\n",
        "imageType: {Wavelet: {wavelet: db2}}\n",
        "imageType: {Wavelet: {level: 2}}\n",
        "imageType: {Wavelet: {start_level: 1}}\n",
        "imageType: {Original: {}, Wavelet: {}}\n",
        "imageType: {Wavelet: {}, Original: {}}\n",
        "imageType: {Gradient: {}}\n",
        "imageType: {Gradient: {gradientUseSpacing: false}}\n",
        "imageType: {LBP2D: {lbp2DRadius: 2}}\n",
        "imageType: {LBP2D: {lbp2DSamples: 9}}\n",
        "imageType: {LBP2D: {lbp2DMethod: ror}}\n",
        "imageType: {LBP3D: {lbp3DLevels: 3}}\n",
        "imageType: {LBP3D: {lbp3DIcosphereRadius: 2}}\n",
        "imageType: {LBP3D: {lbp3DIcosphereSubdivision: 2}}\n",
        "featureClass: {glcm: }\n",
        "featureClass: {glcm: [Contrast, Id]}\n",
        "featureClass: {glcm: [Id, Contrast]}\n",
        "featureClass: {glcm: [Id]}\n",
    };
    enum { N = sizeof texts / sizeof *texts };
    char *canonical[N];

    (void)state;
    for (int t = 0; t < N; ++t) canonical[t] = canonical_of(texts[t]);
    for (int a = 0; a < N; ++a)
        for (int b = 0; b < a; ++b)
            if (strcmp(canonical[a], canonical[b]) == 0) fail_msg("%sand\n%sgive one text", texts[b], texts[a]);
    for (int t = 0; t < N; ++t) free(canonical[t]);
}

/* SimpleITK 2.3.1's names and numbers of its interpolators; its B-spline has a name alone here. */
static void interpolators_are_named(void **state)
{
    static const struct {
        const char *given, *name;
    } of[] = {{"1", "sitkNearestNeighbor"},
              {"2", "sitkLinear"},
              {"4", "sitkGaussian"},
              {"5", "sitkLabelGaussian"},
              {"6", "sitkHammingWindowedSinc"},
              {"7", "sitkCosineWindowedSinc"},
              {"8", "sitkWelchWindowedSinc"},
              {"9", "sitkLanczosWindowedSinc"},
              {"10", "sitkBlackmanWindowedSinc"},
              {"sitkBSpline", "sitkBSpline"},
              {"sitkLinear", "sitkLinear"}};

    (void)state;
    for (size_t k = 0; k < sizeof of / sizeof *of; ++k) {
        char text[128], line[128], *canonical;

        snprintf(text, sizeof text, "setting: {resampledPixelSpacing: [1, 1, 1], interpolator: %s}\n", of[k].given);
        snprintf(line, sizeof line, "\ninterpolator: %s\n", of[k].name);
        canonical = canonical_of(text);
        assert_non_null(strstr(canonical, line));
        free(canonical);
    }
}

static void the_text_is_sorted(void **state)
{
    rml_params params;
    char *line, *rest = NULL;
    const char *before = "";

    (void)state;
    assert_int_equal(rml_params_read(NULL, &params, NULL), RML_OK);
    for (line = strtok_r(params.canonical, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        assert_true(strcmp(before, line) < 0);
        assert_non_null(strstr(line, ":"));
        before = line;
    }
    rml_params_free(&params);
}

static void original_overrides(void **state)
{
    rml_params params;

    (void)state;
    read_text(
        "imageType: {Original: {binWidth: 10, binCount: , distances: [2]}}\nsetting: {binWidth: 5, binCount: 8}\n",
        &params);
    assert_true(params.type[0].binning.width == 10 && params.type[0].binning.count == 0);
    assert_int_equal(params.type[0].texture.distances[0], 2);
    rml_params_free(&params);
}

/* Oracle: PyRadiomics 3.0.1's names and order of images, run with these parameters. */
static void images_have_names(void **state)
{
    static const char *const names[] = {
        "original",    "log-sigma-1-mm-3D", "log-sigma-2-5-mm-3D", "log-sigma-3-0-mm-3D",
        "wavelet-LH",  "wavelet-HL",        "wavelet-HH",          "wavelet2-LH",
        "wavelet2-HL", "wavelet2-HH",       "wavelet2-LL",         "square",
        "squareroot",  "logarithm",         "exponential",         "gradient",
        "lbp-2D",      "lbp-3D-m1",         "lbp-3D-m2",           "lbp-3D-m3",
        "lbp-3D-k"};
    rml_params params;

    (void)state;
    read_text(
        "imageType: {Original: {}, LoG: {sigma: [1, 2.5, 3.0], binWidth: 7}, Wavelet: {level: 2, force2D: true},\n"
        "            Square: {}, SquareRoot: {}, Logarithm: {}, Exponential: {}, Gradient: {}, LBP2D: {},\n"
        "            LBP3D: {lbp3DLevels: 3}}\nfeatureClass: {glcm: [Id, Contrast], shape: [Sphericity]}\n",
        &params);
    assert_int_equal(params.n_images, (int)(sizeof names / sizeof *names));
    assert_int_equal(rml_params_n_columns(&params), 1 + 2 * params.n_images);
    for (int32_t i = 0; i < params.n_images; ++i) {
        char name[RML_IMAGE_NAME], column[RML_COLUMN_NAME], expected[RML_COLUMN_NAME];
        const rml_image_type *type = rml_params_image(&params, i, name);
        rml_feature_column found;

        assert_string_equal(name, names[i]);
        assert_true(type->binning.width == (type->filter == RML_LOG ? 7 : 25)); /* its own settings, and its alone */
        rml_params_column(&params, 1 + 2 * i, &found, column);
        assert_int_equal(found.image, i);
        snprintf(expected, sizeof expected, "%s_glcm_Id", name);
        assert_string_equal(column, expected);
    }
    rml_params_free(&params);
}

/* Two equal sigmas are two equal LoG images, and nothing to an image type that is none. */
static void sigmas_are_of_log_alone(void **state)
{
    static const char *const files[] = {"setting: {sigma: [1, 1]}\n", "setting: {sigma: [1, 1]}\nimageType: {}\n",
                                        "setting: {sigma: [1, 1]}\nimageType: {Wavelet: {}}\n"};

    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; ++f) {
        rml_params params;

        read_text(files[f], &params);
        rml_params_free(&params);
    }
}

static void bad_parameters_are_refused(void **state)
{
    static const struct {
        const char *text;
        rml_status status;
        const char *sentence;
    } bad[] = {
        {"", RML_ESETTING, ": holds no parameters"},
        {"# nothing\n", RML_ESETTING, ": holds no parameters"},
        {"[1]\n", RML_ESETTING, " line 1: not a parameter file: expected a map of imageType, featureClass and setting"},
        {"settings:\n  binWidth: 5\n", RML_ESETTING, " line 1: unknown key \"settings\": did you mean \"setting\"?"},
        {"setting:\n  binwidth: 5\n", RML_ESETTING,
         " line 2: unknown setting \"binwidth\": did you mean \"binWidth\"?"},
        {"setting:\n  colour: 5\n", RML_ESETTING, " line 2: unknown setting \"colour\""},
        {"setting:\n  kernelRadius: 1\n", RML_ESETTING, " line 2: unknown setting \"kernelRadius\""},
        {"voxelSetting:\n  kernelRadius: 0\n", RML_ESETTING,
         " line 2: kernelRadius is 0, expected a whole number above 0"},
        {"setting: 5\n", RML_ESETTING, " line 1: setting is not a map of settings"},
        {"setting:\n\n  binWidth: 0\n", RML_ESETTING, " line 3: binWidth is 0, expected a number above 0"},
        {"setting:\n  binWidth: -5\n", RML_ESETTING, " line 2: binWidth is -5, expected a number above 0"},
        {"setting:\n  binWidth: '5'\n", RML_ESETTING, " line 2: binWidth is the text \"5\", expected a number above 0"},
        {"setting:\n  binWidth: .nan\n", RML_ESETTING, " line 2: binWidth is .nan, expected a number above 0"},
        {"setting:\n  binWidth: .inf\n", RML_ESETTING, " line 2: binWidth is .inf, expected a number above 0"},
        {"setting:\n  binWidth: [5]\n", RML_ESETTING, " line 2: binWidth is a list of 1, expected a number above 0"},
        {"setting:\n  binCount: 3.5\n", RML_ESETTING, " line 2: binCount is 3.5, expected a whole number above 0"},
        {"setting:\n  binCount: 0\n", RML_ESETTING, " line 2: binCount is 0, expected a whole number above 0"},
        {"setting:\n  label: 0\n", RML_ESETTING, " line 2: label is 0, expected a whole number above 0"},
        {"setting:\n  label: 4294967296\n", RML_ESETTING,
         " line 2: label is 4294967296, expected a whole number from 1 to 4294967295"},
        {"setting:\n  binCount: 2147483648\n", RML_ESETTING,
         " line 2: binCount is 2147483648, expected a whole number from 1 to 2147483647"},
        {"setting:\n  label_channel: -1\n", RML_ESETTING,
         " line 2: label_channel is -1, expected a whole number from 0"},
        {"setting:\n  normalize: 1\n", RML_ESETTING, " line 2: normalize is 1, expected true or false"},
        {"setting:\n  minimumROIDimensions: 4\n", RML_ESETTING,
         " line 2: minimumROIDimensions is 4, expected a whole number from 1 to 3"},
        {"setting:\n  minimumROISize: 0\n", RML_ESETTING,
         " line 2: minimumROISize is 0, expected a whole number above 0"},
        {"setting:\n  force2Ddimension: 3\n", RML_ESETTING,
         " line 2: force2Ddimension is 3, expected a whole number from 0 to 2"},
        {"setting:\n  distances: []\n", RML_ESETTING,
         " line 2: distances is a list of 0, expected at least one number"},
        {"setting:\n  distances: 1\n", RML_ESETTING, " line 2: distances is 1, expected a list of numbers"},
        {"setting:\n  distances:\n    - 1\n    - 0\n", RML_ESETTING,
         " line 4: distances is 0, expected a whole number above 0"},
        {"setting:\n  distances: [2, 1, 1]\n", RML_ESETTING,
         " line 2: distances has 1 twice, expected each distance once"},
        {"setting:\n  distances: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n", RML_ESETTING,
         " line 2: distances is a list of 17, expected at most 16 numbers"},
        {"setting:\n  resegmentRange: [1, 2, 3]\n", RML_ESETTING,
         " line 2: resegmentRange is a list of 3, expected at most 2 numbers"},
        {"setting:\n  resegmentRange: [.nan]\n", RML_ESETTING, " line 2: resegmentRange is .nan, expected a number"},
        {"setting:\n  resegmentMode: Sigma\n", RML_ESETTING,
         " line 2: resegmentMode is Sigma, expected absolute, relative or sigma"},
        {"setting:\n  weightingNorm: L2\n", RML_ESETTING,
         " line 2: weightingNorm is L2, expected euclidean, manhattan, infinity or no_weighting"},
        {"setting:\n  voxelArrayShift: 0.5\n", RML_ESETTING,
         " line 2: voxelArrayShift is 0.5, expected a whole number"},
        {"setting:\n  gldm_a: -1\n", RML_ESETTING, " line 2: gldm_a is -1, expected a whole number from 0"},
        {"setting:\n  resampledPixelSpacing: [1, 1]\n", RML_ESETTING,
         " line 2: resampledPixelSpacing is a list of 2, expected 3 numbers"},
        {"setting:\n  interpolator: 11\n", RML_ESETTING,
         " line 2: interpolator is 11, expected a whole number from 1 to 10"},
        {"setting:\n  sigma: [1, -1]\n", RML_ESETTING, " line 2: sigma is -1, expected a number above 0"},
        {"setting:\n  resampledPixelSpacing: [1, 1, 1]\n  interpolator: 3\n", RML_ESETTING,
         " line 3: interpolator 3 is none of SimpleITK's, expected 1, 2, 4 to 10 or a name such as sitkBSpline"},
        {"setting:\n  resampledPixelSpacing: [1, 1, -1]\n", RML_ESETTING,
         " line 2: resampledPixelSpacing is -1, expected a number from 0"},
        {"imageType:\n", RML_ESETTING, " line 1: imageType is not a map of image types, such as {Original: {}}"},
        {"imageType:\n  original: {}\n", RML_ESETTING,
         " line 2: unknown image type \"original\": did you mean \"Original\"?"},
        {"imageType:\n  Original: {}\n  LoG: {}\n", RML_ESETTING,
         " line 3: LoG makes no image without sigma, expected such as {sigma: [1.0, 3.0]}"},
        {"imageType:\n  LoG: {sigma: [1, 2, 1]}\n", RML_ESETTING,
         " line 2: the image log-sigma-1-mm-3D is asked for twice"},
        {"imageType:\n  LBP3D: {lbp3DLevels: 17}\n", RML_ESETTING,
         " line 2: lbp3DLevels is 17, expected a whole number from 1 to 16"},
        {"imageType:\n  Wavelet:\n    wavelet: coif99\n", RML_ESETTING,
         " line 3: unknown wavelet \"coif99\": did you mean \"coif9\"?"},
        {"imageType:\n  Wavelet: {level: 17}\n", RML_ESETTING,
         " line 2: level is 17, expected a whole number from 1 to 16"},
        {"imageType:\n  Wavelets: {}\n", RML_ESETTING,
         " line 2: unknown image type \"Wavelets\": did you mean \"Wavelet\"?"},
        {"imageType:\n  LBP2D: {lbp2DMethod: uniforn}\n", RML_ESETTING,
         " line 2: lbp2DMethod is uniforn, expected default, ror, uniform or var"},
        {"imageType:\n  Original: {normalize: true}\n", RML_ESETTING,
         " line 2: normalize has no effect under Original, expected under setting"},
        {"imageType:\n  Original: {label: 2}\n", RML_ESETTING,
         " line 2: label under Original is not computed by this version, expected under setting"},
        {"imageType:\n  Original: {binwidth: 3}\n", RML_ESETTING,
         " line 2: unknown setting \"binwidth\": did you mean \"binWidth\"?"},
        {"featureClass:\n", RML_ESETTING, " line 1: featureClass names no class; leave it out for all of them"},
        {"featureClass:\n  GLCM:\n", RML_ESETTING, " line 2: unknown feature class \"GLCM\": did you mean \"glcm\"?"},
        {"featureClass:\n  glcm: Contrast\n", RML_ESETTING,
         " line 2: glcm is neither empty nor a list of feature names"},
        {"featureClass:\n  glcm:\n    - Contrast\n    - contrats\n", RML_ESETTING,
         " line 4: unknown glcm feature \"contrats\": did you mean \"Contrast\"?"},
        {"featureClass:\n  shape2D:\n", RML_ESETTING,
         " line 2: class shape2D needs force2D: true under setting (PyRadiomics leaves it out)"},
        {"setting:\n  binWidth: 5\n  binWidth: 6\n", RML_EFORMAT, " line 3: \"binWidth\" is already given on line 2"},
    };

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const char *path = write_file(bad[b].text);
        rml_params params;
        rml_error err = {0};

        assert_int_equal(rml_params_read(path, &params, &err), bad[b].status);
        assert_string_equal(err.text + strlen(path), bad[b].sentence);
    }
}

/* Oracle: PyRadiomics 3.0.1 run on each of these. It fails on all but symmetricalGLCM, which None makes false, and
 * voxelArrayShift, which makes Energy, TotalEnergy and RootMeanSquared NaN. */
static void what_needs_a_value_is_not_left_empty(void **state)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"setting:\n  minimumROIDimensions:\n",
         " line 2: minimumROIDimensions is empty, expected a whole number from 1 to 3"},
        {"setting:\n  label: null\n", " line 2: label is empty, expected a whole number above 0"},
        {"setting:\n  distances: ~\n", " line 2: distances is empty, expected a list of numbers"},
        {"setting:\n  force2D:\n", " line 2: force2D is empty, expected true or false"},
        {"setting:\n  force2Ddimension:\n", " line 2: force2Ddimension is empty, expected a whole number from 0 to 2"},
        {"setting:\n  gldm_a:\n", " line 2: gldm_a is empty, expected a whole number from 0"},
        {"setting:\n  symmetricalGLCM: null\n", " line 2: symmetricalGLCM is empty, expected true or false"},
        {"setting:\n  voxelArrayShift:\n", " line 2: voxelArrayShift is empty, expected a whole number"},
        {"setting:\n  binWidth:\n", " line 2: binWidth is empty, expected a number above 0"},
        {"setting:\n  normalize: true\n  normalizeScale:\n",
         " line 3: normalizeScale is empty, expected a number above 0"},
        {"setting:\n  padDistance:\n  preCrop: true\n",
         " line 2: padDistance is empty, expected a whole number from 0"},
        {"setting:\n  resegmentMode:\n  resegmentRange: [1]\n",
         " line 2: resegmentMode is empty, expected absolute, relative or sigma"},
        {"imageType:\n  Original: {symmetricalGLCM: }\n", " line 2: symmetricalGLCM is empty, expected true or false"},
        {"imageType:\n  Original: {distances: }\nsetting: {distances: [2]}\n",
         " line 2: distances is empty, expected a list of numbers"},
        {"imageType:\n  Original: {binCount: }\nsetting: {binCount: 8, binWidth: }\n",
         " line 3: binWidth is empty, expected a number above 0"},
    };
    rml_params params;

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const char *path = write_file(bad[b].text);
        rml_error err = {0};

        if (rml_params_read(path, &params, &err) != RML_ESETTING) fail_msg("%s\nis accepted", bad[b].text);
        assert_string_equal(err.text + strlen(path), bad[b].sentence);
    }
    read_text("setting: {binWidth: , binCount: 8}\n", &params); /* nobody asks for the width */
    rml_params_free(&params);
}

static void a_missing_file_is_named(void **state)
{
    rml_params params;
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_params_read("/nowhere/p.yaml", &params, &err), RML_EMISSING);
    assert_non_null(strstr(err.text, "/nowhere/p.yaml"));
}

/* PyRadiomics takes binCount wherever it stands, and says nothing. */
static void a_width_beside_a_count_is_told(void **state)
{
    static const struct {
        const char *text, *line; /* NULL: no warning */
    } files[] = {
        {"setting: {binWidth: 5}\n", NULL},
        {"setting: {binWidth: , binCount: 8}\n", NULL},
        {"setting: {binWidth: 5}\nimageType: {Original: {binCount: 8}}\n", NULL}, /* an image's own */
        {"imageType: {Original: {binCount: , binWidth: 5}}\nsetting: {binCount: 8}\n", NULL},
        {"setting:\n  binCount: 8\n  binWidth: 5\n", "line 3: binWidth has no effect beside binCount 8"},
        {"setting: {binCount: 8}\nimageType:\n  Original: {binWidth: 5}\n", "line 3: binWidth has no effect"},
    };
    rml_params params;

    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; ++f) {
        read_text(files[f].text, &params);
        if (!files[f].line && params.warning.status != RML_OK) fail_msg("%s: %s", files[f].text, params.warning.text);
        if (files[f].line && !strstr(params.warning.text, files[f].line))
            fail_msg("%s: \"%s\"", files[f].text, params.warning.text);
        rml_params_free(&params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_pyradiomics),
        cmocka_unit_test(defaults_as_a_file),
        cmocka_unit_test(every_setting_arrives),
        cmocka_unit_test(mean_stands_behind_the_mean_deviation),
        cmocka_unit_test(a_slice_has_columns_with_force2d),
        cmocka_unit_test(columns_stand_in_order),
        cmocka_unit_test(columns_are_those_of_the_reference),
        cmocka_unit_test(reference_files_are_read),
        cmocka_unit_test(equal_settings_have_one_text),
        cmocka_unit_test(different_settings_differ),
        cmocka_unit_test(interpolators_are_named),
        cmocka_unit_test(the_text_is_sorted),
        cmocka_unit_test(original_overrides),
        cmocka_unit_test(images_have_names),
        cmocka_unit_test(sigmas_are_of_log_alone),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(what_needs_a_value_is_not_left_empty),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_width_beside_a_count_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
