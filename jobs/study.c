/* 1. Rows, outcome, features
 * 2. Splits
 * 3. The file */
#include "jobs/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/study_reading.h"

/* 1. Rows, outcome, features --------------------------------------------------------------------------------------- */

static void read_table(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "rows"};
    const rml_yaml *rows;

    if (node->kind == RML_YAML_SCALAR) {
        r->study->table = node->text;
        return;
    }
    rml_reading_keys(r, node, "table", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->table = rml_reading_text_at(r, node, "file", "table");
    rows = rml_yaml_get(node, "rows");
    if (!rows || rows->kind == RML_YAML_NULL) return;
    if (rows->kind != RML_YAML_MAP) {
        rml_reading_wrong(r, rows, "rows: a map of columns and values was expected, such as {label: 1}");
        return;
    }
    r->study->rows = rml_reading_take(r, (size_t)rows->n, sizeof *r->study->rows);
    for (int32_t i = 0; r->study->rows && i < rows->n; ++i) {
        if (rows->child[i].kind != RML_YAML_SCALAR)
            rml_reading_wrong(r, &rows->child[i], "rows: a single value was expected");
        r->study->rows[r->study->n_rows++] = (rml_condition){rows->child[i].key, rows->child[i].text};
    }
}

static void read_clinical(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "by", "use", "as"}, *const as[] = {"features", "control"};
    const rml_yaml *use, *way;

    rml_reading_keys(r, node, "clinical", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->clinical = rml_reading_text_at(r, node, "file", "clinical");
    r->study->clinical_by = rml_reading_text_at(r, node, "by", "clinical");
    use = rml_yaml_get(node, "use");
    if (use) rml_reading_texts(r, use, "use", &r->study->use);
    for (int32_t k = 1; r->status == RML_OK && k < r->study->use.n; ++k)
        for (int32_t before = 0; before < k; ++before)
            if (strcmp(r->study->use.text[before], r->study->use.text[k]) == 0)
                rml_reading_wrong(r, use, "use: %s is listed twice", r->study->use.text[k]);
    way = rml_yaml_get(node, "as");
    if (way) r->study->clinical_control = rml_reading_word(r, way, "as", as, RML_STUDY_COUNT(as)) == 1;
    if (r->status == RML_OK && way && r->study->use.n == 0)
        rml_reading_wrong(r, way, "as: says what the columns of \"use\" are for, and there are none");
}

static void read_report(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "by", "columns"};
    const rml_yaml *columns;

    rml_reading_keys(r, node, "report", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->report = rml_reading_text_at(r, node, "file", "report");
    r->study->report_by = rml_reading_text_at(r, node, "by", "report");
    columns = rml_yaml_get(node, "columns");
    if (!columns) rml_reading_wrong(r, node, "report: \"columns\" is missing");
    if (columns) rml_reading_texts(r, columns, "columns", &r->study->report_columns);
}

static void read_event(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;

    s->event_column = rml_reading_text_at(r, node, "event", "outcome");
    if (r->status == RML_OK && rml_text_same(s->outcome_column, s->event_column))
        rml_reading_wrong(r, node, "outcome: time and event are one column, %s; two were expected", s->event_column);
}

/* Columns that tell an outcome are no features. */
static void add_outcome(rml_reading *r)
{
    rml_reading_add(r, &r->study->outcomes, r->study->outcome_column);
    if (r->study->event_column) rml_reading_add(r, &r->study->outcomes, r->study->event_column);
}

