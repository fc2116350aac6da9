/* The dataset as bytes.
 *
 * 1. Columns as codes and numbers
 * 2. Pieces
 * 3. The matrix
 * 4. Factors, covariates, readings, groups
 * 5. All of it */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/dataset_build.h"
#include "jobs/patients.h"
#include "kernels/learn/metric.h"

/* 1. Columns as codes and numbers ---------------------------------------------------------------------------------- */

/* A column as codes of the rows (a patient's own column stands on all of its rows). */
static rml_status encode_rows(const rml_build *b, const char *name, const char *what, rml_codes *codes, rml_error *err)
{
    const char **text = malloc(((size_t)b->n_rows + 1) * sizeof *text);
    rml_place place;
    rml_status status = text ? rml_build_column(b, name, what, &place, err) : rml_build_no_memory(err);

    *codes = (rml_codes){0};
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) {
            text[i] =
                place.clinical ? rml_build_cell(b, p, &place) : rml_frame_cell(&b->frame, b->row[i], place.column);
            if (rml_text_missing(text[i]))
                status = rml_fail(err, RML_ESETTING, "%s: patient %s has no %s", b->study->path, b->patient[p], name);
        }
    if (status == RML_OK) status = rml_build_encode(b->n_rows, text, codes, err);
    free(text);
    return status;
}

/* A patient column as numbers: numbers as they are; two texts as 0 and 1, in their order. added: the name of the level
 * that is 1, or NULL. most: texts that the column may have; codes of more than two are no numbers to reckon with. */
static rml_status patient_numbers(const rml_build *b, const char *name, const char *what, int32_t most, double *value,
                                  const char **added, rml_codes *codes, rml_error *err)
{
    const char **text = malloc(((size_t)b->n_patients + 1) * sizeof *text);
    rml_place place;
    bool numbers = true;
    rml_status status = text ? rml_build_column(b, name, what, &place, err) : rml_build_no_memory(err);

    *added = NULL;
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        text[p] = rml_build_cell(b, p, &place);
        value[p] = NAN;
        if (!rml_text_missing(text[p]) && !rml_text_number(text[p], &value[p])) numbers = false;
    }
    if (status == RML_OK && !numbers) {
        status = rml_build_encode(b->n_patients, text, codes, err);
        if (status == RML_OK && (codes->n_levels < 2 || codes->n_levels > most))
            status = rml_fail(
                err, RML_ESETTING,
                "%s: %s: %s has %d different text%s; numbers or %s texts were expected%s%s%s%s%s%s%s", b->study->path,
                what, name, codes->n_levels, codes->n_levels == 1 ? "" : "s", most > 2 ? "two to six" : "two",
                codes->n_levels > 1 ? "; the first are \"" : "; it is \"", codes->n_levels > 0 ? codes->level[0] : "",
                codes->n_levels > 1 ? "\", \"" : "", codes->n_levels > 1 ? codes->level[1] : "",
                codes->n_levels > 2 ? "\", \"" : "", codes->n_levels > 2 ? codes->level[2] : "", "\"");
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
            value[p] = codes->code[p] < 0 ? NAN : codes->code[p];
        if (status == RML_OK && codes->n_levels == 2) *added = codes->level[1];
    }
    free(text);
    return status;
}

/* 2. Pieces -------------------------------------------------------------------------------------------------------- */

/* Every piece begins at a multiple of 8: its length in bytes, then the bytes. */
static void put_piece(rml_blob *blob, const void *bytes, size_t n_bytes)
{
    static const unsigned char zeros[8] = {0};

    rml_blob_put_u64(blob, n_bytes);
    rml_blob_put_bytes(blob, bytes, n_bytes);
    rml_blob_put_bytes(blob, zeros, (8 - n_bytes % 8) % 8);
}

static void put_names(rml_blob *blob, const char *const *names, int32_t n)
{
    rml_blob all = {0};

    for (int32_t i = 0; i < n; ++i) {
        assert(names[i]);
        rml_blob_put_bytes(&all, names[i], strlen(names[i]) + 1);
    }
    put_piece(blob, all.bytes, all.n_bytes);
    blob->failed |= all.failed;
    rml_blob_free(&all);
}

/* What 0 and 1 of a column of two texts stand for; nothing of a column of numbers. */
static void put_texts(rml_blob *blob, const rml_codes *codes)
{
    put_piece(blob, &codes->n_levels, sizeof codes->n_levels);
    put_names(blob, codes->level, codes->n_levels);
}

