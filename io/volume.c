#include "io/volume.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/gzip.h"
#include "io/nifti.h"
#include "io/nrrd.h"

struct rml_volume_file {
    char *path; /* as sentences name the file that holds the voxels: "a.nhdr: data file a.raw" for detached ones */
    int fd;     /* of the file that holds the voxels */
    int64_t n_file;
    int header_fd; /* of a detached header, for the checksum; -1: the header lies in the voxels' file */
    int64_t n_header;
    rml_header header;
    int64_t gzip_start; /* where the compressed stream begins; -1: not compressed */
    int64_t data_start; /* of the voxels: in the file, or in what it inflates to */
    int64_t n_voxels;   /* of one component */
    int64_t data_bytes; /* of all components */
};

void rml_header_warn(rml_header *header, const char *format, ...)
{
    va_list arguments;

    if (header->warning[0]) return;
    va_start(arguments, format);
    vsnprintf(header->warning, sizeof header->warning, format, arguments);
    va_end(arguments);
}

void rml_header_negative(rml_header *header, int axis, double spacing)
{
    rml_header_warn(header, "spacing %g along %c is negative: its absolute value is taken and the axis turned round",
                    spacing, "xyz"[axis]);
    for (int r = 0; r < 3; ++r) header->grid.direction[r][axis] = -header->grid.direction[r][axis];
}

void rml_header_free(rml_header *header)
{
    free(header->data_file);
    *header = (rml_header){0};
}

/* Reads the first bytes, inflated where compressed, and hands them to the reader that knows them. */
static rml_status parse_header(rml_volume_file *file, rml_error *err)
{
    unsigned char head[RML_NIFTI_HEAD];
    size_t n = file->n_file < (int64_t)sizeof head ? (size_t)file->n_file : sizeof head;
    bool gzip;
    rml_status status;

    if (n == 0) return rml_fail(err, RML_EFORMAT, "%s: empty file, expected a NIfTI or NRRD image", file->path);
    status = rml_file_read_at(file->fd, file->path, 0, head, n, err);
    if (status != RML_OK) return status;
    gzip = rml_gzip_begins(head, n);
    if (gzip) {
        status = rml_gzip_head(file->fd, file->path, 0, file->n_file, head, sizeof head, &n, err);
        if (status != RML_OK) return status;
    } else if (rml_nrrd_begins(head, n)) {
        return rml_nrrd_parse(file->fd, file->path, file->n_file, &file->header, err);
    }
    if (!rml_nifti_begins(head, n))
        return rml_fail(err, RML_EFORMAT, "%s: wrong magic: neither NIfTI nor NRRD%s", file->path,
                        gzip ? " inside the gzip stream" : "");
    status = rml_nifti_parse(file->path, head, n, &file->header, err);
    file->header.gzip = gzip;
    return status;
}

/* A data file lies beside its header unless its path is absolute. Malloc'ed; NULL without memory. */
static char *data_path(const char *path, const char *data_file)
{
    const char *slash = strrchr(path, '/');
    const size_t n_folder = data_file[0] == '/' || !slash ? 0 : (size_t)(slash - path) + 1;
    char *joined = malloc(n_folder + strlen(data_file) + 1);

    if (!joined) return NULL;
    memcpy(joined, path, n_folder);
    strcpy(joined + n_folder, data_file);
    return joined;
}

/* Detached data: the header's file makes way for the voxels'. Sentences begin with the path that was asked for, since
 * callers know no other. */
static rml_status open_data_file(rml_volume_file *file, rml_error *err)
{
    char *path, *name = NULL;
    rml_status status;

    if (!file->header.data_file) return RML_OK;
    path = data_path(file->path, file->header.data_file);
    if (!path || asprintf(&name, "%s: data file %s", file->path, file->header.data_file) < 0) {
        free(path);
        return rml_fail(err, RML_ENOMEM, "%s: no memory for a path", file->path);
    }
    free(file->path);
    file->path = name;
    file->header_fd = file->fd;
    file->n_header = file->n_file;
    status = rml_file_open_as(path, name, &file->fd, &file->n_file, err);
    free(path);
    return status;
}

