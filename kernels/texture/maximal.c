/* 1. The operator   2. Groups of levels   3. Lanczos   4. PyRadiomics' epsilon   5. Arnoldi   6. The coefficient
 *
 * With B(i,j) = P(i,j) / sqrt(px(i) py(j)), Haralick's Q is similar to B B', so its eigenvalues are the squares of B's
 * singular values. The largest is 1, with vectors sqrt(px) and sqrt(py), and is projected away. A symmetrical P makes
 * B symmetric: the second singular value is the eigenvalue of the largest size that is left. Any other B is put beside
 * its transpose, A = (0 B; B' 0), whose eigenvalues are plus and minus the singular values; forming B B' instead would
 * lose half of the digits of a small one. Either way Lanczos steps with full reorthogonalisation find the largest
 * |eigenvalue|: about 15 steps for real texture, each one product with the non-zero cells.
 *
 * Groups of levels that never meet make 1 a multiple eigenvalue: found by union-find instead, exactly.
 *
 * PyRadiomics divides by px(i) py(k) + eps, eps = 2^-52. With u(i,k) = eps / (px(i) py(k)), its Q is similar to C B',
 * C = B / (1 + u) place by place. While u is small, C = B - E with E = B u, and a singular value s with vectors v and
 * w moves by -v' E w / 2; what is neglected is of the size |E w| |E' v|. For counted pairs that is enough. Under
 * weights exp(-d^2) a level may have 1e-30 of the mass, and there u is beyond 1: then C B' is no longer symmetric, and
 * Arnoldi steps reduce it to a small Hessenberg matrix, whole if there are at most MAX_STEPS levels. */
#include "kernels/texture/maximal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/texture/scratch.h"
#include "kernels/texture/small_eigen.h"

#define DENSE_LEVELS 256         /* up to here B is kept as a square */
#define MAX_STEPS 128            /* before the iteration starts anew from its best vectors */
#define MAX_RESTARTS 12          /* then the best value is taken as it is */
#define TOLERANCE 3e-8           /* residual of an eigenvector; the eigenvalue's error is its square over the gap */
#define BREAKDOWN (64 * 0x1p-52) /* a new direction of this length is rounding */
#define EPS 0x1p-52              /* PyRadiomics' */
#define NEGLIGIBLE 1e-9          /* what the coefficient is held to is 1e-7 */
#define MODERATE 0.05            /* the largest u that is taken to the first order */

/* 1. The operator */

typedef struct maximal {
    bool folded;
    int32_t n, dim; /* levels; length of a vector: n if folded, else 2 n */
    const rml_cells *cells;
    double *value;    /* [cells] B */
    double *square;   /* [n*n] B, or NULL */
    double *known[2]; /* [dim] orthonormal eigenvectors to be projected away */
    int n_known;
    double *basis;         /* [MAX_STEPS + 1][dim] */
    double *ritz;          /* [MAX_STEPS][MAX_STEPS] */
    double *start, *other; /* [dim] */
    int32_t *parent;       /* [2 n] */
    double *groups;        /* [4 n] */
    int64_t *rare;         /* [cells] those whose u is not negligible */
    int64_t n_rare;
    const double *px, *py;
    double largest_u;
} maximal;

static size_t lay_out(maximal *m, int32_t n_levels, int64_t capacity, bool folded, void *scratch)
{
    rml_scratch space = {.base = scratch};
    const size_t n = (size_t)n_levels, dim = folded ? n : 2 * n;
    const size_t n_steps = dim < MAX_STEPS ? dim : MAX_STEPS;

    *m = (maximal){.folded = folded, .n = n_levels, .dim = (int32_t)dim, .n_known = folded ? 1 : 2};
    m->value = rml_scratch_take(&space, (size_t)capacity * sizeof(double));
    if (folded && n_levels <= DENSE_LEVELS) m->square = rml_scratch_take(&space, n * n * sizeof(double));
    m->known[0] = rml_scratch_take(&space, dim * sizeof(double));
    m->known[1] = rml_scratch_take(&space, dim * sizeof(double));
    m->basis = rml_scratch_take(&space, (n_steps + 1) * dim * sizeof(double));
    m->ritz = rml_scratch_take(&space, n_steps * n_steps * sizeof(double));
    m->start = rml_scratch_take(&space, dim * sizeof(double));
    m->other = rml_scratch_take(&space, dim * sizeof(double));
    m->parent = rml_scratch_take(&space, 2 * n * sizeof(int32_t));
    m->groups = rml_scratch_take(&space, 4 * n * sizeof(double));
    m->rare = rml_scratch_take(&space, (size_t)capacity * sizeof *m->rare);
    return space.used;
}

