/* Oracle: what the test itself wrote into the lock, and whether it holds it. */
#include "tests/support/support.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal.h"
#include "engine/lock.h"

static char folder[4200], path[4300], holder[320];

static rml_lock_seen look(void)
{
    return rml_lock_look(folder, holder, sizeof holder);
}

static void write_lock(const char *line, int age)
{
    const struct timespec then[2] = {{time(NULL) - age, 0}, {time(NULL) - age, 0}};
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(line, file);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

static void a_run_holds_it_until_it_ends(void **state)
{
    rml_journal *journal = NULL;
    rml_error err = {0};
    char name[64], host[256] = "";
    (void)state;

    assert_int_equal(look(), RML_LOCK_FREE); /* no such file */
    if (rml_journal_open(folder, "program: test\n", false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(look(), RML_LOCK_HELD);
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "process %ld on ", (long)getpid());
    assert_memory_equal(holder, name, strlen(name));
    assert_memory_equal(holder + strlen(name), host, strlen(host));
    assert_int_equal(look(), RML_LOCK_HELD); /* looking takes nothing */
    rml_journal_close(journal);
    assert_int_equal(look(), RML_LOCK_FREE);
    assert_string_equal(holder, "");
}

/* Where the kernel's locks are each host's own, the file alone tells. */
static void a_file_of_another_host_is_believed_for_a_minute(void **state)
{
    struct stat before, after;
    char own[400], host[256] = "";
    (void)state;

    write_lock("process 12 on some-other-node, job 34\n", 5);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(look(), RML_LOCK_HELD);
    assert_string_equal(holder, "process 12 on some-other-node, job 34");
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    write_lock("process 12 on some-other-node\n", 90);
    assert_int_equal(look(), RML_LOCK_FREE);
    gethostname(host, sizeof host - 1);
    snprintf(own, sizeof own, "process %d on %s\n", INT_MAX, host); /* there is none */
    write_lock(own, 5);
    assert_int_equal(look(), RML_LOCK_FREE);
    snprintf(own, sizeof own, "process %ld on %s\n", (long)getpid(), host); /* lives, if without the kernel's lock */
    write_lock(own, 5);
    assert_int_equal(look(), RML_LOCK_HELD);
    write_lock(own, 90);
    assert_int_equal(look(), RML_LOCK_FREE);
    write_lock("something else\n", 5);
    assert_int_equal(look(), RML_LOCK_HELD); /* as one would see it who wants to take it */
    write_lock("something else\n", 90);
    assert_int_equal(look(), RML_LOCK_FREE);
    write_lock("", 5);
    assert_int_equal(look(), RML_LOCK_FREE);
    assert_int_equal(unlink(path) + mkfifo(path, 0666), 0);
    alarm(60); /* where it is waited for */
    assert_int_equal(look(), RML_LOCK_UNKNOWN);
    alarm(0);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_holds_it_until_it_ends),
        cmocka_unit_test(a_file_of_another_host_is_believed_for_a_minute),
    };

    snprintf(folder, sizeof folder, "%s/run", rml_test_folder());
    snprintf(path, sizeof path, "%s/lock", folder);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
