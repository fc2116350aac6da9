#include "tests/support/support.h"

#include "jobs/nearest.h"

static const char *const words[] = {"binWidth", "binCount", "label", "label_channel", "normalize", "normalizeScale"};

/* Oracle: distances counted by hand. */
static void the_nearest_is_found(void **state)
{
    static const struct {
        const char *text, *nearest;
    } known[] = {{"binWidth", "binWidth"},
                 {"binwidth", "binWidth"},   /* 0 without case */
                 {"bniWidth", "binWidth"},   /* one swap */
                 {"binWidht", "binWidth"},   /* one swap at the end */
                 {"bin_width", "binWidth"},  /* one insertion */
                 {"lable", "label"},         /* one swap */
                 {"alble", "label"},         /* two swaps, the most allowed */
                 {"labels", "label"},        /* one insertion */
                 {"normalise", "normalize"}, /* one substitution */
                 {"normaliseScale", "normalizeScale"},
                 {"binXxxxx", NULL}, /* 5 of 8 wrong */
                 {"x", NULL},
                 {"", NULL},
                 {"completelyDifferent", NULL}};

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        const char *nearest = rml_nearest(known[k].text, words, 6);

        if (known[k].nearest)
            assert_string_equal(nearest, known[k].nearest);
        else
            assert_null(nearest);
    }
}

static void ties_go_to_the_first(void **state)
{
    static const char *const tied[] = {"glrlm", "glszm"};

    (void)state;
    assert_string_equal(rml_nearest("glxxm", tied, 2), "glrlm");
    assert_null(rml_nearest("glcm", tied, 0));
}

static void long_words_do_no_harm(void **state)
{
    char text[5000];
    const char *const known[] = {text, "label"};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(rml_nearest(text, words, 6));
    assert_string_equal(rml_nearest("labl", known, 2), "label");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_is_found),
        cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(long_words_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
