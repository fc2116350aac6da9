/* The study's rows side by side, before any is picked. */
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"

/* Whether a cell of the outer folds' column, in a row of the table that is used, has this text. */
static bool is_fold(const rml_build *b, const char *outer, const bool *used, const char *text)
{
    const int32_t joined = b->joined ? rml_frame_column(&b->clinical, outer) : -1;
    const rml_frame *f = joined >= 0 ? &b->clinical : &b->frame;
    const int32_t column = joined >= 0 ? joined : rml_frame_column(f, outer);

    for (int64_t r = 0; column >= 0 && r < f->n_rows; ++r)
        if ((joined >= 0 || used[r]) && rml_text_same(rml_frame_cell(f, r, column), text)) return true;
    return false;
}

bool rml_build_is_inner(const rml_build *b, const bool *used, const char *column)
{
    const char *inner = b->study->inner_column, *mark = inner ? strstr(inner, "{fold}") : NULL;
    const size_t before = mark ? (size_t)(mark - inner) : 0, after = mark ? strlen(mark + 6) : 0;
    const size_t length = strlen(column);
    char *fold;
    bool is;

    if (!inner || !mark) return inner && strcmp(column, inner) == 0;
    if (!b->study->split_column || length <= before + after || strncmp(column, inner, before) != 0 ||
        strcmp(column + length - after, mark + 6) != 0)
        return false;
    fold = strndup(column + before, length - before - after);
    is = !fold || is_fold(b, b->study->split_column, used, fold); /* without memory for the question: it counts */
    free(fold);
    return is;
}

/* Columns of the table (and not of the clinical file, which comes first) that something of the study reads. */
static int32_t list_same(const rml_build *b, const bool *used, int32_t *column)
{
    const rml_study *s = b->study;
    const rml_texts lists[] = {s->factor, s->covariate, s->use};
    const char *const one[] = {s->outcome_column, s->split_column};
    int32_t n = 0;

    for (size_t i = 0; i < sizeof one / sizeof *one; ++i)
        if (one[i] && !(b->joined && rml_frame_column(&b->clinical, one[i]) >= 0))
            column[n++] = rml_frame_column(&b->frame, one[i]);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; ++l)
        for (int32_t i = 0; i < lists[l].n; ++i)
            if (!(b->joined && rml_frame_column(&b->clinical, lists[l].text[i]) >= 0))
                column[n++] = rml_frame_column(&b->frame, lists[l].text[i]);
    for (int32_t i = 0; i < n; ++i) /* what is nowhere is said where it is needed */
        if (column[i] < 0) column[i--] = column[--n];
    for (int32_t c = 0; b->study->inner_column && c < b->frame.n_columns; ++c)
        if (rml_build_is_inner(b, used, b->frame.name[c]) &&
            !(b->joined && rml_frame_column(&b->clinical, b->frame.name[c]) >= 0))
            column[n++] = c;
    return n;
}

rml_status rml_build_pivot(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const int64_t n = b->frame.n_rows;
    int32_t *condition = malloc(((size_t)s->n_rows + 1) * sizeof *condition);
    int32_t *same =
        malloc(((size_t)s->factor.n + (size_t)s->covariate.n + (size_t)s->use.n + (size_t)b->frame.n_columns + 3) *
               sizeof *same);
    bool *used = malloc((size_t)n + 1);
    const int32_t patient = rml_frame_column(&b->frame, s->patient);
    const int32_t reader = s->reader ? rml_frame_column(&b->frame, s->reader) : -1;
    rml_pivot_rows rows = {s->path, s->table, reader >= 0 ? 2 : 1, (const int32_t[]){patient, reader}, 0, same, used};
    rml_status status = condition && same && used ? RML_OK : rml_build_no_memory(err);

    if (status == RML_OK) status = rml_build_conditions(b, condition, err);
    if (status == RML_OK && patient < 0)
        status = rml_fail(err, RML_ESETTING, "%s: patient: %s has no column \"%s\"", s->path, s->table, s->patient);
    if (status == RML_OK) {
        for (int64_t r = 0; r < n; ++r)
            used[r] = rml_build_meets(b, r, condition, true) &&
                      !(reader >= 0 && rml_text_missing(rml_frame_cell(&b->frame, r, reader)));
        rows.n_same = list_same(b, used, same);
        status = rml_pivot_frame(&s->pivot, &rows, &b->frame, &b->pivoted, err);
    }
    free(condition);
    free(same);
    free(used);
    return status;
}
