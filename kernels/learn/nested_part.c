#include "kernels/learn/nested_part.h"

#include <stdlib.h>

#include "kernels/learn/chains.h"

bool rml_run_cancelled(const rml_run *run)
{
    return run->cancel && *run->cancel;
}

void rml_run_fail_all(const rml_run *run, const rml_error *why)
{
    for (int32_t c = 0; c < run->n_selects; ++c)
        if (run->why[c].status == RML_OK) run->why[c] = *why;
}

void rml_run_part(const rml_run *run, const rml_split *split, uint64_t seed,
                  void (*fitted)(void *part, int32_t select, const rml_sample *train, const rml_sample *test,
                                 const rml_fitted *step, rml_error *why),
                  rml_part *part)
{
    const rml_chains chains = {run->n_selects, run->chain, seed, fitted, part, run->cancel};
    rml_sample train = {0}, test = {0};
    rml_error err = {0};
    rml_status status = rml_sample_gather(run->data, split->train, split->n_train, true, &train);
    size_t n;

    part->run = run;
    part->split = split;
    if (status == RML_OK) status = rml_sample_gather(run->data, split->test, split->n_test, false, &test);
    if (status == RML_OK) {
        n = (size_t)(train.n_rows > test.n_rows ? train.n_rows : test.n_rows) + 1;
        part->decision = malloc(n * (size_t)run->n_scores * sizeof *part->decision);
        part->mean = malloc(n * (size_t)run->n_scores * sizeof *part->mean);
        part->truth = malloc(n * sizeof *part->truth);
        part->events = malloc(n);
        if (!part->decision || !part->mean || !part->truth || !part->events) status = RML_ENOMEM;
    }
    if (status == RML_OK)
        rml_chains_fit(&chains, &train, &test, run->why);
    else {
        rml_fail(&err, status, "no memory for %d patients", split->n_train + split->n_test);
        rml_run_fail_all(run, &err);
    }
    rml_sample_free(&train);
    rml_sample_free(&test);
    free(part->decision);
    free(part->mean);
    free(part->truth);
    free(part->events);
}

rml_status rml_part_decide(const rml_run *run, const rml_kind *kind, const double *param, const rml_fitted *fitted,
                           const rml_sample *sample, const rml_part *part, double *mean)
{
    rml_status status = RML_OK;

    if (sample->n_rows == 0) return RML_OK;
    status = rml_model_decide(kind, fitted, param, &sample->x, part->decision);
    for (int32_t s = 0; status == RML_OK && s < run->n_scores; ++s)
        rml_sample_patient_mean(sample, part->decision + (int64_t)s * sample->n_rows,
                                mean + (int64_t)s * sample->n_patients);
    return status;
}

const char *rml_part_reason(const rml_error *own, rml_status status, const rml_kind *kind, const rml_sample *train,
                            const rml_sample *test)
{
    if (own->text[0]) return own->text;
    if (status == RML_EVALUE && !kind->takes_missing && (rml_sample_missing(train) || rml_sample_missing(test)))
        return "a value is missing or infinite; an impute step before it was expected";
    return rml_status_name(status);
}
