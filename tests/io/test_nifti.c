/* Oracle for geometry and scaling: SimpleITK 2.3.1 (ITK 5.3) reading the same bytes; its numbers are typed in with all
 * their digits and compared exactly. Voxels of known values are compared exactly too. */
#include "tests/support/support.h"

#include "tests/io/images.h"

static void write_nifti(const char *path, const nifti_fields *f, const void *voxels, size_t n)
{
    unsigned char *bytes = malloc(NIFTI_2_START + n);
    const size_t n_header = nifti_header(f, bytes);

    memcpy(bytes + n_header, voxels, n);
    write_file(path, bytes, n_header + n);
    free(bytes);
}

static void every_type_in_either_byte_order(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; ++version)
        for (int t = 0; t < RML_N_SCALARS; ++t)
            for (int swapped = 0; swapped <= 1; ++swapped) {
                const rml_scalar type = (rml_scalar)t;
                unsigned char voxels[24 * 8];
                double row[4];
                nifti_fields f = plain_nifti(version);
                rml_volume_info info;
                rml_volume volume;

                f.swapped = swapped;
                f.datatype = scalar_types[t].code;
                f.bits = 8 * scalar_types[t].bytes;
                for (int i = 0; i < 24; ++i)
                    put_voxel(voxels + i * scalar_types[t].bytes, type, voxel_value(type, i), swapped);
                write_nifti(path_of("type.nii"), &f, voxels, 24 * (size_t)scalar_types[t].bytes);
                load_all(path_of("type.nii"), &info, &volume);
                assert_string_equal(info.format, version == 1 ? "NIfTI-1" : "NIfTI-2");
                assert_int_equal(info.stored, type);
                assert_int_equal(info.type, type);
                assert_int_equal(rml_volume_type(&volume), type);
                assert_false(info.compressed);
                assert_int_equal(info.memory_bytes, 24 * scalar_types[t].bytes);
                for (int i = 0; i < 24; i += 4) {
                    rml_volume_row(&volume, 0, 4, i / 4 % 3, i / 12, row);
                    for (int x = 0; x < 4; ++x)
                        assert_close(row[x], voxel_value(type, i + x), 0, 0, rml_scalar_name(type));
                }
                rml_volume_free(&volume);
            }
}

/* Rz(0.3) Ry(-0.2) Rx(0.5) */
static double rotation(int r, int c)
{
    const double ca = cos(0.3), sa = sin(0.3), cb = cos(-0.2), sb = sin(-0.2), cc = cos(0.5), sc = sin(0.5);
    const double m[3][3] = {{ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc},
                            {sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc},
                            {-sb, cb * sc, cb * cc}};

    return m[r][c];
}

/* 0.7, 0.8, 2.5 mm along the rotated axes; codes to be set. The second axis leans by shear towards the first. */
static nifti_fields rotated_nifti(double shear)
{
    const double spacing[3] = {0.7, 0.8, 2.5}, origin[3] = {-12.3, 45.6, -78.9};
    nifti_fields f = plain_nifti(1);

    for (int a = 0; a < 3; ++a) {
        f.pixdim[a + 1] = spacing[a];
        for (int b = 0; b < 3; ++b) f.srow[a][b] = rotation(a, b) * spacing[b];
        f.srow[a][1] += shear * rotation(a, 0) * spacing[1];
        f.srow[a][3] = f.qoffset[a] = origin[a];
    }
    return f;
}

static void open_empty(const nifti_fields *f, rml_volume_info *info)
{
    const int16_t voxels[24] = {0};
    rml_volume_file *file;
    rml_error err = {0};

    write_nifti(path_of("empty.nii"), f, voxels, sizeof voxels);
    assert_status(rml_volume_open(path_of("empty.nii"), &file, info, &err), RML_OK, &err);
    rml_volume_close(file);
}

static const double expected_spacing[3] = {0.699999988079071, 0.800000011920929, 2.5};
static const double expected_origin[3] = {12.300000190734863, -45.599998474121094, -78.9000015258789};

/* The directions that SimpleITK gave. */
static const double identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
static const double from_sform[3][3] = {{-0.9362933601789015, 0.3503364709616375, 0.024881779688354238},
                                        {-0.2896294891445657, -0.8102391689163595, 0.5095362874383388},
                                        {0.19866933005061352, 0.469868967125807, 0.8600893376987617}};
