/* NIfTI in gzip. A bit changed in a stream is a wrong CRC and nothing else; so half of the changes are made to what is
 * inside, which is packed again. */
#include <libdeflate.h>

#include "tests/fuzz/image.h"

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    return judge_image(bytes, n, err);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t limit, unsigned seed)
{
    static uint8_t plain[1 << 16];
    struct libdeflate_decompressor *decompressor;
    struct libdeflate_compressor *compressor;
    size_t n_plain = 0, n_packed = 0;
    bool whole;

    if (seed % 2) return LLVMFuzzerMutate(bytes, n, limit);
    decompressor = libdeflate_alloc_decompressor();
    whole = libdeflate_gzip_decompress(decompressor, bytes, n, plain, sizeof plain, &n_plain) == LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(decompressor);
    if (!whole) return LLVMFuzzerMutate(bytes, n, limit);
    n_plain = LLVMFuzzerMutate(plain, n_plain, sizeof plain);
    compressor = libdeflate_alloc_compressor((int)(seed / 2 % 2));
    n_packed = libdeflate_gzip_compress(compressor, plain, n_plain, bytes, limit);
    libdeflate_free_compressor(compressor);
    return n_packed > 0 ? n_packed : n;
}
