/* 1. numbers and folders
 * 2. who computes what
 * 3. whose a journal is
 * 4. what an element was told
 */
#include "jobs/elements.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "jobs/deal.h"
#include "jobs/version.h"

/* --- 1. numbers and folders -------------------------------------------------------------------------------------- */

/* Digits and nothing else, behind no zero; -1 when it is not a number below 10^9. */
static int32_t read_number(const char **at)
{
    int64_t value = 0;
    int n = 0;

    for (; (*at)[n] >= '0' && (*at)[n] <= '9' && n < 9; ++n) value = 10 * value + ((*at)[n] - '0');
    if (n == 0 || ((*at)[0] == '0' && n > 1)) return -1;
    *at += n;
    return (int32_t)value;
}

rml_status rml_element_parse(const char *text, rml_element *element, rml_error *err)
{
    const char *at = text;
    const int32_t number = read_number(&at);
    const bool cut = number >= 0 && *at == '/';
    const int32_t n = cut ? (++at, read_number(&at)) : -1;

    if (cut && n >= 0 && *at && at[strspn(at, "0123456789")] == '\0') /* more digits than any share has */
        return rml_fail(err, RML_ESETTING, "--share %s; a cohort is dealt to 1 to %d elements", text,
                        (int)RML_ELEMENTS_MOST);
    if (n < 0 || *at)
        return rml_fail(err, RML_ESETTING,
                        "--share %s; K/N was expected, such as 3/40, in a job array "
                        "\"$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT\"",
                        text);
    if (n < 1 || n > RML_ELEMENTS_MOST)
        return rml_fail(err, RML_ESETTING, "--share %s; a cohort is dealt to 1 to %d elements", text,
                        (int)RML_ELEMENTS_MOST);
    if (number == 0)
        return rml_fail(err, RML_ESETTING, "--share %s; shares are counted from 1: submit with --array=1-%d", text,
                        (int)n);
    if (number > n)
        return rml_fail(
            err, RML_ESETTING,
            "--share %s; of %d shares there is no number %d. SLURM_ARRAY_TASK_COUNT counts the elements that were "
            "submitted together: to submit some of them again, write the number of all in its place",
            text, (int)n, (int)number);
    *element = (rml_element){number, n};
    return RML_OK;
}

char *rml_element_folder(const char *run, rml_element element)
{
    char *folder;

    return asprintf(&folder, "%s/share-%d-of-%d", run, (int)element.number, (int)element.n) < 0 ? NULL : folder;
}

/* "share-3-of-40", and nothing else that begins like it. */
static bool read_folder_name(const char *name, rml_element *element)
{
    const char *at = name;

    if (strncmp(at, "share-", 6) != 0) return false;
    at += 6;
    element->number = read_number(&at);
    if (element->number < 1 || strncmp(at, "-of-", 4) != 0) return false;
    at += 4;
    element->n = read_number(&at);
    return *at == '\0' && element->n >= element->number && element->n <= RML_ELEMENTS_MOST;
}

rml_status rml_elements_list(const char *run, bool *has, int32_t *n, rml_error *err)
{
    DIR *folder = opendir(run);
    const struct dirent *entry;
    rml_element found;
    rml_status status = RML_OK;

    memset(has, 0, (RML_ELEMENTS_MOST + 1) * sizeof *has);
    *n = 0;
    if (!folder && errno == ENOENT) return RML_OK;
    if (!folder) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", run, strerror(errno));
    while (errno = 0, status == RML_OK && (entry = readdir(folder))) {
        if (!read_folder_name(entry->d_name, &found)) continue;
        if (*n > 0 && found.n != *n)
            status = rml_fail(err, RML_EEXISTS,
                              "%s: shares of %d and of %d lie side by side; remove the folders share-*-of-… of those "
                              "that are not meant",
                              run, found.n < *n ? found.n : *n, found.n < *n ? *n : found.n);
        *n = found.n;
        has[found.number] = true;
    }
    if (status == RML_OK && errno != 0) status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", run, strerror(errno));
    closedir(folder);
    return status;
}

