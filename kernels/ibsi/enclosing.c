/* For a direction n, faces of the hull look along n or against it; the edges between the two kinds are the outline that
 * the hull has seen along n. The smallest rectangle about the outline has an edge of it in one side (Freeman & Shapira
 * 1975). An outline is short (some 100 edges of thousands), so that all of its edges are tried against all of its
 * corners. Faces that stand edge-on may count for either kind: their edges lie on the outline all the same. */
#include "kernels/ibsi/enclosing.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct edge {
    int32_t from, to;    /* points */
    int32_t left, right; /* faces */
} edge;

typedef struct body {
    const rml_hull *hull;
    double *p[3];      /* [n_points] mm */
    double *normal[3]; /* [n_faces] in mm, not of unit length */
    int32_t n_edges;
    edge *edges;
    uint8_t *towards; /* [n_faces] whether a face looks along n */
    double *u, *v;    /* [n_edges] the outline's corners in the plane across n */
} body;

typedef struct box {
    double axis[3][3]; /* unit vectors */
    double side[3];
    double volume;
} box;

static int by_points(const void *a, const void *b)
{
    const edge *x = a, *y = b;

    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* Every edge is in two faces, once in each direction: sorted by its points, the two stand side by side. Edges within a
 * flat face are left out, since no outline needs them. */
static void find_edges(body *b)
{
    const rml_hull *hull = b->hull;
    int32_t n = 0;

    for (int32_t f = 0; f < hull->n_faces; ++f)
        for (int e = 0; e < 3; ++e) {
            const int32_t p = hull->face[f][e], q = hull->face[f][(e + 1) % 3];

            b->edges[n++] = (edge){p < q ? p : q, p < q ? q : p, f, 0};
        }
    qsort(b->edges, (size_t)n, sizeof *b->edges, by_points);
    for (int32_t k = 0; k + 1 < n; k += 2) {
        b->edges[k / 2] = b->edges[k];
        b->edges[k / 2].right = b->edges[k + 1].left;
    }
    b->n_edges = n / 2;
}

RML_HOT static void extent(const double *const p[3], int32_t n, const double axis[3], double *low, double *high)
{
    double lowest = INFINITY, highest = -INFINITY;

    for (int32_t i = 0; i < n; ++i) {
        const double along = axis[0] * p[0][i] + axis[1] * p[1][i] + axis[2] * p[2][i];

        lowest = along < lowest ? along : lowest;
        highest = along > highest ? along : highest;
    }
    *low = lowest;
    *high = highest;
}

RML_HOT static void look(const body *b, const double n[3])
{
    const double *x = b->normal[0], *y = b->normal[1], *z = b->normal[2];

    for (int32_t f = 0; f < b->hull->n_faces; ++f) b->towards[f] = n[0] * x[f] + n[1] * y[f] + n[2] * z[f] > 0.0;
}

/* Sides of the rectangle along the direction (c, s) about the outline's corners. */
RML_HOT static void rectangle(const double *u, const double *v, int32_t n, double c, double s, double side[2])
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

    for (int32_t i = 0; i < n; ++i) {
        const double along = c * u[i] + s * v[i], across = c * v[i] - s * u[i];

        low[0] = along < low[0] ? along : low[0];
        high[0] = along > high[0] ? along : high[0];
        low[1] = across < low[1] ? across : low[1];
        high[1] = across > high[1] ? across : high[1];
    }
    side[0] = high[0] - low[0];
    side[1] = high[1] - low[1];
}

/* Any two unit vectors across n, and across each other. */
static void plane_across(const double n[3], double e[3], double f[3])
{
    const int a = fabs(n[0]) < fabs(n[1]) ? (fabs(n[0]) < fabs(n[2]) ? 0 : 2) : (fabs(n[1]) < fabs(n[2]) ? 1 : 2);
    double length;

    for (int k = 0; k < 3; ++k) e[k] = (k == a ? 1.0 : 0.0) - n[a] * n[k];
    length = sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2]);
    for (int k = 0; k < 3; ++k) e[k] /= length;
    for (int k = 0; k < 3; ++k) f[k] = n[(k + 1) % 3] * e[(k + 2) % 3] - n[(k + 2) % 3] * e[(k + 1) % 3];
}

