/* Shape features against PyRadiomics, IBSI's phantom and brute force. */
#include "tests/support/ibsi_phantom.h"
#include "tests/support/measured.h"
#include "tests/support/support.h"

#include "kernels/shape/diameter.h"
#include "kernels/shape/mesh.h"
#include "kernels/shape/shape.h"

#define ALL UINT32_MAX

static double value[RML_MAX_CLASS_FEATURES];
static uint8_t reason[RML_MAX_CLASS_FEATURES];

static double of(const char *name)
{
    const int32_t f = rml_feature_index(RML_SHAPE, name);

    assert_true(f >= 0);
    return value[f];
}

static int why(const char *name)
{
    return reason[rml_feature_index(RML_SHAPE, name)];
}

static void compute(const uint8_t *mask, const int32_t size[3], const double spacing[3])
{
    assert_int_equal(rml_shape_features(mask, size, spacing, ALL, value, reason), RML_OK);
}

/* Three masks of 9x8x7 voxels by formula. */
enum { NX = 9, NY = 8, NZ = 7 };
static const int32_t formula_size[3] = {NX, NY, NZ};
static const double formula_spacing[3] = {0.8, 1.1, 2.5};

static void fill(int which, uint8_t *mask)
{
    for (int z = 0; z < NZ; ++z)
        for (int y = 0; y < NY; ++y)
            for (int x = 0; x < NX; ++x) {
                const int squares = 2 * ((x - 4) * (x - 4) + (y - 4) * (y - 4)) + 3 * (z - 3) * (z - 3);
                *mask++ = which == 0   ? (x * 7 + y * 11 + z * 13) % 5 != 0
                          : which == 1 ? squares <= 25
                                       : (x + 2 * y + 3 * z) % 4 < 2 && x * y + z > 5;
            }
}

/* In the catalogue's order without the deprecated ones. */
static const char *const names[14] = {"Elongation",
                                      "Flatness",
                                      "LeastAxisLength",
                                      "MajorAxisLength",
                                      "Maximum2DDiameterColumn",
                                      "Maximum2DDiameterRow",
                                      "Maximum2DDiameterSlice",
                                      "Maximum3DDiameter",
                                      "MeshVolume",
                                      "MinorAxisLength",
                                      "Sphericity",
                                      "SurfaceArea",
                                      "SurfaceVolumeRatio",
                                      "VoxelVolume"};

/* Oracle: PyRadiomics 3.0.1 on the masks of fill(), which has these where they are named. */
static void deprecated_match_pyradiomics(int which)
{
    static const struct {
        const char *name;
        double expected[3];
    } deprecated[] = {
        {"Compactness1", {0.018909313313205414, 0.04208595616819102, 0.005180907451114041}},
        {"Compactness2", {0.12704388378060827, 0.6293274036588329, 0.009537046823528678}},
        {"SphericalDisproportion", {1.9892166211976166, 1.1669200956114225, 4.715510269932255}},
    };

    for (size_t d = 0; d < sizeof deprecated / sizeof *deprecated; ++d) {
        rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_shape_%s", deprecated[d].name);
        assert_close(of(deprecated[d].name), deprecated[d].expected[which], 1e-12, 0, "masks by formula");
    }
    rml_measured_case(NULL, NULL);
}

/* Oracle: PyRadiomics 3.0.1 on the masks of fill(). */
static void formula_masks_match_pyradiomics(void **state)
{
    static const double expected[3][14] = {
        {0.5041186166862397, 0.41296070126282397, 8.256652274316146, 19.99379662294136, 18.63357185297548,
         19.11910039724673, 10.881176406988356, 20.161845153655953, 946.5500000000023, 10.07924509586321,
         0.502710458651781, 927.3889361762575, 0.9797569448800963, 886.6},
        {0.5600000000000005, 0.4072727272727274, 5.122091076256262, 12.576562910450638, 12.90310040261642,
         13.251792331605563, 7.864477096412704, 13.348033563038415, 322.29999999999967, 7.042875229852363,
         0.8569567048856389, 265.276500913466, 0.8230732265388343, 336.6},
        {0.4401514768990867, 0.3533428838739867, 7.190962540106905, 20.351230683540326, 18.374166647769364,
         19.11910039724673, 10.430723848324238, 19.533048917155764, 305.61666666666656, 8.957624242074283,
         0.21206612704808434, 1034.659641918244, 3.3854817317497226, 420.20000000000005},
    };
    uint8_t mask[NX * NY * NZ];
    (void)state;

    for (int which = 0; which < 3; ++which) {
        fill(which, mask);
        compute(mask, formula_size, formula_spacing);
        for (int k = 0; k < 14; ++k) {
            rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_shape_%s", names[k]);
            assert_close(of(names[k]), expected[which][k], 1e-12, 0, "masks by formula");
            assert_int_equal(why(names[k]), RML_DEFINED);
        }
        deprecated_match_pyradiomics(which);
    }
}

