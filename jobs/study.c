/* 1. Memory, and what is said of a wrong line
 * 2. Values
 * 3. Rows, outcome, features
 * 4. Splits
 * 5. Steps and models
 * 6. The file
 * 7. Said back */
#include "jobs/study.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/table.h"
#include "io/yaml.h"
#include "jobs/nearest.h"

#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* 1. Memory, and what is said of a wrong line ---------------------------------------------------------------------- */

/* All that a study points to, given back together. */
typedef struct rml_pool {
    rml_yaml *tree;
    int32_t n, room;
    void **item;
} rml_pool;

typedef struct rml_reading {
    rml_study *study;
    rml_pool *pool;
    rml_error *err;
    rml_status status;                  /* the first that was not RML_OK; what follows does nothing */
    int32_t which;                      /* of the listed outcomes */
    bool listed[RML_OUTCOME_VALUE + 1]; /* the kinds of outcome that the file lists */
} rml_reading;

static void RML_PRINTF(3, 4) wrong(rml_reading *r, const rml_yaml *node, const char *format, ...)
{
    char sentence[RML_ERROR_TEXT];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (r->status == RML_OK)
        r->status = rml_fail(r->err, RML_ESETTING, "%s line %d: %s", r->study->path, node ? node->line : 1, sentence);
}

/* Zeroed memory of the study; NULL and a status without. */
static void *take(rml_reading *r, size_t n, size_t size)
{
    rml_pool *pool = r->pool;
    void *memory;

    if (pool->n == pool->room) {
        const int32_t room = pool->room ? 2 * pool->room : 32;
        void **item = realloc(pool->item, (size_t)room * sizeof *item);

        if (item) {
            pool->item = item;
            pool->room = room;
        }
    }
    memory = pool->n < pool->room ? calloc(n + 1, size) : NULL;
    if (memory)
        pool->item[pool->n++] = memory;
    else if (r->status == RML_OK)
        r->status = rml_fail(r->err, RML_ENOMEM, "%s: no memory", r->study->path);
    return memory;
}

void rml_study_free(rml_study *study)
{
    rml_pool *pool = study ? study->memory : NULL;

    if (pool) {
        rml_yaml_free(pool->tree);
        for (int32_t i = 0; i < pool->n; ++i) free(pool->item[i]);
        free(pool->item);
        free(pool);
    }
    if (study) *study = (rml_study){0};
}

/* Every key of a map must be among the known ones. */
static void check_keys(rml_reading *r, const rml_yaml *map, const char *where, const char *const *known, int32_t n)
{
    if (map->kind != RML_YAML_MAP) {
        wrong(r, map, "%s: a map of settings was expected", where);
        return;
    }
    for (int32_t i = 0; i < map->n && r->status == RML_OK; ++i) {
        const char *key = map->child[i].key, *near = rml_nearest(key, known, n);
        bool found = false;

        for (int32_t k = 0; k < n; ++k) found |= strcmp(key, known[k]) == 0;
        if (!found && near)
            wrong(r, &map->child[i], "%s has no key \"%s\"; did you mean \"%s\"?", where, key, near);
        else if (!found)
            wrong(r, &map->child[i], "%s has no key \"%s\"", where, key);
    }
}

/* 2. Values -------------------------------------------------------------------------------------------------------- */

static const char *take_text(rml_reading *r, const rml_yaml *node, const char *what)
{
    if (node->kind != RML_YAML_SCALAR || !node->text[0]) {
        wrong(r, node, "%s: a name was expected", what);
        return NULL;
    }
    return node->text;
}

static const char *text_at(rml_reading *r, const rml_yaml *map, const char *key, const char *where)
{
    const rml_yaml *node = rml_yaml_get(map, key);

    if (node) return take_text(r, node, key);
    wrong(r, map, "%s: \"%s\" is missing", where, key);
    return NULL;
}

static void add_text(rml_reading *r, rml_texts *texts, const char *text)
{
    const char **grown = take(r, (size_t)texts->n + 1, sizeof *grown);

    if (!grown) return;
    for (int32_t i = 0; i < texts->n; ++i) grown[i] = texts->text[i];
    grown[texts->n++] = text;
    texts->text = grown;
}

/* A name alone or a list of names. */
static void take_texts(rml_reading *r, const rml_yaml *node, const char *what, rml_texts *texts)
{
    if (node->kind == RML_YAML_SCALAR) {
        add_text(r, texts, node->text);
        return;
    }
    if (node->kind != RML_YAML_LIST) wrong(r, node, "%s: a list of names was expected", what);
    for (int32_t i = 0; node->kind == RML_YAML_LIST && i < node->n && r->status == RML_OK; ++i) {
        const char *text = take_text(r, &node->child[i], what);

        if (text) add_text(r, texts, text);
    }
}

static int64_t whole_at(rml_reading *r, const rml_yaml *map, const char *key, int64_t fallback, int64_t least,
                        int64_t most)
{
    const rml_yaml *node = rml_yaml_get(map, key);
    int64_t value = fallback;

    if (node && (!rml_yaml_integer(node, &value) || value < least || value > most))
        wrong(r, node, "%s: a whole number from %lld to %lld was expected", key, (long long)least, (long long)most);
    return value;
}

static bool truth_at(rml_reading *r, const rml_yaml *map, const char *key, bool fallback)
{
    const rml_yaml *node = rml_yaml_get(map, key);
    bool value = fallback;

    if (node && !rml_yaml_truth(node, &value)) wrong(r, node, "%s: true or false was expected", key);
    return value;
}

static int32_t place_of(const char *text, const char *const *words, int32_t n)
{
    for (int32_t w = 0; w < n; ++w)
        if (strcmp(text, words[w]) == 0) return w;
    return -1;
}

