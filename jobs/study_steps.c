/* The steps and models of a study. */
#include "jobs/study_reading.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "jobs/nearest.h"

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

    rml_reading_texts(r, node, param->name, &names);
    for (int32_t i = 0; i < names.n; ++i) {
        const int32_t place = rml_reading_column(r, node, &r->study->covariate, names.text[i]);

        if (place >= 0) bits |= (uint64_t)1 << place;
        if (rml_word_place(names.text[i], r->study->outcomes.text, r->study->outcomes.n) >= 0)
            rml_reading_wrong(r, node, "%s: %s is %s outcome; a step that knows it would leak it into every feature",
                              param->name, names.text[i],
                              strcmp(names.text[i], r->study->outcome_column) == 0 ? "the" : "another");
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
        rml_reading_add(r, &s->told_file, file);
        rml_reading_add(r, &s->told_column, param->words[w]);
    }
    return s->told_file.n - n_words(param);
}

/* A level of a factor that is known when the whole step is. */
static int32_t name_level(rml_reading *r, const char *text)
{
    rml_study *s = r->study;
    rml_named_level *grown = rml_reading_take(r, (size_t)s->n_named + 1, sizeof *grown);

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
            rml_reading_wrong(r, node, "%s is %s; a number from %g to %g was expected", what, rml_reading_found(node),
                              param->least, param->most);
        return;
    case RML_PARAM_WHOLE:
        if (!rml_yaml_integer(node, &whole) || !((double)whole >= param->least && (double)whole <= param->most))
            rml_reading_wrong(r, node, "%s is %s; a whole number from %.0f to %.0f was expected", what,
                              rml_reading_found(node), param->least, param->most);
        else
            *value = (double)whole;
        return;
    case RML_PARAM_WORD: *value = rml_reading_word(r, node, what, param->words, n_words(param)); return;
    case RML_PARAM_FACTOR:
        if (rml_reading_text(r, node, what)) *value = rml_reading_column(r, node, &r->study->factor, node->text);
        return;
    case RML_PARAM_COVARIATES: list_covariates(r, node, param, value); return;
    case RML_PARAM_READERS:
        if (!rml_reading_text(r, node, what)) return;
        if (r->study->reader && strcmp(r->study->reader, node->text) != 0)
            rml_reading_wrong(r, node, "%s: another step takes its readings from column %s", what, r->study->reader);
        r->study->reader = node->text;
        *value = 1.0;
        return;
    case RML_PARAM_LEVEL:
        if (rml_reading_text(r, node, what)) *value = name_level(r, node->text);
        return;
    case RML_PARAM_TABLE:
        if (rml_reading_text(r, node, what)) *value = told_place(r, node->text, param);
        return;
    }
}

static const rml_kind *find_kind(rml_reading *r, const rml_yaml *node, const char *name, rml_role role)
{
    const rml_kind *kind = rml_kind_find(name, role);
    const char *names[128], *near;
    int32_t n = 0;

    if (kind) return kind;
    if (role == RML_ROLE_PREPARE && rml_kind_find(name, RML_ROLE_SELECT)) {
        rml_reading_wrong(r, node, "%s is no step of \"prepare\", which sees no outcome; it belongs under \"select\"",
                          name);
        return NULL;
    }
    for (rml_role other = RML_ROLE_PREPARE; other <= RML_ROLE_MODEL; ++other) {
        int32_t n_kinds;
        const rml_kind *const *kinds = rml_kinds(other, &n_kinds);

        if ((other == RML_ROLE_MODEL) != (role == RML_ROLE_MODEL)) continue;
        for (int32_t k = 0; k < n_kinds && n < RML_STUDY_COUNT(names); ++k) names[n++] = kinds[k]->name;
    }
    near = rml_nearest(name, names, n);
    rml_reading_wrong(r, node, "there is no %s \"%s\"%s%s%s", role == RML_ROLE_MODEL ? "model" : "step", name,
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
    rml_reading_keys(r, map, kind->name, known, n);
}

static void set_defaults(rml_reading *r, const rml_yaml *node, const rml_kind *kind, const double *given, double *param)
{
    for (int32_t p = 0; p < kind->n_params; ++p) {
        param[p] = given && !isnan(given[p]) ? given[p] : kind->param[p].fallback;
        if (isnan(param[p]))
            rml_reading_wrong(r, node, "%s: \"%s\" is missing (%s)", kind->name, kind->param[p].name,
                              kind->param[p].help);
    }
}

/* A step or model must be for a kind of outcome that is listed; whether for this one: false, it is left out. */
static bool check_outcome(rml_reading *r, const rml_yaml *node, const rml_kind *kind)
{
    const rml_outcome_kind o = r->study->outcome;
    bool fits_one = false;

    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_TIME; ++k)
        fits_one |= r->listed[k] && rml_kind_fits(kind, k);
    if (!fits_one)
        rml_reading_wrong(r, node, "%s cannot be fitted to %s", kind->name,
                          o == RML_OUTCOME_CLASS     ? "an outcome of two classes"
                          : o == RML_OUTCOME_CLASSES ? "an outcome of several classes"
                          : o == RML_OUTCOME_VALUE   ? "an outcome that is a number"
                                                     : "an outcome that is the time to an event");
    return rml_kind_fits(kind, o);
}

