/* Simoncelli's band-pass and the Riesz transform against numpy 1.26.4's FFT on full complex spectra
 * (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/fourier.h"

#include "tests/oracle/ibsi_fourier.h"
#include "tests/support/measured.h"

static void responses_are_numpy(void **state)
{
    const rml_margin none = {{0}, {0}};
    rml_patch image = case_patch(&case_box, &none, RML_BORDER_ZERO);
    double out[CASE_N];

    (void)state;
    for (size_t c = 0; c < sizeof fourier_cases / sizeof *fourier_cases; ++c) {
        rml_fourier filter = {.simoncelli = fourier_cases[c].simoncelli, .n_axes = fourier_cases[c].n_axes};

        memcpy(filter.riesz, fourier_cases[c].riesz, sizeof filter.riesz);
        assert_int_equal(rml_fourier_apply(&image, &filter, out), RML_OK);
        rml_measured_of("numpy 1.26.4", "IBSI-2 filter/%s",
                        filter.riesz[0] + filter.riesz[1] + filter.riesz[2] == 0 ? "Simoncelli"
                        : filter.simoncelli > 0                                  ? "Simoncelli + Riesz"
                                                                                 : "Riesz");
        check_response(out, fourier_cases[c].numbers, 1e-12, "Fourier");
        rml_measured_case(NULL, NULL);
    }
    rml_patch_free(&image);
}

static void what_cannot_be_is_refused(void **state)
{
    static const rml_fourier wrong[] = {
        {0, {0, 0, 0}, 3},  {-1, {1, 0, 0}, 3},  {RML_FOURIER_MAX_LEVEL + 1, {0, 0, 0}, 3},
        {0, {-1, 2, 0}, 3}, {0, {11, 10, 0}, 3}, {0, {1, 0, 1}, 2},
        {1, {0, 0, 0}, 1},
    };
    const rml_fourier right = {0, {2, 0, 0}, 3};
    double voxels[1] = {1.0}, out[1];
    const rml_patch one = {.size = {1, 1, 1}, .spacing = {1, 1, 1}, .voxels = voxels};

    (void)state;
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; ++w)
        assert_int_equal(rml_fourier_apply(&one, &wrong[w], out), RML_EINVAL);
    assert_int_equal(rml_fourier_apply(&one, &right, out), RML_OK);
    assert_true(out[0] == 0.0); /* a constant has no frequency but 0 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_numpy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
