/* 1. Columns as codes
 * 2. New rows and cells
 * 3. The new features */
#include "jobs/pivot.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"
#include "jobs/nearest.h"

static const double NEGLIGIBLE = 1e-12;
enum { CELL_BYTES = 512 }; /* of what a cell adds to a feature's name */

typedef struct rml_pivoting {
    const rml_pivot *pivot;
    const rml_pivot_rows *rows;
    rml_frame *frame;
    rml_codes *by; /* [n_by] codes of all rows, -1 where not used */
    int64_t n_cells;
    int64_t *cell; /* [n_cells] codes of `by` as one number, ascending; under a difference without the last column */
    int32_t n_groups;
    int64_t *group; /* [rows] the new row, -1 where not used */
    int64_t *first; /* [n_groups] the row that it takes its texts from */
    int64_t *at;    /* [n_groups][n_cells][1 or 2] the row there, -1: none */
    int32_t n_sides, side[2];
} rml_pivoting;

/* 1. Columns as codes ---------------------------------------------------------------------------------------------- */

static rml_status no_memory(const rml_pivoting *p, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "%s: no memory to pivot %s", p->rows->where, p->rows->table);
}

static rml_status encode(const rml_pivoting *p, int32_t column, rml_codes *codes, rml_error *err)
{
    const rml_frame *f = p->frame;
    const char **text = malloc(((size_t)f->n_rows + 1) * sizeof *text);
    rml_status status = text ? RML_OK : no_memory(p, err);

    for (int64_t r = 0; status == RML_OK && r < f->n_rows; ++r) {
        text[r] = p->rows->used[r] ? rml_frame_cell(f, r, column) : "";
        if (p->rows->used[r] && rml_text_missing(text[r]))
            status = rml_fail(err, RML_ESETTING, "%s: pivot: %s of row %lld of %s is empty", p->rows->where,
                              f->name[column], (long long)r + 1, p->rows->table);
    }
    if (status == RML_OK) status = rml_build_encode((int32_t)f->n_rows, text, codes, err);
    free(text);
    return status;
}

