/* Opens and loads bytes as an image, and aborts on what no input may cause: memory out of proportion to the file, a
 * voxel outside it (the sanitizer's part), a header believed that cannot be. */
#ifndef RML_TESTS_FUZZ_IMAGE_H
#define RML_TESTS_FUZZ_IMAGE_H

#include <math.h>
#include <stdlib.h>

#include "io/gzip.h"
#include "io/volume.h"
#include "kernels/preprocess/labels.h"
#include "tests/fuzz/fuzz.h"

static inline rml_status judge_volume(rml_volume_file *file, const rml_volume_info *info, rml_error *err)
{
    rml_volume volume;
    const rml_status status = rml_volume_load(file, 0, info->grid.size[2], info->n_components - 1, &volume, NULL, err);
    double *row;

    if (status != RML_OK) {
        fuzz_require(!volume.memory, "memory kept after a failure");
        return status;
    }
    row = malloc((size_t)info->grid.size[0] * sizeof *row);
    fuzz_require(row != NULL, "no memory for a row");
    for (int32_t z = 0; z < info->grid.size[2]; ++z)
        for (int32_t y = 0; y < info->grid.size[1]; ++y) rml_volume_row(&volume, 0, info->grid.size[0], y, z, row);
    free(row);
    if (volume.n_slices == info->grid.size[2]) {
        rml_labels labels;
        rml_error no_mask = {0}; /* an image may be none, and is read all the same */

        if (rml_labels_scan(&volume, &labels, &no_mask) == RML_OK) rml_labels_free(&labels);
    }
    rml_volume_free(&volume);
    return RML_OK;
}

static inline rml_status judge_image(const uint8_t *data, size_t n, rml_error *err)
{
    rml_volume_file *file;
    rml_volume_info info;
    rml_status status = rml_volume_open(fuzz_file(data, n), &file, &info, err);

    if (status != RML_OK) {
        fuzz_require(!file, "a file kept after a failure");
        return status;
    }
    fuzz_require(info.memory_bytes <= (int64_t)(n + 1) * (RML_GZIP_MAX_RATIO + 2),
                 "more memory than the file can fill");
    for (int a = 0; a < 3; ++a) {
        fuzz_require(info.grid.size[a] >= 1, "an empty axis");
        fuzz_require(info.grid.spacing[a] > 0.0 && isfinite(info.grid.spacing[a]), "a spacing that is none");
        fuzz_require(isfinite(info.grid.origin[a]), "an origin that is none");
        for (int b = 0; b < 3; ++b) fuzz_require(isfinite(info.grid.direction[a][b]), "a direction that is none");
    }
    status = judge_volume(file, &info, err);
    rml_volume_close(file);
    return status;
}

#endif
