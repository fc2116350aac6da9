/* What the benchmarks' small programs do alike: they end with a sentence where anything fails. */
#ifndef RML_BENCHMARKS_BASICS_H
#define RML_BENCHMARKS_BASICS_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn static inline void die(const char *why)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, why);
    exit(1);
}

/* Zeros. */
static inline void *take(int64_t n, size_t size)
{
    void *memory = calloc((size_t)n + 1, size);

    if (!memory) die("no memory");
    return memory;
}

static inline int64_t whole(const char *text, int64_t most)
{
    char *end;
    const long long value = strtoll(text, &end, 10);

    if (*end || value < 1 || value > most) die("a number is out of its range");
    return value;
}

static inline FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (!file) die("a file cannot be opened");
    return file;
}

static inline void close_file(FILE *file)
{
    if (fclose(file) != 0) die("a file cannot be written");
}

#endif
