#include "engine/keys.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "engine/nonce.h"

enum { FIRST_CAPACITY = 64 };

void rml_keys_free(rml_keys *keys)
{
    free(keys->entries);
    free(keys->slots);
    *keys = (rml_keys){0};
}

bool rml_key_same(rml_key a, rml_key b)
{
    return a.high == b.high && a.low == b.low;
}

static void *entry_at(const rml_keys *keys, size_t number)
{
    return (char *)keys->entries + number * keys->size;
}

static rml_key key_at(const rml_keys *keys, size_t number)
{
    rml_key key;

    memcpy(&key, entry_at(keys, number), sizeof key);
    return key;
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *slot_of(const rml_keys *keys, rml_key key)
{
    size_t s = (size_t)XXH3_64bits_withSeed(&key, sizeof key, keys->seed) & (keys->n_slots - 1);

    while (keys->slots[s] && !rml_key_same(key_at(keys, keys->slots[s] - 1), key)) s = (s + 1) & (keys->n_slots - 1);
    return &keys->slots[s];
}

/* Twice the entries, and twice as many slots as entries: at most every second one is taken. */
static bool grow(rml_keys *keys)
{
    const size_t capacity = keys->capacity ? 2 * keys->capacity : FIRST_CAPACITY;
    uint32_t *slots;
    void *entries;

    if (capacity > UINT32_MAX) return false; /* a slot holds no larger number */
    slots = calloc(2 * capacity, sizeof *slots);
    if (!slots) return false;
    entries = realloc(keys->entries, capacity * keys->size);
    if (!entries) {
        free(slots);
        return false;
    }
    if (!keys->capacity) keys->seed = rml_nonce();
    free(keys->slots);
    keys->entries = entries;
    keys->capacity = capacity;
    keys->slots = slots;
    keys->n_slots = 2 * capacity;
    for (size_t number = 0; number < keys->n; ++number) *slot_of(keys, key_at(keys, number)) = (uint32_t)number + 1;
    return true;
}

void *rml_keys_find(const rml_keys *keys, rml_key key)
{
    const uint32_t *slot = keys->n ? slot_of(keys, key) : NULL;

    return slot && *slot ? entry_at(keys, *slot - 1) : NULL;
}

void *rml_keys_add(rml_keys *keys, rml_key key, size_t size)
{
    void *entry = rml_keys_find(keys, key);

    if (entry) return entry;
    keys->size = size;
    if (keys->n == keys->capacity && !grow(keys)) return NULL;
    entry = entry_at(keys, keys->n);
    memset(entry, 0, size);
    memcpy(entry, &key, sizeof key);
    *slot_of(keys, key) = (uint32_t)++keys->n;
    return entry;
}
