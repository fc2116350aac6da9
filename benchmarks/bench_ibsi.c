/* Where the time of IBSI-1's families goes, in memory.
 *
 *     bench_ibsi IMAGE MASK BINS RUNS OUT
 *
 * BINS: a fixed bin number. One line a step: name, shortest and median processor time in seconds.
 *   morphology, local, statistics, histogram, ivh   the family
 *   levels                                          discretise, lay out the picture of levels
 *   glcm … ngldm                                    3D, directions merged; zones is GLSZM and GLDZM
 *   all                                             all of these, one after the other
 *   every                                           all, with every aggregation
 * OUT: code and value of every feature, "3D:mrg" and "3D". */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/files.h"
#include "benchmarks/stopwatch.h"
#include "io/volume.h"
#include "kernels/ibsi/glcm.h"
#include "kernels/ibsi/glrlm.h"
#include "kernels/ibsi/histogram.h"
#include "kernels/ibsi/ivh.h"
#include "kernels/ibsi/levels.h"
#include "kernels/ibsi/morphology.h"
#include "kernels/ibsi/ngldm.h"
#include "kernels/ibsi/ngtdm.h"
#include "kernels/ibsi/peak.h"
#include "kernels/ibsi/statistics.h"
#include "kernels/ibsi/zones.h"
#include "kernels/preprocess/labels.h"

enum { MORPHOLOGY, LOCAL, STATISTICS, HISTOGRAM, IVH, LEVELS, GLCM, GLRLM, ZONES, NGTDM, NGLDM, N_STEPS };

static const char *const step_names[N_STEPS] = {"morphology", "local", "statistics", "histogram", "ivh",  "levels",
                                                "glcm",       "glrlm", "zones",      "ngtdm",     "ngldm"};

typedef struct bench {
    rml_ibsi_region region;
    rml_box roi;       /* of the mask, in the region */
    uint8_t *mask;     /* of that box */
    double *values;    /* [n] in the mask */
    double *work;      /* [n] */
    int32_t *bins;     /* [n] */
    int64_t n, *count; /* [n_bins + 1] */
    int32_t n_bins;
    rml_levels levels;
    double family[RML_IBSI_N_FAMILIES][32];
    double texture[RML_IBSI_N_TEXTURES][RML_IBSI_N_DIRECTIONAL * RML_IBSI_MAX_TEXTURE];
} bench;

static void *need(size_t n_bytes)
{
    void *memory = malloc(n_bytes > 0 ? n_bytes : 1);

    if (!memory) rml_bench_must(RML_ENOMEM, "memory", NULL);
    return memory;
}

/* The ROI of label 1 and what its peaks read around it. */
static void prepare(bench *b, const rml_volume *image, const rml_volume *mask)
{
    const uint32_t one = 1;
    rml_labels labels;
    rml_error err;
    const rml_label *label;
    rml_margin margin;
    rml_box box;
    uint8_t *inside;
    double *voxels;
    int64_t at = 0;

    rml_bench_must(rml_labels_scan(mask, &labels, &err), "mask", &err);
    label = rml_labels_find(&labels, one);
    if (!label) rml_bench_must(RML_ELABEL, "label 1", NULL);
    margin = rml_ibsi_peak_margin(image->grid.spacing);
    box = rml_margin_box(&label->box, &margin);
    for (int a = 0; a < 3; ++a) {
        int32_t end = box.first[a] + box.size[a];

        if (end > image->grid.size[a]) end = image->grid.size[a];
        if (box.first[a] < 0) box.first[a] = 0;
        box.size[a] = end - box.first[a];
        b->region.size[a] = box.size[a];
        b->region.spacing[a] = image->grid.spacing[a];
        b->roi.first[a] = label->box.first[a] - box.first[a];
        b->roi.size[a] = label->box.size[a];
    }
    b->n = rml_ibsi_region_voxels(&b->region);
    voxels = need((size_t)b->n * sizeof *voxels);
    inside = need((size_t)b->n);
    rml_volume_crop(image, &box, voxels);
    rml_labels_cut(mask, &box, &one, 1, inside);
    b->region.image = voxels;
    b->region.morphological = b->region.intensity = inside;
    b->mask = need((size_t)b->roi.size[0] * (size_t)b->roi.size[1] * (size_t)b->roi.size[2]);
    rml_labels_cut(mask, &label->box, &one, 1, b->mask);
    b->values = need((size_t)b->n * sizeof *b->values);
    for (int64_t i = 0; i < b->n; ++i)
        if (inside[i]) b->values[at++] = voxels[i];
    b->n = at;
    b->work = need((size_t)b->n * sizeof *b->work);
    b->bins = need((size_t)b->n * sizeof *b->bins);
    b->count = need(((size_t)b->n_bins + 1) * sizeof *b->count);
    rml_labels_free(&labels);
}

