/* The summary that a clinician reads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/plural.h"
#include "jobs/survive.h"
#include "jobs/unmatched.h"

enum { TOP = 10, NAME = 36, GROUP = 24, EVENTS_A_TERM = 10 };

static const char *p_text(double p, char text[32])
{
    if (isnan(p))
        snprintf(text, 32, "-");
    else if (p < 0.001)
        snprintf(text, 32, "<0.001");
    else
        snprintf(text, 32, "%.3f", p);
    return text;
}

static const char own_ratio[] =
    "  * the offset: its ratio is not its effect, but what a coefficient of 1 lacks (above 1) or has too much\n";

/* "1.63 (1.29 to 2.01)", or why there is none. */
static const char *ratio_text(double ratio, double lower, double upper, char text[64])
{
    if (isnan(ratio))
        snprintf(text, 64, "no finite ratio");
    else
        snprintf(text, 64, "%.3g (%.3g to %.3g)", ratio, lower, upper);
    return text;
}

static void print_name(const char *text, int32_t width)
{
    printf("  ");
    rml_survive_print_name(text, width);
}

/* Of one standard deviation; of a column of two values of one unit, and said to be that. */
static const char *shown_text(const rml_survive *x, int32_t column, double coefficient, double se, char text[64])
{
    const rml_hazard_ratio r = rml_survive_shown(x, column, coefficient, se);
    char ratio[64];

    if (!isnan(rml_survive_sd(x, column)) || isnan(r.ratio)) return ratio_text(r.ratio, r.lower, r.upper, text);
    snprintf(text, 64, "%.54s a unit", ratio_text(r.ratio, r.lower, r.upper, ratio));
    return text;
}

static const char *time_text(double time, char text[32])
{
    if (isnan(time))
        snprintf(text, 32, "not reached");
    else
        snprintf(text, 32, "%.4g", time);
    return text;
}

double rml_survive_follow_up(const rml_survive *x)
{
    const rml_data *data = &x->dataset.data;
    rml_surv surv = {0};
    rml_km follow_up = {0};
    rml_km_time median = {NAN, NAN, NAN};

    if (rml_surv_init(data->y, data->event, NULL, data->n_patients, &surv) != RML_OK ||
        rml_km_fit_censoring(&surv, 0, &follow_up) != RML_OK || rml_km_quantile(&follow_up, 0.5, &median) != RML_OK)
        median.time = NAN;
    rml_km_free(&follow_up);
    rml_surv_free(&surv);
    return median.time;
}

/* "M" and "M " are two texts, and seldom meant to be. */
static void print_near_texts(const rml_survive *x)
{
    const rml_dataset *d = &x->dataset;

    for (int32_t j = d->all.n_columns - d->n_clinical; j < d->all.n_columns; ++j) {
        const rml_dataset_texts *texts = rml_survive_texts(x, j);

        for (int32_t a = 0; a < texts->n; ++a)
            for (int32_t b = a + 1; b < texts->n; ++b)
                if (rml_nearly_same(texts->text[a], texts->text[b]))
                    printf("  CAUTION: \"%s\" and \"%s\" are two texts of %s: they differ by blanks at the ends or the "
                           "case of letters alone\n",
                           texts->text[a], texts->text[b], x->study.use.text[j - (d->all.n_columns - d->n_clinical)]);
    }
}

/* Columns of more texts than two have no row among the features alone. */
static void print_texts(const rml_survive *x)
{
    const rml_dataset *d = &x->dataset;

    for (int32_t j = d->all.n_columns - d->n_clinical; j < d->all.n_columns; ++j) {
        const rml_dataset_texts *texts = rml_survive_texts(x, j);

        if (!rml_survive_is_category(x, j)) continue;
        printf("  %s is of texts (", d->feature[j]);
        for (int32_t t = 0; t < texts->n; ++t) printf("%s\"%s\"", t > 0 ? ", " : "", texts->text[t]);
        printf("): not here, but as groups, subgroups or terms\n");
    }
}

