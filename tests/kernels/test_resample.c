/* Resampled and pre-cropped regions against PyRadiomics 3.0.1 with SimpleITK 2.3.1 (tests/oracle/resample.py): the grid
 * and the mask to the last bit, whole numbers and float32 voxel by voxel (a checksum), float64 to 1e-12 of the image's
 * range, since the axes are done one after the other. */
#include "tests/support/support.h"

#include "io/volume.h"
#include "kernels/image/resample.h"
#include "kernels/image/resample_spline.h"
#include "kernels/preprocess/cut.h"
#include "kernels/preprocess/labels.h"
#include "tests/oracle/resample.h"
#include "tests/support/measured.h"

enum { N_CASES = sizeof oracle / sizeof oracle[0] };

static int64_t count(const int32_t size[3])
{
    return (int64_t)size[0] * size[1] * size[2];
}

static double voxel(rml_scalar type, int32_t x, int32_t y, int32_t z)
{
    const int32_t v = x + y < 9 ? 77 : (3 * x * x + 7 * y + 5 * z * z + x * y * z) % 401;

    switch (type) {
    case RML_UINT8: return v % 256;
    case RML_INT16: return 10 * v - 1000;
    case RML_INT32: return 1000003.0 * (v - 200);
    case RML_UINT16: return 163 * v;
    case RML_FLOAT32: return (float)((v - 130) / 7.0);
    default: return (v - 130) / 7.0;
    }
}

static void store(rml_scalar type, double value, unsigned char *at)
{
    const int32_t whole = (int32_t)value;
    const float single = (float)value;

    if (type == RML_FLOAT64)
        memcpy(at, &value, 8);
    else if (type == RML_FLOAT32)
        memcpy(at, &single, 4);
    else
        memcpy(at, &whole, rml_scalar_bytes(type)); /* the low bytes */
}

/* An image of the formula, stored in the type. */
static rml_volume picture(const rml_grid *grid, rml_scalar type)
{
    rml_volume image = {.grid = *grid, .stored = type, .step = 1, .n_slices = grid->size[2]};
    unsigned char *at = malloc((size_t)count(grid->size) * rml_scalar_bytes(type));

    image.memory = at;
    image.voxels = at;
    for (int32_t z = 0; z < grid->size[2]; ++z)
        for (int32_t y = 0; y < grid->size[1]; ++y)
            for (int32_t x = 0; x < grid->size[0]; ++x, at += rml_scalar_bytes(type))
                store(type, voxel(type, x, y, z), at);
    return image;
}

/* The ball's tight box and its voxels. */
static uint8_t *ball(const int32_t size[3], const int32_t centre[3], int32_t radius, bool flat, rml_box *box)
{
    uint8_t *voxels, *at;

    for (int a = 0; a < 3; ++a) {
        const int32_t r = flat && a == 2 ? 0 : radius, first = centre[a] - r > 0 ? centre[a] - r : 0;

        box->first[a] = first;
        box->size[a] = (centre[a] + r < size[a] ? centre[a] + r + 1 : size[a]) - first;
    }
    voxels = at = malloc((size_t)count(box->size));
    for (int32_t z = box->first[2]; z < box->first[2] + box->size[2]; ++z)
        for (int32_t y = box->first[1]; y < box->first[1] + box->size[1]; ++y)
            for (int32_t x = box->first[0]; x < box->first[0] + box->size[0]; ++x) {
                const int32_t dx = x - centre[0], dy = y - centre[1], dz = z - centre[2];

                *at++ = dx * dx + dy * dy + dz * dz <= radius * radius;
            }
    return voxels;
}

static uint64_t checksum(const double *value, const uint8_t *byte, int64_t n)
{
    uint64_t h = 0xcbf29ce484222325U;

    for (int64_t i = 0; i < n; ++i) {
        const double v = (value ? value[i] : byte[i]) + 0.0;
        unsigned char bytes[8];

        memcpy(bytes, &v, 8);
        for (int b = 0; b < 8; ++b) h = (h ^ bytes[b]) * 0x100000001b3U;
    }
    return h;
}

