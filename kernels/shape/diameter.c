/* Largest distances between mesh vertices, without trying all pairs.
 *
 * Vertices are the middles of grid edges between a voxel inside and one outside. In doubled coordinates (u, v, w) with
 * 0 at the first edge that can be cut, edge middles have one even coordinate and voxel centres' coordinates are odd.
 *
 * For a fixed point, the distance to it is a convex function, so along a line its maximum is at one end of the vertices
 * on it, and in a plane at a corner of their convex hull. Both ends of a longest pair are therefore corners of the hull
 * in each of the three axis planes that they lie in.
 *  1. Along every line in x: the first and the last vertex. Along every line in y: the same. From the bits, 64 at once.
 *  2. Hulls of the planes of equal z and of equal y from the ends along x, of equal x from the ends along y. The ends
 *     stand in order of the line, so a hull is one sweep on either side, in integers: scaling the axes moves no corner
 *     on or off a hull. A longest pair of a plane is one of its corners: the three planar diameters.
 *  3. What is a corner in all three planes is left for the diameter in space.
 *  4. Pairs of a set of points are tried from the centre of its box outwards in: with radii r falling, once
 *     r_i + r_j is not above the best distance so far, nothing behind can be. */
#include "kernels/shape/diameter.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first and last vertex along each line of a family; n_u or n_v lines in each of n_w planes. */
typedef struct ends {
    int32_t n;                     /* lines in a plane of equal w */
    int32_t *low, *high;           /* [n_w * n], low > high where the line has no vertex */
    uint8_t *low_hull, *high_hull; /* [n_w * n] in the hull of which planes, IN_... */
} ends;

enum { IN_SLICE = 1, IN_COLUMN = 2, IN_ROW = 4 };

typedef struct search {
    const rml_bits *bits;
    int32_t n[3];         /* vertices' coordinates run from 0 to n - 1 */
    double half[3];       /* half the spacing */
    ends along_x;         /* lines (v, w) */
    ends along_y;         /* lines (u, w) */
    int32_t (*chain)[2];  /* [longest axis] stack of a sweep: line and end */
    double *scratch;      /* [2 * longest axis][4] points of a plane */
    int32_t *ends_memory; /* what the ends and the chain lie in */
    uint8_t *marks;       /* what the ends' marks lie in */
} search;

/* 1. Ends of lines */

/* First and last set bit of a row, or false. */
static bool row_ends(const uint64_t *words, int32_t n_words, int32_t *first, int32_t *last)
{
    int32_t low = 0, high = n_words - 1;

    while (low < n_words && !words[low]) ++low;
    if (low == n_words) return false;
    while (!words[high]) --high;
    *first = 64 * low + __builtin_ctzll(words[low]);
    *last = 64 * high + 63 - __builtin_clzll(words[high]);
    return true;
}

/* The cut edges along axis from row (y, z), as bits: bit b is the edge from the voxel of bit b to the next one. */
static void cut_edges(const rml_bits *bits, int axis, int32_t y, int32_t z, uint64_t *cut)
{
    const uint64_t *here = rml_bits_row(bits, y, z);
    const uint64_t *next = axis == 1 ? rml_bits_row(bits, y + 1, z) : axis == 2 ? rml_bits_row(bits, y, z + 1) : here;
    const int32_t n_words = bits->n_words;

    if (axis == 0)
        for (int32_t k = 0; k < n_words; ++k)
            cut[k] = here[k] ^ (here[k] >> 1 | (k + 1 < n_words ? here[k + 1] << 63 : 0));
    else
        for (int32_t k = 0; k < n_words; ++k) cut[k] = here[k] ^ next[k];
}

