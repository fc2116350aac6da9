#include "tests/support/support.h"

#include "jobs/case.h"
#include "jobs/result.h"

enum { N_COLUMNS = 5 };

/* A result with random contents: some ROIs computed, some failed. */
static void make(rml_result *result, uint64_t *state)
{
    const int32_t n_rois = (int32_t)(rml_test_random(state) % 4) + 1;

    assert_int_equal(rml_result_init(result, n_rois, N_COLUMNS), RML_OK);
    result->image_checksum = rml_test_random(state);
    result->mask_checksum = rml_test_random(state);
    for (int32_t r = 0; r < n_rois; ++r) {
        rml_roi_result *roi = &result->roi[r];

        roi->label = strdup(r % 2 ? "1+3" : "7");
        for (int s = 0; s < RML_N_STAGES; ++s) roi->seconds[s] = rml_test_uniform(state);
        if (rml_test_random(state) % 3 == 0) {
            roi->stage = RML_STAGE_CLASSES + RML_GLCM;
            rml_fail(&roi->error, RML_EROI, "the ROI has %d voxel", (int)(rml_test_random(state) % 9));
            continue;
        }
        if (r % 2) rml_result_warn(&roi->warning, "2 voxels were left out");
        roi->n_voxels = (int64_t)(rml_test_random(state) >> 8);
        assert_int_equal(rml_result_allocate(result, r), RML_OK);
        for (int c = 0; c < N_COLUMNS; ++c) {
            roi->value[c] = c == 2 ? NAN : rml_test_uniform(state) * 1e6 - 5e5;
            roi->reason[c] = (uint8_t)(rml_test_random(state) % 8);
        }
        if (rml_test_random(state) % 2) continue;
        roi->diagnostics = calloc(1, sizeof *roi->diagnostics);
        roi->diagnostics->stages = (uint32_t)(rml_test_random(state) % (1U << RML_N_DIAGNOSED));
        for (int s = 0; s < RML_N_DIAGNOSED; ++s) roi->diagnostics->of[s].mean = rml_test_uniform(state);
    }
}

static void warnings_are_joined(void **unused)
{
    char *warning = NULL;

    (void)unused;
    rml_result_warn(&warning, "");
    assert_null(warning);
    rml_result_warn(&warning, "one");
    rml_result_warn(&warning, "two");
    rml_result_warn(&warning, "one");
    assert_string_equal(warning, "one; two");
    free(warning);
}

/* Oracle: identity. What is packed comes back, and packs to the same bytes again. */
static void packed_results_come_back(void **unused)
{
    uint64_t state = 11;

    (void)unused;
    for (int trial = 0; trial < 50; ++trial) {
        rml_result made, read;
        rml_blob first = {0}, second = {0};

        make(&made, &state);
        rml_result_pack(&made, &first);
        assert_false(first.failed);
        assert_int_equal(rml_result_unpack(first.bytes, first.n_bytes, N_COLUMNS, &read, NULL), RML_OK);
        rml_result_pack(&read, &second);
        assert_int_equal(first.n_bytes, second.n_bytes);
        assert_memory_equal(first.bytes, second.bytes, first.n_bytes);
        assert_int_equal(rml_result_n_failed(&read), rml_result_n_failed(&made));
        rml_blob_free(&first);
        rml_blob_free(&second);
        rml_result_free(&made);
        rml_result_free(&read);
    }
}

/* Cut short anywhere, or of another number of columns, a record is refused and nothing is left allocated. */
static void short_records_are_refused(void **unused)
{
    uint64_t state = 12;
    rml_result made, read;
    rml_blob blob = {0};
    rml_error err = {0};

    (void)unused;
    make(&made, &state);
    rml_result_pack(&made, &blob);
    for (size_t n = 0; n < blob.n_bytes; ++n) {
        unsigned char *cut = malloc(n ? n : 1); /* of exactly this length, so that a sanitizer sees a step beyond */

        memcpy(cut, blob.bytes, n);
        assert_int_equal(rml_result_unpack(cut, n, N_COLUMNS, &read, &err), RML_EFORMAT);
        assert_null(read.roi);
        free(cut);
    }
    assert_int_equal(rml_result_unpack(blob.bytes, blob.n_bytes, N_COLUMNS + 1, &read, &err), RML_EFORMAT);
    assert_non_null(strstr(err.text, "6 features"));
    rml_blob_free(&blob);
    rml_result_free(&made);
}

