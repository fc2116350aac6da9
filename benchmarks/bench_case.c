/* Where one case's time goes, on the way that `radmill extract` takes, without ranks and without the program's start.
 *
 *     bench_case IMAGE MASK BIN_WIDTH RUNS FOLDER
 *
 * One line a step: name, shortest and median processor time in seconds.
 *   cut              the mask's labels found, the ROI cut out of mask and image
 *   prepare          discretise the ROI and lay out its levels, once for all classes
 *   shape … ngtdm    one class from there
 *   memory           the 107 features from image and mask in memory: labels, cut, prepare, every class
 *   read             both files read and decoded, mask and image whole
 *   write            the row packed and appended to a journal in FOLDER
 *   sync             wall time of making that durable, apart since it is the disk's
 *   case             both files read, the row computed and written */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "benchmarks/files.h"
#include "benchmarks/stopwatch.h"
#include "engine/journal.h"
#include "io/volume.h"
#include "jobs/case.h"
#include "jobs/features.h"
#include "kernels/firstorder/firstorder.h"
#include "kernels/preprocess/cut.h"
#include "kernels/preprocess/labels.h"
#include "kernels/shape/shape.h"
#include "kernels/texture/glcm.h"
#include "kernels/texture/gldm.h"
#include "kernels/texture/glrlm.h"
#include "kernels/texture/glszm.h"
#include "kernels/texture/ngtdm.h"

typedef struct bench {
    const char *image_path, *mask_path, *folder;
    int n_runs;
    rml_params params;
    rml_volume image, mask;
    rml_journal *journal;
} bench;

static rml_roi cut(const bench *b)
{
    rml_labels labels;
    rml_roi roi;
    rml_error err;
    const rml_label *label;
    uint8_t *voxels;
    int64_t n_invalid;
    int32_t first[3];

    rml_bench_must(rml_labels_scan(&b->mask, &labels, &err), b->mask_path, &err);
    label = rml_labels_find(&labels, b->params.label);
    if (!label) rml_bench_must(RML_ELABEL, b->mask_path, NULL);
    voxels = malloc((size_t)label->box.size[0] * (size_t)label->box.size[1] * (size_t)label->box.size[2]);
    if (!voxels) rml_bench_must(RML_ENOMEM, "mask", NULL);
    rml_labels_cut(&b->mask, &label->box, &b->params.label, 1, voxels);
    rml_bench_must(rml_roi_cut(&b->image, &label->box, voxels, false, &roi, &n_invalid, first), "cut", NULL);
    rml_labels_free(&labels);
    return roi;
}

static void time_cut(const bench *b)
{
    static rml_stopwatch watch;

    for (int run = 0; run < b->n_runs; ++run) {
        rml_roi roi;

        rml_stopwatch_start(&watch);
        roi = cut(b);
        rml_roi_free(&roi);
        rml_stopwatch_stop(&watch);
    }
    rml_stopwatch_print(&watch, "cut");
}

static rml_levels prepare(const bench *b, const rml_roi *roi)
{
    int32_t *bins = malloc((size_t)roi->n_voxels * sizeof *bins);
    rml_levels levels;

    if (!bins) rml_bench_must(RML_ENOMEM, "bins", NULL);
    rml_bench_must(rml_discretise(roi->values, roi->n_voxels, &b->params.type[0].binning, roi->type, bins),
                   "discretise", NULL);
    rml_bench_must(rml_levels_init(&levels, roi->mask, roi->box.size, bins, roi->n_voxels, 1), "levels", NULL);
    free(bins);
    return levels;
}

/* --- one class at a time ----------------------------------------------------------------------------------------- */