static rml_status place(int c, const rml_grid *image, const rml_grid *mask, double most_bytes, rml_region *region,
                        rml_error *err)
{
    const rml_resampling resampling = {.spacing = {oracle[c].spacing[0], oracle[c].spacing[1], oracle[c].spacing[2]},
                                       .kind = (rml_interpolator)oracle[c].kind,
                                       .pad = oracle[c].pad,
                                       .most_bytes = most_bytes};
    rml_box box;
    uint8_t *voxels = ball(mask->size, oracle[c].centre, oracle[c].radius, oracle[c].flat, &box);
    const rml_status status = oracle[c].crop
                                  ? rml_region_crop(image, &box, voxels, oracle[c].pad, most_bytes, region, err)
                                  : rml_region_resample(image, mask, &box, voxels, &resampling, region, err);

    free(voxels);
    return status;
}

static void check_place(int c, const rml_region *region)
{
    int64_t n_mask = 0;

    for (int a = 0; a < 3; ++a) {
        assert_int_equal(region->grid.size[a], oracle[c].grid.size[a]);
        assert_close(region->grid.spacing[a], oracle[c].grid.spacing[a], 0, 0, "spacing");
        assert_close(region->grid.origin[a], oracle[c].grid.origin[a], 0, 0, "origin");
        for (int b = 0; b < 3; ++b)
            assert_close(region->grid.direction[a][b], oracle[c].grid.direction[a][b], 0, 0, "direction");
        assert_int_equal(region->roi.first[a], oracle[c].roi.first[a]);
        assert_int_equal(region->roi.size[a], oracle[c].roi.size[a]);
    }
    for (int64_t i = 0; i < count(region->grid.size); ++i) n_mask += region->mask[i];
    assert_int_equal(n_mask, oracle[c].n_mask);
    assert_true(checksum(NULL, region->mask, count(region->grid.size)) == oracle[c].mask_sum);
}

static void check_values(int c, const rml_patch *image, double absolute)
{
    const int64_t n = count(image->size);

    assert_int_equal(image->type, oracle[c].type);
    for (int k = 0; k < 12; ++k) {
        char name[64];

        snprintf(name, sizeof name, "case %d, sample %d", c, k);
        assert_close(image->voxels[(k * n + n / 2) / 12], oracle[c].value[k], 0, absolute, name);
    }
    if (oracle[c].type != RML_FLOAT64 && checksum(image->voxels, NULL, n) != oracle[c].value_sum)
        fail_msg("case %d: a voxel differs", c);
}

static const char *interpolator_name(int kind)
{
    static const char *const names[] = {[RML_INTERPOLATE_NEAREST] = "sitkNearestNeighbor",
                                        [RML_INTERPOLATE_LINEAR] = "sitkLinear",
                                        [RML_INTERPOLATE_GAUSSIAN] = "sitkGaussian",
                                        [RML_INTERPOLATE_LABEL_GAUSSIAN] = "sitkLabelGaussian",
                                        [RML_INTERPOLATE_HAMMING] = "sitkHammingWindowedSinc",
                                        [RML_INTERPOLATE_COSINE] = "sitkCosineWindowedSinc",
                                        [RML_INTERPOLATE_WELCH] = "sitkWelchWindowedSinc",
                                        [RML_INTERPOLATE_LANCZOS] = "sitkLanczosWindowedSinc",
                                        [RML_INTERPOLATE_BLACKMAN] = "sitkBlackmanWindowedSinc",
                                        [RML_INTERPOLATE_BSPLINE] = "sitkBSpline"};

    return names[kind];
}

static void regions_are_pyradiomics(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; ++c) {
        rml_volume volume = picture(&oracle[c].image, oracle[c].type);
        const rml_resample_image image = {.source = {.volume = &volume}};
        rml_region region;
        rml_error err = {0};

        assert_int_equal(place(c, &oracle[c].image, &oracle[c].mask, 1e9, &region, &err), RML_OK);
        check_place(c, &region);
        assert_int_equal(rml_region_fill(&image, &region, &err), RML_OK);
        rml_measured_of("PyRadiomics 3.0.1 (SimpleITK 2.3.1)", "PyRadiomics interpolator/%s",
                        oracle[c].crop ? "preCrop" : interpolator_name(oracle[c].kind));
        check_values(c, &region.image, oracle[c].type == RML_FLOAT64 ? 4e-11 : 0.0);
        rml_measured_case(NULL, NULL);
        rml_region_free(&region);
        rml_volume_free(&volume);
    }
}

