/* The summary that a clinician reads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "jobs/plural.h"
#include "jobs/unmatched.h"

enum { NAME = 30, CELL = 24, TEST = 24, TOP = 10 };

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

/* 1. Table 1 ------------------------------------------------------------------------------------------------------- */

/* Three digits; of a volume in mm3 all before the point, as no one reads 2.71e+05. */
static const char *number_text(double value, char text[32])
{
    snprintf(text, 32, fabs(value) >= 1000.0 && fabs(value) < 1e9 ? "%.0f" : "%.3g", value);
    return text;
}

/* By rank tests the median with its quartiles; by t tests mean and standard deviation. Its width. */
static int32_t number_cell(const rml_groups *x, const rml_table1_group *group, char cell[128])
{
    char a[32], b[32], c[32];

    if (group->n == 0) return snprintf(cell, 128, "-");
    if (x->study.groups.numbers != RML_NUMBERS_WILCOXON)
        return snprintf(cell, 128, "%s (SD %s)", number_text(group->mean, a), number_text(group->sd, b));
    return snprintf(cell, 128, "%s (%s to %s)", number_text(group->median, a), number_text(group->q1, b),
                    number_text(group->q3, c));
}

/* Of the widest cell of a grouping's rows; no less than CELL. */
static int32_t cell_width(const rml_groups *x, int32_t by)
{
    int32_t width = CELL;
    char cell[128];

    for (int32_t j = 0; j < x->n_describe; ++j) {
        const rml_table1_row *row = x->row + (int64_t)by * x->n_describe + j;

        for (int32_t g = 0; !x->describe[row->column].category && g <= x->by[by].codes.n_levels; ++g) {
            const int32_t n = number_cell(x, row->group + g, cell);

            if (n > width) width = n;
        }
    }
    return width;
}

static void print_levels(const rml_groups_column *column, const rml_table1_row *row, int32_t n_groups, int32_t width)
{
    for (int32_t l = 0; l < column->codes.n_levels; ++l) {
        printf("    %-*.*s", NAME - 2, NAME - 2, column->codes.level[l]);
        for (int32_t g = 0; g <= n_groups; ++g) {
            const int64_t count = row->count[g * column->codes.n_levels + l];
            char cell[64];

            snprintf(cell, sizeof cell, "%lld (%.0f %%)", (long long)count,
                     row->group[g].n > 0 ? 100.0 * (double)count / (double)row->group[g].n : 0.0);
            printf(" %*s", width, cell);
        }
        printf("\n");
    }
}

static void print_row(const rml_groups *x, const rml_table1_row *row, int32_t width)
{
    const rml_groups_column *column = x->describe + row->column;
    const int32_t n_groups = x->by[row->by].codes.n_levels;
    char p[32], cell[128] = "";

    printf("  %-*.*s", NAME, NAME, column->name);
    for (int32_t g = 0; g <= n_groups; ++g) {
        if (!column->category) number_cell(x, row->group + g, cell);
        printf(" %*s", width, cell);
    }
    printf(" %8s  %-*s", p_text(row->p, p), TEST, row->test ? row->test : "no test");
    if (isnan(row->smd))
        printf(" %6s", "-");
    else
        printf(" %6.2f", row->smd);
    if (row->group[n_groups].n_missing > 0) printf("  %lld missing", (long long)row->group[n_groups].n_missing);
    if (row->itself) printf("  the grouping itself");
    if (row->circular) printf("  circular");
    if (row->doubtful && row->test && strncmp(row->test, "chi-square", 10) == 0)
        printf("  doubtful: a count below 5 is expected");
    printf("\n");
    if (column->category) print_levels(column, row, n_groups, width);
}

static void print_by(const rml_groups *x, int32_t k)
{
    const rml_groups_column *by = x->by + k;
    int64_t size[RML_GROUPS_MOST + 1] = {0}, without = 0;
    const int32_t width = cell_width(x, k);
    bool circular = false;
    char cell[64];

    for (int32_t p = 0; p < x->build.n_patients; ++p)
        if (by->codes.code[p] < 0)
            ++without;
        else {
            ++size[by->codes.code[p]];
            ++size[by->codes.n_levels];
        }
    printf("\nBy %s", by->name);
    if (without > 0) printf(" (%lld patient%s without it left out)", (long long)without, rml_plural(without));
    printf("\n  %-*s", NAME,
           x->study.groups.numbers == RML_NUMBERS_WILCOXON ? "median (quartiles), or n (%)" : "mean (SD), or n (%)");
    for (int32_t g = 0; g <= by->codes.n_levels; ++g) {
        snprintf(cell, sizeof cell, "%.12s (%lld)", g < by->codes.n_levels ? by->codes.level[g] : "all",
                 (long long)size[g]);
        printf(" %*s", width, cell);
    }
    printf(" %8s  %-*s %6s\n", "p", TEST, "test", "SMD");
    for (int32_t j = 0; j < x->n_describe; ++j) {
        const rml_table1_row *row = x->row + (int64_t)k * x->n_describe + j;

        print_row(x, row, width);
        circular |= row->circular;
    }
    if (circular)
        printf("  circular: the groups were made of it (patients outside train, too, are put into theirs by it): that "
               "they differ in it, and its p, say nothing\n");
}

