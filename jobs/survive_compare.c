/* A model and the same with more terms, on the same patients: does the larger one say more?
 *
 * 1. One model
 * 2. Both
 * 3. Tables and summary */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/survive.h"
#include "kernels/survival/cox_baseline.h"
#include "kernels/survival/survival_benefit.h"
#include "kernels/survival/time_auc.h"

/* 1. One model ----------------------------------------------------------------------------------------------------- */

/* Whether the patients of a stratum tell of a time: one was followed so long, or all had the event before. */
static bool is_followed(const rml_complete *c, int32_t stratum, double at)
{
    double last = 0.0;
    bool censored = false; /* someone at the last time */

    for (int32_t i = 0; i < c->n; ++i) {
        if (c->stratum[i] != stratum || c->time[i] < last) continue;
        censored = !c->event[i] || (censored && c->time[i] == last);
        last = c->time[i];
    }
    return at <= last || !censored;
}

/* Each patient's logarithm of the cumulative hazard by a time, in the own stratum. */
static rml_status log_hazards(const rml_survive *x, const rml_complete *c, const rml_surv *surv, const double *linear,
                              double at, double *out)
{
    rml_cox_baseline baseline = {0};
    rml_status status = rml_cox_baseline_of(surv, rml_survive_settings(&x->study).ties, NULL, linear, &baseline);
    double *of = calloc((size_t)surv->n_strata + 1, sizeof *of);

    if (!of) status = RML_ENOMEM;
    for (int32_t s = 0; status == RML_OK && s < surv->n_strata; ++s)
        of[s] = is_followed(c, surv->stratum_label[s], at) ? log(rml_cox_baseline_at(&baseline, s, at)) : NAN;
    for (int32_t i = 0; status == RML_OK && i < c->n; ++i) {
        int32_t s = 0;

        while (surv->stratum_label[s] != c->stratum[i]) ++s;
        out[i] = of[s] + linear[i];
    }
    free(of);
    rml_cox_baseline_free(&baseline);
    return status;
}

rml_status rml_survive_risks(const rml_survive *x, const rml_complete *c, const rml_surv *surv, const double *linear,
                             double at, double *risk)
{
    const rml_status status = log_hazards(x, c, surv, linear, at, risk);

    for (int32_t i = 0; status == RML_OK && i < c->n; ++i) risk[i] = 1.0 - exp(-exp(risk[i]));
    return status;
}

static rml_status judge(const rml_survive *x, const rml_complete *c, const rml_surv *surv, const rml_surv *whole,
                        int32_t n_terms, const double *threshold, rml_cox *fit, rml_survive_side *out)
{
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_columns columns = {c->n, x->dataset.data.n_rows, n_terms, c->x};
    double *risk = malloc(((size_t)c->n + 1) * sizeof *risk);
    rml_concordance found = {.c = NAN};
    rml_km censoring = {0};
    rml_status status = risk ? rml_cox_fit(surv, &columns, NULL, c->offset, &settings, fit) : RML_ENOMEM;

    out->end = fit->end;
    if (fit->coefficient && status != RML_ENOMEM) { /* patients have an order where ratios run off, but no risks */
        const rml_status ordered = rml_survive_concordance(surv, fit, &columns, c->offset, c->linear, &found);

        if (status == RML_OK || ordered == RML_ENOMEM) status = ordered;
    }
    out->c = found.c;
    if (status == RML_OK) status = rml_km_fit_censoring(whole, 0, &censoring);
    for (int32_t t = 0; status == RML_OK && t < x->n_times; ++t) {
        const rml_ipcw ipcw = {&censoring, RML_IPCW_BEFORE};

        if (surv->n_strata > 1) /* linear predictors of two strata are above different baselines */
            status = log_hazards(x, c, surv, c->linear, x->times[t], risk);
        if (status == RML_OK && rml_time_auc(whole, surv->n_strata > 1 ? risk : c->linear, &ipcw, &x->times[t], 1,
                                             &out->auc[t], NULL) == RML_ENOMEM)
            status = RML_ENOMEM;
        if (status == RML_OK) status = rml_survive_risks(x, c, surv, c->linear, x->times[t], risk);
        if (status == RML_OK && rml_survival_benefit(c->time, c->event, risk, c->n, x->times[t], threshold,
                                                     RML_SURVIVE_THRESHOLDS, out->benefit[t]) == RML_ENOMEM)
            status = RML_ENOMEM;
    }
    rml_km_free(&censoring);
    free(risk);
    return status;
}

/* 2. Both ---------------------------------------------------------------------------------------------------------- */

static void clear(rml_survive_comparison *out)
{
    out->chisq = out->p = NAN;
    for (int side = 0; side < 2; ++side) {
        out->side[side].c = NAN;
        for (int32_t t = 0; t < RML_SURVIVE_TIMES; ++t) {
            out->side[side].auc[t] = NAN;
            for (int32_t k = 0; k < RML_SURVIVE_THRESHOLDS; ++k)
                out->side[side].benefit[t][k].net_benefit = out->side[side].benefit[t][k].treat_all = NAN;
        }
    }
}

