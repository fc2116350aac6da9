/* The columns that a study names for its groups, as numbers or as categories. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "jobs/nearest.h"
#include "kernels/prepare/sorted.h"

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the columns of the groups");
}

void rml_groups_feature(const rml_groups *x, int32_t feature, double *value)
{
    const rml_build *b = &x->build;
    const double *column = b->frame.x + (int64_t)feature * b->frame.n_rows;

    for (int32_t p = 0; p < b->n_patients; ++p) {
        double sum = 0.0;

        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) sum += column[b->row[i]];
        value[p] = sum / (b->first_row[p + 1] - b->first_row[p]);
    }
}

static int32_t find_feature(const rml_frame *frame, const char *name)
{
    for (int32_t j = 0; j < frame->n_features; ++j)
        if (strcmp(frame->feature[j], name) == 0) return j;
    return -1;
}

/* Numbers where every cell that says something is one. */
static void take_numbers(const rml_build *b, const char *const *text, rml_groups_column *out)
{
    for (int32_t p = 0; p < b->n_patients; ++p) {
        out->value[p] = NAN;
        if (rml_text_missing(text[p]) || rml_text_number(text[p], &out->value[p])) continue;
        free(out->value);
        out->value = NULL;
        return;
    }
}

/* Different values of a feature, counted up to one more than a category of numbers has. */
static int32_t count_values(const double *value, int32_t n, double *sorted)
{
    int32_t m = 0, n_values = 0;

    for (int32_t i = 0; i < n; ++i)
        if (!isnan(value[i])) sorted[m++] = value[i];
    rml_sort(sorted, m);
    for (int32_t i = 0; i < m && n_values <= RML_GROUPS_LEVELS; ++i) n_values += i == 0 || sorted[i] != sorted[i - 1];
    return n_values;
}

static bool is_cluster(const rml_groups *x, const char *name)
{
    return x->study.groups.clusters.n_k > 0 && name && strcmp(name, "cluster") == 0;
}

/* The column's texts, or a feature's numbers. Features keep texts NULL: they are never categories. */
static rml_status read_column(const rml_groups *x, const char *what, const char *name, rml_groups_column *out,
                              rml_error *err)
{
    const rml_build *b = &x->build;
    const int32_t n = b->n_patients, score = rml_groups_score_of(x, name);
    const char **text = malloc(((size_t)n + 1) * sizeof *text);
    double *sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    rml_place place;
    rml_status status = RML_OK;

    *out = (rml_groups_column){.name = name, .value = malloc(((size_t)n + 1) * sizeof *out->value)};
    if (!text || !sorted || !out->value) {
        status = no_memory(err);
    } else if (score >= 0) {
        for (int32_t p = 0; p < n; ++p) out->value[p] = x->score[3 * (int64_t)score * n + p];
    } else if (rml_build_column(b, name, what, &place, err) == RML_OK) {
        for (int32_t p = 0; p < n; ++p) text[p] = rml_build_cell(b, p, &place);
        take_numbers(b, text, out);
        out->category = !out->value || count_values(out->value, n, sorted) <= RML_GROUPS_LEVELS;
        if (out->category) status = rml_build_encode(n, text, &out->codes, err);
    } else {
        const int32_t feature = find_feature(&b->frame, name);
        const char *near = feature < 0 ? rml_nearest(name, b->frame.feature, b->frame.n_features) : NULL;

        if (feature >= 0)
            rml_groups_feature(x, feature, out->value);
        else if (near)
            status =
                rml_fail(err, RML_ESETTING, "%s: %s: no column and no feature is called \"%s\"; did you mean \"%s\"?",
                         x->study.path, what, name, near);
        else
            status = RML_ESETTING; /* with the sentence about columns */
    }
    free(text);
    free(sorted);
    return status;
}

static rml_status read_columns(const rml_groups *x, const char *what, const rml_texts *names,
                               rml_groups_column **columns, int32_t *n, rml_error *err)
{
    rml_status status = RML_OK;

    *columns = calloc((size_t)names->n + 1, sizeof **columns);
    if (!*columns) return no_memory(err);
    for (int32_t k = 0; status == RML_OK && k < names->n; ++k) {
        *n = k + 1;
        if (is_cluster(x, names->text[k])) /* whose values are known when the clusters are */
            (*columns)[k] = (rml_groups_column){.name = names->text[k], .category = true};
        else
            status = read_column(x, what, names->text[k], *columns + k, err);
    }
    return status;
}

