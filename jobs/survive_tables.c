/* The tables that radmill survive writes, a function each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/results.h"
#include "jobs/survive.h"

static void numbers(FILE *out, const double *value, int n)
{
    for (int k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
}

static void put_ratio(FILE *out, rml_hazard_ratio r)
{
    const double value[] = {r.ratio, r.lower, r.upper};

    numbers(out, value, 3);
}

static void write_univariable(const rml_survive *x, FILE *out)
{
    fputs("feature,n,events,hr,hr_lower,hr_upper,sd,hr_sd,hr_sd_lower,hr_sd_upper,coefficient,se,z,p,lrt_p,lrt_p_bh,"
          "score_p,c_index,c_index_se,ph_p,fit\n",
          out);
    for (int32_t j = 0; j < x->dataset.all.n_columns; ++j) {
        const rml_survive_fit *f = x->fit + j;
        const bool ran_off = f->end == RML_COX_MONOTONE; /* its coefficient is where the steps ended */
        const char *why = rml_survive_uncomputed(x, j);
        const double sd = rml_survive_sd(x, j);
        const double value[] = {ran_off ? NAN : f->coefficient,
                                f->se,
                                f->z,
                                f->p,
                                f->lrt_p,
                                f->lrt_p_bh,
                                f->score_p,
                                f->c,
                                f->c_se,
                                f->ph_p};

        if (rml_survive_is_category(x, j)) continue;
        rml_csv_text(out, x->dataset.feature[j], true);
        rml_csv_number(out, why ? NAN : (double)f->n_rows, false);
        rml_csv_number(out, why ? NAN : (double)f->n_events, false);
        put_ratio(out, rml_survive_ratio(f->coefficient, f->se, 1.0));
        rml_csv_number(out, sd, false);
        put_ratio(out, rml_survive_ratio(f->coefficient, f->se, sd));
        numbers(out, value, sizeof value / sizeof *value);
        rml_csv_text(out,
                     why                                          ? why
                     : f->status == RML_EVALUE && isnan(f->lrt_p) ? "an infinite value"
                                                                  : rml_cox_end_text(f->end),
                     false);
        fputc('\n', out);
    }
}

static void write_multivariable(const rml_survive *x, FILE *out)
{
    const rml_survive_model *m = &x->model;

    fputs(
        "term,against,hr,hr_lower,hr_upper,sd,hr_sd,hr_sd_lower,hr_sd_upper,coefficient,se,z,p,ph_chisq,ph_p,alone_hr,"
        "alone_hr_lower,alone_hr_upper,alone_hr_sd,alone_hr_sd_lower,alone_hr_sd_upper,alone_p,fit\n",
        out);
    for (int32_t t = 0; t < m->n_terms; ++t) {
        const rml_survive_alone alone = rml_survive_alone_of(x, t);
        char *name = rml_survive_term_name(x, m->terms.term[t]);
        const bool ran_off = m->fit.diverges[t];
        const double value[] = {
            ran_off ? NAN : m->fit.coefficient[t], m->fit.se[t], m->fit.z[t], m->fit.p[t], m->ph_chisq[t], m->ph_p[t]};
        const double sd = rml_survive_sd(x, m->terms.term[t].column);

        rml_csv_text(out, name ? name : "", true);
        free(name);
        rml_csv_text(out, rml_survive_first_level(x, m->terms.term[t].column), false);
        put_ratio(out, m->ratio[t]);
        rml_csv_number(out, sd, false);
        put_ratio(out, rml_survive_ratio(value[0], m->fit.se[t], sd));
        numbers(out, value, sizeof value / sizeof *value);
        put_ratio(out, rml_survive_ratio(alone.coefficient, alone.se, 1.0));
        put_ratio(out, rml_survive_ratio(alone.coefficient, alone.se, sd));
        rml_csv_number(out, alone.p, false);
        rml_csv_text(out,
                     ran_off ? rml_cox_end_text(RML_COX_MONOTONE)
                     : isnan(m->fit.coefficient[t]) && m->fit.rank > 0
                         ? "left out: it says nothing that the terms before it do not"
                         : rml_cox_end_text(m->fit.end == RML_COX_MONOTONE ? RML_COX_CONVERGED : m->fit.end),
                     false);
        fputc('\n', out);
    }
}

