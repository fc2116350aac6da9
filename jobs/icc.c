/* radmill icc: how well readers, or readings of any kind, agree on each feature of a table.
 *
 * 1. Options
 * 2. Readings
 * 3. The table and the summary
 * 4. The verb */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/icc_plot.h"
#include "jobs/picked.h"
#include "jobs/verbs.h"
#include "kernels/learn/kind.h"
#include "kernels/prepare/icc.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_agreement {
    rml_picked picked;
    const char *readers, *patient, *csv, *forms, *plot, *form_name;
    int32_t form; /* place among the words of the step icc */
    double level;
    /* who read whom */
    rml_codes reader, subject;
    int32_t n_read_by_all;
    double *value;        /* [readers][features][n_read_by_all] */
    rml_columns *reading; /* [readers] */
    int64_t n_without_reader;
    rml_icc *icc;             /* [features] */
    rml_icc_squares *squares; /* [features] */
} rml_agreement;

enum { READERS_KEY = 0x180, PATIENT_KEY, FORM_KEY, LEVEL_KEY, CSV_KEY, FORMS_KEY, PLOT_KEY };

static const struct argp_option option_list[] = {
    {"readers", READERS_KEY, "COLUMN", 0,
     "The column that tells the readings of one patient apart (required): readers, time points, layers", 1},
    {"over", READERS_KEY, NULL, OPTION_ALIAS, NULL, 1},
    {"patient", PATIENT_KEY, "COLUMN", 0, "The column that names patients (required)", 1},
    {"csv", CSV_KEY, "FILE", 0, "The coefficients, a line a feature (required); an older FILE is replaced", 1},
    {"forms", FORMS_KEY, "FILE", 0, "All six forms, a line a feature and form, agreement and consistency", 1},
    {"plot", PLOT_KEY, "FILE", 0, "The coefficients with their limits over bands at 0.5, 0.75 and 0.9, as SVG", 1},
    RML_PICKED_OPTIONS,
    {"form", FORM_KEY, "FORM", 0,
     "1,1 2,1 3,1 of single readings, 1,k 2,k 3,k of their mean, as Shrout and Fleiss name them (default 2,1: absolute "
     "agreement)",
     3},
    {"level", LEVEL_KEY, "P", 0, "Confidence of the limits (default 0.95)", 3},
    {0}};

static const char doc[] =
    "Intraclass correlation of every feature over patients whom several readers have read, or who were read several "
    "times."
    "\v"
    "TABLE is an h5ad file or a CSV with a row a reading. Patients whom all readers have read count; a patient without "
    "a value of a feature does not count for that feature.\n\n"
    "FILE gets feature, icc, lower, upper, f, df1, df2, p (of the hypothesis that the coefficient is 0), n_subjects, "
    "n_readers, form and level. A feature without a coefficient (constant, too few patients) has empty cells. "
    "Coefficients are those of Shrout and Fleiss; p, df and limits those of R's irr (McGraw and Wong): of 2,1 and 2,k "
    "p is "
    "of an F with Satterthwaite's df2, where psych and SPSS take that of the rows against the residual, (n - 1)(k - "
    "1), "
    "and have other p, and limits of 2,k are not those of psych.\n\n"
    "--readers (or --over) takes any column: readers, time points of a test-retest, layers of perturbed images. FORM "
    "1,1 is "
    "of readings that no reader has in common (one-way), 2,1 of absolute agreement (a reader's shift counts as error), "
    "3,1 of consistency (it does not). --forms writes all of them beside each other: feature, form, type (one-way, "
    "agreement, consistency), unit (single, average) and the columns above. --plot needs gnuplot (gnuplot-nox).\n\n"
    "A study takes the file as \"prepare: [{icc: {table: icc.csv, min: 0.75}}]\". Where the readings are of the "
    "study's own patients, \"icc: {readers: COLUMN}\" computes it anew from each training part and is the one to "
    "use.\n\n"
    "Examples:\n"
    "  radmill icc features.h5ad --readers Reader --patient ID --rows Timepoint=1 --csv icc.csv\n"
    "  radmill icc retest.h5ad --over Timepoint --patient ID --csv icc.csv --forms forms.csv --plot icc.svg\n"
    "  radmill icc pilot.csv --readers reader --patient id --match \"original_*\" --form 3,1 --csv icc.csv\n\n"
    "Exit status: 0 done, 2 a table that does not fit, 3 could not go on.";

static const rml_param *forms(void)
{
    const rml_kind *kind = rml_kind_find("icc", RML_ROLE_PREPARE);

    return &kind->param[rml_kind_param(kind, "form")];
}