size_t rml_maximal_scratch_bytes(int32_t n_levels, int64_t capacity, bool folded)
{
    maximal m;

    return lay_out(&m, n_levels, capacity, folded, NULL);
}

/* Eight running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT static double dot(const double *a, const double *b, int64_t n)
{
    double sum[8] = {0};
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += a[i + k] * b[i + k];
    for (; i < n; ++i) sum[i & 7] += a[i] * b[i];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

RML_HOT static void add_multiple(double *restrict y, double factor, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

RML_HOT static void multiply_square(const double *restrict square, const double *restrict x, double *restrict y,
                                    int32_t n)
{
    for (int32_t i = 0; i < n; ++i) y[i] = 0.0;
    for (int32_t j = 0; j < n; ++j) {
        const double *restrict row = square + (int64_t)j * n;
        const double factor = x[j];

        for (int32_t i = 0; i < n; ++i) y[i] += factor * row[i];
    }
}

/* y := A x */
static void apply(const maximal *m, const double *x, double *y)
{
    const rml_cells *cells = m->cells;

    if (m->square) {
        multiply_square(m->square, x, y, m->n);
        return;
    }
    memset(y, 0, (size_t)m->dim * sizeof *y);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = m->folded ? cells->column[c] : m->n + cells->column[c];

        y[i] += m->value[c] * x[j];
        if (i != j) y[j] += m->value[c] * x[i];
    }
}

static double root(double p)
{
    return p > 0.0 ? 1.0 / sqrt(p) : 0.0;
}

static void fill_values(maximal *m, double total)
{
    const rml_cells *cells = m->cells;
    double *by_row = m->start, *by_column = m->folded ? m->start : m->start + m->n, largest = 0.0;
    int64_t n_rare = 0;

    for (int32_t i = 0; i < m->n; ++i) by_row[i] = root(m->px[i]);
    if (!m->folded)
        for (int32_t j = 0; j < m->n; ++j) by_column[j] = root(m->py[j]);
    if (m->square) memset(m->square, 0, (size_t)m->n * (size_t)m->n * sizeof *m->square);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = cells->column[c];
        const double p = cells->count[c] / (m->folded && i != j ? 2.0 * total : total);

        const double both = by_row[i] * by_column[j];

        m->value[c] = p * both;
        if (both > largest) largest = both;
        m->rare[n_rare] = c;
        n_rare += EPS * both * both > NEGLIGIBLE;
        if (m->square) {
            m->square[(int64_t)i * m->n + j] = m->value[c];
            m->square[(int64_t)j * m->n + i] = m->value[c];
        }
    }
    m->n_rare = n_rare;
    m->largest_u = EPS * largest * largest;
}

/* 2. Groups of levels */

static int32_t find_group(int32_t *parent, int32_t level)
{
    while (parent[level] != level) level = parent[level] = parent[parent[level]];
    return level;
}

/* Rows and columns are nodes, a cell joins two: more than one group among the nodes with cells means that B falls into
 * blocks, each with a singular value 1. */
static bool has_groups(const maximal *m)
{
    const rml_cells *cells = m->cells;
    int32_t n_groups = 0;

    for (int32_t i = 0; i < 2 * m->n; ++i) m->parent[i] = i;
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = cells->column[c];

        if (m->parent[i] == m->parent[m->n + j] && (!m->folded || m->parent[j] == m->parent[m->n + i])) continue;
        m->parent[find_group(m->parent, i)] = find_group(m->parent, m->n + j);
        if (m->folded) m->parent[find_group(m->parent, j)] = find_group(m->parent, m->n + i);
    }
    for (int32_t i = 0; i < m->n; ++i) {
        n_groups += m->px[i] > 0.0 && find_group(m->parent, i) == i;
        n_groups += m->py[i] > 0.0 && find_group(m->parent, m->n + i) == m->n + i;
    }
    return n_groups > 1;
}

