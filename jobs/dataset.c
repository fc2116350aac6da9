/* 1. A study's files, and the columns that it names
 * 2. Texts as codes
 * 3. Patients and their rows
 * 4. Outcome
 * 5. All together */
#include "jobs/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jobs/dataset_build.h"
#include "jobs/nearest.h"
#include "jobs/patients.h"

enum { RML_LEAST_EVENTS = 5 }; /* below, no hazard ratio has limits that say anything */

/* 1. A study's files, and the columns that it names ---------------------------------------------------------------- */

rml_status rml_build_column(const rml_build *b, const char *name, const char *what, rml_place *place, rml_error *err)
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

const char *rml_build_cell(const rml_build *b, int32_t patient, const rml_place *place)
{
    if (!place->clinical) return rml_frame_cell(&b->frame, b->row[b->first_row[patient]], place->column);
    return b->clinical_row[patient] < 0 ? "" : rml_frame_cell(&b->clinical, b->clinical_row[patient], place->column);
}

void rml_build_free(rml_build *b)
{
    rml_frame_free(&b->frame);
    rml_frame_free(&b->clinical);
    free(b->row);
    free(b->first_row);
    free(b->clinical_row);
    free(b->without_clinical);
    free(b->clinical_unused);
    free(b->patient);
    free(b->y);
    free(b->event);
    free(b->classes.level);
    free(b->classes.code);
    free(b->reading);
    free(b->subject);
    free(b->told);
    for (int32_t t = 0; b->told_provenance && t < b->study->told_file.n; ++t) free(b->told_provenance[t]);
    free(b->told_provenance);
}

/* The columns that the study names for another purpose: never features, whatever the patterns say. */
static int32_t list_named(const rml_study *s, char *inner, const char **never)
{
    const char *const one[] = {s->patient, s->centre, s->split_column, s->reader, s->clinical_by, inner};
    int32_t n = 0;

    for (size_t i = 0; i < sizeof one / sizeof *one; ++i)
        if (one[i]) never[n++] = one[i];
    for (int32_t i = 0; i < s->outcomes.n; ++i) never[n++] = s->outcomes.text[i];
    for (int32_t i = 0; i < s->factor.n; ++i) never[n++] = s->factor.text[i];
    for (int32_t i = 0; i < s->n_rows; ++i) never[n++] = s->rows[i].column;
    for (int32_t i = 0; i < s->pivot.n_by; ++i) never[n++] = s->pivot.by[i];
    for (int32_t i = 0; i < s->groups.by.n; ++i) never[n++] = s->groups.by.text[i];
    return n;
}

