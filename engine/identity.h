/* What a run is, as its journal says: lines "name: value", or names alone. */
#ifndef RML_ENGINE_IDENTITY_H
#define RML_ENGINE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether two runs are one. differences: out, n_bytes of room for how they differ in words, each line with "; " before
 * it: "; binWidth: 25 there, 32 now". */
bool rml_identity_same(const char *there, const char *now, char *differences, size_t n_bytes);

#endif
