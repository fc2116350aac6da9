/* 1. The search   2. Levels   3. Numbers
 *
 * Each column keeps its relevance and the sum (or maximum) of its redundancies with the chosen ones. A redundancy has a
 * least value (0 for information, 0.001 for F), so a column that has not been compared with the latest choices has an
 * upper bound of its score, and only columns whose bound reaches the best score found are brought up to date: the same
 * choices as by comparing all with all, at worst n_wanted passes over the table, usually a few. */
#include "kernels/select/mrmr.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/moments.h"
#include "kernels/select/univariate.h"

#define MOST_LEVELS 64
#define FLOOR 0.001            /* mrmr_selection's least |r| */
#define QUOTIENT 0.0001        /* what MIQ adds to the redundancy */
#define A_COPY (1.0 - 1e-12)   /* |r| from here on */
#define ROUNDING (1.0 + 1e-12) /* a bound's own error */

/* 1. The search */

typedef struct search search;
struct search {
    rml_mrmr_form form;
    int32_t n_columns;
    int32_t n_chosen;
    double least;       /* redundancy */
    double *relevance;  /* [n_columns]; NaN: not to be chosen (any more) */
    double *redundancy; /* [n_columns] sum, for F_MAX the maximum, over the first n_done choices */
    int32_t *n_done;    /* [n_columns] */
    const int32_t *chosen;
    const void *table;
    double (*compare)(const search *s, int32_t column,
                      int32_t k); /* redundancy with choice k; INFINITY: never choose */
};

static double score_of(const search *s, double relevance, double redundancy)
{
    const double m = s->n_chosen;

    if (s->n_chosen == 0) return relevance;
    switch (s->form) {
    case RML_MRMR_MIQ: return relevance / M_LN2 / (redundancy / M_LN2 / m + QUOTIENT);
    case RML_MRMR_F_MEAN: return relevance / (redundancy / m);
    case RML_MRMR_F_MAX: return relevance / redundancy;
    default: return relevance - redundancy / m;
    }
}

/* No score of this column can be higher. */
static double bound_of(const search *s, int32_t j)
{
    const int32_t n_left = s->n_chosen - s->n_done[j];
    double bound;

    if (n_left == 0) return score_of(s, s->relevance[j], s->redundancy[j]);
    if (s->form == RML_MRMR_F_MAX) return score_of(s, s->relevance[j], fmax(s->redundancy[j], s->least)) * ROUNDING;
    bound = score_of(s, s->relevance[j], s->redundancy[j] + n_left * s->least);
    return bound + fabs(bound) * (ROUNDING - 1.0);
}

/* Compares a column with the choices that it has not met. */
static void catch_up(search *s, int32_t j)
{
    double redundancy = s->redundancy[j];

    for (int32_t k = s->n_done[j]; k < s->n_chosen; ++k) {
        const double value = s->compare(s, j, k);

        if (value == INFINITY) s->relevance[j] = NAN;
        redundancy = s->form == RML_MRMR_F_MAX ? fmax(redundancy, value) : redundancy + value;
    }
    s->redundancy[j] = redundancy;
    s->n_done[j] = s->n_chosen;
}

/* The column of the highest score, the first of equals; -1 when none is left. */
static int32_t best_column(search *s, double *score)
{
    int32_t best = -1, likely = -1;
    double highest = -INFINITY;

    for (int32_t j = 0; j < s->n_columns; ++j) { /* the highest bound first: its score then rules most others out */
        if (isnan(s->relevance[j])) continue;
        const double bound = bound_of(s, j);

        if (likely >= 0 && !(bound > highest)) continue;
        likely = j;
        highest = bound;
    }
    if (likely < 0) return -1;
    for (int32_t pass = -1; pass < s->n_columns; ++pass) {
        const int32_t j = pass < 0 ? likely : pass;

        if (isnan(s->relevance[j]) || (pass == likely && best >= 0)) continue;
        if (best >= 0) {
            const double bound = bound_of(s, j);

            if (bound < *score || (bound == *score && j > best)) continue;
        }
        catch_up(s, j);
        if (isnan(s->relevance[j])) continue;
        const double value = score_of(s, s->relevance[j], s->redundancy[j]);

        if (best >= 0 && (value < *score || (value == *score && j > best))) continue;
        best = j;
        *score = value;
    }
    return best;
}

