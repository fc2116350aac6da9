#include "engine/names.h"

typedef struct name_entry {
    rml_key name, unit;
} name_entry;

void rml_names_free(rml_names *names)
{
    rml_keys_free(&names->names);
}

rml_status rml_names_put(rml_names *names, rml_key name, rml_key unit)
{
    name_entry *entry = rml_keys_add(&names->names, name, sizeof *entry);

    if (!entry) return RML_ENOMEM;
    entry->unit = unit;
    return RML_OK;
}

rml_key rml_names_find(const rml_names *names, rml_key name)
{
    const name_entry *entry = rml_keys_find(&names->names, name);

    return entry ? entry->unit : name;
}

bool rml_names_has_other(const rml_names *names, rml_key name, rml_key unit)
{
    const name_entry *entry = rml_keys_find(&names->names, name);

    return entry && !rml_key_same(entry->unit, unit);
}
