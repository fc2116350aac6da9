/* What the study asked for and which patients it came to, a line each, for the report's methods and for whoever finds
 * the folder: about.csv. A word that has several values has a line for each. */
#include <inttypes.h>
#include <math.h>

#include "io/table.h"
#include "jobs/survive.h"
#include "jobs/version.h"

static void put(FILE *out, const char *what, const char *value)
{
    if (!value || !*value) return;
    rml_csv_text(out, what, true);
    rml_csv_text(out, value, false);
    fputc('\n', out);
}

static void put_number(FILE *out, const char *what, double value)
{
    rml_csv_text(out, what, true);
    rml_csv_number(out, value, false);
    fputc('\n', out);
}

static void put_each(FILE *out, const char *what, const rml_texts *texts)
{
    for (int32_t i = 0; i < texts->n; ++i) put(out, what, texts->text[i]);
}

static void put_sum(FILE *out, const char *what, uint64_t sum)
{
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, sum);
    put(out, what, text);
}

static void put_patients(const rml_survive *x, FILE *out)
{
    const rml_study *s = &x->study;
    const rml_dataset *d = &x->dataset;

    put(out, "table", s->table);
    put(out, "clinical", s->clinical);
    put(out, "patient", s->patient);
    for (int32_t i = 0; i < s->n_rows; ++i) {
        char text[512];

        snprintf(text, sizeof text, "%s = %s", s->rows[i].column, s->rows[i].value);
        put(out, "rows", text);
    }
    put(out, "time", s->outcome_column);
    put(out, "event", s->event_column);
    put(out, "landmark", s->landmark);
    put_number(out, "patients", d->data.n_patients);
    put_number(out, "events", (double)x->n_events);
    put_number(out, "without_outcome", d->n_without_outcome);
    if (s->landmark) put_number(out, "before_landmark", d->n_before_landmark);
    if (s->landmark) put_number(out, "without_landmark", d->n_without_landmark);
    if (s->survive.strata) put_number(out, "without_stratum", d->n_without_stratum);
    if (s->survive.offset) put_number(out, "without_offset", d->n_without_offset);
    if (s->clinical) put_number(out, "without_clinical", d->n_without_clinical);
    put_number(out, "median_follow_up", rml_survive_follow_up(x));
    if (x->n_uncomputed > 0) put_number(out, "uncomputed", x->n_uncomputed);
    put_number(out, "features", d->all.n_columns - d->n_clinical);
    put_each(out, "use", &s->use);
    for (int32_t j = d->all.n_columns - d->n_clinical; j < d->all.n_columns; ++j)
        if (rml_survive_is_category(x, j)) put(out, "texts", d->feature[j]);
}

static void put_questions(const rml_survive *x, FILE *out)
{
    const rml_survive_plan *p = &x->study.survive;

    put(out, "strata", p->strata);
    if (p->strata) put_number(out, "strata_values", rml_survive_n_strata(x));
    if (p->strata) put_number(out, "strata_silent", x->n_strata_silent);
    if (x->n_strata_silent > 0) put_number(out, "events_silent", (double)x->n_events_silent);
    put(out, "offset", p->offset);
    put(out, "ties", rml_study_ties[p->ties]);
    put(out, "limits", rml_study_limits[p->limits]);
    for (int32_t t = 0; t < x->n_times; ++t) put_number(out, "times", x->times[t]);
    put_each(out, "cox", &p->cox);
    for (int32_t k = 0; k < x->n_groups; ++k) put(out, "groups", rml_survive_title(x, x->groups[k].column));
    for (int32_t k = 0; k < x->n_undivided; ++k)
        put(out, "groups_left_out", rml_survive_title(x, x->undivided[k].column));
    put(out, "subgroups_of", p->subgroups_of);
    put_each(out, "subgroups_by", &p->subgroups_by);
    put_each(out, "compare_base", &p->compare_base);
    put_each(out, "compare_with", &p->compare_with);
    if (!isnan(p->reclassified_at)) {
        put_number(out, "reclassification_time", p->reclassified_at);
        for (int32_t k = 0; k < p->n_reclassified_cuts; ++k)
            put_number(out, "reclassification_cuts", p->reclassified_cut[k]);
        put_number(out, "reclassification_resamples", p->reclassified_resamples);
        put_number(out, "reclassification_seed", (double)p->reclassified_seed);
    }
    if (p->nomogram) {
        put(out, "nomogram", "true");
        put(out, "nomogram_missing", rml_survive_no_nomogram(x));
        put_number(out, "nomogram_resamples", p->nomogram_resamples);
        put_number(out, "nomogram_seed", (double)p->nomogram_seed);
    }
    put(out, "score", p->score_name);
    put(out, "score_sweep", p->score_sweep);
    put_each(out, "cutpoint", &p->cutpoint);
    if (p->cutpoint.n == 0) return;
    put_number(out, "cutpoint_least", p->least);
    put_number(out, "cutpoint_permutations", p->permutations);
    put_number(out, "cutpoint_seed", (double)p->cutpoint_seed);
}

void rml_survive_about_write(const rml_survive *x, FILE *out)
{
    fputs("what,value\n", out);
    put(out, "program", "radmill survive");
    put(out, "version", rml_version());
    put(out, "commit", rml_version_commit());
    put_sum(out, "study_xxh3", x->study_sum);
    put_sum(out, "data_xxh3", x->data_sum);
    put_patients(x, out);
    put_questions(x, out);
}
