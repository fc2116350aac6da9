/* Convex hull, the box and the ellipsoid around it. */
#include "tests/support/support.h"

#include "kernels/ibsi/ellipsoid.h"
#include "kernels/ibsi/enclosing.h"
#include "kernels/shape/diameter.h"
#include "tests/support/measured.h"

enum { N_POINTS = 300 };

static const double unit[3] = {0.5, 0.75, 1.25};

/* Points of a slanted lattice box, by the linear congruential numbers x <- 1103515245 x + 12345 mod 2^31, x / 256:
 * what the oracle's script makes as well. */
static void slanted(int32_t point[N_POINTS][3])
{
    static const int64_t n[3] = {14, 9, 7};
    int64_t x = 12345;

    for (int k = 0; k < N_POINTS; ++k) {
        int32_t r[3];

        for (int a = 0; a < 3; ++a) {
            x = (x * 1103515245 + 12345) % (INT64_C(1) << 31);
            r[a] = (int32_t)((x >> 8) % n[a]);
        }
        point[k][0] = 5 + 3 * r[0] + r[1];
        point[k][1] = 40 - 2 * r[0] + 3 * r[1] + r[2];
        point[k][2] = 20 + r[0] + 2 * r[2];
    }
}

static void check_hull(const rml_hull *hull, const int32_t (*point)[3], int64_t n)
{
    assert_int_equal(hull->n_faces, 2 * hull->n_points - 4); /* Euler's formula of triangles */
    for (int32_t f = 0; f < hull->n_faces; ++f)
        for (int64_t k = 0; k < n; ++k) {
            const int32_t *p = hull->point[hull->face[f][0]];
            int64_t above = 0;

            for (int a = 0; a < 3; ++a) above += hull->normal[f][a] * (point[k][a] - p[a]);
            assert_true(above <= 0);
        }
}

/* Oracle: scipy.spatial.ConvexHull (scipy 1.11.4, Qhull). */
static void hull_is_qhulls(void **state)
{
    int32_t point[N_POINTS][3];
    rml_hull hull;
    double volume, area;

    (void)state;
    slanted(point);
    assert_int_equal(rml_hull_init(&hull, (const int32_t(*)[3])point, N_POINTS), RML_OK);
    check_hull(&hull, (const int32_t(*)[3])point, N_POINTS);
    rml_hull_measure(&hull, unit, &volume, &area);
    rml_measured_case("IBSI-1 part/convex hull", "scipy.spatial.ConvexHull (scipy 1.11.4)");
    assert_close(volume, 6510.0781249999991, 1e-13, 0.0, "volume");
    assert_close(area, 2402.5669879027864, 1e-13, 0.0, "area");
    rml_measured_case(NULL, NULL);
    rml_hull_free(&hull);
}

/* Small clouds on a coarse lattice: many points in one plane or line, and equal ones. */
static void hull_of_lattice_clouds(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (int cloud = 0; cloud < 3000; ++cloud) {
        const int64_t n = 4 + (int64_t)(rml_test_random(&random) % 30);
        const uint64_t wide = 2 + rml_test_random(&random) % 5;
        int32_t point[40][3];
        rml_hull hull;
        rml_status status;

        for (int64_t k = 0; k < n; ++k)
            for (int a = 0; a < 3; ++a) point[k][a] = (int32_t)(rml_test_random(&random) % wide);
        status = rml_hull_init(&hull, (const int32_t(*)[3])point, n);
        if (status == RML_EINVAL) continue; /* all in one plane */
        assert_int_equal(status, RML_OK);
        check_hull(&hull, (const int32_t(*)[3])point, n);
        rml_hull_free(&hull);
    }
}

/* Closed forms: the mesh of one voxel is an octahedron; of a box of voxels, the box without its edges and corners. */
static void hull_of_masks(void **state)
{
    const double half[3] = {0.5, 0.5, 0.5};
    uint8_t mask[3 * 4 * 5], one = 1;
    const int32_t size[3] = {3, 4, 5}, single[3] = {1, 1, 1};
    int32_t(*corner)[3];
    double volume, area;
    rml_hull hull;
    rml_bits bits;
    int64_t n;

    (void)state;
    assert_int_equal(rml_bits_init(&bits, &one, single), RML_OK);
    assert_int_equal(rml_mesh_corners(&bits, &corner, &n), RML_OK);
    assert_int_equal(rml_hull_init(&hull, (const int32_t(*)[3])corner, n), RML_OK);
    check_hull(&hull, (const int32_t(*)[3])corner, n);
    rml_hull_measure(&hull, half, &volume, &area);
    assert_close(volume, 1.0 / 6.0, 1e-15, 0.0, "volume");
    assert_close(area, sqrt(3.0), 1e-15, 0.0, "area");
    rml_hull_free(&hull);
    free(corner);
    rml_bits_free(&bits);

    /* An edge is cut by a prism of 1/8, a corner by what the three prisms have not; in eighths of a voxel:
     * 60 less (2 + 3 + 4) * 4 / 8 between the corners, and 8 corners of 5/48 a half-voxel cube of 1/8 */
    memset(mask, 1, sizeof mask);
    assert_int_equal(rml_bits_init(&bits, mask, size), RML_OK);
    assert_int_equal(rml_mesh_corners(&bits, &corner, &n), RML_OK);
    assert_int_equal(rml_hull_init(&hull, (const int32_t(*)[3])corner, n), RML_OK);
    rml_hull_measure(&hull, half, &volume, &area);
    assert_close(volume, 60.0 - 9 * 4 / 8.0 - 8 * 5 / 48.0, 1e-14, 0.0, "volume");
    assert_close(area, 2 * (2 * 3 + 3 * 4 + 2 * 4) + 4 * 9 * sqrt(0.5) + 8 * sqrt(3.0) / 8, 1e-14, 0.0, "area");
    rml_hull_free(&hull);
    free(corner);
    rml_bits_free(&bits);
}

