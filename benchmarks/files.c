#include "benchmarks/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void rml_bench_give_up(rml_status status, const char *what, const rml_error *err)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, err ? err->text : rml_status_name(status));
    exit(1);
}

void rml_bench_load(const char *path, rml_volume *volume)
{
    rml_volume_file *file;
    rml_volume_info info;
    rml_error err;

    rml_bench_must(rml_volume_open(path, &file, &info, &err), path, &err);
    rml_bench_must(rml_volume_load(file, 0, info.grid.size[2], 0, volume, NULL, &err), path, &err);
    rml_volume_close(file);
}
