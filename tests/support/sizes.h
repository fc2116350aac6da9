/* What the tests of GLRLM, GLSZM and GLDM share: small images, and the features by the textbook from a dense matrix. */
#ifndef RML_TESTS_SIZES_H
#define RML_TESTS_SIZES_H

#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"
#include "tests/support/ibsi_phantom.h"
#include "tests/support/support.h"

/* An image of grey levels from 1, 0 outside the ROI, x fastest. malloc'ed. */
typedef struct picture {
    int32_t size[3];
    int32_t *grey;
} picture;

static inline int64_t picture_cells(const picture *image)
{
    return (int64_t)image->size[0] * image->size[1] * image->size[2];
}

static inline picture picture_new(int32_t nx, int32_t ny, int32_t nz)
{
    picture image = {{nx, ny, nz}, NULL};

    image.grey = calloc((size_t)picture_cells(&image), sizeof *image.grey);
    assert_non_null(image.grey);
    return image;
}

static inline int32_t *picture_at(const picture *image, int32_t x, int32_t y, int32_t z)
{
    return image->grey + x + image->size[0] * ((int64_t)y + (int64_t)image->size[1] * z);
}

/* Grey level at any place, 0 outside the image. */
static inline int32_t picture_get(const picture *image, int64_t x, int64_t y, int64_t z)
{
    if (x < 0 || y < 0 || z < 0 || x >= image->size[0] || y >= image->size[1] || z >= image->size[2]) return 0;
    return *picture_at(image, (int32_t)x, (int32_t)y, (int32_t)z);
}

/* Random levels 1..n_levels; each voxel with this chance in the ROI, and with chance `same` equal to the one before. */
static inline picture picture_random(int32_t nx, int32_t ny, int32_t nz, int32_t n_levels, double inside, double same,
                                     uint64_t seed)
{
    picture image = picture_new(nx, ny, nz);
    int32_t grey = 1;

    for (int64_t v = 0; v < picture_cells(&image); ++v) {
        if (rml_test_uniform(&seed) >= same) grey = 1 + (int32_t)(rml_test_random(&seed) % (uint64_t)n_levels);
        if (rml_test_uniform(&seed) < inside) image.grey[v] = grey;
    }
    if (image.grey[0] == 0) image.grey[0] = 1; /* never empty */
    return image;
}

static inline picture picture_phantom(void)
{
    picture image = picture_new(ibsi_phantom_size[0], ibsi_phantom_size[1], ibsi_phantom_size[2]);

    for (int64_t v = 0; v < 80; ++v) image.grey[v] = ibsi_phantom_mask[v] ? ibsi_phantom_image[v] : 0;
    return image;
}

/* The images of tests/oracle/pyradiomics_sizes.py. */
static inline picture picture_oracle(char name)
{
    picture image = name == 'a' ? picture_new(7, 6, 5) : name == 'b' ? picture_new(9, 4, 6) : picture_new(12, 11, 8);

    for (int32_t z = 0; z < image.size[2]; ++z)
        for (int32_t y = 0; y < image.size[1]; ++y)
            for (int32_t x = 0; x < image.size[0]; ++x) {
                int32_t grey, inside;

                if (name == 'a') {
                    grey = 1 + (x * x + 3 * y + 2 * y * z) % 5;
                    inside = (x + 2 * y + 3 * z) % 7 != 3;
                } else if (name == 'b') {
                    grey = 1 + 2 * ((x / 2 + y + z / 2) % 4);
                    inside = (x * y + z) % 5 != 1;
                } else {
                    grey = 1 + (x * x + 2 * y * y + 3 * z * z) / 40;
                    inside = (x - 5) * (x - 5) + (y - 5) * (y - 5) + 2 * (z - 3) * (z - 3) <= 36;
                }
                *picture_at(&image, x, y, z) = inside ? grey : 0;
            }
    return image;
}

/* The same voxels with the axes swapped, or one axis run the other way. */
static inline picture picture_transposed(const picture *image, int a, int b)
{
    int32_t size[3] = {image->size[0], image->size[1], image->size[2]};

    size[a] = image->size[b];
    size[b] = image->size[a];
    picture turned = picture_new(size[0], size[1], size[2]);
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y)
            for (int32_t x = 0; x < size[0]; ++x) {
                int32_t from[3] = {x, y, z};
                const int32_t swap = from[a];

                from[a] = from[b];
                from[b] = swap;
                *picture_at(&turned, x, y, z) = *picture_at(image, from[0], from[1], from[2]);
            }
    return turned;
}

