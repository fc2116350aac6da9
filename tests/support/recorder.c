/* Loaded before the C library (LD_PRELOAD), writes down what a run asks of the disk, in its order, and refuses a sync
 * where told to. Of the environment:
 *
 *   RECORDER_TRACE   one line an event goes there
 *   RECORDER_FOLDER  what is recorded: files in it, by their real paths, and the folder itself
 *   RECORDER_FAIL    "K PATTERN": the Kth sync of a path in the folder ("." is itself) fails with EIO and does nothing
 *   RECORDER_AFTER   for K those syncs alone count that come after a rename to this path in the folder
 *   RECORDER_PAUSE   milliseconds that a sync of a file "journal" takes more
 *
 *   RECORDER_TOUCH   "K PATH": the Kth stat of this path says another time, as of a file that is written and put back
 *
 * A sync that failed once succeeds from then on, as on Linux.
 *
 * Events, each with words between tabs, the path last (of a rename both):
 *
 *   w BEGIN N PATH        about to write N bytes at BEGIN (positioned writes, as journal and HDF5 make them)
 *   s NUMBER SIZE HASH PATH   about to be synced: how long the file is, and FNV-1a of its bytes; of a folder 0 0
 *   S NUMBER ERRNO PATH   and it is through
 *   r SIZE HASH FROM TO   about to be renamed
 *   t TEXT                about to be printed on the standard error output, which the run takes for a terminal */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_int n_syncs, n_matching, n_looks;
static atomic_bool is_after;
static atomic_int trace_fd = -1;

/* Past the functions below, which record. */
static void put_line(const char *format, ...)
{
    char line[3 * PATH_MAX];
    va_list arguments;
    int n;

    if (atomic_load(&trace_fd) < 0) {
        const char *path = getenv("RECORDER_TRACE");
        int expected = -1;
        const int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;

        if (fd < 0) return;
        if (!atomic_compare_exchange_strong(&trace_fd, &expected, fd)) close(fd);
    }
    va_start(arguments, format);
    n = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (syscall(SYS_write, atomic_load(&trace_fd), line, (size_t)n) != n) abort();
}

/* By its real path. */
static bool is_watched(const char *path)
{
    const char *folder = getenv("RECORDER_FOLDER");
    const size_t n = folder ? strlen(folder) : 0;

    return n > 0 && strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool path_of(int fd, char path[PATH_MAX])
{
    char link[64];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, PATH_MAX - 1);
    if (n < 0) return false;
    path[n] = '\0';
    return is_watched(path);
}

static bool real_path(const char *name, char path[PATH_MAX])
{
    char copy[PATH_MAX], *slash;

    snprintf(copy, sizeof copy, "%s", name);
    slash = strrchr(copy, '/');
    if (slash) *slash = '\0';
    if (!realpath(slash ? copy : ".", path)) return false;
    if (strlen(path) + strlen(slash ? slash + 1 : copy) + 2 > PATH_MAX) return false;
    strcat(strcat(path, "/"), slash ? slash + 1 : copy);
    return is_watched(path);
}

/* Opened anew: fd need not be readable. */
static void look(const char *path, long long *size, uint64_t *hash)
{
    unsigned char bytes[1 << 14];
    const int fd = getenv("RECORDER_TRACE") ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct stat info;
    ssize_t n;

    *size = 0;
    *hash = 0;
    if (fd < 0) return;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *hash = 0xcbf29ce484222325u;
        while ((n = read(fd, bytes, sizeof bytes)) > 0) {
            for (ssize_t b = 0; b < n; ++b) *hash = (*hash ^ bytes[b]) * 0x100000001b3u;
            *size += n;
        }
    }
    close(fd);
}

/* Of a watched path. */
static const char *within(const char *path)
{
    const char *folder = getenv("RECORDER_FOLDER");
    const size_t n = folder ? strlen(folder) : 0;

    return path[n] ? path + n + 1 : ".";
}

static bool is_to_fail(const char *path)
{
    const char *fail = getenv("RECORDER_FAIL"), *pattern = fail ? strchr(fail, ' ') : NULL;

    if (!pattern || (getenv("RECORDER_AFTER") && !atomic_load(&is_after))) return false;
    if (fnmatch(pattern + 1, within(path), FNM_PATHNAME) != 0) return false;
    return atomic_fetch_add(&n_matching, 1) + 1 == atoi(fail);
}

