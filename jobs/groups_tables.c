/* The tables that radmill groups writes, a function each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/groups.h"
#include "jobs/results.h"

static void numbers(FILE *out, const double *value, int n)
{
    for (int k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
}

static void write_group(const rml_groups *x, const rml_table1_row *row, int32_t g, FILE *out)
{
    const rml_groups_column *by = x->by + row->by, *column = x->describe + row->column;
    const rml_table1_group *group = row->group + g;
    const char *name = g < by->codes.n_levels ? by->codes.level[g] : "(all)";
    const double value[] = {group->mean, group->sd, group->median, group->q1, group->q3, group->least, group->most};
    const int32_t n_lines = column->category ? column->codes.n_levels : 1;

    for (int32_t l = 0; l < n_lines; ++l) {
        rml_csv_text(out, by->name, true);
        rml_csv_text(out, name, false);
        rml_csv_text(out, column->name, false);
        rml_csv_text(out, column->category ? column->codes.level[l] : "", false);
        rml_csv_number(out, (double)group->n, false);
        rml_csv_number(out, (double)group->n_missing, false);
        if (column->category) {
            const int64_t count = row->count[g * column->codes.n_levels + l];

            fputs(",,,,,,,", out);
            rml_csv_number(out, (double)count, false);
            if (group->n > 0)
                rml_csv_number(out, 100.0 * (double)count / (double)group->n, false);
            else
                fputc(',', out);
        } else {
            numbers(out, value, 7);
            fputs(",,", out);
        }
        fputc('\n', out);
    }
}

static void write_table1(const rml_groups *x, FILE *out)
{
    fputs("by,group,column,value,n,missing,mean,sd,median,q1,q3,min,max,count,percent\n", out);
    for (int32_t k = 0; k < x->n_by * x->n_describe; ++k)
        for (int32_t g = 0; g <= x->by[x->row[k].by].codes.n_levels; ++g) write_group(x, x->row + k, g, out);
}

enum { NOTE = 256 };

/* What p must not be read without. */
static const char *note_of(const rml_table1_row *row, char note[NOTE])
{
    const bool chisq = row->test && strncmp(row->test, "chi-square", 10) == 0;
    const char *of_test = chisq && row->doubtful ? "doubtful: a count below 5 is expected"
                          : !chisq && !isnan(row->drawn)
                              ? "too many tables for the exact test: of 9999 drawn ones of the same margins, as R's "
                                "fisher.test(simulate.p.value = TRUE, B = 9999)"
                              : "";

    const char *made = row->itself     ? "the grouping itself"
                       : row->circular ? "circular: the groups were made of it"
                                       : "";

    snprintf(note, NOTE, "%s%s%s", made, *made && *of_test ? "; " : "", of_test);
    return note;
}

static void write_tests(const rml_groups *x, FILE *out)
{
    fputs("by,column,groups,n,test,p,smd,p_wilcoxon,p_t,p_welch,p_kruskal_wallis,p_chisq,p_chisq_yates,p_fisher,p_"
          "fisher_simulated,note\n",
          out);
    for (int32_t k = 0; k < x->n_by * x->n_describe; ++k) {
        const rml_table1_row *row = x->row + k;
        const int32_t n_groups = x->by[row->by].codes.n_levels;
        char note[NOTE];
        const double value[] = {row->p,       row->smd,   row->wilcoxon, row->t,      row->welch,
                                row->kruskal, row->chisq, row->yates,    row->fisher, row->drawn};

        rml_csv_text(out, x->by[row->by].name, true);
        rml_csv_text(out, x->describe[row->column].name, false);
        rml_csv_number(out, n_groups, false);
        rml_csv_number(out, (double)row->group[n_groups].n, false);
        rml_csv_text(out, row->test ? row->test : "", false);
        numbers(out, value, sizeof value / sizeof *value);
        rml_csv_text(out, note_of(row, note), false);
        fputc('\n', out);
    }
}

