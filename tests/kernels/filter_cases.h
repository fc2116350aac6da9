/* What the tests of IBSI-2's filters share: the image of tests/oracle/ibsi_filters.py, and the numbers that it gives of
 * a response. */
#ifndef RML_TESTS_FILTER_CASES_H
#define RML_TESTS_FILTER_CASES_H

#include "tests/support/support.h"

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"
#include "kernels/image/separable.h"

enum { CASE_NX = 10, CASE_NY = 8, CASE_NZ = 7, CASE_N = CASE_NX * CASE_NY * CASE_NZ };

static const rml_box case_box = {{0, 0, 0}, {CASE_NX, CASE_NY, CASE_NZ}};

/* A box of the image with its margin; to be freed with rml_patch_free. */
static inline rml_patch case_patch(const rml_box *box, const rml_margin *margin, rml_border border)
{
    double voxels[CASE_N], *to = voxels;
    const rml_patch image = {
        .size = {CASE_NX, CASE_NY, CASE_NZ}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};
    const rml_box wide = rml_margin_box(box, margin);
    rml_patch patch;

    for (int z = 0; z < CASE_NZ; ++z)
        for (int y = 0; y < CASE_NY; ++y)
            for (int x = 0; x < CASE_NX; ++x)
                *to++ = (7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20;
    assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &image}, &wide, border, &patch), RML_OK);
    return patch;
}

/* Against the oracle's numbers of the whole image's response: roundings of what the sum of absolutes holds. */
static inline void check_response(const double *out, const double numbers[5], double loose, const char *name)
{
    const int at[3] = {0, (2 * CASE_NY + 3) * CASE_NX + 4, CASE_N - 1};
    double sum = 0.0, weighted = 0.0;

    for (int v = 0; v < CASE_N; ++v) {
        sum += fabs(out[v]);
        weighted += out[v] * v;
    }
    for (int k = 0; k < 3; ++k) assert_close(out[at[k]], numbers[k], loose, loose * sum / CASE_N, name);
    assert_close(sum, numbers[3], loose, 0.0, name);
    assert_close(weighted, numbers[4], 0.0, loose * sum * CASE_N, name);
}

/* A box's response is that part of the whole's, to the bit. */
static inline void check_part(const double *whole, const rml_box *box, const double *part, const char *name)
{
    for (int z = 0; z < box->size[2]; ++z)
        for (int y = 0; y < box->size[1]; ++y)
            for (int x = 0; x < box->size[0]; ++x)
                assert_close(*part++,
                             whole[((z + box->first[2]) * CASE_NY + y + box->first[1]) * CASE_NX + x + box->first[0]],
                             0.0, 0.0, name);
}

#endif