static rml_status read_table(rml_build *b, const char *path, rml_error *err)
{
    const rml_study *s = b->study;
    const char **never = malloc(((size_t)s->factor.n + (size_t)s->n_rows + (size_t)s->pivot.n_by +
                                 (size_t)s->outcomes.n + (size_t)s->groups.by.n + 8) *
                                sizeof *never);
    char *inner = NULL;
    const char *mark = s->inner_column ? strstr(s->inner_column, "{fold}") : NULL;
    rml_status status = never ? RML_OK : rml_build_no_memory(err);

    if (s->inner_column && asprintf(&inner, "%.*s%s", (int)(mark ? mark - s->inner_column : 0x7fff), s->inner_column,
                                    mark ? "*" : "") < 0) {
        inner = NULL;
        status = rml_build_no_memory(err);
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
    rml_status status = table && (clinical || !s->clinical) ? RML_OK : rml_build_no_memory(err);

    if (status == RML_OK) status = read_table(b, table, err);
    if (status == RML_OK && b->frame.n_features == 0)
        status = rml_fail(err, RML_ESETTING,
                          "%s: which columns of %s are features? \"features: {match: [\"original_*\"]}\" was expected",
                          s->path, s->table);
    if (status == RML_OK && clinical) status = rml_frame_read(clinical, NULL, 0, NULL, 0, &b->clinical, err);
    b->joined = status == RML_OK && clinical;
    if (status == RML_OK && s->survive.score_name) status = rml_build_score(b, err);
    free(table);
    free(clinical);
    return status;
}

const char *rml_build_asked_as(const rml_study *s, const char *column)
{
    return s->survive.offset && strcmp(column, s->survive.offset) == 0 ? "survive: offset" : "use";
}

/* What the study gives to steps must be no outcome, however the column's name is spelled. of: NULL: those of `use`. */
static rml_status check_given(const rml_build *b, const rml_place *outcome, const char *outcome_name,
                              const rml_texts *columns, const char *of, rml_error *err)
{
    for (int32_t i = 0; i < columns->n; ++i) {
        const char *what = of ? of : rml_build_asked_as(b->study, columns->text[i]);
        rml_place place;
        const rml_status status = rml_build_column(b, columns->text[i], what, &place, err);

        if (status != RML_OK) return status;
        if (place.clinical == outcome->clinical && place.column == outcome->column)
            return rml_fail(err, RML_ESETTING, "%s: %s: %s is the outcome %s, which no step may know", b->study->path,
                            what, columns->text[i], outcome_name);
    }
    return RML_OK;
}

/* Every outcome that is listed must be there, whichever this one is, and be nothing else as well. */
static rml_status check_outcomes(const rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    rml_status status = RML_OK;

    for (int32_t i = 0; status == RML_OK && i < s->outcomes.n; ++i) {
        const char *name = s->outcomes.text[i];
        rml_place place;

        status = rml_build_column(b, name, "outcome", &place, err);
        if (status == RML_OK) status = check_given(b, &place, name, &s->use, NULL, err);
        if (status == RML_OK) status = check_given(b, &place, name, &s->covariate, "covariates", err);
        if (status == RML_OK) status = check_given(b, &place, name, &s->factor, "a step's column", err);
    }
    return status;
}

/* 2. Texts as codes ------------------------------------------------------------------------------------------------ */

static int by_number_or_text(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    double u, v;
    const bool nx = rml_text_number(x, &u), ny = rml_text_number(y, &v);

    if (nx != ny) return nx ? -1 : 1;
    if (nx && u != v) return u < v ? -1 : 1;
    return nx ? 0 : strcmp(x, y);
}

rml_status rml_build_encode(int32_t n, const char *const *text, rml_codes *codes, rml_error *err)
{
    const char **sorted = calloc((size_t)n + 1, sizeof *sorted);
    int32_t m = 0;

    *codes = (rml_codes){.level = calloc((size_t)n + 1, sizeof *codes->level),
                         .code = malloc(((size_t)n + 1) * sizeof *codes->code)};
    if (!sorted || !codes->level || !codes->code) {
        free(sorted);
        return rml_build_no_memory(err);
    }
    for (int32_t i = 0; i < n; ++i)
        if (!rml_text_missing(text[i])) sorted[m++] = text[i];
    qsort(sorted, (size_t)m, sizeof *sorted, by_number_or_text);
    for (int32_t i = 0; i < m; ++i)
        if (i == 0 || by_number_or_text(&sorted[i], &sorted[i - 1]) != 0) codes->level[codes->n_levels++] = sorted[i];
    for (int32_t i = 0; i < n; ++i) {
        const char **level = rml_text_missing(text[i]) ? NULL
                                                       : bsearch(&text[i], codes->level, (size_t)codes->n_levels,
                                                                 sizeof *codes->level, by_number_or_text);

        codes->code[i] = level ? (int32_t)(level - codes->level) : -1;
    }
    free(sorted);
    return RML_OK;
}

void rml_build_codes_free(rml_codes *codes)
{
    free(codes->level);
    free(codes->code);
    *codes = (rml_codes){0};
}

/* 3. Patients and their rows --------------------------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
    const rml_named *x = a, *y = b;

    return (x->place > y->place) - (x->place < y->place);
}

/* Whether a row of the table meets the study's conditions; those on the readers' column may be left out. */
bool rml_build_meets(const rml_build *b, int64_t row, const int32_t *column, bool any_reader)
{
    const rml_study *s = b->study;

    for (int32_t c = 0; c < s->n_rows; ++c) {
        if (any_reader && s->reader && strcasecmp(s->rows[c].column, s->reader) == 0) continue;
        if (!rml_text_same(rml_frame_cell(&b->frame, row, column[c]), s->rows[c].value)) return false;
    }
    return true;
}

rml_status rml_build_conditions(const rml_build *b, int32_t *column, rml_error *err)
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
static rml_status list_patients(rml_build *b, rml_named *named, int32_t n, rml_error *err)
{
    rml_named *head = malloc(((size_t)n + 1) * sizeof *head);
    int32_t at = 0;

    b->row = malloc(((size_t)n + 1) * sizeof *b->row);
    b->first_row = malloc(((size_t)n + 2) * sizeof *b->first_row);
    b->patient = malloc(((size_t)n + 1) * sizeof *b->patient);
    if (!head || !b->row || !b->first_row || !b->patient) {
        free(head);
        return rml_build_no_memory(err);
    }
    rml_named_sort(named, n);
    for (int32_t i = 0; i < n; ++i) /* each patient's first row, by which patients are ordered */
        if (i == 0 || strcmp(named[i].name, named[i - 1].name) != 0) head[b->n_patients++] = named[i];
    qsort(head, (size_t)b->n_patients, sizeof *head, by_row);
    for (int32_t p = 0; p < b->n_patients; ++p) {
        int64_t own = rml_named_find(named, n, head[p].name);

        b->patient[p] = head[p].name;
        b->first_row[p] = at;
        for (; own < n && strcmp(named[own].name, head[p].name) == 0; ++own) b->row[at++] = named[own].place;
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
    rml_named *named = malloc(((size_t)b->frame.n_rows + 1) * sizeof *named);
    rml_status status = column && named ? rml_build_conditions(b, column, err) : rml_build_no_memory(err);

    if (status == RML_OK && patient < 0)
        status = rml_fail(err, RML_ESETTING, "%s: patient: %s has no column \"%s\"", s->path, s->table, s->patient);
    for (int64_t r = 0; status == RML_OK && r < b->frame.n_rows; ++r) {
        const char *name = rml_frame_cell(&b->frame, r, patient);

        if (!rml_build_meets(b, r, column, false)) continue;
        if (rml_text_missing(name))
            status = rml_fail(err, RML_ESETTING, "%s row %lld: %s is empty", s->table,
                              (long long)rml_frame_row(&b->frame, r) + 1, s->patient);
        named[n++] = (rml_named){name, r};
    }
    if (status == RML_OK && n == 0)
        status = b->frame.n_rows == 0 ? rml_fail(err, RML_ESETTING, "%s: %s has no rows", s->path, s->table)
                                      : rml_fail(err, RML_ESETTING, "%s: no row of %s meets the conditions of \"rows\"",
                                                 s->path, s->table);
    if (status == RML_OK) status = list_patients(b, named, n, err);
    free(column);
    free(named);
    return status;
}

/* Several rows a patient: refused, or the one with the largest volume. (mean and separate keep all.) */
static rml_status reduce_rows(rml_build *b, rml_error *err)
{
    const rml_study *s = b->study;
    const double *volume = NULL;

    for (int32_t p = 0; p < b->n_patients && s->rois == RML_ROIS_ONE; ++p)
        if (b->first_row[p + 1] - b->first_row[p] > 1)
            return rml_fail(
                err, RML_ESETTING,
                "%s: patient %s has %d rows (%lld and %lld of %s); narrow \"rows\", or say \"rois: largest\", "
                "\"mean\" or \"separate\"",
                s->path, b->patient[p], b->first_row[p + 1] - b->first_row[p],
                (long long)rml_frame_row(&b->frame, b->row[b->first_row[p]]) + 1,
                (long long)rml_frame_row(&b->frame, b->row[b->first_row[p] + 1]) + 1, s->table);
    if (s->rois != RML_ROIS_LARGEST) return RML_OK;
    for (int32_t v = 0; v < RML_VOLUMES && !volume; ++v)
        for (int32_t j = 0; j < b->frame.n_features && !volume; ++j)
            if (strcmp(b->frame.feature[j], rml_volume_features[v]) == 0)
                volume = b->frame.x + (int64_t)j * b->frame.n_rows;
    if (!volume)
        return rml_fail(err, RML_ESETTING, "%s: rois: largest needs the feature %s", s->path, rml_volume_features[0]);
    rml_patients_keep_largest(volume, b->n_patients, b->first_row, b->row, b->first_row);
    b->n_rows = b->n_patients;
    return RML_OK;
}

/* The clinical file's patients by name, each once. named: [n_rows of the file] out, sorted */
static rml_status name_clinical(const rml_build *b, rml_named *named, rml_error *err)
{
    const rml_study *s = b->study;
    const int64_t n = b->clinical.n_rows;
    const int32_t by = rml_frame_column(&b->clinical, s->clinical_by);

    if (by < 0)
        return rml_fail(err, RML_ESETTING, "%s: clinical: %s has no column \"%s\"", s->path, s->clinical,
                        s->clinical_by);
    for (int64_t r = 0; r < n; ++r) named[r] = (rml_named){rml_frame_cell(&b->clinical, r, by), r};
    rml_named_sort(named, n);
    for (int64_t r = 1; r < n; ++r)
        if (strcmp(named[r].name, named[r - 1].name) == 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: %s %s stands on lines %lld and %lld; one row a patient was expected", s->clinical,
                            s->clinical_by, named[r].name, (long long)b->clinical.line[named[r - 1].place],
                            (long long)b->clinical.line[named[r].place]);
    return RML_OK;
}

/* Each patient's row there, and who is in one of the files alone. matched: [n_rows of the file] work, all false */
static rml_status match_clinical(rml_build *b, const rml_named *named, bool *matched, rml_error *err)
{
    const rml_study *s = b->study;
    const int64_t n = b->clinical.n_rows;

    for (int32_t p = 0; p < b->n_patients; ++p) {
        const int64_t at = rml_named_find(named, n, b->patient[p]);

        if (at < n) {
            b->clinical_row[p] = named[at].place;
            matched[at] = true;
        } else
            b->without_clinical[b->n_without_clinical++] = b->patient[p];
    }
    if (b->n_without_clinical == b->n_patients)
        return rml_fail(err, RML_ESETTING, "%s: no %s of %s is a patient of %s: the first are \"%s\" and \"%s\"",
                        s->path, s->clinical_by, s->clinical, s->table,
                        n > 0 ? rml_frame_cell(&b->clinical, 0, rml_frame_column(&b->clinical, s->clinical_by)) : "",
                        b->patient[0]);
    for (int64_t r = 0; r < n; ++r)
        if (!matched[r]) b->clinical_unused[b->n_clinical_unused++] = named[r].name;
    return RML_OK;
}

static rml_status join_clinical(rml_build *b, rml_error *err)
{
    const size_t n = (size_t)b->clinical.n_rows, n_patients = (size_t)b->n_patients;
    rml_named *named = malloc((n + 1) * sizeof *named);
    bool *matched = calloc(n + 1, sizeof *matched);
    rml_status status = named && matched ? RML_OK : rml_build_no_memory(err);

    b->clinical_row = malloc((n_patients + 1) * sizeof *b->clinical_row);
    b->without_clinical = malloc((n_patients + 1) * sizeof *b->without_clinical);
    b->clinical_unused = malloc((n + 1) * sizeof *b->clinical_unused);
    if (!b->clinical_row || !b->without_clinical || !b->clinical_unused) status = rml_build_no_memory(err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) b->clinical_row[p] = -1;
    if (status == RML_OK && b->joined) status = name_clinical(b, named, err);
    if (status == RML_OK && b->joined) status = match_clinical(b, named, matched, err);
    free(named);
    free(matched);
    return status;
}

/* 4. Outcome ------------------------------------------------------------------------------------------------------- */

static rml_status check_classes(const rml_build *b, const rml_codes *codes, rml_error *err)
{
    const rml_study *s = b->study;
    const char *positive = s->positive ? s->positive : "1";
    bool there = false;

    if (codes->n_levels < 2)
        return rml_fail(err, RML_ESETTING, "%s: outcome %s: %s; at least two classes were expected", s->path,
                        s->outcome_column, codes->n_levels == 0 ? "no patient has one" : "all patients have the same");
    if (s->outcome == RML_OUTCOME_CLASSES && codes->n_levels == 2)
        return rml_fail(
            err, RML_ESETTING,
            "%s: outcome %s has two values: \"class: %s, positive: %s\" was expected instead of \"classes:\"", s->path,
            s->outcome_column, s->outcome_column, codes->level[1]);
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
    double low = INFINITY, high = -INFINITY;
    rml_status status = RML_OK;

    for (int32_t p = 0; p < b->n_patients; ++p) b->y[p] = NAN;
    if (s->outcome == RML_OUTCOME_VALUE) {
        for (int32_t p = 0; p < b->n_patients; ++p)
            if (!rml_text_missing(text[p]) && !rml_text_number(text[p], &b->y[p]))
                return rml_fail(err, RML_ESETTING, "%s: outcome %s of patient %s is \"%s\", a number was expected",
                                s->path, s->outcome_column, b->patient[p], text[p]);
        for (int32_t p = 0; p < b->n_patients; ++p) {
            low = fmin(low, b->y[p]); /* which pass NaN by */
            high = fmax(high, b->y[p]);
        }
        if (low == high)
            return rml_fail(err, RML_ESETTING, "%s: outcome %s: all patients have the same, %g; nothing can be learned",
                            s->path, s->outcome_column, low);
        return RML_OK;
    }
    status = rml_build_encode(b->n_patients, text, &b->classes, err);
    if (status == RML_OK) status = check_classes(b, &b->classes, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        if (b->classes.code[p] < 0) continue;
        b->y[p] = s->outcome == RML_OUTCOME_CLASSES
                      ? b->classes.code[p]
                      : rml_text_same(b->classes.level[b->classes.code[p]], s->positive ? s->positive : "1");
    }
    return status;
}

/* A patient's time from the landmark on; NaN where observation ended by then, or the landmark is not known. */
static rml_status from_landmark(rml_build *b, int32_t p, const rml_place *place, rml_error *err)
{
    const rml_study *s = b->study;
    double landmark = s->landmark_time;

    if (isnan(landmark)) {
        const char *text = rml_build_cell(b, p, place);

        if (rml_text_missing(text)) {
            b->y[p] = NAN;
            ++b->n_without_landmark;
            return RML_OK;
        }
        if (!rml_text_number(text, &landmark) || !(landmark >= 0.0) || !isfinite(landmark))
            return rml_fail(
                err, RML_ESETTING,
                "%s: landmark %s of patient %s is \"%s\"; a time of 0 or more, in the unit of %s, was expected",
                s->path, s->landmark, b->patient[p], text, s->outcome_column);
    }
    if (b->y[p] > landmark) {
        b->y[p] -= landmark;
        return RML_OK;
    }
    b->y[p] = NAN;
    ++b->n_before_landmark;
    return RML_OK;
}

/* 1 and 0, or words of a truth: those that cannot be taken for the other way round. */
static bool event_of(const char *text, double *event)
{
    if (rml_text_number(text, event)) return *event == 0.0 || *event == 1.0;
    *event = strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0;
    return *event == 1.0 || strcasecmp(text, "false") == 0 || strcasecmp(text, "no") == 0;
}

/* Times, and whether the event was then; a patient without either has no outcome. */
static rml_status take_times(rml_build *b, const char **text, rml_error *err)
{
    const rml_study *s = b->study;
    int32_t n_events = 0, n = 0;
    rml_place place;
    rml_place landmark = {0};
    rml_status status = rml_build_column(b, s->event_column, "outcome", &place, err);

    if (status == RML_OK && s->landmark && isnan(s->landmark_time))
        status = rml_build_column(b, s->landmark, "landmark", &landmark, err);
    b->event = calloc((size_t)b->n_patients + 1, 1);
    if (status == RML_OK && !b->event) status = rml_build_no_memory(err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        const char *event_text = rml_build_cell(b, p, &place);
        double event;

        b->y[p] = NAN;
        if (rml_text_missing(text[p]) || rml_text_missing(event_text)) continue;
        if (!rml_text_number(text[p], &b->y[p]) || !isfinite(b->y[p]))
            return rml_fail(err, RML_ESETTING, "%s: outcome %s of patient %s is \"%s\", a number was expected", s->path,
                            s->outcome_column, b->patient[p], text[p]);
        if (b->y[p] < 0.0)
            return rml_fail(err, RML_ESETTING,
                            "%s: outcome %s of patient %s is %s; a time from the start of observation, 0 or more, was "
                            "expected",
                            s->path, s->outcome_column, b->patient[p], text[p]);
        if (!event_of(event_text, &event))
            return rml_fail(err, RML_ESETTING,
                            "%s: outcome %s of patient %s is \"%s\"; 1 (the event was at %s) or 0 (none so far), or "
                            "true or false, yes or no, was expected%s",
                            s->path, s->event_column, b->patient[p], event_text, s->outcome_column,
                            strcmp(event_text, "2") == 0
                                ? "; where 2 is the event and 1 none so far, write 1 for 2 and 0 for 1"
                                : "");
        if (s->landmark && from_landmark(b, p, &landmark, err) != RML_OK) return RML_ESETTING;
        if (isnan(b->y[p])) continue;
        b->event[p] = event == 1.0;
        n_events += b->event[p];
        ++n;
    }
    if (status == RML_OK && n > 0 && n_events < RML_LEAST_EVENTS)
        status =
            rml_fail(err, RML_ESETTING, "%s: outcome %s: %d of %d patients have the event; at least %d were expected",
                     s->path, s->event_column, n_events, n, RML_LEAST_EVENTS);
    return status;
}

/* Who is in no stratum, or has no offset, is in no model either, as who lacks a term is not. */
static rml_status need_cell(rml_build *b, const char *column, const char *what, int32_t *n_without, rml_error *err)
{
    rml_place place;
    const rml_status status = rml_build_column(b, column, what, &place, err);

    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
        if (isnan(b->y[p]) || !rml_text_missing(rml_build_cell(b, p, &place))) continue;
        b->y[p] = NAN;
        ++*n_without;
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
        if (b->event) b->event[kept] = b->event[p];
        b->patient[kept] = b->patient[p];
        b->clinical_row[kept] = b->clinical_row[p];
        ++kept;
    }
    b->first_row[kept] = at;
    b->n_patients = kept;
    b->n_rows = at;
}

rml_status rml_build_outcome(rml_build *b, rml_error *err)
{
    const rml_survive_plan *survive = &b->study->survive;
    const char **text = malloc(((size_t)b->n_patients + 1) * sizeof *text);
    rml_place place;
    rml_status status = RML_OK;

    b->y = malloc(((size_t)b->n_patients + 1) * sizeof *b->y);
    if (!text || !b->y) status = rml_build_no_memory(err);
    if (status == RML_OK) status = rml_build_column(b, b->study->outcome_column, "outcome", &place, err);
    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) text[p] = rml_build_cell(b, p, &place);
    if (status == RML_OK)
        status = b->study->outcome == RML_OUTCOME_TIME ? take_times(b, text, err) : take_outcomes(b, text, err);
    if (status == RML_OK && survive->strata)
        status = need_cell(b, survive->strata, "survive: strata", &b->n_without_stratum, err);
    if (status == RML_OK && survive->offset)
        status = need_cell(b, survive->offset, "survive: offset", &b->n_without_offset, err);
    free(text);
    return status;
}

