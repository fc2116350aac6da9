/* What a control is given of the table; no study can name these.
 *
 * 1. A run of columns
 * 2. The columns that batches shift */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"

/* 1. A run of columns ---------------------------------------------------------------------------------------------- */

static const rml_param columns_params[] = {
    {"first", RML_PARAM_WHOLE, NAN, 0, INT32_MAX, NULL, "place of the first column"},
    {"n", RML_PARAM_WHOLE, 1, 1, INT32_MAX, NULL, "how many"},
};
enum { COLUMNS_FIRST, COLUMNS_N };

static rml_status columns_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    const int32_t first = (int32_t)param[COLUMNS_FIRST], n = (int32_t)param[COLUMNS_N];
    rml_status status;

    (void)seed, (void)shared, (void)err;
    if (first < 0 || n < 1 || n > train->x.n_columns || first > train->x.n_columns - n) return RML_EINVAL;
    rml_fitted_init(fitted, "columns", train->x.n_columns, n);
    status = rml_fitted_keep(fitted, NULL);
    for (int32_t k = 0; status == RML_OK && k < n; ++k) fitted->kept[k] = first + k;
    return status;
}

const rml_kind rml_kind_columns = {.name = "columns",
                                   .role = RML_ROLE_PREPARE,
                                   .help = "keeps a run of columns",
                                   .param = columns_params,
                                   .n_params = RML_COUNT(columns_params),
                                   .for_class = true,
                                   .for_classes = true,
                                   .for_value = true,
                                   .fit = columns_fit};

/* 2. The columns that batches shift -------------------------------------------------------------------------------- */

static rml_status shifted_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    const int32_t n = train->x.n_columns;
    bool *keep = malloc((size_t)n + 1);
    rml_status status = RML_ENOMEM;

    (void)param, (void)seed, (void)shared, (void)err;
    for (int32_t j = 0; keep && j < n; ++j) keep[j] = !train->fixed || !train->fixed[j];
    if (keep) status = rml_keep_marked(fitted, "shifted", n, keep);
    free(keep);
    return status;
}

const rml_kind rml_kind_shifted = {.name = "shifted",
                                   .role = RML_ROLE_PREPARE,
                                   .help = "keeps the columns that are not fixed",
                                   .for_class = true,
                                   .for_classes = true,
                                   .for_value = true,
                                   .fit = shifted_fit};
