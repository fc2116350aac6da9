/* Rows of one pair of files are one task: their voxels are read once. */
#include "jobs/cohort_build.h"

#include <stdlib.h>
#include <string.h>

static int by_files(const void *a, const void *b, void *context)
{
    const rml_cohort *cohort = context;
    const rml_manifest *m = &cohort->manifest;
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const int32_t columns[3] = {m->image, m->mask, m->label_channel};

    for (int c = 0; c < 3; ++c) {
        const int order = strcmp(rml_cohort_cell(cohort, i, columns[c]), rml_cohort_cell(cohort, j, columns[c]));

        if (order) return order;
    }
    return (i > j) - (i < j);
}

static bool same_files(const rml_cohort *cohort, int64_t i, int64_t j)
{
    const rml_manifest *m = &cohort->manifest;

    return strcmp(rml_cohort_cell(cohort, i, m->image), rml_cohort_cell(cohort, j, m->image)) == 0 &&
           strcmp(rml_cohort_cell(cohort, i, m->mask), rml_cohort_cell(cohort, j, m->mask)) == 0 &&
           strcmp(rml_cohort_cell(cohort, i, m->label_channel), rml_cohort_cell(cohort, j, m->label_channel)) == 0;
}

void rml_tasks_free(rml_tasks *tasks)
{
    free(tasks->first);
    free(tasks->row);
    free(tasks->key);
    free(tasks->task);
    *tasks = (rml_tasks){0};
}

rml_status rml_cohort_tasks(const rml_cohort *cohort, const bool *pending, rml_tasks *tasks, rml_error *err)
{
    int64_t n = 0, t = 0;

    *tasks = (rml_tasks){0};
    for (int64_t r = 0; r < cohort->n_rows; ++r) n += pending[r];
    tasks->row = malloc(((size_t)n + 1) * sizeof *tasks->row);
    tasks->key = malloc(((size_t)n + 1) * sizeof *tasks->key);
    tasks->first = malloc(((size_t)n + 1) * sizeof *tasks->first);
    tasks->task = calloc((size_t)n + 1, sizeof *tasks->task);
    if (!tasks->row || !tasks->key || !tasks->first || !tasks->task) {
        rml_tasks_free(tasks);
        return rml_fail(err, RML_ENOMEM, "no memory for %lld tasks", (long long)n);
    }
    for (int64_t r = 0, i = 0; r < cohort->n_rows; ++r)
        if (pending[r]) tasks->row[i++] = r;
    qsort_r(tasks->row, (size_t)n, sizeof *tasks->row, by_files, (void *)(uintptr_t)cohort);
    for (int64_t i = 0; i < n; ++t) {
        rml_farm_task *task = &tasks->task[t];
        const int64_t row = tasks->row[i];

        tasks->first[t] = i;
        task->keys = &tasks->key[i];
        task->cost = cohort->cost[row];
        task->memory_bytes = cohort->memory[row];
        for (; i < n && same_files(cohort, row, tasks->row[i]); ++i) {
            tasks->key[i] = cohort->key[tasks->row[i]];
            ++task->n_units;
        }
    }
    tasks->n = t;
    tasks->first[t] = n;
    return RML_OK;
}

rml_status rml_cohort_number_tasks(const rml_cohort *cohort, int64_t *number, rml_error *err)
{
    bool *computed = malloc((size_t)cohort->n_rows + 1);
    rml_tasks tasks = {0};
    rml_status status = computed ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for a list of rows");

    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        number[r] = 0;
        if (computed) computed[r] = cohort->twin[r] < 0;
    }
    if (status == RML_OK) status = rml_cohort_tasks(cohort, computed, &tasks, err);
    for (int64_t t = 0; t < tasks.n; ++t)
        for (int64_t i = tasks.first[t]; i < tasks.first[t + 1]; ++i) number[tasks.row[i]] = t + 1;
    rml_tasks_free(&tasks);
    free(computed);
    return status;
}