static void read_outcome(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"class", "positive", "classes", "value", "time", "event", "name"};
    const rml_yaml *positive, *name;
    int32_t n_kinds = 0;

    rml_reading_keys(r, node, "outcome", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->positive = NULL;
    r->study->event_column = NULL;
    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_TIME; ++k) {
        static const char *const key[] = {"class", "classes", "value", "time"};

        if (!rml_yaml_get(node, key[k])) continue;
        r->study->outcome = k;
        r->study->outcome_column = rml_reading_text_at(r, node, key[k], "outcome");
        ++n_kinds;
    }
    if (n_kinds != 1)
        rml_reading_wrong(r, node,
                          "outcome: one of class (yes or no), classes (several), value (a number) or time (with event) "
                          "was expected");
    if (r->status == RML_OK && (r->study->outcome == RML_OUTCOME_TIME) != (rml_yaml_get(node, "event") != NULL))
        rml_reading_wrong(r, node, "outcome: time and event belong together: {time: COLUMN, event: COLUMN}");
    if (r->status == RML_OK && r->study->outcome == RML_OUTCOME_TIME) read_event(r, node);
    positive = rml_yaml_get(node, "positive");
    if (positive && r->study->outcome != RML_OUTCOME_CLASS)
        rml_reading_wrong(r, positive, "positive: belongs to an outcome of two classes");
    if (positive) r->study->positive = rml_reading_text(r, positive, "positive");
    name = rml_yaml_get(node, "name");
    r->study->outcome_name = name ? rml_reading_text(r, name, "name") : r->study->outcome_column;
    if (r->status == RML_OK) r->listed[r->study->outcome] = true;
}

/* An outcome's name is a folder beside the other outcomes': no path, and none that a file system might take for
 * another's. */
static void check_outcome_name(rml_reading *r, const rml_yaml *node, const rml_texts *before)
{
    const char *name = r->study->outcome_name;

    if (r->status != RML_OK) return;
    if (name[0] == '.' || strchr(name, '/') || strcasecmp(name, "outcomes.csv") == 0 || strcasecmp(name, "run") == 0)
        rml_reading_wrong(r, node, "outcome: \"%s\" cannot be a folder's name; another was expected as \"name:\"",
                          name);
    for (int32_t i = 0; i < before->n; ++i)
        if (strcasecmp(name, before->text[i]) == 0)
            rml_reading_wrong(r, node, "outcome: %s is listed twice; another name was expected as \"name:\"", name);
}

/* Of a list the one that `radmill survive` is about. */
static int32_t first_time(rml_reading *r, const rml_yaml *list)
{
    for (int32_t i = 0; i < list->n; ++i)
        if (list->child[i].kind == RML_YAML_MAP && rml_yaml_get(&list->child[i], "time")) return i;
    rml_reading_wrong(r, list,
                      "outcome: none of the list is {time: COLUMN, event: COLUMN}, which `radmill survive` needs");
    return 0;
}

/* One outcome, or a list, of which the reading is about one. */
static void read_outcomes(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;
    rml_texts names = {0};

    s->n_outcomes = node->kind == RML_YAML_LIST ? node->n : 1;
    if (r->survival && node->kind != RML_YAML_LIST) {
        rml_reading_time(r, node);
        return;
    }
    if (node->kind != RML_YAML_LIST) {
        read_outcome(r, node);
        if (r->status == RML_OK && rml_yaml_get(node, "name"))
            rml_reading_wrong(r, node, "outcome: \"name\" is the folder of one in a list; there is no list");
        add_outcome(r);
        s->outcome_name = NULL;
        return;
    }
    if (node->n == 0) rml_reading_wrong(r, node, "outcome: an empty list");
    for (int32_t i = 0; i < node->n && r->status == RML_OK; ++i) {
        read_outcome(r, &node->child[i]);
        check_outcome_name(r, &node->child[i], &names);
        add_outcome(r);
        rml_reading_add(r, &names, s->outcome_name);
    }
    if (r->survival) r->which = first_time(r, node);
    if (r->status == RML_OK && r->which >= node->n)
        r->status = rml_fail(r->err, RML_EINVAL, "%s: %d outcomes are listed", s->path, node->n);
    if (r->status == RML_OK) read_outcome(r, &node->child[r->which]);
}

static void read_features(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"match", "allow"};
    const rml_yaml *match, *allow;

    rml_reading_keys(r, node, "features", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    match = rml_yaml_get(node, "match");
    allow = rml_yaml_get(node, "allow");
    if (match) rml_reading_texts(r, match, "match", &r->study->match);
    if (allow) rml_reading_texts(r, allow, "allow", &r->study->allow);
}