static void write_model(const rml_survive *x, FILE *out)
{
    const rml_survive_model *m = &x->model;
    const rml_cox *f = &m->fit;
    const double value[] = {(double)f->n_rows,
                            (double)f->n_events,
                            m->n_missing,
                            f->rank,
                            f->loglik_null,
                            f->loglik,
                            f->lrt,
                            f->lrt_p,
                            f->score,
                            f->score_p,
                            f->wald,
                            f->wald_p,
                            m->c.c,
                            m->c.se,
                            m->ph.chisq,
                            m->ph.df,
                            m->ph.p};

    fputs("n,events,left_out,df,loglik_null,loglik,lrt,lrt_p,score,score_p,wald,wald_p,c_index_apparent,"
          "c_index_se,ph_chisq,ph_df,ph_p,ties,strata,offset,fit\n",
          out);
    if (m->n_terms == 0) return;
    for (size_t k = 0; k < sizeof value / sizeof *value; ++k) rml_csv_number(out, value[k], k == 0);
    rml_csv_text(out, rml_study_ties[x->study.survive.ties], false);
    rml_csv_text(out, x->study.survive.strata ? x->study.survive.strata : "", false);
    rml_csv_text(out, x->study.survive.offset ? x->study.survive.offset : "", false);
    rml_csv_text(out, m->ended, false);
    fputc('\n', out);
}

static void write_groups(const rml_survive *x, FILE *out)
{
    fputs("column,group,cut,n,events,median,median_lower,median_upper,tau,restricted_mean,restricted_mean_se\n", out);
    for (int32_t k = 0; k < x->n_groups; ++k) {
        const rml_survive_groups *g = x->groups + k;

        for (int32_t l = 0; l < g->n; ++l) {
            const double value[] = {g->cut,
                                    (double)g->km[l].n_rows,
                                    (double)g->km[l].n_events,
                                    g->median[l].time,
                                    g->median[l].lower,
                                    g->median[l].upper,
                                    g->tau,
                                    g->rmean[l],
                                    g->rmean_se[l]};

            rml_csv_text(out, rml_survive_title(x, g->column), true);
            rml_csv_text(out, rml_survive_label_text(&g->name[l]), false);
            numbers(out, value, sizeof value / sizeof *value);
            fputc('\n', out);
        }
    }
}

static void write_test(FILE *out, const char *column, const char *test, const char *one, const char *other,
                       double chisq, double df, double p, double p_bh, const char *why_none)
{
    const double value[] = {chisq, df, p, p_bh};

    rml_csv_text(out, column, true);
    rml_csv_text(out, test, false);
    rml_csv_text(out, one, false);
    rml_csv_text(out, other, false);
    numbers(out, value, 4);
    fputs(",,,", out);
    rml_csv_text(out, isnan(p) ? why_none : "", false);
    fputc('\n', out);
}

static void write_tests(const rml_survive *x, FILE *out)
{
    fputs("column,test,group,against,chisq,df,p,p_bh,hr,hr_lower,hr_upper,note\n", out);
    for (int32_t k = 0; k < x->n_groups; ++k) {
        const rml_survive_groups *g = x->groups + k;
        const char *name = rml_survive_title(x, g->column), *why = rml_survive_no_test(g);

        write_test(out, name, "log-rank", "", "", g->logrank.chisq, g->logrank.df, g->logrank.p, NAN, why);
        write_test(out, name, "Peto-Peto", "", "", g->peto.chisq, g->peto.df, g->peto.p, NAN, why);
        if (g->n > 2 && !rml_survive_is_category(x, g->column))
            write_test(out, name, "trend", "", "", g->trend_chisq, 1, g->trend_p, NAN, why);
        for (int32_t a = 0; g->n > 2 && a < g->n; ++a)
            for (int32_t b = a + 1; b < g->n; ++b)
                write_test(out, name, "log-rank of a pair", rml_survive_label_text(&g->name[b]),
                           rml_survive_label_text(&g->name[a]), NAN, 1, g->pair_p[a * g->n + b],
                           g->pair_p_bh[a * g->n + b], why);
        if (g->n == 2) {
            const double value[] = {g->ratio.ratio, g->ratio.lower, g->ratio.upper};

            rml_csv_text(out, name, true);
            rml_csv_text(out, "hazard ratio", false);
            rml_csv_text(out, rml_survive_label_text(&g->name[1]), false);
            rml_csv_text(out, rml_survive_label_text(&g->name[0]), false);
            fputs(",,,,", out);
            numbers(out, value, 3);
            rml_csv_text(out, !isnan(g->ratio.ratio) ? "" : g->within ? why : rml_cox_end_text(g->end), false);
            fputc('\n', out);
        }
    }
}

