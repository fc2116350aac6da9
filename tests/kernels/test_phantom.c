/* The digital cohort against its own description.
 *
 * Oracles are the distributions that the description names, by closed form or by quadrature here. Where draws are
 * compared with them the bound is 4.5 standard errors of the draw (probability 7e-6 each to fail without a mistake), so
 * a fixed seed passes for a reason and not by luck.
 *
 * 1. numbers: biology, what it leaves, outcomes, centres, subsets
 * 2. images: labels, readers, time points, scanners */
#include "tests/support/support.h"

#include "kernels/phantom/phantom.h"

#define ERRORS 4.5

enum { MANY = 4000 };

static const rml_phantom_cohort cohort = {20, 4, 1.2, 4.0};
static rml_phantom_patient people[MANY];

static int describe_all(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; ++i) rml_phantom_describe(&cohort, i + 1, &people[i]);
    return 0;
}

/* --- statistics ----------------------------------------------------------------------------------------------------
 */

typedef struct pair {
    double value;
    int index;
} pair;

static int by_value(const void *a, const void *b)
{
    const double x = ((const pair *)a)->value, y = ((const pair *)b)->value;

    return x < y ? -1 : x > y;
}

static void rankings(const double *value, int n, double *ranking) /* ties by index: at most a few clipped radii */
{
    pair *sorted = malloc((size_t)n * sizeof *sorted);

    for (int i = 0; i < n; ++i) sorted[i] = (pair){value[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int i = 0; i < n; ++i) ranking[sorted[i].index] = i;
    free(sorted);
}

static double correlation(const double *x, const double *y, int n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

    for (int i = 0; i < n; ++i) mx += x[i] / n, my += y[i] / n;
    for (int i = 0; i < n; ++i) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static double spearman(const double *x, const double *y, int n)
{
    double *rx = malloc((size_t)n * sizeof *rx), *ry = malloc((size_t)n * sizeof *ry), rho;

    rankings(x, n, rx);
    rankings(y, n, ry);
    rho = correlation(rx, ry, n);
    free(rx);
    free(ry);
    return rho;
}

/* P(Y > x of a random negative) = (rank sum of the positives - least possible) / (positives * negatives). */
static double auc(const double *score, const bool *positive, int n)
{
    double *ranking = malloc((size_t)n * sizeof *ranking), sum = 0;
    int n_positive = 0;

    rankings(score, n, ranking);
    for (int i = 0; i < n; ++i)
        if (positive[i]) {
            sum += ranking[i];
            ++n_positive;
        }
    free(ranking);
    return (sum - 0.5 * n_positive * (n_positive - 1)) / ((double)n_positive * (n - n_positive));
}

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* The mean of f(z) over a standard normal z, by the trapezoid rule, which converges beyond need on a smooth f. */
static double mean_over_normal(double (*f)(double z, const void *context), const void *context)
{
    double sum = 0.0;

    for (int i = -400; i <= 400; ++i) {
        const double z = 0.02 * i;

        sum += 0.02 * f(z, context) * exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
    }
    return sum;
}

/* --- 1. numbers ----------------------------------------------------------------------------------------------------
 */

/* Oracle: log parameters are b times its factor plus e times its own, so their correlation with b is
 * r = factor / sqrt(factor^2 + own^2), and Spearman's of a bivariate normal is 6 / pi asin(r / 2). Its standard error
 * is below 1 / sqrt(n). */
static void parameters_follow_biology(void **state)
{
    static double b[MANY], parameter[10][MANY];
    static const struct {
        const char *name;
        double factor, own;
    } wanted[] = {{"ell", 0.22, 0.20},          {"contrast", 0.18, 0.18},
                  {"irregularity", 0.15, 0.25}, {"core", 0.40, 0.70},
                  {"radius", 0.05, 0.20},       {"oedema", 0, 1},
                  {"response", 0, 1},           {"age", 0, 1},
                  {"position", 0, 1},           {"sex", 0, 1}};
    double mean[10] = {0};

    (void)state;
    for (int i = 0; i < MANY; ++i) {
        const rml_patient *truth = &people[i].truth;
        const double values[] = {truth->ell,    truth->contrast, truth->irregularity, truth->core_logit,  truth->radius,
                                 truth->oedema, truth->response, truth->age,          truth->position[2], truth->male};

        b[i] = truth->biology;
        for (int p = 0; p < 10; ++p) {
            parameter[p][i] = values[p];
            mean[p] += (p == 0 || p == 1 || p == 2 ? log(values[p]) : values[p]) / MANY;
        }
        assert_true(truth->radius >= 8.0 && truth->radius <= 19.0);
        assert_true(truth->oedema >= 0.25 && truth->oedema < 0.55);
        assert_true(sqrt(truth->position[0] * truth->position[0] + truth->position[1] * truth->position[1] +
                         truth->position[2] * truth->position[2]) <= 5.0);
    }
    for (int p = 0; p < 10; ++p) {
        const double r = wanted[p].factor / hypot(wanted[p].factor, wanted[p].own);

        assert_close(spearman(b, parameter[p], MANY), 6.0 / M_PI * asin(0.5 * r), 0, ERRORS / sqrt(MANY),
                     wanted[p].name);
    }
    assert_close(mean[0], log(2.2), 0, ERRORS * hypot(0.22, 0.20) / sqrt(MANY), "mean log ell");
    assert_close(mean[1], log(0.16), 0, ERRORS * hypot(0.18, 0.18) / sqrt(MANY), "mean log contrast");
    assert_close(mean[2], log(0.16), 0, ERRORS * hypot(0.15, 0.25) / sqrt(MANY), "mean log irregularity");
    assert_close(mean[3], -1.6, 0, ERRORS * hypot(0.40, 0.70) / sqrt(MANY), "mean core logit");
    assert_close(mean[5], 0.40, 0, ERRORS * 0.30 / sqrt(12.0 * MANY), "mean oedema");
    assert_close(mean[7], 58.0, 0, ERRORS * 11.0 / sqrt(MANY), "mean age");
    assert_close(mean[9], 0.5, 0, ERRORS * 0.5 / sqrt(MANY), "share of men");
}

static double class_chance(double z, const void *intercept)
{
    return logistic(*(const double *)intercept + 4.0 * z);
}

/* Oracle: the mean of logistic(a + 4 b) over b, by quadrature: 70, 28, 50, 50 % at shift 1.2. */
static void classes_follow_case_mix(void **state)
{
    static const double intercepts[4] = {1.2, -1.2, 0.0, 0.0};

    (void)state;
    for (int k = 0; k < 4; ++k) {
        const double expected = mean_over_normal(class_chance, &intercepts[k]);
        double share = 0.0;

        for (int i = k; i < MANY; i += 4) {
            assert_close(people[i].centre.intercept, intercepts[k], 1e-15, 0, "intercept");
            share += people[i].outcome.y / (MANY / 4.0);
        }
        assert_close(share, expected, 0, ERRORS * sqrt(expected * (1.0 - expected) / (MANY / 4.0)), "share of y");
    }
}

/* Oracle: the table "the truth b itself" of the cohort's description, AUC to two digits; Hanley & McNeil's standard
 * error. */
static void biology_tells_the_class(void **state)
{
    static const double coefficient[] = {1.9, 2.5, 3.0, 4.0}, wanted[] = {0.85, 0.89, 0.92, 0.95};
    static double b[MANY];
    static bool y[MANY];

    (void)state;
    for (int c = 0; c < 4; ++c) {
        const double a = wanted[c], q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
        const double error = sqrt((a * (1 - a) + (0.5 * MANY - 1) * (q1 + q2 - 2 * a * a)) / (0.25 * MANY * MANY));

        for (int i = 0; i < MANY; ++i) {
            rml_patient_outcome outcome;

            rml_patient_follow(cohort.seed, i + 1, &people[i].truth, 0.0, coefficient[c], &outcome);
            b[i] = people[i].truth.biology;
            y[i] = outcome.y;
        }
        assert_close(auc(b, y, MANY), wanted[c], 0, 0.005 + ERRORS * error, "AUC of b");
    }
}

/* The share of deaths seen given the log hazard's standard normal: the mean of 1 - S(c) over c uniform in 6 .. 72. */
static double event_chance(double z, const void *deviation)
{
    const double hazard = exp(*(const double *)deviation * z);
    double sum = 0.0;

    for (int i = 0; i < 200; ++i) sum += 1.0 - exp(-pow((6.0 + 0.33 * (i + 0.5)) / 24.0, 1.3) * hazard);
    return sum / 200;
}

/* Harrell's C of a score that is high where death comes early. */
static double concordance(const double *score)
{
    double good = 0.0, all = 0.0;

    for (int i = 0; i < MANY; ++i) {
        if (!people[i].outcome.died) continue;
        for (int j = 0; j < MANY; ++j)
            if (people[j].outcome.months > people[i].outcome.months) {
                all += 1.0;
                good += score[i] > score[j];
            }
    }
    return good / all;
}

/* Oracle: the likelihood of Weibull times with the description's shape, scale and log hazard. At the truth its scores
 * for scale, shape, b and age are sums of n independent terms of mean 0, censored or not. */
static void survival_is_weibull(void **state)
{
    static const char *const names[4] = {"scale", "shape", "biology", "age"};
    double score[4] = {0}, square[4] = {0};

    (void)state;
    for (int i = 0; i < MANY; ++i) {
        const rml_patient_outcome *outcome = &people[i].outcome;
        const double b = people[i].truth.biology, age = people[i].truth.age - 58.0;
        const double g = 1.3 * log(outcome->months / 24.0), cumulative = exp(g + 0.70 * b + 0.02 * age);
        const double residual = outcome->died - cumulative;
        const double term[4] = {residual, outcome->died + residual * g, residual * b, residual * age};

        for (int k = 0; k < 4; ++k) {
            score[k] += term[k];
            square[k] += term[k] * term[k];
        }
    }
    for (int k = 0; k < 4; ++k) assert_close(score[k], 0, 0, ERRORS * sqrt(square[k]), names[k]);
}

/* Oracles: the share of events by quadrature (log hazard has the variance 0.70^2 + 0.22^2): 72 %, of which the
 * description's 77 % of 240 patients are a draw; its C-indices 0.65 and 0.62, two digits, with 1 / sqrt(3 * events) as
 * standard error (that of Kendall's tau, 2 / (3 sqrt n), halved for C and more than doubled for censoring: an upper
 * bound); correlation of marker and b 0.6. */
static void survival_and_marker_follow_biology(void **state)
{
    const double deviation = hypot(0.70, 0.02 * 11.0), expected = mean_over_normal(event_chance, &deviation);
    static double b[MANY], marker[MANY];
    double events = 0.0, error, of_b, of_marker;

    (void)state;
    for (int i = 0; i < MANY; ++i) {
        const rml_patient_outcome *outcome = &people[i].outcome;

        b[i] = people[i].truth.biology;
        marker[i] = outcome->marker;
        events += outcome->died;
        assert_true(outcome->months > 0.0 && outcome->months < 72.0);
        assert_true(outcome->died || outcome->months >= 6.0);
    }
    assert_close(expected, 0.77, 0, ERRORS * sqrt(0.77 * 0.23 / 240), "expected share of events");
    assert_close(events / MANY, expected, 0, ERRORS * sqrt(expected * (1.0 - expected) / MANY), "share of events");
    error = 1.0 / sqrt(3.0 * events);
    of_b = concordance(b);
    of_marker = concordance(marker);
    assert_close(of_b, 0.65, 0, 0.005 + ERRORS * error, "C of b");
    assert_close(of_marker, 0.62, 0, 0.005 + ERRORS * error, "C of the marker");
    assert_true(of_b > of_marker && of_marker > 0.5 + ERRORS * error);
    assert_close(correlation(b, marker, MANY), 0.6, 0, ERRORS * (1.0 - 0.36) / sqrt(MANY), "marker and b");
}

/* Identity: the first four as given whatever the cohort; further ones their multiples, exp(0.15 e) with e normal. */
static void centres_repeat_with_variation(void **state)
{
    enum { N = 2000 };
    double mean[4] = {0}, square[4] = {0};
    rml_centre first[4], centre;

    (void)state;
    for (int k = 0; k < 4; ++k) {
        rml_centre_draw(77, k, 1.0, &first[k]);
        rml_centre_draw(78, k, 1.0, &centre);
        assert_memory_equal(&centre, &first[k], sizeof centre);
    }
    assert_close(first[1].gain, 1.60, 0, 0, "gain of B");
    assert_close(first[3].spacing[2], 5.0, 0, 0, "spacing of D");
    for (int k = 4; k < N + 4; ++k) {
        const rml_centre *base = &first[k % 4];

        rml_centre_draw(77, k, 1.0, &centre);
        {
            const double ratio[] = {log(centre.gain / base->gain), log(centre.noise / base->noise),
                                    log(centre.bias / base->bias), log(centre.blur / base->blur)};

            for (int i = 0; i < 4; ++i) mean[i] += ratio[i] / N, square[i] += ratio[i] * ratio[i] / N;
        }
        assert_memory_equal(centre.spacing, base->spacing, sizeof centre.spacing);
        assert_true(centre.offset == base->offset && centre.intercept == base->intercept);
    }
    for (int i = 0; i < 4; ++i) {
        assert_close(mean[i], 0, 0, ERRORS * 0.15 / sqrt(N), "mean log ratio");
        assert_close(square[i], 0.15 * 0.15, ERRORS * sqrt(2.0 / N), 0, "its variance");
    }
    rml_centre_draw(77, 25, 0, &centre);
    assert_string_equal(centre.name, "Z");
    rml_centre_draw(77, 26, 0, &centre);
    assert_string_equal(centre.name, "AA");
    rml_centre_draw(77, RML_PHANTOM_MAX_CENTRES - 1, 0, &centre);
    assert_string_equal(centre.name, "EQXD"); /* 100000 in the columns of a spreadsheet */
}

/* The number asked for, no more from one centre than chance allows (hypergeometric), the two subsets independent. */
static void subsets_are_drawn_across_centres(void **state)
{
    static uint64_t order[MANY][2];
    static bool read[MANY], seen[MANY];
    int n_read = 0, n_both = 0, per_centre[4] = {0};

    (void)state;
    assert_int_equal(rml_phantom_choose(5, RML_SUBSET_SECOND_READER, MANY, MANY / 4, order, read), RML_OK);
    assert_int_equal(rml_phantom_choose(5, RML_SUBSET_SECOND_TIME, MANY, MANY / 2, order, seen), RML_OK);
    for (int i = 0; i < MANY; ++i) {
        n_read += read[i];
        n_both += read[i] && seen[i];
        per_centre[i % 4] += read[i];
    }
    assert_int_equal(n_read, MANY / 4);
    for (int k = 0; k < 4; ++k)
        assert_close(per_centre[k], MANY / 16.0, 0, ERRORS * sqrt(MANY / 16.0 * 0.75 * 0.75), "chosen of a centre");
    assert_close(n_both, MANY / 8.0, 0, ERRORS * sqrt(MANY / 8.0 * 0.5 * 0.75), "chosen twice");
    assert_int_equal(rml_phantom_choose(5, RML_SUBSET_SECOND_TIME, 3, 0, order, seen), RML_OK);
    assert_false(seen[0] || seen[1] || seen[2]);
    assert_int_equal(rml_phantom_choose(5, RML_SUBSET_SECOND_TIME, 3, 3, order, seen), RML_OK);
    assert_true(seen[0] && seen[1] && seen[2]);
    assert_int_equal(rml_phantom_choose(5, RML_SUBSET_SECOND_TIME, 3, 4, order, seen), RML_EINVAL);
}

/* --- 2. images -----------------------------------------------------------------------------------------------------
 */

enum { DRAWN = 40, MOST = RML_FINE_VOXELS }; /* no centre has more voxels than the fine grid */

typedef struct drawn {
    int32_t n;
    int16_t *image[2];
    uint8_t *mask[2], *reread;
} drawn;

static drawn cases[DRAWN];

static void draw_case(int i, bool reader, bool time, drawn *d)
{
    void *scratch = aligned_alloc(64, rml_phantom_scratch_bytes(&people[i]));
    const int32_t *size = people[i].grid.size;
    rml_phantom_images images = {0};

    d->n = size[0] * size[1] * size[2];
    assert_true(d->n <= MOST);
    for (int t = 0; t < 2; ++t) {
        d->image[t] = calloc((size_t)d->n, sizeof *d->image[t]);
        d->mask[t] = calloc((size_t)d->n, 1);
        if (t == 1 && !time) break;
        images.image[t] = d->image[t];
        images.mask[t] = d->mask[t];
    }
    d->reread = calloc((size_t)d->n, 1);
    if (reader) images.reread = d->reread;
    assert_int_equal(rml_phantom_images_draw(&cohort, &people[i], scratch, &images), RML_OK);
    free(scratch);
}

static void free_case(drawn *d)
{
    for (int t = 0; t < 2; ++t) {
        free(d->image[t]);
        free(d->mask[t]);
    }
    free(d->reread);
}

static int draw_cases(void **state)
{
    (void)state;
    for (int i = 0; i < DRAWN; ++i) draw_case(i, true, true, &cases[i]);
    return 0;
}

static int free_cases(void **state)
{
    (void)state;
    for (int i = 0; i < DRAWN; ++i) free_case(&cases[i]);
    return 0;
}

static bool is_tumour(uint8_t label)
{
    return label == RML_TISSUE_SOLID || label == RML_TISSUE_CORE;
}

/* Identity: what else is drawn of a patient changes nothing, and nor does drawing again. */
static void a_patient_is_a_function_of_its_number(void **state)
{
    (void)state;
    for (int i = 0; i < 5; ++i) {
        drawn alone;

        draw_case(i, false, false, &alone);
        assert_memory_equal(alone.image[0], cases[i].image[0], (size_t)alone.n * sizeof *alone.image[0]);
        assert_memory_equal(alone.mask[0], cases[i].mask[0], (size_t)alone.n);
        free_case(&alone);
        draw_case(i, false, true, &alone);
        assert_memory_equal(alone.image[1], cases[i].image[1], (size_t)alone.n * sizeof *alone.image[1]);
        assert_memory_equal(alone.mask[1], cases[i].mask[1], (size_t)alone.n);
        free_case(&alone);
    }
}

/* Grids as the centres have them, middles together; every label there; tumour a single face-connected piece on the
 * first centre's grid, which is the fine one. */
static void masks_show_the_anatomy(void **state)
{
    static const int32_t size[4][3] = {{72, 72, 60}, {80, 80, 20}, {60, 60, 30}, {72, 72, 12}};

    (void)state;
    for (int i = 0; i < DRAWN; ++i) {
        const rml_grid *grid = &people[i].grid;
        int32_t count[4] = {0};

        assert_memory_equal(grid->size, size[i % 4], sizeof size[0]);
        for (int a = 0; a < 3; ++a)
            assert_close(grid->origin[a] + 0.5 * (grid->size[a] - 1) * grid->spacing[a], 0, 0, 1e-12, "middle");
        for (int32_t v = 0; v < cases[i].n; ++v) {
            assert_true(cases[i].mask[0][v] <= RML_TISSUE_CORE);
            ++count[cases[i].mask[0][v]];
        }
        assert_true(count[RML_TISSUE_SOLID] > 0 && count[RML_TISSUE_OEDEMA] > 0);
    }
}

/* Exact: the core holds the rounded share of the tumour, its every voxel above every solid one in phi; the tumour is
 * where phi is above 0 around the centre. Worked on a phi of concentric shells, where the answer is the ball's. */
static void the_core_is_the_top_of_phi(void **state)
{
    static double phi[RML_FINE_VOXELS], shape[RML_FINE_VOXELS], sorted[RML_FINE_VOXELS];
    static int32_t stack[RML_FINE_VOXELS];
    static uint8_t labels[RML_FINE_VOXELS];
    const rml_patient ball = {.radius = 12.0, .oedema = 0.5, .position = {0.5, 0.5, 0.5}};
    int32_t n_tumour, count[4] = {0}, n_ball = 0, n_rim = 0;
    double border;

    (void)state;
    memset(shape, 0, sizeof shape);
    rml_anatomy_phi(&ball, shape, phi);
    phi[RML_FINE_PLANE * 30 + RML_FINE_NX * 36 + 60] = 0.5; /* an island: not of the tumour, but above -oedema */
    assert_int_equal(rml_anatomy_segment(&ball, phi, stack, labels, &n_tumour), RML_OK);
    for (int z = -40; z <= 40; ++z) /* the centre lies on a voxel: distances are those of integers */
        for (int y = -40; y <= 40; ++y)
            for (int x = -40; x <= 40; ++x) {
                n_ball += x * x + y * y + z * z < 144;
                n_rim += x * x + y * y + z * z >= 144 && x * x + y * y + z * z < 324;
            }
    assert_int_equal(n_tumour, n_ball);
    border = rml_anatomy_core_border(phi, labels, n_tumour, 33.0 / n_ball, sorted);
    rml_anatomy_hollow(phi, border, labels);
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) ++count[labels[v]];
    assert_int_equal(count[RML_TISSUE_CORE], 33); /* 1 + 6 + 12 + 8 + 6: shells to distance 2 */
    assert_int_equal(count[RML_TISSUE_SOLID], n_ball - 33);
    assert_int_equal(count[RML_TISSUE_OEDEMA], n_rim + 1);
    assert_true(rml_anatomy_core_border(phi, labels, n_tumour, 0.0, sorted) == INFINITY);
    assert_true(rml_anatomy_core_border(phi, labels, n_tumour, 1.0, sorted) == -INFINITY);
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) phi[v] = -1.0;
    assert_int_equal(rml_anatomy_segment(&ball, phi, stack, labels, &n_tumour), RML_EEMPTY);
}