/* The smallest box with an axis along the unit vector n; *best changes where it is smaller. */
static bool try_along(const body *b, const double n[3], box *best)
{
    const double *const p[3] = {b->p[0], b->p[1], b->p[2]};
    double e[3], f[3], low, high;
    int32_t n_outline = 0;
    bool better = false;

    extent(p, b->hull->n_points, n, &low, &high);
    plane_across(n, e, f);
    look(b, n);
    for (int32_t k = 0; k < b->n_edges; ++k) {
        const edge *at = &b->edges[k];
        const int32_t ends[2] = {at->from, at->to};

        if (b->towards[at->left] == b->towards[at->right]) continue;
        for (int end = 0; end < 2; ++end) {
            const int32_t i = ends[end];

            b->u[n_outline] = e[0] * p[0][i] + e[1] * p[1][i] + e[2] * p[2][i];
            b->v[n_outline++] = f[0] * p[0][i] + f[1] * p[1][i] + f[2] * p[2][i];
        }
    }
    for (int32_t k = 0; k < n_outline; k += 2) {
        const double du = b->u[k + 1] - b->u[k], dv = b->v[k + 1] - b->v[k], length = sqrt(du * du + dv * dv);
        double side[2], volume;

        if (!(length > 1e-9 * (high - low))) continue; /* seen end-on */
        rectangle(b->u, b->v, n_outline, du / length, dv / length, side);
        volume = (high - low) * side[0] * side[1];
        if (!(volume < best->volume * (1.0 - 1e-12))) continue;
        better = true;
        best->volume = volume;
        best->side[0] = high - low;
        best->side[1] = side[0];
        best->side[2] = side[1];
        for (int a = 0; a < 3; ++a) {
            best->axis[0][a] = n[a];
            best->axis[1][a] = (du * e[a] + dv * f[a]) / length;
            best->axis[2][a] = (du * f[a] - dv * e[a]) / length;
        }
    }
    return better;
}

static int64_t common(int64_t a, int64_t b)
{
    a = llabs(a);
    b = llabs(b);
    while (b) {
        const int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static int by_normal(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    for (int k = 0; k < 3; ++k)
        if (x[k] != y[k]) return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* Directions of the faces, each once, a face and its opposite as one; way [n_faces]. Returns how many. */
static int32_t directions(const rml_hull *hull, int64_t (*way)[3])
{
    int32_t n = 0;

    for (int32_t f = 0; f < hull->n_faces; ++f) {
        const int64_t *normal = hull->normal[f];
        const int64_t factor = common(common(normal[0], normal[1]), normal[2]);
        const int64_t first = normal[0] ? normal[0] : normal[1] ? normal[1] : normal[2];

        for (int a = 0; a < 3; ++a) way[f][a] = normal[a] / (first < 0 ? -factor : factor);
    }
    qsort(way, (size_t)hull->n_faces, sizeof *way, by_normal);
    for (int32_t f = 0; f < hull->n_faces; ++f)
        if (f == 0 || by_normal(way[f], way[f - 1]) != 0) memmove(way[n++], way[f], sizeof *way);
    return n;
}

static void search(const body *b, int64_t (*way)[3], const double unit[3], box *best)
{
    const int32_t n_ways = directions(b->hull, way);
    bool better = true;

    best->volume = INFINITY;
    for (int a = 0; a < 3; ++a) try_along(b, (const double[3]){a == 0, a == 1, a == 2}, best);
    for (int32_t k = 0; k < n_ways; ++k) {
        double n[3], length;

        for (int a = 0; a < 3; ++a) n[a] = (double)way[k][a] / unit[a];
        length = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (int a = 0; a < 3; ++a) n[a] /= length;
        try_along(b, n, best);
    }
    while (better) {
        better = false;
        for (int a = 0; a < 3; ++a) {
            const double n[3] = {best->axis[a][0], best->axis[a][1], best->axis[a][2]};

            if (try_along(b, n, best)) better = true;
        }
    }
}

rml_status rml_enclosing_box(const rml_hull *hull, const double unit[3], double side[3])
{
    const int32_t n_points = hull->n_points, n_faces = hull->n_faces;
    const int64_t n_numbers = 3 * ((int64_t)n_points + n_faces) + 6 * (int64_t)n_faces;
    double *memory = malloc((size_t)n_numbers * sizeof *memory), *at = memory;
    body b = {.hull = hull};
    int64_t(*way)[3] = malloc((size_t)n_faces * sizeof *way);
    rml_status status = RML_ENOMEM;
    box best = {0};

    b.edges = malloc((size_t)n_faces * 3 * sizeof *b.edges);
    b.towards = malloc((size_t)n_faces);
    if (!memory || !way || !b.edges || !b.towards) goto done;
    for (int a = 0; a < 3; ++a, at += n_points) {
        b.p[a] = at;
        for (int32_t i = 0; i < n_points; ++i) at[i] = hull->point[i][a] * unit[a];
    }
    for (int a = 0; a < 3; ++a, at += n_faces) { /* an axis' scale divides a normal's component */
        b.normal[a] = at;
        for (int32_t f = 0; f < n_faces; ++f) at[f] = (double)hull->normal[f][a] / unit[a];
    }
    b.u = at; /* two corners an edge, three halves of an edge a face */
    b.v = at + 3 * (int64_t)n_faces;
    find_edges(&b);
    search(&b, way, unit, &best);
    for (int a = 0; a < 3; ++a) side[a] = best.side[a];
    for (int a = 0; a < 2; ++a)
        for (int k = 0; k < 2 - a; ++k)
            if (side[k] < side[k + 1]) {
                const double low = side[k];

                side[k] = side[k + 1];
                side[k + 1] = low;
            }
    status = RML_OK;
done:
    free(b.towards);
    free(b.edges);
    free(way);
    free(memory);
    return status;
}
