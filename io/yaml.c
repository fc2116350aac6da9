/* libfyaml's document is copied into a tree of our own and freed: what the readers of settings see has no state, no
 * aliases and no third kind of anything. Aliases are copied out, so both depth and the number of nodes are bounded. */
#include "io/yaml.h"

#include <libfyaml.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

#define YAML_LIMIT ((size_t)16 << 20) /* bytes */
#define NODE_LIMIT 1000000            /* after aliases are copied out */
#define DEPTH_LIMIT 32

typedef struct copier {
    const char *name; /* of the file, for messages */
    int64_t n_nodes;
    rml_error *err;
} copier;

static rml_status copy_node(copier *copy, struct fy_node *from, int32_t line, int32_t depth, rml_yaml *to);

static rml_status no_memory(copier *copy)
{
    return rml_fail(copy->err, RML_ENOMEM, "%s: no memory for its contents", copy->name);
}

/* The line of the first token at or below a node, or the line given: empty nodes have no token. */
static int32_t line_of(struct fy_node *node, int32_t otherwise)
{
    for (int32_t depth = 0; node && depth < DEPTH_LIMIT; ++depth) {
        void *at = NULL;
        struct fy_token *token = fy_node_get_scalar_token(node);

        if (token) {
            const struct fy_mark *mark = fy_token_start_mark(token);

            return mark ? mark->line + 1 : otherwise;
        }
        if (fy_node_get_type(node) == FYNT_SEQUENCE) {
            node = fy_node_sequence_iterate(node, &at);
        } else if (fy_node_get_type(node) == FYNT_MAPPING) {
            struct fy_node_pair *pair = fy_node_mapping_iterate(node, &at);

            node = pair ? fy_node_pair_key(pair) : NULL;
        } else {
            break;
        }
    }
    return otherwise;
}