static void list_words(const char *const *words, int32_t n, char *text, size_t n_bytes)
{
    size_t used = 0;

    text[0] = '\0';
    for (int32_t w = 0; w < n && used < n_bytes; ++w)
        used += (size_t)snprintf(text + used, n_bytes - used, "%s%s",
                                 w == 0      ? ""
                                 : w + 1 < n ? ", "
                                             : " or ",
                                 words[w]);
}

/* The place of a word among the known ones, or -1 with the complaint made. */
static int32_t take_word(rml_reading *r, const rml_yaml *node, const char *what, const char *const *words, int32_t n)
{
    const int32_t place = node->kind == RML_YAML_SCALAR ? place_of(node->text, words, n) : -1;
    char list[256];

    if (place >= 0) return place;
    list_words(words, n, list, sizeof list);
    wrong(r, node, "%s: %s was expected, not \"%s\"", what, list, node->kind == RML_YAML_SCALAR ? node->text : "…");
    return -1;
}

/* The place of a column among those that steps name; added when it is new. */
static int32_t column_place(rml_reading *r, const rml_yaml *node, rml_texts *columns, const char *name)
{
    const int32_t place = place_of(name, columns->text, columns->n);

    if (place >= 0) return place;
    if (columns->n == RML_STUDY_COLUMNS) {
        wrong(r, node, "more than %d columns are named by steps", RML_STUDY_COLUMNS);
        return -1;
    }
    add_text(r, columns, name);
    return columns->n - 1;
}

/* 3. Rows, outcome, features --------------------------------------------------------------------------------------- */

static void read_table(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "rows"};
    const rml_yaml *rows;

    if (node->kind == RML_YAML_SCALAR) {
        r->study->table = node->text;
        return;
    }
    check_keys(r, node, "table", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->table = text_at(r, node, "file", "table");
    rows = rml_yaml_get(node, "rows");
    if (!rows || rows->kind == RML_YAML_NULL) return;
    if (rows->kind != RML_YAML_MAP) {
        wrong(r, rows, "rows: a map of columns and values was expected, such as {label: 1}");
        return;
    }
    r->study->rows = take(r, (size_t)rows->n, sizeof *r->study->rows);
    for (int32_t i = 0; r->study->rows && i < rows->n; ++i) {
        if (rows->child[i].kind != RML_YAML_SCALAR) wrong(r, &rows->child[i], "rows: a single value was expected");
        r->study->rows[r->study->n_rows++] = (rml_condition){rows->child[i].key, rows->child[i].text};
    }
}

static void read_clinical(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "by", "use"};
    const rml_yaml *use;

    check_keys(r, node, "clinical", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->clinical = text_at(r, node, "file", "clinical");
    r->study->clinical_by = text_at(r, node, "by", "clinical");
    use = rml_yaml_get(node, "use");
    if (use) take_texts(r, use, "use", &r->study->use);
}

static void read_report(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"file", "by", "columns"};
    const rml_yaml *columns;

    check_keys(r, node, "report", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->report = text_at(r, node, "file", "report");
    r->study->report_by = text_at(r, node, "by", "report");
    columns = rml_yaml_get(node, "columns");
    if (!columns) wrong(r, node, "report: \"columns\" is missing");
    if (columns) take_texts(r, columns, "columns", &r->study->report_columns);
}

static void read_outcome(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"class", "positive", "classes", "value", "name"};
    const rml_yaml *positive, *name;
    int32_t n_kinds = 0;

    check_keys(r, node, "outcome", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->positive = NULL;
    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_VALUE; ++k) {
        const char *key = k == RML_OUTCOME_CLASS ? "class" : k == RML_OUTCOME_CLASSES ? "classes" : "value";

        if (!rml_yaml_get(node, key)) continue;
        r->study->outcome = k;
        r->study->outcome_column = text_at(r, node, key, "outcome");
        ++n_kinds;
    }
    if (n_kinds != 1)
        wrong(r, node, "outcome: one of class (yes or no), classes (several) or value (a number) was expected");
    positive = rml_yaml_get(node, "positive");
    if (positive && r->study->outcome != RML_OUTCOME_CLASS)
        wrong(r, positive, "positive: belongs to an outcome of two classes");
    if (positive) r->study->positive = take_text(r, positive, "positive");
    name = rml_yaml_get(node, "name");
    r->study->outcome_name = name ? take_text(r, name, "name") : r->study->outcome_column;
    if (r->status == RML_OK) r->listed[r->study->outcome] = true;
}

/* An outcome's name is a folder beside the other outcomes': no path, and none that a file system might take for
 * another's. */
static void check_outcome_name(rml_reading *r, const rml_yaml *node, const rml_texts *before)
{
    const char *name = r->study->outcome_name;

    if (r->status != RML_OK) return;
    if (name[0] == '.' || strchr(name, '/') || strcasecmp(name, "outcomes.csv") == 0 || strcasecmp(name, "run") == 0)
        wrong(r, node, "outcome: \"%s\" cannot be a folder's name; another was expected as \"name:\"", name);
    for (int32_t i = 0; i < before->n; ++i)
        if (strcasecmp(name, before->text[i]) == 0)
            wrong(r, node, "outcome: %s is listed twice; another name was expected as \"name:\"", name);
}

