/* IBSI-1's texture families against the consensus and against MIRP 2.7.0 (tests/oracle/ibsi_texture.h): every value of
 * the digital phantom, and of the CT phantom's configurations A, B and C where the reference data are. */
#include "tests/kernels/ibsi_texture_cases.h"

#include "tests/kernels/image_cases.h"
#include "tests/oracle/ibsi_texture.h"
#include "tests/support/measured.h"

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
        rml_measured_of("MIRP 2.7.0", "IBSI-1/%s_%s", ibsi_texture[r].tag,
                        rml_ibsi_texture_aggregations(family)[ibsi_texture[r].row].tag);
        assert_close(value, ibsi_texture[r].mirp, tolerance, 0, "textures");
        if (!end && ibsi_texture[r].mirp != 0.0) worst = fmax(worst, fabs(value / ibsi_texture[r].mirp - 1.0));
        ++n;
    }
    rml_measured_case(NULL, NULL);
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

/* IBSI's configurations of the CT phantom. */
typedef struct configuration {
    int which, n_values;
    double spacing[3];                    /* mm */
    double low, high;                     /* HU, closed */
    int n_bins;                           /* a fixed number, or 0: bins of 25 HU from low */
    int64_t n_morphological, n_intensity; /* voxels: IBSI's diagnostics */
} configuration;

typedef struct grid {
    int32_t size[3];
    double *value;
} grid;

/* All of a volume, linearly interpolated on IBSI's grid: as many voxels as fill the length, centres aligned, the
 * nearest border voxel beyond the border. */
static grid on_grid(const rml_volume *volume, const double native[3], const double wanted[3])
{
    const rml_box whole = {{0, 0, 0}, {volume->grid.size[0], volume->grid.size[1], volume->grid.size[2]}};
    const int64_t row = whole.size[0], slice = row * whole.size[1];
    double *from = malloc((size_t)(slice * whole.size[2]) * sizeof *from), *to;
    int64_t *at[3];
    double *part[3];
    grid out;

    rml_volume_crop(volume, &whole, from);
    for (int axis = 0; axis < 3; ++axis) {
        const double ratio = wanted[axis] / native[axis];
        const int32_t n = whole.size[axis], m = (int32_t)ceil(n / ratio - 1e-9);

        out.size[axis] = m;
        at[axis] = malloc((size_t)m * sizeof *at[axis]);
        part[axis] = malloc((size_t)m * sizeof *part[axis]);
        for (int32_t j = 0; j < m; ++j) {
            const double x = fmin(fmax((n - 1) / 2.0 - (m - 1) / 2.0 * ratio + j * ratio, 0.0), n - 1.0);

            at[axis][j] = (int64_t)fmin(floor(x), fmax(n - 2, 0));
            part[axis][j] = x - (double)at[axis][j];
        }
    }
    out.value = to = malloc((size_t)out.size[0] * (size_t)out.size[1] * (size_t)out.size[2] * sizeof *to);
    for (int32_t z = 0; z < out.size[2]; ++z)
        for (int32_t y = 0; y < out.size[1]; ++y)
            for (int32_t x = 0; x < out.size[0]; ++x, ++to) {
                const double *corner = from + at[2][z] * slice + at[1][y] * row + at[0][x];

                *to = 0.0;
                for (int c = 0; c < 8; ++c) {
                    const double weight = (c & 1 ? part[0][x] : 1.0 - part[0][x]) *
                                          (c & 2 ? part[1][y] : 1.0 - part[1][y]) *
                                          (c & 4 ? part[2][z] : 1.0 - part[2][z]);

                    if (weight > 0.0) *to += weight * corner[(c & 1) + (c >> 1 & 1) * row + (c >> 2) * slice];
                }
            }
    for (int axis = 0; axis < 3; ++axis) {
        free(at[axis]);
        free(part[axis]);
    }
    free(from);
    return out;
}

static int32_t bin_of(const configuration *c, double hu, double least, double most)
{
    if (c->n_bins == 0) return (int32_t)floor((hu - c->low) / 25.0) + 1;
    return hu < most ? (int32_t)floor(c->n_bins * (hu - least) / (most - least)) + 1 : c->n_bins;
}

static void check_configuration(const configuration *c)
{
    static const double native[3] = {0.977, 0.977, 3.0}; /* the file's are these in single precision */
    rml_volume image, mask;
    textures found;

    if (!load_image("reference/ibsi/data/ibsi_1_ct_radiomics_phantom/image.nii.gz", &image)) skip();
    assert_true(load_image("reference/ibsi/data/ibsi_1_ct_radiomics_phantom/mask.nii.gz", &mask));
    grid hu = on_grid(&image, native, c->spacing), inside = on_grid(&mask, native, c->spacing);
    const int64_t n_box = (int64_t)hu.size[0] * hu.size[1] * hu.size[2];
    uint8_t *morphological = malloc((size_t)n_box), *intensity = malloc((size_t)n_box);
    int32_t *bins = malloc((size_t)n_box * sizeof *bins);
    int64_t n_voxels = 0, n_morphological = 0;
    double least = INFINITY, most = -INFINITY;
    rml_levels levels;

    for (int64_t v = 0; v < n_box; ++v) {
        hu.value[v] = round(hu.value[v]);
        morphological[v] = inside.value[v] >= 0.5 - 1e-9;
        intensity[v] = morphological[v] && hu.value[v] >= c->low && hu.value[v] <= c->high;
        n_morphological += morphological[v];
        if (!intensity[v]) continue;
        least = fmin(least, hu.value[v]);
        most = fmax(most, hu.value[v]);
    }
    for (int64_t v = 0; v < n_box; ++v)
        if (intensity[v]) bins[n_voxels++] = bin_of(c, hu.value[v], least, most);
    assert_int_equal(n_morphological, c->n_morphological);
    assert_int_equal(n_voxels, c->n_intensity);
    assert_int_equal(rml_levels_init(&levels, intensity, hu.size, bins, n_voxels, 1), RML_OK);
    take_textures(&levels, morphological, 1, 0.0, RML_IBSI_ALL_ROWS, &found);
    check_references(c->which, &found, c->n_values);

    rml_levels_free(&levels);
    free(bins);
    free(intensity);
    free(morphological);
    free(inside.value);
    free(hu.value);
    rml_volume_free(&mask);
    rml_volume_free(&image);
}

static void ct_configuration_a_matches(void **state)
{
    (void)state;
    check_configuration(&(configuration){IBSI_CT_A, 272, {0.977, 0.977, 3.0}, -500.0, 400.0, 0, 125256, 114596});
}

static void ct_configuration_b_matches(void **state)
{
    (void)state;
    check_configuration(&(configuration){IBSI_CT_B, 272, {2.0, 2.0, 3.0}, -500.0, 400.0, 32, 29842, 27359});
}

static void ct_configuration_c_matches(void **state)
{
    (void)state;
    check_configuration(&(configuration){IBSI_CT_C, 136, {2.0, 2.0, 2.0}, -1000.0, 400.0, 0, 45985, 45981});
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
        cmocka_unit_test(catalogue_is_whole),         cmocka_unit_test(phantom_matches),
        cmocka_unit_test(ct_configuration_a_matches), cmocka_unit_test(ct_configuration_b_matches),
        cmocka_unit_test(ct_configuration_c_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