static error_t take_form(rml_agreement *x, const char *argument, struct argp_state *state)
{
    const char *const *words = forms()->words;

    for (int32_t w = 0; words[w]; ++w)
        if (strcmp(words[w], argument) == 0) {
            x->form = w;
            x->form_name = words[w];
            return 0;
        }
    return rml_options_refuse(state, "--form %s: 1,1 2,1 3,1 1,k 2,k or 3,k was expected", argument);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_agreement *x = state->input;

    switch (key) {
    case READERS_KEY: x->readers = argument; return 0;
    case PATIENT_KEY: x->patient = argument; return 0;
    case CSV_KEY: x->csv = argument; return 0;
    case FORMS_KEY: x->forms = argument; return 0;
    case PLOT_KEY: x->plot = argument; return 0;
    case FORM_KEY: return take_form(x, argument, state);
    case LEVEL_KEY:
        if (!rml_options_number(argument, 0.5, 0.9999, &x->level))
            return rml_options_refuse(state, "--level %s: a number from 0.5 to 0.9999 was expected", argument);
        return 0;
    case ARGP_KEY_END:
        if (x->picked.table && !x->readers) return rml_options_refuse(state, "--readers COLUMN is missing");
        if (x->picked.table && !x->patient) return rml_options_refuse(state, "--patient COLUMN is missing");
        if (x->picked.table && !x->csv) return rml_options_refuse(state, "--csv FILE is missing");
        if (x->csv && x->forms && strcmp(x->csv, x->forms) == 0)
            return rml_options_refuse(state, "--csv and --forms are one file, %s; two were expected", x->csv);
        if (x->plot && ((x->csv && strcmp(x->csv, x->plot) == 0) || (x->forms && strcmp(x->forms, x->plot) == 0)))
            return rml_options_refuse(state, "--plot is the file of a table, %s; another was expected", x->plot);
        return rml_picked_option(&x->picked, key, argument, state);
    default: return rml_picked_option(&x->picked, key, argument, state);
    }
}

/* 2. Readings ------------------------------------------------------------------------------------------------------ */

/* of: out, [patients * readers] the picked row of each reading, -1: none. */
static rml_status find_readings(rml_agreement *x, int64_t *of, rml_error *err)
{
    const rml_picked *t = &x->picked;

    for (int32_t s = 0; s < x->subject.n_levels; ++s)
        for (int32_t r = 0; r < x->reader.n_levels; ++r) of[(int64_t)s * x->reader.n_levels + r] = -1;
    for (int64_t i = 0; i < t->n_rows; ++i) {
        const int32_t s = x->subject.code[i], r = x->reader.code[i];
        int64_t *to = of + (int64_t)s * x->reader.n_levels + r;

        if (r < 0) {
            ++x->n_without_reader;
            continue;
        }
        if (*to >= 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: reader %s has read patient %s twice (%s %lld and %lld); --rows COLUMN=VALUE would "
                            "tell lesions, sequences or time points apart",
                            t->table, x->reader.level[r], x->subject.level[s], t->frame.line ? "lines" : "rows",
                            rml_picked_number(t, *to), rml_picked_number(t, i));
        *to = i;
    }
    return RML_OK;
}

/* A table a reader: the patients whom all have read, sorted by name, so that no bit hangs on the order of rows. */
static rml_status gather(rml_agreement *x, const int64_t *of, rml_error *err)
{
    const rml_frame *f = &x->picked.frame;
    const int32_t n_readers = x->reader.n_levels, n_all = x->subject.n_levels;
    int32_t *whom = malloc(((size_t)n_all + 1) * sizeof *whom), n = 0;

    for (int32_t s = 0; whom && s < n_all; ++s) {
        bool all = true;

        for (int32_t r = 0; r < n_readers; ++r) all &= of[(int64_t)s * n_readers + r] >= 0;
        if (all) whom[n++] = s;
    }
    x->n_read_by_all = n;
    x->value = malloc(((size_t)n_readers * (size_t)f->n_features * (size_t)n + 1) * sizeof *x->value);
    x->reading = malloc(((size_t)n_readers + 1) * sizeof *x->reading);
    if (!whom || !x->value || !x->reading) {
        free(whom);
        return rml_fail(err, RML_ENOMEM, "no memory for the readings");
    }
    for (int32_t r = 0; r < n_readers; ++r) {
        double *to = x->value + (int64_t)r * f->n_features * n;

        x->reading[r] = (rml_columns){n, n, f->n_features, to};
        for (int32_t j = 0; j < f->n_features; ++j)
            for (int32_t i = 0; i < n; ++i)
                *to++ = f->x[j * f->n_rows + x->picked.row[of[(int64_t)whom[i] * n_readers + r]]];
    }
    free(whom);
    return RML_OK;
}

