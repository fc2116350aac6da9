/* Marching cubes on a binary mask.
 *
 * 1. The cell. A cell has eight voxel centres as corners, numbered around its low-z face and then around its high-z
 *    face: (0,0,0) (1,0,0) (1,1,0) (0,1,0), then the same one up. Edges 0-3 run around the low face, 4-7 around the
 *    high face, 8-11 go up from corners 0-3. The code of a cell has bit c set when corner c is in the ROI; the surface
 *    cuts each edge between a corner inside and one outside in its middle.
 * 2. The polygons. Walking around a face of the cell, counterclockwise seen from outside, every cut edge either leaves
 *    the ROI or enters it. On each face, every stretch inside the ROI is cut off by a segment between its two ends: two
 *    corners of the ROI that are opposite on a face are kept apart. An edge that leaves on one face enters on the other
 *    that shares it, so the segments join to closed polygons.
 * 3. The complement. Only codes with corner 7 outside are cut by that rule. A code with corner 7 inside takes the
 *    polygons of its complement, turned round: there, opposite ROI corners of a face are joined. This is PyRadiomics'
 *    convention. Where a cell of one kind meets a cell of the other on such a face, the surface does not close, and the
 *    volume by signed tetrahedra then depends on the origin: it is the corner of the mask's tight box, one voxel
 *    outside the first. A ragged mask's volume so changes by some percent when it is mirrored. The closed mesh joins
 *    opposite ROI corners of a face in every cell: codes with corner 7 inside stay as they are, and of the others those
 *    with such a face have a row of their own, that of a code with corner 7 inside, turned.
 * 4. The diagonals. Polygons of more than three corners are not flat in general, so how they are cut into triangles
 *    matters to area and volume. The choice was found from outside: all triangulations of all polygons of a code were
 *    listed, and PyRadiomics' area and volume (3.0.1) of the 255 masks of 2x2x2 voxels with three unlike spacings, each
 *    at four places in its array, leave exactly one of them per code, but for the diagonal of flat rectangles, which
 *    changes nothing. The same measurements gave the rules 2 and 3. The table below holds the result; the test of this
 *    file traces the polygons again and checks that each row of the table cuts just them.
 * 5. The sums. With doubled coordinates a triangle's corners are integers. For a cell at p, sum over its triangles of
 *    det(p+a, p+b, p+c) = sum det(a, b, c) + p . sum (b-a)x(c-a), so that a code needs one integer and one integer
 *    vector, and the volume of the whole mesh is exact up to the final scaling. The area of a code depends on spacing
 *    alone: the area of the mesh is a sum over 256 counts. */
#include "kernels/shape/mesh.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

const int8_t rml_mesh_corner[8][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                                      {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}};
const int8_t rml_mesh_edge[12][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 5}, {5, 6},
                                     {6, 7}, {7, 4}, {0, 4}, {1, 5}, {2, 6}, {3, 7}};

/* clang-format off */
static const char *const triangles[128] = {
    /*   0 */ "", "380", "910", "891 381",
    /*   4 */ "a21", "380 a21", "a20 9a0", "89a 8a2 382",
    /*   8 */ "b32", "b80 2b0", "910 b32", "b89 b91 2b1",
    /*  12 */ "b31 ab1", "ab8 a80 1a0", "9ab b30 9b0", "ab8 9a8",
    /*  16 */ "874", "740 370", "910 874", "491 741 371",
    /*  20 */ "a21 874", "740 370 a21", "a20 9a0 874", "9a2 492 742 372",
    /*  24 */ "b32 874", "b74 2b4 240", "910 b32 874", "491 741 b71 2b1",
    /*  28 */ "b31 ab1 874", "ab7 740 a70 1a0", "9ab b30 9b0 874", "9ab b74 9b4",
    /*  32 */ "594", "380 594", "510 450", "845 385 351",
    /*  36 */ "a21 594", "380 a21 594", "5a2 452 420", "5a2 452 842 382",
    /*  40 */ "b32 594", "b80 2b0 594", "510 450 b32", "b84 451 b41 2b1",
    /*  44 */ "b31 ab1 594", "ab8 a80 1a0 594", "5ab b30 5b0 450", "ab8 a84 5a4",
    /*  48 */ "875 985", "375 590 350", "751 710 870", "751 371",
    /*  52 */ "a21 875 985", "375 590 350 a21", "75a a20 7a0 870", "375 5a2 352",
    /*  56 */ "b32 875 985", "b75 590 b50 2b0", "751 710 870 b32", "751 b71 2b1",
    /*  60 */ "b31 ab1 875 985", "590 750 b70 ab0 1a0", "b30 ab0 5a0 750 870", "b75 ab5",
    /*  64 */ "6a5", "380 6a5", "910 6a5", "891 381 6a5",
    /*  68 */ "621 561", "380 621 561", "620 560 950", "895 562 852 382",
    /*  72 */ "b32 6a5", "b80 2b0 6a5", "910 b32 6a5", "b89 b91 2b1 6a5",
    /*  76 */ "6b3 563 531", "b80 6b0 560 150", "b30 6b0 560 950", "b89 b95 6b5",
    /*  80 */ "874 6a5", "740 370 6a5", "910 874 6a5", "491 741 371 6a5",
    /*  84 */ "621 561 874", "740 370 621 561", "620 560 950 874", "749 379 956 962 392",
    /*  88 */ "b32 874 6a5", "b74 2b4 240 6a5", "910 b32 874 6a5", "491 741 b71 2b1 6a5",
    /*  92 */ "6b3 563 531 874", "56b 15b b74 b40 1b0", "b30 6b0 560 950 874", "56b 95b b74 9b4",
    /*  96 */ "a94 6a4", "380 a94 6a4", "a10 6a0 460", "846 6a1 861 381",
    /* 100 */ "462 421 941", "380 462 421 941", "620 460", "462 842 382",
    /* 104 */ "b32 a94 6a4", "b80 2b0 a94 6a4", "a10 6a0 460 b32", "6a1 461 841 b81 2b1",
    /* 108 */ "46b b31 4b1 941", "194 146 16b 1b8 180", "b30 6b0 460", "b84 6b4",
    /* 112 */ "a98 876 a86", "a90 6a0 760 370", "a10 6a0 760 870", "6a1 761 371",
    /* 116 */ "621 761 871 981", "219 629 769 379 390", "620 760 870", "762 372",
    /* 120 */ "b32 a98 876 a86", "2b7 76a 7a9 790 270", "a10 6a0 760 870 b32", "6a1 761 b71 2b1",
    /* 124 */ "876 986 6b3 631 961", "190 b76", "b30 6b0 760 870", "b76",
};
/* clang-format on */

