#include "kernels/learn/chains.h"

#include <stdlib.h>
#include <string.h>

typedef struct rml_walk {
    const rml_chains *chains;
    rml_error *why;
    rml_fitted *path; /* steps fitted on the way to where the walk is; room for the longest chain */
} rml_walk;

static bool same_step(const rml_step *a, const rml_step *b)
{
    return a->kind == b->kind && memcmp(a->param, b->param, (size_t)a->kind->n_params * sizeof *a->param) == 0;
}

static const rml_chain *chain_of(const rml_walk *w, int32_t c)
{
    return w->chains->chain[c];
}

static void fail_all(const rml_walk *w, const int32_t *who, int32_t n, const rml_error *why)
{
    for (int32_t i = 0; i < n; ++i) w->why[who[i]] = *why;
}

/* Puts the chains that take the same step as the first in front, each part in its order. scratch: [n] */
static int32_t gather_alike(const rml_walk *w, int32_t depth, int32_t *who, int32_t n, int32_t *scratch)
{
    const rml_step *step = &chain_of(w, who[0])->step[depth];
    int32_t n_alike = 0, n_others = 0;

    for (int32_t i = 0; i < n; ++i) {
        const int32_t c = who[i];

        if (same_step(step, &chain_of(w, c)->step[depth]))
            who[n_alike++] = c;
        else
            scratch[n_others++] = c;
    }
    memcpy(who + n_alike, scratch, (size_t)n_others * sizeof *who);
    return n_alike;
}

static void walk(const rml_walk *w, int32_t depth, int32_t *who, int32_t n, int32_t *scratch, rml_sample *train,
                 rml_sample *test);

/* One step of chains that share it, and what is behind it. Uses up train and test. */
static void branch(const rml_walk *w, int32_t depth, int32_t *who, int32_t n, int32_t *scratch, rml_sample *train,
                   rml_sample *test)
{
    const rml_step *step = &chain_of(w, who[0])->step[depth];
    rml_error why = {0};
    rml_status status = RML_OK;

    w->path[depth] = (rml_fitted){0};
    if (w->chains->cancel && *w->chains->cancel) status = rml_fail(&why, RML_ESTOPPED, "cancelled");
    if (status == RML_OK) status = rml_step_fit(step, train, w->chains->seed + (uint64_t)depth, &w->path[depth], &why);
    if (status == RML_OK) status = rml_step_apply(step, &w->path[depth], test, &why);
    if (status == RML_OK)
        walk(w, depth + 1, who, n, scratch, train, test);
    else
        fail_all(w, who, n, &why);
    rml_fitted_free(&w->path[depth]);
}

/* All chains whose first `depth` steps are those of the path. */
static void walk(const rml_walk *w, int32_t depth, int32_t *who, int32_t n, int32_t *scratch, rml_sample *train,
                 rml_sample *test)
{
    int32_t n_left = 0;

    for (int32_t i = 0; i < n; ++i) {
        const int32_t c = who[i];

        if (chain_of(w, c)->n > depth)
            who[n_left++] = c;
        else
            w->chains->fitted(w->chains->context, c, train, test, w->path, &w->why[c]);
    }
    while (n_left > 0) {
        const int32_t n_alike = gather_alike(w, depth, who, n_left, scratch);

        if (n_alike == n_left) { /* the last ones need no copy */
            branch(w, depth, who, n_alike, scratch, train, test);
        } else {
            rml_sample own_train = {0}, own_test = {0};
            rml_error why = {0};

            if (rml_sample_copy(train, &own_train) == RML_OK && rml_sample_copy(test, &own_test) == RML_OK)
                branch(w, depth, who, n_alike, scratch, &own_train, &own_test);
            else {
                rml_fail(&why, RML_ENOMEM, "no memory for %d patients", train->n_patients + test->n_patients);
                fail_all(w, who, n_alike, &why);
            }
            rml_sample_free(&own_train);
            rml_sample_free(&own_test);
        }
        who += n_alike;
        n_left -= n_alike;
    }
}

void rml_chains_fit(const rml_chains *chains, rml_sample *train, rml_sample *test, rml_error *why)
{
    int32_t *who = malloc(2 * (size_t)chains->n * sizeof *who + 1), n = 0, longest = 0;
    rml_walk w = {chains, why, NULL};

    for (int32_t c = 0; c < chains->n; ++c)
        if (chains->chain[c]->n > longest) longest = chains->chain[c]->n;
    w.path = calloc((size_t)longest + 1, sizeof *w.path);
    for (int32_t c = 0; c < chains->n; ++c) {
        if (why[c].status != RML_OK) continue;
        if (!who || !w.path)
            rml_fail(&why[c], RML_ENOMEM, "no memory for %d steps", chains->chain[c]->n);
        else
            who[n++] = c;
    }
    if (n > 0) walk(&w, 0, who, n, who + chains->n, train, test);
    free(w.path);
    free(who);
}