static void put_codes(rml_blob *blob, const rml_codes *codes, int32_t n)
{
    put_piece(blob, &codes->n_levels, sizeof codes->n_levels);
    put_names(blob, codes->level, codes->n_levels);
    put_piece(blob, codes->code, (size_t)n * sizeof *codes->code);
}

/* 3. The matrix ---------------------------------------------------------------------------------------------------- */

/* One column of the frame for the rows used: a patient's mean under rois: mean. out: [rows of the dataset] */
static void column_of_rows(const rml_build *b, const double *x, double *out)
{
    for (int32_t p = 0; p < b->n_patients; ++p) {
        const int32_t first = b->first_row[p], end = b->first_row[p + 1];
        double sum = 0.0;

        for (int32_t i = first; i < end; ++i) sum += x[b->row[i]];
        if (b->study->rois == RML_ROIS_MEAN)
            out[p] = sum / (end - first);
        else
            for (int32_t i = first; i < end; ++i) out[i] = x[b->row[i]];
    }
}

/* Whether a column has two different values. */
static bool varies(const double *x, int32_t n)
{
    double first = NAN;

    for (int32_t i = 0; i < n; ++i) {
        if (isnan(x[i])) continue;
        if (!isnan(first) && x[i] != first) return true;
        first = x[i];
    }
    return false;
}

/* A patient's mean over the rows that have the value, as its score under rois: separate is the mean of its rows': what
 * tells the outcome in that mean alone would pass by a look at one row. column: [rows of the dataset]; out:
 * [n_patients], NaN where no row has it. */
static void mean_of_patients(const rml_build *b, const double *column, double *out)
{
    for (int32_t p = 0; p < b->n_patients; ++p) {
        double sum = 0.0;
        int32_t n = 0;

        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) {
            if (isnan(column[i])) continue;
            sum += column[i];
            ++n;
        }
        out[p] = n > 0 ? sum / n : NAN;
    }
}

typedef struct rml_matrix {
    int32_t n_rows, n_columns; /* the table's features, then the clinical ones */
    double *x;                 /* [n_columns][n_rows] */
    const char **name;         /* [n_columns] */
    char **made;               /* [clinical ones] their names */
    rml_blob texts;            /* and what 0 and 1 of each stand for */
    double *patient;           /* work: [n_patients], and what rml_build_check_telling wants behind it */
} rml_matrix;

static rml_status matrix_init(const rml_build *b, int32_t n_rows, rml_matrix *m, rml_error *err)
{
    const int32_t n_columns = b->frame.n_features + b->study->use.n;

    *m = (rml_matrix){.n_rows = n_rows,
                      .n_columns = n_columns,
                      .x = calloc((size_t)n_columns * (size_t)n_rows + 1, sizeof *m->x),
                      .name = calloc((size_t)n_columns + 1, sizeof *m->name),
                      .made = calloc((size_t)b->study->use.n + 1, sizeof *m->made),
                      .patient = malloc((3 * (size_t)b->n_patients + 1) * sizeof *m->patient)};
    return m->x && m->name && m->made && m->patient ? RML_OK : rml_build_no_memory(err);
}

static void matrix_free(const rml_build *b, rml_matrix *m)
{
    for (int32_t u = 0; m->made && u < b->study->use.n; ++u) free(m->made[u]);
    free(m->made);
    free(m->name);
    free(m->x);
    free(m->patient);
    rml_blob_free(&m->texts);
}

static rml_status take_features(const rml_build *b, rml_matrix *m, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t j = 0; status == RML_OK && j < b->frame.n_features; ++j) {
        double *to = m->x + (int64_t)j * m->n_rows;

        m->name[j] = b->frame.feature[j];
        column_of_rows(b, b->frame.x + (int64_t)j * b->frame.n_rows, to);
        if (b->study->rois == RML_ROIS_MEAN)
            memcpy(m->patient, to, (size_t)b->n_patients * sizeof *to);
        else
            mean_of_patients(b, to, m->patient);
        status = rml_build_check_telling(b, true, m->name[j], m->patient, m->patient + b->n_patients, err);
    }
    return status;
}

