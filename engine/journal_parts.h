/* What the files of the journal share: journal_file.c (made, or replaced by a copy), journal_scan.c (read, with gaps)
 * and journal.c (opened, asked, appended to). Nobody else includes this. */
#ifndef RML_ENGINE_JOURNAL_PARTS_H
#define RML_ENGINE_JOURNAL_PARTS_H

#include "engine/journal.h"
#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/names.h"
#include "engine/record.h"

enum { RML_GAPS_TOLD = 8 }; /* one by one */

typedef struct rml_gap { /* bytes that are no records */
    int64_t from, to;
    bool in_doubt; /* what lies before it as well, of which n_doubted results */
    int64_t n_doubted;
} rml_gap;

struct rml_journal {
    char *folder, *path, *identity;
    rml_lock *lock; /* NULL: read only */
    int fd;
    bool owns_log;
    bool run_begun;       /* by this process: an orderly close is worth a record */
    bool broken;          /* a write or sync failed in a way that cannot be taken back */
    int64_t end;          /* where the next record goes */
    int64_t synced;       /* up to here the file is on disk */
    uint32_t n_overruled; /* as the last record has it */
    int64_t n_gaps, n_gap_bytes;
    rml_gap gaps[RML_GAPS_TOLD];
    bool gaps_seen; /* a run that began since knows of all of them */
    rml_ledger ledger;
    rml_names names;
    rml_runs runs;
};

/* The journal's file is new: header and identity, under another name until they are on disk, so that there is no
 * journal with half an identity. In the place of an old one, if the lock is still ours. RML_EIO, RML_ELOCKED,
 * RML_ENOMEM. */
RML_CHECKED rml_status rml_journal_create(rml_journal *journal, const char *identity, rml_error *err);
/* The run that had the lock may live and write on: a copy takes the file's place, so that it writes to one that has no
 * name any more. RML_EIO, RML_ELOCKED, RML_ENOMEM. */
RML_CHECKED rml_status rml_journal_fence(rml_journal *journal, rml_error *err);
/* Removes files that never became the journal. Whoever has the lock does so: a run that was stopped between its last
 * look at the lock and its rename must not find its file when it goes on. RML_EIO. */
RML_CHECKED rml_status rml_journal_remove_unnamed(const rml_journal *journal, rml_error *err);

/* Replays the whole file, or with head_alone reads its header and identity and stops there; journal->end is where the
 * valid part read ends. Damage is told (rml_log). RML_EFORMAT, RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_journal_scan(rml_journal *journal, int64_t file_size, bool head_alone, rml_error *err);
/* What a record says, into memory: of an older file and of one that is appended alike.
 *
 * bytes  in  [n_bytes]; NULL where they are of no consequence
 * RML_ENOMEM */
RML_CHECKED rml_status rml_journal_take_in(rml_journal *journal, const rml_record *r, const rml_key *keys,
                                           const unsigned char *bytes, rml_error *err);

#endif
