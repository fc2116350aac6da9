#include "kernels/base/volume.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t rml_scalar_bytes(rml_scalar type)
{
    static const unsigned char bytes[RML_N_SCALARS] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

    assert(type < RML_N_SCALARS);
    return bytes[type];
}

const char *rml_scalar_name(rml_scalar type)
{
    static const char *const names[RML_N_SCALARS] = {"int8",   "uint8", "int16",  "uint16",  "int32",
                                                     "uint32", "int64", "uint64", "float32", "float64"};

    return type < RML_N_SCALARS ? names[type] : "unknown";
}

bool rml_scalar_is_float(rml_scalar type)
{
    return type == RML_FLOAT32 || type == RML_FLOAT64;
}

void rml_volume_free(rml_volume *volume)
{
    if (!volume) return;
    free(volume->memory);
    *volume = (rml_volume){0};
}

rml_scalar rml_volume_type(const rml_volume *volume)
{
    return volume->scaled && volume->stored != RML_FLOAT64 ? RML_FLOAT32 : volume->stored;
}

/* Bits of a voxel, in the machine's byte order once swapped. Unaligned loads go through memcpy. */
#define SWAP_1(bits) (bits)
#define SWAP_2(bits) __builtin_bswap16(bits)
#define SWAP_4(bits) __builtin_bswap32(bits)
#define SWAP_8(bits) __builtin_bswap64(bits)

/* One decoder a type: the dense loops (stride known when compiled) are those that the compiler turns into vectors. */
#define LOOP(type, bits_type, swap, stride)                                                                            \
    for (int32_t i = 0; i < n; ++i) {                                                                                  \
        bits_type bits;                                                                                                \
        type value;                                                                                                    \
        memcpy(&bits, from + (size_t)i * (stride), sizeof bits);                                                       \
        bits = swap(bits);                                                                                             \
        memcpy(&value, &bits, sizeof value);                                                                           \
        out[i] = (double)value;                                                                                        \
    }
#define PLAIN(bits) (bits)
#define DECODER(type, bits_type, n_bytes)                                                                              \
    static void decode_##type(const unsigned char *from, size_t stride, bool swapped, int32_t n, double *out)          \
    {                                                                                                                  \
        if (stride == sizeof(type) && !swapped)                                                                        \
            LOOP(type, bits_type, PLAIN, sizeof(type))                                                                 \
        else if (stride == sizeof(type))                                                                               \
            LOOP(type, bits_type, SWAP_##n_bytes, sizeof(type))                                                        \
        else if (!swapped)                                                                                             \
            LOOP(type, bits_type, PLAIN, stride)                                                                       \
        else                                                                                                           \
            LOOP(type, bits_type, SWAP_##n_bytes, stride)                                                              \
    }

DECODER(int8_t, uint8_t, 1)
DECODER(uint8_t, uint8_t, 1)
DECODER(int16_t, uint16_t, 2)
DECODER(uint16_t, uint16_t, 2)
DECODER(int32_t, uint32_t, 4)
DECODER(uint32_t, uint32_t, 4)
DECODER(int64_t, uint64_t, 8)
DECODER(uint64_t, uint64_t, 8)
DECODER(float, uint32_t, 4)
DECODER(double, uint64_t, 8)

/* As ITK scales: what is not float64 becomes float32 first, is scaled in double, and is float32 again. */
static void scale_row(const rml_volume *volume, int32_t n, double *out)
{
    const double slope = volume->slope, intercept = volume->intercept;

    if (volume->stored == RML_FLOAT64)
        for (int32_t i = 0; i < n; ++i) out[i] = out[i] * slope + intercept;
    else
        for (int32_t i = 0; i < n; ++i) out[i] = (double)(float)((double)(float)out[i] * slope + intercept);
}

void rml_volume_row(const rml_volume *volume, int32_t x, int32_t n, int32_t y, int32_t z, double *out)
{
    typedef void decoder(const unsigned char *, size_t, bool, int32_t, double *);
    static decoder *const decode[RML_N_SCALARS] = {decode_int8_t,  decode_uint8_t,  decode_int16_t, decode_uint16_t,
                                                   decode_int32_t, decode_uint32_t, decode_int64_t, decode_uint64_t,
                                                   decode_float,   decode_double};
    const rml_grid *grid = &volume->grid;
    const size_t stride = rml_scalar_bytes(volume->stored) * (size_t)volume->step;
    const int64_t voxel = ((int64_t)(z - volume->first_slice) * grid->size[1] + y) * grid->size[0] + x;

    assert(n >= 0 && x >= 0 && n <= grid->size[0] - x && y >= 0 && y < grid->size[1]);
    assert(z >= volume->first_slice && z - volume->first_slice < volume->n_slices);
    decode[volume->stored](volume->voxels + (size_t)voxel * stride, stride, volume->swapped, n, out);
    if (volume->scaled) scale_row(volume, n, out);
}

void rml_volume_crop(const rml_volume *volume, const rml_box *box, double *out)
{
    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y, out += box->size[0])
            rml_volume_row(volume, box->first[0], box->size[0], box->first[1] + y, box->first[2] + z, out);
}
