#include "kernels/base/sha1.h"

#include <stdio.h>
#include <string.h>

static inline uint32_t rotated(uint32_t word, int by)
{
    return word << by | word >> (32 - by);
}

/* The sixteen words of a block and their expansion, in a ring of sixteen. */
static inline uint32_t word_of(uint32_t ring[16], const unsigned char *block, int t)
{
    if (t < 16) {
        const unsigned char *from = block + (ptrdiff_t)4 * t;

        ring[t] = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | (uint32_t)from[3];
    } else {
        ring[t & 15] = rotated(ring[(t + 13) & 15] ^ ring[(t + 8) & 15] ^ ring[(t + 2) & 15] ^ ring[t & 15], 1);
    }
    return ring[t & 15];
}

#define ROUNDS(from, mix, constant)                                                                                    \
    for (int t = (from); t < (from) + 20; ++t) {                                                                       \
        const uint32_t next = rotated(a, 5) + (mix) + e + (constant) + word_of(ring, block, t);                        \
        e = d;                                                                                                         \
        d = c;                                                                                                         \
        c = rotated(b, 30);                                                                                            \
        b = a;                                                                                                         \
        a = next;                                                                                                      \
    }

static void add_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t ring[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    ROUNDS(0, (b & c) | (~b & d), 0x5A827999U)
    ROUNDS(20, b ^ c ^ d, 0x6ED9EBA1U)
    ROUNDS(40, (b & c) | (b & d) | (c & d), 0x8F1BBCDCU)
    ROUNDS(60, b ^ c ^ d, 0xCA62C1D6U)
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void rml_sha1_begin(rml_sha1 *sha1)
{
    *sha1 = (rml_sha1){.state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U}};
}

void rml_sha1_add(rml_sha1 *sha1, const void *bytes, size_t n_bytes)
{
    const unsigned char *from = bytes;
    const size_t filled = (size_t)(sha1->n_bytes % RML_SHA1_BLOCK);

    sha1->n_bytes += n_bytes;
    if (filled > 0) {
        const size_t room = RML_SHA1_BLOCK - filled, n = n_bytes < room ? n_bytes : room;

        memcpy(sha1->block + filled, from, n);
        if (n < room) return;
        add_block(sha1->state, sha1->block);
        from += n;
        n_bytes -= n;
    }
    for (; n_bytes >= RML_SHA1_BLOCK; from += RML_SHA1_BLOCK, n_bytes -= RML_SHA1_BLOCK) add_block(sha1->state, from);
    if (n_bytes > 0) memcpy(sha1->block, from, n_bytes);
}

void rml_sha1_end(rml_sha1 *sha1, char text[RML_SHA1_TEXT])
{
    const uint64_t n_bits = sha1->n_bytes * 8;
    const size_t filled = (size_t)(sha1->n_bytes % RML_SHA1_BLOCK);
    unsigned char closing[2 * RML_SHA1_BLOCK] = {0x80};
    const size_t n = (filled < 56 ? 56 : 120) - filled; /* up to the length's eight bytes */

    for (int b = 0; b < 8; ++b) closing[n + (size_t)b] = (unsigned char)(n_bits >> (56 - 8 * b));
    rml_sha1_add(sha1, closing, n + 8);
    for (int w = 0; w < 5; ++w) snprintf(text + (ptrdiff_t)8 * w, 9, "%08x", sha1->state[w]);
}
