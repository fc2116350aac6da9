/* A number that no other process has and that nobody can foresee. No result may hang on it. */
#ifndef RML_ENGINE_NONCE_H
#define RML_ENGINE_NONCE_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <sys/random.h>

static inline uint64_t rml_nonce(void)
{
    uint64_t number;
    struct timespec now;

    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number) return number;
    clock_gettime(CLOCK_MONOTONIC, &now); /* a machine that has just been switched on: its own, if not unforeseen */
    return ((uint64_t)now.tv_sec << 40) ^ ((uint64_t)now.tv_nsec << 20) ^ (uint64_t)getpid();
}

#endif
