/* 1. Numbers
 * 2. Categories
 * 3. All of them */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "kernels/prepare/sorted.h"
#include "kernels/stats/balance.h"
#include "kernels/stats/contingency.h"
#include "kernels/stats/ttest.h"
#include "kernels/stats/wilcoxon.h"

enum { SEED = 1 }; /* of drawn tables: a p hangs on its table alone */

/* What a test says where it cannot be made: p is NaN, and its cell empty. Only memory is an error here. */
static bool without_memory(rml_status status)
{
    return status == RML_ENOMEM;
}

/* 1. Numbers ------------------------------------------------------------------------------------------------------- */

/* sorted: [n], put in order by the call. */
static void describe(double *sorted, int64_t n, rml_table1_group *g)
{
    double sum = 0.0, squares = 0.0;

    rml_sort(sorted, n);
    for (int64_t i = 0; i < n; ++i) sum += sorted[i];
    g->mean = n > 0 ? sum / (double)n : NAN;
    for (int64_t i = 0; i < n; ++i) squares += (sorted[i] - g->mean) * (sorted[i] - g->mean);
    g->sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    g->median = n > 0 ? rml_sorted_quantile(sorted, n, 0.5) : NAN;
    g->q1 = n > 0 ? rml_sorted_quantile(sorted, n, 0.25) : NAN;
    g->q3 = n > 0 ? rml_sorted_quantile(sorted, n, 0.75) : NAN;
    g->least = n > 0 ? sorted[0] : NAN;
    g->most = n > 0 ? sorted[n - 1] : NAN;
}

/* The values that groups have, a group's together. */
typedef struct divided {
    int64_t n, first[RML_GROUPS_MOST + 1];
    double *value;  /* [n] */
    int32_t *group; /* [n] */
} divided;

static void divided_free(divided *d)
{
    free(d->value);
    free(d->group);
}

static rml_status divide(const rml_groups_column *by, const rml_groups_column *column, int32_t n_patients,
                         rml_table1_group *group, divided *d)
{
    const int32_t n_groups = by->codes.n_levels;

    *d = (divided){.value = malloc(((size_t)n_patients + 1) * sizeof *d->value),
                   .group = malloc(((size_t)n_patients + 1) * sizeof *d->group)};
    if (!d->value || !d->group) return RML_ENOMEM;
    for (int32_t g = 0; g < n_groups; ++g) {
        d->first[g] = d->n;
        for (int32_t p = 0; p < n_patients; ++p) {
            if (by->codes.code[p] != g) continue;
            if (isnan(column->value[p])) {
                ++group[g].n_missing;
                continue;
            }
            d->value[d->n] = column->value[p];
            d->group[d->n++] = g;
        }
        group[g].n = d->n - d->first[g];
        group[n_groups].n_missing += group[g].n_missing;
    }
    d->first[n_groups] = group[n_groups].n = d->n;
    return RML_OK;
}

static rml_status compare_two(const divided *d, rml_table1_row *row)
{
    static const rml_wilcoxon_settings as_r = {RML_WILCOXON_DEFAULT, RML_TWO_SIDED, true};
    const double *x = d->value, *y = d->value + d->first[1];
    rml_wilcoxon rank;
    rml_ttest test;

    if (without_memory(rml_wilcoxon_rank_sum(x, d->first[1], y, d->n - d->first[1], &as_r, &rank))) return RML_ENOMEM;
    row->wilcoxon = rank.p;
    row->t = rml_ttest_two(x, d->first[1], y, d->n - d->first[1], true, 0.95, &test) == RML_OK ? test.p : NAN;
    row->welch = rml_ttest_two(x, d->first[1], y, d->n - d->first[1], false, 0.95, &test) == RML_OK ? test.p : NAN;
    return RML_OK;
}

static double pairs_of_numbers(const divided *d, int32_t n_groups)
{
    double sum = 0.0, one;

    for (int32_t a = 0; a < n_groups; ++a)
        for (int32_t b = a + 1; b < n_groups; ++b)
            sum += rml_balance_numbers(d->value + d->first[a], d->first[a + 1] - d->first[a], d->value + d->first[b],
                                       d->first[b + 1] - d->first[b], &one) == RML_OK
                       ? one
                       : NAN;
    return sum / (0.5 * n_groups * (n_groups - 1));
}

