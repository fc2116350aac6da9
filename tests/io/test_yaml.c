#include "tests/support/support.h"

#include "io/yaml.h"

static rml_status parse(const char *text, rml_yaml **tree, rml_error *err)
{
    return rml_yaml_parse(text, strlen(text), "t.yaml", tree, err);
}

/* Oracle: the YAML 1.2 specification, by hand. */
static void a_tree_is_read_with_its_lines(void **state)
{
    static const char text[] = "# a comment\n"
                               "one:\n"
                               "  - 1.5\n"
                               "  - \"2\"\n"
                               "  -\n"
                               "two: {a: yes, b: null}\n"
                               "three: ~\n"
                               "four: some words # and a comment\n"
                               "five: &x [1, 2]\n"
                               "six: *x\n"
                               "seven: |\n"
                               "  block\n"
                               "eight: ''\n";
    rml_yaml *tree;
    const rml_yaml *node;
    double number;
    bool truth;

    (void)state;
    assert_int_equal(parse(text, &tree, NULL), RML_OK);
    assert_int_equal(tree->kind, RML_YAML_MAP);
    assert_int_equal(tree->n, 8);
    node = rml_yaml_get(tree, "one");
    assert_int_equal(node->kind, RML_YAML_LIST);
    assert_int_equal(node->line, 2);
    assert_int_equal(node->n, 3);
    assert_true(rml_yaml_number(&node->child[0], &number) && number == 1.5);
    assert_int_equal(node->child[0].line, 3);
    assert_true(node->child[1].quoted);
    assert_string_equal(node->child[1].text, "2");
    assert_false(rml_yaml_number(&node->child[1], &number));
    assert_int_equal(node->child[2].kind, RML_YAML_NULL);
    node = rml_yaml_get(tree, "two");
    assert_int_equal(node->line, 6);
    assert_true(rml_yaml_truth(rml_yaml_get(node, "a"), &truth) && truth);
    assert_int_equal(rml_yaml_get(node, "b")->kind, RML_YAML_NULL);
    assert_null(rml_yaml_get(node, "c"));
    assert_int_equal(rml_yaml_get(tree, "three")->kind, RML_YAML_NULL);
    assert_string_equal(rml_yaml_get(tree, "four")->text, "some words");
    assert_string_equal(rml_yaml_get(tree, "four")->key, "four");
    assert_int_equal(rml_yaml_get(tree, "six")->n, 2);
    assert_int_equal(rml_yaml_get(tree, "six")->line, 10);
    assert_string_equal(rml_yaml_get(tree, "seven")->text, "block\n");
    assert_int_equal(rml_yaml_get(tree, "eight")->kind, RML_YAML_SCALAR);
    assert_null(rml_yaml_get(rml_yaml_get(tree, "four"), "x"));
    assert_null(rml_yaml_get(NULL, "x"));
    rml_yaml_free(tree);
}

static void nothing_is_a_null(void **state)
{
    static const char *const texts[] = {"", "# only a comment\n", "---\n", "\xEF\xBB\xBF", "~"};

    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; ++t) {
        rml_yaml *tree;

        assert_int_equal(parse(texts[t], &tree, NULL), RML_OK);
        assert_int_equal(tree->kind, RML_YAML_NULL);
        rml_yaml_free(tree);
    }
}

static void json_is_read(void **state)
{
    static const char text[] =
        "{\"setting\": {\"binWidth\": 5, \"on\": true},\n\t\"list\": [1, -2.5e1, \"1\", null]}\n";
    static const char *const names[] = {"p.json", "p.yaml"};

    (void)state;
    for (size_t k = 0; k < 2; ++k) {
        rml_yaml *tree;
        int64_t integer;
        double number;
        bool truth;
        const rml_yaml *list;

        assert_int_equal(rml_yaml_parse(text, sizeof text - 1, names[k], &tree, NULL), RML_OK);
        assert_true(rml_yaml_integer(rml_yaml_get(rml_yaml_get(tree, "setting"), "binWidth"), &integer) &&
                    integer == 5);
        assert_true(rml_yaml_truth(rml_yaml_get(rml_yaml_get(tree, "setting"), "on"), &truth) && truth);
        list = rml_yaml_get(tree, "list");
        assert_int_equal(list->line, 2);
        assert_true(rml_yaml_number(&list->child[1], &number) && number == -25);
        assert_false(rml_yaml_integer(&list->child[2], &integer));
        assert_int_equal(list->child[3].kind, RML_YAML_NULL);
        rml_yaml_free(tree);
    }
}

