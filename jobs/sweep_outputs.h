/* The files that a sweep leaves in a folder: which they are, and whether it may write them. */
#ifndef RML_JOBS_SWEEP_OUTPUTS_H
#define RML_JOBS_SWEEP_OUTPUTS_H

#include "jobs/study.h"

/* None of them is a file that the study reads. RML_ESETTING, naming both; RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_outputs_spare_study(const char *out, const rml_study *study, rml_error *err);

/* None of them is there already, be it another program's or another verb's (extract's features.csv): for a folder that
 * is no sweep's own. RML_EEXISTS, naming the first; RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_outputs_spare_others(const char *out, rml_error *err);

#endif
