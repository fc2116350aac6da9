#include "jobs/listing.h"

#include <stdio.h>

void rml_listing_add(rml_listing *listing, const char *name, const char *between)
{
    if (listing->n < RML_LISTED && listing->used < sizeof listing->text)
        listing->used += (size_t)snprintf(listing->text + listing->used, sizeof listing->text - listing->used,
                                          "%s%.120s", listing->n > 0 ? between : "", name);
    if (listing->n == RML_LISTED && listing->used < sizeof listing->text)
        listing->used +=
            (size_t)snprintf(listing->text + listing->used, sizeof listing->text - listing->used, "%s…", between);
    ++listing->n;
}
