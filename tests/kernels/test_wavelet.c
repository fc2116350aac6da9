/* Wavelet images against PyRadiomics 3.0.1 on PyWavelets 1.5.0: tests/oracle/wavelet_radiomics.h (odd and even sizes,
 * levels, 2-D, float32), and the images of breast1 where the reference data are. */
#include "tests/support/support.h"

#include "kernels/image/wavelet.h"
#include "tests/kernels/image_cases.h"

#include "tests/oracle/wavelet_radiomics.h"
#include "tests/support/measured.h"

enum { MAX_OUTPUTS = 22 };

/* The oracle's image. */
static rml_patch formula(const int size[3], rml_scalar type)
{
    rml_patch image = {.size = {size[0], size[1], size[2]}, .spacing = {1, 1, 1}, .type = type};
    double *to = image.voxels = malloc((size_t)size[0] * size[1] * size[2] * sizeof *to);

    assert_non_null(to);
    for (int z = 0; z < size[2]; ++z)
        for (int y = 0; y < size[1]; ++y)
            for (int x = 0; x < size[0]; ++x) {
                const double value = (7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20;

                *to++ = type == RML_INT16 ? value : type == RML_FLOAT32 ? (float)(value / 3.0) : value / 3.0;
            }
    return image;
}

/* All outputs for a box of the image; out[i] malloc'ed. */
static void transform(const rml_patch_source *from, const rml_wavelet_settings *settings, const rml_box *box,
                      double *out[MAX_OUTPUTS])
{
    const rml_patch_source source = {.volume = from->volume, .patch = from->patch, .even = true};
    const rml_margin margin = rml_wavelet_margin(settings);
    const rml_box wide = rml_margin_box(box, &margin);
    const int32_t *size = source.volume ? source.volume->grid.size : source.patch->size;
    rml_patch patch;

    assert_int_equal(rml_patch_cut(&source, &wide, RML_BORDER_PERIODIC, &patch), RML_OK);
    for (int i = 0; i < rml_wavelet_outputs(settings); ++i) {
        out[i] = malloc((size_t)box->size[0] * box->size[1] * box->size[2] * sizeof **out);
        assert_non_null(out[i]);
    }
    assert_int_equal(rml_wavelet_apply(&patch, settings, box, size, out), RML_OK);
    rml_patch_free(&patch);
}

static void free_all(double **out, int n)
{
    for (int i = 0; i < n; ++i) free(out[i]);
}

static void check_case(const struct wavelet_case *c)
{
    const rml_box box = {{0, 0, 0}, {c->size[0], c->size[1], c->size[2]}};
    const int64_t n = (int64_t)c->size[0] * c->size[1] * c->size[2];
    const bool single = c->type == RML_FLOAT32;
    rml_patch image = formula(c->size, c->type);
    double *out[MAX_OUTPUTS];
    rml_wavelet wavelet;
    rml_wavelet_settings settings = {&wavelet, c->start_level, c->level, c->left_out};

    assert_int_equal(rml_wavelet_find(c->wavelet, &wavelet), RML_OK);
    assert_int_equal(rml_wavelet_outputs(&settings), c->n);
    transform(&(rml_patch_source){.patch = &image}, &settings, &box, out);
    assert_int_equal(rml_wavelet_type(c->type), single ? RML_FLOAT32 : RML_FLOAT64);
    for (int i = 0; i < c->n; ++i) {
        const double *expected = c->images[i].numbers;
        const int64_t at[3] = {0, ((int64_t)2 * c->size[1] + 2) * c->size[0] + 3, n - 1};
        char name[RML_WAVELET_NAME];
        double sum = 0.0, weighted = 0.0;

        rml_wavelet_name(&settings, i, name);
        assert_string_equal(name, c->images[i].name);
        for (int64_t v = 0; v < n; ++v) {
            sum += fabs(out[i][v]);
            weighted += out[i][v] * (double)v;
            if (single) assert_true(out[i][v] == (float)out[i][v]);
        }
        for (int k = 0; k < 3; ++k)
            assert_close(out[i][at[k]], expected[k], 0.0, 0.0, name); /* PyWavelets' order of adding */
        assert_close(sum, expected[3], single ? 1e-7 : 1e-12, 0.0, name);
        assert_close(weighted, expected[4], 0.0, (single ? 1e-7 : 1e-12) * sum * (double)n, name);
    }
    free_all(out, c->n);
    rml_patch_free(&image);
}

static void images_are_pyradiomics(void **state)
{
    (void)state;
    rml_measured_case("PyRadiomics image/Wavelet", "PyRadiomics 3.0.1 (PyWavelets 1.5.0)");
    for (size_t c = 0; c < sizeof wavelet_cases / sizeof *wavelet_cases; ++c) check_case(&wavelet_cases[c]);
    rml_measured_case(NULL, NULL);
}

/* A box's images are the whole image's, to the bit: work grows with the box alone. Slabs of slices are joined: 19
 * slices are three, and rows of 64 are spaced otherwise. An output that is not wanted changes no other. */
static void boxes_are_parts_of_the_whole(void **state)
{
    const int size[3] = {64, 12, 19};
    const rml_box whole = {{0, 0, 0}, {64, 12, 19}}, part = {{2, 0, 5}, {7, 3, 9}};
    rml_patch image = formula(size, RML_INT16);
    const rml_patch_source source = {.patch = &image};
    double *all[MAX_OUTPUTS], *some[MAX_OUTPUTS], *few[MAX_OUTPUTS] = {NULL};
    rml_wavelet wavelet;
    rml_wavelet_settings settings = {&wavelet, 1, 2, -1};
    const rml_margin margin =
        (assert_int_equal(rml_wavelet_find("db3", &wavelet), RML_OK), rml_wavelet_margin(&settings));
    const rml_box wide = rml_margin_box(&part, &margin);
    rml_patch patch;

    (void)state;
    transform(&source, &settings, &whole, all);
    transform(&source, &settings, &part, some);
    assert_int_equal(margin.before[0], 6);
    assert_int_equal(margin.after[2], 9);
    for (int i = 0; i < 15; ++i)
        for (int z = 0; z < part.size[2]; ++z)
            for (int y = 0; y < part.size[1]; ++y)
                assert_memory_equal(some[i] + (z * part.size[1] + y) * part.size[0],
                                    all[i] + ((z + 5) * size[1] + y) * size[0] + 2, 7 * sizeof(double));
    assert_int_equal(
        rml_patch_cut(&(rml_patch_source){.patch = &image, .even = true}, &wide, RML_BORDER_PERIODIC, &patch), RML_OK);
    few[9] = malloc(7 * 3 * 9 * sizeof(double));
    assert_int_equal(rml_wavelet_apply(&patch, &settings, &part, size, few), RML_OK);
    assert_memory_equal(few[9], some[9], 7 * 3 * 9 * sizeof(double));
    rml_patch_free(&patch);
    free_all(all, 15);
    free_all(some, 15);
    free(few[9]);
    rml_patch_free(&image);
}

/* A constant comes out of every low-pass sqrt(2) times, of a high-pass not at all. */
static void constants_have_no_detail(void **state)
{
    double voxels[27], *out[MAX_OUTPUTS];
    rml_patch image = {.size = {3, 3, 3}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};
    const rml_box box = {{0, 0, 0}, {3, 3, 3}};
    rml_wavelet wavelet;
    rml_wavelet_settings settings = {&wavelet, 0, 2, -1};

    (void)state;
    for (int v = 0; v < 27; ++v) voxels[v] = 5.0;
    for (int w = 0; w < RML_N_WAVELETS; ++w) {
        assert_int_equal(rml_wavelet_find(rml_wavelet_names[w], &wavelet), RML_OK);
        if (wavelet.n > 30) continue; /* as true, and slow */
        transform(&(rml_patch_source){.patch = &image}, &settings, &box, out);
        for (int i = 0; i < 15; ++i) assert_close(out[i][13], i == 14 ? 40.0 : 0.0, 0.0, 1e-6, wavelet.name);
        free_all(out, 15);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    double voxels[8] = {0}, *out[MAX_OUTPUTS] = {NULL};
    rml_patch patch = {.size = {2, 2, 2}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};
    rml_box box = {{0, 0, 0}, {1, 1, 1}};
    rml_wavelet haar;

    (void)state;
    assert_int_equal(rml_wavelet_find("haar", &haar), RML_OK);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 0, 1, -1}, &box, patch.size, out),
                     RML_OK);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 0, 2, -1}, &box, patch.size, out),
                     RML_EINVAL);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, -1, 1, -1}, &box, patch.size, out),
                     RML_EINVAL);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 0, 0, -1}, &box, patch.size, out),
                     RML_EINVAL);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 0, 1, 3}, &box, patch.size, out),
                     RML_EINVAL);
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 1, INT32_MAX, -1}, &box, patch.size, out),
                     RML_EINVAL);
    box.size[1] = 2;
    assert_int_equal(rml_wavelet_apply(&patch, &(rml_wavelet_settings){&haar, 0, 1, -1}, &box, patch.size, out),
                     RML_EINVAL);
}

