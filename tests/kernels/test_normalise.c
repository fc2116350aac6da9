/* Mean and standard deviation of a whole image against ITK. */
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

enum { N_MADE = 6000 };

/* 23 bits each, from a linear congruence that numpy can follow. */
static void make_numbers(uint32_t *numbers)
{
    uint32_t state = 12345;

    for (int i = 0; i < N_MADE; ++i) {
        state = (state * 1103515245u + 12345u) & 0x7fffffffu;
        numbers[i] = state >> 8;
    }
}

static void fits(const void *voxels, rml_scalar stored, int32_t n, double mean, double sd)
{
    rml_volume volume = volume_of(NULL, n, 1, 1);
    double got_mean, got_sd;
    int64_t n_bad;

    volume.stored = stored;
    volume.voxels = voxels;
    assert_int_equal(rml_normalise_fit(&volume, &got_mean, &got_sd, &n_bad), RML_OK);
    assert_close(got_mean, mean, 0, 0, "mean");
    assert_close(got_sd, sd, 0, 0, "sd");
}

/* Oracle: SimpleITK 2.3.1 (ITK 5.3), StatisticsImageFilter on one thread, which adds by Kahan; typed in as hexadecimal
 * numbers, exact. The first image has 33 voxels 0, 35 voxels 25 and 28 voxels 50; the others are made of the same
 * numbers in numpy. float32: a mean so far above the spread that ITK's formula has lost digits. */
static void fit_is_itk_to_the_bit(void **state)
{
    static uint32_t numbers[N_MADE];
    static int32_t levels[96], i32[N_MADE];
    static uint8_t u8[1000];
    static int16_t i16[N_MADE];
    static float f32[N_MADE];
    static double f64[N_MADE];
    (void)state;

    make_numbers(numbers);
    for (int i = 0; i < 96; ++i) levels[i] = i < 33 ? 0 : i < 68 ? 25 : 50;
    for (int i = 0; i < 1000; ++i) u8[i] = (uint8_t)(numbers[i] % 256);
    for (int i = 0; i < N_MADE; ++i) {
        i16[i] = (int16_t)((int32_t)(numbers[i] % 4096) - 1024);
        i32[i] = (int32_t)((int64_t)numbers[i] * 200 - 500000000);
        f32[i] = (float)(numbers[i] / 4096.0 + 1e6);
        f64[i] = numbers[i] / 3.0 + 0.1;
    }
    fits(levels, RML_INT32, 96, 0x1.7b2aaaaaaaaabp+4, 0x1.3fd749c2d78d0p+4);
    fits(u8, RML_UINT8, 1000, 0x1.02d26e978d4fep+7, 0x1.2c4b548c7fe8cp+6);
    fits(i16, RML_INT16, N_MADE, 0x1.015d6872b020cp+10, 0x1.25bcf436d836fp+10);
    fits(i32, RML_INT32, N_MADE, 0x1.4523c10b33333p+28, 0x1.cc556968e1c23p+28);
    fits(f32, RML_FLOAT32, N_MADE, 0x1.e8c850f596de9p+19, 0x1.269d0035a4cecp+9);
    fits(f64, RML_FLOAT64, N_MADE, 0x1.562d42e60f04cp+20, 0x1.88d16b042a760p+19);
}

/* Oracle: ITK's formula on sums in long double; sizes beside the block, and whole numbers, whose sums long double holds
 * exactly: so the bits must be the same in every order. */
static void sums_are_exact_in_blocks(void **state)
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
        for (int64_t i = 0; i < n; ++i) {
            x[i] = floor(1e6 + 1e5 * rml_test_uniform(&seed));
            sum += x[i];
            squares += (long double)x[i] * x[i];
        }
        const double total = (double)sum, variance = ((double)squares - total * total / (double)n) / ((double)n - 1);
        volume = volume_of(x, sizes[s][0], sizes[s][1], sizes[s][2]);
        assert_int_equal(rml_normalise_fit(&volume, &mean, &sd, &n_bad), RML_OK);
        assert_int_equal(n_bad, 0);
        assert_close(mean, total / (double)n, 0, 0, "mean");
        assert_close(sd, sqrt(variance), 0, 0, "sd");
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
        cmocka_unit_test(fit_is_itk_to_the_bit),        cmocka_unit_test(sums_are_exact_in_blocks),
        cmocka_unit_test(apply_clips_before_it_scales), cmocka_unit_test(bad_voxels_are_counted),
        cmocka_unit_test(flat_image_has_no_scale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
