/* What a verb reads is not written over by what it writes. */
#ifndef RML_JOBS_INPUTS_H
#define RML_JOBS_INPUTS_H

#include "jobs/study.h"

/* The file FOLDER/name (folder NULL: the file name) that `option` asks for must be none of the n files that are read,
 * however they are spelled. input: paths, NULL allowed.
 * RML_ESETTING, naming both; RML_ENOMEM */
RML_CHECKED rml_status rml_inputs_spare(const char *option, const char *folder, const char *name,
                                        const char *const *input, int32_t n, rml_error *err);

/* The same for the files of a study: itself, its table, clinical file, report and fixed tables. */
RML_CHECKED rml_status rml_inputs_spare_study(const char *option, const char *folder, const char *name,
                                              const rml_study *study, rml_error *err);

#endif
