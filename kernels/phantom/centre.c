#include "kernels/phantom/centre.h"

#include <assert.h>
#include <math.h>

#include "kernels/base/rng.h"

#define STREAM (UINT64_C(1) << 63) /* + centre: apart from every patient's streams */

enum { GAIN, NOISE, BIAS, BLUR };

static const rml_centre given[4] = {
    {"A", 1.00, 0.0, 0.035, {1.0, 1.0, 1.0}, 0.10, 0.45, 1.0},
    {"B", 1.60, 60.0, 0.060, {0.9, 0.9, 3.0}, 0.20, 0.55, -1.0},
    {"C", 0.60, 20.0, 0.045, {1.2, 1.2, 2.0}, 0.15, 0.60, 0.0},
    {"D", 1.25, -15.0, 0.070, {1.0, 1.0, 5.0}, 0.30, 0.60, 0.0},
};

static void name_of(int32_t number, char name[8]) /* as spreadsheets count columns */
{
    char backwards[8];
    int n = 0;

    for (int32_t left = number + 1; left > 0; left = (left - 1) / 26) backwards[n++] = (char)('A' + (left - 1) % 26);
    for (int i = 0; i < n; ++i) name[i] = backwards[n - 1 - i];
    name[n] = 0;
}

void rml_centre_draw(uint64_t seed, int32_t number, double shift, rml_centre *centre)
{
    const uint64_t stream = STREAM + (uint64_t)number;

    assert(number >= 0 && number < RML_PHANTOM_MAX_CENTRES);
    *centre = given[number % 4];
    name_of(number, centre->name);
    centre->intercept *= shift;
    if (number < 4) return;
    centre->gain *= exp(0.15 * rml_rng_normal(seed, stream, GAIN));
    centre->noise *= exp(0.15 * rml_rng_normal(seed, stream, NOISE));
    centre->bias *= exp(0.15 * rml_rng_normal(seed, stream, BIAS));
    centre->blur *= exp(0.15 * rml_rng_normal(seed, stream, BLUR));
}
