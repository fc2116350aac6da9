/* Entries by key, in the order in which the keys came: a hash table of what the owner keeps of each. In memory only.
 *
 * Where a key lies in the table hangs on a number that each process draws for itself: whoever writes a journal cannot
 * choose keys that all want one place. Nothing but speed hangs on that number. */
#ifndef RML_ENGINE_KEYS_H
#define RML_ENGINE_KEYS_H

#include "engine/journal.h"

typedef struct rml_keys {
    void *entries;      /* [n] each of size bytes, its rml_key first */
    size_t n, capacity; /* of entries */
    size_t size;
    uint32_t *slots; /* [n_slots]: an entry's number + 1, 0 free; linear probing, a power of two */
    size_t n_slots;
    uint64_t seed;
} rml_keys;

void rml_keys_free(rml_keys *keys); /* and forgets all */

bool rml_key_same(rml_key a, rml_key b);

/* NULL when the key has no entry. Valid until the next one is added. */
void *rml_keys_find(const rml_keys *keys, rml_key key);
/* The key's entry, zero but for the key when it is new. size is the same in every call. NULL without memory. */
void *rml_keys_add(rml_keys *keys, rml_key key, size_t size);

#endif
