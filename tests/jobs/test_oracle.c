/* All 107 features of three formula-made images, in memory, from the ROI to the row.
 *
 * Oracle: tests/oracle/formula_images.csv, PyRadiomics 3.0.1 with its default settings (make_formula_images.py beside
 * it writes it). Bounds: 1e-9 relative, 1e-12 absolute; MCC 1e-7, since the symmetric route to its eigenvalues drops
 * PyRadiomics' epsilon. The formulas are those of tests/oracle/formula_images.py. */
#include "tests/support/support.h"

#include "jobs/features.h"

#define N_FEATURES 107

typedef struct formula_image {
    const char *name;
    rml_scalar type;
    int32_t size[3];
    double spacing[3];
    double (*value)(int x, int y, int z);
    bool (*inside)(int x, int y, int z);
} formula_image;

static int square(int x)
{
    return x * x;
}

static double holes_value(int x, int y, int z)
{
    return (5 * x * x + 3 * y * y + 11 * z * z + x * y * z) % 331 * 2 - 210;
}

static bool holes_inside(int x, int y, int z)
{
    return 36 * square(2 * x - 13) + 49 * square(2 * y - 12) + 100 * square(2 * z - 8) <= 5400 &&
           (x + 3 * y + 5 * z) % 11 != 0;
}

static double fractions_value(int x, int y, int z)
{
    return ((7 * x + 13 * y + 29 * z) % 97 * 61 + x * y * z) % 8191 / 32.0;
}

static bool fractions_inside(int x, int y, int z)
{
    return square(x - 5) + square(y - 6) + 4 * square(z - 5) <= 30 ||
           square(x - 14) + square(y - 12) + 4 * square(z - 6) <= 12;
}

static double levels_value(int x, int y, int z)
{
    return 10 + 40 * ((x * y + 2 * z + x * x) % 5);
}

static bool levels_inside(int x, int y, int z)
{
    return (x + y + z) % 4 != 3;
}

static const formula_image images[3] = {
    {"holes", RML_INT16, {14, 13, 9}, {0.75, 1.25, 2.5}, holes_value, holes_inside},
    {"fractions", RML_FLOAT32, {19, 17, 12}, {1.5, 1.5, 3.0}, fractions_value, fractions_inside},
    {"levels", RML_UINT8, {7, 6, 5}, {1.0, 1.0, 4.0}, levels_value, levels_inside},
};

/* The tight box of the ROI, its mask and its values in index order. */
static rml_roi make_roi(const formula_image *image)
{
    rml_roi roi = {.type = image->type};
    int32_t last[3] = {-1, -1, -1};
    int64_t n = 0, v = 0;

    for (int a = 0; a < 3; ++a) roi.spacing[a] = image->spacing[a];
    for (int a = 0; a < 3; ++a) roi.box.first[a] = image->size[a];
    for (int z = 0; z < image->size[2]; ++z)
        for (int y = 0; y < image->size[1]; ++y)
            for (int x = 0; x < image->size[0]; ++x) {
                const int32_t at[3] = {x, y, z};

                if (!image->inside(x, y, z)) continue;
                ++roi.n_voxels;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < roi.box.first[a]) roi.box.first[a] = at[a];
                    if (at[a] > last[a]) last[a] = at[a];
                }
            }
    for (int a = 0; a < 3; ++a) roi.box.size[a] = last[a] - roi.box.first[a] + 1;
    roi.mask = malloc((size_t)roi.box.size[0] * (size_t)roi.box.size[1] * (size_t)roi.box.size[2]);
    roi.values = malloc((size_t)roi.n_voxels * sizeof *roi.values);
    assert_true(roi.mask && roi.values);
    for (int z = roi.box.first[2]; z <= last[2]; ++z)
        for (int y = roi.box.first[1]; y <= last[1]; ++y)
            for (int x = roi.box.first[0]; x <= last[0]; ++x) {
                const bool inside = image->inside(x, y, z);

                roi.mask[n++] = inside;
                if (inside) roi.values[v++] = image->value(x, y, z);
            }
    return roi;
}

/* Column `image` of the table: names and values in PyRadiomics' order. */
static void read_table(int image, char (*name)[96], double *expected)
{
    const char *source = getenv("RADMILL_SOURCE");
    char path[4096], line[512];
    FILE *table;

    assert_non_null(source);
    snprintf(path, sizeof path, "%s/tests/oracle/formula_images.csv", source);
    table = fopen(path, "r");
    assert_non_null(table);
    assert_non_null(fgets(line, sizeof line, table)); /* the heads */
    for (int f = 0; f < N_FEATURES; ++f) {
        double value[3];

        assert_non_null(fgets(line, sizeof line, table));
        assert_int_equal(sscanf(line, "%95[^,],%lf,%lf,%lf", name[f], &value[0], &value[1], &value[2]), 4);
        expected[f] = value[image];
    }
    assert_null(fgets(line, sizeof line, table));
    fclose(table);
}

static void every_feature_is_pyradiomics(void **state)
{
    const int i = *(const int *)*state;
    rml_roi roi = make_roi(&images[i]);
    char name[N_FEATURES][96];
    double expected[N_FEATURES], value[N_FEATURES], seconds[RML_N_STAGES] = {0};
    uint8_t reason[N_FEATURES];
    rml_feature_row row = {.value = value, .reason = reason, .seconds = seconds};
    rml_params params;
    rml_error err;

    read_table(i, name, expected);
    assert_int_equal(rml_params_read(NULL, &params, &err), RML_OK);
    assert_int_equal(rml_params_n_columns(&params), N_FEATURES);
    assert_int_equal(rml_features_compute(&params, &roi, NULL, NULL, &row, &err), RML_OK);
    assert_int_equal(row.n_voxels, roi.n_voxels);
    for (int c = 0; c < N_FEATURES; ++c) {
        char column[RML_COLUMN_NAME];

        rml_params_column(&params, c, NULL, column);
        assert_string_equal(column, name[c]);
        assert_close(value[c], expected[c], strstr(column, "_MCC") ? 1e-7 : 1e-9, 1e-12, column);
    }
    rml_params_free(&params);
    rml_roi_free(&roi);
}

int main(void)
{
    static int number[3] = {0, 1, 2};
    const struct CMUnitTest tests[] = {
        {"holes", every_feature_is_pyradiomics, NULL, NULL, &number[0]},
        {"fractions", every_feature_is_pyradiomics, NULL, NULL, &number[1]},
        {"levels", every_feature_is_pyradiomics, NULL, NULL, &number[2]},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
