/* Image files written byte by byte from the formats' definitions, so that the readers are not tested against our own
 * writer. Include after tests/support/support.h. */
#ifndef RML_TESTS_IO_IMAGES_H
#define RML_TESTS_IO_IMAGES_H

#include <libdeflate.h>

#include "io/volume.h"

/* Copies a number of n bytes, turned round for the other byte order. */
static inline void put(unsigned char *to, const void *number, size_t n, bool swapped)
{
    const unsigned char *from = number;

    for (size_t i = 0; i < n; ++i) to[i] = from[swapped ? n - 1 - i : i];
}

static inline void put_i16(unsigned char *to, int value, bool swapped)
{
    const int16_t number = (int16_t)value;

    put(to, &number, sizeof number, swapped);
}

static inline void put_i32(unsigned char *to, int32_t value, bool swapped)
{
    put(to, &value, sizeof value, swapped);
}

static inline void put_i64(unsigned char *to, int64_t value, bool swapped)
{
    put(to, &value, sizeof value, swapped);
}

static inline void put_f32(unsigned char *to, double value, bool swapped)
{
    const float number = (float)value;

    put(to, &number, sizeof number, swapped);
}

static inline void put_f64(unsigned char *to, double value, bool swapped)
{
    put(to, &value, sizeof value, swapped);
}

typedef struct nifti_fields {
    int version; /* 1 or 2 */
    bool swapped;
    int32_t dim[8];
    int datatype, bits;
    double pixdim[8];
    double offset, slope, intercept;
    int units, intent, qform, sform;
    double quatern[3], qoffset[3], srow[3][4];
} nifti_fields;

enum { NIFTI_1_START = 352, NIFTI_2_START = 544 };

/* 4 x 3 x 2 voxels of int16, 1 mm, no orientation. */
static inline nifti_fields plain_nifti(int version)
{
    return (nifti_fields){.version = version,
                          .dim = {3, 4, 3, 2, 1, 1, 1, 1},
                          .datatype = 4,
                          .bits = 16,
                          .pixdim = {1, 1, 1, 1, 1, 1, 1, 1},
                          .offset = version == 1 ? NIFTI_1_START : NIFTI_2_START,
                          .units = 2};
}

/* Header and the four bytes behind it: NIFTI_1_START or NIFTI_2_START bytes. Offsets from nifti1.h and nifti2.h. */
static inline size_t nifti_header(const nifti_fields *f, unsigned char *out)
{
    const bool s = f->swapped;

    if (f->version == 1) {
        memset(out, 0, NIFTI_1_START);
        put_i32(out, 348, s);
        for (int i = 0; i < 8; ++i) put_i16(out + 40 + 2 * i, f->dim[i], s), put_f32(out + 76 + 4 * i, f->pixdim[i], s);
        put_i16(out + 68, f->intent, s), put_i16(out + 70, f->datatype, s), put_i16(out + 72, f->bits, s);
        put_f32(out + 108, f->offset, s), put_f32(out + 112, f->slope, s), put_f32(out + 116, f->intercept, s);
        out[123] = (unsigned char)f->units;
        put_i16(out + 252, f->qform, s), put_i16(out + 254, f->sform, s);
        for (int i = 0; i < 3; ++i) {
            put_f32(out + 256 + 4 * i, f->quatern[i], s), put_f32(out + 268 + 4 * i, f->qoffset[i], s);
            for (int j = 0; j < 4; ++j) put_f32(out + 280 + 16 * i + 4 * j, f->srow[i][j], s);
        }
        memcpy(out + 344, "n+1", 4);
        return NIFTI_1_START;
    }
    memset(out, 0, NIFTI_2_START);
    put_i32(out, 540, s);
    memcpy(out + 4, "n+2\0\r\n\032\n", 8);
    put_i16(out + 12, f->datatype, s), put_i16(out + 14, f->bits, s);
    for (int i = 0; i < 8; ++i) put_i64(out + 16 + 8 * i, f->dim[i], s), put_f64(out + 104 + 8 * i, f->pixdim[i], s);
    put_i64(out + 168, (int64_t)f->offset, s), put_f64(out + 176, f->slope, s), put_f64(out + 184, f->intercept, s);
    put_i32(out + 344, f->qform, s), put_i32(out + 348, f->sform, s);
    for (int i = 0; i < 3; ++i) {
        put_f64(out + 352 + 8 * i, f->quatern[i], s), put_f64(out + 376 + 8 * i, f->qoffset[i], s);
        for (int j = 0; j < 4; ++j) put_f64(out + 400 + 32 * i + 8 * j, f->srow[i][j], s);
    }
    put_i32(out + 500, f->units, s), put_i32(out + 504, f->intent, s);
    return NIFTI_2_START;
}

