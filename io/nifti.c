/* NIfTI headers: checked by us, converted by libnifti (byte order, quaternion to matrix), read as ITK reads them.
 *
 *  1. The fields, as both versions have them
 *  2. Checks
 *  3. Geometry
 *  4. The parser */
#include "io/nifti.h"

#include <math.h>
#include <nifti2_io.h>
#include <pthread.h>
#include <string.h>

#include "io/linpack.h"

/* 1. The fields, as both versions have them ---------------------------------------------------------------------- */

typedef struct fields { /* in the machine's byte order */
    int64_t dim[8];
    int64_t datatype, bitpix, intent_code, qform_code, sform_code;
    double pixdim[8], offset, slope, intercept;
    double quatern[3], qoffset[3], srow[3][4];
} fields;

#define TAKE(from)                                                                                                     \
    do {                                                                                                               \
        for (int i = 0; i < 8; ++i) f.dim[i] = (from).dim[i], f.pixdim[i] = (double)(from).pixdim[i];                  \
        f.datatype = (from).datatype, f.bitpix = (from).bitpix, f.intent_code = (from).intent_code;                    \
        f.qform_code = (from).qform_code, f.sform_code = (from).sform_code;                                            \
        f.offset = (double)(from).vox_offset;                                                                          \
        f.slope = (double)(from).scl_slope, f.intercept = (double)(from).scl_inter;                                    \
        f.quatern[0] = (double)(from).quatern_b, f.quatern[1] = (double)(from).quatern_c;                              \
        f.quatern[2] = (double)(from).quatern_d;                                                                       \
        f.qoffset[0] = (double)(from).qoffset_x, f.qoffset[1] = (double)(from).qoffset_y;                              \
        f.qoffset[2] = (double)(from).qoffset_z;                                                                       \
        for (int i = 0; i < 4; ++i) {                                                                                  \
            f.srow[0][i] = (double)(from).srow_x[i], f.srow[1][i] = (double)(from).srow_y[i];                          \
            f.srow[2][i] = (double)(from).srow_z[i];                                                                   \
        }                                                                                                              \
    } while (0)

static fields fields_of_1(const nifti_1_header *header)
{
    fields f = {0};

    TAKE(*header);
    return f;
}

static fields fields_of_2(const nifti_2_header *header)
{
    fields f = {0};

    TAKE(*header);
    return f;
}

/* 2. Checks ------------------------------------------------------------------------------------------------------ */

static const char axis_name[3] = {'x', 'y', 'z'};

static rml_status check_type(const char *path, const fields *f, rml_scalar *stored, rml_error *err)
{
    static const struct {
        int code;
        rml_scalar type;
    } known[] = {{NIFTI_TYPE_INT8, RML_INT8},      {NIFTI_TYPE_UINT8, RML_UINT8},   {NIFTI_TYPE_INT16, RML_INT16},
                 {NIFTI_TYPE_UINT16, RML_UINT16},  {NIFTI_TYPE_INT32, RML_INT32},   {NIFTI_TYPE_UINT32, RML_UINT32},
                 {NIFTI_TYPE_INT64, RML_INT64},    {NIFTI_TYPE_UINT64, RML_UINT64}, {NIFTI_TYPE_FLOAT32, RML_FLOAT32},
                 {NIFTI_TYPE_FLOAT64, RML_FLOAT64}};
    const char *what = NULL;

    for (size_t k = 0; k < sizeof known / sizeof known[0]; ++k) {
        if (known[k].code != f->datatype) continue;
        *stored = known[k].type;
        if (f->bitpix != 8 * (int64_t)rml_scalar_bytes(*stored))
            return rml_fail(err, RML_EFORMAT, "%s: damaged header: %lld bits a voxel for %s, expected %zu", path,
                            (long long)f->bitpix, rml_scalar_name(*stored), 8 * rml_scalar_bytes(*stored));
        return RML_OK;
    }
    if (f->datatype == NIFTI_TYPE_RGB24 || f->datatype == NIFTI_TYPE_RGBA32) what = "RGB";
    if (f->datatype == NIFTI_TYPE_COMPLEX64 || f->datatype == NIFTI_TYPE_COMPLEX128 ||
        f->datatype == NIFTI_TYPE_COMPLEX256)
        what = "complex";
    if (f->datatype == NIFTI_TYPE_FLOAT128) what = "float128";
    if (f->datatype == 1) what = "binary"; /* ANALYZE's one bit a voxel */
    if (what)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: %s voxels, expected one integer or float a voxel", path, what);
    return rml_fail(err, RML_EFORMAT, "%s: damaged header: unknown data type %lld", path, (long long)f->datatype);
}

