#include "kernels/preprocess/cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shrinks the box to the voxels that are left. The mask moves towards its own beginning, so it is done in place. */
static void tighten(rml_roi *roi)
{
    const int32_t nx = roi->box.size[0], ny = roi->box.size[1], nz = roi->box.size[2];
    int32_t low[3] = {nx, ny, nz}, high[3] = {-1, -1, -1};
    uint8_t *out = roi->mask;

    for (int32_t z = 0; z < nz; ++z)
        for (int32_t y = 0; y < ny; ++y) {
            const uint8_t *row = roi->mask + ((int64_t)z * ny + y) * nx;
            const uint8_t *first = memchr(row, 1, (size_t)nx), *last;

            if (!first) continue;
            last = memrchr(row, 1, (size_t)nx);
            if (first - row < low[0]) low[0] = (int32_t)(first - row);
            if (last - row > high[0]) high[0] = (int32_t)(last - row);
            if (y < low[1]) low[1] = y;
            if (y > high[1]) high[1] = y;
            if (z < low[2]) low[2] = z;
            high[2] = z;
        }
    for (int32_t z = low[2]; z <= high[2]; ++z)
        for (int32_t y = low[1]; y <= high[1]; ++y) {
            const size_t n = (size_t)(high[0] - low[0] + 1);

            memmove(out, roi->mask + ((int64_t)z * ny + y) * nx + low[0], n);
            out += n;
        }
    for (int32_t axis = 0; axis < 3; ++axis) {
        roi->box.first[axis] += low[axis];
        roi->box.size[axis] = high[axis] - low[axis] + 1;
    }
}

rml_status rml_roi_cut(const rml_volume *image, const rml_box *box, uint8_t *mask, bool drop_invalid, rml_roi *roi,
                       int64_t *n_invalid, int32_t first_invalid[3])
{
    const int32_t nx = box->size[0], ny = box->size[1], nz = box->size[2];
    const int64_t n_cells = (int64_t)nx * ny * nz;
    double *row = malloc((size_t)nx * sizeof *row), *next;
    int64_t n = 0;

    *roi = (rml_roi){.box = *box, .type = rml_volume_type(image), .mask = mask};
    *n_invalid = 0;
    for (int32_t axis = 0; axis < 3; ++axis) roi->spacing[axis] = image->grid.spacing[axis];
    for (int64_t c = 0; c < n_cells; ++c) n += mask[c];
    roi->values = malloc((size_t)(n ? n : 1) * sizeof *roi->values);
    if (!row || !roi->values) {
        free(row);
        return RML_ENOMEM;
    }
    next = roi->values;
    for (int32_t z = 0; z < nz; ++z)
        for (int32_t y = 0; y < ny; ++y, mask += nx) {
            const uint8_t *first = memchr(mask, 1, (size_t)nx);
            int32_t low, high;

            if (!first) continue;
            low = (int32_t)(first - mask);
            high = (int32_t)((const uint8_t *)memrchr(mask, 1, (size_t)nx) - mask);
            rml_volume_row(image, box->first[0] + low, high - low + 1, box->first[1] + y, box->first[2] + z, row);
            for (int32_t x = low; x <= high; ++x) {
                const double value = row[x - low];

                if (!mask[x]) continue;
                if (!isfinite(value)) {
                    if ((*n_invalid)++ == 0) {
                        first_invalid[0] = box->first[0] + x;
                        first_invalid[1] = box->first[1] + y;
                        first_invalid[2] = box->first[2] + z;
                    }
                    if (drop_invalid) {
                        mask[x] = 0;
                        continue;
                    }
                }
                *next++ = value;
            }
        }
    free(row);
    roi->n_voxels = next - roi->values;
    if (roi->n_voxels == 0) return RML_EEMPTY;
    if (*n_invalid && drop_invalid) tighten(roi);
    return RML_OK;
}