/* 2. Correlations -------------------------------------------------------------------------------------------------- */

static int by_p(const void *a, const void *b)
{
    const rml_groups_pair *x = a, *y = b;
    const double p = isnan(x->spearman.p) ? 2.0 : x->spearman.p, q = isnan(y->spearman.p) ? 2.0 : y->spearman.p;

    return p != q ? (p > q) - (p < q) : strcmp(x->with, y->with);
}

static void print_correlations(const rml_groups *x, int32_t k)
{
    rml_groups_pair *sorted = malloc(((size_t)x->n_with + 1) * sizeof *sorted);
    int32_t n = 0, n_found = 0, n_circular = 0;

    if (!sorted) return; /* the table has it all */
    for (int32_t j = 0; j < x->n_with; ++j) {
        const rml_groups_pair *c = x->pair + (int64_t)k * x->n_with + j;

        n_circular += c->with && c->circular;
        if (!c->with || c->circular) continue;
        sorted[n++] = *c;
        n_found += c->spearman_bh <= 0.05;
    }
    qsort(sorted, (size_t)n, sizeof *sorted, by_p);
    printf("\n%s with %d columns: %d by Spearman at a false discovery rate of 5 %%\n", x->of[k].name, n, n_found);
    if (n_circular > 0)
        printf("  and with %d that it is made of, or that are made of the same features: circular, no finding, and not "
               "among those that p (BH) is over\n",
               n_circular);
    printf("  %-*s %6s %9s %9s %9s %8s %8s\n", NAME, "", "n", "Spearman", "Pearson", "Kendall", "p", "p (BH)");
    for (int32_t j = 0; j < n && j < TOP; ++j) {
        const rml_groups_pair *c = sorted + j;
        char p[32], bh[32];

        if (isnan(c->spearman.p)) break;
        printf("  %-*.*s %6lld %9.3f %9.3f %9.3f %8s %8s\n", NAME, NAME, c->with, (long long)c->n, c->spearman.estimate,
               c->pearson.estimate, c->kendall.estimate, p_text(c->spearman.p, p), p_text(c->spearman_bh, bh));
    }
    free(sorted);
}

/* 3. Clusters ------------------------------------------------------------------------------------------------------ */

/* A division there always is; whether it is more than that is another question. */
static void print_cautions(const rml_groups *x, const rml_groups_division *d)
{
    const int32_t least = rml_groups_least(x, x->matrix.n_train);

    if (d->smallest < least)
        printf("  caution: a cluster of %d patient%s%s; fewer than %d are outliers rather than a group\n", d->smallest,
               d->smallest == 1 ? "" : "s",
               x->study.groups.clusters.n_k > 1 ? ", as every number of clusters gives" : "", least);
    if (d->consensus.pac_of_joined >= RML_GROUPS_AMBIGUOUS)
        printf(
            "  caution: resamples do not agree: %.0f %% of the pairs that some of them put together others put apart\n",
            100.0 * d->consensus.pac_of_joined);
    if (d->silhouette <= RML_GROUPS_SILHOUETTE)
        printf("  caution: a silhouette of %.2f; up to 0.25 no substantial structure has been found (Kaufman and "
               "Rousseeuw "
               "1990)\n",
               d->silhouette);
    printf("  that patients can be divided is no test that there are clusters: of patients without any, one number is "
           "chosen as well\n");
}

static void print_choice(const rml_groups *x)
{
    const rml_clusters_plan *plan = &x->study.groups.clusters;
    const bool consensus = plan->method == RML_CLUSTERS_CONSENSUS;

    printf("\nClusters of %d training patient%s by %d feature%s (%s%s)\n", x->matrix.n_train,
           rml_plural(x->matrix.n_train), x->matrix.p, rml_plural(x->matrix.p),
           consensus ? "consensus of resamples clustered by " : "k-means",
           !consensus                         ? ""
           : plan->inner == RML_INNER_PEARSON ? "average linkage of 1 - Pearson's correlation"
                                              : "k-means");
    printf("  %8s %9s %11s %16s %10s %7s\n", "clusters", "smallest", "silhouette", "ambiguous pairs", "of joined",
           "area");
    for (int32_t d = 0; d < plan->n_k; ++d) {
        const rml_groups_division *v = x->division + d;

        printf("  %8d %9d %11.3f", v->k, v->smallest, v->silhouette);
        if (consensus)
            printf(" %16.3f %10.3f %7.3f", v->consensus.pac, v->consensus.pac_of_joined, v->consensus.area);
        else
            printf(" %16s %10s %7s", "-", "-", "-");
        printf("%s\n", d == x->chosen && plan->n_k > 1 ? "  chosen" : "");
    }
    print_cautions(x, x->division + x->chosen);
}

