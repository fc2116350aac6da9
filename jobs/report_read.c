/* 1. Files
 * 2. Predictions
 * 3. Patients' rows of the extraction
 * 4. All of it */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/h5_tree.h"
#include "jobs/groups.h"
#include "jobs/report.h"

/* 1. Files --------------------------------------------------------------------------------------------------------- */

enum { MODEL_FILE = RML_N_REPORT_TABLES, H5_FILE, FEATURES_FILE, ICC_FILE, N_FILES, MOST_JSON = 1 << 30 };

static const char *const file_name[N_FILES] = {"leaderboard.csv",
                                               "predictions.csv",
                                               "selected.csv",
                                               "settings.csv",
                                               "features.csv",
                                               "centres.csv",
                                               "calibration.csv",
                                               "decision_curve.csv",
                                               "failures.csv",
                                               "harmonisation.csv",
                                               "survival.csv",
                                               "time_auc.csv",
                                               "survival_groups.csv",
                                               "survival_tests.csv",
                                               "survival_curves.csv",
                                               "survival_added.csv",
                                               "survival_benefit.csv",
                                               "validation.csv",
                                               "univariable.csv",
                                               "multivariable.csv",
                                               "model.csv",
                                               "groups.csv",
                                               "tests.csv",
                                               "curves.csv",
                                               "at_risk.csv",
                                               "subgroups.csv",
                                               "cutpoints.csv",
                                               "cutpoint_scan.csv",
                                               "nomogram.csv",
                                               "nomogram_total.csv",
                                               "nomogram_calibration.csv",
                                               "nomogram_validation.csv",
                                               "nested.csv",
                                               "nested_times.csv",
                                               "nested_benefit.csv",
                                               "reclassification.csv",
                                               "about.csv",
                                               "model.json",
                                               "sweep.h5",
                                               "",
                                               ""};

/* Whose folder a file lies in; NULL: there is none. */
static const char *folder_of(const rml_report_input *in, int32_t f)
{
    if (f == RML_REPORT_VALIDATION) return in->validation;
    return f >= RML_REPORT_FIRST_OF_SURVIVE && f < RML_N_REPORT_TABLES ? in->survive : in->folder;
}

const char *rml_report_file_name(int32_t f)
{
    return file_name[f];
}

char *rml_report_file_path(const rml_report_input *in, int32_t f)
{
    char *path = NULL;

    if (f == FEATURES_FILE) return in->features ? strdup(in->features) : NULL;
    if (f == ICC_FILE) return in->icc ? strdup(in->icc) : NULL;
    if (!folder_of(in, f)) return NULL;
    return asprintf(&path, "%s/%s", folder_of(in, f), file_name[f]) < 0 ? NULL : path;
}

static rml_status sum_file(rml_report_input *in, int32_t f, const char *path, rml_error *err)
{
    const rml_status status = rml_file_sum_of(path, &in->checksum[f], err);

    in->summed[f] = status == RML_OK;
    return status;
}

static rml_status read_model(rml_report_input *in, const char *path, rml_error *err)
{
    char *text = NULL;
    size_t n = 0;
    rml_status status = rml_file_read(path, MOST_JSON, &text, &n, err);

    if (status != RML_OK) return status;
    in->model = cJSON_ParseWithLength(text, n);
    free(text);
    if (!in->model || !cJSON_IsObject(in->model))
        return rml_fail(err, RML_EFORMAT, "%s: not the JSON that a sweep leaves", path);
    return RML_OK;
}

