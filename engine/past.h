/* Who may run, and why not: what the journal's earlier runs mean for the tasks of this one. */
#ifndef RML_ENGINE_PAST_H
#define RML_ENGINE_PAST_H

#include "engine/farm.h"

typedef struct rml_past {
    const rml_farm_job *job;
    rml_journal *journal;
    bool retry; /* what killed its rank is tried again */
} rml_past;

typedef enum rml_verdict {
    RML_VERDICT_SKIP,     /* every unit is done */
    RML_VERDICT_RUN,      /* as any other */
    RML_VERDICT_RUN_LAST, /* and alone: it ran when an earlier run died, or killed it and is tried again */
    RML_VERDICT_REFUSE    /* it killed its rank */
} rml_verdict;

rml_verdict rml_past_verdict(const rml_past *past, int64_t task);

/* Whether what ended the last run is known, so that this one need not give up: it is quarantined already, or will be
 * since it was a suspect and alone: to_quarantine, else -1. */
bool rml_past_is_found_out(const rml_past *past, int64_t *to_quarantine);
/* Writes into the journal that a task killed its rank. As rml_journal_append */
RML_CHECKED rml_status rml_past_quarantine(const rml_past *past, int64_t task, rml_error *err);

/* Why a quarantined unit is not run. */
void rml_past_explain_quarantine(const rml_past *past, int64_t task, int32_t unit, rml_error *why);
/* What was running when runs ended again and again without anything new: the next one would end as they did. */
void rml_past_explain_barren(const rml_past *past, rml_error *why);

#endif
