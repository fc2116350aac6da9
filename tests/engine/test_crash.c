/* Oracle: the keys that the crashing thread was given. */
#include "tests/support/support.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/crash.h"

enum { N_KEYS = 3 };

static const rml_key keys[N_KEYS] = {{1, 2}, {3, 4}, {5, 6}};
static volatile sig_atomic_t slow, begun; /* a record is written slowly, and has begun to be */

/* The C library's, in its place: where the first of two crashes writes, the second one has time to happen. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    const struct timespec pause = {0, 50000000};

    if (slow) {
        begun = 1;
        nanosleep(&pause, NULL);
    }
    return syscall(SYS_write, fd, bytes, n);
}

static void *crash(void *context)
{
    (void)context;
    rml_crash_units(keys, N_KEYS);
    slow = 1;
    raise(SIGSEGV);
    return NULL;
}

/* A thread that crashes while another one writes its record ends the process: not before the record is whole. */
static void a_second_crash_waits_for_the_first(void **state)
{
    const struct rlimit no_core = {0, 0};
    char folder[4200];
    rml_crash *crashes = NULL;
    rml_error err = {0};
    int32_t n;
    int wait_status;
    pid_t child;
    (void)state;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* whose own handlers end the process */
#endif
    snprintf(folder, sizeof folder, "%s/run", rml_test_folder());
    assert_int_equal(mkdir(folder, 0777), 0);
    child = fork();
    if (child == 0) {
        const struct timespec pause = {0, 1000000};
        pthread_t first;

        alarm(60);
        setrlimit(RLIMIT_CORE, &no_core);
        for (int number = 1; number < 32; ++number) signal(number, SIG_DFL); /* cmocka catches some */
        if (rml_crash_watch(folder, 0, &err) != RML_OK) _exit(1);
        if (pthread_create(&first, NULL, crash, NULL) != 0) _exit(2);
        while (!begun) nanosleep(&pause, NULL);
        raise(SIGBUS);
        _exit(3);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFSIGNALED(wait_status));
    if (rml_crash_read(folder, &crashes, &n, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(n, 1);
    assert_int_equal(crashes[0].signal, SIGSEGV);
    assert_int_equal(crashes[0].n_keys, N_KEYS);
    assert_memory_equal(crashes[0].keys, keys, sizeof keys);
    rml_crash_free(crashes, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_second_crash_waits_for_the_first)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
