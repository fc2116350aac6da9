/* Runs every seed and then N deterministic mutations through a fuzz target: a CTest without libFuzzer. Or, with file
 * names, those files: what a fuzzer found, again.
 * Usage: fuzz_READER N | fuzz_READER FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 4096, MAX_SEEDS = 32 };

static uint64_t stream, next_draw; /* of the mutation at hand */

static uint64_t draw(uint64_t below)
{
    return rml_rng_bits(1, stream, next_draw++) % below;
}

/* One to eight changes: bits, bytes, numbers that are borders somewhere, pieces moved, cut or repeated. */
static size_t mutate(uint8_t *bytes, size_t n)
{
    static const uint64_t border[] = {0,          1,
                                      0x7F,       0x80,
                                      0xFF,       0x7FFF,
                                      0x8000,     0xFFFF,
                                      0x7FFFFFFF, 0x80000000,
                                      0xFFFFFFFF, 0x7F800000,
                                      0x7FC00000, 0x7FFFFFFFFFFFFFFF,
                                      UINT64_MAX, 0x7FF0000000000000};

    for (uint64_t k = 1 + draw(8); k > 0 && n > 0; --k) {
        const size_t at = draw(n < 600 && draw(2) ? n : (n < 352 ? n : 352)), left = n - at; /* headers come first */
        const uint64_t number = border[draw(sizeof border / sizeof border[0])];
        size_t length = 1 + draw(16);

        if (length > left) length = left;
        switch (draw(7)) {
        case 0: bytes[at] ^= (uint8_t)(1U << draw(8)); break;
        case 1: bytes[at] = (uint8_t)draw(256); break;
        case 2: memcpy(bytes + at, &number, length < 8 ? length : 8); break;
        case 3: n = draw(4) ? n : at; break;
        case 4:
            memmove(bytes + at, bytes + at + length, left - length);
            n -= length;
            break;
        case 5:
            if (n + length > LIMIT) break;
            memmove(bytes + at + length, bytes + at, left);
            n += length;
            break;
        default: bytes[at] = (uint8_t)("0123456789-.,() \n:n"[draw(19)]); break;
        }
    }
    return n;
}

static int run_file(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *stream_in = fopen(path, "rb");
    size_t n;

    if (!stream_in) {
        perror(path);
        return 1;
    }
    n = fread(bytes, 1, sizeof bytes, stream_in);
    fclose(stream_in);
    LLVMFuzzerTestOneInput(bytes, n);
    return 0;
}

int main(int argc, char **argv)
{
    static uint8_t seeds[MAX_SEEDS][LIMIT], bytes[LIMIT];
    size_t lengths[MAX_SEEDS];
    int n_seeds = 0, status = 0;
    char *end;
    const long n_runs = argc == 2 ? strtol(argv[1], &end, 10) : 0;

    if (argc < 2) {
        fprintf(stderr, "usage: %s N | %s FILE...\n", argv[0], argv[0]);
        return 2;
    }
    if (argc > 2 || *end) {
        for (int k = 1; k < argc; ++k) status |= run_file(argv[k]);
        return status;
    }
    while (n_seeds < MAX_SEEDS && (lengths[n_seeds] = fuzz_seed(n_seeds, seeds[n_seeds], LIMIT)) > 0) {
        LLVMFuzzerTestOneInput(seeds[n_seeds], lengths[n_seeds]);
        ++n_seeds;
    }
    for (long run = 0; run < n_runs; ++run) {
        const int seed = (int)(run % n_seeds);

        stream = (uint64_t)run;
        next_draw = 0;
        memcpy(bytes, seeds[seed], LIMIT);
        LLVMFuzzerTestOneInput(bytes, mutate(bytes, lengths[seed]));
    }
    printf("%d seeds, %ld mutations\n", n_seeds, n_runs);
    return 0;
}
