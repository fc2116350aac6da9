/* Handing out pieces of a caller's scratch memory, each on 64 bytes. With base NULL nothing is handed out and used
 * becomes the bytes that will be needed, so that one layout function both measures and lays out. */
#ifndef RML_TEXTURE_SCRATCH_H
#define RML_TEXTURE_SCRATCH_H

#include <stddef.h>

typedef struct rml_scratch {
    unsigned char *base;
    size_t used;
} rml_scratch;

static inline void *rml_scratch_take(rml_scratch *scratch, size_t n_bytes)
{
    void *piece = scratch->base ? scratch->base + scratch->used : NULL;

    scratch->used += (n_bytes + 63) / 64 * 64;
    return piece;
}

#endif
