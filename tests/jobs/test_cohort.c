#include "tests/support/support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/cohort.h"
#include "jobs/obs.h"
#include "kernels/base/rng.h"

static char path[4200];

static void write_text(const char *to, const char *text)
{
    FILE *file = fopen(to, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* A cohort read from the text of a manifest; its files need not be there. */
static void read_cohort(const char *text, const char *label, rml_cohort *cohort)
{
    rml_params params = {.label = 1};
    rml_error err = {0};

    snprintf(path, sizeof path, "%s/cohort.csv", rml_test_folder());
    write_text(path, text);
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

/* Oracle: the rows as typed: every wrong line has one sentence, in the file's order, whatever found it. */
static void all_wrong_lines_are_found(void **unused)
{
    static const char text[] = "ID,Image,Mask,Label,Label_channel\n"
                               "A,a,m,1,\n"
                               "B,a,m,tumour,\n"
                               "C,a,m\n"
                               "D,a,m,2,x\n"
                               ",a,m,none,x\n" /* three things wrong, one line */
                               "F,a,m,1+1,0\n"
                               "G,a,m,7,0,\n";
    static const char *const sentences[] = {
        " line 3: label \"tumour\": expected a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all",
        " line 4: 3 cells, expected 5 as in the header",
        " line 5: Label_channel \"x\"; a number from 0 was expected",
        " line 6: ID is empty",
        " line 7: label \"1+1\": 1 stands twice in one union",
        " line 8: 6 cells, expected 5 as in the header"};
    rml_params params = {.label = 1};
    rml_cohort cohort = {0};
    rml_faults faults = {0};
    rml_error err = {0};

    (void)unused;
    snprintf(path, sizeof path, "%s/cohort.csv", rml_test_folder());
    write_text(path, text);
    assert_int_equal(rml_cohort_read_on(path, NULL, &params, &cohort, &faults, &err), RML_ESETTING);
    assert_string_equal(err.text + strlen(path), ": 6 lines are wrong");
    assert_int_equal(faults.n_kept, 6);
    for (int f = 0; f < 6; ++f) assert_string_equal(faults.kept[f].why.text + strlen(path), sentences[f]);
    rml_faults_free(&faults);

    /* with --label the column is not looked at */
    assert_int_equal(rml_cohort_read_on(path, "1", &params, &cohort, &faults, &err), RML_ESETTING);
    assert_string_equal(err.text + strlen(path), ": 4 lines are wrong");
    rml_faults_free(&faults);

    /* who wants one sentence gets one */
    assert_int_equal(rml_cohort_read(path, NULL, &params, &cohort, &err), RML_EFORMAT);
    assert_string_equal(err.text + strlen(path), sentences[1]);

    write_text(path, "ID,Image,Mask,Label\nA,a,m,1\nB,a,m,0\n"); /* one line: its own sentence and status, once */
    assert_int_equal(rml_cohort_read_on(path, NULL, &params, &cohort, &faults, &err), RML_ESETTING);
    assert_non_null(strstr(err.text, " line 3: label \"0\""));
    assert_int_equal(faults.n_kept, 0);
    rml_faults_free(&faults);

    write_text(path, "ID,Image,Mask,Label\nA,a,m,1\nB,b,m,1\n");
    assert_int_equal(rml_cohort_read_on(path, NULL, &params, &cohort, &faults, &err), RML_OK);
    assert_int_equal(cohort.n_rows, 2);
    rml_cohort_free(&cohort);
    rml_faults_free(&faults);
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

/* Only the ROI that two rows ask for clashes, and with the row that asks for it. */
static void a_clash_is_of_one_roi(void **unused)
{
    static const struct {
        int64_t row, other;
        int32_t place;
        uint32_t label;
        bool if_present;
    } expected[] = {
        {0, 3, 0, 0, false},  {1, -1, 0, 0, false}, {2, 3, 0, 0, false},  {3, 0, 0, 0, false}, {3, 2, 1, 0, false},
        {3, -1, 2, 0, false}, {4, 5, 0, 0, true},   {4, -1, 1, 0, false}, {5, 4, 0, 1, true},  {5, -1, 0, 2, false},
        {5, 6, 1, 3, true},   {6, 5, 0, 0, true},   {7, 8, 0, 5, false},  {8, 7, 0, 5, false}, {9, 7, 0, 0, true},
    };
    static const int64_t twins[] = {3, -1, 2 + 1, -1, -1, -1, -1, 8, 7, -1};
    rml_cohort cohort;

    (void)unused;
    read_cohort("ID,Image,Mask,Label\nA,a,m,1\nB,a,m,2\nA,a,m,2\nA,a,m,1;2;1+2\n"
                "C,a,m,1;1+3\nC,a,m,all\nC,a,m,3\nD,a,m,all\nD,a,m,all\nD,a,m,5\n",
                NULL, &cohort);
    for (size_t e = 0; e < sizeof expected / sizeof *expected; ++e) {
        bool if_present;
        const int64_t other =
            rml_cohort_clash(&cohort, expected[e].row, expected[e].place, expected[e].label, &if_present);

        if (other != expected[e].other || if_present != expected[e].if_present)
            fail_msg("clash %zu is with row %lld", e, (long long)other);
    }
    for (int r = 0; r < 10; ++r) assert_int_equal(cohort.twin[r], twins[r]);
    rml_cohort_free(&cohort);
}

/* The first ROI of the row that another row asks for too, in masks that have the label 7. */
static int64_t first_clash(const rml_cohort *cohort, int64_t row)
{
    int64_t other = -1;

    for (int32_t place = 0; place < 4 && other < 0; ++place) other = rml_cohort_clash(cohort, row, place, 7, NULL);
    return other;
}

/* A row is what it asks for, not how that is spelled. */
static void spellings_clash(void **unused)
{
    static const struct {
        const char *a, *b; /* Image,Mask,Label,Label_channel */
        bool clash;
    } cases[] = {
        {"img,m,1,", "img,m,01,", true},    {"img,m,1,", "./img,m,1,", true},    {"x//img,m,1,", "x/./img,m,1,", true},
        {"img,m,1,", "img,m,1,0", true},    {"img,m,1,1", "img,m,1,01", true},   {"img,m,1,", "img,m,1;2,", true},
        {"img,m,2+1,", "img,m,1+2,", true}, {"img,m,1;2,", "img,m,2;1,", true},  {"img,m,all,", "img,m,7,", true},
        {"img,m,all,", "img,m,all,", true}, {"img,m,all,", "img,m,1+7,", false}, {"img,m,all,", "img,m,1+8;7,", true},
        {"img,m,1,", "img,m,1+2,", false},  {"img,m,1,", "img,m,1,1", false},    {"img,m,1,", "img/,m,1,", false},
        {"img,m,1,", "../img,m,1,", false}, {"/img,m,1,", "img,m,1,", false},    {"img,m,1;2,", "img,m,3;4,", false}};

    (void)unused;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char text[256];
        rml_cohort cohort;

        snprintf(text, sizeof text, "ID,Image,Mask,Label,Label_channel\nA,%s\nA,%s\n", cases[k].a, cases[k].b);
        read_cohort(text, NULL, &cohort);
        if ((first_clash(&cohort, 0) == 1) != cases[k].clash || (first_clash(&cohort, 1) == 0) != cases[k].clash)
            fail_msg("%s and %s: %sclash was expected", cases[k].a, cases[k].b, cases[k].clash ? "a " : "no ");
        rml_cohort_free(&cohort);
    }
}

/* How a row is spelled is no part of its key; what it asks for is, the order of its labels too. */
static void keys_know_no_spelling(void **unused)
{
    static const char *const same[] = {"A,./x//img,m,01;2,00", "A,x/img,./m, 1 ;2,"};
    static const char *const other[] = {"A,x/img,m,2;1,0", "A,x/img,m,1;2,1", "A,x/img,m,1+2,0",
                                        "B,x/img,m,1;2,0", "A,m,x/img,1;2,0", "A,x/img,m,all,0"};
    char text[256];
    rml_cohort plain, spelled;

    (void)unused;
    read_cohort("ID,Image,Mask,Label,Label_channel\nA,x/img,m,1;2,0\n", NULL, &plain);
    for (size_t k = 0; k < sizeof same / sizeof *same + sizeof other / sizeof *other; ++k) {
        const size_t n_same = sizeof same / sizeof *same;
        const char *row = k < n_same ? same[k] : other[k - n_same];

        snprintf(text, sizeof text, "ID,Image,Mask,Label,Label_channel\n%s\n", row);
        read_cohort(text, NULL, &spelled);
        if ((plain.key[0].low == spelled.key[0].low) != (k < n_same)) fail_msg("the key of %s", row);
        rml_cohort_free(&spelled);
    }
    rml_cohort_free(&plain);
}

typedef struct spelled {
    const char *text;
    int meaning; /* equal for two spellings of one thing */
} spelled;

static bool asks_for(const char *const *rois, const char *roi)
{
    for (; *rois; ++rois)
        if (strcmp(*rois, roi) == 0) return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t clash_of(const rml_cohort *cohort, int64_t row, const char *const *rois, int32_t place)
{
    return rml_cohort_clash(cohort, row, place, (uint32_t)strtoul(rois[place], NULL, 10), NULL);
}

/* Whether two ROIs that clash with none have one name, in masks of the labels 1 to 3. */
static bool any_name_twice(const rml_cohort *cohort, const char *const *const *rois)
{
    char *names[64];
    size_t n = 0;
    bool twice = false;

    for (int64_t r = 0; r < cohort->n_rows; ++r)
        for (int32_t i = 0; rois[r][i]; ++i)
            if (clash_of(cohort, r, rois[r], i) < 0) names[n++] = rml_cohort_index(cohort, r, rois[r][i]);
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 1; i < n; ++i) twice |= strcmp(names[i - 1], names[i]) == 0;
    for (size_t i = 0; i < n; ++i) free(names[i]);
    return twice;
}

/* Random small manifests of nasty cells. Oracle: every row held against every other, and the names themselves. */
static void names_are_unique_in_any_manifest(void **unused)
{
    enum { MOST = 7, N_MANIFESTS = 3000 };
    static const char *const ids[] = {"A", "A", "B", "A|1", "A\\"};
    static const spelled images[] = {{"a", 0}, {"a", 0}, {"./a", 0}, {"b", 1}, {"x//y", 2}, {"x/y", 2}, {"a|m", 3}};
    static const spelled masks[] = {{"m", 0}, {"m", 0}, {"./m", 0}, {"n", 1}, {"m|m", 2}};
    static const spelled channels[] = {{"", 0}, {"0", 0}, {"00", 0}, {"1", 1}};
    static const char *const columns[] = {"", "", "1", "2", "1|1", "\\"};
    static const struct {
        const char *text, *rois[4];
    } labels[] = {{"1", {"1"}},
                  {"01", {"1"}},
                  {"2", {"2"}},
                  {"1;2", {"1", "2"}},
                  {"2; 1", {"2", "1"}},
                  {"1+2", {"1+2"}},
                  {"3", {"3"}},
                  {"2+1;3", {"1+2", "3"}},
                  {"3;1+3", {"3", "1+3"}},
                  {"all", {"1", "2", "3"}}};
    uint64_t draw = 0;

    (void)unused;
#define BELOW(n) (rml_rng_bits(20, 1, draw++) % (n))
#define PICK(list) BELOW(sizeof(list) / sizeof *(list))
    for (int k = 0; k < N_MANIFESTS; ++k) {
        const int n_rows = 2 + (int)BELOW(MOST - 1);
        const bool with_sequence = BELOW(3) == 0, with_reader = BELOW(3) == 0, with_channel = BELOW(2) == 0;
        const char *const *rois[MOST];
        const char *id[MOST];
        int image[MOST], mask[MOST], channel[MOST];
        char text[4096], *end = text;
        bool cut = false; /* a row "all" has lost a label: its name is still guarded against that label's */
        rml_cohort cohort;

        end += sprintf(end, "ID,Image,Mask,Label%s%s%s\n", with_sequence ? ",Sequence" : "",
                       with_reader ? ",Reader" : "", with_channel ? ",Label_channel" : "");
        for (int r = 0; r < n_rows; ++r) {
            const size_t i = PICK(images), m = PICK(masks), c = with_channel ? PICK(channels) : 0, l = PICK(labels);

            id[r] = ids[PICK(ids)];
            image[r] = images[i].meaning, mask[r] = masks[m].meaning, channel[r] = channels[c].meaning;
            rois[r] = labels[l].rois;
            end += sprintf(end, "%s,%s,%s,%s", id[r], images[i].text, masks[m].text, labels[l].text);
            if (with_sequence) end += sprintf(end, ",%s", columns[PICK(columns)]);
            if (with_reader) end += sprintf(end, ",%s", columns[PICK(columns)]);
            if (with_channel) end += sprintf(end, ",%s", channels[c].text);
            end += sprintf(end, "\n");
        }
        read_cohort(text, NULL, &cohort);
        for (int r = 0; r < n_rows; ++r) {
            bool left = false, lost = false;

            for (int32_t i = 0; rois[r][i]; ++i) {
                const int64_t other = clash_of(&cohort, r, rois[r], i);
                bool clash = false;

                for (int s = 0; s < n_rows; ++s) {
                    const bool alike = s != r && strcmp(id[r], id[s]) == 0 && image[r] == image[s] &&
                                       mask[r] == mask[s] && channel[r] == channel[s] && asks_for(rois[s], rois[r][i]);

                    clash |= alike;
                    if (other == s && !alike)
                        fail_msg("row %d does not ask for ROI %d of row %d in\n%s", s, i, r, text);
                }
                if (clash != (other >= 0)) fail_msg("row %d: ROI %d, %d in\n%s", r, i, (int)other, text);
                left |= !clash;
                lost |= clash;
            }
            cut |= cohort.all[r] && left && lost;
            if (left && cohort.twin[r] >= 0) fail_msg("row %d has ROIs of its own in\n%s", r, text);
        }
        if (any_name_twice(&cohort, rois)) fail_msg("a name stands twice with\n%s", text);
        if (!cut && (cohort.with_files || cohort.with_channel)) { /* and is no longer than it must be */
            cohort.with_files = cohort.with_channel = false;
            if (!any_name_twice(&cohort, rois)) fail_msg("names are longer than they must be with\n%s", text);
        }
        rml_cohort_free(&cohort);
    }
#undef PICK
#undef BELOW
}

/* A channel tells rows apart that share everything else; 65 rows are no other case than two. */
static void channels_and_many_rows_in_the_index(void **unused)
{
    rml_cohort cohort;
    char text[4096], *end = text;

    (void)unused;
    read_cohort("ID,Image,Mask,Label_channel\nA,a,m,\nA,a,m,1\n", NULL, &cohort);
    assert_index(&cohort, 0, "1", "A|1|0");
    assert_index(&cohort, 1, "1", "A|1|1");
    rml_cohort_free(&cohort);
    read_cohort("ID,Image,Mask,Label_channel\nA,a,m,0\nA,b,m,1\n", NULL, &cohort);
    assert_index(&cohort, 1, "1", "A|1|b|m");
    rml_cohort_free(&cohort);
    read_cohort("ID,Image,Mask\nA|1,a,m\nB\\,b,m\n", NULL, &cohort);
    assert_index(&cohort, 0, "1", "A\\|1|1");
    assert_index(&cohort, 1, "1", "B\\\\|1");
    rml_cohort_free(&cohort);
    end += sprintf(end, "ID,Image,Mask,Label\n");
    for (int i = 1; i <= 70; ++i) end += sprintf(end, "A,a,m%d,%d\n", i, i);
    read_cohort(text, NULL, &cohort);
    assert_index(&cohort, 69, "70", "A|70");
    rml_cohort_free(&cohort);
}

/* What a detached NRRD header points to is part of the case: its state in the key, its bytes in cost and memory. */
static void detached_data_count(void **unused)
{
    char header[4200], data[4200];
    rml_cohort before, after;
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

    (void)unused;
    snprintf(header, sizeof header, "%s/a.nhdr", rml_test_folder());
    snprintf(data, sizeof data, "%s/a.raw", rml_test_folder());
    write_text(header, "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 100 100 10\nencoding: raw\ndata file: a.raw\n");
    write_text(data, "");
    assert_int_equal(truncate(data, 100000), 0);
    assert_int_equal(utimensat(AT_FDCWD, data, times, 0), 0);
    read_cohort("ID,Image,Mask\nA,a.nhdr,m\n", NULL, &before);
    assert_true(before.cost[0] > 100000.0 && before.cost[0] < 100200.0);
    assert_true(before.memory[0] < 100200 + (64 << 20));

    times[1].tv_sec = 2000; /* written again with the same size */
    assert_int_equal(utimensat(AT_FDCWD, data, times, 0), 0);
    read_cohort("ID,Image,Mask\nA,a.nhdr,m\n", NULL, &after);
    assert_int_not_equal(before.key[0].low, after.key[0].low);
    rml_cohort_free(&after);
    times[1].tv_sec = 1000;
    assert_int_equal(utimensat(AT_FDCWD, data, times, 0), 0);
    read_cohort("ID,Image,Mask\nA,a.nhdr,m\n", NULL, &after);
    assert_int_equal(before.key[0].low, after.key[0].low);
    rml_cohort_free(&after);
    rml_cohort_free(&before);

    write_text(header, "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 100 100 10\nencoding: gzip\ndata file: a.raw\n");
    read_cohort("ID,Image,Mask\nA,a.nhdr,m\n", NULL, &after);
    assert_true(after.memory[0] > 400000 + (64 << 20)); /* it will be inflated */
    rml_cohort_free(&after);
    write_text(header, "NRRD0004\nnonsense\n");
    read_cohort("ID,Image,Mask\nA,a.nhdr,m\n", NULL, &after);
    assert_close(after.cost[0], 18, 0, 0, "a broken header alone");
    rml_cohort_free(&after);
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
        cmocka_unit_test(all_wrong_lines_are_found),
        cmocka_unit_test(labels_come_from_option_column_parameters),
        cmocka_unit_test(rows_of_one_pair_are_one_task),
        cmocka_unit_test(rows_that_stand_twice_know_each_other),
        cmocka_unit_test(a_clash_is_of_one_roi),
        cmocka_unit_test(spellings_clash),
        cmocka_unit_test(keys_know_no_spelling),
        cmocka_unit_test(names_are_unique_in_any_manifest),
        cmocka_unit_test(channels_and_many_rows_in_the_index),
        cmocka_unit_test(detached_data_count),
        cmocka_unit_test(many_rows_of_one_id_are_quick),
        cmocka_unit_test(cells_decide_a_column_s_type),
        cmocka_unit_test(digits_are_kept),
        cmocka_unit_test(categories_have_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
