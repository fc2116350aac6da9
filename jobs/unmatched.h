/* Patients of a table whom the clinical file does not have: said by name, and what they may be called there. */
#ifndef RML_JOBS_UNMATCHED_H
#define RML_JOBS_UNMATCHED_H

#include <stdbool.h>
#include <stdint.h>

/* A line on stdout with the first three names, quoted; nothing of none. Where a name is one of the file's but for
 * blanks at its ends or the case of its letters, a second line says so of the first of these.
 *
 * without  in  [n] patients of the table alone
 * unused   in  [n_unused] patients of the clinical file alone */
void rml_unmatched_print(int32_t n, const char *const *without, int32_t n_unused, const char *const *unused);

/* Whether two texts are one but for blanks at the ends and the case of (ASCII) letters. */
bool rml_nearly_same(const char *a, const char *b);

#endif
