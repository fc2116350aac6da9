/* What a study says for `radmill survive`: the outcome's two columns, and what is asked beside each feature alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/study_reading.h"

enum { MOST_TIMES = 20, MOST_RESAMPLES = 10000 };

void rml_reading_time(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"time", "event"};
    rml_study *s = r->study;

    if (node->kind != RML_YAML_MAP || !rml_yaml_get(node, "time"))
        rml_reading_wrong(r, node, "outcome: {time: COLUMN, event: COLUMN} was expected for `radmill survive`");
    rml_reading_keys(r, node, "outcome", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    s->outcome = RML_OUTCOME_TIME;
    s->outcome_column = rml_reading_text_at(r, node, "time", "outcome");
    s->event_column = rml_reading_text_at(r, node, "event", "outcome");
    if (r->status != RML_OK) return;
    if (rml_text_same(s->outcome_column, s->event_column))
        rml_reading_wrong(r, node, "outcome: time and event are one column, %s; two were expected", s->event_column);
    rml_reading_add(r, &s->outcomes, s->outcome_column);
    rml_reading_add(r, &s->outcomes, s->event_column);
}

static void read_times(rml_reading *r, const rml_yaml *node)
{
    rml_survive_plan *plan = &r->study->survive;
    rml_texts texts = {0};

    rml_reading_texts(r, node, "times", &texts);
    if (r->status == RML_OK && texts.n > MOST_TIMES)
        rml_reading_wrong(r, node, "times: %d are given; at most %d were expected", texts.n, MOST_TIMES);
    if (r->status == RML_OK) plan->times = rml_reading_take(r, (size_t)texts.n, sizeof *plan->times);
    for (int32_t t = 0; plan->times && r->status == RML_OK && t < texts.n; ++t) {
        double *time = plan->times + t;

        if (!rml_text_number(texts.text[t], time) || !(*time > 0.0) || !isfinite(*time))
            rml_reading_wrong(r, node, "times: \"%s\"; a number above 0, in the unit of %s, was expected",
                              texts.text[t], r->study->outcome_column);
        else if (t > 0 && *time <= time[-1])
            rml_reading_wrong(r, node, "times: %s does not come after %s", texts.text[t], texts.text[t - 1]);
        ++plan->n_times;
    }
}

void rml_reading_times(rml_reading *r, const rml_yaml *node)
{
    const rml_yaml *times = node ? rml_yaml_get(node, "times") : NULL;

    if (times && r->status == RML_OK) read_times(r, times);
    r->study->survive.unread = node && (rml_yaml_get(node, "strata") || rml_yaml_get(node, "offset"));
}

static void read_subgroups(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"of", "by"};
    rml_survive_plan *plan = &r->study->survive;
    const rml_yaml *by;

    rml_reading_keys(r, node, "subgroups", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    plan->subgroups_of = rml_reading_text_at(r, node, "of", "subgroups");
    by = rml_yaml_get(node, "by");
    if (by)
        rml_reading_texts(r, by, "by", &plan->subgroups_by);
    else
        rml_reading_wrong(r, node, "subgroups: \"by\" is missing: the columns whose values are subgroups");
}

/* Bounds of categories of risk. */
static void read_cuts(rml_reading *r, const rml_yaml *node)
{
    rml_survive_plan *plan = &r->study->survive;
    rml_texts texts = {0};

    rml_reading_texts(r, node, "cuts", &texts);
    if (r->status == RML_OK) plan->reclassified_cut = rml_reading_take(r, (size_t)texts.n, sizeof(double));
    for (int32_t k = 0; plan->reclassified_cut && r->status == RML_OK && k < texts.n; ++k) {
        double *cut = plan->reclassified_cut + k;

        if (!rml_text_number(texts.text[k], cut) || !(*cut > (k > 0 ? cut[-1] : 0.0) && *cut < 1.0))
            rml_reading_wrong(r, node, "cuts: \"%s\"; rising risks between 0 and 1 were expected, such as [0.1, 0.3]",
                              texts.text[k]);
        ++plan->n_reclassified_cuts;
    }
}

