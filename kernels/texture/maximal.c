/* 1. The operator   2. Groups of levels   3. Small tridiagonal matrices   4. Lanczos
 *
 * With B(i,j) = P(i,j) / sqrt(px(i) py(j)), Haralick's Q is similar to B B', so its eigenvalues are the squares of B's
 * singular values. The largest is 1, with vectors sqrt(px) and sqrt(py), and is projected away. A symmetrical P makes
 * B symmetric: the second singular value is the eigenvalue of the largest size that is left. Any other B is put beside
 * its transpose, A = (0 B; B' 0), whose eigenvalues are plus and minus the singular values; forming B B' instead would
 * lose half of the digits of a small one. Either way Lanczos steps with full reorthogonalisation find the largest
 * |eigenvalue|: about 15 steps for real texture, each one product with the non-zero cells.
 *
 * Groups of levels that never meet make 1 a multiple eigenvalue: found by union-find instead, exactly. */
#include "kernels/texture/maximal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/texture/scratch.h"

#define DENSE_LEVELS 256         /* up to here B is kept as a square */
#define MAX_STEPS 128            /* before the iteration starts anew from its best vectors */
#define MAX_RESTARTS 12          /* then the best value is taken as it is */
#define TOLERANCE 3e-8           /* residual of an eigenvector; the eigenvalue's error is its square over the gap */
#define BREAKDOWN (64 * 0x1p-52) /* a new direction of this length is rounding */

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

static void fill_values(maximal *m, double total, const double *px, const double *py)
{
    const rml_cells *cells = m->cells;
    double *by_row = m->start, *by_column = m->folded ? m->start : m->start + m->n;

    for (int32_t i = 0; i < m->n; ++i) by_row[i] = root(px[i]);
    if (!m->folded)
        for (int32_t j = 0; j < m->n; ++j) by_column[j] = root(py[j]);
    if (m->square) memset(m->square, 0, (size_t)m->n * (size_t)m->n * sizeof *m->square);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = cells->column[c];
        const double p = cells->count[c] / (m->folded && i != j ? 2.0 * total : total);

        m->value[c] = p * by_row[i] * by_column[j];
        if (m->square) {
            m->square[(int64_t)i * m->n + j] = m->value[c];
            m->square[(int64_t)j * m->n + i] = m->value[c];
        }
    }
}

/* 2. Groups of levels */

static int32_t find_group(int32_t *parent, int32_t level)
{
    while (parent[level] != level) level = parent[level] = parent[parent[level]];
    return level;
}

/* Rows and columns are nodes, a cell joins two: more than one group among the nodes with cells means that B falls into
 * blocks, each with a singular value 1. */
static bool has_groups(const maximal *m, const double *px, const double *py)
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
        n_groups += px[i] > 0.0 && find_group(m->parent, i) == i;
        n_groups += py[i] > 0.0 && find_group(m->parent, m->n + i) == m->n + i;
    }
    return n_groups > 1;
}

/* 3. Small tridiagonal matrices */

/* Eigenvalues of the symmetric tridiagonal matrix with diagonal d[m] and off-diagonal e[m-1] by implicitly shifted QR
 * steps (Golub & Van Loan, Matrix Computations, section 8.3). d becomes the eigenvalues, unordered; e is used up. The
 * rows z[n_rows][m], on entry rows of the identity, become the same rows of the eigenvectors' matrix. */
