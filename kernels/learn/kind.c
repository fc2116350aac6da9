#include "kernels/learn/kind.h"

#include <string.h>

#include "kernels/learn/kinds.h"

static const rml_kind *const prepare[] = {&rml_kind_icc,    &rml_kind_clean, &rml_kind_impute, &rml_kind_redundancy,
                                          &rml_kind_combat, &rml_kind_scale, &rml_kind_pca};
static const rml_kind *const select[] = {&rml_kind_univariate, &rml_kind_mrmr, &rml_kind_rfe, &rml_kind_lasso};
static const rml_kind *const models[] = {&rml_kind_logistic, &rml_kind_svm_linear, &rml_kind_svm_rbf, &rml_kind_linear};

const rml_kind *const *rml_kinds(rml_role role, int32_t *n)
{
    switch (role) {
    case RML_ROLE_PREPARE: *n = RML_COUNT(prepare); return prepare;
    case RML_ROLE_SELECT: *n = RML_COUNT(select); return select;
    default: *n = RML_COUNT(models); return models;
    }
}

/* A selection may hold steps of the preparation too: scaling after mRMR, say. */
const rml_kind *rml_kind_find(const char *name, rml_role role)
{
    for (rml_role r = RML_ROLE_PREPARE; r <= role; ++r) {
        int32_t n;
        const rml_kind *const *kinds = rml_kinds(r, &n);

        if (role == RML_ROLE_MODEL && r != RML_ROLE_MODEL) continue;
        for (int32_t k = 0; k < n; ++k)
            if (strcmp(kinds[k]->name, name) == 0) return kinds[k];
    }
    return NULL;
}

int32_t rml_kind_param(const rml_kind *kind, const char *name)
{
    for (int32_t p = 0; p < kind->n_params; ++p)
        if (strcmp(kind->param[p].name, name) == 0) return p;
    return -1;
}
