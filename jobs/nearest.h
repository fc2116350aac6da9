/* "Did you mean …": the nearest known word. */
#ifndef RML_JOBS_NEAREST_H
#define RML_JOBS_NEAREST_H

#include <stdint.h>

/* The word of words[n] with the smallest edit distance to text (case ignored first), or NULL when none is near
 * (more than a third of the letters wrong, at least 2 allowed). Ties: the first. */
const char *rml_nearest(const char *text, const char *const *words, int32_t n);

#endif