/* Oracle: Dice 0.93 on solid tumour and core together (the description, two digits); standard error of the mean from
 * the cases themselves. */
static void second_readers_agree_as_described(void **state)
{
    double mean = 0.0, square = 0.0;

    (void)state;
    for (int i = 0; i < DRAWN; ++i) {
        int32_t one = 0, two = 0, both = 0;
        double dice;

        for (int32_t v = 0; v < cases[i].n; ++v) /* the core stays, as far as the second tumour reaches */
            if (is_tumour(cases[i].reread[v]))
                assert_int_equal(cases[i].reread[v] == RML_TISSUE_CORE, cases[i].mask[0][v] == RML_TISSUE_CORE);
        for (int32_t v = 0; v < cases[i].n; ++v) {
            const bool first = is_tumour(cases[i].mask[0][v]), second = is_tumour(cases[i].reread[v]);

            one += first;
            two += second;
            both += first && second;
        }
        dice = 2.0 * both / (one + two);
        mean += dice / DRAWN;
        square += dice * dice / DRAWN;
    }
    assert_close(mean, 0.93, 0, 0.005 + ERRORS * sqrt((square - mean * mean) / DRAWN), "Dice");
}

/* Exact: phi at time point 2 is above that of time point 1 everywhere where the radius grew, below where it shrank, so
 * one tumour holds the other. */
