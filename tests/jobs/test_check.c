/* The verb check on cohorts made here, one thing wrong a row. Oracle: the description of the rows. */
#include "tests/support/support.h"

#include <fcntl.h>
#include <unistd.h>

#include "io/file.h"
#include "io/nifti_write.h"
#include "jobs/verbs.h"

static char folder[4000];

static const char *in_folder(const char *name)
{
    static char path[4200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    FILE *stream = fopen(in_folder(name), "w");

    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

/* An image of 6 x 5 x 4, and a mask on the same grid or one shifted by `shift` mm: label 1 a block of 3 x 3 x 2, label
 * 2 one voxel, label 3 a row of four. */
static void write_case(void)
{
    rml_grid grid = {.size = {6, 5, 4}, .spacing = {1, 1, 2}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    uint8_t mask[120] = {0}, empty[120] = {0};
    int16_t image[120];

    for (int i = 0; i < 120; ++i) image[i] = (int16_t)(i * 7 % 50);
    for (int z = 1; z < 3; ++z)
        for (int y = 1; y < 4; ++y)
            for (int x = 1; x < 4; ++x) mask[(z * 5 + y) * 6 + x] = 1;
    mask[0] = 2;
    for (int x = 1; x < 5; ++x) mask[3 * 30 + x] = 3;
    assert_int_equal(rml_nifti_write(in_folder("image.nii.gz"), &grid, RML_INT16, image, NULL), RML_OK);
    assert_int_equal(rml_nifti_write(in_folder("mask.nii.gz"), &grid, RML_UINT8, mask, NULL), RML_OK);
    assert_int_equal(rml_nifti_write(in_folder("empty.nii.gz"), &grid, RML_UINT8, empty, NULL), RML_OK);
    grid.origin[1] = 0.25;
    assert_int_equal(rml_nifti_write(in_folder("shifted.nii.gz"), &grid, RML_UINT8, mask, NULL), RML_OK);
    grid.origin[1] = 100;
    assert_int_equal(rml_nifti_write(in_folder("away.nii.gz"), &grid, RML_UINT8, mask, NULL), RML_OK);
    write_text("broken.nii", "no image");
}

/* Runs the verb; what it prints to stdout goes to *output, to be freed. */
static int run(const char *cohort, const char *params, char **output)
{
    char name[] = "radmill check", option[] = "--params", params_path[4200], cohort_path[4200];
    char *argv[5] = {name, cohort_path, NULL};
    size_t n;
    int argc = 2, kept, status;

    snprintf(cohort_path, sizeof cohort_path, "%s", in_folder(cohort));
    if (params) {
        snprintf(params_path, sizeof params_path, "%s", in_folder(params));
        argv[argc++] = option;
        argv[argc++] = params_path;
    }
    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0);
    assert_non_null(freopen(in_folder("output.txt"), "w", stdout));
    status = rml_verb_check(argc, argv);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    assert_int_equal(rml_file_read(in_folder("output.txt"), 1 << 20, output, &n, NULL), RML_OK);
    return status;
}

static void a_clean_cohort(void **state)
{
    char *output;

    (void)state;
    write_text("clean.csv", "ID,Image,Mask,Label\na,image.nii.gz,mask.nii.gz,1\nb,image.nii.gz,mask.nii.gz,1+2\n");
    assert_int_equal(run("clean.csv", NULL, &output), RML_EXIT_DONE);
    assert_non_null(strstr(output, "2 rows, 2 ROIs of 37 voxels: nothing wrong"));
    assert_non_null(strstr(output, "MiB a rank"));
    assert_non_null(strstr(output, "core-hours"));
    assert_null(strstr(output, "Problem"));
    free(output);
}

static void everything_wrong_is_listed(void **state)
{
    static const char *const lines[] = {
        /* each from its line number to the word; the sentence's own word further on the same line */
        "     3  no-image             missing-file",  "     4  no-mask              missing-file",
        "     5  broken               damaged-file",  "     6  shifted              geometry-mismatch",
        "     7  absent               label-absent",  "     8  voxel                roi-too-small",
        "     9  row                  roi-too-small", "    10  all                  roi-too-small",
        "    11  empty                label-absent",  "    12  twin                 duplicate",
        "    13  twin                 duplicate",
    };
    char *output;

    (void)state;
    write_text("wrong.csv", "ID,Image,Mask,Label\n"
                            "good,image.nii.gz,mask.nii.gz,1\n"
                            "no-image,none.nii.gz,mask.nii.gz,1\n"
                            "no-mask,image.nii.gz,none.nii.gz,1\n"
                            "broken,broken.nii,mask.nii.gz,1\n"
                            "shifted,image.nii.gz,shifted.nii.gz,1\n"
                            "absent,image.nii.gz,mask.nii.gz,7\n"
                            "voxel,image.nii.gz,mask.nii.gz,2\n"
                            "row,image.nii.gz,mask.nii.gz,3\n"
                            "all,image.nii.gz,mask.nii.gz,all\n"
                            "empty,image.nii.gz,empty.nii.gz,all\n"
                            "twin,image.nii.gz,mask.nii.gz,1\n"
                            "twin,image.nii.gz,mask.nii.gz,1\n");
    assert_int_equal(run("wrong.csv", NULL, &output), RML_EXIT_FAILED_CASES);
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; ++k) {
        if (!strstr(output, lines[k])) print_error("no \"%s\" in:\n%s\n", lines[k], output);
        assert_non_null(strstr(output, lines[k]));
    }
    assert_non_null(strstr(output, "label 7 is not in the mask, which has 1, 2, 3"));
    assert_non_null(strstr(output, "expected within 1e-06 mm"));
    assert_non_null(strstr(output, "12 problems in 11 rows")); /* `all` holds two ROIs that are too small */
    assert_null(strstr(output, "  good "));
    free(output);
}

/* With correctMask a shifted mask is moved and then judged; one that lies elsewhere is still refused. */
static void correct_mask_is_followed(void **state)
{
    char *output;

    (void)state;
    write_text("correct.yaml", "setting:\n  correctMask: true\n");
    write_text("moved.csv", "ID,Image,Mask\nshifted,image.nii.gz,shifted.nii.gz\naway,image.nii.gz,away.nii.gz\n");
    assert_int_equal(run("moved.csv", "correct.yaml", &output), RML_EXIT_FAILED_CASES);
    assert_non_null(strstr(output, "     3  away                 geometry-mismatch"));
    assert_non_null(strstr(output, "outside the image"));
    assert_non_null(strstr(output, "1 problem in 1 row"));
    free(output);
}

static void minimum_size_is_followed(void **state)
{
    char *output;

    (void)state;
    write_text("size.csv", "ID,Image,Mask\na,image.nii.gz,mask.nii.gz\n");
    write_text("size17.yaml", "setting:\n  minimumROISize: 17\n");
    assert_int_equal(run("size.csv", "size17.yaml", &output), RML_EXIT_DONE);
    free(output);
    write_text("size18.yaml", "setting:\n  minimumROISize: 18\n"); /* exactly as many are refused */
    assert_int_equal(run("size.csv", "size18.yaml", &output), RML_EXIT_FAILED_CASES);
    assert_non_null(strstr(output, "the ROI has 18 voxels; minimumROISize asks for more than 18"));
    free(output);
}

/* What check foretells of a cohort: "about 33 MiB a rank (the most: NAME" and, after it, the core-hours. */
static void foretold_of(const char *cohort, const char *params, char name[32], int *mebibytes, double *seconds)
{
    const char *line, *one;
    char *output;

    (void)run(cohort, params, &output);
    line = strstr(output, "extraction: about ");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "extraction: about %d MiB a rank (the most: %31[^,]", mebibytes, name), 2);
    one = strstr(line, "core-hours (");
    assert_non_null(one);
    assert_int_equal(sscanf(one, "core-hours (%lf", seconds), 1);
    free(output);
}

