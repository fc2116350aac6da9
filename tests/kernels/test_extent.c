/* Where a ROI lies and in how many pieces. */
#include "tests/support/support.h"

#include "kernels/preprocess/extent.h"

enum { NX = 14, NY = 11, NZ = 9, N = NX * NY * NZ };

/* One voxel in `one_in`, at random (the generator of test_summary.c, seeded with one_in). */
static void scatter(uint8_t *mask, uint64_t one_in)
{
    uint64_t state = one_in;

    for (int i = 0; i < N; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        mask[i] = (state >> 40) % one_in == 0;
    }
}

/* Oracle: SimpleITK 2.3.1 (ConnectedComponent, fully connected; LabelShapeStatistics) and numpy 1.26.4's mean of the
 * indices, on the same masks. */
static void scattered_voxels_match_itk(void **unused)
{
    static const struct {
        uint64_t one_in;
        int64_t n_voxels, n_volumes;
        double centre[3];
    } known[] = {{2, 673, 1, {6.25260029717682, 5.087667161961367, 3.8841010401188707}},
                 {3, 452, 3, {6.769911504424779, 5.207964601769912, 4.042035398230088}},
                 {5, 267, 13, {6.588014981273409, 5.3632958801498125, 3.9775280898876404}},
                 {9, 151, 29, {6.105960264900662, 4.986754966887418, 4.046357615894039}},
                 {30, 45, 34, {6.2444444444444445, 5.5777777777777775, 4.066666666666666}}};
    const rml_box whole = {.size = {NX, NY, NZ}}, moved = {.first = {100, -3, 7}, .size = {NX, NY, NZ}};
    uint8_t mask[N];

    (void)unused;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        rml_extent found;

        scatter(mask, known[k].one_in);
        assert_int_equal(rml_extent_find(&whole, mask, &found), RML_OK);
        assert_int_equal(found.n_voxels, known[k].n_voxels);
        assert_int_equal(found.n_volumes, known[k].n_volumes);
        for (int a = 0; a < 3; ++a) {
            assert_true(found.centre[a] == known[k].centre[a]);
            assert_int_equal(found.box.first[a], 0);
            assert_int_equal(found.box.size[a], whole.size[a]);
        }
        assert_int_equal(rml_extent_find(&moved, mask, &found), RML_OK);
        assert_int_equal(found.n_volumes, known[k].n_volumes);
        for (int a = 0; a < 3; ++a) {
            assert_int_equal(found.box.first[a], moved.first[a]);
            assert_close(found.centre[a] - moved.first[a], known[k].centre[a], 1e-12, 0, "moved");
        }
    }
}

/* Oracle: two voxels are one piece exactly when no index differs by more than one. */
static void two_voxels_touch_by_a_corner(void **unused)
{
    const rml_box box = {.size = {5, 5, 3}};
    rml_extent found;

    (void)unused;
    for (int at = 0; at < 75; ++at) {
        const int dx = at % 5 - 2, dy = at / 5 % 5 - 2, dz = at / 25 - 1;
        uint8_t mask[75] = {0};

        if (at == 37) continue;
        mask[37] = mask[at] = 1;
        assert_int_equal(rml_extent_find(&box, mask, &found), RML_OK);
        assert_int_equal(found.n_volumes, 1 + (abs(dx) > 1 || abs(dy) > 1 || abs(dz) > 1));
        assert_int_equal(found.box.size[0], abs(dx) + 1);
        assert_int_equal(found.box.size[1], abs(dy) + 1);
        assert_int_equal(found.box.size[2], abs(dz) + 1);
        assert_true(found.centre[0] == 2 + dx / 2.0 && found.centre[1] == 2 + dy / 2.0);
    }
}

/* A comb's teeth are joined by its back, seen last; nothing is nowhere. */
static void late_joins_and_nothing(void **unused)
{
    const rml_box box = {.first = {3, 4, 5}, .size = {9, 4, 2}};
    uint8_t mask[72] = {0};
    rml_extent found;

    (void)unused;
    assert_int_equal(rml_extent_find(&box, mask, &found), RML_OK);
    assert_true(found.n_voxels == 0 && found.n_volumes == 0 && found.box.size[0] == 0 && isnan(found.centre[0]));
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 9; x += 2) mask[y * 9 + x] = 1;
    assert_int_equal(rml_extent_find(&box, mask, &found), RML_OK);
    assert_int_equal(found.n_volumes, 5);
    memset(mask + 27, 1, 9);
    assert_int_equal(rml_extent_find(&box, mask, &found), RML_OK);
    assert_int_equal(found.n_volumes, 1);
    assert_int_equal(found.n_voxels, 24);
    assert_true(found.centre[0] == 7 && found.box.first[2] == 5 && found.box.size[2] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scattered_voxels_match_itk),
        cmocka_unit_test(two_voxels_touch_by_a_corner),
        cmocka_unit_test(late_joins_and_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
