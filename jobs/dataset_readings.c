/* Readings of the same lesions by several readers: which rows of the table they are. */
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"

typedef struct rml_name {
    const char *text;
    int32_t patient;
} rml_name;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const rml_name *)a)->text, ((const rml_name *)b)->text);
}

/* The row that each reader made of each patient: of[patient * n_readers + reader], -1 where there is none. Of several
 * none is the reading: refused. */
static rml_status find_rows(const rml_build *b, const int32_t *condition, const rml_codes *readers, int64_t *of,
                            rml_error *err)
{
    const int32_t column = rml_frame_column(&b->frame, b->study->patient);
    rml_name *name = malloc(((size_t)b->n_patients + 1) * sizeof *name);
    rml_status status = RML_OK;

    if (!name) return rml_build_no_memory(err);
    for (int32_t p = 0; p < b->n_patients; ++p) name[p] = (rml_name){b->patient[p], p};
    qsort(name, (size_t)b->n_patients, sizeof *name, by_text);
    for (int64_t i = 0; i < (int64_t)b->n_patients * readers->n_levels; ++i) of[i] = -1;
    for (int64_t r = 0; r < b->frame.n_rows && status == RML_OK; ++r) {
        const rml_name wanted = {rml_frame_cell(&b->frame, r, column), 0};
        const rml_name *found;
        int64_t *to;

        if (readers->code[r] < 0 || !rml_build_meets(b, r, condition, true)) continue;
        found = bsearch(&wanted, name, (size_t)b->n_patients, sizeof *name, by_text);
        if (!found) continue;
        to = &of[(int64_t)found->patient * readers->n_levels + readers->code[r]];
        if (*to >= 0)
            status = rml_fail(err, RML_ESETTING,
                              "%s: icc: %s %s has read patient %s twice (rows %lld and %lld of %s); narrow \"rows\"",
                              b->study->path, b->study->reader, readers->level[readers->code[r]], wanted.text,
                              (long long)rml_frame_row(&b->frame, *to) + 1, (long long)rml_frame_row(&b->frame, r) + 1,
                              b->study->table);
        *to = r;
    }
    free(name);
    return status;
}

/* Readers who read any of the patients, the one whose rows are used first. reader: out, codes [n_levels]. */
static int32_t list_readers(const rml_build *b, const rml_codes *readers, const int64_t *of, int32_t *reader)
{
    const int32_t own = b->n_patients > 0 ? readers->code[b->row[0]] : -1;
    int32_t n = 0;

    if (own >= 0) reader[n++] = own;
    for (int32_t l = 0; l < readers->n_levels; ++l) {
        bool reads = false;

        for (int32_t p = 0; p < b->n_patients; ++p) reads |= of[(int64_t)p * readers->n_levels + l] >= 0;
        if (reads && l != own) reader[n++] = l;
    }
    return n;
}

/* Subjects are the patients that all of these readers have read. */
static void list_subjects(rml_build *b, const rml_codes *readers, const int64_t *of, const int32_t *reader)
{
    for (int32_t p = 0; p < b->n_patients; ++p) {
        bool all = b->n_raters > 1;

        for (int32_t r = 0; r < b->n_raters; ++r) all &= of[(int64_t)p * readers->n_levels + reader[r]] >= 0;
        b->subject[p] = all ? b->n_subjects++ : -1;
    }
    for (int32_t p = 0; p < b->n_patients; ++p)
        for (int32_t r = 0; r < b->n_raters && b->subject[p] >= 0; ++r)
            b->reading[(int64_t)r * b->n_subjects + b->subject[p]] = of[(int64_t)p * readers->n_levels + reader[r]];
}

static rml_status encode_readers(const rml_build *b, int32_t column, rml_codes *readers, rml_error *err)
{
    const char **text = malloc(((size_t)b->frame.n_rows + 1) * sizeof *text);
    rml_status status;

    if (!text) return rml_build_no_memory(err);
    for (int64_t r = 0; r < b->frame.n_rows; ++r) text[r] = rml_frame_cell(&b->frame, r, column);
    status = rml_build_encode((int32_t)b->frame.n_rows, text, readers, err);
    free(text);
    return status;
}

rml_status rml_build_readings(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t column = rml_frame_column(&b->frame, s->reader);
    int32_t *condition = malloc(((size_t)s->n_rows + 1) * sizeof *condition), *reader = NULL;
    int64_t *of = NULL;
    rml_codes readers = {0};
    rml_status status = condition ? rml_build_conditions(b, condition, err) : rml_build_no_memory(err);

    if (status == RML_OK && column < 0)
        status = rml_fail(err, RML_ESETTING, "%s: icc: %s has no column \"%s\"", s->path, s->table, s->reader);
    if (status == RML_OK && s->rois != RML_ROIS_ONE)
        status = rml_fail(err, RML_ESETTING, "%s: icc over readings needs one row a patient; narrow \"rows\"", s->path);
    if (status == RML_OK) status = encode_readers(b, column, &readers, err);
    if (status == RML_OK) {
        const size_t n = (size_t)b->n_patients * (size_t)readers.n_levels + 1;

        reader = malloc(((size_t)readers.n_levels + 1) * sizeof *reader);
        of = malloc(n * sizeof *of);
        b->subject = malloc(((size_t)b->n_patients + 1) * sizeof *b->subject);
        b->reading = malloc(n * sizeof *b->reading);
        if (!reader || !of || !b->subject || !b->reading) status = rml_build_no_memory(err);
    }
    if (status == RML_OK) status = find_rows(b, condition, &readers, of, err);
    if (status == RML_OK) {
        b->n_raters = list_readers(b, &readers, of, reader);
        list_subjects(b, &readers, of, reader);
    }
    free(condition);
    free(reader);
    free(of);
    rml_build_codes_free(&readers);
    return status;
}