/* One outcome, or a list, of which the reading is about one. */
static void read_outcomes(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;
    rml_texts names = {0};

    if (node->kind != RML_YAML_LIST) {
        read_outcome(r, node);
        if (r->status == RML_OK && rml_yaml_get(node, "name"))
            wrong(r, node, "outcome: \"name\" is the folder of one in a list; there is no list");
        add_text(r, &s->outcomes, s->outcome_column);
        s->outcome_name = NULL;
        return;
    }
    if (node->n == 0) wrong(r, node, "outcome: an empty list");
    for (int32_t i = 0; i < node->n && r->status == RML_OK; ++i) {
        read_outcome(r, &node->child[i]);
        check_outcome_name(r, &node->child[i], &names);
        add_text(r, &s->outcomes, s->outcome_column);
        add_text(r, &names, s->outcome_name);
    }
    if (r->status == RML_OK && r->which >= node->n)
        r->status = rml_fail(r->err, RML_EINVAL, "%s: %d outcomes are listed", s->path, node->n);
    if (r->status == RML_OK) read_outcome(r, &node->child[r->which]);
}

static void read_features(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"match", "allow"};
    const rml_yaml *match, *allow;

    check_keys(r, node, "features", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    match = rml_yaml_get(node, "match");
    allow = rml_yaml_get(node, "allow");
    if (match) take_texts(r, match, "match", &r->study->match);
    if (allow) take_texts(r, allow, "allow", &r->study->allow);
}

static void read_pivot(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"by", "delta"}, *const delta_keys[] = {"from", "to", "relative"};
    rml_study *s = r->study;
    rml_texts by = {0};
    const rml_yaml *child, *delta = NULL;

    check_keys(r, node, "pivot", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    child = rml_yaml_get(node, "by");
    if (!child)
        wrong(r, node, "pivot: \"by\" is missing: the columns whose values become features, such as [Sequence]");
    else
        take_texts(r, child, "by", &by);
    for (int32_t i = 0; r->status == RML_OK && i < by.n; ++i)
        if (strcmp(by.text[i], s->patient) == 0) wrong(r, child, "by: %s names the patient", s->patient);
    s->pivot = (rml_pivot){.n_by = by.n, .by = by.text};
    if (r->status == RML_OK && by.n == 0) wrong(r, node, "by: at least one column was expected");
    delta = rml_yaml_get(node, "delta");
    if (!delta || r->status != RML_OK || !by.text) return;
    check_keys(r, delta, "delta", delta_keys, COUNT(delta_keys));
    if (r->status == RML_OK) s->pivot.from = text_at(r, delta, "from", "delta");
    if (r->status == RML_OK) s->pivot.to = text_at(r, delta, "to", "delta");
    if (r->status == RML_OK) s->pivot.relative = truth_at(r, delta, "relative", false);
    if (r->status == RML_OK && rml_text_same(s->pivot.from, s->pivot.to))
        wrong(r, delta, "delta: two different values of %s were expected", by.text[by.n - 1]);
}

/* What the steps name is known when all of the file is read. */
static void check_pivot(rml_reading *r, const rml_yaml *node)
{
    const rml_study *s = r->study;

    for (int32_t i = 0; i < s->pivot.n_by; ++i)
        if (s->reader && strcmp(s->pivot.by[i], s->reader) == 0)
            wrong(r, node, "by: %s tells readings apart, which the icc step compares", s->reader);
    if (s->pivot.n_by > 0 && s->rois != RML_ROIS_ONE)
        wrong(r, node, "pivot makes one row a patient; \"rois\" is for several");
}

/* 4. Splits -------------------------------------------------------------------------------------------------------- */

static void read_split(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"kfold",     "repeats", "stratify", "shuffle",  "seed",
                                       "leave_out", "column",  "holdout",  "bootstrap"};
    static const char *const ways[] = {"kfold", "leave_out", "column", "holdout", "bootstrap"};
    rml_study *s = r->study;
    int32_t n_ways = 0;

    check_keys(r, node, "split", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    for (int32_t w = 0; w < COUNT(ways); ++w) {
        if (!rml_yaml_get(node, ways[w])) continue;
        s->split = (rml_split_kind)w;
        ++n_ways;
    }
    if (n_ways > 1) wrong(r, node, "split: one of kfold, leave_out, column, holdout and bootstrap was expected");
    s->k = (int32_t)whole_at(r, node, "kfold", s->k, 2, 1000000);
    s->repeats = (int32_t)whole_at(r, node, "repeats", s->repeats, 1, 100000);
    s->draws = (int32_t)whole_at(r, node, "bootstrap", s->draws, 2, 100000);
    s->seed = (uint64_t)whole_at(r, node, "seed", (int64_t)s->seed, 0, INT64_MAX);
    s->stratify = truth_at(r, node, "stratify", s->stratify);
    s->shuffle = truth_at(r, node, "shuffle", s->shuffle);
    if (s->split == RML_SPLIT_LEAVE_OUT) s->split_column = text_at(r, node, "leave_out", "split");
    if (s->split == RML_SPLIT_COLUMN) s->split_column = text_at(r, node, "column", "split");
    if (s->split == RML_SPLIT_HOLDOUT) {
        take_texts(r, rml_yaml_get(node, "holdout"), "holdout", &s->holdout);
        if (!s->centre) wrong(r, node, "split: holdout names centres, but the study has no centre");
    }
    if (!s->shuffle && s->repeats > 1)
        wrong(r, node, "split: without shuffle every repeat would be the same; repeats: 1 was expected");
}

