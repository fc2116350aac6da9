/* The table of wavelets against PyWavelets 1.5.0 (tests/oracle/wavelet_sums.h), and what must hold of such filters. */
#include "tests/support/support.h"

#include "kernels/image/wavelet_table.h"
#include "tests/support/measured.h"

static const struct {
    const char *name;
    int n;
    double sums[10];
} pywt[] = {
#include "tests/oracle/wavelet_sums.h"
};

static void fill(const double *h, int32_t n, double sums[5])
{
    memset(sums, 0, 5 * sizeof *sums);
    for (int32_t j = 0; j < n; ++j) {
        sums[0] += h[j];
        sums[1] += h[j] * h[j];
        sums[2] += j * h[j];
    }
    sums[3] = h[0];
    sums[4] = h[n - 1];
}

/* Ends exactly; the sums to what 102 roundings of numbers below 102 leave. */
static void filters_are_pywavelets(void **state)
{
    (void)state;
    assert_int_equal(sizeof pywt / sizeof *pywt, RML_N_WAVELETS);
    for (int w = 0; w < RML_N_WAVELETS; ++w) {
        rml_wavelet wavelet;
        double sums[10];

        assert_string_equal(pywt[w].name, rml_wavelet_names[w]);
        assert_int_equal(rml_wavelet_find(pywt[w].name, &wavelet), RML_OK);
        assert_string_equal(wavelet.name, pywt[w].name);
        assert_int_equal(wavelet.n, pywt[w].n);
        fill(wavelet.lo, wavelet.n, sums);
        fill(wavelet.hi, wavelet.n, sums + 5);
        rml_measured_of("PyWavelets 1.5.0", "PyRadiomics wavelet/%s", wavelet.name);
        for (int s = 0; s < 10; ++s)
            assert_close(sums[s], pywt[w].sums[s], 0.0, s % 5 >= 3 ? 0.0 : 2e-13, wavelet.name);
        rml_measured_case(NULL, NULL);
    }
}

/* Orthogonal families: shifts by an even step are orthonormal, low against high too, to what the printed digits carry
 * (dmey is cut: its squares sum to 1.0022; the longest coiflets hold 1e-7, as PyWavelets' numbers do). */
static void filters_are_quadrature_mirrors(void **state)
{
    (void)state;
    for (int w = 0; w < RML_N_WAVELETS; ++w) {
        const bool paired =
            strncmp(rml_wavelet_names[w], "bior", 4) == 0 || strncmp(rml_wavelet_names[w], "rbio", 4) == 0;
        const double loose = strcmp(rml_wavelet_names[w], "dmey") == 0 ? 3e-3 : 1e-7;
        rml_wavelet h;

        if (paired) continue;
        assert_int_equal(rml_wavelet_find(rml_wavelet_names[w], &h), RML_OK);
        for (int32_t shift = 0; shift < h.n; shift += 2) {
            double lo = 0.0, hi = 0.0, both = 0.0;

            for (int32_t j = 0; j + shift < h.n; ++j) {
                lo += h.lo[j] * h.lo[j + shift];
                hi += h.hi[j] * h.hi[j + shift];
                both += h.lo[j] * h.hi[j + shift];
            }
            assert_close(lo, shift == 0, 0.0, loose, h.name);
            assert_close(hi, shift == 0, 0.0, loose, h.name);
            assert_close(both, 0.0, 0.0, loose, h.name);
        }
    }
}

/* Biorthogonal pairs: bior's low-pass against rbio's, which is the synthesis filter backwards. */
static void pairs_are_biorthogonal(void **state)
{
    static const char *const orders[] = {"1.1", "1.3", "1.5", "2.2", "2.4", "2.6", "2.8", "3.1",
                                         "3.3", "3.5", "3.7", "3.9", "4.4", "5.5", "6.8"};
    char name[16];

    (void)state;
    for (size_t o = 0; o < sizeof orders / sizeof *orders; ++o) {
        rml_wavelet one, other;

        snprintf(name, sizeof name, "bior%s", orders[o]);
        assert_int_equal(rml_wavelet_find(name, &one), RML_OK);
        snprintf(name, sizeof name, "rbio%s", orders[o]);
        assert_int_equal(rml_wavelet_find(name, &other), RML_OK);
        for (int32_t shift = -one.n; shift <= one.n; shift += 2) {
            double sum = 0.0;

            for (int32_t j = 0; j < one.n; ++j)
                if (j + shift >= 0 && j + shift < one.n) sum += one.lo[j] * other.lo[j + shift];
            assert_close(sum, shift == 0, 0.0, 1e-9, name);
        }
    }
}

/* Float32 taps: the response of pywt.swt (1.5.0) to a float32 impulse. */
static void single_taps_are_pywavelets(void **state)
{
    static const double coif2[12] = {-0.000720549433, -0.00182320888, 0.00561143458, 0.0236801729,
                                     -0.0594344139,   -0.0764885992,  0.417005181,   0.812723637,
                                     0.386110067,     -0.0673725531,  -0.041464936,  0.016387336};
    rml_wavelet wavelet;

    (void)state;
    assert_int_equal(rml_wavelet_find("coif2", &wavelet), RML_OK);
    for (int j = 0; j < 12; ++j) assert_true(wavelet.lo_single[j] == (float)coif2[j]);
    assert_int_equal(rml_wavelet_find("db3", &wavelet), RML_OK);
    for (int j = 0; j < 6; ++j) assert_true(wavelet.hi_single[j] == (float)wavelet.hi[j]);
}

static void names_are_taken_in_any_case_and_no_others(void **state)
{
    static const char *const unknown[] = {"", "db", "db0", "db03", "db39", "db3 ", "bior1.2", "morl", "coif18"};
    rml_wavelet wavelet;

    (void)state;
    assert_int_equal(rml_wavelet_find("DB3", &wavelet), RML_OK);
    assert_string_equal(wavelet.name, "db3");
    for (size_t u = 0; u < sizeof unknown / sizeof *unknown; ++u) {
        assert_int_equal(rml_wavelet_find(unknown[u], &wavelet), RML_ESETTING);
        assert_int_equal(wavelet.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_pywavelets),
        cmocka_unit_test(filters_are_quadrature_mirrors),
        cmocka_unit_test(pairs_are_biorthogonal),
        cmocka_unit_test(single_taps_are_pywavelets),
        cmocka_unit_test(names_are_taken_in_any_case_and_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