static rml_status compare_numbers(const rml_groups *x, rml_table1_row *row)
{
    const rml_groups_column *by = x->by + row->by;
    const int32_t n_groups = by->codes.n_levels;
    const rml_number_test asked = x->study.groups.numbers;
    divided d;
    double statistic;
    int32_t df;
    rml_status status = divide(by, x->describe + row->column, x->build.n_patients, row->group, &d);

    if (status == RML_OK && n_groups == 2) status = compare_two(&d, row);
    if (status == RML_OK &&
        without_memory(rml_wilcoxon_kruskal(d.value, d.group, d.n, n_groups, &statistic, &df, &row->kruskal)))
        status = RML_ENOMEM;
    if (status == RML_OK) {
        row->smd = pairs_of_numbers(&d, n_groups);
        for (int32_t g = 0; g < n_groups; ++g)
            describe(d.value + d.first[g], d.first[g + 1] - d.first[g], &row->group[g]);
        describe(d.value, d.n, &row->group[n_groups]);
        row->test = n_groups > 2                 ? "Kruskal-Wallis"
                    : asked == RML_NUMBERS_T     ? "t"
                    : asked == RML_NUMBERS_WELCH ? "Welch"
                                                 : "Wilcoxon";
        row->p = n_groups > 2                 ? row->kruskal
                 : asked == RML_NUMBERS_T     ? row->t
                 : asked == RML_NUMBERS_WELCH ? row->welch
                                              : row->wilcoxon;
    }
    divided_free(&d);
    return status;
}

/* 2. Categories ---------------------------------------------------------------------------------------------------- */

static void count(const rml_groups_column *by, const rml_groups_column *column, int32_t n_patients, rml_table1_row *row)
{
    const int32_t n_groups = by->codes.n_levels, n_levels = column->codes.n_levels;

    for (int32_t p = 0; p < n_patients; ++p) {
        const int32_t g = by->codes.code[p], l = column->codes.code[p];

        if (g < 0) continue;
        for (int32_t to = g; to <= n_groups; to += n_groups - g) {
            if (l < 0)
                ++row->group[to].n_missing;
            else {
                ++row->group[to].n;
                ++row->count[to * n_levels + l];
            }
        }
    }
}

/* Without the rows and columns that nobody is in, which no test knows what to do with. */
static int64_t *compact(const rml_table1_row *row, int32_t n_groups, int32_t n_levels, int32_t *n_rows,
                        int32_t *n_columns)
{
    int64_t *table = malloc(((size_t)n_groups * (size_t)n_levels + 1) * sizeof *table), n = 0;

    *n_rows = *n_columns = 0;
    if (!table) return NULL;
    for (int32_t l = 0; l < n_levels; ++l) *n_columns += row->count[n_groups * n_levels + l] > 0;
    for (int32_t g = 0; g < n_groups; ++g) {
        if (row->group[g].n == 0) continue;
        ++*n_rows;
        for (int32_t l = 0; l < n_levels; ++l)
            if (row->count[n_groups * n_levels + l] > 0) table[n++] = row->count[g * n_levels + l];
    }
    return table;
}

static double pairs_of_categories(const rml_table1_row *row, int32_t n_groups, int32_t n_levels)
{
    double sum = 0.0, one;

    for (int32_t a = 0; a < n_groups; ++a)
        for (int32_t b = a + 1; b < n_groups; ++b)
            sum += rml_balance_categories(row->count + (int64_t)a * n_levels, row->count + (int64_t)b * n_levels,
                                          n_levels, &one) == RML_OK
                       ? one
                       : NAN;
    return sum / (0.5 * n_groups * (n_groups - 1));
}

/* Fisher's where it is asked for or chi-square is doubtful: exact, or of drawn tables. Chi-square's is without Yates'
 * correction, which makes p too large, and which stands beside it. */