/* Oracle: PyRadiomics 3.0.1, reference table of 200 random masks. Its mesh volumes are those of an array with two
 * voxels of background in front, which matters where the mesh is open; the ratios that hold the volume follow it. */
static void random_masks_match_pyradiomics(void **state)
{
    static const int32_t size[3] = {5, 5, 5};
    static const double spacing[3] = {0.9, 1.1, 2.3};
    const char *path = rml_shared("reference/pyradiomics/shape_random_5x5x5.csv");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[2048];
    int n = 0;
    (void)state;

    if (!file) skip();
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char *at = strchr(line, ',') + 1;
        uint8_t mask[125];
        int32_t origin[3] = {-6, -6, -6};
        double expected[14], volume, area;
        rml_bits bits;
        for (int v = 0; v < 125; ++v) {
            const int place[3] = {v % 5, v / 5 % 5, v / 25};
            mask[v] = (uint8_t)(at[v] - '0');
            for (int a = 0; mask[v] && a < 3; ++a)
                if (-1 - place[a] > origin[a]) origin[a] = -1 - place[a];
        }
        at += 125;
        for (int k = 0; k < 14; ++k) expected[k] = strtod(at + 1, &at);
        compute(mask, size, spacing);
        for (int k = 0; k < 14; ++k) {
            const bool of_volume = k == 8 || k == 10 || k == 12;
            rml_measured_of("PyRadiomics 3.0.1", "PyRadiomics/original_shape_%s", names[k]);
            if (!of_volume) assert_close(of(names[k]), expected[k], 1e-12, 0, "random masks");
        }
        assert_int_equal(rml_bits_init(&bits, mask, size), RML_OK);
        rml_mesh_measure(&bits, spacing, origin, &volume, &area);
        rml_bits_free(&bits);
        rml_measured_case(NULL, NULL);
        assert_close(volume, expected[8], 1e-12, 1e-12, "MeshVolume");
        ++n;
    }
    fclose(file);
    assert_int_equal(n, 200);
}

/* Oracle: IBSI 1 reference values of the digital phantom with their tolerances. IBSI's mesh is not PyRadiomics': they
 * agree within these bounds. IBSI divides the covariance by N - 1, PyRadiomics by N. */
static void phantom_matches_ibsi(void **state)
{
    const double to_ibsi = sqrt(74.0 / 73.0);
    (void)state;
    compute(ibsi_phantom_mask, ibsi_phantom_size, ibsi_phantom_spacing);
    assert_close(of("MeshVolume"), 556, 0, 4, "RNU0");
    assert_close(of("VoxelVolume"), 592, 0, 0, "YEKZ");
    assert_close(of("SurfaceArea"), 388, 0, 3, "C0JK");
    assert_close(of("SurfaceVolumeRatio"), 0.698, 0, 0.004, "2PR5");
    assert_close(of("Compactness1"), 0.0411, 0, 0.0003, "SKGS");
    assert_close(of("Compactness2"), 0.599, 0, 0.004, "BQWJ");
    assert_close(of("SphericalDisproportion"), 1.19, 0, 0.01, "KRCK");
    assert_close(of("Sphericity"), 0.843, 0, 0.005, "QCFX");
    assert_close(of("Maximum3DDiameter"), 13.1, 0, 0.1, "L0JK");
    assert_close(to_ibsi * of("MajorAxisLength"), 11.4, 0, 0.1, "TDIC");
    assert_close(to_ibsi * of("MinorAxisLength"), 9.31, 0, 0.06, "P9VJ");
    assert_close(to_ibsi * of("LeastAxisLength"), 8.54, 0, 0.05, "7J51");
    assert_close(of("Elongation"), 0.816, 0, 0.005, "Q3CK");
    assert_close(of("Flatness"), 0.749, 0, 0.005, "N17B");
}