static void treatment_shrinks_or_grows_the_tumour(void **state)
{
    int n_grown = 0;

    (void)state;
    for (int i = 0; i < DRAWN; ++i) {
        const bool grown = people[i].truth.response < 0.05 / 0.06;

        n_grown += grown;
        for (int32_t v = 0; v < cases[i].n; ++v) {
            const bool first = is_tumour(cases[i].mask[0][v]), second = is_tumour(cases[i].mask[1][v]);

            assert_true(grown ? second || !first : first || !second);
        }
    }
    assert_true(n_grown > 0 && n_grown < DRAWN);
}

/* Texture keeps its stream, noise does not: within the solid tumour of both time points the images of the first centre
 * correlate (texture 0.16 against noise 0.035 and blur: near 0.9; new texture would give 0), in the air they do not
 * (4.5 / sqrt n, n voxels with noise of their own). */
static void time_points_share_texture_but_no_noise(void **state)
{
    static double x[2][MOST];

    (void)state;
    for (int i = 0; i < DRAWN; i += 4) {
        int n = 0;

        for (int32_t v = 0; v < cases[i].n; ++v)
            if (cases[i].mask[0][v] == RML_TISSUE_SOLID && cases[i].mask[1][v] == RML_TISSUE_SOLID) {
                for (int t = 0; t < 2; ++t) x[t][n] = cases[i].image[t][v];
                ++n;
            }
        assert_true(correlation(x[0], x[1], n) > 0.5);
        n = 0;
        for (int32_t v = 0; v < cases[i].n; ++v) {
            const int a = v % 72, b = v / 72 % 72;

            if (hypot(a - 35.5, b - 35.5) < 40) continue; /* the corners, clear of the head and its blur */
            for (int t = 0; t < 2; ++t) x[t][n] = cases[i].image[t][v];
            ++n;
        }
        assert_true(n > 1000);
        assert_close(correlation(x[0], x[1], n), 0, 0, ERRORS / sqrt(n), "noise of two time points");
    }
}