static rml_status read_file(rml_report_input *in, int32_t f, rml_error *err)
{
    static const bool needed[N_FILES] = {[RML_REPORT_BOARD] = true,       [RML_REPORT_PREDICTIONS] = true,
                                         [RML_REPORT_UNIVARIABLE] = true, [H5_FILE] = true,
                                         [FEATURES_FILE] = true,          [ICC_FILE] = true,
                                         [RML_REPORT_VALIDATION] = true};
    char *path = rml_report_file_path(in, f);
    rml_status status = RML_OK;

    if (!path && (f >= FEATURES_FILE || !folder_of(in, f))) return RML_OK;
    if (!path) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (!needed[f] && access(path, F_OK) != 0) goto done;
    if (f < RML_N_REPORT_TABLES) {
        status = rml_table_read(path, &in->table[f], err);
        in->there[f] = status == RML_OK;
    } else if (f == MODEL_FILE) {
        status = read_model(in, path, err);
    } else if (f == H5_FILE) {
        status = rml_h5_file_open(path, &in->h5, err);
    } else if (f == ICC_FILE) {
        status = rml_table_read(path, &in->agreement, err);
        if (status == RML_OK &&
            (rml_table_column(&in->agreement, "feature") < 0 || rml_table_column(&in->agreement, "icc") < 0))
            status = rml_fail(err, RML_ESETTING,
                              "--icc %s: a table of `radmill icc` was expected, with feature and icc", path);
    }
    if (status == RML_OK) status = sum_file(in, f, path, err);
done:
    free(path);
    return status;
}

static bool has(const rml_report_input *in, const char *name)
{
    char path[PATH_MAX + 64];

    return snprintf(path, sizeof path, "%s/%s", in->folder, name) < (int)sizeof path && access(path, F_OK) == 0;
}

static bool is_of_groups(const rml_report_input *in)
{
    for (int t = 0; t < RML_GROUPS_TABLES; ++t)
        if (has(in, rml_groups_table(t))) return true;
    return false;
}

/* Where it is a folder of `radmill survive`, that is taken for one. */
static rml_status check_folder(rml_report_input *in, rml_error *err)
{
    if (has(in, file_name[RML_REPORT_BOARD])) return RML_OK;
    if (has(in, file_name[RML_REPORT_UNIVARIABLE])) {
        const char *beside = in->survive      ? "--survive"
                             : in->validation ? "--validation"
                             : in->features   ? "--features"
                             : in->icc        ? "--icc"
                                              : NULL;

        if (beside)
            return rml_fail(err, RML_ESETTING,
                            "%s: of `radmill survive`; %s goes with a sweep's folder, which was expected there",
                            in->folder, beside);
        in->survive = in->folder;
        in->folder = NULL;
        return RML_OK;
    }
    if (has(in, "outcomes.csv"))
        return rml_fail(err, RML_ESETTING,
                        "%s: a sweep of several outcomes; each has a folder of its name in it, and a report of its own",
                        in->folder);
    if (has(in, file_name[RML_REPORT_VALIDATION]))
        return rml_fail(err, RML_ESETTING,
                        "%s: of `radmill validate`; the sweep's folder was expected, and --validation %s beside it",
                        in->folder, in->folder);
    if (is_of_groups(in))
        return rml_fail(err, RML_ESETTING,
                        "%s: of `radmill groups`, whose tables stand in no report; the folder of a sweep or of "
                        "`radmill survive` was expected",
                        in->folder);
    return rml_fail(err, RML_ESETTING,
                    "%s: no sweep's folder: there is no leaderboard.csv in it (nor univariable.csv, which `radmill "
                    "survive` leaves)",
                    in->folder);
}

/* 2. Predictions --------------------------------------------------------------------------------------------------- */

typedef struct rml_named_patient {
    const char *name;
    int32_t number;
} rml_named_patient;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rml_named_patient *)a)->name, ((const rml_named_patient *)b)->name);
}

/* Patients by name; malloc'ed. */
static rml_named_patient *sort_patients(const rml_report_input *in)
{
    rml_named_patient *sorted = malloc(((size_t)in->patient.n + 1) * sizeof *sorted);

    for (int32_t p = 0; sorted && p < in->patient.n; ++p) sorted[p] = (rml_named_patient){in->patient.text[p], p};
    if (sorted) qsort(sorted, (size_t)in->patient.n, sizeof *sorted, by_name);
    return sorted;
}

static int32_t find_patient(const rml_report_input *in, const rml_named_patient *sorted, const char *name)
{
    const rml_named_patient key = {name, 0};
    const rml_named_patient *found = bsearch(&key, sorted, (size_t)in->patient.n, sizeof *sorted, by_name);

    return found ? found->number : -1;
}

