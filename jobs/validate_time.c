/* What `radmill validate` says of a model of times to an event.
 *
 * 1. At which times, and who
 * 2. Tables
 * 3. In words */
#include <math.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/plural.h"
#include "jobs/validate_own.h"

static const char *const cut_names[RML_VALIDATION_CUTS] = {"median", "learned"};
static const char *const sides[] = {"low", "high"};

/* 1. At which times, and who --------------------------------------------------------------------------------------- */

enum { BY_ITSELF = 4 };

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

rml_status rml_validate_choose_times(const rml_validating *x, rml_validated *v, rml_error *err)
{
    double *sorted = malloc(((size_t)v->n + 1) * sizeof *sorted);
    int32_t n = 0;

    if (!sorted) return rml_fail(err, RML_ENOMEM, "no memory for the times");
    for (int32_t i = 0; i < v->n; ++i)
        if (v->event[i]) sorted[n++] = v->truth[i];
    qsort(sorted, (size_t)n, sizeof *sorted, upwards);
    for (int32_t t = 0; t < x->n_times; ++t) v->time[v->n_times++] = x->time[t];
    for (int32_t t = 1; x->n_times == 0 && n > 0 && t <= BY_ITSELF; ++t) {
        const double time = sorted[(int64_t)n * t / (BY_ITSELF + 1)];

        if (time > (v->n_times > 0 ? v->time[v->n_times - 1] : 0.0)) v->time[v->n_times++] = time;
    }
    free(sorted);
    return RML_OK;
}

/* Where the score was fitted to some of the very patients, its cuts are not tested on them: the test would be of the
 * outcomes that made the score. */
static bool is_fitted_here(const rml_group *g)
{
    return g->n_trained > 0;
}

static const char fitted_here[] = "no test: the score was fitted to some of these patients";

/* Why a cut has no hazard ratio, or no test either. */
static const char *no_ratio_of(const rml_validation_cut *cut)
{
    return cut->n_compared == 1 ? "one event while patients of both sides were at risk: too few for a test"
                                : rml_cox_end_text(cut->end);
}

static const char *note_of(const rml_validated *v, const rml_group *g)
{
    if (is_fitted_here(g)) return fitted_here;
    if (!v->model.trained && v->model.n_rows > 0)
        return "model.json does not list the rows that it was trained on: whether the score was fitted to these "
               "patients "
               "is not known";
    return "";
}

/* 2. Tables -------------------------------------------------------------------------------------------------------- */

static void put_group(const rml_group *g, FILE *out)
{
    rml_csv_text(out, rml_validate_kinds[g->kind], true);
    rml_csv_text(out, g->value ? g->value : "", false);
}

static void put_numbers(const double *value, size_t n, FILE *out)
{
    for (size_t k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
}

#define PUT(values, out) put_numbers(values, sizeof(values) / sizeof *(values), out)

void rml_validate_write_time(const rml_validated *v, FILE *out)
{
    fputs("group,value,n,trained_on,events,c_index,c_index_se,c_index_low,c_index_high,uno_c,tau,integrated_brier,"
          "integrated_brier_no_model,calibration_slope,calibration_slope_low,calibration_slope_high\n",
          out);
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation_time *m = &v->group[g].time;
        const double value[] = {(double)m->n,
                                v->model.trained ? (double)v->group[g].n_trained : NAN,
                                (double)m->n_events,
                                m->c,
                                m->c_se,
                                m->c_low,
                                m->c_high,
                                m->uno,
                                m->tau,
                                m->brier_mean,
                                m->brier_mean_no_model,
                                m->slope.ratio,
                                m->slope.lower,
                                m->slope.upper};

        put_group(&v->group[g], out);
        PUT(value, out);
        fputc('\n', out);
    }
}

void rml_validate_write_times(const rml_validated *v, FILE *out)
{
    fputs("group,value,time,auc,brier,brier_no_model,predicted,observed,observed_low,observed_high\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t t = 0; t < v->group[g].time.n_times; ++t) {
            const rml_validation_at *at = &v->group[g].time.at[t];
            const double value[] = {at->time,      at->auc,      at->brier, at->brier_no_model,
                                    at->predicted, at->observed, at->low,   at->high};

            put_group(&v->group[g], out);
            PUT(value, out);
            fputc('\n', out);
        }
}