/* 3. Lanczos */

typedef struct steps {
    int32_t n;
    double alpha[MAX_STEPS], beta[MAX_STEPS]; /* beta[k]: length of the direction that step k found */
    double value;                             /* the Ritz value of largest size */
} steps;

typedef struct extremes {
    double value[2];    /* lowest and highest Ritz value */
    double residual[2]; /* of their vectors */
    int32_t at[2];
} extremes;

/* The extreme Ritz values. rows: NULL, or [n][n] for all of the vectors. */
static extremes read_extremes(const steps *s, double *rows)
{
    double d[MAX_STEPS], e[MAX_STEPS], last[MAX_STEPS] = {0};
    const int32_t n = s->n;
    extremes found = {.at = {0, 0}};

    assert(n >= 1);
    memcpy(d, s->alpha, (size_t)n * sizeof *d);
    memcpy(e, s->beta, (size_t)n * sizeof *e);
    if (rows) {
        memset(rows, 0, (size_t)n * (size_t)n * sizeof *rows);
        for (int32_t k = 0; k < n; ++k) rows[(int64_t)k * n + k] = 1.0;
        rml_eigen_tridiagonal(d, e, n, rows, n);
        memcpy(last, rows + (int64_t)(n - 1) * n, (size_t)n * sizeof *last);
    } else {
        last[n - 1] = 1.0;
        rml_eigen_tridiagonal(d, e, n, last, 1);
    }
    for (int32_t k = 1; k < n; ++k) {
        if (d[k] < d[found.at[0]]) found.at[0] = k;
        if (d[k] > d[found.at[1]]) found.at[1] = k;
    }
    for (int side = 0; side < 2; ++side) {
        found.value[side] = d[found.at[side]];
        found.residual[side] = s->beta[n - 1] * fabs(last[found.at[side]]);
    }
    return found;
}

static double best_of(const extremes *found)
{
    return fmax(fabs(found->value[0]), fabs(found->value[1]));
}

/* Each end is either known or known to be the smaller one. */
static bool has_converged(const extremes *found)
{
    const double best = best_of(found);

    for (int side = 0; side < 2; ++side) {
        const double size = fabs(found->value[side]), residual = found->residual[side];

        if (residual > TOLERANCE * best + BREAKDOWN && size + residual > best) return false;
    }
    return true;
}

static double length(const double *v, int64_t n)
{
    return sqrt(dot(v, v, n));
}

/* Takes from v what lies along the known vectors and the first n_basis ones of the basis. */
static void project(const maximal *m, double *v, int32_t n_basis)
{
    for (int k = 0; k < m->n_known; ++k) add_multiple(v, -dot(m->known[k], v, m->dim), m->known[k], m->dim);
    for (int32_t k = 0; k < n_basis; ++k) {
        const double *b = m->basis + (int64_t)k * m->dim;

        add_multiple(v, -dot(b, v, m->dim), b, m->dim);
    }
}

static void scale_to_one(double *v, double norm, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) v[i] /= norm;
}

/* One step: false when the space is used up and the Ritz values are the eigenvalues. */
static bool step_on(maximal *m, steps *s)
{
    const int32_t k = s->n++;
    const double *v = m->basis + (int64_t)k * m->dim;
    double *w = m->basis + (int64_t)(k + 1) * m->dim;
    const double before = k > 0 ? s->beta[k - 1] : 0.0;
    double norm;

    apply(m, v, w);
    s->alpha[k] = dot(v, w, m->dim);
    project(m, w, k + 1);
    norm = length(w, m->dim);
    s->beta[k] = 0.0;
    if (s->n + m->n_known >= m->dim || norm <= BREAKDOWN) return false;
    scale_to_one(w, norm, m->dim);
    if (norm < 0.1 * (fabs(s->alpha[k]) + before)) { /* much was taken away: what is left holds its rounding */
        project(m, w, k + 1);
        const double left = length(w, m->dim);
        if (left < 0.5) return false;
        scale_to_one(w, left, m->dim);
    }
    s->beta[k] = norm;
    return true;
}