static const double from_sheared[3][3] = {{-0.9362933601789015, 0.35028963572314414, 0.024881779688354238},
                                          {-0.2896294891445657, -0.8102536782590304, 0.5095362874383388},
                                          {0.19866933005061352, 0.4698788652117254, 0.8600893376987617}};
static const double from_negative[3][3] = {{0.9362933601789015, 0.3503364709616375, -0.024881779688354238},
                                           {0.2896294891445657, -0.8102391689163595, -0.5095362874383388},
                                           {-0.19866933005061352, 0.469868967125807, -0.8600893376987617}};
static const double from_qform[3][3] = {{-0.7400000059849196, 0.5164171350623618, -0.4309447310430553},
                                        {-0.5964171006322567, -0.7999999771363978, 0.06547236475864433},
                                        {-0.3109447430263643, 0.3054723869611545, 0.9000000045772999}};
static const double from_left_handed[3][3] = {{-0.7400000059849196, 0.5164171350623618, 0.4309447310430553},
                                              {-0.5964171006322567, -0.7999999771363978, -0.06547236475864433},
                                              {-0.3109447430263643, 0.3054723869611545, -0.9000000045772999}};
static const double from_long[3][3] = {{-0.17431190940503377, -0.8807339403073137, -0.4403669645344609},
                                       {-0.8807339476775361, 0.3394495278519118, -0.3302752353217741},
                                       {0.44036697383876805, 0.3302752555549195, -0.8348623871512307}};

static void geometry_as_itk_takes_it(void **state)
{
    static const struct {
        const char *name;
        int qform, sform;
        double qfac;
        double quatern[3];
        double shear;
        const double (*direction)[3];
    } cases[] = {
        {"no codes", 0, 0, 1, {0.1, 0.2, 0.3}, 0, identity},
        {"sform 1", 0, 1, 1, {0, 0, 0}, 0, from_sform},
        {"sform 2", 0, 2, 1, {0, 0, 0}, 0, from_sform},
        {"sform 4", 0, 4, 1, {0, 0, 0}, 0, from_sform},
        {"qform", 1, 0, 1, {0.1, 0.2, 0.3}, 0, from_qform},
        {"qform, qfac 0", 1, 0, 0, {0.1, 0.2, 0.3}, 0, from_qform},
        {"qform, qfac -1", 1, 0, -1, {0.1, 0.2, 0.3}, 0, from_left_handed},
        {"a quaternion too long", 1, 0, 1, {0.8, 0.6, 0.3}, 0, from_long},
        {"qform 1, sform 1", 1, 1, 1, {0.1, 0.2, 0.3}, 0, from_sform},
        {"qform 1, sform 2", 1, 2, 1, {0.1, 0.2, 0.3}, 0, from_qform},
        {"qform 2, sform 4", 2, 4, 1, {0.1, 0.2, 0.3}, 0, from_qform},
        {"shear 5e-5", 0, 1, 1, {0, 0, 0}, 5e-5, from_sheared},
        {"shear 1e-3 and a qform", 1, 1, 1, {0.1, 0.2, 0.3}, 1e-3, from_qform},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k)
        for (int swapped = 0; swapped <= 1; ++swapped) {
            nifti_fields f = rotated_nifti(cases[k].shear);
            rml_volume_info info;

            f.swapped = swapped;
            f.qform = cases[k].qform, f.sform = cases[k].sform;
            f.pixdim[0] = cases[k].qfac;
            memcpy(f.quatern, cases[k].quatern, sizeof f.quatern);
            open_empty(&f, &info);
            assert_grid(&info.grid, expected_spacing, k == 0 ? (const double[3]){0} : expected_origin,
                        cases[k].direction, 0, cases[k].name);
            assert_string_equal(info.warning, "");
        }
}

/* Headers in which both forms count and differ by little, or by the sense of an axis. Oracle: SimpleITK 2.3.1
 * (ITK 5.3), which compares singular vectors whose signs hang on rounding; headers from a random generator, 9 digits a
 * float32. */
