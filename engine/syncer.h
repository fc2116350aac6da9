/* Syncs a journal on a thread of its own, so that all ranks are served meanwhile: on a slow or shared disk a sync takes
 * longer than many a task. */
#ifndef RML_ENGINE_SYNCER_H
#define RML_ENGINE_SYNCER_H

#include <stdbool.h>

#include "engine/journal.h"

typedef struct rml_syncer rml_syncer;

/* The journal must outlive it. RML_ENOMEM: no memory or no thread. */
RML_CHECKED rml_status rml_syncer_init(rml_journal *journal, rml_syncer **syncer);
void rml_syncer_free(rml_syncer *syncer); /* waits for a sync that is under way; NULL allowed */

/* All that was appended so far. None may be under way. Appending goes on meanwhile. */
void rml_syncer_begin(rml_syncer *syncer);
/* Whether it has ended (wait: once it has), with what rml_journal_sync returns, and what it took. To be asked after
 * each begin until it has, by the thread that appends. */
bool rml_syncer_ended(rml_syncer *syncer, bool wait, double *seconds, rml_status *status, rml_error *err);

#endif