/* Oracle: YAML 1.2, section 10.3.2 (numbers and truth values of the core schema), and YAML 1.1's words of truth. */
static void scalars_are_what_they_look_like(void **state)
{
    static const struct {
        const char *text;
        bool number, integer, truth;
        double value;
    } known[] = {
        {"5", true, true, false, 5},
        {"-17", true, true, false, -17},
        {"+3", true, true, false, 3},
        {"0x1F", true, true, false, 31},
        {"0o17", true, true, false, 15},
        {"010", true, true, false, 10},
        {"1.5", true, false, false, 1.5},
        {".5", true, false, false, 0.5},
        {"5.", true, false, false, 5},
        {"1e3", true, false, false, 1000},
        {"1E-2", true, false, false, 0.01},
        {".inf", true, false, false, INFINITY},
        {"-.INF", true, false, false, -INFINITY},
        {".nan", true, false, false, NAN},
        {"9223372036854775807", true, true, false, 9223372036854775807.0},
        {"9223372036854775808", true, false, false, 9223372036854775808.0},
        {"true", false, false, true, 1},
        {"No", false, false, true, 0},
        {"OFF", false, false, true, 0},
        {"on", false, false, true, 1},
        {"tRUE", false, false, false, 0},
        {"y", false, false, false, 0},
        {"1,5", false, false, false, 0},
        {"1 2", false, false, false, 0},
        {"0x", false, false, false, 0},
        {"0b11", false, false, false, 0},
        {"1e", false, false, false, 0},
        {".", false, false, false, 0},
        {"+", false, false, false, 0},
        {"-", false, false, false, 0},
        {"inf", false, false, false, 0},
        {"nan", false, false, false, 0},
        {"0x1p3", false, false, false, 0},
        {"1_000", false, false, false, 0},
    };

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        const rml_yaml node = {.kind = RML_YAML_SCALAR, .text = known[k].text};
        const rml_yaml quoted = {.kind = RML_YAML_SCALAR, .text = known[k].text, .quoted = true};
        double number = 0;
        int64_t integer = 0;
        bool truth = false;

        assert_int_equal(rml_yaml_number(&node, &number), known[k].number);
        assert_int_equal(rml_yaml_integer(&node, &integer), known[k].integer);
        assert_int_equal(rml_yaml_truth(&node, &truth), known[k].truth);
        if (known[k].number) assert_close(number, known[k].value, 0, 0, known[k].text);
        if (known[k].integer) assert_close((double)integer, known[k].value, 0, 0, known[k].text);
        if (known[k].truth) assert_int_equal(truth, known[k].value);
        assert_false(rml_yaml_number(&quoted, &number));
        assert_false(rml_yaml_integer(&quoted, &integer));
        assert_false(rml_yaml_truth(&quoted, &truth));
    }
}

static void bad_files_are_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"a: 1\nb: 2\na: 3\n", "t.yaml line 3: \"a\" is already given on line 1"},
        {"a: {x: 1, y: 2, x: 3}\n", "t.yaml line 1: \"x\" is already given on line 1"},
        {"a: [1, 2\nb: c\n", "t.yaml line 3 column 1: not YAML: flow sequence without a closing bracket"},
        {"a:\n\tb: 5\n", "t.yaml line 2 column 1: not YAML: tab character may not be used as indentation"},
        {"\"open", "t.yaml line 1 column 2: not YAML: double-quoted scalar without closing quote"},
        {"a: &x [*x]\n", "t.yaml line 1: nested deeper than 32, or an anchor inside itself"},
        {"a: *x\n", "t.yaml line 1: an alias without its anchor"},
        {"a: 1\n---\nb: 1\n", "t.yaml: holds several YAML documents, expected one"},
        {"[a]: 1\n", "t.yaml line 1: a key that is not plain text"},
        {"a:\n  b: !colour red\n", "t.yaml line 2: tag !colour is not read here"},
        {"a: \xC3\n", "t.yaml line 1: a byte that is not UTF-8 text"},
        {"a: \"\\0\"\n", "t.yaml line 1: text with a zero byte"},
    };

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        rml_yaml *tree;
        rml_error err = {0};

        assert_int_equal(parse(bad[b].text, &tree, &err), RML_EFORMAT);
        assert_string_equal(err.text, bad[b].sentence);
    }
}

/* Ten anchors, each ten times the one before: 10^9 values from 500 bytes. */
static void laughter_is_bounded(void **state)
{
    char text[1024] = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
    rml_yaml *tree;
    rml_error err = {0};

    (void)state;
    for (int i = 1; i < 9; ++i) {
        char *end = text + strlen(text);

        end += sprintf(end, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; ++j) end += sprintf(end, "%s*a%d", j ? "," : "", i - 1);
        strcpy(end, "]\n");
    }
    assert_int_equal(parse(text, &tree, &err), RML_EFORMAT);
    assert_string_equal(err.text, "t.yaml line 5: its aliases (*name) stand for more than 1052016 bytes of values, "
                                  "expected no more from a file of its size");
}

