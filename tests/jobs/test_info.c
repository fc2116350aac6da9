#include "tests/support/support.h"

#include <sys/wait.h>

#include "io/h5ad.h"
#include "jobs/failures.h"

/* Runs the program; *output is what it said on either stream. */
static int run(const char *arguments, char output[16384])
{
    char command[8192];
    const char *program = getenv("RADMILL_BINARY");
    FILE *in;
    size_t n;
    int status;

    if (!program) rml_skip_program("RADMILL_BINARY does not say where the program is");
    snprintf(command, sizeof command, "%s info %s 2>&1", program, arguments);
    in = popen(command, "r");
    assert_non_null(in);
    n = fread(output, 1, 16383, in);
    output[n] = '\0';
    status = pclose(in);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_tables(rml_h5ad *file)
{
    static const char *const classes[] = {"shape", "glcm"}, *const centres[] = {"Zürich", "Lyon"};
    const rml_h5ad_column var = {
        .name = "class", .type = RML_H5AD_CATEGORICAL, .n_categories = 2, .categories = classes};
    const rml_h5ad_column obs[] = {
        {.name = "ID", .type = RML_H5AD_TEXT},
        {.name = "Centre", .type = RML_H5AD_CATEGORICAL, .n_categories = 2, .categories = centres}};
    rml_h5ad_column failed[RML_N_FAILURE_COLUMNS], warned[RML_N_WARNING_COLUMNS];
    const rml_h5ad_column inputs = {.name = "Image", .type = RML_H5AD_TEXT};
    rml_h5ad_frame *frame;
    char text[32];

    for (int c = 0; c < RML_N_FAILURE_COLUMNS; ++c)
        failed[c] = (rml_h5ad_column){.name = rml_failure_columns[c], .type = RML_H5AD_TEXT};
    for (int c = 0; c < RML_N_WARNING_COLUMNS; ++c)
        warned[c] = (rml_h5ad_column){.name = rml_warning_columns[c], .type = RML_H5AD_TEXT};
    assert_int_equal(rml_h5ad_frame_create(file, "obs", 8, 2, obs, &frame, NULL), RML_OK);
    for (int r = 0; r < 8; ++r) {
        snprintf(text, sizeof text, "p%d", r);
        assert_int_equal(rml_h5ad_frame_append(frame, text,
                                               (const rml_h5ad_value[]){{.text = text},
                                                                        {.integer = r < 3   ? 0
                                                                                    : r < 7 ? 1
                                                                                            : -1}},
                                               NULL),
                         RML_OK);
    }
    assert_int_equal(rml_h5ad_frame_close(frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_create(file, "var", 3, 1, &var, &frame, NULL), RML_OK);
    for (int c = 0; c < 3; ++c) {
        snprintf(text, sizeof text, "f%d", c);
        assert_int_equal(rml_h5ad_frame_append(frame, text, &(rml_h5ad_value){.integer = c > 0}, NULL), RML_OK);
    }
    assert_int_equal(rml_h5ad_frame_close(frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_create(file, RML_FAILURES_FRAME, 12, RML_N_FAILURE_COLUMNS, failed, &frame, NULL),
                     RML_OK);
    for (int r = 0; r < 12; ++r) {
        snprintf(text, sizeof text, "q%d", r);
        assert_int_equal(rml_h5ad_frame_append(frame, text,
                                               (const rml_h5ad_value[]){{.text = "7"},
                                                                        {.text = text},
                                                                        {.text = "2"},
                                                                        {.text = "q.nii"},
                                                                        {.text = "mask.nii"},
                                                                        {.text = "read"},
                                                                        {.text = "missing-file"},
                                                                        {.text = "q.nii: no such file"}},
                                               NULL),
                         RML_OK);
    }
    assert_int_equal(rml_h5ad_frame_close(frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_create(file, RML_WARNINGS_FRAME, 1, RML_N_WARNING_COLUMNS, warned, &frame, NULL),
                     RML_OK);
    assert_int_equal(rml_h5ad_frame_append(frame, "0",
                                           (const rml_h5ad_value[]){{.text = "5"},
                                                                    {.text = "p3"},
                                                                    {.text = "1"},
                                                                    {.text = "p3.nii"},
                                                                    {.text = "mask.nii"},
                                                                    {.text = "p3.nii: 2 voxels are NaN"}},
                                           NULL),
                     RML_OK);
    assert_int_equal(rml_h5ad_frame_close(frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_create(file, "uns/radmill/inputs", 1, 1, &inputs, &frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_append(frame, "p0", &(rml_h5ad_value){.text = "a.nii"}, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_close(frame, NULL), RML_OK);
}

static const char parameters[] = "setting: {binWidth: 5} # as written\n";

/* 8 ROIs of 3 features; 2 NaN of reason 1, 1 of reason 2, 4 constants of reason 1. */
static void write_file(const char *path)
{
    static const char *const reasons[] = {"defined", "flat region", "no neighbours"};
    rml_h5ad *file;

    assert_int_equal(rml_h5ad_create(path, 8, 3, &file, NULL), RML_OK);
    for (int r = 0; r < 8; ++r) {
        const double x[3] = {r, r < 2 || r == 5 ? NAN : 1, 1};
        const uint8_t reason[3] = {0, r < 2 ? 1 : r == 5 ? 2 : 0, r >= 4};

        assert_int_equal(rml_h5ad_append(file, 1, x, reason, NULL), RML_OK);
    }
    write_tables(file);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/version", "9.8.7", NULL), RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/commit", "abc123", NULL), RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/settings",
                                   "binCount: 0\nbinWidth: 5\ngeometryTolerance: 9.9999999999999995e-07\n", NULL),
                     RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/parameters", parameters, NULL), RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/libraries/GSL", "2.7.1", NULL), RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/libraries/HDF5", "1.10.8", NULL), RML_OK);
    assert_int_equal(rml_h5ad_texts(file, "uns/radmill/reasons", 3, reasons, NULL), RML_OK);
    assert_int_equal(rml_h5ad_commit(file, NULL), RML_OK);
}

static void a_file_is_described(void **state)
{
    static const char *const lines[] = {
        ": 8 ROIs, 3 features\n",
        "  shape 1, glcm 2\n",
        "  ID      8 different\n",
        "  Centre  2 different: Lyon (4), Zürich (3); 1 empty\n",
        "Values without a number (NaN): 3\n         2  flat region\n         1  no neighbours\n",
        "Values that are a constant by definition: 4\n         4  flat region\n",
        "Failed: 12\n  q0 label 2 (read, missing-file): q.nii: no such file\n",
        "  … and 2 more: radmill info --failures ",
        "Warnings: 1\n  p3: p3.nii: 2 voxels are NaN\n",
        "Made by radmill 9.8.7, commit abc123 (GSL 2.7.1, HDF5 1.10.8)\n",
        "From 1 input, whose checksums are kept\n",
        "Settings\n  binCount: 0\n  binWidth: 5\n  geometryTolerance: 1e-06\n"};
    char path[4200], arguments[4400], output[16384];

    (void)state;
    snprintf(path, sizeof path, "%s/f.h5ad", rml_test_folder());
    write_file(path);
    assert_int_equal(run(path, output), 0);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; ++l)
        if (!strstr(output, lines[l])) {
            print_error("no \"%s\" in\n", lines[l]);
            fputs(output, stderr);
            fail();
        }
    assert_null(strstr(output, "q10"));
    snprintf(arguments, sizeof arguments, "--failures %s", path);
    assert_int_equal(run(arguments, output), 0);
    assert_non_null(strstr(output, "  q11 label 2 (read, missing-file): q.nii: no such file\n"));
    snprintf(arguments, sizeof arguments, "--params %s", path);
    assert_int_equal(run(arguments, output), 0);
    assert_string_equal(output, parameters);
}

static void what_is_no_features_file_is_refused(void **state)
{
    char path[4200], output[16384], expected[4400];
    FILE *out;

    (void)state;
    snprintf(path, sizeof path, "%s/no.h5ad", rml_test_folder());
    out = fopen(path, "w");
    assert_non_null(out);
    fputs("ID,Image,Mask\n", out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(run(path, output), 3);
    snprintf(expected, sizeof expected, "radmill info: %s: not an h5ad file (not HDF5)\n", path);
    assert_string_equal(output, expected);
    assert_int_equal(run("/nowhere/f.h5ad", output), 3);
    assert_string_equal(output, "radmill info: /nowhere/f.h5ad: no such file\n");
    assert_int_equal(run("", output), 2);
    assert_int_equal(run("a b", output), 2);
    assert_int_equal(run("--parms a", output), 2);
    assert_int_equal(run("--help", output), 0);
    assert_non_null(strstr(output, "--params"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_described),
        cmocka_unit_test(what_is_no_features_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
