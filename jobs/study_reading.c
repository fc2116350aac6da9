/* 1. Memory, and what is said of a wrong line
 * 2. Values */
#include "jobs/study_reading.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/nearest.h"

/* 1. Memory, and what is said of a wrong line ---------------------------------------------------------------------- */

void rml_reading_wrong(rml_reading *r, const rml_yaml *node, const char *format, ...)
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
void *rml_reading_take(rml_reading *r, size_t n, size_t size)
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
void rml_reading_keys(rml_reading *r, const rml_yaml *map, const char *where, const char *const *known, int32_t n)
{
    if (map->kind != RML_YAML_MAP) {
        rml_reading_wrong(r, map, "%s: a map of settings was expected", where);
        return;
    }
    for (int32_t i = 0; i < map->n && r->status == RML_OK; ++i) {
        const char *key = map->child[i].key, *near = rml_nearest(key, known, n);
        bool found = false;

        for (int32_t k = 0; k < n; ++k) found |= strcmp(key, known[k]) == 0;
        if (!found && near)
            rml_reading_wrong(r, &map->child[i], "%s has no key \"%s\"; did you mean \"%s\"?", where, key, near);
        else if (!found)
            rml_reading_wrong(r, &map->child[i], "%s has no key \"%s\"", where, key);
    }
}

/* 2. Values -------------------------------------------------------------------------------------------------------- */

const char *rml_reading_text(rml_reading *r, const rml_yaml *node, const char *what)
{
    if (node->kind != RML_YAML_SCALAR || !node->text[0]) {
        rml_reading_wrong(r, node, "%s: a name was expected", what);
        return NULL;
    }
    return node->text;
}

const char *rml_reading_text_at(rml_reading *r, const rml_yaml *map, const char *key, const char *where)
{
    const rml_yaml *node = rml_yaml_get(map, key);

    if (node) return rml_reading_text(r, node, key);
    rml_reading_wrong(r, map, "%s: \"%s\" is missing", where, key);
    return NULL;
}

void rml_reading_add(rml_reading *r, rml_texts *texts, const char *text)
{
    const char **grown = rml_reading_take(r, (size_t)texts->n + 1, sizeof *grown);

    if (!grown) return;
    for (int32_t i = 0; i < texts->n; ++i) grown[i] = texts->text[i];
    grown[texts->n++] = text;
    texts->text = grown;
}

/* A name alone or a list of names. */
void rml_reading_texts(rml_reading *r, const rml_yaml *node, const char *what, rml_texts *texts)
{
    if (node->kind == RML_YAML_SCALAR) {
        rml_reading_add(r, texts, node->text);
        return;
    }
    if (node->kind != RML_YAML_LIST) rml_reading_wrong(r, node, "%s: a list of names was expected", what);
    for (int32_t i = 0; node->kind == RML_YAML_LIST && i < node->n && r->status == RML_OK; ++i) {
        const char *text = rml_reading_text(r, &node->child[i], what);

        if (text) rml_reading_add(r, texts, text);
    }
}

const char *rml_reading_found(const rml_yaml *node)
{
    switch (node->kind) {
    case RML_YAML_NULL: return "empty";
    case RML_YAML_LIST: return "a list";
    case RML_YAML_MAP: return "a map";
    default: return node->text;
    }
}

int64_t rml_reading_whole_at(rml_reading *r, const rml_yaml *map, const char *key, int64_t fallback, int64_t least,
                             int64_t most)
{
    const rml_yaml *node = rml_yaml_get(map, key);
    int64_t value = fallback;

    if (node && (!rml_yaml_integer(node, &value) || value < least || value > most))
        rml_reading_wrong(r, node, "%s is %s; a whole number from %lld to %lld was expected", key,
                          rml_reading_found(node), (long long)least, (long long)most);
    return value;
}

bool rml_reading_truth_at(rml_reading *r, const rml_yaml *map, const char *key, bool fallback)
{
    const rml_yaml *node = rml_yaml_get(map, key);
    bool value = fallback;

    if (node && !rml_yaml_truth(node, &value)) rml_reading_wrong(r, node, "%s: true or false was expected", key);
    return value;
}

int32_t rml_word_place(const char *text, const char *const *words, int32_t n)
{
    for (int32_t w = 0; w < n; ++w)
        if (strcmp(text, words[w]) == 0) return w;
    return -1;
}

void rml_words_list(const char *const *words, int32_t n, char *text, size_t n_bytes)
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
int32_t rml_reading_word(rml_reading *r, const rml_yaml *node, const char *what, const char *const *words, int32_t n)
{
    const int32_t place = node->kind == RML_YAML_SCALAR ? rml_word_place(node->text, words, n) : -1;
    char list[256];

    if (place >= 0) return place;
    rml_words_list(words, n, list, sizeof list);
    rml_reading_wrong(r, node, "%s: %s was expected, not \"%s\"", what, list,
                      node->kind == RML_YAML_SCALAR ? node->text : "…");
    return -1;
}

/* The place of a column among those that steps name; added when it is new. */
int32_t rml_reading_column(rml_reading *r, const rml_yaml *node, rml_texts *columns, const char *name)
{
    const int32_t place = rml_word_place(name, columns->text, columns->n);

    if (place >= 0) return place;
    if (columns->n == RML_STUDY_COLUMNS) {
        rml_reading_wrong(r, node, "more than %d columns are named by steps", RML_STUDY_COLUMNS);
        return -1;
    }
    rml_reading_add(r, columns, name);
    return columns->n - 1;
}
