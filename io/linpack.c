/* 1. Pieces of BLAS   2. To a bidiagonal matrix   3. To a diagonal one */
#include "io/linpack.h"

#include <math.h>
#include <string.h>

/* 1. Pieces of BLAS */

static float length(const float *x, int n)
{
    float scale = 0.0F, squares = 1.0F;

    if (n == 1) return fabsf(x[0]);
    for (int i = 0; i < n; ++i) {
        const float size = fabsf(x[i]);

        if (size == 0.0F) continue;
        if (scale < size) {
            const float ratio = scale / size;

            squares = squares * (ratio * ratio) + 1.0F;
            scale = size;
        } else {
            const float ratio = size / scale;

            squares += ratio * ratio;
        }
    }
    return (float)((double)scale * sqrt((double)squares)); /* the root is C's: in double */
}

/* y += factor * x, with factor = -(x . y) / x[0]: a Householder reflection as LINPACK stores it. */
static void reflect(const float *x, float *y, int n)
{
    float product = 0.0F;

    for (int i = 0; i < n; ++i) product += x[i] * y[i];
    const float factor = (float)(-(double)product / (double)x[0]);
    for (int i = 0; i < n; ++i) y[i] += factor * x[i];
}

static void scale_by(float *x, int n, float factor)
{
    for (int i = 0; i < n; ++i) x[i] *= factor;
}

/* The rotation that turns (a, b) into (a', 0); a becomes a'. */
static void make_rotation(float *a, float b, float *c, float *s)
{
    const float larger = fabsf(*a) > fabsf(b) ? *a : b, scale = fabsf(*a) + fabsf(b);

    if (scale == 0.0F) {
        *c = 1.0F, *s = 0.0F, *a = 0.0F;
        return;
    }
    const float p = *a / scale, q = b / scale;
    const float norm = (float)((double)scale * sqrt((double)(p * p + q * q)));
    const float r = larger >= 0.0F ? norm : -norm;

    *c = *a / r;
    *s = b / r;
    *a = r;
}

static void rotate(float x[3], float y[3], float c, float s)
{
    for (int i = 0; i < 3; ++i) {
        const float t = c * x[i] + s * y[i];

        y[i] = c * y[i] - s * x[i];
        x[i] = t;
    }
}

/* 2. To a bidiagonal matrix: diagonal s, above it e. Columns first here, x[column][row] and u[column][row]. */

/* Scales a vector to a reflection and gives the element that the reflection leaves. */
static float make_reflection(float *x, int n)
{
    float size = length(x, n);

    if (size != 0.0F) {
        if (x[0] != 0.0F) size = copysignf(size, x[0]);
        scale_by(x, n, 1.0F / size);
        x[0] += 1.0F;
    }
    return -size;
}

static void bidiagonalise(float x[3][3], float u[3][3], float s[3], float e[3])
{
    for (int l = 0; l < 2; ++l) {
        s[l] = make_reflection(&x[l][l], 3 - l);
        for (int j = l + 1; j < 3; ++j) {
            if (s[l] != 0.0F) reflect(&x[l][l], &x[j][l], 3 - l);
            e[j] = x[j][l];
        }
        memcpy(&u[l][l], &x[l][l], (size_t)(3 - l) * sizeof(float));
        if (l > 0) break;
        e[0] = make_reflection(e + 1, 2);
        if (e[0] == 0.0F) continue;
        float work[2] = {0.0F, 0.0F};
        for (int j = 1; j < 3; ++j)
            for (int i = 0; i < 2; ++i) work[i] += e[j] * x[j][i + 1];
        for (int j = 1; j < 3; ++j) {
            const float factor = -e[j] / e[1];

            for (int i = 0; i < 2; ++i) x[j][i + 1] += factor * work[i];
        }
    }
    s[2] = x[2][2];
    e[1] = x[2][1];
    e[2] = 0.0F;
    u[2][0] = u[2][1] = 0.0F;
    u[2][2] = 1.0F;
    for (int l = 1; l >= 0; --l) {
        if (s[l] == 0.0F) {
            for (int i = 0; i < 3; ++i) u[l][i] = i == l ? 1.0F : 0.0F;
            continue;
        }
        for (int j = l + 1; j < 3; ++j) reflect(&u[l][l], &u[j][l], 3 - l);
        scale_by(&u[l][l], 3 - l, -1.0F);
        u[l][l] += 1.0F;
        for (int i = 0; i < l; ++i) u[l][i] = 0.0F;
    }
}