/* A number in [-1/2, 1/2) without a pattern: splitmix64's finaliser. (A multiple modulo 2^32 is linear in i until it
 * wraps, so that over three neighbouring levels it can be orthogonal to the vector that is looked for.) */
static double mixed_of(int32_t i)
{
    uint64_t z = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5;
}

/* A start that leans to where the second vector of real texture lies, levels against their mean, with a part of
 * everything else so that no eigenvector is missed. */
static void first_start(const maximal *m, const int32_t *grey)
{
    const double *px = m->px, *py = m->py;
    double mean = 0.0, variance = 0.0;

    for (int32_t i = 0; i < m->n; ++i) mean += px[i] * grey[i];
    for (int32_t i = 0; i < m->n; ++i) variance += px[i] * (grey[i] - mean) * (grey[i] - mean);
    for (int32_t i = 0; i < m->dim; ++i) {
        const int32_t level = i < m->n ? i : i - m->n;
        const double p = i < m->n ? px[level] : py[level];
        const double mixed = mixed_of(i);

        m->start[i] = sqrt(p) * ((grey[level] - mean) / sqrt(variance + 1e-300) + mixed);
    }
}

static void next_start(const maximal *m, const steps *s, const extremes *found)
{
    memset(m->other, 0, (size_t)m->dim * sizeof *m->other);
    for (int32_t k = 0; k < s->n; ++k) {
        const double *row = m->ritz + (int64_t)k * s->n;

        add_multiple(m->other, row[found->at[0]] + row[found->at[1]], m->basis + (int64_t)k * m->dim, m->dim);
    }
    memcpy(m->start, m->other, (size_t)m->dim * sizeof *m->start);
}

/* The first vector of the basis; false if the known vectors are all there is. */
static bool begin(const maximal *m)
{
    memcpy(m->basis, m->start, (size_t)m->dim * sizeof *m->basis);
    for (int pass = 0; pass < 2; ++pass) {
        const double norm = length(m->basis, m->dim);

        if (!(norm > BREAKDOWN)) return false;
        scale_to_one(m->basis, norm, m->dim);
        project(m, m->basis, 0);
    }
    const double norm = length(m->basis, m->dim);
    if (!(norm > 0.5)) return false;
    scale_to_one(m->basis, norm, m->dim);
    return true;
}

/* After how many steps to look again: a residual of 2^-e after n steps falls to TOLERANCE = 2^-25 after n 25 / e if it
 * goes on falling as it did. It falls faster towards the end, so three quarters of the way are gone; as far again as
 * before at most. Whole numbers, since a logarithm's last place may differ between processors. */
static int32_t next_look_after(const extremes *found, int32_t n)
{
    const int best = fabs(found->value[1]) >= fabs(found->value[0]);
    const bool known = found->residual[best] <= TOLERANCE * fabs(found->value[best]);
    const double residual = found->residual[known ? 1 - best : best];
    const int32_t e = residual > 0.0 && residual < 0.5 ? -ilogb(residual) : 1;
    const int32_t ahead = (n * 25 / e - n) * 3 / 4;

    return n + (ahead < 1 ? 1 : ahead > n ? n : ahead);
}

static double keep_best(steps *s, const extremes *found)
{
    s->value = found->value[fabs(found->value[1]) >= fabs(found->value[0])];
    return fabs(s->value);
}

/* s: the last steps, whose basis and coefficients give the vector; none if there is nothing beside the known. */
static double largest_size(maximal *m, steps *s)
{
    const int32_t capacity = m->dim < MAX_STEPS ? m->dim : MAX_STEPS;
    extremes found = {.value = {0}};

    for (int round = 0; round <= MAX_RESTARTS; ++round) {
        int32_t next_look = 6;
        bool more = true;

        s->n = 0;
        if (!begin(m)) return best_of(&found);
        while (more && s->n < capacity) {
            more = step_on(m, s);
            if (more && s->n < next_look) continue;
            found = read_extremes(s, NULL);
            if (!more || has_converged(&found)) return keep_best(s, &found);
            next_look = next_look_after(&found, s->n);
        }
        found = read_extremes(s, m->ritz);
        next_start(m, s, &found);
    }
    return keep_best(s, &found);
}

/* The unit eigenvector y[n] of the steps' tridiagonal matrix for s->value, by two steps of inverse iteration; rows are
 * exchanged where the pivot is the smaller one. */
