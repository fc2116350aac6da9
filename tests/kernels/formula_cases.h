/* What the filters' tests share: the formula image of tests/oracle/image_filters.py, and the stage images of the
 * reference data. */
#ifndef RML_TESTS_FORMULA_CASES_H
#define RML_TESTS_FORMULA_CASES_H

#include "tests/support/support.h"

#include "io/volume.h"
#include "kernels/image/patch.h"

enum { FORMULA_X = 12, FORMULA_Y = 10, FORMULA_Z = 9, FORMULA_VOXELS = FORMULA_X * FORMULA_Y * FORMULA_Z };
static const int oracle_rows[3][2] = {{0, 0}, {5, 4}, {9, 8}}; /* y and z of the rows that the oracle wrote */

/* The image as int16, as float32 (an eighth) or as float64 (a seventh). */
static void formula_image(rml_scalar type, double voxels[FORMULA_VOXELS], rml_patch *image)
{
    const double part = type == RML_INT16 ? 1.0 : type == RML_FLOAT32 ? 8.0 : 7.0;
    double *to = voxels;

    for (int z = 0; z < FORMULA_Z; ++z)
        for (int y = 0; y < FORMULA_Y; ++y)
            for (int x = 0; x < FORMULA_X; ++x)
                *to++ = ((5 * x * x + 3 * y * y + 11 * z * z + x * y * z) % 331 * 2 - 210) / part;
    *image = (rml_patch){
        .size = {FORMULA_X, FORMULA_Y, FORMULA_Z}, .spacing = {0.75, 1.25, 2.5}, .type = type, .voxels = voxels};
}

/* x + y and a third, float64. */
static inline void ramp_image(double voxels[FORMULA_VOXELS], rml_patch *image)
{
    formula_image(RML_FLOAT64, voxels, image);
    for (int i = 0; i < FORMULA_VOXELS; ++i) voxels[i] = i % FORMULA_X + i / FORMULA_X % FORMULA_Y + 1.0 / 3;
}

static void assert_rows(const double *out, const double expected[3][FORMULA_X], double relative, const char *name)
{
    for (int r = 0; r < 3; ++r)
        for (int x = 0; x < FORMULA_X; ++x)
            assert_close(out[(oracle_rows[r][1] * FORMULA_Y + oracle_rows[r][0]) * FORMULA_X + x], expected[r][x],
                         relative, 0, name);
}

/* The whole of an image as a patch with a margin of its border's voxels. */
static inline rml_box with_margin(const rml_patch *image, const int32_t margin[3], rml_border border, rml_patch *cut)
{
    const rml_patch_source source = {.patch = image};
    rml_box box, inside;

    for (int axis = 0; axis < 3; ++axis) {
        box.first[axis] = -margin[axis];
        box.size[axis] = image->size[axis] + 2 * margin[axis];
        inside.first[axis] = margin[axis];
        inside.size[axis] = image->size[axis];
    }
    assert_int_equal(rml_patch_cut(&source, &box, border, cut), RML_OK);
    return inside;
}

/* An image of the reference data; ends the test as skipped when the data are not there. */
static rml_patch shared_image(const char *relative)
{
    const char *path = rml_shared(relative);
    rml_volume_file *file = NULL;
    rml_volume_info info;
    rml_volume volume = {0};
    rml_error err;
    rml_patch out;

    if (!path) {
        print_message("%s is not there: set RADMILL_SHARED\n", relative);
        skip();
    }
    if (rml_volume_open(path, &file, &info, &err) != RML_OK ||
        rml_volume_load(file, 0, info.grid.size[2], 0, &volume, NULL, &err) != RML_OK)
        fail_msg("%s", err.text);
    {
        const rml_patch_source source = {.volume = &volume};
        const rml_box all = {{0, 0, 0}, {info.grid.size[0], info.grid.size[1], info.grid.size[2]}};

        assert_int_equal(rml_patch_cut(&source, &all, RML_BORDER_NEAREST, &out), RML_OK);
    }
    rml_volume_free(&volume);
    rml_volume_close(file);
    return out;
}

#endif
