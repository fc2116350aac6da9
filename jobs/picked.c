#include "jobs/picked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/inputs.h"
#include "jobs/listing.h"
#include "jobs/nearest.h"
#include "jobs/verbs.h"

static error_t add_pattern(rml_picked *picked, const char *argument, struct argp_state *state)
{
    const char **grown = realloc(picked->pattern, ((size_t)picked->n_patterns + 1) * sizeof *grown);

    if (!grown) return rml_options_refuse(state, "no memory");
    picked->pattern = grown;
    picked->pattern[picked->n_patterns++] = argument;
    return 0;
}

error_t rml_picked_option(rml_picked *picked, int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case RML_PICKED_ROWS_KEY: return rml_options_condition(&picked->condition, &picked->n_conditions, argument, state);
    case RML_PICKED_MATCH_KEY: return add_pattern(picked, argument, state);
    case ARGP_KEY_ARG:
        if (picked->table)
            return rml_options_refuse(state, "one table was expected, but %s follows %s", argument, picked->table);
        picked->table = argument;
        return 0;
    case ARGP_KEY_END:
        if (!picked->table) return rml_options_refuse(state, "which table? An h5ad file or a CSV was expected");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

rml_status rml_picked_column(const rml_picked *picked, const char *option, const char *name, int32_t *column,
                             rml_error *err)
{
    const char *near = NULL;

    *column = rml_frame_column(&picked->frame, name);
    if (*column >= 0) return RML_OK;
    near = rml_nearest(name, picked->frame.name, picked->frame.n_columns);
    return rml_fail(err, RML_ESETTING, "%s: %s has no column \"%s\"%s%s%s", option, picked->table, name,
                    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

rml_status rml_picked_codes(const rml_picked *picked, const char *option, const char *name, bool needed,
                            rml_codes *codes, rml_error *err)
{
    const char **text = malloc(((size_t)picked->n_rows + 1) * sizeof *text);
    int32_t column = -1;
    rml_status status = text ? rml_picked_column(picked, option, name, &column, err)
                             : rml_fail(err, RML_ENOMEM, "no memory for %s", name);

    for (int64_t i = 0; status == RML_OK && i < picked->n_rows; ++i) {
        text[i] = rml_frame_cell(&picked->frame, picked->row[i], column);
        if (needed && rml_text_missing(text[i]))
            status =
                rml_fail(err, RML_ESETTING, "%s %s %lld: %s is empty; a value was expected in every row that is used",
                         picked->table, picked->frame.line ? "line" : "row", rml_picked_number(picked, i), name);
    }
    if (status == RML_OK) status = rml_build_encode((int32_t)picked->n_rows, text, codes, err);
    free(text);
    return status;
}

/* What was asked for, and of one condition what there is. column: [n_conditions] */
static rml_status say_no_row(const rml_picked *picked, const int32_t *column, rml_error *err)
{
    rml_listing asked = {0}, there = {0};
    rml_codes codes = {0};
    const char **text = malloc(((size_t)picked->frame.n_rows + 1) * sizeof *text);

    for (int32_t c = 0; c < picked->n_conditions; ++c) {
        char condition[120];

        snprintf(condition, sizeof condition, "%.50s = %.50s", picked->condition[c].column, picked->condition[c].value);
        rml_listing_add(&asked, condition, " and ");
    }
    for (int64_t r = 0; text && picked->n_conditions == 1 && r < picked->frame.n_rows; ++r)
        text[r] = rml_frame_cell(&picked->frame, r, column[0]);
    if (text && picked->n_conditions == 1 &&
        rml_build_encode((int32_t)picked->frame.n_rows, text, &codes, NULL) == RML_OK)
        for (int32_t l = 0; l < codes.n_levels; ++l) rml_listing_add(&there, codes.level[l], ", ");
    free(text);
    rml_build_codes_free(&codes);
    if (asked.n == 0) return rml_fail(err, RML_ESETTING, "%s: no row; at least one was expected", picked->table);
    return rml_fail(err, RML_ESETTING, "%s: none of %lld rows has %s, as --rows asks%s%s", picked->table,
                    (long long)picked->frame.n_rows, asked.text, there.n > 0 ? "; its values are " : "", there.text);
}

static rml_status pick_rows(rml_picked *picked, rml_error *err)
{
    int32_t *column = malloc(((size_t)picked->n_conditions + 1) * sizeof *column);
    rml_status status = RML_OK;

    picked->row = malloc(((size_t)picked->frame.n_rows + 1) * sizeof *picked->row);
    if (!column || !picked->row) status = rml_fail(err, RML_ENOMEM, "%s: no memory for its rows", picked->table);
    for (int32_t c = 0; status == RML_OK && c < picked->n_conditions; ++c)
        status = rml_picked_column(picked, "--rows", picked->condition[c].column, &column[c], err);
    for (int64_t r = 0; status == RML_OK && r < picked->frame.n_rows; ++r) {
        bool meets = true;

        for (int32_t c = 0; c < picked->n_conditions; ++c)
            meets &= rml_text_same(rml_frame_cell(&picked->frame, r, column[c]), picked->condition[c].value);
        if (meets) picked->row[picked->n_rows++] = r;
    }
    if (status == RML_OK && picked->n_rows == 0) status = say_no_row(picked, column, err);
    free(column);
    return status;
}

rml_status rml_picked_read(rml_picked *picked, const char *const *never, int32_t n_never, rml_error *err)
{
    const size_t n = (size_t)n_never + (size_t)picked->n_conditions;
    const char **all = malloc((n + 1) * sizeof *all);
    rml_status status = all ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for %s", picked->table);

    for (int32_t i = 0; all && i < n_never; ++i) all[i] = never[i];
    for (int32_t c = 0; all && c < picked->n_conditions; ++c) all[n_never + c] = picked->condition[c].column;
    if (status == RML_OK)
        status =
            rml_frame_read(picked->table, picked->pattern, picked->n_patterns, all, (int32_t)n, &picked->frame, err);
    if (status == RML_OK && picked->frame.n_features == 0)
        status =
            rml_fail(err, RML_ESETTING,
                     "which columns of %s are features? --match PATTERN was expected, such as --match \"original_*\"",
                     picked->table);
    if (status == RML_OK) status = pick_rows(picked, err);
    free(all);
    return status;
}

void rml_picked_free(rml_picked *picked)
{
    if (!picked) return;
    rml_frame_free(&picked->frame);
    free(picked->condition);
    free(picked->pattern);
    free(picked->row);
    *picked = (rml_picked){0};
}

long long rml_picked_number(const rml_picked *picked, int64_t i)
{
    return (long long)(picked->frame.line ? picked->frame.line[picked->row[i]] : picked->row[i] + 1);
}

rml_status rml_picked_output(const rml_picked *picked, const char *option, const char *out, rml_error *err)
{
    return rml_inputs_spare(option, NULL, out, &picked->table, 1, err);
}

int rml_picked_exit_status(rml_status status)
{
    return status == RML_ENOMEM || status == RML_EIO ? RML_EXIT_CANNOT : RML_EXIT_USAGE;
}
