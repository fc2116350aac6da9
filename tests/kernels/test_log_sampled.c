/* IBSI-2's Laplacian-of-Gaussian against scipy 1.11.4 with the kernel written out (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/log_sampled.h"

#include "tests/oracle/ibsi_log_sampled.h"
#include "tests/support/measured.h"

static void responses_are_scipy(void **state)
{
    const rml_box part = {{3, 2, 1}, {5, 4, 3}};
    double out[CASE_N], some[CASE_N];

    (void)state;
    for (size_t c = 0; c < sizeof log_cases / sizeof *log_cases; ++c) {
        const rml_log_sampled filter = {log_cases[c].sigma, log_cases[c].cut_off, log_cases[c].n_axes};
        rml_margin margin;
        rml_patch patch;

        assert_int_equal(rml_log_sampled_margin(&filter, log_cases[c].spacing, &margin), RML_OK);
        patch = case_patch(&case_box, &margin, log_cases[c].border);
        memcpy(patch.spacing, log_cases[c].spacing, sizeof patch.spacing);
        assert_int_equal(rml_log_sampled_apply(&patch, &filter, out), RML_OK);
        rml_measured_case("IBSI-2 filter/LoG", "scipy 1.11.4");
        check_response(out, log_cases[c].numbers, 1e-12, "LoG");
        rml_measured_case(NULL, NULL);
        rml_patch_free(&patch);
        patch = case_patch(&part, &margin, log_cases[c].border);
        memcpy(patch.spacing, log_cases[c].spacing, sizeof patch.spacing);
        assert_int_equal(rml_log_sampled_apply(&patch, &filter, some), RML_OK);
        check_part(out, &part, some, "LoG");
        rml_patch_free(&patch);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    const double spacing[3] = {1, 1, 1};
    rml_margin margin;

    (void)state;
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){1, 4, 3}, spacing, &margin), RML_OK);
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){0, 4, 3}, spacing, &margin), RML_EINVAL);
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){NAN, 4, 3}, spacing, &margin), RML_EINVAL);
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){1, -1, 3}, spacing, &margin), RML_EINVAL);
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){1, 4, 4}, spacing, &margin), RML_EINVAL);
    assert_int_equal(rml_log_sampled_margin(&(rml_log_sampled){1e9, 4, 3}, spacing, &margin), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_scipy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
