/* libfyaml's document is copied into a tree of our own and freed: what the readers of settings see has no state, no
 * aliases and no third kind of anything. Aliases are copied out, so depth, the number of nodes and what aliases add to
 * the file are bounded. */
#include "io/yaml.h"

#include <libfyaml.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

#define YAML_LIMIT ((size_t)16 << 20) /* bytes */
#define NODE_LIMIT 1000000            /* after aliases are copied out */
#define DEPTH_LIMIT 32
/* libfyaml looks through all anchors for every anchor and alias, and through all directives for every directive: with
 * tens of thousands it takes many seconds. */
#define REFERENCE_LIMIT 1000 /* anchors and aliases together */
#define DIRECTIVE_LIMIT 100
/* What aliases may copy, in bytes of our tree. */
#define COPIED_ALWAYS ((size_t)1 << 20)
#define COPIED_A_BYTE ((size_t)8) /* and so many for each byte of the file */

typedef struct copier {
    const char *name; /* of the file, for messages */
    int64_t n_nodes;
    int32_t n_aliases;       /* the node at hand is inside so many … */
    int32_t alias_line;      /* … of which the outermost stands here */
    size_t n_copied, n_most; /* bytes by aliases, and how many there may be */
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

/* Bytes that are about to be copied: by an alias only as many as there may be. */
static rml_status count_copied(copier *copy, size_t n)
{
    if (copy->n_aliases == 0) return RML_OK;
    if (n > copy->n_most - copy->n_copied)
        return rml_fail(copy->err, RML_EFORMAT,
                        "%s line %d: its aliases (*name) stand for more than %zu bytes of values, "
                        "expected no more from a file of its size",
                        copy->name, copy->alias_line, copy->n_most);
    copy->n_copied += n;
    return RML_OK;
}

/* n characters that no zero need follow: they may end the file. */
static rml_status copy_text(copier *copy, const char *text, size_t n, const char **to)
{
    const rml_status status = count_copied(copy, n + 1);
    char *copied;

    if (status != RML_OK) return status;
    copied = malloc(n + 1);
    if (!copied) return no_memory(copy);
    if (n) memcpy(copied, text, n);
    copied[n] = '\0';
    *to = copied;
    return RML_OK;
}

static rml_status copy_scalar(copier *copy, struct fy_node *from, rml_yaml *to)
{
    size_t n = 0, n_tag = 0;
    const char *text = fy_node_get_scalar(from, &n), *tag = fy_node_get_tag(from, &n_tag);
    const enum fy_node_style style = fy_node_get_style(from);
    rml_status status;

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
    status = copy_text(copy, text, n, &to->text);
    if (status != RML_OK) return status;
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
    return copy_text(copy, text, n, &to->key);
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
    rml_status counted;

    to->kind = map ? RML_YAML_MAP : RML_YAML_LIST;
    if (fy_node_get_tag(from, &(size_t){0}))
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: a tagged list or map is not read here", copy->name,
                        to->line);
    if (n <= 0) return RML_OK;
    if (n > NODE_LIMIT - copy->n_nodes)
        return rml_fail(copy->err, RML_EFORMAT, "%s line %d: more than %d values", copy->name, to->line, NODE_LIMIT);
    counted = count_copied(copy, (size_t)n * sizeof *to->child);
    if (counted != RML_OK) return counted;
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

static rml_status copy_value(copier *copy, struct fy_node *from, int32_t depth, rml_yaml *to)
{
    if (fy_node_get_type(from) == FYNT_SCALAR) return copy_scalar(copy, from, to);
    return copy_children(copy, from, depth, to);
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
        rml_status status;

        from = fy_node_resolve_alias(from);
        if (!from) return rml_fail(copy->err, RML_EFORMAT, "%s line %d: an alias without its anchor", copy->name, line);
        if (copy->n_aliases++ == 0) copy->alias_line = line;
        status = copy_value(copy, from, depth, to);
        --copy->n_aliases;
        return status;
    }
    if (!from) {
        to->kind = RML_YAML_NULL;
        return RML_OK;
    }
    return copy_value(copy, from, depth, to);
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

static struct fy_parser *begin(const char *text, size_t n_bytes, const char *name, struct fy_diag *diag)
{
    struct fy_parser *parser = fy_parser_create(&(struct fy_parse_cfg){
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS | /* we name both lines of a pair */
                 (is_json(name) ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE),
        .diag = diag});

    if (parser && fy_parser_set_string(parser, text, n_bytes) == 0) return parser;
    if (parser) fy_parser_destroy(parser);
    return NULL;
}

/* How many anchors and aliases an event is. */
static int32_t references(const struct fy_event *event)
{
    switch (event->type) {
    case FYET_ALIAS: return 1;
    case FYET_SCALAR: return event->scalar.anchor != NULL;
    case FYET_SEQUENCE_START: return event->sequence_start.anchor != NULL;
    case FYET_MAPPING_START: return event->mapping_start.anchor != NULL;
    default: return 0;
    }
}

/* Before libfyaml makes a document of it, whose anchors it then looks for: the events alone, as far as they are YAML.
 * Not asked of a file with too few letters that could begin any. */
static rml_status count_references(copier *copy, const char *text, size_t n_bytes, struct fy_diag *diag)
{
    size_t n_letters = 0, n = 0;
    int32_t line = 1;
    struct fy_parser *parser;
    struct fy_event *event;

    for (size_t i = 0; i < n_bytes; ++i) n_letters += text[i] == '&' || text[i] == '*';
    if (n_letters <= REFERENCE_LIMIT) return RML_OK;
    parser = begin(text, n_bytes, copy->name, diag);
    if (!parser) return no_memory(copy);
    while (n <= REFERENCE_LIMIT && (event = fy_parser_parse(parser)) != NULL) {
        const struct fy_mark *mark = fy_event_start_mark(event);

        if (mark) line = mark->line + 1;
        n += (size_t)references(event);
        fy_parser_event_free(parser, event);
    }
    fy_parser_destroy(parser);
    if (n <= REFERENCE_LIMIT) return RML_OK;
    return rml_fail(copy->err, RML_EFORMAT,
                    "%s line %d: more than %d anchors and aliases (&name, *name), expected a few", copy->name, line,
                    REFERENCE_LIMIT);
}

static rml_status count_directives(copier *copy, const char *text, size_t n_bytes)
{
    static const char word[] = "%TAG";
    const char *at = text, *end = text + n_bytes;

    for (int32_t n = 0; (at = memmem(at, (size_t)(end - at), word, sizeof word - 1)) != NULL; at += sizeof word - 1)
        if (++n > DIRECTIVE_LIMIT)
            return rml_fail(copy->err, RML_EFORMAT, "%s: more than %d times %s, expected no tags of its own",
                            copy->name, DIRECTIVE_LIMIT, word);
    return RML_OK;
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
    copy.n_most = COPIED_ALWAYS + COPIED_A_BYTE * n_bytes;
    status = RML_ENOMEM;
    read = calloc(1, sizeof *read);
    diag = fy_diag_create(&quiet);
    if (!read || !diag) {
        no_memory(&copy);
        goto done;
    }
    fy_diag_set_collect_errors(diag, true);
    status = count_directives(&copy, text, n_bytes);
    if (status == RML_OK) status = count_references(&copy, text, n_bytes, diag);
    if (status != RML_OK) goto done;
    status = RML_ENOMEM;
    parser = begin(text, n_bytes, name, diag);
    if (!parser) {
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