static void read_pivot(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"by", "delta"}, *const delta_keys[] = {"from", "to", "relative"};
    rml_study *s = r->study;
    rml_texts by = {0};
    const rml_yaml *child, *delta = NULL;

    rml_reading_keys(r, node, "pivot", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    child = rml_yaml_get(node, "by");
    if (!child)
        rml_reading_wrong(r, node,
                          "pivot: \"by\" is missing: the columns whose values become features, such as [Sequence]");
    else
        rml_reading_texts(r, child, "by", &by);
    for (int32_t i = 0; r->status == RML_OK && i < by.n; ++i)
        if (strcmp(by.text[i], s->patient) == 0) rml_reading_wrong(r, child, "by: %s names the patient", s->patient);
    s->pivot = (rml_pivot){.n_by = by.n, .by = by.text};
    if (r->status == RML_OK && by.n == 0) rml_reading_wrong(r, node, "by: at least one column was expected");
    delta = rml_yaml_get(node, "delta");
    if (!delta || r->status != RML_OK || !by.text) return;
    rml_reading_keys(r, delta, "delta", delta_keys, RML_STUDY_COUNT(delta_keys));
    if (r->status == RML_OK) s->pivot.from = rml_reading_text_at(r, delta, "from", "delta");
    if (r->status == RML_OK) s->pivot.to = rml_reading_text_at(r, delta, "to", "delta");
    if (r->status == RML_OK) s->pivot.relative = rml_reading_truth_at(r, delta, "relative", false);
    if (r->status == RML_OK && rml_text_same(s->pivot.from, s->pivot.to))
        rml_reading_wrong(r, delta, "delta: two different values of %s were expected", by.text[by.n - 1]);
}

/* What the steps name is known when all of the file is read. */
static void check_pivot(rml_reading *r, const rml_yaml *node)
{
    const rml_study *s = r->study;

    for (int32_t i = 0; i < s->pivot.n_by; ++i)
        if (s->reader && strcmp(s->pivot.by[i], s->reader) == 0)
            rml_reading_wrong(r, node, "by: %s tells readings apart, which the icc step compares", s->reader);
    if (s->pivot.n_by > 0 && s->rois != RML_ROIS_ONE)
        rml_reading_wrong(r, node, "pivot makes one row a patient; \"rois\" is for several");
}

/* Sequences and labels are seen at one time; any other column may hold time points, which no name tells for certain. */
static bool is_of_one_time(const char *column)
{
    return strcasecmp(column, "sequence") == 0 || strcasecmp(column, "label") == 0;
}

/* The second time point's features would go into times that begin before it: it is for the study to say when that is,
 * or that there is none. */
static void refuse_side_by_side(rml_reading *r, const rml_yaml *pivot)
{
    const rml_study *s = r->study;

    for (int32_t i = 0; i < s->pivot.n_by; ++i)
        if (!is_of_one_time(s->pivot.by[i]))
            rml_reading_wrong(
                r, pivot,
                "by: values of %s side by side; if they are time points, the later one's features are known only then, "
                "and times begin earlier: \"landmark\" was expected: that time, a number in the unit of %s or a column "
                "of such numbers; or landmark: none, where all of them are known when times begin",
                s->pivot.by[i], s->outcome_column);
}

/* Where times begin. What is measured twice is known at the second time alone: whoever has the event before would count
 * as having lived to it. */
static void read_landmark(rml_reading *r, const rml_yaml *node, const rml_yaml *pivot)
{
    rml_study *s = r->study;
    bool none;

    s->landmark_time = NAN;
    if (node && s->outcome != RML_OUTCOME_TIME && !r->listed[RML_OUTCOME_TIME])
        rml_reading_wrong(r, node, "landmark: is for an outcome that is the time to an event");
    if (node) s->landmark = rml_reading_text(r, node, "landmark");
    none = s->landmark && strcmp(s->landmark, "none") == 0;
    if ((!node || none) && s->outcome == RML_OUTCOME_TIME && s->pivot.from)
        rml_reading_wrong(
            r, pivot,
            "delta: the difference is known only when %s is %s, and times begin earlier; \"landmark\" was "
            "expected: that time, a number in the unit of %s or a column of such numbers",
            s->pivot.by[s->pivot.n_by - 1], s->pivot.to, s->outcome_column);
    if (!node && s->outcome == RML_OUTCOME_TIME && !s->pivot.from) refuse_side_by_side(r, pivot);
    if (none) s->landmark = NULL;
    if (!s->landmark || r->status != RML_OK) return;
    if (!rml_text_number(s->landmark, &s->landmark_time)) {
        s->landmark_time = NAN;
        rml_reading_add(r, &s->outcomes, s->landmark); /* no feature */
        if (rml_text_same(s->landmark, s->event_column ? s->event_column : "") ||
            rml_text_same(s->landmark, s->outcome_column))
            rml_reading_wrong(r, node, "landmark: %s is the outcome; another column or a number was expected",
                              s->landmark);
    } else if (!(s->landmark_time > 0.0) || !isfinite(s->landmark_time))
        rml_reading_wrong(r, node, "landmark: %s; a time above 0, in the unit of %s, was expected", s->landmark,
                          s->outcome_column);
    if (s->outcome != RML_OUTCOME_TIME) s->landmark = NULL; /* of another outcome in the list */
}