static bool is_in(const uint8_t *mask, const int32_t size[3], int x, int y, int z)
{
    return x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2] &&
           mask[((int64_t)z * size[1] + y) * size[0] + x];
}

/* All pairs of all vertices: the definition. */
static void brute_force(const uint8_t *mask, const int32_t size[3], const double spacing[3], double longest[4])
{
    static int32_t vertex[100000][3]; /* doubled coordinates */
    int n = 0;

    for (int z = -1; z < size[2]; ++z)
        for (int y = -1; y < size[1]; ++y)
            for (int x = -1; x < size[0]; ++x)
                for (int a = 0; a < 3; ++a) {
                    if (is_in(mask, size, x, y, z) == is_in(mask, size, x + (a == 0), y + (a == 1), z + (a == 2)))
                        continue;
                    assert_true(n < 100000);
                    vertex[n][0] = 2 * x + (a == 0);
                    vertex[n][1] = 2 * y + (a == 1);
                    vertex[n++][2] = 2 * z + (a == 2);
                }
    for (int k = 0; k < 4; ++k) longest[k] = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < i; ++j) {
            double square = 0;
            for (int a = 0; a < 3; ++a) {
                const double d = (vertex[i][a] - vertex[j][a]) * 0.5 * spacing[a];
                square += d * d;
            }
            for (int a = 0; a < 3; ++a)
                if (vertex[i][a] == vertex[j][a] && square > longest[a]) longest[a] = square;
            if (square > longest[3]) longest[3] = square;
        }
    for (int k = 0; k < 4; ++k) longest[k] = sqrt(longest[k]);
}

/* Oracle: brute force over all pairs of vertices, on random masks from a few voxels to full, of rows beyond a word. */
static void diameters_match_brute_force(void **state)
{
    static const double densities[5] = {0.01, 0.1, 0.5, 0.95, 1.0};
    static uint8_t mask[150 * 12 * 12];
    uint64_t seed = 20;
    (void)state;

    for (int round = 0; round < 120; ++round) {
        const bool wide = round % 12 == 0;
        int32_t size[3];
        double spacing[3], expected[4];
        int64_t n = 1;
        rml_bits bits;
        rml_diameters d;
        for (int a = 0; a < 3; ++a) {
            size[a] = 1 + (int32_t)(rml_test_random(&seed) % 9);
            spacing[a] = 0.3 + 3 * rml_test_uniform(&seed);
        }
        if (wide) size[round / 12 % 3] = 60 + (int32_t)(rml_test_random(&seed) % 12);
        for (int a = 0; a < 3; ++a) n *= size[a];
        for (int64_t v = 0; v < n; ++v) mask[v] = rml_test_uniform(&seed) < densities[round % 5];
        mask[rml_test_random(&seed) % (uint64_t)n] = 1;
        brute_force(mask, size, spacing, expected);
        assert_int_equal(rml_bits_init(&bits, mask, size), RML_OK);
        assert_int_equal(rml_diameters_measure(&bits, spacing, &d), RML_OK);
        rml_bits_free(&bits);
        assert_close(d.row, expected[0], 1e-14, 0, "row");
        assert_close(d.column, expected[1], 1e-14, 0, "column");
        assert_close(d.slice, expected[2], 1e-14, 0, "slice");
        assert_close(d.whole, expected[3], 1e-14, 0, "whole");
    }
}