/* The same of a step whose settings decide it. */
static bool check_misfit(rml_reading *r, const rml_yaml *node, const rml_kind *kind, const double *param)
{
    const char *sentence = kind->misfit ? kind->misfit(param, r->study->outcome) : NULL;
    bool fits_one = false;

    for (rml_outcome_kind k = RML_OUTCOME_CLASS; k <= RML_OUTCOME_TIME; ++k)
        fits_one |= r->listed[k] && rml_kind_fits(kind, k) && !(kind->misfit && kind->misfit(param, k));
    if (!fits_one && sentence) rml_reading_wrong(r, node, "%s: %s", kind->name, sentence);
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
        rml_reading_wrong(r, node, "a step was expected, such as \"scale: zscore\" or \"mrmr: {k: 30}\"");
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
            rml_reading_wrong(r, settings, "%s takes no setting", name);
        else
            take_value(r, settings, step->kind, &step->kind->param[0], &given[0]);
    }
    if (r->status == RML_OK) set_defaults(r, node, step->kind, given, step->param);
    if (r->status == RML_OK) place_levels(r->study, step->kind, step->param);
    if (r->status == RML_OK && step->kind->refuse && step->kind->refuse(step->param))
        rml_reading_wrong(r, node, "%s: %s", name, step->kind->refuse(step->param));
    if (r->status == RML_OK && fitting) fitting = check_misfit(r, node, step->kind, step->param);
    return fitting;
}

static bool stands_before(const rml_step *chain, int32_t at, const char *name)
{
    bool there = false;

    for (int32_t s = 0; s < at; ++s) there |= strcmp(chain[s].kind->name, name) == 0;
    return there;
}

/* Steps that could only fail, or never act, behind those before them. chain: up to the step at `at` */
static void check_order(rml_reading *r, const rml_yaml *node, const rml_step *chain, int32_t at)
{
    const rml_kind *kind = chain[at].kind;

    if (strcmp(kind->name, "clean") == 0 && node->kind == RML_YAML_MAP &&
        rml_yaml_get(&node->child[0], "max_missing") && stands_before(chain, at, "impute"))
        rml_reading_wrong(
            r, node,
            "clean: max_missing never acts behind impute, which leaves nothing missing; put clean before impute");
    if (strcmp(kind->name, "icc") != 0) return;
    if (at > 0 && chain[at].param[rml_kind_param(kind, "readers")] > 0)
        rml_reading_wrong(r, node,
                          "icc: it compares second readings as the table has them, not as %s leaves the first ones; "
                          "put icc first in \"prepare\"",
                          chain[at - 1].kind->name);
    else if (stands_before(chain, at, "pca"))
        rml_reading_wrong(r, node,
                          "icc: its table speaks of features, of which pca makes other columns; put icc before pca");
}

/* Reads them behind the n_before steps that the chain has already. Whether all of them fit the outcome. */
static bool read_steps(rml_reading *r, const rml_yaml *list, rml_role role, const char *where, int32_t n_before,
                       rml_step *chain)
{
    bool fitting = true;

    if (list->kind != RML_YAML_LIST && list->kind != RML_YAML_NULL)
        rml_reading_wrong(r, list, "%s: a list of steps was expected", where);
    for (int32_t i = 0; list->kind == RML_YAML_LIST && r->status == RML_OK && i < list->n; ++i) {
        fitting &= read_step(r, &list->child[i], role, &chain[n_before + i]);
        if (r->status == RML_OK) check_order(r, &list->child[i], chain, n_before + i);
    }
    return fitting;
}

