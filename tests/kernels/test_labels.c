/* Oracle: the definition, voxel by voxel, on random masks; exact. Which casts wrap was seen with SimpleITK 2.3.1. */
#include "tests/support/support.h"

#include "kernels/preprocess/labels.h"

static const rml_grid small = {.size = {13, 7, 5}, .spacing = {1, 1, 1}};
enum { N_VOXELS = 13 * 7 * 5 };

static size_t store(unsigned char *to, rml_scalar type, double value, bool swapped)
{
    const int64_t whole = (int64_t)value;
    const float single = (float)value;
    const size_t n = rml_scalar_bytes(type);
    unsigned char native[8];

    if (type == RML_FLOAT32)
        memcpy(native, &single, 4);
    else if (type == RML_FLOAT64)
        memcpy(native, &value, 8);
    else
        for (size_t i = 0; i < n; ++i)
            native[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? i : n - 1 - i] = (unsigned char)(whole >> 8 * i);
    for (size_t i = 0; i < n; ++i) to[i] = native[swapped ? n - 1 - i : i];
    return n;
}

/* A mask of `values` in a type, byte order and step; to be freed with rml_volume_free. Elements between are 77. */
static rml_volume mask_of(const double *values, const rml_grid *grid, rml_scalar type, bool swapped, int64_t step)
{
    const int64_t n = (int64_t)grid->size[0] * grid->size[1] * grid->size[2];
    const size_t width = rml_scalar_bytes(type);
    unsigned char *bytes = malloc((size_t)(n * step) * width + 1);
    rml_volume mask = {.grid = *grid,
                       .stored = type,
                       .swapped = swapped,
                       .step = step,
                       .n_slices = grid->size[2],
                       .voxels = bytes + 1, /* unaligned, as in an inflated file */
                       .memory = bytes};

    for (int64_t i = 0; i < n; ++i)
        for (int64_t c = 0; c < step; ++c)
            store(bytes + 1 + (size_t)(i * step + c) * width, type, c == 0 ? values[i] : 77, swapped);
    return mask;
}

static void assert_labels(const rml_volume *mask, const double *values, int32_t highest)
{
    int64_t n_negative = 0, n_cut = 0;
    const int32_t *size = mask->grid.size;
    const uint32_t pair[2] = {2, 5};
    rml_labels labels;
    rml_error err = {0};
    int32_t n_present = 0;
    int64_t n_background = 0;

    assert_int_equal(rml_labels_scan(mask, &labels, &err), RML_OK);
    for (int32_t l = 0; l <= highest; ++l) {
        int32_t first[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, last[3] = {-1, -1, -1};
        int64_t n = 0, i = 0;
        const rml_label *found;

        for (int32_t z = 0; z < size[2]; ++z)
            for (int32_t y = 0; y < size[1]; ++y)
                for (int32_t x = 0; x < size[0]; ++x, ++i) {
                    const int32_t at[3] = {x, y, z};

                    if (trunc(values[i]) != l && !(l == 0 && values[i] < 0)) continue;
                    ++n;
                    for (int a = 0; a < 3; ++a) {
                        if (at[a] < first[a]) first[a] = at[a];
                        if (at[a] > last[a]) last[a] = at[a];
                    }
                }
        if (l == 0) n_background = n;
        if (l == 0 || n == 0) continue;
        ++n_present;
        found = rml_labels_find(&labels, (uint32_t)l);
        assert_non_null(found);
        assert_int_equal(found->label, l);
        assert_int_equal(found->n_voxels, n);
        for (int a = 0; a < 3; ++a) {
            assert_int_equal(found->box.first[a], first[a]);
            assert_int_equal(found->box.size[a], last[a] - first[a] + 1);
        }
    }
    assert_int_equal(labels.n, n_present);
    assert_int_equal(labels.no_background, n_background == 0);
    for (int v = 0; v < size[0] * size[1] * size[2]; ++v) {
        n_negative += values[v] <= -1.0;
        n_cut += values[v] != trunc(values[v]);
    }
    assert_int_equal(labels.n_negative, n_negative);
    assert_int_equal(labels.n_cut, n_cut);
    for (int32_t i = 1; i < labels.n; ++i) assert_true(labels.label[i - 1].label < labels.label[i].label);
    assert_null(rml_labels_find(&labels, (uint32_t)highest + 1));
    assert_null(rml_labels_find(&labels, 0));
    for (int32_t n_wanted = 1; n_wanted <= 2; ++n_wanted) {
        const rml_box box = {{1, 2, 1}, {9, 4, 3}};
        uint8_t cut[9 * 4 * 3];
        int32_t i = 0;

        rml_labels_cut(mask, &box, pair, n_wanted, cut);
        for (int32_t z = 1; z < 4; ++z)
            for (int32_t y = 2; y < 6; ++y)
                for (int32_t x = 1; x < 10; ++x, ++i) {
                    const double value = trunc(values[((int64_t)z * size[1] + y) * size[0] + x]);

                    assert_int_equal(cut[i], value == 2 || (n_wanted == 2 && value == 5));
                }
    }
    rml_labels_free(&labels);
    rml_labels_free(&labels); /* harmless */
}

static void every_type_byte_order_and_step(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int t = 0; t < RML_N_SCALARS; ++t)
        for (int swapped = 0; swapped <= 1; ++swapped)
            for (int64_t step = 1; step <= 3; step += 2)
                for (int density = 1; density <= 3; ++density) {
                    double values[N_VOXELS];
                    rml_volume mask;

                    for (int i = 0; i < N_VOXELS; ++i) { /* runs, and rows of nothing */
                        const bool again = i > 0 && rml_test_uniform(&seed) < 0.6;

                        values[i] =
                            again
                                ? values[i - 1]
                                : (rml_test_uniform(&seed) * 3 < density ? (double)(rml_test_random(&seed) % 7) : 0.0);
                    }
                    mask = mask_of(values, &small, (rml_scalar)t, swapped, step);
                    assert_labels(&mask, values, 7);
                    rml_volume_free(&mask);
                }
}