/* A lumpy ball, whose hull has many corners at nearly the same distance from its centre. */
static void diameters_of_a_ball_match_brute_force(void **state)
{
    enum { N = 29 };
    static uint8_t mask[N * N * N];
    static const int32_t size[3] = {N, N, N};
    static const double spacing[3] = {1, 1, 1.25};
    double expected[4];
    rml_bits bits;
    rml_diameters d;
    (void)state;

    for (int z = 0; z < N; ++z)
        for (int y = 0; y < N; ++y)
            for (int x = 0; x < N; ++x) {
                const double r = sqrt((x - 14) * (x - 14) + (y - 13.7) * (y - 13.7) + (z - 14.2) * (z - 14.2) * 1.5625);
                mask[(z * N + y) * N + x] = r < 12.2 + 0.8 * sin(x * 0.9) * cos(y * 1.1 + z);
            }
    brute_force(mask, size, spacing, expected);
    assert_int_equal(rml_bits_init(&bits, mask, size), RML_OK);
    assert_int_equal(rml_diameters_measure(&bits, spacing, &d), RML_OK);
    rml_bits_free(&bits);
    assert_close(d.row, expected[0], 1e-14, 0, "row");
    assert_close(d.column, expected[1], 1e-14, 0, "column");
    assert_close(d.slice, expected[2], 1e-14, 0, "slice");
    assert_close(d.whole, expected[3], 1e-14, 0, "whole");
}

/* Flipped and transposed, a mask keeps its axes, voxel volume and diameter in space, and the planar diameters change
 * places. The mesh does not keep its area: corner 7 alone decides about opposite corners. */
static void flips_and_transposes(void **state)
{
    static const char *const same[] = {"Elongation",      "Flatness",    "LeastAxisLength",  "MajorAxisLength",
                                       "MinorAxisLength", "VoxelVolume", "Maximum3DDiameter"};
    static const char *const planar[3] = {"Maximum2DDiameterRow", "Maximum2DDiameterColumn", "Maximum2DDiameterSlice"};
    uint8_t mask[NX * NY * NZ], turned[NX * NY * NZ];
    double before[RML_MAX_CLASS_FEATURES];
    (void)state;

    for (int which = 0; which < 3; ++which)
        for (int turn = 0; turn < 6;
             ++turn) { /* new axis a is old axis (a + turn) mod 3; odd turns are flipped in all */
            int32_t size[3];
            double spacing[3];
            fill(which, mask);
            compute(mask, formula_size, formula_spacing);
            memcpy(before, value, sizeof before);
            for (int a = 0; a < 3; ++a) {
                size[a] = formula_size[(a + turn) % 3];
                spacing[a] = formula_spacing[(a + turn) % 3];
            }
            for (int z = 0; z < size[2]; ++z)
                for (int y = 0; y < size[1]; ++y)
                    for (int x = 0; x < size[0]; ++x) {
                        const int here[3] = {x, y, z};
                        int old[3];
                        for (int a = 0; a < 3; ++a) {
                            const int b = (a + turn) % 3;
                            old[b] = turn % 2 ? formula_size[b] - 1 - here[a] : here[a];
                        }
                        turned[(z * size[1] + y) * size[0] + x] = mask[(old[2] * NY + old[1]) * NX + old[0]];
                    }
            compute(turned, size, spacing);
            for (size_t k = 0; k < sizeof same / sizeof *same; ++k)
                assert_close(of(same[k]), before[rml_feature_index(RML_SHAPE, same[k])], 1e-13, 0, same[k]);
            for (int a = 0; a < 3; ++a)
                assert_close(of(planar[a]), before[rml_feature_index(RML_SHAPE, planar[(a + turn) % 3])], 1e-14, 0,
                             planar[a]);
        }
}

/* Background around the ROI changes no bit. */
static void background_changes_nothing(void **state)
{
    static const int32_t wide[3] = {NX + 70, NY + 4, NZ + 5};
    uint8_t mask[NX * NY * NZ], *padded = calloc((size_t)(wide[0] * wide[1] * wide[2]), 1);
    double before[RML_MAX_CLASS_FEATURES];
    (void)state;

    assert_non_null(padded);
    for (int which = 0; which < 3; ++which) {
        fill(which, mask);
        compute(mask, formula_size, formula_spacing);
        memcpy(before, value, sizeof before);
        memset(padded, 0, (size_t)(wide[0] * wide[1] * wide[2]));
        for (int z = 0; z < NZ; ++z)
            for (int y = 0; y < NY; ++y)
                memcpy(padded + ((z + 2) * wide[1] + y + 1) * wide[0] + 61, mask + (z * NY + y) * NX, NX);
        compute(padded, wide, formula_spacing);
        assert_memory_equal(value, before, (size_t)rml_class_size(RML_SHAPE) * sizeof *value);
    }
    free(padded);
}