/* Of two texts the name says which is 1: "sex=m". */
static rml_status take_clinical(const rml_build *b, int32_t u, rml_matrix *m, rml_error *err)
{
    const rml_study *s = b->study;
    double *to = m->x + (int64_t)(b->frame.n_features + u) * m->n_rows;
    const char *added;
    rml_codes codes = {0};
    rml_status status = patient_numbers(b, s->use.text[u], rml_build_asked_as(s, s->use.text[u]),
                                        s->categories ? RML_STUDY_CATEGORIES : 2, m->patient, &added, &codes, err);

    if (status == RML_OK && asprintf(&m->made[u], "%s%s%s", s->use.text[u], added ? "=" : "", added ? added : "") < 0) {
        m->made[u] = NULL;
        status = rml_build_no_memory(err);
    }
    m->name[b->frame.n_features + u] = m->made[u];
    if (status == RML_OK)
        status = rml_build_check_telling(b, true, m->made[u], m->patient, m->patient + b->n_patients, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        if (s->rois == RML_ROIS_MEAN)
            to[p] = m->patient[p];
        else
            for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) to[i] = m->patient[p];
    }
    put_texts(&m->texts, &codes);
    rml_build_codes_free(&codes);
    return status;
}

static rml_status check_varying(const rml_build *b, const rml_matrix *m, rml_error *err)
{
    const int32_t n_tried = b->study->clinical_control ? b->frame.n_features : m->n_columns;

    for (int32_t j = 0; j < n_tried; ++j)
        if (varies(m->x + (int64_t)j * m->n_rows, m->n_rows)) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: each of the %d features has one value alone in all %d patients: nothing can be learned",
                    b->study->path, n_tried, b->n_patients);
}

/* The matrix: the table's features, then the clinical ones, under their names. */
static rml_status put_matrix(const rml_build *b, rml_blob *blob, int32_t n_rows, rml_error *err)
{
    rml_matrix m;
    rml_status status = matrix_init(b, n_rows, &m, err);

    if (status == RML_OK) status = take_features(b, &m, err);
    for (int32_t u = 0; status == RML_OK && u < b->study->use.n; ++u) status = take_clinical(b, u, &m, err);
    if (status == RML_OK) status = check_varying(b, &m, err);
    if (status == RML_OK) {
        put_names(blob, m.name, m.n_columns);
        put_piece(blob, m.x, (size_t)m.n_columns * (size_t)m.n_rows * sizeof *m.x);
        rml_blob_put_bytes(blob, m.texts.bytes, m.texts.n_bytes); /* a multiple of 8 */
        blob->failed |= m.texts.failed;
    }
    matrix_free(b, &m);
    return status;
}

/* 4. Factors, covariates, readings, groups ------------------------------------------------------------------------- */

/* Readings have the table's features alone; clinical ones are the same whoever reads, so they are given as they are. */
static rml_status put_readings(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const int32_t n_all = b->frame.n_features + b->study->use.n;
    const size_t n = (size_t)b->n_raters * (size_t)n_all * (size_t)b->n_subjects;
    double *x = calloc(n + 1, sizeof *x), *to = x;

    if (!x) return rml_build_no_memory(err);
    for (int32_t r = 0; r < b->n_raters; ++r) {
        for (int32_t j = 0; j < b->frame.n_features; ++j)
            for (int32_t i = 0; i < b->n_subjects; ++i)
                *to++ = b->frame.x[(int64_t)j * b->frame.n_rows + b->reading[(int64_t)r * b->n_subjects + i]];
        to += (int64_t)b->study->use.n * b->n_subjects;
    }
    put_piece(blob, x, n * sizeof *x);
    free(x);
    return RML_OK;
}

static bool is_held_out(const rml_study *s, const char *level)
{
    for (int32_t h = 0; h < s->holdout.n; ++h)
        if (rml_text_same(level, s->holdout.text[h])) return true;
    return false;
}

static rml_status check_holdout(const rml_study *s, const rml_codes *codes, rml_error *err)
{
    for (int32_t h = 0; h < s->holdout.n; ++h) {
        bool there = false;

        for (int32_t l = 0; l < codes->n_levels; ++l) there |= rml_text_same(codes->level[l], s->holdout.text[h]);
        if (!there)
            return rml_fail(err, RML_ESETTING, "%s: holdout: no patient is of %s %s", s->path, s->centre,
                            s->holdout.text[h]);
    }
    return RML_OK;
}

