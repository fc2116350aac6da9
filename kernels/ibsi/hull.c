/* Quickhull. Each face keeps a list of points that lie strictly above it and above no face before it. The furthest one
 * becomes a corner: the faces that it sees go, the rim of what they leave is joined to it, and their points are dealt
 * to the new faces.
 *
 * A point in a face's plane does not see it. All triangles of a flat face are therefore seen together or not at all,
 * so that what is seen is bounded by one closed rim; and no edge of the rim is in line with the point, since the point
 * would then lie in the plane of the seen triangle at that edge: no triangle is flat. */
#include "kernels/ibsi/hull.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

typedef struct facet {
    int32_t corner[3];
    int32_t above; /* the first point above it, or NONE */
    int64_t normal[3];
    int64_t offset; /* normal . corner */
} facet;

typedef struct builder {
    const int32_t (*point)[3];
    int32_t *next; /* [n] the lists of points above */
    facet *facet;
    int32_t n_facets, room;
    int32_t (*rim)[2]; /* edges of what is seen; those met in both directions are taken out */
    int32_t rim_room;
} builder;

static void normal_of(const builder *b, const int32_t corner[3], int64_t normal[3])
{
    const int32_t *p = b->point[corner[0]], *q = b->point[corner[1]], *r = b->point[corner[2]];
    int64_t u[3], v[3];

    for (int a = 0; a < 3; ++a) {
        u[a] = (int64_t)q[a] - p[a];
        v[a] = (int64_t)r[a] - p[a];
    }
    for (int a = 0; a < 3; ++a) {
        const int c = (a + 1) % 3, d = (a + 2) % 3;

        normal[a] = u[c] * v[d] - u[d] * v[c];
    }
}

static int64_t height(const facet *f, const int32_t p[3])
{
    return f->normal[0] * p[0] + f->normal[1] * p[1] + f->normal[2] * p[2] - f->offset;
}

static rml_status add_facet(builder *b, int32_t p, int32_t q, int32_t r)
{
    facet *f;

    if (b->n_facets == b->room) {
        const int32_t room = b->room ? 2 * b->room : 256;
        facet *more = realloc(b->facet, (size_t)room * sizeof *more);

        if (!more) return RML_ENOMEM;
        b->facet = more;
        b->room = room;
    }
    f = &b->facet[b->n_facets++];
    *f = (facet){.corner = {p, q, r}, .above = NONE};
    normal_of(b, f->corner, f->normal);
    for (int a = 0; a < 3; ++a) f->offset += f->normal[a] * b->point[p][a];
    return RML_OK;
}

/* Deals a list of points to the facets from first on; those above none lie inside and are dropped. */
static void deal(builder *b, int32_t list, int32_t first)
{
    while (list != NONE) {
        const int32_t p = list;

        list = b->next[p];
        for (int32_t f = first; f < b->n_facets; ++f)
            if (height(&b->facet[f], b->point[p]) > 0) {
                b->next[p] = b->facet[f].above;
                b->facet[f].above = p;
                break;
            }
    }
}

/* Puts an edge on the rim, or takes the same one of the other direction off it. */
static rml_status toggle(builder *b, int32_t *n_rim, int32_t p, int32_t q)
{
    for (int32_t e = 0; e < *n_rim; ++e)
        if (b->rim[e][0] == q && b->rim[e][1] == p) {
            --*n_rim;
            b->rim[e][0] = b->rim[*n_rim][0];
            b->rim[e][1] = b->rim[*n_rim][1];
            return RML_OK;
        }
    if (*n_rim == b->rim_room) {
        const int32_t room = b->rim_room ? 2 * b->rim_room : 256;
        int32_t(*more)[2] = realloc(b->rim, (size_t)room * sizeof *more);

        if (!more) return RML_ENOMEM;
        b->rim = more;
        b->rim_room = room;
    }
    b->rim[*n_rim][0] = p;
    b->rim[(*n_rim)++][1] = q;
    return RML_OK;
}

/* Makes point p a corner. */
static rml_status add_corner(builder *b, int32_t p)
{
    int32_t n_rim = 0, n_kept = 0, orphans = NONE;

    for (int32_t k = 0; k < b->n_facets; ++k) {
        const facet f = b->facet[k];

        if (height(&f, b->point[p]) <= 0) {
            b->facet[n_kept++] = f;
            continue;
        }
        for (int e = 0; e < 3; ++e) {
            const rml_status status = toggle(b, &n_rim, f.corner[e], f.corner[(e + 1) % 3]);

            if (status != RML_OK) return status;
        }
        for (int32_t q = f.above, behind; q != NONE; q = behind) {
            behind = b->next[q];
            b->next[q] = orphans;
            orphans = q;
        }
    }
    b->n_facets = n_kept;
    for (int32_t e = 0; e < n_rim; ++e) {
        const rml_status status = add_facet(b, b->rim[e][0], b->rim[e][1], p);

        if (status != RML_OK) return status;
    }
    deal(b, orphans, n_kept);
    return RML_OK;
}

static int64_t area_of(const builder *b, int32_t p, int32_t q, int32_t r)
{
    const int32_t corner[3] = {p, q, r};
    int64_t normal[3];

    normal_of(b, corner, normal);
    return llabs(normal[0]) + llabs(normal[1]) + llabs(normal[2]); /* 0 only where they are in line */
}