/* Moves start behind n_lines line feeds. */
static rml_status skip_lines(rml_volume_file *file, rml_error *err)
{
    unsigned char piece[16384];
    rml_header *header = &file->header;

    while (header->n_lines > 0) {
        const int64_t n_left = file->n_file - header->start;
        const size_t n = n_left < (int64_t)sizeof piece ? (size_t)n_left : sizeof piece;
        const unsigned char *feed;
        rml_status status;

        if (n_left <= 0)
            return rml_fail(err, RML_EFORMAT, "%s: ends %lld lines before the data", file->path,
                            (long long)header->n_lines);
        status = rml_file_read_at(file->fd, file->path, header->start, piece, n, err);
        if (status != RML_OK) return status;
        feed = piece;
        while (header->n_lines > 0 && (feed = memchr(feed, '\n', n - (size_t)(feed - piece))) != NULL) {
            ++feed;
            --header->n_lines;
        }
        header->start += feed ? feed - piece : (int64_t)n;
    }
    return RML_OK;
}

/* "26 x 30 x 14", and " x 3" where a voxel has that many values. */
static void spell_extent(const rml_header *header, char text[64])
{
    const int32_t *size = header->grid.size;
    const int n = snprintf(text, 64, "%d x %d x %d", size[0], size[1], size[2]);

    if (header->n_components > 1) snprintf(text + n, 64 - (size_t)n, " x %d", header->n_components);
}

/* Sizes multiplied with care, then held against the file's length: nothing is believed, or allocated, before. */
static rml_status check_extent(rml_volume_file *file, rml_error *err)
{
    const rml_header *header = &file->header;
    const int32_t *size = header->grid.size;
    const long long n_found = (long long)file->n_file;
    char extent[64];
    int64_t needed;

    spell_extent(header, extent);
    if (__builtin_mul_overflow((int64_t)size[0] * size[1], (int64_t)size[2], &file->n_voxels) ||
        __builtin_mul_overflow(file->n_voxels, (int64_t)header->n_components, &file->data_bytes) ||
        __builtin_mul_overflow(file->data_bytes, (int64_t)rml_scalar_bytes(header->stored), &file->data_bytes) ||
        __builtin_add_overflow(file->data_bytes, header->n_skip > 0 ? header->n_skip : 0, &needed) ||
        __builtin_add_overflow(needed, header->start, &needed))
        return rml_fail(err, RML_EFORMAT, "%s: dimensions %s overflow what a file can hold", file->path, extent);
    if (header->gzip) {
        file->gzip_start = header->start;
        file->data_start = header->n_skip;
        needed -= header->start;
        if (needed / RML_GZIP_MAX_RATIO > file->n_file - header->start)
            return rml_fail(err, RML_EFORMAT,
                            "%s: truncated data: %lld compressed bytes cannot hold the %s voxels of %s (%lld bytes) "
                            "that the header promises",
                            file->path, n_found - (long long)header->start, extent, rml_scalar_name(header->stored),
                            (long long)needed);
        return RML_OK;
    }
    file->gzip_start = -1;
    file->data_start = header->n_skip < 0 ? file->n_file - file->data_bytes : header->start + header->n_skip;
    if (needed > file->n_file || file->data_start < header->start)
        return rml_fail(
            err, RML_EFORMAT,
            "%s: truncated data: %lld bytes, expected %lld for the %s voxels of %s that the header promises",
            file->path, n_found, (long long)needed, extent, rml_scalar_name(header->stored));
    return RML_OK;
}

static void describe(const rml_volume_file *file, rml_volume_info *info)
{
    const rml_header *header = &file->header;

    *info = (rml_volume_info){.grid = header->grid,
                              .stored = header->stored,
                              .type = header->scaled && header->stored != RML_FLOAT64 ? RML_FLOAT32 : header->stored,
                              .n_components = header->n_components,
                              .file_bytes = file->n_file,
                              .memory_bytes = file->data_bytes,
                              .compressed = header->gzip,
                              .format = header->format};
    if (header->gzip)
        info->memory_bytes += file->data_start + file->n_file - file->gzip_start;
    else if (!header->interleaved)
        info->memory_bytes /= header->n_components;
    memcpy(info->warning, header->warning, sizeof info->warning);
}