static void thousands_of_labels(void **state)
{
    const rml_grid grid = {.size = {40, 30, 20}, .spacing = {1, 1, 1}};
    double *values = malloc(24000 * sizeof *values);
    rml_volume mask;
    rml_labels labels;
    rml_error err = {0};

    (void)state;
    for (int i = 0; i < 24000; ++i) values[i] = (double)((int64_t)i * 7919 % 5003 * 800000); /* far apart */
    mask = mask_of(values, &grid, RML_UINT32, false, 1);
    assert_int_equal(rml_labels_scan(&mask, &labels, &err), RML_OK);
    assert_int_equal(labels.n, 5002);
    for (int32_t i = 0; i < labels.n; ++i) {
        assert_int_equal(labels.label[i].label, (i + 1) * 800000LL);
        assert_in_range(labels.label[i].n_voxels, 4, 5);
    }
    rml_labels_free(&labels);
    rml_volume_free(&mask);
    free(values);
}

/* 1.9 is label 1, -0.5 background (both as the cast); -1 would wrap to 4294967295 and counts as background here. */
static void floats_are_truncated_and_negatives_background(void **state)
{
    double values[N_VOXELS] = {0};
    rml_volume mask;

    (void)state;
    values[3] = 1.9, values[4] = 1.1, values[5] = -0.5, values[6] = -1, values[7] = -3000, values[8] = 0.99;
    values[N_VOXELS - 1] = 5.5;
    for (int t = RML_FLOAT32; t <= RML_FLOAT64; ++t) {
        mask = mask_of(values, &small, (rml_scalar)t, false, 1);
        assert_labels(&mask, values, 7);
        rml_volume_free(&mask);
    }
    values[4] = 2, values[5] = -128;
    mask = mask_of(values, &small, RML_INT16, true, 1);
    for (int i = 0; i < N_VOXELS; ++i) values[i] = trunc(values[i]);
    assert_labels(&mask, values, 7);
    rml_volume_free(&mask);
}

static void one_value_everywhere(void **state)
{
    double values[N_VOXELS];
    rml_volume mask;

    (void)state;
    for (int background = 0; background <= 2; ++background) {
        for (int i = 0; i < N_VOXELS; ++i) values[i] = background == 2 ? -1 : 1 - background;
        mask = mask_of(values, &small, RML_INT8, false, 1);
        assert_labels(&mask, values, 3);
        rml_volume_free(&mask);
    }
}

/* Scaled: stored zeros are what slope and intercept make of them. */
static void scaled_masks(void **state)
{
    double stored[N_VOXELS], values[N_VOXELS];
    uint64_t seed = 11;
    rml_volume mask;

    (void)state;
    for (int i = 0; i < N_VOXELS; ++i) {
        stored[i] = (double)(rml_test_random(&seed) % 4) - 1;
        values[i] = 0.5 * stored[i] + 1.5; /* 1, 1.5, 2, 2.5: no background at all */
    }
    mask = mask_of(stored, &small, RML_INT16, false, 1);
    mask.scaled = true, mask.slope = 0.5, mask.intercept = 1.5;
    assert_labels(&mask, values, 3);
    rml_volume_free(&mask);
}

static void values_that_are_no_labels(void **state)
{
    const double wrong[5] = {NAN, INFINITY, -INFINITY, 4294967296.0, 1e300};

    (void)state;
    for (int k = 0; k < 5; ++k)
        for (int swapped = 0; swapped <= 1; ++swapped) {
            double values[N_VOXELS] = {0};
            rml_volume mask;
            rml_labels labels;
            rml_error err = {0};

            values[13 * 7 + 13 + 2] = wrong[k];
            mask = mask_of(values, &small, RML_FLOAT64, swapped, 1);
            assert_int_equal(rml_labels_scan(&mask, &labels, &err), RML_EVALUE);
            assert_non_null(strstr(err.text, "(2, 1, 1)"));
            rml_labels_free(&labels);
            rml_volume_free(&mask);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_byte_order_and_step),
        cmocka_unit_test(thousands_of_labels),
        cmocka_unit_test(floats_are_truncated_and_negatives_background),
        cmocka_unit_test(one_value_everywhere),
        cmocka_unit_test(scaled_masks),
        cmocka_unit_test(values_that_are_no_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
