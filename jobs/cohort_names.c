/* What tells the ROIs of a cohort apart in the tables. */
#include "jobs/cohort_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one ID together, then those that only the files could tell apart. */
static int by_name(const void *a, const void *b, void *context)
{
    const rml_cohort *cohort = context;
    const rml_manifest *m = &cohort->manifest;
    const int32_t columns[3] = {m->sequence, m->timepoint, m->reader};
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    int order = strcmp(cohort->id[i], cohort->id[j]);

    for (int c = 0; c < 3 && order == 0; ++c)
        order = strcmp(rml_cohort_cell(cohort, i, columns[c]), rml_cohort_cell(cohort, j, columns[c]));
    return order ? order : (i > j) - (i < j);
}

/* Which columns the index needs: those in which two rows of one ID differ. */
static void find_columns(rml_cohort *cohort, int64_t *order)
{
    const rml_manifest *m = &cohort->manifest;
    const int32_t columns[3] = {m->sequence, m->timepoint, m->reader};
    bool *needed[3] = {&cohort->with_sequence, &cohort->with_timepoint, &cohort->with_reader};

    qsort_r(order, (size_t)cohort->n_rows, sizeof *order, by_name, cohort);
    for (int64_t i = 1; i <= cohort->n_rows; ++i) {
        bool same = i < cohort->n_rows && strcmp(cohort->id[order[i - 1]], cohort->id[order[i]]) == 0;

        for (int c = 0; same && c < 3; ++c)
            if (columns[c] >= 0 && strcmp(rml_cohort_cell(cohort, order[i - 1], columns[c]),
                                          rml_cohort_cell(cohort, order[i], columns[c])) != 0) {
                *needed[c] = true;
                same = false;
            }
    }
}

rml_status rml_cohort_find_distinctions(rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                                        rml_error *err)
{
    rml_claim *claims;
    int64_t n, alike;
    rml_status status;

    for (int64_t r = 0; r < cohort->n_rows; ++r) order[r] = r;
    find_columns(cohort, order);
    for (int64_t r = 0; r < cohort->n_rows; ++r) group[r] = places[r].who;
    status = rml_claims_list(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; i += alike) {
        bool wild, wild_here = false, channels = false; /* here: among the claims of one pair of files */

        alike = rml_claims_alike(claims + i, n - i, &wild);
        if (!wild) continue;
        for (int64_t j = i; j < i + alike; ++j) {
            if (j > i && rml_key_order(claims[j].files, claims[j - 1].files) != 0) {
                cohort->with_files = true; /* the wild one's are others than at least one of these two */
                wild_here = channels = false;
            } else if (j > i) {
                channels |= claims[j].channel != claims[j - 1].channel;
            }
            wild_here |= claims[j].wild;
            cohort->with_channel |= wild_here && channels;
        }
    }
    free(claims);
    return RML_OK;
}

/* |text, in which | is written \| and \ is written \\: no text can pass for two. */
static void put_name(FILE *stream, const char *text, bool first)
{
    if (!first) fputc('|', stream);
    for (; *text; ++text) {
        if (*text == '|' || *text == '\\') fputc('\\', stream);
        fputc(*text, stream);
    }
}

char *rml_cohort_index(const rml_cohort *cohort, int64_t row, const char *label)
{
    const rml_manifest *m = &cohort->manifest;
    char *text = NULL;
    size_t n;
    bool failed;
    FILE *stream = open_memstream(&text, &n);

    if (!stream) return NULL;
    put_name(stream, cohort->id[row], true);
    put_name(stream, label, false);
    if (cohort->with_sequence) put_name(stream, rml_cohort_cell(cohort, row, m->sequence), false);
    if (cohort->with_timepoint) put_name(stream, rml_cohort_cell(cohort, row, m->timepoint), false);
    if (cohort->with_reader) put_name(stream, rml_cohort_cell(cohort, row, m->reader), false);
    if (cohort->with_channel) fprintf(stream, "|%d", cohort->channel[row]);
    if (cohort->with_files) {
        put_name(stream, rml_cohort_cell(cohort, row, m->image), false);
        put_name(stream, rml_cohort_cell(cohort, row, m->mask), false);
    }
    failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

rml_status rml_cohort_names_repeat(const rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                                   bool *repeat, rml_error *err)
{
    rml_claim *claims;
    int64_t n, alike;
    rml_status status;

    *repeat = false;
    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        char *name = rml_cohort_index(cohort, r, "");

        if (!name) return rml_fail(err, RML_ENOMEM, "no memory for a name");
        group[r] = rml_key_of(name, strlen(name));
        free(name);
    }
    status = rml_claims_list(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; i += alike) {
        bool wild;

        alike = rml_claims_alike(claims + i, n - i, &wild);
        *repeat |= wild && alike > 1;
    }
    free(claims);
    return RML_OK;
}