/* A row that will fail is not computed: what its header or its grid would take says nothing about the run. Oracle: the
 * same cohort without it. */
static void rows_that_fail_do_not_count(void **state)
{
    const rml_grid vast = {
        .size = {2000, 2000, 1}, .spacing = {1, 1, 2}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    double *zeros = calloc((size_t)2000 * 2000, sizeof *zeros);
    char name[32], *output;
    int alone, among;
    double seconds_alone, seconds_among;

    (void)state;
    assert_non_null(zeros);
    assert_int_equal(rml_nifti_write(in_folder("vast.nii.gz"), &vast, RML_FLOAT64, zeros, NULL), RML_OK);
    free(zeros);
    write_text("one.csv", "ID,Image,Mask\ngood,image.nii.gz,mask.nii.gz\n");
    write_text("among.csv", "ID,Image,Mask,Label\nvast,vast.nii.gz,mask.nii.gz,1\ngood,image.nii.gz,mask.nii.gz,1\n"
                            "empty,vast.nii.gz,mask.nii.gz,7\n");
    foretold_of("one.csv", NULL, name, &alone, &seconds_alone);
    foretold_of("among.csv", NULL, name, &among, &seconds_among);
    assert_string_equal(name, "good");
    assert_int_equal(alone, among);
    assert_true(seconds_among == seconds_alone);
    /* a grid that there cannot be */
    write_text("fine.yaml", "setting:\n  resampledPixelSpacing: [0.0001, 0.0001, 0.0001]\n");
    assert_int_equal(run("one.csv", "fine.yaml", &output), RML_EXIT_FAILED_CASES);
    assert_non_null(strstr(output, "resampledPixelSpacing"));
    assert_null(strstr(output, "MiB a rank"));
    free(output);
}

/* Profile ibsi without bins takes intensities for grey levels: between the image's voxels there are none, which the
 * extraction would find only after the interpolation. Said where a family needs levels, and only where voxels stand
 * between. Oracle: which of these files the extraction fails for it. */
static void levels_of_interpolated_intensities_are_named(void **state)
{
    static const struct {
        const char *family, *setting;
        bool fails;
    } cases[] = {
        {"glcm", "resampledPixelSpacing: [0.7, 0.7, 0.7]", true},
        {"intensity_histogram", "resampledPixelSpacing: [0.7, 0.7, 0.7], interpolator: cubic", true},
        {"statistics", "resampledPixelSpacing: [0.7, 0.7, 0.7]", false},
        {"glcm", "resampledPixelSpacing: [0.7, 0.7, 0.7], binCount: 8", false},
        {"glcm", "resampledPixelSpacing: [0.7, 0.7, 0.7], binWidth: 8", false},
        {"glcm", "resampledPixelSpacing: [0.7, 0.7, 0.7], roundIntensities: true", false},
        {"glcm", "resampledPixelSpacing: [0.7, 0.7, 0.7], interpolator: nearest", false},
        {"glcm", "resampledPixelSpacing: [1, 1, 2]", false}, /* the image's own */
    };
    char text[512], *output;

    (void)state;
    write_text("levels.csv", "ID,Image,Mask\ngood,image.nii.gz,mask.nii.gz\n");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const char *said;

        snprintf(text, sizeof text, "profile: ibsi\nfeatureClass: {%s: }\nsetting: {%s}\n", cases[k].family,
                 cases[k].setting);
        write_text("levels.yaml", text);
        assert_int_equal(run("levels.csv", "levels.yaml", &output),
                         cases[k].fails ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE);
        said = strstr(output, "label 1: without binCount and binWidth the intensities are the grey levels");
        if (!said != !cases[k].fails) print_error("%s, %s:\n%s\n", cases[k].family, cases[k].setting, output);
        assert_true(!said == !cases[k].fails);
        free(output);
    }
}

