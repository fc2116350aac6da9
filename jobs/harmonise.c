/* radmill harmonise: ComBat over all rows of a table.
 *
 * 1. Options
 * 2. Batches and covariates
 * 3. What it cannot be done on
 * 4. The table
 * 5. What was done
 * 6. The verb */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/listing.h"
#include "jobs/picked.h"
#include "jobs/verbs.h"
#include "kernels/prepare/combat.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum { HARMONISE_COVARIATES = 32 };

typedef struct rml_harmonising {
    rml_picked picked;
    const char *batch_column, *reference, *out;
    int32_t n_covariates;
    const char *covariate[HARMONISE_COVARIATES];
    rml_combat_settings settings;
    rml_codes batch;
    rml_columns covariates, x; /* owned; x: the picked rows, harmonised in place */
    rml_combat fitted;
} rml_harmonising;

enum { BATCH_KEY = 0x180, COVARIATE_KEY, REFERENCE_KEY, PRIOR_KEY, MEAN_KEY, OUT_KEY };

static const struct argp_option option_list[] = {
    {"batch", BATCH_KEY, "COLUMN", 0, "The column that names the batch, such as the centre or the scanner (required)",
     1},
    {"out", OUT_KEY, "FILE", 0,
     "A CSV of the rows with their features harmonised (required); an older FILE is replaced", 1},
    RML_PICKED_OPTIONS,
    {"covariates", COVARIATE_KEY, "COLUMN", 0,
     "A column whose effect is kept: numbers, or texts as classes; may be given several times", 3},
    {"reference", REFERENCE_KEY, "BATCH", 0, "The batch that stays as it is, and that the others are brought to", 3},
    {"prior", PRIOR_KEY, "PRIOR", 0, "Of the empirical Bayes shrinkage: parametric (default), nonparametric, none", 3},
    {"mean-only", MEAN_KEY, NULL, 0, "Shifts alone, no spreads", 3},
    {0}};

static const char doc[] =
    "Takes each batch's shift and spread out of every feature, over all rows of a table at once (ComBat)."
    "\v"
    "NOT BEFORE A SPLIT. The numbers of every row then hang on all the others, held-out ones included, and a model "
    "that is judged on them is judged too well. This is for description (a figure, a test over centres) and for use "
    "elsewhere. Inside a study \"prepare: [{combat: {batch: COLUMN}}]\" fits it to the training part of every fold.\n\n"
    "TABLE is an h5ad file or a CSV. FILE has the rows that were used with all of the table's columns of texts, and "
    "the features. Features that are constant in a batch or of which a batch says too little come back as they are and "
    "are counted; missing values stay missing. A batch needs 3 rows.\n\n"
    "One missing value changes the numbers of complete features, too: with any, the pooled variances of all features "
    "have the divisor rows - 1 where they otherwise have rows (as in sva), and the batches' priors are shared by all "
    "features. How many there are is printed; to keep complete features apart from them, --match these alone.\n\n"
    "Examples:\n"
    "  radmill harmonise features.h5ad --batch Centre --rows Timepoint=1 --out harmonised.csv\n"
    "  radmill harmonise t.csv --match \"original_*\" --batch scanner --covariates age --reference S1 --out "
    "harmonised.csv\n\n"
    "Exit status: 0 done, 2 a table that does not fit, 3 could not go on.";