/* The image's grid moved into the middle of a larger one: what lies around must not matter, although the spline of a
 * larger image hangs on all of it; and no more than the reach is read. */
static void only_the_reach_is_read(void **state)
{
    const rml_grid grid = {
        .size = {120, 100, 130}, .spacing = {1, 1, 1}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const rml_box box = {{60, 50, 60}, {3, 3, 3}};
    rml_resampling resampling = {
        .spacing = {0.8, 0.8, 0.8}, .kind = RML_INTERPOLATE_BSPLINE, .pad = 1, .most_bytes = 1e9};
    rml_volume volume = picture(&grid, RML_INT16), part = volume;
    const rml_patch_source source = {.volume = &volume};
    const rml_resample_image whole = {.source = source}, less = {.source = {.volume = &part}};
    const rml_box all = {{0, 0, 0}, {120, 100, 130}}, inner = {{58, 47, 55}, {10, 9, 8}};
    uint8_t voxels[27];
    rml_region one, other;
    rml_patch coefficients, of_part;

    (void)state;
    memset(voxels, 1, sizeof voxels);
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &resampling, &one, NULL), RML_OK);
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &resampling, &other, NULL), RML_OK);
    assert_true(one.reach.first[2] > 0 && one.reach.first[2] + one.reach.size[2] < 130);
    part.first_slice = one.reach.first[2];
    part.n_slices = one.reach.size[2];
    part.voxels = volume.voxels + (int64_t)part.first_slice * 120 * 100 * 2;
    assert_int_equal(rml_region_fill(&whole, &one, NULL), RML_OK);
    assert_int_equal(rml_region_fill(&less, &other, NULL), RML_OK);
    assert_memory_equal(one.image.voxels, other.image.voxels, (size_t)count(one.image.size) * sizeof(double));
    /* to the last bit the coefficients are those of all of the image */
    assert_int_equal(rml_spline_coefficients(&source, grid.size, NULL, &all, &coefficients), RML_OK);
    assert_int_equal(rml_spline_coefficients(&source, grid.size, NULL, &inner, &of_part), RML_OK);
    for (int32_t z = 0; z < 8; ++z)
        for (int32_t y = 0; y < 9; ++y)
            assert_memory_equal(of_part.voxels + (z * 9 + y) * 10,
                                coefficients.voxels + ((int64_t)(55 + z) * 100 + 47 + y) * 120 + 58, 80);
    rml_patch_free(&coefficients);
    rml_patch_free(&of_part);
    rml_region_free(&one);
    rml_region_free(&other);
    rml_volume_free(&volume);
}

/* Along a flat stretch a recursion keeps for good what rounding made of its start: the coefficients of a part are those
 * of all of the image none the less. Oracle: the same filter over the whole image, which needs no cut. */