/* All three kinds of edges; cut [n_words] work. Row y, z starts at -1, where edges enter the mask. */
static void find_ends(search *s, uint64_t *cut)
{
    const rml_bits *bits = s->bits;
    const int32_t n_words = bits->n_words, ny = bits->size[1], nz = bits->size[2];

    for (int64_t k = 0; k < (int64_t)s->n[1] * s->n[2]; ++k) s->along_x.low[k] = INT32_MAX, s->along_x.high[k] = -1;
    for (int64_t k = 0; k < (int64_t)s->n[0] * s->n[2]; ++k) s->along_y.low[k] = INT32_MAX, s->along_y.high[k] = -1;
    for (int axis = 0; axis < 3; ++axis) {
        const int32_t y_first = axis == 1 ? -1 : 0, z_first = axis == 2 ? -1 : 0;
        const int32_t u_shift = axis == 0 ? 0 : -1; /* bit b: an edge's middle is 2b, a voxel's centre 2b - 1 */
        for (int32_t z = z_first; z < nz; ++z) {
            const int32_t w = axis == 2 ? 2 * z + 2 : 2 * z + 1;
            int32_t *low = s->along_y.low + (int64_t)w * s->along_y.n,
                    *high = s->along_y.high + (int64_t)w * s->along_y.n;
            for (int32_t y = y_first; y < ny; ++y) {
                const int32_t v = axis == 1 ? 2 * y + 2 : 2 * y + 1;
                int32_t first, last;
                cut_edges(bits, axis, y, z, cut);
                if (!row_ends(cut, n_words, &first, &last)) continue;
                s->along_x.low[(int64_t)w * s->along_x.n + v] = 2 * first + u_shift;
                s->along_x.high[(int64_t)w * s->along_x.n + v] = 2 * last + u_shift;
                for (int32_t k = first / 64; k <= last / 64; ++k)
                    for (uint64_t left = cut[k]; left; left &= left - 1) {
                        const int32_t u = 2 * (64 * k + __builtin_ctzll(left)) + u_shift;
                        low[u] = low[u] < v ? low[u] : v; /* v ascends: the first one stays, */
                        high[u] = v;                      /* and so does the last */
                    }
            }
        }
    }
}

/* 2. Hulls of planes */

/* Keeps the corners of one side of a plane's hull: side 1 for the low ends, -1 for the high ones. Lines k = 0 .. n-1
 * have their end in end[k * step]; marks the corners in flag[k * step]. Returns the number of corners in chain. */
static int32_t sweep(const ends *e, int64_t at, int64_t step, int32_t n, int side, uint8_t mark, int32_t (*chain)[2])
{
    const int32_t *end = (side > 0 ? e->low : e->high) + at;
    uint8_t *flag = (side > 0 ? e->low_hull : e->high_hull) + at;
    int32_t n_chain = 0;

    for (int32_t k = 0; k < n; ++k) {
        if (e->high[at + k * step] < 0) continue;
        while (n_chain > 1) {
            const int32_t *a = chain[n_chain - 2], *b = chain[n_chain - 1];
            const int64_t turn =
                ((int64_t)b[0] - a[0]) * ((int64_t)end[k * step] - a[1]) - ((int64_t)b[1] - a[1]) * ((int64_t)k - a[0]);
            if (side * turn > 0) break;
            --n_chain; /* b lies on or within the line from a to k */
        }
        chain[n_chain][0] = k;
        chain[n_chain++][1] = end[k * step];
    }
    for (int32_t c = 0; c < n_chain; ++c) flag[chain[c][0] * step] |= mark;
    return n_chain;
}

static int falling(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x < *y) - (*x > *y);
}

/* 4. The longest pair of n points, four doubles each: radius (filled in here), then the place in mm. Returns the larger
 * of best and its square. */
static double longest(double (*point)[4], int64_t n, double best)
{
    double low[3], high[3], reach = 0.0;

    for (int a = 0; a < 3; ++a) low[a] = INFINITY, high[a] = -INFINITY;
    for (int64_t i = 0; i < n; ++i)
        for (int a = 0; a < 3; ++a) {
            low[a] = point[i][a + 1] < low[a] ? point[i][a + 1] : low[a];
            high[a] = point[i][a + 1] > high[a] ? point[i][a + 1] : high[a];
        }
    for (int64_t i = 0; i < n; ++i) {
        double square = 0.0;
        for (int a = 0; a < 3; ++a) {
            const double d = point[i][a + 1] - 0.5 * (low[a] + high[a]);
            square += d * d;
        }
        point[i][0] = sqrt(square) * (1 + 1e-12); /* above the true radius whatever the rounding */
        reach = point[i][0] > reach ? point[i][0] : reach;
    }
    if (4 * reach * reach <= best) return best;
    qsort(point, (size_t)n, sizeof *point, falling);
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i + 1; j < n; ++j) {
            const double sum = point[i][0] + point[j][0];
            double square = 0.0;
            if (sum * sum <= best) break;
            for (int a = 0; a < 3; ++a) {
                const double d = point[i][a + 1] - point[j][a + 1];
                square += d * d;
            }
            if (square > best) best = square;
        }
        if (4 * point[i][0] * point[i][0] <= best) break;
    }
    return best;
}