static bool means_null(const char *text)
{
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

/* n characters that no zero need follow: they may end the file. */
static char *copy_text(const char *text, size_t n)
{
    char *copy = malloc(n + 1);

    if (!copy) return NULL;
    if (n) memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

static rml_status copy_scalar(copier *copy, struct fy_node *from, rml_yaml *to)
{
    size_t n = 0, n_tag = 0;
    const char *text = fy_node_get_scalar(from, &n), *tag = fy_node_get_tag(from, &n_tag);
    const enum fy_node_style style = fy_node_get_style(from);

    to->quoted =
        style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED || style == FYNS_LITERAL || style == FYNS_FOLDED;
    if (tag) {
        static const char string[] = "tag:yaml.org,2002:str";

        if (n_tag != sizeof string - 1 || memcmp(tag, string, n_tag) != 0)
            return rml_fail(copy->err, RML_EFORMAT, "%s line %d: tag %.*s is not read here", copy->name, to->line,
                            (int)(n_tag < 60 ? n_tag : 60), tag);
        to->quoted = true;
    }
    if (!text) n = 0;
    if (n && memchr(text, '\0', n))
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: text with a zero byte", copy->name, to->line);
    to->kind = RML_YAML_SCALAR;
    to->text = copy_text(text, n);
    if (!to->text) return no_memory(copy);
    if (!to->quoted && means_null(to->text)) to->kind = RML_YAML_NULL;
    return RML_OK;
}

static rml_status copy_key(copier *copy, struct fy_node *from, rml_yaml *to)
{
    size_t n = 0;
    const char *text =
        from && fy_node_get_type(from) == FYNT_SCALAR && !fy_node_is_alias(from) ? fy_node_get_scalar(from, &n) : NULL;

    if (!text || memchr(text, '\0', n))
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: a key that is not plain text", copy->name, to->line);
    to->key = copy_text(text, n);
    return to->key ? RML_OK : no_memory(copy);
}

typedef struct place {
    const char *key;
    int32_t line;
} place;

static int by_key(const void *a, const void *b)
{
    const place *x = a, *y = b;
    const int order = strcmp(x->key, y->key);

    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static rml_status check_keys(copier *copy, const rml_yaml *map)
{
    place *sorted = malloc(((size_t)map->n + 1) * sizeof *sorted);
    rml_status status = RML_OK;

    if (!sorted) return no_memory(copy);
    for (int32_t c = 0; c < map->n; ++c) sorted[c] = (place){map->child[c].key, map->child[c].line};
    qsort(sorted, (size_t)map->n, sizeof *sorted, by_key);
    for (int32_t c = 1; c < map->n && status == RML_OK; ++c)
        if (strcmp(sorted[c - 1].key, sorted[c].key) == 0)
            status = rml_fail(copy->err, RML_EFORMAT, "%s line %d: \"%s\" is already given on line %d", copy->name,
                              sorted[c].line, sorted[c].key, sorted[c - 1].line);
    free(sorted);
    return status;
}

static rml_status copy_children(copier *copy, struct fy_node *from, int32_t depth, rml_yaml *to)
{
    const bool map = fy_node_get_type(from) == FYNT_MAPPING;
    const int n = map ? fy_node_mapping_item_count(from) : fy_node_sequence_item_count(from);
    void *at = NULL;

    to->kind = map ? RML_YAML_MAP : RML_YAML_LIST;
    if (fy_node_get_tag(from, &(size_t){0}))
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: a tagged list or map is not read here", copy->name,
                        to->line);
    if (n <= 0) return RML_OK;
    if (n > NODE_LIMIT - copy->n_nodes)
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: more than %d values", copy->name, to->line, NODE_LIMIT);
    to->child = calloc((size_t)n, sizeof *to->child);
    if (!to->child) return no_memory(copy);
    while (to->n < n) {
        rml_yaml *child = &to->child[to->n];
        struct fy_node *value;
        rml_status status = RML_OK;

        if (map) {
            struct fy_node_pair *pair = fy_node_mapping_iterate(from, &at);

            if (!pair) break;
            child->line = line_of(fy_node_pair_key(pair), to->line);
            status = copy_key(copy, fy_node_pair_key(pair), child);
            value = fy_node_pair_value(pair);
        } else {
            value = fy_node_sequence_iterate(from, &at);
            child->line = line_of(value, to->line);
        }
        ++to->n; /* from here on the caller frees it, whatever came of it */
        if (status == RML_OK) status = copy_node(copy, value, child->line, depth + 1, child);
        if (status != RML_OK) return status;
    }
    return map ? check_keys(copy, to) : RML_OK;
}

/* A value in a map takes its key's line: there it is found by who looks for the setting. */
static rml_status copy_node(copier *copy, struct fy_node *from, int32_t line, int32_t depth, rml_yaml *to)
{
    to->line = line;
    if (depth > DEPTH_LIMIT)
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: nested deeper than %d, or an anchor inside itself",
                        copy->name, line, DEPTH_LIMIT);
    if (++copy->n_nodes > NODE_LIMIT)
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: more than %d values", copy->name, line, NODE_LIMIT);
    if (from && fy_node_is_alias(from)) {
        from = fy_node_resolve_alias(from);
        if (!from) return rml_fail(copy->err, RML_EFORMAT, "%s line %d: an alias without its anchor", copy->name, line);
    }
    if (!from) {
        to->kind = RML_YAML_NULL;
        return RML_OK;
    }
    if (fy_node_get_type(from) == FYNT_SCALAR) return copy_scalar(copy, from, to);
    return copy_children(copy, from, depth, to);
}

/* libfyaml's first complaint as our sentence. It counts lines and columns from 1 in what it collects. */
static rml_status refuse(const char *name, struct fy_diag *diag, rml_error *err)
{
    void *at = NULL;
    const struct fy_diag_error *error;

    while ((error = fy_diag_errors_iterate(diag, &at)) != NULL)
        if (error->msg && *error->msg)
            return rml_fail(err, RML_EFORMAT, "%s line %d column %d: not YAML: %s", name, error->line, error->column,
                            error->msg);
    return rml_fail(err, RML_EFORMAT, "%s: not YAML", name);
}

static bool is_json(const char *name)
{
    const size_t n = strlen(name);

    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

rml_status rml_yaml_parse(const char *text, size_t n_bytes, const char *name, rml_yaml **tree, rml_error *err)
{
    const struct fy_diag_cfg quiet = {.level = FYET_ERROR, .module_mask = ~0u};
    struct fy_diag *diag = NULL;
    struct fy_parser *parser = NULL;
    struct fy_document *document = NULL, *second = NULL;
    rml_yaml *read = NULL;
    copier copy = {.name = name, .err = err};
    rml_status status;
    const size_t valid = rml_utf8_valid(text, n_bytes);

    if (valid < n_bytes || memchr(text, '\0', n_bytes)) {
        size_t line = 1;
        const char *zero = memchr(text, '\0', n_bytes);

        for (size_t i = 0; i < valid && text + i != zero; ++i) line += text[i] == '\n';
        return rml_fail(err, RML_EFORMAT, "%s line %zu: a byte that is not UTF-8 text", name, line);
    }
    if (n_bytes > YAML_LIMIT)
        return rml_fail(err, RML_EFORMAT, "%s: %zu bytes, expected at most %zu", name, n_bytes, YAML_LIMIT);
    if (n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n_bytes -= 3;
    }
    status = RML_ENOMEM;
    read = calloc(1, sizeof *read);
    diag = fy_diag_create(&quiet);
    if (!read || !diag) {
        no_memory(&copy);
        goto done;
    }
    fy_diag_set_collect_errors(diag, true);
    parser = fy_parser_create(&(struct fy_parse_cfg){
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS | /* we name both lines of a pair */
                 (is_json(name) ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE),
        .diag = diag});
    if (!parser || fy_parser_set_string(parser, text, n_bytes) != 0) {
        no_memory(&copy);
        goto done;
    }
    document = fy_parse_load_document(parser);
    if (fy_parser_get_stream_error(parser)) {
        status = refuse(name, diag, err);
        goto done;
    }
    status = copy_node(&copy, document ? fy_document_root(document) : NULL, 1, 0, read);
    if (status != RML_OK) goto done;
    second = fy_parse_load_document(parser);
    if (fy_parser_get_stream_error(parser)) {
        status = refuse(name, diag, err);
    } else if (second) {
        status = rml_fail(err, RML_EFORMAT, "%s: holds several YAML documents, expected one", name);
    }
    if (status != RML_OK) goto done;
    *tree = read;
    read = NULL;
done:
    if (second) fy_parse_document_destroy(parser, second);
    if (document) fy_parse_document_destroy(parser, document);
    if (parser) fy_parser_destroy(parser);
    if (diag) fy_diag_destroy(diag);
    rml_yaml_free(read);
    return status;
}

static void free_inside(rml_yaml *node)
{
    for (int32_t c = 0; c < node->n; ++c) {
        free_inside(&node->child[c]);
        free((void *)(uintptr_t)node->child[c].key);
    }
    free((void *)(uintptr_t)node->text);
    free(node->child);
}

void rml_yaml_free(rml_yaml *tree)
{
    if (!tree) return;
    free_inside(tree);
    free(tree);
}

const rml_yaml *rml_yaml_get(const rml_yaml *map, const char *key)
{
    if (!map || map->kind != RML_YAML_MAP) return NULL;
    for (int32_t c = 0; c < map->n; ++c)
        if (strcmp(map->child[c].key, key) == 0) return &map->child[c];
    return NULL;
}

/* --- scalars: YAML 1.2, section 10.3.2 -----------------------------------------------------------------------------
 */

static bool plain(const rml_yaml *node)
{
    return node && node->kind == RML_YAML_SCALAR && !node->quoted;
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; ++words)
        if (strcmp(text, *words) == 0) return true;
    return false;
}

static const char *digits(const char *c)
{
    while (*c >= '0' && *c <= '9') ++c;
    return c;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool looks_decimal(const char *c)
{
    const char *start;

    c += *c == '-' || *c == '+';
    start = c;
    c = digits(c);
    if (*c == '.') {
        const bool whole = c > start;
        const char *fraction = ++c;

        c = digits(c);
        if (!whole && c == fraction) return false;
    } else if (c == start) {
        return false;
    }
    if (*c == 'e' || *c == 'E') {
        ++c;
        c += *c == '-' || *c == '+';
        start = c;
        c = digits(c);
        if (c == start) return false;
    }
    return *c == '\0';
}

bool rml_yaml_integer(const rml_yaml *node, int64_t *value)
{
    const char *c;
    bool negative;
    uint64_t sum = 0;
    int base = 10;

    if (!plain(node)) return false;
    c = node->text;
    negative = *c == '-';
    if (strncmp(c, "0x", 2) == 0 || strncmp(c, "0o", 2) == 0) {
        base = c[1] == 'x' ? 16 : 8;
        c += 2;
    } else {
        c += *c == '-' || *c == '+';
    }
    if (!*c) return false;
    for (; *c; ++c) {
        const int letter = *c | 0x20;
        const int digit = *c >= '0' && *c <= '9' ? *c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;

        if (digit >= base || sum > (INT64_MAX - (uint64_t)digit) / (uint64_t)base) return false;
        sum = sum * (uint64_t)base + (uint64_t)digit;
    }
    *value = negative ? -(int64_t)sum : (int64_t)sum;
    return true;
}

bool rml_yaml_number(const rml_yaml *node, double *value)
{
    static const char *const infinite[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
    static const char *const below[] = {"-.inf", "-.Inf", "-.INF", NULL};
    static const char *const none[] = {".nan", ".NaN", ".NAN", NULL};
    int64_t whole;

    if (!plain(node)) return false;
    if (one_of(node->text, infinite)) {
        *value = INFINITY;
    } else if (one_of(node->text, below)) {
        *value = -INFINITY;
    } else if (one_of(node->text, none)) {
        *value = NAN;
    } else if (looks_decimal(node->text)) {
        *value = strtod(node->text, NULL);
    } else if (rml_yaml_integer(node, &whole)) { /* 0x and 0o */
        *value = (double)whole;
    } else {
        return false;
    }
    return true;
}

bool rml_yaml_truth(const rml_yaml *node, bool *value)
{
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", NULL};
    static const char *const no[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", NULL};

    if (!plain(node)) return false;
    if (one_of(node->text, yes)) {
        *value = true;
    } else if (one_of(node->text, no)) {
        *value = false;
    } else {
        return false;
    }
    return true;
}
