#include "kernels/stats/benefit.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/rank.h"

rml_status rml_benefit_curve(const double *p, const uint8_t *y, int64_t n, const double *threshold,
                             int32_t n_thresholds, rml_benefit_point *points)
{
    rml_ranked *items = NULL;
    int64_t *positives = NULL; /* [n + 1] among the k highest */
    rml_status status = n > 0 ? RML_OK : RML_EEMPTY;
    double prevalence;

    for (int32_t k = 0; k < n_thresholds; ++k) {
        points[k] = (rml_benefit_point){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        if (!(threshold[k] >= 0.0 && threshold[k] < 1.0)) status = RML_EINVAL;
    }
    for (int64_t i = 0; i < n; ++i)
        if (!(p[i] >= 0.0 && p[i] <= 1.0)) status = RML_EVALUE;
    if (status != RML_OK) return status;
    items = malloc(2 * (size_t)n * sizeof *items);
    positives = malloc(((size_t)n + 1) * sizeof *positives);
    status = items && positives ? rml_rank_sort(p, n, items) : RML_ENOMEM;
    if (status != RML_OK) goto done;
    positives[0] = 0;
    for (int64_t k = 0; k < n; ++k) positives[k + 1] = positives[k] + (y[items[n - 1 - k].row] != 0);
    prevalence = (double)positives[n] / (double)n;
    for (int32_t k = 0; k < n_thresholds; ++k) {
        const double t = threshold[k], odds = t / (1.0 - t);
        rml_benefit_point *point = &points[k];
        int64_t low = 0, high = n; /* the first row in order that is not below t */

        while (low < high) {
            const int64_t middle = low + (high - low) / 2;

            if (items[middle].value < t)
                low = middle + 1;
            else
                high = middle;
        }
        point->threshold = t;
        point->tp_rate = (double)positives[n - low] / (double)n;
        point->fp_rate = (double)(n - low - positives[n - low]) / (double)n;
        point->net_benefit = point->tp_rate - point->fp_rate * odds;
        point->treat_all = prevalence - (1.0 - prevalence) * odds;
        point->standardised = prevalence > 0.0 ? point->net_benefit / prevalence : NAN;
        point->avoided = t > 0.0 ? (point->net_benefit - point->treat_all) / odds : NAN;
    }
done:
    free(items);
    free(positives);
    return status;
}