/* 2. Splits -------------------------------------------------------------------------------------------------------- */

static void read_split(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"kfold",     "repeats", "stratify", "shuffle",  "seed",
                                       "leave_out", "column",  "holdout",  "bootstrap"};
    static const char *const ways[] = {"kfold", "leave_out", "column", "holdout", "bootstrap"};
    rml_study *s = r->study;
    int32_t n_ways = 0;

    rml_reading_keys(r, node, "split", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    for (int32_t w = 0; w < RML_STUDY_COUNT(ways); ++w) {
        if (!rml_yaml_get(node, ways[w])) continue;
        s->split = (rml_split_kind)w;
        ++n_ways;
    }
    if (n_ways > 1)
        rml_reading_wrong(r, node, "split: one of kfold, leave_out, column, holdout and bootstrap was expected");
    s->k = (int32_t)rml_reading_whole_at(r, node, "kfold", s->k, 2, 1000000);
    s->repeats = (int32_t)rml_reading_whole_at(r, node, "repeats", s->repeats, 1, 100000);
    s->draws = (int32_t)rml_reading_whole_at(r, node, "bootstrap", s->draws, 2, 100000);
    s->seed = (uint64_t)rml_reading_whole_at(r, node, "seed", (int64_t)s->seed, 0, INT64_MAX);
    s->stratify = rml_reading_truth_at(r, node, "stratify", s->stratify);
    s->shuffle = rml_reading_truth_at(r, node, "shuffle", s->shuffle);
    if (s->split == RML_SPLIT_LEAVE_OUT) s->split_column = rml_reading_text_at(r, node, "leave_out", "split");
    if (s->split == RML_SPLIT_COLUMN) s->split_column = rml_reading_text_at(r, node, "column", "split");
    if (s->split == RML_SPLIT_HOLDOUT) {
        rml_reading_texts(r, rml_yaml_get(node, "holdout"), "holdout", &s->holdout);
        if (!s->centre) rml_reading_wrong(r, node, "split: holdout names centres, but the study has no centre");
    }
    if (!s->shuffle && s->repeats > 1)
        rml_reading_wrong(r, node, "split: without shuffle every repeat would be the same; repeats: 1 was expected");
}

static void read_inner(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"kfold", "repeats", "stratify", "shuffle", "metric", "choose", "column"};
    static const char *const chooses[] = {"best", "one_se"};
    const char *metrics[RML_N_METRICS];
    const rml_yaml *child;
    rml_inner *inner = &r->study->inner;

    for (int32_t m = 0; m < RML_N_METRICS; ++m) metrics[m] = rml_metric_name((rml_metric)m);
    rml_reading_keys(r, node, "inner", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    inner->k = (int32_t)rml_reading_whole_at(r, node, "kfold", inner->k, 2, 1000000);
    inner->repeats = (int32_t)rml_reading_whole_at(r, node, "repeats", inner->repeats, 1, 1000);
    inner->stratify = rml_reading_truth_at(r, node, "stratify", inner->stratify);
    inner->shuffle = rml_reading_truth_at(r, node, "shuffle", inner->shuffle);
    child = rml_yaml_get(node, "metric");
    if (child) inner->metric = (rml_metric)rml_reading_word(r, child, "metric", metrics, RML_N_METRICS);
    child = rml_yaml_get(node, "choose");
    if (child) inner->choose = (rml_choose)rml_reading_word(r, child, "choose", chooses, RML_STUDY_COUNT(chooses));
    child = rml_yaml_get(node, "column");
    if (child) r->study->inner_column = rml_reading_text(r, child, "column");
    if (r->study->inner_column && (r->study->split == RML_SPLIT_KFOLD || r->study->split == RML_SPLIT_BOOTSTRAP))
        rml_reading_wrong(r, child,
                          "inner: given folds (column) are of given outer parts; \"split: {column: fold}\", leave_out "
                          "or holdout was expected");
    if (r->status == RML_OK && !rml_metric_fits(inner->metric, r->study->outcome))
        rml_reading_wrong(r, node, "metric: %s does not fit the outcome %s (%s)%s", metrics[inner->metric],
                          r->study->outcome_column, rml_study_outcome_kind(r->study->outcome),
                          r->study->n_outcomes > 1 ? "; without \"metric\" every outcome has that of its kind" : "");
    if (!inner->shuffle && inner->repeats > 1)
        rml_reading_wrong(r, node, "inner: without shuffle every repeat would be the same; repeats: 1 was expected");
}