static void which_form_as_itk_decides(void **state)
{
    static const struct {
        const char *name;
        int qform, sform;
        double pixdim[4], quatern[3], qoffset[3], srow[3][4], direction[3][3];
    } cases[] = {
        {"x turned: the qform",
         1,
         4,
         {1, 0.523637593, 1.59520829, 2.1156292},
         {-0.215461105, 0.529350758, -0.0250297394},
         {168.447571, -12.9879646, -104.98262},
         {{-0.229522198, -0.298383564, 1.8599323, 168.447571},
          {0.140946522, 1.44509923, 0.691696346, -12.9879646},
          {0.449054539, -0.606089771, 0.733549118, -104.98262}},
         {{-0.43832258110836597, 0.18704991267229326, -0.8791391488468234},
          {0.2691680713591557, -0.905900051020767, -0.32694593056772914},
          {-0.8575674109079077, -0.3799439797257739, 0.34672859047111293}}},
        {"x turned: the sform",
         2,
         2,
         {0, 2.99555588, 2.56229663, 1.75930011},
         {0.120198742, 0.847119272, -0.506964326},
         {74.698822, -117.0858, -64.5838089},
         {{2.84352446, 0.793390512, 0.0971854404, 74.698822},
          {-0.292516887, 1.17117143, -1.55530822, -117.0858},
          {0.895631909, -2.13641119, -0.816521943, -64.5838089}},
         {{-0.9492477311682529, -0.30964038946069544, -0.05524096863306972},
          {0.09765029131481769, -0.45707879160780357, 0.8840494258115977},
          {0.29898689850569626, -0.8337876273230366, -0.4641174938597604}}},
        {"nearly alike: the qform",
         2,
         4,
         {-1, 0.525687277, 2.44147038, 2.0094173},
         {-0.862488449, 0.105845824, -0.255451918},
         {-198.470215, 102.457054, -179.643051},
         {{0.445303112, 0.082935825, 1.0657481, -198.470215},
          {-0.209818557, -1.50952446, 1.36051011, 102.457054},
          {0.184474006, -1.91709113, -1.02516365, -179.643051}},
         {{-0.8470819643639546, -0.03396850421643525, 0.5303756252605127},
          {0.3991317117064871, 0.618283994473613, 0.6770662766132378},
          {0.3509216755339483, -0.7852203785556329, 0.5101793343547019}}},
        {"nearly alike: the qform (2)",
         2,
         4,
         {1, 0.50952059, 1.22589445, 2.14852738},
         {-0.784227192, -0.0215016901, 0.53998518},
         {105.361031, -102.386208, 94.5620346},
         {{0.211915359, -0.362283468, -1.84784079, 105.361031},
          {0.184936941, -0.996890187, 0.977454305, -102.386208},
          {-0.424851149, -0.614643097, -0.496204019, 94.5620346}},
         {{-0.4159073521899799, 0.29551848099682415, 0.8600522547720609},
          {-0.3629673189923533, 0.8131925826156213, -0.4549423827113411},
          {-0.8338319973099038, -0.5013847334814509, -0.23094923137872025}}},
        {"z turned: the qform",
         1,
         3,
         {-1, 1.67277074, 2.4870007, 2.9196341},
         {0.0362541974, 0.954488277, 0.268578202},
         {-38.7188339, -182.690308, -85.086441},
         {{-1.61650598, 0.00578345265, 0.75083214, -38.7188339},
          {0.227649629, 2.12166739, 1.47056496, -182.690308},
          {-0.365028977, 1.29756212, -2.4078939, -85.086441}},
         {{0.966364245190139, -0.0023254060421748117, 0.2571667666664705},
          {-0.13609141944813816, -0.8531027605215616, 0.5036812566646774},
          {-0.21821840245653898, 0.5217377430062256, 0.8247244665989997}}},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        nifti_fields f = plain_nifti(1);
        rml_volume_info info;

        f.qform = cases[k].qform, f.sform = cases[k].sform;
        memcpy(f.pixdim, cases[k].pixdim, sizeof cases[k].pixdim);
        memcpy(f.quatern, cases[k].quatern, sizeof f.quatern);
        memcpy(f.qoffset, cases[k].qoffset, sizeof f.qoffset);
        memcpy(f.srow, cases[k].srow, sizeof f.srow);
        open_empty(&f, &info);
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c)
                assert_close(info.grid.direction[r][c], cases[k].direction[r][c], 1e-15, 1e-15, cases[k].name);
    }
}

/* Never from the sform, whose columns are 0.7, 0.8 and 2.5 mm long here. */
static void spacing_comes_from_pixdim(void **state)
{
    const double ones[3] = {1, 1, 1};
    nifti_fields f = rotated_nifti(0);
    rml_volume_info info;

    (void)state;
    f.sform = 1;
    for (int a = 1; a <= 3; ++a) f.pixdim[a] = 1;
    open_empty(&f, &info);
    assert_grid(&info.grid, ones, expected_origin, from_sform, 0, "pixdim 1");
}