static void write_curves(const rml_survive *x, FILE *out)
{
    fputs("column,group,time,n_risk,n_event,n_censor,survival,lower,upper\n", out);
    for (int32_t k = 0; k < x->n_groups; ++k)
        for (int32_t l = 0; l < x->groups[k].n; ++l) {
            const rml_km *km = &x->groups[k].km[l];

            for (int64_t t = 0; t < km->n_times; ++t) {
                const double value[] = {
                    km->time[t],  (double)km->n_risk[t], (double)km->n_event[t], (double)km->n_censor[t], km->surv[t],
                    km->lower[t], km->upper[t]};

                rml_csv_text(out, rml_survive_title(x, x->groups[k].column), true);
                rml_csv_text(out, rml_survive_label_text(&x->groups[k].name[l]), false);
                numbers(out, value, sizeof value / sizeof *value);
                fputc('\n', out);
            }
        }
}

static void write_at_risk(const rml_survive *x, FILE *out)
{
    fputs("column,group,time,at_risk,survival\n", out);
    for (int32_t k = 0; k < x->n_groups; ++k)
        for (int32_t l = 0; l < x->groups[k].n; ++l)
            for (int32_t t = -1; t < x->n_times; ++t) {
                const rml_km *km = &x->groups[k].km[l];
                const double time = t < 0 ? 0.0 : x->times[t];
                const bool followed = time <= km->time[km->n_times - 1]; /* beyond, the curve says nothing */
                const double value[] = {time, (double)rml_km_at_risk(km, time),
                                        followed ? rml_km_at(km, time, false) : NAN};

                rml_csv_text(out, rml_survive_title(x, x->groups[k].column), true);
                rml_csv_text(out, rml_survive_label_text(&x->groups[k].name[l]), false);
                numbers(out, value, 3);
                fputc('\n', out);
            }
}

static void write_subgroups(const rml_survive *x, FILE *out)
{
    const double sd = x->n_subgroups > 0 ? rml_survive_sd(x, x->subgroups_of) : NAN;

    fputs("feature,by,subgroup,n,events,hr,hr_lower,hr_upper,sd,hr_sd,hr_sd_lower,hr_sd_upper,p,fit,interaction_lrt,"
          "interaction_df,interaction_p\n",
          out);
    for (int32_t k = 0; k < x->n_subgroups; ++k) {
        const rml_survive_subgroups *s = x->subgroups + k;

        for (int32_t l = 0; l < s->n; ++l) {
            const rml_subgroup *g = s->subgroup + l;
            const bool finite = !isnan(g->ratio.ratio);
            const double interaction[] = {s->interaction.lrt, s->interaction.df, s->interaction.p};

            rml_csv_text(out, x->dataset.feature[x->subgroups_of], true);
            rml_csv_text(out, rml_survive_title(x, s->by), false);
            rml_csv_text(out, rml_survive_label_text(&s->name[l]), false);
            rml_csv_number(out, (double)g->n_rows, false);
            rml_csv_number(out, (double)g->n_events, false);
            put_ratio(out, g->ratio);
            rml_csv_number(out, sd, false);
            put_ratio(out, rml_survive_ratio(finite ? g->coefficient : NAN, g->se, sd));
            rml_csv_number(out, g->p, false);
            rml_csv_text(out, rml_cox_end_text(g->end), false);
            numbers(out, interaction, 3);
            fputc('\n', out);
        }
    }
}