static inline picture picture_flipped(const picture *image, int axis)
{
    picture turned = picture_new(image->size[0], image->size[1], image->size[2]);

    for (int32_t z = 0; z < image->size[2]; ++z)
        for (int32_t y = 0; y < image->size[1]; ++y)
            for (int32_t x = 0; x < image->size[0]; ++x) {
                int32_t from[3] = {x, y, z};

                from[axis] = image->size[axis] - 1 - from[axis];
                *picture_at(&turned, x, y, z) = *picture_at(image, from[0], from[1], from[2]);
            }
    return turned;
}

/* With rows of background before and behind on every axis. */
static inline picture picture_padded(const picture *image, int32_t before, int32_t behind)
{
    const int32_t more = before + behind;
    picture padded = picture_new(image->size[0] + more, image->size[1] + more, image->size[2] + more);

    for (int32_t z = 0; z < image->size[2]; ++z)
        for (int32_t y = 0; y < image->size[1]; ++y)
            for (int32_t x = 0; x < image->size[0]; ++x)
                *picture_at(&padded, x + before, y + before, z + before) = *picture_at(image, x, y, z);
    return padded;
}

static inline int64_t picture_voxels(const picture *image)
{
    int64_t n = 0;

    for (int64_t v = 0; v < picture_cells(image); ++v) n += image->grey[v] != 0;
    return n;
}

static inline int32_t picture_highest(const picture *image)
{
    int32_t highest = 0;

    for (int64_t v = 0; v < picture_cells(image); ++v)
        if (image->grey[v] > highest) highest = image->grey[v];
    return highest;
}

/* To be freed with rml_levels_free. */
static inline rml_levels picture_levels(const picture *image, int32_t margin)
{
    const int64_t n_cells = picture_cells(image);
    uint8_t *mask = malloc((size_t)n_cells);
    int32_t *bins = malloc((size_t)n_cells * sizeof *bins);
    int64_t n_voxels = 0;
    rml_levels levels;

    assert_non_null(mask);
    assert_non_null(bins);
    for (int64_t v = 0; v < n_cells; ++v) {
        mask[v] = image->grey[v] != 0;
        if (mask[v]) bins[n_voxels++] = image->grey[v];
    }
    assert_int_equal(rml_levels_init(&levels, mask, image->size, bins, n_voxels, margin), RML_OK);
    free(mask);
    free(bins);
    return levels;
}

/* Exactly the scratch that was asked for, at the alignment that the kernels ask for, so that a sanitizer sees the end.
 */
static inline void *scratch_new(size_t n_bytes)
{
    void *scratch = NULL;

    assert_int_equal(n_bytes % 64, 0);
    assert_int_equal(posix_memalign(&scratch, 64, n_bytes ? n_bytes : 64), 0);
    memset(scratch, 0x5a, n_bytes); /* a kernel may not count on zeros */
    return scratch;
}

/* A dense matrix P of grey levels 1..n_greys against sizes 1..n_sizes. */
typedef struct dense {
    int32_t n_greys;
    int64_t n_sizes;
    double *cell; /* [n_greys * n_sizes], malloc'ed */
} dense;

static inline dense dense_new(int32_t n_greys, int64_t n_sizes)
{
    dense matrix = {n_greys, n_sizes, NULL};

    matrix.cell = calloc((size_t)n_greys * (size_t)n_sizes + 1, sizeof *matrix.cell); /* never 0 bytes */
    assert_non_null(matrix.cell);
    return matrix;
}

static inline double *dense_at(const dense *matrix, int32_t grey, int64_t size)
{
    return matrix->cell + (grey - 1) * matrix->n_sizes + size - 1;
}

/* The features by their definitions, one double sum each: Galloway 1975 and IBSI's sections on the three families.
 * A name's words tell what is summed, so one function serves the three classes. */
