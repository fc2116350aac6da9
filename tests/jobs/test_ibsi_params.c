/* Parameter files of profile ibsi: what arrives, which columns they give, and what is said of a wrong line. */
#include "tests/support/support.h"

#include "io/table.h"
#include "jobs/ibsi_columns.h"
#include "jobs/ibsi_region.h"
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

/* Oracle: IBSI-1 has 29 + 2 + 18 + 23 + 7 features a ROI, 41 in six aggregations and 54 in three. */
static void defaults_are_all_of_ibsi_1(void **state)
{
    rml_params params;

    (void)state;
    read_text("profile: ibsi\n", &params);
    assert_true(params.is_ibsi);
    assert_int_equal(rml_params_n_columns(&params), 79 + 41 * 6 + 54 * 3);
    assert_int_equal(params.ibsi.n_images, 1);
    assert_int_equal(params.ibsi.image[0].filter, RML_IBSI_ORIGINAL);
    assert_int_equal(params.ibsi.interpolator, RML_IBSI_LINEAR);
    assert_true(params.ibsi.mask_threshold == 0.5 && !params.ibsi.round && params.ibsi.outlier_sigma == 0.0);
    assert_true(isinf(params.ibsi.low) && isinf(params.ibsi.high));
    rml_params_free(&params);
}

static void pyradiomics_is_the_other_profile(void **state)
{
    rml_params params, none;

    (void)state;
    read_text("profile: pyradiomics\nsetting: {binWidth: 25}\n", &params);
    assert_int_equal(rml_params_read(NULL, &none, NULL), RML_OK);
    assert_false(params.is_ibsi);
    assert_string_equal(params.canonical, none.canonical);
    rml_params_free(&params);
    rml_params_free(&none);
}

static void every_setting_arrives(void **state)
{
    rml_params params;

    (void)state;
    read_text("profile: ibsi\n"
              "setting:\n"
              "  label: 3\n  label_channel: 1\n  geometryTolerance: 1e-3\n  correctMask: true\n"
              "  minimumROISize: 50\n  additionalInfo: false\n"
              "  resampledPixelSpacing: [2, 2, 0]\n  interpolator: cubic\n  maskInterpolator: nearest\n"
              "  maskThreshold: 0.25\n  roundIntensities: true\n  resegmentRange: [-500, .inf]\n  outlierSigma: 3\n"
              "  binWidth: 25\n  ivhBinCount: 1000\n  aggregation: [2.5D:mrg, 3D:avg]\n  ngldmAlpha: 1\n"
              "  ngldmDistance: 2\n",
              &params);
    assert_int_equal(params.label, 3);
    assert_int_equal(params.label_channel, 1);
    assert_true(params.geometry_tolerance == 1e-3 && params.correct_mask && !params.additional_info);
    assert_int_equal(params.minimum_roi_size, 50);
    assert_true(params.ibsi.spacing[0] == 2 && params.ibsi.spacing[1] == 2 && params.ibsi.spacing[2] == 0);
    assert_int_equal(params.ibsi.interpolator, RML_IBSI_CUBIC);
    assert_int_equal(params.ibsi.mask_interpolator, RML_IBSI_NEAREST);
    assert_true(params.ibsi.mask_threshold == 0.25 && params.ibsi.round && params.ibsi.outlier_sigma == 3);
    assert_true(params.ibsi.low == -500 && isinf(params.ibsi.high));
    assert_true(params.ibsi.bins.width == 25 && params.ibsi.bins.count == 0 && params.ibsi.ivh_bins.count == 1000);
    assert_int_equal(params.ibsi.rows, 1 << RML_IBSI_25D_MRG | 1 << RML_IBSI_3D_AVG);
    assert_int_equal(params.ibsi.whole_rows, 1 << RML_IBSI_25D | 1 << RML_IBSI_3D);
    assert_true(params.ibsi.ngldm_alpha == 1);
    assert_int_equal(params.ibsi.ngldm_distance, 2);
    rml_params_free(&params);
}

