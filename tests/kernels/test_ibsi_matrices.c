/* IBSI-1's texture families on random ROIs against plain loops (tests/kernels/ibsi_plain.h), and what holds at the
 * edges. */
#include "tests/kernels/ibsi_plain.h"

#include "kernels/ibsi/distance.h"

/* Oracle: the plain loops. Sums in another order: of both signs in cluster shade, and information correlation 2 is the
 * root of a difference that may be no more than rounding. */
static void check_plain(const roi *r, const char *what)
{
    rml_levels levels = picture_levels(&r->image, 2);
    textures found;

    take_textures(&levels, r->morphological, r->distance, r->alpha, RML_IBSI_ALL_ROWS, &found);
    for (int family = 0; family < RML_IBSI_N_TEXTURES; ++family)
        for (int row = 0; row < rml_ibsi_texture_rows((rml_ibsi_texture)family); ++row) {
            double expected[RML_IBSI_MAX_TEXTURE];

            plain_row(r, (rml_ibsi_texture)family, row, expected);
            for (int f = 0; f < rml_ibsi_texture_size((rml_ibsi_texture)family); ++f) {
                const rml_ibsi_texture_feature *feature = &rml_ibsi_texture_features((rml_ibsi_texture)family)[f];
                const bool root = strcmp(feature->tag, "cm_info_corr2") == 0;
                char name[128];

                snprintf(name, sizeof name, "%s: %s %s", what, feature->tag,
                         rml_ibsi_texture_aggregations((rml_ibsi_texture)family)[row].name);
                assert_close(texture_at(&found, (rml_ibsi_texture)family, row, f), expected[f], 1e-10,
                             root ? 1e-6 : 1e-12, name);
            }
        }
    rml_levels_free(&levels);
}

static void matches_plain_loops(void **state)
{
    static const struct {
        int32_t size[3], n_levels;
        double inside, same;
        int32_t distance, alpha;
    } cases[] = {
        {{7, 6, 5}, 4, 0.9, 0.6, 1, 0},   {{9, 9, 4}, 12, 1.0, 0.3, 2, 1}, {{65, 4, 3}, 3, 0.8, 0.8, 1, 0},
        {{6, 7, 1}, 5, 0.7, 0.5, 2, 0},   {{3, 5, 9}, 2, 0.3, 0.0, 1, 1},  {{5, 5, 6}, 30, 0.08, 0.0, 1, 0},
        {{12, 11, 7}, 6, 1.0, 0.9, 1, 2}, {{1, 1, 8}, 3, 0.9, 0.2, 1, 0},  {{10, 1, 1}, 2, 1.0, 0.5, 2, 0},
    };
    (void)state;

    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        roi r = random_roi(cases[c].size[0], cases[c].size[1], cases[c].size[2], cases[c].n_levels, cases[c].inside,
                           cases[c].same, 17 * c + 5);
        char what[32];

        r.distance = cases[c].distance;
        r.alpha = cases[c].alpha;
        snprintf(what, sizeof what, "case %zu", c);
        check_plain(&r, what);
        roi_free(&r);
    }
}

/* Levels far apart and many: pairs are counted by sorting, rows of runs and zones are short. */
static void many_levels_match_plain_loops(void **state)
{
    roi r = random_roi(9, 8, 5, 700, 0.95, 0.1, 99);
    (void)state;

    for (int64_t v = 0; v < picture_cells(&r.image); ++v)
        if (r.image.grey[v]) r.image.grey[v] += 40; /* the lowest level is not 1 */
    check_plain(&r, "many levels");
    roi_free(&r);
}

/* A row's values do not depend on what else is asked for, and what is not asked for is NaN. */
static void rows_are_independent(void **state)
{
    roi r = random_roi(8, 7, 6, 5, 0.9, 0.5, 3);
    rml_levels levels = picture_levels(&r.image, 1);
    textures all, some;
    (void)state;

    take_textures(&levels, r.morphological, 1, 0.0, RML_IBSI_ALL_ROWS, &all);
    for (int asked = 0; asked < RML_IBSI_N_DIRECTIONAL; ++asked) {
        take_textures(&levels, r.morphological, 1, 0.0, (rml_ibsi_rows)1 << asked, &some);
        for (int family = 0; family < RML_IBSI_N_TEXTURES; ++family)
            for (int row = 0; row < rml_ibsi_texture_rows((rml_ibsi_texture)family); ++row)
                for (int f = 0; f < rml_ibsi_texture_size((rml_ibsi_texture)family); ++f)
                    assert_close(texture_at(&some, (rml_ibsi_texture)family, row, f),
                                 row == asked ? texture_at(&all, (rml_ibsi_texture)family, row, f) : NAN, 0, 0,
                                 rml_ibsi_texture_features((rml_ibsi_texture)family)[f].tag);
    }
    rml_levels_free(&levels);
    roi_free(&r);
}

