#include "tests/support/support.h"

#include <time.h>

#include "jobs/diagnostics_columns.h"

/* Oracle: Python 3.11's repr of the same doubles (numpy 1.26.4's float64 has the same). */
static void floats_as_python_writes_them(void **unused)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {1.0, "1.0"},
                 {-1024.0, "-1024.0"},
                 {0.1, "0.1"},
                 {0.3333333333333333, "0.3333333333333333"},
                 {6.499999999999998, "6.499999999999998"},
                 {0.7812499999999999, "0.7812499999999999"},
                 {0.0001, "0.0001"},
                 {9.999e-05, "9.999e-05"},
                 {1e-05, "1e-05"},
                 {1.5e-07, "1.5e-07"},
                 {1.2345678901234568e+17, "1.2345678901234568e+17"},
                 {1000000000000000.0, "1000000000000000.0"},
                 {9999999999999998.0, "9999999999999998.0"},
                 {1e+16, "1e+16"},
                 {1.2345e+22, "1.2345e+22"},
                 {-2.5e-300, "-2.5e-300"},
                 {1e+300, "1e+300"},
                 {5e-324, "5e-324"},
                 {385.6564080810547, "385.6564080810547"},
                 {100.0, "100.0"},
                 {100.0000000000001, "100.0000000000001"},
                 {NAN, "nan"},
                 {-INFINITY, "-inf"}};

    (void)unused;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        char text[RML_PYTHON_FLOAT];

        rml_python_float(known[k].value, text);
        assert_string_equal(text, known[k].text);
    }
}

static rml_diagnostics made(uint32_t stages)
{
    rml_diagnostics d = {.stages = stages};

    for (int s = 0; s < RML_N_DIAGNOSED; ++s) {
        rml_diagnosis *of = &d.of[s];

        if (!(stages >> s & 1)) continue;
        for (int a = 0; a < 3; ++a) {
            of->size[a] = 100 * s + a;
            of->spacing[a] = 0.1 * (s + 1) + a;
            if (s == RML_IMAGE_ORIGINAL || s == RML_IMAGE_INTERPOLATED) continue;
            of->extent.box.first[a] = a - s;
            of->extent.box.size[a] = 7 + a;
            of->extent.centre[a] = s + a / 3.0;
            of->point[a] = -s - a / 7.0;
        }
        of->mean = s / 9.0;
        of->minimum = -s;
        of->maximum = s;
        if (s == RML_IMAGE_ORIGINAL || s == RML_IMAGE_INTERPOLATED) continue;
        of->extent.n_voxels = (int64_t)1 << 40;
        of->extent.n_volumes = s;
    }
    memcpy(d.of[0].hash, "a9993e364706816aba3e25717850c26c9cd0d89d", stages & 1 ? RML_SHA1_TEXT : 0);
    return d;
}

/* Oracle: identity, for every set of stages; cut short anywhere it is refused. */
static void packed_they_come_back(void **unused)
{
    (void)unused;
    for (uint32_t stages = 0; stages < 1U << RML_N_DIAGNOSED; ++stages) {
        const rml_diagnostics before = made(stages);
        rml_diagnostics *read = NULL;
        rml_blob blob = {0};
        rml_reader reader;

        rml_diagnostics_pack(stages ? &before : NULL, &blob);
        assert_false(blob.failed);
        reader = rml_reader_of(blob.bytes, blob.n_bytes);
        assert_int_equal(rml_diagnostics_unpack(&reader, &read), RML_OK);
        assert_int_equal(reader.n_left, 0);
        assert_true((read == NULL) == (stages == 0));
        if (read) {
            assert_int_equal(read->stages, stages);
            for (int s = 0; s < RML_N_DIAGNOSED; ++s) {
                const rml_diagnosis *a = &before.of[s], *b = &read->of[s];

                assert_memory_equal(a->size, b->size, sizeof a->size);
                assert_memory_equal(a->spacing, b->spacing, sizeof a->spacing);
                assert_memory_equal(&a->extent, &b->extent, sizeof a->extent);
                assert_memory_equal(a->point, b->point, sizeof a->point);
                assert_true(a->mean == b->mean && a->minimum == b->minimum && a->maximum == b->maximum);
                assert_string_equal(a->hash, b->hash);
            }
        }
        free(read);
        for (size_t n = 0; n < blob.n_bytes; n += 5) {
            unsigned char *cut = malloc(n ? n : 1);

            memcpy(cut, blob.bytes, n);
            reader = rml_reader_of(cut, n);
            if (n >= 4) assert_int_equal(rml_diagnostics_unpack(&reader, &read), RML_EFORMAT);
            free(cut);
        }
        rml_blob_free(&blob);
    }
}

