/* The trees of an XGBoost model, out of the bytes in which the library writes it. */
#ifndef RML_TREES_XGB_MODEL_H
#define RML_TREES_XGB_MODEL_H

#include "kernels/base/status.h"
#include "kernels/trees/trees.h"

/* bytes         in   [n_bytes] a "gbtree" model in Universal Binary JSON
 * trees         out  to be freed with rml_trees_free; one value a node, that of the leaves. The library sends a value
 * to the left below its threshold; the threshold here is the single-precision number before that one, to the left at
 * most this, as in every other tree. Nodes are numbered level by level missing_left  out  [trees->n_nodes] 1 where a
 * missing value goes left; malloc'ed
 *
 * RML_EFORMAT bytes that are not such a model; RML_ENOMEM, RML_ECAPACITY. Nothing to free on failure.
 * Source: XGBoost 1.7 "Introduction to Model IO"; ubjson.org, draft 12. */
RML_CHECKED rml_status rml_xgb_model_read(const char *bytes, int64_t n_bytes, rml_trees *trees, uint8_t **missing_left);

#endif
