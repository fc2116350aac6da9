/* The ledger: what the journal's records, replayed in order, say of each unit. In memory only; 48 bytes a unit.
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
 *   4. A CRASHED record with signal 0 is no death: the run that wrote it has quarantined the units. The farm does so
 *      with a suspect that was alone in flight when it would otherwise give up (farm.h).
 *
 * Suspects run last, one at a time, with nothing else in flight (farm.h). An outcome of a unit that was in flight
 * clears all that was held against it; a FAILED record of one that was not handed out (the farm's refusal to run a
 * quarantined unit) clears nothing. */
#ifndef RML_ENGINE_LEDGER_H
#define RML_ENGINE_LEDGER_H

#include "engine/keys.h"

/* What is kept of a unit. Nothing in it is undone at a run's end, or where records are missing: hand-outs, runs and
 * deaths are counted through the whole journal, and a number of an earlier one says nothing of now. So a record costs
 * the units that it names, however many there are. */
typedef struct rml_unit {
    rml_key key;
    int64_t offset;     /* of the record with the last outcome; 0: none */
    int64_t flight;     /* number of the last hand-out; 0: none, or it came back */
    uint32_t crash_run; /* run of the last crash record: it counts once a run */
    uint32_t death;    /* the last death by rule 3 that it was in flight in; 0: none, or progress, or acquitted since */
    uint8_t n_crashes; /* crash records, at most one a run */
    uint8_t signal;    /* of the last crash record */
    uint8_t done : 1, suspect : 1, quarantined : 1;
} rml_unit;

typedef struct rml_ledger {
    rml_keys units;
    int64_t n_flights; /* hand-outs so far */
    int64_t base;      /* before this run: a unit with a later one is in flight */
    int64_t cut_base;  /* before the last run that ended: a unit with a later one, up to cut_end, was in flight then */
    int64_t cut_end;
    int64_t doubted;   /* DONEs of before this offset count no more */
    uint32_t n_runs;   /* 1 more at each end of one, or of a gap */
    uint32_t n_deaths; /* by rule 3; 1 more also where it is not known whether there were some */
    int32_t *n_left;   /* [n_flights - base]: units of each hand-out of this run that have no outcome yet */
    uint32_t *handed;  /* [n_handed]: the units of these hand-outs, by number; some may be back, or handed out twice */
    size_t n_handed;
    size_t left_capacity, handed_capacity;
    int64_t n_in_flight; /* tasks */
    int64_t n_done;      /* units */
    bool run_open, progress, crashed;
    rml_key lone; /* the first unit of the task that was alone in the last death, and how often in a row */
    int32_t n_lone;
    int32_t n_barren;   /* runs in a row that ended without progress, in order or not */
    int64_t n_outcomes; /* of this run */
} rml_ledger;

void rml_ledger_free(rml_ledger *ledger);

/* One record, in the journal's order, at its offset. signal is that of a CRASHED record, 0 otherwise. RML_ENOMEM. */
RML_CHECKED rml_status rml_ledger_apply(rml_ledger *ledger, uint32_t kind, const rml_key *keys, int32_t n_keys,
                                        int64_t offset, int32_t signal);

/* The journal was opened for appending: a run that is still open died. */
void rml_ledger_settle(rml_ledger *ledger);

/* The run that CLOSED is about to end had an outcome for all that it had to do: no barren one, whatever these were. */
void rml_ledger_complete(rml_ledger *ledger);

/* Records are missing here. What was in flight, and deaths in a row, are not known any more: nothing is held against
 * anyone for them. results: nor are the DONEs so far, since what is missing may have overruled them; returns how many
 * these are. offset: where it goes on, behind all records so far. What was held against units (suspect, quarantined)
 * stays: a lost outcome may have cleared it, and retry_quarantined does, too. */
int64_t rml_ledger_gap(rml_ledger *ledger, bool results, int64_t offset);

/* How a unit stands now. */
typedef struct rml_standing {
    int64_t offset; /* of the record with the last outcome; 0: none that counts */
    bool done, in_flight, suspect, quarantined;
    bool cut_short; /* in flight when the last run ended, in order or not */
    int32_t n_crashes, signal;
} rml_standing;

/* All zero when no record names the key. */
rml_standing rml_ledger_find(const rml_ledger *ledger, rml_key key);
/* Of the unit that was named as number n, from 0 to ledger->units.n - 1. */
rml_standing rml_ledger_at(const rml_ledger *ledger, size_t n);

#endif
