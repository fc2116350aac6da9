/* Equality bits. */
#include "tests/support/sizes.h"

#include "kernels/texture/equal.h"

/* Oracle: a plain comparison of each voxel with its neighbour, in the 13 directions behind it, on boxes whose rows end
 * before, at and after a word's end. The array has one word more than asked for, which must stay as it was. */
static void matches_plain_comparison(void **state)
{
    static const int32_t extents[] = {1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 130, 192};
    (void)state;

    for (size_t e = 0; e < sizeof extents / sizeof *extents; ++e)
        for (int32_t margin = 1; margin < 4; margin += 2) {
            picture image = picture_random(extents[e], 5 - margin, margin + 1, 3, 0.8, 0.5, e);
            rml_levels levels = picture_levels(&image, margin);
            const int64_t n_words = rml_equal_words(&levels), n = n_words * image.size[1];
            uint64_t *bits = malloc((size_t)(n + 1) * sizeof *bits);

            assert_int_equal(n_words, (extents[e] + 63) / 64);
            for (int code = 0; code <= 13; ++code) {
                const int32_t step[3] = {code % 3 - 1, code / 3 % 3 - 1, code / 9 - 1};

                for (int32_t z = 0; z < image.size[2]; ++z) {
                    bits[n] = 0x5a5a5a5a;
                    rml_equal_slice(&levels, z, step, bits);
                    assert_true(bits[n] == 0x5a5a5a5a);
                    for (int32_t y = 0; y < image.size[1]; ++y)
                        for (int32_t x = 0; x < 64 * n_words; ++x) {
                            const int32_t here = picture_get(&image, x, y, z);
                            const bool equal =
                                here != 0 && here == picture_get(&image, x + step[0], y + step[1], z + step[2]);

                            assert_int_equal(bits[y * n_words + x / 64] >> x % 64 & 1, equal);
                        }
                }
            }
            free(bits);
            rml_levels_free(&levels);
            free(image.grey);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_plain_comparison),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
