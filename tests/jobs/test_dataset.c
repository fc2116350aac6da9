/* What a study's files say of a patient: one value, whichever row or file has it; and which features are refused since
 * they tell the outcome. */
#include "tests/support/support.h"

#include <math.h>

#include "jobs/dataset.h"

enum { N = 24 };

typedef struct rml_case {
    char *study;
    rml_study parsed;
    rml_blob blob;
    rml_dataset dataset;
} rml_case;

static void write_file(const char *name, const char *text)
{
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", rml_test_folder(), name);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static rml_status open_case(const char *keys, rml_case *c, rml_error *err)
{
    char path[4096];
    rml_status status;

    *c = (rml_case){0};
    snprintf(path, sizeof path, "%s/study.yaml", rml_test_folder());
    assert_true(asprintf(&c->study,
                         "table: table.csv\npatient: id\noutcome: {class: y}\nsplit: {kfold: 2}\n"
                         "models: {logistic: {}}\n%s",
                         keys) > 0);
    if (rml_study_parse(c->study, strlen(c->study), path, &c->parsed, err) != RML_OK) fail_msg("%s", err->text);
    status = rml_dataset_read(&c->parsed, &c->blob, err);
    if (status == RML_OK) assert_int_equal(rml_dataset_unpack(c->blob.bytes, c->blob.n_bytes, &c->dataset), RML_OK);
    return status;
}

static void close_case(rml_case *c)
{
    rml_dataset_free(&c->dataset);
    rml_blob_free(&c->blob);
    rml_study_free(&c->parsed);
    free(c->study);
}

/* Two rows a patient of which neither tells the outcome, while their mean is it: [0] u and 2 y - u. */
static void write_two_rows(bool one_is_missing)
{
    char text[N * 256] = "id,y,f0,g\n";
    uint64_t state = 11;

    for (int p = 0; p < N; ++p) {
        const int y = p / 2 % 2;
        const double u = 4.0 * rml_test_uniform(&state) - 2.0;
        const bool missing = one_is_missing && p == 5;
        char first[32];

        snprintf(first, sizeof first, "%.17g", u);
        sprintf(text + strlen(text), "p%02d,%d,%d,%s\np%02d,%d,%d,%.17g\n", p, y, p * 7 % 5, missing ? "" : first, p, y,
                p % 3, missing ? y : 2.0 * y - u);
    }
    write_file("table.csv", text);
}

/* Under rois: separate a patient's score is the mean of its rows' scores. */
static void the_mean_of_a_patients_rows_tells(void **state)
{
    rml_case c;

    (void)state;
    for (int missing = 0; missing <= 1; ++missing) {
        rml_error err = {0};

        write_two_rows(missing);
        assert_int_equal(open_case("features: {match: [f0, g]}\nrois: separate\n", &c, &err), RML_ESETTING);
        assert_non_null(strstr(err.text, "feature g tells the outcome (AUC 1.0000 over 24 patients)"));
        close_case(&c);
        err = (rml_error){0};
        assert_int_equal(open_case("features: {match: [f0, g], allow: [g]}\nrois: separate\n", &c, &err), RML_OK);
        close_case(&c);
    }
}

/* Rows of four patients: what each row says of y, centre, age; "largest" keeps the second row, which misses them. */
static const char rows_of_patients[] = "id,y,centre,age,original_shape_VoxelVolume\n"
                                       "a,1,A,50,1\na,,,,2\n"
                                       "b,,,,1\nb,0,B,60,2\n"
                                       "c,1,A,,1\nc,1.0,,70,2\n"
                                       "d,0,B,80,2\nd,,B,80.0,1\n";

static void expect_values(const rml_case *c)
{
    static const double y[] = {1, 0, 1, 0}, age[] = {50, 60, 70, 80};
    static const int32_t centre[] = {0, 1, 0, 1};
    const rml_data *d = &c->dataset.data;

    assert_int_equal(d->n_patients, 4);
    for (int32_t p = 0; p < 4; ++p) {
        assert_true(d->y[p] == y[p]);
        for (int32_t i = d->first_row[p]; i < d->first_row[p + 1]; ++i) {
            assert_int_equal(d->factor[0][i], centre[p]);
            assert_true(rml_column(&d->x, d->x.n_columns - 1)[i] == age[p]);
        }
    }
}

static void a_missing_cell_takes_what_another_row_says(void **state)
{
    static const char *const rois[] = {"largest", "mean", "separate"};

    (void)state;
    write_file("table.csv", rows_of_patients);
    write_file("clinical.csv", "id\na\nb\nc\nd\n");
    for (size_t k = 0; k < sizeof rois / sizeof *rois; ++k) {
        char keys[512];
        rml_case c;
        rml_error err = {0};

        snprintf(keys, sizeof keys,
                 "features: {match: [\"original_*\"]}\ncentre: centre\nrois: %s\n"
                 "clinical: {file: clinical.csv, by: id, use: [age]}\n",
                 rois[k]);
        if (open_case(keys, &c, &err) != RML_OK) fail_msg("%s: %s", rois[k], err.text);
        expect_values(&c);
        close_case(&c);
    }
}

/* The clinical file misses a's and d's outcome and c's age, which the table has; of others it has the value. */
static void a_missing_cell_takes_what_the_other_file_says(void **state)
{
    rml_case c;
    rml_error err = {0};

    (void)state;
    write_file("table.csv", rows_of_patients);
    write_file("clinical.csv", "id,y,age\na,NA,50\nb,0,60\nc,1,\nd,,80\n");
    if (open_case("features: {match: [\"original_*\"]}\ncentre: centre\nrois: largest\n"
                  "clinical: {file: clinical.csv, by: id, use: [age]}\n",
                  &c, &err) != RML_OK)
        fail_msg("%s", err.text);
    expect_values(&c);
    assert_int_equal(c.dataset.n_without_outcome, 0);
    close_case(&c);
}

/* A missing cell between them hides no contradiction. */
static void values_that_differ_are_refused(void **state)
{
    static const struct {
        const char *table, *clinical, *sentence;
    } cases[] = {
        {"id,y,centre,f0\na,1,A,1\na,,,2\na,0,A,3\nb,0,B,1\n", "id\na\nb\n",
         "table.csv: patient a has y \"1\" on row 1 and \"0\" on row 3"},
        {"id,y,centre,f0\na,,A,1\na,1,A,2\na,0,A,3\nb,0,B,1\n", "id\na\nb\n",
         "table.csv: patient a has y \"1\" on row 2 and \"0\" on row 3"},
        {"id,y,centre,f0\na,1,A,1\na,,A,2\nb,0,B,1\n", "id,y\na,0\nb,0\n",
         "patient a has y \"1\" in table.csv and \"0\" in clinical.csv"},
        {"id,y,centre,f0\na,1,A,1\na,0,A,2\nb,0,B,1\n", "id,y\na,\nb,0\n",
         "patient a has y \"0\" in table.csv and \"1\" in clinical.csv"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        rml_case c;
        rml_error err = {0};

        write_file("table.csv", cases[k].table);
        write_file("clinical.csv", cases[k].clinical);
        assert_int_equal(open_case("features: {match: [f0]}\ncentre: centre\nrois: mean\n"
                                   "clinical: {file: clinical.csv, by: id}\n",
                                   &c, &err),
                         RML_ESETTING);
        if (!strstr(err.text, cases[k].sentence)) fail_msg("%s, found: %s", cases[k].sentence, err.text);
        close_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_mean_of_a_patients_rows_tells),
                                       cmocka_unit_test(a_missing_cell_takes_what_another_row_says),
                                       cmocka_unit_test(a_missing_cell_takes_what_the_other_file_says),
                                       cmocka_unit_test(values_that_differ_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
