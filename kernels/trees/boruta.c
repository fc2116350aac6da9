#include "kernels/trees/boruta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "kernels/base/rng.h"
#include "kernels/trees/forest.h"

enum { LEAST_SHADOWS = 5 };
#define FOREST_SEEDS (1ULL << 63)
#define SHADOW_SEEDS (FOREST_SEEDS + 1)
#define MOST_COLUMNS (1 << 30)

rml_boruta_settings rml_boruta_defaults(void)
{
    return (rml_boruta_settings){.max_runs = 100, .p_value = 0.01, .bonferroni = true, .n_trees = 500, .min_leaf = 1};
}

void rml_boruta_judge(const int32_t *hits, int32_t n_columns, int32_t n_runs, double p_value, bool bonferroni,
                      rml_boruta_decision *decision)
{
    const double times = bonferroni ? n_columns : 1.0;

    for (int32_t j = 0; j < n_columns; ++j) {
        const double as_many = hits[j] > 0 ? gsl_cdf_binomial_Q((unsigned)hits[j] - 1, 0.5, (unsigned)n_runs) : 1.0;
        const double as_few = gsl_cdf_binomial_P((unsigned)hits[j], 0.5, (unsigned)n_runs);

        if (decision[j] != RML_BORUTA_TENTATIVE) continue;
        if (fmin(1.0, as_many * times) < p_value) decision[j] = RML_BORUTA_CONFIRMED;
        if (fmin(1.0, as_few * times) < p_value) decision[j] = RML_BORUTA_REJECTED;
    }
}

typedef struct contest {
    const rml_columns *x;
    int64_t n;
    double *table;   /* [2 * p or more][n] columns still in, then shadows */
    int32_t *column; /* [p] numbers of those still in */
    int32_t n_in, n_shadows;
} contest;

/* The columns that are not rejected, in front: those that left are closed up. */
static void take_columns(contest *c, const rml_boruta *boruta)
{
    int32_t n_in = 0;

    for (int32_t k = 0; k < c->n_in; ++k) {
        if (boruta->decision[c->column[k]] == RML_BORUTA_REJECTED) continue;
        if (n_in != k) memcpy(c->table + n_in * c->n, c->table + k * c->n, (size_t)c->n * sizeof *c->table);
        c->column[n_in++] = c->column[k];
    }
    c->n_in = c->n_shadows = n_in;
    while (c->n_shadows < LEAST_SHADOWS) c->n_shadows *= 2;
}

static void cast_shadows(contest *c, uint64_t seed)
{
    for (int32_t s = 0; s < c->n_shadows; ++s) {
        double *shadow = c->table + (c->n_in + (int64_t)s) * c->n;

        memcpy(shadow, c->table + (s % c->n_in) * c->n, (size_t)c->n * sizeof *shadow);
        for (int64_t i = c->n - 1; i > 0; --i) {
            const int64_t with = (int64_t)(rml_rng_uniform(seed, (uint64_t)s, (uint64_t)i) * (double)(i + 1));
            const double held = shadow[i];

            shadow[i] = shadow[with];
            shadow[with] = held;
        }
    }
}

/* Scores of a run, and hits. */
static void count_hits(const contest *c, const double *z, rml_boruta *boruta)
{
    double best = -INFINITY;

    for (int32_t s = 0; s < c->n_shadows; ++s) best = fmax(best, z[c->n_in + s]);
    for (int32_t k = 0; k < c->n_in; ++k) {
        boruta->hits[c->column[k]] += z[k] > best;
        boruta->importance[c->column[k]] += z[k];
    }
    boruta->shadow[boruta->n_runs - 1] = best;
}

/* How many are undecided after it; the run in which a column was decided. */
static int32_t judge(rml_boruta *boruta, const rml_boruta_settings *s)
{
    int32_t n_undecided = 0;

    rml_boruta_judge(boruta->hits, boruta->n_columns, boruta->n_runs, s->p_value, s->bonferroni, boruta->decision);
    for (int32_t j = 0; j < boruta->n_columns; ++j) {
        if (boruta->decision[j] == RML_BORUTA_TENTATIVE)
            ++n_undecided;
        else if (boruta->decided[j] == 0)
            boruta->decided[j] = boruta->n_runs;
    }
    return n_undecided;
}

