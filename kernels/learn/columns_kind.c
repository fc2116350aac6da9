/* What a control is given of the table; no study can name these.
 *
 * 1. Marked columns
 * 2. The columns that batches shift */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"

/* 1. Marked columns ------------------------------------------------------------------------------------------------ */

static const rml_param columns_params[] = {
    {"marked", RML_PARAM_WHOLE, RML_MARK_FIXED, 1, 255, NULL, "rml_column_mark: columns with one of these bits"},
};
enum { COLUMNS_MARKED };

static rml_status keep_by_mark(const char *kind, const rml_sample *train, uint8_t bits, bool marked, rml_fitted *fitted)
{
    const int32_t n = train->x.n_columns;
    bool *keep = malloc((size_t)n + 1);
    rml_status status = RML_ENOMEM;

    for (int32_t j = 0; keep && j < n; ++j) keep[j] = (train->mark && (train->mark[j] & bits)) == marked;
    if (keep) status = rml_keep_marked(fitted, kind, n, keep);
    free(keep);
    return status;
}

static rml_status columns_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    (void)seed, (void)shared, (void)err;
    return keep_by_mark("columns", train, (uint8_t)param[COLUMNS_MARKED], true, fitted);
}

const rml_kind rml_kind_columns = {.name = "columns",
                                   .role = RML_ROLE_PREPARE,
                                   .help = "keeps marked columns",
                                   .param = columns_params,
                                   .n_params = RML_COUNT(columns_params),
                                   .for_class = true,
                                   .for_classes = true,
                                   .for_value = true,
                                   .for_time = true,
                                   .fit = columns_fit};

/* 2. The columns that batches shift -------------------------------------------------------------------------------- */

static rml_status shifted_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    (void)param, (void)seed, (void)shared, (void)err;
    return keep_by_mark("shifted", train, RML_MARK_FIXED, false, fitted);
}

const rml_kind rml_kind_shifted = {.name = "shifted",
                                   .role = RML_ROLE_PREPARE,
                                   .help = "keeps the columns that are not fixed",
                                   .for_class = true,
                                   .for_classes = true,
                                   .for_value = true,
                                   .for_time = true,
                                   .fit = shifted_fit};
