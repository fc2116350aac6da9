#include "jobs/phantom_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/table.h"

#define RUN "phantom.run"

static const char *const tables[] = {"cohort.csv", "clinical.csv", "truth.csv"};
enum { COHORT, CLINICAL, TRUTH, N_TABLES };

/* --- paths ---------------------------------------------------------------------------------------------------------
 */

static char *join(const char *folder, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Makes a folder and those above it that are missing. */
static rml_status make_folder(const char *path, rml_error *err)
{
    char *part = strdup(path);
    int failed = 0;

    if (!part) return rml_fail(err, RML_ENOMEM, "%s: no memory for its name", path);
    for (char *slash = part + 1; !failed && (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        failed = mkdir(part, 0777) != 0 && errno != EEXIST;
    }
    free(part);
    if (!failed && (mkdir(path, 0777) == 0 || errno == EEXIST)) return RML_OK;
    return rml_fail(err, RML_EIO, "%s: cannot make the folder: %s", path, strerror(errno));
}

static rml_status make_folder_in(const char *folder, const char *name, rml_error *err)
{
    char *path = join(folder, name);
    const rml_status status = path ? make_folder(path, err) : rml_fail(err, RML_ENOMEM, "%s: no memory", folder);

    free(path);
    return status;
}

/* Calls visit for each entry of a folder but . and .. until one fails. */
static rml_status each_entry(const char *path, rml_status (*visit)(void *context, const char *name, rml_error *err),
                             void *context, rml_error *err)
{
    DIR *folder = opendir(path);
    rml_status status = RML_OK;
    struct dirent *entry;

    if (!folder && errno == ENOENT) return rml_fail(err, RML_EMISSING, "%s: not there", path);
    if (!folder) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", path, strerror(errno));
    while (status == RML_OK && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(context, entry->d_name, err);
    closedir(folder);
    return status;
}

/* --- what may stand there ------------------------------------------------------------------------------------------
 */

typedef struct look {
    const char *path; /* of the folder that is looked at */
    bool in_masks;
    bool empty, has_run;
} look;

static rml_status foreign(const look *at, const char *name, rml_error *err)
{
    return rml_fail(err, RML_EEXISTS, "%s: holds %s, which is no part of a phantom cohort; give a new or empty folder",
                    at->path, name);
}

static rml_status look_at_file(void *context, const char *name, rml_error *err)
{
    const look *at = context;
    rml_phantom_file file;

    return rml_phantom_file_parse(name, at->in_masks, &file) ? RML_OK : foreign(at, name, err);
}

static bool is_table(const char *name)
{
    for (int t = 0; t < N_TABLES; ++t) {
        const size_t n = strlen(tables[t]);

        if (strncmp(name, tables[t], n) == 0 && (name[n] == '\0' || strcmp(name + n, ".tmp") == 0)) return true;
    }
    return false;
}

static rml_status look_at_entry(void *context, const char *name, rml_error *err)
{
    look *at = context, inside = {.in_masks = strcmp(name, "masks") == 0};
    rml_status status;
    char *path;

    at->empty = false;
    if (strcmp(name, RUN) == 0) {
        at->has_run = true;
        return RML_OK;
    }
    if (is_table(name)) return RML_OK;
    if (!inside.in_masks && strcmp(name, "images") != 0) return foreign(at, name, err);
    path = join(at->path, name);
    if (!path) return rml_fail(err, RML_ENOMEM, "%s: no memory", at->path);
    inside.path = path;
    status = each_entry(path, look_at_file, &inside, err);
    free(path);
    return status;
}

rml_status rml_phantom_folder_check(const char *folder, bool go_on, rml_error *err)
{
    look at = {.path = folder, .empty = true};
    rml_status status = make_folder(folder, err);

    if (status == RML_OK) status = each_entry(folder, look_at_entry, &at, err);
    if (status != RML_OK || at.empty) return status;
    if (!at.has_run)
        return rml_fail(err, RML_EEXISTS, "%s: holds a cohort but no %s: not made here, and not to be overwritten",
                        folder, RUN);
    if (!go_on)
        return rml_fail(err, RML_EEXISTS,
                        "%s: a cohort is already there; --resume goes on with it, --fresh begins anew", folder);
    return RML_OK;
}

/* --- tidying -------------------------------------------------------------------------------------------------------
 */

typedef struct sweep {
    const char *path;
    bool in_masks, fresh;
    const rml_phantom_task *tasks;
    int64_t n_tasks;
} sweep;

static rml_status sweep_file(void *context, const char *name, rml_error *err)
{
    const sweep *at = context;
    rml_status status = RML_OK;
    rml_phantom_file file;
    char *path;

    if (!rml_phantom_file_parse(name, at->in_masks, &file)) return RML_OK;
    if (!at->fresh && !strstr(name, ".tmp") && file.number <= at->n_tasks &&
        (file.timepoint == 1 || at->tasks[file.number - 1].second_time) &&
        (file.reader < 2 || (file.timepoint == 1 && at->tasks[file.number - 1].second_reader)))
        return RML_OK;
    path = join(at->path, name);
    if (!path) return rml_fail(err, RML_ENOMEM, "%s: no memory", at->path);
    if (unlink(path) != 0) status = rml_fail(err, RML_EIO, "%s: cannot be removed: %s", path, strerror(errno));
    free(path);
    return status;
}

rml_status rml_phantom_folder_tidy(const char *folder, const rml_phantom_task *tasks, int64_t n_tasks, bool fresh,
                                   rml_error *err)
{
    static const char *const parts[] = {"images", "masks"};
    rml_status status = RML_OK;

    for (int t = 0; fresh && t < N_TABLES && status == RML_OK; ++t) {
        char *path = join(folder, tables[t]);

        if (!path) return rml_fail(err, RML_ENOMEM, "%s: no memory", folder);
        if (unlink(path) != 0 && errno != ENOENT)
            status = rml_fail(err, RML_EIO, "%s: cannot be removed: %s", path, strerror(errno));
        free(path);
    }
    for (int p = 0; p < 2 && status == RML_OK; ++p) {
        char *path = join(folder, parts[p]);
        sweep at = {path, p == 1, fresh, tasks, n_tasks};

        if (!path) return rml_fail(err, RML_ENOMEM, "%s: no memory", folder);
        status = make_folder_in(folder, parts[p], err);
        if (status == RML_OK) status = each_entry(path, sweep_file, &at, err);
        free(path);
    }
    return status;
}

bool rml_phantom_folder_has(const char *folder, const rml_phantom_record *record)
{
    rml_phantom_file files[RML_PHANTOM_MAX_FILES];
    const int n = rml_phantom_files(&record->task, files);

    for (int f = 0; f < n; ++f) {
        char name[RML_PHANTOM_NAME], *path;
        struct stat info;
        bool there;

        rml_phantom_file_name(&files[f], name);
        path = join(folder, name);
        if (!path) return false;
        there = stat(path, &info) == 0 && info.st_size == record->n_bytes[f];
        free(path);
        if (!there) return false;
    }
    return true;
}

/* --- the tables ----------------------------------------------------------------------------------------------------
 */

static void numbers(FILE *stream, const double *value, int n)
{
    for (int i = 0; i < n; ++i) rml_csv_number(stream, value[i], false);
}

static void cohort_rows(FILE *stream, const char *id, const rml_phantom_record *record)
{
    rml_phantom_file files[RML_PHANTOM_MAX_FILES];
    const int n = rml_phantom_files(&record->task, files);

    for (int f = 0; f < n; ++f) {
        const rml_phantom_file image = {files[f].number, files[f].timepoint, 0};
        char name[RML_PHANTOM_NAME];

        if (files[f].reader == 0) continue; /* a row a mask */
        rml_csv_text(stream, id, true);
        rml_phantom_file_name(&image, name);
        rml_csv_text(stream, name, false);
        rml_phantom_file_name(&files[f], name);
        rml_csv_text(stream, name, false);
        fprintf(stream, ",1,%s,%d,%d\n", record->centre, files[f].reader, files[f].timepoint);
    }
}

static void clinical_row(FILE *stream, const char *id, const rml_phantom_record *record)
{
    fprintf(stream, "%s,%s", id, record->centre);
    rml_csv_number(stream, record->truth.age, false);
    fprintf(stream, ",%s,%d", record->truth.male ? "M" : "F", record->outcome.y);
    rml_csv_number(stream, record->outcome.months, false);
    fprintf(stream, ",%d", record->outcome.died);
    rml_csv_number(stream, record->outcome.marker, false);
    fputc('\n', stream);
}

static void truth_row(FILE *stream, const char *id, const rml_phantom_record *record)
{
    const rml_patient *truth = &record->truth;
    const double values[] = {truth->biology, truth->radius,   truth->irregularity, rml_patient_core_fraction(truth),
                             truth->ell,     truth->contrast, truth->response,     record->gain,
                             record->offset, record->noise};

    rml_csv_text(stream, id, true);
    numbers(stream, values, sizeof values / sizeof *values);
    fputc('\n', stream);
}

rml_status rml_phantom_folder_tables(const char *folder, rml_journal *journal, const rml_key *keys, int64_t n_tasks,
                                     int64_t *n_failed, rml_error *err)
{
    static const char *const names[] = {"cohort.csv", "clinical.csv", "truth.csv", RUN "/failures.csv"};
    static const char *const headers[] = {
        "ID,Image,Mask,Label,Centre,Reader,Timepoint", "id,centre,age,sex,y,time,status,marker",
        "id,b,R,irr,core_fraction,ell,c,response,gain,offset,noise", "ID,Stage,Code,Reason"};
    enum { FAILURES = N_TABLES, N_FILES };
    rml_file_writer writer[N_FILES] = {0};
    FILE *stream[N_FILES];
    rml_blob outcome = {0};
    rml_status status = RML_OK;
    int n_open = 0;

    *n_failed = 0;
    for (; n_open < N_FILES; ++n_open) {
        char *path = join(folder, names[n_open]);

        status =
            path ? rml_file_create(path, &writer[n_open], err) : rml_fail(err, RML_ENOMEM, "%s: no memory", folder);
        free(path);
        if (status != RML_OK) goto done;
        stream[n_open] = writer[n_open].stream;
        fprintf(stream[n_open], "%s\n", headers[n_open]);
    }
    for (int64_t t = 0; t < n_tasks; ++t) {
        rml_phantom_record record;
        char id[16];
        bool made;

        status = rml_journal_read(journal, keys[t], &made, &outcome, err);
        if (status == RML_OK) status = rml_phantom_record_unpack(outcome.bytes, outcome.n_bytes, &record, err);
        if (status != RML_OK) goto done;
        rml_phantom_id(t + 1, id);
        if (made) {
            cohort_rows(stream[COHORT], id, &record);
            clinical_row(stream[CLINICAL], id, &record);
            truth_row(stream[TRUTH], id, &record);
        } else {
            ++*n_failed;
            rml_csv_text(stream[FAILURES], id, true);
            rml_csv_text(stream[FAILURES], "make", false);
            rml_csv_text(stream[FAILURES], rml_status_name(record.error.status), false);
            rml_csv_text(stream[FAILURES], record.error.text, false);
            fputc('\n', stream[FAILURES]);
        }
    }
    for (int f = N_FILES - 1; f >= 0 && status == RML_OK; --f) status = rml_file_commit(&writer[f], err);
done:
    rml_blob_free(&outcome);
    for (int f = 0; f < n_open; ++f) rml_file_abandon(&writer[f]);
    return status;
}
