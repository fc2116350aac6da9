/* "1 patient", "2 patients". */
#ifndef RML_JOBS_PLURAL_H
#define RML_JOBS_PLURAL_H

#include <stdint.h>

/* What an English noun of so many ends in. */
static inline const char *rml_plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

#endif
