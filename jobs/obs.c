#include "jobs/obs.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_CATEGORIES = 32767 };

bool rml_plain_integer(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t n = strlen(digits);

    if (n == 0 || strspn(digits, "0123456789") != n || (digits[0] == '0' && (n > 1 || digits != text))) return false;
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno == 0;
}

static bool missing(const char *text)
{
    return !*text || strcasecmp(text, "nan") == 0 || strcmp(text, "NA") == 0;
}

/* The significant digits of a decimal number into digits[MOST_DIGITS + 1], without zeros at either end, and the power
 * of ten of the first of them; false when there are more. Zero has none. */
enum { MOST_DIGITS = 40 };
static bool normalise_decimal(const char *text, char *digits, long *power)
{
    int n = 0, kept = 0;
    bool point = false, started = false;

    *power = -1;
    for (text += *text == '-'; isdigit((unsigned char)*text) || *text == '.'; ++text) {
        if (*text == '.') {
            point = true;
            continue;
        }
        started |= *text != '0';
        *power += started ? !point : -point;
        if (!started) continue;
        if (n == MOST_DIGITS) {
            if (*text != '0') return false;
            continue;
        }
        digits[n++] = *text;
        if (*text != '0') kept = n;
    }
    digits[kept] = '\0';
    *power = kept == 0 ? 0 : *power + (*text == 'e' || *text == 'E' ? strtol(text + 1, NULL, 10) : 0);
    return true;
}

/* Whether a double keeps what is written: printed with as many significant digits, it gives the same decimal number.
 * So do all of 15 digits and whatever a program wrote to round-trip; an accession number of 17 digits seldom does. */
static bool double_keeps(const char *text)
{
    char written[MOST_DIGITS + 1], back[MOST_DIGITS + 1], printed[MOST_DIGITS + 16];
    long power, back_power;

    if (!normalise_decimal(text, written, &power)) return false;
    snprintf(printed, sizeof printed, "%.*e", written[0] ? (int)strlen(written) - 1 : 0, strtod(text, NULL));
    if (!isdigit((unsigned char)printed[printed[0] == '-'])) return false; /* inf: beyond a double */
    return normalise_decimal(printed, back, &back_power) && strcmp(written, back) == 0 && power == back_power;
}

