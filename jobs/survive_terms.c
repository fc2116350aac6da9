/* Terms of a Cox model: a column of numbers (or of two texts) is one, a column of more texts one for each but its
 * first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/survive.h"

rml_status rml_survive_is_varying(const rml_survive *x, const char *what, int32_t column, rml_error *err)
{
    const char *name = rml_survive_title(x, column);

    if (!rml_survive_is_within(x, column)) return RML_OK;
    if (strcmp(name, x->study.survive.strata) == 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: survive: %s: %s is the stratum: within a stratum it does not vary; another column was "
                        "expected",
                        x->study.path, what, name);
    return rml_fail(err, RML_ESETTING,
                    "%s: survive: %s: %s has one value within each %s, the stratum; a column that varies there was "
                    "expected",
                    x->study.path, what, name, x->study.survive.strata);
}

static rml_status add_column(const rml_survive *x, const char *what, const char *name, rml_survive_terms *out,
                             rml_error *err)
{
    int32_t column;
    rml_status status = rml_survive_column(x, what, name, &column, err);

    if (status == RML_OK) status = rml_survive_is_varying(x, what, column, err);
    if (status != RML_OK) return status;
    for (int32_t t = 0; t < out->n; ++t)
        if (out->term[t].column == column)
            return rml_fail(err, RML_ESETTING, "%s: survive: %s: %s is listed twice", x->study.path, what, name);
    if (!rml_survive_is_category(x, column))
        out->term[out->n++] = (rml_survive_term){column, 0};
    else
        for (int32_t level = 1; level < rml_survive_texts(x, column)->n; ++level)
            out->term[out->n++] = (rml_survive_term){column, level};
    return RML_OK;
}

rml_status rml_survive_terms_init(const rml_survive *x, const char *what, const rml_texts *first,
                                  const rml_texts *second, rml_survive_terms *out, rml_error *err)
{
    const int32_t n_second = second ? second->n : 0;
    rml_status status = RML_OK;

    *out = (rml_survive_terms){0};
    out->term = calloc((size_t)(first->n + n_second) * RML_SURVIVE_LEVELS + 1, sizeof *out->term);
    if (!out->term) return rml_fail(err, RML_ENOMEM, "no memory for the model's terms");
    for (int32_t t = 0; status == RML_OK && t < first->n; ++t) status = add_column(x, what, first->text[t], out, err);
    out->n_first = out->n;
    for (int32_t t = 0; status == RML_OK && t < n_second; ++t) status = add_column(x, what, second->text[t], out, err);
    return status;
}

void rml_survive_terms_free(rml_survive_terms *terms)
{
    free(terms->term);
    *terms = (rml_survive_terms){0};
}

double rml_survive_term_value(const rml_survive *x, rml_survive_term term, int32_t patient)
{
    const double value = rml_column(&x->dataset.all, term.column)[patient];

    return term.level == 0 || isnan(value) ? value : value == term.level;
}

char *rml_survive_term_name(const rml_survive *x, rml_survive_term term)
{
    const char *column = x->dataset.feature[term.column];
    char *name = NULL;

    if ((term.level == 0 ? asprintf(&name, "%s", column)
                         : asprintf(&name, "%s=%s", column, rml_survive_texts(x, term.column)->text[term.level])) < 0)
        return NULL;
    return name;
}

const char *rml_survive_first_level(const rml_survive *x, int32_t column)
{
    const rml_dataset_texts *texts = rml_survive_texts(x, column);

    return texts && texts->n > 0 ? texts->text[0] : "";
}
