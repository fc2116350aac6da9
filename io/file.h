/* Whole files and pieces of files, with sentences for what goes wrong. */
#ifndef RML_IO_FILE_H
#define RML_IO_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* Opens a regular file for reading: *fd, *n_bytes its length.
 * RML_EMISSING  not there
 * RML_EIO       a directory, a device, or not readable */
RML_CHECKED rml_status rml_file_open(const char *path, int *fd, int64_t *n_bytes, rml_error *err);

/* Reads n_bytes at offset into out; a short file is RML_EFORMAT, the system's refusal RML_EIO. */
RML_CHECKED rml_status rml_file_read_at(int fd, const char *path, int64_t offset, void *out, size_t n_bytes,
                                        rml_error *err);

/* XXH3-64 of the first n_bytes of a file (`xxhsum -H3` prints the same of a whole one), a piece at a time. */
RML_CHECKED rml_status rml_file_checksum(int fd, const char *path, int64_t n_bytes, uint64_t *checksum, rml_error *err);

/* Reads a whole file of at most limit bytes; *bytes is malloc'ed with a 0 behind the last byte. RML_ECAPACITY above. */
RML_CHECKED rml_status rml_file_read(const char *path, size_t limit, char **bytes, size_t *n_bytes, rml_error *err);

/* A file that appears whole or not at all: written as PATH.tmp beside it, synced, renamed. */
typedef struct rml_file_writer {
    void *stream; /* a FILE; write to it with stdio */
    char *path, *temporary;
} rml_file_writer;

RML_CHECKED rml_status rml_file_create(const char *path, rml_file_writer *writer, rml_error *err);
RML_CHECKED rml_status rml_file_commit(rml_file_writer *writer,
                                       rml_error *err); /* also frees; on error the temporary is removed */
void rml_file_abandon(rml_file_writer *writer);         /* removes the temporary; harmless after commit */

#endif