static void every_image_type_arrives(void **state)
{
    static const char *const names[] = {"original",
                                        "mean-5-3D",
                                        "mean-7-3D",
                                        "log-sigma-1-5-mm-3D-riesz-1-0-0",
                                        "laws-L5E5E5-max-energy-7-3D",
                                        "gabor-sigma-5-lambda-2-gamma-1-5-step-22-5-mean-2D",
                                        "wavelet-db3-LLH-level-1-mean-3D",
                                        "wavelet-db3-HHH-level-1-mean-3D",
                                        "simoncelli-1-3D",
                                        "simoncelli-2-3D"};
    rml_params params;

    (void)state;
    read_text("profile: ibsi\n"
              "featureClass: {statistics: }\n"
              "setting: {boundary: periodic}\n"
              "imageType:\n"
              "  Original: {}\n"
              "  Mean: {support: [5, 7]}\n"
              "  LoG: {sigma: 1.5, cutOff: 3, riesz: [1, 0, 0]}\n"
              "  Laws: {kernel: L5E5E5, pool: max, energyDelta: 7, boundary: zero}\n"
              "  Gabor: {sigma: 5, wavelength: 2, aspectRatio: 1.5, orientationStep: 22.5, dimensions: 2}\n"
              "  Wavelet: {wavelet: db3, bands: [LLH, HHH], pool: mean}\n"
              "  Simoncelli: {level: [1, 2]}\n",
              &params);
    assert_int_equal(params.ibsi.n_images, 10);
    for (int32_t i = 0; i < 10; ++i) {
        assert_string_equal(params.ibsi.image[i].name, names[i]);
        if (i > 0) assert_int_equal(params.ibsi.image[i].border, i == 4 ? RML_BORDER_ZERO : RML_BORDER_PERIODIC);
    }
    assert_int_equal(params.ibsi.image[2].support, 7);
    assert_true(params.ibsi.image[3].cut_off == 3 && params.ibsi.image[3].riesz[0] == 1);
    assert_true(params.ibsi.image[5].sigma == 5 && params.ibsi.image[5].wavelength == 2);
    assert_int_equal(params.ibsi.image[5].n_axes, 2);
    assert_string_equal(params.ibsi.image[7].kernel, "HHH");
    assert_string_equal(params.ibsi.image[7].wavelet.name, "db3");
    assert_int_equal(params.ibsi.image[9].level, 2);
    assert_int_equal(rml_params_n_columns(&params), 18 * 10);
    rml_params_free(&params);
}

static void decimated_wavelets_are_others(void **state)
{
    rml_params params;

    (void)state;
    read_text("profile: ibsi\n"
              "featureClass: {statistics: }\n"
              "imageType: {Wavelet: {wavelet: db3, bands: [LH, HH], level: 2, decimated: true, dimensions: 2}}\n",
              &params);
    assert_int_equal(params.ibsi.n_images, 2);
    assert_string_equal(params.ibsi.image[0].name, "wavelet-decimated-db3-LH-level-2-2D");
    assert_string_equal(params.ibsi.image[1].name, "wavelet-decimated-db3-HH-level-2-2D");
    assert_true(params.ibsi.image[0].decimated && params.ibsi.image[1].decimated);
    assert_int_equal(params.ibsi.image[1].level, 2);
    rml_params_free(&params);
    read_text("profile: ibsi\n"
              "featureClass: {statistics: }\n"
              "imageType: {Wavelet: {wavelet: db3, bands: LLH, decimated: false}}\n",
              &params);
    assert_string_equal(params.ibsi.image[0].name, "wavelet-db3-LLH-level-1-3D");
    assert_false(params.ibsi.image[0].decimated);
    rml_params_free(&params);
}

/* Oracle: the reference table's tags for those with a value; IBSI's order of families, morphology once. */
static void columns_stand_in_order(void **state)
{
    static const char *const names[] = {"morph_volume",
                                        "stat_mean",
                                        "cm_joint_max_2_5D_comb",
                                        "cm_corr_2_5D_comb",
                                        "szm_lze_2_5D",
                                        "mean-5-3D_stat_mean",
                                        "mean-5-3D_cm_joint_max_2_5D_comb",
                                        "mean-5-3D_cm_corr_2_5D_comb",
                                        "mean-5-3D_szm_lze_2_5D"};
    rml_params params;

    (void)state;
    read_text("profile: ibsi\n"
              "imageType: {Original: {}, Mean: {support: 5}}\n"
              "setting: {binCount: 32, aggregation: [2.5D:mrg]}\n"
              "featureClass:\n"
              "  glszm: [szm_lze]\n"
              "  glcm: [cm_corr, cm_joint_max]\n"
              "  statistics: [stat_mean]\n"
              "  morphology: [morph_volume]\n",
              &params);
    assert_int_equal(rml_params_n_columns(&params), 9);
    for (int32_t c = 0; c < 9; ++c) {
        rml_ibsi_column column;
        char name[RML_COLUMN_NAME];

        rml_params_column(&params, c, NULL, name);
        assert_string_equal(name, names[c]);
        rml_ibsi_column_at(&params.ibsi, c, &column, NULL);
        assert_int_equal(column.image, c == 0 ? -1 : c < 5 ? 0 : 1);
    }
    rml_params_free(&params);
}