rml_status rml_volume_open(const char *path, rml_volume_file **file, rml_volume_info *info, rml_error *err)
{
    rml_volume_file *opened = calloc(1, sizeof *opened);
    rml_status status;

    *file = NULL;
    if (!opened) return rml_fail(err, RML_ENOMEM, "%s: no memory to open it", path);
    opened->fd = opened->header_fd = -1;
    opened->path = strdup(path);
    if (!opened->path) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory to open it", path);
        goto done;
    }
    status = rml_file_open(path, &opened->fd, &opened->n_file, err);
    if (status == RML_OK) status = parse_header(opened, err);
    if (status == RML_OK) status = open_data_file(opened, err);
    if (status == RML_OK) status = skip_lines(opened, err);
    if (status == RML_OK) status = check_extent(opened, err);
    if (status != RML_OK) goto done;
    describe(opened, info);
    *file = opened;
    opened = NULL;
done:
    rml_volume_close(opened);
    return status;
}

/* A checksum that has a detached header's bytes already; the voxels' file is to follow. */
static rml_status begin_checksum(const rml_volume_file *file, rml_checksum **sum, rml_error *err)
{
    rml_status status = RML_OK;

    *sum = rml_checksum_begin();
    if (!*sum) return rml_fail(err, RML_ENOMEM, "%s: no memory for its checksum", file->path);
    if (file->header_fd >= 0)
        status = rml_file_sum(file->header_fd, file->path, file->n_header, *sum, 0, NULL, 0, NULL, err);
    return status;
}

static rml_status load_compressed(rml_volume_file *file, int32_t component, const rml_volume_watch *watch,
                                  rml_volume *volume, rml_checksum *sum, rml_error *err)
{
    const rml_header *header = &file->header;
    const size_t n = (size_t)(file->data_start + file->data_bytes), width = rml_scalar_bytes(header->stored);
    unsigned char *memory = malloc(n);
    rml_status status;

    if (!memory) return rml_fail(err, RML_ENOMEM, "%s: no memory for %zu bytes", file->path, n);
    status = rml_gzip_inflate(file->fd, file->path, file->gzip_start, file->n_file, memory, n, sum, err);
    if (status != RML_OK) {
        free(memory);
        return status;
    }
    volume->memory = memory;
    volume->voxels =
        memory + file->data_start + (size_t)component * width * (header->interleaved ? 1 : (size_t)file->n_voxels);
    volume->first_slice = 0;
    volume->n_slices = header->grid.size[2];
    if (watch) watch->seen(watch->context, volume, memory + file->data_start, (size_t)file->data_bytes);
    return RML_OK;
}

/* Whom a file's bytes are passed on to. */
typedef struct rml_passing {
    const rml_volume_watch *watch;
    const rml_volume *volume;
} rml_passing;

static void pass_on(void *context, const unsigned char *bytes, size_t n_bytes)
{
    const rml_passing *passing = context;

    passing->watch->seen(passing->watch->context, passing->volume, bytes, n_bytes);
}

static rml_status load_slices(rml_volume_file *file, int32_t first_slice, int32_t n_slices, int32_t component,
                              const rml_volume_watch *watch, rml_volume *volume, rml_checksum *sum, rml_error *err)
{
    const rml_header *header = &file->header;
    const int64_t width = (int64_t)rml_scalar_bytes(header->stored);
    const int64_t slice = width * header->grid.size[0] * header->grid.size[1] * volume->step;
    const int64_t start = file->data_start + first_slice * slice +
                          (header->interleaved ? 0 : (int64_t)component * file->n_voxels * width);
    const size_t n = (size_t)(n_slices * slice);
    rml_passing passing = {watch, volume};
    const rml_file_watch pass = {file->data_start, file->data_bytes, pass_on, &passing};
    unsigned char *memory = malloc(n);
    rml_status status;

    if (!memory) return rml_fail(err, RML_ENOMEM, "%s: no memory for %zu bytes", file->path, n);
    /* slices and checksum come from the same reading, so that the one vouches for the other */
    status = sum ? rml_file_sum(file->fd, file->path, file->n_file, sum, start, memory, n, watch ? &pass : NULL, err)
                 : rml_file_read_at(file->fd, file->path, start, memory, n, err);
    if (status != RML_OK) {
        free(memory);
        return status;
    }
    volume->memory = memory;
    volume->voxels = memory + (header->interleaved ? component * width : 0);
    volume->first_slice = first_slice;
    volume->n_slices = n_slices;
    return RML_OK;
}

