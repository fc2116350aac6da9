#include "kernels/learn/rfe_forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/metric.h"

/* Rows that forests are grown on, and rows that they are scored on. */
typedef struct rml_growing {
    const rml_sample *sample;
    rml_forest_settings forest;
    int32_t n_classes; /* 0: a number */
    int32_t n[2];      /* rows to grow on, to score */
    int32_t *row[2];   /* their places in the sample */
    double *x[2];      /* [columns still in][n] */
    int32_t *class;    /* [n[0]] */
    double *number, *weight;
    double *y, *value, *score; /* [n[1]], [n[1] * scores] */
    double *of_size;           /* [n_sizes] */
    int32_t n_sizes, n_done;
} rml_growing;

static void growing_free(rml_growing *g)
{
    for (int s = 0; s < 2; ++s) {
        free(g->row[s]);
        free(g->x[s]);
    }
    free(g->class);
    free(g->number);
    free(g->weight);
    free(g->y);
    free(g->value);
    free(g->score);
}

static rml_status growing_init(const rml_sample *sample, const rml_forest_settings *forest, rml_growing *g)
{
    const size_t n = (size_t)sample->n_rows + 1;
    size_t n_scores;

    *g = (rml_growing){.sample = sample, .forest = *forest};
    g->n_classes = sample->outcome == RML_OUTCOME_VALUE     ? 0
                   : sample->outcome == RML_OUTCOME_CLASSES ? sample->n_classes
                                                            : 2;
    n_scores = g->n_classes > 2 ? (size_t)g->n_classes : 2;
    for (int s = 0; s < 2; ++s) {
        g->row[s] = malloc(n * sizeof *g->row[s]);
        g->x[s] = malloc(n * ((size_t)sample->x.n_columns + 1) * sizeof *g->x[s]);
    }
    g->class = malloc(n * sizeof *g->class);
    g->number = malloc(n * sizeof *g->number);
    g->weight = malloc(n * sizeof *g->weight);
    g->y = malloc(n * sizeof *g->y);
    g->value = malloc(n * n_scores * sizeof *g->value);
    g->score = malloc(n * n_scores * sizeof *g->score);
    return g->row[0] && g->row[1] && g->x[0] && g->x[1] && g->class && g->number && g->weight && g->y && g->value &&
                   g->score
               ? RML_OK
               : RML_ENOMEM;
}

/* fold NULL: all rows are grown on. */
static void part(rml_growing *g, const int32_t *fold, int32_t test_fold)
{
    g->n[0] = g->n[1] = 0;
    for (int32_t i = 0; i < g->sample->n_rows; ++i) {
        const int s = fold && fold[i] == test_fold;

        if (s) {
            g->y[g->n[s]] = g->sample->y[i];
        } else {
            g->class[g->n[s]] = g->n_classes > 0 ? (int32_t)g->sample->y[i] : 0;
            g->number[g->n[s]] = g->sample->y[i];
            g->weight[g->n[s]] = g->sample->weight[i];
        }
        g->row[s][g->n[s]++] = i;
    }
}

static rml_columns gather(const rml_growing *g, int s, const int32_t *columns, int32_t n_columns)
{
    for (int32_t j = 0; j < n_columns; ++j) {
        const double *from = rml_column(&g->sample->x, columns[j]);

        for (int32_t i = 0; i < g->n[s]; ++i) g->x[s][(int64_t)j * g->n[s] + i] = from[g->row[s][i]];
    }
    return (rml_columns){g->n[s], g->n[s], n_columns, g->x[s]};
}