static void read_inner(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"kfold", "repeats", "stratify", "shuffle", "metric", "choose", "column"};
    static const char *const chooses[] = {"best", "one_se"};
    const char *metrics[RML_N_METRICS];
    const rml_yaml *child;
    rml_inner *inner = &r->study->inner;

    for (int32_t m = 0; m < RML_N_METRICS; ++m) metrics[m] = rml_metric_name((rml_metric)m);
    check_keys(r, node, "inner", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    inner->k = (int32_t)whole_at(r, node, "kfold", inner->k, 2, 1000000);
    inner->repeats = (int32_t)whole_at(r, node, "repeats", inner->repeats, 1, 1000);
    inner->stratify = truth_at(r, node, "stratify", inner->stratify);
    inner->shuffle = truth_at(r, node, "shuffle", inner->shuffle);
    child = rml_yaml_get(node, "metric");
    if (child) inner->metric = (rml_metric)take_word(r, child, "metric", metrics, RML_N_METRICS);
    child = rml_yaml_get(node, "choose");
    if (child) inner->choose = (rml_choose)take_word(r, child, "choose", chooses, COUNT(chooses));
    child = rml_yaml_get(node, "column");
    if (child) r->study->inner_column = take_text(r, child, "column");
    if (r->status == RML_OK && !rml_metric_fits(inner->metric, r->study->outcome))
        wrong(r, node, "metric: %s does not fit the outcome %s (%s)%s", metrics[inner->metric],
              r->study->outcome_column, rml_study_outcome_kind(r->study->outcome),
              r->study->outcomes.n > 1 ? "; without \"metric\" every outcome has that of its kind" : "");
    if (!inner->shuffle && inner->repeats > 1)
        wrong(r, node, "inner: without shuffle every repeat would be the same; repeats: 1 was expected");
}

/* 5. Steps and models ---------------------------------------------------------------------------------------------- */

static int32_t n_words(const rml_param *param)
{
    int32_t n = 0;

    while (param->words && param->words[n]) ++n;
    return n;
}

static void list_covariates(rml_reading *r, const rml_yaml *node, const rml_param *param, double *value)
{
    rml_texts names = {0};
    uint64_t bits = 0;

    take_texts(r, node, param->name, &names);
    for (int32_t i = 0; i < names.n; ++i) {
        const int32_t place = column_place(r, node, &r->study->covariate, names.text[i]);

        if (place >= 0) bits |= (uint64_t)1 << place;
        if (place_of(names.text[i], r->study->outcomes.text, r->study->outcomes.n) >= 0)
            wrong(r, node, "%s: %s is %s outcome; a step that knows it would leak it into every feature", param->name,
                  names.text[i], strcmp(names.text[i], r->study->outcome_column) == 0 ? "the" : "another");
    }
    *value = (double)bits;
}

/* The place of a file's first column among those that steps take; added when it is new. */
static int32_t told_place(rml_reading *r, const char *file, const rml_param *param)
{
    rml_study *s = r->study;

    for (int32_t t = 0; t < s->told_file.n; ++t)
        if (strcmp(s->told_file.text[t], file) == 0 && strcmp(s->told_column.text[t], param->words[0]) == 0) return t;
    for (int32_t w = 0; param->words[w] && r->status == RML_OK; ++w) {
        add_text(r, &s->told_file, file);
        add_text(r, &s->told_column, param->words[w]);
    }
    return s->told_file.n - n_words(param);
}

/* A level of a factor that is known when the whole step is. */
static int32_t name_level(rml_reading *r, const char *text)
{
    rml_study *s = r->study;
    rml_named_level *grown = take(r, (size_t)s->n_named + 1, sizeof *grown);

    if (!grown) return -1;
    for (int32_t i = 0; i < s->n_named; ++i) grown[i] = s->named[i];
    grown[s->n_named] = (rml_named_level){text, -1};
    s->named = grown;
    return s->n_named++;
}

static void place_levels(rml_study *s, const rml_kind *kind, const double *param)
{
    for (int32_t p = 0; p < kind->n_params; ++p)
        if (kind->param[p].type == RML_PARAM_LEVEL && param[p] >= 0)
            s->named[(int32_t)param[p]].factor = (int32_t)param[rml_kind_factor(kind)];
}

static void take_value(rml_reading *r, const rml_yaml *node, const rml_kind *kind, const rml_param *param,
                       double *value)
{
    char what[96];
    int64_t whole;

    snprintf(what, sizeof what, "%s: %s", kind->name, param->name);
    switch (param->type) {
    case RML_PARAM_NUMBER:
        if (!rml_yaml_number(node, value) || !(*value >= param->least && *value <= param->most))
            wrong(r, node, "%s: a number from %g to %g was expected", what, param->least, param->most);
        return;
    case RML_PARAM_WHOLE:
        if (!rml_yaml_integer(node, &whole) || !((double)whole >= param->least && (double)whole <= param->most))
            wrong(r, node, "%s: a whole number from %.0f to %.0f was expected", what, param->least, param->most);
        else
            *value = (double)whole;
        return;
    case RML_PARAM_WORD: *value = take_word(r, node, what, param->words, n_words(param)); return;
    case RML_PARAM_FACTOR:
        if (take_text(r, node, what)) *value = column_place(r, node, &r->study->factor, node->text);
        return;
    case RML_PARAM_COVARIATES: list_covariates(r, node, param, value); return;
    case RML_PARAM_READERS:
        if (!take_text(r, node, what)) return;
        if (r->study->reader && strcmp(r->study->reader, node->text) != 0)
            wrong(r, node, "%s: another step takes its readings from column %s", what, r->study->reader);
        r->study->reader = node->text;
        *value = 1.0;
        return;
    case RML_PARAM_LEVEL:
        if (take_text(r, node, what)) *value = name_level(r, node->text);
        return;
    case RML_PARAM_TABLE:
        if (take_text(r, node, what)) *value = told_place(r, node->text, param);
        return;
    }
}

