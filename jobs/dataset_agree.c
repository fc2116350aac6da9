/* What is said of a patient must be one thing: on all of the patient's rows, and in both files. */
#include <stdio.h>

#include "jobs/dataset_build.h"

static rml_status check_rows(const rml_build *b, const char *name, const char *what, rml_error *err)
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

static rml_status check_files(const rml_build *b, const char *name, const char *what, rml_error *err)
{
    const int32_t ours = rml_frame_column(&b->frame, name), theirs = rml_frame_column(&b->clinical, name);

    if (ours < 0 || theirs < 0) return RML_OK;
    for (int32_t p = 0; p < b->n_patients; ++p)
        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1] && b->clinical_row[p] >= 0; ++i) {
            const char *a = rml_frame_cell(&b->frame, b->row[i], ours),
                       *c = rml_frame_cell(&b->clinical, b->clinical_row[p], theirs);

            if (!rml_text_missing(a) && !rml_text_missing(c) && !rml_text_same(a, c))
                return rml_fail(err, RML_ESETTING,
                                "%s: %s: patient %s has %s \"%s\" in %s and \"%s\" in %s; they must agree, or the "
                                "column have another name in one of them",
                                b->study->path, what, b->patient[p], name, a, b->study->table, c, b->study->clinical);
        }
    return RML_OK;
}

rml_status rml_build_agree(const rml_build *b, bool joined, rml_error *err)
{
    const rml_study *s = b->study;
    const struct {
        const char *what, *name;
    } one[] = {{"outcome", s->outcome_column}, {"centre", s->centre}, {"split", s->split_column}};
    const struct {
        const char *what;
        const rml_texts *names;
    } lists[] = {{"use", &s->use}, {"covariates", &s->covariate}};
    rml_status (*const check)(const rml_build *, const char *, const char *, rml_error *) =
        joined ? check_files : check_rows;
    rml_status status = RML_OK;

    if (joined && !b->joined) return RML_OK;
    for (size_t i = 0; i < sizeof one / sizeof *one && status == RML_OK; ++i)
        if (one[i].name) status = check(b, one[i].name, one[i].what, err);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; ++l)
        for (int32_t i = 0; i < lists[l].names->n && status == RML_OK; ++i)
            status = check(b, lists[l].names->text[i], lists[l].what, err);
    return status;
}
