/* The named columns against every feature and every described column of numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "kernels/stats/adjust.h"

/* Over the patients who have both; a, b: [n_patients] room. */
static rml_status correlate(const double *x, const double *y, int32_t n, double *a, double *b, rml_groups_pair *pair)
{
    static const rml_correlation_test none = {NAN, NAN, NAN, NAN, NAN, NAN, false};
    rml_status one, two, three;

    pair->n = 0;
    for (int32_t i = 0; i < n; ++i) {
        if (isnan(x[i]) || isnan(y[i])) continue;
        a[pair->n] = x[i];
        b[pair->n++] = y[i];
    }
    pair->pearson = pair->spearman = pair->kendall = none;
    one = rml_correlation_pearson_test(a, b, pair->n, 0.95, &pair->pearson);
    two = rml_correlation_spearman_test(a, b, pair->n, RML_FORM_DEFAULT, false, &pair->spearman);
    three = rml_correlation_kendall_test(a, b, pair->n, RML_FORM_DEFAULT, false, &pair->kendall);
    return one == RML_ENOMEM || two == RML_ENOMEM || three == RML_ENOMEM ? RML_ENOMEM : RML_OK;
}

/* What is circular is no test among the others: p of 0 would make theirs look smaller. */
static double in_family(const rml_groups_pair *pair, double p)
{
    return pair->circular ? NAN : p;
}

static rml_status adjust(rml_groups_pair *pair, int32_t n, double *p)
{
    rml_status status = RML_OK;

    for (int32_t j = 0; j < n; ++j) p[j] = in_family(pair + j, pair[j].pearson.p);
    status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int32_t j = 0; j < n; ++j) pair[j].pearson_bh = p[j], p[j] = in_family(pair + j, pair[j].spearman.p);
    if (status == RML_OK) status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int32_t j = 0; j < n; ++j) pair[j].spearman_bh = p[j], p[j] = in_family(pair + j, pair[j].kendall.p);
    if (status == RML_OK) status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int32_t j = 0; j < n; ++j) pair[j].kendall_bh = p[j];
    return status;
}

static bool is_feature(const rml_frame *frame, const char *name)
{
    for (int32_t j = 0; j < frame->n_features; ++j)
        if (strcmp(frame->feature[j], name) == 0) return true;
    return false;
}

/* A column is not correlated with itself, and a feature that is described as well counts once: their places stay
 * without a name, and without a p. */
static rml_status correlate_one(rml_groups *x, int32_t k, double *room, bool *made)
{
    const int32_t n = x->build.n_patients, n_features = x->build.frame.n_features;
    const rml_groups_column *of = x->of + k;
    rml_groups_pair *pair = x->pair + (int64_t)k * x->n_with;
    double *a = room, *b = room + n, *feature = room + 2 * (int64_t)n;
    bool *with = made + n_features;
    rml_status status = RML_OK;

    rml_groups_made_of(x, of->name, made);
    for (int32_t j = 0; status == RML_OK && j < x->n_with; ++j) {
        const rml_groups_column *column = j < n_features ? NULL : x->describe + (j - n_features);
        const char *name = column ? column->name : x->build.frame.feature[j];

        pair[j] = (rml_groups_pair){.pearson.p = NAN, .spearman.p = NAN, .kendall.p = NAN};
        if (strcmp(name, of->name) == 0 || (column && !column->value)) continue;
        if (column && is_feature(&x->build.frame, name)) continue;
        pair[j].with = name;
        if (column) rml_groups_made_of(x, name, with);
        pair[j].circular = column ? rml_groups_circular(made, with, n_features) : made[j];
        if (!column) rml_groups_feature(x, j, feature);
        status = correlate(of->value, column ? column->value : feature, n, a, b, &pair[j]);
    }
    return status;
}

rml_status rml_groups_correlate(rml_groups *x, rml_error *err)
{
    bool *made = malloc(2 * ((size_t)x->build.frame.n_features + 1) * sizeof *made);
    double *room, *p;
    rml_status status = RML_OK;

    x->n_with = x->build.frame.n_features + x->n_describe;
    x->pair = malloc(((size_t)x->n_of * (size_t)x->n_with + 1) * sizeof *x->pair);
    room = malloc(3 * ((size_t)x->build.n_patients + 1) * sizeof *room);
    p = malloc(((size_t)x->n_with + 1) * sizeof *p);
    if (!x->pair || !made || !room || !p) status = RML_ENOMEM;
    for (int32_t k = 0; status == RML_OK && k < x->n_of; ++k) {
        status = correlate_one(x, k, room, made);
        if (status == RML_OK) status = adjust(x->pair + (int64_t)k * x->n_with, x->n_with, p);
    }
    free(made);
    free(room);
    free(p);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the correlations");
}