static rml_status encode_by(rml_pivoting *p, rml_error *err)
{
    const rml_frame *f = p->frame;
    rml_status status = RML_OK;

    p->by = calloc((size_t)p->pivot->n_by + 1, sizeof *p->by);
    if (!p->by) return no_memory(p, err);
    for (int32_t b = 0; status == RML_OK && b < p->pivot->n_by; ++b) {
        const char *name = p->pivot->by[b], *near = rml_nearest(name, f->name, f->n_columns);
        const int32_t column = rml_frame_column(f, name);

        if (column < 0)
            return rml_fail(err, RML_ESETTING, "%s: pivot: %s has no column \"%s\"%s%s%s", p->rows->where,
                            p->rows->table, name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        status = encode(p, column, &p->by[b], err);
    }
    return status;
}

/* The codes of the two sides of a difference. */
static rml_status find_sides(rml_pivoting *p, rml_error *err)
{
    const rml_codes *last = &p->by[p->pivot->n_by - 1];
    const char *const wanted[2] = {p->pivot->from, p->pivot->to};

    p->n_sides = p->pivot->from ? 2 : 1;
    for (int32_t s = 0; s < p->n_sides && p->pivot->from; ++s) {
        p->side[s] = -1;
        for (int32_t l = 0; l < last->n_levels; ++l)
            if (rml_text_same(last->level[l], wanted[s])) p->side[s] = l;
        if (p->side[s] < 0)
            return rml_fail(err, RML_ESETTING, "%s: pivot: no row has %s %s", p->rows->where,
                            p->pivot->by[p->pivot->n_by - 1], wanted[s]);
    }
    return RML_OK;
}

/* 2. New rows and cells -------------------------------------------------------------------------------------------- */

typedef struct rml_keyed {
    const int32_t *key; /* [n_keys] */
    int32_t n_keys;
    int64_t row;
} rml_keyed;

static int by_key(const void *a, const void *b)
{
    const rml_keyed *x = a, *y = b;

    for (int32_t k = 0; k < x->n_keys; ++k)
        if (x->key[k] != y->key[k]) return x->key[k] < y->key[k] ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool same_key(const rml_keyed *a, const rml_keyed *b)
{
    return memcmp(a->key, b->key, (size_t)a->n_keys * sizeof *a->key) == 0;
}

/* Rows of the same keys are one new row; these are numbered in the order of their first rows. */
static rml_status make_groups(rml_pivoting *p, rml_error *err)
{
    const int64_t n = p->frame->n_rows;
    const int32_t n_keys = p->rows->n_keys;
    int32_t *codes = malloc(((size_t)n * (size_t)n_keys + 1) * sizeof *codes);
    rml_keyed *keyed = malloc(((size_t)n + 1) * sizeof *keyed);
    int64_t *leader = malloc(((size_t)n + 1) * sizeof *leader), n_used = 0;
    rml_status status = RML_OK;

    p->group = malloc(((size_t)n + 1) * sizeof *p->group);
    p->first = malloc(((size_t)n + 1) * sizeof *p->first);
    if (!codes || !keyed || !leader || !p->group || !p->first) status = no_memory(p, err);
    for (int32_t k = 0; status == RML_OK && k < n_keys; ++k) {
        rml_codes one = {0};

        status = encode(p, p->rows->key[k], &one, err);
        for (int64_t r = 0; status == RML_OK && r < n; ++r) codes[r * n_keys + k] = one.code[r];
        rml_build_codes_free(&one);
    }
    for (int64_t r = 0; status == RML_OK && r < n; ++r)
        if (p->rows->used[r]) keyed[n_used++] = (rml_keyed){codes + r * n_keys, n_keys, r};
    if (status == RML_OK) {
        qsort(keyed, (size_t)n_used, sizeof *keyed, by_key);
        for (int64_t i = 0; i < n_used; ++i) /* a row's leader is the first of its keys */
            leader[keyed[i].row] =
                i > 0 && same_key(&keyed[i], &keyed[i - 1]) ? leader[keyed[i - 1].row] : keyed[i].row;
        for (int64_t r = 0; r < n; ++r) {
            p->group[r] = -1;
            if (!p->rows->used[r]) continue;
            if (leader[r] == r) {
                p->group[r] = p->n_groups;
                p->first[p->n_groups++] = r;
            } else {
                p->group[r] = p->group[leader[r]];
            }
        }
    }
    free(codes);
    free(keyed);
    free(leader);
    return status;
}

/* A new row takes its texts from the first: what that misses and another row has stands there afterwards. */
static rml_status check_row(const rml_pivoting *p, int64_t first, int64_t r, rml_error *err)
{
    rml_frame *f = p->frame;
    const char *before = rml_frame_cell(f, first, p->rows->key[0]), *patient = rml_frame_cell(f, r, p->rows->key[0]);
    char where[RML_ERROR_TEXT];
    rml_status status = RML_OK;

    if (strcmp(before, patient) != 0) /* codes take 7 and 007 for one */
        return rml_fail(err, RML_ESETTING, "%s: pivot: \"%s\" and \"%s\": one way to write a patient was expected",
                        p->rows->where, before, patient);
    snprintf(where, sizeof where, "%s: pivot: %s", p->rows->where, p->rows->table);
    for (int32_t s = 0; status == RML_OK && s < p->rows->n_same; ++s)
        status = rml_frame_one_value(f, p->rows->same[s], (const int64_t[]){first, r}, 2, where, patient, err);
    return status;
}

/* What stands beside the features must be one thing a patient. */
static rml_status check_same(const rml_pivoting *p, rml_error *err)
{
    for (int64_t r = 0; r < p->frame->n_rows; ++r) {
        const rml_status status = p->group[r] < 0 ? RML_OK : check_row(p, p->first[p->group[r]], r, err);

        if (status != RML_OK) return status;
    }
    return RML_OK;
}

/* Whether the codes of the first n columns are one number of 64 bits. */
static rml_status check_cells(const rml_pivoting *p, int32_t n, rml_error *err)
{
    int64_t n_possible = 1;

    for (int32_t b = 0; b < n; ++b)
        if (__builtin_mul_overflow(n_possible, (int64_t)p->by[b].n_levels, &n_possible))
            return rml_fail(err, RML_ESETTING,
                            "%s: pivot: the values of the first %d of %d columns of \"by\" combine in more than 2^63 "
                            "ways; fewer columns, or fewer values, were expected",
                            p->rows->where, b + 1, p->pivot->n_by);
    return RML_OK;
}

/* The row's codes as one number, of the first n columns. */
static int64_t cell_of(const rml_pivoting *p, int64_t row, int32_t n)
{
    int64_t cell = 0;

    for (int32_t b = 0; b < n; ++b) cell = cell * p->by[b].n_levels + p->by[b].code[row];
    return cell;
}

/* The side of a difference that a row is; 0 without one; -1: neither. */
static int32_t side_of(const rml_pivoting *p, int64_t row)
{
    const int32_t code = p->by[p->pivot->n_by - 1].code[row];

    if (!p->pivot->from) return 0;
    return code == p->side[0] ? 0 : code == p->side[1] ? 1 : -1;
}

static int ascending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static rml_status say_twice(const rml_pivoting *p, int64_t a, int64_t b, rml_error *err)
{
    char cell[256] = "";
    size_t used = 0;

    for (int32_t k = 0; k < p->pivot->n_by && used < sizeof cell; ++k)
        used += (size_t)snprintf(cell + used, sizeof cell - used, "%s%s %s", k > 0 ? ", " : "", p->pivot->by[k],
                                 p->by[k].level[p->by[k].code[a]]);
    return rml_fail(err, RML_ESETTING,
                    "%s: pivot: patient %s has two rows of %s (%lld and %lld of %s); narrow \"rows\", or add to \"by\" "
                    "what tells them apart",
                    p->rows->where, rml_frame_cell(p->frame, a, p->rows->key[0]), cell, (long long)a + 1,
                    (long long)b + 1, p->rows->table);
}

static int64_t *place_of(const rml_pivoting *p, int64_t group, int64_t cell, int32_t side)
{
    return &p->at[(group * p->n_cells + cell) * p->n_sides + side];
}

static rml_status make_cells(rml_pivoting *p, rml_error *err)
{
    const int64_t n = p->frame->n_rows;
    const int32_t n_by = p->pivot->n_by - (p->pivot->from != NULL);
    const rml_status status = check_cells(p, n_by, err);
    int64_t m = 0;

    if (status != RML_OK) return status;
    p->cell = malloc(((size_t)n + 1) * sizeof *p->cell);
    if (!p->cell) return no_memory(p, err);
    for (int64_t r = 0; r < n; ++r)
        if (p->group[r] >= 0 && side_of(p, r) >= 0) p->cell[m++] = cell_of(p, r, n_by);
    qsort(p->cell, (size_t)m, sizeof *p->cell, ascending);
    for (int64_t i = 0; i < m; ++i)
        if (i == 0 || p->cell[i] != p->cell[p->n_cells - 1]) p->cell[p->n_cells++] = p->cell[i];
    p->at = malloc(((size_t)p->n_groups * (size_t)p->n_cells * (size_t)p->n_sides + 1) * sizeof *p->at);
    if (!p->at) return no_memory(p, err);
    for (int64_t g = 0; g < p->n_groups; ++g)
        for (int64_t c = 0; c < p->n_cells; ++c)
            for (int32_t s = 0; s < p->n_sides; ++s) *place_of(p, g, c, s) = -1;
    for (int64_t r = 0; r < n; ++r) {
        const int32_t side = side_of(p, r);
        int64_t cell, *to;

        if (p->group[r] < 0 || side < 0) continue;
        cell = cell_of(p, r, n_by);
        cell = (int64_t *)bsearch(&cell, p->cell, (size_t)p->n_cells, sizeof cell, ascending) - p->cell;
        to = place_of(p, p->group[r], cell, side);
        if (*to >= 0) return say_twice(p, *to, r, err);
        *to = r;
    }
    return RML_OK;
}

/* 3. The new features ---------------------------------------------------------------------------------------------- */

/* "|T1|1", or of a difference "|T1|2-1". RML_ESETTING: it does not fit; two that are cut could be the same. */
static rml_status name_cell(const rml_pivoting *p, int64_t c, char text[CELL_BYTES], rml_error *err)
{
    const int32_t n_by = p->pivot->n_by - (p->pivot->from != NULL);
    int64_t left = p->cell[c], below = 1;
    size_t used = 0;

    text[0] = '\0';
    for (int32_t b = 0; b < n_by; ++b) below *= p->by[b].n_levels;
    for (int32_t b = 0; b < n_by && used < CELL_BYTES; ++b) {
        below /= p->by[b].n_levels;
        used += (size_t)snprintf(text + used, CELL_BYTES - used, "|%s", p->by[b].level[left / below]);
        left %= below;
    }
    if (p->pivot->from && used < CELL_BYTES) {
        const char *from = p->by[n_by].level[p->side[0]], *to = p->by[n_by].level[p->side[1]];

        used += (size_t)(p->pivot->relative ? snprintf(text + used, CELL_BYTES - used, "|(%s-%s)/%s", to, from, from)
                                            : snprintf(text + used, CELL_BYTES - used, "|%s-%s", to, from));
    }
    if (used < CELL_BYTES) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: pivot: the values of \"by\" make a name that begins \"%.60s\" and is longer than %d bytes; "
                    "shorter values were expected",
                    p->rows->where, text, CELL_BYTES - 1);
}

static double value_of(const rml_pivoting *p, const double *x, const int64_t *at, rml_pivot_counts *counts)
{
    double from, to;

    if (!p->pivot->from) return at[0] < 0 ? NAN : x[at[0]];
    if (at[0] < 0 || at[1] < 0) return NAN;
    from = x[at[0]];
    to = x[at[1]];
    if (!p->pivot->relative || isnan(from) || isnan(to)) return to - from;
    if (fabs(from) <= NEGLIGIBLE * fabs(to)) {
        ++counts->n_negligible;
        return NAN;
    }
    return (to - from) / from;
}

static void count_without(const rml_pivoting *p, rml_pivot_counts *counts)
{
    for (int64_t g = 0; g < p->n_groups; ++g)
        for (int64_t c = 0; c < p->n_cells; ++c) {
            bool without = false;

            for (int32_t s = 0; s < p->n_sides; ++s) without |= *place_of(p, g, c, s) < 0;
            counts->n_without += without;
        }
}

static rml_status make_features(const rml_pivoting *p, rml_frame *frame, rml_pivot_counts *counts, rml_error *err)
{
    const int64_t n_old = frame->n_features, n = n_old * p->n_cells;
    double *x = NULL;
    const char **feature = NULL;
    char *made = NULL, *to, cell[CELL_BYTES];
    size_t n_bytes = 1;
    rml_status status = RML_OK;

    if (n > INT32_MAX) return rml_fail(err, RML_ESETTING, "%s: pivot makes too many features", p->rows->where);
    for (int64_t c = 0; c < p->n_cells; ++c) {
        status = name_cell(p, c, cell, err);
        if (status != RML_OK) return status;
        for (int64_t j = 0; j < n_old; ++j) n_bytes += strlen(frame->feature[j]) + strlen(cell) + 1;
    }
    x = malloc(((size_t)n * (size_t)p->n_groups + 1) * sizeof *x);
    feature = malloc(((size_t)n + 1) * sizeof *feature);
    to = made = malloc(n_bytes);
    if (!x || !feature || !made) {
        free(x);
        free(feature);
        free(made);
        return no_memory(p, err);
    }
    for (int64_t c = 0; c < p->n_cells; ++c) {
        (void)name_cell(p, c, cell, err); /* fits, as above */
        for (int64_t j = 0; j < n_old; ++j) {
            const int64_t k = c * n_old + j;

            feature[k] = to;
            to = stpcpy(stpcpy(to, frame->feature[j]), cell) + 1;
            for (int64_t g = 0; g < p->n_groups; ++g)
                x[k * p->n_groups + g] = value_of(p, frame->x + j * frame->n_rows, place_of(p, g, c, 0), counts);
        }
    }
    count_without(p, counts);
    free(frame->x);
    free(frame->feature);
    frame->x = x;
    frame->feature = feature;
    frame->n_features = (int32_t)n;
    frame->made = made;
    frame->row = p->first;
    frame->n_rows = p->n_groups;
    return RML_OK;
}

rml_status rml_pivot_frame(const rml_pivot *pivot, const rml_pivot_rows *rows, rml_frame *frame,
                           rml_pivot_counts *counts, rml_error *err)
{
    rml_pivoting p = {.pivot = pivot, .rows = rows, .frame = frame};
    rml_status status;

    assert(pivot->n_by > 0);
    status = encode_by(&p, err);
    *counts = (rml_pivot_counts){0};
    if (status == RML_OK) status = find_sides(&p, err);
    if (status == RML_OK) status = make_groups(&p, err);
    if (status == RML_OK) status = check_same(&p, err);
    if (status == RML_OK) status = make_cells(&p, err);
    if (status == RML_OK) status = make_features(&p, frame, counts, err);
    if (status == RML_OK) p.first = NULL; /* the frame's now */
    for (int32_t b = 0; p.by && b < pivot->n_by; ++b) rml_build_codes_free(&p.by[b]);
    free(p.by);
    free(p.cell);
    free(p.group);
    free(p.first);
    free(p.at);
    return status;
}
