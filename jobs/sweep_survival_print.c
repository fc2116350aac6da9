/* What a sweep whose outcome is a time says of "chosen" on the standard output. */
#include <math.h>
#include <stdio.h>

#include "jobs/sweep_survival_own.h"

static void print_interval(const char *name, const rml_resampled_interval *interval)
{
    if (isnan(interval->mean)) {
        printf("%s -", name);
        return;
    }
    printf("%s %.3f", name, interval->mean);
    if (!isnan(interval->low)) printf(" (%.3f to %.3f)", fmax(interval->low, 0.0), fmin(interval->high, 1.0));
}

static void print_means(const rml_survival_sources *in)
{
    int32_t n, n_brier;
    const rml_resampled_interval uno = rml_survival_mean_of(in, 0, 1, &n),
                                 brier = rml_survival_mean_of(in, 0, 2, &n_brier);
    bool none = isnan(uno.mean) || isnan(brier.mean);

    if (in->found.n_times == 0) return;
    printf("\"chosen\", held-out patients up to %.4g: ", in->found.tau);
    print_interval("Uno's C", &uno);
    print_interval(", integrated Brier score", &brier);
    if (n_brier > 0) printf(", %.3f of no model", rml_survival_without_of(in, in->found.value, 2));
    if (n_brier < in->found.n_splits)
        printf(" (over %d of %d held-out parts: in the others nobody was followed so long, or there is no model)",
               n_brier, in->found.n_splits);
    printf("\n");
    for (int32_t t = 0; t < in->found.n_times; ++t) {
        const rml_resampled_interval auc = rml_survival_mean_of(in, 0, 3 + t, &n);

        none |= isnan(auc.mean);
        printf("%s%.4g:", t == 0 ? "AUC at " : ", at ", in->found.time[t]);
        print_interval("", &auc);
    }
    printf("\n");
    if (none) printf("-: of no held-out part, where nobody has the event before, or nobody is followed beyond\n");
}

static rml_status print_separation(rml_survival_sources *in, rml_cut_rule rule)
{
    double z;
    int32_t n_out, n[2] = {0, 0}, n_events[2] = {0, 0};
    rml_status status;
    const rml_permuted permuted = rml_survival_permuted(in, rule, &status);

    rml_separation_gather(&in->separation, 0, rule);
    if (status == RML_OK) status = rml_separation_z(&in->separation, &z);
    if (status != RML_OK) return status;
    n_out = in->separation.n[0] - in->separation.n_in;
    for (int32_t i = 0; i < in->separation.n_in; ++i) {
        ++n[in->separation.in_group[i]];
        n_events[in->separation.in_group[i]] += in->separation.in_event[i];
    }
    printf("Cut at the training patients' %s%s: ", rule == RML_CUT_MEDIAN ? "median" : "learned cut",
           in->separation.n_repeats > 1 ? " (repeat 1)" : "");
    if (isnan(z))
        printf("%d low, %d high: nothing to compare", n[0], n[1]);
    else
        printf("%d low with %d events, %d high with %d; log-rank z %.2f (%s %.2g)", n[0], n_events[0], n[1],
               n_events[1], z, in->plan->splits.n == 1 ? "p" : "naive p", rml_survival_logrank_p(z));
    if (n_out > 0)
        printf("; %d in neither, whose model %s", n_out,
               rule == RML_CUT_MEDIAN ? "says the same of everybody" : "says the same of everybody or has no such cut");
    if (!isnan(permuted.p)) {
        printf("; p = %.3g by %d permutations", permuted.p, permuted.n);
        if (permuted.n_repeats > 1) printf(" of the mean z of %d repeats, %.2f", permuted.n_repeats, permuted.observed);
        if (permuted.n_failed > 0) printf(" (%d failed and count as at least as good)", permuted.n_failed);
    }
    printf("\n");
    return RML_OK;
}

rml_status rml_sweep_survival_print(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                    const rml_sweep_results *results, const rml_board *board, rml_error *err)
{
    rml_survival_sources in = {study, dataset, plan, results, board, .score = NULL};
    rml_status status;

    if (!plan->event || board->n == 0) return RML_OK;
    status = rml_survival_sources_init(&in, err);
    if (status == RML_OK) {
        print_means(&in);
        rml_survival_separate(&in, &board->row[0]);
        for (rml_cut_rule rule = 0; status == RML_OK && rule < RML_N_CUTS; ++rule) status = print_separation(&in, rule);
        if (status != RML_OK) rml_fail(err, status, "no memory for how scores separate the patients");
    }
    rml_survival_sources_free(&in);
    return status;
}