static void solve_tridiagonal(double *d, double *e, int32_t m, double *z, int32_t n_rows)
{
    int32_t high = m - 1, n_left = 60 * m; /* two or three steps a value are usual; the bound only ends a NaN */

    while (high > 0 && n_left-- > 0) {
        int32_t low = high;

        while (low > 0 && fabs(e[low - 1]) > 0x1p-53 * (fabs(d[low - 1]) + fabs(d[low]))) --low;
        if (low > 0) e[low - 1] = 0.0;
        if (low == high) {
            --high;
            continue;
        }
        /* Wilkinson's shift: the eigenvalue of the last 2x2 block that is nearer to its corner. */
        const double half = (d[high - 1] - d[high]) / 2.0, last = e[high - 1];
        const double shift = d[high] - last * last / (half + copysign(sqrt(half * half + last * last), half));
        double x = d[low] - shift, bulge = e[low];

        for (int32_t k = low; k < high; ++k) {
            const double r = sqrt(x * x + bulge * bulge), c = r > 0.0 ? x / r : 1.0, s = r > 0.0 ? bulge / r : 0.0;
            const double d1 = d[k], d2 = d[k + 1], off = e[k];

            if (k > low) e[k - 1] = r;
            d[k] = c * c * d1 + 2.0 * c * s * off + s * s * d2;
            d[k + 1] = s * s * d1 - 2.0 * c * s * off + c * c * d2;
            e[k] = (c * c - s * s) * off + c * s * (d2 - d1);
            if (k + 1 < high) {
                bulge = s * e[k + 1];
                e[k + 1] *= c;
            }
            x = e[k];
            for (int32_t row = 0; row < n_rows; ++row) {
                double *zk = z + (int64_t)row * m + k;
                const double z1 = zk[0], z2 = zk[1];

                zk[0] = c * z1 + s * z2;
                zk[1] = c * z2 - s * z1;
            }
        }
    }
}

/* 4. Lanczos */

typedef struct steps {
    int32_t n, capacity;
    double alpha[MAX_STEPS], beta[MAX_STEPS]; /* beta[k]: length of the direction that step k found */
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
        solve_tridiagonal(d, e, n, rows, n);
        memcpy(last, rows + (int64_t)(n - 1) * n, (size_t)n * sizeof *last);
    } else {
        last[n - 1] = 1.0;
        solve_tridiagonal(d, e, n, last, 1);
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

/* A start that leans to where the second vector of real texture lies, levels against their mean, with a part of
 * everything else so that no eigenvector is missed. */
static void first_start(const maximal *m, const double *px, const double *py, const int32_t *grey)
{
    double mean = 0.0, variance = 0.0;

    for (int32_t i = 0; i < m->n; ++i) mean += px[i] * grey[i];
    for (int32_t i = 0; i < m->n; ++i) variance += px[i] * (grey[i] - mean) * (grey[i] - mean);
    for (int32_t i = 0; i < m->dim; ++i) {
        const int32_t level = i < m->n ? i : i - m->n;
        const double p = i < m->n ? px[level] : py[level];
        const double mixed = (double)((uint32_t)(i + 1) * 2654435761u) * 0x1p-32 - 0.5; /* golden section: no pattern */

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

static double largest_size(maximal *m)
{
    const int32_t capacity = m->dim < MAX_STEPS ? m->dim : MAX_STEPS;
    extremes found = {.value = {0}};

    for (int round = 0; round <= MAX_RESTARTS; ++round) {
        steps s = {.n = 0};
        int32_t next_look = 6;
        bool more = true;

        if (!begin(m)) return best_of(&found);
        while (more && s.n < capacity) {
            more = step_on(m, &s);
            if (more && s.n < next_look) continue;
            found = read_extremes(&s, NULL);
            if (!more || has_converged(&found)) return best_of(&found);
            next_look = next_look_after(&found, s.n);
        }
        found = read_extremes(&s, m->ritz);
        next_start(m, &s, &found);
    }
    return best_of(&found);
}

double rml_maximal_correlation(const rml_cells *cells, bool folded, double total, const double *px, const double *py,
                               const int32_t *grey, int32_t n_levels, void *scratch)
{
    maximal m;

    lay_out(&m, n_levels, cells->n, folded, scratch);
    m.cells = cells;
    if (has_groups(&m, px, py)) return 1.0;
    fill_values(&m, total, px, py);
    for (int32_t i = 0; i < m.dim; ++i) {
        const double r = sqrt(i < m.n ? px[i] : py[i - m.n]) * (folded ? 1.0 : sqrt(0.5));

        m.known[0][i] = r;
        m.known[1][i] = i < m.n ? r : -r;
    }
    first_start(&m, px, py, grey);
    return fmin(largest_size(&m), 1.0);
}