static rml_status read_readings(rml_agreement *x, rml_error *err)
{
    int64_t *of = NULL;
    rml_status status = rml_picked_read(&x->picked, (const char *[]){x->readers, x->patient}, 2, err);

    if (status == RML_OK) status = rml_picked_output(&x->picked, "--csv", x->csv, err);
    if (status == RML_OK && x->forms) status = rml_picked_output(&x->picked, "--forms", x->forms, err);
    if (status == RML_OK && x->plot) status = rml_picked_output(&x->picked, "--plot", x->plot, err);
    if (status == RML_OK) status = rml_picked_codes(&x->picked, "--readers", x->readers, false, &x->reader, err);
    if (status == RML_OK) status = rml_picked_codes(&x->picked, "--patient", x->patient, true, &x->subject, err);
    if (status == RML_OK && x->reader.n_levels < 2)
        status = rml_fail(err, RML_ESETTING, "--readers %s: %s; at least two readers were expected", x->readers,
                          x->reader.n_levels == 1 ? "all rows are of one reader" : "no row has a reader");
    if (status == RML_OK) {
        of = malloc(((size_t)x->subject.n_levels * (size_t)x->reader.n_levels + 1) * sizeof *of);
        status = of ? find_readings(x, of, err) : rml_fail(err, RML_ENOMEM, "no memory for the readings");
    }
    if (status == RML_OK) status = gather(x, of, err);
    if (status == RML_OK && x->n_read_by_all < 2)
        status =
            rml_fail(err, RML_ESETTING, "%s: %d of %d patients were read by all %d readers, at least 2 were expected",
                     x->picked.table, x->n_read_by_all, x->subject.n_levels, x->reader.n_levels);
    free(of);
    return status;
}

/* 3. The table and the summary ------------------------------------------------------------------------------------- */

static rml_status compute(rml_agreement *x, rml_error *err)
{
    const int32_t p = x->picked.frame.n_features;

    x->squares = malloc(((size_t)p + 1) * sizeof *x->squares);
    x->icc = malloc(((size_t)p + 1) * sizeof *x->icc);
    if (!x->squares || !x->icc || rml_icc_squares_of(x->reading, x->reader.n_levels, x->squares) != RML_OK)
        return rml_fail(err, RML_ENOMEM, "no memory for the coefficients");
    for (int32_t j = 0; j < p; ++j)
        x->icc[j] = rml_icc_of(&x->squares[j], (rml_icc_model)(x->form % 3), x->form >= 3, x->level);
    return RML_OK;
}

static rml_status write_table(const rml_agreement *x, rml_error *err)
{
    rml_file_writer file;
    rml_status status = rml_file_create(x->csv, &file, err);

    if (status != RML_OK) return status;
    fputs("feature,icc,lower,upper,f,df1,df2,p,n_subjects,n_readers,form,level\n", file.stream);
    for (int32_t j = 0; j < x->picked.frame.n_features; ++j) {
        const rml_icc *c = &x->icc[j];
        const double number[] = {
            c->value,          c->lower, c->upper, c->f, c->df1, c->df2, c->p, (double)x->squares[j].n_subjects,
            x->reader.n_levels};

        rml_csv_text(file.stream, x->picked.frame.feature[j], true);
        for (size_t k = 0; k < sizeof number / sizeof *number; ++k) rml_csv_number(file.stream, number[k], false);
        rml_csv_text(file.stream, x->form_name, false);
        rml_csv_number(file.stream, x->level, false);
        fputc('\n', file.stream);
    }
    return rml_file_commit(&file, err);
}

/* Another output than the table that was just written, however it is spelled. */
static rml_status spare_table(const rml_agreement *x, const char *option, const char *path, rml_error *err)
{
    const rml_file_state table = rml_file_state_of(x->csv), other = rml_file_state_of(path);

    if (other.n_bytes < 0 || other.device != table.device || other.inode != table.inode) return RML_OK;
    return rml_fail(err, RML_ESETTING, "%s %s: is the file of --csv; another was expected", option, path);
}

static rml_status write_forms(const rml_agreement *x, rml_error *err)
{
    static const char *const types[] = {"one-way", "agreement", "consistency"};
    rml_file_writer file;
    rml_status status = rml_file_create(x->forms, &file, err);

    if (status != RML_OK) return status;
    fputs("feature,form,type,unit,icc,lower,upper,f,df1,df2,p,n_subjects,n_readers,level\n", file.stream);
    for (int32_t j = 0; j < x->picked.frame.n_features; ++j)
        for (int32_t form = 0; forms()->words[form]; ++form) {
            const rml_icc c = rml_icc_of(&x->squares[j], (rml_icc_model)(form % 3), form >= 3, x->level);
            const double number[] = {
                c.value, c.lower, c.upper, c.f, c.df1, c.df2, c.p, (double)x->squares[j].n_subjects, x->reader.n_levels,
                x->level};

            rml_csv_text(file.stream, x->picked.frame.feature[j], true);
            rml_csv_text(file.stream, forms()->words[form], false);
            fprintf(file.stream, ",%s,%s", types[form % 3], form >= 3 ? "average" : "single");
            for (size_t k = 0; k < sizeof number / sizeof *number; ++k) rml_csv_number(file.stream, number[k], false);
            fputc('\n', file.stream);
        }
    return rml_file_commit(&file, err);
}

