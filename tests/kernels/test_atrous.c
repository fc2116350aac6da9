/* IBSI-2's separable wavelets against scipy 1.11.4 on PyWavelets 1.5.0's filters (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/atrous.h"

#include "tests/oracle/ibsi_atrous.h"
#include "tests/support/measured.h"

static void responses_are_scipy(void **state)
{
    const rml_box part = {{3, 2, 1}, {5, 4, 3}};
    double out[CASE_N], some[CASE_N];

    (void)state;
    for (size_t c = 0; c < sizeof atrous_cases / sizeof *atrous_cases; ++c) {
        rml_wavelet wavelet;
        rml_atrous atrous;
        rml_margin margin;
        rml_patch patch;

        assert_int_equal(rml_wavelet_find(atrous_cases[c].wavelet, &wavelet), RML_OK);
        assert_int_equal(
            rml_atrous_init(&wavelet, atrous_cases[c].bands, atrous_cases[c].level, atrous_cases[c].pool, &atrous),
            RML_OK);
        margin = rml_separable_margin(&atrous.filter);
        patch = case_patch(&case_box, &margin, atrous_cases[c].border);
        assert_int_equal(rml_separable_apply(&patch, &atrous.filter, out), RML_OK);
        rml_measured_case("IBSI-2 filter/Wavelet", "scipy 1.11.4, PyWavelets 1.5.0");
        check_response(out, atrous_cases[c].numbers, 1e-12, atrous_cases[c].wavelet);
        rml_measured_case(NULL, NULL);
        rml_patch_free(&patch);
        patch = case_patch(&part, &margin, atrous_cases[c].border);
        assert_int_equal(rml_separable_apply(&patch, &atrous.filter, some), RML_OK);
        check_part(out, &part, some, atrous_cases[c].wavelet);
        rml_patch_free(&patch);
        rml_atrous_free(&atrous);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const char *const bands[] = {"", "L", "LLLL", "LX", "ll"};
    rml_wavelet wavelet;
    rml_atrous atrous;

    (void)state;
    assert_int_equal(rml_wavelet_find("db2", &wavelet), RML_OK);
    for (size_t b = 0; b < sizeof bands / sizeof *bands; ++b)
        assert_int_equal(rml_atrous_init(&wavelet, bands[b], 1, RML_POOL_NONE, &atrous), RML_ESETTING);
    assert_int_equal(rml_atrous_init(&wavelet, "LH", 0, RML_POOL_NONE, &atrous), RML_ESETTING);
    assert_int_equal(rml_atrous_init(&wavelet, "LH", RML_ATROUS_MAX_LEVEL + 1, RML_POOL_NONE, &atrous), RML_ESETTING);
    rml_atrous_free(&atrous);
    rml_atrous_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_scipy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