/* Oracle: by hand. One voxel has no pair and no neighbour, a run in every direction, a zone and a dependence of 1. */
static void one_voxel(void **state)
{
    picture image = picture_new(1, 1, 1);
    const uint8_t mask = 1;
    textures of;
    (void)state;

    image.grey[0] = 3;
    rml_levels levels = picture_levels(&image, 1);
    take_textures(&levels, &mask, 1, 0.0, RML_IBSI_ALL_ROWS, &of);
    for (int row = 0; row < RML_IBSI_N_DIRECTIONAL; ++row) {
        for (int f = 0; f < 25; ++f) assert_true(isnan(texture_at(&of, RML_IBSI_GLCM, row, f)));
        assert_close(texture_at(&of, RML_IBSI_GLRLM, row, 3), 9.0, 0, 0, "high grey level run emphasis");
        assert_close(texture_at(&of, RML_IBSI_GLRLM, row, 12), 1.0, 0, 0, "run percentage");
    }
    for (int row = 0; row < RML_IBSI_N_WHOLE; ++row) {
        for (int f = 0; f < 5; ++f) assert_true(isnan(texture_at(&of, RML_IBSI_NGTDM, row, f)));
        assert_close(texture_at(&of, RML_IBSI_GLSZM, row, 12), 1.0, 0, 0, "zone percentage");
        assert_close(texture_at(&of, RML_IBSI_GLDZM, row, 1), 1.0, 0, 0, "large distance emphasis");
        assert_close(texture_at(&of, RML_IBSI_NGLDM, row, 16), 1.0, 0, 0, "dependence count energy");
    }
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: by hand. A flat ROI: 0/0 is NaN, what IBSI sets by convention is that. */
static void flat_roi(void **state)
{
    picture image = picture_new(4, 4, 3);
    uint8_t mask[48];
    textures of;
    (void)state;

    for (int v = 0; v < 48; ++v) {
        image.grey[v] = 7;
        mask[v] = 1;
    }
    rml_levels levels = picture_levels(&image, 1);
    take_textures(&levels, mask, 1, 0.0, RML_IBSI_ALL_ROWS, &of);
    for (int row = 0; row < RML_IBSI_N_DIRECTIONAL; ++row) {
        assert_close(texture_at(&of, RML_IBSI_GLCM, row, 3), 0.0, 0, 0, "joint entropy");
        assert_close(texture_at(&of, RML_IBSI_GLCM, row, 19), 49.0, 0, 0, "autocorrelation");
        assert_close(texture_at(&of, RML_IBSI_GLCM, row, 24), 0.0, 0, 0, "information correlation 2");
        assert_true(isnan(texture_at(&of, RML_IBSI_GLCM, row, 18)) && isnan(texture_at(&of, RML_IBSI_GLCM, row, 23)));
    }
    for (int row = 0; row < RML_IBSI_N_WHOLE; ++row) {
        assert_close(texture_at(&of, RML_IBSI_NGTDM, row, 0), 1e6, 0, 0, "coarseness");
        for (int f = 1; f < 5; ++f) assert_close(texture_at(&of, RML_IBSI_NGTDM, row, f), 0.0, 0, 0, "NGTDM");
    }
    assert_close(texture_at(&of, RML_IBSI_GLSZM, RML_IBSI_3D, 12), 1 / 48.0, 0, 0, "zone percentage");
    assert_close(texture_at(&of, RML_IBSI_GLSZM, RML_IBSI_25D, 12), 3 / 48.0, 0, 0, "zone percentage in slices");
    rml_levels_free(&levels);
    free(image.grey);
}

/* Oracle: erosions, one by one, of masks of several densities. */
static void distances_match_erosions(void **state)
{
    static const int32_t sizes[][3] = {{13, 11, 9}, {1, 7, 5}, {20, 3, 3}, {8, 8, 1}};
    (void)state;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s)
        for (int in_slices = 0; in_slices < 2; ++in_slices) {
            roi r = random_roi(sizes[s][0], sizes[s][1], sizes[s][2], 3, s % 2 ? 0.5 : 0.97, 0.1, s);
            const int64_t n = picture_cells(&r.image);
            int32_t *expected = erosions(&r, in_slices ? 0 : WHOLE), most = 0;
            uint16_t *distance = malloc((size_t)n * sizeof *distance), largest;

            assert_int_equal(rml_ibsi_distance(r.morphological, r.image.size, in_slices, distance, &largest), RML_OK);
            for (int64_t v = 0; v < n; ++v) {
                assert_int_equal(distance[v], expected[v]);
                most = expected[v] > most ? expected[v] : most;
            }
            assert_int_equal(largest, most);
            free(expected);
            free(distance);
            roi_free(&r);
        }
}