/* Who has a cluster and is in no curve, and from when times are. */
static void print_lost(const rml_groups *x, int32_t part)
{
    rml_groups_lost sum = {0};

    for (int32_t c = 0; c < RML_CLUSTERS_MOST; ++c) {
        const rml_groups_lost *one = x->curves[part].lost + c;

        sum.without_outcome += one->without_outcome;
        sum.before_landmark += one->before_landmark;
        sum.landmark_unknown += one->landmark_unknown;
    }
    if (x->study.landmark) printf("    times begin at the landmark, %s\n", x->study.landmark);
    if (sum.without_outcome > 0) printf("    in no curve: %d without a time or an event\n", sum.without_outcome);
    if (sum.landmark_unknown > 0) printf("    in no curve: %d whose landmark is not known\n", sum.landmark_unknown);
    if (sum.before_landmark > 0)
        printf("    in no curve: %d with the event, or no longer observed, by the landmark\n", sum.before_landmark);
}

static void print_part(const rml_groups *x, int32_t part)
{
    const rml_groups_division *d = x->division + x->chosen;
    const rml_groups_curves *v = x->curves + part;
    int32_t size[RML_CLUSTERS_MOST] = {0}, n = 0;
    char p[32];

    for (int32_t i = 0; i < x->build.n_patients; ++i)
        if (x->cluster[i] >= 0 && x->train[i] == (part == 0)) {
            ++size[x->cluster[i]];
            ++n;
        }
    if (n == 0) return;
    printf("  %s:", part == 0 ? "training patients" : "independent patients, each to the nearest centroid");
    for (int32_t c = 0; c < d->k; ++c) printf("%s %d in cluster %d", c > 0 ? "," : "", size[c], c + 1);
    printf("\n");
    if (!x->build.event) return;
    print_lost(x, part);
    for (int32_t c = 0; c < d->k; ++c) {
        if (!v->there[c]) continue;
        printf("    cluster %d: %lld followed, %lld events, median ", c + 1, (long long)v->km[c].n_rows,
               (long long)v->km[c].n_events);
        if (isnan(v->median[c].time))
            printf("not reached\n");
        else
            printf("%.4g\n", v->median[c].time);
    }
    printf("    log-rank: p %s", p_text(v->logrank.p, p));
    for (int32_t c = 0; c < d->k; ++c)
        if (rml_groups_few(x, part, c))
            printf(", caution: %lld followed in cluster %d", (long long)v->km[c].n_rows, c + 1);
    printf("\n");
}

static void print_clusters(const rml_groups *x)
{
    int32_t without = 0;

    print_choice(x);
    for (int32_t i = 0; i < x->build.n_patients; ++i) without += x->cluster[i] < 0;
    for (int32_t part = 0; part < RML_GROUPS_PARTS; ++part) print_part(x, part);
    if (without > 0)
        printf("  %d patient%s who lack%s a feature ha%s no cluster\n", without, rml_plural(without),
               without == 1 ? "s" : "", without == 1 ? "s" : "ve");
    printf("  tests of features between clusters that were made of them say nothing%s\n",
           x->n_train < x->build.n_patients
               ? ", of independent patients neither: these were put into clusters by the same features"
               : "; an independent cohort (train:) would show whether clusters are found again");
}

void rml_groups_print(const rml_groups *x, const char *out)
{
    printf("%d patient%s\n", x->build.n_patients, rml_plural(x->build.n_patients));
    rml_unmatched_print(x->build.n_without_clinical, x->build.without_clinical, x->build.n_clinical_unused,
                        x->build.clinical_unused);
    if (x->cluster) print_clusters(x);
    for (int32_t k = 0; k < x->n_by; ++k) print_by(x, k);
    for (int32_t k = 0; k < x->n_of; ++k) print_correlations(x, k);
    if (x->n_by > 0)
        printf("\nSMD: standardised difference, above 0.1 often called out of balance; of several groups the mean over "
               "their pairs. p are not corrected for how many columns are described.\n");
    printf("\nAll of it: %s\n", out);
}