/* The longest pair in one plane: lines k = 0 .. n-1 of family e from at, step apart. line_axis and end_axis say along
 * which axes k and the ends count. */
static double plane_longest(search *s, const ends *e, int64_t at, int64_t step, int32_t n, uint8_t mark, int line_axis,
                            int end_axis, double best)
{
    double(*point)[4] = (double(*)[4])s->scratch;
    int64_t n_points = 0;

    for (int side = 1; side >= -1; side -= 2) {
        const int32_t n_chain = sweep(e, at, step, n, side, mark, s->chain);
        for (int32_t c = 0; c < n_chain; ++c) {
            point[n_points][1] = s->chain[c][0] * s->half[line_axis];
            point[n_points][2] = s->chain[c][1] * s->half[end_axis];
            point[n_points][3] = 0.0;
            ++n_points;
        }
    }
    return longest(point, n_points, best);
}

/* Planes from the middle outwards, since the middle ones tend to hold the longest pair and spare the rest a search. */
static int32_t from_middle(int32_t k, int32_t n)
{
    const int32_t middle = n / 2;

    return k % 2 ? middle - (k + 1) / 2 : middle + k / 2;
}

static void planar(search *s, double *slice, double *column, double *row)
{
    const int64_t nu = s->n[0], nv = s->n[1];

    *slice = *column = *row = 0.0;
    for (int32_t k = 0; k < s->n[2]; ++k) {
        const int64_t w = from_middle(k, s->n[2]);
        *slice = plane_longest(s, &s->along_x, w * nv, 1, s->n[1], IN_SLICE, 1, 0, *slice);
    }
    for (int32_t k = 0; k < s->n[1]; ++k) {
        const int64_t v = from_middle(k, s->n[1]);
        *column = plane_longest(s, &s->along_x, v, nv, s->n[2], IN_COLUMN, 2, 0, *column);
    }
    for (int32_t k = 0; k < s->n[0]; ++k) {
        const int64_t u = from_middle(k, s->n[0]);
        *row = plane_longest(s, &s->along_y, u, nu, s->n[2], IN_ROW, 2, 1, *row);
    }
}

/* 3. What is left in space */

static bool corner_everywhere(const search *s, int32_t u, int32_t v, int32_t w, uint8_t marks)
{
    const int64_t line = (int64_t)w * s->along_y.n + u;

    if (marks != (IN_SLICE | IN_COLUMN)) return false;
    return (s->along_y.low[line] == v && s->along_y.low_hull[line]) ||
           (s->along_y.high[line] == v && s->along_y.high_hull[line]);
}

static int64_t gather(const search *s, int32_t (*point)[3])
{
    int64_t n = 0;

    for (int32_t w = 0; w < s->n[2]; ++w)
        for (int32_t v = 0; v < s->n[1]; ++v) {
            const int64_t line = (int64_t)w * s->along_x.n + v;
            const int32_t ends_of[2] = {s->along_x.low[line], s->along_x.high[line]};
            const bool one = ends_of[0] == ends_of[1]; /* a single vertex can be a corner on either side */
            const uint8_t low = s->along_x.low_hull[line], high = s->along_x.high_hull[line];
            for (int e = 0; e < (one ? 1 : 2); ++e) {
                if (!corner_everywhere(s, ends_of[e], v, w, one ? low | high : e ? high : low)) continue;
                if (point) {
                    point[n][0] = ends_of[e];
                    point[n][1] = v;
                    point[n][2] = w;
                }
                ++n;
            }
        }
    return n;
}

