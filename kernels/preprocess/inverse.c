/* From m to m^-1 as LINPACK goes: reflections from left and right (Householder) leave a matrix of two diagonals, s and
 * e; shifted QR steps then make e vanish, and every rotation of theirs is applied to u and v as well. Then m = U
 * diag(s) V^T. Matrices are kept by columns: u[j] is the j-th column of U.
 *
 * Each sum and product stands in the order in which LINPACK and its BLAS take it, since the point is the last bit. */
#include "kernels/preprocess/inverse.h"

#include <math.h>

enum { N = 3, MOST_STEPS = 1000 }; /* of QR a singular value; three or four are usual */

typedef struct decomposition {
    double s[N], e[N];
    double u[N][N], v[N][N];
} decomposition;

typedef struct rotation {
    double cosine, sine;
} rotation;

/* Length without overflow: scaled by the largest component so far. */
static double length_of(const double *x, int n)
{
    double scale = 0.0, sum = 1.0;

    for (int i = 0; i < n; ++i) {
        const double size = fabs(x[i]);

        if (size == 0.0) continue;
        if (scale < size) {
            sum = 1.0 + sum * (scale / size * (scale / size));
            scale = size;
        } else {
            sum += size / scale * (size / scale);
        }
    }
    return scale * sqrt(sum);
}

/* x becomes the vector of the reflection that turns it onto its first axis; what it is there is returned. */
static double make_reflection(double *x, int n)
{
    double length = length_of(x, n);

    if (length == 0.0) return 0.0;
    if (x[0] != 0.0) length = copysign(length, x[0]);
    for (int i = 0; i < n; ++i) x[i] *= 1.0 / length;
    x[0] += 1.0;
    return -length;
}

static void reflect(const double *by, double *x, int n)
{
    double t = 0.0;

    for (int i = 0; i < n; ++i) t += by[i] * x[i];
    t = -t / by[0];
    for (int i = 0; i < n; ++i) x[i] += t * by[i];
}

/* x (columns) becomes two diagonals; the reflections' vectors are left in the lower parts of u and v. */
static void make_bidiagonal(double x[N][N], decomposition *d)
{
    double sum[N] = {0};

    d->s[0] = make_reflection(x[0], 3);
    for (int j = 1; j < N; ++j) {
        if (d->s[0] != 0.0) reflect(x[0], x[j], 3);
        d->e[j] = x[j][0];
    }
    d->e[0] = make_reflection(d->e + 1, 2);
    if (d->e[0] != 0.0) {
        for (int j = 1; j < N; ++j)
            for (int i = 1; i < N; ++i) sum[i] += d->e[j] * x[j][i];
        for (int j = 1; j < N; ++j)
            for (int i = 1; i < N; ++i) x[j][i] += -d->e[j] / d->e[1] * sum[i];
    }
    for (int i = 0; i < N; ++i) d->u[0][i] = x[0][i];
    for (int i = 1; i < N; ++i) d->v[0][i] = d->e[i];
    d->s[1] = make_reflection(x[1] + 1, 2);
    if (d->s[1] != 0.0) reflect(x[1] + 1, x[2] + 1, 2);
    for (int i = 1; i < N; ++i) d->u[1][i] = x[1][i];
    d->s[2] = x[2][2];
    d->e[1] = x[2][1];
    d->e[2] = 0.0;
}

/* The product of the reflections, last one first: what u and v held as vectors they hold as matrices. */
static void multiply_out(decomposition *d)
{
    d->u[2][0] = d->u[2][1] = d->v[2][0] = d->v[2][1] = 0.0;
    d->u[2][2] = d->v[2][2] = 1.0;
    reflect(d->u[1] + 1, d->u[2] + 1, 2);
    d->u[1][0] = 0.0;
    d->u[1][1] = 1.0 - d->u[1][1];
    d->u[1][2] = -d->u[1][2];
    for (int j = 1; j < N; ++j) reflect(d->u[0], d->u[j], 3);
    for (int i = 0; i < N; ++i) d->u[0][i] = (i == 0) - d->u[0][i];
    d->v[1][0] = d->v[1][2] = 0.0;
    d->v[1][1] = 1.0;
    for (int j = 1; j < N && d->e[0] != 0.0; ++j) reflect(d->v[0] + 1, d->v[j] + 1, 2);
    d->v[0][0] = 1.0;
    d->v[0][1] = d->v[0][2] = 0.0;
}

/* The rotation that turns (*a, b) onto its first axis; *a is its length there, with the larger one's sign. */
static rotation make_rotation(double *a, double b)
{
    const double scale = fabs(*a) + fabs(b), sign = fabs(*a) > fabs(b) ? *a : b;
    rotation turn = {1.0, 0.0};
    double length;

    if (scale == 0.0) return turn;
    length = copysign(scale * sqrt(*a / scale * (*a / scale) + b / scale * (b / scale)), sign);
    turn = (rotation){*a / length, b / length};
    *a = length;
    return turn;
}

