/* Images and masks: NIfTI-1, NIfTI-2 and NRRD, told apart by their first bytes. */
#ifndef RML_IO_VOLUME_H
#define RML_IO_VOLUME_H

#include "io/file.h"
#include "kernels/base/volume.h"

typedef struct rml_volume_file rml_volume_file;

typedef struct rml_volume_info {
    rml_grid grid;
    rml_scalar stored;    /* as in the file */
    rml_scalar type;      /* as ITK would hold it (rml_volume_type) */
    int32_t n_components; /* 1, or the length of each voxel's vector */
    int64_t file_bytes;   /* of the file that holds the voxels */
    int64_t memory_bytes; /* what loading all of it needs, the compressed file included */
    bool compressed;
    const char *format; /* "NIfTI-1", "NIfTI-2", "NRRD" */
    char warning[256];  /* "" or what was taken otherwise than written (a negative spacing, …) */
} rml_volume_info;

/* Opens a file and believes its header only after checking it against the file's length. Reads no voxels.
 *
 * RML_EMISSING, RML_EIO  as rml_file_open
 * RML_EFORMAT            magic, header, extent against the file's length, spacing 0, NaN geometry
 * RML_EUNSUPPORTED       RGB, complex, several frames, a type that is not a scalar of rml_scalar
 * The sentence begins with the path and says what was found and what was expected; a data file in it is named as the
 * header spells it. */
RML_CHECKED rml_status rml_volume_open(const char *path, rml_volume_file **file, rml_volume_info *info, rml_error *err);

/* Loads slices first_slice .. first_slice + n_slices - 1 of one component. Uncompressed files are read for these slices
 * alone; compressed ones are inflated whole (checksum verified) and *volume then holds all slices.
 *
 * component  in   0 .. n_components-1
 * volume     out  to be freed with rml_volume_free
 * checksum   out  XXH3-64 of the whole file, as `xxhsum -H3` prints it, so that anyone can hold it against the file;
 *                 of a detached header and its data file, of the header's bytes and then the data file's (`cat a.nhdr
 *                 a.raw | xxhsum -H3`). From the same reading as the voxels. NULL allowed: an uncompressed file is then
 *                 read no further than asked
 *
 * RML_EFORMAT   truncated or corrupt data
 * RML_EINVAL    slices or component outside the volume
 * RML_ENOMEM, RML_EIO */
RML_CHECKED rml_status rml_volume_load(rml_volume_file *file, int32_t first_slice, int32_t n_slices, int32_t component,
                                       rml_volume *volume, uint64_t *checksum, rml_error *err);

/* The voxels' bytes as they lie in the file, all slices' in order, while they are read. volume: what is being loaded;
 * its grid and type are known, its voxels not yet. */
typedef struct rml_volume_watch {
    void (*seen)(void *context, const rml_volume *volume, const unsigned char *bytes, size_t n_bytes);
    void *context;
} rml_volume_watch;

/* rml_volume_load with somebody who sees all voxels pass, whichever slices are kept: a file of one component, read with
 * its checksum (else RML_EINVAL). */
RML_CHECKED rml_status rml_volume_load_watched(rml_volume_file *file, int32_t first_slice, int32_t n_slices,
                                               const rml_volume_watch *watch, rml_volume *volume, uint64_t *checksum,
                                               rml_error *err);

/* The state now of the files that were opened: the one that was asked for, and a detached header's data file (as not
 * there when the header holds the voxels). */
void rml_volume_state(const rml_volume_file *file, rml_file_state *asked, rml_file_state *data);

/* The checksum that rml_volume_load gives, without loading. */
RML_CHECKED rml_status rml_volume_checksum(const char *path, uint64_t *checksum, rml_error *err);

/* The file that holds the voxels of a detached NRRD header, and whether it is compressed; NULL when the header holds
 * them itself, is none of NRRD, or cannot be read (opening says why). Malloc'ed. Reads the header and nothing else. */
char *rml_volume_data_file(const char *path, bool *compressed);

void rml_volume_close(rml_volume_file *file); /* NULL allowed; loaded volumes stay valid */

#endif