static bool plain_number(const char *text)
{
    const char *digits = text + (*text == '-');
    char *end;

    if (*digits == '0' && digits[1] >= '0' && digits[1] <= '9') return false;
    if (!(*digits >= '0' && *digits <= '9') && *digits != '.') return false; /* nor inf, 0x is caught below */
    if (strpbrk(text, "xXpP")) return false;
    strtod(text, &end);
    return *end == '\0' && end != text && double_keeps(text);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct non-empty texts of a column, sorted; *n_distinct 0 and NULL when they are no categories. */
static rml_status distinct_texts(const char **texts, int64_t n, const char *const **categories, int32_t *n_distinct)
{
    int64_t kept = 0, filled = 0;
    const char **list;

    *categories = NULL;
    *n_distinct = 0;
    for (int64_t i = 0; i < n; ++i)
        if (*texts[i]) texts[filled++] = texts[i];
    qsort((void *)texts, (size_t)filled, sizeof *texts, compare_texts);
    for (int64_t i = 0; i < filled; ++i)
        if (i == 0 || strcmp(texts[i], texts[kept - 1]) != 0) texts[kept++] = texts[i];
    if (kept == filled || kept > MOST_CATEGORIES) return RML_OK; /* no repeats: names rather than categories */
    list = malloc((size_t)kept * sizeof *list);
    if (!list) return RML_ENOMEM;
    memcpy((void *)list, (const void *)texts, (size_t)kept * sizeof *list);
    *categories = list;
    *n_distinct = (int32_t)kept;
    return RML_OK;
}

static rml_status type_of_cells(const rml_cohort *cohort, int32_t cell, const char **scratch, rml_h5ad_column *column)
{
    const rml_table *table = &cohort->manifest.table;
    bool integers = true, numbers = true, any = false;
    rml_status status;

    for (int64_t r = 0; r < table->n_rows; ++r) {
        const char *text = table->cell[r * table->n_columns + cell];

        scratch[r] = text;
        integers &= rml_plain_integer(text);
        numbers &= missing(text) || plain_number(text);
        any |= !missing(text);
    }
    column->type = RML_H5AD_TEXT;
    if (any && integers)
        column->type = RML_H5AD_INTEGER;
    else if (any && numbers)
        column->type = RML_H5AD_NUMBER;
    if (column->type != RML_H5AD_TEXT) return RML_OK;
    status = distinct_texts(scratch, table->n_rows, &column->categories, &column->n_categories);
    if (column->n_categories > 0) column->type = RML_H5AD_CATEGORICAL;
    return status;
}

void rml_obs_free(rml_obs *obs)
{
    for (int32_t c = 0; obs->column && c < obs->n; ++c) free((void *)(uintptr_t)obs->column[c].categories);
    free(obs->column);
    free(obs->source);
    free(obs->cell);
    free(obs->header);
    free(obs->names);
    *obs = (rml_obs){0};
}

rml_status rml_obs_init(rml_obs *obs, const rml_cohort *cohort, bool integer_labels, rml_error *err)
{
    const rml_manifest *m = &cohort->manifest;
    const int32_t most = m->table.n_columns + 2;
    const char **scratch = malloc(((size_t)m->table.n_rows + 1) * sizeof *scratch);
    size_t n_bytes = 1;
    char *name;
    rml_status status = RML_OK;

    *obs = (rml_obs){0};
    for (int32_t c = 0; c < m->table.n_columns; ++c) n_bytes += strlen(m->table.header[c]) + 1;
    obs->names = name = malloc(n_bytes);
    obs->header = calloc((size_t)most, sizeof *obs->header);
    obs->column = calloc((size_t)most, sizeof *obs->column);
    obs->source = calloc((size_t)most, sizeof *obs->source);
    obs->cell = calloc((size_t)most, sizeof *obs->cell);
    if (!scratch || !obs->names || !obs->header || !obs->column || !obs->source || !obs->cell) {
        status = RML_ENOMEM;
        goto done;
    }
    if (m->id < 0) {
        obs->column[0] = (rml_h5ad_column){.name = "ID", .type = RML_H5AD_TEXT};
        obs->header[obs->n] = obs->column[0].name;
        obs->source[obs->n++] = RML_OBS_ID;
    }
    for (int32_t c = 0; c < m->table.n_columns && status == RML_OK; ++c) {
        rml_h5ad_column *column = &obs->column[obs->n];

        obs->header[obs->n] = m->table.header[c];
        rml_h5ad_name(m->table.header[c], name);
        column->name = name;
        name += strlen(name) + 1;
        obs->cell[obs->n] = c;
        if (c == m->label) obs->source[obs->n] = RML_OBS_LABEL;
        ++obs->n;
        if (c == m->label)
            column->type = integer_labels ? RML_H5AD_INTEGER : RML_H5AD_TEXT;
        else if (c == m->id || c == m->image || c == m->mask)
            column->type = RML_H5AD_TEXT;
        else
            status = type_of_cells(cohort, c, scratch, column);
    }
    if (m->label < 0) {
        obs->column[obs->n] =
            (rml_h5ad_column){.name = "Label", .type = integer_labels ? RML_H5AD_INTEGER : RML_H5AD_TEXT};
        obs->header[obs->n] = obs->column[obs->n].name;
        obs->source[obs->n++] = RML_OBS_LABEL;
    }
done:
    free((void *)scratch);
    if (status == RML_OK) return RML_OK;
    rml_obs_free(obs);
    return rml_fail(err, status, "no memory for the columns of %lld rows", (long long)m->table.n_rows);
}

void rml_obs_row(const rml_obs *obs, const rml_cohort *cohort, int64_t row, const char *label, rml_h5ad_value *value)
{
    const rml_table *table = &cohort->manifest.table;

    for (int32_t c = 0; c < obs->n; ++c) {
        const rml_h5ad_column *column = &obs->column[c];
        const char *text = label;

        if (obs->source[c] == RML_OBS_ID) text = cohort->id[row];
        if (obs->source[c] == RML_OBS_CELL) text = table->cell[row * table->n_columns + obs->cell[c]];
        value[c] = (rml_h5ad_value){.text = text};
        if (column->type == RML_H5AD_INTEGER) value[c].integer = strtoll(text, NULL, 10);
        if (column->type == RML_H5AD_NUMBER) value[c].number = missing(text) ? NAN : strtod(text, NULL);
        if (column->type == RML_H5AD_CATEGORICAL) {
            const char *const *found =
                bsearch(&text, column->categories, (size_t)column->n_categories, sizeof text, compare_texts);

            value[c].integer = found ? found - column->categories : -1;
        }
    }
}
