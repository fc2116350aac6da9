/* Sequences and time points side by side: small tables worked by hand. */
#include "tests/support/support.h"

#include "jobs/dataset.h"

typedef struct read {
    char *text;
    rml_study study;
    rml_blob blob;
    rml_dataset dataset;
} read;

/* The dataset of a study over `table`, its conditions and some lines; RML_OK, or the sentence in err. */
static rml_status read_study(const char *table, const char *rows, const char *lines, read *r, rml_error *err)
{
    char path[4096], study[4096];
    FILE *out;
    rml_status status;

    *r = (read){0};
    snprintf(path, sizeof path, "%s/pivot.csv", rml_test_folder());
    snprintf(study, sizeof study, "%s/pivot.yaml", rml_test_folder());
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(table, out);
    fclose(out);
    assert_true(asprintf(&r->text,
                         "table: {file: pivot.csv, rows: {%s}}\npatient: id\noutcome: {class: y}\n"
                         "features: {match: [\"f*\"]}\nmodels: {logistic: {}}\n%s",
                         rows, lines) > 0);
    status = rml_study_parse(r->text, strlen(r->text), strdup(study), &r->study, err);
    if (status == RML_OK) status = rml_dataset_read(&r->study, &r->blob, err);
    if (status == RML_OK) status = rml_dataset_unpack(r->blob.bytes, r->blob.n_bytes, &r->dataset);
    return status;
}

static void read_free(read *r)
{
    free((char *)(uintptr_t)r->study.path);
    rml_dataset_free(&r->dataset);
    rml_blob_free(&r->blob);
    rml_study_free(&r->study);
    free(r->text);
}

/* want: [n_features][n_patients] */
static void assert_matrix(const rml_dataset *d, const char *const *feature, int32_t n_features,
                          const char *const *patient, int32_t n_patients, const double *want)
{
    assert_int_equal(d->data.x.n_columns, n_features);
    assert_int_equal(d->data.n_patients, n_patients);
    assert_int_equal(d->data.n_rows, n_patients);
    for (int32_t p = 0; p < n_patients; ++p) assert_string_equal(d->patient[p], patient[p]);
    for (int32_t j = 0; j < n_features; ++j) {
        assert_string_equal(d->feature[j], feature[j]);
        for (int32_t p = 0; p < n_patients; ++p)
            assert_close(rml_column(&d->data.x, j)[p], want[j * n_patients + p], 0, 0, feature[j]);
    }
}

#define SEQUENCES                                                                                                      \
    "id,y,sequence,label,reader,f1,f2\n"                                                                               \
    "b,1,T2,2,1,22,-22\n"                                                                                              \
    "a,0,T1,1,1,1,-1\n"                                                                                                \
    "a,0,T1,10,1,2,-2\n"                                                                                               \
    "a,0,T2,2,1,3,-3\n"                                                                                                \
    "b,1,T1,1,1,20,-20\n"                                                                                              \
    "c,1,T1,10,1,,-5\n"

static void sequences_and_labels_side_by_side(void **state)
{
    static const char *const feature[] = {"f1|T1|1", "f2|T1|1", "f1|T1|10", "f2|T1|10", "f1|T2|2", "f2|T2|2"};
    static const char *const patient[] = {"b", "a", "c"};
    const double want[] = {20, 1, NAN, -20, -1, NAN, NAN, 2, NAN, NAN, -2, -5, 22, 3, NAN, -22, -3, NAN};
    read r;
    rml_error err = {0};

    (void)state;
    if (read_study(SEQUENCES, "", "pivot: {by: [sequence, label]}\n", &r, &err) != RML_OK) fail_msg("%s", err.text);
    assert_matrix(&r.dataset, feature, 6, patient, 3, want);
    assert_true(r.dataset.data.y[0] == 1.0 && r.dataset.data.y[1] == 0.0);
    assert_true(r.dataset.n_pivot_without == 3); /* b in T1 10, c in T1 1 and T2 2 */
    assert_true(r.dataset.n_pivot_negligible == 0);
    read_free(&r);
}

