/* NRRD headers, attached (.nrrd) and detached (.nhdr), taken as ITK takes them. */
#ifndef RML_IO_NRRD_H
#define RML_IO_NRRD_H

#include "io/header.h"

/* Whether the first bytes are NRRD's magic. */
bool rml_nrrd_begins(const unsigned char *bytes, size_t n_bytes);

/* Reads and checks the header of an open NRRD file of n_file bytes.
 *
 * header  out  to be freed with rml_header_free
 *
 * RML_EFORMAT       magic, a line that cannot be understood, a missing field, dimensions, spacing 0, NaN geometry
 * RML_EUNSUPPORTED  ascii, hex or bzip2 encoding, blocks, RGB, complex, several frames, data over several files
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_nrrd_parse(int fd, const char *path, int64_t n_file, rml_header *header, rml_error *err);

#endif
