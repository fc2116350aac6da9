/* Whole files and pieces of files, with sentences for what goes wrong. */
#ifndef RML_IO_FILE_H
#define RML_IO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernels/base/status.h"

/* Opens a regular file for reading: *fd, *n_bytes its length.
 * RML_EMISSING  not there
 * RML_EIO       a folder, a device, or not readable */
RML_CHECKED rml_status rml_file_open(const char *path, int *fd, int64_t *n_bytes, rml_error *err);
/* The same with another name for the file in the sentences. */
RML_CHECKED rml_status rml_file_open_as(const char *path, const char *name, int *fd, int64_t *n_bytes, rml_error *err);

/* What is there by stat's st_mode, for a sentence: "a file", "a folder", "a pipe", … */
const char *rml_file_kind(mode_t mode);

/* What tells whether a file is still the one that it was. */
typedef struct rml_file_state {
    int64_t n_bytes; /* -1: not there */
    int64_t seconds, nanoseconds;
    uint64_t device, inode;
} rml_file_state;

rml_file_state rml_file_state_of(const char *path);
rml_file_state rml_file_state_at(int fd);
/* By length and time of the last change: other nodes may number the same file otherwise. */
bool rml_file_unchanged(const rml_file_state *a, const rml_file_state *b);

/* Reads n_bytes at offset into out; a short file is RML_EFORMAT, the system's refusal RML_EIO. */
RML_CHECKED rml_status rml_file_read_at(int fd, const char *path, int64_t offset, void *out, size_t n_bytes,
                                        rml_error *err);

/* XXH3-64 of bytes as they come: of one whole file what `xxhsum -H3` prints. */
typedef struct rml_checksum rml_checksum;

rml_checksum *rml_checksum_begin(void); /* NULL without memory */
void rml_checksum_add(rml_checksum *sum, const void *bytes, size_t n_bytes);
uint64_t rml_checksum_value(const rml_checksum *sum);
void rml_checksum_free(rml_checksum *sum); /* NULL allowed */

/* Bytes of a file as they pass: those at first .. first + n_bytes - 1, in order, in pieces. */
typedef struct rml_file_watch {
    int64_t first, n_bytes;
    void (*seen)(void *context, const unsigned char *bytes, size_t n_bytes);
    void *context;
} rml_file_watch;

/* Adds the first n_bytes of a file to a checksum, in one pass from the first byte to the last, and keeps what lies at
 * first .. first + n_kept - 1 on the way.
 *
 * kept   out  [n_kept]; n_kept may be 0, else first + n_kept is at most n_bytes
 * watch  in   who else wants to see some of them; NULL allowed
 * RML_EFORMAT  shorter than n_bytes
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_file_sum(int fd, const char *path, int64_t n_bytes, rml_checksum *sum, int64_t first,
                                    void *kept, size_t n_kept, const rml_file_watch *watch, rml_error *err);

/* The checksum of a whole file, as above. RML_EMISSING, RML_EIO, RML_EFORMAT, RML_ENOMEM */
RML_CHECKED rml_status rml_file_sum_of(const char *path, uint64_t *value, rml_error *err);

/* Reads a whole file of at most limit bytes; *bytes is malloc'ed with a 0 behind the last byte. RML_ECAPACITY above. */
RML_CHECKED rml_status rml_file_read(const char *path, size_t limit, char **bytes, size_t *n_bytes, rml_error *err);

/* Where a path leads once its last part is no symbolic link any more, there or not: writing beside a link and renaming
 * would put a file in the link's place. Malloc'ed; NULL without memory. */
char *rml_file_target(const char *path);

/* A file that appears whole or not at all: written as PATH.tmp beside it, synced, renamed. A link's target is what is
 * written. */
typedef struct rml_file_writer {
    void *stream; /* a FILE; write to it with stdio */
    char *path, *temporary;
} rml_file_writer;

RML_CHECKED rml_status rml_file_create(const char *path, rml_file_writer *writer, rml_error *err);
/* The same of FOLDER/NAME. */
RML_CHECKED rml_status rml_file_create_in(const char *folder, const char *name, rml_file_writer *writer,
                                          rml_error *err);
/* Commits when all was written (status RML_OK), else abandons; the status of both. */
RML_CHECKED rml_status rml_file_finish(rml_file_writer *writer, rml_status status, rml_error *err);
RML_CHECKED rml_status rml_file_commit(rml_file_writer *writer,
                                       rml_error *err); /* also frees; on error the temporary is removed */
void rml_file_abandon(rml_file_writer *writer);         /* removes the temporary; harmless after commit */

/* Puts on disk that the file at path has its name now: syncs the folder it is in. false: errno says why; a file system
 * that syncs no folders is no reason. */
bool rml_file_sync_folder(const char *path);

#endif
