/* Seconds of a clock. */
#ifndef RML_ENGINE_CLOCK_H
#define RML_ENGINE_CLOCK_H

#include <time.h>

static inline double rml_seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of one that nobody sets. */
static inline double rml_seconds(void)
{
    return rml_seconds_of(CLOCK_MONOTONIC);
}

#endif
