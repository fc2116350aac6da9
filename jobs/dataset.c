/* 1. A study's files, and the columns that it names
 * 2. Patients and their rows
 * 3. Outcome
 * 4. Codes: centres, folds, groups
 * 5. Numbers: covariates, clinical features, the matrix
 * 6. Readings
 * 7. Features that tell the outcome
 * 8. Packing */
#include "jobs/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/file.h"
#include "jobs/frame.h"
#include "jobs/nearest.h"
#include "kernels/base/rng.h"
#include "kernels/learn/metric.h"

/* 1. A study's files, and the columns that it names ---------------------------------------------------------------- */

typedef struct rml_codes { /* a column of texts as numbers: levels sorted, numbers before texts */
    int32_t n_levels;
    const char **level;
    int32_t *code; /* -1 missing */
} rml_codes;

typedef struct rml_build {
    const rml_study *study;
    rml_frame frame, clinical;
    bool joined; /* there is a clinical file */
    /* rows that are used, those of one patient together, patients in the order of the table */
    int32_t n_rows, n_patients;
    int64_t *row;          /* [n_rows] of the frame */
    int32_t *first_row;    /* [n_patients + 1] */
    int64_t *clinical_row; /* [n_patients], or -1 */
    const char **patient;  /* [n_patients] */
    double *y;             /* [n_patients] */
    rml_codes classes;
    /* readings */
    int32_t n_raters, n_subjects;
    int64_t *reading; /* [n_raters][n_subjects] rows of the frame; those of x first */
    int32_t *subject; /* [n_patients] */
    /* what was left out */
    int32_t n_without_outcome, n_without_clinical, n_clinical_unused;
} rml_build;

typedef struct rml_place { /* where a column that the study names stands */
    bool clinical;
    int32_t column;
} rml_place;

/* The clinical file first, then the table. */
static rml_status find_column(const rml_build *b, const char *name, const char *what, rml_place *place, rml_error *err)
{
    const char *near = NULL;

    *place = (rml_place){true, b->joined ? rml_frame_column(&b->clinical, name) : -1};
    if (place->column >= 0) return RML_OK;
    *place = (rml_place){false, rml_frame_column(&b->frame, name)};
    if (place->column >= 0) return RML_OK;
    if (b->joined) near = rml_nearest(name, b->clinical.name, b->clinical.n_columns);
    if (!near) near = rml_nearest(name, b->frame.name, b->frame.n_columns);
    return rml_fail(err, RML_ESETTING, "%s: %s: neither %s nor the clinical file has a column \"%s\"%s%s%s",
                    b->study->path, what, b->study->table, name, near ? "; did you mean \"" : "", near ? near : "",
                    near ? "\"?" : "");
}

static const char *cell_of_patient(const rml_build *b, int32_t patient, const rml_place *place)
{
    if (!place->clinical) return rml_frame_cell(&b->frame, b->row[b->first_row[patient]], place->column);
    return b->clinical_row[patient] < 0 ? "" : rml_frame_cell(&b->clinical, b->clinical_row[patient], place->column);
}

static void build_free(rml_build *b)
{
    rml_frame_free(&b->frame);
    rml_frame_free(&b->clinical);
    free(b->row);
    free(b->first_row);
    free(b->clinical_row);
    free(b->patient);
    free(b->y);
    free(b->classes.level);
    free(b->classes.code);
    free(b->reading);
    free(b->subject);
}

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the study's table");
}

/* The columns that the study names for another purpose: never features, whatever the patterns say. */
static int32_t list_named(const rml_study *s, char *inner, const char **never)
{
    const char *const one[] = {s->patient,     s->centre, s->outcome_column, s->split_column, s->reader,
                               s->clinical_by, inner};
    int32_t n = 0;

    for (size_t i = 0; i < sizeof one / sizeof *one; ++i)
        if (one[i]) never[n++] = one[i];
    for (int32_t i = 0; i < s->factor.n; ++i) never[n++] = s->factor.text[i];
    for (int32_t i = 0; i < s->n_rows; ++i) never[n++] = s->rows[i].column;
    return n;
}

static rml_status read_table(rml_build *b, const char *path, rml_error *err)
{
    const rml_study *s = b->study;
    const char **never = malloc(((size_t)s->factor.n + (size_t)s->n_rows + 8) * sizeof *never);
    char *inner = NULL;
    const char *mark = s->inner_column ? strstr(s->inner_column, "{fold}") : NULL;
    rml_status status = never ? RML_OK : no_memory(err);

    if (s->inner_column && asprintf(&inner, "%.*s%s", (int)(mark ? mark - s->inner_column : 0x7fff), s->inner_column,
                                    mark ? "*" : "") < 0) {
        inner = NULL;
        status = no_memory(err);
    }
    if (status == RML_OK)
        status = rml_frame_read(path, s->match.text, s->match.n, never, list_named(s, inner, never), &b->frame, err);
    free(inner);
    free(never);
    return status;
}