static void flat_stretches_take_whole_lines(void **state)
{
    enum { NX = 120, NY = 100, NZ = 130 };
    const rml_grid grid = {.size = {NX, NY, NZ}, .spacing = {1, 1, 1}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const rml_box all = {{0, 0, 0}, {NX, NY, NZ}}, inner = {{50, 45, 60}, {10, 9, 8}};
    rml_volume volume = picture(&grid, RML_INT16);
    const rml_patch_source source = {.volume = &volume};
    rml_patch coefficients, of_part;

    (void)state;
    for (int end = 0; end < 6;
         ++end) { /* flat to the lower end of an axis, or to the upper one, but for its last plane */
        const double flat = end % 2 ? -1765 : -1024;

        for (int32_t z = 0; z < NZ; ++z)
            for (int32_t y = 0; y < NY; ++y)
                for (int32_t x = 0; x < NX; ++x) {
                    const int32_t at = end / 2 == 0 ? x : end / 2 == 1 ? y : z;
                    const bool rough = end % 2 ? at < 64 || at == grid.size[end / 2] - 1 : at == 0;

                    store(RML_INT16, rough ? voxel(RML_INT16, x, y, z) : flat,
                          (unsigned char *)volume.memory + ((size_t)(z * NY + y) * NX + x) * 2);
                }
        assert_int_equal(rml_spline_coefficients(&source, grid.size, NULL, &all, &coefficients), RML_OK);
        assert_int_equal(rml_spline_coefficients(&source, grid.size, NULL, &inner, &of_part), RML_OK);
        for (int32_t z = 0; z < 8; ++z)
            for (int32_t y = 0; y < 9; ++y)
                assert_memory_equal(of_part.voxels + (z * 9 + y) * 10,
                                    coefficients.voxels + ((int64_t)(60 + z) * NY + 45 + y) * NX + 50, 80);
        rml_patch_free(&coefficients);
        rml_patch_free(&of_part);
    }
    rml_volume_free(&volume);
}

/* The spline runs through the voxels (definition): on the image's own grid, moved by whole voxels, nothing changes. */
static void splines_run_through_the_voxels(void **state)
{
    const rml_grid grid = {.size = {9, 8, 7}, .spacing = {1, 2, 3}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    rml_grid target = grid;
    rml_volume volume = picture(&grid, RML_FLOAT64);
    rml_patch out;

    (void)state;
    for (int a = 0; a < 3; ++a) {
        target.size[a] = 5;
        target.origin[a] = grid.spacing[a] * (a + 1);
    }
    for (int kind = 1; kind <= 23; ++kind) {
        if (!rml_interpolator_known(kind) || kind == RML_INTERPOLATE_GAUSSIAN || kind == RML_INTERPOLATE_LABEL_GAUSSIAN)
            continue;
        assert_int_equal(rml_resample_values(&(rml_resample_image){.source = {.volume = &volume}}, &target,
                                             (rml_interpolator)kind, &out),
                         RML_OK);
        for (int32_t z = 0; z < 5; ++z)
            for (int32_t y = 0; y < 5; ++y)
                for (int32_t x = 0; x < 5; ++x) {
                    const double *value = &out.voxels[(z * 5 + y) * 5 + x];

                    if (z + 3 < 7)
                        assert_close(*value, voxel(RML_FLOAT64, x + 1, y + 2, z + 3), 0, 1e-12, "voxel");
                    else
                        assert_true(*value == 0.0); /* outside */
                }
        rml_patch_free(&out);
    }
    assert_int_equal(
        rml_resample_values(&(rml_resample_image){.source = {.volume = &volume}}, &target, (rml_interpolator)3, &out),
        RML_EINVAL);
    assert_null(out.voxels);
    rml_volume_free(&volume);
}

/* Normalised as it is decoded, or before, as a patch: the same. Interpolation and an affine map commute (identity). */
static void normalised_is_float64(void **state)
{
    const rml_normalisation normalisation = {.mean = 100, .sd = 50, .scale = 10, .limit = INFINITY};
    const int c = 0;
    rml_volume volume = picture(&oracle[c].image, oracle[c].type);
    rml_patch patch;
    const rml_box all = {{0, 0, 0}, {24, 21, 13}};
    const rml_patch_source stored = {.volume = &volume};
    const rml_resample_image before = {.source = {.patch = &patch}, .grid = &volume.grid};
    const rml_resample_image image = {.source = stored, .normalise = &normalisation};
    rml_region one, other;

    (void)state;
    assert_int_equal(rml_patch_cut(&stored, &all, RML_BORDER_NEAREST, &patch), RML_OK);
    rml_normalise_apply(&normalisation, patch.voxels, count(patch.size));
    patch.type = RML_FLOAT64;
    for (int crop = 0; crop < 2; ++crop) {
        const int from = crop ? N_CASES - 1 : c;

        assert_int_equal(place(from, &volume.grid, &volume.grid, 1e9, &one, NULL), RML_OK);
        assert_int_equal(place(from, &volume.grid, &volume.grid, 1e9, &other, NULL), RML_OK);
        assert_int_equal(rml_region_fill(&image, &one, NULL), RML_OK);
        assert_int_equal(rml_region_fill(&before, &other, NULL), RML_OK);
        assert_int_equal(one.image.type, RML_FLOAT64);
        assert_memory_equal(one.image.voxels, other.image.voxels, (size_t)count(one.image.size) * sizeof(double));
        rml_region_free(&one);
        rml_region_free(&other);
    }
    rml_patch_free(&patch);
    rml_volume_free(&volume);
}

static void regions_give_rois(void **state)
{
    rml_volume volume = picture(&oracle[0].image, oracle[0].type), view;
    rml_region region;
    rml_roi roi;
    int64_t n_invalid, n = 0;
    int32_t first_invalid[3];

    (void)state;
    assert_int_equal(place(0, &volume.grid, &volume.grid, 1e9, &region, NULL), RML_OK);
    assert_int_equal(rml_region_fill(&(rml_resample_image){.source = {.volume = &volume}}, &region, NULL), RML_OK);
    view = rml_region_volume(&region, &region.image);
    assert_int_equal(
        rml_roi_cut(&view, &region.roi, rml_region_roi_mask(&region), false, &roi, &n_invalid, first_invalid), RML_OK);
    assert_int_equal(roi.n_voxels, oracle[0].n_mask);
    for (int64_t i = 0; i < count(region.grid.size); ++i)
        if (region.mask[i]) assert_true(roi.values[n++] == region.image.voxels[i]);
    rml_roi_free(&roi);
    rml_region_free(&region);
    rml_volume_free(&volume);
}

static void bad_input_is_told(void **state)
{
    rml_grid grid = oracle[0].image, far = grid, coarse = grid;
    rml_volume volume = picture(&grid, RML_FLOAT32);
    rml_resampling good = {.spacing = {1, 1, 1}, .kind = RML_INTERPOLATE_BSPLINE, .pad = 5, .most_bytes = 1e9}, bad;
    const rml_box box = {{10, 9, 5}, {3, 3, 3}};
    uint8_t voxels[27];
    const float not_a_number = NAN;
    rml_region region;
    rml_error err;

    (void)state;
    memset(voxels, 1, sizeof voxels);
    /* the ROI's box is larger than the image */
    far.origin[0] -= 10.0;
    assert_int_equal(rml_region_resample(&grid, &far, &box, voxels, &good, &region, &err), RML_EGEOMETRY);
    assert_non_null(strstr(err.text, "outside the image"));
    rml_region_free(&region);
    /* one corner voxel of a box whose centre voxels are none: nothing is left on a coarse grid */
    memset(voxels, 0, sizeof voxels);
    voxels[0] = voxels[26] = 1;
    bad = good;
    bad.spacing[0] = bad.spacing[1] = bad.spacing[2] = 20.0;
    assert_int_equal(rml_region_resample(&coarse, &coarse, &box, voxels, &bad, &region, &err), RML_EROI);
    rml_region_free(&region);
    memset(voxels, 1, sizeof voxels);
    /* memory, grids beyond an int32 too */
    bad = good;
    bad.most_bytes = 20000;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_ECAPACITY);
    assert_non_null(strstr(err.text, "voxels"));
    rml_region_free(&region);
    bad = good;
    bad.spacing[1] = 1e-12;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_ECAPACITY);
    rml_region_free(&region);
    assert_int_equal(rml_region_crop(&grid, &box, voxels, 5, 100, &region, &err), RML_ECAPACITY);
    rml_region_free(&region);
    /* settings */
    bad = good;
    bad.spacing[2] = -1.0;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_ESETTING);
    bad.spacing[2] = NAN;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_ESETTING);
    bad = good;
    bad.pad = -1;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_EINVAL);
    bad = good;
    bad.kind = (rml_interpolator)3;
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &bad, &region, &err), RML_EINVAL);
    assert_int_equal(rml_region_crop(&grid, &box, voxels, -1, 1e9, &region, &err), RML_EINVAL);
    /* a spline through a NaN */
    memcpy((unsigned char *)volume.memory + (size_t)(10 + 24 * (9 + 21 * 5)) * 4, &not_a_number, 4);
    assert_int_equal(rml_region_resample(&grid, &grid, &box, voxels, &good, &region, &err), RML_OK);
    assert_int_equal(rml_region_fill(&(rml_resample_image){.source = {.volume = &volume}}, &region, &err), RML_EVALUE);
    assert_non_null(strstr(err.text, "NaN"));
    assert_null(region.image.voxels);
    rml_region_free(&region);
    rml_region_free(NULL);
    rml_volume_free(&volume);
}