/* What a table is of: written where the study asks for that. */
typedef enum rml_part { ALWAYS, TOGETHER, GROUPS, SUBGROUPS, CUTPOINTS, COMPARED, POINTS, RECLASSIFIED } rml_part;

static const struct {
    const char *name;
    rml_part of;
    void (*write)(const rml_survive *x, FILE *out);
} table[RML_SURVIVE_TABLES] = {{"univariable.csv", ALWAYS, write_univariable},
                               {"multivariable.csv", TOGETHER, write_multivariable},
                               {"model.csv", TOGETHER, write_model},
                               {"groups.csv", GROUPS, write_groups},
                               {"tests.csv", GROUPS, write_tests},
                               {"curves.csv", GROUPS, write_curves},
                               {"at_risk.csv", GROUPS, write_at_risk},
                               {"subgroups.csv", SUBGROUPS, write_subgroups},
                               {"cutpoints.csv", CUTPOINTS, rml_survive_cutpoints_write},
                               {"cutpoint_scan.csv", CUTPOINTS, rml_survive_scan_write},
                               {"nested.csv", COMPARED, rml_survive_nested_write},
                               {"nested_times.csv", COMPARED, rml_survive_nested_times_write},
                               {"nested_benefit.csv", COMPARED, rml_survive_nested_benefit_write},
                               {"nomogram.csv", POINTS, rml_survive_points_write},
                               {"nomogram_total.csv", POINTS, rml_survive_totals_write},
                               {"nomogram_calibration.csv", POINTS, rml_survive_calibration_write},
                               {"nomogram_validation.csv", POINTS, rml_survive_validation_write},
                               {"reclassification.csv", RECLASSIFIED, rml_survive_reclassified_write},
                               {"about.csv", ALWAYS, rml_survive_about_write}};

static bool is_asked(const rml_survive_plan *p, rml_part of)
{
    switch (of) {
    case TOGETHER: return p->cox.n > 0;
    case GROUPS: return p->groups.n > 0;
    case SUBGROUPS: return p->subgroups_of != NULL;
    case CUTPOINTS: return p->cutpoint.n > 0;
    case COMPARED: return p->compare_base.n + p->compare_with.n > 0;
    case POINTS: return p->nomogram;
    case RECLASSIFIED: return !isnan(p->reclassified_at);
    default: return true;
    }
}

int32_t rml_survive_tables_asked(const rml_survive_plan *plan, const char *name[RML_SURVIVE_TABLES])
{
    int32_t n = 0;

    for (int t = 0; t < RML_SURVIVE_TABLES; ++t)
        if (is_asked(plan, table[t].of)) name[n++] = table[t].name;
    return n;
}

static bool is_made(const rml_survive *x, int t)
{
    if (table[t].of == POINTS) return x->nomogram != NULL;
    return is_asked(&x->study.survive, table[t].of) && (table[t].of != GROUPS || x->n_groups > 0);
}

rml_status rml_survive_write(const rml_survive *x, const char *out, rml_error *err)
{
    rml_status status = RML_OK;

    for (int t = 0; status == RML_OK && t < RML_SURVIVE_TABLES; ++t) {
        rml_file_writer file;

        if (!is_made(x, t)) {
            if (x->is_own) status = rml_results_drop(out, table[t].name, err);
            continue;
        }
        status = rml_file_create_in(out, table[t].name, &file, err);
        if (status != RML_OK) return status;
        table[t].write(x, file.stream);
        status = rml_file_commit(&file, err);
    }
    return status;
}

void rml_survive_tables_print(const rml_survive *x, const char *out)
{
    printf("\n%s/:", out);
    for (int t = 0, n = 0; t < RML_SURVIVE_TABLES; ++t)
        if (is_made(x, t)) printf("%s %s", n++ > 0 ? "," : "", table[t].name);
    printf("\n");
}
