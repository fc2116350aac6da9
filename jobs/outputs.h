/* The files that an extraction writes, judged before any work: what would be found out only when the tables are
 * written, after hours, or would cost someone a file. */
#ifndef RML_JOBS_OUTPUTS_H
#define RML_JOBS_OUTPUTS_H

#include "jobs/cohort.h"
#include "jobs/params.h"

typedef struct rml_outputs {
    const char *out, *csv;       /* as the command line has them; csv NULL: none */
    const char *folder;          /* the run folder; need not be there */
    const char *cohort, *params; /* what is read beside the cohort's files; params NULL: none */
    const rml_params *columns;   /* whose features the tables have */
    bool resume, fresh;
} rml_outputs;

/* Links are followed: it is their targets that are judged, and written.
 *
 * RML_ESETTING  an output is the cohort or the parameter file, or both outputs are one file
 * RML_EEXISTS   an output is one of the cohort's files or lies in a run folder; or it is there already, and no
 * journal says that it is this run's (of a CSV its header, too), and fresh does not ask to replace it
 * RML_EIO       a device, a pipe, a folder; in a folder that is not there or cannot be written to */
RML_CHECKED rml_status rml_outputs_check(const rml_outputs *outputs, const rml_cohort *cohort, rml_error *err);

/* Whether the journal in the run folder, if there is one, is of this run; identity as of rml_extract_identity. For who
 * does not open it: no lock is taken. RML_EFOREIGN and what rml_journal_open_read says. */
RML_CHECKED rml_status rml_outputs_check_run(const rml_outputs *outputs, const char *identity, rml_error *err);

#endif