static rml_status read_files(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    char *table = rml_study_path(s, s->table), *clinical = s->clinical ? rml_study_path(s, s->clinical) : NULL;
    rml_status status = table && (clinical || !s->clinical) ? RML_OK : no_memory(err);

    if (status == RML_OK) status = read_table(b, table, err);
    if (status == RML_OK && b->frame.n_features == 0)
        status = rml_fail(err, RML_ESETTING,
                          "%s: which columns of %s are features? \"features: {match: [\"original_*\"]}\" was expected",
                          s->path, s->table);
    if (status == RML_OK && clinical) status = rml_frame_read(clinical, NULL, 0, NULL, 0, &b->clinical, err);
    b->joined = status == RML_OK && clinical;
    free(table);
    free(clinical);
    return status;
}

/* 2. Patients and their rows --------------------------------------------------------------------------------------- */

typedef struct rml_named_row {
    const char *name;
    int64_t row;
} rml_named_row;

static int by_name(const void *a, const void *b)
{
    const rml_named_row *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_row(const void *a, const void *b)
{
    const rml_named_row *x = a, *y = b;

    return (x->row > y->row) - (x->row < y->row);
}

/* Whether a row of the table meets the study's conditions; those on the readers' column may be left out. */
static bool meets(const rml_build *b, int64_t row, const int32_t *column, bool any_reader)
{
    const rml_study *s = b->study;

    for (int32_t c = 0; c < s->n_rows; ++c) {
        if (any_reader && s->reader && strcasecmp(s->rows[c].column, s->reader) == 0) continue;
        if (!rml_text_same(rml_frame_cell(&b->frame, row, column[c]), s->rows[c].value)) return false;
    }
    return true;
}

static rml_status condition_columns(const rml_build *b, int32_t *column, rml_error *err)
{
    const rml_study *s = b->study;

    for (int32_t c = 0; c < s->n_rows; ++c) {
        const char *near = rml_nearest(s->rows[c].column, b->frame.name, b->frame.n_columns);

        column[c] = rml_frame_column(&b->frame, s->rows[c].column);
        if (column[c] < 0)
            return rml_fail(err, RML_ESETTING, "%s: rows: %s has no column \"%s\"%s%s%s", s->path, s->table,
                            s->rows[c].column, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return RML_OK;
}

/* Rows of one patient together, patients in the order of their first rows. named: [n], sorted by the call. */
static rml_status list_patients(rml_build *b, rml_named_row *named, int32_t n, rml_error *err)
{
    rml_named_row *head = malloc(((size_t)n + 1) * sizeof *head);
    int32_t at = 0;

    b->row = malloc(((size_t)n + 1) * sizeof *b->row);
    b->first_row = malloc(((size_t)n + 2) * sizeof *b->first_row);
    b->patient = malloc(((size_t)n + 1) * sizeof *b->patient);
    if (!head || !b->row || !b->first_row || !b->patient) {
        free(head);
        return no_memory(err);
    }
    qsort(named, (size_t)n, sizeof *named, by_name);
    for (int32_t i = 0; i < n; ++i) /* each patient's first row, by which patients are ordered */
        if (i == 0 || strcmp(named[i].name, named[i - 1].name) != 0) head[b->n_patients++] = named[i];
    qsort(head, (size_t)b->n_patients, sizeof *head, by_row);
    for (int32_t p = 0; p < b->n_patients; ++p) {
        const rml_named_row first = {head[p].name, INT64_MIN};
        int32_t low = 0, high = n;

        while (low < high) { /* its block in the sorted list */
            const int32_t middle = low + (high - low) / 2;

            if (by_name(&named[middle], &first) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        b->patient[p] = head[p].name;
        b->first_row[p] = at;
        for (; low < n && strcmp(named[low].name, head[p].name) == 0; ++low) b->row[at++] = named[low].row;
    }
    b->first_row[b->n_patients] = at;
    b->n_rows = at;
    free(head);
    return RML_OK;
}

static rml_status pick_rows(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t patient = rml_frame_column(&b->frame, s->patient);
    int32_t *column = malloc(((size_t)s->n_rows + 1) * sizeof *column), n = 0;
    rml_named_row *named = malloc(((size_t)b->frame.n_rows + 1) * sizeof *named);
    rml_status status = column && named ? condition_columns(b, column, err) : no_memory(err);

    if (status == RML_OK && patient < 0)
        status = rml_fail(err, RML_ESETTING, "%s: patient: %s has no column \"%s\"", s->path, s->table, s->patient);
    for (int64_t r = 0; status == RML_OK && r < b->frame.n_rows; ++r) {
        const char *name = rml_frame_cell(&b->frame, r, patient);

        if (!meets(b, r, column, false)) continue;
        if (rml_text_missing(name))
            status = rml_fail(err, RML_ESETTING, "%s row %lld: %s is empty", s->table, (long long)r + 1, s->patient);
        named[n++] = (rml_named_row){name, r};
    }
    if (status == RML_OK && n == 0)
        status = rml_fail(err, RML_ESETTING, "%s: no row of %s meets the conditions of \"rows\"", s->path, s->table);
    if (status == RML_OK) status = list_patients(b, named, n, err);
    free(column);
    free(named);
    return status;
}

/* Several rows a patient: refused, or the one with the largest volume. (mean and separate keep all.) */
static rml_status reduce_rows(rml_build *b, rml_error *err)
{
    static const char *const volumes[] = {"original_shape_VoxelVolume", "original_shape_MeshVolume"};
    const rml_study *s = b->study;
    const double *volume = NULL;
    int32_t at = 0;

    for (int32_t p = 0; p < b->n_patients && s->rois == RML_ROIS_ONE; ++p)
        if (b->first_row[p + 1] - b->first_row[p] > 1)
            return rml_fail(
                err, RML_ESETTING,
                "%s: patient %s has %d rows (%lld and %lld of %s); narrow \"rows\", or say \"rois: largest\", "
                "\"mean\" or \"separate\"",
                s->path, b->patient[p], b->first_row[p + 1] - b->first_row[p], (long long)b->row[b->first_row[p]] + 1,
                (long long)b->row[b->first_row[p] + 1] + 1, s->table);
    if (s->rois != RML_ROIS_LARGEST) return RML_OK;
    for (int32_t v = 0; v < 2 && !volume; ++v)
        for (int32_t j = 0; j < b->frame.n_features && !volume; ++j)
            if (strcmp(b->frame.feature[j], volumes[v]) == 0) volume = b->frame.x + (int64_t)j * b->frame.n_rows;
    if (!volume) return rml_fail(err, RML_ESETTING, "%s: rois: largest needs the feature %s", s->path, volumes[0]);
    for (int32_t p = 0; p < b->n_patients; ++p) {
        int64_t best = b->row[b->first_row[p]];

        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i)
            if (volume[b->row[i]] > volume[best]) best = b->row[i];
        b->first_row[p] = at;
        b->row[at++] = best;
    }
    b->first_row[b->n_patients] = b->n_rows = at;
    return RML_OK;
}

static rml_status join_clinical(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t by = b->joined ? rml_frame_column(&b->clinical, s->clinical_by) : -1;
    rml_named_row *named = NULL;
    int64_t n = b->clinical.n_rows, n_matched = 0;
    rml_status status = RML_OK;

    b->clinical_row = malloc(((size_t)b->n_patients + 1) * sizeof *b->clinical_row);
    named = malloc(((size_t)n + 1) * sizeof *named);
    if (!b->clinical_row || !named) status = no_memory(err);
    if (status == RML_OK && b->joined && by < 0)
        status =
            rml_fail(err, RML_ESETTING, "%s: clinical: %s has no column \"%s\"", s->path, s->clinical, s->clinical_by);
    if (status != RML_OK) goto done;
    for (int64_t r = 0; b->joined && r < n; ++r) named[r] = (rml_named_row){rml_frame_cell(&b->clinical, r, by), r};
    qsort(named, b->joined ? (size_t)n : 0, sizeof *named, by_name);
    for (int64_t r = 1; b->joined && r < n && status == RML_OK; ++r)
        if (strcmp(named[r].name, named[r - 1].name) == 0)
            status =
                rml_fail(err, RML_ESETTING, "%s: %s %s stands on lines %lld and %lld; one row a patient was expected",
                         s->clinical, s->clinical_by, named[r].name, (long long)b->clinical.line[named[r - 1].row],
                         (long long)b->clinical.line[named[r].row]);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        const rml_named_row first = {b->patient[p], INT64_MIN};
        int64_t low = 0, high = b->joined ? n : 0;

        while (low < high) {
            const int64_t middle = low + (high - low) / 2;

            if (by_name(&named[middle], &first) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        b->clinical_row[p] = b->joined && low < n && strcmp(named[low].name, b->patient[p]) == 0 ? named[low].row : -1;
        if (b->clinical_row[p] >= 0)
            ++n_matched;
        else
            b->n_without_clinical += b->joined;
    }
    if (status == RML_OK && b->joined && n_matched == 0)
        status = rml_fail(err, RML_ESETTING, "%s: no %s of %s is a patient of %s: the first are \"%s\" and \"%s\"",
                          s->path, s->clinical_by, s->clinical, s->table,
                          n > 0 ? rml_frame_cell(&b->clinical, 0, by) : "", b->patient[0]);
    b->n_clinical_unused = b->joined ? (int32_t)(n - n_matched) : 0;
done:
    free(named);
    return status;
}

/* 3. Outcome ------------------------------------------------------------------------------------------------------- */

static int by_number_or_text(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    double u, v;
    const bool nx = rml_text_number(x, &u), ny = rml_text_number(y, &v);

    if (nx != ny) return nx ? -1 : 1;
    if (nx && u != v) return u < v ? -1 : 1;
    return nx ? 0 : strcmp(x, y);
}

/* Texts as codes; the levels are sorted, so that codes do not hang on the order of rows. */
static rml_status encode(int32_t n, const char **text, rml_codes *codes, rml_error *err)
{
    const char **sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    int32_t m = 0;

    *codes = (rml_codes){.level = malloc(((size_t)n + 1) * sizeof *codes->level),
                         .code = malloc(((size_t)n + 1) * sizeof *codes->code)};
    if (!sorted || !codes->level || !codes->code) {
        free(sorted);
        return no_memory(err);
    }
    for (int32_t i = 0; i < n; ++i)
        if (!rml_text_missing(text[i])) sorted[m++] = text[i];
    qsort(sorted, (size_t)m, sizeof *sorted, by_number_or_text);
    for (int32_t i = 0; i < m; ++i)
        if (i == 0 || by_number_or_text(&sorted[i], &sorted[i - 1]) != 0) codes->level[codes->n_levels++] = sorted[i];
    for (int32_t i = 0; i < n; ++i) {
        codes->code[i] = -1;
        for (int32_t l = 0; l < codes->n_levels && !rml_text_missing(text[i]); ++l)
            if (rml_text_same(text[i], codes->level[l])) codes->code[i] = l;
    }
    free(sorted);
    return RML_OK;
}

static rml_status check_classes(const rml_build *b, const rml_codes *codes, rml_error *err)
{
    const rml_study *s = b->study;
    const char *positive = s->positive ? s->positive : "1";
    bool there = false;

    if (codes->n_levels < 2)
        return rml_fail(err, RML_ESETTING, "%s: outcome %s: %s; at least two classes were expected", s->path,
                        s->outcome_column, codes->n_levels == 0 ? "no patient has one" : "all patients have the same");
    if (s->outcome != RML_OUTCOME_CLASS) return RML_OK;
    if (codes->n_levels > 2)
        return rml_fail(err, RML_ESETTING,
                        "%s: outcome %s has %d values (%s, %s, %s …); two were expected, or \"classes:\" instead of "
                        "\"class:\"",
                        s->path, s->outcome_column, codes->n_levels, codes->level[0], codes->level[1], codes->level[2]);
    for (int32_t l = 0; l < 2; ++l) there |= rml_text_same(codes->level[l], positive);
    if (!there)
        return rml_fail(err, RML_ESETTING, "%s: outcome %s has the values %s and %s; \"positive:\" must be one of them",
                        s->path, s->outcome_column, codes->level[0], codes->level[1]);
    return RML_OK;
}

static rml_status take_outcomes(rml_build *b, const char **text, rml_error *err)
{
    const rml_study *s = b->study;
    rml_status status = RML_OK;

    for (int32_t p = 0; p < b->n_patients; ++p) b->y[p] = NAN;
    if (s->outcome == RML_OUTCOME_VALUE) {
        for (int32_t p = 0; p < b->n_patients; ++p)
            if (!rml_text_missing(text[p]) && !rml_text_number(text[p], &b->y[p]))
                return rml_fail(err, RML_ESETTING, "%s: outcome %s of patient %s is \"%s\", a number was expected",
                                s->path, s->outcome_column, b->patient[p], text[p]);
        return RML_OK;
    }
    status = encode(b->n_patients, text, &b->classes, err);
    if (status == RML_OK) status = check_classes(b, &b->classes, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        if (b->classes.code[p] < 0) continue;
        b->y[p] = s->outcome == RML_OUTCOME_CLASSES
                      ? b->classes.code[p]
                      : rml_text_same(b->classes.level[b->classes.code[p]], s->positive ? s->positive : "1");
    }
    return status;
}

/* Patients without an outcome leave, with their rows. */
static void drop_without_outcome(rml_build *b)
{
    int32_t kept = 0, at = 0;

    for (int32_t p = 0; p < b->n_patients; ++p) {
        const int32_t first = b->first_row[p], end = b->first_row[p + 1];

        if (isnan(b->y[p])) {
            ++b->n_without_outcome;
            continue;
        }
        b->first_row[kept] = at;
        for (int32_t i = first; i < end; ++i) b->row[at++] = b->row[i];
        b->y[kept] = b->y[p];
        b->patient[kept] = b->patient[p];
        b->clinical_row[kept] = b->clinical_row[p];
        ++kept;
    }
    b->first_row[kept] = at;
    b->n_patients = kept;
    b->n_rows = at;
}

static rml_status read_outcome(rml_build *b, rml_error *err)
{
    const char **text = malloc(((size_t)b->n_patients + 1) * sizeof *text);
    rml_place place;
    rml_status status = RML_OK;

    b->y = malloc(((size_t)b->n_patients + 1) * sizeof *b->y);
    if (!text || !b->y) status = no_memory(err);
    if (status == RML_OK) status = find_column(b, b->study->outcome_column, "outcome", &place, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) text[p] = cell_of_patient(b, p, &place);
    if (status == RML_OK) status = take_outcomes(b, text, err);
    if (status == RML_OK) drop_without_outcome(b);
    free(text);
    return status;
}

/* 4. Codes: centres, folds, groups --------------------------------------------------------------------------------- */

/* A column as codes of the rows (a patient's own column stands on all of its rows). */
static rml_status encode_rows(const rml_build *b, const char *name, const char *what, rml_codes *codes, rml_error *err)
{
    const char **text = malloc(((size_t)b->n_rows + 1) * sizeof *text);
    rml_place place;
    rml_status status = text ? find_column(b, name, what, &place, err) : no_memory(err);

    *codes = (rml_codes){0};
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
        for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) {
            text[i] =
                place.clinical ? cell_of_patient(b, p, &place) : rml_frame_cell(&b->frame, b->row[i], place.column);
            if (rml_text_missing(text[i]))
                status = rml_fail(err, RML_ESETTING, "%s: patient %s has no %s", b->study->path, b->patient[p], name);
        }
    if (status == RML_OK) status = encode(b->n_rows, text, codes, err);
    free(text);
    return status;
}

static void codes_free(rml_codes *codes)
{
    free(codes->level);
    free(codes->code);
    *codes = (rml_codes){0};
}

/* 5. Numbers: covariates, clinical features, the matrix ------------------------------------------------------------ */

/* A patient column as numbers: numbers as they are; two texts as 0 and 1, in their order. added: the name of the level
 * that is 1, or NULL. */
static rml_status patient_numbers(const rml_build *b, const char *name, const char *what, double *value,
                                  const char **added, rml_codes *codes, rml_error *err)
{
    const char **text = malloc(((size_t)b->n_patients + 1) * sizeof *text);
    rml_place place;
    bool numbers = true;
    rml_status status = text ? find_column(b, name, what, &place, err) : no_memory(err);

    *added = NULL;
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        text[p] = cell_of_patient(b, p, &place);
        value[p] = NAN;
        if (!rml_text_missing(text[p]) && !rml_text_number(text[p], &value[p])) numbers = false;
    }
    if (status == RML_OK && !numbers) {
        status = encode(b->n_patients, text, codes, err);
        if (status == RML_OK && codes->n_levels != 2)
            status =
                rml_fail(err, RML_ESETTING, "%s: %s: %s has %d different texts; numbers or two texts were expected",
                         b->study->path, what, name, codes->n_levels);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
            value[p] = codes->code[p] < 0 ? NAN : codes->code[p];
        if (status == RML_OK) *added = codes->level[1];
    }
    free(text);
    return status;
}

/* 6. Readings ------------------------------------------------------------------------------------------------------ */

static rml_status find_readings(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t reader = rml_frame_column(&b->frame, s->reader), patient = rml_frame_column(&b->frame, s->patient);
    int32_t *column = malloc(((size_t)s->n_rows + 1) * sizeof *column);
    const char **text = malloc(((size_t)b->frame.n_rows + 1) * sizeof *text);
    int64_t *of = NULL; /* [n_patients][n_levels] the row that a reader made, or -1 */
    rml_codes codes = {0};
    rml_status status = column && text ? condition_columns(b, column, err) : no_memory(err);
    int32_t own = -1;

    if (status == RML_OK && reader < 0)
        status = rml_fail(err, RML_ESETTING, "%s: icc: %s has no column \"%s\"", s->path, s->table, s->reader);
    if (status == RML_OK && s->rois != RML_ROIS_ONE)
        status = rml_fail(err, RML_ESETTING, "%s: icc over readings needs one row a patient; narrow \"rows\"", s->path);
    if (status != RML_OK) goto done;
    for (int64_t r = 0; r < b->frame.n_rows; ++r) text[r] = rml_frame_cell(&b->frame, r, reader);
    status = encode((int32_t)b->frame.n_rows, text, &codes, err);
    if (status != RML_OK) goto done;
    of = malloc(((size_t)b->n_patients * (size_t)codes.n_levels + 1) * sizeof *of);
    b->subject = malloc(((size_t)b->n_patients + 1) * sizeof *b->subject);
    b->reading = malloc(((size_t)b->n_patients * (size_t)codes.n_levels + 1) * sizeof *b->reading);
    if (!of || !b->subject || !b->reading) {
        status = no_memory(err);
        goto done;
    }
    for (int64_t i = 0; i < (int64_t)b->n_patients * codes.n_levels; ++i) of[i] = -1;
    for (int64_t r = 0; r < b->frame.n_rows; ++r) {
        if (!meets(b, r, column, true) || codes.code[r] < 0) continue;
        for (int32_t p = 0; p < b->n_patients; ++p)
            if (strcmp(b->patient[p], rml_frame_cell(&b->frame, r, patient)) == 0)
                of[(int64_t)p * codes.n_levels + codes.code[r]] = r;
    }
    /* Readers who read at least one of the patients beside the first; the reading that x holds comes first. */
    for (int32_t p = 0; p < b->n_patients && own < 0; ++p) own = codes.code[b->row[p]];
    for (int32_t l = 0; l < codes.n_levels; ++l) {
        bool reads = false;

        for (int32_t p = 0; p < b->n_patients; ++p) reads |= of[(int64_t)p * codes.n_levels + l] >= 0;
        codes.level[b->n_raters] = codes.level[l];
        for (int32_t p = 0; p < b->n_patients && reads; ++p) {
            const int64_t row = of[(int64_t)p * codes.n_levels + l];

            of[(int64_t)p * codes.n_levels + b->n_raters] = row;
        }
        if (reads && l == own) own = b->n_raters;
        b->n_raters += reads;
    }
    for (int32_t p = 0; p < b->n_patients; ++p) {
        bool all = b->n_raters > 1;

        for (int32_t l = 0; l < b->n_raters; ++l) all &= of[(int64_t)p * codes.n_levels + l] >= 0;
        b->subject[p] = all ? b->n_subjects++ : -1;
    }
    for (int32_t p = 0; p < b->n_patients; ++p)
        for (int32_t l = 0; l < b->n_raters && b->subject[p] >= 0; ++l) {
            const int32_t to = l == own ? 0 : l < own ? l + 1 : l;

            b->reading[(int64_t)to * b->n_subjects + b->subject[p]] = of[(int64_t)p * codes.n_levels + l];
        }
done:
    free(column);
    free(text);
    free(of);
    codes_free(&codes);
    return status;
}

/* 7. Features that tell the outcome -------------------------------------------------------------------------------- */

static bool allowed(const rml_study *s, const char *name)
{
    for (int32_t i = 0; i < s->allow.n; ++i)
        if (strcmp(s->allow.text[i], name) == 0) return true;
    return false;
}

/* x: one value a patient; patients without it are left out. */
static rml_status check_telling(const rml_build *b, const char *name, const double *x, double *scratch, rml_error *err)
{
    const rml_study *s = b->study;
    const rml_metric metric = s->outcome == RML_OUTCOME_VALUE ? RML_METRIC_SPEARMAN : RML_METRIC_AUC;
    double told = NAN;
    int32_t n = 0;

    if (s->outcome == RML_OUTCOME_CLASSES || allowed(s, name)) return RML_OK;
    for (int32_t p = 0; p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            scratch[n] = b->y[p];
            scratch[b->n_patients + n++] = x[p];
        }
    for (int32_t i = 0; i < n; ++i) scratch[n + i] = scratch[b->n_patients + i];
    if (n > 2) told = rml_metric_of(metric, s->outcome, 2, n, scratch, scratch + n);
    if (metric == RML_METRIC_AUC) told = fmax(told, 1.0 - told);
    if (n < 10 || isnan(told) || fabs(told) < 0.999) return RML_OK;
    return rml_fail(
        err, RML_ESETTING,
        "%s: feature %s tells the outcome (%s %.4f over %d patients): is it the outcome in disguise? Leave it "
        "out, or list it under \"features: {allow: [%s]}\"",
        s->path, name, metric == RML_METRIC_AUC ? "AUC" : "|Spearman|", fabs(told), n, name);
}

/* 8. Packing ------------------------------------------------------------------------------------------------------- */

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

    for (int32_t i = 0; i < n; ++i) rml_blob_put_bytes(&all, names[i], strlen(names[i]) + 1);
    put_piece(blob, all.bytes, all.n_bytes);
    blob->failed |= all.failed;
    rml_blob_free(&all);
}

static void put_codes(rml_blob *blob, const rml_codes *codes, int32_t n)
{
    put_piece(blob, &codes->n_levels, sizeof codes->n_levels);
    put_names(blob, codes->level, codes->n_levels);
    put_piece(blob, codes->code, (size_t)n * sizeof *codes->code);
}

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

/* The matrix: the table's features, then the clinical ones, under their names. */
static rml_status put_matrix(const rml_build *b, rml_blob *blob, int32_t n_rows, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t n_all = b->frame.n_features + s->use.n;
    const char **name = malloc(((size_t)n_all + 1) * sizeof *name);
    char **made = calloc((size_t)s->use.n + 1, sizeof *made);
    double *x = malloc(((size_t)n_all * (size_t)n_rows + 1) * sizeof *x);
    double *patient = malloc(3 * ((size_t)n_rows + (size_t)b->n_patients + 1) * sizeof *patient);
    rml_status status = name && made && x && patient ? RML_OK : no_memory(err);

    for (int32_t j = 0; status == RML_OK && j < b->frame.n_features; ++j) {
        double *to = x + (int64_t)j * n_rows;

        name[j] = b->frame.feature[j];
        column_of_rows(b, b->frame.x + (int64_t)j * b->frame.n_rows, to);
        for (int32_t p = 0; p < b->n_patients; ++p) patient[p] = s->rois == RML_ROIS_MEAN ? to[p] : to[b->first_row[p]];
        status = check_telling(b, name[j], patient, patient + b->n_patients, err);
    }
    for (int32_t u = 0; status == RML_OK && u < s->use.n; ++u) {
        double *to = x + (int64_t)(b->frame.n_features + u) * n_rows;
        const char *added;
        rml_codes codes = {0};

        status = patient_numbers(b, s->use.text[u], "use", patient, &added, &codes, err);
        if (status == RML_OK &&
            asprintf(&made[u], "%s%s%s", s->use.text[u], added ? "=" : "", added ? added : "") < 0) {
            made[u] = NULL;
            status = no_memory(err);
        }
        if (status == RML_OK) status = check_telling(b, made[u], patient, patient + b->n_patients, err);
        name[b->frame.n_features + u] = made[u];
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            if (s->rois == RML_ROIS_MEAN)
                to[p] = patient[p];
            else
                for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) to[i] = patient[p];
        }
        codes_free(&codes);
    }
    if (status == RML_OK) {
        put_names(blob, name, n_all);
        put_piece(blob, x, (size_t)n_all * (size_t)n_rows * sizeof *x);
    }
    for (int32_t u = 0; made && u < s->use.n; ++u) free(made[u]);
    free(made);
    free(name);
    free(x);
    free(patient);
    return status;
}