static void ritz_vector(const steps *s, double *y)
{
    const int32_t n = s->n;
    double pivot[MAX_STEPS], above[MAX_STEPS], far[MAX_STEPS]; /* a row of U */

    for (int32_t k = 0; k < n; ++k) y[k] = 1.0;
    for (int pass = 0; pass < 2; ++pass) {
        double d = s->alpha[0] - s->value, e = n > 1 ? s->beta[0] : 0.0, f = 0.0, norm;

        for (int32_t k = 0; k + 1 < n; ++k) { /* row k: d, e, f; row k + 1: b, d2, e2 */
            const double b = s->beta[k], d2 = s->alpha[k + 1] - s->value, e2 = k + 2 < n ? s->beta[k + 1] : 0.0;

            if (fabs(b) > fabs(d)) {
                const double factor = d / b, top = y[k + 1];

                pivot[k] = b, above[k] = d2, far[k] = e2;
                y[k + 1] = y[k] - factor * top;
                y[k] = top;
                d = e - factor * d2;
                e = f - factor * e2;
            } else {
                const double factor = d != 0.0 ? b / d : 0.0;

                pivot[k] = d, above[k] = e, far[k] = f;
                y[k + 1] -= factor * y[k];
                d = d2 - factor * e;
                e = e2 - factor * f;
            }
            f = 0.0;
        }
        pivot[n - 1] = d, above[n - 1] = far[n - 1] = 0.0;
        for (int32_t k = n - 1; k >= 0; --k) {
            double left = y[k];

            if (k + 1 < n) left -= above[k] * y[k + 1];
            if (k + 2 < n) left -= far[k] * y[k + 2];
            y[k] = left / (fabs(pivot[k]) > 1e-18 ? pivot[k] : copysign(1e-18, pivot[k])); /* value is an eigenvalue */
        }
        norm = length(y, n);
        scale_to_one(y, norm, n);
    }
}

/* 4. PyRadiomics' epsilon */

static double u_of(const maximal *m, int32_t i, int32_t k)
{
    return EPS / (m->px[i] * m->py[k]);
}

/* The squared lengths of B's rows and columns, into start; of the rare cells alone where B is a square. */
static void take_lengths(maximal *m)
{
    const rml_cells *cells = m->cells;

    if (m->square) {
        for (int64_t r = 0; r < m->n_rare; ++r) m->start[cells->row[m->rare[r]]] = -1.0;
        for (int64_t r = 0; r < m->n_rare; ++r) m->start[cells->column[m->rare[r]]] = -1.0;
        for (int32_t i = 0; i < m->n; ++i) {
            const double *row = m->square + (int64_t)i * m->n;

            if (m->start[i] == -1.0) m->start[i] = dot(row, row, m->n);
        }
        return;
    }
    memset(m->start, 0, (size_t)m->dim * sizeof *m->start);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], k = m->folded ? cells->column[c] : m->n + cells->column[c];
        const double square = m->value[c] * m->value[c];

        m->start[i] += square;
        if (i != k) m->start[k] += square;
    }
}

/* More than s can move: |v(i)| is at most the length of B's row i over s, and |w(k)| that of its column. The cells that
 * are not rare move it by less than NEGLIGIBLE. */
static double bound_of_shift(maximal *m, double s)
{
    const rml_cells *cells = m->cells;
    double bound = 0.0;

    take_lengths(m);
    for (int64_t r = 0; r < m->n_rare; ++r) {
        const int64_t c = m->rare[r];
        const int32_t i = cells->row[c], k = cells->column[c];
        const double lengths = sqrt(m->start[i] * m->start[m->folded ? k : m->n + k]);

        bound += (m->folded && i != k ? 1.0 : 0.5) * m->value[c] * u_of(m, i, k) * lengths;
    }
    return bound / (s * s);
}

/* The singular vectors of the value that the steps have found, one behind the other if not folded, into start. Of a
 * value below 0, w is -v, or the second half turned. */
