#include "io/hdf5_watch.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { N_SIGNALS = 6, STACK_BYTES = 1 << 16, STATUS = 3 }; /* the status: "could not go on", see jobs/main.c */

static const int number[N_SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGVTALRM};
static const int64_t least_memory = (int64_t)256 << 20; /* what HDF5 may take for itself */
static const int64_t most_a_byte = 1100;                /* that deflate makes of one: io/h5ad_read.c */

static struct sigaction before[N_SIGNALS];
static stack_t stack_before;
static struct rlimit limit_before;
static bool limited;
static const char *watched;

static void put(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void end(int which)
{
    put("radmill: ");
    put(watched);
    put(which == SIGVTALRM ? ": damaged: the HDF5 library does not come to an end of it\n"
                           : ": damaged: the HDF5 library died of it\n");
    _exit(STATUS);
}

/* What counts against RLIMIT_DATA now; 0 when the system does not say. */
static int64_t data_bytes(void)
{
    enum { PLACE = 6 }; /* in the line, from 1 */
    FILE *file = fopen("/proc/self/statm", "r");
    char line[256], *at = line;
    long long pages = 0;

    if (!file) return 0;
    if (!fgets(line, sizeof line, file)) line[0] = '\0';
    fclose(file);
    for (int place = 1; place <= PLACE; ++place) pages = strtoll(at, &at, 10);
    return pages * sysconf(_SC_PAGESIZE);
}

static void limit_memory(int64_t n_bytes)
{
    const int64_t now = data_bytes(), room = least_memory + n_bytes * most_a_byte;
    struct rlimit limit;

    limited = now > 0 && getrlimit(RLIMIT_DATA, &limit_before) == 0 &&
              (limit_before.rlim_cur == RLIM_INFINITY || limit_before.rlim_cur > (rlim_t)(now + room));
    if (!limited) return;
    limit = limit_before;
    limit.rlim_cur = (rlim_t)(now + room);
    limited = setrlimit(RLIMIT_DATA, &limit) == 0;
}

void rml_hdf5_watch(const char *path, int64_t n_bytes)
{
    static char own[STACK_BYTES]; /* a stack that has overflowed holds no handler */
    const stack_t stack = {.ss_sp = own, .ss_size = sizeof own};
    const struct itimerval time = {.it_value.tv_sec = (time_t)(4 + n_bytes / 20000000)};
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_ONSTACK | SA_RESETHAND};

    watched = path;
    sigemptyset(&action.sa_mask);
    sigaltstack(&stack, &stack_before);
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(number[s], &action, &before[s]);
    setitimer(ITIMER_VIRTUAL, &time, NULL);
    limit_memory(n_bytes);
}

void rml_hdf5_unwatch(void)
{
    const struct itimerval none = {.it_value = {0}};

    if (limited) setrlimit(RLIMIT_DATA, &limit_before);
    setitimer(ITIMER_VIRTUAL, &none, NULL);
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(number[s], &before[s], NULL);
    sigaltstack(&stack_before, NULL);
}
