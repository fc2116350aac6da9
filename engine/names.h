/* Other names of units: what a name stands for, the last word wins. In memory only; 32 bytes a name. */
#ifndef RML_ENGINE_NAMES_H
#define RML_ENGINE_NAMES_H

#include "engine/journal.h"

typedef struct rml_names {
    struct rml_name {
        rml_key name, unit; /* name: never all zero but where free */
    } * slots;              /* [capacity]: open addressing, linear probing, a power of two */
    size_t n, capacity;
} rml_names;

void rml_names_free(rml_names *names); /* and forgets all */

/* RML_ENOMEM */
RML_CHECKED rml_status rml_names_put(rml_names *names, rml_key name, rml_key unit);

/* The name itself when it stands for nothing. */
rml_key rml_names_find(const rml_names *names, rml_key name);

/* Whether the name stands for another unit than this. */
bool rml_names_has_other(const rml_names *names, rml_key name, rml_key unit);

#endif