/* Conditions come first: a label that they leave out makes no column. */
static void conditions_come_first(void **state)
{
    static const char *const feature[] = {"f1|T1", "f2|T1"}, *const patient[] = {"a", "c"};
    const double want[] = {2, NAN, -2, -5};
    read r;
    rml_error err = {0};

    (void)state;
    if (read_study(SEQUENCES, "", "", &r, &err) != RML_ESETTING) fail_msg("several rows a patient");
    assert_non_null(strstr(err.text, "rois: largest"));
    read_free(&r);
    if (read_study(SEQUENCES, "", "pivot: {by: [sequence]}\n", &r, &err) != RML_ESETTING)
        fail_msg("two rows of one place");
    assert_non_null(strstr(err.text, "patient a has two rows of sequence T1 (2 and 3 of pivot.csv)"));
    read_free(&r);
    if (read_study(SEQUENCES, "label: 10", "pivot: {by: [sequence]}\n", &r, &err) != RML_OK) fail_msg("%s", err.text);
    assert_matrix(&r.dataset, feature, 2, patient, 2, want);
    read_free(&r);
}

#define TIMES                                                                                                          \
    "id,y,time,seq,f1,f2\n"                                                                                            \
    "a,0,1,A,2,10\n"                                                                                                   \
    "a,0,2,A,3,5\n"                                                                                                    \
    "b,1,2,A,7,1e3\n"                                                                                                  \
    "b,1,1,A,-4,1e-10\n"                                                                                               \
    "c,1,1,A,0,1\n"                                                                                                    \
    "c,1,2,A,0,\n"                                                                                                     \
    "d,0,2,A,5,5\n"                                                                                                    \
    "e,1,3,A,5,5\n"                                                                                                    \
    "f,1,1,A,1e-30,4\n"                                                                                                \
    "f,1,2,A,2e-30,4\n"

