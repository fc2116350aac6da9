#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/nearest.h"
#include "jobs/survive.h"

rml_cox_settings rml_survive_settings(const rml_study *study)
{
    rml_cox_settings settings = rml_cox_defaults();

    settings.ties = study->survive.ties;
    return settings;
}

const int32_t *rml_survive_strata(const rml_survive *x)
{
    for (int32_t f = 0; x->study.survive.strata && f < x->study.factor.n; ++f)
        if (strcmp(x->study.factor.text[f], x->study.survive.strata) == 0) return x->dataset.data.factor[f];
    return NULL;
}

int32_t rml_survive_n_strata(const rml_survive *x)
{
    for (int32_t f = 0; x->study.survive.strata && f < x->study.factor.n; ++f)
        if (strcmp(x->study.factor.text[f], x->study.survive.strata) == 0) return x->dataset.data.n_levels[f];
    return 1;
}

const double *rml_survive_offset(const rml_survive *x)
{
    const rml_dataset *d = &x->dataset;

    for (int32_t u = 0; x->study.survive.offset && u < x->study.use.n; ++u)
        if (strcmp(x->study.use.text[u], x->study.survive.offset) == 0)
            return rml_column(&d->all, d->all.n_columns - d->n_clinical + u);
    return NULL;
}

bool rml_survive_is_offset(const rml_survive *x, int32_t column)
{
    return rml_survive_offset(x) == rml_column(&x->dataset.all, column);
}

rml_status rml_survive_strata_check(rml_survive *x, rml_error *err)
{
    const rml_data *d = &x->dataset.data;
    const int32_t *code = rml_survive_strata(x), n = rml_survive_n_strata(x);
    bool *tells; /* [n] */
    rml_surv surv = {0};

    if (!code) return RML_OK;
    tells = calloc((size_t)n, sizeof *tells);
    if (!tells || rml_surv_init(d->y, d->event, code, d->n_patients, &surv) != RML_OK) {
        free(tells);
        return rml_fail(err, RML_ENOMEM, "no memory for the strata");
    }
    /* A stratum tells something when at a time of an event another patient is at risk. */
    for (int64_t m = 0; m < surv.n_moments; ++m)
        tells[code[surv.row[surv.moment[m].first]]] |= surv.moment[m].end - surv.moment[m].first > 1;
    for (int32_t s = 0; s < n; ++s) x->n_strata_silent += !tells[s];
    for (int32_t i = 0; i < d->n_patients; ++i) x->n_events_silent += d->event[i] && !tells[code[i]];
    rml_surv_free(&surv);
    free(tells);
    if (x->n_strata_silent < n) return RML_OK;
    return rml_fail(
        err, RML_ESETTING,
        "%s: survive: strata: %s has %d values among %d patients, and within none of them is anybody at risk "
        "when another has the event; a column of few values, such as the centre, was expected",
        x->study.path, x->study.survive.strata, n, d->n_patients);
}

rml_status rml_survive_offset_check(const rml_survive *x, rml_error *err)
{
    const rml_dataset *d = &x->dataset;
    enum { MOST_APART = 700 }; /* of which exp is still a double */
    const double *offset = rml_survive_offset(x);
    const rml_dataset_texts *texts;
    double low = INFINITY, high = -INFINITY;

    if (!offset) return RML_OK;
    texts = rml_survive_texts(x, (int32_t)((offset - d->all.x) / d->all.stride));
    if (texts && texts->n > 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: survive: offset: %s holds texts; a column of numbers, log hazards, was expected",
                        x->study.path, x->study.survive.offset);
    for (int32_t p = 0; p < d->data.n_patients; ++p) {
        low = fmin(low, offset[p]);
        high = fmax(high, offset[p]);
    }
    if (high - low > MOST_APART)
        return rml_fail(
            err, RML_ESETTING,
            "%s: survive: offset: %s goes from %g to %g; log hazards were expected, which are no more than %d "
            "apart: beyond that one patient's hazard is nothing beside another's",
            x->study.path, x->study.survive.offset, low, high, MOST_APART);
    return RML_OK;
}