/* Given inner folds of one outer fold, whose value stands for {fold} in the column's name. inner: work [n_patients] */
static rml_status put_inner(const rml_build *b, const char *fold, int32_t *inner, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    const char *mark = strstr(s->inner_column, "{fold}");
    const int before = mark ? (int)(mark - s->inner_column) : (int)strlen(s->inner_column);
    char *name = NULL;
    rml_place place;
    rml_status status;

    if (asprintf(&name, "%.*s%s%s", before, s->inner_column, mark ? fold : "", mark ? mark + 6 : "") < 0)
        return rml_build_no_memory(err);
    status = rml_build_column(b, name, "inner", &place, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        double number;

        if (!rml_text_number(rml_build_cell(b, p, &place), &number) || number < -1 || number > 1e6 ||
            number != floor(number))
            status = rml_fail(err, RML_ESETTING, "%s: inner: %s of patient %s is \"%s\"; a fold number was expected",
                              s->path, name, b->patient[p], rml_build_cell(b, p, &place));
        else
            inner[p] = (int32_t)number;
    }
    free(name);
    if (status == RML_OK) put_piece(blob, inner, (size_t)b->n_patients * sizeof *inner);
    return status;
}

/* What the outer folds are made from where a column gives them, and the inner folds of each. */
static rml_status put_groups(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    const bool holdout = s->split == RML_SPLIT_HOLDOUT;
    const char *column = holdout ? s->centre : s->split_column;
    rml_codes codes = {0};
    rml_status status = RML_OK;
    int32_t *group = calloc((size_t)b->n_patients + 1, sizeof *group);

    if (!group) return rml_build_no_memory(err);
    if (column) status = encode_rows(b, column, "split", &codes, err);
    for (int32_t p = 0; status == RML_OK && column && p < b->n_patients; ++p) {
        group[p] = codes.code[b->first_row[p]];
        if (holdout) group[p] = is_held_out(s, codes.level[group[p]]) ? 0 : -1;
    }
    if (status == RML_OK) status = check_holdout(s, &codes, err);
    if (status == RML_OK) {
        if (holdout && codes.level) {
            codes.n_levels = 1;
            codes.level[0] = "held out";
        }
        put_piece(blob, &codes.n_levels, sizeof codes.n_levels);
        put_names(blob, codes.level, codes.n_levels);
        put_piece(blob, group, column ? (size_t)b->n_patients * sizeof *group : 0);
    }
    for (int32_t g = 0; status == RML_OK && s->inner_column && g < codes.n_levels; ++g)
        status = put_inner(b, codes.level[g], group, blob, err);
    free(group);
    rml_build_codes_free(&codes);
    return status;
}

/* The codes of the levels of factor f that steps name. */
static rml_status find_named(const rml_build *b, int32_t f, const rml_codes *codes, int32_t *named, rml_error *err)
{
    const rml_study *s = b->study;

    for (int32_t i = 0; i < s->n_named; ++i) {
        if (s->named[i].factor != f) continue;
        named[i] = -1;
        for (int32_t l = 0; l < codes->n_levels; ++l)
            if (rml_text_same(codes->level[l], s->named[i].text)) named[i] = l;
        if (named[i] < 0)
            return rml_fail(err, RML_ESETTING, "%s: no row has %s %s; the first of its %d values is %s", s->path,
                            s->factor.text[f], s->named[i].text, codes->n_levels, codes->level[0]);
    }
    return RML_OK;
}

static rml_status put_factors(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    double *value = malloc(((size_t)b->n_rows + 1) * sizeof *value),
           *patient = malloc((3 * (size_t)b->n_patients + 1) * sizeof *patient);
    int32_t *named = calloc((size_t)s->n_named + 1, sizeof *named);
    rml_status status = value && patient && named ? RML_OK : rml_build_no_memory(err);

    for (int32_t f = 0; status == RML_OK && f < s->factor.n; ++f) {
        rml_codes codes;

        status = encode_rows(b, s->factor.text[f], "a step's column", &codes, err);
        if (status == RML_OK) status = find_named(b, f, &codes, named, err);
        if (status == RML_OK) put_codes(blob, &codes, b->n_rows);
        rml_build_codes_free(&codes);
    }
    if (status == RML_OK) put_piece(blob, named, (size_t)s->n_named * sizeof *named);
    for (int32_t c = 0; status == RML_OK && c < s->covariate.n; ++c) {
        const char *added;
        rml_codes codes = {0};

        status = patient_numbers(b, s->covariate.text[c], "covariates", 2, patient, &added, &codes, err);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            if (isnan(patient[p]))
                status = rml_fail(err, RML_ESETTING, "%s: covariates: patient %s has no %s", s->path, b->patient[p],
                                  s->covariate.text[c]);
            for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) value[i] = patient[p];
        }
        if (status == RML_OK)
            status = rml_build_check_telling(b, false, s->covariate.text[c], patient, patient + b->n_patients, err);
        if (status == RML_OK) put_piece(blob, value, (size_t)b->n_rows * sizeof *value);
        if (status == RML_OK) put_texts(blob, &codes);
        rml_build_codes_free(&codes);
    }
    free(value);
    free(patient);
    free(named);
    return status;
}

