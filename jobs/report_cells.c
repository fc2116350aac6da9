/* What was read, by name: cells, lines of the study, pipelines, fits. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/h5_tree.h"
#include "jobs/report.h"

const char *rml_report_cell(const rml_report_input *in, rml_report_table table, int64_t row, const char *column)
{
    const rml_table *t = &in->table[table];
    const int32_t c = in->there[table] ? rml_table_column(t, column) : -1;

    return c >= 0 && row >= 0 && row < t->n_rows ? t->cell[row * t->n_columns + c] : "";
}

double rml_report_number(const rml_report_input *in, rml_report_table table, int64_t row, const char *column)
{
    double value = NAN;

    return rml_text_number(rml_report_cell(in, table, row, column), &value) ? value : NAN;
}

char *rml_report_study(const rml_report_input *in, const char *word, int32_t n)
{
    const size_t length = strlen(word);

    for (const char *line = in->study; line && *line;) {
        const size_t end = strcspn(line, "\n");

        if (strncmp(line, word, length) == 0 && line[length] == ':' && n-- == 0) {
            const size_t skip = length + 1 + (line[length + 1] == ' ');

            return strndup(line + skip, end > skip ? end - skip : 0);
        }
        line += end + (line[end] == '\n');
    }
    return NULL;
}

int64_t rml_report_events(const rml_report_input *in, const char *centre)
{
    const double *event = in->event ? in->event : in->two_classes ? in->y : NULL;
    int64_t n = 0;

    if (!event) return -1;
    for (int64_t p = 0; p < in->patient.n; ++p)
        n += event[p] > 0.0 && (!centre || strcmp(in->centre.text[p], centre) == 0);
    return n;
}

rml_report_class_list rml_report_class_names(const rml_report_input *in)
{
    static const char prefix[] = "score_";
    const rml_table *t = &in->table[RML_REPORT_PREDICTIONS];
    rml_report_class_list list = {.y = rml_table_column(t, "y")};

    for (int32_t c = 0; list.y >= 0 && !in->two_classes && c < t->n_columns; ++c) {
        if (strncmp(t->header[c], prefix, sizeof prefix - 1) != 0 || list.n_all++ >= RML_REPORT_CLASSES) continue;
        list.score[list.n] = c;
        list.name[list.n++] = t->header[c] + sizeof prefix - 1;
    }
    return list;
}

rml_report_sizes rml_report_class_sizes(const rml_report_input *in)
{
    const rml_table *t = &in->table[RML_REPORT_PREDICTIONS];
    const rml_report_class_list list = rml_report_class_names(in);
    rml_report_sizes sizes = {.least = INT64_MAX};
    bool *seen = list.n == list.n_all ? calloc((size_t)in->patient.n + 1, sizeof *seen) : NULL;

    if (!seen) return sizes;
    sizes.n = list.n;
    memcpy(sizes.name, list.name, sizeof sizes.name);
    for (int64_t k = 0; sizes.n > 0 && k < in->n_said; ++k) {
        if (seen[in->said[k].patient]) continue;
        seen[in->said[k].patient] = true;
        for (int32_t c = 0; c < sizes.n; ++c)
            sizes.n_patients[c] += strcmp(sizes.name[c], t->cell[k * t->n_columns + list.y]) == 0;
    }
    for (int32_t c = 0; c < sizes.n; ++c)
        if (sizes.n_patients[c] < sizes.least) sizes.least = sizes.n_patients[c];
    free(seen);
    return sizes;
}

const char *rml_report_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool rml_report_centres(const rml_report_input *in)
{
    for (int64_t p = 1; p < in->centre.n; ++p)
        if (strcmp(in->centre.text[p], in->centre.text[0]) != 0) return true;
    return false;
}

bool rml_report_of_pairs(const rml_report_input *in)
{
    return strcmp(in->metric, "auc") == 0 || strcmp(in->metric, "c-index") == 0;
}

char *rml_report_time_unit(const rml_report_input *in)
{
    char *outcome = rml_report_study(in, "outcome", 0); /* "months, the time to dead" */
    const char *told = rml_report_about(in, "time", 0);
    char *unit =
        outcome && in->event ? strndup(outcome, strcspn(outcome, ",")) : strdup(*told ? told : "in the study’s unit");

    free(outcome);
    return unit;
}

bool rml_report_single(const rml_report_input *in)
{
    char *split = rml_report_study(in, "split", 0);
    const bool single = split && strncmp(split, "held out:", 9) == 0;

    free(split);
    return single;
}

