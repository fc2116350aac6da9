/* Oracle: arithmetic in the head. */
#include "tests/support/support.h"

#include <fcntl.h>
#include <unistd.h>

#include "engine/log.h"
#include "engine/progress.h"

static void line_says_how_far(void **state)
{
    rml_progress progress = {.noun = "cases", .total = 400, .before = 100, .cost = 1000.0, .start = 50.0};
    char line[200];
    (void)state;

    rml_progress_line(&progress, 50.0, line, sizeof line);
    assert_string_equal(line, "100/400 cases");
    progress.done = 28;
    progress.failed = 2;
    progress.cost_ended = 250.0;
    rml_progress_line(&progress, 60.0, line, sizeof line); /* 30 in 10 s; a quarter of the cost, so 30 s more */
    assert_string_equal(line, "130/400 cases, 3 a second, 30 s left, 2 failed");
    progress.cost = 0.0; /* unknown: by the count, a tenth */
    rml_progress_line(&progress, 60.0, line, sizeof line);
    assert_string_equal(line, "130/400 cases, 3 a second, 90 s left, 2 failed");
    rml_progress_line(&progress, 50.0 + 3600.0, line, sizeof line);
    assert_string_equal(line, "130/400 cases, 0.00833 a second, 9 h 00 min left, 2 failed");
}

/* Off a terminal: nothing before 30 s, then a line to stderr and to the log; the log has it when quiet as well. */
static void plain_lines_come_every_30_seconds(void **state)
{
    const char *folder = rml_test_folder();
    char path[4200], text[4096] = "";
    rml_progress progress = {.noun = "cases", .total = 9};
    const int kept = dup(STDERR_FILENO);
    FILE *file;
    (void)state;

    assert_int_equal(rml_log_open(folder, NULL), RML_OK);
    snprintf(path, sizeof path, "%s/stderr", folder);
    assert_non_null(freopen(path, "w", stderr));
    rml_progress_begin(&progress, 100.0);
    for (double now = 100.0; now <= 165.0; now += 0.5) rml_progress_show(&progress, now);
    progress.quiet = true;
    for (double now = 165.0; now <= 195.0; now += 0.5) rml_progress_show(&progress, now);
    rml_progress_end(&progress);
    rml_log(RML_LOG_BOTH, "a\nb");
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rml_log_close();
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_string_equal(text, "radmill: 0/9 cases\nradmill: 0/9 cases\nradmill: a b\n");
    snprintf(path, sizeof path, "%s/log", folder);
    file = fopen(path, "r");
    assert_non_null(file);
    for (int l = 0; l < 4; ++l) {
        assert_non_null(fgets(text, sizeof text, file));
        assert_string_equal(strchr(text, ' '), l < 3 ? " 0/9 cases\n" : " a b\n");
    }
    assert_null(fgets(text, sizeof text, file));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_says_how_far),
        cmocka_unit_test(plain_lines_come_every_30_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