/* What does not converge has no numbers, and is told. */
static rml_status compare(rml_survive *x, const rml_complete *c, int32_t n_terms)
{
    rml_survive_comparison *out = x->comparison;
    double threshold[RML_SURVIVE_THRESHOLDS];
    rml_surv surv = {0}, whole = {0};
    rml_cox fit[2] = {{0}, {0}};
    rml_status status = rml_surv_init(c->time, c->event, c->stratum, c->n, &surv);

    for (int32_t k = 0; k < RML_SURVIVE_THRESHOLDS; ++k) threshold[k] = (k + 1) / 100.0;
    if (status == RML_OK) status = rml_surv_init(c->time, c->event, NULL, c->n, &whole);
    out->n_events = surv.n_events;
    for (int side = 0; status != RML_ENOMEM && side < 2; ++side)
        status = judge(x, c, &surv, &whole, side == 0 ? out->n_base : n_terms, threshold, &fit[side], &out->side[side]);
    /* The likelihood at the supremum, where ratios run off, is one to compare; one that still grows is none yet. */
    if (fit[0].coefficient && fit[1].coefficient && fit[0].end != RML_COX_UNFINISHED &&
        fit[1].end != RML_COX_UNFINISHED && status != RML_ENOMEM)
        status = rml_cox_compare(&fit[0], &fit[1], &out->chisq, &out->df, &out->p);
    rml_cox_free(&fit[0]);
    rml_cox_free(&fit[1]);
    rml_surv_free(&surv);
    rml_surv_free(&whole);
    return status == RML_ENOMEM ? status : RML_OK;
}

rml_status rml_survive_compare_make(rml_survive *x, rml_error *err)
{
    const rml_survive_plan *plan = &x->study.survive;
    rml_survive_terms terms = {0};
    rml_complete c = {0};
    rml_status status;

    if (plan->compare_with.n == 0) return RML_OK;
    x->comparison = calloc(1, sizeof *x->comparison);
    status = x->comparison ? rml_survive_terms_init(x, "compare", &plan->compare_base, &plan->compare_with, &terms, err)
                           : RML_ENOMEM;
    if (status == RML_OK) {
        clear(x->comparison);
        x->comparison->n_base = terms.n_first;
        status = rml_complete_init(x, terms.term, terms.n, &c);
        x->comparison->n = c.n;
    }
    if (status == RML_OK && c.n == 0)
        status =
            rml_fail(err, RML_ESETTING, "%s: survive: compare: no patient has a value of every term", x->study.path);
    else if (status == RML_OK)
        status = compare(x, &c, terms.n);
    if (status == RML_OK && !isnan(plan->reclassified_at))
        status = rml_survive_reclassify_make(x, terms.term, terms.n, &c);
    if (status == RML_ENOMEM) rml_fail(err, status, "no memory for the comparison of models");
    rml_complete_free(&c);
    rml_survive_terms_free(&terms);
    return status;
}

/* 3. Tables and summary -------------------------------------------------------------------------------------------- */

static void put_names(const rml_texts *names, bool first, FILE *out)
{
    char *text = NULL;
    size_t n_bytes;
    FILE *joined = open_memstream(&text, &n_bytes);

    for (int32_t t = 0; joined && t < names->n; ++t) fprintf(joined, "%s%s", t > 0 ? "; " : "", names->text[t]);
    if (joined) fclose(joined);
    rml_csv_text(out, text ? text : "", first);
    free(text);
}

void rml_survive_nested_write(const rml_survive *x, FILE *out)
{
    const rml_survive_comparison *m = x->comparison;

    fputs(
        "base,added,n,events,left_out,lrt,df,p,c_index_base_apparent,c_index_with_apparent,c_index_difference_apparent,"
        "base_fit,with_fit\n",
        out);
    if (!m) return;
    put_names(&x->study.survive.compare_base, true, out);
    put_names(&x->study.survive.compare_with, false, out);
    {
        const double value[] = {
            m->n,         (double)m->n_events, x->dataset.data.n_rows - m->n, m->chisq, isnan(m->p) ? NAN : m->df, m->p,
            m->side[0].c, m->side[1].c,        m->side[1].c - m->side[0].c};

        for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
    }
    for (int side = 0; side < 2; ++side) rml_csv_text(out, rml_cox_end_text(m->side[side].end), false);
    fputc('\n', out);
}