static const rml_kind *find_kind(rml_reading *r, const rml_yaml *node, const char *name, rml_role role)
{
    const rml_kind *kind = rml_kind_find(name, role);
    const char *names[128], *near;
    int32_t n = 0;

    if (kind) return kind;
    for (rml_role other = RML_ROLE_PREPARE; other <= RML_ROLE_MODEL; ++other) {
        int32_t n_kinds;
        const rml_kind *const *kinds = rml_kinds(other, &n_kinds);

        if ((other == RML_ROLE_MODEL) != (role == RML_ROLE_MODEL)) continue;
        for (int32_t k = 0; k < n_kinds && n < COUNT(names); ++k) names[n++] = kinds[k]->name;
    }
    near = rml_nearest(name, names, n);
    wrong(r, node, "there is no %s \"%s\"%s%s%s", role == RML_ROLE_MODEL ? "model" : "step", name,
          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return NULL;
}

/* The keys of a kind's settings, each to be given once. */
static void check_settings(rml_reading *r, const rml_yaml *map, const rml_kind *kind, const char *also)
{
    const char *known[RML_KIND_PARAMS + 1];
    int32_t n = 0;

    for (int32_t p = 0; p < kind->n_params; ++p) known[n++] = kind->param[p].name;
    if (also) known[n++] = also;
    check_keys(r, map, kind->name, known, n);
}

static void set_defaults(rml_reading *r, const rml_yaml *node, const rml_kind *kind, const double *given, double *param)
{
    for (int32_t p = 0; p < kind->n_params; ++p) {
        param[p] = given && !isnan(given[p]) ? given[p] : kind->param[p].fallback;
        if (isnan(param[p]))
            wrong(r, node, "%s: \"%s\" is missing (%s)", kind->name, kind->param[p].name, kind->param[p].help);
    }
}

static bool fits(const rml_kind *kind, rml_outcome_kind outcome)
{
    switch (outcome) {
    case RML_OUTCOME_CLASS: return kind->for_class;
    case RML_OUTCOME_CLASSES: return kind->for_classes;
    default: return kind->for_value;
    }
}

/* A step or model must be for a kind of outcome that is listed; whether for this one: false, it is left out. */
static bool check_outcome(rml_reading *r, const rml_yaml *node, const rml_kind *kind)
{
    const rml_outcome_kind o = r->study->outcome;
    bool fits_one = false;

    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_VALUE; ++k) fits_one |= r->listed[k] && fits(kind, k);
    if (!fits_one)
        wrong(r, node, "%s cannot be fitted to %s", kind->name,
              o == RML_OUTCOME_CLASS     ? "an outcome of two classes"
              : o == RML_OUTCOME_CLASSES ? "an outcome of several classes"
                                         : "an outcome that is a number");
    return fits(kind, o);
}

/* The same of a step whose settings decide it. */
static bool check_misfit(rml_reading *r, const rml_yaml *node, const rml_kind *kind, const double *param)
{
    const char *sentence = kind->misfit ? kind->misfit(param, r->study->outcome) : NULL;
    bool fits_one = false;

    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_VALUE; ++k)
        fits_one |= r->listed[k] && fits(kind, k) && !(kind->misfit && kind->misfit(param, k));
    if (!fits_one && sentence) wrong(r, node, "%s: %s", kind->name, sentence);
    return !sentence;
}

/* "- zscore", "- scale: zscore" or "- scale: {method: zscore}". Whether it fits the outcome. */
static bool read_step(rml_reading *r, const rml_yaml *node, rml_role role, rml_step *step)
{
    const rml_yaml *settings = NULL;
    const char *name = node->kind == RML_YAML_SCALAR ? node->text : NULL;
    double given[RML_KIND_PARAMS];
    bool fitting;

    for (int32_t p = 0; p < RML_KIND_PARAMS; ++p) given[p] = NAN;
    if (node->kind == RML_YAML_MAP && node->n == 1) {
        settings = &node->child[0];
        name = settings->key;
    }
    if (!name) {
        wrong(r, node, "a step was expected, such as \"scale: zscore\" or \"mrmr: {k: 30}\"");
        return false;
    }
    step->kind = find_kind(r, node, name, role);
    if (!step->kind) return false;
    fitting = check_outcome(r, node, step->kind);
    if (settings && settings->kind == RML_YAML_MAP) {
        check_settings(r, settings, step->kind, NULL);
        for (int32_t i = 0; r->status == RML_OK && i < settings->n; ++i) {
            const int32_t p = rml_kind_param(step->kind, settings->child[i].key);

            take_value(r, &settings->child[i], step->kind, &step->kind->param[p], &given[p]);
        }
    } else if (settings && settings->kind != RML_YAML_NULL) {
        if (step->kind->n_params == 0)
            wrong(r, settings, "%s takes no setting", name);
        else
            take_value(r, settings, step->kind, &step->kind->param[0], &given[0]);
    }
    if (r->status == RML_OK) set_defaults(r, node, step->kind, given, step->param);
    if (r->status == RML_OK) place_levels(r->study, step->kind, step->param);
    if (r->status == RML_OK && step->kind->refuse && step->kind->refuse(step->param))
        wrong(r, node, "%s: %s", name, step->kind->refuse(step->param));
    if (r->status == RML_OK && fitting) fitting = check_misfit(r, node, step->kind, step->param);
    return fitting;
}

/* Whether all of them fit the outcome. */
static bool read_steps(rml_reading *r, const rml_yaml *list, rml_role role, const char *where, rml_step *step)
{
    bool fitting = true;

    if (list->kind != RML_YAML_LIST && list->kind != RML_YAML_NULL)
        wrong(r, list, "%s: a list of steps was expected", where);
    for (int32_t i = 0; list->kind == RML_YAML_LIST && r->status == RML_OK && i < list->n; ++i)
        fitting &= read_step(r, &list->child[i], role, &step[i]);
    return fitting;
}

/* A selection or model for another of the outcomes. */
static void leave_out(rml_reading *r, const char *name)
{
    if (r->status == RML_OK) add_text(r, &r->study->unfit, name);
}

static void check_left(rml_reading *r, const rml_yaml *node, int32_t n, const char *what)
{
    if (r->status == RML_OK && n == 0)
        wrong(r, node, "no %s can be fitted to the outcome %s (%s)", what, r->study->outcome_column,
              rml_study_outcome_kind(r->study->outcome));
}