/* Readings have the table's features alone; clinical ones are the same whoever reads, so they are given as they are. */
static rml_status put_readings(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const int32_t n_all = b->frame.n_features + b->study->use.n;
    const size_t n = (size_t)b->n_raters * (size_t)n_all * (size_t)b->n_subjects;
    double *x = calloc(n + 1, sizeof *x), *to = x;

    if (!x) return no_memory(err);
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

static rml_status put_groups(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    const char *column = s->split == RML_SPLIT_HOLDOUT ? s->centre : s->split_column;
    rml_codes codes = {0};
    rml_status status = RML_OK;
    int32_t *group = calloc((size_t)b->n_patients + 1, sizeof *group);

    if (!group) return no_memory(err);
    if (column) status = encode_rows(b, column, "split", &codes, err);
    for (int32_t p = 0; status == RML_OK && column && p < b->n_patients; ++p) {
        group[p] = codes.code[b->first_row[p]];
        if (s->split == RML_SPLIT_HOLDOUT) {
            bool held = false;

            for (int32_t h = 0; h < s->holdout.n; ++h) held |= rml_text_same(codes.level[group[p]], s->holdout.text[h]);
            group[p] = held ? 0 : -1;
        }
    }
    for (int32_t h = 0; status == RML_OK && h < s->holdout.n; ++h) {
        bool there = false;

        for (int32_t l = 0; l < codes.n_levels; ++l) there |= rml_text_same(codes.level[l], s->holdout.text[h]);
        if (!there)
            status = rml_fail(err, RML_ESETTING, "%s: holdout: no patient is of %s %s", s->path, s->centre,
                              s->holdout.text[h]);
    }
    if (status == RML_OK) {
        if (s->split == RML_SPLIT_HOLDOUT) {
            codes.n_levels = 1;
            codes.level[0] = "held out";
        }
        put_piece(blob, &codes.n_levels, sizeof codes.n_levels);
        put_names(blob, codes.level, codes.n_levels);
        put_piece(blob, group, column ? (size_t)b->n_patients * sizeof *group : 0);
    }
    /* Given inner folds: a column for every outer fold, whose value stands for {fold}. */
    for (int32_t g = 0; status == RML_OK && s->inner_column && g < codes.n_levels; ++g) {
        const char *mark = strstr(s->inner_column, "{fold}");
        char *name = NULL;
        rml_place place;

        if (asprintf(&name, "%.*s%s%s", mark ? (int)(mark - s->inner_column) : (int)strlen(s->inner_column),
                     s->inner_column, mark ? codes.level[g] : "", mark ? mark + 6 : "") < 0) {
            status = no_memory(err);
            break;
        }
        status = find_column(b, name, "inner", &place, err);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            double fold;

            if (!rml_text_number(cell_of_patient(b, p, &place), &fold) || fold < -1 || fold > 1e6 ||
                fold != floor(fold))
                status =
                    rml_fail(err, RML_ESETTING, "%s: inner: %s of patient %s is \"%s\"; a fold number was expected",
                             s->path, name, b->patient[p], cell_of_patient(b, p, &place));
            else
                group[p] = (int32_t)fold;
        }
        free(name);
        if (status == RML_OK) put_piece(blob, group, (size_t)b->n_patients * sizeof *group);
    }
    free(group);
    codes_free(&codes);
    return status;
}

