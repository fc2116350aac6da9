/* Masks are mostly background and, where not, long runs of one value. So a voxel's bits are compared as they lie: zero
 * words are stepped over, a run is converted once, and only then does the type matter. */
#include "kernels/preprocess/labels.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_LABEL UINT64_MAX /* background: zero, or negative */

/* Bits of the element at `from`; a constant width makes it one load. */
static inline uint64_t bits_at(const unsigned char *from, size_t width)
{
    uint8_t b1;
    uint16_t b2;
    uint32_t b4;
    uint64_t b8;

    switch (width) {
    case 1: return memcpy(&b1, from, 1), b1;
    case 2: return memcpy(&b2, from, 2), b2;
    case 4: return memcpy(&b4, from, 4), b4;
    default: return memcpy(&b8, from, 8), b8;
    }
}

static double value_of(const rml_volume *mask, uint64_t bits)
{
    double value;
    float single;
    uint32_t half;

    if (mask->swapped) {
        const size_t width = rml_scalar_bytes(mask->stored);

        bits = __builtin_bswap64(bits) >> (64 - 8 * width);
    }
    switch (mask->stored) {
    case RML_INT8: value = (double)(int8_t)bits; break;
    case RML_UINT8: value = (double)(uint8_t)bits; break;
    case RML_INT16: value = (double)(int16_t)bits; break;
    case RML_UINT16: value = (double)(uint16_t)bits; break;
    case RML_INT32: value = (double)(int32_t)bits; break;
    case RML_UINT32: value = (double)(uint32_t)bits; break;
    case RML_INT64: value = (double)(int64_t)bits; break;
    case RML_UINT64: value = (double)bits; break;
    case RML_FLOAT32:
        half = (uint32_t)bits;
        memcpy(&single, &half, sizeof single);
        value = (double)single;
        break;
    default: memcpy(&value, &bits, sizeof value); break;
    }
    if (!mask->scaled) return value;
    if (mask->stored == RML_FLOAT64) return value * mask->slope + mask->intercept;
    return (double)(float)((double)(float)value * mask->slope + mask->intercept);
}

/* The label of a voxel's bits: NO_LABEL for background. False for what no label can be. */
static bool label_of(const rml_volume *mask, uint64_t bits, uint64_t *label)
{
    const double value = trunc(value_of(mask, bits));

    *label = NO_LABEL;
    if (!(value <= (double)UINT32_MAX) || isinf(value)) return false; /* NaN too */
    if (value >= 1.0) *label = (uint64_t)value;
    return true;
}

/* Whether the bits 0 mean background; else nothing may be stepped over unseen. */
static bool zero_is_background(const rml_volume *mask)
{
    uint64_t label;

    return label_of(mask, 0, &label) && label == NO_LABEL;
}

/* The first byte that is not 0, or n. */
static inline size_t skip_zeros(const unsigned char *bytes, size_t n)
{
    uint64_t words[4];
    size_t i = 0;

    for (; n - i >= sizeof words; i += sizeof words) {
        memcpy(words, bytes + i, sizeof words);
        if (words[0] | words[1] | words[2] | words[3]) break;
    }
    while (i < n && bytes[i] == 0) ++i;
    return i;
}

/* What is found so far: labels in order of appearance, and an open-addressing table from label to place. */
typedef struct found {
    rml_label *label;
    int32_t n, capacity;
    int32_t *slot; /* [n_slots] place + 1, 0 free; n_slots a power of two, more than twice n */
    int32_t n_slots;
    int32_t last; /* the place used last; -1 at first */
} found;

