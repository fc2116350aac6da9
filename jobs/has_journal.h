/* Whether a run has begun in a folder: whether it has a journal there. */
#ifndef RML_JOBS_HAS_JOURNAL_H
#define RML_JOBS_HAS_JOURNAL_H

#include <stdbool.h>

#include "kernels/base/status.h"

/* A folder that is not there has none. One that may not be entered, another user's say, may have one: to take it for
 * none would end in advice to replace it.
 *
 * has  out  false where it is not known
 *
 * RML_EIO     not known: why
 * RML_ENOMEM */
RML_CHECKED rml_status rml_has_journal(const char *folder, bool *has, rml_error *err);

#endif
