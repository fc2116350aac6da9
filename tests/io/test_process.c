/* Oracle: what the shell's own commands are known to do. */
#include "tests/support/support.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/process.h"

static rml_status run(const char *script, int seconds, char **folder, rml_error *err)
{
    const char *const argument[] = {"sh", "-c", script, NULL};

    *err = (rml_error){0};
    assert_int_equal(rml_process_folder(folder, err), RML_OK);
    return rml_process_run(argument, *folder, seconds, err);
}

static void it_ends_as_the_program_does(void **state)
{
    const char *const nothing[] = {"radmill-has-no-such-program", NULL};
    char *folder = NULL;
    rml_error err;
    (void)state;

    assert_int_equal(run("exit 0", 60, &folder, &err), RML_OK);
    assert_int_equal(rml_process_run(nothing, folder, 60, &err), RML_EMISSING);
    rml_process_folder_remove(folder);
    assert_int_equal(run("echo first >&2; echo line 3: wrong >&2; exit 5", 60, &folder, &err), RML_EIO);
    assert_string_equal(err.text, "sh failed (status 5); it said: line 3: wrong");
    rml_process_folder_remove(folder);
    assert_int_equal(run("kill -9 $$", 60, &folder, &err), RML_EIO);
    assert_non_null(strstr(err.text, "sh failed (signal 9)"));
    rml_process_folder_remove(folder);
    assert_int_equal(run("sleep 0.3", 60, &folder, &err), RML_OK); /* longer than the first looks */
    rml_process_folder_remove(folder);
}

/* Whether it is killed within 20 s: by whom it began, it is init's to ask after, at some time. */
static bool ends(long process)
{
    const struct timespec pause = {0, 50000000};
    char path[64], line[512];

    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    for (int look = 0; look < 400; ++look) {
        FILE *file = kill((pid_t)process, 0) == 0 ? fopen(path, "r") : NULL;
        const bool there = file && fgets(line, sizeof line, file) && !strstr(line, ") Z ");

        if (file) fclose(file);
        if (!there) return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* The number that a program wrote into FOLDER/started, once it has. */
static long started_in(const char *folder)
{
    const struct timespec pause = {0, 20000000};
    char path[4200], line[64] = "";

    snprintf(path, sizeof path, "%s/started", folder);
    for (int look = 0; look < 1000 && !strchr(line, '\n'); ++look) {
        FILE *file = fopen(path, "r");

        if (!file || !fgets(line, sizeof line, file)) nanosleep(&pause, NULL);
        if (file) fclose(file);
    }
    return strtol(line, NULL, 10);
}

/* What it has started goes with it. */
static void it_does_not_wait_for_ever(void **state)
{
    char *folder = NULL;
    struct timespec begin, end;
    rml_error err;
    long started;
    (void)state;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(run("sleep 60 & echo $! >started; wait", 1, &folder, &err), RML_EIO);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_string_equal(err.text, "sh had not ended after 1 s and was killed");
    assert_in_range(end.tv_sec - begin.tv_sec, 1, 40); /* of a sleep of 60, on whatever machine */
    started = started_in(folder);
    assert_true(started > 1 && ends(started));
    rml_process_folder_remove(folder);
}

/* Ctrl-C reaches radmill alone. */
static void it_ends_with_its_parent(void **state)
{
    char *folder = NULL;
    rml_error err = {0};
    long started;
    int wait_status;
    pid_t child;
    (void)state;

    assert_int_equal(rml_process_folder(&folder, &err), RML_OK);
    child = fork();
    if (child == 0) {
        const char *const argument[] = {"sh", "-c", "echo $$ >started; exec sleep 60", NULL};

        _exit(rml_process_run(argument, folder, 50, &err) == RML_OK ? 0 : 1);
    }
    started = started_in(folder);
    kill(child, SIGINT);
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(started > 1 && ends(started));
    rml_process_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_as_the_program_does),
        cmocka_unit_test(it_does_not_wait_for_ever),
        cmocka_unit_test(it_ends_with_its_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
