#include "kernels/learn/chain.h"

static rml_status apply(const rml_step *step, const rml_fitted *fitted, rml_sample *rows, rml_error *err)
{
    if (rows->x.n_columns != fitted->n_in)
        return rml_fail(err, RML_EINVAL, "%s was fitted to %d columns and is given %d", step->kind->name, fitted->n_in,
                        rows->x.n_columns);
    if (step->kind->apply && fitted->n_in > 0) return step->kind->apply(fitted, step->param, rows, err);
    return rml_sample_keep(rows, fitted->kept, fitted->n_out);
}

/* The step's sentence with its name before it. */
static rml_status name_step(const rml_step *step, rml_status status, const rml_error *inner, rml_error *err)
{
    return rml_fail(err, status, "%s: %s", step->kind->name,
                    inner->status == status && inner->text[0] ? inner->text : rml_status_name(status));
}

rml_status rml_step_fit(const rml_step *step, rml_sample *train, uint64_t seed, rml_fitted *fitted, rml_error *err)
{
    rml_error inner = {0};
    rml_status status;

    if (train->x.n_columns == 0) { /* a selection before it kept nothing: nothing is what follows, too */
        rml_fitted_init(fitted, step->kind->name, 0, 0);
        status = rml_fitted_keep(fitted, NULL);
        return status == RML_OK ? RML_OK : name_step(step, status, &inner, err);
    }
    status = step->kind->fit(train, step->param, seed, NULL, fitted, &inner);
    if (status == RML_OK && fitted->n_out == 0 && step->kind->role == RML_ROLE_PREPARE)
        status = rml_fail(&inner, RML_EEMPTY, "no column is left");
    if (status == RML_OK) status = apply(step, fitted, train, &inner);
    return status == RML_OK ? RML_OK : name_step(step, status, &inner, err);
}

rml_status rml_step_apply(const rml_step *step, const rml_fitted *fitted, rml_sample *rows, rml_error *err)
{
    rml_error inner = {0};
    const rml_status status = apply(step, fitted, rows, &inner);

    return status == RML_OK ? RML_OK : name_step(step, status, &inner, err);
}

rml_status rml_chain_fit(const rml_chain *chain, rml_sample *train, uint64_t seed, rml_fitted *fitted, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t s = 0; s < chain->n; ++s) fitted[s] = (rml_fitted){0};
    for (int32_t s = 0; status == RML_OK && s < chain->n; ++s)
        status = rml_step_fit(&chain->step[s], train, seed + (uint64_t)s, &fitted[s], err);
    return status;
}

rml_status rml_chain_apply(const rml_chain *chain, const rml_fitted *fitted, rml_sample *rows, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t s = 0; status == RML_OK && s < chain->n; ++s)
        status = rml_step_apply(&chain->step[s], &fitted[s], rows, err);
    return status;
}

void rml_chain_fitted_free(const rml_chain *chain, rml_fitted *fitted)
{
    for (int32_t s = 0; fitted && s < chain->n; ++s) rml_fitted_free(&fitted[s]);
}

int32_t rml_chain_column(const rml_chain *chain, const rml_fitted *fitted, int32_t k)
{
    for (int32_t s = chain->n - 1; s >= 0 && k >= 0; --s) k = fitted[s].kept ? fitted[s].kept[k] : -1;
    return k;
}