/* Columns of another file, told beside the features. */
static rml_status put_reports(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_texts *columns = &b->study->report_columns;
    double *value = calloc((size_t)columns->n * (size_t)b->n_patients + 1, sizeof *value);
    rml_status status = value ? rml_build_reports(b, value, err) : rml_build_no_memory(err);

    if (status == RML_OK) {
        put_piece(blob, &columns->n, sizeof columns->n);
        put_names(blob, columns->text, columns->n);
        put_piece(blob, value, (size_t)columns->n * (size_t)b->n_patients * sizeof *value);
    }
    free(value);
    return status;
}

/* 5. All of it ----------------------------------------------------------------------------------------------------- */

rml_status rml_build_pack(rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    const bool mean = s->rois == RML_ROIS_MEAN;
    const int32_t n_rows = mean ? b->n_patients : b->n_rows;
    const int32_t counts[] = {n_rows,
                              b->n_patients,
                              b->frame.n_features + s->use.n,
                              (int32_t)s->outcome,
                              s->outcome == RML_OUTCOME_VALUE ? 0 : b->classes.n_levels,
                              s->factor.n,
                              s->covariate.n,
                              b->n_raters,
                              b->n_subjects,
                              s->use.n,
                              b->n_without_outcome,
                              b->n_without_clinical,
                              b->n_clinical_unused,
                              s->inner_column != NULL,
                              s->clinical_control,
                              b->n_before_landmark,
                              b->n_without_landmark,
                              b->n_without_stratum,
                              b->n_without_offset};
    uint64_t *key = malloc(((size_t)b->n_patients + 1) * sizeof *key);
    rml_status status = key ? RML_OK : rml_build_no_memory(err);

    if (status != RML_OK) return status;
    for (int32_t p = 0; p < b->n_patients; ++p) {
        rml_checksum *sum = rml_checksum_begin();

        if (!sum) {
            free(key);
            return rml_build_no_memory(err);
        }
        rml_checksum_add(sum, b->patient[p], strlen(b->patient[p]));
        key[p] = rml_checksum_value(sum);
        rml_checksum_free(sum);
    }
    put_piece(blob, counts, sizeof counts);
    put_piece(blob, (const int64_t[]){b->pivoted.n_without, b->pivoted.n_negligible}, 2 * sizeof(int64_t));
    put_names(blob, b->patient, b->n_patients);
    put_piece(blob, key, (size_t)b->n_patients * sizeof *key);
    put_piece(blob, b->y, (size_t)b->n_patients * sizeof *b->y);
    put_piece(blob, b->event, b->event ? (size_t)b->n_patients : 0);
    put_names(blob, b->classes.level, b->classes.n_levels);
    put_names(blob, (const char *[]){b->frame.parameters}, 1);
    free(key);
    status = put_matrix(b, blob, n_rows, err);
    if (status == RML_OK && mean) /* from here on a patient is a row */
        for (int32_t p = 0; p <= b->n_patients; ++p) {
            if (p < b->n_patients) b->row[p] = b->row[b->first_row[p]];
            b->first_row[p] = p;
        }
    b->n_rows = n_rows;
    put_piece(blob, b->first_row, ((size_t)b->n_patients + 1) * sizeof *b->first_row);
    if (status == RML_OK) status = put_factors(b, blob, err);
    put_piece(blob, b->subject, b->subject ? (size_t)b->n_patients * sizeof *b->subject : 0);
    if (status == RML_OK) status = put_readings(b, blob, err);
    put_piece(blob, &s->told_file.n, sizeof s->told_file.n);
    put_names(blob, (const char *const *)b->told_provenance, s->told_file.n);
    put_piece(blob, b->told, (size_t)s->told_file.n * (size_t)(b->frame.n_features + s->use.n) * sizeof *b->told);
    if (status == RML_OK) status = put_groups(b, blob, err);
    if (status == RML_OK) status = put_reports(b, blob, err);
    put_names(blob, b->without_clinical, b->n_without_clinical);
    put_names(blob, b->clinical_unused, b->n_clinical_unused);
    return status == RML_OK && blob->failed ? rml_build_no_memory(err) : status;
}
