/* Steps one after the other, each fitted on what the one before made of the training rows. */
#ifndef RML_LEARN_CHAIN_H
#define RML_LEARN_CHAIN_H

#include "kernels/learn/kind.h"

typedef struct rml_step {
    const rml_kind *kind;
    double param[RML_KIND_PARAMS];
} rml_step;

typedef struct rml_chain {
    int32_t n;
    rml_step *step; /* [n] */
} rml_chain;

/* One step: fits it to train and applies it there; applies it to other rows. Statuses and sentences as below. */
RML_CHECKED rml_status rml_step_fit(const rml_step *step, rml_sample *train, uint64_t seed, rml_fitted *fitted,
                                    rml_error *err);
RML_CHECKED rml_status rml_step_apply(const rml_step *step, const rml_fitted *fitted, rml_sample *rows, rml_error *err);

/* Fits each step and applies it to train, whose x ends as the last step's output.
 *
 * seed    step s draws from a stream of its own
 * fitted  out  [chain->n]; filled up to the step that failed
 * The statuses and sentences are those of the steps, the step named; also RML_EEMPTY: a step of the preparation
 * kept no column. A selection that keeps none is a result: what follows it keeps none either, and a model is constant.
 */
RML_CHECKED rml_status rml_chain_fit(const rml_chain *chain, rml_sample *train, uint64_t seed, rml_fitted *fitted,
                                     rml_error *err);
/* Applies fitted steps to other rows. */
RML_CHECKED rml_status rml_chain_apply(const rml_chain *chain, const rml_fitted *fitted, rml_sample *rows,
                                       rml_error *err);
void rml_chain_fitted_free(const rml_chain *chain, rml_fitted *fitted); /* the objects, not the array */

/* Which of the chain's input columns its output column k is; -1 where a step made a new one. */
int32_t rml_chain_column(const rml_chain *chain, const rml_fitted *fitted, int32_t k);

#endif
