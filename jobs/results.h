/* The folder that a verb writes its tables to, with its journal in the folder `run` within. */
#ifndef RML_JOBS_RESULTS_H
#define RML_JOBS_RESULTS_H

#include "jobs/study.h"

/* Whether a verb that keeps a journal has been at work there. RML_EIO where that is not known; RML_ENOMEM. */
RML_CHECKED rml_status rml_results_own(const char *out, bool *own, rml_error *err);

/* Of a folder that is own: the verb at work there was `maker`, as the journal's identity says it ("radmill survive").
 * A journal that is beyond reading is taken for its own.
 * RML_EEXISTS  another one was; RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_results_of(const char *out, const char *maker, rml_error *err);

/* No file of that name is there, be it another program's or another verb's: for a folder that is not own.
 *
 * maker  in  for the sentence: "a sweep"
 *
 * RML_EEXISTS, naming it; RML_ENOMEM */
RML_CHECKED rml_status rml_results_spare(const char *out, const char *name, const char *maker, rml_error *err);

/* A table of an earlier run of the verb, which this one does not make, is not left there; what is no file stays.
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_results_drop(const char *out, const char *name, rml_error *err);

/* Before any work: none of the n tables that it will write is a file of the study; a journal of the verb that is there
 * is gone on with, or replaced, only when that was asked for, and another verb's never; without one no table is there
 * already, unless fresh may replace it. Then the folder is made where it is not there.
 *
 * maker  in   as the journal's identity says it: "radmill survive"
 * own    out  an earlier run of the verb wrote this folder
 *
 * RML_ESETTING, RML_EEXISTS, RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_results_begin(const char *out, const char *maker, const char *const *names, int32_t n,
                                         const rml_study *study, bool resume, bool fresh, bool *own, rml_error *err);

#endif