/* A path in the test's folder; four at a time. */
static inline const char *path_of(const char *name)
{
    static char paths[4][4200];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", rml_test_folder(), name);
    return path;
}

static inline void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");

    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, n, stream), n);
    assert_int_equal(fclose(stream), 0);
}

/* One gzip member into out[limit]; returns its length. */
static inline size_t gzip_member(const void *bytes, size_t n, unsigned char *out, size_t limit)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    const size_t n_out = libdeflate_gzip_compress(compressor, bytes, n, out, limit);

    libdeflate_free_compressor(compressor);
    assert_true(n_out > 0);
    return n_out;
}

/* The types of NIfTI, in rml_scalar's order. */
static const struct {
    int code, bytes;
    const char *nrrd;
} scalar_types[RML_N_SCALARS] = {
    {256, 1, "signed char"},  {2, 1, "uchar"},    {4, 2, "short"},        {512, 2, "ushort"}, {8, 4, "int"},
    {768, 4, "unsigned int"}, {1024, 8, "int64"}, {1280, 8, "ulonglong"}, {16, 4, "float"},   {64, 8, "double"}};

/* A number as a voxel of a type, in either byte order. */
static inline void put_voxel(unsigned char *to, rml_scalar type, double value, bool swapped)
{
    const int64_t whole = value < 0x1p63 ? (int64_t)value : 0;
    const uint64_t natural = value >= 0 ? (uint64_t)value : (uint64_t)whole;
    const float single = (float)value;

    switch (type) {
    case RML_FLOAT32: put(to, &single, sizeof single, swapped); break;
    case RML_FLOAT64: put(to, &value, sizeof value, swapped); break;
    default: { /* two's complement: the low bytes of 64 bits, whatever the width */
        unsigned char little[8];
        const int n = scalar_types[type].bytes;

        for (int i = 0; i < 8; ++i) little[i] = (unsigned char)(natural >> 8 * i);
        for (int i = 0; i < n; ++i)
            to[i] = little[swapped == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) ? n - 1 - i : i];
    }
    }
}

/* The extremes of a type and numbers between, the same ones each time; all exact in the type and in a double. */
static inline double voxel_value(rml_scalar type, int64_t i)
{
    static const double low[RML_N_SCALARS] = {-128, 0, -32768, 0, -2147483648.0, 0, -0x1p63, 0, -0x1p100, -0x1p1000};
    static const double high[RML_N_SCALARS] = {127,          255,        32767,        65535,   2147483647.0,
                                               4294967295.0, 0x1p62 * 1, 0x1p63 * 1.5, 1.5e-30, 1.7e300};

    if (i % 7 == 0) return low[type];
    if (i % 7 == 1) return type == RML_FLOAT32 ? (double)(float)high[type] : high[type];
    return (double)(i % 101 + (low[type] < 0 && i % 2 ? -50 : 1));
}

#define assert_status(call, expected, err)                                                                             \
    do {                                                                                                               \
        const rml_status got_ = (call);                                                                                \
        if (got_ != (expected)) print_error("%s: %s\n", rml_status_name(got_), (err)->text);                           \
        assert_int_equal(got_, (expected));                                                                            \
    } while (0)

/* Opens and loads everything of component 0. */
static inline void load_all(const char *path, rml_volume_info *info, rml_volume *volume)
{
    rml_volume_file *file;
    rml_error err = {0};

    assert_status(rml_volume_open(path, &file, info, &err), RML_OK, &err);
    assert_status(rml_volume_load(file, 0, info->grid.size[2], 0, volume, NULL, &err), RML_OK, &err);
    rml_volume_close(file);
}

/* A grid as an oracle gave it; relative 0: bit for bit, since no reader may round. */
static inline void assert_grid(const rml_grid *grid, const double spacing[3], const double origin[3],
                               const double (*direction)[3], double relative, const char *name)
{
    for (int a = 0; a < 3; ++a) {
        assert_close(grid->spacing[a], spacing[a], relative, 0, name);
        assert_close(grid->origin[a], origin[a], relative, 0, name);
        for (int b = 0; b < 3; ++b) assert_close(grid->direction[a][b], direction[a][b], relative, relative, name);
    }
}

#endif
