#include "jobs/standing.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clock.h"
#include "io/file.h"
#include "jobs/elements.h"
#include "jobs/has_journal.h"

static bool has_shares(const char *folder)
{
    static bool has[RML_ELEMENTS_MOST + 1];
    int32_t n;

    return rml_elements_list(folder, has, &n, NULL) == RML_EEXISTS || n > 0;
}

char *rml_standing_folder(const char *name)
{
    static const char *const endings[] = {"", ".run", "/run"};

    for (size_t e = 0; e < sizeof endings / sizeof *endings; ++e) {
        char *folder = NULL;
        bool has_journal;

        if (asprintf(&folder, "%s%s", name, endings[e]) < 0) return NULL;
        if (rml_has_journal(folder, &has_journal, NULL) != RML_OK || has_journal || has_shares(folder)) return folder;
        free(folder);
    }
    return NULL;
}

int rml_standing_outcomes(const char *name, char ***folders)
{
    struct dirent **entry = NULL;
    const int n_entries = scandir(name, &entry, NULL, alphasort);
    int n = 0;

    *folders = calloc((size_t)(n_entries > 0 ? n_entries : 0) + 1, sizeof **folders);
    for (int e = 0; e < n_entries; ++e) {
        char *folder = NULL;
        bool has_journal = false;

        if (*folders && entry[e]->d_name[0] != '.' && asprintf(&folder, "%s/%s/run", name, entry[e]->d_name) < 0)
            folder = NULL;
        if (folder && rml_has_journal(folder, &has_journal, NULL) == RML_OK && has_journal)
            (*folders)[n++] = folder;
        else
            free(folder);
        free(entry[e]);
    }
    free(entry);
    return n;
}

static char *drop_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), n_ending = strlen(ending);

    if (n < n_ending || strcmp(name + n - n_ending, ending) != 0) return NULL;
    return n > n_ending ? strndup(name, n - n_ending) : strdup(".");
}

/* features.h5ad of features.h5ad.run, FOLDER/leaderboard.csv of FOLDER/run; malloc'ed, NULL where neither is the name.
 */
static char *find_output(const char *folder)
{
    char *plain = strdup(folder), *output = NULL, *sweep;

    for (size_t n = plain ? strlen(plain) : 0; n > 1 && plain[n - 1] == '/'; --n) plain[n - 1] = '\0';
    output = plain ? drop_ending(plain, ".run") : NULL;
    sweep = !plain || output ? NULL : strcmp(plain, "run") == 0 ? strdup(".") : drop_ending(plain, "/run");
    if (sweep && asprintf(&output, "%s/leaderboard.csv", sweep) < 0) output = NULL;
    free(sweep);
    free(plain);
    return output;
}

/* Whether who holds the lock is who began the last run. */
static bool is_begun(const rml_standing *s)
{
    char name[128];
    const int n = snprintf(name, sizeof name, "process %d on %s", (int)s->runs.begun.process, s->runs.begun.host);

    return strncmp(s->holder, name, (size_t)n) == 0;
}

static rml_run_state judge(const rml_standing *s)
{
    if (s->runs.n == 0) return s->lock == RML_LOCK_HELD ? RML_RUN_STARTING : RML_RUN_NEVER_BEGUN;
    if (s->lock == RML_LOCK_HELD && s->runs.described && !is_begun(s)) return RML_RUN_STARTING;
    if (s->counts.open && s->lock != RML_LOCK_FREE) return RML_RUN_RUNNING;
    if (s->counts.open) return RML_RUN_DIED;
    if (s->n_to_go < 0) return RML_RUN_ENDED;
    if (s->n_to_go > 0) return RML_RUN_STOPPED;
    return s->runs.concluded && !s->is_gone ? RML_RUN_DONE : RML_RUN_UNWRITTEN;
}

/* Shares of one run say the same but for their first line. */
static uint64_t sum_identity(const rml_journal *journal)
{
    const char *identity = rml_journal_identity(journal), *end = strchr(identity, '\n');
    rml_checksum *checksum = rml_checksum_begin();
    uint64_t sum;

    if (!checksum) return 0;
    if (strncmp(identity, "share: ", 7) == 0 && end) identity = end + 1;
    rml_checksum_add(checksum, identity, strlen(identity));
    sum = rml_checksum_value(checksum);
    rml_checksum_free(checksum);
    return sum;
}