static void read_reclassification(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"time", "cuts", "resamples", "seed"};
    rml_survive_plan *plan = &r->study->survive;
    const rml_yaml *child;
    double time;

    rml_reading_keys(r, node, "reclassification", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    child = rml_yaml_get(node, "time");
    if (!child)
        rml_reading_wrong(r, node, "reclassification: \"time\" is missing: by when the event is predicted");
    else if (!child->text || !rml_text_number(child->text, &time) || !(time > 0.0) || !isfinite(time))
        rml_reading_wrong(r, child, "time: %s; a number above 0, in the unit of %s, was expected",
                          rml_reading_found(child), r->study->outcome_column);
    else
        plan->reclassified_at = time;
    if (r->status == RML_OK && (child = rml_yaml_get(node, "cuts"))) read_cuts(r, child);
    plan->reclassified_resamples =
        (int32_t)rml_reading_whole_at(r, node, "resamples", plan->reclassified_resamples, 0, MOST_RESAMPLES);
    plan->reclassified_seed = rml_reading_whole_at(r, node, "seed", plan->reclassified_seed, 0, INT32_MAX);
}

static void read_compare(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"base", "with", "reclassification"};
    rml_survive_plan *plan = &r->study->survive;
    const rml_yaml *base, *with, *reclassification;

    rml_reading_keys(r, node, "compare", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    base = rml_yaml_get(node, "base");
    with = rml_yaml_get(node, "with");
    if (!base || !with) {
        rml_reading_wrong(r, node, "compare: {base: [terms], with: [more terms]} was expected");
        return;
    }
    rml_reading_texts(r, base, "base", &plan->compare_base);
    rml_reading_texts(r, with, "with", &plan->compare_with);
    reclassification = rml_yaml_get(node, "reclassification");
    if (reclassification && r->status == RML_OK) read_reclassification(r, reclassification);
}

