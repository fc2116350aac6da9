/* Mean and standard deviation of a whole image against plain sums. */
#include "tests/support/support.h"

#include "kernels/preprocess/normalise.h"

static rml_volume volume_of(double *voxels, int32_t nx, int32_t ny, int32_t nz)
{
    rml_volume volume = {0};

    volume.grid.size[0] = nx;
    volume.grid.size[1] = ny;
    volume.grid.size[2] = nz;
    volume.stored = RML_FLOAT64;
    volume.step = 1;
    volume.n_slices = nz;
    volume.voxels = (const unsigned char *)voxels;
    return volume;
}

/* Oracle: two passes in long double; sizes beside the block, a mean far above the spread. */
static void fit_matches_long_double(void **state)
{
    static const int32_t sizes[][3] = {{2, 1, 1}, {7, 5, 3}, {4096, 1, 1}, {4097, 1, 2}, {64, 64, 40}, {333, 17, 9}};
    uint64_t seed = 4;
    (void)state;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        const int64_t n = (int64_t)sizes[s][0] * sizes[s][1] * sizes[s][2];
        double *x = malloc((size_t)n * sizeof *x), mean, sd;
        long double sum = 0, squares = 0;
        rml_volume volume;
        int64_t n_bad = -1;
        assert_non_null(x);
        for (int64_t i = 0; i < n; ++i) sum += x[i] = 1e6 + 3 * rml_test_uniform(&seed);
        sum /= n;
        for (int64_t i = 0; i < n; ++i) squares += (x[i] - sum) * (x[i] - sum);
        volume = volume_of(x, sizes[s][0], sizes[s][1], sizes[s][2]);
        assert_int_equal(rml_normalise_fit(&volume, &mean, &sd, &n_bad), RML_OK);
        assert_int_equal(n_bad, 0);
        assert_close(mean, (double)sum, 1e-15, 0, "mean");
        assert_close(sd, (double)sqrtl(squares / (n - 1)), 1e-12, 0, "sd");
        free(x);
    }
}

/* Oracle: by hand: 1 2 3 4 has mean 2.5 and variance 5/3 with N - 1. */
static void apply_clips_before_it_scales(void **state)
{
    double x[4] = {1, 2, 3, 4}, y[4] = {1, 2, 3, 4};
    rml_volume volume = volume_of(x, 2, 2, 1);
    rml_normalisation how = {.scale = 100, .limit = 1};
    int64_t n_bad;
    (void)state;

    assert_int_equal(rml_normalise_fit(&volume, &how.mean, &how.sd, &n_bad), RML_OK);
    assert_close(how.mean, 2.5, 0, 0, "mean");
    assert_close(how.sd, sqrt(5.0 / 3), 1e-15, 0, "sd");
    rml_normalise_apply(&how, x, 4);
    assert_close(x[0], -100, 0, 0, "clipped");
    assert_close(x[1], -50 / sqrt(5.0 / 3), 1e-15, 0, "scaled");
    assert_close(x[3], 100, 0, 0, "clipped");
    how.limit = INFINITY;
    rml_normalise_apply(&how, y, 4);
    assert_close(y[3], 150 / sqrt(5.0 / 3), 1e-15, 0, "scaled");
}

static void bad_voxels_are_counted(void **state)
{
    static double x[3 * 4096];
    rml_volume volume = volume_of(x, 96, 64, 2);
    double mean, sd;
    int64_t n_bad;
    (void)state;

    for (int i = 0; i < 3 * 4096; ++i) x[i] = i % 7;
    x[5] = NAN;
    x[4096] = INFINITY;
    x[3 * 4096 - 1] = -INFINITY;
    assert_int_equal(rml_normalise_fit(&volume, &mean, &sd, &n_bad), RML_EVALUE);
    assert_int_equal(n_bad, 3);
}

static void flat_image_has_no_scale(void **state)
{
    double x[12], mean, sd;
    rml_volume volume = volume_of(x, 3, 2, 2);
    int64_t n_bad;
    (void)state;

    for (int i = 0; i < 12; ++i) x[i] = 0.1;
    assert_int_equal(rml_normalise_fit(&volume, &mean, &sd, &n_bad), RML_EVALUE);
    assert_int_equal(n_bad, 0);
    volume = volume_of(x, 1, 1, 1);
    assert_int_equal(rml_normalise_fit(&volume, &mean, &sd, &n_bad), RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_matches_long_double),
        cmocka_unit_test(apply_clips_before_it_scales),
        cmocka_unit_test(bad_voxels_are_counted),
        cmocka_unit_test(flat_image_has_no_scale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