static void negative_spacing_turns_its_axis_with_a_warning(void **state)
{
    nifti_fields f = rotated_nifti(0);
    rml_volume_info info;

    (void)state;
    f.sform = 1;
    f.pixdim[1] = -f.pixdim[1], f.pixdim[3] = -f.pixdim[3];
    open_empty(&f, &info);
    assert_grid(&info.grid, expected_spacing, expected_origin, from_negative, 0, "negative");
    assert_non_null(strstr(info.warning, "negative"));
}

/* ITK 5.3 scales the spacing alone, 5.4 the origin with it. A grid whose halves have different units is what we do not
 * follow: the expected origin is SimpleITK's times the unit. */
static void units_scale_spacing_and_origin(void **state)
{
    static const struct {
        int units;
        double to_mm;
    } cases[] = {{0, 1}, {1, 1e3}, {2, 1}, {3, 1e-3}, {2 + 8, 1}, {1 + 16, 1e3}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        double spacing[3], origin[3];
        nifti_fields f = rotated_nifti(0);
        rml_volume_info info;

        f.sform = 1;
        f.units = cases[k].units;
        for (int a = 0; a < 3; ++a) {
            spacing[a] = expected_spacing[a] * cases[k].to_mm;
            origin[a] = expected_origin[a] * cases[k].to_mm;
        }
        open_empty(&f, &info);
        assert_grid(&info.grid, spacing, origin, from_sform, 0, "units");
    }
}

/* The same rotation in NIfTI-2: its doubles stay doubles. Oracle: the matrix itself. */
static void nifti_2_geometry_is_double(void **state)
{
    nifti_fields f = rotated_nifti(0);
    rml_volume_info info;

    (void)state;
    f.version = 2;
    f.offset = NIFTI_2_START;
    f.sform = 1;
    open_empty(&f, &info);
    for (int a = 0; a < 3; ++a) {
        assert_true(info.grid.spacing[a] == f.pixdim[a + 1]);
        assert_true(info.grid.origin[a] == (a < 2 ? -f.srow[a][3] : f.srow[a][3]));
        for (int b = 0; b < 3; ++b)
            assert_close(info.grid.direction[a][b], a < 2 ? -rotation(a, b) : rotation(a, b), 0, 4e-16, "direction");
    }
}

/* An atlas's qform and sform (code 2 both) that differ in the sense of z: ITK takes the sform. */
static void sform_wins_over_a_qform_that_differs_in_sense_alone(void **state)
{
    const double ones[3] = {1, 1, 1}, origin[3] = {91, 126, -72};
    const double direction[3][3] = {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}};
    nifti_fields f = plain_nifti(1);
    rml_volume_info info;

    (void)state;
    f.qform = f.sform = 2;
    f.pixdim[0] = -1;
    f.srow[0][0] = f.srow[1][1] = f.srow[2][2] = 1;
    f.srow[0][3] = f.qoffset[0] = -91;
    f.srow[1][3] = f.qoffset[1] = -126;
    f.srow[2][3] = f.qoffset[2] = -72;
    open_empty(&f, &info);
    assert_grid(&info.grid, ones, origin, direction, 0, "atlas");
}