static void hull_refuses(void **state)
{
    const int32_t flat[5][3] = {{0, 0, 1}, {4, 0, 1}, {0, 4, 1}, {4, 4, 1}, {2, 1, 1}};
    const int32_t line[4][3] = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}}, far[4][3] = {{0, 0, -1}};
    rml_hull hull;

    (void)state;
    assert_int_equal(rml_hull_init(&hull, flat, 5), RML_EINVAL);
    assert_int_equal(rml_hull_init(&hull, line, 4), RML_EINVAL);
    assert_int_equal(rml_hull_init(&hull, far, 4), RML_EINVAL);
    assert_int_equal(rml_hull_init(&hull, flat, 3), RML_EINVAL);
    rml_hull_free(&hull);
}

/* Oracle: the volume of the box over all rotations, minimised by Nelder and Mead's method from 400 random starts
 * (scipy 1.11.4, optimize.minimize): 13096.699345787982. Property: no random rotation gives a smaller box. */
static void box_is_smallest(void **state)
{
    int32_t point[N_POINTS][3];
    double side[3], volume, smallest = INFINITY;
    uint64_t random = 7;
    rml_hull hull;

    (void)state;
    slanted(point);
    assert_int_equal(rml_hull_init(&hull, (const int32_t(*)[3])point, N_POINTS), RML_OK);
    assert_int_equal(rml_enclosing_box(&hull, unit, side), RML_OK);
    assert_true(side[0] >= side[1] && side[1] >= side[2]);
    volume = side[0] * side[1] * side[2];
    rml_measured_case("IBSI-1 part/oriented minimum bounding box", "minimised over rotations (scipy 1.11.4)");
    assert_close(volume, 13096.699345787982, 1e-9, 0.0, "volume");
    rml_measured_case(NULL, NULL);
    for (int k = 0; k < 20000; ++k) {
        double q[4], length = 0.0, product = 1.0;

        for (int a = 0; a < 4; ++a) q[a] = rml_test_uniform(&random) - 0.5;
        for (int a = 0; a < 4; ++a) length += q[a] * q[a];
        for (int r = 0; r < 3; ++r) { /* rows of the rotation of a quaternion */
            const int s = (r + 1) % 3, t = (r + 2) % 3;
            double axis[3], low = INFINITY, high = -INFINITY;

            axis[r] = 1.0 - 2.0 * (q[s + 1] * q[s + 1] + q[t + 1] * q[t + 1]) / length;
            axis[s] = 2.0 * (q[r + 1] * q[s + 1] - q[t + 1] * q[0]) / length;
            axis[t] = 2.0 * (q[r + 1] * q[t + 1] + q[s + 1] * q[0]) / length;
            for (int32_t i = 0; i < hull.n_points; ++i) {
                double along = 0.0;

                for (int a = 0; a < 3; ++a) along += axis[a] * unit[a] * hull.point[i][a];
                low = fmin(low, along);
                high = fmax(high, along);
            }
            product *= high - low;
        }
        smallest = fmin(smallest, product);
    }
    assert_true(smallest >= volume * (1.0 - 1e-12));
    assert_true(smallest < 1.2 * volume); /* the rotations come near */
    rml_hull_free(&hull);
}

