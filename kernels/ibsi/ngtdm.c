#include "kernels/ibsi/ngtdm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/ibsi/slices.h"
#include "kernels/texture/ngtdm.h"

#define N_FEATURES 5

typedef struct matrix {
    int64_t *count; /* [n_levels] voxels with a neighbour */
    double *apart;  /* [n_levels] s */
} matrix;

typedef struct work {
    const rml_levels *levels;
    rml_texture_settings settings;
    void *counting;
    int64_t *slice_count; /* [n_levels] */
    matrix one, merged;
    int32_t *grey; /* [n_levels] of the levels that a matrix has; count and apart of them: */
    matrix present;
} work;

static bool matrix_init(matrix *m, int32_t n_levels)
{
    m->count = calloc((size_t)n_levels, sizeof *m->count);
    m->apart = calloc((size_t)n_levels, sizeof *m->apart);
    return m->count && m->apart;
}

static void matrix_free(matrix *m)
{
    free(m->count);
    free(m->apart);
}

static void work_free(work *w)
{
    free(w->counting);
    free(w->slice_count);
    free(w->grey);
    matrix_free(&w->one);
    matrix_free(&w->merged);
    matrix_free(&w->present);
}

static rml_status work_init(work *w, const rml_levels *levels)
{
    bool enough = true;

    *w = (work){.levels = levels, .settings = rml_texture_defaults()};
    w->counting = aligned_alloc(64, rml_ngtdm_scratch_bytes(levels, &w->settings));
    w->slice_count = malloc((size_t)levels->n_levels * sizeof *w->slice_count);
    w->grey = malloc((size_t)levels->n_levels * sizeof *w->grey);
    enough = matrix_init(&w->one, levels->n_levels) && enough;
    enough = matrix_init(&w->merged, levels->n_levels) && enough;
    enough = matrix_init(&w->present, levels->n_levels) && enough;
    return enough && w->counting && w->slice_count && w->grey ? RML_OK : RML_ENOMEM;
}

static void features(work *w, const matrix *m, double *value)
{
    double found[N_FEATURES]; /* busyness, coarseness, complexity, contrast, strength */
    bool constant[N_FEATURES];
    int64_t n_voxels = 0;
    int32_t n = 0;

    for (int32_t r = 0; r < w->levels->n_levels; ++r) {
        if (m->count[r] == 0) continue;
        w->grey[n] = w->levels->grey[r];
        w->present.count[n] = m->count[r];
        w->present.apart[n++] = m->apart[r];
        n_voxels += m->count[r];
    }
    rml_ibsi_undefined(N_FEATURES, value);
    if (n == 0) return;
    rml_ngtdm_values(&(rml_ngtdm_matrix){n, w->grey, w->present.count, w->present.apart, n_voxels}, found, constant);
    value[0] = found[1];
    value[1] = found[3];
    value[2] = found[0];
    value[3] = found[2];
    value[4] = found[4];
}

static rml_status count_slices(work *w, double *value)
{
    rml_ibsi_mean mean = {0};

    w->settings.force_2d = true;
    for (int32_t z = 0; z < w->levels->size[2]; ++z) {
        double one[N_FEATURES];
        rml_levels view;

        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) == 0) continue;
        const rml_status status = rml_ngtdm_count(&view, &w->settings, w->counting, w->one.apart, w->one.count);
        if (status != RML_OK) return status;
        features(w, &w->one, one);
        rml_ibsi_mean_add(&mean, N_FEATURES, one);
        for (int32_t r = 0; r < w->levels->n_levels; ++r) {
            w->merged.count[r] += w->one.count[r];
            w->merged.apart[r] += w->one.apart[r];
        }
    }
    rml_ibsi_mean_take(&mean, N_FEATURES, rml_ibsi_row(value, RML_IBSI_2D, N_FEATURES));
    features(w, &w->merged, rml_ibsi_row(value, RML_IBSI_25D, N_FEATURES));
    return RML_OK;
}

rml_status rml_ibsi_ngtdm(const rml_levels *levels, rml_ibsi_rows rows, double *value)
{
    rml_status status;
    work w;

    assert(rml_ibsi_texture_size(RML_IBSI_NGTDM) == N_FEATURES);
    rml_ibsi_undefined((int64_t)RML_IBSI_N_WHOLE * N_FEATURES, value);
    if (levels->margin < 1) return RML_EINVAL;
    status = work_init(&w, levels);
    if (status != RML_OK) goto done;
    if (rows >> RML_IBSI_3D & 1) {
        status = rml_ngtdm_count(levels, &w.settings, w.counting, w.one.apart, w.one.count);
        if (status != RML_OK) goto done;
        features(&w, &w.one, rml_ibsi_row(value, RML_IBSI_3D, N_FEATURES));
    }
    if (rows & (1u << RML_IBSI_2D | 1u << RML_IBSI_25D)) status = count_slices(&w, value);
done:
    for (int row = 0; row < RML_IBSI_N_WHOLE; ++row)
        if (status != RML_OK || !(rows >> row & 1))
            rml_ibsi_undefined(N_FEATURES, rml_ibsi_row(value, row, N_FEATURES));
    work_free(&w);
    return status;
}