/* take: makes the table ready to be compared with choice k, column j. */
static void run(search *s, int32_t n_wanted, void (*take)(search *s, int32_t j), rml_mrmr_choice *choice)
{
    s->chosen = choice->column;
    choice->n = 0;
    while (choice->n < n_wanted) {
        double score = 0.0;
        const int32_t best = best_column(s, &score);

        if (best < 0) break;
        choice->column[choice->n] = best;
        choice->score[choice->n++] = score;
        if (choice->n < n_wanted) take(s, best);
        s->relevance[best] = NAN;
        s->n_chosen = choice->n;
    }
}

static bool search_init(search *s)
{
    const size_t n = (size_t)s->n_columns;

    s->relevance = malloc(n * sizeof *s->relevance);
    s->redundancy = calloc(n, sizeof *s->redundancy);
    s->n_done = calloc(n, sizeof *s->n_done);
    return s->relevance && s->redundancy && s->n_done;
}

static void search_free(search *s)
{
    free(s->relevance);
    free(s->redundancy);
    free(s->n_done);
}

/* 2. Levels
 *
 * With H(c) = sum c ln c over the counts of a table, I(a, b) = (H(ab) - H(a) - H(b) + H(n)) / n. A column is a plane of
 * bits a level, and a count of pairs is the number of bits that two planes share; the last level of either side follows
 * from the margins. */

typedef struct planes {
    int64_t n_rows, n_words;
    int32_t n_levels;
    uint64_t *bits;     /* [n_columns][n_levels - 1][n_words] */
    int64_t *margin;    /* [n_columns][n_levels] */
    int64_t *by_column; /* [n_columns] H of the column */
    int64_t *term;      /* [n_rows + 1] c ln c in the unit */
    double unit;        /* that of n I, over n: nats */
} planes;

static void fill_planes(const uint8_t *levels, int64_t n, int32_t n_levels, int64_t n_words, uint64_t *bits,
                        int64_t *margin)
{
    for (int64_t i = 0; i < n; ++i) {
        const int32_t level = levels[i];

        ++margin[level];
        if (level < n_levels - 1) bits[level * n_words + i / 64] |= (uint64_t)1 << (i & 63);
    }
}

/* Counts[a][b] of rows in level a of one and level b of the other column, all but the last levels. */
RML_HOT static void count_shared(const uint64_t *restrict a, int32_t n_a, const uint64_t *restrict b, int32_t n_b,
                                 int64_t n_words, int64_t *restrict counts)
{
    for (int32_t i = 0; i < n_a; ++i)
        for (int32_t j = 0; j < n_b; ++j) {
            const uint64_t *p = a + i * n_words, *q = b + j * n_words;
            int64_t count = 0;

            for (int64_t w = 0; w < n_words; ++w) count += __builtin_popcountll(p[w] & q[w]);
            counts[i * n_b + j] = count;
        }
}

typedef struct side {
    const uint64_t *bits;
    const int64_t *margin;
    int32_t n;
    int64_t h;
} side;

static side side_of(const planes *t, int32_t j)
{
    return (side){t->bits + (int64_t)j * (t->n_levels - 1) * t->n_words, t->margin + (int64_t)j * t->n_levels,
                  t->n_levels, t->by_column[j]};
}

/* I(a, b) in nats; never below 0. */
static double information(const planes *t, const side *a, const side *b)
{
    int64_t counts[(MOST_LEVELS - 1) * (MOST_LEVELS - 1)], last[MOST_LEVELS], sum = 0;

    count_shared(a->bits, a->n - 1, b->bits, b->n - 1, t->n_words, counts);
    memcpy(last, b->margin, (size_t)b->n * sizeof *last); /* what the last level of a shares with each of b */
    for (int32_t i = 0; i < a->n - 1; ++i) {
        int64_t left = a->margin[i];

        for (int32_t j = 0; j < b->n - 1; ++j) {
            const int64_t count = counts[i * (b->n - 1) + j];

            sum += t->term[count];
            left -= count;
            last[j] -= count;
        }
        sum += t->term[left];
        last[b->n - 1] -= left;
    }
    for (int32_t j = 0; j < b->n; ++j) sum += t->term[last[j]];
    sum += t->term[t->n_rows] - a->h - b->h;
    return sum > 0 ? (double)sum * t->unit : 0.0;
}

static double compare_levels(const search *s, int32_t column, int32_t k)
{
    const side a = side_of(s->table, column), b = side_of(s->table, s->chosen[k]);

    return information(s->table, &a, &b);
}

static void take_levels(search *s, int32_t j)
{
    (void)s;
    (void)j;
}