/* The smallest box with a side in face f and any edge of the hull across it, tried one by one. */
static double flush_volume(const rml_hull *hull, int32_t f)
{
    double n[3], length = 0.0, smallest = INFINITY;

    for (int a = 0; a < 3; ++a) n[a] = (double)hull->normal[f][a];
    for (int a = 0; a < 3; ++a) length += n[a] * n[a];
    for (int a = 0; a < 3; ++a) n[a] /= sqrt(length);
    for (int32_t k = 0; k < 3 * hull->n_faces; ++k) {
        const int32_t *p = hull->point[hull->face[k / 3][k % 3]], *q = hull->point[hull->face[k / 3][(k + 1) % 3]];
        double axis[3][3], along = 0.0, volume = 1.0, across = 0.0;

        for (int a = 0; a < 3; ++a) along += n[a] * (q[a] - p[a]);
        for (int a = 0; a < 3; ++a) {
            axis[0][a] = n[a];
            axis[1][a] = q[a] - p[a] - along * n[a];
            across += axis[1][a] * axis[1][a];
        }
        if (across < 1e-12) continue;
        for (int a = 0; a < 3; ++a) axis[1][a] /= sqrt(across);
        for (int a = 0; a < 3; ++a)
            axis[2][a] = n[(a + 1) % 3] * axis[1][(a + 2) % 3] - n[(a + 2) % 3] * axis[1][(a + 1) % 3];
        for (int r = 0; r < 3; ++r) {
            double low = INFINITY, high = -INFINITY;

            for (int32_t i = 0; i < hull->n_points; ++i) {
                double at = 0.0;

                for (int a = 0; a < 3; ++a) at += axis[r][a] * hull->point[i][a];
                low = fmin(low, at);
                high = fmax(high, at);
            }
            volume *= high - low;
        }
        smallest = fmin(smallest, volume);
    }
    return smallest;
}

/* No box with a side in a face of the hull is smaller. */
static void box_is_flush(void **state)
{
    const double one[3] = {1.0, 1.0, 1.0};
    uint64_t random = 11;

    (void)state;
    for (int cloud = 0; cloud < 60; ++cloud) {
        int32_t point[16][3];
        double side[3];
        rml_hull hull;

        for (int k = 0; k < 16; ++k)
            for (int a = 0; a < 3; ++a) point[k][a] = (int32_t)(rml_test_random(&random) % (uint64_t)(20 + 40 * a));
        assert_int_equal(rml_hull_init(&hull, (const int32_t(*)[3])point, 16), RML_OK);
        assert_int_equal(rml_enclosing_box(&hull, one, side), RML_OK);
        for (int32_t f = 0; f < hull.n_faces; ++f)
            assert_true(side[0] * side[1] * side[2] <= flush_volume(&hull, f) * (1.0 + 1e-9));
        rml_hull_free(&hull);
    }
}

/* Closed forms: an upright box is its own; about a regular octahedron two opposite faces and two edges across give
 * 2 / sqrt 3 times sqrt(8 / 3) times sqrt 2 = 8 / 3 (corners at distance 1). */
static void boxes_of_solids(void **state)
{
    const int32_t cube[8][3] = {{0, 0, 0}, {4, 0, 0}, {0, 6, 0}, {4, 6, 0}, {0, 0, 9}, {4, 0, 9}, {0, 6, 9}, {4, 6, 9}};
    const int32_t octahedron[6][3] = {{0, 1, 1}, {2, 1, 1}, {1, 0, 1}, {1, 2, 1}, {1, 1, 0}, {1, 1, 2}};
    const double one[3] = {1.0, 1.0, 1.0};
    double side[3];
    rml_hull hull;

    (void)state;
    assert_int_equal(rml_hull_init(&hull, cube, 8), RML_OK);
    assert_int_equal(rml_enclosing_box(&hull, one, side), RML_OK);
    assert_close(side[0], 9.0, 1e-14, 0.0, "long side");
    assert_close(side[1], 6.0, 1e-14, 0.0, "middle side");
    assert_close(side[2], 4.0, 1e-14, 0.0, "short side");
    rml_hull_free(&hull);
    assert_int_equal(rml_hull_init(&hull, octahedron, 6), RML_OK);
    assert_int_equal(rml_enclosing_box(&hull, one, side), RML_OK);
    assert_close(side[0] * side[1] * side[2], 8.0 / 3.0, 1e-14, 0.0, "octahedron");
    rml_hull_free(&hull);
}

/* Oracle: -log det of A under |A p + b| <= 1 for all points, minimised by SLSQP (scipy 1.11.4), constraints held to
 * 1e-11. The bound is what the kernel's own stopping rule promises. */
static void ellipsoid_is_smallest(void **state)
{
    static const double expected[3] = {26.275458940130914, 15.731652498654887, 8.906194871068227};
    int32_t point[N_POINTS][3];
    double mm[N_POINTS][3], semi[3];

    (void)state;
    slanted(point);
    for (int k = 0; k < N_POINTS; ++k)
        for (int a = 0; a < 3; ++a) mm[k][a] = unit[a] * point[k][a];
    assert_int_equal(rml_ellipsoid_enclosing((const double(*)[3])mm, N_POINTS, semi), RML_OK);
    rml_measured_case("IBSI-1 part/minimum volume enclosing ellipsoid", "minimised by SLSQP (scipy 1.11.4)");
    for (int a = 0; a < 3; ++a) assert_close(semi[a], expected[a], 1e-6, 0.0, "semi-axis");
    rml_measured_case(NULL, NULL);
}