/* A mask of floats is cut as ITK's cast does, which is said; one below 0 everywhere has no label, and is not empty. */
static void strange_masks_are_named(void **state)
{
    const rml_grid grid = {.size = {6, 5, 4}, .spacing = {1, 1, 2}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    float halves[120] = {0};
    int16_t negative[120] = {0};
    char *output;

    (void)state;
    for (int i = 40; i < 80; ++i) halves[i] = i % 4 ? 1.0F : 1.5F, negative[i] = -1;
    assert_int_equal(rml_nifti_write(in_folder("halves.nii"), &grid, RML_FLOAT32, halves, NULL), RML_OK);
    assert_int_equal(rml_nifti_write(in_folder("negative.nii"), &grid, RML_INT16, negative, NULL), RML_OK);
    write_text("strange.csv", "ID,Image,Mask,Label\na,image.nii.gz,halves.nii,1\nb,image.nii.gz,negative.nii,1\n"
                              "c,image.nii.gz,negative.nii,all\n");
    assert_int_equal(run("strange.csv", NULL, &output), RML_EXIT_FAILED_CASES);
    assert_non_null(strstr(output, "10 voxels of the mask are no whole numbers"));
    assert_non_null(strstr(output, "label 1 is not in the mask, which has none above 0, but 40 negative voxels"));
    assert_non_null(strstr(output, "label all is not in the mask, which has none above 0, but 40 negative voxels"));
    assert_non_null(strstr(output, "2 problems in 2 rows, 1 warning"));
    free(output);
}

static void wrong_descriptions(void **state)
{
    char *output;

    (void)state;
    assert_int_equal(run("no-such.csv", NULL, &output), RML_EXIT_USAGE);
    free(output);
    write_text("column.csv", "Image,Masks\nimage.nii.gz,mask.nii.gz\n");
    assert_int_equal(run("column.csv", NULL, &output), RML_EXIT_USAGE);
    free(output);
    write_text("typo.yaml", "setting:\n  binWidht: 25\n");
    assert_int_equal(run("clean.csv", "typo.yaml", &output), RML_EXIT_USAGE);
    free(output);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", rml_test_folder());
    write_case();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_cohort),
        cmocka_unit_test(everything_wrong_is_listed),
        cmocka_unit_test(correct_mask_is_followed),
        cmocka_unit_test(minimum_size_is_followed),
        cmocka_unit_test(strange_masks_are_named),
        cmocka_unit_test(rows_that_fail_do_not_count),
        cmocka_unit_test(levels_of_interpolated_intensities_are_named),
        cmocka_unit_test(wrong_descriptions),
    };

    return cmocka_run_group_tests(tests, make_folder, NULL);
}
