/* 1. Universal Binary JSON: a marker of one character, then what it says; lengths are values themselves, numbers have
 *    their high byte first. Arrays may give their elements' type ($) and number (#) once.
 * 2. Trees */
#include "kernels/trees/xgb_model.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 1. Universal Binary JSON ----------------------------------------------------------------------------------------- */

enum { DEEPEST = 32 }; /* values within values; a model has 7 */

typedef struct ubj {
    const uint8_t *at, *end;
    bool failed; /* what follows reads zeros */
} ubj;

static bool has(ubj *u, int64_t n)
{
    u->failed |= n < 0 || u->end - u->at < n;
    return !u->failed;
}

static uint8_t marker(ubj *u)
{
    return has(u, 1) ? *u->at++ : 0;
}

static uint8_t peek(ubj *u)
{
    return has(u, 1) ? *u->at : 0;
}

/* Bytes of a value of this type; -1: none of fixed length. */
static int32_t width(uint8_t type)
{
    switch (type) {
    case 'Z':
    case 'N':
    case 'T':
    case 'F': return 0;
    case 'i':
    case 'U':
    case 'C': return 1;
    case 'I': return 2;
    case 'l':
    case 'd': return 4;
    case 'L':
    case 'D': return 8;
    default: return -1;
    }
}

static uint64_t big_endian(const uint8_t *at, int32_t n)
{
    uint64_t bits = 0;

    for (int32_t b = 0; b < n; ++b) bits = bits << 8 | at[b];
    return bits;
}

static int64_t whole(uint8_t type, const uint8_t *at)
{
    switch (type) {
    case 'i': return (int8_t)at[0];
    case 'U': return at[0];
    case 'I': return (int16_t)big_endian(at, 2);
    case 'l': return (int32_t)big_endian(at, 4);
    default: return (int64_t)big_endian(at, 8);
    }
}

static int64_t length(ubj *u)
{
    const uint8_t type = marker(u);
    int64_t n = -1;

    if (type && strchr("iUIlL", type) && has(u, width(type))) {
        n = whole(type, u->at);
        u->at += width(type);
    }
    u->failed |= n < 0;
    return u->failed ? 0 : n;
}

/* What stands behind [ or {: the elements' type, or 0; their number, or -1. */
static void array_head(ubj *u, uint8_t *type, int64_t *n)
{
    *type = 0;
    *n = -1;
    if (peek(u) == '$') {
        ++u->at;
        *type = marker(u);
        u->failed |= width(*type) < 0 || peek(u) != '#';
    }
    if (!u->failed && peek(u) == '#') {
        ++u->at;
        *n = length(u);
    }
}

static void skip(ubj *u, int32_t depth);

static void skip_several(ubj *u, uint8_t open, int32_t depth)
{
    const uint8_t close = open == '[' ? ']' : '}';
    uint8_t type;
    int64_t n;

    array_head(u, &type, &n);
    for (int64_t k = 0; !u->failed && (n < 0 ? peek(u) != close : k < n); ++k) {
        if (open == '{') {
            const int64_t n_name = length(u);

            if (has(u, n_name)) u->at += n_name;
        }
        if (!type)
            skip(u, depth + 1);
        else if (has(u, width(type)))
            u->at += width(type);
    }
    if (n < 0) (void)marker(u);
}

static void skip(ubj *u, int32_t depth)
{
    const uint8_t type = marker(u);

    if (depth > DEEPEST)
        u->failed = true;
    else if (type == '[' || type == '{')
        skip_several(u, type, depth);
    else {
        const int64_t n = type == 'S' || type == 'H' ? length(u) : width(type);

        if (has(u, n)) u->at += n;
    }
}

/* The next member of an object: its name's place; false behind the last one. */
static bool next_member(ubj *u, const char **name, int64_t *n_name)
{
    if (peek(u) == '}' || u->failed) {
        (void)marker(u);
        return false;
    }
    *n_name = length(u);
    if (!has(u, *n_name)) return false;
    *name = (const char *)u->at;
    u->at += *n_name;
    return true;
}

static bool is_named(const char *name, int64_t n_name, const char *wanted)
{
    return n_name == (int64_t)strlen(wanted) && memcmp(name, wanted, (size_t)n_name) == 0;
}

/* From an object to the value of its member. */
static void enter(ubj *u, const char *wanted)
{
    const char *name;
    int64_t n_name;

    u->failed |= marker(u) != '{';
    while (next_member(u, &name, &n_name)) {
        if (is_named(name, n_name, wanted)) return;
        skip(u, 0);
    }
    u->failed = true;
}

/* 2. Trees --------------------------------------------------------------------------------------------------------- */

/* An array of one type within the bytes. */
typedef struct span {
    const uint8_t *at;
    uint8_t type;
    int64_t n;
} span;

enum { LEFT, RIGHT, FEATURE, CONDITION, MISSING, N_SPANS };
static const char *const span_names[N_SPANS] = {"left_children", "right_children", "split_indices", "split_conditions",
                                                "default_left"};

