/* The folder that `radmill phantom` fills: what may stand in it, and the three tables. */
#ifndef RML_JOBS_PHANTOM_FOLDER_H
#define RML_JOBS_PHANTOM_FOLDER_H

#include "engine/journal.h"
#include "jobs/phantom_case.h"

/* Makes the folder when absent, else looks at all that is in it.
 *
 * go_on  in  --resume or --fresh was given
 *
 * RML_EEXISTS   something that is no part of a phantom cohort; images or tables without the run folder; a cohort
 *               without go_on
 * RML_EMISSING  the folder's parent is not there
 * RML_EIO       the system's refusal */
RML_CHECKED rml_status rml_phantom_folder_check(const char *folder, bool go_on, rml_error *err);

/* Makes images and masks when absent and removes from them every file of ours that is half-written or not of these
 * tasks (all of them when fresh), and, when fresh, the tables. The caller holds the lock.
 * tasks  in  [n_tasks], patient 1 first
 * RML_EIO */
RML_CHECKED rml_status rml_phantom_folder_tidy(const char *folder, const rml_phantom_task *tasks, int64_t n_tasks,
                                               bool fresh, rml_error *err);

/* Whether all files of a record are there with the length that they were written with. */
bool rml_phantom_folder_has(const char *folder, const rml_phantom_record *record);

/* Writes cohort.csv, clinical.csv and truth.csv from the journal's records, in the patients' order, and in the run
 * folder failures.csv (ID, Stage, Code, Reason). A failed patient stands in failures.csv alone.
 * RML_EIO, RML_EFORMAT, RML_EMISSING (a patient of whom the journal knows nothing) */
RML_CHECKED rml_status rml_phantom_folder_tables(const char *folder, rml_journal *journal, const rml_key *keys,
                                                 int64_t n_tasks, int64_t *n_failed, rml_error *err);

#endif
