/* The journal's file: made, in an old one's place, or replaced by a copy. Each time a new one, under a name of its own
 * until it is on disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/folder.h"
#include "engine/journal_parts.h"
#include "engine/nonce.h"

/* A new file of a name that no other process has: what a run that was stopped on the way to rename it left is another
 * one, and gone (remove_unnamed). */
static rml_status open_unnamed(const rml_journal *journal, char **path, int *fd, rml_error *err)
{
    if (asprintf(path, "%s.new.%016llx", journal->path, (unsigned long long)rml_nonce()) < 0) {
        *path = NULL;
        return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    }
    *fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return *fd < 0 ? rml_fail(err, RML_EIO, "%s: cannot be made: %s", *path, strerror(errno)) : RML_OK;
}

rml_status rml_journal_remove_unnamed(const rml_journal *journal, rml_error *err)
{
    static const char prefix[] = "journal.new.";
    DIR *listing = opendir(journal->folder);
    rml_status status = RML_OK;

    if (!listing) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->folder, strerror(errno));
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && unlinkat(dirfd(listing), entry->d_name, 0) != 0 &&
            errno != ENOENT)
            status =
                rml_fail(err, RML_EIO, "%s/%s: cannot be removed: %s", journal->folder, entry->d_name, strerror(errno));
    closedir(listing);
    return status;
}

/* The file is on disk; the journal's name is its from here on, if the lock is still ours. */
static rml_status put_in_place(rml_journal *journal, const char *path, rml_error *err)
{
    rml_status status = rml_lock_check(journal->lock, err);

    if (status == RML_OK && rename(path, journal->path) != 0)
        status = rml_fail(err, RML_EIO, "%s: cannot be made: %s", journal->path, strerror(errno));
    if (status == RML_OK) status = rml_folder_sync(journal->folder, err);
    return status == RML_OK ? rml_lock_fenced(journal->lock, err) : status;
}

rml_status rml_journal_create(rml_journal *journal, const char *identity, rml_error *err)
{
    unsigned char header[RML_JOURNAL_HEADER] = {0};
    rml_record r = {.kind = RML_RECORD_IDENTITY, .n_bytes = strlen(identity), .offset = RML_JOURNAL_HEADER};
    char *path = NULL;
    rml_status status;

    journal->identity = strdup(identity);
    if (!journal->identity) return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    memcpy(header, rml_journal_magic, sizeof rml_journal_magic);
    rml_put_little_endian(header + 8, RML_JOURNAL_VERSION, 4);
    status = open_unnamed(journal, &path, &journal->fd, err);
    if (status != RML_OK) goto done;
    status = rml_write_at(journal->fd, header, sizeof header, 0);
    if (status == RML_OK) status = rml_record_write(journal->fd, &r, NULL, identity);
    if (status == RML_OK && fsync(journal->fd) != 0) status = RML_EIO;
    if (status != RML_OK)
        status = rml_fail(err, status, "%s: cannot be written: %s", path,
                          status == RML_ENOMEM ? "out of memory" : strerror(errno));
    else
        status = put_in_place(journal, path, err);
    if (status != RML_OK) unlink(path);
    journal->end = journal->synced = r.end;
done:
    free(path);
    return status;
}

/* From where both files stand to the end of the one; false: errno says why. */
static bool copy_rest(int from, int to)
{
    enum { CHUNK = 1 << 20 };
    char *bytes;
    ssize_t n;

    /* Within one file system, and where it can: without moving a byte, or on the server alone. */
    while ((n = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0)) > 0) continue;
    bytes = malloc(CHUNK); /* whatever that has left undone */
    while (bytes && (n = read(from, bytes, CHUNK)) != 0) {
        const off_t end = lseek(to, 0, SEEK_CUR);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0 || end < 0 || rml_write_at(to, bytes, (size_t)n, end) != RML_OK || lseek(to, n, SEEK_CUR) < 0) break;
    }
    if (!bytes) errno = ENOMEM;
    free(bytes);
    return bytes && n == 0;
}

rml_status rml_journal_fence(rml_journal *journal, rml_error *err)
{
    char *path = NULL;
    int from = open(journal->path, O_RDONLY | O_CLOEXEC), to = -1;
    rml_status status;

    if (from < 0 && errno == ENOENT) return rml_lock_fenced(journal->lock, err);
    if (from < 0) return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", journal->path, strerror(errno));
    status = open_unnamed(journal, &path, &to, err);
    if (status != RML_OK) goto done;
    if (!copy_rest(from, to) || fsync(to) != 0)
        status = rml_fail(err, RML_EIO,
                          "%s: cannot be copied: %s. The run that had this folder before may still live and write to "
                          "that file, so a copy takes its place",
                          journal->path, strerror(errno));
    else
        status = put_in_place(journal, path, err);
    if (status != RML_OK) unlink(path);
done:
    if (to >= 0) close(to);
    close(from);
    free(path);
    return status;
}