/* Oracle: as above, of the 352 corners of the hull of the lattice points with 10 x^2 + 11 y^2 + 12 z^2 + 3 x y - 2 y z
 * <= 2250: many lie near the ellipsoid, and it takes many steps. */
static void ellipsoid_of_a_ball(void **state)
{
    static const double expected[3] = {15.9878937724995, 14.1058355058277, 13.2075435568995};
    double(*point)[3] = malloc(41 * 41 * 41 * sizeof *point), semi[3];
    int32_t n = 0;

    (void)state;
    assert_non_null(point);
    for (int z = -20; z <= 20; ++z)
        for (int y = -20; y <= 20; ++y)
            for (int x = -20; x <= 20; ++x) {
                const int value = 10 * x * x + 11 * y * y + 12 * z * z + 3 * x * y - 2 * y * z;

                if (value > 2250 || value < 1500) continue; /* what lies deep inside touches nothing */
                point[n][0] = x;
                point[n][1] = y;
                point[n++][2] = z;
            }
    assert_int_equal(rml_ellipsoid_enclosing((const double(*)[3])point, n, semi), RML_OK);
    rml_measured_case("IBSI-1 part/minimum volume enclosing ellipsoid", "minimised by SLSQP (scipy 1.11.4)");
    for (int a = 0; a < 3; ++a) assert_close(semi[a], expected[a], 1e-6, 0.0, "semi-axis");
    rml_measured_case(NULL, NULL);
    free(point);
}

/* Closed forms: about the corners of a box, sqrt 3 times half its sides; and nothing about what lies in a plane. */
static void ellipsoids_of_solids(void **state)
{
    double point[9][3] = {{0}}, semi[3];

    (void)state;
    for (int k = 0; k < 8; ++k)
        for (int a = 0; a < 3; ++a) point[k][a] = 100.0 + (k >> a & 1) * (a + 1) * 2.0;
    for (int a = 0; a < 3; ++a) point[8][a] = 101.0; /* within */
    assert_int_equal(rml_ellipsoid_enclosing((const double(*)[3])point, 9, semi), RML_OK);
    for (int a = 0; a < 3; ++a) assert_close(semi[a], sqrt(3.0) * (3 - a), 1e-7, 0.0, "semi-axis");
    for (int k = 0; k < 9; ++k) point[k][2] = 0.0;
    assert_int_equal(rml_ellipsoid_enclosing((const double(*)[3])point, 9, semi), RML_EINVAL);
    assert_int_equal(rml_ellipsoid_enclosing((const double(*)[3])point, 3, semi), RML_EINVAL);
}

/* Oracle: IBSI's series with Legendre polynomials of scipy.special.eval_legendre (scipy 1.11.4); of a sphere only its
 * first term is left, and the next to equal axes are no trap. */
static void areas_of_ellipsoids(void **state)
{
    const double pi = 3.14159265358979323846;

    (void)state;
    rml_measured_case("IBSI-1 part/area of an ellipsoid", "scipy.special.eval_legendre (scipy 1.11.4)");
    assert_close(rml_ellipsoid_area(3, 2, 1.5), 55.772962926627585, 1e-14, 0.0, "three axes");
    assert_close(rml_ellipsoid_area(5, 4.999, 4), 294.05127775943367, 1e-14, 0.0, "nearly equal axes");
    assert_close(rml_ellipsoid_area(3, 2, 2), 59.333825293585669, 1e-14, 0.0, "two equal axes");
    assert_close(rml_ellipsoid_area(9, 2, 1), 122.34397742505162, 1e-14, 0.0, "long");
    rml_measured_case(NULL, NULL);
    assert_close(rml_ellipsoid_area(2, 2, 2), 16.0 * pi, 1e-15, 0.0, "sphere");
    assert_close(rml_ellipsoid_area(5, 5, 4), rml_ellipsoid_area(5, 5 - 1e-9, 4), 1e-9, 0.0, "alpha 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hull_is_qhulls),      cmocka_unit_test(hull_of_lattice_clouds),
        cmocka_unit_test(hull_of_masks),       cmocka_unit_test(hull_refuses),
        cmocka_unit_test(box_is_smallest),     cmocka_unit_test(box_is_flush),
        cmocka_unit_test(boxes_of_solids),     cmocka_unit_test(ellipsoid_is_smallest),
        cmocka_unit_test(ellipsoid_of_a_ball), cmocka_unit_test(ellipsoids_of_solids),
        cmocka_unit_test(areas_of_ellipsoids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
