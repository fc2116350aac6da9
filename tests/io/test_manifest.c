#include "tests/support/support.h"

#include "io/manifest.h"

static const char *write_file(const char *text)
{
    static char path[4200];
    FILE *out;

    snprintf(path, sizeof path, "%s/cohort.csv", rml_test_folder());
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
    return path;
}

static void labels_are_read(void **state)
{
    static const struct {
        const char *text, *rois;
    } known[] = {{"1", "1"},       {"1;2;5", "1;2;5"},           {"1+3", "1+3"},         {"3+1", "1+3"},
                 {" 7 ", "7"},     {"2 + 1 ; 4 ", "1+2;4"},      {"5;1;3", "5;1;3"},     {"all", "all"},
                 {" all ", "all"}, {"4294967295", "4294967295"}, {"1;1+2;2", "1;1+2;2"}, {"007", "7"},
                 {"1.0", "1"},     {"2.00;3+1.0", "2;1+3"}};

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        rml_label_spec spec;
        char text[128] = "";

        assert_int_equal(rml_label_spec_parse(known[k].text, &spec, NULL), RML_OK);
        if (spec.all) strcpy(text, "all");
        for (int32_t r = 0; r < spec.n_rois; ++r) {
            if (r) strcat(text, ";");
            rml_label_set_text(&spec.roi[r], text + strlen(text), sizeof text - strlen(text));
        }
        assert_string_equal(text, known[k].rois);
        rml_label_spec_free(&spec);
    }
}

static void wrong_labels_are_refused(void **state)
{
    static const char expected[] = "expected a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all";
    static const struct {
        const char *text, *sentence; /* NULL: label "TEXT": expected … */
    } bad[] = {{"", "label is empty, expected a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all"},
               {"  ", "label is empty, expected a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all"},
               {"0", NULL},
               {"-1", NULL},
               {"1.5", NULL},
               {"1.", NULL},
               {"1.05", NULL},
               {"1,2", NULL},
               {"1 2", NULL},
               {"1;", NULL},
               {";1", NULL},
               {"1+", NULL},
               {"1;;2", NULL},
               {"4294967296", NULL},
               {"99999999999999999999999", NULL},
               {"tumour", NULL},
               {"All", NULL},
               {"all;1", NULL},
               {"0x1", NULL},
               {"1+1", "label \"1+1\": 1 stands twice in one union"},
               {"1;2;1", "label \"1;2;1\": 1 is listed twice"},
               {"1+2;2+1", "label \"1+2;2+1\": 1+2 is listed twice"}};

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        rml_label_spec spec;
        rml_error err = {0};
        char sentence[256];

        assert_int_equal(rml_label_spec_parse(bad[b].text, &spec, &err), RML_ESETTING);
        snprintf(sentence, sizeof sentence, "label \"%s\": %s", bad[b].text, expected);
        assert_string_equal(err.text, bad[b].sentence ? bad[b].sentence : sentence);
    }
}

static void a_cut_label_text_ends_in_time(void **state)
{
    rml_label_spec spec;
    char text[6] = "-----";

    (void)state;
    assert_int_equal(rml_label_spec_parse("1000+2000+3000", &spec, NULL), RML_OK);
    rml_label_set_text(&spec.roi[0], text, sizeof text);
    assert_string_equal(text, "1000+");
    rml_label_spec_free(&spec);
}

