/* Text stays text in a page. Oracle: the five characters that HTML gives a meaning to (HTML standard, "Escaping a
 * string"), and UTF-8 as RFC 3629 has it. */
#include "io/html.h"
#include "tests/support/support.h"

static const struct {
    const char *text, *html;
} cases[] = {
    {"", ""},
    {"P0001", "P0001"},
    {"<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
    {"\" onload=\"x", "&quot; onload=&quot;x"},
    {"a&lt;b &amp; c", "a&amp;lt;b &amp;amp; c"},
    {"two\nlines\r\tand\x01\x7F", "two lines  and  "},
    {"Z\xC3\xBCrich \xE6\x97\xA5\xE6\x9C\xAC", "Z\xC3\xBCrich \xE6\x97\xA5\xE6\x9C\xAC"},
    {"bad \xFF\xC3 end\xE2\x82", "bad \xEF\xBF\xBD\xEF\xBF\xBD end\xEF\xBF\xBD\xEF\xBF\xBD"},
};

static void text_stays_text(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char *written = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&written, &n);

        assert_non_null(out);
        rml_html_text(out, cases[k].text);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(written, cases[k].html);
        free(written);
    }
}

static void printed_too(void **state)
{
    char *written = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&written, &n);

    (void)state;
    assert_non_null(out);
    rml_html_print(out, "%s of <%d>", "A&B", 3);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(written, "A&amp;B of &lt;3&gt;");
    free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_stays_text), cmocka_unit_test(printed_too)};

    return cmocka_run_group_tests_name("io/html", tests, NULL, NULL);
}
