/* radmill info: what is in a features file, and how it was made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/h5ad.h"
#include "io/table.h"
#include "jobs/diagnostics_columns.h"
#include "jobs/failures.h"
#include "jobs/options.h"
#include "jobs/params.h"
#include "jobs/verbs.h"
#include "kernels/base/reason.h"

enum {
    FIRST_FAILURES = 10,
    SHORT_LIST = 6,
    PIECE_VALUES = 1 << 16,
    MAX_CLASSES = 32,
    MAX_COLUMNS = 8,
    LINE = 100,
    SETTING_WORD = 1024
};

typedef struct options {
    const char *path;
    bool params;   /* print the parameter file and nothing else */
    bool failures; /* all of them, and all warnings */
} options;

static const struct argp_option known_options[] = {
    {"params", 'p', NULL, 0,
     "Print the parameter file that made it (without one, PyRadiomics' defaults as a file), and nothing else", 0},
    {"failures", 'f', NULL, 0, "List every failure and warning, not the first ten of each", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    options *chosen = state->input;

    switch (key) {
    case 'p': chosen->params = true; return 0;
    case 'f': chosen->failures = true; return 0;
    case ARGP_KEY_ARG:
        if (chosen->path) return rml_options_refuse(state, "one file at a time: %s is the second", argument);
        chosen->path = argument;
        return 0;
    case ARGP_KEY_END: return chosen->path ? 0 : rml_options_refuse(state, "which file?");
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* --- columns ------------------------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name or value from the file on one line, as rml_fail makes sentences. */
static void flatten(rml_h5ad_text_column *texts)
{
    for (int64_t i = 0; i < texts->n; ++i)
        for (char *c = texts->value[i]; *c; ++c)
            if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = ' ';
}

/* Sorts the values; how many different ones there are, the empty one not counted. */
static int64_t count_different(rml_h5ad_text_column *column, int64_t *n_empty)
{
    int64_t n = 0;

    *n_empty = 0;
    qsort(column->value, (size_t)column->n, sizeof *column->value, by_text);
    for (int64_t i = 0; i < column->n; ++i) {
        if (!*column->value[i])
            ++*n_empty;
        else if (i == 0 || strcmp(column->value[i], column->value[i - 1]) != 0)
            ++n;
    }
    return n;
}

/* "3 different: A 40, B 38, C 22"; of many only how many. The column is sorted. */
static void print_different(const rml_h5ad_text_column *column, int64_t n_different, int64_t n_empty)
{
    if (!n_different) {
        printf("nothing but empty\n");
        return;
    }
    printf("%lld different", (long long)n_different);
    for (int64_t i = 0, shown = 0; i < column->n && n_different <= SHORT_LIST; ++i) {
        int64_t same = 1;

        while (i + same < column->n && strcmp(column->value[i], column->value[i + same]) == 0) ++same;
        if (*column->value[i]) printf("%s%.40s (%lld)", shown++ ? ", " : ": ", column->value[i], (long long)same);
        i += same - 1;
    }
    if (n_empty) printf("; %lld empty", (long long)n_empty);
    putchar('\n');
}

/* The width that UTF-8 text takes on a terminal, near enough: one column a character. */
static int columns_wide(const char *text)
{
    int n = 0;

    for (; *text; ++text) n += (*text & 0xC0) != 0x80;
    return n;
}

static void print_name(const char *name, int width)
{
    printf("  %s%*s", name, width - columns_wide(name) + 2, "");
}

static rml_status print_obs(rml_h5ad_reader *reader, rml_error *err)
{
    rml_h5ad_text_column names = {0};
    rml_status status = rml_h5ad_columns(reader, "obs", &names, err);
    int64_t n_diagnostics = 0;
    int width = 0;

    if (status != RML_OK || names.n == 0) goto done;
    printf("\nColumns of obs\n");
    for (int64_t c = 0; c < names.n; ++c)
        if (!rml_is_diagnostic(names.value[c]) && columns_wide(names.value[c]) > width)
            width = columns_wide(names.value[c]);
    for (int64_t c = 0; c < names.n; ++c) {
        rml_h5ad_text_column values = {0};
        rml_error unread = {0};
        int64_t n_different, n_empty;

        if (rml_is_diagnostic(names.value[c])) {
            ++n_diagnostics;
            continue;
        }
        print_name(names.value[c], width);
        if (rml_h5ad_column_read(reader, "obs", names.value[c], &values, &unread) != RML_OK) {
            printf("%s\n", unread.text);
            continue;
        }
        flatten(&values);
        n_different = count_different(&values, &n_empty);
        print_different(&values, n_different, n_empty);
        rml_h5ad_texts_free(&values);
    }
    if (n_diagnostics > 0)
        printf("  and %lld of diagnostics_…, of image and mask at every stage\n", (long long)n_diagnostics);
done:
    rml_h5ad_texts_free(&names);
    return status;
}

/* "original_glcm_Idmn" becomes "glcm"; what has no such form becomes "other". */
static void keep_class(char *name)
{
    char *first = strchr(name, '_'), *second = first ? strchr(first + 1, '_') : NULL;

    if (!second) {
        *name = '\0';
        return;
    }
    *second = '\0';
    memmove(name, first + 1, strlen(first + 1) + 1);
}

/* Features by class, in the order of their first columns: the column var/class, and without one the names. */
static rml_status print_classes(rml_h5ad_reader *reader, rml_error *err)
{
    rml_h5ad_text_column classes = {0};
    rml_status status = rml_h5ad_column_read(reader, "var", "class", &classes, NULL);
    const char *class_[MAX_CLASSES] = {NULL};
    int64_t count[MAX_CLASSES] = {0}, others = 0;
    int n = 0;

    if (status != RML_OK) {
        status = rml_h5ad_column_read(reader, "var", "_index", &classes, err);
        if (status != RML_OK) return status;
        for (int64_t c = 0; c < classes.n; ++c) keep_class(classes.value[c]);
    }
    for (int64_t c = 0; c < classes.n; ++c) {
        int at = 0;

        while (at < n && strcmp(class_[at], classes.value[c]) != 0) ++at;
        if (!*classes.value[c] || at == MAX_CLASSES) {
            ++others;
            continue;
        }
        if (at == n) class_[n++] = classes.value[c];
        ++count[at];
    }
    for (int i = 0; i < n; ++i) printf("%s%s %lld", i ? ", " : "  ", class_[i], (long long)count[i]);
    if (n && others) printf(", other %lld", (long long)others);
    if (n) putchar('\n');
    rml_h5ad_texts_free(&classes);
    return RML_OK;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

typedef struct census {
    int64_t nan[256];      /* NaN by reason */
    int64_t constant[256]; /* numbers that stand for an undefined value, by reason */
} census;

static rml_status count_values(rml_h5ad_reader *reader, int64_t n_rows, int64_t n_columns, census *count,
                               rml_error *err)
{
    const int64_t most = n_columns && n_columns < PIECE_VALUES ? PIECE_VALUES / n_columns : 1;
    const int64_t piece = n_rows < most ? n_rows : most;
    double *x = malloc(((size_t)(piece * n_columns) + 1) * sizeof *x);
    uint8_t *reason = malloc((size_t)(piece * n_columns) + 1);
    rml_status status = RML_OK;

    if (!x || !reason) {
        status = rml_fail(err, RML_ENOMEM, "no memory for %lld values a row", (long long)n_columns);
        goto done;
    }

    for (int64_t first = 0; first < n_rows && status == RML_OK; first += piece) {
        const int64_t n = n_rows - first < piece ? n_rows - first : piece;

        status = rml_h5ad_read_rows(reader, first, n, x, reason, err);
        for (int64_t i = 0; i < n * n_columns && status == RML_OK; ++i) {
            if (isnan(x[i]))
                ++count->nan[reason[i]];
            else if (reason[i])
                ++count->constant[reason[i]];
        }
    }
done:
    free(x);
    free(reason);
    return status;
}

/* The file's own list of reasons where it has one: its numbers are those of the version that wrote it. */
static void print_reasons(const char *title, const int64_t *count, const rml_h5ad_text_column *reasons)
{
    int64_t sum = 0;

    for (int r = 0; r < 256; ++r) sum += count[r];
    if (!sum) return;
    printf("\n%s: %lld\n", title, (long long)sum);
    for (int r = 0; r < 256; ++r) {
        const char *text = r == 0           ? "no reason given"
                           : r < reasons->n ? reasons->value[r]
                                            : rml_reason_text((rml_reason)r);

        if (count[r]) printf("  %8lld  %s\n", (long long)count[r], text);
    }
}

static rml_status print_values(rml_h5ad_reader *reader, int64_t n_rows, int64_t n_columns, rml_error *err)
{
    rml_h5ad_text_column reasons = {0};
    census count = {0};
    rml_status status = count_values(reader, n_rows, n_columns, &count, err);

    if (status != RML_OK) return status;
    if (rml_h5ad_column_read(reader, "uns/radmill", "reasons", &reasons, NULL) != RML_OK)
        reasons = (rml_h5ad_text_column){0};
    print_reasons("Values without a number (NaN)", count.nan, &reasons);
    print_reasons("Values that are a constant by definition", count.constant, &reasons);
    rml_h5ad_texts_free(&reasons);
    return RML_OK;
}

/* --- how it was made ---------------------------------------------------------------------------------------------- */

/* Column `name` of a table under uns/radmill, or n = 0 where it is absent. */
static rml_h5ad_text_column column_or_none(rml_h5ad_reader *reader, const char *where, const char *name)
{
    rml_h5ad_text_column column = {0};

    if (rml_h5ad_column_read(reader, where, name, &column, NULL) != RML_OK) column = (rml_h5ad_text_column){0};
    flatten(&column);
    return column;
}

static const char *cell(const rml_h5ad_text_column *column, int64_t row)
{
    return row < column->n ? column->value[row] : "";
}

/* All rows of a table, or the first ones; line prints one, with its columns in the order of their names. */
static void print_rows(rml_h5ad_reader *reader, const char *path, const char *title, const char *where,
                       const char *const *names, int n_names, bool all,
                       void (*line)(const rml_h5ad_text_column *column, int64_t row))
{
    rml_h5ad_text_column index = column_or_none(reader, where, "_index"), column[MAX_COLUMNS] = {{0}};
    const int64_t shown = all || index.n < FIRST_FAILURES ? index.n : FIRST_FAILURES;

    for (int c = 0; c < n_names; ++c) column[c] = column_or_none(reader, where, names[c]);
    if (index.n > 0) printf("\n%s: %lld\n", title, (long long)index.n);
    for (int64_t r = 0; r < shown; ++r) line(column, r);
    if (shown < index.n) printf("  … and %lld more: radmill info --failures %s\n", (long long)(index.n - shown), path);
    for (int c = 0; c < n_names; ++c) rml_h5ad_texts_free(&column[c]);
    rml_h5ad_texts_free(&index);
}

static void print_failure(const rml_h5ad_text_column *column, int64_t r)
{
    printf("  %s label %s (%s, %s): %s\n", cell(&column[RML_FAILURE_ID], r), cell(&column[RML_FAILURE_LABEL], r),
           cell(&column[RML_FAILURE_STAGE], r), cell(&column[RML_FAILURE_CODE], r),
           cell(&column[RML_FAILURE_SENTENCE], r));
}

static void print_warning(const rml_h5ad_text_column *column, int64_t r)
{
    printf("  %s: %s\n", cell(&column[RML_WARNING_ID], r), cell(&column[RML_WARNING_SENTENCE], r));
}

/* One word of a setting; a number in the fewest digits that give it back, since the record has all 17. */
static void shorten(const char *word, int n, char text[SETTING_WORD])
{
    char number[32], *end;
    double value;

    snprintf(text, SETTING_WORD, "%.*s", n, word);
    value = strtod(text, &end);
    if (*end || end == text || !isfinite(value)) return;
    rml_number_text(value, number);
    snprintf(text, SETTING_WORD, "%s", number);
}

/* A line cut between words so that it fits a terminal, what follows set in. */
static void print_wrapped(const char *line)
{
    int at = 2;

    printf(" ");
    while (*line) {
        const int n = (int)strcspn(line, " ");
        char word[SETTING_WORD];

        shorten(line, n, word);
        if (at + 1 + (int)strlen(word) > LINE && at > 6) {
            printf("\n     ");
            at = 5;
        }
        at += printf(" %s", word);
        line += n;
        line += strspn(line, " ");
    }
    putchar('\n');
}

static void print_making(rml_h5ad_reader *reader, const char *path)
{
    char *version = NULL, *commit = NULL, *settings = NULL, *parameters = NULL;
    rml_h5ad_text_column libraries = {0}, inputs = column_or_none(reader, "uns/radmill/inputs", "_index");

    if (rml_h5ad_read_text(reader, "uns/radmill/version", &version, NULL) == RML_OK)
        printf("\nMade by radmill %s", version);
    else
        printf("\nNot made by radmill");
    if (rml_h5ad_read_text(reader, "uns/radmill/commit", &commit, NULL) == RML_OK && *commit)
        printf(", commit %s", commit);
    if (rml_h5ad_columns(reader, "uns/radmill/libraries", &libraries, NULL) == RML_OK) {
        for (int64_t l = 0; l < libraries.n; ++l) {
            char where[512], *text = NULL;

            snprintf(where, sizeof where, "uns/radmill/libraries/%s", libraries.value[l]);
            if (rml_h5ad_read_text(reader, where, &text, NULL) == RML_OK)
                printf("%s%s %s", l ? ", " : " (", libraries.value[l], text);
            free(text);
        }
        if (libraries.n) putchar(')');
        rml_h5ad_texts_free(&libraries);
    }
    putchar('\n');
    if (inputs.n)
        printf("From %lld input%s, whose checksums are kept\n", (long long)inputs.n, inputs.n == 1 ? "" : "s");
    if (rml_h5ad_read_text(reader, "uns/radmill/settings", &settings, NULL) == RML_OK && *settings) {
        char *rest = NULL;

        printf("\nSettings\n");
        for (char *line = strtok_r(settings, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            print_wrapped(line);
    }
    if (rml_h5ad_read_text(reader, "uns/radmill/parameters", &parameters, NULL) == RML_OK)
        printf("\n%s: radmill info --params %s\n",
               *parameters ? "The parameter file as it was read" : "No parameter file; PyRadiomics' defaults as one",
               path);
    rml_h5ad_texts_free(&inputs);
    free(commit);
    free(version);
    free(settings);
    free(parameters);
}

/* --- the verb ----------------------------------------------------------------------------------------------------- */

static rml_status print_parameters(rml_h5ad_reader *reader, rml_error *err)
{
    char *text = NULL;
    const rml_status status = rml_h5ad_read_text(reader, "uns/radmill/parameters", &text, err);

    if (status != RML_OK) return status;
    fputs(*text ? text : rml_params_defaults(), stdout);
    free(text);
    return RML_OK;
}

static rml_status print_all(rml_h5ad_reader *reader, const options *chosen, int64_t n_rows, int64_t n_columns,
                            rml_error *err)
{
    rml_status status;

    printf("%s: %lld ROI%s, %lld feature%s\n", chosen->path, (long long)n_rows, n_rows == 1 ? "" : "s",
           (long long)n_columns, n_columns == 1 ? "" : "s");
    status = print_classes(reader, err);
    if (status == RML_OK) status = print_obs(reader, err);
    if (status == RML_OK) status = print_values(reader, n_rows, n_columns, err);
    if (status != RML_OK) return status;
    print_rows(reader, chosen->path, "Failed", RML_FAILURES_FRAME, rml_failure_columns, RML_N_FAILURE_COLUMNS,
               chosen->failures, print_failure);
    print_rows(reader, chosen->path, "Warnings", RML_WARNINGS_FRAME, rml_warning_columns, RML_N_WARNING_COLUMNS,
               chosen->failures, print_warning);
    print_making(reader, chosen->path);
    return RML_OK;
}

int rml_verb_info(int argc, char **argv)
{
    static const struct argp argp = {
        .options = known_options,
        .parser = parse,
        .args_doc = "FILE",
        .doc =
            "Says what is in a features file (.h5ad) and how it was made: ROIs, features by class, the columns beside "
            "them, values that are undefined and why, failures, warnings, version, settings and inputs."
            "\vExample: radmill info features.h5ad\n"
            "Make it again: radmill info --params features.h5ad > p.yaml",
    };
    options chosen = {0};
    rml_h5ad_reader *reader = NULL;
    int64_t n_rows, n_columns;
    rml_error err = {0};
    rml_status status;
    const int parsed = rml_options_parse(&argp, argc, argv, &chosen);

    if (parsed >= 0) return parsed;
    status = rml_h5ad_open(chosen.path, &reader, &n_rows, &n_columns, &err);
    if (status == RML_OK)
        status = chosen.params ? print_parameters(reader, &err) : print_all(reader, &chosen, n_rows, n_columns, &err);
    rml_h5ad_close(reader);
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("info", &err);
    return RML_EXIT_CANNOT;
}
