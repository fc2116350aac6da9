#include "jobs/sweep_separation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/survival/logrank.h"

const char *const rml_cut_names[RML_N_CUTS] = {"median", "learned"};

rml_status rml_separation_init(int32_t n_repeats, int32_t n_patients, rml_separation *s)
{
    const size_t one = (size_t)n_patients + 1, all = (size_t)n_repeats * (size_t)n_patients + 1;
    bool good;

    *s = (rml_separation){.n_repeats = n_repeats,
                          .n_patients = n_patients,
                          .n = calloc((size_t)n_repeats + 1, sizeof *s->n),
                          .time = calloc(all, sizeof *s->time),
                          .event = calloc(all, 1),
                          .in_time = calloc(one, sizeof *s->in_time),
                          .in_event = calloc(one, 1),
                          .in_group = calloc(one, sizeof *s->in_group)};
    good = s->n && s->time && s->event && s->in_time && s->in_event && s->in_group;
    for (int rule = 0; rule < RML_N_CUTS; ++rule) {
        s->group[rule] = calloc(all, sizeof *s->group[rule]);
        good &= s->group[rule] != NULL;
    }
    if (good) return RML_OK;
    rml_separation_free(s);
    return RML_ENOMEM;
}

void rml_separation_free(rml_separation *s)
{
    if (!s) return;
    free(s->n);
    free(s->time);
    free(s->event);
    for (int rule = 0; rule < RML_N_CUTS; ++rule) free(s->group[rule]);
    free(s->in_time);
    free(s->in_event);
    free(s->in_group);
    *s = (rml_separation){0};
}

void rml_separation_clear(rml_separation *s)
{
    memset(s->n, 0, (size_t)s->n_repeats * sizeof *s->n);
}

static int32_t group_of(double cut, double decision)
{
    return isnan(cut) || isnan(decision) ? -1 : decision > cut;
}

/* Whether a model says the same of everybody, by what a permuted part's record has too: its training patients are all
 * tied (C-index 0.5), and whoever is held out is no other than they are. */
static bool says_one_thing(const rml_split *split, const rml_nested_model *model)
{
    bool one = model->apparent == 0.5;

    for (int32_t t = 0; one && t < split->n_test; ++t) one = model->decision[t] == model->middle;
    return one;
}

void rml_separation_add(rml_separation *s, const rml_split *split, const double *time, const uint8_t *event,
                        const rml_nested_model *model)
{
    const bool one = says_one_thing(split, model);

    for (int32_t t = 0; split->repeat < s->n_repeats && t < split->n_test; ++t) {
        const int64_t at = (int64_t)split->repeat * s->n_patients + s->n[split->repeat]++;

        s->time[at] = time[split->test[t]];
        s->event[at] = event[split->test[t]];
        s->group[RML_CUT_MEDIAN][at] = group_of(one ? NAN : model->middle, model->decision[t]);
        s->group[RML_CUT_LEARNED][at] = group_of(one ? NAN : model->cut, model->decision[t]);
    }
}

void rml_separation_gather(rml_separation *s, int32_t repeat, rml_cut_rule rule)
{
    const int64_t first = (int64_t)repeat * s->n_patients;

    s->n_in = 0;
    for (int64_t at = first; at < first + s->n[repeat]; ++at) {
        if (s->group[rule][at] < 0) continue;
        s->in_time[s->n_in] = s->time[at];
        s->in_event[s->n_in] = s->event[at];
        s->in_group[s->n_in++] = s->group[rule][at];
    }
}

rml_status rml_separation_z(const rml_separation *s, double *z)
{
    rml_surv surv = {0};
    rml_logrank test = {0};
    rml_status status = rml_surv_init(s->in_time, s->in_event, NULL, s->n_in, &surv);

    *z = NAN;
    if (status == RML_OK) status = rml_logrank_test(&surv, s->in_group, 2, 0.0, &test);
    if (status == RML_OK) *z = (test.observed[1] - test.expected[1]) / sqrt(test.variance[3]);
    rml_logrank_free(&test);
    rml_surv_free(&surv);
    return status == RML_ENOMEM ? status : RML_OK; /* nobody there, no event, or one group: no test */
}

rml_status rml_separation_mean(rml_separation *s, int32_t n_repeats, rml_cut_rule rule, double *z)
{
    double sum = 0.0, of_repeat;
    int32_t n = 0;

    *z = NAN;
    for (int32_t r = 0; r < n_repeats && r < s->n_repeats; ++r) {
        rml_separation_gather(s, r, rule);
        if (rml_separation_z(s, &of_repeat) != RML_OK) return RML_ENOMEM;
        if (!isfinite(of_repeat)) continue;
        sum += of_repeat;
        ++n;
    }
    if (n > 0) *z = sum / n;
    return RML_OK;
}
