/* Laws' kernels, their rotations and energies against scipy 1.11.4 with every rotated kernel written out
 * (tests/oracle/ibsi_filters.py). */
#include "tests/kernels/filter_cases.h"

#include "kernels/image/energy.h"
#include "kernels/image/laws.h"

#include "tests/oracle/ibsi_laws.h"
#include "tests/support/measured.h"

/* The response of a box of the image, and its energy when delta is above 0. */
static void filter_box(size_t c, const rml_box *inside, double *out)
{
    const int32_t size[3] = {CASE_NX, CASE_NY, CASE_NZ}, delta = laws_cases[c].delta;
    const rml_margin more = rml_energy_margin(delta, laws_cases[c].n_axes);
    const rml_box box = rml_energy_box(inside, delta, laws_cases[c].n_axes, size, laws_cases[c].border);
    const rml_box moved = {
        {inside->first[0] - box.first[0], inside->first[1] - box.first[1], inside->first[2] - box.first[2]},
        {inside->size[0], inside->size[1], inside->size[2]}};
    const rml_box wide = rml_margin_box(&moved, &more);
    rml_patch patch, response = {.type = RML_FLOAT64};
    rml_separable filter;
    rml_margin margin;

    assert_int_equal(rml_laws_init(laws_cases[c].name, laws_cases[c].pool, &filter), RML_OK);
    assert_int_equal(filter.n_axes, laws_cases[c].n_axes);
    margin = rml_separable_margin(&filter);
    patch = case_patch(&box, &margin, laws_cases[c].border);
    memcpy(response.size, box.size, sizeof response.size);
    response.voxels = malloc((size_t)box.size[0] * box.size[1] * box.size[2] * sizeof *response.voxels);
    assert_int_equal(rml_separable_apply(&patch, &filter, response.voxels), RML_OK);
    rml_patch_free(&patch);
    if (delta > 0) {
        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &response}, &wide, laws_cases[c].border, &patch),
                         RML_OK);
        assert_int_equal(rml_energy_apply(&patch, delta, filter.n_axes, out), RML_OK);
        rml_patch_free(&patch);
    } else {
        memcpy(out, response.voxels, (size_t)box.size[0] * box.size[1] * box.size[2] * sizeof *out);
    }
    rml_patch_free(&response);
}

static void responses_are_scipy(void **state)
{
    const rml_box parts[2] = {{{3, 2, 1}, {5, 4, 3}}, {{0, 5, 2}, {2, 3, 5}}};
    double out[CASE_N], some[CASE_N];

    (void)state;
    for (size_t c = 0; c < sizeof laws_cases / sizeof *laws_cases; ++c) {
        filter_box(c, &case_box, out);
        rml_measured_case("IBSI-2 filter/Laws", "scipy 1.11.4");
        check_response(out, laws_cases[c].numbers, 1e-13, laws_cases[c].name);
        rml_measured_case(NULL, NULL);
        for (int p = 0; p < 2; ++p) {
            filter_box(c, &parts[p], some);
            check_part(out, &parts[p], some, laws_cases[c].name);
        }
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const char *const names[] = {"", "L5", "L5E", "L5E5S", "L5E5S5W5", "L4E5", "l5e5", "L5W3"};
    double voxels[27] = {0}, out[27];
    rml_patch patch = {.size = {3, 3, 3}, .voxels = voxels};
    rml_separable filter;

    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof *names; ++n)
        assert_int_equal(rml_laws_init(names[n], RML_POOL_NONE, &filter), RML_ESETTING);
    assert_int_equal(rml_separable_apply(&patch, &filter, out), RML_EINVAL);
    assert_int_equal(rml_laws_init("L3E5", RML_POOL_MAX, &filter), RML_OK);
    assert_int_equal(rml_separable_apply(&patch, &filter, out), RML_EINVAL);
    assert_int_equal(rml_laws_init("L3S3E3", RML_POOL_MAX, &filter), RML_OK);
    assert_int_equal(rml_separable_apply(&patch, &filter, out), RML_OK);
    assert_int_equal(rml_energy_apply(&patch, -1, 3, out), RML_EINVAL);
    assert_int_equal(rml_energy_apply(&patch, 2, 3, out), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_scipy),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
