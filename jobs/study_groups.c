/* What a study says for `radmill groups`: which columns make groups, what is described and tested in them. */
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

void rml_reading_groups(rml_reading *r, const rml_yaml *node)
{
    static const char *const keys[] = {"by", "describe", "numbers", "categories", "correlate"};
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
    if (r->status == RML_OK && plan->by.n > 0 && plan->describe.n == 0)
        rml_reading_wrong(r, node, "groups: \"describe\" is missing: the columns that are told of each group");
    if (r->status == RML_OK && plan->by.n == 0 && plan->correlate.n == 0)
        rml_reading_wrong(r, node, "groups: asks for nothing: \"by\" with \"describe\", or \"correlate\" was expected");
}
