#include "jobs/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/identity.h"
#include "engine/journal.h"
#include "io/file.h"
#include "io/table.h"
#include "jobs/elements.h"
#include "jobs/has_journal.h"

/* The folder of a path, its links resolved; NULL when it is not there. Malloc'ed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    char *resolved = parent ? realpath(parent, NULL) : NULL;

    free(parent);
    return resolved;
}

/* Whether two paths lead to one file, there or not. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    char *folder_a, *folder_b;
    const char *name_a = strrchr(a, '/') ? strrchr(a, '/') + 1 : a, *name_b = strrchr(b, '/') ? strrchr(b, '/') + 1 : b;
    bool same;

    if (stat(a, &x) == 0 && stat(b, &y) == 0) return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    folder_a = folder_of(a);
    folder_b = folder_of(b);
    same = folder_a && folder_b && strcmp(folder_a, folder_b) == 0 && strcmp(name_a, name_b) == 0;
    free(folder_a);
    free(folder_b);
    return same;
}

/* Whether a file lies in a folder or below; both resolved. */
static bool lies_in(const char *folder_of_file, const char *folder)
{
    const size_t n = strlen(folder);

    return strncmp(folder_of_file, folder, n) == 0 && (folder_of_file[n] == '/' || folder_of_file[n] == '\0');
}

/* Links to what the process has open lead to a file, but writing beside that file would not reach who reads the link.
 */
static bool is_stream(const char *folder)
{
    return strcmp(folder, "/dev") == 0 || lies_in(folder, "/dev/fd") || lies_in(folder, "/proc");
}

/* A file that will be written must be none of those that are read.
 *
 * said     in  how the sentence names it: "--csv t.csv"
 * path     in  the file itself, or what stands beside it for a while */
static rml_status check_reading(const rml_outputs *outputs, const rml_cohort *cohort, const char *said,
                                const char *path, rml_error *err)
{
    const char *role;
    int64_t row;
    struct stat info;

    if (same_file(path, outputs->cohort))
        return rml_fail(err, RML_ESETTING, "%s is the cohort itself; another name was expected", said);
    if (outputs->params && same_file(path, outputs->params))
        return rml_fail(err, RML_ESETTING, "%s is the parameter file; another name was expected", said);
    if (stat(path, &info) != 0) return RML_OK;
    row = rml_cohort_row_of(cohort, (uint64_t)info.st_dev, (uint64_t)info.st_ino, &role);
    if (row < 0) return RML_OK;
    return rml_fail(err, RML_EEXISTS, "%s is the %s of the cohort's line %lld; another name was expected", said, role,
                    (long long)cohort->manifest.table.line[row]);
}

/* Whether a file is empty, or its header ends with the columns of a run's features: the journal that the run has is no
 * word for a CSV that it may never have written. A file that cannot be read is none of them. */
static bool is_table_of(const rml_params *params, const char *path)
{
    enum { MOST = 1 << 28 }; /* bytes of a header, line breaks in quotes and all */
    const int32_t n_columns = rml_params_n_columns(params);
    char *expected = NULL, *last = NULL; /* last: the header's last n_expected bytes, the nth at n % n_expected */
    size_t n_expected = 0, n = 0, k = 0;
    FILE *columns = open_memstream(&expected, &n_expected), *file = fopen(path, "r");
    bool quoted = false, is = false;
    int c = EOF;

    for (int32_t f = 0; columns && f < n_columns; ++f) {
        char name[RML_COLUMN_NAME];

        rml_params_column(params, f, NULL, name);
        rml_csv_text(columns, name, false);
    }
    if (columns && fclose(columns) == 0 && file && n_expected > 0) last = malloc(n_expected);
    while (last && n < MOST && (c = getc(file)) != EOF && (quoted || (c != '\n' && c != '\r'))) {
        quoted ^= c == '"';
        last[n++ % n_expected] = (char)c;
    }
    if (last && !ferror(file)) {
        while (n >= n_expected && k < n_expected && last[(n + k) % n_expected] == expected[k]) ++k;
        is = (n == 0 && c == EOF) || k == n_expected;
    }
    if (file) fclose(file);
    free(expected);
    free(last);
    return is;
}

/* The target is there, and may it be replaced? */
static rml_status check_existing(const rml_outputs *outputs, const char *said, const char *target, bool has_journal,
                                 rml_error *err)
{
    struct stat info;

    if (stat(target, &info) != 0) return RML_OK;
    if (!S_ISREG(info.st_mode))
        return rml_fail(err, RML_EIO, "%s is %s; a file's name was expected", said, rml_file_kind(info.st_mode));
    if (outputs->fresh) return RML_OK;
    if (!outputs->resume)
        return rml_fail(err, RML_EEXISTS, "%s is already there; --resume goes on from its run, --fresh starts anew",
                        said);
    if (has_journal) return RML_OK;
    return rml_fail(err, RML_EEXISTS,
                    "%s is already there, and without a journal in %s nothing says that a run of this made it; --fresh "
                    "replaces it",
                    said, outputs->folder);
}

/* Whether a folder is that of a run, whichever. */
static bool is_run_folder(const char *folder)
{
    static bool has[RML_ELEMENTS_MOST + 1];
    int32_t n = 0;
    bool is;

    return (rml_has_journal(folder, &is, NULL) == RML_OK && is) ||
           (rml_elements_list(folder, has, &n, NULL) == RML_OK && n > 0);
}