static void write_correlations(const rml_groups *x, FILE *out)
{
    fputs("of,with,n,pearson,pearson_lower,pearson_upper,pearson_p,pearson_p_bh,spearman,spearman_p,spearman_p_bh,"
          "kendall,kendall_p,kendall_p_bh,note\n",
          out);
    for (int32_t k = 0; k < x->n_of; ++k)
        for (int32_t j = 0; j < x->n_with; ++j) {
            const rml_groups_pair *c = x->pair + (int64_t)k * x->n_with + j;
            const double value[] = {(double)c->n,   c->pearson.estimate, c->pearson.low,       c->pearson.high,
                                    c->pearson.p,   c->pearson_bh,       c->spearman.estimate, c->spearman.p,
                                    c->spearman_bh, c->kendall.estimate, c->kendall.p,         c->kendall_bh};

            if (!c->with) continue;
            rml_csv_text(out, x->of[k].name, true);
            rml_csv_text(out, c->with, false);
            numbers(out, value, sizeof value / sizeof *value);
            rml_csv_text(out, c->circular ? "circular: both are made of the same features" : "", false);
            fputc('\n', out);
        }
}

static const char *part_of(const rml_groups *x, int32_t patient)
{
    return x->train[patient] ? "training" : "independent";
}

static void write_scores(const rml_groups *x, FILE *out)
{
    const int32_t n = x->build.n_patients;

    fputs("patient,part,score,value,plus,minus\n", out);
    for (int32_t k = 0; k < x->study.groups.n_scores; ++k)
        for (int32_t p = 0; p < n; ++p) {
            const double *value = x->score + 3 * (int64_t)k * n;

            rml_csv_text(out, x->build.patient[p], true);
            rml_csv_text(out, part_of(x, p), false);
            rml_csv_text(out, x->study.groups.score[k].name, false);
            for (int32_t v = 0; v < 3; ++v) rml_csv_number(out, value[(int64_t)v * n + p], false);
            fputc('\n', out);
        }
}

/* A patient's place among the training patients of the matrix, or -1. */
static int32_t place_of(const rml_groups_matrix *m, int32_t patient)
{
    for (int32_t i = 0; i < m->n_train; ++i)
        if (m->patient[i] == patient) return i;
    return -1;
}

static void write_clusters(const rml_groups *x, FILE *out)
{
    fputs("patient,part,cluster,nearest,consensus\n", out);
    for (int32_t p = 0; x->cluster && p < x->build.n_patients; ++p) {
        const rml_groups_division *d = x->division + x->chosen;
        const int32_t place = d->with_own ? place_of(&x->matrix, p) : -1;

        rml_csv_text(out, x->build.patient[p], true);
        rml_csv_text(out, part_of(x, p), false);
        rml_csv_number(out, x->cluster[p] < 0 ? NAN : x->cluster[p] + 1, false);
        rml_csv_number(out, x->nearest[p] < 0 ? NAN : x->nearest[p] + 1, false);
        rml_csv_number(out, place < 0 ? NAN : d->with_own[place], false);
        fputc('\n', out);
    }
}

static const char *note_of_division(const rml_groups_division *d, int32_t least, char note[NOTE])
{
    int32_t at = 0;

    *note = '\0';
    if (d->smallest < least) at += snprintf(note, NOTE, "a cluster of few patients");
    if (d->consensus.pac_of_joined >= RML_GROUPS_AMBIGUOUS) /* NaN of k-means alone: not */
        at += snprintf(note + at, NOTE - (size_t)at, "%sresamples do not agree", at > 0 ? "; " : "");
    if (d->silhouette <= RML_GROUPS_SILHOUETTE)
        snprintf(note + at, NOTE - (size_t)at, "%sno substantial structure by the silhouette", at > 0 ? "; " : "");
    return note;
}

