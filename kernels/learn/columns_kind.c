/* What a control is given of the table; no study can name these.
 *
 * 1. Columns at equal distances
 * 2. The columns that batches shift */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"

/* 1. Columns at equal distances --------------------------------------------------------------------------------------
 */

static const rml_param columns_params[] = {
    {"first", RML_PARAM_WHOLE, NAN, 0, INT32_MAX, NULL, "place of the first column"},
    {"n", RML_PARAM_WHOLE, 1, 1, INT32_MAX, NULL, "how many"},
    {"step", RML_PARAM_WHOLE, 1, 1, INT32_MAX, NULL, "from one to the next"},
};
enum { COLUMNS_FIRST, COLUMNS_N, COLUMNS_STEP };

static rml_status columns_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    const int64_t first = (int64_t)param[COLUMNS_FIRST], n = (int64_t)param[COLUMNS_N];
    const int64_t step = (int64_t)param[COLUMNS_STEP];
    rml_status status;

    (void)seed, (void)shared, (void)err;
    if (first < 0 || n < 1 || step < 1 || first + (n - 1) * step >= train->x.n_columns) return RML_EINVAL;
    rml_fitted_init(fitted, "columns", train->x.n_columns, (int32_t)n);
    status = rml_fitted_keep(fitted, NULL);
    for (int32_t k = 0; status == RML_OK && k < n; ++k) fitted->kept[k] = (int32_t)(first + k * step);
    return status;
}

const rml_kind rml_kind_columns = {.name = "columns",
                                   .role = RML_ROLE_PREPARE,
                                   .help = "keeps columns at equal distances",
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