static rml_status add_split(rml_report_input *in, const char *repeat, const char *fold, rml_error *err)
{
    rml_report_split *grown = realloc(in->split, ((size_t)in->n_splits + 1) * sizeof *grown), *split;
    char plain[512], name[256], where[2048];
    rml_h5_numbers list;

    if (!grown) return rml_fail(err, RML_ENOMEM, "no memory for the splits");
    in->split = grown;
    split = &grown[in->n_splits++];
    *split = (rml_report_split){.repeat = repeat, .fold = fold};
    snprintf(plain, sizeof plain, "%s_%.200s", repeat, fold);
    rml_h5_tree_name(plain, name);
    split->name = strdup(name);
    if (!split->name) return rml_fail(err, RML_ENOMEM, "no memory for the splits");
    snprintf(where, sizeof where, "/splits/%s", name);
    split->chosen = rml_h5_file_said(in->h5, where, "chosen");
    snprintf(where, sizeof where, "/splits/%s/train", name);
    if (rml_h5_file_numbers(in->h5, where, &list, NULL) == RML_OK) split->n_train = (int32_t)list.n_columns;
    rml_h5_numbers_free(&list);
    snprintf(where, sizeof where, "/splits/%s/test", name);
    if (rml_h5_file_numbers(in->h5, where, &list, NULL) == RML_OK) split->n_test = (int32_t)list.n_columns;
    rml_h5_numbers_free(&list);
    return RML_OK;
}

static rml_status find_split(rml_report_input *in, const char *repeat, const char *fold, int32_t *at, rml_error *err)
{
    if (*at >= 0 && strcmp(in->split[*at].repeat, repeat) == 0 && strcmp(in->split[*at].fold, fold) == 0) return RML_OK;
    for (*at = 0; *at < in->n_splits; ++*at)
        if (strcmp(in->split[*at].repeat, repeat) == 0 && strcmp(in->split[*at].fold, fold) == 0) return RML_OK;
    return add_split(in, repeat, fold, err);
}

/* What the sentences of a wrong predictions.csv have in common. */
static rml_status wrong_line(const rml_report_input *in, int64_t row, const char *what, const char *found,
                             rml_error *err)
{
    return rml_fail(err, RML_EFORMAT,
                    "%s/predictions.csv, line %lld: %s \"%s\" is not in the other files of this sweep", in->folder,
                    (long long)in->table[RML_REPORT_PREDICTIONS].line[row], what, found);
}

static rml_status read_said(rml_report_input *in, rml_error *err)
{
    const char *const column[] = {"pipeline", "repeat",      "fold",    "id", in->event ? "time" : "y",
                                  "score",    "probability", "positive"};
    const rml_table *t = &in->table[RML_REPORT_PREDICTIONS];
    rml_named_patient *sorted = sort_patients(in);
    int32_t c[8], split = -1, pipeline = -1;
    const char *before = "";
    rml_status status = RML_OK;

    for (int32_t k = 0; k < 8; ++k) c[k] = rml_table_column(t, column[k]);
    for (int32_t k = 0; k < 5; ++k)
        if (c[k] < 0) status = rml_fail(err, RML_EFORMAT, "%s/predictions.csv: no column %s", in->folder, column[k]);
    in->said = malloc(((size_t)t->n_rows + 1) * sizeof *in->said);
    if (!sorted || !in->said) status = rml_fail(err, RML_ENOMEM, "no memory for the predictions");
    for (int64_t r = 0; status == RML_OK && r < t->n_rows; ++r) {
        const char *const *cell = t->cell + r * t->n_columns;
        rml_report_said *said = &in->said[r];
        double value;

        if (strcmp(before, cell[c[0]]) != 0) {
            before = cell[c[0]];
            pipeline = rml_report_pipeline(in, before);
        }
        status = find_split(in, cell[c[1]], cell[c[2]], &split, err);
        *said = (rml_report_said){pipeline, split, find_patient(in, sorted, cell[c[3]]), NAN, NAN, NAN, -1};
        if (rml_text_number(cell[c[4]], &value)) said->y = value;
        if (c[5] >= 0 && rml_text_number(cell[c[5]], &value)) said->score = value;
        if (c[6] >= 0 && rml_text_number(cell[c[6]], &value)) said->probability = value;
        if (c[7] >= 0 && rml_text_number(cell[c[7]], &value)) said->positive = value > 0;
        if (pipeline < 0) status = wrong_line(in, r, "pipeline", cell[c[0]], err);
        if (said->patient < 0) status = wrong_line(in, r, "patient", cell[c[3]], err);
    }
    if (status == RML_OK) in->n_said = t->n_rows;
    free(sorted);
    return status;
}