/* Oracle: PyRadiomics 3.0.1 with spacing 0.7, 1.1, 2.3: one voxel; two along x; two across a diagonal; a 4x4 slice. */
static void degenerate_masks(void **state)
{
    static const double spacing[3] = {0.7, 1.1, 2.3};
    static const int32_t one[3] = {1, 1, 1}, two[3] = {2, 1, 1}, slice[3] = {4, 4, 1}, diagonal[3] = {3, 3, 3};
    uint8_t mask[27];
    (void)state;

    memset(mask, 1, sizeof mask);
    compute(mask, one, spacing);
    assert_true(isnan(of("Elongation")) && isnan(of("Flatness")));
    assert_int_equal(why("Elongation"), RML_WHY_ONE_VOXEL);
    assert_int_equal(why("Flatness"), RML_WHY_ONE_VOXEL);
    assert_close(of("MajorAxisLength"), 0, 0, 0, "one voxel");
    assert_close(of("MeshVolume"), 0.29516666666666636, 1e-12, 0, "one voxel");
    assert_close(of("SurfaceArea"), 3.096110463145655, 1e-12, 0, "one voxel");
    assert_close(of("Sphericity"), 0.6924353288309368, 1e-12, 0, "one voxel");
    assert_close(of("Compactness1"), 0.030568047804815267, 1e-12, 0, "one voxel");
    assert_close(of("Compactness2"), 0.3319996714236256, 1e-12, 0, "one voxel");
    assert_close(of("SphericalDisproportion"), 1.4441781901687996, 1e-12, 0, "one voxel");
    assert_close(of("Maximum2DDiameterSlice"), 1.1, 1e-12, 0, "one voxel");
    assert_close(of("Maximum3DDiameter"), 2.3, 1e-12, 0, "one voxel");

    compute(mask, two, spacing);
    assert_close(of("Elongation"), 0, 0, 0, "two voxels");
    assert_int_equal(why("Elongation"), RML_DEFINED);
    assert_close(of("MajorAxisLength"), 1.4, 1e-12, 0, "two voxels");
    assert_close(of("Maximum3DDiameter"), 2.4041630560342617, 1e-12, 0, "two voxels");

    compute(mask, slice, spacing);
    assert_close(of("Elongation"), 0.6363636363636366, 1e-12, 0, "slice");
    assert_close(of("Flatness"), 0, 0, 0, "slice");
    assert_close(of("LeastAxisLength"), 0, 0, 0, "slice");
    assert_close(of("MeshVolume"), 21.547166666666666, 1e-12, 0, "slice");

    for (int v = 0; v < 27; ++v) mask[v] = v % 13 == 0; /* (0,0,0), (1,1,1), (2,2,2) */
    compute(mask, diagonal, spacing);
    assert_close(of("MajorAxisLength"), 8.634813257969158, 1e-12, 0, "diagonal");
    assert_close(of("Elongation"), 0, 0, 0, "diagonal"); /* PyRadiomics: 8e-9, the root of rounding */
    assert_close(of("Flatness"), 0, 0, 0, "diagonal");
}

static void unwanted_and_empty(void **state)
{
    uint8_t mask[27] = {0};
    static const int32_t size[3] = {3, 3, 3};
    static const double spacing[3] = {1, 1, 1};
    const int32_t f = rml_feature_index(RML_SHAPE, "VoxelVolume");
    (void)state;

    assert_int_equal(rml_shape_features(mask, size, spacing, ALL, value, reason), RML_EEMPTY);
    assert_true(isnan(of("VoxelVolume")));
    mask[13] = 1;
    assert_int_equal(rml_shape_features(mask, size, spacing, 1u << f, value, reason), RML_OK);
    for (int32_t k = 0; k < rml_class_size(RML_SHAPE); ++k) assert_true(k == f ? value[k] == 1.0 : isnan(value[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_masks_match_pyradiomics),
        cmocka_unit_test(random_masks_match_pyradiomics),
        cmocka_unit_test(phantom_matches_ibsi),
        cmocka_unit_test(diameters_match_brute_force),
        cmocka_unit_test(diameters_of_a_ball_match_brute_force),
        cmocka_unit_test(flips_and_transposes),
        cmocka_unit_test(background_changes_nothing),
        cmocka_unit_test(degenerate_masks),
        cmocka_unit_test(unwanted_and_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