static void write_choice(const rml_groups *x, FILE *out)
{
    const int32_t least_size = rml_groups_least(x, x->matrix.n_train);
    double last = 0.0;

    fputs("k,chosen,within,silhouette,area,area_gain,ambiguous,ambiguous_of_joined,least_consensus,smallest,note\n",
          out);
    for (int32_t d = 0; d < x->study.groups.clusters.n_k; ++d) {
        const rml_groups_division *v = x->division + d;
        double least = NAN;
        char note[NOTE];

        for (int32_t c = 0; v->with_own && c < v->k; ++c) least = fmin(least, v->own[c]); /* passes NaN over */
        const double value[] = {v->within,
                                v->silhouette,
                                v->consensus.area,
                                d > 0 ? v->consensus.area / last - 1.0 : NAN,
                                v->consensus.pac,
                                v->consensus.pac_of_joined,
                                least,
                                v->smallest};

        rml_csv_number(out, v->k, true);
        rml_csv_number(out, d == x->chosen, false);
        numbers(out, value, sizeof value / sizeof *value);
        rml_csv_text(out, note_of_division(v, least_size, note), false);
        fputc('\n', out);
        last = v->consensus.area;
    }
}

static void write_centroids(const rml_groups *x, FILE *out)
{
    const rml_groups_division *d = x->division + x->chosen;

    fputs("feature,mean,sd", out);
    for (int32_t c = 0; c < d->k; ++c) fprintf(out, ",centroid_%d", c + 1);
    fputc('\n', out);
    for (int32_t j = 0; j < x->matrix.p; ++j) {
        rml_csv_text(out, x->build.frame.feature[x->matrix.feature[j]], true);
        rml_csv_number(out, x->matrix.offset[j], false);
        rml_csv_number(out, x->matrix.scale[j], false);
        for (int32_t c = 0; c < d->k; ++c) rml_csv_number(out, d->centre[(int64_t)c * x->matrix.p + j], false);
        fputc('\n', out);
    }
}

static const char *const parts[RML_GROUPS_PARTS] = {"training", "independent"};

/* The landmark that times begin at; nothing: the study's own start. */
static const char *time_from(const rml_groups *x)
{
    return x->study.landmark ? x->study.landmark : "";
}

static const char few[] = "a cluster of few patients";

/* The end of a line about the clusters from first to last. */
static void end_followed(const rml_groups *x, int32_t part, int32_t first, int32_t last, FILE *out)
{
    bool any = false;

    for (int32_t c = first; c <= last; ++c) any |= rml_groups_few(x, part, c);
    rml_csv_text(out, time_from(x), false);
    rml_csv_text(out, any ? few : "", false);
    fputc('\n', out);
}

/* A cluster's line, also when all its patients are in no curve. */
static void write_followed(const rml_groups *x, int32_t part, int32_t c, FILE *out)
{
    const rml_groups_curves *v = x->curves + part;
    const rml_groups_lost *lost = v->lost + c;
    const bool there = v->there[c];
    const double value[] = {there ? (double)v->km[c].n_rows : 0.0,
                            there ? (double)v->km[c].n_events : 0.0,
                            there ? v->median[c].time : NAN,
                            there ? v->median[c].lower : NAN,
                            there ? v->median[c].upper : NAN,
                            NAN,
                            NAN,
                            NAN,
                            NAN,
                            lost->without_outcome,
                            lost->before_landmark,
                            lost->landmark_unknown};

    if (!there && lost->without_outcome + lost->before_landmark + lost->landmark_unknown == 0) return;
    fprintf(out, "%s,,%d,", parts[part], c + 1);
    numbers(out, value, sizeof value / sizeof *value);
    end_followed(x, part, c, c, out);
}