/* 3. Patients' rows of the extraction ------------------------------------------------------------------------------ */

/* Whether a row of the frame has the values that the study asks for: lines "rows: column = value". */
static bool row_counts(const rml_report_input *in, int64_t row, char *const *condition, int32_t n_conditions)
{
    for (int32_t k = 0; k < n_conditions; ++k) {
        const char *middle = strstr(condition[k], " = ");
        char *name = middle ? strndup(condition[k], (size_t)(middle - condition[k])) : NULL;
        const int32_t c = name ? rml_frame_column(&in->frame, name) : -1;

        free(name);
        if (c < 0 || !rml_text_same(rml_frame_cell(&in->frame, row, c), middle + 3)) return false;
    }
    return true;
}

static rml_status find_rows(rml_report_input *in, rml_error *err)
{
    enum { MOST = 64 };
    char *condition[MOST], *patient = rml_report_study(in, "patient", 0);
    const int32_t c = patient ? rml_frame_column(&in->frame, patient) : -1;
    rml_named_patient *sorted = sort_patients(in);
    int32_t n = 0;
    int64_t n_found = 0, n_several = 0;

    while (n < MOST && (condition[n] = rml_report_study(in, "rows", n))) ++n;
    in->row = malloc(((size_t)in->patient.n + 1) * sizeof *in->row);
    for (int64_t p = 0; in->row && p < in->patient.n; ++p) in->row[p] = -1;
    for (int64_t r = 0; in->row && sorted && c >= 0 && r < in->frame.n_rows; ++r) {
        const int32_t p =
            row_counts(in, r, condition, n) ? find_patient(in, sorted, rml_frame_cell(&in->frame, r, c)) : -1;

        if (p < 0) continue;
        n_several += in->row[p] >= 0;
        n_found += in->row[p] < 0;
        in->row[p] = r;
    }
    for (int32_t k = 0; k < n; ++k) free(condition[k]);
    free(patient);
    free(sorted);
    if (!in->row || !sorted) return rml_fail(err, RML_ENOMEM, "no memory for the patients' rows");
    if (n_found == 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: none of the sweep's patients is in it; the table that was swept was expected",
                        in->features);
    if (n_several == 0) return RML_OK;
    in->why_no_rows = "the study has several rows of a patient";
    free(in->row);
    in->row = NULL;
    return RML_OK;
}

/* Features of the study that the file has; those of the clinical file, or made of several rows, are not in it. */
static rml_status read_extraction(rml_report_input *in, rml_error *err)
{
    rml_status status = rml_frame_read_named(in->features, (const char *const *)in->feature.text,
                                             (int32_t)in->feature.n, &in->frame, err);

    if (status != RML_OK) return status;
    if (in->frame.line)
        return rml_fail(err, RML_ESETTING, "--features %s: the h5ad file of `radmill extract` was expected",
                        in->features);
    status = rml_report_extraction_read(in->features, &in->extraction, err);
    return status == RML_OK ? find_rows(in, err) : status;
}

/* 4. All of it ----------------------------------------------------------------------------------------------------- */

