#include <math.h>
#include <stdlib.h>

#include "jobs/survive.h"

/* The patients who have both values. */
typedef struct rows {
    int32_t n, *level, *stratum;
    double *time, *offset, *x, *by;
    uint8_t *event;
} rows;

static void rows_free(rows *r)
{
    free(r->level);
    free(r->stratum);
    free(r->time);
    free(r->offset);
    free(r->x);
    free(r->by);
    free(r->event);
}

static rml_status rows_init(const rml_survive *x, int32_t by, rows *r)
{
    const rml_data *data = &x->dataset.data;
    const double *of = rml_column(&x->dataset.all, x->subgroups_of), *level = rml_column(&x->dataset.all, by);
    const int32_t *stratum = rml_survive_strata(x);
    const double *offset = rml_survive_offset(x);
    const size_t n = (size_t)data->n_rows + 1;

    *r = (rows){0,
                calloc(n, sizeof(int32_t)),
                calloc(n, sizeof(int32_t)),
                calloc(n, sizeof(double)),
                calloc(n, sizeof(double)),
                calloc(n, sizeof(double)),
                calloc(n, sizeof(double)),
                calloc(n, 1)};
    if (!r->level || !r->stratum || !r->time || !r->offset || !r->x || !r->by || !r->event) return RML_ENOMEM;
    for (int32_t i = 0; i < data->n_rows; ++i) {
        if (!isfinite(of[i]) || isnan(level[i])) continue;
        r->time[r->n] = data->y[i];
        r->event[r->n] = data->event[i];
        r->stratum[r->n] = stratum ? stratum[i] : 0;
        r->offset[r->n] = offset ? offset[i] : 0.0;
        r->x[r->n] = of[i];
        r->by[r->n++] = level[i];
    }
    return RML_OK;
}

/* Values upwards as levels from 0; false when there are too many. */
static bool find_levels(const rml_survive *x, rows *r, rml_survive_subgroups *out)
{
    double value[RML_SURVIVE_LEVELS] = {0};

    for (int32_t i = 0; i < r->n; ++i) {
        int32_t at = 0;

        while (at < out->n && value[at] < r->by[i]) ++at;
        if (at < out->n && value[at] == r->by[i]) continue;
        if (out->n == RML_SURVIVE_LEVELS) return false;
        for (int32_t k = out->n; k > at; --k) value[k] = value[k - 1];
        value[at] = r->by[i];
        ++out->n;
    }
    for (int32_t l = 0; l < out->n; ++l) out->name[l] = rml_survive_label_of(x, out->by, value[l]);
    for (int32_t i = 0; i < r->n; ++i)
        while (value[r->level[i]] < r->by[i]) ++r->level[i];
    return true;
}

static rml_status make_one(rml_survive *x, rml_survive_subgroups *out, rml_error *err)
{
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const char *name = x->dataset.feature[out->by];
    rows r = {0};
    rml_status status = rows_init(x, out->by, &r);

    out->n_missing = x->dataset.data.n_rows - r.n;
    if (status != RML_OK)
        rml_fail(err, status, "no memory for the subgroups");
    else if (r.n == 0 || !find_levels(x, &r, out))
        status = rml_fail(err, RML_ESETTING, "%s: survive: subgroups: %s has %s; up to %d were expected", x->study.path,
                          name, r.n == 0 ? "no value" : "many values", RML_SURVIVE_LEVELS);
    else {
        status = rml_subgroup_test(r.time, r.event, r.stratum, r.offset, r.x, r.level, r.n, out->n, &settings,
                                   out->subgroup, &out->interaction);
        if (status == RML_EEMPTY || (status == RML_EVALUE && out->subgroup[0].n_rows > 0))
            status = RML_OK; /* no interaction to test, or one that did not come to an end: p is NaN */
        if (status != RML_OK)
            rml_fail(err, status, "%s: survive: subgroups: %s: %s", x->study.path, name, rml_status_name(status));
    }
    rows_free(&r);
    return status;
}

rml_status rml_survive_subgroups_make(rml_survive *x, rml_error *err)
{
    const rml_survive_plan *plan = &x->study.survive;
    rml_status status = RML_OK;

    if (!plan->subgroups_of) return RML_OK;
    x->subgroups = calloc((size_t)plan->subgroups_by.n + 1, sizeof *x->subgroups);
    if (!x->subgroups) return rml_fail(err, RML_ENOMEM, "no memory for the subgroups");
    status = rml_survive_number(x, "subgroups", plan->subgroups_of, &x->subgroups_of, err);
    if (status == RML_OK) status = rml_survive_is_varying(x, "subgroups", x->subgroups_of, err);
    for (int32_t k = 0; status == RML_OK && k < plan->subgroups_by.n; ++k) {
        rml_survive_subgroups *out = x->subgroups + k;

        status = rml_survive_column(x, "subgroups", plan->subgroups_by.text[k], &out->by, err);
        if (status == RML_OK) status = make_one(x, out, err);
        ++x->n_subgroups;
    }
    return status;
}
