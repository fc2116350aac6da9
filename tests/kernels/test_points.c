/* Oracle: PyRadiomics 3.0.1 (numpy 1.26.4, SimpleITK 2.3.1) on small images of three types, and on breast1 in the
 * reference data. Square, square root and gradient to the last bit. Logarithm to two units of the last place and
 * exponential to 2e-15: numpy's log and exp are its own where the processor has AVX-512, and may be a unit of the last
 * place beside the C library's; one in log(c) grows in exp(x log(c) / c) by up to log(c). */
#include "tests/kernels/formula_cases.h"

#include "kernels/image/gradient.h"
#include "kernels/image/points.h"
#include "tests/oracle/image_filters.h"
#include "tests/support/measured.h"

static const rml_scalar types[3] = {RML_INT16, RML_FLOAT32, RML_FLOAT64};
static const double bound[4] = {0, 0, 5e-16, 2e-15};
static const char *const names[4] = {"Square", "SquareRoot", "Logarithm", "Exponential"};

static void point_filters_are_those_of_pyradiomics(void **state)
{
    static const double(*const expected[3][4])[FORMULA_X] = {
        {oracle_square_int16, oracle_squareroot_int16, oracle_logarithm_int16, oracle_exponential_int16},
        {oracle_square_float32, oracle_squareroot_float32, oracle_logarithm_float32, oracle_exponential_float32},
        {oracle_square_float64, oracle_squareroot_float64, oracle_logarithm_float64, oracle_exponential_float64}};
    double voxels[FORMULA_VOXELS], out[FORMULA_VOXELS], largest;
    rml_patch image;

    (void)state;
    for (int t = 0; t < 3; ++t) {
        formula_image(types[t], voxels, &image);
        assert_int_equal(rml_point_largest(voxels, FORMULA_VOXELS, &largest), RML_OK);
        for (int kind = 0; kind < 4; ++kind) {
            assert_int_equal(rml_point_apply((rml_point)kind, largest, voxels, FORMULA_VOXELS, out), RML_OK);
            rml_measured_of("PyRadiomics 3.0.1 (numpy 1.26.4)", "PyRadiomics image/%s", names[kind]);
            assert_rows(out, expected[t][kind], bound[kind], "voxels");
        }
    }
    rml_measured_case(NULL, NULL);
}

static void gradients_are_those_of_itk(void **state)
{
    static const double(*const expected[3][2])[FORMULA_X] = {
        {oracle_gradient_int16_voxels, oracle_gradient_int16_mm},
        {oracle_gradient_float32_voxels, oracle_gradient_float32_mm},
        {oracle_gradient_float64_voxels, oracle_gradient_float64_mm}};
    static const int32_t margin[3] = {1, 1, 1};
    double voxels[FORMULA_VOXELS], out[FORMULA_VOXELS];
    rml_patch image, cut;
    rml_box inside;

    (void)state;
    for (int t = 0; t < 3; ++t) {
        formula_image(types[t], voxels, &image);
        inside = with_margin(&image, margin, RML_BORDER_NEAREST, &cut);
        for (int mm = 0; mm < 2; ++mm) {
            assert_int_equal(rml_gradient(&cut, &inside, mm == 1, out), RML_OK);
            rml_measured_case("PyRadiomics image/Gradient", "PyRadiomics 3.0.1 (SimpleITK 2.3.1)");
            assert_rows(out, expected[t][mm], 0, "voxels");
            rml_measured_case(NULL, NULL);
        }
        inside.first[1] = 0;
        assert_int_equal(rml_gradient(&cut, &inside, true, out), RML_EINVAL);
        inside.first[1] = 2;
        assert_int_equal(rml_gradient(&cut, &inside, true, out), RML_EINVAL);
        rml_patch_free(&cut);
    }
}

/* The stage images are x 12..31, y 40..79 and all slices of the whole image's responses. */
static void breast1_is_that_of_pyradiomics(void **state)
{
    static const char *const files[5] = {"square", "squareroot", "logarithm", "exponential", "gradient"};
    rml_patch image = shared_image("reference/pyradiomics/data/breast1_image.nrrd"), cut;
    const rml_patch_source source = {.patch = &image};
    const rml_box box = {{11, 39, -1}, {22, 42, 23}}, inside = {{1, 1, 1}, {20, 40, 21}};
    enum { N = 20 * 40 * 21 };
    double *const part = malloc(2 * N * sizeof *part), *const out = part + N, largest;

    (void)state;
    assert_non_null(part);
    assert_int_equal(rml_point_largest(image.voxels, (int64_t)image.size[0] * image.size[1] * image.size[2], &largest),
                     RML_OK);
    assert_int_equal(rml_patch_cut(&source, &box, RML_BORDER_NEAREST, &cut), RML_OK);
    for (int z = 0, i = 0; z < 21; ++z)
        for (int y = 0; y < 40; ++y)
            for (int x = 0; x < 20; ++x, ++i) part[i] = cut.voxels[((z + 1) * 42 + y + 1) * 22 + x + 1];
    for (int f = 0; f < 5; ++f) {
        char name[128];
        rml_patch expected;

        (void)snprintf(name, sizeof name, "reference/pyradiomics/stages/breast1_%s.nrrd", files[f]);
        expected = shared_image(name);
        if (f < 4)
            assert_int_equal(rml_point_apply((rml_point)f, largest, part, N, out), RML_OK);
        else
            assert_int_equal(rml_gradient(&cut, &inside, true, out), RML_OK);
        rml_measured_of(f < 4 ? "PyRadiomics 3.0.1 (numpy 1.26.4)" : "PyRadiomics 3.0.1 (SimpleITK 2.3.1)",
                        "PyRadiomics image/%s", f < 4 ? names[f] : "Gradient");
        for (int i = 0; i < N; ++i) assert_close(out[i], expected.voxels[i], f < 4 ? bound[f] : 0, 0, "voxels");
        rml_measured_case(NULL, NULL);
        rml_patch_free(&expected);
    }
    rml_patch_free(&cut);
    rml_patch_free(&image);
    free(part);
}