static void random_bytes_are_refused(void **unused)
{
    uint64_t state = 13;

    (void)unused;
    for (int trial = 0; trial < 2000; ++trial) {
        unsigned char bytes[96];
        rml_result read;

        for (size_t b = 0; b < sizeof bytes; ++b) bytes[b] = (unsigned char)rml_test_random(&state);
        if (trial % 2) memcpy(bytes, (unsigned char[]){1, 0, 0, 0, N_COLUMNS, 0, 0, 0}, 8);
        assert_int_not_equal(rml_result_unpack(bytes, sizeof bytes, N_COLUMNS, &read, NULL), RML_OK);
    }
}

static void a_failed_unit_has_one_row(void **unused)
{
    rml_result result = {.n_columns = N_COLUMNS};
    rml_error why = {0};

    (void)unused;
    rml_fail(&why, RML_EMISSING, "a.nii: not there");
    assert_int_equal(rml_result_fail(&result, "all", RML_STAGE_READ, &why), RML_OK);
    assert_int_equal(result.n_rois, 1);
    assert_int_equal(rml_result_n_failed(&result), 1);
    assert_string_equal(result.roi[0].label, "all");
    assert_string_equal(result.roi[0].error.text, "a.nii: not there");
    assert_int_equal(rml_result_fail(&result, "1;2+5;7", RML_STAGE_RUN, &why), RML_OK); /* each ROI fails for itself */
    assert_int_equal(result.n_rois, 3);
    assert_int_equal(rml_result_n_failed(&result), 3);
    assert_string_equal(result.roi[1].label, "2+5");
    assert_string_equal(rml_stage_name(result.roi[2].stage), "run");
    rml_result_free(&result);
}

/* Worked out by hand: a mark at either end and twice, names longer and shorter than it, and none. */
static void marks_become_names(void **unused)
{
    rml_result result = {.n_columns = N_COLUMNS};
    rml_error why = {0};

    (void)unused;
    rml_fail(&why, RML_EGEOMETRY, RML_MASK_MARK " does not lie on the grid of " RML_IMAGE_MARK);
    assert_int_equal(rml_result_fail(&result, "1;2", RML_STAGE_READ, &why), RML_OK);
    free(result.warning);
    result.warning = strdup(RML_MASK_MARK ": a; " RML_MASK_MARK ": b; \xEF\xB7 and no mark");
    assert_int_equal(rml_result_spell(&result, "./there/i.nii", "m"), RML_OK);
    assert_string_equal(result.warning, "m: a; m: b; \xEF\xB7 and no mark");
    assert_string_equal(result.roi[0].error.text, "m does not lie on the grid of ./there/i.nii");
    assert_string_equal(result.roi[1].error.text, result.roi[0].error.text);
    assert_int_equal(rml_result_spell(&result, "other", "names"), RML_OK);
    assert_string_equal(result.warning, "m: a; m: b; \xEF\xB7 and no mark");
    rml_result_free(&result);
}

static void packed_cases_come_back(void **unused)
{
    const char *labels[] = {"1", "1;2;5", "all"};
    const rml_case job = {.image = "/d/i.nii",
                          .mask = "/d/m.nii",
                          .watched = true,
                          .state[RML_MASK_DATA] = {.n_bytes = 7, .seconds = -3, .nanoseconds = 999},
                          .label_channel = 2,
                          .n_units = 3,
                          .labels = labels};
    rml_blob blob = {0};
    rml_case read;

    (void)unused;
    rml_case_pack(&job, &blob);
    assert_int_equal(rml_case_unpack(blob.bytes, blob.n_bytes, &read), RML_OK);
    assert_string_equal(read.image, job.image);
    assert_string_equal(read.mask, job.mask);
    assert_true(read.watched);
    assert_true(rml_file_unchanged(&read.state[RML_MASK_DATA], &job.state[RML_MASK_DATA]));
    assert_int_equal(read.label_channel, 2);
    assert_int_equal(read.n_units, 3);
    assert_string_equal(read.labels[2], "all");
    free((void *)(uintptr_t)read.labels);
    for (size_t n = 0; n < blob.n_bytes; ++n) assert_int_not_equal(rml_case_unpack(blob.bytes, n, &read), RML_OK);
    rml_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_results_come_back), cmocka_unit_test(short_records_are_refused),
        cmocka_unit_test(random_bytes_are_refused), cmocka_unit_test(a_failed_unit_has_one_row),
        cmocka_unit_test(marks_become_names),       cmocka_unit_test(packed_cases_come_back),
        cmocka_unit_test(warnings_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
