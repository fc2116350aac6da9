/* IBSI-1's texture families against the consensus and against MIRP 2.7.0 (tests/oracle/ibsi_texture.h): every value of
 * the digital phantom, and of the CT phantom's configuration A where the reference data are. */
#include "tests/kernels/ibsi_texture_cases.h"

#include "tests/kernels/image_cases.h"
#include "tests/oracle/ibsi_texture.h"

/* Printed with three significant digits, to which a tolerance of 0 refers. */
static double three_digits(double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.2e", value);
    return strtod(text, NULL);
}

static int feature_of(int family, const char *tag)
{
    const rml_ibsi_texture_feature *features = rml_ibsi_texture_features((rml_ibsi_texture)family);

    for (int f = 0; f < rml_ibsi_texture_size((rml_ibsi_texture)family); ++f)
        if (strcmp(features[f].tag, tag) == 0) return f;
    fail_msg("%s is not in the catalogue", tag);
    return -1;
}

/* Tolerance against MIRP: sums in another order; grey level variance it takes of levels in single precision. */
static void check_references(int config, const textures *found, int n_expected)
{
    int n = 0;
    double worst = 0.0;

    for (size_t r = 0; r < sizeof ibsi_texture / sizeof *ibsi_texture; ++r) {
        if (ibsi_texture[r].config != config) continue;
        const rml_ibsi_texture family = (rml_ibsi_texture)ibsi_texture[r].family;
        const int feature = feature_of((int)family, ibsi_texture[r].tag);
        const double value = texture_at(found, family, ibsi_texture[r].row, feature);
        const double apart = fabs(three_digits(value) - ibsi_texture[r].value);
        const char *end = strstr(ibsi_texture[r].tag, "_gl_var");
        const double tolerance = end ? 1e-7 : 1e-12;
        char name[96];

        snprintf(name, sizeof name, "%s %s", ibsi_texture[r].tag,
                 rml_ibsi_texture_aggregations(family)[ibsi_texture[r].row].name);
        /* 1e-9: three decimal digits less others are not exact in binary */
        if (!(apart <= ibsi_texture[r].tolerance + 1e-9 * fabs(ibsi_texture[r].value)))
            fail_msg("%s: %.17g, IBSI has %g +- %g", name, value, ibsi_texture[r].value, ibsi_texture[r].tolerance);
        assert_close(value, ibsi_texture[r].mirp, tolerance, 0, name);
        if (!end && ibsi_texture[r].mirp != 0.0) worst = fmax(worst, fabs(value / ibsi_texture[r].mirp - 1.0));
        ++n;
    }
    print_message("%d values within IBSI's tolerances, within %.1e of MIRP's (grey level variances apart)\n", n, worst);
    assert_int_equal(n, n_expected);
}

static void phantom_matches(void **state)
{
    picture image = picture_phantom();
    rml_levels levels = picture_levels(&image, 1);
    textures found;
    (void)state;

    take_textures(&levels, ibsi_phantom_mask, 1, 0.0, RML_IBSI_ALL_ROWS, &found);
    check_references(IBSI_PHANTOM, &found, 408);
    rml_levels_free(&levels);
    free(image.grey);
}

/* The least box that holds the mask. */
static rml_box box_of(const rml_volume *mask, double *row)
{
    const int32_t *size = mask->grid.size;
    int32_t low[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, high[3] = {-1, -1, -1};
    rml_box box;

    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y) {
            rml_volume_row(mask, 0, size[0], y, z, row);
            for (int32_t x = 0; x < size[0]; ++x) {
                const int32_t at[3] = {x, y, z};

                if (row[x] == 0.0) continue;
                for (int axis = 0; axis < 3; ++axis) {
                    low[axis] = at[axis] < low[axis] ? at[axis] : low[axis];
                    high[axis] = at[axis] > high[axis] ? at[axis] : high[axis];
                }
            }
        }
    for (int axis = 0; axis < 3; ++axis) {
        box.first[axis] = low[axis];
        box.size[axis] = high[axis] - low[axis] + 1;
    }
    return box;
}

/* Configuration A: no interpolation, re-segmented to [-500, 400] HU, bins of 25 HU from -500. */
static void ct_configuration_a_matches(void **state)
{
    rml_volume image, mask;
    textures found;
    (void)state;

    if (!load_image("reference/ibsi/data/ibsi_1_ct_radiomics_phantom/image.nii.gz", &image)) skip();
    assert_true(load_image("reference/ibsi/data/ibsi_1_ct_radiomics_phantom/mask.nii.gz", &mask));
    double *row = malloc((size_t)mask.grid.size[0] * sizeof *row);
    const rml_box box = box_of(&mask, row);
    const int64_t n_box = (int64_t)box.size[0] * box.size[1] * box.size[2];
    double *hu = malloc((size_t)n_box * sizeof *hu), *inside = malloc((size_t)n_box * sizeof *inside);
    uint8_t *morphological = malloc((size_t)n_box), *intensity = malloc((size_t)n_box);
    int32_t *bins = malloc((size_t)n_box * sizeof *bins);
    int64_t n_voxels = 0, n_morphological = 0;
    rml_levels levels;

    rml_volume_crop(&image, &box, hu);
    rml_volume_crop(&mask, &box, inside);
    for (int64_t v = 0; v < n_box; ++v) {
        const double rounded = round(hu[v]);

        morphological[v] = inside[v] != 0.0;
        intensity[v] = morphological[v] && rounded >= -500.0 && rounded <= 400.0;
        n_morphological += morphological[v];
        if (intensity[v]) bins[n_voxels++] = (int32_t)floor((rounded + 500.0) / 25.0) + 1;
    }
    assert_int_equal(n_morphological, 125256); /* IBSI's diagnostics of A */
    assert_int_equal(rml_levels_init(&levels, intensity, box.size, bins, n_voxels, 1), RML_OK);
    take_textures(&levels, morphological, 1, 0.0, RML_IBSI_ALL_ROWS, &found);
    check_references(IBSI_CT_A, &found, 272);

    rml_levels_free(&levels);
    free(bins);
    free(intensity);
    free(morphological);
    free(inside);
    free(hu);
    free(row);
    rml_volume_free(&mask);
    rml_volume_free(&image);
}

/* Every feature, family and aggregation has a tag and a code, in the numbers that IBSI-1 has. */
static void catalogue_is_whole(void **state)
{
    static const int sizes[RML_IBSI_N_TEXTURES] = {25, 16, 16, 16, 5, 17};
    (void)state;

    for (int family = 0; family < RML_IBSI_N_TEXTURES; ++family) {
        const rml_ibsi_texture of = (rml_ibsi_texture)family;

        assert_int_equal(rml_ibsi_texture_size(of), sizes[family]);
        assert_int_equal(rml_ibsi_texture_rows(of), family < RML_IBSI_GLSZM ? 6 : 3);
        assert_int_equal(strlen(rml_ibsi_texture_code(of)), 4);
        assert_int_equal(strlen(rml_ibsi_texture_name(of)), family < RML_IBSI_GLRLM ? 4 : 5);
        for (int f = 0; f < sizes[family]; ++f) {
            assert_int_equal(strlen(rml_ibsi_texture_features(of)[f].code), 4);
            assert_int_equal(feature_of(family, rml_ibsi_texture_features(of)[f].tag), f);
        }
        for (int row = 0; row < rml_ibsi_texture_rows(of); ++row)
            assert_int_equal(strlen(rml_ibsi_texture_aggregations(of)[row].code), 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_is_whole),
        cmocka_unit_test(phantom_matches),
        cmocka_unit_test(ct_configuration_a_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