/* Stored numbers of every type, swapped, scaled and interleaved ones, give what their decoded values give. */
static void the_largest_is_found_where_voxels_lie(void **state)
{
    enum { NX = 37, NY = 5, NZ = 4, N = NX * NY * NZ };
    const rml_box boxes[2] = {{{0, 0, 1}, {NX, NY, 3}}, {{3, 1, 2}, {30, 3, 1}}};
    unsigned char bytes[2 * N * 8 + 1];
    double values[N], decoded, found;
    uint64_t random = 7;

    (void)state;
    for (int type = 0; type < RML_N_SCALARS; ++type)
        for (int how = 0; how < 8; ++how)
            for (int draw = 0; draw < 16; ++draw) {
                rml_volume volume = {.grid = {.size = {NX, NY, NZ + 1}},
                                     .stored = (rml_scalar)type,
                                     .swapped = how & 1,
                                     .scaled = how & 2,
                                     .slope = -1.5,
                                     .intercept = 20,
                                     .step = how & 4 ? 2 : 1,
                                     .first_slice = 1,
                                     .n_slices = NZ,
                                     .voxels = bytes + 1};

                for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = (unsigned char)(rml_test_random(&random) >> 20);
                if (rml_scalar_is_float(volume.stored)) /* exponents that are neither infinite nor NaN */
                    for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] &= 0x3f;
                rml_volume_crop(&volume, &boxes[draw % 2], values);
                assert_int_equal(rml_point_largest(values,
                                                   (int64_t)boxes[draw % 2].size[0] * boxes[draw % 2].size[1] *
                                                       boxes[draw % 2].size[2],
                                                   &decoded),
                                 RML_OK);
                assert_int_equal(rml_point_largest_stored(&volume, &boxes[draw % 2], &found), RML_OK);
                assert_close(found, decoded, 0, 0, rml_scalar_name(volume.stored));
            }
}

static void what_has_no_largest_is_refused(void **state)
{
    float stored[20];
    double voxels[40] = {0}, out[40], largest;
    rml_volume volume = {
        .grid = {.size = {20, 1, 1}}, .stored = RML_FLOAT32, .step = 1, .n_slices = 1, .voxels = (void *)stored};
    const rml_box all = {{0, 0, 0}, {20, 1, 1}};

    (void)state;
    assert_int_equal(rml_point_largest(voxels, 0, &largest), RML_EINVAL);
    for (int at = 0; at < 20; ++at)
        for (int kind = 0; kind < 3; ++kind) {
            const double bad[3] = {NAN, INFINITY, -INFINITY};

            for (int i = 0; i < 20; ++i) voxels[i] = stored[i] = (float)(i == at ? bad[kind] : i - 25);
            assert_int_equal(rml_point_largest(voxels, 20, &largest), RML_EVALUE);
            assert_true(isnan(largest));
            assert_int_equal(rml_point_largest_stored(&volume, &all, &largest), RML_EVALUE);
            assert_true(isnan(largest));
        }
    assert_int_equal(rml_point_largest_stored(&volume, &(rml_box){{1, 0, 0}, {20, 1, 1}}, &largest), RML_EINVAL);
    assert_int_equal(rml_point_largest_stored(&volume, &(rml_box){{0, 0, -1}, {20, 1, 1}}, &largest), RML_EINVAL);
    volume.n_slices = 0;
    assert_int_equal(rml_point_largest_stored(&volume, &all, &largest), RML_EINVAL);
    /* an image of zeros: numpy divides 0 by 0 */
    memset(voxels, 0, sizeof voxels);
    assert_int_equal(rml_point_largest(voxels, 40, &largest), RML_OK);
    for (int kind = 0; kind < 4; ++kind) {
        const bool defined = kind == RML_POINT_SQUAREROOT;

        assert_int_equal(rml_point_apply((rml_point)kind, largest, voxels, 40, out), defined ? RML_OK : RML_EVALUE);
        for (int i = 0; i < 40; ++i) assert_true(defined ? out[i] == 0.0 : isnan(out[i]));
        assert_int_equal(rml_point_apply((rml_point)kind, INFINITY, voxels, 40, out), RML_EVALUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(point_filters_are_those_of_pyradiomics),
        cmocka_unit_test(gradients_are_those_of_itk),
        cmocka_unit_test(breast1_is_that_of_pyradiomics),
        cmocka_unit_test(the_largest_is_found_where_voxels_lie),
        cmocka_unit_test(what_has_no_largest_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