static int32_t slot_of(const found *f, uint32_t label)
{
    uint32_t s = (uint32_t)(label * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (uint32_t)(f->n_slots - 1);

    while (f->slot[s] != 0 && f->label[f->slot[s] - 1].label != label) s = (s + 1) & (uint32_t)(f->n_slots - 1);
    return (int32_t)s;
}

static bool grow(found *f)
{
    const int32_t capacity = f->capacity ? 2 * f->capacity : 64;
    rml_label *label = f->capacity > INT32_MAX / 16 ? NULL : realloc(f->label, (size_t)capacity * sizeof *label);
    int32_t *slot;

    if (!label) return false;
    f->label = label;
    slot = calloc((size_t)capacity * 4, sizeof *slot);
    if (!slot) return false;
    free(f->slot);
    f->slot = slot;
    f->capacity = capacity;
    f->n_slots = 4 * capacity;
    for (int32_t i = 0; i < f->n; ++i) f->slot[slot_of(f, f->label[i].label)] = i + 1;
    return true;
}

/* Adds a run of a label: voxels x..x+n-1 of row (y, z). Rows come in ascending y within z, and z ascending. */
static bool add_run(found *f, uint32_t label, int32_t x, int32_t n, int32_t y, int32_t z)
{
    rml_label *at;
    int32_t *last; /* the highest index per axis stands in box.size until the end */

    if (f->last < 0 || f->label[f->last].label != label) {
        int32_t s;

        if (f->n == f->capacity && !grow(f)) return false;
        s = slot_of(f, label);
        if (f->slot[s] == 0) {
            f->label[f->n] = (rml_label){.label = label, .box = {.first = {x, y, z}, .size = {x, y, z}}};
            f->slot[s] = ++f->n;
        }
        f->last = f->slot[s] - 1;
    }
    at = &f->label[f->last];
    last = at->box.size;
    at->n_voxels += n;
    if (x < at->box.first[0]) at->box.first[0] = x;
    if (x + n - 1 > last[0]) last[0] = x + n - 1;
    if (y < at->box.first[1]) at->box.first[1] = y;
    if (y > last[1]) last[1] = y;
    last[2] = z;
    return true;
}

typedef struct scan {
    const rml_volume *mask;
    bool skip; /* bits 0 are background */
    found found;
    int64_t n_labelled, n_negative, n_cut;
    rml_error *err;
} scan;

static rml_status end_run(scan *s, uint64_t bits, int32_t x, int32_t n, int32_t y, int32_t z)
{
    const double value = value_of(s->mask, bits);
    uint64_t label;

    if (!label_of(s->mask, bits, &label))
        return rml_fail(s->err, RML_EVALUE, "mask voxel (%d, %d, %d) is %g, expected a label from 0 to %u", x, y, z,
                        value, UINT32_MAX);
    if (value != trunc(value)) s->n_cut += n;
    if (value <= -1.0) s->n_negative += n;
    if (label == NO_LABEL) return RML_OK;
    s->n_labelled += n;
    if (!add_run(&s->found, (uint32_t)label, x, n, y, z)) return rml_fail(s->err, RML_ENOMEM, "no memory for labels");
    return RML_OK;
}

/* The end of the run of elements `bits` that begins at x, at most n. */
static inline __attribute__((always_inline)) int32_t run_end(const unsigned char *row, int32_t x, int32_t n,
                                                             uint64_t bits, size_t width, size_t stride)
{
    const int32_t per_word = (int32_t)(sizeof(uint64_t) / width);

    if (stride == width) { /* dense: a word of elements at a time */
        const uint64_t same = bits * (UINT64_MAX / (UINT64_MAX >> (64 - 8 * width)));

        while (n - x >= per_word && bits_at(row + (size_t)x * width, sizeof same) == same) x += per_word;
    }
    while (x < n && bits_at(row + (size_t)x * stride, width) == bits) ++x;
    return x;
}

/* One row of n voxels, `stride` bytes apart, each `width` bytes: constants where it is called. */
static inline __attribute__((always_inline)) rml_status scan_row(scan *s, const unsigned char *row, int32_t n,
                                                                 int32_t y, int32_t z, size_t width, size_t stride)
{
    int32_t x = 0;

    while (x < n) {
        uint64_t bits;
        int32_t end;
        rml_status status;

        if (s->skip && stride == width) { /* dense: whole words of background at a time */
            x += (int32_t)(skip_zeros(row + (size_t)x * width, (size_t)(n - x) * width) / width);
            if (x == n) break;
        }
        bits = bits_at(row + (size_t)x * stride, width);
        end = run_end(row, x, n, bits, width, stride);
        if (bits != 0 || !s->skip) {
            status = end_run(s, bits, x, end - x, y, z);
            if (status != RML_OK) return status;
        }
        x = end;
    }
    return RML_OK;
}

#define SCAN_ROWS(width, stride)                                                                                       \
    for (int32_t z = 0; z < size[2]; ++z)                                                                              \
        for (int32_t y = 0; y < size[1]; ++y, row += (size_t)size[0] * (stride)) {                                     \
            const rml_status status = scan_row(s, row, size[0], y, z, (width), (stride));                              \
                                                                                                                       \
            if (status != RML_OK) return status;                                                                       \
        }                                                                                                              \
    return RML_OK

static rml_status scan_rows(scan *s)
{
    const rml_volume *mask = s->mask;
    const int32_t *size = mask->grid.size;
    const unsigned char *row = mask->voxels;
    const size_t width = rml_scalar_bytes(mask->stored), stride = width * (size_t)mask->step;

    if (mask->step == 1) {
        switch (width) {
        case 1: SCAN_ROWS(1, 1);
        case 2: SCAN_ROWS(2, 2);
        case 4: SCAN_ROWS(4, 4);
        default: SCAN_ROWS(8, 8);
        }
    }
    SCAN_ROWS(width, stride);
}

static int by_label(const void *a, const void *b)
{
    const uint32_t x = ((const rml_label *)a)->label, y = ((const rml_label *)b)->label;

    return (x > y) - (x < y);
}

rml_status rml_labels_scan(const rml_volume *mask, rml_labels *labels, rml_error *err)
{
    const int32_t *size = mask->grid.size;
    scan s = {.mask = mask, .skip = zero_is_background(mask), .found = {.last = -1}, .err = err};
    rml_status status;

    *labels = (rml_labels){0};
    assert(mask->first_slice == 0 && mask->n_slices == size[2]);
    status = scan_rows(&s);
    if (status != RML_OK) goto done;
    for (int32_t i = 0; i < s.found.n; ++i)
        for (int a = 0; a < 3; ++a) s.found.label[i].box.size[a] -= s.found.label[i].box.first[a] - 1;
    if (s.found.n > 0) qsort(s.found.label, (size_t)s.found.n, sizeof *s.found.label, by_label);
    labels->n = s.found.n;
    labels->label = s.found.label;
    labels->n_negative = s.n_negative;
    labels->n_cut = s.n_cut;
    labels->no_background = s.n_labelled == (int64_t)size[0] * size[1] * size[2];
    s.found.label = NULL;
done:
    free(s.found.label);
    free(s.found.slot);
    return status;
}

void rml_labels_free(rml_labels *labels)
{
    if (!labels) return;
    free(labels->label);
    *labels = (rml_labels){0};
}

const rml_label *rml_labels_find(const rml_labels *labels, uint32_t label)
{
    const rml_label key = {.label = label};

    return labels->n > 0 ? bsearch(&key, labels->label, (size_t)labels->n, sizeof key, by_label) : NULL;
}

static bool is_wanted(const rml_volume *mask, uint64_t bits, const uint32_t *wanted, int32_t n_wanted)
{
    uint64_t label;

    if (!label_of(mask, bits, &label)) return false;
    for (int32_t w = 0; w < n_wanted; ++w)
        if (wanted[w] == label) return true;
    return false;
}

/* One row of the box; asks again only where the bits change. */
static inline __attribute__((always_inline)) void cut_row(const rml_volume *mask, const unsigned char *row, int32_t n,
                                                          const uint32_t *wanted, int32_t n_wanted, size_t width,
                                                          size_t stride, uint8_t *out)
{
    uint64_t last = bits_at(row, width);
    uint8_t inside = is_wanted(mask, last, wanted, n_wanted);

    for (int32_t x = 0; x < n; ++x) {
        const uint64_t bits = bits_at(row + (size_t)x * stride, width);

        if (bits != last) {
            last = bits;
            inside = is_wanted(mask, bits, wanted, n_wanted);
        }
        out[x] = inside;
    }
}

void rml_labels_cut(const rml_volume *mask, const rml_box *box, const uint32_t *wanted, int32_t n_wanted, uint8_t *out)
{
    const int32_t *size = mask->grid.size, n = box->size[0];
    const size_t width = rml_scalar_bytes(mask->stored), stride = width * (size_t)mask->step;
    uint8_t inside[256];

    if (width == 1) /* few enough to ask for all of them */
        for (int bits = 0; bits < 256; ++bits) inside[bits] = is_wanted(mask, (uint64_t)bits, wanted, n_wanted);
    for (int32_t z = box->first[2]; z < box->first[2] + box->size[2]; ++z)
        for (int32_t y = box->first[1]; y < box->first[1] + box->size[1]; ++y, out += n) {
            const int64_t voxel = ((int64_t)(z - mask->first_slice) * size[1] + y) * size[0] + box->first[0];
            const unsigned char *row = mask->voxels + (size_t)voxel * stride;

            if (width == 1)
                for (int32_t x = 0; x < n; ++x) out[x] = inside[row[(size_t)x * stride]];
            else if (stride == 2 && width == 2)
                cut_row(mask, row, n, wanted, n_wanted, 2, 2, out);
            else
                cut_row(mask, row, n, wanted, n_wanted, width, stride, out);
        }
}
