#include <libdeflate.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image.h"

/* A detached data file would be a path of the fuzzer's choosing: those headers are refused unread. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const paths[] = {"data", "DATA", "Data"};

    for (size_t k = 0; k < sizeof paths / sizeof paths[0]; ++k)
        if (memmem(data, n, paths[k], 4) && memmem(data, n, "ile: ", 5) && !memmem(data, n, "ile: LIST", 9)) return 0;
    judge_image(data, n);
    return 0;
}

size_t fuzz_seed(int k, uint8_t *out, size_t limit)
{
    static const char *const headers[] = {
        "NRRD0004\n# made\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 5 4 3\n"
        "space directions: (0.5,0,0) (0,0.75,0) (0,0.1,2)\nkinds: domain domain domain\nendian: little\n"
        "encoding: raw\nspace origin: (-1.5,2.25,3)\nkey:=value\n\n",
        "NRRD0005\ntype: double\ndimension: 4\nsizes: 2 5 4 3\nspacings: nan 0.5 0.75 2\nendian: big\n"
        "encoding: raw\nkinds: vector domain domain domain\nbyte skip: -1\n\n",
        "NRRD0001\ntype: uchar\ndimension: 3\nsizes: 5 4 3\nencoding: raw\nline skip: 1\nbyte skip: 2\n"
        "axis mins: 1 2 3\naxis maxs: 4 5 6\ncenters: cell node ???\n\nskipped\n..",
        "NRRD0004\ntype: float\ndimension: 3\nspace: RAS\nsizes: 5 4 3\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
        "endian: little\nencoding: gzip\n\n",
        "NRRD0004\r\ntype: int\r\ndimension: 4\r\nsizes: 5 4 3 2\r\nspace dimension: 3\r\n"
        "space directions: (1,0,0) (0,1,0) (0,0,1) none\r\nkinds: domain domain domain list\r\nendian: little\r\n"
        "encoding: gzip\r\nbyte skip: 4\r\n\r\n"};
    uint8_t voxels[1024];
    struct libdeflate_compressor *compressor;
    size_t n, n_packed;

    if (k >= (int)(sizeof headers / sizeof headers[0])) return 0;
    for (size_t i = 0; i < sizeof voxels; ++i) voxels[i] = (uint8_t)(i * 37);
    n = strlen(headers[k]);
    memcpy(out, headers[k], n);
    if (!strstr(headers[k], "gzip")) {
        memcpy(out + n, voxels, sizeof voxels);
        return n + sizeof voxels;
    }
    compressor = libdeflate_alloc_compressor(6);
    n_packed = libdeflate_gzip_compress(compressor, voxels, sizeof voxels, out + n, limit - n);
    libdeflate_free_compressor(compressor);
    return n + n_packed;
}
