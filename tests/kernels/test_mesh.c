/* The triangles of each cell code against polygons traced anew, and the mesh's volume and area against PyRadiomics. */
#include "tests/support/support.h"

#include "kernels/shape/mesh.h"

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The faces of the cell, counterclockwise seen from outside. */
static const int face[6][4] = {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {2, 3, 7, 6}, {0, 4, 7, 3}, {1, 2, 6, 5}};

static int edge_between(int a, int b)
{
    for (int e = 0; e < 12; ++e)
        if ((rml_mesh_edge[e][0] == a && rml_mesh_edge[e][1] == b) ||
            (rml_mesh_edge[e][0] == b && rml_mesh_edge[e][1] == a))
            return e;
    return -1;
}

/* next[e]: the cut edge that follows e around its polygon, or -1. On each face the stretch of ROI corners that ends
 * at an edge is cut off: the segment goes back to the edge where the stretch begins. joined: it goes to the edge where
 * the next stretch of the face begins, so that two stretches are one. */
static void trace(int code, bool joined, int next[12])
{
    for (int e = 0; e < 12; ++e) next[e] = -1;
    for (int f = 0; f < 6; ++f)
        for (int k = 0; k < 4; ++k) {
            int begin = joined ? k + 1 : k;
            if (!(code >> face[f][k] & 1) || code >> face[f][(k + 1) % 4] & 1) continue;
            if (joined)
                while (!(code >> face[f][begin % 4] & 1)) ++begin;
            else
                while (code >> face[f][(begin + 3) % 4] & 1) begin = (begin + 3) % 4;
            next[edge_between(face[f][(begin + 3) % 4], face[f][begin % 4])] =
                edge_between(face[f][k], face[f][(k + 1) % 4]);
        }
}

/* Oracle: the rule at the top of mesh.c, traced here. A set of triangles cuts a set of closed polygons exactly when
 * each polygon's side is a triangle's side once, every other side comes once in either direction, and there are two
 * triangles fewer than corners for each polygon. */
static void cut_the_traced_polygons(bool joined)
{
    for (int code = 0; code < 128; ++code) {
        int next[12], sides[12][12] = {{0}}, n_triangles = 0, n_corners = 0, n_polygons = 0;
        bool seen[12] = {false};
        trace(code, joined, next);
        for (const char *t = joined ? rml_mesh_closed_triangles(code) : rml_mesh_triangles(code); *t;
             t += t[3] ? 4 : 3) {
            ++n_triangles;
            for (int k = 0; k < 3; ++k) ++sides[digit(t[k])][digit(t[(k + 1) % 3])];
        }
        for (int e = 0; e < 12; ++e) {
            if (next[e] < 0) continue;
            ++n_corners;
            assert_int_equal(sides[e][next[e]], 1);
            sides[e][next[e]] = 0;
            if (seen[e]) continue;
            ++n_polygons;
            for (int at = e; !seen[at]; at = next[at]) seen[at] = true;
        }
        assert_int_equal(n_triangles, n_corners - 2 * n_polygons);
        for (int a = 0; a < 12; ++a)
            for (int b = 0; b < 12; ++b) {
                assert_int_equal(sides[a][b], sides[b][a]);
                assert_in_range(sides[a][b], 0, 1);
            }
    }
}

static void triangles_cut_the_traced_polygons(void **state)
{
    (void)state;
    cut_the_traced_polygons(false);
    cut_the_traced_polygons(true);
}

static void measure(const uint8_t *mask, const int32_t size[3], const double spacing[3], const int32_t origin[3],
                    double *volume, double *area)
{
    rml_bits bits;

    assert_int_equal(rml_bits_init(&bits, mask, size), RML_OK);
    rml_mesh_measure(&bits, spacing, origin, volume, area);
    rml_bits_free(&bits);
}

/* The 2x2x2 mask of a code (bit b: x = b & 1, y = b >> 1 & 1, z = b >> 2), measured as the table's were: the array had
 * two voxels of background below the 2x2x2 block, and volumes of open meshes are taken from the array's corner. */
static void measure_code(int code, const double spacing[3], double *volume, double *area)
{
    static const int32_t size[3] = {2, 2, 2};
    uint8_t mask[8];
    int32_t origin[3] = {-3, -3, -3};

    for (int b = 0; b < 8; ++b) {
        const int at[3] = {b & 1, b >> 1 & 1, b >> 2};
        mask[b] = (uint8_t)(code >> b & 1);
        if (!mask[b]) continue;
        for (int a = 0; a < 3; ++a)
            if (-1 - at[a] > origin[a]) origin[a] = -1 - at[a];
    }
    measure(mask, size, spacing, origin, volume, area);
}

