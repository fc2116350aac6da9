#include "kernels/preprocess/summary.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"

enum { BLOCK = RML_PAIRWISE_BUFFER, LANES = 8 }; /* voxels at a time: as many as are added without a copy */

/* --- values ------------------------------------------------------------------------------------------------------- */

typedef struct ends {
    int64_t sum;
    int32_t least, most;
} ends;

/* Voxels of a small type, by way of an aligned block. A block's sum is below 2^29. */
#define SMALL(type)                                                                                                    \
    RML_HOT static void add_##type(const unsigned char *bytes, int32_t n, ends *all)                                   \
    {                                                                                                                  \
        type block[BLOCK], least, most;                                                                                \
        int32_t sum = 0;                                                                                               \
        memcpy(block, bytes, (size_t)n * sizeof *block);                                                               \
        least = most = block[0];                                                                                       \
        for (int32_t i = 0; i < n; ++i) {                                                                              \
            sum += block[i];                                                                                           \
            least = block[i] < least ? block[i] : least;                                                               \
            most = block[i] > most ? block[i] : most;                                                                  \
        }                                                                                                              \
        *all = (ends){sum, least, most};                                                                               \
    }

SMALL(int8_t)
SMALL(uint8_t)
SMALL(int16_t)
SMALL(uint16_t)

static void add_ends(rml_summary *s, double least, double most)
{
    s->nan |= isnan(least) || isnan(most);
    s->minimum = fmin(s->minimum, least);
    s->maximum = fmax(s->maximum, most);
}

static void add_small(rml_summary *s, const unsigned char *bytes, int32_t n)
{
    ends all = {0};

    switch (s->type.stored) {
    case RML_INT8: add_int8_t(bytes, n, &all); break;
    case RML_UINT8: add_uint8_t(bytes, n, &all); break;
    case RML_INT16: add_int16_t(bytes, n, &all); break;
    default: add_uint16_t(bytes, n, &all); break;
    }
    s->whole_sum += all.sum;
    add_ends(s, all.least, all.most);
}

/* Bits of a float as a whole number of the same order, and back: NaN lies beyond the infinities. */
static inline int32_t ordered(int32_t bits)
{
    return bits ^ ((bits >> 31) & INT32_MAX);
}