void rml_validate_write_time_calibration(const rml_validated *v, FILE *out)
{
    fputs("group,value,time,part,n,predicted,observed,observed_low,observed_high\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t t = 0; t < v->group[g].time.n_times; ++t)
            for (int32_t k = 0; k < v->group[g].time.n_parts; ++k) {
                const rml_validation_at *at = &v->group[g].time.at[t];
                const double value[] = {at->time,
                                        k + 1,
                                        (double)v->group[g].time.part_n[k],
                                        at->part_predicted[k],
                                        at->part_observed[k],
                                        at->part_low[k],
                                        at->part_high[k]};

                put_group(&v->group[g], out);
                PUT(value, out);
                fputc('\n', out);
            }
}

static void put_cut(const rml_group *g, int32_t c, int32_t side, FILE *out)
{
    put_group(g, out);
    rml_csv_text(out, cut_names[c], false);
    rml_csv_number(out, g->time.by_cut[c].cut, false);
    rml_csv_text(out, sides[side], false);
}

void rml_validate_write_cuts(const rml_validated *v, FILE *out)
{
    fputs("group,value,cut,at,side,n,events,median,median_low,median_high,hr,hr_low,hr_high,logrank_chisq,logrank_p,"
          "note\n",
          out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c)
            for (int32_t side = 0; side < 2 && !isnan(v->group[g].time.by_cut[c].cut); ++side) {
                const rml_validation_cut *cut = &v->group[g].time.by_cut[c];
                const bool silent = is_fitted_here(&v->group[g]);
                const double value[] = {(double)cut->km[side].n_rows,
                                        (double)cut->km[side].n_events,
                                        cut->median[side].time,
                                        cut->median[side].lower,
                                        cut->median[side].upper,
                                        side == 0 || silent ? NAN : cut->ratio.ratio,
                                        side == 0 || silent ? NAN : cut->ratio.lower,
                                        side == 0 || silent ? NAN : cut->ratio.upper,
                                        side == 0 || silent ? NAN : cut->logrank_chisq,
                                        side == 0 || silent ? NAN : cut->logrank_p};

                put_cut(&v->group[g], c, side, out);
                PUT(value, out);
                rml_csv_text(
                    out, side == 1 && !silent && isnan(cut->ratio.ratio) ? no_ratio_of(cut) : note_of(v, &v->group[g]),
                    false);
                fputc('\n', out);
            }
}

void rml_validate_write_curves(const rml_validated *v, FILE *out)
{
    fputs("group,value,cut,at,side,time,n_risk,n_event,n_censor,survival,lower,upper\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c)
            for (int32_t side = 0; side < 2; ++side) {
                const rml_km *km = &v->group[g].time.by_cut[c].km[side];

                for (int64_t t = 0; t < km->n_times; ++t) {
                    const double value[] = {km->time[t],
                                            (double)km->n_risk[t],
                                            (double)km->n_event[t],
                                            (double)km->n_censor[t],
                                            km->surv[t],
                                            km->lower[t],
                                            km->upper[t]};

                    put_cut(&v->group[g], c, side, out);
                    PUT(value, out);
                    fputc('\n', out);
                }
            }
}

/* 3. In words ------------------------------------------------------------------------------------------------------ */

static void print_value(int width, int digits, double value)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

static const char *time_text(double time, char text[32])
{
    if (isnan(time))
        snprintf(text, 32, "not reached");
    else
        snprintf(text, 32, "%.4g", time);
    return text;
}

static void print_cut(const rml_group *g, int32_t c)
{
    const rml_validation_cut *cut = &g->time.by_cut[c];
    char text[32];

    printf("At the %s (a score of %.4g)\n",
           c == 0 ? "median of the training patients" : "cut that the training patients' inner folds give", cut->cut);
    for (int32_t side = 0; side < 2; ++side)
        printf("  %-24s %lld patient%s, %lld event%s, median %s\n", side == 0 ? "low (at most)" : "high (above)",
               (long long)cut->km[side].n_rows, rml_plural(cut->km[side].n_rows), (long long)cut->km[side].n_events,
               rml_plural(cut->km[side].n_events), time_text(cut->median[side].time, text));
    if (is_fitted_here(g))
        printf("  %s\n", fitted_here);
    else if (isnan(cut->logrank_p))
        printf("  no test: %s\n", no_ratio_of(cut));
    else if (isnan(cut->ratio.ratio))
        printf("  %s; log-rank p %.3g\n", rml_cox_end_text(cut->end), cut->logrank_p);
    else
        printf("  hazard ratio of high     %.3g  (%.3g to %.3g); log-rank p %.3g\n", cut->ratio.ratio, cut->ratio.lower,
               cut->ratio.upper, cut->logrank_p);
}

static const char no_spread[] = "its standard error comes out as 0, as where all pairs agree";

void rml_validate_print_time(const rml_validated *v)
{
    const rml_validation_time *m = &v->group[0].time;

    if (isnan(m->c))
        printf("  C-index                  - (no two patients whose order is known)\n");
    else if (isnan(m->c_low))
        printf("  C-index                  %.3f  (no interval: %s)\n", m->c, no_spread);
    else
        printf("  C-index                  %.3f  (%.3f to %.3f)\n", m->c, m->c_low, m->c_high);
    if (isnan(m->tau)) {
        printf("  Uno's C and the integrated Brier score: none, these patients were followed to none of the times\n");
    } else {
        printf("  Uno's C                 ");
        print_value(6, 3, m->uno);
        printf("  up to %.4g, as is the integrated Brier score", m->tau);
        print_value(5, 3, m->brier_mean);
        printf(" (these patients' own curve:");
        print_value(5, 3, m->brier_mean_no_model);
        printf(")\n");
    }
    if (!isnan(m->slope.ratio))
        printf("  calibration slope        %.3f  (%.3f to %.3f)  of the score in a Cox model; 1 when scores are as far "
               "apart as they should be\n",
               m->slope.ratio, m->slope.lower, m->slope.upper);
    printf("  %-24s %6s %6s %9s %9s  %s\n", "Time", "AUC", "Brier", "predicted", "observed",
           "95 % of the share with the event by then");
    for (int32_t t = 0; t < m->n_times; ++t) {
        const rml_validation_at *at = &m->at[t];

        printf("  %-24.4g", at->time);
        print_value(6, 3, at->auc);
        print_value(6, 3, at->brier);
        print_value(9, 3, at->predicted);
        print_value(9, 3, at->observed);
        if (!isnan(at->low)) printf("  %.3f to %.3f", at->low, at->high);
        if (isnan(at->observed)) printf("  nobody of these patients is followed so far");
        if (at->observed == 0.0) printf("  no interval: no event by then");
        if (at->observed == 1.0) printf("  no interval: all had the event by then");
        printf("\n");
    }
    for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c)
        if (!isnan(m->by_cut[c].cut)) print_cut(&v->group[0], c);
    if (isnan(v->model.middle)) printf("model.json holds no cuts (an older radmill made it)\n");
}

void rml_validate_print_followed(const rml_validated *v)
{
    for (int32_t g = 1; g < v->n_groups; ++g) {
        const double tau = v->group[g].time.tau, all = v->group[0].time.tau;

        if (isnan(all) || tau == all) continue;
        printf("%s %s: ", rml_validate_kinds[v->group[g].kind], v->group[g].value);
        if (isnan(tau))
            printf("followed to none of the times, so that there is neither Uno's C nor a Brier score\n");
        else
            printf("not followed up to %.4g: Uno's C and the Brier score up to %.4g\n", all, tau);
    }
}

void rml_validate_print_unsure(const rml_validated *v)
{
    for (int32_t g = 1; g < v->n_groups; ++g) {
        const rml_group *group = &v->group[g];
        bool untested = false;

        for (int32_t c = 0; c < RML_VALIDATION_CUTS && !is_fitted_here(group); ++c)
            untested |= !isnan(group->time.by_cut[c].cut) && group->time.by_cut[c].n_compared == 1;
        if (!isnan(group->time.c) && isnan(group->time.c_low))
            printf("%s %s: C has no interval: %s\n", rml_validate_kinds[group->kind], group->value, no_spread);
        if (untested)
            printf("%s %s: a cut without a test: one event while patients of both sides were at risk\n",
                   rml_validate_kinds[group->kind], group->value);
    }
}

void rml_validate_print_group_time(const rml_group *g)
{
    printf(" %6lld", (long long)g->time.n_events);
    print_value(6, 3, g->time.c);
    if (isnan(g->time.c_low))
        printf("  %-15s", "-");
    else
        printf("  %.3f to %.3f ", g->time.c_low, g->time.c_high);
    print_value(6, 3, g->time.uno);
    print_value(6, 3, g->time.brier_mean);
    print_value(6, 2, g->time.slope.ratio);
    for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c)
        if (!is_fitted_here(g) && g->time.by_cut[c].logrank_p < 0.001)
            printf(" %8s", "<0.001");
        else
            print_value(8, 3, is_fitted_here(g) ? NAN : g->time.by_cut[c].logrank_p);
}
