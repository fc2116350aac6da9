#include "kernels/trees/presort.h"

#include <math.h>
#include <stdlib.h>

typedef struct card {
    double value;
    int32_t row;
} card;

static int by_value_and_row(const void *a, const void *b)
{
    const card *x = a, *y = b;

    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

rml_status rml_presort_check(const rml_columns *x)
{
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i)
            if (!isfinite(rml_column(x, j)[i])) return RML_EVALUE;
    return RML_OK;
}

rml_status rml_presort_init(rml_presort *presort, const rml_columns *x)
{
    const int64_t n = x->n_rows, n_cells = n * x->n_columns;
    card *cards = NULL;
    rml_status status;

    *presort = (rml_presort){.x = *x};
    if (n < 1 || x->n_columns < 1) return RML_EEMPTY;
    if (x->stride < n) return RML_EINVAL;
    if (n > INT32_MAX - 1) return RML_ECAPACITY;
    status = rml_presort_check(x);
    if (status != RML_OK) return status;
    presort->n = (int32_t)n;
    presort->order = malloc((size_t)n_cells * sizeof *presort->order);
    presort->rank = malloc((size_t)n_cells * sizeof *presort->rank);
    cards = malloc((size_t)n * sizeof *cards);
    if (!presort->order || !presort->rank || !cards) {
        free(cards);
        rml_presort_free(presort);
        return RML_ENOMEM;
    }
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *value = rml_column(x, j);
        int32_t *order = presort->order + j * n;
        uint32_t *rank = presort->rank + j * n, r = 0;

        for (int32_t i = 0; i < n; ++i) cards[i] = (card){value[i], i};
        qsort(cards, (size_t)n, sizeof *cards, by_value_and_row);
        for (int32_t i = 0; i < n; ++i) {
            r += i > 0 && cards[i].value != cards[i - 1].value;
            order[i] = cards[i].row;
            rank[cards[i].row] = r;
        }
    }
    free(cards);
    return RML_OK;
}

void rml_presort_free(rml_presort *presort)
{
    if (!presort) return;
    free(presort->order);
    free(presort->rank);
    presort->order = NULL;
    presort->rank = NULL;
}