static void take_vectors(maximal *m, const steps *s)
{
    double y[MAX_STEPS];

    ritz_vector(s, y);
    memset(m->start, 0, (size_t)m->dim * sizeof *m->start);
    for (int32_t k = 0; k < s->n; ++k) add_multiple(m->start, y[k], m->basis + (int64_t)k * m->dim, m->dim);
    if (!m->folded) /* halves of a unit vector */
        for (int32_t i = 0; i < m->dim; ++i) m->start[i] *= 1.41421356237309504880;
}

/* By how much s moves; whether to be believed. Uses start and other. */
static bool shift_of(maximal *m, const steps *last, double s, double *shift)
{
    const rml_cells *cells = m->cells;
    const double *v = m->start, *w = m->folded ? m->start : m->start + m->n;
    double *left = m->other, *right = m->folded ? m->other : m->other + m->n, moved = 0.0, rest;

    take_vectors(m, last);
    memset(m->other, 0, (size_t)m->dim * sizeof *m->other);
    for (int64_t r = 0; r < m->n_rare; ++r) { /* left: E w, right: E' v, one and the same if folded */
        const int64_t c = m->rare[r];
        const int32_t i = cells->row[c], k = cells->column[c];
        const double e = m->value[c] * u_of(m, i, k);

        left[i] += e * w[k];
        if (!m->folded || i != k) right[k] += e * v[i];
    }
    for (int32_t i = 0; i < m->n; ++i) moved += v[i] * left[i];
    *shift = last->value < 0.0 ? 0.5 * moved : -0.5 * moved;
    rest = m->folded ? dot(left, left, m->n) : length(left, m->n) * length(right, m->n);
    return rest <= NEGLIGIBLE * s;
}

/* Groups that never meet have an eigenvalue 1 each, with vectors sqrt(px) and sqrt(py) of the group; each moves by the
 * mean of u over the group's mass. The second largest that is left, or false if u is too large for that. */
static bool second_of_groups(maximal *m, double total, double *value)
{
    const rml_cells *cells = m->cells;
    double *mass = m->groups, *moved = m->groups + 2 * (size_t)m->n, least = INFINITY, second = INFINITY;

    if (m->largest_u <= NEGLIGIBLE) {
        *value = 1.0;
        return true;
    }
    if (m->largest_u > MODERATE) return false;
    memset(m->groups, 0, 4 * (size_t)m->n * sizeof *m->groups);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], k = cells->column[c];
        const bool twice = m->folded && i != k;
        const double p = cells->count[c] / (twice ? 2.0 * total : total), u = u_of(m, i, k);
        const int32_t group = find_group(m->parent, i);

        mass[group] += p;
        moved[group] += p * u;
        if (!twice) continue;
        const int32_t other = find_group(m->parent, k);
        mass[other] += p;
        moved[other] += p * u;
    }
    for (int32_t g = 0; g < 2 * m->n; ++g) {
        if (!(mass[g] > 0.0)) continue;
        const double shift = moved[g] / mass[g];

        if (shift < least)
            second = least, least = shift;
        else if (shift < second)
            second = shift;
    }
    *value = sqrt(1.0 - second);
    return m->largest_u * second <= NEGLIGIBLE;
}

/* 5. Arnoldi */

/* y := C B' x over the rows; columns: work [n]. */
static void apply_with_epsilon(const maximal *m, const double *x, double *y, double *columns)
{
    const rml_cells *cells = m->cells;

    memset(columns, 0, (size_t)m->n * sizeof *columns);
    memset(y, 0, (size_t)m->n * sizeof *y);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], k = cells->column[c];

        columns[k] += m->value[c] * x[i];
        if (m->folded && i != k) columns[i] += m->value[c] * x[k];
    }
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], k = cells->column[c];
        const double both = m->px[i] * m->py[k], damped = m->value[c] * (both / (both + EPS));

        y[i] += damped * columns[k];
        if (m->folded && i != k) y[k] += damped * columns[i];
    }
}

/* Takes the first n_basis vectors of the basis from v, twice, and adds what was along them to column[k * step]. */
static void orthogonalise(const maximal *m, double *v, int32_t n_basis, double *column, int32_t step)
{
    for (int pass = 0; pass < 2; ++pass)
        for (int32_t k = 0; k < n_basis; ++k) {
            const double *b = m->basis + (int64_t)k * m->n;
            const double along = dot(b, v, m->n);

            add_multiple(v, -along, b, m->n);
            if (column) column[(int64_t)k * step] += along;
        }
}

