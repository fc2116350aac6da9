/* 1. Complete patients
 * 2. Divisions
 * 3. Everyone's cluster */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "kernels/prepare/scale.h"
#include "kernels/stats/dendrogram.h"
#include "kernels/stats/kmeans.h"

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the clusters");
}

/* 1. Complete patients --------------------------------------------------------------------------------------------- */

/* Those of both parts who have every feature, training patients first. */
static void list_whole(const rml_groups *x, const double *all, rml_groups_matrix *m)
{
    const int32_t n = x->build.n_patients;

    for (int32_t part = 0; part < 2; ++part) {
        for (int32_t p = 0; p < n; ++p) {
            bool whole = x->train[p] == (part == 0);

            for (int32_t j = 0; whole && j < x->build.frame.n_features; ++j) whole = isfinite(all[(int64_t)j * n + p]);
            if (whole) m->patient[m->n++] = p;
        }
        if (part == 0) m->n_train = m->n;
    }
}

/* all: [n_features][n_patients]; kept: [n_features][n_patients] room */
static rml_status standardise(const double *all, double *kept, int32_t n_patients, int32_t n_features,
                              rml_groups_matrix *m)
{
    static const rml_scale_settings settings = {RML_SCALE_STANDARD, true};
    const rml_columns train = {m->n_train, n_patients, n_features, kept};
    rml_scale fitted = {0};
    rml_status status;

    for (int32_t j = 0; j < n_features; ++j)
        for (int32_t i = 0; i < m->n_train; ++i)
            kept[(int64_t)j * n_patients + i] = all[(int64_t)j * n_patients + m->patient[i]];
    status = rml_scale_fit(&train, &settings, &fitted);
    for (int32_t j = 0; status == RML_OK && j < n_features; ++j) {
        if (fitted.state[j] != RML_SCALE_OK) continue;
        m->offset[m->p] = fitted.offset[j];
        m->scale[m->p] = fitted.scale[j];
        m->feature[m->p++] = j;
    }
    for (int32_t i = 0; status == RML_OK && i < m->n; ++i)
        for (int32_t j = 0; j < m->p; ++j)
            m->z[(int64_t)i * m->p + j] =
                (all[(int64_t)m->feature[j] * n_patients + m->patient[i]] - m->offset[j]) / m->scale[j];
    rml_scale_free(&fitted);
    return status;
}

rml_status rml_groups_matrix_make(rml_groups *x, rml_error *err)
{
    const rml_clusters_plan *plan = &x->study.groups.clusters;
    const int32_t n = x->build.n_patients, n_features = x->build.frame.n_features;
    const size_t cells = (size_t)n * (size_t)n_features + 1;
    rml_groups_matrix *m = &x->matrix;
    double *all = calloc(cells, sizeof *all), *kept = malloc(cells * sizeof *kept);
    rml_status status = RML_OK;

    m->patient = calloc((size_t)n + 1, sizeof *m->patient);
    m->feature = calloc((size_t)n_features + 1, sizeof *m->feature);
    m->offset = calloc((size_t)n_features + 1, sizeof *m->offset);
    m->scale = calloc((size_t)n_features + 1, sizeof *m->scale);
    m->z = malloc(cells * sizeof *m->z);
    if (!all || !kept || !m->patient || !m->feature || !m->offset || !m->scale || !m->z) status = no_memory(err);
    for (int32_t j = 0; status == RML_OK && j < n_features; ++j) rml_groups_feature(x, j, all + (int64_t)j * n);
    if (status == RML_OK) list_whole(x, all, m);
    if (status == RML_OK && m->n_train <= 2 * plan->k[plan->n_k - 1])
        status = rml_fail(err, RML_ESETTING,
                          "%s: clusters: %d training patients have a value of every feature; %d clusters ask for more "
                          "than %d. \"features: {match: [...]}\" would leave out features that many lack",
                          x->study.path, m->n_train, plan->k[plan->n_k - 1], 2 * plan->k[plan->n_k - 1]);
    if (status == RML_OK && standardise(all, kept, n, n_features, m) != RML_OK) status = no_memory(err);
    if (status == RML_OK && m->p == 0)
        status = rml_fail(err, RML_ESETTING, "%s: clusters: no feature has any spread in the training patients",
                          x->study.path);
    free(all);
    free(kept);
    return status;
}

/* 2. Divisions ----------------------------------------------------------------------------------------------------- */

rml_status rml_groups_kmeans(rml_groups *x, rml_error *err)
{
    const rml_clusters_plan *plan = &x->study.groups.clusters;
    const rml_groups_matrix *m = &x->matrix;
    rml_status status = RML_OK;

    for (int32_t d = 0; status == RML_OK && d < plan->n_k; ++d) {
        rml_groups_division *out = x->division + d;
        rml_kmeans result;

        *out = (rml_groups_division){.k = plan->k[d],
                                     .consensus = {NAN, NAN, NAN},
                                     .label = malloc((size_t)m->n_train * sizeof *out->label),
                                     .centre = malloc((size_t)plan->k[d] * (size_t)m->p * sizeof *out->centre)};
        if (!out->label || !out->centre) return no_memory(err);
        status = rml_kmeans_fit(m->z, m->n_train, m->p, out->k, plan->starts, plan->seed, (uint64_t)out->k << 40,
                                out->centre, out->label, &result);
        if (status != RML_OK)
            rml_fail(err, status, "%s: clusters: %d clusters: %s", x->study.path, out->k, rml_status_name(status));
    }
    return status;
}