/* Beyond the third a size that was never set counts as one, as libnifti takes it. */
static int64_t extent(const fields *f, int64_t axis)
{
    return axis > 3 && f->dim[axis] == 0 ? 1 : f->dim[axis];
}

/* Sizes and components: three axes, then frames (one), then a vector where the intent says so. Trailing axes of one
 * count for nothing, as in ITK. */
static rml_status check_dimensions(const char *path, const fields *f, rml_header *header, rml_error *err)
{
    const int64_t n_axes = f->dim[0];
    const bool vector = f->intent_code == NIFTI_INTENT_VECTOR || f->intent_code == NIFTI_INTENT_SYMMATRIX;

    if (n_axes < 1 || n_axes > 7)
        return rml_fail(err, RML_EFORMAT, "%s: damaged header: %lld dimensions, expected 3", path, (long long)n_axes);
    for (int64_t a = 1; a <= n_axes; ++a)
        if (extent(f, a) < 1 || f->dim[a] > INT32_MAX)
            return rml_fail(err, RML_EFORMAT, "%s: damaged header: size %lld along dimension %lld, expected 1 or more",
                            path, (long long)f->dim[a], (long long)a);
    if (n_axes < 3) return rml_fail(err, RML_EUNSUPPORTED, "%s: %lld dimensions, expected 3", path, (long long)n_axes);
    if (n_axes >= 4 && extent(f, 4) != 1)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: %lld frames, expected one", path, (long long)f->dim[4]);
    for (int64_t a = 5; a <= n_axes; ++a)
        if (extent(f, a) != 1 && !(a == 5 && vector))
            return rml_fail(err, RML_EUNSUPPORTED, "%s: size %lld along dimension %lld, expected 3 dimensions", path,
                            (long long)f->dim[a], (long long)a);
    for (int64_t a = 4; a <= n_axes; ++a)
        if (f->dim[a] == 0) rml_header_warn(header, "size 0 along dimension %lld is taken as 1", (long long)a);
    for (int a = 0; a < 3; ++a) header->grid.size[a] = (int32_t)f->dim[a + 1];
    header->n_components = n_axes >= 5 ? (int32_t)extent(f, 5) : 1;
    header->interleaved = false;
    return RML_OK;
}

static bool all_finite(const double *values, int n)
{
    for (int i = 0; i < n; ++i)
        if (!isfinite(values[i])) return false;
    return true;
}

static rml_status check_geometry(const char *path, const fields *f, rml_error *err)
{
    for (int a = 0; a < 3; ++a) {
        if (!isfinite(f->pixdim[a + 1]))
            return rml_fail(err, RML_EFORMAT, "%s: spacing along %c is not a number, expected mm above 0", path,
                            axis_name[a]);
        if (f->pixdim[a + 1] == 0.0)
            return rml_fail(err, RML_EFORMAT, "%s: spacing 0 mm along %c, expected above 0", path, axis_name[a]);
    }
    if (f->qform_code > 0 && !(all_finite(f->quatern, 3) && all_finite(f->qoffset, 3)))
        return rml_fail(err, RML_EFORMAT, "%s: the qform holds NaN or infinity, expected numbers", path);
    if (f->sform_code > 0 && !all_finite(&f->srow[0][0], 12))
        return rml_fail(err, RML_EFORMAT, "%s: the sform holds NaN or infinity, expected numbers", path);
    return RML_OK;
}