/* 5. All of it */

static void search_free(search *s)
{
    free(s->scratch);
    free(s->marks);
    free(s->ends_memory);
}

/* Steps 1 and 2; squares: of the planar diameters. To be freed also after a failure. */
static rml_status search_init(search *s, const rml_bits *bits, const double spacing[3], double squares[3])
{
    int64_t n_lines[2], longest_axis = 1;
    uint64_t *cut;

    *s = (search){.bits = bits};
    for (int a = 0; a < 3; ++a) {
        s->n[a] = 2 * bits->size[a] + 1;
        s->half[a] = 0.5 * spacing[a];
        if (s->n[a] > longest_axis) longest_axis = s->n[a];
    }
    n_lines[0] = (int64_t)s->n[1] * s->n[2];
    n_lines[1] = (int64_t)s->n[0] * s->n[2];
    s->ends_memory = malloc((size_t)(2 * (n_lines[0] + n_lines[1] + longest_axis)) * sizeof *s->ends_memory);
    s->marks = calloc((size_t)(2 * (n_lines[0] + n_lines[1])), 1);
    s->scratch = malloc((size_t)(2 * longest_axis) * 4 * sizeof *s->scratch);
    cut = calloc((size_t)bits->n_words, sizeof *cut);
    if (!s->ends_memory || !s->marks || !s->scratch || !cut) {
        free(cut);
        return RML_ENOMEM;
    }
    s->along_x = (ends){s->n[1], s->ends_memory, s->ends_memory + n_lines[0], s->marks, s->marks + n_lines[0]};
    s->along_y = (ends){s->n[0], s->ends_memory + 2 * n_lines[0], s->ends_memory + 2 * n_lines[0] + n_lines[1],
                        s->marks + 2 * n_lines[0], s->marks + 2 * n_lines[0] + n_lines[1]};
    s->chain = (int32_t(*)[2])(s->ends_memory + 2 * (n_lines[0] + n_lines[1]));
    find_ends(s, cut);
    planar(s, &squares[0], &squares[1], &squares[2]);
    free(cut);
    return RML_OK;
}

static rml_status corners(const search *s, int32_t (**point)[3], int64_t *n)
{
    *n = gather(s, NULL);
    *point = calloc((size_t)(*n ? *n : 1), sizeof **point);
    if (!*point) return RML_ENOMEM;
    gather(s, *point);
    return RML_OK;
}

rml_status rml_mesh_corners(const rml_bits *bits, int32_t (**point)[3], int64_t *n)
{
    const double unit[3] = {1.0, 1.0, 1.0};
    search s;
    double squares[3];
    rml_status status = search_init(&s, bits, unit, squares);

    *point = NULL;
    if (status == RML_OK) status = corners(&s, point, n);
    search_free(&s);
    return status;
}

rml_status rml_diameters_measure(const rml_bits *bits, const double spacing[3], rml_diameters *diameters)
{
    search s;
    int32_t(*corner)[3] = NULL;
    double(*left)[4] = NULL;
    int64_t n_left;
    double squares[4];
    rml_status status = search_init(&s, bits, spacing, squares);

    if (status == RML_OK) status = corners(&s, &corner, &n_left);
    if (status != RML_OK) goto done;
    status = RML_ENOMEM;
    left = malloc((size_t)(n_left ? n_left : 1) * sizeof *left);
    if (!left) goto done;
    for (int64_t k = 0; k < n_left; ++k)
        for (int a = 0; a < 3; ++a) left[k][a + 1] = corner[k][a] * s.half[a];
    squares[3] = fmax(squares[0], fmax(squares[1], squares[2]));
    squares[3] = longest(left, n_left, squares[3]);
    *diameters = (rml_diameters){
        .slice = sqrt(squares[0]), .column = sqrt(squares[1]), .row = sqrt(squares[2]), .whole = sqrt(squares[3])};
    status = RML_OK;
done:
    free(left);
    free(corner);
    search_free(&s);
    return status;
}