/* clang-format off */
static const char *const joined[128] = { /* NULL: as above */
    [5] = "801 81a 238 28a", [10] = "912 92b 9b3 930", [18] = "749 791 087 071", [21] = "a23 a37 01a 40a 4a7",
    [22] = "087 207 a27 9a7 497", [24] = "2b7 274 248 283", [26] = "2b7 274 249 291 083", [28] = "483 431 41a 4ab 4b7",
    [30] = "9ab 49b 4b7 083", [33] = "590 503 538 584", [36] = "45a 4a2 421 419", [37] = "5a2 523 538 584 190",
    [41] = "590 502 52b 5b8 584", [42] = "b30 b04 b45 b51 2b1", [44] = "45a 4ab 4b3 431 419", [45] = "ab8 5a8 584 190",
    [52] = "219 298 5a2 752 728", [53] = "5a2 523 537 190", [56] = "2b7 275 259 298 283", [58] = "751 2b7 271 308",
    [60] = "75a 7ab 319 398", [61] = "5ab 5b7 190", [62] = "75a 7ab 083", [66] = "095 056 06a 0a1",
    [67] = "6a1 613 638 689 695", [69] = "801 815 238 628 685", [72] = "32a 3a5 6b3 635", [73] = "2a5 025 805 b85 6b5",
    [74] = "956 96b 9b3 930 a12", [75] = "b89 6b9 695 2a1", [80] = "a54 a48 a87 a76", [81] = "a54 a40 a03 a37 6a7",
    [82] = "a10 a08 a87 a76 954", [83] = "137 6a1 617 549", [84] = "876 862 821 815 485", [85] = "623 637 540 501",
    [86] = "495 620 760 708", [87] = "623 637 549", [88] = "2a5 254 248 283 6b7", [89] = "6b7 402 542 52a",
    [90] = "2a1 6b7 083 954", [91] = "6b7 549 2a1", [92] = "315 483 435 76b", [93] = "6b7 540 501",
    [94] = "495 76b 083", [95] = "6b7 549", [97] = "384 903 a93 6a3 634", [101] = "238 284 624 190",
    [104] = "6b3 463 943 a93 2a3", [105] = "6b8 684 2a9 290", [106] = "2a1 046 306 36b", [107] = "6b8 684 2a1",
    [109] = "6b8 684 190", [117] = "623 637 190", [120] = "a98 2a8 283 6b7", [121] = "6b7 2a9 290",
    [122] = "2a1 308 6b7", [123] = "6b7 2a1", [124] = "76b 319 398", [126] = "76b 083",
};
/* clang-format on */

const char *rml_mesh_triangles(int code)
{
    return triangles[code];
}

const char *rml_mesh_closed_triangles(int code)
{
    return joined[code] ? joined[code] : triangles[code];
}

/* What one cell of a code adds, in doubled coordinates. */
typedef struct cell_share {
    int32_t det;     /* sum of det(a, b, c), the cell at the origin */
    int32_t face[3]; /* sum of (b-a)x(c-a): twice the area vector */
} cell_share;