static void columns_and_paths_are_found(void **state)
{
    rml_manifest manifest;
    char expected[4300];
    char *text;

    (void)state;
    assert_int_equal(rml_manifest_read(write_file("ID,Image,Mask,Label,Centre\n"
                                                  "p1,a/i.nii.gz,/abs/m.nrrd,1,Lyon\n"
                                                  "p2,\"b, c.nii\",m.nii,all,\n"),
                                       &manifest, NULL),
                     RML_OK);
    assert_int_equal(manifest.table.n_rows, 2);
    assert_int_equal(manifest.id, 0);
    assert_int_equal(manifest.image, 1);
    assert_int_equal(manifest.mask, 2);
    assert_int_equal(manifest.label, 3);
    assert_int_equal(manifest.reader, -1);
    assert_int_equal(manifest.label_channel, -1);
    text = rml_manifest_path(&manifest, 0, manifest.image);
    snprintf(expected, sizeof expected, "%s/a/i.nii.gz", rml_test_folder());
    assert_string_equal(text, expected);
    free(text);
    text = rml_manifest_path(&manifest, 0, manifest.mask);
    assert_string_equal(text, "/abs/m.nrrd");
    free(text);
    text = rml_manifest_id(&manifest, 1);
    assert_string_equal(text, "p2");
    free(text);
    rml_manifest_free(&manifest);
}

static void without_an_id_the_image_names_the_case(void **state)
{
    static const char *const names[] = {"brain1", "b.x", "c", "d", "e.mha", ".nii", "f"};
    rml_manifest manifest;

    (void)state;
    assert_int_equal(rml_manifest_read(write_file("Image,Mask\nx/brain1.nii.gz,m\nb.x.nii,m\n/y/c.nrrd,m\nd.nhdr,m\n"
                                                  "e.mha,m\n.nii,m\nf.NII.GZ,m\n"),
                                       &manifest, NULL),
                     RML_OK);
    for (int64_t r = 0; r < 7; ++r) {
        char *id = rml_manifest_id(&manifest, r);

        assert_string_equal(id, names[r]);
        free(id);
    }
    rml_manifest_free(&manifest);
}

static void a_file_name_alone_lies_in_the_current_folder(void **state)
{
    rml_manifest manifest = {.folder = (char[]){""}};
    const char *cell = "i.nii";
    char *path;

    (void)state;
    manifest.table.n_columns = 1;
    manifest.table.cell = &cell;
    path = rml_manifest_path(&manifest, 0, 0);
    assert_string_equal(path, "i.nii");
    free(path);
    manifest.folder = (char[]){"/"};
    path = rml_manifest_path(&manifest, 0, 0);
    assert_string_equal(path, "/i.nii");
    free(path);
}

static void bad_cohorts_are_refused(void **state)
{
    static const struct {
        const char *text;
        rml_status status;
        const char *sentence;
    } bad[] = {
        {"Image\na\n", RML_ESETTING, ": no column \"Mask\"; the first column is \"Image\""},
        {"Image;Mask\na;b\n", RML_EFORMAT,
         " line 1: columns are separated by semicolons; commas were expected, with a point in numbers"},
        {"image,Mask\na,b\n", RML_ESETTING, ": column \"image\": did you mean \"Image\"?"},
        {"Image,Mask,label\na,b,1\n", RML_ESETTING, ": column \"label\": did you mean \"Label\"?"},
        {"Image,Mask,Id\na,b,1\n", RML_ESETTING, ": column \"Id\": did you mean \"ID\"?"},
        {"Image,Mask,ID,id\na,b,1,2\n", RML_ESETTING, ": column \"id\": did you mean \"ID\"?"},
        {"Image,Mask\na,b\n,c\n", RML_ESETTING, " line 3: Image is empty"},
        {"Image,Mask\na,\n", RML_ESETTING, " line 2: Mask is empty"},
        {"Image,Mask,ID\na,b,\n", RML_ESETTING, " line 2: ID is empty"},
        {"Image,Mask,_index\na,b,1\n", RML_ESETTING,
         ": column \"_index\" cannot be carried into the results under that name"},
        {"Image,Mask,/index\na,b,1\n", RML_ESETTING,
         ": column \"/index\" cannot be carried into the results under that name"},
        {"Image,mg_ml,Mask,mg/ml\na,1,b,1\n", RML_ESETTING,
         ": two columns are named \"mg_ml\" in the results (with _ for /)"},
        {"Image,Mask\n", RML_ESETTING, ": a header and no rows"},
        {"Image,Mask\na,b,c\n", RML_EFORMAT, " line 2: 3 cells, expected 2 as in the header"},
    };

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const char *path = write_file(bad[b].text);
        rml_manifest manifest;
        rml_error err = {0};

        assert_int_equal(rml_manifest_read(path, &manifest, &err), bad[b].status);
        assert_string_equal(err.text + strlen(path), bad[b].sentence);
    }
}

