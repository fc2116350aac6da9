#include "kernels/models/platt.h"

#include <math.h>

#define MAX_STEPS 200
#define SHORTEST_STEP 1e-10
#define RIDGE 1e-12 /* added to the Hessian's diagonal, as Lin, Lin & Weng do */

/* The data, and the values' centre and half range: steps are made in (f - centre) / scale, where the Hessian is well
 * conditioned whatever the scale of f. */
typedef struct problem {
    const double *f, *weight;
    const uint8_t *y;
    int64_t n;
    double target[2];
    double centre, scale;
} problem;

static double weight_of(const problem *p, int64_t i)
{
    return p->weight ? p->weight[i] : 1.0;
}

/* log(1 + exp(-x)) + (1 - t) x of x = -(a f + b), in the form that never takes exp of a positive number. */
static double loss_at(const problem *p, double a, double b)
{
    double sum = 0.0;

    for (int64_t i = 0; i < p->n; ++i) {
        const double u = (p->f[i] - p->centre) / p->scale * a + b, t = p->target[p->y[i]];

        sum += weight_of(p, i) * (u >= 0.0 ? t * u + log1p(exp(-u)) : (t - 1.0) * u + log1p(exp(u)));
    }
    return sum;
}

static void newton(const problem *p, double *a, double *b)
{
    double loss = loss_at(p, *a, *b);

    for (int step = 0; step < MAX_STEPS; ++step) {
        double haa = RIDGE, hbb = RIDGE, hab = 0.0, ga = 0.0, gb = 0.0, total = 0.0, length = 1.0;

        for (int64_t i = 0; i < p->n; ++i) {
            const double x = (p->f[i] - p->centre) / p->scale, u = x * *a + *b, e = exp(-fabs(u)), w = weight_of(p, i);
            const double one = u >= 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e); /* the probability */
            const double curve = w * e / ((1.0 + e) * (1.0 + e)), slope = w * (p->target[p->y[i]] - one);

            haa += x * x * curve;
            hbb += curve;
            hab += x * curve;
            ga += x * slope;
            gb += slope;
            total += w;
        }
        const double determinant = haa * hbb - hab * hab;
        const double da = -(hbb * ga - hab * gb) / determinant, db = -(haa * gb - hab * ga) / determinant;
        const double descent = ga * da + gb * db;

        if (fabs(ga) <= 1e-9 * total && fabs(gb) <= 1e-9 * total) { /* what is left squares in a last full step */
            *a += da;
            *b += db;
            return;
        }
        while (length >= SHORTEST_STEP) {
            const double new_a = *a + length * da, new_b = *b + length * db, new_loss = loss_at(p, new_a, new_b);

            if (new_loss < loss + 1e-4 * length * descent) {
                *a = new_a;
                *b = new_b;
                loss = new_loss;
                break;
            }
            length /= 2.0;
        }
        if (length < SHORTEST_STEP) return; /* the loss is as low as its rounding allows */
    }
}

rml_status rml_platt_fit(const double *decision, const uint8_t *y, const double *weight, int64_t n, rml_platt *fit)
{
    problem p = {.f = decision, .weight = weight, .y = y, .n = n};
    double count[2] = {0}, lowest = INFINITY, highest = -INFINITY, a = 0.0, b;

    *fit = (rml_platt){NAN, NAN};
    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(decision[i]) || y[i] > 1 || (weight && !isfinite(weight[i]))) return RML_EVALUE;
        if (weight_of(&p, i) < 0.0) return RML_EINVAL;
        if (weight_of(&p, i) == 0.0) continue;
        count[y[i]] += weight_of(&p, i);
        lowest = fmin(lowest, decision[i]);
        highest = fmax(highest, decision[i]);
    }
    if (!(lowest < highest)) return RML_EEMPTY;
    p.target[0] = 1.0 / (count[0] + 2.0);
    p.target[1] = (count[1] + 1.0) / (count[1] + 2.0);
    p.centre = lowest + (highest - lowest) / 2.0;
    p.scale = highest / 2.0 - lowest / 2.0;
    b = log((count[0] + 1.0) / (count[1] + 1.0));
    newton(&p, &a, &b);
    fit->a = a / p.scale;
    fit->b = b - fit->a * p.centre;
    return RML_OK;
}

void rml_platt_predict(const rml_platt *fit, const double *decision, int64_t n, double *probability)
{
    for (int64_t i = 0; i < n; ++i) {
        const double u = fit->a * decision[i] + fit->b, e = exp(-fabs(u));

        probability[i] = u >= 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
    }
}