/* A selection or model for another of the outcomes. */
static void leave_out(rml_reading *r, const char *name)
{
    if (r->status == RML_OK) rml_reading_add(r, &r->study->unfit, name);
}

static void check_left(rml_reading *r, const rml_yaml *node, int32_t n, const char *what)
{
    if (r->status == RML_OK && n == 0)
        rml_reading_wrong(r, node, "no %s can be fitted to the outcome %s (%s)", what, r->study->outcome_column,
                          rml_study_outcome_kind(r->study->outcome));
}

static int32_t length_of(const rml_yaml *list)
{
    return list && list->kind == RML_YAML_LIST ? list->n : 0;
}

/* Every selection is the preparation and then its own steps; "none" is there when nothing is listed. */
void rml_reading_selects(rml_reading *r, const rml_yaml *prepare, const rml_yaml *select)
{
    rml_study *s = r->study;
    const bool listed = select && select->kind == RML_YAML_MAP && select->n > 0;
    const int32_t n_listed = listed ? select->n : 1;

    if (select && select->kind != RML_YAML_NULL && !listed)
        rml_reading_wrong(r, select, "select: named lists of steps were expected");
    if (r->status != RML_OK) return;
    s->n_prepare = length_of(prepare);
    s->select = rml_reading_take(r, (size_t)n_listed, sizeof *s->select);
    for (int32_t i = 0; r->status == RML_OK && i < n_listed; ++i) {
        const rml_yaml *own = listed ? &select->child[i] : NULL;
        rml_step *step = rml_reading_take(r, (size_t)(s->n_prepare + length_of(own)), sizeof *step);
        bool fitting = true;

        if (!step) return;
        if (prepare) fitting &= read_steps(r, prepare, RML_ROLE_PREPARE, "prepare", 0, step);
        if (own && r->status == RML_OK) fitting &= read_steps(r, own, RML_ROLE_SELECT, own->key, s->n_prepare, step);
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
        rml_reading_wrong(r, node, "%s: its lists make more than 100 000 combinations", grid->name);
        return;
    }
    grid->n_points = (int32_t)n;
    grid->point = rml_reading_take(r, (size_t)n, sizeof *grid->point);
    for (int64_t g = 0; grid->point && g < n; ++g) {
        int64_t left = g;

        for (int32_t p = grid->kind->n_params - 1; p >= 0; --p) {
            assert(p < RML_KIND_PARAMS);
            grid->point[g][p] = value[p][left % n_values[p]];
            left /= n_values[p];
        }
        if (grid->kind->refuse && grid->kind->refuse(grid->point[g])) {
            rml_reading_wrong(r, node, "%s: %s", grid->name, grid->kind->refuse(grid->point[g]));
            return;
        }
    }
}

/* Whether it fits the outcome. */
static bool read_model(rml_reading *r, const rml_yaml *node, rml_model_grid *grid)
{
    const rml_yaml *kind_node = rml_yaml_get(node, "kind");
    const char *kind_name = kind_node ? rml_reading_text(r, kind_node, "kind") : node->key;
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
        rml_reading_wrong(r, node, "%s: a map of settings was expected", node->key);
    for (int32_t p = 0; r->status == RML_OK && p < grid->kind->n_params; ++p) {
        const rml_param *param = &grid->kind->param[p];
        const rml_yaml *given = rml_yaml_get(node, param->name);
        const bool list = given && given->kind == RML_YAML_LIST;

        n_values[p] = list ? given->n : 1;
        if (n_values[p] < 1) rml_reading_wrong(r, given, "%s: an empty list", param->name);
        value[p] = rml_reading_take(r, (size_t)n_values[p], sizeof **value);
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

void rml_reading_models(rml_reading *r, const rml_yaml *node)
{
    rml_study *s = r->study;

    if (node->kind != RML_YAML_MAP || node->n == 0) {
        rml_reading_wrong(r, node, "models: at least one model was expected, such as logistic: {C: [0.1, 1]}");
        return;
    }
    s->model = rml_reading_take(r, (size_t)node->n, sizeof *s->model);
    for (int32_t m = 0; s->model && r->status == RML_OK && m < node->n; ++m) {
        if (read_model(r, &node->child[m], &s->model[s->n_models]))
            ++s->n_models;
        else
            leave_out(r, node->child[m].key);
    }
    check_left(r, node, s->n_models, "model");
}
