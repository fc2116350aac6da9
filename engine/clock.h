/* Seconds of a clock that nobody sets. */
#ifndef RML_ENGINE_CLOCK_H
#define RML_ENGINE_CLOCK_H

#include <time.h>

static inline double rml_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
