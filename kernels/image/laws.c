#include "kernels/image/laws.h"

#include <string.h>

/* 1 / sqrt(n) for the squares' sums that occur, correctly rounded. */
#define OVER_SQRT2 0.7071067811865475244
#define OVER_SQRT6 0.4082482904638630164
#define OVER_SQRT10 0.3162277660168379332
#define OVER_SQRT70 0.1195228609334393689

/* Laws, Textured image segmentation, 1980. */
static const struct kernel {
    char name[3];
    int32_t n;
    double h[5];
} kernels[] = {
    {"L5", 5, {1 * OVER_SQRT70, 4 * OVER_SQRT70, 6 * OVER_SQRT70, 4 * OVER_SQRT70, 1 * OVER_SQRT70}},
    {"E5", 5, {-1 * OVER_SQRT10, -2 * OVER_SQRT10, 0, 2 * OVER_SQRT10, 1 * OVER_SQRT10}},
    {"S5", 5, {-1 * OVER_SQRT6, 0, 2 * OVER_SQRT6, 0, -1 * OVER_SQRT6}},
    {"W5", 5, {-1 * OVER_SQRT10, 2 * OVER_SQRT10, 0, -2 * OVER_SQRT10, 1 * OVER_SQRT10}},
    {"R5", 5, {1 * OVER_SQRT70, -4 * OVER_SQRT70, 6 * OVER_SQRT70, -4 * OVER_SQRT70, 1 * OVER_SQRT70}},
    {"L3", 3, {1 * OVER_SQRT6, 2 * OVER_SQRT6, 1 * OVER_SQRT6}},
    {"E3", 3, {-1 * OVER_SQRT2, 0, 1 * OVER_SQRT2}},
    {"S3", 3, {-1 * OVER_SQRT6, 2 * OVER_SQRT6, -1 * OVER_SQRT6}},
};

rml_status rml_laws_init(const char *name, rml_pool pool, rml_separable *filter)
{
    const size_t length = strlen(name);
    rml_separable made = {.n_axes = (int)(length / 2), .pool = pool};

    *filter = (rml_separable){0};
    if (length != 4 && length != 6) return RML_ESETTING;
    for (int axis = 0; axis < made.n_axes; ++axis) {
        for (size_t k = 0; k < sizeof kernels / sizeof *kernels; ++k)
            if (strncmp(name + (ptrdiff_t)2 * axis, kernels[k].name, 2) == 0)
                made.taps[axis] = (rml_taps){kernels[k].h, kernels[k].n, 1, kernels[k].n / 2};
        if (!made.taps[axis].h) return RML_ESETTING;
    }
    *filter = made;
    return RML_OK;
}
