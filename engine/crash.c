#include "engine/crash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A crash record is text: "signal 11", then "key" and 32 hexadecimal digits a unit. */

enum { STACK_BYTES = 1 << 16 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
enum { N_SIGNALS = sizeof signals / sizeof signals[0] };

typedef struct units {
    const rml_key *keys;
    int32_t n_keys;
} units;

static struct sigaction before[N_SIGNALS];
static char record_path[4096];
static bool watching;
static atomic_flag writing = ATOMIC_FLAG_INIT;
static atomic_bool written;
static _Thread_local volatile units mine;
/* The last thread to begin a task, for crashes elsewhere. Two words that are not read together as one: the count is
 * cleared first and set last. */
static const rml_key *_Atomic last_keys;
static _Atomic int32_t n_last_keys;

/* 1. In the handler: nothing but what POSIX calls async-signal-safe. */

static char *put_text(char *at, const char *text)
{
    while (*text) *at++ = *text++;
    return at;
}

static char *put_hex(char *at, uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4) *at++ = "0123456789abcdef"[(value >> shift) & 15];
    return at;
}

static void write_record(int number)
{
    char line[64], *at = put_text(line, "signal ");
    const rml_key *keys = mine.keys;
    int32_t n_keys = mine.n_keys;
    bool whole;
    const int fd = open(record_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0) return;
    if (n_keys == 0) {
        n_keys = atomic_load(&n_last_keys);
        keys = atomic_load(&last_keys);
    }
    if (number >= 10) *at++ = (char)('0' + number / 10);
    *at++ = (char)('0' + number % 10);
    *at++ = '\n';
    whole = write(fd, line, (size_t)(at - line)) == at - line;
    for (int32_t k = 0; whole && k < n_keys; ++k) {
        at = put_hex(put_hex(put_text(line, "key "), keys[k].high), keys[k].low);
        *at++ = '\n';
        whole = write(fd, line, (size_t)(at - line)) == at - line;
    }
    fsync(fd);
    close(fd);
}

/* What ends this thread ends the process: another one that is writing is let finish. One that never does, on a disk
 * that does not answer, is not waited for longer. */
static void wait_for_record(void)
{
    enum { TRIES = 100, NAP = 10 }; /* ms: 1 s together */

    for (int n = 0; n < TRIES && !atomic_load(&written); ++n) (void)poll(NULL, 0, NAP);
}

static void on_crash(int number)
{
    if (atomic_flag_test_and_set(&writing)) {
        wait_for_record();
    } else {
        write_record(number);
        atomic_store(&written, true);
    }
    for (int s = 0; s < N_SIGNALS; ++s)
        if (signals[s] == number) sigaction(number, &before[s], NULL);
    raise(number); /* blocked while the handler runs: it comes as soon as this returns */
}

/* 2. Around it */

rml_status rml_crash_watch(const char *folder, int rank, rml_error *err)
{
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};

    if (snprintf(record_path, sizeof record_path, "%s/crash.%d", folder, rank) >= (int)sizeof record_path)
        return rml_fail(err, RML_EIO, "%s: the path is too long", folder);
    sigfillset(&action.sa_mask);
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(signals[s], &action, &before[s]);
    watching = true;
    return RML_OK;
}

void rml_crash_unwatch(void)
{
    if (!watching) return;
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(signals[s], &before[s], NULL);
    watching = false;
    atomic_store(&n_last_keys, 0);
}

typedef struct crash_stack {
    stack_t before;
    char bytes[STACK_BYTES];
} crash_stack;

void *rml_crash_stack_init(void)
{
    crash_stack *stack = malloc(sizeof *stack);
    stack_t mine_now;

    if (!stack) return NULL;
    mine_now = (stack_t){.ss_sp = stack->bytes, .ss_size = sizeof stack->bytes};
    if (sigaltstack(&mine_now, &stack->before) == 0) return stack;
    free(stack);
    return NULL;
}

void rml_crash_stack_free(void *memory)
{
    crash_stack *stack = memory;

    if (!stack) return;
    sigaltstack(&stack->before, NULL); /* a sanitizer takes its own stack apart when the thread ends */
    free(stack);
}

void rml_crash_units(const rml_key *keys, int32_t n_keys)
{
    mine.n_keys = 0;
    atomic_store(&n_last_keys, 0);
    mine.keys = keys;
    atomic_store(&last_keys, keys);
    mine.n_keys = n_keys;
    atomic_store(&n_last_keys, n_keys);
}

/* 3. The next run reads them */

static bool is_crash_record(const char *name, int32_t *rank)
{
    int end = 0;

    /* NOLINTNEXTLINE(cert-err34-c): names of ours; a number too large is no rank of this run either way */
    return sscanf(name, "crash.%" SCNd32 "%n", rank, &end) == 1 && name[end] == '\0';
}

/* A record that was cut short counts with the keys that are whole. */
static rml_status read_one(const char *path, rml_crash *crash, rml_error *err)
{
    FILE *file = fopen(path, "re");
    char line[64];
    rml_key key;

    if (!file) return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    /* NOLINTBEGIN(cert-err34-c): the widths rule out what sscanf would not report */
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "signal %9" SCNd32, &crash->signal) == 1) continue;
        if (strlen(line) != 4 + 32 + 1 || sscanf(line, "key %16" SCNx64 "%16" SCNx64, &key.high, &key.low) != 2) break;
        rml_key *keys = realloc(crash->keys, (size_t)(crash->n_keys + 1) * sizeof *keys);
        if (!keys) {
            fclose(file);
            return rml_fail(err, RML_ENOMEM, "%s: out of memory", path);
        }
        crash->keys = keys;
        keys[crash->n_keys++] = key;
    }
    /* NOLINTEND(cert-err34-c) */
    fclose(file);
    return RML_OK;
}

rml_status rml_crash_read(const char *folder, rml_crash **crashes, int32_t *n, rml_error *err)
{
    DIR *listing = opendir(folder);
    rml_crash *found = NULL;
    int32_t n_found = 0, rank;
    rml_status status = RML_OK;
    char path[4096];

    if (!listing) return rml_fail(err, RML_EIO, "%s: cannot be listed: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        rml_crash *grown;

        if (!is_crash_record(entry->d_name, &rank)) continue;
        grown = realloc(found, (size_t)(n_found + 1) * sizeof *grown);
        if (!grown) {
            status = rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
            goto done;
        }
        found = grown;
        found[n_found++] = (rml_crash){.rank = rank};
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) {
            status = rml_fail(err, RML_EIO, "%s: the path is too long", folder);
            goto done;
        }
        status = read_one(path, &found[n_found - 1], err);
        if (status != RML_OK) goto done;
    }
    *crashes = found;
    *n = n_found;
    found = NULL;
done:
    rml_crash_free(found, n_found);
    closedir(listing);
    return status;
}

rml_status rml_crash_remove(const char *folder, rml_error *err)
{
    DIR *listing = opendir(folder);
    rml_status status = RML_OK;
    int32_t rank;

    if (!listing) return rml_fail(err, RML_EIO, "%s: cannot be listed: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(listing); entry && status == RML_OK; entry = readdir(listing))
        if (is_crash_record(entry->d_name, &rank) && unlinkat(dirfd(listing), entry->d_name, 0) != 0)
            status = rml_fail(err, RML_EIO, "%s/%s: cannot be removed: %s", folder, entry->d_name, strerror(errno));
    closedir(listing);
    return status;
}

void rml_crash_free(rml_crash *crashes, int32_t n)
{
    if (!crashes) return;
    for (int32_t c = 0; c < n; ++c) free(crashes[c].keys);
    free(crashes);
}
