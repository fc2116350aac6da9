/* Oracle: what SimpleITK 2.3.1 (ITK 5.3) has as the inverse of direction * spacing, read off by mapping the unit points
 * of a grid at the origin to indices. Compared bit for bit, since that is what the kernel promises. */
#include "tests/support/support.h"

#include "kernels/preprocess/inverse.h"

static void the_bits_are_itks(void **state)
{
    static const struct {
        double direction[3][3], spacing[3], inverse[3][3];
    } cases[] = {
        {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
         {0.7, 0.7, 2.5},
         {{0x1.6db6db6db6db7p+0, 0, 0}, {0, 0x1.6db6db6db6db7p+0, 0}, {0, 0, 0x1.999999999999ap-2}}},
        {{{0.8, -0.36, 0.48}, {0.6, 0.48, -0.64}, {0, 0.8, 0.6}},
         {0.7, 0.9, 2.5},
         {{0x1.2492492492492p+0, 0x1.b6db6db6db6d9p-1, 0x1.a01a01a019f50p-58},
          {-0x1.999999999999ap-2, 0x1.1111111111111p-1, 0x1.c71c71c71c71cp-1},
          {0x1.89374bc6a7efbp-3, -0x1.0624dd2f1a9fdp-2, 0x1.eb851eb851eb4p-3}}},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        double m[3][3], inverse[3][3];

        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c) m[r][c] = cases[k].direction[r][c] * cases[k].spacing[c];
        assert_true(rml_inverse(m, inverse));
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c) assert_close(inverse[r][c], cases[k].inverse[r][c], 0, 0, "inverse");
    }
}

/* Any matrix: the product is one. Random ones of condition up to some 1e3. */
static void the_product_is_one(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (int k = 0; k < 1000; ++k) {
        double m[3][3], inverse[3][3];

        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c) {
                random = random * 1664525u + 1013904223u;
                m[r][c] = (random >> 8) * 0x1p-23 - 1.0 + (r == c ? 3.0 : 0.0);
            }
        assert_true(rml_inverse(m, inverse));
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c) {
                double one = 0.0;

                for (int i = 0; i < 3; ++i) one += m[r][i] * inverse[i][c];
                assert_close(one, r == c ? 1.0 : 0.0, 0, 1e-13, "m times its inverse");
            }
    }
}

static void what_has_no_inverse_is_refused(void **state)
{
    static const double none[][3][3] = {{{0}},
                                        {{1, 0, 0}, {0, 1, 0}, {1, 1, 0}},
                                        {{1, 2, 3}, {2, 4, 6}, {1, 1, 1}},
                                        {{NAN, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                        {{INFINITY, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    double inverse[3][3];

    (void)state;
    for (size_t k = 0; k < sizeof none / sizeof *none; ++k) assert_false(rml_inverse(none[k], inverse));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_are_itks),
        cmocka_unit_test(the_product_is_one),
        cmocka_unit_test(what_has_no_inverse_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