/* breast1, of which the reference keeps x 12..31, y 40..79, z 0..20 of coif1's images. */
static void breast1_is_pyradiomics(void **state)
{
    const rml_box box = {{12, 40, 0}, {20, 40, 21}}, stored = {{0, 0, 0}, {20, 40, 21}};
    double *out[MAX_OUTPUTS], expected[20 * 40 * 21];
    rml_wavelet wavelet;
    const rml_wavelet_settings settings = {&wavelet, 0, 1, -1};
    rml_volume image, filtered;

    (void)state;
    if (!load_image("reference/pyradiomics/data/breast1_image.nrrd", &image)) skip();
    assert_int_equal(rml_wavelet_find("coif1", &wavelet), RML_OK);
    transform(&(rml_patch_source){.volume = &image}, &settings, &box, out);
    rml_measured_case("PyRadiomics image/Wavelet", "PyRadiomics 3.0.1 (PyWavelets 1.5.0)");
    for (int i = 0; i < 8; ++i) {
        char name[RML_WAVELET_NAME], path[128];

        rml_wavelet_name(&settings, i, name);
        snprintf(path, sizeof path, "reference/pyradiomics/stages/breast1_%s.nrrd", name);
        assert_true(load_image(path, &filtered));
        assert_int_equal(rml_volume_type(&filtered), RML_FLOAT64);
        rml_volume_crop(&filtered, &stored, expected);
        /* of numbers up to some 2000: roundings where they cancel */
        for (int v = 0; v < 20 * 40 * 21; ++v) assert_close(out[i][v], expected[v], 1e-12, 1e-12, name);
        rml_volume_free(&filtered);
    }
    rml_measured_case(NULL, NULL);
    free_all(out, 8);
    rml_volume_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_pyradiomics),   cmocka_unit_test(boxes_are_parts_of_the_whole),
        cmocka_unit_test(constants_have_no_detail), cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(breast1_is_pyradiomics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