/* Mean of a Rician variable by quadrature over the second channel's angle: E|nu + sigma(n1 + i n2)|. */
static double rician_mean(double nu, double sigma)
{
    double sum = 0.0;

    for (int i = -60; i <= 60; ++i)
        for (int j = -60; j <= 60; ++j) {
            const double u = 0.1 * i, v = 0.1 * j;

            sum += 0.01 * hypot(nu + sigma * u, sigma * v) * exp(-0.5 * (u * u + v * v)) / (2.0 * M_PI);
        }
    return sum;
}

/* Air on the first centre's grid, which samples nothing in between: signal 0.02 bias, noise 0.035, gain 1, offset 0.
 * The bias (exp of 0.10 G) moves the mean's 0.02 by its own 10 %, which 0.16 of it passes on; 4.5 of that over the
 * cases, and 0.5 for the rounding of the image units at most. */
static void air_is_rician(void **state)
{
    double mean = 0.0;
    const double expected = 300.0 * rician_mean(0.02, 0.035);

    (void)state;
    for (int i = 0; i < DRAWN; i += 4) {
        double sum = 0.0;
        int n = 0;

        for (int32_t v = 0; v < cases[i].n; ++v)
            if (hypot(v % 72 - 35.5, v / 72 % 72 - 35.5) >= 40) {
                sum += cases[i].image[0][v];
                ++n;
            }
        mean += sum / n / (DRAWN / 4.0);
    }
    assert_close(mean, expected, ERRORS * 0.16 * 0.10 / sqrt(DRAWN / 4.0), 0.05, "mean of the air");
}

