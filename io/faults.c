#include "io/faults.h"

#include <stdlib.h>
#include <string.h>

static rml_status pass_on(const rml_error *why, rml_error *err)
{
    if (err) *err = *why;
    return why->status;
}

rml_status rml_faults_add(rml_faults *faults, int64_t line, const rml_error *why, rml_error *err)
{
    int64_t at;

    if (!faults || why->status == RML_ENOMEM) return pass_on(why, err);
    if (!faults->kept) faults->kept = calloc(RML_FAULTS_MOST, sizeof *faults->kept);
    if (!faults->kept) return rml_fail(err, RML_ENOMEM, "no memory for what is wrong: %s", why->text);
    ++faults->n;
    for (at = faults->n_kept; at > 0 && faults->kept[at - 1].line > line;) --at;
    if (at == RML_FAULTS_MOST) return RML_OK;
    if (faults->n_kept < RML_FAULTS_MOST) ++faults->n_kept; /* else the last one makes room */
    memmove(&faults->kept[at + 1], &faults->kept[at], (size_t)(faults->n_kept - 1 - at) * sizeof *faults->kept);
    faults->kept[at] = (rml_fault){.line = line, .why = *why};
    return RML_OK;
}

rml_status rml_faults_end(rml_faults *faults, const char *path, rml_error *err)
{
    if (!faults || faults->n == 0) return RML_OK;
    if (faults->n > 1) return rml_fail(err, RML_ESETTING, "%s: %lld lines are wrong", path, (long long)faults->n);
    faults->n = faults->n_kept = 0;
    return pass_on(&faults->kept[0].why, err);
}

void rml_faults_free(rml_faults *faults)
{
    if (!faults) return;
    free(faults->kept);
    *faults = (rml_faults){0};
}
