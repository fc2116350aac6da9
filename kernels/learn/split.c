/* 1. Memory
 * 2. Folds
 * 3. Groups, hold-outs, everybody
 * 4. Bootstraps */
#include "kernels/learn/split.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"

/* 1. Memory ------------------------------------------------------------------------------------------------------- */

void rml_splits_free(rml_splits *splits)
{
    if (!splits) return;
    free(splits->split);
    free(splits->memory);
    *splits = (rml_splits){0};
}

/* Room for n splits of at most `most` numbers each. */
static rml_status reserve(rml_splits *splits, int32_t n, int64_t most)
{
    *splits = (rml_splits){.n = n};
    splits->split = calloc((size_t)n + 1, sizeof *splits->split);
    splits->memory = malloc(((size_t)n * (size_t)most + 1) * sizeof *splits->memory);
    if (splits->split && splits->memory) return RML_OK;
    rml_splits_free(splits);
    return RML_ENOMEM;
}

/* Splits n patients by whether they are held out; both lists ascending. */
static void divide(rml_split *split, int32_t *memory, int32_t n, const int32_t *fold_of, int32_t held)
{
    split->train = memory;
    for (int32_t i = 0; i < n; ++i)
        if (fold_of[i] != held) split->train[split->n_train++] = i;
    split->test = memory + split->n_train;
    for (int32_t i = 0; i < n; ++i)
        if (fold_of[i] == held) split->test[split->n_test++] = i;
}

static int32_t n_classes(int32_t n, const int32_t *class)
{
    int32_t most = 0;

    for (int32_t i = 0; class && i < n; ++i)
        if (class[i] > most) most = class[i];
    return most + 1;
}

/* 2. Folds -------------------------------------------------------------------------------------------------------- */

typedef struct rml_card {
    uint64_t key;
    int32_t class, patient;
} rml_card;

static int by_class_and_key(const void *a, const void *b)
{
    const rml_card *x = a, *y = b;

    if (x->class != y->class) return x->class < y->class ? -1 : 1;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->patient > y->patient) - (x->patient < y->patient);
}

/* A draw for a patient: a function of who it is. */
static uint64_t draw_of(uint64_t seed, uint64_t stream, uint64_t key)
{
    return rml_rng_bits(seed, stream, key);
}

/* Cards sorted by class, then drawn order, dealt round: class after class, so that sizes differ by one at most and each
 * class is spread as evenly as can be. */
static void deal(int32_t n, const int32_t *class, const uint64_t *key, int32_t k, uint64_t seed, uint64_t stream,
                 rml_card *cards, int32_t *fold_of)
{
    for (int32_t i = 0; i < n; ++i)
        cards[i] = (rml_card){.key = draw_of(seed, stream, key[i]), .class = class ? class[i] : 0, .patient = i};
    qsort(cards, (size_t)n, sizeof *cards, by_class_and_key);
    for (int32_t c = 0; c < n; ++c) fold_of[cards[c].patient] = c % k;
}

/* scikit-learn's StratifiedKFold without shuffle: classes are numbered by first appearance; sorted, each k-th patient
 * from f on is of fold f's allocation; a class's patients then take the folds in their order. */
static rml_status allot(int32_t n, const int32_t *class, int32_t k, int32_t *fold_of)
{
    const int32_t n_codes = n_classes(n, class);
    int32_t *number = malloc(((size_t)n_codes * (2 + (size_t)k) + (size_t)n + 1) * sizeof *number), n_seen = 0;
    int32_t *count, *sorted, *quota;

    if (!number) return RML_ENOMEM;
    count = number + n_codes;
    quota = count + n_codes; /* [class][fold] */
    sorted = quota + (int64_t)n_codes * k;
    for (int32_t c = 0; c < n_codes; ++c) number[c] = -1, count[c] = 0;
    memset(quota, 0, (size_t)n_codes * (size_t)k * sizeof *quota);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t code = class ? class[i] : 0;

        if (number[code] < 0) number[code] = n_seen++;
        ++count[number[code]];
    }
    for (int32_t c = 0, at = 0; c < n_seen; ++c)
        for (int32_t i = 0; i < count[c]; ++i) sorted[at++] = c;
    for (int32_t i = 0; i < n; ++i) ++quota[(int64_t)sorted[i] * k + i % k];
    for (int32_t i = 0; i < n; ++i) {
        int32_t *left = quota + (int64_t)number[class ? class[i] : 0] * k, f = 0;

        while (left[f] == 0) ++f;
        --left[f];
        fold_of[i] = f;
    }
    free(number);
    return RML_OK;
}

static void block(int32_t n, int32_t k, int32_t *fold_of)
{
    for (int32_t f = 0, i = 0; f < k; ++f)
        for (int32_t left = n / k + (f < n % k); left > 0; --left) fold_of[i++] = f;
}

static rml_status check_classes(int32_t n, const int32_t *class, int32_t k, int32_t *rare)
{
    const int32_t n_codes = n_classes(n, class);
    int32_t *count = calloc((size_t)n_codes, sizeof *count);
    rml_status status = RML_OK;

    if (!count) return RML_ENOMEM;
    for (int32_t i = 0; i < n; ++i) ++count[class[i]];
    for (int32_t c = n_codes - 1; c >= 0; --c)
        if (count[c] > 0 && count[c] < k) {
            if (rare) *rare = c;
            status = RML_EVALUE;
        }
    free(count);
    return status;
}