static rml_status load(rml_volume_file *file, int32_t first_slice, int32_t n_slices, int32_t component,
                       const rml_volume_watch *watch, rml_volume *volume, uint64_t *checksum, rml_error *err)
{
    const rml_header *header = &file->header;
    const int32_t n_all = header->grid.size[2];
    rml_checksum *sum = NULL;
    rml_status status = RML_OK;

    *volume = (rml_volume){.grid = header->grid,
                           .stored = header->stored,
                           .swapped = header->swapped,
                           .scaled = header->scaled,
                           .slope = header->slope,
                           .intercept = header->intercept,
                           .step = header->interleaved ? header->n_components : 1};
    if (first_slice < 0 || n_slices < 1 || first_slice > n_all - n_slices)
        return rml_fail(err, RML_EINVAL, "%s: slices %d to %d, expected 0 to %d", file->path, first_slice,
                        first_slice + n_slices - 1, n_all - 1);
    if (component < 0 || component >= header->n_components)
        return rml_fail(err, RML_EINVAL, "%s: component %d, expected 0 to %d", file->path, component,
                        header->n_components - 1);
    if (checksum) status = begin_checksum(file, &sum, err);
    if (status == RML_OK)
        status = file->gzip_start >= 0 ? load_compressed(file, component, watch, volume, sum, err)
                                       : load_slices(file, first_slice, n_slices, component, watch, volume, sum, err);
    if (checksum && status == RML_OK) *checksum = rml_checksum_value(sum);
    rml_checksum_free(sum);
    return status;
}

rml_status rml_volume_load(rml_volume_file *file, int32_t first_slice, int32_t n_slices, int32_t component,
                           rml_volume *volume, uint64_t *checksum, rml_error *err)
{
    return load(file, first_slice, n_slices, component, NULL, volume, checksum, err);
}

rml_status rml_volume_load_watched(rml_volume_file *file, int32_t first_slice, int32_t n_slices,
                                   const rml_volume_watch *watch, rml_volume *volume, uint64_t *checksum,
                                   rml_error *err)
{
    if (watch && (file->header.n_components > 1 || !checksum)) {
        *volume = (rml_volume){0};
        return rml_fail(err, RML_EINVAL, "%s: %d values a voxel, expected one, and a checksum", file->path,
                        file->header.n_components);
    }
    return load(file, first_slice, n_slices, 0, watch, volume, checksum, err);
}

void rml_volume_state(const rml_volume_file *file, rml_file_state *asked, rml_file_state *data)
{
    const bool detached = file->header_fd >= 0;

    *asked = rml_file_state_at(detached ? file->header_fd : file->fd);
    *data = detached ? rml_file_state_at(file->fd) : (rml_file_state){.n_bytes = -1};
}

rml_status rml_volume_checksum(const char *path, uint64_t *checksum, rml_error *err)
{
    rml_volume_file *file;
    rml_volume_info info;
    rml_checksum *sum = NULL;
    rml_status status = rml_volume_open(path, &file, &info, err);

    if (status == RML_OK) status = begin_checksum(file, &sum, err);
    if (status == RML_OK) status = rml_file_sum(file->fd, file->path, file->n_file, sum, 0, NULL, 0, NULL, err);
    if (status == RML_OK) *checksum = rml_checksum_value(sum);
    rml_checksum_free(sum);
    rml_volume_close(file);
    return status;
}

char *rml_volume_data_file(const char *path, bool *compressed)
{
    unsigned char magic[8];
    rml_header header = {0};
    char *found = NULL;
    int64_t n_file;
    int fd;

    *compressed = false;
    if (rml_file_open(path, &fd, &n_file, NULL) != RML_OK) return NULL;
    if (n_file >= (int64_t)sizeof magic && rml_file_read_at(fd, path, 0, magic, sizeof magic, NULL) == RML_OK &&
        rml_nrrd_begins(magic, sizeof magic) && rml_nrrd_parse(fd, path, n_file, &header, NULL) == RML_OK &&
        header.data_file) {
        found = data_path(path, header.data_file);
        *compressed = header.gzip;
    }
    rml_header_free(&header);
    close(fd);
    return found;
}

void rml_volume_close(rml_volume_file *file)
{
    if (!file) return;
    if (file->fd >= 0) close(file->fd);
    if (file->header_fd >= 0) close(file->header_fd);
    rml_header_free(&file->header);
    free(file->path);
    free(file);
}