/* The share of the variance of the raw mean's rankings that lies between centres: 0.81 in the description. Without an
 * effect it would be (4 - 1) / (n - 1) = 0.08; its standard error at 0.81 and n = 40 is about
 * 2 sqrt(0.81) (1 - 0.81) / sqrt(n) = 0.054, so 0.81 - 4.5 * 0.054 = 0.57 must be passed. */
static void raw_means_tell_the_centre(void **state)
{
    double mean[DRAWN], ranking[DRAWN], between = 0.0, total = 0.0;

    (void)state;
    for (int i = 0; i < DRAWN; ++i) {
        double sum = 0.0;
        int n = 0;

        for (int32_t v = 0; v < cases[i].n; ++v)
            if (cases[i].mask[0][v] == RML_TISSUE_SOLID) {
                sum += cases[i].image[0][v];
                ++n;
            }
        mean[i] = sum / n;
    }
    rankings(mean, DRAWN, ranking);
    for (int k = 0; k < 4; ++k) {
        double of_centre = 0.0;

        for (int i = k; i < DRAWN; i += 4) {
            of_centre += ranking[i] / (DRAWN / 4.0);
            total += (ranking[i] - 0.5 * (DRAWN - 1)) * (ranking[i] - 0.5 * (DRAWN - 1));
        }
        between += DRAWN / 4.0 * (of_centre - 0.5 * (DRAWN - 1)) * (of_centre - 0.5 * (DRAWN - 1));
    }
    assert_true(between / total > 0.57);
}

int main(void)
{
    const struct CMUnitTest numbers[] = {
        cmocka_unit_test(parameters_follow_biology),
        cmocka_unit_test(classes_follow_case_mix),
        cmocka_unit_test(biology_tells_the_class),
        cmocka_unit_test(survival_is_weibull),
        cmocka_unit_test(survival_and_marker_follow_biology),
        cmocka_unit_test(centres_repeat_with_variation),
        cmocka_unit_test(subsets_are_drawn_across_centres),
    };
    const struct CMUnitTest images[] = {
        cmocka_unit_test(a_patient_is_a_function_of_its_number),
        cmocka_unit_test(masks_show_the_anatomy),
        cmocka_unit_test(the_core_is_the_top_of_phi),
        cmocka_unit_test(second_readers_agree_as_described),
        cmocka_unit_test(treatment_shrinks_or_grows_the_tumour),
        cmocka_unit_test(time_points_share_texture_but_no_noise),
        cmocka_unit_test(air_is_rician),
        cmocka_unit_test(raw_means_tell_the_centre),
    };
    return cmocka_run_group_tests(numbers, describe_all, NULL) + cmocka_run_group_tests(images, draw_cases, free_cases);
}
