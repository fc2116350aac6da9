#include "kernels/stats/multiclass.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/roc.h"

static rml_status check_codes(const int32_t *y, int64_t n, int32_t n_classes)
{
    for (int64_t i = 0; i < n; ++i)
        if (y[i] < 0 || y[i] >= n_classes) return RML_EVALUE;
    return n > 0 ? RML_OK : RML_EEMPTY;
}

rml_status rml_multiclass_auc(const double *p, const int32_t *y, int64_t n, int32_t n_classes, double *by_class,
                              double *auc)
{
    rml_status status = n_classes < 2 ? RML_EINVAL : check_codes(y, n, n_classes);
    double sum = 0.0;
    uint8_t *own;

    *auc = NAN;
    for (int32_t c = 0; by_class && c < n_classes; ++c) by_class[c] = NAN;
    if (status != RML_OK) return status;
    own = malloc((size_t)n);
    if (!own) return RML_ENOMEM;
    for (int32_t c = 0; c < n_classes; ++c) {
        double area;
        rml_status of_class;

        for (int64_t i = 0; i < n; ++i) own[i] = y[i] == c;
        of_class = rml_roc_auc(p + (int64_t)c * n, own, n, &area);
        if (by_class) by_class[c] = area;
        sum += area;
        if (of_class == RML_EEMPTY) {
            status = RML_EEMPTY; /* the other classes have their AUC still */
        } else if (of_class != RML_OK) {
            status = of_class;
            break;
        }
    }
    if (status == RML_OK) *auc = sum / n_classes;
    free(own);
    return status;
}

rml_status rml_multiclass_log_loss(const double *p, const int32_t *y, int64_t n, int32_t n_classes, double *loss)
{
    const double least = 0x1p-52;
    const rml_status status = n_classes < 2 ? RML_EINVAL : check_codes(y, n, n_classes);
    double sum = 0.0;

    *loss = NAN;
    if (status != RML_OK) return status;
    for (int64_t k = 0; k < n * n_classes; ++k)
        if (!(p[k] >= 0.0 && p[k] <= 1.0)) return RML_EVALUE;
    for (int64_t i = 0; i < n; ++i) sum -= log(fmin(fmax(p[y[i] * n + i], least), 1.0 - least));
    *loss = sum / (double)n;
    return RML_OK;
}

rml_status rml_multiclass_balanced_accuracy(const int32_t *predicted, const int32_t *y, int64_t n, int32_t n_classes,
                                            double *recall, double *accuracy)
{
    rml_status status = n_classes < 1 ? RML_EINVAL : check_codes(y, n, n_classes);
    int32_t n_present = 0;
    int64_t *count;
    double sum = 0.0;

    *accuracy = NAN;
    for (int32_t c = 0; recall && c < n_classes; ++c) recall[c] = NAN;
    if (status == RML_OK) status = check_codes(predicted, n, n_classes);
    if (status != RML_OK) return status;
    count = calloc(2 * (size_t)n_classes, sizeof *count); /* rows, and those predicted right */
    if (!count) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) {
        ++count[y[i]];
        count[n_classes + y[i]] += predicted[i] == y[i];
    }
    for (int32_t c = 0; c < n_classes; ++c) {
        const double share = (double)count[n_classes + c] / (double)count[c];

        if (recall) recall[c] = share; /* 0 / 0: NaN */
        if (count[c] == 0) continue;
        sum += share;
        ++n_present;
    }
    *accuracy = sum / n_present;
    free(count);
    return RML_OK;
}
