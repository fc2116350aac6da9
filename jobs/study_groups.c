/* What a study says for `radmill groups`: which columns make groups, what is described and tested in them, and
 * which scores and clusters are made. */
#include "jobs/frame.h"
#include "jobs/study_reading.h"

static void add_named(rml_reading *r, const rml_texts *texts)
{
    rml_texts *named = &r->study->groups.named;

    for (int32_t i = 0; i < texts->n && r->status == RML_OK; ++i)
        if (rml_word_place(texts->text[i], named->text, named->n) < 0) rml_reading_add(r, named, texts->text[i]);
}

static void read_columns(rml_reading *r, const rml_yaml *map, const char *key, rml_texts *texts)
{
    const rml_yaml *node = rml_yaml_get(map, key);

    if (node && r->status == RML_OK) rml_reading_texts(r, node, key, texts);
    add_named(r, texts);
}

/* A map of columns and values. */
static void read_train(rml_reading *r, const rml_yaml *node)
{
    rml_groups_plan *plan = &r->study->groups;

    if (node->kind != RML_YAML_MAP || node->n == 0)
        rml_reading_wrong(r, node, "train: a map of columns and values was expected, such as {centre: A}");
    if (r->status == RML_OK) plan->train = rml_reading_take(r, (size_t)node->n, sizeof *plan->train);
    for (int32_t i = 0; plan->train && r->status == RML_OK && i < node->n; ++i) {
        const char *value = rml_reading_text(r, &node->child[i], "train");

        plan->train[plan->n_train++] = (rml_condition){node->child[i].key, value};
        if (value) add_named(r, &(rml_texts){1, &plan->train[i].column});
    }
}

static void read_scores(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"name", "plus", "minus"};
    rml_groups_plan *plan = &r->study->groups;

    if (node->kind != RML_YAML_LIST || node->n == 0)
        rml_reading_wrong(r, node, "scores: a list was expected, such as [{name: S, plus: [A_*], minus: [B_*]}]");
    if (r->status == RML_OK) plan->score = rml_reading_take(r, (size_t)node->n, sizeof *plan->score);
    for (int32_t i = 0; plan->score && r->status == RML_OK && i < node->n; ++i) {
        rml_group_score *score = plan->score + i;
        const rml_yaml *one = &node->child[i], *plus, *minus;

        rml_reading_keys(r, one, "scores", keys, RML_STUDY_COUNT(keys));
        if (r->status != RML_OK) return;
        score->name = rml_reading_text_at(r, one, "name", "scores");
        plus = rml_yaml_get(one, "plus");
        minus = rml_yaml_get(one, "minus");
        if (!plus) rml_reading_wrong(r, one, "scores: \"plus\" is missing: the features whose first component counts");
        if (plus && r->status == RML_OK) rml_reading_texts(r, plus, "plus", &score->plus);
        if (minus && r->status == RML_OK) rml_reading_texts(r, minus, "minus", &score->minus);
        for (int32_t k = 0; r->status == RML_OK && k < i; ++k)
            if (rml_text_same(score->name, plan->score[k].name))
                rml_reading_wrong(r, one, "scores: two are called %s", score->name);
        ++plan->n_scores;
    }
}

static void read_k(rml_reading *r, const rml_yaml *node, rml_clusters_plan *plan)
{
    const int32_t n = node->kind == RML_YAML_LIST ? node->n : 1;

    if (n < 1 || n > RML_CLUSTERS_MOST - 1)
        rml_reading_wrong(r, node, "k: 1 to %d numbers of clusters were expected", RML_CLUSTERS_MOST - 1);
    for (int32_t i = 0; r->status == RML_OK && i < n; ++i) {
        const rml_yaml *one = node->kind == RML_YAML_LIST ? &node->child[i] : node;
        int64_t k = 0;

        if (!rml_yaml_integer(one, &k) || k < 2 || k > RML_CLUSTERS_MOST)
            rml_reading_wrong(r, one, "k is %s; a whole number from 2 to %d was expected", rml_reading_found(one),
                              RML_CLUSTERS_MOST);
        else if (i > 0 && k <= plan->k[i - 1])
            rml_reading_wrong(r, one, "k: %d does not come after %d", (int)k, plan->k[i - 1]);
        plan->k[plan->n_k++] = (int32_t)k;
    }
}