static rml_status plot(const rml_agreement *x, rml_error *err)
{
    const rml_icc_figure figure = {.form = x->form_name,
                                   .across = x->readers,
                                   .n_features = x->picked.frame.n_features,
                                   .n_readers = x->reader.n_levels,
                                   .level = x->level,
                                   .feature = x->picked.frame.feature,
                                   .icc = x->icc,
                                   .squares = x->squares};

    return rml_icc_plot(x->plot, &figure, err);
}

static int32_t count_from(const rml_agreement *x, double from, bool lower)
{
    int32_t n = 0;

    for (int32_t j = 0; j < x->picked.frame.n_features; ++j) n += (lower ? x->icc[j].lower : x->icc[j].value) >= from;
    return n;
}

static void print_words(const rml_agreement *x, bool lower)
{
    const int32_t half = count_from(x, 0.5, lower), good = count_from(x, 0.75, lower), best = count_from(x, 0.9, lower);
    const int32_t all = count_from(x, -INFINITY, lower);

    printf("  by the %s: %d excellent, %d good, %d moderate, %d poor", lower ? "lower limit" : "estimate", best,
           good - best, half - good, all - half);
    if (all < x->picked.frame.n_features) printf(", %d undefined", x->picked.frame.n_features - all);
    printf("\n");
}

static void print_summary(const rml_agreement *x)
{
    printf("%s: ICC(%s) of %d features, %d readers (", x->csv, x->form_name, x->picked.frame.n_features,
           x->reader.n_levels);
    for (int32_t r = 0; r < x->reader.n_levels; ++r) printf("%s%s", r > 0 ? ", " : "", x->reader.level[r]);
    printf("), %d patients read by all", x->n_read_by_all);
    if (x->n_read_by_all < x->subject.n_levels) printf("; %d others left out", x->subject.n_levels - x->n_read_by_all);
    printf("\n");
    if (x->n_without_reader > 0) printf("  rows without a reader left out: %lld\n", (long long)x->n_without_reader);
    for (int32_t k = 0; k < 2; ++k)
        if (k == 0 ? x->forms : x->plot)
            printf("  %s: %s\n", k == 0 ? x->forms : x->plot, k == 0 ? "all forms" : "figure");
    printf("  %d features from 0.75, %d from 0.9\n", count_from(x, 0.75, false), count_from(x, 0.9, false));
    printf("  Koo and Li 2016 (J Chiropr Med 15:155) call an ICC below 0.5 poor, to 0.75 moderate, to 0.9 good, above "
           "excellent, and ask for the limits to be judged:\n");
    print_words(x, false);
    print_words(x, true);
    if (x->n_read_by_all < 30)
        printf("  they ask for 30 patients or more; %d say little of a coefficient\n", x->n_read_by_all);
}

/* 4. The verb ------------------------------------------------------------------------------------------------------ */

int rml_verb_icc(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "TABLE", doc, NULL, NULL, NULL};
    rml_agreement x = {.level = 0.95, .form = (int32_t)forms()->fallback};
    rml_error err = {0};
    int exit_status;
    rml_status status = RML_OK;

    x.form_name = forms()->words[x.form];
    exit_status = rml_options_parse(&argp, argc, argv, &x);
    if (exit_status < 0 && rml_first_rank()) {
        status = read_readings(&x, &err);
        if (status == RML_OK) status = compute(&x, &err);
        if (status == RML_OK) status = write_table(&x, &err);
        if (status == RML_OK && x.forms) status = spare_table(&x, "--forms", x.forms, &err);
        if (status == RML_OK && x.forms) status = write_forms(&x, &err);
        if (status == RML_OK && x.plot) status = spare_table(&x, "--plot", x.plot, &err);
        if (status == RML_OK && x.plot) status = plot(&x, &err);
        if (status == RML_OK) print_summary(&x);
    }
    rml_build_codes_free(&x.reader);
    rml_build_codes_free(&x.subject);
    free(x.value);
    free(x.reading);
    free(x.squares);
    free(x.icc);
    rml_picked_free(&x.picked);
    if (exit_status >= 0) return exit_status;
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("icc", &err);
    return rml_picked_exit_status(status);
}
