/* The mean filter against scipy 1.11.4 (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/mean.h"

#include "tests/oracle/ibsi_mean.h"
#include "tests/support/measured.h"

static void means_are_scipy(void **state)
{
    const rml_box part = {{3, 2, 1}, {5, 4, 3}};
    double out[CASE_N], some[CASE_N];

    (void)state;
    for (size_t c = 0; c < sizeof mean_cases / sizeof *mean_cases; ++c) {
        const rml_margin margin = rml_mean_margin(mean_cases[c].support, mean_cases[c].n_axes);
        rml_patch patch = case_patch(&case_box, &margin, mean_cases[c].border);

        assert_int_equal(rml_mean_apply(&patch, mean_cases[c].support, mean_cases[c].n_axes, out), RML_OK);
        rml_measured_case("IBSI-2 filter/Mean", "scipy 1.11.4");
        check_response(out, mean_cases[c].numbers, 1e-13, "mean");
        rml_measured_case(NULL, NULL);
        rml_patch_free(&patch);
        patch = case_patch(&part, &margin, mean_cases[c].border);
        assert_int_equal(rml_mean_apply(&patch, mean_cases[c].support, mean_cases[c].n_axes, some), RML_OK);
        check_part(out, &part, some, "mean");
        rml_patch_free(&patch);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    double voxels[27] = {0}, out[27];
    const rml_patch patch = {.size = {3, 3, 3}, .spacing = {1, 1, 1}, .type = RML_FLOAT64, .voxels = voxels};

    (void)state;
    assert_int_equal(rml_mean_apply(&patch, 3, 3, out), RML_OK);
    assert_int_equal(rml_mean_apply(&patch, 5, 3, out), RML_EINVAL);
    assert_int_equal(rml_mean_apply(&patch, 2, 3, out), RML_EINVAL);
    assert_int_equal(rml_mean_apply(&patch, -1, 3, out), RML_EINVAL);
    assert_int_equal(rml_mean_apply(&patch, 3, 1, out), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_scipy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