/* Oracle: ibsi1_reference_values.csv: every tag that has a row is a column, and the columns without are the five
 * features that are not standardised, whose rows have no value. */
static void tags_are_those_of_the_reference(void **state)
{
    const char *path = rml_shared("reference/ibsi/ibsi1_reference_values.csv");
    rml_params params;
    rml_table table;
    rml_error err;
    int32_t tag;

    (void)state;
    if (!path) skip();
    if (rml_table_read(path, &table, &err) != RML_OK) fail_msg("%s", err.text);
    read_text("profile: ibsi\n", &params);
    tag = rml_table_column(&table, "ibsi_sheet_tag");
    assert_true(tag >= 0);
    for (int64_t row = 0; row < table.n_rows; ++row) {
        const char *wanted = table.cell[row * table.n_columns + tag];
        bool found = false;

        for (int32_t c = 0; c < rml_params_n_columns(&params) && !found; ++c) {
            char name[RML_COLUMN_NAME];

            rml_params_column(&params, c, NULL, name);
            found = strcmp(name, wanted) == 0;
        }
        if (!found) fail_msg("no column %s", wanted);
    }
    rml_params_free(&params);
    rml_table_free(&table);
}

/* What is computed otherwise has another text, what is not the same one. */
static void canonical_text_knows_what_counts(void **state)
{
    static const char *const other[] = {
        "imageType: {Mean: {support: 5}}\nfeatureClass: {statistics: }\n",
        "imageType: {Mean: {support: 5, boundary: zero}}\nfeatureClass: {statistics: }\n",
        "imageType: {Original: {}, Mean: {support: 5}}\nfeatureClass: {statistics: }\n",
        "imageType: {Wavelet: {wavelet: db3, bands: LLH}}\nfeatureClass: {statistics: }\n",
        "imageType: {Wavelet: {wavelet: db3, bands: LLH, decimated: true}}\nfeatureClass: {statistics: }\n",
        "imageType: {Wavelet: {wavelet: db3, bands: LLH, decimated: true, level: 2}}\nfeatureClass: {statistics: }\n",
        "featureClass: {statistics: }\n",
        "featureClass: {statistics: [stat_mean]}\n",
        "setting: {binCount: 32}\n",
        "setting: {binWidth: 32}\n",
        "setting: {ivhBinWidth: 32}\n",
        "setting: {resegmentRange: [-1, 1]}\n",
        "setting: {outlierSigma: 3}\n",
        "setting: {roundIntensities: true}\n",
        "setting: {resampledPixelSpacing: [2, 2, 2]}\n",
        "setting: {interpolator: cubic}\n",
        "setting: {maskInterpolator: cubic}\n",
        "setting: {maskThreshold: 0.4}\n",
        "setting: {aggregation: [3D:avg]}\n",
        "setting: {ngldmAlpha: 1}\n",
        "setting: {ngldmDistance: 2}\n",
        "setting: {correctMask: true}\n",
        "",
    };
    enum { N = sizeof other / sizeof *other };
    char *canonical[N];
    char text[256];
    rml_params params;

    (void)state;
    for (int k = 0; k < N; ++k) {
        snprintf(text, sizeof text, "profile: ibsi\n%s", other[k]);
        read_text(text, &params);
        canonical[k] = strdup(params.canonical);
        rml_params_free(&params);
        for (int m = 0; m < k; ++m) assert_string_not_equal(canonical[k], canonical[m]);
    }
    read_text("setting:\n  interpolator: linear\n  additionalInfo: false\n  label: 2\nprofile: ibsi\n", &params);
    assert_string_equal(params.canonical, canonical[N - 1]);
    rml_params_free(&params);
    for (int k = 0; k < N; ++k) free(canonical[k]);
}