static double value_of(int32_t order)
{
    const int32_t bits = ordered(order);
    float value;

    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* A whole buffer of floats as they lie in the file: the one type of which reading would feel a slower way. Halving 8192
 * ends at 64 leaves of 128; ends are compared as whole numbers, which has no order to keep. */
RML_HOT static void add_floats(const unsigned char *bytes, double *sum, int32_t *least, int32_t *most)
{
    enum { LEAF = 128, N_LEAVES = RML_PAIRWISE_BUFFER / LEAF };
    float x[RML_PAIRWISE_BUFFER];
    double leaf[N_LEAVES];
    int32_t low = INT32_MAX, high = INT32_MIN;

    memcpy(x, bytes, sizeof x);
    for (int i = 0; i < N_LEAVES; ++i) {
        const float *from = x + (ptrdiff_t)i * LEAF;
        double r[LANES];

        for (int l = 0; l < LANES; ++l) r[l] = (double)from[l];
        for (int k = LANES; k < LEAF; k += LANES)
            for (int l = 0; l < LANES; ++l) r[l] += (double)from[k + l];
        leaf[i] = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (int n = N_LEAVES / 2; n > 0; n /= 2)
        for (ptrdiff_t i = 0; i < n; ++i) leaf[i] = leaf[2 * i] + leaf[2 * i + 1];
    for (int i = 0; i < RML_PAIRWISE_BUFFER; ++i) {
        int32_t bits;

        memcpy(&bits, &x[i], sizeof bits);
        bits = ordered(bits);
        low = bits < low ? bits : low;
        high = bits > high ? bits : high;
    }
    *sum = leaf[0];
    *least = low;
    *most = high;
}

/* As numpy: where one is NaN, both ends are. */
RML_HOT static void find_ends(const double *x, int64_t n, double *minimum, double *maximum)
{
    double least[LANES], most[LANES], nothing[LANES] = {0}; /* x - x: 0 of a finite value; of an infinite one NaN */
    const int64_t whole = n - n % LANES;

    for (int l = 0; l < LANES; ++l) least[l] = *minimum, most[l] = *maximum;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            least[l] = x[i + l] < least[l] ? x[i + l] : least[l];
            most[l] = x[i + l] > most[l] ? x[i + l] : most[l];
            nothing[l] += x[i + l] - x[i + l];
        }
    for (int64_t i = whole; i < n; ++i) {
        least[0] = x[i] < least[0] ? x[i] : least[0];
        most[0] = x[i] > most[0] ? x[i] : most[0];
        nothing[0] += x[i] - x[i];
    }
    for (int l = 1; l < LANES; ++l) {
        least[0] = least[l] < least[0] ? least[l] : least[0];
        most[0] = most[l] > most[0] ? most[l] : most[0];
        nothing[0] += nothing[l];
    }
    for (int64_t i = 0; isnan(nothing[0]) && i < n; ++i)
        if (isnan(x[i])) least[0] = most[0] = NAN;
    *minimum = least[0];
    *maximum = most[0];
}

void rml_summary_of(const double *values, int64_t n, double *mean, double *minimum, double *maximum)
{
    *mean = rml_pairwise_sum(values, n) / (double)n;
    *minimum = INFINITY;
    *maximum = -INFINITY;
    find_ends(values, n, minimum, maximum);
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

static bool little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;

    memcpy(&first, &one, 1);
    return first == 1;
}

/* Turns voxels of some bytes each round, in place. */
static void swap(unsigned char *bytes, size_t width, int32_t n)
{
    for (int32_t i = 0; i < n; ++i, bytes += width)
        for (size_t b = 0; b < width / 2; ++b) {
            const unsigned char kept = bytes[b];

            bytes[b] = bytes[width - 1 - b];
            bytes[width - 1 - b] = kept;
        }
}

/* values: of these voxels, where they are scaled. */
static void hash_block(rml_summary *s, const unsigned char *bytes, const double *values, int32_t n)
{
    const rml_scalar type = rml_volume_type(&s->type);
    const size_t width = rml_scalar_bytes(type);
    bool swapped = s->type.swapped != !little_endian();
    unsigned char buffer[BLOCK * 8];

    if (!s->type.scaled && !swapped) {
        rml_sha1_add(&s->sha1, bytes, (size_t)n * width);
        return;
    }
    if (!s->type.scaled) {
        memcpy(buffer, bytes, (size_t)n * width);
    } else if (type == RML_FLOAT64) {
        memcpy(buffer, values, (size_t)n * width);
    } else {
        for (int32_t i = 0; i < n; ++i) {
            const float value = (float)values[i];

            memcpy(buffer + (size_t)i * width, &value, width);
        }
    }
    if (s->type.scaled) swapped = !little_endian();
    if (swapped) swap(buffer, width, n);
    rml_sha1_add(&s->sha1, buffer, (size_t)n * width);
}

/* n whole voxels, at most a block. */
static void add_block(rml_summary *s, const unsigned char *bytes, int32_t n)
{
    double values[BLOCK], least = INFINITY, most = -INFINITY;
    rml_volume block = s->type;

    s->n_seen += n;
    if (!s->type.scaled && s->small) {
        add_small(s, bytes, n);
    } else if (!s->type.scaled && s->plain_floats && n == BLOCK && s->sum.filled == 0) {
        double sum;
        int32_t low, high;

        add_floats(bytes, &sum, &low, &high);
        s->sum.sum += sum;
        add_ends(s, value_of(low), value_of(high));
    } else {
        block.grid.size[0] = n;
        block.grid.size[1] = block.grid.size[2] = block.n_slices = 1;
        block.voxels = bytes;
        rml_volume_row(&block, 0, n, 0, 0, values);
        rml_pairwise_add(&s->sum, values, n);
        find_ends(values, n, &least, &most);
        add_ends(s, least, most);
    }
    if (s->hashed) hash_block(s, bytes, values, n);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

void rml_summary_begin(rml_summary *summary, const rml_volume *image, bool hashed)
{
    const int32_t *size = image->grid.size;

    summary->type = (rml_volume){.stored = image->stored,
                                 .swapped = image->swapped,
                                 .scaled = image->scaled,
                                 .slope = image->slope,
                                 .intercept = image->intercept,
                                 .step = 1};
    summary->n = (int64_t)size[0] * size[1] * size[2];
    summary->n_seen = 0;
    summary->hashed = hashed;
    summary->small = !image->scaled && (!image->swapped || rml_scalar_bytes(image->stored) == 1) &&
                     rml_scalar_bytes(image->stored) <= 2;
    summary->plain_floats = image->stored == RML_FLOAT32 && !image->scaled && !image->swapped;
    summary->nan = false;
    summary->whole_sum = 0;
    summary->minimum = INFINITY;
    summary->maximum = -INFINITY;
    summary->mean = NAN;
    summary->n_cut = 0;
    summary->hash[0] = '\0';
    rml_pairwise_begin(&summary->sum);
    rml_sha1_begin(&summary->sha1);
}

void rml_summary_add(rml_summary *summary, const unsigned char *bytes, size_t n_bytes)
{
    const size_t width = rml_scalar_bytes(summary->type.stored);

    assert(width > 0);
    if (summary->n_cut > 0) {
        const size_t room = width - summary->n_cut, n = n_bytes < room ? n_bytes : room;

        memcpy(summary->cut + summary->n_cut, bytes, n);
        summary->n_cut += n;
        bytes += n;
        n_bytes -= n;
        if (summary->n_cut < width) return;
        summary->n_cut = 0;
        add_block(summary, summary->cut, 1);
    }
    while (n_bytes >= width) {
        /* up to the end of a block of the image's, however the pieces lie */
        const size_t whole = n_bytes / width, room = BLOCK - (size_t)(summary->n_seen % BLOCK);
        const size_t n = whole < room ? whole : room;

        add_block(summary, bytes, (int32_t)n);
        bytes += n * width;
        n_bytes -= n * width;
    }
    memcpy(summary->cut, bytes, n_bytes);
    summary->n_cut = n_bytes;
}

bool rml_summary_end(rml_summary *summary)
{
    if (summary->n < 1 || summary->n_seen != summary->n || summary->n_cut > 0) return false;
    summary->mean =
        (summary->small ? (double)summary->whole_sum : rml_pairwise_end(&summary->sum)) / (double)summary->n;
    if (summary->nan) summary->minimum = summary->maximum = NAN;
    if (summary->hashed) rml_sha1_end(&summary->sha1, summary->hash);
    return true;
}

void rml_summary_mask_hash(const rml_volume *mask, char hash[RML_SHA1_TEXT])
{
    double values[BLOCK];
    unsigned char buffer[BLOCK * 4];
    rml_sha1 sha1;

    rml_sha1_begin(&sha1);
    for (int32_t z = mask->first_slice; z < mask->first_slice + mask->n_slices; ++z)
        for (int32_t y = 0; y < mask->grid.size[1]; ++y)
            for (int32_t x = 0; x < mask->grid.size[0]; x += BLOCK) {
                const int32_t left = mask->grid.size[0] - x, n = left < BLOCK ? left : BLOCK;

                rml_volume_row(mask, x, n, y, z, values);
                for (int32_t i = 0; i < n; ++i) {
                    /* below an int64 ITK's cast gives its least one, whose lower half is 0 */
                    const uint32_t label = values[i] > -0x1p63 ? (uint32_t)(int64_t)values[i] : 0;

                    for (int b = 0; b < 4; ++b) buffer[4 * i + b] = (unsigned char)(label >> 8 * b);
                }
                rml_sha1_add(&sha1, buffer, (size_t)n * 4);
            }
    rml_sha1_end(&sha1, hash);
}
