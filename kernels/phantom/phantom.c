#include "kernels/phantom/phantom.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/base/rng.h"

void rml_phantom_describe(const rml_phantom_cohort *cohort, int64_t number, rml_phantom_patient *patient)
{
    patient->number = number;
    rml_centre_draw(cohort->seed, (int32_t)((number - 1) % cohort->n_centres), cohort->shift, &patient->centre);
    rml_scanner_grid(&patient->centre, &patient->grid);
    rml_patient_draw(cohort->seed, number, &patient->truth);
    rml_patient_follow(cohort->seed, number, &patient->truth, patient->centre.intercept, cohort->coefficient,
                       &patient->outcome);
}

/* --- images --------------------------------------------------------------------------------------------------------
 */

typedef struct work {
    rml_anatomy anatomy;
    double *phi, *signal;
    int32_t *stack;
    uint8_t *labels;
    void *rest; /* of the anatomy's fields, then of the scanner */
} work;

size_t rml_phantom_scratch_bytes(const rml_phantom_patient *patient)
{
    const size_t anatomy = rml_anatomy_scratch_bytes(patient->truth.ell), scanner = rml_scanner_scratch_bytes();
    const size_t voxel = 5 * sizeof(double) + sizeof(int32_t) + sizeof(uint8_t);

    if (anatomy == 0) return 0;
    return (RML_FINE_VOXELS * voxel + (anatomy > scanner ? anatomy : scanner) + 63) / 64 * 64;
}

static work lay_out(void *scratch)
{
    double *volume = scratch;
    work w;

    _Static_assert(RML_FINE_VOXELS % 64 == 0, "each array begins on 64 bytes");
    w.anatomy.matter = volume;
    w.anatomy.shape = volume + RML_FINE_VOXELS;
    w.anatomy.texture = volume + 2 * (size_t)RML_FINE_VOXELS;
    w.phi = volume + 3 * (size_t)RML_FINE_VOXELS;
    w.signal = volume + 4 * (size_t)RML_FINE_VOXELS;
    w.stack = (int32_t *)(volume + 5 * (size_t)RML_FINE_VOXELS);
    w.labels = (uint8_t *)(w.stack + RML_FINE_VOXELS);
    w.rest = w.labels + RML_FINE_VOXELS;
    return w;
}

/* Labels and image at one time point; *border is where the core begins. */
static rml_status scan(const rml_phantom_cohort *cohort, const rml_phantom_patient *patient, const rml_patient *truth,
                       int timepoint, const work *w, int16_t *image, uint8_t *mask, double *border)
{
    int32_t n_tumour;
    rml_status status;

    rml_anatomy_phi(truth, w->anatomy.shape, w->phi);
    status = rml_anatomy_segment(truth, w->phi, w->stack, w->labels, &n_tumour);
    if (status != RML_OK) return status;
    *border = rml_anatomy_core_border(w->phi, w->labels, n_tumour, rml_patient_core_fraction(truth), w->signal);
    rml_anatomy_hollow(w->phi, *border, w->labels);
    rml_scanner_mask(&patient->centre, w->labels, mask);
    rml_anatomy_signal(&w->anatomy, truth->contrast, w->phi, w->labels, w->signal);
    return rml_scanner_image(&patient->centre, cohort->seed, patient->number, timepoint, w->signal, w->rest, image);
}

/* The second reader redraws the tumour as a whole (solid and core) and what surrounds it; within it the core stays
 * where the first reader saw it, as its border is plain to see. */
static rml_status reread(const rml_phantom_cohort *cohort, const rml_phantom_patient *patient, double border,
                         const work *w, uint8_t *mask)
{
    double *misread = w->signal; /* free once the image is taken */
    int32_t n_tumour;
    rml_status status = rml_anatomy_misread(cohort->seed, patient->number, w->phi, misread, w->rest);

    if (status == RML_OK) status = rml_anatomy_segment(&patient->truth, misread, w->stack, w->labels, &n_tumour);
    if (status != RML_OK) return status;
    rml_anatomy_hollow(w->phi, border, w->labels);
    rml_scanner_mask(&patient->centre, w->labels, mask);
    return RML_OK;
}

rml_status rml_phantom_images_draw(const rml_phantom_cohort *cohort, const rml_phantom_patient *patient, void *scratch,
                                   rml_phantom_images *images)
{
    work w = lay_out(scratch);
    rml_patient treated;
    double border;
    rml_status status = rml_anatomy_draw(cohort->seed, patient->number, patient->truth.ell, w.rest, &w.anatomy);

    if (status == RML_OK)
        status = scan(cohort, patient, &patient->truth, 1, &w, images->image[0], images->mask[0], &border);
    if (status == RML_OK && images->reread) status = reread(cohort, patient, border, &w, images->reread);
    if (status != RML_OK || !images->image[1]) return status;
    rml_patient_treat(&patient->truth, &treated);
    return scan(cohort, patient, &treated, 2, &w, images->image[1], images->mask[1], &border);
}

/* --- subsets -------------------------------------------------------------------------------------------------------
 */

static int by_draw(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

rml_status rml_phantom_choose(uint64_t seed, rml_phantom_subset subset, int64_t n_patients, int64_t n_chosen,
                              uint64_t (*order)[2], bool *chosen)
{
    if (n_chosen < 0 || n_chosen > n_patients) return RML_EINVAL;
    for (int64_t i = 0; i < n_patients; ++i) {
        order[i][0] = rml_rng_bits(seed, rml_phantom_stream(i + 1, RML_DRAW_SUBSETS), (uint64_t)subset);
        order[i][1] = (uint64_t)i;
        chosen[i] = false;
    }
    qsort(order, (size_t)n_patients, sizeof *order, by_draw);
    for (int64_t i = 0; i < n_chosen; ++i) chosen[order[i][1]] = true;
    return RML_OK;
}
