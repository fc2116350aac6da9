/* A list of names that grows in a sentence: the first RML_LISTED of them, then "…". */
#ifndef RML_JOBS_LISTING_H
#define RML_JOBS_LISTING_H

#include <stddef.h>
#include <stdint.h>

enum { RML_LISTED = 8 };

typedef struct rml_listing { /* {0} to begin with */
    char text[700];
    size_t used;
    int32_t n; /* all that were added */
} rml_listing;

/* between: what stands between two names. */
void rml_listing_add(rml_listing *listing, const char *name, const char *between);

#endif