/* One long text, and aliases of it beyond what a file of that size may hold; half as many are read. */
static void copies_are_bounded(void **state)
{
    enum { LONG = 100000, ALIASES = 20 };
    char *text = malloc(LONG + 200);
    rml_yaml *tree;
    rml_error err = {0};

    (void)state;
    for (int n = ALIASES; n >= ALIASES / 4; n /= 4) {
        char *end = text + sprintf(text, "a: &a ");

        memset(end, 'x', LONG);
        end += LONG;
        end += sprintf(end, "\nb: [");
        for (int i = 0; i < n; ++i) end += sprintf(end, "%s*a", i ? "," : "");
        strcpy(end, "]\n");
        if (n == ALIASES) {
            assert_int_equal(parse(text, &tree, &err), RML_EFORMAT);
            assert_non_null(strstr(err.text, "t.yaml line 2: its aliases (*name) stand for more than "));
        } else {
            assert_int_equal(parse(text, &tree, NULL), RML_OK);
            assert_int_equal(tree->child[1].n, n);
            assert_string_equal(tree->child[1].child[n - 1].text, tree->child[0].text);
            rml_yaml_free(tree);
        }
    }
    free(text);
}

/* libfyaml's time goes with the square of their number. As letters of a text they do not count. */
static void references_are_counted(void **state)
{
    enum { MOST = 1000 };
    char text[8 * MOST];
    rml_yaml *tree;
    rml_error err = {0};

    (void)state;
    for (int n = MOST; n <= MOST + 1; ++n) { /* an anchor a line, and one alias */
        char *end = text;

        for (int i = 1; i < n; ++i) end += sprintf(end, "- &a 1\n");
        sprintf(end, "- *a\n");
        if (n == MOST) {
            assert_int_equal(parse(text, &tree, NULL), RML_OK);
            assert_int_equal(tree->n, n);
            rml_yaml_free(tree);
        } else {
            assert_int_equal(parse(text, &tree, &err), RML_EFORMAT);
            assert_string_equal(err.text, "t.yaml line 1001: more than 1000 anchors and aliases (&name, *name), "
                                          "expected a few");
        }
    }
    memset(text, '*', sizeof text);
    memcpy(text, "a: '", 4);
    strcpy(text + sizeof text - 2, "'");
    assert_int_equal(parse(text, &tree, NULL), RML_OK);
    rml_yaml_free(tree);
    text[0] = '\0';
    for (int i = 0; i < 101; ++i) sprintf(text + strlen(text), "%%TAG !e%d! t:\r", i);
    assert_int_equal(parse(text, &tree, &err), RML_EFORMAT);
    assert_string_equal(err.text, "t.yaml: more than 100 times %TAG, expected no tags of its own");
}

static void depth_is_bounded(void **state)
{
    char text[4001];
    rml_yaml *tree;
    rml_error err = {0};

    (void)state;
    memset(text, '[', 2000);
    memset(text + 2000, ']', 2000);
    text[4000] = '\0';
    assert_int_equal(parse(text, &tree, &err), RML_EFORMAT);
}

/* Cut or changed anywhere, a file is a tree or a sentence. */
static void mutations_do_no_harm(void **state)
{
    static const char text[] = "a: &x {b: [1, 'two', \"three\"], c: *x}\nd: |\n  text\n? e\n: f\n- g\n";
    uint64_t seed = 11;

    (void)state;
    for (int i = 0; i < 2000; ++i) {
        char changed[sizeof text];
        const size_t n = rml_test_random(&seed) % sizeof text;
        rml_yaml *tree;
        rml_error err = {0};

        memcpy(changed, text, sizeof text);
        for (int m = 0; m < i % 4; ++m)
            changed[rml_test_random(&seed) % (sizeof text - 1)] = text[rml_test_random(&seed) % (sizeof text - 1)];
        changed[n] = '\0';
        if (rml_yaml_parse(changed, n, "t.yaml", &tree, &err) == RML_OK)
            rml_yaml_free(tree);
        else
            assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_read_with_its_lines),
        cmocka_unit_test(nothing_is_a_null),
        cmocka_unit_test(json_is_read),
        cmocka_unit_test(scalars_are_what_they_look_like),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(laughter_is_bounded),
        cmocka_unit_test(copies_are_bounded),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(mutations_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
