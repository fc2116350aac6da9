#include <libdeflate.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    judge_image(data, n);
    return 0;
}

/* 5 x 4 x 3 voxels, version 1 or 2: int16 or float64 with qform, sform and slope set. */
static size_t header_and_voxels(int version, bool wide, uint8_t *out)
{
    const int32_t length = version == 1 ? 348 : 540;
    const int16_t type = wide ? 64 : 4, bits = wide ? 64 : 16;
    const size_t start = version == 1 ? 352 : 544, n = start + 60 * (size_t)bits / 8;

    memset(out, 0, n);
    memcpy(out, &length, 4);
    if (version == 1) {
        const int16_t dim[8] = {3, 5, 4, 3, 1, 1, 1, 1}, code = 1;
        const float pixdim[8] = {1, 0.5F, 0.75F, 2, 1, 1, 1, 1}, offset = 352, slope = wide ? 2 : 0, one = 1;

        memcpy(out + 40, dim, sizeof dim), memcpy(out + 70, &type, 2), memcpy(out + 72, &bits, 2);
        memcpy(out + 76, pixdim, sizeof pixdim), memcpy(out + 108, &offset, 4), memcpy(out + 112, &slope, 4);
        memcpy(out + 252, &code, 2), memcpy(out + 254, &code, 2);
        for (int a = 0; a < 3; ++a) memcpy(out + 280 + 20 * a, &one, 4);
        out[123] = 2;
        memcpy(out + 344, "n+1", 4);
    } else {
        const int64_t dim[8] = {3, 5, 4, 3, 1, 1, 1, 1}, offset = 544;
        const double pixdim[8] = {1, 0.5, 0.75, 2, 1, 1, 1, 1}, one = 1;
        const int32_t code = 1;

        memcpy(out + 4, "n+2\0\r\n\032\n", 8);
        memcpy(out + 12, &type, 2), memcpy(out + 14, &bits, 2), memcpy(out + 16, dim, sizeof dim);
        memcpy(out + 104, pixdim, sizeof pixdim), memcpy(out + 168, &offset, 8);
        memcpy(out + 344, &code, 4), memcpy(out + 348, &code, 4);
        for (int a = 0; a < 3; ++a) memcpy(out + 400 + 40 * a, &one, 8);
    }
    for (size_t i = start; i < n; ++i) out[i] = (uint8_t)(i * 37);
    return n;
}

size_t fuzz_seed(int k, uint8_t *out, size_t limit)
{
    uint8_t plain[2048];
    struct libdeflate_compressor *compressor;
    size_t n, n_packed;

    if (k >= 8) return 0;
    n = header_and_voxels(1 + k % 2, k / 2 % 2, plain);
    if (k < 4) {
        memcpy(out, plain, n);
        return n;
    }
    compressor = libdeflate_alloc_compressor(6);
    n_packed = libdeflate_gzip_compress(compressor, plain, n, out, limit);
    libdeflate_free_compressor(compressor);
    return n_packed;
}