static int32_t length_of(const rml_yaml *list)
{
    return list && list->kind == RML_YAML_LIST ? list->n : 0;
}

/* Every selection is the preparation and then its own steps; "none" is there when nothing is listed. */
static void read_selects(rml_reading *r, const rml_yaml *prepare, const rml_yaml *select)
{
    rml_study *s = r->study;
    const bool listed = select && select->kind == RML_YAML_MAP && select->n > 0;
    const int32_t n_listed = listed ? select->n : 1;

    if (select && select->kind != RML_YAML_NULL && !listed)
        wrong(r, select, "select: named lists of steps were expected");
    if (r->status != RML_OK) return;
    s->n_prepare = length_of(prepare);
    s->select = take(r, (size_t)n_listed, sizeof *s->select);
    for (int32_t i = 0; r->status == RML_OK && i < n_listed; ++i) {
        const rml_yaml *own = listed ? &select->child[i] : NULL;
        rml_step *step = take(r, (size_t)(s->n_prepare + length_of(own)), sizeof *step);
        bool fitting = true;

        if (!step) return;
        if (prepare) fitting &= read_steps(r, prepare, RML_ROLE_PREPARE, "prepare", step);
        if (own && r->status == RML_OK) fitting &= read_steps(r, own, RML_ROLE_SELECT, own->key, step + s->n_prepare);
        if (fitting)
            s->select[s->n_selects++] = (rml_select){own ? own->key : "none", {s->n_prepare + length_of(own), step}};
        else
            leave_out(r, own ? own->key : "prepare");
    }
    check_left(r, select ? select : prepare, s->n_selects, "selection");
}

/* All combinations of the listed values: the last setting of the kind runs fastest. */
static void make_grid(rml_reading *r, const rml_yaml *node, rml_model_grid *grid, double *const value[],
                      const int32_t *n_values)
{
    int64_t n = 1;

    assert(grid->kind->n_params <= RML_KIND_PARAMS);
    for (int32_t p = 0; p < grid->kind->n_params && n < 100000; ++p) n *= n_values[p];
    if (n >= 100000) {
        wrong(r, node, "%s: its lists make more than 100 000 combinations", grid->name);
        return;
    }
    grid->n_points = (int32_t)n;
    grid->point = take(r, (size_t)n, sizeof *grid->point);
    for (int64_t g = 0; grid->point && g < n; ++g) {
        int64_t left = g;

        for (int32_t p = grid->kind->n_params - 1; p >= 0; --p) {
            assert(p < RML_KIND_PARAMS);
            grid->point[g][p] = value[p][left % n_values[p]];
            left /= n_values[p];
        }
    }
}

/* Whether it fits the outcome. */
static bool read_model(rml_reading *r, const rml_yaml *node, rml_model_grid *grid)
{
    const rml_yaml *kind_node = rml_yaml_get(node, "kind");
    const char *kind_name = kind_node ? take_text(r, kind_node, "kind") : node->key;
    double *value[RML_KIND_PARAMS] = {0}, defaults[RML_KIND_PARAMS];
    int32_t n_values[RML_KIND_PARAMS];
    bool fitting;

    grid->name = node->key;
    grid->kind = kind_name ? find_kind(r, node, kind_name, RML_ROLE_MODEL) : NULL;
    if (!grid->kind) return false;
    fitting = check_outcome(r, node, grid->kind);
    if (node->kind == RML_YAML_MAP)
        check_settings(r, node, grid->kind, "kind");
    else if (node->kind != RML_YAML_NULL)
        wrong(r, node, "%s: a map of settings was expected", node->key);
    for (int32_t p = 0; r->status == RML_OK && p < grid->kind->n_params; ++p) {
        const rml_param *param = &grid->kind->param[p];
        const rml_yaml *given = rml_yaml_get(node, param->name);
        const bool list = given && given->kind == RML_YAML_LIST;

        n_values[p] = list ? given->n : 1;
        if (n_values[p] < 1) wrong(r, given, "%s: an empty list", param->name);
        value[p] = take(r, (size_t)n_values[p], sizeof **value);
        if (!value[p] || r->status != RML_OK) return false;
        value[p][0] = param->fallback;
        for (int32_t i = 0; given && i < n_values[p]; ++i)
            take_value(r, list ? &given->child[i] : given, grid->kind, param, &value[p][i]);
        defaults[p] = value[p][0];
    }
    if (r->status == RML_OK) set_defaults(r, node, grid->kind, defaults, defaults);
    if (r->status == RML_OK) make_grid(r, node, grid, value, n_values);
    return fitting;
}

static void read_models(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;

    if (node->kind != RML_YAML_MAP || node->n == 0) {
        wrong(r, node, "models: at least one model was expected, such as logistic: {C: [0.1, 1]}");
        return;
    }
    s->model = take(r, (size_t)node->n, sizeof *s->model);
    for (int32_t m = 0; s->model && r->status == RML_OK && m < node->n; ++m) {
        if (read_model(r, &node->child[m], &s->model[s->n_models]))
            ++s->n_models;
        else
            leave_out(r, node->child[m].key);
    }
    check_left(r, node, s->n_models, "model");
}

static void read_controls(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"baselines", "permute", "permute_repeats"};

    check_keys(r, node, "controls", keys, COUNT(keys));
    if (r->status != RML_OK) return;
    r->study->baselines = truth_at(r, node, "baselines", r->study->baselines);
    r->study->permute = (int32_t)whole_at(r, node, "permute", r->study->permute, 0, 1000000);
    r->study->permute_repeats = (int32_t)whole_at(r, node, "permute_repeats", r->study->permute_repeats, 1, 100000);
}

/* 6. The file ------------------------------------------------------------------------------------------------------ */