static void wrong_files_are_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } files[] = {
        {"profile: ibsy\n", "line 1: unknown profile \"ibsy\": did you mean \"ibsi\"?"},
        {"profile: [ibsi]\n", "line 1: profile is not a name, expected pyradiomics or ibsi"},
        {"profile: ibsi\nsettings: {}\n", "line 2: unknown key \"settings\": did you mean \"setting\"?"},
        {"profile: ibsi\nvoxelSetting: {}\n",
         "line 2: voxelSetting is PyRadiomics'; profile ibsi has no meaning for it"},
        {"profile: ibsi\nsetting: {weightingNorm: euclidean}\n",
         "line 2: weightingNorm is PyRadiomics'; profile ibsi has no meaning for it"},
        {"profile: ibsi\nsetting: {binCounts: 3}\n",
         "line 2: unknown setting \"binCounts\": did you mean \"binCount\"?"},
        {"profile: ibsi\nsetting:\n  binCount: 32\n  binWidth: 25\n",
         "line 4: binWidth has no meaning together with binCount"},
        {"profile: ibsi\nsetting:\n  ivhBinCount: 32\n  ivhBinWidth: 25\n",
         "line 4: ivhBinWidth has no meaning together with ivhBinCount"},
        {"profile: ibsi\nsetting: {binCount: 0}\n", "line 2: binCount is 0, expected a whole number from 1 to 65535"},
        {"profile: ibsi\nsetting: {binWidth: }\n", "line 2: binWidth is empty, expected a number above 0"},
        {"profile: ibsi\nsetting: {resegmentRange: [3]}\n",
         "line 2: resegmentRange is a list of 1, expected the lowest and the highest intensity"},
        {"profile: ibsi\nsetting: {resegmentRange: [3, 2]}\n",
         "line 2: resegmentRange goes from 3 to 2, expected the lower one first"},
        {"profile: ibsi\nsetting: {interpolator: sitkLinear}\n",
         "line 2: interpolator is sitkLinear, expected nearest, linear or cubic"},
        {"profile: ibsi\nsetting: {aggregation: 3D:avg}\n",
         "line 2: aggregation is not a list of such as [3D:avg, 3D:mrg]"},
        {"profile: ibsi\nsetting: {aggregation: [3D]}\n",
         "line 2: aggregation is 3D, expected 2D:avg, 2D:mrg, 2.5D:avg, 2.5D:mrg, 3D:avg or 3D:mrg"},
        {"profile: ibsi\nfeatureClass: {firstorder: }\n",
         "line 2: feature class firstorder is PyRadiomics'; profile ibsi has statistics"},
        {"profile: ibsi\nfeatureClass: {glcmm: }\n",
         "line 2: unknown feature class of profile ibsi \"glcmm\": did you mean \"glcm\"?"},
        {"profile: ibsi\nfeatureClass: {glcm: [cm_joint_maxi]}\n",
         "line 2: unknown glcm feature \"cm_joint_maxi\": did you mean \"cm_joint_max\"?"},
        {"profile: ibsi\nimageType: {Log: {sigma: 3}}\n",
         "line 2: unknown image type of profile ibsi \"Log\": did you mean \"LoG\"?"},
        {"profile: ibsi\nimageType: {LoG: {}}\n",
         "line 2: LoG makes no image without sigma, expected such as {sigma: 1.5}"},
        {"profile: ibsi\nimageType: {Mean: {support: 4}}\n", "line 2: support is 4, expected an odd number of voxels"},
        {"profile: ibsi\nimageType: {Mean: {support: [3, 3]}}\n", "line 2: the image mean-3-3D is asked for twice"},
        {"profile: ibsi\nimageType: {Mean: {support: 3, binCount: 5}}\n",
         "line 2: binCount holds for all images in profile ibsi and stands under setting"},
        {"profile: ibsi\nimageType: {Mean: {support: 3, sigma: 5}}\n",
         "line 2: sigma is PyRadiomics'; profile ibsi has no meaning for it"},
        {"profile: ibsi\nimageType: {Laws: {kernel: L5E5}}\n", "line 2: L5E5 is of 2 axes, but dimensions is 3"},
        {"profile: ibsi\nimageType: {Laws: {kernel: L5E5Q5}}\n",
         "line 2: kernel is L5E5Q5, expected two or three of L5, E5, S5, W5, R5, L3, E3 and S3, such as L5E5E5"},
        {"profile: ibsi\nimageType: {Wavelet: {wavelet: db3, bands: LXH}}\n",
         "line 2: bands is LXH, expected L or H for each axis, such as LLH"},
        {"profile: ibsi\nimageType: {Wavelet: {wavelet: db3, bands: LLH, decimated: true, pool: mean}}\n",
         "line 2: pool is mean, but rotations of a decimated wavelet have their coefficients at different voxels, "
         "which "
         "cannot be pooled; expected none"},
        {"profile: ibsi\nimageType: {Wavelet: {wavelet: db3, bands: LLH, decimated: 2}}\n", "line 2: decimated is 2"},
        {"profile: ibsi\nimageType: {Laws: {kernel: L5E5E5, decimated: true}}\n",
         "line 2: unknown setting \"decimated\""},
        {"profile: ibsi\nimageType: {Wavelet: {wavelet: dbb3, bands: LLH}}\n",
         "line 2: unknown wavelet \"dbb3\": did you mean \"db3\"?"},
        {"profile: ibsi\nimageType: {Simoncelli: {level: 1, boundary: mirror}}\n",
         "line 2: boundary is mirror, but Simoncelli takes the image as periodic"},
        {"profile: ibsi\nimageType: {Simoncelli: {riesz: [1, 0]}}\n",
         "line 2: riesz is a list of 2, expected the orders along x, y and z"},
        {"profile: ibsi\nimageType: {Simoncelli: {riesz: [0, 0, 1], dimensions: 2}}\n",
         "line 2: riesz has an order along z, which dimensions: 2 does not look along"},
        {"profile: ibsi\nimageType: {Gabor: {sigma: 5, wavelength: 2, pool: none}}\n",
         "line 2: Gabor has several planes or orientations here, so pool cannot be none, expected max, mean or min"},
        {"profile: ibsi\nimageType: {Gabor: {sigma: 5, wavelength: 2, orientation: 3, orientationStep: 45}}\n",
         "line 2: orientation has no meaning together with orientationStep"},
        {"profile: ibsi\nimageType: {Mean: {support: 3}}\n",
         "line 2: what filters make has no grey levels of its own: binCount or binWidth is needed under setting, or a "
         "featureClass without intensity_histogram and textures"},
        {"profile: ibsi\nimageType: {Mean: {support: 3}}\nsetting: {binCount: 32}\n",
         "line 2: what filters make has no intensities in steps of 1: ivhBinCount or ivhBinWidth is needed under "
         "setting, or a featureClass without intensity_volume_histogram"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof files / sizeof *files; ++k) {
        rml_params params;
        rml_error err = {0};

        if (rml_params_read(write_file(files[k].text), &params, &err) != RML_ESETTING)
            fail_msg("%s\nis not refused", files[k].text);
        if (!strstr(err.text, files[k].sentence)) fail_msg("%s\nsays: %s", files[k].text, err.text);
    }
}

/* Oracle: numpy's repr of float32 is its shortest decimal. */
static void spacings_are_what_was_meant(void **state)
{
    static const double decimals[] = {0.977, 0.1, 0.3, 0.78125, 3.0, 0.9765625, 1e-3, 0.683594, 123.4};

    (void)state;
    for (size_t k = 0; k < sizeof decimals / sizeof *decimals; ++k) {
        const double stored = rml_single(decimals[k]);

        assert_true(rml_ibsi_meant_spacing(stored) == decimals[k]);
        if (stored != decimals[k]) assert_true(rml_ibsi_meant_spacing(decimals[k]) == decimals[k]); /* no float32 */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_all_of_ibsi_1),    cmocka_unit_test(pyradiomics_is_the_other_profile),
        cmocka_unit_test(every_setting_arrives),         cmocka_unit_test(every_image_type_arrives),
        cmocka_unit_test(columns_stand_in_order),        cmocka_unit_test(tags_are_those_of_the_reference),
        cmocka_unit_test(decimated_wavelets_are_others), cmocka_unit_test(canonical_text_knows_what_counts),
        cmocka_unit_test(wrong_files_are_refused),       cmocka_unit_test(spacings_are_what_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
