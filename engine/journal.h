/* The journal: an append-only file of checksummed records, the only thing that must survive a crash.
 *
 * The first record is the identity: lines of "name: value" that say which job this journal belongs to. The others tell
 * what became of a unit, by key. The last word on a key wins. Bytes that are no record are told apart by what follows
 * them. Where no whole record does, they are taken for what a killed writer left of its last one, and
 * cut off on opening (a damaged last record looks the same). Otherwise the file is damaged there: opening tells the
 * place, goes on at the next whole record, and leaves the bytes as they are. What was recorded in them is lost and its
 * units are done again. Every record says up to where the file was synced when it was written: a damaged place before
 * that was on disk once, and one behind it may also be what a lost power supply kept from getting there. Either way the
 * records that follow are whole, each in its own place, and count.
 *
 * Whose records these were is not known, so an older word on a key might win where the lost one was the last. An older
 * FAILED does no harm: it is tried again in any case. An older DONE does when the lost record took it back (files with
 * other contents, --verify). Therefore every record counts how many before it took the place of a DONE. Where the
 * counts on both sides of a gap agree, all DONEs before it stand; where not, none of them does but those with a later
 * word behind it. The same goes for names. A damaged identity is refused. */
#ifndef RML_ENGINE_JOURNAL_H
#define RML_ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/runs.h"
#include "kernels/base/blob.h"
#include "kernels/base/status.h"

typedef struct rml_key {
    uint64_t high, low; /* XXH3-128 of the canonical description of the unit */
} rml_key;

rml_key rml_key_of(const void *bytes, size_t n_bytes);

typedef enum rml_record_kind {
    RML_RECORD_IDENTITY = 1,
    RML_RECORD_START = 2,   /* a run begins here: engine/runs.h */
    RML_RECORD_STARTED = 3, /* a task was handed out: its units' keys */
    RML_RECORD_DONE = 4,
    RML_RECORD_FAILED = 5,
    RML_RECORD_CRASHED = 6,    /* a crash record of a rank, by key; signal 0: set aside by the run itself */
    RML_RECORD_CLOSED = 7,     /* the run came to an orderly end, at the time in it (f64); all before it is synced */
    RML_RECORD_NAMED = 8,      /* pairs of keys: a name, and the unit that it stands for from now on */
    RML_RECORD_EFFORT = 9,     /* what the run took: engine/runs.h */
    RML_RECORD_CONCLUDED = 10, /* all has an outcome, and what is made of them is written */
    RML_RECORD_SEEN = 11,      /* the damage so far was seen by the run that begins next: places and bytes, two i64 */
} rml_record_kind;

typedef struct rml_journal rml_journal;

/* What the journal says of a key. */
typedef enum rml_unit_state {
    RML_UNIT_UNKNOWN,
    RML_UNIT_DONE,
    RML_UNIT_FAILED,
    RML_UNIT_QUARANTINED /* blamed for deaths of ranks; tried again only on request */
} rml_unit_state;

/* Makes a run folder and its journal, or opens the one that is there. Takes the lock RUN/lock first, opens the log
 * RUN/log (engine/log.h), and turns the crash records that dead ranks left into CRASHED records.
 *
 * folder    in  X.h5ad.run; made when absent
 * identity  in  canonical text, one "name: value" a line
 * fresh     in  begin anew: an existing journal is removed
 *
 * RML_ELOCKED   another process holds the lock (host and process in the sentence)
 * RML_EFOREIGN  the identity differs (the differing lines, both values, in the sentence)
 * RML_EFORMAT   no journal, or its identity is damaged (offset in the sentence); of damage elsewhere rml_log tells
 * RML_EIO       the system's refusal */
RML_CHECKED rml_status rml_journal_open(const char *folder, const char *identity, bool fresh, rml_journal **journal,
                                        rml_error *err);
/* The tables, or whatever the job makes of its results, are written: CONCLUDED, unless the journal says so of its last
 * run already. What the disk refuses is not missed: the next run says it. */
void rml_journal_conclude(rml_journal *journal);
/* Writes CLOSED when a run was begun and everything could be written; gives back the lock. NULL allowed. */
void rml_journal_close(rml_journal *journal);

