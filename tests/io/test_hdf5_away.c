/* An HDF5 file whose values lie in others: behind a link, in external storage, in a virtual dataset. None of these is
 * opened, whatever they are: a pipe would block for ever, a sound file give values. Oracle: the sentence, and that the
 * test ends. */
#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/h5_tree.h"
#include "io/h5_tree_read.h"
#include "io/h5ad.h"
#include "tests/support/support.h"

enum { N = 3 };

typedef enum way { LINK, SOFT_LINK, STORAGE, VIRTUAL, N_WAYS } way;

static char path[4200], pipe_path[4200], sound[4200];

static rml_status write_table(rml_h5ad *file, const char *where)
{
    const rml_h5ad_column column = {.name = "Age", .type = RML_H5AD_NUMBER};
    rml_h5ad_frame *frame;
    rml_status status = rml_h5ad_frame_create(file, where, N, 1, &column, &frame, NULL);

    for (int r = 0; r < N && status == RML_OK; ++r)
        status = rml_h5ad_frame_append(frame, (const char *const[]){"a", "b", "c"}[r],
                                       &(rml_h5ad_value){.number = 40.0 + r}, NULL);
    return status == RML_OK ? rml_h5ad_frame_close(frame, NULL) : status;
}

static void write_features(const char *to)
{
    static const double x[N * N] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t reason[N * N] = {0};
    rml_h5ad *file = NULL;

    assert_int_equal(rml_h5ad_create(to, N, N, &file, NULL), RML_OK);
    assert_int_equal(rml_h5ad_append(file, N, x, reason, NULL), RML_OK);
    assert_int_equal(write_table(file, "obs"), RML_OK);
    assert_int_equal(write_table(file, "var"), RML_OK);
    assert_int_equal(rml_h5ad_text(file, "uns/radmill/version", "0.1.0", NULL), RML_OK);
    assert_int_equal(rml_h5ad_commit(file, NULL), RML_OK);
}

static void write_tree(const char *to)
{
    static const char *const names[] = {"one", "two", "three"};
    static const double numbers[] = {1, 2, 3};
    rml_h5_tree *tree = NULL;

    assert_int_equal(rml_h5_tree_create(to, &tree, NULL), RML_OK);
    rml_h5_tree_texts(tree, "names", N, names);
    rml_h5_tree_numbers(tree, "numbers", 1, 1, N, numbers);
    assert_int_equal(rml_h5_tree_commit(tree, NULL), RML_OK);
}

/* A dataset of the old one's type and extent whose values are the other file's first bytes, or its dataset. */
static hid_t elsewhere(hid_t file, const char *where, way how, const char *other)
{
    const hid_t old = H5Dopen2(file, where, H5P_DEFAULT), type = H5Dget_type(old), space = H5Dget_space(old),
                create = H5Pcreate(H5P_DATASET_CREATE);
    const bool texts = H5Tis_variable_str(type) > 0;
    hid_t made;

    if (how == STORAGE)
        assert_true(H5Pset_external(create, other, 0, H5F_UNLIMITED) >= 0);
    else
        assert_true(H5Pset_virtual(create, space, other, where, space) >= 0);
    made = H5Dcreate_anon(file, texts ? H5T_NATIVE_INT : type, space, create, H5P_DEFAULT);
    H5Pclose(create), H5Sclose(space), H5Tclose(type), H5Dclose(old);
    assert_true(made >= 0);
    return made;
}