static void print_data(const rml_survive *x)
{
    const rml_dataset *d = &x->dataset;
    const double follow_up = rml_survive_follow_up(x);

    printf("%d patient%s, %lld with the event (%s)", d->data.n_patients, rml_plural(d->data.n_patients),
           (long long)x->n_events, x->study.event_column);
    if (!isnan(follow_up))
        printf("; median follow-up %.4g (reverse Kaplan-Meier, in the unit of %s)", follow_up, x->study.outcome_column);
    printf("\n");
    if (d->n_without_outcome > 0) printf("  left out: %d without a time or an event\n", d->n_without_outcome);
    if (x->study.landmark)
        printf("  times begin at the landmark, %s: left out: %d with the event, or no longer observed, by then\n",
               x->study.landmark, d->n_before_landmark);
    if (d->n_without_stratum > 0)
        printf("  left out: %d without a %s\n", d->n_without_stratum, x->study.survive.strata);
    if (d->n_without_offset > 0)
        printf("  left out: %d without an offset, %s\n", d->n_without_offset, x->study.survive.offset);
    if (d->n_without_landmark > 0)
        printf("  left out: %d whose landmark, %s, is not known\n", d->n_without_landmark, x->study.landmark);
    if (x->study.survive.score_name)
        printf("  %s: log-odds of the mean held-out probability of \"chosen\" in %s\n", x->study.survive.score_name,
               x->study.survive.score_sweep);
    rml_unmatched_print(d->n_without_clinical, d->without_clinical, d->n_clinical_unused, d->clinical_unused);
    print_near_texts(x);
    if (x->study.survive.strata && rml_survive_n_strata(x) == 1)
        printf("  CAUTION: %s has one value: as without strata\n", x->study.survive.strata);
    else if (x->study.survive.strata)
        printf("  each of the %d values of %s has a baseline hazard of its own (strata)\n", rml_survive_n_strata(x),
               x->study.survive.strata);
    if (x->n_strata_silent > 0)
        printf(
            "  CAUTION: in %d of the strata nobody is at risk when another has the event: %s patients, %lld with the "
            "event, tell no\n  model anything\n",
            x->n_strata_silent, x->n_strata_silent == 1 ? "its" : "their", (long long)x->n_events_silent);
    if (x->study.survive.offset)
        printf(
            "  %s is added to the log hazard of every Cox model (offset); its own ratio says what its coefficient of 1 "
            "lacks\n  or has too much; curves, log-rank tests, cuts and C of a column alone do not know "
            "of it\n",
            x->study.survive.offset);
}

typedef struct place {
    double p;
    int32_t column;
} place;

