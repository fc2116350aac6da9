/* What the benchmarks' programs read, and how they give up. */
#ifndef RML_BENCHMARKS_FILES_H
#define RML_BENCHMARKS_FILES_H

#include "io/volume.h"

/* Ends the program with a sentence. err: NULL where there is but the status. */
_Noreturn void rml_bench_give_up(rml_status status, const char *what, const rml_error *err);

static inline void rml_bench_must(rml_status status, const char *what, const rml_error *err)
{
    if (status != RML_OK) rml_bench_give_up(status, what, err);
}

/* The whole of an image or mask, or the program ends. */
void rml_bench_load(const char *path, rml_volume *volume);

#endif