static void read_study(rml_reading *r, const rml_yaml *tree)
{
    static const char *const keys[] = {"table",   "clinical", "patient",  "outcome",  "centre",
                                       "rois",    "pivot",    "features", "split",    "inner",
                                       "prepare", "select",   "models",   "controls", "report"};
    static const char *const rois[] = {"one", "largest", "mean", "separate"};
    rml_study *s = r->study;
    const rml_yaml *node;

    check_keys(r, tree, "the study", keys, COUNT(keys));
    for (int32_t k = 0; r->status == RML_OK && k < COUNT(keys); ++k) {
        static const char *const needed[] = {"table", "patient", "outcome", "models"};

        if (place_of(keys[k], needed, COUNT(needed)) >= 0 && !rml_yaml_get(tree, keys[k]))
            wrong(r, tree, "\"%s\" is missing", keys[k]);
    }
    if (r->status != RML_OK) return;
    read_table(r, rml_yaml_get(tree, "table"));
    if ((node = rml_yaml_get(tree, "clinical"))) read_clinical(r, node);
    s->patient = text_at(r, tree, "patient", "the study");
    if ((node = rml_yaml_get(tree, "centre"))) s->centre = take_text(r, node, "centre");
    if (s->centre) add_text(r, &s->factor, s->centre);
    if (r->status == RML_OK) read_outcomes(r, rml_yaml_get(tree, "outcome"));
    if ((node = rml_yaml_get(tree, "rois"))) s->rois = (rml_rois)take_word(r, node, "rois", rois, COUNT(rois));
    if ((node = rml_yaml_get(tree, "pivot")) && r->status == RML_OK) read_pivot(r, node);
    if ((node = rml_yaml_get(tree, "features")) && r->status == RML_OK) read_features(r, node);
    if ((node = rml_yaml_get(tree, "split")) && r->status == RML_OK) read_split(r, node);
    s->inner.metric = rml_metric_default(s->outcome);
    if ((node = rml_yaml_get(tree, "inner")) && r->status == RML_OK) read_inner(r, node);
    if (r->status == RML_OK) read_selects(r, rml_yaml_get(tree, "prepare"), rml_yaml_get(tree, "select"));
    if (r->status == RML_OK) read_models(r, rml_yaml_get(tree, "models"));
    if ((node = rml_yaml_get(tree, "pivot")) && r->status == RML_OK) check_pivot(r, node);
    if ((node = rml_yaml_get(tree, "controls")) && r->status == RML_OK) read_controls(r, node);
    if ((node = rml_yaml_get(tree, "report")) && r->status == RML_OK) read_report(r, node);
}

rml_status rml_study_parse(const char *text, size_t n_bytes, const char *path, rml_study *study, rml_error *err)
{
    return rml_study_parse_outcome(text, n_bytes, path, 0, study, err);
}

rml_status rml_study_parse_outcome(const char *text, size_t n_bytes, const char *path, int32_t which, rml_study *study,
                                   rml_error *err)
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
                        .permute_repeats = 1};
    rml_pool *pool = calloc(1, sizeof *pool);
    rml_reading reading = {.study = &parsed, .pool = pool, .err = err, .which = which};

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

const char *rml_study_outcome_kind(rml_outcome_kind kind)
{
    return kind == RML_OUTCOME_CLASS ? "two classes" : kind == RML_OUTCOME_CLASSES ? "several classes" : "a number";
}

char *rml_study_path(const rml_study *study, const char *name)
{
    const char *slash = strrchr(study->path, '/');
    char *path = NULL;

    if (name[0] == '/' || !slash) return strdup(name);
    return asprintf(&path, "%.*s/%s", (int)(slash - study->path), study->path, name) < 0 ? NULL : path;
}

/* 7. Said back ----------------------------------------------------------------------------------------------------- */

static void print_texts(FILE *out, const char *what, const rml_texts *texts)
{
    if (texts->n == 0) return;
    fprintf(out, "%s:", what);
    for (int32_t i = 0; i < texts->n; ++i) fprintf(out, " %s", texts->text[i]);
    fprintf(out, "\n");
}

void rml_study_value(const rml_study *s, const rml_param *param, double value, char *text, size_t n_bytes)
{
    char number[32];
    size_t used = 0;

    switch (param->type) {
    case RML_PARAM_WORD: snprintf(text, n_bytes, "%s", param->words[(int32_t)value]); return;
    case RML_PARAM_FACTOR: snprintf(text, n_bytes, "%s", value < 0 ? "none" : s->factor.text[(int32_t)value]); return;
    case RML_PARAM_READERS: snprintf(text, n_bytes, "%s", value > 0 ? s->reader : "none"); return;
    case RML_PARAM_LEVEL: snprintf(text, n_bytes, "%s", value < 0 ? "none" : s->named[(int32_t)value].text); return;
    case RML_PARAM_TABLE:
        if (value < 0)
            snprintf(text, n_bytes, "none");
        else
            snprintf(text, n_bytes, "%s%s%s%s", s->told_file.text[(int32_t)value], s->told_provenance ? " (" : "",
                     s->told_provenance ? s->told_provenance[(int32_t)value] : "", s->told_provenance ? ")" : "");
        return;
    case RML_PARAM_COVARIATES:
        snprintf(text, n_bytes, "none");
        for (int32_t c = 0; c < s->covariate.n && used < n_bytes; ++c)
            if ((uint64_t)value >> c & 1)
                used +=
                    (size_t)snprintf(text + used, n_bytes - used, "%s%s", used > 0 ? "+" : "", s->covariate.text[c]);
        return;
    default: rml_number_text(value, number); snprintf(text, n_bytes, "%s", number);
    }
}

static void print_value(const rml_study *s, FILE *out, const rml_param *param, double value)
{
    char text[512];

    rml_study_value(s, param, value, text, sizeof text);
    fputs(text, out);
}