static rml_status check_by(const rml_groups *x, rml_error *err)
{
    for (int32_t k = 0; k < x->n_by; ++k) {
        const rml_groups_column *c = x->by + k;

        if (is_cluster(x, c->name)) continue;
        if (!c->category)
            return rml_fail(err, RML_ESETTING,
                            "%s: by: %s has more than %d different numbers; a column of groups was expected",
                            x->study.path, c->name, RML_GROUPS_LEVELS);
        if (c->codes.n_levels < 2 || c->codes.n_levels > RML_GROUPS_MOST)
            return rml_fail(err, RML_ESETTING, "%s: by: %s makes %d groups; from 2 to %d were expected", x->study.path,
                            c->name, c->codes.n_levels, RML_GROUPS_MOST);
    }
    for (int32_t k = 0; k < x->n_describe; ++k)
        if (x->describe[k].codes.n_levels > RML_GROUPS_CATEGORIES)
            return rml_fail(err, RML_ESETTING, "%s: describe: %s has %d different texts; at most %d were expected",
                            x->study.path, x->describe[k].name, x->describe[k].codes.n_levels, RML_GROUPS_CATEGORIES);
    for (int32_t k = 0; k < x->n_of; ++k)
        if (!x->of[k].value)
            return rml_fail(err, RML_ESETTING, "%s: correlate: %s has texts that are no numbers", x->study.path,
                            x->of[k].name);
    return RML_OK;
}

/* What is made here must not hide what the files have. */
static rml_status check_names(const rml_groups *x, rml_error *err)
{
    const rml_groups_plan *plan = &x->study.groups;
    const rml_build *b = &x->build;

    for (int32_t k = -1; k < plan->n_scores; ++k) {
        const char *name = k < 0 ? "cluster" : plan->score[k].name;

        if (k < 0 && plan->clusters.n_k == 0) continue;
        if (rml_frame_column(&b->frame, name) >= 0 || (b->joined && rml_frame_column(&b->clinical, name) >= 0) ||
            find_feature(&b->frame, name) >= 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: groups: the study's files have a column \"%s\", which is the name of %s",
                            x->study.path, name, k < 0 ? "the clusters here" : "a score");
    }
    return RML_OK;
}

rml_status rml_groups_read(rml_groups *x, rml_error *err)
{
    const rml_groups_plan *plan = &x->study.groups;
    rml_status status;

    x->build.study = &x->study;
    status = rml_build_patients(&x->build, err);
    if (status == RML_OK && x->study.outcome_column && x->study.outcome == RML_OUTCOME_TIME)
        status = rml_build_outcome(&x->build, err);
    if (status == RML_OK) status = check_names(x, err);
    if (status == RML_OK) status = rml_groups_scores(x, err);
    if (status == RML_OK) status = read_columns(x, "by", &plan->by, &x->by, &x->n_by, err);
    if (status == RML_OK) status = read_columns(x, "describe", &plan->describe, &x->describe, &x->n_describe, err);
    if (status == RML_OK) status = read_columns(x, "correlate", &plan->correlate, &x->of, &x->n_of, err);
    if (status == RML_OK) status = check_by(x, err);
    return status;
}

static void free_columns(rml_groups_column *columns, int32_t n)
{
    for (int32_t k = 0; columns && k < n; ++k) {
        free(columns[k].value);
        rml_build_codes_free(&columns[k].codes);
    }
    free(columns);
}

void rml_groups_free(rml_groups *x)
{
    for (int32_t k = 0; x->row && k < x->n_by * x->n_describe; ++k) {
        free(x->row[k].group);
        free(x->row[k].count);
    }
    free(x->row);
    free(x->pair);
    for (int32_t k = 0; k < RML_CLUSTERS_MOST; ++k) {
        free(x->division[k].label);
        free(x->division[k].centre);
        free(x->division[k].with_own);
    }
    for (int32_t part = 0; part < RML_GROUPS_PARTS; ++part) {
        for (int32_t k = 0; k < RML_CLUSTERS_MOST; ++k) rml_km_free(&x->curves[part].km[k]);
        rml_logrank_free(&x->curves[part].logrank);
    }
    free(x->matrix.patient);
    free(x->matrix.feature);
    free(x->matrix.offset);
    free(x->matrix.scale);
    free(x->matrix.z);
    free(x->cluster);
    free(x->nearest);
    free(x->train);
    free(x->score);
    free_columns(x->by, x->n_by);
    free_columns(x->describe, x->n_describe);
    free_columns(x->of, x->n_of);
    if (x->build.study) rml_build_free(&x->build);
    rml_study_free(&x->study);
    *x = (rml_groups){0};
}