/* Means of the training patients, and how tight the clusters are. */
static rml_status judge(const rml_groups_matrix *m, rml_groups_division *d)
{
    int32_t size[RML_CLUSTERS_MOST] = {0};
    rml_status status;

    free(d->centre);
    d->centre = calloc((size_t)d->k * (size_t)m->p, sizeof *d->centre);
    if (!d->centre) return RML_ENOMEM;
    for (int32_t i = 0; i < m->n_train; ++i) {
        ++size[d->label[i]];
        for (int32_t j = 0; j < m->p; ++j) d->centre[(int64_t)d->label[i] * m->p + j] += m->z[(int64_t)i * m->p + j];
    }
    d->smallest = m->n_train;
    for (int32_t c = 0; c < d->k; ++c)
        if (size[c] < d->smallest) d->smallest = size[c];
    for (int32_t c = 0; c < d->k; ++c)
        for (int32_t j = 0; j < m->p && size[c] > 0; ++j) d->centre[(int64_t)c * m->p + j] /= size[c];
    d->within = 0.0;
    for (int32_t i = 0; i < m->n_train; ++i)
        for (int32_t j = 0; j < m->p; ++j) {
            const double off = m->z[(int64_t)i * m->p + j] - d->centre[(int64_t)d->label[i] * m->p + j];

            d->within += off * off;
        }
    status = rml_kmeans_silhouette(m->z, m->n_train, m->p, d->label, d->k, &d->silhouette);
    return status == RML_EEMPTY ? RML_OK : status;
}

int32_t rml_groups_least(const rml_groups *x, int32_t n)
{
    const int32_t least = x->study.groups.clusters.least, part = (n + 19) / 20;

    return least > 0 ? least : part > 3 ? part : 3;
}

/* Of consensus the fewest ambiguous pairs among those that are ever together: among all pairs they grow fewer with
 * every cluster more, be there any or none. Where they are most of these whatever k, the fewest clusters. Of equals and
 * of k-means the largest silhouette. Before that, a division without a cluster of a few outliers. b has fewer clusters.
 */
static bool is_better(const rml_groups *x, const rml_groups_division *a, const rml_groups_division *b)
{
    const int32_t least = rml_groups_least(x, x->matrix.n_train);
    const double of_a = a->consensus.pac_of_joined, of_b = b->consensus.pac_of_joined;

    if ((a->smallest >= least) != (b->smallest >= least)) return a->smallest >= least;
    if (x->study.groups.clusters.method == RML_CLUSTERS_CONSENSUS) {
        if (!(of_a < RML_GROUPS_AMBIGUOUS)) return false; /* NaN, too: no two patients are together often */
        if (!(fabs(of_a - of_b) <= 1e-12)) return !(of_a > of_b);
    }
    return a->silhouette > b->silhouette + 1e-12;
}

static int32_t choose(const rml_groups *x)
{
    int32_t best = 0;

    for (int32_t d = 1; d < x->study.groups.clusters.n_k; ++d)
        if (is_better(x, x->division + d, x->division + best)) best = d;
    return best;
}

/* 3. Everyone's cluster -------------------------------------------------------------------------------------------- */

/* By what the clusters were made of: distance, or correlation; -1 where it has none. */
static int32_t nearest(const rml_groups *x, const rml_groups_division *d, const double *row)
{
    const int32_t p = x->matrix.p;
    double most = -INFINITY;
    int32_t at = -1;

    if (x->study.groups.clusters.inner != RML_INNER_PEARSON) return rml_kmeans_nearest(row, p, d->centre, d->k);
    for (int32_t c = 0; c < d->k; ++c) {
        double r;

        if (rml_correlation_pearson(row, d->centre + (int64_t)c * p, p, &r) == RML_OK && r > most) {
            most = r;
            at = c;
        }
    }
    return at;
}

static rml_status fill_columns(const rml_groups *x, rml_groups_column *columns, int32_t n_columns, rml_error *err)
{
    static const char *const names[RML_CLUSTERS_MOST] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"};
    const int32_t n = x->build.n_patients;
    const char **text = calloc((size_t)n + 1, sizeof *text);
    rml_status status = text ? RML_OK : no_memory(err);

    for (int32_t p = 0; status == RML_OK && p < n; ++p) text[p] = x->cluster[p] < 0 ? "" : names[x->cluster[p]];
    for (int32_t k = 0; status == RML_OK && k < n_columns; ++k)
        if (strcmp(columns[k].name, "cluster") == 0) status = rml_build_encode(n, text, &columns[k].codes, err);
    free(text);
    return status;
}

rml_status rml_groups_assign(rml_groups *x, rml_error *err)
{
    const rml_groups_matrix *m = &x->matrix;
    const int32_t n = x->build.n_patients;
    const rml_groups_division *d;
    rml_status status = RML_OK;

    for (int32_t k = 0; status == RML_OK && k < x->study.groups.clusters.n_k; ++k) status = judge(m, x->division + k);
    x->cluster = calloc((size_t)n + 1, sizeof *x->cluster);
    x->nearest = calloc((size_t)n + 1, sizeof *x->nearest);
    if (status != RML_OK || !x->cluster || !x->nearest) return no_memory(err);
    x->chosen = choose(x);
    d = x->division + x->chosen;
    for (int32_t p = 0; p < n; ++p) x->cluster[p] = x->nearest[p] = -1;
    for (int32_t i = 0; i < m->n; ++i) {
        const int32_t at = nearest(x, d, m->z + (int64_t)i * m->p);

        x->nearest[m->patient[i]] = at;
        x->cluster[m->patient[i]] = i < m->n_train ? d->label[i] : at;
    }
    status = fill_columns(x, x->by, x->n_by, err);
    if (status == RML_OK) status = fill_columns(x, x->describe, x->n_describe, err);
    if (status == RML_OK && x->build.event) status = rml_groups_follow(x, err);
    return status;
}
