/* SHA-1, numpy's sum, and what is said of a whole image. */
#include "tests/support/support.h"

#include "kernels/preprocess/summary.h"

/* The same numbers as tests/oracle/diagnostic_cases.py: from -8000 to 8777 in steps of a thousandth. */
static void fill_noise(double *x, int64_t n, uint64_t state)
{
    for (int64_t i = 0; i < n; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        x[i] = (double)(state >> 40) / 1000.0 - 8000.0;
    }
}

static void sha1_of(const void *bytes, size_t n, size_t piece, char text[RML_SHA1_TEXT])
{
    rml_sha1 sha1;

    rml_sha1_begin(&sha1);
    for (size_t at = 0; at < n; at += piece)
        rml_sha1_add(&sha1, (const unsigned char *)bytes + at, n - at < piece ? n - at : piece);
    rml_sha1_end(&sha1, text);
}

/* Oracle: FIPS 180's own examples, and RFC 3174's of a million letters; lengths about a block from Python's hashlib. */
static void sha1_matches_its_standard(void **unused)
{
    static const struct {
        size_t n;
        const char *hash;
    } as[] = {{55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"}, {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
              {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"}, {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
              {65, "11655326c708d70319be2610e8a57d9a5b959d3b"}, {1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"}};
    static const char *const two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    char *letters = malloc(1000000), text[RML_SHA1_TEXT];

    (void)unused;
    sha1_of("abc", 3, 3, text);
    assert_string_equal(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha1_of("", 0, 1, text);
    assert_string_equal(text, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    sha1_of(two, strlen(two), 5, text);
    assert_string_equal(text, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    memset(letters, 'a', 1000000);
    for (size_t i = 0; i < sizeof as / sizeof *as; ++i)
        for (size_t piece = 1; piece < 200; piece += 63) { /* 1, 64, 127, 190 */
            sha1_of(letters, as[i].n, piece, text);
            assert_string_equal(text, as[i].hash);
        }
    free(letters);
}

/* Oracle: numpy 1.26.4, numpy.sum of the same numbers. Exact: the order of adding is the thing tested. */
static void sums_are_numpys(void **unused)
{
    static const struct {
        int64_t n;
        double sum;
    } known[] = {{1, -899.7290000000003},    {7, 1644.5009999999984},  {8, 4301.214000000002},
                 {9, -3559.242000000001},    {127, 96962.36799999999}, {128, -52120.856},
                 {129, -12677.519000000008}, {1000, 337149.147},       {4097, 2350141.561},
                 {99991, 37772218.293000005}};
    double *x = malloc(99991 * sizeof *x);

    (void)unused;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        const int64_t n = known[k].n;

        fill_noise(x, n, (uint64_t)n);
        assert_true(rml_pairwise_sum(x, n) == known[k].sum);
        for (int64_t piece = 1; piece < 400; piece += 57) { /* however the numbers come */
            rml_pairwise pairwise;

            rml_pairwise_begin(&pairwise);
            for (int64_t at = 0; at < n; at += piece)
                rml_pairwise_add(&pairwise, x + at, n - at < piece ? n - at : piece);
            assert_true(rml_pairwise_end(&pairwise) == known[k].sum);
        }
    }
    free(x);
}

enum { N = 60 }; /* 5 x 4 x 3 */

static void put(unsigned char *to, rml_scalar type, double value, bool swapped)
{
    const size_t width = rml_scalar_bytes(type);
    const int64_t whole = (int64_t)value;
    const float single = (float)value;
    unsigned char bytes[8];

    memcpy(bytes, &whole, 8); /* little-endian: the tests' machines are */
    if (type == RML_FLOAT32) memcpy(bytes, &single, 4);
    if (type == RML_FLOAT64) memcpy(bytes, &value, 8);
    for (size_t b = 0; b < width; ++b) to[b] = bytes[swapped ? width - 1 - b : b];
}

static rml_volume image_of(rml_scalar type, bool swapped)
{
    return (rml_volume){.grid.size = {5, 4, 3}, .stored = type, .swapped = swapped, .step = 1};
}

/* Oracle: SimpleITK 2.3.1's Hash and numpy 1.26.4's mean, min and max of the same array, by type. */
static void every_type_in_pieces(void **unused)
{
    static const char *const small = "5ef0030fa77641681d4800bdb3fd801ffae5ebeb";
    static const struct {
        rml_scalar type;
        const char *hash;
        double mean, minimum, maximum;
    } known[] = {
        {RML_INT8, small, 49.516666666666666, 0, 100},
        {RML_UINT8, small, 49.516666666666666, 0, 100},
        {RML_INT16, "ca69f9cf8d4b6bed0892eb8528b98a4fd61066e4", -248.85, -7913, 8653},
        {RML_UINT16, "0d0d6d51731a90c6db42a213c0f0f9437267df72", 49.516666666666666, 0, 100},
        {RML_INT32, "955b8b663c81383d87cfa68f3112d49e2f553882", -248.85, -7913, 8653},
        {RML_UINT32, "26a6e9a3b81eb50da6fdc8671b344486233665fa", 49.516666666666666, 0, 100},
        {RML_INT64, "9a470d655df541764a9faaacef3ee10f74ae8189", -248.85, -7913, 8653},
        {RML_UINT64, "224d9e3ab7d621b6ee0b64470cd91856d790ba9f", 49.516666666666666, 0, 100},
        {RML_FLOAT32, "847a9a2119b75c5f290b7edfa309071575441bd6", -248.98958409627278, -7913.96484375, 8653.869140625},
        {RML_FLOAT64, "6c2c70f903e1f029517c65a2bcd1e9578dc53f98", -248.98959999999994, -7913.965, 8653.868999999999}};
    double values[N];
    unsigned char bytes[N * 8];

    (void)unused;
    fill_noise(values, N, 9);
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
        for (int swapped = 0; swapped < 2; ++swapped) {
            const rml_scalar type = known[k].type;
            const size_t width = rml_scalar_bytes(type);
            const rml_volume image = image_of(type, swapped);
            const bool counted = known[k].minimum == 0;

            for (int i = 0; i < N; ++i)
                put(bytes + (size_t)i * width, type, counted ? i * 37 % 101 : values[i], swapped);
            for (size_t piece = 1; piece <= N * width; piece += 13) {
                rml_summary summary;

                rml_summary_begin(&summary, &image, piece % 2);
                for (size_t at = 0; at < N * width; at += piece) {
                    assert_true(at == 0 || !rml_summary_end(&summary)); /* not all have come */
                    rml_summary_add(&summary, bytes + at, N * width - at < piece ? N * width - at : piece);
                }
                assert_true(rml_summary_end(&summary));
                assert_true(summary.mean == known[k].mean && summary.minimum == known[k].minimum &&
                            summary.maximum == known[k].maximum);
                assert_string_equal(summary.hash, piece % 2 ? known[k].hash : "");
            }
        }
}

/* numpy: a NaN anywhere is the mean, the minimum and the maximum; an infinite value is an end and a mean. */
static void nan_and_infinity_as_numpy(void **unused)
{
    const rml_volume image = image_of(RML_FLOAT64, false);
    rml_summary summary;
    double values[N], mean, least, most;

    (void)unused;
    for (int at = 0; at < N; at += 7) {
        for (int i = 0; i < N; ++i) values[i] = i;
        values[at] = NAN;
        rml_summary_begin(&summary, &image, false);
        rml_summary_add(&summary, (const unsigned char *)values, sizeof values);
        assert_true(rml_summary_end(&summary));
        assert_true(isnan(summary.mean) && isnan(summary.minimum) && isnan(summary.maximum));
        values[at] = -INFINITY;
        rml_summary_of(values, N, &mean, &least, &most);
        assert_true(mean == -INFINITY && least == -INFINITY && most == (at == N - 1 ? N - 2 : N - 1));
    }
}

/* Whole buffers of floats have a way of their own. Oracle: the same floats as doubles, which have not; and
 * numpy 1.26.4's sum of them. A NaN anywhere is seen. */
static void many_floats(void **unused)
{
    enum { MANY = 3 * RML_PAIRWISE_BUFFER + 77 };
    double *x = malloc(MANY * sizeof *x), mean, least, most;
    float *floats = malloc(MANY * sizeof *floats);
    const rml_volume image = {.grid.size = {MANY, 1, 1}, .stored = RML_FLOAT32, .step = 1};
    rml_summary *summary = malloc(sizeof *summary);

    (void)unused;
    fill_noise(x, MANY, 21);
    for (int i = 0; i < MANY; ++i) {
        floats[i] = (float)(x[i] * x[i] * x[i]);
        x[i] = (double)floats[i];
    }
    rml_summary_of(x, MANY, &mean, &least, &most);
    assert_true(mean == 25477368064.618534 && least == -511929352192.0 && most == 676042768384.0);
    for (size_t piece = 4096; piece < 4 * MANY + 50000; piece += 30001) {
        rml_summary_begin(summary, &image, false);
        for (size_t at = 0; at < 4 * (size_t)MANY; at += piece)
            rml_summary_add(summary, (const unsigned char *)floats + at,
                            4 * (size_t)MANY - at < piece ? 4 * (size_t)MANY - at : piece);
        assert_true(rml_summary_end(summary));
        assert_true(summary->mean == mean && summary->minimum == least && summary->maximum == most);
    }
    for (int at = 0; at < MANY; at += 1237) {
        const float kept = floats[at];

        floats[at] = at % 2 ? NAN : -NAN;
        rml_summary_begin(summary, &image, false);
        rml_summary_add(summary, (const unsigned char *)floats, 4 * (size_t)MANY);
        assert_true(rml_summary_end(summary));
        assert_true(isnan(summary->mean) && isnan(summary->minimum) && isnan(summary->maximum));
        floats[at] = kept;
    }
    free(summary);
    free(floats);
    free(x);
}

/* Oracle: SimpleITK 2.3.1, Hash of the array cast to uint32: -1 and 2^32 - 1 are one label there, and 1.75 is 1. */
static void masks_hash_as_uint32(void **unused)
{
    static const rml_scalar types[] = {RML_INT16, RML_INT32, RML_INT64, RML_FLOAT32, RML_FLOAT64};
    unsigned char bytes[N * 8];
    uint32_t cast[N];
    char expected[RML_SHA1_TEXT], found[RML_SHA1_TEXT];

    (void)unused;
    for (int i = 0; i < N; ++i) cast[i] = (uint32_t)(i % 5 - 2);
    sha1_of(cast, sizeof cast, sizeof cast, expected);
    for (size_t t = 0; t < sizeof types / sizeof *types; ++t) {
        rml_volume mask = image_of(types[t], false);

        for (int i = 0; i < N; ++i)
            put(bytes + (size_t)i * rml_scalar_bytes(types[t]), types[t],
                i % 5 - 2 + (rml_scalar_is_float(types[t]) ? 0.75 * ((i % 5 > 2) - (i % 5 < 2)) : 0), false);
        mask.n_slices = 3;
        mask.voxels = bytes;
        rml_summary_mask_hash(&mask, found);
        assert_string_equal(found, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_matches_its_standard), cmocka_unit_test(sums_are_numpys),
        cmocka_unit_test(every_type_in_pieces),      cmocka_unit_test(nan_and_infinity_as_numpy),
        cmocka_unit_test(masks_hash_as_uint32),      cmocka_unit_test(many_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