static size_t scratch_bytes(const bench *b, rml_class class_, const rml_roi *roi, const rml_levels *levels)
{
    switch (class_) {
    case RML_FIRSTORDER: return rml_firstorder_scratch_bytes(roi->n_voxels);
    case RML_GLCM: return rml_glcm_scratch_bytes(levels, &b->params.type[0].texture);
    case RML_GLDM: return rml_gldm_scratch_bytes(levels, &b->params.type[0].texture);
    case RML_GLRLM: return rml_glrlm_scratch_bytes(levels, &b->params.type[0].texture);
    case RML_GLSZM: return rml_glszm_scratch_bytes(levels, &b->params.type[0].texture);
    case RML_NGTDM: return rml_ngtdm_scratch_bytes(levels, &b->params.type[0].texture);
    default: return 0;
    }
}

static rml_status compute(const bench *b, rml_class class_, const rml_roi *roi, const rml_levels *levels, void *scratch,
                          double *value, uint8_t *reason)
{
    const rml_texture_settings *settings = &b->params.type[0].texture;
    const rml_wanted wanted = b->params.wanted[class_];

    switch (class_) {
    case RML_SHAPE: return rml_shape_features(roi->mask, roi->box.size, roi->spacing, wanted, value, reason);
    case RML_FIRSTORDER:
        return rml_firstorder_features(roi->values, roi->n_voxels, levels->count, levels->n_levels,
                                       roi->spacing[0] * roi->spacing[1] * roi->spacing[2], 0.0, wanted, scratch, value,
                                       reason);
    case RML_GLCM: return rml_glcm_features(levels, settings, wanted, scratch, value, reason);
    case RML_GLDM: return rml_gldm_features(levels, settings, wanted, scratch, value, reason);
    case RML_GLRLM: return rml_glrlm_features(levels, settings, wanted, scratch, value, reason);
    case RML_GLSZM: return rml_glszm_features(levels, settings, wanted, scratch, value, reason);
    default: return rml_ngtdm_features(levels, settings, wanted, scratch, value, reason);
    }
}

static void time_classes(const bench *b, const rml_roi *roi)
{
    static rml_stopwatch watch;
    rml_levels levels = prepare(b, roi);

    for (int run = 0; run < b->n_runs; ++run) {
        rml_levels again;

        rml_stopwatch_start(&watch);
        again = prepare(b, roi);
        rml_stopwatch_stop(&watch);
        rml_levels_free(&again);
    }
    rml_stopwatch_print(&watch, "prepare");
    for (rml_class class_ = 0; class_ < RML_N_CLASSES; ++class_) {
        const size_t n_bytes = (scratch_bytes(b, class_, roi, &levels) + 127) / 64 * 64;
        void *scratch = b->params.wanted[class_] ? aligned_alloc(64, n_bytes) : NULL;
        double value[RML_MAX_CLASS_FEATURES];
        uint8_t reason[RML_MAX_CLASS_FEATURES];

        if (!b->params.wanted[class_]) continue; /* shape2D without force2D */
        if (!scratch) rml_bench_must(RML_ENOMEM, rml_class_name(class_), NULL);
        watch.n = 0;
        for (int run = 0; run < b->n_runs; ++run) {
            rml_stopwatch_start(&watch);
            rml_bench_must(compute(b, class_, roi, &levels, scratch, value, reason), rml_class_name(class_), NULL);
            rml_stopwatch_stop(&watch);
        }
        rml_stopwatch_print(&watch, rml_class_name(class_));
        free(scratch);
    }
    rml_levels_free(&levels);
}

/* --- all of them, in memory and from the files ------------------------------------------------------------------- */

static void time_memory(const bench *b)
{
    static rml_stopwatch watch;
    const int32_t n_columns = rml_params_n_columns(&b->params);
    double *value = malloc((size_t)n_columns * sizeof *value);
    uint8_t *reason = malloc((size_t)n_columns);

    if (!value || !reason) rml_bench_must(RML_ENOMEM, "row", NULL);
    for (int run = 0; run < b->n_runs; ++run) {
        double seconds[RML_N_STAGES] = {0};
        rml_feature_row row = {.value = value, .reason = reason, .seconds = seconds};
        rml_error err;
        rml_roi roi;

        rml_stopwatch_start(&watch);
        roi = cut(b);
        rml_bench_must(rml_features_compute(&b->params, &roi, NULL, NULL, &row, &err), "features", &err);
        rml_roi_free(&roi);
        rml_stopwatch_stop(&watch);
    }
    rml_stopwatch_print(&watch, "memory");
    free(value);
    free(reason);
}