static int by_p(const void *a, const void *b)
{
    const place *x = a, *y = b;

    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static void print_univariable(const rml_survive *x)
{
    const int32_t n = x->dataset.all.n_columns;
    place *order = malloc(((size_t)n + 1) * sizeof *order);
    int32_t n_tried = 0, n_tested = 0, n_found = 0, n_ran_off = 0, n_ph = 0;
    bool offset = false;

    if (!order) return;
    for (int32_t j = 0; j < n; ++j) {
        if (rml_survive_is_category(x, j)) continue;
        ++n_tried;
        n_found += x->fit[j].lrt_p_bh <= 0.05;
        n_ran_off += x->fit[j].end == RML_COX_MONOTONE;
        n_ph += x->fit[j].ph_p < 0.05;
        if (!isnan(x->fit[j].lrt_p)) order[n_tested++] = (place){x->fit[j].lrt_p, j};
    }
    qsort(order, (size_t)n_tested, sizeof *order, by_p);
    printf("\nEach feature alone (Cox): %d tested, %d at a false discovery rate of 5 %%", n_tested, n_found);
    if (n_tested < n_tried) printf(", %d without a model", n_tried - n_tested);
    printf("\n  %-*s  %-30s %8s %8s %7s %8s\n", NAME, "", "hazard ratio, one SD", "p", "p (BH)", "C", "p (PH)");
    for (int32_t k = 0; k < n_tested && k < TOP; ++k) {
        const rml_survive_fit *f = x->fit + order[k].column;
        char of_ratio[64], p[3][32];

        print_name(x->dataset.feature[order[k].column], NAME);
        offset |= rml_survive_is_offset(x, order[k].column);
        printf("%s %-30s %8s %8s %7.3f %8s\n", rml_survive_is_offset(x, order[k].column) ? "*" : " ",
               shown_text(x, order[k].column, f->coefficient, f->se, of_ratio), p_text(f->lrt_p, p[0]),
               p_text(f->lrt_p_bh, p[1]), f->c, p_text(f->ph_p, p[2]));
    }
    if (offset) printf("%s", own_ratio);
    if (n_tested > TOP) printf("  … and %d more in univariable.csv\n", n_tested - TOP);
    print_texts(x);
    if (x->n_uncomputed > 0)
        printf("  %d were not computed (univariable.csv says why); --resume --retry-quarantined tries them again\n",
               x->n_uncomputed);
    if (n_ran_off > 0)
        printf("  %d without a finite hazard ratio (%s)\n", n_ran_off, rml_cox_end_text(RML_COX_MONOTONE));
    printf("  a ratio is of one standard deviation of the column (n - 1, all patients with a value), and of one unit "
           "where it "
           "has two\n  values; ratios of one unit are in the table\n");
    printf(
        "  p is of the likelihood ratio; C is the column's own concordance, below 0.5 where high values live longer, "
        "on "
        "the\n  patients themselves (apparent); p (PH) is below 0.05 of %d feature%s, of %.*f by chance alone: a ratio "
        "that changes with time\n",
        n_ph, rml_plural(n_ph), 0.05 * n_tested < 10.0, 0.05 * n_tested);
    free(order);
}

static void print_model(const rml_survive *x)
{
    const rml_survive_model *m = &x->model;
    static const char *const ties[] = {
        [RML_TIES_EFRON] = "Efron", [RML_TIES_BRESLOW] = "Breslow", [RML_TIES_EXACT] = "exact ties"};
    char p[2][32], of_ratio[64];
    bool offset = false;

    if (m->n_terms == 0) return;
    printf("\nTogether (Cox, %s): %lld patient%s, %lld event%s", ties[x->study.survive.ties], (long long)m->fit.n_rows,
           rml_plural(m->fit.n_rows), (long long)m->fit.n_events, rml_plural(m->fit.n_events));
    if (m->n_missing > 0) printf("; %d left out for a missing value", m->n_missing);
    printf("\n");
    if (m->fit.end != RML_COX_CONVERGED) printf("  NOTE: %s\n", m->ended);
    printf("  %-*s  %-30s %8s %8s\n", NAME, "", "hazard ratio, one SD", "p (Wald)", "p (PH)");
    for (int32_t t = 0; t < m->n_terms; ++t) {
        const rml_survive_term term = m->terms.term[t];
        char *name = rml_survive_term_name(x, term);

        print_name(name ? name : "", NAME);
        free(name);
        offset |= rml_survive_is_offset(x, term.column);
        printf("%s %-30s %8s %8s\n", rml_survive_is_offset(x, term.column) ? "*" : " ",
               isnan(m->fit.coefficient[t])
                   ? "left out: said by others"
                   : shown_text(x, term.column, isnan(m->ratio[t].ratio) ? NAN : m->fit.coefficient[t], m->fit.se[t],
                                of_ratio),
               p_text(m->fit.p[t], p[0]), p_text(m->ph_p[t], p[1]));
    }
    if (offset) printf("%s", own_ratio);
    for (int32_t t = 0; t < m->n_terms; ++t)
        if (m->terms.term[t].level == 1)
            printf("  the texts of %s are against %s\n", x->dataset.feature[m->terms.term[t].column],
                   rml_survive_first_level(x, m->terms.term[t].column));
    printf("  likelihood ratio %.2f on %d df, p %s", m->fit.lrt, m->fit.rank, p_text(m->fit.lrt_p, p[0]));
    if (!isnan(m->c.c)) printf("; C-index %.3f (apparent: on the rows that it was fitted to)", m->c.c);
    printf("\n");
    if (m->ph.p < 0.05)
        printf("  proportional hazards: p %s over all terms; the ratios are means over time\n", p_text(m->ph.p, p[0]));
    if (m->fit.n_events < EVENTS_A_TERM * (int64_t)m->n_terms)
        printf("  CAUTION: %.1f events a term; below %d ratios are likely to be too far from 1\n",
               (double)m->fit.n_events / m->n_terms, EVENTS_A_TERM);
}

static void print_groups(const rml_survive *x, const rml_survive_groups *g)
{
    char text[3][32], p[32], of_ratio[64];

    printf("\n%s%s", rml_survive_title(x, g->column),
           isnan(g->cut) ? "" : ", cut at its median (which no outcome chose)");
    if (g->n_missing > 0) printf("; %d without a value", g->n_missing);
    printf("\n  %-*s %5s %6s  %-30s", GROUP, "", "n", "events", "median (0.95 limits)");
    for (int32_t t = 0; t < x->n_times; ++t) printf(" %9.4g", x->times[t]);
    printf("  at risk, survival\n");
    for (int32_t l = 0; l < g->n; ++l) {
        const rml_km *km = &g->km[l];
        char median[128];

        if (isnan(g->median[l].lower)) /* limits that are not defined are not limits that are not reached */
            snprintf(median, sizeof median, "%s (- to -)", time_text(g->median[l].time, text[0]));
        else
            snprintf(median, sizeof median, "%s (%s to %s)", time_text(g->median[l].time, text[0]),
                     time_text(g->median[l].lower, text[1]), time_text(g->median[l].upper, text[2]));
        print_name(rml_survive_label_text(&g->name[l]), GROUP);
        printf(" %5lld %6lld  %-30s", (long long)km->n_rows, (long long)km->n_events,
               isnan(g->median[l].time) ? "not reached" : median);
        for (int32_t t = 0; t < x->n_times; ++t) {
            if (x->times[t] <= km->time[km->n_times - 1])
                printf(" %4lld %3.0f%%", (long long)rml_km_at_risk(km, x->times[t]),
                       100.0 * rml_km_at(km, x->times[t], false));
            else
                printf(" %9s", "-");
        }
        printf("\n");
    }
    if (g->within) {
        printf("  %s\n", rml_survive_no_test(g));
        return;
    }
    printf("  log-rank%s: p %s", x->study.survive.strata ? " (stratified)" : "", p_text(g->logrank.p, p));
    printf("; Peto-Peto: p %s", p_text(g->peto.p, p));
    if (g->n > 2 && !rml_survive_is_category(x, g->column)) printf("; trend: p %s", p_text(g->trend_p, p));
    if (g->n > 2) printf("; pairs in tests.csv");
    if (isnan(g->logrank.p)) printf("; %s", rml_survive_no_test(g));
    if (g->n == 2)
        printf("; hazard ratio of %s%s: %s", rml_survive_label_text(&g->name[1]),
               x->study.survive.offset ? ", beside the offset (which the tests do not know of)" : "",
               ratio_text(g->ratio.ratio, g->ratio.lower, g->ratio.upper, of_ratio));
    printf("\n");
}

static void print_subgroups(const rml_survive *x)
{
    char p[32], of_ratio[64];

    if (x->n_subgroups == 0) return;
    printf("\n%s in subgroups\n  %-*s  %5s %6s  %-30s %8s\n", x->dataset.feature[x->subgroups_of], NAME, "", "n",
           "events", "hazard ratio, one SD", "p");
    for (int32_t k = 0; k < x->n_subgroups; ++k) {
        const rml_survive_subgroups *s = x->subgroups + k;

        for (int32_t l = 0; l < s->n; ++l) {
            const rml_subgroup *g = s->subgroup + l;
            char *name = NULL;

            if (asprintf(&name, "%s: %s", rml_survive_title(x, s->by), rml_survive_label_text(&s->name[l])) < 0)
                name = NULL;
            print_name(name ? name : "", NAME);
            free(name);
            printf("  %5lld %6lld  %-30s %8s\n", (long long)g->n_rows, (long long)g->n_events,
                   g->end == RML_COX_NO_EVENT ? "no events"
                   : g->end == RML_COX_NO_TERM
                       ? "one value among those at risk"
                       : shown_text(x, x->subgroups_of, isnan(g->ratio.ratio) ? NAN : g->coefficient, g->se, of_ratio),
                   p_text(g->p, p));
        }
        if (isnan(s->interaction.p)) {
            printf("    do they differ? no test: it takes two of them with events and a ratio in each\n");
            continue;
        }
        printf("    do they differ? interaction p %s (likelihood ratio, %d df)\n", p_text(s->interaction.p, p),
               s->interaction.df);
    }
}

void rml_survive_print(const rml_survive *x, const char *out)
{
    print_data(x);
    print_univariable(x);
    print_model(x);
    for (int32_t k = 0; k < x->n_groups; ++k) print_groups(x, x->groups + k);
    for (int32_t k = 0; k < x->n_undivided; ++k)
        printf(
            "\nNOTE: no groups of %s: %d of the %d patients who have a value have its largest, so that nobody is above "
            "its median;\n  a column of its own categories (up to %d) would make groups\n",
            rml_survive_title(x, x->undivided[k].column), x->undivided[k].n_largest, x->undivided[k].n,
            RML_SURVIVE_LEVELS);
    print_subgroups(x);
    rml_survive_nomogram_print(x);
    rml_survive_compare_print(x);
    rml_survive_cutpoints_print(x);
    rml_survive_tables_print(x, out);
}