static void rotate(rotation by, double x[N], double y[N])
{
    for (int i = 0; i < N; ++i) {
        const double turned = by.cosine * x[i] + by.sine * y[i];

        y[i] = by.cosine * y[i] - by.sine * x[i];
        x[i] = turned;
    }
}

/* The eigenvalue of the last 2x2 corner that lies nearer to its end, of a matrix scaled to at most 1, as the difference
 * that the first rotation is made from. */
static void shifted(const decomposition *d, int first, int last, double *f, double *g)
{
    const double *s = d->s, *e = d->e;
    const double scale =
        fmax(fmax(fmax(fmax(fabs(s[last]), fabs(s[last - 1])), fabs(e[last - 1])), fabs(s[first])), fabs(e[first]));
    const double end = s[last] / scale, before = s[last - 1] / scale, between = e[last - 1] / scale;
    const double begin = s[first] / scale, beside = e[first] / scale;
    const double b = ((before + end) * (before - end) + between * between) / 2.0, product = end * between;
    const double c = product * product;
    double shift = 0.0;

    if (b != 0.0 || c != 0.0) {
        shift = sqrt(b * b + c);
        if (b < 0.0) shift = -shift;
        shift = c / (b + shift);
    }
    *f = (begin + end) * (begin - end) + shift;
    *g = begin * beside;
}

static void step(decomposition *d, int first, int last)
{
    double *s = d->s, *e = d->e, f, g;

    shifted(d, first, last, &f, &g);
    for (int k = first; k < last; ++k) {
        rotation turn = make_rotation(&f, g);

        if (k != first) e[k - 1] = f;
        f = turn.cosine * s[k] + turn.sine * e[k];
        e[k] = turn.cosine * e[k] - turn.sine * s[k];
        g = turn.sine * s[k + 1];
        s[k + 1] = turn.cosine * s[k + 1];
        rotate(turn, d->v[k], d->v[k + 1]);
        turn = make_rotation(&f, g);
        s[k] = f;
        f = turn.cosine * e[k] + turn.sine * s[k + 1];
        s[k + 1] = -turn.sine * e[k] + turn.cosine * s[k + 1];
        g = turn.sine * e[k + 1];
        e[k + 1] = turn.cosine * e[k + 1];
        rotate(turn, d->u[k], d->u[k + 1]);
    }
    e[last - 1] = f;
}

static void swap(double x[N], double y[N])
{
    for (int i = 0; i < N; ++i) {
        const double kept = x[i];

        x[i] = y[i];
        y[i] = kept;
    }
}

/* A singular value found: made positive and put where it belongs among those behind it. */
static void settle(decomposition *d, int k)
{
    if (!(d->s[k] >= 0.0)) {
        d->s[k] = -d->s[k];
        for (int i = 0; i < N; ++i) d->v[k][i] = -d->v[k][i];
    }
    for (; k + 1 < N && d->s[k] < d->s[k + 1]; ++k) {
        const double kept = d->s[k];

        d->s[k] = d->s[k + 1];
        d->s[k + 1] = kept;
        swap(d->u[k], d->u[k + 1]);
        swap(d->v[k], d->v[k + 1]);
    }
}

/* Where the block that ends at last begins: behind the last e that vanishes beside its two s. */
static int block_start(decomposition *d, int last)
{
    int first = last;

    for (; first > 0; --first) {
        const double beside = fabs(d->s[first - 1]) + fabs(d->s[first]);

        if (beside + fabs(d->e[first - 1]) != beside) continue;
        d->e[first - 1] = 0.0;
        break;
    }
    return first;
}

static bool vanishes(const decomposition *d, int first, int last)
{
    for (int k = first; k <= last; ++k) {
        const double beside = (k < last ? fabs(d->e[k]) : 0.0) + (k > first ? fabs(d->e[k - 1]) : 0.0);

        if (beside + fabs(d->s[k]) == beside) return true;
    }
    return false;
}

static bool make_diagonal(decomposition *d)
{
    for (int last = N - 1, n_steps = 0; last >= 0;) {
        const int first = block_start(d, last);

        if (first == last) {
            settle(d, last--);
            n_steps = 0;
            continue;
        }
        if (n_steps++ == MOST_STEPS || vanishes(d, first, last)) return false;
        step(d, first, last);
    }
    return true;
}

static bool invertible(const double m[3][3])
{
    const double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                               m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                               m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);

    return isfinite(determinant) && determinant != 0.0;
}

bool rml_inverse(const double m[3][3], double inverse[3][3])
{
    decomposition d = {0};
    double x[N][N];

    if (!invertible(m)) return false;
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j) x[j][i] = m[i][j];
    make_bidiagonal(x, &d);
    if (d.s[0] == 0.0 || d.s[1] == 0.0) return false;
    multiply_out(&d);
    if (!make_diagonal(&d)) return false;
    for (int k = 0; k < N; ++k)
        if (!(d.s[k] > 0.0)) return false;
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j) {
            inverse[i][j] = 0.0;
            for (int k = 0; k < N; ++k) inverse[i][j] += d.v[k][i] * (1.0 / d.s[k]) * d.u[k][j];
        }
    return true;
}