static void time_read(const bench *b)
{
    static rml_stopwatch watch;

    for (int run = 0; run < b->n_runs; ++run) {
        rml_volume image, mask;

        rml_stopwatch_start(&watch);
        rml_bench_load(b->mask_path, &mask);
        rml_bench_load(b->image_path, &image);
        rml_stopwatch_stop(&watch);
        rml_volume_free(&mask);
        rml_volume_free(&image);
    }
    rml_stopwatch_print(&watch, "read");
}

static void write_row(const bench *b, int run, const rml_result *result)
{
    const rml_key key = rml_key_of(&run, sizeof run);
    rml_blob blob = {0};
    rml_error err;

    rml_result_pack(result, &blob);
    rml_bench_must(rml_journal_append(b->journal, RML_RECORD_DONE, &key, 1, blob.bytes, blob.n_bytes, &err), "journal",
                   &err);
    rml_blob_free(&blob);
}

static void time_case(const bench *b)
{
    static rml_stopwatch whole, write, sync;
    static const char *const labels[] = {"1"};
    const rml_case job = {.image = b->image_path, .mask = b->mask_path, .n_units = 1, .labels = labels};
    double begun;
    rml_error err;

    for (int run = 0; run < b->n_runs; ++run) {
        rml_result result;

        rml_stopwatch_start(&whole);
        rml_case_run(&job, &b->params, RML_NAN_ERROR, NULL, &result);
        if (rml_result_n_failed(&result) > 0) rml_bench_must(result.roi[0].error.status, "case", &result.roi[0].error);
        rml_stopwatch_start(&write);
        write_row(b, run, &result);
        rml_stopwatch_stop(&write);
        rml_stopwatch_stop(&whole);
        rml_result_free(&result);
        begun = rml_seconds();
        rml_bench_must(rml_journal_sync(b->journal, &err), "sync", &err);
        sync.seconds[sync.n++] = rml_seconds() - begun;
    }
    rml_stopwatch_print(&write, "write");
    rml_stopwatch_print(&sync, "sync");
    rml_stopwatch_print(&whole, "case");
}

int main(int argc, char **argv)
{
    static bench b;
    rml_error err;
    rml_roi roi;

    if (argc != 6) {
        fprintf(stderr, "usage: bench_case IMAGE MASK BIN_WIDTH RUNS FOLDER\n");
        return 2;
    }
    b.image_path = argv[1];
    b.mask_path = argv[2];
    b.folder = argv[5];
    b.n_runs = (int)strtol(argv[4], NULL, 10);
    if (b.n_runs < 1 || b.n_runs > RML_STOPWATCH_RUNS) {
        fprintf(stderr, "bench_case: RUNS is \"%s\"; 1 to %d was expected\n", argv[4], RML_STOPWATCH_RUNS);
        return 2;
    }
    rml_bench_must(rml_params_read(NULL, &b.params, &err), "parameters", &err);
    b.params.type[0].binning.width = strtod(argv[3], NULL);
    rml_bench_must(rml_journal_open(b.folder, "what: benchmark\n", true, &b.journal, &err), b.folder, &err);
    rml_bench_load(b.image_path, &b.image);
    rml_bench_load(b.mask_path, &b.mask);
    roi = cut(&b);
    time_cut(&b);
    time_classes(&b, &roi);
    time_memory(&b);
    time_read(&b);
    time_case(&b);
    rml_roi_free(&roi);
    rml_volume_free(&b.image);
    rml_volume_free(&b.mask);
    rml_journal_close(b.journal);
    rml_params_free(&b.params);
    return 0;
}