/* 3. The file ------------------------------------------------------------------------------------------------------ */

static void read_controls(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"baselines", "permute", "permute_repeats"};

    rml_reading_keys(r, node, "controls", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->baselines = rml_reading_truth_at(r, node, "baselines", r->study->baselines);
    r->study->permute = (int32_t)rml_reading_whole_at(r, node, "permute", r->study->permute, 0, 1000000);
    r->study->permute_repeats =
        (int32_t)rml_reading_whole_at(r, node, "permute_repeats", r->study->permute_repeats, 1, 100000);
}

static void read_study(rml_reading *r, const rml_yaml *tree)
{
    static const char *const keys[] = {"table",  "clinical", "patient", "outcome", "centre",   "rois",
                                       "pivot",  "features", "split",   "inner",   "prepare",  "select",
                                       "models", "controls", "report",  "survive", "landmark", "groups"};
    static const char *const rois[] = {"one", "largest", "mean", "separate"};
    rml_study *s = r->study;
    const rml_yaml *node;

    rml_reading_keys(r, tree, "the study", keys, RML_STUDY_COUNT(keys));
    for (int32_t k = 0; r->status == RML_OK && k < RML_STUDY_COUNT(keys); ++k) {
        static const char *const needed[] = {"table", "patient", "outcome", "models"};
        const int32_t n_needed = RML_STUDY_COUNT(needed) - (r->groups ? 2 : r->survival);

        if (rml_word_place(keys[k], needed, n_needed) >= 0 && !rml_yaml_get(tree, keys[k]))
            rml_reading_wrong(r, tree, "\"%s\" is missing", keys[k]);
    }
    if (r->status != RML_OK) return;
    read_table(r, rml_yaml_get(tree, "table"));
    if ((node = rml_yaml_get(tree, "clinical"))) read_clinical(r, node);
    s->patient = rml_reading_text_at(r, tree, "patient", "the study");
    if ((node = rml_yaml_get(tree, "centre"))) s->centre = rml_reading_text(r, node, "centre");
    if (s->centre) rml_reading_add(r, &s->factor, s->centre);
    if ((node = rml_yaml_get(tree, "outcome")) && r->status == RML_OK) read_outcomes(r, node);
    if ((node = rml_yaml_get(tree, "rois")))
        s->rois = (rml_rois)rml_reading_word(r, node, "rois", rois, RML_STUDY_COUNT(rois));
    if ((node = rml_yaml_get(tree, "pivot")) && r->status == RML_OK) read_pivot(r, node);
    if (r->status == RML_OK) read_landmark(r, rml_yaml_get(tree, "landmark"), rml_yaml_get(tree, "pivot"));
    if ((node = rml_yaml_get(tree, "features")) && r->status == RML_OK) read_features(r, node);
    if (r->groups) {
        if (r->status == RML_OK) rml_reading_groups(r, rml_yaml_get(tree, "groups"));
        return;
    }
    node = rml_yaml_get(tree, "survive");
    if (r->survival) {
        if (r->status == RML_OK) rml_reading_survive(r, node);
        return;
    }
    if (node && s->outcome != RML_OUTCOME_TIME && !r->listed[RML_OUTCOME_TIME])
        rml_reading_wrong(r, node, "survive: is for `radmill survive`, and the outcome is {time, event} then");
    if (s->outcome == RML_OUTCOME_TIME) rml_reading_times(r, node);
    if ((node = rml_yaml_get(tree, "split")) && r->status == RML_OK) read_split(r, node);
    s->inner.metric = rml_metric_default(s->outcome);
    if ((node = rml_yaml_get(tree, "inner")) && r->status == RML_OK) read_inner(r, node);
    if (r->status == RML_OK) rml_reading_selects(r, rml_yaml_get(tree, "prepare"), rml_yaml_get(tree, "select"));
    if (r->status == RML_OK) rml_reading_models(r, rml_yaml_get(tree, "models"));
    if ((node = rml_yaml_get(tree, "pivot")) && r->status == RML_OK) check_pivot(r, node);
    if ((node = rml_yaml_get(tree, "controls")) && r->status == RML_OK) read_controls(r, node);
    if (r->status == RML_OK && s->clinical_control && !s->baselines)
        rml_reading_wrong(r, rml_yaml_get(tree, "clinical"),
                          "clinical: as: control leaves the columns to the controls, but baselines: false leaves "
                          "those out");
    if ((node = rml_yaml_get(tree, "report")) && r->status == RML_OK) read_report(r, node);
}

