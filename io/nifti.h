/* NIfTI-1 and NIfTI-2 headers, taken as ITK takes them. */
#ifndef RML_IO_NIFTI_H
#define RML_IO_NIFTI_H

#include "io/header.h"

enum { RML_NIFTI_HEAD = 540 }; /* bytes that decide everything: the larger of the two headers */

/* Whether the first bytes are those of a NIfTI or ANALYZE header (its length, 348 or 540, in either byte order). */
bool rml_nifti_begins(const unsigned char *bytes, size_t n_bytes);

/* Checks and converts a header.
 *
 * bytes   in   the first n_bytes of the file (inflated), RML_NIFTI_HEAD or all there are
 * header  out  to be freed with rml_header_free; voxels at n_skip, nothing said of compression
 *
 * RML_EFORMAT       truncated, magic, dimensions, bits that do not fit the type, offset, spacing 0, NaN geometry
 * RML_EUNSUPPORTED  a pair of files (.hdr/.img), RGB, complex, several frames, float128, not three dimensions */
RML_CHECKED rml_status rml_nifti_parse(const char *path, const unsigned char *bytes, size_t n_bytes, rml_header *header,
                                       rml_error *err);

#endif
