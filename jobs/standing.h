/* How far a run is, from its journal and lock, neither of which is taken nor changed; and the shares of a job array. */
#ifndef RML_JOBS_STANDING_H
#define RML_JOBS_STANDING_H

#include "engine/journal.h"
#include "engine/lock.h"
#include "jobs/elements.h"

typedef enum rml_run_state {
    RML_RUN_NEVER_BEGUN,
    RML_RUN_STARTING, /* who holds the lock has not begun: it reads its input */
    RML_RUN_RUNNING,
    RML_RUN_DIED, /* killed, out of memory, or its node was lost */
    RML_RUN_STOPPED,
    RML_RUN_UNWRITTEN, /* all computed; no room for the table, or it has gone since */
    RML_RUN_DONE,
    RML_RUN_ENDED, /* with how much left, its journal does not say */
    RML_N_RUN_STATES
} rml_run_state;

typedef struct rml_standing {
    const char *folder;
    rml_run_state state;
    rml_journal_counts counts;
    rml_runs runs;
    uint64_t described;             /* checksum of what its journal says it is of, but for a share's number */
    int64_t n_done, n_all, n_to_go; /* n_done: before the last run, too; n_all, n_to_go -1: the journal does not say */
    rml_pace pace;
    double now;
    rml_lock_seen lock;
    char holder[320];
    char *output; /* what the run writes, where its name tells; NULL: of a share, nothing. Malloc'ed: free it */
    bool is_gone; /* the output */
} rml_standing;

/* The run folder that a name means: itself, or that of an output; with a journal, or with shares, or one of which that
 * is not known. Malloc'ed; NULL where there is none (or no memory). */
char *rml_standing_folder(const char *name);

/* The run folders of a sweep of several outcomes, NAME/OUTCOME/run with a journal, by name: how many, 0 without any (or
 * memory). *folders: malloc'ed, as is each. */
int rml_standing_outcomes(const char *name, char ***folders);

/* RML_EMISSING, RML_EFORMAT, RML_EIO as of rml_journal_open_read. folder must outlive *s. */
RML_CHECKED rml_status rml_standing_look(const char *folder, rml_standing *s, rml_error *err);

typedef struct rml_array {
    int32_t n;                       /* shares; 0: there are none */
    bool has[RML_ELEMENTS_MOST + 1]; /* [k]: share k has a folder */
    rml_run_state state[RML_ELEMENTS_MOST + 1];
    int32_t n_in[RML_N_RUN_STATES];
    int32_t first, n_others;           /* the lowest share with a journal; those whose journals are of another run */
    bool other[RML_ELEMENTS_MOST + 1]; /* [k]: share k is one of these */
    rml_standing
        sum; /* of the shares that have begun: counts, n_done, n_all, n_to_go, pace; left is that of the last */
} rml_array;

/* The shares in a run folder. RML_EEXISTS: of two numbers; else as above. */
RML_CHECKED rml_status rml_array_look(const char *folder, rml_array *array, rml_error *err);

#endif