rml_status rml_elements_alone(const char *run, rml_element element, rml_error *err)
{
    bool has[RML_ELEMENTS_MOST + 1];
    int32_t n;
    rml_status status = rml_elements_list(run, has, &n, err);

    if (status != RML_OK || n == 0 || n == element.n) return status;
    if (element.n == 0)
        return rml_fail(err, RML_EEXISTS,
                        "%s: holds the shares of a job array of %d; `radmill merge` joins them, --fresh computes every "
                        "case anew beside them",
                        run, (int)n);
    return rml_fail(err, RML_EEXISTS,
                    "%s: holds shares of %d, and --share %d/%d is one of %d; when some elements are submitted again, N "
                    "is the number of all, and to deal anew remove the folders share-*-of-%d first",
                    run, (int)n, (int)element.number, (int)element.n, (int)element.n, (int)n);
}

/* --- 2. who computes what ---------------------------------------------------------------------------------------- */

typedef struct rml_dealt {
    double cost;
    int64_t task, row; /* row: the task's first */
} rml_dealt;

static int dearest_first(const void *a, const void *b)
{
    const rml_dealt *x = a, *y = b;

    if (x->cost != y->cost) return x->cost < y->cost ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row); /* a task has its rows alone */
}

rml_status rml_elements_deal(const rml_cohort *cohort, int32_t n, int32_t *element, rml_error *err)
{
    bool *computed = malloc(((size_t)cohort->n_rows + 1) * sizeof *computed);
    rml_tasks tasks = {0};
    rml_dealt *dealt = NULL;
    double *cost = NULL;
    int32_t *taker = NULL;
    rml_status status = RML_OK;

    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        element[r] = 0;
        if (computed) computed[r] = cohort->twin[r] < 0;
    }
    if (computed) status = rml_cohort_tasks(cohort, computed, &tasks, err);
    if (status == RML_OK && computed) {
        dealt = malloc(((size_t)tasks.n + 1) * sizeof *dealt);
        cost = malloc(((size_t)tasks.n + 1) * sizeof *cost);
        taker = malloc(((size_t)tasks.n + 1) * sizeof *taker);
    }
    if (status == RML_OK && (!dealt || !cost || !taker))
        status = rml_fail(err, RML_ENOMEM, "no memory to deal a cohort");
    if (status != RML_OK) goto done;
    for (int64_t t = 0; t < tasks.n; ++t) dealt[t] = (rml_dealt){tasks.task[t].cost, t, tasks.row[tasks.first[t]]};
    qsort(dealt, (size_t)tasks.n, sizeof *dealt, dearest_first);
    for (int64_t d = 0; d < tasks.n; ++d) cost[d] = dealt[d].cost;
    status = rml_deal(cost, tasks.n, n, taker);
    if (status != RML_OK) {
        (void)rml_fail(err, status, "no memory to deal a cohort");
        goto done;
    }
    for (int64_t d = 0; d < tasks.n; ++d)
        for (int64_t i = tasks.first[dealt[d].task]; i < tasks.first[dealt[d].task + 1]; ++i)
            element[tasks.row[i]] = taker[d] + 1;
done:
    rml_tasks_free(&tasks);
    free(dealt);
    free(cost);
    free(taker);
    free(computed);
    return status;
}

/* --- 3. whose a journal is --------------------------------------------------------------------------------------- */

char *rml_extract_identity(const rml_params *params, rml_nan_policy policy, bool hashes)
{
    char *identity;

    if (asprintf(&identity,
                 "program: radmill extract\nversion: %s\ncommit: %s\nnan_policy: %s\n"
                 "diagnostics: %s\n%s",
                 rml_version(), rml_version_commit(), policy == RML_NAN_EXCLUDE ? "exclude" : "error",
                 !params->additional_info ? "none"
                 : hashes                 ? "with hashes"
                                          : "without hashes",
                 params->canonical) < 0)
        return NULL;
    return identity;
}

