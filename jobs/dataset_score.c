/* A sweep's held-out scores as one more clinical column.
 *
 * The mean is of probabilities, since "chosen" may be a model of another kind in another fold, whose decisions have
 * another scale; its log-odds are told, so that a hazard ratio is of one unit of what models add up. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"
#include "jobs/patients.h"

typedef struct rml_held_out { /* predictions.csv, and where what is read stands */
    rml_table table;
    int32_t pipeline, id, probability;
} rml_held_out;

static rml_status read_held_out(const rml_study *s, const char *path, rml_held_out *h, rml_error *err)
{
    rml_status status = rml_table_read(path, &h->table, err);

    if (status == RML_EMISSING)
        return rml_fail(err, RML_ESETTING,
                        "%s: score: there is no %s; the folder that `radmill sweep` wrote, of one outcome of two "
                        "classes, was expected (run it first)",
                        s->path, path);
    if (status != RML_OK) return status;
    h->pipeline = rml_table_column(&h->table, "pipeline");
    h->id = rml_table_column(&h->table, "id");
    h->probability = rml_table_column(&h->table, "probability");
    if (h->pipeline >= 0 && h->id >= 0 && h->probability >= 0) return RML_OK;
    if (rml_table_column(&h->table, "time") >= 0)
        return rml_fail(
            err, RML_ESETTING,
            "%s: score: %s is of a time to an event; its held-out scores were learned from such times, and a "
            "test of them takes permutations of the whole sweep: survival_tests.csv beside it has those",
            s->path, path);
    return rml_fail(
        err, RML_ESETTING,
        "%s: score: %s has no columns pipeline, id and probability; a sweep of an outcome of two classes was "
        "expected",
        s->path, path);
}

/* The mean held-out probability of each patient of the clinical file; NaN of who has none. named: its rows, sorted */
static rml_status mean_probabilities(const rml_study *s, const rml_held_out *h, const rml_named *named, int64_t n,
                                     double *mean, int32_t *count, rml_error *err)
{
    const rml_table *t = &h->table;

    for (int64_t r = 0; r < t->n_rows; ++r) {
        const char *const *cell = t->cell + r * t->n_columns;
        const int64_t at = rml_named_find(named, n, cell[h->id]);
        double p;

        if (strcmp(cell[h->pipeline], "chosen") != 0 || at == n) continue;
        if (!rml_text_number(cell[h->probability], &p) || !(p >= 0.0 && p <= 1.0))
            return rml_fail(err, RML_ESETTING,
                            "%s: score: line %lld of %s/predictions.csv: probability \"%s\"; a number "
                            "from 0 to 1 was expected",
                            s->path, (long long)t->line[r], s->survive.score_sweep, cell[h->probability]);
        mean[named[at].place] += p;
        ++count[named[at].place];
    }
    for (int64_t r = 0; r < n; ++r) {
        mean[r] = count[r] > 0 ? mean[r] / count[r] : NAN;
        if (mean[r] == 0.0 || mean[r] == 1.0)
            return rml_fail(err, RML_ESETTING,
                            "%s: score: %s/predictions.csv: a patient's held-out probability is %g in "
                            "every repeat, whose log-odds are infinite",
                            s->path, s->survive.score_sweep, mean[r]);
    }
    return RML_OK;
}

static rml_status add_score(rml_build *b, const rml_held_out *h, rml_error *err)
{
    const rml_study *s = b->study;
    const int64_t n = b->clinical.n_rows;
    const int32_t by = rml_frame_column(&b->clinical, s->clinical_by);
    rml_named *named = malloc(((size_t)n + 1) * sizeof *named);
    double *value = calloc((size_t)n + 1, sizeof *value);
    int32_t *count = calloc((size_t)n + 1, sizeof *count);
    rml_status status = RML_OK;

    if (!named || !value || !count)
        status = rml_build_no_memory(err);
    else if (by < 0)
        status =
            rml_fail(err, RML_ESETTING, "%s: clinical: %s has no column \"%s\"", s->path, s->clinical, s->clinical_by);
    if (status == RML_OK) {
        for (int64_t r = 0; r < n; ++r) named[r] = (rml_named){rml_frame_cell(&b->clinical, r, by), r};
        rml_named_sort(named, n);
        status = mean_probabilities(s, h, named, n, value, count, err);
    }
    if (status == RML_OK) {
        for (int64_t r = 0; r < n; ++r) value[r] = log(value[r] / (1.0 - value[r]));
        status = rml_frame_add(&b->clinical, s->survive.score_name, value, err);
    }
    free(named);
    free(value);
    free(count);
    return status;
}

rml_status rml_build_score(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    rml_held_out h = {0};
    char *folder, *path = NULL;
    rml_status status;

    if (rml_frame_column(&b->clinical, s->survive.score_name) >= 0 ||
        rml_frame_column(&b->frame, s->survive.score_name) >= 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: score: name: %s or the table has a column \"%s\" already; another name was "
                        "expected",
                        s->path, s->clinical, s->survive.score_name);
    folder = rml_study_path(s, s->survive.score_sweep);
    if (!folder || asprintf(&path, "%s/predictions.csv", folder) < 0) path = NULL;
    status = path ? read_held_out(s, path, &h, err) : rml_build_no_memory(err);
    if (status == RML_OK) status = add_score(b, &h, err);
    rml_table_free(&h.table);
    free(folder);
    free(path);
    return status;
}
