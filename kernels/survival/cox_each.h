/* One Cox model a column over a wide table. Rows are sorted once, for all columns, and each fit goes on along one
 * running sum: some hundred times as quick as R's coxph. */
#ifndef RML_SURVIVAL_COX_EACH_H
#define RML_SURVIVAL_COX_EACH_H

#include "kernels/base/columns.h"
#include "kernels/survival/cox.h"

/* [n_columns]; any of them may be NULL but status. */
typedef struct rml_cox_each {
    double *coefficient, *se, *z, *p; /* Wald */
    double *loglik_null, *loglik, *lrt, *lrt_p, *score, *score_p;
    int64_t *n_rows, *n_events; /* of the rows where the column has a value */
    rml_cox_end *end;
    rml_status *status;
} rml_cox_each;

/* time, event, stratum  in  as of rml_surv_init, for all n_rows of columns
 * offset                in  [n_rows] finite, added to every model's log hazard, or NULL
 * columns               in  NaN is a missing value: the column's fit is of the rows that have one
 * status                out per column: RML_OK; RML_EVALUE an infinite value (all NaN), or as of rml_cox_fit;
 *                       RML_EEMPTY no event among its rows, or nothing that varies in the risk sets
 *
 * What a monotone or unfinished fit leaves NaN is as of rml_cox_fit; its coefficient says the direction alone.
 * The whole: as rml_surv_init, RML_EVALUE for the offset too. RML_EINVAL  n of another length, or a setting outside. */
RML_CHECKED rml_status rml_cox_fit_each(const double *time, const uint8_t *event, const int32_t *stratum,
                                        const double *offset, const rml_columns *columns,
                                        const rml_cox_settings *settings, const rml_cox_each *out);

#endif
