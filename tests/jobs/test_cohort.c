#include "tests/support/support.h"

#include "jobs/cohort.h"
#include "jobs/obs.h"

static char path[4200];

/* A cohort read from the text of a manifest; its files are not there, which is no matter here. */
static void read_cohort(const char *text, const char *label, rml_cohort *cohort)
{
    rml_params params = {.label = 1};
    rml_error err = {0};
    FILE *file;

    snprintf(path, sizeof path, "%s/cohort.csv", rml_test_folder());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    if (rml_cohort_read(path, label, &params, cohort, &err) != RML_OK) fail_msg("%s", err.text);
}

static void assert_index(const rml_cohort *cohort, int64_t row, const char *label, const char *expected)
{
    char *index = rml_cohort_index(cohort, row, label);

    assert_string_equal(index, expected);
    free(index);
}

/* obs/_index: ID and label; what else tells rows apart joins only where it does. */
static void the_index_is_as_long_as_it_must(void **unused)
{
    rml_cohort cohort;

    (void)unused;
    read_cohort("ID,Image,Mask,Reader,Timepoint\nA,a,b,1,1\nB,c,d,2,2\n", NULL, &cohort);
    assert_index(&cohort, 0, "1", "A|1");
    rml_cohort_free(&cohort);

    read_cohort("ID,Image,Mask,Reader,Timepoint\nA,a,b,1,1\nA,a,c,2,1\nB,c,d,2,1\n", NULL, &cohort);
    assert_index(&cohort, 1, "1", "A|1|2");
    assert_index(&cohort, 2, "1", "B|1|2");
    rml_cohort_free(&cohort);

    read_cohort("ID,Image,Mask,Reader,Timepoint,Sequence\nA,a,b,1,1,T1\nA,a,c,2,1,T1\nA,d,e,1,2,T1\nA,f,g,1,1,T2\n",
                NULL, &cohort);
    assert_index(&cohort, 3, "1+3", "A|1+3|T2|1|1");
    rml_cohort_free(&cohort);

    read_cohort("ID,Image,Mask\nA,a,b\nA,c,d\n", NULL, &cohort); /* the files alone tell them apart */
    assert_index(&cohort, 1, "1", "A|1|c|d");
    rml_cohort_free(&cohort);

    read_cohort("ID,Image,Mask,Label\nA,a,b,1\nA,a,b,2\nA,a,b,3;4\n", NULL, &cohort);
    assert_index(&cohort, 1, "2", "A|2");
    rml_cohort_free(&cohort);

    read_cohort("ID,Image,Mask,Label\nA,a,b,1\nA,a,c,all\n", NULL, &cohort); /* all may hold 1 */
    assert_index(&cohort, 1, "1", "A|1|a|c");
    rml_cohort_free(&cohort);

    read_cohort("Image,Mask\nx/scan.nii.gz,m.nii\n", NULL, &cohort);
    assert_index(&cohort, 0, "1", "scan|1");
    rml_cohort_free(&cohort);
}

static void labels_come_from_option_column_parameters(void **unused)
{
    rml_cohort cohort;

    (void)unused;
    read_cohort("ID,Image,Mask,Label\nA,a,b,2\nB,a,b,\n", NULL, &cohort);
    assert_string_equal(rml_cohort_label(&cohort, 0), "2");
    assert_string_equal(rml_cohort_label(&cohort, 1), "1");
    rml_cohort_free(&cohort);
    read_cohort("ID,Image,Mask,Label\nA,a,b,2\nB,a,b,\n", "all", &cohort);
    assert_string_equal(rml_cohort_label(&cohort, 0), "all");
    assert_string_equal(rml_cohort_label(&cohort, 1), "all");
    rml_cohort_free(&cohort);
}