static inline double dense_feature(const dense *matrix, const char *name)
{
    double total = 0.0, sum = 0.0, grey_mean = 0.0, size_mean = 0.0, voxels = 0.0;
    int grey_power = 0, size_power = 0;

    for (int32_t i = 1; i <= matrix->n_greys; ++i)
        for (int64_t j = 1; j <= matrix->n_sizes; ++j) {
            total += *dense_at(matrix, i, j);
            grey_mean += i * *dense_at(matrix, i, j);
            size_mean += (double)j * *dense_at(matrix, i, j);
        }
    voxels = size_mean;
    grey_mean /= total;
    size_mean /= total;
    if (strcmp(name, "RunPercentage") == 0 || strcmp(name, "ZonePercentage") == 0) return total / voxels;
    if (strcmp(name, "DependencePercentage") == 0) return 1.0;

    if (strstr(name, "NonUniformity")) {
        const bool by_grey = strncmp(name, "Gray", 4) == 0;

        for (int64_t a = 1; a <= (by_grey ? matrix->n_greys : matrix->n_sizes); ++a) {
            double line = 0.0;

            for (int64_t b = 1; b <= (by_grey ? matrix->n_sizes : matrix->n_greys); ++b)
                line += by_grey ? *dense_at(matrix, (int32_t)a, b) : *dense_at(matrix, (int32_t)b, a);
            sum += line * line;
        }
        return sum / (strstr(name, "Normalized") ? total * total : total);
    }
    if (strstr(name, "Low")) grey_power = -2;
    if (strstr(name, "High")) grey_power = 2;
    if (strncmp(name, "Short", 5) == 0 || strncmp(name, "Small", 5) == 0) size_power = -2;
    if (strncmp(name, "Long", 4) == 0 || strncmp(name, "Large", 5) == 0) size_power = 2;
    for (int32_t i = 1; i <= matrix->n_greys; ++i)
        for (int64_t j = 1; j <= matrix->n_sizes; ++j) {
            const double p = *dense_at(matrix, i, j) / total;

            if (p == 0.0) continue;
            if (strstr(name, "Entropy"))
                sum -= p * log2(p);
            else if (strstr(name, "GrayLevelVariance"))
                sum += p * (i - grey_mean) * (i - grey_mean);
            else if (strstr(name, "Variance"))
                sum += p * ((double)j - size_mean) * ((double)j - size_mean);
            else
                sum += p * pow(i, grey_power) * pow((double)j, size_power);
        }
    return sum;
}

/* Compares all features of a class, deprecated ones too; sums in another order, hence not bit for bit. */
static inline void assert_dense_features(const dense *matrix, rml_class class_, const double *value, const char *what)
{
    for (int32_t f = 0; f < rml_class_size(class_); ++f) {
        const char *name = rml_class_features(class_)[f].name;
        char text[128];

        (void)snprintf(text, sizeof text, "%s %s", what, name);
        assert_close(value[f], dense_feature(matrix, name), 1e-11, 1e-13, text);
    }
}

/* Published values have three significant digits: equal when the value rounds to them. */
static inline void assert_published(const double *value, const double *published, rml_class class_, const char *what)
{
    for (int32_t f = 0; f < rml_class_size(class_); ++f) {
        const double unit = pow(10.0, floor(log10(published[f])) - 2.0);
        char text[128];

        (void)snprintf(text, sizeof text, "%s %s", what, rml_class_features(class_)[f].name);
        assert_close(round(value[f] / unit) * unit, published[f], 1e-12, 0, text);
    }
}

/* A row of tests/oracle/pyradiomics_sizes.h: the features that are not deprecated, at PyRadiomics' own rounding. */
static inline void assert_oracle(const double *value, const double *expected, rml_class class_, const char *what)
{
    int32_t n = 0;

    for (int32_t f = 0; f < rml_class_size(class_); ++f) {
        const rml_feature *feature = &rml_class_features(class_)[f];
        char text[128];

        if (feature->deprecated) continue;
        (void)snprintf(text, sizeof text, "%s %s", what, feature->name);
        assert_close(value[f], expected[n++], 1e-9, 1e-12, text);
    }
}

/* The settings that a configuration's words of that table stand for. */
static inline rml_texture_settings oracle_settings(const char *config)
{
    rml_texture_settings settings = rml_texture_defaults();
    const char *word;

    settings.spacing[0] = 0.7;
    settings.spacing[1] = 1.1;
    settings.spacing[2] = 2.5;
    if (strstr(config, "euclidean")) settings.weighting = RML_WEIGHT_EUCLIDEAN;
    if (strstr(config, "manhattan")) settings.weighting = RML_WEIGHT_MANHATTAN;
    if (strstr(config, "infinity")) settings.weighting = RML_WEIGHT_INFINITY;
    if (strstr(config, "no_weighting")) settings.weighting = RML_WEIGHT_NO_WEIGHTING;
    if ((word = strstr(config, "2D "))) {
        settings.force_2d = true;
        settings.force_2d_axis = 'z' - word[3];
    }
    if ((word = strstr(config, "alpha "))) settings.gldm_alpha = word[6] - '0';
    if ((word = strstr(config, "distances "))) {
        settings.distances[0] = word[10] - '0';
        if (word[11] == ' ' && word[12] >= '0' && word[12] <= '9')
            settings.distances[settings.n_distances++] = word[12] - '0';
    }
    return settings;
}

#endif