rml_status rml_survive_column(const rml_survive *x, const char *what, const char *name, int32_t *column, rml_error *err)
{
    const rml_dataset *d = &x->dataset;
    const char *near;

    for (*column = 0; *column < d->all.n_columns; ++*column)
        if (strcmp(d->feature[*column], name) == 0) return RML_OK;
    for (int32_t u = 0; u < x->study.use.n; ++u) { /* one of two texts goes by its own name too: "sex" is "sex=male" */
        *column = d->all.n_columns - d->n_clinical + u;
        if (strcmp(x->study.use.text[u], name) == 0) return RML_OK;
    }
    near = rml_nearest(name, d->feature, d->all.n_columns);
    return rml_fail(err, RML_ESETTING,
                    "%s: survive: %s: no feature and no clinical column of \"use\" is called \"%s\"%s%s%s",
                    x->study.path, what, name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool rml_survive_is_category(const rml_survive *x, int32_t column)
{
    const rml_dataset_texts *texts = rml_survive_texts(x, column);

    return texts && texts->n > 2;
}

rml_status rml_survive_number(const rml_survive *x, const char *what, const char *name, int32_t *column, rml_error *err)
{
    const rml_status status = rml_survive_column(x, what, name, column, err);

    if (status != RML_OK || !rml_survive_is_category(x, *column)) return status;
    return rml_fail(err, RML_ESETTING,
                    "%s: survive: %s: %s has more than two texts, which make groups, subgroups and terms of models; a "
                    "column of numbers or of two texts was expected",
                    x->study.path, what, name);
}

rml_status rml_complete_init(const rml_survive *x, const rml_survive_term *term, int32_t n_terms, rml_complete *c)
{
    const rml_data *data = &x->dataset.data;
    const size_t n = (size_t)data->n_rows + 1, k = (size_t)n_terms;
    const int32_t *stratum = rml_survive_strata(x);
    const double *offset = rml_survive_offset(x);

    *c = (rml_complete){calloc(n, sizeof(double)),
                        calloc(n, sizeof(double)),
                        calloc(n * (k + 1), sizeof(double)),
                        calloc(n, sizeof(double)),
                        calloc(n, 1),
                        calloc(n, sizeof(int32_t)),
                        0};
    if (!c->time || !c->offset || !c->x || !c->linear || !c->event || !c->stratum) return RML_ENOMEM;
    for (int32_t i = 0; i < data->n_rows; ++i) {
        bool whole = true;

        for (size_t t = 0; t < k; ++t) whole &= isfinite(rml_survive_term_value(x, term[t], i)) != 0;
        if (!whole) continue;
        c->time[c->n] = data->y[i];
        c->event[c->n] = data->event[i];
        c->stratum[c->n] = stratum ? stratum[i] : 0;
        c->offset[c->n] = offset ? offset[i] : 0.0;
        for (size_t t = 0; t < k; ++t) c->x[t * (n - 1) + (size_t)c->n] = rml_survive_term_value(x, term[t], i);
        ++c->n;
    }
    return RML_OK;
}

void rml_complete_free(rml_complete *c)
{
    free(c->time);
    free(c->offset);
    free(c->x);
    free(c->linear);
    free(c->event);
    free(c->stratum);
}

rml_status rml_survive_concordance(const rml_surv *surv, const rml_cox *fit, const rml_columns *columns,
                                   const double *offset, double *linear, rml_concordance *c)
{
    const rml_concordance_settings pairs = rml_concordance_defaults();
    rml_concordance further;
    double *beyond;
    rml_status status = rml_cox_linear(fit, columns, offset, linear);

    *c = (rml_concordance){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (status != RML_OK || (fit->end != RML_COX_CONVERGED && fit->end != RML_COX_MONOTONE)) return status;
    status = rml_concordance_measure(surv, linear, &pairs, c);
    if (status != RML_OK || fit->end == RML_COX_CONVERGED) return status == RML_EEMPTY ? RML_OK : status;
    /* What runs off is taken as far again: where no pair changes sides, no way further on changes one either. */
    beyond = malloc(((size_t)columns->n_rows + 1) * sizeof *beyond);
    if (!beyond) return RML_ENOMEM;
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        beyond[i] = linear[i];
        for (int32_t t = 0; t < fit->n_terms; ++t)
            if (fit->diverges[t]) beyond[i] += fit->coefficient[t] * rml_column(columns, t)[i];
    }
    status = rml_concordance_measure(surv, beyond, &pairs, &further);
    free(beyond);
    if (status != RML_OK || further.c != c->c) *c = (rml_concordance){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    return status == RML_EEMPTY ? RML_OK : status;
}

bool rml_survive_is_within(const rml_survive *x, int32_t column)
{
    const int32_t *stratum = rml_survive_strata(x), n = x->dataset.data.n_rows;
    const double *value = rml_column(&x->dataset.all, column);

    for (int32_t i = 0; stratum && i < n; ++i)
        for (int32_t k = i + 1; k < n && !isnan(value[i]); ++k)
            if (stratum[k] == stratum[i] && !isnan(value[k])) {
                if (value[k] != value[i]) return false;
                break; /* the next of a stratum is held against the one after it */
            }
    return stratum != NULL;
}

/* "no finite hazard ratio of A, B: …" of a fit in which some run off; else the fit's own words. */
static char *say_end(const rml_survive *x)
{
    const rml_survive_model *m = &x->model;
    char *names = NULL, *said = NULL;
    size_t n_bytes;
    int32_t n = 0;
    FILE *list = open_memstream(&names, &n_bytes);

    if (!list) return NULL;
    for (int32_t t = 0; t < m->n_terms && m->fit.coefficient; ++t) {
        char *name = m->fit.diverges[t] ? rml_survive_term_name(x, m->terms.term[t]) : NULL;

        if (name) fprintf(list, "%s%s", n++ > 0 ? ", " : "", name);
        free(name);
    }
    fclose(list);
    if (n == 0 || m->fit.end != RML_COX_MONOTONE)
        said = strdup(rml_cox_end_text(m->fit.end));
    else if (asprintf(&said, "no finite hazard ratio of %s: %s the order of the events (separation)", names,
                      n == 1 ? "it tells" : "they tell") < 0)
        said = NULL;
    free(names);
    return said;
}

/* Statuses of the fit itself stand in the model and are told; what is returned is the machine's. */
static rml_status fit_model(rml_survive *x, const rml_complete *c, const rml_surv *surv)
{
    rml_survive_model *m = &x->model;
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_columns columns = {c->n, x->dataset.data.n_rows, m->n_terms, c->x};
    rml_status status;

    m->status = rml_cox_fit(surv, &columns, NULL, c->offset, &settings, &m->fit);
    if (!m->fit.coefficient) return m->status;
    m->ended = say_end(x);
    if (!m->ended) return RML_ENOMEM;
    for (int32_t t = 0; t < m->n_terms; ++t) {
        status = rml_cox_hazard_ratio(&m->fit, t, 0.95, m->ratio + t);
        if (status != RML_OK) return status;
    }
    status =
        rml_cox_zph(&m->fit, surv, &columns, NULL, c->offset, settings.ties, RML_ZPH_KM, m->ph_chisq, m->ph_p, &m->ph);
    if (status == RML_ENOMEM) return status;
    return rml_survive_concordance(surv, &m->fit, &columns, c->offset, c->linear, &m->c);
}

static rml_status name_terms(rml_survive *x, rml_error *err)
{
    rml_survive_model *m = &x->model;
    const rml_status status = rml_survive_terms_init(x, "cox", &x->study.survive.cox, NULL, &m->terms, err);
    const size_t k = (size_t)m->terms.n;

    if (status != RML_OK) return status;
    m->alone = calloc(k + 1, sizeof *m->alone);
    m->ratio = calloc(k + 1, sizeof *m->ratio);
    m->memory = calloc(2 * k + 1, sizeof *m->memory);
    if (!m->alone || !m->ratio || !m->memory) return rml_fail(err, RML_ENOMEM, "no memory for the model's terms");
    m->ph_chisq = m->memory;
    m->ph_p = m->memory + k;
    m->n_terms = m->terms.n;
    return RML_OK;
}

/* A category alone is a model of all of its texts. term: its first, of n */
static rml_status fit_category(const rml_survive *x, const rml_survive_term *term, int32_t n, rml_survive_alone *out)
{
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    rml_complete c = {0};
    rml_surv surv = {0};
    rml_cox fit = {0};
    rml_status status = rml_complete_init(x, term, n, &c);

    if (status == RML_OK) status = rml_surv_init(c.time, c.event, c.stratum, c.n, &surv);
    if (status == RML_OK) {
        const rml_columns columns = {c.n, x->dataset.data.n_rows, n, c.x};

        status = rml_cox_fit(&surv, &columns, NULL, c.offset, &settings, &fit);
    }
    for (int32_t t = 0; t < n; ++t)
        out[t] = fit.coefficient && !fit.diverges[t] ? (rml_survive_alone){fit.coefficient[t], fit.se[t], fit.p[t]}
                                                     : (rml_survive_alone){NAN, NAN, NAN};
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    rml_complete_free(&c);
    return status == RML_ENOMEM ? status : RML_OK;
}

rml_survive_alone rml_survive_alone_of(const rml_survive *x, int32_t t)
{
    const rml_survive_term term = x->model.terms.term[t];
    const rml_survive_fit *fit = x->fit + term.column;

    return term.level > 0 ? x->model.alone[t] : (rml_survive_alone){fit->coefficient, fit->se, fit->p};
}

static rml_status fit_alone(rml_survive *x)
{
    rml_survive_model *m = &x->model;
    rml_status status = RML_OK;

    for (int32_t t = 0, n; status == RML_OK && t < m->n_terms; t += n) {
        const rml_survive_term *term = &m->terms.term[t];

        for (n = 1; t + n < m->n_terms && term[n].column == term->column; ++n) continue;
        if (term->level > 0) status = fit_category(x, term, n, &m->alone[t]);
    }
    return status;
}

rml_status rml_survive_model_make(rml_survive *x, rml_error *err)
{
    rml_survive_model *m = &x->model;
    rml_complete c = {0};
    rml_surv surv = {0};
    rml_status status;

    *m = (rml_survive_model){.ph = {NAN, NAN, 0}, .c = {NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    if (x->study.survive.cox.n == 0) return RML_OK;
    status = name_terms(x, err);
    if (status != RML_OK) return status;
    status = rml_complete_init(x, m->terms.term, m->n_terms, &c);
    m->n_missing = x->dataset.data.n_rows - c.n;
    if (status == RML_OK && c.n == 0)
        status = rml_fail(err, RML_ESETTING, "%s: survive: cox: no patient has a value of every term", x->study.path);
    else if (status == RML_OK)
        status = rml_surv_init(c.time, c.event, c.stratum, c.n, &surv);
    if (status == RML_OK && surv.n_events <= m->n_terms)
        status = rml_fail(err, RML_ESETTING,
                          "%s: survive: cox: %d terms for %lld events among the %d patients who have a value of each; "
                          "at least ten events a term are the usual advice, more events than terms the least",
                          x->study.path, m->n_terms, (long long)surv.n_events, c.n);
    else if (status == RML_OK) {
        status = fit_model(x, &c, &surv);
        if (status == RML_OK) status = fit_alone(x);
        if (status != RML_OK) rml_fail(err, status, "%s: survive: cox: %s", x->study.path, rml_status_name(status));
    } else if (status != RML_ESETTING)
        rml_fail(err, status, "no memory for the model");
    rml_surv_free(&surv);
    rml_complete_free(&c);
    return status;
}

void rml_survive_model_free(rml_survive_model *model)
{
    rml_cox_free(&model->fit);
    rml_survive_terms_free(&model->terms);
    free(model->ended);
    free(model->alone);
    free(model->ratio);
    free(model->memory);
    *model = (rml_survive_model){0};
}