void rml_report_limits(const rml_report_input *in, int64_t row, double *low, double *high)
{
    const char *const before[] = {in->metric, "delong", "jackknife"};
    const int32_t n = rml_report_single(in) ? 3 : 1;

    *low = *high = NAN;
    for (int32_t k = 0; k < n && isnan(*low); ++k) {
        char name[2][96];

        snprintf(name[0], sizeof name[0], "%.60s_low", before[k]);
        snprintf(name[1], sizeof name[1], "%.60s_high", before[k]);
        *low = rml_report_number(in, RML_REPORT_BOARD, row, name[0]);
        *high = rml_report_number(in, RML_REPORT_BOARD, row, name[1]);
    }
}

bool rml_report_constant(const rml_report_input *in, int64_t row, FILE *out)
{
    const double none = rml_report_number(in, RML_REPORT_BOARD, row, "kept_none");
    const double zero =
        fmax(rml_report_number(in, RML_REPORT_BOARD, row, "coefficients_zero"), 0.0); /* NaN: not said */
    const double failed = rml_report_number(in, RML_REPORT_BOARD, row, "failed");
    double low, high;

    if (!(none > 0.0)) return false;
    if (!out) return true;
    if (none > zero)
        fprintf(out, "in %.0f of %d training parts the selection kept no feature", none - zero, in->n_splits);
    if (zero > 0.0)
        fprintf(out, "%s %.0f of %d training parts all coefficients are 0", none > zero ? ", and in" : "in", zero,
                in->n_splits);
    fputs("; the model there says the same of every patient.", out);
    rml_report_limits(in, row, &low, &high);
    if (none + failed >= in->n_splits && isnan(low))
        fputs(" So it is in every fit: there is no interval and no p.", out);
    return true;
}

bool rml_report_sparse(const rml_report_input *in)
{
    const rml_table *t = &in->table[RML_REPORT_FEATURES];
    bool sparse = false;

    for (int32_t c = 0; in->there[RML_REPORT_FEATURES] && c < t->n_columns; ++c)
        sparse |= strncmp(t->header[c], "nonzero_", 8) == 0;
    return sparse;
}

int32_t rml_report_pipeline(const rml_report_input *in, const char *name)
{
    for (int64_t r = 0; r < in->table[RML_REPORT_BOARD].n_rows; ++r)
        if (strcmp(rml_report_cell(in, RML_REPORT_BOARD, r, "pipeline"), name) == 0) return (int32_t)r;
    return -1;
}

bool rml_report_fit(const rml_report_input *in, const char *pipeline, const char *split, char *select, char *model)
{
    for (const char *slash = strchr(pipeline, '/'); slash; slash = strchr(slash + 1, '/')) { /* names may hold some */
        char first[512], of_select[256], of_model[256];

        snprintf(first, sizeof first, "%.*s", (int)(slash - pipeline), pipeline);
        rml_h5_tree_name(first, of_select);
        rml_h5_tree_name(slash + 1, of_model);
        snprintf(select, 2048, split ? "/fits/%s/%s" : "/final/%s", of_select, split);
        if (!rml_h5_file_has(in->h5, select)) continue;
        if (!model) return true;
        snprintf(model, 2048, "%.1500s/models/%s", select, of_model);
        if (rml_h5_file_has(in->h5, model)) return true;
    }
    return false;
}

char *rml_report_selection(const rml_report_input *in)
{
    const cJSON *pipeline = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "pipeline") : NULL;
    const rml_table *t = &in->table[RML_REPORT_FEATURES];

    for (int32_t c = 0; in->there[RML_REPORT_FEATURES] && c < t->n_columns; ++c) {
        const char *name = t->header[c];
        const size_t n = strlen(name);

        if (strncmp(name, "kept_", 5) != 0) continue;
        if (!pipeline || !cJSON_IsString(pipeline) ||
            (strncmp(pipeline->valuestring, name + 5, n - 5) == 0 && pipeline->valuestring[n - 5] == '/'))
            return strdup(name + 5);
    }
    return NULL;
}

int32_t rml_report_repeats(const rml_report_input *in)
{
    int32_t n = 0;

    for (int32_t s = 0; s < in->n_splits; ++s) {
        bool seen = false;

        for (int32_t t = 0; t < s; ++t) seen |= strcmp(in->split[t].repeat, in->split[s].repeat) == 0;
        n += !seen;
    }
    return n;
}
