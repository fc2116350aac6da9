/* The dataset as bytes.
 *
 * 1. Columns as codes and numbers
 * 2. Features that tell the outcome
 * 3. Pieces
 * 4. The matrix
 * 5. Factors, covariates, readings, groups
 * 6. All of it */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/dataset_build.h"
#include "jobs/patients.h"
#include "kernels/learn/metric.h"
#include "kernels/survival/concordance.h"

enum { FEW_ROWS = 60 }; /* pairs among these show whether a column may be a time in disguise */

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
 * that is 1, or NULL. */
static rml_status patient_numbers(const rml_build *b, const char *name, const char *what, double *value,
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

/* 2. Features that tell the outcome -------------------------------------------------------------------------------- */

static bool allowed(const rml_study *s, const char *name)
{
    for (int32_t i = 0; i < s->allow.n; ++i)
        if (strcmp(s->allow.text[i], name) == 0) return true;
    return false;
}

/* Of a time: that the order of the events is the order of the values. */
static rml_status check_telling_time(const rml_build *b, const char *name, const double *x, rml_error *err)
{
    const rml_concordance_settings settings = rml_concordance_defaults();
    const size_t n_all = (size_t)b->n_patients + 1;
    double *time = malloc(n_all * sizeof *time), *score = malloc(n_all * sizeof *score);
    uint8_t *event = malloc(n_all);
    rml_status status = time && score && event ? RML_OK : rml_build_no_memory(err);
    rml_concordance c = {.c = NAN};
    rml_surv surv = {0};
    int32_t n = 0;

    for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            time[n] = b->y[p];
            event[n] = b->event[p];
            score[n++] = x[p];
        }
    /* A few rows are enough to see that a column does not. */
    for (int32_t some = n < FEW_ROWS ? n : FEW_ROWS; status == RML_OK && n >= 10; some = n) {
        status = rml_surv_init(time, event, NULL, some, &surv);
        if (status == RML_OK) status = rml_concordance_measure(&surv, score, &settings, &c);
        rml_surv_free(&surv);
        if (status == RML_EEMPTY) status = RML_OK; /* no pair among the few */
        if (some == n || fabs(2.0 * c.c - 1.0) < 0.9) break;
    }
    free(time);
    free(score);
    free(event);
    if (status == RML_ENOMEM) return rml_build_no_memory(err);
    /* A column that is the time itself ties where an event and a censoring share a time: such pairs count one half in
     * C, so that it is asked for less, and for almost no pair the other way round. */
    if (status != RML_OK || isnan(c.c) || fmax(c.c, 1.0 - c.c) < 0.95) return RML_OK;
    if (fmin(c.concordant, c.discordant) > 0.001 * (c.concordant + c.discordant)) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: feature %s tells the outcome (C-index %.4f over %d patients): is it the outcome in disguise? "
                    "Leave it out, or list it under \"features: {allow: [%s]}\"",
                    b->study->path, name, fmax(c.c, 1.0 - c.c), n, name);
}

/* x: one value a patient; patients without it are left out. */
static rml_status check_telling(const rml_build *b, bool feature, const char *name, const double *x, double *scratch,
                                rml_error *err)
{
    const rml_study *s = b->study;
    const rml_metric metric = s->outcome == RML_OUTCOME_VALUE ? RML_METRIC_SPEARMAN : RML_METRIC_AUC;
    double told = NAN;
    int32_t n = 0;

    if (s->outcome == RML_OUTCOME_CLASSES || allowed(s, name)) return RML_OK;
    if (s->outcome == RML_OUTCOME_TIME) return check_telling_time(b, name, x, err);
    for (int32_t p = 0; p < b->n_patients; ++p)
        if (!isnan(x[p])) {
            scratch[n] = b->y[p];
            scratch[b->n_patients + n++] = x[p];
        }
    for (int32_t i = 0; i < n; ++i) scratch[n + i] = scratch[b->n_patients + i];
    if (n > 2) told = rml_metric_of(metric, s->outcome, 2, n, scratch, NULL, scratch + n);
    if (metric == RML_METRIC_AUC) told = fmax(told, 1.0 - told);
    if (n < 10 || isnan(told) || fabs(told) < 0.999) return RML_OK;
    if (!feature)
        return rml_fail(err, RML_ESETTING,
                        "%s: covariates: %s is the outcome in other words (%s %.4f over %d patients); a step that "
                        "knows it would leak it into every feature",
                        s->path, name, metric == RML_METRIC_AUC ? "AUC" : "|Spearman|", fabs(told), n);
    return rml_fail(err, RML_ESETTING,
                    "%s: feature %s tells the outcome (%s %.4f over %d patients): is it the outcome in disguise? Leave "
                    "it out, or list it under \"features: {allow: [%s]}\"",
                    s->path, name, metric == RML_METRIC_AUC ? "AUC" : "|Spearman|", fabs(told), n, name);
}