static void read_clusters(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"k", "method", "inner", "resamples", "starts", "seed", "least"};
    static const char *const methods[] = {"consensus", "kmeans"}, *const inners[] = {"kmeans", "pearson"};
    rml_clusters_plan *plan = &r->study->groups.clusters;
    const rml_yaml *child;

    rml_reading_keys(r, node, "clusters", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    if (!(child = rml_yaml_get(node, "k")))
        rml_reading_wrong(r, node, "clusters: \"k\" is missing: how many clusters, or a list to choose from");
    else
        read_k(r, child, plan);
    if ((child = rml_yaml_get(node, "method")))
        plan->method = (rml_cluster_method)rml_reading_word(r, child, "method", methods, RML_STUDY_COUNT(methods));
    if ((child = rml_yaml_get(node, "inner")))
        plan->inner = (rml_cluster_inner)rml_reading_word(r, child, "inner", inners, RML_STUDY_COUNT(inners));
    if (r->status == RML_OK && child && plan->method == RML_CLUSTERS_KMEANS)
        rml_reading_wrong(r, child, "inner: is what clusters the resamples of method: consensus");
    plan->resamples = (int32_t)rml_reading_whole_at(r, node, "resamples", 1000, 10, 100000);
    plan->starts =
        (int32_t)rml_reading_whole_at(r, node, "starts", plan->method == RML_CLUSTERS_KMEANS ? 100 : 5, 1, 10000);
    plan->least = (int32_t)rml_reading_whole_at(r, node, "least", 0, 1, INT32_MAX);
    plan->seed = (uint64_t)rml_reading_whole_at(r, node, "seed", 1, 0, INT64_MAX);
}

void rml_reading_groups(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"by",        "describe", "numbers", "categories",
                                       "correlate", "train",    "scores",  "clusters"};
    static const char *const numbers[] = {"wilcoxon", "t", "welch"}, *const categories[] = {"auto", "chisq", "fisher"};
    rml_groups_plan *plan = &r->study->groups;
    const rml_yaml *child;

    if (r->study->rois == RML_ROIS_SEPARATE)
        rml_reading_wrong(r, NULL,
                          "rois: separate: groups are of patients, one row each; \"largest\" or \"mean\" was "
                          "expected");
    if (!node) rml_reading_wrong(r, NULL, "\"groups\" is missing: {by: COLUMN, describe: [COLUMN, ...]} and more");
    if (r->status != RML_OK) return;
    rml_reading_keys(r, node, "groups", keys, RML_STUDY_COUNT(keys));
    if (r->status != RML_OK) return;
    read_columns(r, node, "by", &plan->by);
    read_columns(r, node, "describe", &plan->describe);
    read_columns(r, node, "correlate", &plan->correlate);
    if ((child = rml_yaml_get(node, "numbers")))
        plan->numbers = (rml_number_test)rml_reading_word(r, child, "numbers", numbers, RML_STUDY_COUNT(numbers));
    if ((child = rml_yaml_get(node, "categories")))
        plan->categories =
            (rml_category_test)rml_reading_word(r, child, "categories", categories, RML_STUDY_COUNT(categories));
    if ((child = rml_yaml_get(node, "train")) && r->status == RML_OK) read_train(r, child);
    if ((child = rml_yaml_get(node, "scores")) && r->status == RML_OK) read_scores(r, child);
    if ((child = rml_yaml_get(node, "clusters")) && r->status == RML_OK) read_clusters(r, child);
    if (r->status == RML_OK && plan->n_train > 0 && plan->n_scores == 0 && plan->clusters.n_k == 0)
        rml_reading_wrong(r, node, "train: says what scores and clusters are fitted to, and there are none");
    if (r->status == RML_OK && plan->by.n > 0 && plan->describe.n == 0)
        rml_reading_wrong(r, node, "groups: \"describe\" is missing: the columns that are told of each group");
    if (r->status == RML_OK && plan->by.n == 0 && plan->correlate.n == 0 && plan->n_scores == 0 &&
        plan->clusters.n_k == 0)
        rml_reading_wrong(r, node,
                          "groups: asks for nothing: \"by\" with \"describe\", \"correlate\", \"scores\" or "
                          "\"clusters\" was expected");
}