/* Puts what is at `where` of the file elsewhere. Whether it can be. */
static bool put_away(const char *where, way how, const char *other)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5O_info_t info;
    hid_t made = -1;

    assert_true(file >= 0 && H5Oget_info_by_name(file, where, &info, H5P_DEFAULT) >= 0);
    if (how >= STORAGE && info.type != H5O_TYPE_DATASET) {
        H5Fclose(file);
        return false;
    }
    if (how >= STORAGE) made = elsewhere(file, where, how, other);
    assert_true(H5Ldelete(file, where, H5P_DEFAULT) >= 0);
    if (how >= STORAGE) {
        assert_true(H5Olink(made, file, where, H5P_DEFAULT, H5P_DEFAULT) >= 0);
        H5Dclose(made);
    } else if (how == LINK) {
        assert_true(H5Lcreate_external(other, where, file, where, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    } else {
        char by_way[256];

        snprintf(by_way, sizeof by_way, "/away/%s", where);
        assert_true(H5Lcreate_external(other, "/", file, "away", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft(by_way, file, where, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
    assert_true(H5Fclose(file) >= 0);
    return true;
}

static rml_status read_features(rml_error *err)
{
    rml_h5ad_reader *reader = NULL;
    rml_h5ad_text_column names = {0}, values = {0};
    int64_t n_rows, n_columns;
    double x[N * N];
    uint8_t reason[N * N];
    char *text = NULL;
    rml_status status = rml_h5ad_open(path, &reader, &n_rows, &n_columns, err);

    if (status != RML_OK) return status;
    status = rml_h5ad_read_rows(reader, 0, N, x, reason, err);
    if (status == RML_OK) status = rml_h5ad_columns(reader, "obs", &names, err);
    rml_h5ad_texts_free(&names);
    if (status == RML_OK) status = rml_h5ad_column_read(reader, "obs", "_index", &values, err);
    rml_h5ad_texts_free(&values);
    if (status == RML_OK) status = rml_h5ad_column_read(reader, "obs", "Age", &values, err);
    rml_h5ad_texts_free(&values);
    if (status == RML_OK) status = rml_h5ad_read_text(reader, "uns/radmill/version", &text, err);
    free(text);
    rml_h5ad_close(reader);
    return status;
}

static rml_status read_tree(rml_error *err)
{
    rml_h5_file *file = NULL;
    rml_h5_texts texts = {0};
    rml_h5_numbers numbers = {0};
    rml_status status = rml_h5_file_open(path, &file, err);

    if (status != RML_OK) return status;
    status = rml_h5_file_texts(file, "names", &texts, err);
    rml_h5_texts_free(&texts);
    if (status == RML_OK) status = rml_h5_file_numbers(file, "numbers", &numbers, err);
    rml_h5_numbers_free(&numbers);
    rml_h5_file_close(file);
    return status;
}

static void check(const char *where, void (*write)(const char *), rml_status (*read)(rml_error *))
{
    for (way how = LINK; how < N_WAYS; ++how)
        for (int of_pipe = 0; of_pipe <= 1; ++of_pipe) {
            char sentence[4600];
            rml_error err = {0};

            write(path);
            write(sound);
            assert_int_equal(read(NULL), RML_OK);
            if (!put_away(where, how, of_pipe ? pipe_path : sound)) continue;
            alarm(30); /* the end of a test that waits for the pipe's other end */
            assert_int_equal(read(&err), RML_EUNSUPPORTED);
            alarm(0);
            snprintf(sentence, sizeof sentence,
                     "%s: /%s %s other files, which are not opened; all was expected in the "
                     "file itself",
                     path, how == SOFT_LINK ? "away" : where, how >= STORAGE ? "has its values in" : "leads into");
            assert_string_equal(err.text, sentence);
        }
}

static void nothing_of_features_lies_elsewhere(void **state)
{
    static const char *const parts[] = {"X",       "layers", "layers/reason",      "obs", "var", "obs/_index",
                                        "obs/Age", "uns",    "uns/radmill/version"};

    (void)state;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; ++p) check(parts[p], write_features, read_features);
}

static void nothing_of_a_tree_lies_elsewhere(void **state)
{
    (void)state;
    check("names", write_tree, read_tree);
    check("numbers", write_tree, read_tree);
}

static int begin(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/a.h5", rml_test_folder());
    snprintf(sound, sizeof sound, "%s/b.h5", rml_test_folder());
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", rml_test_folder());
    return mkfifo(pipe_path, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_of_features_lies_elsewhere),
                                       cmocka_unit_test(nothing_of_a_tree_lies_elsewhere)};

    return cmocka_run_group_tests_name("io/hdf5_away", tests, begin, NULL);
}