static void take_headline(rml_category_test asked, bool two_by_two, rml_table1_row *row)
{
    const bool exact = !isnan(row->fisher), drawn = !isnan(row->drawn);

    if (asked == RML_CATEGORIES_FISHER || (asked == RML_CATEGORIES_AUTO && row->doubtful && (exact || drawn))) {
        row->test = !exact && drawn ? "Fisher, simulated" : "Fisher";
        row->p = exact ? row->fisher : row->drawn;
    } else {
        row->test = two_by_two ? "chi-square without Yates" : "chi-square";
        row->p = row->chisq;
    }
}

static rml_status compare_categories(const rml_groups *x, rml_table1_row *row)
{
    const rml_groups_column *by = x->by + row->by, *column = x->describe + row->column;
    const int32_t n_groups = by->codes.n_levels, n_levels = column->codes.n_levels;
    const rml_category_test asked = x->study.groups.categories;
    int32_t n_rows, n_columns;
    rml_chisq_test chisq = {.p = NAN}, yates = {.p = NAN};
    int64_t *table;
    rml_status status = RML_OK, walk;

    row->count = calloc(((size_t)n_groups + 1) * (size_t)n_levels + 1, sizeof *row->count);
    if (!row->count) return RML_ENOMEM;
    count(by, column, x->build.n_patients, row);
    table = compact(row, n_groups, n_levels, &n_rows, &n_columns);
    if (!table) return RML_ENOMEM;
    row->smd = n_levels > 0 ? pairs_of_categories(row, n_groups, n_levels) : NAN;
    if (n_rows > 1 && n_columns > 1) {
        if (rml_contingency_chisq(table, n_rows, n_columns, false, NULL, &chisq) != RML_OK) chisq.p = NAN;
        if (n_rows == 2 && n_columns == 2 && rml_contingency_chisq(table, 2, 2, true, NULL, &yates) != RML_OK)
            yates.p = NAN;
        walk = rml_contingency_fisher(table, n_rows, n_columns, &row->fisher);
        row->chisq = chisq.p;
        row->yates = yates.p;
        row->doubtful = chisq.doubtful;
        if (walk == RML_ECAPACITY)
            walk = rml_contingency_fisher_drawn(table, n_rows, n_columns, RML_GROUPS_DRAWN, SEED, &row->drawn);
        if (without_memory(walk)) status = RML_ENOMEM;
        take_headline(asked, n_rows == 2 && n_columns == 2, row);
    }
    free(table);
    return status;
}

/* 3. All of them --------------------------------------------------------------------------------------------------- */

/* made: [2 * n_features] room */
static bool is_circular(const rml_groups *x, const rml_table1_row *row, bool *made)
{
    const char *by = x->by[row->by].name, *column = x->describe[row->column].name;
    const int32_t n = x->build.frame.n_features;

    if (strcmp(by, column) == 0) return false; /* it is told to be that */
    rml_groups_made_of(x, by, made);
    rml_groups_made_of(x, column, made + n);
    return rml_groups_circular(made, made + n, n);
}

rml_status rml_groups_table1(rml_groups *x, rml_error *err)
{
    bool *made = malloc(2 * ((size_t)x->build.frame.n_features + 1) * sizeof *made);
    rml_status status = made ? RML_OK : RML_ENOMEM;

    x->row = calloc((size_t)x->n_by * (size_t)x->n_describe + 1, sizeof *x->row);
    if (!x->row) status = RML_ENOMEM;
    for (int32_t k = 0; status == RML_OK && k < x->n_by * x->n_describe; ++k) {
        rml_table1_row *row = x->row + k;

        *row = (rml_table1_row){.by = k / x->n_describe,
                                .column = k % x->n_describe,
                                .p = NAN,
                                .smd = NAN,
                                .wilcoxon = NAN,
                                .t = NAN,
                                .welch = NAN,
                                .kruskal = NAN,
                                .chisq = NAN,
                                .yates = NAN,
                                .fisher = NAN,
                                .drawn = NAN};
        row->circular = is_circular(x, row, made);
        row->itself = strcmp(x->by[row->by].name, x->describe[row->column].name) == 0;
        row->group = calloc((size_t)x->by[row->by].codes.n_levels + 1, sizeof *row->group);
        if (!row->group)
            status = RML_ENOMEM;
        else
            status = x->describe[row->column].category ? compare_categories(x, row) : compare_numbers(x, row);
    }
    free(made);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the table of groups");
}