/* The unit is a power of two, such that three H(n) stay below 2^63. Whole numbers of it add up to the same in any
 * order, so columns whose levels differ by their names alone have the same information to the last bit. */
static double fill_terms(int64_t *term, int64_t n)
{
    const int exponent = 61 - (int)ceil(log2((double)n * log((double)n + 1.0) + 1.0));

    term[0] = 0;
    for (int64_t c = 1; c <= n; ++c) term[c] = (int64_t)llround(ldexp((double)c * log((double)c), exponent));
    return ldexp(1.0, -exponent) / (double)n;
}

static int64_t h_of(const planes *t, const int64_t *margin, int32_t n_levels)
{
    int64_t h = 0;

    for (int32_t a = 0; a < n_levels; ++a) h += t->term[margin[a]];
    return h;
}

static bool in_range(const uint8_t *levels, int64_t n, int32_t n_levels)
{
    uint8_t highest = 0;

    for (int64_t i = 0; i < n; ++i) highest = levels[i] > highest ? levels[i] : highest;
    return highest < n_levels;
}

static bool classes_in_range(const int32_t *classes, int64_t n, int32_t n_classes)
{
    for (int64_t i = 0; i < n; ++i)
        if (classes[i] < 0 || classes[i] >= n_classes) return false;
    return true;
}

rml_status rml_mrmr_levels(const uint8_t *levels, int64_t n_rows, int32_t n_columns, int32_t n_levels,
                           const int32_t *classes, int32_t n_classes, rml_mrmr_form form, int32_t n_wanted,
                           rml_mrmr_choice *choice)
{
    planes t = {.n_rows = n_rows, .n_words = (n_rows + 63) / 64, .n_levels = n_levels};
    search s = {.form = form, .n_columns = n_columns, .table = &t, .compare = compare_levels};
    uint64_t *class_bits = NULL;
    uint8_t *codes = NULL;
    int64_t class_margin[MOST_LEVELS] = {0};
    rml_status status = RML_ENOMEM;

    choice->n = 0;
    if (form != RML_MRMR_MID && form != RML_MRMR_MIQ) return RML_EINVAL;
    if (n_levels < 2 || n_levels > MOST_LEVELS || n_classes < 2 || n_classes > MOST_LEVELS) return RML_EINVAL;
    if (n_wanted < 1) return RML_EINVAL;
    if (n_rows < 1 || n_columns < 1) return RML_EEMPTY;
    if (!classes_in_range(classes, n_rows, n_classes)) return RML_EINVAL;
    if (!in_range(levels, n_rows * n_columns, n_levels)) return RML_EINVAL;

    if (n_wanted > n_columns) n_wanted = n_columns;
    const size_t n_planes = (size_t)(n_levels - 1) * (size_t)t.n_words;
    t.bits = calloc((size_t)n_columns * n_planes, sizeof *t.bits);
    t.margin = calloc((size_t)n_columns * (size_t)n_levels, sizeof *t.margin);
    t.by_column = malloc((size_t)n_columns * sizeof *t.by_column);
    t.term = malloc(((size_t)n_rows + 1) * sizeof *t.term);
    class_bits = calloc((size_t)n_classes * (size_t)t.n_words, sizeof *class_bits);
    codes = malloc((size_t)n_rows);
    if (!t.bits || !t.margin || !t.by_column || !t.term || !class_bits || !codes || !search_init(&s)) goto done;

    t.unit = fill_terms(t.term, n_rows);
    for (int64_t i = 0; i < n_rows; ++i) codes[i] = (uint8_t)classes[i];
    fill_planes(codes, n_rows, n_classes, t.n_words, class_bits, class_margin);
    const side outcome = {class_bits, class_margin, n_classes, h_of(&t, class_margin, n_classes)};
    for (int32_t j = 0; j < n_columns; ++j) {
        int64_t *margin = t.margin + (int64_t)j * n_levels;

        fill_planes(levels + j * n_rows, n_rows, n_levels, t.n_words, t.bits + (size_t)j * n_planes, margin);
        t.by_column[j] = h_of(&t, margin, n_levels);
        const side column = side_of(&t, j);

        s.relevance[j] = information(&t, &column, &outcome);
        if (choice->relevance) choice->relevance[j] = s.relevance[j];
    }
    run(&s, n_wanted, take_levels, choice);
    status = RML_OK;
done:
    search_free(&s);
    free(t.bits);
    free(t.margin);
    free(t.by_column);
    free(t.term);
    free(class_bits);
    free(codes);
    return status;
}