/* Four points that span space: the lowest in x, the furthest from it, from their line, from their plane. */
static rml_status first_four(builder *b, int64_t n)
{
    int32_t four[4] = {0, 0, 0, 0};
    int64_t most = 0;
    facet base;
    rml_status status = RML_OK;

    for (int32_t k = 1; k < n; ++k)
        if (b->point[k][0] < b->point[four[0]][0]) four[0] = k;
    for (int32_t k = 0; k < n; ++k) {
        int64_t distance = 0;

        for (int a = 0; a < 3; ++a) distance += llabs((int64_t)b->point[k][a] - b->point[four[0]][a]);
        if (distance > most) most = distance, four[1] = k;
    }
    most = 0;
    for (int32_t k = 0; k < n; ++k) {
        const int64_t area = area_of(b, four[0], four[1], k);

        if (area > most) most = area, four[2] = k;
    }
    if (most == 0) return RML_EINVAL;
    status = add_facet(b, four[0], four[1], four[2]);
    if (status != RML_OK) return status;
    base = b->facet[0];
    most = 0;
    for (int32_t k = 0; k < n; ++k) {
        const int64_t above = height(&base, b->point[k]);

        if (llabs(above) > llabs(most)) most = above, four[3] = k;
    }
    if (most == 0) return RML_EINVAL;
    if (most > 0) { /* the fourth below the first three */
        const int32_t swap = four[1];

        four[1] = four[2];
        four[2] = swap;
    }
    b->n_facets = 0;
    status = add_facet(b, four[0], four[1], four[2]);
    for (int e = 0; e < 3 && status == RML_OK; ++e) status = add_facet(b, four[(e + 1) % 3], four[e], four[3]);
    return status;
}

static rml_status build(builder *b, int64_t n)
{
    rml_status status = first_four(b, n);

    if (status != RML_OK) return status;
    for (int32_t k = 0; k < n; ++k) b->next[k] = k + 1 < n ? k + 1 : NONE;
    deal(b, 0, 0);
    for (int32_t f = 0; f < b->n_facets;) {
        int32_t furthest = b->facet[f].above;

        if (furthest == NONE) {
            ++f;
            continue;
        }
        for (int32_t q = furthest; q != NONE; q = b->next[q])
            if (height(&b->facet[f], b->point[q]) > height(&b->facet[f], b->point[furthest])) furthest = q;
        status = add_corner(b, furthest);
        if (status != RML_OK) return status;
        /* What is kept has moved down in order and has no points up to here: f facets less those that went. */
        f = 0;
        while (f < b->n_facets && b->facet[f].above == NONE) ++f;
    }
    return RML_OK;
}

static rml_status hand_over(const builder *b, int64_t n, rml_hull *hull)
{
    const size_t n_faces = (size_t)b->n_facets;
    int32_t *place = malloc((size_t)n * sizeof *place);
    rml_status status = RML_ENOMEM;

    hull->n_faces = b->n_facets;
    hull->face = malloc(n_faces * sizeof *hull->face);
    hull->normal = malloc(n_faces * sizeof *hull->normal);
    hull->point = malloc(3 * n_faces * sizeof *hull->point);
    if (!place || !hull->face || !hull->normal || !hull->point) goto done;
    for (int64_t k = 0; k < n; ++k) place[k] = NONE;
    for (int32_t f = 0; f < b->n_facets; ++f) {
        memcpy(hull->normal[f], b->facet[f].normal, sizeof hull->normal[f]);
        for (int e = 0; e < 3; ++e) {
            const int32_t corner = b->facet[f].corner[e];

            if (place[corner] == NONE) {
                place[corner] = hull->n_points;
                memcpy(hull->point[hull->n_points++], b->point[corner], sizeof *hull->point);
            }
            hull->face[f][e] = place[corner];
        }
    }
    status = RML_OK;
done:
    free(place);
    return status;
}

rml_status rml_hull_init(rml_hull *hull, const int32_t (*point)[3], int64_t n)
{
    builder b = {.point = point};
    rml_status status = RML_EINVAL;

    *hull = (rml_hull){0};
    if (n < 4 || n > INT32_MAX / 4) return RML_EINVAL;
    for (int64_t k = 0; k < n; ++k)
        for (int a = 0; a < 3; ++a)
            if (point[k][a] < 0 || point[k][a] > RML_HULL_MAX_COORDINATE) return RML_EINVAL;
    b.next = malloc((size_t)n * sizeof *b.next);
    status = b.next ? build(&b, n) : RML_ENOMEM;
    if (status == RML_OK) status = hand_over(&b, n, hull);
    if (status != RML_OK) rml_hull_free(hull);
    free(b.rim);
    free(b.facet);
    free(b.next);
    return status;
}

void rml_hull_free(rml_hull *hull)
{
    if (!hull) return;
    free(hull->point);
    free(hull->face);
    free(hull->normal);
    *hull = (rml_hull){0};
}

void rml_hull_measure(const rml_hull *hull, const double unit[3], double *volume, double *area)
{
    const int32_t *origin = hull->point[0];
    double six = 0.0;

    *area = 0.0;
    for (int32_t f = 0; f < hull->n_faces; ++f) {
        const int32_t *p = hull->point[hull->face[f][0]];
        const int64_t *normal = hull->normal[f];
        double square = 0.0;

        for (int a = 0; a < 3; ++a) {
            const double scaled = (double)normal[a] * unit[(a + 1) % 3] * unit[(a + 2) % 3];

            six += (double)(normal[a] * ((int64_t)p[a] - origin[a]));
            square += scaled * scaled;
        }
        *area += sqrt(square) / 2.0;
    }
    *volume = six / 6.0 * (unit[0] * unit[1] * unit[2]);
}