/* 3. Pieces -------------------------------------------------------------------------------------------------------- */

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

/* 4. The matrix -----------------------------------------------------------------------------------------------------
 */

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

/* The matrix: the table's features, then the clinical ones, under their names. */
static rml_status put_matrix(const rml_build *b, rml_blob *blob, int32_t n_rows, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t n_all = b->frame.n_features + s->use.n, n_tried = s->clinical_control ? b->frame.n_features : n_all;
    const char **name = calloc((size_t)n_all + 1, sizeof *name);
    char **made = calloc((size_t)s->use.n + 1, sizeof *made);
    double *x = calloc((size_t)n_all * (size_t)n_rows + 1, sizeof *x);
    rml_blob texts = {0};
    double *patient = malloc(3 * ((size_t)n_rows + (size_t)b->n_patients + 1) * sizeof *patient);
    rml_status status = name && made && x && patient ? RML_OK : rml_build_no_memory(err);
    int32_t n_varying = 0;

    for (int32_t j = 0; status == RML_OK && j < b->frame.n_features; ++j) {
        double *to = x + (int64_t)j * n_rows;

        name[j] = b->frame.feature[j];
        column_of_rows(b, b->frame.x + (int64_t)j * b->frame.n_rows, to);
        for (int32_t p = 0; p < b->n_patients; ++p) patient[p] = s->rois == RML_ROIS_MEAN ? to[p] : to[b->first_row[p]];
        status = check_telling(b, true, name[j], patient, patient + b->n_patients, err);
    }
    for (int32_t u = 0; status == RML_OK && u < s->use.n; ++u) {
        double *to = x + (int64_t)(b->frame.n_features + u) * n_rows;
        const char *added;
        rml_codes codes = {0};

        status = patient_numbers(b, s->use.text[u], "use", patient, &added, &codes, err);
        if (status == RML_OK &&
            asprintf(&made[u], "%s%s%s", s->use.text[u], added ? "=" : "", added ? added : "") < 0) {
            made[u] = NULL;
            status = rml_build_no_memory(err);
        }
        if (status == RML_OK) status = check_telling(b, true, made[u], patient, patient + b->n_patients, err);
        name[b->frame.n_features + u] = made[u];
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            if (s->rois == RML_ROIS_MEAN)
                to[p] = patient[p];
            else
                for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) to[i] = patient[p];
        }
        put_texts(&texts, &codes);
        rml_build_codes_free(&codes);
    }
    for (int32_t j = 0; status == RML_OK && j < n_tried; ++j) n_varying += varies(x + (int64_t)j * n_rows, n_rows);
    if (status == RML_OK && n_varying == 0)
        status = rml_fail(err, RML_ESETTING,
                          "%s: each of the %d features has one value alone in all %d patients: nothing can be learned",
                          s->path, n_tried, b->n_patients);
    if (status == RML_OK) {
        put_names(blob, name, n_all);
        put_piece(blob, x, (size_t)n_all * (size_t)n_rows * sizeof *x);
        rml_blob_put_bytes(blob, texts.bytes, texts.n_bytes); /* a multiple of 8 */
        blob->failed |= texts.failed;
    }
    rml_blob_free(&texts);
    for (int32_t u = 0; made && u < s->use.n; ++u) free(made[u]);
    free(made);
    free(name);
    free(x);
    free(patient);
    return status;
}

/* 5. Factors, covariates, readings, groups ------------------------------------------------------------------------- */

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

static rml_status put_groups(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    const char *column = s->split == RML_SPLIT_HOLDOUT ? s->centre : s->split_column;
    rml_codes codes = {0};
    rml_status status = RML_OK;
    int32_t *group = calloc((size_t)b->n_patients + 1, sizeof *group);

    if (!group) return rml_build_no_memory(err);
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
        if (s->split == RML_SPLIT_HOLDOUT && codes.level) {
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
            status = rml_build_no_memory(err);
            break;
        }
        status = rml_build_column(b, name, "inner", &place, err);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            double fold;

            if (!rml_text_number(rml_build_cell(b, p, &place), &fold) || fold < -1 || fold > 1e6 || fold != floor(fold))
                status =
                    rml_fail(err, RML_ESETTING, "%s: inner: %s of patient %s is \"%s\"; a fold number was expected",
                             s->path, name, b->patient[p], rml_build_cell(b, p, &place));
            else
                group[p] = (int32_t)fold;
        }
        free(name);
        if (status == RML_OK) put_piece(blob, group, (size_t)b->n_patients * sizeof *group);
    }
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

        status = patient_numbers(b, s->covariate.text[c], "covariates", patient, &added, &codes, err);
        for (int32_t p = 0; status == RML_OK && p < b->n_patients; ++p) {
            if (isnan(patient[p]))
                status = rml_fail(err, RML_ESETTING, "%s: covariates: patient %s has no %s", s->path, b->patient[p],
                                  s->covariate.text[c]);
            for (int32_t i = b->first_row[p]; i < b->first_row[p + 1]; ++i) value[i] = patient[p];
        }
        if (status == RML_OK)
            status = check_telling(b, false, s->covariate.text[c], patient, patient + b->n_patients, err);
        if (status == RML_OK) put_piece(blob, value, (size_t)b->n_rows * sizeof *value);
        if (status == RML_OK) put_texts(blob, &codes);
        rml_build_codes_free(&codes);
    }
    free(value);
    free(patient);
    free(named);
    return status;
}