static rml_status put_factors(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    double *value = malloc(((size_t)b->n_rows + 1) * sizeof *value),
           *patient = malloc(((size_t)b->n_patients + 1) * sizeof *patient);
    rml_status status = value && patient ? RML_OK : no_memory(err);

    for (int32_t f = 0; status == RML_OK && f < s->factor.n; ++f) {
        rml_codes codes;

        status = encode_rows(b, s->factor.text[f], "a step's column", &codes, err);
        if (status == RML_OK) put_codes(blob, &codes, b->n_rows);
        codes_free(&codes);
    }
    for (int32_t c = 0; status == RML_OK && c < s->covariate.n; ++c) {
        const char *added;
        rml_codes codes = {0};

        status = patient_numbers(b, s->covariate.text[c], "covariates", patient, &added, &codes, err);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            if (isnan(patient[p]))
                status = rml_fail(err, RML_ESETTING, "%s: covariates: patient %s has no %s", s->path, b->patient[p],
                                  s->covariate.text[c]);
            for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) value[i] = patient[p];
        }
        if (status == RML_OK) put_piece(blob, value, (size_t)b->n_rows * sizeof *value);
        codes_free(&codes);
    }
    free(value);
    free(patient);
    return status;
}

static rml_status pack(rml_build *b, rml_blob *blob, rml_error *err)
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
                              s->inner_column != NULL};
    uint64_t *key = malloc(((size_t)b->n_patients + 1) * sizeof *key);
    rml_status status = key ? RML_OK : no_memory(err);

    if (status != RML_OK) return status;
    for (int32_t p = 0; p < b->n_patients; ++p) {
        rml_checksum *sum = rml_checksum_begin();

        if (!sum) {
            free(key);
            return no_memory(err);
        }
        rml_checksum_add(sum, b->patient[p], strlen(b->patient[p]));
        key[p] = rml_checksum_value(sum);
        rml_checksum_free(sum);
    }
    put_piece(blob, counts, sizeof counts);
    put_names(blob, b->patient, b->n_patients);
    put_piece(blob, key, (size_t)b->n_patients * sizeof *key);
    put_piece(blob, b->y, (size_t)b->n_patients * sizeof *b->y);
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
    if (status == RML_OK) status = put_groups(b, blob, err);
    return status == RML_OK && blob->failed ? no_memory(err) : status;
}

rml_status rml_dataset_read(const rml_study *study, rml_blob *blob, rml_error *err)
{
    rml_build b = {.study = study};
    rml_status status = read_files(&b, err);

    if (status == RML_OK) status = pick_rows(&b, err);
    if (status == RML_OK) status = reduce_rows(&b, err);
    if (status == RML_OK) status = join_clinical(&b, err);
    if (status == RML_OK) status = read_outcome(&b, err);
    if (status == RML_OK && b.n_patients == 0)
        status = rml_fail(err, RML_ESETTING, "%s: no patient has an outcome", study->path);
    if (status == RML_OK && study->reader) status = find_readings(&b, err);
    if (status == RML_OK) status = pack(&b, blob, err);
    build_free(&b);
    return status;
}