/* 3. Geometry ---------------------------------------------------------------------------------------------------- */

/* Columns at right angles to 1e-4, as ITK asks of a sform. */
static bool orthogonal(const double m[4][4])
{
    double unit[3][3];

    for (int c = 0; c < 3; ++c) {
        const double length = sqrt(m[0][c] * m[0][c] + m[1][c] * m[1][c] + m[2][c] * m[2][c]);

        if (!(length > 0.0)) return false;
        for (int r = 0; r < 3; ++r) unit[r][c] = m[r][c] / length;
    }
    for (int r = 0; r < 3; ++r)
        for (int s = 0; s < 3; ++s) {
            double product = r == s ? -1.0 : 0.0;

            for (int c = 0; c < 3; ++c) product += unit[r][c] * unit[s][c];
            if (fabs(product) > 1e-4) return false;
        }
    return true;
}

/* Alike to 1e-4 as ITK sees it: by origin, singular values and left singular vectors. The vectors do not know an axis'
 * sense, and may themselves come out with either: a qform and sform that differ in nothing but the sense of an axis, as
 * atlases have them, mostly count as alike. */
static bool similar(const double a[4][4], const double b[4][4])
{
    float m[2][3][3], u[2][3][3], s[2][3];

    for (int r = 0; r < 3; ++r) {
        if (!(fabs(a[r][3] - b[r][3]) <= 1e-4)) return false;
        for (int c = 0; c < 3; ++c) m[0][r][c] = (float)a[r][c], m[1][r][c] = (float)b[r][c];
    }
    for (int k = 0; k < 2; ++k)
        if (!rml_linpack_left((const float(*)[3])m[k], u[k], s[k])) return false;
    for (int r = 0; r < 3; ++r) {
        if (!(fabsf(s[0][r] - s[1][r]) <= 1e-4F)) return false;
        for (int c = 0; c < 3; ++c) {
            float product = r == c ? -1.0F : 0.0F;

            for (int k = 0; k < 3; ++k) product += u[0][r][k] * u[1][c][k];
            if (!(fabsf(product) <= 1e-4F)) return false;
        }
    }
    return true;
}

/* Which matrix gives origin and direction: the sform if it is orthogonal and either the only one, of scanner
 * coordinates (code 1), or much the same as the qform; else the qform. Neither: identity at 0. The columns are scaled
 * to 1 and no more: ITK 5.3 lets a lean of up to 1e-4 stand. */
static rml_status orient(const char *path, const double sform[4][4], int sform_code, const double qform[4][4],
                         int qform_code, double to_mm, rml_header *header, rml_error *err)
{
    rml_grid *grid = &header->grid;
    const double(*m)[4] = NULL;

    if (sform_code <= 0 && qform_code <= 0) {
        for (int a = 0; a < 3; ++a) {
            grid->origin[a] = 0.0;
            for (int b = 0; b < 3; ++b) grid->direction[a][b] = a == b;
        }
        return RML_OK;
    }
    if (sform_code > 0 && orthogonal(sform) && (qform_code <= 0 || sform_code == 1 || similar(sform, qform)))
        m = sform;
    else if (qform_code > 0)
        m = qform;
    else
        return rml_fail(err, RML_EFORMAT, "%s: a sheared or singular sform and no qform, expected axes at right angles",
                        path);
    for (int r = 0; r < 3; ++r) grid->origin[r] = (r < 2 ? -m[r][3] : m[r][3]) * to_mm; /* RAS to LPS */
    for (int c = 0; c < 3; ++c) {
        const double length = sqrt(m[0][c] * m[0][c] + m[1][c] * m[1][c] + m[2][c] * m[2][c]);

        for (int r = 0; r < 3; ++r) grid->direction[r][c] = (r < 2 ? -m[r][c] : m[r][c]) / length;
    }
    return RML_OK;
}

