/* What a run is, as its journal says: lines "name: value", or names alone; indented ones belong to the last before them
 * that is not. A value may be several settings ("k 10, trees 50"). */
#ifndef RML_ENGINE_IDENTITY_H
#define RML_ENGINE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether two runs are one. differences: out, n_bytes of room for how they differ in words, each difference once with
 * "; " before it: "; binWidth: 25 there, 32 now; select a.forest.trees: 50 there, 60 now"; ends with "; and more" where
 * there is no room. */
bool rml_identity_same(const char *there, const char *now, char *differences, size_t n_bytes);

#endif
