/* Runs of voxels along x, found by memchr, stand for the voxels: a ROI has some thousand of them. Pieces are runs
 * joined with those of the four rows that come before: where they overlap or touch by a corner, they are one. */
#include "kernels/preprocess/extent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    int32_t first, end; /* x: first .. end - 1 */
    int64_t parent;     /* an earlier run of the same piece; itself: none is known */
} run;

typedef struct runs {
    run *run; /* [n] by rows */
    int64_t n, room;
    int64_t *row; /* [n_rows + 1] the first run of each */
} runs;

static bool add_run(runs *all, int32_t first, int32_t end)
{
    if (all->n == all->room) {
        const int64_t room = 2 * all->room;
        run *grown = realloc(all->run, (size_t)room * sizeof *grown);

        if (!grown) return false;
        all->run = grown;
        all->room = room;
    }
    all->run[all->n] = (run){first, end, all->n};
    ++all->n;
    return true;
}

static bool find_runs(const rml_box *box, const uint8_t *mask, runs *all)
{
    const int64_t n_rows = (int64_t)box->size[1] * box->size[2];
    const int32_t nx = box->size[0];

    all->row = calloc((size_t)n_rows + 1, sizeof *all->row);
    all->room = 1024;
    all->run = calloc((size_t)all->room, sizeof *all->run);
    if (!all->row || !all->run) return false;
    for (int64_t r = 0; r < n_rows; ++r, mask += nx) {
        all->row[r] = all->n;
        for (int32_t x = 0; x < nx;) {
            const uint8_t *inside = memchr(mask + x, 1, (size_t)(nx - x)), *outside;
            int32_t first;

            if (!inside) break;
            first = (int32_t)(inside - mask);
            outside = memchr(inside, 0, (size_t)(nx - first));
            x = outside ? (int32_t)(outside - mask) : nx;
            if (!add_run(all, first, x)) return false;
        }
    }
    all->row[n_rows] = all->n;
    return true;
}

static int64_t root_of(run *all, int64_t r)
{
    for (; all[r].parent != r; r = all[r].parent) all[r].parent = all[all[r].parent].parent;
    return r;
}

/* Joins the runs of two rows where they touch; how many joinings made one piece of two. */
static int64_t join_rows(runs *all, int64_t a, int64_t b)
{
    int64_t i = all->row[a], k = all->row[b], n_joined = 0;

    while (i < all->row[a + 1] && k < all->row[b + 1]) {
        const run *one = &all->run[i], *other = &all->run[k];

        if (one->first <= other->end && other->first <= one->end) { /* a corner touches, too */
            const int64_t r = root_of(all->run, i), s = root_of(all->run, k);

            if (r != s) {
                all->run[r > s ? r : s].parent = r < s ? r : s;
                ++n_joined;
            }
        }
        if (one->end < other->end)
            ++i;
        else
            ++k;
    }
    return n_joined;
}

static int64_t count_volumes(const rml_box *box, runs *all)
{
    const int64_t ny = box->size[1];
    int64_t n = all->n;

    for (int64_t z = 0; z < box->size[2]; ++z)
        for (int64_t y = 0; y < ny; ++y) {
            const int64_t row = z * ny + y;

            if (all->row[row] == all->row[row + 1]) continue;
            if (y > 0) n -= join_rows(all, row, row - 1);
            if (z == 0) continue;
            if (y > 0) n -= join_rows(all, row, row - ny - 1);
            n -= join_rows(all, row, row - ny);
            if (y + 1 < ny) n -= join_rows(all, row, row - ny + 1);
        }
    return n;
}

/* Whole sums, as numpy's mean of whole numbers has them. */
static void place(const rml_box *box, const runs *all, rml_extent *extent)
{
    int32_t least[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, most[3] = {-1, -1, -1};
    int64_t sum[3] = {0, 0, 0};

    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y) {
            const int64_t row = (int64_t)z * box->size[1] + y;

            for (int64_t r = all->row[row]; r < all->row[row + 1]; ++r) {
                const int64_t first = box->first[0] + all->run[r].first, n = all->run[r].end - all->run[r].first;
                const int32_t low[3] = {all->run[r].first, y, z}, high[3] = {all->run[r].end - 1, y, z};

                extent->n_voxels += n;
                sum[0] += n * first + n * (n - 1) / 2;
                sum[1] += n * (box->first[1] + y);
                sum[2] += n * (box->first[2] + z);
                for (int a = 0; a < 3; ++a) {
                    least[a] = low[a] < least[a] ? low[a] : least[a];
                    most[a] = high[a] > most[a] ? high[a] : most[a];
                }
            }
        }
    for (int a = 0; a < 3; ++a) {
        extent->centre[a] = extent->n_voxels > 0 ? (double)sum[a] / (double)extent->n_voxels : NAN;
        extent->box.first[a] = extent->n_voxels > 0 ? box->first[a] + least[a] : box->first[a];
        extent->box.size[a] = extent->n_voxels > 0 ? most[a] - least[a] + 1 : 0;
    }
}

rml_status rml_extent_find(const rml_box *box, const uint8_t *mask, rml_extent *extent)
{
    runs all = {0};
    const bool found = find_runs(box, mask, &all);

    *extent = (rml_extent){0};
    if (found) {
        extent->n_volumes = count_volumes(box, &all);
        place(box, &all, extent);
    }
    free(all.run);
    free(all.row);
    return found ? RML_OK : RML_ENOMEM;
}