/* 3. To a diagonal one */

static _Bool adds_nothing(float small, float size)
{
    return size + fabsf(small) == size;
}

static void qr_step(float u[3][3], float s[3], float e[3], int l, int m)
{
    const float scale =
        fmaxf(fmaxf(fmaxf(fabsf(s[m]), fabsf(s[m - 1])), fmaxf(fabsf(e[m - 1]), fabsf(s[l]))), fabsf(e[l]));
    const float sm = s[m] / scale, before = s[m - 1] / scale, off = e[m - 1] / scale;
    const float sl = s[l] / scale, el = e[l] / scale;
    const float b = ((before + sm) * (before - sm) + off * off) / 2.0F, c = sm * off * (sm * off);
    float shift = 0.0F;

    if (b != 0.0F || c != 0.0F) {
        shift = (float)sqrt((double)(b * b + c));
        shift = c / (b + (b < 0.0F ? -shift : shift));
    }
    float f = (sl + sm) * (sl - sm) + shift, g = sl * el;
    for (int k = l; k < m; ++k) {
        float cosine, sine;

        make_rotation(&f, g, &cosine, &sine);
        if (k != l) e[k - 1] = f;
        f = cosine * s[k] + sine * e[k];
        e[k] = cosine * e[k] - sine * s[k];
        g = sine * s[k + 1];
        s[k + 1] = cosine * s[k + 1];
        make_rotation(&f, g, &cosine, &sine);
        s[k] = f;
        f = cosine * e[k] + sine * s[k + 1];
        s[k + 1] = -sine * e[k] + cosine * s[k + 1];
        g = sine * e[k + 1];
        e[k + 1] = cosine * e[k + 1];
        rotate(u[k], u[k + 1], cosine, sine);
    }
    e[m - 1] = f;
}

/* A singular value of 0, at s[zero]: e beside it is turned away, along the rest of the block l .. m. */
static void turn_away(float u[3][3], float s[3], float e[3], int l, int m, int zero)
{
    float cosine, sine, f;

    if (zero == m) {
        f = e[m - 1];
        e[m - 1] = 0.0F;
        for (int k = m - 1; k >= l; --k) {
            make_rotation(&s[k], f, &cosine, &sine);
            if (k == l) break;
            f = -sine * e[k - 1];
            e[k - 1] = cosine * e[k - 1];
        }
        return;
    }
    f = e[zero];
    e[zero] = 0.0F;
    for (int k = zero + 1; k <= m; ++k) {
        make_rotation(&s[k], f, &cosine, &sine);
        f = -sine * e[k];
        e[k] = cosine * e[k];
        rotate(u[k], u[zero], cosine, sine);
    }
}

static void sort_in(float u[3][3], float s[3], int l)
{
    s[l] = fabsf(s[l]);
    for (; l < 2 && s[l] < s[l + 1]; ++l) {
        const float value = s[l];
        float column[3];

        s[l] = s[l + 1];
        s[l + 1] = value;
        memcpy(column, u[l], sizeof column);
        memcpy(u[l], u[l + 1], sizeof column);
        memcpy(u[l + 1], column, sizeof column);
    }
}

_Bool rml_linpack_left(const float m[3][3], float u[3][3], float s[3])
{
    float x[3][3], columns[3][3] = {{0}}, e[3];
    int last = 2;

    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            if (!isfinite(m[i][j])) return 0;
            x[j][i] = m[i][j];
        }
    bidiagonalise(x, columns, s, e);
    for (int n_left = 1000; last >= 0 && n_left > 0; --n_left) {
        int l = last - 1, zero;

        for (; l >= 0; --l)
            if (adds_nothing(e[l], fabsf(s[l]) + fabsf(s[l + 1]))) {
                e[l] = 0.0F;
                break;
            }
        if (l == last - 1) {
            sort_in(columns, s, last--);
            continue;
        }
        for (zero = last; zero > l; --zero) {
            const float size = (zero != last ? fabsf(e[zero]) : 0.0F) + (zero != l + 1 ? fabsf(e[zero - 1]) : 0.0F);

            if (!adds_nothing(s[zero], size)) continue;
            s[zero] = 0.0F;
            break;
        }
        if (zero == l)
            qr_step(columns, s, e, l + 1, last);
        else
            turn_away(columns, s, e, l + 1, last, zero);
    }
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) u[i][j] = columns[j][i];
    return last < 0;
}