static int32_t find(const rml_diagnostic_columns *columns, const char *name)
{
    for (int32_t c = 0; c < columns->n; ++c)
        if (strcmp(columns->column[c].name, name) == 0) return c;
    return -1;
}

/* A stage that one row lacks: its counts are no whole numbers any more, and its texts are empty there. */
static void rows_and_missing_stages(void **unused)
{
    const rml_diagnostics with = made(0x13), without = made(0x3);
    rml_diagnostic_columns columns;
    rml_diagnosed_stages stages;
    rml_h5ad_value value[64];
    rml_params params;
    rml_error err = {0};
    int32_t own, count, mean;

    (void)unused;
    assert_int_equal(rml_params_read(NULL, &params, &err), RML_OK);
    stages = rml_diagnosed_by(&params);
    assert_int_equal(stages.some, 1U << RML_IMAGE_ORIGINAL | 1U << RML_MASK_ORIGINAL);
    rml_diagnosed_add(&stages, &with);
    rml_diagnosed_add(&stages, &without);
    assert_int_equal(rml_diagnostic_columns_init(&columns, &params, &stages, false, &err), RML_OK);
    assert_true(columns.n <= 64);
    own = find(&columns, "diagnostics_Mask-original_VoxelNum");
    count = find(&columns, "diagnostics_Mask-corrected_VoxelNum");
    mean = find(&columns, "diagnostics_Mask-corrected_Mean");
    assert_true(own >= 0 && count >= 0 && mean >= 0);
    assert_true(find(&columns, "diagnostics_Mask-original_Mean") < 0 &&
                find(&columns, "diagnostics_Image-original_Hash") < 0 &&
                find(&columns, "diagnostics_Image-interpolated_Size") < 0);
    assert_true(columns.column[own].type == RML_H5AD_INTEGER && columns.column[count].type == RML_H5AD_NUMBER);
    rml_diagnostic_columns_row(&columns, &with, value);
    assert_true(value[own].integer == (int64_t)1 << 40 && value[count].number == 0x1p40);
    assert_string_equal(value[count].text, "1099511627776");
    assert_string_equal(value[find(&columns, "diagnostics_Mask-corrected_BoundingBox")].text, "(-4, -3, -2, 7, 8, 9)");
    assert_string_equal(value[find(&columns, "diagnostics_Image-original_Spacing")].text, "(0.1, 1.1, 2.1)");
    assert_string_equal(value[mean].text, "0.4444444444444444");
    rml_diagnostic_columns_row(&columns, &without, value);
    assert_true(isnan(value[count].number) && isnan(value[mean].number));
    assert_string_equal(value[count].text, "");
    rml_diagnostic_columns_free(&columns);
    assert_true(rml_diagnostic_names(&params, "diagnostics_Image-original_Hash"));
    assert_false(rml_diagnostic_names(&params, "diagnostics_Mask-corrected_Mean")); /* without correctMask */
    assert_false(rml_diagnostic_names(&params, "diagnostics_Age"));
    assert_false(rml_diagnostic_names(&params, "diagnostics_Image-original"));
    assert_false(rml_diagnostic_names(&params, "diagnostics_Image-original_Hashes"));
    assert_false(rml_diagnostic_names(&params, "diagnostics_Mask-original_Mean")); /* no such one */
    assert_true(rml_diagnostic_names(&params, "diagnostics_Versions_radmill"));
    params.additional_info = false;
    assert_false(rml_diagnostic_names(&params, "diagnostics_Image-original_Hash"));
    assert_int_equal(rml_diagnostic_columns_init(&columns, &params, &stages, false, &err), RML_OK);
    assert_int_equal(columns.n, 0);
    rml_diagnostic_columns_free(&columns);
    rml_params_free(&params);
}

/* A cohort of a million columns asks a million times: a few hundredths of a second here. */
static void names_are_told_quickly(void **state)
{
    const clock_t begin = clock();
    rml_params params;

    (void)state;
    assert_int_equal(rml_params_read(NULL, &params, NULL), RML_OK);
    for (int i = 0; i < 1000000; ++i) assert_false(rml_diagnostic_names(&params, "diagnostics_Mask-original_Age"));
#ifndef __SANITIZE_ADDRESS__
    assert_true(clock() - begin < CLOCKS_PER_SEC);
#else
    (void)begin;
#endif
    rml_params_free(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_as_python_writes_them),
        cmocka_unit_test(packed_they_come_back),
        cmocka_unit_test(rows_and_missing_stages),
        cmocka_unit_test(names_are_told_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