static int sync_as(const char *name, int fd)
{
    int (*next)(int) = (int (*)(int))(uintptr_t)dlsym(RTLD_NEXT, name);
    const char *pause = getenv("RECORDER_PAUSE");
    char path[PATH_MAX];
    long long size;
    uint64_t hash;
    int number, result, why;

    if (!path_of(fd, path)) return next(fd);
    number = atomic_fetch_add(&n_syncs, 1) + 1;
    look(path, &size, &hash);
    put_line("s\t%d\t%lld\t%llu\t%s\n", number, size, (unsigned long long)hash, path);
    if (pause && strcmp(strrchr(path, '/'), "/journal") == 0) {
        const struct timespec time = {atol(pause) / 1000, 1000000 * (atol(pause) % 1000)};

        nanosleep(&time, NULL);
    }
    if (is_to_fail(path)) {
        result = -1;
        why = EIO;
    } else {
        result = next(fd);
        why = errno;
    }
    put_line("S\t%d\t%d\t%s\n", number, result == 0 ? 0 : why, path);
    errno = why;
    return result;
}

int fsync(int fd)
{
    return sync_as("fsync", fd);
}

int fdatasync(int fd)
{
    return sync_as("fdatasync", fd);
}

static void note_write(int fd, long long begin, size_t n)
{
    char path[PATH_MAX];

    if (path_of(fd, path)) put_line("w\t%lld\t%zu\t%s\n", begin, n, path);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n_parts, off_t offset)
{
    ssize_t (*next)(int, const struct iovec *, int, off_t) =
        (ssize_t(*)(int, const struct iovec *, int, off_t))(uintptr_t)dlsym(RTLD_NEXT, "pwritev");
    size_t n = 0;

    for (int p = 0; p < n_parts; ++p) n += parts[p].iov_len;
    note_write(fd, (long long)offset, n);
    return next(fd, parts, n_parts, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))(uintptr_t)dlsym(RTLD_NEXT, "pwrite");

    note_write(fd, (long long)offset, n);
    return next(fd, bytes, n, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    return pwrite(fd, bytes, n, (off_t)offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n_parts, off64_t offset)
{
    return pwritev(fd, parts, n_parts, (off_t)offset);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) =
        (int (*)(const char *, const char *))(uintptr_t)dlsym(RTLD_NEXT, "rename");
    const char *after = getenv("RECORDER_AFTER");
    char from_path[PATH_MAX], to_path[PATH_MAX];
    long long size;
    uint64_t hash;

    if (real_path(from, from_path) && real_path(to, to_path)) {
        look(from_path, &size, &hash);
        put_line("r\t%lld\t%llu\t%s\t%s\n", size, (unsigned long long)hash, from_path, to_path);
        if (after && strcmp(within(to_path), after) == 0) atomic_store(&is_after, true);
    }
    return next(from, to);
}

int stat(const char *path, struct stat *info)
{
    int (*next)(const char *, struct stat *) =
        (int (*)(const char *, struct stat *))(uintptr_t)dlsym(RTLD_NEXT, "stat");
    const char *touch = getenv("RECORDER_TOUCH"), *name = touch ? strchr(touch, ' ') : NULL;
    const int result = next(path, info);

    if (result == 0 && name && strcmp(path, name + 1) == 0 && atomic_fetch_add(&n_looks, 1) + 1 == atoi(touch))
        ++info->st_mtim.tv_sec;
    return result;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (fd == STDERR_FILENO && getenv("RECORDER_TRACE")) {
        char text[512];
        size_t n_text = 0;

        for (size_t b = 0; b < n && n_text + 1 < sizeof text; ++b) {
            const char c = ((const char *)bytes)[b];

            text[n_text++] = c == '\n' || c == '\r' || c == '\t' || c == '\033' ? ' ' : c;
        }
        text[n_text] = '\0';
        put_line("t\t%s\n", text);
    }
    return syscall(SYS_write, fd, bytes, n);
}

int isatty(int fd)
{
    if (fd == STDERR_FILENO && getenv("RECORDER_TRACE")) return 1;
    return ((int (*)(int))(uintptr_t)dlsym(RTLD_NEXT, "isatty"))(fd);
}