/* Oracle: PyRadiomics 3.0.1, 2x2x2 masks with two voxels of background in front. */
static void chosen_masks_match_pyradiomics(void **state)
{
    static const double cube[3] = {1, 1, 1}, brick[3] = {3.5, 2, 1};
    static const struct {
        int code;
        double cube_volume, cube_area, brick_volume, brick_area;
    } known[] = {
        {3, 0.6666666666666666, 4.560477932315068, 4.666666666666667, 23.73022305320028},
        {7, 1.4166666666666667, 7.292528739883944, 9.916666666666666, 38.261842231933294},
        {22, 0.16666666666666666, 6.928203230275506, 1.1666666666666667, 32.31098884280701},
        {65, 0.8333333333333334, 4.330127018922193, 5.833333333333333, 20.194368026754386},
        {107, 2.125, 10.549523573835158, 14.875, 48.129727185146564},
        {109, 2.125, 10.549523573835156, 14.875, 48.12972718514656},
        {125, 3.4166666666666665, 13.304818513610355, 23.916666666666668, 59.90959192213519},
        {127, 4.875, 15.194088049601122, 34.125, 67.65058305377298},
        {150, 1.0, 9.526279441628827, 7.0, 44.427609658859666},
        {231, 4.083333333333333, 14.170843917394794, 28.583333333333332, 63.94846552748608},
        {246, 4.083333333333333, 14.170843917394793, 28.583333333333332, 63.94846552748607},
        {255, 5.666666666666667, 16.217332181807443, 39.666666666666664, 71.35270058005986},
    };
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        double volume, area;
        measure_code(known[k].code, cube, &volume, &area);
        assert_close(volume, known[k].cube_volume, 1e-12, 0, "volume of a cube's mask");
        assert_close(area, known[k].cube_area, 1e-12, 0, "area of a cube's mask");
        measure_code(known[k].code, brick, &volume, &area);
        assert_close(volume, known[k].brick_volume, 1e-12, 0, "volume of a brick's mask");
        assert_close(area, known[k].brick_area, 1e-12, 0, "area of a brick's mask");
    }
}

/* Oracle: the same for all 255 masks, reference table. 1e-12 absolute: some open meshes have a volume of 0. */
static void all_masks_match_pyradiomics(void **state)
{
    const char *path = rml_shared("reference/pyradiomics/mesh_2x2x2.csv");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[512];
    int n = 0;
    (void)state;

    if (!file) skip();
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        double spacing[3], expected_volume, expected_area, volume, area;
        int code;
        assert_int_equal(sscanf(line, "%d,%lf,%lf,%lf,%lf,%lf", &code, &spacing[2], &spacing[1], &spacing[0],
                                &expected_volume, &expected_area),
                         6);
        measure_code(code, spacing, &volume, &area);
        assert_close(volume, expected_volume, 1e-9, 1e-12, "volume");
        assert_close(area, expected_area, 1e-9, 0, "area");
        ++n;
    }
    fclose(file);
    assert_int_equal(n, 510);
}

/* Oracle: the sphere. Measured: with cut corners at half a voxel the mesh's volume is within 1/r of the sphere's,
 * and its area is above the sphere's by less than a tenth (a staircase does not become smooth). */
static void ball_approaches_sphere(void **state)
{
    enum { R = 24, N = 2 * R + 1 };
    static uint8_t mask[N * N * N];
    static const int32_t size[3] = {N, N, N}, origin[3] = {0, 0, 0};
    static const double spacing[3] = {0.5, 0.5, 0.5};
    const double r = R * 0.5, pi = 3.14159265358979323846;
    double volume, area;
    (void)state;

    for (int z = -R; z <= R; ++z)
        for (int y = -R; y <= R; ++y)
            for (int x = -R; x <= R; ++x) mask[((z + R) * N + y + R) * N + x + R] = x * x + y * y + z * z <= R * R;
    measure(mask, size, spacing, origin, &volume, &area);
    assert_close(volume, 4 * pi / 3 * r * r * r, 1.0 / R, 0, "volume of a ball");
    assert_close(area, 4 * pi * r * r, 0.1, 0, "area of a ball");
    assert_true(area > 4 * pi * r * r);
}

/* Identity: a closed mesh's volume does not depend on the origin, and a box of n voxels a side has the cube's volume
 * less the cut edges (1/8 voxel a unit of edge) and corners. */
