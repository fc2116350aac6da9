/* A fuzz target without libFuzzer: seeds and mutations of them that are the same every time; or files one by one, with
 * what is said of each.
 * Usage: fuzz_TARGET --mutate N SEED... | fuzz_TARGET --say FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 17, SAID_LIMIT = 1 << 26 }; /* bytes of a file that is mutated, and of one that is read as it is */

static uint64_t stream, next_draw; /* of the mutation at hand */

static uint64_t draw(uint64_t below)
{
    return rml_rng_bits(1, stream, next_draw++) % below;
}

/* One to eight changes: bits, bytes, numbers that are borders somewhere, pieces moved, cut or repeated. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t limit)
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
            if (n + length > limit) break;
            memmove(bytes + at + length, bytes + at, left);
            n += length;
            break;
        default: bytes[at] = (uint8_t)("0123456789-.,() \n:n"[draw(19)]); break;
        }
    }
    return n;
}

__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t limit, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(bytes, n, limit);
}

static size_t read_file(const char *path, uint8_t *bytes, int limit)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    if (!file) {
        perror(path);
        exit(1);
    }
    n = fread(bytes, 1, (size_t)limit, file);
    if (fgetc(file) != EOF) {
        fprintf(stderr, "%s: longer than %d bytes\n", path, limit);
        exit(1);
    }
    fclose(file);
    return n;
}

/* The sentence with the file's own name for that of the memory file. */
static void say(const char *path, const uint8_t *bytes, size_t n)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *own, *at;
    rml_error err = {0};
    const rml_status status = fuzz_read(bytes, n, &err);

    own = fuzz_named();

    printf("%s\t%s\t", name, rml_status_name(status));
    for (const char *text = status == RML_OK ? "" : err.text; *text; text = at ? at + strlen(own) : "") {
        at = *own ? strstr(text, own) : NULL;
        printf("%.*s%s", at ? (int)(at - text) : (int)strlen(text), text, at ? name : "");
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    static uint8_t seed[LIMIT], bytes[LIMIT], said[SAID_LIMIT];
    const bool mutating = argc > 3 && strcmp(argv[1], "--mutate") == 0;
    const int n_seeds = argc - 3;
    const long n_runs = mutating ? strtol(argv[2], NULL, 10) : 0;

    if (!mutating && (argc < 3 || strcmp(argv[1], "--say") != 0)) {
        fprintf(stderr, "usage: %s --mutate N SEED... | %s --say FILE...\n", argv[0], argv[0]);
        return 2;
    }
    for (int k = 2; !mutating && k < argc; ++k) say(argv[k], said, read_file(argv[k], said, SAID_LIMIT));
    for (long run = 0; run < n_runs; ++run) {
        const size_t n = read_file(argv[3 + run % n_seeds], seed, LIMIT);

        stream = (uint64_t)run;
        next_draw = 0;
        memcpy(bytes, seed, n);
        LLVMFuzzerTestOneInput(bytes, LLVMFuzzerCustomMutator(bytes, n, LIMIT, (unsigned)run / (unsigned)n_seeds));
    }
    if (mutating) printf("%d seeds, %ld mutations\n", n_seeds, n_runs);
    return 0;
}
