#include "kernels/phantom/patient.h"

#include <math.h>

#include "kernels/base/rng.h"

/* The draws of RML_DRAW_BIOLOGY, RML_DRAW_OUTCOME, by number: append only. */
enum {
    BIOLOGY,
    AGE,
    SEX,
    RADIUS,
    IRREGULARITY,
    CORE,
    OEDEMA,
    ELL,
    CONTRAST,
    RESPONSE,
    DIRECTION, /* three */
    DISTANCE = DIRECTION + 3
};
enum { CLASS, DEATH, CENSORING, MARKER };

#define REACH 5.0 /* mm: the tumour's centre lies this close to the middle */

uint64_t rml_phantom_stream(int64_t patient, int purpose)
{
    return (uint64_t)patient << 6 | (uint64_t)purpose;
}

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

void rml_patient_draw(uint64_t seed, int64_t patient, rml_patient *truth)
{
    const uint64_t stream = rml_phantom_stream(patient, RML_DRAW_BIOLOGY);
    double e[DISTANCE], norm = 0.0, distance;
    double b;

    for (int i = 0; i < DISTANCE; ++i) e[i] = rml_rng_normal(seed, stream, (uint64_t)i);
    b = e[BIOLOGY];
    truth->biology = b;
    truth->age = 58.0 + 11.0 * e[AGE];
    truth->male = e[SEX] < 0.0;
    truth->radius = clip(13.0 * exp(0.05 * b + 0.20 * e[RADIUS]), 8.0, 19.0);
    truth->irregularity = 0.16 * exp(0.15 * b + 0.25 * e[IRREGULARITY]);
    truth->core_logit = -1.6 + 0.40 * b + 0.7 * e[CORE];
    truth->oedema = 0.25 + 0.30 * rml_rng_uniform(seed, stream, OEDEMA);
    truth->ell = 2.2 * exp(0.22 * b + 0.20 * e[ELL]);
    truth->contrast = 0.16 * exp(0.18 * b + 0.18 * e[CONTRAST]);
    truth->response = e[RESPONSE];

    /* Uniform in the ball: a direction from three normals, the distance by its cube root. */
    for (int a = 0; a < 3; ++a) norm += e[DIRECTION + a] * e[DIRECTION + a];
    distance = REACH * cbrt(rml_rng_uniform(seed, stream, DISTANCE));
    for (int a = 0; a < 3; ++a) truth->position[a] = distance * e[DIRECTION + a] / sqrt(norm);
}

void rml_patient_treat(const rml_patient *before, rml_patient *after)
{
    *after = *before;
    after->radius *= exp(0.05 - 0.06 * before->response);
    after->contrast *= exp(-0.18 * before->response);
    after->core_logit += 0.3;
}

double rml_patient_core_fraction(const rml_patient *truth)
{
    return logistic(truth->core_logit);
}

void rml_patient_follow(uint64_t seed, int64_t patient, const rml_patient *truth, double intercept, double coefficient,
                        rml_patient_outcome *outcome)
{
    const uint64_t stream = rml_phantom_stream(patient, RML_DRAW_OUTCOME);
    const double log_hazard = 0.70 * truth->biology + 0.02 * (truth->age - 58.0);
    /* Survival S(t) = exp(-(t / 24)^1.3 exp(log hazard)) solved for t at a uniform S; 1 - u is never 0. */
    const double death = 24.0 * pow(-log(1.0 - rml_rng_uniform(seed, stream, DEATH)) * exp(-log_hazard), 1.0 / 1.3);
    const double censoring = 6.0 + 66.0 * rml_rng_uniform(seed, stream, CENSORING);

    outcome->y = rml_rng_uniform(seed, stream, CLASS) < logistic(intercept + coefficient * truth->biology);
    outcome->died = death <= censoring;
    outcome->months = outcome->died ? death : censoring;
    outcome->marker = 0.6 * truth->biology + 0.8 * rml_rng_normal(seed, stream, MARKER);
}