static void box_is_exact(void **state)
{
    enum { N = 70 }; /* more than a word a row */
    static uint8_t mask[N * 2 * 3];
    static const int32_t size[3] = {N, 2, 3}, near[3] = {0, 0, 0}, far[3] = {1000, -77, 5};
    static const double spacing[3] = {1, 1, 1};
    double volume, area, again, again_area;
    (void)state;

    memset(mask, 1, sizeof mask);
    measure(mask, size, spacing, near, &volume, &area);
    measure(mask, size, spacing, far, &again, &again_area);
    assert_close(again, volume, 1e-15, 0, "origin");
    assert_close(again_area, area, 0, 0, "area");
    /* Twelve edges lose 1/8 of a voxel a unit between the outermost voxel centres, the corner cells lose 5/6 of 1/8. */
    assert_close(volume, N * 2 * 3 - 4 * (N - 1 + 1 + 2) / 8.0 - 8 * (1.0 / 8 - 1.0 / 48), 1e-14, 0, "box");
}

/* Identity, on random masks, most of whose cells have corners across from each other: what a closed mesh holds is the
 * same from wherever it is measured, and turning or mirroring the mask, which moves the corner that it is measured
 * from, changes neither volume nor area, but for the order in which the area is added up. */
static void closed_mesh_does_not_hang_on_its_place(void **state)
{
    enum { N = 9 };
    uint64_t random = 5;
    (void)state;

    for (int round = 0; round < 20; ++round) {
        static uint8_t mask[N * N * N], turned[N * N * N];
        double volume = 0.0, area = 0.0;
        const int32_t size[3] = {N, N, N};
        for (int v = 0; v < N * N * N; ++v) mask[v] = rml_test_uniform(&random) < 0.2 + 0.03 * round;
        for (int place = 0; place < 48; ++place) { /* six orders of the axes, eight ways to mirror them */
            static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            static const double spacing[3] = {0.7, 1.3, 2.5};
            double turned_spacing[3], again, again_area;
            rml_bits bits;
            for (int v = 0; v < N * N * N; ++v) {
                const int at[3] = {v % N, v / N % N, v / (N * N)};
                int to[3];
                for (int a = 0; a < 3; ++a) {
                    to[a] = at[order[place / 8][a]];
                    if (place >> a & 1) to[a] = N - 1 - to[a];
                }
                turned[(to[2] * N + to[1]) * N + to[0]] = mask[v];
            }
            for (int a = 0; a < 3; ++a) turned_spacing[a] = spacing[order[place / 8][a]];
            assert_int_equal(rml_bits_init(&bits, turned, size), RML_OK);
            rml_mesh_measure_closed(&bits, turned_spacing, &again, &again_area);
            rml_bits_free(&bits);
            if (place == 0) volume = again, area = again_area;
            assert_close(again, volume, 1e-14, 0, "volume");
            assert_close(again_area, area, 1e-13, 0, "area");
        }
    }
}

/* Where no face has corners across from each other the two meshes are one. Two voxels that touch along an edge, by
 * hand: of each, six of the octahedron's eight cells are left (1/48 and a triangle of sqrt(3)/8 each); the two cells
 * about the edge hold a hexagon each, of two triangles of sqrt(3)/8 and two of sqrt(3)/4, under which 5/24 lie. */
static void closed_mesh_joins(void **state)
{
    static const double unit[3] = {1, 1, 1};
    static const uint8_t pair[4] = {1, 0, 0, 1}, corner[4] = {1, 1, 0, 1};
    static const int32_t size[3] = {2, 2, 1}, origin[3] = {0, 0, 0};
    double volume, area, open, open_area;
    rml_bits bits;
    (void)state;

    assert_int_equal(rml_bits_init(&bits, corner, size), RML_OK);
    rml_mesh_measure(&bits, unit, origin, &open, &open_area);
    rml_mesh_measure_closed(&bits, unit, &volume, &area);
    assert_true(volume == open && area == open_area);
    rml_bits_free(&bits);
    assert_int_equal(rml_bits_init(&bits, pair, size), RML_OK);
    rml_mesh_measure_closed(&bits, unit, &volume, &area);
    rml_bits_free(&bits);
    assert_close(volume, 12.0 / 48.0 + 2.0 * 5.0 / 24.0, 1e-15, 0, "volume of a pair");
    assert_close(area, 3.0 * sqrt(3.0), 1e-15, 0, "area of a pair");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triangles_cut_the_traced_polygons),
        cmocka_unit_test(chosen_masks_match_pyradiomics),
        cmocka_unit_test(all_masks_match_pyradiomics),
        cmocka_unit_test(ball_approaches_sphere),
        cmocka_unit_test(box_is_exact),
        cmocka_unit_test(closed_mesh_does_not_hang_on_its_place),
        cmocka_unit_test(closed_mesh_joins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