static void scaling_as_itk_does_it(void **state)
{
    static const struct {
        double slope, intercept;
        bool scaled;
        double first, second; /* of voxels 0 and 3 */
        const char *warning;
    } cases[] = {{1, 0, false, 0, 3, ""},
                 {0, 0, false, 0, 3, ""},
                 {NAN, 0, false, 0, 3, "scl_slope NaN is no number: taken as 1"},
                 {NAN, 5, true, 5, 8, "scl_slope NaN is no number: taken as 1"},
                 {0, 5, true, 5, 8, ""},
                 {2, 0, true, 0, 6, ""},
                 {INFINITY, 1, true, 1, 4, "scl_slope infinity is no number: taken as 1"},
                 {1, NAN, false, 0, 3, "scl_inter NaN is no number: taken as 0"},
                 {1, -INFINITY, false, 0, 3, "scl_inter -infinity is no number: taken as 0"},
                 {2, NAN, true, 0, 6, "scl_inter NaN is no number: taken as 0"},
                 {NAN, NAN, false, 0, 3, "scl_slope NaN and scl_inter NaN are no numbers: taken as 1 and 0"},
                 {0, NAN, false, 0, 3, "scl_inter NaN is no number: taken as 0"},
                 {1e-17, 3, true, 3, 6, ""},
                 {-1.5, 0.25, true, 0.25, -4.25, ""}};
    int16_t voxels[24];

    (void)state;
    for (int i = 0; i < 24; ++i) voxels[i] = (int16_t)i;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        nifti_fields f = plain_nifti(1);
        rml_volume_info info;
        rml_volume volume;
        double row[4];

        f.slope = cases[k].slope;
        f.intercept = cases[k].intercept;
        write_nifti(path_of("scaled.nii"), &f, voxels, sizeof voxels);
        load_all(path_of("scaled.nii"), &info, &volume);
        assert_int_equal(info.stored, RML_INT16);
        assert_int_equal(info.type, cases[k].scaled ? RML_FLOAT32 : RML_INT16);
        assert_int_equal(rml_volume_type(&volume), info.type);
        rml_volume_row(&volume, 0, 4, 0, 0, row);
        assert_close(row[0], cases[k].first, 0, 0, "voxel 0");
        assert_close(row[3], cases[k].second, 0, 0, "voxel 3");
        assert_string_equal(info.warning, cases[k].warning);
        rml_volume_free(&volume);
    }
}

/* int32 beyond 2^24 becomes float32 before it is scaled. Oracle: SimpleITK 2.3.1 on slope 0.1, intercept 0.7. */
static void scaled_int32_is_rounded_twice(void **state)
{
    const int32_t voxels[24] = {1107318843, 2041936325, 323939029, -1107318843, 123456789, 7};
    const double expected[6] = {110731880.0, 204193648.0, 32393906.0, -110731880.0, 12345680.0, 1.399999976158142};
    nifti_fields f = plain_nifti(1);
    rml_volume_info info;
    rml_volume volume;
    double row[4];

    (void)state;
    f.datatype = 8, f.bits = 32, f.slope = 0.1, f.intercept = 0.7;
    write_nifti(path_of("int32.nii"), &f, voxels, sizeof voxels);
    load_all(path_of("int32.nii"), &info, &volume);
    for (int i = 0; i < 6; ++i) {
        rml_volume_row(&volume, i % 4, 1, i / 4, 0, row);
        assert_close(row[0], expected[i], 0, 0, "int32");
    }
    rml_volume_free(&volume);
}

/* float64 stays float64. Oracle: SimpleITK 2.3.1; slope and intercept are float32 in the file. */
static void scaled_float64_stays(void **state)
{
    double voxels[24], row[4];
    nifti_fields f = plain_nifti(1);
    rml_volume_info info;
    rml_volume volume;

    (void)state;
    for (int i = 0; i < 24; ++i) voxels[i] = i;
    f.datatype = 64, f.bits = 64, f.slope = 0.1, f.intercept = 0.7;
    write_nifti(path_of("float64.nii"), &f, voxels, sizeof voxels);
    load_all(path_of("float64.nii"), &info, &volume);
    assert_int_equal(info.type, RML_FLOAT64);
    rml_volume_row(&volume, 0, 4, 0, 0, row);
    assert_close(row[0], 0.699999988079071, 0, 0, "voxel 0");
    assert_close(row[3], 0.9999999925494194, 0, 0, "voxel 3");
    rml_volume_free(&volume);
}

