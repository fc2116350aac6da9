#include "engine/past.h"

#include <stdio.h>
#include <string.h>

rml_verdict rml_past_verdict(const rml_past *past, int64_t task)
{
    const rml_farm_task *what = &past->job->tasks[task];
    bool pending = false, suspect = false, quarantined = false;

    for (int32_t u = 0; u < what->n_units; ++u) {
        const rml_blame blame = rml_journal_blame(past->journal, what->keys[u]);

        if (rml_journal_state(past->journal, what->keys[u]) == RML_UNIT_DONE) continue;
        pending = true;
        suspect |= blame.suspect;
        quarantined |= blame.quarantined;
    }
    if (!pending) return RML_VERDICT_SKIP;
    if (quarantined && !past->retry) return RML_VERDICT_REFUSE;
    return suspect || quarantined ? RML_VERDICT_RUN_LAST : RML_VERDICT_RUN;
}

bool rml_past_is_found_out(const rml_past *past, int64_t *to_quarantine)
{
    int64_t n_cut = 0, n_suspect = 0;

    *to_quarantine = -1;
    if (past->retry) return false;
    for (int64_t t = 0; t < past->job->n_tasks; ++t) {
        bool cut = false, suspect = false;

        for (int32_t u = 0; u < past->job->tasks[t].n_units; ++u) {
            const rml_blame blame = rml_journal_blame(past->journal, past->job->tasks[t].keys[u]);

            if (blame.cut_short && blame.quarantined) return true;
            cut |= blame.cut_short;
            suspect |= blame.cut_short && blame.suspect;
        }
        n_cut += cut;
        n_suspect += suspect;
        if (suspect) *to_quarantine = t;
    }
    if (n_cut == 1 && n_suspect == 1) return true;
    *to_quarantine = -1;
    return false;
}

rml_status rml_past_quarantine(const rml_past *past, int64_t task, rml_error *err)
{
    static const unsigned char nobody[8] = {0}; /* rank and signal */
    const rml_farm_task *what = &past->job->tasks[task];

    return rml_journal_append(past->journal, RML_RECORD_CRASHED, what->keys, what->n_units, nobody, sizeof nobody, err);
}

void rml_past_explain_quarantine(const rml_past *past, int64_t task, int32_t unit, rml_error *why)
{
    const rml_blame blame = rml_journal_blame(past->journal, past->job->tasks[task].keys[unit]);
    const char *name = past->job->name(past->job->context, task, unit);

    if (!blame.quarantined)
        (void)rml_fail(why, RML_ECRASH,
                       "%s: is computed together with one that kills its rank; --retry-quarantined "
                       "tries it again",
                       name);
    else if (blame.n_crashes > 1)
        (void)rml_fail(why, RML_ECRASH,
                       "%s: killed its rank in %d runs, the last time by signal %d (SIG%s); "
                       "--retry-quarantined tries it again",
                       name, (int)blame.n_crashes, (int)blame.signal,
                       sigabbrev_np(blame.signal) ? sigabbrev_np(blame.signal) : "?");
    else
        (void)rml_fail(why, RML_ECRASH,
                       "%s: was the only one running when the program died, again and again (killed, out of memory, "
                       "or longer than the job?); --retry-quarantined tries it again",
                       name);
}

void rml_past_explain_barren(const rml_past *past, rml_error *why)
{
    enum { MOST_NAMES = 8 };
    char names[RML_ERROR_TEXT / 2] = "";
    size_t length = 0;
    int64_t n = 0;

    for (int64_t t = 0; t < past->job->n_tasks; ++t)
        for (int32_t u = 0; u < past->job->tasks[t].n_units; ++u) {
            if (!rml_journal_blame(past->journal, past->job->tasks[t].keys[u]).cut_short) continue;
            if (n++ >= MOST_NAMES || length >= sizeof names) continue;
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", n > 1 ? ", " : "",
                                       past->job->name(past->job->context, t, u));
        }
    if (n > MOST_NAMES && length < sizeof names)
        snprintf(names + length, sizeof names - length, " and %lld more", (long long)(n - MOST_NAMES));
    (void)rml_fail(why, RML_ECRASH,
                   "%d starts in a row ended without a new result; %s%s. Give %s more time or memory, or take "
                   "out what cannot be computed; without --give-up the run goes on",
                   (int)rml_journal_barren(past->journal),
                   n ? "these were running when the last one ended: " : "nothing had been begun", names,
                   n ? "them" : "the run");
}