static rml_status score(rml_growing *g, const rml_forest *forest, const rml_columns *x)
{
    const rml_sample *sample = g->sample;
    const int32_t n = g->n[1], k = g->n_classes > 0 ? g->n_classes : 1;
    rml_status status = rml_forest_predict(forest, x, NULL, g->value);
    double found;

    if (status != RML_OK) return status;
    for (int32_t i = 0; i < n; ++i)
        for (int32_t c = 0; c < k; ++c)
            if (k != 2 || c == 1) g->score[(k == 2 ? 0 : c * n) + i] = g->value[(int64_t)i * k + c];
    status = rml_metric_of(rml_metric_default(sample->outcome), sample->outcome, sample->n_classes, n, g->y, NULL,
                           g->score, &found);
    if (status == RML_ENOMEM) return status;
    g->of_size[g->n_sizes - ++g->n_done] = found; /* elimination goes down, sizes rise */
    return isnan(found) ? RML_EEMPTY : RML_OK;
}

static rml_status grow(void *context, const int32_t *columns, int32_t n_columns, double *importance)
{
    rml_growing *g = context;
    const rml_columns x = gather(g, 0, columns, n_columns);
    rml_forest_settings settings = g->forest;
    rml_forest forest = {0};
    rml_status status;

    if (settings.mtry > n_columns) settings.mtry = n_columns;
    status = rml_forest_fit(&x, g->n_classes > 0 ? g->class : NULL, g->n_classes, g->n_classes > 0 ? NULL : g->number,
                            g->weight, &settings, &forest);
    if (status == RML_OK) memcpy(importance, forest.importance, (size_t)n_columns * sizeof *importance);
    if (status == RML_OK && g->of_size) {
        const rml_columns test = gather(g, 1, columns, n_columns);

        status = score(g, &forest, &test);
    }
    rml_forest_free(&forest);
    return status;
}

static rml_status eliminate(rml_growing *g, int32_t n_select, int32_t step, rml_rfe *rfe)
{
    rml_rfe_settings settings = rml_rfe_defaults();

    settings.model = RML_RFE_CALLER;
    settings.importance = grow;
    settings.context = g;
    settings.n_select = n_select;
    settings.step = step;
    return rml_rfe_fit(&g->sample->x, NULL, NULL, &settings, rfe);
}

rml_status rml_rfe_forest_fit(const rml_sample *train, const rml_forest_settings *forest, int32_t n_select,
                              int32_t step, rml_rfe *rfe)
{
    rml_growing g;
    rml_status status = growing_init(train, forest, &g);

    *rfe = (rml_rfe){0};
    if (status == RML_OK) {
        part(&g, NULL, 0);
        status = eliminate(&g, n_select, step, rfe);
    }
    growing_free(&g);
    return status;
}

rml_status rml_rfe_forest_cv(const rml_sample *train, const int32_t *fold, int32_t n_folds,
                             const rml_forest_settings *forest, int32_t n_select, int32_t step, rml_rfecv *cv)
{
    rml_growing g = {0};
    rml_status status;

    *cv = (rml_rfecv){0};
    if (n_folds < 2 || n_select < 1 || step < 1) return RML_EINVAL;
    if (train->x.n_columns < 1) return RML_EEMPTY;
    for (int32_t i = 0; i < train->n_rows; ++i)
        if (fold[i] < 0 || fold[i] >= n_folds) return RML_EINVAL;
    status = growing_init(train, forest, &g);
    if (status == RML_OK) status = rml_rfecv_init(train->x.n_columns, n_select, step, n_folds, cv);
    for (int32_t f = 0; status == RML_OK && f < n_folds; ++f) {
        rml_rfe rfe = {0};

        part(&g, fold, f);
        g.of_size = cv->auc + (int64_t)f * cv->n_sizes;
        g.n_sizes = cv->n_sizes;
        g.n_done = 0;
        status = g.n[1] > 0 ? eliminate(&g, n_select, step, &rfe) : RML_EEMPTY;
        rml_rfe_free(&rfe);
    }
    if (status == RML_OK) {
        rml_rfecv_summarise(cv);
        g.of_size = NULL;
        part(&g, NULL, 0);
        status = eliminate(&g, cv->size[cv->best], step, &cv->rfe);
    }
    growing_free(&g);
    if (status != RML_OK) rml_rfecv_free(cv);
    return status;
}