/* Rows that read the same pair of files are one task; the keys say what a row is, not where it stands. */
static void rows_of_one_pair_are_one_task(void **unused)
{
    static const bool all[] = {true, true, true, true, true}, some[] = {false, true, true, false, true};
    rml_cohort cohort, other;
    rml_tasks tasks;

    (void)unused;
    read_cohort("ID,Image,Mask,Label\nA,a,m,1\nB,b,m,1\nA,a,m,2\nA,a,n,1\nA,a,m,3\n", NULL, &cohort);
    assert_int_equal(rml_cohort_tasks(&cohort, all, &tasks, NULL), RML_OK);
    assert_int_equal(tasks.n, 3);
    for (int64_t t = 0; t < tasks.n; ++t)
        for (int32_t u = 0; u < tasks.task[t].n_units; ++u) {
            const int64_t row = tasks.row[tasks.first[t] + u];

            assert_int_equal(tasks.task[t].keys[u].low, cohort.key[row].low);
        }
    rml_tasks_free(&tasks);
    assert_int_equal(rml_cohort_tasks(&cohort, some, &tasks, NULL), RML_OK);
    assert_int_equal(tasks.n, 2);
    assert_int_equal(tasks.first[2], 3);
    rml_tasks_free(&tasks);

    read_cohort("Centre,ID,Image,Mask,Label\nX,A,a,n,1\nY,B,b,m,1\n", NULL, &other);
    assert_int_equal(other.key[0].low, cohort.key[3].low);
    assert_int_equal(other.key[1].low, cohort.key[1].low);
    assert_int_not_equal(other.key[0].low, other.key[1].low);
    rml_cohort_free(&cohort);
    rml_cohort_free(&other);
}

static void rows_that_stand_twice_know_each_other(void **unused)
{
    rml_cohort cohort;

    (void)unused;
    read_cohort("ID,Image,Mask,Label,Centre\nA,a,m,1,X\nB,b,m,1,X\nA,a,m,1,Y\nA,a,m,2,X\n", NULL, &cohort);
    assert_int_equal(cohort.twin[0], 2);
    assert_int_equal(cohort.twin[2], 0);
    assert_int_equal(cohort.twin[1], -1);
    assert_int_equal(cohort.twin[3], -1);
    rml_cohort_free(&cohort);
}

/* One ID with very many labels must not take quadratic time: seconds here would be minutes of silence in a run. */
static void many_rows_of_one_id_are_quick(void **unused)
{
    enum { N = 30000 };
    char *text = malloc((size_t)N * 32), *end = text;
    rml_cohort cohort;

    (void)unused;
    end += sprintf(end, "ID,Image,Mask,Label\n");
    for (int i = 0; i < N; ++i) end += sprintf(end, "A,a,m,%d\n", i + 1);
    read_cohort(text, NULL, &cohort);
    assert_int_equal(cohort.n_rows, N);
    rml_cohort_free(&cohort);
    free(text);
}

static rml_h5ad_type type_of(const char *cells, bool integer_labels, const char *name)
{
    rml_cohort cohort;
    rml_obs obs;
    rml_h5ad_type type = RML_H5AD_TRUTH;

    read_cohort(cells, NULL, &cohort);
    assert_int_equal(rml_obs_init(&obs, &cohort, integer_labels, NULL), RML_OK);
    for (int32_t c = 0; c < obs.n; ++c)
        if (strcmp(obs.column[c].name, name) == 0) type = obs.column[c].type;
    rml_obs_free(&obs);
    rml_cohort_free(&cohort);
    return type;
}

static void cells_decide_a_column_s_type(void **unused)
{
    (void)unused;
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,7\n2,b,m,-3\n", true, "X"), RML_H5AD_INTEGER);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,7\n2,b,m,\n", true, "X"), RML_H5AD_NUMBER);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,7.5\n2,b,m,NA\n", true, "X"), RML_H5AD_NUMBER);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,007\n2,b,m,008\n", true, "X"), RML_H5AD_TEXT);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,k\n2,b,m,k\n", true, "X"), RML_H5AD_CATEGORICAL);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,k\n2,b,m,l\n", true, "X"), RML_H5AD_TEXT);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,\n2,b,m,\n", true, "X"), RML_H5AD_TEXT);
    assert_int_equal(type_of("ID,Image,Mask,X\n1,a,m,0x1\n2,b,m,2\n", true, "X"), RML_H5AD_TEXT);
    assert_int_equal(type_of("ID,Image,Mask\n1,a,m\n2,b,m\n", true, "ID"), RML_H5AD_TEXT);
    assert_int_equal(type_of("Image,Mask\na,m\nb,m\n", true, "ID"), RML_H5AD_TEXT);
    assert_int_equal(type_of("ID,Image,Mask\n1,a,m\n2,b,m\n", true, "Label"), RML_H5AD_INTEGER);
    assert_int_equal(type_of("ID,Image,Mask,Label\n1,a,m,1+3\n2,b,m,1\n", false, "Label"), RML_H5AD_TEXT);
}