/* 3. Numbers */

typedef struct numbers {
    const rml_columns *columns;
    double *mean;   /* [n_columns] */
    double *length; /* [n_columns] about the mean; 0 for a constant column */
    double *chosen; /* [n_wanted - 1][n_rows], centred, of length 1 */
} numbers;

static double ln_information(double r)
{
    return fabs(r) > A_COPY ? INFINITY : -0.5 * log1p(-r * r);
}

static double compare_numbers(const search *s, int32_t column, int32_t k)
{
    const numbers *t = s->table;
    const double *x = rml_column(t->columns, column);
    const int64_t n = t->columns->n_rows;
    const double r = rml_moments_product(x, t->mean[column], t->chosen + k * n, n) / t->length[column];

    return s->form == RML_MRMR_LN ? ln_information(r) : fmax(fmin(fabs(r), 1.0), FLOOR);
}

static void take_numbers(search *s, int32_t j)
{
    const numbers *t = s->table;
    const int64_t n = t->columns->n_rows;

    rml_moments_unit(rml_column(t->columns, j), n, t->chosen + s->n_chosen * n);
}

/* Relevance of column j, NaN when it may not be chosen. z: the target as numbers, centred, of length 1. */
static double relevance_of(const numbers *t, int32_t j, rml_mrmr_form form, const int32_t *classes, int32_t n_classes,
                           const double *z)
{
    const double *x = rml_column(t->columns, j);
    const int64_t n = t->columns->n_rows;
    double value;

    if (!(t->length[j] > 0.0)) return NAN;
    if (form != RML_MRMR_LN && classes) {
        value = rml_univariate_f(x, n, classes, n_classes);
    } else {
        const double r = rml_moments_product(x, t->mean[j], z, n) / t->length[j];

        value = form == RML_MRMR_LN ? ln_information(r) : rml_univariate_f_of_r(r, n);
    }
    return form != RML_MRMR_LN && !(value > 0.0) ? NAN : value;
}

rml_status rml_mrmr_numbers(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                            const double *target, rml_mrmr_form form, int32_t n_wanted, rml_mrmr_choice *choice)
{
    const int64_t n = training->n_rows;
    const int32_t n_columns = training->n_columns, n_taken = n_wanted < n_columns ? n_wanted : n_columns;
    numbers t = {.columns = training};
    search s = {.form = form, .n_columns = n_columns, .table = &t, .compare = compare_numbers};
    double *z = NULL;
    rml_status status = RML_ENOMEM;

    choice->n = 0;
    if (form != RML_MRMR_F_MEAN && form != RML_MRMR_F_MAX && form != RML_MRMR_LN) return RML_EINVAL;
    if (n_wanted < 1 || (classes == NULL) == (target == NULL)) return RML_EINVAL;
    if (classes && (n_classes < 2 || (form == RML_MRMR_LN && n_classes != 2))) return RML_EINVAL;
    if (n < 3 || n_columns < 1) return RML_EEMPTY;
    if (classes && !classes_in_range(classes, n, n_classes)) return RML_EINVAL;
    if (target && !rml_moments_finite(&(rml_columns){n, n, 1, target})) return RML_EVALUE;
    if (!rml_moments_finite(training)) return RML_EVALUE;

    t.mean = malloc((size_t)n_columns * sizeof *t.mean);
    t.length = malloc((size_t)n_columns * sizeof *t.length);
    t.chosen = malloc((size_t)n_taken * (size_t)n * sizeof *t.chosen);
    z = malloc((size_t)n * sizeof *z);
    if (!t.mean || !t.length || !t.chosen || !z || !search_init(&s)) goto done;

    if (form != RML_MRMR_LN) s.least = FLOOR;
    for (int64_t i = 0; i < n; ++i) z[i] = target ? target[i] : classes[i];
    rml_moments_unit(z, n, z);
    for (int32_t j = 0; j < n_columns; ++j) {
        const double *x = rml_column(training, j);

        t.mean[j] = rml_moments_mean(x, n);
        t.length[j] = sqrt(rml_moments_squares(x, t.mean[j], n));
        s.relevance[j] = relevance_of(&t, j, form, classes, n_classes, z);
        if (choice->relevance) choice->relevance[j] = s.relevance[j];
    }
    run(&s, n_taken, take_numbers, choice);
    status = RML_OK;
done:
    search_free(&s);
    free(t.mean);
    free(t.length);
    free(t.chosen);
    free(z);
    return status;
}