static rml_status take_geometry(const char *path, const fields *f, const nifti_image *image, bool single,
                                rml_header *header, rml_error *err)
{
    const double to_mm = image->xyz_units == NIFTI_UNITS_METER    ? 1e3
                         : image->xyz_units == NIFTI_UNITS_MICRON ? 1e-3
                                                                  : 1.0;
    double sform[4][4], qform[4][4];
    rml_status status;

    for (int a = 0; a < 3; ++a) {
        header->grid.spacing[a] = fabs(f->pixdim[a + 1]) * to_mm;
        if (!(header->grid.spacing[a] > 0.0) || !isfinite(header->grid.spacing[a]))
            return rml_fail(err, RML_EFORMAT, "%s: spacing %g mm along %c, expected above 0", path,
                            header->grid.spacing[a], axis_name[a]);
    }
    for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 4; ++c) { /* NIfTI-1 geometry is float32, and so are the matrices that ITK makes of it */
            sform[r][c] = single ? rml_single(image->sto_xyz.m[r][c]) : image->sto_xyz.m[r][c];
            qform[r][c] = single ? rml_single(image->qto_xyz.m[r][c]) : image->qto_xyz.m[r][c];
        }
    status = orient(path, (const double(*)[4])sform, image->sform_code, (const double(*)[4])qform, image->qform_code,
                    to_mm, header, err);
    if (status != RML_OK) return status;
    if (!all_finite(header->grid.origin, 3) || !all_finite(&header->grid.direction[0][0], 9))
        return rml_fail(err, RML_EFORMAT, "%s: the %s gives no finite origin and directions", path,
                        image->sform_code > 0 ? "sform or qform" : "qform");
    for (int a = 0; a < 3; ++a)
        if (f->pixdim[a + 1] < 0.0) rml_header_negative(header, a, f->pixdim[a + 1]);
    return RML_OK;
}

/* One that is not finite. */
static const char *spelled(double value)
{
    return isnan(value) ? "NaN" : value > 0.0 ? "infinity" : "-infinity";
}

/* Slope 0 counts as 1, and the intercept applies; what changes nothing leaves the type as it is. libnifti has turned
 * NaN and infinity into 0, which is said. */
static void take_scaling(const fields *f, const nifti_image *image, rml_header *header)
{
    const bool no_slope = !isfinite(f->slope), no_intercept = !isfinite(f->intercept);

    if (no_slope && no_intercept)
        rml_header_warn(header, "scl_slope %s and scl_inter %s are no numbers: taken as 1 and 0", spelled(f->slope),
                        spelled(f->intercept));
    else if (no_slope)
        rml_header_warn(header, "scl_slope %s is no number: taken as 1", spelled(f->slope));
    else if (no_intercept)
        rml_header_warn(header, "scl_inter %s is no number: taken as 0", spelled(f->intercept));
    header->slope = fabs(image->scl_slope) > 0x1p-52 ? image->scl_slope : 1.0;
    header->intercept = image->scl_inter;
    header->scaled = fabs(header->slope - 1.0) > 0x1p-52 || fabs(header->intercept) > 0x1p-52;
}

/* 4. The parser -------------------------------------------------------------------------------------------------- */

static int32_t first_number(const unsigned char *bytes, bool swapped)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof number);
    return (int32_t)(swapped ? __builtin_bswap32(number) : number);
}

bool rml_nifti_begins(const unsigned char *bytes, size_t n_bytes)
{
    if (n_bytes < 4) return false;
    for (int swapped = 0; swapped <= 1; ++swapped) {
        const int32_t number = first_number(bytes, swapped);

        if (number == 348 || number == 540) return true;
    }
    return false;
}