static void step(bench *b, int which, bool every)
{
    const rml_ibsi_rows directional = every ? RML_IBSI_ALL_ROWS : 1u << RML_IBSI_3D_MRG;
    const rml_ibsi_rows whole = every ? RML_IBSI_ALL_ROWS : 1u << RML_IBSI_3D;
    const rml_ibsi_binning binning = {.count = b->n_bins};
    const rml_ibsi_ivh_axis axis = {1.0, 1.0, b->n_bins};
    uint8_t reason[32];
    int32_t n_levels;

    switch (which) {
    case MORPHOLOGY:
        rml_bench_must(rml_ibsi_morphology(&b->region, b->family[RML_IBSI_MORPHOLOGY], reason), "morphology", NULL);
        break;
    case LOCAL: rml_bench_must(rml_ibsi_peaks(&b->region, b->family[RML_IBSI_LOCAL]), "local", NULL); break;
    case STATISTICS:
        rml_bench_must(rml_ibsi_statistics(b->values, b->n, b->work, b->family[RML_IBSI_STATISTICS], reason),
                       "statistics", NULL);
        break;
    case HISTOGRAM: /* discretised here, for the levels too */
        rml_bench_must(rml_ibsi_levels(b->values, b->n, &binning, b->bins, &n_levels), "levels", NULL);
        memset(b->count, 0, ((size_t)b->n_bins + 1) * sizeof *b->count);
        for (int64_t i = 0; i < b->n; ++i) ++b->count[b->bins[i] - 1];
        rml_bench_must(rml_ibsi_histogram(b->count, n_levels, b->family[RML_IBSI_HISTOGRAM], reason), "histogram",
                       NULL);
        break;
    case IVH: rml_bench_must(rml_ibsi_ivh(b->count, b->n, &axis, b->family[RML_IBSI_IVH], reason), "ivh", NULL); break;
    case LEVELS:
        rml_levels_free(&b->levels);
        rml_bench_must(rml_levels_init(&b->levels, b->mask, b->roi.size, b->bins, b->n, 1), "levels", NULL);
        break;
    case GLCM:
        rml_bench_must(rml_ibsi_glcm(&b->levels, b->n_bins, directional, b->texture[RML_IBSI_GLCM]), "glcm", NULL);
        break;
    case GLRLM:
        rml_bench_must(rml_ibsi_glrlm(&b->levels, directional, b->texture[RML_IBSI_GLRLM]), "glrlm", NULL);
        break;
    case ZONES:
        rml_bench_must(
            rml_ibsi_zones(&b->levels, b->mask, whole, whole, b->texture[RML_IBSI_GLSZM], b->texture[RML_IBSI_GLDZM]),
            "zones", NULL);
        break;
    case NGTDM: rml_bench_must(rml_ibsi_ngtdm(&b->levels, whole, b->texture[RML_IBSI_NGTDM]), "ngtdm", NULL); break;
    default:
        rml_bench_must(rml_ibsi_ngldm(&b->levels, 1, 0.0, whole, b->texture[RML_IBSI_NGLDM]), "ngldm", NULL);
        break;
    }
}

static void write_values(const bench *b, const char *path)
{
    FILE *out = fopen(path, "w");

    if (!out) rml_bench_must(RML_EIO, path, NULL);
    for (int f = 0; f < RML_IBSI_N_FAMILIES; ++f)
        for (int32_t k = 0; k < rml_ibsi_family_size((rml_ibsi_family)f); ++k)
            fprintf(out, "%s,%s,%.17g\n", rml_ibsi_family_name((rml_ibsi_family)f),
                    rml_ibsi_family_features((rml_ibsi_family)f)[k].code, b->family[f][k]);
    for (int t = 0; t < RML_IBSI_N_TEXTURES; ++t) {
        const bool directional = rml_ibsi_texture_rows((rml_ibsi_texture)t) == RML_IBSI_N_DIRECTIONAL;
        const int32_t n = rml_ibsi_texture_size((rml_ibsi_texture)t);
        const double *row = b->texture[t] + (ptrdiff_t)(directional ? RML_IBSI_3D_MRG : RML_IBSI_3D) * n;

        for (int32_t k = 0; k < n; ++k)
            fprintf(out, "%s,%s,%.17g\n", rml_ibsi_texture_name((rml_ibsi_texture)t),
                    rml_ibsi_texture_features((rml_ibsi_texture)t)[k].code, row[k]);
    }
    if (fclose(out) != 0) rml_bench_must(RML_EIO, path, NULL);
}

int main(int argc, char **argv)
{
    static rml_stopwatch watch[N_STEPS], all, every;
    static bench b;
    rml_volume image, mask;
    int n_runs;

    if (argc != 6) {
        fprintf(stderr, "usage: bench_ibsi IMAGE MASK BINS RUNS OUT\n");
        return 2;
    }
    b.n_bins = (int32_t)strtol(argv[3], NULL, 10);
    n_runs = (int)strtol(argv[4], NULL, 10);
    if (b.n_bins < 1 || n_runs < 1 || n_runs > RML_STOPWATCH_RUNS) rml_bench_must(RML_EINVAL, "bins or runs", NULL);
    rml_bench_load(argv[1], &image);
    rml_bench_load(argv[2], &mask);
    prepare(&b, &image, &mask);
    for (int run = 0; run < n_runs; ++run) {
        rml_stopwatch_start(&every);
        for (int s = 0; s < N_STEPS; ++s) step(&b, s, true);
        rml_stopwatch_stop(&every);
        rml_stopwatch_start(&all);
        for (int s = 0; s < N_STEPS; ++s) {
            rml_stopwatch_start(&watch[s]);
            step(&b, s, false);
            rml_stopwatch_stop(&watch[s]);
        }
        rml_stopwatch_stop(&all);
    }
    for (int s = 0; s < N_STEPS; ++s) rml_stopwatch_print(&watch[s], step_names[s]);
    rml_stopwatch_print(&all, "all");
    rml_stopwatch_print(&every, "every");
    write_values(&b, argv[5]);
    return 0;
}