static rml_status read_h5(rml_report_input *in, rml_error *err)
{
    rml_h5_texts study;
    rml_h5_numbers y;
    rml_status status = rml_h5_file_texts(in->h5, "/study", &study, err);

    if (status == RML_OK) {
        in->study = strdup(study.n > 0 ? study.text[0] : "");
        if (!in->study) status = rml_fail(err, RML_ENOMEM, "no memory for the study");
    }
    rml_h5_texts_free(&study);
    if (status == RML_OK) status = rml_h5_file_texts(in->h5, "/features", &in->feature, err);
    if (status == RML_OK) status = rml_h5_file_texts(in->h5, "/patients", &in->patient, err);
    if (status == RML_OK) status = rml_h5_file_numbers(in->h5, "/outcome", &y, err);
    if (status != RML_OK) return status;
    in->y = y.value;
    if (rml_h5_file_has(in->h5, "/event")) {
        rml_h5_numbers event;

        status = rml_h5_file_numbers(in->h5, "/event", &event, err);
        if (status != RML_OK) return status;
        in->event = event.value;
        if (event.n_columns != in->patient.n)
            return rml_fail(err, RML_EFORMAT, "%s/sweep.h5: %lld events of %lld patients", in->folder,
                            (long long)event.n_columns, (long long)in->patient.n);
    }
    if (y.n_columns != in->patient.n)
        return rml_fail(err, RML_EFORMAT, "%s/sweep.h5: %lld outcomes of %lld patients", in->folder,
                        (long long)y.n_columns, (long long)in->patient.n);
    if (!rml_h5_file_has(in->h5, "/centre")) return RML_OK;
    status = rml_h5_file_texts(in->h5, "/centre", &in->centre, err);
    if (status == RML_OK && in->centre.n != in->patient.n)
        status = rml_fail(err, RML_EFORMAT, "%s/sweep.h5: %lld centres of %lld patients", in->folder,
                          (long long)in->centre.n, (long long)in->patient.n);
    return status;
}

/* The leaderboard's metric is the name of the column behind "failed". */
static rml_status read_metric(rml_report_input *in, rml_error *err)
{
    const rml_table *t = &in->table[RML_REPORT_BOARD];
    const int32_t at = rml_table_column(t, "failed") + 1;

    if (at <= 0 || at >= t->n_columns || t->n_rows == 0 || rml_table_column(t, "pipeline") < 0)
        return rml_fail(err, RML_EFORMAT, "%s/leaderboard.csv: not the leaderboard of a sweep", in->folder);
    in->metric = t->header[at];
    in->two_classes = rml_table_column(&in->table[RML_REPORT_PREDICTIONS], "probability") >= 0;
    return RML_OK;
}

/* Whether a line of the study, "features.h5ad, rows of reader = 1" or a path, is of a file of this name. */
static bool names_file(const char *line, const char *path)
{
    const char *name = rml_report_base_name(path), *there = strstr(line, name);
    const size_t n = strlen(name);

    for (; there; there = strstr(there + 1, name))
        if ((there == line || there[-1] == '/') && (there[n] == '\0' || strchr(" ,;", there[n]))) return true;
    return false;
}