static rml_status check_magic(const char *path, int version, const char *magic, rml_error *err)
{
    static const char single_2[8] = {'n', '+', '2', '\0', '\r', '\n', '\032', '\n'};
    static const char pair_2[8] = {'n', 'i', '2', '\0', '\r', '\n', '\032', '\n'};

    if (version == 1 ? memcmp(magic, "n+1", 4) == 0 : memcmp(magic, single_2, 8) == 0) return RML_OK;
    if (version == 1 ? memcmp(magic, "ni1", 4) == 0 : memcmp(magic, pair_2, 8) == 0)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: the header of a .hdr/.img pair, expected one .nii or .nii.gz file",
                        path);
    return rml_fail(err, RML_EFORMAT, "%s: wrong magic in a NIfTI-%d header, expected \"n+%d\"%s", path, version,
                    version, version == 1 ? " (ANALYZE files hold no orientation and are not read)" : "");
}

/* What it would print, we say ourselves. */
static void silence_libnifti(void)
{
    nifti_set_debug_level(0);
}

rml_status rml_nifti_parse(const char *path, const unsigned char *bytes, size_t n_bytes, rml_header *header,
                           rml_error *err)
{
    const bool native = n_bytes >= 4 && (first_number(bytes, false) == 348 || first_number(bytes, false) == 540);
    const int version = n_bytes >= 4 && first_number(bytes, !native) == 540 ? 2 : 1;
    const size_t n_header = version == 1 ? sizeof(nifti_1_header) : sizeof(nifti_2_header);
    nifti_1_header header_1;
    nifti_2_header header_2;
    nifti_image *image = NULL;
    fields f;
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* a global of libnifti, and several threads may be reading */
    rml_header parsed = {.format = version == 1 ? "NIfTI-1" : "NIfTI-2", .swapped = !native};
    rml_status status;

    if (n_bytes < n_header)
        return rml_fail(err, RML_EFORMAT, "%s: truncated header: %zu bytes, expected at least %zu", path, n_bytes,
                        n_header);
    if (version == 1) {
        memcpy(&header_1, bytes, sizeof header_1);
        status = check_magic(path, 1, header_1.magic, err);
        if (!native) swap_nifti_header(&header_1, 1);
        f = fields_of_1(&header_1);
    } else {
        memcpy(&header_2, bytes, sizeof header_2);
        status = check_magic(path, 2, header_2.magic, err);
        if (!native) swap_nifti_header(&header_2, 2);
        f = fields_of_2(&header_2);
    }
    if (status != RML_OK) return status;
    status = check_dimensions(path, &f, &parsed, err);
    if (status == RML_OK) status = check_type(path, &f, &parsed.stored, err);
    if (status == RML_OK) status = check_geometry(path, &f, err);
    if (status != RML_OK) return status;
    if (f.offset == 0.0) {
        rml_header_warn(&parsed, "no byte given at which the voxels begin: taken from byte %zu, after the header",
                        n_header);
        f.offset = (double)n_header;
    }
    if (!(f.offset >= (double)n_header && f.offset <= 0x1p53) || f.offset != floor(f.offset))
        return rml_fail(err, RML_EFORMAT, "%s: damaged header: voxels at byte %g, expected a whole number from %zu",
                        path, f.offset, n_header);
    parsed.n_skip = (int64_t)f.offset;
    pthread_once(&once, silence_libnifti);
    image = version == 1 ? nifti_convert_n1hdr2nim(header_1, NULL) : nifti_convert_n2hdr2nim(header_2, NULL);
    if (!image) return rml_fail(err, RML_EFORMAT, "%s: damaged header: libnifti refuses it", path);
    status = take_geometry(path, &f, image, version == 1, &parsed, err);
    take_scaling(&f, image, &parsed);
    nifti_image_free(image);
    if (status == RML_OK) *header = parsed;
    return status;
}