static void write_survival(const rml_groups *x, FILE *out)
{
    const int32_t k = x->division[x->chosen].k;

    fputs("part,test,cluster,against,n,events,median,median_lower,median_upper,chisq,df,p,p_bh,"
          "without_outcome,before_landmark,landmark_unknown,time_from,note\n",
          out);
    for (int32_t part = 0; x->cluster && x->build.event && part < RML_GROUPS_PARTS; ++part) {
        const rml_groups_curves *v = x->curves + part;

        for (int32_t c = 0; c < k; ++c) write_followed(x, part, c, out);
        if (!isnan(v->logrank.p)) {
            fprintf(out, "%s,log-rank,,,,,,,", parts[part]);
            numbers(out, (const double[]){v->logrank.chisq, v->logrank.df, v->logrank.p, NAN, NAN, NAN, NAN}, 7);
            end_followed(x, part, 0, k - 1, out);
        }
        for (int32_t a = 0; a < k; ++a)
            for (int32_t b = a + 1; b < k; ++b) {
                const int32_t at = a * RML_CLUSTERS_MOST + b;

                if (isnan(v->pair_p[at])) continue;
                fprintf(out, "%s,log-rank of a pair,%d,%d,,,,,,,1", parts[part], b + 1, a + 1);
                numbers(out, (const double[]){v->pair_p[at], v->pair_p_bh[at], NAN, NAN, NAN}, 5);
                rml_csv_text(out, time_from(x), false);
                rml_csv_text(out, rml_groups_few(x, part, a) || rml_groups_few(x, part, b) ? few : "", false);
                fputc('\n', out);
            }
    }
}

static void write_curves(const rml_groups *x, FILE *out)
{
    fputs("part,cluster,time,n_risk,n_event,n_censor,survival,lower,upper,time_from\n", out);
    for (int32_t part = 0; x->cluster && x->build.event && part < RML_GROUPS_PARTS; ++part)
        for (int32_t c = 0; c < x->division[x->chosen].k; ++c) {
            const rml_km *km = &x->curves[part].km[c];

            for (int64_t t = 0; x->curves[part].there[c] && t < km->n_times; ++t) {
                const double value[] = {
                    km->time[t],  (double)km->n_risk[t], (double)km->n_event[t], (double)km->n_censor[t], km->surv[t],
                    km->lower[t], km->upper[t]};

                fprintf(out, "%s,%d", parts[part], c + 1);
                numbers(out, value, sizeof value / sizeof *value);
                rml_csv_text(out, time_from(x), false);
                fputc('\n', out);
            }
        }
}

/* What a table is of: written where the study asks for that. */
typedef enum rml_part { DESCRIBED, CORRELATED, SCORED, CLUSTERED, FOLLOWED } rml_part;

static const struct {
    const char *name;
    rml_part of;
    void (*write)(const rml_groups *x, FILE *out);
} table[RML_GROUPS_TABLES] = {{"table1.csv", DESCRIBED, write_table1},
                              {"table1_tests.csv", DESCRIBED, write_tests},
                              {"correlations.csv", CORRELATED, write_correlations},
                              {"scores.csv", SCORED, write_scores},
                              {"clusters.csv", CLUSTERED, write_clusters},
                              {"cluster_choice.csv", CLUSTERED, write_choice},
                              {"cluster_centroids.csv", CLUSTERED, write_centroids},
                              {"cluster_survival.csv", FOLLOWED, write_survival},
                              {"cluster_curves.csv", FOLLOWED, write_curves}};

const char *rml_groups_table(int32_t t)
{
    return table[t].name;
}

static bool is_asked(const rml_study *s, rml_part of)
{
    switch (of) {
    case DESCRIBED: return s->groups.by.n > 0;
    case CORRELATED: return s->groups.correlate.n > 0;
    case SCORED: return s->groups.n_scores > 0;
    case CLUSTERED: return s->groups.clusters.n_k > 0;
    default: return s->groups.clusters.n_k > 0 && s->outcome == RML_OUTCOME_TIME && s->event_column;
    }
}

int32_t rml_groups_tables_asked(const rml_study *study, const char *name[RML_GROUPS_TABLES])
{
    int32_t n = 0;

    for (int32_t t = 0; t < RML_GROUPS_TABLES; ++t)
        if (is_asked(study, table[t].of)) name[n++] = table[t].name;
    return n;
}

rml_status rml_groups_write(const rml_groups *x, const char *out, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t t = 0; status == RML_OK && t < RML_GROUPS_TABLES; ++t) {
        rml_file_writer file;

        if (!is_asked(&x->study, table[t].of)) {
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