static void refused(void **state)
{
    roi r = random_roi(5, 4, 3, 4, 0.9, 0.5, 8);
    rml_levels levels = picture_levels(&r.image, 1);
    double one[RML_IBSI_N_DIRECTIONAL * RML_IBSI_MAX_TEXTURE], other[RML_IBSI_N_WHOLE * RML_IBSI_N_SIZES];
    (void)state;

    assert_int_equal(rml_ibsi_glcm(&levels, -1, RML_IBSI_ALL_ROWS, one), RML_EINVAL);
    assert_int_equal(rml_ibsi_ngldm(&levels, 2, 0.0, RML_IBSI_ALL_ROWS, one), RML_EINVAL); /* beyond the margin */
    assert_int_equal(rml_ibsi_ngldm(&levels, 1, -1.0, RML_IBSI_ALL_ROWS, one), RML_EINVAL);
    assert_int_equal(rml_ibsi_ngldm(&levels, 1, NAN, RML_IBSI_ALL_ROWS, one), RML_EINVAL);
    for (int64_t v = 0; v < picture_cells(&r.image); ++v)
        if (r.image.grey[v]) r.morphological[v] = 0;
    assert_int_equal(rml_ibsi_zones(&levels, r.morphological, RML_IBSI_ALL_ROWS, RML_IBSI_ALL_ROWS, one, other),
                     RML_EINVAL);
    for (int v = 0; v < RML_IBSI_N_WHOLE * RML_IBSI_N_SIZES; ++v) assert_true(isnan(one[v]) && isnan(other[v]));
    assert_int_equal(rml_ibsi_zones(&levels, NULL, RML_IBSI_ALL_ROWS, 0, one, other), RML_OK);
    assert_false(isnan(one[0]));
    assert_true(isnan(other[0]));
    rml_levels_free(&levels);
    roi_free(&r);
}

/* N_g enters the two normalised inverse differences alone. */
static void n_grey_enters_normalised_differences(void **state)
{
    roi r = random_roi(6, 5, 4, 5, 1.0, 0.3, 21);
    rml_levels levels = picture_levels(&r.image, 1);
    double own[RML_IBSI_N_DIRECTIONAL * 25], wider[RML_IBSI_N_DIRECTIONAL * 25];
    (void)state;

    assert_int_equal(rml_ibsi_glcm(&levels, 0, RML_IBSI_ALL_ROWS, own), RML_OK);
    assert_int_equal(rml_ibsi_glcm(&levels, 32, RML_IBSI_ALL_ROWS, wider), RML_OK);
    for (int v = 0; v < RML_IBSI_N_DIRECTIONAL * 25; ++v) {
        if (v % 25 == 14 || v % 25 == 16)
            assert_true(wider[v] > own[v]); /* a larger N_g lessens every difference */
        else
            assert_close(wider[v], own[v], 0, 0, rml_ibsi_texture_features(RML_IBSI_GLCM)[v % 25].tag);
    }
    rml_levels_free(&levels);
    roi_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_plain_loops),
        cmocka_unit_test(many_levels_match_plain_loops),
        cmocka_unit_test(rows_are_independent),
        cmocka_unit_test(one_voxel),
        cmocka_unit_test(flat_roi),
        cmocka_unit_test(distances_match_erosions),
        cmocka_unit_test(refused),
        cmocka_unit_test(n_grey_enters_normalised_differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