/* Trailing dimensions of one are no frames; a vector's components lie volume after volume. */
static void dimensions(void **state)
{
    int16_t voxels[72];
    double row[4];
    nifti_fields f = plain_nifti(1);
    rml_volume_info info;
    rml_volume volume;
    rml_volume_file *file;
    rml_error err = {0};

    (void)state;
    for (int i = 0; i < 72; ++i) voxels[i] = (int16_t)i;
    f.dim[0] = 7;
    write_nifti(path_of("seven.nii"), &f, voxels, sizeof voxels);
    load_all(path_of("seven.nii"), &info, &volume);
    assert_int_equal(info.n_components, 1);
    rml_volume_free(&volume);

    f.dim[0] = 5, f.dim[5] = 3, f.intent = 1007;
    write_nifti(path_of("vector.nii"), &f, voxels, sizeof voxels);
    assert_status(rml_volume_open(path_of("vector.nii"), &file, &info, &err), RML_OK, &err);
    assert_int_equal(info.n_components, 3);
    for (int c = 0; c < 3; ++c) {
        assert_status(rml_volume_load(file, 1, 1, c, &volume, NULL, &err), RML_OK, &err);
        rml_volume_row(&volume, 0, 4, 2, 1, row);
        for (int x = 0; x < 4; ++x) assert_close(row[x], 24 * c + 20 + x, 0, 0, "component");
        rml_volume_free(&volume);
    }
    assert_status(rml_volume_load(file, 0, 2, 3, &volume, NULL, &err), RML_EINVAL, &err);
    assert_status(rml_volume_load(file, 1, 2, 0, &volume, NULL, &err), RML_EINVAL, &err);
    assert_status(rml_volume_load(file, -1, 1, 0, &volume, NULL, &err), RML_EINVAL, &err);
    assert_status(rml_volume_load(file, 0, 0, 0, &volume, NULL, &err), RML_EINVAL, &err);
    rml_volume_close(file);
}

/* Header extensions push the voxels back. */
static void voxels_begin_where_the_header_says(void **state)
{
    unsigned char voxels[48 + 48] = {0};
    double row[4];
    nifti_fields f = plain_nifti(1);
    rml_volume_info info;
    rml_volume volume;

    (void)state;
    for (int i = 0; i < 24; ++i) put_i16(voxels + 48 + 2 * i, i + 1, false);
    f.offset = 400;
    write_nifti(path_of("extended.nii"), &f, voxels, sizeof voxels);
    load_all(path_of("extended.nii"), &info, &volume);
    rml_volume_row(&volume, 0, 4, 0, 0, row);
    assert_close(row[0], 1, 0, 0, "first voxel");
    rml_volume_free(&volume);
}

/* What was never set, as libnifti takes it. Oracle: SimpleITK 2.3.1: 4 x 3 x 2 voxels, which without an offset begin at
 * byte 348, where others have the four bytes that announce an extension. */
static void unset_fields_are_taken_with_a_warning(void **state)
{
    static const struct {
        int axes, fifth;
        double offset, first, third;
        const char *word;
    } cases[] = {
        {3, 1, 0, 0, 1, "from byte 348"},
        {4, 1, NIFTI_1_START, 1, 3, "size 0 along dimension 4"},
        {5, 0, NIFTI_1_START, 1, 3, "size 0 along dimension 4"},
    };
    int16_t voxels[24];
    (void)state;

    for (int i = 0; i < 24; ++i) voxels[i] = (int16_t)(i + 1);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        unsigned char bytes[NIFTI_1_START + sizeof voxels] = {0};
        nifti_fields f = plain_nifti(1);
        rml_volume_info info;
        rml_volume volume;
        double row[4];

        f.dim[0] = cases[k].axes;
        if (cases[k].axes > 3) f.dim[4] = 0;
        f.dim[5] = cases[k].fifth;
        f.offset = cases[k].offset;
        nifti_header(&f, bytes);
        memcpy(bytes + NIFTI_1_START, voxels, sizeof voxels);
        write_file(path_of("unset.nii"), bytes, sizeof bytes);
        load_all(path_of("unset.nii"), &info, &volume);
        rml_volume_row(&volume, 0, 4, 0, 0, row);
        assert_close(row[0], cases[k].first, 0, 0, "first voxel");
        assert_close(row[2], cases[k].third, 0, 0, "third voxel");
        assert_non_null(strstr(info.warning, cases[k].word));
        rml_volume_free(&volume);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_in_either_byte_order),
        cmocka_unit_test(geometry_as_itk_takes_it),
        cmocka_unit_test(which_form_as_itk_decides),
        cmocka_unit_test(spacing_comes_from_pixdim),
        cmocka_unit_test(negative_spacing_turns_its_axis_with_a_warning),
        cmocka_unit_test(units_scale_spacing_and_origin),
        cmocka_unit_test(nifti_2_geometry_is_double),
        cmocka_unit_test(sform_wins_over_a_qform_that_differs_in_sense_alone),
        cmocka_unit_test(scaling_as_itk_does_it),
        cmocka_unit_test(scaled_int32_is_rounded_twice),
        cmocka_unit_test(scaled_float64_stays),
        cmocka_unit_test(dimensions),
        cmocka_unit_test(voxels_begin_where_the_header_says),
        cmocka_unit_test(unset_fields_are_taken_with_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
