#include "jobs/model_json_parse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rml_parse_wrong(rml_parsing *r, rml_status status, const char *format, ...)
{
    char sentence[512];
    va_list arguments;

    if (r->status != RML_OK) return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    r->status = rml_fail(r->err, status, "%s: %s", r->path, sentence);
}

void rml_parse_no_memory(rml_parsing *r)
{
    rml_parse_wrong(r, RML_ENOMEM, "no memory for the model");
}

void *rml_parse_take(rml_parsing *r, int64_t n, size_t size)
{
    void *memory = rml_model_take(r->model, (size_t)n, size);

    if (!memory) rml_parse_no_memory(r);
    return memory;
}

const cJSON *rml_parse_member(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item) rml_parse_wrong(r, RML_EFORMAT, "%s%s\"%s\" is missing", where, *where ? ": " : "", name);
    return item;
}

double rml_parse_number(rml_parsing *r, const cJSON *item, const char *what)
{
    if (cJSON_IsNumber(item)) return item->valuedouble;
    if (cJSON_IsNull(item)) return NAN;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "Inf") == 0) return INFINITY;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "-Inf") == 0) return -INFINITY;
    rml_parse_wrong(r, RML_EFORMAT, "%s: a number was expected", what);
    return NAN;
}

double rml_parse_number_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = rml_parse_member(r, object, name, where);

    return item ? rml_parse_number(r, item, name) : NAN;
}

int32_t rml_parse_count_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const double value = rml_parse_number_at(r, object, name, where);

    if (r->status == RML_OK && !(value >= 0 && value <= INT32_MAX && value == floor(value)))
        rml_parse_wrong(r, RML_EFORMAT, "%s: a count was expected", name);
    return r->status == RML_OK ? (int32_t)value : 0;
}

const char *rml_parse_text(rml_parsing *r, const cJSON *item, const char *what)
{
    const char *copy = NULL;

    if (!cJSON_IsString(item))
        rml_parse_wrong(r, RML_EFORMAT, "%s: a text was expected", what);
    else if (!(copy = rml_model_text(r->model, item->valuestring)))
        rml_parse_no_memory(r);
    return copy;
}

const char *rml_parse_text_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = rml_parse_member(r, object, name, where);

    return item && !cJSON_IsNull(item) ? rml_parse_text(r, item, name) : NULL;
}

const char *rml_parse_needed_text(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const char *text = rml_parse_text_at(r, object, name, where);

    if (!text) rml_parse_wrong(r, RML_EFORMAT, "%s: a text was expected", name);
    return text;
}

bool rml_parse_truth_at(rml_parsing *r, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (item && !cJSON_IsBool(item)) rml_parse_wrong(r, RML_EFORMAT, "%s: true or false was expected", name);
    return cJSON_IsTrue(item);
}

rml_dataset_texts rml_parse_texts(rml_parsing *r, const cJSON *list, const char *what)
{
    rml_dataset_texts texts = {0};
    const cJSON *item;

    if (!cJSON_IsArray(list)) rml_parse_wrong(r, RML_EFORMAT, "%s: a list of texts was expected", what);
    if (r->status != RML_OK) return texts;
    texts.text = rml_parse_take(r, cJSON_GetArraySize(list), sizeof *texts.text);
    cJSON_ArrayForEach(item, list)
    {
        if (r->status == RML_OK) texts.text[texts.n++] = rml_parse_text(r, item, what);
    }
    return texts;
}

int32_t rml_parse_word_at(rml_parsing *r, const cJSON *object, const char *name, const char *const *words, int32_t n)
{
    const char *text = rml_parse_needed_text(r, object, name, "");

    for (int32_t w = 0; text && w < n; ++w)
        if (strcmp(words[w], text) == 0) return w;
    rml_parse_wrong(r, RML_EUNSUPPORTED, "%s: \"%s\" is not known to this radmill", name, text ? text : "");
    return 0;
}
