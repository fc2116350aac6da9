/* Other names of units: what a name stands for, the last word wins. In memory only. */
#ifndef RML_ENGINE_NAMES_H
#define RML_ENGINE_NAMES_H

#include "engine/keys.h"

typedef struct rml_names {
    rml_keys names;
} rml_names;

void rml_names_free(rml_names *names); /* and forgets all */

/* RML_ENOMEM */
RML_CHECKED rml_status rml_names_put(rml_names *names, rml_key name, rml_key unit);

/* The name itself when it stands for nothing. */
rml_key rml_names_find(const rml_names *names, rml_key name);

/* Whether the name stands for another unit than this. */
bool rml_names_has_other(const rml_names *names, rml_key name, rml_key unit);

#endif
