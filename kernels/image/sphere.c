#include "kernels/image/sphere.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;
enum { CORNERS = 12, FACES = 20 };

typedef struct face {
    int32_t corner[3];
} face;

int32_t rml_sphere_points(int32_t subdivisions)
{
    if (subdivisions < 0 || subdivisions > RML_SPHERE_SUBDIVISIONS) return 0;
    return 10 * (1 << (2 * subdivisions)) + 2;
}

static double distance2(const double *a, const double *b)
{
    double sum = 0.0;

    for (int axis = 0; axis < 3; ++axis) sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
    return sum;
}

/* Twelve corners of an icosahedron of radius 1, and its faces: all triples whose corners are neighbours. */
static void icosahedron(double *points, face *faces)
{
    const double golden = (1.0 + sqrt(5.0)) / 2.0, length = sqrt(1.0 + golden * golden);
    const double edge2 = 4.0 / (length * length) * 1.01;
    int n = 0;

    for (int axis = 0; axis < 3; ++axis)
        for (int sign = 0; sign < 4; ++sign, ++n) {
            points[3 * n + axis] = (sign & 1 ? 1.0 : -1.0) / length;
            points[3 * n + (axis + 1) % 3] = (sign & 2 ? -golden : golden) / length;
            points[3 * n + (axis + 2) % 3] = 0.0;
        }
    n = 0;
    for (int32_t a = 0; a < CORNERS; ++a)
        for (int32_t b = a + 1; b < CORNERS; ++b)
            for (int32_t c = b + 1; c < CORNERS && n < FACES; ++c)
                if (distance2(points + 3 * (size_t)a, points + 3 * (size_t)b) < edge2 &&
                    distance2(points + 3 * (size_t)b, points + 3 * (size_t)c) < edge2 &&
                    distance2(points + 3 * (size_t)a, points + 3 * (size_t)c) < edge2)
                    faces[n++] = (face){{a, b, c}};
}

static void put_on_sphere(double *point, double radius)
{
    const double length = sqrt(point[0] * point[0] + point[1] * point[1] + point[2] * point[2]);

    for (int axis = 0; axis < 3; ++axis) point[axis] += point[axis] / length * (radius - length);
}

/* An edge as one number: edges are made into points in the order of their higher end, then of their lower one. */
static int64_t edge_of(int32_t a, int32_t b)
{
    return a > b ? (int64_t)a << 32 | b : (int64_t)b << 32 | a;
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* All edges, each once, in order. edges: [3 * n_faces]; the return value is how many */
static int32_t edges_of(const face *faces, int32_t n_faces, int64_t *edges)
{
    int32_t n = 0;

    for (int32_t f = 0; f < n_faces; ++f)
        for (int k = 0; k < 3; ++k) edges[3 * f + k] = edge_of(faces[f].corner[k], faces[f].corner[(k + 1) % 3]);
    qsort(edges, 3 * (size_t)n_faces, sizeof *edges, compare);
    for (int32_t e = 0; e < 3 * n_faces; ++e)
        if (e == 0 || edges[e] != edges[e - 1]) edges[n++] = edges[e];
    return n;
}

static int32_t place_of(int64_t edge, const int64_t *edges, int32_t n)
{
    int32_t low = 0;

    for (int32_t high = n - 1; low < high;) {
        const int32_t half = (low + high) / 2;

        if (edges[half] < edge)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* Cuts every face into four. points: n_points of them, the middles are added behind. Returns how many points there are.
 */
static int32_t subdivide(double *points, int32_t n_points, const face *faces, int32_t n_faces, face *finer,
                         int64_t *edges)
{
    const int32_t n_edges = edges_of(faces, n_faces, edges);

    for (int32_t e = 0; e < n_edges; ++e)
        for (int axis = 0; axis < 3; ++axis)
            points[3 * (n_points + e) + axis] =
                (points[3 * (edges[e] & INT32_MAX) + axis] + points[3 * (edges[e] >> 32) + axis]) / 2.0;
    for (int32_t f = 0; f < n_faces; ++f, finer += 4) {
        const int32_t *const corner = faces[f].corner;
        int32_t middle[3];

        for (int k = 0; k < 3; ++k)
            middle[k] = n_points + place_of(edge_of(corner[k], corner[(k + 1) % 3]), edges, n_edges);
        for (int k = 0; k < 3; ++k) finer[k] = (face){{corner[k], middle[k], middle[(k + 2) % 3]}};
        finer[3] = (face){{middle[0], middle[1], middle[2]}};
    }
    return n_points + n_edges;
}

rml_status rml_sphere_fill(int32_t subdivisions, double radius, double *points)
{
    const int32_t n_all = rml_sphere_points(subdivisions);
    int32_t n_points = CORNERS, n_faces = FACES;
    face *faces, *finer;
    int64_t *edges;
    rml_status status = RML_ENOMEM;

    if (n_all == 0) return RML_EINVAL;
    faces = malloc((size_t)n_all * 2 * sizeof *faces); /* 2 V - 4 faces */
    finer = malloc((size_t)n_all * 2 * sizeof *finer);
    edges = malloc((size_t)n_all * 6 * sizeof *edges);
    if (!faces || !finer || !edges) goto done;
    icosahedron(points, faces);
    for (int32_t round = 0; round < subdivisions || round == 0; ++round) {
        face *const exchanged = faces;

        if (subdivisions > 0) {
            n_points = subdivide(points, n_points, faces, n_faces, finer, edges);
            faces = finer;
            finer = exchanged;
            n_faces *= 4;
        }
        for (int32_t p = 0; p < n_points; ++p) put_on_sphere(points + 3 * (size_t)p, radius);
    }
    status = RML_OK;
done:
    free(faces);
    free(finer);
    free(edges);
    return status;
}

/* P(n, |m|) by the recursion over the degree, from P(|m|, |m|) = (-1)^|m| (2 |m| - 1)!! sin^|m|. */
void rml_sphere_harmonic(int32_t m, int32_t n, double theta, double phi, double value[2])
{
    const int32_t order = m < 0 ? -m : m;
    const double x = cos(phi), sine = sqrt(fmax(0.0, 1.0 - x * x));
    double legendre = 1.0, lower = 0.0, norm = (2 * n + 1) / (4 * pi);

    for (int32_t k = 1; k <= order; ++k) legendre *= -(2 * k - 1) * sine;
    for (int32_t k = order; k < n; ++k) {
        const double next = ((2 * k + 1) * x * legendre - (k + order) * lower) / (k + 1 - order);

        lower = legendre;
        legendre = next;
    }
    for (int32_t k = n - order + 1; k <= n + order; ++k) norm /= k;
    legendre *= sqrt(norm);
    value[0] = legendre * cos(order * theta);
    value[1] = legendre * sin(order * theta);
    if (m < 0) { /* the conjugate, times (-1)^m */
        const double sign = order % 2 ? -1.0 : 1.0;

        value[0] *= sign;
        value[1] *= -sign;
    }
}