rml_status rml_standing_look(const char *folder, rml_standing *s, rml_error *err)
{
    rml_journal *journal = NULL;
    rml_status status;

    *s = (rml_standing){.folder = folder, .n_all = -1, .n_to_go = -1};
    s->lock = rml_lock_look(folder, s->holder, sizeof s->holder);
    status = rml_journal_open_read(folder, &journal, err);
    if (status == RML_OK) status = rml_journal_count(journal, &s->counts, err);
    if (status != RML_OK) goto done;
    /* A run gives the lock back after its last record: who was gone before the journal was read and still is has died,
     * who has come since is at work. */
    if (s->counts.open && s->lock == RML_LOCK_FREE) s->lock = rml_lock_look(folder, s->holder, sizeof s->holder);
    s->runs = *rml_journal_runs(journal);
    s->described = sum_identity(journal);
    s->now = rml_seconds_of(CLOCK_REALTIME);
    s->n_done = s->counts.n_done;
    s->pace = (rml_pace){NAN, NAN};
    if (s->runs.described) {
        const rml_begun *begun = &s->runs.begun;

        s->n_done += begun->n_before;
        s->n_all = begun->n_before + begun->n_pending;
        s->n_to_go = begun->n_pending - s->counts.n_ended;
        if (s->counts.open) s->n_to_go -= s->counts.n_running;
        if (s->n_to_go < 0) s->n_to_go = 0;
        if (s->counts.damaged && s->n_done > s->counts.n_known) { /* lost since the last run counted them */
            s->n_to_go += s->n_done - s->counts.n_known;
            s->n_done = s->counts.n_known;
        }
    }
    s->output = find_output(folder);
    s->is_gone = s->output && access(s->output, F_OK) != 0;
    s->state = judge(s);
    if (s->counts.open && s->state != RML_RUN_RUNNING && s->runs.described)
        s->n_to_go += s->counts.n_running; /* cut short */
    if (s->runs.described) {
        const int64_t n_left = s->n_to_go + (s->state == RML_RUN_RUNNING ? s->counts.n_running : 0);

        s->pace = rml_pace_of(s->counts.n_ended, n_left, s->runs.begun.time, s->counts.written, s->now);
        if (s->state != RML_RUN_RUNNING) s->pace.left = NAN;
    }
done:
    rml_journal_close(journal);
    return status;
}

/* Of an array's shares, counted together. */
static void add(rml_array *array, const rml_standing *s)
{
    rml_standing *sum = &array->sum;

    sum->n_done += s->n_done;
    sum->counts.n_failed += s->counts.n_failed;
    sum->counts.n_quarantined += s->counts.n_quarantined;
    if (s->state == RML_RUN_RUNNING) sum->counts.n_running += s->counts.n_running;
    if (s->n_all >= 0) {
        sum->n_all += s->n_all;
        sum->n_to_go += s->n_to_go;
    }
    sum->counts.written = fmax(sum->counts.written, s->counts.written);
    if (s->state != RML_RUN_RUNNING) return;
    if (isfinite(s->pace.rate)) sum->pace.rate = (isfinite(sum->pace.rate) ? sum->pace.rate : 0.0) + s->pace.rate;
    if (isfinite(s->pace.left)) sum->pace.left = fmax(isfinite(sum->pace.left) ? sum->pace.left : 0.0, s->pace.left);
}

rml_status rml_array_look(const char *folder, rml_array *array, rml_error *err)
{
    uint64_t described = 0;
    rml_status status;

    *array = (rml_array){.sum = {.folder = folder, .pace = {NAN, NAN}, .now = rml_seconds_of(CLOCK_REALTIME)}};
    status = rml_elements_list(folder, array->has, &array->n, err);
    for (int32_t k = 1; k <= array->n && status == RML_OK; ++k) {
        char *share = rml_element_folder(folder, (rml_element){.number = k, .n = array->n});
        rml_standing s = {.state = RML_RUN_NEVER_BEGUN};

        if (!share) return rml_fail(err, RML_ENOMEM, "%s: no memory", folder);
        if (array->has[k]) {
            status = rml_standing_look(share, &s, err);
            if (status == RML_EMISSING) { /* its folder was made, and no more yet */
                *err = (rml_error){0};
                status = RML_OK;
                s = (rml_standing){.state = RML_RUN_NEVER_BEGUN};
            }
        }
        if (status == RML_OK && s.described != 0) {
            if (array->first == 0) {
                array->first = k;
                described = s.described;
            }
            array->other[k] = s.described != described;
            array->n_others += array->other[k];
        }
        array->state[k] = s.state;
        ++array->n_in[s.state];
        if (status == RML_OK && s.runs.n > 0) add(array, &s);
        free(s.output);
        free(share);
    }
    return status;
}