static void print_step(const rml_study *s, FILE *out, const rml_step *step)
{
    fprintf(out, "  %s", step->kind->name);
    for (int32_t p = 0; p < step->kind->n_params; ++p) {
        fprintf(out, "%s %s ", p == 0 ? ":" : ",", step->kind->param[p].name);
        print_value(s, out, &step->kind->param[p], step->param[p]);
    }
    fprintf(out, "\n");
}

static void print_model(const rml_study *s, FILE *out, const rml_model_grid *model)
{
    fprintf(out, "model %s (%s), %d setting%s\n", model->name, model->kind->name, model->n_points,
            model->n_points == 1 ? "" : "s");
    for (int32_t p = 0; p < model->kind->n_params; ++p) {
        fprintf(out, "  %s:", model->kind->param[p].name);
        for (int32_t g = 0; g < model->n_points; ++g) { /* each value once, in the order of the list */
            bool before = false;

            for (int32_t h = 0; h < g; ++h) before |= model->point[h][p] == model->point[g][p];
            if (before) continue;
            fprintf(out, " ");
            print_value(s, out, &model->kind->param[p], model->point[g][p]);
        }
        fprintf(out, "\n");
    }
}

static void print_split(const rml_study *s, FILE *out)
{
    switch (s->split) {
    case RML_SPLIT_KFOLD:
        fprintf(out, "split: %d folds, %d repeat%s, %s, %s, seed %llu\n", s->k, s->repeats, s->repeats == 1 ? "" : "s",
                s->stratify ? "stratified" : "not stratified", s->shuffle ? "shuffled" : "in the table's order",
                (unsigned long long)s->seed);
        break;
    case RML_SPLIT_LEAVE_OUT: fprintf(out, "split: each %s held out once\n", s->split_column); break;
    case RML_SPLIT_COLUMN: fprintf(out, "split: folds of column %s\n", s->split_column); break;
    case RML_SPLIT_HOLDOUT: print_texts(out, "split: held out", &s->holdout); break;
    case RML_SPLIT_BOOTSTRAP:
        fprintf(out, "split: %d bootstrap draws, %s, seed %llu\n", s->draws,
                s->stratify ? "stratified" : "not stratified", (unsigned long long)s->seed);
    }
    if (s->inner_column)
        fprintf(out, "inner: folds of column %s", s->inner_column);
    else
        fprintf(out, "inner: %d folds, %d repeat%s, %s, %s", s->inner.k, s->inner.repeats,
                s->inner.repeats == 1 ? "" : "s", s->inner.stratify ? "stratified" : "not stratified",
                s->inner.shuffle ? "shuffled" : "in the table's order");
    fprintf(out, ", by %s, %s\n", rml_metric_name(s->inner.metric),
            s->inner.choose == RML_CHOOSE_BEST ? "the first best" : "the first within one standard error of the best");
}

void rml_study_print(const rml_study *s, FILE *out)
{
    static const char *const rois[] = {"one", "the largest", "the mean of all", "each with weight 1/n"};

    fprintf(out, "table: %s\n", s->table);
    for (int32_t i = 0; i < s->n_rows; ++i) fprintf(out, "rows: %s = %s\n", s->rows[i].column, s->rows[i].value);
    if (s->clinical) fprintf(out, "clinical: %s, by %s\n", s->clinical, s->clinical_by);
    print_texts(out, "clinical features", &s->use);
    fprintf(out, "patient: %s\nrows a patient: %s\n", s->patient, rois[s->rois]);
    if (s->pivot.n_by > 0)
        print_texts(out, "side by side", &(const rml_texts){s->pivot.n_by, (const char **)(uintptr_t)s->pivot.by});
    if (s->pivot.from)
        fprintf(out, "difference: %s %s - %s%s%s\n", s->pivot.by[s->pivot.n_by - 1], s->pivot.to, s->pivot.from,
                s->pivot.relative ? ", divided by the value at " : "", s->pivot.relative ? s->pivot.from : "");
    if (s->centre) fprintf(out, "centre: %s\n", s->centre);
    fprintf(out, "outcome: %s, ", s->outcome_column);
    if (s->outcome == RML_OUTCOME_CLASS)
        fprintf(out, "positive is %s\n", s->positive ? s->positive : "1");
    else
        fprintf(out, "%s\n", s->outcome == RML_OUTCOME_VALUE ? "a number" : "several classes");
    if (s->match.n == 0) fprintf(out, "features: all\n");
    print_texts(out, "features", &s->match);
    print_texts(out, "allowed to tell the outcome", &s->allow);
    print_split(s, out);
    fprintf(out, "prepare:%s\n", s->n_prepare == 0 ? " nothing" : "");
    for (int32_t i = 0; i < s->n_prepare; ++i) print_step(s, out, &s->select[0].chain.step[i]);
    for (int32_t c = 0; c < s->n_selects; ++c) {
        fprintf(out, "select %s:%s\n", s->select[c].name, s->select[c].chain.n == s->n_prepare ? " nothing" : "");
        for (int32_t i = s->n_prepare; i < s->select[c].chain.n; ++i) print_step(s, out, &s->select[c].chain.step[i]);
    }
    for (int32_t m = 0; m < s->n_models; ++m) print_model(s, out, &s->model[m]);
    if (s->report) fprintf(out, "report: %s, by %s\n", s->report, s->report_by);
    print_texts(out, "reported beside the features, never used", &s->report_columns);
    fprintf(out, "controls: %s, %d permutations of the outcome, over %d repeat%s\n",
            s->baselines ? "volume and clinical columns alone" : "no baselines", s->permute, s->permute_repeats,
            s->permute_repeats == 1 ? "" : "s");
}
