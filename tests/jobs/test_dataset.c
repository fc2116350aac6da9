/* Which features are refused since they tell the outcome. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_mean_of_a_patients_rows_tells)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