/* A file's patients by name, each once. named: [n_rows] out, sorted */
static rml_status name_reported(const rml_build *b, const rml_frame *frame, int32_t by, rml_named *named,
                                rml_error *err)
{
    const rml_study *s = b->study;

    for (int64_t r = 0; r < frame->n_rows; ++r) named[r] = (rml_named){rml_frame_cell(frame, r, by), r};
    rml_named_sort(named, frame->n_rows);
    for (int64_t r = 1; r < frame->n_rows; ++r)
        if (strcmp(named[r].name, named[r - 1].name) == 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: report: %s: %s %s stands on rows %lld and %lld; one row a patient was expected",
                            s->path, s->report, s->report_by, named[r].name,
                            (long long)rml_frame_row(frame, named[r - 1].place) + 1,
                            (long long)rml_frame_row(frame, named[r].place) + 1);
    return RML_OK;
}

/* One column of it, a number a patient: NaN where it is missing or the patient is not there. */
static rml_status take_report(const rml_build *b, const rml_frame *frame, const rml_named *named, const char *name,
                              double *value, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t column = rml_frame_column(frame, name);

    if (column < 0) return rml_fail(err, RML_ESETTING, "%s: report: %s has no column \"%s\"", s->path, s->report, name);
    for (int32_t p = 0; p < b->n_patients; ++p) {
        const int64_t at = rml_named_find(named, frame->n_rows, b->patient[p]);
        const char *text = at < frame->n_rows ? rml_frame_cell(frame, named[at].place, column) : "";

        value[p] = NAN;
        if (!rml_text_missing(text) && !rml_text_number(text, &value[p]))
            return rml_fail(err, RML_ESETTING, "%s: report: %s of patient %s is \"%s\", a number was expected", s->path,
                            name, b->patient[p], text);
    }
    return RML_OK;
}

/* Columns of another file, told beside the features. */
static rml_status put_reports(const rml_build *b, rml_blob *blob, rml_error *err)
{
    const rml_study *s = b->study;
    char *path = s->report ? rml_study_path(s, s->report) : NULL;
    rml_frame frame = {0};
    rml_named *named = NULL;
    double *value = calloc((size_t)s->report_columns.n * (size_t)b->n_patients + 1, sizeof *value);
    rml_status status = value && (path || !s->report) ? RML_OK : rml_build_no_memory(err);
    int32_t by = -1;

    if (status == RML_OK && s->report) status = rml_frame_read(path, NULL, 0, NULL, 0, &frame, err);
    if (status == RML_OK && s->report) by = rml_frame_column(&frame, s->report_by);
    if (status == RML_OK && s->report && by < 0)
        status = rml_fail(err, RML_ESETTING, "%s: report: %s has no column \"%s\"", s->path, s->report, s->report_by);
    if (status == RML_OK && s->report) {
        named = malloc(((size_t)frame.n_rows + 1) * sizeof *named);
        status = named ? name_reported(b, &frame, by, named, err) : rml_build_no_memory(err);
    }
    for (int32_t c = 0; status == RML_OK && c < s->report_columns.n; ++c)
        status = take_report(b, &frame, named, s->report_columns.text[c], &value[(int64_t)c * b->n_patients], err);
    if (status == RML_OK) {
        put_piece(blob, &s->report_columns.n, sizeof s->report_columns.n);
        put_names(blob, s->report_columns.text, s->report_columns.n);
        put_piece(blob, value, (size_t)s->report_columns.n * (size_t)b->n_patients * sizeof *value);
    }
    free(value);
    free(named);
    free(path);
    rml_frame_free(&frame);
    return status;
}

/* 6. All of it ----------------------------------------------------------------------------------------------------- */

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
                              s->clinical_control};
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
