#include "benchmarks/stopwatch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void rml_stopwatch_start(rml_stopwatch *watch)
{
    watch->started = now();
}

void rml_stopwatch_stop(rml_stopwatch *watch)
{
    const double stopped = now();

    assert(watch->n < RML_STOPWATCH_RUNS);
    watch->seconds[watch->n++] = stopped - watch->started;
}

void rml_stopwatch_print(rml_stopwatch *watch, const char *name)
{
    const int n = watch->n;
    double median;

    assert(n > 0);
    qsort(watch->seconds, (size_t)n, sizeof *watch->seconds, compare);
    median = 0.5 * (watch->seconds[(n - 1) / 2] + watch->seconds[n / 2]);
    printf("%s %.9f %.9f\n", name, watch->seconds[0], median);
}