/* No digit of an accession number may be lost: what the type cannot hold exactly stays text. */
static void digits_are_kept(void **unused)
{
    static const struct {
        const char *cell;
        rml_h5ad_type alone, with_gap; /* the type of a column of this cell and 1; and of one with an empty cell too */
    } cases[] = {
        {"9223372036854775807", RML_H5AD_INTEGER, RML_H5AD_TEXT},
        {"-9223372036854775808", RML_H5AD_INTEGER, RML_H5AD_NUMBER}, /* a power of two */
        {"9223372036854775808", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"9223372036854775809", RML_H5AD_TEXT, RML_H5AD_TEXT},
        {"12345678901234567", RML_H5AD_INTEGER, RML_H5AD_TEXT},
        {"12345678901234568", RML_H5AD_INTEGER, RML_H5AD_NUMBER}, /* even, so a double holds it */
        {"123456789012345", RML_H5AD_INTEGER, RML_H5AD_NUMBER},
        {"1000000000000000000000", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"0.30000000000000004", RML_H5AD_NUMBER, RML_H5AD_NUMBER}, /* as programs print 0.1 + 0.2 */
        {"0.30000000000000001", RML_H5AD_TEXT, RML_H5AD_TEXT},     /* not the double's digits: 0.299…99 */
        {"0.1", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"-00.5", RML_H5AD_TEXT, RML_H5AD_TEXT},
        {"0.000", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {".50", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"1.50e-3", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"0.0012E+6", RML_H5AD_NUMBER, RML_H5AD_NUMBER},
        {"1e400", RML_H5AD_TEXT, RML_H5AD_TEXT},
        {"1e-400", RML_H5AD_TEXT, RML_H5AD_TEXT},
        {"1.2.840.113619.2", RML_H5AD_TEXT, RML_H5AD_TEXT},
    };

    (void)unused;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char text[256];
        rml_h5ad_type alone, with_gap;

        snprintf(text, sizeof text, "ID,Image,Mask,X\n1,a,m,%s\n2,b,m,1\n", cases[k].cell);
        alone = type_of(text, true, "X");
        snprintf(text, sizeof text, "ID,Image,Mask,X\n1,a,m,%s\n2,b,m,1\n3,c,m,\n", cases[k].cell);
        with_gap = type_of(text, true, "X");
        if (alone != cases[k].alone || with_gap != cases[k].with_gap)
            fail_msg("%s: type %d and %d, expected %d and %d", cases[k].cell, alone, with_gap, cases[k].alone,
                     cases[k].with_gap);
    }
}

static void categories_have_codes(void **unused)
{
    rml_cohort cohort;
    rml_obs obs;
    rml_h5ad_value value[8];

    (void)unused;
    read_cohort("ID,Image,Mask,Centre,Age\n1,a,m,Lyon,40\n2,b,m,,NA\n3,c,m,Bonn,50\n4,d,m,Lyon,60.5\n", NULL, &cohort);
    assert_int_equal(rml_obs_init(&obs, &cohort, true, NULL), RML_OK);
    assert_int_equal(obs.n, 6);
    assert_string_equal(obs.column[5].name, "Label");
    assert_int_equal(obs.column[3].n_categories, 2);
    assert_string_equal(obs.column[3].categories[0], "Bonn");
    rml_obs_row(&obs, &cohort, 3, "12", value);
    assert_int_equal(value[3].integer, 1);
    assert_close(value[4].number, 60.5, 0, 0, "age");
    assert_int_equal(value[5].integer, 12);
    rml_obs_row(&obs, &cohort, 1, "1", value);
    assert_int_equal(value[3].integer, -1);
    assert_true(isnan(value[4].number));
    rml_obs_free(&obs);
    rml_cohort_free(&cohort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_is_as_long_as_it_must),
        cmocka_unit_test(labels_come_from_option_column_parameters),
        cmocka_unit_test(rows_of_one_pair_are_one_task),
        cmocka_unit_test(rows_that_stand_twice_know_each_other),
        cmocka_unit_test(many_rows_of_one_id_are_quick),
        cmocka_unit_test(cells_decide_a_column_s_type),
        cmocka_unit_test(digits_are_kept),
        cmocka_unit_test(categories_have_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
