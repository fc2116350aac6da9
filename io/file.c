#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "kernels/base/unsynced.h"

const char *rml_file_kind(mode_t mode)
{
    if (S_ISREG(mode)) return "a file";
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

rml_status rml_file_open(const char *path, int *fd, int64_t *n_bytes, rml_error *err)
{
    return rml_file_open_as(path, path, fd, n_bytes, err);
}

rml_status rml_file_open_as(const char *path, const char *name, int *fd, int64_t *n_bytes, rml_error *err)
{
    struct stat info;
    rml_status status = RML_OK;
    int opened = -1;

    *fd = -1;
    *n_bytes = 0;
    opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe without a writer must not block */
    if (opened < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return rml_fail(err, RML_EMISSING, "%s: no such file", name);
        return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", name, strerror(errno));
    }
    if (fstat(opened, &info) != 0) {
        status = rml_fail(err, RML_EIO, "%s: %s", name, strerror(errno));
        goto done;
    }
    if (!S_ISREG(info.st_mode)) {
        status = rml_fail(err, RML_EIO, "%s: is %s, expected a file", name, rml_file_kind(info.st_mode));
        goto done;
    }
    *fd = opened;
    *n_bytes = (int64_t)info.st_size;
    opened = -1;
done:
    if (opened >= 0) close(opened);
    return status;
}

static rml_file_state state_of(int failed, const struct stat *info)
{
    if (failed) return (rml_file_state){.n_bytes = -1};
    return (rml_file_state){info->st_size, info->st_mtim.tv_sec, info->st_mtim.tv_nsec, info->st_dev, info->st_ino};
}

rml_file_state rml_file_state_of(const char *path)
{
    struct stat info;

    return state_of(stat(path, &info), &info);
}

rml_file_state rml_file_state_at(int fd)
{
    struct stat info;

    return state_of(fstat(fd, &info), &info);
}

bool rml_file_unchanged(const rml_file_state *a, const rml_file_state *b)
{
    return a->n_bytes == b->n_bytes && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

rml_status rml_file_read_at(int fd, const char *path, int64_t offset, void *out, size_t n_bytes, rml_error *err)
{
    size_t n_read = 0;

    while (n_read < n_bytes) {
        const ssize_t got = pread(fd, (char *)out + n_read, n_bytes - n_read, (off_t)(offset + (int64_t)n_read));

        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0)
            return rml_fail(err, RML_EFORMAT, "%s: ends at byte %lld, expected %zu bytes from byte %lld on", path,
                            (long long)(offset + (int64_t)n_read), n_bytes, (long long)offset);
        n_read += (size_t)got;
    }
    return RML_OK;
}

rml_checksum *rml_checksum_begin(void)
{
    XXH3_state_t *state = XXH3_createState();

    if (state) XXH3_64bits_reset(state);
    return (rml_checksum *)state;
}

void rml_checksum_add(rml_checksum *sum, const void *bytes, size_t n_bytes)
{
    XXH3_64bits_update((XXH3_state_t *)sum, bytes, n_bytes);
}

uint64_t rml_checksum_value(const rml_checksum *sum)
{
    return XXH3_64bits_digest((const XXH3_state_t *)sum);
}

void rml_checksum_free(rml_checksum *sum)
{
    XXH3_freeState((XXH3_state_t *)sum);
}

/* n bytes have come from the file's offset at on. */
static void show(const rml_file_watch *watch, int64_t at, const unsigned char *bytes, int64_t n)
{
    const int64_t from = at > watch->first ? at : watch->first, end = watch->first + watch->n_bytes;
    const int64_t to = at + n < end ? at + n : end;

    if (from < to) watch->seen(watch->context, bytes + (from - at), (size_t)(to - from));
}

rml_status rml_file_sum(int fd, const char *path, int64_t n_bytes, rml_checksum *sum, int64_t first, void *kept,
                        size_t n_kept, const rml_file_watch *watch, rml_error *err)
{
    enum { PIECE = 1 << 20 }; /* what was read is hashed while a cache still holds it */
    const int64_t end = first + (int64_t)n_kept;
    unsigned char *piece = malloc(PIECE);
    rml_status status = RML_OK;
    int64_t at = 0;

    if (!piece) return rml_fail(err, RML_ENOMEM, "%s: no memory for its checksum", path);
    while (at < n_bytes && status == RML_OK) {
        const bool keep = at >= first && at < end;
        const int64_t border = keep ? end : at < first && n_kept > 0 ? first : n_bytes;
        const size_t n = border - at < PIECE ? (size_t)(border - at) : PIECE;
        unsigned char *to = keep ? (unsigned char *)kept + (at - first) : piece;

        status = rml_file_read_at(fd, path, at, to, n, err);
        if (status == RML_OK) rml_checksum_add(sum, to, n);
        if (status == RML_OK && watch) show(watch, at, to, (int64_t)n);
        at += (int64_t)n;
    }
    free(piece);
    return status;
}

rml_status rml_file_sum_of(const char *path, uint64_t *value, rml_error *err)
{
    rml_checksum *sum;
    int fd = -1;
    int64_t n_bytes;
    rml_status status = rml_file_open(path, &fd, &n_bytes, err);

    if (status != RML_OK) return status;
    sum = rml_checksum_begin();
    status = sum ? rml_file_sum(fd, path, n_bytes, sum, 0, NULL, 0, NULL, err)
                 : rml_fail(err, RML_ENOMEM, "%s: no memory for its checksum", path);
    if (status == RML_OK) *value = rml_checksum_value(sum);
    rml_checksum_free(sum);
    close(fd);
    return status;
}

rml_status rml_file_read(const char *path, size_t limit, char **bytes, size_t *n_bytes, rml_error *err)
{
    char *memory = NULL;
    int64_t length;
    int fd = -1;
    rml_status status = rml_file_open(path, &fd, &length, err);

    *bytes = NULL;
    *n_bytes = 0;
    if (status != RML_OK) goto done;
    if ((uint64_t)length > limit) {
        status = rml_fail(err, RML_ECAPACITY, "%s: %lld bytes, expected at most %zu", path, (long long)length, limit);
        goto done;
    }
    memory = malloc((size_t)length + 1);
    if (!memory) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory for %lld bytes", path, (long long)length);
        goto done;
    }
    status = rml_file_read_at(fd, path, 0, memory, (size_t)length, err);
    if (status != RML_OK) goto done;
    memory[length] = '\0';
    *bytes = memory;
    *n_bytes = (size_t)length;
    memory = NULL;
done:
    free(memory);
    if (fd >= 0) close(fd);
    return status;
}

