#include "io/nifti_write.h"

#include <errno.h>
#include <libdeflate.h>
#include <math.h>
#include <nifti2_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_HEAD = 352, LEVEL = 6 }; /* header and the four bytes that say "no extensions"; gzip's usual level */

static const short datatype[RML_N_SCALARS] = {
    NIFTI_TYPE_INT8,   NIFTI_TYPE_UINT8, NIFTI_TYPE_INT16,  NIFTI_TYPE_UINT16,  NIFTI_TYPE_INT32,
    NIFTI_TYPE_UINT32, NIFTI_TYPE_INT64, NIFTI_TYPE_UINT64, NIFTI_TYPE_FLOAT32, NIFTI_TYPE_FLOAT64};

static nifti_1_header header_of(const rml_grid *grid, rml_scalar type)
{
    nifti_1_header header = {.sizeof_hdr = 348, .regular = 'r'};
    nifti_dmat44 affine = {.m = {{0}}};
    double b, c, d, x, y, z, dx, dy, dz, qfac;
    float *const srow[3] = {header.srow_x, header.srow_y, header.srow_z};

    header.dim[0] = 3;
    for (int a = 0; a < 7; ++a) header.dim[a + 1] = a < 3 ? (short)grid->size[a] : 1;
    header.datatype = datatype[type];
    header.bitpix = (short)(8 * rml_scalar_bytes(type));
    header.vox_offset = N_HEAD;
    header.scl_slope = 1.0F;
    header.xyzt_units = NIFTI_UNITS_MM;
    for (int r = 0; r < 3; ++r) { /* LPS to RAS */
        const double sign = r < 2 ? -1.0 : 1.0;

        for (int k = 0; k < 3; ++k) affine.m[r][k] = sign * grid->direction[r][k] * grid->spacing[k];
        affine.m[r][3] = sign * grid->origin[r];
    }
    affine.m[3][3] = 1.0;
    nifti_dmat44_to_quatern(affine, &b, &c, &d, &x, &y, &z, &dx, &dy, &dz, &qfac);
    header.pixdim[0] = (float)qfac;
    for (int a = 0; a < 7; ++a) header.pixdim[a + 1] = a < 3 ? (float)grid->spacing[a] : 1.0F;
    header.qform_code = header.sform_code = NIFTI_XFORM_SCANNER_ANAT;
    header.quatern_b = (float)b, header.quatern_c = (float)c, header.quatern_d = (float)d;
    header.qoffset_x = (float)x, header.qoffset_y = (float)y, header.qoffset_z = (float)z;
    for (int r = 0; r < 3; ++r)
        for (int k = 0; k < 4; ++k) srow[r][k] = (float)affine.m[r][k];
    memcpy(header.magic, "n+1", 4);
    return header;
}

/* Header and voxels as one run of bytes, compressed whole: libdeflate writes no time and no name. */
static rml_status compress(const char *path, const unsigned char *head, const void *voxels, size_t n_voxel_bytes,
                           unsigned char **out, size_t *n_out, rml_error *err)
{
    const size_t n_plain = N_HEAD + n_voxel_bytes;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    const size_t bound = compressor ? libdeflate_gzip_compress_bound(compressor, n_plain) : 0;
    unsigned char *plain = malloc(n_plain), *packed = malloc(bound > 0 ? bound : 1);
    rml_status status = RML_OK;

    if (!compressor || !plain || !packed) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory to compress %zu bytes", path, n_plain);
        goto done;
    }
    memcpy(plain, head, N_HEAD);
    memcpy(plain + N_HEAD, voxels, n_voxel_bytes);
    *n_out = libdeflate_gzip_compress(compressor, plain, n_plain, packed, bound);
    if (*n_out == 0) {
        status = rml_fail(err, RML_EIO, "%s: could not be compressed", path);
        goto done;
    }
    *out = packed;
    packed = NULL;
done:
    free(packed);
    free(plain);
    libdeflate_free_compressor(compressor);
    return status;
}

static rml_status write_pieces(const char *path, const unsigned char *head, size_t n_head, const void *body,
                               size_t n_body, rml_error *err)
{
    char *temporary = malloc(strlen(path) + sizeof ".tmp");
    FILE *stream = NULL;
    rml_status status = RML_OK;
    bool written;

    if (!temporary) return rml_fail(err, RML_ENOMEM, "%s: no memory for its name", path);
    strcpy(temporary, path);
    strcat(temporary, ".tmp");
    stream = fopen(temporary, "wbe");
    if (!stream) {
        status = rml_fail(err, RML_EIO, "%s: cannot be created: %s", temporary, strerror(errno));
        goto done;
    }
    errno = 0;
    written = fwrite(head, 1, n_head, stream) == n_head && fwrite(body, 1, n_body, stream) == n_body;
    written = fclose(stream) == 0 && written;
    if (!written || rename(temporary, path) != 0) {
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", path, strerror(errno ? errno : EIO));
        unlink(temporary);
    }
done:
    free(temporary);
    return status;
}

rml_status rml_nifti_write(const char *path, const rml_grid *grid, rml_scalar type, const void *voxels, rml_error *err)
{
    const size_t n_path = strlen(path);
    const bool gzip = n_path >= 3 && strcmp(path + n_path - 3, ".gz") == 0;
    const size_t n_bytes =
        (size_t)grid->size[0] * (size_t)grid->size[1] * (size_t)grid->size[2] * rml_scalar_bytes(type);
    unsigned char head[N_HEAD] = {0}, *packed = NULL;
    size_t n_packed = 0;
    nifti_1_header header;
    rml_status status;

    for (int a = 0; a < 3; ++a)
        if (grid->size[a] < 1 || grid->size[a] > INT16_MAX)
            return rml_fail(err, RML_EINVAL, "%s: size %d along axis %d, NIfTI-1 takes 1 to %d", path, grid->size[a],
                            a + 1, INT16_MAX);
    header = header_of(grid, type);
    memcpy(head, &header, sizeof header);
    if (!gzip) return write_pieces(path, head, sizeof head, voxels, n_bytes, err);
    status = compress(path, head, voxels, n_bytes, &packed, &n_packed, err);
    if (status == RML_OK) status = write_pieces(path, packed, n_packed, "", 0, err);
    free(packed);
    return status;
}
