#include "kernels/survival/surv_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEARLY_EQUAL 0x1p-26 /* sqrt of 2^-52 */

typedef struct item {
    double time;
    int64_t row;
    int32_t stratum;
    uint8_t event;
} item;

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One order, whatever the sort: rows break the last ties. */
static int in_order(const void *a, const void *b)
{
    const item *x = a, *y = b;

    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->time != y->time) return x->time > y->time ? -1 : 1;
    if (x->event != y->event) return x->event < y->event ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Distinct times upwards, then chains of near neighbours taken to their smallest. Returns how many are left. */
static int64_t distinct_times(const double *time, int64_t n, double *distinct)
{
    int64_t n_distinct = 0, n_left = 0;
    double mean = 0.0, last = 0.0;

    memcpy(distinct, time, (size_t)n * sizeof *distinct);
    qsort(distinct, (size_t)n, sizeof *distinct, upwards);
    for (int64_t i = 0; i < n; ++i)
        if (i == 0 || distinct[i] != distinct[n_distinct - 1]) distinct[n_distinct++] = distinct[i];
    for (int64_t i = 0; i < n_distinct; ++i) mean += distinct[i] / (double)n_distinct;
    for (int64_t i = 0; i < n_distinct; ++i) {
        const double value = distinct[i];

        if (i == 0 || value - last > NEARLY_EQUAL * mean) distinct[n_left++] = value;
        last = value;
    }
    return n_left;
}

/* The largest of the distinct times that is not above. */
static double standing_for(const double *distinct, int64_t n, double time)
{
    int64_t low = 0, high = n;

    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;

        if (distinct[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return distinct[low];
}

static rml_status lay_out(rml_surv *surv, int64_t n)
{
    const size_t rows = (size_t)n;
    const size_t bytes = rows * (sizeof *surv->row + sizeof *surv->time + sizeof *surv->moment +
                                 sizeof *surv->stratum_first + sizeof *surv->stratum_label + sizeof *surv->event) +
                         sizeof *surv->stratum_first;

    surv->memory = calloc(bytes, 1);
    if (!surv->memory) return RML_ENOMEM;
    surv->moment = surv->memory;
    surv->row = (int64_t *)(surv->moment + rows);
    surv->time = (double *)(surv->row + rows);
    surv->stratum_first = (int64_t *)(surv->time + rows);
    surv->stratum_label = (int32_t *)(surv->stratum_first + rows + 1);
    surv->event = (uint8_t *)(surv->stratum_label + rows);
    surv->n_rows = n;
    return RML_OK;
}

static void find_strata(rml_surv *surv, const item *items)
{
    for (int64_t i = 0; i < surv->n_rows; ++i)
        if (i == 0 || items[i].stratum != items[i - 1].stratum) {
            surv->stratum_first[surv->n_strata] = i;
            surv->stratum_label[surv->n_strata++] = items[i].stratum;
        }
    surv->stratum_first[surv->n_strata] = surv->n_rows;
}

static void find_moments(rml_surv *surv)
{
    for (int32_t s = 0; s < surv->n_strata; ++s) {
        const int64_t first = surv->stratum_first[s], end = surv->stratum_first[s + 1];
        int64_t start = first;

        for (int64_t i = first; i < end; ++i) {
            rml_surv_moment *moment = surv->moment + surv->n_moments;
            int64_t after = i;

            if (!surv->event[i]) continue;
            while (after < end && surv->time[after] == surv->time[i]) ++after; /* events are the last of their time */
            *moment = (rml_surv_moment){first, start, i, after, surv->time[i]};
            ++surv->n_moments;
            surv->n_events += after - i;
            start = after;
            i = after - 1;
        }
    }
}

rml_status rml_surv_init(const double *time, const uint8_t *event, const int32_t *stratum, int64_t n, rml_surv *surv)
{
    rml_status status = RML_OK;
    double *distinct = NULL;
    item *items = NULL;
    int64_t n_distinct;

    *surv = (rml_surv){0};
    if (n < 1) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i)
        if (!isfinite(time[i]) || time[i] < 0.0 || event[i] > 1) return RML_EVALUE;
    distinct = malloc((size_t)n * sizeof *distinct);
    items = malloc((size_t)n * sizeof *items);
    status = distinct && items ? lay_out(surv, n) : RML_ENOMEM;
    if (status != RML_OK) goto done;
    n_distinct = distinct_times(time, n, distinct);
    for (int64_t i = 0; i < n; ++i)
        items[i] = (item){standing_for(distinct, n_distinct, time[i]), i, stratum ? stratum[i] : 0, event[i]};
    qsort(items, (size_t)n, sizeof *items, in_order);
    for (int64_t i = 0; i < n; ++i) {
        surv->row[i] = items[i].row;
        surv->time[i] = items[i].time;
        surv->event[i] = items[i].event;
    }
    find_strata(surv, items);
    find_moments(surv);
done:
    free(distinct);
    free(items);
    return status;
}

void rml_surv_free(rml_surv *surv)
{
    if (!surv) return;
    free(surv->memory);
    *surv = (rml_surv){0};
}
