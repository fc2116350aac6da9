#include "engine/names.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 1024 };

void rml_names_free(rml_names *names)
{
    free(names->slots);
    *names = (rml_names){0};
}

static bool same_key(rml_key a, rml_key b)
{
    return a.high == b.high && a.low == b.low;
}

static bool is_free(const struct rml_name *slot)
{
    return slot->name.high == 0 && slot->name.low == 0; /* of 2^128 hashes this one is given up */
}

static struct rml_name *slot_of(struct rml_name *slots, size_t capacity, rml_key name)
{
    size_t s = (size_t)name.low & (capacity - 1);

    while (!is_free(&slots[s]) && !same_key(slots[s].name, name)) s = (s + 1) & (capacity - 1);
    return &slots[s];
}

static rml_status grow(rml_names *names)
{
    const size_t capacity = names->capacity ? 2 * names->capacity : FIRST_CAPACITY;
    struct rml_name *slots = calloc(capacity, sizeof *slots);

    if (!slots) return RML_ENOMEM;
    for (size_t s = 0; s < names->capacity; ++s)
        if (!is_free(&names->slots[s])) *slot_of(slots, capacity, names->slots[s].name) = names->slots[s];
    free(names->slots);
    names->slots = slots;
    names->capacity = capacity;
    return RML_OK;
}

rml_status rml_names_put(rml_names *names, rml_key name, rml_key unit)
{
    const struct rml_name given = {.name = name, .unit = unit};
    struct rml_name *slot;

    if (is_free(&given)) return RML_OK;
    if (10 * (names->n + 1) > 7 * names->capacity && grow(names) != RML_OK) return RML_ENOMEM;
    slot = slot_of(names->slots, names->capacity, name);
    names->n += is_free(slot);
    *slot = given;
    return RML_OK;
}

rml_key rml_names_find(const rml_names *names, rml_key name)
{
    const struct rml_name *slot = names->capacity ? slot_of(names->slots, names->capacity, name) : NULL;

    return slot && !is_free(slot) ? slot->unit : name;
}

bool rml_names_has_other(const rml_names *names, rml_key name, rml_key unit)
{
    const struct rml_name *slot = names->capacity ? slot_of(names->slots, names->capacity, name) : NULL;

    return slot && !is_free(slot) && !same_key(slot->unit, unit);
}
