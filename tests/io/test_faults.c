#include "tests/support/support.h"

#include "io/faults.h"

static rml_status note(rml_faults *faults, int64_t line, rml_error *err)
{
    rml_error why = {0};

    (void)rml_fail(&why, RML_EFORMAT, "c.csv line %lld: bad", (long long)line);
    return rml_faults_add(faults, line, &why, err);
}

/* Oracle: lines 1 .. N, noted by several readers one after the other, each in the order of the file. */
static void the_first_lines_are_kept_in_order(void **state)
{
    static const struct {
        int64_t n, stride; /* reader k notes k, k + stride, ... from the last to the first */
    } cases[] = {{1, 1}, {7, 3}, {RML_FAULTS_MOST, 1}, {RML_FAULTS_MOST + 1, 1}, {RML_FAULTS_MOST + 1, 2}, {3333, 5}};

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        const int64_t n = cases[c].n, kept = n < RML_FAULTS_MOST ? n : RML_FAULTS_MOST;
        rml_faults faults = {0};
        char text[64];

        for (int64_t k = cases[c].stride; k > 0; --k)
            for (int64_t line = k; line <= n; line += cases[c].stride)
                assert_int_equal(note(&faults, line, NULL), RML_OK);
        assert_int_equal(faults.n, n);
        assert_int_equal(faults.n_kept, kept);
        for (int64_t f = 0; f < kept; ++f) {
            assert_int_equal(faults.kept[f].line, f + 1);
            snprintf(text, sizeof text, "c.csv line %lld: bad", (long long)f + 1);
            assert_string_equal(faults.kept[f].why.text, text);
        }
        rml_faults_free(&faults);
        assert_null(faults.kept);
    }
}

static void they_come_to_a_sentence(void **state)
{
    rml_faults faults = {0};
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_faults_end(NULL, "c.csv", &err), RML_OK);
    assert_int_equal(rml_faults_end(&faults, "c.csv", &err), RML_OK);
    assert_int_equal(note(&faults, 4, &err), RML_OK);
    assert_int_equal(err.status, RML_OK);
    assert_int_equal(rml_faults_end(&faults, "c.csv", &err), RML_EFORMAT);
    assert_int_equal(err.status, RML_EFORMAT);
    assert_string_equal(err.text, "c.csv line 4: bad");
    assert_int_equal(faults.n, 0); /* or it would be said twice */
    assert_int_equal(faults.n_kept, 0);
    for (int64_t line = 1; line <= 1234; ++line) assert_int_equal(note(&faults, line, NULL), RML_OK);
    assert_int_equal(rml_faults_end(&faults, "c.csv", &err), RML_ESETTING);
    assert_string_equal(err.text, "c.csv: 1234 lines are wrong");
    assert_int_equal(faults.n_kept, RML_FAULTS_MOST);
    rml_faults_free(&faults);
}

static void some_end_the_reading(void **state)
{
    const rml_error memory = {.status = RML_ENOMEM, .text = "no memory"};
    rml_faults faults = {0};
    rml_error err = {0};

    (void)state;
    assert_int_equal(note(NULL, 9, NULL), RML_EFORMAT);
    assert_int_equal(note(NULL, 9, &err), RML_EFORMAT);
    assert_string_equal(err.text, "c.csv line 9: bad");
    assert_int_equal(rml_faults_add(&faults, 9, &memory, &err), RML_ENOMEM);
    assert_string_equal(err.text, "no memory");
    assert_int_equal(faults.n, 0);
    rml_faults_free(&faults);
    rml_faults_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_lines_are_kept_in_order),
        cmocka_unit_test(they_come_to_a_sentence),
        cmocka_unit_test(some_end_the_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
