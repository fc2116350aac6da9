#include "tests/support/support.h"

#include <pthread.h>

#include "kernels/phantom/field.h"

static void *scratch_for(const int32_t size[3], double length, rml_field_way way)
{
    const size_t n_bytes = (rml_field_scratch_bytes(size, length, way) + 63) / 64 * 64;
    void *scratch;

    assert_true(n_bytes > 0);
    scratch = aligned_alloc(64, n_bytes);
    assert_non_null(scratch);
    return scratch;
}

/* Identity: both ways sum the same modes. A few hundred thousand products of order 1e-3 each round to 1e-16: 1e-12 is
 * far above that and far below any wrong mode. Sizes of one voxel, odd ones, and lengths at which every mode counts. */
static void both_ways_give_the_same_field(void **state)
{
    static const struct {
        int32_t size[3];
        double length;
    } cases[] = {{{1, 1, 1}, 1.0},    {{7, 1, 5}, 0.1},    {{9, 14, 6}, 0.6},  {{12, 10, 8}, 1},
                 {{20, 18, 16}, 2.2}, {{24, 20, 30}, 5.0}, {{16, 9, 12}, 28.0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const int32_t *size = cases[i].size, n = size[0] * size[1] * size[2];
        double *field[2];

        for (int w = 0; w < 2; ++w) {
            const rml_field_way way = w ? RML_FIELD_DIRECT : RML_FIELD_FFT;
            void *scratch = scratch_for(size, cases[i].length, way);

            field[w] = malloc((size_t)n * sizeof(double));
            assert_int_equal(rml_field_draw(size, cases[i].length, 5, 9, way, scratch, field[w]), RML_OK);
            free(scratch);
        }
        for (int32_t v = 0; v < n; ++v) assert_close(field[1][v], field[0][v], 0, 1e-12, "voxel");
        free(field[0]);
        free(field[1]);
    }
}

/* Oracle: the covariance that the declaration promises, exp(-r^2 / (2 l^2)). Each draw gives one estimate a lag (a mean
 * over the voxels); the mean of 400 draws must lie within 4.5 of its own standard errors, 4e-4 allowed beside it for
 * the padding. Lags along each axis, diagonal ones, and the far ends of the grid, where a field without padding would
 * be correlated as neighbours are. */
static void covariance_is_gaussian(void **state)
{
    enum { NX = 18, NY = 14, NZ = 16, N = NX * NY * NZ, DRAWS = 400 };
    static const int32_t size[3] = {NX, NY, NZ};
    static const int lag[][3] = {{0, 0, 0}, {1, 0, 0},  {0, 1, 0},      {0, 0, 1},      {2, 0, 0},
                                 {1, 1, 1}, {0, 3, -2}, {NX - 1, 0, 0}, {0, NY - 1, 0}, {0, 0, NZ - 1}};
    static const double lengths[] = {0.7, 1.5, 2.5, 5.0};
    static double field[N];

    (void)state;
    for (int l = 0; l < 4; ++l) {
        const double length = lengths[l];
        void *scratch = scratch_for(size, length, RML_FIELD_AUTO);
        double sum[10] = {0}, square[10] = {0};

        for (uint64_t draw = 0; draw < DRAWS; ++draw) {
            assert_int_equal(rml_field_draw(size, length, 17, draw, RML_FIELD_AUTO, scratch, field), RML_OK);
            for (int i = 0; i < 10; ++i) {
                const int *r = lag[i];
                double product = 0.0;
                int pairs = 0;

                for (int z = r[2] < 0 ? -r[2] : 0; z < NZ && z + r[2] < NZ; ++z)
                    for (int y = 0; y + r[1] < NY; ++y)
                        for (int x = 0; x + r[0] < NX; ++x, ++pairs)
                            product +=
                                field[(z * NY + y) * NX + x] * field[((z + r[2]) * NY + y + r[1]) * NX + x + r[0]];
                sum[i] += product / pairs;
                square[i] += product / pairs * (product / pairs);
            }
        }
        for (int i = 0; i < 10; ++i) {
            const int *r = lag[i];
            const double mean = sum[i] / DRAWS, error = sqrt((square[i] / DRAWS - mean * mean) / DRAWS);
            const double wanted = exp(-(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) / (2.0 * length * length));
            char name[64];

            snprintf(name, sizeof name, "length %g, lag %d %d %d", length, r[0], r[1], r[2]);
            assert_close(mean, wanted, 0, 4.5 * error + 4e-4, name);
        }
        free(scratch);
    }
}

/* Streams and seeds differ, draws repeat: to the bit, and also while another thread draws. */
typedef struct draw_job {
    uint64_t seed, stream;
    double *field;
} draw_job;

static const int32_t small[3] = {16, 12, 10};
enum { SMALL = 16 * 12 * 10 };

static void *draw_often(void *argument)
{
    draw_job *job = argument;
    void *scratch = scratch_for(small, 2.0, RML_FIELD_AUTO);
    void *failed = NULL;

    for (int i = 0; i < 50; ++i)
        if (rml_field_draw(small, 2.0, job->seed, job->stream, RML_FIELD_AUTO, scratch, job->field) != RML_OK)
            failed = job;
    free(scratch);
    return failed;
}

static void the_same_stream_gives_the_same_bits(void **state)
{
    static double alone[SMALL], together[SMALL], other_seed[SMALL], other_stream[SMALL];
    draw_job jobs[] = {{1, 2, together}, {2, 2, other_seed}, {1, 3, other_stream}};
    draw_job first = {1, 2, alone};
    pthread_t thread[3];

    (void)state;
    assert_null(draw_often(&first));
    for (int i = 0; i < 3; ++i) assert_int_equal(pthread_create(&thread[i], NULL, draw_often, &jobs[i]), 0);
    for (int i = 0; i < 3; ++i) {
        void *failed;

        pthread_join(thread[i], &failed);
        assert_null(failed);
    }
    assert_memory_equal(alone, together, sizeof alone);
    assert_memory_not_equal(alone, other_seed, sizeof alone);
    assert_memory_not_equal(alone, other_stream, sizeof alone);
}

static void what_is_not_allowed_is_refused(void **state)
{
    static const int32_t empty[3] = {4, 0, 4}, large[3] = {257, 4, 4}, fine[3] = {4, 4, 4};
    double field[64], scratch[8];

    (void)state;
    assert_int_equal(rml_field_draw(empty, 2, 1, 1, RML_FIELD_AUTO, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_draw(large, 2, 1, 1, RML_FIELD_AUTO, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_draw(fine, 0.05, 1, 1, RML_FIELD_AUTO, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_draw(fine, 65, 1, 1, RML_FIELD_AUTO, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_draw(fine, NAN, 1, 1, RML_FIELD_AUTO, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_draw(fine, 2, 1, 1, RML_N_FIELD_WAYS, scratch, field), RML_EINVAL);
    assert_int_equal(rml_field_scratch_bytes(empty, 2, RML_FIELD_AUTO), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_give_the_same_field),
        cmocka_unit_test(covariance_is_gaussian),
        cmocka_unit_test(the_same_stream_gives_the_same_bits),
        cmocka_unit_test(what_is_not_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
