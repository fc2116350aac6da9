#include "kernels/phantom/anatomy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/phantom/field.h"

#define HEAD 0.46       /* half axes of the head, in sizes of the grid */
#define OUTSIDE 0.02    /* signal of air */
#define READER_LENGTH 3 /* mm */

static const int32_t fine_size[3] = {RML_FINE_NX, RML_FINE_NY, RML_FINE_NZ};

size_t rml_anatomy_scratch_bytes(double ell)
{
    const double lengths[] = {2.5, READER_LENGTH, 6.0, 7.0, ell};
    size_t most = 0;

    if (rml_field_scratch_bytes(fine_size, ell, RML_FIELD_AUTO) == 0) return 0;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
        const size_t n_bytes = rml_field_scratch_bytes(fine_size, lengths[i], RML_FIELD_AUTO);

        if (n_bytes > most) most = n_bytes;
    }
    return most;
}

static rml_status draw(uint64_t seed, int64_t patient, int purpose, double length, void *scratch, double *field)
{
    return rml_field_draw(fine_size, length, seed, rml_phantom_stream(patient, purpose), RML_FIELD_AUTO, scratch,
                          field);
}

rml_status rml_anatomy_draw(uint64_t seed, int64_t patient, double ell, void *scratch, rml_anatomy *anatomy)
{
    double *matter = anatomy->matter, *detail = anatomy->texture; /* lent until the texture is drawn */
    rml_status status = draw(seed, patient, RML_FIELD_MATTER, 6.0, scratch, matter);

    if (status == RML_OK) status = draw(seed, patient, RML_FIELD_DETAIL, 2.5, scratch, detail);
    if (status != RML_OK) return status;
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) matter[v] = 0.8 + 0.18 * matter[v] + 0.05 * detail[v];
    status = draw(seed, patient, RML_FIELD_SHAPE, 7.0, scratch, anatomy->shape);
    if (status == RML_OK) status = draw(seed, patient, RML_FIELD_TEXTURE, ell, scratch, anatomy->texture);
    return status;
}

/* Distance from the middle of the grid, in mm, of voxel i along axis a. */
static double from_middle(int32_t i, int a)
{
    return i - 0.5 * (fine_size[a] - 1);
}

static double squared(double x)
{
    return x * x;
}

void rml_anatomy_phi(const rml_patient *truth, const double *shape, double *phi)
{
    for (int32_t z = 0; z < RML_FINE_NZ; ++z)
        for (int32_t y = 0; y < RML_FINE_NY; ++y) {
            const double yz =
                squared(from_middle(y, 1) / (HEAD * RML_FINE_NY)) + squared(from_middle(z, 2) / (HEAD * RML_FINE_NZ));
            const double d_yz =
                squared(from_middle(y, 1) - truth->position[1]) + squared(from_middle(z, 2) - truth->position[2]);
            const int64_t row = ((int64_t)z * RML_FINE_NY + y) * RML_FINE_NX;

            for (int32_t x = 0; x < RML_FINE_NX; ++x) {
                const double d = sqrt(d_yz + squared(from_middle(x, 0) - truth->position[0]));

                phi[row + x] = yz + squared(from_middle(x, 0) / (HEAD * RML_FINE_NX)) > 1.0
                                   ? -INFINITY
                                   : 1.0 - d / truth->radius + truth->irregularity * shape[row + x];
            }
        }
}

rml_status rml_anatomy_misread(uint64_t seed, int64_t patient, const double *phi, double *misread, void *scratch)
{
    const double bias = 0.02 + 0.03 * rml_rng_normal(seed, rml_phantom_stream(patient, RML_DRAW_READER), 0);
    const rml_status status = draw(seed, patient, RML_FIELD_READER, READER_LENGTH, scratch, misread);

    if (status != RML_OK) return status;
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) misread[v] = phi[v] + 0.05 * misread[v] + bias;
    return RML_OK;
}

/* The voxel with phi > 0 nearest to the tumour's centre, or -1. */
static int32_t start_of(const rml_patient *truth, const double *phi)
{
    double nearest = INFINITY;
    int32_t start = -1;

    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) {
        double d;

        if (!(phi[v] > 0.0)) continue;
        d = squared(from_middle(v % RML_FINE_NX, 0) - truth->position[0]) +
            squared(from_middle(v / RML_FINE_NX % RML_FINE_NY, 1) - truth->position[1]) +
            squared(from_middle(v / RML_FINE_PLANE, 2) - truth->position[2]);
        if (d < nearest) {
            nearest = d;
            start = v;
        }
    }
    return start;
}

rml_status rml_anatomy_segment(const rml_patient *truth, const double *phi, int32_t *stack, uint8_t *labels,
                               int32_t *n_tumour)
{
    /* phi > 0 never touches the border of the grid, as the head does not: no neighbour needs a range test. */
    static const int32_t step[6] = {-1, 1, -RML_FINE_NX, RML_FINE_NX, -RML_FINE_PLANE, RML_FINE_PLANE};
    const int32_t start = start_of(truth, phi);
    int32_t n = 0;

    *n_tumour = 0;
    if (start < 0) return RML_EEMPTY;
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v)
        labels[v] = phi[v] > -truth->oedema ? RML_TISSUE_OEDEMA : RML_TISSUE_HEALTHY;
    labels[start] = RML_TISSUE_SOLID;
    stack[n++] = start;
    while (n > 0) {
        const int32_t v = stack[--n];

        ++*n_tumour;
        for (int s = 0; s < 6; ++s) {
            const int32_t next = v + step[s];

            if (labels[next] == RML_TISSUE_SOLID || !(phi[next] > 0.0)) continue;
            labels[next] = RML_TISSUE_SOLID; /* marked when found: each voxel is on the stack once */
            stack[n++] = next;
        }
    }
    return RML_OK;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x > y ? -1 : x < y;
}

double rml_anatomy_core_border(const double *phi, const uint8_t *labels, int32_t n_tumour, double fraction,
                               double *sorted)
{
    const int32_t n_core = (int32_t)lround(fraction * n_tumour);
    int32_t n = 0;

    if (n_core == 0) return INFINITY;
    if (n_core == n_tumour) return -INFINITY;
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v)
        if (labels[v] == RML_TISSUE_SOLID) sorted[n++] = phi[v];
    qsort(sorted, (size_t)n, sizeof *sorted, descending);
    return sorted[n_core];
}

void rml_anatomy_hollow(const double *phi, double border, uint8_t *labels)
{
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v)
        if (labels[v] == RML_TISSUE_SOLID && phi[v] > border) labels[v] = RML_TISSUE_CORE;
}

void rml_anatomy_signal(const rml_anatomy *anatomy, double contrast, const double *phi, const uint8_t *labels,
                        double *signal)
{
    for (int32_t v = 0; v < RML_FINE_VOXELS; ++v) {
        const double texture = contrast * anatomy->texture[v];

        switch (labels[v]) {
        case RML_TISSUE_SOLID: signal[v] = 1.3 + texture; break;
        case RML_TISSUE_CORE: signal[v] = 0.75 + 0.5 * texture; break;
        case RML_TISSUE_OEDEMA: signal[v] = 0.6 * anatomy->matter[v] + 0.46; break;
        default: signal[v] = phi[v] == -INFINITY ? OUTSIDE : anatomy->matter[v]; break;
        }
    }
}