static rml_status check_place(const rml_outputs *outputs, const char *said, const char *path, const char *target,
                              rml_error *err)
{
    char *named = folder_of(path), *folder = folder_of(target), *run = realpath(outputs->folder, NULL);
    rml_status status = RML_OK;

    if ((named && is_stream(named)) || (folder && is_stream(folder)))
        status = rml_fail(err, RML_EIO, "%s is a device or a stream; a file's name was expected", said);
    else if ((folder && run && lies_in(folder, run)) || same_file(target, outputs->folder))
        status = rml_fail(err, RML_EEXISTS, "%s lies in the run folder %s, whose files are the run's own", said,
                          outputs->folder);
    else if (folder && is_run_folder(folder))
        status = rml_fail(err, RML_EEXISTS, "%s lies in the run folder of another run, whose files are that run's own",
                          said);
    else if (!folder || access(folder, W_OK | X_OK) != 0)
        status = rml_fail(err, RML_EIO, "%s: its folder is not there or cannot be written to", said);
    free(named);
    free(folder);
    free(run);
    return status;
}

static rml_status check_output(const rml_outputs *outputs, const rml_cohort *cohort, const char *option,
                               const char *path, bool has_journal, rml_error *err)
{
    char *said = NULL, *target = rml_file_target(path), *temporary = NULL;
    rml_status status = RML_OK;

    if (asprintf(&said, "%s %s", option, path) < 0) said = NULL;
    if (!target || !said || asprintf(&temporary, "%s.tmp", target) < 0) {
        status = rml_fail(err, RML_ENOMEM, "no memory for a path");
        goto done;
    }
    status = check_reading(outputs, cohort, said, target, err);
    if (status == RML_OK) status = check_existing(outputs, said, target, has_journal, err);
    if (status == RML_OK) status = check_place(outputs, said, path, target, err);
    if (status == RML_OK && path == outputs->csv && !outputs->fresh && access(target, F_OK) == 0 &&
        !is_table_of(outputs->columns, target))
        status = rml_fail(err, RML_EEXISTS,
                          "%s is already there, and its header is not that of a table of this run; another name was "
                          "expected, or that it be moved away",
                          said);
    if (status != RML_OK) goto done;
    free(said);
    if (asprintf(&said, "%s %s: %s, which is written first,", option, path, temporary) < 0) said = NULL;
    status = said ? check_reading(outputs, cohort, said, temporary, err) : rml_fail(err, RML_ENOMEM, "no memory");
done:
    free(temporary);
    free(target);
    free(said);
    return status;
}

/* What the run folder gets; of these the cohort itself may well be one, since failures.csv has a manifest's columns. */
static rml_status check_folder(const rml_outputs *outputs, const rml_cohort *cohort, rml_error *err)
{
    static const char *const names[] = {"journal",     "log",          "lock",         "lock.now",
                                        "lock.taking", "failures.csv", "warnings.csv", "timings.csv"};
    rml_status status = RML_OK;

    for (size_t n = 0; n < sizeof names / sizeof *names && status == RML_OK; ++n) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s", outputs->folder, names[n]) < 0) return rml_fail(err, RML_ENOMEM, "no memory");
        status = check_reading(outputs, cohort, path, path, err);
        free(path);
    }
    return status;
}

/* Neither output may be the other, nor what stands beside it for a while. */
static rml_status check_pair(const rml_outputs *outputs, rml_error *err)
{
    char *out = rml_file_target(outputs->out), *csv = rml_file_target(outputs->csv), *out_first = NULL,
         *csv_first = NULL;
    rml_status status = RML_OK;

    if (!out || !csv || asprintf(&out_first, "%s.tmp", out) < 0 || asprintf(&csv_first, "%s.tmp", csv) < 0)
        status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    else if (same_file(csv, out))
        status = rml_fail(err, RML_ESETTING, "--csv and --out are the same file, %s", outputs->csv);
    else if (same_file(csv, out_first) || same_file(out, csv_first))
        status = rml_fail(err, RML_ESETTING, "--csv %s and --out %s: one is what the other is written to first",
                          outputs->csv, outputs->out);
    free(out);
    free(csv);
    free(out_first);
    free(csv_first);
    return status;
}

rml_status rml_outputs_check(const rml_outputs *outputs, const rml_cohort *cohort, rml_error *err)
{
    bool has_journal;
    rml_status status = rml_has_journal(outputs->folder, &has_journal, err);

    if (status == RML_OK) status = check_output(outputs, cohort, "--out", outputs->out, has_journal, err);
    if (status == RML_OK && outputs->csv)
        status = check_output(outputs, cohort, "--csv", outputs->csv, has_journal, err);
    if (status == RML_OK && outputs->csv) status = check_pair(outputs, err);
    if (status == RML_OK) status = check_folder(outputs, cohort, err);
    if (status == RML_OK && has_journal && !outputs->resume && !outputs->fresh)
        status = rml_fail(err, RML_EEXISTS, "%s is already there; --resume goes on from it, --fresh starts anew",
                          outputs->folder);
    return status;
}

rml_status rml_outputs_check_run(const rml_outputs *outputs, const char *identity, rml_error *err)
{
    char differences[RML_ERROR_TEXT / 2];
    rml_journal *journal = NULL;
    rml_error local = {0};
    rml_status status = rml_journal_open_read(outputs->folder, &journal, &local);

    if (status == RML_EMISSING) return RML_OK;
    if (status == RML_OK &&
        !rml_identity_same(rml_journal_identity(journal), identity, differences, sizeof differences))
        status = rml_fail(&local, RML_EFOREIGN, "%s: is of a run with other parameters%s; another --out was expected",
                          outputs->folder, differences);
    rml_journal_close(journal);
    if (status != RML_OK && err) *err = local;
    return status;
}
