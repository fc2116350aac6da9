/* Several chains on the same rows: what they begin with alike is fitted and applied once. They form a tree, each step a
 * branch that all chains take whose steps so far are of the same kinds with the same settings; a fit knows nothing of
 * the steps behind it, so the numbers are those of every chain fitted on its own. */
#ifndef RML_LEARN_CHAINS_H
#define RML_LEARN_CHAINS_H

#include "kernels/learn/chain.h"

typedef struct rml_chains {
    int32_t n;
    const rml_chain *const *chain; /* [n] */
    uint64_t seed;                 /* as rml_chain_fit's */
    /* The chain is fitted: its rows behind the last step, and its steps, which are lent until it returns. What is in
     * its way it writes to why. */
    void (*fitted)(void *context, int32_t chain, const rml_sample *train, const rml_sample *test,
                   const rml_fitted *step, rml_error *why);
    void *context;
    const volatile bool *cancel; /* looked at between steps; NULL allowed */
} rml_chains;

/* Fits the chains to train, applies them to test, and calls fitted once for each that comes through, in no order that
 * a caller may count on.
 *
 * train, test  used up
 * why          in/out [n]: a chain that has failed already (status other than RML_OK) is left out; one that fails here
 *              gets its reason, the same as rml_chain_fit's and rml_chain_apply's, and the others go on. RML_ESTOPPED:
 *              cancelled
 *
 * Memory: beside train and test a copy of both for every step at which chains part, at the most one less than there
 * are chains and no more than the longest has steps. */
void rml_chains_fit(const rml_chains *chains, rml_sample *train, rml_sample *test, rml_error *why);

#endif