/* 5. All together -------------------------------------------------------------------------------------------------- */

static rml_status build_patients(rml_build *b, rml_error *err)
{
    rml_status status = RML_OK;

    if (b->study->pivot.n_by > 0) status = rml_build_pivot(b, err);
    if (status == RML_OK) status = pick_rows(b, err);
    if (status == RML_OK) status = rml_build_agree(b, false, err);
    if (status == RML_OK) status = join_clinical(b, err);
    if (status == RML_OK) status = rml_build_agree(b, true, err); /* a value may stand on a row that is left out next */
    if (status == RML_OK) status = reduce_rows(b, err);
    return status;
}

rml_status rml_build_patients(rml_build *b, rml_error *err)
{
    const rml_status status = read_files(b, err);

    return status == RML_OK ? build_patients(b, err) : status;
}

rml_status rml_dataset_read(const rml_study *study, rml_blob *blob, rml_error *err)
{
    rml_build b = {.study = study};
    rml_status status = read_files(&b, err);

    if (status == RML_OK) status = check_outcomes(&b, err);
    if (status == RML_OK) status = build_patients(&b, err);
    if (status == RML_OK) status = rml_build_outcome(&b, err);
    if (status == RML_OK) {
        drop_without_outcome(&b); /* some of whom are told apart */
        b.n_without_outcome -= b.n_before_landmark + b.n_without_landmark + b.n_without_stratum + b.n_without_offset;
    }
    if (status == RML_OK && b.n_patients == 0 && b.n_before_landmark + b.n_without_landmark > 0)
        status =
            rml_fail(err, RML_ESETTING,
                     "%s: landmark %s: of nobody observation goes on beyond it (%d have the event, or are no longer "
                     "observed, by then; of %d it is not known)",
                     study->path, study->landmark, b.n_before_landmark, b.n_without_landmark);
    if (status == RML_OK && b.n_patients == 0 && b.n_without_offset + b.n_without_stratum > 0)
        status = rml_fail(err, RML_ESETTING, "%s: nobody who has an outcome has a value of survive: %s, too",
                          study->path, b.n_without_offset > 0 ? "offset" : "strata");
    if (status == RML_OK && b.n_patients == 0)
        status = rml_fail(err, RML_ESETTING, "%s: no patient has an outcome", study->path);
    if (status == RML_OK && study->reader) status = rml_build_readings(&b, err);
    if (status == RML_OK) status = rml_build_told(&b, err);
    if (status == RML_OK) status = rml_build_pack(&b, blob, err);
    rml_build_free(&b);
    return status;
}