char *rml_file_target(const char *path)
{
    enum { MOST_LINKS = 40 }; /* as the system follows */
    char *target = strdup(path);

    for (int l = 0; l < MOST_LINKS && target; ++l) {
        char link[4096], *next;
        const ssize_t n = readlink(target, link, sizeof link - 1);
        const char *slash = strrchr(target, '/');
        const size_t n_folder = n > 0 && link[0] != '/' && slash ? (size_t)(slash - target) + 1 : 0;

        if (n <= 0) break; /* no link, or nothing there */
        next = malloc(n_folder + (size_t)n + 1);
        if (next) {
            memcpy(next, target, n_folder);
            memcpy(next + n_folder, link, (size_t)n);
            next[n_folder + (size_t)n] = '\0';
        }
        free(target);
        target = next;
    }
    return target;
}

static void writer_free(rml_file_writer *writer)
{
    free(writer->path);
    free(writer->temporary);
    *writer = (rml_file_writer){0};
}

/* The file that is written first, for this process alone: two runs that write to one name would leave bytes of both in
 * it. NULL with errno, EBUSY where another process writes it. */
static FILE *open_alone(const char *temporary)
{
    for (int tries = 0; tries < 100; ++tries) {
        struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        struct stat opened, there;
        const int fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        FILE *stream = NULL;
        bool held;

        if (fd < 0) return NULL;
        held = fcntl(fd, F_OFD_SETLK, &all) != 0 && (errno == EAGAIN || errno == EACCES); /* else: or no locks here */
        if (held) {
            close(fd);
            errno = EBUSY;
            return NULL;
        }
        /* Locked may be what its writer has put in place since: that is not to be written to. */
        if (fstat(fd, &opened) == 0 && stat(temporary, &there) == 0 && opened.st_dev == there.st_dev &&
            opened.st_ino == there.st_ino && ftruncate(fd, 0) == 0)
            stream = fdopen(fd, "wb");
        if (stream) return stream;
        close(fd);
    }
    errno = EBUSY;
    return NULL;
}

rml_status rml_file_create(const char *path, rml_file_writer *writer, rml_error *err)
{
    *writer = (rml_file_writer){.path = rml_file_target(path)};
    if (!writer->path || asprintf(&writer->temporary, "%s.tmp", writer->path) < 0) {
        writer->temporary = NULL;
        writer_free(writer);
        return rml_fail(err, RML_ENOMEM, "%s: no memory for its name", path);
    }
    writer->stream = open_alone(writer->temporary);
    if (!writer->stream) {
        const int why = errno;
        const rml_status status =
            why == EBUSY
                ? rml_fail(err, RML_EIO, "%s: another process is writing it just now; give each run files of its own",
                           writer->path)
                : rml_fail(err, RML_EIO, "%s: cannot be created: %s", writer->temporary, strerror(why));

        writer_free(writer);
        return status;
    }
    return RML_OK;
}

rml_status rml_file_create_in(const char *folder, const char *name, rml_file_writer *writer, rml_error *err)
{
    char *path = NULL;
    rml_status status;

    *writer = (rml_file_writer){0};
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return rml_fail(err, RML_ENOMEM, "%s/%s: no memory for its name", folder, name);
    status = rml_file_create(path, writer, err);
    free(path);
    return status;
}

bool rml_file_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int why = folder ? errno : ENOMEM;

    if (fd >= 0) close(fd);
    free(folder);
    errno = why;
    return synced || rml_unsynced_is_usual(why);
}

rml_status rml_file_commit(rml_file_writer *writer, rml_error *err)
{
    FILE *stream = writer->stream;
    int why = 0;
    rml_status status = RML_OK;

    errno = 0;
    if (ferror(stream)) why = EIO;
    if (fflush(stream) != 0 || (why == 0 && fsync(fileno(stream)) != 0)) why = errno ? errno : EIO;
    /* Closed at last: until then nobody else writes the temporary, and all its bytes are on disk. */
    if (why == 0 && rename(writer->temporary, writer->path) != 0) why = errno;
    if (why != 0) {
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", writer->path, strerror(why));
        unlink(writer->temporary);
    } else if (!rml_file_sync_folder(writer->path))
        status = rml_fail(err, RML_EIO, "%s: is written, but its name may not be on disk: %s", writer->path,
                          strerror(errno));
    fclose(stream);
    writer->stream = NULL;
    writer_free(writer);
    return status;
}

void rml_file_abandon(rml_file_writer *writer)
{
    if (!writer->path) return;
    unlink(writer->temporary);
    if (writer->stream) fclose(writer->stream);
    writer_free(writer);
}

rml_status rml_file_finish(rml_file_writer *writer, rml_status status, rml_error *err)
{
    if (status == RML_OK) return rml_file_commit(writer, err);
    rml_file_abandon(writer);
    return status;
}