static rml_status parse(const char *text, size_t n_bytes, const char *path, int32_t which, bool survival, bool groups,
                        rml_study *study, rml_error *err)
{
    rml_study parsed = {.path = path,
                        .k = 5,
                        .repeats = 1,
                        .draws = 200,
                        .stratify = true,
                        .shuffle = true,
                        .seed = 1,
                        .inner = {.k = 5, .repeats = 1, .stratify = true, .shuffle = true},
                        .baselines = true,
                        .permute = 200,
                        .permute_repeats = 1,
                        .survive = {.least = 0.1,
                                    .permutations = 9999,
                                    .cutpoint_seed = 1,
                                    .nomogram_resamples = 200,
                                    .nomogram_seed = 1,
                                    .reclassified_at = NAN,
                                    .reclassified_resamples = 500,
                                    .reclassified_seed = 1}};
    rml_pool *pool = calloc(1, sizeof *pool);
    rml_reading reading = {
        .study = &parsed, .pool = pool, .err = err, .which = which, .survival = survival, .groups = groups};

    if (!pool) return rml_fail(err, RML_ENOMEM, "%s: no memory", path);
    parsed.memory = pool;
    reading.status = rml_yaml_parse(text, n_bytes, path, &pool->tree, err);
    if (reading.status == RML_OK) read_study(&reading, pool->tree);
    if (reading.status == RML_OK)
        *study = parsed;
    else
        rml_study_free(&parsed);
    return reading.status;
}

rml_status rml_study_file_read(const char *path, char **text, size_t *n_bytes, rml_error *err)
{
    return rml_file_read(path, (size_t)1 << 20, text, n_bytes, err);
}

rml_status rml_study_parse(const char *text, size_t n_bytes, const char *path, rml_study *study, rml_error *err)
{
    return parse(text, n_bytes, path, 0, false, false, study, err);
}

rml_status rml_study_parse_outcome(const char *text, size_t n_bytes, const char *path, int32_t which, rml_study *study,
                                   rml_error *err)
{
    return parse(text, n_bytes, path, which, false, false, study, err);
}

rml_status rml_study_parse_survival(const char *text, size_t n_bytes, const char *path, rml_study *study,
                                    rml_error *err)
{
    return parse(text, n_bytes, path, 0, true, false, study, err);
}

rml_status rml_study_parse_groups(const char *text, size_t n_bytes, const char *path, rml_study *study, rml_error *err)
{
    return parse(text, n_bytes, path, 0, false, true, study, err);
}

const char *rml_study_outcome_kind(rml_outcome_kind kind)
{
    static const char *const words[] = {"two classes", "several classes", "a number", "the time to an event"};

    return words[kind];
}

char *rml_study_path(const rml_study *study, const char *name)
{
    const char *slash = strrchr(study->path, '/');
    char *path = NULL;

    if (name[0] == '/' || !slash) return strdup(name);
    return asprintf(&path, "%.*s/%s", (int)(slash - study->path), study->path, name) < 0 ? NULL : path;
}
