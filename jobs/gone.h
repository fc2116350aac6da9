/* Files that are not there any more. A row's key holds the state of its files (jobs/cohort.h), so a file that is
 * deleted after its case was computed changes the key. The journal therefore knows each row also by the keys that it
 * will have without its files; what was computed is found by them and kept. */
#ifndef RML_JOBS_GONE_H
#define RML_JOBS_GONE_H

#include "engine/journal.h"
#include "jobs/cohort.h"

/* A row of which a file is gone gets the key under which the journal has values of it, if the other file is as it was,
 * and a warning in the log; others are left as they are. */
void rml_gone_keep(const rml_journal *journal, rml_cohort *cohort, int64_t row);

/* For every row that is computed here: rml_gone_keep where a file is gone, else what it will be called without its
 * files into the journal, where that does not say so yet; synced.
 *
 * own  in  [n_rows] whether the row is computed here
 *
 * RML_ENOMEM, RML_EIO */
RML_CHECKED rml_status rml_gone_prepare(rml_journal *journal, rml_cohort *cohort, const bool *own, rml_error *err);

#endif