/* That what was validated is the model of this sweep, by its checksum: numbers alone look alike. */
static rml_status check_model(const rml_report_input *in, rml_error *err)
{
    char *path = NULL, own[17];
    bool same = false;
    rml_table table = {0};
    rml_status status;

    if (!in->summed[MODEL_FILE])
        return rml_fail(err, RML_ESETTING, "--validation %s: %s has no model.json that could have been validated",
                        in->validation, in->folder);
    snprintf(own, sizeof own, "%016" PRIx64, in->checksum[MODEL_FILE]);
    if (asprintf(&path, "%s/about.csv", in->validation) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_table_read(path, &table, err);
    if (status == RML_EMISSING)
        status = rml_fail(
            err, RML_ESETTING,
            "--validation %s: has no about.csv, which says of which model it is: `radmill validate` writes it anew",
            in->validation);
    for (int64_t r = 0; status == RML_OK && table.n_columns == 2 && r < table.n_rows; ++r)
        same |= strcmp(table.cell[2 * r], "model_xxh3") == 0 && strcmp(table.cell[2 * r + 1], own) == 0;
    if (status == RML_OK && !same)
        status = rml_fail(err, RML_ESETTING, "--validation %s: is of another model than %s/model.json (about.csv)",
                          in->validation, in->folder);
    rml_table_free(&table);
    free(path);
    return status;
}

static rml_status check_validation(const rml_report_input *in, rml_error *err)
{
    const rml_table *t = &in->table[RML_REPORT_VALIDATION];
    const char *needed = in->event ? "c_index" : "auc";

    if (!in->event && !in->two_classes)
        return rml_fail(err, RML_ESETTING,
                        "--validation %s: stands beside an outcome of two classes or a time to an event; %s is of "
                        "neither",
                        in->validation, in->folder);
    if (rml_table_column(t, needed) < 0 || t->n_rows == 0)
        return rml_fail(err, RML_ESETTING,
                        "--validation %s: its validation.csv has no %s; that of %s/model.json was expected",
                        in->validation, needed, in->folder);
    return check_model(in, err);
}

/* Of the same table as the sweep: its patients stand under the sweep's headings. */
static rml_status check_survive(const rml_report_input *in, rml_error *err)
{
    char *table = rml_report_study(in, "table", 0);
    const char *other = rml_report_about(in, "table", 0);
    rml_status status = RML_OK;

    if (table && *other && !names_file(table, other))
        status = rml_fail(err, RML_ESETTING,
                          "--survive %s: is of the table %s, and the sweep is of %s; the same patients were expected",
                          in->survive, other, table);
    free(table);
    return status;
}

/* The table that the study names, wherever it lies now; where that is a CSV, what it was made of is not known. */
static rml_status check_features(const rml_report_input *in, rml_error *err)
{
    char *table = rml_report_study(in, "table", 0);
    rml_status status = RML_OK;

    if (table && strstr(table, ".h5ad") && !names_file(table, in->features))
        status =
            rml_fail(err, RML_ESETTING, "--features %s: the sweep is of %s; that file, of the same name, was expected",
                     in->features, table);
    free(table);
    return status;
}

/* Of features of the sweep: all or some of them, also by names that rows put side by side have made longer. */
static rml_status check_icc(const rml_report_input *in, rml_error *err)
{
    const int32_t c = rml_table_column(&in->agreement, "feature");

    for (int64_t r = 0; r < in->agreement.n_rows; ++r) {
        const char *name = in->agreement.cell[r * in->agreement.n_columns + c];

        for (int64_t j = 0; *name && j < in->feature.n; ++j)
            if (strstr(in->feature.text[j], name)) return RML_OK;
    }
    if (in->agreement.n_rows == 0 || in->feature.n == 0) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "--icc %s: none of its features (the first is %s) is of the sweep %s (the first is %s); a table of "
                    "`radmill icc` of the same features was expected",
                    in->icc, in->agreement.cell[c], in->folder, in->feature.text[0]);
}

rml_status rml_report_read(rml_report_input *in, rml_error *err)
{
    rml_status status = check_folder(in, err);

    for (int32_t f = 0; status == RML_OK && f < N_FILES; ++f) status = read_file(in, f, err);
    if (status != RML_OK || !in->folder) return status;
    status = read_metric(in, err);
    if (status == RML_OK) status = read_h5(in, err);
    if (status == RML_OK) status = read_said(in, err);
    if (status == RML_OK && in->features) status = read_extraction(in, err);
    if (status == RML_OK && in->features) status = check_features(in, err);
    if (status == RML_OK && in->icc) status = check_icc(in, err);
    if (status == RML_OK && in->survive) status = check_survive(in, err);
    if (status == RML_OK && in->validation) status = check_validation(in, err);
    return status;
}

void rml_report_input_free(rml_report_input *in)
{
    for (int32_t f = 0; f < RML_N_REPORT_TABLES; ++f) rml_table_free(&in->table[f]);
    rml_table_free(&in->agreement);
    rml_frame_free(&in->frame);
    rml_report_extraction_free(&in->extraction);
    cJSON_Delete(in->model);
    rml_h5_file_close(in->h5);
    rml_h5_texts_free(&in->feature);
    rml_h5_texts_free(&in->patient);
    rml_h5_texts_free(&in->centre);
    for (int32_t s = 0; s < in->n_splits; ++s) {
        free(in->split[s].name);
        free(in->split[s].chosen);
    }
    free(in->split);
    free(in->said);
    free(in->study);
    free(in->y);
    free(in->event);
    free(in->row);
}