/* A direction that the first n_basis vectors do not have: the row that they hold least of. */
static void take_other_direction(const maximal *m, double *v, int32_t n_basis)
{
    double least = INFINITY;
    int32_t row = 0;

    for (int32_t i = 0; i < m->n; ++i) {
        double held = 0.0;

        if (!(m->px[i] > 0.0)) continue;
        for (int32_t k = 0; k < n_basis; ++k) {
            const double b = m->basis[(int64_t)k * m->n + i];
            held += b * b;
        }
        if (held < least) least = held, row = i;
    }
    memset(v, 0, (size_t)m->n * sizeof *v);
    v[row] = 1.0;
    orthogonalise(m, v, n_basis, NULL, 0);
    scale_to_one(v, length(v, m->n), m->n);
}

/* The second largest eigenvalue by real part of C B', and the real part of its root. */
static double second_with_epsilon(maximal *m)
{
    const int32_t n = m->n;
    double real[MAX_STEPS], imaginary[MAX_STEPS], *h = m->ritz;
    int32_t n_used = 0, n_steps, largest = 0, second = -1;

    for (int32_t i = 0; i < n; ++i) {
        const double mixed = mixed_of(i);

        m->basis[i] = m->px[i] > 0.0 ? 1.0 + mixed : 0.0;
        n_used += m->px[i] > 0.0;
    }
    if (n_used < 2) return 0.0;
    n_steps = n_used < MAX_STEPS ? n_used : MAX_STEPS;
    memset(h, 0, (size_t)n_steps * (size_t)n_steps * sizeof *h);
    scale_to_one(m->basis, length(m->basis, n), n);
    for (int32_t k = 0; k < n_steps; ++k) {
        double *next = m->basis + (int64_t)(k + 1) * n;

        apply_with_epsilon(m, m->basis + (int64_t)k * n, next, m->start);
        orthogonalise(m, next, k + 1, h + k, n_steps);
        if (k + 1 == n_steps) break;
        const double norm = length(next, n);
        if (norm > BREAKDOWN) {
            h[(int64_t)(k + 1) * n_steps + k] = norm;
            scale_to_one(next, norm, n);
            orthogonalise(m, next, k + 1, NULL, 0);
            scale_to_one(next, length(next, n), n);
        } else {
            take_other_direction(m, next, k + 1);
        }
    }
    rml_eigen_hessenberg(h, n_steps, n_steps, real, imaginary);
    for (int32_t k = 1; k < n_steps; ++k)
        if (real[k] > real[largest]) largest = k;
    for (int32_t k = 0; k < n_steps; ++k)
        if (k != largest && (second < 0 || real[k] > real[second])) second = k;
    const double x = real[second], y = imaginary[second];
    if (sqrt(x * x + y * y) <= BREAKDOWN) return 0.0; /* rounding */
    return sqrt((sqrt(x * x + y * y) + x) / 2.0);
}

/* 6. The coefficient */

double rml_maximal_correlation(const rml_cells *cells, bool folded, double total, const double *px, const double *py,
                               const int32_t *grey, int32_t n_levels, void *scratch)
{
    steps last = {.n = 0};
    double value, shift = 0.0;
    maximal m;

    lay_out(&m, n_levels, cells->n, folded, scratch);
    m.cells = cells;
    m.px = px;
    m.py = py;
    fill_values(&m, total);
    if (has_groups(&m)) return second_of_groups(&m, total, &value) ? value : second_with_epsilon(&m);
    if (m.largest_u > MODERATE) return second_with_epsilon(&m);
    for (int32_t i = 0; i < m.dim; ++i) {
        const double r = sqrt(i < m.n ? px[i] : py[i - m.n]) * (folded ? 1.0 : sqrt(0.5));

        m.known[0][i] = r;
        m.known[1][i] = i < m.n ? r : -r;
    }
    first_start(&m, grey);
    value = largest_size(&m, &last);
    if (m.largest_u > NEGLIGIBLE && value > BREAKDOWN && last.n > 0 && bound_of_shift(&m, value) > NEGLIGIBLE * value &&
        !shift_of(&m, &last, value, &shift))
        return second_with_epsilon(&m);
    return fmin(value + shift, 1.0);
}