/* Of the cells, not of the file's bytes: those may be replaced between two readings, and quotes say nothing. */
static bool sum_cells(const rml_table *table, uint64_t *sum)
{
    rml_checksum *checksum = rml_checksum_begin();

    if (!checksum) return false;
    for (int32_t c = 0; c < table->n_columns; ++c)
        rml_checksum_add(checksum, table->header[c], strlen(table->header[c]) + 1);
    for (int64_t i = 0; i < table->n_rows * table->n_columns; ++i)
        rml_checksum_add(checksum, table->cell[i], strlen(table->cell[i]) + 1);
    *sum = rml_checksum_value(checksum);
    rml_checksum_free(checksum);
    return true;
}

char *rml_element_identity(const rml_params *params, rml_nan_policy policy, bool hashes, rml_element element,
                           const rml_cohort *cohort, const char *label)
{
    char *whole = rml_extract_identity(params, policy, hashes), *identity = NULL;
    uint64_t sum;

    if (!whole || !sum_cells(&cohort->manifest.table, &sum) ||
        asprintf(&identity, "share: %d of %d\ncohort: %lld rows with checksum %016llx\nlabel: %s\n%s",
                 (int)element.number, (int)element.n, (long long)cohort->n_rows, (unsigned long long)sum,
                 label ? label : "as the cohort says", whole) < 0)
        identity = NULL;
    free(whole);
    return identity;
}

/* --- 4. what an element was told --------------------------------------------------------------------------------- */

enum { TOLD_VERSION = 1, TOLD_LIMIT = 1 << 20 };

/* From the root, but with its links as they are: a manifest's relative paths begin where its name says that it lies. */
static void put_path(rml_blob *blob, const char *path)
{
    char *here = !path || path[0] == '/' ? NULL : getcwd(NULL, 0), *whole = NULL;

    if (!path || path[0] == '/')
        rml_blob_put_text(blob, path);
    else if (!here || asprintf(&whole, "%s/%s", here, path) < 0) {
        whole = NULL;
        blob->failed = true;
    } else
        rml_blob_put_text(blob, whole);
    free(whole);
    free(here);
}

rml_status rml_element_tell(const char *folder, const rml_told_element *told, rml_error *err)
{
    rml_blob blob = {0};
    rml_file_writer file;
    rml_status status;

    rml_blob_put_u32(&blob, TOLD_VERSION);
    put_path(&blob, told->cohort);
    put_path(&blob, told->params);
    rml_blob_put_text(&blob, told->label);
    rml_blob_put_u8(&blob, told->policy == RML_NAN_EXCLUDE);
    rml_blob_put_u8(&blob, told->hashes);
    rml_blob_put_u8(&blob, told->ended);
    status = blob.failed ? rml_fail(err, RML_ENOMEM, "%s: no memory, or the current folder has no name", folder)
                         : rml_file_create_in(folder, "told", &file, err);
    if (status == RML_OK) {
        fwrite(blob.bytes, 1, blob.n_bytes, file.stream);
        status = rml_file_commit(&file, err);
    }
    rml_blob_free(&blob);
    return status;
}

static const char *text_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

rml_status rml_element_told(const char *folder, rml_told_element *told, rml_error *err)
{
    char *path = NULL, *bytes = NULL;
    size_t n_bytes;
    uint32_t version;
    rml_reader reader;
    rml_status status;

    if (asprintf(&path, "%s/told", folder) < 0) return rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
    status = rml_file_read(path, TOLD_LIMIT, &bytes, &n_bytes, err);
    if (status != RML_OK) goto done;
    reader = rml_reader_of(bytes, n_bytes);
    version = rml_read_u32(&reader);
    *told = (rml_told_element){.cohort = rml_read_text(&reader)};
    told->params = text_or_null(rml_read_text(&reader));
    told->label = text_or_null(rml_read_text(&reader));
    told->policy = rml_read_u8(&reader) ? RML_NAN_EXCLUDE : RML_NAN_ERROR;
    told->hashes = rml_read_u8(&reader) != 0;
    told->ended = rml_read_u8(&reader) != 0;
    if (version != TOLD_VERSION || reader.failed || reader.n_left > 0 || !told->cohort[0])
        status = rml_fail(err, RML_EFORMAT,
                          "%s: does not say what the share was told; the same `radmill extract … --resume` writes it "
                          "again",
                          path);
    else {
        told->memory = bytes;
        bytes = NULL;
    }
done:
    free(bytes);
    free(path);
    return status;
}