static int edge_of(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static void midpoint(int edge, int32_t point[3])
{
    for (int a = 0; a < 3; ++a)
        point[a] = rml_mesh_corner[rml_mesh_edge[edge][0]][a] + rml_mesh_corner[rml_mesh_edge[edge][1]][a];
}

static void cross(const int32_t u[3], const int32_t v[3], int32_t w[3])
{
    w[0] = u[1] * v[2] - u[2] * v[1];
    w[1] = u[2] * v[0] - u[0] * v[2];
    w[2] = u[0] * v[1] - u[1] * v[0];
}

static void share_of_triangles(const char *t, const double spacing[3], cell_share *share, double *area)
{
    /* A component of (b-a)x(c-a) in doubled coordinates is eight times that component of a triangle's area vector. */
    const double unit[3] = {spacing[1] * spacing[2] / 8, spacing[0] * spacing[2] / 8, spacing[0] * spacing[1] / 8};

    *share = (cell_share){0};
    *area = 0.0;
    for (; *t; t += t[3] ? 4 : 3) {
        int32_t p[3][3], u[3], v[3], w[3], bc[3];
        for (int k = 0; k < 3; ++k) midpoint(edge_of(t[k]), p[k]);
        for (int a = 0; a < 3; ++a) {
            u[a] = p[1][a] - p[0][a];
            v[a] = p[2][a] - p[0][a];
        }
        cross(u, v, w);
        cross(p[1], p[2], bc);
        for (int a = 0; a < 3; ++a) {
            share->det += p[0][a] * bc[a];
            share->face[a] += w[a];
        }
        *area += sqrt(w[0] * unit[0] * (w[0] * unit[0]) + w[1] * unit[1] * (w[1] * unit[1]) +
                      w[2] * unit[2] * (w[2] * unit[2]));
    }
}

/* What all cell codes add, and their areas. */
static void share_of_codes(bool closed, const double spacing[3], cell_share share[256], double code_area[256])
{
    for (int code = 0; code < 128; ++code) {
        cell_share *behind = &share[255 - code];

        share_of_triangles(triangles[code], spacing, &share[code], &code_area[code]);
        behind->det = -share[code].det;
        for (int a = 0; a < 3; ++a) behind->face[a] = -share[code].face[a];
        code_area[255 - code] = code_area[code];
        if (closed) share_of_triangles(rml_mesh_closed_triangles(code), spacing, &share[code], &code_area[code]);
    }
}

static void measure(const rml_bits *bits, bool closed, const double spacing[3], const int32_t origin[3], double *volume,
                    double *area)
{
    const int32_t n_words = bits->n_words;
    cell_share share[256];
    double code_area[256];
    int64_t count[256] = {0};
    int64_t det = 0; /* six times the volume in doubled coordinates: 48 a voxel */

    share_of_codes(closed, spacing, share, code_area);
    /* Cell (x, y, z) has voxel (x, y, z) of the margin's count as its far corner and x-1, y-1, z-1 as its first, so
     * that its place is the index of that first corner in the array with the margin. */
    for (int32_t z = 0; z <= bits->size[2]; ++z)
        for (int32_t y = 0; y <= bits->size[1]; ++y) {
            const int64_t from_y = (int64_t)y - origin[1], from_z = (int64_t)z - origin[2];
            const uint64_t *row[4] = {rml_bits_row(bits, y - 1, z - 1), rml_bits_row(bits, y, z - 1),
                                      rml_bits_row(bits, y - 1, z), rml_bits_row(bits, y, z)};
            int64_t along_x = 0, along_y = 0, along_z = 0;
            for (int32_t w = 0; w < n_words; ++w) {
                uint64_t here[4], next[4], some = 0, all = ~UINT64_C(0), crossed;
                for (int r = 0; r < 4; ++r) {
                    here[r] = row[r][w];
                    next[r] = here[r] >> 1 | (w + 1 < n_words ? row[r][w + 1] << 63 : 0);
                    some |= here[r] | next[r];
                    all &= here[r] & next[r];
                }
                for (crossed = some & ~all; crossed; crossed &= crossed - 1) {
                    const int b = __builtin_ctzll(crossed);
                    const int code = (int)((here[0] >> b & 1) | (next[0] >> b & 1) << 1 | (next[1] >> b & 1) << 2 |
                                           (here[1] >> b & 1) << 3 | (here[2] >> b & 1) << 4 | (next[2] >> b & 1) << 5 |
                                           (next[3] >> b & 1) << 6 | (here[3] >> b & 1) << 7);
                    ++count[code];
                    det += share[code].det;
                    along_x += (int64_t)share[code].face[0] * ((int64_t)64 * w + b - origin[0]);
                    along_y += share[code].face[1];
                    along_z += share[code].face[2];
                }
            }
            det += 2 * (along_x + from_y * along_y + from_z * along_z);
        }
    *volume = (double)det / 48 * (spacing[0] * spacing[1] * spacing[2]);
    *area = 0.0;
    for (int code = 1; code < 255; ++code) *area += (double)count[code] * code_area[code];
}

void rml_mesh_measure(const rml_bits *bits, const double spacing[3], const int32_t origin[3], double *volume,
                      double *area)
{
    measure(bits, false, spacing, origin, volume, area);
}

void rml_mesh_measure_closed(const rml_bits *bits, const double spacing[3], double *volume, double *area)
{
    const int32_t any[3] = {0, 0, 0};

    measure(bits, true, spacing, any, volume, area);
}