static span take_span(ubj *u)
{
    span s = {0};

    u->failed |= marker(u) != '[';
    array_head(u, &s.type, &s.n);
    u->failed |= !s.type || s.n < 0 || s.n > INT32_MAX;
    if (!u->failed && has(u, s.n * width(s.type))) {
        s.at = u->at;
        u->at += s.n * width(s.type);
    }
    return s;
}

static int64_t whole_at(const span *s, int64_t k)
{
    return whole(s->type, s->at + k * width(s->type));
}

static float single_at(const span *s, int64_t k)
{
    const uint32_t bits = (uint32_t)big_endian(s->at + 4 * k, 4);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The arrays of the tree at u, all of one length. */
static bool take_tree(ubj *u, span of[N_SPANS])
{
    const char *name;
    int64_t n_name;

    memset(of, 0, N_SPANS * sizeof *of);
    u->failed |= marker(u) != '{';
    while (next_member(u, &name, &n_name)) {
        int s = 0;

        while (s < N_SPANS && !is_named(name, n_name, span_names[s])) ++s;
        if (s < N_SPANS)
            of[s] = take_span(u);
        else
            skip(u, 0);
    }
    for (int s = 0; s < N_SPANS; ++s)
        u->failed |= !of[s].at || of[s].n != of[0].n || (of[s].type == 'd') != (s == CONDITION) || of[s].type == 'D';
    return !u->failed && of[0].n > 0;
}

/* Nodes that pruning left behind unreached stay out. order: [n] scratch, the library's numbers of the nodes. */
static rml_status add_tree(const span of[N_SPANS], int32_t *order, rml_trees *trees, uint8_t *missing_left)
{
    const int32_t root = trees->n_nodes, n = (int32_t)of[0].n;
    int32_t n_reached = 1;

    order[0] = 0;
    (void)rml_trees_add(trees);
    for (int32_t k = 0; k < n_reached; ++k) {
        const int32_t node = root + k, from = order[k];
        const int64_t side[2] = {whole_at(&of[LEFT], from), whole_at(&of[RIGHT], from)};
        const float condition = single_at(&of[CONDITION], from);

        missing_left[node] = 0;
        if (!isfinite(condition)) return RML_EFORMAT;
        if (side[0] < 0) { /* a leaf: the condition is its value */
            trees->value[node] = (double)condition;
            continue;
        }
        if (side[0] >= n || side[1] < 0 || side[1] >= n || n_reached + 2 > n) return RML_EFORMAT;
        trees->feature[node] = (int32_t)whole_at(&of[FEATURE], from);
        trees->threshold[node] = (double)nextafterf(condition, -INFINITY);
        missing_left[node] = whole_at(&of[MISSING], from) != 0;
        trees->left[node] = root + n_reached;
        trees->right[node] = root + n_reached + 1;
        for (int s = 0; s < 2; ++s) {
            (void)rml_trees_add(trees);
            order[n_reached++] = (int32_t)side[s];
        }
    }
    trees->first[++trees->n_trees] = trees->n_nodes;
    return RML_OK;
}

static bool grow(void *array, int64_t n, size_t size)
{
    void *old, *new;

    memcpy(&old, array, sizeof old);
    new = realloc(old, (size_t)n * size);
    if (new) memcpy(array, &new, sizeof new);
    return new != NULL;
}

rml_status rml_xgb_model_read(const char *bytes, int64_t n_bytes, rml_trees *trees, uint8_t **missing_left)
{
    const uint8_t *begin = (const uint8_t *)bytes;
    ubj u = {begin, begin + n_bytes, false};
    int32_t *order = NULL;
    uint8_t type;
    int64_t n;
    rml_status status = RML_OK;

    rml_trees_init(trees, 1);
    *missing_left = NULL;
    enter(&u, "learner");
    enter(&u, "gradient_booster");
    enter(&u, "model");
    enter(&u, "trees");
    u.failed |= marker(&u) != '[';
    array_head(&u, &type, &n);
    u.failed |= type != 0;
    for (int64_t t = 0; status == RML_OK && !u.failed && (n < 0 ? peek(&u) != ']' : t < n); ++t) {
        span of[N_SPANS];

        if (!take_tree(&u, of)) break;
        status = rml_trees_reserve(trees, of[0].n);
        if (status == RML_OK && (!grow(&order, of[0].n, sizeof *order) ||
                                 !grow(missing_left, trees->n_nodes + of[0].n, sizeof **missing_left)))
            status = RML_ENOMEM;
        if (status == RML_OK) status = add_tree(of, order, trees, *missing_left);
    }
    if (status == RML_OK && (u.failed || trees->n_trees == 0)) status = RML_EFORMAT;
    free(order);
    if (status != RML_OK) {
        rml_trees_free(trees);
        free(*missing_left);
        *missing_left = NULL;
    }
    return status;
}