static error_t take_prior(rml_harmonising *x, const char *argument, struct argp_state *state)
{
    x->settings.parametric = strcmp(argument, "nonparametric") != 0;
    x->settings.shrink = strcmp(argument, "none") != 0;
    if (x->settings.parametric && x->settings.shrink && strcmp(argument, "parametric") != 0)
        return rml_options_refuse(state, "--prior %s: parametric, nonparametric or none was expected", argument);
    return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_harmonising *x = state->input;

    switch (key) {
    case BATCH_KEY: x->batch_column = argument; return 0;
    case REFERENCE_KEY: x->reference = argument; return 0;
    case OUT_KEY: x->out = argument; return 0;
    case MEAN_KEY: x->settings.mean_only = true; return 0;
    case PRIOR_KEY: return take_prior(x, argument, state);
    case COVARIATE_KEY:
        if (x->n_covariates == HARMONISE_COVARIATES)
            return rml_options_refuse(state, "--covariates: at most %d were expected", HARMONISE_COVARIATES);
        x->covariate[x->n_covariates++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (x->picked.table && !x->batch_column) return rml_options_refuse(state, "--batch COLUMN is missing");
        if (x->picked.table && !x->out) return rml_options_refuse(state, "--out FILE is missing");
        return rml_picked_option(&x->picked, key, argument, state);
    default: return rml_picked_option(&x->picked, key, argument, state);
    }
}

/* 2. Batches and covariates ---------------------------------------------------------------------------------------- */

static rml_status read_batches(rml_harmonising *x, rml_error *err)
{
    rml_status status = rml_picked_codes(&x->picked, "--batch", x->batch_column, true, &x->batch, err);

    if (status != RML_OK || !x->reference) return status;
    for (int32_t l = 0; l < x->batch.n_levels; ++l)
        if (rml_text_same(x->batch.level[l], x->reference)) x->settings.reference = l;
    if (x->settings.reference >= 0) return RML_OK;
    return rml_fail(err, RML_ESETTING, "--reference %s: no row has %s %s; the first of its %d values is %s",
                    x->reference, x->batch_column, x->reference, x->batch.n_levels, x->batch.level[0]);
}

/* Numbers are one column; classes one of 0 and 1 for each level but the first. to: room for as many; *n their number.
 */
static void add_covariate(const rml_codes *codes, int64_t n_rows, double *to, int32_t *n)
{
    bool numbers = true;
    double value;

    for (int32_t l = 0; l < codes->n_levels; ++l) numbers &= rml_text_number(codes->level[l], &value);
    *n = numbers ? 1 : codes->n_levels - 1;
    for (int64_t i = 0; i < n_rows; ++i)
        if (numbers)
            (void)rml_text_number(codes->level[codes->code[i]], &to[i]);
        else
            for (int32_t l = 1; l < codes->n_levels; ++l) to[(l - 1) * n_rows + i] = codes->code[i] == l;
}

static rml_status read_covariates(rml_harmonising *x, rml_error *err)
{
    const int64_t n = x->picked.n_rows;
    double *all = NULL;
    rml_status status = RML_OK;

    x->covariates = (rml_columns){n, n, 0, NULL};
    for (int32_t c = 0; status == RML_OK && c < x->n_covariates; ++c) {
        rml_codes codes = {0};
        double *grown = NULL;
        int32_t n_added = 0;

        status = rml_picked_codes(&x->picked, "--covariates", x->covariate[c], true, &codes, err);
        if (status == RML_OK)
            grown = realloc(all, ((size_t)(x->covariates.n_columns + codes.n_levels) * (size_t)n + 1) * sizeof *all);
        if (status == RML_OK && !grown) status = rml_fail(err, RML_ENOMEM, "no memory for the covariates");
        if (grown) {
            all = grown;
            x->covariates.x = all;
            add_covariate(&codes, n, all + x->covariates.n_columns * n, &n_added);
            x->covariates.n_columns += n_added;
        }
        rml_build_codes_free(&codes);
    }
    return status;
}

/* 3. What it cannot be done on ------------------------------------------------------------------------------------- */

static rml_status say_small_batch(const rml_harmonising *x, rml_error *err)
{
    for (int32_t b = 0; b < x->batch.n_levels; ++b) {
        int64_t n = 0;

        for (int64_t i = 0; i < x->picked.n_rows; ++i) n += x->batch.code[i] == b;
        if (n < x->settings.min_rows)
            return rml_fail(err, RML_ESETTING,
                            "%s: %s %s has %lld row%s, and ComBat needs %d of each batch; leave its rows out of the "
                            "table, or name it as a batch like it",
                            x->picked.table, x->batch_column, x->batch.level[b], (long long)n, n == 1 ? "" : "s",
                            x->settings.min_rows);
    }
    return rml_fail(err, RML_EINVAL, "%s: ComBat's settings do not fit", x->picked.table);
}

/* Whether every batch has one text of a covariate alone. */
static bool set_by_batch(const rml_harmonising *x, const rml_codes *codes)
{
    bool set = true;

    for (int32_t b = 0; set && b < x->batch.n_levels; ++b) {
        int32_t code = -1;

        for (int64_t i = 0; set && i < x->picked.n_rows; ++i) {
            if (x->batch.code[i] != b) continue;
            set = code < 0 || codes->code[i] == code;
            code = codes->code[i];
        }
    }
    return set;
}

/* An infinite value, else covariates whose effect cannot be told from the batches' or one another's. */
static rml_status say_value(const rml_harmonising *x, rml_error *err)
{
    rml_listing covariates = {0};

    for (int32_t j = 0; j < x->x.n_columns; ++j)
        for (int64_t i = 0; i < x->picked.n_rows; ++i)
            if (isinf(rml_column(&x->x, j)[i]))
                return rml_fail(err, RML_ESETTING, "%s %s %lld: %s is infinite; a number was expected, or none",
                                x->picked.table, x->picked.frame.line ? "line" : "row",
                                rml_picked_number(&x->picked, i), x->picked.frame.feature[j]);
    for (int32_t c = 0; c < x->n_covariates; ++c) {
        rml_codes codes = {0};
        rml_status status = rml_picked_codes(&x->picked, "--covariates", x->covariate[c], true, &codes, err);
        const bool set = status == RML_OK && codes.n_levels > 1 && set_by_batch(x, &codes);

        rml_build_codes_free(&codes);
        if (status != RML_OK) return status;
        if (set)
            return rml_fail(err, RML_ESETTING,
                            "%s: --covariates %s has one value alone in each %s: its effect cannot be told from the "
                            "batch's; a covariate that varies within batches was expected",
                            x->picked.table, x->covariate[c], x->batch_column);
        rml_listing_add(&covariates, x->covariate[c], ", ");
    }
    return rml_fail(err, RML_ESETTING,
                    "%s: --covariates %s: %s and one another determine one of these (%d columns of 0, 1 and numbers in "
                    "%lld rows); fewer were expected",
                    x->picked.table, covariates.text, x->batch_column, x->covariates.n_columns,
                    (long long)x->picked.n_rows);
}

static rml_status explain_refusal(const rml_harmonising *x, rml_status status, rml_error *err)
{
    switch (status) {
    case RML_OK: return status;
    case RML_EINVAL: return say_small_batch(x, err);
    case RML_EVALUE: return say_value(x, err);
    case RML_EEMPTY:
        if (x->batch.n_levels < 2)
            return rml_fail(err, RML_ESETTING,
                            "%s: %s is %s in all %lld rows; two batches or more were expected: of one there is nothing "
                            "to harmonise",
                            x->picked.table, x->batch_column, x->batch.n_levels == 1 ? x->batch.level[0] : "nothing",
                            (long long)x->picked.n_rows);
        return rml_fail(err, RML_ESETTING,
                        "%s: fewer than two of %d feature%s can be harmonised (vary in every batch, with values "
                        "enough); ComBat learns from features about one another: a wider --match was expected, or "
                        "--prior none",
                        x->picked.table, x->x.n_columns, x->x.n_columns == 1 ? "" : "s");
    default: return rml_fail(err, status, "%s: %s", x->picked.table, rml_status_name(status));
    }
}

static rml_status harmonise(rml_harmonising *x, rml_error *err)
{
    const rml_frame *f = &x->picked.frame;
    const int64_t n = x->picked.n_rows;
    const rml_columns *covariates = x->covariates.n_columns > 0 ? &x->covariates : NULL;
    double *values = malloc(((size_t)f->n_features * (size_t)n + 1) * sizeof *values);
    rml_status status;

    if (!values) return rml_fail(err, RML_ENOMEM, "no memory for the features");
    x->x = (rml_columns){n, n, f->n_features, values};
    for (int32_t j = 0; j < f->n_features; ++j)
        for (int64_t i = 0; i < n; ++i) values[j * n + i] = f->x[j * f->n_rows + x->picked.row[i]];
    status = rml_combat_fit(&x->x, x->batch.code, x->batch.n_levels, covariates, &x->settings, &x->fitted);
    if (status == RML_OK) status = rml_combat_apply(&x->fitted, &x->x, x->batch.code, covariates, false, values, n);
    return explain_refusal(x, status, err);
}

/* 4. The table ----------------------------------------------------------------------------------------------------- */

/* The feature that a column of texts is, by the pointer that both share in a CSV; -1: none. */
static int32_t feature_of(const rml_frame *f, int32_t column, int32_t next)
{
    return next < f->n_features && f->feature[next] == f->name[column] ? next : -1;
}

static rml_status write_table(const rml_harmonising *x, rml_error *err)
{
    const rml_frame *f = &x->picked.frame;
    rml_file_writer file;
    rml_status status = rml_file_create(x->out, &file, err);

    if (status != RML_OK) return status;
    for (int64_t i = -1; i < x->picked.n_rows; ++i) { /* -1: the header */
        bool first = true;
        int32_t next = 0;

        for (int32_t c = 0; c < f->n_columns; ++c, first = false) {
            const int32_t j = feature_of(f, c, next);

            next += j >= 0;
            if (i >= 0 && j >= 0)
                rml_csv_number(file.stream, rml_column(&x->x, j)[i], first);
            else
                rml_csv_text(file.stream, i < 0 ? f->name[c] : rml_frame_cell(f, x->picked.row[i], c), first);
        }
        for (; next < f->n_features; ++next, first = false) /* of an h5ad file */
            if (i < 0)
                rml_csv_text(file.stream, f->feature[next], first);
            else
                rml_csv_number(file.stream, rml_column(&x->x, next)[i], first);
        fputc('\n', file.stream);
    }
    return rml_file_commit(&file, err);
}

/* 5. What was done ------------------------------------------------------------------------------------------------- */

/* Missing values reach the complete features, too. */
static void print_missing(const rml_harmonising *x)
{
    int64_t n_values = 0;
    int32_t n_features = 0;

    for (int32_t j = 0; j < x->fitted.n_features; ++j) {
        int64_t n = 0;

        for (int64_t i = 0; x->fitted.state[j] == RML_COMBAT_ADJUSTED && i < x->picked.n_rows; ++i)
            n += isnan(rml_column(&x->x, j)[i]);
        n_values += n;
        n_features += n > 0;
    }
    if (n_values == 0) return;
    printf(
        "  missing: %lld value%s of %d harmonised feature%s, still missing; complete features' numbers hang on them,\n"
        "    too: pooled variances have the divisor rows - 1 (without any: rows)%s (--help)\n",
        (long long)n_values, n_values == 1 ? "" : "s", n_features, n_features == 1 ? "" : "s",
        x->settings.shrink ? ", and priors are shared" : "");
}

static void print_summary(const rml_harmonising *x)
{
    static const char *const why[] = {"", "constant in a batch", "too few values in a batch",
                                      "wholly explained by batch and covariates"};
    int32_t n_of[RML_COMBAT_EXPLAINED + 1] = {0};

    for (int32_t j = 0; j < x->fitted.n_features; ++j) ++n_of[x->fitted.state[j]];
    printf("%s: %lld rows, %d of %d features harmonised over %s\n", x->out, (long long)x->picked.n_rows,
           n_of[RML_COMBAT_ADJUSTED], x->fitted.n_features, x->batch_column);
    for (int32_t b = 0; b < x->batch.n_levels; ++b)
        printf("%s%s (%d%s)", b == 0 ? "  batches: " : ", ", x->batch.level[b], x->fitted.n_rows[b],
               b == x->settings.reference ? ", the reference, as it was" : "");
    printf("\n");
    for (int32_t s = RML_COMBAT_CONSTANT; s <= RML_COMBAT_EXPLAINED; ++s)
        if (n_of[s] > 0) printf("  as they were: %d features %s\n", n_of[s], why[s]);
    print_missing(x);
    printf("\nNOT BEFORE A SPLIT: every row's numbers now hang on all the others, so a model that is judged on this "
           "table is judged too well.\nIt is for description and use elsewhere; a study's \"prepare: [{combat: {batch: "
           "%s}}]\" fits ComBat to the training part of every fold.\n",
           x->batch_column);
}

/* 6. The verb ------------------------------------------------------------------------------------------------------ */

int rml_verb_harmonise(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "TABLE", doc, NULL, NULL, NULL};
    rml_harmonising x = {.settings = rml_combat_defaults()};
    const char *never[HARMONISE_COVARIATES + 1];
    rml_error err = {0};
    int exit_status = rml_options_parse(&argp, argc, argv, &x);
    rml_status status = RML_OK;

    if (exit_status < 0 && rml_first_rank()) {
        never[0] = x.batch_column;
        for (int32_t c = 0; c < x.n_covariates; ++c) never[c + 1] = x.covariate[c];
        status = rml_picked_read(&x.picked, never, x.n_covariates + 1, &err);
        if (status == RML_OK) status = rml_picked_output(&x.picked, "--out", x.out, &err);
        if (status == RML_OK) status = read_batches(&x, &err);
        if (status == RML_OK) status = read_covariates(&x, &err);
        if (status == RML_OK) status = harmonise(&x, &err);
        if (status == RML_OK) status = write_table(&x, &err);
        if (status == RML_OK) print_summary(&x);
    }
    rml_combat_free(&x.fitted);
    rml_build_codes_free(&x.batch);
    free((void *)(uintptr_t)x.covariates.x);
    free((void *)(uintptr_t)x.x.x);
    rml_picked_free(&x.picked);
    if (exit_status >= 0) return exit_status;
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("harmonise", &err);
    return rml_picked_exit_status(status);
}
