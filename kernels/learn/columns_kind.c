/* A run of columns and no others: what a control is given of the table. No study can name it. */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"

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