static void load(const char *relative, rml_volume *volume)
{
    const char *path = rml_shared(relative);
    rml_volume_file *file = NULL;
    rml_volume_info info;
    rml_error err;

    if (!path) {
        print_message("[  SKIPPED ] the reference data are not there\n");
        skip();
    }
    assert_int_equal(rml_volume_open(path, &file, &info, &err), RML_OK);
    assert_int_equal(rml_volume_load(file, 0, info.grid.size[2], 0, volume, NULL, &err), RML_OK);
    rml_volume_close(file);
}

/* PyRadiomics' own intermediate images of a breast MR, resampled to 1 mm: stored, and normalised before (whose scale
 * is 100: 1e-11 of that). */
static void breast_is_pyradiomics(void **state)
{
    static const char *const stage[2] = {"reference/pyradiomics/stages/breast1_resample111_image.nrrd",
                                         "reference/pyradiomics/stages/breast1_normalized_resample111_image.nrrd"};
    const rml_resampling resampling = {
        .spacing = {1, 1, 1}, .kind = RML_INTERPOLATE_BSPLINE, .pad = 5, .most_bytes = 1e9};
    rml_normalisation normalisation = {.scale = 100, .limit = INFINITY};
    rml_volume image, label, mask, expected;
    rml_labels labels;
    uint8_t *voxels;
    rml_region region;
    int64_t n_bad;

    (void)state;
    load("reference/pyradiomics/data/breast1_image.nrrd", &image);
    load("reference/pyradiomics/data/breast1_label.nrrd", &label);
    load("reference/pyradiomics/stages/breast1_resample111_mask.nrrd", &mask);
    assert_int_equal(rml_normalise_fit(&image, &normalisation.mean, &normalisation.sd, &n_bad), RML_OK);
    assert_int_equal(rml_labels_scan(&label, &labels, NULL), RML_OK);
    voxels = malloc((size_t)count(labels.label[0].box.size));
    rml_labels_cut(&label, &labels.label[0].box, (const uint32_t[]){1}, 1, voxels);
    for (int normal = 0; normal < 2; ++normal) {
        const rml_resample_image of = {.source = {.volume = &image}, .normalise = normal ? &normalisation : NULL};

        load(stage[normal], &expected);
        assert_int_equal(
            rml_region_resample(&image.grid, &label.grid, &labels.label[0].box, voxels, &resampling, &region, NULL),
            RML_OK);
        assert_memory_equal(region.grid.size, expected.grid.size, sizeof region.grid.size);
        assert_int_equal(rml_region_fill(&of, &region, NULL), RML_OK);
        assert_int_equal(region.image.type, rml_volume_type(&expected));
        for (int64_t i = 0, n_x = region.grid.size[0]; i < count(region.grid.size); ++i) {
            const int32_t y = (int32_t)(i / n_x % region.grid.size[1]), z = (int32_t)(i / n_x / region.grid.size[1]);
            double value;

            rml_volume_row(&expected, (int32_t)(i % n_x), 1, y, z, &value);
            assert_close(region.image.voxels[i], value, 0, normal ? 1e-9 : 0, "voxel");
            rml_volume_row(&mask, (int32_t)(i % n_x), 1, y, z, &value);
            assert_true(region.mask[i] == value);
        }
        rml_region_free(&region);
        rml_volume_free(&expected);
    }
    free(voxels);
    rml_labels_free(&labels);
    rml_volume_free(&mask);
    rml_volume_free(&label);
    rml_volume_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_pyradiomics),
        cmocka_unit_test(only_the_reach_is_read),
        cmocka_unit_test(flat_stretches_take_whole_lines),
        cmocka_unit_test(splines_run_through_the_voxels),
        cmocka_unit_test(normalised_is_float64),
        cmocka_unit_test(regions_give_rois),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(breast_is_pyradiomics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
