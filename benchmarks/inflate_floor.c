/* The floor under a whole case: the time that libdeflate needs to inflate its files, already in memory.
 * Usage: inflate_floor RUNS FILE.gz... */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "benchmarks/stopwatch.h"
#include "io/file.h"

#define FILE_LIMIT ((size_t)4 << 30)

typedef struct gzip_file {
    char *bytes;
    size_t n_bytes;
    void *out;
    size_t n_out;
} gzip_file;

/* The files are this bench's own: one member each, below 4 GiB, so that the last four bytes are the inflated size. */
static rml_status gzip_file_read(const char *path, gzip_file *file, rml_error *err)
{
    const rml_status status = rml_file_read(path, FILE_LIMIT, &file->bytes, &file->n_bytes, err);
    const unsigned char *end;

    if (status != RML_OK) return status;
    if (file->n_bytes < 18) return rml_fail(err, RML_EFORMAT, "%s: too short for a gzip file", path);
    end = (const unsigned char *)file->bytes + file->n_bytes;
    file->n_out = (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    file->out = calloc(file->n_out + 1, 1); /* touched below, so that no page fault is timed */
    if (!file->out) return rml_fail(err, RML_ENOMEM, "%s: no memory for %zu bytes", path, file->n_out);
    return RML_OK;
}

int main(int argc, char **argv)
{
    static rml_stopwatch watch;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    const int n_files = argc - 2;
    const long n_runs = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    gzip_file *files = NULL;
    rml_error err;
    int exit_status = 1;

    if (n_runs < 1 || n_runs >= RML_STOPWATCH_RUNS) {
        fprintf(stderr, "usage: inflate_floor RUNS FILE.gz...\n");
        goto done;
    }
    files = calloc((size_t)n_files, sizeof *files);
    if (!files || !inflater) goto done;
    for (int f = 0; f < n_files; ++f) {
        if (gzip_file_read(argv[f + 2], &files[f], &err) != RML_OK) {
            fprintf(stderr, "inflate_floor: %s\n", err.text);
            goto done;
        }
    }
    for (long run = -1; run < n_runs; ++run) { /* the first run touches the pages and is not counted */
        rml_stopwatch_start(&watch);
        for (int f = 0; f < n_files; ++f) {
            const enum libdeflate_result result = libdeflate_gzip_decompress(inflater, files[f].bytes, files[f].n_bytes,
                                                                             files[f].out, files[f].n_out, NULL);

            if (result != LIBDEFLATE_SUCCESS) {
                fprintf(stderr, "inflate_floor: %s does not inflate\n", argv[f + 2]);
                goto done;
            }
        }
        if (run >= 0) rml_stopwatch_stop(&watch);
    }
    rml_stopwatch_print(&watch, "inflate");
    exit_status = 0;
done:
    for (int f = 0; files && f < n_files; ++f) {
        free(files[f].bytes);
        free(files[f].out);
    }
    free(files);
    libdeflate_free_decompressor(inflater);
    return exit_status;
}
