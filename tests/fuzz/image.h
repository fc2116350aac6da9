/* Opens and loads bytes as a file, and aborts on what no input may cause: memory out of proportion to the file, a voxel
 * outside it (the sanitizer's part), a header believed that cannot be. */
#ifndef RML_TESTS_FUZZ_IMAGE_H
#define RML_TESTS_FUZZ_IMAGE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/gzip.h"
#include "io/volume.h"
#include "kernels/preprocess/labels.h"

static inline void require(bool held, const char *what)
{
    if (held) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static inline void judge_volume(rml_volume_file *file, const rml_volume_info *info)
{
    rml_volume volume;
    rml_error err = {0};
    const rml_status status = rml_volume_load(file, 0, info->grid.size[2], info->n_components - 1, &volume, NULL, &err);
    double *row;

    if (status != RML_OK) {
        require(err.text[0] != '\0', "a failure without a sentence");
        require(!volume.memory, "memory kept after a failure");
        return;
    }
    row = malloc((size_t)info->grid.size[0] * sizeof *row);
    require(row != NULL, "no memory for a row");
    for (int32_t z = 0; z < info->grid.size[2]; ++z)
        for (int32_t y = 0; y < info->grid.size[1]; ++y) rml_volume_row(&volume, 0, info->grid.size[0], y, z, row);
    free(row);
    if (volume.n_slices == info->grid.size[2]) {
        rml_labels labels;

        if (rml_labels_scan(&volume, &labels, &err) == RML_OK) rml_labels_free(&labels);
    }
    rml_volume_free(&volume);
}

static inline void judge_image(const uint8_t *data, size_t n)
{
    static int fd = -1;
    static char path[64];
    rml_volume_file *file;
    rml_volume_info info;
    rml_error err = {0};

    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        require(fd >= 0, "no memory file");
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    require(ftruncate(fd, 0) == 0 && pwrite(fd, data, n, 0) == (ssize_t)n, "the memory file cannot be written");
    if (rml_volume_open(path, &file, &info, &err) != RML_OK) {
        require(err.text[0] != '\0', "a failure without a sentence");
        require(!file, "a file kept after a failure");
        return;
    }
    require(info.memory_bytes <= (int64_t)(n + 1) * (RML_GZIP_MAX_RATIO + 2), "more memory than the file can fill");
    for (int a = 0; a < 3; ++a) {
        require(info.grid.size[a] >= 1, "an empty axis");
        require(info.grid.spacing[a] > 0.0 && isfinite(info.grid.spacing[a]), "a spacing that is none");
        require(isfinite(info.grid.origin[a]), "an origin that is none");
        for (int b = 0; b < 3; ++b) require(isfinite(info.grid.direction[a][b]), "a direction that is none");
    }
    judge_volume(file, &info);
    rml_volume_close(file);
}

#endif