static void sum_up(rml_boruta *boruta)
{
    for (int32_t j = 0; j < boruta->n_columns; ++j) {
        const bool left = boruta->decision[j] == RML_BORUTA_REJECTED;

        boruta->importance[j] /= left ? boruta->decided[j] : boruta->n_runs;
        if (boruta->decision[j] == RML_BORUTA_CONFIRMED) boruta->selected[boruta->n_selected++] = j;
    }
}

static rml_status lay_out(contest *c, rml_boruta *boruta, int32_t max_runs)
{
    /* fewer than LEAST_SHADOWS columns, now or later, are doubled until they are enough: to 2 * (LEAST_SHADOWS - 1) */
    const size_t p = (size_t)boruta->n_columns, doubled = 2 * ((size_t)LEAST_SHADOWS - 1),
                 shadows = p > doubled ? p : doubled;

    boruta->decision = calloc(p, sizeof *boruta->decision);
    boruta->hits = calloc(p, sizeof *boruta->hits);
    boruta->decided = calloc(p, sizeof *boruta->decided);
    boruta->importance = calloc(p, sizeof *boruta->importance);
    boruta->shadow = calloc((size_t)max_runs, sizeof *boruta->shadow);
    boruta->selected = calloc(p, sizeof *boruta->selected);
    c->table = malloc((p + shadows) * (size_t)c->n * sizeof *c->table);
    c->column = malloc(p * sizeof *c->column);
    if (!boruta->decision || !boruta->hits || !boruta->decided || !boruta->importance || !boruta->shadow ||
        !boruta->selected || !c->table || !c->column)
        return RML_ENOMEM;
    for (int32_t j = 0; j < boruta->n_columns; ++j) {
        memcpy(c->table + j * c->n, rml_column(c->x, j), (size_t)c->n * sizeof *c->table);
        c->column[j] = j;
    }
    c->n_in = boruta->n_columns;
    return RML_OK;
}

rml_status rml_boruta_fit(const rml_columns *x, const int32_t *class, int32_t n_classes, const double *number,
                          const double *weight, const rml_boruta_settings *settings, rml_boruta *boruta)
{
    contest c = {.x = x, .n = x->n_rows};
    rml_forest_settings trees = rml_forest_defaults(n_classes);
    int32_t n_undecided = x->n_columns;
    rml_status status;

    *boruta = (rml_boruta){.n_columns = x->n_columns};
    if (settings->max_runs < 2 || !(settings->p_value > 0.0 && settings->p_value < 1.0)) return RML_EINVAL;
    if (x->stride < x->n_rows) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    if (x->n_columns > MOST_COLUMNS) return RML_ECAPACITY;
    trees.n_trees = settings->n_trees;
    trees.mtry = settings->mtry;
    trees.max_depth = settings->max_depth;
    trees.min_leaf = settings->min_leaf;
    trees.permutation = true;
    status = lay_out(&c, boruta, settings->max_runs);
    while (status == RML_OK && n_undecided > 0 && boruta->n_runs + 1 < settings->max_runs) {
        const uint64_t run = (uint64_t)++boruta->n_runs;
        rml_columns all = {.n_rows = c.n, .stride = c.n, .x = c.table};
        rml_forest forest;

        take_columns(&c, boruta);
        cast_shadows(&c, rml_rng_bits(settings->seed, SHADOW_SEEDS, run));
        all.n_columns = c.n_in + c.n_shadows;
        trees.seed = rml_rng_bits(settings->seed, FOREST_SEEDS, run);
        status = rml_forest_fit(&all, class, n_classes, number, weight, &trees, &forest);
        if (status != RML_OK) break;
        count_hits(&c, forest.permuted_z, boruta);
        rml_forest_free(&forest);
        n_undecided = judge(boruta, settings);
    }
    if (status == RML_OK)
        sum_up(boruta);
    else
        rml_boruta_free(boruta);
    free(c.table);
    free(c.column);
    return status;
}

void rml_boruta_free(rml_boruta *boruta)
{
    if (!boruta) return;
    free(boruta->decision);
    free(boruta->hits);
    free(boruta->decided);
    free(boruta->importance);
    free(boruta->shadow);
    free(boruta->selected);
    *boruta = (rml_boruta){.n_columns = boruta->n_columns};
}