void rml_survive_nested_times_write(const rml_survive *x, FILE *out)
{
    const rml_survive_comparison *m = x->comparison;

    fputs("time,auc_base_apparent,auc_with_apparent,auc_difference_apparent\n", out);
    for (int32_t t = 0; m && t < x->n_times; ++t) {
        rml_csv_number(out, x->times[t], true);
        rml_csv_number(out, m->side[0].auc[t], false);
        rml_csv_number(out, m->side[1].auc[t], false);
        rml_csv_number(out, m->side[1].auc[t] - m->side[0].auc[t], false);
        fputc('\n', out);
    }
}

void rml_survive_nested_benefit_write(const rml_survive *x, FILE *out)
{
    const rml_survive_comparison *m = x->comparison;

    fputs("time,threshold,base_apparent,with_apparent,treat_all,treat_none\n", out);
    for (int32_t t = 0; m && t < x->n_times; ++t)
        for (int32_t k = 0; k < RML_SURVIVE_THRESHOLDS; ++k) {
            rml_csv_number(out, x->times[t], true);
            rml_csv_number(out, (k + 1) / 100.0, false);
            rml_csv_number(out, m->side[0].benefit[t][k].net_benefit, false);
            rml_csv_number(out, m->side[1].benefit[t][k].net_benefit, false);
            rml_csv_number(out, m->side[1].benefit[t][k].treat_all, false);
            fputs(",0\n", out);
        }
}

static const char *c_text(double c, char text[32])
{
    if (isnan(c)) return "-";
    snprintf(text, 32, "%.3f", c);
    return text;
}

/* At its largest, or at the supremum that it grows towards. */
static bool has_likelihood(const rml_survive_side *side)
{
    return side->end == RML_COX_CONVERGED || side->end == RML_COX_MONOTONE;
}

void rml_survive_compare_print(const rml_survive *x)
{
    const rml_survive_comparison *m = x->comparison;
    bool converged;
    char c[2][32];

    if (!m) return;
    converged = m->side[0].end == RML_COX_CONVERGED && m->side[1].end == RML_COX_CONVERGED;
    printf("\nWhat is added by");
    for (int32_t t = 0; t < x->study.survive.compare_with.n; ++t)
        printf("%s %s", t > 0 ? "," : "", x->study.survive.compare_with.text[t]);
    printf(" to");
    for (int32_t t = 0; t < x->study.survive.compare_base.n; ++t)
        printf("%s %s", t > 0 ? "," : "", x->study.survive.compare_base.text[t]);
    printf(" (%d patient%s, %lld event%s)\n", m->n, m->n == 1 ? "" : "s", (long long)m->n_events,
           m->n_events == 1 ? "" : "s");
    for (int side = 0; side < 2; ++side)
        if (m->side[side].end != RML_COX_CONVERGED)
            printf("  NOTE, the %s model: %s\n", side == 0 ? "smaller" : "larger", rml_cox_end_text(m->side[side].end));
    if (!isnan(m->p))
        printf("  likelihood ratio %.2f on %d df, p %.3g%s\n", m->chisq, m->df, m->p,
               converged ? "" : " (of the likelihoods that the fits run towards)");
    else
        printf("  no likelihood ratio: %s\n", has_likelihood(&m->side[0]) && has_likelihood(&m->side[1])
                                                  ? "the larger model has no term that says more"
                                                  : "it takes the likelihoods of both models");
    if (isnan(m->side[0].c) || isnan(m->side[1].c))
        printf("  no C-index: %s", converged
                                       ? "no two patients can be compared"
                                       : "it takes an order of the patients by both models, and one has none yet");
    else
        printf("  C-index %s, with %s", c_text(m->side[0].c, c[0]), c_text(m->side[1].c, c[1]));
    if (!converged) {
        printf("\n  no AUC or net benefit: a model without finite ratios gives no risks\n");
        rml_survive_reclassified_print(x);
        return;
    }
    for (int32_t t = 0; t < x->n_times; ++t)
        if (isnan(m->side[0].auc[t]) && x->study.survive.strata)
            continue; /* said below, with its net benefit */
        else if (isnan(m->side[0].auc[t]))
            printf("; no AUC at %.4g, with no event before it or nobody followed beyond", x->times[t]);
        else
            printf("; AUC at %.4g %.3f, with %.3f", x->times[t], m->side[0].auc[t], m->side[1].auc[t]);
    if (x->study.survive.strata)
        printf("\n  C is within each %s; AUC and net benefit are of the risk by the own baseline of the patient's %s, "
               "and so of what lies between them as well",
               x->study.survive.strata, x->study.survive.strata);
    for (int32_t t = 0; x->study.survive.strata && t < x->n_times; ++t)
        if (isnan(m->side[0].auc[t]))
            printf("\n  at %.4g neither AUC nor net benefit: not in every %s was anyone followed so long", x->times[t],
                   x->study.survive.strata);
    printf("\n  C, AUC and net benefit are apparent: on the patients that both models were fitted to, where more terms "
           "seldom look\n  worse; a sweep's \"clinical + chosen\" holds patients out\n");
    rml_survive_reclassified_print(x);
}