/* true, or a map with how its calibration is corrected. */
static void read_nomogram(rml_reading *r, const rml_yaml *survive, const rml_yaml *node)
{
    static const char *const keys[] = {"resamples", "seed"};
    rml_survive_plan *plan = &r->study->survive;

    plan->nomogram = node->kind == RML_YAML_MAP || rml_reading_truth_at(r, survive, "nomogram", false);
    if (node->kind != RML_YAML_MAP) return;
    rml_reading_keys(r, node, "nomogram", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    plan->nomogram_resamples =
        (int32_t)rml_reading_whole_at(r, node, "resamples", plan->nomogram_resamples, 0, MOST_RESAMPLES);
    plan->nomogram_seed = rml_reading_whole_at(r, node, "seed", plan->nomogram_seed, 0, INT32_MAX);
}

/* A list of columns, or a map with how they are cut. */
static void read_cutpoint(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"of", "least", "permutations", "seed"};
    rml_survive_plan *plan = &r->study->survive;
    const rml_yaml *child;

    if (node->kind != RML_YAML_MAP) {
        rml_reading_texts(r, node, "cutpoint", &plan->cutpoint);
        return;
    }
    rml_reading_keys(r, node, "cutpoint", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    if ((child = rml_yaml_get(node, "of")))
        rml_reading_texts(r, child, "of", &plan->cutpoint);
    else
        rml_reading_wrong(r, node, "cutpoint: \"of\" is missing: the columns that are cut");
    child = rml_yaml_get(node, "least");
    if (child &&
        (!child->text || !rml_text_number(child->text, &plan->least) || !(plan->least > 0.0 && plan->least < 0.5)))
        rml_reading_wrong(r, child, "least: %s; a share of the patients above 0 and below 0.5 was expected",
                          rml_reading_found(child));
    plan->permutations = (int32_t)rml_reading_whole_at(r, node, "permutations", plan->permutations, 0, 1000000);
    plan->cutpoint_seed = rml_reading_whole_at(r, node, "seed", plan->cutpoint_seed, 0, INT32_MAX);
}

/* Its column is a clinical one from here on: every part of "survive" may name it. */
static void read_score(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"name", "sweep"};
    rml_study *s = r->study;

    rml_reading_keys(r, node, "score", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    s->survive.score_name = rml_reading_text_at(r, node, "name", "score");
    s->survive.score_sweep = rml_reading_text_at(r, node, "sweep", "score");
    if (r->status == RML_OK && !s->clinical)
        rml_reading_wrong(r, node, "score: stands beside the columns of a clinical file, and the study has none");
    if (r->status == RML_OK) rml_reading_add(r, &s->use, s->survive.score_name);
}

/* A clinical column too, whose own ratio then tells whether it wants a coefficient of 1. */
static void read_offset(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;
    bool used = false;

    s->survive.offset = rml_reading_text(r, node, "offset");
    if (r->status == RML_OK && !s->clinical)
        rml_reading_wrong(r, node, "offset: is a column of a clinical file, and the study has none");
    if (r->status == RML_OK && s->survive.nomogram)
        rml_reading_wrong(r, node, "offset: a nomogram has no points for it; one of the two was expected");
    for (int32_t u = 0; r->status == RML_OK && u < s->use.n; ++u)
        used |= strcmp(s->use.text[u], s->survive.offset) == 0;
    if (r->status == RML_OK && !used) rml_reading_add(r, &s->use, s->survive.offset);
}

const char *const rml_study_ties[3] = {
    [RML_TIES_EFRON] = "efron", [RML_TIES_BRESLOW] = "breslow", [RML_TIES_EXACT] = "exact"};
const char *const rml_study_limits[3] = {"log", "log-log", "plain"};

void rml_reading_survive(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"cox",       "groups",   "strata",  "ties",     "limits", "times",
                                       "subgroups", "cutpoint", "compare", "nomogram", "score",  "offset"};
    rml_study *s = r->study;
    const rml_yaml *child;

    if (s->rois == RML_ROIS_SEPARATE)
        rml_reading_wrong(r, NULL,
                          "rois: separate: a patient has one time to an event, and so one row; \"largest\" or "
                          "\"mean\" was expected");
    s->categories = true;
    if (!node || r->status != RML_OK) return;
    rml_reading_keys(r, node, "survive", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    if ((child = rml_yaml_get(node, "score"))) read_score(r, child);
    if ((child = rml_yaml_get(node, "cox"))) rml_reading_texts(r, child, "cox", &s->survive.cox);
    if ((child = rml_yaml_get(node, "groups"))) rml_reading_texts(r, child, "groups", &s->survive.groups);
    if ((child = rml_yaml_get(node, "times"))) read_times(r, child);
    if ((child = rml_yaml_get(node, "ties")))
        s->survive.ties = (rml_ties)rml_reading_word(r, child, "ties", rml_study_ties, RML_STUDY_COUNT(rml_study_ties));
    if ((child = rml_yaml_get(node, "limits")))
        s->survive.limits =
            (rml_km_limits)rml_reading_word(r, child, "limits", rml_study_limits, RML_STUDY_COUNT(rml_study_limits));
    if ((child = rml_yaml_get(node, "subgroups"))) read_subgroups(r, child);
    if ((child = rml_yaml_get(node, "nomogram"))) read_nomogram(r, node, child);
    if ((child = rml_yaml_get(node, "compare"))) read_compare(r, child);
    if ((child = rml_yaml_get(node, "cutpoint"))) read_cutpoint(r, child);
    if ((child = rml_yaml_get(node, "offset"))) read_offset(r, child);
    if ((child = rml_yaml_get(node, "strata"))) {
        s->survive.strata = rml_reading_text(r, child, "strata");
        if (s->survive.strata) (void)rml_reading_column(r, child, &s->factor, s->survive.strata);
    }
}