/* Oracle: the rows as typed. Wrong rows of both kinds stand in the file's order; what is no mistake of a line ends the
 * reading. */
static void wrong_rows_are_noted_and_left_out(void **state)
{
    static const char *const sentences[] = {" line 2: Image is empty", " line 4: 2 cells, expected 3 as in the header",
                                            " line 5: Mask is empty", " line 6: 4 cells, expected 3 as in the header",
                                            " line 8: ID is empty"};
    const char *path = write_file("Image,Mask,ID\n,,1\na,b,2\na,b\na,,4\na,b,5,6\nc,d,7\na,b,\n");
    rml_manifest manifest;
    rml_faults faults = {0};
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_manifest_read_on(path, &manifest, &faults, &err), RML_OK);
    assert_int_equal(manifest.table.n_rows, 2);
    assert_int_equal(manifest.table.line[0], 3);
    assert_int_equal(manifest.table.line[1], 7);
    assert_string_equal(manifest.table.cell[2], "2");
    assert_string_equal(manifest.table.cell[3], "c");
    assert_string_equal(manifest.table.cell[5], "7");
    assert_int_equal(faults.n, 5);
    for (int f = 0; f < 5; ++f) assert_string_equal(faults.kept[f].why.text + strlen(path), sentences[f]);
    rml_manifest_free(&manifest);
    rml_faults_free(&faults);

    path = write_file("Image,Mask\na\nb,c,d\n"); /* no row is left, but there were some */
    assert_int_equal(rml_manifest_read_on(path, &manifest, &faults, &err), RML_OK);
    assert_int_equal(manifest.table.n_rows, 0);
    assert_int_equal(faults.n, 2);
    rml_manifest_free(&manifest);
    rml_faults_free(&faults);

    path = write_file("Image,Mask\n");
    assert_int_equal(rml_manifest_read_on(path, &manifest, &faults, &err), RML_ESETTING);
    assert_string_equal(err.text + strlen(path), ": a header and no rows");
    assert_int_equal(faults.n, 0);

    path = write_file("Image,Masks\na\n,b\n");
    assert_int_equal(rml_manifest_read_on(path, &manifest, &faults, &err), RML_ESETTING);
    assert_string_equal(err.text + strlen(path), ": no column \"Mask\"; the first column is \"Image\"");
    assert_int_equal(faults.n, 1);
    rml_faults_free(&faults);
}

/* By its letters alone: what a link might change stays, and so does a slash that asks for a folder. */
static void paths_are_tidied(void **unused)
{
    static const char *const cases[][2] = {{"a", "a"},           {"./a", "a"}, {"././/a", "a"},      {"a//b", "a/b"},
                                           {"a/./b", "a/b"},     {"/a", "/a"}, {"//a/.//b", "/a/b"}, {"../a", "../a"},
                                           {"a/../b", "a/../b"}, {"a/", "a/"}, {"a//", "a/"},        {"a/.", "a/"},
                                           {".", "."},           {"./", "."},  {"/", "/"},           {"/.", "/"},
                                           {".a/b.", ".a/b."},   {"", ""}};

    (void)unused;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char tidy[16];

        rml_path_tidy(cases[k][0], tidy);
        assert_string_equal(tidy, cases[k][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_read),
        cmocka_unit_test(wrong_labels_are_refused),
        cmocka_unit_test(a_cut_label_text_ends_in_time),
        cmocka_unit_test(columns_and_paths_are_found),
        cmocka_unit_test(without_an_id_the_image_names_the_case),
        cmocka_unit_test(a_file_name_alone_lies_in_the_current_folder),
        cmocka_unit_test(bad_cohorts_are_refused),
        cmocka_unit_test(wrong_rows_are_noted_and_left_out),
        cmocka_unit_test(paths_are_tidied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
