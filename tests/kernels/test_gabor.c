/* IBSI-2's Gabor filter against scipy 1.11.4 with the kernel written out to 12 standard deviations
 * (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/gabor.h"

#include "tests/oracle/ibsi_gabor.h"
#include "tests/support/measured.h"

static void responses_are_scipy(void **state)
{
    const rml_box part = {{3, 2, 1}, {5, 4, 3}};
    double out[CASE_N], some[5 * 4 * 3];

    (void)state;
    for (size_t c = 0; c < sizeof gabor_cases / sizeof *gabor_cases; ++c) {
        const rml_gabor filter = {gabor_cases[c].sigma, gabor_cases[c].lambda, gabor_cases[c].gamma,
                                  gabor_cases[c].theta, gabor_cases[c].step,   gabor_cases[c].three,
                                  gabor_cases[c].pool};
        rml_margin margin;
        rml_patch patch;
        const double *from = some;

        assert_int_equal(rml_gabor_margin(&filter, gabor_cases[c].spacing, &margin), RML_OK);
        patch = case_patch(&case_box, &margin, gabor_cases[c].border);
        memcpy(patch.spacing, gabor_cases[c].spacing, sizeof patch.spacing);
        assert_int_equal(rml_gabor_apply(&patch, &filter, out), RML_OK);
        rml_measured_case("IBSI-2 filter/Gabor", "scipy 1.11.4");
        check_response(out, gabor_cases[c].numbers, 1e-9,
                       "Gabor"); /* cut at 7 standard deviations: 2e-11 of the peak */
        rml_measured_case(NULL, NULL);
        rml_patch_free(&patch);
        patch = case_patch(&part, &margin, gabor_cases[c].border);
        memcpy(patch.spacing, gabor_cases[c].spacing, sizeof patch.spacing);
        assert_int_equal(rml_gabor_apply(&patch, &filter, some), RML_OK);
        for (int z = 1; z < 4; ++z) /* another period: other roundings */
            for (int y = 2; y < 6; ++y)
                for (int x = 3; x < 8; ++x)
                    assert_close(*from++, out[(z * CASE_NY + y) * CASE_NX + x], 1e-10, 1e-10, "Gabor");
        rml_patch_free(&patch);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const rml_gabor wrong[] = {
        {0, 2, 1, 0, 0, false, RML_POOL_NONE},        {1, 0, 1, 0, 0, false, RML_POOL_NONE},
        {1, 2, 0, 0, 0, false, RML_POOL_NONE},        {1, 2, 1, NAN, 0, false, RML_POOL_NONE},
        {1, 2, 1, 0, -1, false, RML_POOL_MEAN},       {1, 2, 1, 0, 1e-9, false, RML_POOL_MEAN},
        {1, 2, 1, 0, M_PI / 4, false, RML_POOL_NONE}, {1, 2, 1, 0, 0, true, RML_POOL_NONE},
        {1e9, 2, 1, 0, 0, false, RML_POOL_NONE},      {NAN, 2, 1, 0, 0, false, RML_POOL_NONE},
    };
    const double spacing[3] = {1, 1, 1};
    rml_margin margin;

    (void)state;
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; ++w)
        assert_int_equal(rml_gabor_margin(&wrong[w], spacing, &margin), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_scipy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