rml_status rml_split_kfold(int32_t n, const int32_t *class, const uint64_t *key, int32_t k, int32_t repeats,
                           uint64_t seed, uint64_t stream, rml_splits *splits, int32_t *rare)
{
    rml_card *cards = NULL;
    int32_t *fold_of = NULL;
    rml_status status = RML_OK;

    *splits = (rml_splits){0};
    if (k < 2 || k > n || repeats < 1 || (!key && repeats > 1)) return RML_EINVAL;
    if (class) status = check_classes(n, class, k, rare);
    if (status != RML_OK) return status;
    cards = calloc((size_t)n, sizeof *cards);
    fold_of = calloc((size_t)n, sizeof *fold_of);
    status = cards && fold_of ? reserve(splits, repeats * k, n) : RML_ENOMEM;
    for (int32_t r = 0; status == RML_OK && r < repeats; ++r) {
        if (key)
            deal(n, class, key, k, seed, stream + (uint64_t)r, cards, fold_of);
        else if (class)
            status = allot(n, class, k, fold_of);
        else
            block(n, k, fold_of);
        for (int32_t f = 0; status == RML_OK && f < k; ++f) {
            rml_split *split = &splits->split[r * k + f];

            *split = (rml_split){.repeat = r, .fold = f};
            divide(split, splits->memory + (int64_t)(r * k + f) * n, n, fold_of, f);
        }
    }
    free(cards);
    free(fold_of);
    if (status != RML_OK) rml_splits_free(splits);
    return status;
}

/* 3. Groups, hold-outs, everybody --------------------------------------------------------------------------------- */

rml_status rml_split_groups(int32_t n, const int32_t *group, int32_t n_groups, rml_splits *splits)
{
    rml_status status = reserve(splits, n_groups, n);

    for (int32_t g = 0; status == RML_OK && g < n_groups; ++g) {
        rml_split *split = &splits->split[g];

        split->fold = g;
        divide(split, splits->memory + (int64_t)g * n, n, group, g);
        if (split->n_train == 0 || split->n_test == 0) status = RML_EVALUE;
    }
    if (status != RML_OK) rml_splits_free(splits);
    return status;
}

rml_status rml_split_all(int32_t n, rml_splits *splits)
{
    const rml_status status = reserve(splits, 1, n);

    if (status != RML_OK) return status;
    splits->split[0].train = splits->memory;
    splits->split[0].test = splits->memory + n;
    for (int32_t i = 0; i < n; ++i) splits->memory[i] = i;
    splits->split[0].n_train = n;
    return RML_OK;
}

/* 4. Bootstraps --------------------------------------------------------------------------------------------------- */

/* Draws as many patients of each class as there are, by place in the cards' order: sorted by class and by who they are,
 * so that the order of the patients does not matter. drawn: [n] how often each was drawn. */
static void draw(int32_t n, const rml_card *cards, uint64_t seed, uint64_t stream, int32_t *drawn)
{
    memset(drawn, 0, (size_t)n * sizeof *drawn);
    for (int32_t first = 0; first < n;) {
        int32_t end = first;

        while (end < n && cards[end].class == cards[first].class) ++end;
        for (int32_t d = first; d < end; ++d) {
            const double u = rml_rng_uniform(seed, stream, (uint64_t)d);

            ++drawn[cards[first + (int32_t)(u * (end - first))].patient];
        }
        first = end;
    }
}

/* Every class that is drawn from has someone left out too. */
static bool serves(int32_t n, const rml_card *cards, const int32_t *drawn)
{
    for (int32_t first = 0; first < n;) {
        int32_t end = first, n_out = 0;

        for (; end < n && cards[end].class == cards[first].class; ++end) n_out += drawn[cards[end].patient] == 0;
        if (n_out == 0) return false;
        first = end;
    }
    return n > 0;
}

rml_status rml_split_bootstrap(int32_t n, const int32_t *class, const uint64_t *key, int32_t n_draws, uint64_t seed,
                               uint64_t stream, rml_splits *splits)
{
    enum { TRIES = 100 };
    rml_card *cards = malloc(((size_t)n + 1) * sizeof *cards);
    int32_t *drawn = malloc(((size_t)n + 1) * sizeof *drawn);
    rml_status status = cards && drawn ? reserve(splits, n_draws, 2 * (int64_t)n) : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < n; ++i)
        cards[i] = (rml_card){.key = key ? key[i] : (uint64_t)i, .class = class ? class[i] : 0, .patient = i};
    if (status == RML_OK) qsort(cards, (size_t)n, sizeof *cards, by_class_and_key);
    for (int32_t b = 0; status == RML_OK && b < n_draws; ++b) {
        rml_split *split = &splits->split[b];
        int32_t tries = 0;

        do {
            draw(n, cards, seed, stream + (uint64_t)b * TRIES + (uint64_t)tries, drawn);
        } while (!serves(n, cards, drawn) && ++tries < TRIES);
        if (tries == TRIES) status = RML_EVALUE;
        *split = (rml_split){.repeat = b, .train = splits->memory + (int64_t)b * 2 * n};
        for (int32_t i = 0; i < n; ++i)
            for (int32_t copy = 0; copy < drawn[i]; ++copy) split->train[split->n_train++] = i;
        split->test = split->train + n;
        for (int32_t i = 0; i < n; ++i)
            if (drawn[i] == 0) split->test[split->n_test++] = i;
    }
    free(cards);
    free(drawn);
    if (status != RML_OK) rml_splits_free(splits);
    return status;
}
