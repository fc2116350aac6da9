/* YAML as a tree of scalars, lists and maps that knows its lines; a thin coat over libfyaml. */
#ifndef RML_IO_YAML_H
#define RML_IO_YAML_H

#include <stdbool.h>
#include <stdint.h>

#include "io/file.h"

typedef enum rml_yaml_kind { RML_YAML_NULL, RML_YAML_SCALAR, RML_YAML_LIST, RML_YAML_MAP } rml_yaml_kind;

typedef struct rml_yaml {
    rml_yaml_kind kind;
    int32_t line;           /* from 1 */
    const char *key;        /* its name in the map that holds it, or NULL */
    const char *text;       /* a scalar as written, without quotes */
    bool quoted;            /* a scalar in quotes: text, never a number, null or truth value */
    int32_t n;              /* children of a list or map */
    struct rml_yaml *child; /* [n] */
} rml_yaml;

/* The tree, to be freed with rml_yaml_free. An empty text is a NULL node. name: of the file, for what is refused; one
 * that ends in .json is read as JSON.
 *
 * RML_EFORMAT  not YAML, with line and column; a repeated key; anchors that refer to themselves; more than 1000 anchors
 *              and aliases, or 100 times the word %TAG; aliases that stand for more than 8 times the text, beyond 1 MiB
 * RML_ENOMEM */
RML_CHECKED rml_status rml_yaml_parse(const char *text, size_t n_bytes, const char *name, rml_yaml **tree,
                                      rml_error *err);
void rml_yaml_free(rml_yaml *tree);
const rml_yaml *rml_yaml_get(const rml_yaml *map, const char *key); /* NULL when absent or not a map */

/* Scalars as YAML 1.2's core schema (and 1.1's yes/no/on/off) has them; false when it is something else. */
bool rml_yaml_number(const rml_yaml *node, double *value);
bool rml_yaml_integer(const rml_yaml *node, int64_t *value);
bool rml_yaml_truth(const rml_yaml *node, bool *value);

#endif
