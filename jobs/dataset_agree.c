/* What is said of a patient must be one thing: on all of the patient's rows, and in both files. A missing cell takes
 * the value that another one has (jobs/frame.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/dataset_build.h"

static rml_status check_rows(rml_build *b, const char *name, const char *what, rml_error *err)
{
    const int32_t column = rml_frame_column(&b->frame, name);
    char where[RML_ERROR_TEXT];
    rml_status status = RML_OK;

    if (column < 0 || (b->joined && rml_frame_column(&b->clinical, name) >= 0)) return RML_OK;
    snprintf(where, sizeof where, "%s: %s: %s", b->study->path, what, b->study->table);
    for (int32_t p = 0; p < b->n_patients && status == RML_OK; ++p)
        status = rml_frame_one_value(&b->frame, column, b->row + b->first_row[p], b->first_row[p + 1] - b->first_row[p],
                                     where, b->patient[p], err);
    return status;
}

static rml_status check_files(rml_build *b, const char *name, const char *what, rml_error *err)
{
    char where[RML_ERROR_TEXT];
    rml_status status = RML_OK;

    snprintf(where, sizeof where, "%s: %s: ", b->study->path, what);
    for (int32_t p = 0; p < b->n_patients && status == RML_OK; ++p) {
        const rml_frame_rows ours = {&b->frame, b->study->table, b->row + b->first_row[p],
                                     b->first_row[p + 1] - b->first_row[p]},
                             theirs = {&b->clinical, b->study->clinical, &b->clinical_row[p], b->clinical_row[p] >= 0};

        status = rml_frame_both_say(name, &ours, &theirs, where, b->patient[p], err);
    }
    return status;
}

typedef rml_status checking(rml_build *b, const char *name, const char *what, rml_error *err);

/* The columns of given inner folds, those alone that some row's outer fold names. */
static rml_status check_inner(rml_build *b, checking *check, rml_error *err)
{
    bool *used = calloc((size_t)b->frame.n_rows + 1, sizeof *used);
    rml_status status = used ? RML_OK : rml_build_no_memory(err);

    for (int32_t i = 0; used && i < b->n_rows; ++i) used[b->row[i]] = true;
    for (int32_t c = 0; status == RML_OK && b->study->inner_column && c < b->frame.n_columns; ++c)
        if (rml_build_is_inner(b, used, b->frame.name[c])) status = check(b, b->frame.name[c], "inner", err);
    free(used);
    return status;
}

rml_status rml_build_agree(rml_build *b, bool joined, rml_error *err)
{
    const rml_study *s = b->study;
    const struct {
        const char *what, *name;
    } one[] = {{"outcome", s->outcome_column},
               {"outcome", s->event_column},
               {"landmark", s->landmark && isnan(s->landmark_time) ? s->landmark : NULL},
               {"centre", s->centre},
               {"split", s->split_column}};
    const struct {
        const char *what;
        const rml_texts *names;
    } lists[] = {
        {"groups", &s->groups.named}, {NULL, &s->use}, {"covariates", &s->covariate}, {"a step's column", &s->factor}};
    /* of a row, such as its scanner, a step may know more: but not of the mean of a patient's rows */
    const size_t n_lists = sizeof lists / sizeof *lists - (joined || s->rois == RML_ROIS_MEAN ? 0 : 1);
    checking *const check = joined ? check_files : check_rows;
    rml_status status = RML_OK;

    if (joined && !b->joined) return RML_OK;
    for (size_t i = 0; i < sizeof one / sizeof *one && status == RML_OK; ++i)
        if (one[i].name) status = check(b, one[i].name, one[i].what, err);
    for (size_t l = 0; l < n_lists; ++l)
        for (int32_t i = 0; i < lists[l].names->n && status == RML_OK; ++i)
            status = check(b, lists[l].names->text[i],
                           lists[l].names == &s->use ? rml_build_asked_as(s, s->use.text[i]) : lists[l].what, err);
    if (status == RML_OK) status = check_inner(b, check, err);
    return status;
}