/* Reads a journal without the lock and without an identity to compare with (status, info). Read only; of damage
 * rml_log tells. */
RML_CHECKED rml_status rml_journal_open_read(const char *folder, rml_journal **journal, rml_error *err);
/* The same for its identity alone: no record behind it is read. */
RML_CHECKED rml_status rml_journal_open_head(const char *folder, rml_journal **journal, rml_error *err);
const char *rml_journal_identity(const rml_journal *journal);
const char *rml_journal_folder(const rml_journal *journal);
/* What it says of its runs. Valid as long as the journal is open. */
const rml_runs *rml_journal_runs(const rml_journal *journal);
/* Whether it is damaged in places that no run has seen yet: the next START says that it has. */
bool rml_journal_damaged(const rml_journal *journal);
/* Whether this process has begun a run in it. */
bool rml_journal_run_begun(const rml_journal *journal);

/* How the units stand, by what the last run said of each: of those that it did not hand out or record, nothing. All of
 * them are counted when no run was begun. */
typedef struct rml_journal_counts {
    int64_t n_done, n_failed; /* outcomes of the last run; a quarantined unit is neither */
    int64_t n_quarantined;
    int64_t n_running; /* handed out and not back */
    int64_t n_ended;   /* outcomes of the last run in all */
    bool open;         /* the last run has no orderly end: it is at work, or died */
    bool damaged;      /* in places that no run has seen yet: what the last one knew of may be lost */
    int64_t n_known;   /* units of all runs that are done */
    double written; /* the last record: seconds since 1970. Of a run in order by rank 0's clock, else the file's time */
} rml_journal_counts;

RML_CHECKED rml_status rml_journal_count(const rml_journal *journal, rml_journal_counts *counts, rml_error *err);

rml_unit_state rml_journal_state(const rml_journal *journal, rml_key key);

/* The unit that a name stands for by the last NAMED record with it; the name itself when there is none. */
rml_key rml_journal_named(const rml_journal *journal, rml_key name);

/* What is held against a unit; the rules stand in engine/ledger.h. */
typedef struct rml_blame {
    bool suspect;      /* to be run last and alone */
    bool quarantined;  /* not to be run unless asked for */
    int32_t n_crashes; /* crash records */
    int32_t signal;    /* of the last one */
    bool cut_short;    /* was running when the last run ended */
} rml_blame;

rml_blame rml_journal_blame(const rml_journal *journal, rml_key key);
/* How many runs before this one, in a row, ended without a result that the journal did not have, in order or not; but
 * for those that came to the end of what they had to do, if only by failing again what had failed. */
int32_t rml_journal_barren(const rml_journal *journal);

/* The blob of the last DONE or FAILED record of a key, read from the file (and its checksum verified) into outcome,
 * which is overwritten. RML_EMISSING when there is none. */
RML_CHECKED rml_status rml_journal_read(const rml_journal *journal, rml_key key, bool *done, rml_blob *outcome,
                                        rml_error *err);

/* Appends. START begins a run; CRASHED takes two little-endian i32: rank and signal. What was appended counts only
 * after rml_journal_sync. RML_EIO on a full disk: the partial record is cut off again. RML_ELOCKED: another run has
 * taken the folder over (engine/lock.h). */
RML_CHECKED rml_status rml_journal_append(rml_journal *journal, rml_record_kind kind, const rml_key *keys,
                                          int32_t n_keys, const void *bytes, size_t n_bytes, rml_error *err);
RML_CHECKED rml_status rml_journal_sync(rml_journal *journal, rml_error *err);

/* The same in three steps, of which the second one may run on another thread while records are appended: what was
 * appended up to the mark is synced. */
typedef struct rml_sync_mark {
    int fd;
    bool broken; /* a sync has failed before: it is not tried again */
    int64_t end;
} rml_sync_mark;

rml_sync_mark rml_journal_sync_mark(const rml_journal *journal);
int rml_journal_sync_to(rml_sync_mark mark); /* 0, or why not (errno) */
RML_CHECKED rml_status rml_journal_synced(rml_journal *journal, rml_sync_mark mark, int refused, rml_error *err);

#endif
