/* The ledger: what the journal's records, replayed in order, say of each unit. In memory only; 32 bytes a unit.
 *
 * It also decides what a death of the program is held against. A run begins with START and has an orderly end with
 * CLOSED; a START (or the opening of the journal) without a CLOSED before it means that the run before died. A task is
 * in flight from its STARTED record until all its units have an outcome. An outcome is progress when it is a DONE, or
 * the first FAILED of its unit: a unit that fails again and again brings nothing new.
 *
 *   1. A rank that was killed by SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT leaves a crash record with the units it was
 *      computing: CRASHED. The first one makes these units suspect, the second one quarantines them.
 *   2. A death without a crash record (SIGKILL, out of memory, a lost node) says nothing, unless a single task was in
 *      flight: then its units are suspect. When the same task was the only one in flight in three deaths one after
 *      the other, with no progress between them, its units are quarantined.
 *   3. Two deaths in a row without a crash record and without any progress make the units that were in flight in both
 *      suspect: otherwise a task that is handed out early and kills its rank at once would end every run before
 *      rule 2 could single it out.
 *
 * Suspects run last, one at a time, with nothing else in flight (farm.h). An outcome of a unit that was in flight
 * clears all that was held against it; a FAILED record of one that was not handed out (the farm's refusal to run a
 * quarantined unit) clears nothing. */
#ifndef RML_ENGINE_LEDGER_H
#define RML_ENGINE_LEDGER_H

#include "engine/journal.h"

typedef struct rml_unit {
    rml_key key;
    int64_t offset;    /* of the record with the last outcome; 0: none */
    uint32_t flight;   /* number of the hand-out in this run; 0: not in flight */
    uint8_t n_crashes; /* crash records, at most one a run */
    uint8_t signal;    /* of the last crash record */
    uint8_t used : 1, done : 1, suspect : 1, quarantined : 1, crashed_now : 1;
    uint8_t cut_short : 1; /* in flight when the last run ended, in order or not */
    uint8_t n_fruitless;   /* deaths in a row without progress that it was in flight in, see rule 3 */
} rml_unit;

typedef struct rml_ledger {
    rml_unit *units; /* [capacity]: open addressing, linear probing, a power of two */
    size_t n_units, capacity;
    int32_t *flights; /* [n_flights]: units of hand-out f+1 of this run that have no outcome yet */
    size_t n_flights, flights_capacity;
    int64_t n_in_flight; /* tasks */
    bool run_open, progress, crashed;
    rml_key lone; /* the first unit of the task that was alone in the last death, and how often in a row */
    int32_t n_lone;
    int32_t n_barren; /* runs in a row that ended without progress, in order or not */
} rml_ledger;

void rml_ledger_free(rml_ledger *ledger);

/* One record, in the journal's order, at its offset. signal is that of a CRASHED record, 0 otherwise. RML_ENOMEM. */
RML_CHECKED rml_status rml_ledger_apply(rml_ledger *ledger, uint32_t kind, const rml_key *keys, int32_t n_keys,
                                        int64_t offset, int32_t signal);

/* The journal was opened for appending: a run that is still open died. */
void rml_ledger_settle(rml_ledger *ledger);

/* Records are missing here. What was in flight, and deaths in a row, are not known any more: nothing is held against
 * anyone for them. results: nor are the DONEs so far, since what is missing may have overruled them; returns how many
 * these are. What was held against units (suspect, quarantined) stays: a lost outcome may have cleared it, and
 * retry_quarantined does, too. */
int64_t rml_ledger_gap(rml_ledger *ledger, bool results);

/* NULL when no record names the key. Valid until the next apply. */
const rml_unit *rml_ledger_find(const rml_ledger *ledger, rml_key key);

#endif