static void differences(void **state)
{
    static const char *const plain[] = {"f1|2-1", "f2|2-1"}, *const relative[] = {"f1|(2-1)/1", "f2|(2-1)/1"};
    static const char *const with[] = {"f1|A|2-1", "f2|A|2-1"};
    static const char *const patient[] = {"a", "b", "c", "d", "e", "f"};
    const double want[] = {1, 11, 0, NAN, NAN, 2e-30 - 1e-30, -5, 1e3 - 1e-10, NAN, NAN, NAN, 0};
    /* b's f2 starts at 1e-13 of where it goes, c's f1 at 0; f's small numbers are as good as others'. */
    const double ratio[] = {0.5, -2.75, NAN, NAN, NAN, (2e-30 - 1e-30) / 1e-30, -0.5, NAN, NAN, NAN, NAN, 0};
    read r;
    rml_error err = {0};

    (void)state;
    if (read_study(TIMES, "", "pivot: {by: [time], delta: {from: 1, to: 2}}\n", &r, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_matrix(&r.dataset, plain, 2, patient, 6, want);
    assert_true(r.dataset.n_pivot_without == 2 && r.dataset.n_pivot_negligible == 0);
    read_free(&r);
    if (read_study(TIMES, "", "pivot: {by: [time], delta: {from: 1, to: 2, relative: true}}\n", &r, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_matrix(&r.dataset, relative, 2, patient, 6, ratio);
    assert_true(r.dataset.n_pivot_without == 2 && r.dataset.n_pivot_negligible == 2);
    read_free(&r);
    if (read_study(TIMES, "", "pivot: {by: [seq, time], delta: {from: 1, to: 2}}\n", &r, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_matrix(&r.dataset, with, 2, patient, 6, want);
    read_free(&r);
}

/* The second reader's rows become a second reading of the same columns; a patient read twice counts when both did. */
static void second_readings_pivot_the_same_way(void **state)
{
    static const char lines[] = "prepare: [{icc: {readers: reader}}]\npivot: {by: [time]}\n";
    char table[4096] = "id,y,time,reader,f1\n";
    read r;
    const rml_data *d = &r.dataset.data;
    rml_error err = {0};

    (void)state;
    for (int p = 0; p < 12; ++p)
        for (int reader = 1; reader <= (p % 3 == 0 ? 1 : 2); ++reader)
            for (int time = 2; time >= 1; --time)
                snprintf(table + strlen(table), sizeof table - strlen(table), "p%02d,%d,%d,%d,%d\n", p, p % 2, time,
                         reader, 100 * time + 10 * p + reader);
    if (read_study(table, "", lines, &r, &err) != RML_ESETTING) fail_msg("which reader's rows are used must be said");
    read_free(&r);
    if (read_study(table, "reader: 1", lines, &r, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(d->n_patients, 12);
    assert_int_equal(d->n_raters, 2);
    assert_int_equal(d->reading[0].n_rows, 8);
    for (int p = 0; p < 12; ++p) {
        const int32_t s = d->subject[p];

        assert_int_equal(s >= 0, p % 3 != 0);
        for (int t = 0; t < 2; ++t) {
            assert_true(rml_column(&d->x, t)[p] == 100 * (t + 1) + 10 * p + 1);
            for (int reader = 0; s >= 0 && reader < 2; ++reader)
                assert_true(rml_column(&d->reading[reader], t)[s] == 100 * (t + 1) + 10 * p + reader + 1);
        }
    }
    read_free(&r);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *table, *lines, *sentence;
    } wrong[] = {
        {TIMES, "pivot: {by: [tiem]}\n", "pivot: pivot.csv has no column \"tiem\"; did you mean \"time\"?"},
        {TIMES, "pivot: {by: [time], delta: {from: 1, to: 4}}\n", "no row has time 4"},
        {"id,y,t,f\na,0,1,1\na,1,2,1\n", "pivot: {by: [t]}\n",
         "pivot.csv: patient a has y \"0\" on row 1 and \"1\" on row 2"},
        {"id,y,t,f\na,0,1,1\nb,1,,1\n", "pivot: {by: [t]}\n", "t of row 2 of pivot.csv is empty"},
        {"id,y,t,f\na,0,1,1\n,1,2,1\n", "pivot: {by: [t]}\n", "id of row 2 of pivot.csv is empty"},
        {"id,y,t,f\n7,0,1,1\n007,0,2,1\n", "pivot: {by: [t]}\n", "\"7\" and \"007\": one way to write a patient"},
        {"id,y,t,f,c\na,0,1,1,N\na,0,2,1,S\n", "pivot: {by: [t]}\ncentre: c\n",
         "patient a has c \"N\" on row 1 and \"S\" on row 2"},
    };

    (void)state;
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; ++w) {
        read r;
        rml_error err = {0};

        assert_int_equal(read_study(wrong[w].table, "", wrong[w].lines, &r, &err), RML_ESETTING);
        if (!strstr(err.text, wrong[w].sentence)) fail_msg("expected «%s», found «%s»", wrong[w].sentence, err.text);
        read_free(&r);
    }
}

/* 20 values in each of 15 columns: 3.3e19 combinations, and an int64 counts to 9.2e18; of 14 columns 1.6e18. */
static void too_many_combinations_are_refused(void **state)
{
    char table[8192] = "id,y,f", lines[512] = "pivot: {by: [";
    read r;
    rml_error err = {0};

    (void)state;
    for (int b = 0; b < 15; ++b) snprintf(table + strlen(table), sizeof table - strlen(table), ",t%02d", b);
    for (int row = 0; row <= 20; ++row) {
        snprintf(table + strlen(table), sizeof table - strlen(table), "\n%c,%d,%d", row < 20 ? 'a' : 'b', row / 20,
                 row);
        for (int b = 0; b < 15; ++b) snprintf(table + strlen(table), sizeof table - strlen(table), ",%d", row % 20);
    }
    for (int b = 0; b < 14; ++b) snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "t%02d, ", b);
    snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "t14]}\n");
    assert_int_equal(read_study(table, "", lines, &r, &err), RML_ESETTING);
    assert_non_null(strstr(err.text, "the first 15 of 15 columns of \"by\" combine in more than 2^63 ways"));
    read_free(&r);
    strcpy(strstr(lines, ", t14"), "]}\n");
    if (read_study(table, "", lines, &r, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(r.dataset.data.x.n_columns, 20);
    read_free(&r);
}

/* Two texts that differ in their last byte alone, the name as long as it may be and one byte longer. */
static void a_name_is_whole_or_refused(void **state)
{
    char level[512], table[4096];
    read r;
    rml_error err = {0};

    (void)state;
    for (int n = 510; n <= 511; ++n) {
        memset(level, 'v', sizeof level);
        level[n - 1] = '\0';
        snprintf(table, sizeof table, "id,y,t,f\na,0,%s1,1\na,0,%s2,2\nb,1,%s1,3\n", level, level, level);
        if (n == 511) {
            assert_int_equal(read_study(table, "", "pivot: {by: [t]}\n", &r, &err), RML_ESETTING);
            assert_non_null(strstr(err.text, "is longer than 511 bytes"));
        } else {
            if (read_study(table, "", "pivot: {by: [t]}\n", &r, &err) != RML_OK) fail_msg("%s", err.text);
            assert_int_equal(strlen(r.dataset.feature[0]), strlen("f") + 511);
            assert_string_not_equal(r.dataset.feature[0], r.dataset.feature[1]);
        }
        read_free(&r);
    }
}

/* A patient's rows must agree on the folds that the models are chosen in, and on those alone. */
static void inner_folds_are_one_value_a_patient(void **state)
{
    static const char table[] = "id,y,t,f,fold,in_1,in_2,in_x\n"
                                "a,0,1,1,1,-1,1,1\na,0,2,2,1,-1,%d,2\n"
                                "b,1,1,3,2,1,-1,3\nb,1,2,4,2,1,-1,4\n";
    static const char *const column[] = {"\"in_{fold}\"", "in_2"};
    static const char *const rows[] = {"pivot: {by: [t]}", "rois: mean"};
    static const char *const sentence[] = {"pivot.csv: patient a has in_2 \"1\" on row 1 and \"2\" on row 2",
                                           "patient a has in_2 \"1\" on row 1 and \"2\" on row 2"};
    char text[512], lines[256];
    read r;
    rml_error err = {0};

    (void)state;
    for (int c = 0; c < 2; ++c)
        for (int i = 0; i < 4; ++i) { /* the second fold is 1, as the first, or 2 */
            snprintf(text, sizeof text, table, i % 2 + 1);
            snprintf(lines, sizeof lines, "%s\nsplit: {column: fold}\ninner: {column: %s}\n", rows[i / 2], column[c]);
            if (i % 2 == 0) {
                if (read_study(text, "", lines, &r, &err) != RML_OK) fail_msg("%s", err.text);
            } else {
                assert_int_equal(read_study(text, "", lines, &r, &err), RML_ESETTING);
                if (!strstr(err.text, sentence[i / 2])) fail_msg("%s", err.text);
            }
            read_free(&r);
        }
}

/* The same of table and clinical file. Only in_1 and in_2 are the folds of an outer one. */
static void inner_folds_are_one_value_in_both_files(void **state)
{
    static const char table[] = "id,y,f,fold,in_1,in_2,in_x\na,0,1,1,-1,1,1\nb,1,3,2,1,-1,3\n";
    char path[4096];
    read r;
    rml_error err = {0};

    (void)state;
    snprintf(path, sizeof path, "%s/people.csv", rml_test_folder());
    for (int fold = 1; fold <= 2; ++fold) {
        FILE *out = fopen(path, "w");

        assert_non_null(out);
        fprintf(out, "id,in_2,in_x\na,%d,7\nb,-1,8\n", fold);
        fclose(out);
        const rml_status status = read_study(table, "",
                                             "clinical: {file: people.csv, by: id}\nsplit: {column: fold}\n"
                                             "inner: {column: \"in_{fold}\"}\n",
                                             &r, &err);
        if (fold == 1 && status != RML_OK) fail_msg("%s", err.text);
        if (fold == 2 && !strstr(err.text, "inner: patient a has in_2 \"1\" in pivot.csv and \"2\" in people.csv"))
            fail_msg("%s", err.text);
        read_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sequences_and_labels_side_by_side),
                                       cmocka_unit_test(conditions_come_first),
                                       cmocka_unit_test(differences),
                                       cmocka_unit_test(second_readings_pivot_the_same_way),
                                       cmocka_unit_test(what_is_wrong_is_said),
                                       cmocka_unit_test(too_many_combinations_are_refused),
                                       cmocka_unit_test(a_name_is_whole_or_refused),
                                       cmocka_unit_test(inner_folds_are_one_value_a_patient),
                                       cmocka_unit_test(inner_folds_are_one_value_in_both_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
